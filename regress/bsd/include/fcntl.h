#ifndef BSD_FCNTL_H
#define BSD_FCNTL_H

#include <bsd_types.h>

#define O_RDONLY	0x0000
#define O_WRONLY	0x0001
#define O_RDWR		0x0002
#define O_NONBLOCK	0x0004
#define O_APPEND	0x0008
#define O_NOFOLLOW	0x0100
#define O_NOCTTY	0x8000
#define O_CREAT		0x0200
#define O_TRUNC		0x0400
#define O_EXCL		0x0800
#define FD_CLOEXEC	1
#define F_GETFD		1
#define F_SETFD		2
#define F_GETFL		3
#define F_SETFL		4
#define F_SETOWN	6
#define AT_FDCWD	(-100)

#if defined(__FreeBSD__)
#define O_DIRECTORY	0x20000
#define O_CLOEXEC	0x100000
#define F_DUPFD_CLOEXEC	17
#define AT_SYMLINK_NOFOLLOW	0x200
#elif defined(__NetBSD__)
#define O_DIRECTORY	0x200000
#define O_CLOEXEC	0x400000
#define F_DUPFD_CLOEXEC	12
#define AT_SYMLINK_NOFOLLOW	0x200
#else
#define O_DIRECTORY	0x20000
#define O_CLOEXEC	0x10000
#define F_DUPFD_CLOEXEC	10
#define AT_SYMLINK_NOFOLLOW	0x02
#endif

struct flock {
	off_t	 l_start, l_len;
	pid_t	 l_pid;
	short	 l_type, l_whence;
};

int	 fcntl(int, int, ...);
int	 open(const char *, int, ...);
int	 openat(int, const char *, int, ...);

#endif
