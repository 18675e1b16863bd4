/*
 * The Home Agents List of each physical home link: which other home agents are
 * on it, with their addresses, preferences and lifetimes, as their Router
 * Advertisements tell (RFC 6275 10.1 and 10.5.1).  Anybody on the link may send
 * those, so the list of a link and the addresses of an entry are limited.  ha.c
 * passes advertisements on, linkset.c tells when a link has gone.
 */
#include <stdlib.h>
#include <string.h>

#include "ha/agents.h"
#include "ha/int.h"
#include "wire/ip6.h"

void
agents_init(struct ha *ha)
{
	TAILQ_INIT(&ha->agents);
}

static void
forget(struct ha *ha, struct agent *a)
{
	timer_clear(ha, &a->timer);
	TAILQ_REMOVE(&ha->agents, a, entry);
	free(a);
}

/* At the end. */
void
agents_free_all(struct ha *ha)
{
	struct agent	*a;

	while ((a = TAILQ_FIRST(&ha->agents)) != NULL)
		forget(ha, a);
}

/* Forget those of links that have gone. */
void
agents_prune(struct ha *ha)
{
	struct agent	*a, *next;

	for (a = TAILQ_FIRST(&ha->agents); a != NULL; a = next) {
		next = TAILQ_NEXT(a, entry);
		if (link_by_ifindex(ha, a->ifindex) == NULL)
			forget(ha, a);
	}
}

/* The entry of that link-local address; n: how many the link has. */
static struct agent *
find(const struct ha *ha, const struct ha_link *l, const struct in6_addr *src,
    size_t *n)
{
	struct agent	*a, *found = NULL;

	*n = 0;
	TAILQ_FOREACH(a, &ha->agents, entry) {
		if (a->ifindex != l->ifindex)
			continue;
		++*n;
		if (in6_eq(&a->linklocal, src))
			found = a;
	}
	return (found);
}

static struct agent *
create(struct ha *ha, const struct ha_link *l, const struct in6_addr *src,
    size_t n)
{
	struct agent	*a;

	if (n >= AGENTS_MAX) {
		note_left_out(ha, HC_AGENTS_FULL, l, src);
		return (NULL);
	}
	if ((a = calloc(1, sizeof(*a))) == NULL) {
		COUNT(ha->env->counters, HC_NO_MEMORY);
		return (NULL);
	}
	a->ifindex = l->ifindex;
	a->linklocal = *src;
	TAILQ_INSERT_TAIL(&ha->agents, a, entry);
	return (a);
}

static void
forget_address(struct agent *a, size_t i)
{
	a->addrs[i] = a->addrs[--a->naddrs];
}

/* An address of its own that it tells (RFC 6275 7.2); of no time: it went. */
static void
set_address(struct ha *ha, const struct ha_link *l, struct agent *a,
    const struct nd_opt *o)
{
	size_t	 i;

	for (i = 0; i < a->naddrs; i++)
		if (in6_eq(&a->addrs[i].addr, &o->u.prefix.prefix))
			break;
	if (o->u.prefix.valid == 0) {
		if (i < a->naddrs)
			forget_address(a, i);
		return;
	}
	if (i == AGENT_ADDRS_MAX) {
		note_left_out(ha, HC_AGENTS_FULL, l, &a->linklocal);
		return;
	}
	if (i == a->naddrs)
		a->naddrs++;
	a->addrs[i].addr = o->u.prefix.prefix;
	a->addrs[i].until = o->u.prefix.valid == ICMP6_INFINITY ?
	    (struct mono){ 0 } :
	    mono_add(ha->now.mono, SEC(o->u.prefix.valid));
}

static void
set_addresses(struct ha *ha, const struct ha_link *l, struct agent *a,
    const struct icmp6 *m)
{
	const struct nd_opt	*o;
	uint8_t			 i;

	for (i = 0; i < m->nopts; i++) {
		o = &m->opt[i];
		if (o->type == ND_PREFIX &&
		    (o->u.prefix.flags & ICMP6_PI_R) != 0 &&
		    in6_is_routable(&o->u.prefix.prefix))
			set_address(ha, l, a, o);
	}
}

/* It is looked at again when the first of its lifetimes ends. */
static void
schedule(struct ha *ha, struct agent *a)
{
	struct mono	 at = a->expires;
	size_t		 i;

	for (i = 0; i < a->naddrs; i++)
		if (a->addrs[i].until.ns != 0 &&
		    mono_before(a->addrs[i].until, at))
			at = a->addrs[i].until;
	timer_set(ha, &a->timer, TK_AGENT, at);
}

/*
 * A valid Router Advertisement was heard on the link from the link-local
 * address src, RFC 6275 10.5.1.  Our own, which some systems give back to us,
 * tell of no other home agent.
 */
void
agents_heard(struct ha *ha, const struct ha_link *l,
    const struct in6_addr *src, const struct icmp6 *m)
{
	const struct nd_opt	*info = icmp6_find(m, ND_HAINFO);
	uint16_t		 lifetime = m->u.ra.lifetime;
	struct agent		*a;
	size_t			 n;

	if (l->has_linklocal && in6_eq(src, &l->linklocal))
		return;
	if (info != NULL)
		lifetime = info->u.hainfo.lifetime;
	a = find(ha, l, src, &n);
	if ((m->u.ra.flags & ICMP6_RA_H) == 0 || lifetime == 0) {
		if (a != NULL)
			forget(ha, a);
		return;
	}
	COUNT(ha->env->counters, HC_AGENTS_HEARD);
	if (a == NULL && (a = create(ha, l, src, n)) == NULL)
		return;
	a->expires = mono_add(ha->now.mono, SEC(lifetime));
	a->preference = info == NULL ? 0 :
	    (int16_t)info->u.hainfo.preference;
	a->routers = info != NULL &&
	    (info->u.hainfo.flags & ND_HAINFO_R) != 0;
	set_addresses(ha, l, a, m);
	schedule(ha, a);
}

/* Its lifetime is over, or that of an address of it. */
void
agents_expire(struct ha *ha, struct agent *a)
{
	size_t	 i = 0;

	if (!mono_before(ha->now.mono, a->expires)) {
		forget(ha, a);
		return;
	}
	while (i < a->naddrs)
		if (a->addrs[i].until.ns != 0 &&
		    !mono_before(ha->now.mono, a->addrs[i].until))
			forget_address(a, i);
		else
			i++;
	schedule(ha, a);
}
