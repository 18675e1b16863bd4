/*
 * The kernel's route to the home address of a peer with a binding, into the
 * tun, by which this host's own packets come to net.  There is one for each
 * home address, however many of our addresses it is bound with.  Called by
 * binding.c and cn.c.
 */
#include <string.h>

#include "cn/int.h"

#define ROUTE_ID	1	/* of a request whose answer counts */

/* Another address of ours than own with which home is bound, or NULL. */
static const struct own *
shared_with(const struct cn *cn, const struct in6_addr *home,
    const struct in6_addr *own)
{
	const struct own	*o, *that = cn_own_find(cn, own);
	uint32_t		 i;

	for (i = 0; i < cn->owns.used; i++)
		if ((o = pool_get(&cn->owns, i)) != NULL && o != that &&
		    cn_bc_find(cn, home, &o->addr) != NULL)
			return (o);
	return (NULL);
}

/*
 * A binding of home with own is there (and net was told), or is to end (and
 * net will be): ask for the route, or have it removed.  If there is another one
 * with home, the route stays, from that address.
 */
void
cn_route_want(struct cn *cn, const struct in6_addr *home,
    const struct in6_addr *own, bool add)
{
	const struct own	*other = shared_with(cn, home, own);
	struct msg_peer_route	 m;

	if (other != NULL && add)
		return;
	memset(&m, 0, sizeof(m));
	m.add = add || other != NULL;
	m.id = m.add ? ROUTE_ID : 0;
	m.home = *home;
	m.own = other != NULL ? other->addr : *own;
	cn_emit(cn, MSG_PEER_ROUTE, &m);
}

/*
 * The kernel has, or has not, taken a route.  Without it packets of this host
 * go by the peer's home agent, so the binding stands all the same.
 */
void
cn_route_answer(struct cn *cn, const struct msg_result *m)
{
	if (m->id != ROUTE_ID)
		return;
	if (m->error != 0)
		COUNT(cn->env->counters, CC_ROUTE_REFUSED);
	cn_why_route(cn, m->error);
}
