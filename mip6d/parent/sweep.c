/*
 * What is ours of IPsec leaves the kernel, once nobody plans any more: policies
 * by their reqids, and associations that are configured by hand, wherever
 * they end now.  At the end, for mip6d -u, and when no node has IPsec any more.
 * Dumps tell what there is, so it does not matter who has put it there, or how
 * that one ended.  planner.c calls it.
 */
#include <sys/types.h>

#include <errno.h>
#include <stdlib.h>

#include "parent/parent.h"
#include "parent/planner.h"

#define FLIGHTS_MAX	128
#define ATTEMPTS	3	/* of a dump that fails */

struct sweep {
	struct prim_request	*v;		/* what is to go */
	size_t			 n, cap, next, flight;
	unsigned int		 failed;	/* dumps, one after the other */
	uint32_t		 life;		/* what is asked is its */
	enum prim		 dump;		/* PRIM_MAX: both are there */
};

/* One more that is to go; without memory it stays. */
static void
note(struct sweep *w, const struct prim_result *row)
{
	struct prim_request	*v, r = { .op = PRIM_STRAY };
	size_t			 cap = w->cap == 0 ? 64 : w->cap * 2;

	if (w->n == w->cap) {
		if ((v = realloc(w->v, cap * sizeof(*v))) == NULL)
			return;
		w->v = v;
		w->cap = cap;
	}
	if (row->policy != NULL) {
		r.policy.sel = row->policy->sel;
		r.policy.dir = row->policy->dir;
	} else {
		r.op = PRIM_SA_DROP;
		r.sa = (struct prim_sa){ row->sa->spi, spd_in6(&row->sa->src),
		    spd_in6(&row->sa->dst) };
	}
	w->v[w->n++] = r;
}

/* prims_fn */
static void
on_removed(struct planner *pl, uint32_t life, uint32_t id,
    const struct prim_result *r)
{
	(void)id;
	(void)r;
	if (pl->sweep == NULL || pl->sweep->life != life)
		return;
	pl->sweep->flight--;
	sadb_wake(pl->sadb);
}

static void
on_row(struct planner *pl, const struct prim_result *r)
{
	if (r->policy != NULL || owned_is_manual(&pl->owned, r->sa))
		note(pl->sweep, r);
}

/* prims_fn */
static void
on_dump(struct planner *pl, uint32_t life, uint32_t id,
    const struct prim_result *r)
{
	struct sweep	*w = pl->sweep;

	(void)id;
	if (w == NULL || w->life != life)
		return;
	if (r->more) {
		on_row(pl, r);
		return;
	}
	w->flight--;
	if (r->error == 0) {
		w->failed = 0;
		w->dump = w->dump == PRIM_POLICIES ? PRIM_SAS : PRIM_MAX;
	} else if (++w->failed == ATTEMPTS)
		w->dump = PRIM_MAX;
	sadb_wake(pl->sadb);
}

/* Requests can be made. */
void
sweep_go(struct planner *pl)
{
	struct sweep		*w = pl->sweep;
	struct prim_request	 dump;

	if (w == NULL)
		return;
	if (w->dump != PRIM_MAX && w->flight == 0) {
		dump = (struct prim_request){ .op = w->dump };
		w->flight++;
		prims_ask(pl, 0, &dump, on_dump);
		return;
	}
	while (w->dump == PRIM_MAX && w->next < w->n &&
	    w->flight < FLIGHTS_MAX) {
		w->flight++;
		prims_ask(pl, 0, &w->v[w->next++], on_removed);
	}
	if (w->dump == PRIM_MAX && w->next == w->n && w->flight == 0)
		sweep_end(pl);
}

/* Begin; pl->sweep is NULL when all is done, or there is no memory. */
void
sweep_begin(struct planner *pl)
{
	if (pl->sweep != NULL ||
	    (pl->sweep = calloc(1, sizeof(*pl->sweep))) == NULL)
		return;
	pl->sweep->dump = PRIM_POLICIES;
	pl->sweep->life = ++pl->life;
	sadb_wake(pl->sadb);
}

/* No more of it: what is asked by now is still done. */
void
sweep_end(struct planner *pl)
{
	if (pl->sweep != NULL)
		free(pl->sweep->v);
	free(pl->sweep);
	pl->sweep = NULL;
}
