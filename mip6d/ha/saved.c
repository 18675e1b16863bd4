/*
 * Records that the store keeps for the home agent's next life, in memory and
 * in files, by home address.
 *
 *	version 1 octet, kind 1; then
 *	time: flags 1, until 8, now 8, monotonic time 8, wall clock 8
 *	sequence: number 2
 *	ahead: 16 timestamps, 8 each
 *
 * One that is of another version, or does not fit, is none.
 */
#include <string.h>

#include "core/mono.h"
#include "ha/saved.h"
#include "wire/buf.h"

#define VERSION		2
#define F_LAST		0x01
#define F_SET_BACK	0x02

static void
build_time(struct wbuf *w, const struct saved *s)
{
	const struct saved_time	*t = &s->time;

	wbuf_u8(w, (uint8_t)((t->last ? F_LAST : 0) |
	    (t->set_back ? F_SET_BACK : 0)));
	wbuf_u64(w, (uint64_t)t->until);
	wbuf_u64(w, (uint64_t)t->now);
	wbuf_u64(w, (uint64_t)t->mono);
	wbuf_u64(w, (uint64_t)t->host);
}

/* Write s to p, of SAVED_MAX octets; returns how many it is. */
size_t
saved_build(const struct saved *s, uint8_t *p)
{
	struct wbuf	 w;
	size_t		 i;

	wbuf_init(&w, p, SAVED_MAX);
	wbuf_u8(&w, VERSION);
	wbuf_u8(&w, (uint8_t)s->kind);
	if (s->kind == SAVED_TIME)
		build_time(&w, s);
	else if (s->kind == SAVED_SEQUENCE)
		wbuf_u16(&w, s->seq);
	else
		for (i = 0; i < AHEAD_MAX; i++)
			wbuf_u64(&w, s->ahead[i]);
	return (w.off);
}

/* A time that a timestamp can have. */
static bool
is_wall(int64_t ns)
{
	return (ns >= 0 && ns / NS_PER_SEC <= UINT32_MAX);
}

static bool
parse_time(struct rbuf *r, struct saved_time *t)
{
	uint8_t	 flags = rbuf_u8(r);

	t->last = (flags & F_LAST) != 0;
	t->set_back = (flags & F_SET_BACK) != 0;
	t->until = (int64_t)rbuf_u64(r);
	t->now = (int64_t)rbuf_u64(r);
	t->mono = (int64_t)rbuf_u64(r);
	t->host = (int64_t)rbuf_u64(r);
	return (is_wall(t->until) && is_wall(t->now) && is_wall(t->host) &&
	    t->mono >= 0);
}

/* Read a record; false if it is none of ours. */
bool
saved_parse(struct saved *s, const struct blob *b)
{
	struct rbuf	 r;
	size_t		 i;
	bool		 fits = true;

	memset(s, 0, sizeof(*s));
	rbuf_init(&r, b->p, b->len);
	if (rbuf_u8(&r) != VERSION)
		return (false);
	s->kind = (enum saved_kind)rbuf_u8(&r);
	if (s->kind == SAVED_TIME)
		fits = parse_time(&r, &s->time);
	else if (s->kind == SAVED_SEQUENCE)
		s->seq = rbuf_u16(&r);
	else if (s->kind == SAVED_AHEAD)
		for (i = 0; i < AHEAD_MAX; i++)
			s->ahead[i] = rbuf_u64(&r);
	else
		return (false);
	return (fits && rbuf_done(&r));
}
