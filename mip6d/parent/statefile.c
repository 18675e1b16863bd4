/*
 * Files of state: what they look like on disk, and how they are read and
 * replaced.  A file is replaced whole, by rename, after its bytes and before
 * its name are on disk, so that a crash leaves the former or the new one.
 * Each record has a check of its own: of a file that was damaged all the same,
 * what is right is used, and the file is set aside.
 *
 * File: "MIP6ST", u16 version, u32 number of records, u32 check; then records:
 * 16 bytes home address, u16 length, bytes, u32 check.  A check is FNV-1a of
 * what is before it in the header or record.
 */
#include <sys/types.h>
#include <sys/stat.h>

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "conf/conf.h"
#include "core/log.h"
#include "parent/statefile.h"
#include "wire/buf.h"

#define MAGIC		"MIP6ST"
#define VERSION		2
#define HEADER		(sizeof(MAGIC) - 1 + 2 + 4 + 4)
#define RECORD_HEAD	18
#define NAME_LEN	(CONF_PATH_MAX + 32)

/* FNV-1a of len octets. */
uint32_t
statefile_check(const uint8_t *p, size_t len)
{
	uint32_t	 h = 2166136261U;

	while (len-- > 0)
		h = (h ^ *p++) * 16777619U;
	return (h);
}

static uint8_t *
room(struct statebuf *b, size_t len)
{
	uint8_t	*p;
	size_t	 cap = b->cap == 0 ? 4096 : b->cap;

	while (cap < b->len + len)
		cap *= 2;
	if (cap != b->cap) {
		if ((p = realloc(b->p, cap)) == NULL) {
			b->no_memory = true;
			return (NULL);
		}
		b->p = p;
		b->cap = cap;
	}
	p = b->p + b->len;
	b->len += len;
	return (p);
}

/* Begin with a file.  False: out of memory, which is remembered, too. */
bool
statebuf_begin(struct statebuf *b)
{
	memset(b, 0, sizeof(*b));
	return (room(b, HEADER) != NULL);
}

/* Add a record of at most 65,535 bytes. */
void
statebuf_add(struct statebuf *b, const struct in6_addr *home, const void *data,
    size_t len)
{
	struct wbuf	 w;
	uint8_t		*p;

	if (b->no_memory || len > UINT16_MAX ||
	    (p = room(b, RECORD_HEAD + len + 4)) == NULL)
		return;
	wbuf_init(&w, p, RECORD_HEAD + len + 4);
	wbuf_bytes(&w, home, sizeof(*home));
	wbuf_u16(&w, (uint16_t)len);
	wbuf_bytes(&w, data, len);
	wbuf_u32(&w, statefile_check(p, RECORD_HEAD + len));
	b->n++;
}

/* All records are there: the header can be written. */
void
statebuf_finish(struct statebuf *b)
{
	struct wbuf	 w;

	if (b->no_memory)
		return;
	wbuf_init(&w, b->p, HEADER);
	wbuf_bytes(&w, MAGIC, sizeof(MAGIC) - 1);
	wbuf_u16(&w, VERSION);
	wbuf_u32(&w, b->n);
	wbuf_u32(&w, statefile_check(b->p, HEADER - 4));
}

void
statebuf_free(struct statebuf *b)
{
	free(b->p);
	memset(b, 0, sizeof(*b));
}

/*
 * Read the records of a file in memory, as many as are right; *nread is how
 * many these were, *nwanted how many there should have been.
 */
enum statefile_result
statefile_parse(const uint8_t *p, size_t len, statefile_record *fn, void *arg,
    size_t *nread, size_t *nwanted)
{
	const uint8_t	*magic, *rec, *data;
	struct in6_addr	 home;
	struct rbuf	 r;
	uint16_t	 version, n;

	*nread = *nwanted = 0;
	rbuf_init(&r, p, len);
	magic = rbuf_ptr(&r, sizeof(MAGIC) - 1);
	version = rbuf_u16(&r);
	*nwanted = rbuf_u32(&r);
	if (rbuf_u32(&r) != (r.bad ? 0 : statefile_check(p, HEADER - 4)) ||
	    r.bad || memcmp(magic, MAGIC, sizeof(MAGIC) - 1) != 0 ||
	    version != VERSION)
		return (STATEFILE_UNKNOWN);
	while (rbuf_left(&r) > 0) {
		rec = r.p + r.off;
		rbuf_bytes(&r, &home, sizeof(home));
		n = rbuf_u16(&r);
		data = rbuf_ptr(&r, n);
		/* With a wrong length nobody knows where the next one is. */
		if (rbuf_u32(&r) != (r.bad ? 0 :
		    statefile_check(rec, RECORD_HEAD + (size_t)n)) || r.bad)
			return (STATEFILE_DAMAGED);
		fn(arg, &home, data, n);
		++*nread;
	}
	return (*nread == *nwanted ? STATEFILE_OK : STATEFILE_DAMAGED);
}

/* All bytes of a file; NULL and errno if it can't be read. */
static uint8_t *
slurp(const char *path, size_t *len)
{
	struct stat	 st;
	uint8_t		*buf = NULL;
	ssize_t		 n;
	int		 fd, e = 0;

	*len = 0;
	if ((fd = open(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC))
	    == -1)
		return (NULL);
	if (fstat(fd, &st) == -1)
		e = errno;
	else if (!S_ISREG(st.st_mode))
		e = EINVAL;
	else if ((buf = malloc((size_t)st.st_size + 1)) == NULL)
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

/* Keep a file that can't be used for who wants to look at it. */
static void
set_aside(const char *path, const char *why)
{
	char	 bad[NAME_LEN + 4];

	snprintf(bad, sizeof(bad), "%s.bad", path);
	if (rename(path, bad) == 0)
		log_warn("%s: %s; it is kept as %s", path, why, bad);
	else
		log_warn("%s: %s; it can't be kept: %s", path, why,
		    strerror(errno));
}

/*
 * Read a file; without one there are no records.  A file that is damaged, or
 * not of this version, is set aside as NAME.bad, and that is said.
 */
void
statefile_read(const char *dir, const char *name, statefile_record *fn,
    void *arg)
{
	char	 path[NAME_LEN], why[96];
	uint8_t	*buf;
	size_t	 len, n, wanted;

	snprintf(path, sizeof(path), "%s/%s", dir, name);
	if ((buf = slurp(path, &len)) == NULL) {
		if (errno != ENOENT && errno != ENOTDIR)
			set_aside(path, strerror(errno));
		return;
	}
	switch (statefile_parse(buf, len, fn, arg, &n, &wanted)) {
	case STATEFILE_DAMAGED:
		snprintf(why, sizeof(why), "damaged, %zu of %zu records could "
		    "be read and are used", n, wanted);
		set_aside(path, why);
		break;
	case STATEFILE_UNKNOWN:
		set_aside(path, "no state file of this version");
		break;
	default:
		break;
	}
	free(buf);
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

/* The name is on disk when its directory is; not all file systems can. */
static int
sync_directory(const char *dir)
{
	int	 fd, e = 0;

	if ((fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC)) == -1)
		return (errno);
	if (fsync(fd) == -1 && errno != EINVAL)
		e = errno;
	close(fd);
	return (e);
}

/*
 * Replace a file, or make it; the directory is made, too.  Returns when it is
 * on disk, 0 or an errno.
 */
int
statefile_write(const char *dir, const char *name, const struct statebuf *b)
{
	char	 path[NAME_LEN], tmp[NAME_LEN + 4];
	int	 fd, e;

	if (b->no_memory)
		return (ENOMEM);
	if (!state_directory(dir))
		return (errno);
	snprintf(path, sizeof(path), "%s/%s", dir, name);
	snprintf(tmp, sizeof(tmp), "%s.new", path);
	/* Another one may still have the last try open. */
	if (unlink(tmp) == -1 && errno != ENOENT)
		return (errno);
	if ((fd = open(tmp, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW |
	    O_CLOEXEC, 0600)) == -1)
		return (errno);
	e = write_all(fd, b->p, b->len);
	if (close(fd) == -1 && e == 0)
		e = errno;
	if (e == 0 && rename(tmp, path) == -1)
		e = errno;
	if (e != 0) {
		unlink(tmp);
		return (e);
	}
	return (sync_directory(dir));
}

/* Make the directory for states; not every system has /var/db. */
bool
state_directory(const char *dir)
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
