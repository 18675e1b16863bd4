/*
 * Prefixes that a reload took off a home link.  Hosts that were told of one
 * may keep it for weeks, until its lifetime ends; so it is advertised with
 * lifetimes of zero for as long as a host may still believe in it.
 */
#include <stdlib.h>

#include "ha/int.h"
#include "wire/ip6.h"

/*
 * What remains of any lifetime at a host that hears of zero (RFC 4862 5.5.3).
 */
#define TWO_HOURS	7200

/* One that is advertised as no longer valid. */
struct retired {
	LIST_ENTRY(retired)	 entry;
	struct conf_prefix	 p;
	struct mono		 until;
};

static void
forget(struct retired *r)
{
	LIST_REMOVE(r, entry);
	free(r);
}

static struct retired *
find(const struct ha_link *l, const struct conf_prefix *p)
{
	struct retired	*r;

	LIST_FOREACH(r, &l->retired, entry)
		if (r->p.len == p->len && in6_eq(&r->p.addr, &p->addr))
			break;
	return (r);
}

/* The prefix, which the link still has, is about to be taken from it. */
void
retire_prefix(struct ha *ha, struct ha_link *l, const struct ha_prefix *p)
{
	uint32_t	 left = link_valid_left(ha, l, p);
	struct retired	*r;

	if (!l->physical || !l->ra.enabled || left == 0)
		return;
	if ((r = find(l, &p->p)) == NULL &&
	    (r = calloc(1, sizeof(*r))) == NULL) {
		COUNT(ha->env->counters, HC_NO_MEMORY);
		return;
	}
	if (r->until.ns == 0)
		LIST_INSERT_HEAD(&l->retired, r, entry);
	r->p = p->p;
	r->until = mono_add(ha->now.mono, SEC(left < TWO_HOURS ? left :
	    TWO_HOURS));
}

/* It is there again. */
void
retire_not(struct ha_link *l, const struct conf_prefix *p)
{
	struct retired	*r = find(l, p);

	if (r != NULL)
		forget(r);
}

/* Those whose time is over are nobody's concern any more. */
void
retire_prune(struct ha *ha, struct ha_link *l)
{
	struct retired	*r, *next;

	for (r = LIST_FIRST(&l->retired); r != NULL; r = next) {
		next = LIST_NEXT(r, entry);
		if (!mono_before(ha->now.mono, r->until))
			forget(r);
	}
}

/* The next of them, with *at NULL at first; NULL: no more. */
const struct conf_prefix *
retire_next(const struct ha_link *l, struct retired **at)
{
	*at = *at == NULL ? LIST_FIRST(&l->retired) : LIST_NEXT(*at, entry);
	return (*at == NULL ? NULL : &(*at)->p);
}

/* Another link of the interface goes on with them. */
void
retire_move(struct ha_link *from, struct ha_link *to)
{
	struct retired	*r;

	while ((r = LIST_FIRST(&from->retired)) != NULL) {
		LIST_REMOVE(r, entry);
		LIST_INSERT_HEAD(&to->retired, r, entry);
	}
}

void
retire_free(struct ha_link *l)
{
	while (!LIST_EMPTY(&l->retired))
		forget(LIST_FIRST(&l->retired));
}
