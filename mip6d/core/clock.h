#ifndef MIP6D_CORE_CLOCK_H
#define MIP6D_CORE_CLOCK_H

#include <stdint.h>
#include <time.h>

#include "core/mono.h"

/* Less than that is no sleep; a clock is read a moment after the other. */
#define SLEPT_LEAST	SEC(1)

/* All zero at first. */
struct sleep_clock {
	int64_t	 ahead;		/* of libevent's clock */
	bool	 known;
};

int64_t		 clock_read(clockid_t);
struct mono	 mono_now(void);
struct now	 clock_now(void);
int64_t		 clock_slept(struct sleep_clock *);

#endif
