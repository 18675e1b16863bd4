/*
 * The pidfile: one daemon for each.  Its lock says that a daemon lives and
 * lasts as long as the parent does, as no child inherits it; the number in it
 * says who that is.  A file without a lock was left by a daemon that died, and
 * is taken over.
 */
#include <sys/types.h>
#include <sys/file.h>
#include <sys/stat.h>

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "core/clock.h"
#include "parent/pidfile.h"

#define TEXT_MAX	24
#define LOCK_TIME	MS(500)	/* for who only looks, or is ending */
#define LOOK_EVERY	20		/* ms */

/* The number in it; 0: it is empty; -1: it is not a pidfile. */
static pid_t
number(int fd)
{
	char	 text[TEXT_MAX + 1], *end;
	ssize_t	 n;
	long	 v;

	if ((n = pread(fd, text, sizeof(text), 0)) < 0 || n > TEXT_MAX)
		return (-1);
	if (n == 0)
		return (0);
	text[n] = '\0';
	errno = 0;
	v = strtol(text, &end, 10);
	if (errno != 0 || text[0] < '1' || text[0] > '9' || v > INT_MAX ||
	    strcmp(end, "\n") != 0)
		return (-1);
	return ((pid_t)v);
}

static void
nap(void)
{
	struct timespec	 ts = { 0, LOOK_EVERY * NS_PER_MS };

	nanosleep(&ts, NULL);
}

/* A descriptor of a plain file, or -1 and why. */
static int
open_plain(const char *path, int flags, char *why, size_t cap)
{
	struct stat	 st;
	int		 e, fd;

	fd = open(path, flags | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC, 0644);
	if (fd == -1) {
		e = errno;
		snprintf(why, cap, "pidfile %s: %s", path, strerror(e));
		errno = e;
		return (-1);
	}
	if (fstat(fd, &st) == -1 || !S_ISREG(st.st_mode)) {
		snprintf(why, cap, "pidfile %s: is not a plain file", path);
		close(fd);
		errno = EINVAL;
		return (-1);
	}
	return (fd);
}

/* Is the file of that name still the one that is open? */
static bool
is_there(int fd, const char *path)
{
	struct stat	 a, b;

	return (fstat(fd, &a) == 0 && lstat(path, &b) == 0 &&
	    a.st_dev == b.st_dev && a.st_ino == b.st_ino);
}

/* A locked descriptor; -1 and why, if another has it also its pid. */
static int
lock(const char *path, pid_t *holder, char *why, size_t cap)
{
	struct mono	 end = mono_add(mono_now(), LOCK_TIME);
	int		 fd;

	for (;;) {
		fd = open_plain(path, O_RDWR | O_CREAT, why, cap);
		if (fd == -1)
			return (-1);
		if (flock(fd, LOCK_EX | LOCK_NB) == 0) {
			if (is_there(fd, path))
				return (fd);
			/* The one before us has removed it: another is ours. */
		} else if (errno != EWOULDBLOCK) {
			snprintf(why, cap, "pidfile %s: lock: %s", path,
			    strerror(errno));
			close(fd);
			return (-1);
		} else if (!mono_before(mono_now(), end)) {
			*holder = number(fd);
			if (*holder > 0)
				snprintf(why, cap, "another mip6d is running, "
				    "pid %ld: it holds %s", (long)*holder,
				    path);
			else
				snprintf(why, cap, "another mip6d is running: "
				    "it holds %s", path);
			close(fd);
			return (-1);
		}
		close(fd);
		nap();
	}
}

/*
 * Take the pidfile for this process.  A descriptor that keeps it, or -1 and a
 * sentence that says why not.
 */
int
pidfile_take(const char *path, char *why, size_t cap)
{
	char	 text[TEXT_MAX];
	pid_t	 holder = 0;
	int	 fd, n;

	if ((fd = lock(path, &holder, why, cap)) == -1)
		return (-1);
	if (number(fd) == -1) {
		snprintf(why, cap, "pidfile %s: holds something else than the "
		    "number of a process", path);
		close(fd);
		return (-1);
	}
	n = snprintf(text, sizeof(text), "%ld\n", (long)getpid());
	if (ftruncate(fd, 0) == -1 || pwrite(fd, text, (size_t)n, 0) != n) {
		snprintf(why, cap, "pidfile %s: %s", path, strerror(errno));
		close(fd);
		return (-1);
	}
	return (fd);
}

/* At the end: the file goes while it is still locked. */
void
pidfile_leave(int fd, const char *path)
{
	if (fd == -1)
		return;
	if (is_there(fd, path))
		unlink(path);
	close(fd);
}

/*
 * Who holds the pidfile: its pid, 0 if nobody does, or -1 and why that can't
 * be told.
 */
pid_t
pidfile_holder(const char *path, char *why, size_t cap)
{
	pid_t	 pid = 0;
	int	 fd;

	if ((fd = open_plain(path, O_RDONLY, why, cap)) == -1)
		return (errno == ENOENT ? 0 : -1);
	if (flock(fd, LOCK_SH | LOCK_NB) == -1) {
		pid = number(fd);
		/* Locked, and the number not yet written. */
		if (pid <= 0)
			snprintf(why, cap, "pidfile %s: names nobody", path);
		pid = pid <= 0 ? -1 : pid;
	}
	close(fd);
	return (pid);
}

/*
 * Send a signal, or 0 for none, to who holds the pidfile.  Its pid, 0 if
 * nobody does, or -1 and why it could not be done.
 */
pid_t
pidfile_signal(const char *path, int sig, char *why, size_t cap)
{
	pid_t	 pid = pidfile_holder(path, why, cap);

	if (pid > 0 && kill(pid, sig) == -1) {
		snprintf(why, cap, "pid %ld: %s", (long)pid, strerror(errno));
		return (errno == ESRCH ? 0 : -1);
	}
	return (pid);
}

/* Wait until that process holds it no more; false: it still does. */
bool
pidfile_wait(const char *path, pid_t pid, int64_t ns)
{
	struct mono	 end = mono_add(mono_now(), ns);
	char		 why[256];

	while (pidfile_holder(path, why, sizeof(why)) == pid) {
		if (!mono_before(mono_now(), end))
			return (false);
		nap();
	}
	return (true);
}

/*
 * Where it is: as said by -p or the configuration, or else beside the control
 * socket, which daemons can't share either.
 */
void
pidfile_path(const char *flag, const struct conf_global *g, char *path,
    size_t cap)
{
	const char	*s = g->nsockets > 0 ? g->sockets[0].path : CONF_SOCKET;

	if (flag != NULL)
		snprintf(path, cap, "%s", flag);
	else if (g->pidfile[0] != '\0')
		snprintf(path, cap, "%s", g->pidfile);
	else if (strcmp(s, CONF_SOCKET) == 0)
		snprintf(path, cap, "%s", CONF_PIDFILE);
	else
		snprintf(path, cap, "%s.pid", s);
}
