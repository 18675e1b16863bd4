/*
 * net/observe: packets of pairs, counted in a memory of fixed size.  First the
 * table alone, with a clock of its own, then as the data plane asks it.
 */
#include <atf-c.h>

#include <time.h>

#include "net_pairs.h"

static const uint64_t	 key[2] = { 1, 2 };
static struct lab	 l;

static struct in6_addr
peer(uint32_t i)
{
	struct in6_addr	 a = CN;

	memcpy(&a.s6_addr[8], &i, sizeof(i));
	return (a);
}

/* So many packets with a peer, of which the last one tells; n: how many. */
static uint32_t
packets(struct observe *o, struct in6_addr other, uint32_t n, struct mono now)
{
	struct in6_addr	 home = HOME2;
	uint32_t	 i, said = 0, told = 0;

	for (i = 0; i < n; i++)
		if (observe_packet(o, ROLE_MN, &home, &other, true, now,
		    &told) == OBSERVE_MANY)
			said = told;
	return (said);
}

static void
begin(struct observe *o, uint32_t n, uint32_t window)
{
	struct msg_observe	 m = { HOME2, n, window };

	ATF_REQUIRE(observe_set(o, ROLE_MN, &m));
}

/* Once in each window, not for others, not when nobody asks. */
ATF_TC_WITHOUT_HEAD(window);
ATF_TC_BODY(window, tc)
{
	struct observe	 o;
	struct mono	 now = { SEC(100) };
	struct in6_addr	 home = HOME, other = peer(1);
	uint32_t	 n = 0;

	ATF_REQUIRE(observe_init(&o, key));
	ATF_CHECK_EQ(0, packets(&o, peer(1), 100, now));
	begin(&o, 10, 1000);
	ATF_CHECK_EQ(0, packets(&o, peer(1), 9, now));
	ATF_CHECK_EQ(0, packets(&o, peer(2), 9, now));
	ATF_CHECK_EQ(10, packets(&o, peer(1), 1, now));
	ATF_CHECK_EQ(0, packets(&o, peer(1), 100, now));
	/* Its window is over: it begins anew, too slowly, then not. */
	now.ns += MS(1001);
	ATF_CHECK_EQ(0, packets(&o, peer(1), 5, now));
	now.ns += MS(1001);
	ATF_CHECK_EQ(0, packets(&o, peer(1), 9, now));
	now.ns += MS(1000);
	ATF_CHECK_EQ(10, packets(&o, peer(1), 1, now));
	/* Another home address, another engine. */
	ATF_CHECK_EQ(OBSERVE_NOTHING, observe_packet(&o, ROLE_MN, &home,
	    &other, true, now, &n));
	ATF_CHECK_EQ(1, o.homes.count);
	/* What could not be told is told with the next packet. */
	now.ns += SEC(5);
	home = HOME2;
	ATF_CHECK_EQ(0, packets(&o, peer(1), 9, now));
	ATF_CHECK_EQ(OBSERVE_NOTHING, observe_packet(&o, ROLE_MN, &home,
	    &other, false, now, &n));
	ATF_CHECK_EQ(11, packets(&o, peer(1), 1, now));
	/* No window is one second, not none. */
	begin(&o, 1, 0);
	ATF_CHECK_EQ(1, packets(&o, peer(3), 1, now));
	now.ns += MS(1000);
	ATF_CHECK_EQ(0, packets(&o, peer(3), 1, now));
	now.ns += MS(1);
	ATF_CHECK_EQ(1, packets(&o, peer(3), 1, now));
	begin(&o, 0, 0);
	ATF_CHECK(o.pairs == NULL && o.n == 0);
	ATF_CHECK_EQ(0, packets(&o, peer(1), 100, now));
	begin(&o, 3, 1000);
	observe_forget(&o, ROLE_HA);
	ATF_CHECK_EQ(1, o.n);
	observe_forget(&o, ROLE_MN);
	ATF_CHECK(o.pairs == NULL && o.n == 0);
	observe_free(&o);
}

/* A million peers take no memory, and one with many packets is seen. */
ATF_TC_WITHOUT_HEAD(flood);
ATF_TC_BODY(flood, tc)
{
	struct observe	 o;
	struct mono	 now = { SEC(100) };
	struct in6_addr	 home = HOME2, other;
	uint32_t	 i, n = 0, forgot = 0, told = 0;
	const void	*pairs;

	ATF_REQUIRE(observe_init(&o, key));
	begin(&o, 1000, 10000);
	pairs = o.pairs;
	for (i = 0; i < 1000000; i++) {
		now.ns += 5000;
		other = peer(i + 10);
		forgot += observe_packet(&o, ROLE_MN, &home, &other, true,
		    now, &n) == OBSERVE_FORGOT;
		if (i % 500 == 0)
			told += packets(&o, peer(1), 1, now) != 0;
	}
	ATF_CHECK_EQ(1, told);
	ATF_CHECK_EQ(pairs, o.pairs);
	ATF_CHECK(forgot > 900000);
	observe_free(&o);
}

/* An engine that has had many home addresses observed holds up nothing. */
ATF_TC_WITHOUT_HEAD(forget_many);
ATF_TC_BODY(forget_many, tc)
{
	struct observe		 o;
	struct msg_observe	 m = { HOME2, 1, 1000 };
	clock_t			 begun;
	uint32_t		 i;

	ATF_REQUIRE(observe_init(&o, key));
	for (i = 0; i < 50000; i++) {
		m.home = peer(i);
		ATF_REQUIRE(observe_set(&o, i % 2 == 0 ? ROLE_HA : ROLE_MN,
		    &m));
	}
	begun = clock();
	observe_forget(&o, ROLE_HA);
	ATF_CHECK_EQ(25000, o.n);
	ATF_CHECK_EQ(25000, o.homes.count);
	observe_forget(&o, ROLE_MN);
	ATF_CHECK_EQ(0, o.n);
	ATF_CHECK(clock() - begun < 2 * CLOCKS_PER_SEC);
	observe_free(&o);
}

static struct in6_addr
told_with(uint32_t value)
{
	ATF_REQUIRE_EQ(ROLE_MN, l.o.tunnel_to);
	ATF_REQUIRE_EQ(TUNNEL_OBSERVED, l.o.tunnel.event);
	ATF_CHECK_EQ(value, l.o.tunnel.value);
	return (l.o.tunnel.other);
}

/* One between HOME2 and other, out or in. */
static void
traffic(struct in6_addr other, uint8_t proto, bool out)
{
	struct in6_addr	 home = HOME2;
	uint8_t		 p[IP6_HDRLEN + 16] = { 0 };

	if (out) {
		ip6_header(p, &home, &other, proto, 16, 64, 0, 0);
		ATF_CHECK_EQ(DP_SEND, lab_tun(&l, p, sizeof(p)));
	} else {
		ip6_header(p, &other, &home, proto, 16, 64, 0, 0);
		ATF_CHECK_EQ(DP_INJECT, lab_tunnel(&l, HA2, COA2, 0, p,
		    sizeof(p)));
	}
}

/* Both directions of the tunnel count; not what has a pair or is signalling. */
ATF_TC_WITHOUT_HEAD(tunnel);
ATF_TC_BODY(tunnel, tc)
{
	struct msg_observe	 m = { HOME2, 4, 1000 };
	struct in6_addr		 a, cn = CN;
	int			 i;

	lab_init(&l, ALL_ROLES, false);
	ATF_REQUIRE(lab_bind(&l, ROLE_MN, HOME2, COA2, HA2, BIND_ACTIVE));
	ATF_REQUIRE(dp_set_observe(&l.dp, ROLE_MN, &m, &l.o));
	traffic(CN, 17, true);
	traffic(CN, 17, false);
	traffic(CN, IP6_P_MH, true);
	traffic(CN, 17, true);
	ATF_CHECK_EQ(ROLE_MAX, l.o.tunnel_to);
	traffic(CN, 17, false);
	a = told_with(4);
	ATF_CHECK(in6_eq(&a, &cn));
	for (i = 0; i < 10; i++) {
		traffic(HA2, 17, true);
		ATF_CHECK_EQ(ROLE_MAX, l.o.tunnel_to);
	}
	ATF_REQUIRE(lab_pair(&l, ROLE_MN, HOME2, peer(1), COA2, BIND_ACTIVE));
	for (i = 0; i < 10; i++) {
		traffic(peer(1), 17, false);
		ATF_CHECK_EQ(ROLE_MAX, l.o.tunnel_to);
	}
	/* The next engine asks again; others may not ask. */
	dp_resync(&l.dp, ROLE_MN);
	ATF_CHECK_EQ(0, l.dp.observe.n);
	ATF_CHECK(!dp_set_observe(&l.dp, ROLE_CN, &m, &l.o));
	ATF_CHECK(!dp_set_observe(&l.dp, ROLE_HA, &m, &l.o));
	ATF_CHECK_EQ(NC_REFUSED, l.o.why);
	m.home = HOME;
	ATF_CHECK(!dp_set_observe(&l.dp, ROLE_MN, &m, &l.o));
	ATF_CHECK(dp_set_observe(&l.dp, ROLE_HA, &m, &l.o));
	/* It ends also for what is no home address any more, after a reload. */
	l.mn.nhomes = 0;
	dp_unbind(&l.dp, ROLE_MN, &(struct msg_unbind){ .home = HOME2 });
	dp_unbind(&l.dp, ROLE_MN, &(struct msg_unbind){ .home = HOME2,
	    .other = peer(1) });
	m.home = HOME2;
	ATF_CHECK(!dp_set_observe(&l.dp, ROLE_MN, &m, &l.o));
	m.packets = 0;
	ATF_CHECK(dp_set_observe(&l.dp, ROLE_MN, &m, &l.o));
	lab_free(&l);
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, window);
	ATF_TP_ADD_TC(tp, flood);
	ATF_TP_ADD_TC(tp, forget_many);
	ATF_TP_ADD_TC(tp, tunnel);
	return (atf_no_error());
}
