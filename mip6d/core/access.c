/*
 * The access rules of the configuration: who may register which home address
 * from which care-of address, with a home agent and with a correspondent.  A
 * list in which the first rule that matches decides; pure, without state.  The
 * engines ask for each Binding Update, and for each binding after a reload.
 */
#include "conf/conf.h"
#include "core/access.h"
#include "core/glob.h"
#include "wire/ip6.h"

/* Is the address in the prefix? */
bool
prefix_match(const struct conf_prefix *p, const struct in6_addr *a)
{
	return (in6_prefix_eq(&p->addr, a, p->len));
}

/*
 * The first of the n rules that matches decides; none: allowed.  A rule's
 * identifier is a pattern and matches no node without identifier ("").
 */
bool
access_allowed(const struct conf_rule *rules, size_t n,
    const char *identifier, const struct in6_addr *home,
    const struct in6_addr *coa)
{
	const struct conf_rule	*r;

	for (r = rules; r < rules + n; r++) {
		if (r->has_home && !prefix_match(&r->home, home))
			continue;
		if (r->has_careof && !prefix_match(&r->careof, coa))
			continue;
		if (r->identifier[0] != '\0' && (identifier[0] == '\0' ||
		    !glob_match(r->identifier, identifier)))
			continue;
		return (r->allow);
	}
	return (true);
}
