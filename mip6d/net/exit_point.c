/*
 * The exit point of tunnels (RFC 2473, RFC 6275 10.4.5, 11.3.3).  What has come
 * out of one must belong to an entry, with both the outer addresses of one of
 * its paths and the inner address that it is for; what passes is given to the
 * kernel, or the shim if it has an HAO or RH2 for this host.  A mobile node
 * whose binding is not known here is told so.  Part of the data plane, called
 * by raw.c.
 */
#include <string.h>

#include "net/dp.h"
#include "wire/cksum.h"
#include "wire/icmp6.h"
#include "wire/ip6.h"

#define TCP_MIN		20
#define TCP_OFF_CKSUM	16
#define UDP_OFF_CKSUM	6
#define UDP_MIN		8

static void
put16(uint8_t *p, uint16_t v)
{
	p[0] = (uint8_t)(v >> 8);
	p[1] = (uint8_t)v;
}

/* One has come out. */
static void
came_out(struct fwd_entry *e, struct mono now, struct dp_out *o)
{
	e->silent = 0;
	if (!e->silent_told || o->tunnel_to != ROLE_MAX)
		return;
	e->silent_told = false;
	dp_tell_silence(e, TUNNEL_HEARD, now, o);
}

/* The MTU that the parts of a merged packet had; 0: it was not merged. */
static size_t
parts_mtu(const struct dp *dp, const struct dp_raw *r, size_t outer,
    const struct pkt *p)
{
	size_t	 mtu;

	/* Of most packets that is known without a look at the link. */
	if (p->len <= IP6_MINMTU - outer)
		return (0);
	mtu = addrs_mtu(&dp->addrs, r->ifindex) - outer;
	return (p->len > mtu ? mtu : 0);
}

/*
 * Receive offload merges the segments of a TCP connection even inside a
 * tunnel, and leaves their checksum to be computed; a raw socket does not tell
 * of either.  What is larger than the link could carry was merged.  Completing
 * a checksum that is complete already would not change it.  There were so many
 * octets outer to it.
 */
static void
offload_inner(const struct dp *dp, const struct dp_raw *r, size_t outer,
    struct pkt *p, const struct ip6_walk *w, const struct in6_addr *src,
    const struct in6_addr *dst, struct vnet *v)
{
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
		mtu = parts_mtu(dp, r, outer, p);
	sum = cksum_partial(src, dst, w->proto, (uint32_t)len);
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
put_outer(const struct dp_raw *r, uint8_t proto, struct pkt *p)
{
	p->off -= IP6_HDRLEN;
	p->len += IP6_HDRLEN;
	ip6_header(pkt_data(p), &r->src, &r->dst, proto,
	    (uint16_t)(p->len - IP6_HDRLEN), r->hlim, r->tclass, 0);
}

/*
 * No binding: the home agent has begun anew, and the mobile node does not know
 * it.  An error of ours makes it register again, Destination Unreachable with
 * code 1, prohibited (RFC 4443 3.1; RFC 6275 10.4.5 has no answer).  Not before
 * the engine has told its bindings: it may be net that is new.
 */
static enum dp_verdict
not_bound(struct dp *dp, const struct encap_form *form,
    const struct dp_raw *r, struct pkt *p, const struct in6_addr *src,
    struct mono now, struct dp_out *o)
{
	if ((dp->complete & ROLE_BIT(ROLE_HA)) == 0 ||
	    !dp_is_ha_address(dp, &r->dst) || !dp_in_home_prefix(dp, src) ||
	    fwd_find(&dp->forward, ROLE_HA, src) != NULL)
		return (dp_drop(o, NC_FORGED));
	/* The error quotes what came: also what was taken off since. */
	p->off -= form->front;
	p->len += form->front;
	put_outer(r, form->proto, p);
	o->reply_by = r->ifindex;
	if (reply_error(&o->reply, ICMP6_T_UNREACH, ICMP6_C_UNREACH_ADMIN, 0,
	    &r->dst, pkt_data(p), p->len))
		dp_answer(dp, o, &dp->errors, now, NC_ERRORS_OUT);
	return (dp_drop(o, NC_UNBOUND));
}

/*
 * What is inside has an HAO or RH2, and no capture sees it there: one mobile
 * node's packet to another by the home agent of this one.  If it is for us it
 * is as if it had been captured.
 */
static enum dp_verdict
for_shim(struct dp *dp, const struct dp_raw *r, struct pkt *p,
    const struct in6_addr *dst, struct mono now, struct dp_out *o)
{
	enum dp_verdict	 v;

	if (!addrs_local(&dp->addrs, dst))
		return (DP_INJECT);
	v = dp_capture(dp, p, &o->vnet, r->ifindex, now, o);
	if (v == DP_ENGINE && o->type == MSG_MH_IN)
		o->mh.flags |= PKT_TUNNEL;
	return (v == DP_PASS ? DP_INJECT : v);
}

/*
 * A tunnel packet from the raw socket of an encapsulation: p is what was in the
 * outer packet, with headroom, r tells of its header.  What passes the checks
 * goes to the kernel.
 */
enum dp_verdict
dp_tunnel(struct dp *dp, const struct dp_raw *r, struct pkt *p,
    struct mono now, struct dp_out *o)
{
	enum encap_id		 encap = encap_by_proto(r->proto);
	const struct encap_form	*form = &encap_forms[encap];
	const uint8_t		*inner;
	struct in6_addr		 src, dst;
	struct ip6_walk		 w;
	struct fwd_entry	*e;
	struct fwd_path		*path;
	enum rw_err		 err;

	if (encap == ENCAP_MAX || !encaps[encap].parse(p))
		return (dp_drop(o, NC_INNER));
	inner = pkt_data(p);
	src = ip6_src(inner);
	dst = ip6_dst(inner);
	if (in6_is_linklocal(&src) || in6_is_linklocal(&dst))
		return (dp_drop(o, NC_LINK_LOCAL));
	if (in6_is_multicast(&dst))
		return (dp_drop(o, NC_TUN_MULTICAST));
	/* As its answer would go out: the addresses are turned round. */
	e = owner_of(dp, encap, &dst, &src, &r->dst, &r->src, &path);
	if (e == NULL || !fwd_receives(path, now))
		return (not_bound(dp, form, r, p, &src, now, o));
	if ((path->flags & BIND_ACTIVE) == 0)
		return (dp_drop(o, NC_INACTIVE));
	if (dp_clear_payload(dp, e->owner, &e->prefix, p, false))
		return (dp_drop(o, NC_CLEAR_TUNNEL));
	put_outer(r, IP6_P_IPV6, p);
	if (ip6_walk(&w, pkt_data(p), p->len, 0) != IP6_OK)
		return (dp_drop(o, NC_INNER));
	if ((err = rw_decap(p, &w)) != RW_OK)
		return (dp_drop(o, err == RW_E_ECN ? NC_ECN : NC_INNER));
	path->packets_in++;
	path->bytes_in += p->len;
	if ((path->flags & BIND_NOTIFY) != 0)
		dp_tell_first(e, path, true, o);
	came_out(e, now, o);
	if (ip6_walk(&w, pkt_data(p), p->len, 0) == IP6_OK)
		offload_inner(dp, r, IP6_HDRLEN + (size_t)form->front, p, &w,
		    &src, &dst, &o->vnet);
	if (dp->observe.n > 0)
		dp_observe(dp, e, &w, e->side == FWD_SOURCE ? &src : &dst, now,
		    o);
	o->why = NC_DECAPSULATED;
	if (w.hao != 0 || w.rh2 != 0)
		return (for_shim(dp, r, p, &dst, now, o));
	return (DP_INJECT);
}
