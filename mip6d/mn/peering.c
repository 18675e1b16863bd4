/*
 * The beginning and the end of a peering (mn/peering.h): its exchange, its
 * binding and its place at the destination; and how home addresses are found.
 * mn.c makes one peering for each home address; what happens in between is in
 * bul.c (RFC 6275 section 11.1).
 */
#include "mn/parts.h"

/*
 * A fresh entry of h for the peer at addr: nothing has been sent yet.  The
 * memory is the caller's, and zero.  False: there is none for its destination.
 */
bool
peering_init(struct peering *p, struct home *h, const struct in6_addr *addr)
{
	struct mn	*mn = h->mn;
	struct binding	*b = BINDING(p);

	if ((p->dest = dest_get(&mn->dests, &mn->key, addr)) == NULL)
		return (false);
	TAILQ_INSERT_TAIL(&p->dest->peerings, p, entry);
	p->mn = mn;
	p->home = h;
	p->addr = *addr;
	b->peering = p;
	b->maybe_until = NEVER;
	b->refresh.kind = T_REFRESH;
	b->expire.kind = T_EXPIRE;
	exchange_init(&p->update, T_RETRANS, T_RATE);
	p->keys.since = p->router_until = NEVER;
	p->way.asked = p->way.acknowledged = NEVER;
	evidence_agent_init(&p->heard);
	return (true);
}

/* It is given up: nothing of it is left in the wheel, or at its destination. */
void
peering_end(struct peering *p)
{
	struct wheel	*w = &p->mn->wheel;
	struct binding	*b = BINDING(p);

	exchange_stop(&p->update, w);
	wheel_clear(w, &b->refresh);
	wheel_clear(w, &b->expire);
	TAILQ_REMOVE(&p->dest->peerings, p, entry);
}

static bool
match_home(const struct hlink *l, const void *key)
{
	return (in6_eq(&((const struct home *)(const void *)l)->conf.address,
	    key));
}

/* NULL if there is no such home address. */
struct home *
home_find(struct mn *mn, const struct in6_addr *addr)
{
	return ((struct home *)(void *)htab_find(&mn->home_tab,
	    hash_bytes(&mn->key, addr, sizeof(*addr)), match_home, addr));
}

bool
is_home_address(struct mn *mn, const struct in6_addr *addr)
{
	return (home_find(mn, addr) != NULL);
}
