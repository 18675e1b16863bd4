/*
 * net/defend: addresses that net defends on home links for mobile nodes that
 * are away (RFC 6275 10.4.1).  Solicitations are answered as they must be, and
 * only for what the home agent may defend.
 */
#include <atf-c.h>

#include "net_lab.h"
#include "wire/icmp6.h"

#define LINK		2
#define LINK_LOCAL	addr("fe80::100")
#define NEIGHBOUR	addr("2001:db8:1::7")

static struct lab	 l;
static const uint8_t	 mac[6] = { 2, 0, 0, 0, 0, 1 };

static bool
defend(struct in6_addr a, bool on)
{
	struct msg_defend	 m = { .addr = a, .source = HA,
				    .ifindex = LINK, .on = on };

	return (dp_defend(&l.dp, ROLE_HA, &m, &l.o));
}

static void
begin(void)
{
	struct msg_link		 link;
	struct msg_address	 a;

	lab_init(&l, ALL_ROLES, true);
	memset(&link, 0, sizeof(link));
	link.ifindex = LINK;
	link.mtu = 1500;
	link.flags = LINK_UP | LINK_RUNNING;
	link.lladdrlen = sizeof(mac);
	memcpy(link.lladdr, mac, sizeof(mac));
	ATF_REQUIRE(addrs_link(&l.dp.addrs, &link));
	memset(&a, 0, sizeof(a));
	a.ifindex = LINK;
	a.addr = addr("fe80::1");
	ATF_REQUIRE(addrs_update(&l.dp.addrs, &a));
	ATF_REQUIRE(defend(HOME, true));
	ATF_REQUIRE(defend(LINK_LOCAL, true));
}

/* A Neighbor Solicitation from src by the interface. */
static void
ask(struct in6_addr target, struct in6_addr src, uint32_t ifindex, uint8_t hlim)
{
	struct icmp6	 m;
	struct dp_raw	 r;
	uint8_t		 buf[64];
	size_t		 n;

	icmp6_init(&m, ICMP6_T_NS);
	m.u.nd.target = target;
	n = icmp6_build(&m, buf, sizeof(buf));
	ATF_REQUIRE(n > 0);
	memset(&r, 0, sizeof(r));
	r.src = src;
	r.dst = in6_solicited(&target);
	r.ifindex = ifindex;
	r.hlim = hlim;
	dp_out_init(&l.o);
	dp_icmp6(&l.dp, &r, buf, n, l.now, &l.o);
}

/* It was answered, to that address with these flags and our link-layer one. */
static void
check_answer(struct in6_addr target, struct in6_addr to, uint32_t flags)
{
	const uint8_t		*q = l.o.reply.buf;
	struct in6_addr		 src = ip6_src(q), dst = ip6_dst(q), ha = HA;
	const struct nd_opt	*o;
	struct icmp6		 m;

	ATF_REQUIRE_EQ(NC_DEFENDED, l.o.reply_why);
	ATF_REQUIRE(l.o.reply.len > IP6_HDRLEN);
	ATF_CHECK_EQ(LINK, l.o.reply_by);
	ATF_CHECK_EQ(255, q[IP6_OFF_HLIM]);
	ATF_CHECK(in6_eq(&ha, &src));
	ATF_CHECK(in6_eq(&to, &dst));
	ATF_CHECK(icmp6_checksum_ok(q + IP6_HDRLEN, ip6_plen(q), &src, &dst));
	ATF_REQUIRE_EQ(ICMP6_OK, icmp6_parse(&m, q + IP6_HDRLEN, ip6_plen(q)));
	ATF_CHECK_EQ(ICMP6_T_NA, m.type);
	ATF_CHECK_EQ(flags, m.u.nd.flags);
	ATF_CHECK(in6_eq(&target, &m.u.nd.target));
	ATF_REQUIRE((o = icmp6_find(&m, ND_TLLA)) != NULL);
	ATF_CHECK_EQ(sizeof(mac), o->datalen);
	ATF_CHECK_EQ(0, memcmp(mac, o->data, sizeof(mac)));
}

static void
check_silence(void)
{
	ATF_CHECK_EQ(NC_MAX, l.o.reply_why);
	ATF_CHECK_EQ(0, l.o.reply.len);
}

ATF_TC_WITHOUT_HEAD(solicitations);
ATF_TC_BODY(solicitations, tc)
{
	struct in6_addr	 none = IN6ADDR_ANY_INIT;

	begin();
	ask(HOME, NEIGHBOUR, LINK, 255);
	check_answer(HOME, NEIGHBOUR, ICMP6_NA_S);
	/* The engine hears it as well. */
	ATF_CHECK(l.o.to & ROLE_BIT(ROLE_HA));
	ask(LINK_LOCAL, addr("fe80::7"), LINK, 255);
	check_answer(LINK_LOCAL, addr("fe80::7"), ICMP6_NA_S);
	/* Duplicate Address Detection. */
	ask(HOME, none, LINK, 255);
	check_answer(HOME, in6_allnodes, 0);
	/* From off link, by another interface, another address. */
	ask(HOME, NEIGHBOUR, LINK, 254);
	check_silence();
	ask(HOME, NEIGHBOUR, LINK + 1, 255);
	check_silence();
	ask(addr("2001:db8:1::101"), NEIGHBOUR, LINK, 255);
	check_silence();
	/* No longer. */
	ATF_CHECK(defend(HOME, false));
	ATF_CHECK(defend(HOME, false));
	ask(HOME, NEIGHBOUR, LINK, 255);
	check_silence();
	ask(LINK_LOCAL, NEIGHBOUR, LINK, 255);
	check_answer(LINK_LOCAL, NEIGHBOUR, ICMP6_NA_S);
	lab_free(&l);
}

/* What ends it: the engine, another engine, the interface, the role. */
ATF_TC_WITHOUT_HEAD(ends);
ATF_TC_BODY(ends, tc)
{
	struct msg_defend	 none = { .ifindex = LINK };
	struct conf		 empty;

	begin();
	defend_resync(&l.dp.defends);
	ATF_CHECK(defend(HOME, true));
	ask(LINK_LOCAL, NEIGHBOUR, LINK, 255);
	check_answer(LINK_LOCAL, NEIGHBOUR, ICMP6_NA_S);
	defend_resync_end(&l.dp.defends);
	ask(LINK_LOCAL, NEIGHBOUR, LINK, 255);
	check_silence();
	ask(HOME, NEIGHBOUR, LINK, 255);
	check_answer(HOME, NEIGHBOUR, ICMP6_NA_S);
	ATF_CHECK(dp_defend(&l.dp, ROLE_HA, &none, &l.o));
	ask(HOME, NEIGHBOUR, LINK, 255);
	check_silence();
	ATF_CHECK(defend(HOME, true));
	defend_link_gone(&l.dp.defends, LINK + 1);
	ask(HOME, NEIGHBOUR, LINK, 255);
	check_answer(HOME, NEIGHBOUR, ICMP6_NA_S);
	defend_link_gone(&l.dp.defends, LINK);
	ask(HOME, NEIGHBOUR, LINK, 255);
	check_silence();
	ATF_CHECK(defend(HOME, true));
	memset(&empty, 0, sizeof(empty));
	ATF_REQUIRE(dp_configure(&l.dp, &empty));
	ask(HOME, NEIGHBOUR, LINK, 255);
	check_silence();
	lab_free(&l);
}

/* The closed list: addresses of home prefixes or link-local, from our own. */
ATF_TC_WITHOUT_HEAD(refused);
ATF_TC_BODY(refused, tc)
{
	struct msg_defend	 m = { .source = HA, .ifindex = LINK,
				    .on = true };

	begin();
	m.addr = addr("2001:db8:9::1");
	ATF_CHECK(!dp_defend(&l.dp, ROLE_HA, &m, &l.o));
	ATF_CHECK_EQ(NC_REFUSED, l.o.why);
	m.addr = HA;
	ATF_CHECK(!dp_defend(&l.dp, ROLE_HA, &m, &l.o));
	m.addr = HOME;
	ATF_CHECK(!dp_defend(&l.dp, ROLE_MN, &m, &l.o));
	m.source = addr("2001:db8:1::2");
	ATF_CHECK(!dp_defend(&l.dp, ROLE_HA, &m, &l.o));
	m.source = HA;
	m.ifindex = 0;
	ATF_CHECK(!dp_defend(&l.dp, ROLE_HA, &m, &l.o));
	lab_free(&l);
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, solicitations);
	ATF_TP_ADD_TC(tp, ends);
	ATF_TP_ADD_TC(tp, refused);
	return (atf_no_error());
}
