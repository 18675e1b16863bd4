/*
 * The mobile node in the plain cases: registration, movement, and the return
 * home.  The Binding Update has all that it must have, and traffic flows when
 * it is acknowledged.
 */
#include "mn_lab.h"

/* RFC 6275 11.7.1, RFC 4285 5 and 6, RFC 4283 3.2 */
ATF_TC_WITHOUT_HEAD(update_has_all_it_must);
ATF_TC_BODY(update_has_all_it_must, tc)
{
	struct lab		*l = lab_new();
	const struct msg_mh_out	*u;
	const struct out	*o;
	const struct mh_opt	*op, *id, *ts, *auth;
	struct in6_addr		 coa = ip(COA1), hoa = ip(HOA);
	struct mh		 m;

	o = lab_away(l, &m);
	u = &o->m.u_MH_OUT;
	ATF_CHECK_EQ(o->to, ROLE_NET);
	ATF_CHECK_EQ(u->flags, PKT_HAO);
	ATF_CHECK(in6_eq(&u->home, &hoa));
	ATF_CHECK(in6_eq(&u->src, &coa));
	ATF_CHECK_EQ(u->ifindex, 1);
	ATF_CHECK_EQ(m.u.bu.lifetime, 420 / 4);
	ATF_CHECK_EQ(m.u.bu.seq, 100);
	ATF_CHECK_EQ(m.u.bu.flags, MH_BU_A | MH_BU_H);
	op = mh_find(&m, MHOPT_ALTCOA);
	ATF_CHECK(in6_eq(&op->u.altcoa, &coa));
	id = mh_find(&m, MHOPT_MNID);
	ATF_REQUIRE(id != NULL);
	ATF_CHECK_EQ(id->u.mnid.subtype, MHOPT_MNID_NAI);
	ATF_CHECK_EQ(id->varlen, strlen("mn@example.net"));
	ts = mh_find(&m, MHOPT_MESGID);
	ATF_REQUIRE(ts != NULL);
	ATF_CHECK_EQ(ts->u.timestamp >> 32, 1700000000ULL + 2208988800ULL);
	auth = mh_find_auth(&m, MHOPT_AUTH_MNHA);
	ATF_REQUIRE(auth != NULL);
	ATF_CHECK(id->off < auth->off);
	ATF_CHECK_EQ(auth->off + 2 + auth->len, m.len);
	ATF_CHECK_EQ(mhauth_auth_verify(l->auth, &m, MHOPT_AUTH_MNHA, KEY, 16,
	    &coa, &hoa), MHAUTH_OK);
	lab_end(l);
}

/* One call from ADDRESS to BU, one from BA to BIND and HOME_POLICY. */
ATF_TC_WITHOUT_HEAD(acknowledged_then_traffic);
ATF_TC_BODY(acknowledged_then_traffic, tc)
{
	struct lab		*l = lab_new();
	const struct out	*bu, *o;
	struct in6_addr		 coa = ip(COA1), ha = ip(HA);
	struct mh		 m;

	bu = lab_away(l, &m);
	l->read = 0;
	o = lab_next(l, MSG_ADDR_SET);
	ATF_REQUIRE(o != NULL);
	ATF_CHECK_EQ(o->m.u_ADDR_SET.ifindex, 0);
	ATF_CHECK_EQ(o->m.u_ADDR_SET.plen, 128);
	ATF_CHECK_EQ(lab_pending(l, MSG_BIND), 0);
	lab_accept(l, bu, 105);
	o = lab_next(l, MSG_BIND);
	ATF_REQUIRE(o != NULL);
	ATF_CHECK(in6_eq(&o->m.u_BIND.local, &coa));
	ATF_CHECK(in6_eq(&o->m.u_BIND.peer, &ha));
	ATF_CHECK_EQ(o->m.u_BIND.ifindex, 1);
	ATF_CHECK_EQ(o->m.u_BIND.flags, BIND_ACTIVE | BIND_NOTIFY);
	o = lab_next(l, MSG_HOME_POLICY);
	ATF_REQUIRE(o != NULL);
	ATF_CHECK(o->m.u_HOME_POLICY.active);
	lab_end(l);
}

/* RFC 6275 11.5.1: link goes, another comes; break before make. */
ATF_TC_WITHOUT_HEAD(move_break_before_make);
ATF_TC_BODY(move_break_before_make, tc)
{
	struct lab		*l = lab_new();
	const struct out	*bu, *o;
	struct in6_addr		 coa2 = ip(COA2);
	struct mh		 m;

	lab_registered(l);
	lab_run(l, SEC(10));
	lab_skip(l);
	lab_down(l, 1);
	/* The old care-of address is dead: nothing is sent through it. */
	o = lab_next(l, MSG_BIND);
	ATF_REQUIRE(o != NULL);
	ATF_CHECK_EQ(o->m.u_BIND.flags, 0);
	lab_run(l, MS(50));
	lab_up(l, 1);
	/* RFC 6059 5.5.1: at once. */
	ATF_CHECK_EQ(lab_nd_sent(l, ICMP6_T_RS), 1);
	ATF_CHECK_EQ(lab_pending(l, MSG_MH_OUT), 0);
	lab_run(l, MS(5));
	lab_ra(l, 1, R2, NET2);
	ATF_CHECK_EQ(lab_pending(l, MSG_MH_OUT), 0);
	lab_run(l, MS(1));
	lab_addr(l, 1, COA2, 0);
	bu = lab_bu(l, &m);
	ATF_REQUIRE(bu != NULL);
	ATF_CHECK(in6_eq(&bu->m.u_MH_OUT.src, &coa2));
	ATF_CHECK_EQ(lab_pending(l, MSG_BIND), 0);
	lab_run(l, MS(2));
	lab_accept(l, bu, 105);
	o = lab_next(l, MSG_BIND);
	ATF_REQUIRE(o != NULL);
	ATF_CHECK(in6_eq(&o->m.u_BIND.local, &coa2));
	ATF_CHECK(o->m.u_BIND.flags & BIND_ACTIVE);
	ATF_CHECK(lab_event(l, "handover"));
	lab_end(l);
}

/* RFC 6275 11.5.5: returning home, in the usual order. */
ATF_TC_WITHOUT_HEAD(return_home);
ATF_TC_BODY(return_home, tc)
{
	struct lab		*l = lab_new();
	const struct out	*bu, *o;
	struct in6_addr		 hoa = ip(HOA);
	struct icmp6		 na;
	struct mh		 m;

	lab_registered(l);
	lab_run(l, SEC(10));
	lab_down(l, 1);
	lab_up(l, 1);
	lab_skip(l);
	lab_ra(l, 1, RH, HOMENET);
	bu = lab_bu(l, &m);
	ATF_REQUIRE(bu != NULL);
	ATF_CHECK_EQ(m.u.bu.lifetime, 0);
	ATF_CHECK_EQ(bu->m.u_MH_OUT.flags, 0);
	ATF_CHECK(in6_eq(&bu->m.u_MH_OUT.src, &hoa));
	ATF_CHECK(in6_eq(&mh_find(&m, MHOPT_ALTCOA)->u.altcoa, &hoa));
	/* Not before the acknowledgement. */
	ATF_CHECK_EQ(lab_pending(l, MSG_ADDR_SET), 0);
	ATF_CHECK_EQ(lab_nd_sent(l, ICMP6_T_NA), 0);
	lab_run(l, MS(1));
	lab_skip(l);
	lab_accept(l, bu, 0);
	o = lab_next(l, MSG_ADDR_SET);
	ATF_REQUIRE(o != NULL);
	ATF_CHECK_EQ(o->m.u_ADDR_SET.ifindex, 0);
	ATF_CHECK(!o->m.u_ADDR_SET.add);
	o = lab_next(l, MSG_ADDR_SET);
	ATF_REQUIRE(o != NULL);
	ATF_CHECK_EQ(o->m.u_ADDR_SET.ifindex, 1);
	ATF_CHECK(o->m.u_ADDR_SET.add);
	ATF_CHECK(o->m.u_ADDR_SET.flags & ADDR_NODAD);
	o = lab_next(l, MSG_HOME_POLICY);
	ATF_REQUIRE(o != NULL);
	ATF_CHECK(!o->m.u_HOME_POLICY.active);
	ATF_CHECK(lab_next(l, MSG_UNBIND) != NULL);
	o = lab_next(l, MSG_ICMP6_OUT);
	ATF_REQUIRE(o != NULL);
	ATF_REQUIRE_EQ(icmp6_parse(&na, o->data, o->m.u_ICMP6_OUT.icmp6.len),
	    ICMP6_OK);
	ATF_CHECK_EQ(na.type, ICMP6_T_NA);
	ATF_CHECK_EQ(na.u.nd.flags, ICMP6_NA_O);
	ATF_CHECK(in6_eq(&na.u.nd.target, &hoa));
	ATF_CHECK(icmp6_find(&na, ND_TLLA) != NULL);
	ATF_CHECK(in6_eq(&o->m.u_ICMP6_OUT.dst, &in6_allnodes));
	ATF_CHECK(lab_event(l, "returned-home"));
	lab_end(l);
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, update_has_all_it_must);
	ATF_TP_ADD_TC(tp, acknowledged_then_traffic);
	ATF_TP_ADD_TC(tp, move_break_before_make);
	ATF_TP_ADD_TC(tp, return_home);
	return (atf_no_error());
}
