/* The home agent's time, and timestamps whose time will come: clock.c. */
#ifndef MIP6D_HA_CLOCK_H
#define MIP6D_HA_CLOCK_H

#include <stdbool.h>
#include <stdint.h>

/* All in nanoseconds, of the wall clock unless said. */
struct ha_clock {
	int64_t		 wall;		/* the latest time that there was */
	int64_t		 mono;		/* ... at this monotonic time */
	int64_t		 saved;		/* none is accepted before that */
	bool		 from_file;	/* saved is older than it could be */
};

#define AHEAD_MAX	16

/* Timestamps of a node that were refused as they were ahead. */
struct ahead {
	uint64_t	 stamp[AHEAD_MAX];	/* NTP, 0: none */
};

#endif
