/*
 * The directory of what must survive us, which is the root directory of the
 * store and belongs to its user.  Root makes it, and gives a directory of its
 * own away if nothing is in it but files of the store; it opens none of these.
 */
#include <sys/types.h>
#include <sys/stat.h>

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "parent/parent.h"

/* Make it; not every system has /var/db.  False and errno. */
static bool
make(const char *dir)
{
	char	 up[CONF_PATH_MAX], *slash;

	if (mkdir(dir, 0700) == 0 || errno == EEXIST)
		return (true);
	if (errno != ENOENT)
		return (false);
	snprintf(up, sizeof(up), "%s", dir);
	if ((slash = strrchr(up, '/')) == NULL || slash == up)
		return (false);
	*slash = '\0';
	return (mkdir(up, 0755) == 0 && mkdir(dir, 0700) == 0);
}

/* Before there was a store, the file of sec had another name. */
#define FORMER_SEC	"reqid.state"
#define FORMER_NAME	"reqid"

/* A file of the store begins with the name of a role, or had such a name. */
static bool
is_file(const char *name)
{
	char	 first[32];

	snprintf(first, sizeof(first), "%.*s", (int)strcspn(name, "."), name);
	return (role_by_name(first) != ROLE_MAX ||
	    strcmp(first, FORMER_NAME) == 0);
}

/*
 * Call fn() for each entry but the two dots, until that is false; which is
 * returned.  Nobody but root can change the directory meanwhile.
 */
static bool
each_entry(int fd, bool (*fn)(int, const char *, const struct proc *),
    const struct proc *pr)
{
	struct dirent	*e;
	DIR		*d;
	int		 copy = openat(fd, ".", O_RDONLY | O_DIRECTORY |
			    O_CLOEXEC);
	bool		 ok = true;

	if (copy == -1 || (d = fdopendir(copy)) == NULL) {
		if (copy != -1)
			close(copy);
		return (false);
	}
	while (ok && (e = readdir(d)) != NULL)
		if (strcmp(e->d_name, ".") != 0 && strcmp(e->d_name, "..") != 0)
			ok = fn(fd, e->d_name, pr);
	closedir(d);
	return (ok);
}

static bool
is_ours(int fd, const char *name, const struct proc *pr)
{
	struct stat	 st;

	(void)pr;
	return (is_file(name) &&
	    fstatat(fd, name, &st, AT_SYMLINK_NOFOLLOW) == 0 &&
	    S_ISREG(st.st_mode) && st.st_nlink == 1);
}

/* What an older daemon has left has its name of today, unless that is there. */
static bool
rename_former(int fd)
{
	struct stat	 st;

	return (fstatat(fd, "sec.state", &st, AT_SYMLINK_NOFOLLOW) == 0 ||
	    errno != ENOENT ||
	    renameat(fd, FORMER_SEC, fd, "sec.state") == 0 ||
	    errno == ENOENT);
}

static bool
give_file(int fd, const char *name, const struct proc *pr)
{
	return (fchownat(fd, name, pr->uid, pr->gid, AT_SYMLINK_NOFOLLOW) ==
	    0);
}

/* It is to belong to that child; false and why if it can't. */
static bool
give_directory(int fd, const struct proc *pr, char *why, size_t cap)
{
	struct stat	 st;

	if (fstat(fd, &st) == -1) {
		snprintf(why, cap, "%s", strerror(errno));
		return (false);
	}
	if (st.st_uid == pr->uid) {
		if (fchmod(fd, 0700) == 0)
			return (true);
		snprintf(why, cap, "%s", strerror(errno));
	} else if (st.st_uid != 0)
		snprintf(why, cap, "belongs to uid %u: let it and its files "
		    "be of uid %u", (unsigned int)st.st_uid,
		    (unsigned int)pr->uid);
	else if ((st.st_mode & (S_IWGRP | S_IWOTH)) != 0)
		snprintf(why, cap, "others than root may write to it: let it "
		    "have mode 0700");
	else if (!each_entry(fd, is_ours, pr))
		snprintf(why, cap, "has other files: let it be another one");
	else if (!rename_former(fd) || !each_entry(fd, give_file, pr) ||
	    fchown(fd, pr->uid, pr->gid) == -1 || fchmod(fd, 0700) == -1)
		snprintf(why, cap, "%s", strerror(errno));
	else
		return (true);
	return (false);
}

/*
 * The store is about to be: its directory is there, in p->state_dir.  If it
 * can't be, that is said and the name is empty: the store has no files then.
 */
void
statedir_take(struct proc *pr)
{
	struct parent	*p = pr->parent;
	const char	*dir = p->conf->global.state;
	char		 why[128];
	bool		 ok = false;
	int		 fd = -1;

	if (!make(dir) || (fd = open(dir, O_RDONLY | O_DIRECTORY |
	    O_CLOEXEC)) == -1)
		snprintf(why, sizeof(why), "%s", strerror(errno));
	else
		ok = give_directory(fd, pr, why, sizeof(why));
	if (fd != -1)
		close(fd);
	snprintf(p->state_dir, sizeof(p->state_dir), "%s", ok ? dir : "");
	if (!ok)
		log_error("%s: %s; the next daemon will know of nothing, "
		    "unless a reload finds it better", dir, why);
}
