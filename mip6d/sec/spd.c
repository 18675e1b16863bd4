/*
 * Which policies a node has: RFC 4877 section 4.2, RFC 3776 section 4.1.
 *
 * What comes in is selected by protocol alone: kernels misread the type of a
 * Mobility Header on input.  In order of precedence: what goes between mobile
 * node and home agent themselves, in transport mode; neighbour discovery,
 * which is the link's and never in a tunnel; what the tunnel protects.
 */
#include <sys/types.h>
#include <sys/socket.h>

#include <string.h>

#include "sec/spd.h"

#define PROTO_ESP	50
#define PROTO_ICMPV6	58
#define PROTO_MH	135

/* Numbers that tell a policy of ours from another's with the same reqid. */
#define PRIO_TRANSPORT	106000
#define PRIO_BYPASS	106010
#define PRIO_TUNNEL	106020

enum { ANY, HOME, AGENT };
enum { ALWAYS, RR, PAYLOAD };

struct row {
	uint8_t		 when, kind, dir, src, dst, proto, type;
};

/* Tunnel policies are moved in this order. */
static const struct row	 mn_rows[] = {
	{ ALWAYS, SPD_TRANSPORT, PFKEY_OUT, HOME, AGENT, PROTO_MH, 0 },
	{ ALWAYS, SPD_TRANSPORT, PFKEY_IN, AGENT, HOME, PROTO_MH, 0 },
	{ ALWAYS, SPD_TRANSPORT, PFKEY_OUT, HOME, AGENT, PROTO_ICMPV6, 146 },
	{ ALWAYS, SPD_TRANSPORT, PFKEY_IN, AGENT, HOME, PROTO_ICMPV6, 147 },
	{ PAYLOAD, SPD_BYPASS, PFKEY_OUT, HOME, ANY, PROTO_ICMPV6, 135 },
	{ PAYLOAD, SPD_BYPASS, PFKEY_OUT, HOME, ANY, PROTO_ICMPV6, 136 },
	{ PAYLOAD, SPD_BYPASS, PFKEY_IN, ANY, HOME, PROTO_ICMPV6, 135 },
	{ PAYLOAD, SPD_BYPASS, PFKEY_IN, ANY, HOME, PROTO_ICMPV6, 136 },
	{ RR, SPD_TUNNEL, PFKEY_OUT, HOME, ANY, PROTO_MH, 1 },
	{ RR, SPD_TUNNEL, PFKEY_IN, ANY, HOME, PROTO_MH, 0 },
	{ PAYLOAD, SPD_TUNNEL, PFKEY_OUT, HOME, ANY, 0, 0 },
	{ PAYLOAD, SPD_TUNNEL, PFKEY_IN, ANY, HOME, 0, 0 },
};
static const struct row	 ha_rows[] = {
	{ ALWAYS, SPD_TRANSPORT, PFKEY_OUT, AGENT, HOME, PROTO_MH, 0 },
	{ ALWAYS, SPD_TRANSPORT, PFKEY_IN, HOME, AGENT, PROTO_MH, 0 },
	{ ALWAYS, SPD_TRANSPORT, PFKEY_IN, HOME, AGENT, PROTO_ICMPV6, 146 },
	{ ALWAYS, SPD_TRANSPORT, PFKEY_OUT, AGENT, HOME, PROTO_ICMPV6, 147 },
	{ PAYLOAD, SPD_BYPASS, PFKEY_OUT, ANY, HOME, PROTO_ICMPV6, 135 },
	{ PAYLOAD, SPD_BYPASS, PFKEY_OUT, ANY, HOME, PROTO_ICMPV6, 136 },
	{ PAYLOAD, SPD_BYPASS, PFKEY_IN, HOME, ANY, PROTO_ICMPV6, 135 },
	{ PAYLOAD, SPD_BYPASS, PFKEY_IN, HOME, ANY, PROTO_ICMPV6, 136 },
	{ RR, SPD_TUNNEL, PFKEY_OUT, ANY, HOME, PROTO_MH, 0 },
	{ RR, SPD_TUNNEL, PFKEY_IN, HOME, ANY, PROTO_MH, 0 },
	{ RR, SPD_TUNNEL, PFKEY_FWD, HOME, ANY, PROTO_MH, 0 },
	{ PAYLOAD, SPD_TUNNEL, PFKEY_OUT, ANY, HOME, 0, 0 },
	{ PAYLOAD, SPD_TUNNEL, PFKEY_IN, HOME, ANY, 0, 0 },
	{ PAYLOAD, SPD_TUNNEL, PFKEY_FWD, HOME, ANY, 0, 0 },
};

struct pfkey_addr
spd_addr(const struct in6_addr *a)
{
	struct pfkey_addr	 r = { .family = AF_INET6 };

	memcpy(r.bytes, a, sizeof(r.bytes));
	return (r);
}

struct in6_addr
spd_in6(const struct pfkey_addr *a)
{
	struct in6_addr	 r = IN6ADDR_ANY_INIT;

	if (a->family == AF_INET6)
		memcpy(&r, a->bytes, sizeof(r));
	return (r);
}

static const struct row *
rows_of(const struct spd_node *n, size_t *count)
{
	*count = n->agent_side ? sizeof(ha_rows) / sizeof(ha_rows[0]) :
	    sizeof(mn_rows) / sizeof(mn_rows[0]);
	return (n->agent_side ? ha_rows : mn_rows);
}

static bool
applies(const struct spd_node *n, const struct row *r)
{
	if (r->when == ALWAYS)
		return (true);
	return (n->tunnel && n->protect ==
	    (r->when == RR ? PROTECT_RR : PROTECT_PAYLOAD));
}

static void
end_of(const struct spd_node *n, uint8_t what, struct pfkey_addr *a,
    uint8_t *plen)
{
	static const struct in6_addr	 any = IN6ADDR_ANY_INIT;

	*a = spd_addr(what == ANY ? &any : what == HOME ? &n->home :
	    &n->agent);
	*plen = what == ANY ? 0 : 128;
}

static void
request(const struct spd_node *n, const struct row *r,
    struct pfkey_request *q)
{
	const bool	 out = r->dir == PFKEY_OUT;

	q->proto = PROTO_ESP;
	q->level = PFKEY_UNIQUE;
	q->mode = r->kind == SPD_TUNNEL ? PFKEY_TUNNEL : PFKEY_TRANSPORT;
	q->reqid = n->reqid + (r->kind == SPD_TUNNEL);
	if (r->kind != SPD_TUNNEL)
		return;
	q->src = spd_addr(out ? &n->local : &n->peer);
	q->dst = spd_addr(out ? &n->peer : &n->local);
}

/* The number of policies that the node has. */
size_t
spd_count(const struct spd_node *n)
{
	const struct row	*rows;
	size_t			 i, total, count = 0;

	rows = rows_of(n, &total);
	for (i = 0; i < total; i++)
		count += applies(n, &rows[i]);
	return (count);
}

/* The i-th of them; false behind the last. */
bool
spd_entry(const struct spd_node *n, size_t i, struct spd_entry *e)
{
	const struct row	*rows, *r;
	struct pfkey_policy	*p = &e->policy;
	size_t			 k, total;

	rows = rows_of(n, &total);
	for (k = 0; k < total; k++)
		if (applies(n, &rows[k]) && i-- == 0)
			break;
	if (k == total)
		return (false);
	r = &rows[k];
	memset(e, 0, sizeof(*e));
	e->kind = r->kind;
	end_of(n, r->src, &p->sel.src, &p->sel.src_plen);
	end_of(n, r->dst, &p->sel.dst, &p->sel.dst_plen);
	p->sel.proto = r->proto;
	p->sel.has_type = r->type != 0;
	p->sel.type = r->type;
	p->dir = r->dir;
	p->priority = r->kind == SPD_TRANSPORT ? PRIO_TRANSPORT :
	    r->kind == SPD_BYPASS ? PRIO_BYPASS : PRIO_TUNNEL;
	p->action = r->kind == SPD_BYPASS ? PFKEY_NONE : PFKEY_IPSEC;
	if (r->kind == SPD_BYPASS)
		return (true);
	p->nrequests = 1;
	request(n, r, &p->requests[0]);
	return (true);
}

/*
 * Can this policy be one of a daemon's with these reqids, of this life or of
 * a former one?
 */
bool
spd_is_ours(const struct pfkey_policy *p, uint32_t first, uint32_t last)
{
	const struct pfkey_selector	*s = &p->sel;
	const struct pfkey_request	*q = &p->requests[0];

	if (s->src.family != AF_INET6 || (s->src_plen != 128 &&
	    s->dst_plen != 128) || (s->src_plen != 128 && s->src_plen != 0) ||
	    (s->dst_plen != 128 && s->dst_plen != 0))
		return (false);
	if (p->priority == PRIO_BYPASS)
		return (p->nrequests == 0 && s->proto == PROTO_ICMPV6 &&
		    (p->action == PFKEY_NONE || p->action == PFKEY_BYPASS));
	if (p->action != PFKEY_IPSEC || p->nrequests != 1 ||
	    (p->priority != PRIO_TRANSPORT && p->priority != PRIO_TUNNEL))
		return (false);
	return (q->proto == PROTO_ESP && q->reqid >= first && q->reqid <= last);
}

static bool
same_addr(const struct pfkey_addr *a, const struct pfkey_addr *b)
{
	return (memcmp(a->bytes, b->bytes, sizeof(a->bytes)) == 0);
}

/* Are these two the same policy, whatever they ask for? */
bool
spd_same_key(const struct pfkey_policy *a, const struct pfkey_policy *b)
{
	const struct pfkey_selector	*s = &a->sel, *t = &b->sel;

	return (a->dir == b->dir && same_addr(&s->src, &t->src) &&
	    same_addr(&s->dst, &t->dst) && s->src_plen == t->src_plen &&
	    s->dst_plen == t->dst_plen && s->proto == t->proto &&
	    s->has_type == t->has_type && s->type == t->type &&
	    s->code == t->code && s->sport == t->sport && s->dport == t->dport);
}

/* And do they ask for the same?  Of no action kernels have two words. */
bool
spd_same(const struct pfkey_policy *a, const struct pfkey_policy *b)
{
	const struct pfkey_request	*q = &a->requests[0],
					*r = &b->requests[0];

	if (!spd_same_key(a, b) || a->priority != b->priority ||
	    a->nrequests != b->nrequests ||
	    (a->action == PFKEY_DISCARD) != (b->action == PFKEY_DISCARD))
		return (false);
	if (a->nrequests == 0)
		return (true);
	return (q->proto == r->proto && q->mode == r->mode &&
	    q->reqid == r->reqid && (q->mode == PFKEY_TRANSPORT ||
	    (same_addr(&q->src, &r->src) && same_addr(&q->dst, &r->dst))));
}

/*
 * The move of the policy p to the endpoints local and peer.  One in
 * transport mode does not move: its associations stay between the addresses
 * that it selects.
 */
void
spd_migrate(const struct pfkey_policy *p, const struct in6_addr *local,
    const struct in6_addr *peer, struct pfkey_migrate *g)
{
	const bool	 out = p->dir == PFKEY_OUT;

	memset(g, 0, sizeof(*g));
	g->sel = p->sel;
	g->dir = p->dir;
	g->npairs = 1;
	g->from[0] = g->to[0] = p->requests[0];
	if (p->requests[0].mode == PFKEY_TRANSPORT) {
		g->from[0].src = g->to[0].src = p->sel.src;
		g->from[0].dst = g->to[0].dst = p->sel.dst;
		return;
	}
	g->to[0].src = spd_addr(out ? local : peer);
	g->to[0].dst = spd_addr(out ? peer : local);
}

/*
 * Where an association that is configured by hand is, RFC 3776 sections 4.1
 * and 4.4: all of it but algorithms and keys.
 */
void
spd_sa(const struct spd_node *d, const struct sec_sa *c, struct pfkey_sa *sa)
{
	const bool	 tunnel = c->use == SA_TUNNEL;
	const bool	 out = (c->way == SA_TO_AGENT) != d->agent_side;

	memset(sa, 0, sizeof(*sa));
	sa->satype = PFKEY_ESP;
	sa->spi = c->spi;
	sa->mode = tunnel ? PFKEY_TUNNEL : PFKEY_TRANSPORT;
	sa->reqid = d->reqid + tunnel;
	if (tunnel) {
		sa->src = spd_addr(out ? &d->local : &d->peer);
		sa->dst = spd_addr(out ? &d->peer : &d->local);
	} else {
		sa->src = spd_addr(c->way == SA_TO_AGENT ? &d->home :
		    &d->agent);
		sa->dst = spd_addr(c->way == SA_TO_AGENT ? &d->agent :
		    &d->home);
	}
	/* Nobody else is to send by it: Linux looks for SPIs alone. */
	if (!tunnel && !out)
		sa->proxy = (struct pfkey_address){ .a = sa->src,
		    .plen = 128 };
}
