/*
 * Addresses of links that were left, in the eyes of other programs.  Here they
 * are no care-of addresses any more (addr_operable()); the kernel would go on
 * choosing them as sources.  So the parent is asked to deprecate them (RFC
 * 6275 11.5.4, RFC 6724 5 rule 3): what is bound to them stays, and what comes
 * to them is accepted, but nothing begins with them.  Static addresses are the
 * operator's, and what form.c has formed is removed instead.
 */
#include <string.h>

#include "mn/parts.h"

static void
tell(struct iface *ifc, const struct addr *a, bool on, uint32_t preferred)
{
	struct msg_deprecate	 m;

	memset(&m, 0, sizeof(m));
	m.id = request_id(ifc->mn, on);
	m.ifindex = ifc->ifindex;
	m.addr = a->addr;
	m.preferred = preferred;
	m.on = on;
	ifc->mn->env->emit(ifc->mn->env->ctx, MSG_DEPRECATE, &m);
}

static uint32_t
preferred_left(const struct addr *a, struct now now)
{
	if (a->preferred_until == INT64_MAX)
		return (UINT32_MAX);
	return (a->preferred_until <= now.mono.ns ? 0 :
	    (uint32_t)((a->preferred_until - now.mono.ns) / SEC(1)));
}

/*
 * A former life of ours asked for it: until a router of this link says so it
 * does not belong here.
 */
void
stale_new(struct iface *ifc, struct addr *a)
{
	a->stale = true;
	a->stale_on = ifc->attachment;
	a->preferred_until = NEVER;
	if (a->evidence.covered == NEVER)
		a->evidence.of_link.attachment = 0;
}

/*
 * What the kernel says of the address, before that is noted: while it is
 * deprecated for us its preferred lifetime is none of its own.  That it is
 * preferred again is a hint, as it is an advertisement that makes it so.
 */
void
stale_told(struct iface *ifc, struct addr *a, const struct msg_address *m,
    struct now now)
{
	bool	 was = (a->flags & ADDR_DEPRECATED) != 0;

	a->dynamic = m->dynamic;
	if (!a->stale || (m->flags & ADDR_DEPRECATED) == 0)
		a->preferred_until = m->preferred == UINT32_MAX ? INT64_MAX :
		    now.mono.ns + SEC(m->preferred);
	if (a->stale && was && !ifc->mn->snapshot && (m->flags &
	    ADDR_DEPRECATED) == 0)
		movement_hint(ifc, now);
}

/* It is not there any more; the parent need not wait for it. */
void
stale_gone(struct iface *ifc, struct addr *a)
{
	if (a->stale)
		tell(ifc, a, false, 0);
	a->stale = false;
}

void
stale_iface_gone(struct iface *ifc)
{
	struct addr	*a;

	TAILQ_FOREACH(a, &ifc->addrs, entry)
		stale_gone(ifc, a);
}

static bool
is_formed(const struct iface *ifc, const struct addr *a)
{
	size_t	 i;

	for (i = 0; i < ifc->nformed; i++)
		if (in6_eq(&ifc->formed[i], &a->addr))
			return (true);
	return (false);
}

/* May another program be kept from it at all? */
static bool
is_ours_to_say(const struct iface *ifc, const struct addr *a, struct now now)
{
	return (a->dynamic && in6_is_routable(&a->addr) &&
	    addr_assigned(a, now) && !is_home_address(ifc->mn, &a->addr) &&
	    !is_formed(ifc, a));
}

/* There is a router that is the way out, and not being asked for. */
static bool
has_router(const struct iface *ifc, struct now now)
{
	const struct router	*r;

	TAILQ_FOREACH(r, &ifc->routers, entry)
		if (router_is_default(r, now) &&
		    evidence_router_state(&r->seen) == ROUTER_OK)
			return (true);
	return (false);
}

/*
 * Is the address of another link than this one?  That needs a router of this
 * one; once it is known it lasts as long as the attachment, or until a router
 * advertises the prefix.
 */
static bool
is_stale(const struct iface *ifc, const struct addr *a, bool router,
    struct now now)
{
	return (is_ours_to_say(ifc, a, now) && !addr_operable(ifc, a, now) &&
	    (router || (a->stale && a->stale_on == ifc->attachment)));
}

static void
decide(struct iface *ifc, struct addr *a, bool stale, struct now now)
{
	if (stale == a->stale)
		return;
	if (stale) {
		/* It is so already, and not by us. */
		if ((a->flags & ADDR_DEPRECATED) != 0)
			return;
		a->stale_on = ifc->attachment;
	} else if (a->preferred_until > now.mono.ns)
		a->flags &= (uint8_t)~ADDR_DEPRECATED;
	a->stale = stale;
	tell(ifc, a, stale, stale ? preferred_left(a, now) : 0);
}

/* Something has changed: which addresses are those of links that were left? */
void
stale_decide(struct mn *mn, struct now now)
{
	struct iface	*ifc;
	struct addr	*a;
	bool		 usable, router;

	TAILQ_FOREACH(ifc, &mn->ifaces, entry) {
		usable = iface_usable(ifc);
		router = usable && has_router(ifc, now);
		TAILQ_FOREACH(a, &ifc->addrs, entry)
			decide(ifc, a, usable &&
			    is_stale(ifc, a, router, now), now);
	}
}

/* The end: all are as they were. */
void
stale_end(struct mn *mn, struct now now)
{
	struct iface	*ifc;
	struct addr	*a;

	TAILQ_FOREACH(ifc, &mn->ifaces, entry)
		TAILQ_FOREACH(a, &ifc->addrs, entry)
			decide(ifc, a, false, now);
}
