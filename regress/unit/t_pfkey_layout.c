/*
 * libpfkey: messages byte for byte.  What is built is what RFC 2367, KAME's
 * SPD extension and Linux' SADB_X_MIGRATE lay down.
 */
#include <sys/socket.h>

#include <arpa/inet.h>
#include <atf-c.h>
#include <stdio.h>
#include <string.h>

#include "libpfkey/libpfkey.h"
#include "regress/unit/pfkey_lab.h"

#define OLD_COA	"2001:db8:1::10"
#define NEW_COA	"2001:db8:2::10"
#define HA	"2001:db8:ff::1"
#define HOA	"2001:db8:ff::10"

/* What is expected is written by this, value by value. */
struct bytes {
	uint8_t	 b[1024];
	size_t	 n;
};

static void
u8(struct bytes *x, unsigned int v)
{
	x->b[x->n++] = (uint8_t)v;
}

static void
u16(struct bytes *x, unsigned int v)
{
	uint16_t	 w = (uint16_t)v;

	memcpy(x->b + x->n, &w, sizeof(w));
	x->n += sizeof(w);
}

static void
u32(struct bytes *x, uint32_t v)
{
	memcpy(x->b + x->n, &v, sizeof(v));
	x->n += sizeof(v);
}

static void
u64(struct bytes *x, uint64_t v)
{
	memcpy(x->b + x->n, &v, sizeof(v));
	x->n += sizeof(v);
}

static void
zero(struct bytes *x, size_t n)
{
	memset(x->b + x->n, 0, n);
	x->n += n;
}

static void
header(struct bytes *x, unsigned int type, unsigned int satype, size_t len)
{
	u8(x, 2);
	u8(x, type);
	u8(x, 0);
	u8(x, satype);
	u16(x, (unsigned int)(len / 8));
	u16(x, 0);
	u32(x, 7);
	u32(x, 4711);
}

/* 28 bytes; Linux without, the others with sin6_len. */
static void
sin6(struct bytes *x, const char *dialect, const char *a, unsigned int port)
{
	if (strcmp(dialect, "linux") == 0)
		u16(x, 10);
	else {
		u8(x, 28);
		u8(x, strcmp(dialect, "freebsd") == 0 ? 28 : 24);
	}
	u8(x, port >> 8);
	u8(x, port & 0xff);
	zero(x, 4);
	ATF_REQUIRE_EQ(inet_pton(AF_INET6, a, x->b + x->n), 1);
	x->n += 16;
	zero(x, 4);
}

static void
address(struct bytes *x, const char *dialect, unsigned int ext,
    unsigned int proto, unsigned int plen, const char *a, unsigned int port)
{
	u16(x, 5);
	u16(x, ext);
	u8(x, proto);
	u8(x, plen);
	u16(x, 0);
	sin6(x, dialect, a, port);
	zero(x, 4);
}

static void
check(const char *dialect, struct pfkey_msg *m, const struct bytes *want)
{
	uint8_t	 got[PFKEY_MSG_ROOM];
	size_t	 i, len;

	m->seq = 7;
	m->pid = 4711;
	ATF_REQUIRE_EQ(pfkey_build(pfkey_dialect(dialect), m, got,
	    sizeof(got), &len), PFKEY_OK);
	ATF_CHECK_EQ_MSG(len, want->n, "%zu bytes, not %zu", len, want->n);
	for (i = 0; i < len && i < want->n; i++)
		ATF_REQUIRE_EQ_MSG(got[i], want->b[i],
		    "byte %zu is %02x, not %02x", i, got[i], want->b[i]);
}

static struct pfkey_migrate
move(void)
{
	struct pfkey_migrate	 g;

	memset(&g, 0, sizeof(g));
	g.sel.src = addr(HOA);
	g.sel.src_plen = 128;
	g.sel.dst = addr("::");
	g.sel.dst_plen = 0;
	g.dir = PFKEY_OUT;
	g.npairs = 1;
	g.from[0].proto = 50;
	g.from[0].mode = PFKEY_TUNNEL;
	g.from[0].level = PFKEY_UNIQUE;
	g.from[0].reqid = 101;
	g.to[0] = g.from[0];
	g.from[0].src = addr(OLD_COA);
	g.to[0].src = addr(NEW_COA);
	g.from[0].dst = g.to[0].dst = addr(HA);
	return (g);
}

static void
expect_migrate(struct bytes *x, unsigned int dir, size_t len)
{
	memset(x, 0, sizeof(*x));
	header(x, 24, 0, len);
	address(x, "linux", 5, 255, 128, HOA, 0);
	address(x, "linux", 6, 255, 0, "::", 0);
	u16(x, 20);		/* policy: 160 bytes */
	u16(x, 18);
	u16(x, 2);		/* IPsec */
	u8(x, dir);
	u8(x, 0);
	u32(x, 0);		/* id */
	u32(x, 0);		/* priority */
	u16(x, 72);		/* the old request; in bytes */
	u16(x, 50);
	u8(x, 2);
	u8(x, 3);
	u16(x, 0);
	u32(x, 101);
	u32(x, 0);
	sin6(x, "linux", OLD_COA, 0);
	sin6(x, "linux", HA, 0);
	u16(x, 72);		/* the new one */
	u16(x, 50);
	u8(x, 2);
	u8(x, 3);
	u16(x, 0);
	u32(x, 101);
	u32(x, 0);
	sin6(x, "linux", NEW_COA, 0);
	sin6(x, "linux", HA, 0);
}

ATF_TC_WITHOUT_HEAD(migrate);
ATF_TC_BODY(migrate, tc)
{
	struct pfkey_migrate	 g = move();
	struct pfkey_msg	 m;
	struct bytes		 want;
	unsigned int		 dir;

	for (dir = PFKEY_IN; dir <= PFKEY_FWD; dir++) {
		g.dir = (uint8_t)dir;
		expect_migrate(&want, dir, 256);
		ATF_REQUIRE_EQ(want.n, 256);
		ATF_REQUIRE_EQ(pfkey_from_migrate(&m, &g), PFKEY_OK);
		check("linux", &m, &want);
	}
}

ATF_TC_WITHOUT_HEAD(migrate_kmaddress);
ATF_TC_BODY(migrate_kmaddress, tc)
{
	struct pfkey_migrate	 g = move();
	struct pfkey_msg	 m;
	struct bytes		 want;

	expect_migrate(&want, PFKEY_OUT, 320);
	u16(&want, 8);
	u16(&want, 25);
	u32(&want, 0);
	sin6(&want, "linux", NEW_COA, 0);
	sin6(&want, "linux", HA, 0);
	ATF_REQUIRE_EQ(want.n, 320);
	g.km_local = addr(NEW_COA);
	g.km_remote = addr(HA);
	ATF_REQUIRE_EQ(pfkey_from_migrate(&m, &g), PFKEY_OK);
	check("linux", &m, &want);
}

/* A Binding Update's policy; its type is the source port on Linux. */
static struct pfkey_policy
bu_policy(bool type)
{
	struct pfkey_policy	 p;

	memset(&p, 0, sizeof(p));
	p.sel.src = addr(HOA);
	p.sel.dst = addr(HA);
	p.sel.src_plen = p.sel.dst_plen = 128;
	p.sel.proto = 135;
	if (type) {
		p.sel.has_type = true;
		p.sel.type = 5;
	}
	p.dir = PFKEY_OUT;
	p.action = PFKEY_IPSEC;
	p.nrequests = 1;
	p.requests[0].proto = 50;
	p.requests[0].mode = PFKEY_TRANSPORT;
	p.requests[0].level = PFKEY_UNIQUE;
	p.requests[0].reqid = 100;
	return (p);
}

ATF_TC_WITHOUT_HEAD(spdadd_linux);
ATF_TC_BODY(spdadd_linux, tc)
{
	struct pfkey_policy	 p = bu_policy(true);
	struct pfkey_msg	 m;
	struct bytes		 want = { .n = 0 };

	p.priority = 10;
	header(&want, 14, 0, 128);
	address(&want, "linux", 5, 135, 128, HOA, 5);
	address(&want, "linux", 6, 135, 128, HA, 0);
	u16(&want, 4);
	u16(&want, 18);
	u16(&want, 2);
	u8(&want, 2);
	u8(&want, 0);
	u32(&want, 0);
	u32(&want, 10);
	u16(&want, 16);
	u16(&want, 50);
	u8(&want, 1);
	u8(&want, 3);
	u16(&want, 0);
	u32(&want, 100);
	u32(&want, 0);
	ATF_REQUIRE_EQ(pfkey_from_policy(&m, PFKEY_SPDADD, &p), PFKEY_OK);
	check("linux", &m, &want);
}

ATF_TC_WITHOUT_HEAD(spdadd_kame);
ATF_TC_BODY(spdadd_kame, tc)
{
	static const char *const	 names[] = { "freebsd", "netbsd" };
	struct pfkey_policy		 p = bu_policy(false);
	struct pfkey_msg		 m;
	struct bytes			 want;
	size_t				 i;

	p.requests[1].proto = 50;
	p.requests[1].mode = PFKEY_TUNNEL;
	p.requests[1].level = PFKEY_REQUIRE;
	p.requests[1].src = addr(OLD_COA);
	p.requests[1].dst = addr(HA);
	p.nrequests = 2;
	for (i = 0; i < 2; i++) {
		memset(&want, 0, sizeof(want));
		header(&want, 14, 0, 16 + 40 + 40 + 16 + 8 + 64);
		address(&want, names[i], 5, 135, 128, HOA, 0);
		address(&want, names[i], 6, 135, 128, HA, 0);
		u16(&want, 11);
		u16(&want, 18);
		u16(&want, 2);
		u8(&want, 2);
		u8(&want, 0);
		u32(&want, 0);
		u32(&want, 0);
		u16(&want, 8);		/* 16-bit reqid, no addresses */
		u16(&want, 50);
		u8(&want, 1);
		u8(&want, 3);
		u16(&want, 100);
		u16(&want, 64);		/* 8 + 28 + 28 */
		u16(&want, 50);
		u8(&want, 2);
		u8(&want, 2);
		u16(&want, 0);
		sin6(&want, names[i], OLD_COA, 0);
		sin6(&want, names[i], HA, 0);
		ATF_REQUIRE_EQ(pfkey_from_policy(&m, PFKEY_SPDADD, &p),
		    PFKEY_OK);
		check(names[i], &m, &want);
	}
}

static const uint8_t	 akey[32] = { 0xa0, 0xa1, 0xa2 };
static const uint8_t	 ekey[20] = { 0xe0, 0xe1, 0xe2 };

static struct pfkey_sa
some_sa(void)
{
	struct pfkey_sa	 sa;

	memset(&sa, 0, sizeof(sa));
	sa.satype = PFKEY_ESP;
	sa.spi = 0x12345678;
	sa.src = addr(HOA);
	sa.dst = addr(HA);
	sa.mode = PFKEY_TUNNEL;
	sa.reqid = 101;
	sa.replay = 32;
	sa.auth = PFKEY_A_SHA256;
	sa.encrypt = PFKEY_C_AES_CBC;
	sa.key_auth.p = akey;
	sa.key_auth.bits = 256;
	sa.key_encrypt.p = ekey;
	sa.key_encrypt.bits = 160;
	sa.hard.addtime = 3600;
	sa.soft.bytes = 1000000;
	return (sa);
}

static void
expect_add(struct bytes *x, const char *name, unsigned int replay,
    unsigned int satype)
{
	memset(x, 0, sizeof(*x));
	header(x, 3, satype, 16 + 16 + 32 + 32 + 40 + 40 + 40 + 32 + 16);
	u16(x, 2);		/* SA */
	u16(x, 1);
	u8(x, 0x12);
	u8(x, 0x34);
	u8(x, 0x56);
	u8(x, 0x78);
	u8(x, replay);
	u8(x, 1);		/* mature */
	u8(x, 5);
	u8(x, 12);
	u32(x, 0);
	u16(x, 4);		/* hard */
	u16(x, 3);
	u32(x, 0);
	u64(x, 0);
	u64(x, 3600);
	u64(x, 0);
	u16(x, 4);		/* soft */
	u16(x, 4);
	u32(x, 0);
	u64(x, 1000000);
	u64(x, 0);
	u64(x, 0);
	address(x, name, 5, 0, 128, HOA, 0);
	address(x, name, 6, 0, 128, HA, 0);
	u16(x, 5);		/* authentication key: 8 + 32 */
	u16(x, 8);
	u16(x, 256);
	u16(x, 0);
	memcpy(x->b + x->n, akey, sizeof(akey));
	x->n += sizeof(akey);
	u16(x, 4);		/* encryption key: 8 + 20 + 4 of padding */
	u16(x, 9);
	u16(x, 160);
	u16(x, 0);
	memcpy(x->b + x->n, ekey, sizeof(ekey));
	x->n += sizeof(ekey);
	zero(x, 4);
}

static void
expect_sa2(struct bytes *x)
{
	u16(x, 2);
	u16(x, 19);
	u8(x, 2);
	zero(x, 3);
	u32(x, 0);
	u32(x, 101);
}

ATF_TC_WITHOUT_HEAD(add);
ATF_TC_BODY(add, tc)
{
	struct pfkey_sa		 sa = some_sa();
	struct pfkey_msg	 m;
	struct bytes		 want;

	expect_add(&want, "linux", 32, 3);
	expect_sa2(&want);
	ATF_REQUIRE_EQ(pfkey_from_sa(&m, PFKEY_ADD, &sa), PFKEY_OK);
	check("linux", &m, &want);
	/* KAME counts the window in units of eight packets. */
	expect_add(&want, "freebsd", 4, 3);
	expect_sa2(&want);
	check("freebsd", &m, &want);
	expect_add(&want, "netbsd", 4, 3);
	expect_sa2(&want);
	check("netbsd", &m, &want);
}

/* The same RFC 2367 message with OpenBSD's numbers and plain addresses. */
ATF_TC_WITHOUT_HEAD(add_openbsd);
ATF_TC_BODY(add_openbsd, tc)
{
	struct pfkey_sa		 sa = some_sa();
	struct pfkey_msg	 m;
	struct bytes		 want;

	sa.mode = PFKEY_MODE_ANY;
	sa.reqid = 0;
	expect_add(&want, "openbsd", 32, 2);
	want.b[4] = (uint8_t)(want.n / 8);
	want.b[16 + 16 + 64 + 5] = 0;
	want.b[16 + 16 + 64 + 40 + 5] = 0;
	ATF_REQUIRE_EQ(pfkey_from_sa(&m, PFKEY_ADD, &sa), PFKEY_OK);
	check("openbsd", &m, &want);
}

ATF_TC_WITHOUT_HEAD(ipv4_address);
ATF_TC_BODY(ipv4_address, tc)
{
	struct pfkey_msg	 m;
	struct bytes		 want = { .n = 0 };

	pfkey_msg_init(&m, PFKEY_GETSPI);
	m.satype = PFKEY_ESP;
	m.src.a = addr("192.0.2.1");
	m.dst.a = addr("192.0.2.2");
	m.src.plen = m.dst.plen = 32;
	m.spirange.min = 0x100;
	m.spirange.max = 0xffff;
	m.present = 1 << PFKEY_X_SRC | 1 << PFKEY_X_DST |
	    1 << PFKEY_X_SPIRANGE;
	header(&want, 1, 3, 16 + 24 + 24 + 16);
	u16(&want, 3);
	u16(&want, 5);
	u8(&want, 0);
	u8(&want, 32);
	u16(&want, 0);
	u8(&want, 16);
	u8(&want, 2);
	u16(&want, 0);
	u8(&want, 192);
	u8(&want, 0);
	u8(&want, 2);
	u8(&want, 1);
	zero(&want, 8);
	u16(&want, 3);
	u16(&want, 6);
	u8(&want, 0);
	u8(&want, 32);
	u16(&want, 0);
	u8(&want, 16);
	u8(&want, 2);
	u16(&want, 0);
	u8(&want, 192);
	u8(&want, 0);
	u8(&want, 2);
	u8(&want, 2);
	zero(&want, 8);
	u16(&want, 2);
	u16(&want, 16);
	u32(&want, 0x100);
	u32(&want, 0xffff);
	u32(&want, 0);
	check("netbsd", &m, &want);
}

/* FreeBSD: UPDATE with new addresses moves an SA; a large window. */
ATF_TC_WITHOUT_HEAD(update_freebsd);
ATF_TC_BODY(update_freebsd, tc)
{
	struct pfkey_sa		 sa;
	struct pfkey_msg	 m;
	struct bytes		 want = { .n = 0 };

	memset(&sa, 0, sizeof(sa));
	sa.satype = PFKEY_ESP;
	sa.spi = 0x12345678;
	sa.src = addr(OLD_COA);
	sa.dst = addr(HA);
	sa.mode = PFKEY_TUNNEL;
	sa.reqid = 101;
	sa.replay = 4096;
	sa.new_src = addr(NEW_COA);
	sa.new_dst = addr(HA);
	header(&want, 2, 3, 16 + 16 + 80 + 16 + 8 + 80);
	u16(&want, 2);
	u16(&want, 1);
	u8(&want, 0x12);
	u8(&want, 0x34);
	u8(&want, 0x56);
	u8(&want, 0x78);
	u8(&want, 255);
	u8(&want, 1);
	u16(&want, 0);
	u32(&want, 0);
	address(&want, "freebsd", 5, 0, 128, OLD_COA, 0);
	address(&want, "freebsd", 6, 0, 128, HA, 0);
	expect_sa2(&want);
	u16(&want, 1);
	u16(&want, 26);
	u32(&want, 4096);
	address(&want, "freebsd", 27, 0, 128, NEW_COA, 0);
	address(&want, "freebsd", 28, 0, 128, HA, 0);
	ATF_REQUIRE_EQ(pfkey_from_sa(&m, PFKEY_UPDATE, &sa), PFKEY_OK);
	check("freebsd", &m, &want);
}

#if __has_include(<linux/pfkeyv2.h>)
#include <linux/pfkeyv2.h>

/* Sizes and offsets as the kernel's own header has them. */
ATF_TC_WITHOUT_HEAD(kernel_header);
ATF_TC_BODY(kernel_header, tc)
{
	struct pfkey_migrate		 g = move();
	struct sadb_x_ipsecrequest	 rq;
	struct sadb_x_policy		 pol;
	struct sadb_address		 a;
	struct sadb_msg			 h;
	struct pfkey_msg		 m;
	uint8_t				 got[PFKEY_MSG_ROOM];
	size_t				 len, off;

	ATF_REQUIRE_EQ(pfkey_from_migrate(&m, &g), PFKEY_OK);
	ATF_REQUIRE_EQ(pfkey_build(pfkey_dialect("linux"), &m, got,
	    sizeof(got), &len), PFKEY_OK);
	memcpy(&h, got, sizeof(h));
	ATF_CHECK_EQ(h.sadb_msg_version, PF_KEY_V2);
	ATF_CHECK_EQ(h.sadb_msg_type, SADB_X_MIGRATE);
	ATF_CHECK_EQ(h.sadb_msg_len * 8u, len);
	off = sizeof(h);
	memcpy(&a, got + off, sizeof(a));
	ATF_CHECK_EQ(a.sadb_address_exttype, SADB_EXT_ADDRESS_SRC);
	ATF_CHECK_EQ(a.sadb_address_prefixlen, 128);
	off += a.sadb_address_len * 8u;
	memcpy(&a, got + off, sizeof(a));
	ATF_CHECK_EQ(a.sadb_address_exttype, SADB_EXT_ADDRESS_DST);
	off += a.sadb_address_len * 8u;
	memcpy(&pol, got + off, sizeof(pol));
	ATF_CHECK_EQ(pol.sadb_x_policy_exttype, SADB_X_EXT_POLICY);
	ATF_CHECK_EQ(pol.sadb_x_policy_dir, 2);
	ATF_CHECK_EQ(off + pol.sadb_x_policy_len * 8u, len);
	off += sizeof(pol);
	memcpy(&rq, got + off, sizeof(rq));
	ATF_CHECK_EQ(rq.sadb_x_ipsecrequest_proto, 50);
	ATF_CHECK_EQ(rq.sadb_x_ipsecrequest_reqid, 101);
	off += rq.sadb_x_ipsecrequest_len;
	memcpy(&rq, got + off, sizeof(rq));
	ATF_CHECK_EQ(rq.sadb_x_ipsecrequest_level, 3);
	ATF_CHECK_EQ(off + rq.sadb_x_ipsecrequest_len, len);
}
#else
ATF_TC_WITHOUT_HEAD(kernel_header);
ATF_TC_BODY(kernel_header, tc)
{
	atf_tc_skip("linux/pfkeyv2.h is not there");
}
#endif

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, migrate);
	ATF_TP_ADD_TC(tp, migrate_kmaddress);
	ATF_TP_ADD_TC(tp, spdadd_linux);
	ATF_TP_ADD_TC(tp, spdadd_kame);
	ATF_TP_ADD_TC(tp, add);
	ATF_TP_ADD_TC(tp, add_openbsd);
	ATF_TP_ADD_TC(tp, ipv4_address);
	ATF_TP_ADD_TC(tp, update_freebsd);
	ATF_TP_ADD_TC(tp, kernel_header);
	return (atf_no_error());
}
