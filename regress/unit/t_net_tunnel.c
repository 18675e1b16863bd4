/*
 * The tunnels of net: entry_point.c, exit_point.c, icmp.c, forward.c and
 * pmtu.c, with groups and the second copies of protected messages.  Packets go
 * in and out as a home agent and as a mobile node, too large ones and forged
 * ones among them; errors from inside a tunnel are passed on (RFC 2473 8).
 */
#include <atf-c.h>

#include "net_lab.h"
#include "net_packets.inc"
#include "net/bound.h"
#include "net/groups.h"
#include "net/twice.h"
#include "wire/cksum.h"
#include "wire/icmp6.h"
#include "wire/mh.h"

static struct lab	 l;

/* An error in l.o.reply: its parts, and that its checksum is right. */
static void
check_reply(struct in6_addr from, struct in6_addr to, uint8_t type,
    uint8_t code, uint32_t param)
{
	const uint8_t	*q = l.o.reply.buf;
	struct in6_addr	 src = ip6_src(q), dst = ip6_dst(q);
	struct icmp6	 m;

	ATF_REQUIRE(l.o.reply.len > 2 * IP6_HDRLEN);
	ATF_CHECK(l.o.reply.len <= 1280);
	ATF_CHECK(in6_eq(&src, &from));
	ATF_CHECK(in6_eq(&dst, &to));
	ATF_CHECK(icmp6_checksum_ok(q + IP6_HDRLEN, ip6_plen(q), &src, &dst));
	ATF_REQUIRE_EQ(ICMP6_OK, icmp6_parse(&m, q + IP6_HDRLEN, ip6_plen(q)));
	ATF_CHECK_EQ(type, m.type);
	ATF_CHECK_EQ(code, m.code);
	ATF_CHECK_EQ(param, m.u.err.param);
}

ATF_TC_WITHOUT_HEAD(home_agent_out);
ATF_TC_BODY(home_agent_out, tc)
{
	struct in6_addr	 a;

	lab_init(&l, ALL_ROLES, true);
	ATF_CHECK_EQ(DP_SEND, lab_tun(&l, PKT(p_tun_to_home)));
	ATF_CHECK_EQ(NC_ENCAPSULATED, l.o.why);
	ATF_CHECK(lab_is(&l, PKT(p_tun_outer)));
	/* BIND_NOTIFY: the first one, and no other. */
	ATF_CHECK_EQ(ROLE_HA, l.o.tunnel_to);
	ATF_CHECK_EQ(TUNNEL_FIRST_OUT, l.o.tunnel.event);
	a = HOME;
	ATF_CHECK(in6_eq(&a, &l.o.tunnel.home));
	lab_tun(&l, PKT(p_tun_to_home));
	ATF_CHECK_EQ(ROLE_MAX, l.o.tunnel_to);
	/* RFC 6275 10.4.2: what we send ourselves gets a routing header. */
	ATF_CHECK_EQ(DP_SEND, lab_tun(&l, PKT(p_tun_from_ha)));
	ATF_CHECK_EQ(NC_ROUTE_OUT, l.o.why);
	ATF_CHECK(lab_is(&l, PKT(p_tun_from_ha_rh2)));
	lab_free(&l);
}

/* RFC 6275 10.4.2, RFC 2473 8.2. */
ATF_TC_WITHOUT_HEAD(home_agent_unreachable);
ATF_TC_BODY(home_agent_unreachable, tc)
{
	lab_init(&l, ALL_ROLES, true);
	ATF_CHECK_EQ(DP_DROP, lab_tun(&l, PKT(p_tun_to_unbound)));
	ATF_CHECK_EQ(NC_UNREACHABLE, l.o.why);
	check_reply(HA, CN, ICMP6_T_UNREACH, 3, 0);
	ATF_CHECK_EQ(ROLE_HA, l.o.tunnel_to);
	ATF_CHECK_EQ(TUNNEL_NO_BINDING, l.o.tunnel.event);
	ATF_CHECK_EQ(DP_DROP, lab_tun(&l, PKT(p_tun_to_linklocal)));
	ATF_CHECK_EQ(NC_LINK_LOCAL, l.o.why);
	check_reply(HA, CN, ICMP6_T_UNREACH, 3, 0);
	ATF_CHECK_EQ(DP_DROP, lab_tun(&l, PKT(p_tun_to_group)));
	ATF_CHECK_EQ(0, l.o.reply.len);
	/* RFC 4443 2.4 (e.1) */
	ATF_CHECK_EQ(DP_DROP, lab_tun(&l, PKT(p_tun_error_to_unbound)));
	ATF_CHECK_EQ(0, l.o.reply.len);
	ATF_CHECK_EQ(DP_DROP, lab_tun(&l, PKT(p_tun_other)));
	ATF_CHECK_EQ(NC_TUN_UNKNOWN, l.o.why);
	ATF_CHECK_EQ(0, l.o.reply.len);
	lab_bind(&l, ROLE_HA, HOME, HA, COA, 0);
	ATF_CHECK_EQ(DP_DROP, lab_tun(&l, PKT(p_tun_to_home)));
	ATF_CHECK_EQ(NC_INACTIVE, l.o.why);
	lab_free(&l);
}

/* A request for home agents into buf, as the kernel would route it to us. */
static size_t
request(uint8_t *buf, struct in6_addr src, struct in6_addr dst, uint8_t type)
{
	struct icmp6	 m;
	size_t		 n;

	icmp6_init(&m, type);
	m.u.mip.id = 0x1234;
	n = icmp6_build(&m, buf + IP6_HDRLEN, 200);
	ip6_header(buf, &src, &dst, IP6_P_ICMPV6, (uint16_t)n, 61, 0, 0);
	icmp6_set_checksum(buf + IP6_HDRLEN, n, &src, &dst);
	return (IP6_HDRLEN + n);
}

/* RFC 6275 8.4: what was sent to the Home-Agents anycast address. */
ATF_TC_WITHOUT_HEAD(home_agents_anycast);
ATF_TC_BODY(home_agents_anycast, tc)
{
	struct in6_addr	 any = addr("2001:db8:1:0:fdff:ffff:ffff:fffe");
	struct in6_addr	 src = CN;
	uint8_t		 buf[256];
	size_t		 n;

	lab_init(&l, ALL_ROLES, true);
	/* Not where requests are not answered: an address like others. */
	n = request(buf, CN, any, ICMP6_T_DHAAD_REQ);
	ATF_CHECK_EQ(DP_DROP, lab_tun(&l, buf, n));
	ATF_CHECK_EQ(NC_UNREACHABLE, l.o.why);
	l.link.dhaad = true;
	ATF_CHECK_EQ(DP_ENGINE, lab_tun(&l, buf, n));
	ATF_CHECK_EQ(ROLE_BIT(ROLE_HA), l.o.to);
	ATF_CHECK_EQ(MSG_ICMP6_IN, l.o.type);
	ATF_CHECK(in6_eq(&l.o.icmp6.src, &src));
	ATF_CHECK(in6_eq(&l.o.icmp6.dst, &any));
	ATF_CHECK_EQ(61, l.o.icmp6.hlim);
	ATF_REQUIRE_EQ(8, l.o.icmp6.icmp6.len);
	ATF_CHECK_EQ(ICMP6_T_DHAAD_REQ, l.o.icmp6.icmp6.p[0]);
	ATF_CHECK_EQ(0x34, l.o.icmp6.icmp6.p[5]);
	ATF_CHECK_EQ(ROLE_MAX, l.o.tunnel_to);
	/* A checksum that is wrong, which no kernel has looked at. */
	buf[IP6_HDRLEN + 5] ^= 1;
	ATF_CHECK_EQ(DP_DROP, lab_tun(&l, buf, n));
	ATF_CHECK_EQ(NC_ANYCAST, l.o.why);
	/* Anything else is for nobody, and earns no error. */
	n = request(buf, CN, any, ICMP6_T_ECHO);
	ATF_CHECK_EQ(DP_DROP, lab_tun(&l, buf, n));
	ATF_CHECK_EQ(NC_ANYCAST, l.o.why);
	ATF_CHECK_EQ(0, l.o.reply.len);
	ATF_CHECK_EQ(ROLE_MAX, l.o.tunnel_to);
	n = request(buf, CN, any, ICMP6_T_DHAAD_REQ);
	buf[IP6_OFF_NEXT] = IP6_P_MH;
	ATF_CHECK_EQ(DP_DROP, lab_tun(&l, buf, n));
	ATF_CHECK_EQ(NC_ANYCAST, l.o.why);
	ATF_CHECK_EQ(0, l.o.reply.len);
	/* Cut after its header. */
	n = request(buf, CN, any, ICMP6_T_DHAAD_REQ);
	ip6_header(buf, &src, &any, IP6_P_ICMPV6, 0, 61, 0, 0);
	ATF_CHECK_EQ(DP_DROP, lab_tun(&l, buf, IP6_HDRLEN));
	ATF_CHECK_EQ(NC_ANYCAST, l.o.why);
	lab_free(&l);
}

/* RFC 2473 7.1: too big is told, what everyone must take is fragmented. */
ATF_TC_WITHOUT_HEAD(size);
ATF_TC_BODY(size, tc)
{
	struct ip6_walk	 w, w2;
	uint8_t		 whole[2000];
	size_t		 n;

	lab_init(&l, ALL_ROLES, true);
	ATF_CHECK_EQ(DP_DROP, lab_tun(&l, PKT(p_tun_to_home_1461)));
	ATF_CHECK_EQ(NC_TOO_BIG, l.o.why);
	check_reply(HA, CN, ICMP6_T_TOOBIG, 0, 1460);
	ATF_CHECK_EQ(DP_SEND, lab_tun(&l, PKT(p_tun_to_home_1400)));
	ATF_CHECK_EQ(0, l.o.second_len);
	/* The path carries less. */
	ATF_CHECK_EQ(DP_PASS, lab_icmp6(&l, CN, HA, 64,
	    PKT(p_ptb_tunnel_small)));
	ATF_CHECK_EQ(DP_DROP, lab_tun(&l, PKT(p_tun_to_home_1400)));
	check_reply(HA, CN, ICMP6_T_TOOBIG, 0, 1280);
	ATF_CHECK_EQ(DP_SEND, lab_tun(&l, PKT(p_tun_to_home_1280)));
	ATF_CHECK_EQ(NC_FRAGMENTED, l.o.why);
	ATF_CHECK(l.p.len <= 1280);
	ATF_REQUIRE(l.o.second_len > 0);
	ATF_REQUIRE_EQ(IP6_OK, ip6_walk(&w, pkt_data(&l.p), l.p.len, 0));
	ATF_REQUIRE_EQ(IP6_OK, ip6_walk(&w2, l.o.second, l.o.second_len, 0));
	ATF_CHECK_EQ(w.frag_id, w2.frag_id);
	ATF_CHECK(w.frag_more && !w2.frag_more);
	ATF_CHECK_EQ(0, w.frag_off);
	ATF_CHECK_EQ(l.p.len, w.len);
	ATF_CHECK_EQ(l.o.second_len, w2.len);
	ATF_REQUIRE_EQ(w2.frag_off, w.len - 48);
	/* Put together it is the packet. */
	n = w.len - 48;
	memcpy(whole, pkt_data(&l.p) + 48, n);
	memcpy(whole + n, l.o.second + 48, w2.len - 48);
	n += w2.len - 48;
	ATF_CHECK_EQ(sizeof(p_tun_to_home_1280), n);
	ATF_CHECK(memcmp(whole, PKT(p_tun_to_home_1280)) == 0);
	/* RFC 8201 5.3: it is forgotten after ten minutes, not before five. */
	l.now.ns += SEC(300);
	ATF_CHECK_EQ(DP_DROP, lab_tun(&l, PKT(p_tun_to_home_1400)));
	l.now.ns += SEC(301);
	ATF_CHECK_EQ(DP_SEND, lab_tun(&l, PKT(p_tun_to_home_1400)));
	lab_free(&l);
}

/* RFC 2473 4.1.1, 6.6, 6.7, 8: the encapsulation limit. */
ATF_TC_WITHOUT_HEAD(limit);
ATF_TC_BODY(limit, tc)
{
	struct ip6_walk	 w, w2;
	uint8_t		 whole[2000];
	size_t		 n;

	lab_init(&l, ALL_ROLES, true);
	/* (e): none configured, none added; (c), (b): what comes is heeded. */
	ATF_CHECK_EQ(DP_SEND, lab_tun(&l, PKT(p_tun_to_home)));
	ATF_CHECK(lab_is(&l, PKT(p_tun_outer)));
	ATF_CHECK_EQ(DP_SEND, lab_tun(&l, PKT(p_tun_nested_4)));
	ATF_CHECK(lab_is(&l, PKT(p_tun_nested_4_outer)));
	ATF_CHECK_EQ(DP_DROP, lab_tun(&l, PKT(p_tun_nested_0)));
	lab_limit(&l, 4);
	ATF_CHECK_EQ(DP_SEND, lab_tun(&l, PKT(p_tun_to_home)));
	ATF_CHECK(lab_is(&l, PKT(p_tun_outer_limit)));
	ATF_CHECK_EQ(DP_SEND, lab_tun(&l, PKT(p_tun_nested_4)));
	ATF_CHECK(lab_is(&l, PKT(p_tun_nested_4_outer)));
	ATF_CHECK_EQ(DP_SEND, lab_tun(&l, PKT(p_tun_inner_0)));
	ATF_CHECK_EQ(DP_DROP, lab_tun(&l, PKT(p_tun_nested_0)));
	ATF_CHECK_EQ(NC_NESTED, l.o.why);
	check_reply(HA, CN, ICMP6_T_PARAM, 0, 44);
	ATF_CHECK_EQ(DP_DROP, lab_tun(&l, PKT(p_tun_nested_hbh_0)));
	check_reply(HA, CN, ICMP6_T_PARAM, 0, 52);
	/* In later fragments it is, too; those are what else goes round. */
	ATF_CHECK_EQ(DP_DROP, lab_tun(&l, PKT(p_tun_nested_frag_0)));
	check_reply(HA, CN, ICMP6_T_PARAM, 0, 44);
	/* Its 8 octets of the MTU. */
	ATF_CHECK_EQ(DP_SEND, lab_tun(&l, PKT(p_tun_to_home_1452)));
	ATF_CHECK_EQ(1500, l.p.len);
	ATF_CHECK_EQ(DP_DROP, lab_tun(&l, PKT(p_tun_to_home_1453)));
	check_reply(HA, CN, ICMP6_T_TOOBIG, 0, 1452);
	ATF_CHECK_EQ(DP_PASS, lab_icmp6(&l, CN, HA, 64, PKT(p_ptb_limit)));
	check_reply(HA, CN, ICMP6_T_TOOBIG, 0, 1352);
	/* Cut in two, both have it in front. */
	ATF_CHECK_EQ(DP_PASS, lab_icmp6(&l, CN, HA, 64,
	    PKT(p_ptb_tunnel_small)));
	ATF_CHECK_EQ(DP_SEND, lab_tun(&l, PKT(p_tun_to_home_1280)));
	ATF_CHECK_EQ(NC_FRAGMENTED, l.o.why);
	ATF_REQUIRE_EQ(IP6_OK, ip6_walk(&w, pkt_data(&l.p), l.p.len, 0));
	ATF_REQUIRE_EQ(IP6_OK, ip6_walk(&w2, l.o.second, l.o.second_len, 0));
	ATF_CHECK(w.limit == 42 && w2.limit == 42);
	ATF_CHECK(w.frag == 48 && w2.frag == 48 && w.frag_id == w2.frag_id);
	ATF_CHECK(w.frag_more && !w2.frag_more && w.len <= 1280);
	ATF_CHECK(w.proto == IP6_P_IPV6 && w2.proto == IP6_P_IPV6);
	ATF_REQUIRE_EQ(w2.frag_off, w.len - w.upper);
	n = w.len - w.upper;
	memcpy(whole, pkt_data(&l.p) + w.upper, n);
	memcpy(whole + n, l.o.second + w2.upper, w2.len - w2.upper);
	n += w2.len - w2.upper;
	ATF_CHECK_EQ(sizeof(p_tun_to_home_1280), n);
	ATF_CHECK(memcmp(whole, PKT(p_tun_to_home_1280)) == 0);
	/* 8.2: it is the inner packet that could not be brought there. */
	ATF_CHECK_EQ(DP_PASS, lab_icmp6(&l, CN, HA, 64,
	    PKT(p_param_limit_0)));
	check_reply(HA, CN, ICMP6_T_UNREACH, 3, 0);
	ATF_CHECK_EQ(DP_PASS, lab_icmp6(&l, CN, HA, 64,
	    PKT(p_param_limit_4)));
	ATF_CHECK_EQ(0, l.o.reply.len);
	ATF_CHECK_EQ(DP_PASS, lab_icmp6(&l, CN, HA, 64, PKT(p_param_other)));
	ATF_CHECK_EQ(0, l.o.reply.len);
	/* What the kernel does not send is told with the same size. */
	lab_free(&l);
	lab_init(&l, ALL_ROLES, true);
	lab_limit(&l, 0);
	ATF_CHECK_EQ(DP_SEND, lab_tun(&l, PKT(p_tun_to_home_1452)));
	ATF_CHECK_EQ(0, pkt_data(&l.p)[44]);
	memcpy(whole, pkt_data(&l.p), l.p.len);
	dp_out_init(&l.o);
	dp_send_too_big(&l.dp, whole, l.p.len, l.now, &l.o);
	check_reply(HA, CN, ICMP6_T_TOOBIG, 0, 1492 - 48);
	lab_free(&l);
}

ATF_TC_WITHOUT_HEAD(mobile_node_out);
ATF_TC_BODY(mobile_node_out, tc)
{
	lab_init(&l, ALL_ROLES, true);
	ATF_CHECK_EQ(DP_SEND, lab_tun(&l, PKT(p_tun_from_home2)));
	ATF_CHECK(lab_is(&l, PKT(p_tun_home2_outer)));
	ATF_CHECK_EQ(DP_SEND, lab_tun(&l, PKT(p_tun_esp_to_ha2)));
	ATF_CHECK_EQ(NC_HAO_OUT, l.o.why);
	ATF_CHECK(lab_is(&l, PKT(p_tun_esp_to_ha2_hao)));
	lab_free(&l);
}

/* The engine is told that packets go in and none come out, now and then. */
ATF_TC_WITHOUT_HEAD(silence);
ATF_TC_BODY(silence, tc)
{
	int	 i;

	lab_init(&l, ALL_ROLES, true);
	/* Many within a moment are no sign of it, nor are few. */
	for (i = 0; i < 20; i++)
		lab_tun(&l, PKT(p_tun_from_home2));
	ATF_CHECK_EQ(ROLE_MAX, l.o.tunnel_to);
	l.now.ns += SEC(11);
	ATF_CHECK_EQ(DP_SEND, lab_tun(&l, PKT(p_tun_from_home2)));
	ATF_CHECK_EQ(ROLE_MN, l.o.tunnel_to);
	ATF_CHECK_EQ(TUNNEL_SILENT, l.o.tunnel.event);
	ATF_CHECK_EQ(21, l.o.tunnel.value);
	ATF_CHECK_EQ(11000, l.o.tunnel.age);
	l.now.ns += SEC(1);
	lab_tun(&l, PKT(p_tun_from_home2));
	ATF_CHECK_EQ(ROLE_MAX, l.o.tunnel_to);
	l.now.ns += SEC(10);
	lab_tun(&l, PKT(p_tun_from_home2));
	ATF_CHECK_EQ(TUNNEL_SILENT, l.o.tunnel.event);
	/* That one has come out is told once; the first of all by itself. */
	lab_tunnel(&l, HA2, COA2, 0, PKT(p_inner_to_home2));
	ATF_CHECK_EQ(TUNNEL_FIRST_IN, l.o.tunnel.event);
	lab_tunnel(&l, HA2, COA2, 0, PKT(p_inner_to_home2));
	ATF_CHECK_EQ(TUNNEL_HEARD, l.o.tunnel.event);
	lab_tunnel(&l, HA2, COA2, 0, PKT(p_inner_to_home2));
	ATF_CHECK_EQ(ROLE_MAX, l.o.tunnel_to);
	l.now.ns += SEC(60);
	for (i = 0; i < 4; i++)
		lab_tun(&l, PKT(p_tun_from_home2));
	l.now.ns += SEC(60);
	/* It is the fifth since then, and nobody was told of the others. */
	lab_tun(&l, PKT(p_tun_from_home2));
	ATF_CHECK_EQ(TUNNEL_SILENT, l.o.tunnel.event);
	ATF_CHECK_EQ(5, l.o.tunnel.value);
	lab_tunnel(&l, HA2, COA2, 0, PKT(p_inner_to_home2));
	ATF_CHECK_EQ(TUNNEL_HEARD, l.o.tunnel.event);
	/* On another way it is another tunnel. */
	l.now.ns += SEC(60);
	for (i = 0; i < 5; i++)
		lab_tun(&l, PKT(p_tun_from_home2));
	lab_bind(&l, ROLE_MN, HOME2, addr("2001:db8:f3::20"), HA2,
	    BIND_ACTIVE);
	l.now.ns += SEC(60);
	lab_tun(&l, PKT(p_tun_from_home2));
	ATF_CHECK_EQ(ROLE_MAX, l.o.tunnel_to);
	lab_free(&l);
}

/* Pings of the engine: to the home agent, and to itself by the tunnel. */
ATF_TC_WITHOUT_HEAD(pings);
ATF_TC_BODY(pings, tc)
{
	static uint8_t		 mem[2048], echo[8] = { ICMP6_T_ECHO };
	uint8_t			 reply[8] = { ICMP6_T_ECHOREPLY };
	struct msg_icmp6_out	 m;
	struct pkt		 out = { .buf = mem };
	struct ip6_walk		 w;

	lab_init(&l, ALL_ROLES, true);
	memset(&m, 0, sizeof(m));
	m.icmp6.p = echo;
	m.icmp6.len = sizeof(echo);
	m.src = COA2;
	m.dst = HA2;
	ATF_CHECK_EQ(DP_SEND, dp_icmp6_out(&l.dp, ROLE_MN, &m, &out,
	    sizeof(mem), l.now, &l.o));
	ATF_CHECK_EQ(DP_DROP, dp_icmp6_out(&l.dp, ROLE_HA, &m, &out,
	    sizeof(mem), l.now, &l.o));
	/* To nobody else. */
	m.dst = CN;
	ATF_CHECK_EQ(DP_DROP, dp_icmp6_out(&l.dp, ROLE_MN, &m, &out,
	    sizeof(mem), l.now, &l.o));
	m.flags = PKT_TUNNEL;
	ATF_CHECK_EQ(DP_DROP, dp_icmp6_out(&l.dp, ROLE_MN, &m, &out,
	    sizeof(mem), l.now, &l.o));
	m.src = m.dst = HOME2;
	ATF_CHECK_EQ(DP_SEND, dp_icmp6_out(&l.dp, ROLE_MN, &m, &out,
	    sizeof(mem), l.now, &l.o));
	ATF_REQUIRE_EQ(IP6_OK, ip6_walk(&w, pkt_data(&out), out.len, 0));
	ATF_CHECK_EQ(IP6_P_IPV6, w.proto);
	m.src = m.dst = HOME;
	ATF_CHECK_EQ(DP_DROP, dp_icmp6_out(&l.dp, ROLE_MN, &m, &out,
	    sizeof(mem), l.now, &l.o));
	/* Answers of the home agent are the engine's, others are not. */
	ATF_CHECK_EQ(DP_ENGINE, lab_icmp6(&l, HA2, COA2, 64, reply,
	    sizeof(reply)));
	ATF_CHECK_EQ(ROLE_BIT(ROLE_MN), l.o.to);
	ATF_CHECK_EQ(DP_DROP, lab_icmp6(&l, CN, COA2, 64, reply,
	    sizeof(reply)));
	ATF_CHECK_EQ(NC_ICMP6_ECHO, l.o.why);
	lab_free(&l);
}

/* RFC 6275 11.6.1: a Home Test Init goes by the home agent, pair or not. */
ATF_TC_WITHOUT_HEAD(home_test_init);
ATF_TC_BODY(home_test_init, tc)
{
	static uint8_t		 mem[4096], init[16] = { 59, 1, MH_HOTI };
	struct msg_mh_out	 m;
	struct msg_bind		 b;
	struct pkt		 out = { .buf = mem };
	struct ip6_walk		 w;

	lab_init(&l, ALL_ROLES, true);
	memset(&b, 0, sizeof(b));
	b.home = HOME2;
	b.other = b.peer = CN;
	b.local = COA2;
	b.flags = BIND_ACTIVE;
	ATF_REQUIRE(dp_bind(&l.dp, ROLE_MN, &b, l.now, &l.o));
	memset(&m, 0, sizeof(m));
	m.mh.p = init;
	m.mh.len = sizeof(init);
	m.src = HOME2;
	m.dst = CN;
	m.flags = PKT_TUNNEL;
	ATF_CHECK_EQ(DP_SEND, dp_mh_out(&l.dp, ROLE_MN, &m, &out, sizeof(mem),
	    l.now, &l.o));
	ATF_REQUIRE_EQ(IP6_OK, ip6_walk(&w, pkt_data(&out), out.len, 0));
	ATF_CHECK_EQ(IP6_P_IPV6, w.proto);
	/* From a home address, of the mobile node, and nothing else. */
	m.src = COA2;
	ATF_CHECK_EQ(DP_DROP, dp_mh_out(&l.dp, ROLE_MN, &m, &out, sizeof(mem),
	    l.now, &l.o));
	m.src = HOME2;
	ATF_CHECK_EQ(DP_DROP, dp_mh_out(&l.dp, ROLE_CN, &m, &out, sizeof(mem),
	    l.now, &l.o));
	init[MH_OFF_TYPE] = MH_COTI;
	ATF_CHECK_EQ(DP_DROP, dp_mh_out(&l.dp, ROLE_MN, &m, &out, sizeof(mem),
	    l.now, &l.o));
	m.flags = 0;
	ATF_CHECK_EQ(DP_SEND, dp_mh_out(&l.dp, ROLE_MN, &m, &out, sizeof(mem),
	    l.now, &l.o));
	lab_free(&l);
}

/* RFC 6275 10.4.5, 11.3.3: who may use the tunnel. */
ATF_TC_WITHOUT_HEAD(pairs);
ATF_TC_BODY(pairs, tc)
{
	struct in6_addr	 evil = addr("2001:db8:f1::66"), old = COA2;

	lab_init(&l, ALL_ROLES, true);
	ATF_CHECK_EQ(DP_INJECT, lab_tunnel(&l, COA, HA, 0,
	    PKT(p_inner_from_home)));
	ATF_CHECK_EQ(NC_DECAPSULATED, l.o.why);
	ATF_CHECK(lab_is(&l, PKT(p_inner_from_home)));
	ATF_CHECK_EQ(TUNNEL_FIRST_IN, l.o.tunnel.event);
	ATF_CHECK_EQ(ROLE_HA, l.o.tunnel_to);
	/* another care-of address; another home address; another of ours */
	ATF_CHECK_EQ(DP_DROP, lab_tunnel(&l, evil, HA, 0,
	    PKT(p_inner_from_home)));
	ATF_CHECK_EQ(NC_FORGED, l.o.why);
	ATF_CHECK_EQ(0, l.o.reply.len);
	ATF_CHECK_EQ(DP_DROP, lab_tunnel(&l, COA, HA, 0,
	    PKT(p_inner_from_other)));
	ATF_CHECK_EQ(NC_FORGED, l.o.why);
	ATF_CHECK_EQ(DP_DROP, lab_tunnel(&l, COA, COA2, 0,
	    PKT(p_inner_from_home)));
	ATF_CHECK_EQ(NC_FORGED, l.o.why);
	ATF_CHECK_EQ(DP_DROP, lab_tunnel(&l, COA, HA, 0,
	    PKT(p_inner_linklocal)));
	/* Not bound at all: told, once the engine has said what is. */
	dp_unbind(&l.dp, ROLE_HA, &(struct msg_unbind){ .home = HOME });
	ATF_CHECK_EQ(DP_DROP, lab_tunnel(&l, COA, HA, 0,
	    PKT(p_inner_from_home)));
	ATF_CHECK_EQ(NC_FORGED, l.o.why);
	ATF_CHECK_EQ(0, l.o.reply.len);
	l.dp.complete = ROLE_BIT(ROLE_HA);
	ATF_CHECK_EQ(DP_DROP, lab_tunnel(&l, COA, HA, 0,
	    PKT(p_inner_from_home)));
	ATF_CHECK_EQ(NC_UNBOUND, l.o.why);
	check_reply(HA, COA, ICMP6_T_UNREACH, ICMP6_C_UNREACH_ADMIN, 0);
	ATF_CHECK_EQ(DP_DROP, lab_tunnel(&l, COA, COA2, 0,
	    PKT(p_inner_from_home)));
	ATF_CHECK_EQ(NC_FORGED, l.o.why);
	ATF_CHECK_EQ(0, l.o.reply.len);
	/* on the mobile node */
	ATF_CHECK_EQ(DP_INJECT, lab_tunnel(&l, HA2, COA2, 0,
	    PKT(p_inner_to_home2)));
	ATF_CHECK_EQ(DP_DROP, lab_tunnel(&l, evil, COA2, 0,
	    PKT(p_inner_to_home2)));
	ATF_CHECK_EQ(NC_FORGED, l.o.why);
	/* After a move the old care-of address is good for a moment. */
	lab_bind(&l, ROLE_MN, HOME2, addr("2001:db8:f3::20"), HA2,
	    BIND_ACTIVE);
	ATF_CHECK_EQ(DP_INJECT, lab_tunnel(&l, HA2, old, 0,
	    PKT(p_inner_to_home2)));
	l.now.ns += FWD_PREVIOUS + 1;
	ATF_CHECK_EQ(DP_DROP, lab_tunnel(&l, HA2, old, 0,
	    PKT(p_inner_to_home2)));
	/* The home agent's is not: RFC 6275 10.4.5 wants the primary one. */
	lab_bind(&l, ROLE_HA, HOME, HA, evil, BIND_ACTIVE);
	ATF_CHECK_EQ(DP_DROP, lab_tunnel(&l, COA, HA, 0,
	    PKT(p_inner_from_home)));
	/* cut short */
	ATF_CHECK_EQ(DP_DROP, lab_tunnel(&l, evil, HA, 0, p_inner_from_home,
	    39));
	ATF_CHECK_EQ(NC_INNER, l.o.why);
	ATF_CHECK_EQ(DP_DROP, lab_tunnel(&l, evil, HA, 0, p_inner_from_home,
	    sizeof(p_inner_from_home) - 1));
	ATF_CHECK_EQ(NC_INNER, l.o.why);
	lab_free(&l);
}

/* RFC 6040 4.2. */
ATF_TC_WITHOUT_HEAD(ecn);
ATF_TC_BODY(ecn, tc)
{
	lab_init(&l, ALL_ROLES, true);
	ATF_CHECK_EQ(DP_INJECT, lab_tunnel(&l, COA, HA, 3,
	    PKT(p_inner_ect0)));
	ATF_CHECK(lab_is(&l, PKT(p_inner_ce)));
	ATF_CHECK_EQ(DP_DROP, lab_tunnel(&l, COA, HA, 3,
	    PKT(p_inner_from_home)));
	ATF_CHECK_EQ(NC_ECN, l.o.why);
	ATF_CHECK_EQ(DP_INJECT, lab_tunnel(&l, COA, HA, 0xb8,
	    PKT(p_inner_from_home)));
	ATF_CHECK(lab_is(&l, PKT(p_inner_from_home)));
	lab_free(&l);
}

/*
 * What receive offload merged leaves as one packet with a virtio-net header
 * that lets the kernel cut it up again.
 */
ATF_TC_WITHOUT_HEAD(merged);
ATF_TC_BODY(merged, tc)
{
	static uint8_t	 big[20000];
	struct in6_addr	 src = HOME, dst = CN;
	uint16_t	 sum;

	lab_init(&l, ALL_ROLES, true);
	memset(big, 'x', sizeof(big));
	memcpy(big, p_inner_from_home, 60);
	big[IP6_OFF_PLEN] = (sizeof(big) - 40) >> 8;
	big[IP6_OFF_PLEN + 1] = (sizeof(big) - 40) & 0xff;
	ATF_CHECK_EQ(DP_INJECT, lab_tunnel(&l, COA, HA, 0, PKT(big)));
	ATF_CHECK_EQ(VNET_NEEDS_CSUM, l.o.vnet.flags);
	ATF_CHECK_EQ(VNET_GSO_TCPV6, l.o.vnet.gso_type);
	ATF_CHECK_EQ(60, l.o.vnet.hdr_len);
	ATF_CHECK_EQ(1460 - 60, l.o.vnet.gso_size);
	ATF_CHECK_EQ(40, l.o.vnet.csum_start);
	ATF_CHECK_EQ(16, l.o.vnet.csum_offset);
	sum = cksum_partial(&src, &dst, IP6_P_TCP, sizeof(big) - 40);
	ATF_CHECK_EQ(sum >> 8, pkt_data(&l.p)[56]);
	ATF_CHECK_EQ(sum & 0xff, pkt_data(&l.p)[57]);
	/* One that is whole and complete is left alone. */
	ATF_CHECK_EQ(DP_INJECT, lab_tunnel(&l, COA, HA, 0,
	    PKT(p_inner_from_home)));
	ATF_CHECK_EQ(0, l.o.vnet.flags);
	ATF_CHECK_EQ(0, l.o.vnet.gso_type);
	/* One with a partial checksum is said to have one. */
	memcpy(big, PKT(p_inner_from_home));
	sum = cksum_partial(&src, &dst, IP6_P_TCP,
	    sizeof(p_inner_from_home) - 40);
	big[56] = (uint8_t)(sum >> 8);
	big[57] = (uint8_t)sum;
	ATF_CHECK_EQ(DP_INJECT, lab_tunnel(&l, COA, HA, 0, big,
	    sizeof(p_inner_from_home)));
	ATF_CHECK_EQ(VNET_NEEDS_CSUM, l.o.vnet.flags);
	ATF_CHECK_EQ(0, l.o.vnet.gso_type);
	ATF_CHECK(cksum_complete(pkt_data(&l.p), l.p.len,
	    l.o.vnet.csum_start, l.o.vnet.csum_offset));
	ATF_CHECK(lab_is(&l, PKT(p_inner_from_home)));
	lab_free(&l);
}

/* RFC 2473 8: which errors reach the inner source, and as what. */
ATF_TC_WITHOUT_HEAD(relayed);
ATF_TC_BODY(relayed, tc)
{
	lab_init(&l, ALL_ROLES, true);
	/* What did not go into the tunnel lately has met no error there. */
	ATF_CHECK_EQ(DP_DROP, lab_icmp6(&l, CN, HA, 64, PKT(p_ptb_tunnel)));
	ATF_CHECK_EQ(NC_ICMP6_STRAY, l.o.why);
	lab_tun(&l, PKT(p_tun_to_home));
	lab_tun(&l, PKT(p_tun_from_home2));
	l.now.ns += SEC(61);
	ATF_CHECK_EQ(DP_DROP, lab_icmp6(&l, CN, HA, 64,
	    PKT(p_unreach_tunnel)));
	ATF_CHECK_EQ(ROLE_MAX, l.o.tunnel_to);
	ATF_CHECK_EQ(0, l.o.reply.len);
	ATF_CHECK_EQ(DP_DROP, lab_icmp6(&l, CN, COA2, 64,
	    PKT(p_unreach_tunnel_mn)));
	lab_tun(&l, PKT(p_tun_to_home));
	lab_tun(&l, PKT(p_tun_from_home2));
	/* An error comes to where the packet was sent from. */
	ATF_CHECK_EQ(DP_DROP, lab_icmp6(&l, CN, HOME2, 64,
	    PKT(p_unreach_tunnel_mn)));
	ATF_CHECK_EQ(DP_DROP, lab_icmp6(&l, CN, HOME2, 64,
	    PKT(p_param_bu)));
	ATF_CHECK_EQ(NC_ICMP6_STRAY, l.o.why);
	ATF_CHECK_EQ(ROLE_MAX, l.o.tunnel_to);
	ATF_CHECK_EQ(DP_PASS, lab_icmp6(&l, CN, HA, 64, PKT(p_ptb_tunnel)));
	check_reply(HA, CN, ICMP6_T_TOOBIG, 0, 1360);
	ATF_CHECK_EQ(NC_RELAYED, l.o.reply_why);
	ATF_CHECK_EQ(ROLE_HA, l.o.tunnel_to);
	ATF_CHECK_EQ(TUNNEL_ERROR, l.o.tunnel.event);
	ATF_CHECK_EQ(ICMP6_T_TOOBIG, l.o.tunnel.icmp6_type);
	ATF_CHECK_EQ(1400, l.o.tunnel.value);
	ATF_CHECK_EQ(DP_PASS, lab_icmp6(&l, CN, HA, 64,
	    PKT(p_ptb_tunnel_small)));
	ATF_CHECK_EQ(0, l.o.reply.len);
	ATF_CHECK_EQ(DP_PASS, lab_icmp6(&l, CN, HA, 64,
	    PKT(p_unreach_tunnel)));
	check_reply(HA, CN, ICMP6_T_UNREACH, 3, 0);
	ATF_CHECK_EQ(DP_PASS, lab_icmp6(&l, CN, HA, 64, PKT(p_timex_tunnel)));
	check_reply(HA, CN, ICMP6_T_UNREACH, 3, 0);
	ATF_CHECK_EQ(DP_PASS, lab_icmp6(&l, CN, HA, 64, PKT(p_param_tunnel)));
	ATF_CHECK_EQ(0, l.o.reply.len);
	ATF_CHECK_EQ(ROLE_HA, l.o.tunnel_to);
	ATF_CHECK_EQ(DP_PASS, lab_icmp6(&l, CN, COA2, 64,
	    PKT(p_unreach_tunnel_mn)));
	check_reply(COA2, HOME2, ICMP6_T_UNREACH, 3, 0);
	ATF_CHECK_EQ(ROLE_MN, l.o.tunnel_to);
	/* No error about an error, nor about what we did not send. */
	ATF_CHECK_EQ(DP_PASS, lab_icmp6(&l, CN, HA, 64,
	    PKT(p_unreach_of_error)));
	ATF_CHECK_EQ(0, l.o.reply.len);
	ATF_CHECK_EQ(DP_DROP, lab_icmp6(&l, CN, HA, 64, PKT(p_ptb_stranger)));
	ATF_CHECK_EQ(0, l.o.reply.len);
	ATF_CHECK_EQ(NC_ICMP6_STRAY, l.o.why);
	/* With an RH2: about the packet that its sender knows. */
	lab_free(&l);
	lab_init(&l, ALL_ROLES, true);
	ATF_CHECK_EQ(DP_DROP, lab_icmp6(&l, CN, HA, 64, PKT(p_ptb_rh2)));
	lab_tun(&l, PKT(p_tun_from_ha));
	ATF_CHECK_EQ(DP_PASS, lab_icmp6(&l, CN, HA, 64, PKT(p_ptb_rh2)));
	check_reply(HA, HA, ICMP6_T_TOOBIG, 0, 1376);
	lab_free(&l);
}

ATF_TC_WITHOUT_HEAD(icmp6_dispatch);
ATF_TC_BODY(icmp6_dispatch, tc)
{
	static const struct {
		uint8_t		 type;
		unsigned int	 to;
	} t[] = {
		{ ICMP6_T_RS, ROLE_BIT(ROLE_HA) },
		{ ICMP6_T_RA, ROLE_BIT(ROLE_HA) | ROLE_BIT(ROLE_MN) },
		{ ICMP6_T_NS, ROLE_BIT(ROLE_HA) | ROLE_BIT(ROLE_MN) },
		{ ICMP6_T_NA, ROLE_BIT(ROLE_HA) | ROLE_BIT(ROLE_MN) },
	};
	uint8_t		 m[24] = { 0 };
	size_t		 i;

	lab_init(&l, ALL_ROLES, true);
	for (i = 0; i < sizeof(t) / sizeof(t[0]); i++) {
		m[0] = t[i].type;
		ATF_CHECK_EQ(DP_ENGINE, lab_icmp6(&l, CN, HA, 255, PKT(m)));
		ATF_CHECK_EQ(t[i].to, l.o.to);
		ATF_CHECK_EQ(MSG_ICMP6_IN, l.o.type);
		/* RFC 4861 6.1, 7.1: from this link */
		ATF_CHECK_EQ(DP_DROP, lab_icmp6(&l, CN, HA, 254, PKT(m)));
		ATF_CHECK_EQ(NC_ICMP6_HOPS, l.o.why);
	}
	ATF_CHECK_EQ(DP_DROP, lab_icmp6(&l, CN, HA, 64, PKT(p_echo)));
	ATF_CHECK_EQ(DP_ENGINE, lab_icmp6(&l, CN, COA2, 64, PKT(p_param_bu)));
	ATF_CHECK_EQ(ROLE_BIT(ROLE_MN), l.o.to);
	ATF_CHECK_EQ(PKT_OUTERR | PKT_HAO, l.o.icmp6.flags);
	ATF_CHECK_EQ(DP_ENGINE, lab_icmp6(&l, CN, HA, 64, PKT(p_unreach_ba)));
	ATF_CHECK_EQ(ROLE_BIT(ROLE_HA), l.o.to);
	lab_free(&l);
}

/* What a child may bind: addresses of its configuration. */
ATF_TC_WITHOUT_HEAD(refused);
ATF_TC_BODY(refused, tc)
{
	lab_init(&l, ALL_ROLES, false);
	ATF_CHECK(lab_bind(&l, ROLE_HA, HOME, HA, COA, BIND_ACTIVE));
	ATF_CHECK(!lab_bind(&l, ROLE_HA, HOME2, HA, COA, BIND_ACTIVE));
	ATF_CHECK_EQ(NC_REFUSED, l.o.why);
	ATF_CHECK(!lab_bind(&l, ROLE_HA, HA, HA, COA, BIND_ACTIVE));
	ATF_CHECK(!lab_bind(&l, ROLE_HA, HOME, CN, COA, BIND_ACTIVE));
	ATF_CHECK(!lab_bind(&l, ROLE_HA, HOME, HA, addr("fe80::1"),
	    BIND_ACTIVE));
	ATF_CHECK(!lab_bind(&l, ROLE_HA, HOME, HA, addr("ff02::1"),
	    BIND_ACTIVE));
	ATF_CHECK(!lab_bind(&l, ROLE_HA, HOME, HA, HOME, BIND_ACTIVE));
	ATF_CHECK(!lab_bind(&l, ROLE_MN, HOME, COA2, HA2, BIND_ACTIVE));
	ATF_CHECK(!lab_bind(&l, ROLE_CN, HOME2, HA, COA, BIND_ACTIVE));
	ATF_CHECK(!lab_bind(&l, ROLE_CONTROL, HOME, HA, COA, BIND_ACTIVE));
	lab_free(&l);
	lab_init(&l, ROLE_BIT(ROLE_CN), false);
	ATF_CHECK(!lab_bind(&l, ROLE_HA, HOME, HA, COA, BIND_ACTIVE));
	lab_free(&l);
}

/*
 * Pairs: on a correspondent of one of its own addresses, on a mobile node with
 * somebody else, on a home agent none; beside what is for any.
 */
ATF_TC_WITHOUT_HEAD(refused_pairs);
ATF_TC_BODY(refused_pairs, tc)
{
	const struct {
		enum role	 role;
		struct in6_addr	 home, other, local, peer;
		bool		 may;
	} rows[] = {
		{ ROLE_MN, HOME2, CN, COA2, CN, true },
		{ ROLE_MN, HOME2, CN, COA2, HA2, false },
		{ ROLE_MN, HOME2, HA, COA2, HA, false },
		{ ROLE_MN, HOME2, addr("fe80::1"), COA2, addr("fe80::1"),
		    false },
		{ ROLE_MN, HOME, CN, COA2, CN, false },
		{ ROLE_CN, HOME, HA, HA, COA, true },
		{ ROLE_CN, HOME, HOME2, HOME2, COA, true },
		{ ROLE_CN, HOME, in6addr_any, HA, COA, false },
		{ ROLE_CN, HOME, HA, COA2, COA, false },
		{ ROLE_CN, HOME, CN, CN, COA, false },
		{ ROLE_CN, HOME2, HA, HA, COA, false },
		{ ROLE_CN, COA2, HA, HA, COA, false },
		{ ROLE_HA, HOME, CN, HA, COA, false },
		{ ROLE_HA, HOME, HA, HA, COA, false },
	};
	struct msg_unbind	 u = { .home = HOME2, .other = CN };
	struct msg_bind		 b;
	size_t			 i;

	lab_init(&l, ALL_ROLES, true);
	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		b = (struct msg_bind){ .home = rows[i].home,
		    .other = rows[i].other, .local = rows[i].local,
		    .peer = rows[i].peer, .flags = BIND_ACTIVE };
		dp_out_init(&l.o);
		ATF_CHECK_EQ_MSG(rows[i].may, dp_bind(&l.dp, rows[i].role, &b,
		    l.now, &l.o), "row %zu", i);
		ATF_CHECK_EQ(rows[i].may ? NC_MAX : NC_REFUSED, l.o.why);
	}
	ATF_CHECK_EQ(3, l.dp.forward.npairs);
	/* One ends; the tunnel of the same home address does not. */
	ATF_CHECK(dp_unbind(&l.dp, ROLE_MN, &u));
	ATF_CHECK(!dp_unbind(&l.dp, ROLE_MN, &u));
	ATF_CHECK_EQ(2, l.dp.forward.npairs);
	ATF_CHECK_EQ(DP_INJECT, lab_tunnel(&l, HA2, COA2, 0,
	    PKT(p_inner_to_home2)));
	u.other = in6addr_any;
	ATF_CHECK(dp_unbind(&l.dp, ROLE_MN, &u));
	lab_free(&l);
}

static const struct fwd_key	 home_agent = { ROLE_HA, FWD_DESTINATION,
	FWD_ADDRESS, ENCAP_IP6 };

static bool
unbind(struct fwd_table *t, enum role owner, struct in6_addr a,
    unsigned int plen)
{
	struct msg_unbind	 u = { .home = a };

	return (fwd_unbind(t, owner, &u, plen));
}

static struct in6_addr
nth(uint32_t i)
{
	struct in6_addr	 a = HOME;

	memcpy(&a.s6_addr[12], &i, sizeof(i));
	return (a);
}

static bool
count_page(void *arg, const struct fwd_entry *e)
{
	uint32_t	*n = arg;

	(void)e;
	return (++n[0] % 100 != 0);
}

/* Many come and go while the table grows; a page at a time shows all. */
ATF_TC_WITHOUT_HEAD(table);
ATF_TC_BODY(table, tc)
{
	struct fwd_table	 t;
	struct msg_bind		 b;
	static const uint64_t	 key[2] = { 3, 4 };
	uint32_t		 i, n = 100000, shown = 0;
	struct in6_addr		 a;
	uint32_t		 at = 0;

	memset(&b, 0, sizeof(b));
	ATF_REQUIRE(fwd_init(&t, key));
	for (i = 0; i < n; i++) {
		b.home = nth(i);
		ATF_REQUIRE(fwd_bind(&t, &home_agent, &b, l.now) != NULL);
		a = nth(i / 2);
		ATF_REQUIRE(fwd_find(&t, ROLE_HA, &a) != NULL);
		a = nth(n + i);
		ATF_REQUIRE(fwd_find(&t, ROLE_HA, &a) == NULL);
		if (i % 3 == 0) {
			a = nth(i / 3 * 2 + n);
			ATF_REQUIRE(!unbind(&t, ROLE_HA, a, 128));
		}
	}
	ATF_CHECK_EQ(n, t.tab.count);
	do
		at = fwd_page(&t, at, UINT32_MAX, count_page, &shown);
	while (at != 0);
	ATF_CHECK_EQ(n, shown);
	for (i = 0; i < n; i += 2) {
		a = nth(i);
		ATF_REQUIRE(unbind(&t, ROLE_HA, a, 128));
		ATF_REQUIRE(!unbind(&t, ROLE_HA, a, 128));
	}
	for (i = 0; i < n; i++) {
		a = nth(i);
		ATF_REQUIRE_EQ(i % 2 == 1, fwd_find(&t, ROLE_HA, &a) != NULL);
	}
	fwd_forget(&t, ROLE_HA);
	while (fwd_sweep(&t, 4096))
		continue;
	ATF_CHECK_EQ(0, t.tab.count);
	ATF_CHECK_EQ(0, t.pool.used);
	fwd_free(&t);
}

/* What entry is found for an address, by its local end; 0: none. */
static int
found(const struct fwd_table *t, enum role owner, const char *a)
{
	struct in6_addr		 x = addr(a);
	struct fwd_entry	*e = fwd_find(t, owner, &x);

	return (e == NULL ? 0 : e->path.local.s6_addr[15]);
}

static void
put(struct fwd_table *t, enum role owner, const char *prefix, uint8_t plen,
    uint8_t local)
{
	struct fwd_key	 k = { owner, FWD_DESTINATION, plen, ENCAP_IP6 };
	struct msg_bind	 b;

	memset(&b, 0, sizeof(b));
	b.home = addr(prefix);
	b.local.s6_addr[15] = local;
	ATF_REQUIRE(fwd_bind(t, &k, &b, l.now) != NULL);
}

/* The longest prefix that is bound, by the one who has bound it. */
ATF_TC_WITHOUT_HEAD(prefixes);
ATF_TC_BODY(prefixes, tc)
{
	struct fwd_table	 t;
	static const uint64_t	 key[2] = { 3, 4 };
	struct in6_addr		 a = addr("2001:db8:7:1::ffff");

	ATF_REQUIRE(fwd_init(&t, key));
	put(&t, ROLE_HA, "2001:db8:7:1::1", 128, 1);
	put(&t, ROLE_HA, "2001:db8:7:1::ffff", 64, 2);
	put(&t, ROLE_HA, "2001:db8:7::", 48, 3);
	put(&t, ROLE_HA, "2001:db8:7::", 47, 4);
	put(&t, ROLE_CN, "::", 0, 5);
	ATF_CHECK_EQ(1, found(&t, ROLE_HA, "2001:db8:7:1::1"));
	ATF_CHECK_EQ(2, found(&t, ROLE_HA, "2001:db8:7:1::2"));
	ATF_CHECK_EQ(3, found(&t, ROLE_HA, "2001:db8:7:2::1"));
	ATF_CHECK_EQ(4, found(&t, ROLE_HA, "2001:db8:6::1"));
	ATF_CHECK_EQ(0, found(&t, ROLE_HA, "2001:db8:8::1"));
	ATF_CHECK_EQ(5, found(&t, ROLE_CN, "2001:db8:8::1"));
	ATF_CHECK_EQ(5, found(&t, ROLE_CN, "2001:db8:7:1::1"));
	/* Bound again it is the same entry, whatever the host part. */
	put(&t, ROLE_HA, "2001:db8:7:1::", 64, 6);
	ATF_CHECK_EQ(5, t.tab.count);
	ATF_CHECK_EQ(6, found(&t, ROLE_HA, "2001:db8:7:1::2"));
	/* Of each length and owner for itself. */
	ATF_CHECK(!unbind(&t, ROLE_HA, a, 128));
	ATF_CHECK(!unbind(&t, ROLE_CN, a, 64));
	ATF_CHECK(unbind(&t, ROLE_HA, a, 64));
	ATF_CHECK_EQ(3, found(&t, ROLE_HA, "2001:db8:7:1::2"));
	ATF_CHECK_EQ(4, t.nplens);
	fwd_forget(&t, ROLE_HA);
	while (fwd_sweep(&t, 1))
		continue;
	ATF_CHECK_EQ(0, found(&t, ROLE_HA, "2001:db8:7:1::1"));
	ATF_CHECK_EQ(5, found(&t, ROLE_CN, "2001:db8:7:1::1"));
	ATF_CHECK_EQ(1, t.nplens);
	fwd_free(&t);
}

/* A path that only receives stays beside the one that sends. */
ATF_TC_WITHOUT_HEAD(paths);
ATF_TC_BODY(paths, tc)
{
	struct fwd_table	 t;
	struct fwd_key		 k = { ROLE_MN, FWD_SOURCE, 128, ENCAP_IP6 };
	static const uint64_t	 key[2] = { 3, 4 };
	struct in6_addr		 to = HA2, first = COA2, next = COA;
	struct msg_bind		 b;
	struct fwd_entry	*e;
	struct fwd_path		*p;

	l.now.ns = SEC(1000);
	ATF_REQUIRE(fwd_init(&t, key));
	memset(&b, 0, sizeof(b));
	b.home = HOME2;
	b.local = first;
	b.peer = to;
	ATF_REQUIRE((e = fwd_bind(&t, &k, &b, l.now)) != NULL);
	ATF_REQUIRE((p = fwd_path(e, &first, &to)) == &e->path);
	p->pmtu.mtu = 1400;
	ATF_CHECK(fwd_receives(p, l.now));
	ATF_CHECK(fwd_path(e, &next, &to) == NULL);
	b.local = next;
	ATF_REQUIRE_EQ(e, fwd_bind(&t, &k, &b, l.now));
	ATF_CHECK(fwd_path(e, &next, &to) == &e->path);
	ATF_CHECK_EQ(0, e->path.pmtu.mtu);
	/* What was learnt of the way is of that way. */
	ATF_REQUIRE((p = fwd_path(e, &first, &to)) == e->path.next);
	ATF_CHECK_EQ(1400, p->pmtu.mtu);
	ATF_CHECK(fwd_receives(p, l.now));
	l.now.ns += FWD_PREVIOUS;
	ATF_CHECK(!fwd_receives(p, l.now));
	ATF_CHECK(fwd_receives(&e->path, l.now));
	/* There is one of those at most, and another owner has none of it. */
	b.local = HOME;
	ATF_REQUIRE_EQ(e, fwd_bind(&t, &k, &b, l.now));
	ATF_CHECK(fwd_path(e, &first, &to) == NULL);
	ATF_REQUIRE((p = fwd_path(e, &next, &to)) != NULL);
	ATF_CHECK(p->next == NULL && fwd_receives(p, l.now));
	k.owner = ROLE_HA;
	k.side = FWD_DESTINATION;
	ATF_REQUIRE((e = fwd_bind(&t, &k, &b, l.now)) != NULL);
	b.local = next;
	ATF_REQUIRE_EQ(e, fwd_bind(&t, &k, &b, l.now));
	ATF_CHECK(e->path.next == NULL);
	ATF_CHECK_EQ(2, t.tab.count);
	fwd_free(&t);
}

/* Two engines: each one's set is old by its own count. */
ATF_TC_WITHOUT_HEAD(resync_owners);
ATF_TC_BODY(resync_owners, tc)
{
	struct fwd_table	 t;
	static const uint64_t	 key[2] = { 3, 4 };

	ATF_REQUIRE(fwd_init(&t, key));
	put(&t, ROLE_HA, "2001:db8:7:1::1", 128, 1);
	put(&t, ROLE_CN, "2001:db8:7:1::1", 128, 2);
	put(&t, ROLE_CN, "2001:db8:7:1::2", 128, 3);
	fwd_resync(&t, ROLE_HA);
	fwd_resync(&t, ROLE_CN);
	put(&t, ROLE_CN, "2001:db8:7:1::2", 128, 3);
	fwd_resync_end(&t, ROLE_CN);
	while (fwd_sweep(&t, 1))
		continue;
	/* The home agent has not told all it binds. */
	ATF_CHECK_EQ(1, found(&t, ROLE_HA, "2001:db8:7:1::1"));
	ATF_CHECK_EQ(0, found(&t, ROLE_CN, "2001:db8:7:1::1"));
	ATF_CHECK_EQ(3, found(&t, ROLE_CN, "2001:db8:7:1::2"));
	fwd_resync_end(&t, ROLE_HA);
	while (fwd_sweep(&t, 1))
		continue;
	ATF_CHECK_EQ(1, t.tab.count);
	ATF_CHECK_EQ(3, found(&t, ROLE_CN, "2001:db8:7:1::2"));
	fwd_free(&t);
}

/* Room for left more messages, and what came for each home address. */
struct told {
	uint32_t	 left, n;
	uint8_t		 times[2000];
};

static bool
note_told(void *arg, enum msg_type t, const void *msg)
{
	const struct msg_bind	*m = msg;
	struct told		*told = arg;
	uint32_t		 i;

	ATF_REQUIRE_EQ(MSG_BOUND, t);

	if (told->left == 0)
		return (false);
	told->left--;
	told->n++;
	memcpy(&i, &m->home.s6_addr[12], sizeof(i));
	ATF_REQUIRE(i < 2000);
	ATF_CHECK_EQ(sizeof(i), m->owner.len);
	ATF_CHECK_EQ(0, memcmp(m->owner.p, &i, sizeof(i)));
	told->times[i]++;
	return (true);
}

/*
 * Engines may have been taken over: what one of them asks for without end holds
 * up neither the sweep for another nor packets, however many there are.
 */
ATF_TC_WITHOUT_HEAD(crowd);
ATF_TC_BODY(crowd, tc)
{
	struct fwd_table	 t;
	struct planes		 ps = { .v = { { &user_plane, &t } }, .n = 1 };
	struct msg_bind		 b;
	struct bound		 h = { .on = false };
	struct told		 told = { .left = 1 };
	static const uint64_t	 key[2] = { 3, 4 };
	uint32_t		 i, n = 20000, rounds = 0;

	memset(&b, 0, sizeof(b));
	ATF_REQUIRE(fwd_init(&t, key));
	for (i = 0; i < n; i++) {
		b.home = nth(i);
		ATF_REQUIRE(fwd_bind(&t, &home_agent, &b, l.now) != NULL);
	}
	/* One that has bound nothing looks at no more than a piece at once. */
	fwd_resync(&t, ROLE_CN);
	bound_begin(&h, ROLE_CN);
	while (!bound_step(&h, &ps, note_told, &told))
		rounds++;
	ATF_CHECK(rounds >= 2 && rounds < n / 100);
	ATF_CHECK_EQ(0, told.n);
	fwd_forget(&t, ROLE_CN);
	ATF_CHECK_EQ(n, t.tab.count);
	/* All of the home agent's go, though another ends its set each time. */
	fwd_resync(&t, ROLE_HA);
	fwd_resync_end(&t, ROLE_HA);
	for (i = 0; i < n / 100 && t.tab.count > 0; i++) {
		fwd_sweep(&t, 200);
		fwd_resync_end(&t, ROLE_CN);
	}
	ATF_CHECK_EQ(0, t.tab.count);
	while (fwd_sweep(&t, 1000))
		continue;
	fwd_free(&t);
}

/*
 * A role that has gone: nobody finds its entries any more, though they go a
 * piece at a time, and if it comes back meanwhile it hears of none, and begins
 * anew with those that it binds.
 */
ATF_TC_WITHOUT_HEAD(role_goes);
ATF_TC_BODY(role_goes, tc)
{
	struct fwd_table	 t;
	struct msg_bind		 b;
	static const uint64_t	 key[2] = { 3, 4 };
	struct in6_addr		 a = nth(19999);
	struct fwd_entry	*e;
	uint32_t		 i, n = 20000, rounds = 0, shown = 0;

	memset(&b, 0, sizeof(b));
	ATF_REQUIRE(fwd_init(&t, key));
	put(&t, ROLE_CN, "2001:db8:7::", 48, 3);
	for (i = 0; i < n; i++) {
		b.home = nth(i);
		ATF_REQUIRE(fwd_bind(&t, &home_agent, &b, l.now) != NULL);
	}
	ATF_REQUIRE((e = fwd_find(&t, ROLE_HA, &a)) != NULL);
	e->path.packets_in = 7;
	fwd_forget(&t, ROLE_HA);
	ATF_CHECK(t.tab.count > n / 2);
	ATF_CHECK(fwd_find(&t, ROLE_HA, &a) == NULL);
	ATF_CHECK_EQ(3, found(&t, ROLE_CN, "2001:db8:7::1"));
	ATF_CHECK(!unbind(&t, ROLE_HA, a, 128));
	fwd_resync(&t, ROLE_HA);
	ATF_CHECK_EQ(0, fwd_page(&t, 0, UINT32_MAX, count_page, &shown));
	ATF_CHECK_EQ(1, shown);
	b.home = a;
	ATF_REQUIRE((e = fwd_bind(&t, &home_agent, &b, l.now)) != NULL);
	ATF_CHECK_EQ(0, e->path.packets_in);
	ATF_CHECK_EQ(e, fwd_find(&t, ROLE_HA, &a));
	while (fwd_sweep(&t, 200))
		rounds++;
	ATF_CHECK(rounds >= n / 200);
	ATF_CHECK_EQ(2, t.tab.count);
	ATF_CHECK_EQ(e, fwd_find(&t, ROLE_HA, &a));
	ATF_CHECK_EQ(3, found(&t, ROLE_CN, "2001:db8:7::1"));
	fwd_free(&t);
}

/* An engine that comes back: what it does not bind again goes. */
ATF_TC_WITHOUT_HEAD(resync);
ATF_TC_BODY(resync, tc)
{
	struct fwd_table	 t;
	struct msg_bind		 b;
	static const uint64_t	 key[2] = { 3, 4 };
	uint32_t		 i;
	struct in6_addr		 a;
	struct fwd_entry	*e;

	memset(&b, 0, sizeof(b));
	ATF_REQUIRE(fwd_init(&t, key));
	for (i = 0; i < 1000; i++) {
		b.home = nth(i);
		fwd_bind(&t, &home_agent, &b, l.now);
	}
	a = nth(0);
	e = fwd_find(&t, ROLE_HA, &a);
	e->path.packets_in = 7;
	fwd_resync(&t, ROLE_HA);
	ATF_CHECK(!fwd_sweep(&t, 1000));
	ATF_CHECK_EQ(1000, t.tab.count);
	for (i = 0; i < 1000; i += 4) {
		b.home = nth(i);
		fwd_bind(&t, &home_agent, &b, l.now);
	}
	fwd_resync_end(&t, ROLE_HA);
	b.home = nth(1);
	fwd_bind(&t, &home_agent, &b, l.now);
	while (fwd_sweep(&t, 10))
		continue;
	ATF_CHECK_EQ(251, t.tab.count);
	a = nth(0);
	e = fwd_find(&t, ROLE_HA, &a);
	ATF_REQUIRE(e != NULL);
	ATF_CHECK_EQ(7, e->path.packets_in);
	a = nth(1);
	ATF_CHECK(fwd_find(&t, ROLE_HA, &a) != NULL);
	a = nth(2);
	ATF_CHECK(fwd_find(&t, ROLE_HA, &a) == NULL);
	fwd_free(&t);
}

/*
 * What is handed back to a new engine: everything that it has not bound again
 * itself, in pieces as the pipe has room, while the table grows; what a message
 * is about comes before it.
 */
ATF_TC_WITHOUT_HEAD(bound);
ATF_TC_BODY(bound, tc)
{
	struct fwd_table	 t;
	struct planes		 ps = { .v = { { &user_plane, &t } }, .n = 1 };
	struct msg_bind		 b;
	struct bound		 h = { .on = false };
	struct told		 told = { .left = 0 };
	static const uint64_t	 key[2] = { 3, 4 };
	struct in6_addr		 a = nth(900);
	uint32_t		 i, rounds = 0;

	memset(&b, 0, sizeof(b));
	b.owner.p = (const uint8_t *)&i;
	b.owner.len = sizeof(i);
	ATF_REQUIRE(fwd_init(&t, key));
	for (i = 0; i < 1000; i++) {
		b.home = nth(i);
		ATF_REQUIRE(fwd_bind(&t, &home_agent, &b, l.now) != NULL);
	}
	/* Nobody is new: nothing to tell. */
	bound_first(&h, &ps, &a, &b.local, note_told, &told);
	ATF_CHECK(bound_step(&h, &ps, note_told, &told));
	fwd_resync(&t, ROLE_HA);
	bound_begin(&h, ROLE_HA);
	ATF_CHECK(!bound_step(&h, &ps, note_told, &told));
	ATF_CHECK_EQ(0, told.n);
	told.left = 1;
	bound_first(&h, &ps, &a, &b.local, note_told, &told);
	ATF_CHECK_EQ(1, told.times[900]);
	for (i = 0; i < 100; i++) {
		b.home = nth(i);
		fwd_bind(&t, &home_agent, &b, l.now);
	}
	do {
		told.left = 50;
		/* Others come while that goes on. */
		for (i = 1000 + rounds * 40; i < 1040 + rounds * 40; i++) {
			b.home = nth(i);
			fwd_bind(&t, &home_agent, &b, l.now);
		}
		ATF_REQUIRE(rounds++ < 25);
	} while (!bound_step(&h, &ps, note_told, &told));
	for (i = 0; i < 100; i++)
		ATF_CHECK_EQ(0, told.times[i]);
	for (i = 100; i < 1000; i++)
		ATF_CHECK(told.times[i] >= 1);
	for (i = 1000; i < 2000; i++)
		ATF_CHECK_EQ(0, told.times[i]);
	ATF_CHECK(rounds > 10);
	/* A record that is longer than may be is not kept. */
	lab_init(&l, ROLE_BIT(ROLE_HA), false);
	memset(&b, 0, sizeof(b));
	b.home = HOME;
	b.local = HA;
	b.peer = COA;
	b.owner.p = told.times;
	b.owner.len = BIND_OWNER_MAX + 1;
	ATF_CHECK(!dp_bind(&l.dp, ROLE_HA, &b, l.now, &l.o));
	ATF_CHECK_EQ(NC_REFUSED, l.o.why);
	b.owner.len = BIND_OWNER_MAX;
	ATF_CHECK(dp_bind(&l.dp, ROLE_HA, &b, l.now, &l.o));
	lab_free(&l);
	fwd_free(&t);
}

ATF_TC_WITHOUT_HEAD(pmtu);
ATF_TC_BODY(pmtu, tc)
{
	struct pmtu	 p = { 0, 0 };
	struct mono	 now = { SEC(1) };

	ATF_CHECK_EQ(1500, pmtu_get(&p, 1500, now));
	ATF_CHECK_EQ(1280, pmtu_get(&p, 0, now));
	ATF_CHECK_EQ(65535, pmtu_get(&p, 1 << 20, now));
	ATF_CHECK(pmtu_set(&p, 1400, 1500, now));
	ATF_CHECK(!pmtu_set(&p, 1450, 1500, now));
	ATF_CHECK(!pmtu_set(&p, 9000, 1500, now));
	ATF_CHECK_EQ(1400, pmtu_get(&p, 1500, now));
	ATF_CHECK_EQ(1300, pmtu_get(&p, 1300, now));
	/* RFC 4443 3.2, RFC 8201 4: not below the minimum */
	ATF_CHECK(pmtu_set(&p, 68, 1500, now));
	ATF_CHECK_EQ(1280, pmtu_get(&p, 1500, now));
	now = mono_add(now, PMTU_LIFETIME);
	ATF_CHECK_EQ(1500, pmtu_get(&p, 1500, now));
	ATF_CHECK_EQ(1492, pmtu_lower(1500));
	ATF_CHECK_EQ(1280, pmtu_lower(1400));
	ATF_CHECK_EQ(1280, pmtu_lower(1280));
}

/* A packet that the kernel finds too big. */
ATF_TC_WITHOUT_HEAD(send_too_big);
ATF_TC_BODY(send_too_big, tc)
{
	lab_init(&l, ALL_ROLES, true);
	ATF_REQUIRE_EQ(DP_SEND, lab_tun(&l, PKT(p_tun_to_home_1400)));
	dp_out_init(&l.o);
	dp_send_too_big(&l.dp, pkt_data(&l.p), l.p.len, l.now, &l.o);
	check_reply(HA, CN, ICMP6_T_TOOBIG, 0, 1380);
	ATF_CHECK_EQ(DP_DROP, lab_tun(&l, PKT(p_tun_to_home_1400)));
	check_reply(HA, CN, ICMP6_T_TOOBIG, 0, 1380);
	lab_free(&l);
}

static const uint64_t	 group_key[2] = { 1, 2 };

/* n[0] joined, n[1] left, n[2]: there is no room */
static int
count_change(void *arg, const struct msg_group *m, int where)
{
	int	*n = arg;

	ATF_CHECK_EQ(m->join ? -1 : 7, where);
	if (n[2] != 0)
		return (GROUP_NO_ROOM);
	n[m->join ? 0 : 1]++;
	return (m->join ? 7 : -1);
}

/* One that found no room is joined later, and not left before. */
ATF_TC_WITHOUT_HEAD(groups_full);
ATF_TC_BODY(groups_full, tc)
{
	static struct groups	 g;
	struct msg_group	 m;
	int			 n[3] = { 0, 0, 1 };

	ATF_REQUIRE(groups_init(&g, group_key));
	memset(&m, 0, sizeof(m));
	m.ifindex = 2;
	m.join = true;
	m.group = addr("ff02::1:ff00:100");
	groups_set(&g, ROLE_HA, &m, count_change, n);
	m.group = addr("ff02::1:ff00:101");
	groups_set(&g, ROLE_HA, &m, count_change, n);
	n[2] = 0;
	m.join = false;
	groups_set(&g, ROLE_HA, &m, count_change, n);
	ATF_CHECK_EQ(0, n[1]);
	groups_missing(&g, count_change, n);
	ATF_CHECK_EQ(1, n[0]);
	groups_missing(&g, count_change, n);
	ATF_CHECK_EQ(1, n[0]);
	m.group = addr("ff02::1:ff00:100");
	groups_set(&g, ROLE_HA, &m, count_change, n);
	ATF_CHECK_EQ(0, n[1]);
	ATF_CHECK(groups_sweep(&g, 1, count_change, n));
	ATF_CHECK(!groups_sweep(&g, 1, count_change, n));
	ATF_CHECK_EQ(1, n[1]);
	/* Wanted again before it was left: nothing changes. */
	m.join = true;
	groups_set(&g, ROLE_HA, &m, count_change, n);
	m.join = false;
	groups_set(&g, ROLE_HA, &m, count_change, n);
	m.join = true;
	groups_set(&g, ROLE_HA, &m, count_change, n);
	ATF_CHECK(!groups_sweep(&g, 1, count_change, n));
	ATF_CHECK_EQ(2, n[0]);
	ATF_CHECK_EQ(1, n[1]);
	groups_free(&g);
}

/* Two engines in one group; one comes back without it. */
ATF_TC_WITHOUT_HEAD(groups);
ATF_TC_BODY(groups, tc)
{
	static struct groups	 g;
	struct msg_group	 m;
	int			 n[3] = { 0, 0, 0 };

	ATF_REQUIRE(groups_init(&g, group_key));
	memset(&m, 0, sizeof(m));
	m.group = addr("ff02::1:ff00:100");
	m.ifindex = 2;
	m.join = true;
	groups_set(&g, ROLE_HA, &m, count_change, n);
	groups_set(&g, ROLE_HA, &m, count_change, n);
	groups_set(&g, ROLE_MN, &m, count_change, n);
	ATF_CHECK_EQ(1, n[0]);
	m.join = false;
	groups_set(&g, ROLE_HA, &m, count_change, n);
	ATF_CHECK_EQ(0, n[1]);
	groups_resync(&g, ROLE_HA);
	groups_resync_end(&g, ROLE_HA);
	groups_sweep(&g, 10, count_change, n);
	ATF_CHECK_EQ(0, n[1]);
	groups_resync(&g, ROLE_MN);
	groups_resync_end(&g, ROLE_MN);
	ATF_CHECK(!groups_sweep(&g, 10, count_change, n));
	ATF_CHECK_EQ(1, n[1]);
	groups_set(&g, ROLE_MN, &m, count_change, n);
	ATF_CHECK_EQ(1, n[1]);
	groups_free(&g);
}

/* The second copy of a protected message is known, once. */
ATF_TC_WITHOUT_HEAD(twice);
ATF_TC_BODY(twice, tc)
{
	static struct twice	 t;
	struct dp_raw		 r;
	struct mono		 now = { SEC(1) };

	memset(&r, 0, sizeof(r));
	r.src = HOME;
	ATF_CHECK(!twice_seen(&t, &r, PKT(p_bu_plain), now));
	twice_note(&t, &r, PKT(p_bu_plain), now);
	twice_note(&t, &r, PKT(p_ba_plain), now);
	ATF_CHECK(!twice_seen(&t, &r, PKT(p_bu_h_hao), now));
	ATF_CHECK(twice_seen(&t, &r, PKT(p_bu_plain), now));
	ATF_CHECK(!twice_seen(&t, &r, PKT(p_bu_plain), now));
	now.ns += TWICE_LIFETIME + 1;
	ATF_CHECK(!twice_seen(&t, &r, PKT(p_ba_plain), now));
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, home_agent_out);
	ATF_TP_ADD_TC(tp, home_agent_unreachable);
	ATF_TP_ADD_TC(tp, home_agents_anycast);
	ATF_TP_ADD_TC(tp, size);
	ATF_TP_ADD_TC(tp, limit);
	ATF_TP_ADD_TC(tp, mobile_node_out);
	ATF_TP_ADD_TC(tp, silence);
	ATF_TP_ADD_TC(tp, pings);
	ATF_TP_ADD_TC(tp, home_test_init);
	ATF_TP_ADD_TC(tp, pairs);
	ATF_TP_ADD_TC(tp, ecn);
	ATF_TP_ADD_TC(tp, merged);
	ATF_TP_ADD_TC(tp, relayed);
	ATF_TP_ADD_TC(tp, icmp6_dispatch);
	ATF_TP_ADD_TC(tp, refused);
	ATF_TP_ADD_TC(tp, refused_pairs);
	ATF_TP_ADD_TC(tp, table);
	ATF_TP_ADD_TC(tp, prefixes);
	ATF_TP_ADD_TC(tp, paths);
	ATF_TP_ADD_TC(tp, resync);
	ATF_TP_ADD_TC(tp, resync_owners);
	ATF_TP_ADD_TC(tp, crowd);
	ATF_TP_ADD_TC(tp, role_goes);
	ATF_TP_ADD_TC(tp, bound);
	ATF_TP_ADD_TC(tp, pmtu);
	ATF_TP_ADD_TC(tp, send_too_big);
	ATF_TP_ADD_TC(tp, groups);
	ATF_TP_ADD_TC(tp, groups_full);
	ATF_TP_ADD_TC(tp, twice);
	return (atf_no_error());
}
