/*
 * Mobility Headers as a whole (RFC 6275 6.1.1): parsed with the checks of 9.2,
 * built with the alignment and padding that options need (6.2.1), and their
 * checksum.  What the single message types hold is in wire/mhmsg.c, options
 * are in wire/mhopt.c.  Pure; the engines parse and build with it, net checks
 * with it.
 */
#include <string.h>

#include "wire/cksum.h"
#include "wire/ip6.h"
#include "wire/mh.h"

static const char *const err_names[MH_NERR] = {
	[MH_OK] =		"ok",
	[MH_E_SHORT] =		"shorter than its header length",
	[MH_E_TYPE] =		"unknown message type",
	[MH_E_PROTO] =		"payload protocol is not 59",
	[MH_E_HLEN] =		"header length too small for its type",
	[MH_E_OPT_TRUNCATED] =	"option exceeds the message",
	[MH_E_OPT_LENGTH] =	"option of a wrong length",
	[MH_E_OPT_TWICE] =	"option that may appear only once",
	[MH_E_OPT_ORDER] =	"option behind the one that must be last",
	[MH_E_OPT_MANY] =	"too many options",
};

/* The error in words, for logs and counters. */
const char *
mh_err_name(enum mh_err e)
{
	return ((unsigned int)e < MH_NERR ? err_names[e] : "?");
}

/* MH_E_OPT_TWICE if m has such an option already and may have it only once. */
static enum mh_err
check_known(const struct mh *m, const struct mh_opt *o)
{
	const struct mh_opt	*p;
	uint8_t			 i;

	if (o->stray || (o->row->flags & MHOPT_F_MANY))
		return (MH_OK);
	for (i = 0; i < m->nopts; i++) {
		p = &m->opt[i];
		if (p->type == o->type && (!(o->row->flags & MHOPT_F_SUBTYPE) ||
		    mhopt_subtype(p) == mhopt_subtype(o)))
			return (MH_E_OPT_TWICE);
	}
	return (MH_OK);
}

/*
 * Whether o may follow last, an option that must be the last one.  MN-AAA may
 * and must follow MN-HA (RFC 4285 5).
 */
static bool
may_follow(const struct mh_opt *last, const struct mh_opt *o)
{
	return (last->type == MHOPT_AUTH && o->type == MHOPT_AUTH &&
	    mhopt_subtype(last) == MHOPT_AUTH_MNHA &&
	    mhopt_subtype(o) == MHOPT_AUTH_MNAAA);
}

/* The option of type type whose data is all of r, at off; keep it in m. */
static enum mh_err
parse_option(struct mh *m, struct rbuf *r, uint8_t type, uint16_t off)
{
	struct mh_opt	 spare, *o;
	enum mh_err	 e;

	o = m->nopts < MH_MAXOPTS ? &m->opt[m->nopts] : &spare;
	o->type = type;
	o->len = (uint8_t)r->len;
	o->off = off;
	o->row = mhopt_row(type);
	o->stray = false;
	if (o->row != NULL) {
		if (o->len < o->row->min || o->len > o->row->max) {
			m->err_off = off + 1;
			return (MH_E_OPT_LENGTH);
		}
		o->stray = !(o->row->messages >> m->type & 1);
		mhopt_parse(r, o);
	} else
		m->nunknown++;
	o->var_off = (uint16_t)(off + 2 + r->off);
	o->varlen = (uint8_t)rbuf_left(r);
	o->var = rbuf_ptr(r, o->varlen);
	m->err_off = off;
	if (o->row != NULL && (e = check_known(m, o)) != MH_OK)
		return (e);
	if (o != &spare)
		m->nopts++;
	else if (o->row != NULL)
		return (MH_E_OPT_MANY);
	return (MH_OK);
}

/*
 * All options, from octet off to the end of r (RFC 6275 6.2.1).  Of those
 * that must be last the order is checked too.
 */
static enum mh_err
parse_options(struct mh *m, struct rbuf *r)
{
	const struct mh_opt	*last = NULL;
	struct rbuf		 sub;
	uint16_t		 off;
	uint8_t			 type, n;
	enum mh_err		 e;

	while (rbuf_left(r) != 0) {
		off = (uint16_t)r->off;
		m->err_off = off;
		type = rbuf_u8(r);
		if (last != NULL && (last->row->flags & MHOPT_F_NOTRAIL))
			return (MH_E_OPT_ORDER);
		if (type == MHOPT_PAD1)
			continue;
		if (rbuf_left(r) == 0)
			return (MH_E_OPT_TRUNCATED);
		if (!rbuf_sub(r, &sub, rbuf_u8(r))) {
			m->err_off = off + 1;
			return (MH_E_OPT_TRUNCATED);
		}
		if (type == MHOPT_PADN)
			continue;
		n = m->nopts;
		e = parse_option(m, &sub, type, off);
		if (e != MH_OK)
			return (e);
		if (last != NULL &&
		    (n == m->nopts || !may_follow(last, &m->opt[n])))
			return (MH_E_OPT_ORDER);
		if (n != m->nopts && m->opt[n].row != NULL &&
		    !m->opt[n].stray && (m->opt[n].row->flags & MHOPT_F_LAST))
			last = &m->opt[n];
	}
	m->err_off = 0;
	return (MH_OK);
}

/*
 * Parse the Mobility Header at p, of which len octets are there; octets behind
 * its own length are left out.  Pointers in m point into p.  Checks come in
 * the order of RFC 6275 9.2, the checksum apart.  On error err_off is the
 * octet at fault, counted from p: what the Pointer of a Parameter Problem is
 * computed from.  A message of an unknown type gives MH_E_TYPE, with its
 * Message Data in raw.
 */
enum mh_err
mh_parse(struct mh *m, const void *p, size_t len)
{
	const struct mh_row	*row;
	struct rbuf		 r;
	uint8_t			 hlen;

	m->wire = NULL;
	m->p = p;
	m->raw = NULL;
	m->rawlen = 0;
	m->nopts = 0;
	m->nunknown = 0;
	m->len = 0;
	m->err_off = 0;
	rbuf_init(&r, p, len);
	m->proto = rbuf_u8(&r);
	hlen = rbuf_u8(&r);
	m->type = rbuf_u8(&r);
	rbuf_u8(&r);
	m->cksum = rbuf_u16(&r);
	m->len = (uint16_t)((hlen + 1u) * 8);
	if (r.bad || m->len > len) {
		m->err_off = MH_OFF_HLEN;
		return (MH_E_SHORT);
	}
	r.len = m->len;
	row = mh_row(m->type);
	if (row == NULL) {
		m->rawlen = (uint16_t)rbuf_left(&r);
		m->raw = rbuf_ptr(&r, m->rawlen);
		m->err_off = MH_OFF_TYPE;
		return (MH_E_TYPE);
	}
	if (m->proto != IP6_P_NONE) {
		m->err_off = MH_OFF_PROTO;
		return (MH_E_PROTO);
	}
	if (hlen < row->hlen) {
		m->err_off = MH_OFF_HLEN;
		return (MH_E_HLEN);
	}
	row->parse(&r, m);
	return (parse_options(m, &r));
}

/* The option of this type that is valid in the message, NULL if none is. */
const struct mh_opt *
mh_find(const struct mh *m, uint8_t type)
{
	uint8_t	 i;

	for (i = 0; i < m->nopts; i++)
		if (m->opt[i].type == type && !m->opt[i].stray)
			return (&m->opt[i]);
	return (NULL);
}

/* The authentication option of this subtype, NULL if there is none. */
const struct mh_opt *
mh_find_auth(const struct mh *m, uint8_t subtype)
{
	uint8_t	 i;

	for (i = 0; i < m->nopts; i++)
		if (m->opt[i].type == MHOPT_AUTH && !m->opt[i].stray &&
		    m->opt[i].u.auth.subtype == subtype)
			return (&m->opt[i]);
	return (NULL);
}

/* Start a message of this type, all fields zero, to be built. */
void
mh_init(struct mh *m, uint8_t type)
{
	m->type = type;
	m->proto = IP6_P_NONE;
	m->len = 0;
	m->cksum = 0;
	m->err_off = 0;
	m->wire = NULL;
	m->p = m->raw = NULL;
	m->rawlen = 0;
	m->nopts = 0;
	m->nunknown = 0;
	memset(&m->u, 0, sizeof(m->u));
}

/*
 * Append an option of this type for the caller to fill in; authenticators
 * have 12 octets, zero until they are signed.  NULL if MH_MAXOPTS are there.
 */
struct mh_opt *
mh_add(struct mh *m, uint8_t type)
{
	struct mh_opt	*o;

	if (m->nopts == MH_MAXOPTS)
		return (NULL);
	o = &m->opt[m->nopts++];
	memset(o, 0, sizeof(*o));
	o->type = type;
	o->row = mhopt_row(type);
	if (type == MHOPT_BAD || type == MHOPT_AUTH)
		o->varlen = MHOPT_AUTHLEN;
	return (o);
}

/*
 * Padding in front of an option of size octets at off.  The last option that
 * must be last ends at a multiple of 8, so that no padding follows it; each
 * other one goes to its own alignment.
 */
static size_t
padding(const struct mh_opt *o, size_t off, size_t size, bool final)
{
	size_t	 n = 0;

	if (o->row == NULL)
		return (0);
	if (final && (o->row->flags & MHOPT_F_LAST))
		while ((off + n + size) % 8 != 0)
			n++;
	else
		while ((off + n) % o->row->align != o->row->align_off)
			n++;
	return (n);
}

static bool
build_option(struct wbuf *w, struct mh_opt *o, bool final)
{
	size_t	 size = mhopt_size(o);

	if (size > 257 || o->type == MHOPT_PAD1 || o->type == MHOPT_PADN)
		return (false);
	mhopt_pad(w, padding(o, w->off, size, final));
	o->off = (uint16_t)w->off;
	o->len = (uint8_t)(size - 2);
	wbuf_u8(w, o->type);
	wbuf_u8(w, o->len);
	if (o->row != NULL) {
		if (o->len < o->row->min || o->len > o->row->max)
			return (false);
		mhopt_build(w, o);
	}
	o->var_off = (uint16_t)w->off;
	if (o->var != NULL)
		wbuf_bytes(w, o->var, o->varlen);
	else
		wbuf_zero(w, o->varlen);
	return (true);
}

/*
 * Build the message into cap octets at p, with the alignment and padding that
 * its options need (RFC 6275 6.2.1) and a checksum of zero.  Returns its
 * length, or 0 if it does not fit or an option can't be encoded.  wire, p,
 * len and the offsets of the options are filled in, so that it can be signed.
 */
size_t
mh_build(struct mh *m, void *p, size_t cap)
{
	const struct mh_row	*row = mh_row(m->type);
	struct wbuf		 w;
	uint8_t			 i;

	wbuf_init(&w, p, cap > MH_MAXLEN ? MH_MAXLEN : cap);
	wbuf_u8(&w, m->proto);
	wbuf_u8(&w, 0);
	wbuf_u8(&w, m->type);
	wbuf_u8(&w, 0);
	wbuf_u16(&w, 0);
	if (row != NULL)
		row->build(&w, m);
	else
		wbuf_bytes(&w, m->raw, m->rawlen);
	for (i = 0; row != NULL && i < m->nopts; i++)
		if (!build_option(&w, &m->opt[i], i + 1 == m->nopts))
			return (0);
	if (row != NULL)
		mhopt_pad(&w, (8 - w.off % 8) % 8);
	if (w.bad || w.off % 8 != 0)
		return (0);
	wbuf_put_u8(&w, MH_OFF_HLEN, (uint8_t)(w.off / 8 - 1));
	m->wire = w.p;
	m->p = w.p;
	m->len = (uint16_t)w.off;
	m->cksum = 0;
	return (w.off);
}

/*
 * Checksum of the Mobility Header of len octets at p, whose checksum field is
 * zero, in host byte order.  src is the home address if the packet has an HAO,
 * dst the final destination if it has a routing header (RFC 6275 6.1.1).
 */
uint16_t
mh_checksum(const void *p, size_t len, const struct in6_addr *src,
    const struct in6_addr *dst)
{
	return (cksum_ip6(src, dst, IP6_P_MH, p, len));
}

/*
 * Whether the checksum of the message at p, of which len octets are there, is
 * right; false too if it is shorter than it says.
 */
bool
mh_checksum_ok(const void *p, size_t len, const struct in6_addr *src,
    const struct in6_addr *dst)
{
	size_t	 n;

	if (len < 8)
		return (false);
	n = (((const uint8_t *)p)[MH_OFF_HLEN] + 1u) * 8;
	return (n <= len && cksum_ok(src, dst, IP6_P_MH, p, n));
}

/* Put the checksum into a message that mh_build() built, the last step. */
void
mh_set_checksum(struct mh *m, const struct in6_addr *src,
    const struct in6_addr *dst)
{
	uint16_t	 v;

	if (m->wire == NULL)
		return;
	m->wire[MH_OFF_CKSUM] = m->wire[MH_OFF_CKSUM + 1] = 0;
	v = mh_checksum(m->wire, m->len, src, dst);
	m->wire[MH_OFF_CKSUM] = (uint8_t)(v >> 8);
	m->wire[MH_OFF_CKSUM + 1] = (uint8_t)v;
	m->cksum = v;
}
