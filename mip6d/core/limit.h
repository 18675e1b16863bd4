/*
 * For what a peer can provoke: lines, so many a second and how many not, and
 * answers, by token buckets.
 */
#ifndef MIP6D_CORE_LIMIT_H
#define MIP6D_CORE_LIMIT_H

#include <netinet/in.h>

#include <stdbool.h>
#include <stdint.h>

#include "core/htab.h"
#include "core/mono.h"

struct log_limit {
	int64_t		 window;	/* when the current second began */
	unsigned int	 n, suppressed;
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

bool	 limit_lines(struct log_limit *, struct mono, unsigned int per_second,
	    unsigned int *suppressed);
bool	 limit_take(int64_t *full, struct mono, uint32_t rate, uint32_t burst);
void	 limiter_init(struct limiter *, const uint64_t [2], unsigned int,
	    unsigned int);
enum limit limiter_take(struct limiter *, const struct in6_addr *,
	    struct mono);

#endif
