/*
 * Finds children that hang.  The parent asks each one every second; a child
 * that has said nothing for WATCH_SILENT of these seconds hangs, or for
 * WATCH_FIRST of them if it has yet to say its first word.  Only ticks that
 * came on time count: when the parent was stopped, in a debugger or without a
 * processor, its children may have been, too, and nobody is to die of that.
 * Pure: the time is passed in, and what is to be done comes out.
 */
#include <stddef.h>

#include "parent/watch.h"

/*
 * A tick comes at `now'.  Did the parent run in time for it?  The first call
 * begins: it did.  The next tick is due one interval later, whatever happened
 * to this one.
 */
bool
watch_on_time(struct watch_clock *c, struct mono now)
{
	bool	 on_time = c->due.ns == 0 ||
		    mono_diff(now, c->due) <= WATCH_SLACK;

	c->due = mono_add(now, WATCH_TICK);
	return (on_time);
}

/*
 * A child said something; whatever it is, its event loop runs.  "Busy" comes
 * from the middle of long work, and is believed for WATCH_BUSY ticks.
 */
void
watch_heard(struct watch *w, bool busy)
{
	w->silent = 0;
	w->heard = true;
	if (busy) {
		w->starting = 0;
		return;
	}
	w->asked = false;
	w->busy = 0;
}

/*
 * A tick, for one child; starting: it is not ready yet, and waits for nobody.
 * Returns what is to be done about it.
 */
enum watch_verdict
watch_tick(struct watch *w, bool on_time, bool starting)
{
	if (!starting)
		w->starting = 0;
	if (on_time) {
		if (w->asked && ++w->silent >=
		    (w->heard ? WATCH_SILENT : WATCH_FIRST))
			return (w->heard ? WATCH_HUNG : WATCH_HUNG_FIRST);
		if (w->asked && ++w->busy >= WATCH_BUSY)
			return (WATCH_HUNG_BUSY);
		if (starting && ++w->starting >= WATCH_START)
			return (WATCH_HUNG_STARTING);
	}
	if (w->asked)
		return (WATCH_FINE);
	w->asked = true;
	return (WATCH_ASK);
}

#define STR_(x)	#x
#define STR(x)	STR_(x)

/* Why a child is killed, for the log; NULL: it is not. */
const char *
watch_text(enum watch_verdict v)
{
	switch (v) {
	case WATCH_HUNG:
		return ("does not answer for " STR(WATCH_SILENT) " s");
	case WATCH_HUNG_FIRST:
		return ("says nothing in its first " STR(WATCH_FIRST) " s");
	case WATCH_HUNG_BUSY:
		return ("is busy for " STR(WATCH_BUSY) " s");
	case WATCH_HUNG_STARTING:
		return ("does not get ready in " STR(WATCH_START) " s");
	default:
		return (NULL);
	}
}
