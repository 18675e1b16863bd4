/*
 * The table of where packets go: an entry for each prefix that an engine has
 * bound, an exact address being one of 128 bits, or for a pair of addresses,
 * with its paths.  It may hold a million, and neither grows nor is swept all at
 * once, so that no packet waits.  Entries survive their engine, and what the
 * next one does not bind again is swept away.  Pure; the data plane, bound.c
 * and net.c call it.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "net/forward.h"
#include "wire/ip6.h"

#define FIRST_SIZE	64

/* An empty table; key is secret and random.  False when out of memory. */
bool
fwd_init(struct fwd_table *t, const uint64_t key[2])
{
	memset(t, 0, sizeof(*t));
	t->key.k[0] = key[0];
	t->key.k[1] = key[1];
	pool_init(&t->pool, sizeof(struct fwd_entry));
	return (htab_init(&t->tab, FIRST_SIZE));
}

static void
free_paths(struct fwd_entry *e)
{
	struct fwd_path	*p;

	while ((p = e->path.next) != NULL) {
		e->path.next = p->next;
		free(p);
	}
	flow_unset(e, 0);
}

void
fwd_free(struct fwd_table *t)
{
	struct fwd_entry	*e;
	uint32_t		 id;

	for (id = 0; id < t->pool.used; id++)
		if ((e = pool_get(&t->pool, id)) != NULL)
			free_paths(e);
	pool_destroy(&t->pool);
	free(t->fragments);
	htab_free(&t->tab);
	memset(t, 0, sizeof(*t));
}

/* One more or one less entry of that prefix length. */
static void
count_plen(struct fwd_table *t, unsigned int plen, bool more)
{
	int	 i;

	t->uses[plen] += more ? 1 : -1;
	if (t->uses[plen] != (more ? 1 : 0))
		return;
	t->nplens = 0;
	for (i = FWD_ADDRESS; i >= 0; i--)
		if (t->uses[i] > 0)
			t->plens[t->nplens++] = (uint8_t)i;
}

/* Is it of an owner that has gone since? */
static inline bool
is_forgotten(const struct fwd_table *t, const struct fwd_entry *e)
{
	return ((int32_t)(e->generation - t->forgotten[e->owner]) < 0);
}

/* What has been forgotten is found by nobody, though it is still there. */
static inline struct fwd_entry *
find(const struct fwd_table *t, enum role owner, const struct in6_addr *prefix,
    unsigned int plen)
{
	uint64_t		 hash = hash_address(&t->key, prefix);
	struct hlink		*l;
	struct fwd_entry	*e;

	for (l = *htab_chain(&t->tab, hash); l != NULL; l = l->next) {
		e = (struct fwd_entry *)l;
		if (l->hash == hash && fwd_same(&e->prefix, prefix) &&
		    e->owner == owner && e->plen == plen && !e->pair &&
		    !is_forgotten(t, e))
			return (e);
	}
	return (NULL);
}

static uint64_t
hash_pair(const struct fwd_table *t, const struct in6_addr *home,
    const struct in6_addr *other)
{
	struct in6_addr	 both[2] = { *home, *other };

	return (hash_bytes(&t->key, both, sizeof(both)));
}

/* What this owner has bound for exactly this pair of addresses, or NULL. */
struct fwd_entry *
fwd_find_pair(const struct fwd_table *t, enum role owner,
    const struct in6_addr *home, const struct in6_addr *other)
{
	uint64_t		 hash;
	struct hlink		*l;
	struct fwd_entry	*e;

	if (t->pairs[owner] == 0)
		return (NULL);
	hash = hash_pair(t, home, other);
	for (l = *htab_chain(&t->tab, hash); l != NULL; l = l->next) {
		e = (struct fwd_entry *)l;
		if (l->hash == hash && e->pair && e->owner == owner &&
		    fwd_same(&e->prefix, home) &&
		    fwd_same(fwd_far(e, &e->path), other) &&
		    !is_forgotten(t, e))
			return (e);
	}
	return (NULL);
}

/* What this owner has bound for the longest prefix that a is in, or NULL. */
struct fwd_entry *
fwd_find(const struct fwd_table *t, enum role owner, const struct in6_addr *a)
{
	struct fwd_entry	*e = NULL;
	const struct in6_addr	*key;
	struct in6_addr		 prefix;
	unsigned int		 i, plen;

	for (i = 0; i < t->nplens && e == NULL; i++) {
		plen = t->plens[i];
		key = a;
		if (plen != FWD_ADDRESS) {
			prefix = in6_prefix(a, plen);
			key = &prefix;
		}
		e = find(t, owner, key, plen);
	}
	return (e);
}

/* The path of e that sends by this bid, or NULL. */
struct fwd_path *
fwd_by_bid(struct fwd_entry *e, unsigned int bid)
{
	struct fwd_path	*p;

	for (p = &e->path; p != NULL && fwd_sends(p); p = p->next)
		if (p->bid == bid)
			return (p);
	return (NULL);
}

/* What has come and gone by one is another's from now on. */
static void
hand_counts(struct fwd_path *from, struct fwd_path *to)
{
	to->packets_in += from->packets_in;
	to->bytes_in += from->bytes_in;
	to->packets_out += from->packets_out;
	to->bytes_out += from->bytes_out;
	from->packets_in = from->bytes_in = 0;
	from->packets_out = from->bytes_out = 0;
}

/*
 * A mobile node's own address of the path p has changed: packets may be on
 * their way to the one before.  Without memory these are lost.
 */
static void
keep_previous(struct fwd_path *p, struct mono now)
{
	struct fwd_path	**at, *old, *next;

	for (at = &p->next; *at != NULL; at = &(*at)->next)
		if (!fwd_sends(*at) && (*at)->bid == p->bid)
			break;
	if (*at == NULL && (*at = calloc(1, sizeof(**at))) == NULL)
		return;
	old = *at;
	next = old->next;
	hand_counts(old, p);
	*old = *p;
	old->next = next;
	old->receives_until = mono_add(now, FWD_PREVIOUS);
	old->packets_in = old->bytes_in = 0;
	old->packets_out = old->bytes_out = 0;
}

/* Its paths are others: how many send, and when the last one was told. */
static void
recount(struct fwd_entry *e)
{
	const struct fwd_path	*p;

	e->several = e->path.next != NULL && fwd_sends(e->path.next);
	e->asks = e->several || e->flows != NULL;
	e->generation = e->path.generation;
	for (p = e->path.next; p != NULL && fwd_sends(p); p = p->next)
		if ((int32_t)(p->generation - e->generation) > 0)
			e->generation = p->generation;
}

/*
 * Remove the path of this bid, which sends, with what it was before.  False if
 * there is no other one that does: then it stays.
 */
static bool
remove_path(struct fwd_entry *e, unsigned int bid)
{
	struct fwd_path	**at, *p;

	if (!e->several)
		return (false);
	if (e->path.bid == bid) {
		p = e->path.next;
		e->path = *p;
		free(p);
	}
	for (at = &e->path.next; (p = *at) != NULL;)
		if (p->bid == bid) {
			*at = p->next;
			free(p);
		} else
			at = &p->next;
	recount(e);
	return (true);
}

/* A path more for e, at its place, all 0 but for its bid; NULL: no memory. */
static struct fwd_path *
add_path(struct fwd_entry *e, uint16_t bid)
{
	struct fwd_path	**at = &e->path.next, *p;

	if ((p = calloc(1, sizeof(*p))) == NULL)
		return (NULL);
	if (bid < e->path.bid) {
		*p = e->path;
		memset(&e->path, 0, sizeof(e->path));
		e->path.next = p;
		p = &e->path;
	} else {
		while (*at != NULL && fwd_sends(*at) && (*at)->bid < bid)
			at = &(*at)->next;
		p->next = *at;
		*at = p;
	}
	p->bid = bid;
	return (p);
}

/* The path by which e is to send with this bid from now on. */
static struct fwd_path *
path_for(struct fwd_entry *e, uint16_t bid)
{
	struct fwd_path	*p = fwd_by_bid(e, bid);

	if (p != NULL)
		return (p);
	if (bid != 0 && e->path.bid != 0)
		return (add_path(e, bid));
	/* It takes the place of all others, or of the only one. */
	while (e->several)
		remove_path(e, e->path.next->bid);
	for (p = &e->path; p != NULL; p = p->next)
		p->bid = bid;
	return (&e->path);
}

/* What is bound for exactly this; other is :: for any. */
static struct fwd_entry *
find_exactly(const struct fwd_table *t, enum role owner,
    const struct in6_addr *prefix, unsigned int plen,
    const struct in6_addr *other)
{
	if (in6_is_unspecified(other))
		return (find(t, owner, prefix, plen));
	return (fwd_find_pair(t, owner, prefix, other));
}

/* One more or one less pair. */
static void
count_pair(struct fwd_table *t, enum role owner, bool more)
{
	t->npairs += more ? 1 : -1;
	t->pairs[owner] += more ? 1 : -1;
}

static struct fwd_entry *
new_entry(struct fwd_table *t, const struct fwd_key *k,
    const struct in6_addr *prefix, const struct in6_addr *other, uint16_t bid)
{
	struct fwd_entry	*e;
	uint64_t		 hash;
	uint32_t		 id;

	if ((e = pool_alloc(&t->pool, &id)) == NULL)
		return (NULL);
	e->id = id;
	e->prefix = *prefix;
	e->owner = k->owner & 0xf;
	e->side = k->side & 1;
	e->plen = k->plen;
	e->path.bid = bid;
	e->pair = !in6_is_unspecified(other);
	if (e->pair) {
		count_pair(t, k->owner, true);
		hash = hash_pair(t, prefix, other);
	} else {
		count_plen(t, k->plen, true);
		hash = hash_address(&t->key, prefix);
	}
	htab_insert(&t->tab, &e->link, hash);
	t->entries[k->owner]++;
	return (e);
}

/* Point the path p of e to where b says, in one step. */
static void
move_path(struct fwd_entry *e, struct fwd_path *p, const struct fwd_key *k,
    const struct msg_bind *b)
{
	struct fwd_path	*old;
	bool		 moved;

	moved = !in6_eq(&p->local, &b->local) ||
	    !in6_eq(&p->remote, &b->peer) || p->ifindex != b->ifindex;
	if (moved) {
		memset(&p->pmtu, 0, sizeof(p->pmtu));
		e->silent = 0;
		e->silent_told = false;
	}
	if (moved || p->flags != b->flags)
		e->told_in = e->told_out = false;
	p->local = b->local;
	p->remote = b->peer;
	p->ifindex = b->ifindex;
	p->encap = k->encap;
	p->weight = b->weight;
	p->flags = b->flags;
	/* Of several home agents only the one of now may send: 11.3.3. */
	for (old = p->next; old != NULL; old = old->next)
		if (!fwd_sends(old) && old->bid == b->bid) {
			old->remote = b->peer;
			old->flags = b->flags;
		}
}

static void
remove_entry(struct fwd_table *t, struct fwd_entry *e)
{
	if (e->pair)
		count_pair(t, e->owner, false);
	else
		count_plen(t, e->plen, false);
	t->entries[e->owner]--;
	free_paths(e);
	htab_remove(&t->tab, &e->link);
	pool_free(&t->pool, e->id);
}

/*
 * Create or change the entry of k for the prefix that begins at b->home, or for
 * the pair of b->home and b->other; that is then the outer address of the other
 * side, too.  What it had of other paths stays, but for those that b->bid
 * replaces (core/msg_net.def).  The record in b is of at most BIND_OWNER_MAX
 * octets.  Returns NULL when out of memory: then there was no such path and is
 * none, and others are as they were.
 */
struct fwd_entry *
fwd_bind(struct fwd_table *t, const struct fwd_key *k,
    const struct msg_bind *b, struct mono now)
{
	struct in6_addr		 prefix = in6_prefix(&b->home, k->plen);
	struct fwd_entry	*e;
	struct fwd_path		*p;

	e = find_exactly(t, k->owner, &prefix, k->plen, &b->other);
	if (e == NULL) {
		e = new_entry(t, k, &prefix, &b->other, b->bid);
		if (e == NULL)
			return (NULL);
		p = &e->path;
	} else if ((p = path_for(e, b->bid)) == NULL)
		return (NULL);
	else if (k->side == FWD_SOURCE && !e->pair &&
	    !in6_is_unspecified(&p->local) && !in6_eq(&p->local, &b->local))
		keep_previous(p, now);
	move_path(e, p, k, b);
	e->weighted = (b->flags & BIND_WEIGHTED) != 0;
	e->copies = (b->flags & BIND_ALL) != 0;
	p->recordlen = b->owner.len & 0xff;
	if (b->owner.len > 0)
		memcpy(p->record, b->owner.p, b->owner.len);
	p->generation = t->generation[k->owner];
	recount(e);
	return (e);
}

/* Would b be one path more than an entry may have? */
bool
fwd_is_full(const struct fwd_table *t, const struct fwd_key *k,
    const struct msg_bind *b)
{
	struct in6_addr		 prefix = in6_prefix(&b->home, k->plen);
	struct fwd_entry	*e;
	const struct fwd_path	*p;
	unsigned int		 n = 0;

	e = find_exactly(t, k->owner, &prefix, k->plen, &b->other);
	if (e == NULL || b->bid == 0 || fwd_by_bid(e, b->bid) != NULL)
		return (false);
	for (p = &e->path; p != NULL && fwd_sends(p); p = p->next)
		n++;
	return (n >= BIND_PATHS_MAX);
}

/*
 * Remove what owner has bound for exactly this, or, with a bid, one path of it;
 * false: nothing.
 */
bool
fwd_unbind(struct fwd_table *t, enum role owner, const struct msg_unbind *u,
    unsigned int plen)
{
	struct in6_addr		 prefix = in6_prefix(&u->home, plen);
	struct fwd_entry	*e;

	e = find_exactly(t, owner, &prefix, plen, &u->other);
	if (e == NULL || (u->bid != 0 && fwd_by_bid(e, u->bid) == NULL))
		return (false);
	if (u->bid == 0 || !remove_path(e, u->bid))
		remove_entry(t, e);
	return (true);
}

/*
 * Have packets of what owner has bound take a flow's paths.  0 or ENOENT,
 * EINVAL, ENOSPC, ENOMEM.
 */
int
fwd_flow(struct fwd_table *t, enum role owner, const struct msg_flow *m)
{
	struct fwd_entry	*e;
	int			 error;

	e = find_exactly(t, owner, &m->home, FWD_ADDRESS, &m->other);
	if (e == NULL)
		return (ENOENT);
	error = flow_set(t, e, m);
	recount(e);
	return (error);
}

/* End one flow, or with fid 0 all; false: nothing. */
bool
fwd_unflow(struct fwd_table *t, enum role owner, const struct msg_unflow *m)
{
	struct fwd_entry	*e;
	bool			 was;

	e = find_exactly(t, owner, &m->home, FWD_ADDRESS, &m->other);
	was = e != NULL && flow_unset(e, m->fid);
	if (was)
		recount(e);
	return (was);
}

/*
 * One owner has gone, and whatever it had bound is found by nobody from now on:
 * fwd_sweep() has work.
 */
void
fwd_forget(struct fwd_table *t, enum role owner)
{
	if (t->entries[owner] == 0)
		return;
	t->forgotten[owner] = ++t->generation[owner];
	t->sweep_left = t->pool.used;
}

/* All that owner binds from now on is of a new set ... */
void
fwd_resync(struct fwd_table *t, enum role owner)
{
	t->generation[owner]++;
	t->partial |= ROLE_BIT(owner);
}

/*
 * ... which is complete: fwd_sweep() has work.  It goes on from where it is,
 * once round, so that no engine has it begin again without end.
 */
void
fwd_resync_end(struct fwd_table *t, enum role owner)
{
	t->partial &= ~ROLE_BIT(owner);
	t->sweep_left = t->pool.used;
}

/* Is a path of e of an earlier set of its owner, and not bound again so far? */
bool
fwd_is_old_path(const struct fwd_table *t, const struct fwd_entry *e,
    const struct fwd_path *p)
{
	return (p->generation != t->generation[e->owner]);
}

/* The newest is not old, so one path at least stays. */
static void
sweep_paths(struct fwd_table *t, struct fwd_entry *e)
{
	struct fwd_path	*p;

	do {
		for (p = &e->path; p != NULL && fwd_sends(p); p = p->next)
			if (fwd_is_old_path(t, e, p))
				break;
	} while (p != NULL && fwd_sends(p) && remove_path(e, p->bid));
}

/* Of an owner that has told all it wants, or that has gone. */
static void
sweep_entry(struct fwd_table *t, struct fwd_entry *e)
{
	if (is_forgotten(t, e))
		remove_entry(t, e);
	else if ((t->partial & ROLE_BIT(e->owner)) != 0)
		return;
	else if (e->generation != t->generation[e->owner])
		remove_entry(t, e);
	else {
		if (e->several)
			sweep_paths(t, e);
		flow_sweep(e, t->generation[e->owner]);
		recount(e);
	}
}

/* The table is empty: give back what it had grown to. */
static void
shrink(struct fwd_table *t)
{
	struct fwd_table	 fresh;

	if (!fwd_init(&fresh, t->key.k))
		return;
	memcpy(fresh.generation, t->generation, sizeof(fresh.generation));
	memcpy(fresh.forgotten, t->forgotten, sizeof(fresh.forgotten));
	fresh.partial = t->partial;
	fwd_free(t);
	*t = fresh;
}

/*
 * Look at n entries, and remove those of an earlier set than one that is
 * complete, and those of an owner that has gone.  True while there is more to
 * do; at the end the memory of an empty table is given back.
 */
bool
fwd_sweep(struct fwd_table *t, uint32_t n)
{
	struct fwd_entry	*e;

	for (; t->sweep_left > 0 && n > 0; n--, t->sweep_left--) {
		if (t->sweep_at >= t->pool.used)
			t->sweep_at = 0;
		e = pool_get(&t->pool, t->sweep_at++);
		if (e != NULL)
			sweep_entry(t, e);
	}
	if (t->sweep_left == 0 && t->tab.count == 0 && t->pool.used > 0)
		shrink(t);
	return (t->sweep_left > 0);
}

/*
 * Show entries from a cursor on (0 at first) until cb says that it is full, or
 * most numbers have been looked at.  Returns the next cursor or 0 at the end.
 */
uint32_t
fwd_page(const struct fwd_table *t, uint32_t cursor, uint32_t most,
    bool (*cb)(void *, const struct fwd_entry *), void *arg)
{
	const struct fwd_entry	*e;
	bool			 more = true;

	for (; cursor < t->pool.used && more && most > 0; cursor++, most--)
		if ((e = pool_get(&t->pool, cursor)) != NULL &&
		    !is_forgotten(t, e))
			more = cb(arg, e);
	return (cursor < t->pool.used ? cursor : 0);
}
