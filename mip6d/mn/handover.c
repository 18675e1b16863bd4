/*
 * Timelines of the last handovers: when the link came up, an advertisement was
 * heard, an address was usable, the Binding Update went out and the
 * acknowledgement came in.  For the operator (mip6ctl show handovers) and the
 * benchmark; nothing is decided by them.  A ring in struct mn holds them; the
 * other files of the mobile node put marks on the one under way.
 */
#include <stdio.h>
#include <string.h>

#include "mn/parts.h"

/* NULL if it has been overwritten, or 0. */
struct handover *
handover_get(struct mn *mn, unsigned int number)
{
	struct handover	*o = &mn->handovers[number % MN_HANDOVERS];

	return (number == 0 || o->number != number ? NULL : o);
}

static int64_t
since(int64_t mark, int64_t last)
{
	return (mark > last ? mark : NEVER);
}

/*
 * A Binding Update for a (NULL: for the home address, returning) on ifc is
 * about to be sent.  What happened to the link since the handover before
 * belongs to this one.
 */
void
handover_open(struct home *h, struct iface *ifc, const struct addr *a,
    const char *kind, struct now now)
{
	struct binding	*b = BINDING(AGENT(h));
	struct mn	*mn = h->mn;
	int64_t		 last = h->handover_at;
	struct handover	*o;
	int		 i;

	h->handover = ++mn->nhandovers;
	h->handover_at = now.mono.ns;
	o = &mn->handovers[h->handover % MN_HANDOVERS];
	memset(o, 0, sizeof(*o));
	o->number = h->handover;
	o->home = h->conf.address;
	o->from = b->bound ? b->bound_coa : in6addr_any;
	o->to = a == NULL ? h->conf.address : a->addr;
	o->wall = now.wall;
	snprintf(o->ifname, sizeof(o->ifname), "%s", ifc->name);
	snprintf(o->kind, sizeof(o->kind), "%s", kind);
	for (i = 0; i < M_MAX; i++)
		o->mark[i] = NEVER;
	o->mark[M_LINK_DOWN] = since(ifc->marks.down, last);
	o->mark[M_LINK_UP] = since(ifc->marks.up, last);
	o->mark[M_RS] = since(ifc->marks.rs, last);
	o->mark[M_RA] = since(ifc->marks.ra, last);
	if (a != NULL)
		o->mark[M_ADDRESS] = since(a->usable_at, last);
}

/* Something of the handover under way happened, for the first time. */
void
handover_mark(struct home *h, enum mark mark, struct now now)
{
	struct handover	*o = handover_get(h->mn, h->handover);

	if (o == NULL || (o->done && mark <= M_BA))
		return;
	if (mark == M_BU)
		o->updates++;
	if (o->mark[mark] == NEVER)
		o->mark[mark] = now.mono.ns;
	if (mark == M_BA)
		o->done = true;
}
