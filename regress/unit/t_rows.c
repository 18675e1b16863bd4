/*
 * kern/rows: what is wanted gets into the kernel and stays there, whoever
 * removes it, and nothing else that is ours does; a rival is not fought.
 * The kernel here is a list of keys.
 */
#include <atf-c.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* The tested file, with an allocator that fails when it is told to. */
static void	*test_malloc(size_t);
static void	*test_calloc(size_t, size_t);
#define malloc	test_malloc
#define calloc	test_calloc
#include "kern/hosts.c"
#include "kern/rowtab.c"
#include "kern/rows.c"
#undef malloc
#undef calloc

#define KERNEL_MAX	64

static struct rows	 rows;
static struct mono	 now;
static struct {
	char		 key[16], value[16];
	enum row_kind	 kind;
} kernel[KERNEL_MAX];
static size_t		 nkernel;
static int		 refuse;	/* errno of every put */
static char		 ops[1024], notes[1024];
static long		 allocations = -1;	/* allowed; -1: any number */

static const struct row_owner	 me = { .type = 1 }, you = { .type = 2 };

static struct row_spec
spec(enum row_kind kind, const char *key, const char *value)
{
	return ((struct row_spec){ .kind = kind, .key = key,
	    .keylen = strlen(key), .value = value,
	    .valuelen = strlen(value) });
}

static void
want(enum row_kind kind, const char *key, const char *value,
    const struct row_owner *o)
{
	struct row_spec	 s = spec(kind, key, value);

	ATF_REQUIRE_EQ(rows_want(&rows, &s, o), 0);
}

static size_t
place(enum row_kind kind, const char *key)
{
	size_t	 i;

	for (i = 0; i < nkernel; i++)
		if (kernel[i].kind == kind && strcmp(kernel[i].key, key) == 0)
			break;
	return (i);
}

static bool
has(enum row_kind kind, const char *key)
{
	return (place(kind, key) < nkernel);
}

static void
into_kernel(enum row_kind kind, const char *key, const char *value)
{
	size_t	 i = place(kind, key);

	if (i == nkernel)
		ATF_REQUIRE(++nkernel < KERNEL_MAX);
	kernel[i].kind = kind;
	strcpy(kernel[i].key, key);
	strcpy(kernel[i].value, value);
}

/* Somebody removes it; the event comes. */
static void
removed(enum row_kind kind, const char *key)
{
	size_t	 i = place(kind, key);

	ATF_REQUIRE(i < nkernel);
	kernel[i] = kernel[--nkernel];
	rows_gone(&rows, kind, key, strlen(key), now);
}

static void
text_of(const struct row *row, char *key, char *value)
{
	memcpy(key, row->key, row->keylen);
	key[row->keylen] = '\0';
	if (row->valuelen > 0)
		memcpy(value, row->value, row->valuelen);
	value[row->valuelen] = '\0';
}

static void
one(struct row *row, enum row_op op)
{
	char	 key[16], value[16];
	size_t	 i;
	int	 e = 0;

	text_of(row, key, value);
	strcat(ops, op == ROW_PUT ? "+" : "-");
	strcat(ops, key);
	if (op == ROW_PUT && (e = refuse) == 0)
		into_kernel(row->kind, key, value);
	i = place(row->kind, key);
	if (op == ROW_TAKE && i < nkernel)
		kernel[i] = kernel[--nkernel];
	rows_done(&rows, row, e, now);
}

static void
tell(void)
{
	static const char *const names[] = { "", "back ", "returned ",
	    "rival ", "refused ", "taken ", "peace " };
	const struct row	*row;
	enum row_note		 n;
	char			 key[16], value[16];

	while ((row = rows_note(&rows, &n)) != NULL) {
		text_of(row, key, value);
		strcat(notes, names[n]);
		strcat(notes, key);
		strcat(notes, ";");
	}
}

/* Do what is due; ops and notes say what that was. */
static void
work(void)
{
	struct row	*row;
	enum row_op	 op;

	ops[0] = '\0';
	while ((row = rows_due(&rows, &op, now)) != NULL)
		one(row, op);
	notes[0] = '\0';
	tell();
}

/* Let time pass, and do what is due whenever something is. */
static void
pass(int64_t ns)
{
	struct mono	 end = mono_add(now, ns), next;
	char		 did[sizeof(ops)] = "", told[sizeof(notes)] = "";
	bool		 more = true;

	while (more) {
		more = rows_next(&rows, &next) && !mono_before(end, next);
		if (!more)
			now = end;
		else if (mono_before(now, next))
			now = next;
		work();
		strcat(did, ops);
		strcat(told, notes);
	}
	strcpy(ops, did);
	strcpy(notes, told);
}

static void
compare(void)
{
	struct row_spec	 s;
	size_t		 i;

	rows_compare(&rows);
	for (i = 0; i < nkernel; i++) {
		s = spec(kernel[i].kind, kernel[i].key, kernel[i].value);
		rows_seen(&rows, &s, true, now);
	}
	rows_compared(&rows, ROW_BITS_ALL, now);
}

static void
setup(void)
{
	static const struct hash_key	 key = { { 1, 2 } };

	now = (struct mono){ SEC(1000) };
	nkernel = 0;
	refuse = 0;
	ATF_REQUIRE_EQ(rows_init(&rows, &key, now), 0);
}

static void
check(const char *what, const char *want_ops, const char *want_notes)
{
	ATF_CHECK_MSG(strcmp(ops, want_ops) == 0, "%s: did '%s', not '%s'",
	    what, ops, want_ops);
	ATF_CHECK_MSG(strcmp(notes, want_notes) == 0,
	    "%s: told '%s', not '%s'", what, notes, want_notes);
}

ATF_TC_WITHOUT_HEAD(asked);
ATF_TC_BODY(asked, tc)
{
	struct mono	 next;

	setup();
	ATF_CHECK(!rows_next(&rows, &next));
	want(ROW_ADDRESS, "a", "", &me);
	want(ROW_RULE, "r", "1", &me);
	want(ROW_RULE, "r", "1", &you);
	work();
	/* As it was asked for, not by kind. */
	check("two wanted", "+a+r", "");
	want(ROW_RULE, "r", "1", &me);
	work();
	check("again", "", "");
	want(ROW_RULE, "r", "2", &me);
	work();
	check("another value", "+r", "");
	ATF_CHECK_STREQ(kernel[place(ROW_RULE, "r")].value, "2");
	/* Two wishes of the same before the first was done. */
	want(ROW_RULE, "r", "3", &me);
	want(ROW_RULE, "r", "3", &you);
	work();
	check("another value for two", "+r", "");
	ATF_CHECK_STREQ(kernel[place(ROW_RULE, "r")].value, "3");
	rows_drop(&rows, &me);
	work();
	check("one owner less", "-a", "");
	rows_drop(&rows, &you);
	work();
	check("none any more", "-r", "");
	ATF_CHECK_EQ(nkernel, 0);
	ATF_CHECK(!rows_next(&rows, &next));
	/* Asked for and dropped before it was done. */
	want(ROW_RULE, "r", "1", &me);
	rows_drop(&rows, &me);
	work();
	check("changed our mind", "", "");
	rows_free(&rows);
}

ATF_TC_WITHOUT_HEAD(removal);
ATF_TC_BODY(removal, tc)
{
	setup();
	want(ROW_ADDRESS, "a", "", &me);
	want(ROW_RULE, "r", "", &me);
	want(ROW_RULE, "s", "", &me);
	want(ROW_ROUTE, "t", "", &me);
	work();
	pass(SEC(1));
	removed(ROW_ADDRESS, "a");
	removed(ROW_ROUTE, "t");
	work();
	check("not in the middle of it", "", "");
	pass(MS(40));
	check("by kind", "+t+a", "back t;back a;");
	/* Rules are in a hurry. */
	removed(ROW_ADDRESS, "a");
	removed(ROW_RULE, "r");
	pass(MS(2));
	check("rules", "+r", "back r;");
	pass(MS(40));
	check("the rest", "+a", "back a;");
	ATF_CHECK_EQ(rows.counters.removed, 4);
	ATF_CHECK_EQ(rows.counters.put_back, 4);
	ATF_CHECK_EQ(rows_find(&rows, ROW_RULE, "r", 1)->put_back, 1);
	ATF_CHECK_EQ(rows_find(&rows, ROW_RULE, "s", 1)->put_back, 0);
	/* Whoever removed it puts it there again in time. */
	removed(ROW_RULE, "s");
	into_kernel(ROW_RULE, "s", "");
	compare();
	pass(SEC(1));
	check("back by itself", "", "");
	/* Another value. */
	into_kernel(ROW_RULE, "s", "x");
	compare();
	pass(SEC(1));
	check("changed", "+s", "back s;");
	ATF_CHECK_STREQ(kernel[place(ROW_RULE, "s")].value, "");
	/* First of all what closes a way, whichever went first. */
	want(ROW_CLOSED, "c", "", &me);
	work();
	removed(ROW_RULE, "r");
	removed(ROW_CLOSED, "c");
	pass(MS(8));
	check("rule, closed", "+c+r", "back c;back r;");
	removed(ROW_CLOSED, "c");
	removed(ROW_RULE, "r");
	pass(MS(20));
	check("closed, rule", "+c+r", "back c;back r;");
	rows_free(&rows);
}

ATF_TC_WITHOUT_HEAD(rival);
ATF_TC_BODY(rival, tc)
{
	unsigned int	 i, told = 0;
	int64_t		 before = 0, wait;

	setup();
	want(ROW_RULE, "r", "", &me);
	work();
	for (i = 1; i < ROW_RIVAL_AFTER; i++) {
		removed(ROW_RULE, "r");
		tell();
		wait = mono_diff(rows_find(&rows, ROW_RULE, "r",
		    1)->timer.at, now);
		ATF_CHECK_MSG(wait >= before && wait < SEC(3), "%u: %lld", i,
		    (long long)wait);
		before = wait;
		pass(SEC(3));
		ATF_CHECK(has(ROW_RULE, "r"));
	}
	/* Now it is clear that somebody means it: said once. */
	for (i = 0; i < 3; i++) {
		removed(ROW_RULE, "r");
		notes[0] = '\0';
		tell();
		told += strstr(notes, "rival r;") != NULL;
		ATF_CHECK_EQ(rows_state(rows_find(&rows, ROW_RULE, "r", 1)),
		    ROW_FOUGHT);
		pass(ROW_SLOW - SEC(1));
		check("no war", "", "");
		pass(SEC(2));
		check("but tried", "+r", "");
	}
	ATF_CHECK_EQ(told, 1);
	ATF_CHECK_EQ(rows.counters.rivals, 1);
	/* Left alone for long enough all is forgiven. */
	pass(ROW_CALM);
	check("calm", "", "peace r;");
	removed(ROW_RULE, "r");
	pass(MS(40));
	check("forgiven", "+r", "back r;");
	rows_free(&rows);
}

/* What was lost is found by comparing, and so is what nobody wants. */
ATF_TC_WITHOUT_HEAD(comparison);
ATF_TC_BODY(comparison, tc)
{
	setup();
	want(ROW_RULE, "r", "", &me);
	want(ROW_ROUTE, "t", "", &me);
	work();
	kernel[place(ROW_RULE, "r")] = kernel[--nkernel];
	into_kernel(ROW_ROUTE, "x", "");
	compare();
	pass(MS(40));
	check("overrun", "+r-x", "back r;taken x;");
	ATF_CHECK_EQ(rows.counters.taken, 1);
	ATF_CHECK_EQ(nkernel, 2);
	/* Only what was compared is judged. */
	nkernel = 0;
	rows_compare(&rows);
	rows_compared(&rows, ROW_BIT(ROW_RULE), now);
	pass(MS(100));
	check("rules alone", "+r", "back r;");
	/* Wanted in time: it stays. */
	into_kernel(ROW_ROUTE, "y", "1");
	compare();
	want(ROW_ROUTE, "y", "1", &me);
	pass(MS(100));
	ATF_CHECK(has(ROW_ROUTE, "y"));
	ATF_CHECK_MSG(strstr(ops, "-y") == NULL, "%s", ops);
	rows_free(&rows);
}

ATF_TC_WITHOUT_HEAD(depends);
ATF_TC_BODY(depends, tc)
{
	struct row_spec	 s = spec(ROW_ROUTE, "t", "");
	struct mono	 next;

	setup();
	s.dev = 7;
	ATF_REQUIRE_EQ(rows_want(&rows, &s, &me), 0);
	want(ROW_TUN, "tun", "up", &me);
	work();
	/* Set down: the route goes with it. */
	into_kernel(ROW_TUN, "tun", "down");
	s = spec(ROW_TUN, "tun", "down");
	rows_seen(&rows, &s, false, now);
	rows_dev(&rows, 7, false, now);
	removed(ROW_ROUTE, "t");
	ATF_CHECK_EQ(rows_state(rows_find(&rows, ROW_ROUTE, "t", 1)),
	    ROW_WAITS);
	pass(MS(40));
	check("first the device", "+tun", "back tun;");
	rows_dev(&rows, 7, true, now);
	work();
	check("then what is on it", "+t", "returned t;");
	ATF_CHECK_EQ(rows_find(&rows, ROW_ROUTE, "t", 1)->strikes, 0);
	/* The event of the device comes last. */
	removed(ROW_ROUTE, "t");
	rows_dev(&rows, 7, false, now);
	ATF_CHECK(!rows_next(&rows, &next));
	pass(SEC(5));
	check("waits", "", "");
	rows_dev(&rows, 7, true, now);
	work();
	check("at once", "+t", "returned t;");
	/* It was not known to be down. */
	refuse = ENETDOWN;
	removed(ROW_ROUTE, "t");
	pass(SEC(5));
	check("tried once", "+t", "");
	refuse = 0;
	rows_dev(&rows, 7, true, now);
	work();
	check("up", "+t", "returned t;");
	rows_free(&rows);
}

ATF_TC_WITHOUT_HEAD(watched);
ATF_TC_BODY(watched, tc)
{
	struct row_spec	 s = spec(ROW_ADDRESS, "a", "");

	setup();
	s.watched = true;
	ATF_REQUIRE_EQ(rows_want(&rows, &s, &me), 0);
	work();
	removed(ROW_ADDRESS, "a");
	pass(SEC(5));
	check("its owner's business", "", "");
	ATF_REQUIRE_EQ(rows_want(&rows, &s, &me), 0);
	work();
	check("asked for again", "+a", "");
	rows_free(&rows);
}

/*
 * An address that is preferred again, by an advertisement, perhaps: whoever
 * asked has a second to say so; one that has gone does not come back.
 */
ATF_TC_WITHOUT_HEAD(deprecated);
ATF_TC_BODY(deprecated, tc)
{
	struct row_spec	 s = spec(ROW_DEPRECATED, "d", "old");
	struct row_spec	 other = spec(ROW_DEPRECATED, "d", "new");

	setup();
	s.watched = true;
	ATF_REQUIRE_EQ(rows_want(&rows, &s, &me), 0);
	work();
	check("asked for", "+d", "");
	ATF_CHECK_EQ(rows_seen(&rows, &other, false, now), 0);
	pass(ROW_SETTLE_STALE - MS(10));
	check("not yet", "", "");
	pass(MS(20));
	check("by somebody", "+d", "back d;");
	ATF_CHECK_EQ(rows_seen(&rows, &other, false, now), 0);
	pass(MS(500));
	rows_drop(&rows, &me);
	work();
	check("by an advertisement", "-d", "");
	pass(SEC(60));
	check("and that was it", "", "");
	ATF_REQUIRE_EQ(rows_want(&rows, &s, &me), 0);
	work();
	removed(ROW_DEPRECATED, "d");
	pass(SEC(60));
	check("gone", "", "");
	rows_drop(&rows, &me);
	work();
	check("nothing is left", "", "");
	rows_free(&rows);
}

ATF_TC_WITHOUT_HEAD(refused);
ATF_TC_BODY(refused, tc)
{
	unsigned int	 i;

	setup();
	refuse = EACCES;
	want(ROW_ADDRESS, "a", "", &me);
	work();
	check("its owner is told", "+a", "");
	ATF_CHECK_EQ(rows_owner_error(&rows, &me), EACCES);
	ATF_CHECK_EQ(rows_owner_error(&rows, &you), 0);
	refuse = 0;
	pass(MS(300));
	check("tried again", "+a", "");
	ATF_CHECK_EQ(rows_owner_error(&rows, &me), 0);
	refuse = ENOBUFS;
	removed(ROW_ADDRESS, "a");
	pass(MS(40));
	check("said", "+a", "refused a;");
	ATF_CHECK_EQ(rows_state(rows_find(&rows, ROW_ADDRESS, "a", 1)),
	    ROW_FAILED);
	for (i = 0; i < 20; i++) {
		pass(SEC(10));
		ATF_CHECK_MSG(strcmp(notes, "") == 0, "said twice: %s", notes);
	}
	refuse = 0;
	pass(ROW_SLOW);
	check("in the end", "+a", "back a;");
	rows_free(&rows);
}

/* Answers that come later than the next wish. */
ATF_TC_WITHOUT_HEAD(in_flight);
ATF_TC_BODY(in_flight, tc)
{
	struct row	*row;
	enum row_op	 op;

	setup();
	want(ROW_RULE, "r", "1", &me);
	row = rows_due(&rows, &op, now);
	ATF_REQUIRE(row != NULL && op == ROW_PUT);
	rows_drop(&rows, &me);
	ATF_CHECK(rows_due(&rows, &op, now) == NULL);
	into_kernel(ROW_RULE, "r", "1");
	rows_done(&rows, row, 0, now);
	work();
	check("dropped meanwhile", "-r", "");
	want(ROW_RULE, "r", "1", &me);
	row = rows_due(&rows, &op, now);
	want(ROW_RULE, "r", "2", &me);
	want(ROW_RULE, "r", "2", &you);
	rows_done(&rows, row, 0, now);
	work();
	check("another value meanwhile", "+r", "");
	want(ROW_RULE, "r", "3", &me);
	row = rows_due(&rows, &op, now);
	want(ROW_RULE, "r", "4", &me);
	into_kernel(ROW_RULE, "r", "3");
	rows_done(&rows, row, 0, now);
	want(ROW_RULE, "r", "4", &you);
	work();
	check("another value for two meanwhile", "+r", "");
	ATF_CHECK_STREQ(kernel[place(ROW_RULE, "r")].value, "4");
	want(ROW_RULE, "r", "2", &me);
	work();
	check("and back", "+r", "");
	rows_drop(&rows, &you);
	rows_drop(&rows, &me);
	row = rows_due(&rows, &op, now);
	ATF_REQUIRE(row != NULL && op == ROW_TAKE);
	want(ROW_RULE, "r", "2", &me);
	nkernel = 0;
	rows_done(&rows, row, 0, now);
	work();
	check("wanted again meanwhile", "+r", "");
	ATF_CHECK(has(ROW_RULE, "r"));
	rows_free(&rows);
}

static bool
may_allocate(void)
{
	if (allocations > 0)
		allocations--;
	else
		return (allocations < 0);
	return (true);
}

static void *
test_malloc(size_t n)
{
	return (may_allocate() ? malloc(n) : NULL);
}

static void *
test_calloc(size_t n, size_t size)
{
	return (may_allocate() ? calloc(n, size) : NULL);
}

/* Whichever allocation fails: what was there stays, and a retry succeeds. */
ATF_TC_WITHOUT_HEAD(no_memory);
ATF_TC_BODY(no_memory, tc)
{
	struct row_spec	 s;
	long		 i;
	int		 e = ENOMEM;

	setup();
	want(ROW_RULE, "r", "1", &me);
	work();
	s = spec(ROW_ROUTE, "t", "1");
	s.dev = 3;
	for (i = 0; i < 50 && e != 0; i++) {
		allocations = i;
		e = rows_want(&rows, &s, &you);
		allocations = -1;
		if (e != 0) {
			ATF_CHECK_EQ(e, ENOMEM);
			ATF_CHECK(!rows_owned(&rows, &you));
			work();
			check("nothing half done", "", "");
		}
	}
	ATF_CHECK(i > 3 && e == 0);
	work();
	check("with memory", "+t", "");
	/* A stranger without room is found by the next comparison. */
	s = spec(ROW_ROUTE, "x", "1");
	into_kernel(ROW_ROUTE, "x", "1");
	allocations = 0;
	e = rows_seen(&rows, &s, true, now);
	allocations = -1;
	ATF_CHECK_EQ(e, ENOMEM);
	compare();
	pass(MS(40));
	check("found", "-x", "taken x;");
	rows_drop_all(&rows);
	work();
	ATF_CHECK_EQ(nkernel, 0);
	rows_free(&rows);
}

static struct in6_addr
host(unsigned int n)
{
	struct in6_addr	 a = { { { 0x20, 0x01, 0x0d, 0xb8 } } };

	memcpy(&a.s6_addr[12], &n, sizeof(n));
	return (a);
}

/* The routes of bindings: each told from all others, in whatever order. */
ATF_TC_WITHOUT_HEAD(hosts);
ATF_TC_BODY(hosts, tc)
{
	static const struct hash_key	 key = { { 3, 4 } };
	struct hosts			 h;
	struct in6_addr			 a;
	unsigned int			 i, n = 100000, there = 0;

	hosts_init(&h, &key);
	a = host(1);
	ATF_CHECK(!hosts_has(&h, &a) && !hosts_remove(&h, &a));
	for (i = 0; i < n; i++) {
		a = host(i);
		ATF_REQUIRE(hosts_add(&h, &a) && hosts_add(&h, &a));
	}
	ATF_CHECK_EQ(h.count, n);
	for (i = 0; i < n; i += 3) {
		a = host(i);
		ATF_REQUIRE(hosts_remove(&h, &a) && !hosts_remove(&h, &a));
	}
	for (i = 0; i < 2 * n; i++) {
		a = host(i);
		ATF_REQUIRE_EQ(hosts_has(&h, &a), i < n && i % 3 != 0);
		there += hosts_has(&h, &a);
	}
	ATF_CHECK_EQ(h.count, there);
	/* Without memory nothing changes. */
	hosts_free(&h);
	allocations = 0;
	ATF_CHECK(!hosts_add(&h, &a));
	allocations = -1;
	ATF_CHECK(hosts_add(&h, &a) && h.count == 1);
	hosts_free(&h);
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, asked);
	ATF_TP_ADD_TC(tp, removal);
	ATF_TP_ADD_TC(tp, rival);
	ATF_TP_ADD_TC(tp, comparison);
	ATF_TP_ADD_TC(tp, depends);
	ATF_TP_ADD_TC(tp, watched);
	ATF_TP_ADD_TC(tp, deprecated);
	ATF_TP_ADD_TC(tp, refused);
	ATF_TP_ADD_TC(tp, in_flight);
	ATF_TP_ADD_TC(tp, no_memory);
	ATF_TP_ADD_TC(tp, hosts);
	return (atf_no_error());
}
