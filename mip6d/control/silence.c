/*
 * Who does not answer.  A role that is asked has ANSWER_TIMEOUT; as all
 * questions go by the parent, that is asked meanwhile for nothing at all, to
 * tell a parent that is silent from a role that is.
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

	if (c->probing || mono_diff(now, cl->since) <= PROBE_AFTER ||
	    (probed_since(cl) && mono_diff(now, c->probed) < PROBE_EVERY))
		return;
	memset(&q, 0, sizeof(q));
	q.conn = ASK_PROBE;
	q.role = ROLE_PARENT;
	child_send(c->ch, ROLE_PARENT, MSG_QUERY, &q);
	c->probing = true;
	c->probed = now;
}

/* Who is to blame that there is no answer?  ROLE_MAX: nobody yet. */
static enum role
who_is_late(struct client *cl, struct mono now)
{
	const struct ask	*a = &cl->asks[cl->at];
	struct control		*c = cl->c;
	int64_t			 waited = mono_diff(now, cl->since), most;

	/* Two seconds are for all, not for each that does not answer. */
	most = cl->silent != 0 || (c->silent & ROLE_BIT(a->role)) != 0 ?
	    SILENT_TIMEOUT : ANSWER_TIMEOUT;
	if (c->probing) {
		if (a->verb == VERB_RELOAD)
			most = READING_TIMEOUT;
		else if ((c->silent & ROLE_BIT(ROLE_PARENT)) != 0)
			most = SILENT_TIMEOUT;
		return (waited > most && mono_diff(now, c->probed) >=
		    most - PROBE_AFTER ? ROLE_PARENT : ROLE_MAX);
	}
	if (!probed_since(cl) && most == ANSWER_TIMEOUT)
		return (ROLE_MAX);
	if (a->role == ROLE_PARENT)
		most = a->verb == VERB_RELOAD ? RELOAD_TIMEOUT : DUMP_TIMEOUT;
	return (waited > most ? a->role : ROLE_MAX);
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

/*
 * Has whom we asked been silent for too long?  Then go on with the next; if
 * that was the parent, with what needs it not.
 */
bool
silence_late(struct client *cl, struct mono now)
{
	enum role	 role;

	if ((role = who_is_late(cl, now)) == ROLE_MAX) {
		probe(cl, now);
		return (false);
	}
	cl->silent |= ROLE_BIT(role);
	cl->c->silent |= ROLE_BIT(role);
	row_silent(cl, role);
	cl->cursor = 0;
	cl->at++;
	query_next(cl);
	return (true);
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
