#ifndef BSD_SYS_RESOURCE_H
#define BSD_SYS_RESOURCE_H

#include <bsd_timeval.h>

#define RLIMIT_CPU	0
#define RLIMIT_NPROC	7
#define RLIMIT_NOFILE	8
#define RLIM_INFINITY	((rlim_t)0x7fffffffffffffff)
#define RUSAGE_SELF	0
#define PRIO_PROCESS	0
#define PRIO_USER	2

#if defined(__FreeBSD__)
typedef __INT64_TYPE__	rlim_t;
#else
typedef __UINT64_TYPE__	rlim_t;
#endif

struct rlimit {
	rlim_t	 rlim_cur, rlim_max;
};

struct rusage {
	struct timeval	 ru_utime, ru_stime;
	long		 ru_maxrss;
};

#if defined(__NetBSD__) || defined(__OpenBSD__)
int	 getpriority(int, id_t);
int	 setpriority(int, id_t, int);
#else
int	 getpriority(int, int);
int	 setpriority(int, int, int);
#endif
int	 getrlimit(int, struct rlimit *);
int	 getrusage(int, struct rusage *);
int	 setrlimit(int, const struct rlimit *);

#endif
