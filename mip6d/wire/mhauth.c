/*
 * The cryptography of mobility messages: keygen tokens, binding management
 * keys and Binding Authorization Data (RFC 6275 5.2, 6.2.7), the
 * authentication options and timestamps of RFC 4285.  struct mhauth, one for
 * each engine, owns a digest context of libcrypto and nothing else; keys are
 * the caller's.  All engines sign and verify with it.
 */
#include <openssl/crypto.h>
#include <openssl/evp.h>

#include <stdlib.h>
#include <string.h>

#include "wire/cksum.h"
#include "wire/mhauth.h"

#define	BLOCK	64			/* of SHA-1, RFC 2104 2 */
#define	NTP_EPOCH	UINT64_C(2208988800)	/* 1900 to 1970 */

/*
 * EVP_MAC costs several allocations and parameter look-ups each time a key is
 * set, and keys here differ from message to message.  RFC 2104 on top of a
 * digest context that is only ever reset costs none.  These functions are in
 * OpenSSL before 3.0 and in LibreSSL, too.
 */
struct mhauth {
	EVP_MD_CTX	*ctx;
};

/* Allocate what the other functions need; NULL if libcrypto refuses. */
struct mhauth *
mhauth_new(void)
{
	struct mhauth	*a = calloc(1, sizeof(*a));

	if (a == NULL)
		return (NULL);
	a->ctx = EVP_MD_CTX_new();
	if (a->ctx == NULL ||
	    !EVP_DigestInit_ex(a->ctx, EVP_sha1(), NULL)) {
		mhauth_free(a);
		return (NULL);
	}
	return (a);
}

/* Free it; NULL is allowed. */
void
mhauth_free(struct mhauth *a)
{
	if (a == NULL)
		return;
	EVP_MD_CTX_free(a->ctx);
	free(a);
}

/* SHA-1 of a block and len octets at p. */
static bool
sha1_2(struct mhauth *a, const uint8_t *block, const void *p, size_t len,
    uint8_t out[MHAUTH_MACLEN])
{
	return (EVP_DigestInit_ex(a->ctx, NULL, NULL) == 1 &&
	    (block == NULL || EVP_DigestUpdate(a->ctx, block, BLOCK) == 1) &&
	    EVP_DigestUpdate(a->ctx, p, len) == 1 &&
	    EVP_DigestFinal_ex(a->ctx, out, NULL) == 1);
}

/* SHA-1 of len octets at p; false if libcrypto fails. */
bool
mhauth_sha1(struct mhauth *a, const void *p, size_t len,
    uint8_t out[MHAUTH_MACLEN])
{
	return (sha1_2(a, NULL, p, len, out));
}

/* HMAC-SHA1 (RFC 2104) of len octets at p; false if libcrypto fails. */
bool
mhauth_hmac(struct mhauth *a, const void *key, size_t keylen, const void *p,
    size_t len, uint8_t mac[MHAUTH_MACLEN])
{
	uint8_t	 k[BLOCK] = { 0 }, pad[BLOCK], inner[MHAUTH_MACLEN];
	size_t	 i;
	bool	 ok = true;

	if (keylen > BLOCK)
		ok = mhauth_sha1(a, key, keylen, k);
	else if (keylen != 0)
		memcpy(k, key, keylen);
	for (i = 0; i < BLOCK; i++)
		pad[i] = k[i] ^ 0x36;
	ok = ok && sha1_2(a, pad, p, len, inner);
	for (i = 0; i < BLOCK; i++)
		pad[i] = k[i] ^ 0x5c;
	ok = ok && sha1_2(a, pad, inner, sizeof(inner), mac);
	OPENSSL_cleanse(k, sizeof(k));
	OPENSSL_cleanse(pad, sizeof(pad));
	return (ok);
}

static void
put64(uint8_t *p, uint64_t v)
{
	int	 i;

	for (i = 7; i >= 0; i--, v >>= 8)
		p[i] = (uint8_t)v;
}

static uint64_t
get64(const uint8_t *p)
{
	uint64_t	 v = 0;
	int		 i;

	for (i = 0; i < 8; i++)
		v = v << 8 | p[i];
	return (v);
}

/*
 * Keygen token = First(64, HMAC_SHA1(Kcn, (address | nonce | 0 or 1))), for a
 * home or care-of address (RFC 6275 5.2.5).  A nonce may have any length up to
 * 64 octets (5.2.2); false beyond that or if libcrypto fails.
 */
bool
mhauth_token(struct mhauth *a, enum mhauth_token which,
    const uint8_t kcn[MHAUTH_KCNLEN], const struct in6_addr *addr,
    const void *nonce, size_t len, uint64_t *token)
{
	return (mhauth_token_by(a, which, kcn, MHAUTH_KCNLEN, addr, nonce,
	    len, token));
}

/* The same with a Kcn of any length, as RFC 4449 3 allows. */
bool
mhauth_token_by(struct mhauth *a, enum mhauth_token which, const void *kcn,
    size_t kcnlen, const struct in6_addr *addr, const void *nonce, size_t len,
    uint64_t *token)
{
	uint8_t	 in[16 + MHAUTH_NONCEMAX + 1], mac[MHAUTH_MACLEN];

	if (len > MHAUTH_NONCEMAX)
		return (false);
	memcpy(in, addr, 16);
	memcpy(in + 16, nonce, len);
	in[16 + len] = (uint8_t)which;
	if (!mhauth_hmac(a, kcn, kcnlen, in, 16 + len + 1, mac))
		return (false);
	*token = get64(mac);
	return (true);
}

/*
 * Kbm = SHA-1(home keygen token | care-of keygen token), without the latter
 * (NULL) to delete a binding (RFC 6275 5.2.5).  False if libcrypto fails.
 */
bool
mhauth_kbm(struct mhauth *a, uint64_t home, const uint64_t *careof,
    uint8_t kbm[MHAUTH_KBMLEN])
{
	uint8_t	 in[16];
	bool	 ok;

	put64(in, home);
	if (careof != NULL)
		put64(in + 8, *careof);
	ok = mhauth_sha1(a, in, careof == NULL ? 8 : 16, kbm);
	OPENSSL_cleanse(in, sizeof(in));
	return (ok);
}

/*
 * The octets that an authenticator or a signature covers: two addresses and the
 * message, parsed or built, with a zero checksum up to octet end (RFC 6275
 * 6.2.7, RFC 4285 5.1, RFC 4866 4.5).  Returns their number.
 */
size_t
mhauth_data(uint8_t out[MHAUTH_DATAMAX], const struct mh *m, size_t end,
    const struct in6_addr *a1, const struct in6_addr *a2)
{
	memcpy(out, a1, 16);
	memcpy(out + 16, a2, 16);
	memcpy(out + 32, m->p, end);
	out[32 + MH_OFF_CKSUM] = out[32 + MH_OFF_CKSUM + 1] = 0;
	return (32 + end);
}

/*
 * RFC 6275 6.2.7: First(96, HMAC_SHA1(Kbm, care-of address | correspondent |
 * MH Data)).  MH Data excludes the authenticator, behind which nothing comes.
 */
static bool
bad_compute(struct mhauth *a, const struct mh *m, const struct mh_opt *o,
    const void *kbm, size_t len, const struct in6_addr *careof,
    const struct in6_addr *correspondent, uint8_t mac[MHAUTH_MACLEN])
{
	uint8_t	 in[MHAUTH_DATAMAX];
	size_t	 n;

	n = mhauth_data(in, m, o->var_off, careof, correspondent);
	return (mhauth_hmac(a, kbm, len, in, n, mac));
}

/*
 * RFC 4285 5.1: First(96, HMAC_SHA1(key, care-of address | home address | MH
 * Data)), 5.2 for MN-AAA: HMAC_SHA1(key, SHA1(the same)).  MH Data ends with
 * the mobility SPI.
 */
static bool
auth_compute(struct mhauth *a, const struct mh *m, const struct mh_opt *o,
    const void *key, size_t len, const struct in6_addr *careof,
    const struct in6_addr *home, uint8_t mac[MHAUTH_MACLEN])
{
	uint8_t	 in[MHAUTH_DATAMAX], hash[MHAUTH_MACLEN];
	size_t	 n;

	n = mhauth_data(in, m, o->var_off, careof, home);
	if (o->u.auth.subtype != MHOPT_AUTH_MNAAA)
		return (mhauth_hmac(a, key, len, in, n, mac));
	return (mhauth_sha1(a, in, n, hash) &&
	    mhauth_hmac(a, key, len, hash, sizeof(hash), mac));
}

/* Store the first octets of mac as the variable field of o. */
static enum mhauth_err
store(struct mh *m, const struct mh_opt *o, const uint8_t *mac)
{
	if (o->varlen > MHAUTH_MACLEN)
		return (MHAUTH_E_LENGTH);
	memcpy(m->wire + o->var_off, mac, o->varlen);
	return (MHAUTH_OK);
}

static enum mhauth_err
compare(const struct mh *m, const struct mh_opt *o, const uint8_t *mac)
{
	return (CRYPTO_memcmp(m->p + o->var_off, mac, o->varlen) == 0 ?
	    MHAUTH_OK : MHAUTH_E_MISMATCH);
}

/*
 * Put the authenticator into the Binding Authorization Data option of a
 * message that mh_build() built.  careof is the care-of address that is to be
 * registered, or the home address to de-register; correspondent its address,
 * the home address if it is mobile itself (RFC 6275 6.2.7).
 */
enum mhauth_err
mhauth_bad_sign(struct mhauth *a, struct mh *m, const void *kbm, size_t len,
    const struct in6_addr *careof, const struct in6_addr *correspondent)
{
	const struct mh_opt	*o = mh_find(m, MHOPT_BAD);
	uint8_t			 mac[MHAUTH_MACLEN];

	if (o == NULL || m->wire == NULL)
		return (MHAUTH_E_NONE);
	if (!bad_compute(a, m, o, kbm, len, careof, correspondent, mac))
		return (MHAUTH_E_CRYPTO);
	return (store(m, o, mac));
}

/* Verify it in a parsed message, in constant time; the same arguments. */
enum mhauth_err
mhauth_bad_verify(struct mhauth *a, const struct mh *m, const void *kbm,
    size_t len, const struct in6_addr *careof,
    const struct in6_addr *correspondent)
{
	const struct mh_opt	*o = mh_find(m, MHOPT_BAD);
	uint8_t			 mac[MHAUTH_MACLEN];

	if (o == NULL)
		return (MHAUTH_E_NONE);
	if (o->varlen != MHOPT_AUTHLEN)
		return (MHAUTH_E_LENGTH);
	if (!bad_compute(a, m, o, kbm, len, careof, correspondent, mac))
		return (MHAUTH_E_CRYPTO);
	return (compare(m, o, mac));
}

/* Octets of the authentication data, RFC 4285 5.1 and 5.2. */
static uint8_t
auth_len(uint8_t subtype)
{
	return (subtype == MHOPT_AUTH_MNAAA ? MHAUTH_MACLEN : MHOPT_AUTHLEN);
}

/*
 * Put the authentication data into the MN-HA or MN-AAA option (subtype) of a
 * message that mh_build() built.  An MN-AAA option needs varlen 20 before it
 * is built.  The MN-AAA data covers that of MN-HA: sign MN-HA first.
 */
enum mhauth_err
mhauth_auth_sign(struct mhauth *a, struct mh *m, uint8_t subtype,
    const void *key, size_t len, const struct in6_addr *careof,
    const struct in6_addr *home)
{
	const struct mh_opt	*o = mh_find_auth(m, subtype);
	uint8_t			 mac[MHAUTH_MACLEN];

	if (o == NULL || m->wire == NULL)
		return (MHAUTH_E_NONE);
	if (o->varlen != auth_len(subtype))
		return (MHAUTH_E_LENGTH);
	if (!auth_compute(a, m, o, key, len, careof, home, mac))
		return (MHAUTH_E_CRYPTO);
	return (store(m, o, mac));
}

/* Verify it in a parsed message, in constant time; the same arguments. */
enum mhauth_err
mhauth_auth_verify(struct mhauth *a, const struct mh *m, uint8_t subtype,
    const void *key, size_t len, const struct in6_addr *careof,
    const struct in6_addr *home)
{
	const struct mh_opt	*o = mh_find_auth(m, subtype);
	uint8_t			 mac[MHAUTH_MACLEN];

	if (o == NULL)
		return (MHAUTH_E_NONE);
	if (o->varlen != auth_len(subtype))
		return (MHAUTH_E_LENGTH);
	if (!auth_compute(a, m, o, key, len, careof, home, mac))
		return (MHAUTH_E_CRYPTO);
	return (compare(m, o, mac));
}

/*
 * Wall-clock time as the 64-bit NTP timestamp of RFC 4285 6: seconds since
 * 1900 (modulo 2^32) and fractions of 2^-32 s.
 */
uint64_t
mhauth_ntp(const struct timespec *ts)
{
	uint64_t	 sec = (uint64_t)ts->tv_sec + NTP_EPOCH;

	return (sec << 32 | ((uint64_t)ts->tv_nsec << 32) / 1000000000);
}

/* The same of nanoseconds since 1970; of a time before that, 1970. */
uint64_t
mhauth_ntp_ns(int64_t ns)
{
	struct timespec	 ts = { 0, 0 };

	if (ns > 0) {
		ts.tv_sec = (time_t)(ns / 1000000000);
		ts.tv_nsec = (long)(ns % 1000000000);
	}
	return (mhauth_ntp(&ts));
}

/* The wall-clock time of an NTP timestamp of the years 1968 to 2104. */
void
mhauth_ntp_time(uint64_t ntp, struct timespec *ts)
{
	uint64_t	 sec = ntp >> 32;

	if (!(sec & 0x80000000))	/* the era that begins in 2036 */
		sec += UINT64_C(1) << 32;
	ts->tv_sec = (time_t)(sec - NTP_EPOCH);
	ts->tv_nsec = (long)(((ntp & 0xffffffff) * 1000000000) >> 32);
}

/* Whether two timestamps are at most seconds apart ("close enough"). */
bool
mhauth_ntp_close(uint64_t a, uint64_t b, unsigned int seconds)
{
	uint64_t	 d = a - b, limit = (uint64_t)seconds << 32;

	return (d <= limit || 0 - d <= limit);
}

/*
 * The timestamp to return when that of the Binding Update is not valid: its
 * low-order 32 bits, and the high-order ones of now (RFC 4285 6).
 */
uint64_t
mhauth_ntp_reject(uint64_t received, uint64_t now)
{
	return ((now & ~UINT64_C(0xffffffff)) | (received & 0xffffffff));
}
