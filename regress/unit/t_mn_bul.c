/*
 * The mobile node's Binding Update List (RFC 6275 11.1, 11.7.1, 11.8, 12,
 * 13).  When Binding Updates are sent, sent again and refreshed, with which
 * sequence numbers and timestamps, and what the next process knows of them.
 */
#include "mn_lab.h"

/*
 * Times of the Binding Updates sent within ns from now, against the schedule.
 */
static void
check_schedule(struct lab *l, int64_t t0, const int *ms, size_t n)
{
	const struct out	*o;
	struct mh		 m;
	int			 seq = -1;
	size_t			 i;

	for (i = 0; i < n; i++) {
		o = lab_bu(l, &m);
		ATF_REQUIRE_MSG(o != NULL, "%zu", i);
		/* never early, each step late by a tick of the wheel at most */
		ATF_CHECK_MSG(o->at - t0 >= MS(ms[i]) && o->at - t0 <=
		    MS(ms[i]) + ((int64_t)i + 1) * (1 << 20), "%zu: %lld ms",
		    i, (long long)(o->at - t0) / NS_PER_MS);
		if (seq != -1)
			ATF_CHECK_EQ(m.u.bu.seq, (uint16_t)(seq + 1));
		seq = m.u.bu.seq;
	}
}

/*
 * RFC 6275 11.8: InitialBindackTimeoutFirstReg, doubled up to
 * MAX_BINDACK_TIMEOUT, then at that pace; each with a greater number.
 */
ATF_TC_WITHOUT_HEAD(first_registration_schedule);
ATF_TC_BODY(first_registration_schedule, tc)
{
	static const int	 ms[] = { 1500, 4500, 10500, 22500, 46500,
	    78500, 110500, 142500 };
	struct lab		*l = lab_new();
	int64_t			 t0;
	struct mh		 m;

	l->routers_answer = true;
	t0 = lab_away(l, &m)->at;
	lab_run(l, SEC(150));
	check_schedule(l, t0, ms, 8);
	ATF_CHECK_EQ(lab_pending(l, MSG_MH_OUT), 0);
	ATF_CHECK_EQ(lab_count(l, "bu_retransmitted"), 8);
	lab_end(l);
}

/* With a binding: INITIAL_BINDACK_TIMEOUT.  Here from the refresh on. */
ATF_TC_WITHOUT_HEAD(refresh_schedule);
ATF_TC_BODY(refresh_schedule, tc)
{
	static const int	 ms[] = { 315000, 316000, 318000, 322000,
	    330000, 346000, 378000, 410000 };
	struct lab		*l = lab_new();
	int64_t			 t0 = l->now.mono.ns;

	l->routers_answer = true;
	lab_registered(l);
	lab_run(l, SEC(411));
	check_schedule(l, t0, ms, 8);
	lab_end(l);
}

/* Nobody answers the refresh: the binding ends when its time is over. */
ATF_TC_WITHOUT_HEAD(expiry_without_answer);
ATF_TC_BODY(expiry_without_answer, tc)
{
	struct lab		*l = lab_new();
	const struct out	*o;
	struct mh		 m;

	l->routers_answer = true;
	lab_registered(l);
	lab_run(l, SEC(419));
	ATF_CHECK(!lab_event(l, "expired"));
	lab_run(l, SEC(2));
	ATF_CHECK(lab_event(l, "expired"));
	l->read = l->nout;
	/* the home agent comes back */
	lab_run(l, SEC(60));
	o = lab_bu(l, &m);
	ATF_REQUIRE(o != NULL);
	while (lab_pending(l, MSG_MH_OUT) > 0)
		o = lab_bu(l, &m);
	lab_accept(l, o, 105);
	ATF_CHECK(lab_event(l, "registered"));
	o = lab_next(l, MSG_BIND);
	ATF_REQUIRE(o != NULL);
	o = lab_next(l, MSG_HOME_POLICY);
	ATF_REQUIRE(o != NULL);
	ATF_CHECK(o->m.u_HOME_POLICY.active);
	lab_end(l);
}

/* A refresh is no handover, and sets nothing up again. */
ATF_TC_WITHOUT_HEAD(refresh_is_quiet);
ATF_TC_BODY(refresh_is_quiet, tc)
{
	struct lab		*l = lab_new();
	const struct out	*o;
	struct mh		 m;
	int			 i;

	lab_registered(l);
	for (i = 0; i < 20; i++) {
		lab_ra(l, 1, R1, NET1);
		lab_run(l, SEC(315) + MS(20));
		o = lab_bu(l, &m);
		ATF_REQUIRE(o != NULL);
		lab_accept(l, o, 105);
	}
	l->read = 0;
	ATF_CHECK_EQ(lab_pending(l, MSG_BIND), 0);
	ATF_CHECK_EQ(lab_pending(l, MSG_HOME_POLICY), 0);
	ATF_CHECK_EQ(lab_pending(l, MSG_ADDR_SET), 0);
	ATF_CHECK_EQ(lab_pending(l, MSG_EVENT), 0);
	ATF_CHECK_EQ(lab_pending(l, MSG_MH_OUT), 20);
	ATF_CHECK_EQ(lab_count(l, "refreshes"), 20);
	lab_end(l);
}

/*
 * RFC 6275 11.8, 12: no more than MAX_UPDATE_RATE in any second, and what
 * goes then is for the care-of address of that moment.
 */
ATF_TC_WITHOUT_HEAD(update_rate);
ATF_TC_BODY(update_rate, tc)
{
	struct lab		*l = lab_new();
	const struct out	*o, *all[64];
	struct in6_addr		 last;
	struct mh		 m;
	char			 buf[64];
	int			 i, n = 0;

	lab_registered(l);
	lab_run(l, SEC(5));
	lab_skip(l);
	for (i = 1; i <= 20; i++) {
		/* each address pushes the one before out */
		snprintf(buf, sizeof(buf), "2001:db8:a::1:%x", i);
		lab_addr(l, 1, buf, 0);
		if (i == 1)
			lab_addr(l, 1, COA1, ADDR_GONE);
		else {
			snprintf(buf, sizeof(buf), "2001:db8:a::1:%x", i - 1);
			lab_addr(l, 1, buf, ADDR_GONE);
		}
		lab_run(l, MS(20));
	}
	lab_run(l, SEC(4));
	while ((o = lab_bu(l, &m)) != NULL && n < 64)
		all[n++] = o;
	ATF_REQUIRE(n > 3);
	for (i = 3; i < n; i++)
		ATF_CHECK(all[i]->at - all[i - 3]->at >= SEC(1));
	last = ip("2001:db8:a::1:14");
	ATF_CHECK(in6_eq(&all[3]->m.u_MH_OUT.src, &last));
	ATF_CHECK(NEAR(all[3]->at - all[0]->at, SEC(1)));
	ATF_CHECK(lab_count(l, "bu_delayed") > 0);
	lab_end(l);
}

/* The limit is for each home agent: two homes of one share it. */
ATF_TC_WITHOUT_HEAD(update_rate_is_per_agent);
ATF_TC_BODY(update_rate_is_per_agent, tc)
{
	struct lab		*l = lab_new();
	char			 buf[64];
	struct mh		 m;
	int			 i;

	for (i = 1; i < 8; i++) {
		l->homes[i] = l->homes[0];
		snprintf(buf, sizeof(buf), "2001:db8:1::1%02d", i);
		l->homes[i].address = ip(buf);
	}
	l->homes[6].agent = l->homes[7].agent = ip("2001:db8:1::2");
	l->cmn.nhomes = 8;
	lab_away(l, &m);
	l->read = 0;
	ATF_CHECK_EQ(lab_pending(l, MSG_MH_OUT), 5);
	lab_run(l, MS(1100));
	ATF_CHECK_EQ(lab_pending(l, MSG_MH_OUT), 8);
	lab_end(l);
}

/*
 * RFC 6275 11.7.1: no longer than the care-of address is valid: 0, not at all
 */
ATF_TC_WITHOUT_HEAD(lifetime_asked);
ATF_TC_BODY(lifetime_asked, tc)
{
	static const struct {
		uint32_t	 conf_ms, valid;
		uint16_t	 units;
	} t[] = {
		{ 420000, UINT32_MAX, 105 }, { 420000, 100, 25 },
		{ 420000, 3, 0 }, { 420000, 7, 1 }, { 4000, 100, 1 },
		{ 7999, 100, 1 },
		{ 8000, 100, 2 }, { 65535U * 4000, UINT32_MAX, 65535 },
	};
	const struct out	*o;
	struct lab		*l;
	struct mh		 m;
	size_t			 i;

	for (i = 0; i < sizeof(t) / sizeof(t[0]); i++) {
		l = lab_new();
		l->homes[0].lifetime = t[i].conf_ms;
		lab_start(l);
		lab_mark(l, MSG_SNAPSHOT);
		lab_up(l, 1);
		lab_addr_life(l, 1, COA1, 0, t[i].valid);
		lab_mark(l, MSG_SNAPSHOT_END);
		o = lab_bu(l, &m);
		ATF_REQUIRE((o != NULL) == (t[i].units > 0));
		if (o != NULL)
			ATF_CHECK_EQ(m.u.bu.lifetime, t[i].units);
		/* nor when it is repeated */
		lab_run(l, SEC(3));
		while ((o = lab_bu(l, &m)) != NULL)
			ATF_CHECK(o->at + SEC(m.u.bu.lifetime * 4) <=
			    SEC(1000) + SEC(t[i].valid));
		lab_end(l);
	}
}

/* RFC 6275 9.5.1: modulo 2^16 */
ATF_TC_WITHOUT_HEAD(sequence_wraps);
ATF_TC_BODY(sequence_wraps, tc)
{
	struct lab		*l = lab_new();
	const struct out	*o;
	struct mh		 m;

	l->routers_answer = true;
	l->rnd = 65534;
	o = lab_away(l, &m);
	ATF_CHECK_EQ(m.u.bu.seq, 65535);
	lab_run(l, SEC(2));
	o = lab_bu(l, &m);
	ATF_REQUIRE(o != NULL);
	ATF_CHECK_EQ(m.u.bu.seq, 0);
	lab_accept(l, o, 105);
	ATF_CHECK_EQ(lab_pending(l, MSG_BIND), 1);
	lab_end(l);
}

static struct lab *
reborn(struct lab *old, int64_t later)
{
	struct lab		*l = lab_new();
	struct msg_state	 st;
	const struct out	*o = NULL;
	size_t			 i;

	for (i = 0; i < old->nout; i++)
		if (old->out[i].type == MSG_STATE_SAVE)
			o = &old->out[i];
	ATF_REQUIRE(o != NULL);
	st = o->m.u_STATE_SAVE;
	l->now = old->now;
	l->now.mono.ns += later;
	l->now.wall += later;
	l->rnd = 77;
	lab_start(l);
	lab_tell(l, ROLE_STORE, MSG_STATE_LOAD, &st);
	return (l);
}

/* RFC 6275 11.7.1: the number is kept, over restarts too */
ATF_TC_WITHOUT_HEAD(sequence_survives);
ATF_TC_BODY(sequence_survives, tc)
{
	struct lab		*l = lab_new(), *n;
	const struct out	*o;
	uint16_t		 seq;
	struct mh		 m;

	lab_away(l, &m);
	lab_run(l, SEC(2));
	ATF_REQUIRE(lab_bu(l, &m) != NULL);
	seq = m.u.bu.seq;
	n = reborn(l, SEC(1));
	lab_mark(n, MSG_SNAPSHOT);
	lab_up(n, 1);
	lab_addr(n, 1, COA1, 0);
	lab_mark(n, MSG_SNAPSHOT_END);
	o = lab_bu(n, &m);
	ATF_REQUIRE(o != NULL);
	ATF_CHECK_EQ(m.u.bu.seq, (uint16_t)(seq + 1));
	lab_end(l);
	lab_end(n);
}

/*
 * The host starts at home while its binding lasts: for the acknowledgement of
 * the de-registration the kernel has to have the home address somewhere.
 */
ATF_TC_WITHOUT_HEAD(home_with_binding);
ATF_TC_BODY(home_with_binding, tc)
{
	struct lab		*l = lab_new(), *n;
	const struct out	*o;
	struct in6_addr		 hoa = ip(HOA);
	struct mh		 m;
	bool			 on_tun = false;
	size_t			 i;

	o = lab_away(l, &m);
	lab_accept(l, o, 105);
	n = reborn(l, SEC(3));
	lab_mark(n, MSG_SNAPSHOT);
	lab_up(n, 1);
	lab_mark(n, MSG_SNAPSHOT_END);
	lab_ra(n, 1, RH, HOMENET);
	o = lab_bu(n, &m);
	ATF_REQUIRE(o != NULL);
	ATF_CHECK_EQ(m.u.bu.lifetime, 0);
	for (i = 0; &n->out[i] != o; i++)
		if (n->out[i].type == MSG_ADDR_SET &&
		    n->out[i].m.u_ADDR_SET.ifindex == 0 &&
		    in6_eq(&n->out[i].m.u_ADDR_SET.addr, &hoa))
			on_tun = n->out[i].m.u_ADDR_SET.add;
	ATF_CHECK(on_tun);
	lab_end(l);
	lab_end(n);
}

/* The binding survives a crash of the engine: traffic first, then a refresh. */
ATF_TC_WITHOUT_HEAD(binding_survives);
ATF_TC_BODY(binding_survives, tc)
{
	struct lab		*l = lab_new(), *n;
	const struct out	*o;
	struct in6_addr		 coa = ip(COA1);
	struct mh		 m;

	o = lab_away(l, &m);
	lab_accept(l, o, 105);
	n = reborn(l, SEC(3));
	lab_mark(n, MSG_SNAPSHOT);
	lab_up(n, 1);
	lab_addr(n, 1, COA1, 0);
	lab_mark(n, MSG_SNAPSHOT_END);
	ATF_CHECK_EQ(lab_pending(n, MSG_UNBIND), 0);
	ATF_CHECK_EQ(lab_pending(n, MSG_MH_OUT), 1);
	o = lab_next(n, MSG_BIND);
	ATF_REQUIRE(o != NULL);
	ATF_CHECK(in6_eq(&o->m.u_BIND.local, &coa));
	ATF_CHECK(o->m.u_BIND.flags & BIND_ACTIVE);
	o = lab_next(n, MSG_HOME_POLICY);
	ATF_REQUIRE(o != NULL);
	ATF_CHECK(o->m.u_HOME_POLICY.active);
	lab_end(n);
	/* and is over when its time is over */
	n = reborn(l, SEC(500));
	lab_mark(n, MSG_SNAPSHOT);
	lab_mark(n, MSG_SNAPSHOT_END);
	ATF_CHECK_EQ(lab_pending(n, MSG_BIND), 0);
	ATF_CHECK_EQ(lab_pending(n, MSG_UNBIND), 1);
	lab_end(n);
	lab_end(l);
}

/* State that is damaged, or of another kind, is not used. */
ATF_TC_WITHOUT_HEAD(bad_state);
ATF_TC_BODY(bad_state, tc)
{
	struct lab		*l;
	struct msg_state	 st;
	uint8_t			 data[64];
	size_t			 n;

	for (n = 0; n < sizeof(data); n++) {
		l = lab_new();
		memset(data, 0xff, sizeof(data));
		data[0] = n % 2 ? 1 : 2;
		memset(&st, 0, sizeof(st));
		st.home = ip(HOA);
		st.data.p = data;
		st.data.len = n;
		lab_start(l);
		lab_tell(l, ROLE_STORE, MSG_STATE_LOAD, &st);
		st.home = ip(COA1);
		lab_tell(l, ROLE_STORE, MSG_STATE_LOAD, &st);
		lab_mark(l, MSG_SNAPSHOT);
		lab_up(l, 1);
		lab_addr(l, 1, COA1, 0);
		lab_mark(l, MSG_SNAPSHOT_END);
		ATF_CHECK_EQ(lab_pending(l, MSG_MH_OUT), 1);
		lab_end(l);
	}
}

/* RFC 4285 6: always greater, though the clock stands or goes back */
ATF_TC_WITHOUT_HEAD(timestamps_increase);
ATF_TC_BODY(timestamps_increase, tc)
{
	struct lab		*l = lab_new();
	const struct out	*o;
	uint64_t		 last, ts;
	struct mh		 m;
	int			 i;

	l->routers_answer = true;
	o = lab_away(l, &m);
	last = mh_find(&m, MHOPT_MESGID)->u.timestamp;
	lab_accept(l, o, 105);
	for (i = 0; i < 10; i++) {
		lab_ra(l, 1, R1, NET1);
		l->now.wall -= SEC(3600);
		lab_run(l, SEC(320));
		o = lab_bu(l, &m);
		ATF_REQUIRE(o != NULL);
		while (lab_pending(l, MSG_MH_OUT) > 0)
			o = lab_bu(l, &m);
		ts = mh_find(&m, MHOPT_MESGID)->u.timestamp;
		ATF_CHECK(ts > last);
		last = ts;
		lab_accept(l, o, 105);
	}
	lab_end(l);
}

/* Several home addresses, each with its own number and back-off (11.8). */
ATF_TC_WITHOUT_HEAD(two_home_addresses);
ATF_TC_BODY(two_home_addresses, tc)
{
	struct lab		*l = lab_new();
	const struct out	*a, *b;
	struct mh		 m;

	l->homes[1] = l->homes[0];
	l->homes[1].address = ip("2001:db8:1::101");
	l->cmn.nhomes = 2;
	a = lab_away(l, &m);
	b = lab_bu(l, &m);
	ATF_REQUIRE(b != NULL);
	lab_accept(l, b, 105);
	ATF_CHECK_EQ(lab_pending(l, MSG_BIND), 1);
	l->read = l->nout;
	lab_run(l, SEC(2));
	ATF_CHECK_EQ(lab_pending(l, MSG_MH_OUT), 1);
	b = lab_bu(l, &m);
	ATF_CHECK(in6_eq(&b->m.u_MH_OUT.home, &a->m.u_MH_OUT.home));
	lab_end(l);
}

/* L bit (6.1.7) and K bit (11.7.1) */
ATF_TC_WITHOUT_HEAD(flags);
ATF_TC_BODY(flags, tc)
{
	struct lab		*l = lab_new();
	struct conf_ipsec	 ipsec;
	struct conf_ike		 ike;
	struct mh		 m;

	memset(&ipsec, 0, sizeof(ipsec));
	memset(&ike, 0, sizeof(ike));
	ike.key_mobility = true;
	l->homes[0].auth.type = AUTH_IPSEC;
	l->homes[0].ipsec = &ipsec;
	l->conf.ike = &ike;
	lab_away(l, &m);
	ATF_CHECK_EQ(m.u.bu.flags, MH_BU_A | MH_BU_H | MH_BU_K);
	lab_addr(l, 1, "fe80::100", 0);
	lab_run(l, SEC(2));
	ATF_REQUIRE(lab_bu(l, &m) != NULL);
	ATF_CHECK_EQ(m.u.bu.flags, MH_BU_A | MH_BU_H | MH_BU_L | MH_BU_K);
	lab_end(l);
}

/* The end: the home agent is told, nothing of ours is left. */
ATF_TC_WITHOUT_HEAD(clean_stop);
ATF_TC_BODY(clean_stop, tc)
{
	struct lab		*l = lab_new();
	const struct out	*o;
	struct mh		 m;

	lab_registered(l);
	lab_run(l, SEC(2));
	mn_engine.stop(l->mn, l->now);
	o = lab_bu(l, &m);
	ATF_REQUIRE(o != NULL);
	ATF_CHECK_EQ(m.u.bu.lifetime, 0);
	l->read = 0;
	o = lab_next(l, MSG_HOME_POLICY);
	ATF_REQUIRE(o != NULL && !o->m.u_HOME_POLICY.active);
	ATF_CHECK(lab_next(l, MSG_UNBIND) != NULL);
	o = lab_next(l, MSG_ADDR_SET);
	ATF_REQUIRE(o != NULL && !o->m.u_ADDR_SET.add);
	lab_end(l);
}

/* Reload: what stays keeps its binding, what goes is taken down. */
ATF_TC_WITHOUT_HEAD(reload);
ATF_TC_BODY(reload, tc)
{
	struct lab		*l = lab_new();
	const struct out	*o;
	struct in6_addr		 other = ip("2001:db8:1::101");
	char			 text[128];
	struct mh		 m;

	lab_registered(l);
	lab_run(l, SEC(2));
	l->homes[1] = l->homes[0];
	l->homes[1].address = other;
	l->cmn.nhomes = 2;
	ATF_CHECK(mn_engine.check(l->mn, &l->conf, text, sizeof(text)));
	mn_engine.configure(l->mn, &l->conf, l->now);
	lab_answer_path(l);
	o = lab_bu(l, &m);
	ATF_REQUIRE(o != NULL);
	ATF_CHECK(in6_eq(&o->m.u_MH_OUT.home, &other));
	ATF_CHECK_EQ(lab_pending(l, MSG_MH_OUT), 0);
	lab_accept(l, o, 105);
	lab_skip(l);
	lab_run(l, SEC(2));
	l->homes[0] = l->homes[1];
	l->cmn.nhomes = 1;
	mn_engine.configure(l->mn, &l->conf, l->now);
	lab_answer_path(l);
	o = lab_bu(l, &m);
	ATF_REQUIRE(o != NULL);
	ATF_CHECK_EQ(m.u.bu.lifetime, 0);
	ATF_CHECK_EQ(lab_pending(l, MSG_MH_OUT), 0);
	ATF_CHECK_EQ(lab_pending(l, MSG_UNBIND), 1);
	l->homes[0].agent = in6addr_any;
	ATF_CHECK(!mn_engine.check(l->mn, &l->conf, text, sizeof(text)));
	lab_end(l);
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, first_registration_schedule);
	ATF_TP_ADD_TC(tp, refresh_schedule);
	ATF_TP_ADD_TC(tp, expiry_without_answer);
	ATF_TP_ADD_TC(tp, refresh_is_quiet);
	ATF_TP_ADD_TC(tp, update_rate);
	ATF_TP_ADD_TC(tp, update_rate_is_per_agent);
	ATF_TP_ADD_TC(tp, lifetime_asked);
	ATF_TP_ADD_TC(tp, sequence_wraps);
	ATF_TP_ADD_TC(tp, sequence_survives);
	ATF_TP_ADD_TC(tp, home_with_binding);
	ATF_TP_ADD_TC(tp, binding_survives);
	ATF_TP_ADD_TC(tp, bad_state);
	ATF_TP_ADD_TC(tp, timestamps_increase);
	ATF_TP_ADD_TC(tp, two_home_addresses);
	ATF_TP_ADD_TC(tp, flags);
	ATF_TP_ADD_TC(tp, clean_stop);
	ATF_TP_ADD_TC(tp, reload);
	return (atf_no_error());
}
