/*
 * kern/npf.c: whether rules of npf(4) keep in the kernel's Parameter Problems,
 * from what a kernel said, and from lists that are made here in the same form.
 * What is cut off, or changed at random, does no harm.
 */
#include <atf-c.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

/* It belongs to another system's library. */
#include "kern/npf.c"
#include "npf_recorded.inc"

#define FAMILY		"\0\0\0\0\1\0\0\0\30\0\0\0"
#define PROTOCOL	"\1\0\0\0\1\0\0\0\72\0\0\0"
#define TCP		"\1\0\0\0\1\0\0\0\6\0\0\0"
#define PROBLEM		"\11\0\0\0\1\0\0\0\4\0\0\0"
#define UNREACHABLE	"\11\0\0\0\1\0\0\0\1\0\0\0"
#define TABLE		"\3\0\0\0\1\0\0\0\7\0\0\0"
#define NEGATED		"\13\0\0\0\0\0\0\0"
#define TOO_LONG	"\1\0\0\0\377\377\377\377abcd"
#define INFO(s)		s, sizeof(s) - 1
#define OURS		INFO(FAMILY PROTOCOL PROBLEM)

#define OUT		A_OUT
#define BOTH		(A_IN | A_OUT)

struct made {
	uint64_t	 attr, skip_to;
	const char	*interface, *info;
	size_t		 infolen;
};

static const struct made	 anything[] = {
	{ A_GROUP | BOTH, 2, NULL, NULL, 0 },
	{ A_PASS | A_FINAL | BOTH, 0, NULL, NULL, 0 },
};

static const char *const	 one[] = { "wm0", NULL };
static const char *const	 two[] = { "wm0", "wm1", NULL };
static uint8_t			 list[16384];
static size_t			 len;

static void
put(const void *p, size_t n)
{
	ATF_REQUIRE(len + n <= sizeof(list));
	if (n > 0)
		memcpy(list + len, p, n);
	len += n;
}

static void
put_header(void)
{
	static const uint8_t	 h[LIST_HEADER] = { MAGIC };

	put(h, sizeof(h));
}

static void
put_value(uint8_t type, const char *name, const void *p, size_t n,
    uint64_t items)
{
	uint16_t	 l = (uint16_t)(strlen(name) + 1);
	uint64_t	 size = n;

	put(&type, 1);
	put(&l, sizeof(l));
	put(&size, sizeof(size));
	put(&items, sizeof(items));
	put(name, l);
	put(p, n);
}

static void
put_number(const char *name, uint64_t v)
{
	put_value(T_NUMBER, name, &v, sizeof(v), 0);
}

static void
put_rule(const struct made *m)
{
	put_header();
	put_number("attr", m->attr);
	put_number("skip-to", m->skip_to);
	if (m->info != NULL)
		put_value(T_BINARY, "code", "12345678", 8, 0);
	if (m->interface != NULL)
		put_value(T_STRING, "ifname", m->interface,
		    strlen(m->interface) + 1, 0);
	if (m->infolen > 0)
		put_value(T_BINARY, "info", m->info, m->infolen, 0);
	put_value(T_NEXT, "", NULL, 0, 0);
}

/* The state of a kernel with these rules. */
static void
make(const struct made *m, size_t n, bool active)
{
	uint8_t		 on = active;
	uint64_t	 size;
	size_t		 i;

	len = 0;
	put_header();
	put_number("version", 22);
	put_value(T_LIST, "params", NULL, 0, 0);
	put_header();
	put_number("attr", 1);
	put_value(T_UP, "", NULL, 0, 0);
	if (n > 0)
		put_value(T_LISTS, "rules", NULL, 0, n);
	for (i = 0; i < n; i++)
		put_rule(&m[i]);
	put_value(T_LISTS, "algs", NULL, 0, 1);
	put_header();
	put_value(T_STRING, "name", "icmp", 5, 0);
	put_value(T_NEXT, "", NULL, 0, 0);
	put_value(T_BOOL, "active", &on, 1, 0);
	put_number("errno", 0);
	size = len - LIST_HEADER;
	memcpy(list + LIST_HEADER - sizeof(size), &size, sizeof(size));
}

static enum npf_state
say(const struct made *m, size_t n, const char *const *interfaces)
{
	make(m, n, true);
	return (npf_state(list, len, interfaces));
}

#define CHECK(rules, interfaces, wanted) \
	ATF_CHECK_EQ(say(rules, sizeof(rules) / sizeof((rules)[0]), \
	    interfaces), wanted)

ATF_TC_WITHOUT_HEAD(recorded_state);
ATF_TC_BODY(recorded_state, tc)
{
	uint16_t	 order = 1;

	if (*(uint8_t *)&order != 1)
		atf_tc_skip("recorded in another byte order");
	ATF_CHECK_EQ(npf_state(recorded, sizeof(recorded), two),
	    NPF_KEEPS_IN);
}

/* Without rules all passes; switched off, rules are none. */
ATF_TC_WITHOUT_HEAD(off);
ATF_TC_BODY(off, tc)
{
	static const struct made	 ours = { A_FINAL | OUT, 0, NULL,
					    OURS };

	ATF_CHECK_EQ(say(NULL, 0, one), NPF_LETS_OUT);
	make(&ours, 1, false);
	ATF_CHECK_EQ(npf_state(list, len, one), NPF_OFF);
	make(&ours, 1, true);
	ATF_CHECK_EQ(npf_state(list, len, one), NPF_KEEPS_IN);
}

/* Which is first counts if it is final, else which is last. */
ATF_TC_WITHOUT_HEAD(order);
ATF_TC_BODY(order, tc)
{
	static const struct made	 before[] = {
		{ A_GROUP | BOTH, 3, NULL, NULL, 0 },
		{ A_FINAL | OUT, 0, NULL, OURS },
		{ A_PASS | BOTH, 0, NULL, NULL, 0 },
	}, after[] = {
		{ A_GROUP | BOTH, 3, NULL, NULL, 0 },
		{ A_PASS | A_FINAL | OUT, 0, NULL, NULL, 0 },
		{ A_FINAL | OUT, 0, NULL, OURS },
	}, last[] = {
		{ A_GROUP | BOTH, 3, NULL, NULL, 0 },
		{ A_PASS | BOTH, 0, NULL, NULL, 0 },
		{ OUT, 0, NULL, OURS },
	}, not_final[] = {
		{ A_GROUP | BOTH, 3, NULL, NULL, 0 },
		{ OUT, 0, NULL, OURS },
		{ A_PASS | BOTH, 0, NULL, NULL, 0 },
	};

	CHECK(before, one, NPF_KEEPS_IN);
	CHECK(after, one, NPF_LETS_OUT);
	CHECK(last, one, NPF_KEEPS_IN);
	CHECK(not_final, one, NPF_LETS_OUT);
	CHECK(anything, one, NPF_LETS_OUT);
}

/* A rule that is for less than the answers does not keep them in. */
ATF_TC_WITHOUT_HEAD(narrower);
ATF_TC_BODY(narrower, tc)
{
	static const struct made	 m[] = {
		{ A_FINAL | A_IN, 0, NULL, OURS },
		{ A_FINAL | A_LAYER2 | OUT, 0, NULL, OURS },
		{ A_FINAL | OUT, 0, NULL, INFO(FAMILY TCP) },
		{ A_FINAL | OUT, 0, NULL, INFO(FAMILY PROTOCOL UNREACHABLE) },
		{ A_FINAL | OUT, 0, NULL, INFO(FAMILY PROTOCOL TABLE PROBLEM) },
		{ A_FINAL | OUT, 0, NULL, INFO(NEGATED PROTOCOL) },
		{ A_FINAL | OUT, 0, NULL, INFO(TOO_LONG) },
		{ A_FINAL | OUT, 0, NULL, INFO("\1\0\0\0") },
		{ A_FINAL | OUT, 0, NULL, "", 0 },	/* pcap-filter */
		{ A_FINAL | OUT, 0, "wm1", OURS },
	}, wider[] = {
		{ A_FINAL | OUT, 0, NULL, INFO(PROTOCOL PROBLEM) },
		{ A_FINAL | OUT, 0, NULL, INFO(FAMILY PROTOCOL) },
		{ A_FINAL | BOTH, 0, NULL, NULL, 0 },
		{ OUT, 0, "wm0", OURS },
	}, perhaps = { A_PASS | A_FINAL | OUT, 0, NULL, INFO(TABLE) };
	struct made	 pair[2];
	size_t		 i;

	for (i = 0; i < sizeof(m) / sizeof(m[0]); i++)
		ATF_CHECK_EQ_MSG(say(&m[i], 1, one), NPF_LETS_OUT, "%zu", i);
	for (i = 0; i < sizeof(wider) / sizeof(wider[0]); i++)
		ATF_CHECK_EQ_MSG(say(&wider[i], 1, one), NPF_KEEPS_IN, "%zu",
		    i);
	/* What perhaps lets out before counts as if it did. */
	pair[0] = perhaps;
	pair[1] = wider[0];
	CHECK(pair, one, NPF_LETS_OUT);
}

/* Each interface has its group, or the default one. */
ATF_TC_WITHOUT_HEAD(groups);
ATF_TC_BODY(groups, tc)
{
	static const struct made	 m[] = {
		{ A_GROUP | BOTH, 3, "wm0", NULL, 0 },
		{ A_FINAL | OUT, 0, NULL, OURS },
		{ A_PASS | BOTH, 0, NULL, NULL, 0 },
		{ A_GROUP | BOTH, 6, NULL, NULL, 0 },
		{ A_GROUP | A_DYNAMIC | BOTH, 5, NULL, NULL, 0 },
		{ A_PASS | A_FINAL | BOTH, 0, NULL, NULL, 0 },
	}, barrier[] = {
		{ A_GROUP | BOTH, 2, "wm0", NULL, 0 },
		{ OUT, 0, NULL, OURS },
		{ A_GROUP | BOTH, 4, NULL, NULL, 0 },
		{ A_PASS | A_FINAL | BOTH, 0, NULL, NULL, 0 },
	};

	CHECK(m, one, NPF_KEEPS_IN);
	CHECK(m, two, NPF_LETS_OUT);
	/* What a group has decided, the next one doesn't change. */
	CHECK(barrier, one, NPF_KEEPS_IN);
}

/* It is the kernel that says it, but of a version that is not known. */
ATF_TC_WITHOUT_HEAD(damaged);
ATF_TC_BODY(damaged, tc)
{
	static uint8_t	 copy[sizeof(recorded)];
	uint8_t		*cut;
	size_t		 i, n;

	for (n = 0; n < sizeof(recorded); n++) {
		ATF_REQUIRE((cut = malloc(n + 1)) != NULL);
		memcpy(cut, recorded, n);
		ATF_CHECK(npf_state(cut, n, one) != NPF_KEEPS_IN);
		free(cut);
	}
	for (i = 0; i < sizeof(copy); i++)
		for (n = 1; n < 256; n = 2 * n + 1) {
			memcpy(copy, recorded, sizeof(copy));
			copy[i] ^= (uint8_t)n;
			(void)npf_state(copy, sizeof(copy), one);
		}
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, recorded_state);
	ATF_TP_ADD_TC(tp, off);
	ATF_TP_ADD_TC(tp, order);
	ATF_TP_ADD_TC(tp, narrower);
	ATF_TP_ADD_TC(tp, groups);
	ATF_TP_ADD_TC(tp, damaged);
	return (atf_no_error());
}
