/*
 * Handing tunnels back to an engine that is new, in pieces: a table of a
 * million holds up nobody's packets.  Pure, as is the table.
 */
#include <string.h>

#include "net/bound.h"

#define BOUND_STEP	4096	/* entries looked at without a pause */

struct piece {
	const struct fwd_table	*t;
	enum role		 role;
	bound_tell		*tell;
	void			*arg;
	bool			 full;
	uint32_t		 at;	/* if so: the one that found no room */
};

static bool
tell_one(const struct fwd_entry *e, bound_tell *tell, void *arg)
{
	struct msg_bind	 m;

	memset(&m, 0, sizeof(m));
	m.home = e->prefix;
	m.local = e->path.local;
	m.peer = e->path.remote;
	m.ifindex = e->path.ifindex;
	m.flags = e->flags;
	m.owner.p = e->record;
	m.owner.len = e->recordlen;
	return (tell(arg, &m));
}

static bool
each(void *arg, const struct fwd_entry *e)
{
	struct piece	*p = arg;

	if (e->owner == p->role && fwd_is_old(p->t, e) &&
	    !tell_one(e, p->tell, p->arg)) {
		p->full = true;
		p->at = e->id;
	}
	return (!p->full);
}

/* The engine is new: what is of its set before fwd_resync() is to be told. */
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
bound_step(struct bound *b, const struct fwd_table *t, bound_tell *tell,
    void *arg)
{
	struct piece	 p = { t, b->role, tell, arg, false, 0 };
	uint32_t	 next = 0;

	if (b->on)
		next = fwd_page(t, b->at, BOUND_STEP, each, &p);
	b->at = p.full ? p.at : next;
	b->on = p.full || next != 0;
	return (!b->on);
}

/*
 * A message about this home address is about to be given to the engine: it
 * has to know before what is bound for it, and may be told that again later.
 */
void
bound_first(const struct bound *b, const struct fwd_table *t,
    const struct in6_addr *home, bound_tell *tell, void *arg)
{
	const struct fwd_entry	*e;

	if (b->on && (e = fwd_find(t, b->role, home)) != NULL &&
	    fwd_is_old(t, e))
		tell_one(e, tell, arg);
}
