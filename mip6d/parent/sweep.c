/*
 * What is ours of IPsec leaves the kernel, once nobody plans any more: policies
 * by their reqids, and associations that are configured by hand, wherever
 * they end now.  At the end, for mip6d -u, and when no node has IPsec any more.
 * Dumps tell what there is, so it does not matter who has put it there, or how
 * that one ended; what could not be read or removed is tried again.  planner.c
 * calls it.
 */
#include <sys/types.h>

#include <errno.h>
#include <event2/event.h>
#include <stdlib.h>
#include <string.h>

#include "core/timer.h"
#include "parent/parent.h"
#include "parent/planner.h"

#define FLIGHTS_MAX	128
#define AGAIN_FIRST	MS(100)		/* and then twice that, up to */
#define AGAIN_MAX	SEC(60)
#define LAST_TRIES	3		/* at the end of our life */

/* The first error counts; what has gone by itself is none. */
static void
failed(struct planner *pl, int e)
{
	if (e == 0 || e == ENOENT || e == ESRCH)
		return;
	COUNT(&pl->parent->counters, PC_IPSEC_ERRORS);
	if (pl->sweep.error == 0)
		pl->sweep.error = e;
}

/* One more that is to go. */
static void
note(struct planner *pl, const struct prim_result *row)
{
	struct sweep		*w = &pl->sweep;
	struct prim_request	*v, r = { .op = PRIM_STRAY };
	size_t			 cap = w->cap == 0 ? 64 : w->cap * 2;

	if (w->n == w->cap) {
		if ((v = realloc(w->v, cap * sizeof(*v))) == NULL) {
			failed(pl, ENOMEM);
			return;
		}
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
	if (!pl->sweep.active || pl->sweep.life != life)
		return;
	failed(pl, r->error);
	pl->sweep.flight--;
	sadb_wake(pl->sadb);
}

/* prims_fn */
static void
on_dump(struct planner *pl, uint32_t life, uint32_t id,
    const struct prim_result *r)
{
	struct sweep	*w = &pl->sweep;

	(void)id;
	if (!w->active || w->life != life)
		return;
	if (r->more) {
		if (r->policy != NULL || owned_is_manual(&pl->owned, r->sa))
			note(pl, r);
		return;
	}
	w->flight--;
	failed(pl, r->error);
	w->dump = w->dump == PRIM_POLICIES && r->error == 0 ? PRIM_SAS :
	    PRIM_MAX;
	sadb_wake(pl->sadb);
}

/* From the first dump on; what is under way by now counts no more. */
static void
start(struct planner *pl)
{
	struct sweep	*w = &pl->sweep;

	w->life = ++pl->lives;
	w->n = w->next = w->flight = 0;
	w->error = 0;
	w->waits = false;
	w->dump = PRIM_POLICIES;
	sadb_wake(pl->sadb);
}

static void
on_again(int fd, short what, void *arg)
{
	(void)fd;
	(void)what;
	start(arg);
}

/* All of it was tried; what failed is tried again, as long as we live. */
static void
tried(struct planner *pl)
{
	struct sweep	*w = &pl->sweep;
	const bool	 ends = pl->parent->ending || pl->parent->undo;
	int64_t		 in = AGAIN_MAX;

	if (w->error == 0) {
		if (w->tries > 0)
			log_info("IPsec: what was ours is removed");
		pl->unswept = false;
		sweep_end(pl);
		return;
	}
	if (w->tries++ == 0)
		log_error("IPsec: what is ours can't be removed from the "
		    "kernel: %s; tried again", strerror(w->error));
	if (ends && w->tries == LAST_TRIES) {
		sweep_end(pl);
		return;
	}
	if (w->tries < 10)
		in = AGAIN_FIRST << (w->tries - 1);
	timer_in(w->again, in);
	w->waits = true;
}

/* Requests can be made. */
void
sweep_go(struct planner *pl)
{
	struct sweep		*w = &pl->sweep;
	struct prim_request	 dump;

	if (!w->active || w->waits)
		return;
	if (w->dump != PRIM_MAX && w->flight == 0) {
		dump = (struct prim_request){ .op = w->dump };
		w->flight++;
		prims_ask(pl, w->life, 0, &dump, on_dump);
		return;
	}
	while (w->dump == PRIM_MAX && w->next < w->n &&
	    w->flight < FLIGHTS_MAX) {
		w->flight++;
		prims_ask(pl, w->life, 0, &w->v[w->next++], on_removed);
	}
	if (w->dump == PRIM_MAX && w->next == w->n && w->flight == 0)
		tried(pl);
}

/* False: out of memory. */
bool
sweep_init(struct planner *pl)
{
	pl->sweep.again = event_new(pl->parent->base, -1, 0, on_again, pl);
	return (pl->sweep.again != NULL);
}

/* Begin, unless it is under way; pl->unswept is false when all is done. */
void
sweep_begin(struct planner *pl)
{
	if (pl->sweep.active)
		return;
	pl->sweep.active = true;
	pl->sweep.tries = 0;
	start(pl);
}

/* No more of it: what is asked by now is still done. */
void
sweep_end(struct planner *pl)
{
	struct sweep	*w = &pl->sweep;

	if (w->again != NULL)
		event_del(w->again);
	free(w->v);
	w->v = NULL;
	w->n = w->cap = 0;
	w->active = w->waits = false;
}

void
sweep_free(struct planner *pl)
{
	sweep_end(pl);
	if (pl->sweep.again != NULL)
		event_free(pl->sweep.again);
	pl->sweep.again = NULL;
}
