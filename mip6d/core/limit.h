/* For lines that a peer can provoke: so many a second, and how many not. */
#ifndef MIP6D_CORE_LIMIT_H
#define MIP6D_CORE_LIMIT_H

#include <stdbool.h>

#include "core/mono.h"

struct log_limit {
	int64_t		 window;	/* when the current second began */
	unsigned int	 n, suppressed;
};

bool	 log_allowed(struct log_limit *, struct mono, unsigned int per_second,
	    unsigned int *suppressed);

#endif
