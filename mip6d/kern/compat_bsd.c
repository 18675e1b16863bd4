/*
 * BSD: the functions of kern/compat.h, which all processes may call: the title
 * of a process, a file without name for the configuration, and the clock that
 * tells of sleep, which is missing here.  What the BSDs have in libc is passed
 * on.  compat_linux.c is its counterpart.
 */
#include <sys/types.h>
#include <sys/mman.h>

#include <fcntl.h>
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

/*
 * A file without name, to write to and to pass on; -1 and errno.  In memory
 * where the system has that (FreeBSD 13 and later; shm_open(2) is none, as what
 * it gives does not grow by writing), else in a directory in which root alone
 * may write, also while the file has a name.
 */
int
compat_memory(void)
{
#ifdef MFD_CLOEXEC
	return (memfd_create("mip6d", MFD_CLOEXEC));
#else
	char	 path[] = "/var/run/.mip6d.XXXXXXXXXX";
	int	 fd;

	if ((fd = mkstemp(path)) == -1)
		return (-1);
	if (unlink(path) == -1 || fcntl(fd, F_SETFD, FD_CLOEXEC) == -1) {
		close(fd);
		return (-1);
	}
	return (fd);
#endif
}

/* No descriptor tells that the host has woken up: it has to be looked for. */
int
compat_clock_open(void)
{
	return (-1);
}

bool
compat_clock_jumped(int fd)
{
	(void)fd;
	return (false);
}
