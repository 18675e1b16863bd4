/*
 * The routers of an interface and the prefixes that they advertise.  Anybody
 * on a link can send advertisements in as many names as he likes, so there
 * are limits (MN_ROUTERS, MN_PREFIXES), and an order in which what is known is
 * forgotten for what is new: strangers first, what is in use never.
 */
#include <stdlib.h>
#include <string.h>

#include "mn/parts.h"

/* The record of the router of this link-local address, or NULL. */
struct router *
router_find(struct iface *ifc, const struct in6_addr *addr)
{
	struct router	*r;

	TAILQ_FOREACH(r, &ifc->routers, entry)
		if (in6_eq(&r->addr, addr))
			return (r);
	return (NULL);
}

/* Does it advertise a prefix that holds the address? */
bool
router_covers(const struct router *r, const struct in6_addr *addr)
{
	size_t	 k;

	for (k = 0; k < r->nprefixes; k++)
		if (in6_prefix_eq(&r->prefixes[k].addr, addr,
		    r->prefixes[k].len))
			return (true);
	return (false);
}

/* Was it heard, or told of, since the link came? */
bool
router_here(const struct router *r)
{
	return (evidence_router_here(&r->seen, r->ifc->attachment));
}

/* Is it on the present link, as far as is known? */
bool
router_usable(const struct router *r)
{
	return (evidence_router_live(&r->seen, r->ifc->attachment));
}

/* May packets go out by it?  So it said, for a time that is not over. */
bool
router_is_default(const struct router *r, struct now now)
{
	return (evidence_router_default(&r->seen, r->ifc->attachment,
	    now.mono.ns));
}

void
router_remove(struct router *r)
{
	struct iface	*ifc = r->ifc;

	wheel_clear(&ifc->mn->wheel, &r->quiet);
	TAILQ_REMOVE(&ifc->routers, r, entry);
	ifc->nrouters--;
	free(r);
}

/* What keeps a router from being forgotten, the least first. */
enum worth { ELSEWHERE, STRANGER, IN_KERNEL, COVERS_US, IN_USE };

/* Of a care-of address in use here, or the configured prefix of a home. */
static bool
prefix_is_ours(const struct iface *ifc, const struct in6_addr *prefix,
    uint8_t len)
{
	const struct home	*h;
	const struct binding	*b;

	for (h = ifc->mn->homes; h != NULL; h = h->next) {
		b = BINDING(AGENT(h));
		if (len == h->conf.prefix.len &&
		    in6_prefix_eq(prefix, &h->conf.prefix.addr, len))
			return (true);
		if (b->ifindex == ifc->ifindex && h->phase == PHASE_AWAY &&
		    in6_prefix_eq(prefix, &b->coa, len))
			return (true);
		if (b->bound && b->bound_ifindex == ifc->ifindex &&
		    in6_prefix_eq(prefix, &b->bound_coa, len))
			return (true);
	}
	return (false);
}

static enum worth
worth(const struct router *r)
{
	const struct home	*h;
	const struct msg_path	*path;
	size_t			 k;

	for (h = r->ifc->mn->homes; h != NULL; h = h->next) {
		path = &AGENT(h)->path;
		if (path->add && path->ifindex == r->ifc->ifindex &&
		    in6_eq(&path->router, &r->addr))
			return (IN_USE);
	}
	if (!router_usable(r))
		return (ELSEWHERE);
	for (k = 0; k < r->nprefixes; k++)
		if (prefix_is_ours(r->ifc, &r->prefixes[k].addr,
		    r->prefixes[k].len))
			return (COVERS_US);
	return (r->in_kernel ? IN_KERNEL : STRANGER);
}

/* Once a minute: it may be an attack, and an operator wants to know. */
void
router_flood(struct iface *ifc, const char *what, int max, struct now now)
{
	if (ifc->flood_told != NEVER &&
	    now.mono.ns - ifc->flood_told < FLOOD_TOLD)
		return;
	ifc->flood_told = now.mono.ns;
	mn_log(ifc->mn, now, MN_WARN, "%s: more than %d %s: some are "
	    "forgotten; are Router Advertisements forged?", ifc->name, max,
	    what);
}

/* Make room: of those worth least, the one that was heard longest ago. */
static bool
forget_one(struct iface *ifc, struct now now)
{
	struct router	*r, *least = NULL;
	enum worth	 w, of_least = IN_USE;

	TAILQ_FOREACH(r, &ifc->routers, entry) {
		w = worth(r);
		if (w == IN_USE || w > of_least ||
		    (w == of_least && r->seen.heard.at >= least->seen.heard.at))
			continue;
		least = r;
		of_least = w;
	}
	MN_COUNT(ifc->mn, routers_forgotten);
	router_flood(ifc, "routers", MN_ROUTERS, now);
	if (least == NULL)
		return (false);
	router_remove(least);
	return (true);
}

/*
 * The record of the router of this link-local address, a new one if there is
 * none; NULL if all are in use, or out of memory.
 */
struct router *
router_get(struct iface *ifc, const struct in6_addr *addr, struct now now)
{
	struct router	*r = router_find(ifc, addr);

	if (r != NULL)
		return (r);
	if (ifc->nrouters >= MN_ROUTERS && !forget_one(ifc, now))
		return (NULL);
	if ((r = calloc(1, sizeof(*r))) == NULL) {
		MN_COUNT(ifc->mn, no_memory);
		return (NULL);
	}
	r->ifc = ifc;
	r->addr = *addr;
	evidence_router_init(&r->seen);
	r->quiet.kind = T_QUIET;
	TAILQ_INSERT_TAIL(&ifc->routers, r, entry);
	ifc->nrouters++;
	return (r);
}

/* That prefix of the router, or NULL. */
struct prefix *
prefix_find(struct router *r, const struct in6_addr *prefix, uint8_t len)
{
	size_t	 k;

	for (k = 0; k < r->nprefixes; k++)
		if (r->prefixes[k].len == len &&
		    in6_prefix_eq(&r->prefixes[k].addr, prefix, len))
			return (&r->prefixes[k]);
	return (NULL);
}

/*
 * The place of one that may be forgotten: its lifetime is over, or the
 * advertisement that is read does not have it.  For one of ours any will do
 * that is none.
 */
static struct prefix *
prefix_room(struct router *r, bool ours, struct now now)
{
	struct prefix	*p, *least = NULL;
	size_t		 k;

	for (k = 0; k < r->nprefixes; k++) {
		p = &r->prefixes[k];
		if (p->until <= now.mono.ns)
			return (p);
		if ((p->missing > 0 || ours) &&
		    !prefix_is_ours(r->ifc, &p->addr, p->len) &&
		    (least == NULL || p->missing > least->missing))
			least = p;
	}
	return (least);
}

/*
 * The prefix of an advertisement of the router, a new one if it is not known;
 * NULL if there are too many.
 */
struct prefix *
prefix_get(struct router *r, const struct in6_addr *prefix, uint8_t len,
    struct now now)
{
	struct prefix	*p = prefix_find(r, prefix, len);

	if (p != NULL)
		return (p);
	if (r->nprefixes < MN_PREFIXES)
		p = &r->prefixes[r->nprefixes++];
	else {
		MN_COUNT(r->ifc->mn, prefixes_forgotten);
		router_flood(r->ifc, "prefixes of a router", MN_PREFIXES, now);
		p = prefix_room(r, prefix_is_ours(r->ifc, prefix, len), now);
	}
	if (p == NULL)
		return (NULL);
	memset(p, 0, sizeof(*p));
	p->addr = *prefix;
	p->len = len;
	p->form_at = NEVER;
	return (p);
}
