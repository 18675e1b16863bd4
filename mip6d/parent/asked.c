/*
 * What engines have asked of the planning and it has not done yet: requests for
 * policies, which get an answer, and what they want of keys.  It is remembered
 * for a sec that dies.  Of a node there is room for so much and no more: what
 * is newer takes the place of what waits, as it does in sec itself.  Pure; the
 * memory is the node's.
 */
#include <string.h>

#include "parent/asked.h"
#include "parent/owned.h"

void
asked_init(struct asked *l)
{
	TAILQ_INIT(&l->list);
	l->last = 0;
}

/* This one is done, or nobody wants it any more. */
void
asked_done(struct asked *l, struct ask *a)
{
	TAILQ_REMOVE(&l->list, a, link);
	a->number = 0;
}

/* What is at that place gives way to another, the last in the list. */
static struct ask *
put(struct asked *l, struct ask *a, struct owned_node *n)
{
	if (a->number != 0)
		asked_done(l, a);
	memset(a, 0, sizeof(*a));
	/* 0 is nobody's. */
	if (++l->last == 0)
		l->last = 1;
	a->number = l->last;
	a->node = n;
	TAILQ_INSERT_TAIL(&l->list, a, link);
	return (a);
}

static bool
is_older(const struct ask *a, const struct ask *b)
{
	return ((int32_t)(a->number - b->number) < 0);
}

/*
 * A request of an engine.  *gone is the engine's number of the one that gives
 * way, which is to be answered, or 0.  The older of two may be under way.
 */
struct ask *
asked_ipsec(struct asked *l, struct owned_node *n, const struct msg_ipsec *m,
    uint32_t *gone)
{
	struct ask	*v = n->asks.ipsec, *a = &v[0];

	if (v[0].number != 0 &&
	    (v[1].number == 0 || is_older(&v[0], &v[1])))
		a = &v[1];
	*gone = a->number != 0 ? a->ipsec.id : 0;
	put(l, a, n);
	a->ipsec = *m;
	return (a);
}

/* The place of the same, a free one, or that of the oldest. */
static struct ask *
place_of_discard(struct asks *v, const struct in6_addr *remote)
{
	struct ask	*a, *best = &v->discards[0];
	const size_t	 n = sizeof(v->discards) / sizeof(v->discards[0]);

	for (a = v->discards; a < v->discards + n; a++)
		if (a->number != 0 &&
		    IN6_ARE_ADDR_EQUAL(&a->want.remote, remote))
			return (a);
	for (a = v->discards; a < v->discards + n; a++)
		if (a->number == 0 || (best->number != 0 && is_older(a, best)))
			best = a;
	return (best);
}

/*
 * What an engine wants of the keys of a node.  Who needs keys after these were
 * to end, or to be others, needs others.
 */
struct ask *
asked_keys(struct asked *l, struct owned_node *n, const struct msg_key_want *m)
{
	struct ask	*a = &n->asks.keys;
	bool		 others = a->number != 0 && m->op == KEY_NEED &&
			    a->want.op != KEY_NEED;

	if (m->op == KEY_DISCARD)
		a = place_of_discard(&n->asks, &m->remote);
	put(l, a, n);
	a->keys = true;
	a->want = *m;
	if (others)
		a->want.op = KEY_RENEW;
	return (a);
}

/* The one with that number, or NULL: answers mostly come in order. */
struct ask *
asked_find(const struct asked *l, uint32_t number)
{
	struct ask	*a;

	TAILQ_FOREACH(a, &l->list, link)
		if (a->number == number)
			break;
	return (a);
}

/* The next sec is to be told all. */
void
asked_sec_gone(struct asked *l)
{
	struct ask	*a;

	TAILQ_FOREACH(a, &l->list, link)
		a->told = false;
}

/* An engine has gone: its numbers are another's now. */
void
asked_engine_gone(struct asked *l, enum role r)
{
	struct ask	*a;

	TAILQ_FOREACH(a, &l->list, link)
		if (!a->keys && a->node->role == r)
			a->ipsec.id = 0;
}
