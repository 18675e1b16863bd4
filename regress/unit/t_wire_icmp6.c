/*
 * wire/icmp6 and wire/nd: messages are parsed, checked, built and printed (RFC
 * 4443, RFC 4861 6.1 and 7.1, RFC 6275 6.5-7.4).  Also which packets may be
 * answered with an error.
 */
#include "wire_util.h"

#include "wire/icmp6.h"
#include "wire/ip6.h"

#define	A	"20010db8000100000000000000000001"

static const struct {
	const char	*what;
	const char	*hex;
	enum icmp6_err	 err;
	uint16_t	 err_off;
} cases[] = {
	{ "three octets", "850000", ICMP6_E_SHORT, 0 },
	{ "RS of 7", "85000000 000000", ICMP6_E_SHORT, 0 },
	{ "RS", "85000000 00000000", ICMP6_OK, 0 },
	{ "RS, code 1", "85010000 00000000", ICMP6_E_CODE, 1 },
	{ "RA of 15", "86000000 40000708 00000000 000000", ICMP6_E_SHORT, 0 },
	{ "RA", "86000000 40000708 00000000 00000000", ICMP6_OK, 0 },
	{ "NS of 23", "87000000 00000000 20010db80001000000000000000000",
	    ICMP6_E_SHORT, 0 },
	{ "NS", "87000000 00000000" A, ICMP6_OK, 0 },
	{ "NS for a group", "87000000 00000000"
	    "ff020000000000000000000000000001", ICMP6_E_TARGET, 8 },
	{ "NA for a group", "88000000 00000000"
	    "ff020000000000000000000000000001", ICMP6_E_TARGET, 8 },
	{ "option of length 0", "85000000 00000000 0100000000000000",
	    ICMP6_E_OPT_ZERO, 9 },
	{ "unknown option of length 0", "85000000 00000000 c800000000000000",
	    ICMP6_E_OPT_ZERO, 9 },
	{ "half an option", "85000000 00000000 01",
	    ICMP6_E_OPT_TRUNCATED, 8 },
	{ "option beyond the end", "85000000 00000000 0102 000000000000",
	    ICMP6_E_OPT_TRUNCATED, 9 },
	{ "prefix information of 3", "86000000 40000708 00000000 00000000"
	    "0303 40c0 00000001 00000001 00000000 20010db800010000",
	    ICMP6_E_OPT_LENGTH, 17 },
	{ "advertisement interval of 2", "86000000 40000708 00000000 00000000"
	    "0702 0000 00000046 0000000000000000", ICMP6_E_OPT_LENGTH, 17 },
	{ "home agent information of 2", "86000000 40000708 00000000 00000000"
	    "0802 0000 00000046 0000000000000000", ICMP6_E_OPT_LENGTH, 17 },
	{ "DHAAD request", "90000000 00010000", ICMP6_OK, 0 },
	{ "DHAAD reply without address", "91000000 00010000", ICMP6_OK, 0 },
	{ "DHAAD reply, 15 octets of address", "91000000 00010000"
	    "20010db80001000000000000000000", ICMP6_E_ADDRS, 8 },
	{ "DHAAD reply, code 1", "91010000 00010000", ICMP6_E_CODE, 1 },
	{ "MPS of 7", "92000000 000100", ICMP6_E_SHORT, 0 },
	{ "MPA", "93000000 0001c000", ICMP6_OK, 0 },
	{ "redirect", "89000000 00000000", ICMP6_E_TYPE, 0 },
};

ATF_TC_WITHOUT_HEAD(parse);
ATF_TC_BODY(parse, tc)
{
	struct icmp6	 m;
	uint8_t		 p[256];
	size_t		 i, n;
	enum icmp6_err	 e;

	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		n = unhex(cases[i].hex, p, sizeof(p));
		e = icmp6_parse(&m, p, n);
		ATF_CHECK_MSG(e == cases[i].err, "%s: %s", cases[i].what,
		    icmp6_err_name(e));
		ATF_CHECK_MSG(m.err_off == cases[i].err_off, "%s: at %u",
		    cases[i].what, m.err_off);
	}
	for (i = 0; i < ICMP6_NERR; i++)
		ATF_CHECK(icmp6_err_name(i) != NULL);
	ATF_CHECK(icmp6_type_name(1) != NULL);
	ATF_CHECK(icmp6_type_name(200) == NULL);
}

/* RFC 4861 6.1.1, 6.1.2, 7.1.1, 7.1.2 */
ATF_TC_WITHOUT_HEAD(validity);
ATF_TC_BODY(validity, tc)
{
	static const struct {
		const char	*what;
		const char	*hex;
		const char	*src;
		const char	*dst;
		uint8_t		 hops;
		enum icmp6_err	 err;
	} v[] = {
		{ "RS", "85000000 00000000", "fe80::1", "ff02::2", 255,
		    ICMP6_OK },
		{ "RS, hop limit", "85000000 00000000", "fe80::1", "ff02::2",
		    254, ICMP6_E_HOPLIMIT },
		{ "RS from ::", "85000000 00000000", "::", "ff02::2", 255,
		    ICMP6_OK },
		{ "RS from :: with SLLA", "85000000 00000000"
		    "0101 020000000001", "::", "ff02::2", 255, ICMP6_E_SLLA },
		{ "RA", "86000000 40000708 00000000 00000000", "fe80::1",
		    "ff02::1", 255, ICMP6_OK },
		{ "RA from a global address",
		    "86000000 40000708 00000000 00000000", "2001:db8::1",
		    "ff02::1", 255, ICMP6_E_SOURCE },
		{ "NS for DAD", "87000000 00000000" A, "::",
		    "ff02::1:ff00:1", 255, ICMP6_OK },
		{ "NS for DAD to all nodes", "87000000 00000000" A, "::",
		    "ff02::1", 255, ICMP6_E_DEST },
		{ "NS for DAD with SLLA", "87000000 00000000" A
		    "0101 020000000001", "::", "ff02::1:ff00:1", 255,
		    ICMP6_E_SLLA },
		{ "NA, solicited, to a group", "88000000 40000000" A,
		    "fe80::1", "ff02::1", 255, ICMP6_E_SOLICITED },
		{ "NA, unsolicited", "88000000 20000000" A, "fe80::1",
		    "ff02::1", 255, ICMP6_OK },
		{ "MPS comes from afar", "92000000 00010000", "2001:db8::1",
		    "2001:db8::2", 60, ICMP6_OK },
	};
	struct in6_addr	 src, dst;
	struct icmp6	 m;
	uint8_t		 p[256];
	size_t		 i, n;
	enum icmp6_err	 e;

	for (i = 0; i < sizeof(v) / sizeof(v[0]); i++) {
		n = unhex(v[i].hex, p, sizeof(p));
		ATF_REQUIRE_EQ(icmp6_parse(&m, p, n), ICMP6_OK);
		src = addr(v[i].src);
		dst = addr(v[i].dst);
		e = icmp6_valid(&m, &src, &dst, v[i].hops);
		ATF_CHECK_MSG(e == v[i].err, "%s: %s", v[i].what,
		    icmp6_err_name(e));
	}
}

ATF_TC_WITHOUT_HEAD(advertisement);
ATF_TC_BODY(advertisement, tc)
{
	static const uint8_t	 mac[6] = { 2, 0, 0, 0, 0, 1 };
	const struct nd_opt	*o;
	struct in6_addr		 ha = addr("2001:db8:1::1");
	struct nd_opt		*n;
	struct icmp6		 m, in;
	uint8_t			 p[512];
	size_t			 len;

	icmp6_init(&m, ICMP6_T_RA);
	m.u.ra.hop_limit = 64;
	m.u.ra.flags = ICMP6_RA_H | ICMP6_RA_M;
	m.u.ra.lifetime = 1800;
	m.u.ra.reachable = 30000;
	m.u.ra.retrans = 1000;
	n = icmp6_add(&m, ND_SLLA);
	n->data = mac;
	n->datalen = sizeof(mac);
	n = icmp6_add(&m, ND_PREFIX);
	n->u.prefix.len = 64;
	n->u.prefix.flags = ICMP6_PI_L | ICMP6_PI_R;
	n->u.prefix.valid = ICMP6_INFINITY;
	n->u.prefix.preferred = 5;
	n->u.prefix.prefix = ha;
	n = icmp6_add(&m, ND_ADVINT);
	n->u.advint = 70;
	n = icmp6_add(&m, ND_HAINFO);
	n->u.hainfo.preference = 0xfffe;
	n->u.hainfo.lifetime = 600;
	n = icmp6_add(&m, ND_NONCE);
	n->data = (const uint8_t *)"abcdefghi";
	n->datalen = 9;
	len = icmp6_build(&m, p, sizeof(p));
	ATF_REQUIRE_EQ(len, 16 + 8 + 32 + 8 + 8 + 16);
	ATF_REQUIRE_EQ(icmp6_parse(&in, p, len), ICMP6_OK);
	ATF_CHECK_EQ(in.u.ra.flags, ICMP6_RA_H | ICMP6_RA_M);
	ATF_CHECK_EQ(in.u.ra.lifetime, 1800);
	ATF_CHECK_EQ(in.nopts, 5);
	o = icmp6_find(&in, ND_SLLA);
	ATF_REQUIRE(o != NULL);
	check_octets("slla", o->data, o->datalen, mac, 6);
	o = icmp6_find(&in, ND_PREFIX);
	ATF_REQUIRE(o != NULL);
	ATF_CHECK_EQ(o->u.prefix.flags & ICMP6_PI_R, ICMP6_PI_R);
	ATF_CHECK_EQ(o->u.prefix.valid, ICMP6_INFINITY);
	ATF_CHECK(in6_eq(&o->u.prefix.prefix, &ha));
	ATF_CHECK_EQ(icmp6_find(&in, ND_ADVINT)->u.advint, 70);
	ATF_CHECK_EQ(icmp6_find(&in, ND_HAINFO)->u.hainfo.preference, 0xfffe);
	o = icmp6_find(&in, ND_NONCE);
	ATF_CHECK_EQ(o->datalen, 14);
	ATF_CHECK(memcmp(o->data, "abcdefghi\0\0\0\0", 14) == 0);
	ATF_CHECK(icmp6_find(&in, ND_MTU) == NULL);
	ATF_CHECK_EQ(icmp6_build(&m, p, len - 1), 0);
	m.type = 200;
	ATF_CHECK_EQ(icmp6_build(&m, p, sizeof(p)), 0);
}

/* RFC 4861 4.3, 4.4: with a link-layer address, and without. */
ATF_TC_WITHOUT_HEAD(neighbors);
ATF_TC_BODY(neighbors, tc)
{
	static const uint8_t	 mac[6] = { 2, 0, 0, 0, 0, 1 };
	struct in6_addr		 target = addr("2001:db8:1::1");
	const struct nd_opt	*o;
	struct icmp6		 m, in;
	uint8_t			 p[64];
	size_t			 len;

	icmp6_neighbour(&m, ICMP6_T_NS, &target, 0);
	icmp6_add_data(&m, ND_SLLA, mac, sizeof(mac));
	len = icmp6_build(&m, p, sizeof(p));
	ATF_REQUIRE_EQ(len, 24 + 8);
	ATF_REQUIRE_EQ(icmp6_parse(&in, p, len), ICMP6_OK);
	ATF_CHECK_EQ(in.type, ICMP6_T_NS);
	ATF_CHECK(in6_eq(&in.u.nd.target, &target));
	o = icmp6_find(&in, ND_SLLA);
	ATF_REQUIRE(o != NULL);
	check_octets("slla", o->data, o->datalen, mac, 6);
	icmp6_neighbour(&m, ICMP6_T_NS, &target, 0);
	icmp6_add_data(&m, ND_SLLA, NULL, 0);
	ATF_CHECK_EQ(icmp6_build(&m, p, sizeof(p)), 24);
	icmp6_neighbour(&m, ICMP6_T_NA, &target, ICMP6_NA_O | ICMP6_NA_S);
	icmp6_add_data(&m, ND_TLLA, mac, sizeof(mac));
	len = icmp6_build(&m, p, sizeof(p));
	ATF_REQUIRE_EQ(icmp6_parse(&in, p, len), ICMP6_OK);
	ATF_CHECK_EQ(in.type, ICMP6_T_NA);
	ATF_CHECK_EQ(in.u.nd.flags, ICMP6_NA_O | ICMP6_NA_S);
	ATF_CHECK(in6_eq(&in.u.nd.target, &target));
	o = icmp6_find(&in, ND_TLLA);
	ATF_REQUIRE(o != NULL);
	check_octets("tlla", o->data, o->datalen, mac, 6);
}

ATF_TC_WITHOUT_HEAD(many_options);
ATF_TC_BODY(many_options, tc)
{
	struct icmp6	 m;
	uint8_t		 p[8 + 8 * 40] = { ICMP6_T_RS };
	size_t		 i;

	for (i = 8; i < sizeof(p); i += 8) {
		p[i] = 200;
		p[i + 1] = 1;
	}
	ATF_CHECK_EQ(icmp6_parse(&m, p, sizeof(p)), ICMP6_OK);
	ATF_CHECK_EQ(m.nopts, ICMP6_MAXOPTS);
	ATF_CHECK(icmp6_add(&m, ND_SLLA) == NULL);
	p[sizeof(p) - 8] = ND_SLLA;
	ATF_CHECK_EQ(icmp6_parse(&m, p, sizeof(p)), ICMP6_E_OPT_MANY);
}

ATF_TC_WITHOUT_HEAD(discovery);
ATF_TC_BODY(discovery, tc)
{
	struct in6_addr	 a[2], got;
	struct icmp6	 m, in;
	uint8_t		 p[128];
	size_t		 n;

	a[0] = addr("2001:db8::1");
	a[1] = addr("2001:db8::2");
	icmp6_init(&m, ICMP6_T_DHAAD_REP);
	m.u.mip.id = 0xabcd;
	m.u.mip.addrs = (const uint8_t *)a;
	m.u.mip.naddrs = 2;
	n = icmp6_build(&m, p, sizeof(p));
	icmp6_set_checksum(p, n, &a[0], &a[1]);
	ATF_CHECK_EQ(n, 40);
	ATF_CHECK(icmp6_checksum_ok(p, n, &a[0], &a[1]));
	ATF_CHECK(!icmp6_checksum_ok(p, 3, &a[0], &a[1]));
	ATF_REQUIRE_EQ(icmp6_parse(&in, p, n), ICMP6_OK);
	ATF_CHECK_EQ(in.u.mip.id, 0xabcd);
	ATF_CHECK_EQ(in.u.mip.naddrs, 2);
	got = icmp6_dhaad_addr(&in, 1);
	ATF_CHECK(in6_eq(&got, &a[1]));
	got = icmp6_dhaad_addr(&in, 2);
	ATF_CHECK(in6_is_unspecified(&got));
}

/* RFC 6275 6.5, 6.6, 7.4: reserved bits are zero when sent, else ignored. */
ATF_TC_WITHOUT_HEAD(reserved);
ATF_TC_BODY(reserved, tc)
{
	static const uint8_t	 types[] = { ICMP6_T_DHAAD_REQ,
	    ICMP6_T_DHAAD_REP };
	const struct nd_opt	*o;
	struct icmp6		 m;
	uint8_t			 p[64];
	size_t			 i, n;

	for (i = 0; i < sizeof(types); i++) {
		icmp6_init(&m, types[i]);
		m.u.mip.flags = 0xff;
		ATF_REQUIRE_EQ(8, icmp6_build(&m, p, sizeof(p)));
		ATF_CHECK_EQ(ICMP6_DHAAD_R, p[6]);
		ATF_CHECK_EQ(0, p[7]);
		p[6] = 0x7f;
		p[7] = 0xff;
		ATF_REQUIRE_EQ(ICMP6_OK, icmp6_parse(&m, p, 8));
		ATF_CHECK_EQ(0, m.u.mip.flags & ICMP6_DHAAD_R);
	}
	n = unhex("86000000 40200708 00000000 00000000"
	    "0801 7fff fffe 0258", p, sizeof(p));
	ATF_REQUIRE_EQ(ICMP6_OK, icmp6_parse(&m, p, n));
	ATF_REQUIRE((o = icmp6_find(&m, ND_HAINFO)) != NULL);
	ATF_CHECK_EQ(0, o->u.hainfo.flags & ND_HAINFO_R);
	ATF_CHECK_EQ(0xfffe, o->u.hainfo.preference);
	ATF_CHECK_EQ(600, o->u.hainfo.lifetime);
}

static size_t
packet(uint8_t *p, const char *src, const char *dst, uint8_t next,
    const char *rest)
{
	struct in6_addr	 s = addr(src), d = addr(dst);
	size_t		 n;

	n = unhex(rest, p + IP6_HDRLEN, 1400);
	ip6_header(p, &s, &d, next, (uint16_t)n, 64, 0, 0);
	return (n + IP6_HDRLEN);
}

/* RFC 4443 2.4 (c) and (e) */
ATF_TC_WITHOUT_HEAD(errors);
ATF_TC_BODY(errors, tc)
{
	static const struct {
		const char	*src;
		const char	*dst;
		uint8_t		 next;
		const char	*rest;
		uint8_t		 type;
		uint8_t		 code;
		bool		 may;
		uint32_t	 at;
	} v[] = {
		{ "2001:db8::1", "2001:db8::2", 59, "", 1, 3, true, 0 },
		/* (e.6): not one node's address */
		{ "::", "2001:db8::2", 59, "", 1, 3, false, 0 },
		{ "ff02::1", "2001:db8::2", 59, "", 1, 3, false, 0 },
		{ "::1", "2001:db8::2", 59, "", 1, 3, false, 0 },
		{ "::ffff:192.0.2.1", "2001:db8::2", 59, "", 1, 3, false, 0 },
		{ "fe80::1", "2001:db8::2", 59, "", 1, 3, true, 0 },
		/* (e.3): to a group, and its two exceptions */
		{ "2001:db8::1", "ff0e::2", 59, "", 1, 3, false, 0 },
		{ "2001:db8::1", "ff0e::2", 59, "", 3, 0, false, 0 },
		{ "2001:db8::1", "ff0e::2", 59, "", 2, 0, true, 1280 },
		{ "ff02::1", "ff0e::2", 59, "", 2, 0, false, 1280 },
		{ "2001:db8::1", "ff0e::2", 60, "3b00 8204 00000000", 4, 2,
		    true, 42 },
		{ "2001:db8::1", "ff0e::2", 60, "3b00 8204 00000000", 4, 0,
		    false, 42 },
		{ "2001:db8::1", "ff0e::2", 60, "3b00 c204 00000000", 4, 2,
		    false, 42 },
		{ "2001:db8::1", "ff0e::2", 60, "3b00 4204 00000000", 4, 2,
		    false, 42 },
		{ "2001:db8::1", "ff0e::2", 60, "3b00 8204 00000000", 4, 2,
		    false, 48 },
		{ "2001:db8::1", "ff0e::2", 59, "", 4, 2, false, 6 },
		{ "2001:db8::1", "ff0e::2", 59, "", 4, 0, false, 6 },
		{ "2001:db8::1", "ff0e::2", 60, "3b02 01020000 c910" A, 4, 2,
		    false, 46 },
		/* (e.1): about an error, of a type that is not known, too */
		{ "2001:db8::1", "2001:db8::2", 58, "8000000000000000", 1, 3,
		    true, 0 },
		{ "2001:db8::1", "2001:db8::2", 58, "0100000000000000", 1, 3,
		    false, 0 },
		{ "2001:db8::1", "2001:db8::2", 58, "0200000000000500", 2, 0,
		    false, 1280 },
		{ "2001:db8::1", "2001:db8::2", 58, "7f00000000000000", 4, 0,
		    false, 40 },
		{ "2001:db8::1", "2001:db8::2", 60,
		    "3a00 0104 00000000 0100000000000000", 1, 3, false, 0 },
		{ "2001:db8::1", "2001:db8::2", 44,
		    "3a000001 00000001 0100000000000000", 1, 3, false, 0 },
		/* (e.2): about a redirect */
		{ "2001:db8::1", "2001:db8::2", 58, "8900000000000000", 1, 3,
		    false, 0 },
		/* nobody knows what it would have been */
		{ "2001:db8::1", "2001:db8::2", 58, "", 1, 3, true, 0 },
	};
	struct icmp6	 m;
	uint8_t		 p[2000] = { 0 }, out[1500];
	size_t		 i, n;

	for (i = 0; i < sizeof(v) / sizeof(v[0]); i++) {
		n = packet(p, v[i].src, v[i].dst, v[i].next, v[i].rest);
		ATF_CHECK_MSG(icmp6_may_answer(p, n, v[i].type, v[i].code,
		    v[i].at) == v[i].may, "%zu", i);
	}
	ATF_CHECK(!icmp6_may_answer(p, 39, 1, 3, 0));
	n = icmp6_error(out, sizeof(out), ICMP6_T_PARAM, 2, 46, p, sizeof(p));
	ATF_CHECK_EQ(n, 1280 - 40);
	ATF_REQUIRE_EQ(icmp6_parse(&m, out, n), ICMP6_OK);
	ATF_CHECK_EQ(m.u.err.param, 46);
	ATF_CHECK_EQ(m.u.err.len, 1280 - 48);
	ATF_CHECK(memcmp(m.u.err.quoted, p, m.u.err.len) == 0);
	ATF_CHECK_EQ(icmp6_error(out, 100, ICMP6_T_PARAM, 2, 46, p, 93), 0);
	ATF_CHECK_EQ(icmp6_error(out, 100, ICMP6_T_PARAM, 2, 46, p, 92), 100);
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, parse);
	ATF_TP_ADD_TC(tp, validity);
	ATF_TP_ADD_TC(tp, advertisement);
	ATF_TP_ADD_TC(tp, neighbors);
	ATF_TP_ADD_TC(tp, many_options);
	ATF_TP_ADD_TC(tp, discovery);
	ATF_TP_ADD_TC(tp, reserved);
	ATF_TP_ADD_TC(tp, errors);
	return (atf_no_error());
}
