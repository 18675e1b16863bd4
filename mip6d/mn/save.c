/*
 * What the store keeps of a peering for the next life of this process: the
 * record of STATE_SAVE and STATE_LOAD, which goes through the state file when
 * all processes die.  emit.c sends it whenever something in it has
 * changed, mn.c hands in what comes back.  The rest, what net still tunnels,
 * is in resume.c.
 */
#include "mn/parts.h"
#include "wire/buf.h"

#define STATE_VERSION	1
#define STATE_LEN	49

/*
 * What outlives the process: version, bound, sequence number, last accepted
 * timestamp, clock offset, end of the binding as wall clock, units, care-of
 * address.  Returns the bytes used of buf.
 */
size_t
save_record(const struct peering *p, struct now now, uint8_t *buf, size_t cap)
{
	const struct binding	*b = BINDING(p);
	struct wbuf		 w;
	int64_t			 until = b->maybe_until;

	wbuf_init(&w, buf, cap);
	wbuf_u8(&w, STATE_VERSION);
	wbuf_u8(&w, b->bound);
	wbuf_u16(&w, p->seq);
	wbuf_u64(&w, p->clock.accepted);
	wbuf_u64(&w, (uint64_t)p->clock.offset);
	if (until == NEVER)
		wbuf_u64(&w, 0);
	else
		wbuf_u64(&w, (uint64_t)(now.wall + until - now.mono.ns));
	wbuf_u16(&w, b->granted);
	wbuf_u8(&w, p->clock.needed);
	wbuf_u16(&w, 0);
	wbuf_bytes(&w, &b->bound_coa, sizeof(b->bound_coa));
	return (w.bad ? 0 : w.off);
}

/* Take up what an earlier life saved; what does not fit is not used. */
void
save_load(struct peering *p, const struct blob *data, struct now now)
{
	struct binding	*b = BINDING(p);
	struct keys	*k = &p->keys;
	struct rbuf	 r;
	int64_t		 until;
	bool		 bound;

	if (p->has_seq)
		return;
	rbuf_init(&r, data->p, data->len);
	if (data->len != STATE_LEN || rbuf_u8(&r) != STATE_VERSION)
		return;
	bound = rbuf_u8(&r) == 1;
	p->seq = rbuf_u16(&r);
	p->has_seq = true;
	k->unknown = k->ipsec && k->protect != PROTECT_NONE;
	p->clock.accepted = rbuf_u64(&r);
	p->clock.offset = (int64_t)rbuf_u64(&r);
	until = (int64_t)rbuf_u64(&r);
	b->granted = rbuf_u16(&r);
	p->clock.needed = rbuf_u8(&r) == 1;
	rbuf_u16(&r);
	rbuf_bytes(&r, &b->bound_coa, sizeof(b->bound_coa));
	if (p->clock.offset < -SEC(86400LL * 36500) ||
	    p->clock.offset > SEC(86400LL * 36500))
		p->clock.offset = 0;
	if (until <= now.wall || until - now.wall > LIFETIME_NS(LIFETIME_MAX))
		return;
	b->maybe_until = now.mono.ns + (until - now.wall);
	if (!bound)
		return;
	b->bound = true;
	b->bound_until = b->maybe_until;
	b->bound_since = b->bound_until - LIFETIME_NS(b->granted);
	wheel_set(&p->mn->wheel, &b->expire, (struct mono){ b->bound_until });
}
