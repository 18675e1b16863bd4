/*
 * What each child has been asked and has not answered: at most QUERIES_MAX
 * questions, each answered by rows once and by an end.  Whatever else it says
 * is not let through, nor more events in a second than people could read.
 * Owns struct asked; control.c and query.c ask before they send or believe.
 */
#include <string.h>

#include "control/client.h"

#define EVENTS_MAX	2000	/* of a child in a second */

static struct question *
find(struct asked *a, uint32_t id)
{
	unsigned int	 i;

	for (i = 0; i < a->n; i++)
		if (a->v[i].id == id)
			return (&a->v[i]);
	return (NULL);
}

/* Is there room for one more question? */
bool
asked_room(const struct asked *a)
{
	return (a->n < QUERIES_MAX);
}

/* It is asked; there must be room. */
void
asked_add(struct asked *a, uint32_t id)
{
	a->v[a->n++] = (struct question){ .id = id };
}

/* It answers with rows.  False: it was not asked, or has answered so. */
bool
asked_rows(struct asked *a, uint32_t id)
{
	struct question	*q = find(a, id);

	if (q == NULL || q->has_rows)
		return (false);
	q->has_rows = true;
	return (true);
}

/* It has answered.  False: it was not asked. */
bool
asked_end(struct asked *a, uint32_t id)
{
	struct question	*q = find(a, id);

	if (q == NULL)
		return (false);
	*q = a->v[--a->n];
	return (true);
}

/* May it tell one more event now? */
bool
asked_event(struct asked *a, struct mono now)
{
	unsigned int	 missing;

	return (limit_lines(&a->events, now, EVENTS_MAX, &missing));
}
