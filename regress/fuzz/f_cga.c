/*
 * CGA Parameters behind an address: what was parsed builds to the same octets,
 * addresses of it verify for each Sec that it does for, and none that differs
 * in a bit of its identifier.  Keys are taken apart, and modifiers searched
 * for in few steps.
 */
#include <stdlib.h>
#include <string.h>

#include "wire/cga.h"

int	 LLVMFuzzerTestOneInput(const uint8_t *, size_t);

#define	CHECK(x)	do { if (!(x)) abort(); } while (0)

static struct mhauth	*auth;

static void
key(const struct cga *c)
{
	struct cga_rsa	 k;
	enum cga_err	 e = cga_rsa(c, &k);

	CHECK(e == CGA_OK || e == CGA_E_ALGORITHM || e == CGA_E_RSA);
	if (e != CGA_OK)
		return;
	CHECK(k.n > c->key && k.n + k.nlen < c->key + c->keylen);
	CHECK(k.n[0] != 0 && k.bits > 8 * (k.nlen - 1) && k.bits <=
	    8 * k.nlen);
	if (cga_rsa_fits(&k) == CGA_OK)
		CHECK(k.nlen >= 128 && k.nlen <= 255 && k.e % 2 == 1);
}

/* Addresses of the parameters, and one beside each. */
static void
addresses(const struct cga *c, uint8_t bit)
{
	struct in6_addr	 a;
	unsigned int	 sec, max;

	CHECK(cga_sec_max(auth, c, &max) == CGA_OK && max <= CGA_SEC_MAX);
	for (sec = 0; sec <= CGA_SEC_MAX; sec++) {
		CHECK(cga_address(auth, c, sec, &a) == CGA_OK);
		CHECK(cga_sec(&a) == sec);
		CHECK(cga_verify(auth, c, &a) == (sec <= max ? CGA_OK :
		    CGA_E_HASH2));
		a.s6_addr[8 + bit / 8 % 8] ^= (uint8_t)(0x80 >> bit % 8);
		if (bit % 64 > 2 && bit % 64 != 6 && bit % 64 != 7)
			CHECK(cga_verify(auth, c, &a) == CGA_E_HASH1);
	}
}

static void
search(struct cga *c)
{
	struct cga_search	 s;
	unsigned int		 max;

	CHECK(cga_search_begin(&s, c, 1) == CGA_OK);
	CHECK(cga_search_step(auth, &s, c, 4) == CGA_OK && s.hashes <= 4);
	if (!s.found)
		return;
	CHECK(cga_sec_max(auth, c, &max) == CGA_OK && max >= 1);
	CHECK(c->collisions == 0);
}

int
LLVMFuzzerTestOneInput(const uint8_t *p, size_t len)
{
	struct in6_addr	 a;
	struct cga	 c;
	enum cga_err	 e;
	uint8_t		 out[CGA_MAXLEN];

	if (auth == NULL)
		CHECK((auth = mhauth_new()) != NULL);
	if (len < sizeof(a))
		return (0);
	memcpy(&a, p, sizeof(a));
	p += sizeof(a);
	len -= sizeof(a);
	e = cga_parse(&c, p, len);
	CHECK(e == CGA_OK || e == CGA_E_SHORT || e == CGA_E_LONG ||
	    e == CGA_E_KEY);
	if (e != CGA_OK)
		return (0);
	CHECK(cga_build(&c, out, sizeof(out)) == len);
	CHECK(memcmp(out, p, len) == 0);
	key(&c);
	e = cga_verify(auth, &c, &a);
	if (c.collisions > CGA_COLLISIONS) {
		CHECK(e == CGA_E_COLLISIONS);
		return (0);
	}
	CHECK(e != CGA_OK || memcmp(a.s6_addr, c.prefix, CGA_PREFIX) == 0);
	addresses(&c, a.s6_addr[15]);
	while (cga_collided(&c))
		addresses(&c, c.modifier[0]);
	search(&c);
	return (0);
}
