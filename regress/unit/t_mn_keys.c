/*
 * The mobile node with IPsec: no Binding Update before there are associations,
 * and policies that follow it (RFC 4877, RFC 6275 11.7).  The parent is played
 * here, with results that are late or errors.
 */
#include <errno.h>

#include "mn_lab.h"

#define OTHER	"2001:db8:1::200"

static struct conf_ipsec	 block;
static struct conf_ike		 ike;

static struct lab *
new_lab(void)
{
	struct lab	*l = lab_new();

	memset(&block, 0, sizeof(block));
	memset(&ike, 0, sizeof(ike));
	block.protect = PROTECT_PAYLOAD;
	ike.key_mobility = true;
	l->conf.ike = &ike;
	l->homes[0].auth.type = AUTH_IPSEC;
	l->homes[0].ipsec = &block;
	l->homes[0].identifier[0] = '\0';
	return (l);
}

static void
result(struct lab *l, uint32_t id, uint32_t error)
{
	struct msg_result	 m = { .id = id, .error = error };

	lab_tell(l, ROLE_PARENT, MSG_RESULT, &m);
}

static void
check_want(const struct out *o, enum key_op op, const char *local)
{
	struct in6_addr	 a = ip(local);

	ATF_REQUIRE(o != NULL);
	ATF_CHECK_EQ(o->m.u_KEY_WANT.op, op);
	ATF_CHECK(in6_eq(&o->m.u_KEY_WANT.local, &a));
	a = ip(HA);
	ATF_CHECK(in6_eq(&o->m.u_KEY_WANT.remote, &a));
	a = ip(HOA);
	ATF_CHECK(in6_eq(&o->m.u_KEY_WANT.home, &a));
}

/* The next request for policies; its id. */
static uint32_t
check_policies(struct lab *l, const char *local, uint8_t flags)
{
	const struct out	*o = lab_next(l, MSG_IPSEC);
	struct in6_addr		 a = ip(local);

	ATF_REQUIRE(o != NULL);
	ATF_CHECK_EQ(o->m.u_IPSEC.flags, flags);
	ATF_CHECK_MSG(in6_eq(&o->m.u_IPSEC.local, &a), "not %s", local);
	a = ip(HA);
	ATF_CHECK(in6_eq(&o->m.u_IPSEC.peer, &a));
	a = ip(HOA);
	ATF_CHECK(in6_eq(&o->m.u_IPSEC.home, &a));
	return (o->m.u_IPSEC.id);
}

/* A Binding Update that IPsec protects. */
static const struct out *
update(struct lab *l, struct mh *m)
{
	const struct out	*o = lab_bu(l, m);

	ATF_REQUIRE(o != NULL);
	ATF_CHECK((o->m.u_MH_OUT.flags & PKT_PROTECTED) != 0);
	ATF_CHECK_EQ((m->u.bu.flags & MH_BU_K) != 0, ike.key_mobility &&
	    block.nsas == 0);
	return (o);
}

static void
accept_it(struct lab *l, const struct out *o, uint8_t flags, uint16_t units)
{
	lab_answer(l, o, &(struct answer){ .flags = flags, .lifetime = units,
	    .key = "", .protected = true });
}

static void
refuse_it(struct lab *l, const struct out *o, uint8_t status)
{
	lab_answer(l, o, &(struct answer){ .status = status, .key = "",
	    .protected = true });
}

/* On network 1 with a care-of address; no keys yet. */
static void
arrive(struct lab *l)
{
	lab_linked(l);
	lab_addr(l, 1, "fe80::ff:fe00:1", 0);
	lab_ra(l, 1, R1, NET1);
	lab_addr(l, 1, COA1, 0);
}

static void
registered(struct lab *l)
{
	const struct out	*o;
	struct mh		 m;

	arrive(l);
	lab_keys(l, HOA, KEY_UP);
	o = update(l, &m);
	accept_it(l, o, MH_BA_K, 105);
	ATF_REQUIRE(lab_event(l, "registered"));
	lab_skip(l);
}

static void
to_net2(struct lab *l)
{
	lab_ra(l, 1, R2, NET2);
	lab_addr(l, 1, COA1, ADDR_GONE);
	lab_addr(l, 1, COA2, 0);
}

static void
go_home(struct lab *l)
{
	lab_addr(l, 1, COA1, ADDR_GONE);
	lab_ra(l, 1, RH, HOMENET);
}

/* Keys take their time; then the retransmissions begin anew (11.8). */
ATF_TC_WITHOUT_HEAD(keys_first);
ATF_TC_BODY(keys_first, tc)
{
	const struct out	*o;
	struct lab		*l = new_lab();
	struct mh		 m;
	int64_t			 at;

	l->routers_answer = true;
	arrive(l);
	check_want(lab_next(l, MSG_KEY_WANT), KEY_NEED, COA1);
	lab_run(l, SEC(60));
	ATF_CHECK_EQ(lab_pending(l, MSG_KEY_WANT), 0);
	lab_keys(l, HOA, KEY_PENDING);
	lab_keys(l, HOA, KEY_FAILED);
	ATF_CHECK_EQ(lab_pending(l, MSG_MH_OUT), 0);
	ATF_CHECK_EQ(lab_pending(l, MSG_IPSEC), 0);
	lab_keys(l, HOA, KEY_UP);
	check_policies(l, COA1, IPSEC_TUNNEL | IPSEC_KM);
	at = update(l, &m)->at;
	lab_run(l, SEC(2));
	o = update(l, &m);
	ATF_CHECK_MSG(o->at - at <= MS(1510), "%lld ms",
	    (long long)(o->at - at) / NS_PER_MS);
	accept_it(l, o, 0, 105);
	ATF_CHECK(lab_event(l, "registered"));
	ATF_CHECK(!lab_event(l, "keys-renewed"));
	lab_end(l);
}

/* Payload that has to be protected does not go in clear, without policies. */
ATF_TC_WITHOUT_HEAD(payload_waits);
ATF_TC_BODY(payload_waits, tc)
{
	const struct out	*o;
	struct lab		*l = new_lab();
	struct mh		 m;
	uint32_t		 id;

	arrive(l);
	lab_keys(l, HOA, KEY_UP);
	id = check_policies(l, COA1, IPSEC_TUNNEL | IPSEC_KM);
	o = update(l, &m);
	result(l, id, ENOMEM);
	accept_it(l, o, 0, 105);
	ATF_REQUIRE((o = lab_next(l, MSG_BIND)) != NULL);
	ATF_CHECK_EQ(o->m.u_BIND.flags & BIND_ACTIVE, 0);
	/* The next update asks for them again. */
	lab_run(l, SEC(316));
	check_policies(l, COA1, IPSEC_TUNNEL | IPSEC_KM);
	accept_it(l, update(l, &m), 0, 105);
	ATF_REQUIRE((o = lab_next(l, MSG_BIND)) != NULL);
	ATF_CHECK((o->m.u_BIND.flags & BIND_ACTIVE) != 0);
	lab_end(l);
}

/* MAX_UPDATE_RATE holds an update up: what follows it is held up, too. */
ATF_TC_WITHOUT_HEAD(policies_with_update);
ATF_TC_BODY(policies_with_update, tc)
{
	struct lab	*l = new_lab();
	struct mh	 m;
	int		 i;

	registered(l);
	for (i = 0; i < 2; i++) {
		lab_ra(l, 1, i == 0 ? R2 : R1, i == 0 ? NET2 : NET1);
		lab_addr(l, 1, i == 0 ? COA1 : COA2, ADDR_GONE);
		lab_addr(l, 1, i == 0 ? COA2 : COA1, 0);
		lab_run(l, MS(60));
	}
	ATF_CHECK_EQ(lab_pending(l, MSG_MH_OUT), 2);
	lab_skip(l);
	lab_ra(l, 1, R2, NET2);
	lab_addr(l, 1, COA1, ADDR_GONE);
	lab_addr(l, 1, COA2, 0);
	lab_run(l, MS(60));
	ATF_CHECK_EQ(lab_pending(l, MSG_MH_OUT), 0);
	ATF_CHECK_EQ(lab_pending(l, MSG_IPSEC), 0);
	lab_run(l, SEC(1));
	check_policies(l, COA2, IPSEC_TUNNEL | IPSEC_KM);
	update(l, &m);
	lab_end(l);
}

/* The keys' end is news of the parent: the move failed after all. */
ATF_TC_WITHOUT_HEAD(late_result);
ATF_TC_BODY(late_result, tc)
{
	struct lab	*l = new_lab();
	struct mh	 m;
	uint32_t	 id;

	registered(l);
	to_net2(l);
	lab_run(l, MS(60));
	id = check_policies(l, COA2, IPSEC_TUNNEL | IPSEC_KM);
	accept_it(l, update(l, &m), MH_BA_K, 105);
	ATF_CHECK(!lab_event(l, "keys-renewed"));
	lab_skip(l);
	result(l, id, EOPNOTSUPP);
	check_want(lab_next(l, MSG_KEY_WANT), KEY_RENEW, COA2);
	/* Once. */
	result(l, id, EOPNOTSUPP);
	ATF_CHECK_EQ(lab_pending(l, MSG_KEY_WANT), 0);
	lab_end(l);
}

/* Refused, without a binding: the endpoint is not moved home. */
ATF_TC_WITHOUT_HEAD(refused);
ATF_TC_BODY(refused, tc)
{
	struct lab	*l = new_lab();
	struct mh	 m;

	arrive(l);
	lab_keys(l, HOA, KEY_UP);
	refuse_it(l, update(l, &m), MH_ST_PROHIBITED);
	check_policies(l, COA1, IPSEC_KM);
	/* Held; keys that come and go change nothing in that. */
	lab_keys(l, HOA, KEY_DOWN);
	lab_keys(l, HOA, KEY_UP);
	ATF_CHECK_EQ(lab_pending(l, MSG_MH_OUT), 0);
	lab_run(l, SEC(301));
	check_policies(l, COA1, IPSEC_TUNNEL | IPSEC_KM);
	update(l, &m);
	lab_end(l);
}

/* Refused while bound: all goes back to where the home agent has us. */
ATF_TC_WITHOUT_HEAD(refused_bound);
ATF_TC_BODY(refused_bound, tc)
{
	struct lab	*l = new_lab();
	struct mh	 m;
	uint32_t	 id;

	registered(l);
	to_net2(l);
	lab_run(l, MS(60));
	check_policies(l, COA2, IPSEC_TUNNEL | IPSEC_KM);
	refuse_it(l, update(l, &m), MH_ST_PROHIBITED);
	id = check_policies(l, COA1, IPSEC_TUNNEL | IPSEC_KM);
	/* Even if that fails: there is nothing to be made anew from. */
	result(l, id, EOPNOTSUPP);
	ATF_CHECK_EQ(lab_pending(l, MSG_KEY_WANT), 0);
	lab_run(l, MS(990));
	ATF_CHECK_EQ(lab_pending(l, MSG_IPSEC), 0);
	ATF_CHECK_EQ(lab_pending(l, MSG_MH_OUT), 0);
	/* It is tried again, and the endpoint moves at last. */
	lab_run(l, MS(20));
	check_policies(l, COA2, IPSEC_TUNNEL | IPSEC_KM);
	accept_it(l, update(l, &m), MH_BA_K, 105);
	ATF_CHECK(lab_event(l, "handover"));
	ATF_CHECK_EQ(lab_count(l, "keys_renewed"), 0);
	lab_end(l);
}

/* Bound, a refresh is refused, or a sequence number: nothing has moved. */
ATF_TC_WITHOUT_HEAD(refused_refresh);
ATF_TC_BODY(refused_refresh, tc)
{
	struct lab	*l = new_lab();
	struct mh	 m;

	registered(l);
	lab_run(l, SEC(320));
	refuse_it(l, update(l, &m), MH_ST_PROHIBITED);
	ATF_CHECK_EQ(lab_pending(l, MSG_IPSEC), 0);
	lab_end(l);
	l = new_lab();
	registered(l);
	to_net2(l);
	lab_run(l, MS(60));
	check_policies(l, COA2, IPSEC_TUNNEL | IPSEC_KM);
	refuse_it(l, update(l, &m), MH_ST_SEQUENCE);
	ATF_CHECK_EQ(lab_pending(l, MSG_IPSEC), 0);
	update(l, &m);
	lab_end(l);
}

/* Home while the keys are gone; they are there when all is over. */
ATF_TC_WITHOUT_HEAD(home_without_keys);
ATF_TC_BODY(home_without_keys, tc)
{
	struct lab	*l = new_lab();

	registered(l);
	lab_keys(l, HOA, KEY_DOWN);
	check_want(lab_next(l, MSG_KEY_WANT), KEY_NEED, COA1);
	go_home(l);
	ATF_CHECK_EQ(lab_pending(l, MSG_MH_OUT), 0);
	lab_run(l, SEC(421));
	ATF_CHECK_EQ(lab_pending(l, MSG_MH_OUT), 0);
	ATF_CHECK(lab_event(l, "returned-home"));
	check_policies(l, HOA, 0);
	lab_end(l);
}

/* K is clear: another IKE_SA, as soon as the home address is usable. */
ATF_TC_WITHOUT_HEAD(home_renews);
ATF_TC_BODY(home_renews, tc)
{
	struct lab	*l = new_lab();
	struct mh	 m;

	registered(l);
	go_home(l);
	accept_it(l, update(l, &m), 0, 0);
	check_policies(l, HOA, 0);
	ATF_CHECK_EQ(lab_pending(l, MSG_KEY_WANT), 0);
	lab_addr(l, 1, HOA, ADDR_TENTATIVE);
	ATF_CHECK_EQ(lab_pending(l, MSG_KEY_WANT), 0);
	lab_addr(l, 1, HOA, 0);
	check_want(lab_next(l, MSG_KEY_WANT), KEY_RENEW, HOA);
	lab_addr(l, 1, HOA, 0);
	ATF_CHECK_EQ(lab_pending(l, MSG_KEY_WANT), 0);
	lab_keys(l, HOA, KEY_UP);
	/* Lost again, at home: from there. */
	lab_keys(l, HOA, KEY_DOWN);
	check_want(lab_next(l, MSG_KEY_WANT), KEY_NEED, HOA);
	lab_end(l);
}

/* Without its acknowledgement nobody has moved the other end. */
ATF_TC_WITHOUT_HEAD(home_no_binding);
ATF_TC_BODY(home_no_binding, tc)
{
	struct lab	*l = new_lab();
	struct mh	 m;

	registered(l);
	go_home(l);
	refuse_it(l, update(l, &m), MH_ST_NOT_HA);
	check_policies(l, HOA, 0);
	lab_addr(l, 1, HOA, 0);
	check_want(lab_next(l, MSG_KEY_WANT), KEY_RENEW, HOA);
	lab_end(l);
}

/*
 * The end: policies are inactive, the IKE_SA is not moved, none is asked for.
 */
ATF_TC_WITHOUT_HEAD(stop);
ATF_TC_BODY(stop, tc)
{
	struct lab	*l = new_lab();
	struct mh	 m;

	registered(l);
	mn_engine.stop(l->mn, l->now);
	update(l, &m);
	ATF_CHECK_EQ(m.u.bu.lifetime, 0);
	check_policies(l, HOA, 0);
	lab_skip(l);
	lab_keys(l, HOA, KEY_DOWN);
	ATF_CHECK_EQ(lab_pending(l, MSG_KEY_WANT), 0);
	lab_keys(l, HOA, KEY_UP);
	ATF_CHECK_EQ(lab_pending(l, MSG_MH_OUT), 0);
	ATF_CHECK_EQ(lab_pending(l, MSG_IPSEC), 0);
	lab_end(l);
}

ATF_TC_WITHOUT_HEAD(stop_without_keys);
ATF_TC_BODY(stop_without_keys, tc)
{
	struct lab	*l = new_lab();

	registered(l);
	lab_keys(l, HOA, KEY_DOWN);
	lab_skip(l);
	mn_engine.stop(l->mn, l->now);
	ATF_CHECK_EQ(lab_pending(l, MSG_MH_OUT), 0);
	ATF_CHECK_EQ(lab_pending(l, MSG_KEY_WANT), 0);
	check_policies(l, HOA, 0);
	lab_end(l);
}

/* Keys of nowhere are not asked for. */
ATF_TC_WITHOUT_HEAD(nowhere);
ATF_TC_BODY(nowhere, tc)
{
	struct lab	*l = new_lab();

	lab_start(l);
	lab_keys(l, HOA, KEY_UP);
	lab_keys(l, HOA, KEY_DOWN);
	ATF_CHECK_EQ(lab_pending(l, MSG_KEY_WANT), 0);
	lab_end(l);
}

/* From ipsec to mn-ha: policies end, the next update is of the new kind. */
ATF_TC_WITHOUT_HEAD(reload_to_mnha);
ATF_TC_BODY(reload_to_mnha, tc)
{
	struct lab	*l = new_lab();
	struct mh	 m;

	registered(l);
	l->homes[0].auth.type = AUTH_MN_HA;
	l->homes[0].ipsec = NULL;
	mn_engine.configure(l->mn, &l->conf, l->now);
	check_policies(l, HOA, 0);
	ATF_REQUIRE(lab_bu(l, &m) != NULL);
	ATF_CHECK(mh_find_auth(&m, MHOPT_AUTH_MNHA) != NULL);
	lab_skip(l);
	lab_keys(l, HOA, KEY_UP);
	mn_engine.stop(l->mn, l->now);
	ATF_CHECK_EQ(lab_pending(l, MSG_IPSEC), 0);
	lab_end(l);
}

/* The other way round, while bound: registered anew, with keys. */
ATF_TC_WITHOUT_HEAD(reload_to_ipsec);
ATF_TC_BODY(reload_to_ipsec, tc)
{
	struct lab	*l = new_lab();
	struct mh	 m;

	l->homes[0].auth.type = AUTH_MN_HA;
	l->homes[0].ipsec = NULL;
	lab_registered(l);
	l->homes[0].auth.type = AUTH_IPSEC;
	l->homes[0].ipsec = &block;
	mn_engine.configure(l->mn, &l->conf, l->now);
	check_want(lab_next(l, MSG_KEY_WANT), KEY_NEED, COA1);
	ATF_CHECK_EQ(lab_pending(l, MSG_MH_OUT), 0);
	lab_keys(l, HOA, KEY_UP);
	check_policies(l, COA1, IPSEC_TUNNEL | IPSEC_KM);
	accept_it(l, update(l, &m), 0, 105);
	/* The same again is no news. */
	lab_skip(l);
	mn_engine.configure(l->mn, &l->conf, l->now);
	ATF_CHECK_EQ(lab_pending(l, MSG_MH_OUT), 0);
	ATF_CHECK_EQ(lab_pending(l, MSG_IPSEC), 0);
	lab_end(l);
}

/* Two home addresses: each has its own keys. */
ATF_TC_WITHOUT_HEAD(two_homes);
ATF_TC_BODY(two_homes, tc)
{
	const struct out	*o;
	struct lab		*l = new_lab();
	struct in6_addr		 home = ip(HOA);
	struct mh		 m;

	l->homes[1] = l->homes[0];
	l->homes[1].address = ip(OTHER);
	l->cmn.nhomes = 2;
	arrive(l);
	ATF_CHECK_EQ(lab_pending(l, MSG_KEY_WANT), 2);
	lab_keys(l, HOA, KEY_UP);
	o = update(l, &m);
	ATF_CHECK(in6_eq(&o->m.u_MH_OUT.home, &home));
	accept_it(l, o, 0, 105);
	ATF_CHECK_EQ(lab_pending(l, MSG_MH_OUT), 0);
	lab_keys(l, OTHER, KEY_UP);
	o = update(l, &m);
	ATF_CHECK(!in6_eq(&o->m.u_MH_OUT.home, &home));
	lab_end(l);
}

/* Keys by hand: nothing to move, nothing to renew; BUs in clear are none. */
ATF_TC_WITHOUT_HEAD(manual);
ATF_TC_BODY(manual, tc)
{
	const struct out	*o;
	struct lab		*l = new_lab();
	struct mh		 m;

	block.nsas = 4;
	arrive(l);
	lab_keys(l, HOA, KEY_UP);
	check_policies(l, COA1, IPSEC_TUNNEL);
	o = update(l, &m);
	lab_answer(l, o, &(struct answer){ .lifetime = 105, .key = "" });
	ATF_CHECK_EQ(lab_count(l, "ba_no_auth"), 1);
	accept_it(l, o, 0, 105);
	lab_skip(l);
	to_net2(l);
	lab_run(l, MS(60));
	check_policies(l, COA2, IPSEC_TUNNEL);
	accept_it(l, update(l, &m), 0, 105);
	ATF_CHECK_EQ(lab_pending(l, MSG_KEY_WANT), 0);
	ATF_CHECK_EQ(lab_count(l, "keys_renewed"), 0);
	lab_end(l);
}

/*
 * Started at home with an address that outlived another link, and no keys: that
 * is nowhere else to be, so the home address goes to the link, where IKE can
 * use it; in the tunnel no IKE would pass.
 */
static void
home_without_keys(uint32_t valid, bool found)
{
	struct lab		*l = new_lab();
	struct in6_addr		 hoa = ip(HOA);
	bool			 placed = false;
	size_t			 i;

	lab_start(l);
	lab_mark(l, MSG_SNAPSHOT);
	lab_up(l, 1);
	lab_addr_life(l, 1, COA1, 0, valid);
	lab_mark(l, MSG_SNAPSHOT_END);
	check_want(lab_next(l, MSG_KEY_WANT), KEY_NEED, COA1);
	lab_ra(l, 1, RH, HOMENET);
	if (found)
		lab_found(l, 1, __LINE__);
	for (i = 0; i < l->nout; i++)
		if (l->out[i].type == MSG_ADDR_SET &&
		    l->out[i].m.u_ADDR_SET.ifindex == 1 &&
		    in6_eq(&l->out[i].m.u_ADDR_SET.addr, &hoa))
			placed = l->out[i].m.u_ADDR_SET.add;
	ATF_CHECK(placed);
	lab_end(l);
}

ATF_TC_WITHOUT_HEAD(home_with_stale_address);
ATF_TC_BODY(home_with_stale_address, tc)
{
	home_without_keys(86400, false);
}

/* The same with a static one: as soon as the home agent is a neighbour. */
ATF_TC_WITHOUT_HEAD(home_with_static_address);
ATF_TC_BODY(home_with_static_address, tc)
{
	home_without_keys(UINT32_MAX, true);
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, home_with_stale_address);
	ATF_TP_ADD_TC(tp, home_with_static_address);
	ATF_TP_ADD_TC(tp, keys_first);
	ATF_TP_ADD_TC(tp, payload_waits);
	ATF_TP_ADD_TC(tp, policies_with_update);
	ATF_TP_ADD_TC(tp, late_result);
	ATF_TP_ADD_TC(tp, refused);
	ATF_TP_ADD_TC(tp, refused_bound);
	ATF_TP_ADD_TC(tp, refused_refresh);
	ATF_TP_ADD_TC(tp, home_without_keys);
	ATF_TP_ADD_TC(tp, home_renews);
	ATF_TP_ADD_TC(tp, home_no_binding);
	ATF_TP_ADD_TC(tp, stop);
	ATF_TP_ADD_TC(tp, stop_without_keys);
	ATF_TP_ADD_TC(tp, nowhere);
	ATF_TP_ADD_TC(tp, reload_to_mnha);
	ATF_TP_ADD_TC(tp, reload_to_ipsec);
	ATF_TP_ADD_TC(tp, two_homes);
	ATF_TP_ADD_TC(tp, manual);
	return (atf_no_error());
}
