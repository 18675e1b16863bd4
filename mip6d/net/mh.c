/*
 * Mobility Headers in and out.  Those that arrive pass the checks of RFC 6275
 * 9.2, whose failures are answered with a Binding Error or a Parameter
 * Problem, and go to one engine.  Those of engines are checked against what
 * the role may send, and get a Home Address option, a type 2 routing header or
 * IPsec if asked for.  Part of the data plane, called by raw.c for the raw
 * sockets and by shim.c for the capture.
 */
#include <string.h>

#include "net/dispatch.h"
#include "net/dp.h"
#include "wire/cksum.h"
#include "wire/icmp6.h"
#include "wire/ip6.h"
#include "wire/mh.h"

#define HOP_LIMIT	64
#define BU_FLAGS	8	/* octets 8 and 9 of a Binding Update */

/*
 * What RFC 6275 9.2 wants said when a message fails one of its checks: to where
 * it came from, by the interface that it came by.
 */
static enum dp_verdict
refuse(struct dp *dp, const struct msg_mh_in *m, enum net_counter why,
    const uint8_t *packet, size_t len, size_t at, struct mono now,
    struct dp_out *o)
{
	static const struct in6_addr	 none = IN6ADDR_ANY_INIT;

	o->reply_by = m->ifindex;
	if (why == NC_MH_TYPE) {
		if (reply_be(&o->reply, MH_BE_UNKNOWN_TYPE, &m->dst, &m->src,
		    (m->flags & PKT_HAO) != 0 ? &m->home : &none))
			dp_answer(dp, o, &dp->binding_errors, now, NC_BE_OUT);
	} else if (reply_error(&o->reply, ICMP6_T_PARAM, ICMP6_C_PARAM_FIELD,
	    (uint32_t)at, &m->dst, packet, len))
		dp_answer(dp, o, &dp->errors, now, NC_ERRORS_OUT);
	return (dp_drop(o, why));
}

/*
 * Is the checksum right over the n octets that Header Len names?  What is
 * behind them is not part of the message.  Where Header Len is too small for
 * the type, the sender may have taken the checksum over everything.
 */
static bool
checksum_ok(const struct msg_mh_in *m, size_t n, const struct in6_addr *src,
    const struct in6_addr *dst)
{
	const uint8_t	*p = m->mh.p;

	return (mh_checksum_ok(p, n, src, dst) || (n < m->mh.len &&
	    dispatch_known(p[MH_OFF_TYPE]) &&
	    p[MH_OFF_HLEN] < mh_row(p[MH_OFF_TYPE])->hlen &&
	    cksum_ok(src, dst, IP6_P_MH, p, m->mh.len)));
}

/*
 * The checks of RFC 6275 9.2 in their order, then the choice of the engine,
 * which gets m.  packet is the whole packet as it came, in which m->mh lies.
 */
enum dp_verdict
dp_mh(struct dp *dp, const struct msg_mh_in *m, const uint8_t *packet,
    size_t len, struct mono now, struct dp_out *o)
{
	const uint8_t		*p = m->mh.p;
	const struct in6_addr	*src, *dst;
	struct dispatch		 d;
	enum role		 role;
	size_t			 n, at = (size_t)(p - packet);

	if (m->mh.len < 8 || (n = (p[MH_OFF_HLEN] + 1u) * 8) > m->mh.len)
		return (dp_drop(o, NC_MH_SHORT));
	src = (m->flags & PKT_HAO) != 0 ? &m->home : &m->src;
	dst = (m->flags & PKT_RH2) != 0 ? &m->home : &m->dst;
	if (!checksum_ok(m, n, src, dst))
		return (dp_drop(o, NC_CHECKSUM));
	if (!dispatch_known(p[MH_OFF_TYPE]))
		return (refuse(dp, m, NC_MH_TYPE, packet, len, 0, now, o));
	if (p[MH_OFF_PROTO] != IP6_P_NONE)
		return (refuse(dp, m, NC_MH_PROTO, packet, len,
		    at + MH_OFF_PROTO, now, o));
	if (p[MH_OFF_HLEN] < mh_row(p[MH_OFF_TYPE])->hlen)
		return (refuse(dp, m, NC_MH_LENGTH, packet, len,
		    at + MH_OFF_HLEN, now, o));
	d.roles = dp->roles;
	d.type = p[MH_OFF_TYPE];
	d.with = d.type != MH_BU ? 0 :
	    (uint32_t)(p[BU_FLAGS] << 8 | p[BU_FLAGS + 1]);
	if (dp_is_home(dp, dst))
		d.with |= MHW_TO_HOME;
	if (fwd_find(&dp->forward, ROLE_HA, src) != NULL)
		d.with |= MHW_HA_BOUND;
	if (fwd_find_pair(&dp->forward, ROLE_CN, src, dst) != NULL)
		d.with |= MHW_CN_BOUND;
	if ((role = dispatch_mh(&d)) == ROLE_MAX)
		return (dp_drop(o, NC_NO_ENGINE));
	o->to = ROLE_BIT(role);
	o->type = MSG_MH_IN;
	o->mh = *m;
	o->mh.mh.len = n;
	o->why = NC_MH_IN;
	return (DP_ENGINE);
}

/*
 * Before it was given to the kernel to be decrypted, this one had an HAO or
 * RH2: then engines are told what it looked like on the wire.
 */
static void
as_it_came(struct dp *dp, struct msg_mh_in *m, struct mono now)
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

/*
 * A Mobility Header of len octets at p from a raw socket.  One that had an
 * HAO or RH2 comes by the capture as well and is taken from there.
 */
enum dp_verdict
dp_raw_mh(struct dp *dp, const struct dp_raw *r, const uint8_t *p, size_t len,
    struct mono now, struct dp_out *o)
{
	uint8_t			 packet[IP6_HDRLEN + MH_MAXLEN];
	struct msg_mh_in	 m;
	enum dp_verdict		 v;

	if (dp->capturing && (r->flags & (PKT_HAO | PKT_RH2)) != 0)
		return (dp_drop(o, NC_MH_DUPLICATE));
	if (len > MH_MAXLEN)
		len = MH_MAXLEN;
	memset(&m, 0, sizeof(m));
	m.src = r->src;
	m.dst = r->dst;
	m.ifindex = r->ifindex;
	m.hlim = r->hlim;
	m.flags = r->flags & (PKT_PROTECTED | PKT_TUNNEL);
	if ((m.flags & PKT_PROTECTED) != 0)
		as_it_came(dp, &m, now);
	ip6_header(packet, &r->src, &r->dst, IP6_P_MH, (uint16_t)len, r->hlim,
	    r->tclass, 0);
	memcpy(packet + IP6_HDRLEN, p, len);
	m.mh.p = packet + IP6_HDRLEN;
	m.mh.len = len;
	v = dp_mh(dp, &m, packet, IP6_HDRLEN + len, now, o);
	if (v == DP_ENGINE)
		o->mh.mh.p = p;
	return (v);
}

/* May this role send this?  The closed list. */
static bool
may_send(const struct dp *dp, enum role role, const struct msg_mh_out *m)
{
	if ((dp->roles & ROLE_BIT(role)) == 0 || m->mh.len < 8 ||
	    m->mh.len > MH_MAXLEN || m->mh.len % 8 != 0 ||
	    !dispatch_may_send_mh(role, m->mh.p[MH_OFF_TYPE]))
		return (false);
	/* RFC 6275 11.6.1: by way of the home agent, and nothing but that. */
	if ((m->flags & PKT_TUNNEL) != 0 && (m->flags != PKT_TUNNEL ||
	    role != ROLE_MN || m->mh.p[MH_OFF_TYPE] != MH_HOTI))
		return (false);
	if ((m->flags & PKT_HAO) != 0 && (role != ROLE_MN ||
	    (m->flags & PKT_RH2) != 0 || !dp_is_home(dp, &m->home)))
		return (false);
	if ((m->flags & PKT_RH2) != 0 && (role == ROLE_MN ||
	    !in6_is_routable(&m->home)))
		return (false);
	return (!in6_is_multicast(&m->src) && !in6_is_unspecified(&m->dst) &&
	    !in6_is_multicast(&m->dst));
}

/*
 * A Home Test Init from a home address of ours, away from home: into our
 * tunnel, or that of ESP which the kernel has for it (RFC 6275 5.2.5, 11.6.1).
 * Without a policy it comes by the tun, and not out of it.
 */
static enum dp_verdict
home_test_init(struct dp *dp, struct pkt *p, struct mono now, struct dp_out *o)
{
	struct in6_addr		 src = ip6_src(pkt_data(p));
	struct fwd_entry	*e = fwd_find(&dp->forward, ROLE_MN, &src);
	struct ip6_walk		 w;

	if (!dp_clear_test(dp, &src))
		return (dp_ping_self(dp, p, now, o));
	if (e == NULL || ip6_walk(&w, pkt_data(p), p->len, 0) != IP6_OK)
		return (dp_drop(o, NC_REFUSED));
	if ((fwd_choose(&dp->forward, e, &w, now)->flags & BIND_ACTIVE) == 0)
		return (dp_drop(o, NC_INACTIVE));
	return (DP_KERNEL_TUNNEL);
}

/*
 * Build the packet for a Mobility Header of an engine into p, whose buffer
 * has cap octets, with HAO (RFC 6275 11.3.1) or RH2 (9.3.2) if asked for; or,
 * if IPsec is to protect it, without, for the kernel to encrypt it; or in the
 * tunnel of its source, a home address.
 */
enum dp_verdict
dp_mh_out(struct dp *dp, enum role role, const struct msg_mh_out *m,
    struct pkt *p, size_t cap, struct mono now, struct dp_out *o)
{
	struct ip6_walk	 w;
	enum rw_err	 e = RW_OK;

	o->why = NC_MH_OUT;
	if (cap < PKT_HEADROOM + IP6_HDRLEN + MH_MAXLEN ||
	    !may_send(dp, role, m))
		return (dp_drop(o, NC_REFUSED));
	pkt_init(p, p->buf, PKT_HEADROOM, IP6_HDRLEN + m->mh.len);
	ip6_header(pkt_data(p), (m->flags & PKT_HAO) != 0 ? &m->home : &m->src,
	    (m->flags & PKT_RH2) != 0 ? &m->home : &m->dst, IP6_P_MH,
	    (uint16_t)m->mh.len, HOP_LIMIT, 0, 0);
	memcpy(pkt_data(p) + IP6_HDRLEN, m->mh.p, m->mh.len);
	if ((m->flags & PKT_TUNNEL) != 0)
		return (home_test_init(dp, p, now, o));
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
