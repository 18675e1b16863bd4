/*
 * libpfkey: what is built is parsed again, in every dialect and with every
 * extension.  What is not right is refused with the error that says so, and no
 * key is left in memory by a failure.
 */
#include <sys/socket.h>

#include <arpa/inet.h>
#include <atf-c.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "libpfkey/libpfkey.h"
#include "regress/unit/pfkey_lab.h"

static const char *const	 dialects[] = { "linux", "freebsd", "netbsd",
    "openbsd" };
static const uint8_t		 key[36] = { 1, 2, 3, 4, 5, 6, 7, 8 };

static struct pfkey_sa
some_sa(void)
{
	struct pfkey_sa	 sa;

	memset(&sa, 0, sizeof(sa));
	sa.satype = PFKEY_ESP;
	sa.spi = 0x1000;
	sa.src = addr("2001:db8::1");
	sa.dst = addr("2001:db8::2");
	sa.encrypt = PFKEY_C_AES_CBC;
	sa.auth = PFKEY_A_SHA256;
	sa.key_encrypt.p = key;
	sa.key_encrypt.bits = 128;
	sa.key_auth.p = key;
	sa.key_auth.bits = 256;
	sa.replay = 32;
	sa.hard.addtime = 600;
	sa.soft.addtime = 500;
	return (sa);
}

static struct pfkey_policy
some_policy(void)
{
	struct pfkey_policy	 p;

	memset(&p, 0, sizeof(p));
	p.sel.src = addr("2001:db8:1::");
	p.sel.src_plen = 64;
	p.sel.dst = addr("::");
	p.sel.proto = 6;
	p.sel.dport = 443;
	p.dir = PFKEY_IN;
	p.action = PFKEY_IPSEC;
	p.nrequests = 2;
	p.requests[0].proto = 51;
	p.requests[0].mode = PFKEY_TRANSPORT;
	p.requests[0].level = PFKEY_REQUIRE;
	p.requests[1].proto = 50;
	p.requests[1].mode = PFKEY_TUNNEL;
	p.requests[1].level = PFKEY_UNIQUE;
	p.requests[1].reqid = PFKEY_REQID_MAX;
	p.requests[1].src = addr("192.0.2.1");
	p.requests[1].dst = addr("192.0.2.2");
	p.hard.addtime = 99;
	return (p);
}

/* Built for and parsed as dialect; the bytes stay in buf. */
static struct pfkey_msg
round_trip(const char *name, const struct pfkey_msg *m, uint8_t *buf,
    size_t *len)
{
	const struct pfkey_dialect	*d = pfkey_dialect(name);
	struct pfkey_msg		 back;
	uint8_t				 again[PFKEY_MSG_ROOM];
	enum pfkey_error		 e;
	size_t				 n, where;

	e = pfkey_build(d, m, buf, PFKEY_MSG_ROOM, len);
	ATF_REQUIRE_EQ_MSG(e, PFKEY_OK, "%s: %s", name, pfkey_strerror(e));
	e = pfkey_parse(d, buf, *len, &back, &where);
	ATF_REQUIRE_EQ_MSG(e, PFKEY_OK, "%s: %s at %zu", name,
	    pfkey_strerror(e), where);
	ATF_REQUIRE_EQ(pfkey_build(d, &back, again, sizeof(again), &n),
	    PFKEY_OK);
	ATF_CHECK_EQ(n, *len);
	ATF_CHECK(memcmp(again, buf, n) == 0);
	return (back);
}

ATF_TC_WITHOUT_HEAD(sa_every_dialect);
ATF_TC_BODY(sa_every_dialect, tc)
{
	struct pfkey_sa		 sa, back;
	struct pfkey_msg	 m, n;
	uint8_t			 buf[PFKEY_MSG_ROOM];
	size_t			 i, len;

	for (i = 0; i < 4; i++) {
		sa = some_sa();
		if (pfkey_caps(pfkey_dialect(dialects[i]))->spd) {
			sa.mode = PFKEY_TUNNEL;
			sa.reqid = 77;
			sa.natt_type = 2;
			sa.natt_sport = 4500;
			sa.natt_dport = 12345;
		}
		sa.flags = PFKEY_F_PFS;
		sa.proxy.a = addr("2001:db8::9");
		sa.proxy.plen = 128;
		ATF_REQUIRE_EQ(pfkey_from_sa(&m, PFKEY_ADD, &sa), PFKEY_OK);
		m.seq = 3;
		m.pid = 4;
		n = round_trip(dialects[i], &m, buf, &len);
		ATF_CHECK_EQ(n.type, PFKEY_ADD);
		ATF_CHECK_EQ(n.seq, 3);
		ATF_CHECK_EQ(n.pid, 4);
		ATF_REQUIRE_EQ(pfkey_to_sa(&n, &back), PFKEY_OK);
		ATF_CHECK_EQ(back.satype, PFKEY_ESP);
		ATF_CHECK_EQ(back.spi, 0x1000);
		ATF_CHECK_EQ(back.replay, 32);
		ATF_CHECK_EQ(back.encrypt, PFKEY_C_AES_CBC);
		ATF_CHECK_EQ(back.auth, PFKEY_A_SHA256);
		ATF_CHECK_EQ(back.flags, PFKEY_F_PFS);
		ATF_CHECK_EQ(back.state, PFKEY_MATURE);
		ATF_CHECK_EQ(back.reqid, sa.reqid);
		ATF_CHECK_EQ(back.mode, sa.mode);
		ATF_CHECK_EQ(back.natt_dport, sa.natt_dport);
		ATF_CHECK_EQ(back.hard.addtime, 600);
		ATF_CHECK_EQ(back.soft.addtime, 500);
		ATF_CHECK_EQ(back.key_auth.bits, 256);
		ATF_CHECK(memcmp(back.key_auth.p, key, 32) == 0);
		ATF_CHECK(memcmp(back.src.bytes, sa.src.bytes, 16) == 0);
		ATF_CHECK(memcmp(back.proxy.a.bytes, sa.proxy.a.bytes, 16)
		    == 0);
		/* The key is where the message has it, not a copy. */
		ATF_CHECK(back.key_auth.p > buf &&
		    back.key_auth.p < buf + len);
	}
}

ATF_TC_WITHOUT_HEAD(policy_every_dialect);
ATF_TC_BODY(policy_every_dialect, tc)
{
	struct pfkey_policy	 p = some_policy(), back;
	struct pfkey_msg	 m, n;
	uint8_t			 buf[PFKEY_MSG_ROOM];
	size_t			 i, len;

	for (i = 0; i < 3; i++) {
		ATF_REQUIRE_EQ(pfkey_from_policy(&m, PFKEY_SPDUPDATE, &p),
		    PFKEY_OK);
		n = round_trip(dialects[i], &m, buf, &len);
		ATF_REQUIRE_EQ(pfkey_to_policy(&n, &back), PFKEY_OK);
		ATF_CHECK(memcmp(&back, &p, sizeof(p)) == 0);
	}
	ATF_CHECK_EQ(pfkey_build(pfkey_dialect("openbsd"), &m, buf,
	    sizeof(buf), &len), PFKEY_E_UNSUPPORTED);
}

ATF_TC_WITHOUT_HEAD(policy_requests);
ATF_TC_BODY(policy_requests, tc)
{
	struct pfkey_policy	 p = some_policy();
	struct pfkey_msg	 m;

	p.id = 1234;
	ATF_REQUIRE_EQ(pfkey_from_policy(&m, PFKEY_SPDGET, &p), PFKEY_OK);
	ATF_CHECK_EQ(m.present, 1ULL << PFKEY_X_POLICY);
	ATF_CHECK_EQ(m.policy.id, 1234);
	ATF_REQUIRE_EQ(pfkey_from_policy(&m, PFKEY_SPDDELETE, &p), PFKEY_OK);
	ATF_CHECK_EQ(m.policy.nrequests, 0);
	ATF_CHECK_EQ(pfkey_from_policy(&m, PFKEY_ADD, &p), PFKEY_E_TYPE);
	p.requests[1].reqid = PFKEY_REQID_MAX + 1;
	ATF_CHECK_EQ(pfkey_from_policy(&m, PFKEY_SPDADD, &p), PFKEY_E_REQID);
	p.requests[1].reqid = 1;
	p.requests[1].level = PFKEY_REQUIRE;
	ATF_CHECK_EQ(pfkey_from_policy(&m, PFKEY_SPDADD, &p),
	    PFKEY_E_REQUEST);
	p = some_policy();
	p.requests[1].dst.family = AF_UNSPEC;
	ATF_CHECK_EQ(pfkey_from_policy(&m, PFKEY_SPDADD, &p),
	    PFKEY_E_FAMILY);
	p.requests[1].src.family = AF_UNSPEC;
	ATF_CHECK_EQ(pfkey_from_policy(&m, PFKEY_SPDADD, &p),
	    PFKEY_E_REQUEST);
	p.nrequests = 0;
	ATF_CHECK_EQ(pfkey_from_policy(&m, PFKEY_SPDADD, &p),
	    PFKEY_E_REQUEST);
	p.nrequests = PFKEY_MAX_POLICY + 1;
	ATF_CHECK_EQ(pfkey_from_policy(&m, PFKEY_SPDADD, &p),
	    PFKEY_E_TOO_MANY);
	p = some_policy();
	p.dir = 4;
	ATF_CHECK_EQ(pfkey_from_policy(&m, PFKEY_SPDADD, &p), PFKEY_E_VALUE);
	p = some_policy();
	p.sel.dst_plen = 129;
	ATF_CHECK_EQ(pfkey_from_policy(&m, PFKEY_SPDADD, &p),
	    PFKEY_E_PREFIX);
	p.sel.dst = addr("192.0.2.1");
	ATF_CHECK_EQ(pfkey_from_policy(&m, PFKEY_SPDADD, &p),
	    PFKEY_E_FAMILY);
}

/* Type of Mobility Header and ICMPv6 as source port; 0 is any (xfrm). */
ATF_TC_WITHOUT_HEAD(selector_types);
ATF_TC_BODY(selector_types, tc)
{
	struct pfkey_policy	 p = some_policy(), back;
	struct pfkey_msg	 m, n;
	uint8_t			 buf[PFKEY_MSG_ROOM];
	size_t			 len;

	p.sel.proto = 58;
	p.sel.dport = 0;
	p.sel.has_type = true;
	p.sel.type = 146;
	p.sel.code = 3;
	ATF_REQUIRE_EQ(pfkey_from_policy(&m, PFKEY_SPDADD, &p), PFKEY_OK);
	ATF_CHECK_EQ(m.src.a.port, 146);
	ATF_CHECK_EQ(m.dst.a.port, 3);
	n = round_trip("freebsd", &m, buf, &len);
	ATF_REQUIRE_EQ(pfkey_to_policy(&n, &back), PFKEY_OK);
	ATF_CHECK(back.sel.has_type);
	ATF_CHECK_EQ(back.sel.type, 146);
	ATF_CHECK_EQ(back.sel.code, 3);
	p.sel.proto = 135;
	ATF_CHECK_EQ(pfkey_from_policy(&m, PFKEY_SPDADD, &p),
	    PFKEY_E_SELECTOR);
	p.sel.code = 0;
	p.sel.type = 0;
	ATF_CHECK_EQ(pfkey_from_policy(&m, PFKEY_SPDADD, &p),
	    PFKEY_E_SELECTOR);
	p.sel.type = 5;
	ATF_REQUIRE_EQ(pfkey_from_policy(&m, PFKEY_SPDADD, &p), PFKEY_OK);
	n = round_trip("linux", &m, buf, &len);
	ATF_REQUIRE_EQ(pfkey_to_policy(&n, &back), PFKEY_OK);
	ATF_CHECK(back.sel.has_type);
	ATF_CHECK_EQ(back.sel.type, 5);
	/* There it would be accepted and never match. */
	ATF_CHECK_EQ(pfkey_build(pfkey_dialect("netbsd"), &m, buf,
	    sizeof(buf), &len), PFKEY_E_UNSUPPORTED);
	p.sel.has_type = false;
	p.sel.sport = 5;
	ATF_CHECK_EQ(pfkey_from_policy(&m, PFKEY_SPDADD, &p),
	    PFKEY_E_SELECTOR);
	/* IKE's form of the type, which another daemon may have put there. */
	p.sel.sport = 0;
	ATF_REQUIRE_EQ(pfkey_from_policy(&m, PFKEY_SPDADD, &p), PFKEY_OK);
	m.src.a.port = 256;
	ATF_REQUIRE_EQ(pfkey_to_policy(&m, &back), PFKEY_OK);
	ATF_CHECK(!back.sel.has_type);
	ATF_CHECK_EQ(back.sel.sport, 256);
}

ATF_TC_WITHOUT_HEAD(what_a_system_lacks);
ATF_TC_BODY(what_a_system_lacks, tc)
{
	struct pfkey_policy	 p = some_policy();
	struct pfkey_sa		 sa = some_sa();
	struct pfkey_msg	 m;
	uint8_t			 buf[PFKEY_MSG_ROOM];
	size_t			 len;

	p.dir = PFKEY_FWD;
	ATF_REQUIRE_EQ(pfkey_from_policy(&m, PFKEY_SPDADD, &p), PFKEY_OK);
	ATF_CHECK_EQ(pfkey_build(pfkey_dialect("linux"), &m, buf,
	    sizeof(buf), &len), PFKEY_OK);
	ATF_CHECK_EQ(pfkey_build(pfkey_dialect("freebsd"), &m, buf,
	    sizeof(buf), &len), PFKEY_E_UNSUPPORTED);
	p.dir = PFKEY_OUT;
	p.priority = 5;
	ATF_REQUIRE_EQ(pfkey_from_policy(&m, PFKEY_SPDADD, &p), PFKEY_OK);
	ATF_CHECK_EQ(pfkey_build(pfkey_dialect("freebsd"), &m, buf,
	    sizeof(buf), &len), PFKEY_OK);
	ATF_CHECK_EQ(pfkey_build(pfkey_dialect("netbsd"), &m, buf,
	    sizeof(buf), &len), PFKEY_E_UNSUPPORTED);
	sa.new_src = addr("2001:db8::3");
	ATF_REQUIRE_EQ(pfkey_from_sa(&m, PFKEY_UPDATE, &sa), PFKEY_OK);
	ATF_CHECK_EQ(pfkey_build(pfkey_dialect("freebsd"), &m, buf,
	    sizeof(buf), &len), PFKEY_OK);
	ATF_CHECK_EQ(pfkey_build(pfkey_dialect("linux"), &m, buf,
	    sizeof(buf), &len), PFKEY_E_UNSUPPORTED);
	sa = some_sa();
	sa.flags = PFKEY_F_ESN;
	ATF_REQUIRE_EQ(pfkey_from_sa(&m, PFKEY_ADD, &sa), PFKEY_OK);
	ATF_CHECK_EQ(pfkey_build(pfkey_dialect("linux"), &m, buf,
	    sizeof(buf), &len), PFKEY_E_UNSUPPORTED);
	sa = some_sa();
	sa.encrypt = PFKEY_C_CHACHA20;
	ATF_REQUIRE_EQ(pfkey_from_sa(&m, PFKEY_ADD, &sa), PFKEY_OK);
	ATF_CHECK_EQ(pfkey_build(pfkey_dialect("netbsd"), &m, buf,
	    sizeof(buf), &len), PFKEY_E_UNSUPPORTED);
	/* Linux would cut the window without a word. */
	sa = some_sa();
	sa.replay = 64;
	ATF_REQUIRE_EQ(pfkey_from_sa(&m, PFKEY_ADD, &sa), PFKEY_OK);
	ATF_CHECK_EQ(pfkey_build(pfkey_dialect("linux"), &m, buf,
	    sizeof(buf), &len), PFKEY_E_VALUE);
	ATF_CHECK_EQ(pfkey_build(pfkey_dialect("netbsd"), &m, buf,
	    sizeof(buf), &len), PFKEY_OK);
	sa.reqid = 0x4000;
	ATF_CHECK_EQ(pfkey_from_sa(&m, PFKEY_ADD, &sa), PFKEY_E_REQID);
	sa.reqid = 1;
	ATF_REQUIRE_EQ(pfkey_from_sa(&m, PFKEY_ADD, &sa), PFKEY_OK);
	m.sa2.reqid = 0x4000;
	ATF_CHECK_EQ(pfkey_build(pfkey_dialect("netbsd"), &m, buf,
	    sizeof(buf), &len), PFKEY_E_REQID);
	ATF_CHECK_EQ(pfkey_from_sa(&m, PFKEY_FLUSH, &sa), PFKEY_E_TYPE);
	p.priority = 0;
	ATF_REQUIRE_EQ(pfkey_from_policy(&m, PFKEY_SPDADD, &p), PFKEY_OK);
	m.policy.requests[1].reqid = 0x4000;
	ATF_CHECK_EQ(pfkey_build(pfkey_dialect("linux"), &m, buf,
	    sizeof(buf), &len), PFKEY_E_REQID);
	sa.dst = addr("192.0.2.1");
	ATF_CHECK_EQ(pfkey_from_sa(&m, PFKEY_ADD, &sa), PFKEY_E_FAMILY);
}

/* No byte of a key stays behind when a message can't be built. */
ATF_TC_WITHOUT_HEAD(no_key_after_error);
ATF_TC_BODY(no_key_after_error, tc)
{
	struct pfkey_sa		 sa = some_sa();
	struct pfkey_msg	 m;
	uint8_t			 buf[PFKEY_MSG_ROOM], zero[PFKEY_MSG_ROOM];
	size_t			 cap, len;

	ATF_REQUIRE_EQ(pfkey_from_sa(&m, PFKEY_ADD, &sa), PFKEY_OK);
	memset(zero, 0, sizeof(zero));
	ATF_REQUIRE_EQ(pfkey_build(NULL, &m, buf, sizeof(buf), &len),
	    PFKEY_OK);
	for (cap = 0; cap < len; cap++) {
		size_t	 n;

		memset(buf, 0, sizeof(buf));
		ATF_REQUIRE_EQ(pfkey_build(NULL, &m, buf, cap, &n),
		    PFKEY_E_NO_ROOM);
		ATF_REQUIRE_EQ(n, 0);
		ATF_REQUIRE(memcmp(buf, zero, sizeof(buf)) == 0);
	}
}

/* A message in dialect linux to be spoiled: SRC at 16, DST at 56 ... */
static size_t
good(uint8_t *buf)
{
	struct pfkey_policy	 p = some_policy();
	struct pfkey_msg	 m;
	size_t			 len;

	ATF_REQUIRE_EQ(pfkey_from_policy(&m, PFKEY_SPDADD, &p), PFKEY_OK);
	ATF_REQUIRE_EQ(pfkey_build(pfkey_dialect("linux"), &m, buf,
	    PFKEY_MSG_ROOM, &len), PFKEY_OK);
	return (len);
}

static void
set16(uint8_t *p, uint16_t v)
{
	memcpy(p, &v, sizeof(v));
}

/* Parse from memory of exactly that size; the sanitizer watches. */
static enum pfkey_error
parse(const char *name, const uint8_t *buf, size_t len, size_t *where)
{
	struct pfkey_msg	 m;
	enum pfkey_error	 e;
	uint8_t			*exact;

	ATF_REQUIRE((exact = malloc(len == 0 ? 1 : len)) != NULL);
	memcpy(exact, buf, len);
	e = pfkey_parse(pfkey_dialect(name), exact, len, &m, where);
	free(exact);
	return (e);
}

static void
spoiled(size_t at, int value, enum pfkey_error want, size_t want_at)
{
	uint8_t			 buf[PFKEY_MSG_ROOM];
	size_t			 len = good(buf), where = 9999;
	enum pfkey_error	 e;

	buf[at] = (uint8_t)value;
	e = parse("linux", buf, len, &where);
	ATF_CHECK_EQ_MSG(e, want, "byte %zu = %d: %s", at, value,
	    pfkey_strerror(e));
	ATF_CHECK_EQ_MSG(where, want_at, "byte %zu = %d: at %zu, not %zu",
	    at, value, where, want_at);
}

ATF_TC_WITHOUT_HEAD(hostile);
ATF_TC_BODY(hostile, tc)
{
	uint8_t	 buf[PFKEY_MSG_ROOM];
	size_t	 i, len = good(buf), where;

	/* header 16, lifetime 32, source 40, destination 40, policy */
	ATF_REQUIRE_EQ(len, 16 + 32 + 40 + 40 + 16 + 16 + 48);
	spoiled(0, 1, PFKEY_E_VERSION, 0);
	spoiled(1, 0, PFKEY_E_TYPE, 1);
	spoiled(1, 25, PFKEY_E_TYPE, 1);
	spoiled(4, 1, PFKEY_E_LENGTH, 4);
	spoiled(5, 1, PFKEY_E_LENGTH, 4);
	spoiled(16, 0, PFKEY_E_EXT_LENGTH, 16);
	spoiled(16, 200, PFKEY_E_EXT_LENGTH, 16);
	spoiled(16, 3, PFKEY_E_EXT_LENGTH, 20);
	spoiled(18, 0, PFKEY_E_EXT_ZERO, 16);
	spoiled(48, 4, PFKEY_E_ADDRESS, 80);	/* length of the source */
	spoiled(48 + 5, 129, PFKEY_E_PREFIX, 48 + 36);
	spoiled(48 + 8, 11, PFKEY_E_FAMILY, 48 + 12);
	spoiled(88 + 2, 5, PFKEY_E_DUPLICATE, 88 + 4);
	spoiled(88 + 8, 2, PFKEY_E_ADDRESS, 88 + 8 + 16); /* too long */
	/* the AH request, then the ESP one */
	spoiled(144, 15, PFKEY_E_REQUEST, 144 + 2);
	spoiled(144, 255, PFKEY_E_REQUEST, 208);
	spoiled(144, 24, PFKEY_E_FAMILY, 128 + 16 + 24);
	spoiled(160 + 16, 10, PFKEY_E_FAMILY, 208);
	spoiled(160 + 32, 10, PFKEY_E_ADDRESS, 208);
	for (i = 0; i < len; i++)
		ATF_CHECK(parse("linux", buf, i, &where) != PFKEY_OK);
	ATF_CHECK_EQ(parse("linux", buf, 15, &where), PFKEY_E_SHORT);
}

ATF_TC_WITHOUT_HEAD(unknown_extension_is_ignored);
ATF_TC_BODY(unknown_extension_is_ignored, tc)
{
	uint8_t	 buf[PFKEY_MSG_ROOM];
	size_t	 len = good(buf), where;

	memset(buf + len, 0xff, 16);
	set16(buf + len, 2);
	set16(buf + len + 2, 27);	/* beyond what Linux knows */
	len += 16;
	set16(buf + 4, (uint16_t)(len / 8));
	ATF_CHECK_EQ(parse("linux", buf, len, &where), PFKEY_OK);
	set16(buf + len - 14, 0x105);	/* only its low byte is known */
	ATF_CHECK_EQ(parse("linux", buf, len, &where), PFKEY_OK);
}

/* RFC 2367 section 3.1: an error is the base message alone. */
ATF_TC_WITHOUT_HEAD(required_extensions);
ATF_TC_BODY(required_extensions, tc)
{
	uint8_t			 buf[16] = { 2, 3, 0, 3 };
	struct pfkey_msg	 m;

	set16(buf + 4, 2);
	ATF_CHECK_EQ(pfkey_parse(NULL, buf, sizeof(buf), &m, NULL),
	    PFKEY_E_MISSING);
	buf[2] = EEXIST;
	ATF_CHECK_EQ(pfkey_parse(NULL, buf, sizeof(buf), &m, NULL), PFKEY_OK);
	ATF_CHECK_EQ(m.errnum, EEXIST);
	ATF_CHECK_EQ(m.satype, PFKEY_ESP);
	pfkey_msg_init(&m, PFKEY_GET);
	ATF_CHECK_EQ(pfkey_build(NULL, &m, buf, sizeof(buf), &(size_t){ 0 }),
	    PFKEY_E_MISSING);
	pfkey_msg_init(&m, PFKEY_T_NONE);
	ATF_CHECK_EQ(pfkey_build(NULL, &m, buf, sizeof(buf), &(size_t){ 0 }),
	    PFKEY_E_TYPE);
}

/* The rest of the extensions, as one message of no sense. */
ATF_TC_WITHOUT_HEAD(every_extension);
ATF_TC_BODY(every_extension, tc)
{
	static const uint8_t	 comb[76] = { 32, 0, 0, 0, 5, 12, 0, 0, 0, 1,
	    0, 1, 128, 0, 0, 1 };
	static const uint8_t	 algs[20] = { 0, 0, 0, 0, 5, 0, 0, 1, 0, 1,
	    0, 0, 12, 16, 128, 0, 0, 1 };
	static const uint8_t	 sens[20] = { 0, 0, 0, 1, 2, 1, 0, 0 };
	static const uint8_t	 raw[36] = { 9 };
	static const uint8_t	 nm[8] = "mn1";
	struct pfkey_msg	 m, n;
	struct pfkey_comb	 c;
	struct pfkey_alg	 a;
	uint8_t			 buf[PFKEY_MSG_ROOM];
	size_t			 i, len;

	for (i = 0; i < 3; i++) {
		pfkey_msg_init(&m, PFKEY_REGISTER);
		m.satype = PFKEY_ESP;
		m.current.bytes = 1;
		m.ident_src.type = 2;
		m.ident_src.id = 3;
		m.ident_src.name = (struct pfkey_blob){ nm, 8 };
		m.ident_dst = m.ident_src;
		m.sensitivity = (struct pfkey_blob){ sens, 20 };
		m.proposal = (struct pfkey_blob){ comb, 76 };
		m.supported_auth = (struct pfkey_blob){ algs, 12 };
		m.supported_encrypt = (struct pfkey_blob){ algs, 20 };
		m.kmprivate = (struct pfkey_blob){ raw, 4 };
		m.spirange.min = 256;
		m.spirange.max = 1000;
		m.natt_oai.a = addr("192.0.2.7");
		m.natt_oai.plen = 32;
		m.present = 1ULL << PFKEY_X_LIFE_CURRENT |
		    1ULL << PFKEY_X_IDENT_SRC | 1ULL << PFKEY_X_IDENT_DST |
		    1ULL << PFKEY_X_SENSITIVITY | 1ULL << PFKEY_X_PROPOSAL |
		    1ULL << PFKEY_X_SUPPORTED_AUTH |
		    1ULL << PFKEY_X_SUPPORTED_ENCRYPT |
		    1ULL << PFKEY_X_KMPRIVATE | 1ULL << PFKEY_X_SPIRANGE |
		    1ULL << PFKEY_X_NATT_OAI;
		if (i == 0) {
			m.sec_ctx = (struct pfkey_blob){ raw, 12 };
			m.filter = (struct pfkey_blob){ raw, 36 };
			m.present |= 1ULL << PFKEY_X_SEC_CTX |
			    1ULL << PFKEY_X_FILTER;
		} else {
			m.natt.frag = 1400;
			m.natt_oar = m.natt_oai;
			m.present |= 1ULL << PFKEY_X_NATT_FRAG |
			    1ULL << PFKEY_X_NATT_OAR;
		}
		n = round_trip(dialects[i], &m, buf, &len);
		ATF_CHECK_EQ(n.present, m.present);
		ATF_CHECK_EQ(n.ident_dst.id, 3);
		ATF_CHECK_EQ(n.natt.frag, m.natt.frag);
		ATF_REQUIRE(pfkey_comb(pfkey_dialect(dialects[i]), &n, 0,
		    &c));
		ATF_CHECK_EQ(c.auth, PFKEY_A_SHA256);
		ATF_CHECK_EQ(c.encrypt, PFKEY_C_AES_CBC);
		ATF_CHECK_EQ(c.encrypt_max, 256);
		ATF_CHECK(!pfkey_comb(NULL, &n, 1, &c));
		ATF_REQUIRE(pfkey_alg(NULL, &n, PFKEY_X_SUPPORTED_AUTH, 0,
		    &a));
		ATF_CHECK_EQ(a.id, PFKEY_A_SHA256);
		ATF_CHECK(!pfkey_alg(NULL, &n, PFKEY_X_SUPPORTED_AUTH, 1,
		    &a));
		ATF_REQUIRE(pfkey_alg(NULL, &n, PFKEY_X_SUPPORTED_ENCRYPT, 1,
		    &a));
		ATF_CHECK_EQ(a.id, PFKEY_C_AES_CBC);
		ATF_CHECK_EQ(a.ivlen, 16);
		ATF_CHECK(!pfkey_alg(NULL, &n, PFKEY_X_POLICY, 0, &a));
	}
	m.sensitivity.len = 12;		/* but it names a bitmap */
	ATF_REQUIRE_EQ(pfkey_build(pfkey_dialect("linux"), &m, buf,
	    sizeof(buf), &len), PFKEY_E_UNSUPPORTED);	/* NetBSD's are in it */
	m.present = 1ULL << PFKEY_X_SENSITIVITY;
	ATF_REQUIRE_EQ(pfkey_build(NULL, &m, buf, sizeof(buf), &len),
	    PFKEY_OK);
	ATF_CHECK_EQ(pfkey_parse(NULL, buf, len, &n, NULL),
	    PFKEY_E_EXT_LENGTH);
}

ATF_TC_WITHOUT_HEAD(unknown_numbers_are_kept);
ATF_TC_BODY(unknown_numbers_are_kept, tc)
{
	struct pfkey_sa		 sa = some_sa(), back;
	struct pfkey_msg	 m, n;
	uint8_t			 buf[PFKEY_MSG_ROOM];
	size_t			 len;

	sa.encrypt = PFKEY_RAW | 99;
	sa.auth = PFKEY_RAW | 98;
	sa.flags_raw = 0x8;
	ATF_REQUIRE_EQ(pfkey_from_sa(&m, PFKEY_ADD, &sa), PFKEY_OK);
	n = round_trip("netbsd", &m, buf, &len);
	ATF_REQUIRE_EQ(pfkey_to_sa(&n, &back), PFKEY_OK);
	ATF_CHECK_EQ(back.encrypt, PFKEY_RAW | 99);
	ATF_CHECK_EQ(back.auth, PFKEY_RAW | 98);
	ATF_CHECK_EQ(back.flags_raw, 0x8);
	/* For IPComp it is a compression algorithm: never a cipher's name. */
	sa = some_sa();
	sa.satype = PFKEY_IPCOMP;
	sa.encrypt = PFKEY_RAW | 2;
	sa.auth = 0;
	ATF_REQUIRE_EQ(pfkey_from_sa(&m, PFKEY_ADD, &sa), PFKEY_OK);
	n = round_trip("linux", &m, buf, &len);
	ATF_CHECK_EQ(n.sa.encrypt, PFKEY_RAW | 2);
}

ATF_TC_WITHOUT_HEAD(migrate_checks);
ATF_TC_BODY(migrate_checks, tc)
{
	struct pfkey_migrate	 g, back;
	struct pfkey_msg	 m, n;
	uint8_t			 buf[PFKEY_MSG_ROOM];
	size_t			 len;

	memset(&g, 0, sizeof(g));
	g.sel.src = addr("2001:db8::1");
	g.sel.dst = addr("::");
	g.sel.src_plen = 128;
	g.dir = PFKEY_IN;
	ATF_CHECK_EQ(pfkey_from_migrate(&m, &g), PFKEY_E_REQUEST);
	g.npairs = 1;
	g.from[0].proto = g.to[0].proto = 50;
	g.from[0].mode = g.to[0].mode = PFKEY_TUNNEL;
	g.from[0].level = g.to[0].level = PFKEY_UNIQUE;
	g.from[0].reqid = g.to[0].reqid = 5;
	g.from[0].src = g.to[0].src = addr("2001:db8::a");
	g.from[0].dst = g.to[0].dst = addr("2001:db8::b");
	g.km_local = addr("2001:db8::a");
	ATF_CHECK_EQ(pfkey_from_migrate(&m, &g), PFKEY_E_FAMILY);
	g.km_remote = addr("2001:db8::b");
	ATF_REQUIRE_EQ(pfkey_from_migrate(&m, &g), PFKEY_OK);
	n = round_trip("linux", &m, buf, &len);
	ATF_REQUIRE_EQ(pfkey_to_migrate(&n, &back), PFKEY_OK);
	ATF_CHECK(memcmp(&back, &g, sizeof(g)) == 0);
	/* The ends of a request must be of one family. */
	set16(buf + 96 + 16 + 16, 2);
	set16(buf + 96 + 16 + 16 + 16, 10);
	ATF_CHECK_EQ(pfkey_parse(pfkey_dialect("linux"), buf, len, &n, NULL),
	    PFKEY_E_FAMILY);
	ATF_CHECK_EQ(pfkey_build(pfkey_dialect("netbsd"), &m, buf,
	    sizeof(buf), &len), PFKEY_E_UNSUPPORTED);
	g.to[0].reqid = 6;
	ATF_CHECK_EQ(pfkey_from_migrate(&m, &g), PFKEY_E_REQUEST);
	g.to[0].reqid = 5;
	g.to[0].src = addr("::");
	ATF_CHECK_EQ(pfkey_from_migrate(&m, &g), PFKEY_E_ADDRESS);
	g.to[0].src.family = g.to[0].dst.family = AF_UNSPEC;
	ATF_CHECK_EQ(pfkey_from_migrate(&m, &g), PFKEY_E_REQUEST);
	g.npairs = PFKEY_MAX_POLICY + 1;
	ATF_CHECK_EQ(pfkey_from_migrate(&m, &g), PFKEY_E_TOO_MANY);
	g.npairs = 1;
	g.dir = 0;
	ATF_CHECK_EQ(pfkey_from_migrate(&m, &g), PFKEY_E_VALUE);
	n = m;
	n.present = ~0ULL;
	n.policy.nrequests = 3;
	ATF_CHECK_EQ(pfkey_to_migrate(&n, &back), PFKEY_E_REQUEST);
	n.present = 0;
	ATF_CHECK_EQ(pfkey_to_migrate(&n, &back), PFKEY_E_MISSING);
}

ATF_TC_WITHOUT_HEAD(names);
ATF_TC_BODY(names, tc)
{
	int	 i;

	for (i = 0; i < PFKEY_E_MAX; i++)
		ATF_CHECK(pfkey_strerror(i)[0] != '\0');
	for (i = 1; i < PFKEY_T_MAX; i++)
		ATF_CHECK(pfkey_type_name(i) != NULL);
	for (i = 1; i < PFKEY_X_MAX; i++)
		ATF_CHECK(pfkey_ext_name(i) != NULL);
	ATF_CHECK_STREQ(pfkey_strerror(PFKEY_E_MAX), "unknown error");
	ATF_CHECK_STREQ(pfkey_type_name(PFKEY_T_MAX), "?");
	ATF_CHECK_STREQ(pfkey_ext_name(PFKEY_X_NONE), "?");
	ATF_CHECK(pfkey_dialect("solaris") == NULL);
	ATF_CHECK(pfkey_caps(NULL) == pfkey_caps(pfkey_dialect(NULL)));
}

/*
 * What goes into a packet of what PF_KEY has no bits for: Linux has 96 of
 * SHA-256, the others RFC 4868's 128; all have RFC 2404's 96 of SHA-1.
 */
ATF_TC_WITHOUT_HEAD(icv_bits);
ATF_TC_BODY(icv_bits, tc)
{
	static const struct {
		const char	*name;
		unsigned int	 sha256, sha384, sha512;
		bool		 fixed;
	} v[] = {
		{ "linux", 96, 192, 256, false },
		{ "freebsd", 128, 192, 256, true },
		{ "netbsd", 128, 192, 256, true },
		{ "openbsd", 128, 192, 256, true },
	};
	const struct pfkey_dialect	*d;
	size_t				 i;

	for (i = 0; i < sizeof(v) / sizeof(v[0]); i++) {
		d = pfkey_dialect(v[i].name);
		ATF_CHECK_EQ(pfkey_icv_bits(d, PFKEY_A_SHA256), v[i].sha256);
		ATF_CHECK_EQ(pfkey_icv_bits(d, PFKEY_A_SHA384), v[i].sha384);
		ATF_CHECK_EQ(pfkey_icv_bits(d, PFKEY_A_SHA512), v[i].sha512);
		ATF_CHECK_EQ(pfkey_icv_bits(d, PFKEY_A_SHA1), 96);
		ATF_CHECK_EQ(pfkey_icv_bits(d, PFKEY_A_NONE), 0);
		ATF_CHECK_EQ(pfkey_icv_bits(d, PFKEY_RAW | 7), 0);
		ATF_CHECK_EQ(pfkey_caps(d)->icv_fixed, v[i].fixed);
	}
	ATF_CHECK_EQ(pfkey_icv_bits(NULL, PFKEY_A_SHA256),
	    pfkey_icv_bits(pfkey_dialect(NULL), PFKEY_A_SHA256));
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, sa_every_dialect);
	ATF_TP_ADD_TC(tp, policy_every_dialect);
	ATF_TP_ADD_TC(tp, policy_requests);
	ATF_TP_ADD_TC(tp, selector_types);
	ATF_TP_ADD_TC(tp, what_a_system_lacks);
	ATF_TP_ADD_TC(tp, no_key_after_error);
	ATF_TP_ADD_TC(tp, hostile);
	ATF_TP_ADD_TC(tp, unknown_extension_is_ignored);
	ATF_TP_ADD_TC(tp, required_extensions);
	ATF_TP_ADD_TC(tp, every_extension);
	ATF_TP_ADD_TC(tp, unknown_numbers_are_kept);
	ATF_TP_ADD_TC(tp, migrate_checks);
	ATF_TP_ADD_TC(tp, names);
	ATF_TP_ADD_TC(tp, icv_bits);
	return (atf_no_error());
}
