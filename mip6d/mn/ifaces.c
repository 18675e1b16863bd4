/*
 * Interfaces, their addresses and default routers, as the kernel reports them
 * through the parent (RFC 6275 section 11.5.1).  Owns the tables of them that
 * link.c and router.c look into.  mn.c feeds it, and movement.c is told when a
 * link goes up or down.
 */
#include <stdlib.h>
#include <string.h>

#include "mn/parts.h"

/* Empty tables; false: out of memory. */
bool
ifaces_init(struct mn *mn)
{
	TAILQ_INIT(&mn->ifaces);
	return (htab_init(&mn->iface_tab, 16) && htab_init(&mn->addr_tab, 16));
}

/* Look the interface up in the configuration's list. */
static void
iface_list(struct iface *ifc)
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

/* The list is another one: nothing is known of links that are new in it. */
void
ifaces_list(struct mn *mn, struct now now)
{
	struct iface	*ifc;
	bool		 was;

	TAILQ_FOREACH(ifc, &mn->ifaces, entry) {
		was = ifc->listed;
		iface_list(ifc);
		if (!was && ifc->listed && iface_running(ifc))
			movement_link_up(ifc, now);
	}
}

/* The host has slept: no link need be the one that it was. */
void
ifaces_woke(struct mn *mn, struct now now)
{
	struct iface	*ifc;

	TAILQ_FOREACH(ifc, &mn->ifaces, entry) {
		if (!iface_running(ifc))
			continue;
		movement_link_down(ifc, now);
		movement_link_up(ifc, now);
	}
	mn->dirty = true;
}

static struct iface *
iface_new(struct mn *mn, const struct msg_link *m, struct now now)
{
	struct iface	*ifc;

	if ((ifc = calloc(1, sizeof(*ifc))) == NULL) {
		MN_COUNT(mn, no_memory);
		mn_log(mn, now, MN_ERROR, "%s: out of memory, this interface "
		    "is not used", m->name);
		return (NULL);
	}
	ifc->mn = mn;
	ifc->ifindex = m->ifindex;
	ifc->attachment = 1;
	ifc->marks = (struct marks){ NEVER, NEVER, NEVER, NEVER };
	ifc->last_rs = ifc->flood_told = NEVER;
	ifc->rs.kind = T_RS;
	TAILQ_INIT(&ifc->addrs);
	TAILQ_INIT(&ifc->routers);
	htab_insert(&mn->iface_tab, &ifc->link, hash_bytes(&mn->key,
	    &ifc->ifindex, sizeof(ifc->ifindex)));
	TAILQ_INSERT_HEAD(&mn->ifaces, ifc, entry);
	return (ifc);
}

static void
addr_remove(struct iface *ifc, struct addr *a)
{
	htab_remove(&ifc->mn->addr_tab, &a->link);
	TAILQ_REMOVE(&ifc->addrs, a, entry);
	ifc->naddrs--;
	ifc->mn->dirty = true;
	free(a);
}

/* What was on it has gone with it, also if it is made again. */
static void
iface_remove(struct iface *ifc)
{
	struct mn	*mn = ifc->mn;
	struct home	*h;

	for (h = mn->homes; h != NULL; h = h->next) {
		if (h->on_ifindex == ifc->ifindex)
			h->on_ifindex = 0;
		if (h->group_ifindex == ifc->ifindex)
			h->group_ifindex = 0;
	}
	wheel_clear(&mn->wheel, &ifc->rs);
	while (!TAILQ_EMPTY(&ifc->routers))
		router_remove(TAILQ_FIRST(&ifc->routers));
	while (!TAILQ_EMPTY(&ifc->addrs))
		addr_remove(ifc, TAILQ_FIRST(&ifc->addrs));
	htab_remove(&mn->iface_tab, &ifc->link);
	TAILQ_REMOVE(&mn->ifaces, ifc, entry);
	mn->dirty = true;
	free(ifc);
}

/* The kernel does not have it any more. */
static void
iface_gone(struct iface *ifc, struct now now)
{
	mn_why_gone(ifc, now);
	stale_iface_gone(ifc);
	iface_remove(ifc);
}

/* At the end, when there are no homes any more. */
void
ifaces_free(struct mn *mn)
{
	while (!TAILQ_EMPTY(&mn->ifaces))
		iface_remove(TAILQ_FIRST(&mn->ifaces));
	htab_free(&mn->iface_tab);
	htab_free(&mn->addr_tab);
}

/* LINK: an interface appeared, changed, or is gone. */
void
ifaces_link(struct mn *mn, const struct msg_link *m, struct now now)
{
	struct iface	*ifc = iface_find(mn, m->ifindex);
	bool		 was;

	if (m->flags & LINK_GONE) {
		if (ifc != NULL)
			iface_gone(ifc, now);
		return;
	}
	if (ifc == NULL && (ifc = iface_new(mn, m, now)) == NULL)
		return;
	was = iface_running(ifc);
	ifc->seen = true;
	ifc->flags = m->flags;
	memcpy(ifc->name, m->name, sizeof(ifc->name));
	ifc->lladdrlen = m->lladdrlen > sizeof(ifc->lladdr) ? 0 : m->lladdrlen;
	memcpy(ifc->lladdr, m->lladdr, sizeof(ifc->lladdr));
	iface_list(ifc);
	mn->dirty = true;
	if (!was && iface_running(ifc))
		movement_link_up(ifc, now);
	else if (was && !iface_running(ifc))
		movement_link_down(ifc, now);
	else if (was && !mn->snapshot)
		movement_hint(ifc, now);
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
addr_cover(struct iface *ifc, struct addr *a, struct now now)
{
	const struct router	*r;

	TAILQ_FOREACH(r, &ifc->routers, entry)
		if (router_here(r) && router_covers(r, &a->addr))
			a->evidence.covered = now.mono.ns;
}

static struct addr *
addr_new(struct iface *ifc, const struct in6_addr *addr, struct now now)
{
	struct mn	*mn = ifc->mn;
	struct addr	*a;

	if ((a = calloc(1, sizeof(*a))) == NULL) {
		MN_COUNT(mn, no_memory);
		mn_log(mn, now, MN_ERROR, "%s: out of memory, an address is "
		    "not used", ifc->name);
		return (NULL);
	}
	a->addr = *addr;
	a->ifindex = ifc->ifindex;
	a->evidence = (struct addr_evidence){ { now.mono.ns,
	    ifc->attachment }, NEVER };
	a->bad_until = a->usable_at = NEVER;
	addr_cover(ifc, a, now);
	htab_insert(&mn->addr_tab, &a->link, addr_hash(ifc, addr));
	TAILQ_INSERT_TAIL(&ifc->addrs, a, entry);
	ifc->naddrs++;
	return (a);
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
			stale_gone(ifc, a);
			addr_remove(ifc, a);
			home_unplaced(mn, m);
		}
		return;
	}
	if (a != NULL)
		was = addr_assigned(a, now);
	else if ((a = addr_new(ifc, &m->addr, now)) == NULL)
		return;
	else if (m->stale)
		stale_new(ifc, a);
	a->seen = true;
	a->plen = m->plen;
	stale_told(ifc, a, m, now);
	a->flags = m->flags;
	form_restore(ifc, a, now);
	a->valid_until = m->valid == UINT32_MAX ? INT64_MAX :
	    now.mono.ns + SEC(m->valid);
	if (!was && addr_assigned(a, now))
		a->usable_at = now.mono.ns;
	mn->dirty = true;
}

/*
 * The kernel has no default route by it any more.  If we had that removed with
 * its link it says nothing of the router.
 */
static void
router_not_used(struct router *r, struct now now)
{
	bool	 was = r->in_kernel;

	r->in_kernel = false;
	if (!was)
		return;
	if (r->seen.default_until != NEVER) {
		r->seen.default_until = NEVER;
		if (iface_running(r->ifc) && router_usable(r))
			movement_router_lost(r, now);
	}
	r->ifc->mn->dirty = true;
}

/* ROUTER: the kernel uses a default router, or no longer does. */
void
ifaces_router(struct mn *mn, const struct msg_router *m, struct now now)
{
	struct iface	*ifc = iface_find(mn, m->ifindex);
	struct router	*r;

	if (ifc == NULL)
		return;
	if (m->silent) {
		movement_suspect(ifc, &m->addr, now);
		return;
	}
	r = m->gone ? router_find(ifc, &m->addr) :
	    router_get(ifc, &m->addr, now);
	if (r == NULL)
		return;
	if (m->gone) {
		router_not_used(r, now);
		return;
	}
	r->in_kernel = r->told = true;
	/* Without an advertisement that says how long. */
	if (r->seen.default_until == NEVER)
		r->seen.default_until = INT64_MAX;
	if (iface_running(ifc))
		evidence_router_told(&r->seen, ifc->attachment);
	/* This word of it can overtake its advertisement. */
	if (router_is_default(r, now))
		form_forget_routes(ifc);
	mn->dirty = true;
}

static void
snapshot_addrs(struct iface *ifc, bool begin)
{
	struct addr	*a, *next;

	for (a = TAILQ_FIRST(&ifc->addrs); a != NULL; a = next) {
		next = TAILQ_NEXT(a, entry);
		if (begin)
			a->seen = false;
		else if (!a->seen) {
			stale_gone(ifc, a);
			addr_remove(ifc, a);
		}
	}
}

static void
snapshot_routers(struct iface *ifc, bool begin, struct now now)
{
	struct router	*r, *next;

	for (r = TAILQ_FIRST(&ifc->routers); r != NULL; r = next) {
		next = TAILQ_NEXT(r, entry);
		if (begin)
			r->told = false;
		else if (r->in_kernel && !r->told)
			router_not_used(r, now);
	}
}

/* A full dump begins or ends: what it did not name is gone. */
void
ifaces_snapshot(struct mn *mn, bool begin, struct now now)
{
	struct iface	*ifc, *next;

	mn->snapshot = begin;
	for (ifc = TAILQ_FIRST(&mn->ifaces); ifc != NULL; ifc = next) {
		next = TAILQ_NEXT(ifc, entry);
		if (!begin && !ifc->seen) {
			iface_gone(ifc, now);
			continue;
		}
		ifc->seen = !begin;
		snapshot_addrs(ifc, begin);
		snapshot_routers(ifc, begin, now);
	}
	if (!begin)
		mn->synced = mn->dirty = true;
}
