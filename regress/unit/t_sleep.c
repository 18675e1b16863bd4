/*
 * core/clock, kern/compat: the host sleeps.  Time goes on, libevent's clock
 * does not; small differences between clocks that are read one after the other
 * are no sleep; and where the system tells of a wall clock that is set, it
 * does.
 */
#include <atf-c.h>
#include <errno.h>
#include <poll.h>
#include <stdbool.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "core/mono.h"

static struct timespec	 clocks[16];

static int
fake_gettime(clockid_t id, struct timespec *ts)
{
	ATF_REQUIRE(id >= 0 && id < 16);
	*ts = clocks[id];
	return (0);
}

static void
pass(clockid_t id, int64_t ns)
{
	int64_t	 t = SEC(clocks[id].tv_sec) + clocks[id].tv_nsec + ns;

	clocks[id].tv_sec = (time_t)(t / NS_PER_SEC);
	clocks[id].tv_nsec = (long)(t % NS_PER_SEC);
}

#define clock_gettime fake_gettime
#include "core/clock.c"
#include "core/clock_read.c"
#include "core/slept.c"
#undef clock_gettime

/* Time goes on, awake. */
static void
awake(int64_t ns)
{
	pass(CLOCK_MONOTONIC, ns);
	pass(CLOCK_REALTIME, ns);
	if (COMPAT_CLOCK != CLOCK_MONOTONIC)
		pass(COMPAT_CLOCK, ns);
}

static void
asleep(int64_t ns)
{
	pass(CLOCK_REALTIME, ns);
	if (COMPAT_CLOCK != CLOCK_MONOTONIC)
		pass(COMPAT_CLOCK, ns);
}

ATF_TC_WITHOUT_HEAD(slept);
ATF_TC_BODY(slept, tc)
{
	struct sleep_clock	 c;
	struct mono		 before;

	memset(&c, 0, sizeof(c));
	awake(SEC(1000));
	asleep(SEC(5000));
	/* What was before the first look is of no interest. */
	ATF_CHECK_EQ(clock_slept(&c), 0);
	awake(SEC(1));
	ATF_CHECK_EQ(clock_slept(&c), 0);
	before = mono_now();
	asleep(SEC(70));
	ATF_CHECK_EQ(clock_slept(&c), SEC(70));
	ATF_CHECK_EQ(clock_slept(&c), 0);
	/* It counts as time where a clock of the system says so. */
	ATF_CHECK_EQ(mono_diff(mono_now(), before),
	    COMPAT_CLOCK == CLOCK_MONOTONIC ? 0 : SEC(70));
	awake(SEC(3600));
	ATF_CHECK_EQ(clock_slept(&c), 0);
	/* Between one clock and the other we had no processor. */
	asleep(MS(900));
	ATF_CHECK_EQ(clock_slept(&c), 0);
	asleep(-MS(900));
	ATF_CHECK_EQ(clock_slept(&c), 0);
}

/* A wall clock that is set is no sleep, if another clock counts that. */
ATF_TC_WITHOUT_HEAD(wall_set);
ATF_TC_BODY(wall_set, tc)
{
	struct sleep_clock	 c;

	memset(&c, 0, sizeof(c));
	pass(CLOCK_REALTIME, SEC(1700000000LL));
	clock_slept(&c);
	pass(CLOCK_REALTIME, SEC(3600));
	ATF_CHECK_EQ(clock_slept(&c),
	    COMPAT_CLOCK == CLOCK_MONOTONIC ? SEC(3600) : 0);
	pass(CLOCK_REALTIME, -SEC(7200));
	ATF_CHECK_EQ(clock_slept(&c), 0);
}

/* Set to the time that it has, which is told all the same. */
ATF_TC(told);
ATF_TC_HEAD(told, tc)
{
	atf_tc_set_md_var(tc, "require.user", "root");
}
ATF_TC_BODY(told, tc)
{
	struct timespec	 ts;
	struct pollfd	 p;
	int		 i;

	if ((p.fd = compat_clock_open()) == -1)
		atf_tc_skip("this system does not tell");
	p.events = POLLIN;
	ATF_CHECK_EQ(poll(&p, 1, 0), 0);
	for (i = 0; i < 2; i++) {
		if (clock_gettime(CLOCK_REALTIME, &ts) == -1 ||
		    clock_settime(CLOCK_REALTIME, &ts) == -1)
			atf_tc_skip("may not set the clock: %s",
			    strerror(errno));
		ATF_CHECK_EQ(poll(&p, 1, 10000), 1);
		ATF_CHECK(compat_clock_jumped(p.fd));
		ATF_CHECK_EQ(poll(&p, 1, 0), 0);
	}
	close(p.fd);
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, slept);
	ATF_TP_ADD_TC(tp, wall_set);
	ATF_TP_ADD_TC(tp, told);
	return (atf_no_error());
}
