#ifndef BSD_UNISTD_H
#define BSD_UNISTD_H

#include <bsd_types.h>

#define STDIN_FILENO	0
#define STDOUT_FILENO	1
#define STDERR_FILENO	2
#define F_OK		0
#define X_OK		1
#define W_OK		2
#define R_OK		4
#if defined(__FreeBSD__)
#define _SC_PAGESIZE	47
#else
#define _SC_PAGESIZE	28
#endif

extern char	*optarg;
extern int	 opterr, optind, optopt;

int	 access(const char *, int);
int	 chdir(const char *);
int	 chown(const char *, uid_t, gid_t);
int	 fchown(int, uid_t, gid_t);
int	 fchownat(int, const char *, uid_t, gid_t, int);
int	 chroot(const char *);
int	 close(int);
#if defined(__FreeBSD__)
void	 closefrom(int);
#else
int	 closefrom(int);
#endif
int	 dup(int);
int	 dup2(int, int);
int	 execv(const char *, char *const *);
int	 execve(const char *, char *const *, char *const *);
void	 _exit(int) __attribute__((__noreturn__));
pid_t	 fork(void);
int	 fdatasync(int);
int	 fsync(int);
int	 ftruncate(int, off_t);
char	*getcwd(char *, size_t);
uid_t	 geteuid(void);
int	 getopt(int, char *const *, const char *);
pid_t	 getpid(void);
pid_t	 getppid(void);
int	 link(const char *, const char *);
int	 pause(void);
int	 pipe(int *);
ssize_t	 pread(int, void *, size_t, off_t);
ssize_t	 pwrite(int, const void *, size_t, off_t);
ssize_t	 read(int, void *, size_t);
int	 rmdir(const char *);
int	 setgid(gid_t);
int	 setgroups(int, const gid_t *);
int	 setpgid(pid_t, pid_t);
pid_t	 setsid(void);
int	 setuid(uid_t);
unsigned int sleep(unsigned int);
long	 sysconf(int);
int	 symlink(const char *, const char *);
int	 unlink(const char *);
int	 unlinkat(int, const char *, int);
int	 usleep(unsigned int);
ssize_t	 write(int, const void *, size_t);
#if defined(__FreeBSD__)
void	 setproctitle(const char *, ...)
	    __attribute__((__format__(__printf__, 1, 2)));
#endif
#if defined(__OpenBSD__)
int	 pledge(const char *, const char *);
#endif

#endif
