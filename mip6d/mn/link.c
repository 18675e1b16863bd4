/*
 * What is asked of interfaces and of their addresses: which there are, and
 * whether one may be used on the link that the interface is on now (RFC 6059
 * section 5, RFC 6275 section 11.5.4).  ifaces.c, which owns them, keeps the
 * tables; all other files look them up here.
 */
#include <string.h>

#include "mn/parts.h"

static bool
match_iface(const struct hlink *l, const void *key)
{
	return (((const struct iface *)(const void *)l)->ifindex ==
	    *(const uint32_t *)key);
}

/* NULL if the kernel has not told of it. */
struct iface *
iface_find(struct mn *mn, uint32_t ifindex)
{
	return ((struct iface *)(void *)htab_find(&mn->iface_tab,
	    hash_bytes(&mn->key, &ifindex, sizeof(ifindex)), match_iface,
	    &ifindex));
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

/* What an address is found by. */
struct addr_key {
	struct in6_addr	 addr;
	uint32_t	 ifindex;
};

static struct addr_key
addr_key(const struct iface *ifc, const struct in6_addr *addr)
{
	struct addr_key	 k;

	memset(&k, 0, sizeof(k));
	k.addr = *addr;
	k.ifindex = ifc->ifindex;
	return (k);
}

static bool
match_addr(const struct hlink *l, const void *key)
{
	const struct addr	*a = (const struct addr *)(const void *)l;
	const struct addr_key	*k = key;

	return (a->ifindex == k->ifindex && in6_eq(&a->addr, &k->addr));
}

static uint64_t
hash_key(const struct iface *ifc, const struct addr_key *k)
{
	return (hash_bytes(&ifc->mn->key, k, sizeof(*k)));
}

/* The address of this interface, or NULL. */
struct addr *
addr_find(struct iface *ifc, const struct in6_addr *addr)
{
	struct addr_key	 k = addr_key(ifc, addr);

	return ((struct addr *)(void *)htab_find(&ifc->mn->addr_tab,
	    hash_key(ifc, &k), match_addr, &k));
}

/* By what it is found in the table of addresses. */
uint64_t
addr_hash(const struct iface *ifc, const struct in6_addr *addr)
{
	struct addr_key	 k = addr_key(ifc, addr);

	return (hash_key(ifc, &k));
}

/* Made of an advertisement, by its lifetime and prefix length. */
bool
addr_is_slaac(const struct addr *a)
{
	return (a->valid_until != INT64_MAX && a->plen == 64);
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
	bool			 live = false, lost = false, mute = false;
	size_t			 k;

	if (!evidence_of_link(&a->evidence, ifc->attachment))
		return (false);
	TAILQ_FOREACH(r, &ifc->routers, entry) {
		if (!router_usable(r)) {
			lost |= router_here(r);
			continue;
		}
		live = true;
		mute |= r->nprefixes == 0;
		for (k = 0; k < r->nprefixes; k++) {
			p = &r->prefixes[k];
			if (p->until > now.mono.ns &&
			    in6_prefix_eq(&p->addr, &a->addr, p->len))
				return (true);
		}
	}
	if (a->evidence.covered != NEVER)
		return (false);
	/* Made of an advertisement that the kernel alone has heard: of whom? */
	return (lost && addr_is_slaac(a) ? mute : live || !lost);
}

/* A link-local address that may be a source, or NULL. */
const struct addr *
iface_link_local(const struct iface *ifc)
{
	const struct addr	*a;

	TAILQ_FOREACH(a, &ifc->addrs, entry)
		if (in6_is_linklocal(&a->addr) &&
		    (a->flags & (ADDR_TENTATIVE | ADDR_DUPLICATE)) == 0)
			return (a);
	return (NULL);
}

/* By the lifetimes that it has without us. */
bool
addr_deprecated(const struct addr *a)
{
	return ((a->flags & ADDR_DEPRECATED) != 0 && !a->stale);
}
