/*
 * How much each network has: who owns a /64 passes the test of any address of
 * it, so bindings are counted by the /64 of their home address and by that of
 * their care-of address, and what is left of bindings by that of the home
 * address.  No network gets more than maximum-bindings-per-network.  Called by
 * bc.c, tomb.c and binding.c.
 */
#include <string.h>

#include "cn/int.h"

struct key {
	uint64_t	 prefix, kind;
};

static struct key
key_of(enum network_kind kind, const struct in6_addr *a)
{
	struct key	 k = { 0, kind };

	memcpy(&k.prefix, a, sizeof(k.prefix));
	return (k);
}

static bool
match(const struct hlink *l, const void *v)
{
	const struct network	*n = (const struct network *)(const void *)l;
	const struct key	*k = v;

	return (n->prefix == k->prefix && n->kind == k->kind);
}

static struct network *
find(const struct cn *cn, const struct key *k, uint64_t *hash)
{
	*hash = hash_bytes(&cn->key, k, sizeof(*k));
	return ((struct network *)(void *)htab_find(&cn->by_network, *hash,
	    match, k));
}

/*
 * Has the network of this address as many as it may have?  taken: of these so
 * many make room.
 */
bool
cn_network_full(const struct cn *cn, enum network_kind kind,
    const struct in6_addr *a, uint32_t taken)
{
	struct key		 k = key_of(kind, a);
	uint64_t		 hash;
	const struct network	*n = find(cn, &k, &hash);

	return (n != NULL && n->count - taken >= cn->conf.max_per_network);
}

/* One more; its number is kept in *id.  False when out of memory. */
bool
cn_network_take(struct cn *cn, enum network_kind kind, const struct in6_addr *a,
    uint32_t *id)
{
	struct key	 k = key_of(kind, a);
	uint64_t	 hash;
	struct network	*n = find(cn, &k, &hash);

	if (n == NULL) {
		if ((n = pool_alloc(&cn->networks, id)) == NULL)
			return (false);
		n->id = *id;
		n->prefix = k.prefix;
		n->kind = (uint8_t)kind;
		htab_insert(&cn->by_network, &n->link, hash);
	}
	*id = n->id;
	n->count++;
	return (true);
}

void
cn_network_release(struct cn *cn, uint32_t id)
{
	struct network	*n = pool_get(&cn->networks, id);

	if (--n->count > 0)
		return;
	htab_remove(&cn->by_network, &n->link);
	pool_free(&cn->networks, id);
}
