/*
 * Turns of clients of restricted sockets.  They ask a few questions at the same
 * time, all together: who has asked goes behind those who have waited, page by
 * page.  A question counts until it is answered, though the client may have
 * gone; and after an answer there is a pause as long as that took to make.
 */
#include "control/client.h"
#include "core/timer.h"

/* The slot with this id, 0: a free one; NULL: there is none. */
static struct slot *
slot_of(struct control *c, uint32_t id)
{
	size_t	 i;

	for (i = 0; i < ASKS_RESTRICTED; i++)
		if (c->slots[i].id == id)
			return (&c->slots[i]);
	return (NULL);
}

/*
 * A question of a restricted client has its answer.  As long as it took a
 * process to make that, all of them give it time for its own work.
 */
static void
slot_free(struct control *c, struct slot *s, struct mono now)
{
	struct mono	 from = s->since;
	int64_t		 took;

	if (mono_before(from, c->answered))
		from = c->answered;
	took = mono_diff(now, from);
	c->answered = now;
	c->rest = mono_add(now, took > REST_MAX ? REST_MAX : took);
	s->id = 0;
	timer_at(c->turn, c->rest);
}

/* Nobody waits any longer for what was not answered. */
void
turn_tick(struct control *c, struct mono now)
{
	size_t	 i;

	for (i = 0; i < ASKS_RESTRICTED; i++)
		if (c->slots[i].id != 0 &&
		    mono_diff(now, c->slots[i].since) > ANSWER_TIMEOUT)
			slot_free(c, &c->slots[i], now);
}

/* A client has asked. */
void
turn_asked(const struct client *cl)
{
	struct slot	*s;

	if (cl->restricted && (s = slot_of(cl->c, 0)) != NULL)
		*s = (struct slot){ cl->id, cl->since };
}

/* A question was answered: one of theirs? */
void
turn_answered(struct control *c, uint32_t id)
{
	struct slot	*s;

	if (id != ASK_PROBE && (s = slot_of(c, id)) != NULL)
		slot_free(c, s, child_now().mono);
}

/*
 * Is it not yet this client's turn to ask, or to go on with another page?  Then
 * it waits, and turn_next() has it ask when its turn has come.
 */
bool
turn_must_wait(struct client *cl)
{
	struct control	*c = cl->c;

	if (!cl->restricted || (slot_of(c, 0) != NULL &&
	    TAILQ_EMPTY(&c->turns) &&
	    !mono_before(child_now().mono, c->rest)))
		return (false);
	control_count(c, CC_WAITED);
	client_state(cl, CL_WAITING);
	timer_at(c->turn, c->rest);
	return (true);
}

/* Those who waited longest may ask, which ask() does. */
void
turn_next(struct control *c, void (*ask)(struct client *))
{
	struct mono	 now = child_now().mono;
	struct client	*cl;

	if (mono_before(now, c->rest)) {
		timer_at(c->turn, c->rest);
		return;
	}
	while (slot_of(c, 0) != NULL &&
	    (cl = TAILQ_FIRST(&c->turns)) != NULL) {
		client_state(cl, CL_HELD);
		ask(cl);
	}
}
