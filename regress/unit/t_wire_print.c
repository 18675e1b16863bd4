/*
 * wire/print, wire/text and wire/pcap: what people and mip6ctl see of a
 * packet, on one line and by fields.  Malformed packets and capture files say
 * what is wrong with them, and no buffer is overrun.
 */
#include "wire_util.h"

#include "wire/pcap.h"
#include "wire/print.h"

#define	SRC	"20010db8000200000000000000000b01"
#define	DST	"20010db8000100000000000000000001"
#define	HOA	"20010db800010000000000000000000a"

static const struct {
	const char	*name;		/* in data/wire.hex */
	const char	*line;
} lines[] = {
	{ "bu-hao", "ip6 2001:db8:2::b > 2001:db8:1::1, dstopts home "
	    "2001:db8:1::a, mh type BU seq 1 flags AH lifetime 120s "
	    "alternate-careof 2001:db8:2::b" },
	{ "ba-rh2", "ip6 2001:db8:1::1 > 2001:db8:2::b, rh2 home "
	    "2001:db8:1::a, mh type BA status 0 (accepted) seq 1 flags K "
	    "lifetime 120s refresh-advice 80s" },
	{ "be-1", "ip6 2001:db8:5::c > 2001:db8:2::b, mh type BE status 1 "
	    "(unknown binding) home 2001:db8:1::a" },
	{ "opt-mnid", "ip6 2001:db8:2::b > 2001:db8:1::1, mh type BU seq 0 "
	    "flags AHK lifetime 12s mn-id node1@example.org" },
	{ "ra", "ip6 fe80::200:5eff:fe00:5301 > ff02::1, icmp6 type "
	    "router-advertisement hop-limit 64 flags MOH lifetime 1800s "
	    "reachable 30000ms retrans 1000ms source-lladdr 00005e005301 "
	    "mtu 1480 prefix 2001:db8:1::1/64 flags LAR valid 4294967295s "
	    "preferred 4294967295s advertisement-interval-ms 70 home-agent "
	    "preference 10 lifetime 1800s" },
	{ "param", "ip6 2001:db8:1::1 > 2001:db8:2::b, icmp6 type "
	    "parameter-problem code 2 pointer 46, quoted 2001:db8:2::b > "
	    "2001:db8:1::1, dstopts home 2001:db8:1::a, mh type BU seq 1 "
	    "flags AHK lifetime 12s" },
	{ "dhaad-rep", "ip6 2001:db8:1::1 > 2001:db8:2::b, icmp6 type "
	    "home-agent-discovery-reply id 21930 home-agent 2001:db8:1::1 "
	    "home-agent 2001:db8:1::2" },
	{ "dhaad-req-router", "ip6 2001:db8:2::b > "
	    "2001:db8:1:0:fdff:ffff:ffff:fffe, icmp6 type "
	    "home-agent-discovery-request id 21930 flags R" },
	{ "ra-router", "ip6 fe80::200:5eff:fe00:5301 > ff02::1, icmp6 type "
	    "router-advertisement hop-limit 64 flags MOH lifetime 1800s "
	    "reachable 30000ms retrans 1000ms source-lladdr 00005e005301 "
	    "mtu 1480 prefix 2001:db8:1::1/64 flags LAR valid 4294967295s "
	    "preferred 4294967295s advertisement-interval-ms 70 home-agent "
	    "flags R preference 10 lifetime 1800s" },
	{ "hao-fragment-1", "ip6 2001:db8:2::b > 2001:db8:5::c, dstopts home "
	    "2001:db8:1::a, fragment id 0000004d offset 1208 more 0, udp "
	    "octets 800" },
	{ "hao-esp", "ip6 2001:db8:2::b > 2001:db8:1::1, dstopts home "
	    "2001:db8:1::a, esp spi 00001000 octets 16" },
	{ "limit", "ip6 2001:db8:1::1 > 2001:db8:2::b, dstopts tunnel-limit "
	    "4, inner 2001:db8:5::c > 2001:db8:1::a, udp source-port 1000 "
	    "destination-port 2000 octets 28" },
};

ATF_TC_WITHOUT_HEAD(one_line);
ATF_TC_BODY(one_line, tc)
{
	struct vector	 v;
	uint8_t		 p[4096];
	char		 buf[1024];
	size_t		 i, len, n = 0;
	FILE		*f = vectors_open(tc);

	while (vectors_next(f, &v))
		for (i = 0; i < sizeof(lines) / sizeof(lines[0]); i++) {
			if (strcmp(v.field[1], lines[i].name) != 0)
				continue;
			n++;
			len = unhex(v.field[2], p, sizeof(p));
			print_packet(buf, sizeof(buf), p, len, PRINT_LINE);
			ATF_CHECK_STREQ(buf, lines[i].line);
		}
	fclose(f);
	ATF_CHECK_EQ(n, sizeof(lines) / sizeof(lines[0]));
}

ATF_TC_WITHOUT_HEAD(fields);
ATF_TC_BODY(fields, tc)
{
	uint8_t	 p[128];
	char	 buf[1024];
	size_t	 n;

	n = unhex("6b800000 0020 3c 3f" SRC DST
	    "8702 01020000 c910" HOA "3b00000000000000", p, sizeof(p));
	print_packet(buf, sizeof(buf), p, n, PRINT_FIELDS);
	ATF_CHECK_STREQ(buf,
	    "ip6\n"
	    "    source: 2001:db8:2::b01\n"
	    "    destination: 2001:db8:1::1\n"
	    "    traffic-class: 0xb8\n"
	    "    flow-label: 0x00000\n"
	    "    hop-limit: 63\n"
	    "    payload-length: 32\n"
	    "dstopts\n"
	    "    home: 2001:db8:1::a\n"
	    "mh\n"
	    "    type: Binding Refresh Request\n"
	    "    checksum: BAD");
}

/* What is wrong is said, where it is, and nothing is made up. */
ATF_TC_WITHOUT_HEAD(malformed);
ATF_TC_BODY(malformed, tc)
{
	static const struct {
		const char	*hex;
		const char	*what;
	} cases[] = {
		{ "", "MALFORMED shorter than an IPv6 header at octet 0" },
		{ "45", "MALFORMED shorter than an IPv6 header at octet 0" },
		{ "60000000 0001 3b 40" SRC DST,
		    "MALFORMED payload length exceeds the packet at octet 4" },
		{ "60000000 0020 3c 40" SRC DST "3b02 01030000 00c90f" HOA
		    "0000000000000000",
		    "MALFORMED home address option: length not 16" },
		{ "60000000 0008 87 40" SRC DST "3b00050000000000",
		    "MALFORMED header length too small for its type at "
		    "octet 1" },
		{ "60000000 0010 87 40" SRC DST
		    "3b01050000000000 0000000103 020000",
		    "MALFORMED option of a wrong length at octet 13" },
		{ "60000000 0008 87 40" SRC DST "3b00630000000102",
		    "type 99 (unknown) checksum BAD data 0102" },
		{ "60000000 0007 3a 40" SRC DST "85000000000000",
		    "MALFORMED shorter than its type needs" },
	};
	uint8_t	 p[128];
	char	 buf[1024];
	size_t	 i, n;

	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		n = unhex(cases[i].hex, p, sizeof(p));
		print_packet(buf, sizeof(buf), p, n, PRINT_LINE);
		ATF_CHECK_MSG(strstr(buf, cases[i].what) != NULL, "%zu: %s", i,
		    buf);
	}
}

/* Tunnels in tunnels end somewhere; small buffers are not overrun. */
ATF_TC_WITHOUT_HEAD(bounds);
ATF_TC_BODY(bounds, tc)
{
	uint8_t		 p[40 * 20];
	char		 buf[2000], small[2000];
	struct text	 t;
	size_t		 i, n;

	for (i = 0; i < 20; i++) {
		unhex("60000000 0000 29 40" SRC DST, p + i * 40, 40);
		p[i * 40 + 4] = (uint8_t)((19 - i) * 40 >> 8);
		p[i * 40 + 5] = (uint8_t)((19 - i) * 40);
	}
	n = print_packet(buf, sizeof(buf), p, sizeof(p), PRINT_LINE);
	ATF_CHECK_EQ(n, strlen(buf));
	ATF_CHECK(strstr(buf, "ipv6 protocol 41 octets 600") != NULL);
	for (i = 1; i < n; i++) {
		memset(small, 'x', sizeof(small));
		ATF_CHECK_EQ(print_packet(small, i, p, sizeof(p), PRINT_LINE),
		    i - 1);
		ATF_CHECK(memcmp(small, buf, i - 1) == 0);
		ATF_CHECK_EQ(small[i - 1], '\0');
		ATF_CHECK_EQ(small[i], 'x');
	}
	text_init(&t, NULL, 0);
	text_add(&t, "nothing");
	ATF_CHECK(t.cut);
	/* a peer's octets reach no terminal */
	text_init(&t, buf, sizeof(buf));
	text_str(&t, "a\033[2J\\\377", 7);
	ATF_CHECK_STREQ(buf, "a\\x1b[2J\\x5c\\xff");
	text_init(&t, buf, sizeof(buf));
	text_hex(&t, "\1\2\3", 3, 2);
	ATF_CHECK_STREQ(buf, "0102...");
}

static size_t
make_pcap(uint8_t *p, size_t cap, const char *linktype, const char *packet)
{
	size_t	 n, len;

	n = unhex("d4c3b2a1 0200 0400 00000000 00000000 ffff0000", p, cap);
	n += unhex(linktype, p + n, cap - n);
	n += unhex("01000000 02000000 00000000 00000000", p + n, cap - n);
	len = unhex(packet, p + n, cap - n);
	p[n - 8] = p[n - 4] = (uint8_t)len;
	return (n + len);
}

ATF_TC_WITHOUT_HEAD(capture_files);
ATF_TC_BODY(capture_files, tc)
{
	static const struct {
		const char	*linktype;
		const char	*front;
		bool		 ipv6;
	} cases[] = {
		{ "65000000", "", true },
		{ "01000000", "000000000000 000000000000 86dd", true },
		{ "01000000", "000000000000 000000000000 0800", false },
		{ "01000000", "000000000000 000000000000 8100 0001 86dd",
		    true },
		{ "01000000", "000000000000", false },
		{ "71000000", "0000 0001 0006 0000000000000000 86dd", true },
		{ "01000000", "000000000000 000000000000 88a8 0007 8100 0007"
		    "86dd", true },
		{ "01000000", "000000000000 000000000000 8100 0001 8100 0001"
		    "8100 0001 8100 0001 8100 0001 86dd", false },
		{ "0c000000", "", true },
		{ "0e000000", "", true },
		{ "e5000000", "", true },
		{ "00000000", "0a000000", true },
		{ "00000000", "18000000", true },
		{ "00000000", "1c000000", true },
		{ "00000000", "0000001e", true },
		{ "00000000", "02000000", false },
		{ "6c000000", "00000018", true },
		{ "14010000", "86dd 0000 00000002 0001 00 06 0000000000000000",
		    true },
		{ "14010000", "0800 0000 00000002 0001 00 06 0000000000000000",
		    false },
	};
	struct pcap_rec	 r;
	struct pcap	 c;
	uint8_t		 p[256];
	char		 packet[256];
	size_t		 i, n, cut;

	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		snprintf(packet, sizeof(packet), "%s %s", cases[i].front,
		    i == 4 ? "" : "600000000000 3b40" SRC DST);
		n = make_pcap(p, sizeof(p), cases[i].linktype, packet);
		ATF_REQUIRE_EQ(pcap_open(&c, p, n), PCAP_OK);
		ATF_CHECK_EQ(pcap_next(&c, &r), PCAP_OK);
		ATF_CHECK_MSG((r.p != NULL) == cases[i].ipv6, "%zu", i);
		if (cases[i].ipv6)
			ATF_CHECK_EQ(r.len, 40);
		ATF_CHECK_EQ(r.sec, 1);
		ATF_CHECK_EQ(r.nsec, 2000);
		ATF_CHECK(!r.cut);
		ATF_CHECK_EQ(pcap_next(&c, &r), PCAP_END);
		for (cut = 0; cut < n; cut++) {
			if (pcap_open(&c, p, cut) != PCAP_OK)
				ATF_CHECK(cut < 24);
			else
				ATF_CHECK_EQ(pcap_next(&c, &r), cut == 24 ?
				    PCAP_END : PCAP_E_TRUNCATED);
		}
	}
	p[20] = 99;
	ATF_CHECK_EQ(pcap_open(&c, p, n), PCAP_E_LINKTYPE);
	p[0] = 0;
	ATF_CHECK_EQ(pcap_open(&c, p, n), PCAP_E_MAGIC);
	ATF_CHECK(pcap_err_name(PCAP_E_MAGIC) != NULL);
}

/* A pcapng file: its bytes, in either byte order. */
struct ng {
	uint8_t		 p[1024];
	struct wbuf	 w;
	bool		 swap;
	size_t		 block;		/* where the last one began */
};

static void
ng_u32(struct ng *f, uint32_t v)
{
	if (f->swap)
		v = v >> 24 | (v >> 8 & 0xff00) | (v << 8 & 0xff0000) |
		    v << 24;
	wbuf_u32(&f->w, v);
}

static void
ng_u16(struct ng *f, uint16_t v)
{
	wbuf_u16(&f->w, f->swap ? (uint16_t)(v >> 8 | v << 8) : v);
}

static void
ng_begin(struct ng *f, uint32_t type)
{
	f->block = f->w.off;
	ng_u32(f, type);
	ng_u32(f, 0);
}

static void
ng_end(struct ng *f)
{
	size_t	 end;

	while (f->w.off % 4 != 0)
		wbuf_u8(&f->w, 0);
	end = f->w.off + 4;
	f->w.off = f->block + 4;
	ng_u32(f, (uint32_t)(end - f->block));
	f->w.off = end - 4;
	ng_u32(f, (uint32_t)(end - f->block));
	ATF_REQUIRE(!f->w.bad);
}

/* A section with an interface of link type 101, and of 1, in ns. */
static void
ng_sections(struct ng *f, bool swap)
{
	wbuf_init(&f->w, f->p, sizeof(f->p));
	f->swap = swap;
	ng_begin(f, 0x0a0d0d0a);
	ng_u32(f, 0x1a2b3c4d);
	ng_u16(f, 1);
	ng_u16(f, 0);
	ng_u32(f, UINT32_MAX);
	ng_u32(f, UINT32_MAX);
	ng_end(f);
	ng_begin(f, 1);
	ng_u16(f, 101);
	ng_u16(f, 0);
	ng_u32(f, 40);
	ng_end(f);
	ng_begin(f, 1);
	ng_u16(f, 1);
	ng_u16(f, 0);
	ng_u32(f, 0);
	ng_u16(f, 2);		/* if_name, which is of no interest */
	ng_u16(f, 3);
	wbuf_bytes(&f->w, "em0", 4);
	ng_u16(f, 9);		/* if_tsresol */
	ng_u16(f, 1);
	wbuf_u32(&f->w, 0x09000000);
	ng_u32(f, 0);
	ng_end(f);
}

static void
ng_put_packet(struct ng *f, uint32_t ifc, uint64_t t, uint32_t orig,
    const uint8_t *pkt, size_t len)
{
	ng_begin(f, 6);
	ng_u32(f, ifc);
	ng_u32(f, (uint32_t)(t >> 32));
	ng_u32(f, (uint32_t)t);
	ng_u32(f, (uint32_t)len);
	ng_u32(f, orig);
	wbuf_bytes(&f->w, pkt, len);
	ng_end(f);
}

ATF_TC_WITHOUT_HEAD(pcapng);
ATF_TC_BODY(pcapng, tc)
{
	struct pcap_rec	 r;
	struct pcap	 c;
	struct ng	 f;
	enum pcap_err	 e;
	uint8_t		 pkt[54], *exact;
	size_t		 i, n, cut;

	unhex("000000000000 000000000000 86dd 600000000000 3b40" SRC DST, pkt,
	    sizeof(pkt));
	for (i = 0; i < 2; i++) {
		ng_sections(&f, i == 1);
		ng_put_packet(&f, 0, 5000006, 60, pkt + 14, 40);
		ng_put_packet(&f, 1, 7000000008, 54, pkt, 54);
		ng_begin(&f, 4);	/* of no interest */
		ng_u32(&f, 0);
		ng_end(&f);
		ng_begin(&f, 3);
		ng_u32(&f, 200);	/* longer than the snaplen, 40 */
		wbuf_bytes(&f.w, pkt + 14, 40);
		ng_end(&f);
		ATF_REQUIRE_EQ(PCAP_OK, pcap_open(&c, f.p, f.w.off));
		ATF_REQUIRE_EQ(PCAP_OK, pcap_next(&c, &r));
		check_octets("raw", r.p, r.len, pkt + 14, 40);
		ATF_CHECK(r.sec == 5 && r.nsec == 6000 && r.cut);
		ATF_REQUIRE_EQ(PCAP_OK, pcap_next(&c, &r));
		check_octets("ethernet", r.p, r.len, pkt + 14, 40);
		ATF_CHECK(r.sec == 7 && r.nsec == 8 && !r.cut);
		ATF_REQUIRE_EQ(PCAP_OK, pcap_next(&c, &r));
		check_octets("simple", r.p, r.len, pkt + 14, 40);
		ATF_CHECK(r.cut);
		ATF_CHECK_EQ(PCAP_END, pcap_next(&c, &r));
		for (cut = 0; cut < f.w.off; cut++) {
			ATF_REQUIRE((exact = malloc(cut + 1)) != NULL);
			memcpy(exact, f.p, cut);
			for (n = 0, e = pcap_open(&c, exact, cut);
			    e == PCAP_OK; n++)
				e = pcap_next(&c, &r);
			ATF_CHECK(e != PCAP_E_BLOCK || cut < 28);
			ATF_CHECK(n <= 3);
			free(exact);
		}
	}
	/*
	 * Another byte at each place: an error or not, and no more than that.
	 */
	for (i = 0; i < f.w.off; i++) {
		f.p[i] ^= 0xff;
		for (n = 0, e = pcap_open(&c, f.p, f.w.off); e == PCAP_OK; n++)
			e = pcap_next(&c, &r);
		ATF_CHECK(n <= 4);
		f.p[i] ^= 0xff;
	}
	/* An interface that is not there, one too many, an unknown link. */
	ng_sections(&f, true);
	ng_put_packet(&f, 2, 0, 40, pkt + 14, 40);
	ATF_REQUIRE_EQ(PCAP_OK, pcap_open(&c, f.p, f.w.off));
	ATF_CHECK_EQ(PCAP_E_BLOCK, pcap_next(&c, &r));
	c.nifaces = PCAP_IFACES_MAX;
	c.r.off = 28;
	ATF_CHECK_EQ(PCAP_E_IFACES, pcap_next(&c, &r));
	ng_sections(&f, true);
	f.p[28 + 8] = 99;
	ng_put_packet(&f, 0, 0, 40, pkt + 14, 40);
	ATF_REQUIRE_EQ(PCAP_OK, pcap_open(&c, f.p, f.w.off));
	ATF_CHECK_EQ(PCAP_E_LINKTYPE, pcap_next(&c, &r));
}

/* Times in tenths, in powers of two, and what no clock has. */
ATF_TC_WITHOUT_HEAD(pcapng_times);
ATF_TC_BODY(pcapng_times, tc)
{
	static const struct {
		uint8_t		 resolution;
		uint64_t	 t;
		uint32_t	 sec, nsec;
	} v[] = {
		{ 0, 7, 7, 0 }, { 1, 75, 7, 500000000 },
		{ 12, 1000000000001, 1, 0 }, { 12, 1500000001000, 1,
		    500000001 },
		{ 0x80, 9, 9, 0 }, { 0x81, 3, 1, 500000000 },
		{ 0x80 + 32, 0x180000000, 1, 500000000 },
		{ 0x80 + 63, UINT64_MAX, 1, 999999999 },
		{ 0x80 + 64, 1, 0, 0 }, { 20, 1, 0, 0 },
		{ 19, UINT64_MAX, 1, 844674407 },
	};
	struct pcap_rec	 r;
	struct pcap	 c;
	struct ng	 f;
	uint8_t		 pkt[40];
	size_t		 i;

	unhex("600000000000 3b40" SRC DST, pkt, sizeof(pkt));
	for (i = 0; i < sizeof(v) / sizeof(v[0]); i++) {
		ng_sections(&f, true);
		ng_put_packet(&f, 0, v[i].t, 40, pkt, 40);
		ATF_REQUIRE_EQ(PCAP_OK, pcap_open(&c, f.p, f.w.off));
		c.nifaces = 1;
		c.ifaces[0].linktype = PCAP_RAW;
		c.ifaces[0].resolution = v[i].resolution;
		c.r.off = f.block;
		c.swap = true;
		ATF_REQUIRE_EQ(PCAP_OK, pcap_next(&c, &r));
		ATF_CHECK_MSG(r.sec == v[i].sec && r.nsec == v[i].nsec,
		    "%zu: %u.%09u", i, r.sec, r.nsec);
	}
}

ATF_TC_WITHOUT_HEAD(written_capture);
ATF_TC_BODY(written_capture, tc)
{
	struct pcap_rec	 r;
	struct pcap	 c;
	uint8_t		 p[256], pkt[40];
	struct wbuf	 w;

	unhex("600000000000 3b40" SRC DST, pkt, sizeof(pkt));
	wbuf_init(&w, p, sizeof(p));
	pcap_write_header(&w, PCAP_RAW);
	pcap_write(&w, 5, 6, pkt, sizeof(pkt));
	ATF_REQUIRE(!w.bad);
	ATF_REQUIRE_EQ(pcap_open(&c, p, w.off), PCAP_OK);
	ATF_REQUIRE_EQ(pcap_next(&c, &r), PCAP_OK);
	ATF_CHECK_EQ(r.sec, 5);
	ATF_CHECK_EQ(r.nsec, 6000);
	check_octets("packet", r.p, r.len, pkt, sizeof(pkt));
	ATF_CHECK_EQ(pcap_next(&c, &r), PCAP_END);
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, one_line);
	ATF_TP_ADD_TC(tp, fields);
	ATF_TP_ADD_TC(tp, malformed);
	ATF_TP_ADD_TC(tp, bounds);
	ATF_TP_ADD_TC(tp, capture_files);
	ATF_TP_ADD_TC(tp, pcapng);
	ATF_TP_ADD_TC(tp, pcapng_times);
	ATF_TP_ADD_TC(tp, written_capture);
	return (atf_no_error());
}
