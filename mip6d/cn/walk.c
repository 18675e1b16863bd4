/*
 * What concerns all bindings, as after a reload, when an own address has gone
 * or when net began anew, is done by a walk in pieces, so that many of them
 * hold up nothing.  Asked for by cn_walk_begin(), driven by a timer.
 */
#include "cn/int.h"

/* Bindings looked at in one piece of a walk, and the pause between two. */
#define WALK_PIECE	4096
#define WALK_PAUSE	MS(2)

static void
visit(struct cn *cn, struct entry *e)
{
	if ((cn->walk_what & WALK_CHECK) != 0) {
		if (!cn_binding_allowed(cn, e)) {
			cn_binding_end(cn, e, CC_CLEARED);
			return;
		}
		cn_binding_cap(cn, e);
	}
	if ((cn->walk_what & WALK_RESYNC) != 0)
		cn_pair_tell(cn, e, e->notify);
}

/* Go over all bindings: what is of WALK_*. */
void
cn_walk_begin(struct cn *cn, uint8_t what)
{
	cn->walk_what |= what;
	cn->walk_at = 0;
	cn_timer_set(cn, &cn->walk, TK_WALK, (struct mono){ 0 });
}

/* Is net behind with what it was told?  It is not to grow without bound. */
static bool
net_lags(const struct cn *cn)
{
	return (cn->env->congested != NULL &&
	    cn->env->congested(cn->env->ctx, MSG_BIND));
}

/* The next piece of a walk, which begins anew when more is asked for. */
void
cn_walk_step(struct cn *cn)
{
	struct msg_empty	 m = { 0 };
	struct entry		*e;
	uint32_t		 end = cn->walk_at;

	if (!net_lags(cn))
		end += WALK_PIECE;
	for (; cn->walk_at < end && cn->walk_at < cn->entries.used;
	    cn->walk_at++)
		if ((e = pool_get(&cn->entries, cn->walk_at)) != NULL)
			visit(cn, e);
	if (cn->walk_at < cn->entries.used) {
		cn_timer_set(cn, &cn->walk, TK_WALK,
		    mono_add(cn->now.mono, WALK_PAUSE));
		return;
	}
	if ((cn->walk_what & WALK_RESYNC) != 0)
		cn_emit(cn, MSG_RESYNC_END, &m);
	cn->walk_what = 0;
}
