/*
 * What helps when the tunnel of a node could not move as it should: further
 * steps of the job at once, and MIGRATE to where it is some seconds later.  So
 * charon follows (draft-ebalard-mext-pfkey-enhanced-migrate), and associations
 * that were made meanwhile for another place are fetched.
 */
#include <errno.h>

#include "sec/int.h"

#define STRAYS_AFTER	SEC(1)	/* they come in pairs */

/* Then the step once more. */
static void
once_more(struct sec_job *j, const struct sec_step *st)
{
	struct sec_step	 again = *st;

	again.again = true;
	plan_insert(j, &again);
}

static void
set_first(struct sec_job *j, const struct sec_step *st, bool from)
{
	const struct sec_step	 set = { .op = SEC_SET, .index = st->index,
	    .from = from };

	plan_insert(j, &set);
}

/* Where the policies of `to' are already. */
static void
stay(struct sec_job *j, const struct sec_step *st)
{
	const struct sec_step	 same = { .op = SEC_SAME, .index = st->index,
	    .km = st->km, .again = true };

	plan_insert(j, &same);
	set_first(j, st, false);
}

/* A MIGRATE failed: what the fact is, and what helps. */
void
heal_step(struct sec_node *n, const struct sec_step *st, int e)
{
	struct sec_job	*j = n->job;
	struct sec_step	 clear = { .op = SEC_CLEAR, .index = st->index,
			    .from = st->from };

	if (e == MIGRATE_OBSTACLE && !st->again) {
		/* A larval association is in the way: replace it. */
		once_more(j, st);
		plan_insert(j, &clear);
	} else if (st->op == SEC_MOVE && e == ENOENT && !st->again) {
		/* It is not there, but its associations may be. */
		once_more(j, st);
		set_first(j, st, true);
	} else if ((st->op == SEC_MOVE && e == MIGRATE_OBSTACLE) ||
	    (st->op == SEC_SAME && e == ENOENT && !st->again)) {
		/* The policy at least; its associations if there are any. */
		stay(j, st);
	} else {
		if (st->op == SEC_MOVE)
			set_first(j, st, false);
		j->unhealed = true;
		if (j->error == 0)
			j->error = e;
		return;
	}
	sec_count(n->sec, SC_HEALED);
}

/* Its timer ran out. */
void
heal_time(struct sec_node *n)
{
	n->heal_due = true;
	sec_queue(n);
	sec_soon(n->sec);
}

/* Move it again in some seconds to where it is, so often and no more. */
void
heal_later(struct sec_node *n)
{
	if (!n->km || n->heals == SEC_HEALS_MAX)
		return;
	n->heals++;
	sec_timer(n->sec, &n->heal_timer, mono_add(sec_now(n->sec),
	    n->strays ? STRAYS_AFTER : SEC(SEC_HEAL_AFTER)));
}

/*
 * There is a new association of the tunnel, between these.  While policies are
 * inactive that is where they are to begin; else it may be at a place that the
 * node has left since it was asked for.
 */
void
heal_tunnel_ends(struct sec_node *n, const struct in6_addr *src,
    const struct in6_addr *dst)
{
	const struct in6_addr	*local, *peer;
	bool			 out;

	out = IN6_ARE_ADDR_EQUAL(n->want.agent_side ? src : dst,
	    &n->want.agent);
	local = out ? src : dst;
	peer = out ? dst : src;
	/* One that does not end at the home agent is none of its tunnel. */
	if (!IN6_ARE_ADDR_EQUAL(n->want.agent_side ? local : peer,
	    &n->want.agent))
		return;
	if (n->job == NULL && !n->have.tunnel) {
		n->have.local = *local;
		n->have.peer = *peer;
		n->has_ends = true;
	} else if (n->km && (!IN6_ARE_ADDR_EQUAL(local, &n->km_local) ||
	    !IN6_ARE_ADDR_EQUAL(peer, &n->km_remote))) {
		n->strays = true;
		n->stray_local = *local;
		n->stray_peer = *peer;
		heal_later(n);
	}
}
