/*
 * parent/request: each request of a child gets an answer, also one that is
 * denied and one for which there is no memory.  The latter is not done at all.
 */
#include <sys/types.h>
#include <sys/socket.h>

#include <arpa/inet.h>
#include <atf-c.h>
#include <event2/event.h>
#include <stdlib.h>
#include <string.h>

#include "regress/unit/pipe_lab.h"
#include "kern/fake.c"

static bool	 failing;

static void *
t_realloc(void *old, size_t n)
{
	return (failing ? NULL : realloc(old, n));
}

#define realloc	t_realloc
#include "parent/request.c"
#undef realloc

static struct parent	 p;
static struct conf	 conf;
static struct conf_ha	 ha;
static struct conf_mn	 mn;
static struct conf_home_link link_;
static struct conf_prefix prefix;
static struct conf_home	 home;
static struct ipc	*engine;
static unsigned int	 answers;
static uint32_t		 last_id;
static int		 result;

static struct in6_addr
in6(const char *s)
{
	struct in6_addr	 a;

	ATF_REQUIRE_EQ(inet_pton(AF_INET6, s, &a), 1);
	return (a);
}

static void
on_message(void *arg, struct ipc *ipc, enum msg_type t, const union msg *m,
    int fd)
{
	(void)arg;
	(void)ipc;
	(void)fd;
	ATF_CHECK_EQ(MSG_RESULT, t);
	answers++;
	last_id = m->u_RESULT.id;
	result = (int)m->u_RESULT.error;
}

static void
run(void)
{
	int	 i;

	for (i = 0; i < 20; i++)
		event_base_loop(p.base, EVLOOP_NONBLOCK);
}

static struct proc *
setup(enum role role)
{
	struct proc	*pr = &p.procs[role];
	char		 why[256];
	int		 sv[2];

	fake_reset();
	*fake_caps() = (struct kern_caps){ .tun = true, .capture = true,
	    .forwarding = true };
	p.base = event_base_new();
	p.conf = &conf;
	conf.ha = &ha;
	conf.mn = &mn;
	prefix = (struct conf_prefix){ in6("2001:db8:1::"), 64 };
	link_ = (struct conf_home_link){ .prefixes = &prefix, .nprefixes = 1 };
	ha = (struct conf_ha){ .links = &link_, .nlinks = 1 };
	home = (struct conf_home){ .address = in6("2001:db8:2::100"),
	    .agent = in6("2001:db8:2::1") };
	mn = (struct conf_mn){ .homes = &home, .nhomes = 1 };
	ATF_REQUIRE_EQ(0, counters_init(&p.counters, parent_counters));
	proc_init(&p, &parent_hooks);
	ATF_REQUIRE_EQ_MSG(0, kernel_open(&p, why, sizeof(why)), "%s", why);
	ATF_REQUIRE_EQ(0, socketpair(AF_UNIX, SOCK_STREAM, 0, sv));
	pr->ipc = ipc_new(p.base, sv[0], ROLE_PARENT, role, verbs_from_child,
	    on_dead, pr);
	pr->state = PROC_READY;
	engine = ipc_new(p.base, sv[1], role, ROLE_PARENT, on_message, on_dead,
	    NULL);
	ATF_REQUIRE(pr->ipc != NULL && engine != NULL);
	run();
	fake_reset();
	return (pr);
}

static void
route(struct proc *pr, uint32_t id, const char *addr)
{
	union msg	 m;

	memset(&m, 0, sizeof(m));
	m.u_HOME_ROUTE.id = id;
	m.u_HOME_ROUTE.home = in6(addr);
	m.u_HOME_ROUTE.plen = 128;
	m.u_HOME_ROUTE.add = true;
	request_message(pr, MSG_HOME_ROUTE, &m);
}

ATF_TC_WITHOUT_HEAD(no_memory);
ATF_TC_BODY(no_memory, tc)
{
	struct proc	*pr = setup(ROLE_HA);

	failing = true;
	route(pr, 1, "2001:db8:1::1");
	run();
	ATF_CHECK_EQ(1, answers);
	ATF_CHECK_EQ(1, last_id);
	ATF_CHECK_EQ(ENOMEM, result);
	ATF_CHECK_STREQ("", fake_log());
	failing = false;
	route(pr, 2, "2001:db8:1::2");
	run();
	ATF_CHECK_EQ(2, answers);
	ATF_CHECK_EQ(2, last_id);
	ATF_CHECK_EQ(0, result);
	ATF_CHECK(strstr(fake_log(), "2001:db8:1::2") != NULL);
}

ATF_TC_WITHOUT_HEAD(all_answered);
ATF_TC_BODY(all_answered, tc)
{
	struct proc	*pr = setup(ROLE_HA);
	unsigned int	 i;

	/* In one round, with memory for the first of them. */
	route(pr, 1, "2001:db8:1::1");
	failing = true;
	for (i = 2; i <= 1000; i++)
		route(pr, i, "2001:db8:1::1");
	run();
	ATF_CHECK_EQ(1000, answers);
}

ATF_TC_WITHOUT_HEAD(denied);
ATF_TC_BODY(denied, tc)
{
	struct proc	*pr = setup(ROLE_MN);
	union msg	 m;

	route(pr, 5, "2001:db8:99::1");
	run();
	ATF_CHECK_EQ(EACCES, result);
	memset(&m, 0, sizeof(m));
	m.u_HOME_POLICY.id = 6;
	m.u_HOME_POLICY.active = true;
	request_message(pr, MSG_HOME_POLICY, &m);
	memset(&m, 0, sizeof(m));
	m.u_PATH.id = 7;
	m.u_PATH.add = true;
	request_message(pr, MSG_PATH, &m);
	memset(&m, 0, sizeof(m));
	m.u_ADDR_SET.id = 8;
	m.u_ADDR_SET.add = true;
	request_message(pr, MSG_ADDR_SET, &m);
	run();
	ATF_CHECK_EQ(4, answers);
	ATF_CHECK_EQ(8, last_id);
	ATF_CHECK_EQ(EACCES, result);
	ATF_CHECK_EQ(4, p.counters.v[PC_DENIED]);
	ATF_CHECK_STREQ("", fake_log());
	/* Nobody waits for number 0. */
	m.u_ADDR_SET.id = 0;
	request_message(pr, MSG_ADDR_SET, &m);
	run();
	ATF_CHECK_EQ(4, answers);
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, no_memory);
	ATF_TP_ADD_TC(tp, all_answered);
	ATF_TP_ADD_TC(tp, denied);
	return (atf_no_error());
}
