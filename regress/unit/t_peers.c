/*
 * parent/peers, parent/suspect: which children are connected and told to
 * start, in which order; and who is ended when one accuses another.  The
 * children are ends of pipes of the test.
 */
#include <sys/types.h>
#include <sys/socket.h>

#include <atf-c.h>
#include <event2/event.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* For what is static in it. */
#include "parent/pulse.c"

static struct parent	 p;
static struct conf	 conf;
static struct conf_ha	 ha;
static struct conf_mn	 mn;
static struct ipc	*child[ROLE_MAX];
static char		 told[ROLE_MAX][256];	/* names of messages */
static unsigned int	 events;		/* that control was told */

static void
on_message(void *arg, struct ipc *ipc, enum msg_type t, const union msg *m,
    int fd)
{
	enum role	 r = ipc->self;
	size_t		 n = strlen(told[r]);

	(void)arg;
	/* What control tells people. */
	if (t == MSG_EVENT) {
		events++;
		return;
	}
	if (t == MSG_FD)
		snprintf(told[r] + n, sizeof(told[r]) - n, "FD(%s) ",
		    role_name(m->u_FD.peer));
	else
		snprintf(told[r] + n, sizeof(told[r]) - n, "%s ", msg_name(t));
	if (fd != -1)
		close(fd);
}

static void
on_dead(void *arg, struct ipc *ipc, const char *reason)
{
	(void)arg;
	ATF_CHECK_STREQ("closed", reason);
	child[ipc->self] = NULL;
	ipc_close(ipc);
}

/* A process without a pid: what would be killed loses its pipe alone. */
static void
add(enum role r, enum proc_state state)
{
	struct proc	*pr = &p.procs[r];
	int		 sv[2];

	ATF_REQUIRE_EQ(0, socketpair(AF_UNIX, SOCK_STREAM, 0, sv));
	pr->state = state;
	pr->ipc = ipc_new(p.base, sv[0], ROLE_PARENT, r, verbs_from_child,
	    on_dead, pr);
	child[r] = ipc_new(p.base, sv[1], r, ROLE_PARENT, on_message, on_dead,
	    NULL);
	ATF_REQUIRE(pr->ipc != NULL && child[r] != NULL);
	pr->configured = pr->begun = state == PROC_READY;
}

static void
setup(void)
{
	memset(&p, 0, sizeof(p));
	ATF_REQUIRE((p.base = event_base_new()) != NULL);
	p.conf = &conf;
	conf.ha = &ha;
	conf.mn = &mn;
	ATF_REQUIRE_EQ(0, counters_init(&p.counters, parent_counters));
	proc_init(&p, &parent_hooks);
	add(ROLE_STORE, PROC_READY);
}

static void
run(void)
{
	int	 i;

	for (i = 0; i < 20; i++)
		event_base_loop(p.base, EVLOOP_NONBLOCK);
}

/* Its child tells the parent that it is busy, and reads nothing. */
static void
say_busy(enum role r)
{
	struct msg_empty	 none = { 0 };

	ipc_send(child[r], MSG_BUSY, &none);
	ATF_REQUIRE_EQ(0, ipc_flush(child[r]));
}

/* All that it was told since the last time. */
static void
expect(enum role r, const char *text)
{
	run();
	ATF_CHECK_MSG(strcmp(told[r], text) == 0, "%s was told: %s",
	    role_name(r), told[r]);
	told[r][0] = '\0';
}

static void
accuse(enum role by, enum role whom)
{
	struct msg_peer_bad	 m = { .peer = (uint8_t)whom };

	snprintf(m.reason, sizeof(m.reason), "malformed message");
	ipc_send(child[by], MSG_PEER_BAD, &m);
	run();
}

static bool
lives(enum role r)
{
	return (p.procs[r].ipc != NULL);
}

ATF_TC_WITHOUT_HEAD(net_first);
ATF_TC_BODY(net_first, tc)
{
	setup();
	add(ROLE_NET, PROC_STARTING);
	add(ROLE_HA, PROC_STARTING);
	/* The engine is done first, and waits. */
	p.procs[ROLE_HA].configured = true;
	peers_start(&p.procs[ROLE_HA]);
	expect(ROLE_HA, "");
	ATF_CHECK(peers_awaited(&p.procs[ROLE_HA]));
	p.procs[ROLE_NET].configured = true;
	peers_start(&p.procs[ROLE_NET]);
	expect(ROLE_NET, "START ");
	ATF_CHECK(!peers_awaited(&p.procs[ROLE_NET]));
	p.procs[ROLE_NET].state = PROC_READY;
	peers_ready(&p.procs[ROLE_NET]);
	expect(ROLE_HA, "START FD(net) FD(store) ");
	expect(ROLE_NET, "FD(ha) ");
	ATF_CHECK(!peers_awaited(&p.procs[ROLE_HA]));
	/* One that comes later begins at once, with its pipe. */
	add(ROLE_MN, PROC_STARTING);
	p.procs[ROLE_MN].configured = true;
	peers_start(&p.procs[ROLE_MN]);
	expect(ROLE_MN, "START FD(net) FD(store) ");
	expect(ROLE_NET, "FD(mn) ");
	expect(ROLE_HA, "");
}

ATF_TC_WITHOUT_HEAD(net_again);
ATF_TC_BODY(net_again, tc)
{
	setup();
	add(ROLE_HA, PROC_READY);
	add(ROLE_MN, PROC_READY);
	add(ROLE_NET, PROC_READY);
	peers_ready(&p.procs[ROLE_NET]);
	expect(ROLE_HA, "FD(net) ");
	expect(ROLE_MN, "FD(net) ");
	expect(ROLE_NET, "FD(ha) FD(mn) ");
	/* What could not be given is given by a tick, once. */
	p.procs[ROLE_MN].pipes_due = PIPE(NET);
	peers_retry(&p);
	peers_retry(&p);
	expect(ROLE_HA, "");
	expect(ROLE_MN, "FD(net) ");
	expect(ROLE_NET, "FD(mn) ");
}

/* The word of one engine: a new pipe, then the engine; never net. */
ATF_TC_WITHOUT_HEAD(engine_accuses);
ATF_TC_BODY(engine_accuses, tc)
{
	int	 i;

	setup();
	add(ROLE_NET, PROC_READY);
	add(ROLE_HA, PROC_READY);
	accuse(ROLE_HA, ROLE_NET);
	expect(ROLE_HA, "FD(net) ");
	expect(ROLE_NET, "FD(ha) ");
	for (i = 0; i < 10; i++) {
		accuse(ROLE_HA, ROLE_NET);
		ATF_CHECK(lives(ROLE_NET));
		ATF_CHECK(!lives(ROLE_HA));
		add(ROLE_HA, PROC_READY);
	}
	ATF_CHECK_EQ(11, p.counters.v[PC_ACCUSED]);
	ATF_CHECK_STREQ("", p.procs[ROLE_NET].why);
	ATF_CHECK(strstr(p.procs[ROLE_HA].why, "ha says that net") != NULL);
}

ATF_TC_WITHOUT_HEAD(two_engines_accuse);
ATF_TC_BODY(two_engines_accuse, tc)
{
	setup();
	add(ROLE_NET, PROC_READY);
	add(ROLE_HA, PROC_READY);
	add(ROLE_MN, PROC_READY);
	accuse(ROLE_HA, ROLE_NET);
	ATF_CHECK(lives(ROLE_NET));
	accuse(ROLE_MN, ROLE_NET);
	ATF_CHECK(!lives(ROLE_NET));
	ATF_CHECK(lives(ROLE_HA) && lives(ROLE_MN));
	/* The next net begins without blame. */
	add(ROLE_NET, PROC_READY);
	peers_ready(&p.procs[ROLE_NET]);
	accuse(ROLE_MN, ROLE_NET);
	ATF_CHECK(lives(ROLE_NET) && lives(ROLE_MN));
}

ATF_TC_WITHOUT_HEAD(net_accuses);
ATF_TC_BODY(net_accuses, tc)
{
	setup();
	add(ROLE_NET, PROC_READY);
	add(ROLE_HA, PROC_READY);
	add(ROLE_MN, PROC_READY);
	accuse(ROLE_NET, ROLE_HA);
	ATF_CHECK(lives(ROLE_NET) && lives(ROLE_HA));
	expect(ROLE_HA, "FD(net) ");
	accuse(ROLE_NET, ROLE_HA);
	ATF_CHECK(lives(ROLE_NET) && !lives(ROLE_HA) && lives(ROLE_MN));
}

/* Who has no pipe with a process has nothing to say about it. */
ATF_TC_WITHOUT_HEAD(no_peer);
ATF_TC_BODY(no_peer, tc)
{
	static const struct { enum role by, whom; }	 rows[] = {
		{ ROLE_HA, ROLE_MN }, { ROLE_HA, ROLE_HA },
		{ ROLE_HA, ROLE_PARENT }, { ROLE_CONTROL, ROLE_PARENT },
		{ ROLE_CONTROL, ROLE_CONTROL }, { ROLE_NET, ROLE_CN },
		{ ROLE_CONTROL, ROLE_IKE }, { ROLE_HA, ROLE_MAX },
		{ ROLE_HA, 255 },
	};
	size_t	 i;

	setup();
	add(ROLE_NET, PROC_READY);
	add(ROLE_HA, PROC_READY);
	add(ROLE_MN, PROC_READY);
	add(ROLE_CONTROL, PROC_READY);
	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		accuse(rows[i].by, rows[i].whom);
	ATF_CHECK_EQ(i, p.counters.v[PC_DENIED]);
	ATF_CHECK_EQ(0, p.counters.v[PC_ACCUSED]);
	ATF_CHECK(lives(ROLE_NET) && lives(ROLE_HA) && lives(ROLE_MN) &&
	    lives(ROLE_CONTROL));
}

/* Control has a pipe to each that works, whichever of the two begins last. */
ATF_TC_WITHOUT_HEAD(control_pipes);
ATF_TC_BODY(control_pipes, tc)
{
	setup();
	add(ROLE_NET, PROC_READY);
	add(ROLE_HA, PROC_STARTING);
	add(ROLE_CONTROL, PROC_STARTING);
	p.procs[ROLE_CONTROL].configured = true;
	peers_start(&p.procs[ROLE_CONTROL]);
	/* Before it lets clients in; the engine has not begun. */
	expect(ROLE_CONTROL, "FD(net) FD(store) START ");
	expect(ROLE_NET, "FD(control) ");
	expect(ROLE_HA, "");
	p.procs[ROLE_HA].configured = true;
	peers_start(&p.procs[ROLE_HA]);
	/* Its first events find control. */
	expect(ROLE_HA, "FD(control) START FD(net) FD(store) ");
	expect(ROLE_CONTROL, "FD(ha) ");
	expect(ROLE_NET, "FD(ha) ");
	/* Another control: all get a pipe to it. */
	p.procs[ROLE_HA].state = PROC_READY;
	proc_kill(&p.procs[ROLE_CONTROL], "test");
	run();
	add(ROLE_CONTROL, PROC_STARTING);
	p.procs[ROLE_CONTROL].configured = true;
	peers_start(&p.procs[ROLE_CONTROL]);
	expect(ROLE_CONTROL, "FD(net) FD(ha) FD(store) START ");
	expect(ROLE_HA, "FD(control) ");
	expect(ROLE_NET, "FD(control) ");
}

static bool
stands(const char *subject)
{
	uint32_t		 at = 0;
	const struct why	*y;

	while ((y = whys_next(&p.whys, &at, clock_now())) != NULL)
		if (strcmp(y->subject, subject) == 0)
			return (true);
	return (false);
}

static void
say_nothing(void *arg, enum why_level level, bool began, const struct why *y,
    const char *line)
{
	(void)arg;
	(void)level;
	(void)began;
	(void)y;
	(void)line;
}

/*
 * By its word alone neither control stops another, nor that control: they have
 * no pipe for a while, which is told, and then a new one.
 */
static void
are_parted(enum role by, enum role whom)
{
	static const struct hash_key	 key;
	struct suspicion		*s;
	struct mono			 last = { 0 };
	int				 i;

	setup();
	ATF_REQUIRE(whys_init(&p.whys, &key, say_nothing, NULL));
	add(ROLE_CONTROL, PROC_READY);
	add(ROLE_NET, PROC_READY);
	add(ROLE_HA, PROC_READY);
	accuse(by, whom);
	expect(ROLE_HA, "FD(control) ");
	expect(ROLE_CONTROL, "FD(ha) ");
	ATF_CHECK(!stands("ha and control"));
	s = &p.suspicions[ROLE_CONTROL][ROLE_HA];
	for (i = 0; i < 1000; i++) {
		accuse(by, whom);
		peers_retry(&p);
		/* Without a pipe there is nothing to say of each other. */
		if (i == 0)
			last = s->last;
	}
	expect(ROLE_HA, "");
	expect(ROLE_CONTROL, "");
	ATF_CHECK(stands("ha and control"));
	ATF_CHECK(lives(ROLE_HA) && lives(ROLE_CONTROL));
	ATF_CHECK_EQ(1001, p.counters.v[PC_ACCUSED]);
	ATF_CHECK_EQ_MSG(2, events, "%u events", events);
	ATF_CHECK(s->last.ns == last.ns);
	/* What another pair is told is not about these. */
	peers_ready(&p.procs[ROLE_NET]);
	expect(ROLE_HA, "FD(net) ");
	expect(ROLE_NET, "FD(ha) ");
	ATF_CHECK(stands("ha and control"));
	/* A minute later. */
	s->last.ns -= SUSPECT_MEMORY + SEC(1);
	peers_retry(&p);
	peers_retry(&p);
	expect(ROLE_HA, "FD(control) ");
	expect(ROLE_CONTROL, "FD(ha) ");
	expect(ROLE_NET, "");
	ATF_CHECK(!stands("ha and control"));
	whys_free(&p.whys);
}

ATF_TC_WITHOUT_HEAD(control_accuses);
ATF_TC_BODY(control_accuses, tc)
{
	are_parted(ROLE_CONTROL, ROLE_HA);
}

ATF_TC_WITHOUT_HEAD(control_accused);
ATF_TC_BODY(control_accused, tc)
{
	are_parted(ROLE_HA, ROLE_CONTROL);
}

/* But what two say of it is believed. */
ATF_TC_WITHOUT_HEAD(two_accuse_control);
ATF_TC_BODY(two_accuse_control, tc)
{
	setup();
	add(ROLE_CONTROL, PROC_READY);
	add(ROLE_NET, PROC_READY);
	add(ROLE_HA, PROC_READY);
	accuse(ROLE_HA, ROLE_CONTROL);
	ATF_CHECK(lives(ROLE_CONTROL));
	accuse(ROLE_NET, ROLE_CONTROL);
	ATF_CHECK(!lives(ROLE_CONTROL));
	ATF_CHECK(lives(ROLE_NET) && lives(ROLE_HA));
}

/* What was said long ago is forgotten. */
ATF_TC_WITHOUT_HEAD(memory);
ATF_TC_BODY(memory, tc)
{
	struct suspicion	 v[ROLE_MAX];
	struct mono		 now = { SEC(1000) };

	suspect_forget(v);
	ATF_CHECK_EQ(SUSPECT_PIPE, suspect(v, ROLE_HA, true, true, now));
	now = mono_add(now, SUSPECT_MEMORY);
	ATF_CHECK_EQ(SUSPECT_CLIENT, suspect(v, ROLE_HA, false, true, now));
	now = mono_add(now, SUSPECT_MEMORY + 1);
	ATF_CHECK_EQ(SUSPECT_PIPE, suspect(v, ROLE_HA, true, true, now));
	ATF_CHECK_EQ(SUSPECT_SERVER, suspect(v, ROLE_MN, true, true, now));
	suspect_forget(v);
	ATF_CHECK_EQ(SUSPECT_PIPE, suspect(v, ROLE_HA, true, true, now));
	now = mono_add(now, SUSPECT_MEMORY + 1);
	ATF_CHECK_EQ(SUSPECT_PIPE, suspect(v, ROLE_MN, true, true, now));
}

/*
 * While too much waits for a child the parent does not listen to it.  One that
 * works for long is not taken for hung all the same, one that hangs is.
 */
ATF_TC_WITHOUT_HEAD(busy_unheard);
ATF_TC_BODY(busy_unheard, tc)
{
	static uint8_t		 rows[60000];
	struct msg_report	 m = { .rows = { rows, sizeof(rows) } };
	int			 i;

	setup();
	add(ROLE_HA, PROC_READY);
	event_del(child[ROLE_HA]->ev_read);
	for (i = 0; i < 400; i++)
		ipc_send(p.procs[ROLE_HA].ipc, MSG_REPORT, &m);
	say_busy(ROLE_HA);
	run();
	ATF_REQUIRE(p.procs[ROLE_HA].ipc->holding);
	for (i = 0; i < 3 * WATCH_SILENT; i++) {
		say_busy(ROLE_HA);
		look_at(&p.procs[ROLE_HA], true);
		ATF_REQUIRE(lives(ROLE_HA));
	}
	for (i = 0; i <= WATCH_SILENT && lives(ROLE_HA); i++)
		look_at(&p.procs[ROLE_HA], true);
	ATF_CHECK(!lives(ROLE_HA));
	ATF_CHECK_EQ(1, p.counters.v[PC_HUNG]);
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, net_first);
	ATF_TP_ADD_TC(tp, net_again);
	ATF_TP_ADD_TC(tp, engine_accuses);
	ATF_TP_ADD_TC(tp, two_engines_accuse);
	ATF_TP_ADD_TC(tp, net_accuses);
	ATF_TP_ADD_TC(tp, no_peer);
	ATF_TP_ADD_TC(tp, control_pipes);
	ATF_TP_ADD_TC(tp, control_accuses);
	ATF_TP_ADD_TC(tp, control_accused);
	ATF_TP_ADD_TC(tp, two_accuse_control);
	ATF_TP_ADD_TC(tp, memory);
	ATF_TP_ADD_TC(tp, busy_unheard);
	return (atf_no_error());
}
