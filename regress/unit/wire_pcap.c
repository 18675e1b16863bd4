/*
 * Writes one packet of every message and option that wire/ builds into a
 * capture file, and to standard output what a decoder should see in it:
 * frame, field and value, separated by tabs.  For t_wire_tshark.sh.
 */
#include <sys/types.h>
#include <sys/socket.h>

#include <arpa/inet.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "wire/icmp6.h"
#include "wire/ip6.h"
#include "wire/mh.h"
#include "wire/mhauth.h"
#include "wire/pcap.h"
#include "wire/rewrite.h"

#define	HOA	"2001:db8:1::a"
#define	COA	"2001:db8:2::b"
#define	HA	"2001:db8:1::1"
#define	CN	"2001:db8:5::c"
#define	LL	"fe80::200:5eff:fe00:5301"

static struct wbuf	 file;
static uint8_t		 room[65536];
static unsigned int	 frame;
static struct mhauth	*auth;

static struct in6_addr
addr(const char *s)
{
	struct in6_addr	 a;

	if (inet_pton(AF_INET6, s, &a) != 1)
		abort();
	return (a);
}

static void
expect(const char *field, const char *value)
{
	printf("%u\t%s\t%s\n", frame, field, value);
}

/* How a packet travels. */
enum how { PLAIN, WITH_HAO, WITH_RH2, IN_TUNNEL };

/*
 * Packet from src to dst (as the upper layer sees them) with len octets of
 * proto; via is the care-of address, or the other end of the tunnel.
 */
static void
emit(const char *src, const char *dst, uint8_t proto, uint8_t hops,
    const uint8_t *p, size_t len, enum how how, const char *via)
{
	struct in6_addr		 s = addr(src), d = addr(dst), v = addr(via);
	struct rw_tunnel	 t = { .hop_limit = 64, .dscp = -1,
	    .limit = 4 };
	uint8_t			 buf[PKT_HEADROOM + 4096];
	struct ip6_walk		 w;
	struct pkt		 k;
	enum rw_err		 e = RW_OK;

	ip6_header(buf + PKT_HEADROOM, &s, &d, proto, (uint16_t)len, hops, 0,
	    0);
	memcpy(buf + PKT_HEADROOM + IP6_HDRLEN, p, len);
	pkt_init(&k, buf, PKT_HEADROOM, IP6_HDRLEN + len);
	if (ip6_walk(&w, pkt_data(&k), k.len, 0) != IP6_OK)
		abort();
	if (how == WITH_HAO) {
		e = rw_hao_insert(&k, &w, &v);
		expect("ipv6.opt.mipv6.home_address", src);
	} else if (how == WITH_RH2) {
		e = rw_rh2_insert(&k, &w, &v);
		expect("ipv6.routing.mipv6.home_address", dst);
		expect("ipv6.routing.segleft", "1");
	} else if (how == IN_TUNNEL) {
		t.src = v;
		t.dst = addr(HA);
		e = rw_encap(&k, &w, &t);
		expect("ipv6.opt.tel", "4");
	}
	if (e != RW_OK)
		abort();
	pcap_write(&file, frame, 0, pkt_data(&k), k.len);
}

static void
begin(uint8_t type)
{
	char	 v[8];

	frame++;
	snprintf(v, sizeof(v), "%u", type);
	expect("mip6.mhtype", v);
}

/* The authenticators, which are known only now. */
static void
expect_authenticators(const struct mh *m)
{
	const struct mh_opt	*o;
	struct text		 bad, auths;
	char			 b[128], a[128];
	uint8_t			 i;

	text_init(&bad, b, sizeof(b));
	text_init(&auths, a, sizeof(a));
	for (i = 0; i < m->nopts; i++) {
		o = &m->opt[i];
		if (o->type == MHOPT_BAD)
			text_hex(&bad, m->p + o->var_off, o->varlen, 64);
		if (o->type != MHOPT_AUTH)
			continue;
		if (auths.off != 0)
			text_add(&auths, ",");
		text_hex(&auths, m->p + o->var_off, o->varlen, 64);
	}
	if (bad.off != 0)
		expect("mip6.bad.auth", b);
	if (auths.off != 0)
		expect("mip6.auth.auth_data", a);
}

static void
send_mh(struct mh *m, const char *src, const char *dst, enum how how,
    const char *via)
{
	struct in6_addr	 s = addr(src), d = addr(dst);
	uint8_t		 p[MH_MAXLEN];
	size_t		 n;

	n = mh_build(m, p, sizeof(p));
	if (n == 0)
		abort();
	if (mh_find(m, MHOPT_BAD) != NULL)
		mhauth_bad_sign(auth, m, "kbm", 3, &s, &d);
	if (mh_find_auth(m, MHOPT_AUTH_MNHA) != NULL)
		mhauth_auth_sign(auth, m, MHOPT_AUTH_MNHA, "key", 3, &s, &d);
	if (mh_find_auth(m, MHOPT_AUTH_MNAAA) != NULL)
		mhauth_auth_sign(auth, m, MHOPT_AUTH_MNAAA, "key", 3, &s, &d);
	expect_authenticators(m);
	mh_set_checksum(m, &s, &d);
	emit(src, dst, IP6_P_MH, 64, p, n, how, via);
}

static void
messages(void)
{
	struct mh	 m;

	mh_init(&m, MH_BRR);
	begin(m.type);
	send_mh(&m, CN, HOA, PLAIN, COA);

	mh_init(&m, MH_HOTI);
	m.u.init.cookie = 0x0102030405060708;
	begin(m.type);
	expect("mip6.hoti.cookie", "0x0102030405060708");
	send_mh(&m, HOA, CN, IN_TUNNEL, COA);

	mh_init(&m, MH_COTI);
	m.u.init.cookie = 0x1112131415161718;
	begin(m.type);
	expect("mip6.coti.cookie", "0x1112131415161718");
	send_mh(&m, COA, CN, PLAIN, COA);

	mh_init(&m, MH_HOT);
	m.u.test.nonce_index = 7;
	m.u.test.cookie = 0x0102030405060708;
	m.u.test.token = 0x2122232425262728;
	begin(m.type);
	expect("mip6.hot.nindex", "7");
	expect("mip6.hot.cookie", "0x0102030405060708");
	expect("mip6.hot.token", "0x2122232425262728");
	send_mh(&m, CN, HOA, PLAIN, COA);

	m.type = MH_COT;
	begin(m.type);
	expect("mip6.cot.nindex", "7");
	expect("mip6.cot.cookie", "0x0102030405060708");
	send_mh(&m, CN, COA, PLAIN, COA);

	mh_init(&m, MH_BU);
	m.u.bu.seq = 0xabcd;
	m.u.bu.flags = MH_BU_A | MH_BU_H | MH_BU_L | MH_BU_K;
	m.u.bu.lifetime = 105;
	begin(m.type);
	expect("mip6.bu.seqnr", "43981");
	expect("mip6.bu.a_flag", "1");
	expect("mip6.bu.h_flag", "1");
	expect("mip6.bu.l_flag", "1");
	expect("mip6.bu.k_flag", "1");
	expect("mip6.bu.lifetime", "105");
	send_mh(&m, HOA, HA, WITH_HAO, COA);

	mh_init(&m, MH_BA);
	m.u.ba.status = MH_ST_SEQUENCE;
	m.u.ba.flags = MH_BA_K;
	m.u.ba.seq = 77;
	m.u.ba.lifetime = 9;
	begin(m.type);
	expect("mip6.ba.status", "135");
	expect("mip6.ba.k_flag", "1");
	expect("mip6.ba.seqnr", "77");
	expect("mip6.ba.lifetime", "9");
	send_mh(&m, HA, HOA, WITH_RH2, COA);

	mh_init(&m, MH_BE);
	m.u.be.status = MH_BE_UNKNOWN_BINDING;
	m.u.be.home = addr(HOA);
	begin(m.type);
	expect("mip6.be.status", "1");
	expect("mip6.be.haddr", HOA);
	send_mh(&m, CN, COA, PLAIN, COA);
}

static struct mh_opt *
with(struct mh *m, uint8_t message, uint8_t type)
{
	mh_init(m, message);
	begin(message);
	return (mh_add(m, type));
}

static void
var(struct mh_opt *o, const char *data)
{
	o->var = (const uint8_t *)data;
	o->varlen = (uint8_t)strlen(data);
}

static void
options_6275(void)
{
	struct mh_opt	*o;
	struct mh	 m;

	o = with(&m, MH_BU, MHOPT_ALTCOA);
	o->u.altcoa = addr(COA);
	expect("mip6.acoa.acoa", COA);
	send_mh(&m, HOA, HA, WITH_HAO, COA);

	o = with(&m, MH_BA, MHOPT_REFRESH);
	o->u.refresh = 60;
	expect("mip6.bra.interval", "60");
	send_mh(&m, HA, HOA, WITH_RH2, COA);

	o = with(&m, MH_BU, MHOPT_NONCE);
	o->u.nonce.home = 3;
	o->u.nonce.careof = 4;
	mh_add(&m, MHOPT_BAD);
	expect("mip6.ni.hni", "3");
	expect("mip6.ni.cni", "4");
	send_mh(&m, HOA, CN, WITH_HAO, COA);

	with(&m, MH_BA, MHOPT_BAD);
	send_mh(&m, CN, HOA, WITH_RH2, COA);
}

static void
options_428x(void)
{
	struct mh_opt	*o;
	struct mh	 m;

	o = with(&m, MH_BU, MHOPT_MNID);
	o->u.mnid.subtype = MHOPT_MNID_NAI;
	var(o, "node1@example.org");
	expect("mip6.mnid.subtype", "1");
	expect("mip6.mnid.identifier", "node1@example.org");
	o = mh_add(&m, MHOPT_MESGID);
	o->u.timestamp = (uint64_t)2208988800u << 32;
	o = mh_add(&m, MHOPT_AUTH);
	o->u.auth.subtype = MHOPT_AUTH_MNHA;
	o->u.auth.spi = 1000;
	expect("mip6.auth.subtype", "1");
	expect("mip6.auth.mobility_spi", "1000");
	send_mh(&m, HOA, HA, WITH_HAO, COA);

	o = with(&m, MH_BU, MHOPT_AUTH);
	o->u.auth.subtype = MHOPT_AUTH_MNHA;
	o->u.auth.spi = 1000;
	o = mh_add(&m, MHOPT_AUTH);
	o->u.auth.subtype = MHOPT_AUTH_MNAAA;
	o->u.auth.spi = MHAUTH_SPI_HMAC_SHA1;
	o->varlen = MHAUTH_MACLEN;
	expect("mip6.auth.subtype", "1,2");
	expect("mip6.auth.mobility_spi", "1000,3");
	send_mh(&m, HOA, HA, WITH_HAO, COA);

	o = with(&m, MH_BA, MHOPT_MESGID);
	o->u.timestamp = (uint64_t)2208988800u << 32;
	/* RFC 4285 6 counts from 1900; tshark takes it as from 1970 */
	expect("mip6.mseg_id.timestamp",
	    "Jan  1, 2040 00:00:00.000000000 UTC");
	send_mh(&m, HA, HOA, WITH_RH2, COA);
}

static void
options_4866(void)
{
	struct mh_opt	*o;
	struct mh	 m;

	with(&m, MH_BU, MHOPT_CGAREQ);
	var(mh_add(&m, MHOPT_CGA), "CGAPARAMETERS");
	var(mh_add(&m, MHOPT_SIGNATURE), "sig");
	mh_add(&m, MHOPT_COTI);
	expect("mip6.cgar.cga_par", "434741504152414d4554455253");
	expect("mip6.sign.sign", "736967");
	send_mh(&m, HOA, CN, WITH_HAO, COA);

	o = with(&m, MH_BA, MHOPT_PHKT);
	var(o, "tokentok");
	o = mh_add(&m, MHOPT_COT);
	o->u.token = 0x0102030405060708;
	expect("mip6.phkt.phkt", "746f6b656e746f6b");
	expect("mip6.mocot.co_keygen_tok", "0102030405060708");
	send_mh(&m, CN, HOA, WITH_RH2, COA);

	o = with(&m, MH_BU, MHOPT_DNSUPDATE);
	o->u.dns.flags = MHOPT_DNS_REMOVE;
	var(o, "n1.example.org");
	expect("mip6.dnsu.status", "0");
	expect("mip6.dnsu.flag.r", "1");
	expect("mip6.dnsu.mn_id", "6e312e6578616d706c652e6f7267");
	send_mh(&m, HOA, HA, WITH_HAO, COA);
}

static void
send_icmp6(struct icmp6 *m, const char *src, const char *dst, uint8_t hops,
    enum how how, const char *via)
{
	struct in6_addr	 s = addr(src), d = addr(dst);
	uint8_t		 p[1500];
	size_t		 n;
	char		 v[8];

	n = icmp6_build(m, p, sizeof(p));
	if (n == 0)
		abort();
	icmp6_set_checksum(p, n, &s, &d);
	snprintf(v, sizeof(v), "%u", m->type);
	expect("icmpv6.type", v);
	expect("icmpv6.checksum.status", "1");
	emit(src, dst, IP6_P_ICMPV6, hops, p, n, how, via);
}

static void
mobile_icmp6(void)
{
	struct in6_addr	 list[2];
	struct nd_opt	*o;
	struct icmp6	 m;

	icmp6_init(&m, ICMP6_T_DHAAD_REQ);
	m.u.mip.id = 0x55aa;
	frame++;
	expect("icmpv6.mip6.identifier", "21930");
	send_icmp6(&m, COA, "2001:db8:1:0:fdff:ffff:ffff:fffe", 64, PLAIN, COA);

	icmp6_init(&m, ICMP6_T_DHAAD_REP);
	m.u.mip.id = 0x55aa;
	list[0] = addr(HA);
	list[1] = addr("2001:db8:1::2");
	m.u.mip.addrs = (const uint8_t *)list;
	m.u.mip.naddrs = 2;
	frame++;
	expect("icmpv6.mip6.home_agent_address", HA ",2001:db8:1::2");
	send_icmp6(&m, HA, COA, 64, PLAIN, COA);

	icmp6_init(&m, ICMP6_T_MPS);
	m.u.mip.id = 3;
	frame++;
	expect("icmpv6.mip6.identifier", "3");
	send_icmp6(&m, HOA, HA, 64, WITH_HAO, COA);

	icmp6_init(&m, ICMP6_T_MPA);
	m.u.mip.id = 3;
	m.u.mip.flags = ICMP6_MPA_M | ICMP6_MPA_O;
	o = icmp6_add(&m, ND_PREFIX);
	o->u.prefix.len = 64;
	o->u.prefix.flags = ICMP6_PI_A | ICMP6_PI_R;
	o->u.prefix.valid = 1000;
	o->u.prefix.preferred = 500;
	o->u.prefix.prefix = addr(HA);
	frame++;
	expect("icmpv6.mip6.flag.m", "1");
	expect("icmpv6.mip6.flag.o", "1");
	expect("icmpv6.opt.prefix", HA);
	expect("icmpv6.opt.prefix.flag.l", "0");
	expect("icmpv6.opt.prefix.flag.r", "1");
	expect("icmpv6.opt.prefix.valid_lifetime", "1000");
	expect("icmpv6.opt.prefix.preferred_lifetime", "500");
	send_icmp6(&m, HA, HOA, 64, WITH_RH2, COA);
}

static void
neighbor_discovery(void)
{
	static const uint8_t	 mac[6] = { 0, 0, 0x5e, 0, 0x53, 1 };
	struct nd_opt		*o;
	struct icmp6		 m;

	icmp6_init(&m, ICMP6_T_RS);
	o = icmp6_add(&m, ND_SLLA);
	o->data = mac;
	o->datalen = 6;
	frame++;
	expect("icmpv6.opt.src_linkaddr", "00:00:5e:00:53:01");
	send_icmp6(&m, LL, "ff02::2", 255, PLAIN, COA);

	icmp6_init(&m, ICMP6_T_RA);
	m.u.ra.hop_limit = 64;
	m.u.ra.flags = ICMP6_RA_H;
	m.u.ra.lifetime = 1800;
	m.u.ra.reachable = 30000;
	m.u.ra.retrans = 1000;
	o = icmp6_add(&m, ND_MTU);
	o->u.mtu = 1480;
	o = icmp6_add(&m, ND_ADVINT);
	o->u.advint = 70;
	o = icmp6_add(&m, ND_HAINFO);
	o->u.hainfo.preference = 10;
	o->u.hainfo.lifetime = 600;
	frame++;
	expect("icmpv6.nd.ra.flag.h", "1");
	expect("icmpv6.nd.ra.flag.m", "0");
	expect("icmpv6.nd.ra.router_lifetime", "1800");
	expect("icmpv6.nd.ra.reachable_time", "30000");
	expect("icmpv6.nd.ra.retrans_timer", "1000");
	expect("icmpv6.opt.mtu", "1480");
	expect("icmpv6.opt.advertisement_interval", "70");
	expect("icmpv6.opt.home_agent_preference", "10");
	expect("icmpv6.opt.home_agent_lifetime", "600");
	send_icmp6(&m, LL, "ff02::1", 255, PLAIN, COA);

	icmp6_init(&m, ICMP6_T_NS);
	m.u.nd.target = addr(HOA);
	o = icmp6_add(&m, ND_NONCE);
	o->data = (const uint8_t *)"nonces";
	o->datalen = 6;
	frame++;
	expect("icmpv6.nd.ns.target_address", HOA);
	expect("icmpv6.opt.nonce", "6e6f6e636573");
	send_icmp6(&m, "::", "ff02::1:ff00:a", 255, PLAIN, COA);

	icmp6_init(&m, ICMP6_T_NA);
	m.u.nd.target = addr(HOA);
	m.u.nd.flags = ICMP6_NA_R | ICMP6_NA_O;
	o = icmp6_add(&m, ND_TLLA);
	o->data = mac;
	o->datalen = 6;
	frame++;
	expect("icmpv6.nd.na.target_address", HOA);
	expect("icmpv6.nd.na.flag.r", "1");
	expect("icmpv6.nd.na.flag.s", "0");
	expect("icmpv6.nd.na.flag.o", "1");
	expect("icmpv6.opt.target_linkaddr", "00:00:5e:00:53:01");
	send_icmp6(&m, LL, "ff02::1", 255, PLAIN, COA);
}

static void
errors(void)
{
	static const struct {
		uint8_t		 type;
		uint8_t		 code;
		uint32_t	 param;
		const char	*field;
		const char	*value;
	} all[] = {
		{ ICMP6_T_UNREACH, 3, 0, "icmpv6.code", "3" },
		{ ICMP6_T_TOOBIG, 0, 1280, "icmpv6.mtu", "1280" },
		{ ICMP6_T_TIMEX, 0, 0, "icmpv6.code", "0" },
		{ ICMP6_T_PARAM, 1, 6, "icmpv6.pointer", "6" },
	};
	struct in6_addr	 src = addr(COA), dst = addr(CN), ha = addr(HA);
	uint8_t		 pkt[60], p[1500];
	size_t		 i, n;

	memset(pkt, 0, sizeof(pkt));
	ip6_header(pkt, &src, &dst, IP6_P_NONE, 20, 64, 0, 0);
	for (i = 0; i < sizeof(all) / sizeof(all[0]); i++) {
		n = icmp6_error(p, sizeof(p), all[i].type, all[i].code,
		    all[i].param, pkt, sizeof(pkt));
		icmp6_set_checksum(p, n, &ha, &src);
		frame++;
		expect(all[i].field, all[i].value);
		expect("icmpv6.checksum.status", "1");
		emit(HA, COA, IP6_P_ICMPV6, 64, p, n, PLAIN, COA);
	}
}

int
main(int argc, char **argv)
{
	FILE	*f;

	if (argc != 2 || (f = fopen(argv[1], "w")) == NULL ||
	    (auth = mhauth_new()) == NULL)
		return (1);
	wbuf_init(&file, room, sizeof(room));
	pcap_write_header(&file, PCAP_RAW);
	messages();
	options_6275();
	options_428x();
	options_4866();
	mobile_icmp6();
	neighbor_discovery();
	errors();
	mhauth_free(auth);
	if (file.bad || fwrite(room, 1, file.off, f) != file.off ||
	    fclose(f) != 0)
		return (1);
	return (0);
}
