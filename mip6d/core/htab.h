/*
 * Hash tables of things that carry their own links, and pools that number
 * what they hold.  Both grow without ever stopping to copy all they have: a
 * growing table moves a few chains with each insertion, a pool adds a chunk.
 * Pure.
 */
#ifndef MIP6D_CORE_HTAB_H
#define MIP6D_CORE_HTAB_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

struct hlink {
	struct hlink	*next;
	uint64_t	 hash;
};

struct htab {
	struct hlink	**slots, **old;	/* old: still to be moved from */
	size_t		  mask, oldmask;
	size_t		  moved;	/* slots of old that are empty by now */
	size_t		  count;
};

struct hash_key {
	uint64_t	 k[2];
};

typedef bool htab_match_fn(const struct hlink *, const void *key);
typedef void htab_visit_fn(void *arg, struct hlink *);

bool		 htab_init(struct htab *, size_t);
void		 htab_free(struct htab *);
void		 htab_insert(struct htab *, struct hlink *, uint64_t);
void		 htab_remove(struct htab *, struct hlink *);
struct hlink	*htab_find(const struct htab *, uint64_t, htab_match_fn *,
		    const void *);
void		 htab_each(const struct htab *, htab_visit_fn *, void *arg);
void		 htab_free_entry(void *, struct hlink *);
uint64_t	 hash_bytes(const struct hash_key *, const void *, size_t);

/*
 * Where the chain of a hash begins: while a table grows, in old until its turn
 * comes.  Who walks it himself saves a call for each packet.
 */
static inline struct hlink **
htab_chain(const struct htab *t, uint64_t hash)
{
	if (t->old != NULL && (hash & t->oldmask) >= t->moved)
		return (&t->old[hash & t->oldmask]);
	return (&t->slots[hash & t->mask]);
}

static inline uint64_t
hash_rotl(uint64_t x, unsigned int n)
{
	return (x << n | x >> (64 - n));
}

/* One round of SipHash. */
static inline void
hash_round(uint64_t v[4])
{
	v[0] += v[1];
	v[1] = hash_rotl(v[1], 13) ^ v[0];
	v[0] = hash_rotl(v[0], 32);
	v[2] += v[3];
	v[3] = hash_rotl(v[3], 16) ^ v[2];
	v[0] += v[3];
	v[3] = hash_rotl(v[3], 21) ^ v[0];
	v[2] += v[1];
	v[1] = hash_rotl(v[1], 17) ^ v[2];
	v[2] = hash_rotl(v[2], 32);
}

static inline void
hash_begin(uint64_t v[4], const struct hash_key *key)
{
	v[0] = key->k[0] ^ 0x736f6d6570736575ULL;
	v[1] = key->k[1] ^ 0x646f72616e646f6dULL;
	v[2] = key->k[0] ^ 0x6c7967656e657261ULL;
	v[3] = key->k[1] ^ 0x7465646279746573ULL;
}

static inline void
hash_word(uint64_t v[4], uint64_t m)
{
	v[3] ^= m;
	hash_round(v);
	v[0] ^= m;
}

static inline uint64_t
hash_end(uint64_t v[4])
{
	v[2] ^= 0xff;
	hash_round(v);
	hash_round(v);
	hash_round(v);
	return (v[0] ^ v[1] ^ v[2] ^ v[3]);
}

/* hash_bytes() of the 16 octets of an address, for who does it per packet. */
static inline uint64_t
hash_address(const struct hash_key *key, const void *address)
{
	uint64_t	 v[4], m[2];

	memcpy(m, address, sizeof(m));
	hash_begin(v, key);
	hash_word(v, m[0]);
	hash_word(v, m[1]);
	hash_word(v, UINT64_C(16) << 56);
	return (hash_end(v));
}

#define POOL_CHUNK	1024

struct pool {
	size_t		  size;		/* of one object */
	size_t		  nchunks;
	struct pool_chunk **chunks;
	uint32_t	  free;		/* first free number + 1, 0: none */
	uint32_t	  used;		/* numbers ever given out */
	size_t		  live;
};

void		 pool_init(struct pool *, size_t);
void		 pool_destroy(struct pool *);
void		*pool_alloc(struct pool *, uint32_t *);
void		 pool_free(struct pool *, uint32_t);
void		*pool_get(const struct pool *, uint32_t);

#endif
