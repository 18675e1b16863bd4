/*
 * The journal of a file of records: what has changed since the file was
 * written, in order, so that a change costs its own octets and not all.  What
 * was written survives our death, what was committed that of the host.  A
 * journal goes with one state file and is worth nothing with another, as that
 * has its changes: so a crash between writing the one and the other loses
 * nothing, and brings nothing back.
 *
 * File: "MIP6JN", u16 version, u32 check and u32 length of the state file, u32
 * seed, u32 check of the header; then records as in that file, one of no octets
 * for what is gone.  Their checks begin with the seed, which is random: what a
 * file system finds on the disk behind the end is none.
 */
#include <sys/types.h>
#include <sys/stat.h>

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core/file.h"
#include "core/log.h"
#include "store/store.h"
#include "wire/buf.h"

#define MAGIC		"MIP6JN"
#define VERSION		1
#define HEADER		(sizeof(MAGIC) - 1 + 2 + 4 + 4 + 4 + 4)

static void
build_header(uint8_t p[HEADER], const struct statefile_id *id, uint32_t seed)
{
	struct wbuf	 w;

	wbuf_init(&w, p, HEADER);
	wbuf_bytes(&w, MAGIC, sizeof(MAGIC) - 1);
	wbuf_u16(&w, VERSION);
	wbuf_u32(&w, id->check);
	wbuf_u32(&w, id->len);
	wbuf_u32(&w, seed);
	wbuf_u32(&w, statefile_check(p, HEADER - 4));
}

/*
 * Read the records of a journal in memory, as many as are right, if it goes
 * with the state file id; NULL: with any.  *nread is how many these were, *left
 * how many octets behind them are none.
 */
enum statefile_result
journal_parse(const uint8_t *p, size_t len, const struct statefile_id *id,
    statefile_record *fn, void *arg, size_t *nread, size_t *left)
{
	struct statefile_id	 of;
	const uint8_t		*magic;
	struct rbuf		 r;
	uint32_t		 seed;
	uint16_t		 version;

	*nread = *left = 0;
	rbuf_init(&r, p, len);
	magic = rbuf_ptr(&r, sizeof(MAGIC) - 1);
	version = rbuf_u16(&r);
	of.check = rbuf_u32(&r);
	of.len = rbuf_u32(&r);
	seed = rbuf_u32(&r);
	if (rbuf_u32(&r) != (r.bad ? 0 : statefile_check(p, HEADER - 4)) ||
	    r.bad || memcmp(magic, MAGIC, sizeof(MAGIC) - 1) != 0 ||
	    version != VERSION)
		return (STATEFILE_UNKNOWN);
	if (id != NULL && (of.check != id->check || of.len != id->len))
		return (STATEFILE_OK);
	*nread = statefile_records(&r, seed, fn, arg);
	*left = rbuf_left(&r);
	return (*left == 0 ? STATEFILE_OK : STATEFILE_DAMAGED);
}

/* There is none yet. */
void
journal_init(struct journal *j, const char *role)
{
	memset(j, 0, sizeof(*j));
	j->fd = -1;
	snprintf(j->name, sizeof(j->name), "%s.journal", role);
}

/* It is kept in the end, and stays where it is until another one begins. */
static void
not_whole(struct journal *j, const char *where, const char *why)
{
	log_warn("%s/%s: %s", where, j->name, why);
	j->bad = true;
}

/*
 * What a former daemon left behind the state file id; NULL: that was damaged.
 * Returns the number of records that were read.
 */
size_t
journal_read(struct journal *j, int dir, const char *where,
    const struct statefile_id *id, statefile_record *fn, void *arg)
{
	char	 why[96];
	uint8_t	*buf;
	size_t	 len, n, left;

	if ((buf = file_read_at(dir, j->name, O_NOFOLLOW, SIZE_MAX - 1,
	    &len)) == NULL) {
		if (errno != ENOENT)
			not_whole(j, where, strerror(errno));
		return (0);
	}
	switch (journal_parse(buf, len, id, fn, arg, &n, &left)) {
	case STATEFILE_DAMAGED:
		snprintf(why, sizeof(why), "the last %zu octets are not whole; "
		    "%zu changes before them are used", left, n);
		not_whole(j, where, why);
		break;
	case STATEFILE_UNKNOWN:
		not_whole(j, where, "no journal of this version");
		break;
	default:
		break;
	}
	free(buf);
	return (n);
}

/*
 * Begin with an empty one behind the state file id, which is on disk.  Returns
 * 0 or an errno: then there is none.
 */
int
journal_begin(struct journal *j, int dir, const char *where,
    const struct statefile_id *id)
{
	uint8_t		 header[HEADER];
	uint32_t	 seed;
	int		 e;

	arc4random_buf(&seed, sizeof(seed));
	journal_close(j);
	if (j->bad)
		statefile_set_aside(dir, where, j->name, "is not used further");
	j->bad = false;
	build_header(header, id, seed);
	if ((e = file_replace(dir, j->name, 0600, header, HEADER)) == 0 &&
	    (j->fd = openat(dir, j->name, O_WRONLY | O_NOFOLLOW |
	    O_CLOEXEC)) == -1)
		e = errno;
	if (e != 0) {
		unlinkat(dir, j->name, 0);
		return (e);
	}
	j->len = HEADER;
	j->tail.seed = seed;
	return (0);
}

/* A record is another; it is written with journal_write. */
void
journal_add(struct journal *j, const struct in6_addr *home, const void *data,
    size_t len)
{
	if (journal_is_open(j))
		statebuf_add(&j->tail, home, data, len);
}

bool
journal_is_open(const struct journal *j)
{
	return (j->fd != -1);
}

/* Does it say anything? */
bool
journal_has_records(const struct journal *j)
{
	return (journal_is_open(j) && j->len + j->tail.len > HEADER);
}

/* Nothing behind what could not be written would be found. */
static int
failed(struct journal *j, int e)
{
	journal_close(j);
	return (e);
}

/* Somebody may have removed the file, or its directory. */
static bool
is_gone(int fd)
{
	struct stat	 st;

	return (fstat(fd, &st) == -1 || st.st_nlink == 0);
}

/*
 * What was added is in the file, and survives us.  Returns 0 or an errno: then
 * it is closed, and the state file has to be written.
 */
int
journal_write(struct journal *j)
{
	struct statebuf	*b = &j->tail;
	size_t		 done = 0;
	ssize_t		 n;

	if (b->no_memory)
		return (failed(j, ENOMEM));
	if (b->len > 0 && is_gone(j->fd))
		return (failed(j, ENOENT));
	while (done < b->len) {
		n = pwrite(j->fd, b->p + done, b->len - done,
		    (off_t)(j->len + done));
		if (n == -1 && errno == EINTR)
			continue;
		if (n <= 0)
			return (failed(j, n == 0 ? EIO : errno));
		done += (size_t)n;
	}
	j->len += done;
	b->len = b->n = 0;
	return (0);
}

/* ... and is on the disk.  What it says of errors is the same. */
int
journal_commit(struct journal *j)
{
	int	 e;

	if ((e = journal_write(j)) != 0)
		return (e);
	/* After an error nobody knows what of it is there. */
	if (is_gone(j->fd) || fdatasync(j->fd) == -1)
		return (failed(j, is_gone(j->fd) ? ENOENT : errno));
	return (0);
}

/* It is not written to any more, and what is not in it never will be. */
void
journal_close(struct journal *j)
{
	if (j->fd != -1)
		close(j->fd);
	j->fd = -1;
	statebuf_free(&j->tail);
}

/* The state file has all of it; what was to be kept is. */
void
journal_remove(struct journal *j, int dir)
{
	journal_close(j);
	unlinkat(dir, j->name, 0);
}
