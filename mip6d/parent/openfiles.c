/*
 * How many files this process and its children may open at a time.  The parent
 * asks for as many as root lets it have, before it starts; capture.c shares
 * out what net may have among interfaces.
 */
#include <sys/types.h>
#include <sys/resource.h>

#include <stdio.h>

#include "parent/parent.h"

/* Of the parent: pipes of its children, sockets, devices, and some more. */
#define FILES_MIN	64
#define FILES_MAX	1048576	/* that we ask to be allowed */

/*
 * As many descriptors as root lets us have, for us and for the children that
 * inherit it.  How many those are.
 */
size_t
parent_files(void)
{
	struct rlimit	 rl;
	rlim_t		 want;

	if (getrlimit(RLIMIT_NOFILE, &rl) == -1)
		return (FILES_MIN);
	want = rl.rlim_max == RLIM_INFINITY || rl.rlim_max > FILES_MAX ?
	    FILES_MAX : rl.rlim_max;
	if (rl.rlim_cur != RLIM_INFINITY && rl.rlim_cur < want) {
		rl.rlim_cur = want;
		if (setrlimit(RLIMIT_NOFILE, &rl) == -1 &&
		    getrlimit(RLIMIT_NOFILE, &rl) == -1)
			return (FILES_MIN);
	}
	return (rl.rlim_cur == RLIM_INFINITY ? SIZE_MAX :
	    (size_t)rl.rlim_cur);
}

/*
 * A process that can open too few files would start, and fail at the first
 * socket that is one too many.
 */
bool
parent_has_files(char *why, size_t cap)
{
	size_t	 n = parent_files();

	if (n >= FILES_MIN)
		return (true);
	snprintf(why, cap, "only %zu files may be open at a time, and it takes "
	    "%d: ulimit -n", n, FILES_MIN);
	return (false);
}
