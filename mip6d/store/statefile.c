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

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/file.h"
#include "core/log.h"
#include "store/store.h"
#include "wire/buf.h"

#define MAGIC		"MIP6ST"
#define VERSION		2
#define HEADER		(sizeof(MAGIC) - 1 + 2 + 4 + 4)
#define RECORD_HEAD	18

/* FNV-1a that begins with h. */
static uint32_t
fnv(uint32_t h, const uint8_t *p, size_t len)
{
	while (len-- > 0)
		h = (h ^ *p++) * 16777619U;
	return (h);
}

/* FNV-1a of len octets. */
uint32_t
statefile_check(const uint8_t *p, size_t len)
{
	return (fnv(STATEFILE_SEED, p, len));
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
	b->seed = STATEFILE_SEED;
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
	wbuf_u32(&w, fnv(b->seed, p, RECORD_HEAD + len));
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
 * Read records whose checks begin with seed, until one is not right, behind
 * which nobody knows where the next one is.  Returns how many were right; r is
 * behind the last of them.
 */
size_t
statefile_records(struct rbuf *r, uint32_t seed, statefile_record *fn,
    void *arg)
{
	const uint8_t	*rec, *data;
	struct in6_addr	 home;
	size_t		 begin, n = 0;
	uint16_t	 len;

	while (rbuf_left(r) > 0) {
		begin = r->off;
		rec = r->p + begin;
		rbuf_bytes(r, &home, sizeof(home));
		len = rbuf_u16(r);
		data = rbuf_ptr(r, len);
		if (rbuf_u32(r) != (r->bad ? 0 :
		    fnv(seed, rec, RECORD_HEAD + (size_t)len)) || r->bad) {
			r->off = begin;
			break;
		}
		fn(arg, &home, data, len);
		n++;
	}
	return (n);
}

/*
 * Read the records of a file in memory, as many as are right; *nread is how
 * many these were, *nwanted how many there should have been.
 */
enum statefile_result
statefile_parse(const uint8_t *p, size_t len, statefile_record *fn, void *arg,
    size_t *nread, size_t *nwanted)
{
	const uint8_t	*magic;
	struct rbuf	 r;
	uint16_t	 version;

	*nread = *nwanted = 0;
	rbuf_init(&r, p, len);
	magic = rbuf_ptr(&r, sizeof(MAGIC) - 1);
	version = rbuf_u16(&r);
	*nwanted = rbuf_u32(&r);
	if (rbuf_u32(&r) != (r.bad ? 0 : statefile_check(p, HEADER - 4)) ||
	    r.bad || memcmp(magic, MAGIC, sizeof(MAGIC) - 1) != 0 ||
	    version != VERSION)
		return (STATEFILE_UNKNOWN);
	*nread = statefile_records(&r, STATEFILE_SEED, fn, arg);
	if (rbuf_left(&r) > 0)
		return (STATEFILE_DAMAGED);
	return (*nread == *nwanted ? STATEFILE_OK : STATEFILE_DAMAGED);
}

/* Keep a file that can't be used for who wants to look at it. */
void
statefile_set_aside(int dir, const char *where, const char *name,
    const char *why)
{
	char	 bad[64];

	snprintf(bad, sizeof(bad), "%s.bad", name);
	if (renameat(dir, name, dir, bad) == 0)
		log_warn("%s/%s: %s; it is kept as %s/%s", where, name, why,
		    where, bad);
	else
		log_warn("%s/%s: %s; it can't be kept: %s", where, name, why,
		    strerror(errno));
}

/* What tells this file from all others. */
struct statefile_id
statefile_id(const uint8_t *p, size_t len)
{
	struct statefile_id	 id;

	id.check = statefile_check(p, len);
	id.len = (uint32_t)len;
	return (id);
}

/*
 * Read a file; without one there are no records.  A file that is damaged, or
 * not of this version, is set aside as NAME.bad, and that is said; where is the
 * directory's name outside.  True: all of it was right, and *id is its.
 */
bool
statefile_read(int dir, const char *where, const char *name,
    statefile_record *fn, void *arg, struct statefile_id *id)
{
	bool		 right = false;
	char		 why[96];
	uint8_t		*buf;
	size_t		 len, n, wanted;

	if ((buf = file_read_at(dir, name, O_NOFOLLOW, SIZE_MAX - 1, &len)) ==
	    NULL) {
		if (errno != ENOENT)
			statefile_set_aside(dir, where, name, strerror(errno));
		return (false);
	}
	switch (statefile_parse(buf, len, fn, arg, &n, &wanted)) {
	case STATEFILE_DAMAGED:
		snprintf(why, sizeof(why), "damaged, %zu of %zu records could "
		    "be read and are used", n, wanted);
		statefile_set_aside(dir, where, name, why);
		break;
	case STATEFILE_UNKNOWN:
		statefile_set_aside(dir, where, name,
		    "no state file of this version");
		break;
	default:
		*id = statefile_id(buf, len);
		right = true;
		break;
	}
	free(buf);
	return (right);
}

/* Replace a file, or make it.  Returns when it is on disk, 0 or an errno. */
int
statefile_write(int dir, const char *name, const struct statebuf *b)
{
	if (b->no_memory)
		return (ENOMEM);
	return (file_replace(dir, name, 0600, b->p, b->len));
}
