/*
 * The entry point of tunnels (RFC 2473, RFC 6275 10.4.2, 11.3.1).  What the
 * kernel routed into the tun finds its entry, whose path says between which
 * addresses and in which encapsulation it goes out (encap.c); what is from or
 * to the end of the tunnel itself needs none.  Packets that are too big earn
 * an error or are fragmented.  Part of the data plane, called by tun.c.
 */
#include <string.h>

#include "conf/conf.h"
#include "net/dp.h"
#include "wire/cksum.h"
#include "wire/icmp6.h"
#include "wire/ip6.h"

#define FRAG_LEN	8
#define FRAG_MORE	1	/* of its offset */

/* A tunnel is silent when so many packets went in for so long in vain. */
#define SILENT_PACKETS	5
#define SILENT_TIME	SEC(10)		/* also between one word and the next */

static void
put16(uint8_t *p, uint16_t v)
{
	p[0] = (uint8_t)(v >> 8);
	p[1] = (uint8_t)v;
}

/*
 * A packet goes in.  When several have and none came out for a while, the
 * engine is told, again and again while that lasts.
 */
static void
went_in(struct fwd_entry *e, struct mono now, struct dp_out *o)
{
	if (e->silent == 0) {
		e->silent_since = now;
		e->silent_due = mono_add(now, SILENT_TIME);
	}
	if (e->silent < UINT32_MAX)
		e->silent++;
	if (e->silent < SILENT_PACKETS || mono_before(now, e->silent_due) ||
	    o->tunnel_to != ROLE_MAX)
		return;
	e->silent_due = mono_add(now, SILENT_TIME);
	e->silent_told = true;
	dp_tell_silence(e, TUNNEL_SILENT, now, o);
}

static uint16_t
path_mtu(const struct dp *dp, const struct fwd_path *path, struct mono now)
{
	return (pmtu_get(&path->pmtu, addrs_mtu(&dp->addrs, path->ifindex),
	    now));
}

/*
 * May the packet go into one more tunnel?  If it carries a limit of 0 it may
 * not, and its source, the entry of the tunnel before, is told (RFC 2473 4.1.1
 * (b)).
 */
static bool
may_nest(struct dp *dp, const struct fwd_path *path, const struct pkt *p,
    const struct ip6_walk *w, struct mono now, struct dp_out *o)
{
	if (w->limit == 0 || pkt_data(p)[w->limit + 2] != 0)
		return (true);
	if (reply_error(&o->reply, ICMP6_T_PARAM, ICMP6_C_PARAM_FIELD,
	    w->limit + 2, &path->local, pkt_data(p), p->len))
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
fits(struct dp *dp, const struct fwd_path *path, const struct pkt *p,
    size_t overhead, size_t mtu, struct mono now, struct dp_out *o)
{
	mtu -= overhead;
	if (p->len <= mtu || p->len <= IP6_MINMTU)
		return (true);
	if (mtu < IP6_MINMTU)
		mtu = IP6_MINMTU;
	if (reply_error(&o->reply, ICMP6_T_TOOBIG, 0, (uint32_t)mtu,
	    &path->local, pkt_data(p), p->len))
		dp_answer(dp, o, &dp->too_big, now, NC_ERRORS_OUT);
	dp_drop(o, NC_TOO_BIG);
	return (false);
}

/* Where a Fragment header belongs, the octet that names it, is there one? */
struct cut {
	size_t	 at, nh;
	bool	 there;
};

/*
 * Where the packet in p may be cut that has become of w by the addition of what
 * is in this form (RFC 8200 4.5, RFC 6275 6.3): behind the outer header and its
 * limit, which is for tunnels on the way as well, or behind HAO and RH2.
 */
static struct cut
cut_of(enum encap_id id, const struct pkt *p, const struct ip6_walk *w)
{
	size_t		 added = p->len - w->len;
	struct cut	 cut;

	if (encap_is_tunnel(id)) {
		cut.at = added - encap_forms[id].front;
		cut.nh = cut.at > IP6_HDRLEN ? IP6_HDRLEN : IP6_OFF_NEXT;
		cut.there = false;
		return (cut);
	}
	cut.there = w->frag != 0;
	cut.at = added + (cut.there ? w->frag : w->ins);
	cut.nh = added + w->ins - IP6_RH2_LEN;
	return (cut);
}

/* Put a Fragment header in, of a packet that is whole. */
static bool
make_fragment(struct dp *dp, struct pkt *p, const struct cut *cut)
{
	uint8_t	*h;

	if (p->off < FRAG_LEN)
		return (false);
	h = pkt_data(p) - FRAG_LEN;
	memmove(h, pkt_data(p), cut->at);
	p->off -= FRAG_LEN;
	p->len += FRAG_LEN;
	h[cut->at] = h[cut->nh];
	h[cut->nh] = IP6_P_FRAGMENT;
	memset(h + cut->at + 1, 0, 3);
	dp->frag_id++;
	memcpy(h + cut->at + 4, &dp->frag_id, 4);
	return (true);
}

/*
 * Split a packet that exceeds mtu: the first fragment stays in p, the second
 * goes to o->second (RFC 8200 4.5).  Without what we have added it has no more
 * than 1280 octets, so two are enough, unless almost all of it are headers that
 * both must have.  One that the kernel has made, as the tun takes no less than
 * that, is split again.
 */
static enum dp_verdict
fragment(struct dp *dp, struct pkt *p, const struct cut *cut, uint16_t mtu,
    struct dp_out *o)
{
	size_t		 front = cut->at + FRAG_LEN, keep, rest;
	uint16_t	 off;
	uint8_t		*h, *f;

	if (!cut->there && !make_fragment(dp, p, cut))
		return (dp_drop(o, NC_REWRITE));
	if (front + 8 > mtu)
		return (dp_drop(o, NC_REWRITE));
	keep = (mtu - front) & ~(size_t)7;
	rest = p->len - front - keep;
	if (front + rest > sizeof(o->second))
		return (dp_drop(o, NC_REWRITE));
	h = pkt_data(p);
	f = h + cut->at;
	off = (uint16_t)(f[2] << 8 | f[3]);
	p->len = front + keep;
	put16(h + IP6_OFF_PLEN, (uint16_t)(p->len - IP6_HDRLEN));
	memcpy(o->second, h, front);
	memcpy(o->second + front, h + p->len, rest);
	o->second_len = front + rest;
	put16(o->second + IP6_OFF_PLEN, (uint16_t)(o->second_len - IP6_HDRLEN));
	put16(o->second + cut->at + 2, (uint16_t)(off + keep));
	put16(f + 2, off | FRAG_MORE);
	o->why = NC_FRAGMENTED;
	return (DP_SEND);
}

/* Send the packet by the path of an entry in this form, mostly the path's. */
static enum dp_verdict
send_as(struct dp *dp, enum encap_id id, struct fwd_entry *e, struct pkt *p,
    const struct ip6_walk *w, struct mono now, struct dp_out *o)
{
	const struct encap	*row = &encaps[id];
	struct fwd_path		*path = &e->path;
	uint16_t		 mtu = path_mtu(dp, path, now);
	size_t			 overhead = row->overhead(dp->limit, w);
	struct cut		 cut;

	if ((encap_is_tunnel(id) && !may_nest(dp, path, p, w, now, o)) ||
	    !fits(dp, path, p, overhead, mtu, now, o))
		return (DP_DROP);
	e->packets_out++;
	e->bytes_out += p->len;
	path->last_out = now;
	if (row->build(path, dp->limit, p, w) != RW_OK)
		return (dp_drop(o, NC_REWRITE));
	o->ifindex = path->ifindex;
	o->why = row->why;
	if (encap_is_tunnel(id)) {
		if ((e->flags & BIND_NOTIFY) != 0)
			dp_tell_first(e, false, o);
		went_in(e, now, o);
	}
	if (p->len <= mtu || !dp->whole_packets)
		return (DP_SEND);
	cut = cut_of(id, p, w);
	return (fragment(dp, p, &cut, mtu, o));
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

/*
 * What is between the ends of the tunnel is sent without it: from a home agent
 * itself with an RH2 (RFC 6275 9.3.2, 10.4.2), what is protected or about
 * mobility to it with an HAO (11.3.1).
 */
static enum encap_id
form_of(const struct fwd_entry *e, const struct pkt *p,
    const struct ip6_walk *w)
{
	struct in6_addr	 src = ip6_src(pkt_data(p));
	struct in6_addr	 dst = ip6_dst(pkt_data(p));

	if (e->side == FWD_DESTINATION && in6_eq(&src, &e->path.local))
		return (ENCAP_RH2);
	if (e->side == FWD_SOURCE && in6_eq(&dst, &e->path.remote) &&
	    (w->proto == IP6_P_ESP || w->proto == IP6_P_MH))
		return (ENCAP_HAO);
	return (e->path.encap);
}

/* The packet is for this entry. */
static enum dp_verdict
outgoing(struct dp *dp, struct fwd_entry *e, struct pkt *p,
    const struct ip6_walk *w, struct mono now, struct dp_out *o)
{
	if ((e->flags & BIND_ACTIVE) == 0)
		return (dp_drop(o, NC_INACTIVE));
	if (dp_clear_payload(dp, e->owner, &e->prefix, p, true))
		return (dp_drop(o, NC_CLEAR));
	return (send_as(dp, form_of(e, p, w), e, p, w, now, o));
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
	struct fwd_entry *e = fwd_find(&dp->forward, ROLE_MN, &src);

	if (e == NULL || ip6_walk(&w, pkt_data(p), p->len, 0) != IP6_OK)
		return (dp_drop(o, NC_REFUSED));
	return (outgoing(dp, e, p, &w, now, o));
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
	struct fwd_entry		*entry;
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
	if ((entry = owner_out(dp, &src, &dst)) != NULL)
		return (outgoing(dp, entry, p, &w, now, o));
	if (dp_in_home_prefix(dp, &dst))
		return (nowhere(dp, p, &dst, NC_UNREACHABLE, now, o));
	return (dp_drop(o, NC_TUN_UNKNOWN));
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
	struct in6_addr	 src, dst, local, remote;
	struct ip6_walk	 w;
	struct fwd_path	*path;
	uint16_t	 mtu;
	uint32_t	 link_mtu;
	size_t		 front;
	enum encap_id	 id;

	if (ip6_walk(&w, p, len, 0) != IP6_OK || w.nonfirst ||
	    (id = encap_by_proto(w.proto)) == ENCAP_MAX)
		return;
	front = w.upper + encap_forms[id].front;
	if (w.len < front + IP6_HDRLEN)
		return;
	inner = p + front;
	len = w.len;
	src = ip6_src(inner);
	dst = ip6_dst(inner);
	local = ip6_src(p);
	remote = ip6_dst(p);
	if (owner_of(dp, id, &src, &dst, &local, &remote, &path) == NULL)
		return;
	link_mtu = addrs_mtu(&dp->addrs, path->ifindex);
	mtu = pmtu_lower(pmtu_get(&path->pmtu, link_mtu, now));
	if (mtu >= len)
		mtu = pmtu_lower((uint16_t)len);
	pmtu_set(&path->pmtu, mtu, link_mtu, now);
	mtu = (uint16_t)(mtu - front);
	if (mtu < IP6_MINMTU)
		mtu = IP6_MINMTU;
	if (len - front > mtu && reply_error(&o->reply, ICMP6_T_TOOBIG, 0,
	    mtu, &path->local, inner, len - front))
		dp_answer(dp, o, &dp->too_big, now, NC_ERRORS_OUT);
}
