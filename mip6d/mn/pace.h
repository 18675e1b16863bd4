/*
 * Pauses that grow, each cause by itself: before something is done again, and
 * before the home agent is asked again.  Private to mip6d/mn; used by hold.c and
 * errors.c.
 */
#ifndef MIP6D_MN_PACE_H
#define MIP6D_MN_PACE_H

#include <stdint.h>

/* Why something is not done again at once: hold.c. */
enum hold_cause {
	HOLD_ERROR, HOLD_REFUSED, HOLD_CAREOF, HOLD_NOT_HOME, HOLD_RIVAL,
	HOLD_ASKED, HOLD_CAUSES
};

/* Why the home agent is asked, though nothing is due; see heed(). */
enum cause {
	CAUSE_UNBOUND,		/* it says that it has no binding */
	CAUSE_UNREACHABLE,	/* ICMPv6 errors about tunnel packets */
	CAUSE_PORT,
	CAUSE_PARAMETER,
	CAUSE_ERROR,		/* a Binding Error */
	CAUSES
};

struct pace {
	int64_t	 next;		/* not before */
	int64_t	 pause;		/* the last one */
};

#endif
