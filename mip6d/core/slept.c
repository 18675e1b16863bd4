/*
 * Has the host slept?  The clock that libevent waits by stands still then, and
 * timers are late by as much.
 */
#include <time.h>

#include "core/clock.h"
#include "kern/compat.h"

/*
 * For how long libevent's clock has stood still since the last call, while time
 * went on: the host slept.  In nanoseconds, 0 if it did not.  Where no clock of
 * the system counts sleep it is what the wall clock has jumped ahead, which may
 * also be somebody who set it.
 */
int64_t
clock_slept(struct sleep_clock *c)
{
	clockid_t	 id = COMPAT_CLOCK == CLOCK_MONOTONIC ?
			    CLOCK_REALTIME : COMPAT_CLOCK;
	int64_t		 ahead = clock_read(id) - clock_read(CLOCK_MONOTONIC);
	int64_t		 slept = c->known ? ahead - c->ahead : 0;

	c->ahead = ahead;
	c->known = true;
	return (slept < SLEPT_LEAST ? 0 : slept);
}
