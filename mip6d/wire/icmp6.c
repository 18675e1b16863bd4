/*
 * ICMPv6 messages: one row of a table for each type says how it is parsed,
 * built and printed (RFC 4443 2-4, RFC 4861 4, RFC 6275 6.5-6.8, RFC 3963 7).
 * The options of Neighbor Discovery are in wire/nd.c.  Here are also the rules
 * for when an ICMPv6 error may be sent (RFC 4443 2.4).  Pure; net, the home
 * agent and the mobile node call it.
 */
#include <string.h>

#include "wire/cksum.h"
#include "wire/icmp6.h"
#include "wire/ip6.h"

static const char *const err_names[ICMP6_NERR] = {
	[ICMP6_OK] =		"ok",
	[ICMP6_E_SHORT] =	"shorter than its type needs",
	[ICMP6_E_TYPE] =	"unknown type",
	[ICMP6_E_CODE] =	"code is not 0",
	[ICMP6_E_OPT_ZERO] =	"option of length 0",
	[ICMP6_E_OPT_TRUNCATED] = "option exceeds the message",
	[ICMP6_E_OPT_LENGTH] =	"option of a wrong length",
	[ICMP6_E_OPT_MANY] =	"too many options",
	[ICMP6_E_ADDRS] =	"address list is no multiple of 16 octets",
	[ICMP6_E_TARGET] =	"multicast target",
	[ICMP6_E_HOPLIMIT] =	"hop limit is not 255",
	[ICMP6_E_SOURCE] =	"source address not allowed",
	[ICMP6_E_DEST] =	"destination address not allowed",
	[ICMP6_E_SLLA] =	"link-layer address without an address",
	[ICMP6_E_SOLICITED] =	"solicited advertisement to a group",
};

/* The error in words, for logs and counters. */
const char *
icmp6_err_name(enum icmp6_err e)
{
	return ((unsigned int)e < ICMP6_NERR ? err_names[e] : "?");
}

static void
parse_err(struct rbuf *r, struct icmp6 *m)
{
	m->u.err.param = rbuf_u32(r);
	m->u.err.len = rbuf_left(r);
	m->u.err.quoted = rbuf_ptr(r, m->u.err.len);
}

static void
build_err(struct wbuf *w, const struct icmp6 *m)
{
	wbuf_u32(w, m->u.err.param);
	wbuf_bytes(w, m->u.err.quoted, m->u.err.len);
}

static void
print_unreach(struct text *t, const struct icmp6 *m)
{
	text_field(t, "code", "%u", m->code);
}

static void
print_toobig(struct text *t, const struct icmp6 *m)
{
	text_field(t, "mtu", "%u", m->u.err.param);
}

static void
print_param(struct text *t, const struct icmp6 *m)
{
	text_field(t, "code", "%u", m->code);
	text_field(t, "pointer", "%u", m->u.err.param);
}

static void
print_echo(struct text *t, const struct icmp6 *m)
{
	text_field(t, "id", "%u", m->u.err.param >> 16);
	text_field(t, "seq", "%u", m->u.err.param & 0xffff);
}

static void
parse_rs(struct rbuf *r, struct icmp6 *m)
{
	(void)m;
	rbuf_u32(r);			/* Reserved */
}

static void
build_rs(struct wbuf *w, const struct icmp6 *m)
{
	(void)m;
	wbuf_u32(w, 0);
}

static void
print_rs(struct text *t, const struct icmp6 *m)
{
	(void)t;
	(void)m;
}

static void
parse_ra(struct rbuf *r, struct icmp6 *m)
{
	m->u.ra.hop_limit = rbuf_u8(r);
	m->u.ra.flags = rbuf_u8(r);
	m->u.ra.lifetime = rbuf_u16(r);
	m->u.ra.reachable = rbuf_u32(r);
	m->u.ra.retrans = rbuf_u32(r);
}

static void
build_ra(struct wbuf *w, const struct icmp6 *m)
{
	wbuf_u8(w, m->u.ra.hop_limit);
	wbuf_u8(w, m->u.ra.flags);
	wbuf_u16(w, m->u.ra.lifetime);
	wbuf_u32(w, m->u.ra.reachable);
	wbuf_u32(w, m->u.ra.retrans);
}

static void
print_ra(struct text *t, const struct icmp6 *m)
{
	uint8_t	 f = m->u.ra.flags;

	text_field(t, "hop-limit", "%u", m->u.ra.hop_limit);
	text_field(t, "flags", "%s%s%s%s", f & ICMP6_RA_M ? "M" : "",
	    f & ICMP6_RA_O ? "O" : "", f & ICMP6_RA_H ? "H" : "",
	    f & (ICMP6_RA_M | ICMP6_RA_O | ICMP6_RA_H) ? "" : "-");
	text_field(t, "lifetime", "%us", m->u.ra.lifetime);
	text_field(t, "reachable", "%ums", m->u.ra.reachable);
	text_field(t, "retrans", "%ums", m->u.ra.retrans);
}

static void
parse_nd(struct rbuf *r, struct icmp6 *m)
{
	m->u.nd.flags = rbuf_u8(r);
	rbuf_ptr(r, 3);			/* Reserved */
	rbuf_bytes(r, &m->u.nd.target, sizeof(m->u.nd.target));
}

static void
build_nd(struct wbuf *w, const struct icmp6 *m)
{
	wbuf_u8(w, m->u.nd.flags);
	wbuf_zero(w, 3);
	wbuf_bytes(w, &m->u.nd.target, sizeof(m->u.nd.target));
}

static void
print_ns(struct text *t, const struct icmp6 *m)
{
	text_field_addr(t, "target", &m->u.nd.target);
}

static void
print_na(struct text *t, const struct icmp6 *m)
{
	uint8_t	 f = m->u.nd.flags;

	print_ns(t, m);
	text_field(t, "flags", "%s%s%s%s", f & ICMP6_NA_R ? "R" : "",
	    f & ICMP6_NA_S ? "S" : "", f & ICMP6_NA_O ? "O" : "",
	    f & (ICMP6_NA_R | ICMP6_NA_S | ICMP6_NA_O) ? "" : "-");
}

/* Which flags a DHAAD message, MPS or MPA has (RFC 6275 6.8, RFC 3963 7). */
static uint8_t
mip_flags(uint8_t type)
{
	switch (type) {
	case ICMP6_T_DHAAD_REQ:
	case ICMP6_T_DHAAD_REP:
		return (ICMP6_DHAAD_R);
	case ICMP6_T_MPA:
		return (ICMP6_MPA_M | ICMP6_MPA_O);
	default:
		return (0);
	}
}

/* DHAAD, MPS and MPA: Identifier, and 16 bits with some flags at most. */
static void
parse_mip(struct rbuf *r, struct icmp6 *m)
{
	m->u.mip.id = rbuf_u16(r);
	m->u.mip.flags = rbuf_u8(r);
	rbuf_u8(r);
	m->u.mip.naddrs = 0;
	m->u.mip.addrs = NULL;
	if (m->type == ICMP6_T_DHAAD_REP) {
		m->u.mip.naddrs = (uint16_t)(rbuf_left(r) / 16);
		m->u.mip.addrs = rbuf_ptr(r, m->u.mip.naddrs * 16u);
	}
}

static void
build_mip(struct wbuf *w, const struct icmp6 *m)
{
	wbuf_u16(w, m->u.mip.id);
	wbuf_u8(w, m->u.mip.flags & mip_flags(m->type));
	wbuf_u8(w, 0);
	wbuf_bytes(w, m->u.mip.addrs, m->u.mip.naddrs * 16u);
}

static void
print_mip(struct text *t, const struct icmp6 *m)
{
	struct in6_addr	 a;
	size_t		 i;
	uint8_t		 f = m->u.mip.flags;

	text_field(t, "id", "%u", m->u.mip.id);
	if (m->type == ICMP6_T_MPA)
		text_field(t, "flags", "%s%s%s", f & ICMP6_MPA_M ? "M" : "",
		    f & ICMP6_MPA_O ? "O" : "",
		    f & (ICMP6_MPA_M | ICMP6_MPA_O) ? "" : "-");
	else if (f & mip_flags(m->type))
		text_field(t, "flags", "R");
	for (i = 0; i < m->u.mip.naddrs; i++) {
		a = icmp6_dhaad_addr(m, i);
		text_field_addr(t, "home-agent", &a);
	}
}

#define	F_CODE0		0x01		/* Code must be 0 */
#define	F_OPTIONS	0x02		/* options follow the fixed part */
#define	F_ND		0x04		/* only from the link itself */

/* By type.  min is the least length with the 4 octets common to all. */
static const struct row {
	uint8_t		 type;
	uint8_t		 min;
	uint8_t		 flags;
	const char	*name;
	void		(*parse)(struct rbuf *, struct icmp6 *);
	void		(*build)(struct wbuf *, const struct icmp6 *);
	void		(*print)(struct text *, const struct icmp6 *);
} rows[] = {
	{ ICMP6_T_UNREACH, 8, 0, "unreachable",
	    parse_err, build_err, print_unreach },
	{ ICMP6_T_TOOBIG, 8, 0, "too-big",
	    parse_err, build_err, print_toobig },
	{ ICMP6_T_TIMEX, 8, 0, "time-exceeded",
	    parse_err, build_err, print_unreach },
	{ ICMP6_T_PARAM, 8, 0, "parameter-problem",
	    parse_err, build_err, print_param },
	{ ICMP6_T_ECHO, 8, 0, "echo-request",
	    parse_err, build_err, print_echo },
	{ ICMP6_T_ECHOREPLY, 8, 0, "echo-reply",
	    parse_err, build_err, print_echo },
	{ ICMP6_T_RS, 8, F_CODE0 | F_OPTIONS | F_ND, "router-solicitation",
	    parse_rs, build_rs, print_rs },
	{ ICMP6_T_RA, 16, F_CODE0 | F_OPTIONS | F_ND, "router-advertisement",
	    parse_ra, build_ra, print_ra },
	{ ICMP6_T_NS, 24, F_CODE0 | F_OPTIONS | F_ND, "neighbor-solicitation",
	    parse_nd, build_nd, print_ns },
	{ ICMP6_T_NA, 24, F_CODE0 | F_OPTIONS | F_ND, "neighbor-advertisement",
	    parse_nd, build_nd, print_na },
	{ ICMP6_T_DHAAD_REQ, 8, F_CODE0, "home-agent-discovery-request",
	    parse_mip, build_mip, print_mip },
	{ ICMP6_T_DHAAD_REP, 8, F_CODE0, "home-agent-discovery-reply",
	    parse_mip, build_mip, print_mip },
	{ ICMP6_T_MPS, 8, F_CODE0 | F_OPTIONS, "mobile-prefix-solicitation",
	    parse_mip, build_mip, print_mip },
	{ ICMP6_T_MPA, 8, F_CODE0 | F_OPTIONS, "mobile-prefix-advertisement",
	    parse_mip, build_mip, print_mip },
};

static const struct row *
find_row(uint8_t type)
{
	size_t	 i;

	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		if (rows[i].type == type)
			return (&rows[i]);
	return (NULL);
}

/* Name of a message type, NULL if it is none of enum icmp6_type. */
const char *
icmp6_type_name(uint8_t type)
{
	const struct row	*row = find_row(type);

	return (row == NULL ? NULL : row->name);
}

/*
 * Parse the ICMPv6 message of len octets at p; the checksum is looked at by
 * icmp6_checksum_ok().  Pointers in m point into p.  On error err_off is the
 * octet at fault.  RFC 4861 6.1 and 7.1, RFC 6275 6.5-6.8; what these let
 * pass (reserved fields, unknown options) passes.
 */
enum icmp6_err
icmp6_parse(struct icmp6 *m, const void *p, size_t len)
{
	const struct row	*row;
	struct rbuf		 r;
	enum icmp6_err		 e = ICMP6_OK;

	m->p = p;
	m->len = len;
	m->nopts = 0;
	m->err_off = 0;
	rbuf_init(&r, p, len);
	m->type = rbuf_u8(&r);
	m->code = rbuf_u8(&r);
	m->cksum = rbuf_u16(&r);
	if (r.bad || len > 65535)
		return (ICMP6_E_SHORT);
	row = find_row(m->type);
	if (row == NULL)
		return (ICMP6_E_TYPE);
	if (len < row->min)
		return (ICMP6_E_SHORT);
	if ((row->flags & F_CODE0) && m->code != 0) {
		m->err_off = 1;
		return (ICMP6_E_CODE);
	}
	row->parse(&r, m);
	if ((row->flags & F_OPTIONS) && !nd_parse(m, &r, &e))
		return (e);
	if (m->type == ICMP6_T_DHAAD_REP && rbuf_left(&r) != 0) {
		m->err_off = (uint16_t)r.off;
		return (ICMP6_E_ADDRS);
	}
	if ((m->type == ICMP6_T_NS || m->type == ICMP6_T_NA) &&
	    in6_is_multicast(&m->u.nd.target)) {
		m->err_off = 8;
		return (ICMP6_E_TARGET);
	}
	return (ICMP6_OK);
}

/*
 * What RFC 4861 6.1.1, 6.1.2, 7.1.1 and 7.1.2 require of the packet around a
 * Neighbor Discovery message: its addresses and hop limit.
 */
enum icmp6_err
icmp6_valid(const struct icmp6 *m, const struct in6_addr *src,
    const struct in6_addr *dst, uint8_t hop_limit)
{
	const struct row	*row = find_row(m->type);

	if (row == NULL || !(row->flags & F_ND))
		return (ICMP6_OK);
	if (hop_limit != 255)
		return (ICMP6_E_HOPLIMIT);
	if (m->type == ICMP6_T_RA && !in6_is_linklocal(src))
		return (ICMP6_E_SOURCE);
	if (m->type == ICMP6_T_NA && (m->u.nd.flags & ICMP6_NA_S) &&
	    in6_is_multicast(dst))
		return (ICMP6_E_SOLICITED);
	if (!in6_is_unspecified(src))
		return (ICMP6_OK);
	if (m->type == ICMP6_T_NS && !in6_is_solicited(dst))
		return (ICMP6_E_DEST);
	if ((m->type == ICMP6_T_NS || m->type == ICMP6_T_RS) &&
	    icmp6_find(m, ND_SLLA) != NULL)
		return (ICMP6_E_SLLA);
	return (ICMP6_OK);
}

/* The first option of this type, NULL if there is none. */
const struct nd_opt *
icmp6_find(const struct icmp6 *m, uint8_t type)
{
	uint8_t	 i;

	for (i = 0; i < m->nopts; i++)
		if (m->opt[i].type == type)
			return (&m->opt[i]);
	return (NULL);
}

/* Address i of a DHAAD Reply; :: if there are not so many. */
struct in6_addr
icmp6_dhaad_addr(const struct icmp6 *m, size_t i)
{
	struct in6_addr	 none = IN6ADDR_ANY_INIT;

	if (i >= m->u.mip.naddrs)
		return (none);
	return (ip6_addr_at(m->u.mip.addrs + i * 16));
}

/* Start a message of this type, all fields zero, to be built. */
void
icmp6_init(struct icmp6 *m, uint8_t type)
{
	m->type = type;
	m->code = 0;
	m->cksum = 0;
	m->err_off = 0;
	m->p = NULL;
	m->len = 0;
	m->nopts = 0;
	memset(&m->u, 0, sizeof(m->u));
}

/* Append an option for the caller to fill in; NULL if there is no room. */
struct nd_opt *
icmp6_add(struct icmp6 *m, uint8_t type)
{
	struct nd_opt	*o;

	if (m->nopts == ICMP6_MAXOPTS)
		return (NULL);
	o = &m->opt[m->nopts++];
	memset(o, 0, sizeof(*o));
	o->type = type;
	o->row = nd_row(type);
	return (o);
}

/*
 * Append an option that is all data, as a link-layer address or a nonce; p is
 * used when the message is built.  Of no octets it is left out.
 */
void
icmp6_add_data(struct icmp6 *m, uint8_t type, const void *p, size_t len)
{
	struct nd_opt	*o;

	if (len == 0 || (o = icmp6_add(m, type)) == NULL)
		return;
	o->data = p;
	o->datalen = (uint16_t)len;
}

/*
 * A Neighbor Solicitation or Advertisement, by type, about target (RFC 4861 4.3
 * and 4.4); flags ICMP6_NA_*.
 */
void
icmp6_neighbour(struct icmp6 *m, uint8_t type, const struct in6_addr *target,
    uint8_t flags)
{
	icmp6_init(m, type);
	m->u.nd.target = *target;
	m->u.nd.flags = flags;
}

/*
 * Build the message into cap octets at p, checksum zero.  Returns its length,
 * or 0 if it does not fit or the type is not known.
 */
size_t
icmp6_build(const struct icmp6 *m, void *p, size_t cap)
{
	const struct row	*row = find_row(m->type);
	struct wbuf		 w;
	uint8_t			 i;

	if (row == NULL)
		return (0);
	wbuf_init(&w, p, cap);
	wbuf_u8(&w, m->type);
	wbuf_u8(&w, m->code);
	wbuf_u16(&w, 0);
	row->build(&w, m);
	for (i = 0; (row->flags & F_OPTIONS) && i < m->nopts; i++)
		if (!nd_build(&w, &m->opt[i]))
			return (0);
	return (w.bad ? 0 : w.off);
}

/*
 * Put the checksum (RFC 4443 2.3) into the message of len octets at p.  src is
 * the home address if the packet has an HAO, dst the final destination.
 */
void
icmp6_set_checksum(uint8_t *p, size_t len, const struct in6_addr *src,
    const struct in6_addr *dst)
{
	uint16_t	 v;

	if (len < 4)
		return;
	p[2] = p[3] = 0;
	v = cksum_ip6(src, dst, IP6_P_ICMPV6, p, len);
	p[2] = (uint8_t)(v >> 8);
	p[3] = (uint8_t)v;
}

/* Whether the checksum of the message of len octets at p is right. */
bool
icmp6_checksum_ok(const void *p, size_t len, const struct in6_addr *src,
    const struct in6_addr *dst)
{
	return (len >= 4 && cksum_ok(src, dst, IP6_P_ICMPV6, p, len));
}

/*
 * Build an error message about the packet of len octets at pkt into cap octets
 * at p, checksum zero: as much of it quoted as fits into the minimum MTU (RFC
 * 4443 2.4 (c)).  param is the MTU or the Pointer.  Returns its length, 0 if
 * it does not fit.  Whether one may be sent tells icmp6_may_answer().
 */
size_t
icmp6_error(uint8_t *p, size_t cap, uint8_t type, uint8_t code,
    uint32_t param, const void *pkt, size_t len)
{
	struct wbuf	 w;

	wbuf_init(&w, p, cap);
	wbuf_u8(&w, type);
	wbuf_u8(&w, code);
	wbuf_u16(&w, 0);
	wbuf_u32(&w, param);
	wbuf_bytes(&w, pkt, len > ICMP6_QUOTE_MAX ? ICMP6_QUOTE_MAX : len);
	return (w.bad ? 0 : w.off);
}

/*
 * May a packet to a group be answered with this?  RFC 4443 2.4 (e.3): with
 * Packet Too Big, and about an option whose type begins with the bits 10.
 * That of an HAO begins with 11 (RFC 6275 6.3).
 */
static bool
about_group(const struct ip6_walk *w, uint8_t type, uint8_t code,
    uint32_t pointer)
{
	return (type == ICMP6_T_TOOBIG || (type == ICMP6_T_PARAM &&
	    code == ICMP6_C_PARAM_OPTION && pointer >= IP6_HDRLEN &&
	    pointer < w->len && w->p[pointer] >> 6 == 2));
}

/*
 * Whether an error of this type and code, with this MTU or Pointer, may be
 * sent about the packet of len octets at pkt: not about an ICMPv6 error, a
 * redirect, a packet to a group, but for two exceptions, or from an address
 * that isn't one node's (RFC 4443 2.4 (e)).
 */
bool
icmp6_may_answer(const void *pkt, size_t len, uint8_t type, uint8_t code,
    uint32_t param)
{
	struct ip6_walk	 w;
	struct in6_addr	 src, dst;
	uint8_t		 t;

	if (len < IP6_HDRLEN)
		return (false);
	src = ip6_src(pkt);
	dst = ip6_dst(pkt);
	if (in6_is_unspecified(&src) || in6_is_multicast(&src) ||
	    in6_is_loopback(&src) || in6_is_v4mapped(&src))
		return (false);
	(void)ip6_walk(&w, pkt, len, IP6_W_QUOTED);
	if (in6_is_multicast(&dst) && !about_group(&w, type, code, param))
		return (false);
	if (w.proto != IP6_P_ICMPV6 || w.nonfirst || w.upper >= w.len)
		return (true);
	t = w.p[w.upper];
	return (t >= 128 && t != 137);	/* 137: Redirect */
}

/* Append type, fields and options, each as a field of its own. */
void
icmp6_print(struct text *t, const struct icmp6 *m)
{
	const struct row	*row = find_row(m->type);
	uint8_t			 i;

	if (row == NULL) {
		text_field(t, "code", "%u", m->code);
		return;
	}
	row->print(t, m);
	for (i = 0; i < m->nopts; i++) {
		text_add(t, "%s", t->sep);
		nd_print(t, &m->opt[i]);
	}
}
