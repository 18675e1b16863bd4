/*
 * parent/kernel: the filter is put back, whoever keeps removing it is named
 * until he has left it alone for long, and that there is none is told.
 * Optimistic DAD is on where the configuration has it, and nowhere else.
 */
#include <atf-c.h>
#include <event2/event.h>
#include <string.h>
#include <unistd.h>

#include "regress/unit/pipe_lab.h"

/* The fake takes the place of this system's file. */
#include "kern/fake.c"
#include "parent/guard.h"
#include "parent/kernel.h"
#include "parent/parent.h"

#define FILTER	"the filter against Parameter Problems"

static struct parent	 parent;

static void
say_nothing(void *arg, enum log_level level, const char *t)
{
	(void)arg;
	(void)level;
	(void)t;
}

static void
open_as_it_is(const char *text)
{
	static const struct hash_key	 key = { { 1, 2 } };
	char				 why[256];

	log_to(say_nothing, NULL);
	parent.base = event_base_new();
	parent.conf = conf_parse_text(text, strlen(text), complain, NULL);
	ATF_REQUIRE(parent.base != NULL && parent.conf != NULL);
	ATF_REQUIRE_EQ(counters_init(&parent.counters, parent_counters), 0);
	ATF_REQUIRE(whys_init(&parent.whys, &key, NULL, NULL));
	proc_init(&parent, &parent_hooks);
	*fake_caps() = (struct kern_caps){ .tun = true, .capture = true,
	    .suppress = SUPPRESS_NFT };
	ATF_REQUIRE_EQ(kernel_open(&parent, why, sizeof(why)), 0);
	ATF_REQUIRE_EQ(tun_claim(&parent, why, sizeof(why)), 0);
}

static void
setup_as_it_is(const char *text)
{
	char	 why[256];

	open_as_it_is(text);
	ATF_REQUIRE_EQ(kernel_begin(&parent, why, sizeof(why)), 0);
	/* What was to be done soon has been done by then. */
	fake_pass(SEC(1));
}

static void
setup(const char *text)
{
	fake_reset();
	setup_as_it_is(text);
}

static bool
filtered(void)
{
	return (fake_has(FILTER));
}

/* Somebody removes the filter. */
static void
removed(void)
{
	fake_remove(FILTER);
	kernel_commit(-1, 0, &parent);
}

/* So much time is over: what is due by then is done. */
static void
pass(int64_t ns)
{
	fake_pass(ns);
	kernel_commit(-1, 0, &parent);
}

static bool
is_named(void)
{
	return (why_find(&parent.whys, WHY_FILTER_RIVAL, "filter") != NULL);
}

/* What somebody else had removed. */
static unsigned int
put_back_times(void)
{
	return ((unsigned int)kern_row_counters(parent.kern)->removed);
}

ATF_TC_WITHOUT_HEAD(put_back);
ATF_TC_BODY(put_back, tc)
{
	setup("correspondent { }\n");
	ATF_CHECK(filtered());
	removed();
	ATF_CHECK(!filtered());
	pass(SEC(1));
	ATF_CHECK(filtered());
	ATF_CHECK_EQ(put_back_times(), 1);
	ATF_CHECK(!is_named());
	kernel_close(&parent);
}

ATF_TC_WITHOUT_HEAD(rival);
ATF_TC_BODY(rival, tc)
{
	unsigned int	 i;

	setup("correspondent { }\n");
	for (i = 0; i + 1 < ROW_RIVAL_AFTER; i++) {
		ATF_CHECK(!is_named());
		removed();
		pass(SEC(10));
	}
	removed();
	ATF_CHECK(is_named());
	/* He is not fought, only reminded. */
	pass(SEC(10));
	ATF_CHECK(!filtered());
	pass(ROW_SLOW);
	ATF_CHECK(filtered());
	ATF_CHECK(is_named());
	pass(ROW_SLOW * 3);
	ATF_CHECK(is_named());
	pass(ROW_SLOW + ROW_CALM + SEC(1));
	ATF_CHECK(!is_named());
	kernel_close(&parent);
}

static bool
answers(void)
{
	return (why_find(&parent.whys, WHY_ANSWERED_BY_KERNEL, "filter") !=
	    NULL);
}

/* What can't be done at the start is done as soon as it can, and told. */
ATF_TC_WITHOUT_HEAD(tried_again);
ATF_TC_BODY(tried_again, tc)
{
	fake_reset();
	fake_refuse_filter(ETIMEDOUT);
	setup_as_it_is("correspondent { }\n");
	ATF_CHECK(answers());
	pass(SEC(1));
	ATF_CHECK(answers());
	fake_refuse_filter(0);
	pass(ROW_SLOW);
	ATF_CHECK(!answers());
	ATF_CHECK(filtered());
	kernel_close(&parent);
}

/* When it can't be put back that is told, too. */
ATF_TC_WITHOUT_HEAD(not_put_back);
ATF_TC_BODY(not_put_back, tc)
{
	setup("correspondent { }\n");
	ATF_CHECK(!answers());
	fake_refuse_filter(EPERM);
	removed();
	pass(SEC(1));
	ATF_CHECK(answers());
	fake_refuse_filter(0);
	pass(ROW_SLOW);
	ATF_CHECK(!answers());
	kernel_close(&parent);
}

/* What is not wanted any more has no rival. */
ATF_TC_WITHOUT_HEAD(not_wanted);
ATF_TC_BODY(not_wanted, tc)
{
	unsigned int	 i;

	setup("correspondent { }\n");
	for (i = 0; i < ROW_RIVAL_AFTER; i++) {
		removed();
		pass(SEC(10));
	}
	ATF_CHECK(is_named());
	ATF_REQUIRE_EQ(kern_filter(parent.kern, FILTER_OFF), 0);
	kernel_commit(-1, 0, &parent);
	ATF_CHECK(!is_named());
	ATF_CHECK(!filtered());
	kernel_close(&parent);
}

/* A former life has left a filter: it stays until it is replaced, or goes. */
static void
check_former(const char *text, bool stays)
{
	struct row_filter	 v = { FILTER_ON };
	char			 why[256];

	fake_reset();
	open_as_it_is(text);
	fake_enter(ROW_FILTER, ROW_FILTER_KEY, sizeof(ROW_FILTER_KEY), &v,
	    sizeof(v), FILTER);
	ATF_REQUIRE_EQ(kernel_begin(&parent, why, sizeof(why)), 0);
	ATF_CHECK_EQ(filtered(), stays);
	ATF_CHECK_EQ(strstr(fake_log(), "take " FILTER) != NULL, !stays);
	kernel_close(&parent);
}

/* There is no gap in it, in which something could leave in clear. */
ATF_TC_WITHOUT_HEAD(former_replaced);
ATF_TC_BODY(former_replaced, tc)
{
	check_former("correspondent { }\n", true);
}

ATF_TC_WITHOUT_HEAD(former_taken);
ATF_TC_BODY(former_taken, tc)
{
	check_former("", false);
}

static const char *
mobile_node(const char *words)
{
	static char	 text[512];

	snprintf(text, sizeof(text), "mobile-node { %s\n"
	    "home-address 2001:db8:2::100 { home-prefix 2001:db8:2::/64\n"
	    "home-agent 2001:db8:2::1\n identifier \"mn@example.com\"\n"
	    "authentication mn-ha spi 256 key \"0123456789abcdef\" } }\n",
	    words);
	return (text);
}

static void
reload(const char *text)
{
	struct conf	*old = parent.conf;

	parent.conf = conf_parse_text(text, strlen(text), complain, NULL);
	ATF_REQUIRE(parent.conf != NULL);
	kernel_reconfigured(&parent);
	conf_free(old);
}

static bool
on(const char *interface)
{
	char	 words[64];

	snprintf(words, sizeof(words), "optimistic DAD on %s", interface);
	return (fake_has(words));
}

static void
link_is(const char *name, bool there)
{
	fake_no_interface(there ? NULL : name);
	kernel_commit(-1, 0, &parent);
}

/* An interface that leaves the configuration is as it was. */
ATF_TC_WITHOUT_HEAD(optimistic);
ATF_TC_BODY(optimistic, tc)
{
	setup(mobile_node("interface \"a\"; interface \"b\""));
	ATF_CHECK(on("a") && on("b"));
	reload(mobile_node("interface \"b\"; interface \"c\""));
	ATF_CHECK(!on("a") && on("b") && on("c"));
	reload(mobile_node("interface \"b\"; optimistic-dad no"));
	ATF_CHECK(!on("b") && !on("c"));
	reload(mobile_node("interface \"b\""));
	ATF_CHECK(on("b"));
	reload("correspondent { }\n");
	ATF_CHECK(!on("b"));
	ATF_CHECK_EQ(put_back_times(), 0);
	kernel_close(&parent);
}

/* One that comes later, or comes back, has it from the first moment on. */
ATF_TC_WITHOUT_HEAD(late);
ATF_TC_BODY(late, tc)
{
	fake_no_interface("a");
	setup(mobile_node("interface \"a\""));
	link_is("a", false);
	ATF_CHECK(!on("a"));
	link_is("a", true);
	ATF_CHECK(on("a"));
	link_is("a", false);
	ATF_CHECK(!on("a"));
	link_is("a", true);
	ATF_CHECK(on("a"));
	ATF_CHECK_EQ(put_back_times(), 0);
	kernel_close(&parent);
}

static bool
are_dropped(void)
{
	return (why_find(&parent.whys, WHY_MESSAGES_DROPPED,
	    "mobility headers") != NULL);
}

/* A setting of the kernel that loses Mobility Headers: seen, and its end. */
ATF_TC_WITHOUT_HEAD(dropped);
ATF_TC_BODY(dropped, tc)
{
	int	 i;

	setup("correspondent { }\n");
	drops_look(&parent);
	ATF_CHECK(!are_dropped());
	fake_drops_mh(true);
	for (i = 0; i < 3; i++) {
		drops_look(&parent);
		ATF_CHECK(are_dropped());
	}
	fake_drops_mh(false);
	drops_look(&parent);
	ATF_CHECK(!are_dropped());
	kernel_close(&parent);
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, put_back);
	ATF_TP_ADD_TC(tp, rival);
	ATF_TP_ADD_TC(tp, tried_again);
	ATF_TP_ADD_TC(tp, not_put_back);
	ATF_TP_ADD_TC(tp, not_wanted);
	ATF_TP_ADD_TC(tp, former_replaced);
	ATF_TP_ADD_TC(tp, former_taken);
	ATF_TP_ADD_TC(tp, optimistic);
	ATF_TP_ADD_TC(tp, late);
	ATF_TP_ADD_TC(tp, dropped);
	return (atf_no_error());
}
