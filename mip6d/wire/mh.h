/*
 * Mobility Header messages (RFC 6275 6.1).  Pure: no allocation, no I/O, no
 * globals.
 *
 * To receive: mh_checksum_ok(), mh_parse(), act.  RFC 6275 9.2 wants the
 * checks in the order checksum, MH Type, Payload Proto, Header Len.
 * To send: mh_init(), fill in, mh_add() options, mh_build(), authenticate
 * (wire/mhauth.h), mh_set_checksum().
 */
#ifndef MIP6D_WIRE_MH_H
#define MIP6D_WIRE_MH_H

#include <netinet/in.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "wire/buf.h"
#include "wire/mhopt.h"
#include "wire/text.h"

/* MH Type */
enum mh_type {
#define MESSAGE(id, number, ...)	MH_##id = number,
#include "wire/mh.def"
#undef MESSAGE
	MH_TYPES = 256
};

/* Flags of a Binding Update, as in its 16 bits (RFC 6275 6.1.7). */
enum {
	MH_BU_A = 0x8000,	/* Acknowledge */
	MH_BU_H = 0x4000,	/* Home Registration */
	MH_BU_L = 0x2000,	/* Link-Local Address Compatibility */
	MH_BU_K = 0x1000	/* Key Management Mobility Capability */
};

/* Flags of a Binding Acknowledgement, as in its 8 bits (6.1.8). */
enum {
	MH_BA_K = 0x80		/* Key Management Mobility Capability */
};

/* Status of a Binding Acknowledgement (RFC 6275 6.1.8, 4285, 4866). */
enum mh_status {
	MH_ST_ACCEPTED = 0,
	MH_ST_PREFIX_DISCOVERY = 1,
	MH_ST_UNSPECIFIED = 128,
	MH_ST_PROHIBITED = 129,
	MH_ST_RESOURCES = 130,
	MH_ST_NO_HOME_REG = 131,
	MH_ST_NOT_HOME_SUBNET = 132,
	MH_ST_NOT_HA = 133,
	MH_ST_DAD_FAILED = 134,
	MH_ST_SEQUENCE = 135,
	MH_ST_HOME_NONCE = 136,
	MH_ST_CAREOF_NONCE = 137,
	MH_ST_NONCES = 138,
	MH_ST_TYPE_CHANGE = 139,
	MH_ST_ID_MISMATCH = 144,	/* MIPV6-ID-MISMATCH */
	MH_ST_MESG_ID_REQD = 145,	/* MIPV6-MESG-ID-REQD */
	MH_ST_AUTH_FAIL = 146,		/* MIPV6-AUTH-FAIL */
	MH_ST_NO_PHKT = 147,
	MH_ST_CGA_FAILED = 148,
	MH_ST_PHKT_EXISTS = 149,
	MH_ST_HOME_NONCE_ZERO = 150,
	MH_ST_BAD_CAREOF = 174
};

/* Status of a Binding Error (RFC 6275 6.1.9). */
enum {
	MH_BE_UNKNOWN_BINDING = 1,
	MH_BE_UNKNOWN_TYPE = 2
};

#define	MH_MAXLEN	2048	/* (255 + 1) * 8 */
#define	MH_MAXOPTS	24	/* options kept, without padding */
#define	MH_LIFETIME_UNIT	4	/* seconds */
#define	MH_OFF_PROTO	0	/* Payload Proto */
#define	MH_OFF_HLEN	1	/* Header Len */
#define	MH_OFF_TYPE	2	/* MH Type */
#define	MH_OFF_CKSUM	4	/* Checksum */

/* Why a message is refused; the order of the checks. */
enum mh_err {
	MH_OK,
	MH_E_SHORT,		/* fewer than 8 octets, or than Header Len */
	MH_E_TYPE,		/* unknown MH Type: Binding Error, status 2 */
	MH_E_PROTO,		/* Payload Proto: Parameter Problem, code 0 */
	MH_E_HLEN,		/* Header Len: Parameter Problem, code 0 */
	MH_E_OPT_TRUNCATED,	/* an option exceeds the message */
	MH_E_OPT_LENGTH,	/* the length of a known option is wrong */
	MH_E_OPT_TWICE,		/* an option that may be there once only */
	MH_E_OPT_ORDER,		/* something follows the last option */
	MH_E_OPT_MANY,		/* more known options than MH_MAXOPTS */
	MH_NERR
};

/* A message, parsed or to be built. */
struct mh {
	uint8_t		 type;		/* enum mh_type, or unknown */
	uint8_t		 proto;		/* Payload Proto */
	uint16_t	 len;		/* of the message, in octets */
	uint16_t	 cksum;		/* as received; 0 once built */
	uint16_t	 err_off;	/* octet at fault, from the first */
	uint8_t		*wire;		/* built message, else NULL */
	const uint8_t	*p;		/* the message, parsed or built */
	const uint8_t	*raw;		/* Message Data of an unknown type */
	uint16_t	 rawlen;
	uint8_t		 nopts;
	uint16_t	 nunknown;	/* unknown options, kept or not */
	union {
		struct {		/* HoTI, CoTI */
			uint64_t	cookie;
		} init;
		struct {		/* HoT, CoT */
			uint16_t	nonce_index;
			uint64_t	cookie;
			uint64_t	token;
		} test;
		struct {
			uint16_t	seq;
			uint16_t	flags;
			uint16_t	lifetime;	/* units of 4 s */
		} bu;
		struct {
			uint8_t		status;
			uint8_t		flags;
			uint16_t	seq;
			uint16_t	lifetime;	/* units of 4 s */
		} ba;
		struct {
			uint8_t		status;
			struct in6_addr	home;
		} be;
	} u;
	struct mh_opt	 opt[MH_MAXOPTS];
};

/* What is known of one message type: a row of mh.def. */
struct mh_row {
	uint8_t		 type;
	uint8_t		 hlen;		/* least Header Len */
	const char	*name;		/* short, as the RFC abbreviates */
	const char	*title;
	void		(*parse)(struct rbuf *, struct mh *);
	void		(*build)(struct wbuf *, const struct mh *);
	void		(*print)(struct text *, const struct mh *);
};

enum mh_err	 mh_parse(struct mh *, const void *, size_t);
const char	*mh_err_name(enum mh_err);
const struct mh_row *mh_row(uint8_t);
const char	*mh_status_name(uint8_t);
const struct mh_opt *mh_find(const struct mh *, uint8_t);
const struct mh_opt *mh_find_auth(const struct mh *, uint8_t);

void		 mh_init(struct mh *, uint8_t);
struct mh_opt	*mh_add(struct mh *, uint8_t);
size_t		 mh_build(struct mh *, void *, size_t);

uint16_t	 mh_checksum(const void *, size_t, const struct in6_addr *,
		    const struct in6_addr *);
bool		 mh_checksum_ok(const void *, size_t, const struct in6_addr *,
		    const struct in6_addr *);
void		 mh_set_checksum(struct mh *, const struct in6_addr *,
		    const struct in6_addr *);

#endif
