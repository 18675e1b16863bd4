/*
 * wire/cga: the example of RFC 3972 appendix A, each step of making and of
 * verifying an address, every malformed length, each Sec, RSA keys.  Hashes
 * that none can find are given to what judges them.
 */
#include "wire/cga.h"
#include "wire/ip6.h"
#include "wire_util.h"

/* RFC 3972 appendix A: a key of 512 bits, Sec 1. */
#define KEY	"305c300d06092a864886f70d0101010500034b0030480241" \
		"00c2c2f137305454f10bd9cea36844b530e9211a4b262b16" \
		"467cb7dfba1f595c0194f275be5a4d386f2c3c2382508773" \
		"c7867f9b3b9e63a09c7bc48f7a54ebefaf0203010001"
#define FIRST	"89a8a8b2e858d8b8f2633f44d2d4ce9a"
#define FOUND	"89a8a8b2e858d8b8f2633f44d2d4ce9b"
/* Found by a search through 110,940,216 modifiers: Hash2 of 32 zeros. */
#define FOUND2	"89a8a8b2e858d8b8f2633f44d9719ed1"
#define PREFIX	"fe80000000000000"
#define ADDRESS	"fe80::3c4a:5bf6:ffb4:ca6c"

static struct mhauth	*auth;

/* Parameters, and the octets that their key and extensions are in. */
struct made {
	struct cga	 c;
	uint8_t		 octets[2 * CGA_MAXLEN];
	size_t		 len;
};

static size_t
octets(const char *s, uint8_t *out, size_t cap)
{
	char	 digits[4 * CGA_MAXLEN], *p = digits;

	for (; *s != '\0'; s++)
		if (*s != ' ')
			*p++ = *s;
	*p = '\0';
	return (unhex(digits, out, cap));
}

/* Parse what is given in hexadecimal. */
static enum cga_err
parse(struct made *m, const char *hex)
{
	if (auth == NULL)
		ATF_REQUIRE((auth = mhauth_new()) != NULL);
	m->len = octets(hex, m->octets, sizeof(m->octets));
	return (cga_parse(&m->c, m->octets, m->len));
}

/* ... which is in order. */
static void
make(struct made *m, const char *hex)
{
	ATF_REQUIRE_EQ_MSG(CGA_OK, parse(m, hex), "%s", hex);
}

static enum cga_err
verify(const struct made *m, const char *address)
{
	struct in6_addr	 a = addr(address);

	return (cga_verify(auth, &m->c, &a));
}

static void
check_address(const struct made *m, unsigned int sec, const char *want)
{
	struct in6_addr	 a;
	char		 text[INET6_ADDRSTRLEN];

	ATF_REQUIRE_EQ(CGA_OK, cga_address(auth, &m->c, sec, &a));
	inet_ntop(AF_INET6, &a, text, sizeof(text));
	ATF_CHECK_STREQ(want, text);
}

static void
check_sec_max(const struct made *m, unsigned int want)
{
	unsigned int	 sec = 99;

	ATF_REQUIRE_EQ(CGA_OK, cga_sec_max(auth, &m->c, &sec));
	ATF_CHECK_EQ(want, sec);
}

ATF_TC_WITHOUT_HEAD(example);
ATF_TC_BODY(example, tc)
{
	struct cga_search	 s;
	struct made		 m;
	struct in6_addr		 a;
	uint8_t			 out[CGA_MAXLEN];

	make(&m, FIRST PREFIX "00" KEY);
	ATF_CHECK_EQ(94, m.c.keylen);
	ATF_CHECK_EQ(0, m.c.extlen);
	check_sec_max(&m, 0);
	ATF_REQUIRE_EQ(CGA_OK, cga_search_begin(&s, &m.c, 1));
	ATF_REQUIRE_EQ(CGA_OK, cga_search_step(auth, &s, &m.c, 1));
	ATF_CHECK(!s.found);
	ATF_CHECK_EQ(1, s.hashes);
	m.c.collisions = 2;		/* of before: step 4 sets it to 0 */
	ATF_REQUIRE_EQ(CGA_OK, cga_search_step(auth, &s, &m.c, 1000));
	ATF_CHECK(s.found);
	ATF_CHECK_EQ(2, s.hashes);
	check_sec_max(&m, 1);
	check_address(&m, 1, ADDRESS);
	ATF_CHECK_EQ(CGA_OK, verify(&m, ADDRESS));
	a = addr(ADDRESS);
	ATF_CHECK_EQ(1, cga_sec(&a));
	m.len = octets(FOUND PREFIX "00" KEY, m.octets, sizeof(m.octets));
	check_octets("parameters", out, cga_build(&m.c, out, sizeof(out)),
	    m.octets, m.len);
	ATF_CHECK_EQ(0, cga_build(&m.c, out, m.len - 1));
}

/* Section 4, one step after the other. */
ATF_TC_WITHOUT_HEAD(generation);
ATF_TC_BODY(generation, tc)
{
	struct cga_search	 s;
	struct made		 m;
	struct in6_addr		 a;

	/* Sec 0 takes the modifier as it is: no hash (steps 2 and 3). */
	make(&m, FIRST PREFIX "02" KEY);
	ATF_REQUIRE_EQ(CGA_OK, cga_search_begin(&s, &m.c, 0));
	ATF_REQUIRE_EQ(CGA_OK, cga_search_step(auth, &s, &m.c, 0));
	ATF_CHECK(s.found);
	ATF_CHECK_EQ(0, s.hashes);
	ATF_CHECK_EQ(0, m.c.collisions);
	ATF_CHECK_EQ(0x9a, m.c.modifier[15]);
	/* More is not searched for. */
	ATF_CHECK_EQ(CGA_E_SEC, cga_search_begin(&s, &m.c, 2));
	/* The modifier after the last is 0. */
	make(&m, "ffffffffffffffffffffffffffffffff" PREFIX "00" KEY);
	ATF_REQUIRE_EQ(CGA_OK, cga_search_begin(&s, &m.c, 1));
	ATF_REQUIRE_EQ(CGA_OK, cga_search_step(auth, &s, &m.c, 1));
	ATF_CHECK(!s.found);
	memset(m.octets, 0, CGA_MODIFIER);
	check_octets("next", s.in, CGA_MODIFIER, m.octets, CGA_MODIFIER);
	/* Steps are of that many hashes, until one is found. */
	while (!s.found) {
		ATF_REQUIRE_EQ(CGA_OK, cga_search_step(auth, &s, &m.c, 4096));
		ATF_REQUIRE(s.found || s.hashes % 4096 == 1);
		ATF_REQUIRE(s.hashes < 10000000);
	}
	ATF_CHECK_EQ(CGA_OK, cga_search_step(auth, &s, &m.c, 4096));
	check_sec_max(&m, 1);
	ATF_REQUIRE_EQ(CGA_OK, cga_address(auth, &m.c, 1, &a));
	ATF_CHECK_EQ(CGA_OK, cga_verify(auth, &m.c, &a));
	/* Step 6: u and g are 0. */
	ATF_CHECK_EQ(1, cga_sec(&a));
	ATF_CHECK_EQ(0, a.s6_addr[8] & 3);
}

/* Another prefix or a collision: the modifier stays, and does for its Sec. */
ATF_TC_WITHOUT_HEAD(again);
ATF_TC_BODY(again, tc)
{
	static const char	*prefixes[] = {
		"2001:db8:1::", "2001:db8:2::"
	};
	struct made		 m;
	struct in6_addr		 a, seen[6];
	size_t			 i, j, n = 0;

	make(&m, FOUND PREFIX "00" KEY);
	for (i = 0; i < 2; i++) {
		a = addr(prefixes[i]);
		cga_move(&m.c, &a);
		ATF_CHECK_EQ(0, m.c.collisions);
		do {
			ATF_REQUIRE(n < 6);
			ATF_REQUIRE_EQ(CGA_OK,
			    cga_address(auth, &m.c, 1, &seen[n]));
			ATF_CHECK(in6_prefix_eq(&seen[n], &a, 64));
			ATF_CHECK_EQ(CGA_OK,
			    cga_verify(auth, &m.c, &seen[n]));
			for (j = 0; j < n; j++)
				ATF_CHECK(!in6_eq(&seen[j], &seen[n]));
			n++;
		} while (cga_collided(&m.c));
		/* After three collisions: an error, and no fourth address. */
		ATF_CHECK_EQ(2, m.c.collisions);
		ATF_CHECK(!cga_collided(&m.c));
	}
	ATF_CHECK_EQ(6, n);
	m.c.collisions = 3;
	ATF_CHECK_EQ(CGA_E_COLLISIONS, cga_address(auth, &m.c, 1, &a));
	m.c.collisions = 0;
	ATF_CHECK_EQ(CGA_E_SEC, cga_address(auth, &m.c, 8, &a));
}

/* Section 5, one step after the other. */
ATF_TC_WITHOUT_HEAD(verification);
ATF_TC_BODY(verification, tc)
{
	struct made	 m;
	struct in6_addr	 a;
	unsigned int	 bit;
	enum cga_err	 want;

	/* Step 1, before all others. */
	make(&m, FOUND PREFIX "03" KEY);
	ATF_CHECK_EQ(CGA_E_COLLISIONS, verify(&m, ADDRESS));
	make(&m, FOUND PREFIX "ff" KEY);
	ATF_CHECK_EQ(CGA_E_COLLISIONS, verify(&m, "2001:db8::1"));
	/* Step 2, any of the 64 bits; and 3 and 4, all but five. */
	make(&m, FOUND PREFIX "00" KEY);
	for (bit = 0; bit < 128; bit++) {
		a = addr(ADDRESS);
		a.s6_addr[bit / 8] ^= (uint8_t)(0x80 >> bit % 8);
		if (bit < 64)
			want = CGA_E_PREFIX;
		else if (bit == 64 || bit == 65)
			want = CGA_E_HASH2;	/* Sec 5 and 3 */
		else if (bit == 66 || bit == 70 || bit == 71)
			want = CGA_OK;		/* Sec 0; u; g */
		else
			want = CGA_E_HASH1;
		ATF_CHECK_EQ_MSG(want, cga_verify(auth, &m.c, &a), "bit %u",
		    bit);
	}
	/* Each part of the parameters is in the hash. */
	make(&m, FOUND PREFIX "01" KEY);
	ATF_CHECK_EQ(CGA_E_HASH1, verify(&m, ADDRESS));
	make(&m, FIRST PREFIX "00" KEY);
	ATF_CHECK_EQ(CGA_E_HASH1, verify(&m, ADDRESS));
	make(&m, FOUND PREFIX "00" KEY "00");
	ATF_CHECK_EQ(CGA_E_HASH1, verify(&m, ADDRESS));
	/* Steps 5 to 7: the modifier does for Sec 0 and no other. */
	make(&m, FIRST PREFIX "00" KEY);
	ATF_REQUIRE_EQ(CGA_OK, cga_address(auth, &m.c, 0, &a));
	ATF_CHECK_EQ(CGA_OK, cga_verify(auth, &m.c, &a));
	for (bit = 1; bit <= CGA_SEC_MAX; bit++) {
		ATF_REQUIRE_EQ(CGA_OK, cga_address(auth, &m.c, bit, &a));
		ATF_CHECK_EQ(bit, cga_sec(&a));
		ATF_CHECK_EQ(CGA_E_HASH2, cga_verify(auth, &m.c, &a));
	}
}

/* A Sec that is not searched for is verified, too. */
ATF_TC_WITHOUT_HEAD(sec_2);
ATF_TC_BODY(sec_2, tc)
{
	struct made	 m;
	struct in6_addr	 a;
	unsigned int	 sec;

	make(&m, FOUND2 PREFIX "00" KEY);
	check_sec_max(&m, 2);
	check_address(&m, 2, "fe80::4053:27a4:3065:d282");
	for (sec = 0; sec <= CGA_SEC_MAX; sec++) {
		ATF_REQUIRE_EQ(CGA_OK, cga_address(auth, &m.c, sec, &a));
		ATF_CHECK_EQ(sec <= 2 ? CGA_OK : CGA_E_HASH2,
		    cga_verify(auth, &m.c, &a));
	}
}

/* Mask2: 16 zeros for each Sec; a bit that is set anywhere ends them. */
ATF_TC_WITHOUT_HEAD(zeros);
ATF_TC_BODY(zeros, tc)
{
	uint8_t		 hash[CGA_HASH2];
	unsigned int	 bit;

	memset(hash, 0, sizeof(hash));
	ATF_CHECK_EQ(7, cga_hash2_sec(hash));
	for (bit = 0; bit < 112; bit++) {
		memset(hash, 0, sizeof(hash));
		hash[bit / 8] |= (uint8_t)(0x80 >> bit % 8);
		ATF_CHECK_EQ_MSG(bit / 16, cga_hash2_sec(hash), "bit %u", bit);
	}
}

/* Extension fields: of no meaning, kept, and in both hashes. */
ATF_TC_WITHOUT_HEAD(extensions);
ATF_TC_BODY(extensions, tc)
{
	static const uint8_t	 ext[] = { 0xff, 0xfd, 0, 2, 1, 2 };
	struct cga_search	 s;
	struct made		 m, plain;
	struct in6_addr		 a;
	uint8_t			 out[CGA_MAXLEN];
	unsigned int		 sec;

	make(&plain, FOUND PREFIX "00" KEY);
	make(&m, FOUND PREFIX "00" KEY "fffd00020102");
	ATF_CHECK_EQ(94, m.c.keylen);
	check_octets("extension", m.c.ext, m.c.extlen, ext, sizeof(ext));
	check_octets("again", out, cga_build(&m.c, out, sizeof(out)),
	    m.octets, m.len);
	check_sec_max(&m, 0);		/* they are in Hash2 */
	ATF_REQUIRE_EQ(CGA_OK, cga_address(auth, &m.c, 0, &a));
	ATF_CHECK_EQ(CGA_OK, cga_verify(auth, &m.c, &a));
	ATF_CHECK_EQ(CGA_E_HASH1, cga_verify(auth, &plain.c, &a));
	ATF_REQUIRE_EQ(CGA_OK, cga_search_begin(&s, &m.c, 1));
	while (!s.found)
		ATF_REQUIRE_EQ(CGA_OK, cga_search_step(auth, &s, &m.c, 4096));
	check_sec_max(&m, 1);
	ATF_REQUIRE_EQ(CGA_OK, cga_address(auth, &m.c, 1, &a));
	ATF_CHECK_EQ(CGA_OK, cga_verify(auth, &m.c, &a));
	m.c.extlen--;
	ATF_REQUIRE_EQ(CGA_OK, cga_sec_max(auth, &m.c, &sec));
	ATF_CHECK_EQ(CGA_E_HASH1, cga_verify(auth, &m.c, &a));
}

#define HEAD	FOUND PREFIX "00"

ATF_TC_WITHOUT_HEAD(malformed);
ATF_TC_BODY(malformed, tc)
{
	static const struct {
		const char	*key;
		enum cga_err	 e;
	} t[] = {
		/* The least that is one: an identifier, no bits. */
		{ "300a 3005 06032b6570 030100", CGA_OK },
		{ "300d 3005 06032b6570 030407abcd80", CGA_OK },
		/* tags */
		{ "310a 3005 06032b6570 030100", CGA_E_KEY },
		{ "300a 3105 06032b6570 030100", CGA_E_KEY },
		{ "300a 3005 05032b6570 030100", CGA_E_KEY },
		{ "300a 3005 06032b6570 040100", CGA_E_KEY },
		/* the whole is longer or shorter than what is in it */
		{ "300b 3005 06032b6570 030100 00", CGA_E_KEY },
		{ "3009 3005 06032b6570 030100", CGA_E_KEY },
		{ "300b 3005 06032b6570 030100", CGA_E_KEY },
		{ "3007 3005 06032b6570", CGA_E_KEY },
		{ "3000", CGA_E_KEY },
		/* the identifier of the algorithm */
		{ "300a 3006 06032b6570 030100", CGA_E_KEY },
		{ "300a 3004 06032b6570 030100", CGA_E_KEY },
		{ "3007 3002 0600 030100", CGA_E_KEY },
		{ "3005 3000 030100", CGA_E_KEY },
		{ "300a 3005 06032b65f0 030100", CGA_E_KEY },
		{ "300c 3007 06032b6570 0500 030100", CGA_OK },
		{ "300d 3008 06032b6570 0500 00 030100", CGA_E_KEY },
		{ "300b 3006 06032b6570 05 030100", CGA_E_KEY },
		{ "300c 3007 06032b6570 0501 030100", CGA_E_KEY },
		/* the bits: none said to be unused of nothing */
		{ "3009 3005 06032b6570 0300", CGA_E_KEY },
		{ "300a 3005 06032b6570 030101", CGA_E_KEY },
		{ "300b 3005 06032b6570 03020880", CGA_E_KEY },
		/* lengths that are not the shortest, indefinite, too long */
		{ "30810a 3005 06032b6570 030100", CGA_E_KEY },
		{ "3082000a 3005 06032b6570 030100", CGA_E_KEY },
		{ "3080 3005 06032b6570 030100 0000", CGA_E_KEY },
		{ "308300000a 3005 06032b6570 030100", CGA_E_KEY },
		{ "30ff 3005 06032b6570 030100", CGA_E_KEY },
		{ "3082ffff 3005 06032b6570 030100", CGA_E_KEY },
		{ "308200ff 3005 06032b6570 030100", CGA_E_KEY },
		{ "3081", CGA_E_KEY },
		{ "308201", CGA_E_KEY },
		{ "30", CGA_E_KEY },
		{ "", CGA_E_SHORT },
	};
	char		 hex[256];
	struct made	 m;
	size_t		 i;

	for (i = 0; i < sizeof(t) / sizeof(t[0]); i++) {
		snprintf(hex, sizeof(hex), "%s%s", HEAD, t[i].key);
		ATF_CHECK_EQ_MSG(t[i].e, parse(&m, hex), "%s", t[i].key);
	}
}

/* Cut anywhere, they are none; with more behind, that is an extension. */
ATF_TC_WITHOUT_HEAD(lengths);
ATF_TC_BODY(lengths, tc)
{
	static uint8_t	 big[CGA_MAXLEN + 1];
	struct made	 m;
	struct cga	 c;
	uint8_t		*exact, out[CGA_MAXLEN];
	size_t		 n;

	make(&m, HEAD KEY);
	for (n = 0; n < m.len; n++) {
		/* Memory of just that size: a sanitizer sees one too many. */
		ATF_REQUIRE((exact = malloc(n + 1)) != NULL);
		memcpy(exact + 1, m.octets, n);
		ATF_CHECK_EQ_MSG(n <= CGA_KEY_AT ? CGA_E_SHORT : CGA_E_KEY,
		    cga_parse(&c, exact + 1, n), "%zu", n);
		free(exact);
	}
	memcpy(big, m.octets, m.len);
	for (n = m.len; n <= CGA_MAXLEN; n++) {
		ATF_REQUIRE_EQ(CGA_OK, cga_parse(&c, big, n));
		ATF_REQUIRE_EQ(n - m.len, c.extlen);
		ATF_REQUIRE_EQ(n, cga_build(&c, out, sizeof(out)));
	}
	ATF_CHECK_EQ(CGA_E_LONG, cga_parse(&c, big, CGA_MAXLEN + 1));
	/* Nor is more hashed. */
	ATF_REQUIRE_EQ(CGA_OK, cga_parse(&c, big, CGA_MAXLEN));
	c.extlen++;
	ATF_CHECK_EQ(CGA_E_LONG, cga_address(auth, &c, 0,
	    &(struct in6_addr){ 0 }));
	ATF_CHECK_EQ(CGA_E_LONG, cga_search_begin(&(struct cga_search){ 0 },
	    &c, 0));
}

/* Tag and length of DER before len octets; how many octets that takes. */
static size_t
der_head(struct wbuf *w, uint8_t tag, size_t len)
{
	size_t	 n = len < 0x80 ? 2 : len < 0x100 ? 3 : 4;

	if (w == NULL)
		return (n);
	wbuf_u8(w, tag);
	if (n > 2)
		wbuf_u8(w, (uint8_t)(0x80 + n - 2));
	if (n == 4)
		wbuf_u8(w, (uint8_t)(len >> 8));
	wbuf_u8(w, (uint8_t)len);
	return (n);
}

/* ... and these octets as well. */
static size_t
der_size(size_t len)
{
	return (der_head(NULL, 0, len) + len);
}

/* Parameters whose key has a modulus of that many octets, and an exponent. */
static size_t
rsa_key(uint8_t *p, size_t modulus, uint8_t first, const char *e)
{
	static const uint8_t	 alg[] = { 0x30, 0x0d, 0x06, 0x09, 0x2a, 0x86,
				    0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x01,
				    0x05, 0x00 };
	struct wbuf		 w;
	uint8_t			 exp[16];
	size_t			 n = modulus + (first >> 7), i, pair, bits;
	size_t			 elen = unhex(e, exp, sizeof(exp));

	pair = der_size(n) + der_size(elen);
	bits = 1 + der_size(pair);
	wbuf_init(&w, p, CGA_MAXLEN);
	wbuf_zero(&w, CGA_KEY_AT);
	der_head(&w, 0x30, sizeof(alg) + der_size(bits));
	wbuf_bytes(&w, alg, sizeof(alg));
	der_head(&w, 0x03, bits);
	wbuf_u8(&w, 0);
	der_head(&w, 0x30, pair);
	der_head(&w, 0x02, n);
	wbuf_zero(&w, first >> 7);
	wbuf_u8(&w, first);
	for (i = 1; i < modulus; i++)
		wbuf_u8(&w, 1);
	der_head(&w, 0x02, elen);
	wbuf_bytes(&w, exp, elen);
	ATF_REQUIRE(!w.bad);
	return (w.off);
}

ATF_TC_WITHOUT_HEAD(rsa_sizes);
ATF_TC_BODY(rsa_sizes, tc)
{
	static const struct {
		size_t		 modulus;
		uint8_t		 first;
		unsigned int	 bits;
		const char	*e;
		uint64_t	 value;
		enum cga_err	 fits;
	} t[] = {
		{ 128, 0xff, 1024, "010001", 65537, CGA_OK },
		{ 128, 0x7f, 1023, "010001", 65537, CGA_E_RSA_SHORT },
		{ 255, 0x80, 2040, "03", 3, CGA_OK },
		{ 256, 0x01, 2041, "010001", 65537, CGA_E_RSA_LONG },
		{ 256, 0x80, 2048, "010001", 65537, CGA_E_RSA_LONG },
		{ 512, 0x80, 4096, "010001", 65537, CGA_E_RSA_LONG },
		{ 128, 0x80, 1024, "01", 1, CGA_E_EXPONENT },
		{ 128, 0x80, 1024, "02", 2, CGA_E_EXPONENT },
		{ 128, 0x80, 1024, "010000", 65536, CGA_E_EXPONENT },
		{ 128, 0x80, 1024, "00ffffffff", 0xffffffff, CGA_OK },
		{ 128, 0x80, 1024, "0100000001", 0x100000001,
		    CGA_E_EXPONENT },
		{ 128, 0x80, 1024, "00ffffffffffffffff", UINT64_MAX,
		    CGA_E_EXPONENT },
		{ 128, 0x80, 1024, "01ffffffffffffffff", UINT64_MAX,
		    CGA_E_EXPONENT },
	};
	uint8_t		 p[CGA_MAXLEN];
	struct cga	 c;
	struct cga_rsa	 k;
	size_t		 i;

	for (i = 0; i < sizeof(t) / sizeof(t[0]); i++) {
		ATF_REQUIRE_EQ(CGA_OK, cga_parse(&c, p,
		    rsa_key(p, t[i].modulus, t[i].first, t[i].e)));
		ATF_CHECK_EQ(0, c.extlen);
		ATF_REQUIRE_EQ(CGA_OK, cga_rsa(&c, &k));
		ATF_CHECK_EQ(t[i].bits, k.bits);
		ATF_CHECK_EQ(t[i].modulus, k.nlen);
		ATF_CHECK_EQ(t[i].first, k.n[0]);
		ATF_CHECK_EQ(t[i].value, k.e);
		ATF_CHECK_EQ_MSG(t[i].fits, cga_rsa_fits(&k), "%zu", i);
	}
}

ATF_TC_WITHOUT_HEAD(rsa_malformed);
ATF_TC_BODY(rsa_malformed, tc)
{
#define RSA	"300d 06092a864886f70d010101 0500 "
	static const struct {
		const char	*key;
		enum cga_err	 e;
	} t[] = {
		{ KEY, CGA_OK },
		{ "301a" RSA "0309 00 3006 020123 020103", CGA_OK },
		/* another algorithm: P-256, Ed25519, RSASSA-PSS */
		{ "3019 3013 06072a8648ce3d0201 06082a8648ce3d030107 03020004",
		    CGA_E_ALGORITHM },
		{ "300a 3005 06032b6570 030100", CGA_E_ALGORITHM },
		{ "3018 300b 06092a864886f70d01010a 0309 00 3006 020123 020103",
		    CGA_E_ALGORITHM },
		/* its parameters have to be NULL */
		{ "3018 300b 06092a864886f70d010101 0309 00 3006 020123 020103",
		    CGA_E_RSA },
		{ "301a 300d 06092a864886f70d010101 0400 0309 00 3006 020123 "
		    "020103", CGA_E_RSA },
		{ "301b 300e 06092a864886f70d010101 050100 0309 00 3006 020123 "
		    "020103", CGA_E_RSA },
		/* bits that are not used; other tags; something more */
		{ "301a" RSA "0309 01 3006 020123 020103", CGA_E_RSA },
		{ "301a" RSA "0309 00 3106 020123 020103", CGA_E_RSA },
		{ "301a" RSA "0309 00 3006 030123 020103", CGA_E_RSA },
		{ "301a" RSA "0309 00 3006 020123 030103", CGA_E_RSA },
		{ "301d" RSA "030c 00 3009 020123 020103 020100", CGA_E_RSA },
		{ "301b" RSA "030a 00 3006 020123 020103 00", CGA_E_RSA },
		{ "3017" RSA "0306 00 3003 020123", CGA_E_RSA },
		{ "3012" RSA "0301 00", CGA_E_RSA },
		/* lengths of the numbers */
		{ "301a" RSA "0309 00 3006 020223 020103", CGA_E_RSA },
		{ "301a" RSA "0309 00 3006 020123 020203", CGA_E_RSA },
		{ "301a" RSA "0309 00 3005 020123 020103", CGA_E_RSA },
		{ "3019" RSA "0308 00 3005 0200 020103", CGA_E_RSA },
		{ "301b" RSA "030a 00 3007 02810123 020103", CGA_E_RSA },
		/* numbers: 0, below 0, more octets than needed */
		{ "301a" RSA "0309 00 3006 020100 020103", CGA_E_RSA },
		{ "301a" RSA "0309 00 3006 020183 020103", CGA_E_RSA },
		{ "301b" RSA "030a 00 3007 02020023 020103", CGA_E_RSA },
		{ "301b" RSA "030a 00 3007 02020083 020103", CGA_OK },
		{ "301b" RSA "030a 00 3007 020123 02020003", CGA_E_RSA },
	};
	char		 hex[512];
	struct made	 m;
	struct cga_rsa	 k;
	size_t		 i;

	for (i = 0; i < sizeof(t) / sizeof(t[0]); i++) {
		snprintf(hex, sizeof(hex), "%s%s", HEAD, t[i].key);
		make(&m, hex);
		ATF_CHECK_EQ_MSG(0, m.c.extlen, "%s", t[i].key);
		ATF_CHECK_EQ_MSG(t[i].e, cga_rsa(&m.c, &k), "%s", t[i].key);
	}
	/* A key that the caller has cut or that has more behind it. */
	make(&m, HEAD KEY "00");
	m.c.keylen++;
	ATF_CHECK_EQ(CGA_E_KEY, cga_rsa(&m.c, &k));
	m.c.keylen -= 2;
	ATF_CHECK_EQ(CGA_E_KEY, cga_rsa(&m.c, &k));
}

/* Each of the reasons has words of its own. */
ATF_TC_WITHOUT_HEAD(reasons);
ATF_TC_BODY(reasons, tc)
{
	int	 i, j;

	for (i = 0; i < CGA_NERR; i++) {
		ATF_REQUIRE(cga_err_name((enum cga_err)i) != NULL);
		for (j = 0; j < i; j++)
			ATF_CHECK(strcmp(cga_err_name((enum cga_err)i),
			    cga_err_name((enum cga_err)j)) != 0);
	}
	ATF_CHECK_STREQ("?", cga_err_name(CGA_NERR));
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, example);
	ATF_TP_ADD_TC(tp, generation);
	ATF_TP_ADD_TC(tp, again);
	ATF_TP_ADD_TC(tp, verification);
	ATF_TP_ADD_TC(tp, sec_2);
	ATF_TP_ADD_TC(tp, zeros);
	ATF_TP_ADD_TC(tp, extensions);
	ATF_TP_ADD_TC(tp, malformed);
	ATF_TP_ADD_TC(tp, lengths);
	ATF_TP_ADD_TC(tp, rsa_sizes);
	ATF_TP_ADD_TC(tp, rsa_malformed);
	ATF_TP_ADD_TC(tp, reasons);
	return (atf_no_error());
}
