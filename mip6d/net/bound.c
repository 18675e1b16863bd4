/*
 * Handing tunnels back to an engine that is new, in pieces: a table of a
 * million holds up nobody's packets.  Pure, as is the table.
 */
#include "net/bound.h"

#define BOUND_STEP	4096	/* entries looked at without a pause */

struct piece {
	enum role		 role;
	const struct planes	*ps;
	bound_tell		*tell;
	void			*arg;
	bool			 full;
	uint32_t		 at;	/* if so: the one that found no room */
};

static void
each_flow(void *arg, const struct plane_flow *f)
{
	struct piece	*p = arg;

	if (!p->full && f->old)
		p->full = !p->tell(p->arg, MSG_FLOW_BOUND, &f->flow);
}

/* A path, and behind the last one of an entry its flows. */
static bool
each(void *arg, const struct plane_row *row)
{
	struct piece	*p = arg;

	if (p->full || row->owner != p->role)
		return (!p->full);
	p->at = row->at;
	p->full = row->old && !p->tell(p->arg, MSG_BOUND, &row->bind);
	if (!p->full && row->last)
		planes_flows(p->ps, row, each_flow, p);
	return (!p->full);
}

/* The engine is new: what is of its set before RESYNC is to be told. */
void
bound_begin(struct bound *b, enum role role)
{
	b->role = role;
	b->at = 0;
	b->on = true;
}

/* The engine has gone. */
void
bound_stop(struct bound *b)
{
	b->on = false;
}

/*
 * Tell what has not been told, or been bound again, as long as there is room,
 * of the next BOUND_STEP entries.  True: that was all; false: call it again
 * later.
 */
bool
bound_step(struct bound *b, const struct planes *ps, bound_tell *tell,
    void *arg)
{
	struct piece	 p = { b->role, ps, tell, arg, false, 0 };
	uint32_t	 next = 0;

	if (b->on)
		next = planes_dump(ps, b->at, BOUND_STEP, each, &p);
	b->at = p.full ? p.at : next;
	b->on = p.full || next != 0;
	return (!b->on);
}

/*
 * A message about this home address, between it and other, is about to be given
 * to the engine: it has to know before what is bound for them, and may be told
 * that again later.
 */
void
bound_first(const struct bound *b, const struct planes *ps,
    const struct in6_addr *home, const struct in6_addr *other,
    bound_tell *tell, void *arg)
{
	const struct in6_addr	*with[] = { &in6addr_any, other };
	struct piece		 p = { b->role, ps, tell, arg, false, 0 };
	struct plane_row	 row;
	size_t			 i;

	for (i = 0; b->on && i < 2; i++)
		if (planes_find(ps, b->role, home, with[i], &row))
			planes_dump(ps, row.at, 1, each, &p);
}
