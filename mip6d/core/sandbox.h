/* The sandbox that a child enters once it has all it needs. */
#ifndef MIP6D_CORE_SANDBOX_H
#define MIP6D_CORE_SANDBOX_H

#include <stddef.h>

#include "core/role.h"

int	 sandbox_become(const char *chroot_dir, unsigned int uid,
	    unsigned int gid, char *why, size_t);
void	 sandbox_enter(enum role, char *level, size_t);

#endif
