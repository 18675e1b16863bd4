/* What some systems have in libc and others have not. */
#ifndef MIP6D_KERN_COMPAT_H
#define MIP6D_KERN_COMPAT_H

void	 compat_init(int argc, char **argv);
void	 compat_proctitle(const char *role);

#endif
