/*
 * parent/watch: who is hung, with a clock of the test's own.  A child that
 * says nothing is; a machine that stood still, or a child that works, is not.
 */
#include <atf-c.h>
#include <stdio.h>
#include <string.h>

#include "conf/conf.h"
#include "core/busy.h"
#include "core/clock.h"
#include "parent/watch.h"

static struct watch_clock	 ticks;
static struct watch		 w;
static struct mono		 now;

static void
begin(void)
{
	memset(&ticks, 0, sizeof(ticks));
	memset(&w, 0, sizeof(w));
	now = (struct mono){ SEC(1000) };
}

/* The next tick comes so many milliseconds after the one before it. */
static enum watch_verdict
tick(int64_t ms, bool starting)
{
	now = mono_add(now, MS(ms));
	return (watch_tick(&w, watch_on_time(&ticks, now), starting));
}

ATF_TC_WITHOUT_HEAD(answers);
ATF_TC_BODY(answers, tc)
{
	int	 i;

	begin();
	for (i = 0; i < 1000; i++) {
		ATF_REQUIRE_EQ(WATCH_ASK, tick(1000, false));
		watch_heard(&w, false);
	}
	/* One answer that is nearly too late is one. */
	ATF_CHECK_EQ(WATCH_ASK, tick(1000, false));
	for (i = 1; i < WATCH_SILENT; i++)
		ATF_CHECK_EQ(WATCH_FINE, tick(1000, false));
	watch_heard(&w, false);
	ATF_CHECK_EQ(WATCH_ASK, tick(1000, false));
}

ATF_TC_WITHOUT_HEAD(silent);
ATF_TC_BODY(silent, tc)
{
	int	 i;

	begin();
	watch_heard(&w, false);
	ATF_CHECK_EQ(WATCH_ASK, tick(0, false));
	for (i = 1; i < WATCH_SILENT; i++)
		ATF_CHECK_EQ(WATCH_FINE, tick(1000, false));
	ATF_CHECK_EQ(WATCH_HUNG, tick(1000, false));
	ATF_CHECK_STREQ("does not answer for 5 s", watch_text(WATCH_HUNG));
	/* The same before it was ready. */
	begin();
	watch_heard(&w, false);
	ATF_CHECK_EQ(WATCH_ASK, tick(0, true));
	for (i = 1; i < WATCH_SILENT; i++)
		ATF_CHECK_EQ(WATCH_FINE, tick(1000, true));
	ATF_CHECK_EQ(WATCH_HUNG, tick(1000, true));
	/* Its first word may take longer. */
	begin();
	ATF_CHECK_EQ(WATCH_ASK, tick(0, true));
	for (i = 1; i < WATCH_FIRST; i++)
		ATF_CHECK_EQ(WATCH_FINE, tick(1000, true));
	ATF_CHECK_EQ(WATCH_HUNG_FIRST, tick(1000, true));
	ATF_CHECK_STREQ("says nothing in its first 15 s",
	    watch_text(WATCH_HUNG_FIRST));
}

/* Stopped for an hour, then a second late each time: nobody dies of that. */
ATF_TC_WITHOUT_HEAD(paused_parent);
ATF_TC_BODY(paused_parent, tc)
{
	int	 i;

	begin();
	watch_heard(&w, false);
	ATF_CHECK_EQ(WATCH_ASK, tick(0, false));
	ATF_CHECK_EQ(WATCH_FINE, tick(3600 * 1000, false));
	for (i = 0; i < 100; i++)
		ATF_CHECK_EQ(WATCH_FINE, tick(2000, false));
	/* What was counted before the pause goes on after it, no more. */
	for (i = 1; i < WATCH_SILENT; i++)
		ATF_CHECK_EQ(WATCH_FINE, tick(1000, false));
	ATF_CHECK_EQ(WATCH_HUNG, tick(1000, false));
}

/* A tick after a pause is followed by one that is due a second later. */
ATF_TC_WITHOUT_HEAD(lateness);
ATF_TC_BODY(lateness, tc)
{
	static const struct {
		int64_t	 ms;
		bool	 on_time;
	} rows[] = {
		{ 0, true }, { 1000, true }, { 1500, true }, { 1501, false },
		{ 1000, true }, { 60000, false }, { 999, true }, { 10, true },
	};
	size_t	 i;

	begin();
	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		now = mono_add(now, MS(rows[i].ms));
		ATF_CHECK_EQ_MSG(rows[i].on_time, watch_on_time(&ticks, now),
		    "row %zu", i);
	}
}

ATF_TC_WITHOUT_HEAD(busy_child);
ATF_TC_BODY(busy_child, tc)
{
	enum watch_verdict	 v = WATCH_FINE;
	int			 i;

	begin();
	ATF_CHECK_EQ(WATCH_ASK, tick(0, true));
	for (i = 1; i < WATCH_BUSY; i++) {
		watch_heard(&w, true);
		ATF_REQUIRE_EQ(WATCH_FINE, tick(1000, true));
	}
	/* It answers at last, and begins anew. */
	watch_heard(&w, false);
	ATF_CHECK_EQ(WATCH_ASK, tick(1000, true));
	for (i = 0; i < WATCH_BUSY && v == WATCH_FINE; i++) {
		watch_heard(&w, true);
		v = tick(1000, true);
	}
	ATF_CHECK_EQ(WATCH_HUNG_BUSY, v);
	ATF_CHECK_EQ(WATCH_BUSY, i);
	/* Busy once, and then silent. */
	begin();
	ATF_CHECK_EQ(WATCH_ASK, tick(0, true));
	watch_heard(&w, true);
	for (i = 1; i < WATCH_SILENT; i++)
		ATF_CHECK_EQ(WATCH_FINE, tick(1000, true));
	ATF_CHECK_EQ(WATCH_HUNG, tick(1000, true));
}

/* It answers, and is never ready. */
ATF_TC_WITHOUT_HEAD(never_ready);
ATF_TC_BODY(never_ready, tc)
{
	int	 i;

	begin();
	for (i = 1; i < WATCH_START; i++) {
		ATF_REQUIRE_EQ(WATCH_ASK, tick(1000, true));
		watch_heard(&w, false);
	}
	ATF_CHECK_EQ(WATCH_HUNG_STARTING, tick(1000, true));
	/* One that waits for another may do so for ever. */
	begin();
	for (i = 1; i < 10 * WATCH_START; i++) {
		ATF_REQUIRE_EQ(WATCH_ASK, tick(1000, false));
		watch_heard(&w, false);
	}
	for (i = 1; i < WATCH_START; i++) {
		ATF_REQUIRE_EQ(WATCH_ASK, tick(1000, true));
		watch_heard(&w, false);
	}
}

static unsigned int	 told;

static void
on_busy(void *arg)
{
	ATF_CHECK_EQ(&told, arg);
	told++;
}

/* Seldom, however much work there is; and nowhere without a listener. */
ATF_TC_WITHOUT_HEAD(busy_seldom);
ATF_TC_BODY(busy_seldom, tc)
{
	struct mono	 began, at;
	unsigned long	 i = 0;

	for (i = 0; i < 100000; i++)
		busy();
	busy_to(on_busy, &told);
	began = at = mono_now();
	while (told == 0 && mono_diff(at, began) < SEC(60)) {
		busy();
		at = mono_now();
	}
	ATF_CHECK_EQ(1, told);
	ATF_CHECK(mono_diff(at, began) >= MS(999));
}

/* A configuration takes its time to be printed, too: once for each child. */
ATF_TC_WITHOUT_HEAD(busy_print);
ATF_TC_BODY(busy_print, tc)
{
	static const char	 text[] = "correspondent { }\n";
	struct mono		 began = mono_now();
	struct conf		*conf;
	FILE			*f = fopen("/dev/null", "w");

	conf = conf_parse_text(text, strlen(text), NULL, NULL);
	ATF_REQUIRE(f != NULL && conf != NULL);
	busy_to(on_busy, &told);
	while (told == 0 && mono_diff(mono_now(), began) < SEC(10))
		ATF_REQUIRE_EQ(0, conf_print(f, conf, CONF_PRINT_ALL));
	ATF_CHECK_EQ(1, told);
	conf_free(conf);
	fclose(f);
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, answers);
	ATF_TP_ADD_TC(tp, silent);
	ATF_TP_ADD_TC(tp, paused_parent);
	ATF_TP_ADD_TC(tp, lateness);
	ATF_TP_ADD_TC(tp, busy_child);
	ATF_TP_ADD_TC(tp, never_ready);
	ATF_TP_ADD_TC(tp, busy_seldom);
	ATF_TP_ADD_TC(tp, busy_print);
	return (atf_no_error());
}
