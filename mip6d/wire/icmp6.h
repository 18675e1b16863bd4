/*
 * ICMPv6 messages that Mobile IPv6 needs: errors (RFC 4443), Neighbor
 * Discovery (RFC 4861 with RFC 6275 7.1-7.4), home agent address discovery
 * and mobile prefixes (RFC 6275 6.5-6.8).  Pure.
 *
 * icmp6_parse() checks what can be seen in the message itself, icmp6_valid()
 * what depends on the packet around it (hop limit 255, kinds of addresses).
 */
#ifndef MIP6D_WIRE_ICMP6_H
#define MIP6D_WIRE_ICMP6_H

#include <netinet/in.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "wire/buf.h"
#include "wire/text.h"

enum icmp6_type {
	ICMP6_T_UNREACH = 1,		/* Destination Unreachable */
	ICMP6_T_TOOBIG = 2,		/* Packet Too Big */
	ICMP6_T_TIMEX = 3,		/* Time Exceeded */
	ICMP6_T_PARAM = 4,		/* Parameter Problem */
	ICMP6_T_ECHO = 128,
	ICMP6_T_ECHOREPLY = 129,
	ICMP6_T_RS = 133,		/* Router Solicitation */
	ICMP6_T_RA = 134,		/* Router Advertisement */
	ICMP6_T_NS = 135,		/* Neighbor Solicitation */
	ICMP6_T_NA = 136,		/* Neighbor Advertisement */
	ICMP6_T_REDIRECT = 137,
	ICMP6_T_DHAAD_REQ = 144,	/* Home Agent Address Discovery Req. */
	ICMP6_T_DHAAD_REP = 145,	/* ... Reply */
	ICMP6_T_MPS = 146,		/* Mobile Prefix Solicitation */
	ICMP6_T_MPA = 147		/* Mobile Prefix Advertisement */
};

/* Codes */
enum {
	ICMP6_C_UNREACH_NOROUTE = 0,
	ICMP6_C_UNREACH_ADMIN = 1,
	ICMP6_C_UNREACH_SCOPE = 2,
	ICMP6_C_UNREACH_ADDR = 3,
	ICMP6_C_UNREACH_PORT = 4,
	ICMP6_C_TIMEX_HOPS = 0,
	ICMP6_C_PARAM_FIELD = 0,	/* erroneous header field */
	ICMP6_C_PARAM_NEXT = 1,		/* unrecognized Next Header */
	ICMP6_C_PARAM_OPTION = 2	/* unrecognized option */
};

/* Flags of Router Advertisements and of the messages of RFC 6275 6.5-6.8. */
enum {
	ICMP6_RA_M = 0x80,
	ICMP6_RA_O = 0x40,
	ICMP6_RA_H = 0x20,		/* Home Agent, RFC 6275 7.1 */
	ICMP6_MPA_M = 0x80,
	ICMP6_MPA_O = 0x40,
	ICMP6_DHAAD_R = 0x80		/* mobile routers, RFC 3963 7.1 */
};

/* Neighbor Advertisement flags. */
enum {
	ICMP6_NA_R = 0x80,
	ICMP6_NA_S = 0x40,
	ICMP6_NA_O = 0x20
};

/* Prefix Information and Home Agent Information flags. */
enum {
	ICMP6_PI_L = 0x80,		/* on-link */
	ICMP6_PI_A = 0x40,		/* autonomous */
	ICMP6_PI_R = 0x20,		/* Router Address, RFC 6275 7.2 */
	ND_HAINFO_R = 0x80		/* mobile routers, RFC 3963 7.3 */
};

enum nd_type {
	ND_SLLA = 1,			/* Source Link-Layer Address */
	ND_TLLA = 2,			/* Target Link-Layer Address */
	ND_PREFIX = 3,			/* Prefix Information */
	ND_MTU = 5,
	ND_ADVINT = 7,			/* Advertisement Interval */
	ND_HAINFO = 8,			/* Home Agent Information */
	ND_NONCE = 14			/* RFC 3971 5.3.2 */
};

#define	ICMP6_MAXOPTS	32		/* options kept */
#define	ICMP6_QUOTE_MAX	(1280 - 40 - 8)	/* RFC 4443 2.4 (c) */
#define	ICMP6_INFINITY	0xffffffffU	/* a prefix lifetime */

struct nd_row;

/*
 * One Neighbor Discovery option.  Those without fixed fields (link-layer
 * addresses, nonces, unknown ones) are data/datalen only: 6 octets with an
 * Ethernet address; the builder adds zeros up to a multiple of 8 octets.
 */
struct nd_opt {
	uint8_t			 type;
	uint16_t		 off;	/* of its Type in the message */
	uint16_t		 datalen;
	const uint8_t		*data;
	const struct nd_row	*row;	/* NULL: unknown */
	union {
		struct {
			uint8_t		len;	/* Prefix Length */
			uint8_t		flags;
			uint32_t	valid;	/* seconds */
			uint32_t	preferred;
			struct in6_addr	prefix;
		} prefix;
		uint32_t	 mtu;
		uint32_t	 advint;	/* milliseconds */
		struct {
			uint8_t		flags;
			uint16_t	preference;
			uint16_t	lifetime;	/* seconds */
		} hainfo;
	} u;
};

/* What is known of one option type. */
struct nd_row {
	uint8_t		 type;
	uint8_t		 min;		/* Length, in units of 8 octets */
	uint8_t		 max;
	const char	*name;
	void		(*parse)(struct rbuf *, struct nd_opt *);
	void		(*build)(struct wbuf *, const struct nd_opt *);
	void		(*print)(struct text *, const struct nd_opt *);
};

enum icmp6_err {
	ICMP6_OK,
	ICMP6_E_SHORT,		/* fewer octets than its type needs */
	ICMP6_E_TYPE,		/* not one of enum icmp6_type */
	ICMP6_E_CODE,		/* Code is not 0 where it must be */
	ICMP6_E_OPT_ZERO,	/* an option of length 0 (RFC 4861 4.6) */
	ICMP6_E_OPT_TRUNCATED,	/* an option exceeds the message */
	ICMP6_E_OPT_LENGTH,	/* a known option has a wrong length */
	ICMP6_E_OPT_MANY,	/* more than ICMP6_MAXOPTS known options */
	ICMP6_E_ADDRS,		/* DHAAD Reply: not a multiple of 16 */
	ICMP6_E_TARGET,		/* NS, NA: multicast target */
	ICMP6_E_HOPLIMIT,	/* Neighbor Discovery from another link */
	ICMP6_E_SOURCE,		/* RFC 4861: source not allowed */
	ICMP6_E_DEST,		/* RFC 4861: destination not allowed */
	ICMP6_E_SLLA,		/* SLLA from the unspecified address */
	ICMP6_E_SOLICITED,	/* solicited NA to a multicast address */
	ICMP6_NERR
};

/* A message, parsed or to be built. */
struct icmp6 {
	uint8_t		 type;
	uint8_t		 code;
	uint16_t	 cksum;		/* as received */
	uint16_t	 err_off;	/* octet at fault, from the first */
	const uint8_t	*p;
	size_t		 len;
	union {
		struct {		/* errors; echo data */
			uint32_t	 param;	/* MTU, Pointer, id + seq */
			const uint8_t	*quoted;
			size_t		 len;
		} err;
		struct {
			uint8_t		 hop_limit;
			uint8_t		 flags;
			uint16_t	 lifetime;	/* seconds */
			uint32_t	 reachable;	/* milliseconds */
			uint32_t	 retrans;	/* milliseconds */
		} ra;
		struct {		/* NS; NA with flags */
			uint8_t		 flags;
			struct in6_addr	 target;
		} nd;
		struct {		/* DHAAD, MPS, MPA */
			uint16_t	 id;
			uint8_t		 flags;
			uint16_t	 naddrs;
			const uint8_t	*addrs;	/* 16 octets each */
		} mip;
	} u;
	uint8_t		 nopts;
	struct nd_opt	 opt[ICMP6_MAXOPTS];
};

enum icmp6_err	 icmp6_parse(struct icmp6 *, const void *, size_t);
enum icmp6_err	 icmp6_valid(const struct icmp6 *, const struct in6_addr *,
		    const struct in6_addr *, uint8_t);
const char	*icmp6_err_name(enum icmp6_err);
const char	*icmp6_type_name(uint8_t);
const struct nd_opt *icmp6_find(const struct icmp6 *, uint8_t);
struct in6_addr	 icmp6_dhaad_addr(const struct icmp6 *, size_t);

void		 icmp6_init(struct icmp6 *, uint8_t);
struct nd_opt	*icmp6_add(struct icmp6 *, uint8_t);
void		 icmp6_add_data(struct icmp6 *, uint8_t, const void *, size_t);
void		 icmp6_neighbour(struct icmp6 *, uint8_t,
		    const struct in6_addr *, uint8_t);
size_t		 icmp6_build(const struct icmp6 *, void *, size_t);
void		 icmp6_set_checksum(uint8_t *, size_t, const struct in6_addr *,
		    const struct in6_addr *);
bool		 icmp6_checksum_ok(const void *, size_t,
		    const struct in6_addr *, const struct in6_addr *);
size_t		 icmp6_error(uint8_t *, size_t, uint8_t, uint8_t, uint32_t,
		    const void *, size_t);
bool		 icmp6_may_answer(const void *, size_t, uint8_t type,
		    uint8_t code, uint32_t param);
void		 icmp6_print(struct text *, const struct icmp6 *);

const struct nd_row *nd_row(uint8_t);
bool		 nd_parse(struct icmp6 *, struct rbuf *, enum icmp6_err *);
bool		 nd_build(struct wbuf *, const struct nd_opt *);
void		 nd_print(struct text *, const struct nd_opt *);

#endif
