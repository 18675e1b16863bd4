/*
 * The table of data planes, and what is asked of all that are at work.  The
 * first row has everything; the others are asked for what they can express, and
 * whatever one of them has said no to it has not got, so that its packets go by
 * the first.  What the first refuses nobody has: then no packet is forwarded.
 * Called by bind.c, bound.c and net.c.
 */
#include <errno.h>
#include <string.h>

#include "net/plane.h"
#include "wire/ip6.h"

static const struct plane_ops	*const table[] = {
	&user_plane,
};
#define NPLANES	(sizeof(table) / sizeof(table[0]))

_Static_assert(NPLANES <= PLANES_MAX, "room for all data planes");

static bool
at_work(const struct planes *ps, const struct plane_ops *ops)
{
	unsigned int	 i;

	for (i = 0; i < ps->n; i++)
		if (ps->v[i].ops == ops)
			return (true);
	return (false);
}

/* Does this word of the configuration choose it?  The first is always there. */
static bool
is_chosen(const struct plane_ops *ops, enum conf_dataplane word)
{
	return (ops == table[0] || word == DATAPLANE_AUTO ||
	    word == ops->chosen);
}

/* Those not chosen end; what they had goes by the first, which has it, too. */
static void
end_others(struct planes *ps, enum conf_dataplane word)
{
	unsigned int	 i, n = 0;

	for (i = 0; i < ps->n; i++)
		if (is_chosen(ps->v[i].ops, word))
			ps->v[n++] = ps->v[i];
		else
			ps->v[i].ops->close(ps->v[i].state);
	ps->n = n;
}

/*
 * Have the planes at work that this word of the configuration chooses, and no
 * others.  One that can't be had is left out; false: it is the first.
 */
bool
planes_choose(struct planes *ps, struct dp *dp, const uint64_t key[2],
    enum conf_dataplane word)
{
	struct plane	*p;
	size_t		 i;

	end_others(ps, word);
	for (i = 0; i < NPLANES; i++) {
		if (at_work(ps, table[i]) || !is_chosen(table[i], word))
			continue;
		p = &ps->v[ps->n];
		p->ops = table[i];
		if ((p->state = p->ops->open(dp, key)) != NULL)
			ps->n++;
	}
	return (at_work(ps, table[0]));
}

void
planes_free(struct planes *ps)
{
	for (; ps->n > 0; ps->n--)
		ps->v[ps->n - 1].ops->close(ps->v[ps->n - 1].state);
}

/* Can this plane express it? */
static bool
expresses(const struct plane_ops *ops, const struct fwd_key *k,
    const struct msg_bind *b)
{
	return ((ops->encaps & 1U << k->encap) != 0 &&
	    (k->plen == FWD_ADDRESS || ops->prefixes) &&
	    (in6_is_unspecified(&b->other) || ops->pairs) &&
	    (b->bid == 0 || ops->paths) &&
	    ((b->flags & BIND_ALL) == 0 || ops->copies) &&
	    ((b->flags & BIND_NOTIFY) == 0 || ops->notifies) &&
	    ((b->flags & BIND_UNVERIFIED) == 0 || ops->credits));
}

/* Have the packets of this binding flows, which a plane can't express? */
static bool
lacks_flows(const struct planes *ps, const struct plane *p,
    const struct fwd_key *k, const struct msg_bind *b)
{
	struct plane_row	 row;

	return (p != ps->v && p->ops->flow == NULL &&
	    planes_find(ps, k->owner, &b->home, &b->other, &row) && row.flows);
}

/*
 * Bind, or move what is bound.  0, or the errno of the first plane, and then
 * nobody has it, of several paths this one.  What another plane can't have of
 * one path it has of none.
 */
int
planes_bind(const struct planes *ps, const struct fwd_key *k,
    const struct msg_bind *b, struct mono now)
{
	const struct msg_unbind	 all = { b->home, b->other, 0 };
	const struct msg_unbind	 one = { b->home, b->other, b->bid };
	const struct plane	*p;
	int			 e, first = 0;

	for (p = ps->v; p < ps->v + ps->n; p++) {
		e = first != 0 || !expresses(p->ops, k, b) ||
		    lacks_flows(ps, p, k, b) ? EOPNOTSUPP :
		    p->ops->bind(p->state, k, b, now);
		if (e != 0)
			p->ops->unbind(p->state, k->owner,
			    p == ps->v ? &one : &all, k->plen);
		if (p == ps->v)
			first = e;
	}
	return (first);
}

/*
 * A flow of what is bound: 0 or the errno of the first plane.  What another one
 * has is then taken from it, if it can't express that.
 */
int
planes_flow(const struct planes *ps, enum role owner, const struct msg_flow *m)
{
	const struct msg_unbind	 all = { m->home, m->other, 0 };
	const struct plane	*p;
	int			 e, first = 0;

	for (p = ps->v; p < ps->v + ps->n && first == 0; p++) {
		e = p->ops->flow == NULL ? EOPNOTSUPP :
		    p->ops->flow(p->state, owner, m);
		if (p == ps->v)
			first = e;
		else if (e != 0)
			p->ops->unbind(p->state, owner, &all, FWD_ADDRESS);
	}
	return (first);
}

/* False: there was none. */
bool
planes_unflow(const struct planes *ps, enum role owner,
    const struct msg_unflow *m)
{
	const struct plane	*p;
	bool			 was = false;

	for (p = ps->v; p < ps->v + ps->n; p++)
		if (p->ops->unflow != NULL)
			was |= p->ops->unflow(p->state, owner, m);
	return (was);
}

/* False: it was not bound. */
bool
planes_unbind(const struct planes *ps, enum role owner,
    const struct msg_unbind *u, unsigned int plen)
{
	const struct plane	*p;
	bool			 was = false;

	for (p = ps->v; p < ps->v + ps->n; p++)
		was |= p->ops->unbind(p->state, owner, u, plen);
	return (was);
}

void
planes_forget(const struct planes *ps, enum role owner)
{
	const struct plane	*p;

	for (p = ps->v; p < ps->v + ps->n; p++)
		p->ops->forget(p->state, owner);
}

void
planes_resync(const struct planes *ps, enum role owner)
{
	const struct plane	*p;

	for (p = ps->v; p < ps->v + ps->n; p++)
		p->ops->resync(p->state, owner);
}

void
planes_resync_end(const struct planes *ps, enum role owner)
{
	const struct plane	*p;

	for (p = ps->v; p < ps->v + ps->n; p++)
		p->ops->resync_end(p->state, owner);
}

/* Look at so many of each; true: there is more to do. */
bool
planes_sweep(const struct planes *ps, uint32_t most)
{
	const struct plane	*p;
	bool			 more = false;

	for (p = ps->v; p < ps->v + ps->n; p++)
		more |= p->ops->sweep(p->state, most);
	return (more);
}

/*
 * What owner has bound for home and any other address (::), or exactly this
 * other one; false: nothing.
 */
bool
planes_find(const struct planes *ps, enum role owner,
    const struct in6_addr *home, const struct in6_addr *other,
    struct plane_row *row)
{
	return (ps->v[0].ops->find(ps->v[0].state, owner, home, other, row));
}

/*
 * Show what is bound from a cursor on, 0 at first, until show() is false or so
 * many numbers have been looked at.  The next cursor, or 0 at the end.
 */
uint32_t
planes_dump(const struct planes *ps, uint32_t cursor, uint32_t most,
    plane_show *show, void *arg)
{
	return (ps->v[0].ops->dump(ps->v[0].state, cursor, most, show, arg));
}

/* Show the flows of what this row is of. */
void
planes_flows(const struct planes *ps, const struct plane_row *row,
    plane_show_flow *show, void *arg)
{
	if (row->flows)
		ps->v[0].ops->flows(ps->v[0].state, row, show, arg);
}

/* What all of them have moved. */
void
planes_stats(const struct planes *ps, const struct plane_row *row,
    struct plane_stats *s)
{
	const struct plane	*p;

	memset(s, 0, sizeof(*s));
	for (p = ps->v; p < ps->v + ps->n; p++)
		p->ops->stats(p->state, row, s);
}
