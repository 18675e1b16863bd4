/*
 * Whole files: read into memory, or written under another name first, so that
 * a crash leaves the former file or the new one, and none is seen in part.
 * The store keeps state by it, mip6ctl keys and parameters.  Nothing is kept
 * open.
 */
#include <sys/types.h>
#include <sys/stat.h>

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core/file.h"

/*
 * All bytes of a regular file of at most max, opened with more flags; one byte
 * 0 is behind them.  They are the caller's to free.  dir is where the path
 * begins, AT_FDCWD or a directory.  NULL and errno if it can't be read: EINVAL
 * if it is no regular file, EFBIG if it is too long.
 */
uint8_t *
file_read_at(int dir, const char *path, int flags, size_t max, size_t *len)
{
	struct stat	 st;
	uint8_t		*buf = NULL;
	ssize_t		 n;
	int		 fd, e = 0;

	*len = 0;
	if ((fd = openat(dir, path, O_RDONLY | O_NONBLOCK | O_NOCTTY |
	    O_CLOEXEC | flags)) == -1)
		return (NULL);
	if (fstat(fd, &st) == -1)
		e = errno;
	else if (!S_ISREG(st.st_mode))
		e = EINVAL;
	else if ((uintmax_t)st.st_size > max)
		e = EFBIG;
	else if ((buf = calloc(1, (size_t)st.st_size + 1)) == NULL)
		e = ENOMEM;
	while (e == 0 && *len < (size_t)st.st_size) {
		n = read(fd, buf + *len, (size_t)st.st_size - *len);
		if (n == -1 && errno == EINTR)
			continue;
		if (n == -1)
			e = errno;
		if (n <= 0)
			break;
		*len += (size_t)n;
	}
	close(fd);
	if (e != 0) {
		free(buf);
		buf = NULL;
		errno = e;
	}
	return (buf);
}

/*
 * All that is left of an open file, of less than cap octets, into buf.  0 or an
 * errno, EFBIG if there is no end within cap.
 */
int
file_fill(int fd, uint8_t *buf, size_t cap, size_t *len)
{
	ssize_t	 n;

	*len = 0;
	do {
		n = read(fd, buf + *len, cap - *len);
		if (n > 0)
			*len += (size_t)n;
	} while ((n > 0 && *len < cap) || (n == -1 && errno == EINTR));
	return (n == -1 ? errno : *len == cap ? EFBIG : 0);
}

uint8_t *
file_read(const char *path, int flags, size_t max, size_t *len)
{
	return (file_read_at(AT_FDCWD, path, flags, max, len));
}

static int
write_all(int fd, const uint8_t *p, size_t len)
{
	ssize_t	 n;

	while (len > 0) {
		n = write(fd, p, len);
		if (n == -1 && errno == EINTR)
			continue;
		if (n <= 0)
			return (n == 0 ? EIO : errno);
		p += n;
		len -= (size_t)n;
	}
	return (fsync(fd) == -1 ? errno : 0);
}

/* The bytes are on disk under a name that nobody has. */
static int
write_new(int dir, const char *tmp, mode_t mode, const void *p, size_t len)
{
	int	 fd, e;

	if ((fd = openat(dir, tmp, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW |
	    O_CLOEXEC, mode)) == -1)
		return (errno);
	e = write_all(fd, p, len);
	if (close(fd) == -1 && e == 0)
		e = errno;
	if (e != 0)
		unlinkat(dir, tmp, 0);
	return (e);
}

/* The names in it are on disk; not all file systems can. */
static int
sync_names(int dir)
{
	return (fsync(dir) == -1 && errno != EINVAL ? errno : 0);
}

static int
sync_directory(const char *path)
{
	char	 dir[PATH_MAX], *slash;
	int	 fd, e;

	snprintf(dir, sizeof(dir), "%s", path);
	if ((slash = strrchr(dir, '/')) == NULL)
		snprintf(dir, sizeof(dir), ".");
	else
		slash[slash == dir] = '\0';
	if ((fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC)) == -1)
		return (errno);
	e = sync_names(fd);
	close(fd);
	return (e);
}

/*
 * Make a file with that mode, less the umask.  Returns when it is on disk, 0
 * or an errno: EEXIST if there is something of that name, which stays.
 */
int
file_create(const char *path, mode_t mode, const void *p, size_t len)
{
	char	 tmp[PATH_MAX];
	int	 n, e;

	n = snprintf(tmp, sizeof(tmp), "%s.%ld", path, (long)getpid());
	if (n < 0 || (size_t)n >= sizeof(tmp))
		return (ENAMETOOLONG);
	if ((e = write_new(AT_FDCWD, tmp, mode, p, len)) != 0)
		return (e);
	/* Unlike rename(2), link(2) replaces nothing. */
	if (link(tmp, path) == -1)
		e = errno;
	unlink(tmp);
	return (e != 0 ? e : sync_directory(path));
}

/*
 * Replace a file in a directory, or make it, with that mode, less the umask.
 * One process at a time may do so.  Returns when it is on disk, 0 or an errno.
 */
int
file_replace(int dir, const char *name, mode_t mode, const void *p, size_t len)
{
	char	 tmp[PATH_MAX];
	int	 n, e;

	n = snprintf(tmp, sizeof(tmp), "%s.new", name);
	if (n < 0 || (size_t)n >= sizeof(tmp))
		return (ENAMETOOLONG);
	/* Another one may still have the last try open. */
	if (unlinkat(dir, tmp, 0) == -1 && errno != ENOENT)
		return (errno);
	if ((e = write_new(dir, tmp, mode, p, len)) != 0)
		return (e);
	if (renameat(dir, tmp, dir, name) == -1) {
		e = errno;
		unlinkat(dir, tmp, 0);
		return (e);
	}
	return (sync_names(dir));
}
