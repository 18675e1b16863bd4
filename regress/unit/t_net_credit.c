/*
 * What a correspondent sends to a care-of address that nobody has shown to be
 * the node's (RFC 4866 4.10, 4.11).  Others must not get what a node asks for:
 * no more than it has sent itself, and that not long ago.
 */
#include <sys/types.h>
#include <sys/socket.h>

#include <atf-c.h>
#include <event2/event.h>

#include "core/verb.h"
#include "core/why.h"
#include "net/net.h"
#include "net/state.h"
#include "net_pairs.h"
#include "wire/buf.h"

#define OWN	addr("2001:db8:1::1")		/* of a correspondent */
#define PEER	addr("2001:db8:3::300")		/* a home address */
#define VICTIM	addr("2001:db8:f1::bad")
#define VICTIM2	addr("2001:db8:f2::bad")
#define CAREFUL	(BIND_ACTIVE | BIND_UNVERIFIED)

static struct lab	 l;

/* A packet of len octets, of a protocol that nobody has (RFC 3692). */
static void
packet(uint8_t *p, struct in6_addr src, struct in6_addr dst, size_t len)
{
	memset(p, 0, len);
	ip6_header(p, &src, &dst, 253, (uint16_t)(len - IP6_HDRLEN), 64, 0, 0);
}

/* len octets of ours to the node.  True: they have gone to this care-of. */
static bool
to_node(struct in6_addr careof, size_t len)
{
	struct in6_addr	 dst;
	uint8_t		 p[1500];

	packet(p, OWN, PEER, len);
	ATF_REQUIRE_EQ(DP_SEND, lab_tun(&l, p, len));
	dst = ip6_dst(pkt_data(&l.p));
	if (in6_eq(&dst, &careof)) {
		ATF_CHECK_EQ(NC_ROUTE_OUT, l.o.why);
		return (true);
	}
	/* Else to the home address, as it is. */
	ATF_CHECK_EQ(NC_CREDIT_LACKED, l.o.credit_why);
	ATF_CHECK_EQ(NC_AS_IT_IS, l.o.why);
	ATF_CHECK(lab_is(&l, p, len));
	return (false);
}

/* len octets of the node, from this care-of address. */
static enum dp_verdict
from_node(struct in6_addr careof, size_t len)
{
	struct ip6_walk	 w;
	uint8_t		 p[1500];

	packet(p, PEER, OWN, len);
	lab_packet(&l, p, len);
	ATF_REQUIRE_EQ(IP6_OK, ip6_walk(&w, pkt_data(&l.p), l.p.len, 0));
	ATF_REQUIRE_EQ(RW_OK, rw_hao_insert(&l.p, &w, &careof));
	return (lab_note(&l, dp_capture(&l.dp, &l.p, NULL, 2, l.now, &l.o),
	    &l.p));
}

ATF_TC_WITHOUT_HEAD(unverified);
ATF_TC_BODY(unverified, tc)
{
	lab_init(&l, ROLE_BIT(ROLE_CN), false);
	ATF_REQUIRE(lab_pair(&l, ROLE_CN, PEER, OWN, COA, CAREFUL));
	ATF_CHECK(!to_node(COA, 100));
	/* What the node sends from there is taken as ever. */
	ATF_CHECK_EQ(DP_INJECT, from_node(COA, 100));
	ATF_CHECK(!to_node(COA, 100));
	ATF_REQUIRE(lab_pair(&l, ROLE_CN, PEER, OWN, COA, BIND_ACTIVE));
	ATF_CHECK(to_node(COA, 100));
	lab_free(&l);
}

static void
at(struct in6_addr careof, uint8_t flags)
{
	ATF_REQUIRE(lab_pair(&l, ROLE_CN, PEER, OWN, careof, flags));
}

static uint64_t
credit(void)
{
	struct in6_addr		 home = PEER, own = OWN;
	struct plane_row	 row;

	ATF_REQUIRE(planes_find(&l.dp.planes, ROLE_CN, &home, &own, &row));
	return (credit_get(&row.credit, l.now));
}

static void
node_at_coa(void)
{
	lab_init(&l, ROLE_BIT(ROLE_CN), false);
	at(COA, BIND_ACTIVE);
}

/* 4.10: earned at a verified care-of address, spent at one that is not. */
ATF_TC_WITHOUT_HEAD(earned);
ATF_TC_BODY(earned, tc)
{
	node_at_coa();
	ATF_CHECK_EQ(DP_INJECT, from_node(COA, 200));
	ATF_CHECK_EQ(DP_INJECT, from_node(COA, 100));
	ATF_CHECK_EQ(300, credit());
	/* Not by what comes from elsewhere, nor spent where it is verified. */
	ATF_CHECK_EQ(DP_DROP, from_node(VICTIM, 500));
	ATF_CHECK(to_node(COA, 1000));
	ATF_CHECK_EQ(NC_MAX, l.o.credit_why);
	ATF_CHECK_EQ(300, credit());
	at(COA2, CAREFUL);
	ATF_CHECK_EQ(300, credit());
	ATF_CHECK_EQ(DP_INJECT, from_node(COA2, 1000));
	ATF_CHECK_EQ(300, credit());
	/* What is more than there is goes home, and the rest is left. */
	ATF_CHECK(to_node(COA2, 240));
	ATF_CHECK_EQ(NC_CREDIT_OUT, l.o.credit_why);
	ATF_CHECK_EQ(240, l.o.credit_len);
	ATF_CHECK(!to_node(COA2, 61));
	ATF_CHECK(to_node(COA2, 60));
	ATF_CHECK_EQ(0, credit());
	ATF_CHECK(!to_node(COA2, 40));
	at(COA2, BIND_ACTIVE);
	ATF_CHECK(to_node(COA2, 1000));
	ATF_CHECK_EQ(DP_INJECT, from_node(COA2, 70));
	ATF_CHECK_EQ(70, credit());
	lab_free(&l);
}

/* It is kept for the next move, and for the one after that. */
ATF_TC_WITHOUT_HEAD(kept);
ATF_TC_BODY(kept, tc)
{
	node_at_coa();
	from_node(COA, 500);
	at(COA2, CAREFUL);
	ATF_CHECK(to_node(COA2, 100));
	at(COA2, BIND_ACTIVE);
	at(COA, CAREFUL);
	ATF_CHECK_EQ(400, credit());
	ATF_CHECK(to_node(COA, 300));
	at(COA2, CAREFUL);
	ATF_CHECK(!to_node(COA2, 101));
	ATF_CHECK(to_node(COA2, 100));
	lab_free(&l);
}

/* A pair has its own, and it ends with the binding. */
ATF_TC_WITHOUT_HEAD(of_pair);
ATF_TC_BODY(of_pair, tc)
{
	struct msg_unbind	 u = { .home = PEER, .other = OWN };

	node_at_coa();
	from_node(COA, 500);
	at(VICTIM, CAREFUL);
	ATF_REQUIRE(lab_pair(&l, ROLE_CN, HOME, OWN, VICTIM, CAREFUL));
	ATF_CHECK_EQ(500, credit());
	ATF_REQUIRE(dp_unbind(&l.dp, ROLE_CN, &u));
	at(VICTIM, CAREFUL);
	ATF_CHECK_EQ(0, credit());
	ATF_CHECK(!to_node(VICTIM, 40));
	lab_free(&l);
}

/* Where a node is at several places at once the credit is one. */
ATF_TC_WITHOUT_HEAD(several);
ATF_TC_BODY(several, tc)
{
	struct msg_bind	 b = { .home = PEER, .other = OWN, .local = OWN,
			    .peer = COA, .flags = BIND_ACTIVE, .bid = 2 };

	lab_init(&l, ROLE_BIT(ROLE_CN), false);
	ATF_REQUIRE(dp_bind(&l.dp, ROLE_CN, &b, l.now, &l.o));
	b.bid = 1;
	b.peer = VICTIM;
	b.flags = CAREFUL;
	ATF_REQUIRE(dp_bind(&l.dp, ROLE_CN, &b, l.now, &l.o));
	ATF_CHECK_EQ(DP_INJECT, from_node(COA, 100));
	ATF_CHECK_EQ(DP_INJECT, from_node(VICTIM, 100));
	ATF_CHECK_EQ(100, credit());
	ATF_CHECK(to_node(VICTIM, 100));
	ATF_CHECK(!to_node(VICTIM, 40));
	lab_free(&l);
}

/* Of the packet and its copies, how many leave for this care-of address? */
static unsigned int
copies_to(struct in6_addr careof, struct in6_addr src, size_t len)
{
	const uint8_t	*p;
	struct ip6_walk	 w;
	struct in6_addr	 dst;
	uint8_t		 buf[1500];
	unsigned int	 i, n = 0;

	packet(buf, src, PEER, len);
	ATF_REQUIRE_EQ(DP_SEND, lab_tun(&l, buf, len));
	for (i = 0; i < l.o.npieces + 1; i++) {
		p = i == 0 ? pkt_data(&l.p) : l.o.pieces[i - 1].p;
		ATF_REQUIRE_EQ(IP6_OK, ip6_walk(&w, p, i == 0 ? l.p.len :
		    l.o.pieces[i - 1].len, 0));
		dst = ip6_dst(p);
		n += in6_eq(&dst, &careof);
	}
	return (n);
}

/* None goes where it is not verified, if there is another place; else each. */
ATF_TC_WITHOUT_HEAD(copies);
ATF_TC_BODY(copies, tc)
{
	struct msg_bind	 b = { .home = PEER, .other = OWN, .local = OWN,
			    .peer = COA, .flags = BIND_ACTIVE | BIND_ALL,
			    .bid = 1 };

	lab_init(&l, ROLE_BIT(ROLE_CN), false);
	ATF_REQUIRE(dp_bind(&l.dp, ROLE_CN, &b, l.now, &l.o));
	b.bid = 2;
	b.peer = VICTIM;
	b.flags |= BIND_UNVERIFIED;
	ATF_REQUIRE(dp_bind(&l.dp, ROLE_CN, &b, l.now, &l.o));
	ATF_CHECK_EQ(DP_INJECT, from_node(COA, 250));
	ATF_CHECK_EQ(0, copies_to(VICTIM, OWN, 100));
	ATF_CHECK_EQ(1, copies_to(COA, OWN, 100));
	ATF_CHECK_EQ(250, credit());
	lab_free(&l);
	/* From a home address with two places, to one place. */
	lab_init(&l, ROLE_BIT(ROLE_MN) | ROLE_BIT(ROLE_CN), false);
	b = (struct msg_bind){ .home = HOME2, .other = PEER, .local = COA2,
	    .peer = PEER, .flags = BIND_ACTIVE | BIND_ALL, .bid = 1 };
	ATF_REQUIRE(dp_bind(&l.dp, ROLE_MN, &b, l.now, &l.o));
	b.bid = 2;
	b.local = OWN;
	ATF_REQUIRE(dp_bind(&l.dp, ROLE_MN, &b, l.now, &l.o));
	ATF_REQUIRE(lab_pair(&l, ROLE_CN, PEER, HOME2, VICTIM, CAREFUL));
	fwd_find_pair(&l.dp.forward, ROLE_CN, &b.other, &b.home)->credit =
	    (struct credit){ 250, l.now };
	ATF_CHECK_EQ(2, copies_to(VICTIM, HOME2, 100));
	ATF_CHECK_EQ(200, l.o.credit_len);
	ATF_CHECK_EQ(0, copies_to(VICTIM, HOME2, 100));
	ATF_CHECK_EQ(NC_CREDIT_LACKED, l.o.credit_why);
	lab_free(&l);
}

/* 4.11, 7: 7/8 of it each five seconds, however seldom it is looked at. */
ATF_TC_WITHOUT_HEAD(ages);
ATF_TC_BODY(ages, tc)
{
	static const struct { int64_t seconds; uint64_t left; } rows[] = {
		{ 0, 1000000 }, { 4, 1000000 }, { 5, 875000 },
		{ 9, 875000 }, { 10, 765625 }, { 15, 669921 }, { 20, 586180 },
		{ 60, 201414 }, { 600, 0 }, { 1LL << 33, 0 } };
	struct credit	 c, d;
	size_t		 i;
	int		 n;

	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		c = (struct credit){ 0 };
		credit_earn(&c, 1000000, (struct mono){ SEC(100) });
		ATF_CHECK_EQ_MSG(rows[i].left, credit_get(&c,
		    (struct mono){ SEC(100 + rows[i].seconds) }), "%zu: %ju",
		    i, (uintmax_t)credit_get(&c,
		    (struct mono){ SEC(100 + rows[i].seconds) }));
	}
	/* In small steps, with little more, or at once. */
	c = d = (struct credit){ UINT64_MAX, { SEC(100) } };
	for (n = 0; n < 1000; n++)
		credit_earn(&c, 0, (struct mono){ SEC(100 + n) });
	ATF_CHECK(c.octets > 0);
	ATF_CHECK_EQ(c.octets, credit_get(&d, (struct mono){ SEC(1099) }));
	/* The largest that there can be is gone in half an hour. */
	ATF_CHECK_EQ(0, credit_get(&d, (struct mono){ SEC(2000) }));
}

/* What a flood of packets for the node takes to this address. */
static uint64_t
flood(struct in6_addr careof)
{
	uint64_t	 octets = 0;
	int		 i;

	for (i = 0; i < 1000; i++)
		if (to_node(careof, 1280))
			octets += 1280;
	return (octets);
}

/*
 * A node that sends little for long, and then has a flood sent to somebody
 * else: that one gets a part of what the node has sent, once.
 */
ATF_TC_WITHOUT_HEAD(attack);
ATF_TC_BODY(attack, tc)
{
	uint64_t	 sent = 0, got;
	int		 i;

	node_at_coa();
	/* 8,000 octets a second for an hour. */
	for (i = 0; i < 3600 * 8; i++) {
		ATF_REQUIRE_EQ(DP_INJECT, from_node(COA, 1000));
		sent += 1000;
		l.now.ns += NS_PER_SEC / 8;
	}
	/* That is 29 MB, of which what counts is that of the last 40 s. */
	ATF_CHECK_EQ(28800000, sent);
	ATF_CHECK(credit() <= 8000 * 40);
	ATF_CHECK(credit() >= 8000 * 30);
	at(VICTIM, CAREFUL);
	got = flood(VICTIM);
	ATF_CHECK(got > 200000 && got <= 8000 * 40);
	/* There is no more, whatever seems to come from there ... */
	ATF_CHECK_EQ(DP_INJECT, from_node(VICTIM, 1400));
	ATF_CHECK_EQ(0, flood(VICTIM));
	/* ... nor for the next one. */
	at(VICTIM2, CAREFUL);
	ATF_CHECK_EQ(0, flood(VICTIM2));
	/* Who waits first has less. */
	at(COA, BIND_ACTIVE);
	for (i = 0; i < 100; i++)
		from_node(COA, 1000);
	l.now.ns += SEC(60);
	at(VICTIM, CAREFUL);
	got = flood(VICTIM);
	ATF_CHECK(got > 0 && got <= 100000 / 4);
	lab_free(&l);
}

/* Without a way home nothing is sent. */
ATF_TC_WITHOUT_HEAD(no_way);
ATF_TC_BODY(no_way, tc)
{
	struct in6_addr	 away = addr("2001:db8:1::300");
	uint8_t		 p[100];

	/* A home address that we serve and that is not bound with us. */
	lab_init(&l, ROLE_BIT(ROLE_HA) | ROLE_BIT(ROLE_CN), false);
	ATF_REQUIRE(lab_pair(&l, ROLE_CN, away, OWN, COA, CAREFUL));
	packet(p, OWN, away, sizeof(p));
	ATF_CHECK_EQ(DP_DROP, lab_tun(&l, PKT(p)));
	ATF_CHECK_EQ(NC_UNREACHABLE, l.o.why);
	ATF_CHECK_EQ(NC_CREDIT_LACKED, l.o.credit_why);
	lab_free(&l);
	/* A home address of ours that has no tunnel. */
	lab_init(&l, ROLE_BIT(ROLE_MN) | ROLE_BIT(ROLE_CN), false);
	ATF_REQUIRE(lab_pair(&l, ROLE_CN, PEER, HOME2, COA, CAREFUL));
	packet(p, HOME2, PEER, sizeof(p));
	ATF_CHECK_EQ(DP_DROP, lab_tun(&l, PKT(p)));
	ATF_CHECK_EQ(NC_TUN_UNKNOWN, l.o.why);
	lab_free(&l);
}

/* Only a correspondent has doubts. */
ATF_TC_WITHOUT_HEAD(whose);
ATF_TC_BODY(whose, tc)
{
	lab_init(&l, ALL_ROLES, false);
	ATF_CHECK(!lab_bind(&l, ROLE_HA, HOME, HA, COA, CAREFUL));
	ATF_CHECK_EQ(NC_REFUSED, l.o.why);
	ATF_CHECK(!lab_bind(&l, ROLE_MN, HOME2, COA2, HA2, CAREFUL));
	ATF_CHECK(!lab_pair(&l, ROLE_MN, HOME2, CN, COA2, CAREFUL));
	ATF_CHECK_EQ(0, l.dp.forward.tab.count);
	lab_free(&l);
}

/*
 * A mobile node speaks to another as if that had no binding with it: by the
 * home agents of both.
 */
ATF_TC_WITHOUT_HEAD(from_home);
ATF_TC_BODY(from_home, tc)
{
	struct in6_addr	 agent = HA2, dst;
	uint8_t		 p[100];

	lab_init(&l, ROLE_BIT(ROLE_MN) | ROLE_BIT(ROLE_CN), true);
	ATF_REQUIRE(lab_pair(&l, ROLE_CN, PEER, HOME2, COA, CAREFUL));
	packet(p, HOME2, PEER, sizeof(p));
	ATF_REQUIRE_EQ(DP_SEND, lab_tun(&l, PKT(p)));
	ATF_CHECK_EQ(NC_ENCAPSULATED, l.o.why);
	dst = ip6_dst(pkt_data(&l.p));
	ATF_CHECK(in6_eq(&dst, &agent));
	ATF_CHECK(memcmp(pkt_data(&l.p) + IP6_HDRLEN, p, sizeof(p)) == 0);
	lab_free(&l);
}

static struct child	 ch;

/* The process, with this pair as BIND or UNBIND says. */
static void
say(enum msg_type t, uint8_t flags)
{
	union msg	 m;

	memset(&m, 0, sizeof(m));
	if (t == MSG_BIND) {
		m.u_BIND.home = PEER;
		m.u_BIND.other = m.u_BIND.local = OWN;
		m.u_BIND.peer = COA;
		m.u_BIND.flags = flags;
	} else {
		m.u_UNBIND.home = PEER;
		m.u_UNBIND.other = OWN;
	}
	net_ops.message(&ch, ROLE_CN, t, &m);
}

/* One packet for the node and what is told of it. */
static void
one_out(struct net *net)
{
	struct in6_addr	 own = OWN;
	uint8_t		 buf[PKT_HEADROOM + 100];
	struct pkt	 p;

	packet(buf + PKT_HEADROOM, OWN, PEER, 100);
	pkt_init(&p, buf, PKT_HEADROOM, 100);
	dp_out_init(&net->o);
	ATF_REQUIRE_EQ(DP_SEND, dp_tun(&net->dp, &p, NULL, net->now,
	    &net->o));
	/* It is not sent here. */
	input_finish(net, DP_PASS, &p, &own);
}

static bool
row_has(const struct report *rep, const char *name, uint64_t value)
{
	struct report_field	 f;
	struct rbuf		 rb, row;
	char			 table[32];

	rbuf_init(&rb, rep->mem, rep->w.off);
	ATF_REQUIRE(report_next_row(&rb, &row, table, sizeof(table)));
	while (report_next_field(&row, &f))
		if (strcmp(f.name, name) == 0)
			return (f.v.u64 == value);
	return (false);
}

/* Counters, the reason, the row: what people see of it. */
ATF_TC_WITHOUT_HEAD(told);
ATF_TC_BODY(told, tc)
{
	struct hash_key		 key = { { 1, 2 } };
	struct msg_query	 q = { .verb = VERB_SHOW_TUNNELS };
	struct in6_addr		 home = PEER, own = OWN;
	struct report		 rep;
	struct net		*net;
	struct fwd_entry	*e;
	union msg		 m;
	int			 error = 0;

	lab_init(&l, ROLE_BIT(ROLE_CN), false);
	ch.ops = &net_ops;
	ch.conf = &l.conf;
	ATF_REQUIRE_EQ(counters_init(&ch.counters, net_ops.counters), 0);
	ATF_REQUIRE(whys_init(&ch.whys, &key, NULL, NULL));
	ATF_REQUIRE((ch.base = event_base_new()) != NULL);
	ATF_REQUIRE_EQ(net_ops.start(&ch), 0);
	net = ch.priv;
	memset(&m, 0, sizeof(m));
	m.u_ADDRESS.ifindex = 2;
	m.u_ADDRESS.addr = OWN;
	net_ops.message(&ch, ROLE_PARENT, MSG_ADDRESS, &m);
	say(MSG_BIND, CAREFUL);
	ATF_REQUIRE((e = fwd_find_pair(&net->dp.forward, ROLE_CN, &home,
	    &own)) != NULL);
	credit_earn(&e->credit, 150, net->now);
	report_init(&rep);
	ATF_CHECK_EQ(0, net_ops.query(&ch, &q, &rep, &error));
	ATF_CHECK(row_has(&rep, "unverified", 1));
	ATF_CHECK(row_has(&rep, "credit", 150));
	one_out(net);
	ATF_CHECK_EQ(1, ch.counters.v[NC_CREDIT_OUT]);
	ATF_CHECK_EQ(100, ch.counters.v[NC_CREDIT_OUT_OCTETS]);
	ATF_CHECK_EQ(0, ch.counters.v[NC_CREDIT_LACKED]);
	ATF_CHECK(why_find(&ch.whys, WHY_CAREOF_UNVERIFIED,
	    "2001:db8:3::300") == NULL);
	one_out(net);
	one_out(net);
	ATF_CHECK_EQ(1, ch.counters.v[NC_CREDIT_OUT]);
	ATF_CHECK_EQ(2, ch.counters.v[NC_CREDIT_LACKED]);
	ATF_CHECK_EQ(200, ch.counters.v[NC_CREDIT_LACKED_OCTETS]);
	ATF_CHECK(why_find(&ch.whys, WHY_CAREOF_UNVERIFIED,
	    "2001:db8:3::300") != NULL);
	/* It is shown to be there. */
	say(MSG_BIND, BIND_ACTIVE);
	ATF_CHECK(why_find(&ch.whys, WHY_CAREOF_UNVERIFIED,
	    "2001:db8:3::300") == NULL);
	one_out(net);
	ATF_CHECK_EQ(1, ch.counters.v[NC_CREDIT_OUT]);
	ATF_CHECK_EQ(2, ch.counters.v[NC_CREDIT_LACKED]);
	report_init(&rep);
	net_ops.query(&ch, &q, &rep, &error);
	ATF_CHECK(row_has(&rep, "unverified", 0));
	/* And it ends with the binding. */
	say(MSG_BIND, CAREFUL);
	e->credit.octets = 0;
	one_out(net);
	ATF_CHECK(why_find(&ch.whys, WHY_CAREOF_UNVERIFIED,
	    "2001:db8:3::300") != NULL);
	say(MSG_UNBIND, 0);
	ATF_CHECK(why_find(&ch.whys, WHY_CAREOF_UNVERIFIED,
	    "2001:db8:3::300") == NULL);
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, unverified);
	ATF_TP_ADD_TC(tp, earned);
	ATF_TP_ADD_TC(tp, kept);
	ATF_TP_ADD_TC(tp, of_pair);
	ATF_TP_ADD_TC(tp, several);
	ATF_TP_ADD_TC(tp, copies);
	ATF_TP_ADD_TC(tp, ages);
	ATF_TP_ADD_TC(tp, attack);
	ATF_TP_ADD_TC(tp, no_way);
	ATF_TP_ADD_TC(tp, whose);
	ATF_TP_ADD_TC(tp, from_home);
	ATF_TP_ADD_TC(tp, told);
	return (atf_no_error());
}
