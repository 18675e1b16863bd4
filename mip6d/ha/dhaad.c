/*
 * Dynamic home agent address discovery, RFC 6275 10.5 and RFC 3963 7: who asks
 * for the home agents of a home link is told those of its Home Agents List
 * (agents.c) and this one, the best first.  Anybody may ask, in the name of
 * whoever, and the answer may be larger than the question: it is given where
 * the configuration wants that, at a limited rate, and else there is silence.
 * ha.c passes requests on.
 */
#include <stdlib.h>
#include <string.h>

#include "core/access.h"
#include "ha/agents.h"
#include "ha/int.h"
#include "wire/icmp6.h"
#include "wire/ip6.h"

#define REPLY_HEADER	8
/* RFC 6275 10.5.1: what fits into the minimum MTU, 77 addresses. */
#define REPLY_MAX	((IP6_MINMTU - IP6_HDRLEN - REPLY_HEADER) / 16)

/* An agent of the answer: another one, or this one by the link own. */
struct listed {
	const struct agent	*agent;
	const struct ha_link	*own;
	int			 preference;
	uint64_t		 shuffle;	/* among equals */
};

/*
 * Do others count this host among the home agents of the link?  One that
 * advertises a lifetime of zero is none to them (RFC 6275 10.5.1).
 */
static bool
stands_by(const struct ha_link *l)
{
	return (l->physical && l->ra.enabled && l->ra.router_lifetime == 0 &&
	    (!l->ra.home_agent_info || l->ha_lifetime == 0));
}

/* Could a node that is away be served there at present? */
static bool
serves(const struct ha *ha, const struct ha_link *l)
{
	size_t	 i;

	if (stands_by(l) || !link_has_address(l))
		return (false);
	for (i = 0; i < l->nprefixes; i++)
		if (link_usable(ha, l, &l->prefixes[i]))
			return (true);
	return (false);
}

/* Is m the link l, or of the same wire by another address? */
static bool
is_same_link(const struct ha_link *l, const struct ha_link *m)
{
	return (m == l || (m->used && l->physical &&
	    m->ifindex == l->ifindex));
}

static size_t
list_agents(struct ha *ha, const struct ha_link *l, bool routers,
    struct listed *v)
{
	const struct agent	*a;
	size_t			 i, n = 0;

	TAILQ_FOREACH(a, &ha->agents, entry)
		if (l->ifindex != 0 && a->ifindex == l->ifindex &&
		    (a->routers || !routers))
			v[n++] = (struct listed){ a, NULL, a->preference,
			    ha_random(ha) };
	/* This one serves no mobile routers (RFC 3963 7.3). */
	for (i = 0; !routers && i < ha->nlinks; i++)
		if (is_same_link(l, ha->links[i]) &&
		    serves(ha, ha->links[i]))
			v[n++] = (struct listed){ NULL, ha->links[i],
			    ha->links[i]->preference, ha_random(ha) };
	return (n);
}

/* RFC 6275 10.5.1: by decreasing preference, equals in a random order. */
static int
compare(const void *va, const void *vb)
{
	const struct listed	*a = va, *b = vb;

	if (a->preference != b->preference)
		return (a->preference > b->preference ? -1 : 1);
	return (a->shuffle < b->shuffle ? -1 : a->shuffle > b->shuffle);
}

/* The addresses of an agent, in a random order; how many. */
static size_t
shuffled(struct ha *ha, const struct agent *a,
    struct in6_addr v[AGENT_ADDRS_MAX])
{
	size_t	 i, j, n = 0;

	for (i = 0; i < a->naddrs; i++) {
		/* Ours, which another one claims, is in the list as ours. */
		if (link_is_ours(ha, &a->addrs[i].addr))
			continue;
		j = (size_t)(ha_random(ha) % (n + 1));
		v[n++] = v[j];
		v[j] = a->addrs[i].addr;
	}
	return (n);
}

static size_t
list_addresses(struct ha *ha, const struct listed *v, size_t n, uint8_t *p)
{
	struct in6_addr	 addrs[AGENT_ADDRS_MAX];
	size_t		 i, j, naddrs, at = 0;

	for (i = 0; i < n; i++) {
		if (v[i].agent != NULL)
			naddrs = shuffled(ha, v[i].agent, addrs);
		else {
			addrs[0] = v[i].own->address;
			naddrs = 1;
		}
		for (j = 0; j < naddrs && at < REPLY_MAX; j++)
			memcpy(p + 16 * at++, &addrs[j], 16);
	}
	return (at);
}

/*
 * The home agents of the link, into p: how many addresses.  routers: only
 * those that serve mobile routers, if there is one, else all (RFC 3963 7.2);
 * then it is false.  At most AGENTS_MAX others are on a link.
 */
static size_t
list(struct ha *ha, const struct ha_link *l, bool *routers,
    uint8_t p[16 * REPLY_MAX])
{
	struct listed	*v;
	size_t		 n = 0, at;

	v = calloc(AGENTS_MAX + ha->nlinks, sizeof(*v));
	if (v == NULL) {
		COUNT(ha->env->counters, HC_NO_MEMORY);
		return (0);
	}
	if (*routers)
		n = list_agents(ha, l, true, v);
	*routers = n > 0;
	if (n == 0)
		n = list_agents(ha, l, false, v);
	qsort(v, n, sizeof(*v), compare);
	at = list_addresses(ha, v, n, p);
	free(v);
	return (at);
}

static void
reply(struct ha *ha, const struct ha_link *l, const struct in6_addr *to,
    uint16_t id, bool routers)
{
	struct icmp6		*m = &ha->icmp6;
	struct msg_icmp6_out	 out;
	uint8_t			 addrs[16 * REPLY_MAX];
	uint8_t			 buf[REPLY_HEADER + sizeof(addrs)];
	size_t			 n = list(ha, l, &routers, addrs);

	if (n == 0)
		return;
	icmp6_init(m, ICMP6_T_DHAAD_REP);
	m->u.mip.id = id;
	m->u.mip.flags = routers ? ICMP6_DHAAD_R : 0;
	m->u.mip.naddrs = (uint16_t)n;
	m->u.mip.addrs = addrs;
	memset(&out, 0, sizeof(out));
	out.src = l->address;
	out.dst = *to;
	out.icmp6.p = buf;
	out.icmp6.len = icmp6_build(m, buf, sizeof(buf));
	COUNT(ha->env->counters, HC_DHAAD_OUT);
	ha_emit(ha, MSG_ICMP6_OUT, &out);
}

/* Why it is not answered; HC_DHAAD_IN: it is. */
static enum ha_counter
judge(struct ha *ha, const struct msg_icmp6_in *in, const struct ha_link *l)
{
	if (icmp6_parse(&ha->icmp6, in->icmp6.p, in->icmp6.len) != ICMP6_OK)
		return (HC_DHAAD_BAD);
	if (l == NULL)
		return (HC_DHAAD_STRAY);
	if (!l->dhaad)
		return (HC_DHAAD_OFF);
	if (!in6_is_routable(&in->src) || self_is(ha, &in->src))
		return (HC_DHAAD_SOURCE);
	if (!serves(ha, l))
		return (HC_DHAAD_UNUSABLE);
	if (limiter_take(&ha->dhaad, &in->src, ha->now.mono) != LIMIT_NOT)
		return (HC_DHAAD_RATE);
	return (HC_DHAAD_IN);
}

/*
 * A Home Agent Address Discovery Request, to the Home-Agents anycast address
 * of a home prefix or to a home agent address of ours: the answer goes to its
 * source, whoever that is (RFC 6275 6.5), from a unicast address (10.5.1).
 */
void
dhaad_request(struct ha *ha, const struct msg_icmp6_in *in)
{
	struct ha_link	*l = link_by_anycast(ha, &in->dst);
	enum ha_counter	 reason;

	if (l == NULL)
		l = link_by_address(ha, &in->dst);
	COUNT(ha->env->counters, HC_DHAAD_IN);
	reason = judge(ha, in, l);
	ha_why_request(ha, in, reason);
	if (reason != HC_DHAAD_IN)
		note_request(ha, reason, &in->dst, &in->src);
	else
		reply(ha, l, &in->src, ha->icmp6.u.mip.id,
		    (ha->icmp6.u.mip.flags & ICMP6_DHAAD_R) != 0);
}
