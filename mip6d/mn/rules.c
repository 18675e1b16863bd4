/*
 * With whom routes may be optimized: the rules of the configuration, and what
 * no rule can allow as it is no correspondent at all.  Looks at addresses only
 * and keeps nothing; optimise.c asks before it begins with a peer.
 */
#include <string.h>

#include "core/access.h"
#include "mn/parts.h"

/* What the rules say; of no rule, it is allowed. */
static bool
by_rules(const struct mn *mn, const struct in6_addr *a)
{
	size_t	 i;

	for (i = 0; i < mn->ro.nrules; i++)
		if (prefix_match(&mn->ro.rules[i].prefix, a))
			return (mn->ro.rules[i].allow);
	return (true);
}

/* Is it an address of this host? */
static bool
is_own(struct mn *mn, const struct in6_addr *a)
{
	struct iface	*ifc;

	if (is_home_address(mn, a))
		return (true);
	TAILQ_FOREACH(ifc, &mn->ifaces, entry)
		if (addr_find(ifc, a) != NULL)
			return (true);
	return (false);
}

/* Is it the home agent of one of our home addresses? */
static bool
is_agent(const struct mn *mn, const struct in6_addr *a)
{
	const struct home	*h;

	for (h = mn->homes; h != NULL; h = h->next)
		if (in6_eq(&h->conf.agent, a))
			return (true);
	return (false);
}

/* May routes be optimized with the node at a (RFC 6275 section 11.7.2)? */
bool
rules_allow(struct mn *mn, const struct in6_addr *a)
{
	return (mn->ro_on && in6_is_routable(a) && !is_own(mn, a) &&
	    !is_agent(mn, a) && by_rules(mn, a));
}
