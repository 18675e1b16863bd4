/*
 * Which link is the home link: one on which a router advertises the home prefix
 * (RFC 6275 section 11.5.2), for how long that prefix is valid, and what the
 * home agent may defend there.  Looks at routers and keeps nothing but that
 * lifetime; home.c decides by it.
 */
#include "mn/parts.h"

static bool
is_home_prefix(const struct home *h, const struct prefix *p, struct now now)
{
	return (p->len == h->conf.prefix.len && p->until > now.mono.ns &&
	    in6_prefix_eq(&p->addr, &h->conf.prefix.addr, p->len));
}

/*
 * Is the home prefix advertised here, by a router heard since the link came?
 * An address of that prefix is no evidence: it may be a static one, or have
 * outlived the link that it was formed on.
 */
static bool
is_home_link(const struct home *h, const struct iface *ifc, struct now now)
{
	const struct router	*r;
	size_t			 k;

	TAILQ_FOREACH(r, &ifc->routers, entry) {
		if (!router_usable(r))
			continue;
		for (k = 0; k < r->nprefixes; k++)
			if (is_home_prefix(h, &r->prefixes[k], now))
				return (true);
	}
	return (false);
}

/*
 * Is this link-local address of ours one that our home agent may defend on this
 * link for us?  Then it is not to be tested there (RFC 6275 section 11.5.5).
 */
bool
home_defended(const struct iface *ifc, const struct in6_addr *linklocal,
    struct now now)
{
	const struct home	*h;
	const struct binding	*b;
	struct in6_addr		 ll;

	for (h = ifc->mn->homes; h != NULL; h = h->next) {
		b = BINDING(AGENT(h));
		ll = in6_linklocal(&h->conf.address);
		if (in6_eq(&ll, linklocal) &&
		    (b->bound || b->maybe_until > now.mono.ns) &&
		    is_home_link(h, ifc, now))
			return (true);
	}
	return (false);
}

/* The interface that is on it, rather that of the last time; NULL: none is. */
struct iface *
home_link(struct home *h, struct now now)
{
	struct iface	*ifc, *best = NULL;

	TAILQ_FOREACH(ifc, &h->mn->ifaces, entry) {
		if (!iface_usable(ifc) || !is_home_link(h, ifc, now))
			continue;
		if (best == NULL || ifc->ifindex == h->home_ifindex ||
		    (best->ifindex != h->home_ifindex &&
		    ifc->preference > best->preference))
			best = ifc;
	}
	return (best);
}

/*
 * For how long the home prefix is valid is told at home alone; the longest of
 * what its routers say (RFC 6275 section 11.7.1).
 */
void
home_lifetime(struct home *h, const struct iface *ifc, struct now now)
{
	const struct router	*r;
	int64_t			 until = NEVER;
	size_t			 k;

	TAILQ_FOREACH(r, &ifc->routers, entry)
		for (k = 0; router_usable(r) && k < r->nprefixes; k++)
			if (is_home_prefix(h, &r->prefixes[k], now) &&
			    until < r->prefixes[k].until)
				until = r->prefixes[k].until;
	if (until != NEVER)
		h->prefix_until = until;
}
