/* wire/print, wire/text, wire/pcap: what people and mip6ctl see. */
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
	ATF_TP_ADD_TC(tp, written_capture);
	return (atf_no_error());
}
