/*
 * A protected Mobility Header arrives at the socket for protected ones and at
 * the one for all.  What came by the first is remembered for a moment, so that
 * the second copy is known for what it is.  Pure.
 */
#ifndef MIP6D_NET_TWICE_H
#define MIP6D_NET_TWICE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "net/dp.h"

#define TWICE_MAX	1024
#define TWICE_LIFETIME	SEC(2)

struct twice {
	struct {
		uint64_t	 hash;		/* 0: free */
		struct mono	 at;
	}			 e[TWICE_MAX];
	size_t			 next;
};

void	 twice_note(struct twice *, const struct dp_raw *, const uint8_t *,
	    size_t, struct mono);
bool	 twice_seen(struct twice *, const struct dp_raw *, const uint8_t *,
	    size_t, struct mono);

#endif
