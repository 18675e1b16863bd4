/*
 * Per system what confines a child; what its role needs is in the role's row.
 * First, on all systems: chroot, group, user.  Then, once configuration and
 * descriptors are there, what the system offers beyond that.
 */
#include <sys/types.h>
#include <sys/time.h>
#include <sys/resource.h>

#include <errno.h>
#include <grp.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#if defined(__linux__)
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <linux/capability.h>
#elif defined(__FreeBSD__)
#include <sys/capsicum.h>
#endif

#include "core/sandbox.h"

static void
add_level(char *level, size_t cap, const char *what)
{
	size_t	 n = strlen(level);

	snprintf(level + n, cap - n, "%s%s", n == 0 ? "" : " ", what);
}

/* What only root can give up: the bounding set of capabilities. */
static void
drop_privileges_for_good(void)
{
#if defined(__linux__)
	int	 c;

	for (c = 0; prctl(PR_CAPBSET_READ, c, 0, 0, 0) >= 0; c++)
		prctl(PR_CAPBSET_DROP, c, 0, 0, 0);
#endif
}

/*
 * Leave the file system and the root user for good.  0, or -1 and why.  The
 * order matters: chroot needs root, and groups go before the user.
 */
int
sandbox_become(const char *dir, unsigned int uid, unsigned int gid,
    char *why, size_t cap)
{
	const char	*what = "uid 0 is not for a child";
	gid_t		 g = gid;

	errno = 0;
	if (uid == 0 || gid == 0)
		goto fail;
	drop_privileges_for_good();
	what = "chroot";
	if (chroot(dir) == -1 || chdir("/") == -1)
		goto fail;
	what = "setgroups";
	if (setgroups(1, &g) == -1)
		goto fail;
	what = "setgid";
	if (setgid(gid) == -1)
		goto fail;
	what = "setuid";
	if (setuid(uid) == -1)
		goto fail;
	what = "root can be regained";
	if (setuid(0) == 0 || geteuid() == 0)
		goto fail;
	return (0);
fail:
	snprintf(why, cap, "%s: %s", what, strerror(errno));
	return (-1);
}

#if defined(__linux__)

/* Without capabilities in any set, and none to be had again. */
static int
drop_caps(void)
{
	struct __user_cap_header_struct	 h = { _LINUX_CAPABILITY_VERSION_3, 0 };
	struct __user_cap_data_struct	 d[2];

	prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0);
	memset(d, 0, sizeof(d));
	return ((int)syscall(SYS_capset, &h, d));
}

static void
enter(enum role role, char *level, size_t cap)
{
	const bool	 files = role_def(role)->files;
	bool		 scoped = false, seccomp;

	if (drop_caps() == 0)
		add_level(level, cap, "nocaps");
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0)
		add_level(level, cap, "no_new_privs");
	prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
	if (sandbox_landlock(files, &scoped))
		add_level(level, cap, "landlock");
	if ((seccomp = sandbox_seccomp(files)))
		add_level(level, cap, "seccomp");
	if (scoped || seccomp)
		add_level(level, cap, SANDBOX_NO_SIGNALS);
}

#elif defined(__FreeBSD__)

static void
enter(enum role role, char *level, size_t cap)
{
	if (!role_def(role)->addresses && cap_enter() == 0)
		add_level(level, cap, "capsicum " SANDBOX_NO_SIGNALS);
}

#elif defined(__OpenBSD__)

static void
enter(enum role role, char *level, size_t cap)
{
	if (pledge(role_def(role)->promises, NULL) == 0)
		add_level(level, cap, "pledge " SANDBOX_NO_SIGNALS);
}

#else

static void
enter(enum role role, char *level, size_t cap)
{
	(void)role;
	(void)level;
	(void)cap;
}

#endif

/* No process may be made: when this one is killed, nothing of it goes on. */
static void
fork_no_more(void)
{
	struct rlimit	 none = { 0, 0 };

	setrlimit(RLIMIT_NPROC, &none);
}

/*
 * Enter the strictest sandbox that this role can live in here; level says
 * what was reached, "chroot uid" at least, and SANDBOX_NO_SIGNALS if this
 * process can do nothing to others of the same user.  A kernel without a
 * feature is no failure: mip6ctl shows what is missing.
 */
void
sandbox_enter(enum role role, char *level, size_t cap)
{
	level[0] = '\0';
	add_level(level, cap, "chroot uid");
	fork_no_more();
	enter(role, level, cap);
}
