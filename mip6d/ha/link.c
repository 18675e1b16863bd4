/*
 * Home links, and what can be asked of them: by address or interface, their
 * prefixes, which are the Prefix List of RFC 6275 10.3.1, and whether they
 * work.  linkset.c sets them up and keeps them up to date.
 */
#include "core/access.h"
#include "ha/int.h"
#include "wire/ip6.h"

/* The home link that this home agent address is of, NULL: none. */
struct ha_link *
link_by_address(const struct ha *ha, const struct in6_addr *a)
{
	size_t	 i;

	for (i = 0; i < ha->nlinks; i++)
		if (ha->links[i]->used && in6_eq(&ha->links[i]->address, a))
			return (ha->links[i]);
	return (NULL);
}

/* The physical home link on that interface, NULL: none. */
struct ha_link *
link_by_ifindex(const struct ha *ha, uint32_t ifindex)
{
	size_t	 i;

	for (i = 0; ifindex != 0 && i < ha->nlinks; i++)
		if (ha->links[i]->used && ha->links[i]->ifindex == ifindex)
			return (ha->links[i]);
	return (NULL);
}

/*
 * The prefix of the link that the address is in, if its valid lifetime is not
 * over (the Prefix List of RFC 6275 10.3.1); NULL: not on this link.
 */
struct ha_prefix *
link_prefix(const struct ha_link *l, const struct in6_addr *a)
{
	size_t	 i;

	for (i = 0; i < l->nprefixes; i++)
		if (prefix_match(&l->prefixes[i].p, a))
			return (&l->prefixes[i]);
	return (NULL);
}

/*
 * The home link of whose prefixes this is the Mobile IPv6 Home-Agents anycast
 * address (RFC 6275 6.5), NULL: of none.
 */
struct ha_link *
link_by_anycast(const struct ha *ha, const struct in6_addr *a)
{
	const struct ha_prefix	*p;
	struct in6_addr		 any;
	size_t			 i;

	/* So much is the same of all of them. */
	if (a->s6_addr[15] != 0xfe)
		return (NULL);
	for (i = 0; i < ha->nlinks; i++) {
		if (!ha->links[i]->used ||
		    (p = link_prefix(ha->links[i], a)) == NULL)
			continue;
		any = in6_ha_anycast(&p->p.addr, p->p.len);
		if (in6_eq(a, &any))
			return (ha->links[i]);
	}
	return (NULL);
}

/* One of the home agent's own addresses? */
bool
link_is_ours(const struct ha *ha, const struct in6_addr *a)
{
	return (link_by_address(ha, a) != NULL);
}

/* Does this host not forward what comes in by the link, or by the tunnel? */
bool
link_closed(const struct ha *ha, const struct ha_link *l)
{
	return (l->closed || ha->tun_closed);
}

/* Has it the home agent's own address, as far as is known? */
bool
link_has_address(const struct ha_link *l)
{
	return (!l->looked || (l->physical ? l->address_on == l->ifindex :
	    l->address_on != 0));
}

/* Can packets for the prefix be intercepted at present, and go on? */
bool
link_usable(const struct ha *ha, const struct ha_link *l,
    const struct ha_prefix *p)
{
	if (link_closed(ha, l))
		return (false);
	if (l->physical)
		return (l->ifindex != 0 && l->running);
	return (p->error == 0);
}

static uint32_t
left(const struct ha *ha, uint32_t constant, struct mono end)
{
	int64_t	 s;

	if (end.ns == 0)
		return (constant);
	s = mono_diff(end, ha->now.mono) / NS_PER_SEC;
	if (s < 0)
		s = 0;
	return (s < constant ? (uint32_t)s : constant);
}

/* Remaining valid lifetime of the prefix in seconds, UINT32_MAX: infinite. */
uint32_t
link_valid_left(const struct ha *ha, const struct ha_link *l,
    const struct ha_prefix *p)
{
	return (left(ha, l->valid, p->valid));
}

/* The same of its preferred lifetime. */
uint32_t
link_preferred_left(const struct ha *ha, const struct ha_link *l,
    const struct ha_prefix *p)
{
	return (left(ha, l->preferred, p->preferred));
}
