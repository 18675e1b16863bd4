/* One daemon for each pidfile.  Internal to mip6d/parent, and for main. */
#ifndef MIP6D_PARENT_PIDFILE_H
#define MIP6D_PARENT_PIDFILE_H

#include <sys/types.h>

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "conf/conf.h"

int	 pidfile_take(const char *path, char *why, size_t);
void	 pidfile_leave(int fd, const char *path);
pid_t	 pidfile_holder(const char *path, char *why, size_t);
pid_t	 pidfile_signal(const char *path, int sig, char *why, size_t);
bool	 pidfile_wait(const char *path, pid_t, int64_t ns);
void	 pidfile_path(const char *flag, const struct conf_global *, char *path,
	    size_t);

#endif
