/*
 * core/why: the table of reasons, and the reasons that stand.  Each is told
 * once when it begins and when it ends, and hostile texts in them break
 * nothing.
 */
#include <atf-c.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/report.h"
#include "core/why.h"

static struct whys	 w;
static struct now	 now;
static unsigned int	 began, ended;
static char		 line[512];

static void
said(void *arg, enum why_level level, bool b, const struct why *y,
    const char *text)
{
	(void)arg;
	(void)level;
	(void)y;
	if (b)
		began++;
	else
		ended++;
	snprintf(line, sizeof(line), "%s", text);
}

static void
setup(void)
{
	struct hash_key	 key = { { 1, 2 } };

	now.mono.ns = SEC(1000);
	now.wall = SEC(1700000000LL);
	began = ended = 0;
	ATF_REQUIRE(whys_init(&w, &key, said, NULL));
}

static void
pass(int64_t ns)
{
	now.mono.ns += ns;
	now.wall += ns;
}

/* The reasons that stand. */
static unsigned int
standing(void)
{
	uint32_t	 at = 0;
	unsigned int	 n = 0;

	while (whys_next(&w, &at, now) != NULL)
		n++;
	return (n);
}

/* A reason of the table that is, or is not, an event. */
static enum why_id
any(unsigned int flags)
{
	int	 id;

	for (id = WHY_NONE + 1; id < WHY_MAX; id++)
		if ((why_def((enum why_id)id)->flags & flags) == flags)
			return ((enum why_id)id);
	atf_tc_fail("no such reason");
}

/* The table: names that are one word, sentences with a subject's values. */
ATF_TC_WITHOUT_HEAD(table);
ATF_TC_BODY(table, tc)
{
	const struct why_def	*d, *e;
	const char		*p;
	int			 id, j;

	ATF_CHECK(why_def(WHY_NONE) == NULL);
	ATF_CHECK(why_def(WHY_MAX) == NULL);
	for (id = WHY_NONE + 1; id < WHY_MAX; id++) {
		d = why_def((enum why_id)id);
		ATF_REQUIRE(d != NULL);
		ATF_CHECK_MSG(d->name[strspn(d->name,
		    "abcdefghijklmnopqrstuvwxyz0123456789-")] == '\0', "%s",
		    d->name);
		for (j = WHY_NONE + 1; j < id; j++) {
			e = why_def((enum why_id)j);
			ATF_CHECK_MSG(strcmp(e->name, d->name) != 0, "%s",
			    d->name);
		}
		ATF_CHECK_MSG(strlen(d->text) < WHY_TEXT_MAX - 80, "%s",
		    d->name);
		ATF_CHECK_MSG(d->condition[0] != '\0' && d->remedy[0] !=
		    '\0', "%s", d->name);
		/* Where to read on is a page, and perhaps words in it. */
		ATF_CHECK_MSG(strstr(d->see, "(5)") != NULL ||
		    strstr(d->see, "(8)") != NULL ||
		    strstr(d->see, "(4)") != NULL, "%s", d->name);
		for (p = d->text; *p != '\0'; p++)
			ATF_CHECK_MSG(*p != '{' || strchr(p, '}') != NULL,
			    "%s", d->name);
		ATF_CHECK_MSG(p[-1] != '.', "%s", d->name);
	}
}

/* It begins once and ends once, however often it is said. */
ATF_TC_WITHOUT_HEAD(once);
ATF_TC_BODY(once, tc)
{
	const struct why	*y;

	setup();
	why_clear(&w, now, WHY_INTERFACE_MISSING, "eth0");
	ATF_CHECK_EQ(0, ended);
	why_set(&w, now, WHY_INTERFACE_MISSING, "eth0", "eth0", NULL);
	ATF_CHECK_EQ(1, began);
	ATF_CHECK(strstr(line, "eth0: ") == line);
	ATF_CHECK(strstr(line, "[interface-missing]") != NULL);
	pass(SEC(5));
	why_set(&w, now, WHY_INTERFACE_MISSING, "eth0", "eth9", NULL);
	ATF_CHECK_EQ(1, began);
	y = why_find(&w, WHY_INTERFACE_MISSING, "eth0");
	ATF_REQUIRE(y != NULL);
	ATF_CHECK_EQ(2, y->count);
	ATF_CHECK_EQ(SEC(1000), y->since.mono.ns);
	ATF_CHECK(strstr(y->text, "interface eth9,") != NULL);
	ATF_CHECK(why_about(y, "eth0"));
	ATF_CHECK(why_about(y, "eth9"));
	ATF_CHECK(!why_about(y, "eth"));
	ATF_CHECK(why_find(&w, WHY_INTERFACE_MISSING, "eth9") == NULL);
	why_set(&w, now, WHY_INTERFACE_MISSING, "eth1", "eth1", NULL);
	ATF_CHECK_EQ(2, began);
	ATF_CHECK_EQ(2, standing());
	pass(SEC(2));
	why_clear(&w, now, WHY_INTERFACE_MISSING, "eth0");
	why_clear(&w, now, WHY_INTERFACE_MISSING, "eth0");
	ATF_CHECK_EQ(1, ended);
	ATF_CHECK(strstr(line, "after 7 s") != NULL);
	ATF_CHECK_EQ(1, standing());
	/* Nobody needs to want to know. */
	why_set(NULL, now, WHY_INTERFACE_MISSING, "eth0", "eth0", NULL);
	why_clear(NULL, now, WHY_INTERFACE_MISSING, "eth0");
	whys_free(&w);
}

/* What goes to a terminal or a log has no control characters of others. */
ATF_TC_WITHOUT_HEAD(hostile);
ATF_TC_BODY(hostile, tc)
{
	char			 big[2000];
	const struct why	*y;

	setup();
	why_set(&w, now, WHY_INTERFACE_MISSING, "x", "a\033[2Jb\n{c}", NULL);
	y = why_find(&w, WHY_INTERFACE_MISSING, "x");
	ATF_REQUIRE(y != NULL);
	ATF_CHECK(strstr(y->text, "a?[2Jb?{c}") != NULL);
	memset(big, 'y', sizeof(big) - 1);
	big[sizeof(big) - 1] = '\0';
	why_set(&w, now, WHY_INTERFACE_MISSING, big, big, NULL);
	ATF_CHECK_EQ(2, standing());
	big[WHY_SUBJECT_MAX - 1] = '\0';
	y = why_find(&w, WHY_INTERFACE_MISSING, big);
	ATF_REQUIRE(y != NULL);
	ATF_CHECK(strlen(y->text) < WHY_TEXT_MAX);
	/* Too few values leave holes, and nothing else. */
	why_set(&w, now, WHY_INTERFACE_MISSING, "z", NULL);
	ATF_CHECK_EQ(3, standing());
	whys_free(&w);
}

/* Rows, page by page; each reason once. */
ATF_TC_WITHOUT_HEAD(pages);
ATF_TC_BODY(pages, tc)
{
	static struct report	 r;
	struct rbuf		 rows, row;
	char			 name[32], table[64];
	unsigned int		 i, n = 0, npages = 0;
	uint64_t		 cursor = 0;

	setup();
	for (i = 0; i < 500; i++) {
		snprintf(name, sizeof(name), "if%u", i);
		why_set(&w, now, WHY_INTERFACE_MISSING, name, name, NULL);
	}
	/* The log is not filled by them. */
	ATF_CHECK_EQ(WHY_LINES, began);
	pass(SEC(1));
	why_set(&w, now, WHY_INTERFACE_MISSING, "last", "last", NULL);
	snprintf(name, sizeof(name), "(%u reasons not", 500 - WHY_LINES);
	ATF_CHECK_MSG(strstr(line, name) == line, "%s", line);
	why_clear(&w, now, WHY_INTERFACE_MISSING, "last");
	ATF_CHECK(strstr(line, "last: no longer") == line);
	do {
		report_init(&r);
		cursor = whys_rows(&w, &r, "", cursor, now);
		rbuf_init(&rows, r.mem, r.w.off);
		while (report_next_row(&rows, &row, table, sizeof(table))) {
			ATF_CHECK_STREQ("reason", table);
			n++;
		}
		npages++;
	} while (cursor != 0);
	ATF_CHECK_EQ(500, n);
	ATF_CHECK(npages > 1);
	report_init(&r);
	ATF_CHECK_EQ(0, whys_rows(&w, &r, "if77", 0, now));
	ATF_CHECK_EQ(1, r.nrows);
	report_init(&r);
	whys_health(&w, &r, "mn", now);
	ATF_CHECK_EQ(1, r.nrows);
	for (i = 0; i < 500; i++) {
		snprintf(name, sizeof(name), "if%u", i);
		why_clear(&w, now, WHY_INTERFACE_MISSING, name);
	}
	ATF_CHECK_EQ(0, w.nwarnings);
	report_init(&r);
	whys_health(&w, &r, "mn", now);
	ATF_CHECK_EQ(0, r.nrows);
	whys_free(&w);
}

/* Events are so many at most, and grow old. */
ATF_TC_WITHOUT_HEAD(events);
ATF_TC_BODY(events, tc)
{
	enum why_id	 id;
	char		 name[32];
	unsigned int	 i;

	setup();
	id = any(WF_EVENT);
	for (i = 0; i < WHY_EVENTS_MAX + 10; i++) {
		snprintf(name, sizeof(name), "2001:db8::%x", i);
		why_set(&w, now, id, name, "a", "b", "c", "d", "e", NULL);
		pass(MS(10));
	}
	ATF_CHECK_EQ(WHY_EVENTS_MAX, standing());
	ATF_CHECK_EQ(10, w.lost);
	ATF_CHECK(why_find(&w, id, "2001:db8::9") == NULL);
	ATF_CHECK(why_find(&w, id, "2001:db8::a") != NULL);
	/* What happens again is young. */
	pass(WHY_EVENT_AGE - SEC(5));
	why_set(&w, now, id, "2001:db8::a", "a", "b", "c", "d", "e", NULL);
	ATF_CHECK(standing() > 1 && standing() < WHY_EVENTS_MAX);
	pass(SEC(60));
	ATF_CHECK_EQ(1, standing());
	pass(WHY_EVENT_AGE);
	why_set(&w, now, id, "2001:db8::a", "a", "b", "c", "d", "e", NULL);
	ATF_CHECK_EQ(1, standing());
	ATF_CHECK_EQ(1, why_find(&w, id, "2001:db8::a")->count);
	whys_free(&w);
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, table);
	ATF_TP_ADD_TC(tp, once);
	ATF_TP_ADD_TC(tp, hostile);
	ATF_TP_ADD_TC(tp, pages);
	ATF_TP_ADD_TC(tp, events);
	return (atf_no_error());
}
