/*
 * How much may be sent to care-of addresses of a node that are not verified:
 * as much as has come from it at verified ones, less and less with time
 * (RFC 4866 4.10, 4.11).  Pure; it is told the time.
 */
#ifndef MIP6D_NET_CREDIT_H
#define MIP6D_NET_CREDIT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/mono.h"

#define CREDIT_INTERVAL	SEC(5)	/* CreditAgingInterval, RFC 4866 7 */

/* All 0: none. */
struct credit {
	uint64_t	 octets;	/* as they were at that time */
	struct mono	 aged;		/* a whole number of intervals ago */
};

void	 credit_age(struct credit *, struct mono);
uint64_t credit_get(const struct credit *, struct mono);
bool	 credit_spend(struct credit *, size_t, struct mono);

/* A packet of so many octets has come from a care-of that is verified. */
static inline void
credit_earn(struct credit *c, size_t len, struct mono now)
{
	if (mono_diff(now, c->aged) >= CREDIT_INTERVAL)
		credit_age(c, now);
	c->octets += len;
}

#endif
