/*
 * The access rules of the configuration: who may register which home address
 * from which care-of address.  A list in which the first rule that matches
 * decides; pure, without state.  bu.c asks for each Binding Update, bc.c for
 * each binding after a reload.
 */
#include "core/glob.h"
#include "ha/int.h"
#include "wire/ip6.h"

/* Is the address in the prefix? */
bool
prefix_match(const struct conf_prefix *p, const struct in6_addr *a)
{
	return (in6_prefix_eq(&p->addr, a, p->len));
}

/*
 * The first rule that matches decides; none: allowed.  A rule's identifier is
 * a pattern and matches no node without identifier ("").
 */
bool
access_allowed(const struct conf_ha *c, const char *identifier,
    const struct in6_addr *home, const struct in6_addr *coa)
{
	const struct conf_rule	*r;
	size_t			 i;

	for (i = 0; i < c->nrules; i++) {
		r = &c->rules[i];
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
