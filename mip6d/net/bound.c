/*
 * Handing tunnels back to an engine that is new, in pieces: a table of a
 * million holds up nobody's packets.  Pure, as is the table.
 */
#include <string.h>

#include "net/bound.h"

struct piece {
	const struct tunnel_table	*t;
	bound_tell			*tell;
	void				*arg;
	bool				 full;
};

static bool
tell_one(const struct tunnel *e, bound_tell *tell, void *arg)
{
	struct msg_bind	 m;

	memset(&m, 0, sizeof(m));
	m.home = e->home;
	m.local = e->local;
	m.peer = e->peer;
	m.ifindex = e->ifindex;
	m.flags = e->flags;
	m.owner.p = e->owner;
	m.owner.len = e->ownerlen;
	return (tell(arg, &m));
}

static bool
each(void *arg, const struct tunnel *e)
{
	struct piece	*p = arg;

	if (!p->full && tunnel_is_old(p->t, e))
		p->full = !tell_one(e, p->tell, p->arg);
	return (false);
}

/* An engine is new: what is of the set before tunnel_resync() is to be told. */
void
bound_begin(struct bound *b)
{
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
 * Tell what has not been told, or been bound again, as long as there is room.
 * An entry may be told twice.  True: that was all; false: call it again later.
 */
bool
bound_step(struct bound *b, struct tunnel_table *t, bound_tell *tell,
    void *arg)
{
	struct piece	 p = { t, tell, arg, false };
	size_t		 next;

	while (b->on) {
		next = tunnel_page(t, b->at, each, &p);
		if (p.full)
			return (false);
		b->at = next;
		b->on = next != 0;
	}
	return (true);
}

/*
 * A message about this home address is about to be given to the engine: it
 * has to know before what is bound for it.
 */
void
bound_first(const struct bound *b, const struct tunnel_table *t,
    const struct in6_addr *home, bound_tell *tell, void *arg)
{
	const struct tunnel	*e;

	if (b->on && (e = tunnel_find(t, home)) != NULL && tunnel_is_old(t, e))
		tell_one(e, tell, arg);
}
