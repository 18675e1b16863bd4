/*
 * The kernel's policies against what there should be.  At the start, and
 * whenever something was lost, a dump is compared: what is missing is added
 * (job.c), what is ours by its reqid and nobody's goes.  Nobody scans the
 * nodes but then and at a reload.
 */
#include <stdlib.h>

#include "sec/int.h"

static void
stray(struct sec *s, const struct pfkey_policy *p)
{
	struct prim_policy	*v;
	size_t			 cap;

	if (s->nstrays == s->cstrays) {
		cap = s->cstrays == 0 ? 64 : s->cstrays * 2;
		if ((v = realloc(s->strays, cap * sizeof(*v))) == NULL) {
			/* The next comparison finds it again. */
			s->policies.again = true;
			sec_retry(s);
			return;
		}
		s->strays = v;
		s->cstrays = cap;
	}
	s->strays[s->nstrays++] = (struct prim_policy){ p->sel, p->dir };
}

/* Which node a policy of ours would be of, by an end that is a home address. */
static struct sec_node *
node_of(struct sec *s, const struct pfkey_policy *p, size_t *index)
{
	const struct in6_addr	 ends[2] = { spd_in6(&p->sel.src),
				    spd_in6(&p->sel.dst) };
	struct spd_entry	 e;
	struct sec_node		*n;
	enum role		 r;
	unsigned int		 i;

	for (i = 0; i < 2; i++)
		FOREACH_ROLE_WITH(r, HAS_NODES) {
			if ((n = sec_find(s, r, &ends[i])) == NULL)
				continue;
			for (*index = 0; spd_entry(&n->have, *index, &e);
			    ++*index)
				if (spd_same_key(&e.policy, p))
					return (n);
		}
	return (NULL);
}

/* Is there a job that knows of it, whose node is not done with it? */
static bool
is_under_way(struct sec *s, const struct pfkey_policy *p)
{
	const struct in6_addr	 ends[2] = { spd_in6(&p->sel.src),
				    spd_in6(&p->sel.dst) };
	struct sec_node		*n;
	enum role		 r;
	unsigned int		 i;

	for (i = 0; i < 2; i++)
		FOREACH_ROLE_WITH(r, HAS_NODES)
			if ((n = sec_find(s, r, &ends[i])) != NULL &&
			    plan_is_about(n, p))
				return (true);
	return (false);
}

/* Is that a policy of ours, whatever it asks for? */
bool
compare_is_ours(struct sec *s, const struct pfkey_policy *p)
{
	struct sec_node	*n;
	size_t		 i;

	return ((n = node_of(s, p, &i)) != NULL && n->installed);
}

/* Does nobody know yet what it has in the kernel? */
static bool
is_new(const struct sec_node *n)
{
	return (!n->installed && n->job == NULL);
}

static void
begin_rows(struct sec *s)
{
	struct sec_node	*n;

	s->rows_begun = true;
	TAILQ_FOREACH(n, &s->nodes, all) {
		n->seen_present = 0;
		/* Of a node with nothing yet: what it shall have. */
		if (is_new(n)) {
			n->have = n->want;
			n->has_ends = false;
			n->have.tunnel = n->asked &&
			    (n->request.flags & IPSEC_TUNNEL) != 0;
		}
	}
}

static bool
is_at(const struct sec_node *n, const struct in6_addr *local,
    const struct in6_addr *peer)
{
	return (IN6_ARE_ADDR_EQUAL(&n->have.local, local) &&
	    IN6_ARE_ADDR_EQUAL(&n->have.peer, peer));
}

/*
 * A policy of a tunnel that is asked for already, though we are new: another
 * planning has put it there, and what moves with it is there.  Of two places
 * it is the one where the tunnel was before.
 */
static void
adopt(struct sec_node *n, const struct pfkey_policy *p)
{
	const struct pfkey_request	*q = &p->requests[0];
	const bool			 out = p->dir == PFKEY_OUT;
	const struct in6_addr		 src = spd_in6(&q->src),
					 dst = spd_in6(&q->dst);
	const struct in6_addr		*local = out ? &src : &dst,
					*peer = out ? &dst : &src;

	if (p->nrequests != 1 || q->mode != PFKEY_TUNNEL ||
	    !IN6_ARE_ADDR_EQUAL(n->want.agent_side ? local : peer,
	    &n->want.agent))
		return;
	if (n->has_ends && (is_at(n, local, peer) ||
	    !is_at(n, &n->request.local, &n->request.peer)))
		return;
	/* Those at the other place are put here as well. */
	if (n->has_ends)
		n->seen_present = 0;
	n->has_ends = true;
	n->have.local = *local;
	n->have.peer = *peer;
}

/* There was no tunnel to be adopted after all. */
static void
adopt_none(struct sec_node *n)
{
	if (!is_new(n) || !n->have.tunnel || n->has_ends)
		return;
	n->have.tunnel = false;
	n->seen_present &= plan_all(&n->have);
}

static void
compare_one(struct sec *s, const struct prim_result *r)
{
	const struct pfkey_policy	*p = r->policy;
	struct spd_entry		 e;
	struct sec_node			*n;
	size_t				 i;

	if (!s->rows_begun)
		begin_rows(s);
	if ((n = node_of(s, p, &i)) == NULL) {
		if (!is_under_way(s, p))
			stray(s, p);
		return;
	}
	if (is_new(n) && n->have.tunnel)
		adopt(n, p);
	if (spd_entry(&n->have, i, &e) && spd_same(&e.policy, p))
		n->seen_present |= 1U << i;
}

/* All rows have been told: what they say counts. */
static void
take_seen(struct sec *s)
{
	struct sec_node	*n;

	if (!s->rows_begun)
		begin_rows(s);
	TAILQ_FOREACH(n, &s->nodes, all) {
		adopt_none(n);
		/* One that is being worked at knows best itself, and later. */
		n->unsure = n->job != NULL;
		if (n->unsure)
			continue;
		/* What is known to be refused has its own pace. */
		if ((n->present & ~n->seen_present) != 0)
			n->refused = false;
		n->present = n->seen_present;
		plan_ready(n);
	}
	s->compared = true;
	sec_soon(s);
}

static void
dump_begun(struct sec *s)
{
	s->rows_begun = false;
}

/* Compare the kernel's policies with what there should be. */
void
compare_begin(struct sec *s)
{
	dump_begin(&s->policies);
}

void
compare_start(struct sec *s)
{
	s->policies = (struct sec_dump){ .sec = s, .op = PRIM_POLICIES,
	    .begun = dump_begun, .row = compare_one, .done = take_seen };
}

static void
stray_done(void *arg, const struct prim_result *r)
{
	struct sec	*s = arg;

	(void)r;
	s->stray_flight--;
}

/* Have those removed that nobody has, some at a time. */
void
compare_go(struct sec *s)
{
	struct prim_request	 r = { .op = PRIM_STRAY };

	while (s->nstrays > 0 && s->stray_flight < SEC_JOBS_MAX) {
		r.policy = s->strays[--s->nstrays];
		s->stray_flight++;
		sec_ask(s, &r, stray_done, s);
	}
	if (s->nstrays == 0)
		compare_end(s);
}

void
compare_end(struct sec *s)
{
	free(s->strays);
	s->strays = NULL;
	s->nstrays = s->cstrays = 0;
}
