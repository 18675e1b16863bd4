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

/* Keep a file that can't be used for who wants to look at it. */
static void
set_aside(int dir, const char *where, const char *name, const char *why)
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

/*
 * Read a file; without one there are no records.  A file that is damaged, or
 * not of this version, is set aside as NAME.bad, and that is said; where is the
 * directory's name outside.
 */
void
statefile_read(int dir, const char *where, const char *name,
    statefile_record *fn, void *arg)
{
	char		 why[96];
	uint8_t		*buf;
	size_t		 len, n, wanted;

	if ((buf = file_read_at(dir, name, O_NOFOLLOW, SIZE_MAX - 1, &len)) ==
	    NULL) {
		if (errno != ENOENT)
			set_aside(dir, where, name, strerror(errno));
		return;
	}
	switch (statefile_parse(buf, len, fn, arg, &n, &wanted)) {
	case STATEFILE_DAMAGED:
		snprintf(why, sizeof(why), "damaged, %zu of %zu records could "
		    "be read and are used", n, wanted);
		set_aside(dir, where, name, why);
		break;
	case STATEFILE_UNKNOWN:
		set_aside(dir, where, name, "no state file of this version");
		break;
	default:
		break;
	}
	free(buf);
}

/* Replace a file, or make it.  Returns when it is on disk, 0 or an errno. */
int
statefile_write(int dir, const char *name, const struct statebuf *b)
{
	if (b->no_memory)
		return (ENOMEM);
	return (file_replace(dir, name, 0600, b->p, b->len));
}
