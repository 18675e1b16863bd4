/*
 * In front of a kernel without Mobile IPv6: packets with a Home Address option
 * or a type 2 routing header, seen before the kernel gives them up there, are
 * handed to an engine, or to the kernel by the tun without these headers.  All
 * others are the kernel's, which has them anyway.
 */
#include <string.h>

#include "net/dp.h"
#include "wire/cksum.h"
#include "wire/icmp6.h"
#include "wire/ip6.h"
#include "wire/mh.h"

/* One captured packet on its way through the shim. */
struct shim {
	struct dp		*dp;
	struct pkt		*p;
	struct ip6_walk		 w;
	struct in6_addr		 src, dst;	/* those on the wire */
	struct in6_addr		 own;		/* that it is for: RH2's */
	struct fwd_entry	*by[FWD_SIDES];	/* bound for HAO, RH2 */
	struct fwd_path		*path[FWD_SIDES];	/* of these */
	uint32_t		 ifindex;
	struct mono		 now;
	struct dp_out		*o;
};

/* Hand the kernel by the tun what is left of the packet. */
static enum dp_verdict
inject(struct shim *s)
{
	struct vnet	*v = &s->o->vnet;

	if ((v->flags & VNET_NEEDS_CSUM) != 0)
		v->csum_start = (uint16_t)(v->csum_start + s->p->delta);
	if (v->gso_type != 0)
		v->hdr_len = (uint16_t)(v->hdr_len + s->p->delta);
	s->o->why = NC_REWRITTEN;
	return (DP_INJECT);
}

/*
 * The capture's virtio-net header must be true of the packet, and offsets in
 * it behind the headers that we take off.
 */
static bool
offload_ok(const struct shim *s)
{
	const struct vnet	*v = &s->o->vnet;

	if ((v->flags & VNET_NEEDS_CSUM) != 0 &&
	    (v->csum_start < s->w.upper ||
	    (size_t)v->csum_start + v->csum_offset + 2 > s->p->len))
		return (false);
	return (v->gso_type == 0 || (v->hdr_len >= s->w.upper &&
	    v->hdr_len <= s->p->len));
}

/*
 * Which way an answer from this address goes: back, unless it is a home address
 * that is away, whose packets the kernel routes into the tun.
 */
static uint32_t
answer_by(const struct shim *s, const struct in6_addr *src)
{
	return (fwd_find(&s->dp->forward, ROLE_MN, src) != NULL ? 0 :
	    s->ifindex);
}

/* The peer knows us by the address that it wanted to reach: 9.3.3, 11.3.6. */
static enum dp_verdict
binding_error(struct shim *s, const struct in6_addr *home)
{
	s->o->reply_by = answer_by(s, &s->own);
	if (reply_be(&s->o->reply, MH_BE_UNKNOWN_BINDING, &s->own, &s->src,
	    home))
		dp_answer(s->dp, s->o, &s->dp->binding_errors, s->now,
		    NC_BE_OUT);
	return (dp_drop(s->o, NC_NO_BINDING));
}

/* Is the error about an HAO or an RH2, which are ours? */
static bool
is_ours(enum ip6_err e)
{
	return (e == IP6_E_HAO_LENGTH || e == IP6_E_HAO_TWICE ||
	    e == IP6_E_HAO_PLACE || e == IP6_E_HAO_ADDRESS ||
	    e == IP6_E_RH2_LENGTH || e == IP6_E_RH2_SEGMENTS ||
	    e == IP6_E_RH2_TWICE || e == IP6_E_RH2_PLACE ||
	    e == IP6_E_RH2_ADDRESS);
}

/* The lesser of two places in a packet, of which 0 is none. */
static uint32_t
first(uint32_t a, uint32_t b)
{
	return (a == 0 || (b != 0 && b < a) ? b : a);
}

/*
 * Types 3 and 4 (RFC 6554, RFC 8754) are dropped without a word by kernels that
 * know them and are not to follow them.
 */
static bool
kernel_is_silent(const struct ip6_walk *w, enum ip6_err e)
{
	return (e == IP6_E_RH_SEGMENTS && (w->hao != 0 || w->rh2 != 0) &&
	    (w->p[w->left] == 3 || w->p[w->left] == 4));
}

/*
 * The kernel gives a packet up at the first HAO or RH2, without a word, as its
 * Parameter Problems about these are kept in.  What else is wrong with the
 * packet it says if it comes to that first, else we do.
 */
static bool
kernel_comes_first(const struct ip6_walk *w, enum ip6_err e)
{
	uint32_t	 ours = first(w->hao, w->rh2), other = w->unknown;

	if (kernel_is_silent(w, e))
		return (false);
	if (is_ours(e))
		ours = first(ours, w->err_off);
	else if (e != IP6_OK)
		other = first(other, w->err_off);
	return (ours == 0 || first(ours, other) != ours);
}

/* Answer in the kernel's stead by a Parameter Problem, if code is not -1. */
static enum dp_verdict
problem(struct shim *s, int code, uint32_t at)
{
	s->o->reply_by = answer_by(s, &s->dst);
	if (code >= 0 && reply_error(&s->o->reply, ICMP6_T_PARAM,
	    (uint8_t)code, at, &s->dst, pkt_data(s->p), s->p->len))
		dp_answer(s->dp, s->o, &s->dp->errors, s->now, NC_ERRORS_OUT);
	return (dp_drop(s->o, NC_BAD_HEADERS));
}

/* Extension headers that are wrong at or behind an HAO or RH2: RFC 8200 4. */
static enum dp_verdict
bad_headers(struct shim *s, enum ip6_err e)
{
	struct in6_addr	 home = ip6_hao_addr(&s->w);

	if (e == IP6_E_HAO_ADDRESS)
		return (binding_error(s, &home));
	return (problem(s, ip6_err_code(e), s->w.err_off));
}

/*
 * A Mobility Header behind an HAO or RH2: it goes to an engine from here.
 * With both it is one mobile node's to another; then it is shown as it is
 * behind the routing header, sent to the home address.
 */
static enum dp_verdict
mobility(struct shim *s)
{
	struct vnet		*vn = &s->o->vnet;
	struct msg_mh_in	 m;
	uint8_t			*p = pkt_data(s->p);

	/*
	 * The kernel won't see this option, behind one of ours: RFC 8200 4.2.
	 */
	if (s->w.unknown != 0)
		return (problem(s, (p[s->w.unknown] & IP6_OPT_TELL) != 0 ?
		    ICMP6_C_PARAM_OPTION : -1, s->w.unknown));
	if (s->w.frag_more || s->w.frag_off != 0)
		return (dp_drop(s->o, NC_MH_FRAGMENT));
	if (!offload_ok(s) || ((vn->flags & VNET_NEEDS_CSUM) != 0 &&
	    !cksum_complete(p, s->p->len, vn->csum_start,
	    vn->csum_offset)))
		return (dp_drop(s->o, NC_BAD_OFFLOAD));
	memset(&m, 0, sizeof(m));
	m.src = s->src;
	m.dst = s->dst;
	m.ifindex = s->ifindex;
	m.hlim = p[IP6_OFF_HLIM];
	if (s->w.hao != 0)
		m.dst = s->own;
	m.flags = s->w.hao != 0 ? PKT_HAO : PKT_RH2;
	m.home = s->w.hao != 0 ? ip6_hao_addr(&s->w) : ip6_rh2_addr(&s->w);
	m.mh.p = p + s->w.upper;
	m.mh.len = s->w.len - s->w.upper;
	return (dp_mh(s->dp, &m, p, s->w.len, s->now, s->o));
}

/* It has come by the entries of pairs; that of a tunnel is not about it. */
static void
came_by(struct shim *s)
{
	struct fwd_entry	*e;
	struct fwd_path		*path;
	unsigned int		 side;

	for (side = 0; side < FWD_SIDES; side++) {
		e = s->by[side];
		path = s->path[side];
		if (e == NULL || !e->pair)
			continue;
		path->packets_in++;
		path->bytes_in += s->p->len;
		if (side == FWD_DESTINATION &&
		    (path->flags & BIND_UNVERIFIED) == 0)
			credit_earn(&e->credit, s->p->len, s->now);
		if ((path->flags & BIND_NOTIFY) != 0)
			dp_tell_first(e, path, true, s->o);
	}
}

/*
 * Take the headers off and the addresses out of them: RFC 6275 9.3.1, 11.3.3.
 */
static enum dp_verdict
strip(struct shim *s)
{
	if (!offload_ok(s))
		return (dp_drop(s->o, NC_BAD_OFFLOAD));
	if ((s->w.hao != 0 && rw_hao_strip(s->p, &s->w) != RW_OK) ||
	    (s->w.rh2 != 0 && rw_rh2_strip(s->p, &s->w) != RW_OK))
		return (dp_drop(s->o, NC_REWRITE));
	came_by(s);
	return (inject(s));
}

/*
 * ESP with an HAO: an association is for one home address, and not every
 * kernel sees to that (RFC 6275 5.1).  True: it is; why may say what became
 * of it otherwise.
 */
static bool
spi_ok(struct shim *s, const struct ipsec_home *h, enum dp_verdict *v)
{
	enum spi_owner	 owner = OWNER_OTHER;
	enum hold	 hold;

	s->o->ask.spi = s->w.spi;
	s->o->ask.home = h->home;
	s->o->ask.what = 0;
	/* Associations are with one of our addresses as well. */
	if (homes_agent(&s->dp->homes, h, &s->dst))
		owner = spis_owner(&s->dp->spis, s->w.spi, &h->home, s->now);
	switch (owner) {
	case OWNER_SAME:
		return (true);
	case OWNER_OTHER:
		*v = dp_drop(s->o, NC_WRONG_SPI);
		return (false);
	case OWNER_NONE:
		*v = dp_drop(s->o, NC_SPI_UNKNOWN);
		return (false);
	case OWNER_UNKNOWN:
		break;
	}
	hold = spis_hold(&s->dp->spis, s->w.spi, &h->home, s->p,
	    &s->o->vnet, s->ifindex, s->now);
	if (hold == HOLD_FULL) {
		*v = dp_drop(s->o, NC_HOLD_FULL);
		return (false);
	}
	s->o->asks = hold == HOLD_ASK;
	s->o->why = NC_HELD;
	*v = DP_HOLD;
	return (false);
}

/*
 * ESP with an HAO or RH2: the kernel decrypts it, and what is inside is to be
 * known for what it was when it comes out of a socket.
 */
static enum dp_verdict
esp(struct shim *s)
{
	struct protect_pair	 pair = { .ifindex = s->ifindex };
	struct ipsec_home	 h;
	enum dp_verdict		 v;
	bool			 note = false;

	if (s->w.hao != 0) {
		pair.home = ip6_hao_addr(&s->w);
		pair.agent = s->w.rh2 != 0 ? ip6_rh2_addr(&s->w) : s->dst;
		pair.careof = s->src;
		pair.by = BY_HAO;
		pair.role = ROLE_HA;
		if (homes_find(&s->dp->homes, &pair.home, &h) &&
		    h.role == ROLE_HA && dp_is_ha_address(s->dp, &pair.agent)) {
			note = true;
			if (s->w.esp != 0 && !spi_ok(s, &h, &v))
				return (v);
		}
	} else {
		pair.home = ip6_rh2_addr(&s->w);
		pair.agent = s->src;
		pair.careof = s->dst;
		pair.by = BY_RH2;
		pair.role = ROLE_MN;
		note = homes_find(&s->dp->homes, &pair.home, &h) &&
		    h.role == ROLE_MN &&
		    homes_agent(&s->dp->homes, &h, &pair.agent);
	}
	v = strip(s);
	if (v == DP_INJECT && note) {
		protect_note(&s->dp->seen, &pair, s->now);
		dp_handed(s->dp, &pair.home, s->now);
	}
	return (v);
}

/*
 * Is it of a home address whose payload IPsec protects?  Where that is so the
 * kernel takes it if it came in ESP, whether or not the headers were inside; it
 * was shown to us as well, and what we would hand back has lost the ESP.
 */
static bool
is_protected(const struct shim *s)
{
	struct in6_addr		 home;
	struct ipsec_home	 h;

	if (s->w.hao != 0) {
		home = ip6_hao_addr(&s->w);
		if (homes_find(&s->dp->homes, &home, &h) &&
		    h.role == ROLE_HA && h.protect == PROTECT_PAYLOAD &&
		    homes_agent(&s->dp->homes, &h, &s->dst))
			return (true);
	}
	if (s->w.rh2 == 0)
		return (false);
	home = ip6_rh2_addr(&s->w);
	return (homes_find(&s->dp->homes, &home, &h) && h.role == ROLE_MN &&
	    h.protect == PROTECT_PAYLOAD &&
	    homes_agent(&s->dp->homes, &h, &s->src));
}

/*
 * By which entries it came: home of the HAO, if there is one, is bound to send
 * to us from where it did, and its pair with us has us where we are.
 */
static void
find_bound(struct shim *s, const struct in6_addr *home)
{
	const struct in6_addr	*other = home != NULL ? home : &s->src;

	s->by[FWD_SOURCE] = s->by[FWD_DESTINATION] = NULL;
	if (home != NULL)
		s->by[FWD_DESTINATION] = owner_end(s->dp, FWD_DESTINATION,
		    home, &s->own, &s->src, BIND_ACTIVE,
		    &s->path[FWD_DESTINATION]);
	if (s->w.rh2 != 0)
		s->by[FWD_SOURCE] = owner_end(s->dp, FWD_SOURCE, &s->own,
		    other, &s->dst, BIND_ACTIVE, &s->path[FWD_SOURCE]);
}

/*
 * A packet with an HAO or an RH2, both well-formed.  An RH2 may be of anybody:
 * it is enough that the home address in it is ours (RFC 6275 11.3.3).
 */
static enum dp_verdict
ours(struct shim *s)
{
	struct in6_addr	 home;
	uint8_t		 proto = s->w.proto;

	if (s->w.rh2 != 0 && !dp_is_home(s->dp, &s->own))
		return (dp_drop(s->o, NC_NOT_HOME));
	if (proto == IP6_P_MH)
		return (mobility(s));
	home = ip6_hao_addr(&s->w);
	find_bound(s, s->w.hao != 0 ? &home : NULL);
	if (proto == IP6_P_ESP)
		return (esp(s));
	if (s->w.hao != 0 && proto != IP6_P_AH && s->w.ah == 0 &&
	    s->by[FWD_DESTINATION] == NULL)
		return (binding_error(s, &home));
	if (is_protected(s)) {
		s->o->why = NC_LEFT_TO_IPSEC;
		return (DP_PASS);
	}
	return (strip(s));
}

/*
 * A Neighbor Solicitation to an address that is not this host's: a proxy has
 * to answer those as well (RFC 6275 10.4.1), a neighbour that makes sure of
 * our reachability sends one (RFC 4861 7.3.3).  Raw sockets get all others.
 */
static enum dp_verdict
solicitation(struct shim *s)
{
	const uint8_t	*p = pkt_data(s->p) + s->w.upper;
	size_t		 len = s->w.len - s->w.upper;
	struct dp_raw	 r;

	if (!icmp6_checksum_ok(p, len, &s->src, &s->dst))
		return (dp_drop(s->o, NC_CHECKSUM));
	memset(&r, 0, sizeof(r));
	r.src = s->src;
	r.dst = s->dst;
	r.ifindex = s->ifindex;
	r.hlim = pkt_data(s->p)[IP6_OFF_HLIM];
	return (dp_icmp6(s->dp, &r, p, len, s->now, s->o));
}

/*
 * To the link-local address of a mobile node that is away, for which we answer
 * Neighbor Solicitations: it is not tunnelled (RFC 6275 10.4.2).
 */
static enum dp_verdict
not_tunnelled(struct shim *s, const struct defended *d)
{
	struct in6_addr	 src;

	if (!addrs_linklocal(&s->dp->addrs, s->ifindex, &src))
		src = d->source;
	s->o->reply_by = s->ifindex;
	dp_unreachable(s->dp, &src, pkt_data(s->p), s->p->len, s->now, s->o);
	return (dp_drop(s->o, NC_LINK_LOCAL));
}

static bool
is_solicitation(const struct ip6_walk *w, const uint8_t *p)
{
	return (w->nhdrs == 0 && w->proto == IP6_P_ICMPV6 &&
	    w->len > w->upper && p[w->upper] == ICMP6_T_NS);
}

/*
 * A packet from the capture of interface ifindex, or out of a tunnel, IPv6
 * header first.  v is its virtio-net header with offsets from there, or NULL.
 *
 * What the kernel gives up is taken (RFC 6275 6.3, 6.4, 9.3.1, 11.3.3), the
 * rest passes.
 */
enum dp_verdict
dp_capture(struct dp *dp, struct pkt *p, const struct vnet *v,
    uint32_t ifindex, struct mono now, struct dp_out *o)
{
	const struct defended	*d;
	struct shim		 s;
	enum ip6_err		 e;

	s.dp = dp;
	s.p = p;
	s.ifindex = ifindex;
	s.now = now;
	s.o = o;
	if (v != NULL)
		o->vnet = *v;
	e = ip6_walk(&s.w, pkt_data(p), p->len, 0);
	if (e == IP6_E_SHORT || e == IP6_E_VERSION || e == IP6_E_LENGTH)
		return (DP_PASS);
	s.src = ip6_src(pkt_data(p));
	s.dst = ip6_dst(pkt_data(p));
	if (in6_is_multicast(&s.dst))
		return (DP_PASS);
	if (!addrs_local(&dp->addrs, &s.dst)) {
		if (e == IP6_OK && is_solicitation(&s.w, pkt_data(p)))
			return (solicitation(&s));
		d = in6_is_linklocal(&s.dst) ?
		    defend_find(&dp->defends, ifindex, &s.dst) : NULL;
		return (d == NULL ? DP_PASS : not_tunnelled(&s, d));
	}
	if (in6_is_linklocal(&s.dst))
		return (DP_PASS);
	p->len = s.w.len;
	if (kernel_comes_first(&s.w, e))
		return (DP_PASS);
	s.own = s.w.rh2 != 0 ? ip6_rh2_addr(&s.w) : s.dst;
	return (e == IP6_OK ? ours(&s) : bad_headers(&s, e));
}
