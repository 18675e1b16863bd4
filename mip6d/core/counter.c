/*
 * The memory of counters, one number for each row of the table that a process
 * has.  The owner counts with COUNT(); core/child.c and the parent show the
 * numbers by the names in the table.
 */
#include <errno.h>
#include <stdlib.h>

#include "core/counter.h"

/* Make counters for a table; 0, or -1 and errno. */
int
counters_init(struct counters *c, const struct counter_def *defs)
{
	c->defs = defs;
	for (c->n = 0; defs[c->n].name != NULL; c->n++)
		continue;
	c->v = calloc(c->n == 0 ? 1 : c->n, sizeof(c->v[0]));
	return (c->v == NULL ? -1 : 0);
}

void
counters_free(struct counters *c)
{
	free(c->v);
	c->v = NULL;
	c->n = 0;
}
