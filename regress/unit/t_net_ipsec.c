/*
 * net/ipsec.c, protect.c, spi.c and homes.c: Mobility Headers that the
 * kernel's IPsec protects.  What must not pass without it does not.
 */
#include <atf-c.h>

#include "net_lab.h"
#include "net_packets.inc"
#include "wire/icmp6.h"
#include "wire/mh.h"

#define SPI	0x1234		/* of the ESP packets */

static struct lab	 l;
static uint8_t		 out_mem[8192];
static struct pkt	 out = { .buf = out_mem };

static void
setup(enum conf_protect protect)
{
	lab_init(&l, ALL_ROLES, true);
	lab_ipsec(&l, protect);
}

static bool
is(const struct in6_addr *a, struct in6_addr b)
{
	return (in6_eq(a, &b));
}

/* A packet with other addresses; the checksum is not made right. */
static void
readdress(uint8_t *p, struct in6_addr src, struct in6_addr dst)
{
	memcpy(p + IP6_OFF_SRC, &src, sizeof(src));
	memcpy(p + IP6_OFF_DST, &dst, sizeof(dst));
}

static enum dp_verdict
mh_out(enum role role, uint8_t type, struct in6_addr src, struct in6_addr dst,
    struct in6_addr home, uint8_t flags)
{
	static uint8_t		 mh[16] = { IP6_P_NONE, 1 };
	struct msg_mh_out	 m;

	memset(&m, 0, sizeof(m));
	mh[MH_OFF_TYPE] = type;
	m.src = src;
	m.dst = dst;
	m.home = home;
	m.ifindex = 7;
	m.flags = flags | PKT_PROTECTED;
	m.mh.p = mh;
	m.mh.len = sizeof(mh);
	dp_out_init(&l.o);
	return (lab_note(&l, dp_mh_out(&l.dp, role, &m, &out, sizeof(out_mem),
	    l.now, &l.o), &out));
}

static enum dp_verdict
icmp6_out(enum role role, uint8_t type, struct in6_addr src,
    struct in6_addr dst, struct in6_addr home, uint8_t flags)
{
	static uint8_t		 icmp6[8];
	struct msg_icmp6_out	 m;

	memset(&m, 0, sizeof(m));
	icmp6[0] = type;
	m.src = src;
	m.dst = dst;
	m.home = home;
	m.ifindex = 7;
	m.flags = flags | PKT_PROTECTED;
	m.icmp6.p = icmp6;
	m.icmp6.len = sizeof(icmp6);
	dp_out_init(&l.o);
	return (lab_note(&l, dp_icmp6_out(&l.dp, role, &m, &out,
	    sizeof(out_mem), l.now, &l.o), &out));
}

/* To the kernel with the addresses that its policies are about. */
static void
check_kernel(struct in6_addr src, struct in6_addr dst, uint8_t proto,
    size_t len)
{
	const uint8_t	*p = pkt_data(&out);
	struct in6_addr	 a = ip6_src(p), b = ip6_dst(p);

	ATF_CHECK(in6_eq(&a, &src));
	ATF_CHECK(in6_eq(&b, &dst));
	ATF_CHECK_EQ(proto, p[IP6_OFF_NEXT]);
	ATF_CHECK_EQ(IP6_HDRLEN + len, out.len);
}

/* A mobile node's Binding Update away from home and at home. */
ATF_TC_WITHOUT_HEAD(mobile_node_out);
ATF_TC_BODY(mobile_node_out, tc)
{
	setup(PROTECT_NONE);
	ATF_CHECK_EQ(DP_KERNEL, mh_out(ROLE_MN, MH_BU, COA2, HA2, HOME2,
	    PKT_HAO));
	ATF_CHECK_EQ(NC_MH_OUT, l.o.why);
	check_kernel(HOME2, HA2, IP6_P_MH, 16);
	ATF_CHECK_EQ(DP_SEND, lab_tun(&l, PKT(p_tun_esp_to_ha2)));
	ATF_CHECK_EQ(NC_ESP_OUT, l.o.why);
	ATF_CHECK_EQ(7, l.o.ifindex);
	ATF_CHECK(lab_is(&l, PKT(p_tun_esp_to_ha2_hao)));
	/* The newest counts: another care-of address, then none. */
	ATF_CHECK_EQ(DP_KERNEL, mh_out(ROLE_MN, MH_BU, addr("2001:db8:f3::1"),
	    HA2, HOME2, PKT_HAO));
	ATF_CHECK_EQ(DP_SEND, lab_tun(&l, PKT(p_tun_esp_to_ha2)));
	ATF_CHECK(!lab_is(&l, PKT(p_tun_esp_to_ha2_hao)));
	ATF_CHECK_EQ(DP_KERNEL, mh_out(ROLE_MN, MH_BU, HOME2, HA2, HOME2, 0));
	ATF_CHECK_EQ(DP_SEND, lab_tun(&l, PKT(p_tun_esp_to_ha2)));
	ATF_CHECK_EQ(NC_ESP_OUT, l.o.why);
	ATF_CHECK(lab_is(&l, PKT(p_tun_esp_to_ha2)));
	/* Known for two seconds; then it is what the tunnel makes of it. */
	l.now.ns += PROTECT_OUT - 1;
	lab_tun(&l, PKT(p_tun_esp_to_ha2));
	ATF_CHECK_EQ(NC_ESP_OUT, l.o.why);
	l.now.ns++;
	ATF_CHECK_EQ(DP_SEND, lab_tun(&l, PKT(p_tun_esp_to_ha2)));
	ATF_CHECK_EQ(NC_HAO_OUT, l.o.why);
	lab_free(&l);
}

/* A Binding Acknowledgement; ESP is sent without a binding, too. */
ATF_TC_WITHOUT_HEAD(home_agent_out);
ATF_TC_BODY(home_agent_out, tc)
{
	uint8_t		 esp[sizeof(p_esp_hao_plain)];
	struct ip6_walk	 w;
	struct in6_addr	 a;

	lab_init(&l, ALL_ROLES, false);
	lab_ipsec(&l, PROTECT_NONE);
	memcpy(esp, PKT(p_esp_hao_plain));
	readdress(esp, HA, HOME);
	ATF_CHECK_EQ(DP_DROP, lab_tun(&l, PKT(esp)));
	ATF_CHECK_EQ(NC_UNREACHABLE, l.o.why);
	ATF_CHECK_EQ(DP_KERNEL, mh_out(ROLE_HA, MH_BA, HA, COA, HOME,
	    PKT_RH2));
	check_kernel(HA, HOME, IP6_P_MH, 16);
	ATF_CHECK_EQ(DP_SEND, lab_tun(&l, PKT(esp)));
	ATF_CHECK_EQ(NC_ESP_OUT, l.o.why);
	ATF_CHECK_EQ(7, l.o.ifindex);
	ATF_REQUIRE_EQ(IP6_OK, ip6_walk(&w, pkt_data(&l.p), l.p.len, 0));
	ATF_CHECK(w.rh2 != 0 && w.hao == 0 && w.spi == SPI);
	a = ip6_dst(pkt_data(&l.p));
	ATF_CHECK(is(&a, COA));
	a = ip6_rh2_addr(&w);
	ATF_CHECK(is(&a, HOME));
	/* at home */
	ATF_CHECK_EQ(DP_KERNEL, mh_out(ROLE_HA, MH_BA, HA, HOME, HOME, 0));
	ATF_CHECK_EQ(DP_SEND, lab_tun(&l, PKT(esp)));
	ATF_CHECK(lab_is(&l, PKT(esp)));
	/* The other direction is another thing. */
	ATF_CHECK_EQ(DP_DROP, lab_tun(&l, PKT(p_esp_hao_plain)));
	l.now.ns += PROTECT_OUT;
	ATF_CHECK_EQ(DP_DROP, lab_tun(&l, PKT(esp)));
	lab_free(&l);
}

/* Prefix discovery goes the same way (RFC 6275 5.4), and nothing else. */
ATF_TC_WITHOUT_HEAD(prefix_discovery);
ATF_TC_BODY(prefix_discovery, tc)
{
	uint8_t	 mps[8] = { ICMP6_T_MPS };

	setup(PROTECT_NONE);
	ATF_CHECK_EQ(DP_KERNEL, icmp6_out(ROLE_MN, ICMP6_T_MPS, COA2, HA2,
	    HOME2, PKT_HAO));
	ATF_CHECK_EQ(NC_ICMP6_OUT, l.o.why);
	check_kernel(HOME2, HA2, IP6_P_ICMPV6, 8);
	ATF_CHECK_EQ(DP_SEND, lab_tun(&l, PKT(p_tun_esp_to_ha2)));
	ATF_CHECK(lab_is(&l, PKT(p_tun_esp_to_ha2_hao)));
	ATF_CHECK_EQ(DP_KERNEL, icmp6_out(ROLE_HA, ICMP6_T_MPA, HA, COA, HOME,
	    PKT_RH2));
	ATF_CHECK_EQ(DP_DROP, icmp6_out(ROLE_MN, ICMP6_T_NS, COA2, HA2, HOME2,
	    PKT_HAO));
	ATF_CHECK_EQ(NC_REFUSED, l.o.why);
	ATF_CHECK_EQ(DP_DROP, icmp6_out(ROLE_MN, ICMP6_T_MPS, COA2, HA, HOME2,
	    PKT_HAO));
	/* What came decrypted from a node that is away. */
	lab_spi(&l, SPI, HOME, SPI_IS);
	ATF_CHECK_EQ(DP_INJECT, lab_capture(&l, PKT(p_esp_hao)));
	ATF_CHECK_EQ(DP_ENGINE, lab_icmp6(&l, HOME, HA, 64, PKT(mps)));
	ATF_CHECK_EQ(PKT_HAO, l.o.icmp6.flags);
	ATF_CHECK(is(&l.o.icmp6.src, COA));
	ATF_CHECK(is(&l.o.icmp6.home, HOME));
	lab_free(&l);
}

/* Whose messages are to be protected: the closed list. */
ATF_TC_WITHOUT_HEAD(refused);
ATF_TC_BODY(refused, tc)
{
	static const uint8_t	 all[] = { 0, PKT_HAO, PKT_RH2,
				    PKT_HAO | PKT_RH2 };
	size_t			 i;

	setup(PROTECT_NONE);
	/* another home agent, another home, a care-of address that is none */
	ATF_CHECK_EQ(DP_DROP, mh_out(ROLE_MN, MH_BU, COA2, HA, HOME2,
	    PKT_HAO));
	ATF_CHECK_EQ(NC_REFUSED, l.o.why);
	ATF_CHECK_EQ(DP_DROP, mh_out(ROLE_MN, MH_BU, COA2, HA2, HOME,
	    PKT_HAO));
	ATF_CHECK_EQ(DP_DROP, mh_out(ROLE_MN, MH_BU, COA2, HA2, HOME2, 0));
	ATF_CHECK_EQ(DP_DROP, mh_out(ROLE_MN, MH_BU, addr("fe80::1"), HA2,
	    HOME2, PKT_HAO));
	/* not from our address, no node of ours */
	ATF_CHECK_EQ(DP_DROP, mh_out(ROLE_HA, MH_BA, CN, COA, HOME, PKT_RH2));
	ATF_CHECK_EQ(DP_DROP, mh_out(ROLE_HA, MH_BA, HA, COA,
	    addr("2001:db8:1::101"), PKT_RH2));
	ATF_CHECK_EQ(DP_DROP, mh_out(ROLE_HA, MH_BA, HA, COA, HOME2,
	    PKT_RH2));
	ATF_CHECK_EQ(DP_DROP, mh_out(ROLE_HA, MH_BA, HA, COA, HOME, 0));
	for (i = 0; i < sizeof(all); i++)
		ATF_CHECK_EQ(DP_DROP, mh_out(ROLE_CN, MH_BA, HA, COA, HOME,
		    all[i]));
	/* Nothing was noted. */
	ATF_CHECK_EQ(0, l.dp.sent.n);
	/* Without IPsec there is nothing to protect it: not in the clear. */
	lab_free(&l);
	lab_init(&l, ALL_ROLES, true);
	ATF_CHECK_EQ(DP_DROP, mh_out(ROLE_MN, MH_BU, COA2, HA2, HOME2,
	    PKT_HAO));
	ATF_CHECK_EQ(DP_DROP, mh_out(ROLE_HA, MH_BA, HA, COA, HOME, PKT_RH2));
	lab_free(&l);
	/* A discovered home agent is one of the home prefix. */
	lab_init(&l, ALL_ROLES, true);
	l.home.discover = true;
	l.home.prefix.addr = addr("2001:db8:2::");
	l.home.prefix.len = 64;
	lab_ipsec(&l, PROTECT_NONE);
	ATF_CHECK_EQ(DP_KERNEL, mh_out(ROLE_MN, MH_BU, COA2, HA2, HOME2,
	    PKT_HAO));
	ATF_CHECK_EQ(DP_DROP, mh_out(ROLE_MN, MH_BU, COA2, CN, HOME2,
	    PKT_HAO));
	ATF_CHECK_EQ(DP_DROP, mh_out(ROLE_MN, MH_BU, COA2, HOME2, HOME2,
	    PKT_HAO));
	lab_free(&l);
}

/* A Home Test Init of a mobile node to the correspondent, by the tunnel. */
static enum dp_verdict
home_test_init(struct in6_addr home)
{
	static uint8_t		 mh[16] = { IP6_P_NONE, 1, MH_HOTI };
	struct msg_mh_out	 m;

	memset(&m, 0, sizeof(m));
	m.src = home;
	m.dst = CN;
	m.flags = PKT_TUNNEL;
	m.mh.p = mh;
	m.mh.len = sizeof(mh);
	dp_out_init(&l.o);
	return (lab_note(&l, dp_mh_out(&l.dp, ROLE_MN, &m, &out,
	    sizeof(out_mem), l.now, &l.o), &out));
}

/*
 * RFC 6275 5.2.5: it is for the kernel's tunnel of ESP.  If that is not there
 * it comes by the tun, and does not leave.
 */
ATF_TC_WITHOUT_HEAD(home_test_init_out);
ATF_TC_BODY(home_test_init_out, tc)
{
	static const enum conf_protect	 all[] = { PROTECT_RR,
	    PROTECT_PAYLOAD };
	uint8_t				 clear[IP6_HDRLEN + 16];
	size_t				 i;

	for (i = 0; i < sizeof(all) / sizeof(all[0]); i++) {
		setup(all[i]);
		ATF_CHECK_EQ(DP_KERNEL_TUNNEL, home_test_init(HOME2));
		ATF_CHECK_EQ(NC_MH_OUT, l.o.why);
		check_kernel(HOME2, CN, IP6_P_MH, 16);
		ATF_REQUIRE_EQ(sizeof(clear), out.len);
		memcpy(clear, pkt_data(&out), sizeof(clear));
		ATF_CHECK_EQ(DP_DROP, lab_tun(&l, clear, sizeof(clear)));
		ATF_CHECK_EQ(NC_CLEAR, l.o.why);
		/* Nor while there is no tunnel for anything. */
		ATF_REQUIRE(lab_bind(&l, ROLE_MN, HOME2, COA2, HA2, 0));
		ATF_CHECK_EQ(DP_DROP, home_test_init(HOME2));
		ATF_CHECK_EQ(NC_INACTIVE, l.o.why);
		ATF_CHECK_EQ(DP_DROP, home_test_init(HOME));
		ATF_CHECK_EQ(NC_REFUSED, l.o.why);
		lab_free(&l);
		lab_init(&l, ALL_ROLES, false);
		lab_ipsec(&l, all[i]);
		ATF_CHECK_EQ(DP_DROP, home_test_init(HOME2));
		ATF_CHECK_EQ(NC_REFUSED, l.o.why);
		lab_free(&l);
	}
	setup(PROTECT_NONE);
	ATF_CHECK_EQ(DP_SEND, home_test_init(HOME2));
	ATF_CHECK_EQ(IP6_P_IPV6, pkt_data(&out)[IP6_OFF_NEXT]);
	lab_free(&l);
}

/*
 * Payload with an HAO or RH2 (RFC 6275 11.3.1, 9.3.2) that is to be in ESP: if
 * it was, the kernel has it, and of what we would hand back it would not know.
 */
ATF_TC_WITHOUT_HEAD(payload_options);
ATF_TC_BODY(payload_options, tc)
{
	static const enum conf_protect	 others[] = { PROTECT_NONE,
	    PROTECT_RR };
	size_t				 i;

	setup(PROTECT_PAYLOAD);
	ATF_CHECK_EQ(DP_PASS, lab_capture(&l, PKT(p_udp_hao)));
	ATF_CHECK_EQ(NC_LEFT_TO_IPSEC, l.o.why);
	ATF_CHECK_EQ(0, l.o.reply.len);
	ATF_CHECK_EQ(DP_PASS, lab_capture(&l, PKT(p_udp_rh2)));
	ATF_CHECK_EQ(NC_LEFT_TO_IPSEC, l.o.why);
	/* Where the node is not it is not bound, whatever protects it. */
	ATF_CHECK_EQ(DP_DROP, lab_capture(&l, PKT(p_udp_hao_stranger)));
	ATF_CHECK_EQ(NC_NO_BINDING, l.o.why);
	lab_free(&l);
	for (i = 0; i < sizeof(others) / sizeof(others[0]); i++) {
		setup(others[i]);
		ATF_CHECK_EQ(DP_INJECT, lab_capture(&l, PKT(p_udp_hao)));
		ATF_CHECK_EQ(DP_INJECT, lab_capture(&l, PKT(p_udp_rh2)));
		lab_free(&l);
	}
}

/* Decrypted by the kernel, it gets back what the shim took off. */
ATF_TC_WITHOUT_HEAD(home_agent_in);
ATF_TC_BODY(home_agent_in, tc)
{
	setup(PROTECT_NONE);
	lab_spi(&l, SPI, HOME, SPI_IS);
	ATF_CHECK_EQ(DP_INJECT, lab_capture(&l, PKT(p_esp_hao)));
	ATF_CHECK_EQ(NC_REWRITTEN, l.o.why);
	ATF_CHECK(lab_is(&l, PKT(p_esp_hao_plain)));
	ATF_CHECK_EQ(DP_ENGINE, lab_raw_mh(&l, PKT(p_bu_plain),
	    PKT_PROTECTED));
	ATF_CHECK_EQ(ROLE_BIT(ROLE_HA), l.o.to);
	ATF_CHECK_EQ(PKT_PROTECTED | PKT_HAO, l.o.mh.flags);
	ATF_CHECK(is(&l.o.mh.src, COA));
	ATF_CHECK(is(&l.o.mh.dst, HA));
	ATF_CHECK(is(&l.o.mh.home, HOME));
	ATF_CHECK_EQ(2, l.o.mh.ifindex);
	/* What was not protected has no part in it. */
	ATF_CHECK_EQ(DP_ENGINE, lab_raw_mh(&l, PKT(p_bu_plain), 0));
	ATF_CHECK_EQ(0, l.o.mh.flags);
	ATF_CHECK(is(&l.o.mh.src, HOME));
	/* Long after it: this one came from home. */
	l.now.ns += PROTECT_IN;
	ATF_CHECK_EQ(DP_ENGINE, lab_raw_mh(&l, PKT(p_bu_plain),
	    PKT_PROTECTED));
	ATF_CHECK_EQ(PKT_PROTECTED, l.o.mh.flags);
	ATF_CHECK(is(&l.o.mh.src, HOME));
	/* In the clear with an HAO it is for the engine to refuse. */
	ATF_CHECK_EQ(DP_ENGINE, lab_capture(&l, PKT(p_bu_h_hao)));
	ATF_CHECK_EQ(PKT_HAO, l.o.mh.flags);
	lab_free(&l);
}

/* A rule that swallows what is handed to the kernel is found out by that. */
ATF_TC_WITHOUT_HEAD(handed_in_vain);
ATF_TC_BODY(handed_in_vain, tc)
{
	static const int	 after[] = { 0, 1, 2, 4 };
	size_t			 i;

	setup(PROTECT_NONE);
	lab_spi(&l, SPI, HOME, SPI_IS);
	for (i = 0; i < sizeof(after) / sizeof(after[0]); i++) {
		ATF_CHECK(!dp_handed_in_vain(&l.dp, l.now));
		l.now.ns += SEC(after[i]);
		ATF_CHECK_EQ(DP_INJECT, lab_capture(&l, PKT(p_esp_hao)));
	}
	ATF_CHECK(dp_handed_in_vain(&l.dp, l.now));
	ATF_CHECK(is(&l.dp.handed.home, HOME));
	/* A message in the clear is none of these. */
	lab_raw_mh(&l, PKT(p_bu_plain), 0);
	ATF_CHECK(dp_handed_in_vain(&l.dp, l.now));
	lab_raw_mh(&l, PKT(p_bu_plain), PKT_PROTECTED);
	ATF_CHECK(!dp_handed_in_vain(&l.dp, l.now));
	/* Many at once say nothing: they take time. */
	for (i = 0; i < 20; i++)
		lab_capture(&l, PKT(p_esp_hao));
	ATF_CHECK(!dp_handed_in_vain(&l.dp, l.now));
	lab_free(&l);
}

ATF_TC_WITHOUT_HEAD(mobile_node_in);
ATF_TC_BODY(mobile_node_in, tc)
{
	uint8_t	 other[sizeof(p_esp_rh2)];

	setup(PROTECT_NONE);
	/* Not from the home agent: decrypted or not, it is not taken for it. */
	memcpy(other, PKT(p_esp_rh2));
	readdress(other, CN, COA2);
	ATF_CHECK_EQ(DP_INJECT, lab_capture(&l, PKT(other)));
	ATF_CHECK_EQ(0, l.dp.seen.n);
	ATF_CHECK_EQ(DP_INJECT, lab_capture(&l, PKT(p_esp_rh2)));
	ATF_CHECK(lab_is(&l, PKT(p_esp_rh2_plain)));
	ATF_CHECK_EQ(DP_ENGINE, lab_raw_mh(&l, PKT(p_ba_plain),
	    PKT_PROTECTED));
	ATF_CHECK_EQ(ROLE_BIT(ROLE_MN), l.o.to);
	ATF_CHECK_EQ(PKT_PROTECTED | PKT_RH2, l.o.mh.flags);
	ATF_CHECK(is(&l.o.mh.src, HA2));
	ATF_CHECK(is(&l.o.mh.dst, COA2));
	ATF_CHECK(is(&l.o.mh.home, HOME2));
	l.now.ns += PROTECT_IN;
	ATF_CHECK_EQ(DP_ENGINE, lab_raw_mh(&l, PKT(p_ba_plain),
	    PKT_PROTECTED));
	ATF_CHECK_EQ(PKT_PROTECTED, l.o.mh.flags);
	lab_free(&l);
}

/* An SPI is good for its home address and no other. */
ATF_TC_WITHOUT_HEAD(spi_of_another);
ATF_TC_BODY(spi_of_another, tc)
{
	struct in6_addr	 other = addr("2001:db8:1::101");

	setup(PROTECT_NONE);
	lab_spi(&l, SPI, other, SPI_IS);
	ATF_CHECK_EQ(DP_DROP, lab_capture(&l, PKT(p_esp_hao)));
	ATF_CHECK_EQ(NC_WRONG_SPI, l.o.why);
	ATF_CHECK_EQ(SPI, l.o.ask.spi);
	ATF_CHECK(is(&l.o.ask.home, HOME));
	ATF_CHECK_EQ(0, l.dp.seen.n);
	/* It passes to this one; the end of the other changes nothing. */
	lab_spi(&l, SPI, HOME, SPI_IS);
	lab_spi(&l, SPI, other, SPI_GONE);
	ATF_CHECK_EQ(DP_INJECT, lab_capture(&l, PKT(p_esp_hao)));
	lab_spi(&l, SPI, other, SPI_UNKNOWN);
	ATF_CHECK_EQ(DP_INJECT, lab_capture(&l, PKT(p_esp_hao)));
	/* Who tells of them is new: what is not told again is not there. */
	lab_spi(&l, SPI + 1, HOME, SPI_IS);
	lab_spi(&l, 0, in6addr_any, SPI_AGE);
	ATF_CHECK_EQ(DP_INJECT, lab_capture(&l, PKT(p_esp_hao)));
	lab_spi(&l, SPI, HOME, SPI_IS);
	lab_spi(&l, 0, in6addr_any, SPI_FORGET);
	ATF_CHECK_EQ(DP_INJECT, lab_capture(&l, PKT(p_esp_hao)));
	ATF_CHECK_EQ(1, l.dp.spis.tab.count);
	lab_spi(&l, 0, in6addr_any, SPI_AGE);
	lab_spi(&l, 0, in6addr_any, SPI_FORGET);
	ATF_CHECK_EQ(DP_HOLD, lab_capture(&l, PKT(p_esp_hao)));
	lab_spi(&l, SPI, HOME, SPI_IS);
	lab_spi(&l, SPI, HOME, SPI_GONE);
	ATF_CHECK_EQ(DP_HOLD, lab_capture(&l, PKT(p_esp_hao)));
	lab_free(&l);
	/* Nodes without IPsec have no SPIs; those not listed go by default. */
	lab_init(&l, ALL_ROLES, true);
	ATF_CHECK_EQ(DP_INJECT, lab_capture(&l, PKT(p_esp_hao)));
	ATF_CHECK_EQ(0, l.dp.seen.n);
	l.ha.default_auth.type = AUTH_IPSEC;
	ATF_REQUIRE(dp_configure(&l.dp, &l.conf));
	ATF_CHECK_EQ(DP_HOLD, lab_capture(&l, PKT(p_esp_hao)));
	lab_ipsec(&l, PROTECT_NONE);
	l.node.auth.type = AUTH_MN_HA;
	ATF_REQUIRE(dp_configure(&l.dp, &l.conf));
	ATF_CHECK_EQ(DP_INJECT, lab_capture(&l, PKT(p_esp_hao)));
	l.node.auth.type = AUTH_UNSET;
	ATF_REQUIRE(dp_configure(&l.dp, &l.conf));
	ATF_CHECK_EQ(DP_HOLD, lab_capture(&l, PKT(p_esp_hao)));
	lab_free(&l);
}

/* What net.c does with what was held. */
static enum dp_verdict
look_again(struct held *h)
{
	lab_packet(&l, h->buf + PKT_HEADROOM, h->len);
	spis_release(&l.dp.spis, h);
	return (dp_capture(&l.dp, &l.p, &h->vnet, h->ifindex,
	    l.now, &l.o));
}

ATF_TC_WITHOUT_HEAD(spi_unknown);
ATF_TC_BODY(spi_unknown, tc)
{
	struct in6_addr	 home = HOME;
	struct held	*h;
	int		 i;

	setup(PROTECT_NONE);
	/* Held, asked for once, four at most; and let go when it is known. */
	for (i = 0; i < HOLD_PER_SPI; i++) {
		ATF_CHECK_EQ(DP_HOLD, lab_capture(&l, PKT(p_esp_hao)));
		ATF_CHECK_EQ(NC_HELD, l.o.why);
		ATF_CHECK_EQ(i == 0, l.o.asks);
		ATF_CHECK_EQ(SPI, l.o.ask.spi);
		ATF_CHECK(is(&l.o.ask.home, HOME));
	}
	ATF_CHECK_EQ(DP_DROP, lab_capture(&l, PKT(p_esp_hao)));
	ATF_CHECK_EQ(NC_HOLD_FULL, l.o.why);
	ATF_CHECK(!l.o.asks);
	ATF_CHECK_EQ(0, l.dp.seen.n);
	ATF_CHECK(spis_held(&l.dp.spis, SPI + 1, &home) == NULL);
	ATF_REQUIRE(lab_spi(&l, SPI, HOME, SPI_IS));
	for (i = 0; (h = spis_held(&l.dp.spis, SPI, &home)) != NULL; i++) {
		ATF_CHECK_EQ(DP_INJECT, look_again(h));
		ATF_CHECK(lab_is(&l, PKT(p_esp_hao_plain)));
	}
	ATF_CHECK_EQ(HOLD_PER_SPI, i);
	ATF_CHECK_EQ(0, l.dp.spis.nheld);
	ATF_CHECK_EQ(1, l.dp.seen.n);
	/* Nobody's: not asked again for a second. */
	lab_spi(&l, SPI, HOME, SPI_UNKNOWN);
	ATF_CHECK_EQ(DP_DROP, lab_capture(&l, PKT(p_esp_hao)));
	ATF_CHECK_EQ(NC_SPI_UNKNOWN, l.o.why);
	l.now.ns += SPI_NONE_TIME - 1;
	ATF_CHECK_EQ(DP_DROP, lab_capture(&l, PKT(p_esp_hao)));
	l.now.ns++;
	ATF_CHECK_EQ(DP_HOLD, lab_capture(&l, PKT(p_esp_hao)));
	ATF_CHECK(l.o.asks);
	lab_spi(&l, SPI, HOME, SPI_UNKNOWN);
	h = spis_held(&l.dp.spis, SPI, &home);
	ATF_REQUIRE(h != NULL);
	ATF_CHECK_EQ(DP_DROP, look_again(h));
	ATF_CHECK_EQ(NC_SPI_UNKNOWN, l.o.why);
	/* But told at once when there is one. */
	lab_spi(&l, SPI, HOME, SPI_IS);
	ATF_CHECK_EQ(DP_INJECT, lab_capture(&l, PKT(p_esp_hao)));
	lab_free(&l);
}

static enum dp_verdict
with_spi(uint32_t spi)
{
	uint8_t		 p[sizeof(p_esp_hao)];

	memcpy(p, PKT(p_esp_hao));
	p[64] = (uint8_t)(spi >> 24);
	p[65] = (uint8_t)(spi >> 16);
	p[66] = (uint8_t)(spi >> 8);
	p[67] = (uint8_t)spi;
	return (lab_capture(&l, PKT(p)));
}

/* A flood holds no more, and asks no more, than there is room for. */
ATF_TC_WITHOUT_HEAD(flood);
ATF_TC_BODY(flood, tc)
{
	struct in6_addr	 home = HOME;
	struct held	*h;
	uint32_t	 i, n, asked = 0;

	setup(PROTECT_NONE);
	for (i = 0; i < 1000; i++) {
		n = with_spi(i + 1000) == DP_HOLD;
		ATF_CHECK_EQ(i < HOLD_MAX, n);
		ATF_CHECK_EQ(n, l.o.asks);
	}
	ATF_CHECK_EQ(HOLD_MAX, l.dp.spis.nheld);
	l.now.ns += HOLD_TIME - 1;
	ATF_CHECK(spis_overdue(&l.dp.spis, l.now) == NULL);
	l.now.ns++;
	for (n = 0; (h = spis_overdue(&l.dp.spis, l.now)) != NULL; n++)
		spis_release(&l.dp.spis, h);
	ATF_CHECK_EQ(HOLD_MAX, n);
	/* The parent answers at once. */
	for (i = 0; i < 10000; i++) {
		if (with_spi(i + 5000) == DP_HOLD) {
			asked++;
			lab_spi(&l, i + 5000, HOME, SPI_UNKNOWN);
			h = spis_held(&l.dp.spis, i + 5000, &home);
			ATF_REQUIRE(h != NULL);
			spis_release(&l.dp.spis, h);
		} else
			ATF_CHECK_EQ(NC_HOLD_FULL, l.o.why);
		l.now.ns += MS(1) / 10;
	}
	ATF_CHECK_MSG(asked >= ASK_RATE && asked <= ASK_RATE + 2 * ASK_BURST,
	    "%u", asked);
	lab_free(&l);
}

/* Mobility signalling that the kernel did not encrypt does not leave. */
ATF_TC_WITHOUT_HEAD(clear);
ATF_TC_BODY(clear, tc)
{
	uint8_t	 p[sizeof(p_bu_plain)], mps[IP6_HDRLEN + 8] = { 0 };
	struct in6_addr	 a = HOME2, b = HA2;

	setup(PROTECT_NONE);
	memcpy(p, PKT(p_bu_plain));
	readdress(p, HOME2, HA2);
	ATF_CHECK_EQ(DP_DROP, lab_tun(&l, PKT(p)));
	ATF_CHECK_EQ(NC_CLEAR, l.o.why);
	readdress(p, HA, HOME);
	ATF_CHECK_EQ(DP_DROP, lab_tun(&l, PKT(p)));
	ATF_CHECK_EQ(NC_CLEAR, l.o.why);
	ip6_header(mps, &a, &b, IP6_P_ICMPV6, 8, 64, 0, 0);
	mps[IP6_HDRLEN] = ICMP6_T_MPS;
	ATF_CHECK_EQ(DP_DROP, lab_tun(&l, PKT(mps)));
	ATF_CHECK_EQ(NC_CLEAR, l.o.why);
	mps[IP6_HDRLEN] = ICMP6_T_ECHO;
	ATF_CHECK_EQ(DP_SEND, lab_tun(&l, PKT(mps)));
	/* With others than the home agent there is no association. */
	readdress(p, HOME2, CN);
	ATF_CHECK_EQ(DP_SEND, lab_tun(&l, PKT(p)));
	lab_free(&l);
	lab_init(&l, ALL_ROLES, true);
	readdress(p, HOME2, HA2);
	ATF_CHECK_EQ(DP_SEND, lab_tun(&l, PKT(p)));
	lab_free(&l);
}

/* RFC 4877: payload that is to be in an ESP tunnel is in no other. */
ATF_TC_WITHOUT_HEAD(payload);
ATF_TC_BODY(payload, tc)
{
	setup(PROTECT_PAYLOAD);
	ATF_CHECK_EQ(DP_DROP, lab_tunnel(&l, COA, HA, 0,
	    PKT(p_inner_from_home)));
	ATF_CHECK_EQ(NC_CLEAR_TUNNEL, l.o.why);
	ATF_CHECK_EQ(DP_DROP, lab_tunnel(&l, HA2, COA2, 0,
	    PKT(p_inner_to_home2)));
	ATF_CHECK_EQ(NC_CLEAR_TUNNEL, l.o.why);
	ATF_CHECK_EQ(DP_DROP, lab_tun(&l, PKT(p_tun_to_home)));
	ATF_CHECK_EQ(NC_CLEAR, l.o.why);
	ATF_CHECK_EQ(0, l.o.reply.len);
	ATF_CHECK_EQ(DP_DROP, lab_tun(&l, PKT(p_tun_from_home2)));
	ATF_CHECK_EQ(NC_CLEAR, l.o.why);
	ATF_CHECK_EQ(DP_SEND, lab_tun(&l, PKT(p_tun_esp_to_ha2)));
	/* Without a binding it is still said that there is none. */
	ATF_CHECK_EQ(DP_DROP, lab_tun(&l, PKT(p_tun_to_unbound)));
	ATF_CHECK_EQ(NC_UNREACHABLE, l.o.why);
	lab_free(&l);
	setup(PROTECT_NONE);
	ATF_CHECK_EQ(DP_INJECT, lab_tunnel(&l, COA, HA, 0,
	    PKT(p_inner_from_home)));
	ATF_CHECK_EQ(DP_SEND, lab_tun(&l, PKT(p_tun_to_home)));
	lab_free(&l);
}

/* RFC 6275 5.2.5: HoTI and HoT, each on its way. */
ATF_TC_WITHOUT_HEAD(return_routability);
ATF_TC_BODY(return_routability, tc)
{
	uint8_t	 hoti[sizeof(p_hoti_plain)], hot[sizeof(p_hot_plain)];

	setup(PROTECT_RR);
	memcpy(hoti, PKT(p_hoti_plain));
	memcpy(hot, PKT(p_hot_plain));
	readdress(hoti, HOME, CN);
	readdress(hot, HOME, CN);
	ATF_CHECK_EQ(DP_DROP, lab_tunnel(&l, COA, HA, 0, PKT(hoti)));
	ATF_CHECK_EQ(NC_CLEAR_TUNNEL, l.o.why);
	ATF_CHECK_EQ(DP_INJECT, lab_tunnel(&l, COA, HA, 0, PKT(hot)));
	ATF_CHECK_EQ(DP_INJECT, lab_tunnel(&l, COA, HA, 0,
	    PKT(p_inner_from_home)));
	readdress(hoti, CN, HOME);
	readdress(hot, CN, HOME);
	ATF_CHECK_EQ(DP_SEND, lab_tun(&l, PKT(hoti)));
	ATF_CHECK_EQ(DP_DROP, lab_tun(&l, PKT(hot)));
	ATF_CHECK_EQ(NC_CLEAR, l.o.why);
	readdress(hoti, HOME2, CN);
	ATF_CHECK_EQ(DP_DROP, lab_tun(&l, PKT(hoti)));
	ATF_CHECK_EQ(NC_CLEAR, l.o.why);
	readdress(hot, CN, HOME2);
	ATF_CHECK_EQ(DP_DROP, lab_tunnel(&l, HA2, COA2, 0, PKT(hot)));
	ATF_CHECK_EQ(NC_CLEAR_TUNNEL, l.o.why);
	ATF_CHECK_EQ(DP_SEND, lab_tun(&l, PKT(p_tun_from_home2)));
	lab_free(&l);
}

static struct in6_addr
nth(uint32_t i)
{
	struct in6_addr	 a = HOME;

	memcpy(&a.s6_addr[12], &i, sizeof(i));
	return (a);
}

/* Notes expire, and when there are too many the oldest goes. */
ATF_TC_WITHOUT_HEAD(table);
ATF_TC_BODY(table, tc)
{
	static const uint64_t		 key[2] = { 3, 4 };
	struct protect			 t;
	struct protect_pair		 p;
	const struct protect_pair	*found;
	struct in6_addr			 a, agent = HA;
	struct mono			 now = { SEC(1) };
	uint32_t			 i, n = PROTECT_MAX + 1000;

	memset(&p, 0, sizeof(p));
	p.agent = agent;
	ATF_REQUIRE(protect_init(&t, key, SEC(1)));
	for (i = 0; i < n; i++) {
		p.home = nth(i);
		p.ifindex = i;
		ATF_REQUIRE(protect_note(&t, &p, now));
	}
	ATF_CHECK_EQ(PROTECT_MAX, t.n);
	for (i = 0; i < n; i++) {
		a = nth(i);
		found = protect_find(&t, &a, &agent, now);
		ATF_REQUIRE_EQ(i >= 1000, found != NULL);
		ATF_REQUIRE(found == NULL || found->ifindex == i);
	}
	/* Noted again it lasts longer than the others. */
	now.ns += MS(500);
	p.home = nth(1500);
	p.ifindex = 7;
	ATF_REQUIRE(protect_note(&t, &p, now));
	ATF_CHECK_EQ(PROTECT_MAX, t.n);
	now.ns += MS(500);
	p.home = nth(n);
	ATF_REQUIRE(protect_note(&t, &p, now));
	ATF_CHECK_EQ(2, t.n);
	a = nth(1500);
	found = protect_find(&t, &a, &agent, now);
	ATF_REQUIRE(found != NULL);
	ATF_CHECK_EQ(7, found->ifindex);
	now.ns += MS(500);
	ATF_CHECK(protect_find(&t, &a, &agent, now) == NULL);
	protect_free(&t);
}

/* Many homes: each is found, others are not. */
ATF_TC_WITHOUT_HEAD(homes);
ATF_TC_BODY(homes, tc)
{
	static struct conf_node	 nodes[2000];
	static struct in6_addr	 addrs[4000];
	struct ipsec_home	 e;
	struct in6_addr		 a;
	uint32_t		 i;

	setup(PROTECT_NONE);
	for (i = 0; i < 2000; i++) {
		addrs[2 * i] = nth(2 * i);
		addrs[2 * i + 1] = nth(2 * i + 1);
		nodes[i].homes = &addrs[2 * i];
		nodes[i].nhomes = 2;
		nodes[i].auth.type = i % 2 ? AUTH_IPSEC : AUTH_MN_HA;
		nodes[i].ipsec = i % 2 ? &l.node_ipsec : NULL;
	}
	l.ha.nodes = nodes;
	l.ha.nnodes = 2000;
	ATF_REQUIRE(dp_configure(&l.dp, &l.conf));
	for (i = 0; i < 5000; i++) {
		a = nth(i);
		ATF_REQUIRE_EQ(i < 4000 && i / 2 % 2 == 1,
		    homes_find(&l.dp.homes, &a, &e));
	}
	a = nth(2);
	ATF_REQUIRE(homes_find(&l.dp.homes, &a, &e));
	ATF_CHECK(is(&e.agent, HA));
	ATF_CHECK_EQ(ROLE_HA, e.role);
	a = HOME2;
	ATF_REQUIRE(homes_find(&l.dp.homes, &a, &e));
	ATF_CHECK(is(&e.agent, HA2));
	ATF_CHECK_EQ(ROLE_MN, e.role);
	l.ha.nodes = NULL;
	l.ha.nnodes = 0;
	l.home.auth.type = AUTH_NONE;
	ATF_REQUIRE(dp_configure(&l.dp, &l.conf));
	ATF_CHECK(!homes_find(&l.dp.homes, &a, &e));
	lab_free(&l);
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, mobile_node_out);
	ATF_TP_ADD_TC(tp, home_agent_out);
	ATF_TP_ADD_TC(tp, prefix_discovery);
	ATF_TP_ADD_TC(tp, refused);
	ATF_TP_ADD_TC(tp, home_test_init_out);
	ATF_TP_ADD_TC(tp, payload_options);
	ATF_TP_ADD_TC(tp, home_agent_in);
	ATF_TP_ADD_TC(tp, handed_in_vain);
	ATF_TP_ADD_TC(tp, mobile_node_in);
	ATF_TP_ADD_TC(tp, spi_of_another);
	ATF_TP_ADD_TC(tp, spi_unknown);
	ATF_TP_ADD_TC(tp, flood);
	ATF_TP_ADD_TC(tp, clear);
	ATF_TP_ADD_TC(tp, payload);
	ATF_TP_ADD_TC(tp, return_routability);
	ATF_TP_ADD_TC(tp, table);
	ATF_TP_ADD_TC(tp, homes);
	return (atf_no_error());
}
