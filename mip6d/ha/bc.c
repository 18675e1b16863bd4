/*
 * The Binding Cache (RFC 6275 9.1): a pool of entries and a hash table by home
 * address, which own the entries and what is withheld with them.  What
 * concerns all bindings, as after a reload or when net began anew, is done by
 * a walk in pieces, so that a million of them hold up nothing.  What becomes
 * of a single binding is in binding.c.
 */
#include <stdlib.h>
#include <string.h>

#include "ha/int.h"
#include "wire/ip6.h"

/* Bindings looked at in one piece of a walk, and the pause between two. */
#define WALK_PIECE	4096
#define WALK_PAUSE	MS(2)
/* Each of these is a system call of the parent's: not more than it can do. */
#define WALK_PAUSE_ROUTES	MS(40)

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
	proxy_stop(ha, b);
	node_unref(ha, b->node);
	free(b->reply);
	ha->links[b->slot]->nbindings--;
	htab_remove(&ha->bindings, &b->link);
	pool_free(&ha->pool, b->id);
}

/*
 * Go over all bindings, in pieces so that a million of them hold up nothing:
 * what is of WALK_*.  Begins anew if a walk is under way.
 */
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
	return (access_allowed(&ha->conf, b->node == NULL ? "" :
	    b->node->identifier, &b->home, &b->coa.addr));
}

static void
visit(struct ha *ha, struct bce *b)
{
	if ((ha->walk_what & WALK_CHECK) != 0) {
		if (!bc_allowed(ha, b)) {
			binding_clear(ha, b, HC_CLEARED);
			return;
		}
		/* RFC 6275 10.3.1: nor does it outlive its prefix. */
		binding_cap(ha, b,
		    link_prefix(ha->links[b->slot], &b->home)->valid);
		binding_check(ha, b);
		node_part(ha, b);
	}
	if ((ha->walk_what & WALK_GROUPS) != 0) {
		group_resync(ha, b);
		if (ha->links[b->slot]->fresh && b->coa.state == BCE_BOUND)
			proxy_defend(ha, b);
	}
	if ((ha->walk_what & WALK_ROUTES) != 0)
		route_restore(ha, b);
	if ((ha->walk_what & WALK_RESYNC) != 0)
		tunnel_tell(ha, b);
}

/* Is net behind with what it was told?  It is not to grow without bound. */
static bool
net_lags(const struct ha *ha)
{
	return (ha->env->congested != NULL &&
	    ha->env->congested(ha->env->ctx, MSG_BIND));
}

/* The next piece of a walk. */
void
bc_walk_step(struct ha *ha)
{
	struct msg_empty	 m = { 0 };
	struct bce		*b;
	uint32_t		 end = ha->walk_at;
	size_t			 i;

	if (!net_lags(ha))
		end += WALK_PIECE;
	for (; ha->walk_at < end && ha->walk_at < ha->pool.used; ha->walk_at++)
		if ((b = pool_get(&ha->pool, ha->walk_at)) != NULL)
			visit(ha, b);
	if (ha->walk_at < ha->pool.used) {
		timer_set(ha, &ha->walk, TK_WALK,
		    mono_add(ha->now.mono, (ha->walk_what & WALK_ROUTES) != 0 ?
		    WALK_PAUSE_ROUTES : WALK_PAUSE));
		return;
	}
	if ((ha->walk_what & WALK_RESYNC) != 0)
		ha_emit(ha, MSG_RESYNC_END, &m);
	for (i = 0; i < ha->nlinks; i++)
		ha->links[i]->fresh = false;
	ha->walk_what = 0;
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
