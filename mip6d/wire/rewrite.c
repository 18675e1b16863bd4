/*
 * The changes to packets that Mobile IPv6 consists of: the Home Address option
 * and the type 2 routing header put in and taken out (RFC 6275 9.3, 11.3), and
 * IPv6 in IPv6 (RFC 2473, with the congestion marks of RFC 6040).  All happens
 * in place, in a buffer of the caller with room in front.  Called by the data
 * plane in net.
 */
#include <string.h>

#include "wire/rewrite.h"

#define	ECN_MASK	3
#define	ECN_CE		3

/* A packet of len octets at buf + off. */
void
pkt_init(struct pkt *k, uint8_t *buf, size_t off, size_t len)
{
	k->buf = buf;
	k->off = off;
	k->len = len;
	k->delta = 0;
}

static void
set_plen(uint8_t *p, size_t plen)
{
	p[IP6_OFF_PLEN] = (uint8_t)(plen >> 8);
	p[IP6_OFF_PLEN + 1] = (uint8_t)plen;
}

/* Open a gap of n octets at octet at by moving what is in front of it. */
static enum rw_err
open_gap(struct pkt *k, size_t at, size_t n)
{
	uint8_t	*p = pkt_data(k);
	size_t	 plen = ip6_plen(p) + n;

	if (plen > 65535)
		return (RW_E_LENGTH);
	if (k->off < n)
		return (RW_E_HEADROOM);
	memmove(p - n, p, at);
	k->off -= n;
	k->len += n;
	k->delta += (int)n;
	set_plen(pkt_data(k), plen);
	return (RW_OK);
}

/* Remove n octets at octet at. */
static void
close_gap(struct pkt *k, size_t at, size_t n)
{
	uint8_t	*p = pkt_data(k);
	size_t	 plen = ip6_plen(p) - n;

	memmove(p + n, p, at);
	k->off += n;
	k->len -= n;
	k->delta -= (int)n;
	set_plen(pkt_data(k), plen);
}

/* Swap the 16 octets at a and b. */
static void
swap_addr(uint8_t *a, uint8_t *b)
{
	uint8_t	 t[16];

	memcpy(t, a, 16);
	memcpy(a, b, 16);
	memcpy(b, t, 16);
}

/*
 * Insert a Home Address option: it gets the source address, and careof
 * becomes the source (RFC 6275 11.3.1).  It comes in a destination options
 * header of its own behind the routing headers and in front of Fragment, AH,
 * ESP and other destination options (6.3).  w is the walk of the packet; it
 * stays good for rw_rh2_insert() right after, and for nothing else.
 */
enum rw_err
rw_hao_insert(struct pkt *k, const struct ip6_walk *w,
    const struct in6_addr *careof)
{
	uint8_t		*p, *h;
	enum rw_err	 e;

	if (w->hao != 0)
		return (RW_E_EXISTS);
	if (w->rh >= w->ins)
		return (RW_E_PLACE);
	e = open_gap(k, w->ins, IP6_HAO_HDRLEN);
	if (e != RW_OK)
		return (e);
	p = pkt_data(k);
	h = p + w->ins;
	h[0] = p[w->ins_nh];
	h[1] = IP6_HAO_HDRLEN / 8 - 1;
	h[2] = IP6_OPT_PADN;		/* alignment 8n + 6 */
	h[3] = 2;
	h[4] = h[5] = 0;
	h[6] = IP6_OPT_HAO;
	h[7] = 16;
	memcpy(h + 8, p + IP6_OFF_SRC, 16);
	memcpy(p + IP6_OFF_SRC, careof, 16);
	p[w->ins_nh] = IP6_P_DSTOPTS;
	return (RW_OK);
}

/* Whether the header at off holds nothing but the HAO and padding. */
static bool
only_hao(const uint8_t *p, const struct ip6_walk *w)
{
	uint32_t	 off = w->hao_hdr + 2;
	uint32_t	 end = w->hao_hdr + (p[w->hao_hdr + 1] + 1u) * 8;

	while (off < end)
		if (p[off] == IP6_OPT_PAD1)
			off++;
		else if (p[off] == IP6_OPT_PADN || off == w->hao)
			off += 2u + p[off + 1];
		else
			return (false);
	return (true);
}

/*
 * Strip the Home Address option and make the home address the source (RFC
 * 6275 9.3.1).  Its header goes too unless other options are in it: those keep
 * their alignment, and PadN of 2 octets is left of the HAO (Linux refuses more
 * than 7 octets of padding in a row).  w is the walk of the packet; it stays
 * good for rw_rh2_strip() right after, and for nothing else.
 */
enum rw_err
rw_hao_strip(struct pkt *k, const struct ip6_walk *w)
{
	uint8_t		*p = pkt_data(k);

	if (w->hao == 0)
		return (RW_E_NOTHING);
	memcpy(p + IP6_OFF_SRC, p + w->hao + 2, 16);
	if (!only_hao(p, w)) {
		p[w->hao] = IP6_OPT_PADN;
		p[w->hao + 1] = 0;
		p[w->hao_hdr + 1] -= 2;
		close_gap(k, w->hao + 2, 16);
		return (RW_OK);
	}
	p[w->hao_nh] = p[w->hao_hdr];
	close_gap(k, w->hao_hdr, (p[w->hao_hdr + 1] + 1u) * 8);
	return (RW_OK);
}

/*
 * Insert a type 2 routing header: it gets the destination address, and careof
 * becomes the destination (RFC 6275 9.3.2).  It comes behind other routing
 * headers and in front of all else but hop-by-hop options (6.4.1).  After
 * this the walk is stale.
 */
enum rw_err
rw_rh2_insert(struct pkt *k, const struct ip6_walk *w,
    const struct in6_addr *careof)
{
	uint8_t		*p, *h;
	enum rw_err	 e;

	if (w->rh2 != 0)
		return (RW_E_EXISTS);
	e = open_gap(k, w->ins, IP6_RH2_LEN);
	if (e != RW_OK)
		return (e);
	p = pkt_data(k);
	h = p + w->ins;
	h[0] = p[w->ins_nh];
	h[1] = IP6_RH2_LEN / 8 - 1;
	h[2] = 2;			/* Routing Type */
	h[3] = 1;			/* Segments Left */
	memset(h + 4, 0, 4);
	memcpy(h + 8, p + IP6_OFF_DST, 16);
	memcpy(p + IP6_OFF_DST, careof, 16);
	p[w->ins_nh] = IP6_P_ROUTING;
	return (RW_OK);
}

/*
 * Strip the type 2 routing header and make the home address in it the
 * destination (RFC 6275 11.3.3).  That it is one of the node's own home
 * addresses is for the caller to check.  After this the walk is stale.
 */
enum rw_err
rw_rh2_strip(struct pkt *k, const struct ip6_walk *w)
{
	uint8_t	*p = pkt_data(k);

	if (w->rh2 == 0)
		return (RW_E_NOTHING);
	swap_addr(p + IP6_OFF_DST, p + w->rh2 + 8);
	p[w->rh2_nh] = p[w->rh2];
	close_gap(k, w->rh2, IP6_RH2_LEN);
	return (RW_OK);
}

/*
 * Put the packet into an IPv6 header from t (RFC 2473 3.1, 6), with a Tunnel
 * Encapsulation Limit option if t names a limit or the packet itself carries
 * one (4.1.1).  The outer ECN field is the inner one (RFC 6040 4.1, normal
 * mode).  The inner hop limit is left alone: whoever forwarded the packet
 * into the tunnel has decremented it.  w is the walk of the packet, stale
 * afterwards.
 */
enum rw_err
rw_encap(struct pkt *k, const struct ip6_walk *w, const struct rw_tunnel *t)
{
	uint8_t	*p = pkt_data(k), *o;
	uint8_t	 tclass = ip6_tclass(p), next = IP6_P_IPV6;
	int	 limit = t->limit;
	size_t	 plen = w->len, n = IP6_HDRLEN;

	if (w->limit != 0) {
		limit = p[w->limit + 2];
		if (limit-- == 0)
			return (RW_E_LIMIT);
	}
	if (limit >= 0) {
		n += RW_LIMIT_LEN;
		plen += RW_LIMIT_LEN;
		next = IP6_P_DSTOPTS;
	}
	if (plen > 65535)
		return (RW_E_LENGTH);
	if (k->off < n)
		return (RW_E_HEADROOM);
	if (t->dscp >= 0)
		tclass = (uint8_t)((t->dscp << 2) | (tclass & ECN_MASK));
	k->off -= n;
	k->len = w->len + n;
	k->delta += (int)n;
	p = pkt_data(k);
	ip6_header(p, &t->src, &t->dst, next, (uint16_t)plen, t->hop_limit,
	    tclass, t->flow);
	if (limit >= 0) {
		o = p + IP6_HDRLEN;
		o[0] = IP6_P_IPV6;
		o[1] = 0;
		o[2] = IP6_OPT_TUNNEL_LIMIT;
		o[3] = 1;
		o[4] = (uint8_t)limit;
		o[5] = IP6_OPT_PADN;
		o[6] = 1;
		o[7] = 0;
	}
	return (RW_OK);
}

/*
 * The ECN field that the inner packet leaves with, by outer and inner field
 * (RFC 6040 4.2, figure 4): 0 not-ECT, 1 ECT(1), 2 ECT(0), 3 CE; -1: drop.
 */
static const int8_t ecn_decap[4][4] = {
	/* inner:     not  ECT1 ECT0  CE */
	[0] = {		0,   1,   2,   3 },
	[1] = {		0,   1,   1,   3 },
	[2] = {		0,   1,   2,   3 },
	[3] = {	       -1,   3,   3,   3 },
};

/*
 * Take the inner packet out of an IPv6 packet whose walk w ended at protocol
 * 41 (RFC 2473 3.3).  The walk is stale afterwards.
 */
enum rw_err
rw_decap(struct pkt *k, const struct ip6_walk *w)
{
	uint8_t	*p = pkt_data(k), *in = p + w->upper;
	size_t	 left = w->len - w->upper;
	int8_t	 ecn;

	if (w->proto != IP6_P_IPV6 || w->nonfirst || w->frag_more)
		return (RW_E_NOTHING);
	if (left < IP6_HDRLEN || in[0] >> 4 != 6 ||
	    ip6_plen(in) > left - IP6_HDRLEN)
		return (RW_E_INNER);
	ecn = ecn_decap[ip6_tclass(p) & ECN_MASK][ip6_tclass(in) & ECN_MASK];
	if (ecn < 0)
		return (RW_E_ECN);
	in[1] = (uint8_t)((in[1] & 0xcf) | ecn << 4);
	k->off += w->upper;
	k->len = IP6_HDRLEN + (size_t)ip6_plen(in);
	k->delta -= (int)w->upper;
	return (RW_OK);
}
