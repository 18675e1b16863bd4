/*
 * Tables and limits that the home agent rests on: core/htab and its pool as
 * they grow and shrink, rates, and access rules.  The hash must depend on its
 * key and on every bit of what is hashed.
 */
#include <atf-c.h>
#include <stdlib.h>
#include <string.h>

#include "core/access.h"
#include "core/htab.h"
#include "ha/int.h"

struct thing {
	struct hlink	 link;
	uint64_t	 key;
	bool		 in;
};

static const struct hash_key	 hkey = { { 1, 2 } };

static bool
same(const struct hlink *l, const void *key)
{
	return (((const struct thing *)(const void *)l)->key ==
	    *(const uint64_t *)key);
}

static uint64_t
hash(uint64_t k)
{
	return (hash_bytes(&hkey, &k, sizeof(k)));
}

ATF_TC_WITHOUT_HEAD(htab_growth);
ATF_TC_BODY(htab_growth, tc)
{
	struct thing	*t;
	struct htab	 h;
	uint64_t	 i, n = 50000, k;

	ATF_REQUIRE((t = calloc(n, sizeof(*t))) != NULL);
	ATF_REQUIRE(htab_init(&h, 4));
	for (i = 0; i < n; i++) {
		t[i].key = i;
		htab_insert(&h, &t[i].link, hash(i));
		t[i].in = true;
		/* One in three goes again, in the midst of the growth. */
		k = i / 2;
		if (i % 3 == 0 && t[k].in) {
			htab_remove(&h, &t[k].link);
			t[k].in = false;
		}
		k = i * 7919 % (i + 1);
		ATF_REQUIRE_EQ(htab_find(&h, hash(k), same, &k) ==
		    &t[k].link, t[k].in);
	}
	for (i = 0, k = 0; i < n; i++) {
		ATF_REQUIRE_EQ(htab_find(&h, hash(i), same, &i) ==
		    &t[i].link, t[i].in);
		k += t[i].in;
	}
	ATF_CHECK_EQ(h.count, k);
	htab_free(&h);
	free(t);
}

/* What others can't foresee. */
ATF_TC_WITHOUT_HEAD(hash_keyed);
ATF_TC_BODY(hash_keyed, tc)
{
	struct hash_key	 other = { { 1, 3 } };
	uint8_t		 buf[32] = { 0 };
	uint64_t	 seen[33];
	size_t		 i, j;

	/* Any length is another value, and so is any other key. */
	for (i = 0; i <= 32; i++) {
		seen[i] = hash_bytes(&hkey, buf, i);
		ATF_CHECK(seen[i] != hash_bytes(&other, buf, i));
		for (j = 0; j < i; j++)
			ATF_CHECK(seen[i] != seen[j]);
	}
	/* So is any bit. */
	for (i = 0; i < 256; i++) {
		buf[i / 8] ^= (uint8_t)(1U << i % 8);
		ATF_CHECK(hash_bytes(&hkey, buf, 32) != seen[32]);
		buf[i / 8] ^= (uint8_t)(1U << i % 8);
	}
}

/*
 * SipHash-1-3 of 0, 1, 2 ... with the key 0, 1, 2 ...: computed by a program of
 * its own, which has the vector of SipHash-2-4 in its authors' paper right.
 */
ATF_TC_WITHOUT_HEAD(hash_vectors);
ATF_TC_BODY(hash_vectors, tc)
{
	static const struct { size_t len; uint64_t want; } t[] = {
		{ 0, 0xabac0158050fc4dcULL }, { 1, 0xc9f49bf37d57ca93ULL },
		{ 7, 0xd3927d989bb11140ULL }, { 8, 0x369095118d299a8eULL },
		{ 15, 0xd320d86d2a519956ULL }, { 16, 0xcc4fdd1a7d908b66ULL },
		{ 63, 0x9d199062b7bbb3a8ULL },
	};
	struct hash_key	 key;
	uint8_t		 in[64];
	const uint16_t	 order = 1;
	size_t		 i;

	for (i = 0; i < sizeof(in); i++)
		in[i] = (uint8_t)i;
	memcpy(&key, in, sizeof(key));
	ATF_CHECK_EQ(hash_bytes(&key, in, 16), hash_address(&key, in));
	if (*(const uint8_t *)&order != 1)
		atf_tc_skip("words are as this host has them");
	for (i = 0; i < sizeof(t) / sizeof(t[0]); i++)
		ATF_CHECK_EQ_MSG(t[i].want, hash_bytes(&key, in, t[i].len),
		    "%zu octets", t[i].len);
}

ATF_TC_WITHOUT_HEAD(pool);
ATF_TC_BODY(pool, tc)
{
	struct pool	 p;
	uint32_t	 id[5000], again;
	uint64_t	*o;
	size_t		 i;

	pool_init(&p, sizeof(uint64_t));
	for (i = 0; i < 5000; i++) {
		ATF_REQUIRE((o = pool_alloc(&p, &id[i])) != NULL);
		ATF_CHECK_EQ(*o, 0);
		*o = i;
	}
	for (i = 0; i < 5000; i += 2)
		pool_free(&p, id[i]);
	ATF_CHECK_EQ(p.live, 2500);
	for (i = 0; i < 5000; i++) {
		o = pool_get(&p, id[i]);
		ATF_REQUIRE_EQ(o != NULL, i % 2 == 1);
		if (o != NULL)
			ATF_CHECK_EQ(*o, i);
	}
	ATF_CHECK(pool_get(&p, 5000) == NULL);
	ATF_CHECK(pool_get(&p, UINT32_MAX) == NULL);
	/* A number that was given back is used again, zeroed. */
	o = pool_alloc(&p, &again);
	ATF_REQUIRE(o != NULL);
	ATF_CHECK(again < 5000 && *o == 0);
	ATF_CHECK_EQ(p.used, 5000);
	pool_destroy(&p);
}

ATF_TC_WITHOUT_HEAD(rate);
ATF_TC_BODY(rate, tc)
{
	struct mono	 t = { SEC(5) };
	int64_t		 tat = 0;
	int		 i, n = 0;

	/* A burst of as many as the rate, then the rate. */
	for (i = 0; i < 20; i++)
		n += limit_take(&tat, t, 10, 10);
	ATF_CHECK_EQ(n, 10);
	for (i = 0, n = 0; i < 10000; i++) {
		t = mono_add(t, MS(1));
		n += limit_take(&tat, t, 10, 10);
	}
	ATF_CHECK(n >= 99 && n <= 101);
	/* It does not save up more than one second's worth. */
	t = mono_add(t, SEC(3600));
	for (i = 0, n = 0; i < 20; i++)
		n += limit_take(&tat, t, 10, 10);
	ATF_CHECK_EQ(n, 10);
	/* 0 is no limit; 1 is one. */
	ATF_CHECK(limit_take(&tat, t, 0, 0));
	tat = 0;
	ATF_CHECK(limit_take(&tat, t, 1, 1));
	ATF_CHECK(!limit_take(&tat, t, 1, 1));
	ATF_CHECK(limit_take(&tat, mono_add(t, SEC(1)), 1, 1));
}

static struct in6_addr
addr(uint8_t a, uint8_t b)
{
	struct in6_addr	 x = { .s6_addr = { 0x20, 1, 0x0d, 0xb8, 0, a } };

	x.s6_addr[15] = b;
	return (x);
}

ATF_TC_WITHOUT_HEAD(access_rules);
ATF_TC_BODY(access_rules, tc)
{
	struct conf_rule	 rules[3];
	struct conf_ha		 c;
	struct in6_addr		 home = addr(1, 1), coa = addr(2, 1);

	memset(&c, 0, sizeof(c));
	memset(rules, 0, sizeof(rules));
	ATF_CHECK(access_allowed(c.rules, c.nrules, "", &home, &coa));
	c.rules = rules;
	c.nrules = 3;
	rules[0].allow = true;
	strcpy(rules[0].identifier, "good@*");
	rules[1].has_careof = true;
	rules[1].careof.addr = addr(2, 0);
	rules[1].careof.len = 48;
	rules[2].allow = true;
	ATF_CHECK(!access_allowed(c.rules, c.nrules, "", &home, &coa));
	ATF_CHECK(!access_allowed(c.rules, c.nrules, "bad@x", &home, &coa));
	ATF_CHECK(access_allowed(c.rules, c.nrules, "good@x", &home, &coa));
	coa = addr(3, 1);
	ATF_CHECK(access_allowed(c.rules, c.nrules, "bad@x", &home, &coa));
	rules[2].allow = false;
	rules[2].has_home = true;
	rules[2].home.addr = addr(1, 1);
	rules[2].home.len = 128;
	ATF_CHECK(!access_allowed(c.rules, c.nrules, "", &home, &coa));
	home = addr(1, 2);
	ATF_CHECK(access_allowed(c.rules, c.nrules, "", &home, &coa));
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, htab_growth);
	ATF_TP_ADD_TC(tp, hash_keyed);
	ATF_TP_ADD_TC(tp, hash_vectors);
	ATF_TP_ADD_TC(tp, pool);
	ATF_TP_ADD_TC(tp, rate);
	ATF_TP_ADD_TC(tp, access_rules);
	return (atf_no_error());
}
