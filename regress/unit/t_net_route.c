/*
 * Packets that go without a tunnel, with a Home Address option or a type 2
 * routing header (RFC 6275 6.3, 6.4, 9.3.2, 11.3.1), octet by octet: where the
 * headers go, and what becomes of a packet that does not fit with them.  Each
 * case leaves what was sent in a capture file, which t_net_route.sh has tshark
 * decode.
 */
#include <atf-c.h>
#include <stdio.h>

#include "net_pairs.h"
#include "wire/buf.h"
#include "wire/icmp6.h"
#include "wire/pcap.h"

#define OWN	addr("2001:db8:1::1")		/* of a correspondent */
#define PEER	addr("2001:db8:3::300")		/* a home address */
#define MTU	1280

static struct lab	 l;
static struct wbuf	 file;
static uint8_t		 room[65536];

static void
begin(unsigned int roles, uint32_t mtu)
{
	struct msg_link	 link = { .ifindex = 2, .mtu = mtu,
			    .flags = LINK_UP | LINK_RUNNING };

	lab_init(&l, roles, false);
	addrs_link(&l.dp.addrs, &link);
	/* The next Identification is 01020201 in any order of octets. */
	l.dp.frag_id = 0x01020200;
	wbuf_init(&file, room, sizeof(room));
	pcap_write_header(&file, PCAP_RAW);
}

static void
end(const char *name)
{
	FILE	*f = fopen(name, "w");

	ATF_REQUIRE(f != NULL);
	ATF_REQUIRE_EQ(1, fwrite(room, file.off, 1, f));
	ATF_REQUIRE_EQ(0, fclose(f));
	lab_free(&l);
}

/* A packet of len octets, of a protocol that nobody has (RFC 3692). */
static size_t
packet(uint8_t *p, struct in6_addr src, struct in6_addr dst, size_t len)
{
	size_t	 i;

	for (i = IP6_HDRLEN; i < len; i++)
		p[i] = (uint8_t)(i * 7);
	ip6_header(p, &src, &dst, 253, (uint16_t)(len - IP6_HDRLEN), 64, 0, 0);
	return (len);
}

static void
sent(const uint8_t *p, size_t len)
{
	pcap_write(&file, 1, 0, p, len);
}

/* It begins with these octets and goes on with those. */
static void
check(const uint8_t *p, size_t len, const uint8_t *front, size_t nfront,
    const uint8_t *rest, size_t nrest)
{
	size_t	 i;

	ATF_REQUIRE_EQ(len, nfront + nrest);
	for (i = 0; i < nfront; i++)
		ATF_CHECK_EQ_MSG(front[i], p[i], "octet %zu: %02x, not %02x",
		    i, p[i], front[i]);
	ATF_CHECK(memcmp(p + nfront, rest, nrest) == 0);
	sent(p, len);
}

#define ADDR_COA	0x20, 0x01, 0x0d, 0xb8, 0, 0xf1, 0, 0, 0, 0, 0, 0, 0, \
			    0, 0, 0x10
#define ADDR_OWN	0x20, 0x01, 0x0d, 0xb8, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, \
			    0, 1
#define ADDR_PEER	0x20, 0x01, 0x0d, 0xb8, 0, 3, 0, 0, 0, 0, 0, 0, 0, 0, \
			    3, 0
#define ADDR_HOME2	0x20, 0x01, 0x0d, 0xb8, 0, 2, 0, 0, 0, 0, 0, 0, 0, 0, \
			    2, 0
#define ADDR_COA2	0x20, 0x01, 0x0d, 0xb8, 0, 0xf2, 0, 0, 0, 0, 0, 0, 0, \
			    0, 0, 0x20
#define ADDR_HA2	0x20, 0x01, 0x0d, 0xb8, 0, 2, 0, 0, 0, 0, 0, 0, 0, 0, \
			    0, 1
#define IPV6(len, next)	0x60, 0, 0, 0, (len) >> 8, (len) & 0xff, (next), 64
#define RH2(next)	(next), 2, 2, 1, 0, 0, 0, 0
#define OPTION(next)	(next), 2, 1, 2, 0, 0, 0xc9, 16
#define FRAGMENT(next, off, more)					\
	(next), 0, (off) >> 8, ((off) & 0xf8) | (more), 1, 2, 2, 1

/* RFC 8200 4.5, RFC 6275 6.4: the routing header is in each fragment. */
ATF_TC_WITHOUT_HEAD(routing_header);
ATF_TC_BODY(routing_header, tc)
{
	static const uint8_t	 whole[] = { IPV6(1256 - 40, 43), ADDR_OWN,
	    ADDR_COA, RH2(253), ADDR_PEER };
	static const uint8_t	 one[] = { IPV6(1240, 43), ADDR_OWN, ADDR_COA,
	    RH2(44), ADDR_PEER, FRAGMENT(253, 0, 1) };
	static const uint8_t	 two[] = { IPV6(64, 43), ADDR_OWN, ADDR_COA,
	    RH2(44), ADDR_PEER, FRAGMENT(253, 1208, 0) };
	uint8_t			 p[MTU];

	begin(ROLE_BIT(ROLE_CN), MTU);
	ATF_REQUIRE(lab_pair(&l, ROLE_CN, PEER, OWN, COA, BIND_ACTIVE));
	packet(p, OWN, PEER, MTU - 48);
	ATF_REQUIRE_EQ(DP_SEND, lab_tun(&l, p, MTU - 48));
	ATF_CHECK_EQ(NC_ROUTE_OUT, l.o.why);
	ATF_CHECK_EQ(0, l.o.second_len);
	check(pkt_data(&l.p), l.p.len, whole, sizeof(whole), p + 40, 1192);
	packet(p, OWN, PEER, MTU);
	ATF_REQUIRE_EQ(DP_SEND, lab_tun(&l, p, MTU));
	ATF_CHECK_EQ(NC_FRAGMENTED, l.o.why);
	check(pkt_data(&l.p), l.p.len, one, sizeof(one), p + 40, 1208);
	check(l.o.second, l.o.second_len, two, sizeof(two), p + 1248, 32);
	end("routing_header.pcap");
}

/* RFC 6275 6.3: the option is in front of the Fragment header. */
ATF_TC_WITHOUT_HEAD(option);
ATF_TC_BODY(option, tc)
{
	static const uint8_t	 one[] = { IPV6(1240, 60), ADDR_COA2, ADDR_HA2,
	    OPTION(44), ADDR_HOME2, FRAGMENT(IP6_P_ESP, 0, 1) };
	static const uint8_t	 two[] = { IPV6(64, 60), ADDR_COA2, ADDR_HA2,
	    OPTION(44), ADDR_HOME2, FRAGMENT(IP6_P_ESP, 1208, 0) };
	uint8_t			 p[MTU];

	begin(ROLE_BIT(ROLE_MN), MTU);
	ATF_REQUIRE(lab_bind(&l, ROLE_MN, HOME2, COA2, HA2, BIND_ACTIVE));
	packet(p, HOME2, HA2, MTU);
	p[IP6_OFF_NEXT] = IP6_P_ESP;
	ATF_REQUIRE_EQ(DP_SEND, lab_tun(&l, p, MTU));
	ATF_CHECK_EQ(NC_FRAGMENTED, l.o.why);
	check(pkt_data(&l.p), l.p.len, one, sizeof(one), p + 40, 1208);
	check(l.o.second, l.o.second_len, two, sizeof(two), p + 1248, 32);
	end("option.pcap");
}

/* The kernel fragments for a tun that takes 1280 octets: that is cut again. */
ATF_TC_WITHOUT_HEAD(again);
ATF_TC_BODY(again, tc)
{
	static const uint8_t	 header[] = { FRAGMENT(253, 2464, 1) };
	static const uint8_t	 one[] = { IPV6(1240, 43), ADDR_OWN, ADDR_COA,
	    RH2(44), ADDR_PEER, FRAGMENT(253, 2464, 1) };
	static const uint8_t	 two[] = { IPV6(56, 43), ADDR_OWN, ADDR_COA,
	    RH2(44), ADDR_PEER, FRAGMENT(253, 3672, 1) };
	uint8_t			 p[MTU];

	begin(ROLE_BIT(ROLE_CN), MTU);
	ATF_REQUIRE(lab_pair(&l, ROLE_CN, PEER, OWN, COA, BIND_ACTIVE));
	packet(p, OWN, PEER, MTU);
	p[IP6_OFF_NEXT] = IP6_P_FRAGMENT;
	memcpy(p + 40, header, sizeof(header));
	ATF_REQUIRE_EQ(DP_SEND, lab_tun(&l, p, MTU));
	ATF_CHECK_EQ(NC_FRAGMENTED, l.o.why);
	check(pkt_data(&l.p), l.p.len, one, sizeof(one), p + 48, 1208);
	check(l.o.second, l.o.second_len, two, sizeof(two), p + 1256, 24);
	end("again.pcap");
}

#define HBH(next, n)	(next), (n) / 8 - 1, 1, (n) - 4

/* A packet of len octets with n of hop-by-hop options, which are padding. */
static void
with_options(uint8_t *p, struct in6_addr src, struct in6_addr dst, size_t len,
    unsigned int n, uint8_t proto)
{
	unsigned int	 i, left;

	packet(p, src, dst, len);
	p[IP6_OFF_NEXT] = IP6_P_HOPOPTS;
	memset(p + 40, 0, n);
	p[40] = proto;
	p[41] = (uint8_t)(n / 8 - 1);
	/* In pieces, as an option has at most 255 octets. */
	for (i = 42; i < 40 + n; i += left) {
		left = 40 + n - i < 200 ? 40 + n - i : 150;
		p[i] = IP6_OPT_PADN;
		p[i + 1] = (uint8_t)(left - 2);
	}
}

/* Many of them: each fragment has them all, and none exceeds the MTU. */
static void
check_long(unsigned int n)
{
	size_t	 front = 40 + n + 24 + 8;
	uint8_t	 p[MTU];
	uint8_t	*h;

	with_options(p, OWN, PEER, MTU, n, 253);
	ATF_REQUIRE_EQ(DP_SEND, lab_tun(&l, p, MTU));
	ATF_CHECK_EQ(NC_FRAGMENTED, l.o.why);
	h = pkt_data(&l.p);
	ATF_CHECK(l.p.len <= MTU && l.o.second_len <= MTU);
	ATF_REQUIRE_EQ(l.p.len - front + l.o.second_len - front, MTU - 40 - n);
	ATF_CHECK(memcmp(h + 42, p + 42, n - 2) == 0);
	ATF_CHECK(memcmp(l.o.second + 40, h + 40, n + 24) == 0);
	ATF_CHECK(memcmp(h + front, p + 40 + n, l.p.len - front) == 0);
	ATF_CHECK(memcmp(l.o.second + front, p + 40 + n + l.p.len - front,
	    l.o.second_len - front) == 0);
	sent(h, l.p.len);
	sent(l.o.second, l.o.second_len);
}

/*
 * RFC 8200 4.5, RFC 6275 6.3, 6.4.1: hop-by-hop options are in front of what is
 * put in, and in each fragment.
 */
ATF_TC_WITHOUT_HEAD(hop_by_hop);
ATF_TC_BODY(hop_by_hop, tc)
{
	static const uint8_t	 one[] = { IPV6(1240, 0), ADDR_OWN, ADDR_COA,
	    HBH(43, 8), 0, 0, 0, 0, RH2(44), ADDR_PEER, FRAGMENT(253, 0, 1) };
	static const uint8_t	 two[] = { IPV6(72, 0), ADDR_OWN, ADDR_COA,
	    HBH(43, 8), 0, 0, 0, 0, RH2(44), ADDR_PEER,
	    FRAGMENT(253, 1200, 0) };
	static const uint8_t	 hao_one[] = { IPV6(1240, 0), ADDR_COA2,
	    ADDR_HA2, HBH(60, 8), 0, 0, 0, 0, OPTION(44), ADDR_HOME2,
	    FRAGMENT(IP6_P_ESP, 0, 1) };
	static const uint8_t	 hao_two[] = { IPV6(72, 0), ADDR_COA2,
	    ADDR_HA2, HBH(60, 8), 0, 0, 0, 0, OPTION(44), ADDR_HOME2,
	    FRAGMENT(IP6_P_ESP, 1200, 0) };
	uint8_t			 p[MTU];

	begin(ROLE_BIT(ROLE_CN), MTU);
	ATF_REQUIRE(lab_pair(&l, ROLE_CN, PEER, OWN, COA, BIND_ACTIVE));
	with_options(p, OWN, PEER, MTU, 8, 253);
	ATF_REQUIRE_EQ(DP_SEND, lab_tun(&l, p, MTU));
	ATF_CHECK_EQ(NC_FRAGMENTED, l.o.why);
	check(pkt_data(&l.p), l.p.len, one, sizeof(one), p + 48, 1200);
	check(l.o.second, l.o.second_len, two, sizeof(two), p + 1248, 32);
	check_long(160);
	check_long(1176);
	/* Two fragments are not enough. */
	with_options(p, OWN, PEER, MTU, 1184, 253);
	ATF_CHECK_EQ(DP_DROP, lab_tun(&l, p, MTU));
	ATF_CHECK_EQ(NC_REWRITE, l.o.why);
	lab_free(&l);
	lab_init(&l, ROLE_BIT(ROLE_MN), false);
	addrs_link(&l.dp.addrs, &(struct msg_link){ .ifindex = 2, .mtu = MTU,
	    .flags = LINK_UP | LINK_RUNNING });
	l.dp.frag_id = 0x01020200;
	ATF_REQUIRE(lab_bind(&l, ROLE_MN, HOME2, COA2, HA2, BIND_ACTIVE));
	with_options(p, HOME2, HA2, MTU, 8, IP6_P_ESP);
	ATF_REQUIRE_EQ(DP_SEND, lab_tun(&l, p, MTU));
	ATF_CHECK_EQ(NC_FRAGMENTED, l.o.why);
	check(pkt_data(&l.p), l.p.len, hao_one, sizeof(hao_one), p + 48, 1200);
	check(l.o.second, l.o.second_len, hao_two, sizeof(hao_two), p + 1248,
	    32);
	end("hop_by_hop.pcap");
}

#define PEER2		addr("2001:db8:3::301")

/* A binding is for one of our addresses (9.1); from others packets go plain. */
ATF_TC_WITHOUT_HEAD(as_it_is);
ATF_TC_BODY(as_it_is, tc)
{
	uint8_t	 p[MTU];

	begin(ROLE_BIT(ROLE_CN) | ROLE_BIT(ROLE_MN), MTU);
	ATF_REQUIRE(lab_pair(&l, ROLE_CN, PEER, OWN, COA, BIND_ACTIVE));
	packet(p, COA2, PEER, 100);
	ATF_REQUIRE_EQ(DP_SEND, lab_tun(&l, p, 100));
	ATF_CHECK_EQ(NC_AS_IT_IS, l.o.why);
	check(pkt_data(&l.p), l.p.len, p, 0, p, 100);
	/* Somebody else's, or a home address that has no binding. */
	packet(p, PEER2, PEER, 100);
	ATF_CHECK_EQ(DP_DROP, lab_tun(&l, p, 100));
	packet(p, HOME2, PEER, 100);
	ATF_CHECK_EQ(DP_DROP, lab_tun(&l, p, 100));
}

/*
 * A mobile node and correspondent of another: both headers, the option behind
 * the routing header (RFC 6275 6.3), one MTU for the sum.
 */
ATF_TC_WITHOUT_HEAD(both);
ATF_TC_BODY(both, tc)
{
	static const uint8_t	 whole[] = { IPV6(1280 - 40, 43), ADDR_COA2,
	    ADDR_COA, RH2(60), ADDR_PEER, OPTION(253), ADDR_HOME2 };
	static const uint8_t	 one[] = { IPV6(1240, 43), ADDR_COA2, ADDR_COA,
	    RH2(60), ADDR_PEER, OPTION(44), ADDR_HOME2,
	    FRAGMENT(253, 0, 1) };
	static const uint8_t	 two[] = { IPV6(112, 43),
	    ADDR_COA2, ADDR_COA, RH2(60), ADDR_PEER, OPTION(44), ADDR_HOME2,
	    FRAGMENT(253, 1184, 0) };
	uint8_t			 p[MTU];

	begin(ROLE_BIT(ROLE_MN) | ROLE_BIT(ROLE_CN), MTU);
	ATF_REQUIRE(lab_bind(&l, ROLE_MN, HOME2, COA2, HA2, BIND_ACTIVE));
	ATF_REQUIRE(lab_pair(&l, ROLE_MN, HOME2, PEER, COA2, BIND_ACTIVE));
	ATF_REQUIRE(lab_pair(&l, ROLE_CN, PEER, HOME2, COA, BIND_ACTIVE));
	packet(p, HOME2, PEER, MTU - 48);
	ATF_REQUIRE_EQ(DP_SEND, lab_tun(&l, p, MTU - 48));
	ATF_CHECK_EQ(NC_BOTH_OUT, l.o.why);
	ATF_CHECK_EQ(0, l.o.second_len);
	check(pkt_data(&l.p), l.p.len, whole, sizeof(whole), p + 40, 1192);
	packet(p, HOME2, PEER, MTU);
	ATF_REQUIRE_EQ(DP_SEND, lab_tun(&l, p, MTU));
	ATF_CHECK_EQ(NC_FRAGMENTED, l.o.why);
	check(pkt_data(&l.p), l.p.len, one, sizeof(one), p + 40, 1184);
	check(l.o.second, l.o.second_len, two, sizeof(two), p + 1224, 56);
	end("both.pcap");
}

/*
 * A correspondent that is away itself, and has not told the other: the routing
 * header is inside the tunnel to its home agent (RFC 6275 9.3.2, 11.3.1).  What
 * does not fit is fragmented inside, where we are the source.
 */
ATF_TC_WITHOUT_HEAD(nested);
ATF_TC_BODY(nested, tc)
{
	static const uint8_t	 whole[] = { IPV6(1240, 41), ADDR_COA2,
	    ADDR_HA2, IPV6(1200, 43), ADDR_HOME2, ADDR_COA, RH2(253),
	    ADDR_PEER };
	static const uint8_t	 one[] = { IPV6(1240, 41), ADDR_COA2, ADDR_HA2,
	    IPV6(1200, 43), ADDR_HOME2, ADDR_COA, RH2(44), ADDR_PEER,
	    FRAGMENT(253, 0, 1) };
	static const uint8_t	 two[] = { IPV6(112, 41), ADDR_COA2, ADDR_HA2,
	    IPV6(72, 43), ADDR_HOME2, ADDR_COA, RH2(44), ADDR_PEER,
	    FRAGMENT(253, 1168, 0) };
	uint8_t			 p[MTU];

	begin(ROLE_BIT(ROLE_MN) | ROLE_BIT(ROLE_CN), MTU);
	ATF_REQUIRE(lab_bind(&l, ROLE_MN, HOME2, COA2, HA2, BIND_ACTIVE));
	ATF_REQUIRE(lab_pair(&l, ROLE_CN, PEER, HOME2, COA, BIND_ACTIVE));
	packet(p, HOME2, PEER, MTU - 64);
	ATF_REQUIRE_EQ(DP_SEND, lab_tun(&l, p, MTU - 64));
	ATF_CHECK_EQ(NC_ENCAPSULATED, l.o.why);
	check(pkt_data(&l.p), l.p.len, whole, sizeof(whole), p + 40, 1176);
	packet(p, HOME2, PEER, MTU - 32);
	ATF_REQUIRE_EQ(DP_SEND, lab_tun(&l, p, MTU - 32));
	ATF_CHECK_EQ(NC_FRAGMENTED, l.o.why);
	check(pkt_data(&l.p), l.p.len, one, sizeof(one), p + 40, 1168);
	check(l.o.second, l.o.second_len, two, sizeof(two), p + 1208, 40);
	end("nested.pcap");
}

/* An error as it came, or our own: about this packet, with this MTU. */
static void
check_too_big(const uint8_t *p, size_t mtu)
{
	const uint8_t	*r = l.o.reply.buf + IP6_HDRLEN;

	ATF_REQUIRE(l.o.reply.len > IP6_HDRLEN + 8 + IP6_HDRLEN);
	ATF_CHECK_EQ(ICMP6_T_TOOBIG, r[0]);
	ATF_CHECK_EQ(mtu, (size_t)r[6] << 8 | r[7]);
	ATF_CHECK(memcmp(r + 8, p, l.o.reply.len - IP6_HDRLEN - 8) == 0);
}

/* What is larger than everyone must take earns an error with the sum off. */
ATF_TC_WITHOUT_HEAD(sum);
ATF_TC_BODY(sum, tc)
{
	uint8_t	 p[1500], q[1600] = { ICMP6_T_TOOBIG, 0, 0, 0, 0, 0, 5, 120 };
	size_t	 n;

	begin(ROLE_BIT(ROLE_MN) | ROLE_BIT(ROLE_CN), 1500);
	ATF_REQUIRE(lab_bind(&l, ROLE_MN, HOME2, COA2, HA2, BIND_ACTIVE));
	ATF_REQUIRE(lab_pair(&l, ROLE_MN, HOME2, PEER, COA2, BIND_ACTIVE));
	ATF_REQUIRE(lab_pair(&l, ROLE_CN, PEER, HOME2, COA, BIND_ACTIVE));
	ATF_REQUIRE(lab_pair(&l, ROLE_CN, PEER2, HOME2, COA, BIND_ACTIVE));
	packet(p, HOME2, PEER, 1453);
	ATF_CHECK_EQ(DP_DROP, lab_tun(&l, p, 1453));
	ATF_CHECK_EQ(NC_TOO_BIG, l.o.why);
	check_too_big(p, 1452);
	packet(p, HOME2, PEER, 1452);
	ATF_CHECK_EQ(DP_SEND, lab_tun(&l, p, 1452));
	/* From the path, 1400: its source hears of both headers less. */
	n = l.p.len;
	memcpy(q + 8, pkt_data(&l.p), n);
	ATF_CHECK_EQ(DP_PASS, lab_icmp6(&l, CN, COA2, 64, q, 8 + n));
	check_too_big(p, 1400 - 48);
	ATF_CHECK_EQ(ROLE_CN, l.o.tunnel_to);
	ATF_CHECK_EQ(TUNNEL_ERROR, l.o.tunnel.event);
	packet(p, HOME2, PEER, 1353);
	ATF_CHECK_EQ(DP_DROP, lab_tun(&l, p, 1353));
	check_too_big(p, 1352);
	/* Inside the tunnel: that, and the routing header. */
	packet(p, HOME2, PEER2, 1437);
	ATF_CHECK_EQ(DP_DROP, lab_tun(&l, p, 1437));
	check_too_big(p, 1436);
	packet(p, HOME2, PEER2, 1436);
	ATF_CHECK_EQ(DP_SEND, lab_tun(&l, p, 1436));
	n = l.p.len;
	memcpy(q + 8, pkt_data(&l.p), n);
	ATF_CHECK_EQ(DP_PASS, lab_icmp6(&l, CN, COA2, 64, q, 8 + n));
	check_too_big(p, 1400 - 64);
	ATF_CHECK_EQ(ROLE_MN, l.o.tunnel_to);
	end("sum.pcap");
}

/* The kernel finds the link's MTU lower than we do. */
ATF_TC_WITHOUT_HEAD(refused);
ATF_TC_BODY(refused, tc)
{
	uint8_t	 p[1500], q[1600];
	size_t	 n;

	begin(ROLE_BIT(ROLE_MN) | ROLE_BIT(ROLE_CN), 1500);
	ATF_REQUIRE(lab_bind(&l, ROLE_MN, HOME2, COA2, HA2, BIND_ACTIVE));
	ATF_REQUIRE(lab_pair(&l, ROLE_MN, HOME2, PEER, COA2, BIND_ACTIVE));
	ATF_REQUIRE(lab_pair(&l, ROLE_CN, PEER, HOME2, COA, BIND_ACTIVE));
	packet(p, HOME2, PEER, 1452);
	ATF_CHECK_EQ(DP_SEND, lab_tun(&l, p, 1452));
	n = l.p.len;
	memcpy(q, pkt_data(&l.p), n);
	dp_out_init(&l.o);
	dp_send_too_big(&l.dp, q, n, l.now, &l.o);
	check_too_big(p, 1492 - 48);
	packet(p, HOME2, PEER, 1445);
	ATF_CHECK_EQ(DP_DROP, lab_tun(&l, p, 1445));
	check_too_big(p, 1444);
	/* What goes as it is has no path that could remember it. */
	packet(p, COA2, PEER, 1452);
	ATF_REQUIRE_EQ(DP_SEND, lab_tun(&l, p, 1452));
	ATF_REQUIRE_EQ(NC_AS_IT_IS, l.o.why);
	dp_out_init(&l.o);
	dp_send_too_big(&l.dp, p, 1452, l.now, &l.o);
	check_too_big(p, 1420);
	/* Not what somebody else would have sent. */
	packet(p, PEER2, PEER, 1452);
	dp_out_init(&l.o);
	dp_send_too_big(&l.dp, p, 1452, l.now, &l.o);
	ATF_CHECK_EQ(0, l.o.reply.len);
	end("refused.pcap");
}

/* An error about the packet in l.p, from the path or its receiver. */
static enum dp_verdict
error_about(uint8_t type, uint8_t code, uint32_t param)
{
	uint8_t		 q[256] = { type, code };
	struct in6_addr	 src = ip6_src(pkt_data(&l.p));
	size_t		 n = l.p.len;

	q[7] = (uint8_t)param;
	memcpy(q + 8, pkt_data(&l.p), n);
	return (lab_icmp6(&l, CN, src, 64, q, 8 + n));
}

/* Of any kind: its sender is told of the packet as it was (9.3.4, 11.3.5). */
static void
check_error(const uint8_t *p, size_t len, uint8_t type, uint8_t code,
    uint8_t param, enum role role)
{
	const uint8_t	*r = l.o.reply.buf + IP6_HDRLEN;

	ATF_CHECK_EQ(role, l.o.tunnel_to);
	ATF_CHECK_EQ(TUNNEL_ERROR, l.o.tunnel.event);
	ATF_CHECK_EQ(type, l.o.tunnel.icmp6_type);
	ATF_REQUIRE_EQ(IP6_HDRLEN + 8 + len, l.o.reply.len);
	ATF_CHECK(r[0] == type && r[1] == code && r[7] == param);
	ATF_CHECK(memcmp(r + 8, p, len) == 0);
}

ATF_TC_WITHOUT_HEAD(errors);
ATF_TC_BODY(errors, tc)
{
	struct in6_addr	 a;
	uint8_t		 p[80], *h;

	begin(ROLE_BIT(ROLE_MN) | ROLE_BIT(ROLE_CN), 1500);
	ATF_REQUIRE(lab_bind(&l, ROLE_MN, HOME2, COA2, HA2, BIND_ACTIVE));
	ATF_REQUIRE(lab_pair(&l, ROLE_MN, HOME2, PEER, COA2, BIND_ACTIVE));
	ATF_REQUIRE(lab_pair(&l, ROLE_CN, PEER, HOME2, COA, BIND_ACTIVE));
	packet(p, HOME2, PEER, 80);
	ATF_REQUIRE_EQ(DP_SEND, lab_tun(&l, p, 80));
	ATF_CHECK_EQ(DP_PASS, error_about(ICMP6_T_UNREACH, 1, 0));
	check_error(p, 80, ICMP6_T_UNREACH, 1, 0, ROLE_CN);
	/* About the payload, the option, the routing header, and the source. */
	ATF_CHECK_EQ(DP_PASS, error_about(ICMP6_T_PARAM, 1, 40 + 48 + 2));
	check_error(p, 80, ICMP6_T_PARAM, 1, 42, ROLE_MN);
	ATF_CHECK_EQ(DP_PASS, error_about(ICMP6_T_PARAM, 2, 40 + 24 + 6));
	ATF_CHECK_EQ(ROLE_MN, l.o.tunnel_to);
	ATF_CHECK_EQ(0, l.o.reply.len);
	ATF_CHECK_EQ(DP_PASS, error_about(ICMP6_T_PARAM, 0, 42));
	ATF_CHECK_EQ(ROLE_CN, l.o.tunnel_to);
	ATF_CHECK_EQ(0, l.o.reply.len);
	ATF_CHECK_EQ(DP_PASS, error_about(ICMP6_T_PARAM, 0, IP6_OFF_SRC));
	check_error(p, 80, ICMP6_T_PARAM, 0, IP6_OFF_SRC, ROLE_CN);
	/* The receiver had gone on to the home address: exchanged. */
	h = pkt_data(&l.p);
	a = ip6_dst(h);
	memcpy(h + IP6_OFF_DST, h + 48, 16);
	memcpy(h + 48, &a, 16);
	h[43] = 0;
	ATF_CHECK_EQ(DP_PASS, error_about(ICMP6_T_UNREACH, 4, 0));
	check_error(p, 80, ICMP6_T_UNREACH, 4, 0, ROLE_CN);
	/* Not where the peer is; not one that we sent. */
	h[48 + 15] ^= 1;
	ATF_CHECK_EQ(DP_DROP, error_about(ICMP6_T_UNREACH, 4, 0));
	ATF_CHECK_EQ(NC_ICMP6_STRAY, l.o.why);
	ATF_REQUIRE(lab_pair(&l, ROLE_CN, PEER2, HOME2, COA, BIND_ACTIVE));
	h[48 + 15] ^= 1;
	h[IP6_OFF_DST + 15] ^= 1;
	ATF_CHECK_EQ(DP_DROP, error_about(ICMP6_T_UNREACH, 4, 0));
	ATF_CHECK_EQ(NC_ICMP6_STRAY, l.o.why);
	end("errors.pcap");
}

/* Mobility Headers take no pair: RFC 6275 6.1; link-local ones nothing. */
ATF_TC_WITHOUT_HEAD(without);
ATF_TC_BODY(without, tc)
{
	uint8_t	 p[128];

	begin(ROLE_BIT(ROLE_MN) | ROLE_BIT(ROLE_CN), 1500);
	ATF_REQUIRE(lab_bind(&l, ROLE_MN, HOME2, COA2, HA2, BIND_ACTIVE));
	ATF_REQUIRE(lab_pair(&l, ROLE_MN, HOME2, PEER, COA2, BIND_ACTIVE));
	ATF_REQUIRE(lab_pair(&l, ROLE_CN, PEER, HOME2, COA, BIND_ACTIVE));
	packet(p, HOME2, PEER, 80);
	p[IP6_OFF_NEXT] = IP6_P_MH;
	ATF_CHECK_EQ(DP_SEND, lab_tun(&l, p, 80));
	ATF_CHECK_EQ(NC_ENCAPSULATED, l.o.why);
	ATF_CHECK(memcmp(pkt_data(&l.p) + 40, p, 80) == 0);
	packet(p, addr("fe80::1"), PEER, 80);
	ATF_CHECK_EQ(DP_DROP, lab_tun(&l, p, 80));
	ATF_CHECK_EQ(NC_LINK_LOCAL, l.o.why);
	/* Others of the same home address go into the tunnel. */
	packet(p, HOME2, CN, 80);
	ATF_CHECK_EQ(DP_SEND, lab_tun(&l, p, 80));
	ATF_CHECK_EQ(NC_ENCAPSULATED, l.o.why);
	end("without.pcap");
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, routing_header);
	ATF_TP_ADD_TC(tp, option);
	ATF_TP_ADD_TC(tp, again);
	ATF_TP_ADD_TC(tp, both);
	ATF_TP_ADD_TC(tp, as_it_is);
	ATF_TP_ADD_TC(tp, nested);
	ATF_TP_ADD_TC(tp, sum);
	ATF_TP_ADD_TC(tp, refused);
	ATF_TP_ADD_TC(tp, errors);
	ATF_TP_ADD_TC(tp, without);
	ATF_TP_ADD_TC(tp, hop_by_hop);
	return (atf_no_error());
}
