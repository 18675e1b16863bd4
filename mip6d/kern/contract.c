/*
 * The part of the contract of kern.h that is the same on all systems: what
 * keep.c and stale.c keep is asked for, and shown a page at a time.  Each
 * system's own files have the rest, and say where its struct keep is.
 */
#include <string.h>

#include "kern/keep.h"

int
kern_deprecate(struct kern *kern, const struct msg_deprecate *m)
{
	return (keep_deprecate(kern_keep(kern), m));
}

bool
kern_has_deprecated(struct kern *kern, const struct msg_deprecate *m)
{
	return (keep_has_deprecated(kern_keep(kern), m));
}

/* When kern_commit() has something to do without being asked; false: never. */
bool
kern_next(struct kern *kern, struct mono *when)
{
	struct keep	*k = kern_keep(kern);
	struct mono	 look = k->look_at;
	bool		 any = rows_next(&k->rows, when);

	if (k->ops->look == NULL && !k->compare)
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
	static const char *const kinds[ROW_KINDS] = {
		[ROW_CLOSED] = "rule", [ROW_TUN] = "device",
		[ROW_SYSCTL] = "sysctl", [ROW_RULE] = "rule",
		[ROW_ROUTE] = "route", [ROW_ADDRESS] = "address",
		[ROW_DEPRECATED] = "deprecated",
		[ROW_FILTER] = "filter", [ROW_POLICY] = "policy",
	};

	memset(out, 0, sizeof(*out));
	out->kind = kinds[row->kind];
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
