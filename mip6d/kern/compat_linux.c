/*
 * What Linux does in its own way for kern/compat.h: the process title, by
 * overwriting argv as there is no setproctitle(3), and files in memory.  A
 * timer descriptor tells when the clock was set or the host has slept.
 * compat_bsd.c is its counterpart.
 */
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/timerfd.h>

#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "kern/compat.h"

static char	*title;
static size_t	 title_len;

/*
 * Remember where argv lies; it is one block, and everything of it that is
 * needed must have been copied before the title is set.
 */
void
compat_init(int argc, char **argv)
{
	title = argv[0];
	title_len = (size_t)(argv[argc - 1] - argv[0]) +
	    strlen(argv[argc - 1]) + 1;
}

/* Show "mip6d: role" in ps(1) and /proc. */
void
compat_proctitle(const char *role)
{
	char	 name[16];

	snprintf(name, sizeof(name), "mip6d: %s", role);
	prctl(PR_SET_NAME, name, 0, 0, 0);
	if (title == NULL)
		return;
	memset(title, 0, title_len);
	snprintf(title, title_len, "mip6d: %s", role);
}

/*
 * A file without name, to write to and to pass on; -1 and errno.  It is in
 * memory.
 */
int
compat_memory(void)
{
	return (memfd_create("mip6d", MFD_CLOEXEC));
}

/* A timer that never expires, but tells of a wall clock that is set. */
static bool
arm(int fd)
{
	struct itimerspec	 never;

	memset(&never, 0, sizeof(never));
	never.it_value.tv_sec = (time_t)1 << (sizeof(time_t) > 4 ? 33 : 30);
	return (timerfd_settime(fd, TFD_TIMER_ABSTIME |
	    TFD_TIMER_CANCEL_ON_SET, &never, NULL) == 0);
}

/*
 * A descriptor, not blocking, that can be read when the wall clock was set, as
 * it is when the host wakes up; -1: the system has none.
 */
int
compat_clock_open(void)
{
	int	 fd = timerfd_create(CLOCK_REALTIME,
		    TFD_NONBLOCK | TFD_CLOEXEC);

	if (fd != -1 && !arm(fd)) {
		close(fd);
		return (-1);
	}
	return (fd);
}

/* Was it?  Also if it was set to the time that it had anyway. */
bool
compat_clock_jumped(int fd)
{
	uint64_t	 n;
	bool		 jumped = read(fd, &n, sizeof(n)) == -1 &&
			    errno == ECANCELED;

	/* One that was cancelled says so once only if it is set again. */
	arm(fd);
	return (jumped);
}
