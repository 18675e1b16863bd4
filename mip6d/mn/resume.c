/*
 * Takes over the tunnels of the process before this one, which net has kept
 * and hands back (BOUND).  A tunnel stays as it is until there is reason to
 * change it.
 * Sequence number and lifetime are in what the store keeps (save_load()).  The
 * owner record has the rest, what was asked for of IPsec policies, which nobody
 * else tells us:
 *
 *	version 1; policies, 1: POLICIES_TOLD and IPSEC_* shifted by
 *	POLICY_SHIFT; their care-of address, 16
 */
#include <string.h>

#include "mn/parts.h"
#include "wire/buf.h"

#define VERSION		1
#define POLICIES_TOLD	0x01
#define POLICY_SHIFT	1
#define POLICY_FLAGS	(IPSEC_TUNNEL | IPSEC_KM)

/* The record of h, into p of BIND_OWNER_MAX octets; returns how many. */
size_t
resume_record(const struct home *h, uint8_t *p)
{
	const struct keys	*k = &AGENT(h)->keys;
	struct wbuf	 w;
	bool		 told = k->told && !k->failed;

	if (!k->ipsec)
		return (0);
	wbuf_init(&w, p, BIND_OWNER_MAX);
	wbuf_u8(&w, VERSION);
	wbuf_u8(&w, (uint8_t)(told ? POLICIES_TOLD |
	    k->policies.flags << POLICY_SHIFT : 0));
	wbuf_bytes(&w, &k->policies.local, sizeof(k->policies.local));
	return (w.off);
}

static void
take_record(struct home *h, const struct blob *b)
{
	struct keys	*k = &AGENT(h)->keys;
	struct in6_addr	 local;
	struct rbuf	 r;
	unsigned int	 v;

	rbuf_init(&r, b->p, b->len);
	if (!k->ipsec || rbuf_u8(&r) != VERSION)
		return;
	v = rbuf_u8(&r);
	if (!rbuf_bytes(&r, &local, sizeof(local)) || !rbuf_done(&r) ||
	    (v & POLICIES_TOLD) == 0 || v >> POLICY_SHIFT > POLICY_FLAGS)
		return;
	memset(&k->policies, 0, sizeof(k->policies));
	k->policies.home = h->conf.address;
	k->policies.local = local;
	k->policies.peer = h->conf.agent;
	k->policies.flags = (uint8_t)(v >> POLICY_SHIFT);
	k->told = true;
	k->unknown = false;
}

/*
 * A tunnel of the process before this one; what does not fit is not told again.
 */
void
resume_input(struct mn *mn, const struct msg_bind *m)
{
	struct home	*h = home_find(mn, &m->home);
	struct binding	*b;

	if (h == NULL || !in6_is_unspecified(&m->other) ||
	    h->bind_told != TOLD_UNKNOWN ||
	    !in6_eq(&m->peer, &h->conf.agent))
		return;
	h->bind = *m;
	h->bind.flags &= (uint8_t)~BIND_NOTIFY;
	h->bind.owner.p = h->owner;
	h->bind.owner.len = 0;
	h->bind_told = TOLD_ON;
	b = BINDING(AGENT(h));
	if (b->bound && b->bound_ifindex == 0 &&
	    in6_eq(&b->bound_coa, &m->local))
		b->bound_ifindex = m->ifindex;
	take_record(h, &m->owner);
	MN_COUNT(mn, restored);
	mn->dirty = true;
}

/* A new pipe to net: it speaks first, and nothing is decided before that. */
void
resume_begin(struct mn *mn)
{
	mn->asking = true;
}

/* It has; it is told everything as soon as that is decided. */
void
resume_end(struct mn *mn)
{
	mn->asking = false;
	mn->tell_again = true;
}
