/*
 * The mobile node and Binding Acknowledgements (RFC 6275 11.7.3, 6.1.8, RFC
 * 4285).  Each status has its consequence; what is not authentic, not awaited
 * or malformed has none but its counter.
 */
#include "mn_lab.h"

/*
 * RFC 6275 11.7.3, 1st test, RFC 4285 5.1.1: what is not authentic is nothing
 */
ATF_TC_WITHOUT_HEAD(not_authentic);
ATF_TC_BODY(not_authentic, tc)
{
	static const struct {
		const char	*counter;
		struct answer	 a;
	} bad[] = {
		{ "ba_no_auth", { .lifetime = 105, .key = "" } },
		{ "ba_bad_auth",
		    { .lifetime = 105, .key = "fedcba9876543210" } },
		{ "ba_bad_spi", { .lifetime = 105, .spi = SPI + 1 } },
		{ "ba_not_agent",
		    { .lifetime = 105, .src = "2001:db8:1::2" } },
		/* RFC 6275 11.7.3, 3rd test */
		{ "ba_wrong_sequence", { .lifetime = 105, .seq = 1 } },
		{ "ba_wrong_sequence", { .lifetime = 105, .seq = -1 } },
		/* RFC 4285 6: the timestamp sent comes back */
		{ "ba_bad_timestamp", { .lifetime = 105, .timestamp = 1 } },
		{ "ba_bad_timestamp",
		    { .lifetime = 105, .timestamp = INT64_MIN } },
		{ "ba_wrong_care_of", { .lifetime = 105, .no_rh2 = true } },
		/* a refusal needs the same proof */
		{ "ba_no_auth", { .status = 134, .key = "" } },
		{ "ba_no_auth", { .status = 135, .seq = 50, .key = "" } },
		{ "ba_no_auth", { .status = 146, .key = "" } },
		{ "ba_bad_auth",
		    { .status = 144, .key = "fedcba9876543210" } },
	};
	const struct out	*bu;
	struct lab		*l;
	struct mh		 m;
	uint64_t		 n;
	size_t			 i;

	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		l = lab_new();
		bu = lab_away(l, &m);
		l->read = l->nout;
		n = lab_count(l, bad[i].counter);
		lab_answer(l, bu, &bad[i].a);
		ATF_CHECK_MSG(lab_count(l, bad[i].counter) == n + 1, "%zu %s",
		    i, bad[i].counter);
		ATF_CHECK_EQ(lab_pending(l, MSG_BIND), 0);
		ATF_CHECK_EQ(lab_pending(l, MSG_MH_OUT), 0);
		/* and the retransmission comes as if nothing had been */
		lab_run(l, MS(1502));
		ATF_CHECK_MSG(lab_pending(l, MSG_MH_OUT) == 1, "%zu", i);
		lab_end(l);
	}
}

ATF_TC_WITHOUT_HEAD(nothing_outstanding);
ATF_TC_BODY(nothing_outstanding, tc)
{
	struct lab		*l = lab_new();
	const struct out	*bu;
	struct mh		 m;

	bu = lab_away(l, &m);
	lab_accept(l, bu, 105);
	lab_accept(l, bu, 105);
	ATF_CHECK_EQ(lab_count(l, "ba_accepted"), 1);
	ATF_CHECK_EQ(lab_count(l, "ba_not_waiting"), 1);
	lab_end(l);
}

/* An earlier transmission of the same Binding Update is outstanding too. */
ATF_TC_WITHOUT_HEAD(answer_to_earlier_transmission);
ATF_TC_BODY(answer_to_earlier_transmission, tc)
{
	struct lab		*l = lab_new();
	const struct out	*bu, *o;
	struct mh		 m;

	bu = lab_away(l, &m);
	lab_run(l, MS(1600));
	ATF_REQUIRE(lab_bu(l, &m) != NULL);
	lab_accept(l, bu, 105);
	o = lab_next(l, MSG_BIND);
	ATF_REQUIRE(o != NULL);
	ATF_CHECK_EQ(lab_count(l, "ba_accepted"), 1);
	lab_end(l);
}

/* But not one for another care-of address. */
ATF_TC_WITHOUT_HEAD(answer_for_old_care_of);
ATF_TC_BODY(answer_for_old_care_of, tc)
{
	struct lab		*l = lab_new();
	const struct out	*bu, *bu2;
	struct mh		 m;

	bu = lab_away(l, &m);
	lab_addr(l, 1, COA1, ADDR_GONE);
	lab_ra2(l, 1, R1, NET1, NET2, 0, 1800);
	lab_addr(l, 1, COA2, 0);
	bu2 = lab_bu(l, &m);
	ATF_REQUIRE(bu2 != NULL);
	lab_accept(l, bu, 105);
	ATF_CHECK_EQ(lab_count(l, "ba_accepted"), 0);
	lab_accept(l, bu2, 105);
	ATF_CHECK_EQ(lab_count(l, "ba_accepted"), 1);
	lab_end(l);
}

/* L_remain := max(L_remain - (L_update - L_ack), 0), from the moment of BU */
ATF_TC_WITHOUT_HEAD(lifetime_granted);
ATF_TC_BODY(lifetime_granted, tc)
{
	static const struct {
		uint16_t	 ack;
		int64_t		 refresh_ms;	/* from the BU */
	} t[] = {
		{ 105, 420000 * 3 / 4 }, { 50, 200000 * 3 / 4 },
		{ 1, 3000 }, { 200, 420000 * 3 / 4 },
	};
	const struct out	*bu, *o;
	struct lab		*l;
	struct mh		 m;
	int64_t			 t0;
	size_t			 i;

	for (i = 0; i < sizeof(t) / sizeof(t[0]); i++) {
		l = lab_new();
		bu = lab_away(l, &m);
		t0 = bu->at;
		lab_run(l, MS(700));
		l->read = l->nout;
		lab_accept(l, bu, t[i].ack);
		lab_run(l, SEC(600));
		o = lab_bu(l, &m);
		ATF_REQUIRE(o != NULL);
		ATF_CHECK_MSG(NEAR(o->at - t0, MS(t[i].refresh_ms)),
		    "%zu: %lld ms", i, (long long)(o->at - t0) / NS_PER_MS);
		lab_end(l);
	}
}

/* An accepted binding of no lifetime is none. */
ATF_TC_WITHOUT_HEAD(lifetime_zero_granted);
ATF_TC_BODY(lifetime_zero_granted, tc)
{
	struct lab		*l = lab_new();
	const struct out	*bu;
	struct mh		 m;

	bu = lab_away(l, &m);
	l->read = l->nout;
	lab_accept(l, bu, 0);
	ATF_CHECK_EQ(lab_pending(l, MSG_BIND), 0);
	ATF_CHECK_EQ(lab_pending(l, MSG_MH_OUT), 0);
	lab_run(l, MS(1502));
	ATF_CHECK_EQ(lab_pending(l, MSG_MH_OUT), 1);
	lab_end(l);
}

/* RFC 6275 6.2.4, 11.7.3: the refresh advice, if it is shorter */
ATF_TC_WITHOUT_HEAD(refresh_advice);
ATF_TC_BODY(refresh_advice, tc)
{
	struct lab		*l = lab_new();
	const struct out	*bu, *o;
	struct mh		 m;
	int64_t			 t0;

	bu = lab_away(l, &m);
	l->read = l->nout;
	t0 = l->now.mono.ns;
	lab_answer(l, bu, &(struct answer){ .lifetime = 105, .refresh = 5 });
	lab_run(l, SEC(20) + MS(500));
	o = lab_bu(l, &m);
	ATF_REQUIRE(o != NULL);
	ATF_CHECK(NEAR(o->at - t0, SEC(20)));
	/* longer than the lifetime: senseless, ignored */
	t0 = o->at;
	lab_answer(l, o, &(struct answer){ .lifetime = 10, .refresh = 11 });
	lab_run(l, SEC(39));
	o = lab_bu(l, &m);
	ATF_REQUIRE(o != NULL);
	ATF_CHECK(NEAR(o->at - t0, SEC(30)));
	lab_end(l);
}

/* Status 1: accepted, and the operator hears of it */
ATF_TC_WITHOUT_HEAD(status_1);
ATF_TC_BODY(status_1, tc)
{
	struct lab		*l = lab_new();
	const struct out	*bu;
	struct mh		 m;

	bu = lab_away(l, &m);
	lab_answer(l, bu, &(struct answer){ .status = 1, .lifetime = 105 });
	ATF_CHECK_EQ(lab_pending(l, MSG_BIND), 1);
	ATF_CHECK(lab_event(l, "prefixes"));
	lab_end(l);
}

/* Refusals after which we try again with back-off. */
ATF_TC_WITHOUT_HEAD(statuses_retried);
ATF_TC_BODY(statuses_retried, tc)
{
	static const uint8_t	 st[] = { 128, 130, 136, 137, 138, 150, 255 };
	const struct out	*bu, *o;
	struct lab		*l;
	struct mh		 m;
	size_t			 i;

	for (i = 0; i < sizeof(st); i++) {
		l = lab_new();
		bu = lab_away(l, &m);
		lab_run(l, MS(1));
		l->read = l->nout;
		lab_refuse(l, bu, st[i]);
		ATF_CHECK(lab_event(l, "refused"));
		ATF_CHECK_EQ(lab_pending(l, MSG_BIND), 0);
		lab_run(l, SEC(1));
		ATF_CHECK_EQ(lab_pending(l, MSG_MH_OUT), 0);
		lab_run(l, MS(600));
		o = lab_bu(l, &m);
		ATF_REQUIRE_MSG(o != NULL, "%u", st[i]);
		ATF_CHECK_EQ(m.u.bu.seq, 101);
		/* refused again: twice the time */
		lab_refuse(l, o, st[i]);
		l->read = l->nout;
		lab_run(l, MS(2900));
		ATF_CHECK_EQ(lab_pending(l, MSG_MH_OUT), 0);
		lab_run(l, MS(200));
		ATF_CHECK_EQ(lab_pending(l, MSG_MH_OUT), 1);
		lab_end(l);
	}
}

/*
 * Refusals that time does not heal: the home agent is left in peace, also
 * where we move to meanwhile.
 */
ATF_TC_WITHOUT_HEAD(statuses_held);
ATF_TC_BODY(statuses_held, tc)
{
	static const uint8_t	 st[] = { 129, 131, 132, 133, 139, 145, 146 };
	const struct out	*bu;
	struct lab		*l;
	struct mh		 m;
	int64_t			 hold;
	size_t			 i;

	for (i = 0; i < sizeof(st); i++) {
		l = lab_new();
		bu = lab_away(l, &m);
		lab_refuse(l, bu, st[i]);
		l->read = l->nout;
		/* For 1 s, then twice as long each time, up to 32 s. */
		for (hold = SEC(1); hold <= SEC(64); hold *= 2) {
			lab_run(l, (hold > SEC(32) ? SEC(32) : hold) - MS(20));
			ATF_CHECK_MSG(lab_pending(l, MSG_MH_OUT) == 0, "%u",
			    st[i]);
			lab_run(l, MS(30));
			bu = lab_bu(l, &m);
			ATF_REQUIRE_MSG(bu != NULL, "%u", st[i]);
			lab_refuse(l, bu, st[i]);
			l->read = l->nout;
		}
		lab_end(l);

		l = lab_new();
		bu = lab_away(l, &m);
		lab_refuse(l, bu, st[i]);
		lab_down(l, 1);
		lab_up(l, 1);
		l->read = l->nout;
		lab_ra(l, 1, R2, NET2);
		lab_addr(l, 1, COA2, 0);
		lab_run(l, MS(980));
		ATF_CHECK_MSG(lab_pending(l, MSG_MH_OUT) == 0, "%u", st[i]);
		lab_run(l, MS(30));
		ATF_CHECK_MSG(lab_pending(l, MSG_MH_OUT) == 1, "%u", st[i]);
		lab_end(l);
	}
}

/* RFC 6275 11.7.1: after 134 the home address is not used again */
ATF_TC_WITHOUT_HEAD(status_134);
ATF_TC_BODY(status_134, tc)
{
	struct lab		*l = lab_new();
	const struct out	*bu, *o;
	struct mh		 m;

	/* another home address goes on */
	l->homes[1] = l->homes[0];
	l->homes[1].address = ip("2001:db8:1::101");
	l->cmn.nhomes = 2;
	bu = lab_away(l, &m);
	lab_refuse(l, bu, 134);
	o = lab_next(l, MSG_MH_OUT);
	ATF_REQUIRE(o != NULL);
	lab_accept(l, o, 105);
	lab_skip(l);
	lab_down(l, 1);
	lab_up(l, 1);
	lab_ra(l, 1, R2, NET2);
	lab_addr(l, 1, COA2, 0);
	ATF_CHECK_EQ(lab_pending(l, MSG_MH_OUT), 1);
	o = lab_bu(l, &m);
	ATF_CHECK(in6_eq(&o->m.u_MH_OUT.home, &l->homes[1].address));
	lab_run(l, SEC(1000));
	while ((o = lab_bu(l, &m)) != NULL)
		ATF_CHECK(in6_eq(&o->m.u_MH_OUT.home, &l->homes[1].address));
	lab_end(l);
}

/* RFC 6275 11.7.3: 135 carries the last accepted number; go on from it */
ATF_TC_WITHOUT_HEAD(status_135);
ATF_TC_BODY(status_135, tc)
{
	struct lab		*l = lab_new();
	const struct out	*bu, *o;
	struct mh		 m;

	bu = lab_away(l, &m);
	l->read = l->nout;
	lab_answer(l, bu, &(struct answer){ .status = 135, .seq = 9000 });
	o = lab_bu(l, &m);		/* in the same call */
	ATF_REQUIRE(o != NULL);
	ATF_CHECK_EQ(m.u.bu.seq, 100 + 9000 + 1);
	lab_accept(l, o, 105);
	ATF_CHECK_EQ(lab_pending(l, MSG_BIND), 1);
	lab_end(l);
}

/* A home agent that never is content can't make us send without end. */
ATF_TC_WITHOUT_HEAD(status_135_for_ever);
ATF_TC_BODY(status_135_for_ever, tc)
{
	struct lab		*l = lab_new();
	const struct out	*bu;
	struct mh		 m;
	int			 i, n = 0;

	bu = lab_away(l, &m);
	for (i = 0; i < 100 && bu != NULL; i++) {
		n++;
		lab_answer(l, bu, &(struct answer){ .status = 135, .seq = 7 });
		bu = lab_bu(l, &m);
	}
	ATF_CHECK(n <= 3);
	lab_run(l, SEC(60));
	ATF_CHECK(lab_pending(l, MSG_MH_OUT) <= 8);
	lab_end(l);
}

/* A home agent that keeps time: close to its own, and later than the last. */
struct agent {
	int64_t		 step;		/* of its clock, seconds */
	uint64_t	 last;		/* accepted */
};

/* The next Binding Update is answered; was it accepted? */
static bool
agent_answers(struct lab *l, struct agent *g)
{
	const struct out	*bu;
	struct mh		 m;
	struct timespec		 ts = { .tv_sec = 1700000000 };
	uint64_t		 stamp, time;
	int			 i;

	for (i = 0; i < 5000 && lab_pending(l, MSG_MH_OUT) == 0; i++)
		lab_run(l, MS(100));
	bu = lab_bu(l, &m);
	ATF_REQUIRE(bu != NULL);
	stamp = mh_find(&m, MHOPT_MESGID)->u.timestamp;
	ts.tv_sec += (time_t)(l->now.mono.ns / SEC(1) - 1000 + g->step);
	time = mhauth_ntp(&ts);
	if (mhauth_ntp_close(stamp, time, 7) && stamp > g->last) {
		g->last = stamp;
		lab_accept(l, bu, 105);
		return (true);
	}
	lab_answer(l, bu, &(struct answer){ .status = 144, .timestamp =
	    (int64_t)(mhauth_ntp_reject(stamp, time) - stamp) });
	return (false);
}

/*
 * Clocks that are set while running, by an hour or a year, either way, here
 * and there: back within two Binding Updates.
 */
ATF_TC_WITHOUT_HEAD(clocks_set);
ATF_TC_BODY(clocks_set, tc)
{
	static const int64_t	 steps[] = { 3600, -3600, 31536000, -31536000 };
	struct agent		 g;
	struct lab		*l;
	struct mh		 m;
	size_t			 i;
	int			 who;

	for (i = 0; i < 4; i++)
		for (who = 0; who < 3; who++) {
			memset(&g, 0, sizeof(g));
			l = lab_new();
			lab_away(l, &m);
			l->read = 0;
			ATF_REQUIRE(agent_answers(l, &g));
			lab_run(l, SEC(200));
			l->read = l->nout;
			if (who == 0)
				l->now.wall += SEC(steps[i]);
			else {
				/* set back it has lost its history, too */
				g.step = steps[i];
				g.last = steps[i] < 0 ? 0 : g.last;
			}
			if (who == 2)
				l->now.wall -= SEC(steps[i] / 2);
			ATF_CHECK_MSG(agent_answers(l, &g) ||
			    agent_answers(l, &g), "%zu %d", i, who);
			/* and set right again */
			l->now.wall += who == 0 ? -SEC(steps[i]) : 0;
			ATF_CHECK_MSG(agent_answers(l, &g) ||
			    agent_answers(l, &g), "%zu %d again", i, who);
			lab_end(l);
		}
}

/* RFC 4285 6: after 144 the home agent's time of day is ours */
ATF_TC_WITHOUT_HEAD(status_144);
ATF_TC_BODY(status_144, tc)
{
	static const int64_t	 diff[] = { 1000, -5000, 86400 * 365 };
	const struct out	*bu, *o;
	struct lab		*l;
	uint64_t		 was, is;
	struct mh		 m;
	size_t			 i;

	for (i = 0; i < 3; i++) {
		l = lab_new();
		bu = lab_away(l, &m);
		was = mh_find(&m, MHOPT_MESGID)->u.timestamp;
		l->read = l->nout;
		lab_answer(l, bu, &(struct answer){ .status = 144,
		    .timestamp = diff[i] * (1LL << 32) });
		o = lab_bu(l, &m);
		ATF_REQUIRE(o != NULL);
		is = mh_find(&m, MHOPT_MESGID)->u.timestamp;
		ATF_CHECK_EQ((int64_t)(is >> 32) - (int64_t)(was >> 32),
		    diff[i]);
		lab_accept(l, o, 105);
		ATF_CHECK_EQ(lab_pending(l, MSG_BIND), 1);
		lab_end(l);
	}
}

/* RFC 4285 6: 145, the home agent wants timestamps */
ATF_TC_WITHOUT_HEAD(status_145);
ATF_TC_BODY(status_145, tc)
{
	struct lab		*l = lab_new();
	const struct out	*bu, *o;
	struct mh		 m;

	l->homes[0].auth.replay = REPLAY_NONE;
	bu = lab_away(l, &m);
	ATF_CHECK(mh_find(&m, MHOPT_MESGID) == NULL);
	l->read = l->nout;
	lab_refuse(l, bu, 145);
	o = lab_bu(l, &m);
	ATF_REQUIRE(o != NULL);
	ATF_CHECK(mh_find(&m, MHOPT_MESGID) != NULL);
	lab_end(l);
}

/* 174: another care-of address if there is one, else later */
ATF_TC_WITHOUT_HEAD(status_174);
ATF_TC_BODY(status_174, tc)
{
	struct lab		*l = lab_new();
	const struct out	*bu, *o;
	struct in6_addr		 other = ip("2001:db8:a::200");
	struct mh		 m;

	bu = lab_away(l, &m);
	lab_addr(l, 1, "2001:db8:a::200", 0);
	l->read = l->nout;
	lab_refuse(l, bu, 174);
	o = lab_bu(l, &m);
	ATF_REQUIRE(o != NULL);
	ATF_CHECK(in6_eq(&o->m.u_MH_OUT.src, &other));
	lab_refuse(l, o, 174);
	lab_run(l, MS(990));
	ATF_CHECK_EQ(lab_pending(l, MSG_MH_OUT), 0);
	lab_run(l, MS(20));
	ATF_CHECK(lab_pending(l, MSG_MH_OUT) > 0);
	lab_end(l);
}

/* A refused move leaves the old binding in force while its link is there. */
ATF_TC_WITHOUT_HEAD(refused_move_falls_back);
ATF_TC_BODY(refused_move_falls_back, tc)
{
	struct lab		*l = lab_new();
	const struct out	*bu, *o;
	struct in6_addr		 coa1 = ip(COA1), coa2 = ip(COA2);
	struct mh		 m;

	l->cmn.optimistic = true;
	l->cmn.ninterfaces = 2;
	snprintf(l->ifs[0].name, sizeof(l->ifs[0].name), "eth1");
	snprintf(l->ifs[1].name, sizeof(l->ifs[1].name), "eth2");
	l->ifs[1].preference = 10;
	lab_registered(l);
	lab_up(l, 2);
	lab_ra(l, 2, R2, NET2);
	lab_addr(l, 2, COA2, 0);
	bu = lab_bu(l, &m);
	ATF_REQUIRE(bu != NULL);
	o = lab_next(l, MSG_BIND);
	ATF_REQUIRE(o != NULL);
	ATF_CHECK(in6_eq(&o->m.u_BIND.local, &coa2));
	lab_refuse(l, bu, 129);
	o = lab_next(l, MSG_BIND);
	ATF_REQUIRE(o != NULL);
	ATF_CHECK(in6_eq(&o->m.u_BIND.local, &coa1));
	ATF_CHECK(o->m.u_BIND.flags & BIND_ACTIVE);
	lab_end(l);
}

/* IPsec (RFC 6275 5.1): by the socket it came out of; no RFC 4285 options */
ATF_TC_WITHOUT_HEAD(ipsec);
ATF_TC_BODY(ipsec, tc)
{
	struct lab		*l = lab_new();
	const struct out	*bu;
	struct mh		 m;

	l->homes[0].auth.type = AUTH_IPSEC;
	bu = lab_away(l, &m);
	ATF_CHECK(mh_find_auth(&m, MHOPT_AUTH_MNHA) == NULL);
	ATF_CHECK(mh_find(&m, MHOPT_MESGID) == NULL);
	lab_answer(l, bu, &(struct answer){ .lifetime = 105, .key = "" });
	ATF_CHECK_EQ(lab_count(l, "ba_no_auth"), 1);
	ATF_CHECK_EQ(lab_count(l, "ba_accepted"), 0);
	lab_end(l);
}

ATF_TC_WITHOUT_HEAD(malformed);
ATF_TC_BODY(malformed, tc)
{
	static const uint8_t	 bad[][8] = {
		{ 59, 0, 6, 0 }, { 59, 1, 6, 0 }, { 58, 0, 6, 0 },
		{ 59, 0, 0 }, { 59, 0, 1 }, { 59, 0, 200 },
	};
	struct lab		*l = lab_new();
	struct msg_mh_in	 in;
	struct mh		 m;
	size_t			 i, n;

	lab_away(l, &m);
	memset(&in, 0, sizeof(in));
	in.src = ip(HA);
	in.dst = ip(COA1);
	in.home = ip(HOA);
	in.flags = PKT_RH2;
	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		for (n = 0; n <= 8; n++) {
			in.mh.p = bad[i];
			in.mh.len = n;
			lab_tell(l, ROLE_NET, MSG_MH_IN, &in);
		}
	ATF_CHECK_EQ(lab_count(l, "ba_accepted"), 0);
	ATF_CHECK(lab_count(l, "ba_malformed") > 0);
	ATF_CHECK(lab_count(l, "mh_malformed") > 0);
	ATF_CHECK(lab_count(l, "mh_unexpected") > 0);
	lab_end(l);
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, not_authentic);
	ATF_TP_ADD_TC(tp, nothing_outstanding);
	ATF_TP_ADD_TC(tp, answer_to_earlier_transmission);
	ATF_TP_ADD_TC(tp, answer_for_old_care_of);
	ATF_TP_ADD_TC(tp, lifetime_granted);
	ATF_TP_ADD_TC(tp, lifetime_zero_granted);
	ATF_TP_ADD_TC(tp, refresh_advice);
	ATF_TP_ADD_TC(tp, status_1);
	ATF_TP_ADD_TC(tp, statuses_retried);
	ATF_TP_ADD_TC(tp, statuses_held);
	ATF_TP_ADD_TC(tp, status_134);
	ATF_TP_ADD_TC(tp, status_135);
	ATF_TP_ADD_TC(tp, status_135_for_ever);
	ATF_TP_ADD_TC(tp, clocks_set);
	ATF_TP_ADD_TC(tp, status_144);
	ATF_TP_ADD_TC(tp, status_145);
	ATF_TP_ADD_TC(tp, status_174);
	ATF_TP_ADD_TC(tp, refused_move_falls_back);
	ATF_TP_ADD_TC(tp, ipsec);
	ATF_TP_ADD_TC(tp, malformed);
	return (atf_no_error());
}
