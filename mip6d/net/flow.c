/*
 * The flows of an entry, in the order of their priorities (RFC 6089 4.3,
 * 5.3.6): the first whose selector fits a packet says by which paths it goes.
 * They hang off the entries that have some.  Of a packet in fragments the first
 * decides for all, as the others have no ports; what comes before it, or when
 * that has been forgotten, is compared by what it has.  Pure; forward.c and
 * share.c call it.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "net/forward.h"
#include "wire/ip6.h"

static struct fwd_flow **
place_of(struct fwd_entry *e, unsigned int fid)
{
	struct fwd_flow	**at;

	for (at = &e->flows; *at != NULL && (*at)->fid != fid;
	    at = &(*at)->next)
		continue;
	return (at);
}

static unsigned int
count(const struct fwd_entry *e)
{
	const struct fwd_flow	*f;
	unsigned int		 n = 0;

	for (f = e->flows; f != NULL; f = f->next)
		n++;
	return (n);
}

/* The bids of a message; false: none where there must be, or too many. */
static bool
take_bids(struct fwd_flow *f, const struct msg_flow *m)
{
	size_t	 i, n = m->bids.len / 2;

	if (m->bids.len % 2 != 0 || n > BIND_PATHS_MAX ||
	    (n == 0) != (m->action == FLOW_DISCARD))
		return (false);
	for (i = 0; i < n; i++)
		f->bids[i] = (uint16_t)(m->bids.p[2 * i] << 8 |
		    m->bids.p[2 * i + 1]);
	f->nbids = (uint8_t)n;
	return (true);
}

/* Behind all that have the same or a smaller number of priority. */
static void
put(struct fwd_entry *e, struct fwd_flow *f)
{
	struct fwd_flow	**at;

	for (at = &e->flows; *at != NULL && (*at)->priority <= f->priority;
	    at = &(*at)->next)
		continue;
	f->next = *at;
	*at = f;
}

/*
 * A flow of e, or another selector, priority or paths for the one that has this
 * number.  0 or EINVAL, ENOSPC, ENOMEM, and then all is as it was.
 */
int
flow_set(struct fwd_table *t, struct fwd_entry *e, const struct msg_flow *m)
{
	struct fwd_flow	 f = { .fid = m->fid, .priority = m->priority,
			    .action = m->action,
			    .generation = t->generation[e->owner] };
	struct fwd_flow	**at = place_of(e, m->fid), *to = *at;

	if (m->fid == 0 || m->priority == 0 || m->action >= FLOW_ACTIONS ||
	    !take_bids(&f, m) || !selector_set(&f.selector, m))
		return (EINVAL);
	if (t->fragments == NULL && (t->fragments = calloc(FLOW_FRAGMENTS,
	    sizeof(*t->fragments))) == NULL)
		return (ENOMEM);
	if (to == NULL) {
		if (count(e) >= BIND_FLOWS_MAX)
			return (ENOSPC);
		if ((to = malloc(sizeof(*to))) == NULL)
			return (ENOMEM);
	} else {
		*at = to->next;
		f.packets = to->packets;
	}
	*to = f;
	put(e, to);
	return (0);
}

/* End a flow, with 0 all of them; false: there is none. */
bool
flow_unset(struct fwd_entry *e, unsigned int fid)
{
	struct fwd_flow	**at, *f;
	bool		 was = false;

	at = fid == 0 ? &e->flows : place_of(e, fid);
	while ((f = *at) != NULL) {
		*at = f->next;
		free(f);
		was = true;
		if (fid != 0)
			break;
	}
	return (was);
}

/* End those of another set than this one of their owner. */
void
flow_sweep(struct fwd_entry *e, uint32_t generation)
{
	struct fwd_flow	**at = &e->flows, *f;

	while ((f = *at) != NULL) {
		if (f->generation == generation) {
			at = &f->next;
			continue;
		}
		*at = f->next;
		free(f);
	}
}

/* What set it, as a message of its entry; its bids are in these octets. */
void
flow_get(const struct fwd_flow *f, const struct fwd_entry *e,
    struct msg_flow *m, uint8_t bids[2 * BIND_PATHS_MAX])
{
	unsigned int	 i;

	memset(m, 0, sizeof(*m));
	m->home = e->prefix;
	m->other = *fwd_other(e);
	m->fid = f->fid;
	m->priority = f->priority;
	m->action = f->action;
	for (i = 0; i < f->nbids; i++) {
		bids[2 * i] = (uint8_t)(f->bids[i] >> 8);
		bids[2 * i + 1] = (uint8_t)f->bids[i];
	}
	m->bids.p = bids;
	m->bids.len = 2 * (size_t)f->nbids;
	selector_get(&f->selector, m);
}

/*
 * Does this path get packets of the flow?  Not one that is not active, nor
 * where nobody has shown that the node is (RFC 4866 4.10).
 */
bool
flow_takes(const struct fwd_flow *f, const struct fwd_path *p)
{
	unsigned int	 i;

	if (!fwd_sends(p) || (p->flags & (BIND_ACTIVE | BIND_UNVERIFIED)) !=
	    BIND_ACTIVE)
		return (false);
	for (i = 0; i < f->nbids; i++)
		if (f->bids[i] == p->bid)
			return (true);
	return (false);
}

/* One without a path is skipped, as if it were not there (RFC 6089 4.3). */
static bool
is_active(const struct fwd_flow *f, const struct fwd_entry *e)
{
	const struct fwd_path	*p;

	if (f->action == FLOW_DISCARD)
		return (true);
	for (p = &e->path; p != NULL && fwd_sends(p); p = p->next)
		if (flow_takes(f, p))
			return (true);
	return (false);
}

static struct flow_fragment *
fragment_of(const struct fwd_table *t, const struct fwd_entry *e,
    const struct ip6_walk *w, uint64_t *hash)
{
	struct {
		uint8_t		 addrs[2 * sizeof(struct in6_addr)];
		uint32_t	 id, entry;
	}	 k;

	memcpy(k.addrs, w->p + IP6_OFF_SRC, sizeof(k.addrs));
	k.id = w->frag_id;
	k.entry = e->id;
	*hash = hash_bytes(&t->key, &k, sizeof(k));
	return (&t->fragments[*hash & (FLOW_FRAGMENTS - 1)]);
}

static struct fwd_flow *
first_that_fits(struct fwd_entry *e, const struct ip6_walk *w)
{
	struct fwd_flow	*f;
	struct flow_key	 k;

	selector_read(&k, w);
	for (f = e->flows; f != NULL; f = f->next)
		if (selector_fits(&f->selector, &k) && is_active(f, e))
			break;
	return (f);
}

/*
 * The flow of e that the packet of the walk belongs to, which must be as it is
 * now; NULL: none.
 */
struct fwd_flow *
flow_find(const struct fwd_table *t, struct fwd_entry *e,
    const struct ip6_walk *w, struct mono now)
{
	struct flow_fragment	*g;
	struct fwd_flow		*f;
	uint64_t		 hash;

	if (w->frag == 0)
		return (first_that_fits(e, w));
	g = fragment_of(t, e, w, &hash);
	if (w->nonfirst && g->hash == hash &&
	    mono_diff(now, g->at) < FLOW_REASSEMBLY) {
		if (g->fid == 0)
			return (NULL);
		f = *place_of(e, g->fid);
		if (f != NULL && is_active(f, e))
			return (f);
	}
	f = first_that_fits(e, w);
	if (!w->nonfirst)
		*g = (struct flow_fragment){ hash, now,
		    f == NULL ? 0 : f->fid };
	return (f);
}
