/*
 * wire/rewrite: headers put in and taken out, tunnels, and the marks of
 * congestion.  Here is what the vectors of t_wire_scapy do not show: refusals,
 * places, and options that stay.
 */
#include "wire_util.h"

#include "wire/cksum.h"
#include "wire/ip6.h"
#include "wire/rewrite.h"

#define	SRC	"20010db8000200000000000000000b01"
#define	DST	"20010db8000100000000000000000001"
#define	HOA	"20010db800010000000000000000000a"

static uint8_t	 buf[70000];

/* A packet with this payload length and next header, and these octets. */
static struct ip6_walk
load(struct pkt *k, size_t headroom, const char *plen_next, const char *rest)
{
	uint8_t		*p = buf + headroom;
	struct ip6_walk	 w;
	size_t		 n;

	n = unhex("60000000", p, 64);
	n += unhex(plen_next, p + n, 64);
	n += unhex("40" SRC DST, p + n, 64);
	n += unhex(rest, p + n, 512);
	pkt_init(k, buf, headroom, n);
	ATF_REQUIRE_EQ(ip6_walk(&w, p, n, 0), IP6_OK);
	return (w);
}

static void
check_packet(const char *what, const struct pkt *k, const char *plen_next,
    const char *src, const char *dst, const char *rest)
{
	uint8_t	 want[512];
	size_t	 n;

	n = unhex("60000000", want, sizeof(want));
	n += unhex(plen_next, want + n, sizeof(want) - n);
	n += unhex("40", want + n, sizeof(want) - n);
	n += unhex(src, want + n, sizeof(want) - n);
	n += unhex(dst, want + n, sizeof(want) - n);
	n += unhex(rest, want + n, sizeof(want) - n);
	check_octets(what, pkt_data(k), k->len, want, n);
}

/* Other options keep their places (RFC 8200 4.2: alignment). */
ATF_TC_WITHOUT_HEAD(strip_keeps_other_options);
ATF_TC_BODY(strip_keeps_other_options, tc)
{
	struct ip6_walk	 w;
	struct pkt	 k;

	w = load(&k, 64, "0028 3c", "3b03 04010401 0100 0102 0000 0100 c910" HOA
	    "0000000000000000");
	ATF_CHECK_EQ(w.limit, 42);
	ATF_CHECK_EQ(rw_hao_strip(&k, &w), RW_OK);
	ATF_CHECK_EQ(k.delta, -16);
	check_packet("options kept", &k, "0018 3c", HOA, DST,
	    "3b01 04010401 0100 0102 0000 0100 0100 0000000000000000");
}

/* Padding of any kind and size does not keep the header alive. */
ATF_TC_WITHOUT_HEAD(strip_padded_header);
ATF_TC_BODY(strip_padded_header, tc)
{
	struct ip6_walk	 w;
	struct pkt	 k;

	w = load(&k, 0, "0030 3c", "3b04 00000000 c910" HOA
	    "00 010d 00000000000000000000000000" "1122334455667788");
	ATF_CHECK_EQ(rw_hao_strip(&k, &w), RW_OK);
	ATF_CHECK_EQ(k.delta, -40);
	ATF_CHECK_EQ(k.off, 40);
	check_packet("header removed", &k, "0008 3b", HOA, DST,
	    "1122334455667788");
}

/* RFC 6275 6.3: HAO in front of destination options for the receiver. */
ATF_TC_WITHOUT_HEAD(insert_places);
ATF_TC_BODY(insert_places, tc)
{
	struct in6_addr	 coa = addr("2001:db8:9::9");
	struct ip6_walk	 w;
	struct pkt	 k;

	w = load(&k, 24, "0010 3c", "3b00 0104 00000000 1122334455667788");
	ATF_CHECK_EQ(rw_hao_insert(&k, &w, &coa), RW_OK);
	ATF_CHECK_EQ(k.off, 0);
	ATF_CHECK_EQ(k.delta, 24);
	check_packet("before dstopts", &k, "0028 3c",
	    "20010db8000900000000000000000009", DST, "3c02 01020000 c910" SRC
	    "3b00 0104 00000000 1122334455667788");

	w = load(&k, 24, "0028 2b", "2c02 0400 00000000" HOA
	    "3b000000 00000009 1122334455667788");
	ATF_CHECK_EQ(rw_rh2_insert(&k, &w, &coa), RW_OK);
	check_packet("behind a routing header", &k, "0040 2b", SRC,
	    "20010db8000900000000000000000009",
	    "2b02 0400 00000000" HOA "2c02 0201 00000000" DST
	    "3b000000 00000009 1122334455667788");
}

ATF_TC_WITHOUT_HEAD(refusals);
ATF_TC_BODY(refusals, tc)
{
	struct in6_addr		 coa = addr("2001:db8:9::9");
	struct rw_tunnel	 t = { .hop_limit = 64, .dscp = -1,
	    .limit = -1 };
	struct ip6_walk		 w;
	struct pkt		 k;

	w = load(&k, 23, "0008 3b", "1122334455667788");
	ATF_CHECK_EQ(rw_hao_insert(&k, &w, &coa), RW_E_HEADROOM);
	ATF_CHECK_EQ(rw_rh2_insert(&k, &w, &coa), RW_E_HEADROOM);
	ATF_CHECK_EQ(rw_encap(&k, &w, &t), RW_E_HEADROOM);
	ATF_CHECK_EQ(rw_hao_strip(&k, &w), RW_E_NOTHING);
	ATF_CHECK_EQ(rw_rh2_strip(&k, &w), RW_E_NOTHING);
	ATF_CHECK_EQ(rw_decap(&k, &w), RW_E_NOTHING);
	check_packet("untouched", &k, "0008 3b", SRC, DST, "1122334455667788");
	ATF_CHECK_EQ(k.delta, 0);

	w = load(&k, 64, "0020 3c", "3b02 01020000 c910" HOA
	    "1122334455667788");
	ATF_CHECK_EQ(rw_hao_insert(&k, &w, &coa), RW_E_EXISTS);
	w = load(&k, 64, "0020 2b", "3b02 0201 00000000" HOA
	    "1122334455667788");
	ATF_CHECK_EQ(rw_rh2_insert(&k, &w, &coa), RW_E_EXISTS);

	/* a routing header where the HAO could not come behind it (6.3) */
	w = load(&k, 64, "0028 2c", "2b000000 00000009 3b02 0400 00000000" HOA
	    "1122334455667788");
	ATF_CHECK_EQ(rw_hao_insert(&k, &w, &coa), RW_E_PLACE);

	/* a packet of 65535 - 23 octets of payload has no room for 24 more */
	w = load(&k, 64, "0008 3b", "1122334455667788");
	pkt_data(&k)[4] = 0xff;
	pkt_data(&k)[5] = 0xe8;
	k.len = 40 + 0xffe8;
	ATF_REQUIRE_EQ(ip6_walk(&w, pkt_data(&k), k.len, 0), IP6_OK);
	ATF_CHECK_EQ(rw_hao_insert(&k, &w, &coa), RW_E_LENGTH);
	ATF_CHECK_EQ(rw_rh2_insert(&k, &w, &coa), RW_E_LENGTH);
	ATF_CHECK_EQ(rw_encap(&k, &w, &t), RW_E_LENGTH);
	pkt_data(&k)[5] = 0xe7;
	ATF_CHECK_EQ(rw_hao_insert(&k, &w, &coa), RW_OK);
}

/* RFC 2473 4.1.1: the limit of the packet itself, less one, comes first. */
ATF_TC_WITHOUT_HEAD(tunnel_limit);
ATF_TC_BODY(tunnel_limit, tc)
{
	struct rw_tunnel	 t = { .hop_limit = 9, .dscp = 46,
	    .limit = -1, .flow = 0x12345 };
	struct ip6_walk		 w, outer;
	struct pkt		 k;

	t.src = addr("2001:db8:7::1");
	t.dst = addr("2001:db8:7::2");
	w = load(&k, 64, "0010 3c", "3b00 0401 03 0101 00 1122334455667788");
	ATF_CHECK_EQ(rw_encap(&k, &w, &t), RW_OK);
	ATF_CHECK_EQ(k.delta, 48);
	ATF_CHECK_EQ(k.off, 16);
	ATF_REQUIRE_EQ(ip6_walk(&outer, pkt_data(&k), k.len, 0), IP6_OK);
	ATF_CHECK_EQ(outer.limit, 42);
	ATF_CHECK_EQ(pkt_data(&k)[44], 2);
	ATF_CHECK_EQ(outer.proto, IP6_P_IPV6);
	ATF_CHECK_EQ(outer.upper, 48);
	ATF_CHECK_EQ(ip6_tclass(pkt_data(&k)), 46 << 2);
	ATF_CHECK_EQ(ip6_flow(pkt_data(&k)), 0x12345);
	ATF_CHECK_EQ(pkt_data(&k)[7], 9);
	ATF_CHECK_EQ(rw_decap(&k, &outer), RW_OK);
	ATF_CHECK_EQ(k.delta, 0);
	check_packet("inner", &k, "0010 3c", SRC, DST,
	    "3b00 0401 03 0101 00 1122334455667788");

	w = load(&k, 64, "0010 3c", "3b00 0401 00 0101 00 1122334455667788");
	ATF_CHECK_EQ(rw_encap(&k, &w, &t), RW_E_LIMIT);
}

/* RFC 6040 4.2, figure 4, all sixteen; 0 not-ECT, 1 ECT(1), 2 ECT(0), 3 CE */
ATF_TC_WITHOUT_HEAD(ecn);
ATF_TC_BODY(ecn, tc)
{
	static const int	 figure4[4][4] = {	/* [inner][outer] */
		{ 0, 0, 0, -1 },
		{ 1, 1, 1, 3 },
		{ 2, 1, 2, 3 },
		{ 3, 3, 3, 3 },
	};
	struct rw_tunnel	 t = { .hop_limit = 64, .dscp = -1,
	    .limit = -1 };
	struct ip6_walk		 w;
	struct pkt		 k;
	uint8_t			*p;
	enum rw_err		 e;
	int			 in, out;

	for (in = 0; in < 4; in++)
		for (out = 0; out < 4; out++) {
			w = load(&k, 64, "0000 3b", "");
			pkt_data(&k)[1] = (uint8_t)(in << 4);
			ATF_CHECK_EQ(rw_encap(&k, &w, &t), RW_OK);
			p = pkt_data(&k);
			ATF_CHECK_EQ(ip6_tclass(p), in);
			p[1] = (uint8_t)(out << 4);
			ATF_REQUIRE_EQ(ip6_walk(&w, p, k.len, 0), IP6_OK);
			e = rw_decap(&k, &w);
			if (figure4[in][out] < 0)
				ATF_CHECK_EQ(e, RW_E_ECN);
			else {
				ATF_CHECK_EQ(e, RW_OK);
				ATF_CHECK_EQ(ip6_tclass(pkt_data(&k)),
				    figure4[in][out]);
			}
		}
}

ATF_TC_WITHOUT_HEAD(bad_inner);
ATF_TC_BODY(bad_inner, tc)
{
	static const struct {
		const char	*plen_next;
		const char	*rest;
		enum rw_err	 err;
	} cases[] = {
		{ "0000 29", "", RW_E_INNER },
		{ "0027 29", "600000000000 3b40" SRC
		    "20010db80001000000000000000000", RW_E_INNER },
		{ "0028 29", "600000000001 3b40" SRC DST, RW_E_INNER },
		{ "0028 29", "400000000000 3b40" SRC DST, RW_E_INNER },
		{ "0030 2c", "29000001 00000001 600000000000 3b40" SRC DST,
		    RW_E_NOTHING },
		{ "0030 2c", "29000008 00000001 600000000000 3b40" SRC DST,
		    RW_E_NOTHING },
		{ "0028 29", "600000000000 3b40" SRC DST, RW_OK },
		{ "0029 29", "600000000000 3b40" SRC DST "00", RW_OK },
	};
	struct ip6_walk	 w;
	struct pkt	 k;
	size_t		 i;

	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		w = load(&k, 64, cases[i].plen_next, cases[i].rest);
		ATF_CHECK_MSG(rw_decap(&k, &w) == cases[i].err, "%zu", i);
		if (cases[i].err == RW_OK)
			ATF_CHECK_EQ(k.len, 40);
	}
}

/*
 * A partial checksum of the sending stack stays right: the field holds the
 * pseudo-header with the home address, and csum_start moves by delta.
 */
ATF_TC_WITHOUT_HEAD(partial_checksum_moves);
ATF_TC_BODY(partial_checksum_moves, tc)
{
	struct in6_addr	 coa = addr("2001:db8:9::9"), src, dst;
	struct ip6_walk	 w;
	struct pkt	 k;
	size_t		 csum_start = 40;
	uint8_t		*p;
	uint16_t	 v;

	w = load(&k, PKT_HEADROOM, "000c 11", "0001000200 0c0000 deadbeef");
	p = pkt_data(&k);
	src = ip6_src(p);
	dst = ip6_dst(p);
	v = cksum_partial(&src, &dst, IP6_P_UDP, 12);
	p[46] = (uint8_t)(v >> 8);
	p[47] = (uint8_t)v;
	ATF_CHECK_EQ(rw_hao_insert(&k, &w, &coa), RW_OK);
	ATF_CHECK_EQ(rw_rh2_insert(&k, &w, &coa), RW_OK);
	ATF_CHECK_EQ(k.delta, 48);
	csum_start += (size_t)k.delta;
	p = pkt_data(&k);
	ATF_CHECK(cksum_complete(p, k.len, csum_start, 6));
	ATF_CHECK(cksum_ok(&src, &dst, IP6_P_UDP, p + csum_start, 12));
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, strip_keeps_other_options);
	ATF_TP_ADD_TC(tp, strip_padded_header);
	ATF_TP_ADD_TC(tp, insert_places);
	ATF_TP_ADD_TC(tp, refusals);
	ATF_TP_ADD_TC(tp, tunnel_limit);
	ATF_TP_ADD_TC(tp, ecn);
	ATF_TP_ADD_TC(tp, bad_inner);
	ATF_TP_ADD_TC(tp, partial_checksum_moves);
	return (atf_no_error());
}
