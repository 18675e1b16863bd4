/*
 * Care-of addresses formed here from advertised prefixes, where the kernel
 * does not autoconfigure (RFC 4862 5.5.3, RFC 4291 appendix A), and the default
 * route by the router that advertises them (RFC 4861 6.3.4), without which a
 * node at home reaches its neighbours only.  The parent is asked to set and to
 * remove them; which are ours is noted with each address.  movement.c calls it
 * for advertisements, mn.c for the route.
 */
#include <string.h>

#include "mn/parts.h"

static void
set(struct iface *ifc, const struct in6_addr *addr, bool add,
    uint32_t preferred, uint32_t valid)
{
	struct msg_addr_set	 m;

	memset(&m, 0, sizeof(m));
	m.id = request_id(ifc->mn, add);
	m.ifindex = ifc->ifindex;
	m.addr = *addr;
	m.plen = 64;
	m.add = add;
	m.preferred = preferred;
	m.valid = valid;
	ifc->mn->env->emit(ifc->mn->env->ctx, MSG_ADDR_SET, &m);
}

/* Write down that it is ours to remove; false: there are too many. */
static bool
note_formed(struct iface *ifc, const struct in6_addr *addr, struct now now)
{
	size_t	 i;

	for (i = 0; i < ifc->nformed; i++)
		if (in6_eq(&ifc->formed[i], addr))
			return (true);
	if (ifc->nformed == MN_FORMED) {
		MN_COUNT(ifc->mn, addresses_not_formed);
		router_flood(ifc, "addresses to form", MN_FORMED, now);
		return (false);
	}
	ifc->formed[ifc->nformed++] = *addr;
	return (true);
}

/*
 * Form the address of this /64 prefix on ifc, or extend its lifetimes
 * (seconds).  Home addresses are placed by other rules, so not here.  False:
 * it was not asked for, the next advertisement is to try again.
 */
bool
form_address(struct iface *ifc, const struct in6_addr *prefix,
    uint32_t preferred, uint32_t valid, struct now now)
{
	struct in6_addr	 addr;

	if (ifc->lladdrlen != 6)
		return (false);
	addr = in6_eui64(prefix, ifc->lladdr);
	if (is_home_address(ifc->mn, &addr) || !note_formed(ifc, &addr, now))
		return (false);
	set(ifc, &addr, true, preferred, valid);
	return (true);
}

/* The kernel says that it is of mip6d: a former life of ours formed it. */
void
form_restore(struct iface *ifc, const struct addr *a, struct now now)
{
	struct in6_addr	 addr = in6_eui64(&a->addr, ifc->lladdr);

	if (ifc->mn->form_addresses && ifc->lladdrlen == 6 &&
	    (a->flags & ADDR_OURS) && in6_eq(&addr, &a->addr) &&
	    !in6_is_linklocal(&addr) && !is_home_address(ifc->mn, &addr))
		note_formed(ifc, &addr, now);
}

/* Its prefix is new to whoever advertises it again. */
static void
form_anew(struct iface *ifc, const struct in6_addr *addr)
{
	struct router	*r;
	size_t		 k;

	TAILQ_FOREACH(r, &ifc->routers, entry)
		for (k = 0; k < r->nprefixes; k++)
			if (in6_prefix_eq(&r->prefixes[k].addr, addr, 64))
				r->prefixes[k].form_at = NEVER;
}

static bool
is_advertised(const struct iface *ifc, const struct in6_addr *addr)
{
	const struct router	*r;

	TAILQ_FOREACH(r, &ifc->routers, entry)
		if (router_usable(r) && router_covers(r, addr))
			return (true);
	return (false);
}

/*
 * The interface is on another link (RFC 6275 section 11.5.4): remove what was
 * formed there of prefixes that no router of this one advertises.
 */
static void
forget_stale(struct iface *ifc)
{
	struct in6_addr	 addr;
	size_t		 i;

	for (i = ifc->nformed; i-- > 0; ) {
		addr = ifc->formed[i];
		if (is_advertised(ifc, &addr))
			continue;
		ifc->formed[i] = ifc->formed[--ifc->nformed];
		form_anew(ifc, &addr);
		set(ifc, &addr, false, 0, 0);
	}
}

/*
 * Another link: the kernel goes on using the default routers of the old one
 * until it finds out for itself that they do not answer, which takes seconds.
 * Have those routes removed; the next RA of such a router brings its back.
 */
void
form_forget_routes(struct iface *ifc)
{
	struct msg_path	 m;
	struct router	*r;

	if (!ifc->listed)
		return;
	forget_stale(ifc);
	TAILQ_FOREACH(r, &ifc->routers, entry) {
		if (!r->in_kernel || router_usable(r))
			continue;
		r->in_kernel = false;
		memset(&m, 0, sizeof(m));
		m.id = request_id(ifc->mn, false);
		m.router = r->addr;
		m.ifindex = ifc->ifindex;
		ifc->mn->env->emit(ifc->mn->env->ctx, MSG_PATH, &m);
	}
}

/*
 * The router that packets without a better route go to: the one that they go
 * to already, or else the first of the links in their order.  NULL: there is
 * none, or the kernel has found one itself.
 */
static const struct router *
way_out(const struct mn *mn, struct now now)
{
	const struct iface	*ifc;
	const struct router	*r, *best = NULL;
	bool			 used = false;

	TAILQ_FOREACH(ifc, &mn->ifaces, entry)
		TAILQ_FOREACH(r, &ifc->routers, entry) {
			if (!ifc->listed || !router_is_default(r, now))
				continue;
			if (r->in_kernel)
				return (NULL);
			if (best != NULL && used)
				continue;
			used = mn->way_out.add &&
			    mn->way_out.ifindex == ifc->ifindex &&
			    in6_eq(&mn->way_out.router, &r->addr);
			if (best == NULL || used)
				best = r;
		}
	return (best);
}

static void
tell_way_out(struct mn *mn, const struct router *r)
{
	struct msg_path	 m;

	memset(&m, 0, sizeof(m));
	if ((m.add = r != NULL)) {
		m.router = r->addr;
		m.ifindex = r->ifc->ifindex;
	}
	if (m.add == mn->way_out.add && m.ifindex == mn->way_out.ifindex &&
	    in6_eq(&m.router, &mn->way_out.router))
		return;
	mn->way_out = m;
	m.id = request_id(mn, m.add);
	mn->env->emit(mn->env->ctx, MSG_PATH, &m);
}

/* Something has changed: which router has the default route? */
void
form_way_out(struct mn *mn, struct now now)
{
	tell_way_out(mn, mn->form_addresses ? way_out(mn, now) : NULL);
}

/* Remove what was formed here, at the end. */
void
forget_formed(struct mn *mn)
{
	struct iface	*ifc;

	tell_way_out(mn, NULL);

	TAILQ_FOREACH(ifc, &mn->ifaces, entry)
		while (ifc->nformed > 0)
			set(ifc, &ifc->formed[--ifc->nformed], false, 0, 0);
}
