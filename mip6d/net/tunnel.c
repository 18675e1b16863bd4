/*
 * The tunnels of one engine, a hash table by home address with the traffic of
 * each, its path MTU, and a record that is the engine's own.  It may hold a
 * million: it grows and is swept a few buckets at a time, so that no packet
 * waits.  Survives its engine, and what the next one does not bind again is
 * swept away.  Pure; the data plane and net.c call it.
 */
#include <stdlib.h>
#include <string.h>

#include "net/tunnel.h"
#include "wire/ip6.h"

#define FIRST_SIZE	64		/* buckets; always a power of two */
#define SLAB		256		/* entries allocated at a time */
#define MOVE_STEP	8		/* buckets moved by each change */

struct tunnel_slab {
	struct tunnel_slab	*next;
	struct tunnel		 t[SLAB];
};

#define ROTL(x, b)	((x) << (b) | (x) >> (64 - (b)))
#define SIPROUND(v) do {						\
	v[0] += v[1]; v[1] = ROTL(v[1], 13); v[1] ^= v[0];		\
	v[0] = ROTL(v[0], 32);						\
	v[2] += v[3]; v[3] = ROTL(v[3], 16); v[3] ^= v[2];		\
	v[0] += v[3]; v[3] = ROTL(v[3], 21); v[3] ^= v[0];		\
	v[2] += v[1]; v[1] = ROTL(v[1], 17); v[1] ^= v[2];		\
	v[2] = ROTL(v[2], 32);						\
} while (0)

/* SipHash-1-3 of an address: others choose addresses, not our key. */
static uint64_t
hash(const struct tunnel_table *t, const struct in6_addr *a)
{
	uint64_t	 v[4], m;
	int		 i;

	v[0] = t->key[0] ^ UINT64_C(0x736f6d6570736575);
	v[1] = t->key[1] ^ UINT64_C(0x646f72616e646f6d);
	v[2] = t->key[0] ^ UINT64_C(0x6c7967656e657261);
	v[3] = t->key[1] ^ UINT64_C(0x7465646279746573);
	for (i = 0; i < 2; i++) {
		memcpy(&m, &a->s6_addr[i * 8], sizeof(m));
		v[3] ^= m;
		SIPROUND(v);
		v[0] ^= m;
	}
	v[3] ^= (uint64_t)16 << 56;
	SIPROUND(v);
	v[0] ^= (uint64_t)16 << 56;
	v[2] ^= 0xff;
	SIPROUND(v);
	SIPROUND(v);
	SIPROUND(v);
	return (v[0] ^ v[1] ^ v[2] ^ v[3]);
}

/* An empty table; key is secret and random.  False when out of memory. */
bool
tunnel_table_init(struct tunnel_table *t, const uint64_t key[2])
{
	memset(t, 0, sizeof(*t));
	t->key[0] = key[0];
	t->key[1] = key[1];
	t->size = FIRST_SIZE;
	t->bucket = calloc(t->size, sizeof(t->bucket[0]));
	return (t->bucket != NULL);
}

void
tunnel_table_free(struct tunnel_table *t)
{
	struct tunnel_slab	*s;

	while ((s = t->slabs) != NULL) {
		t->slabs = s->next;
		free(s);
	}
	free(t->bucket);
	free(t->old);
	memset(t, 0, sizeof(*t));
}

/* Remove all entries; the memory is given back. */
void
tunnel_table_clear(struct tunnel_table *t)
{
	struct tunnel_table	 fresh;

	if (t->n == 0 || !tunnel_table_init(&fresh, t->key))
		return;
	tunnel_table_free(t);
	*t = fresh;
}

/* Where the chain of this hash begins: in the old array until moved. */
static struct tunnel **
chain(const struct tunnel_table *t, uint64_t h)
{
	size_t	 i;

	if (t->old != NULL) {
		i = h & (t->old_size - 1);
		if (i >= t->moved)
			return (&t->old[i]);
	}
	return (&t->bucket[h & (t->size - 1)]);
}

/* The tunnel of a home address, or NULL. */
struct tunnel *
tunnel_find(const struct tunnel_table *t, const struct in6_addr *home)
{
	struct tunnel	*e;

	for (e = *chain(t, hash(t, home)); e != NULL; e = e->next)
		if (in6_eq(&e->home, home))
			return (e);
	return (NULL);
}

static void
move(struct tunnel_table *t, size_t buckets)
{
	struct tunnel	*e, **to;

	while (t->old != NULL && buckets-- > 0) {
		while ((e = t->old[t->moved]) != NULL) {
			t->old[t->moved] = e->next;
			to = &t->bucket[hash(t, &e->home) & (t->size - 1)];
			e->next = *to;
			*to = e;
		}
		if (++t->moved == t->old_size) {
			free(t->old);
			t->old = NULL;
		}
	}
}

/* Without memory the table just stays as small as it is. */
static void
grow(struct tunnel_table *t)
{
	struct tunnel	**p;

	if (t->old != NULL || t->n < t->size ||
	    (p = calloc(t->size * 2, sizeof(*p))) == NULL)
		return;
	t->old = t->bucket;
	t->old_size = t->size;
	t->moved = 0;
	t->bucket = p;
	t->size *= 2;
}

static struct tunnel *
take_unused(struct tunnel_table *t)
{
	struct tunnel_slab	*s;
	struct tunnel		*e;
	size_t			 i;

	if (t->unused == NULL) {
		if ((s = malloc(sizeof(*s))) == NULL)
			return (NULL);
		s->next = t->slabs;
		t->slabs = s;
		for (i = 0; i < SLAB; i++) {
			s->t[i].next = t->unused;
			t->unused = &s->t[i];
		}
	}
	e = t->unused;
	t->unused = e->next;
	memset(e, 0, sizeof(*e));
	return (e);
}

/*
 * Create or change the tunnel of b->home, whose owner record is of at most
 * BIND_OWNER_MAX octets.  When the local address changes the previous one is
 * remembered for a while: packets may be on their way to it.  Returns NULL
 * when out of memory.
 */
struct tunnel *
tunnel_bind(struct tunnel_table *t, const struct msg_bind *b, struct mono now)
{
	struct tunnel	*e, **head;
	bool		 moved;

	move(t, MOVE_STEP);
	if ((e = tunnel_find(t, &b->home)) == NULL) {
		grow(t);
		if ((e = take_unused(t)) == NULL)
			return (NULL);
		e->home = b->home;
		head = chain(t, hash(t, &b->home));
		e->next = *head;
		*head = e;
		t->n++;
	} else if (!in6_eq(&e->local, &b->local)) {
		e->prev_local = e->local;
		e->prev_until = mono_add(now, TUNNEL_PREVIOUS);
	}
	moved = !in6_eq(&e->local, &b->local) || !in6_eq(&e->peer, &b->peer) ||
	    e->ifindex != b->ifindex;
	if (moved) {
		memset(&e->pmtu, 0, sizeof(e->pmtu));
		e->silent = 0;
		e->silent_told = false;
	}
	if (moved || e->flags != b->flags)
		e->told_in = e->told_out = false;
	e->local = b->local;
	e->peer = b->peer;
	e->ifindex = b->ifindex;
	e->flags = b->flags;
	e->ownerlen = (uint8_t)b->owner.len;
	if (b->owner.len > 0)
		memcpy(e->owner, b->owner.p, b->owner.len);
	e->generation = t->generation;
	return (e);
}

static void
remove_from(struct tunnel_table *t, struct tunnel **ep)
{
	struct tunnel	*e = *ep;

	*ep = e->next;
	e->next = t->unused;
	t->unused = e;
	t->n--;
}

/* Remove the tunnel of home; false if there is none. */
bool
tunnel_unbind(struct tunnel_table *t, const struct in6_addr *home)
{
	struct tunnel	**ep;

	move(t, MOVE_STEP);
	for (ep = chain(t, hash(t, home)); *ep != NULL; ep = &(*ep)->next)
		if (in6_eq(&(*ep)->home, home)) {
			remove_from(t, ep);
			return (true);
		}
	return (false);
}

/* All that are bound from now on are of a new set ... */
void
tunnel_resync(struct tunnel_table *t)
{
	t->generation++;
	t->sweeping = false;
}

/* ... which is complete: tunnel_sweep() has work. */
void
tunnel_resync_end(struct tunnel_table *t)
{
	t->sweeping = true;
	t->sweep_at = 0;
}

/* Is it of an earlier set, and not bound again so far? */
bool
tunnel_is_old(const struct tunnel_table *t, const struct tunnel *e)
{
	return (e->generation != t->generation);
}

/*
 * Remove what is of an earlier set from so many buckets.  True while there is
 * more to do.
 */
bool
tunnel_sweep(struct tunnel_table *t, size_t buckets)
{
	struct tunnel	**ep;

	if (!t->sweeping)
		return (false);
	if (t->old != NULL) {
		move(t, buckets);
		return (true);
	}
	while (buckets-- > 0 && t->sweep_at < t->size) {
		ep = &t->bucket[t->sweep_at++];
		while (*ep != NULL)
			if (tunnel_is_old(t, *ep))
				remove_from(t, ep);
			else
				ep = &(*ep)->next;
	}
	t->sweeping = t->sweep_at < t->size;
	return (t->sweeping);
}

/*
 * Show entries from a cursor on (0 at first) until cb says that it is full.
 * Whole buckets are shown; returns the next cursor or 0 at the end.
 */
size_t
tunnel_page(struct tunnel_table *t, size_t cursor,
    bool (*cb)(void *, const struct tunnel *), void *arg)
{
	const struct tunnel	*e;
	bool			 more = true;

	move(t, t->old_size);
	while (cursor < t->size && more)
		for (e = t->bucket[cursor++]; e != NULL; e = e->next)
			more = cb(arg, e) && more;
	return (cursor < t->size ? cursor : 0);
}
