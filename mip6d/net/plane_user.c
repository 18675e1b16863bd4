/*
 * The data plane in user space, in the form of a row: what is bound is in the
 * table of forward.c, where the packets that come by the tun, by raw sockets
 * and by captures are looked up.  It can express all that can be bound, and
 * tells engines of their tunnels with each packet (tell.c).  Called by plane.c.
 */
#include <errno.h>
#include <string.h>

#include "net/dp.h"
#include "wire/ip6.h"

static void *
user_open(struct dp *dp, const uint64_t key[2])
{
	return (fwd_init(&dp->forward, key) ? &dp->forward : NULL);
}

static void
user_close(void *t)
{
	fwd_free(t);
}

static int
user_bind(void *t, const struct fwd_key *k, const struct msg_bind *b,
    struct mono now)
{
	if (b->bid != 0 && fwd_is_full(t, k, b))
		return (ENOSPC);
	return (fwd_bind(t, k, b, now) == NULL ? ENOMEM : 0);
}

static bool
user_unbind(void *t, enum role owner, const struct msg_unbind *u,
    unsigned int plen)
{
	return (fwd_unbind(t, owner, u, plen));
}

static int
user_flow(void *t, enum role owner, const struct msg_flow *m)
{
	return (fwd_flow(t, owner, m));
}

static bool
user_unflow(void *t, enum role owner, const struct msg_unflow *m)
{
	return (fwd_unflow(t, owner, m));
}

static void
user_forget(void *t, enum role owner)
{
	fwd_forget(t, owner);
}

static void
user_resync(void *t, enum role owner)
{
	fwd_resync(t, owner);
}

static void
user_resync_end(void *t, enum role owner)
{
	fwd_resync_end(t, owner);
}

static bool
user_sweep(void *t, uint32_t most)
{
	return (fwd_sweep(t, most));
}

static void
row_of(const struct fwd_table *t, const struct fwd_entry *e,
    const struct fwd_path *p, struct plane_row *row)
{
	memset(row, 0, sizeof(*row));
	row->owner = e->owner;
	row->plen = e->plen;
	row->bind.home = e->prefix;
	row->bind.other = *fwd_other(e);
	row->bind.local = p->local;
	row->bind.peer = p->remote;
	row->bind.ifindex = p->ifindex;
	row->bind.flags = p->flags;
	row->bind.bid = p->bid;
	row->bind.weight = p->weight;
	row->bind.owner.p = p->record;
	row->bind.owner.len = p->recordlen;
	row->old = fwd_is_old_path(t, e, p);
	row->first = p == &e->path;
	row->last = p->next == NULL || !fwd_sends(p->next);
	row->flows = e->flows != NULL;
	row->encap = p->encap;
	row->pmtu = p->pmtu;
	if (e->pair)
		row->credit = e->credit;
	row->at = e->id;
}

static bool
user_find(const void *t, enum role owner, const struct in6_addr *home,
    const struct in6_addr *other, struct plane_row *row)
{
	const struct fwd_entry	*e;

	e = in6_is_unspecified(other) ? fwd_find(t, owner, home) :
	    fwd_find_pair(t, owner, home, other);

	if (e != NULL)
		row_of(t, e, &e->path, row);
	return (e != NULL);
}

struct page {
	const struct fwd_table	*t;
	plane_show		*show;
	void			*arg;
};

/* An entry is shown whole: a row for each path that sends. */
static bool
show_entry(void *arg, const struct fwd_entry *e)
{
	struct page		*pg = arg;
	struct plane_row	 row;
	const struct fwd_path	*p;
	bool			 more = true;

	for (p = &e->path; p != NULL && fwd_sends(p); p = p->next) {
		row_of(pg->t, e, p, &row);
		more = pg->show(pg->arg, &row) && more;
	}
	return (more);
}

static uint32_t
user_dump(const void *t, uint32_t cursor, uint32_t most, plane_show *show,
    void *arg)
{
	struct page	 pg = { t, show, arg };

	return (fwd_page(t, cursor, most, show_entry, &pg));
}

static void
user_flows(const void *state, const struct plane_row *row,
    plane_show_flow *show, void *arg)
{
	const struct fwd_table	*t = state;
	const struct fwd_entry	*e = pool_get(&t->pool, row->at);
	const struct fwd_flow	*f;
	struct plane_flow	 pf;
	uint8_t			 bids[2 * BIND_PATHS_MAX];

	for (f = e == NULL ? NULL : e->flows; f != NULL; f = f->next) {
		flow_get(f, e, &pf.flow, bids);
		pf.packets = f->packets;
		pf.old = f->generation != t->generation[e->owner];
		show(arg, &pf);
	}
}

static void
user_stats(const void *state, const struct plane_row *row,
    struct plane_stats *s)
{
	const struct fwd_table	*t = state;
	const struct fwd_entry	*e = pool_get(&t->pool, row->at);
	const struct fwd_path	*p;

	if (e == NULL || e->owner != row->owner || e->plen != row->plen ||
	    !fwd_same(&e->prefix, &row->bind.home) ||
	    !fwd_same(fwd_other(e), &row->bind.other))
		return;
	for (p = &e->path; p != NULL; p = p->next) {
		if (p->bid != row->bind.bid)
			continue;
		s->packets_in += p->packets_in;
		s->bytes_in += p->bytes_in;
		s->packets_out += p->packets_out;
		s->bytes_out += p->bytes_out;
	}
}

const struct plane_ops	 user_plane = {
	.name = "user",
	.words = "all encapsulations, prefixes, pairs, paths, flows, credit "
	    "and events, packet by packet",
	.chosen = DATAPLANE_USER,
	.encaps = ~0U,
	.prefixes = true,
	.pairs = true,
	.paths = true,
	.copies = true,
	.notifies = true,
	.credits = true,
	.open = user_open,
	.close = user_close,
	.bind = user_bind,
	.unbind = user_unbind,
	.flow = user_flow,
	.unflow = user_unflow,
	.forget = user_forget,
	.resync = user_resync,
	.resync_end = user_resync_end,
	.sweep = user_sweep,
	.find = user_find,
	.dump = user_dump,
	.flows = user_flows,
	.stats = user_stats,
};
