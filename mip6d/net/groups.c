/*
 * Multicast groups by address and interface.  Each is in one of three lists:
 * joined, wanted but not joined as no socket had room, or wanted by nobody
 * any more and still to be left at the kernel.
 */
#include <stdlib.h>
#include <string.h>

#include "net/groups.h"
#include "wire/ip6.h"

#define FIRST_SIZE	64

struct group_key {
	struct in6_addr		 group;
	uint32_t		 ifindex;
};

/* An interface with groups on it; what happens on others is of no interest. */
struct group_link {
	struct hlink		 link;
	uint32_t		 ifindex;
	size_t			 n;
};

struct group_entry {
	struct hlink		 link;
	TAILQ_ENTRY(group_entry) entry;
	struct group_list	*list;
	struct group_link	*on;
	struct group_key	 key;
	unsigned int		 roles;
	bool			 stale;		/* joined on what has gone */
	int			 where;		/* < 0: not joined */
	uint32_t		 generation[ROLE_MAX];
};

/* key is what hash_bytes() works with.  False: out of memory. */
bool
groups_init(struct groups *g, const uint64_t key[2])
{
	memset(g, 0, sizeof(*g));
	memcpy(g->key.k, key, sizeof(g->key.k));
	TAILQ_INIT(&g->joined);
	TAILQ_INIT(&g->missing);
	TAILQ_INIT(&g->unwanted);
	return (htab_init(&g->tab, FIRST_SIZE) &&
	    htab_init(&g->links, FIRST_SIZE));
}

static void
remove_entry(struct groups *g, struct group_entry *e)
{
	TAILQ_REMOVE(e->list, e, entry);
	htab_remove(&g->tab, &e->link);
	if (--e->on->n == 0) {
		htab_remove(&g->links, &e->on->link);
		free(e->on);
	}
	free(e);
}

void
groups_free(struct groups *g)
{
	struct group_list	*lists[] = { &g->joined, &g->missing,
	    &g->unwanted };
	size_t			 i;

	for (i = 0; i < sizeof(lists) / sizeof(lists[0]); i++)
		while (!TAILQ_EMPTY(lists[i]))
			remove_entry(g, TAILQ_FIRST(lists[i]));
	htab_free(&g->tab);
	htab_free(&g->links);
}

static bool
match(const struct hlink *l, const void *key)
{
	const struct group_entry *e =
	    (const struct group_entry *)(const void *)l;
	const struct group_key	*k = key;

	return (e->key.ifindex == k->ifindex &&
	    in6_eq(&e->key.group, &k->group));
}

static bool
match_link(const struct hlink *l, const void *key)
{
	return (((const struct group_link *)(const void *)l)->ifindex ==
	    *(const uint32_t *)key);
}

static struct group_link *
find_link(const struct groups *g, uint32_t ifindex)
{
	return ((struct group_link *)(void *)htab_find(&g->links,
	    hash_bytes(&g->key, &ifindex, sizeof(ifindex)), match_link,
	    &ifindex));
}

static struct group_link *
get_link(struct groups *g, uint32_t ifindex)
{
	struct group_link	*l = find_link(g, ifindex);

	if (l == NULL && (l = calloc(1, sizeof(*l))) != NULL) {
		l->ifindex = ifindex;
		htab_insert(&g->links, &l->link,
		    hash_bytes(&g->key, &ifindex, sizeof(ifindex)));
	}
	return (l);
}

/* Put it where its roles and the kernel say that it belongs. */
static void
place(struct groups *g, struct group_entry *e)
{
	struct group_list	*to;

	if (e->roles == 0)
		to = &g->unwanted;
	else
		to = e->where < 0 ? &g->missing : &g->joined;
	if (e->list == to)
		return;
	TAILQ_REMOVE(e->list, e, entry);
	TAILQ_INSERT_TAIL(to, e, entry);
	e->list = to;
}

static struct msg_group
message(const struct group_entry *e, bool join)
{
	struct msg_group	 m;

	memset(&m, 0, sizeof(m));
	m.group = e->key.group;
	m.ifindex = e->key.ifindex;
	m.join = join;
	return (m);
}

/* Are there any that nobody wants? */
bool
groups_to_leave(const struct groups *g)
{
	return (!TAILQ_EMPTY(&g->unwanted));
}

/*
 * Leave up to so many groups that nobody wants any more.  That is slow where
 * there are many, so it is done in pieces; true while there are more.
 */
bool
groups_sweep(struct groups *g, unsigned int max, groups_change *change,
    void *arg)
{
	struct group_entry	*e;
	struct msg_group	 m;

	for (; max > 0 && (e = TAILQ_FIRST(&g->unwanted)) != NULL; max--) {
		m = message(e, false);
		if (e->where >= 0)
			change(arg, &m, e->where);
		remove_entry(g, e);
	}
	return (groups_to_leave(g));
}

static struct group_entry *
new_entry(struct groups *g, const struct group_key *k, uint64_t hash)
{
	struct group_link	*l;
	struct group_entry	*e;

	if ((e = calloc(1, sizeof(*e))) == NULL)
		return (NULL);
	if ((l = get_link(g, k->ifindex)) == NULL) {
		free(e);
		return (NULL);
	}
	l->n++;
	e->on = l;
	e->key = *k;
	e->where = GROUP_FAILED;
	e->list = &g->unwanted;
	TAILQ_INSERT_TAIL(e->list, e, entry);
	htab_insert(&g->tab, &e->link, hash);
	return (e);
}

/*
 * A role joins or leaves a group; change() is called if that is the first one
 * to join.  It is left at the kernel by groups_sweep(), unless joined again
 * before.  False when out of memory.
 */
bool
groups_set(struct groups *g, enum role role, const struct msg_group *m,
    groups_change *change, void *arg)
{
	struct group_entry	*e;
	struct group_key	 k;
	struct msg_group	 gone;
	uint64_t		 hash;

	memset(&k, 0, sizeof(k));
	k.group = m->group;
	k.ifindex = m->ifindex;
	hash = hash_bytes(&g->key, &k, sizeof(k));
	e = (struct group_entry *)(void *)htab_find(&g->tab, hash, match, &k);
	if (!m->join) {
		if (e != NULL) {
			e->roles &= ~ROLE_BIT(role);
			place(g, e);
		}
		return (true);
	}
	if (e == NULL && (e = new_entry(g, &k, hash)) == NULL)
		return (false);
	if (e->stale && e->where >= 0) {
		gone = message(e, false);
		e->where = change(arg, &gone, e->where);
	}
	e->stale = false;
	if (e->where < 0)
		e->where = change(arg, m, GROUP_FAILED);
	e->roles |= ROLE_BIT(role);
	e->generation[role] = g->generation[role];
	place(g, e);
	return (true);
}

/*
 * The interface has gone, and nobody is in a group on it any more; who joins
 * when it is made again tells us.  The sockets have to leave all the same, as
 * dead groups take room on them.
 */
void
groups_link_gone(struct groups *g, uint32_t ifindex)
{
	struct group_list	*lists[] = { &g->joined, &g->missing };
	struct group_entry	*e, *next;
	size_t			 i;

	if (find_link(g, ifindex) == NULL)
		return;
	for (i = 0; i < sizeof(lists) / sizeof(lists[0]); i++)
		for (e = TAILQ_FIRST(lists[i]); e != NULL; e = next) {
			next = TAILQ_NEXT(e, entry);
			if (e->key.ifindex != ifindex)
				continue;
			e->roles = 0;
			e->stale = true;
			place(g, e);
		}
}

/*
 * What joined there has been closed, and the kernel has left its groups: those
 * that are wanted are missing until groups_missing(), of the others there is
 * nothing left to leave.
 */
void
groups_socket_gone(struct groups *g, int where)
{
	struct group_list	*lists[] = { &g->joined, &g->unwanted };
	struct group_entry	*e, *next;
	size_t			 i;

	for (i = 0; i < sizeof(lists) / sizeof(lists[0]); i++)
		for (e = TAILQ_FIRST(lists[i]); e != NULL; e = next) {
			next = TAILQ_NEXT(e, entry);
			if (e->where != where)
				continue;
			e->where = GROUP_FAILED;
			place(g, e);
		}
}

/* The role begins to tell all its groups again ... */
void
groups_resync(struct groups *g, enum role role)
{
	g->generation[role]++;
}

static void
end_list(struct groups *g, struct group_list *list, enum role role)
{
	struct group_entry	*e, *next;

	for (e = TAILQ_FIRST(list); e != NULL; e = next) {
		next = TAILQ_NEXT(e, entry);
		if ((e->roles & ROLE_BIT(role)) == 0 ||
		    e->generation[role] == g->generation[role])
			continue;
		e->roles &= ~ROLE_BIT(role);
		place(g, e);
	}
}

/* ... and has told them: leave those that it did not name. */
void
groups_resync_end(struct groups *g, enum role role)
{
	end_list(g, &g->joined, role);
	end_list(g, &g->missing, role);
}

/*
 * Join those that could not be joined: there is another socket.  When that is
 * full as well the rest has to wait for the next one.
 */
void
groups_missing(struct groups *g, groups_change *change, void *arg)
{
	struct group_entry	*e, *next;
	struct msg_group	 m;

	for (e = TAILQ_FIRST(&g->missing); e != NULL; e = next) {
		next = TAILQ_NEXT(e, entry);
		m = message(e, true);
		e->where = change(arg, &m, GROUP_FAILED);
		if (e->where == GROUP_NO_ROOM)
			return;
		place(g, e);
	}
}
