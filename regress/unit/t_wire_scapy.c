/*
 * wire/: packets that scapy built are parsed, built again to the same octets,
 * stripped of HAO, RH2 and tunnel, and authenticated.  data/gen_wire.py.
 */
#include "wire_util.h"

#include "wire/icmp6.h"
#include "wire/ip6.h"
#include "wire/mh.h"
#include "wire/mhauth.h"
#include "wire/rewrite.h"

static uint8_t	 pkt_buf[PKT_HEADROOM + 4096];
static uint8_t	 want[4096];

static struct in6_addr
upper_src(const struct ip6_walk *w)
{
	return (w->hao != 0 ? ip6_hao_addr(w) : ip6_src(w->p));
}

static struct in6_addr
upper_dst(const struct ip6_walk *w)
{
	return (w->rh2 != 0 ? ip6_rh2_addr(w) : ip6_dst(w->p));
}

static void
rebuild_mh(const char *name, const struct ip6_walk *w)
{
	struct in6_addr	 src = upper_src(w), dst = upper_dst(w);
	const uint8_t	*p = w->p + w->upper;
	size_t		 len = w->len - w->upper, n;
	struct mh	 m;
	uint8_t		 out[MH_MAXLEN];
	enum mh_err	 e;

	ATF_CHECK_MSG(mh_checksum_ok(p, len, &src, &dst), "%s", name);
	e = mh_parse(&m, p, len);
	ATF_REQUIRE_MSG(e == MH_OK, "%s: %s", name, mh_err_name(e));
	n = mh_build(&m, out, sizeof(out));
	mh_set_checksum(&m, &src, &dst);
	check_octets(name, out, n, p, len);
}

static void
rebuild_icmp6(const char *name, const struct ip6_walk *w)
{
	struct in6_addr	 src = upper_src(w), dst = upper_dst(w);
	const uint8_t	*p = w->p + w->upper;
	size_t		 len = w->len - w->upper, n;
	struct icmp6	 m;
	uint8_t		 out[2048];
	enum icmp6_err	 e;

	ATF_CHECK_MSG(icmp6_checksum_ok(p, len, &src, &dst), "%s", name);
	e = icmp6_parse(&m, p, len);
	ATF_REQUIRE_MSG(e == ICMP6_OK, "%s: %s", name, icmp6_err_name(e));
	e = icmp6_valid(&m, &src, &dst, w->p[IP6_OFF_HLIM]);
	ATF_CHECK_MSG(e == ICMP6_OK, "%s: %s", name, icmp6_err_name(e));
	n = icmp6_build(&m, out, sizeof(out));
	icmp6_set_checksum(out, n, &src, &dst);
	check_octets(name, out, n, p, len);
}

ATF_TC_WITHOUT_HEAD(rebuild);
ATF_TC_BODY(rebuild, tc)
{
	FILE		*f = vectors_open(tc);
	struct ip6_walk	 w;
	struct vector	 v;
	size_t		 len, n = 0;
	enum ip6_err	 e;

	while (vectors_next(f, &v)) {
		if (strcmp(v.field[0], "message") != 0)
			continue;
		n++;
		len = unhex(v.field[2], want, sizeof(want));
		e = ip6_walk(&w, want, len, 0);
		ATF_REQUIRE_MSG(e == IP6_OK, "%s: %s", v.field[1],
		    ip6_err_name(e));
		if (w.proto == IP6_P_MH)
			rebuild_mh(v.field[1], &w);
		else {
			ATF_REQUIRE_EQ(w.proto, IP6_P_ICMPV6);
			rebuild_icmp6(v.field[1], &w);
		}
	}
	fclose(f);
	ATF_CHECK(n > 40);
}

static struct ip6_walk
walked(const struct pkt *k)
{
	struct ip6_walk	 w;

	ATF_REQUIRE_EQ(ip6_walk(&w, pkt_data(k), k->len, 0), IP6_OK);
	return (w);
}

/* Strip what is there, compare with plain, insert again, compare. */
static void
strip_and_insert(struct vector *v)
{
	uint8_t		 orig[4096];
	struct in6_addr	 src, dst;
	struct ip6_walk	 w;
	struct pkt	 k;
	size_t		 len, nwant;
	bool		 hao, rh2;

	len = unhex(v->field[2], orig, sizeof(orig));
	nwant = unhex(v->field[3], want, sizeof(want));
	memcpy(pkt_buf + PKT_HEADROOM, orig, len);
	pkt_init(&k, pkt_buf, PKT_HEADROOM, len);
	w = walked(&k);
	hao = w.hao != 0;
	rh2 = w.rh2 != 0;
	src = ip6_src(orig);
	dst = ip6_dst(orig);
	ATF_CHECK(hao || rh2);
	ATF_CHECK_EQ(rw_hao_strip(&k, &w), hao ? RW_OK : RW_E_NOTHING);
	ATF_CHECK_EQ(rw_rh2_strip(&k, &w), rh2 ? RW_OK : RW_E_NOTHING);
	ATF_CHECK_EQ(k.delta, (int)nwant - (int)len);
	check_octets(v->field[1], pkt_data(&k), k.len, want, nwant);
	w = walked(&k);
	if (hao)
		ATF_CHECK_EQ(rw_hao_insert(&k, &w, &src), RW_OK);
	if (rh2)
		ATF_CHECK_EQ(rw_rh2_insert(&k, &w, &dst), RW_OK);
	ATF_CHECK_EQ(k.delta, 0);
	check_octets(v->field[1], pkt_data(&k), k.len, orig, len);
}

ATF_TC_WITHOUT_HEAD(strip_insert);
ATF_TC_BODY(strip_insert, tc)
{
	FILE		*f = vectors_open(tc);
	struct vector	 v;
	size_t		 n = 0;

	while (vectors_next(f, &v))
		if (strcmp(v.field[0], "strip") == 0) {
			strip_and_insert(&v);
			n++;
		}
	fclose(f);
	ATF_CHECK(n >= 8);
}

ATF_TC_WITHOUT_HEAD(tunnel);
ATF_TC_BODY(tunnel, tc)
{
	FILE			*f = vectors_open(tc);
	struct rw_tunnel	 t = { .hop_limit = 64, .dscp = -1 };
	uint8_t			 orig[4096];
	struct ip6_walk		 w;
	struct vector		 v;
	struct pkt		 k;
	size_t			 len, nwant, n = 0;

	while (vectors_next(f, &v)) {
		if (strcmp(v.field[0], "tunnel") != 0)
			continue;
		n++;
		len = unhex(v.field[2], orig, sizeof(orig));
		nwant = unhex(v.field[3], want, sizeof(want));
		memcpy(pkt_buf + PKT_HEADROOM, orig, len);
		pkt_init(&k, pkt_buf, PKT_HEADROOM, len);
		w = walked(&k);
		t.src = ip6_src(orig);
		t.dst = ip6_dst(orig);
		t.limit = w.limit == 0 ? -1 : 4;
		ATF_CHECK_EQ(rw_decap(&k, &w), RW_OK);
		check_octets(v.field[1], pkt_data(&k), k.len, want, nwant);
		w = walked(&k);
		ATF_CHECK_EQ(rw_encap(&k, &w, &t), RW_OK);
		check_octets(v.field[1], pkt_data(&k), k.len, orig, len);
	}
	fclose(f);
	ATF_CHECK_EQ(n, 2);
}

/* Verify, and fail after each single octet that is covered was changed. */
static void
authenticate(struct mhauth *a, struct vector *v)
{
	bool		 bad = strcmp(v->field[0], "bad") == 0;
	uint8_t		 key[64], *p;
	struct in6_addr	 src, home, cn;
	struct ip6_walk	 w;
	struct mh	 m;
	enum mhauth_err	 e;
	size_t		 len, keylen, i;
	uint8_t		 subtype = (uint8_t)(bad ? 0 : atoi(v->field[1]));

	len = unhex(v->field[2], want, sizeof(want));
	keylen = unhex(v->field[3], key, sizeof(key));
	ATF_REQUIRE_EQ(ip6_walk(&w, want, len, 0), IP6_OK);
	p = want + w.upper;
	src = w.rh2 != 0 ? ip6_dst(want) : ip6_src(want);
	home = w.rh2 != 0 ? ip6_rh2_addr(&w) : ip6_hao_addr(&w);
	cn = w.rh2 != 0 ? ip6_src(want) : ip6_dst(want);
	for (i = 0; i <= len - w.upper; i++) {
		if (i == MH_OFF_PROTO || i == MH_OFF_HLEN || i == MH_OFF_TYPE)
			continue;
		if (i < len - w.upper)
			p[i] ^= 1;
		if (mh_parse(&m, p, len - w.upper) == MH_OK) {
			e = bad ? mhauth_bad_verify(a, &m, key, keylen, &src,
			    &cn) : mhauth_auth_verify(a, &m, subtype, key,
			    keylen, &src, &home);
			ATF_CHECK_MSG((e == MHAUTH_OK) ==
			    (i == len - w.upper || i == MH_OFF_CKSUM ||
			    i == MH_OFF_CKSUM + 1), "%s %s octet %zu: %d",
			    v->field[0], v->field[1], i, (int)e);
		}
		if (i < len - w.upper)
			p[i] ^= 1;
	}
	/* signed by us, it is the same */
	ATF_REQUIRE_EQ(mh_parse(&m, p, len - w.upper), MH_OK);
	m.wire = p;
	memset(p + m.opt[m.nopts - 1].var_off, 0,
	    m.opt[m.nopts - 1].varlen);
	e = bad ? mhauth_bad_sign(a, &m, key, keylen, &src, &cn) :
	    mhauth_auth_sign(a, &m, subtype, key, keylen, &src, &home);
	ATF_CHECK_EQ(e, MHAUTH_OK);
	len = unhex(v->field[2], pkt_buf, sizeof(pkt_buf));
	check_octets(v->field[0], want, len, pkt_buf, len);
}

ATF_TC_WITHOUT_HEAD(authenticators);
ATF_TC_BODY(authenticators, tc)
{
	FILE		*f = vectors_open(tc);
	struct mhauth	*a = mhauth_new();
	struct vector	 v;
	size_t		 n = 0;

	ATF_REQUIRE(a != NULL);
	while (vectors_next(f, &v))
		if (strcmp(v.field[0], "bad") == 0 ||
		    strcmp(v.field[0], "auth") == 0) {
			authenticate(a, &v);
			n++;
		}
	fclose(f);
	mhauth_free(a);
	ATF_CHECK_EQ(n, 4);
}

static uint64_t
u64(const char *hex)
{
	return (strtoull(hex, NULL, 16));
}

ATF_TC_WITHOUT_HEAD(tokens);
ATF_TC_BODY(tokens, tc)
{
	FILE		*f = vectors_open(tc);
	struct mhauth	*a = mhauth_new();
	uint8_t		 key[20], ad[16], nonce[64], kbm[20];
	struct in6_addr	 in6;
	struct vector	 v;
	size_t		 len, n = 0;
	uint64_t	 t;

	while (vectors_next(f, &v)) {
		if (strcmp(v.field[0], "token") == 0) {
			unhex(v.field[2], key, sizeof(key));
			unhex(v.field[3], ad, sizeof(ad));
			len = unhex(v.field[4], nonce, sizeof(nonce));
			in6 = ip6_addr_at(ad);
			ATF_CHECK(mhauth_token(a, v.field[1][0] == '1' ?
			    MHAUTH_CAREOF : MHAUTH_HOME, key, &in6, nonce, len,
			    &t));
			ATF_CHECK_EQ(t, u64(v.field[5]));
			n++;
		} else if (strcmp(v.field[0], "kbm") == 0) {
			unhex(v.field[3], key, sizeof(key));
			t = u64(v.field[2]);
			ATF_CHECK(mhauth_kbm(a, u64(v.field[1]),
			    v.field[2][0] == '-' ? NULL : &t, kbm));
			check_octets("kbm", kbm, 20, key, 20);
			n++;
		}
	}
	fclose(f);
	mhauth_free(a);
	ATF_CHECK_EQ(n, 4);
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, rebuild);
	ATF_TP_ADD_TC(tp, strip_insert);
	ATF_TP_ADD_TC(tp, tunnel);
	ATF_TP_ADD_TC(tp, authenticators);
	ATF_TP_ADD_TC(tp, tokens);
	return (atf_no_error());
}
