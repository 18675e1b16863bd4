/*
 * Reqids: each node has an even one for its transport mode associations and
 * the next for those of its tunnel.  They are kept over restarts, as key
 * management and peers of this daemon may have associations with them.
 *
 * A record in the file: role, u16 reqid, u64 time of the last registration.
 */
#include "sec/int.h"
#include "wire/buf.h"

#define RECORD		11

_Static_assert(RECORD <= SEC_RECORD_MAX, "it is kept by the store");

/* The numbers that may be used; what is in use stays so. */
void
reqid_range(struct reqids *r, uint32_t first, uint32_t last)
{
	r->first = first + (first & 1);
	r->last = last > REQID_LAST ? REQID_LAST : last;
	if (r->next < r->first || r->next > r->last)
		r->next = r->first;
	r->full = false;
}

/* May it be used? */
bool
reqid_is_in(const struct reqids *r, uint32_t id)
{
	return (id >= r->first && id < r->last);
}

/* Take this one; false: it can't be had. */
bool
reqid_take(struct reqids *r, uint32_t id)
{
	if ((id & 1) != 0 || id < r->first || id + 1 > r->last || id == 0 ||
	    r->used[id / 2] != 0)
		return (false);
	r->used[id / 2] = 1;
	return (true);
}

/* A free one, that was freed long ago rather than just now; 0: none. */
uint32_t
reqid_new(struct reqids *r)
{
	uint32_t	 i, id = r->next, n;

	n = r->last < r->first || r->full ? 0 :
	    (r->last - r->first + 1) / 2;
	for (i = 0; i < n; i++, id += 2) {
		if (id + 1 > r->last)
			id = r->first;
		if (!reqid_take(r, id))
			continue;
		r->next = id + 2;
		return (id);
	}
	r->full = true;
	return (0);
}

void
reqid_free(struct reqids *r, uint32_t id)
{
	if (id <= REQID_LAST)
		r->used[id / 2] = 0;
	r->full = false;
}

/* A node goes, and what it had is free. */
void
reqid_release(struct sec_node *n)
{
	struct sec	*s = n->sec;

	if (n->want.reqid == 0)
		return;
	s->by_reqid[n->want.reqid / 2] = NULL;
	reqid_free(&s->reqids, n->want.reqid);
	s->reqid_freed = s->without > 0;
}

/* The records of all nodes that have one, to fn with arg; changes nothing. */
void
sec_records(const struct sec *s, sec_record_fn *fn, void *arg)
{
	const struct sec_node	*n;
	struct wbuf		 w;
	uint8_t			 rec[RECORD];

	TAILQ_FOREACH(n, &s->nodes, all) {
		if (n->gone || n->want.reqid == 0)
			continue;
		wbuf_init(&w, rec, sizeof(rec));
		wbuf_u8(&w, (uint8_t)n->role);
		wbuf_u16(&w, (uint16_t)n->want.reqid);
		wbuf_u64(&w, n->seen);
		fn(arg, n->role, &n->want.home, rec, sizeof(rec));
	}
}

/* A record of a former life: a node that is configured has its reqid again. */
void
sec_record(struct sec *s, const struct in6_addr *home, const uint8_t *data,
    size_t len)
{
	struct sec_node	*n;
	struct rbuf	 r;
	uint64_t	 seen;
	uint16_t	 reqid;
	uint8_t		 role;

	rbuf_init(&r, data, len);
	role = rbuf_u8(&r);
	reqid = rbuf_u16(&r);
	seen = rbuf_u64(&r);
	if (!rbuf_done(&r) || (n = sec_find(s, role, home)) == NULL ||
	    n->want.reqid != 0)
		return;
	n->seen = seen;
	if (reqid_take(&s->reqids, reqid))
		n->want.reqid = reqid;
}

/* Have them written down, if that has not been done since something changed. */
void
reqid_save(struct sec *s)
{
	if (s->saved_dirty)
		s->env.save(s->env.arg);
	s->saved_dirty = false;
}
