/* The sandbox that a child enters once it has all it needs. */
#ifndef MIP6D_CORE_SANDBOX_H
#define MIP6D_CORE_SANDBOX_H

#include <stdbool.h>
#include <stddef.h>

#include "core/role.h"

/* In a level: it can't signal other processes of its user. */
#define SANDBOX_NO_SIGNALS	"no-signals"

int	 sandbox_become(const char *chroot_dir, unsigned int uid,
	    unsigned int gid, char *why, size_t);
void	 sandbox_enter(enum role, char *level, size_t);

/* sandbox_linux.c; both need no_new_privs. */
bool	 sandbox_seccomp(bool files);
bool	 sandbox_landlock(bool files, bool *scoped);

#endif
