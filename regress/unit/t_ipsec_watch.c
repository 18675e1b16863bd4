/*
 * sec/watch: what others remove of policies and associations of ours is
 * put back or made anew.  A rival is named rather than fought.
 */
#include "ipsec_lab.inc"

#include <unistd.h>

#include "core/why.h"
/* For its rows, and their time. */
#include "sec/watch.c"

/* Of the policies of a node, i was removed by somebody else. */
static void
removed(struct sec_node *n, size_t i, enum pfkey_type type)
{
	struct pfkey_msg	 m;
	struct spd_entry	 e;

	ATF_REQUIRE(spd_entry(&n->have, i, &e));
	ATF_REQUIRE_EQ(pfkey_from_policy(&m, type, &e.policy), PFKEY_OK);
	m.pid = 1;
	say(&m);
}

/* The kernel has the first so many of a node's, and no other. */
static void
has_first(struct sec_node *n, size_t count)
{
	struct spd_entry	 e;

	for (ndumped = 0; ndumped < count; ndumped++) {
		ATF_REQUIRE(spd_entry(&n->have, ndumped, &e));
		dumped[ndumped] = e.policy;
	}
}

/* Until the kernel is asked, or so many ms have passed. */
static bool
asked_within(int ms)
{
	struct mono	 end = mono_add(mono_now(), MS(ms));

	while (nheard == 0 && mono_before(mono_now(), end)) {
		run();
		usleep(1000);
	}
	run();
	return (nheard > 0);
}

/* What an operator flushes or deletes comes back, and nothing of others. */
ATF_TC_WITHOUT_HEAD(removed_by_others);
ATF_TC_BODY(removed_by_others, tc)
{
	struct sec_node		*n;
	struct pfkey_msg	 m;
	struct pfkey_policy	 alien = { .dir = PFKEY_OUT,
	    .action = PFKEY_DISCARD };
	struct in6_addr		 a = in6("2001:db8:77::1"), b = in6(AGENT);

	begin(ROLE_MN, PROTECT_NONE);
	n = node_of_home(ROLE_MN);
	/* Of another: not our business. */
	alien.sel.src = spd_addr(&a);
	alien.sel.dst = spd_addr(&b);
	alien.sel.src_plen = alien.sel.dst_plen = 128;
	ATF_REQUIRE_EQ(pfkey_from_policy(&m, PFKEY_SPDDELETE, &alien),
	    PFKEY_OK);
	m.pid = 1;
	say(&m);
	ATF_CHECK(!asked_within(60));

	/* One of four. */
	has_first(n, 3);
	removed(n, 3, PFKEY_SPDDELETE);
	ATF_REQUIRE(asked_within(5000));
	expect("SPDDUMP\nSPDUPDATE agent-home 58/147 in 100:x-x\n");
	ATF_CHECK(strstr(warned, "put back") != NULL);
	ATF_CHECK_EQ(SEC_COUNTED(SC_BACK), 1);

	/* Changed by somebody, who thinks that it is his. */
	has_first(n, 2);
	removed(n, 2, PFKEY_SPDUPDATE);
	ATF_REQUIRE(asked_within(5000));
	expect("SPDDUMP\nSPDUPDATE home-agent 58/146 out 100:x-x\n"
	    "SPDUPDATE agent-home 58/147 in 100:x-x\n");

	/* All at once. */
	ndumped = 0;
	pfkey_msg_init(&m, PFKEY_SPDFLUSH);
	m.pid = 1;
	say(&m);
	ATF_REQUIRE(asked_within(5000));
	expect("SPDDUMP\nSPDUPDATE home-agent 135/0 out 100:x-x\n"
	    "SPDUPDATE agent-home 135/0 in 100:x-x\n"
	    "SPDUPDATE home-agent 58/146 out 100:x-x\n"
	    "SPDUPDATE agent-home 58/147 in 100:x-x\n");
	ATF_CHECK_EQ(SEC_COUNTED(SC_BACK), 3);
}

/* So much time from now on is over: what is due by then is done. */
static void
pass(struct secwatch *w, int64_t ns)
{
	struct mono	 now = mono_add(mono_now(), ns);
	struct row	*row;
	enum row_op	 op;

	while ((row = rows_due(&w->rows, &op, now)) != NULL)
		rows_done(&w->rows, row, 0, now);
	secwatch_time(w);
}

static bool
has_rival(void)
{
	return (why_find(&sec_child->whys, WHY_IPSEC_RIVAL, "policies") !=
	    NULL);
}

/* Who does it again and again is not fought, and named. */
ATF_TC_WITHOUT_HEAD(rival);
ATF_TC_BODY(rival, tc)
{
	struct sec_node	*n;
	unsigned int	 i;

	begin(ROLE_MN, PROTECT_NONE);
	n = node_of_home(ROLE_MN);
	quiet = true;
	has_first(n, 3);
	for (i = 1; i < 200 && !has_rival(); i++) {
		removed(n, 3, PFKEY_SPDDELETE);
		run();
		usleep(20000);
	}
	ATF_CHECK(has_rival());
	ATF_CHECK(SEC_COUNTED(SC_BACK) <= 8);
	/* What is put back now and then has not won; what stays there has. */
	pass(planning()->watch, ROW_SLOW);
	ATF_CHECK(has_rival());
	pass(planning()->watch, ROW_SLOW + ROW_CALM + SEC(1));
	ATF_CHECK(!has_rival());
}

/* Associations are another thing: charon does not notice. */
ATF_TC_WITHOUT_HEAD(flushed_associations);
ATF_TC_BODY(flushed_associations, tc)
{
	struct msg_key_want	 need = { .op = KEY_NEED, .home = in6(HOME),
	    .local = in6(COA1), .remote = in6(AGENT) };
	struct msg_key_state	 up = { .state = KEY_UP, .home = in6(HOME) };
	struct pfkey_msg	 m;

	begin(ROLE_MN, PROTECT_NONE);
	new_engine(ROLE_IKE);
	ipc_send(engine[ROLE_MN], MSG_KEY_WANT, &need);
	run();
	ipc_send(engine[ROLE_IKE], MSG_KEY_STATE, &up);
	run();
	ATF_CHECK_EQ(told.last[MSG_KEY_WANT].u_KEY_WANT.op, KEY_NEED);
	pfkey_msg_init(&m, PFKEY_FLUSH);
	m.satype = PFKEY_ESP;
	m.pid = 1;
	say(&m);
	nheard = 0;
	asked_within(200);
	ATF_CHECK_EQ(told.last[MSG_KEY_WANT].u_KEY_WANT.op, KEY_RENEW);
	ATF_CHECK(IN6_ARE_ADDR_EQUAL(&told.last[MSG_KEY_WANT].u_KEY_WANT.local,
	    &need.local));
	ATF_CHECK_EQ(told.n[MSG_KEY_WANT], 2);
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, removed_by_others);
	ATF_TP_ADD_TC(tp, rival);
	ATF_TP_ADD_TC(tp, flushed_associations);
	return (atf_no_error());
}
