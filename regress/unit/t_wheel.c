/*
 * core/wheel: no timer is early, late by more than a tick, or lost.  Not in
 * long jumps of time, ten years ahead, or when one is cleared while others are
 * due.
 */
#include <atf-c.h>
#include <stdlib.h>
#include <string.h>

#include "core/wheel.h"

#define TICK	(1LL << 20)

static uint64_t	 seed = 88172645463325252ULL;

static uint64_t
rnd(void)
{
	seed ^= seed << 13;
	seed ^= seed >> 7;
	seed ^= seed << 17;
	return (seed);
}

ATF_TC_WITHOUT_HEAD(order_and_lateness);
ATF_TC_BODY(order_and_lateness, tc)
{
	static const int64_t	 spans[] = { 1, MS(3), SEC(1), SEC(100),
	    SEC(86400), SEC(86400LL * 400) };
	struct wheel		 w;
	struct wheel_timer	*t, *all;
	struct mono		 now = { SEC(12345) }, next;
	size_t			 i, n = 20000, fired = 0;

	all = calloc(n, sizeof(*all));
	wheel_init(&w, now);
	for (i = 0; i < n; i++)
		wheel_set(&w, &all[i], mono_add(now, (int64_t)(rnd() %
		    (uint64_t)spans[i % 6] + 1)));
	for (i = 0; i < n; i += 7)
		wheel_clear(&w, &all[i]);
	while (wheel_next(&w, &next)) {
		if (mono_before(now, next))
			now = next;
		while ((t = wheel_expired(&w, now)) != NULL) {
			ATF_REQUIRE(t->at.ns <= now.ns);
			ATF_REQUIRE(now.ns - t->at.ns <= TICK);
			ATF_REQUIRE((size_t)(t - all) % 7 != 0);
			fired++;
		}
	}
	ATF_CHECK_EQ(fired, n - (n + 6) / 7);
	ATF_CHECK_EQ(w.count, 0);
	free(all);
}

ATF_TC_WITHOUT_HEAD(long_jump);
ATF_TC_BODY(long_jump, tc)
{
	struct wheel		 w;
	struct wheel_timer	 t[3];
	struct mono		 now = { 0 };
	int			 n = 0;

	memset(t, 0, sizeof(t));
	wheel_init(&w, now);
	wheel_set(&w, &t[0], (struct mono){ SEC(1) });
	wheel_set(&w, &t[1], (struct mono){ SEC(1000) });
	wheel_set(&w, &t[2], (struct mono){ SEC(100000) });
	while (wheel_expired(&w, (struct mono){ SEC(99999) }) != NULL)
		n++;
	ATF_CHECK_EQ(n, 2);
	ATF_CHECK(wheel_is_set(&t[2]));
	wheel_set(&w, &t[0], (struct mono){ SEC(5) });
	ATF_CHECK(wheel_expired(&w, (struct mono){ SEC(99999) }) == &t[0]);
}

ATF_TC_WITHOUT_HEAD(ten_years_ahead);
ATF_TC_BODY(ten_years_ahead, tc)
{
	struct wheel		 w;
	struct wheel_timer	 t;
	struct mono		 at = { SEC(86400LL * 365 * 10) }, next;
	int			 rounds = 0;

	memset(&t, 0, sizeof(t));
	wheel_init(&w, (struct mono){ SEC(1) });
	wheel_set(&w, &t, at);
	while (wheel_next(&w, &next) && rounds++ < 1000)
		if (wheel_expired(&w, next) != NULL) {
			ATF_CHECK(next.ns >= at.ns);
			return;
		}
	atf_tc_fail("lost");
}

ATF_TC_WITHOUT_HEAD(clear_while_due);
ATF_TC_BODY(clear_while_due, tc)
{
	struct wheel		 w;
	struct wheel_timer	 a, b, *t;
	struct mono		 now = { SEC(2) };

	memset(&a, 0, sizeof(a));
	memset(&b, 0, sizeof(b));
	wheel_init(&w, (struct mono){ 0 });
	wheel_set(&w, &a, (struct mono){ SEC(1) });
	wheel_set(&w, &b, (struct mono){ SEC(1) });
	t = wheel_expired(&w, now);
	ATF_REQUIRE(t != NULL);
	wheel_clear(&w, t == &a ? &b : &a);
	ATF_CHECK(wheel_expired(&w, now) == NULL);
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, order_and_lateness);
	ATF_TP_ADD_TC(tp, long_jump);
	ATF_TP_ADD_TC(tp, ten_years_ahead);
	ATF_TP_ADD_TC(tp, clear_while_due);
	return (atf_no_error());
}
