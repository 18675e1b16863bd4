#include <errno.h>
#include <event2/event.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "control/client.h"
#include "core/tables.h"

#define PROBE	0	/* id of a question that is no client's */

/* The one screen of `status', in the order in which it is shown. */
static const struct ask status_asks[] = {
	{ ROLE_PARENT,	VERB_SHOW_PROCESSES },
	{ ROLE_HA,	VERB_SHOW_BINDINGS_SUMMARY },
	{ ROLE_CN,	VERB_SHOW_BINDINGS_SUMMARY },
	{ ROLE_MN,	VERB_SHOW_BUL },
	{ ROLE_PARENT,	VERB_STATUS },
	{ ROLE_HA,	VERB_STATUS },
	{ ROLE_MN,	VERB_STATUS },
	{ ROLE_NET,	VERB_STATUS },
	{ ROLE_IKE,	VERB_STATUS },
	{ ROLE_CONTROL,	VERB_STATUS },
};
#define NSTATUS	(sizeof(status_asks) / sizeof(status_asks[0]))
_Static_assert(NSTATUS <= ASKS_MAX, "status asks too many");

static void finish(struct client *, enum ctl_status, int, const char *, ...)
    __attribute__((__format__(printf, 4, 5)));

static void
finish(struct client *cl, enum ctl_status status, int error, const char *fmt,
    ...)
{
	va_list	 ap;

	cl->end.status = status;
	cl->end.error = (uint16_t)error;
	va_start(ap, fmt);
	vsnprintf(cl->end.text, sizeof(cl->end.text), fmt, ap);
	va_end(ap);
	client_end(cl);
}

static void
new_id(struct client *cl)
{
	/* 0 is nobody's. */
	do
		cl->id = ++cl->c->generation * CLIENTS_MAX + cl->slot;
	while (cl->id == 0);
}

static void
ask_parent(struct client *cl)
{
	const struct ask	*a = &cl->asks[cl->at];
	struct msg_reload	 r = { .conn = cl->id };
	struct msg_query	 q;

	if (a->verb == VERB_RELOAD) {
		child_send(cl->c->ch, ROLE_PARENT, MSG_RELOAD, &r);
		return;
	}
	memset(&q, 0, sizeof(q));
	q.conn = cl->id;
	q.role = (uint8_t)a->role;
	q.verb = (uint16_t)a->verb;
	q.cursor = cl->cursor;
	q.restricted = cl->restricted;
	snprintf(q.arg, sizeof(q.arg), "%s", cl->req.arg);
	child_send(cl->c->ch, ROLE_PARENT, MSG_QUERY, &q);
}

/* Control's own part needs no way round by the parent; it is one page. */
static void
ask_self(struct client *cl)
{
	static struct report	 rep;
	struct msg_query	 q;
	int			 error;

	memset(&q, 0, sizeof(q));
	q.role = ROLE_CONTROL;
	q.verb = (uint16_t)cl->asks[cl->at].verb;
	report_init(&rep);
	child_query(cl->c->ch, &q, &rep, &error);
	if (rep.w.off > 0 && error == 0)
		client_rows(cl, rep.mem, rep.w.off);
	if (error == 0)
		cl->answered++;
	cl->at++;
}

/* "ha", "ha and net", "parent, ha and net" */
static void
name_roles(unsigned int bits, char *out, size_t cap)
{
	unsigned int	 r, left = bits;
	size_t		 n = 0;

	out[0] = '\0';
	for (r = 0; r < ROLE_MAX && n < cap; r++) {
		if ((bits & ROLE_BIT(r)) == 0)
			continue;
		left &= ~ROLE_BIT(r);
		n += (size_t)snprintf(out + n, cap - n, "%s%s", n == 0 ? "" :
		    left == 0 ? " and " : ", ", role_name((enum role)r));
	}
}

/* Some did not answer: who, and what the answer so far is worth. */
static void
conclude_silent(struct client *cl)
{
	const bool	 one = (cl->silent & (cl->silent - 1)) == 0;
	const char	*rest = "";
	char		 names[128];

	name_roles(cl->silent, names, sizeof(names));
	if (cl->req.verb == VERB_RELOAD)
		rest = "; it may still be done";
	else if (cl->answered > 0)
		rest = "; the others' answers are above";
	else if (cl->has_rows)
		rest = "; what is above is not all";
	finish(cl, CTL_ERROR, ETIMEDOUT, "%s %s not answer (stopped or busy)"
	    "%s", names, one ? "does" : "do", rest);
}

/* All roles have answered: what does that make together? */
static void
conclude(struct client *cl)
{
	char		 names[128] = "";
	size_t		 off = 0;
	unsigned int	 i;

	if (cl->silent != 0) {
		conclude_silent(cl);
		return;
	}
	if (cl->end.status == CTL_OK && cl->answered > 0 && !cl->has_rows &&
	    (verb_def(cl->req.verb)->arg == VA_ADDRESS ||
	    verb_def(cl->req.verb)->arg == VA_SUBJECT) &&
	    cl->req.arg[0] != '\0') {
		finish(cl, CTL_ERROR, ENOENT, "nothing is known of %s",
		    cl->req.arg);
		return;
	}
	if (cl->end.status == CTL_OK && cl->answered > 0 && !cl->has_rows &&
	    cl->req.verb == VERB_WHY) {
		finish(cl, CTL_OK, 0, "nothing is wrong");
		return;
	}
	if (cl->end.status != CTL_OK || cl->answered > 0) {
		client_end(cl);
		return;
	}
	for (i = 0; i < cl->nasks; i++)
		if ((cl->missing & ROLE_BIT(cl->asks[i].role)) != 0)
			off += (size_t)snprintf(names + off,
			    sizeof(names) - off, "%s%s", off == 0 ? "" : ", ",
			    role_name(cl->asks[i].role));
	cl->end.status = CTL_ERROR;
	if (cl->end.error == 0) {	/* else not_here() kept what was said */
		cl->end.error = ESRCH;
		snprintf(cl->end.text, sizeof(cl->end.text),
		    "not running: %s", names);
	}
	client_end(cl);
}

static bool
is_silent(const struct client *cl, enum role role)
{
	return ((cl->silent & ROLE_BIT(role)) != 0 || (role != ROLE_CONTROL &&
	    (cl->silent & ROLE_BIT(ROLE_PARENT)) != 0));
}

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

static void
next_turn(struct control *c, struct mono now)
{
	struct timeval	 tv = { 0, 0 };

	if (mono_before(now, c->rest))
		tv.tv_usec = (suseconds_t)(mono_diff(c->rest, now) / 1000 + 1);
	event_add(c->turn, &tv);
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
	next_turn(c, now);
}

/* Nobody waits any longer for what was not answered. */
void
query_tick(struct control *c, struct mono now)
{
	size_t	 i;

	for (i = 0; i < ASKS_RESTRICTED; i++)
		if (c->slots[i].id != 0 &&
		    mono_diff(now, c->slots[i].since) > ANSWER_TIMEOUT)
			slot_free(c, &c->slots[i], now);
}

static void
ask_next(struct client *cl)
{
	struct slot	*s;

	new_id(cl);
	client_state(cl, CL_ASKING);
	ask_parent(cl);
	if (cl->restricted && (s = slot_of(cl->c, 0)) != NULL)
		*s = (struct slot){ cl->id, cl->since };
}

/*
 * May another restricted client ask, or go on with another page?  Who has
 * asked goes behind those who have waited.
 */
static bool
must_wait(const struct client *cl)
{
	return (cl->restricted && (slot_of(cl->c, 0) == NULL ||
	    !TAILQ_EMPTY(&cl->c->turns) ||
	    mono_before(child_now().mono, cl->c->rest)));
}

/* Those who waited longest may ask. */
void
query_turn(struct control *c)
{
	struct mono	 now = child_now().mono;
	struct client	*cl;

	if (mono_before(now, c->rest)) {
		next_turn(c, now);
		return;
	}
	while (slot_of(c, 0) != NULL &&
	    (cl = TAILQ_FIRST(&c->turns)) != NULL) {
		client_state(cl, CL_HELD);
		ask_next(cl);
	}
}

/*
 * Ask the next role, or the same one for its next page: at once if the client
 * has read most of what there was, else when it has.
 */
void
query_next(struct client *cl)
{
	if (client_queued(cl) > CLIENT_OUT_LOW) {
		client_state(cl, CL_HELD);
		return;
	}
	/* One that was silent is not asked again; without the parent, none. */
	while (cl->at < cl->nasks) {
		if (is_silent(cl, cl->asks[cl->at].role))
			cl->at++;
		else if (cl->asks[cl->at].role == ROLE_CONTROL)
			ask_self(cl);
		else
			break;
	}
	if (cl->at == cl->nasks) {
		conclude(cl);
		return;
	}
	client_state(cl, CL_HELD);
	if (must_wait(cl)) {
		control_count(cl->c, CC_WAITED);
		client_state(cl, CL_WAITING);
		next_turn(cl->c, cl->since);
	} else
		ask_next(cl);
}

static void
plan(struct client *cl, const struct verb_def *d)
{
	unsigned int	 r;

	if (cl->req.verb == VERB_STATUS) {
		memcpy(cl->asks, status_asks, sizeof(status_asks));
		cl->nasks = NSTATUS;
		return;
	}
	for (r = 0; r < ROLE_MAX; r++)
		if ((d->roles & ROLE_BIT(r)) != 0)
			cl->asks[cl->nasks++] = (struct ask){ (enum role)r,
			    cl->req.verb };
}

static void
set_verbose(struct client *cl, bool on)
{
	struct msg_verbose	 m = { .on = on };

	child_send(cl->c->ch, ROLE_PARENT, MSG_VERBOSE, &m);
	finish(cl, CTL_OK, 0, "logging is %s", on ? "verbose" : "brief");
}

/* A request has arrived in cl->req: check it and begin to answer. */
void
query_start(struct client *cl)
{
	const struct verb_def	*d = verb_def(cl->req.verb);

	control_count(cl->c, CC_REQUESTS);
	if (cl->restricted && (d->flags & VF_READ) == 0) {
		control_count(cl->c, CC_REFUSED);
		finish(cl, CTL_REFUSED, EPERM,
		    "%s: not on a restricted socket", d->words);
	} else if (!verb_arg_ok(cl->req.verb, cl->req.arg)) {
		control_count(cl->c, CC_INVALID);
		finish(cl, CTL_INVALID, EINVAL, "%s: wrong argument",
		    d->words);
	} else if ((d->flags & VF_STREAM) != 0)
		client_state(cl, CL_MONITOR);
	else if (cl->req.verb == VERB_LOG_VERBOSE ||
	    cl->req.verb == VERB_LOG_BRIEF)
		set_verbose(cl, cl->req.verb == VERB_LOG_VERBOSE);
	else {
		plan(cl, d);
		query_next(cl);
	}
}

static struct client *
answering(struct control *c, uint32_t id, uint8_t role)
{
	struct client	*cl = client_by_id(c, id);

	if (role < ROLE_MAX)
		c->silent &= ~ROLE_BIT(role);
	if (id == PROBE)
		return (NULL);
	if (cl == NULL || cl->asks[cl->at].role != role) {
		control_count(c, CC_LATE_ANSWERS);
		return (NULL);
	}
	return (cl);
}

/* Rows from a role, relayed by the parent. */
void
query_report(struct control *c, const struct msg_report *m)
{
	struct client	*cl = answering(c, m->conn, m->role);

	if (cl == NULL)
		return;
	cl->since = child_now().mono;
	cl->has_rows = true;
	if (!client_rows(cl, m->rows.p, m->rows.len)) {
		control_count(c, CC_OVERFLOW);
		client_close(cl);
	}
}

/*
 * Is this only one role of several that has nothing to say to the question?
 * What it said is kept in case none has.
 */
static bool
not_here(struct client *cl, const struct msg_report_end *m)
{
	if (m->status == REPORT_NOT_RUNNING) {
		cl->missing |= ROLE_BIT(m->role);
		return (true);
	}
	if (cl->nasks == 1 ||
	    (m->status != ENOENT && m->status != EOPNOTSUPP))
		return (false);
	if (cl->end.error == 0 || cl->end.error == EOPNOTSUPP) {
		cl->end.error = m->status;
		snprintf(cl->end.text, sizeof(cl->end.text), "%s: %.480s",
		    role_name(m->role), m->text[0] != '\0' ? m->text :
		    strerror(m->status));
	}
	return (true);
}

static void
answered(struct client *cl, const struct msg_report_end *m)
{
	cl->answered++;
	if (cl->end.status != CTL_OK)
		return;
	cl->end.error = 0;
	snprintf(cl->end.text, sizeof(cl->end.text), "%s", m->text);
}

static void
failed(struct client *cl, enum role role, int error, const char *text)
{
	cl->end.status = CTL_ERROR;
	cl->end.error = (uint16_t)error;
	snprintf(cl->end.text, sizeof(cl->end.text), "%s%s%.480s",
	    role == ROLE_PARENT ? "" : role_name(role),
	    role == ROLE_PARENT ? "" : ": ",
	    text[0] != '\0' ? text : strerror(error));
}

/* A role has answered, or given a page of its answer. */
void
query_report_end(struct control *c, const struct msg_report_end *m)
{
	struct client	*cl = answering(c, m->conn, m->role);
	struct slot	*s;
	bool		 more;

	if (m->conn != 0 && (s = slot_of(c, m->conn)) != NULL)
		slot_free(c, s, child_now().mono);
	if (cl == NULL)
		return;
	/* A cursor that does not move would never end. */
	more = m->status == 0 && m->cursor != 0 && m->cursor != cl->cursor;
	if (more)
		cl->cursor = m->cursor;
	else {
		if (m->status == 0)
			answered(cl, m);
		else if (!not_here(cl, m))
			failed(cl, (enum role)m->role, m->status, m->text);
		cl->cursor = 0;
		cl->at++;
	}
	query_next(cl);
}

/* Something has come from the parent: it is there. */
void
query_heard(struct control *c)
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
	q.conn = PROBE;
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
	report_str(&rep, "text", "does not answer (stopped or busy)");
	report_end(&rep);
	client_rows(cl, rep.mem, rep.w.off);
}

/*
 * Has whom we asked been silent for too long?  Then go on with the next; if
 * that was the parent, with what needs it not.
 */
bool
query_late(struct client *cl, struct mono now)
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

/*
 * We were not running ourselves, for so long: that is nobody's fault.
 */
void
query_paused(struct control *c, int64_t ns)
{
	unsigned int	 i;

	c->probed = mono_add(c->probed, ns);
	for (i = 0; i < CLIENTS_MAX; i++)
		if (c->clients[i] != NULL && client_waits(c->clients[i]))
			c->clients[i]->since =
			    mono_add(c->clients[i]->since, ns);
}
