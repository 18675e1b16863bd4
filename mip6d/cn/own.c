/*
 * The addresses of this host that there are bindings with.  Each has a Binding
 * Cache of its own (RFC 6275 9.1): entries are found by home address and own
 * address, and end when the own address goes.  Called by bc.c and cn.c.
 */
#include "cn/int.h"
#include "wire/ip6.h"

static uint64_t
hash(const struct cn *cn, const struct in6_addr *a)
{
	return (hash_bytes(&cn->key, a, sizeof(*a)));
}

static bool
match(const struct hlink *l, const void *key)
{
	return (in6_eq(&((const struct own *)(const void *)l)->addr, key));
}

/* NULL: there is no binding with it. */
struct own *
cn_own_find(const struct cn *cn, const struct in6_addr *a)
{
	return ((struct own *)(void *)htab_find(&cn->by_own, hash(cn, a),
	    match, a));
}

/* The own address of a binding. */
const struct own *
cn_own_of(const struct cn *cn, const struct entry *e)
{
	return (pool_get(&cn->owns, e->own));
}

/* One more binding with it; its number is kept in *id.  False: no memory. */
bool
cn_own_take(struct cn *cn, const struct in6_addr *a, uint32_t *id)
{
	struct own	*o = cn_own_find(cn, a);

	if (o == NULL) {
		if ((o = pool_alloc(&cn->owns, id)) == NULL)
			return (false);
		o->id = *id;
		o->addr = *a;
		/* An update has come to it, maybe in the midst of a list. */
		o->seen = true;
		htab_insert(&cn->by_own, &o->link, hash(cn, a));
	}
	*id = o->id;
	o->gone = false;
	o->count++;
	return (true);
}

void
cn_own_release(struct cn *cn, uint32_t id)
{
	struct own	*o = pool_get(&cn->owns, id);

	if (--o->count > 0)
		return;
	htab_remove(&cn->by_own, &o->link);
	pool_free(&cn->owns, id);
}

/* What the kernel says of an address; true: bindings with it are to end. */
bool
cn_own_gone(struct cn *cn, const struct msg_address *m)
{
	struct own	*o = cn_own_find(cn, &m->addr);

	if (o == NULL)
		return (false);
	o->gone = (m->flags & (ADDR_GONE | ADDR_DUPLICATE)) != 0;
	o->seen = !o->gone;
	return (o->gone);
}

/* Before and after a full list of addresses; true as above. */
bool
cn_own_snapshot(struct cn *cn, bool begin)
{
	struct own	*o;
	uint32_t	 i;
	bool		 any = false;

	for (i = 0; i < cn->owns.used; i++) {
		if ((o = pool_get(&cn->owns, i)) == NULL)
			continue;
		if (begin)
			o->seen = false;
		else if (!o->seen)
			any = o->gone = true;
	}
	return (any);
}
