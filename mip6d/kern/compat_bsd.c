#include <sys/types.h>

#include <stdlib.h>
#include <unistd.h>

#include "kern/compat.h"

/* Nothing to remember: setproctitle(3) is in libc. */
void
compat_init(int argc, char **argv)
{
	(void)argc;
	(void)argv;
}

/* Show "mip6d: role" in ps(1). */
void
compat_proctitle(const char *role)
{
	setproctitle("%s", role);
}
