/*
 * net/shim and net/mh: what becomes of captured and of raw packets.  Each
 * verdict is checked with packets that scapy made, and so are the answers that
 * net gives by itself, with their rates.
 */
#include <atf-c.h>

#include "net_pairs.h"
#include "net_packets.inc"
#include "wire/icmp6.h"
#include "wire/mh.h"

static struct lab	 l;

/* Every packet, what is expected of it, and the packet that should result. */
#define NONE	NULL, 0
static const struct {
	const char		*name;
	const uint8_t		*p;
	size_t			 len;
	enum dp_verdict		 verdict;
	enum net_counter	 why;
	const uint8_t		*want;
	size_t			 want_len;
} captures[] = {
#define ROW(n, v, w, ...)	{ #n, PKT(p_##n), v, w, __VA_ARGS__ }
	ROW(bu_h_hao, DP_ENGINE, NC_MH_IN, NONE),
	ROW(bu_hao, DP_ENGINE, NC_MH_IN, NONE),
	ROW(hoti_hao, DP_ENGINE, NC_MH_IN, NONE),
	ROW(ba_rh2, DP_ENGINE, NC_MH_IN, NONE),
	ROW(bu_both, DP_ENGINE, NC_MH_IN, NONE),
	/* RFC 6275 9.2 */
	ROW(bu_bad_sum, DP_DROP, NC_CHECKSUM, NONE),
	ROW(mh_type_99, DP_DROP, NC_MH_TYPE, NONE),
	ROW(mh_proto_6, DP_DROP, NC_MH_PROTO, NONE),
	ROW(mh_bu_short, DP_DROP, NC_MH_LENGTH, NONE),
	ROW(mh_cut, DP_DROP, NC_MH_SHORT, NONE),
	ROW(mh_fragment, DP_DROP, NC_MH_FRAGMENT, NONE),
	/* RFC 6275 9.3.1, each fragment for itself */
	ROW(udp_hao, DP_INJECT, NC_REWRITTEN, PKT(p_udp_hao_plain)),
	ROW(frag_hao, DP_INJECT, NC_REWRITTEN, PKT(p_frag_hao_plain)),
	ROW(frag_next_hao, DP_INJECT, NC_REWRITTEN,
	    PKT(p_frag_next_hao_plain)),
	ROW(esp_hao, DP_INJECT, NC_REWRITTEN, PKT(p_esp_hao_plain)),
	ROW(udp_hao_stranger, DP_DROP, NC_NO_BINDING, NONE),
	ROW(hao_multicast, DP_DROP, NC_NO_BINDING, NONE),
	ROW(hao_linklocal, DP_DROP, NC_NO_BINDING, NONE),
	/* RFC 6275 6.3 */
	ROW(hao_twice, DP_DROP, NC_BAD_HEADERS, NONE),
	ROW(hao_length, DP_DROP, NC_BAD_HEADERS, NONE),
	/* RFC 6275 11.3.3 */
	ROW(udp_rh2, DP_INJECT, NC_REWRITTEN, PKT(p_udp_rh2_plain)),
	ROW(esp_rh2, DP_INJECT, NC_REWRITTEN, PKT(p_esp_rh2_plain)),
	ROW(rh2_segments, DP_DROP, NC_BAD_HEADERS, NONE),
	ROW(ba_rh2_stranger, DP_DROP, NC_NOT_HOME, NONE),
	ROW(udp_both, DP_INJECT, NC_REWRITTEN, PKT(p_udp_both_plain)),
	/* not ours */
	ROW(hao_forwarded, DP_PASS, NC_MAX, NONE),
	ROW(plain_udp, DP_PASS, NC_MAX, NONE),
	ROW(rh0_udp, DP_PASS, NC_MAX, NONE),
	ROW(dstopts_udp, DP_PASS, NC_MAX, NONE),
	ROW(hbh_dstopts_udp, DP_PASS, NC_MAX, NONE),
};

ATF_TC_WITHOUT_HEAD(verdicts);
ATF_TC_BODY(verdicts, tc)
{
	enum dp_verdict	 v;
	size_t		 i;

	for (i = 0; i < sizeof(captures) / sizeof(captures[0]); i++) {
		lab_init(&l, ALL_ROLES, true);
		ATF_REQUIRE(lab_pair(&l, ROLE_CN, HOME, HOME2, COA,
		    BIND_ACTIVE));
		v = lab_capture(&l, captures[i].p, captures[i].len);
		ATF_CHECK_MSG(v == captures[i].verdict, "%s: verdict %d, %s",
		    captures[i].name, v, l.o.why < NC_MAX ?
		    net_counter_defs[l.o.why].name : "none");
		ATF_CHECK_MSG(l.o.why == captures[i].why, "%s: %s",
		    captures[i].name, l.o.why < NC_MAX ?
		    net_counter_defs[l.o.why].name : "none");
		if (captures[i].want != NULL)
			ATF_CHECK_MSG(lab_is(&l, captures[i].want,
			    captures[i].want_len), "%s: other packet",
			    captures[i].name);
		lab_free(&l);
	}
}

/* A Binding Error from src to dst about home. */
static void
check_whole_be(struct in6_addr src, struct in6_addr dst, struct in6_addr home)
{
	struct in6_addr	 s = ip6_src(l.o.reply.buf), d = ip6_dst(l.o.reply.buf);
	struct mh	 m;

	ATF_REQUIRE(l.o.reply.len > IP6_HDRLEN);
	ATF_CHECK_EQ(NC_BE_OUT, l.o.reply_why);
	ATF_CHECK(in6_eq(&src, &s) && in6_eq(&dst, &d));
	ATF_REQUIRE_EQ(MH_OK, mh_parse(&m, l.o.reply.buf + IP6_HDRLEN,
	    l.o.reply.len - IP6_HDRLEN));
	ATF_CHECK_EQ(MH_BE_UNKNOWN_BINDING, m.u.be.status);
	ATF_CHECK(in6_eq(&home, &m.u.be.home));
}

/* A datagram with these headers, as it would come; the plain one is in p. */
static size_t
between(uint8_t *p, struct in6_addr src, struct in6_addr dst,
    const struct in6_addr *hao, const struct in6_addr *rh2)
{
	struct ip6_walk	 w;

	memset(p, 0, IP6_HDRLEN + 16);
	ip6_header(p, &src, &dst, 17, 16, 64, 0, 0);
	lab_packet(&l, p, IP6_HDRLEN + 16);
	ATF_REQUIRE_EQ(IP6_OK, ip6_walk(&w, pkt_data(&l.p), l.p.len, 0));
	ATF_REQUIRE(hao == NULL || rw_hao_insert(&l.p, &w, hao) == RW_OK);
	ATF_REQUIRE(rh2 == NULL || rw_rh2_insert(&l.p, &w, rh2) == RW_OK);
	return (IP6_HDRLEN + 16);
}

static enum dp_verdict
capture_it(void)
{
	return (lab_note(&l, dp_capture(&l.dp, &l.p, NULL, 2, l.now, &l.o),
	    &l.p));
}

static void
check_told(enum role role, enum tunnel_event event, struct in6_addr home,
    struct in6_addr other)
{
	ATF_REQUIRE_EQ(role, l.o.tunnel_to);
	ATF_CHECK_EQ(event, l.o.tunnel.event);
	ATF_CHECK(in6_eq(&home, &l.o.tunnel.home));
	ATF_CHECK(in6_eq(&other, &l.o.tunnel.other));
}

/*
 * A correspondent's entry is with one of its own addresses (RFC 6275 9.1), and
 * the Binding Error comes from the one that was meant (9.3.3, 11.3.6).
 */
ATF_TC_WITHOUT_HEAD(correspondent);
ATF_TC_BODY(correspondent, tc)
{
	struct in6_addr	 home = addr("2001:db8:3::300"), coa = COA;
	struct in6_addr	 coa2 = COA2, other = addr("2001:db8:f1::11");
	uint8_t		 p[128];
	size_t		 len;

	lab_init(&l, ALL_ROLES, true);
	ATF_REQUIRE(lab_pair(&l, ROLE_CN, home, HA, COA, BIND_ACTIVE));
	len = between(p, home, HA, &coa, NULL);
	ATF_CHECK_EQ(DP_INJECT, capture_it());
	ATF_CHECK(lab_is(&l, p, len));
	ATF_CHECK_EQ(ROLE_MAX, l.o.tunnel_to);
	/* From elsewhere; to another address of ours, also behind an RH2. */
	between(p, home, HA, &other, NULL);
	ATF_CHECK_EQ(DP_DROP, capture_it());
	ATF_CHECK_EQ(NC_NO_BINDING, l.o.why);
	check_whole_be(HA, other, home);
	ATF_CHECK_EQ(2, l.o.reply_by);
	between(p, home, COA2, &coa, NULL);
	ATF_CHECK_EQ(DP_DROP, capture_it());
	check_whole_be(COA2, COA, home);
	between(p, home, HOME2, &coa, &coa2);
	ATF_CHECK_EQ(DP_DROP, capture_it());
	ATF_CHECK_EQ(NC_NO_BINDING, l.o.why);
	check_whole_be(HOME2, COA, home);
	/* The home address is away: the kernel has it go into the tunnel. */
	ATF_CHECK_EQ(0, l.o.reply_by);
	ATF_REQUIRE(lab_pair(&l, ROLE_CN, home, HOME2, COA, BIND_ACTIVE));
	len = between(p, home, HOME2, &coa, &coa2);
	ATF_CHECK_EQ(DP_INJECT, capture_it());
	ATF_CHECK(lab_is(&l, p, len));
	/* A home agent's entry is with its own address, too. */
	coa = COA;
	between(p, HOME, HA, &coa, NULL);
	ATF_CHECK_EQ(DP_INJECT, capture_it());
	between(p, HOME, COA2, &coa, NULL);
	ATF_CHECK_EQ(DP_DROP, capture_it());
	check_whole_be(COA2, COA, HOME);
	/* "Was it used?": once after each bind that begins to ask. */
	len = between(p, home, HA, &coa, NULL);
	ATF_REQUIRE(lab_pair(&l, ROLE_CN, home, HA, COA,
	    BIND_ACTIVE | BIND_NOTIFY));
	between(p, home, HA, &coa, NULL);
	ATF_CHECK_EQ(DP_INJECT, capture_it());
	check_told(ROLE_CN, TUNNEL_FIRST_IN, home, HA);
	between(p, home, HA, &coa, NULL);
	ATF_CHECK_EQ(DP_INJECT, capture_it());
	ATF_CHECK_EQ(ROLE_MAX, l.o.tunnel_to);
	lab_free(&l);
}

/*
 * RFC 6275 11.3.3, 6.4: an RH2 is taken from anybody, if the home address in it
 * is ours; of a bound correspondent it is a sign of progress (11.3.6), of where
 * we are now.
 */
ATF_TC_WITHOUT_HEAD(directly);
ATF_TC_BODY(directly, tc)
{
	struct in6_addr	 coa2 = COA2, home = addr("2001:db8:3::300");
	struct in6_addr	 coa = COA, ha = HA;
	uint8_t		 p[128];
	size_t		 len;

	lab_init(&l, ALL_ROLES, true);
	len = between(p, CN, HOME2, NULL, &coa2);
	ATF_CHECK_EQ(DP_INJECT, capture_it());
	ATF_CHECK(lab_is(&l, p, len));
	ATF_CHECK_EQ(ROLE_MAX, l.o.tunnel_to);
	ATF_REQUIRE(lab_pair(&l, ROLE_MN, HOME2, CN, COA2,
	    BIND_ACTIVE | BIND_NOTIFY));
	/* Another's, and one at another address: taken, but no progress. */
	between(p, addr("2001:db8:c::d"), HOME2, NULL, &coa2);
	ATF_CHECK_EQ(DP_INJECT, capture_it());
	ATF_CHECK_EQ(ROLE_MAX, l.o.tunnel_to);
	between(p, CN, HOME2, NULL, &ha);
	ATF_CHECK_EQ(DP_INJECT, capture_it());
	ATF_CHECK_EQ(ROLE_MAX, l.o.tunnel_to);
	len = between(p, CN, HOME2, NULL, &coa2);
	ATF_CHECK_EQ(DP_INJECT, capture_it());
	ATF_CHECK(lab_is(&l, p, len));
	check_told(ROLE_MN, TUNNEL_FIRST_IN, HOME2, CN);
	/* To an address that is no home address of ours. */
	between(p, CN, HOME, NULL, &coa2);
	ATF_CHECK_EQ(DP_DROP, capture_it());
	ATF_CHECK_EQ(NC_NOT_HOME, l.o.why);
	/* Of a mobile correspondent, which is bound as well: one word each. */
	ATF_REQUIRE(lab_pair(&l, ROLE_MN, HOME2, home, COA2,
	    BIND_ACTIVE | BIND_NOTIFY));
	ATF_REQUIRE(lab_pair(&l, ROLE_CN, home, HOME2, COA,
	    BIND_ACTIVE | BIND_NOTIFY));
	len = between(p, home, HOME2, &coa, &coa2);
	ATF_CHECK_EQ(DP_INJECT, capture_it());
	ATF_CHECK(lab_is(&l, p, len));
	check_told(ROLE_MN, TUNNEL_FIRST_IN, HOME2, home);
	between(p, home, HOME2, &coa, &coa2);
	ATF_CHECK_EQ(DP_INJECT, capture_it());
	check_told(ROLE_CN, TUNNEL_FIRST_IN, home, HOME2);
	lab_free(&l);
}

/*
 * From a mobile correspondent that does not know where we are: by our home
 * agent, in whose tunnel no capture sees the option.
 */
ATF_TC_WITHOUT_HEAD(in_tunnel);
ATF_TC_BODY(in_tunnel, tc)
{
	struct in6_addr	 home = addr("2001:db8:3::300"), coa = COA;
	struct in6_addr	 home2 = HOME2;
	uint8_t		 p[128], buf[256];
	struct ip6_walk	 bu;
	size_t		 len, n;
	uint16_t	 sum;

	lab_init(&l, ALL_ROLES, true);
	len = between(p, home, HOME2, &coa, NULL);
	n = l.p.len;
	memcpy(buf, pkt_data(&l.p), n);
	ATF_CHECK_EQ(DP_DROP, lab_tunnel(&l, HA2, COA2, 0, buf, n));
	ATF_CHECK_EQ(NC_NO_BINDING, l.o.why);
	check_whole_be(HOME2, COA, home);
	ATF_CHECK_EQ(0, l.o.reply_by);
	ATF_REQUIRE(lab_pair(&l, ROLE_CN, home, HOME2, COA, BIND_ACTIVE));
	ATF_CHECK_EQ(DP_INJECT, lab_tunnel(&l, HA2, COA2, 0, buf, n));
	ATF_CHECK_EQ(NC_REWRITTEN, l.o.why);
	ATF_CHECK(lab_is(&l, p, len));
	/* Its Binding Update comes that way, too. */
	n = sizeof(p_bu_hao);
	memcpy(buf, p_bu_hao, n);
	memcpy(buf + IP6_OFF_DST, &home2, sizeof(home2));
	ATF_REQUIRE_EQ(IP6_OK, ip6_walk(&bu, buf, n, 0));
	memcpy(buf + bu.hao + 2, &home, sizeof(home));
	memset(buf + bu.upper + MH_OFF_CKSUM, 0, 2);
	sum = mh_checksum(buf + bu.upper, n - bu.upper, &home, &home2);
	buf[bu.upper + MH_OFF_CKSUM] = (uint8_t)(sum >> 8);
	buf[bu.upper + MH_OFF_CKSUM + 1] = (uint8_t)sum;
	ATF_CHECK_EQ(DP_ENGINE, lab_tunnel(&l, HA2, COA2, 0, buf, n));
	ATF_CHECK_EQ(ROLE_BIT(ROLE_CN), l.o.to);
	ATF_CHECK_EQ(PKT_HAO | PKT_TUNNEL, l.o.mh.flags);
	ATF_CHECK(in6_eq(&home2, &l.o.mh.dst));
	lab_free(&l);
}

/*
 * A packet with something else wrong beside an HAO or RH2.  The kernel has it
 * too, and gives it up at the first of them, silently at ours: so it answers
 * itself what stands before, and we what stands behind, once in any case.
 */
#define OPT(type)	type "\6\0\0\0\0\0\0"
#define HAO_OPT		"\xc9\x10\x20\x01\x0d\xb8\0\1\0\0\0\0\0\0\0\0\1\0"
#define DST(next, len)	next len "\1\2\0\0"
#define RH2_HOME2	"\x2\2\1\0\0\0\0\x20\x01\x0d\xb8\0\2\0\0\0\0\0\0\0" \
			"\0\2\0"
#define LEFT(next)	next "\0\xfd\1\0\0\0\0"
#define NO_ANSWER	-1

static const struct {
	const char		*what;
	uint8_t			 next;
	const char		*headers;
	size_t			 len;
	enum dp_verdict		 v;
	int			 code, at;
} firsts[] = {
#define H(next, s)	next, s, sizeof(s) - 1
	{ "unknown option, HAO", H(60, DST("\x3b", "\3") OPT("\x9e")
	    HAO_OPT), DP_PASS, NO_ANSWER, 0 },
	{ "unknown hop-by-hop option, HAO", H(0, "\x3c\1\1\4\0\0\0\0"
	    OPT("\x9e") DST("\x3b", "\2") HAO_OPT), DP_PASS, NO_ANSWER, 0 },
	{ "segments left, HAO", H(43, LEFT("\x3c") DST("\x3b", "\2") HAO_OPT),
	    DP_PASS, NO_ANSWER, 0 },
	{ "HAO, segments left", H(60, DST("\x2b", "\2") HAO_OPT LEFT("\x3b")),
	    DP_DROP, 0, 46 },
	{ "RH2, segments left", H(43, "\x2b" RH2_HOME2 LEFT("\x3b")),
	    DP_DROP, 0, 66 },
	{ "segments left of type 4, HAO", H(43, "\x3c\0\4\1\0\0\0\0"
	    DST("\x3b", "\2") HAO_OPT), DP_DROP, 0, 42 },
	{ "segments left of type 4", H(43, "\x3b\0\4\1\0\0\0\0"),
	    DP_PASS, NO_ANSWER, 0 },
	{ "segments left, RH2", H(43, LEFT("\x2b") "\x3b" RH2_HOME2),
	    DP_PASS, NO_ANSWER, 0 },
	{ "HAO, header cut", H(60, DST("\x3c", "\2") HAO_OPT "\x3b\7"),
	    DP_DROP, 0, 64 },
	{ "header cut", H(60, "\x3b\7"), DP_PASS, NO_ANSWER, 0 },
	{ "HAO of 15 octets", H(60, DST("\x3b", "\2") "\xc9\xf\0\0\0\0"
	    "\0\0\0\0\0\0\0\0\0\0\0\0"), DP_DROP, 0, 47 },
	{ "unknown option, HAO of 15 octets", H(60, DST("\x3b", "\3")
	    OPT("\x4f") "\xc9\xf\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0"),
	    DP_PASS, NO_ANSWER, 0 },
	/* What is stripped the kernel sees again, and answers. */
	{ "HAO, unknown option", H(60, DST("\x3b", "\3") HAO_OPT OPT("\x9e")),
	    DP_INJECT, NO_ANSWER, 0 },
};

ATF_TC_WITHOUT_HEAD(who_answers);
ATF_TC_BODY(who_answers, tc)
{
	static const char	 payload[] = "payload";
	struct in6_addr		 src = COA, dst = HA;
	uint8_t			 p[256];
	const uint8_t		*e = l.o.reply.buf + IP6_HDRLEN;
	enum dp_verdict		 v;
	size_t			 i, n;

	for (i = 0; i < sizeof(firsts) / sizeof(firsts[0]); i++) {
		lab_init(&l, ALL_ROLES, true);
		n = firsts[i].len + sizeof(payload);
		if (strstr(firsts[i].what, "cut") != NULL)
			n = firsts[i].len;
		ip6_header(p, &src, &dst, firsts[i].next, (uint16_t)n, 64, 0,
		    0);
		memcpy(p + IP6_HDRLEN, firsts[i].headers, firsts[i].len);
		memcpy(p + IP6_HDRLEN + firsts[i].len, payload,
		    sizeof(payload));
		v = lab_capture(&l, p, IP6_HDRLEN + n);
		ATF_CHECK_MSG(v == firsts[i].v, "%s: verdict %d",
		    firsts[i].what, v);
		if (firsts[i].code == NO_ANSWER)
			ATF_CHECK_MSG(l.o.reply.len == 0, "%s: is answered",
			    firsts[i].what);
		else
			ATF_CHECK_MSG(l.o.reply.len > IP6_HDRLEN + 8 &&
			    e[0] == ICMP6_T_PARAM && e[1] == firsts[i].code &&
			    e[7] == firsts[i].at, "%s: is answered by %d %d "
			    "at %d", firsts[i].what, e[0], e[1], e[7]);
		lab_free(&l);
	}
}

/*
 * RFC 8200 4.2: an option behind the HAO of a Mobility Header, which does not
 * come back to the kernel.
 */
ATF_TC_WITHOUT_HEAD(option_behind_hao);
ATF_TC_BODY(option_behind_hao, tc)
{
	static const struct {
		uint8_t		 type;
		enum dp_verdict	 v;
		bool		 told;
	}		 t[] = {
		{ 0x1e, DP_ENGINE, false }, { 0x5e, DP_DROP, false },
		{ 0x9e, DP_DROP, true }, { 0xde, DP_DROP, true },
	};
	uint8_t		 p[512];
	const uint8_t	*e = l.o.reply.buf + IP6_HDRLEN;
	size_t		 i, len = sizeof(p_bu_h_hao) + 8;

	memcpy(p, p_bu_h_hao, 64);
	memcpy(p + 72, p_bu_h_hao + 64, sizeof(p_bu_h_hao) - 64);
	p[IP6_OFF_PLEN + 1] = (uint8_t)(len - IP6_HDRLEN);
	p[IP6_HDRLEN + 1]++;
	for (i = 0; i < sizeof(t) / sizeof(t[0]); i++) {
		memcpy(p + 64, "\0\6\0\0\0\0\0\0", 8);
		p[64] = t[i].type;
		lab_init(&l, ALL_ROLES, true);
		ATF_CHECK_EQ(t[i].v, lab_capture(&l, p, len));
		ATF_CHECK_EQ(t[i].told, l.o.reply.len > 0);
		if (t[i].told)
			ATF_CHECK(e[0] == ICMP6_T_PARAM && e[1] == 2 &&
			    e[7] == 64);
		lab_free(&l);
	}
}

static void
check_error(uint8_t type, uint8_t code, uint32_t pointer)
{
	const uint8_t	*q = l.o.reply.buf;
	struct in6_addr	 src = ip6_src(q), dst = ip6_dst(q), a;
	struct icmp6	 m;

	ATF_REQUIRE(l.o.reply.len > IP6_HDRLEN + 8);
	ATF_CHECK_EQ(l.o.reply.len - IP6_HDRLEN, ip6_plen(q));
	ATF_CHECK(icmp6_checksum_ok(q + IP6_HDRLEN, ip6_plen(q), &src, &dst));
	ATF_REQUIRE_EQ(ICMP6_OK, icmp6_parse(&m, q + IP6_HDRLEN, ip6_plen(q)));
	ATF_CHECK_EQ(type, m.type);
	ATF_CHECK_EQ(code, m.code);
	ATF_CHECK_EQ(pointer, m.u.err.param);
	ATF_CHECK_EQ(NC_ERRORS_OUT, l.o.reply_why);
	/* To the address on the wire (RFC 6275 9.2), from the one it was to. */
	a = COA;
	ATF_CHECK(in6_eq(&dst, &a));
	a = HA;
	ATF_CHECK(in6_eq(&src, &a));
}

static void
check_be(uint8_t status, struct in6_addr home)
{
	const uint8_t	*q = l.o.reply.buf;
	struct in6_addr	 src = ip6_src(q), dst = ip6_dst(q), a = COA;
	struct mh	 m;

	ATF_REQUIRE(l.o.reply.len == IP6_HDRLEN + 24);
	ATF_CHECK_EQ(IP6_P_MH, q[IP6_OFF_NEXT]);
	ATF_CHECK(mh_checksum_ok(q + IP6_HDRLEN, 24, &src, &dst));
	ATF_REQUIRE_EQ(MH_OK, mh_parse(&m, q + IP6_HDRLEN, 24));
	ATF_CHECK_EQ(MH_BE, m.type);
	ATF_CHECK_EQ(status, m.u.be.status);
	ATF_CHECK(in6_eq(&home, &m.u.be.home));
	ATF_CHECK(in6_eq(&dst, &a));
	a = HA;
	ATF_CHECK(in6_eq(&src, &a));
	ATF_CHECK_EQ(NC_BE_OUT, l.o.reply_why);
}

/* RFC 6275 9.2: what a failed check is answered with, and where it points. */
ATF_TC_WITHOUT_HEAD(answers);
ATF_TC_BODY(answers, tc)
{
	lab_init(&l, ALL_ROLES, true);
	lab_capture(&l, PKT(p_bu_bad_sum));
	ATF_CHECK_EQ(0, l.o.reply.len);
	lab_capture(&l, PKT(p_mh_proto_6));
	check_error(ICMP6_T_PARAM, 0, 40 + 24);
	lab_capture(&l, PKT(p_mh_bu_short));
	check_error(ICMP6_T_PARAM, 0, 40 + 24 + 1);
	lab_capture(&l, PKT(p_mh_type_99));
	check_be(2, HOME);
	lab_capture(&l, PKT(p_hao_multicast));
	check_be(1, addr("ff02::1"));
	lab_bind(&l, ROLE_HA, HOME, HA, addr("2001:db8:f1::11"), BIND_ACTIVE);
	lab_capture(&l, PKT(p_udp_hao));
	ATF_CHECK_EQ(NC_NO_BINDING, l.o.why);
	check_be(1, HOME);
	/* Known but not active: RFC 6275 9.3.1 wants a binding. */
	lab_bind(&l, ROLE_HA, HOME, HA, COA, 0);
	lab_capture(&l, PKT(p_udp_hao));
	check_be(1, HOME);
	lab_free(&l);
}

/* RFC 6275 9.3.3, RFC 4443 2.4 (f): a limit, and it is per second. */
ATF_TC_WITHOUT_HEAD(rate);
ATF_TC_BODY(rate, tc)
{
	uint8_t	 p[sizeof(p_udp_hao)];
	int	 i, n = 0;

	lab_init(&l, ALL_ROLES, false);
	memcpy(p, PKT(p_udp_hao));
	for (i = 0; i < 10000; i++) {
		p[IP6_OFF_SRC + 6] = (uint8_t)(i >> 8);
		p[IP6_OFF_SRC + 7] = (uint8_t)i;
		lab_capture(&l, PKT(p));
		n += l.o.reply.len > 0;
		l.now.ns += MS(1) / 10;
	}
	ATF_CHECK(n >= 100 && n <= 250);
	ATF_CHECK_EQ(NC_LIMITED, l.o.reply_why);
	/* One network, with whatever addresses, gets 20 of these. */
	l.now.ns += SEC(60);
	for (i = 0, n = 0; i < 10000; i++) {
		p[IP6_OFF_SRC + 14] = (uint8_t)(i >> 8);
		p[IP6_OFF_SRC + 15] = (uint8_t)i;
		lab_capture(&l, PKT(p));
		n += l.o.reply.len > 0;
		l.now.ns += MS(1) / 10;
	}
	ATF_CHECK(n >= 20 && n <= 41);
	ATF_CHECK_EQ(NC_LIMITED_ONE, l.o.reply_why);
	/* ... and takes nothing from others. */
	for (i = 0; i < 1000; i++)
		lab_capture(&l, PKT(p));
	p[IP6_OFF_SRC + 7]++;
	lab_capture(&l, PKT(p));
	ATF_CHECK_EQ(NC_BE_OUT, l.o.reply_why);
	ATF_CHECK(l.o.reply.len > 0);
	lab_free(&l);
}

/* An address with this prefix is on a link of the host, or has gone from it. */
static void
on_link(const char *a, uint8_t plen, uint8_t flags)
{
	struct msg_address	 m = { .ifindex = 2, .addr = addr(a),
				    .plen = plen, .flags = flags };

	ATF_REQUIRE(addrs_update(&l.dp.addrs, &m));
}

static enum net_counter
answer_to(const char *src)
{
	uint8_t		 p[sizeof(p_udp_hao)];
	struct in6_addr	 a = addr(src);

	memcpy(p, PKT(p_udp_hao));
	memcpy(p + IP6_OFF_SRC, &a, sizeof(a));
	l.now.ns += SEC(1);
	lab_capture(&l, PKT(p));
	ATF_CHECK_EQ(l.o.reply_why == NC_BE_OUT, l.o.reply.len > 0);
	return (l.o.reply_why);
}

/* RFC 4443 2.4 (e.6): who is known to be several nodes is not answered. */
ATF_TC_WITHOUT_HEAD(anycast);
ATF_TC_BODY(anycast, tc)
{
	lab_init(&l, ALL_ROLES, false);
	on_link("2001:db8:f1::7", 64, 0);
	ATF_CHECK_EQ(NC_BE_OUT, answer_to("2001:db8:f1::1"));
	ATF_CHECK_EQ(NC_NO_ANSWER, answer_to("2001:db8:f1::"));
	ATF_CHECK_EQ(NC_BE_OUT, answer_to("2001:db8:f3::"));
	/* Two addresses of one link, of which one goes; another prefix. */
	on_link("2001:db8:f1::8", 64, 0);
	on_link("2001:db8:f1::7", 64, ADDR_GONE);
	ATF_CHECK_EQ(NC_NO_ANSWER, answer_to("2001:db8:f1::"));
	on_link("2001:db8:f1::8", 120, 0);
	ATF_CHECK_EQ(NC_NO_ANSWER, answer_to("2001:db8:f1::"));
	on_link("2001:db8:f1::8", 127, 0);
	ATF_CHECK_EQ(NC_BE_OUT, answer_to("2001:db8:f1::"));
	/*
	 * Routers and home agents of a home link, which may be a virtual one.
	 */
	ATF_CHECK_EQ(NC_NO_ANSWER, answer_to("2001:db8:1::"));
	ATF_CHECK_EQ(NC_NO_ANSWER,
	    answer_to("2001:db8:1:0:fdff:ffff:ffff:fffe"));
	ATF_CHECK_EQ(NC_BE_OUT, answer_to("2001:db8:1::77"));
	/* No answer from what is not ours any more. */
	lab_bind(&l, ROLE_HA, HOME, HA, COA, BIND_ACTIVE);
	on_link("2001:db8:1::1", 64, ADDR_GONE);
	ATF_CHECK_EQ(DP_DROP, lab_tun(&l, PKT(p_tun_to_home_1461)));
	ATF_CHECK_EQ(NC_NO_SOURCE, l.o.reply_why);
	ATF_CHECK_EQ(0, l.o.reply.len);
	lab_free(&l);
}

/* What an engine is told of a message, and which one. */
ATF_TC_WITHOUT_HEAD(told);
ATF_TC_BODY(told, tc)
{
	struct in6_addr	 a;

	lab_init(&l, ALL_ROLES, true);
	lab_capture(&l, PKT(p_bu_h_hao));
	ATF_CHECK_EQ(ROLE_BIT(ROLE_HA), l.o.to);
	ATF_CHECK_EQ(MSG_MH_IN, l.o.type);
	ATF_CHECK_EQ(PKT_HAO, l.o.mh.flags);
	a = COA;
	ATF_CHECK(in6_eq(&a, &l.o.mh.src));
	a = HOME;
	ATF_CHECK(in6_eq(&a, &l.o.mh.home));
	ATF_CHECK_EQ(60, l.o.mh.hlim);
	ATF_CHECK_EQ(2, l.o.mh.ifindex);
	ATF_CHECK_EQ(sizeof(p_bu_h_hao) - 64, l.o.mh.mh.len);
	lab_capture(&l, PKT(p_ba_rh2));
	ATF_CHECK_EQ(ROLE_BIT(ROLE_MN), l.o.to);
	ATF_CHECK_EQ(PKT_RH2, l.o.mh.flags);
	a = HOME2;
	ATF_CHECK(in6_eq(&a, &l.o.mh.home));
	a = COA2;
	ATF_CHECK(in6_eq(&a, &l.o.mh.dst));
	/*
	 * From one mobile node to another: as if it came to the home address.
	 */
	lab_capture(&l, PKT(p_bu_both));
	ATF_CHECK_EQ(PKT_HAO, l.o.mh.flags);
	a = HOME2;
	ATF_CHECK(in6_eq(&a, &l.o.mh.dst));
	a = HOME;
	ATF_CHECK(in6_eq(&a, &l.o.mh.home));
	lab_free(&l);
}

/* Each message once: with HAO or RH2 by the capture, else by the socket. */
ATF_TC_WITHOUT_HEAD(raw);
ATF_TC_BODY(raw, tc)
{
	lab_init(&l, ALL_ROLES, true);
	ATF_CHECK_EQ(DP_ENGINE, lab_raw_mh(&l, PKT(p_bu_plain), 0));
	ATF_CHECK_EQ(ROLE_BIT(ROLE_HA), l.o.to);
	ATF_CHECK_EQ(0, l.o.mh.flags);
	ATF_CHECK_EQ(DP_ENGINE, lab_raw_mh(&l, PKT(p_bu_plain),
	    PKT_PROTECTED));
	ATF_CHECK_EQ(PKT_PROTECTED, l.o.mh.flags);
	ATF_CHECK_EQ(DP_DROP, lab_raw_mh(&l, PKT(p_bu_plain), PKT_HAO));
	ATF_CHECK_EQ(NC_MH_DUPLICATE, l.o.why);
	ATF_CHECK_EQ(DP_DROP, lab_raw_mh(&l, PKT(p_ba_plain), PKT_RH2));
	ATF_CHECK_EQ(DP_ENGINE, lab_raw_mh(&l, PKT(p_ba_plain), 0));
	ATF_CHECK_EQ(ROLE_BIT(ROLE_MN), l.o.to);
	ATF_CHECK_EQ(DP_DROP, lab_raw_mh(&l, p_ba_plain, 40 + 7, 0));
	ATF_CHECK_EQ(NC_MH_SHORT, l.o.why);
	lab_free(&l);
}

/* A partial checksum and a super-packet keep true virtio-net headers. */
ATF_TC_WITHOUT_HEAD(offload);
ATF_TC_BODY(offload, tc)
{
	struct vnet	 v;

	lab_init(&l, ALL_ROLES, true);
	memset(&v, 0, sizeof(v));
	v.flags = VNET_NEEDS_CSUM;
	v.csum_start = 40 + 24;
	v.csum_offset = 6;
	lab_packet(&l, PKT(p_udp_hao));
	ATF_CHECK_EQ(DP_INJECT, dp_capture(&l.dp, &l.p, &v, 2, l.now, &l.o));
	ATF_CHECK_EQ(VNET_NEEDS_CSUM, l.o.vnet.flags);
	ATF_CHECK_EQ(40, l.o.vnet.csum_start);
	v.gso_type = VNET_GSO_TCPV6;
	v.gso_size = 10;
	v.hdr_len = 40 + 24 + 8;
	lab_packet(&l, PKT(p_udp_hao));
	ATF_CHECK_EQ(DP_INJECT, dp_capture(&l.dp, &l.p, &v, 2, l.now, &l.o));
	ATF_CHECK_EQ(48, l.o.vnet.hdr_len);
	ATF_CHECK_EQ(10, l.o.vnet.gso_size);
	/* One that lies is not handed on. */
	v.csum_start = 40;
	lab_packet(&l, PKT(p_udp_hao));
	ATF_CHECK_EQ(DP_DROP, dp_capture(&l.dp, &l.p, &v, 2, l.now, &l.o));
	ATF_CHECK_EQ(NC_BAD_OFFLOAD, l.o.why);
	v.csum_start = 40 + 24;
	v.csum_offset = 65000;
	lab_packet(&l, PKT(p_udp_hao));
	ATF_CHECK_EQ(DP_DROP, dp_capture(&l.dp, &l.p, &v, 2, l.now, &l.o));
	lab_free(&l);
}

/* Cut anywhere, a packet must not be read beyond its end. */
ATF_TC_WITHOUT_HEAD(cut);
ATF_TC_BODY(cut, tc)
{
	size_t	 i, n;
	uint8_t	*p;

	lab_init(&l, ALL_ROLES, true);
	for (i = 0; i < sizeof(captures) / sizeof(captures[0]); i++)
		for (n = 0; n < captures[i].len; n++) {
			p = malloc(n + 1);
			memcpy(p, captures[i].p, n);
			dp_out_init(&l.o);
			pkt_init(&l.p, p, 0, n);
			ATF_CHECK(dp_capture(&l.dp, &l.p, NULL, 2, l.now,
			    &l.o) == DP_PASS);
			free(p);
		}
	lab_free(&l);
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, verdicts);
	ATF_TP_ADD_TC(tp, correspondent);
	ATF_TP_ADD_TC(tp, directly);
	ATF_TP_ADD_TC(tp, in_tunnel);
	ATF_TP_ADD_TC(tp, who_answers);
	ATF_TP_ADD_TC(tp, option_behind_hao);
	ATF_TP_ADD_TC(tp, answers);
	ATF_TP_ADD_TC(tp, rate);
	ATF_TP_ADD_TC(tp, anycast);
	ATF_TP_ADD_TC(tp, told);
	ATF_TP_ADD_TC(tp, raw);
	ATF_TP_ADD_TC(tp, offload);
	ATF_TP_ADD_TC(tp, cut);
	return (atf_no_error());
}
