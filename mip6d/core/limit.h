/*
 * For what a peer can provoke: lines, so many a second and how many not, and
 * answers, by token buckets.
 */
#ifndef MIP6D_CORE_LIMIT_H
#define MIP6D_CORE_LIMIT_H

#include <stdbool.h>
#include <stdint.h>

#include "core/mono.h"

struct log_limit {
	int64_t		 window;	/* when the current second began */
	unsigned int	 n, suppressed;
};

bool	 limit_lines(struct log_limit *, struct mono, unsigned int per_second,
	    unsigned int *suppressed);
bool	 limit_ready(int64_t full, struct mono, uint32_t rate, uint32_t burst);
bool	 limit_take(int64_t *full, struct mono, uint32_t rate, uint32_t burst);

#endif
