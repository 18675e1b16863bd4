/*
 * parent/capture: each interface gets its capture, whatever their number,
 * those that the configuration names first.  What fails is tried again, and
 * net gets no more descriptors than it may have.
 */
#include <sys/types.h>
#include <sys/resource.h>
#include <sys/socket.h>

#include <atf-c.h>
#include <event2/event.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "regress/unit/pipe_lab.h"

/* The fake takes the place of this system's file. */
#include "kern/fake.c"
#include "parent/kernel.h"
#include "parent/parent.h"

#define MANY	1000
#define NAMED	(MANY + 1)

static struct parent	 p;
static struct ipc	*net;		/* its end of the pipe */
static unsigned int	 given[MANY + 2];	/* captures, by index */
static unsigned int	 groups, ngiven;
static uint32_t		 first;		/* that was given */

static const char	 text[] = NODE_TEXT("wan1001");

static void
on_message(void *arg, struct ipc *ipc, enum msg_type t, const union msg *m,
    int fd)
{
	(void)arg;
	(void)ipc;
	if (t != MSG_FD)
		return;
	close(fd);
	if (m->u_FD.kind == FD_GROUP)
		groups++;
	if (m->u_FD.kind != FD_CAPTURE)
		return;
	ATF_REQUIRE(m->u_FD.arg < MANY + 2);
	given[m->u_FD.arg]++;
	if (ngiven++ != 0)
		return;
	first = m->u_FD.arg;
}

/* The kernel tells of a link. */
static void
link_is(uint32_t ifindex, uint8_t flags)
{
	struct msg_link	 m;

	memset(&m, 0, sizeof(m));
	m.ifindex = ifindex;
	m.flags = flags;
	m.mtu = 1500;
	snprintf(m.name, sizeof(m.name), "%s%u", ifindex == NAMED ? "wan" :
	    "br", ifindex);
	fake_events()->link(fake_events()->arg, &m);
}

static void
links(uint32_t from, uint32_t to, uint8_t flags)
{
	for (; from <= to; from++)
		link_is(from, flags);
}

/* The loop until so many captures were given. */
static void
wait_given(unsigned int n)
{
	while (ngiven < n)
		ATF_REQUIRE(event_base_loop(p.base, EVLOOP_ONCE) == 0);
}

/* What can be done without waiting. */
static void
settle(void)
{
	int	 i;

	for (i = 0; i < 100; i++)
		event_base_loop(p.base, EVLOOP_NONBLOCK);
}

static void
setup(bool all)
{
	struct proc	*pr = &p.procs[ROLE_NET];
	char		 why[256];
	int		 sv[2];

	fake_reset();
	fake_capture_all(all);
	p.base = event_base_new();
	p.conf = conf_parse_text(text, strlen(text), complain, NULL);
	ATF_REQUIRE(p.conf != NULL);
	ATF_REQUIRE_EQ(counters_init(&p.counters, parent_counters), 0);
	proc_init(&p, &parent_hooks);
	*fake_caps() = (struct kern_caps){ .tun = true, .capture = true,
	    .suppress = SUPPRESS_NFT };
	ATF_REQUIRE_EQ(kernel_open(&p, why, sizeof(why)), 0);
	ATF_REQUIRE_EQ(tun_claim(&p, why, sizeof(why)), 0);
	ATF_REQUIRE_EQ(kernel_begin(&p, why, sizeof(why)), 0);
	ATF_REQUIRE(socketpair(AF_UNIX, SOCK_STREAM, 0, sv) == 0);
	pr->ipc = ipc_new(p.base, sv[0], ROLE_PARENT, ROLE_NET,
	    verbs_from_child, on_dead, pr);
	net = ipc_new(p.base, sv[1], ROLE_NET, ROLE_PARENT, on_message,
	    on_dead, NULL);
	ATF_REQUIRE(pr->ipc != NULL && net != NULL);
	pr->state = PROC_READY;
	ATF_REQUIRE_EQ(kernel_give_net(pr), 0);
}

static void
lost(uint32_t ifindex)
{
	struct msg_capture_lost	 m = { ifindex };

	ipc_send(net, MSG_CAPTURE_LOST, &m);
}

/* So many descriptors may net have, if this system lets it. */
static void
need_descriptors(unsigned int n)
{
	struct rlimit	 rl;

	ATF_REQUIRE_EQ(getrlimit(RLIMIT_NOFILE, &rl), 0);
	if (rl.rlim_max < n + NET_FDS_OTHER)
		atf_tc_skip("no more than %lu descriptors",
		    (unsigned long)rl.rlim_max);
}

/* A thousand, coming and going; what is named is the last to come. */
ATF_TC_WITHOUT_HEAD(many);
ATF_TC_BODY(many, tc)
{
	unsigned int	 asked;
	uint32_t	 i;

	need_descriptors(NAMED);
	setup(false);
	asked = fake_caps_asked();
	links(1, NAMED, LINK_UP);
	wait_given(NAMED);
	settle();
	ATF_CHECK_EQ(first, NAMED);
	/* The kernel is not asked for its abilities for each of them. */
	ATF_CHECK_EQ(fake_caps_asked(), asked);
	for (i = 1; i <= NAMED; i++)
		ATF_REQUIRE_EQ_MSG(given[i], 1, "%u: %u", i, given[i]);
	/* Said again: nothing is given twice. */
	links(1, NAMED, LINK_UP | LINK_RUNNING);
	settle();
	ATF_CHECK_EQ(ngiven, NAMED);
	/* Half of them are made again. */
	links(1, MANY / 2, LINK_GONE);
	links(1, MANY / 2, LINK_UP);
	wait_given(NAMED + MANY / 2);
	for (i = 1; i <= NAMED; i++)
		ATF_REQUIRE_EQ(given[i], i <= MANY / 2 ? 2 : 1);
	ATF_CHECK_EQ(p.counters.v[PC_CAPTURE_ERRORS], 0);
	ATF_CHECK_EQ(p.counters.v[PC_CAPTURES_FULL], 0);
	kernel_close(&p);
}

/* One that vanishes meanwhile, one whose capture dies in net. */
ATF_TC_WITHOUT_HEAD(tried_again);
ATF_TC_BODY(tried_again, tc)
{
	setup(false);
	fake_capture_fail("br2", ENXIO);
	links(1, 3, LINK_UP);
	wait_given(2);
	settle();
	ATF_CHECK_EQ(given[2], 0);
	ATF_CHECK_EQ(p.counters.v[PC_CAPTURE_ERRORS], 1);
	fake_capture_fail("br2", 0);
	wait_given(3);
	ATF_CHECK_EQ(given[2], 1);
	lost(3);
	wait_given(4);
	ATF_CHECK_EQ(given[3], 2);
	/* Of what it has not, and of what there is not. */
	link_is(3, LINK_GONE);
	lost(3);
	lost(77);
	settle();
	ATF_CHECK_EQ(ngiven, 4);
	kernel_close(&p);
}

/* The system has no descriptors for us, and later has. */
ATF_TC_WITHOUT_HEAD(shortage);
ATF_TC_BODY(shortage, tc)
{
	setup(false);
	fake_capture_fail("*", EMFILE);
	links(1, 3, LINK_UP);
	settle();
	ATF_CHECK_EQ(ngiven, 0);
	ATF_CHECK(p.counters.v[PC_CAPTURES_FULL] > 0);
	fake_capture_fail("*", 0);
	wait_given(3);
	kernel_close(&p);
}

/*
 * net may have 64 descriptors: the named interface, which comes last, has its
 * capture, and when others go there is room for more.
 */
ATF_TC_WITHOUT_HEAD(limit);
ATF_TC_BODY(limit, tc)
{
	struct rlimit	 rl = { 64, 64 };
	unsigned int	 n = 64 - NET_FDS_OTHER;
	uint32_t	 i;

	ATF_REQUIRE(setrlimit(RLIMIT_NOFILE, &rl) == 0);
	setup(false);
	links(1, 100, LINK_UP);
	wait_given(n - 1);
	settle();
	ATF_CHECK_EQ(ngiven, n - 1);
	ATF_CHECK(p.counters.v[PC_CAPTURES_FULL] > 0);
	link_is(NAMED, LINK_UP);
	wait_given(n);
	ATF_CHECK_EQ(given[NAMED], 1);
	settle();
	ATF_CHECK_EQ(ngiven, n);
	for (i = 1; i <= 100; i++)
		if (given[i] > 0 && i <= 10)
			link_is(i, LINK_GONE);
	wait_given(n + 10);
	settle();
	ATF_CHECK_EQ(ngiven, n + 10);
	kernel_close(&p);
}

/* Where one sees all: that one, and what is named has its own. */
ATF_TC_WITHOUT_HEAD(one_for_all);
ATF_TC_BODY(one_for_all, tc)
{
	setup(true);
	links(1, NAMED, LINK_UP);
	wait_given(2);
	settle();
	ATF_CHECK_EQ(ngiven, 2);
	ATF_CHECK_EQ(given[0], 1);
	ATF_CHECK_EQ(given[NAMED], 1);
	kernel_close(&p);
}

/* What came while there was no net, and what the one before had. */
ATF_TC_WITHOUT_HEAD(another_net);
ATF_TC_BODY(another_net, tc)
{
	struct proc	*pr = &p.procs[ROLE_NET];

	setup(false);
	pr->state = PROC_WAITING;
	links(1, 3, LINK_UP);
	settle();
	ATF_CHECK_EQ(ngiven, 0);
	pr->state = PROC_STARTING;
	ATF_REQUIRE_EQ(kernel_give_net(pr), 0);
	wait_given(3);
	pr->state = PROC_WAITING;
	links(4, 6, LINK_UP);
	settle();
	ATF_CHECK_EQ(ngiven, 3);
	pr->state = PROC_STARTING;
	ATF_REQUIRE_EQ(kernel_give_net(pr), 0);
	wait_given(9);
	settle();
	ATF_CHECK_EQ(ngiven, 9);
	ATF_CHECK_EQ(given[1], 2);
	ATF_CHECK_EQ(given[6], 1);
	kernel_close(&p);
}

static void
two_links(void)
{
	links(1, 2, LINK_UP);
}

/* Events were lost: what a full list does not name is gone. */
ATF_TC_WITHOUT_HEAD(snapshot);
ATF_TC_BODY(snapshot, tc)
{
	size_t	 interfaces, without;

	setup(false);
	links(1, 10, LINK_UP);
	wait_given(10);
	fake_dump(two_links);
	fake_events()->lost(fake_events()->arg);
	settle();
	captures_count(&p, &interfaces, &without);
	ATF_CHECK_EQ(interfaces, 2);
	ATF_CHECK_EQ(without, 0);
	ATF_CHECK_EQ(ngiven, 10);
	links(3, 10, LINK_UP);
	wait_given(18);
	kernel_close(&p);
}

/* A socket for groups that can't be had is not forgotten. */
ATF_TC_WITHOUT_HEAD(group_sockets);
ATF_TC_BODY(group_sockets, tc)
{
	struct rlimit	 rl = { 64, 64 };
	struct msg_empty none = { 0 };
	unsigned int	 n = 64 - NET_FDS_OTHER;

	ATF_REQUIRE(setrlimit(RLIMIT_NOFILE, &rl) == 0);
	setup(false);
	links(1, 100, LINK_UP);
	link_is(NAMED, LINK_UP);
	wait_given(n);
	ipc_send(net, MSG_GROUPS_FULL, &none);
	settle();
	ATF_CHECK_EQ(groups, 0);
	link_is(NAMED, LINK_GONE);
	while (groups == 0)
		ATF_REQUIRE(event_base_loop(p.base, EVLOOP_ONCE) == 0);
	settle();
	ATF_CHECK_EQ(groups, 1);
	kernel_close(&p);
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, many);
	ATF_TP_ADD_TC(tp, tried_again);
	ATF_TP_ADD_TC(tp, shortage);
	ATF_TP_ADD_TC(tp, limit);
	ATF_TP_ADD_TC(tp, one_for_all);
	ATF_TP_ADD_TC(tp, another_net);
	ATF_TP_ADD_TC(tp, snapshot);
	ATF_TP_ADD_TC(tp, group_sockets);
	return (atf_no_error());
}
