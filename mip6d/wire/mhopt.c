/*
 * Mobility options (RFC 6275 6.2, RFC 4283, 4285, 4866, 5026): the table of
 * mhopt.def, by which all of them are parsed, built and printed; some have a
 * printer of their own.  Padding is written here too (RFC 6275 6.2.2, 6.2.3).
 * Called by wire/mh.c for each option of a message.
 */
#include <string.h>

#include "wire/mh.h"
#include "wire/mhopt.h"

#define	ON(type)	(UINT32_C(1) << (type))
#define	BU_BA		(ON(MH_BU) | ON(MH_BA))
#define	ANY		(~UINT32_C(0))

static void
print_refresh(struct text *t, const struct mh_opt *o)
{
	text_add(t, "%us", o->u.refresh * MH_LIFETIME_UNIT);
}

static void
print_altcoa(struct text *t, const struct mh_opt *o)
{
	text_addr(t, &o->u.altcoa);
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
print_u64(struct text *t, uint64_t v)
{
	text_add(t, "%08x.%08x", (uint32_t)(v >> 32), (uint32_t)v);
}

static void
print_mesgid(struct text *t, const struct mh_opt *o)
{
	print_u64(t, o->u.timestamp);
}

static void
print_cot(struct text *t, const struct mh_opt *o)
{
	print_u64(t, o->u.token);
}

static void
print_dns(struct text *t, const struct mh_opt *o)
{
	text_add(t, "status %u%s ", o->u.dns.status,
	    o->u.dns.flags & MHOPT_DNS_REMOVE ? " remove" : "");
	text_str(t, o->var, o->varlen);
}

static void
print_var(struct text *t, const struct mh_opt *o)
{
	text_hex(t, o->var, o->varlen, 32);
}

/* The fields of each, and then the rows. */
#define	ONE(kind, member) \
	{ MHOPT_##kind, offsetof(struct mh_opt, u.member), #member },
#define	OF(kind, member, field) \
	{ MHOPT_##kind, offsetof(struct mh_opt, u.member.field), #field },
#define	SEVERAL(member, ...)	__VA_ARGS__
#define	OPTION(id, number, name, min, max, align, off, flags, messages, print, \
    ...) \
static const struct mhopt_field f_##id[] = { \
	__VA_ARGS__ { MHOPT_END, 0, NULL } \
};
#include "wire/mhopt.def"
#undef OPTION

static const struct mhopt_row rows[] = {
#define	OPTION(id, number, name, min, max, align, off, flags, messages, print, \
    ...) \
	{ MHOPT_##id, min, max, align, off, flags, messages, name, print, \
	    f_##id },
#include "wire/mhopt.def"
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

/* The subtype of an option that has one, 0 of any other. */
uint8_t
mhopt_subtype(const struct mh_opt *o)
{
	if (o->row == NULL || (o->row->flags & MHOPT_F_SUBTYPE) == 0)
		return (0);
	return (((const uint8_t *)o)[o->row->fields[0].off]);
}

/* The fixed fields of an option of a known type, from r into o. */
void
mhopt_parse(struct rbuf *r, struct mh_opt *o)
{
	const struct mhopt_field	*f;
	uint8_t				*to;
	uint64_t			 v64;
	uint32_t			 v32;
	uint16_t			 v16;

	for (f = o->row->fields; f->kind != MHOPT_END; f++) {
		to = (uint8_t *)o + f->off;
		switch (f->kind) {
		case MHOPT_U8:
			*to = rbuf_u8(r);
			break;
		case MHOPT_U16:
			v16 = rbuf_u16(r);
			memcpy(to, &v16, sizeof(v16));
			break;
		case MHOPT_U32:
			v32 = rbuf_u32(r);
			memcpy(to, &v32, sizeof(v32));
			break;
		case MHOPT_U64:
			v64 = rbuf_u64(r);
			memcpy(to, &v64, sizeof(v64));
			break;
		default:
			rbuf_bytes(r, to, sizeof(struct in6_addr));
		}
	}
}

/* A number of any kind. */
static uint64_t
number(const struct mhopt_field *f, const struct mh_opt *o)
{
	const uint8_t	*from = (const uint8_t *)o + f->off;
	uint64_t	 v64;
	uint32_t	 v32;
	uint16_t	 v16;

	switch (f->kind) {
	case MHOPT_U8:
		return (*from);
	case MHOPT_U16:
		memcpy(&v16, from, sizeof(v16));
		return (v16);
	case MHOPT_U32:
		memcpy(&v32, from, sizeof(v32));
		return (v32);
	default:
		memcpy(&v64, from, sizeof(v64));
		return (v64);
	}
}

/* The other way. */
void
mhopt_build(struct wbuf *w, const struct mh_opt *o)
{
	const struct mhopt_field	*f;

	for (f = o->row->fields; f->kind != MHOPT_END; f++)
		switch (f->kind) {
		case MHOPT_U8:
			wbuf_u8(w, (uint8_t)number(f, o));
			break;
		case MHOPT_U16:
			wbuf_u16(w, (uint16_t)number(f, o));
			break;
		case MHOPT_U32:
			wbuf_u32(w, (uint32_t)number(f, o));
			break;
		case MHOPT_U64:
			wbuf_u64(w, number(f, o));
			break;
		default:
			wbuf_bytes(w, (const uint8_t *)o + f->off,
			    sizeof(struct in6_addr));
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
		mhopt_build(&w, o);
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

/* Each field by its name, and what follows them. */
static void
print_fields(struct text *t, const struct mh_opt *o)
{
	const struct mhopt_field	*f;

	for (f = o->row->fields; f->kind != MHOPT_END; f++) {
		text_add(t, " %s ", f->name);
		if (f->kind == MHOPT_ADDR)
			text_addr(t, (const struct in6_addr *)(const void *)
			    ((const uint8_t *)o + f->off));
		else
			text_add(t, "%llu", (unsigned long long)number(f, o));
	}
	if (o->varlen > 0) {
		text_add(t, " data ");
		print_var(t, o);
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
	if (o->row->print == NULL)
		print_fields(t, o);
	else if (o->row->max != 0) {
		text_add(t, " ");
		o->row->print(t, o);
	}
	if (o->stray)
		text_add(t, " (not valid here)");
}
