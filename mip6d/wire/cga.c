/*
 * Cryptographically Generated Addresses (RFC 3972): their parameters parsed
 * and built, the address that they make, the verification of one, the search
 * for a modifier in steps, and what is needed of an RSA key for RFC 4866.
 * Parameters come from anybody: lengths of DER are followed as far as they are
 * exact and no further.  mip6ctl makes and judges addresses with it, the
 * correspondent judges those of mobile nodes.
 */
#include <string.h>

#include "wire/buf.h"
#include "wire/cga.h"

#define	COLLISIONS_AT	24	/* the octet of the collision count */
#define	SEC_SHIFT	5	/* Sec is the upper three bits of an octet */
#define	SEC_BITS	16	/* zeros of Hash2 for each of it */

/* Universal tags of DER, X.690 8 */
enum {
	DER_INTEGER = 0x02,
	DER_BITS = 0x03,
	DER_NULL = 0x05,
	DER_OID = 0x06,
	DER_SEQUENCE = 0x30
};

/* 1.2.840.113549.1.1.1, RFC 3279 2.3.1 */
static const uint8_t	 rsa_encryption[] = {
	0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x01
};

/* What of an interface identifier is compared, RFC 3972 2: Mask1. */
static const uint8_t	 mask1[] = {
	0x1c, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff
};

static const char *const	 names[CGA_NERR] = {
	[CGA_OK] = "is one of these parameters",
	[CGA_E_SHORT] = "the parameters end before the public key",
	[CGA_E_LONG] = "the parameters are longer than 2048 octets",
	[CGA_E_KEY] = "the public key is no SubjectPublicKeyInfo in DER",
	[CGA_E_COLLISIONS] = "the collision count is above 2",
	[CGA_E_PREFIX] = "the subnet prefix of the address is another",
	[CGA_E_HASH1] = "the interface identifier is of other parameters",
	[CGA_E_HASH2] = "the modifier does not do for the Sec of the address",
	[CGA_E_SEC] = "Sec is too great",
	[CGA_E_ALGORITHM] = "the public key is not for RSA",
	[CGA_E_RSA] = "the public key is no RSAPublicKey in DER",
	[CGA_E_RSA_SHORT] = "an RSA key below 1024 bits is too weak",
	[CGA_E_RSA_LONG] =
		"above 2040 bits no option holds its signature (RFC 4866)",
	[CGA_E_EXPONENT] = "the public exponent is even, 1 or above 2^32",
	[CGA_E_CRYPTO] = "libcrypto failed",
};

/* A few words for what was found. */
const char *
cga_err_name(enum cga_err e)
{
	return ((unsigned int)e < CGA_NERR ? names[e] : "?");
}

/*
 * The next element of DER, of that tag, and a reader of its contents.  False
 * if there is none, if its length is not in the shortest form (X.690 10.1), or
 * if it is longer than what is there.
 */
static bool
der(struct rbuf *r, uint8_t tag, struct rbuf *in)
{
	uint8_t	 t = rbuf_u8(r), first = rbuf_u8(r);
	size_t	 len = first;

	if (first == 0x81) {
		len = rbuf_u8(r);
		r->bad = r->bad || len < 0x80;
	} else if (first == 0x82) {
		len = rbuf_u16(r);
		r->bad = r->bad || len < 0x100;
	} else if (first >= 0x80)
		r->bad = true;
	r->bad = r->bad || t != tag;
	return (rbuf_sub(r, in, len));
}

/* What is left of r is one element of any tag, of exactly that length. */
static bool
der_any(struct rbuf *r)
{
	struct rbuf	 in;

	return (rbuf_left(r) > 0 && der(r, r->p[r->off], &in) &&
	    rbuf_done(r));
}

/* AlgorithmIdentifier: an OBJECT IDENTIFIER and perhaps parameters. */
static bool
algorithm(struct rbuf *r, struct rbuf *oid)
{
	return (der(r, DER_OID, oid) && oid->len > 0 &&
	    (oid->p[oid->len - 1] & 0x80) == 0 &&
	    (rbuf_done(r) || der_any(r)));
}

/*
 * SubjectPublicKeyInfo, RFC 3280 4.1: alg is what its algorithm identifier
 * has, key the octets of the BIT STRING.  r stands behind it then.
 */
static bool
public_key(struct rbuf *r, struct rbuf *alg, struct rbuf *key)
{
	struct rbuf	 info, copy, oid;
	uint8_t		 unused;

	if (!der(r, DER_SEQUENCE, &info) || !der(&info, DER_SEQUENCE, alg) ||
	    !der(&info, DER_BITS, key) || !rbuf_done(&info))
		return (false);
	copy = *alg;
	unused = rbuf_u8(key);
	return (algorithm(&copy, &oid) && !key->bad && unused < 8 &&
	    (unused == 0 || rbuf_left(key) > 0));
}

/*
 * Take apart the len octets of CGA Parameters at p (RFC 3972 3), which have to
 * last as long as c: the public key is as long as its DER says, and what is
 * behind it are extension fields.  Neither the collision count nor the kind of
 * the key is judged.
 */
enum cga_err
cga_parse(struct cga *c, const void *p, size_t len)
{
	struct rbuf	 r, alg, key;

	memset(c, 0, sizeof(*c));
	if (len > CGA_MAXLEN)
		return (CGA_E_LONG);
	rbuf_init(&r, p, len);
	rbuf_bytes(&r, c->modifier, sizeof(c->modifier));
	rbuf_bytes(&r, c->prefix, sizeof(c->prefix));
	c->collisions = rbuf_u8(&r);
	if (r.bad || rbuf_left(&r) == 0)
		return (CGA_E_SHORT);
	c->key = r.p + r.off;
	if (!public_key(&r, &alg, &key))
		return (CGA_E_KEY);
	c->keylen = r.off - CGA_KEY_AT;
	c->extlen = rbuf_left(&r);
	c->ext = c->extlen == 0 ? NULL : r.p + r.off;
	return (CGA_OK);
}

/* The octets of CGA Parameters; their number, or 0 if cap is too small. */
size_t
cga_build(const struct cga *c, void *p, size_t cap)
{
	struct wbuf	 w;

	wbuf_init(&w, p, cap);
	wbuf_bytes(&w, c->modifier, sizeof(c->modifier));
	wbuf_bytes(&w, c->prefix, sizeof(c->prefix));
	wbuf_u8(&w, c->collisions);
	wbuf_bytes(&w, c->key, c->keylen);
	if (c->extlen > 0)
		wbuf_bytes(&w, c->ext, c->extlen);
	return (w.bad ? 0 : w.off);
}

/* A positive INTEGER in its shortest form, without the 0 of its sign. */
static bool
positive(struct rbuf *r, struct rbuf *in)
{
	if (!der(r, DER_INTEGER, in) || in->len == 0 ||
	    (in->p[0] & 0x80) != 0)
		return (false);
	if (in->p[0] == 0) {
		if (in->len == 1 || (in->p[1] & 0x80) == 0)
			return (false);
		rbuf_u8(in);
	}
	return (true);
}

/* Bits of a number whose first octet is not 0. */
static unsigned int
bits_of(const uint8_t *p, size_t len)
{
	unsigned int	 n = (unsigned int)len * 8, first;

	for (first = p[0]; (first & 0x80) == 0; first <<= 1)
		n--;
	return (n);
}

static uint64_t
exponent(struct rbuf *r)
{
	uint64_t	 v = 0;

	if (rbuf_left(r) > sizeof(v))
		return (UINT64_MAX);
	while (rbuf_left(r) > 0)
		v = v << 8 | rbuf_u8(r);
	return (v);
}

/*
 * The RSA key of parameters that were parsed: rsaEncryption with NULL and an
 * RSAPublicKey (RFC 3972 3, RFC 3279 2.3.1), nothing behind it.  Its size is
 * not judged: cga_rsa_fits().
 */
enum cga_err
cga_rsa(const struct cga *c, struct cga_rsa *k)
{
	struct rbuf	 r, alg, key, oid, null, seq, n, e;

	memset(k, 0, sizeof(*k));
	rbuf_init(&r, c->key, c->keylen);
	if (!public_key(&r, &alg, &key) || !rbuf_done(&r))
		return (CGA_E_KEY);
	if (!der(&alg, DER_OID, &oid) || oid.len != sizeof(rsa_encryption) ||
	    memcmp(oid.p, rsa_encryption, sizeof(rsa_encryption)) != 0)
		return (CGA_E_ALGORITHM);
	/* Behind the octet that counts bits that are not used: none are. */
	if (!der(&alg, DER_NULL, &null) || null.len != 0 || key.p[0] != 0 ||
	    !der(&key, DER_SEQUENCE, &seq) || !rbuf_done(&key) ||
	    !positive(&seq, &n) || !positive(&seq, &e) || !rbuf_done(&seq))
		return (CGA_E_RSA);
	k->nlen = rbuf_left(&n);
	k->n = rbuf_ptr(&n, k->nlen);
	k->bits = bits_of(k->n, k->nlen);
	k->e = exponent(&e);
	return (CGA_OK);
}

/* Can the key be used for RFC 4866, and by anybody in bounded time? */
enum cga_err
cga_rsa_fits(const struct cga_rsa *k)
{
	if (k->bits < CGA_RSA_MIN)
		return (CGA_E_RSA_SHORT);
	if (k->bits > CGA_RSA_MAX)
		return (CGA_E_RSA_LONG);
	if (k->e < 3 || k->e % 2 == 0 || k->e > CGA_RSA_EXPONENT)
		return (CGA_E_EXPONENT);
	return (CGA_OK);
}

/* What Hash2 is computed of: no prefix, no collision count (RFC 3972 3). */
static size_t
input2(const struct cga *c, uint8_t in[CGA_MAXLEN])
{
	size_t	 len = cga_build(c, in, CGA_MAXLEN);

	if (len != 0)
		memset(in + CGA_MODIFIER, 0, CGA_KEY_AT - CGA_MODIFIER);
	return (len);
}

static enum cga_err
hash1(struct mhauth *a, const struct cga *c, uint8_t hash[MHAUTH_MACLEN])
{
	uint8_t	 in[CGA_MAXLEN];
	size_t	 len = cga_build(c, in, sizeof(in));

	if (len == 0)
		return (CGA_E_LONG);
	return (mhauth_sha1(a, in, len, hash) ? CGA_OK : CGA_E_CRYPTO);
}

static enum cga_err
hash2(struct mhauth *a, const struct cga *c, uint8_t hash[MHAUTH_MACLEN])
{
	uint8_t	 in[CGA_MAXLEN];
	size_t	 len = input2(c, in);

	if (len == 0)
		return (CGA_E_LONG);
	return (mhauth_sha1(a, in, len, hash) ? CGA_OK : CGA_E_CRYPTO);
}

/* The Sec that an address bears, RFC 3972 2. */
unsigned int
cga_sec(const struct in6_addr *addr)
{
	return (addr->s6_addr[CGA_PREFIX] >> SEC_SHIFT);
}

/* The greatest Sec for which a Hash2 has enough zeros in front: Mask2. */
unsigned int
cga_hash2_sec(const uint8_t hash[CGA_HASH2])
{
	unsigned int	 sec = 0;

	while (sec < CGA_SEC_MAX && hash[sec * 2] == 0 &&
	    hash[sec * 2 + 1] == 0)
		sec++;
	return (sec);
}

/* The greatest Sec of an address of these parameters, 0 to 7. */
enum cga_err
cga_sec_max(struct mhauth *a, const struct cga *c, unsigned int *sec)
{
	uint8_t		 hash[MHAUTH_MACLEN];
	enum cga_err	 e = hash2(a, c, hash);

	*sec = e == CGA_OK ? cga_hash2_sec(hash) : 0;
	return (e);
}

/*
 * The address that parameters make with a Sec: RFC 3972 4, steps 5 to 7.  The
 * modifier must do for that Sec, which cga_sec_max() tells.
 */
enum cga_err
cga_address(struct mhauth *a, const struct cga *c, unsigned int sec,
    struct in6_addr *addr)
{
	uint8_t		 hash[MHAUTH_MACLEN];
	enum cga_err	 e;
	size_t		 i;

	if (sec > CGA_SEC_MAX)
		return (CGA_E_SEC);
	if (c->collisions > CGA_COLLISIONS)
		return (CGA_E_COLLISIONS);
	if ((e = hash1(a, c, hash)) != CGA_OK)
		return (e);
	memcpy(addr->s6_addr, c->prefix, CGA_PREFIX);
	/* Mask1 leaves out the bits of Sec, u and g. */
	for (i = 0; i < sizeof(mask1); i++)
		addr->s6_addr[CGA_PREFIX + i] = hash[i] & mask1[i];
	addr->s6_addr[CGA_PREFIX] |= (uint8_t)(sec << SEC_SHIFT);
	return (CGA_OK);
}

/*
 * Is an address of these parameters?  RFC 3972 5, steps 1 to 7, for each Sec.
 * Takes at most two hashes of CGA_MAXLEN octets.
 */
enum cga_err
cga_verify(struct mhauth *a, const struct cga *c, const struct in6_addr *addr)
{
	uint8_t		 hash[MHAUTH_MACLEN];
	enum cga_err	 e;
	size_t		 i;

	if (c->collisions > CGA_COLLISIONS)
		return (CGA_E_COLLISIONS);
	if (memcmp(addr->s6_addr, c->prefix, CGA_PREFIX) != 0)
		return (CGA_E_PREFIX);
	if ((e = hash1(a, c, hash)) != CGA_OK)
		return (e);
	for (i = 0; i < sizeof(mask1); i++)
		if (((hash[i] ^ addr->s6_addr[CGA_PREFIX + i]) & mask1[i]) != 0)
			return (CGA_E_HASH1);
	if (cga_sec(addr) == 0)
		return (CGA_OK);
	if ((e = hash2(a, c, hash)) != CGA_OK)
		return (e);
	return (cga_hash2_sec(hash) >= cga_sec(addr) ? CGA_OK : CGA_E_HASH2);
}

/*
 * Begin to search for a modifier that does for a Sec, 0 or 1, with the key and
 * the extension fields of c.  Its modifier should be random (RFC 3972 4, step
 * 1): it is the first to be tried.
 */
enum cga_err
cga_search_begin(struct cga_search *s, const struct cga *c, unsigned int sec)
{
	memset(s, 0, sizeof(*s));
	if (sec > CGA_SEC_SEARCH)
		return (CGA_E_SEC);
	s->sec = sec;
	s->len = input2(c, s->in);
	return (s->len == 0 ? CGA_E_LONG : CGA_OK);
}

/* The next modifier; after the last comes 0. */
static void
next_modifier(uint8_t modifier[CGA_MODIFIER])
{
	size_t	 i = CGA_MODIFIER;

	while (i > 0 && ++modifier[--i] == 0)
		continue;
}

/*
 * Search on, with at most max hashes: RFC 3972 4, steps 2 and 3; with Sec 0
 * none is needed.  s->found tells whether a modifier was found; then c has it,
 * and a collision count of 0 (step 4).  CGA_OK unless libcrypto fails.
 */
enum cga_err
cga_search_step(struct mhauth *a, struct cga_search *s, struct cga *c,
    unsigned int max)
{
	uint8_t	 hash[MHAUTH_MACLEN];

	s->found = s->found || s->sec == 0;
	while (!s->found && max-- > 0) {
		if (!mhauth_sha1(a, s->in, s->len, hash))
			return (CGA_E_CRYPTO);
		s->hashes++;
		s->found = cga_hash2_sec(hash) >= s->sec;
		if (!s->found)
			next_modifier(s->in);
	}
	if (s->found) {
		memcpy(c->modifier, s->in, CGA_MODIFIER);
		c->collisions = 0;
	}
	return (CGA_OK);
}

/*
 * Take the first 64 bits of an address as the subnet prefix.  The modifier is
 * kept, so that nothing has to be searched for, and the collision count begins
 * again (RFC 3972 4).
 */
void
cga_move(struct cga *c, const struct in6_addr *prefix)
{
	memcpy(c->prefix, prefix->s6_addr, CGA_PREFIX);
	c->collisions = 0;
}

/*
 * The address was somebody's already: have the parameters make another one.
 * False after the third such collision (RFC 3972 4, step 8).
 */
bool
cga_collided(struct cga *c)
{
	if (c->collisions >= CGA_COLLISIONS)
		return (false);
	c->collisions++;
	return (true);
}
