/*
 * The home address on the links of this host (RFC 6275 section 11.5.5): put on
 * the home link, taken off again, advertised there once it is ours alone, and
 * answered for while that is being asked.  The kernel does it by way of the
 * parent; home.c says when.
 */
#include "mn/parts.h"

/* Take the home address off the interfaces on which it may be. */
void
place_remove(struct home *h)
{
	struct iface	*ifc;

	TAILQ_FOREACH(ifc, &h->mn->ifaces, entry)
		if ((ifc->flags & LINK_TUN) == 0 &&
		    (ifc->ifindex == h->on_ifindex ||
		    addr_find(ifc, &h->conf.address) != NULL)) {
			tell_address(h, ifc->ifindex, false, 0);
			addr_drop(ifc, &h->conf.address);
		}
}

/*
 * Is it there, free of conflict?  An address that the kernel tests for
 * duplicates is as good, unless there is reason not to test it (nodad).
 */
bool
place_has(struct home *h, struct iface *ifc, bool nodad)
{
	const struct addr	*a = addr_find(ifc, &h->conf.address);
	uint8_t			 not = ADDR_DUPLICATE;

	if (nodad)
		not |= ADDR_TENTATIVE;
	if (a != NULL && (a->flags & ADDR_DUPLICATE))
		return (false);
	return (h->on_ifindex == ifc->ifindex ||
	    (a != NULL && (a->flags & not) == 0));
}

/*
 * The home address belongs on ifc now.  Without DAD when the home agent has
 * just ceased to defend it, with DAD when no binding was left (11.5.5).
 */
void
place_put(struct home *h, struct iface *ifc, bool nodad)
{
	const struct addr	*a = addr_find(ifc, &h->conf.address);

	/* Some systems have an address on one interface only. */
	tell_tun(h, false);
	if (!place_has(h, ifc, nodad)) {
		if (a != NULL) {
			tell_address(h, ifc->ifindex, false, 0);
			addr_drop(ifc, &h->conf.address);
		}
		tell_address(h, ifc->ifindex, true, nodad ? ADDR_NODAD : 0);
	}
	tell_policy(h, false);
	tell_unbind(h);
	tell_group(h, 0);
}

/* RFC 6275 11.5.5: for the home address and the link-local one, L or not. */
static void
advertise(struct home *h, struct iface *ifc, struct now now)
{
	const struct addr	*ll = iface_link_local(ifc);

	nd_send_na(h, ifc, &h->conf.address, &in6_allnodes, false);
	if (ll != NULL)
		nd_send_na(h, ifc, &ll->addr, &in6_allnodes, false);
	if (--h->adverts > 0)
		wheel_set(&h->mn->wheel, &h->na,
		    mono_add(now.mono, RETRANS_TIMER));
}

/* The home agent does not defend it any more: neighbours are told. */
void
place_advertise(struct home *h, struct iface *ifc, struct now now)
{
	h->adverts = MAX_NEIGHBOR_ADVERTISEMENT;
	advertise(h, ifc, now);
}

/* Once more, multicasts get lost. */
void
place_again(struct home *h, struct now now)
{
	struct iface	*ifc = iface_find(h->mn, h->home_ifindex);

	if (h->phase == PHASE_HOME && ifc != NULL && iface_running(ifc))
		advertise(h, ifc, now);
}

/*
 * A Neighbor Solicitation for the home address on ifc.  While returning we
 * answer, the kernel does not yet have it there (RFC 6275 section 11.5.5):
 * the home agent may ask before it can send its acknowledgement.
 */
bool
place_solicited(struct home *h, struct iface *ifc, const struct in6_addr *src,
    struct now now)
{
	struct peering	*p = AGENT(h);

	(void)now;
	if (h->phase != PHASE_RETURNING ||
	    BINDING(p)->ifindex != ifc->ifindex || !p->update.waiting)
		return (false);
	if (in6_is_unspecified(src))
		nd_send_na(h, ifc, &h->conf.address, &in6_allnodes, false);
	else
		nd_send_na(h, ifc, &h->conf.address, src, true);
	return (true);
}
