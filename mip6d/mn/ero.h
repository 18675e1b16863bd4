/*
 * Enhanced Route Optimization, RFC 4866: what a mobile node has of its home
 * addresses that are CGAs, and with each correspondent, for the ways by which a
 * Binding Update can be authenticated there.  Private to mip6d/mn.
 */
#ifndef MIP6D_MN_ERO_H
#define MIP6D_MN_ERO_H

#include <netinet/in.h>

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/msg.h"
#include "core/wheel.h"
#include "mn/exchange.h"
#include "wire/cgarsa.h"

#define MAX_CGA_BINDING_LIFETIME	86400	/* seconds, section 7 */
#define ERO_CAREOF_INDEX	1	/* a Care-of Test option names none */
#define ERO_NUMBERS		30000	/* then the token is renewed ... */
#define ERO_NUMBERS_LAST	32767	/* half of them, as others count, 4.9 */
#define ERO_RENEW		SEC(3600)	/* ... before it is too old */
#define ERO_FAILURES		2	/* 148 in a row: no more signatures */
#define CGA_WAIT		SEC(2)	/* for what the cga process is asked */
#define CGA_PAUSE		SEC(30)	/* nothing is asked, if it gave none */
#define CGA_RATE		20	/* signatures a second, of all ... */
#define CGA_BURST		100	/* ... and at once: cga allows more */
#define CGA_LIMITED		SEC(2)	/* who had to go without: again then */

/* A keygen token with its nonce index, RFC 6275 section 5.2.5. */
struct token {
	bool		 there;
	uint64_t	 value;
	uint16_t	 index;
	int64_t		 at;		/* its test was begun */
};

/* Of a home address: its CGA Parameters, as the cga process has told them. */
struct home_cga {
	uint8_t		*params;	/* NULL: it has told none */
	size_t		 len, signature; /* octets of both */
	int64_t		 since;		/* told, or not, or NEVER */
	int64_t		 pause_until;	/* nothing is asked, or NEVER */
	const char	*failed;	/* what it was then, in words */
};

/* Why a correspondent is sent no signatures for some time. */
enum ero_hold {
	ERO_NOT_HELD,
	ERO_UNKNOWN,		/* it has taken one and given no token */
	ERO_REFUSED,		/* status 148, again and again */
	ERO_SILENT,		/* no answer to what was signed */
	ERO_NO_TOKEN,		/* what it gave can't be decrypted */
	ERO_LIMITED		/* too many were asked for in a second */
};

/* A Binding Update that the cga process is asked to sign. */
struct unsigned_update {
	struct sent	 s;
	struct in6_addr	 coa;
};

/*
 * A signed Binding Update that was sent again before the first was answered:
 * the correspondent gives a token for each, and the last one counts.
 */
struct ero_later {
	bool		 awaited;
	struct sent	 s;		/* the last one */
	struct in6_addr	 coa;
	uint8_t		 kbm[MHAUTH_KBMLEN];
};

/* With a correspondent. */
struct ero {
	struct token	 permanent;	/* home keygen token */
	uint32_t	 numbers;	/* used with it, or passed over */
	bool		 renew;		/* as soon as that can be */
	struct token	 careof;	/* of a Care-of Test option */
	struct in6_addr	 careof_of;	/* ... for this care-of address */
	enum proof	 by;		/* of the binding that there is */
	bool		 unverified;	/* it was made by an early update */
	bool		 slow;		/* it has refused one */
	enum ero_hold	 hold;
	int64_t		 hold_until;
	unsigned int	 failures;	/* status 148 in a row */
	uint32_t	 sign_id, decrypt_id;	/* asked for, or 0 */
	int64_t		 decrypt_at;	/* when its update was sent */
	struct unsigned_update unsigned_update;
	struct ero_later later;
	struct wheel_timer timer;	/* of what was asked for */
};

#endif
