/*
 * The walk along the extension headers of a packet (RFC 8200 4), which finds
 * the Home Address option and the type 2 routing header (RFC 6275 6.3, 6.4)
 * and names what is wrong with them.  Every packet that net looks at goes
 * through it once or more.  Pure; what it found is in the caller's struct
 * ip6_walk, as offsets into the packet.
 */
#include <string.h>

#include "wire/ip6.h"

/* What an error is called and which Parameter Problem it earns. */
static const struct {
	const char	*name;
	int		 code;		/* -1: drop silently */
} ip6_errs[IP6_NERR] = {
	[IP6_OK] =		{ "ok", -1 },
	[IP6_E_SHORT] =		{ "shorter than an IPv6 header", -1 },
	[IP6_E_VERSION] =	{ "not version 6", -1 },
	[IP6_E_LENGTH] =	{ "payload length exceeds the packet", -1 },
	[IP6_E_TRUNCATED] =	{ "extension header exceeds the packet", 0 },
	[IP6_E_HBH_PLACE] =	{ "hop-by-hop options not first", 1 },
	[IP6_E_CHAIN] =		{ "too many extension headers", -1 },
	[IP6_E_OPTION] =	{ "option exceeds its header", 0 },
	[IP6_E_HAO_LENGTH] =	{ "home address option: length not 16", 0 },
	[IP6_E_HAO_TWICE] =	{ "home address option: more than one", 0 },
	[IP6_E_HAO_PLACE] =	{ "home address option: misplaced", 0 },
	[IP6_E_HAO_ADDRESS] =	{ "home address option: not routable", -1 },
	[IP6_E_RH_SEGMENTS] =	{ "routing header: segments left", 0 },
	[IP6_E_RH2_LENGTH] =	{ "type 2 routing header: length not 2", -1 },
	[IP6_E_RH2_SEGMENTS] =	{ "type 2 routing header: segments left", -1 },
	[IP6_E_RH2_TWICE] =	{ "type 2 routing header: more than one", -1 },
	[IP6_E_RH2_PLACE] =	{ "type 2 routing header: misplaced", -1 },
	[IP6_E_RH2_ADDRESS] =	{ "type 2 routing header: not routable", -1 },
};

/* The error in words, for logs and counters. */
const char *
ip6_err_name(enum ip6_err e)
{
	return ((unsigned int)e < IP6_NERR ? ip6_errs[e].name : "?");
}

/*
 * Code of the ICMPv6 Parameter Problem that a packet with this error earns
 * (RFC 8200 4, RFC 4443 3.4), its pointer being err_off; -1 if it is to be
 * dropped silently (RFC 6275 9.3.1, 11.3.3).
 */
int
ip6_err_code(enum ip6_err e)
{
	return ((unsigned int)e < IP6_NERR ? ip6_errs[e].code : -1);
}

/* Name of a protocol number, "?" if it isn't one that matters here. */
const char *
ip6_proto_name(uint8_t proto)
{
	static const struct {
		uint8_t		 proto;
		const char	*name;
	} names[] = {
		{ IP6_P_HOPOPTS, "hop-by-hop" }, { IP6_P_IPV4, "ipv4" },
		{ IP6_P_TCP, "tcp" }, { IP6_P_UDP, "udp" },
		{ IP6_P_IPV6, "ipv6" }, { IP6_P_ROUTING, "routing" },
		{ IP6_P_FRAGMENT, "fragment" }, { IP6_P_ESP, "esp" },
		{ IP6_P_AH, "ah" }, { IP6_P_ICMPV6, "icmp6" },
		{ IP6_P_NONE, "none" }, { IP6_P_DSTOPTS, "dstopts" },
		{ IP6_P_MH, "mh" },
	};
	size_t	 i;

	for (i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (names[i].proto == proto)
			return (names[i].name);
	return ("?");
}

/* Where the walk is: the header at off, which the octet at nh names. */
struct place {
	uint32_t	off;
	uint32_t	nh;
	uint32_t	len;		/* of the header, once known */
};

/*
 * Note the error and where it is.  A routing header with segments left that
 * came before it is reported instead: headers are processed from left to right
 * (RFC 8200 4).
 */
static enum ip6_err
fail(struct ip6_walk *w, enum ip6_err e, uint32_t off)
{
	if (w->left != 0) {
		e = IP6_E_RH_SEGMENTS;
		off = w->left;
	}
	w->err_off = off;
	return (e);
}

/* A Home Address option at off, in the header at h (RFC 6275 6.3). */
static enum ip6_err
walk_hao(struct ip6_walk *w, const struct place *h, uint32_t off, uint8_t len)
{
	struct in6_addr	 a;

	if (len != 16)
		return (fail(w, IP6_E_HAO_LENGTH, off + 1));
	if (w->hao != 0)
		return (fail(w, IP6_E_HAO_TWICE, off));
	if (w->frag != 0 || w->ah != 0)
		return (fail(w, IP6_E_HAO_PLACE, off));
	w->hao = off;
	w->hao_hdr = h->off;
	w->hao_nh = h->nh;
	a = ip6_addr_at(w->p + off + 2);
	if (!in6_is_routable(&a))
		return (fail(w, IP6_E_HAO_ADDRESS, off + 2));
	return (IP6_OK);
}

/* The options of the header at h, RFC 8200 4.2. */
static enum ip6_err
walk_options(struct ip6_walk *w, const struct place *h, bool dst)
{
	uint32_t	 off = h->off + 2, end = h->off + h->len;
	uint8_t		 type, len;
	enum ip6_err	 e;

	while (off < end) {
		type = w->p[off];
		if (type == IP6_OPT_PAD1) {
			off++;
			continue;
		}
		if (end - off < 2)
			return (fail(w, IP6_E_OPTION, off));
		len = w->p[off + 1];
		if (end - off - 2 < len)
			return (fail(w, IP6_E_OPTION, off + 1));
		if (dst && type == IP6_OPT_HAO) {
			e = walk_hao(w, h, off, len);
			if (e != IP6_OK)
				return (e);
		}
		if (dst && type == IP6_OPT_TUNNEL_LIMIT && len == 1 &&
		    w->limit == 0)
			w->limit = off;
		if ((type & IP6_OPT_MUST) != 0 && w->unknown == 0 &&
		    !(dst && type == IP6_OPT_HAO))
			w->unknown = off;
		off += 2u + len;
	}
	return (IP6_OK);
}

/* A routing header; type 2 as RFC 6275 6.4.1 and 11.3.3 want it. */
static enum ip6_err
walk_routing(struct ip6_walk *w, const struct place *h, int flags)
{
	const uint8_t	*p = w->p + h->off;
	struct in6_addr	 a;

	if (w->hao != 0)
		return (fail(w, IP6_E_HAO_PLACE, w->hao));
	if (w->frag == 0 && w->ah == 0) {
		w->ins = h->off + h->len;
		w->ins_nh = h->off;
	}
	if (p[2] != 2) {
		w->rh = h->off;
		w->rh_type = p[2];
		w->rh_left = p[3];
		if (p[3] != 0 && !(flags & IP6_W_QUOTED) && w->left == 0)
			w->left = h->off + 2;
		return (IP6_OK);
	}
	if (w->rh2 != 0)
		return (fail(w, IP6_E_RH2_TWICE, h->off));
	if (p[1] != 2)
		return (fail(w, IP6_E_RH2_LENGTH, h->off + 1));
	w->rh2 = h->off;
	w->rh2_nh = h->nh;
	if (p[3] != 1 && !((flags & IP6_W_QUOTED) && p[3] == 0))
		return (fail(w, IP6_E_RH2_SEGMENTS, h->off + 3));
	if (w->frag != 0 || w->ah != 0)
		return (fail(w, IP6_E_RH2_PLACE, h->off));
	a = ip6_addr_at(p + 8);
	if (!in6_is_routable(&a))
		return (fail(w, IP6_E_RH2_ADDRESS, h->off + 8));
	return (IP6_OK);
}

static uint32_t
get32(const uint8_t *p)
{
	return ((uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 |
	    (uint32_t)p[2] << 8 | p[3]);
}

/* A Fragment header, RFC 8200 4.5. */
static void
walk_fragment(struct ip6_walk *w, const struct place *h)
{
	const uint8_t	*p = w->p + h->off;
	uint16_t	 v = (uint16_t)(p[2] << 8 | p[3]);

	w->frag = h->off;
	w->frag_off = v & 0xfff8;
	w->frag_more = (v & 1) != 0;
	w->frag_id = get32(p + 4);
	w->nonfirst = w->frag_off != 0;
}

/* Act on the complete extension header at h. */
static enum ip6_err
walk_header(struct ip6_walk *w, const struct place *h, int flags)
{
	switch (w->proto) {
	case IP6_P_HOPOPTS:
		w->hbh = h->off;
		w->ins = h->off + h->len;
		w->ins_nh = h->off;
		return (walk_options(w, h, false));
	case IP6_P_DSTOPTS:
		w->dst = h->off;
		return (walk_options(w, h, true));
	case IP6_P_ROUTING:
		return (walk_routing(w, h, flags));
	case IP6_P_FRAGMENT:
		walk_fragment(w, h);
		return (IP6_OK);
	default:
		w->ah = h->off;
		w->spi = get32(w->p + h->off + 4);
		return (IP6_OK);
	}
}

static bool
is_extension(uint8_t proto)
{
	return (proto == IP6_P_HOPOPTS || proto == IP6_P_DSTOPTS ||
	    proto == IP6_P_ROUTING || proto == IP6_P_FRAGMENT ||
	    proto == IP6_P_AH);
}

/*
 * Length of the extension header at p, of which 8 octets are there: in units
 * of 8 octets without the first 8, for AH of 4 without the first 8.
 */
static uint32_t
header_len(uint8_t proto, const uint8_t *p)
{
	switch (proto) {
	case IP6_P_FRAGMENT:
		return (8);
	case IP6_P_AH:
		return ((p[1] + 2u) * 4);
	default:
		return ((p[1] + 1u) * 8);
	}
}

static enum ip6_err
walk_start(struct ip6_walk *w, const void *p, size_t len, int flags)
{
	memset(w, 0, sizeof(*w));
	w->p = p;
	if (len < IP6_HDRLEN)
		return (fail(w, IP6_E_SHORT, 0));
	if (w->p[0] >> 4 != 6)
		return (fail(w, IP6_E_VERSION, 0));
	w->len = IP6_HDRLEN + (uint32_t)ip6_plen(p);
	if (w->len > len) {
		if (!(flags & IP6_W_QUOTED))
			return (fail(w, IP6_E_LENGTH, IP6_OFF_PLEN));
		w->len = (uint32_t)len;
	}
	w->proto = w->p[IP6_OFF_NEXT];
	w->upper = w->ins = IP6_HDRLEN;
	w->upper_nh = w->ins_nh = IP6_OFF_NEXT;
	return (IP6_OK);
}

/*
 * Follow the extension headers of the packet of len octets at p and say in w
 * what is where.  The walk ends at ESP, in a fragment that is not the first,
 * or at the first protocol that is no extension header (RFC 8200 4).  Octets
 * behind the Payload Length are left out.  With IP6_W_QUOTED the packet may
 * end anywhere behind its IPv6 header, and Segments Left may be 0.  After an
 * error w holds what had been found until then, and err_off.
 *
 * Headers may come in any order and number, as RFC 8200 4.1 has it, but for
 * hop-by-hop options, which are first or not at all, and for HAO and RH2
 * (enum ip6_err).  A routing header of another type is skipped with no segments
 * left; with some it is an error (4.4, RFC 5095), whatever is behind it, which
 * w tells all the same.
 */
enum ip6_err
ip6_walk(struct ip6_walk *w, const void *p, size_t len, int flags)
{
	struct place	 h;
	uint32_t	 left;
	enum ip6_err	 e;

	e = walk_start(w, p, len, flags);
	if (e != IP6_OK)
		return (e);
	while (is_extension(w->proto) && !w->nonfirst) {
		h.off = w->upper;
		h.nh = w->upper_nh;
		left = w->len - h.off;
		h.len = left < 8 ? 8 : header_len(w->proto, w->p + h.off);
		if (w->proto == IP6_P_HOPOPTS && h.off != IP6_HDRLEN)
			return (fail(w, IP6_E_HBH_PLACE, h.nh));
		if (w->nhdrs++ == IP6_MAXHDRS)
			return (fail(w, IP6_E_CHAIN, h.nh));
		if (left < h.len) {
			if (!(flags & IP6_W_QUOTED))
				return (fail(w, IP6_E_TRUNCATED, h.off));
			w->cut = true;
			return (IP6_OK);
		}
		e = walk_header(w, &h, flags);
		if (e != IP6_OK)
			return (e);
		w->proto = w->p[h.off];
		w->upper_nh = h.off;
		w->upper = h.off + h.len;
	}
	if (w->proto == IP6_P_ESP && !w->nonfirst) {
		if (w->len - w->upper < 8) {
			if (!(flags & IP6_W_QUOTED))
				return (fail(w, IP6_E_TRUNCATED, w->upper));
			w->cut = true;
			return (IP6_OK);
		}
		w->esp = w->upper;
		w->spi = get32(w->p + w->esp);
	}
	if (w->left != 0)
		return (fail(w, IP6_E_RH_SEGMENTS, w->left));
	return (IP6_OK);
}

/* The addresses of the IPv6 header at p, of which 40 octets must be there. */
struct in6_addr
ip6_src(const void *p)
{
	return (ip6_addr_at((const uint8_t *)p + IP6_OFF_SRC));
}

struct in6_addr
ip6_dst(const void *p)
{
	return (ip6_addr_at((const uint8_t *)p + IP6_OFF_DST));
}

/* The 16 octets at p as an address. */
struct in6_addr
ip6_addr_at(const void *p)
{
	struct in6_addr	 a;

	memcpy(&a, p, sizeof(a));
	return (a);
}

/* The home address in the HAO that the walk found; :: if it found none. */
struct in6_addr
ip6_hao_addr(const struct ip6_walk *w)
{
	struct in6_addr	 none = IN6ADDR_ANY_INIT;

	return (w->hao == 0 ? none : ip6_addr_at(w->p + w->hao + 2));
}

/* The home address in the RH2 that the walk found; :: if it found none. */
struct in6_addr
ip6_rh2_addr(const struct ip6_walk *w)
{
	struct in6_addr	 none = IN6ADDR_ANY_INIT;

	return (w->rh2 == 0 ? none : ip6_addr_at(w->p + w->rh2 + 8));
}

/* Fields of the IPv6 header at p. */
uint16_t
ip6_plen(const void *p)
{
	const uint8_t	*h = p;

	return ((uint16_t)(h[IP6_OFF_PLEN] << 8 | h[IP6_OFF_PLEN + 1]));
}

uint8_t
ip6_tclass(const void *p)
{
	const uint8_t	*h = p;

	return ((uint8_t)(h[0] << 4 | h[1] >> 4));
}

uint32_t
ip6_flow(const void *p)
{
	const uint8_t	*h = p;

	return (get32(h) & 0xfffff);
}

/*
 * Write an IPv6 header (RFC 8200 3) into the 40 octets at p: source,
 * destination, next header, payload length, hop limit, traffic class, flow
 * label.
 */
void
ip6_header(uint8_t *p, const struct in6_addr *src, const struct in6_addr *dst,
    uint8_t next, uint16_t plen, uint8_t hop_limit, uint8_t tclass,
    uint32_t flow)
{
	uint32_t	 v = UINT32_C(6) << 28 | (uint32_t)tclass << 20 |
			    (flow & 0xfffff);

	/* Octet by octet, as it is done for each packet of a tunnel. */
	p[0] = (uint8_t)(v >> 24);
	p[1] = (uint8_t)(v >> 16);
	p[2] = (uint8_t)(v >> 8);
	p[3] = (uint8_t)v;
	p[IP6_OFF_PLEN] = (uint8_t)(plen >> 8);
	p[IP6_OFF_PLEN + 1] = (uint8_t)plen;
	p[IP6_OFF_NEXT] = next;
	p[IP6_OFF_HLIM] = hop_limit;
	memcpy(p + IP6_OFF_SRC, src, sizeof(*src));
	memcpy(p + IP6_OFF_DST, dst, sizeof(*dst));
}
