/*
 * Mobility options (RFC 6275 6.2, RFC 4283, 4285, 4866, 5026): one table row
 * each.  Pure.
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
	MHOPT_REFRESH = 2,	/* Binding Refresh Advice */
	MHOPT_ALTCOA = 3,	/* Alternate Care-of Address */
	MHOPT_NONCE = 4,	/* Nonce Indices */
	MHOPT_BAD = 5,		/* Binding Authorization Data */
	MHOPT_MNID = 8,		/* Mobile Node Identifier, RFC 4283 */
	MHOPT_AUTH = 9,		/* Authentication, RFC 4285 5 */
	MHOPT_MESGID = 10,	/* Replay Protection, RFC 4285 6 */
	MHOPT_CGAREQ = 11,	/* CGA Parameters Request, RFC 4866 5.6 */
	MHOPT_CGA = 12,		/* CGA Parameters, RFC 4866 5.1 */
	MHOPT_SIGNATURE = 13,	/* Signature, RFC 4866 5.2 */
	MHOPT_PHKT = 14,	/* Permanent Home Keygen Token, 5.3 */
	MHOPT_COTI = 15,	/* Care-of Test Init, RFC 4866 5.4 */
	MHOPT_COT = 16,		/* Care-of Test, RFC 4866 5.5 */
	MHOPT_DNSUPDATE = 17	/* DNS Update, RFC 5026 8.1 */
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
		uint16_t	 refresh;	/* units of 4 s */
		struct in6_addr	 altcoa;
		struct {
			uint16_t	home;
			uint16_t	careof;
		} nonce;
		struct {
			uint8_t		subtype;
		} mnid;
		struct {
			uint8_t		subtype;
			uint32_t	spi;
		} auth;
		uint64_t	 timestamp;	/* NTP format */
		struct {
			uint8_t		status;
			uint8_t		flags;
		} dns;
	} u;
};

/* row flags */
#define	MHOPT_F_LAST	0x01	/* only padding may follow it */
#define	MHOPT_F_NOTRAIL	0x02	/* not even padding may follow it */
#define	MHOPT_F_MANY	0x04	/* may be repeated */
#define	MHOPT_F_SUBTYPE	0x08	/* may be repeated with another subtype */

/*
 * What is known of one option type.  align is the n and align_off the y of an
 * alignment of "xn + y" (RFC 8200 4.2 notation, of the Option Type octet).
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
	void		(*parse)(struct rbuf *, struct mh_opt *);
	void		(*build)(struct wbuf *, const struct mh_opt *);
	void		(*print)(struct text *, const struct mh_opt *);
};

const struct mhopt_row	*mhopt_row(uint8_t);
const struct mhopt_row	*mhopt_rows(size_t *);
uint8_t			 mhopt_subtype(const struct mh_opt *);
size_t			 mhopt_size(const struct mh_opt *);
void			 mhopt_pad(struct wbuf *, size_t);
void			 mhopt_print(struct text *, const struct mh_opt *);

#endif
