/*
 * Options of Neighbor Discovery and of Mobile Prefix Advertisements (RFC 4861
 * 4.6, RFC 6275 7.2-7.4, the nonce of RFC 3971 5.3.2), one table row each.
 * wire/icmp6.c calls it for the options behind the fixed part of a message.
 * Pure; parsed options point into the message.
 */
#include <string.h>

#include "wire/icmp6.h"

/* Options that are data only. */
static void
parse_none(struct rbuf *r, struct nd_opt *o)
{
	(void)r;
	(void)o;
}

static void
build_none(struct wbuf *w, const struct nd_opt *o)
{
	(void)w;
	(void)o;
}

static void
print_data(struct text *t, const struct nd_opt *o)
{
	text_hex(t, o->data, o->datalen, 32);
}

static void
parse_prefix(struct rbuf *r, struct nd_opt *o)
{
	o->u.prefix.len = rbuf_u8(r);
	o->u.prefix.flags = rbuf_u8(r);
	o->u.prefix.valid = rbuf_u32(r);
	o->u.prefix.preferred = rbuf_u32(r);
	rbuf_u32(r);			/* Reserved2 */
	rbuf_bytes(r, &o->u.prefix.prefix, sizeof(o->u.prefix.prefix));
}

static void
build_prefix(struct wbuf *w, const struct nd_opt *o)
{
	wbuf_u8(w, o->u.prefix.len);
	wbuf_u8(w, o->u.prefix.flags);
	wbuf_u32(w, o->u.prefix.valid);
	wbuf_u32(w, o->u.prefix.preferred);
	wbuf_u32(w, 0);
	wbuf_bytes(w, &o->u.prefix.prefix, sizeof(o->u.prefix.prefix));
}

static void
print_prefix(struct text *t, const struct nd_opt *o)
{
	uint8_t	 f = o->u.prefix.flags;

	text_addr(t, &o->u.prefix.prefix);
	text_add(t, "/%u flags %s%s%s%s valid %us preferred %us",
	    o->u.prefix.len, f & ICMP6_PI_L ? "L" : "",
	    f & ICMP6_PI_A ? "A" : "", f & ICMP6_PI_R ? "R" : "",
	    f & (ICMP6_PI_L | ICMP6_PI_A | ICMP6_PI_R) ? "" : "-",
	    o->u.prefix.valid, o->u.prefix.preferred);
}

/* MTU and Advertisement Interval: 16 bits reserved, a 32-bit value. */
static void
parse_u32(struct rbuf *r, struct nd_opt *o)
{
	rbuf_u16(r);
	o->u.mtu = rbuf_u32(r);
}

static void
build_u32(struct wbuf *w, const struct nd_opt *o)
{
	wbuf_u16(w, 0);
	wbuf_u32(w, o->u.mtu);
}

static void
print_u32(struct text *t, const struct nd_opt *o)
{
	text_add(t, "%u", o->u.mtu);
}

static void
parse_hainfo(struct rbuf *r, struct nd_opt *o)
{
	o->u.hainfo.flags = rbuf_u8(r);
	rbuf_u8(r);			/* Reserved */
	o->u.hainfo.preference = rbuf_u16(r);
	o->u.hainfo.lifetime = rbuf_u16(r);
}

static void
build_hainfo(struct wbuf *w, const struct nd_opt *o)
{
	wbuf_u8(w, o->u.hainfo.flags & ND_HAINFO_R);
	wbuf_u8(w, 0);
	wbuf_u16(w, o->u.hainfo.preference);
	wbuf_u16(w, o->u.hainfo.lifetime);
}

static void
print_hainfo(struct text *t, const struct nd_opt *o)
{
	text_add(t, "%spreference %d lifetime %us",
	    o->u.hainfo.flags & ND_HAINFO_R ? "flags R " : "",
	    (int16_t)o->u.hainfo.preference, o->u.hainfo.lifetime);
}

/* By type. */
static const struct nd_row rows[] = {
	{ ND_SLLA, 1, 255, "source-lladdr",
	    parse_none, build_none, print_data },
	{ ND_TLLA, 1, 255, "target-lladdr",
	    parse_none, build_none, print_data },
	{ ND_PREFIX, 4, 4, "prefix",
	    parse_prefix, build_prefix, print_prefix },
	{ ND_MTU, 1, 1, "mtu",
	    parse_u32, build_u32, print_u32 },
	{ ND_ADVINT, 1, 1, "advertisement-interval-ms",
	    parse_u32, build_u32, print_u32 },
	{ ND_HAINFO, 1, 1, "home-agent",
	    parse_hainfo, build_hainfo, print_hainfo },
	{ ND_NONCE, 1, 255, "nonce",
	    parse_none, build_none, print_data },
};

/* The row of an option type; NULL if the type is not known. */
const struct nd_row *
nd_row(uint8_t type)
{
	size_t	 i;

	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		if (rows[i].type == type)
			return (&rows[i]);
	return (NULL);
}

/* The option of type type whose data is all of r, at off; keep it in m. */
static enum icmp6_err
parse_option(struct icmp6 *m, struct rbuf *r, uint8_t type, uint16_t off)
{
	const struct nd_row	*row = nd_row(type);
	struct nd_opt		*o;
	size_t			 units = (r->len + 2) / 8;

	if (row != NULL && (units < row->min || units > row->max)) {
		m->err_off = off + 1;
		return (ICMP6_E_OPT_LENGTH);
	}
	if (m->nopts == ICMP6_MAXOPTS)
		return (row == NULL ? ICMP6_OK : ICMP6_E_OPT_MANY);
	o = &m->opt[m->nopts++];
	o->type = type;
	o->off = off;
	o->row = row;
	if (row != NULL)
		row->parse(r, o);
	o->datalen = (uint16_t)rbuf_left(r);
	o->data = rbuf_ptr(r, o->datalen);
	return (ICMP6_OK);
}

/*
 * Parse the options from where r stands to its end into m.  False, with the
 * error in e and its place in m->err_off, if one is bad; unknown ones are
 * kept while there is room (RFC 4861 4.6).
 */
bool
nd_parse(struct icmp6 *m, struct rbuf *r, enum icmp6_err *e)
{
	struct rbuf	 sub;
	uint16_t	 off;
	uint8_t		 type, units;

	while (rbuf_left(r) != 0) {
		off = (uint16_t)r->off;
		m->err_off = off;
		type = rbuf_u8(r);
		units = rbuf_u8(r);
		if (r->bad) {
			*e = ICMP6_E_OPT_TRUNCATED;
			return (false);
		}
		if (units == 0) {
			m->err_off = off + 1;
			*e = ICMP6_E_OPT_ZERO;
			return (false);
		}
		if (!rbuf_sub(r, &sub, units * 8u - 2)) {
			m->err_off = off + 1;
			*e = ICMP6_E_OPT_TRUNCATED;
			return (false);
		}
		*e = parse_option(m, &sub, type, off);
		if (*e != ICMP6_OK)
			return (false);
	}
	m->err_off = 0;
	return (true);
}

/* Append an option, with zeros up to a multiple of 8 octets. */
bool
nd_build(struct wbuf *w, const struct nd_opt *o)
{
	size_t	 start = w->off, len;

	wbuf_u8(w, o->type);
	wbuf_u8(w, 0);
	if (o->row != NULL)
		o->row->build(w, o);
	wbuf_bytes(w, o->data, o->datalen);
	len = w->off - start;
	wbuf_zero(w, (8 - len % 8) % 8);
	len = w->off - start;
	if (w->bad || len / 8 > 255)
		return (false);
	return (wbuf_put_u8(w, start + 1, (uint8_t)(len / 8)));
}

/* Append the option in words: name and value. */
void
nd_print(struct text *t, const struct nd_opt *o)
{
	if (o->row == NULL)
		text_add(t, "option-%u ", o->type);
	else
		text_add(t, "%s ", o->row->name);
	if (o->row == NULL)
		print_data(t, o);
	else
		o->row->print(t, o);
}
