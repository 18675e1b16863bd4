/*
 * Mobility options (RFC 6275 6.2, RFC 4283, 4285, 4866, 5026): a row of a
 * table for each says in which messages it is valid, how long it may be, how
 * it is aligned, and how it is parsed, built and printed.  Padding is written
 * here too (RFC 6275 6.2.2, 6.2.3).  Called by wire/mh.c for each option of a
 * message.
 */
#include <string.h>

#include "wire/mh.h"
#include "wire/mhopt.h"

#define	ON(type)	(UINT32_C(1) << (type))
#define	BU_BA		(ON(MH_BU) | ON(MH_BA))
#define	ANY		(~UINT32_C(0))

static void
parse_refresh(struct rbuf *r, struct mh_opt *o)
{
	o->u.refresh = rbuf_u16(r);
}

static void
build_refresh(struct wbuf *w, const struct mh_opt *o)
{
	wbuf_u16(w, o->u.refresh);
}

static void
print_refresh(struct text *t, const struct mh_opt *o)
{
	text_add(t, "%us", o->u.refresh * MH_LIFETIME_UNIT);
}

static void
parse_altcoa(struct rbuf *r, struct mh_opt *o)
{
	rbuf_bytes(r, &o->u.altcoa, sizeof(o->u.altcoa));
}

static void
build_altcoa(struct wbuf *w, const struct mh_opt *o)
{
	wbuf_bytes(w, &o->u.altcoa, sizeof(o->u.altcoa));
}

static void
print_altcoa(struct text *t, const struct mh_opt *o)
{
	text_addr(t, &o->u.altcoa);
}

static void
parse_nonce(struct rbuf *r, struct mh_opt *o)
{
	o->u.nonce.home = rbuf_u16(r);
	o->u.nonce.careof = rbuf_u16(r);
}

static void
build_nonce(struct wbuf *w, const struct mh_opt *o)
{
	wbuf_u16(w, o->u.nonce.home);
	wbuf_u16(w, o->u.nonce.careof);
}

static void
print_nonce(struct text *t, const struct mh_opt *o)
{
	text_add(t, "home %u careof %u", o->u.nonce.home, o->u.nonce.careof);
}

static void
parse_mnid(struct rbuf *r, struct mh_opt *o)
{
	o->u.mnid.subtype = rbuf_u8(r);
}

static void
build_mnid(struct wbuf *w, const struct mh_opt *o)
{
	wbuf_u8(w, o->u.mnid.subtype);
}

static void
print_mnid(struct text *t, const struct mh_opt *o)
{
	if (o->u.mnid.subtype == MHOPT_MNID_NAI)
		text_str(t, o->var, o->varlen);
	else {
		text_add(t, "subtype %u ", o->u.mnid.subtype);
		text_hex(t, o->var, o->varlen, 32);
	}
}

static void
parse_auth(struct rbuf *r, struct mh_opt *o)
{
	o->u.auth.subtype = rbuf_u8(r);
	o->u.auth.spi = rbuf_u32(r);
}

static void
build_auth(struct wbuf *w, const struct mh_opt *o)
{
	wbuf_u8(w, o->u.auth.subtype);
	wbuf_u32(w, o->u.auth.spi);
}

static void
print_auth(struct text *t, const struct mh_opt *o)
{
	switch (o->u.auth.subtype) {
	case MHOPT_AUTH_MNHA:
		text_add(t, "MN-HA");
		break;
	case MHOPT_AUTH_MNAAA:
		text_add(t, "MN-AAA");
		break;
	default:
		text_add(t, "subtype %u", o->u.auth.subtype);
		break;
	}
	text_add(t, " spi %u data ", o->u.auth.spi);
	text_hex(t, o->var, o->varlen, 32);
}

static void
parse_u64(struct rbuf *r, struct mh_opt *o)
{
	o->u.timestamp = rbuf_u64(r);
}

static void
build_u64(struct wbuf *w, const struct mh_opt *o)
{
	wbuf_u64(w, o->u.timestamp);
}

static void
print_u64(struct text *t, const struct mh_opt *o)
{
	text_add(t, "%08x.%08x", (uint32_t)(o->u.timestamp >> 32),
	    (uint32_t)o->u.timestamp);
}

static void
parse_dns(struct rbuf *r, struct mh_opt *o)
{
	o->u.dns.status = rbuf_u8(r);
	o->u.dns.flags = rbuf_u8(r);
}

static void
build_dns(struct wbuf *w, const struct mh_opt *o)
{
	wbuf_u8(w, o->u.dns.status);
	wbuf_u8(w, o->u.dns.flags);
}

static void
print_dns(struct text *t, const struct mh_opt *o)
{
	text_add(t, "status %u%s ", o->u.dns.status,
	    o->u.dns.flags & MHOPT_DNS_REMOVE ? " remove" : "");
	text_str(t, o->var, o->varlen);
}

/* Options that have no fixed fields: all is in var. */
static void
parse_none(struct rbuf *r, struct mh_opt *o)
{
	(void)r;
	(void)o;
}

static void
build_none(struct wbuf *w, const struct mh_opt *o)
{
	(void)w;
	(void)o;
}

static void
print_var(struct text *t, const struct mh_opt *o)
{
	text_hex(t, o->var, o->varlen, 32);
}

/*
 * By type.  Pad1 and PadN have no row: the parser passes over them and the
 * builder puts them where they are needed.  RFC 4866 names no alignment.
 */
static const struct mhopt_row rows[] = {
	{ MHOPT_REFRESH, 2, 2, 2, 0, 0, ON(MH_BA), "refresh-advice",
	    parse_refresh, build_refresh, print_refresh },
	{ MHOPT_ALTCOA, 16, 16, 8, 6, 0, ON(MH_BU), "alternate-careof",
	    parse_altcoa, build_altcoa, print_altcoa },
	{ MHOPT_NONCE, 4, 4, 2, 0, 0, ON(MH_BU), "nonce-indices",
	    parse_nonce, build_nonce, print_nonce },
	{ MHOPT_BAD, 1, 255, 1, 0, MHOPT_F_LAST | MHOPT_F_NOTRAIL, BU_BA,
	    "authorization-data", parse_none, build_none, print_var },
	{ MHOPT_MNID, 2, 255, 1, 0, MHOPT_F_SUBTYPE, ANY, "mn-id",
	    parse_mnid, build_mnid, print_mnid },
	{ MHOPT_AUTH, 6, 255, 4, 1, MHOPT_F_SUBTYPE | MHOPT_F_LAST, BU_BA,
	    "authentication", parse_auth, build_auth, print_auth },
	{ MHOPT_MESGID, 8, 8, 8, 2, 0, BU_BA, "replay-protection",
	    parse_u64, build_u64, print_u64 },
	{ MHOPT_CGAREQ, 0, 0, 1, 0, 0, ON(MH_BU), "cga-request",
	    parse_none, build_none, print_var },
	{ MHOPT_CGA, 1, 255, 1, 0, MHOPT_F_MANY, BU_BA, "cga-parameters",
	    parse_none, build_none, print_var },
	{ MHOPT_SIGNATURE, 1, 255, 1, 0, 0, BU_BA, "signature",
	    parse_none, build_none, print_var },
	{ MHOPT_PHKT, 8, 255, 1, 0, 0, ON(MH_BA), "permanent-token",
	    parse_none, build_none, print_var },
	{ MHOPT_COTI, 0, 0, 1, 0, 0, ON(MH_BU), "careof-test-init",
	    parse_none, build_none, print_var },
	{ MHOPT_COT, 8, 8, 1, 0, 0, ON(MH_BA), "careof-test",
	    parse_u64, build_u64, print_u64 },
	{ MHOPT_DNSUPDATE, 3, 255, 1, 0, 0, BU_BA, "dns-update",
	    parse_dns, build_dns, print_dns },
};

/* All rows and how many there are. */
const struct mhopt_row *
mhopt_rows(size_t *n)
{
	*n = sizeof(rows) / sizeof(rows[0]);
	return (rows);
}

/* The row of an option type; NULL if the type is not known. */
const struct mhopt_row *
mhopt_row(uint8_t type)
{
	size_t	 i;

	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		if (rows[i].type == type)
			return (&rows[i]);
	return (NULL);
}

/* The subtype of an MN-ID or authentication option, 0 of any other. */
uint8_t
mhopt_subtype(const struct mh_opt *o)
{
	switch (o->type) {
	case MHOPT_MNID:
		return (o->u.mnid.subtype);
	case MHOPT_AUTH:
		return (o->u.auth.subtype);
	default:
		return (0);
	}
}

/* Octets that the option will take, with type and length, without padding. */
size_t
mhopt_size(const struct mh_opt *o)
{
	uint8_t		 room[16];
	struct wbuf	 w;

	wbuf_init(&w, room, sizeof(room));
	if (o->row != NULL)
		o->row->build(&w, o);
	return (2 + w.off + o->varlen);
}

/* Append n octets of padding, RFC 6275 6.2.2 and 6.2.3. */
void
mhopt_pad(struct wbuf *w, size_t n)
{
	size_t	 chunk;

	while (n != 0) {
		if (n == 1) {
			wbuf_u8(w, MHOPT_PAD1);
			return;
		}
		chunk = n > 257 ? 256 : n;
		wbuf_u8(w, MHOPT_PADN);
		wbuf_u8(w, (uint8_t)(chunk - 2));
		wbuf_zero(w, chunk - 2);
		n -= chunk;
	}
}

/* Append the option in words: name and value. */
void
mhopt_print(struct text *t, const struct mh_opt *o)
{
	if (o->row == NULL) {
		text_add(t, "option-%u ", o->type);
		print_var(t, o);
		return;
	}
	text_add(t, "%s", o->row->name);
	if (o->row->max != 0) {
		text_add(t, " ");
		o->row->print(t, o);
	}
	if (o->stray)
		text_add(t, " (not valid here)");
}
