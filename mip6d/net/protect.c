/*
 * A table of pairs of home address and home agent, each with a note of how
 * their protected messages travel, which is forgotten after a second or two.
 * The data plane has two: for ESP that the kernel is about to make, and for
 * ESP that it was given to decrypt.  Owns its entries; the oldest goes when
 * there are too many.  Called by bind.c, ipsec.c and shim.c.
 */
#include <stdlib.h>
#include <string.h>

#include "net/protect.h"
#include "wire/ip6.h"

struct protect_entry {
	struct hlink		 link;		/* first */
	struct protect_entry	*next, **prev;
	struct protect_pair	 pair;
	struct mono		 until;
};

/* An empty table in which notes last keep ns.  False when out of memory. */
bool
protect_init(struct protect *t, const uint64_t key[2], int64_t keep)
{
	memset(t, 0, sizeof(*t));
	t->key.k[0] = key[0];
	t->key.k[1] = key[1];
	t->keep = keep;
	t->last = &t->first;
	return (htab_init(&t->tab, 0));
}

void
protect_free(struct protect *t)
{
	struct protect_entry	*e;

	while ((e = t->first) != NULL) {
		t->first = e->next;
		free(e);
	}
	htab_free(&t->tab);
	t->last = &t->first;
	t->n = 0;
}

static uint64_t
hash(const struct protect *t, const struct in6_addr *home,
    const struct in6_addr *agent)
{
	struct in6_addr	 k[2] = { *home, *agent };

	return (hash_bytes(&t->key, k, sizeof(k)));
}

static bool
match(const struct hlink *l, const void *key)
{
	const struct protect_entry	*e = (const void *)l;
	const struct in6_addr		*k = key;

	return (in6_eq(&e->pair.home, &k[0]) && in6_eq(&e->pair.agent, &k[1]));
}

static struct protect_entry *
find(const struct protect *t, const struct in6_addr *home,
    const struct in6_addr *agent)
{
	struct in6_addr	 k[2] = { *home, *agent };

	return ((void *)htab_find(&t->tab, hash(t, home, agent), match, k));
}

static void
unqueue(struct protect *t, struct protect_entry *e)
{
	*e->prev = e->next;
	if (e->next != NULL)
		e->next->prev = e->prev;
	else
		t->last = e->prev;
}

static void
queue(struct protect *t, struct protect_entry *e)
{
	e->next = NULL;
	e->prev = t->last;
	*t->last = e;
	t->last = &e->next;
}

static void
forget(struct protect *t, struct protect_entry *e)
{
	unqueue(t, e);
	htab_remove(&t->tab, &e->link);
	free(e);
	t->n--;
}

/* Note this of its pair, in place of what was.  False when out of memory. */
bool
protect_note(struct protect *t, const struct protect_pair *p, struct mono now)
{
	struct protect_entry	*e;

	while (t->first != NULL && !mono_before(now, t->first->until))
		forget(t, t->first);
	if ((e = find(t, &p->home, &p->agent)) != NULL)
		unqueue(t, e);
	else {
		if (t->n == PROTECT_MAX)
			forget(t, t->first);
		if ((e = calloc(1, sizeof(*e))) == NULL)
			return (false);
		htab_insert(&t->tab, &e->link, hash(t, &p->home, &p->agent));
		t->n++;
	}
	e->pair = *p;
	e->until = mono_add(now, t->keep);
	queue(t, e);
	return (true);
}

/* What is known of this pair, or NULL; good until the next note. */
const struct protect_pair *
protect_find(const struct protect *t, const struct in6_addr *home,
    const struct in6_addr *agent, struct mono now)
{
	const struct protect_entry	*e;

	if (t->n == 0 || (e = find(t, home, agent)) == NULL ||
	    !mono_before(now, e->until))
		return (NULL);
	return (&e->pair);
}
