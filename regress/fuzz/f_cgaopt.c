/*
 * CGA Parameters and a signature in a message from anybody, as a correspondent
 * takes them apart: options that a plain walk over the octets finds to fit are
 * those that fit, and their octets are what is put together.  What the key in
 * them then does takes no other length than that of its modulus, and no
 * signature is right for other data too.
 */
#include <stdlib.h>
#include <string.h>

#include "wire/cgaopt.h"
#include "wire/cgarsa.h"

int	 LLVMFuzzerTestOneInput(const uint8_t *, size_t);

#define	CHECK(x)	do { if (!(x)) abort(); } while (0)

static struct mhauth	*auth;
/* 2001:db8:2:: and 2001:db8:c:: */
static const struct in6_addr	 coa = {
	.s6_addr = { 0x20, 1, 0x0d, 0xb8, 0, 2 }
};
static const struct in6_addr	 cn = {
	.s6_addr = { 0x20, 1, 0x0d, 0xb8, 0, 12 }
};

/*
 * The parameters of a message that is known to be in order, by its octets
 * alone: one run of them, a signature behind it, no other of them.
 */
static size_t
walk(const uint8_t *p, size_t len, uint8_t *out)
{
	enum { BEFORE, WITHIN, LAST, BEHIND } state = BEFORE;
	size_t	 off = 12, n = 0;

	while (off < len) {
		if (p[off] == 12) {
			if (state == LAST || state == BEHIND)
				return (0);
			memcpy(out + n, p + off + 2, p[off + 1]);
			n += p[off + 1];
			state = p[off + 1] == 255 ? WITHIN : LAST;
		} else if (state == WITHIN || state == LAST) {
			if (p[off] != 13)
				return (0);
			state = BEHIND;
		}
		off += p[off] == 0 ? 1 : 2u + p[off + 1];
	}
	return (state == BEHIND ? n : 0);
}

static uint64_t
some(void *v)
{
	return (*(uint64_t *)v += UINT64_C(0x9e3779b97f4a7c15));
}

static void
encrypt(const struct cga_rsa *k, bool odd)
{
	uint8_t		 out[CGARSA_MAX];
	uint64_t	 state = 1;
	size_t		 len;
	enum cgarsa_err	 e = cgarsa_encrypt(k, 7, some, &state, out, &len);

	CHECK((e == CGARSA_OK) == odd);
	if (e == CGARSA_OK)
		CHECK(len == k->nlen && memcmp(out, k->n, len) < 0);
}

static void
verify(const struct mh *m, const struct cga_rsa *k)
{
	const struct mh_opt	*sig = cgaopt_signature(m);
	uint8_t			 data[MHAUTH_DATAMAX];
	size_t			 n = cgaopt_data(m, &coa, &cn, data);
	bool			 odd = k->n[k->nlen - 1] & 1;
	enum cgarsa_err		 e;

	CHECK(n == 32u + sig->off);
	e = cgarsa_verify(auth, k, data, n, sig->var, sig->varlen);
	if (sig->varlen != k->nlen)
		CHECK(e == CGARSA_E_LENGTH);
	else if (cga_rsa_fits(k) != CGA_OK || !odd)
		CHECK(e == CGARSA_E_KEY);
	else
		CHECK(e == CGARSA_OK || e == CGARSA_E_MISMATCH);
	if (e == CGARSA_OK) {
		data[m->cksum % n] ^= 1;
		CHECK(cgarsa_verify(auth, k, data, n, sig->var, sig->varlen) ==
		    CGARSA_E_MISMATCH);
	}
	if (cga_rsa_fits(k) == CGA_OK)
		encrypt(k, odd);
}

int
LLVMFuzzerTestOneInput(const uint8_t *p, size_t len)
{
	static struct mh	 m;
	uint8_t			 params[CGA_MAXLEN], want[CGA_MAXLEN];
	struct cga		 c;
	struct cga_rsa		 k;
	size_t			 n;

	if (auth == NULL)
		CHECK((auth = mhauth_new()) != NULL);
	if (mh_parse(&m, p, len) != MH_OK || (m.type != MH_BU &&
	    m.type != MH_BA))
		return (0);
	n = cgaopt_join(&m, params);
	CHECK(n == walk(p, m.len, want) && memcmp(params, want, n) == 0);
	CHECK((n == 0) == (cgaopt_signature(&m) == NULL));
	if (n > 0 && cga_parse(&c, params, n) == CGA_OK &&
	    cga_rsa(&c, &k) == CGA_OK)
		verify(&m, &k);
	return (0);
}
