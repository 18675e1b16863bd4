#ifndef BSD_SIGNAL_H
#define BSD_SIGNAL_H

#include <bsd_types.h>

#define SIGHUP	1
#define SIGINT	2
#define SIGABRT	6
#define SIGKILL	9
#define SIGBUS	10
#define SIGPIPE	13
#define SIGTERM	15
#define SIGSTOP	17
#define SIGCHLD	20
#define SIGUSR1	30
#define SIG_IGN	((void (*)(int))1)
#define SIG_BLOCK	1
#define SIG_SETMASK	3

typedef int	sig_atomic_t;

#if defined(__OpenBSD__)
typedef unsigned int	sigset_t;
#else
typedef struct { unsigned int bits[4]; } sigset_t;
#endif

struct sigaction {
	void	(*sa_handler)(int);
	int	 sa_flags;
	sigset_t sa_mask;
};

int	 kill(pid_t, int);
int	 raise(int);
int	 sigaction(int, const struct sigaction *, struct sigaction *);
int	 sigaddset(sigset_t *, int);
int	 sigemptyset(sigset_t *);
int	 sigfillset(sigset_t *);
void	(*signal(int, void (*)(int)))(int);
int	 sigprocmask(int, const sigset_t *, sigset_t *);

#endif
