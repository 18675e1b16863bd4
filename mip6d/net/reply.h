/*
 * Answers that net itself gives to a packet: ICMPv6 errors (RFC 4443) and
 * Binding Errors (RFC 6275 9.3.3), and the limits of their rate.  Pure.
 */
#ifndef MIP6D_NET_REPLY_H
#define MIP6D_NET_REPLY_H

#include <netinet/in.h>

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/htab.h"
#include "core/mono.h"

#define REPLY_MAX	1280	/* RFC 4443 2.4 (c) */

/*
 * Errors a second and at once, RFC 4443 2.4 (f): in all, and to one /64.  Of
 * those that tell the path MTU a network with many flows needs more.
 */
#define ERROR_RATE	100
#define ERROR_RATE_ONE	20
#define TOO_BIG_RATE	1000
#define TOO_BIG_RATE_ONE 200

/* A whole packet to be sent; len 0: none. */
struct reply {
	size_t	 len;
	uint8_t	 buf[REPLY_MAX];
};

/*
 * A bucket for all answers of a kind, and one for each /64 that they go to:
 * who makes us answer takes nothing from others.  A slot may be shared, but
 * nobody can choose with whom.
 */
#define LIMITER_SLOTS	1024

struct limiter {
	int64_t		 all;		/* of all: when it is full again */
	unsigned int	 rate_all;	/* a second and at once */
	unsigned int	 rate;		/* to one /64 */
	struct hash_key	 key;
	int64_t		 full[LIMITER_SLOTS];	/* when it will be again */
};

enum limit { LIMIT_NOT, LIMIT_DESTINATION, LIMIT_ALL };

void	 limiter_init(struct limiter *, const uint64_t [2], unsigned int,
	    unsigned int);
enum limit limiter_take(struct limiter *, const struct in6_addr *,
	    struct mono);

bool	 reply_error(struct reply *, uint8_t, uint8_t, uint32_t,
	    const struct in6_addr *, const void *, size_t);
bool	 reply_be(struct reply *, uint8_t, const struct in6_addr *,
	    const struct in6_addr *, const struct in6_addr *);

#endif
