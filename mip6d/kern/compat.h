/* What some systems have in libc and others have not. */
#ifndef MIP6D_KERN_COMPAT_H
#define MIP6D_KERN_COMPAT_H

#include <stdbool.h>

/* NetBSD has it by another name. */
#if defined(__NetBSD__)
#include <string.h>
#define explicit_bzero(p, n)	((void)explicit_memset((p), 0, (n)))
#endif

/* The clock that never jumps, and goes on while the host sleeps if one does. */
#if defined(__linux__)
#define COMPAT_CLOCK	CLOCK_BOOTTIME
#else
#define COMPAT_CLOCK	CLOCK_MONOTONIC
#endif

void	 compat_init(int argc, char **argv);
void	 compat_proctitle(const char *role);
int	 compat_memory(void);
int	 compat_clock_open(void);
bool	 compat_clock_jumped(int fd);

#endif
