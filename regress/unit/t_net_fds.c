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
#include "net/raw.c"
#include "net/sockets.c"
#undef setsockopt

#include "core/child.h"
#include "net/net.h"
#include "net/reason.h"
#include "net/state.h"
#include "net/transport.h"
#include "net_lab.h"

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
	ATF_CHECK(!is_open(give(FD_CONNECTED, "vici")));
	ATF_CHECK(!is_open(give(FD_GROUP + 1, "later")));
	ATF_CHECK(!is_open(give(0, "none")));
}

/* Each kind that there is one of takes the place of the one before. */
ATF_TC_WITHOUT_HEAD(replaced);
ATF_TC_BODY(replaced, tc)
{
	static const int	 kinds[] = { FD_RAW_MH, FD_RAW_MH_IPSEC,
	    FD_RAW_MH_TUNNEL, FD_RAW_ICMP6, FD_RAW_TUNNEL, FD_RAW_SEND,
	    FD_TUN };
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

/* Each row says how its descriptor is worked with, and is one of its kind. */
ATF_TC_WITHOUT_HEAD(rows);
ATF_TC_BODY(rows, tc)
{
	const struct transport	*t, *first;
	bool			 sends[256] = { false };
	unsigned int		 kind, n = 0;
	enum encap_id		 id;

	for (kind = 0; kind < FD_MAX; kind++) {
		if ((t = transport_row(kind)) == NULL)
			continue;
		n++;
		ATF_CHECK_EQ_MSG(t->read == NULL, t->judge == NULL, "%s",
		    t->name);
		ATF_CHECK_EQ_MSG(t->write == NULL, t->again == NULL, "%s",
		    t->name);
		ATF_CHECK_MSG(t->proto == 0 || t->write != NULL, "%s", t->name);
		ATF_CHECK_MSG(t->proto == 0 || !sends[t->proto], "%s", t->name);
		sends[t->proto] = true;
		/* What is lost is asked for by its interface. */
		ATF_CHECK_MSG(t->lost == NC_MAX ||
		    (t->flags & TP_EACH_LINK) != 0, "%s", t->name);
		ATF_CHECK_MSG((t->flags & TP_MANY) == 0 || t->use == NULL,
		    "%s", t->name);
		/* A tunnel comes by the socket of its protocol. */
		ATF_CHECK_EQ_MSG(t->judge == raw_tunnel_row.judge,
		    t->proto != 0 && encap_by_proto(t->proto) != ENCAP_MAX,
		    "%s", t->name);
		if (t->after == 0)
			continue;
		first = transport_row(t->after);
		ATF_REQUIRE_MSG(first != NULL, "%s", t->name);
		ATF_CHECK_MSG(first->read != NULL &&
		    (first->flags & (TP_MANY | TP_EACH_LINK)) == 0, "%s",
		    t->name);
	}
	ATF_CHECK_EQ(n, 9);
	for (id = 0; id < ENCAP_MAX; id++) {
		ATF_CHECK_EQ(encap_is_tunnel(id), encaps[id].parse != NULL);
		ATF_CHECK(!encap_is_tunnel(id) ||
		    (sends[encap_forms[id].proto] &&
		    encap_by_proto(encap_forms[id].proto) == id));
	}
	ATF_CHECK_EQ(ENCAP_MAX, encap_by_proto(0));
	ATF_CHECK(transport_row(FD_MAX) == NULL);
}

/* A descriptor that packets can be put into: the other end of it. */
static int
give_pair(int kind)
{
	struct msg_fd	 m;
	int		 sv[2];

	memset(&m, 0, sizeof(m));
	m.kind = (uint8_t)kind;
	ATF_REQUIRE_EQ(socketpair(AF_UNIX, SOCK_DGRAM | SOCK_NONBLOCK, 0, sv),
	    0);
	net_ops.got_fd(&ch, &m, sv[0]);
	return (sv[1]);
}

static unsigned int
counted(enum net_counter c)
{
	return ((unsigned int)ch.counters.v[c]);
}

/* What comes by a descriptor is counted as what its row takes it for. */
ATF_TC_WITHOUT_HEAD(taken);
ATF_TC_BODY(taken, tc)
{
	static const struct {
		int			 kind;
		enum net_counter	 why;
		uint8_t			 p[8];
	} cases[] = {
		{ FD_RAW_MH, NC_MH_SHORT, { 59, 1 } },
		{ FD_RAW_MH_IPSEC, NC_MH_SHORT, { 59, 1 } },
		/* An error that quotes nothing. */
		{ FD_RAW_ICMP6, NC_ICMP6_STRAY, { 1 } },
		{ FD_RAW_TUNNEL, NC_INNER, { 0x60 } },
		{ FD_TUN, NC_MALFORMED, { 0x60 } },
	};
	unsigned int		 was;
	size_t			 i, k;
	int			 fd;

	setup();
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		fd = give_pair(cases[i].kind);
		was = counted(cases[i].why);
		for (k = 0; k < 4; k++)
			ATF_REQUIRE_EQ(send(fd, cases[i].p, 8, 0), 8);
		event_base_loop(ch.base, EVLOOP_NONBLOCK);
		ATF_CHECK_EQ_MSG(counted(cases[i].why), was + 4, "kind %d: %u",
		    cases[i].kind, counted(cases[i].why) - was);
	}
}

/* A message that came by both sockets is taken once, as a protected one. */
ATF_TC_WITHOUT_HEAD(protected_first);
ATF_TC_BODY(protected_first, tc)
{
	static const uint8_t	 p[8] = { 59, 0, 5 };
	int			 clear, safe;

	setup();
	clear = give_pair(FD_RAW_MH);
	safe = give_pair(FD_RAW_MH_IPSEC);
	ATF_REQUIRE_EQ(send(clear, p, sizeof(p), 0), 8);
	ATF_REQUIRE_EQ(send(safe, p, sizeof(p), 0), 8);
	event_base_loop(ch.base, EVLOOP_NONBLOCK);
	ATF_CHECK_EQ(counted(NC_MH_DUPLICATE), 1);
	ATF_CHECK_EQ(counted(NC_CHECKSUM), 1);
}

/*
 * Out of a tunnel of ESP: what comes by that socket is none to be taken, but
 * its copy, which the system's policies have let pass, is marked.
 */
ATF_TC_WITHOUT_HEAD(tunnelled_first);
ATF_TC_BODY(tunnelled_first, tc)
{
	static const uint8_t	 p[8] = { 59, 0, 5 };
	int			 all, tunnel;

	setup();
	all = give_pair(FD_RAW_MH);
	give_pair(FD_RAW_MH_IPSEC);
	tunnel = give_pair(FD_RAW_MH_TUNNEL);
	ATF_REQUIRE_EQ(send(all, p, sizeof(p), 0), 8);
	ATF_REQUIRE_EQ(send(tunnel, p, sizeof(p), 0), 8);
	event_base_loop(ch.base, EVLOOP_NONBLOCK);
	ATF_CHECK_EQ(counted(NC_MH_DUPLICATE), 0);
	ATF_CHECK_EQ(counted(NC_CHECKSUM), 1);
	/* It was read first, and is good for one. */
	ATF_CHECK_EQ(((struct net *)ch.priv)->tunnelled.next, 1);
	ATF_CHECK_EQ(((struct net *)ch.priv)->tunnelled.e[0].hash, 0);
}

/* A capture that fails is closed, counted, and of that interface alone. */
ATF_TC_WITHOUT_HEAD(capture_fails);
ATF_TC_BODY(capture_fails, tc)
{
	struct msg_fd	 m;
	int		 fd;

	setup();
	memset(&m, 0, sizeof(m));
	m.kind = FD_CAPTURE;
	m.arg = LINK;
	ATF_REQUIRE((fd = socket(AF_INET6, SOCK_DGRAM, 0)) != -1);
	net_ops.got_fd(&ch, &m, fd);
	ATF_CHECK(!is_open(fd));
	ATF_CHECK_EQ(counted(NC_CAPTURE_LOST), 1);
	m.arg = 0;
	ATF_REQUIRE((fd = socket(AF_INET6, SOCK_DGRAM, 0)) != -1);
	net_ops.got_fd(&ch, &m, fd);
	ATF_CHECK(!is_open(fd));
	ATF_CHECK_EQ(counted(NC_CAPTURE_LOST), 1);
}

static unsigned int	 went[256];	/* by the last octet of the receiver */
static bool		 too_big;	/* what is for the first of them */

/* One by one. */
static unsigned int
write_one(struct output *o, unsigned int from, unsigned int n, int *error)
{
	uint8_t	 last = o->to[from].sin6_addr.s6_addr[15];

	ATF_REQUIRE(n > 0);
	if (too_big && last == 1) {
		*error = EMSGSIZE;
		return (0);
	}
	went[last]++;
	return (1);
}

static bool
not_again(struct output *o, unsigned int i, int error)
{
	(void)o;
	(void)i;
	(void)error;
	return (false);
}

static const struct transport	 writes = { .name = "test", .write = write_one,
				    .again = not_again,
				    .refused = NC_SEND_FAILED };

/*
 * A batch of packets whose copies do not fit into one queue: nothing of the one
 * in the middle of which it is written is lost, also where the kernel refuses
 * some.
 */
ATF_TC_WITHOUT_HEAD(copies);
ATF_TC_BODY(copies, tc)
{
	struct msg_bind	 b = { .flags = BIND_ACTIVE | BIND_ALL };
	uint8_t		 p[IP6_HDRLEN + 1000] = { 0 };
	struct in6_addr	 src;
	struct lab	*l;
	struct net	*net;
	unsigned int	 i, k;
	int		 tun;

	ATF_REQUIRE((l = malloc(sizeof(*l))) != NULL);
	lab_init(l, ROLE_BIT(ROLE_HA), false);
	setup();
	tun = give_pair(FD_TUN);
	net = ch.priv;
	output_whole_by(&net->out, tun, &writes);
	ATF_REQUIRE(dp_configure(&net->dp, &l->conf));
	b.home = HOME;
	b.local = HA;
	b.peer = COA;
	for (k = 1; k <= 3; k++) {
		b.bid = (uint16_t)k;
		b.peer.s6_addr[15] = (uint8_t)k;
		ATF_REQUIRE(dp_bind(&net->dp, ROLE_HA, &b, net->now, &net->o));
	}
	src = CN;
	ip6_header(p, &src, &b.home, 17, 1000, 64, 0, 0);
	for (i = 0; i < 2; i++) {
		memset(went, 0, sizeof(went));
		too_big = i > 0;
		for (k = 0; k < BATCH; k++)
			ATF_REQUIRE_EQ(send(tun, p, sizeof(p), 0),
			    (ssize_t)sizeof(p));
		event_base_loop(ch.base, EVLOOP_NONBLOCK);
		ATF_CHECK_EQ((i + 1) * BATCH, counted(NC_ENCAPSULATED));
		ATF_CHECK_EQ((i + 1) * 2 * BATCH, counted(NC_COPIES));
		ATF_CHECK_EQ(too_big ? 0 : BATCH, went[1]);
		ATF_CHECK_EQ(BATCH, went[2]);
		ATF_CHECK_EQ(BATCH, went[3]);
		ATF_CHECK_EQ(too_big ? BATCH : 0, counted(NC_SEND_FAILED));
		net->now.ns += SEC(1);
	}
	lab_free(l);
	free(l);
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, copies);
	ATF_TP_ADD_TC(tp, rows);
	ATF_TP_ADD_TC(tp, taken);
	ATF_TP_ADD_TC(tp, protected_first);
	ATF_TP_ADD_TC(tp, tunnelled_first);
	ATF_TP_ADD_TC(tp, capture_fails);
	ATF_TP_ADD_TC(tp, groups_move);
	ATF_TP_ADD_TC(tp, left_while_away);
	ATF_TP_ADD_TC(tp, one_too_many);
	ATF_TP_ADD_TC(tp, not_ours);
	ATF_TP_ADD_TC(tp, replaced);
	return (atf_no_error());
}
