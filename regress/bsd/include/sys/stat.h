#ifndef BSD_SYS_STAT_H
#define BSD_SYS_STAT_H

#include <bsd_timespec.h>
#include <bsd_types.h>

#define S_IFMT		0170000
#define S_IFDIR		0040000
#define S_IFREG		0100000
#define S_IFSOCK	0140000
#define S_ISDIR(m)	(((m) & S_IFMT) == S_IFDIR)
#define S_ISREG(m)	(((m) & S_IFMT) == S_IFREG)
#define S_ISSOCK(m)	(((m) & S_IFMT) == S_IFSOCK)
#define S_IRWXG		0070
#define S_IWGRP		0020
#define S_IRWXO		0007
#define S_IWOTH		0002

struct stat {
	dev_t		 st_dev;
	ino_t		 st_ino;
	mode_t		 st_mode;
	nlink_t		 st_nlink;
	uid_t		 st_uid;
	gid_t		 st_gid;
	struct timespec	 st_atim, st_mtim, st_ctim;
	off_t		 st_size;
	blkcnt_t	 st_blocks;
	blksize_t	 st_blksize;
};

int	 chmod(const char *, mode_t);
int	 fchmod(int, mode_t);
int	 fstat(int, struct stat *);
int	 lstat(const char *, struct stat *);
int	 fstatat(int, const char *, struct stat *, int);
int	 mkdir(const char *, mode_t);
int	 mkfifo(const char *, mode_t);
int	 stat(const char *, struct stat *);
mode_t	 umask(mode_t);

#endif
