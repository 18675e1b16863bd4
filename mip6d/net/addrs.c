/*
 * Five tables: which address is on which interface, which of them are
 * link-local, which addresses are on any interface (a link-local one may be on
 * a thousand bridges), the anycast addresses of the routers of these links
 * (RFC 4291 2.6.1), and the links.  The largest MTU is kept with the number of
 * links that have it, so that all of them are looked at only when the last of
 * these has gone.
 */
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "net/addrs.h"
#include "wire/ip6.h"

#define DEFAULT_MTU	1500
#define FIRST_SIZE	64

/* An address of this host, or an anycast one, and by how many it is there. */
struct local_entry {
	struct hlink		 link;
	struct in6_addr		 addr;
	size_t			 interfaces;
};

struct pair {
	struct in6_addr		 addr;
	uint32_t		 ifindex;
};

struct addr_entry {
	struct hlink		 link;
	struct hlink		 by_link;	/* of link-local ones alone */
	LIST_ENTRY(addr_entry)	 entry;
	struct pair		 pair;
	struct local_entry	*local, *any;	/* any: NULL: it has none */
	bool			 seen;		/* since the snapshot began */
};

struct link_entry {
	struct hlink		 link;
	LIST_ENTRY(link_entry)	 entry;
	uint32_t		 ifindex, mtu;
	uint8_t			 flags, lladdrlen;
	uint8_t			 lladdr[8];
	bool			 seen;
};

#define OF(type, l)	((type *)(void *)(l))
#define BY_LINK(l)	OF(struct addr_entry, (char *)(uintptr_t)(l) - \
			    offsetof(struct addr_entry, by_link))

/* key is what hash_bytes() works with.  False: out of memory. */
bool
addrs_init(struct addrs *a, const uint64_t key[2])
{
	memset(a, 0, sizeof(*a));
	memcpy(a->key.k, key, sizeof(a->key.k));
	LIST_INIT(&a->addr_list);
	LIST_INIT(&a->link_list);
	return (htab_init(&a->pairs, FIRST_SIZE) &&
	    htab_init(&a->linklocals, FIRST_SIZE) &&
	    htab_init(&a->local, FIRST_SIZE) &&
	    htab_init(&a->anycast, FIRST_SIZE) &&
	    htab_init(&a->links, FIRST_SIZE));
}

static bool
match_local(const struct hlink *l, const void *key)
{
	return (in6_eq(&((const struct local_entry *)(const void *)l)->addr,
	    key));
}

static bool
match_pair(const struct hlink *l, const void *key)
{
	const struct addr_entry	*e = (const struct addr_entry *)(const void *)l;
	const struct pair	*p = key;

	return (e->pair.ifindex == p->ifindex &&
	    in6_eq(&e->pair.addr, &p->addr));
}

static bool
match_link(const struct hlink *l, const void *key)
{
	return (((const struct link_entry *)(const void *)l)->ifindex ==
	    *(const uint32_t *)key);
}

static bool
match_by_link(const struct hlink *l, const void *key)
{
	return (BY_LINK(l)->pair.ifindex == *(const uint32_t *)key);
}

/* For each packet, so without a key: strangers can't choose many of these. */
static uint64_t
local_hash(const struct in6_addr *addr)
{
	uint64_t	 v[2];

	memcpy(v, addr, sizeof(v));
	return (((v[0] ^ v[1]) * UINT64_C(0x9e3779b97f4a7c15)) >> 32);
}

static struct local_entry *
find_local(const struct htab *t, const struct in6_addr *addr)
{
	return (OF(struct local_entry, htab_find(t, local_hash(addr),
	    match_local, addr)));
}

static struct link_entry *
find_link(const struct addrs *a, uint32_t ifindex)
{
	/* For each packet; and nobody but the kernel chooses an index. */
	return (OF(struct link_entry, htab_find(&a->links, ifindex, match_link,
	    &ifindex)));
}

static struct local_entry *
get_local(struct htab *t, const struct in6_addr *addr)
{
	struct local_entry	*l = find_local(t, addr);

	if (l == NULL) {
		if ((l = calloc(1, sizeof(*l))) == NULL)
			return (NULL);
		l->addr = *addr;
		htab_insert(t, &l->link, local_hash(addr));
	}
	l->interfaces++;
	return (l);
}

static void
put_local(struct htab *t, struct local_entry *l)
{
	if (l != NULL && --l->interfaces == 0) {
		htab_remove(t, &l->link);
		free(l);
	}
}

/* Short prefixes are a link's; that of fe80::/10 is never a source. */
static bool
has_anycast(const struct msg_address *m)
{
	return (m->plen > 0 && m->plen < 127 && !in6_is_linklocal(&m->addr));
}

/* The prefix may be another one than before. */
static bool
set_anycast(struct addrs *a, struct addr_entry *e, const struct msg_address *m)
{
	struct in6_addr		 any = in6_prefix(&m->addr, m->plen);
	struct local_entry	*was = e->any;

	e->any = has_anycast(m) ? get_local(&a->anycast, &any) : NULL;
	put_local(&a->anycast, was);
	return (e->any != NULL || !has_anycast(m));
}

static void
remove_addr(struct addrs *a, struct addr_entry *e)
{
	put_local(&a->local, e->local);
	put_local(&a->anycast, e->any);
	htab_remove(&a->pairs, &e->link);
	if (in6_is_linklocal(&e->pair.addr))
		htab_remove(&a->linklocals, &e->by_link);
	LIST_REMOVE(e, entry);
	free(e);
}

/*
 * An address has come, changed or gone.  A tentative one is there already:
 * what is sent to it meanwhile, the kernel decides.  False: out of memory.
 */
bool
addrs_update(struct addrs *a, const struct msg_address *m)
{
	struct pair		 p;
	struct addr_entry	*e;
	uint64_t		 hash;

	memset(&p, 0, sizeof(p));
	p.addr = m->addr;
	p.ifindex = m->ifindex;
	hash = hash_bytes(&a->key, &p, sizeof(p));
	e = OF(struct addr_entry, htab_find(&a->pairs, hash, match_pair, &p));
	if ((m->flags & ADDR_GONE) != 0) {
		if (e != NULL)
			remove_addr(a, e);
		return (true);
	}
	if (e == NULL) {
		if ((e = calloc(1, sizeof(*e))) == NULL)
			return (false);
		if ((e->local = get_local(&a->local, &m->addr)) == NULL) {
			free(e);
			return (false);
		}
		e->pair = p;
		htab_insert(&a->pairs, &e->link, hash);
		if (in6_is_linklocal(&p.addr))
			htab_insert(&a->linklocals, &e->by_link, p.ifindex);
		LIST_INSERT_HEAD(&a->addr_list, e, entry);
	}
	e->seen = true;
	return (set_anycast(a, e, m));
}

/* Is it an address of this host? */
bool
addrs_local(const struct addrs *a, const struct in6_addr *addr)
{
	return (find_local(&a->local, addr) != NULL);
}

/* Is it the anycast address of the routers of a link that this host is on? */
bool
addrs_anycast(const struct addrs *a, const struct in6_addr *addr)
{
	return (find_local(&a->anycast, addr) != NULL);
}

/* What a link has to say about the largest MTU; 0: nothing. */
static uint32_t
counts(const struct link_entry *l)
{
	return ((l->flags & (LINK_LOOPBACK | LINK_TUN)) != 0 ||
	    (l->flags & LINK_UP) == 0 ? 0 : l->mtu);
}

static void
find_max(struct addrs *a)
{
	struct link_entry	*l;

	a->max_mtu = 0;
	a->nmax = 0;
	LIST_FOREACH(l, &a->link_list, entry) {
		if (counts(l) > a->max_mtu) {
			a->max_mtu = counts(l);
			a->nmax = 0;
		}
		if (counts(l) == a->max_mtu)
			a->nmax++;
	}
}

/* A link counted for the MTU was, and does now for is (of which is 0: gone). */
static void
mtu_changed(struct addrs *a, uint32_t was, uint32_t is)
{
	if (was == is)
		return;
	if (is > a->max_mtu) {
		a->max_mtu = is;
		a->nmax = 1;
		return;
	}
	if (is == a->max_mtu)
		a->nmax++;
	if (was == a->max_mtu && --a->nmax == 0)
		find_max(a);
}

static void
remove_link(struct addrs *a, struct link_entry *l)
{
	uint32_t	 was = counts(l);

	htab_remove(&a->links, &l->link);
	LIST_REMOVE(l, entry);
	free(l);
	mtu_changed(a, was, 0);
}

/* A link has come, changed or gone.  False: out of memory. */
bool
addrs_link(struct addrs *a, const struct msg_link *m)
{
	struct link_entry	*l = find_link(a, m->ifindex);
	uint32_t		 was;

	if ((m->flags & LINK_GONE) != 0) {
		if (l != NULL)
			remove_link(a, l);
		return (true);
	}
	if (l == NULL) {
		if ((l = calloc(1, sizeof(*l))) == NULL)
			return (false);
		l->ifindex = m->ifindex;
		htab_insert(&a->links, &l->link, l->ifindex);
		LIST_INSERT_HEAD(&a->link_list, l, entry);
	}
	was = counts(l);
	l->mtu = m->mtu;
	l->flags = m->flags;
	l->lladdrlen = m->lladdrlen > sizeof(l->lladdr) ? 0 : m->lladdrlen;
	memcpy(l->lladdr, m->lladdr, sizeof(l->lladdr));
	l->seen = true;
	mtu_changed(a, was, counts(l));
	return (true);
}

/* A full list of links and addresses begins ... */
void
addrs_snapshot_begin(struct addrs *a)
{
	struct addr_entry	*e;
	struct link_entry	*l;

	LIST_FOREACH(e, &a->addr_list, entry)
		e->seen = false;
	LIST_FOREACH(l, &a->link_list, entry)
		l->seen = false;
}

/*
 * ... and has ended: what it did not name is gone, and its event was lost.
 * gone() is told of links.
 */
void
addrs_snapshot_end(struct addrs *a, addrs_gone *gone, void *arg)
{
	struct addr_entry	*e, *nexte;
	struct link_entry	*l, *nextl;
	uint32_t		 ifindex;

	for (e = LIST_FIRST(&a->addr_list); e != NULL; e = nexte) {
		nexte = LIST_NEXT(e, entry);
		if (!e->seen)
			remove_addr(a, e);
	}
	for (l = LIST_FIRST(&a->link_list); l != NULL; l = nextl) {
		nextl = LIST_NEXT(l, entry);
		if (l->seen)
			continue;
		ifindex = l->ifindex;
		remove_link(a, l);
		gone(arg, ifindex);
	}
}

void
addrs_free(struct addrs *a)
{
	while (!LIST_EMPTY(&a->addr_list))
		remove_addr(a, LIST_FIRST(&a->addr_list));
	while (!LIST_EMPTY(&a->link_list))
		remove_link(a, LIST_FIRST(&a->link_list));
	htab_free(&a->pairs);
	htab_free(&a->linklocals);
	htab_free(&a->local);
	htab_free(&a->anycast);
	htab_free(&a->links);
}

/* Is there an interface of that index? */
bool
addrs_has_link(const struct addrs *a, uint32_t ifindex)
{
	return (find_link(a, ifindex) != NULL);
}

/* The link-layer address of an interface, NULL: it has none; *len octets. */
const uint8_t *
addrs_lladdr(const struct addrs *a, uint32_t ifindex, size_t *len)
{
	const struct link_entry	*l = find_link(a, ifindex);

	*len = l == NULL ? 0 : l->lladdrlen;
	return (*len == 0 ? NULL : l->lladdr);
}

/* A link-local address of ours on that interface; false: it has none. */
bool
addrs_linklocal(const struct addrs *a, uint32_t ifindex, struct in6_addr *addr)
{
	const struct hlink	*l = htab_find(&a->linklocals, ifindex,
				    match_by_link, &ifindex);

	if (l == NULL)
		return (false);
	*addr = BY_LINK(l)->pair.addr;
	return (true);
}

/*
 * MTU of an interface; of interface 0, which is whichever the kernel takes,
 * the largest there is: where it is less the kernel says so.
 */
uint32_t
addrs_mtu(const struct addrs *a, uint32_t ifindex)
{
	const struct link_entry	*l;

	if (ifindex != 0 && (l = find_link(a, ifindex)) != NULL && l->mtu != 0)
		return (l->mtu);
	return (a->max_mtu != 0 ? a->max_mtu : DEFAULT_MTU);
}
