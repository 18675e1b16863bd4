/*
 * Work that may take seconds in a large configuration calls busy() as it goes
 * on, so that whoever watches this process does not take it for hung.  Who is
 * told is set once for the process; where nobody is, nothing happens.
 */
#include <stddef.h>

#include "core/busy.h"
#include "core/clock.h"

#define CALLS_PER_LOOK	256	/* at the clock */
#define INTERVAL	SEC(1)

static struct {
	busy_fn		*fn;
	void		*arg;
	unsigned int	 calls;
	struct mono	 last;
} told;

/* Have fn(arg) called about once a second while this process is busy. */
void
busy_to(busy_fn *fn, void *arg)
{
	told.fn = fn;
	told.arg = arg;
	told.calls = 0;
	told.last = mono_now();
}

/* One more piece of long work is done.  Cheap enough for each of them. */
void
busy(void)
{
	struct mono	 now;

	if (told.fn == NULL || ++told.calls % CALLS_PER_LOOK != 0)
		return;
	now = mono_now();
	if (mono_diff(now, told.last) < INTERVAL)
		return;
	told.last = now;
	told.fn(told.arg);
}
