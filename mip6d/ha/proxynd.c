/*
 * Proxy Neighbor Discovery on a physical home link (RFC 6275 10.4.1, RFC 4861
 * 7.2.8): each home address away from home, and with L its link-local address,
 * is defended by a struct proxy.  Owns these and the solicited-node groups
 * that they need.  The advertisements are sent here; net answers solicitations
 * at once for what it was told to defend.  Called by binding.c, of which it has
 * a step (step.c), and by ha.c for what arrives.
 */
#include <stdlib.h>
#include <string.h>

#include "ha/step.h"
#include "wire/icmp6.h"
#include "wire/ip6.h"

struct proxy_key {
	uint16_t		 slot;
	const struct in6_addr	*addr;
};

static uint64_t
hash_of(const struct ha *ha, uint16_t slot, const struct in6_addr *a)
{
	return (hash_bytes(&ha->key, a, sizeof(*a)) + slot);
}

static bool
match_proxy(const struct hlink *l, const void *key)
{
	const struct proxy	*p = (const struct proxy *)(const void *)l;
	const struct proxy_key	*k = key;

	return (p->slot == k->slot && in6_eq(&p->addr, k->addr));
}

static bool
match_group(const struct hlink *l, const void *key)
{
	const struct group	*g = (const struct group *)(const void *)l;
	const struct proxy_key	*k = key;

	return (g->slot == k->slot && in6_eq(&g->addr, k->addr));
}

/* Who defends the address on that link, NULL: nobody. */
static struct proxy *
proxy_find(const struct ha *ha, uint16_t slot, const struct in6_addr *a)
{
	struct proxy_key	 k = { slot, a };

	return ((struct proxy *)(void *)htab_find(&ha->proxies,
	    hash_of(ha, slot, a), match_proxy, &k));
}

static void
tell_group(struct ha *ha, const struct group *g, bool join)
{
	struct msg_group	 m;

	if (g->ifindex == 0)
		return;
	memset(&m, 0, sizeof(m));
	m.group = g->addr;
	m.ifindex = g->ifindex;
	m.join = join;
	ha_emit(ha, MSG_GROUP, &m);
}

/* Join it where the link is at present, or leave it where it was joined. */
static void
emit_group(struct ha *ha, struct group *g, bool join)
{
	uint32_t	 at = join ? ha->links[g->slot]->ifindex : 0;

	if (g->ifindex != at)
		tell_group(ha, g, false);
	g->ifindex = at;
	tell_group(ha, g, true);
}

static struct group *
find_group(const struct ha *ha, uint16_t slot, const struct in6_addr *a)
{
	struct proxy_key	 k = { slot, a };

	return ((struct group *)(void *)htab_find(&ha->groups,
	    hash_of(ha, slot, a), match_group, &k));
}

/* One more address needs its solicited-node group; false: no memory. */
bool
group_join(struct ha *ha, uint16_t slot, const struct in6_addr *addr)
{
	struct in6_addr	 sol = in6_solicited(addr);
	struct group	*g = find_group(ha, slot, &sol);

	if (g == NULL) {
		if ((g = calloc(1, sizeof(*g))) == NULL)
			return (false);
		g->addr = sol;
		g->slot = slot;
		htab_insert(&ha->groups, &g->link, hash_of(ha, slot, &sol));
		emit_group(ha, g, true);
	}
	g->refs++;
	return (true);
}

/* ... and one needs it no more. */
void
group_leave(struct ha *ha, uint16_t slot, const struct in6_addr *addr)
{
	struct in6_addr	 sol = in6_solicited(addr);
	struct group	*g = find_group(ha, slot, &sol);

	if (g == NULL || --g->refs > 0)
		return;
	emit_group(ha, g, false);
	htab_remove(&ha->groups, &g->link);
	free(g);
}

/* Tell net of the group of such an address once more. */
void
group_again(struct ha *ha, uint16_t slot, const struct in6_addr *addr)
{
	struct in6_addr	 sol = in6_solicited(addr);
	struct group	*g = find_group(ha, slot, &sol);

	if (g != NULL)
		emit_group(ha, g, true);
}

/* net answers for an address on that interface from now on, or no longer. */
void
defend_tell(struct ha *ha, uint16_t slot, const struct in6_addr *addr,
    uint32_t ifindex, bool on)
{
	struct msg_defend	 m;

	if (ifindex == 0)
		return;
	memset(&m, 0, sizeof(m));
	m.addr = *addr;
	m.source = ha->links[slot]->address;
	m.ifindex = ifindex;
	m.on = on;
	ha_emit(ha, MSG_DEFEND, &m);
}

/* The same of p, where it was told to. */
static void
emit_defend(struct ha *ha, struct proxy *p, bool on)
{
	uint32_t	 ifindex = ha->links[p->slot]->ifindex;

	defend_tell(ha, p->slot, &p->addr, on ? ifindex : p->ifindex, on);
	p->ifindex = on ? ifindex : 0;
}

/* The interface is not that of a home link any more, though it is there. */
void
proxy_none(struct ha *ha, uint32_t ifindex)
{
	struct msg_defend	 m;

	memset(&m, 0, sizeof(m));
	m.ifindex = ifindex;
	ha_emit(ha, MSG_DEFEND, &m);
}

/*
 * Tell the groups and addresses of a binding again: net began anew, or an
 * interface did.
 */
void
group_resync(struct ha *ha, const struct bce *b)
{
	struct proxy	*p;

	for (p = b->proxies; p != NULL; p = p->next) {
		group_again(ha, p->slot, &p->addr);
		/* On a fresh interface all is announced anyway. */
		if (p->defended && !ha->links[p->slot]->fresh)
			emit_defend(ha, p, true);
	}
}

static struct proxy *
proxy_add(struct ha *ha, struct bce *b, const struct in6_addr *addr)
{
	struct ha_link	*l = ha->links[b->slot];
	struct proxy	*p;

	if (proxy_find(ha, b->slot, addr) != NULL ||
	    (l->has_linklocal && in6_eq(&l->linklocal, addr)))
		return (NULL);
	if ((p = calloc(1, sizeof(*p))) == NULL)
		return (NULL);
	if (!group_join(ha, b->slot, addr)) {
		free(p);
		return (NULL);
	}
	p->addr = *addr;
	p->slot = b->slot;
	p->bce = b;
	p->next = b->proxies;
	b->proxies = p;
	htab_insert(&ha->proxies, &p->link, hash_of(ha, b->slot, addr));
	return (p);
}

static void
proxy_remove(struct ha *ha, struct proxy *p)
{
	struct proxy	**pp;

	for (pp = &p->bce->proxies; *pp != p; pp = &(*pp)->next)
		;
	*pp = p->next;
	timer_clear(ha, &p->timer);
	htab_remove(&ha->proxies, &p->link);
	if (p->defended)
		emit_defend(ha, p, false);
	group_leave(ha, p->slot, &p->addr);
	free(p);
}

/*
 * Begin to look after the addresses of a binding, with Duplicate Address
 * Detection or without.  False: one of them is taken already, or no memory;
 * then nothing was begun.
 */
bool
proxy_start(struct ha *ha, struct bce *b, bool dad)
{
	struct in6_addr	 ll = in6_linklocal(&b->home);
	struct proxy	*p;

	if (proxy_add(ha, b, &b->home) == NULL)
		return (false);
	if ((b->flags & BF_LINKLOCAL) != 0 && proxy_add(ha, b, &ll) == NULL) {
		proxy_stop(ha, b);
		return (false);
	}
	for (p = b->proxies; dad && p != NULL; p = p->next)
		dad_start(ha, p);
	return (true);
}

/*
 * RFC 6275 10.3.2: stop intercepting, at once.  Nothing is said on the link:
 * that is for the mobile node to do (11.5.5).
 */
void
proxy_stop(struct ha *ha, struct bce *b)
{
	while (b->proxies != NULL)
		proxy_remove(ha, b->proxies);
}

/* Does Duplicate Address Detection go on for one of its addresses? */
static bool
tentative(const struct bce *b)
{
	const struct proxy	*p;

	for (p = b->proxies; p != NULL; p = p->next)
		if (p->tentative)
			return (true);
	return (false);
}

/* See struct step: nobody else has the addresses (RFC 6275 10.3.1). */
enum step_says
proxy_begin(struct ha *ha, struct bce *b)
{
	if (!proxy_start(ha, b, ha->links[b->slot]->dad))
		return (STEP_FAILED);
	trace_add(ha, b, TR_DAD, HC_DAD_STARTED, b->seq);
	return (tentative(b) ? STEP_WAIT : STEP_DONE);
}

/* RFC 6275 10.4.1: R is clear, S is clear, O is set, to all nodes. */
static void
send_na(struct ha *ha, const struct proxy *p)
{
	const struct ha_link	*l = ha->links[p->slot];

	if (l->ifindex == 0)
		return;
	COUNT(ha->env->counters, HC_NA_OUT);
	icmp6_neighbour(&ha->icmp6, ICMP6_T_NA, &p->addr, ICMP6_NA_O);
	icmp6_add_data(&ha->icmp6, ND_TLLA, l->lladdr, l->lladdrlen);
	ha_icmp6(ha, l, &l->address, &in6_allnodes);
}

/*
 * RFC 4861 7.2.6: up to MAX_NEIGHBOR_ADVERTISEMENT times, RetransTimer apart.
 */
static void
announce(struct ha *ha, struct proxy *p)
{
	send_na(ha, p);
	if (--p->count > 0)
		timer_set(ha, &p->timer, TK_PROXY,
		    mono_add(ha->now.mono, RETRANS_TIMER));
}

/* Say so on the link, and have net answer for it. */
static void
defend(struct ha *ha, struct proxy *p)
{
	p->defended = true;
	emit_defend(ha, p, true);
	p->count = MAX_NEIGHBOR_ADVERTISEMENT;
	announce(ha, p);
}

/* The binding is in force: its addresses are defended from now on. */
void
proxy_defend(struct ha *ha, struct bce *b)
{
	struct proxy	*p;

	for (p = b->proxies; p != NULL; p = p->next)
		defend(ha, p);
}

/*
 * A refresh set or cleared the L bit: defend the link-local address too, or
 * no longer.  False if another node on the link has it.
 */
bool
proxy_linklocal(struct ha *ha, struct bce *b, bool on)
{
	struct in6_addr	 ll = in6_linklocal(&b->home);
	struct proxy	*p;

	if (!ha->links[b->slot]->physical ||
	    ((b->flags & BF_LINKLOCAL) != 0) == on)
		return (true);
	if (!on) {
		b->flags &= (uint8_t)~BF_LINKLOCAL;
		p = proxy_find(ha, b->slot, &ll);
		if (p != NULL && p->bce == b)
			proxy_remove(ha, p);
		return (true);
	}
	if ((p = proxy_add(ha, b, &ll)) == NULL)
		return (false);
	b->flags |= BF_LINKLOCAL;
	defend(ha, p);
	return (true);
}

/*
 * The timer of a proxy.  Returns the binding if all of its addresses are now
 * known to be nobody else's, or NULL.
 */
struct bce *
proxy_expire(struct ha *ha, struct proxy *p)
{
	if (!p->tentative) {
		announce(ha, p);
		return (NULL);
	}
	return (dad_expire(ha, p) && !tentative(p->bce) ? p->bce : NULL);
}

/* Is the link-layer address in the option the home agent's own? */
static bool
is_own(const struct ha_link *l, const struct nd_opt *o)
{
	return (o->datalen >= l->lladdrlen &&
	    memcmp(o->data, l->lladdr, l->lladdrlen) == 0);
}

/*
 * A Neighbor Solicitation for whatever from an address that is defended, or
 * from the home agent's own.
 */
static void
look_at_source(struct ha *ha, const struct ha_link *l,
    const struct msg_icmp6_in *in, const struct icmp6 *m)
{
	const struct nd_opt	*o = icmp6_find(m, ND_SLLA);
	const struct proxy	*p;

	if (o == NULL || is_own(l, o))
		return;
	if (in6_eq(&in->src, &l->address))
		ha_why_agent_claimed(ha, l, &in->src, m);
	if ((p = proxy_find(ha, l->slot, &in->src)) == NULL ||
	    p->tentative || p->bce->coa.state != BCE_BOUND)
		return;
	ha_why_claimed(ha, l, p->bce, &p->addr, &in->src, m);
}

/*
 * A Neighbor Solicitation that is valid (RFC 4861 7.1.1).  net has answered it
 * if its target is defended; what it says of its sender and of an address that
 * is under test is our concern.  Returns the binding of one that another node
 * is testing, too, or NULL.
 */
struct bce *
proxy_ns(struct ha *ha, struct ha_link *l, const struct msg_icmp6_in *in,
    const struct icmp6 *m)
{
	struct proxy	*p = proxy_find(ha, l->slot, &m->u.nd.target);
	bool		 dad = in6_is_unspecified(&in->src);

	if (!dad)
		look_at_source(ha, l, in, m);
	if (p == NULL)
		return (NULL);
	COUNT(ha->env->counters, HC_NS_IN);
	return (p->tentative && dad && !dad_is_echo(p, m) ? p->bce : NULL);
}

/*
 * A valid Neighbor Advertisement: for an address under test it means that
 * another node has it (RFC 4862 5.4.4), and its binding is returned, else
 * NULL; for a defended one it is a conflict.
 */
struct bce *
proxy_na(struct ha *ha, struct ha_link *l, const struct msg_icmp6_in *in,
    const struct icmp6 *m)
{
	struct proxy		*p = proxy_find(ha, l->slot, &m->u.nd.target);
	const struct nd_opt	*o = icmp6_find(m, ND_TLLA);

	if (in6_eq(&m->u.nd.target, &l->address) &&
	    (o == NULL || !is_own(l, o)))
		ha_why_agent_claimed(ha, l, &in->src, m);
	if (p == NULL)
		return (NULL);
	if (p->tentative)
		return (p->bce);
	if (o == NULL || !is_own(l, o))
		ha_why_claimed(ha, l, p->bce, &p->addr, &in->src, m);
	return (NULL);
}

/* At the end: without a word to anybody. */
void
proxy_free_all(struct ha *ha)
{
	htab_each(&ha->proxies, htab_free_entry, NULL);
	htab_each(&ha->groups, htab_free_entry, NULL);
	htab_free(&ha->proxies);
	htab_free(&ha->groups);
}
