/*
 * The reconciler: rows that somebody wants, compared with what the kernel was
 * seen to have.  What is asked for is done in the order in which it was asked;
 * what somebody else removed or changed is put back in bursts, in the order of
 * kinds, and less and less often if a rival insists.  No I/O, no time of its
 * own, no globals.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "kern/kinds.h"
#include "kern/rowtab.h"

/* A repair takes along what would be due a moment later. */
#define BURST		MS(5)

/*
 * This owner wants that row; it may be wanted by others, too, and the last
 * word on its value counts.  What the kernel does not have is due at once.
 * 0 or ENOMEM; then the owner's other rows are as they were.
 */
int
rows_want(struct rows *r, const struct row_spec *s, const struct row_owner *id)
{
	struct row	*row;
	bool		 same;

	if ((row = rowtab_claim(r, s, id)) == NULL ||
	    row_enter(r, row, s->dev) != 0)
		return (ENOMEM);
	row->watched = s->watched;
	same = row_same_value(row, s);
	if (!same && row_set_value(row, s) != 0)
		return (ENOMEM);
	/* What the kernel has is the value of before. */
	if (!same && row->have == HAVE)
		row->have = HAVE_OTHER;
	if (row->flight)
		row->again = row->again || !same || row->op == ROW_TAKE;
	else if (same && row->have == HAVE && !s->watched)
		row_in_place(r, row);
	else
		row_ask(r, row);
	return (0);
}

static void
unclaim(struct rows *r, struct row *row)
{
	if (--row->claims > 0)
		return;
	row->strikes = row->fails = 0;
	if (row->flight)
		return;
	if (row->have == HAVE_NOT)
		rowtab_forget(r, row);
	else
		row_ask(r, row);
}

static void
drop(struct rows *r, struct row_claimant *o)
{
	struct row_claim	*c;

	/* The newest first: what was put last is taken first. */
	while ((c = o->claims) != NULL) {
		o->claims = c->next;
		unclaim(r, c->row);
		free(c);
	}
	rowtab_end_owner(r, o);
}

/* That owner wants nothing any more; what nobody else wants is due to go. */
void
rows_drop(struct rows *r, const struct row_owner *id)
{
	struct row_claimant	*o = rowtab_owner(r, id);

	if (o != NULL)
		drop(r, o);
}

/* Nobody wants anything any more. */
void
rows_drop_all(struct rows *r)
{
	while (r->claimants != NULL)
		drop(r, r->claimants);
}

/*
 * Have the kernel be rid of that row, whoever put it there: until it is, or if
 * its kind is taken once, until the kernel has said no.  Nothing happens while
 * somebody wants it.  0 or ENOMEM.
 */
int
rows_take(struct rows *r, const struct row_spec *s)
{
	struct row	*row = rowtab_find(r, s->kind, s->key, s->keylen);

	if (row == NULL && (row = rowtab_new(r, s)) == NULL)
		return (ENOMEM);
	if (row->claims > 0 || row->flight)
		return (0);
	row->have = HAVE;
	row_ask(r, row);
	return (0);
}

/* Does that owner want anything? */
bool
rows_owned(const struct rows *r, const struct row_owner *id)
{
	return (rowtab_owner(r, id) != NULL);
}

/* What the kernel said to the rows of an owner: the first error, or 0. */
int
rows_owner_error(const struct rows *r, const struct row_owner *id)
{
	const struct row_claimant	*o = rowtab_owner(r, id);
	const struct row_claim	*c;

	for (c = o == NULL ? NULL : o->claims; c != NULL; c = c->next)
		if (c->row->error != 0)
			return (c->row->error);
	return (0);
}

/* What the kernel has. */

static int64_t
backoff(int64_t first, uint32_t n)
{
	return (n >= 16 || first << n > ROW_SLOW ? ROW_SLOW : first << n);
}

/* It is gone or another: when is it put back? */
static void
repair(struct rows *r, struct row *row, struct mono now)
{
	int64_t	 wait;

	if (mono_diff(now, row->put_at) >= ROW_CALM)
		row->strikes = 0;
	if (row->dev != NULL && row->dev->down && row->have == HAVE_NOT) {
		row_unschedule(r, row);
		row->why = WHY_DEV;
		return;
	}
	wait = backoff(row_kinds[row->kind].settle, row->strikes);
	if (row->strikes + 1 >= ROW_RIVAL_AFTER) {
		wait = ROW_SLOW;
		if (row->strikes + 1 == ROW_RIVAL_AFTER) {
			r->counters.rivals++;
			row_tell(r, row, ROW_RIVAL);
		}
	}
	row_schedule(r, row, WHY_GONE, mono_add(now, wait));
}

/* Somebody else's row that has our tag. */
static int
stranger(struct rows *r, const struct row_spec *s, struct mono now)
{
	struct row	*row;

	if ((row = rowtab_new(r, s)) == NULL)
		return (ENOMEM);
	row->have = HAVE;
	row->seen = r->comparison;
	row_schedule(r, row, WHY_STRANGER, mono_add(now, ROW_SETTLE));
	return (0);
}

/*
 * The kernel has that row, as an event or a comparison says.  One that nobody
 * wants is taken if it has our tag.  0, or ENOMEM: compare again later.
 */
int
rows_seen(struct rows *r, const struct row_spec *s, bool tagged,
    struct mono now)
{
	struct row	*row = rowtab_find(r, s->kind, s->key, s->keylen);

	if (row == NULL)
		return (tagged ? stranger(r, s, now) : 0);
	row->seen = r->comparison;
	if (row->claims == 0) {
		if (row->have == HAVE_NOT)
			row->have = HAVE;
		return (0);
	}
	if (row_same_part(row, s)) {
		row->have = HAVE;
		row->error = 0;
		row_in_place(r, row);
	} else if (row->have == HAVE) {
		row->have = HAVE_OTHER;
		repair(r, row, now);
	} else if (row->have == HAVE_NOT)
		row->have = HAVE_OTHER;
	return (0);
}

static void
gone(struct rows *r, struct row *row, struct mono now)
{
	bool	 had = row->have != HAVE_NOT;

	row->have = HAVE_NOT;
	if (row->flight)
		return;
	if (row->claims == 0)
		rowtab_forget(r, row);
	else if (had && row->watched)
		row_unschedule(r, row);
	else if (had)
		repair(r, row, now);
}

/* The kernel does not have that row any more. */
void
rows_gone(struct rows *r, enum row_kind kind, const void *key, size_t len,
    struct mono now)
{
	struct row	*row = rowtab_find(r, kind, key, len);

	if (row != NULL)
		gone(r, row, now);
}

/*
 * An interface is up or down.  What it takes with it when it goes down comes
 * back when it is up again, and is held against nobody.
 */
void
rows_dev(struct rows *r, uint32_t id, bool up, struct mono now)
{
	struct row_dev	*dev = rowtab_dev(r, id);
	struct row	*row;

	if (dev == NULL || dev->down == !up)
		return;
	dev->down = !up;
	for (row = dev->rows; row != NULL; row = row->next_on) {
		if (row->claims == 0 || row->have != HAVE_NOT ||
		    row->flight || row->queued || row->watched)
			continue;
		if (up)
			row_schedule(r, row, row->put_at.ns == 0 ? WHY_ASKED :
			    WHY_DEV, now);
		else
			row_unschedule(r, row);
	}
}

/* A list of all that the kernel has is about to be told by rows_seen(). */
void
rows_compare(struct rows *r)
{
	r->comparison++;
}

/* That was all of these kinds (ROW_BIT): what it did not have is gone. */
void
rows_compared(struct rows *r, unsigned int kinds, struct mono now)
{
	struct row	*row, *next;
	unsigned int	 kind;

	for (kind = 0; kind < ROW_KINDS; kind++) {
		if ((kinds & ROW_BIT(kind)) == 0)
			continue;
		for (row = r->of[kind]; row != NULL; row = next) {
			next = row->next_of;
			if (row->seen != r->comparison)
				gone(r, row, now);
		}
	}
}

/* What is to be done. */

#define OWNER(t) \
	((struct row *)(void *)((char *)(t) - offsetof(struct row, timer)))

static void
gather_burst(struct rows *r, struct mono now)
{
	struct wheel_timer	*t;
	struct row		*row;

	while ((t = wheel_expired(&r->wheel, mono_add(now, BURST))) != NULL) {
		row = OWNER(t);
		if (row->why == WHY_CALM) {
			row->why = WHY_ASKED;
			row->strikes = 0;
			row_tell(r, row, ROW_PEACE);
			continue;
		}
		row_queue(row->claims > 0 ? &r->back[row->kind] :
		    &r->away[row->kind], row);
	}
}

static struct row *
first_of_burst(const struct rows *r)
{
	int	 kind;

	for (kind = 0; kind < ROW_KINDS; kind++)
		if (r->back[kind] != NULL)
			return (r->back[kind]);
	for (kind = ROW_KINDS - 1; kind >= 0; kind--)
		if (r->away[kind] != NULL)
			return (r->away[kind]);
	return (NULL);
}

/* When rows_due() has something next; false: nothing is to come. */
bool
rows_next(const struct rows *r, struct mono *when)
{
	*when = (struct mono){ 0 };
	if (r->asked != NULL || first_of_burst(r) != NULL)
		return (true);
	return (wheel_next(&r->wheel, when));
}

/*
 * The next row to put or take, and which; NULL: nothing is due.  Each must be
 * followed by rows_done(), in any order.
 */
struct row *
rows_due(struct rows *r, enum row_op *op, struct mono now)
{
	struct row	*row;

	if ((row = r->asked) == NULL) {
		gather_burst(r, now);
		row = first_of_burst(r);
	}
	if (row == NULL)
		return (NULL);
	row_unschedule(r, row);
	row->flight = true;
	row->again = false;
	*op = row->claims > 0 ? ROW_PUT : ROW_TAKE;
	row->op = (uint8_t)*op;
	if (*op == ROW_PUT && row->why == WHY_GONE && row->fails == 0)
		r->counters.removed++;
	return (row);
}

static void
retry(struct rows *r, struct row *row, int error, struct mono now)
{
	row->error = error;
	if (row->claims > 0 && row->dev != NULL && error == ENETDOWN)
		row->dev->down = true;
	if (row->claims > 0 && row->dev != NULL && row->dev->down) {
		row->why = WHY_DEV;
		return;
	}
	r->counters.refused++;
	if (row->claims == 0 && row_kinds[row->kind].once) {
		rowtab_forget(r, row);
		return;
	}
	if (row->why != WHY_ASKED && row->fails == 0)
		row_tell(r, row, ROW_REFUSED);
	row_schedule(r, row, row->why, mono_add(now,
	    backoff(ROW_RETRY, row->fails++)));
}

static void
put_done(struct rows *r, struct row *row, struct mono now)
{
	row->fails = 0;
	row->put_at = now;
	if (row->why != WHY_GONE && row->why != WHY_DEV)
		return;
	row->put_back++;
	r->counters.put_back++;
	row->strikes += row->why == WHY_GONE;
	/* Of a rival it was told; the end of that is worth a word. */
	if (row->strikes >= ROW_RIVAL_AFTER)
		row_schedule(r, row, WHY_CALM, mono_add(now, ROW_CALM));
	else
		row_tell(r, row, row->why == WHY_GONE ? ROW_BACK :
		    ROW_RETURNED);
}

static void
take_done(struct rows *r, struct row *row)
{
	if (row->why == WHY_STRANGER) {
		r->counters.taken++;
		row_tell(r, row, ROW_TAKEN);
	}
	rowtab_forget(r, row);
}

/*
 * The kernel has done what rows_due() said, or not (errno).  To take what is
 * not there, or to put what is, is no error.
 */
void
rows_done(struct rows *r, struct row *row, int error, struct mono now)
{
	bool	 wanted = row->claims > 0;

	row->flight = false;
	if (error == 0) {
		row->have = row->op != ROW_PUT ? HAVE_NOT :
		    row->again ? HAVE_OTHER : HAVE;
		row->error = 0;
	}
	if (wanted != (row->op == ROW_PUT) || row->again)
		row_ask(r, row);
	else if (error != 0)
		retry(r, row, error, now);
	else if (wanted)
		put_done(r, row, now);
	else
		take_done(r, row);
}

/* How a row is doing, for people. */
enum row_state
rows_state(const struct row *row)
{
	if (row->claims == 0)
		return (ROW_TO_GO);
	if (row->have == HAVE)
		return (ROW_IN_PLACE);
	if (row->dev != NULL && row->dev->down)
		return (ROW_WAITS);
	if (row->strikes + 1 >= ROW_RIVAL_AFTER)
		return (ROW_FOUGHT);
	return (row->error != 0 ? ROW_FAILED : ROW_PENDING);
}
