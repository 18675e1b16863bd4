/*
 * The Binding Cache (RFC 6275 9.1): a pool of entries and a hash table by home
 * address, which own the entries and what is withheld with them.  What becomes
 * of a single binding is in binding.c; what concerns all is asked for here and
 * done by walk.c.
 */
#include <stdlib.h>
#include <string.h>

#include "core/access.h"
#include "ha/int.h"
#include "wire/ip6.h"

static bool
match(const struct hlink *l, const void *key)
{
	return (in6_eq(&((const struct bce *)(const void *)l)->home, key));
}

/* The entry of that home address, whatever its state; NULL: none. */
struct bce *
bc_find(const struct ha *ha, const struct in6_addr *home)
{
	return ((struct bce *)(void *)htab_find(&ha->bindings,
	    hash_bytes(&ha->key, home, sizeof(*home)), match, home));
}

/* A new entry; there must be none yet.  NULL when out of memory. */
struct bce *
bc_create(struct ha *ha, const struct in6_addr *home)
{
	struct bce	*b;
	uint32_t	 id;

	if ((b = pool_alloc(&ha->pool, &id)) == NULL)
		return (NULL);
	b->id = id;
	b->home = *home;
	b->since = ha->now.wall;
	htab_insert(&ha->bindings, &b->link,
	    hash_bytes(&ha->key, home, sizeof(*home)));
	return (b);
}

/* Is it of a physical home link? */
bool
bc_physical(const struct ha *ha, const struct bce *b)
{
	return (ha->links[b->slot]->physical);
}

/* Forget the entry; what was asked of others for it must be undone before. */
void
bc_remove(struct ha *ha, struct bce *b)
{
	timer_clear(ha, &b->timer);
	node_unref(ha, b->node);
	free(b->reply);
	ha->links[b->slot]->nbindings--;
	htab_remove(&ha->bindings, &b->link);
	pool_free(&ha->pool, b->id);
}

/* Have walk.c go over all bindings: what is of WALK_*. */
void
bc_walk(struct ha *ha, uint8_t what)
{
	ha->walk_what |= what;
	ha->walk_at = 0;
	timer_set(ha, &ha->walk, TK_WALK, (struct mono){ 0 });
}

/* Does the configuration still allow this binding? */
bool
bc_allowed(struct ha *ha, const struct bce *b)
{
	struct ha_link		*l = ha->links[b->slot];
	const struct conf_auth	*auth;
	struct ha_prefix	*p;
	struct node		*owner;

	if (!l->used || (p = link_prefix(l, &b->home)) == NULL ||
	    link_valid_left(ha, l, p) == 0)
		return (false);
	owner = node_by_home(ha, &b->home);
	if (owner != NULL && b->node != NULL && owner != b->node)
		return (false);
	if (owner == NULL && b->node != NULL && b->node->nhomes > 0)
		return (false);
	auth = b->node != NULL ? b->node->auth : &ha->default_auth;
	if (auth->type == AUTH_UNSET || (auth->type == AUTH_IPSEC &&
	    (b->flags & BF_PROTECTED) == 0))
		return (false);
	return (access_allowed(ha->conf.rules, ha->conf.nrules,
	    b->node == NULL ? "" : b->node->identifier, &b->home,
	    &b->coa.addr));
}

/* At the end: all of them, without a word to anybody. */
void
bc_free_all(struct ha *ha)
{
	struct bce	*b;
	uint32_t	 i;

	for (i = 0; i < ha->pool.used; i++)
		if ((b = pool_get(&ha->pool, i)) != NULL) {
			node_part(ha, b);
			free(b->reply);
		}
	pool_destroy(&ha->pool);
	htab_free(&ha->bindings);
}
