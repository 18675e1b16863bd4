/*
 * The Mobile IPv6 Home-Agents anycast addresses (RFC 6275 8.4, RFC 2526) of the
 * prefixes of a physical home link on which requests for home agents are
 * answered: each is defended on the link as a home address is, and what is sent
 * there is routed to net.  Nothing is said on the link by itself, as other home
 * agents have the same address.  The prefix of a virtual link is routed to net
 * anyway.  Called by linkset.c, and by ha.c when others have begun anew.
 */
#include <string.h>

#include "ha/int.h"
#include "wire/ip6.h"

#define ANYCAST_ID	0x8000U		/* beside the number of the prefix */

/* Have it routed to net, or no longer. */
static void
ask_route(struct ha *ha, const struct ha_link *l, const struct ha_prefix *p,
    const struct in6_addr *any, bool add)
{
	struct msg_home_route	 m;

	memset(&m, 0, sizeof(m));
	if (add)
		m.id = ROUTE_ID_LINK | (uint32_t)l->slot << 16 | ANYCAST_ID |
		    (uint32_t)(p - l->prefixes);
	m.home = *any;
	m.plen = 128;
	m.add = add;
	ha_emit(ha, MSG_HOME_ROUTE, &m);
}

/* Have that of p as it is to be: routed or not, defended on ifindex or 0. */
static void
set_one(struct ha *ha, struct ha_link *l, struct ha_prefix *p, bool routed,
    uint32_t ifindex)
{
	struct in6_addr	 any = in6_ha_anycast(&p->p.addr, p->p.len);

	if (p->any_on != ifindex && p->any_on != 0) {
		defend_tell(ha, l->slot, &any, p->any_on, false);
		group_leave(ha, l->slot, &any);
		p->any_on = 0;
	}
	if (p->any_routed != routed)
		ask_route(ha, l, p, &any, routed);
	p->any_routed = routed;
	if (p->any_on == ifindex || !group_join(ha, l->slot, &any))
		return;
	defend_tell(ha, l->slot, &any, ifindex, true);
	p->any_on = ifindex;
}

/* The link, or what is wanted of it, has changed. */
void
anycast_set(struct ha *ha, struct ha_link *l)
{
	bool	 on = l->used && l->physical && l->dhaad;
	size_t	 i;

	for (i = 0; i < l->nprefixes; i++)
		set_one(ha, l, &l->prefixes[i], on, on ? l->ifindex : 0);
}

/* A prefix is to go. */
void
anycast_forget(struct ha *ha, struct ha_link *l, struct ha_prefix *p)
{
	set_one(ha, l, p, false, 0);
}

/* net has begun anew, or the kernel has lost its routes: tell them again. */
void
anycast_again(struct ha *ha, bool routes)
{
	struct in6_addr		 any;
	struct ha_prefix	*p;
	struct ha_link		*l;
	size_t			 i, j;

	for (i = 0; i < ha->nlinks; i++)
		for (j = 0; j < ha->links[i]->nprefixes; j++) {
			l = ha->links[i];
			p = &l->prefixes[j];
			any = in6_ha_anycast(&p->p.addr, p->p.len);
			if (routes && p->any_routed)
				ask_route(ha, l, p, &any, true);
			if (routes || p->any_on == 0)
				continue;
			group_again(ha, l->slot, &any);
			defend_tell(ha, l->slot, &any, p->any_on, true);
		}
}

/* What the kernel said to such a route; false: it is about another one. */
bool
anycast_result(struct ha *ha, const struct msg_result *m)
{
	if ((m->id & ROUTE_ID_LINK) == 0 || (m->id & ANYCAST_ID) == 0)
		return (false);
	if (m->error != 0)
		note_log(ha, NOTE_ERROR, "no route for the Home-Agents anycast "
		    "address of a home prefix: %s; nobody who asks for home "
		    "agents is answered", strerror((int)m->error));
	return (true);
}
