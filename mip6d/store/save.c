/*
 * When a file of records is written.  The first change is written at once,
 * further ones together, a second after that at the earliest.  A disk that
 * takes its time for an fsync holds up nobody but the store; others wait for it
 * only with what must be safe before it is answered (timefile.c).  What fails
 * is said once, counted, and tried again until it works.
 *
 * Up to a second of changes may be lost when all of us are killed or the power
 * fails, but of those that somebody waits for: they are written at once, and he
 * is told when they are on disk.  Nothing else waits for it: a mobile node that
 * has lost its last sequence numbers is told the right one by status 135 (RFC
 * 6275, 9.5.1 and 11.7.3).  When the store dies nothing is lost: others have a
 * copy.
 */
#include <sys/types.h>

#include <errno.h>
#include <event2/event.h>
#include <stdlib.h>
#include <string.h>

#include "conf/conf.h"
#include "core/busy.h"
#include "core/clock.h"
#include "core/log.h"
#include "core/timer.h"
#include "store/store.h"

#define TOGETHER	SEC(1)		/* changes that are written together */
#define RETRY		SEC(2)		/* after an error */

static int
write_now(const struct keeper *k)
{
	const struct records	*rs = &k->records;
	struct statebuf		 b;
	size_t			 i;
	int			 e;

	if (statebuf_begin(&b)) {
		for (i = 0; i < rs->n; i++)
			if (rs->v[i]->len > 0)
				statebuf_add(&b, &rs->v[i]->home,
				    rs->v[i]->data, rs->v[i]->len);
		statebuf_finish(&b);
	}
	busy();
	e = statefile_write(k->store->dir, k->name, &b);
	statebuf_free(&b);
	return (e);
}

/* Write again as soon as that may be, if there is something to write. */
static void
schedule(struct keeper *k)
{
	int64_t	 left = 0;

	if (!k->dirty || (!k->at_once &&
	    event_pending(k->timer, EV_TIMEOUT, NULL) != 0))
		return;
	if (k->begun.ns != 0 && (k->failed || !k->at_once))
		left = (k->failed ? RETRY : TOGETHER) -
		    mono_diff(mono_now(), k->begun);
	timer_in(k->timer, left);
}

/* The next life is given one that is made for it. */
static void
directory_gone(const struct keeper *k)
{
	log_error("%s: was removed: begun anew",
	    k->store->ch->conf->global.state);
	ipc_flush(k->store->ch->parent);
	exit(1);
}

/* Who waits for a record is told how that went, and is further if it failed. */
static void
tell(struct keeper *k, int error)
{
	struct msg_result	 m = { .error = (uint32_t)error };
	struct record		*r;
	size_t			 i;

	for (i = 0; i < k->records.n; i++) {
		r = k->records.v[i];
		if ((m.id = r->id) == 0)
			continue;
		if (error == 0)
			r->id = 0;
		child_send(k->store->ch, k->role, MSG_RESULT, &m);
	}
}

static void
write_file(struct keeper *k)
{
	struct counters	*c = &k->store->ch->counters;
	const char	*dir = k->store->ch->conf->global.state;
	int		 e;

	k->dirty = k->at_once = false;
	k->begun = mono_now();
	e = write_now(k);
	tell(k, e);
	if (e == 0) {
		COUNT(c, STC_SAVED);
		if (k->failed)
			log_info("%s/%s: can be written again", dir, k->name);
		k->failed = false;
		return;
	}
	COUNT(c, STC_ERRORS);
	if (e == ENOENT)
		directory_gone(k);
	if (!k->failed)
		log_error("%s/%s: can't be written: %s; tried again every %d "
		    "seconds", dir, k->name, strerror(e),
		    (int)(RETRY / NS_PER_SEC));
	k->failed = k->dirty = true;
}

static void
on_timer(int fd, short what, void *arg)
{
	(void)fd;
	(void)what;
	write_file(arg);
	schedule(arg);
}

/* False: out of memory. */
bool
save_init(struct keeper *k)
{
	k->timer = event_new(k->store->ch->base, -1, 0, on_timer, k);
	return (k->timer != NULL);
}

/*
 * What the file is made of is another: it is written soon, or at once, as
 * somebody waits for that.
 */
void
save_soon(struct keeper *k, bool at_once)
{
	k->dirty = true;
	k->at_once = k->at_once || at_once;
	schedule(k);
}

/* The end: what is not on disk yet is written now. */
void
save_end(struct keeper *k)
{
	if (k->dirty)
		write_file(k);
	event_free(k->timer);
}
