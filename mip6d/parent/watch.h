/* Which child hangs: the counting of ticks.  No clock, no events. */
#ifndef MIP6D_PARENT_WATCH_H
#define MIP6D_PARENT_WATCH_H

#include <stdbool.h>

#include "core/mono.h"

#define WATCH_TICK	SEC(1)
#define WATCH_SLACK	MS(500)	/* a tick that is later does not count */
#define WATCH_SILENT	5	/* ticks without a word: hung */
#define WATCH_FIRST	15 /* the same for its first word: an exec is slow */
#define WATCH_BUSY	300	/* ticks of nothing but "busy": hung */
#define WATCH_START	60	/* ticks without progress before READY: hung */

/* The parent's own ticks. */
struct watch_clock {
	struct mono	 due;		/* 0: there was none yet */
};

/* A child; all zero at its birth. */
struct watch {
	bool		 asked;		/* a ping is out */
	bool		 heard;		/* it has said something */
	unsigned int	 silent;	/* ticks since any word */
	unsigned int	 busy; /* ticks since a word that is not "busy" */
	unsigned int	 starting;	/* ticks since progress */
};

enum watch_verdict {
	WATCH_FINE,		/* wait */
	WATCH_ASK,		/* send it a ping */
	WATCH_HUNG,		/* no answer */
	WATCH_HUNG_FIRST,	/* never a word */
	WATCH_HUNG_BUSY,	/* busy for too long */
	WATCH_HUNG_STARTING	/* alive, but it does not get ready */
};

bool	 watch_on_time(struct watch_clock *, struct mono now);
void	 watch_heard(struct watch *, bool busy);
enum watch_verdict watch_tick(struct watch *, bool on_time, bool starting);
const char *watch_text(enum watch_verdict);

#endif
