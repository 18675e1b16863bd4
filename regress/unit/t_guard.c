/*
 * parent/guard: the filter is put back, net knows while it is away, and who
 * keeps removing it is named until he has left it alone for long.  Optimistic
 * DAD is on where the configuration has it, and nowhere else.
 */
#include <atf-c.h>
#include <event2/event.h>
#include <string.h>
#include <unistd.h>

#include "regress/unit/pipe_lab.h"

/* The fake takes the place of this system's file. */
#include "kern/fake.c"
/* For its rows, and their time. */
#include "parent/guard.c"
#include "parent/kernel.h"

static struct parent	 parent;

static void
say_nothing(void *arg, enum log_level level, const char *t)
{
	(void)arg;
	(void)level;
	(void)t;
}

static void
setup_as_it_is(const char *text)
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
	ATF_REQUIRE_EQ(kernel_begin(&parent, why, sizeof(why)), 0);
}

static void
setup(const char *text)
{
	fake_reset();
	setup_as_it_is(text);
}

/* Somebody removes the filter, which nobody tells of: it is looked at. */
static void
removed(void)
{
	fake_unfilter();
	look(parent.guard);
	work(parent.guard);
}

/* So much time is over: what is due by then is done. */
static void
pass(int64_t ns)
{
	struct guard	*g = parent.guard;
	struct mono	 now = mono_add(mono_now(), ns);
	struct row	*row;
	enum row_op	 op;

	while ((row = rows_due(&g->rows, &op, now)) != NULL)
		rows_done(&g->rows, row, carry_out(g, row, op), now);
	work(g);
}

static bool
is_named(void)
{
	return (why_find(&parent.whys, WHY_FILTER_RIVAL, filter_key) != NULL);
}

ATF_TC_WITHOUT_HEAD(put_back);
ATF_TC_BODY(put_back, tc)
{
	setup("correspondent { }\n");
	ATF_CHECK(kern_suppressed(parent.kern));
	removed();
	ATF_CHECK(!kern_suppressed(parent.kern));
	pass(SEC(1));
	ATF_CHECK(kern_suppressed(parent.kern));
	ATF_CHECK_EQ(parent.counters.v[PC_PUT_BACK], 1);
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
	ATF_CHECK(!kern_suppressed(parent.kern));
	pass(ROW_SLOW);
	ATF_CHECK(kern_suppressed(parent.kern));
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
	return (why_find(&parent.whys, WHY_ANSWERED_BY_KERNEL, filter_key) !=
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
	ATF_CHECK(kern_suppressed(parent.kern));
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
	guard_configured(&parent, FILTER_OFF, 0);
	ATF_CHECK(!is_named());
	kernel_close(&parent);
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
	return (kern_is_optimistic(parent.kern, interface) == 1);
}

static void
link_is(const char *name, uint8_t flags)
{
	struct msg_link	 m = { .flags = flags };

	snprintf(m.name, sizeof(m.name), "%s", name);
	fake_no_interface((flags & LINK_GONE) != 0 ? name : NULL);
	guard_link(&parent, &m);
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
	ATF_CHECK_EQ(parent.counters.v[PC_PUT_BACK], 0);
	kernel_close(&parent);
}

/* One that comes later, or comes back, has it from the first moment on. */
ATF_TC_WITHOUT_HEAD(late);
ATF_TC_BODY(late, tc)
{
	fake_no_interface("a");
	setup(mobile_node("interface \"a\""));
	link_is("a", LINK_GONE);
	ATF_CHECK(!on("a"));
	link_is("a", LINK_UP);
	ATF_CHECK(on("a"));
	link_is("a", LINK_GONE);
	kern_optimistic(parent.kern, "a", false);
	link_is("a", LINK_UP);
	ATF_CHECK(on("a"));
	ATF_CHECK_EQ(parent.counters.v[PC_PUT_BACK], 0);
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
	ATF_TP_ADD_TC(tp, optimistic);
	ATF_TP_ADD_TC(tp, late);
	ATF_TP_ADD_TC(tp, dropped);
	return (atf_no_error());
}
