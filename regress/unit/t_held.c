/*
 * core/held: packets that engines sent while there was no net.  They leave in
 * their order when there is one; what is too old, too much, or not a packet is
 * not kept.
 */
#include <atf-c.h>
#include <stdio.h>
#include <string.h>

#include "core/held.h"

static char	 got[4096];

static void
take(void *arg, enum msg_type t, const union msg *m)
{
	size_t	 n = strlen(got);

	(void)arg;
	ATF_REQUIRE(t == MSG_MH_OUT || t == MSG_ICMP6_OUT);
	if (t == MSG_MH_OUT)
		snprintf(got + n, sizeof(got) - n, "mh %u/%zu ",
		    m->u_MH_OUT.ifindex, m->u_MH_OUT.mh.len);
	else
		snprintf(got + n, sizeof(got) - n, "icmp6 %u/%zu ",
		    m->u_ICMP6_OUT.ifindex, m->u_ICMP6_OUT.icmp6.len);
}

static void
add(struct held_msgs *h, enum msg_type t, uint32_t n, size_t len, int64_t ms)
{
	static uint8_t	 data[8000];
	struct mono	 now = { MS(ms) };
	union msg	 m;

	memset(&m, 0, sizeof(m));
	if (t == MSG_MH_OUT) {
		m.u_MH_OUT.ifindex = n;
		m.u_MH_OUT.mh = (struct blob){ data, len };
	} else {
		m.u_ICMP6_OUT.ifindex = n;
		m.u_ICMP6_OUT.icmp6 = (struct blob){ data, len };
	}
	held_add(h, t, &m, now);
}

static void
give(struct held_msgs *h, int64_t ms, const char *want)
{
	got[0] = '\0';
	held_give(h, (struct mono){ MS(ms) }, take, NULL);
	ATF_CHECK_STREQ(got, want);
	ATF_CHECK_EQ(h->n, 0);
}

ATF_TC_WITHOUT_HEAD(in_order);
ATF_TC_BODY(in_order, tc)
{
	struct held_msgs	 h;

	memset(&h, 0, sizeof(h));
	give(&h, 0, "");
	add(&h, MSG_ICMP6_OUT, 1, 8, 0);
	add(&h, MSG_MH_OUT, 2, 56, 10);
	add(&h, MSG_ICMP6_OUT, 3, 8, 20);
	give(&h, 500, "icmp6 1/8 mh 2/56 icmp6 3/8 ");
	give(&h, 500, "");
	add(&h, MSG_MH_OUT, 4, 56, 600);
	give(&h, 600, "mh 4/56 ");
	ATF_CHECK_EQ(h.kept, 4);
	ATF_CHECK_EQ(h.dropped, 0);
	add(&h, MSG_MH_OUT, 5, 56, 600);
	held_free(&h);
}

/* Nobody waits any more for what is old. */
ATF_TC_WITHOUT_HEAD(old);
ATF_TC_BODY(old, tc)
{
	struct held_msgs	 h;

	memset(&h, 0, sizeof(h));
	add(&h, MSG_MH_OUT, 1, 56, 0);
	add(&h, MSG_MH_OUT, 2, 56, 1000);
	give(&h, 1 + HELD_LIFE / MS(1), "mh 2/56 ");
	ATF_CHECK_EQ(h.dropped, 1);
}

/* The newest are kept, and no more than so many. */
ATF_TC_WITHOUT_HEAD(many);
ATF_TC_BODY(many, tc)
{
	struct held_msgs	 h;
	uint32_t		 i;

	memset(&h, 0, sizeof(h));
	for (i = 0; i < HELD_MAX + 10; i++) {
		add(&h, MSG_MH_OUT, i, 56, 0);
		ATF_CHECK(h.n <= HELD_MAX);
	}
	ATF_CHECK_EQ(h.dropped, 10);
	got[0] = '\0';
	held_give(&h, (struct mono){ 0 }, take, NULL);
	ATF_CHECK(strncmp(got, "mh 10/56 mh 11/56 ", 18) == 0);
	/* One that is larger than any packet of an engine. */
	add(&h, MSG_MH_OUT, 1, 8000, 0);
	ATF_CHECK_EQ(h.dropped, 11);
	ATF_CHECK_EQ(h.n, 0);
}

ATF_TC_WITHOUT_HEAD(what);
ATF_TC_BODY(what, tc)
{
	unsigned int	 t, n = 0;

	for (t = 0; t < MSG_MAX; t++) {
		if (!held_wanted(t))
			continue;
		/* What is no packet is told again, to each net. */
		ATF_CHECK(msg_may_drop(t));
		ATF_CHECK(msg_allowed(t, ROLE_HA, ROLE_NET));
		n++;
	}
	ATF_CHECK_EQ(n, 2);
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, in_order);
	ATF_TP_ADD_TC(tp, old);
	ATF_TP_ADD_TC(tp, many);
	ATF_TP_ADD_TC(tp, what);
	return (atf_no_error());
}
