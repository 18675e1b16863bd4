#include <sys/types.h>
#include <sys/socket.h>

#include <string.h>

#include "parent/spd.h"

#define PROTO_MH	135
#define PROTO_ICMP6	58
#define ESP		50
#define MH_HOTI		1
#define ICMP6_MPS	146
#define ICMP6_MPA	147

/*
 * A lower number wins: what is between node and home agent, then what is of
 * the Mobility Header, then all the rest (RFC 4877 5, RFC 3776 4.2).
 */
#define PRIO_BINDING	1000
#define PRIO_RR		2000
#define PRIO_PAYLOAD	3000

/* An address for PF_KEY. */
struct pfkey_addr
spd_addr(const struct in6_addr *a)
{
	struct pfkey_addr	 p;

	memset(&p, 0, sizeof(p));
	p.family = AF_INET6;
	memcpy(p.bytes, a, sizeof(p.bytes));
	return (p);
}

/* A policy between src and dst (NULL: any), both whole addresses. */
static void
begin(struct pfkey_policy *p, uint8_t dir, const struct in6_addr *src,
    const struct in6_addr *dst, uint8_t proto, uint32_t priority)
{
	static const struct in6_addr	 any = IN6ADDR_ANY_INIT;

	memset(p, 0, sizeof(*p));
	p->sel.src = spd_addr(src == NULL ? &any : src);
	p->sel.dst = spd_addr(dst == NULL ? &any : dst);
	p->sel.src_plen = src == NULL ? 0 : 128;
	p->sel.dst_plen = dst == NULL ? 0 : 128;
	p->sel.proto = proto;
	p->dir = dir;
	p->action = PFKEY_IPSEC;
	p->priority = priority;
	p->nrequests = 1;
	p->requests[0].proto = ESP;
	p->requests[0].level = PFKEY_UNIQUE;
}

static void
transport(struct pfkey_policy *p, const struct spd_node *n, uint8_t dir,
    uint8_t proto, uint8_t type)
{
	bool	 to_agent = (dir == PFKEY_OUT) == n->mine;

	begin(p, dir, to_agent ? &n->home : &n->agent,
	    to_agent ? &n->agent : &n->home, proto, PRIO_BINDING);
	p->sel.has_type = type != 0;
	p->sel.type = type;
	p->requests[0].mode = PFKEY_TRANSPORT;
	p->requests[0].reqid = n->reqid;
}

/*
 * What is always there: Binding Updates and Acknowledgements and all else of
 * the Mobility Header between the two, and prefix discovery.  No Mobility
 * Header type: kernels look for it in the wrong place on input.
 */
unsigned int
spd_binding(const struct spd_node *n, struct pfkey_policy p[SPD_MAX])
{
	transport(&p[0], n, PFKEY_OUT, PROTO_MH, 0);
	transport(&p[1], n, PFKEY_IN, PROTO_MH, 0);
	transport(&p[2], n, PFKEY_OUT, PROTO_ICMP6,
	    n->mine ? ICMP6_MPS : ICMP6_MPA);
	transport(&p[3], n, PFKEY_IN, PROTO_ICMP6,
	    n->mine ? ICMP6_MPA : ICMP6_MPS);
	return (4);
}

static void
tunnel(struct pfkey_policy *p, const struct spd_node *n, uint8_t dir,
    const struct spd_ends *e)
{
	bool		 rr = n->protect == PROTECT_RR;
	bool		 from_home = (dir == PFKEY_OUT) == n->mine;

	begin(p, dir, from_home ? &n->home : NULL, from_home ? NULL : &n->home,
	    rr ? PROTO_MH : 0, rr ? PRIO_RR : PRIO_PAYLOAD);
	p->requests[0].mode = PFKEY_TUNNEL;
	p->requests[0].reqid = n->reqid + 1;
	p->requests[0].src = spd_addr(dir == PFKEY_OUT ? &e->local : &e->peer);
	p->requests[0].dst = spd_addr(dir == PFKEY_OUT ? &e->peer : &e->local);
}

/*
 * What is there while the node is away: the return routability procedure by
 * way of the home agent, or all traffic (RFC 4877 6.2, 6.3).  A home agent
 * forwards what comes in.
 */
unsigned int
spd_tunnel(const struct spd_node *n, const struct spd_ends *e,
    struct pfkey_policy p[SPD_MAX])
{
	if (n->protect == PROTECT_NONE)
		return (0);
	tunnel(&p[0], n, PFKEY_OUT, e);
	tunnel(&p[1], n, PFKEY_IN, e);
	/* What a mobile node sends to correspondents itself needs no tunnel. */
	if (n->mine && n->protect == PROTECT_RR) {
		p[0].sel.has_type = true;
		p[0].sel.type = MH_HOTI;
	}
	if (n->mine)
		return (2);
	tunnel(&p[2], n, PFKEY_FWD, e);
	return (3);
}

/* The move of a policy: requests of one, to those of the other. */
void
spd_migrate(const struct pfkey_policy *from, const struct pfkey_policy *to,
    struct pfkey_migrate *g)
{
	memset(g, 0, sizeof(*g));
	g->sel = from->sel;
	g->dir = from->dir;
	g->npairs = 1;
	g->from[0] = from->requests[0];
	g->to[0] = to->requests[0];
	/* Associations in transport mode are found by these. */
	if (from->requests[0].mode == PFKEY_TRANSPORT) {
		g->from[0].src = g->to[0].src = from->sel.src;
		g->from[0].dst = g->to[0].dst = from->sel.dst;
	}
}

/* Did we make that policy?  All of its reqids are ours then. */
bool
spd_is_ours(const struct pfkey_policy *p, uint32_t first, uint32_t last)
{
	unsigned int	 i;

	for (i = 0; i < p->nrequests; i++)
		if (p->requests[i].level != PFKEY_UNIQUE ||
		    p->requests[i].reqid < first ||
		    p->requests[i].reqid > last)
			return (false);
	return (p->nrequests > 0);
}
