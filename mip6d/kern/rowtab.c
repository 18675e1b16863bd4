/*
 * The tables of the reconciler: rows by their keys, who has claims on them,
 * which interface they live on, and where they wait to be put, taken or told
 * of.  What is done with them is in rows.c.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "kern/kinds.h"
#include "kern/rowtab.h"

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
	htab_each(&r->devs, htab_free_entry, NULL);
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

/* The row of that key, or NULL. */
struct row *
rowtab_find(const struct rows *r, enum row_kind kind, const void *key,
    size_t len)
{
	struct row_name	 n = { kind, key, len };

	return ((struct row *)(void *)htab_find(&r->table,
	    hash_name(r, kind, key, len), match_row, &n));
}

static bool
match_owner(const struct hlink *l, const void *v)
{
	const struct row_claimant	*o = (const void *)l;
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

/* Who has claims by that name, or NULL: nobody. */
struct row_claimant *
rowtab_owner(const struct rows *r, const struct row_owner *id)
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

/* The interface of that number, or NULL: nothing lives on it. */
struct row_dev *
rowtab_dev(const struct rows *r, uint32_t id)
{
	return ((struct row_dev *)(void *)htab_find(&r->devs,
	    hash_bytes(&r->hash, &id, sizeof(id)), match_dev, &id));
}

/* The row of that key, whoever wants it; NULL: there is none. */
const struct row *
rows_find(const struct rows *r, enum row_kind kind, const void *key, size_t len)
{
	return (rowtab_find(r, kind, key, len));
}

/* The interface that it lives on, ROW_NO_DEV: none. */
uint32_t
rows_dev_of(const struct row *row)
{
	return (row->dev == NULL ? ROW_NO_DEV : row->dev->id);
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

/* To the head of a queue, or the end if that is where at points. */
void
row_queue(struct row **at, struct row *row)
{
	row->next = *at;
	row->prev = at;
	if (row->next != NULL)
		row->next->prev = &row->next;
	*at = row;
	row->queued = true;
}

/* Take the row out of wherever it waits to be put or taken. */
void
row_unschedule(struct rows *r, struct row *row)
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
void
row_ask(struct rows *r, struct row *row)
{
	row_unschedule(r, row);
	row->why = WHY_ASKED;
	row_queue(r->asked_end, row);
	r->asked_end = &row->next;
}

/* To be put or taken at that time, because of why (WHY_...). */
void
row_schedule(struct rows *r, struct row *row, int why, struct mono at)
{
	row_unschedule(r, row);
	row->why = (uint8_t)why;
	wheel_set(&r->wheel, &row->timer, at);
}

/* Nothing is to be done; the end of a rivalry is waited for. */
void
row_in_place(struct rows *r, struct row *row)
{
	if (row->why != WHY_CALM)
		row_unschedule(r, row);
}

/* What there is to tell, each row once: the last that happened to it. */
void
row_tell(struct rows *r, struct row *row, enum row_note what)
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

/* Rows come and go. */

static void
row_leave(struct rows *r, struct row *row)
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

/* The row lives on that interface, which is taken for up.  0 or ENOMEM. */
int
row_enter(struct rows *r, struct row *row, uint32_t id)
{
	struct row_dev	*dev;

	if (row->dev != NULL && row->dev->id == id)
		return (0);
	if (id == ROW_NO_DEV) {
		row_leave(r, row);
		return (0);
	}
	if ((dev = rowtab_dev(r, id)) == NULL) {
		if ((dev = calloc(1, sizeof(*dev))) == NULL)
			return (ENOMEM);
		dev->id = id;
		htab_insert(&r->devs, &dev->link,
		    hash_bytes(&r->hash, &id, sizeof(id)));
	}
	row_leave(r, row);
	row->dev = dev;
	row->next_on = dev->rows;
	row->prev_on = &dev->rows;
	if (row->next_on != NULL)
		row->next_on->prev_on = &row->next_on;
	dev->rows = row;
	return (0);
}

/* 0 or ENOMEM; then the value is the old one. */
int
row_set_value(struct row *row, const struct row_spec *s)
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

bool
row_same_value(const struct row *row, const struct row_spec *s)
{
	return (row->valuelen == s->valuelen && (s->valuelen == 0 ||
	    memcmp(row->value, s->value, s->valuelen) == 0));
}

/* The same, for what is there: of some kinds a part of the value counts. */
bool
row_same_part(const struct row *row, const struct row_spec *s)
{
	size_t	 at = row_kinds[row->kind].same.at;
	size_t	 len = row_kinds[row->kind].same.len;

	if (len == 0 || row->valuelen != s->valuelen ||
	    row->valuelen < at + len)
		return (row_same_value(row, s));
	return (memcmp(row->value + at, (const uint8_t *)s->value + at,
	    len) == 0);
}

/* A row that nobody wants yet; NULL when out of memory. */
struct row *
rowtab_new(struct rows *r, const struct row_spec *s)
{
	struct row	*row;

	if ((row = calloc(1, sizeof(*row) + s->keylen)) == NULL)
		return (NULL);
	row->kind = (uint8_t)s->kind;
	row->keylen = (uint16_t)s->keylen;
	memcpy(row->key, s->key, s->keylen);
	if (row_set_value(row, s) != 0 || row_enter(r, row, s->dev) != 0) {
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
void
rowtab_forget(struct rows *r, struct row *row)
{
	if (row->trouble)
		row_tell(r, row, ROW_PEACE);
	if (r->mark == row)
		r->mark = row->next_of;
	row_unschedule(r, row);
	row_leave(r, row);
	htab_remove(&r->table, &row->link);
	*row->prev_of = row->next_of;
	if (row->next_of != NULL)
		row->next_of->prev_of = row->prev_of;
	row->dead = true;
	if (!row->noted && r->told != row)
		free_row(row);
}

static struct row_claimant *
get_owner(struct rows *r, const struct row_owner *id)
{
	struct row_claimant	*o = rowtab_owner(r, id);

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

/* Nobody of that name any more; the claims are gone already. */
void
rowtab_end_owner(struct rows *r, struct row_claimant *o)
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
struct row *
rowtab_claim(struct rows *r, const struct row_spec *s,
    const struct row_owner *id)
{
	struct row		*row = rowtab_find(r, s->kind, s->key,
	    s->keylen);
	struct row_claim	*c;
	struct row_claimant		*o;

	if ((o = get_owner(r, id)) == NULL)
		return (NULL);
	if (row != NULL && has_claim(o, row))
		return (row);
	c = malloc(sizeof(*c));
	if (c != NULL && row == NULL)
		row = rowtab_new(r, s);
	if (c == NULL || row == NULL) {
		free(c);
		if (o->claims == NULL)
			rowtab_end_owner(r, o);
		return (NULL);
	}
	c->row = row;
	c->next = o->claims;
	o->claims = c;
	row->claims++;
	return (row);
}
