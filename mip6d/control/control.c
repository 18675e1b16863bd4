/*
 * The control process as core/child.c sees it: listening sockets, the tick
 * that looks at the clients, and events for those who monitor.  Owns the
 * listeners, and through client.c the clients.  Also keeps the last warnings
 * and errors of all processes, and answers questions about them.
 */
#include <sys/types.h>
#include <sys/socket.h>
#include <sys/time.h>

#include <errno.h>
#include <event2/event.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "control/client.h"
#include "control/control.h"

#define ACCEPT_BATCH	32	/* so that a flood of clients lets others in */

static const struct counter_def counter_defs[CC_MAX + 1] = {
	[CC_CONNECTIONS] = { "connections", "Control connections accepted" },
	[CC_REQUESTS] = { "requests", "Control requests" },
	[CC_BUSY] = { "busy", "Control clients turned away: too many" },
	[CC_REFUSED] = { "refused",
	    "Requests refused on a restricted socket" },
	[CC_INVALID] = { "invalid",
	    "Requests with a wrong argument or version" },
	[CC_MALFORMED] = { "malformed",
	    "Control clients closed for what they sent" },
	[CC_DISCONNECTED] = { "disconnected",
	    "Control clients that went before the end" },
	[CC_REQUEST_TIMEOUT] = { "request_timeout",
	    "Control clients closed that sent no request" },
	[CC_STALLED] = { "stalled",
	    "Control clients closed that did not read" },
	[CC_OVERFLOW] = { "overflow",
	    "Control clients closed for lack of room" },
	[CC_ANSWER_TIMEOUT] = { "answer_timeout",
	    "Questions a process did not answer in time" },
	[CC_LATE_ANSWERS] = { "late_answers",
	    "Answers that nobody waited for any more" },
	[CC_EVENTS_LOST] = { "events_lost",
	    "Events not told to a slow monitor" },
	[CC_ACCEPT_PAUSED] = { "accept_paused",
	    "Times no descriptor was left for a client" },
	[CC_WAITED] = { "waited",
	    "Times a restricted client had to wait for others" },
	[CC_QUERIES_REFUSED] = { "queries_refused",
	    "Questions not asked as a process had too many to answer" },
	[CC_UNASKED] = { "unasked",
	    "Answers of a process that nobody had asked for" },
	[CC_EVENTS_DROPPED] = { "events_dropped",
	    "Events of a process that were too many in a second" },
	{ NULL, NULL }
};

static void
listener_close(struct listener *l)
{
	event_free(l->ev);
	close(l->fd);
	l->ev = NULL;
}

static void
pause_accept(struct control *c, bool paused)
{
	struct listener	*l;
	unsigned int	 i;

	c->paused = paused;
	for (i = 0; i < LISTENERS_MAX; i++) {
		if ((l = &c->listeners[i])->ev == NULL)
			continue;
		if (paused)
			event_del(l->ev);
		else
			event_add(l->ev, NULL);
	}
}

static bool
set_flags(int fd)
{
	int	 fl = fcntl(fd, F_GETFL);

	return (fl != -1 && fcntl(fd, F_SETFL, fl | O_NONBLOCK) != -1 &&
	    fcntl(fd, F_SETFD, FD_CLOEXEC) != -1);
}

static void
on_accept(int fd, short what, void *arg)
{
	struct listener	*l = arg;
	int		 i, client;

	(void)what;
	for (i = 0; i < ACCEPT_BATCH; i++) {
		client = accept(fd, NULL, NULL);
		if (client != -1 && set_flags(client))
			client_new(l->c, client, l->restricted);
		else if (client != -1)
			close(client);
		else if (errno == EMFILE || errno == ENFILE ||
		    errno == ENOBUFS || errno == ENOMEM) {
			/* The tick tries again. */
			control_count(l->c, CC_ACCEPT_PAUSED);
			pause_accept(l->c, true);
			return;
		} else if (errno != ECONNABORTED && errno != EINTR)
			return;
	}
}

/* Look at the clients each second, and more often while one waits for us. */
static void
set_tick(struct control *c, bool fast)
{
	struct timeval	 tv = { fast ? 0 : 1, fast ? TICK_MS * 1000 : 0 };

	c->fast = fast;
	if (event_add(c->tick, &tv) == -1)
		fatalx("no timer");
}

/* A client has begun to wait. */
static void
client_has_to_wait(struct control *c)
{
	if (c->fast)
		return;
	c->ticked = child_now().mono;
	set_tick(c, true);
}

static bool
anybody_waits(const struct control *c)
{
	unsigned int	 i;

	for (i = 0; i < CLIENTS_MAX; i++)
		if (c->clients[i] != NULL && client_waits(c->clients[i]))
			return (true);
	return (false);
}

/* End what does not get on. */
void
control_tick(struct control *c, struct mono now)
{
	turn_tick(c, now);
	clients_tick(c, now);
	silence_tick(c, now);
}

static void
on_tick(int fd, short what, void *arg)
{
	struct control	*c = arg;
	struct mono	 now = child_now().mono;
	int64_t		 late = mono_diff(now, c->ticked) - MS(TICK_MS);

	(void)fd;
	(void)what;
	if (c->fast && late > MS(TICK_MS))
		silence_paused(c, late);
	c->ticked = now;
	control_tick(c, now);
	if (c->paused)
		pause_accept(c, false);
	if (c->fast != anybody_waits(c))
		set_tick(c, !c->fast);
}

static void
on_turn(int fd, short what, void *arg)
{
	(void)fd;
	(void)what;
	turn_next(arg, query_ask);
}

/* Say how many events a monitor has missed, once there is room to. */
static void
tell_lost(struct client *cl)
{
	static struct report	 r;

	if (cl->lost == 0 || client_queued(cl) > CLIENT_OUT_EVENTS / 2)
		return;
	report_init(&r);
	report_row(&r, "lost");
	report_u64(&r, "count", cl->lost);
	report_end(&r);
	if (client_rows(cl, r.mem, r.w.off))
		cl->lost = 0;
}

/* There may be room for what it is to be told, or for another page. */
static void
client_has_read(struct client *cl)
{
	if (cl->state == CL_MONITOR)
		tell_lost(cl);
	if (cl->state == CL_HELD && client_queued(cl) <= CLIENT_OUT_LOW)
		query_next(cl);
}

static const struct client_ops	 ops = { query_start, client_has_read,
    client_has_to_wait };

/* Descriptors come before start(): whoever is first makes the state. */
static struct control *
control_of(struct child *ch)
{
	struct control	*c = ch->priv;

	if (c != NULL)
		return (c);
	if ((c = calloc(1, sizeof(*c))) == NULL)
		fatal("state");
	c->ch = ch;
	c->ops = &ops;
	ch->priv = c;
	TAILQ_INIT(&c->turns);
	c->tick = event_new(ch->base, -1, EV_PERSIST, on_tick, c);
	c->turn = event_new(ch->base, -1, 0, on_turn, c);
	if (c->tick == NULL || c->turn == NULL)
		fatalx("no timer");
	set_tick(c, false);
	return (c);
}

/* Clients are let in only now, as the pipes to others have come before. */
static int
control_start(struct child *ch)
{
	struct control	*c = control_of(ch);
	unsigned int	 i;

	for (i = 0; i < LISTENERS_MAX; i++)
		if (c->listeners[i].ev != NULL &&
		    event_add(c->listeners[i].ev, NULL) == -1)
			fatalx("no event");
	return (0);
}

static void
control_got_fd(struct child *ch, const struct msg_fd *m, int fd)
{
	struct control	*c = control_of(ch);
	struct listener	*l;
	unsigned int	 i;

	for (i = 0; i < LISTENERS_MAX && c->listeners[i].ev != NULL; i++)
		continue;
	if (m->kind != FD_LISTEN || i == LISTENERS_MAX || !set_flags(fd)) {
		log_error("descriptor %s can't be used", m->name);
		close(fd);
		return;
	}
	l = &c->listeners[i];
	l->c = c;
	l->fd = fd;
	l->restricted = m->arg != 0;
	l->ev = event_new(ch->base, fd, EV_READ | EV_PERSIST, on_accept, l);
	if (l->ev == NULL || (ch->started && event_add(l->ev, NULL) == -1))
		fatalx("no event");
}

static void
remember(struct control *c, const struct msg_event *m)
{
	struct past_error	*e = &c->errors[c->nerrors++ % ERRORS_KEPT];

	e->at = child_now().mono;
	e->role = m->role;
	e->level = m->level;
	if (strcmp(m->name, EVENT_LOG) == 0)
		snprintf(e->text, sizeof(e->text), "%s", m->text);
	else
		snprintf(e->text, sizeof(e->text), "%s: %.470s", m->name,
		    m->text);
}

static const char *
level_name(uint8_t level)
{
	static const char *const names[] = { [LL_ERROR] = "error",
	    [LL_WARN] = "warning", [LL_INFO] = "info", [LL_DEBUG] = "debug" };

	return (level < sizeof(names) / sizeof(names[0]) ? names[level] : "?");
}

static void
event_row(struct report *r, const struct msg_event *m)
{
	report_init(r);
	report_row(r, "event");
	report_wall(r, "time", child_now().wall / NS_PER_SEC);
	report_str(r, "role", role_name((enum role)m->role));
	report_str(r, "name", m->name);
	if (strcmp(m->name, EVENT_LOG) == 0 || m->level <= LL_WARN)
		report_str(r, "level", level_name(m->level));
	if (!IN6_IS_ADDR_UNSPECIFIED(&m->home))
		report_addr(r, "home", &m->home);
	report_str(r, "text", m->text);
	report_end(r);
}

/* To all that monitor; what a slow one has no room for is counted, not kept. */
static void
tell(struct control *c, const struct msg_event *m)
{
	static struct report	 r;
	struct client		*cl;
	unsigned int		 i;

	if (m->level <= LL_WARN)
		remember(c, m);
	if (c->nmonitors == 0)
		return;
	event_row(&r, m);
	for (i = 0; i < CLIENTS_MAX; i++) {
		cl = c->clients[i];
		if (cl == NULL || cl->state != CL_MONITOR)
			continue;
		tell_lost(cl);
		if (cl->lost == 0 && client_queued(cl) < CLIENT_OUT_EVENTS &&
		    client_rows(cl, r.mem, r.w.off))
			continue;
		cl->lost++;
		control_count(c, CC_EVENTS_LOST);
	}
}

/* A child says what nobody wanted to know. */
static void
unasked(struct control *c, enum role from, const char *what)
{
	control_count(c, CC_UNASKED);
	if (limit_lines(&c->unasked, child_now().mono, 5, NULL))
		log_warn("%s: %s that nobody asked for", role_name(from), what);
}

/* Of a child only what it was asked, and events about itself. */
static void
from_child(struct control *c, enum role from, enum msg_type t,
    const union msg *m)
{
	struct asked		*a = &c->asked[from];
	struct msg_event	 ev;

	if (t == MSG_REPORT) {
		if (asked_rows(a, m->u_REPORT.conn))
			query_report(c, from, &m->u_REPORT);
		else
			unasked(c, from, "rows");
	} else if (t == MSG_REPORT_END) {
		if (asked_end(a, m->u_REPORT_END.conn))
			query_report_end(c, from, &m->u_REPORT_END);
		else
			unasked(c, from, "an answer");
	} else if (t == MSG_EVENT) {
		if (!asked_event(a, child_now().mono)) {
			control_count(c, CC_EVENTS_DROPPED);
			return;
		}
		ev = m->u_EVENT;
		ev.role = (uint8_t)from;
		ev.level = LL_INFO;
		tell(c, &ev);
	}
}

static void
control_message(struct child *ch, enum role from, enum msg_type t,
    const union msg *m)
{
	struct control	*c = control_of(ch);

	if (from != ROLE_PARENT) {
		from_child(c, from, t, m);
		return;
	}
	silence_heard(c);
	if (t == MSG_REPORT)
		query_report(c, from, &m->u_REPORT);
	else if (t == MSG_REPORT_END)
		query_report_end(c, from, &m->u_REPORT_END);
	else if (t == MSG_EVENT)
		tell(c, &m->u_EVENT);
}

/* It is a new process, or none: what it was asked it will not answer. */
static void
control_peer(struct child *ch, enum role peer, bool up)
{
	(void)up;
	query_gone(control_of(ch), peer);
}

static void
rows_errors(struct control *c, struct report *r)
{
	struct past_error	*e;
	struct mono		 now = child_now().mono;
	unsigned int		 i, n;

	n = c->nerrors < ERRORS_KEPT ? c->nerrors : ERRORS_KEPT;
	for (i = c->nerrors - n; i != c->nerrors; i++) {
		e = &c->errors[i % ERRORS_KEPT];
		report_row(r, "error");
		report_ms(r, "age_ms", mono_diff(now, e->at) / NS_PER_MS);
		report_str(r, "role", role_name((enum role)e->role));
		report_str(r, "level", level_name(e->level));
		report_str(r, "text", e->text);
		report_end(r);
	}
}

static uint64_t
control_query(struct child *ch, const struct msg_query *q, struct report *r,
    int *error)
{
	struct control	*c = control_of(ch);
	struct timeval	 left, now;

	if (q->verb == VERB_STATUS)
		rows_errors(c, r);
	else if (q->verb == VERB_SHOW_TIMERS) {
		report_row(r, "timer");
		report_str(r, "role", role_name(ROLE_CONTROL));
		report_str(r, "name", "clients");
		report_u64(r, "count", 1);
		if (event_pending(c->tick, EV_TIMEOUT, &left) != 0 &&
		    event_base_gettimeofday_cached(ch->base, &now) == 0) {
			timersub(&left, &now, &left);
			report_ms(r, "next_ms", left.tv_sec * 1000 +
			    left.tv_usec / 1000);
		}
		report_end(r);
	} else
		*error = EOPNOTSUPP;
	return (0);
}

static void
control_stop(struct child *ch)
{
	struct control	*c = control_of(ch);
	unsigned int	 i;

	for (i = 0; i < LISTENERS_MAX; i++)
		if (c->listeners[i].ev != NULL)
			listener_close(&c->listeners[i]);
	for (i = 0; i < CLIENTS_MAX; i++)
		if (c->clients[i] != NULL)
			client_close(c->clients[i]);
	event_free(c->turn);
	event_free(c->tick);
	free(c);
	ch->priv = NULL;
}

const struct child_ops control_ops = {
	.role = ROLE_CONTROL,
	.counters = counter_defs,
	.start = control_start,
	.got_fd = control_got_fd,
	.message = control_message,
	.peer = control_peer,
	.query = control_query,
	.stop = control_stop,
};
