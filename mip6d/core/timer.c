/*
 * Deadlines of the event loop.  They are rounded up to its microseconds, so
 * that who is called finds its time come; what is over is due at once.
 */
#include <sys/types.h>
#include <sys/time.h>

#include <event2/event.h>

#include "core/clock.h"
#include "core/timer.h"

/* Have ev called once, in so many nanoseconds.  -1: out of memory. */
int
timer_in(struct event *ev, int64_t ns)
{
	int64_t		 us = ns < 0 ? 0 : (ns + 999) / 1000;
	struct timeval	 tv = { (time_t)(us / 1000000),
			    (suseconds_t)(us % 1000000) };

	return (event_add(ev, &tv));
}

/* The same at that moment. */
int
timer_at(struct event *ev, struct mono when)
{
	return (timer_in(ev, mono_diff(when, mono_now())));
}
