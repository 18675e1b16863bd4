/* What the correspondent keeps: nonces, bindings, and what is left of them. */
#ifndef MIP6D_CN_STATE_H
#define MIP6D_CN_STATE_H

#include <sys/types.h>
#include <sys/queue.h>

#include <netinet/in.h>

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "cn/counters.h"
#include "conf/conf.h"
#include "core/counter.h"
#include "core/engine.h"
#include "core/htab.h"
#include "core/limit.h"
#include "core/statickey.h"
#include "core/wheel.h"
#include "wire/mh.h"
#include "wire/mhauth.h"

/* RFC 6275 section 12 */
#define MAX_TOKEN_LIFETIME	SEC(210)
#define MAX_NONCE_LIFETIME	SEC(240)

/*
 * A nonce is given out for so long after its first use, so that a token is
 * good for MAX_TOKEN_LIFETIME at least (RFC 6275 5.2.7).  Another one is made
 * on demand, but not more often than NONCE_PAUSE.
 */
#define NONCE_ISSUED	(MAX_NONCE_LIFETIME - MAX_TOKEN_LIFETIME)
#define NONCE_PAUSE	SEC(1)
#define NNONCES		256
_Static_assert(NNONCES > MAX_NONCE_LIFETIME / NONCE_PAUSE + 1,
    "as many as may be valid at one time");

/* Test Inits answered in a second, of each kind: of a /64, and of all. */
#define TEST_RATE	200
#define TEST_RATE_TOTAL	20000
/* Refusals in a second: to a /64, and to all. */
#define REFUSAL_RATE		10
#define REFUSAL_RATE_TOTAL	1000

/*
 * Signatures verified in a second (RFC 4866 6.6): of home addresses of a /64,
 * and of all.  One takes less than a fifth of a millisecond, with the token
 * that it earns and a key that is as slow as one may be.
 */
#define SIGNATURE_RATE		50
#define SIGNATURE_RATE_TOTAL	500

/*
 * By how much sequence numbers may grow with one permanent home keygen token:
 * farther on, one of its first updates would pass for a new one (RFC 4866 4.9).
 */
#define TOKEN_NUMBERS	0x8000

/*
 * Binding Refresh Requests (RFC 6275 9.5.5): what is used in the last quarter
 * of its lifetime is asked for, so often, with this pause that doubles.
 */
#define REFRESH_LEAST	SEC(40)		/* not for shorter lifetimes */
#define REFRESH_MAX	3
#define REFRESH_PAUSE	SEC(10)

/* Persistent errors (9.3.4): so many, for so long, none older than that. */
#define ERRORS_LEAST	3
#define ERRORS_TIME	SEC(10)
#define ERRORS_AGE	SEC(60)

/* What makes room for others has had this time to be used. */
#define UNUSED_LEAST	SEC(3)

enum timer_kind {
	TK_BINDING = 1,		/* end of a lifetime; is it used? */
	TK_NONCE,		/* the oldest nonce ends */
	TK_TOMB,		/* what is left of bindings is forgotten */
	TK_WALK,		/* a walk over all bindings, in pieces */
	TK_MAX
};

/* A nonce with the node key that belongs to it (RFC 6275 5.2.7). */
struct nonce {
	uint8_t		 key[MHAUTH_KCNLEN];
	uint8_t		 value[8];
	uint32_t	 serial;	/* 0: none */
	bool		 used;
	struct mono	 first;		/* used */
};

/* Those that may be valid: serials oldest to last, in a ring (nonce.c). */
struct nonces {
	struct nonce	 ring[NNONCES];
	uint32_t	 oldest, last;
	uint32_t	 base;		/* an index is that much further */
	struct mono	 made;		/* the last one was */
	struct wheel_timer timer;
};

/*
 * A network: a /64 of home addresses, one of care-of addresses, or one of
 * care-of addresses that have not been verified.
 */
enum network_kind {
	NETWORK_HOME,
	NETWORK_CAREOF,
	NETWORK_UNVERIFIED	/* who asks for one may never have been there */
};

struct network {
	struct hlink	 link;
	uint64_t	 prefix;	/* as it is in memory */
	uint32_t	 id;		/* number in the pool */
	uint32_t	 count;		/* bindings, and tombs of homes */
	uint8_t		 kind;
};

/* An address of this host that there are bindings with. */
struct own {
	struct hlink	 link;
	struct in6_addr	 addr;
	uint32_t	 id;		/* number in the pool */
	uint32_t	 count;		/* bindings */
	bool		 gone;
	bool		 seen;		/* in this snapshot */
};

/* A Binding Cache entry (RFC 6275 9.1). */
struct entry {
	struct hlink	 link;		/* by home and own address */
	struct wheel_timer timer;
	struct in6_addr	 home, coa;
	TAILQ_ENTRY(entry) unused;	/* if listed */
	struct mono	 expires;
	struct mono	 first_error;
	struct mono	 since;
	uint32_t	 id;		/* number in the pool */
	uint32_t	 own;		/* numbers of those */
	uint32_t	 home_network, coa_network;
	uint32_t	 newest;	/* nonce of an update, serial */
	uint32_t	 floor;		/* one is newer, of each update */
	uint32_t	 updates;	/* accepted ones */
	uint32_t	 careof_nonce;	/* of the last Care-of Test option */
	uint64_t	 token;		/* permanent home keygen token */
	uint32_t	 token_numbers;	/* seq has grown so much with it */
	uint32_t	 key;		/* number of a static one, 0: none */
	uint16_t	 seq;
	uint16_t	 lifetime;	/* granted, units of 4 s */
	uint8_t		 nerrors;
	uint8_t		 asked;		/* Binding Refresh Requests */
	unsigned int	 used : 1;	/* packets were seen */
	unsigned int	 notify : 1;	/* net is to tell of the next one */
	unsigned int	 watched : 1;	/* it is about to end */
	unsigned int	 has_token : 1;
	unsigned int	 unverified : 1; /* its care-of address, RFC 4866 4.2 */
	unsigned int	 listed : 1;	/* makes room for others if unused */
};
_Static_assert(sizeof(struct entry) <= 200, "memory for each binding");

/*
 * What is left of a binding as long as its updates could be replayed (RFC 6275
 * 5.2.8, 9.5.3): found by the hash of home and own address, which has a key
 * and is all that is kept of them.
 */
struct tomb {
	struct hlink	 link;
	uint32_t	 id;		/* number in the pool */
	uint32_t	 next, prev;	/* by age; numbers + 1, 0: none */
	uint32_t	 made;		/* newest nonce of that time, serial */
	uint32_t	 floor;		/* as that of the binding */
	uint32_t	 network;	/* of the home address */
	uint16_t	 seq;
};
_Static_assert(sizeof(struct tomb) <= 48, "memory for each one");

struct bu;

struct cn {
	const struct engine_env	*env;
	struct conf_cn		 conf;
	struct wheel		 wheel;
	size_t			 ntimers[TK_MAX];
	struct now		 now;	/* of the call in progress */
	struct hash_key		 key;
	struct mhauth		*auth;
	struct bu		*bu;	/* the one under examination */
	struct mh		 mh;	/* the one being built */

	struct nonces		 nonces;
	struct statickeys	 keys;		/* of some peers */

	struct pool		 entries, tombs, networks, owns;
	struct htab		 bindings, by_tomb, by_network, by_own;
	TAILQ_HEAD(, entry)	 unused;	/* oldest first */
	uint32_t		 oldest_tomb, newest_tomb; /* numbers + 1 */
	struct wheel_timer	 tomb_timer;

	struct limiter		 home_tests, coa_tests, refusals, signatures;
	struct log_limit	 notes[CC_MAX], events, why_limit;

	struct wheel_timer	 walk;
	uint32_t		 walk_at;
	uint8_t			 walk_what;
};

#endif
