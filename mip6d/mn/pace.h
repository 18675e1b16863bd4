/*
 * Why something is not done again at once (enum hold_cause), why the home agent
 * is asked though nothing is due (enum ask_cause), and the pause between two
 * questions for one such reason (struct pace).  How long pauses are is in
 * hold.c. Private to mip6d/mn.
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
enum ask_cause {
	ASK_UNBOUND,		/* it says that it has no binding */
	ASK_UNREACHABLE,	/* ICMPv6 errors about tunnel packets */
	ASK_PORT,
	ASK_PARAMETER,
	ASK_ERROR,		/* a Binding Error */
	ASK_CAUSES
};

struct pace {
	int64_t	 next;		/* not before */
	int64_t	 pause;		/* the last one */
};

#endif
