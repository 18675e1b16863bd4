/*
 * Who does not answer.  A child that is asked has ANSWER_TIMEOUT.  What the
 * parent does for its answer may take long; so it is asked meanwhile for
 * nothing at all, to tell one that works on it from one that is silent.
 */
#include <string.h>

#include "control/client.h"
#include "core/tables.h"

/* Something has come from the parent: it is there. */
void
silence_heard(struct control *c)
{
	c->probing = false;
	c->silent &= ~ROLE_BIT(ROLE_PARENT);
}

static bool
probed_since(const struct client *cl)
{
	return (mono_before(cl->since, cl->c->probed));
}

/* Ask the parent for nothing, unless it has still to answer that. */
static void
probe(struct client *cl, struct mono now)
{
	struct control		*c = cl->c;
	struct msg_query	 q;

	if (cl->asks[cl->at].role != ROLE_PARENT || c->probing ||
	    mono_diff(now, cl->since) <= PROBE_AFTER ||
	    (probed_since(cl) && mono_diff(now, c->probed) < PROBE_EVERY))
		return;
	memset(&q, 0, sizeof(q));
	q.conn = ASK_PROBE;
	child_send(c->ch, ROLE_PARENT, MSG_QUERY, &q);
	c->probing = true;
	c->probed = now;
}

/* Has the parent been silent for too long?  Not one that has just spoken. */
static bool
parent_late(const struct client *cl, struct mono now, int64_t most)
{
	const bool		 reload = cl->asks[cl->at].verb == VERB_RELOAD;
	const struct control	*c = cl->c;
	int64_t			 waited = mono_diff(now, cl->since);

	if (!c->probing)
		return (waited > (reload ? RELOAD_TIMEOUT : DUMP_TIMEOUT) &&
		    (probed_since(cl) || most != ANSWER_TIMEOUT));
	if (reload)
		most = READING_TIMEOUT;
	return (waited > most &&
	    mono_diff(now, c->probed) >= most - PROBE_AFTER);
}

/* Has whom we asked been silent for too long? */
static bool
is_late(const struct client *cl, struct mono now)
{
	const enum role	 role = cl->asks[cl->at].role;
	int64_t		 most;

	/* Two seconds are for all, not for each that does not answer. */
	most = cl->silent != 0 || (cl->c->silent & ROLE_BIT(role)) != 0 ?
	    SILENT_TIMEOUT : ANSWER_TIMEOUT;
	if (role == ROLE_PARENT)
		return (parent_late(cl, now, most));
	return (mono_diff(now, cl->since) > most);
}

static void
row_silent(struct client *cl, enum role role)
{
	static struct report	 rep;

	report_init(&rep);
	report_row(&rep, TABLE_SILENT);
	report_str(&rep, "role", role_name(role));
	report_str(&rep, "text", "does " CTL_SILENT_TEXT);
	report_end(&rep);
	client_rows(cl, rep.mem, rep.w.off);
}

/* It is not waited for any longer: the next one's turn. */
static void
give_up(struct client *cl)
{
	const enum role	 role = cl->asks[cl->at].role;

	control_count(cl->c, CC_ANSWER_TIMEOUT);
	cl->silent |= ROLE_BIT(role);
	cl->c->silent |= ROLE_BIT(role);
	row_silent(cl, role);
	cl->cursor = 0;
	cl->at++;
	query_next(cl);
}

/* Every now and then: who was asked, and has been silent for too long? */
void
silence_tick(struct control *c, struct mono now)
{
	struct client	*cl;
	unsigned int	 i;

	for (i = 0; i < CLIENTS_MAX; i++) {
		cl = c->clients[i];
		if (cl == NULL || cl->state != CL_ASKING)
			continue;
		if (is_late(cl, now))
			give_up(cl);
		else
			probe(cl, now);
	}
}

/* We were not running ourselves, for so long: that is nobody's fault. */
void
silence_paused(struct control *c, int64_t ns)
{
	unsigned int	 i;

	c->probed = mono_add(c->probed, ns);
	for (i = 0; i < CLIENTS_MAX; i++)
		if (c->clients[i] != NULL && client_waits(c->clients[i]))
			c->clients[i]->since =
			    mono_add(c->clients[i]->since, ns);
}
