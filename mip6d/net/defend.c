/*
 * Addresses of mobile nodes that are away, defended on their home link by
 * Neighbor Advertisements.  The engine says which; its table outlives it, as
 * that of the tunnels does, until the next engine has told its own.
 */
#include <stdlib.h>
#include <string.h>

#include "net/defend.h"
#include "wire/icmp6.h"
#include "wire/ip6.h"

#define FIRST_SIZE	64

struct pair {
	struct in6_addr	 addr;
	uint32_t	 ifindex;
};

static bool
match(const struct hlink *l, const void *key)
{
	const struct defended	*e = (const struct defended *)(const void *)l;
	const struct pair	*p = key;

	return (e->ifindex == p->ifindex && in6_eq(&e->addr, &p->addr));
}

static uint64_t
hash_of(const struct defends *d, uint32_t ifindex, const struct in6_addr *a)
{
	return (hash_bytes(&d->key, a, sizeof(*a)) + ifindex);
}

static struct defended *
find(const struct defends *d, uint32_t ifindex, const struct in6_addr *a)
{
	struct pair	 p = { *a, ifindex };

	return ((struct defended *)(void *)htab_find(&d->tab,
	    hash_of(d, ifindex, a), match, &p));
}

static void
forget(struct defends *d, struct defended *e)
{
	htab_remove(&d->tab, &e->link);
	LIST_REMOVE(e, entry);
	free(e);
}

/* key is what hash_bytes() works with.  False: out of memory. */
bool
defend_init(struct defends *d, const uint64_t key[2])
{
	memset(d, 0, sizeof(*d));
	memcpy(d->key.k, key, sizeof(d->key.k));
	LIST_INIT(&d->list);
	return (htab_init(&d->tab, FIRST_SIZE));
}

/* Nothing is defended any more. */
void
defend_clear(struct defends *d)
{
	while (!LIST_EMPTY(&d->list))
		forget(d, LIST_FIRST(&d->list));
}

void
defend_free(struct defends *d)
{
	defend_clear(d);
	htab_free(&d->tab);
}

/* Defend an address from now on, or no longer.  False: out of memory. */
bool
defend_set(struct defends *d, const struct msg_defend *m)
{
	struct defended	*e = find(d, m->ifindex, &m->addr);

	if (!m->on) {
		if (e != NULL)
			forget(d, e);
		else if (in6_is_unspecified(&m->addr))
			defend_link_gone(d, m->ifindex);
		return (true);
	}
	if (e == NULL) {
		if ((e = calloc(1, sizeof(*e))) == NULL)
			return (false);
		e->addr = m->addr;
		e->ifindex = m->ifindex;
		htab_insert(&d->tab, &e->link,
		    hash_of(d, m->ifindex, &m->addr));
		LIST_INSERT_HEAD(&d->list, e, entry);
	}
	e->source = m->source;
	e->generation = d->generation;
	return (true);
}

/* An interface has gone, or is no home link any more. */
void
defend_link_gone(struct defends *d, uint32_t ifindex)
{
	struct defended	*e, *next;

	for (e = LIST_FIRST(&d->list); e != NULL; e = next) {
		next = LIST_NEXT(e, entry);
		if (e->ifindex == ifindex)
			forget(d, e);
	}
}

/* An engine tells anew which it defends ... */
void
defend_resync(struct defends *d)
{
	d->generation++;
}

/* ... and those were all. */
void
defend_resync_end(struct defends *d)
{
	struct defended	*e, *next;

	for (e = LIST_FIRST(&d->list); e != NULL; e = next) {
		next = LIST_NEXT(e, entry);
		if (e->generation != d->generation)
			forget(d, e);
	}
}

/* Is the address defended on that interface?  NULL: no. */
const struct defended *
defend_find(const struct defends *d, uint32_t ifindex,
    const struct in6_addr *addr)
{
	return (find(d, ifindex, addr));
}

/*
 * Answer a valid Neighbor Solicitation from asker for e: builds a Neighbor
 * Advertisement without checksum into buf and says where it goes.  R is clear
 * (RFC 6275 10.4.1), and so is O (RFC 4861 7.2.8); who asks from :: tests the
 * address for duplicates, and is answered to all (7.2.4).  lladdr is that of
 * the interface.  Returns its length, 0: it does not fit.
 */
size_t
defend_answer(const struct defended *e, const struct in6_addr *asker,
    const uint8_t *lladdr, size_t lladdrlen, struct in6_addr *to, uint8_t *buf,
    size_t cap)
{
	bool		 dad = in6_is_unspecified(asker);
	struct icmp6	 m;

	icmp6_neighbour(&m, ICMP6_T_NA, &e->addr, dad ? 0 : ICMP6_NA_S);
	icmp6_add_data(&m, ND_TLLA, lladdr, lladdrlen);
	*to = dad ? in6_allnodes : *asker;
	return (icmp6_build(&m, buf, cap));
}
