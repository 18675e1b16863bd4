/*
 * What concerns all bindings, as after a reload or when net began anew, is done
 * by a walk in pieces, so that a million of them hold up nothing.  Asked for by
 * bc_walk(), driven by a timer.
 */
#include "ha/int.h"

/* Bindings looked at in one piece of a walk, and the pause between two. */
#define WALK_PIECE	4096
#define WALK_PAUSE	MS(2)
/* Each of these is a system call of the parent's: not more than it can do. */
#define WALK_PAUSE_ROUTES	MS(40)

static void
visit(struct ha *ha, struct bce *b)
{
	if ((ha->walk_what & WALK_CHECK) != 0) {
		if (!bc_allowed(ha, b)) {
			binding_clear(ha, b, HC_CLEARED);
			return;
		}
		/* RFC 6275 10.3.1: nor does it outlive its prefix. */
		binding_cap(ha, b,
		    link_prefix(ha->links[b->slot], &b->home)->valid);
		if (!binding_check(ha, b))
			return;
		node_part(ha, b);
	}
	if ((ha->walk_what & WALK_GROUPS) != 0) {
		group_resync(ha, b);
		if (ha->links[b->slot]->fresh && b->coa.state == BCE_BOUND)
			proxy_defend(ha, b);
	}
	if ((ha->walk_what & WALK_ROUTES) != 0)
		route_restore(ha, b);
	if ((ha->walk_what & WALK_RESYNC) != 0)
		tunnel_tell(ha, b);
}

/* Is net behind with what it was told?  It is not to grow without bound. */
static bool
net_lags(const struct ha *ha)
{
	return (ha->env->congested != NULL &&
	    ha->env->congested(ha->env->ctx, MSG_BIND));
}

/* The next piece of a walk, which begins anew when more is asked for. */
void
walk_step(struct ha *ha)
{
	struct msg_empty	 m = { 0 };
	struct bce		*b;
	uint32_t		 end = ha->walk_at;
	size_t			 i;

	if (!net_lags(ha))
		end += WALK_PIECE;
	for (; ha->walk_at < end && ha->walk_at < ha->pool.used; ha->walk_at++)
		if ((b = pool_get(&ha->pool, ha->walk_at)) != NULL)
			visit(ha, b);
	if (ha->walk_at < ha->pool.used) {
		timer_set(ha, &ha->walk, TK_WALK,
		    mono_add(ha->now.mono, (ha->walk_what & WALK_ROUTES) != 0 ?
		    WALK_PAUSE_ROUTES : WALK_PAUSE));
		return;
	}
	if ((ha->walk_what & WALK_RESYNC) != 0)
		ha_emit(ha, MSG_RESYNC_END, &m);
	for (i = 0; i < ha->nlinks; i++)
		ha->links[i]->fresh = false;
	ha->walk_what = 0;
}
