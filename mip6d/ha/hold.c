/*
 * Binding Updates of nodes whose clock is ahead of ours wait here until the
 * store has saved a later time (clock.c).  Should the store hang, they wait
 * no longer than its files may be behind anyway.  bu.c puts them here and
 * takes them out again.
 */
#include <stdlib.h>
#include <string.h>

#include "ha/int.h"
#include "wire/ip6.h"

#define HOLD_MAX	256
#define HOLD_TIME	SEC(2)

static bool
is_same(const struct msg_mh_in *a, const struct msg_mh_in *b)
{
	return (in6_eq(&a->src, &b->src) && in6_eq(&a->home, &b->home) &&
	    a->mh.len == b->mh.len && memcmp(a->mh.p, b->mh.p, a->mh.len) == 0);
}

/* Keep a Binding Update; one that is held already comes only once. */
void
hold_update(struct ha *ha, const struct msg_mh_in *in)
{
	struct waiting	**p = &ha->clock.waiting, *w;
	size_t		  n;

	for (n = 0; *p != NULL; p = &(*p)->next, n++)
		if (is_same(&(*p)->in, in))
			return;
	if (n == HOLD_MAX) {
		COUNT(ha->env->counters, HC_HELD_FULL);
		return;
	}
	if ((w = malloc(sizeof(*w) + in->mh.len)) == NULL) {
		COUNT(ha->env->counters, HC_NO_MEMORY);
		return;
	}
	w->next = NULL;
	w->in = *in;
	memcpy(w->mh, in->mh.p, in->mh.len);
	w->in.mh.p = w->mh;
	*p = w;
	if (n == 0)
		timer_set(ha, &ha->clock.hold_timer, TK_HOLD,
		    mono_add(ha->now.mono, HOLD_TIME));
}

/* Take all of them, in the order in which they came; each is to be freed. */
struct waiting *
hold_take(struct ha *ha)
{
	struct waiting	*w = ha->clock.waiting;

	ha->clock.waiting = NULL;
	timer_clear(ha, &ha->clock.hold_timer);
	return (w);
}

/* The end. */
void
hold_free(struct ha *ha)
{
	struct waiting	*w;

	while ((w = ha->clock.waiting) != NULL) {
		ha->clock.waiting = w->next;
		free(w);
	}
}
