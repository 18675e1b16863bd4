/*
 * wire/cgarsa and wire/cgaopt.  Signatures and encrypted tokens of another
 * implementation (cgarsa.py) are judged, and those made here by libcrypto's own
 * paddings; so are paddings, lengths and keys that are wrong.  CGA Parameters
 * are split over options, and options fail to fit in every way they can.
 */
#include <openssl/evp.h>
#include <openssl/rsa.h>
#include <openssl/x509.h>

#include "wire/cgaopt.h"
#include "wire/cgarsa.h"
#include "wire_util.h"

#include "cgarsa.inc"

#define	TOKEN	UINT64_C(0x0123456789abcdef)

static struct mhauth	*auth;

/* The keys: each private one, its public half, what python made with it. */
static const struct key {
	unsigned int	 bits;
	const uint8_t	*der, *spki, *sig, *untagged, *sha256, *token;
	size_t		 derlen, spkilen, siglen;
} keys[] = {
#define KEY(b)	{ b, der_##b, spki_##b, sig_##b, untagged_##b, sha256_##b, \
	    token_##b, sizeof(der_##b), sizeof(spki_##b), sizeof(sig_##b) }
	KEY(1024), KEY(1031), KEY(2040), KEY(2048)
};
#define	NKEYS	3		/* that RFC 4866 can use */

static const uint8_t	 head[CGA_KEY_AT] = { 1, 2, 3 };

/* CGA Parameters with that key, and the key in them. */
struct made {
	uint8_t		 p[CGA_MAXLEN];
	size_t		 len;
	struct cga	 c;
	struct cga_rsa	 rsa;
};

static void
make(struct made *m, const struct key *k)
{
	if (auth == NULL)
		ATF_REQUIRE((auth = mhauth_new()) != NULL);
	memcpy(m->p, head, sizeof(head));
	memcpy(m->p + sizeof(head), k->spki, k->spkilen);
	m->len = sizeof(head) + k->spkilen;
	ATF_REQUIRE_EQ(CGA_OK, cga_parse(&m->c, m->p, m->len));
	ATF_REQUIRE_EQ(CGA_OK, cga_rsa(&m->c, &m->rsa));
	ATF_REQUIRE_EQ(k->bits, m->rsa.bits);
}

static EVP_PKEY *
private_key(const struct key *k)
{
	const unsigned char	*p = k->der;
	EVP_PKEY		*key;

	key = d2i_AutoPrivateKey(NULL, &p, (long)k->derlen);
	ATF_REQUIRE(key != NULL);
	return (key);
}

static void
check_verify(enum cgarsa_err want, const struct made *m, const void *sig,
    size_t siglen)
{
	ATF_CHECK_EQ(want, cgarsa_verify(auth, &m->rsa, data, sizeof(data),
	    sig, siglen));
}

ATF_TC_WITHOUT_HEAD(verify);
ATF_TC_BODY(verify, tc)
{
	struct made	 m;
	uint8_t		 bad[CGARSA_MAX], other[sizeof(data)];
	size_t		 i, j;

	for (i = 0; i < NKEYS; i++) {
		make(&m, &keys[i]);
		check_verify(CGARSA_OK, &m, keys[i].sig, keys[i].siglen);
		/* Without the tag, or with another hash. */
		check_verify(CGARSA_E_MISMATCH, &m, keys[i].untagged,
		    keys[i].siglen);
		check_verify(CGARSA_E_MISMATCH, &m, keys[i].sha256,
		    keys[i].siglen);
		for (j = 0; j < keys[i].siglen; j += 9) {
			memcpy(bad, keys[i].sig, keys[i].siglen);
			bad[j] ^= 0x10;
			check_verify(CGARSA_E_MISMATCH, &m, bad,
			    keys[i].siglen);
		}
		for (j = 0; j < sizeof(data); j += 13) {
			memcpy(other, data, sizeof(data));
			other[j] ^= 1;
			ATF_CHECK_EQ(CGARSA_E_MISMATCH, cgarsa_verify(auth,
			    &m.rsa, other, sizeof(other), keys[i].sig,
			    keys[i].siglen));
		}
		ATF_CHECK_EQ(CGARSA_E_MISMATCH, cgarsa_verify(auth, &m.rsa,
		    data, sizeof(data) - 1, keys[i].sig, keys[i].siglen));
	}
	/* Of another key. */
	make(&m, &keys[0]);
	check_verify(CGARSA_E_LENGTH, &m, sig_1031, sizeof(sig_1031));
	check_verify(CGARSA_E_MISMATCH, &m, sig_1031, sizeof(sig_1024));
}

ATF_TC_WITHOUT_HEAD(verify_malformed);
ATF_TC_BODY(verify_malformed, tc)
{
	struct made	 m;
	uint8_t		 zero[CGARSA_MAX] = { 0 }, one[CGARSA_MAX] = { 0 };
	size_t		 n = sizeof(sig_1024);

	make(&m, &keys[0]);
	check_verify(CGARSA_E_MISMATCH, &m, sig_loose, n);
	check_verify(CGARSA_E_MISMATCH, &m, sig_type2, n);
	check_verify(CGARSA_E_MISMATCH, &m, zero, n);
	one[n - 1] = 1;
	check_verify(CGARSA_E_MISMATCH, &m, one, n);
	check_verify(CGARSA_E_MISMATCH, &m, too_great, n);
	memset(one, 0xff, n);
	check_verify(CGARSA_E_MISMATCH, &m, one, n);
	check_verify(CGARSA_E_LENGTH, &m, sig_1024, n - 1);
	check_verify(CGARSA_E_LENGTH, &m, sig_1024, 0);
	ATF_CHECK_EQ(CGARSA_E_LENGTH, cgarsa_verify(auth, &m.rsa, data,
	    MHAUTH_DATAMAX + 1, sig_1024, n));
}

/* Nobody has us compute with a key that is too great, or of another form. */
ATF_TC_WITHOUT_HEAD(keys_refused);
ATF_TC_BODY(keys_refused, tc)
{
	struct made	 m;
	EVP_PKEY	*key = private_key(&keys[3]);
	uint8_t		 even[128], out[CGARSA_MAX];
	uint64_t	 token;
	size_t		 len;

	make(&m, &keys[3]);
	check_verify(CGARSA_E_LENGTH, &m, sig_2048, sizeof(sig_2048));
	check_verify(CGARSA_E_LENGTH, &m, sig_2048, 255);
	ATF_CHECK_EQ(CGARSA_E_KEY, cgarsa_encrypt(&m.rsa, TOKEN, NULL, NULL,
	    out, &len));
	ATF_CHECK_EQ(CGARSA_E_KEY, cgarsa_sign(auth, key, data, sizeof(data),
	    out, &len));
	ATF_CHECK_EQ(0, len);
	ATF_CHECK_EQ(CGARSA_E_KEY, cgarsa_decrypt(key, token_2048,
	    sizeof(token_2048), &token));
	EVP_PKEY_free(key);

	make(&m, &keys[0]);
	memcpy(even, m.rsa.n, sizeof(even));
	even[127] &= 0xfe;
	m.rsa.n = even;
	check_verify(CGARSA_E_KEY, &m, sig_1024, sizeof(sig_1024));
	make(&m, &keys[0]);
	m.rsa.e = (UINT64_C(1) << 32) + 1;
	check_verify(CGARSA_E_KEY, &m, sig_1024, sizeof(sig_1024));
	m.rsa.e = 1;
	check_verify(CGARSA_E_KEY, &m, sig_1024, sizeof(sig_1024));
	/* The greatest exponent is one to compute with. */
	m.rsa.e = UINT32_MAX;
	check_verify(CGARSA_E_MISMATCH, &m, sig_1024, sizeof(sig_1024));
}

ATF_TC_WITHOUT_HEAD(sign);
ATF_TC_BODY(sign, tc)
{
	uint8_t		 sig[CGARSA_MAX];
	EVP_PKEY	*key;
	size_t		 i, len;

	if (auth == NULL)
		ATF_REQUIRE((auth = mhauth_new()) != NULL);
	for (i = 0; i < NKEYS; i++) {
		key = private_key(&keys[i]);
		ATF_REQUIRE_EQ(CGARSA_OK, cgarsa_sign(auth, key, data,
		    sizeof(data), sig, &len));
		check_octets("signature", sig, len, keys[i].sig,
		    keys[i].siglen);
		ATF_CHECK_EQ(CGARSA_E_LENGTH, cgarsa_sign(auth, key, data,
		    MHAUTH_DATAMAX + 1, sig, &len));
		EVP_PKEY_free(key);
	}
}

/* Random numbers with octets that are 0, which must not be in a padding. */
static uint64_t
some(void *v)
{
	return (UINT64_C(0x0100020000030405) + ++*(uint64_t *)v);
}

static uint64_t
zeros(void *v)
{
	++*(uint64_t *)v;
	return (0);
}

/* Decrypted by libcrypto, with its own notion of the padding. */
static void
check_decrypts(EVP_PKEY *key, const uint8_t *in, size_t len)
{
	static const uint8_t	 want[] = {
		0x01, 0x23, 0x45, 0x67, 0x89, 0xab, 0xcd, 0xef
	};
	EVP_PKEY_CTX		*ctx = EVP_PKEY_CTX_new(key, NULL);
	uint8_t			 out[256];
	size_t			 n = sizeof(out);

	ATF_REQUIRE(ctx != NULL && EVP_PKEY_decrypt_init(ctx) == 1);
	ATF_REQUIRE_EQ(1, EVP_PKEY_CTX_set_rsa_padding(ctx,
	    RSA_PKCS1_PADDING));
	ATF_REQUIRE_EQ(1, EVP_PKEY_decrypt(ctx, out, &n, in, len));
	check_octets("token", out, n, want, sizeof(want));
	EVP_PKEY_CTX_free(ctx);
}

ATF_TC_WITHOUT_HEAD(encrypt);
ATF_TC_BODY(encrypt, tc)
{
	struct made	 m;
	EVP_PKEY	*key;
	uint8_t		 out[CGARSA_MAX], again[CGARSA_MAX];
	uint64_t	 n = 0, token;
	size_t		 i, len;

	for (i = 0; i < NKEYS; i++) {
		make(&m, &keys[i]);
		key = private_key(&keys[i]);
		ATF_REQUIRE_EQ(CGARSA_OK, cgarsa_encrypt(&m.rsa, TOKEN, some,
		    &n, out, &len));
		ATF_CHECK_EQ(keys[i].siglen, len);
		check_decrypts(key, out, len);
		ATF_CHECK_EQ(CGARSA_OK, cgarsa_decrypt(key, out, len, &token));
		ATF_CHECK_EQ(TOKEN, token);
		/* Other random numbers, other octets. */
		ATF_REQUIRE_EQ(CGARSA_OK, cgarsa_encrypt(&m.rsa, TOKEN, some,
		    &n, again, &len));
		ATF_CHECK(memcmp(out, again, len) != 0);
		EVP_PKEY_free(key);
	}
	/* Where there are no others than 0, it gives up. */
	n = 0;
	ATF_CHECK_EQ(CGARSA_E_CRYPTO, cgarsa_encrypt(&m.rsa, TOKEN, zeros, &n,
	    out, &len));
	ATF_CHECK(n < 300);
}

ATF_TC_WITHOUT_HEAD(decrypt);
ATF_TC_BODY(decrypt, tc)
{
	static const uint8_t	*wrong[] = { token_type1, token_type0,
				    token_zero, token_early, token_none,
				    token_short };
	EVP_PKEY		*key;
	uint64_t		 token;
	size_t			 i;

	for (i = 0; i < NKEYS; i++) {
		key = private_key(&keys[i]);
		ATF_CHECK_EQ(CGARSA_OK, cgarsa_decrypt(key, keys[i].token,
		    keys[i].siglen, &token));
		ATF_CHECK_EQ(TOKEN, token);
		ATF_CHECK_EQ(CGARSA_E_LENGTH, cgarsa_decrypt(key,
		    keys[i].token, keys[i].siglen - 1, &token));
		ATF_CHECK_EQ(0, token);
		ATF_CHECK_EQ(CGARSA_E_LENGTH, cgarsa_decrypt(key,
		    keys[i].token, 0, &token));
		EVP_PKEY_free(key);
	}
	key = private_key(&keys[0]);
	ATF_CHECK_EQ(CGARSA_OK, cgarsa_decrypt(key, padded, sizeof(padded),
	    &token));
	ATF_CHECK_EQ(TOKEN, token);
	for (i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
		token = 1;
		ATF_CHECK_EQ_MSG(CGARSA_E_MISMATCH, cgarsa_decrypt(key,
		    wrong[i], sizeof(padded), &token), "%zu", i);
		ATF_CHECK_EQ(0, token);
	}
	/* Not below the modulus. */
	ATF_CHECK_EQ(CGARSA_E_CRYPTO, cgarsa_decrypt(key, too_great,
	    sizeof(too_great), &token));
	EVP_PKEY_free(key);
}

/* A Binding Update with these parameters and a signature, built and parsed. */
static void
build(struct mh *m, const void *params, size_t len, uint8_t *buf)
{
	struct mh_opt	*o;
	struct mh	 built;

	mh_init(&built, MH_BU);
	built.u.bu.seq = 7;
	built.u.bu.lifetime = 100;
	ATF_REQUIRE(cgaopt_add(&built, params, len));
	ATF_REQUIRE((o = mh_add(&built, MHOPT_SIGNATURE)) != NULL);
	o->varlen = 128;
	mh_add(&built, MHOPT_COTI);
	mh_add(&built, MHOPT_NONCE);
	mh_add(&built, MHOPT_BAD);
	ATF_REQUIRE(mh_build(&built, buf, MH_MAXLEN) != 0);
	ATF_REQUIRE_EQ(MH_OK, mh_parse(m, buf, built.len));
}

ATF_TC_WITHOUT_HEAD(split);
ATF_TC_BODY(split, tc)
{
	static const size_t	 sizes[] = { 1, 254, 255, 256, 509, 510, 511,
				    1600 };
	uint8_t			 in[CGA_MAXLEN], out[CGA_MAXLEN];
	uint8_t			 buf[MH_MAXLEN], covered[MHAUTH_DATAMAX];
	struct in6_addr		 coa = addr("2001:db8:2::1");
	struct in6_addr		 cn = addr("2001:db8:c::1");
	struct mh		 m;
	size_t			 i, j, n;

	for (i = 0; i < sizeof(in); i++)
		in[i] = (uint8_t)(i * 11);
	for (i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
		build(&m, in, sizes[i], buf);
		check_octets("joined", out, cgaopt_join(&m, out), in,
		    sizes[i]);
		/* 5.1: all but the last have 255 octets. */
		n = (sizes[i] + 254) / 255;
		for (j = 0; j + 1 < n; j++)
			ATF_CHECK_EQ(255, m.opt[j].len);
		ATF_REQUIRE(cgaopt_signature(&m) == &m.opt[n]);
		/* 4.5: both addresses, the header without checksum. */
		buf[4] = 0x12;
		n = cgaopt_data(&m, &coa, &cn, covered);
		ATF_CHECK_EQ(32 + 12 + sizes[i] + 2 * ((sizes[i] + 254) / 255),
		    n);
		check_octets("care-of", covered, 16, coa.s6_addr, 16);
		check_octets("correspondent", covered + 16, 16, cn.s6_addr,
		    16);
		ATF_CHECK_EQ(0, covered[32 + 4]);
		buf[4] = 0;
		check_octets("message", covered + 32, n - 32, buf, n - 32);
	}
	mh_init(&m, MH_BU);
	ATF_CHECK(!cgaopt_add(&m, in, 24 * 255 + 1));
}

/* Octets behind the 12 of a Binding Update: how many are parameters. */
static size_t
joined(const char *options)
{
	uint8_t		 buf[MH_MAXLEN], out[CGA_MAXLEN], *p;
	struct mh	 m;
	size_t		 n, i;

	memset(buf, 0, sizeof(buf));
	n = 12;
	for (; *options != '\0'; options++) {
		p = buf + n;
		switch (*options) {
		case 'C':		/* CGA Parameters, full */
			p[0] = 12, p[1] = 255;
			break;
		case 'c':		/* not full */
			p[0] = 12, p[1] = 10;
			break;
		case 'S':		/* Signature */
			p[0] = 13, p[1] = 64;
			break;
		case '1':		/* Pad1 */
			n++;
			continue;
		case 'N':		/* PadN */
			p[0] = 1, p[1] = 2;
			break;
		case 'u':		/* a type that nobody knows */
			p[0] = 199, p[1] = 4;
			break;
		default:		/* Care-of Test Init */
			p[0] = 15, p[1] = 0;
			break;
		}
		for (i = 0; i < p[1]; i++)
			p[2 + i] = 0x77;
		n += 2u + p[1];
	}
	for (; n % 8 != 0; n++)
		continue;
	buf[0] = 59;
	buf[1] = (uint8_t)(n / 8 - 1);
	buf[2] = MH_BU;
	ATF_REQUIRE_EQ(MH_OK, mh_parse(&m, buf, n));
	n = cgaopt_join(&m, out);
	ATF_CHECK_EQ(n != 0, cgaopt_signature(&m) != NULL);
	ATF_CHECK_EQ(n != 0, cgaopt_data(&m, &in6addr_any, &in6addr_any,
	    (uint8_t [MHAUTH_DATAMAX]){ 0 }) != 0);
	return (n);
}

ATF_TC_WITHOUT_HEAD(join);
ATF_TC_BODY(join, tc)
{
	static const struct {
		const char	*options;
		size_t		 len;
	} t[] = {
		{ "cS", 10 }, { "CS", 255 }, { "CcS", 265 }, { "CCcS", 520 },
		{ "CCCCCCS", 1530 }, { "tCcS", 265 }, { "CcSt", 265 },
		{ "1CcS1", 265 }, { "ucSu", 10 },
		/* none, or no signature */
		{ "", 0 }, { "t", 0 }, { "S", 0 }, { "Cc", 0 }, { "c", 0 },
		/* not full, though it is not the last */
		{ "ccS", 0 }, { "cCS", 0 }, { "CccS", 0 },
		/* something between */
		{ "C1cS", 0 }, { "CNcS", 0 }, { "CucS", 0 }, { "CtcS", 0 },
		{ "Cc1S", 0 }, { "CcNS", 0 }, { "CcuS", 0 }, { "CctS", 0 },
		/* more of them behind the signature, or before */
		{ "cSc", 0 }, { "Sc", 0 }, { "ScC", 0 }, { "ctcS", 0 },
	};
	size_t	 i;

	for (i = 0; i < sizeof(t) / sizeof(t[0]); i++)
		ATF_CHECK_EQ_MSG(t[i].len, joined(t[i].options), "%s",
		    t[i].options);
}

ATF_TC_WITHOUT_HEAD(names);
ATF_TC_BODY(names, tc)
{
	unsigned int	 e;

	for (e = 0; e < CGARSA_NERR; e++)
		ATF_CHECK(strlen(cgarsa_err_name(e)) > 3);
	ATF_CHECK_STREQ("?", cgarsa_err_name(CGARSA_NERR));
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, verify);
	ATF_TP_ADD_TC(tp, verify_malformed);
	ATF_TP_ADD_TC(tp, keys_refused);
	ATF_TP_ADD_TC(tp, sign);
	ATF_TP_ADD_TC(tp, encrypt);
	ATF_TP_ADD_TC(tp, decrypt);
	ATF_TP_ADD_TC(tp, split);
	ATF_TP_ADD_TC(tp, join);
	ATF_TP_ADD_TC(tp, names);
	return (atf_no_error());
}
