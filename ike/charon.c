/*
 * The connection of the ike process to charon: the parent is asked for one,
 * events are registered for, all SAs are listed, and when it ends it is asked
 * for again after a pause that grows.  Owns the connection, two timers and the
 * table of SAs (ike/sa.c), which events and a list now and then keep up to
 * date.  ike/ike.c starts it and passes on what the parent says; ike/keying.c
 * sends its requests through it.
 */
#include <sys/types.h>
#include <sys/time.h>

#include <event2/event.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "conf/conf.h"
#include "core/log.h"
#include "core/why.h"
#include "ike/charon.h"

#define BACKOFF_FIRST	100		/* ms */
#define BACKOFF_MAX	10000
#define STABLE		SEC(10)		/* up for so long: forgiven */
#define PARENT_TIMEOUT	10000		/* ms, for it to connect */
#define ANSWER_TIMEOUT	15000		/* ms; charon may be busy */
#define REFRESH		30000		/* ms between lists of SAs */
#define LOOK_AGAIN	2000		/* ... while one has two for the same */
#define LIST_SHARE	20		/* lists take no more than 1 / 20 */

const struct counter_def	 ike_counters[] = {
	[IC_CONNECTS] = { "vici_connects", "Connections to charon" },
	[IC_CONNECT_ERRORS] = { "vici_connect_errors",
	    "Attempts to connect to charon that failed" },
	[IC_DISCONNECTS] = { "vici_disconnects",
	    "Connections to charon that ended" },
	[IC_REQUESTS] = { "vici_requests", "Requests to charon" },
	[IC_EVENTS] = { "vici_events", "Events from charon" },
	[IC_LISTS] = { "vici_lists", "Lists of SAs that charon gave in full" },
	[IC_DISCARDS_FULL] = { "discards_full",
	    "IKE_SAs not ended after a move, as too many were to be" },
	[IC_SPARES] = { "spares_ended",
	    "CHILD_SAs ended, as a newer one was there for the same" },
	[IC_MAX] = { NULL, NULL },
};

/* What is registered for; charon 5.9 has no alert. */
static const struct {
	const char	*event;
	bool		 needed, log;
} events[] = {
	{ "list-sa", true, false },
	{ "ike-updown", true, false },
	{ "child-updown", true, false },
	{ "ike-rekey", true, false },
	{ "child-rekey", true, false },
	{ "ike-update", false, false },
	{ "alert", false, false },
	{ "list-conn", false, false },
	{ "log", false, true },
};
#define NEVENTS	(sizeof(events) / sizeof(events[0]))

static void	 connect_now(struct charon *);
static void	 list_sas(struct charon *);

const char *
charon_state_name(enum charon_state s)
{
	static const char *const	 names[] = { "waiting", "connecting",
	    "greeting", "up" };

	return (names[s]);
}

static void
set_state(struct charon *c, enum charon_state s)
{
	c->state = s;
	c->since = child_now().mono;
}

/* A timer in ms from now, and when that is. */
void
charon_timer(struct event *ev, struct mono *at, int64_t ms)
{
	struct timeval	 tv = { (time_t)(ms / 1000),
			    (suseconds_t)(ms % 1000 * 1000) };

	event_add(ev, &tv);
	*at = mono_add(child_now().mono, MS(ms));
}

static void
clear_timer(struct event *ev, struct mono *at)
{
	event_del(ev);
	at->ns = 0;
}

/* Log why the connection ended, unless it is what ended the last one, too. */
static void
note_end(struct charon *c, const char *reason)
{
	bool	 news = c->state == CHARON_UP ||
		    strcmp(c->last_error, reason) != 0;

	snprintf(c->last_error, sizeof(c->last_error), "%s", reason);
	c->last_error_at = child_now().mono;
	if (!news) {
		log_debug("charon: %s", reason);
		return;
	}
	why_set(&c->ch->whys, child_now(), WHY_CHARON_AWAY, "charon",
	    c->ch->conf->ike->vici, reason, NULL);
	log_warn("charon: %s: %s; trying again", c->ch->conf->ike->vici,
	    reason);
	child_event(c->ch, "charon-down", NULL, "%s", reason);
}

/* Close what there is of a connection, for this reason, and try again later. */
static void
wait_for_it(struct charon *c, const char *reason)
{
	bool	 was_up = c->state == CHARON_UP;
	bool	 stable = was_up &&
		    mono_diff(child_now().mono, c->since) > STABLE;

	note_end(c, reason);
	vici_close(c->conn);
	c->conn = NULL;
	c->listing = false;
	clear_timer(c->refresh, &c->refresh_at);
	/* What charon has by now nobody knows. */
	sa_clear(&c->sas);
	c->listed.ns = 0;
	if (stable)
		c->backoff = BACKOFF_FIRST;
	set_state(c, CHARON_WAITING);
	charon_timer(c->timer, &c->timer_at, c->backoff);
	c->backoff = c->backoff * 2 > BACKOFF_MAX ? BACKOFF_MAX :
	    c->backoff * 2;
	if (was_up && c->hooks != NULL)
		c->hooks->down(c->hooks_arg);
}

static void
on_timer(int fd, short what, void *arg)
{
	struct charon	*c = arg;

	(void)fd;
	(void)what;
	c->timer_at.ns = 0;
	if (c->state == CHARON_WAITING)
		connect_now(c);
	else if (c->state == CHARON_CONNECTING) {
		COUNT(&c->ch->counters, IC_CONNECT_ERRORS);
		wait_for_it(c, "the parent does not answer");
	}
}

static void
on_refresh(int fd, short what, void *arg)
{
	struct charon	*c = arg;

	(void)fd;
	(void)what;
	c->refresh_at.ns = 0;
	list_sas(c);
}

static void
connect_now(struct charon *c)
{
	struct msg_connect	 m = { .id = ++c->id,
				    .place = ROLE_PLACE_VICI };

	set_state(c, CHARON_CONNECTING);
	charon_timer(c->timer, &c->timer_at, PARENT_TIMEOUT);
	child_send(c->ch, ROLE_PARENT, MSG_CONNECT, &m);
}

/* What an SA event said, for mip6ctl monitor. */
static void
on_note(void *arg, const char *event, const char *text)
{
	struct charon	*c = arg;

	child_event(c->ch, event, NULL, "%s", text);
	log_debug("charon: %s: %s", event, text);
}

/* Keys and values of a message on one line. */
static void
put_pairs(const struct vici_cursor *msg, char *out, size_t cap)
{
	struct vici_cursor	 c = *msg;
	struct vici_item	 it;
	char			 key[64], value[128];
	size_t			 off = 0;

	out[0] = '\0';
	while (off < cap && vici_next(&c, &it)) {
		if (it.kind != VICI_KEY_VALUE)
			continue;
		vici_text(key, sizeof(key), it.name, it.namelen);
		vici_text(value, sizeof(value), it.p, it.len);
		off += (size_t)snprintf(out + off, cap - off, "%s%s %s",
		    off == 0 ? "" : ", ", key, value);
	}
}

static void
on_event(void *arg, const char *name, const struct vici_cursor *msg)
{
	struct charon	*c = arg;
	char		 text[CHARON_TEXT_MAX];

	COUNT(&c->ch->counters, IC_EVENTS);
	/*
	 * Before the first row it may have been stopped, or busy with others;
	 * of an earlier list, for one node, the rows count.
	 */
	if (c->listing && c->list_began.ns == 0 &&
	    strcmp(name, "list-sa") == 0)
		c->list_began = child_now().mono;
	if (sa_event(&c->sas, name, msg, on_note, c) ||
	    (c->hooks != NULL && c->hooks->event(c->hooks_arg, name, msg)) ||
	    strcmp(name, "log") == 0 || strcmp(name, "list-conn") == 0)
		return;
	put_pairs(msg, text, sizeof(text));
	on_note(c, strcmp(name, "alert") == 0 ? "ike-alert" : "ike-event",
	    text);
}

static void
on_dead(void *arg, const char *reason)
{
	struct charon	*c = arg;

	COUNT(&c->ch->counters, IC_DISCONNECTS);
	wait_for_it(c, reason);
}

static const struct vici_handlers	 handlers = { on_event, on_dead };

/* End a connection that is no use, as on_dead(). */
static void
give_up(struct charon *c, const char *reason)
{
	COUNT(&c->ch->counters, IC_DISCONNECTS);
	wait_for_it(c, reason);
}

static void
on_registered(void *arg, enum vici_result r, const struct vici_cursor *msg)
{
	struct charon	*c = arg;

	(void)msg;
	if (r == VICI_UNKNOWN)
		give_up(c, "has no events about SAs");
}

static void
on_registered_optional(void *arg, enum vici_result r,
    const struct vici_cursor *msg)
{
	(void)arg;
	(void)msg;
	if (r == VICI_UNKNOWN)
		log_debug("charon lacks an event that it was asked for");
}

static void
on_version(void *arg, enum vici_result r, const struct vici_cursor *msg)
{
	struct charon	*c = arg;
	char		 daemon[32], version[24];

	if (r == VICI_GONE)
		return;
	if (r == VICI_UNKNOWN) {
		give_up(c, "does not tell its version");
		return;
	}
	vici_get_str(msg, "daemon", daemon, sizeof(daemon));
	vici_get_str(msg, "version", version, sizeof(version));
	snprintf(c->version, sizeof(c->version), "%s %s", daemon, version);
}

static void
note_up(struct charon *c)
{
	set_state(c, CHARON_UP);
	why_clear(&c->ch->whys, child_now(), WHY_CHARON_AWAY, "charon");
	c->ups++;
	log_info("charon: %s is up with %zu IKE_SA%s", c->version, c->sas.n,
	    c->sas.n == 1 ? "" : "s");
	child_event(c->ch, "charon-up", NULL, "%s, %zu IKE_SA%s", c->version,
	    c->sas.n, c->sas.n == 1 ? "" : "s");
}

static void
on_listed(void *arg, enum vici_result r, const struct vici_cursor *msg)
{
	struct charon	*c = arg;
	struct mono	 now = child_now().mono;
	int64_t		 ms, least;

	(void)msg;
	if (r == VICI_GONE)
		return;
	if (r == VICI_UNKNOWN) {
		give_up(c, "does not list its SAs");
		return;
	}
	c->listing = false;
	sa_list_end(&c->sas);
	c->listed = now;
	c->list_took = c->list_began.ns == 0 ? 0 :
	    mono_diff(now, c->list_began);
	COUNT(&c->ch->counters, IC_LISTS);
	ms = c->list_took * LIST_SHARE / NS_PER_MS;
	least = c->sas.twice > 0 ? LOOK_AGAIN : REFRESH;
	charon_timer(c->refresh, &c->refresh_at, ms > least ? ms : least);
	if (c->state != CHARON_GREETING)
		return;
	note_up(c);
	if (c->hooks != NULL)
		c->hooks->up(c->hooks_arg);
}

/* Ask for all SAs; what the list does not have is gone by its end. */
static void
list_sas(struct charon *c)
{
	if (c->conn == NULL || c->listing)
		return;
	clear_timer(c->refresh, &c->refresh_at);
	c->list_began.ns = 0;
	sa_list_begin(&c->sas);
	c->listing = vici_command(c->conn, "list-sas", "list-sa",
	    ANSWER_TIMEOUT, on_listed, c);
	if (c->listing)
		COUNT(&c->ch->counters, IC_REQUESTS);
	else
		charon_timer(c->refresh, &c->refresh_at, REFRESH);
}

/* Events first, so that nothing happens unseen between list and events. */
static void
greet(struct charon *c)
{
	size_t	 i;

	for (i = 0; i < NEVENTS; i++) {
		if (events[i].log && !c->logs)
			continue;
		vici_register(c->conn, events[i].event, ANSWER_TIMEOUT,
		    events[i].needed ? on_registered : on_registered_optional,
		    c);
		COUNT(&c->ch->counters, IC_REQUESTS);
	}
	vici_command(c->conn, "version", NULL, ANSWER_TIMEOUT, on_version, c);
	COUNT(&c->ch->counters, IC_REQUESTS);
	list_sas(c);
}

/* The parent could not connect. */
void
charon_result(struct charon *c, const struct msg_result *m)
{
	if (c->state != CHARON_CONNECTING || m->id != c->id)
		return;
	COUNT(&c->ch->counters, IC_CONNECT_ERRORS);
	clear_timer(c->timer, &c->timer_at);
	wait_for_it(c, strerror((int)m->error));
}

/* The parent has connected; an answer that comes too late is closed. */
void
charon_fd(struct charon *c, const struct msg_fd *m, int fd)
{
	if (c->state != CHARON_CONNECTING || m->arg != c->id) {
		close(fd);
		return;
	}
	clear_timer(c->timer, &c->timer_at);
	c->conn = vici_open(c->ch->base, fd, &handlers, c);
	if (c->conn == NULL) {
		wait_for_it(c, "out of memory");
		return;
	}
	COUNT(&c->ch->counters, IC_CONNECTS);
	set_state(c, CHARON_GREETING);
	greet(c);
}

/* Connect again, to what the configuration names by now. */
void
charon_restart(struct charon *c, const char *reason)
{
	c->backoff = BACKOFF_FIRST;
	wait_for_it(c, reason);
}

/* Somebody looks at the figures: have newer ones the next time. */
void
charon_look(struct charon *c)
{
	int64_t	 least = c->list_took * LIST_SHARE;

	if (least < SEC(1))
		least = SEC(1);
	if (c->state == CHARON_UP &&
	    mono_diff(child_now().mono, c->listed) > least)
		list_sas(c);
}

/*
 * Have charon do what was built, as vici_request().  False if it is not up, or
 * vici_request() would not take it: then reply is not called.
 */
bool
charon_request(struct charon *c, struct vici_builder *b, const char *stream,
    vici_reply_fn *reply, void *arg)
{
	if (c->state != CHARON_UP || c->conn == NULL ||
	    !vici_request(c->conn, b, stream, ANSWER_TIMEOUT, reply, arg))
		return (false);
	COUNT(&c->ch->counters, IC_REQUESTS);
	return (true);
}

/* Begin; the parent is asked for the first connection.  0, or -1: no memory. */
int
charon_start(struct charon *c, struct child *ch)
{
	memset(c, 0, sizeof(*c));
	c->ch = ch;
	c->backoff = BACKOFF_FIRST;
	sa_init(&c->sas);
	c->timer = event_new(ch->base, -1, 0, on_timer, c);
	c->refresh = event_new(ch->base, -1, 0, on_refresh, c);
	if (c->timer == NULL || c->refresh == NULL)
		return (-1);
	connect_now(c);
	return (0);
}

/* Say and hear no more; nothing of charon's is undone. */
void
charon_stop(struct charon *c)
{
	vici_close(c->conn);
	c->conn = NULL;
	sa_clear(&c->sas);
	clear_timer(c->timer, &c->timer_at);
	clear_timer(c->refresh, &c->refresh_at);
	set_state(c, CHARON_WAITING);
}
