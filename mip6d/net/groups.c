#include <stdlib.h>
#include <string.h>

#include "net/groups.h"
#include "wire/ip6.h"

struct group_entry {
	struct group_entry	*next;
	struct in6_addr		 group;
	uint32_t		 ifindex;
	unsigned int		 roles;
	int			 where;		/* -1: not joined */
	uint32_t		 generation[ROLE_MAX];
};

static struct group_entry **
bucket_of(struct groups *g, const struct in6_addr *a)
{
	uint32_t	 h;

	memcpy(&h, &a->s6_addr[12], sizeof(h));
	return (&g->bucket[(h * UINT32_C(0x9e3779b1)) >> 22]);
}

void
groups_free(struct groups *g)
{
	struct group_entry	*e;
	size_t			 i;

	for (i = 0; i < GROUPS_BUCKETS; i++)
		while ((e = g->bucket[i]) != NULL) {
			g->bucket[i] = e->next;
			free(e);
		}
}

/* It is left at the kernel by groups_sweep(), unless joined again before. */
static void
leave(struct groups *g, struct group_entry *e, enum role role)
{
	e->roles &= ~ROLE_BIT(role);
	if (e->roles == 0)
		g->unwanted++;
}

static void
remove_entry(struct group_entry **ep, groups_change *change, void *arg)
{
	struct group_entry	*e = *ep;
	struct msg_group	 m;

	memset(&m, 0, sizeof(m));
	m.group = e->group;
	m.ifindex = e->ifindex;
	*ep = e->next;
	if (e->where != -1)
		change(arg, &m, e->where);
	free(e);
}

/*
 * Leave up to so many groups that nobody wants any more.  That is slow where
 * there are many, so it is done in pieces; true while there are more.
 */
bool
groups_sweep(struct groups *g, unsigned int max, groups_change *change,
    void *arg)
{
	struct group_entry	**ep;
	size_t			  i;

	for (i = 0; i < GROUPS_BUCKETS && g->unwanted > 0; i++) {
		ep = &g->bucket[g->sweep_at];
		while (*ep != NULL) {
			if ((*ep)->roles != 0) {
				ep = &(*ep)->next;
				continue;
			}
			if (max-- == 0)
				return (true);
			g->unwanted--;
			remove_entry(ep, change, arg);
		}
		g->sweep_at = (g->sweep_at + 1) % GROUPS_BUCKETS;
	}
	return (g->unwanted > 0);
}

/*
 * A role joins or leaves a group; change() is called if that is the first one
 * to join.  False when out of memory.
 */
bool
groups_set(struct groups *g, enum role role, const struct msg_group *m,
    groups_change *change, void *arg)
{
	struct group_entry	*e, **ep = bucket_of(g, &m->group);

	for (; (e = *ep) != NULL; ep = &e->next)
		if (e->ifindex == m->ifindex && in6_eq(&e->group, &m->group))
			break;
	if (!m->join) {
		if (e != NULL && (e->roles & ROLE_BIT(role)) != 0)
			leave(g, e, role);
		return (true);
	}
	if (e == NULL) {
		if ((e = calloc(1, sizeof(*e))) == NULL)
			return (false);
		e->group = m->group;
		e->ifindex = m->ifindex;
		e->where = -1;
		*ep = e;
		g->unwanted++;
	}
	if (e->where == -1)
		e->where = change(arg, m, -1);
	if (e->roles == 0)
		g->unwanted--;
	e->roles |= ROLE_BIT(role);
	e->generation[role] = g->generation[role];
	return (true);
}

/* The role begins to tell all its groups again ... */
void
groups_resync(struct groups *g, enum role role)
{
	g->generation[role]++;
}

/* ... and has told them: leave those that it did not name. */
void
groups_resync_end(struct groups *g, enum role role)
{
	struct group_entry	*e;
	size_t			 i;

	for (i = 0; i < GROUPS_BUCKETS; i++)
		for (e = g->bucket[i]; e != NULL; e = e->next)
			if ((e->roles & ROLE_BIT(role)) != 0 &&
			    e->generation[role] != g->generation[role])
				leave(g, e, role);
}

/* Join those that could not be joined: there is another socket. */
void
groups_missing(struct groups *g, groups_change *change, void *arg)
{
	struct group_entry	*e;
	struct msg_group	 m;
	size_t			 i;

	memset(&m, 0, sizeof(m));
	m.join = true;
	for (i = 0; i < GROUPS_BUCKETS; i++)
		for (e = g->bucket[i]; e != NULL; e = e->next) {
			if (e->where != -1 || e->roles == 0)
				continue;
			m.group = e->group;
			m.ifindex = e->ifindex;
			e->where = change(arg, &m, -1);
		}
}
