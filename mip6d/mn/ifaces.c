/* Interfaces, addresses and default routers as the kernel reports them. */
#include <stdlib.h>
#include <string.h>

#include "mn/parts.h"

/* NULL if the kernel has not told of it. */
struct iface *
iface_find(struct mn *mn, uint32_t ifindex)
{
	struct iface	*ifc;

	for (ifc = mn->ifaces; ifc != NULL; ifc = ifc->next)
		if (ifc->ifindex == ifindex)
			return (ifc);
	return (NULL);
}

/* Up, with carrier. */
bool
iface_running(const struct iface *ifc)
{
	return ((ifc->flags & (LINK_UP | LINK_RUNNING)) ==
	    (LINK_UP | LINK_RUNNING));
}

/* May a care-of address be on it?  The configuration's list, if it has one. */
bool
iface_usable(const struct iface *ifc)
{
	return (iface_running(ifc) && ifc->listed &&
	    (ifc->flags & (LINK_LOOPBACK | LINK_TUN)) == 0);
}

/* Look the interface up in the configuration's list. */
void
ifaces_list(struct iface *ifc)
{
	const struct mn	*mn = ifc->mn;
	size_t		 i;

	ifc->preference = 0;
	ifc->listed = mn->nlisted == 0;
	for (i = 0; i < mn->nlisted; i++)
		if (strcmp(mn->listed[i].name, ifc->name) == 0) {
			ifc->listed = true;
			ifc->preference = mn->listed[i].preference;
		}
}

static struct iface *
iface_new(struct mn *mn, uint32_t ifindex)
{
	struct iface	*ifc;
	size_t		 i;

	if (mn->nifaces >= MN_IFACES ||
	    (ifc = calloc(1, sizeof(*ifc))) == NULL) {
		MN_COUNT(mn, tables_full);
		return (NULL);
	}
	ifc->mn = mn;
	ifc->ifindex = ifindex;
	ifc->marks = (struct marks){ NEVER, NEVER, NEVER, NEVER };
	ifc->last_rs = NEVER;
	ifc->rs.kind = T_RS;
	for (i = 0; i < MN_ROUTERS; i++) {
		ifc->routers[i].ifc = ifc;
		ifc->routers[i].quiet.kind = T_QUIET;
	}
	ifc->next = mn->ifaces;
	mn->ifaces = ifc;
	mn->nifaces++;
	return (ifc);
}

static void
iface_remove(struct iface *ifc)
{
	struct mn	*mn = ifc->mn;
	struct iface	**p;
	size_t		 i;

	wheel_clear(&mn->wheel, &ifc->rs);
	for (i = 0; i < MN_ROUTERS; i++)
		wheel_clear(&mn->wheel, &ifc->routers[i].quiet);
	for (p = &mn->ifaces; *p != ifc; p = &(*p)->next)
		;
	*p = ifc->next;
	mn->nifaces--;
	mn->dirty = true;
	free(ifc);
}

/* At the end. */
void
ifaces_free(struct mn *mn)
{
	while (mn->ifaces != NULL)
		iface_remove(mn->ifaces);
}

/* LINK: an interface appeared, changed, or is gone. */
void
ifaces_link(struct mn *mn, const struct msg_link *m, struct now now)
{
	struct iface	*ifc = iface_find(mn, m->ifindex);
	bool		 was;

	if (m->flags & LINK_GONE) {
		if (ifc != NULL) {
			mn_why_gone(ifc, now);
			iface_remove(ifc);
		}
		return;
	}
	if (ifc == NULL && (ifc = iface_new(mn, m->ifindex)) == NULL)
		return;
	was = iface_running(ifc);
	ifc->seen = true;
	ifc->flags = m->flags;
	memcpy(ifc->name, m->name, sizeof(ifc->name));
	ifc->lladdrlen = m->lladdrlen > sizeof(ifc->lladdr) ? 0 : m->lladdrlen;
	memcpy(ifc->lladdr, m->lladdr, sizeof(ifc->lladdr));
	ifaces_list(ifc);
	mn->dirty = true;
	if (!was && iface_running(ifc))
		movement_link_up(ifc, now);
	else if (was && !iface_running(ifc))
		movement_link_down(ifc, now);
	else if (was && !mn->snapshot)
		movement_hint(ifc, now);
}

struct addr *
addr_find(struct iface *ifc, const struct in6_addr *addr)
{
	size_t	 i;

	for (i = 0; i < ifc->naddrs; i++)
		if (in6_eq(&ifc->addrs[i].addr, addr))
			return (&ifc->addrs[i]);
	return (NULL);
}

/* Assigned and able to receive: not tentative unless optimistic. */
bool
addr_assigned(const struct addr *a, struct now now)
{
	if (a->flags & ADDR_DUPLICATE)
		return (false);
	if ((a->flags & ADDR_TENTATIVE) && !(a->flags & ADDR_OPTIMISTIC))
		return (false);
	return (a->valid_until > now.mono.ns);
}

/*
 * Does the address belong to the link that the interface is on now?  RFC 6059
 * section 5: not before something of this link says so; and no longer when
 * all routers that advertised its prefix are lost (RFC 6275 section 11.5.4).
 */
bool
addr_operable(const struct iface *ifc, const struct addr *a, struct now now)
{
	const struct router	*r;
	const struct prefix	*p;
	bool			 live = false, lost = false;
	size_t			 i, k;

	if (!a->confirmed)
		return (false);
	for (i = 0; i < MN_ROUTERS; i++) {
		r = &ifc->routers[i];
		if (!r->used || !r->here)
			continue;
		if (r->state == ROUTER_LOST) {
			lost = true;
			continue;
		}
		live = true;
		for (k = 0; k < r->nprefixes; k++) {
			p = &r->prefixes[k];
			if (p->until > now.mono.ns &&
			    in6_prefix_eq(&p->addr, &a->addr, p->len))
				return (true);
		}
	}
	return (!a->covered && (live || !lost));
}

/* A link-local address that may be a source, or NULL. */
const struct addr *
iface_link_local(const struct iface *ifc)
{
	const struct addr	*a;
	size_t			 i;

	for (i = 0; i < ifc->naddrs; i++) {
		a = &ifc->addrs[i];
		if (in6_is_linklocal(&a->addr) &&
		    (a->flags & (ADDR_TENTATIVE | ADDR_DUPLICATE)) == 0)
			return (a);
	}
	return (NULL);
}

bool
is_home_address(const struct mn *mn, const struct in6_addr *addr)
{
	const struct home	*h;

	for (h = mn->homes; h != NULL; h = h->next)
		if (in6_eq(&h->conf.address, addr))
			return (true);
	return (false);
}

static void
addr_remove(struct iface *ifc, struct addr *a)
{
	*a = ifc->addrs[--ifc->naddrs];
	ifc->mn->dirty = true;
}

/* We have asked for its removal. */
void
addr_drop(struct iface *ifc, const struct in6_addr *addr)
{
	struct addr	*a = addr_find(ifc, addr);

	if (a != NULL)
		addr_remove(ifc, a);
}

/* The kernel dropped it (the link went down): it is not placed any more. */
static void
home_unplaced(struct mn *mn, const struct msg_address *m)
{
	struct home	*h;

	for (h = mn->homes; h != NULL; h = h->next)
		if (h->on_ifindex == m->ifindex &&
		    in6_eq(&h->conf.address, &m->addr))
			h->on_ifindex = 0;
}

static void
addr_cover(struct iface *ifc, struct addr *a)
{
	const struct router	*r;
	size_t			 i, k;

	for (i = 0; i < MN_ROUTERS; i++) {
		r = &ifc->routers[i];
		if (!r->used || !r->here)
			continue;
		for (k = 0; k < r->nprefixes; k++)
			if (in6_prefix_eq(&r->prefixes[k].addr, &a->addr,
			    r->prefixes[k].len))
				a->covered = true;
	}
}

/* ADDRESS: an address was assigned, changed its state, or is gone. */
void
ifaces_address(struct mn *mn, const struct msg_address *m, struct now now)
{
	struct iface	*ifc = iface_find(mn, m->ifindex);
	struct addr	*a;
	bool		 was = false;

	if (ifc == NULL)
		return;
	a = addr_find(ifc, &m->addr);
	if (m->flags & ADDR_GONE) {
		if (a != NULL) {
			addr_remove(ifc, a);
			home_unplaced(mn, m);
		}
		return;
	}
	if (a != NULL)
		was = addr_assigned(a, now);
	else if (ifc->naddrs == MN_ADDRS) {
		MN_COUNT(mn, tables_full);
		return;
	} else {
		a = &ifc->addrs[ifc->naddrs++];
		memset(a, 0, sizeof(*a));
		a->addr = m->addr;
		a->confirmed = true;
		a->bad_until = a->usable_at = NEVER;
		addr_cover(ifc, a);
	}
	a->seen = true;
	a->plen = m->plen;
	a->flags = m->flags;
	a->valid_until = m->valid == UINT32_MAX ? INT64_MAX :
	    now.mono.ns + SEC(m->valid);
	if (!was && addr_assigned(a, now))
		a->usable_at = now.mono.ns;
	mn->dirty = true;
}

/* ROUTER: the kernel uses a default router, or no longer does. */
void
ifaces_router(struct mn *mn, const struct msg_router *m, struct now now)
{
	struct iface	*ifc = iface_find(mn, m->ifindex);
	struct router	*r;
	bool		 was;

	if (ifc == NULL || (r = router_get(ifc, &m->addr)) == NULL)
		return;
	was = r->in_kernel;
	r->in_kernel = !m->gone;
	/* We had it removed with its link; that says nothing of the router. */
	if (m->gone && !was)
		return;
	if (!m->gone) {
		r->is_default = true;
		if (r->heard == NEVER && iface_running(ifc)) {
			r->here = true;
			r->state = ROUTER_OK;
		}
	} else if (r->is_default) {
		r->is_default = false;
		if (iface_running(ifc) && r->here && r->state != ROUTER_LOST)
			movement_router_lost(r, now);
	}
	mn->dirty = true;
}

/* A full dump begins or ends: what it did not name is gone. */
void
ifaces_snapshot(struct mn *mn, bool begin, struct now now)
{
	struct iface	*ifc, *next;
	size_t		 i;

	mn->snapshot = begin;
	for (ifc = mn->ifaces; ifc != NULL; ifc = next) {
		next = ifc->next;
		if (!begin && !ifc->seen) {
			mn_why_gone(ifc, now);
			iface_remove(ifc);
			continue;
		}
		ifc->seen = !begin;
		for (i = ifc->naddrs; i-- > 0; )
			if (begin)
				ifc->addrs[i].seen = false;
			else if (!ifc->addrs[i].seen)
				addr_remove(ifc, &ifc->addrs[i]);
	}
	if (!begin)
		mn->synced = mn->dirty = true;
}
