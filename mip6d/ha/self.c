/*
 * The addresses of the home agent's own host, on whatever interface, and the
 * anycast addresses that come with them: the subnet-router address of each
 * prefix (RFC 4291 2.6.1).  A care-of address among them would lead back here.
 */
#include <sys/types.h>
#include <sys/queue.h>

#include <stddef.h>
#include <stdlib.h>

#include "ha/int.h"
#include "wire/ip6.h"

/* An address of an interface, in the table under one of its two addresses. */
struct self {
	struct hlink	 link, any_link;
	struct in6_addr	 addr, any;
	uint32_t	 ifindex;
	bool		 seen;		/* in this snapshot */
	LIST_ENTRY(self) entry;
};

static struct self *
by_any(const struct hlink *l)
{
	return ((struct self *)(void *)((char *)(uintptr_t)l -
	    offsetof(struct self, any_link)));
}

static bool
match_addr(const struct hlink *l, const void *key)
{
	return (in6_eq(&((const struct self *)(const void *)l)->addr, key));
}

static bool
match_any(const struct hlink *l, const void *key)
{
	return (in6_eq(&by_any(l)->any, key));
}

struct self_key {
	struct in6_addr	 addr;
	uint32_t	 ifindex;
};

static bool
match_pair(const struct hlink *l, const void *key)
{
	const struct self	*s = (const struct self *)(const void *)l;
	const struct self_key	*k = key;

	return (s->ifindex == k->ifindex && in6_eq(&s->addr, &k->addr));
}

static uint64_t
hash(const struct ha *ha, const struct in6_addr *a)
{
	return (hash_bytes(&ha->key, a, sizeof(*a)));
}

static void
self_free(struct ha *ha, struct self *s)
{
	htab_remove(&ha->self, &s->link);
	htab_remove(&ha->self_any, &s->any_link);
	LIST_REMOVE(s, entry);
	free(s);
}

static void
self_new(struct ha *ha, const struct msg_address *m)
{
	struct self	*s = calloc(1, sizeof(*s));

	if (s == NULL) {
		COUNT(ha->env->counters, HC_NO_MEMORY);
		return;
	}
	s->addr = m->addr;
	/* Prefixes of a point-to-point link or host have none (RFC 6164). */
	s->any = m->plen < 127 ? in6_prefix(&m->addr, m->plen) : m->addr;
	s->ifindex = m->ifindex;
	s->seen = true;
	htab_insert(&ha->self, &s->link, hash(ha, &s->addr));
	htab_insert(&ha->self_any, &s->any_link, hash(ha, &s->any));
	LIST_INSERT_HEAD(&ha->selves, s, entry);
}

/* An address of this host came, changed or went. */
void
self_address(struct ha *ha, const struct msg_address *m)
{
	struct self_key	 k = { m->addr, m->ifindex };
	struct self	*s;

	if (in6_is_linklocal(&m->addr))
		return;
	s = (struct self *)(void *)htab_find(&ha->self, hash(ha, &m->addr),
	    match_pair, &k);
	if ((m->flags & (ADDR_GONE | ADDR_DUPLICATE)) != 0) {
		if (s != NULL)
			self_free(ha, s);
	} else if (s != NULL)
		s->seen = true;
	else
		self_new(ha, m);
}

/* Before and after a full list of addresses. */
void
self_snapshot(struct ha *ha, bool begin)
{
	struct self	*s, *next;

	for (s = LIST_FIRST(&ha->selves); s != NULL; s = next) {
		next = LIST_NEXT(s, entry);
		if (begin)
			s->seen = false;
		else if (!s->seen)
			self_free(ha, s);
	}
}

/*
 * Does the address lead to this host: one of its own or a home agent address,
 * or an anycast address that it answers to (RFC 4291 2.6.1, RFC 2526)?
 */
bool
self_is(const struct ha *ha, const struct in6_addr *a)
{
	uint64_t	 h = hash(ha, a);

	return (link_is_ours(ha, a) ||
	    htab_find(&ha->self, h, match_addr, a) != NULL ||
	    htab_find(&ha->self_any, h, match_any, a) != NULL ||
	    link_by_anycast(ha, a) != NULL);
}

bool
self_init(struct ha *ha)
{
	LIST_INIT(&ha->selves);
	return (htab_init(&ha->self, 16) && htab_init(&ha->self_any, 16));
}

/* At the end. */
void
self_free_all(struct ha *ha)
{
	struct self	*s;

	while ((s = LIST_FIRST(&ha->selves)) != NULL) {
		LIST_REMOVE(s, entry);
		free(s);
	}
	htab_free(&ha->self);
	htab_free(&ha->self_any);
}
