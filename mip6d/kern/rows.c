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

#include "kern/rows.h"

/* A repair takes along what would be due a moment later. */
#define BURST		MS(5)

/* What the kernel has of a row: nothing, it, or another value. */
enum { HAVE_NOT, HAVE, HAVE_OTHER };
enum { WHY_ASKED, WHY_GONE, WHY_DEV, WHY_STRANGER, WHY_CALM };

/* An interface that rows live on. */
struct row_dev {
	struct hlink	 link;
	uint32_t	 id;
	bool		 down;
	struct row	*rows;
};

/* Who has claims. */
struct row_claimant {
	struct hlink		 link;
	struct row_claimant	*next, **prev;
	struct row_owner	 id;
	struct row_claim	*claims;
};

struct row_claim {
	struct row_claim	*next;
	struct row		*row;
};

struct row_name {
	enum row_kind	 kind;
	const void	*key;
	size_t		 len;
};

/* Begin with no rows; key is to be random.  0 or ENOMEM. */
int
rows_init(struct rows *r, const struct hash_key *key, struct mono now)
{
	memset(r, 0, sizeof(*r));
	r->hash = *key;
	r->asked_end = &r->asked;
	r->notes_end = &r->notes;
	wheel_init(&r->wheel, now);
	if (htab_init(&r->table, 64) && htab_init(&r->owners, 64) &&
	    htab_init(&r->devs, 16))
		return (0);
	rows_free(r);
	return (ENOMEM);
}

static void
free_claimants(struct rows *r)
{
	struct row_claimant	*o;
	struct row_claim	*c;

	while ((o = r->claimants) != NULL) {
		r->claimants = o->next;
		while ((c = o->claims) != NULL) {
			o->claims = c->next;
			free(c);
		}
		free(o);
	}
}

static void
free_links(struct hlink *l)
{
	struct hlink	*next;

	for (; l != NULL; l = next) {
		next = l->next;
		free(l);
	}
}

static void
free_row(struct row *row)
{
	free(row->value);
	free(row);
}

/* Forget everything; the kernel keeps what it has. */
void
rows_free(struct rows *r)
{
	struct row	*row, *next;
	unsigned int	 kind;

	if (r->told != NULL && r->told->dead && !r->told->noted)
		free_row(r->told);
	while ((row = r->notes) != NULL) {
		r->notes = row->next_note;
		if (row->dead)
			free_row(row);
	}
	for (kind = 0; kind < ROW_KINDS; kind++)
		for (row = r->of[kind]; row != NULL; row = next) {
			next = row->next_of;
			free_row(row);
		}
	free_claimants(r);
	htab_each(&r->devs, free_links);
	htab_free(&r->table);
	htab_free(&r->owners);
	htab_free(&r->devs);
	memset(r, 0, sizeof(*r));
}

/* Look-ups. */

static uint64_t
hash_name(const struct rows *r, enum row_kind kind, const void *key, size_t len)
{
	/* Kinds are few: their keys may share chains. */
	return (hash_bytes(&r->hash, key, len) + kind);
}

static bool
match_row(const struct hlink *l, const void *v)
{
	const struct row	*row = (const struct row *)(const void *)l;
	const struct row_name	*n = v;

	return (row->kind == n->kind && row->keylen == n->len &&
	    memcmp(row->key, n->key, n->len) == 0);
}

static struct row *
find(const struct rows *r, enum row_kind kind, const void *key, size_t len)
{
	struct row_name	 n = { kind, key, len };

	return ((struct row *)(void *)htab_find(&r->table,
	    hash_name(r, kind, key, len), match_row, &n));
}

static bool
match_owner(const struct hlink *l, const void *v)
{
	const struct row_claimant	*o = (const struct row_claimant *)(const void *)l;
	const struct row_owner	*id = v;

	return (o->id.type == id->type && o->id.n == id->n &&
	    memcmp(o->id.id, id->id, sizeof(id->id)) == 0);
}

static uint64_t
hash_owner(const struct rows *r, const struct row_owner *id)
{
	return (hash_bytes(&r->hash, id->id, sizeof(id->id)) + id->type +
	    id->n);
}

static struct row_claimant *
find_owner(const struct rows *r, const struct row_owner *id)
{
	return ((struct row_claimant *)(void *)htab_find(&r->owners,
	    hash_owner(r, id), match_owner, id));
}

static bool
match_dev(const struct hlink *l, const void *v)
{
	return (((const struct row_dev *)(const void *)l)->id ==
	    *(const uint32_t *)v);
}

static struct row_dev *
find_dev(const struct rows *r, uint32_t id)
{
	return ((struct row_dev *)(void *)htab_find(&r->devs,
	    hash_bytes(&r->hash, &id, sizeof(id)), match_dev, &id));
}

/* The row of that key, whoever wants it; NULL: there is none. */
const struct row *
rows_find(const struct rows *r, enum row_kind kind, const void *key, size_t len)
{
	return (find(r, kind, key, len));
}

/* All rows of a kind: the first, and the one behind another; NULL: no more. */
const struct row *
rows_first(const struct rows *r, enum row_kind kind)
{
	return (r->of[kind]);
}

const struct row *
rows_after(const struct row *row)
{
	return (row->next_of);
}

/* Queues. */

static void
link_queue(struct row **at, struct row *row)
{
	row->next = *at;
	row->prev = at;
	if (row->next != NULL)
		row->next->prev = &row->next;
	*at = row;
	row->queued = true;
}

/* Take the row out of wherever it waits to be put or taken. */
static void
unschedule(struct rows *r, struct row *row)
{
	wheel_clear(&r->wheel, &row->timer);
	if (!row->queued)
		return;
	if (r->asked_end == &row->next)
		r->asked_end = row->prev;
	*row->prev = row->next;
	if (row->next != NULL)
		row->next->prev = row->prev;
	row->next = NULL;
	row->prev = NULL;
	row->queued = false;
}

/* Behind all else that was asked for. */
static void
ask(struct rows *r, struct row *row)
{
	unschedule(r, row);
	row->why = WHY_ASKED;
	link_queue(r->asked_end, row);
	r->asked_end = &row->next;
}

static void
schedule(struct rows *r, struct row *row, int why, struct mono at)
{
	unschedule(r, row);
	row->why = (uint8_t)why;
	wheel_set(&r->wheel, &row->timer, at);
}

/* Nothing is to be done; the end of a rivalry is waited for. */
static void
in_place(struct rows *r, struct row *row)
{
	if (row->why != WHY_CALM)
		unschedule(r, row);
}

/* What there is to tell, each row once: the last that happened to it. */
static void
note(struct rows *r, struct row *row, enum row_note what)
{
	if (row->noted && row->note == ROW_RIVAL && what == ROW_BACK)
		return;
	row->note = (uint8_t)what;
	row->trouble = row->trouble ? what != ROW_PEACE :
	    what == ROW_RIVAL || what == ROW_REFUSED;
	if (row->noted)
		return;
	row->noted = true;
	row->next_note = NULL;
	*r->notes_end = row;
	r->notes_end = &row->next_note;
}

/* Rows come and go. */

static void
leave_dev(struct rows *r, struct row *row)
{
	struct row_dev	*dev = row->dev;

	if (dev == NULL)
		return;
	*row->prev_on = row->next_on;
	if (row->next_on != NULL)
		row->next_on->prev_on = row->prev_on;
	row->dev = NULL;
	if (dev->rows != NULL)
		return;
	htab_remove(&r->devs, &dev->link);
	free(dev);
}

/* 0 or ENOMEM; what is not known of is taken for up. */
static int
enter_dev(struct rows *r, struct row *row, uint32_t id)
{
	struct row_dev	*dev;

	if (row->dev != NULL && row->dev->id == id)
		return (0);
	if (id == ROW_NO_DEV) {
		leave_dev(r, row);
		return (0);
	}
	if ((dev = find_dev(r, id)) == NULL) {
		if ((dev = calloc(1, sizeof(*dev))) == NULL)
			return (ENOMEM);
		dev->id = id;
		htab_insert(&r->devs, &dev->link,
		    hash_bytes(&r->hash, &id, sizeof(id)));
	}
	leave_dev(r, row);
	row->dev = dev;
	row->next_on = dev->rows;
	row->prev_on = &dev->rows;
	if (row->next_on != NULL)
		row->next_on->prev_on = &row->next_on;
	dev->rows = row;
	return (0);
}

static int
set_value(struct row *row, const struct row_spec *s)
{
	uint8_t	*value = NULL;

	if (s->valuelen > 0) {
		if ((value = malloc(s->valuelen)) == NULL)
			return (ENOMEM);
		memcpy(value, s->value, s->valuelen);
	}
	free(row->value);
	row->value = value;
	row->valuelen = (uint16_t)s->valuelen;
	return (0);
}

static bool
same_value(const struct row *row, const struct row_spec *s)
{
	return (row->valuelen == s->valuelen && (s->valuelen == 0 ||
	    memcmp(row->value, s->value, s->valuelen) == 0));
}

/* A row that nobody wants yet; NULL when out of memory. */
static struct row *
new_row(struct rows *r, const struct row_spec *s)
{
	struct row	*row;

	if ((row = calloc(1, sizeof(*row) + s->keylen)) == NULL)
		return (NULL);
	row->kind = (uint8_t)s->kind;
	row->keylen = (uint16_t)s->keylen;
	memcpy(row->key, s->key, s->keylen);
	if (set_value(row, s) != 0 || enter_dev(r, row, s->dev) != 0) {
		free_row(row);
		return (NULL);
	}
	htab_insert(&r->table, &row->link,
	    hash_name(r, s->kind, s->key, s->keylen));
	row->next_of = r->of[s->kind];
	row->prev_of = &r->of[s->kind];
	if (row->next_of != NULL)
		row->next_of->prev_of = &row->next_of;
	r->of[s->kind] = row;
	return (row);
}

/* Out of the tables; what is still to be told keeps it for so long. */
static void
forget(struct rows *r, struct row *row)
{
	if (row->trouble)
		note(r, row, ROW_PEACE);
	if (r->mark == row)
		r->mark = row->next_of;
	unschedule(r, row);
	leave_dev(r, row);
	htab_remove(&r->table, &row->link);
	*row->prev_of = row->next_of;
	if (row->next_of != NULL)
		row->next_of->prev_of = row->prev_of;
	row->dead = true;
	if (!row->noted && r->told != row)
		free_row(row);
}

/* What is asked for. */

static struct row_claimant *
get_owner(struct rows *r, const struct row_owner *id)
{
	struct row_claimant	*o = find_owner(r, id);

	if (o != NULL || (o = calloc(1, sizeof(*o))) == NULL)
		return (o);
	o->id = *id;
	htab_insert(&r->owners, &o->link, hash_owner(r, id));
	o->next = r->claimants;
	o->prev = &r->claimants;
	if (o->next != NULL)
		o->next->prev = &o->next;
	r->claimants = o;
	return (o);
}

static void
free_owner(struct rows *r, struct row_claimant *o)
{
	htab_remove(&r->owners, &o->link);
	*o->prev = o->next;
	if (o->next != NULL)
		o->next->prev = o->prev;
	free(o);
}

static bool
has_claim(const struct row_claimant *o, const struct row *row)
{
	const struct row_claim	*c;

	for (c = o->claims; c != NULL; c = c->next)
		if (c->row == row)
			return (true);
	return (false);
}

/* The row with that owner's claim; NULL when out of memory. */
static struct row *
claim(struct rows *r, const struct row_spec *s, const struct row_owner *id)
{
	struct row		*row = find(r, s->kind, s->key, s->keylen);
	struct row_claim	*c;
	struct row_claimant		*o;

	if ((o = get_owner(r, id)) == NULL)
		return (NULL);
	if (row != NULL && has_claim(o, row))
		return (row);
	c = malloc(sizeof(*c));
	if (c != NULL && row == NULL)
		row = new_row(r, s);
	if (c == NULL || row == NULL) {
		free(c);
		if (o->claims == NULL)
			free_owner(r, o);
		return (NULL);
	}
	c->row = row;
	c->next = o->claims;
	o->claims = c;
	row->claims++;
	return (row);
}

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

	if ((row = claim(r, s, id)) == NULL || enter_dev(r, row, s->dev) != 0)
		return (ENOMEM);
	row->watched = s->watched;
	same = same_value(row, s);
	if (!same && set_value(row, s) != 0)
		return (ENOMEM);
	if (row->flight)
		row->again = !same || row->op == ROW_TAKE;
	else if (same && row->have == HAVE && !s->watched)
		in_place(r, row);
	else
		ask(r, row);
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
		forget(r, row);
	else
		ask(r, row);
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
	free_owner(r, o);
}

/* That owner wants nothing any more; what nobody else wants is due to go. */
void
rows_drop(struct rows *r, const struct row_owner *id)
{
	struct row_claimant	*o = find_owner(r, id);

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
 * Have the kernel be rid of that row, whoever put it there.  Nothing happens
 * while somebody wants it.  0 or ENOMEM.
 */
int
rows_take(struct rows *r, const struct row_spec *s)
{
	struct row	*row = find(r, s->kind, s->key, s->keylen);

	if (row == NULL && (row = new_row(r, s)) == NULL)
		return (ENOMEM);
	if (row->claims > 0 || row->flight)
		return (0);
	row->have = HAVE;
	ask(r, row);
	return (0);
}

/* Does that owner want anything? */
bool
rows_owned(const struct rows *r, const struct row_owner *id)
{
	return (find_owner(r, id) != NULL);
}

/* What the kernel said to the rows of an owner: the first error, or 0. */
int
rows_owner_error(const struct rows *r, const struct row_owner *id)
{
	const struct row_claimant	*o = find_owner(r, id);
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
		unschedule(r, row);
		row->why = WHY_DEV;
		return;
	}
	wait = backoff(ROW_SETTLE, row->strikes);
	if (row->strikes + 1 >= ROW_RIVAL_AFTER) {
		wait = ROW_SLOW;
		if (row->strikes + 1 == ROW_RIVAL_AFTER) {
			r->counters.rivals++;
			note(r, row, ROW_RIVAL);
		}
	}
	schedule(r, row, WHY_GONE, mono_add(now, wait));
}

/* Somebody else's row that has our tag. */
static int
stranger(struct rows *r, const struct row_spec *s, struct mono now)
{
	struct row	*row;

	if ((row = new_row(r, s)) == NULL)
		return (ENOMEM);
	row->have = HAVE;
	row->seen = r->comparison;
	schedule(r, row, WHY_STRANGER, mono_add(now, ROW_SETTLE));
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
	struct row	*row = find(r, s->kind, s->key, s->keylen);

	if (row == NULL)
		return (tagged ? stranger(r, s, now) : 0);
	row->seen = r->comparison;
	if (row->claims == 0) {
		if (row->have == HAVE_NOT)
			row->have = HAVE;
		return (0);
	}
	if (same_value(row, s)) {
		row->have = HAVE;
		row->error = 0;
		in_place(r, row);
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
		forget(r, row);
	else if (had && row->watched)
		unschedule(r, row);
	else if (had)
		repair(r, row, now);
}

/* The kernel does not have that row any more. */
void
rows_gone(struct rows *r, enum row_kind kind, const void *key, size_t len,
    struct mono now)
{
	struct row	*row = find(r, kind, key, len);

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
	struct row_dev	*dev = find_dev(r, id);
	struct row	*row;

	if (dev == NULL || dev->down == !up)
		return;
	dev->down = !up;
	for (row = dev->rows; row != NULL; row = row->next_on) {
		if (row->claims == 0 || row->have != HAVE_NOT ||
		    row->flight || row->queued || row->watched)
			continue;
		if (up)
			schedule(r, row, row->put_at.ns == 0 ? WHY_ASKED :
			    WHY_DEV, now);
		else
			unschedule(r, row);
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
			note(r, row, ROW_PEACE);
			continue;
		}
		link_queue(row->claims > 0 ? &r->back[row->kind] :
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
	unschedule(r, row);
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
	r->counters.refused++;
	row->error = error;
	if (row->claims > 0 && row->dev != NULL && error == ENETDOWN)
		row->dev->down = true;
	if (row->claims > 0 && row->dev != NULL && row->dev->down) {
		row->why = WHY_DEV;
		return;
	}
	if (row->why != WHY_ASKED && row->fails == 0)
		note(r, row, ROW_REFUSED);
	schedule(r, row, row->why, mono_add(now,
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
		schedule(r, row, WHY_CALM, mono_add(now, ROW_CALM));
	else
		note(r, row, row->why == WHY_GONE ? ROW_BACK : ROW_RETURNED);
}

static void
take_done(struct rows *r, struct row *row)
{
	if (row->why == WHY_STRANGER) {
		r->counters.taken++;
		note(r, row, ROW_TAKEN);
	}
	forget(r, row);
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
		row->have = row->op == ROW_PUT ? HAVE : HAVE_NOT;
		row->error = 0;
	}
	if (wanted != (row->op == ROW_PUT) || row->again)
		ask(r, row);
	else if (error != 0)
		retry(r, row, error, now);
	else if (wanted)
		put_done(r, row, now);
	else
		take_done(r, row);
}

/*
 * The next row of which there is something to tell, and what; NULL: no more.
 * It is good until the next call.
 */
const struct row *
rows_note(struct rows *r, enum row_note *what)
{
	struct row	*row = r->notes;

	if (r->told != NULL && r->told->dead && !r->told->noted)
		free_row(r->told);
	r->told = row;
	if (row == NULL)
		return (NULL);
	if ((r->notes = row->next_note) == NULL)
		r->notes_end = &r->notes;
	row->noted = false;
	*what = row->note;
	return (row);
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
