/*
 * RSA for RFC 4866: a signature over tag and mobility data is verified and
 * made, a permanent home keygen token encrypted and decrypted.  The paddings of
 * PKCS #1 v1.5 (RFC 3447) are made and compared here, octet by octet; libcrypto
 * only computes powers.  Signatures and keys come from anybody: a key that
 * cga_rsa_fits() refuses is computed with by nobody.  Pure.
 */
#include <openssl/bn.h>
#include <openssl/crypto.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/rsa.h>

#include <string.h>

#include "wire/cgarsa.h"

#define	TOKEN		MHAUTH_TOKENLEN
#define	PS_LEAST	8	/* octets of padding, RFC 3447 7.2.1 */
#define	FRAME		3	/* 0, type, and 0 behind the padding */

/* RFC 4866 7: the CGA Message Type tag */
static const uint8_t	 tag[] = {
	0x5f, 0x27, 0x05, 0x86, 0x8d, 0x6c, 0x4c, 0x56,
	0xa2, 0x46, 0x9e, 0xbb, 0x9b, 0x2a, 0x2e, 0x13
};

/* RFC 3447 9.2, note 1: a DigestInfo for SHA-1, in front of the hash */
static const uint8_t	 sha1_info[] = {
	0x30, 0x21, 0x30, 0x09, 0x06, 0x05, 0x2b, 0x0e,
	0x03, 0x02, 0x1a, 0x05, 0x00, 0x04, 0x14
};

static const char *const	 names[CGARSA_NERR] = {
	[CGARSA_OK] = "in order",
	[CGARSA_E_LENGTH] = "not as long as the modulus of the key",
	[CGARSA_E_KEY] = "the key can't be used for RFC 4866",
	[CGARSA_E_MISMATCH] = "not made with that key",
	[CGARSA_E_CRYPTO] = "libcrypto failed",
};

/* A few words for what was found. */
const char *
cgarsa_err_name(enum cgarsa_err e)
{
	return ((unsigned int)e < CGARSA_NERR ? names[e] : "?");
}

/*
 * What is signed, as long as the modulus (RFC 3447 9.2): 0, 1, octets of 255,
 * 0, DigestInfo, SHA-1 of the tag and len octets of data.
 */
static bool
encode(struct mhauth *a, const void *data, size_t len, uint8_t *em,
    size_t emlen)
{
	uint8_t	 in[sizeof(tag) + MHAUTH_DATAMAX], hash[MHAUTH_MACLEN];
	size_t	 tail = sizeof(sha1_info) + sizeof(hash);

	if (len > MHAUTH_DATAMAX || emlen < FRAME + PS_LEAST + tail)
		return (false);
	memcpy(in, tag, sizeof(tag));
	memcpy(in + sizeof(tag), data, len);
	if (!mhauth_sha1(a, in, sizeof(tag) + len, hash))
		return (false);
	memset(em, 0xff, emlen);
	em[0] = 0;
	em[1] = 1;
	em[emlen - tail - 1] = 0;
	memcpy(em + emlen - tail, sha1_info, sizeof(sha1_info));
	memcpy(em + emlen - sizeof(hash), hash, sizeof(hash));
	return (true);
}

/*
 * out = in^e mod n, all of them nlen octets.  MISMATCH if in is not below n
 * (RFC 3447 5.2.2).
 */
static enum cgarsa_err
power(BN_CTX *ctx, const struct cga_rsa *k, const uint8_t *in, uint8_t *out)
{
	BIGNUM		*b, *e, *n, *r;
	const uint8_t	 exp[] = { (uint8_t)(k->e >> 32), (uint8_t)(k->e >> 24),
			    (uint8_t)(k->e >> 16), (uint8_t)(k->e >> 8),
			    (uint8_t)k->e };

	b = BN_CTX_get(ctx);
	e = BN_CTX_get(ctx);
	n = BN_CTX_get(ctx);
	if ((r = BN_CTX_get(ctx)) == NULL ||
	    BN_bin2bn(in, (int)k->nlen, b) == NULL ||
	    BN_bin2bn(exp, sizeof(exp), e) == NULL ||
	    BN_bin2bn(k->n, (int)k->nlen, n) == NULL)
		return (CGARSA_E_CRYPTO);
	if (BN_cmp(b, n) >= 0)
		return (CGARSA_E_MISMATCH);
	if (BN_mod_exp_mont(r, b, e, n, ctx, NULL) != 1 ||
	    BN_bn2binpad(r, out, (int)k->nlen) != (int)k->nlen)
		return (CGARSA_E_CRYPTO);
	return (CGARSA_OK);
}

/* The same, for a key that may be anybody's. */
static enum cgarsa_err
public_op(const struct cga_rsa *k, const uint8_t *in, uint8_t *out)
{
	enum cgarsa_err	 e = CGARSA_E_CRYPTO;
	BN_CTX		*ctx;

	if (cga_rsa_fits(k) != CGA_OK || k->nlen > CGARSA_MAX ||
	    (k->n[k->nlen - 1] & 1) == 0)
		return (CGARSA_E_KEY);
	if ((ctx = BN_CTX_new()) != NULL) {
		BN_CTX_start(ctx);
		e = power(ctx, k, in, out);
		BN_CTX_end(ctx);
		BN_CTX_free(ctx);
	}
	if (e == CGARSA_E_CRYPTO)
		ERR_clear_error();
	return (e);
}

/*
 * Is sig a signature of len octets of mobility data (RFC 4866 4.5) by that key?
 * RFC 3972 6, RFC 3447 8.2.2.  The address must have been found to be of the
 * key before, as this is what costs.
 */
enum cgarsa_err
cgarsa_verify(struct mhauth *a, const struct cga_rsa *k, const void *data,
    size_t len, const void *sig, size_t siglen)
{
	uint8_t		 em[CGARSA_MAX], want[CGARSA_MAX];
	enum cgarsa_err	 e;

	if (siglen != k->nlen || siglen > sizeof(em) || len > MHAUTH_DATAMAX)
		return (CGARSA_E_LENGTH);
	if ((e = public_op(k, sig, em)) != CGARSA_OK)
		return (e);
	if (!encode(a, data, len, want, k->nlen))
		return (CGARSA_E_CRYPTO);
	return (memcmp(em, want, k->nlen) == 0 ? CGARSA_OK : CGARSA_E_MISMATCH);
}

/* Octets of a padding of an encryption, none of them 0 (RFC 3447 7.2.1). */
static bool
random_padding(uint8_t *p, size_t n, uint64_t (*random)(void *), void *ctx)
{
	size_t		 i = 0, draws = 0;
	unsigned int	 left;
	uint64_t	 v;

	while (i < n) {
		if (draws++ > n)	/* it gives zeros only */
			return (false);
		v = random(ctx);
		for (left = sizeof(v); left > 0 && i < n; left--, v >>= 8)
			if ((v & 0xff) != 0)
				p[i++] = (uint8_t)v;
	}
	return (true);
}

/*
 * Encrypt a token, in host byte order, for who has the private key (RFC 4866
 * 4.7, RFC 3447 7.2.1).  random gives 64 random bits.  *len is that of the
 * modulus.
 */
enum cgarsa_err
cgarsa_encrypt(const struct cga_rsa *k, uint64_t token,
    uint64_t (*random)(void *), void *ctx, uint8_t out[CGARSA_MAX], size_t *len)
{
	uint8_t		 em[CGARSA_MAX];
	size_t		 i;
	enum cgarsa_err	 e;

	*len = k->nlen;
	if (cga_rsa_fits(k) != CGA_OK || k->nlen > sizeof(em))
		return (CGARSA_E_KEY);
	em[0] = 0;
	em[1] = 2;
	if (!random_padding(em + 2, k->nlen - FRAME - TOKEN, random, ctx))
		return (CGARSA_E_CRYPTO);
	em[k->nlen - TOKEN - 1] = 0;
	for (i = 1; i <= TOKEN; i++, token >>= 8)
		em[k->nlen - i] = (uint8_t)token;
	e = public_op(k, em, out);
	OPENSSL_cleanse(em, sizeof(em));
	return (e);
}

/* in^d mod n, len octets, which is as long as n; libcrypto blinds it. */
static enum cgarsa_err
private_op(EVP_PKEY *key, const uint8_t *in, size_t len, uint8_t *out)
{
	EVP_PKEY_CTX	*ctx;
	size_t		 n = len;
	bool		 ok;

	if (EVP_PKEY_base_id(key) != EVP_PKEY_RSA || len > CGARSA_MAX)
		return (CGARSA_E_KEY);
	ok = (ctx = EVP_PKEY_CTX_new(key, NULL)) != NULL &&
	    EVP_PKEY_decrypt_init(ctx) == 1 &&
	    EVP_PKEY_CTX_set_rsa_padding(ctx, RSA_NO_PADDING) == 1 &&
	    EVP_PKEY_decrypt(ctx, out, &n, in, len) == 1 && n == len;
	EVP_PKEY_CTX_free(ctx);
	if (!ok)
		ERR_clear_error();
	return (ok ? CGARSA_OK : CGARSA_E_CRYPTO);
}

/*
 * Sign len octets of mobility data (RFC 4866 4.5, RFC 3447 8.2.1).  sig and
 * *siglen are the signature.  E_KEY if the key is not for RSA or above
 * CGARSA_MAX octets.
 */
enum cgarsa_err
cgarsa_sign(struct mhauth *a, struct evp_pkey_st *key, const void *data,
    size_t len, uint8_t sig[CGARSA_MAX], size_t *siglen)
{
	uint8_t	 em[CGARSA_MAX];
	int	 n = EVP_PKEY_size(key);

	*siglen = 0;
	if (n <= 0 || (size_t)n > sizeof(em))
		return (CGARSA_E_KEY);
	if (len > MHAUTH_DATAMAX)
		return (CGARSA_E_LENGTH);
	if (!encode(a, data, len, em, (size_t)n))
		return (CGARSA_E_CRYPTO);
	*siglen = (size_t)n;
	return (private_op(key, em, (size_t)n, sig));
}

/*
 * A token of em, len octets, where it has to be; false if they are anything
 * else.  It takes as long for each.
 */
static bool
take_token(const uint8_t *em, size_t len, uint64_t *token)
{
	unsigned int	 wrong = em[0] | (em[1] ^ 2u) | em[len - TOKEN - 1];
	size_t		 i;

	/* Of 0 alone this is not 0. */
	for (i = 2; i < len - TOKEN - 1; i++)
		wrong |= (em[i] - 1u) >> 8;
	*token = 0;
	for (i = len - TOKEN; i < len; i++)
		*token = *token << 8 | em[i];
	return (wrong == 0);
}

/*
 * Decrypt a token (RFC 4866 4.8, RFC 3447 7.2.2); it is in host byte order.
 * MISMATCH if it was not encrypted with that key, or is no token of 8 octets.
 */
enum cgarsa_err
cgarsa_decrypt(struct evp_pkey_st *key, const void *in, size_t len,
    uint64_t *token)
{
	uint8_t		 em[CGARSA_MAX];
	int		 n = EVP_PKEY_size(key);
	enum cgarsa_err	 e;

	*token = 0;
	if (n <= 0 || (size_t)n > sizeof(em))
		return (CGARSA_E_KEY);
	if (len != (size_t)n || len < FRAME + PS_LEAST + TOKEN)
		return (CGARSA_E_LENGTH);
	e = private_op(key, in, len, em);
	if (e == CGARSA_OK && !take_token(em, len, token)) {
		*token = 0;
		e = CGARSA_E_MISMATCH;
	}
	OPENSSL_cleanse(em, sizeof(em));
	return (e);
}
