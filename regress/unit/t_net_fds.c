/*
 * The descriptors of net: taken over from the parent, replaced by others of
 * their kind, closed.  net/net.c runs as it is; of the kernel's answers to
 * socket options we are the author.
 */
#include <sys/types.h>
#include <sys/socket.h>

#include <netinet/in.h>

#include <atf-c.h>
#include <errno.h>
#include <event2/event.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static int	 test_setsockopt(int, int, int, const void *, socklen_t);
#define setsockopt	test_setsockopt
#include "net/sockets.c"
#undef setsockopt

#include "core/child.h"
#include "net/net.h"
#include "net/reason.h"

#define LINK	7
#define MANY	(GROUP_SOCKETS_MAX + 8)

static struct child	 ch;
static int		 joined[4096];	/* groups on this descriptor */
static int		 full = -1;	/* has no room for groups */

static int
test_setsockopt(int fd, int level, int option, const void *value, socklen_t len)
{
	(void)level;
	(void)value;
	(void)len;
	ATF_REQUIRE(fd >= 0 && fd < 4096);
	if (option == IPV6_JOIN_GROUP && fd == full) {
		errno = ENOBUFS;
		return (-1);
	}
	if (option == IPV6_JOIN_GROUP)
		joined[fd]++;
	if (option == IPV6_LEAVE_GROUP)
		joined[fd]--;
	return (0);
}

static void
setup(void)
{
	struct hash_key	 key = { { 1, 2 } };

	ch.ops = &net_ops;
	ATF_REQUIRE_EQ(counters_init(&ch.counters, net_ops.counters), 0);
	ATF_REQUIRE(whys_init(&ch.whys, &key, NULL, NULL));
	ATF_REQUIRE((ch.base = event_base_new()) != NULL);
}

/* The parent gives a descriptor of this kind; its number. */
static int
give(int kind, const char *name)
{
	struct msg_fd	 m;
	int		 fd;

	memset(&m, 0, sizeof(m));
	m.kind = (uint8_t)kind;
	snprintf(m.name, sizeof(m.name), "%s", name);
	fd = socket(AF_INET6, SOCK_DGRAM | SOCK_NONBLOCK, 0);
	ATF_REQUIRE(fd != -1);
	joined[fd] = 0;
	net_ops.got_fd(&ch, &m, fd);
	return (fd);
}

static bool
is_open(int fd)
{
	return (fcntl(fd, F_GETFD) != -1);
}

static void
group(uint8_t last, bool join)
{
	union msg	 m;

	memset(&m, 0, sizeof(m));
	m.u_GROUP.group.s6_addr[0] = 0xff;
	m.u_GROUP.group.s6_addr[1] = 2;
	m.u_GROUP.group.s6_addr[15] = last;
	m.u_GROUP.ifindex = LINK;
	m.u_GROUP.join = join;
	net_ops.message(&ch, ROLE_MN, MSG_GROUP, &m);
}

/* Until so many groups are joined there; they are left in the background. */
static void
wait_joined(int fd, int n)
{
	while (joined[fd] != n)
		ATF_REQUIRE_EQ(event_base_loop(ch.base, EVLOOP_ONCE), 0);
}

/* What was joined on the ICMPv6 socket is joined on the next one. */
ATF_TC_WITHOUT_HEAD(groups_move);
ATF_TC_BODY(groups_move, tc)
{
	int	 first, second;

	setup();
	first = give(FD_RAW_ICMP6, "icmp6");
	group(1, true);
	group(2, true);
	ATF_CHECK_EQ(joined[first], 2);
	/* Another number than that of the one that is closed. */
	second = give(FD_RAW_ICMP6, "icmp6");
	ATF_CHECK(second != first);
	ATF_CHECK(!is_open(first));
	ATF_CHECK_EQ(joined[second], 2);
	group(3, true);
	ATF_CHECK_EQ(joined[second], 3);
	group(1, false);
	wait_joined(second, 2);
}

/* A group that is left while its socket is away is left by nobody. */
ATF_TC_WITHOUT_HEAD(left_while_away);
ATF_TC_BODY(left_while_away, tc)
{
	int	 first, second, other;

	setup();
	first = give(FD_RAW_ICMP6, "icmp6");
	group(1, true);
	full = first;
	group(2, true);
	other = give(FD_GROUP, "group");
	ATF_CHECK_EQ(joined[other], 1);
	group(1, false);
	second = give(FD_RAW_ICMP6, "icmp6");
	group(2, false);
	wait_joined(other, 0);
	ATF_CHECK_EQ(joined[second], 0);
	group(3, true);
	ATF_CHECK_EQ(joined[second] + joined[other], 1);
}

/* Of sockets for groups there is a limit; one more is not kept. */
ATF_TC_WITHOUT_HEAD(one_too_many);
ATF_TC_BODY(one_too_many, tc)
{
	int	 i, fd = -1, kept = 0;

	setup();
	give(FD_RAW_ICMP6, "icmp6");
	for (i = 0; i < MANY; i++) {
		fd = give(FD_GROUP, "group");
		kept += is_open(fd) ? 1 : 0;
	}
	ATF_CHECK_EQ(kept, GROUP_SOCKETS_MAX);
	ATF_CHECK(!is_open(fd));
}

/* What is for another process is closed. */
ATF_TC_WITHOUT_HEAD(not_ours);
ATF_TC_BODY(not_ours, tc)
{
	setup();
	ATF_CHECK(!is_open(give(FD_LISTEN, "listen")));
	ATF_CHECK(!is_open(give(FD_VICI, "vici")));
	ATF_CHECK(!is_open(give(FD_GROUP + 1, "later")));
	ATF_CHECK(!is_open(give(0, "none")));
}

/* Each kind that there is one of takes the place of the one before. */
ATF_TC_WITHOUT_HEAD(replaced);
ATF_TC_BODY(replaced, tc)
{
	static const int	 kinds[] = { FD_RAW_MH, FD_RAW_MH_IPSEC,
	    FD_RAW_ICMP6, FD_RAW_TUNNEL, FD_RAW_SEND, FD_TUN };
	int			 first, second;
	size_t			 i;

	setup();
	for (i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		first = give(kinds[i], "first");
		second = give(kinds[i], "second");
		ATF_CHECK(!is_open(first));
		ATF_CHECK(is_open(second));
	}
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, groups_move);
	ATF_TP_ADD_TC(tp, left_while_away);
	ATF_TP_ADD_TC(tp, one_too_many);
	ATF_TP_ADD_TC(tp, not_ours);
	ATF_TP_ADD_TC(tp, replaced);
	return (atf_no_error());
}
