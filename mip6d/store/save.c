/*
 * When files are written.  What changes is in the journal before the next turn
 * of the event loop, and survives us; it is on disk, with all that has changed
 * by then, at once if somebody waits for it, and else a second after the last
 * time at the earliest.  Changes that come while the disk is waited for go
 * there together the next time.  The file itself is written anew when the
 * journal has grown, when records went or when there is no journal.  A disk
 * that takes its time holds up nobody but the store; others wait for it only
 * with what must be safe before it is answered.  What fails is said once,
 * counted, and tried again, with the whole file, until it works.
 *
 * When the power fails a second of changes may be lost, but none that somebody
 * waits for.  Nothing else waits for it: a mobile node that has lost its last
 * sequence numbers is told the right one by status 135 (RFC 6275, 9.5.1 and
 * 11.7.3).  When the store dies nothing is lost: others have a copy.
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
/* A journal is not longer than this, or than some times the file. */
#define JOURNAL_LEN	(4U << 20)
#define JOURNAL_TIMES	4

/* There is a new journal behind it; without one it is written each time. */
static void
begin_journal(struct keeper *k, const struct statebuf *b)
{
	struct statefile_id	 id = statefile_id(b->p, b->len);
	const char		*where = k->store->ch->conf->global.state;
	int			 e;

	if ((e = journal_begin(&k->journal, k->store->dir, where, &id)) == 0)
		return;
	COUNT(&k->store->ch->counters, STC_ERRORS);
	if (!k->no_journal)
		log_warn("%s/%s: can't be written: %s; all records are written "
		    "each time", where, k->journal.name, strerror(e));
	k->no_journal = true;
}

/* All records; the journal has nothing more to say. */
static int
write_whole(struct keeper *k)
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
	e = statefile_write(k->store->dir, k->name, &b);
	if (e == 0) {
		COUNT(&k->store->ch->counters, STC_SAVED);
		k->whole = false;
		k->len = b.len;
		begin_journal(k, &b);
	}
	statebuf_free(&b);
	return (e);
}

/* What is not on disk yet goes there.  Returns 0 or an errno. */
static int
write_now(struct keeper *k)
{
	busy();
	if (!k->whole && journal_is_open(&k->journal) &&
	    journal_commit(&k->journal) == 0) {
		COUNT(&k->store->ch->counters, STC_COMMITS);
		return (0);
	}
	return (write_whole(k));
}

/* How long it may not go to the disk yet. */
static int64_t
wait_left(const struct keeper *k)
{
	int64_t	 left;

	if (k->begun.ns == 0 || (k->at_once && !k->failed))
		return (0);
	left = (k->failed ? RETRY : TOGETHER) - mono_diff(mono_now(), k->begun);
	return (left < 0 ? 0 : left);
}

static bool
has_tail(const struct keeper *k)
{
	return (journal_is_open(&k->journal) && k->journal.tail.len > 0);
}

/* Write again as soon as that may be, if there is something to write. */
static void
schedule(struct keeper *k)
{
	int64_t	 left;

	if (!k->dirty || k->turn)
		return;
	left = has_tail(k) ? 0 : wait_left(k);
	k->turn = left == 0;
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
	struct keeper	*k = arg;

	(void)fd;
	(void)what;
	k->turn = false;
	if (has_tail(k))
		journal_write(&k->journal);
	if (k->journal.len > JOURNAL_LEN &&
	    k->journal.len / JOURNAL_TIMES > k->len)
		k->whole = true;
	if (k->dirty && wait_left(k) == 0)
		write_file(k);
	schedule(k);
}

/* False: out of memory. */
bool
save_init(struct keeper *k)
{
	k->timer = event_new(k->store->ch->base, -1, 0, on_timer, k);
	return (k->timer != NULL);
}

static void
set_dirty(struct keeper *k, bool at_once)
{
	k->dirty = true;
	k->at_once = k->at_once || at_once;
	schedule(k);
}

/*
 * A record is another: it is on disk soon, or at once, as somebody waits for
 * that.
 */
void
save_change(struct keeper *k, const struct record *r, bool at_once)
{
	journal_add(&k->journal, &r->home, r->data, r->len);
	set_dirty(k, at_once);
}

/* The file is soon made of what there is now. */
void
save_soon(struct keeper *k)
{
	k->whole = true;
	set_dirty(k, false);
}

/*
 * The end: what is not on disk yet is written now, and all is in one file, as
 * who looks after it expects.
 */
void
save_end(struct keeper *k)
{
	if (k->dirty)
		write_file(k);
	if (journal_has_records(&k->journal)) {
		k->whole = true;
		write_file(k);
	}
	if (!k->failed && journal_is_open(&k->journal))
		journal_remove(&k->journal, k->store->dir);
	journal_close(&k->journal);
	event_free(k->timer);
}
