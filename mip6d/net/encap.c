/*
 * Packets into tunnels and out of them (RFC 2473, RFC 6275 10.4.2, 10.4.5,
 * 11.3.1).  What the kernel routed into the tun is encapsulated, or gets a
 * Home Address option or type 2 routing header if it is from or to ourselves;
 * what comes out of a tunnel must come from where its binding says.  Packets
 * that are too big earn an error or are fragmented.  Part of the data plane,
 * called by input.c; tunnels are kept in tunnel.c.
 */
#include <string.h>

#include "conf/conf.h"
#include "net/dp.h"
#include "wire/cksum.h"
#include "wire/icmp6.h"
#include "wire/ip6.h"

#define HOP_LIMIT	64	/* RFC 2473 6.3 */
#define FRAG_LEN	8
#define RW_HEADER	24	/* of an HAO or RH2 that is inserted */
#define TCP_MIN		20
#define TCP_OFF_CKSUM	16
#define UDP_OFF_CKSUM	6
#define UDP_MIN		8

/* A tunnel is silent when so many packets went in for so long in vain. */
#define SILENT_PACKETS	5
#define SILENT_TIME	SEC(10)		/* also between one word and the next */

static void
put16(uint8_t *p, uint16_t v)
{
	p[0] = (uint8_t)(v >> 8);
	p[1] = (uint8_t)v;
}

/* For the engine, once after each bind: traffic flows in this direction. */
static void
tell_first(struct tunnel *t, enum role role, bool in, struct dp_out *o)
{
	bool	*told = in ? &t->told_in : &t->told_out;

	if ((t->flags & BIND_NOTIFY) == 0 || *told)
		return;
	*told = true;
	memset(&o->tunnel, 0, sizeof(o->tunnel));
	o->tunnel_to = role;
	o->tunnel.home = t->home;
	o->tunnel.peer = t->peer;
	o->tunnel.event = in ? TUNNEL_FIRST_IN : TUNNEL_FIRST_OUT;
}

static void
tell_silence(const struct tunnel *t, enum role role, enum tunnel_event event,
    struct mono now, struct dp_out *o)
{
	memset(&o->tunnel, 0, sizeof(o->tunnel));
	o->tunnel_to = role;
	o->tunnel.home = t->home;
	o->tunnel.peer = t->peer;
	o->tunnel.event = (uint8_t)event;
	o->tunnel.value = t->silent;
	o->tunnel.age = event == TUNNEL_HEARD ? 0 :
	    (uint32_t)(mono_diff(now, t->silent_since) / NS_PER_MS);
}

/*
 * A packet goes in.  When several have and none came out for a while, the
 * engine is told, again and again while that lasts.
 */
static void
went_in(struct tunnel *t, enum role role, struct mono now, struct dp_out *o)
{
	if (t->silent == 0) {
		t->silent_since = now;
		t->silent_due = mono_add(now, SILENT_TIME);
	}
	if (t->silent < UINT32_MAX)
		t->silent++;
	if (t->silent < SILENT_PACKETS || mono_before(now, t->silent_due) ||
	    o->tunnel_to != ROLE_MAX)
		return;
	t->silent_due = mono_add(now, SILENT_TIME);
	t->silent_told = true;
	tell_silence(t, role, TUNNEL_SILENT, now, o);
}

/* One has come out. */
static void
came_out(struct tunnel *t, enum role role, struct mono now, struct dp_out *o)
{
	t->silent = 0;
	if (!t->silent_told || o->tunnel_to != ROLE_MAX)
		return;
	t->silent_told = false;
	tell_silence(t, role, TUNNEL_HEARD, now, o);
}

static uint16_t
tunnel_mtu(const struct dp *dp, const struct tunnel *t, struct mono now)
{
	return (pmtu_get(&t->pmtu, addrs_mtu(&dp->addrs, t->ifindex), now));
}

/*
 * Octets that encapsulation adds to the packet of the walk; without a walk
 * (NULL), to a packet that has no limit of its own (RFC 2473 4.1.1, 6.6).
 */
size_t
dp_overhead(const struct dp *dp, const struct ip6_walk *w)
{
	return (dp->limit >= 0 || (w != NULL && w->limit != 0) ?
	    IP6_HDRLEN + RW_LIMIT_LEN : IP6_HDRLEN);
}

/*
 * May the packet go into one more tunnel?  If it carries a limit of 0 it may
 * not, and its source, the entry of the tunnel before, is told (RFC 2473 4.1.1
 * (b)).
 */
static bool
may_nest(struct dp *dp, const struct tunnel *t, const struct pkt *p,
    const struct ip6_walk *w, struct mono now, struct dp_out *o)
{
	if (w->limit == 0 || pkt_data(p)[w->limit + 2] != 0)
		return (true);
	if (reply_error(&o->reply, ICMP6_T_PARAM, ICMP6_C_PARAM_FIELD,
	    w->limit + 2, &t->local, pkt_data(p), p->len))
		dp_answer(dp, o, &dp->errors, now, NC_ERRORS_OUT);
	dp_drop(o, NC_NESTED);
	return (false);
}

/*
 * Does the packet fit in mtu when overhead octets are added?  If not, and it is
 * larger than what everyone must take, its source is told (RFC 2473 7.1 (a));
 * a smaller one is fragmented after encapsulation (7.1 (b)).
 */
static bool
fits(struct dp *dp, const struct tunnel *t, const struct pkt *p,
    size_t overhead, size_t mtu, struct mono now, struct dp_out *o)
{
	mtu -= overhead;
	if (p->len <= mtu || p->len <= IP6_MINMTU)
		return (true);
	if (mtu < IP6_MINMTU)
		mtu = IP6_MINMTU;
	if (reply_error(&o->reply, ICMP6_T_TOOBIG, 0, (uint32_t)mtu, &t->local,
	    pkt_data(p), p->len))
		dp_answer(dp, o, &dp->too_big, now, NC_ERRORS_OUT);
	dp_drop(o, NC_TOO_BIG);
	return (false);
}

/*
 * Split a tunnel packet that exceeds mtu: the first fragment stays in p, the
 * second goes to o->second (RFC 8200 4.5).  The inner packet has no more than
 * 1280 octets, so two are enough.  An encapsulation limit is in both, as it is
 * for tunnels on the way.
 */
static enum dp_verdict
fragment(struct dp *dp, struct pkt *p, uint16_t mtu, struct dp_out *o)
{
	bool		 limit = pkt_data(p)[IP6_OFF_NEXT] == IP6_P_DSTOPTS;
	size_t		 front = limit ? IP6_HDRLEN + RW_LIMIT_LEN : IP6_HDRLEN;
	size_t		 nh = limit ? IP6_HDRLEN : IP6_OFF_NEXT;
	size_t		 keep = (mtu - front - FRAG_LEN) & ~(size_t)7;
	size_t		 rest = p->len - front - keep;
	uint8_t		*h;

	if (p->off < FRAG_LEN ||
	    front + FRAG_LEN + rest > sizeof(o->second))
		return (dp_drop(o, NC_REWRITE));
	dp->frag_id++;
	h = pkt_data(p) - FRAG_LEN;
	memmove(h, pkt_data(p), front);
	p->off -= FRAG_LEN;
	p->len = front + FRAG_LEN + keep;
	put16(h + IP6_OFF_PLEN, (uint16_t)(p->len - IP6_HDRLEN));
	h[front] = h[nh];
	h[nh] = IP6_P_FRAGMENT;
	h[front + 1] = 0;
	put16(h + front + 2, 1);
	memcpy(h + front + 4, &dp->frag_id, 4);
	memcpy(o->second, h, front + FRAG_LEN);
	memcpy(o->second + front + FRAG_LEN, h + p->len, rest);
	o->second_len = front + FRAG_LEN + rest;
	put16(o->second + IP6_OFF_PLEN, (uint16_t)(o->second_len - IP6_HDRLEN));
	put16(o->second + front + 2, (uint16_t)keep);
	o->why = NC_FRAGMENTED;
	return (DP_SEND);
}

/* Put the packet into the tunnel t (RFC 6275 10.4.2, 11.3.1; RFC 2473). */
static enum dp_verdict
encapsulate(struct dp *dp, enum role role, struct tunnel *t, struct pkt *p,
    const struct ip6_walk *w, struct mono now, struct dp_out *o)
{
	struct rw_tunnel	 outer = { .src = t->local, .dst = t->peer,
				    .hop_limit = HOP_LIMIT, .dscp = -1,
				    .limit = dp->limit, .flow = 0 };
	uint16_t		 mtu = tunnel_mtu(dp, t, now);

	if (!may_nest(dp, t, p, w, now, o) ||
	    !fits(dp, t, p, dp_overhead(dp, w), mtu, now, o))
		return (DP_DROP);
	t->packets_out++;
	t->bytes_out += p->len;
	t->last_out = now;
	if (rw_encap(p, w, &outer) != RW_OK)
		return (dp_drop(o, NC_REWRITE));
	tell_first(t, role, false, o);
	went_in(t, role, now, o);
	o->ifindex = t->ifindex;
	if (p->len > mtu && dp->whole_packets)
		return (fragment(dp, p, mtu, o));
	o->why = NC_ENCAPSULATED;
	return (DP_SEND);
}

/*
 * Send from ourselves to the peer without a tunnel: to a mobile node with an
 * RH2 (RFC 6275 9.3.2, 10.4.2), from one with an HAO (11.3.1).  What would
 * have to be fragmented takes the tunnel.
 */
static enum dp_verdict
direct(struct dp *dp, struct tunnel *t, struct pkt *p,
    const struct ip6_walk *w, bool hao, struct mono now, struct dp_out *o)
{
	uint16_t	 mtu = tunnel_mtu(dp, t, now);
	enum rw_err	 e;

	if (!fits(dp, t, p, RW_HEADER, mtu, now, o))
		return (DP_DROP);
	if (!hao && dp->whole_packets && p->len + RW_HEADER > mtu)
		return (encapsulate(dp, ROLE_HA, t, p, w, now, o));
	t->packets_out++;
	t->bytes_out += p->len;
	t->last_out = now;
	e = hao ? rw_hao_insert(p, w, &t->local) :
	    rw_rh2_insert(p, w, &t->peer);
	if (e != RW_OK)
		return (dp_drop(o, NC_REWRITE));
	o->ifindex = t->ifindex;
	o->why = hao ? NC_HAO_OUT : NC_ROUTE_OUT;
	return (DP_SEND);
}

/*
 * A packet to an address of the home prefixes that is not bound, or to
 * fe80::/10: its sender is told that there is nobody.
 */
static enum dp_verdict
nowhere(struct dp *dp, const struct pkt *p, const struct in6_addr *dst,
    enum net_counter why, struct mono now, struct dp_out *o)
{
	size_t	 i;

	for (i = 0; i < dp->conf->ha->nlinks; i++)
		if (addrs_local(&dp->addrs, &dp->conf->ha->links[i].address))
			break;
	if (i < dp->conf->ha->nlinks)
		dp_unreachable(dp, &dp->conf->ha->links[i].address,
		    pkt_data(p), p->len, now, o);
	if (why == NC_UNREACHABLE && o->reply.len != 0) {
		memset(&o->tunnel, 0, sizeof(o->tunnel));
		o->tunnel_to = ROLE_HA;
		o->tunnel.home = *dst;
		o->tunnel.event = TUNNEL_NO_BINDING;
	}
	return (dp_drop(o, why));
}

/* Plain packets only: what the tun has left to us is done here. */
static bool
finish_offload(const struct pkt *p, const struct vnet *v)
{
	if (v == NULL)
		return (true);
	if (v->gso_type != 0)
		return (false);
	return ((v->flags & VNET_NEEDS_CSUM) == 0 ||
	    (v->csum_start >= IP6_HDRLEN &&
	    cksum_complete(pkt_data(p), p->len, v->csum_start,
	    v->csum_offset)));
}

/* The packet is for this tunnel of role: encapsulate it, or send it direct. */
static enum dp_verdict
outgoing(struct dp *dp, enum role role, struct tunnel *t, struct pkt *p,
    const struct ip6_walk *w, struct mono now, struct dp_out *o)
{
	struct in6_addr	 src = ip6_src(pkt_data(p));
	struct in6_addr	 dst = ip6_dst(pkt_data(p));

	if ((t->flags & BIND_ACTIVE) == 0)
		return (dp_drop(o, NC_INACTIVE));
	if (role != ROLE_CN && dp_clear_payload(dp, role, &t->home, p, true))
		return (dp_drop(o, NC_CLEAR));
	if (role == ROLE_CN || (role == ROLE_HA && in6_eq(&src, &t->local)))
		return (direct(dp, t, p, w, false, now, o));
	if (role == ROLE_MN && in6_eq(&dst, &t->peer) &&
	    (w->proto == IP6_P_ESP || w->proto == IP6_P_MH))
		return (direct(dp, t, p, w, true, now, o));
	return (encapsulate(dp, role, t, p, w, now, o));
}

/*
 * A ping of a mobile node to its own home address, from the engine: into the
 * tunnel, out of which it comes again if all is well.  p is the packet.
 */
enum dp_verdict
dp_ping_self(struct dp *dp, struct pkt *p, struct mono now, struct dp_out *o)
{
	struct in6_addr	 src = ip6_src(pkt_data(p));
	struct ip6_walk	 w;
	struct tunnel	*t = tunnel_find(&dp->tunnels[ROLE_MN], &src);

	if (t == NULL || ip6_walk(&w, pkt_data(p), p->len, 0) != IP6_OK)
		return (dp_drop(o, NC_REFUSED));
	return (outgoing(dp, ROLE_MN, t, p, &w, now, o));
}

/*
 * ESP that the kernel made of what DP_KERNEL gave it: on its way as the
 * engine wanted it to be.
 */
static enum dp_verdict
encrypted(const struct protect_pair *pair, struct pkt *p,
    const struct ip6_walk *w, struct dp_out *o)
{
	enum rw_err	 e = RW_OK;

	if (pair->by == BY_HAO)
		e = rw_hao_insert(p, w, &pair->careof);
	else if (pair->by == BY_RH2)
		e = rw_rh2_insert(p, w, &pair->careof);
	if (e != RW_OK)
		return (dp_drop(o, NC_REWRITE));
	o->ifindex = pair->ifindex;
	o->why = NC_ESP_OUT;
	return (DP_SEND);
}

static bool
is_neighbor_discovery(const struct ip6_walk *w, const uint8_t *p)
{
	return (w->proto == IP6_P_ICMPV6 && !w->nonfirst &&
	    w->len > w->upper && p[w->upper] >= ICMP6_T_RS &&
	    p[w->upper] <= ICMP6_T_REDIRECT);
}

/* A Mobility Header or prefix discovery (RFC 6275 5.1, 5.4). */
static bool
is_signalling(const struct ip6_walk *w, const uint8_t *p)
{
	return (w->proto == IP6_P_MH || (w->proto == IP6_P_ICMPV6 &&
	    !w->nonfirst && w->len > w->upper &&
	    (p[w->upper] == ICMP6_T_MPS || p[w->upper] == ICMP6_T_MPA)));
}

/*
 * A packet that the kernel routed into the tun: to a mobile node of ours, or
 * from a home address of our own.  v is its virtio-net header or NULL.
 */
enum dp_verdict
dp_tun(struct dp *dp, struct pkt *p, const struct vnet *v, struct mono now,
    struct dp_out *o)
{
	const struct protect_pair	*pair;
	struct in6_addr			 src, dst;
	struct ip6_walk			 w;
	struct tunnel			*t;
	enum ip6_err			 e;

	e = ip6_walk(&w, pkt_data(p), p->len, IP6_W_QUOTED);
	if (e == IP6_E_SHORT || e == IP6_E_VERSION ||
	    p->len < IP6_HDRLEN + (size_t)ip6_plen(pkt_data(p)))
		return (dp_drop(o, NC_MALFORMED));
	if (!finish_offload(p, v))
		return (dp_drop(o, NC_BAD_OFFLOAD));
	p->len = w.len;
	src = ip6_src(pkt_data(p));
	dst = ip6_dst(pkt_data(p));
	if (in6_is_multicast(&dst))
		return (dp_drop(o, NC_TUN_MULTICAST));
	/* It was for one link only, and a kernel has forwarded it. */
	if (is_neighbor_discovery(&w, pkt_data(p)))
		return (dp_drop(o, NC_ICMP6_HOPS));
	if (in6_is_linklocal(&src) || in6_is_unspecified(&src))
		return (dp_drop(o, NC_LINK_LOCAL));
	if (in6_is_linklocal(&dst) && dp->conf != NULL && dp->conf->ha != NULL)
		return (nowhere(dp, p, &dst, NC_LINK_LOCAL, now, o));
	if (w.proto == IP6_P_ESP &&
	    (pair = dp_sent(dp, &src, &dst, now)) != NULL)
		return (encrypted(pair, p, &w, o));
	if (is_signalling(&w, pkt_data(p)) &&
	    dp_clear_signalling(dp, &src, &dst))
		return (dp_drop(o, NC_CLEAR));
	if ((t = tunnel_find(&dp->tunnels[ROLE_HA], &dst)) != NULL)
		return (outgoing(dp, ROLE_HA, t, p, &w, now, o));
	if ((t = tunnel_find(&dp->tunnels[ROLE_MN], &src)) != NULL)
		return (outgoing(dp, ROLE_MN, t, p, &w, now, o));
	if ((t = tunnel_find(&dp->tunnels[ROLE_CN], &dst)) != NULL)
		return (outgoing(dp, ROLE_CN, t, p, &w, now, o));
	if (dp_in_home_prefix(dp, &dst))
		return (nowhere(dp, p, &dst, NC_UNREACHABLE, now, o));
	return (dp_drop(o, NC_TUN_UNKNOWN));
}

/*
 * The tunnel that a packet with these addresses came through: on a home agent
 * outer and inner source must be a registered pair (RFC 6275 10.4.5), on a
 * mobile node the outer source must be its home agent (11.3.3).
 */
static struct tunnel *
came_through(struct dp *dp, const struct dp_raw *r, const struct in6_addr *src,
    const struct in6_addr *dst, struct mono now, enum role *role)
{
	struct tunnel	*t;

	*role = ROLE_HA;
	t = tunnel_find(&dp->tunnels[ROLE_HA], src);
	if (t != NULL && in6_eq(&t->peer, &r->src) &&
	    in6_eq(&t->local, &r->dst))
		return (t);
	*role = ROLE_MN;
	t = tunnel_find(&dp->tunnels[ROLE_MN], dst);
	if (t != NULL && in6_eq(&t->peer, &r->src) &&
	    (in6_eq(&t->local, &r->dst) || (in6_eq(&t->prev_local, &r->dst) &&
	    mono_before(now, t->prev_until))))
		return (t);
	return (NULL);
}

/* The MTU that the parts of a merged packet had; 0: it was not merged. */
static size_t
parts_mtu(const struct dp *dp, const struct dp_raw *r, const struct pkt *p)
{
	size_t	 mtu;

	/* Of most packets that is known without a look at the link. */
	if (p->len <= IP6_MINMTU - IP6_HDRLEN)
		return (0);
	mtu = addrs_mtu(&dp->addrs, r->ifindex) - IP6_HDRLEN;
	return (p->len > mtu ? mtu : 0);
}

/*
 * Receive offload merges the segments of a TCP connection even inside a
 * tunnel, and leaves their checksum to be computed; a raw socket does not tell
 * of either.  What is larger than the link could carry was merged.  Completing
 * a checksum that is complete already would not change it.
 */
static void
offload_inner(const struct dp *dp, const struct dp_raw *r, struct pkt *p,
    const struct ip6_walk *w, struct vnet *v)
{
	struct in6_addr	 src = ip6_src(pkt_data(p)), dst = ip6_dst(pkt_data(p));
	uint8_t		*u = pkt_data(p) + w->upper;
	size_t		 len = p->len - w->upper, hlen;
	size_t		 mtu = 0;
	uint16_t	 sum;
	bool		 tcp = w->proto == IP6_P_TCP;

	if (w->frag != 0 || (!tcp && w->proto != IP6_P_UDP) ||
	    len < (tcp ? TCP_MIN : UDP_MIN))
		return;
	hlen = tcp ? (size_t)(u[12] >> 4) * 4 : UDP_MIN;
	if (tcp)
		mtu = parts_mtu(dp, r, p);
	sum = cksum_partial(&src, &dst, w->proto, (uint32_t)len);
	v->csum_offset = tcp ? TCP_OFF_CKSUM : UDP_OFF_CKSUM;
	v->csum_start = (uint16_t)w->upper;
	if (hlen >= TCP_MIN && hlen < len && w->upper + hlen < mtu) {
		put16(u + v->csum_offset, sum);
		v->flags = VNET_NEEDS_CSUM;
		v->gso_type = VNET_GSO_TCPV6;
		v->hdr_len = (uint16_t)(w->upper + hlen);
		v->gso_size = (uint16_t)(mtu - v->hdr_len);
	} else if (u[v->csum_offset] == sum >> 8 &&
	    u[v->csum_offset + 1] == (sum & 0xff))
		v->flags = VNET_NEEDS_CSUM;
}

/* Put the outer header, which the raw socket took off, in front again. */
static inline void
outer(const struct dp_raw *r, struct pkt *p)
{
	p->off -= IP6_HDRLEN;
	p->len += IP6_HDRLEN;
	ip6_header(pkt_data(p), &r->src, &r->dst, IP6_P_IPV6,
	    (uint16_t)(p->len - IP6_HDRLEN), r->hlim, r->tclass, 0);
}

/*
 * No binding: the home agent has begun anew, and the mobile node does not know
 * it.  An error of ours makes it register again, Destination Unreachable with
 * code 1, prohibited (RFC 4443 3.1; RFC 6275 10.4.5 has no answer).  Not before
 * the engine has told its bindings: it may be net that is new.
 */
static enum dp_verdict
not_bound(struct dp *dp, const struct dp_raw *r, struct pkt *p,
    const struct in6_addr *src, struct mono now, struct dp_out *o)
{
	if ((dp->complete & ROLE_BIT(ROLE_HA)) == 0 ||
	    !dp_is_ha_address(dp, &r->dst) || !dp_in_home_prefix(dp, src) ||
	    tunnel_find(&dp->tunnels[ROLE_HA], src) != NULL)
		return (dp_drop(o, NC_FORGED));
	outer(r, p);
	o->reply_by = r->ifindex;
	if (reply_error(&o->reply, ICMP6_T_UNREACH, ICMP6_C_UNREACH_ADMIN, 0,
	    &r->dst, pkt_data(p), p->len))
		dp_answer(dp, o, &dp->errors, now, NC_ERRORS_OUT);
	return (dp_drop(o, NC_UNBOUND));
}

/*
 * A tunnel packet from the raw socket: p is what was inside, with headroom,
 * r tells of the outer header.  What passes the checks goes to the kernel.
 */
enum dp_verdict
dp_tunnel(struct dp *dp, const struct dp_raw *r, struct pkt *p,
    struct mono now, struct dp_out *o)
{
	struct in6_addr	 src, dst;
	struct ip6_walk	 w;
	struct tunnel	*t;
	enum role	 role;
	enum rw_err	 e;

	if (p->len < IP6_HDRLEN || p->len > UINT16_MAX ||
	    pkt_data(p)[0] >> 4 != 6)
		return (dp_drop(o, NC_INNER));
	src = ip6_src(pkt_data(p));
	dst = ip6_dst(pkt_data(p));
	if (in6_is_linklocal(&src) || in6_is_linklocal(&dst))
		return (dp_drop(o, NC_LINK_LOCAL));
	if (in6_is_multicast(&dst))
		return (dp_drop(o, NC_TUN_MULTICAST));
	if ((t = came_through(dp, r, &src, &dst, now, &role)) == NULL)
		return (not_bound(dp, r, p, &src, now, o));
	if ((t->flags & BIND_ACTIVE) == 0)
		return (dp_drop(o, NC_INACTIVE));
	if (dp_clear_payload(dp, role, &t->home, p, false))
		return (dp_drop(o, NC_CLEAR_TUNNEL));
	outer(r, p);
	if (ip6_walk(&w, pkt_data(p), p->len, 0) != IP6_OK)
		return (dp_drop(o, NC_INNER));
	if ((e = rw_decap(p, &w)) != RW_OK)
		return (dp_drop(o, e == RW_E_ECN ? NC_ECN : NC_INNER));
	t->packets_in++;
	t->bytes_in += p->len;
	tell_first(t, role, true, o);
	came_out(t, role, now, o);
	if (ip6_walk(&w, pkt_data(p), p->len, 0) == IP6_OK)
		offload_inner(dp, r, p, &w, &o->vnet);
	o->why = NC_DECAPSULATED;
	return (DP_INJECT);
}

/*
 * The kernel would not send the tunnel packet at p, it was too big for the
 * interface.  Try less from now on and tell the inner source.
 */
void
dp_send_too_big(struct dp *dp, const uint8_t *p, size_t len, struct mono now,
    struct dp_out *o)
{
	const uint8_t	*inner;
	struct in6_addr	 src, dst;
	struct ip6_walk	 w;
	struct tunnel	*t;
	uint16_t	 mtu;
	uint32_t	 link_mtu;

	if (ip6_walk(&w, p, len, 0) != IP6_OK || w.proto != IP6_P_IPV6 ||
	    w.nonfirst || w.len - w.upper < IP6_HDRLEN)
		return;
	inner = p + w.upper;
	len = w.len;
	src = ip6_src(inner);
	dst = ip6_dst(inner);
	if ((t = tunnel_find(&dp->tunnels[ROLE_HA], &dst)) == NULL &&
	    (t = tunnel_find(&dp->tunnels[ROLE_MN], &src)) == NULL)
		return;
	link_mtu = addrs_mtu(&dp->addrs, t->ifindex);
	mtu = pmtu_lower(pmtu_get(&t->pmtu, link_mtu, now));
	if (mtu >= len)
		mtu = pmtu_lower((uint16_t)len);
	pmtu_set(&t->pmtu, mtu, link_mtu, now);
	mtu = (uint16_t)(mtu - w.upper);
	if (mtu < IP6_MINMTU)
		mtu = IP6_MINMTU;
	if (len - w.upper > mtu && reply_error(&o->reply, ICMP6_T_TOOBIG, 0,
	    mtu, &t->local, inner, len - w.upper))
		dp_answer(dp, o, &dp->too_big, now, NC_ERRORS_OUT);
}
