/*
 * The life of a child: it becomes who it is, takes its configuration, tells
 * the parent that it is ready, and has pipes to its peers.  It answers the
 * questions of control, and leaves when what it said at last has been taken.
 * Owns struct child with the pipe to the parent, descriptor 3; the role itself
 * is the struct child_ops that main.c passes.
 */
#include <sys/types.h>
#include <sys/time.h>

#include <errno.h>
#include <event2/event.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "conf/conf.h"
#include "core/busy.h"
#include "core/child.h"
#include "core/clock.h"
#include "core/log.h"
#include "core/sandbox.h"
#include "core/stage.h"
#include "core/verb.h"
#include "kern/compat.h"

#define CHILD_FD	3
#define LEAVE_TIME	SEC(2)	/* less than the parent waits */

/*
 * A line that the pipe has no room for is lost, and counted there: standard
 * error may be a pipe that nobody reads, and must not stop us.
 */
static void
log_to_parent(void *arg, enum log_level level, const char *text)
{
	struct child	*ch = arg;
	struct msg_log	 m;

	memset(&m, 0, sizeof(m));
	m.level = (uint8_t)level;
	snprintf(m.text, sizeof(m.text), "%s", text);
	(void)!ipc_try(ch->parent, MSG_LOG, &m);
}

/* The pipe to the parent or to a peer; NULL if there is no such peer now. */
static struct ipc *
pipe_to(const struct child *ch, enum role to)
{
	if (to == ROLE_PARENT)
		return (ch->parent);
	return (to < ROLE_MAX ? ch->peers[to] : NULL);
}

/* Is there a pipe to it now? */
bool
child_has(const struct child *ch, enum role to)
{
	return (pipe_to(ch, to) != NULL);
}

/*
 * Send to the parent or to a peer.  To a peer that is not there nothing is
 * sent: when it comes, peer() is called and tells it everything.
 */
void
child_send(struct child *ch, enum role to, enum msg_type t, const void *m)
{
	struct ipc	*ipc = pipe_to(ch, to);

	if (ipc != NULL)
		ipc_send(ipc, t, m);
}

/* The same; false if it was dropped, as msg_may_drop() allows for its type. */
bool
child_try(struct child *ch, enum role to, enum msg_type t, const void *m)
{
	struct ipc	*ipc = pipe_to(ch, to);

	return (ipc != NULL && ipc_try(ipc, t, m));
}

/* past_say: to the store. */
static void
to_store(void *arg, enum msg_type t, const void *m)
{
	child_send(arg, ROLE_STORE, t, m);
}

/* Save what the next life of this process is to know: past_save(). */
void
child_save(struct child *ch, const struct msg_state *m)
{
	past_save(&ch->past, m);
}

/* Does more wait for it than is good?  A long walk pauses then. */
bool
child_congested(const struct child *ch, enum role to)
{
	const struct ipc	*ipc = pipe_to(ch, to);

	return (ipc != NULL && ipc_congested(ipc));
}

struct now
child_now(void)
{
	return (clock_now());
}

/* Tell control, and by it mip6ctl monitor, that something happened. */
void
child_event(struct child *ch, const char *name, const struct in6_addr *home,
    const char *fmt, ...)
{
	struct msg_event	 m;
	va_list			 ap;

	memset(&m, 0, sizeof(m));
	snprintf(m.name, sizeof(m.name), "%s", name);
	if (home != NULL)
		m.home = *home;
	va_start(ap, fmt);
	vsnprintf(m.text, sizeof(m.text), fmt, ap);
	va_end(ap);
	child_send(ch, msg_to(MSG_EVENT, ch->ops->role), MSG_EVENT, &m);
}

/* A reason began or ended: a line of the log, and an event if it is none. */
static void
say_why(void *arg, enum why_level level, bool began, const struct why *y,
    const char *line)
{
	struct child	*ch = arg;

	(void)y;
	log_put(level == WHY_WARNING ? LL_WARN : LL_INFO, line);
	if (level != WHY_WARNING)
		child_event(ch, began ? "reason" : "reason-ended", NULL, "%s",
		    line);
}

/* It knows what its former life left: it is told what there is. */
static void
become_ready(struct child *ch)
{
	struct msg_ready	 m;
	unsigned int		 r;

	ch->ready = true;
	memset(&m, 0, sizeof(m));
	snprintf(m.sandbox, sizeof(m.sandbox), "%s", ch->sandbox);
	ipc_send(ch->parent, MSG_READY, &m);
	/* Pipes that came before. */
	FOREACH_ROLE(r)
		if (ch->peers[r] != NULL && ch->ops->peer != NULL)
			ch->ops->peer(ch, (enum role)r, true);
}

static void
start(struct child *ch)
{
	if (ch->conf == NULL)
		fatalx("started without configuration");
	if (ch->ops->start != NULL && ch->ops->start(ch) == -1) {
		ipc_flush(ch->parent);
		exit(1);
	}
	ch->started = true;
	sandbox_enter(ch->ops->role, ch->sandbox, sizeof(ch->sandbox));
	if (!past_awaited(&ch->past))
		become_ready(ch);
	else if (ch->peers[ROLE_STORE] != NULL)
		past_pipe(&ch->past);
}

static bool
is_unsaid(struct ipc *ipc)
{
	return (ipc != NULL && ipc_flush(ipc) == 1);
}

/* End when others have what was said at last, or will not take it. */
static void
leave(int fd, short what, void *arg)
{
	static const struct timeval	 soon = { 0, 1000 };
	struct child			*ch = arg;
	unsigned int			 r;
	bool				 wait;

	(void)fd;
	(void)what;
	wait = is_unsaid(ch->parent);
	FOREACH_ROLE(r)
		wait = is_unsaid(ch->peers[r]) || wait;
	if (!wait || !mono_before(child_now().mono, ch->end) ||
	    event_base_once(ch->base, -1, EV_TIMEOUT, leave, ch, &soon) == -1)
		event_base_loopbreak(ch->base);
}

static void
shut_down(int fd, short what, void *arg)
{
	struct child	*ch = arg;

	if (ch->started && ch->ops->stop != NULL)
		ch->ops->stop(ch);
	ch->started = ch->ready = false;
	ch->end = mono_add(child_now().mono, LEAVE_TIME);
	leave(fd, what, ch);
}

/*
 * An engine that ended before us may have left its last words in our pipe: a
 * de-registration, for net to send.  They are read before we end.
 */
static void
shut_down_soon(struct child *ch)
{
	struct timeval	 tv = { 0, 1000 };

	if (event_base_once(ch->base, -1, EV_TIMEOUT, shut_down, ch, &tv) ==
	    -1)
		shut_down(-1, 0, ch);
}

/*
 * Counters of the role from the cursor on, then those of its pipes.  Returns
 * where to go on, 0 when done.
 */
static uint64_t
rows_counters(struct child *ch, struct report *rep, uint64_t cursor)
{
	struct ipc_stats	 sum = ch->parent->stats;
	const char		*role = role_name(ch->ops->role);
	size_t			 i;

	for (i = cursor; i < ch->counters.n; i++) {
		if (report_full(rep))
			return (i);
		report_counter(rep, role, ch->counters.defs[i].name,
		    ch->counters.defs[i].help, ch->counters.v[i]);
	}
	for (i = 0; i < ROLE_MAX; i++) {
		if (ch->peers[i] == NULL)
			continue;
		sum.sent += ch->peers[i]->stats.sent;
		sum.received += ch->peers[i]->stats.received;
		sum.dropped += ch->peers[i]->stats.dropped;
		sum.congested += ch->peers[i]->stats.congested;
	}
	sum.sent += ch->gone.sent;
	sum.received += ch->gone.received;
	sum.dropped += ch->gone.dropped;
	sum.congested += ch->gone.congested;
	report_counter(rep, role, "ipc_sent", "Internal messages sent",
	    sum.sent);
	report_counter(rep, role, "ipc_received", "Internal messages received",
	    sum.received);
	report_counter(rep, role, "ipc_dropped",
	    "Internal messages dropped as a pipe was full", sum.dropped);
	report_counter(rep, role, "ipc_kept",
	    "Packets kept for a net process that was not there", ch->held.kept);
	report_counter(rep, role, "ipc_kept_dropped",
	    "Packets kept for it, and dropped as it came too late",
	    ch->held.dropped);
	report_counter(rep, role, "ipc_congested",
	    "Times a pipe rose above its high-water mark", sum.congested);
	return (0);
}

/*
 * This child's rows for a query, whoever brought it.  Returns the cursor to go
 * on from, 0 when done; *error is 0 or an errno.
 */
uint64_t
child_query(struct child *ch, const struct msg_query *q, struct report *rep,
    int *error)
{
	uint64_t	 cursor;

	*error = 0;
	if (q->verb == VERB_SHOW_COUNTERS || q->verb == VERB_SHOW_METRICS)
		return (rows_counters(ch, rep, q->cursor));
	if (q->verb == VERB_STATUS && q->cursor == 0)
		whys_health(&ch->whys, rep, role_name(ch->ops->role),
		    child_now());
	/* An engine has more to tell of its nodes than what is wrong. */
	if (q->verb == VERB_WHY && ch->ops->engine == NULL)
		return (whys_rows(&ch->whys, rep, q->arg, q->cursor,
		    child_now()));
	if (ch->started && ch->ops->query != NULL)
		cursor = ch->ops->query(ch, q, rep, error);
	else {
		*error = EOPNOTSUPP;
		cursor = 0;
	}
	/* What is wrong with it, or nothing, is an answer by itself. */
	if (q->verb == VERB_STATUS && *error == EOPNOTSUPP)
		*error = 0;
	return (cursor);
}

/* Answer a question to whom it came from: one page, and the end of it. */
static void
answer(struct child *ch, struct ipc *from, const struct msg_query *q)
{
	static struct report	 rep;
	struct msg_report	 m;
	struct msg_report_end	 end;
	int			 error = REPORT_NOT_RUNNING;

	memset(&end, 0, sizeof(end));
	end.conn = q->conn;
	report_init(&rep);
	if (ch->started)
		end.cursor = child_query(ch, q, &rep, &error);
	if (rep.w.off > 0) {
		memset(&m, 0, sizeof(m));
		m.conn = q->conn;
		m.rows.p = rep.mem;
		m.rows.len = rep.w.off;
		ipc_send(from, MSG_REPORT, &m);
	}
	end.status = (uint16_t)error;
	if (error != 0)
		snprintf(end.text, sizeof(end.text), "%s",
		    error == REPORT_NOT_RUNNING ? "not running" :
		    strerror(error));
	ipc_send(from, MSG_REPORT_END, &end);
}

static void
peer_message(void *arg, struct ipc *ipc, enum msg_type t, const union msg *m,
    int fd)
{
	struct child	*ch = arg;

	if (fd != -1)
		close(fd);
	if (t == MSG_QUERY) {
		answer(ch, ipc, &m->u_QUERY);
		return;
	}
	if (!ch->started)
		return;
	if (past_message(&ch->past, t, m) && ch->ops->message != NULL)
		ch->ops->message(ch, ipc->peer, t, m);
	if (!ch->ready && !past_awaited(&ch->past))
		become_ready(ch);
}

/* Counters do not start again from 0 because a peer does. */
static void
drop_peer(struct child *ch, struct ipc *ipc)
{
	if (ipc == NULL)
		return;
	ch->gone.sent += ipc->stats.sent;
	ch->gone.received += ipc->stats.received;
	ch->gone.dropped += ipc->stats.dropped;
	ch->gone.congested += ipc->stats.congested;
	ipc_close(ipc);
}

/*
 * The parent is told of a peer that sent what is malformed, and asked for
 * another pipe if something was lost here.
 */
static void
peer_dead(void *arg, struct ipc *ipc, const char *reason)
{
	struct child		*ch = arg;
	struct msg_peer_bad	 bad;
	struct msg_peer_lost	 lost;
	enum role		 peer = ipc->peer;
	enum ipc_fault		 fault = ipc->fault;

	if (ch->peers[peer] == ipc)
		ch->peers[peer] = NULL;
	drop_peer(ch, ipc);
	if (fault == IPC_THEIRS) {
		memset(&bad, 0, sizeof(bad));
		bad.peer = (uint8_t)peer;
		snprintf(bad.reason, sizeof(bad.reason), "%s", reason);
		ipc_send(ch->parent, MSG_PEER_BAD, &bad);
	} else if (fault == IPC_OURS) {
		log_error("pipe to %s: %s", role_name(peer), reason);
		lost.peer = (uint8_t)peer;
		ipc_send(ch->parent, MSG_PEER_LOST, &lost);
	}
	if (ch->ready && ch->ops->peer != NULL && ch->peers[peer] == NULL)
		ch->ops->peer(ch, peer, false);
}

static void
got_fd(struct child *ch, const struct msg_fd *m, int fd)
{
	struct ipc	*ipc;

	if (m->kind != FD_PIPE) {
		if (ch->ops->got_fd != NULL)
			ch->ops->got_fd(ch, m, fd);
		else
			close(fd);
		return;
	}
	if (m->peer >= ROLE_MAX || m->peer == ROLE_PARENT) {
		close(fd);
		return;
	}
	ipc = ipc_new(ch->base, fd, ch->ops->role, m->peer, peer_message,
	    peer_dead, ch);
	if (ipc == NULL)
		fatal("pipe to %s", role_name(m->peer));
	drop_peer(ch, ch->peers[m->peer]);
	ch->peers[m->peer] = ipc;
	if (ch->started && m->peer == ROLE_STORE)
		past_pipe(&ch->past);
	if (ch->ready && ch->ops->peer != NULL)
		ch->ops->peer(ch, m->peer, true);
}

/* In the middle of long work: the event loop does not run, so write now. */
static void
say_busy(void *arg)
{
	struct child		*ch = arg;
	struct msg_empty	 none = { 0 };

	ipc_send(ch->parent, MSG_BUSY, &none);
	ipc_flush(ch->parent);
}

static void
from_parent(void *arg, struct ipc *ipc, enum msg_type t, const union msg *m,
    int fd)
{
	struct msg_empty	 none = { 0 };
	struct child		*ch = arg;

	(void)ipc;
	switch (t) {
	case MSG_CONF:
		stage_conf(ch, &m->u_CONF, fd);
		break;
	case MSG_CONF_COMMIT:
		stage_commit(ch, m->u_CONF_COMMIT.gen);
		break;
	case MSG_CONF_ABORT:
		stage_abort(ch, m->u_CONF_ABORT.gen);
		break;
	case MSG_FD:
		got_fd(ch, &m->u_FD, fd);
		break;
	case MSG_START:
		start(ch);
		break;
	case MSG_SHUTDOWN:
		shut_down_soon(ch);
		break;
	case MSG_VERBOSE:
		log_verbose(m->u_VERBOSE.on);
		break;
	case MSG_PING:
		ipc_send(ch->parent, MSG_PONG, &none);
		break;
	default:
		if (ch->started && ch->ops->message != NULL)
			ch->ops->message(ch, ROLE_PARENT, t, m);
		break;
	}
}

/*
 * The parent's death ends all.  When something was lost on the way to it we
 * begin anew, too.
 */
static void
parent_dead(void *arg, struct ipc *ipc, const char *reason)
{
	struct child	*ch = arg;

	if (ipc->fault == IPC_CLOSED)
		_exit(0);
	fprintf(stderr, "%s: pipe to the parent: %s\n",
	    role_name(ch->ops->role), reason);
	_exit(1);
}

/* Standard error may lead nowhere: the parent is to log why we end. */
static void
early_log(void *arg, enum log_level level, const char *text)
{
	struct msg_log	 m;

	memset(&m, 0, sizeof(m));
	m.level = (uint8_t)level;
	snprintf(m.text, sizeof(m.text), "%s", text);
	if (ipc_write_one(CHILD_FD, MSG_LOG, &m) == -1)
		fprintf(stderr, "%s: %s\n", (const char *)arg, text);
}

static void
become(const struct child_ops *ops)
{
	static uint8_t	 mem[4096];
	union msg	 m;
	char		 why[128];

	log_to_stderr(role_name(ops->role));
	if (ipc_read_one(CHILD_FD, ops->role, ROLE_PARENT, MSG_INIT, &m, mem,
	    sizeof(mem)) == -1)
		fatal("no word from a parent on descriptor %d", CHILD_FD);
	if (m.u_INIT.role != ops->role)
		fatalx("told to be another role");
	log_verbose(m.u_INIT.verbose);
	log_to(early_log, (void *)(uintptr_t)role_name(ops->role));
	compat_proctitle(role_name(ops->role));
	if (sandbox_become(m.u_INIT.chroot, m.u_INIT.uid, m.u_INIT.gid, why,
	    sizeof(why)) == -1)
		fatalx("%s", why);
}

/*
 * Run a child: everything after -P role.  Returns the exit status.  Descriptor
 * 3 is the pipe to the parent, whose first frame says who to become.
 */
int
child_main(const struct child_ops *ops)
{
	static struct child	 ch;
	struct hash_key		 key;

	signal(SIGPIPE, SIG_IGN);
	signal(SIGHUP, SIG_IGN);
	signal(SIGINT, SIG_IGN);
	become(ops);
	ch.ops = ops;
	arc4random_buf(&key, sizeof(key));
	if (counters_init(&ch.counters, ops->counters) == -1 ||
	    !whys_init(&ch.whys, &key, say_why, &ch) ||
	    !past_init(&ch.past, ops->role, to_store, &ch) ||
	    (ch.base = event_base_new()) == NULL)
		fatal("start");
	ch.parent = ipc_new(ch.base, CHILD_FD, ops->role, ROLE_PARENT,
	    from_parent, parent_dead, &ch);
	if (ch.parent == NULL)
		fatal("pipe to the parent");
	log_to(log_to_parent, &ch);
	busy_to(say_busy, &ch);
	event_base_dispatch(ch.base);
	return (0);
}
