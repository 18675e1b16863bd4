/* The home agent's time, and timestamps whose time will come: clock.c. */
#ifndef MIP6D_HA_CLOCK_H
#define MIP6D_HA_CLOCK_H

#include <stdbool.h>
#include <stdint.h>

#include "core/wheel.h"
#include "ha/saved.h"

/* All in nanoseconds, of the wall clock unless said. */
struct ha_clock {
	int64_t		 time;		/* the latest time that there was */
	int64_t		 mono;		/* ... at this monotonic time */
	int64_t		 host;		/* ... when the wall clock said this */
	bool		 set_back;	/* it was, and is still behind */
	int64_t		 until;		/* what is later is saved first */
	int64_t		 kept;		/* ... and the store has said so */
	uint32_t	 asked;		/* number of the last time saved */
	struct saved_time former;	/* of the life before this one */
	bool		 known, exact;	/* there is one; nothing is missing */
	struct wheel_timer timer;	/* while it is set back */
	struct waiting	*waiting;	/* hold.c */
	struct wheel_timer hold_timer;
};

/* Timestamps of a node that were refused as they were ahead. */
struct ahead {
	uint64_t	 stamp[AHEAD_MAX];	/* NTP, 0: none */
};

/* Binding Updates that wait until the store has saved the time (hold.c). */
struct waiting {
	struct waiting	*next;
	struct msg_mh_in in;
	uint8_t		 mh[];
};

#endif
