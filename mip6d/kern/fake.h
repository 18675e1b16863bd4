/* For tests: a kernel that does nothing and remembers what it was asked. */
#ifndef MIP6D_KERN_FAKE_H
#define MIP6D_KERN_FAKE_H

#include "kern/kern.h"

const char	*fake_log(void);
void		 fake_reset(void);
void		 fake_fail(int error);
struct kern_caps *fake_caps(void);
void		 fake_pfkey(int fd);
void		 fake_tun_held(pid_t);

#endif
