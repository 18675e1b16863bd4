/*
 * The control process, run within the test.  The parent and the children are
 * played at one end, and its sockets have friendly and hostile clients at the
 * other.
 */
#include <sys/types.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/un.h>

#include <atf-c.h>
#include <errno.h>
#include <event2/event.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "control/client.h"
#include "control/control.h"
#include "core/clock.h"

#define OPEN		"sock"
#define RESTRICTED	"rsock"
#define PAGE_ROWS	15		/* of a row of 1,000 octets */

static struct child	 ch;
static struct ipc	*far[ROLE_MAX];	/* the other ends */
static struct control	*ctl;

/* What those that we play do, and what they have seen. */
static struct {
	unsigned int		 silent;	/* role bits: don't answer */
	bool			 stopped;	/* the parent itself */
	unsigned int		 probes;
	unsigned int		 missing;	/* role bits: do not run */
	unsigned int		 ignorant;	/* ... it is no question to */
	int			 error;		/* of those that run */
	bool			 no_rows;
	uint64_t		 pages;		/* to give to a query */
	unsigned int		 queries, reloads, verbose, logs;
	struct msg_query	 last;
	enum role		 last_role;
	unsigned int		 asked;		/* role bits */
} world;

static void
play_query(enum role role, const struct msg_query *q)
{
	static struct report	 rep;
	struct msg_report	 r;
	struct msg_report_end	 e;
	char			 filler[1000];
	int			 i;

	memset(filler, 'x', sizeof(filler) - 1);
	filler[sizeof(filler) - 1] = '\0';
	memset(&r, 0, sizeof(r));
	memset(&e, 0, sizeof(e));
	r.conn = e.conn = q->conn;
	if ((world.missing & ROLE_BIT(role)) != 0)
		e.status = REPORT_NOT_RUNNING;
	else if ((world.ignorant & ROLE_BIT(role)) != 0)
		e.status = EOPNOTSUPP;
	else if (world.error != 0) {
		e.status = (uint16_t)world.error;
		snprintf(e.text, sizeof(e.text), "it failed");
	} else {
		report_init(&rep);
		for (i = 0; !world.no_rows &&
		    i < (world.pages > 0 ? PAGE_ROWS : 1); i++) {
			report_row(&rep, "row");
			report_u64(&rep, "n", q->cursor * PAGE_ROWS +
			    (uint64_t)i);
			if (world.pages > 0)
				report_str(&rep, "filler", filler);
			report_str(&rep, "role", role_name(role));
			report_end(&rep);
		}
		r.rows.p = rep.mem;
		r.rows.len = rep.w.off;
		if (rep.w.off > 0)
			ipc_send(far[role], MSG_REPORT, &r);
		if (q->cursor + 1 < world.pages)
			e.cursor = q->cursor + 1;
	}
	ipc_send(far[role], MSG_REPORT_END, &e);
}

/* The last question of all. */
static void
play_last(void)
{
	play_query(world.last_role, &world.last);
}

static void
play(void *arg, struct ipc *ipc, enum msg_type t, const union msg *m, int fd)
{
	const enum role		 role = ipc->self;
	struct msg_report_end	 e;

	(void)arg;
	(void)fd;
	if (world.stopped && role == ROLE_PARENT)
		return;
	if (t == MSG_QUERY && m->u_QUERY.conn == 0) {
		world.probes++;
		memset(&e, 0, sizeof(e));
		e.status = EOPNOTSUPP;
		ATF_CHECK_EQ(ROLE_PARENT, role);
		ipc_send(ipc, MSG_REPORT_END, &e);
	} else if (t == MSG_QUERY) {
		world.queries++;
		world.last = m->u_QUERY;
		world.last_role = role;
		world.asked |= ROLE_BIT(role);
		if ((world.silent & ROLE_BIT(role)) == 0)
			play_query(role, &m->u_QUERY);
	} else if (t == MSG_RELOAD) {
		world.reloads++;
		memset(&e, 0, sizeof(e));
		e.conn = m->u_RELOAD.conn;
		e.status = (uint16_t)world.error;
		snprintf(e.text, sizeof(e.text), "%s", world.error == 0 ?
		    "configuration reloaded" : "mip6d.conf:1:1: wrong");
		ipc_send(ipc, MSG_REPORT_END, &e);
	} else if (t == MSG_SET_VERBOSE)
		world.verbose += m->u_SET_VERBOSE.on ? 1 : 100;
	else if (t == MSG_LOG)
		world.logs++;
}

static void
to_control(void *arg, struct ipc *ipc, enum msg_type t, const union msg *m,
    int fd)
{
	(void)arg;
	(void)fd;
	control_ops.message(&ch, ipc->peer, t, m);
}

static void
dead(void *arg, struct ipc *ipc, const char *reason)
{
	(void)arg;
	(void)ipc;
	atf_tc_fail("pipe: %s", reason);
}

/* As core/child.c does it. */
static void
peer_gone(void *arg, struct ipc *ipc, const char *reason)
{
	const enum role	 peer = ipc->peer;

	(void)arg;
	ATF_CHECK_STREQ("closed", reason);
	ch.peers[peer] = NULL;
	ipc_close(ipc);
	control_ops.peer(&ch, peer, false);
}

/* A child begins: control has a pipe to it. */
static void
comes(enum role r)
{
	int	 sv[2];

	ATF_REQUIRE_EQ(0, socketpair(AF_UNIX, SOCK_STREAM, 0, sv));
	ch.peers[r] = ipc_new(ch.base, sv[0], ROLE_CONTROL, r, to_control,
	    peer_gone, NULL);
	far[r] = ipc_new(ch.base, sv[1], r, ROLE_CONTROL, play, dead, NULL);
	ATF_REQUIRE(ch.peers[r] != NULL && far[r] != NULL);
}

/* It dies. */
static void
goes(enum role r)
{
	ipc_close(far[r]);
	far[r] = NULL;
}

static void
listen_on(const char *path, bool restricted)
{
	struct sockaddr_un	 sun = { .sun_family = AF_UNIX };
	struct msg_fd		 m = { .kind = FD_LISTEN, .arg = restricted };
	int			 fd = socket(AF_UNIX, SOCK_STREAM, 0);

	unlink(path);
	snprintf(sun.sun_path, sizeof(sun.sun_path), "%s", path);
	ATF_REQUIRE_EQ(0, bind(fd, (struct sockaddr *)&sun, sizeof(sun)));
	ATF_REQUIRE_EQ(0, listen(fd, 4096));
	control_ops.got_fd(&ch, &m, fd);
}

static void
setup(void)
{
	unsigned int	 r;
	int		 sv[2];

	signal(SIGPIPE, SIG_IGN);
	ch.ops = &control_ops;
	ATF_REQUIRE_EQ(0, counters_init(&ch.counters, control_ops.counters));
	ATF_REQUIRE((ch.base = event_base_new()) != NULL);
	ATF_REQUIRE_EQ(0, socketpair(AF_UNIX, SOCK_STREAM, 0, sv));
	ch.parent = ipc_new(ch.base, sv[0], ROLE_CONTROL, ROLE_PARENT,
	    to_control, dead, NULL);
	far[ROLE_PARENT] = ipc_new(ch.base, sv[1], ROLE_PARENT, ROLE_CONTROL,
	    play, dead, NULL);
	FOREACH_CHILD(r)
		if (r != ROLE_CONTROL)
			comes((enum role)r);
	listen_on(OPEN, false);
	listen_on(RESTRICTED, true);
	ATF_REQUIRE_EQ(0, control_ops.start(&ch));
	ch.started = true;
	ctl = ch.priv;
}

static void
teardown(void)
{
	unsigned int	 r;

	control_ops.stop(&ch);
	ipc_close(ch.parent);
	FOREACH_ROLE(r) {
		ipc_close(ch.peers[r]);
		ipc_close(far[r]);
	}
	event_base_free(ch.base);
	counters_free(&ch.counters);
}

/* Let everything happen that can happen now. */
static void
run(void)
{
	int	 i;

	for (i = 0; i < 20; i++)
		event_base_loop(ch.base, EVLOOP_NONBLOCK);
}

static uint64_t
count(enum control_counter i)
{
	return (ch.counters.v[i]);
}

/* Bytes that the process holds for its clients. */
static size_t
held(void)
{
	size_t	 sum = 0;
	int	 i;

	for (i = 0; i < CLIENTS_MAX; i++)
		if (ctl->clients[i] != NULL)
			sum += client_queued(ctl->clients[i]);
	return (sum);
}

static void
later(int64_t ns)
{
	control_tick(ctl, mono_add(mono_now(), ns));
	run();
}

static int
dial(const char *path)
{
	struct sockaddr_un	 sun = { .sun_family = AF_UNIX };
	int			 fd = socket(AF_UNIX, SOCK_STREAM, 0);

	ATF_REQUIRE_MSG(fd != -1, "%s", strerror(errno));
	snprintf(sun.sun_path, sizeof(sun.sun_path), "%s", path);
	ATF_REQUIRE_EQ_MSG(0, connect(fd, (struct sockaddr *)&sun,
	    sizeof(sun)), "%s", strerror(errno));
	fcntl(fd, F_SETFL, O_NONBLOCK);
	return (fd);
}

static void
request(int fd, enum verb v, const char *arg)
{
	struct ctl_request	 q = { .verb = v };
	uint8_t			 b[CTL_REQUEST_MAX];
	size_t			 n;

	snprintf(q.arg, sizeof(q.arg), "%s", arg);
	n = ctl_pack_request(b, sizeof(b), &q);
	ATF_REQUIRE_EQ((ssize_t)n, write(fd, b, n));
}

/* What a client has been told. */
struct told {
	uint8_t		 buf[2 * CTL_FRAME_MAX];
	size_t		 len;
	unsigned int	 rows;
	uint64_t	 next_n, lost, events;
	char		 tables[256];	/* first letters, in order */
	bool		 ended, closed;
	struct ctl_end	 end;
};

static struct told	 told;

static void
take_rows(struct told *t, const struct ctl_frame *f)
{
	struct report_field	 field;
	struct rbuf		 all, row;
	char			 table[64];

	rbuf_init(&all, f->body, f->len);
	while (report_next_row(&all, &row, table, sizeof(table))) {
		if (t->rows < sizeof(t->tables) - 1)
			t->tables[t->rows] = table[0];
		t->rows++;
		t->events += strcmp(table, "event") == 0;
		while (report_next_field(&row, &field)) {
			if (strcmp(field.name, "n") == 0 &&
			    field.v.u64 == t->next_n)
				t->next_n++;
			if (strcmp(table, "lost") == 0)
				t->lost += field.v.u64;
		}
		ATF_CHECK(rbuf_done(&row));
	}
	ATF_CHECK(rbuf_done(&all));
}

/* Read at most max octets; returns how many. */
static size_t
hear(int fd, struct told *t, size_t max)
{
	struct ctl_frame	 f;
	ssize_t			 n;

	ATF_REQUIRE(!t->ended);
	if (max > sizeof(t->buf) - t->len)
		max = sizeof(t->buf) - t->len;
	n = read(fd, t->buf + t->len, max);
	if (n == 0 || (n == -1 && errno == ECONNRESET))
		t->closed = true;
	if (n <= 0)
		return (0);
	t->len += (size_t)n;
	while (!t->ended && ctl_parse(t->buf, t->len, CTL_FRAME_MAX, &f) ==
	    CTL_FRAME) {
		if (f.type == CTL_ROWS)
			take_rows(t, &f);
		else {
			ATF_REQUIRE(ctl_unpack_end(&f, &t->end));
			t->ended = true;
		}
		memmove(t->buf, t->buf + f.size, t->len - f.size);
		t->len -= f.size;
	}
	return ((size_t)n);
}

/* Ask, and read until the end, which is in told.end. */
static void
ask(const char *path, enum verb v, const char *arg)
{
	int	 fd = dial(path), i;

	memset(&told, 0, sizeof(told));
	request(fd, v, arg);
	for (i = 0; i < 100000 && !told.ended && !told.closed; i++) {
		run();
		hear(fd, &told, sizeof(told.buf));
	}
	ATF_REQUIRE_MSG(told.ended, "no end of verb %d", v);
	close(fd);
	run();
	ATF_CHECK_EQ(0, ctl->nclients);
}

ATF_TC_WITHOUT_HEAD(answers);
ATF_TC_BODY(answers, tc)
{
	setup();
	ask(OPEN, VERB_SHOW_GLOBALS, "");
	ATF_CHECK_EQ(CTL_OK, told.end.status);
	ATF_CHECK_EQ(1, told.rows);
	ATF_CHECK_EQ(ROLE_BIT(ROLE_PARENT), world.asked);
	/* Every role is asked, control itself without a pipe. */
	world.asked = 0;
	ask(OPEN, VERB_SHOW_COUNTERS, "");
	ATF_CHECK_EQ(CTL_OK, told.end.status);
	ATF_CHECK_EQ(ROLES_ALL & ~ROLE_BIT(ROLE_CONTROL), world.asked);
	ATF_CHECK(told.rows > CC_MAX);
	/* The argument arrives. */
	ask(OPEN, VERB_WHY, "2001:db8::1");
	ATF_CHECK_STREQ("2001:db8::1", world.last.arg);
	ATF_CHECK_EQ(VERB_WHY, world.last.verb);
	/* One page after the other, none lost, none twice. */
	world.pages = 50;
	ask(OPEN, VERB_SHOW_TUNNELS, "");
	ATF_CHECK_EQ(50 * PAGE_ROWS, told.rows);
	ATF_CHECK_EQ(50 * PAGE_ROWS, told.next_n);
	teardown();
}

ATF_TC_WITHOUT_HEAD(orders);
ATF_TC_BODY(orders, tc)
{
	setup();
	ask(OPEN, VERB_RELOAD, "");
	ATF_CHECK_EQ(CTL_OK, told.end.status);
	ATF_CHECK_STREQ("configuration reloaded", told.end.text);
	world.error = EINVAL;
	ask(OPEN, VERB_RELOAD, "");
	ATF_CHECK_EQ(CTL_ERROR, told.end.status);
	ATF_CHECK_EQ(EINVAL, told.end.error);
	ATF_CHECK_STREQ("mip6d.conf:1:1: wrong", told.end.text);
	ask(OPEN, VERB_LOG_VERBOSE, "");
	ATF_CHECK_EQ(CTL_OK, told.end.status);
	ask(OPEN, VERB_LOG_BRIEF, "");
	ATF_CHECK_EQ(101, world.verbose);
	ATF_CHECK_EQ(2, world.reloads);
	teardown();
}

/* Several roles are asked: one that has it is enough. */
ATF_TC_WITHOUT_HEAD(some_roles_missing);
ATF_TC_BODY(some_roles_missing, tc)
{
	setup();
	world.missing = ROLE_BIT(ROLE_HA);
	ask(OPEN, VERB_SHOW_BINDINGS, "");
	ATF_CHECK_EQ(CTL_OK, told.end.status);
	ATF_CHECK_EQ(1, told.rows);
	/* Nor does the last one matter that knows nothing of the question. */
	world.missing = 0;
	world.ignorant = ROLE_BIT(ROLE_CN);
	ask(OPEN, VERB_SHOW_BINDINGS, "");
	ATF_CHECK_EQ(CTL_OK, told.end.status);
	ATF_CHECK_EQ(0, told.end.error);
	ATF_CHECK_STREQ("", told.end.text);
	ATF_CHECK_EQ(1, told.rows);
	world.ignorant = 0;
	world.missing = ROLE_BIT(ROLE_HA) | ROLE_BIT(ROLE_CN);
	ask(OPEN, VERB_SHOW_BINDINGS, "");
	ATF_CHECK_EQ(CTL_ERROR, told.end.status);
	ATF_CHECK_STREQ("not running: ha, cn", told.end.text);
	world.missing = ROLE_BIT(ROLE_HA);
	world.error = ENOENT;
	ask(OPEN, VERB_CLEAR_BINDING, "2001:db8::1");
	ATF_CHECK_EQ(CTL_ERROR, told.end.status);
	ATF_CHECK_EQ(ENOENT, told.end.error);
	ATF_CHECK_STREQ("cn: it failed", told.end.text);
	/* Nothing to show is an answer, but not to a question about one. */
	world.error = 0;
	world.no_rows = true;
	ask(OPEN, VERB_WHY, "2001:db8::1");
	ATF_CHECK_EQ(ENOENT, told.end.error);
	ATF_CHECK_STREQ("nothing is known of 2001:db8::1", told.end.text);
	ask(OPEN, VERB_WHY, "");
	ATF_CHECK_EQ(CTL_OK, told.end.status);
	ATF_CHECK_STREQ("nothing is wrong", told.end.text);
	ask(OPEN, VERB_SHOW_BINDINGS, "");
	ATF_CHECK_EQ(CTL_OK, told.end.status);
	world.error = EIO;
	ask(OPEN, VERB_SHOW_TUNNELS, "");
	ATF_CHECK_STREQ("net: it failed", told.end.text);
	/* The screen is there with nothing but the parent. */
	world.missing = ROLES_ALL & ~ROLE_BIT(ROLE_PARENT);
	world.error = 0;
	ask(OPEN, VERB_STATUS, "");
	ATF_CHECK_EQ(CTL_OK, told.end.status);
	teardown();
}

ATF_TC_WITHOUT_HEAD(restricted);
ATF_TC_BODY(restricted, tc)
{
	const struct verb_def	*d;
	int			 v, queries;

	setup();
	for (v = VERB_NONE + 1; v < VERB_MAX; v++) {
		d = verb_def((enum verb)v);
		if (d == NULL || (d->flags & (VF_LOCAL | VF_STREAM)) != 0)
			continue;
		queries = (int)world.queries;
		ask(RESTRICTED, (enum verb)v,
		    d->arg == VA_ADDRESS ? "::1" : "");
		if ((d->flags & VF_READ) != 0) {
			ATF_CHECK_EQ_MSG(CTL_OK, told.end.status, "%s",
			    d->words);
			continue;
		}
		ATF_CHECK_EQ_MSG(CTL_REFUSED, told.end.status, "%s", d->words);
		ATF_CHECK_EQ(queries, (int)world.queries);
	}
	ATF_CHECK_EQ(0, world.reloads);
	ATF_CHECK_EQ(0, world.verbose);
	ATF_CHECK_EQ(9, count(CC_REFUSED));
	/* Nobody hears of an argument that is wrong. */
	queries = (int)world.queries;
	ask(OPEN, VERB_WHY, "2001:DB8::1");
	ATF_CHECK_EQ(CTL_INVALID, told.end.status);
	ask(OPEN, VERB_STATUS, "x");
	ATF_CHECK_EQ(CTL_INVALID, told.end.status);
	ATF_CHECK_EQ(queries, (int)world.queries);
	teardown();
}

static bool
is_closed(int fd)
{
	char	 c;
	ssize_t	 n = read(fd, &c, 1);

	return (n == 0 || (n == -1 && errno == ECONNRESET));
}

ATF_TC_WITHOUT_HEAD(garbage);
ATF_TC_BODY(garbage, tc)
{
	uint8_t		 b[600];
	unsigned int	 seed = 1, logs;
	size_t		 j, n;
	int		 fd, i;

	setup();
	log_to_stderr("t_control");
	for (i = 0; i < 2000; i++) {
		fd = dial(i % 2 == 0 ? OPEN : RESTRICTED);
		n = CTL_HEADER + (size_t)rand_r(&seed) %
		    (sizeof(b) - CTL_HEADER);
		for (j = 0; j < n; j++)
			b[j] = (uint8_t)rand_r(&seed);
		if (i % 3 == 0) {	/* a likely header */
			memset(b, 0, CTL_HEADER);
			b[3] = (uint8_t)n;
			b[4] = CTL_VERSION;
			b[5] = CTL_REQUEST;
		}
		ATF_REQUIRE_EQ((ssize_t)n, write(fd, b, n));
		if (i % 4 == 0)
			shutdown(fd, SHUT_WR);
		run();
		close(fd);
		run();
		ATF_REQUIRE_EQ(0, ctl->nclients);
	}
	ATF_CHECK(count(CC_MALFORMED) > 1900);
	ATF_CHECK_EQ(0, world.queries);
	/* A request and more: closed, although the request was good. */
	world.silent = ~0U;
	fd = dial(OPEN);
	request(fd, VERB_SHOW_GLOBALS, "");
	run();
	logs = (unsigned int)count(CC_MALFORMED);
	ATF_REQUIRE_EQ(1, write(fd, "x", 1));
	run();
	ATF_CHECK(is_closed(fd));
	ATF_CHECK_EQ(logs + 1, count(CC_MALFORMED));
	close(fd);
	teardown();
}

ATF_TC_WITHOUT_HEAD(half_frames);
ATF_TC_BODY(half_frames, tc)
{
	struct ctl_request	 q = { .verb = VERB_SHOW_GLOBALS };
	uint8_t			 b[CTL_REQUEST_MAX];
	size_t			 n, i;
	int			 fd, slow, idle;

	setup();
	n = ctl_pack_request(b, sizeof(b), &q);
	/* Cut anywhere and closed. */
	for (i = 1; i < n; i++) {
		fd = dial(OPEN);
		ATF_REQUIRE_EQ((ssize_t)i, write(fd, b, i));
		run();
		ATF_CHECK_EQ(1, ctl->nclients);
		close(fd);
		run();
		ATF_CHECK_EQ(0, ctl->nclients);
	}
	ATF_CHECK_EQ(n - 1, count(CC_MALFORMED));
	/* One octet at a time is no crime. */
	fd = dial(OPEN);
	memset(&told, 0, sizeof(told));
	for (i = 0; i < n; i++) {
		ATF_REQUIRE_EQ(1, write(fd, b + i, 1));
		run();
	}
	hear(fd, &told, sizeof(told.buf));
	ATF_CHECK(told.ended);
	close(fd);
	/* But it has to arrive within ten seconds. */
	idle = dial(OPEN);
	slow = dial(RESTRICTED);
	ATF_REQUIRE_EQ(3, write(slow, b, 3));
	run();
	later(SEC(9));
	ATF_CHECK_EQ(2, ctl->nclients);
	later(SEC(11));
	ATF_CHECK_EQ(0, ctl->nclients);
	ATF_CHECK(is_closed(idle) && is_closed(slow));
	ATF_CHECK_EQ(2, count(CC_REQUEST_TIMEOUT));
	close(idle);
	close(slow);
	teardown();
}

ATF_TC_WITHOUT_HEAD(ten_thousand);
ATF_TC_BODY(ten_thousand, tc)
{
	struct rlimit	 rl;
	int		 fds[CLIENTS_RESTRICTED], fd, i;

	ATF_REQUIRE_EQ(0, getrlimit(RLIMIT_NOFILE, &rl));
	rl.rlim_cur = rl.rlim_max;
	setrlimit(RLIMIT_NOFILE, &rl);
	setup();
	for (i = 0; i < 10000; i++) {
		fd = dial(RESTRICTED);
		if (i < CLIENTS_RESTRICTED)
			fds[i] = fd;
		event_base_loop(ch.base, EVLOOP_NONBLOCK);
		ATF_REQUIRE(ctl->nclients <= CLIENTS_RESTRICTED);
		if (i < CLIENTS_RESTRICTED)
			continue;
		run();
		memset(&told, 0, sizeof(told));
		hear(fd, &told, sizeof(told.buf));
		ATF_REQUIRE(told.ended);
		ATF_CHECK_EQ(CTL_BUSY, told.end.status);
		close(fd);
	}
	ATF_CHECK_EQ(10000 - CLIENTS_RESTRICTED, count(CC_BUSY));
	ATF_CHECK_EQ(0, held());
	/* The operator still gets in by the other socket. */
	fd = dial(OPEN);
	memset(&told, 0, sizeof(told));
	request(fd, VERB_SHOW_GLOBALS, "");
	run();
	hear(fd, &told, sizeof(told.buf));
	ATF_CHECK(told.ended && told.end.status == CTL_OK);
	close(fd);
	/* And those who sat there are put out. */
	later(SEC(11));
	ATF_CHECK_EQ(0, ctl->nclients);
	ATF_CHECK_EQ(0, ctl->nrestricted);
	for (i = 0; i < CLIENTS_RESTRICTED; i++)
		close(fds[i]);
	teardown();
}

ATF_TC_WITHOUT_HEAD(no_descriptors);
ATF_TC_BODY(no_descriptors, tc)
{
	struct rlimit	 rl, old;
	int		 a, b, i;

	setup();
	a = dial(OPEN);
	b = dup(a);
	close(b);
	ATF_REQUIRE_EQ(0, getrlimit(RLIMIT_NOFILE, &old));
	rl = old;
	rl.rlim_cur = (rlim_t)b;
	ATF_REQUIRE_EQ(0, setrlimit(RLIMIT_NOFILE, &rl));
	run();
	ATF_CHECK_EQ(0, ctl->nclients);
	ATF_CHECK_EQ(1, count(CC_ACCEPT_PAUSED));
	ATF_CHECK(ctl->paused);
	ATF_REQUIRE_EQ(0, setrlimit(RLIMIT_NOFILE, &old));
	for (i = 0; i < 60000 && ctl->nclients == 0; i++) {
		usleep(1000);
		run();
	}
	ATF_CHECK_EQ(1, ctl->nclients);
	ATF_CHECK(!ctl->paused);
	close(a);
	teardown();
}

/* Clients that ask for much and read nothing. */
ATF_TC_WITHOUT_HEAD(never_reading);
ATF_TC_BODY(never_reading, tc)
{
	int	 fds[CLIENTS_MAX], i, size = 4096;
	size_t	 before;

	setup();
	world.pages = 1000000;
	for (i = 0; i < CLIENTS_MAX; i++) {
		fds[i] = dial(OPEN);
		setsockopt(fds[i], SOL_SOCKET, SO_RCVBUF, &size, sizeof(size));
		request(fds[i], VERB_SHOW_TUNNELS, "");
		run();
		ATF_REQUIRE_EQ(i + 1, (int)ctl->nclients);
	}
	for (i = 0; i < 200; i++)
		run();
	before = world.queries;
	ATF_CHECK_MSG(held() <= (size_t)CLIENTS_MAX * (CLIENT_OUT_LOW +
	    REPORT_MAX + 2 * CTL_HEADER), "%zu octets", held());
	for (i = 0; i < 200; i++)
		run();
	ATF_CHECK_EQ(before, world.queries);
	later(SEC(10));
	ATF_CHECK_EQ(CLIENTS_MAX, ctl->nclients);
	later(SEC(31));
	ATF_CHECK_EQ(0, ctl->nclients);
	ATF_CHECK_EQ(CLIENTS_MAX, count(CC_STALLED));
	ATF_CHECK_EQ(0, held());
	for (i = 0; i < CLIENTS_MAX; i++)
		close(fds[i]);
	teardown();
}

/* What the end says, after the tables whose first letters are told. */
static void
check_end(int fd, int error, const char *tables, const char *text)
{
	hear(fd, &told, sizeof(told.buf));
	ATF_REQUIRE(told.ended);
	ATF_CHECK_STREQ(tables, told.tables);
	ATF_CHECK_EQ(error == 0 ? CTL_OK : CTL_ERROR, told.end.status);
	ATF_CHECK_EQ(error, told.end.error);
	ATF_CHECK_STREQ(text, told.end.text);
	close(fd);
	run();
	ATF_CHECK_EQ(0, ctl->nclients);
}

static int
begin(const char *path, enum verb v)
{
	int	 fd = dial(path);

	memset(&told, 0, sizeof(told));
	world.queries = world.probes = 0;
	request(fd, v, "");
	run();
	return (fd);
}

/* A role gives rows once for a question, whatever else it says. */
ATF_TC_WITHOUT_HEAD(flooding_role);
ATF_TC_BODY(flooding_role, tc)
{
	static uint8_t		 rows[60000];
	struct msg_report	 r;
	struct msg_report_end	 e;
	struct msg_event	 ev;
	uint32_t		 mine;
	int			 fd, i;

	setup();
	log_to_stderr("t_control");
	world.silent = ROLE_BIT(ROLE_NET);
	fd = begin(OPEN, VERB_SHOW_TUNNELS);
	mine = world.last.conn;
	memset(&r, 0, sizeof(r));
	memset(&e, 0, sizeof(e));
	memset(&ev, 0, sizeof(ev));
	r.rows.p = rows;
	r.rows.len = sizeof(rows);
	for (i = 0; i < 1000; i++) {
		/* Of nobody, of another's question, of its own once. */
		r.conn = e.conn = mine + 1 + (uint32_t)i;
		ipc_send(far[ROLE_NET], MSG_REPORT, &r);
		ipc_send(far[ROLE_NET], MSG_REPORT_END, &e);
		r.conn = e.conn = mine;
		ipc_send(far[ROLE_HA], MSG_REPORT, &r);
		ipc_send(far[ROLE_HA], MSG_REPORT_END, &e);
		ipc_send(far[ROLE_NET], MSG_REPORT, &r);
		run();
		ATF_REQUIRE(held() <= sizeof(rows) + CTL_HEADER);
	}
	ATF_CHECK_EQ(1, ctl->nclients);
	ATF_CHECK_EQ(5 * 1000 - 1, count(CC_UNASKED));
	/* Others are answered meanwhile. */
	for (i = 0; i < 10; i++)
		ipc_send(far[ROLE_NET], MSG_REPORT, &r);
	close(begin(OPEN, VERB_SHOW_BINDINGS));
	ATF_CHECK_EQ(2, world.queries);
	/* So it is with events. */
	for (i = 0; i < 10000; i++)
		ipc_send(far[ROLE_NET], MSG_EVENT, &ev);
	for (i = 0; i < 100; i++)
		run();
	ATF_CHECK(count(CC_EVENTS_DROPPED) > 0);
	close(fd);
	teardown();
}

/* The parent gives more than was asked for: the client goes, not memory. */
ATF_TC_WITHOUT_HEAD(too_many_rows);
ATF_TC_BODY(too_many_rows, tc)
{
	static uint8_t		 rows[60000];
	struct msg_report	 r;
	int			 fd, i;

	setup();
	world.silent = ROLE_BIT(ROLE_PARENT);
	fd = begin(OPEN, VERB_SHOW_GLOBALS);
	memset(&r, 0, sizeof(r));
	r.conn = world.last.conn;
	r.rows.p = rows;
	r.rows.len = sizeof(rows);
	for (i = 0; i < 100; i++) {
		ipc_send(far[ROLE_PARENT], MSG_REPORT, &r);
		run();
		ATF_REQUIRE(held() <= CLIENT_OUT_MAX);
	}
	ATF_CHECK_EQ(0, ctl->nclients);
	ATF_CHECK_EQ(1, count(CC_OVERFLOW));
	close(fd);
	teardown();
}

/* A child has so many questions at a time; the next is refused, not kept. */
ATF_TC_WITHOUT_HEAD(many_questions);
ATF_TC_BODY(many_questions, tc)
{
	int	 fds[QUERIES_MAX], fd, i;

	setup();
	world.silent = ROLE_BIT(ROLE_HA);
	for (i = 0; i < QUERIES_MAX; i++)
		fds[i] = begin(OPEN, VERB_SHOW_BINDINGS_SUMMARY);
	fd = begin(OPEN, VERB_SHOW_BINDINGS_SUMMARY);
	ATF_CHECK_EQ(1, world.queries);		/* cn */
	hear(fd, &told, sizeof(told.buf));
	ATF_CHECK(told.ended && told.end.error == EBUSY);
	close(fd);
	ATF_CHECK_EQ(1, count(CC_QUERIES_REFUSED));
	/* Who goes has not asked for less. */
	for (i = 0; i < QUERIES_MAX; i++)
		close(fds[i]);
	run();
	ATF_CHECK_EQ(QUERIES_MAX, ctl->asked[ROLE_HA].n);
	fd = begin(OPEN, VERB_SHOW_BINDINGS_SUMMARY);
	check_end(fd, EBUSY, "r", "ha: too many queries");
	/* Another process owes nothing. */
	goes(ROLE_HA);
	run();
	ATF_CHECK_EQ(0, ctl->asked[ROLE_HA].n);
	comes(ROLE_HA);
	world.silent = 0;
	fd = begin(OPEN, VERB_SHOW_BINDINGS_SUMMARY);
	check_end(fd, 0, "rr", "");
	teardown();
}

#define CUT_OFF	"its answer was cut off; ask again"

/* A child dies before its answer ends, and another one comes. */
ATF_TC_WITHOUT_HEAD(dies);
ATF_TC_BODY(dies, tc)
{
	int	 fd;

	setup();
	/* Before the first page. */
	world.silent = ROLE_BIT(ROLE_NET);
	fd = begin(OPEN, VERB_SHOW_TUNNELS);
	goes(ROLE_NET);
	run();
	check_end(fd, ESTALE, "", "net: " CUT_OFF);
	fd = begin(OPEN, VERB_SHOW_TUNNELS);
	ATF_CHECK_EQ(0, world.queries);
	check_end(fd, ESRCH, "", "not running: net");
	comes(ROLE_NET);
	control_ops.peer(&ch, ROLE_NET, true);
	world.silent = 0;
	ask(OPEN, VERB_SHOW_TUNNELS, "");
	ATF_CHECK_EQ(CTL_OK, told.end.status);
	/* Behind it: the others answer, but that is not all. */
	world.pages = 3;
	world.silent = ROLE_BIT(ROLE_HA);
	fd = begin(OPEN, VERB_SHOW_BINDINGS);
	play_last();
	run();
	ATF_CHECK_EQ(1, world.last.cursor);
	ATF_CHECK_EQ(ROLE_HA, world.last_role);
	goes(ROLE_HA);
	hear(fd, &told, sizeof(told.buf));
	run();
	ATF_CHECK_EQ(ROLE_CN, world.last_role);
	while (!told.ended) {
		run();
		hear(fd, &told, sizeof(told.buf));
	}
	ATF_CHECK_EQ(CTL_ERROR, told.end.status);
	ATF_CHECK_EQ(ESTALE, told.end.error);
	ATF_CHECK_STREQ("ha: " CUT_OFF, told.end.text);
	ATF_CHECK_EQ(4 * PAGE_ROWS, told.rows);
	close(fd);
	run();
	ATF_CHECK_EQ(0, ctl->nclients);
	/* A new pipe, though the process is the same: it is asked no more. */
	world.pages = 0;
	world.silent = ROLE_BIT(ROLE_IKE);
	fd = begin(OPEN, VERB_SHOW_IKE);
	ipc_close(ch.peers[ROLE_IKE]);
	ipc_close(far[ROLE_IKE]);
	comes(ROLE_IKE);
	control_ops.peer(&ch, ROLE_IKE, true);
	run();
	check_end(fd, ESTALE, "", "ike: " CUT_OFF);
	teardown();
}

/*
 * Between two pages another process takes the place of the one that has given
 * the first: it does not go on with the answer of that.
 */
static void
check_later_life(int fd)
{
	unsigned int	 before = world.queries;

	goes(ROLE_NET);
	run();
	comes(ROLE_NET);
	control_ops.peer(&ch, ROLE_NET, true);
	while (!told.ended) {
		run();
		hear(fd, &told, sizeof(told.buf));
	}
	ATF_CHECK_EQ(before, world.queries);
	ATF_CHECK_EQ(CTL_ERROR, told.end.status);
	ATF_CHECK_EQ(ESTALE, told.end.error);
	ATF_CHECK_STREQ("net: " CUT_OFF, told.end.text);
	ATF_CHECK(told.rows > 0 && told.rows == told.next_n);
	close(fd);
	run();
	ATF_CHECK_EQ(0, ctl->nclients);
	ATF_CHECK(TAILQ_EMPTY(&ctl->turns));
}

ATF_TC_WITHOUT_HEAD(later_life);
ATF_TC_BODY(later_life, tc)
{
	struct client	*cl;
	int		 fd;

	setup();
	world.pages = 1000;
	/* It has to read before the next page is asked for. */
	fd = begin(OPEN, VERB_SHOW_TUNNELS);
	while ((cl = ctl->clients[0]) != NULL && cl->state != CL_HELD)
		run();
	check_later_life(fd);
	/* It has to wait for others. */
	world.silent = ROLE_BIT(ROLE_NET);
	fd = begin(RESTRICTED, VERB_SHOW_TUNNELS);
	ATF_REQUIRE((cl = ctl->clients[0]) != NULL);
	ctl->slots[0].since = mono_add(mono_now(), -SEC(1));
	play_last();
	while (cl->state != CL_WAITING)
		ATF_REQUIRE_EQ(0, event_base_loop(ch.base, EVLOOP_ONCE));
	ctl->rest = mono_add(mono_now(), SEC(3600));
	check_later_life(fd);
	teardown();
}

/* Answers find only who asked, though the place be taken again. */
ATF_TC_WITHOUT_HEAD(gone_before_the_answer);
ATF_TC_BODY(gone_before_the_answer, tc)
{
	struct msg_query	 first;
	int			 fd, i;

	setup();
	for (i = 0; i < 300; i++) {
		world.silent = ~0U;
		fd = dial(OPEN);
		request(fd, VERB_SHOW_TUNNELS, "");
		run();
		first = world.last;
		close(fd);
		run();
		ATF_CHECK_EQ(0, ctl->nclients);
		fd = dial(OPEN);
		request(fd, VERB_SHOW_TUNNELS, "");
		run();
		ATF_CHECK(first.conn != world.last.conn);
		ATF_CHECK_EQ(1, ctl->nclients);
		play_query(ROLE_NET, &first);
		run();
		memset(&told, 0, sizeof(told));
		ATF_CHECK_EQ(0, hear(fd, &told, 1));
		/* The right question, but another role answers. */
		play_query(ROLE_HA, &world.last);
		run();
		ATF_CHECK_EQ(0, hear(fd, &told, 1));
		play_last();
		run();
		hear(fd, &told, sizeof(told.buf));
		ATF_CHECK(told.ended && told.rows == 1);
		close(fd);
		run();
	}
	ATF_CHECK_EQ(2 * 300, count(CC_LATE_ANSWERS));
	ATF_CHECK_EQ(2 * 300, count(CC_UNASKED));
	teardown();
}

static void
event_of_its_own(void)
{
	struct msg_event	 m;

	memset(&m, 0, sizeof(m));
	m.role = ROLE_HA;
	m.level = LL_ERROR;
	snprintf(m.name, sizeof(m.name), "%s", EVENT_LOG);
	control_ops.message(&ch, ROLE_PARENT, MSG_EVENT,
	    (const union msg *)&m);
	ctl->silent = ROLE_BIT(ROLE_PARENT);
	ctl->probing = true;
}

/* A role is silent, then both. */
ATF_TC_WITHOUT_HEAD(silent_role);
ATF_TC_BODY(silent_role, tc)
{
	int	 fd;

	setup();
	world.silent = ROLE_BIT(ROLE_HA);
	fd = begin(OPEN, VERB_SHOW_BINDINGS);
	later(MS(400));
	later(MS(1400));
	ATF_CHECK_EQ(0, world.probes);		/* of the parent */
	ATF_CHECK_EQ(1, world.queries);
	later(MS(1800));
	ATF_CHECK_EQ(2, world.queries);		/* the other role's turn */
	check_end(fd, ETIMEDOUT, "sr", "ha does not answer (stopped or busy)"
	    "; the others' answers are above");
	/* It was silent a moment ago: it is not waited for as long. */
	fd = begin(OPEN, VERB_SHOW_BINDINGS);
	later(MS(400));
	later(MS(400));
	ATF_CHECK_EQ(2, world.queries);
	check_end(fd, ETIMEDOUT, "sr", "ha does not answer (stopped or busy)"
	    "; the others' answers are above");
	/* It has spoken. */
	world.silent = 0;
	fd = begin(OPEN, VERB_SHOW_BINDINGS);
	check_end(fd, 0, "rr", "");
	world.silent = ROLE_BIT(ROLE_HA) | ROLE_BIT(ROLE_CN);
	fd = begin(OPEN, VERB_SHOW_BINDINGS);
	later(MS(400));
	later(MS(1600));
	later(MS(1600));
	later(MS(3200));
	check_end(fd, ETIMEDOUT, "ss", "ha and cn do not answer (stopped or "
	    "busy)");
	ATF_CHECK_EQ(4, count(CC_ANSWER_TIMEOUT));
	teardown();
}

/* The parent alone is silent, and children are asked without it. */
ATF_TC_WITHOUT_HEAD(silent_parent);
ATF_TC_BODY(silent_parent, tc)
{
	int	 fd, i;

	setup();
	world.stopped = true;
	fd = begin(OPEN, VERB_SHOW_BINDINGS);
	check_end(fd, 0, "rr", "");
	fd = begin(OPEN, VERB_SHOW_GLOBALS);
	later(MS(400));
	later(MS(1400));
	ATF_CHECK_EQ(1, ctl->nclients);
	later(MS(1700));
	check_end(fd, ETIMEDOUT, "s", "parent does not answer (stopped or "
	    "busy)");
	/* All that needs no parent is answered: overviews, then health. */
	event_of_its_own();
	fd = begin(OPEN, VERB_STATUS);
	later(MS(400));
	check_end(fd, ETIMEDOUT, "srrrrrrrrrre",
	    "parent does not answer (stopped or busy); the others' answers "
	    "are above");
	/* It may have much to read in a reload, but not for ever. */
	fd = begin(OPEN, VERB_RELOAD);
	later(MS(400));
	later(SEC(9));
	ATF_CHECK_EQ(1, ctl->nclients);
	later(SEC(11));
	check_end(fd, ETIMEDOUT, "s", "parent does not answer (stopped or "
	    "busy); it may still be done");
	/* It goes on: what it was asked meanwhile meets nobody. */
	world.stopped = false;
	for (i = 0; i < 3; i++)
		run();
	fd = begin(OPEN, VERB_SHOW_GLOBALS);
	check_end(fd, 0, "r", "");
	teardown();
}

/* Long work of a parent that is there goes on, and the client hears so. */
ATF_TC_WITHOUT_HEAD(long_work);
ATF_TC_BODY(long_work, tc)
{
	int	 fd, i;
	size_t	 n = 0;

	setup();
	world.silent = ROLE_BIT(ROLE_PARENT);
	fd = begin(OPEN, VERB_SHOW_SAD);
	for (i = 1; i < 9; i++) {
		later(SEC(i));
		run();
		n += hear(fd, &told, sizeof(told.buf)) > 0;
	}
	ATF_CHECK_EQ_MSG(8, n, "told %zu times in eight seconds", n);
	ATF_CHECK(!told.ended);
	ATF_CHECK_EQ(0, told.rows);
	play_last();
	run();
	check_end(fd, 0, "r", "");
	teardown();
}

/* The machine, or this process, was paused: that is nobody's fault. */
ATF_TC_WITHOUT_HEAD(paused);
ATF_TC_BODY(paused, tc)
{
	int	 fd;

	setup();
	world.silent = ROLE_BIT(ROLE_HA);
	fd = begin(OPEN, VERB_SHOW_BINDINGS_SUMMARY);
	silence_paused(ctl, SEC(60));
	later(SEC(60));
	later(SEC(61));
	ATF_CHECK_EQ(1, world.queries);
	later(SEC(62));
	ATF_CHECK_EQ(2, world.queries);
	check_end(fd, ETIMEDOUT, "sr", "ha does not answer (stopped or busy)"
	    "; the others' answers are above");
	teardown();
}

static size_t
slots(void)
{
	size_t	 i, n = 0;

	for (i = 0; i < ASKS_RESTRICTED; i++)
		n += ctl->slots[i].id != 0;
	return (n);
}

/*
 * Restricted clients ask a few at a time, each in its turn and page by page;
 * who is not restricted does not wait for them.
 */
ATF_TC_WITHOUT_HEAD(turns);
ATF_TC_BODY(turns, tc)
{
	static struct told	 all[20];
	unsigned int		 ended = 0, right = 0;
	int			 fds[20], i;

	setup();
	world.silent = ROLE_BIT(ROLE_NET);
	for (i = 0; i < 20; i++)
		fds[i] = begin(RESTRICTED, VERB_SHOW_TUNNELS);
	ATF_CHECK_EQ(20, ctl->nclients);
	ATF_CHECK_EQ(ASKS_RESTRICTED, slots());
	i = begin(OPEN, VERB_SHOW_TUNNELS);
	ATF_CHECK_EQ_MSG(1, world.queries, "the operator waits");
	close(i);
	/* One goes while it waits, one while it asks: that is still asked. */
	close(fds[19]);
	close(fds[0]);
	run();
	ATF_CHECK_EQ(18, ctl->nclients);
	ATF_CHECK_EQ(ASKS_RESTRICTED, slots());
	/* The role speaks again, but not to those that have asked. */
	world.silent = 0;
	world.pages = 3;
	later(MS(400));
	later(MS(1700));
	while (ended < 18) {
		run();
		for (i = 1; i < 19; i++)
			if (!all[i].ended && hear(fds[i], &all[i],
			    sizeof(all[i].buf)) > 0)
				ended += all[i].ended;
		ATF_CHECK(slots() <= ASKS_RESTRICTED);
	}
	for (i = 1; i < 19; i++) {
		right += all[i].end.status == CTL_OK &&
		    all[i].rows == 3 * PAGE_ROWS;
		close(fds[i]);
	}
	ATF_CHECK_EQ(18 - ASKS_RESTRICTED + 1, right);
	run();
	ATF_CHECK_EQ(0, ctl->nclients);
	ATF_CHECK_EQ(0, slots());
	ATF_CHECK(TAILQ_EMPTY(&ctl->turns));
	teardown();
}

/* Who asks and goes away has not asked for less. */
ATF_TC_WITHOUT_HEAD(ask_and_go);
ATF_TC_BODY(ask_and_go, tc)
{
	struct mono	 begun = mono_now();
	int		 fd, i;

	setup();
	world.silent = ROLE_BIT(ROLE_NET);
	for (i = 0; i < 1000; i++) {
		fd = dial(RESTRICTED);
		request(fd, VERB_SHOW_TUNNELS, "");
		run();
		close(fd);
		run();
	}
	ATF_CHECK_EQ(0, ctl->nclients);
	ATF_CHECK_MSG(world.queries <= ASKS_RESTRICTED *
	    (2 + mono_diff(mono_now(), begun) / SEC(1)),
	    "%u questions", world.queries);
	teardown();
}

/* After an answer that took long, others have their turn. */
ATF_TC_WITHOUT_HEAD(rests);
ATF_TC_BODY(rests, tc)
{
	struct mono	 begin_at, asked_at;
	int		 a, b;

	setup();
	world.silent = ROLE_BIT(ROLE_NET);
	a = begin(RESTRICTED, VERB_SHOW_TUNNELS);
	asked_at = mono_now();
	/* The answer takes 60 ms. */
	do
		usleep(1000);
	while (mono_diff(mono_now(), asked_at) < MS(60));
	play_last();
	run();
	begin_at = ctl->answered;
	world.silent = 0;
	b = begin(RESTRICTED, VERB_SHOW_TUNNELS);
	while (world.queries == 0)
		run();
	ATF_CHECK(mono_diff(mono_now(), begin_at) >= MS(60));
	close(a);
	close(b);
	run();
	teardown();
}

static void
event(const char *name, uint8_t level, const char *text)
{
	struct msg_event	 m;

	memset(&m, 0, sizeof(m));
	m.role = ROLE_HA;
	m.level = level;
	m.home.s6_addr[15] = 1;
	snprintf(m.name, sizeof(m.name), "%s", name);
	snprintf(m.text, sizeof(m.text), "%s", text);
	ipc_send(far[ROLE_PARENT], MSG_EVENT, &m);
}

/* A fast monitor hears all, a slow one how many it has missed. */
ATF_TC_WITHOUT_HEAD(monitors);
ATF_TC_BODY(monitors, tc)
{
	static struct told	 slow_told;
	char			 text[400];
	uint64_t		 i, sent = 20000;
	int			 fast, slow, size = 4096;

	setup();
	memset(text, 'e', sizeof(text) - 1);
	text[sizeof(text) - 1] = '\0';
	fast = dial(RESTRICTED);
	slow = dial(OPEN);
	setsockopt(slow, SOL_SOCKET, SO_RCVBUF, &size, sizeof(size));
	request(fast, VERB_MONITOR, "");
	request(slow, VERB_MONITOR, "");
	run();
	ATF_CHECK_EQ(2, ctl->nmonitors);
	memset(&told, 0, sizeof(told));
	for (i = 0; i < sent; i++) {
		event("registered", LL_INFO, text);
		event_base_loop(ch.base, EVLOOP_NONBLOCK);
		event_base_loop(ch.base, EVLOOP_NONBLOCK);
		hear(fast, &told, sizeof(told.buf));
		ATF_REQUIRE(held() <= 2 * (CLIENT_OUT_EVENTS +
		    REPORT_ROW_MAX));
	}
	run();
	hear(fast, &told, sizeof(told.buf));
	ATF_CHECK_EQ(sent, told.events);
	ATF_CHECK_EQ(0, told.lost);
	/* It wakes up: what was kept, then how many were not. */
	while (slow_told.lost == 0 && hear(slow, &slow_told,
	    sizeof(slow_told.buf)) > 0)
		run();
	ATF_CHECK(slow_told.events > 0 && slow_told.lost > sent / 2);
	ATF_CHECK_EQ(sent, slow_told.events + slow_told.lost);
	ATF_CHECK_EQ(count(CC_EVENTS_LOST), slow_told.lost);
	event("registered", LL_INFO, "again");
	run();
	hear(slow, &slow_told, sizeof(slow_told.buf));
	ATF_CHECK_EQ(sent + 1, slow_told.events + slow_told.lost);
	/* Silence is no reason to close a monitor. */
	hear(fast, &told, sizeof(told.buf));
	later(SEC(3600));
	ATF_CHECK_EQ(2, ctl->nclients);
	close(fast);
	close(slow);
	run();
	ATF_CHECK_EQ(0, ctl->nmonitors);
	ATF_CHECK_EQ(0, ctl->nclients);
	teardown();
}

ATF_TC_WITHOUT_HEAD(last_errors);
ATF_TC_BODY(last_errors, tc)
{
	char	 text[32];
	int	 i;

	setup();
	world.missing = ROLES_ALL & ~ROLE_BIT(ROLE_PARENT);
	ask(OPEN, VERB_STATUS, "");
	ATF_CHECK_STREQ("rr", told.tables);
	event(EVENT_LOG, LL_INFO, "all is well");
	event("registered", LL_INFO, "not a complaint");
	event(EVENT_LOG, LL_WARN, "a warning");
	event("process-died", LL_ERROR, "signal 9");
	run();
	ask(OPEN, VERB_STATUS, "");
	ATF_CHECK_STREQ("rree", told.tables);
	for (i = 0; i < 100; i++) {
		snprintf(text, sizeof(text), "error %d", i);
		event(EVENT_LOG, LL_ERROR, text);
	}
	run();
	ask(OPEN, VERB_STATUS, "");
	ATF_CHECK_EQ(2 + ERRORS_KEPT, told.rows);
	teardown();
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, answers);
	ATF_TP_ADD_TC(tp, orders);
	ATF_TP_ADD_TC(tp, some_roles_missing);
	ATF_TP_ADD_TC(tp, restricted);
	ATF_TP_ADD_TC(tp, garbage);
	ATF_TP_ADD_TC(tp, half_frames);
	ATF_TP_ADD_TC(tp, ten_thousand);
	ATF_TP_ADD_TC(tp, no_descriptors);
	ATF_TP_ADD_TC(tp, never_reading);
	ATF_TP_ADD_TC(tp, flooding_role);
	ATF_TP_ADD_TC(tp, too_many_rows);
	ATF_TP_ADD_TC(tp, many_questions);
	ATF_TP_ADD_TC(tp, dies);
	ATF_TP_ADD_TC(tp, later_life);
	ATF_TP_ADD_TC(tp, gone_before_the_answer);
	ATF_TP_ADD_TC(tp, silent_role);
	ATF_TP_ADD_TC(tp, silent_parent);
	ATF_TP_ADD_TC(tp, long_work);
	ATF_TP_ADD_TC(tp, paused);
	ATF_TP_ADD_TC(tp, turns);
	ATF_TP_ADD_TC(tp, ask_and_go);
	ATF_TP_ADD_TC(tp, rests);
	ATF_TP_ADD_TC(tp, monitors);
	ATF_TP_ADD_TC(tp, last_errors);
	return (atf_no_error());
}
