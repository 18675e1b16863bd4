/*
 * Mobility options (RFC 6275 6.2, RFC 4283, 4285, 4866, 5026): a row of
 * mhopt.def each, of which type, fields, codec and text are made.  Pure.
 *
 * On the wire an option is type, length, fixed fields and then, with some, a
 * field of variable length: an authenticator, an identifier, the whole data
 * of an unknown option.  That field is var/varlen; it points into the parsed
 * message, or to what the caller wants built (NULL: zeros, to be filled in
 * later as authenticators are).
 */
#ifndef MIP6D_WIRE_MHOPT_H
#define MIP6D_WIRE_MHOPT_H

#include <netinet/in.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "wire/buf.h"
#include "wire/text.h"

enum mhopt_type {
	MHOPT_PAD1 = 0,
	MHOPT_PADN = 1,
#define OPTION(id, number, ...)	MHOPT_##id = number,
#include "wire/mhopt.def"
#undef OPTION
	MHOPT_TYPES = 256
};

/* Subtypes */
enum {
	MHOPT_MNID_NAI = 1,	/* RFC 4283 3.1: user@realm */
	MHOPT_AUTH_MNHA = 1,	/* RFC 4285 5.1 */
	MHOPT_AUTH_MNAAA = 2	/* RFC 4285 5.2 */
};

#define	MHOPT_DNS_REMOVE	0x80	/* R flag, RFC 5026 8.1 */
#define	MHOPT_AUTHLEN		12	/* First(96, ...) */
#define	MHOPT_BADSIZE		(2 + MHOPT_AUTHLEN)

struct mhopt_row;

/* What a fixed field can be. */
enum mhopt_kind { MHOPT_END, MHOPT_U8, MHOPT_U16, MHOPT_U32, MHOPT_U64,
    MHOPT_ADDR };
#define	MHOPT_T_U8	uint8_t
#define	MHOPT_T_U16	uint16_t
#define	MHOPT_T_U32	uint32_t
#define	MHOPT_T_U64	uint64_t
#define	MHOPT_T_ADDR	struct in6_addr

/* One mobility option. */
struct mh_opt {
	uint8_t			 type;
	uint8_t			 len;	/* Option Length */
	bool			 stray;	/* not valid in this message: ignore */
	uint16_t		 off;	/* of Option Type in the message */
	uint16_t		 var_off;	/* of var in the message */
	uint8_t			 varlen;
	const uint8_t		*var;
	const struct mhopt_row	*row;	/* NULL: unknown */
	union {
#define OPTION(id, number, name, min, max, align, off, flags, messages, print, \
    ...)	__VA_ARGS__
#define ONE(kind, member)		MHOPT_T_##kind	 member;
#define SEVERAL(member, ...)		struct { __VA_ARGS__ } member;
#define OF(kind, member, field)		MHOPT_T_##kind	 field;
#include "wire/mhopt.def"
#undef OPTION
#undef ONE
#undef SEVERAL
#undef OF
	} u;
};

/* row flags */
#define	MHOPT_F_LAST	0x01	/* only padding may follow it */
#define	MHOPT_F_NOTRAIL	0x02	/* not even padding may follow it */
#define	MHOPT_F_MANY	0x04	/* may be repeated */
#define	MHOPT_F_SUBTYPE	0x08	/* may be repeated with another subtype */

struct mhopt_field {
	enum mhopt_kind	 kind;
	uint8_t		 off;		/* in struct mh_opt */
	const char	*name;
};

/*
 * What is known of one option type, a row of mhopt.def.  align is the n and
 * align_off the y of an alignment of "xn + y" (RFC 8200 4.2 notation, of the
 * Option Type octet).
 */
struct mhopt_row {
	uint8_t		 type;
	uint8_t		 min;		/* Option Length, least ... */
	uint8_t		 max;		/* ... and most */
	uint8_t		 align;
	uint8_t		 align_off;
	uint8_t		 flags;
	uint32_t	 messages;	/* 1 << MH Type, where it is valid */
	const char	*name;
	/* What is behind the name, where that is more than the fields. */
	void		(*print)(struct text *, const struct mh_opt *);
	const struct mhopt_field *fields;	/* up to MHOPT_END */
};

const struct mhopt_row	*mhopt_row(uint8_t);
const struct mhopt_row	*mhopt_rows(size_t *);
uint8_t			 mhopt_subtype(const struct mh_opt *);
size_t			 mhopt_size(const struct mh_opt *);
void			 mhopt_parse(struct rbuf *, struct mh_opt *);
void			 mhopt_build(struct wbuf *, const struct mh_opt *);
void			 mhopt_pad(struct wbuf *, size_t);
void			 mhopt_print(struct text *, const struct mh_opt *);

#endif
