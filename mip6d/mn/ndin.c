/*
 * Neighbor Discovery that comes in (RFC 4861, RFC 6275 section 11.5): each
 * message is checked and goes to the file that it concerns, advertisements of
 * routers and of neighbours to movement.c and home.c, solicitations for the
 * home address to place.c, Echo Replies to why.c.  Called by mn.c; what goes
 * out is in nd.c.
 */
#include <string.h>

#include "core/why.h"
#include "mn/parts.h"

/* Somebody else on the link has our link-local address, and says so. */
static bool
is_rival(struct iface *ifc, const struct icmp6 *na, struct now now)
{
	const struct addr	*ll = iface_link_local(ifc);
	const struct nd_opt	*o = icmp6_find(na, ND_TLLA);
	char			 buf[INET6_ADDRSTRLEN];

	if (ll == NULL || !in6_eq(&ll->addr, &na->u.nd.target) || (o != NULL &&
	    o->datalen == ifc->lladdrlen &&
	    memcmp(o->data, ifc->lladdr, ifc->lladdrlen) == 0) ||
	    home_defended(ifc, &ll->addr, now))
		return (false);
	MN_COUNT(ifc->mn, link_local_rivals);
	why_set(ifc->mn->env->whys, now, WHY_LINK_LOCAL_DUPLICATE, ifc->name,
	    ifc->name, mn_ntop(&ll->addr, buf), NULL);
	return (true);
}

/* ICMPv6 other than errors, from net. */
void
ndin_input(struct mn *mn, const struct msg_icmp6_in *in, struct now now)
{
	struct iface	*ifc = iface_find(mn, in->ifindex);
	struct icmp6	 m;
	struct home	*h;

	if (icmp6_parse(&m, in->icmp6.p, in->icmp6.len) != ICMP6_OK ||
	    icmp6_valid(&m, &in->src, &in->dst, in->hlim) != ICMP6_OK) {
		if (in->icmp6.len > 0 && in->icmp6.p[0] == ICMP6_T_RA)
			MN_COUNT(mn, ra_invalid);
		else
			MN_COUNT(mn, nd_invalid);
		return;
	}
	if (m.type == ICMP6_T_ECHOREPLY) {
		mn_why_echo(mn, in, &m, now);
		return;
	}
	if (ifc == NULL || !ifc->listed ||
	    (ifc->flags & (LINK_LOOPBACK | LINK_TUN))) {
		MN_COUNT(mn, nd_ignored);
		return;
	}
	if (m.type == ICMP6_T_RA) {
		movement_ra(ifc, &in->src, &m, now);
		return;
	}
	if (m.type == ICMP6_T_NA) {
		if (!home_found(ifc, &m.u.nd.target, now) &&
		    !is_rival(ifc, &m, now))
			movement_na(ifc, &m, now);
		return;
	}
	if (m.type == ICMP6_T_NS)
		for (h = mn->homes; h != NULL; h = h->next)
			if (in6_eq(&h->conf.address, &m.u.nd.target) &&
			    place_solicited(h, ifc, &in->src, now))
				return;
	MN_COUNT(mn, nd_ignored);
}
