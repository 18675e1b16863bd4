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
