/*
 * Decides whether the traffic of a home address goes into the tunnel, and
 * between which two addresses (RFC 6275 section 11.3.1).  That follows from
 * the binding, the policies of IPsec and the care-of address; net and the
 * parent are told through emit.c.  Called whenever one of these has changed.
 */
#include "mn/parts.h"

/* What traffic does: the tunnel's ends, and whether anything goes there. */
void
traffic_update(struct home *h, struct now now)
{
	struct peering		*p = AGENT(h);
	struct binding		*b = BINDING(p);
	const struct in6_addr	*local = &b->bound_coa;
	uint32_t		 ifindex = b->bound_ifindex;

	h->mn->peers.due = true;
	if (h->phase == PHASE_HOME || h->phase == PHASE_REFUSED)
		return;
	if (!b->bound) {
		if (h->bind_told == TOLD_ON || b->maybe_until <= now.mono.ns) {
			tell_unbind(h);
			tell_policy(h, false);
		}
		return;
	}
	if (h->mn->optimistic && h->phase == PHASE_AWAY && p->update.waiting) {
		local = &b->coa;
		ifindex = b->ifindex;
	}
	tell_bind(h, local, ifindex,
	    keys_traffic(p) && careof_works(h->mn, local, ifindex, now),
	    h->handover != 0);
	tell_policy(h, true);
}
