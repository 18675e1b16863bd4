/*
 * The pace of what a mobile node sends to its correspondents (RFC 6275 11.8):
 * PEER_RATE messages a second to all of them together, whatever they are, first
 * ones and those that are sent again.  What is more stands in a queue.  After a
 * move optimise.c asks for the correspondents in the order of their last use,
 * and updates go before tests, so who was used last is done first: its update
 * does not wait until all others have been tested.
 */
#include "mn/parts.h"

/* Nobody waits. */
void
peer_turn_init(struct peers *ps)
{
	size_t	 i;

	for (i = 0; i < TURNS; i++)
		TAILQ_INIT(&ps->queues[i]);
	ps->its_turn = NULL;
	ps->turn.kind = T_TURN;
}

/* It waits no longer, and has no turn. */
void
peer_turn_leave(struct peer *p)
{
	struct peers	*ps = &p->mn->peers;

	if (p->queued)
		TAILQ_REMOVE(&ps->queues[p->queued_for], p, turn);
	p->queued = false;
	if (ps->its_turn == p)
		ps->its_turn = NULL;
}

static void
enter(struct peer *p, enum turn what)
{
	if (p->queued && p->queued_for <= what)
		return;
	peer_turn_leave(p);
	TAILQ_INSERT_TAIL(&p->mn->peers.queues[what], p, turn);
	p->queued_for = what;
	p->queued = true;
}

/* Does anybody wait who is served before, or with, those of what? */
static bool
others_wait(const struct peers *ps, enum turn what)
{
	size_t	 i;

	for (i = 0; i <= what; i++)
		if (!TAILQ_EMPTY(&ps->queues[i]))
			return (true);
	return (false);
}

static bool
take(struct peers *ps, struct now now)
{
	return (limit_take(&ps->rate, now.mono, PEER_RATE, PEER_BURST));
}

/* Look at the queues again when the rate allows one more. */
static void
wait_for_turn(struct mn *mn, struct now now)
{
	if (!wheel_is_set(&mn->peers.turn))
		wheel_set(&mn->wheel, &mn->peers.turn,
		    mono_add(now.mono, NS_PER_SEC / PEER_RATE));
}

/*
 * May a message of this class go to p now, as far as the rate of all
 * correspondents together is concerned?  Then it counts as sent; if not, p
 * stands in a queue, and peer_turn_next() returns it when it is first there.
 */
bool
peer_turn_take(struct peer *p, enum rate_class class, struct now now)
{
	struct peers	*ps = &p->mn->peers;
	enum turn	 what = class == RATE_UPDATE ? TURN_UPDATE : TURN_TEST;

	if (ps->its_turn == p ||
	    (!others_wait(ps, what) && take(ps, now))) {
		ps->its_turn = NULL;
		return (true);
	}
	MN_COUNT(p->mn, peer_delayed);
	enter(p, what);
	wait_for_turn(p->mn, now);
	return (false);
}

/* The first of those that wait, or NULL. */
static struct peer *
first(struct peers *ps)
{
	struct peer	*p = NULL;
	size_t		 i;

	for (i = 0; i < TURNS && p == NULL; i++)
		p = TAILQ_FIRST(&ps->queues[i]);
	return (p);
}

/*
 * Who may send one message now: the first of those that wait; or NULL, when
 * nobody waits or the rate allows no more.  Who was returned before, and had
 * nothing to send any more, leaves its turn to the next.
 */
struct peer *
peer_turn_next(struct mn *mn, struct now now)
{
	struct peers	*ps = &mn->peers;
	struct peer	*p = first(ps);
	bool		 left = ps->its_turn != NULL;

	ps->its_turn = NULL;
	if (p == NULL)
		return (NULL);
	if (!left && !take(ps, now)) {
		wait_for_turn(mn, now);
		return (NULL);
	}
	peer_turn_leave(p);
	ps->its_turn = p;
	return (p);
}
