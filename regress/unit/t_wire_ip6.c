/*
 * wire/ip6, wire/addr and wire/cksum: the walk along extension headers, kinds
 * of addresses, and checksums (RFC 8200, RFC 6275 6.3-6.4, RFC 4291, RFC 1071,
 * RFC 1624).  Headers come in every order, and each error has its place.
 */
#include "wire_util.h"

#include "wire/cksum.h"
#include "wire/ip6.h"
#include "wire/rewrite.h"

#define	SRC	"20010db8000200000000000000000b01"
#define	DST	"20010db8000100000000000000000001"
#define	HOA	"20010db800010000000000000000000a"
#define	MH	"3b00000000000000"

/*
 * Packets by hop count of their headers: what is walked, in hex; payload
 * length, next header and hop limit belong to the case.
 */
static const struct walk_case {
	const char	*what;
	const char	*plen_next;	/* Payload Length, Next Header */
	const char	*rest;		/* behind the IPv6 header */
	enum ip6_err	 err;
	uint32_t	 err_off;
	uint32_t	 upper;
	uint8_t		 proto;
	uint32_t	 hao;
	uint32_t	 rh2;
	uint32_t	 ins;
} walk_cases[] = {
	{ "no extension header", "0008 87", MH,
	    IP6_OK, 0, 40, 135, 0, 0, 40 },
	{ "no next header", "0000 3b", "", IP6_OK, 0, 40, 59, 0, 0, 40 },
	{ "HAO", "0020 3c", "8702 01020000 c910" HOA MH,
	    IP6_OK, 0, 64, 135, 46, 0, 40 },
	{ "HAO, Pad1 in front", "0020 3c", "8702 00000000 c910" HOA MH,
	    IP6_OK, 0, 64, 135, 46, 0, 40 },
	{ "HAO behind an unknown option", "0028 3c",
	    "8703 0502 0000 01020000 01000000 c910" HOA MH,
	    IP6_OK, 0, 72, 135, 54, 0, 40 },
	{ "HAO of length 15", "0020 3c", "8702 01030000 00c90f" HOA MH,
	    IP6_E_HAO_LENGTH, 48, 40, 60, 0, 0, 40 },
	{ "HAO of length 17", "0028 3c",
	    "8703 01020000 c911" HOA "00 0105 0000000000" MH,
	    IP6_E_HAO_LENGTH, 47, 40, 60, 0, 0, 40 },
	{ "two HAO in a header", "0038 3c", "8705 01020000 c910" HOA
	    "0104 00000000 c910" HOA MH,
	    IP6_E_HAO_TWICE, 70, 40, 60, 46, 0, 40 },
	{ "two headers with HAO", "0038 3c", "3c02 01020000 c910" HOA
	    "8702 01020000 c910" HOA MH,
	    IP6_E_HAO_TWICE, 70, 64, 60, 46, 0, 40 },
	{ "HAO behind a fragment header", "0028 2c", "3c000000 00000001"
	    "8702 01020000 c910" HOA MH,
	    IP6_E_HAO_PLACE, 54, 48, 60, 0, 0, 40 },
	{ "HAO before a routing header", "0038 3c",
	    "2b02 01020000 c910" HOA "8702 0201 00000000" HOA MH,
	    IP6_E_HAO_PLACE, 46, 64, 43, 46, 0, 40 },
	{ "HAO with a multicast address", "0020 3c",
	    "8702 01020000 c910 ff020000000000000000000000000001" MH,
	    IP6_E_HAO_ADDRESS, 48, 40, 60, 46, 0, 40 },
	{ "HAO with a link-local address", "0020 3c",
	    "8702 01020000 c910 fe800000000000000000000000000001" MH,
	    IP6_E_HAO_ADDRESS, 48, 40, 60, 46, 0, 40 },
	{ "RH2", "0020 2b", "8702 0201 00000000" HOA MH,
	    IP6_OK, 0, 64, 135, 0, 40, 64 },
	{ "RH2 and HAO", "0038 2b", "3c02 0201 00000000" HOA
	    "8702 01020000 c910" HOA MH, IP6_OK, 0, 88, 135, 70, 40, 64 },
	{ "RH2, segments left 0", "0020 2b", "8702 0200 00000000" HOA MH,
	    IP6_E_RH2_SEGMENTS, 43, 40, 43, 0, 40, 64 },
	{ "RH2, segments left 2", "0020 2b", "8702 0202 00000000" HOA MH,
	    IP6_E_RH2_SEGMENTS, 43, 40, 43, 0, 40, 64 },
	{ "RH2 of length 4", "0030 2b", "8704 0201 00000000" HOA HOA MH,
	    IP6_E_RH2_LENGTH, 41, 40, 43, 0, 0, 80 },
	{ "RH2 of length 0", "0008 2b", "8700 0201 00000000",
	    IP6_E_RH2_LENGTH, 41, 40, 43, 0, 0, 48 },
	{ "two RH2", "0038 2b", "2b02 0201 00000000" HOA
	    "8702 0201 00000000" HOA MH,
	    IP6_E_RH2_TWICE, 64, 64, 43, 0, 40, 88 },
	{ "RH2 with a multicast address", "0020 2b",
	    "8702 0201 00000000 ff020000000000000000000000000001" MH,
	    IP6_E_RH2_ADDRESS, 48, 40, 43, 0, 40, 64 },
	{ "RH2 behind a fragment header", "0028 2c", "2b000000 00000001"
	    "8702 0201 00000000" HOA MH,
	    IP6_E_RH2_PLACE, 48, 48, 43, 0, 48, 40 },
	{ "hop-by-hop first", "0010 00", "8700 0502 0000 0100" MH,
	    IP6_OK, 0, 48, 135, 0, 0, 48 },
	{ "hop-by-hop second", "0018 3c", "0000 0104 00000000"
	    "8700 0104 00000000" MH, IP6_E_HBH_PLACE, 40, 48, 0, 0, 0, 40 },
	{ "another routing header, RH2 goes behind", "0020 2b",
	    "8702 0400 00000000" HOA MH, IP6_OK, 0, 64, 135, 0, 0, 64 },
	{ "first fragment", "0010 2c", "87000001 00000001" MH,
	    IP6_OK, 0, 48, 135, 0, 0, 40 },
	{ "later fragment is payload", "0010 2c", "3c000008 00000001" MH,
	    IP6_OK, 0, 48, 60, 0, 0, 40 },
	{ "ESP behind HAO", "0020 3c", "3202 01020000 c910" HOA
	    "0000100000000001", IP6_OK, 0, 64, 50, 46, 0, 40 },
	{ "ESP cut short", "0004 32", "00001000",
	    IP6_E_TRUNCATED, 40, 40, 50, 0, 0, 40 },
	{ "AH", "0018 33", "8702 0000 00001000 00000001 00000000" MH,
	    IP6_OK, 0, 56, 135, 0, 0, 40 },
	{ "header longer than the packet", "0008 3c", "8701 0104 00000000",
	    IP6_E_TRUNCATED, 40, 40, 60, 0, 0, 40 },
	{ "header of less than 8 octets", "0004 3c", "8700 0000",
	    IP6_E_TRUNCATED, 40, 40, 60, 0, 0, 40 },
	{ "option longer than its header", "0010 3c",
	    "8700 0105 00000000" MH, IP6_E_OPTION, 43, 40, 60, 0, 0, 40 },
	{ "option without length", "0010 3c", "8700 0103 000000 c9" MH,
	    IP6_E_OPTION, 47, 40, 60, 0, 0, 40 },
	{ "payload length beyond the end", "0009 87", MH,
	    IP6_E_LENGTH, 4, 0, 0, 0, 0, 0 },
	{ "octets behind the payload", "0000 87", MH,
	    IP6_OK, 0, 40, 135, 0, 0, 40 },
};

static size_t
make(const char *plen_next, const char *rest, uint8_t *out, size_t cap)
{
	size_t	 n;

	n = unhex("60000000", out, cap);
	n += unhex(plen_next, out + n, cap - n);
	n += unhex("40" SRC DST, out + n, cap - n);
	return (n + unhex(rest, out + n, cap - n));
}

ATF_TC_WITHOUT_HEAD(walk);
ATF_TC_BODY(walk, tc)
{
	const struct walk_case	*c;
	struct ip6_walk		 w;
	uint8_t			 p[512];
	size_t			 i, len;
	enum ip6_err		 e;

	for (i = 0; i < sizeof(walk_cases) / sizeof(walk_cases[0]); i++) {
		c = &walk_cases[i];
		len = make(c->plen_next, c->rest, p, sizeof(p));
		e = ip6_walk(&w, p, len, 0);
		ATF_CHECK_MSG(e == c->err, "%s: %s", c->what, ip6_err_name(e));
		ATF_CHECK_MSG(w.err_off == c->err_off, "%s: error at %u",
		    c->what, w.err_off);
		ATF_CHECK_MSG(w.upper == c->upper && w.proto == c->proto,
		    "%s: %u at %u", c->what, w.proto, w.upper);
		ATF_CHECK_MSG(w.hao == c->hao, "%s: HAO %u", c->what, w.hao);
		ATF_CHECK_MSG(w.rh2 == c->rh2, "%s: RH2 %u", c->what, w.rh2);
		ATF_CHECK_MSG(w.ins == c->ins, "%s: ins %u", c->what, w.ins);
	}
}

ATF_TC_WITHOUT_HEAD(walk_details);
ATF_TC_BODY(walk_details, tc)
{
	struct in6_addr	 a;
	struct ip6_walk	 w;
	uint8_t		 p[512];
	size_t		 len, i;

	len = make("0018 2c", "32000081 deadbeef 0000100000000001"
	    "0000000000000000", p, sizeof(p));
	ATF_CHECK_EQ(ip6_walk(&w, p, len, 0), IP6_OK);
	ATF_CHECK(w.nonfirst);
	ATF_CHECK(w.frag_more);
	ATF_CHECK_EQ(w.frag_off, 128);
	ATF_CHECK_EQ(w.frag_id, 0xdeadbeef);
	ATF_CHECK_EQ(w.esp, 0);		/* not the first fragment */
	len = make("0020 3c", "3202 01020000 c910" HOA "0000100000000001", p,
	    sizeof(p));
	ATF_CHECK_EQ(ip6_walk(&w, p, len, 0), IP6_OK);
	ATF_CHECK_EQ(w.spi, 0x1000);
	ATF_CHECK_EQ(w.esp, 64);
	a = ip6_hao_addr(&w);
	ATF_CHECK(memcmp(&a, p + 48, 16) == 0);
	a = ip6_rh2_addr(&w);
	ATF_CHECK(in6_is_unspecified(&a));

	/* as an ICMP error quotes it: never beyond its end, no error */
	for (i = IP6_HDRLEN; i < len; i++) {
		ATF_CHECK_EQ(ip6_walk(&w, p, i, IP6_W_QUOTED), IP6_OK);
		ATF_CHECK(w.cut);
		ATF_CHECK_EQ(w.hao, i >= 64 ? 46 : 0);
		ATF_CHECK_EQ(ip6_walk(&w, p, i, 0), IP6_E_LENGTH);
	}
	ATF_CHECK_EQ(ip6_walk(&w, p, 39, IP6_W_QUOTED), IP6_E_SHORT);
	p[0] = 0x45;
	ATF_CHECK_EQ(ip6_walk(&w, p, len, 0), IP6_E_VERSION);

	/* RFC 6275 11.3.3: 0 is what the final node sees, and quotes */
	len = make("0020 2b", "8702 0200 00000000" HOA MH, p, sizeof(p));
	ATF_CHECK_EQ(ip6_walk(&w, p, len, IP6_W_QUOTED), IP6_OK);

	/* a chain without end is given up */
	memset(p, 0, sizeof(p));
	len = make("0190 3c", "", p, sizeof(p));
	for (i = len; i < 440; i += 8)
		memcpy(p + i, "\x3c\0\1\4\0\0\0\0", 8);
	ATF_CHECK_EQ(ip6_walk(&w, p, 440, 0), IP6_E_CHAIN);
}

/*
 * All orders of up to ORDER headers: what is in each, the walker's word, and
 * what is left when HAO and RH2 are taken off.
 */
#define	ORDER	4

enum kind { K_HBH, K_DST, K_HAO, K_RH, K_RH_LEFT, K_RH2, K_FRAG, K_ATOM, K_AH,
    K_MAX };

static const struct {
	uint8_t		 proto;
	const char	*rest;		/* behind Next Header */
} kinds[K_MAX] = {
	[K_HBH] =	{ 0, "00 0502 0000 0100" },
	[K_DST] =	{ 60, "00 0104 00000000" },
	[K_HAO] =	{ 60, "02 01020000 c910" HOA },
	[K_RH] =	{ 43, "02 0400 00000000" HOA },
	[K_RH_LEFT] =	{ 43, "02 0401 00000000" HOA },
	[K_RH2] =	{ 43, "02 0201 00000000" HOA },
	[K_FRAG] =	{ 44, "00 0001 00000001" },
	[K_ATOM] =	{ 44, "00 0000 00000001" },
	[K_AH] =	{ 51, "02 0000 00001000 00000001 00000000" },
};

/* Put a packet of these headers together; those of kind skip are left out. */
static size_t
build_order(const enum kind *k, size_t n, enum kind skip, uint8_t *p,
    size_t cap)
{
	size_t	 len, nh = IP6_OFF_NEXT, i;

	len = unhex("60000000 0000 3b 40" SRC DST, p, cap);
	for (i = 0; i < n; i++) {
		if (k[i] == skip)
			continue;
		p[nh] = kinds[k[i]].proto;
		nh = len++;
		len += unhex(kinds[k[i]].rest, p + len, cap - len);
	}
	p[nh] = IP6_P_MH;
	len += unhex(MH, p + len, cap - len);
	p[IP6_OFF_PLEN + 1] = (uint8_t)(len - IP6_HDRLEN);
	return (len);
}

/* The policy as a model: one rule a line. */
static enum ip6_err
model(const enum kind *k, size_t n)
{
	unsigned int	 seen = 0, bit;
	size_t		 i;

#define	SEEN(x)	((seen & 1U << (x)) != 0)
	for (i = 0; i < n; i++, seen |= bit) {
		bit = 1U << k[i];
		if (kinds[k[i]].proto == IP6_P_ROUTING && SEEN(K_HAO))
			return (IP6_E_HAO_PLACE);
		if (k[i] == K_RH_LEFT)
			return (IP6_E_RH_SEGMENTS);
		if (k[i] == K_HBH && i > 0)
			return (IP6_E_HBH_PLACE);
		if (k[i] == K_HAO && SEEN(K_HAO))
			return (IP6_E_HAO_TWICE);
		if (k[i] == K_HAO &&
		    (SEEN(K_FRAG) || SEEN(K_ATOM) || SEEN(K_AH)))
			return (IP6_E_HAO_PLACE);
		if (k[i] == K_RH2 && SEEN(K_RH2))
			return (IP6_E_RH2_TWICE);
		if (k[i] == K_RH2 &&
		    (SEEN(K_FRAG) || SEEN(K_ATOM) || SEEN(K_AH)))
			return (IP6_E_RH2_PLACE);
	}
	return (IP6_OK);
#undef SEEN
}

static bool
has(const enum kind *k, size_t n, enum kind what)
{
	while (n-- > 0)
		if (k[n] == what)
			return (true);
	return (false);
}

/* The walk of these goes to the end, even if there are segments left. */
static bool
walked(const enum kind *k, size_t n)
{
	enum kind	 all[ORDER];
	size_t		 i;

	for (i = 0; i < n; i++)
		all[i] = k[i] == K_RH_LEFT ? K_RH : k[i];
	return (model(all, n) == IP6_OK);
}

/* What is left when it is taken off is the packet without it. */
static void
check_strip(const enum kind *k, size_t n, const char *name)
{
	uint8_t		 p[512], q[512];
	struct ip6_walk	 w;
	struct pkt	 pkt;
	bool		 hao = has(k, n, K_HAO);
	size_t		 len;

	if (hao == has(k, n, K_RH2))
		return;
	len = build_order(k, n, K_MAX, p, sizeof(p));
	ATF_REQUIRE_EQ(IP6_OK, ip6_walk(&w, p, len, 0));
	pkt_init(&pkt, p, 0, len);
	ATF_CHECK_EQ(RW_OK, hao ? rw_hao_strip(&pkt, &w) :
	    rw_rh2_strip(&pkt, &w));
	len = build_order(k, n, hao ? K_HAO : K_RH2, q, sizeof(q));
	unhex(HOA, q + (hao ? IP6_OFF_SRC : IP6_OFF_DST), 16);
	ATF_CHECK_MSG(pkt.len == len && memcmp(pkt_data(&pkt), q, len) == 0,
	    "%s: not the packet without it", name);
}

static void
check_order(const enum kind *k, size_t n)
{
	static const char	 letters[] = "HDArR2FfX";
	uint8_t			 p[512];
	char			 name[ORDER + 1];
	struct ip6_walk		 w;
	enum ip6_err		 e, want = model(k, n);
	size_t			 i, len;

	for (i = 0; i < n; i++)
		name[i] = letters[k[i]];
	name[n] = '\0';
	len = build_order(k, n, K_MAX, p, sizeof(p));
	e = ip6_walk(&w, p, len, 0);
	ATF_CHECK_MSG(e == want, "%s: %s, not %s", name, ip6_err_name(e),
	    ip6_err_name(want));
	if (want == IP6_E_RH_SEGMENTS)
		ATF_CHECK_MSG(ip6_err_code(e) == 0 && p[w.err_off] == 4 &&
		    p[w.err_off + 1] == 1, "%s: pointer %u", name, w.err_off);
	if (!walked(k, n))
		return;
	ATF_CHECK_MSG(w.proto == IP6_P_MH && w.upper == len - 8 &&
	    w.nhdrs == n, "%s: %u at %u", name, w.proto, w.upper);
	ATF_CHECK_MSG((w.hao != 0) == has(k, n, K_HAO) &&
	    (w.rh2 != 0) == has(k, n, K_RH2), "%s: HAO %u, RH2 %u", name,
	    w.hao, w.rh2);
	if (want == IP6_OK)
		check_strip(k, n, name);
}

ATF_TC_WITHOUT_HEAD(orders);
ATF_TC_BODY(orders, tc)
{
	enum kind	 k[ORDER];
	size_t		 n, i, v, x, all;

	for (n = 0, all = 1; n <= ORDER; n++, all *= K_MAX)
		for (v = 0; v < all; v++) {
			for (i = 0, x = v; i < n; i++, x /= K_MAX)
				k[i] = (enum kind)(x % K_MAX);
			check_order(k, n);
		}
}

ATF_TC_WITHOUT_HEAD(errors_have_names);
ATF_TC_BODY(errors_have_names, tc)
{
	int	 i;

	for (i = 0; i < IP6_NERR; i++)
		ATF_CHECK(ip6_err_name(i) != NULL);
	/* 9.3.1 and 11.3.3: silently; RFC 8200 4.1: code 1 */
	ATF_CHECK_EQ(ip6_err_code(IP6_E_RH2_SEGMENTS), -1);
	ATF_CHECK_EQ(ip6_err_code(IP6_E_HBH_PLACE), 1);
	ATF_CHECK_EQ(ip6_err_code(IP6_E_HAO_LENGTH), 0);
	ATF_CHECK_EQ(ip6_err_code(IP6_NERR), -1);
	ATF_CHECK_STREQ(ip6_proto_name(135), "mh");
	ATF_CHECK_STREQ(ip6_proto_name(254), "?");
}

ATF_TC_WITHOUT_HEAD(kinds_of_addresses);
ATF_TC_BODY(kinds_of_addresses, tc)
{
	static const struct {
		const char	*addr;
		bool		 routable;
	} cases[] = {
		{ "2001:db8::1", true }, { "fd00::1", true },
		{ "::", false }, { "::1", false },
		{ "::ffff:192.0.2.1", false },
		{ "fe80::1", false }, { "febf::1", false },
		{ "ff02::1", false },
		{ "ff0e::1", false }, { "64:ff9b::192.0.2.1", true },
		{ "fec0::1", true },
	};
	struct in6_addr	 a, b;
	size_t		 i;

	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		a = addr(cases[i].addr);
		ATF_CHECK_MSG(in6_is_routable(&a) == cases[i].routable, "%s",
		    cases[i].addr);
	}
	a = addr("2001:db8::1:2345:6789");
	b = in6_solicited(&a);
	a = addr("ff02::1:ff45:6789");
	ATF_CHECK(in6_eq(&a, &b));
	ATF_CHECK(in6_is_solicited(&a));
	ATF_CHECK(!in6_is_solicited(&in6_allnodes));
	/* RFC 4291 appendix A: 34-56-78-9a-bc-de */
	a = addr("2001:db8::");
	a = in6_eui64(&a, (const uint8_t [6]){ 0x34, 0x56, 0x78, 0x9a, 0xbc,
	    0xde });
	b = addr("2001:db8::3656:78ff:fe9a:bcde");
	ATF_CHECK(in6_eq(&a, &b));
	b = in6_linklocal(&a);
	a = addr("fe80::3656:78ff:fe9a:bcde");
	ATF_CHECK(in6_eq(&a, &b));
	/* RFC 2526 2 */
	a = addr("2001:db8:1::");
	b = in6_ha_anycast(&a, 64);
	a = addr("2001:db8:1:0:fdff:ffff:ffff:fffe");
	ATF_CHECK(in6_eq(&a, &b));
	b = in6_ha_anycast(&a, 48);
	a = addr("2001:db8:1:ffff:ffff:ffff:ffff:fffe");
	ATF_CHECK(in6_eq(&a, &b));
}

ATF_TC_WITHOUT_HEAD(prefixes);
ATF_TC_BODY(prefixes, tc)
{
	struct in6_addr	 a = addr("2001:db8:ff::1"), b = a, c;
	unsigned int	 i;

	for (i = 0; i < 128; i++) {
		b = a;
		b.s6_addr[i / 8] ^= 0x80 >> i % 8;
		ATF_CHECK_MSG(in6_prefix_eq(&a, &b, i), "%u", i);
		ATF_CHECK_MSG(!in6_prefix_eq(&a, &b, i + 1), "%u", i);
	}
	ATF_CHECK(in6_prefix_eq(&a, &a, 200));
	b = in6_prefix(&a, 41);
	c = addr("2001:db8:80::");
	ATF_CHECK(in6_eq(&b, &c));
	b = addr("fe80::1234");
	b = in6_join(&a, &b, 64);
	c = addr("2001:db8:ff::1234");
	ATF_CHECK(in6_eq(&b, &c));
	b = in6_join(&a, &c, 200);
	ATF_CHECK(in6_eq(&b, &a));
}

ATF_TC_WITHOUT_HEAD(header);
ATF_TC_BODY(header, tc)
{
	struct in6_addr	 src = addr("2001:db8:2::b01"), got;
	struct in6_addr	 dst = addr("2001:db8:1::1");
	uint8_t		 p[IP6_HDRLEN], want[64];
	size_t		 n;

	ip6_header(p, &src, &dst, IP6_P_MH, 0x1234, 63, 0xb8, 0xfffab);
	n = unhex("6b8fffab 1234 87 3f 20010db8000200000000000000000b01" DST,
	    want, sizeof(want));
	check_octets("header", p, sizeof(p), want, n);
	ATF_CHECK_EQ(ip6_tclass(p), 0xb8);
	ATF_CHECK_EQ(ip6_flow(p), 0xfffab);
	ATF_CHECK_EQ(ip6_plen(p), 0x1234);
	got = ip6_dst(p);
	ATF_CHECK(in6_eq(&got, &dst));
}

ATF_TC_WITHOUT_HEAD(checksum);
ATF_TC_BODY(checksum, tc)
{
	/* RFC 1071 3: the sum of these is ddf2 */
	static const uint8_t	 rfc1071[] = { 0x00, 0x01, 0xf2, 0x03, 0xf4,
	    0xf5, 0xf6, 0xf7 };
	uint8_t			 p[101];
	struct in6_addr		 a = addr("2001:db8::1"), b = addr("ff02::2");
	struct in6_addr		 c = addr("2001:db8:ffff::9");
	uint32_t		 naive;
	uint16_t		 v;
	size_t			 i, n;

	ATF_CHECK_EQ(cksum_fold(cksum_add(0, rfc1071, 8)), 0xddf2);
	for (i = 0; i < sizeof(p); i++)
		p[i] = (uint8_t)(i * 37 + 200);
	for (n = 0; n <= sizeof(p); n++) {
		for (naive = 0, i = 0; i < n; i++)
			naive += i % 2 == 0 ? p[i] << 8 : p[i];
		while (naive >> 16 != 0)
			naive = (naive & 0xffff) + (naive >> 16);
		ATF_CHECK_EQ(cksum_fold(cksum_add(0, p, n)), naive);
	}
	memset(p, 0xff, sizeof(p));
	ATF_CHECK_EQ(cksum_fold(cksum_add(UINT64_MAX / 2, p, 100)) != 0, 1);

	memset(p, 0, 8);
	v = cksum_ip6(&a, &b, 135, p, 40);
	p[4] = (uint8_t)(v >> 8);
	p[5] = (uint8_t)v;
	ATF_CHECK(cksum_ok(&a, &b, 135, p, 40));
	ATF_CHECK(!cksum_ok(&c, &b, 135, p, 40));
	ATF_CHECK(!cksum_ok(&a, &b, 134, p, 40));
}

/* A checksum left to the device, completed, is the one computed at once. */
ATF_TC_WITHOUT_HEAD(partial_checksum);
ATF_TC_BODY(partial_checksum, tc)
{
	struct in6_addr	 a = addr("2001:db8::1"), b = addr("2001:db8::2");
	uint8_t		 p[60] = { 0 };
	uint16_t	 v, want;
	size_t		 i;

	for (i = 10; i < sizeof(p); i++)
		p[i] = (uint8_t)i;
	p[20 + 6] = p[20 + 7] = 0;
	want = cksum_ip6(&a, &b, 17, p + 20, 40);
	v = cksum_partial(&a, &b, 17, 40);
	p[20 + 6] = (uint8_t)(v >> 8);
	p[20 + 7] = (uint8_t)v;
	ATF_CHECK(cksum_complete(p, sizeof(p), 20, 6));
	ATF_CHECK_EQ(p[26] << 8 | p[27], want);
	ATF_CHECK(cksum_ok(&a, &b, 17, p + 20, 40));
	ATF_CHECK(!cksum_complete(p, 60, 60, 0));
	ATF_CHECK(!cksum_complete(p, 60, 61, 0));
	ATF_CHECK(!cksum_complete(p, 60, 40, 19));
	ATF_CHECK(cksum_complete(p, 60, 40, 18));
	ATF_CHECK(!cksum_complete(p, 60, 40, SIZE_MAX));
	/* 0 is written as ffff (RFC 8200 8.1) */
	memset(p, 0xff, 4);
	ATF_CHECK(cksum_complete(p, 4, 0, 0));
	ATF_CHECK_EQ(p[0] & p[1], 0xff);
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, walk);
	ATF_TP_ADD_TC(tp, walk_details);
	ATF_TP_ADD_TC(tp, orders);
	ATF_TP_ADD_TC(tp, errors_have_names);
	ATF_TP_ADD_TC(tp, kinds_of_addresses);
	ATF_TP_ADD_TC(tp, prefixes);
	ATF_TP_ADD_TC(tp, header);
	ATF_TP_ADD_TC(tp, checksum);
	ATF_TP_ADD_TC(tp, partial_checksum);
	return (atf_no_error());
}
