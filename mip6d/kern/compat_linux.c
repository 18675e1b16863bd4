/*
 * What Linux does in its own way: the process title, by overwriting argv as
 * there is no setproctitle(3), and files in memory.
 */
#include <sys/mman.h>
#include <sys/prctl.h>

#include <stdio.h>
#include <string.h>
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
 * memory; dir is for systems where it has to be in a directory.
 */
int
compat_memory(const char *dir)
{
	(void)dir;
	return (memfd_create("mip6d", MFD_CLOEXEC));
}
