/*
 * ICMPv6 in and out.  Errors about packets that went into a tunnel, or out
 * with a Home Address option or type 2 routing header, are turned into errors
 * about the packet inside, for its sender (RFC 2473 8, RFC 6275 11.3.5);
 * solicitations for defended addresses are answered at once (10.4.1); all else
 * goes to the engines that want it.  What engines send is checked, and their
 * packets are built here.  Part of the data plane; raw.c and net.c call it.
 */
#include <string.h>

#include "net/dispatch.h"
#include "net/dp.h"
#include "wire/icmp6.h"
#include "wire/ip6.h"
#include "wire/mh.h"

#define ERROR_HEADER	8	/* of an ICMPv6 error, before the quote */
#define ND_HOP_LIMIT	255
#define HOP_LIMIT	64
#define ERROR_AGE	SEC(60)	/* of a packet that an error is about */

/* An ICMPv6 error that quotes a packet of ours. */
struct quote {
	uint8_t			 type, code;
	uint32_t		 param;		/* MTU or pointer */
	const uint8_t		*p;
	size_t			 len;
	struct ip6_walk		 w;
	struct in6_addr		 src, dst;	/* of the quoted packet */
};

static uint32_t
get32(const uint8_t *p)
{
	return ((uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 |
	    (uint32_t)p[2] << 8 | p[3]);
}

/*
 * If it came as ESP with an HAO or RH2, which was taken off before the kernel
 * decrypted it, put what it looked like on the wire into m.
 */
static void
as_it_came(struct dp *dp, struct msg_icmp6_in *m, struct mono now)
{
	const struct protect_pair	*p;

	if ((p = dp_seen(dp, &m->src, &m->dst, now)) == NULL)
		return;
	dp->handed.n = 0;
	m->home = p->home;
	m->ifindex = p->ifindex;
	if (p->by == BY_HAO) {
		m->flags |= PKT_HAO;
		m->src = p->careof;
	} else {
		m->flags |= PKT_RH2;
		m->dst = p->careof;
	}
}

/* A Mobility Header of ours met an error (RFC 6275 11.3.5). */
static enum dp_verdict
about_mh(struct dp *dp, const struct quote *q, const struct dp_raw *r,
    const uint8_t *p, size_t len, struct dp_out *o)
{
	struct in6_addr	 home;
	enum role	 role = ROLE_MAX;
	uint8_t		 flags = PKT_OUTERR;

	if (q->w.len > q->w.upper + MH_OFF_TYPE)
		role = dispatch_mh_error(dp->roles,
		    q->p[q->w.upper + MH_OFF_TYPE]);
	home = q->w.hao != 0 ? ip6_hao_addr(&q->w) : ip6_rh2_addr(&q->w);
	flags |= q->w.hao != 0 ? PKT_HAO : 0;
	flags |= q->w.rh2 != 0 ? PKT_RH2 : 0;
	return (dp_tell_icmp6(o, role == ROLE_MAX ? 0 : ROLE_BIT(role), r, p,
	    len, flags, &home));
}

/*
 * Did a packet go this way lately?  What is quoted may be forged by anybody
 * who knows the addresses.
 */
static bool
sent_lately(const struct fwd_path *path, struct mono now)
{
	return (path->last_out.ns != 0 &&
	    mono_diff(now, path->last_out) <= ERROR_AGE);
}

/* Octets in front of the inner packet, but for those of fragmentation. */
static size_t
overhead_of(const struct ip6_walk *w)
{
	return (w->frag != 0 ? w->upper - 8 : w->upper);
}

/* Is the error about an encapsulation limit of 0 in our outer header? */
static bool
limit_reached(const struct quote *q)
{
	return (q->type == ICMP6_T_PARAM && q->code == ICMP6_C_PARAM_FIELD &&
	    q->w.limit != 0 && q->param == q->w.limit + 2 &&
	    q->p[q->w.limit + 2] == 0);
}

/*
 * Pass an error from inside the tunnel on to the source of the inner packet
 * (RFC 2473 8.2), of which n octets are quoted at in; path is what it took, and
 * the answer comes from where that sends by now.  Port Unreachable comes
 * from the far end: no node of the path is unreachable.
 */
static void
relay(struct dp *dp, struct fwd_entry *e, struct fwd_path *path,
    const struct quote *q, const uint8_t *in, size_t n, size_t overhead,
    struct mono now, struct dp_out *o)
{
	const struct in6_addr	*src = &fwd_by_bid(e, path->bid)->local;
	struct ip6_walk		 w;
	struct sent		 s;
	uint32_t		 link_mtu;

	link_mtu = addrs_mtu(&dp->addrs, path->ifindex);
	if (q->type == ICMP6_T_TOOBIG) {
		pmtu_set(&path->pmtu, q->param, link_mtu, now);
		inner_too_big(dp, src, in, n,
		    pmtu_get(&path->pmtu, link_mtu, now) - overhead,
		    NC_RELAYED, now, o);
	} else if (q->type == ICMP6_T_TIMEX || limit_reached(q) ||
	    (q->type == ICMP6_T_UNREACH && q->code != ICMP6_C_UNREACH_PORT)) {
		if (ip6_walk(&w, in, n, IP6_W_QUOTED) == IP6_OK &&
		    sent_find(dp, in, w.len, &w, &s)) {
			in = pkt_data(&s.plain);
			n = s.plain.len;
		}
		if (reply_error(&o->reply, ICMP6_T_UNREACH,
		    ICMP6_C_UNREACH_ADDR, 0, src, in, n))
			dp_answer(dp, o, &dp->errors, now, NC_RELAYED);
	}
}

/* An error about a tunnel packet of ours. */
static enum dp_verdict
about_tunnel(struct dp *dp, enum encap_id id, const struct quote *q,
    struct mono now, struct dp_out *o)
{
	size_t		 front = encap_forms[id].front;
	const uint8_t	*in = q->p + q->w.upper + front;
	size_t		 n = q->w.len - q->w.upper;
	struct in6_addr	 src, dst;
	struct fwd_entry *e;
	struct fwd_path	*path;

	if (n < front + IP6_HDRLEN || in[0] >> 4 != 6)
		return (dp_drop(o, NC_ICMP6_STRAY));
	n -= front;
	src = ip6_src(in);
	dst = ip6_dst(in);
	e = owner_of(dp, id, &src, &dst, &q->src, &q->dst, &path);
	if (e == NULL || !sent_lately(path, now))
		return (dp_drop(o, NC_ICMP6_STRAY));
	dp_tell_error(e, path, q->type, q->code, q->param, o);
	relay(dp, e, path, q, in, n, overhead_of(&q->w) + front, now, o);
	o->why = NC_MAX;
	return (DP_PASS);
}

/* Were packets sent lately by all entries that this one took? */
static bool
all_lately(const struct sent *s, struct mono now)
{
	unsigned int	 side;

	for (side = 0; side < FWD_SIDES; side++)
		if (s->by[side] != NULL &&
		    !sent_lately(s->path[side], now))
			return (false);
	return (true);
}

/* Whose trouble it is: what a receiver can't read is whose header that is. */
static enum fwd_side
whose(const struct sent *s, const struct quote *q)
{
	if (q->type == ICMP6_T_PARAM && s->by[FWD_SOURCE] != NULL &&
	    q->param >= q->w.hao_hdr)
		return (FWD_SOURCE);
	return (sent_by(s));
}

/*
 * An error about one of our packets with an RH2 or HAO: its sender, who knows
 * nothing of either, gets it about the packet as it was (RFC 6275 9.3.4).
 * What is about these headers is for the engine alone (11.3.5).
 */
static enum dp_verdict
about_rewritten(struct dp *dp, const struct quote *q, struct mono now,
    struct dp_out *o)
{
	enum fwd_side	 side;
	struct sent	 s;
	uint32_t	 param = q->type == ICMP6_T_PARAM ? q->param : 0;

	if (!sent_find(dp, q->p, q->w.len, &q->w, &s) || !all_lately(&s, now))
		return (dp_drop(o, NC_ICMP6_STRAY));
	side = whose(&s, q);
	dp_tell_error(s.by[side], s.path[side], q->type, q->code, q->param, o);
	o->why = NC_MAX;
	if (q->type == ICMP6_T_TOOBIG)
		sent_too_big(dp, &s, sent_lower(dp, &s, q->param, now),
		    NC_RELAYED, now, o);
	else if ((q->type != ICMP6_T_PARAM || sent_at(&s, &q->w, &param)) &&
	    reply_error(&o->reply, q->type, q->code, param,
	    &s.path[sent_by(&s)]->local, pkt_data(&s.plain), s.plain.len))
		dp_answer(dp, o, &dp->errors, now, NC_RELAYED);
	return (DP_PASS);
}

/* ICMPv6 errors: what became of packets that we sent outside. */
static enum dp_verdict
icmp6_error_in(struct dp *dp, const struct dp_raw *r, const uint8_t *p,
    size_t len, struct mono now, struct dp_out *o)
{
	struct quote	 q;
	enum encap_id	 id;

	q.type = p[0];
	q.code = p[1];
	q.param = get32(p + 4);
	q.p = p + ERROR_HEADER;
	q.len = len - ERROR_HEADER;
	if (ip6_walk(&q.w, q.p, q.len, IP6_W_QUOTED) != IP6_OK || q.w.cut)
		return (dp_drop(o, NC_ICMP6_STRAY));
	q.src = ip6_src(q.p);
	q.dst = ip6_dst(q.p);
	/* What is quoted went out from where the error has come to. */
	if (q.w.nonfirst || !in6_eq(&q.src, &r->dst))
		return (dp_drop(o, NC_ICMP6_STRAY));
	if (q.w.proto == IP6_P_MH)
		return (about_mh(dp, &q, r, p, len, o));
	if ((id = encap_by_proto(q.w.proto)) != ENCAP_MAX)
		return (about_tunnel(dp, id, &q, now, o));
	if (q.w.rh2 != 0 || q.w.hao != 0)
		return (about_rewritten(dp, &q, now, o));
	return (dp_drop(o, NC_ICMP6_STRAY));
}

/* Is it the address of a home agent of our mobile nodes? */
static bool
is_agent(const struct dp *dp, const struct in6_addr *a)
{
	size_t	 i;

	if (dp->conf == NULL || dp->conf->mn == NULL)
		return (false);
	for (i = 0; i < dp->conf->mn->nhomes; i++)
		if (in6_eq(&dp->conf->mn->homes[i].agent, a))
			return (true);
	return (false);
}

/* A Neighbor Solicitation, perhaps for an address that is defended. */
static void
defend(struct dp *dp, const struct dp_raw *r, const uint8_t *p, size_t len,
    struct dp_out *o)
{
	const struct defended	*d;
	struct in6_addr		 target, to;
	struct icmp6		 m;
	const uint8_t		*lladdr;
	size_t			 n, lladdrlen;

	if (len < ERROR_HEADER + sizeof(target))
		return;
	memcpy(&target, p + ERROR_HEADER, sizeof(target));
	if ((d = defend_find(&dp->defends, r->ifindex, &target)) == NULL ||
	    icmp6_parse(&m, p, len) != ICMP6_OK ||
	    icmp6_valid(&m, &r->src, &r->dst, r->hlim) != ICMP6_OK)
		return;
	lladdr = addrs_lladdr(&dp->addrs, r->ifindex, &lladdrlen);
	n = defend_answer(d, &r->src, lladdr, lladdrlen, &to,
	    o->reply.buf + IP6_HDRLEN, sizeof(o->reply.buf) - IP6_HDRLEN);
	if (n == 0)
		return;
	ip6_header(o->reply.buf, &d->source, &to, IP6_P_ICMPV6, (uint16_t)n,
	    ND_HOP_LIMIT, 0, 0);
	icmp6_set_checksum(o->reply.buf + IP6_HDRLEN, n, &d->source, &to);
	o->reply.len = IP6_HDRLEN + n;
	o->reply_by = r->ifindex;
	o->reply_why = NC_DEFENDED;
}

/*
 * An ICMPv6 message of len octets at p from the raw socket; the kernel has
 * verified its checksum (RFC 3542 3.1).
 */
enum dp_verdict
dp_icmp6(struct dp *dp, const struct dp_raw *r, const uint8_t *p, size_t len,
    struct mono now, struct dp_out *o)
{
	enum dp_verdict	 v;

	if (len < ERROR_HEADER)
		return (dp_drop(o, NC_MALFORMED));
	if (p[0] >= ICMP6_T_UNREACH && p[0] <= ICMP6_T_PARAM)
		return (icmp6_error_in(dp, r, p, len, now, o));
	/* Replies to other programs of this host are no concern of ours. */
	if (p[0] == ICMP6_T_ECHOREPLY && !is_agent(dp, &r->src))
		return (dp_drop(o, NC_ICMP6_ECHO));
	if (p[0] >= ICMP6_T_RS && p[0] <= ICMP6_T_NA &&
	    r->hlim != ND_HOP_LIMIT)
		return (dp_drop(o, NC_ICMP6_HOPS));
	if (p[0] == ICMP6_T_NS)
		defend(dp, r, p, len, o);
	v = dp_tell_icmp6(o, dispatch_icmp6(dp->roles, p[0]), r, p, len, 0,
	    NULL);
	if (v == DP_ENGINE && (p[0] == ICMP6_T_MPS || p[0] == ICMP6_T_MPA))
		as_it_came(dp, &o->icmp6, now);
	return (v);
}

static bool
may_send(const struct dp *dp, enum role role, const struct msg_icmp6_out *m)
{
	if ((dp->roles & ROLE_BIT(role)) == 0 ||
	    m->icmp6.len < ERROR_HEADER || m->icmp6.len > UINT16_MAX / 2 ||
	    !dispatch_may_send_icmp6(role, m->icmp6.p[0]))
		return (false);
	/* What RFC 6275 5.4 protects, and nothing that the kernel would not. */
	if ((m->flags & PKT_PROTECTED) != 0 && m->icmp6.p[0] != ICMP6_T_MPS &&
	    m->icmp6.p[0] != ICMP6_T_MPA)
		return (false);
	if ((m->flags & PKT_TUNNEL) != 0 && (m->icmp6.p[0] != ICMP6_T_ECHO ||
	    m->flags != PKT_TUNNEL || !in6_eq(&m->src, &m->dst)))
		return (false);
	if (m->icmp6.p[0] == ICMP6_T_ECHO && (m->flags & PKT_TUNNEL) == 0 &&
	    !is_agent(dp, &m->dst))
		return (false);
	if ((m->flags & PKT_HAO) != 0 && (role != ROLE_MN ||
	    (m->flags & PKT_RH2) != 0 || !dp_is_home(dp, &m->home)))
		return (false);
	if ((m->flags & PKT_RH2) != 0 && (role == ROLE_MN ||
	    !in6_is_routable(&m->home)))
		return (false);
	return (!in6_is_multicast(&m->src) && !in6_is_unspecified(&m->dst));
}

/*
 * Build the packet for an ICMPv6 message of an engine into p, whose buffer
 * has cap octets, and compute its checksum.  PKT_PROTECTED is as with
 * dp_mh_out().
 */
enum dp_verdict
dp_icmp6_out(struct dp *dp, enum role role, const struct msg_icmp6_out *m,
    struct pkt *p, size_t cap, struct mono now, struct dp_out *o)
{
	const struct in6_addr	*src, *dst;
	struct ip6_walk		 w;
	enum rw_err		 e = RW_OK;

	o->why = NC_ICMP6_OUT;
	if (!may_send(dp, role, m) ||
	    cap < PKT_HEADROOM + IP6_HDRLEN + m->icmp6.len)
		return (dp_drop(o, NC_REFUSED));
	src = (m->flags & PKT_HAO) != 0 ? &m->home : &m->src;
	dst = (m->flags & PKT_RH2) != 0 ? &m->home : &m->dst;
	pkt_init(p, p->buf, PKT_HEADROOM, IP6_HDRLEN + m->icmp6.len);
	ip6_header(pkt_data(p), src, dst, IP6_P_ICMPV6,
	    (uint16_t)m->icmp6.len, m->hlim == 0 ? HOP_LIMIT : m->hlim, 0, 0);
	memcpy(pkt_data(p) + IP6_HDRLEN, m->icmp6.p, m->icmp6.len);
	icmp6_set_checksum(pkt_data(p) + IP6_HDRLEN, m->icmp6.len, src, dst);
	if ((m->flags & PKT_TUNNEL) != 0)
		return (dp_ping_self(dp, p, now, o));
	if ((m->flags & PKT_PROTECTED) != 0)
		return (dp_protect(dp, role, m->flags, &m->src, &m->dst,
		    &m->home, m->ifindex, now, o));
	if ((m->flags & (PKT_HAO | PKT_RH2)) != 0) {
		if (ip6_walk(&w, pkt_data(p), p->len, 0) != IP6_OK)
			return (dp_drop(o, NC_REWRITE));
		e = (m->flags & PKT_HAO) != 0 ? rw_hao_insert(p, &w, &m->src) :
		    rw_rh2_insert(p, &w, &m->dst);
	}
	if (e != RW_OK)
		return (dp_drop(o, NC_REWRITE));
	o->ifindex = m->ifindex;
	return (DP_SEND);
}
