/*
 * What speaks for being at home (RFC 6275 section 11.5.2).  That a router of
 * the home link was heard is in struct router; here is what became of looking
 * for the home agent and of asking it.  Private to mip6d/mn; used by home.c.
 */
#ifndef MIP6D_MN_EVIDENCE_H
#define MIP6D_MN_EVIDENCE_H

#include <stdbool.h>
#include <stdint.h>

#include "core/wheel.h"

#define HOME_TRIES	3 /* questions, or de-registrations, in vain */

struct evidence {
	int64_t			 answered;	/* by the home agent there */
	uint32_t		 ifindex;	/* asked on this interface */
	int64_t			 sought;	/* as a neighbour, or NEVER */
	bool			 found;		/* it answered to that */
	unsigned int		 tries;		/* it did not, this time */
	int64_t			 hold;		/* the last one, or 0 */
	int64_t			 hold_until;
	bool			 rival;		/* has the home address */
	struct wheel_timer	 again;
};

#endif
