/*
 * The part of the contract of kern.h that is the same on all systems: requests
 * become rows (want.c), rows are carried out, compared and withdrawn (keep.c),
 * and shown a page at a time.  Each system says where its struct keep is
 * (kern_keep), and what it does about each kind of row.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "kern/keep.h"

/* Dumps that changes interrupt are begun again; at last events tell. */
#define COMPARE_TRIES	5

static void
record(const struct keep *k, const char *what, enum msg_type type,
    const void *m)
{
	if (k->ops->record != NULL)
		k->ops->record(what, type, m);
}

int
kern_ask(struct kern *kern, enum msg_type type, const void *m)
{
	struct keep	*k = kern_keep(kern);

	record(k, "kernel", type, m);
	return (keep_ask(k, type, m));
}

bool
kern_has(struct kern *kern, enum msg_type type, const void *m)
{
	return (keep_has(kern_keep(kern), type, m));
}

void
kern_forget_peers(struct kern *kern)
{
	keep_forget_peers(kern_keep(kern));
}

int
kern_ipsec(struct kern *kern, bool on)
{
	struct keep	*k = kern_keep(kern);

	record(k, on ? "ipsec on" : "ipsec off", MSG_NONE, NULL);
	return (keep_ipsec(k, on));
}

int
kern_link_local(struct kern *kern, const char *interface)
{
	struct keep	*k = kern_keep(kern);
	char		 what[64];

	snprintf(what, sizeof(what), "link-local %s", interface == NULL ? "" :
	    interface);
	if (interface != NULL)
		record(k, what, MSG_NONE, NULL);
	return (keep_link_local(k, interface));
}

int
kern_filter(struct kern *kern, enum kern_filter what)
{
	return (keep_filter(kern_keep(kern), what));
}

int
kern_filter_error(struct kern *kern)
{
	return (keep_filter_error(kern_keep(kern)));
}

int
kern_optimistic(struct kern *kern, const char *interface)
{
	return (keep_optimistic(kern_keep(kern), interface));
}

int
kern_keep_closed(struct kern *kern, const struct in6_addr *home)
{
	return (hosts_add(&kern_keep(kern)->closed, home) ? 0 : ENOMEM);
}

void
kern_commit(struct kern *kern, void (*done)(void *, uint32_t, int), void *arg)
{
	keep_commit(kern_keep(kern), done, arg);
}

int
kern_reconcile(struct kern *kern)
{
	struct keep	*k = kern_keep(kern);
	int		 e, left = 0, tries = 0;

	record(k, "reconcile", MSG_NONE, NULL);
	do
		e = keep_compare(k);
	while (e == EAGAIN && ++tries < COMPARE_TRIES);
	hosts_free(&k->closed);
	keep_settle(k);
	if (k->ops->leftovers != NULL)
		left = k->ops->leftovers(kern);
	return (e != 0 ? e : left);
}

int
kern_withdraw(struct kern *kern)
{
	rows_drop_all(&kern_keep(kern)->rows);
	return (kern_reconcile(kern));
}

const char *
kern_lacks(struct kern *kern, enum row_kind kind)
{
	const struct kind_ops	*o = &kern_keep(kern)->ops->kinds[kind];

	return (o->begin == NULL ? o->never : o->lacks == NULL ? NULL :
	    o->lacks());
}

/* When kern_commit() has something to do without being asked; false: never. */
bool
kern_next(struct kern *kern, struct mono *when)
{
	struct keep	*k = kern_keep(kern);
	struct mono	 look = k->look_at;
	bool		 any = rows_next(&k->rows, when);

	if (!keep_looks(k) && !k->compare)
		return (any);
	if (!any || mono_before(look, *when))
		*when = look;
	return (true);
}

const struct row_counters *
kern_row_counters(struct kern *kern)
{
	return (&kern_keep(kern)->rows.counters);
}

/* The row at the mark, be it of the next kind; NULL: at the end. */
static const struct row *
mark(struct keep *k)
{
	while (k->rows.mark == NULL && k->page_kind + 1 < ROW_KINDS)
		k->rows.mark = rows_first(&k->rows, ++k->page_kind);
	return (k->rows.mark);
}

static void
show(const struct keep *k, const struct row *row, struct kern_row *out)
{
	memset(out, 0, sizeof(*out));
	out->kind = row_kinds[row->kind].name;
	keep_row_text(k, row, out->text, sizeof(out->text));
	out->state = rows_state(row);
	out->put_back = row->put_back;
	out->error = row->error;
}

/* To the row of that number; one page after the other is no search. */
static void
seek(struct keep *k, uint64_t at)
{
	uint64_t	 i;

	if (at != 0 && at == k->page_at)
		return;
	k->page_kind = 0;
	k->rows.mark = rows_first(&k->rows, 0);
	for (i = 0; mark(k) != NULL && i < at; i++)
		k->rows.mark = rows_after(k->rows.mark);
}

/*
 * Tell all rows from the one numbered *at on, until fn says that it has no
 * room for this one; *at is then its number, or 0 at the end.
 */
void
kern_rows(struct kern *kern, uint64_t *at,
    bool (*fn)(void *, const struct kern_row *), void *arg)
{
	struct keep		*k = kern_keep(kern);
	const struct row	*row;
	struct kern_row		 out;

	seek(k, *at);
	while ((row = mark(k)) != NULL) {
		show(k, row, &out);
		if (!fn(arg, &out)) {
			k->page_at = *at;
			return;
		}
		k->rows.mark = rows_after(row);
		(*at)++;
	}
	*at = k->page_at = 0;
}
