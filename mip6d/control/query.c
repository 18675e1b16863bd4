/*
 * A request of a client becomes questions to one role after the other, each by
 * the pipe to it.  Their answers come together here, and so does what the
 * client is told at the end.  Called by client.c, and by control.c for what
 * arrives.
 */
#include <errno.h>
#include <limits.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "control/client.h"

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
send_question(struct client *cl)
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
	q.verb = (uint16_t)a->verb;
	q.cursor = cl->cursor;
	q.restricted = cl->restricted;
	snprintf(q.arg, sizeof(q.arg), "%s", cl->req.arg);
	if (a->role != ROLE_PARENT)
		asked_add(&cl->c->asked[a->role], cl->id);
	child_send(cl->c->ch, a->role, MSG_QUERY, &q);
}

/* Control's own part is one page. */
static void
ask_self(struct client *cl)
{
	static struct report	 rep;
	struct msg_query	 q;
	int			 error;

	memset(&q, 0, sizeof(q));
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
	finish(cl, CTL_ERROR, ETIMEDOUT, "%s %s " CTL_SILENT_TEXT "%s", names,
	    one ? "does" : "do", rest);
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

/*
 * Can whom is next be asked?  Not one that was silent, that has no pipe, as it
 * does not run, or that has too much to answer; then the client is told so.
 */
static bool
may_ask(struct client *cl)
{
	const enum role	 role = cl->asks[cl->at].role;

	if ((cl->silent & ROLE_BIT(role)) != 0)
		return (false);
	if (!child_has(cl->c->ch, role)) {
		cl->missing |= ROLE_BIT(role);
		return (false);
	}
	if (role == ROLE_PARENT || asked_room(&cl->c->asked[role]))
		return (true);
	control_count(cl->c, CC_QUERIES_REFUSED);
	failed(cl, role, EBUSY, "too many queries");
	return (false);
}

/* Ask what is next, now. */
void
query_ask(struct client *cl)
{
	if (!may_ask(cl)) {
		query_next(cl);
		return;
	}
	new_id(cl);
	client_state(cl, CL_ASKING);
	send_question(cl);
	turn_asked(cl);
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
	while (cl->at < cl->nasks) {
		if (cl->asks[cl->at].role == ROLE_CONTROL)
			ask_self(cl);
		else if (may_ask(cl))
			break;
		else {
			cl->cursor = 0;
			cl->at++;
		}
	}
	if (cl->at == cl->nasks) {
		conclude(cl);
		return;
	}
	client_state(cl, CL_HELD);
	if (!turn_must_wait(cl))
		query_ask(cl);
}

/* The role whose place on the screen of `status' is next after that one. */
static enum role
next_place(enum role after)
{
	unsigned int	 r, least = UINT_MAX, last = after == ROLE_MAX ? 0 :
			    role_def(after)->place;
	enum role	 found = ROLE_MAX;

	FOREACH_ROLE(r)
		if (role_def(r)->place > last && role_def(r)->place < least) {
			least = role_def(r)->place;
			found = (enum role)r;
		}
	return (found);
}

/* The one screen: what there is of each, and then how each does. */
static void
plan_status(struct client *cl, const struct verb_def *d)
{
	enum role	 r;

	for (r = next_place(ROLE_MAX); r != ROLE_MAX; r = next_place(r))
		if (role_def(r)->overview != VERB_NONE)
			cl->asks[cl->nasks++] = (struct ask){ r,
			    role_def(r)->overview };
	for (r = next_place(ROLE_MAX); r != ROLE_MAX; r = next_place(r))
		if ((d->roles & ROLE_BIT(r)) != 0)
			cl->asks[cl->nasks++] = (struct ask){ r, VERB_STATUS };
}

static void
plan(struct client *cl, const struct verb_def *d)
{
	unsigned int	 r;

	if (cl->req.verb == VERB_STATUS) {
		plan_status(cl, d);
		return;
	}
	FOREACH_ROLE(r)
		if ((d->roles & ROLE_BIT(r)) != 0)
			cl->asks[cl->nasks++] = (struct ask){ (enum role)r,
			    cl->req.verb };
}

static void
set_verbose(struct client *cl, bool on)
{
	struct msg_verbose	 m = { .on = on };

	child_send(cl->c->ch, ROLE_PARENT, MSG_SET_VERBOSE, &m);
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
answering(struct control *c, enum role role, uint32_t id)
{
	struct client	*cl = client_by_id(c, id);

	c->silent &= ~ROLE_BIT(role);
	if (id == ASK_PROBE)
		return (NULL);
	if (cl == NULL || cl->asks[cl->at].role != role) {
		control_count(c, CC_LATE_ANSWERS);
		return (NULL);
	}
	return (cl);
}

/* Rows from a role, that it was asked for. */
void
query_report(struct control *c, enum role role, const struct msg_report *m)
{
	struct client	*cl = answering(c, role, m->conn);

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
not_here(struct client *cl, enum role role, const struct msg_report_end *m)
{
	if (m->status == REPORT_NOT_RUNNING) {
		cl->missing |= ROLE_BIT(role);
		return (true);
	}
	if (cl->nasks == 1 ||
	    (m->status != ENOENT && m->status != EOPNOTSUPP))
		return (false);
	if (cl->answered == 0 &&
	    (cl->end.error == 0 || cl->end.error == EOPNOTSUPP)) {
		cl->end.error = m->status;
		snprintf(cl->end.text, sizeof(cl->end.text), "%s: %.480s",
		    role_name(role), m->text[0] != '\0' ? m->text :
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

/* That was all of a role: the next one's turn. */
static void
role_answered(struct client *cl, enum role role, const struct msg_report_end *m)
{
	if (m->status == 0)
		answered(cl, m);
	else if (!not_here(cl, role, m))
		failed(cl, role, m->status, m->text);
	cl->cursor = 0;
	cl->at++;
}

/* A role has answered, or given a page of its answer. */
void
query_report_end(struct control *c, enum role role,
    const struct msg_report_end *m)
{
	struct client	*cl = answering(c, role, m->conn);
	bool		 more;

	turn_answered(c, m->conn);
	if (cl == NULL)
		return;
	/* A cursor that does not move would never end. */
	more = m->status == 0 && m->cursor != 0 && m->cursor != cl->cursor;
	if (more)
		cl->cursor = m->cursor;
	else
		role_answered(cl, role, m);
	query_next(cl);
}

/* Has it had a page of that role, and waits to ask for the next one? */
static bool
is_between_pages(const struct client *cl, enum role role)
{
	return ((cl->state == CL_HELD || cl->state == CL_WAITING) &&
	    cl->cursor != 0 && cl->asks[cl->at].role == role);
}

/*
 * The pipe to a role is gone, and with it what it had still to answer: another
 * life of it knows nothing of that.
 */
void
query_gone(struct control *c, enum role role)
{
	struct msg_report_end	 m = { .status = ESTALE };
	struct asked		 a = c->asked[role];
	struct client		*cl;
	unsigned int		 i;

	snprintf(m.text, sizeof(m.text), "its answer was cut off; ask again");
	c->asked[role].n = 0;
	for (i = 0; i < a.n; i++) {
		m.conn = a.v[i].id;
		query_report_end(c, role, &m);
	}
	for (i = 0; i < CLIENTS_MAX; i++)
		if ((cl = c->clients[i]) != NULL &&
		    is_between_pages(cl, role)) {
			role_answered(cl, role, &m);
			query_next(cl);
		}
}
