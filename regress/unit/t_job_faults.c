/*
 * sec/job and sec/compare when memory is short: a job waits for it, or is
 * given up whole; who asked gets an answer, once; nothing is forgotten.  The
 * PF_KEY socket and the clock are the test's, and so is calloc(3) of node.c.
 */
#include <sys/types.h>
#include <sys/queue.h>
#include <sys/socket.h>
#include <sys/time.h>

#include <arpa/inet.h>
#include <atf-c.h>
#include <errno.h>
#include <event2/event.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core/clock.h"
#include "kern/fake.c"
#include "parent/parent.h"
#include "parent/planner.h"

static int	 failing;	/* allocations of node.c that fail */

static void *
t_calloc(size_t n, size_t size)
{
	if (failing > 0 && failing-- > 0)
		return (NULL);
	return (calloc(n, size));
}

#define calloc	t_calloc
#include "sec/node.c"
#undef calloc

#define HOME	"2001:db8:99::10"
#define HOME2	"2001:db8:99::11"
#define AGENT	"2001:db8:99::1"
#define COA	"2001:db8:1::10"
#define COA2	"2001:db8:2::10"

/* ------------------------------------------------------------ the clock */

static int64_t	 clock_ns = SEC(1000);

struct mono
mono_now(void)
{
	return ((struct mono){ clock_ns });
}

struct now
clock_now(void)
{
	return ((struct now){ mono_now(), clock_ns });
}

/* ----------------------------------------------------------- the socket */

struct sadb {
	const struct sadb_ops	*ops;
	void			*arg;
	struct event		*soon;
};

static struct sadb		 t_sadb;
static struct {
	enum pfkey_type	 type;
	pfkey_reply_fn	*fn;
	void		*arg;
} asked[64];
static unsigned int		 nasked, total[64], refused;
static enum pfkey_error		 shortage;	/* of each request */

static void
t_soon(int fd, short what, void *arg)
{
	(void)fd;
	(void)what;
	(void)arg;
	t_sadb.ops->ready(t_sadb.arg);
}

struct sadb *
sadb_open(struct parent *pa, const struct sadb_ops *o, void *arg)
{
	t_sadb = (struct sadb){ o, arg,
	    event_new(pa->base, -1, 0, t_soon, NULL) };
	return (&t_sadb);
}

void
sadb_close(struct sadb *s)
{
	event_free(s->soon);
}

void
sadb_wake(struct sadb *s)
{
	event_active(s->soon, 0, 0);
}

int
sadb_errno(const struct pfkey_reply *r)
{
	return (r->error == PFKEY_OK ? 0 : r->error == PFKEY_E_KERNEL ?
	    (int)r->errnum : r->error == PFKEY_E_NOMEM ||
	    r->error == PFKEY_E_QUEUE ? ENOMEM : ECANCELED);
}

void
sadb_request(struct sadb *s, struct pfkey_msg *m, pfkey_reply_fn *fn,
    void *arg)
{
	struct pfkey_reply	 r = { .error = shortage };

	(void)s;
	if (shortage != PFKEY_OK) {
		refused++;
		fn(arg, &r);
		return;
	}
	total[m->type]++;
	ATF_REQUIRE(nasked < sizeof(asked) / sizeof(asked[0]));
	asked[nasked].type = m->type;
	asked[nasked].fn = fn;
	asked[nasked++].arg = arg;
}

/* -------------------------------------------------------------- the rest */

static struct parent	 p;
#include "sec_proc.inc"
static struct conf	 conf;
static struct conf_ha	 ha;
static struct conf_home_link link_;
static struct conf_prefix prefix;
static struct conf_node	 nodes[2];
static struct in6_addr	 homes[2];
static struct conf_ipsec sec_ = { .protect = PROTECT_PAYLOAD };
static struct ipc	*engine;
static unsigned int	 answers;
static int		 result;

static struct in6_addr
in6(const char *s)
{
	struct in6_addr	 a;

	ATF_REQUIRE_EQ(inet_pton(AF_INET6, s, &a), 1);
	return (a);
}

static void
t_message(void *arg, struct ipc *ipc, enum msg_type t, const union msg *m,
    int fd)
{
	(void)arg;
	(void)ipc;
	(void)fd;
	if (t != MSG_RESULT)
		return;
	answers++;
	result = (int)m->u_RESULT.error;
}

static void
t_dead(void *arg, struct ipc *ipc, const char *reason)
{
	(void)arg;
	(void)ipc;
	atf_tc_fail("pipe: %s", reason);
}

/* Answer the oldest request. */
static void
reply(const struct pfkey_reply *r)
{
	pfkey_reply_fn	*fn = asked[0].fn;
	void		*arg = asked[0].arg;

	memmove(&asked[0], &asked[1], --nasked * sizeof(asked[0]));
	fn(arg, r);
	t_sadb.ops->ready(t_sadb.arg);
}

/* Rounds of the event loop, with that answer to each request. */
static void
run(enum pfkey_error error, unsigned int errnum)
{
	struct pfkey_reply	 r = { .error = error, .errnum = errnum };
	unsigned int		 i;

	for (i = 0; i < 200; i++) {
		event_base_loop(p.base, EVLOOP_NONBLOCK);
		if (nasked > 0)
			reply(&r);
	}
}

/* What was said by a pipe is heard, and what follows from it asked. */
static void
turn(void)
{
	unsigned int	 i;

	for (i = 0; i < 20; i++)
		event_base_loop(p.base, EVLOOP_NONBLOCK);
}

/* So much time passes; what is due by then is done. */
static void
pass(int64_t ns)
{
	clock_ns += ns;
	sec_expire(planning());
	turn();
}

/* Until the timer for another try has run; it may have been set again. */
static void
wait_for_retry(void)
{
	const struct wheel_timer	*t = &planning()->retry_timer;
	int64_t				 left = mono_diff(t->at, mono_now());

	ATF_REQUIRE(wheel_is_set(t));
	pass((left > 0 ? left : 0) + MS(2));
}

static void
setup(size_t nnodes)
{
	struct kern_events	 none = { .arg = NULL };
	struct proc		*pr = &p.procs[ROLE_HA];
	size_t			 i;
	int			 sv[2];

	fake_reset();
	fake_caps()->pfkey_migrate = true;
	p.conf = &conf;
	conf.ha = &ha;
	prefix = (struct conf_prefix){ in6("2001:db8:99::"), 64 };
	link_ = (struct conf_home_link){ .address = in6(AGENT),
	    .prefixes = &prefix, .nprefixes = 1 };
	ha = (struct conf_ha){ .links = &link_, .nlinks = 1, .nodes = nodes,
	    .nnodes = nnodes };
	homes[0] = in6(HOME);
	homes[1] = in6(HOME2);
	for (i = 0; i < nnodes; i++) {
		nodes[i].homes = &homes[i];
		nodes[i].nhomes = 1;
		nodes[i].auth.type = AUTH_IPSEC;
		nodes[i].ipsec = &sec_;
	}
	p.base = event_base_new();
	ATF_REQUIRE_EQ(counters_init(&p.counters, parent_counters), 0);
	proc_init(&p, &parent_hooks);
	ATF_REQUIRE_EQ(kern_open(&p.kern, &none), 0);
	p.kern_commit_ev = event_new(p.base, -1, 0, t_soon, NULL);
	ATF_REQUIRE_EQ(socketpair(AF_UNIX, SOCK_STREAM, 0, sv), 0);
	pr->ipc = ipc_new(p.base, sv[0], ROLE_PARENT, ROLE_HA,
	    verbs_from_child, t_dead, pr);
	pr->state = PROC_READY;
	engine = ipc_new(p.base, sv[1], ROLE_HA, ROLE_PARENT, t_message,
	    t_dead, NULL);
	new_sec();
}

/* All nodes have their policies. */
static void
start(size_t nnodes)
{
	setup(nnodes);
	planner_configured(&p);
	run(PFKEY_OK, 0);
	ATF_REQUIRE_EQ(0, planning()->njobs);
	ATF_REQUIRE_EQ(4 * nnodes, total[PFKEY_SPDUPDATE]);
	memset(total, 0, sizeof(total));
}

static void
move(const char *home, const char *to)
{
	union msg	 m;

	memset(&m, 0, sizeof(m));
	m.u_IPSEC.id = 7;
	m.u_IPSEC.home = in6(home);
	m.u_IPSEC.local = in6(AGENT);
	m.u_IPSEC.peer = in6(to);
	m.u_IPSEC.flags = IPSEC_TUNNEL;
	planner_message(&p.procs[ROLE_HA], MSG_IPSEC, &m);
}

static struct sec_node *
node(const char *home)
{
	struct in6_addr	 a = in6(home);

	return (sec_find(planning(), ROLE_HA, &a));
}

/* All policies that it is thought to have are there. */
static bool
is_whole(const struct sec_node *n)
{
	return (n->present == (uint32_t)((1ULL << spd_count(&n->have)) - 1));
}

/* Short in the middle of a job, and then not any more. */
ATF_TC_WITHOUT_HEAD(waits);
ATF_TC_BODY(waits, tc)
{
	int	 i;

	start(1);
	move(HOME, COA);
	turn();
	ATF_REQUIRE_EQ(1, nasked);
	/* The second step and its repetitions find no memory. */
	shortage = PFKEY_E_NOMEM;
	run(PFKEY_OK, 0);
	for (i = 0; i < 3; i++) {
		wait_for_retry();
		ATF_CHECK_EQ(0, answers);
	}
	ATF_CHECK(refused >= 3);
	ATF_CHECK_EQ(1, total[PFKEY_SPDUPDATE]);
	shortage = PFKEY_OK;
	wait_for_retry();
	run(PFKEY_OK, 0);
	ATF_CHECK_EQ(1, answers);
	ATF_CHECK_EQ(0, result);
	/* Four bypass, three tunnel: each once. */
	ATF_CHECK_EQ(7, total[PFKEY_SPDUPDATE]);
	ATF_CHECK(node(HOME)->have.tunnel && is_whole(node(HOME)));
}

/* The kernel has none. */
ATF_TC_WITHOUT_HEAD(kernel_waits);
ATF_TC_BODY(kernel_waits, tc)
{
	start(1);
	move(HOME, COA);
	run(PFKEY_E_KERNEL, ENOBUFS);
	ATF_CHECK_EQ(0, answers);
	ATF_CHECK_EQ(1, total[PFKEY_SPDUPDATE]);
	wait_for_retry();
	run(PFKEY_OK, 0);
	ATF_CHECK_EQ(1, answers);
	ATF_CHECK_EQ(0, result);
	ATF_CHECK_EQ(8, total[PFKEY_SPDUPDATE]);
	ATF_CHECK(is_whole(node(HOME)));
}

/* Short for too long: it failed, and things are as they were. */
ATF_TC_WITHOUT_HEAD(given_up);
ATF_TC_BODY(given_up, tc)
{
	start(1);
	move(HOME, COA);
	turn();
	shortage = PFKEY_E_NOMEM;
	run(PFKEY_OK, 0);
	ATF_CHECK_EQ(0, answers);
	clock_ns += SEC_PATIENCE;
	wait_for_retry();
	run(PFKEY_OK, 0);
	ATF_CHECK_EQ(1, answers);
	ATF_CHECK_EQ(ENOMEM, result);
	ATF_CHECK(!node(HOME)->have.tunnel);
	/* Memory again: what was there before is made sure of. */
	memset(total, 0, sizeof(total));
	shortage = PFKEY_OK;
	wait_for_retry();
	run(PFKEY_OK, 0);
	ATF_CHECK_EQ(1, answers);
	ATF_CHECK(total[PFKEY_SPDDUMP] >= 1);
	ATF_CHECK(total[PFKEY_SPDUPDATE] >= 4);
	ATF_CHECK(!node(HOME)->have.tunnel && is_whole(node(HOME)));
	ATF_CHECK_EQ(0, planning()->njobs);
	/* And the next request is done as a whole. */
	memset(total, 0, sizeof(total));
	move(HOME, COA);
	run(PFKEY_OK, 0);
	ATF_CHECK_EQ(2, answers);
	ATF_CHECK_EQ(0, result);
	ATF_CHECK_EQ(7, total[PFKEY_SPDUPDATE]);
}

/* A node moves, and the first policy, a bypass one, is refused. */
static void
move_with_refusal(void)
{
	struct pfkey_reply	 no = { .error = PFKEY_E_KERNEL,
	    .errnum = EINVAL };

	start(1);
	move(HOME, COA);
	turn();
	ATF_REQUIRE_EQ(1, nasked);
	reply(&no);
	run(PFKEY_OK, 0);
}

/*
 * The kernel refuses one policy, for another reason than memory.  It is not
 * there, then, which is known; it is tried again each minute, not at once.
 */
ATF_TC_WITHOUT_HEAD(refused_one);
ATF_TC_BODY(refused_one, tc)
{
	unsigned int	 i;

	move_with_refusal();
	ATF_CHECK_EQ(1, answers);
	ATF_CHECK_EQ(EINVAL, result);
	ATF_CHECK(node(HOME)->have.tunnel && !is_whole(node(HOME)));
	ATF_CHECK_EQ(7, total[PFKEY_SPDUPDATE]);
	/* Again, in vain. */
	pass(SEC(61));
	run(PFKEY_E_KERNEL, EINVAL);
	ATF_CHECK_EQ(8, total[PFKEY_SPDUPDATE]);
	ATF_CHECK(!is_whole(node(HOME)));
	/* And then the kernel takes it. */
	pass(SEC(61));
	run(PFKEY_OK, 0);
	ATF_CHECK_EQ(9, total[PFKEY_SPDUPDATE]);
	ATF_CHECK(is_whole(node(HOME)));
	for (i = 0; i < 3; i++) {
		pass(SEC(61));
		run(PFKEY_OK, 0);
	}
	ATF_CHECK_EQ(9, total[PFKEY_SPDUPDATE]);
	ATF_CHECK_EQ(1, answers);
}

/*
 * The node moves while the kernel refuses a policy that no move touches: that
 * one is still known to be missing, and is tried again.
 */
ATF_TC_WITHOUT_HEAD(refused_and_moved);
ATF_TC_BODY(refused_and_moved, tc)
{
	move_with_refusal();
	ATF_REQUIRE(!is_whole(node(HOME)));
	move(HOME, COA2);
	run(PFKEY_OK, 0);
	ATF_CHECK_EQ(2, answers);
	ATF_CHECK_EQ(0, result);
	ATF_CHECK(!is_whole(node(HOME)));
	memset(total, 0, sizeof(total));
	pass(SEC(61));
	run(PFKEY_OK, 0);
	ATF_CHECK_EQ(1, total[PFKEY_SPDUPDATE]);
	ATF_CHECK(is_whole(node(HOME)));
}

/* The same of an association that is configured. */
ATF_TC_WITHOUT_HEAD(refused_association);
ATF_TC_BODY(refused_association, tc)
{
	struct conf_sa		 sas[] = { { .use = SA_BINDING,
	    .way = SA_TO_AGENT, .spi = 1000, .cipher = CIPHER_NULL,
	    .mac = MAC_SHA1_96, .mac_keylen = 20 } };
	struct conf_ipsec	 manual = { .protect = PROTECT_PAYLOAD,
	    .sas = sas, .nsas = 1 };

	setup(1);
	nodes[0].ipsec = &manual;
	planner_configured(&p);
	for (;;) {
		turn();
		if (nasked > 0 && asked[0].type == PFKEY_ADD)
			break;
		if (nasked > 0)
			reply(&(struct pfkey_reply){ .error = PFKEY_OK });
	}
	reply(&(struct pfkey_reply){ .error = PFKEY_E_KERNEL,
	    .errnum = EINVAL });
	run(PFKEY_OK, 0);
	ATF_CHECK_EQ(1, total[PFKEY_ADD]);
	pass(SEC(61));
	run(PFKEY_OK, 0);
	ATF_CHECK_EQ(2, total[PFKEY_ADD]);
	pass(SEC(61));
	run(PFKEY_OK, 0);
	ATF_CHECK_EQ(2, total[PFKEY_ADD]);
}

/* What the half of a request that was given up did is taken away. */
ATF_TC_WITHOUT_HEAD(leftovers);
ATF_TC_BODY(leftovers, tc)
{
	struct spd_entry	 e;
	struct spd_node		 with;
	struct pfkey_policy	 found[5];
	struct pfkey_reply	 r = { .policies = found };
	struct pfkey_reply	 ok = { .error = PFKEY_OK };
	size_t			 i;

	start(1);
	move(HOME, COA);
	turn();
	shortage = PFKEY_E_NOMEM;
	run(PFKEY_OK, 0);
	clock_ns += SEC_PATIENCE;
	wait_for_retry();
	ATF_REQUIRE(!node(HOME)->have.tunnel);
	/* In the kernel: its four, and one of the tunnel. */
	with = node(HOME)->have;
	with.tunnel = true;
	with.local = in6(AGENT);
	with.peer = in6(COA);
	for (i = 0; i < 5; i++) {
		ATF_REQUIRE(spd_entry(&with, i, &e));
		found[i] = e.policy;
	}
	r.npolicies = 5;
	memset(total, 0, sizeof(total));
	shortage = PFKEY_OK;
	wait_for_retry();
	for (;;) {
		turn();
		if (nasked > 0 && asked[0].type == PFKEY_SPDDUMP)
			break;
		if (nasked > 0)
			reply(&ok);
	}
	reply(&r);
	run(PFKEY_OK, 0);
	ATF_CHECK_EQ(1, total[PFKEY_SPDDELETE]);
	ATF_CHECK(!node(HOME)->have.tunnel && is_whole(node(HOME)));
}

/* A node that goes is not forgotten before its policies are gone. */
ATF_TC_WITHOUT_HEAD(removal);
ATF_TC_BODY(removal, tc)
{
	start(1);
	homes[0] = in6(HOME2);
	shortage = PFKEY_E_NOMEM;
	planner_configured(&p);
	run(PFKEY_OK, 0);
	ATF_CHECK(node(HOME) != NULL);
	clock_ns += SEC_PATIENCE;
	wait_for_retry();
	run(PFKEY_OK, 0);
	ATF_CHECK(node(HOME) != NULL);
	shortage = PFKEY_OK;
	wait_for_retry();
	run(PFKEY_OK, 0);
	ATF_CHECK_EQ(4, total[PFKEY_SPDDELETE]);
	ATF_CHECK(node(HOME) == NULL);
}

/* A comparison that can't begin is tried again, and not as fast as can be. */
ATF_TC_WITHOUT_HEAD(comparison);
ATF_TC_BODY(comparison, tc)
{
	start(1);
	shortage = PFKEY_E_NOMEM;
	compare_begin(planning());
	heard_dump(planning());
	turn();
	refused = 0;
	run(PFKEY_OK, 0);
	ATF_CHECK_EQ(0, refused);
	wait_for_retry();
	ATF_CHECK(refused <= 2);
	memset(total, 0, sizeof(total));
	shortage = PFKEY_OK;
	wait_for_retry();
	run(PFKEY_OK, 0);
	ATF_CHECK_EQ(1, total[PFKEY_SPDDUMP]);
	ATF_CHECK_EQ(1, total[PFKEY_DUMP]);
	ATF_CHECK(is_whole(node(HOME)));
}

/* A node for which there was no memory is there a little later. */
ATF_TC_WITHOUT_HEAD(nodes_later);
ATF_TC_BODY(nodes_later, tc)
{
	start(1);
	ha.nnodes = 2;
	nodes[1] = nodes[0];
	nodes[1].homes = &homes[1];
	failing = 1;
	planner_configured(&p);
	turn();
	ATF_CHECK_EQ(0, failing);
	ATF_CHECK(node(HOME2) == NULL);
	/* Its engine does not know, and is not to be blamed. */
	move(HOME2, COA);
	run(PFKEY_OK, 0);
	ATF_CHECK_EQ(1, answers);
	ATF_CHECK_EQ(ENOMEM, result);
	ATF_CHECK_EQ(0, p.counters.v[PC_DENIED]);
	wait_for_retry();
	run(PFKEY_OK, 0);
	ATF_REQUIRE(node(HOME2) != NULL);
	ATF_CHECK(is_whole(node(HOME2)));
	move(HOME2, COA);
	run(PFKEY_OK, 0);
	ATF_CHECK_EQ(2, answers);
	ATF_CHECK_EQ(0, result);
}

/* Who asks for what is not his is told so as well. */
ATF_TC_WITHOUT_HEAD(denied);
ATF_TC_BODY(denied, tc)
{
	start(1);
	move("2001:db8:99::77", COA);
	run(PFKEY_OK, 0);
	ATF_CHECK_EQ(1, p.counters.v[PC_DENIED]);
	ATF_CHECK_EQ(1, answers);
	ATF_CHECK_EQ(EACCES, result);
}

/* More nodes than jobs at a time: each has its turn, with no memory at all. */
ATF_TC_WITHOUT_HEAD(jobs);
ATF_TC_BODY(jobs, tc)
{
	struct sec_job	*j;
	unsigned int	 n = 0;

	start(2);
	for (j = planning()->free_jobs; j != NULL; j = j->next)
		n++;
	ATF_CHECK_EQ(SEC_JOBS_MAX, n);
}

/* Manual associations of a node that goes: none stays for want of room. */
ATF_TC_WITHOUT_HEAD(dropped_associations);
ATF_TC_BODY(dropped_associations, tc)
{
	static struct conf_sa	 sas[] = {
		{ .use = SA_BINDING, .way = SA_TO_AGENT, .spi = 1000,
		    .cipher = CIPHER_NULL, .mac = MAC_SHA1_96,
		    .mac_keylen = 20 },
		{ .use = SA_BINDING, .way = SA_FROM_AGENT, .spi = 1001,
		    .cipher = CIPHER_NULL, .mac = MAC_SHA1_96,
		    .mac_keylen = 20 },
	};

	sec_.sas = sas;
	sec_.nsas = 2;
	start(2);
	shortage = PFKEY_E_QUEUE;
	ha.nnodes = 1;
	planner_configured(&p);
	run(PFKEY_OK, 0);
	wait_for_retry();
	ATF_CHECK_EQ(0, total[PFKEY_DELETE]);
	shortage = PFKEY_OK;
	wait_for_retry();
	run(PFKEY_OK, 0);
	ATF_CHECK_EQ(2, total[PFKEY_DELETE]);
	/* One that is wanted again by then is left to who adds it. */
	memset(total, 0, sizeof(total));
	shortage = PFKEY_E_QUEUE;
	homes[0] = in6(HOME2);
	planner_configured(&p);
	homes[0] = in6(HOME);
	planner_configured(&p);
	run(PFKEY_OK, 0);
	shortage = PFKEY_OK;
	wait_for_retry();
	run(PFKEY_OK, 0);
	ATF_CHECK_EQ(0, total[PFKEY_DELETE]);
	ATF_CHECK_EQ(2, total[PFKEY_ADD]);
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, dropped_associations);
	ATF_TP_ADD_TC(tp, waits);
	ATF_TP_ADD_TC(tp, kernel_waits);
	ATF_TP_ADD_TC(tp, given_up);
	ATF_TP_ADD_TC(tp, refused_one);
	ATF_TP_ADD_TC(tp, refused_and_moved);
	ATF_TP_ADD_TC(tp, refused_association);
	ATF_TP_ADD_TC(tp, leftovers);
	ATF_TP_ADD_TC(tp, removal);
	ATF_TP_ADD_TC(tp, comparison);
	ATF_TP_ADD_TC(tp, nodes_later);
	ATF_TP_ADD_TC(tp, denied);
	ATF_TP_ADD_TC(tp, jobs);
	return (atf_no_error());
}
