/*
 * Flows of an entry of net (RFC 6088, RFC 6089): which packets a selector fits,
 * in which order selectors are asked, by which paths their packets go, and that
 * nobody can use one to get at the packets of another.  At the end all of it is
 * held against rules written down once more, with packets by chance.
 */
#include <sys/types.h>
#include <sys/time.h>

#include <atf-c.h>
#include <event2/event.h>
#include <string.h>

#include "core/verb.h"
#include "net/bound.h"
#include "net/net.h"
#include "net/state.h"
#include "net_pairs.h"
#include "no_memory.h"
#include "wire/icmp6.h"

#define malloc	t_malloc
#define calloc	t_calloc
#include "net/flow.c"
#undef malloc
#undef calloc

#define SIZE	(IP6_HDRLEN + 64)
#define STEPS	100000

static struct lab	 l;
static uint8_t		 bids[2 * BIND_PATHS_MAX + 2];

static struct in6_addr
careof(unsigned int bid)
{
	struct in6_addr	 a = COA;

	a.s6_addr[15] = (uint8_t)bid;
	return (a);
}

static bool
bind_path(struct in6_addr home, unsigned int bid, uint8_t flags)
{
	struct msg_bind	 b = { .home = home, .local = HA, .flags = flags,
			    .peer = careof(bid), .bid = (uint16_t)bid };

	return (dp_bind(&l.dp, ROLE_HA, &b, l.now, &l.o));
}

/* A flow of HOME by so many paths, from the first of these digits on. */
static struct msg_flow
flow(unsigned int fid, unsigned int priority, const char *to)
{
	struct msg_flow	 m = { .home = HOME, .fid = (uint16_t)fid,
			    .priority = (uint16_t)priority,
			    .action = FLOW_FORWARD };
	size_t		 i;

	for (i = 0; to[i] != '\0'; i++) {
		bids[2 * i] = 0;
		bids[2 * i + 1] = (uint8_t)(to[i] - '0');
	}
	m.bids.p = bids;
	m.bids.len = 2 * i;
	if (i == 0)
		m.action = FLOW_DISCARD;
	return (m);
}

static bool
set(struct msg_flow m)
{
	return (dp_flow(&l.dp, ROLE_HA, &m, &l.o));
}

static bool
unset(unsigned int fid)
{
	struct msg_unflow	 m = { .home = HOME, .fid = (uint16_t)fid };

	return (dp_unflow(&l.dp, ROLE_HA, &m));
}

/* A UDP packet to HOME from port 1000 to this one. */
static void
packet(uint8_t *p, unsigned int port)
{
	struct in6_addr	 src = CN, dst = HOME;

	memset(p, 0, SIZE);
	ip6_header(p, &src, &dst, IP6_P_UDP, SIZE - IP6_HDRLEN, 64, 0x28,
	    0x12345);
	p[40] = 1000 >> 8;
	p[41] = 1000 & 0xff;
	p[42] = (uint8_t)(port >> 8);
	p[43] = (uint8_t)port;
}

/* By which paths it goes, in their order; "": by none. */
static const char *
paths(const uint8_t *p, size_t len)
{
	static char	 text[BIND_PATHS_MAX + 1];
	unsigned int	 i;

	memset(text, 0, sizeof(text));
	if (lab_tun(&l, p, len) != DP_SEND)
		return (text);
	text[0] = (char)('0' + pkt_data(&l.p)[IP6_OFF_DST + 15]);
	for (i = 0; i < l.o.npieces; i++)
		text[i + 1] = (char)('0' +
		    l.o.pieces[i].p[IP6_OFF_DST + 15]);
	return (text);
}

static const char *
by(unsigned int port)
{
	uint8_t	 p[SIZE];

	packet(p, port);
	return (paths(p, sizeof(p)));
}

static void
setup(void)
{
	lab_init(&l, ALL_ROLES, false);
	ATF_REQUIRE(bind_path(HOME, 1, BIND_ACTIVE) &&
	    bind_path(HOME, 2, BIND_ACTIVE) && bind_path(HOME, 3, BIND_ACTIVE));
}

static struct msg_flow
to_port(unsigned int fid, unsigned int priority, const char *to,
    unsigned int first, unsigned int last)
{
	struct msg_flow	 m = flow(fid, priority, to);

	m.given = FLOW_BY_DPORT;
	m.dport_first = (uint16_t)first;
	m.dport_last = (uint16_t)last;
	return (m);
}

/* Each range by itself: its ends are in it, and what is beside them is not. */
ATF_TC_WITHOUT_HEAD(ranges);
ATF_TC_BODY(ranges, tc)
{
	struct msg_flow	 f = flow(1, 1, "1");
	struct selector	 s;
	struct flow_key	 k;

#define CASE(bit, field, member, lo, hi, under, over) do {		\
	struct msg_flow	 m_ = f;					\
									\
	m_.given = (bit);						\
	m_.field##_first = (lo);					\
	m_.field##_last = (hi);						\
	ATF_CHECK(selector_set(&s, &m_));				\
	memset(&k, 0, sizeof(k));					\
	k.shown = (bit);						\
	k.member = (lo);						\
	ATF_CHECK(selector_fits(&s, &k));				\
	k.member = (hi);						\
	ATF_CHECK(selector_fits(&s, &k));				\
	k.member = (under);						\
	ATF_CHECK(!selector_fits(&s, &k));				\
	k.member = (over);						\
	ATF_CHECK(!selector_fits(&s, &k));				\
	k.member = (lo);						\
	k.shown = (uint8_t)~(bit);					\
	ATF_CHECK(!selector_fits(&s, &k));				\
	m_.field##_first = (over);					\
	ATF_CHECK(!selector_set(&s, &m_));				\
} while (0)

	CASE(FLOW_BY_SRC, src, src, addr("2001:db8::ff"),
	    addr("2001:db8::1:0"), addr("2001:db8::fe"),
	    addr("2001:db8::1:1"));
	CASE(FLOW_BY_DST, dst, dst, addr("2001:db8::ff"),
	    addr("2001:db8::1:0"), addr("2001:db8::fe"),
	    addr("2001:db8::1:1"));
	CASE(FLOW_BY_SPI, spi, spi, 0x80000000, 0x80000001, 0x7fffffff,
	    0x80000002);
	CASE(FLOW_BY_LABEL, label, label, 0xffff0, 0xffff2, 0xfffef, 0xffff3);
	CASE(FLOW_BY_SPORT, sport, sport, 255, 256, 254, 257);
	CASE(FLOW_BY_DPORT, dport, dport, 255, 256, 254, 257);
	CASE(FLOW_BY_TCLASS, tclass, tclass, 0x28, 0x30, 0x24, 0x34);
	CASE(FLOW_BY_PROTO, proto, proto, 6, 17, 5, 18);
}

/* What of a packet is compared: RFC 6088 3.2. */
ATF_TC_WITHOUT_HEAD(shown);
ATF_TC_BODY(shown, tc)
{
	uint8_t		 p[SIZE];
	struct msg_flow	 m = flow(1, 1, "2");

	setup();
	m.given = 0xff & ~FLOW_BY_SPI;
	m.src_first = m.src_last = CN;
	m.dst_first = m.dst_last = HOME;
	m.label_first = m.label_last = 0xab012345;	/* 24 bits count */
	m.sport_first = m.sport_last = 1000;
	m.dport_first = m.dport_last = 80;
	m.tclass_first = m.tclass_last = 0x2b;		/* and 6 bits */
	m.proto_first = m.proto_last = IP6_P_UDP;
	ATF_REQUIRE(set(m));
	ATF_CHECK_STREQ("2", by(80));
	ATF_CHECK_STREQ("1", by(81));
	/* Ports and protocol are those behind extension headers. */
	packet(p, 80);
	memmove(p + 48, p + 40, SIZE - 48);
	memcpy(p + 40, "\x11\0\1\4\0\0\0", 8);
	p[IP6_OFF_NEXT] = IP6_P_DSTOPTS;
	ATF_CHECK_STREQ("2", paths(p, sizeof(p)));
	/* What ends before its ports has none. */
	packet(p, 80);
	p[IP6_OFF_PLEN + 1] = 3;
	ATF_CHECK_STREQ("1", paths(p, IP6_HDRLEN + 3));
	/* The SPI is that of ESP. */
	m.given = FLOW_BY_SPI;
	m.spi_first = m.spi_last = 0x03e80050;
	ATF_REQUIRE(set(m));
	ATF_CHECK_STREQ("1", by(80));
	packet(p, 80);
	p[IP6_OFF_NEXT] = IP6_P_ESP;
	ATF_CHECK_STREQ("2", paths(p, sizeof(p)));
	/* Nothing is asked for: everything fits. */
	m.given = 0;
	ATF_REQUIRE(set(m));
	ATF_CHECK_STREQ("2", by(81));
	lab_free(&l);
}

/* No more than IP6_MAXHDRS extension headers are followed. */
ATF_TC_WITHOUT_HEAD(many_headers);
ATF_TC_BODY(many_headers, tc)
{
	uint8_t		 p[IP6_HDRLEN + 8 * (IP6_MAXHDRS + 2)];
	struct in6_addr	 src = CN, dst = HOME;
	size_t		 n, i;

	setup();
	ATF_REQUIRE(set(to_port(1, 1, "2", 0, 65535)));
	for (n = IP6_MAXHDRS; n <= IP6_MAXHDRS + 1; n++) {
		memset(p, 0, sizeof(p));
		ip6_header(p, &src, &dst, IP6_P_DSTOPTS,
		    (uint16_t)(8 * (n + 1)), 64, 0, 0);
		for (i = 0; i < n; i++)
			memcpy(p + IP6_HDRLEN + 8 * i, i + 1 < n ?
			    "\x3c\0\1\4\0\0\0" : "\x11\0\1\4\0\0\0", 8);
		ATF_CHECK_STREQ(n == IP6_MAXHDRS ? "2" : "1",
		    paths(p, IP6_HDRLEN + 8 * (n + 1)));
	}
	lab_free(&l);
}

/* The order, what is skipped, copies, discarding, changes: RFC 6089 5.3. */
ATF_TC_WITHOUT_HEAD(order);
ATF_TC_BODY(order, tc)
{
	setup();
	ATF_REQUIRE(set(to_port(7, 30, "2", 0, 99)));
	ATF_REQUIRE(set(to_port(9, 10, "31", 50, 60)));
	ATF_REQUIRE(set(to_port(8, 20, "", 55, 70)));
	ATF_CHECK_STREQ("2", by(49));
	ATF_CHECK_STREQ("13", by(50));
	ATF_CHECK_STREQ("13", by(60));
	ATF_CHECK_STREQ("", by(61));
	ATF_CHECK_EQ(NC_FLOW_DISCARDED, l.o.why);
	ATF_CHECK_STREQ("2", by(71));
	ATF_CHECK_STREQ("1", by(100));
	/* Another priority. */
	ATF_REQUIRE(set(to_port(8, 5, "", 55, 70)));
	ATF_CHECK_STREQ("", by(60));
	/* One of its paths goes, is not active, comes back. */
	ATF_REQUIRE(dp_unbind(&l.dp, ROLE_HA, &(struct msg_unbind){
	    .home = HOME, .bid = 3 }));
	ATF_CHECK_STREQ("1", by(50));
	ATF_REQUIRE(bind_path(HOME, 1, 0));
	ATF_CHECK_STREQ("2", by(50));		/* by the next flow */
	ATF_CHECK_STREQ("2", by(100));		/* by none */
	ATF_REQUIRE(bind_path(HOME, 3, BIND_ACTIVE));
	ATF_CHECK_STREQ("3", by(50));
	ATF_REQUIRE(bind_path(HOME, 1, BIND_ACTIVE));
	/* They end, one and all. */
	ATF_CHECK(unset(9) && !unset(9));
	ATF_CHECK_STREQ("2", by(50));
	ATF_CHECK(unset(0) && !unset(0));
	ATF_CHECK_STREQ("1", by(50));
	/* A home with one path can have some, too: they are no paths. */
	ATF_REQUIRE(bind_path(HOME, 0, BIND_ACTIVE));
	ATF_REQUIRE(set(to_port(1, 1, "", 55, 70)));
	ATF_CHECK_STREQ("0", by(54));
	ATF_CHECK_STREQ("", by(55));
	lab_free(&l);
}

/* Signalling has no flow: RFC 6089 4.3. */
ATF_TC_WITHOUT_HEAD(signalling);
ATF_TC_BODY(signalling, tc)
{
	uint8_t	 p[SIZE];

	setup();
	ATF_REQUIRE(set(flow(1, 1, "23")));
	ATF_CHECK_STREQ("23", by(1));
	packet(p, 1);
	p[IP6_OFF_NEXT] = IP6_P_MH;
	ATF_CHECK_STREQ("1", paths(p, sizeof(p)));
	p[IP6_OFF_NEXT] = IP6_P_ICMPV6;
	p[IP6_HDRLEN] = ICMP6_T_MPA;
	ATF_CHECK_STREQ("1", paths(p, sizeof(p)));
	p[IP6_HDRLEN] = ICMP6_T_ECHO;
	ATF_CHECK_STREQ("23", paths(p, sizeof(p)));
	lab_free(&l);
}

static const char *
fragment(unsigned int id, unsigned int off, unsigned int port)
{
	uint8_t	 p[SIZE];

	packet(p, port);
	p[IP6_OFF_NEXT] = IP6_P_FRAGMENT;
	memset(p + 40, 0, 8);
	p[40] = IP6_P_UDP;
	p[43] = (uint8_t)(off | 1);
	p[47] = (uint8_t)id;
	p[46] = (uint8_t)(id >> 8);
	p[50] = (uint8_t)(port >> 8);
	p[51] = (uint8_t)port;
	return (paths(p, sizeof(p)));
}

/* All fragments of a packet go as the first one: RFC 6089 5.3.6. */
ATF_TC_WITHOUT_HEAD(fragments);
ATF_TC_BODY(fragments, tc)
{
	struct msg_flow	 udp;
	unsigned int	 i;

	setup();
	ATF_REQUIRE(set(to_port(1, 10, "2", 80, 80)));
	udp = flow(2, 20, "3");
	udp.given = FLOW_BY_PROTO;
	udp.proto_first = udp.proto_last = IP6_P_UDP;
	/* Before the first of them is seen: by what they show. */
	ATF_CHECK_STREQ("1", fragment(7, 8, 80));
	ATF_CHECK_STREQ("2", fragment(7, 0, 80));
	ATF_CHECK_STREQ("2", fragment(7, 8, 0));
	ATF_CHECK_STREQ("1", fragment(8, 8, 0));
	ATF_REQUIRE(set(udp));
	ATF_CHECK_STREQ("2", fragment(7, 16, 0));
	ATF_CHECK_STREQ("3", fragment(8, 16, 80));
	ATF_CHECK_STREQ("3", fragment(9, 0, 81));
	ATF_CHECK_STREQ("3", fragment(9, 8, 0));
	/* Its first one had no flow, whatever else there is now. */
	ATF_CHECK(unset(2));
	ATF_CHECK_STREQ("1", fragment(10, 0, 81));
	ATF_REQUIRE(set(udp));
	ATF_CHECK_STREQ("1", fragment(10, 8, 0));
	/* Its flow has gone. */
	ATF_CHECK(unset(1));
	ATF_CHECK_STREQ("3", fragment(7, 24, 0));
	/* Many others: the memory stays as it is. */
	for (i = 0; i < 4 * FLOW_FRAGMENTS; i++)
		fragment(i, 0, 81);
	ATF_CHECK_STREQ("3", fragment(i - 1, 8, 0));
	lab_free(&l);
}

/* After the time of reassembly (RFC 8200 4.5) a number is another packet's. */
ATF_TC_WITHOUT_HEAD(fragments_old);
ATF_TC_BODY(fragments_old, tc)
{
	setup();
	ATF_REQUIRE(set(to_port(1, 10, "2", 80, 80)));
	ATF_CHECK_STREQ("2", fragment(7, 0, 80));
	ATF_CHECK_STREQ("1", fragment(8, 0, 81));
	ATF_REQUIRE(set(flow(2, 20, "3")));
	l.now.ns += SEC(60) - 1;
	ATF_CHECK_STREQ("2", fragment(7, 8, 0));
	ATF_CHECK_STREQ("1", fragment(8, 8, 0));
	l.now.ns += 1;
	ATF_CHECK_STREQ("3", fragment(7, 8, 0));
	ATF_CHECK_STREQ("3", fragment(8, 8, 0));
	lab_free(&l);
}

/* What is refused leaves all as it was. */
ATF_TC_WITHOUT_HEAD(refused);
ATF_TC_BODY(refused, tc)
{
	struct msg_flow	 good = to_port(1, 1, "2", 80, 80), m;
	unsigned int	 i;

	setup();
	fail_alloc = 0;
	ATF_CHECK(!set(good));
	ATF_CHECK_EQ(NC_NO_MEMORY, l.o.why);
	fail_alloc = 1;
	ATF_CHECK(!set(good));
	ATF_CHECK_EQ(NC_NO_MEMORY, l.o.why);
	fail_alloc = -1;
	ATF_CHECK_STREQ("1", by(80));
	ATF_REQUIRE(set(good));
#define REFUSED(change) do {						\
	m = good;							\
	change;								\
	ATF_CHECK_MSG(!set(m), "%s", #change);				\
	ATF_CHECK_EQ(NC_REFUSED, l.o.why);				\
	ATF_CHECK_STREQ("2", by(80));					\
} while (0)
	REFUSED(m.fid = 0);
	REFUSED(m.priority = 0);
	REFUSED(m.action = FLOW_ACTIONS);
	REFUSED(m.action = FLOW_DISCARD);
	REFUSED(m.bids.len = 0);
	REFUSED(m.bids.len = 1);
	REFUSED(m.bids.len = 2 * BIND_PATHS_MAX + 2);
	REFUSED(m.dport_first = 81);
	REFUSED(m.home = addr("2001:db8:1::101"));
	REFUSED(m.other = CN);
	for (i = 2; i <= BIND_FLOWS_MAX; i++)
		ATF_CHECK(set(to_port(i, i, "3", i, i)));
	REFUSED(m.fid = BIND_FLOWS_MAX + 1);
	ATF_CHECK(set(good));
	lab_free(&l);
}

/* A packet of HOME that has come by this path of somebody. */
static enum dp_verdict
comes(struct in6_addr home, unsigned int bid)
{
	uint8_t		 p[SIZE];
	struct in6_addr	 dst = CN;

	memset(p, 0, sizeof(p));
	ip6_header(p, &home, &dst, IP6_P_UDP, SIZE - IP6_HDRLEN, 64, 0, 0);
	return (lab_tunnel(&l, careof(bid), HA, 0, p, sizeof(p)));
}

/*
 * A node's selector may name what it likes: it is asked about packets of that
 * node alone.  What comes is judged by the outer pair and the inner address of
 * one entry, whatever flows there are.
 */
ATF_TC_WITHOUT_HEAD(attacks);
ATF_TC_BODY(attacks, tc)
{
	struct in6_addr	 victim = addr("2001:db8:1::200");
	struct in6_addr	 dst = victim, src = CN;
	struct msg_flow	 m = flow(1, 1, "123");
	uint8_t		 p[SIZE] = { 0 };

	setup();
	ATF_REQUIRE(bind_path(victim, 5, BIND_ACTIVE));
	/* All packets of the victim, and then all at all. */
	m.given = FLOW_BY_DST;
	m.dst_first = m.dst_last = victim;
	ATF_REQUIRE(set(m));
	ip6_header(p, &src, &dst, IP6_P_UDP, SIZE - IP6_HDRLEN, 64, 0, 0);
	ATF_CHECK_STREQ("5", paths(p, sizeof(p)));
	m.given = 0;
	ATF_REQUIRE(set(m));
	ATF_CHECK_STREQ("5", paths(p, sizeof(p)));
	/* The path of another is not to be had by its number. */
	ATF_REQUIRE(set(flow(1, 1, "5")));
	ATF_CHECK_STREQ("1", by(80));
	/* What is to be discarded on its way out is taken when it comes. */
	ATF_REQUIRE(set(flow(1, 1, "")));
	ATF_CHECK_EQ(DP_INJECT, comes(HOME, 1));
	/* From the outer pair of another, or with another inner address. */
	ATF_REQUIRE(set(flow(1, 1, "2")));
	ATF_CHECK_EQ(DP_INJECT, comes(HOME, 1));
	ATF_CHECK_EQ(DP_INJECT, comes(HOME, 2));
	ATF_CHECK_EQ(DP_DROP, comes(HOME, 5));
	ATF_CHECK_EQ(NC_FORGED, l.o.why);
	ATF_CHECK_EQ(DP_DROP, comes(victim, 2));
	ATF_CHECK_EQ(NC_FORGED, l.o.why);
	ATF_CHECK_EQ(DP_DROP, comes(HOME, 4));
	/* Another engine has nothing to say about it, nor one that is off. */
	ATF_CHECK(!dp_flow(&l.dp, ROLE_MN, &m, &l.o));
	ATF_CHECK(!dp_flow(&l.dp, ROLE_CN, &m, &l.o));
	ATF_CHECK(!dp_unflow(&l.dp, ROLE_MN, &(struct msg_unflow){
	    .home = HOME }));
	l.dp.roles &= ~ROLE_BIT(ROLE_HA);
	ATF_CHECK(!set(m));
	lab_free(&l);
}

/* What the next engine does not tell again ends; with its entry, too. */
ATF_TC_WITHOUT_HEAD(resync);
ATF_TC_BODY(resync, tc)
{
	struct in6_addr	 home = HOME;

	setup();
	ATF_REQUIRE(set(to_port(1, 1, "2", 80, 80)) &&
	    set(to_port(2, 2, "3", 81, 81)));
	dp_resync(&l.dp, ROLE_HA);
	ATF_REQUIRE(bind_path(HOME, 1, BIND_ACTIVE) &&
	    bind_path(HOME, 2, BIND_ACTIVE) && bind_path(HOME, 3, BIND_ACTIVE));
	ATF_REQUIRE(set(to_port(2, 2, "3", 81, 81)));
	ATF_CHECK_STREQ("2", by(80));
	dp_resync_end(&l.dp, ROLE_HA);
	dp_sweep(&l.dp, 100);
	ATF_CHECK_STREQ("1", by(80));
	ATF_CHECK_STREQ("3", by(81));
	/* With the last one the entry is as others are. */
	ATF_REQUIRE(bind_path(HOME, 0, BIND_ACTIVE));
	dp_resync(&l.dp, ROLE_HA);
	ATF_REQUIRE(bind_path(HOME, 0, BIND_ACTIVE));
	dp_resync_end(&l.dp, ROLE_HA);
	dp_sweep(&l.dp, 100);
	ATF_CHECK_STREQ("0", by(81));
	ATF_CHECK(!fwd_find(&l.dp.forward, ROLE_HA, &home)->asks);
	ATF_REQUIRE(set(flow(3, 1, "")));
	ATF_CHECK(dp_unbind(&l.dp, ROLE_HA, &(struct msg_unbind){
	    .home = HOME }));
	ATF_REQUIRE(bind_path(HOME, 1, BIND_ACTIVE));
	ATF_CHECK_STREQ("1", by(81));
	lab_free(&l);
}

static char	 told[256];
static unsigned int room;

static bool
tell(void *arg, enum msg_type t, const void *m)
{
	const struct msg_flow	*f = m;
	const struct msg_bind	*b = m;
	size_t			 n = strlen(told);

	(void)arg;
	if (room == 0)
		return (false);
	room--;
	if (t == MSG_BOUND)
		snprintf(told + n, sizeof(told) - n, "%u ", b->bid);
	else if (t == MSG_FLOW_BOUND)
		snprintf(told + n, sizeof(told) - n, "f%u ", f->fid);
	/* An engine that does not look at it tells it again as it is. */
	if (t == MSG_FLOW_BOUND && f->fid == 8)
		ATF_CHECK(set(*f));
	return (true);
}

/* They are handed back behind the paths, as they were set. */
ATF_TC_WITHOUT_HEAD(handed_back);
ATF_TC_BODY(handed_back, tc)
{
	struct in6_addr	 home = HOME, other = CN;
	struct msg_flow	 m = flow(8, 20, "31");
	struct bound	 b;

	setup();
	m.given = 0xff & ~FLOW_BY_SPI;
	m.src_first = addr("2001:db8:c::");
	m.src_last = CN;
	m.dst_first = m.dst_last = HOME;
	m.label_first = m.label_last = 0x12345;
	m.sport_first = 999;
	m.sport_last = 1001;
	m.dport_first = m.dport_last = 80;
	m.tclass_first = m.tclass_last = 0x28;
	m.proto_first = m.proto_last = IP6_P_UDP;
	ATF_REQUIRE(set(m) && set(to_port(7, 30, "2", 0, 99)) &&
	    set(to_port(9, 10, "", 50, 60)));
	dp_resync(&l.dp, ROLE_HA);
	bound_begin(&b, ROLE_HA);
	/* Not all of it has room: then it comes again. */
	room = 4;
	ATF_CHECK(!bound_step(&b, &l.dp.planes, tell, NULL));
	ATF_CHECK_STREQ("1 2 3 f9 ", told);
	room = 99;
	told[0] = '\0';
	ATF_CHECK(bound_step(&b, &l.dp.planes, tell, NULL));
	ATF_CHECK_STREQ("1 2 3 f9 f8 f7 ", told);
	/* What was told again is not handed back any more. */
	ATF_REQUIRE(bind_path(HOME, 1, BIND_ACTIVE) &&
	    bind_path(HOME, 3, BIND_ACTIVE));
	bound_begin(&b, ROLE_HA);
	told[0] = '\0';
	bound_first(&b, &l.dp.planes, &home, &other, tell, NULL);
	ATF_CHECK_STREQ("2 f9 f7 ", told);
	dp_resync_end(&l.dp, ROLE_HA);
	dp_sweep(&l.dp, 100);
	ATF_CHECK_STREQ("13", by(80));
	ATF_CHECK_STREQ("1", by(81));
	ATF_CHECK_STREQ("1", by(55));
	/* Of another engine none. */
	dp_resync(&l.dp, ROLE_HA);
	bound_begin(&b, ROLE_MN);
	told[0] = '\0';
	ATF_CHECK(bound_step(&b, &l.dp.planes, tell, NULL));
	ATF_CHECK_STREQ("", told);
	lab_free(&l);
}

static struct child	 ch;

/* The next text or number of this name, from the rows of this table on. */
static void
field(const struct report *rep, const char *table, const char *name, char *s,
    size_t size)
{
	struct report_field	 f;
	struct rbuf		 rb, row;
	char			 is[32];

	rbuf_init(&rb, rep->mem, rep->w.off);
	s[0] = '\0';
	while (s[0] == '\0' && report_next_row(&rb, &row, is, sizeof(is)))
		while (strcmp(is, table) == 0 && report_next_field(&row, &f)) {
			if (strcmp(f.name, name) != 0)
				continue;
			if (f.kind == RK_STRING)
				snprintf(s, size, "%.*s", (int)f.v.str.len,
				    f.v.str.p);
			else
				snprintf(s, size, "%ju", (uintmax_t)f.v.u64);
		}
}

static unsigned int
rows(const struct report *rep, const char *table)
{
	struct rbuf	 rb, row;
	char		 is[32];
	unsigned int	 n = 0;

	rbuf_init(&rb, rep->mem, rep->w.off);
	while (report_next_row(&rb, &row, is, sizeof(is)))
		n += strcmp(is, table) == 0;
	return (n);
}

#define NODES	20

/* All paths and flows are in show tunnels, however many an entry has. */
ATF_TC_WITHOUT_HEAD(shown_to_people);
ATF_TC_BODY(shown_to_people, tc)
{
	struct msg_query	 q = { .verb = VERB_SHOW_TUNNELS };
	struct msg_flow		 m = flow(1, 7, "12345678");
	unsigned int		 i, k, paths_n = 0, flows_n = 0, pages = 0;
	struct report		 rep;
	union msg		 u;
	char			 text[SELECTOR_TEXT_MAX];
	int			 error = 0;

	lab_init(&l, ROLE_BIT(ROLE_HA), false);
	ch.ops = &net_ops;
	ch.conf = &l.conf;
	ATF_REQUIRE_EQ(counters_init(&ch.counters, net_ops.counters), 0);
	ATF_REQUIRE((ch.base = event_base_new()) != NULL);
	ATF_REQUIRE_EQ(net_ops.start(&ch), 0);
	m.given = 0xff;
	memset(&m.src_first, 0x11, sizeof(m.src_first));
	memset(&m.src_last, 0xfe, sizeof(m.src_last));
	m.dst_first = m.src_first;
	m.dst_last = m.src_last;
	m.spi_last = UINT32_MAX;
	m.label_last = 0xfffff;
	m.sport_last = m.dport_last = UINT16_MAX;
	m.tclass_last = 0xfc;
	m.proto_last = UINT8_MAX;
	for (i = 0; i < NODES; i++) {
		m.home.s6_addr[15] = (uint8_t)i;
		for (k = 1; k <= BIND_PATHS_MAX; k++) {
			u.u_BIND = (struct msg_bind){ .home = m.home,
			    .local = HA, .peer = careof(k),
			    .bid = (uint16_t)k, .flags = BIND_ACTIVE };
			net_ops.message(&ch, ROLE_HA, MSG_BIND, &u);
		}
		for (k = 1; k <= BIND_FLOWS_MAX; k++) {
			m.fid = (uint16_t)k;
			u.u_FLOW = m;
			net_ops.message(&ch, ROLE_HA, MSG_FLOW, &u);
		}
	}
	do {
		report_init(&rep);
		q.cursor = net_ops.query(&ch, &q, &rep, &error);
		paths_n += rows(&rep, "tunnel");
		flows_n += rows(&rep, "flow");
		pages++;
		if (pages > 1)
			continue;
		field(&rep, "tunnel", "bid", text, sizeof(text));
		ATF_CHECK_STREQ("1", text);
		field(&rep, "flow", "role", text, sizeof(text));
		ATF_CHECK_STREQ("ha", text);
		field(&rep, "flow", "priority", text, sizeof(text));
		ATF_CHECK_STREQ("7", text);
		field(&rep, "flow", "paths", text, sizeof(text));
		ATF_CHECK_STREQ("1 2 3 4 5 6 7 8", text);
		field(&rep, "flow", "selector", text, sizeof(text));
		ATF_CHECK_STREQ("src 1111:1111:1111:1111:1111:1111:1111:1111-"
		    "fefe:fefe:fefe:fefe:fefe:fefe:fefe:fefe "
		    "dst 1111:1111:1111:1111:1111:1111:1111:1111-"
		    "fefe:fefe:fefe:fefe:fefe:fefe:fefe:fefe "
		    "spi 0x0-0xffffffff label 0x0-0xfffff sport 0-65535 "
		    "dport 0-65535 tclass 0x0-0xfc proto 0-255", text);
	} while (q.cursor != 0 && pages < 100);
	ATF_CHECK_EQ(NODES * BIND_PATHS_MAX, paths_n);
	ATF_CHECK_EQ(NODES * BIND_FLOWS_MAX, flows_n);
	/* One that discards; all packets, one value. */
	m.action = FLOW_DISCARD;
	m.bids.len = 0;
	m.priority = 1;
	m.given = FLOW_BY_DPORT;
	m.dport_first = m.dport_last = 80;
	m.home.s6_addr[15] = 0;
	u.u_FLOW = m;
	net_ops.message(&ch, ROLE_HA, MSG_FLOW, &u);
	report_init(&rep);
	net_ops.query(&ch, &q, &rep, &error);
	field(&rep, "flow", "paths", text, sizeof(text));
	ATF_CHECK_STREQ("discard", text);
	field(&rep, "flow", "selector", text, sizeof(text));
	ATF_CHECK_STREQ("dport 80", text);
	m.given = 0;
	u.u_FLOW = m;
	net_ops.message(&ch, ROLE_HA, MSG_FLOW, &u);
	report_init(&rep);
	net_ops.query(&ch, &q, &rep, &error);
	field(&rep, "flow", "selector", text, sizeof(text));
	ATF_CHECK_STREQ("any packet", text);
}

/* So it is without a tunnel; a path that is not verified has no flow. */
ATF_TC_WITHOUT_HEAD(pair);
ATF_TC_BODY(pair, tc)
{
	struct msg_bind	 b = { .home = CN, .other = HA, .local = HA,
			    .flags = BIND_ACTIVE };
	struct msg_flow	 m = flow(1, 1, "12");
	struct in6_addr	 src = HA, dst = CN;
	uint8_t		 p[SIZE] = { 0 };

	lab_init(&l, ALL_ROLES, false);
	for (b.bid = 1; b.bid <= 3; b.bid++) {
		b.peer = careof(b.bid);
		ATF_REQUIRE(dp_bind(&l.dp, ROLE_CN, &b, l.now, &l.o));
	}
	m.home = CN;
	m.other = HA;
	ATF_REQUIRE(dp_flow(&l.dp, ROLE_CN, &m, &l.o));
	ip6_header(p, &src, &dst, IP6_P_UDP, SIZE - IP6_HDRLEN, 64, 0, 0);
	ATF_CHECK_STREQ("12", paths(p, sizeof(p)));
	ATF_CHECK_EQ(NC_ROUTE_OUT, l.o.why);
	b.bid = 1;
	b.peer = careof(1);
	b.flags |= BIND_UNVERIFIED;
	ATF_REQUIRE(dp_bind(&l.dp, ROLE_CN, &b, l.now, &l.o));
	ATF_CHECK_STREQ("2", paths(p, sizeof(p)));
	ATF_CHECK_EQ(NC_MAX, l.o.credit_why);
	lab_free(&l);
}

static uint64_t
counted(enum role role, struct in6_addr home, struct in6_addr other)
{
	return (fwd_find_pair(&l.dp.forward, role, &home,
	    &other)->flows->packets);
}

/*
 * A packet counts once for each flow by which it goes: not for a flow of a side
 * that it goes without, and not if it does not go.
 */
ATF_TC_WITHOUT_HEAD(counts);
ATF_TC_BODY(counts, tc)
{
	struct in6_addr	 home = HOME2, peer = CN;
	struct msg_bind	 mn = { .home = HOME2, .other = CN, .peer = CN,
			    .local = COA2, .flags = BIND_ACTIVE, .bid = 1 };
	struct msg_bind	 cn = { .home = CN, .other = HOME2, .peer = COA,
			    .local = HOME2, .bid = 1,
			    .flags = BIND_ACTIVE | BIND_UNVERIFIED };
	struct msg_flow	 m = flow(1, 1, "1");
	uint8_t		 p[SIZE] = { 0 };

	lab_init(&l, ALL_ROLES, false);
	ip6_header(p, &home, &peer, IP6_P_UDP, SIZE - IP6_HDRLEN, 64, 0, 0);
	ATF_REQUIRE(dp_bind(&l.dp, ROLE_MN, &mn, l.now, &l.o) &&
	    dp_bind(&l.dp, ROLE_CN, &cn, l.now, &l.o));
	m.home = HOME2;
	m.other = CN;
	ATF_REQUIRE(dp_flow(&l.dp, ROLE_MN, &m, &l.o));
	m.home = CN;
	m.other = HOME2;
	ATF_REQUIRE(dp_flow(&l.dp, ROLE_CN, &m, &l.o));
	ATF_CHECK_EQ(DP_SEND, lab_tun(&l, p, sizeof(p)));
	ATF_CHECK_EQ(NC_CREDIT_LACKED, l.o.credit_why);
	ATF_CHECK_EQ(NC_HAO_OUT, l.o.why);
	ATF_CHECK_EQ(1, counted(ROLE_MN, HOME2, CN));
	ATF_CHECK_EQ(0, counted(ROLE_CN, CN, HOME2));
	/* It is there. */
	cn.flags = BIND_ACTIVE;
	ATF_REQUIRE(dp_bind(&l.dp, ROLE_CN, &cn, l.now, &l.o));
	ATF_CHECK_EQ(DP_SEND, lab_tun(&l, p, sizeof(p)));
	ATF_CHECK_EQ(NC_BOTH_OUT, l.o.why);
	ATF_CHECK_EQ(2, counted(ROLE_MN, HOME2, CN));
	ATF_CHECK_EQ(1, counted(ROLE_CN, CN, HOME2));
	/* Our own side may not send. */
	mn.flags = 0;
	ATF_REQUIRE(dp_bind(&l.dp, ROLE_MN, &mn, l.now, &l.o));
	ATF_CHECK_EQ(DP_DROP, lab_tun(&l, p, sizeof(p)));
	ATF_CHECK_EQ(NC_INACTIVE, l.o.why);
	ATF_CHECK_EQ(2, counted(ROLE_MN, HOME2, CN));
	ATF_CHECK_EQ(1, counted(ROLE_CN, CN, HOME2));
	/* What is discarded counts for who discards it. */
	m.action = FLOW_DISCARD;
	m.bids.len = 0;
	ATF_REQUIRE(dp_flow(&l.dp, ROLE_CN, &m, &l.o));
	ATF_CHECK_EQ(DP_DROP, lab_tun(&l, p, sizeof(p)));
	ATF_CHECK_EQ(NC_FLOW_DISCARDED, l.o.why);
	ATF_CHECK_EQ(2, counted(ROLE_MN, HOME2, CN));
	ATF_CHECK_EQ(2, counted(ROLE_CN, CN, HOME2));
	lab_free(&l);
}

/* The model: what is bound, what flows there are. */
static struct {
	bool	 bound[4], active[4];
	bool	 all;
	struct {
		unsigned int	 priority, by, v[8][2], paths;
		bool		 used;
	}	 flows[5];
}	 m;

static uint64_t	 seed = 88172645463325252ULL;

static unsigned int
rnd(unsigned int n)
{
	seed ^= seed << 13;
	seed ^= seed >> 7;
	seed ^= seed << 17;
	return ((unsigned int)(seed >> 20) % n);
}

/* Of each kind small values: source, destination, SPI, label, ports, ... */
static void
change_flow(void)
{
	unsigned int	 fid = 1 + rnd(4), i, k, v[8][2];
	struct msg_flow	 f;
	char		 to[4] = "";
	size_t		 n = 0;

	if (rnd(3) == 0) {
		ATF_REQUIRE_EQ(m.flows[fid].used, unset(fid));
		m.flows[fid].used = false;
		return;
	}
	m.flows[fid].paths = rnd(8);
	for (i = 0; i < 3; i++)
		if ((m.flows[fid].paths & 1u << i) != 0)
			to[n++] = (char)('1' + i);
	/* Of the same priority none, so that there is one answer. */
	m.flows[fid].priority = 1 + 4 * rnd(4) + fid % 4;
	f = flow(fid, m.flows[fid].priority, to);
	f.given = (uint8_t)(rnd(256) & rnd(256));
	for (k = 0; k < 8; k++) {
		v[k][0] = rnd(3);
		v[k][1] = v[k][0] + rnd(2);
	}
	f.src_first = f.src_last = CN;
	f.src_first.s6_addr[15] = (uint8_t)v[0][0];
	f.src_last.s6_addr[15] = (uint8_t)v[0][1];
	f.dst_first = f.dst_last = HOME;	/* it has but one */
	f.dst_first.s6_addr[15] = (uint8_t)v[1][0];
	f.dst_last.s6_addr[15] = (uint8_t)v[1][1];
	f.spi_first = v[2][0];
	f.spi_last = v[2][1];
	f.label_first = v[3][0];
	f.label_last = v[3][1];
	f.sport_first = (uint16_t)v[4][0];
	f.sport_last = (uint16_t)v[4][1];
	f.dport_first = (uint16_t)v[5][0];
	f.dport_last = (uint16_t)v[5][1];
	f.tclass_first = (uint8_t)(v[6][0] << 2);
	f.tclass_last = (uint8_t)(v[6][1] << 2);
	f.proto_first = (uint8_t)(IP6_P_UDP + v[7][0]);
	f.proto_last = (uint8_t)(IP6_P_UDP + v[7][1]);
	ATF_REQUIRE(set(f));
	m.flows[fid].used = true;
	m.flows[fid].by = f.given;
	memcpy(m.flows[fid].v, v, sizeof(v));
}

static void
change_path(void)
{
	unsigned int	 bid = 1 + rnd(3);

	if (rnd(4) == 0 && m.bound[1] + m.bound[2] + m.bound[3] > 1 &&
	    m.bound[bid]) {
		ATF_REQUIRE(dp_unbind(&l.dp, ROLE_HA, &(struct msg_unbind){
		    .home = HOME, .bid = (uint16_t)bid }));
		m.bound[bid] = false;
		return;
	}
	m.bound[bid] = true;
	m.active[bid] = rnd(4) > 0;
	m.all = rnd(2) > 0;
	ATF_REQUIRE(bind_path(HOME, bid, (uint8_t)((m.active[bid] ?
	    BIND_ACTIVE : 0) | (m.all ? BIND_ALL : 0))));
}

/* Those of a set that are there and active. */
static unsigned int
usable(unsigned int set_of)
{
	unsigned int	 i, left = 0;

	for (i = 1; i <= 3; i++)
		if ((set_of & 1u << (i - 1)) != 0 && m.bound[i] && m.active[i])
			left |= 1u << (i - 1);
	return (left);
}

/* By which paths a packet that shows this goes; proto is from UDP on. */
static unsigned int
expected(const unsigned int v[8], unsigned int kinds)
{
	unsigned int	 fid, k, best = 0, left;
	bool		 fits;

	for (fid = 1; fid <= 4; fid++) {
		fits = m.flows[fid].used && (m.flows[fid].paths == 0 ||
		    usable(m.flows[fid].paths) != 0);
		for (k = 0; fits && k < 8; k++)
			if ((m.flows[fid].by & 1u << k) != 0)
				fits = (kinds & 1u << k) != 0 &&
				    v[k] >= m.flows[fid].v[k][0] &&
				    v[k] <= m.flows[fid].v[k][1];
		if (fits && (best == 0 ||
		    m.flows[fid].priority < m.flows[best].priority))
			best = fid;
	}
	if (best != 0)
		return (usable(m.flows[best].paths));
	left = usable(7);
	return (m.all || left == 0 ? left : left & (~left + 1));
}

ATF_TC_WITHOUT_HEAD(model);
ATF_TC_BODY(model, tc)
{
	/* UDP, and others that have no ports; two bits are no DSCP. */
	static const unsigned int	 names = FLOW_BY_SRC | FLOW_BY_DST |
	    FLOW_BY_LABEL | FLOW_BY_TCLASS | FLOW_BY_PROTO;
	unsigned int	 v[8], i, k, kinds, want, got, seen[8] = { 0 };
	struct in6_addr	 src = CN, dst = HOME;
	uint8_t		 p[SIZE];
	const char	*s;

	setup();
	m.bound[1] = m.bound[2] = m.bound[3] = true;
	m.active[1] = m.active[2] = m.active[3] = true;
	for (i = 0; i < STEPS; i++) {
		if (rnd(8) == 0)
			change_flow();
		if (rnd(16) == 0)
			change_path();
		for (k = 0; k < 8; k++)
			v[k] = rnd(4);
		v[1] = HOME.s6_addr[15];
		src.s6_addr[15] = (uint8_t)v[0];
		memset(p, 0, sizeof(p));
		ip6_header(p, &src, &dst, (uint8_t)(IP6_P_UDP + v[7]),
		    SIZE - IP6_HDRLEN, 64, (uint8_t)(v[6] << 2 | rnd(4)), v[3]);
		kinds = names;
		if (v[7] == 0) {
			p[41] = (uint8_t)v[4];
			p[43] = (uint8_t)v[5];
			kinds |= FLOW_BY_SPORT | FLOW_BY_DPORT;
		}
		want = expected(v, kinds);
		got = 0;
		for (s = paths(p, sizeof(p)); *s != '\0'; s++) {
			ATF_REQUIRE((got & 1u << (*s - '1')) == 0);
			got |= 1u << (*s - '1');
		}
		ATF_REQUIRE_EQ_MSG(want, got, "step %u: %u %u", i, want, got);
		seen[want]++;
	}
	for (i = 0; i < 8; i++)
		ATF_CHECK_MSG(seen[i] > 100, "%u: %u", i, seen[i]);
	lab_free(&l);
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, ranges);
	ATF_TP_ADD_TC(tp, shown);
	ATF_TP_ADD_TC(tp, many_headers);
	ATF_TP_ADD_TC(tp, order);
	ATF_TP_ADD_TC(tp, signalling);
	ATF_TP_ADD_TC(tp, fragments);
	ATF_TP_ADD_TC(tp, fragments_old);
	ATF_TP_ADD_TC(tp, refused);
	ATF_TP_ADD_TC(tp, attacks);
	ATF_TP_ADD_TC(tp, resync);
	ATF_TP_ADD_TC(tp, handed_back);
	ATF_TP_ADD_TC(tp, shown_to_people);
	ATF_TP_ADD_TC(tp, pair);
	ATF_TP_ADD_TC(tp, counts);
	ATF_TP_ADD_TC(tp, model);
	return (atf_no_error());
}
