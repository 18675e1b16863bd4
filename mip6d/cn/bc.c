/*
 * The Binding Cache (RFC 6275 9.1): a pool of entries and a hash table by home
 * and own address.  What becomes of a single binding is in binding.c; what
 * concerns all is asked for and done by walk.c.
 */
#include <openssl/crypto.h>

#include <string.h>

#include "cn/int.h"
#include "wire/ip6.h"

struct key {
	const struct in6_addr	*home;
	uint32_t		 own;
};

static bool
match(const struct hlink *l, const void *v)
{
	const struct entry	*e = (const struct entry *)(const void *)l;
	const struct key	*k = v;

	return (e->own == k->own && in6_eq(&e->home, k->home));
}

/* Of a home address and an own one; also of what is left of their binding. */
uint64_t
cn_bc_hash(const struct cn *cn, const struct in6_addr *home,
    const struct in6_addr *own)
{
	struct in6_addr	 pair[2] = { *home, *own };

	return (hash_bytes(&cn->key, pair, sizeof(pair)));
}

/* The binding of home with own; NULL: none. */
struct entry *
cn_bc_find(const struct cn *cn, const struct in6_addr *home,
    const struct in6_addr *own)
{
	const struct own	*o = cn_own_find(cn, own);
	struct key		 k;

	if (o == NULL)
		return (NULL);
	k.home = home;
	k.own = o->id;
	return ((struct entry *)(void *)htab_find(&cn->bindings,
	    cn_bc_hash(cn, home, own), match, &k));
}

static enum network_kind
kind_of(bool unverified)
{
	return (unverified ? NETWORK_UNVERIFIED : NETWORK_CAREOF);
}

/* A new entry; there must be none yet.  NULL when out of memory. */
struct entry *
cn_bc_create(struct cn *cn, const struct in6_addr *home,
    const struct in6_addr *own, const struct in6_addr *coa, bool unverified)
{
	struct entry	*e;
	uint32_t	 id;

	if ((e = pool_alloc(&cn->entries, &id)) == NULL)
		return (NULL);
	e->id = id;
	if (!cn_own_take(cn, own, &e->own))
		goto no_own;
	if (!cn_network_take(cn, NETWORK_HOME, home, &e->home_network))
		goto no_home;
	if (!cn_network_take(cn, kind_of(unverified), coa, &e->coa_network))
		goto no_coa;
	e->unverified = unverified;
	e->home = *home;
	e->coa = *coa;
	e->since = cn->now.mono;
	htab_insert(&cn->bindings, &e->link, cn_bc_hash(cn, home, own));
	TAILQ_INSERT_TAIL(&cn->unused, e, unused);
	e->listed = true;
	return (e);
no_coa:
	cn_network_release(cn, e->home_network);
no_home:
	cn_own_release(cn, e->own);
no_own:
	pool_free(&cn->entries, id);
	return (NULL);
}

/*
 * Its care-of address is another one, or the same and now verified, or not.
 * False when out of memory.
 */
bool
cn_bc_move(struct cn *cn, struct entry *e, const struct in6_addr *coa,
    bool unverified)
{
	uint32_t	 id;

	if (!cn_network_take(cn, kind_of(unverified), coa, &id))
		return (false);
	e->unverified = unverified;
	cn_network_release(cn, e->coa_network);
	e->coa_network = id;
	e->coa = *coa;
	return (true);
}

/* It makes room for no other. */
void
cn_bc_unlist(struct cn *cn, struct entry *e)
{
	if (e->listed)
		TAILQ_REMOVE(&cn->unused, e, unused);
	e->listed = false;
}

/* Forget the entry; what was asked of others for it must be undone before. */
void
cn_bc_remove(struct cn *cn, struct entry *e)
{
	cn_timer_clear(cn, &e->timer);
	cn_bc_unlist(cn, e);
	htab_remove(&cn->bindings, &e->link);
	cn_network_release(cn, e->home_network);
	cn_network_release(cn, e->coa_network);
	cn_own_release(cn, e->own);
	OPENSSL_cleanse(&e->token, sizeof(e->token));
	pool_free(&cn->entries, e->id);
}
