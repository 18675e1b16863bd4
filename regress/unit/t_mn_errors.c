/*
 * The mobile node and what goes wrong on the way: Binding Errors (RFC 6275
 * 11.3.6), Binding Refresh Requests (11.7.4), ICMPv6 errors (11.3.5).  Tunnels
 * die, and the net process is a new one.
 */
#include "mn_lab.h"

static void
binding_error(struct lab *l, const char *src, const char *home, uint8_t status)
{
	struct msg_mh_in	 in;
	struct mh		 m;
	uint8_t			 buf[64];

	mh_init(&m, MH_BE);
	m.u.be.status = status;
	m.u.be.home = ip(home);
	memset(&in, 0, sizeof(in));
	in.src = ip(src);
	in.dst = ip(COA1);
	in.ifindex = 1;
	in.hlim = 64;
	in.mh.len = mh_build(&m, buf, sizeof(buf));
	in.mh.p = buf;
	lab_tell(l, ROLE_NET, MSG_MH_IN, &in);
}

static void
refresh_request(struct lab *l, const char *src)
{
	struct msg_mh_in	 in;
	struct mh		 m;
	uint8_t			 buf[64];

	mh_init(&m, MH_BRR);
	memset(&in, 0, sizeof(in));
	in.src = ip(src);
	in.dst = ip(COA1);
	in.home = ip(HOA);
	in.flags = PKT_RH2;
	in.mh.len = mh_build(&m, buf, sizeof(buf));
	in.mh.p = buf;
	lab_tell(l, ROLE_NET, MSG_MH_IN, &in);
}

/* Status 1 from the home agent: register again; at most once a second. */
ATF_TC_WITHOUT_HEAD(unknown_binding);
ATF_TC_BODY(unknown_binding, tc)
{
	struct lab		*l = lab_new();
	const struct out	*o;
	struct mh		 m;
	int			 i;

	lab_registered(l);
	lab_run(l, SEC(10));
	binding_error(l, HA, HOA, 1);
	o = lab_bu(l, &m);
	ATF_REQUIRE(o != NULL);
	lab_accept(l, o, 105);
	for (i = 0; i < 100; i++) {
		binding_error(l, HA, HOA, 1);
		lab_run(l, MS(20));
		while ((o = lab_bu(l, &m)) != NULL)
			lab_accept(l, o, 105);
	}
	ATF_CHECK(lab_count(l, "bu_sent") <= 5);
	lab_end(l);
}

/* Nobody else's, not for another address, not with another status. */
ATF_TC_WITHOUT_HEAD(binding_error_ignored);
ATF_TC_BODY(binding_error_ignored, tc)
{
	struct lab	*l = lab_new();

	lab_registered(l);
	lab_run(l, SEC(10));
	binding_error(l, "2001:db8:9::1", HOA, 1);
	binding_error(l, HA, COA1, 1);
	binding_error(l, HA, HOA, 2);	/* we expect no answer */
	binding_error(l, HA, HOA, 77);
	ATF_CHECK_EQ(lab_pending(l, MSG_MH_OUT), 0);
	ATF_CHECK_EQ(lab_count(l, "be_ignored"), 4);
	lab_end(l);
}

/* Status 2 while we wait: no home agent there; the operator hears of it. */
ATF_TC_WITHOUT_HEAD(unknown_type);
ATF_TC_BODY(unknown_type, tc)
{
	struct lab	*l = lab_new();
	struct mh	 m;

	lab_away(l, &m);
	binding_error(l, HA, HOA, 2);
	ATF_CHECK(lab_event(l, "no-home-agent"));
	ATF_CHECK_EQ(lab_count(l, "be_unknown_type"), 1);
	/* forged as easily: the retransmission comes all the same */
	lab_run(l, MS(1502));
	ATF_CHECK_EQ(lab_pending(l, MSG_MH_OUT), 1);
	lab_end(l);
}

/* A home agent may ask; a correspondent has no business here (no entry). */
ATF_TC_WITHOUT_HEAD(refresh_requested);
ATF_TC_BODY(refresh_requested, tc)
{
	struct lab	*l = lab_new();

	lab_registered(l);
	refresh_request(l, HA);		/* too soon after the last one */
	ATF_CHECK_EQ(lab_pending(l, MSG_MH_OUT), 0);
	lab_run(l, SEC(10));
	refresh_request(l, "2001:db8:9::1");
	ATF_CHECK_EQ(lab_pending(l, MSG_MH_OUT), 0);
	refresh_request(l, HA);
	ATF_CHECK_EQ(lab_pending(l, MSG_MH_OUT), 1);
	ATF_CHECK_EQ(lab_count(l, "brr_ignored"), 2);
	ATF_CHECK_EQ(lab_count(l, "brr_heeded"), 1);
	lab_end(l);
}

/* An ICMPv6 error that quotes BU o; quoted octets beyond cut are missing. */
static void
icmp_error(struct lab *l, const struct out *o, uint8_t type, uint8_t code,
    int seq, size_t cut)
{
	const struct msg_mh_out	*u = &o->m.u_MH_OUT;
	struct msg_icmp6_in	 in;
	uint8_t			 pkt[1024], icmp[1100];
	size_t			 len = 40 + 24 + u->mh.len;

	ip6_header(pkt, &u->src, &u->dst, IP6_P_DSTOPTS,
	    (uint16_t)(24 + u->mh.len), 64, 0, 0);
	memset(pkt + 40, 0, 24);
	pkt[40] = IP6_P_MH;
	pkt[41] = 2;
	pkt[42] = 1;
	pkt[43] = 2;
	pkt[46] = IP6_OPT_HAO;
	pkt[47] = 16;
	memcpy(pkt + 48, &u->home, 16);
	memcpy(pkt + 64, u->mh.p, u->mh.len);
	pkt[64 + 7] = (uint8_t)(pkt[64 + 7] + seq);
	if (cut < len)
		len = cut;
	memset(icmp, 0, 8);
	icmp[0] = type;
	icmp[1] = code;
	memcpy(icmp + 8, pkt, len);
	memset(&in, 0, sizeof(in));
	in.src = ip("2001:db8:9::1");
	in.dst = u->src;
	in.ifindex = 1;
	in.hlim = 60;
	in.flags = PKT_OUTERR;
	in.icmp6.p = icmp;
	in.icmp6.len = 8 + len;
	lab_tell(l, ROLE_NET, MSG_ICMP6_IN, &in);
}

/* Parameter Problem code 1: no Binding Updates to there for some time */
ATF_TC_WITHOUT_HEAD(parameter_problem_1);
ATF_TC_BODY(parameter_problem_1, tc)
{
	struct lab		*l = lab_new();
	const struct out	*bu;
	struct mh		 m;
	unsigned int		 i, hold;

	bu = lab_away(l, &m);
	icmp_error(l, bu, ICMP6_T_PARAM, ICMP6_C_PARAM_NEXT, 0, 2000);
	ATF_CHECK(lab_event(l, "no-home-agent"));
	/* It is asked again after 1, 2, 4 ... 32 seconds. */
	for (i = 0; i < 8; i++) {
		hold = i < 5 ? 1U << i : 32;
		lab_run(l, SEC(hold) - MS(10));
		ATF_CHECK_EQ(lab_pending(l, MSG_MH_OUT), 0);
		lab_run(l, MS(20));
		bu = lab_next(l, MSG_MH_OUT);
		ATF_REQUIRE(bu != NULL);
		icmp_error(l, bu, ICMP6_T_PARAM, ICMP6_C_PARAM_NEXT, 0, 2000);
		lab_skip(l);
	}
	lab_end(l);
}

/* Code 2 is logged and that is all (11.3.5). */
ATF_TC_WITHOUT_HEAD(parameter_problem_2);
ATF_TC_BODY(parameter_problem_2, tc)
{
	struct lab		*l = lab_new();
	const struct out	*bu;
	struct mh		 m;

	bu = lab_away(l, &m);
	icmp_error(l, bu, ICMP6_T_PARAM, ICMP6_C_PARAM_OPTION, 0, 2000);
	ATF_CHECK_EQ(lab_count(l, "icmp_parameter"), 1);
	ATF_CHECK(lab_event(l, "no-home-agent"));
	lab_run(l, MS(1502));
	ATF_CHECK_EQ(lab_pending(l, MSG_MH_OUT), 1);
	lab_end(l);
}

/* What does not quote the outstanding BU is somebody's forgery. */
ATF_TC_WITHOUT_HEAD(parameter_problem_forged);
ATF_TC_BODY(parameter_problem_forged, tc)
{
	struct lab		*l = lab_new();
	const struct out	*bu;
	struct mh		 m;
	size_t			 i;

	bu = lab_away(l, &m);
	l->read = l->nout;
	icmp_error(l, bu, ICMP6_T_PARAM, ICMP6_C_PARAM_NEXT, 1, 2000);
	for (i = 0; i < 72; i++)
		icmp_error(l, bu, ICMP6_T_PARAM, ICMP6_C_PARAM_NEXT, 0, i);
	ATF_CHECK_EQ(lab_count(l, "icmp_ignored"), 73);
	lab_run(l, MS(1502));
	ATF_CHECK_EQ(lab_pending(l, MSG_MH_OUT), 1);
	lab_end(l);
}

ATF_TC_WITHOUT_HEAD(unreachable);
ATF_TC_BODY(unreachable, tc)
{
	struct lab		*l = lab_new();
	const struct out	*bu;
	struct mh		 m;

	bu = lab_away(l, &m);
	icmp_error(l, bu, ICMP6_T_UNREACH, 0, 0, 2000);
	icmp_error(l, bu, ICMP6_T_TIMEX, 0, 0, 2000);
	icmp_error(l, bu, ICMP6_T_TOOBIG, 0, 0, 2000);
	ATF_CHECK_EQ(lab_count(l, "icmp_unreachable"), 1);
	ATF_CHECK_EQ(lab_count(l, "icmp_other"), 2);
	ATF_CHECK(lab_event(l, "unreachable"));
	lab_run(l, MS(1502));
	ATF_CHECK_EQ(lab_pending(l, MSG_MH_OUT), 1);
	lab_end(l);
}

static void
tunnel_code(struct lab *l, uint8_t event, uint8_t type, uint8_t code)
{
	struct msg_tunnel	 m;

	memset(&m, 0, sizeof(m));
	m.home = ip(HOA);
	m.peer = ip(HA);
	m.event = event;
	m.icmp6_type = type;
	m.icmp6_code = code;
	lab_tell(l, ROLE_NET, MSG_TUNNEL, &m);
}

static void
tunnel(struct lab *l, uint8_t event, uint8_t type)
{
	tunnel_code(l, event, type, 0);
}

/* How many updates so many seconds of errors, one each 10 ms, cause. */
static unsigned int
updates(struct lab *l, unsigned int seconds, uint8_t type, uint8_t code)
{
	const struct out	*o;
	struct mh		 m;
	unsigned int		 i, n = 0;

	for (i = 0; i < seconds * 100; i++) {
		tunnel_code(l, TUNNEL_ERROR, type, code);
		lab_run(l, MS(10));
		while ((o = lab_bu(l, &m)) != NULL) {
			lab_accept(l, o, 105);
			n++;
		}
		l->read = l->nout = 0;
	}
	return (n);
}

/*
 * Errors that go on though the home agent answers, as Port Unreachable of one
 * that has no tunnels, or forged: at 0, 1, 3, 7, 15, 31, 63 and 95 seconds.
 */
ATF_TC_WITHOUT_HEAD(no_storm);
ATF_TC_BODY(no_storm, tc)
{
	struct lab	*l = lab_new();

	l->routers_answer = true;
	lab_registered(l);
	lab_run(l, SEC(20));
	ATF_CHECK_EQ(updates(l, 100, ICMP6_T_UNREACH, ICMP6_C_UNREACH_PORT), 8);
	/* Another cause is heeded at once ... */
	ATF_CHECK_EQ(updates(l, 1, ICMP6_T_PARAM, 1), 1);
	ATF_CHECK_EQ(updates(l, 1, ICMP6_T_UNREACH, ICMP6_C_UNREACH_ADMIN), 1);
	/* ... and so is the first one, after as long a time of peace. */
	lab_run(l, SEC(64));
	while (lab_next(l, MSG_MH_OUT) != NULL)
		;
	ATF_CHECK_EQ(updates(l, 1, ICMP6_T_UNREACH, ICMP6_C_UNREACH_PORT), 1);
	lab_end(l);
}

/* Tunnelled packets come back as errors: ask the home agent, not too often. */
ATF_TC_WITHOUT_HEAD(dead_tunnel);
ATF_TC_BODY(dead_tunnel, tc)
{
	struct lab		*l = lab_new();
	const struct out	*o;
	struct mh		 m;
	int			 i;

	l->routers_answer = true;
	lab_registered(l);
	lab_run(l, SEC(20));
	tunnel(l, TUNNEL_ERROR, ICMP6_T_TOOBIG);
	ATF_CHECK_EQ(lab_pending(l, MSG_MH_OUT), 0);
	for (i = 0; i < 1000; i++) {
		tunnel(l, TUNNEL_ERROR, ICMP6_T_UNREACH);
		lab_run(l, MS(1));
	}
	ATF_CHECK_EQ(lab_pending(l, MSG_MH_OUT), 1);
	o = lab_bu(l, &m);
	lab_accept(l, o, 105);
	ATF_CHECK_EQ(lab_count(l, "refreshes"), 1);
	lab_end(l);
}

/* What is told of a pair of addresses is not about the home agent. */
ATF_TC_WITHOUT_HEAD(pair_error);
ATF_TC_BODY(pair_error, tc)
{
	struct lab		*l = lab_new();
	struct msg_tunnel	 m;
	uint8_t			 event;

	l->routers_answer = true;
	lab_registered(l);
	lab_run(l, SEC(20));
	lab_skip(l);
	memset(&m, 0, sizeof(m));
	m.home = ip(HOA);
	m.other = m.peer = ip("2001:db8:c::c");
	m.icmp6_type = ICMP6_T_UNREACH;
	for (event = 0; event < 16; event++) {
		m.event = event;
		lab_tell(l, ROLE_NET, MSG_TUNNEL, &m);
	}
	lab_run(l, MS(2000));
	ATF_CHECK_EQ(lab_pending(l, MSG_MH_OUT), 0);
	ATF_CHECK_EQ(lab_pending(l, MSG_BIND), 0);
	ATF_CHECK_EQ(lab_count(l, "tunnel_errors"), 0);
	lab_end(l);
}

/* net is new: groups, bindings, and the end mark */
ATF_TC_WITHOUT_HEAD(net_restarted);
ATF_TC_BODY(net_restarted, tc)
{
	struct lab		*l = lab_new();
	struct msg_empty	 e = { 0 };
	const struct out	*o;
	struct in6_addr		 coa = ip(COA1);

	lab_registered(l);
	lab_run(l, SEC(2));
	lab_skip(l);
	lab_tell(l, ROLE_NET, MSG_RESYNC, &e);
	lab_tell(l, ROLE_NET, MSG_BOUND_END, &e);
	o = lab_next(l, MSG_BIND);
	ATF_REQUIRE(o != NULL);
	ATF_CHECK(in6_eq(&o->m.u_BIND.local, &coa));
	ATF_CHECK_EQ(o->m.u_BIND.flags, BIND_ACTIVE);
	ATF_CHECK(lab_next(l, MSG_RESYNC_END) != NULL);
	/* while returning home: the group too */
	lab_down(l, 1);
	lab_up(l, 1);
	lab_ra(l, 1, RH, HOMENET);
	lab_skip(l);
	lab_tell(l, ROLE_NET, MSG_RESYNC, &e);
	lab_tell(l, ROLE_NET, MSG_BOUND_END, &e);
	o = lab_next(l, MSG_GROUP);
	ATF_REQUIRE(o != NULL);
	ATF_CHECK(o->m.u_GROUP.join);
	l->read = 0;
	ATF_CHECK_EQ(lab_pending(l, MSG_RESYNC_END), 1);
	/* net says that it has no binding: once more */
	lab_skip(l);
	tunnel(l, TUNNEL_NO_BINDING, 0);
	ATF_CHECK_EQ(lab_pending(l, MSG_BIND), 1);
	lab_end(l);
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, unknown_binding);
	ATF_TP_ADD_TC(tp, binding_error_ignored);
	ATF_TP_ADD_TC(tp, unknown_type);
	ATF_TP_ADD_TC(tp, refresh_requested);
	ATF_TP_ADD_TC(tp, parameter_problem_1);
	ATF_TP_ADD_TC(tp, parameter_problem_2);
	ATF_TP_ADD_TC(tp, parameter_problem_forged);
	ATF_TP_ADD_TC(tp, unreachable);
	ATF_TP_ADD_TC(tp, dead_tunnel);
	ATF_TP_ADD_TC(tp, no_storm);
	ATF_TP_ADD_TC(tp, pair_error);
	ATF_TP_ADD_TC(tp, net_restarted);
	return (atf_no_error());
}
