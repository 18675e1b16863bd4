/* What some systems have in libc and others have not. */
#ifndef MIP6D_KERN_COMPAT_H
#define MIP6D_KERN_COMPAT_H

/* NetBSD has it by another name. */
#if defined(__NetBSD__)
#include <string.h>
#define explicit_bzero(p, n)	((void)explicit_memset((p), 0, (n)))
#endif

void	 compat_init(int argc, char **argv);
void	 compat_proctitle(const char *role);
int	 compat_memory(const char *dir);

#endif
