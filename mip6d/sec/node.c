/*
 * The nodes with authentication ipsec, by home address: there is one for each
 * that is configured, and for each whose policies are still to go.  They stand
 * in the order in which mip6ctl shows them, and in a queue while they have
 * something to do.
 */
#include <stdlib.h>
#include <string.h>

#include "sec/int.h"

struct key {
	enum role	 role;
	struct in6_addr	 home;
};

static uint64_t
hash_of(const struct sec *s, const struct in6_addr *home)
{
	return (hash_bytes(&s->env.key, home, sizeof(*home)));
}

static bool
matches(const struct hlink *l, const void *arg)
{
	const struct sec_node	*n = (const struct sec_node *)(const void *)l;
	const struct key	*k = arg;

	return (n->role == k->role &&
	    IN6_ARE_ADDR_EQUAL(&n->want.home, &k->home));
}

/* The node of ha or mn with that home address, or NULL. */
struct sec_node *
sec_find(const struct sec *s, enum role role, const struct in6_addr *home)
{
	const struct key	 k = { role, *home };

	return ((struct sec_node *)(void *)htab_find(&s->by_home,
	    hash_of(s, home), matches, &k));
}

/* The node that has this reqid, or NULL. */
struct sec_node *
sec_by_reqid(const struct sec *s, uint32_t reqid)
{
	return (reqid > REQID_LAST ? NULL : s->by_reqid[reqid / 2]);
}

bool
sec_manual(const struct sec_node *n)
{
	return (n->nsas > 0);
}

/* Is the i-th association of the node for that?  A tunnel needs policies. */
bool
sec_manual_use(const struct sec_node *n, size_t i, enum conf_sa_use use)
{
	return (i < n->nsas && n->sas[i].use == use &&
	    (use != SA_TUNNEL || n->want.protect != PROTECT_NONE));
}

/* It has something to do when its turn comes. */
void
sec_queue(struct sec_node *n)
{
	if (n->queued)
		return;
	n->queued = true;
	TAILQ_INSERT_TAIL(&n->sec->ready, n, ready);
}

/* Nothing of it is in the kernel any more. */
void
sec_node_free(struct sec_node *n)
{
	struct sec	*s = n->sec;

	if (n->queued)
		TAILQ_REMOVE(&s->ready, n, ready);
	TAILQ_REMOVE(&s->nodes, n, all);
	s->order[n->place] = NULL;
	s->nholes++;
	htab_remove(&s->by_home, &n->by_home);
	wheel_clear(&s->wheel, &n->heal_timer);
	free(n->sas);
	free(n);
}

/* A place for one more; those of nodes that have gone are used again. */
static bool
make_place(struct sec *s)
{
	struct sec_node	**v;
	size_t		  i, n = 0, cap;

	if (s->norder == s->corder && s->nholes > s->norder / 2) {
		for (i = 0; i < s->norder; i++)
			if (s->order[i] != NULL) {
				s->order[n] = s->order[i];
				s->order[n]->place = n;
				n++;
			}
		s->norder = n;
		s->nholes = 0;
	}
	if (s->norder < s->corder)
		return (true);
	cap = s->corder == 0 ? 64 : s->corder * 2;
	if ((v = realloc(s->order, cap * sizeof(*v))) == NULL)
		return (false);
	s->order = v;
	s->corder = cap;
	return (true);
}

/* One that nothing is known of yet; NULL: out of memory. */
struct sec_node *
sec_node_new(struct sec *s, enum role role, const struct in6_addr *home)
{
	struct sec_node	*n;

	if (!make_place(s) || (n = calloc(1, sizeof(*n))) == NULL)
		return (NULL);
	n->place = s->norder;
	s->order[s->norder++] = n;
	n->sec = s;
	n->role = role;
	n->want.home = *home;
	n->want.agent_side = role == ROLE_HA;
	n->heal_timer.kind = ST_HEAL;
	htab_insert(&s->by_home, &n->by_home, hash_of(s, home));
	TAILQ_INSERT_TAIL(&s->nodes, n, all);
	return (n);
}

/* These are its associations now; false: out of memory. */
bool
sec_node_sas(struct sec_node *n, const struct sec_conf *c)
{
	struct sec_sa	*v = NULL;

	if (c->nsas > 0) {
		if ((v = calloc(c->nsas, sizeof(*v))) == NULL)
			return (false);
		memcpy(v, c->sas, c->nsas * sizeof(*v));
	}
	free(n->sas);
	n->sas = v;
	n->nsas = c->nsas;
	return (true);
}
