/*
 * parent/reload, parent/confsend: a configuration reaches each child with the
 * parts of its role, and what children answer counts for the reload that it
 * belongs to.  Also what the parent takes of a child that talks too much.  The
 * children are ends of pipes of the test.
 */
#include <sys/types.h>
#include <sys/socket.h>
#include <sys/stat.h>

#include <atf-c.h>
#include <errno.h>
#include <event2/event.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* The fake takes the place of this system's file. */
#include "kern/fake.c"
#include "parent/kernel.h"
#include "parent/parent.h"

#define HA_CONF(lifetime, key)						\
	"home-agent {\n"						\
	"  home-link virtual {\n"					\
	"    address 2001:db8:1::1\n"					\
	"    prefix 2001:db8:1::/64\n"					\
	"  }\n"								\
	"  maximum-lifetime " lifetime "s\n"				\
	"  mobile-node \"mn@example.com\" {\n"				\
	"    home-address 2001:db8:1::100\n"				\
	"    authentication mn-ha spi 256 key \"" key "\"\n"		\
	"  }\n"								\
	"}\n"

static const char	 old_text[] = HA_CONF("100", "0123456789abcdef");
static const char	 new_text[] = HA_CONF("200", "fedcba9876543210");

static struct parent	 p;

/* What a child was told. */
static struct side {
	struct ipc	*ipc;
	char		 told[256];
	bool		 snapshots;	/* are in that */
	uint32_t	 gen;		/* of its last CONF */
	uint32_t	 ended;		/* of its last COMMIT or ABORT */
	char		 text[4096];	/* of its last CONF */
} side[ROLE_MAX];

static unsigned int	 lines;

static void
count_line(void *arg, enum log_level level, const char *text)
{
	(void)arg;
	(void)level;
	ATF_CHECK_MSG(strchr(text, '\n') == NULL, "%s", text);
	lines++;
}

static void
on_message(void *arg, struct ipc *ipc, enum msg_type t, const union msg *m,
    int fd)
{
	struct side	*s = arg;
	size_t		 n = strlen(s->told);
	struct stat	 st;
	ssize_t		 len;

	(void)ipc;
	/* News of the kernel, and of others. */
	if (t == MSG_EVENT || (!s->snapshots &&
	    (t == MSG_SNAPSHOT || t == MSG_SNAPSHOT_END)))
		return;
	snprintf(s->told + n, sizeof(s->told) - n, "%s ", msg_name(t));
	if (t == MSG_CONF) {
		ATF_REQUIRE(m->u_CONF.gen != 0 && m->u_CONF.gen != s->gen);
		s->gen = m->u_CONF.gen;
		/* Whole pages, or NetBSD does not map the last one. */
		ATF_REQUIRE_EQ(fstat(fd, &st), 0);
		ATF_CHECK_EQ(st.st_size % sysconf(_SC_PAGESIZE), 0);
		ATF_REQUIRE(m->u_CONF.len < sizeof(s->text));
		len = pread(fd, s->text, (size_t)m->u_CONF.len, 0);
		ATF_REQUIRE_EQ((uint64_t)len, m->u_CONF.len);
		s->text[len] = '\0';
	}
	if (t == MSG_CONF_COMMIT || t == MSG_CONF_ABORT)
		s->ended = m->u_CONF_COMMIT.gen;
	if (fd != -1)
		close(fd);
}

static void
child_dead(void *arg, struct ipc *ipc, const char *reason)
{
	struct side	*s = arg;

	ATF_CHECK_STREQ("closed", reason);
	if (s->ipc == ipc)
		s->ipc = NULL;
	ipc_close(ipc);
}

static void
on_dead(void *arg, struct ipc *ipc, const char *reason)
{
	(void)arg;
	(void)reason;
	ipc_close(ipc);
}

/* A process without a pid: what would be killed loses its pipe alone. */
static void
add(enum role r, enum proc_state state)
{
	struct proc	*pr = &p.procs[r];
	int		 sv[2];

	memset(&side[r], 0, sizeof(side[r]));
	ATF_REQUIRE_EQ(0, socketpair(AF_UNIX, SOCK_STREAM, 0, sv));
	pr->state = state;
	pr->ipc = ipc_new(p.base, sv[0], ROLE_PARENT, r, verbs_from_child,
	    on_dead, pr);
	side[r].ipc = ipc_new(p.base, sv[1], r, ROLE_PARENT, on_message,
	    child_dead, &side[r]);
	ATF_REQUIRE(pr->ipc != NULL && side[r].ipc != NULL);
	pr->configured = pr->begun = state == PROC_READY;
}

static void
write_conf(const char *text)
{
	FILE	*f;

	unlink("conf");
	ATF_REQUIRE((f = fopen("conf", "w")) != NULL);
	ATF_REQUIRE_EQ(0, fchmod(fileno(f), 0600));
	fprintf(f, "state-directory \"/var/tmp\"\n%s", text);
	ATF_REQUIRE_EQ(0, fclose(f));
}

static void
run(void)
{
	int	 i;

	for (i = 0; i < 20; i++)
		event_base_loop(p.base, EVLOOP_NONBLOCK);
}

static void
setup(void)
{
	char	 text[512];

	fake_reset();
	memset(&p, 0, sizeof(p));
	log_to(count_line, NULL);
	ATF_REQUIRE((p.base = event_base_new()) != NULL);
	ATF_REQUIRE_EQ(0, counters_init(&p.counters, parent_counters));
	proc_init(&p, &parent_hooks);
	*fake_caps() = (struct kern_caps){ .tun = true, .capture = true,
	    .forwarding = true,
	    .suppress = SUPPRESS_NFT };
	p.conf_path = "conf";
	write_conf(old_text);
	p.conf = parent_read_conf(&p, text, sizeof(text));
	ATF_REQUIRE_MSG(p.conf != NULL, "%s", text);
	ATF_REQUIRE_EQ(kernel_open(&p, text, sizeof(text)), 0);
	add(ROLE_CONTROL, PROC_READY);
	add(ROLE_NET, PROC_READY);
	add(ROLE_HA, PROC_READY);
	/* It is there, and reloads are not its. */
	add(ROLE_STORE, PROC_READY);
	p.procs[ROLE_STORE].configured = false;
	snprintf(p.state_dir, sizeof(p.state_dir), "/var/tmp");
	write_conf(new_text);
}

static void
expect(enum role r, const char *text)
{
	run();
	ATF_CHECK_MSG(strcmp(side[r].told, text) == 0, "%s was told: %s",
	    role_name(r), side[r].told);
	side[r].told[0] = '\0';
}

static void
ack_gen(enum role r, uint32_t gen, bool ok)
{
	struct msg_conf_ack	 m = { .gen = gen, .ok = ok };

	ipc_send(side[r].ipc, MSG_CONF_ACK, &m);
	run();
}

static void
ack(enum role r)
{
	ack_gen(r, side[r].gen, true);
}

static void
begin(void)
{
	reload_begin(&p, 0);
	ATF_REQUIRE(p.reload.active);
	run();
}

static bool
is_new(void)
{
	return (p.conf->ha->max_lifetime == 200000);
}

ATF_TC_WITHOUT_HEAD(all_agree);
ATF_TC_BODY(all_agree, tc)
{
	static const enum role	 roles[] = { ROLE_CONTROL, ROLE_NET, ROLE_HA };
	unsigned int		 i;

	setup();
	begin();
	for (i = 0; i < 3; i++) {
		ATF_CHECK(!is_new());
		expect(roles[i], "CONF ");
		ack(roles[i]);
	}
	for (i = 0; i < 3; i++) {
		expect(roles[i], "CONF_COMMIT ");
		ATF_CHECK_EQ(side[roles[i]].ended, side[roles[i]].gen);
	}
	ATF_CHECK(is_new());
	ATF_CHECK_EQ(p.counters.v[PC_RELOADS], 1);
}

/* Nobody is told more than its role needs. */
ATF_TC_WITHOUT_HEAD(parts);
ATF_TC_BODY(parts, tc)
{
	setup();
	begin();
	ATF_CHECK(strstr(side[ROLE_HA].text, "fedcba9876543210") != NULL);
	ATF_CHECK(strstr(side[ROLE_NET].text, "2001:db8:1::100") != NULL);
	ATF_CHECK(strstr(side[ROLE_NET].text, "fedcba98") == NULL);
	ATF_CHECK(strstr(side[ROLE_CONTROL].text, "state-directory") != NULL);
	ATF_CHECK(strstr(side[ROLE_CONTROL].text, "home-agent") == NULL);
}

/* The answer to an aborted reload comes during the next one. */
ATF_TC_WITHOUT_HEAD(late);
ATF_TC_BODY(late, tc)
{
	uint32_t	 first;

	setup();
	begin();
	first = side[ROLE_HA].gen;
	ack(ROLE_CONTROL);
	ack_gen(ROLE_NET, side[ROLE_NET].gen, false);
	ATF_CHECK(!p.reload.active);
	expect(ROLE_HA, "CONF CONF_ABORT ");
	ATF_CHECK_EQ(side[ROLE_HA].ended, first);
	begin();
	ack(ROLE_CONTROL);
	ack(ROLE_NET);
	ack_gen(ROLE_HA, first, true);
	ATF_CHECK(p.reload.active && !is_new());
	ATF_CHECK_EQ(p.counters.v[PC_LATE_ACKS], 1);
	expect(ROLE_HA, "CONF ");
	/* Nor does a late refusal end it. */
	ack_gen(ROLE_HA, first, false);
	ATF_CHECK(p.reload.active && !is_new());
	ack(ROLE_HA);
	expect(ROLE_HA, "CONF_COMMIT ");
	ATF_CHECK(!p.reload.active && is_new());
}

/* Answers that nobody asked for, with any number. */
ATF_TC_WITHOUT_HEAD(unasked);
ATF_TC_BODY(unasked, tc)
{
	uint32_t	 gen;

	setup();
	for (gen = 0; gen < 100; gen++) {
		ack_gen(ROLE_HA, gen, gen % 2 == 0);
		ack_gen(ROLE_HA, (uint32_t)-1 - gen, true);
	}
	ATF_CHECK_EQ(p.counters.v[PC_LATE_ACKS], 200);
	expect(ROLE_HA, "");
	begin();
	/* That of another child. */
	ack_gen(ROLE_HA, side[ROLE_NET].gen, true);
	ack_gen(ROLE_HA, side[ROLE_CONTROL].gen, true);
	ack(ROLE_CONTROL);
	ack(ROLE_NET);
	ATF_CHECK(p.reload.active && !is_new());
	/* Twice is once. */
	ack(ROLE_HA);
	ack(ROLE_HA);
	ATF_CHECK(!p.reload.active && is_new());
	expect(ROLE_HA, "CONF CONF_COMMIT ");
}

/* One that has just been told the old one is told the new one, too. */
ATF_TC_WITHOUT_HEAD(starting);
ATF_TC_BODY(starting, tc)
{
	uint32_t	 first;

	setup();
	ipc_close(p.procs[ROLE_HA].ipc);
	add(ROLE_HA, PROC_STARTING);
	ATF_REQUIRE(proc_send_conf(&p.procs[ROLE_HA], p.conf));
	run();
	first = side[ROLE_HA].gen;
	ATF_CHECK(strstr(side[ROLE_HA].text, "0123456789abcdef") != NULL);
	begin();
	ack(ROLE_CONTROL);
	ack(ROLE_NET);
	/* Nobody waits for it. */
	ATF_CHECK(!p.reload.active && is_new());
	expect(ROLE_HA, "CONF CONF ");
	ATF_CHECK(strstr(side[ROLE_HA].text, "fedcba9876543210") != NULL);
	ack_gen(ROLE_HA, first, true);
	expect(ROLE_HA, "");
	ATF_CHECK(!p.procs[ROLE_HA].configured);
	ack(ROLE_HA);
	expect(ROLE_HA, "CONF_COMMIT FD START FD FD ");
	ATF_CHECK(p.procs[ROLE_HA].configured);
}

/* One that was started while the others made up their minds. */
ATF_TC_WITHOUT_HEAD(started_meanwhile);
ATF_TC_BODY(started_meanwhile, tc)
{
	setup();
	begin();
	ack(ROLE_HA);
	ack(ROLE_CONTROL);
	/* It has agreed, dies, and its next life takes the old one. */
	proc_kill(&p.procs[ROLE_HA], "test");
	run();
	ATF_CHECK(p.reload.active);
	add(ROLE_HA, PROC_STARTING);
	ATF_REQUIRE(proc_send_conf(&p.procs[ROLE_HA], p.conf));
	run();
	ack(ROLE_HA);
	expect(ROLE_HA, "CONF CONF_COMMIT FD START FD FD ");
	ack(ROLE_NET);
	ATF_CHECK(!p.reload.active && is_new());
	expect(ROLE_HA, "CONF ");
	ack(ROLE_HA);
	expect(ROLE_HA, "CONF_COMMIT ");
	ATF_CHECK_EQ(side[ROLE_HA].ended, side[ROLE_HA].gen);
	/* And if it can't take it, it begins anew with it. */
	begin();
	ack(ROLE_HA);
	ack(ROLE_CONTROL);
	proc_kill(&p.procs[ROLE_HA], "test");
	add(ROLE_HA, PROC_STARTING);
	p.procs[ROLE_HA].configured = p.procs[ROLE_HA].begun = true;
	ack(ROLE_NET);
	expect(ROLE_HA, "CONF ");
	ack_gen(ROLE_HA, side[ROLE_HA].gen, false);
	ATF_CHECK(p.procs[ROLE_HA].ipc == NULL);
}

ATF_TC_WITHOUT_HEAD(death);
ATF_TC_BODY(death, tc)
{
	setup();
	begin();
	ack(ROLE_CONTROL);
	ack(ROLE_NET);
	proc_kill(&p.procs[ROLE_HA], "test");
	ATF_CHECK(!p.reload.active && !is_new());
	expect(ROLE_NET, "CONF CONF_ABORT ");
	ATF_CHECK_EQ(p.counters.v[PC_RELOADS_FAILED], 1);
}

/* Time runs from the last progress of somebody who is waited for. */
ATF_TC_WITHOUT_HEAD(progress);
ATF_TC_BODY(progress, tc)
{
	struct msg_empty	 none = { 0 };

	setup();
	begin();
	ATF_CHECK(event_pending(p.reload.timer, EV_TIMEOUT, NULL));
	event_del(p.reload.timer);
	ack(ROLE_NET);
	ATF_CHECK(event_pending(p.reload.timer, EV_TIMEOUT, NULL));
	event_del(p.reload.timer);
	ipc_send(side[ROLE_NET].ipc, MSG_BUSY, &none);
	run();
	ATF_CHECK(!event_pending(p.reload.timer, EV_TIMEOUT, NULL));
	ipc_send(side[ROLE_HA].ipc, MSG_BUSY, &none);
	run();
	ATF_CHECK(event_pending(p.reload.timer, EV_TIMEOUT, NULL));
	/* But not for ever. */
	event_del(p.reload.timer);
	p.reload.begun.ns -= SEC(3600);
	ipc_send(side[ROLE_HA].ipc, MSG_BUSY, &none);
	run();
	ATF_CHECK(!event_pending(p.reload.timer, EV_TIMEOUT, NULL));
}

/* A child floods the log: the parent does not. */
ATF_TC_WITHOUT_HEAD(log_flood);
ATF_TC_BODY(log_flood, tc)
{
	struct msg_log		 m = { .level = LL_INFO, .text = "x" };
	unsigned int		 i;

	setup();
	lines = 0;
	for (i = 0; i < 20000; i++)
		ipc_send(side[ROLE_HA].ipc, MSG_LOG, &m);
	for (i = 0; i < 100; i++)
		run();
	ATF_CHECK(p.counters.v[PC_LOGS_DROPPED] > 0);
	ATF_CHECK(lines >= 1000);
	/* Each is written or counted; whoever reads is told how many. */
	ATF_CHECK(lines + p.counters.v[PC_LOGS_DROPPED] >= 20000);
	ATF_CHECK(p.procs[ROLE_HA].ipc != NULL);
}

/* Nor does what it says of others become a line of its own making. */
ATF_TC_WITHOUT_HEAD(forged_line);
ATF_TC_BODY(forged_line, tc)
{
	struct msg_peer_bad	 bad = { .peer = ROLE_NET,
	    .reason = "x\n<3>mip6d: y" };
	struct msg_conf_ack	 no = { .text = "x\n<3>mip6d: y" };

	setup();
	lines = 0;
	ipc_send(side[ROLE_HA].ipc, MSG_PEER_BAD, &bad);
	run();
	reload_begin(&p, 0);
	run();
	no.gen = side[ROLE_HA].gen;
	ipc_send(side[ROLE_HA].ipc, MSG_CONF_ACK, &no);
	run();
	ATF_CHECK(lines >= 2);
	ATF_CHECK_EQ(1, p.counters.v[PC_RELOADS_FAILED]);
}

/* Who loses something gets another pipe; who loses it always is ended. */
ATF_TC_WITHOUT_HEAD(lost_pipe);
ATF_TC_BODY(lost_pipe, tc)
{
	struct msg_peer_lost	 m = { .peer = ROLE_NET };
	unsigned int		 i;

	setup();
	ipc_send(side[ROLE_HA].ipc, MSG_PEER_LOST, &m);
	expect(ROLE_HA, "FD ");
	expect(ROLE_NET, "FD ");
	m.peer = ROLE_IKE;
	ipc_send(side[ROLE_HA].ipc, MSG_PEER_LOST, &m);
	m.peer = 200;
	ipc_send(side[ROLE_HA].ipc, MSG_PEER_LOST, &m);
	expect(ROLE_HA, "");
	ATF_CHECK_EQ(p.procs[ROLE_HA].denied, 2);
	m.peer = ROLE_HA;
	ipc_send(side[ROLE_NET].ipc, MSG_PEER_LOST, &m);
	expect(ROLE_HA, "FD ");
	ATF_CHECK_EQ(p.counters.v[PC_PIPES_LOST], 2);
	m.peer = ROLE_NET;
	for (i = 0; i < 50 && p.procs[ROLE_HA].ipc != NULL; i++) {
		ipc_send(side[ROLE_HA].ipc, MSG_PEER_LOST, &m);
		run();
	}
	ATF_CHECK(p.procs[ROLE_HA].ipc == NULL);
	ATF_CHECK(p.procs[ROLE_NET].ipc != NULL);
}

/* What could not be read whole is not told as if it were all. */
ATF_TC_WITHOUT_HEAD(half_a_snapshot);
ATF_TC_BODY(half_a_snapshot, tc)
{
	setup();
	side[ROLE_HA].snapshots = true;
	lines = 0;
	fake_dump_fail(EINTR);
	snapshot_give(&p.procs[ROLE_HA]);
	expect(ROLE_HA, "SNAPSHOT ");
	snapshot_retry(&p);
	expect(ROLE_HA, "SNAPSHOT ");
	ATF_CHECK_EQ(lines, 1);
	fake_dump_fail(0);
	snapshot_retry(&p);
	expect(ROLE_HA, "SNAPSHOT SNAPSHOT_END ");
	snapshot_retry(&p);
	expect(ROLE_HA, "");
	/* Its next life has nothing to do with that. */
	fake_dump_fail(EINTR);
	snapshot_give(&p.procs[ROLE_HA]);
	proc_kill(&p.procs[ROLE_HA], "test");
	ATF_CHECK(!p.procs[ROLE_HA].snapshot_due);
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, all_agree);
	ATF_TP_ADD_TC(tp, parts);
	ATF_TP_ADD_TC(tp, late);
	ATF_TP_ADD_TC(tp, unasked);
	ATF_TP_ADD_TC(tp, starting);
	ATF_TP_ADD_TC(tp, started_meanwhile);
	ATF_TP_ADD_TC(tp, death);
	ATF_TP_ADD_TC(tp, progress);
	ATF_TP_ADD_TC(tp, log_flood);
	ATF_TP_ADD_TC(tp, forged_line);
	ATF_TP_ADD_TC(tp, lost_pipe);
	ATF_TP_ADD_TC(tp, half_a_snapshot);
	return (atf_no_error());
}
