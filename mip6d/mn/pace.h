/*
 * How often errors have the home agent asked: each cause by itself, with pauses
 * that grow.  Private to mip6d/mn; used by errors.c.
 */
#ifndef MIP6D_MN_PACE_H
#define MIP6D_MN_PACE_H

#include <stdint.h>

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
