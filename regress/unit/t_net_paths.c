/*
 * An entry of net with several paths (RFC 5648): which one a packet takes, that
 * what comes by any of them is taken, and what becomes of the others when one
 * is bound, moved, removed or not told again.  forward.c and bind.c are
 * compiled in here, so that memory can run out.
 */
#include <atf-c.h>

#include "net_lab.h"
#include "no_memory.h"
#include "wire/icmp6.h"

#define calloc	t_calloc
#include "net/forward.c"
#undef calloc

#define malloc	t_malloc
#include "net/bind.c"
#undef malloc

#include "net/bound.h"

#define FLOWS	20000
#define SIZE	(IP6_HDRLEN + 32)

static struct lab	 l;

/* The care-of address of a path of the node that we serve. */
static struct in6_addr
careof(unsigned int bid)
{
	struct in6_addr	 a = COA;

	a.s6_addr[15] = (uint8_t)bid;
	return (a);
}

static bool
bind_path(unsigned int bid, unsigned int weight, unsigned int flags)
{
	struct msg_bind	 b = { .home = HOME, .local = HA, .peer = careof(bid),
			    .flags = (uint8_t)flags, .bid = (uint16_t)bid,
			    .weight = (uint8_t)weight,
			    .owner = { (const uint8_t *)&bid, 1 } };

	return (dp_bind(&l.dp, ROLE_HA, &b, l.now, &l.o));
}

static bool
unbind_path(unsigned int bid)
{
	struct msg_unbind	 u = { .home = HOME, .bid = (uint16_t)bid };

	return (dp_unbind(&l.dp, ROLE_HA, &u));
}

static void
packet(uint8_t *p, struct in6_addr src, struct in6_addr dst, unsigned int flow)
{
	memset(p, 0, SIZE);
	ip6_header(p, &src, &dst, IP6_P_UDP, SIZE - IP6_HDRLEN, 64, 0, 0);
	memcpy(p + IP6_HDRLEN, &flow, sizeof(flow));
}

/* By which path a packet of this flow leaves; 0: none. */
static unsigned int
leaves(unsigned int flow)
{
	uint8_t	 p[SIZE];

	packet(p, CN, HOME, flow);
	return (lab_tun(&l, p, sizeof(p)) == DP_SEND ?
	    ip6_dst(pkt_data(&l.p)).s6_addr[15] : 0);
}

/* Is what comes by that path taken out of the tunnel? */
static bool
comes(unsigned int bid)
{
	uint8_t	 p[SIZE];

	packet(p, HOME, CN, 1);
	return (lab_tunnel(&l, careof(bid), HA, 0, p, sizeof(p)) == DP_INJECT);
}

/* Of the row of a path: have so many packets gone out and come by it? */
static bool
show(void *arg, const struct plane_row *row)
{
	struct plane_stats	 s;
	char			*text = arg;
	size_t			 n = strlen(text);

	planes_stats(&l.dp.planes, row, &s);
	ATF_CHECK_EQ(1, row->bind.owner.len);
	snprintf(text + n, 256 - n, "%u/%u>%x %u-%u%s;", row->bind.bid,
	    row->bind.weight, row->bind.peer.s6_addr[15],
	    (unsigned int)s.packets_out, (unsigned int)s.packets_in,
	    row->old ? " old" : "");
	return (false);
}

#define SHOWN(want) do {						\
	char	 text_[256] = "";					\
									\
	planes_dump(&l.dp.planes, 0, 100, show, text_);			\
	ATF_CHECK_STREQ(text_, (want));					\
} while (0)

#define ON	BIND_ACTIVE
#define WEIGH	(BIND_ACTIVE | BIND_WEIGHTED)
#define ALL	(BIND_ACTIVE | BIND_ALL)

/* The lowest that is active sends; what comes by any active one is taken. */
ATF_TC_WITHOUT_HEAD(first);
ATF_TC_BODY(first, tc)
{
	lab_init(&l, ALL_ROLES, false);
	ATF_REQUIRE(bind_path(5, 1, ON) && bind_path(2, 1, ON) &&
	    bind_path(9, 1, ON));
	ATF_CHECK_EQ(1, l.dp.forward.tab.count);
	ATF_CHECK_EQ(2, leaves(1));
	ATF_CHECK(comes(2) && comes(5) && comes(9) && !comes(3));
	/* It is known, but not active. */
	ATF_REQUIRE(bind_path(2, 1, 0));
	ATF_CHECK_EQ(5, leaves(1));
	ATF_CHECK(!comes(2));
	ATF_CHECK_EQ(NC_INACTIVE, l.o.why);
	SHOWN("2/1>2 1-1;5/1>5 1-1;9/1>9 0-1;");
	/* Removed while it is in use: the one in the middle, the first. */
	ATF_CHECK(unbind_path(5));
	ATF_CHECK_EQ(9, leaves(1));
	ATF_CHECK(!comes(5) && comes(9));
	ATF_CHECK(unbind_path(2));
	ATF_CHECK(!unbind_path(2));
	SHOWN("9/1>9 1-2;");
	/* With the last one the entry goes. */
	ATF_CHECK(unbind_path(9));
	ATF_CHECK_EQ(0, leaves(1));
	ATF_CHECK_EQ(0, l.dp.forward.tab.count);
	/* All at once. */
	ATF_REQUIRE(bind_path(5, 1, ON) && bind_path(2, 1, ON));
	ATF_CHECK(unbind_path(0));
	ATF_CHECK_EQ(0, l.dp.forward.tab.count);
	/* None is active. */
	ATF_REQUIRE(bind_path(5, 1, 0) && bind_path(2, 1, 0));
	ATF_CHECK_EQ(0, leaves(1));
	ATF_CHECK_EQ(NC_INACTIVE, l.o.why);
	lab_free(&l);
}

static uint8_t	 took[FLOWS];

/* Each of many flows sends a packet: how many by each path? */
static void
count(unsigned int n[10])
{
	unsigned int	 i;

	memset(n, 0, 10 * sizeof(*n));
	for (i = 0; i < FLOWS; i++) {
		took[i] = (uint8_t)leaves(i);
		ATF_REQUIRE(took[i] < 10);
		n[took[i]]++;
	}
}

/* Within three per cent of all. */
static bool
near(unsigned int n, unsigned int percent)
{
	unsigned int	 want = FLOWS / 100 * percent, off = FLOWS / 100 * 3;

	return (n + off >= want && n <= want + off);
}

/* Each has a part by its weight, and a flow keeps to one. */
ATF_TC_WITHOUT_HEAD(weighted);
ATF_TC_BODY(weighted, tc)
{
	static uint8_t	 before[FLOWS];
	unsigned int	 n[10], i;

	lab_init(&l, ALL_ROLES, false);
	ATF_REQUIRE(bind_path(1, 0, WEIGH) && bind_path(2, 10, WEIGH) &&
	    bind_path(3, 30, WEIGH) && bind_path(4, 60, WEIGH));
	count(n);
	ATF_CHECK_MSG(n[0] == 0 && n[1] == 0 && near(n[2], 10) &&
	    near(n[3], 30) && near(n[4], 60), "%u %u %u", n[2], n[3], n[4]);
	memcpy(before, took, sizeof(before));
	count(n);
	ATF_CHECK(memcmp(before, took, sizeof(before)) == 0);
	/* One goes: only its own flows take another. */
	ATF_CHECK(unbind_path(3));
	count(n);
	for (i = 0; i < FLOWS; i++)
		ATF_REQUIRE(took[i] == before[i] || before[i] == 3);
	ATF_CHECK_MSG(near(n[2], 14) && near(n[4], 86), "%u %u", n[2], n[4]);
	/* Comes back, and another is not active. */
	ATF_REQUIRE(bind_path(3, 30, WEIGH) && bind_path(4, 60,
	    BIND_WEIGHTED));
	count(n);
	for (i = 0; i < FLOWS; i++)
		ATF_REQUIRE(took[i] == before[i] || before[i] == 4);
	ATF_CHECK_EQ(0, n[4]);
	/* None with a weight is left: the first one that has none. */
	ATF_CHECK(unbind_path(2) && unbind_path(3));
	count(n);
	ATF_CHECK_EQ(FLOWS, n[1]);
	lab_free(&l);
}

/* A fragment that has no ports goes where the first one does. */
ATF_TC_WITHOUT_HEAD(fragments);
ATF_TC_BODY(fragments, tc)
{
	uint8_t		 p[SIZE];
	unsigned int	 i, off, by[2], seen[2] = { 0, 0 };

	lab_init(&l, ALL_ROLES, false);
	ATF_REQUIRE(bind_path(1, 1, WEIGH) && bind_path(2, 1, WEIGH));
	for (i = 0; i < 64; i++) {
		for (off = 0; off < 2; off++) {
			packet(p, CN, HOME, i);
			p[3] = (uint8_t)i;	/* the label tells flows */
			p[IP6_OFF_NEXT] = IP6_P_FRAGMENT;
			memset(p + IP6_HDRLEN, 0, 8);
			p[IP6_HDRLEN] = IP6_P_UDP;
			p[IP6_HDRLEN + 3] = off == 0 ? 1 : 16;
			p[IP6_HDRLEN + 8] = (uint8_t)(off * 77);
			ATF_REQUIRE_EQ(DP_SEND, lab_tun(&l, p, sizeof(p)));
			by[off] = ip6_dst(pkt_data(&l.p)).s6_addr[15];
		}
		ATF_CHECK_EQ(by[0], by[1]);
		seen[by[0] - 1]++;
	}
	ATF_CHECK(seen[0] > 8 && seen[1] > 8);
	lab_free(&l);
}

/* A binding without a number and those with one replace each other. */
ATF_TC_WITHOUT_HEAD(replaces);
ATF_TC_BODY(replaces, tc)
{
	lab_init(&l, ALL_ROLES, false);
	ATF_REQUIRE(bind_path(0, 0, ON));
	ATF_CHECK(!unbind_path(3));
	ATF_REQUIRE(bind_path(3, 1, ON));
	SHOWN("3/1>3 0-0;");
	ATF_REQUIRE(bind_path(4, 1, ON) && bind_path(2, 1, ON) &&
	    bind_path(0, 0, ON));
	SHOWN("0/0>0 0-0;");
	ATF_CHECK(!comes(2) && !comes(3) && !comes(4) && comes(0));
	lab_free(&l);
}

/* So many and no more; without memory the others are as they were. */
ATF_TC_WITHOUT_HEAD(limits);
ATF_TC_BODY(limits, tc)
{
	unsigned int	 i;

	lab_init(&l, ALL_ROLES, false);
	ATF_REQUIRE(bind_path(2, 1, ON));
	fail_alloc = 0;
	ATF_CHECK(!bind_path(1, 1, ON));
	ATF_CHECK_EQ(NC_NO_MEMORY, l.o.why);
	fail_alloc = 0;
	ATF_CHECK(!bind_path(3, 1, ON));
	ATF_CHECK_EQ(NC_NO_MEMORY, l.o.why);
	fail_alloc = -1;
	ATF_CHECK_EQ(2, leaves(1));
	SHOWN("2/1>2 1-0;");
	for (i = 1; i < BIND_PATHS_MAX; i++)
		ATF_CHECK(bind_path(2 + i, 1, ON));
	ATF_CHECK(!bind_path(1, 1, ON));
	ATF_CHECK_EQ(NC_REFUSED, l.o.why);
	ATF_CHECK(bind_path(2, 1, ON));
	ATF_CHECK_EQ(2, leaves(1));
	ATF_CHECK(comes(2 + BIND_PATHS_MAX - 1) && !comes(1));
	ATF_CHECK(unbind_path(5));
	ATF_CHECK(bind_path(1, 1, ON));
	lab_free(&l);
}

static char	 told[256];
static unsigned int room;

static bool
tell(void *arg, enum msg_type t, const void *m)
{
	const struct msg_bind	*b = m;
	size_t			 n = strlen(told);

	(void)arg;
	ATF_REQUIRE_EQ(MSG_BOUND, t);
	if (room == 0)
		return (false);
	room--;
	ATF_CHECK_EQ(b->bid, b->owner.p[0]);
	snprintf(told + n, sizeof(told) - n, "%u;", b->bid);
	return (true);
}

/* An engine that is new hears of each, and what it does not tell again goes. */
ATF_TC_WITHOUT_HEAD(resync);
ATF_TC_BODY(resync, tc)
{
	struct bound	 b;
	struct in6_addr	 home = HOME, other = CN;

	lab_init(&l, ALL_ROLES, false);
	ATF_REQUIRE(bind_path(1, 1, ON) && bind_path(2, 1, ON) &&
	    bind_path(3, 1, ON));
	dp_resync(&l.dp, ROLE_HA);
	bound_begin(&b, ROLE_HA);
	/* Not all have room: the entry is told from its begin again. */
	room = 2;
	ATF_CHECK(!bound_step(&b, &l.dp.planes, tell, NULL));
	ATF_CHECK_STREQ(told, "1;2;");
	room = 9;
	ATF_CHECK(bind_path(2, 7, ON));
	ATF_CHECK(bound_step(&b, &l.dp.planes, tell, NULL));
	ATF_CHECK_STREQ(told, "1;2;1;3;");
	SHOWN("1/1>1 0-0 old;2/7>2 0-0;3/1>3 0-0 old;");
	/* So it is before a message about it: all of them. */
	bound_begin(&b, ROLE_HA);
	told[0] = '\0';
	bound_first(&b, &l.dp.planes, &home, &other, tell, NULL);
	ATF_CHECK_STREQ(told, "1;3;");
	ATF_CHECK(!dp_sweep(&l.dp, 100));
	ATF_CHECK(comes(1) && comes(3));
	dp_resync_end(&l.dp, ROLE_HA);
	dp_sweep(&l.dp, 100);
	ATF_CHECK(!comes(1) && comes(2) && !comes(3));
	SHOWN("2/7>2 0-1;");
	/* One was told again and then ended: what is left is old. */
	ATF_REQUIRE(bind_path(3, 1, ON));
	dp_resync(&l.dp, ROLE_HA);
	ATF_CHECK(bind_path(3, 1, ON) && unbind_path(3));
	dp_resync_end(&l.dp, ROLE_HA);
	dp_sweep(&l.dp, 100);
	ATF_CHECK(!comes(2));
	ATF_CHECK_EQ(0, l.dp.forward.tab.count);
	lab_free(&l);
}

static bool
bind_own(unsigned int bid, struct in6_addr local)
{
	struct msg_bind	 b = { .home = HOME2, .local = local, .peer = HA2,
			    .flags = ON, .bid = (uint16_t)bid };

	return (dp_bind(&l.dp, ROLE_MN, &b, l.now, &l.o));
}

static bool
comes_to(struct in6_addr local)
{
	uint8_t	 p[SIZE];

	packet(p, CN, HOME2, 1);
	return (lab_tunnel(&l, HA2, local, 0, p, sizeof(p)) == DP_INJECT);
}

/* A mobile node: each of its paths may have moved, and receives for a while. */
ATF_TC_WITHOUT_HEAD(moves);
ATF_TC_BODY(moves, tc)
{
	struct in6_addr	 one = careof(1), two = careof(2);

	lab_init(&l, ALL_ROLES, false);
	ATF_REQUIRE(bind_own(1, one) && bind_own(2, two));
	ATF_REQUIRE(bind_own(1, careof(3)) && bind_own(2, careof(4)));
	ATF_CHECK(comes_to(one) && comes_to(two) && comes_to(careof(3)) &&
	    comes_to(careof(4)));
	ATF_REQUIRE(bind_own(1, careof(5)));
	ATF_CHECK(!comes_to(one) && comes_to(careof(3)) && comes_to(two));
	l.now.ns += FWD_PREVIOUS;
	ATF_CHECK(!comes_to(careof(3)) && !comes_to(two));
	ATF_CHECK(comes_to(careof(5)) && comes_to(careof(4)));
	/* With a path goes what it was before. */
	ATF_REQUIRE(bind_own(2, two));
	ATF_CHECK(comes_to(careof(4)));
	ATF_CHECK(dp_unbind(&l.dp, ROLE_MN, &(struct msg_unbind){
	    .home = HOME2, .bid = 2 }));
	ATF_CHECK(!comes_to(careof(4)) && !comes_to(two));
	ATF_CHECK(comes_to(careof(5)));
	lab_free(&l);
}

/* What is learnt of a path is of that path, and its engine hears of which. */
ATF_TC_WITHOUT_HEAD(errors);
ATF_TC_BODY(errors, tc)
{
	uint8_t			 p[256] = { ICMP6_T_TOOBIG };
	struct in6_addr		 home = HOME, local = HA, peer = careof(2);
	struct fwd_entry	*e;

	lab_init(&l, ALL_ROLES, false);
	ATF_REQUIRE(bind_path(1, 1, ON) && bind_path(2, 1, ON));
	packet(p + 8 + IP6_HDRLEN, CN, HOME, 1);
	ip6_header(p + 8, &local, &peer, IP6_P_IPV6, SIZE, 64, 0, 0);
	p[6] = 1400 >> 8;
	p[7] = 1400 & 0xff;
	/* Nothing went that way. */
	ATF_CHECK_EQ(1, leaves(1));
	ATF_CHECK_EQ(DP_DROP, lab_icmp6(&l, CN, HA, 64, p,
	    8 + IP6_HDRLEN + SIZE));
	ATF_REQUIRE(bind_path(1, 1, 0));
	ATF_CHECK_EQ(2, leaves(1));
	ATF_CHECK_EQ(DP_PASS, lab_icmp6(&l, CN, HA, 64, p,
	    8 + IP6_HDRLEN + SIZE));
	ATF_CHECK_EQ(ROLE_HA, l.o.tunnel_to);
	ATF_CHECK_EQ(TUNNEL_ERROR, l.o.tunnel.event);
	ATF_CHECK_EQ(2, l.o.tunnel.bid);
	ATF_CHECK(in6_eq(&peer, &l.o.tunnel.peer));
	ATF_REQUIRE((e = fwd_find(&l.dp.forward, ROLE_HA, &home)) != NULL);
	ATF_CHECK_EQ(0, e->path.pmtu.mtu);
	ATF_CHECK_EQ(1400, fwd_by_bid(e, 2)->pmtu.mtu);
	lab_free(&l);
}

static bool
bind_pair(unsigned int bid)
{
	struct msg_bind	 b = { .home = CN, .other = HA, .local = HA,
			    .peer = careof(bid), .flags = ON,
			    .bid = (uint16_t)bid };

	return (dp_bind(&l.dp, ROLE_CN, &b, l.now, &l.o));
}

/* A Home Address option from this care-of address. */
static enum net_counter
option_from(unsigned int bid)
{
	struct in6_addr	 from = careof(bid);
	struct ip6_walk	 w;
	uint8_t		 p[SIZE];

	packet(p, CN, HA, 1);
	lab_packet(&l, p, sizeof(p));
	ATF_REQUIRE_EQ(IP6_OK, ip6_walk(&w, p, sizeof(p), 0));
	ATF_REQUIRE_EQ(RW_OK, rw_hao_insert(&l.p, &w, &from));
	dp_capture(&l.dp, &l.p, NULL, 2, l.now, &l.o);
	return (l.o.why);
}

/* So it is without a tunnel. */
ATF_TC_WITHOUT_HEAD(pair);
ATF_TC_BODY(pair, tc)
{
	struct msg_unbind	 u = { .home = CN, .other = HA, .bid = 1 };
	uint8_t			 p[SIZE];

	lab_init(&l, ALL_ROLES, false);
	ATF_REQUIRE(bind_pair(2) && bind_pair(1));
	packet(p, HA, CN, 1);
	ATF_CHECK_EQ(DP_SEND, lab_tun(&l, p, sizeof(p)));
	ATF_CHECK_EQ(NC_ROUTE_OUT, l.o.why);
	ATF_CHECK_EQ(1, ip6_dst(pkt_data(&l.p)).s6_addr[15]);
	ATF_CHECK_EQ(NC_REWRITTEN, option_from(1));
	ATF_CHECK_EQ(NC_REWRITTEN, option_from(2));
	ATF_CHECK_EQ(NC_NO_BINDING, option_from(3));
	ATF_CHECK(dp_unbind(&l.dp, ROLE_CN, &u));
	ATF_CHECK_EQ(NC_NO_BINDING, option_from(1));
	ATF_CHECK_EQ(NC_REWRITTEN, option_from(2));
	ATF_CHECK_EQ(DP_SEND, lab_tun(&l, p, sizeof(p)));
	ATF_CHECK_EQ(2, ip6_dst(pkt_data(&l.p)).s6_addr[15]);
	lab_free(&l);
}

/* The last octets of where the packet and its copies go, in their order. */
static const char *
go(void)
{
	static char	 text[64];
	size_t		 n;
	unsigned int	 i;

	snprintf(text, sizeof(text), "%x",
	    pkt_data(&l.p)[IP6_OFF_DST + 15]);
	for (i = 0; i < l.o.npieces; i++) {
		n = strlen(text);
		snprintf(text + n, sizeof(text) - n, " %x",
		    l.o.pieces[i].p[IP6_OFF_DST + 15]);
	}
	return (text);
}

static enum dp_verdict
send_to_home(size_t len, uint8_t proto)
{
	uint8_t		 p[2000] = { 0 };
	struct in6_addr	 src = CN, dst = HOME;

	ip6_header(p, &src, &dst, proto, (uint16_t)(len - IP6_HDRLEN), 64, 0,
	    0);
	return (lab_tun(&l, p, len));
}

/* Each path that is active has a copy, and each is counted by its path. */
ATF_TC_WITHOUT_HEAD(copies);
ATF_TC_BODY(copies, tc)
{
	struct in6_addr	 home = HOME;
	uint8_t		 p[SIZE];
	unsigned int	 i;

	lab_init(&l, ALL_ROLES, false);
	ATF_REQUIRE(bind_path(5, 1, ALL) && bind_path(2, 1, ALL) &&
	    bind_path(7, 1, BIND_ALL) && bind_path(9, 1, ALL));
	packet(p, CN, HOME, 1);
	ATF_CHECK_EQ(DP_SEND, lab_tun(&l, p, sizeof(p)));
	ATF_CHECK_STREQ("2 5 9", go());
	ATF_CHECK_EQ(2, l.o.ncopies);
	ATF_CHECK_EQ(NC_ENCAPSULATED, l.o.why);
	/* They are the same but for where they go. */
	for (i = 0; i < l.o.npieces; i++) {
		ATF_CHECK_EQ(l.p.len, l.o.pieces[i].len);
		ATF_CHECK_EQ(0, memcmp(pkt_data(&l.p), l.o.pieces[i].p,
		    IP6_OFF_DST + 15));
		ATF_CHECK_EQ(0, memcmp(p, l.o.pieces[i].p + IP6_HDRLEN,
		    sizeof(p)));
	}
	SHOWN("2/1>2 1-0;5/1>5 1-0;7/1>7 0-0;9/1>9 1-0;");
	/* It is one packet that went in, whatever its copies. */
	ATF_CHECK_EQ(1, fwd_find(&l.dp.forward, ROLE_HA, &home)->silent);
	/* What is about mobility takes the first path alone (RFC 6275 6.1). */
	ATF_CHECK_EQ(DP_SEND, send_to_home(SIZE, IP6_P_MH));
	ATF_CHECK_STREQ("2", go());
	/* Whatever comes by one of them is taken, twice as well. */
	ATF_CHECK(comes(2) && comes(5) && comes(9) && comes(5) && !comes(7) &&
	    !comes(3));
	/* The last BIND says how it is. */
	ATF_REQUIRE(bind_path(5, 1, ON));
	ATF_CHECK_EQ(2, leaves(1));
	ATF_CHECK_EQ(0, l.o.npieces);
	ATF_REQUIRE(bind_path(5, 1, ALL) && bind_path(2, 1, BIND_ALL));
	ATF_CHECK_EQ(DP_SEND, lab_tun(&l, p, sizeof(p)));
	ATF_CHECK_STREQ("5 9", go());
	ATF_CHECK(unbind_path(9));
	ATF_CHECK_EQ(DP_SEND, lab_tun(&l, p, sizeof(p)));
	ATF_CHECK_STREQ("5", go());
	ATF_REQUIRE(bind_path(5, 1, BIND_ALL));
	ATF_CHECK_EQ(DP_DROP, lab_tun(&l, p, sizeof(p)));
	ATF_CHECK_EQ(NC_INACTIVE, l.o.why);
	/* It is one or the other. */
	ATF_CHECK(!bind_path(5, 1, ALL | BIND_WEIGHTED));
	ATF_CHECK_EQ(NC_REFUSED, l.o.why);
	lab_free(&l);
}

/* Who serves copies must have memory for them. */
ATF_TC_WITHOUT_HEAD(copies_no_memory);
ATF_TC_BODY(copies_no_memory, tc)
{
	lab_init(&l, ALL_ROLES, false);
	ATF_REQUIRE(bind_path(1, 1, ON));
	fail_alloc = 0;
	ATF_CHECK(!bind_path(2, 1, ALL));
	ATF_CHECK_EQ(NC_NO_MEMORY, l.o.why);
	fail_alloc = -1;
	ATF_CHECK_EQ(1, leaves(1));
	SHOWN("1/1>1 1-0;");
	ATF_REQUIRE(bind_path(2, 1, ALL));
	ATF_CHECK_EQ(1, leaves(1));
	ATF_CHECK_EQ(1, l.o.npieces);
	lab_free(&l);
	/* What was to take another place is not left where it was. */
	lab_init(&l, ALL_ROLES, false);
	ATF_REQUIRE(bind_path(1, 1, ON) && bind_path(2, 1, ON));
	fail_alloc = 0;
	ATF_CHECK(!bind_path(1, 1, ALL));
	fail_alloc = -1;
	ATF_CHECK_EQ(2, leaves(1));
	ATF_CHECK(unbind_path(2));
	/* Nor what it was to replace. */
	ATF_REQUIRE(bind_path(0, 1, ON));
	fail_alloc = 0;
	ATF_CHECK(!bind_path(1, 1, ALL));
	fail_alloc = -1;
	ATF_CHECK_EQ(0, l.dp.forward.tab.count);
	lab_free(&l);
}

/* The path MTU of that path is now this. */
static void
learn(unsigned int bid, uint16_t mtu)
{
	struct in6_addr	 home = HOME;
	struct fwd_entry *e = fwd_find(&l.dp.forward, ROLE_HA, &home);

	ATF_REQUIRE(e != NULL);
	pmtu_set(&fwd_by_bid(e, bid)->pmtu, mtu, 1500, l.now);
}

/* The least MTU counts for all; what everyone must take is fragmented. */
ATF_TC_WITHOUT_HEAD(copies_mtu);
ATF_TC_BODY(copies_mtu, tc)
{
	struct in6_addr	 src, ha = HA;

	lab_init(&l, ALL_ROLES, false);
	ATF_REQUIRE(bind_path(1, 1, ALL) && bind_path(2, 1, ALL) &&
	    bind_path(3, 1, ALL));
	learn(2, 1400);
	ATF_CHECK_EQ(DP_SEND, send_to_home(1360, IP6_P_UDP));
	ATF_CHECK_STREQ("1 2 3", go());
	ATF_CHECK_EQ(DP_DROP, send_to_home(1361, IP6_P_UDP));
	ATF_CHECK_EQ(NC_TOO_BIG, l.o.why);
	ATF_CHECK_EQ(0, l.o.npieces);
	ATF_CHECK(l.o.reply.len > 0);
	ATF_CHECK_EQ(1360 >> 8, l.o.reply.buf[IP6_HDRLEN + 6]);
	ATF_CHECK_EQ(1360 & 0xff, l.o.reply.buf[IP6_HDRLEN + 7]);
	src = ip6_src(l.o.reply.buf);
	ATF_CHECK(in6_eq(&ha, &src));
	SHOWN("1/1>1 1-0;2/1>2 1-0;3/1>3 1-0;");
	/* One of them in two parts, also where that is the packet itself. */
	learn(2, 1280);
	ATF_CHECK_EQ(DP_SEND, send_to_home(1280, IP6_P_UDP));
	ATF_CHECK_STREQ("1 2 2 3", go());
	ATF_CHECK_EQ(2, l.o.ncopies);
	ATF_CHECK_EQ(0, l.o.second_len);
	ATF_CHECK_EQ(IP6_P_FRAGMENT, l.o.pieces[0].p[IP6_OFF_NEXT]);
	ATF_CHECK_EQ(IP6_P_FRAGMENT, l.o.pieces[1].p[IP6_OFF_NEXT]);
	ATF_CHECK_EQ(IP6_P_IPV6, l.o.pieces[2].p[IP6_OFF_NEXT]);
	ATF_CHECK_EQ(1280 + 2 * (IP6_HDRLEN + 8),
	    l.o.pieces[0].len + l.o.pieces[1].len);
	learn(1, 1280);
	ATF_CHECK_EQ(DP_SEND, send_to_home(1280, IP6_P_UDP));
	ATF_CHECK_STREQ("1 2 2 3", go());
	ATF_CHECK_EQ(NC_FRAGMENTED, l.o.why);
	ATF_CHECK(l.o.second_len > 0);
	ATF_CHECK_EQ(1, l.o.second[IP6_OFF_DST + 15]);
	lab_free(&l);
}

static bool
bind_own_all(unsigned int bid, struct in6_addr local)
{
	struct msg_bind	 b = { .home = HOME2, .local = local, .peer = HA2,
			    .flags = ALL, .bid = (uint16_t)bid };

	return (dp_bind(&l.dp, ROLE_MN, &b, l.now, &l.o));
}

/* A mobile node that moves sends from where it is, not from where it was. */
ATF_TC_WITHOUT_HEAD(copies_moved);
ATF_TC_BODY(copies_moved, tc)
{
	uint8_t	 p[SIZE];

	lab_init(&l, ALL_ROLES, false);
	ATF_REQUIRE(bind_own_all(1, careof(1)) && bind_own_all(2, careof(2)));
	ATF_REQUIRE(bind_own_all(2, careof(3)));
	packet(p, HOME2, CN, 1);
	ATF_CHECK_EQ(DP_SEND, lab_tun(&l, p, sizeof(p)));
	ATF_CHECK_EQ(1, pkt_data(&l.p)[IP6_OFF_SRC + 15]);
	ATF_REQUIRE_EQ(1, l.o.npieces);
	ATF_CHECK_EQ(3, l.o.pieces[0].p[IP6_OFF_SRC + 15]);
	ATF_CHECK(comes_to(careof(2)) && comes_to(careof(3)));
	/* A ping to itself is to come back once. */
	packet(p, HOME2, HOME2, 1);
	lab_packet(&l, p, sizeof(p));
	ATF_CHECK_EQ(DP_SEND, dp_ping_self(&l.dp, &l.p, l.now, &l.o));
	ATF_CHECK_EQ(0, l.o.npieces);
	lab_free(&l);
}

/* From a mobile node with two care-of addresses to one that has three. */
ATF_TC_WITHOUT_HEAD(copies_both);
ATF_TC_BODY(copies_both, tc)
{
	struct msg_bind	 b = { .home = HOME2, .other = CN, .peer = CN,
			    .flags = ALL };
	uint8_t		 p[SIZE];
	unsigned int	 i;

	lab_init(&l, ALL_ROLES, false);
	for (i = 1; i <= 2; i++) {
		b.bid = (uint16_t)i;
		b.local = careof(0x10 + i);
		ATF_REQUIRE(dp_bind(&l.dp, ROLE_MN, &b, l.now, &l.o));
	}
	b = (struct msg_bind){ .home = CN, .other = HOME2, .local = HOME2,
	    .flags = ALL };
	for (i = 1; i <= 3; i++) {
		b.bid = (uint16_t)i;
		b.peer = careof(0x20 + i);
		ATF_REQUIRE(dp_bind(&l.dp, ROLE_CN, &b, l.now, &l.o));
	}
	packet(p, HOME2, CN, 1);
	ATF_CHECK_EQ(DP_SEND, lab_tun(&l, p, sizeof(p)));
	ATF_CHECK_EQ(NC_BOTH_OUT, l.o.why);
	ATF_CHECK_STREQ("21 22 23", go());
	ATF_CHECK_EQ(0x11, pkt_data(&l.p)[IP6_OFF_SRC + 15]);
	ATF_CHECK_EQ(0x12, l.o.pieces[0].p[IP6_OFF_SRC + 15]);
	ATF_CHECK_EQ(0x11, l.o.pieces[1].p[IP6_OFF_SRC + 15]);
	/* Of two tunnels the one to whom we serve is enough, with its paths. */
	ATF_REQUIRE(bind_own_all(1, careof(1)) && bind_own_all(2, careof(2)));
	ATF_REQUIRE(bind_path(4, 1, ON));
	packet(p, HOME2, HOME, 1);
	ATF_CHECK_EQ(DP_SEND, lab_tun(&l, p, sizeof(p)));
	ATF_CHECK_STREQ("4", go());
	lab_free(&l);
}

/*
 * Where nobody has shown that the node is there are no copies (RFC 4866 4.10):
 * it is not flooded by others' packets, nor is there more for its credit.
 */
ATF_TC_WITHOUT_HEAD(copies_unverified);
ATF_TC_BODY(copies_unverified, tc)
{
	struct msg_bind	 b = { .home = CN, .other = HA, .local = HA };
	uint8_t		 p[SIZE];
	unsigned int	 i;

	lab_init(&l, ALL_ROLES, false);
	for (i = 1; i <= 3; i++) {
		b.bid = (uint16_t)i;
		b.peer = careof(i);
		b.flags = i == 1 ? ALL | BIND_UNVERIFIED : ALL;
		ATF_REQUIRE(dp_bind(&l.dp, ROLE_CN, &b, l.now, &l.o));
	}
	packet(p, HA, CN, 1);
	ATF_CHECK_EQ(DP_SEND, lab_tun(&l, p, sizeof(p)));
	ATF_CHECK_STREQ("2 3", go());
	ATF_CHECK_EQ(NC_MAX, l.o.credit_why);
	/* None is verified: it goes home, as there is no credit. */
	for (i = 1; i <= 3; i++) {
		b.bid = (uint16_t)i;
		b.peer = careof(i);
		b.flags = ALL | BIND_UNVERIFIED;
		ATF_REQUIRE(dp_bind(&l.dp, ROLE_CN, &b, l.now, &l.o));
	}
	ATF_CHECK_EQ(DP_SEND, lab_tun(&l, p, sizeof(p)));
	ATF_CHECK_EQ(NC_AS_IT_IS, l.o.why);
	ATF_CHECK_EQ(NC_CREDIT_LACKED, l.o.credit_why);
	ATF_CHECK_EQ(0, l.o.npieces);
	lab_free(&l);
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, copies_unverified);
	ATF_TP_ADD_TC(tp, first);
	ATF_TP_ADD_TC(tp, copies);
	ATF_TP_ADD_TC(tp, copies_no_memory);
	ATF_TP_ADD_TC(tp, copies_mtu);
	ATF_TP_ADD_TC(tp, copies_moved);
	ATF_TP_ADD_TC(tp, copies_both);
	ATF_TP_ADD_TC(tp, weighted);
	ATF_TP_ADD_TC(tp, fragments);
	ATF_TP_ADD_TC(tp, replaces);
	ATF_TP_ADD_TC(tp, limits);
	ATF_TP_ADD_TC(tp, resync);
	ATF_TP_ADD_TC(tp, moves);
	ATF_TP_ADD_TC(tp, errors);
	ATF_TP_ADD_TC(tp, pair);
	return (atf_no_error());
}
