/*
 * Hash tables that grow a few chains at a time, and pools that grow by chunks.
 * Nothing here ever copies all it has at once.
 */
#include <stdlib.h>
#include <string.h>

#include "core/htab.h"

#define MOVE_AT_ONCE	8	/* chains moved with each insertion */

/* Room for n to begin with (rounded up to a power of two); false: no memory. */
bool
htab_init(struct htab *t, size_t n)
{
	size_t	 size = 16;

	memset(t, 0, sizeof(*t));
	while (size < n)
		size *= 2;
	t->slots = calloc(size, sizeof(struct hlink *));
	t->mask = size - 1;
	return (t->slots != NULL);
}

/* Free the table; what is in it stays with its owner. */
void
htab_free(struct htab *t)
{
	free(t->slots);
	free(t->old);
	memset(t, 0, sizeof(*t));
}

static void
move_some(struct htab *t)
{
	struct hlink	*l, *next, **s;
	unsigned int	 i;

	for (i = 0; i < MOVE_AT_ONCE && t->old != NULL; i++) {
		l = t->old[t->moved++];
		for (; l != NULL; l = next) {
			next = l->next;
			s = &t->slots[l->hash & t->mask];
			l->next = *s;
			*s = l;
		}
		if (t->moved > t->oldmask) {
			free(t->old);
			t->old = NULL;
		}
	}
}

/* Without memory the chains get longer, that is all. */
static void
grow(struct htab *t)
{
	struct hlink	**slots;

	slots = calloc((t->mask + 1) * 2, sizeof(struct hlink *));
	if (slots == NULL)
		return;
	t->old = t->slots;
	t->oldmask = t->mask;
	t->moved = 0;
	t->slots = slots;
	t->mask = t->mask * 2 + 1;
}

/*
 * Insert l under its hash; whether the key is there already is not looked at.
 */
void
htab_insert(struct htab *t, struct hlink *l, uint64_t hash)
{
	struct hlink	**s;

	move_some(t);
	if (t->old == NULL && t->count > t->mask)
		grow(t);
	l->hash = hash;
	s = htab_chain(t, hash);
	l->next = *s;
	*s = l;
	t->count++;
}

/* Take l, which must be in it, out of the table. */
void
htab_remove(struct htab *t, struct hlink *l)
{
	struct hlink	**s;

	for (s = htab_chain(t, l->hash); *s != l; s = &(*s)->next)
		;
	*s = l->next;
	l->next = NULL;
	t->count--;
}

/* The first one with that hash for which match(link, key); NULL: none. */
struct hlink *
htab_find(const struct htab *t, uint64_t hash, htab_match_fn *match,
    const void *key)
{
	struct hlink	*l;

	for (l = *htab_chain(t, hash); l != NULL; l = l->next)
		if (l->hash == hash && match(l, key))
			return (l);
	return (NULL);
}

static void
visit(struct hlink *l, htab_visit_fn *f, void *arg)
{
	struct hlink	*next;

	for (; l != NULL; l = next) {
		next = l->next;
		f(arg, l);
	}
}

/*
 * f is given each entry in turn, in no order.  It may free what it is given if
 * htab_free() follows, and leaves the table alone otherwise.
 */
void
htab_each(const struct htab *t, htab_visit_fn *f, void *arg)
{
	size_t	 i;

	for (i = 0; t->slots != NULL && i <= t->mask; i++)
		visit(t->slots[i], f, arg);
	for (i = t->moved; t->old != NULL && i <= t->oldmask; i++)
		visit(t->old[i], f, arg);
}

/* For htab_each(), where a link is the first member of what was allocated. */
void
htab_free_entry(void *arg, struct hlink *l)
{
	(void)arg;
	free(l);
}

/*
 * SipHash-1-3: keyed, since peers choose what is put into the tables and
 * could otherwise choose it so that all of it shares one chain.
 */
uint64_t
hash_bytes(const struct hash_key *key, const void *data, size_t len)
{
	const uint8_t	*p = data;
	uint64_t	 v[4], m;
	size_t		 i, n;

	hash_begin(v, key);
	for (n = len; n >= 8; n -= 8, p += 8) {
		memcpy(&m, p, 8);
		hash_word(v, m);
	}
	m = (uint64_t)len << 56;
	for (i = 0; i < n; i++)
		m |= (uint64_t)p[i] << (8 * i);
	hash_word(v, m);
	return (hash_end(v));
}

struct pool_chunk {
	uint64_t	 live[POOL_CHUNK / 64];
	uint8_t		 mem[];
};

/* Objects of size bytes, at least 4. */
void
pool_init(struct pool *p, size_t size)
{
	memset(p, 0, sizeof(*p));
	p->size = (size + 15) / 16 * 16;
}

void
pool_destroy(struct pool *p)
{
	size_t	 i;

	for (i = 0; i < p->nchunks; i++)
		free(p->chunks[i]);
	free(p->chunks);
	memset(p, 0, sizeof(*p));
}

static void *
object(const struct pool *p, uint32_t id)
{
	return (p->chunks[id / POOL_CHUNK]->mem +
	    (size_t)(id % POOL_CHUNK) * p->size);
}

static bool
add_chunk(struct pool *p)
{
	struct pool_chunk	**chunks, *c;

	chunks = realloc(p->chunks, (p->nchunks + 1) * sizeof(*chunks));
	if (chunks == NULL)
		return (false);
	p->chunks = chunks;
	c = malloc(sizeof(*c) + p->size * POOL_CHUNK);
	if (c == NULL)
		return (false);
	memset(c->live, 0, sizeof(c->live));
	p->chunks[p->nchunks++] = c;
	return (true);
}

/* A zeroed object and its number, NULL when out of memory. */
void *
pool_alloc(struct pool *p, uint32_t *idp)
{
	uint32_t	 id;
	void		*o;

	if (p->free != 0) {
		id = p->free - 1;
		o = object(p, id);
		memcpy(&p->free, o, sizeof(p->free));
	} else {
		if (p->used == p->nchunks * POOL_CHUNK && !add_chunk(p))
			return (NULL);
		id = p->used++;
		o = object(p, id);
	}
	p->chunks[id / POOL_CHUNK]->live[id % POOL_CHUNK / 64] |=
	    1ULL << (id % 64);
	memset(o, 0, p->size);
	p->live++;
	*idp = id;
	return (o);
}

/* Give an object back; its number may be given out again at once. */
void
pool_free(struct pool *p, uint32_t id)
{
	void	*o = object(p, id);

	memset(o, 0, p->size);
	memcpy(o, &p->free, sizeof(p->free));
	p->free = id + 1;
	p->chunks[id / POOL_CHUNK]->live[id % POOL_CHUNK / 64] &=
	    ~(1ULL << (id % 64));
	p->live--;
}

/* The object of that number, NULL if there is none (any more). */
void *
pool_get(const struct pool *p, uint32_t id)
{
	if (id >= p->used || (p->chunks[id / POOL_CHUNK]->
	    live[id % POOL_CHUNK / 64] & 1ULL << (id % 64)) == 0)
		return (NULL);
	return (object(p, id));
}
