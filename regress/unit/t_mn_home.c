/*
 * The mobile node at home, leaving and returning, in every order of events
 * (RFC 6275 11.5.2, 11.5.5).  Among them are forged advertisements, a rival
 * for the home address, and home agents that do not answer.
 */
#include "mn_lab.h"

static const uint8_t	 ll_other[6] = { 2, 0, 0, 1, 1, 0x77 };

/* Registered away for a while, then the link is exchanged. */
static struct lab *
between_links(void)
{
	struct lab	*l = lab_new();

	lab_registered(l);
	lab_run(l, SEC(10));
	lab_down(l, 1);
	lab_run(l, MS(20));
	lab_up(l, 1);
	lab_skip(l);
	return (l);
}

/* The de-registration, as section 11.5.5 wants it. */
static const struct out *
check_dereg(struct lab *l, int line)
{
	const struct out	*o;
	struct in6_addr		 hoa = ip(HOA), ha = ip(HA);
	struct mh		 m;

	ATF_REQUIRE_MSG(lab_pending(l, MSG_MH_OUT) == 1, "line %d: %zu", line,
	    lab_pending(l, MSG_MH_OUT));
	o = lab_bu(l, &m);
	ATF_CHECK_MSG(m.u.bu.lifetime == 0, "line %d", line);
	ATF_CHECK_EQ(o->m.u_MH_OUT.flags, 0);
	ATF_CHECK(in6_eq(&o->m.u_MH_OUT.src, &hoa));
	ATF_CHECK(in6_eq(&o->m.u_MH_OUT.dst, &ha));
	ATF_CHECK(in6_eq(&mh_find(&m, MHOPT_ALTCOA)->u.altcoa, &hoa));
	ATF_CHECK(o->m.u_MH_OUT.ifindex != 0);
	return (o);
}
#define CHECK_DEREG(l)	check_dereg(l, __LINE__)

/* The home address as it must be at home; returns how it was placed. */
static void
check_home(struct lab *l, uint32_t ifindex, int nodad, int line)
{
	struct in6_addr	 hoa = ip(HOA);
	bool		 placed = false, tun_off = false;
	size_t		 i;

	for (i = 0; i < l->nout; i++) {
		const struct msg_addr_set	*a = &l->out[i].m.u_ADDR_SET;

		if (l->out[i].type != MSG_ADDR_SET || !in6_eq(&a->addr, &hoa))
			continue;
		if (a->ifindex == ifindex && a->add) {
			placed = true;
			ATF_CHECK_MSG(((a->flags & ADDR_NODAD) != 0) == nodad,
			    "line %d", line);
		}
		if (a->ifindex == 0)
			tun_off = !a->add;
	}
	ATF_CHECK_MSG(placed, "line %d", line);
	ATF_CHECK_MSG(tun_off, "line %d", line);
}
#define CHECK_HOME(l, i, nodad)	check_home(l, i, nodad, __LINE__)

/* It de-registers, is told that it may, and has its address at once. */
static void
come_home(struct lab *l, int line)
{
	lab_accept(l, check_dereg(l, line), 0);
	check_home(l, 1, 1, line);
}
#define COME_HOME(l)	come_home(l, __LINE__)

/* RA first, then the kernel's own address in the home prefix. */
ATF_TC_WITHOUT_HEAD(ra_then_address);
ATF_TC_BODY(ra_then_address, tc)
{
	struct lab		*l = between_links();
	const struct out	*bu;

	lab_ra(l, 1, RH, HOMENET);
	bu = CHECK_DEREG(l);
	lab_addr(l, 1, "2001:db8:1::ff:fe00:1", ADDR_TENTATIVE);
	lab_addr(l, 1, "2001:db8:1::ff:fe00:1", 0);
	ATF_CHECK_EQ(lab_pending(l, MSG_MH_OUT), 0);
	lab_accept(l, bu, 0);
	CHECK_HOME(l, 1, 1);
	ATF_CHECK(lab_event(l, "returned-home"));
	lab_end(l);
}

/* The address first: it says nothing before the router does (11.5.2). */
ATF_TC_WITHOUT_HEAD(address_then_ra);
ATF_TC_BODY(address_then_ra, tc)
{
	struct lab	*l = between_links();

	lab_addr(l, 1, "2001:db8:1::ff:fe00:1", ADDR_TENTATIVE);
	ATF_CHECK_EQ(lab_pending(l, MSG_MH_OUT), 0);
	lab_ra(l, 1, RH, HOMENET);
	COME_HOME(l);
	lab_end(l);
}

/* The acknowledgement is lost: again, with back-off, until it comes. */
ATF_TC_WITHOUT_HEAD(ba_lost);
ATF_TC_BODY(ba_lost, tc)
{
	struct lab		*l = between_links();
	const struct out	*bu;

	lab_ra(l, 1, RH, HOMENET);
	CHECK_DEREG(l);
	lab_run(l, MS(990));
	ATF_CHECK_EQ(lab_pending(l, MSG_MH_OUT), 0);
	lab_run(l, MS(20));
	CHECK_DEREG(l);
	lab_run(l, MS(2002));
	bu = CHECK_DEREG(l);
	ATF_CHECK_EQ(lab_pending(l, MSG_ADDR_SET), 0);
	lab_accept(l, bu, 0);
	CHECK_HOME(l, 1, 1);
	lab_run(l, SEC(500));
	ATF_CHECK_EQ(lab_pending(l, MSG_MH_OUT), 0);
	lab_end(l);
}

/* It never comes: when the binding has expired, with DAD (11.5.5). */
ATF_TC_WITHOUT_HEAD(ba_never);
ATF_TC_BODY(ba_never, tc)
{
	struct lab	*l = between_links();

	lab_ra(l, 1, RH, HOMENET);
	lab_run(l, SEC(408));
	ATF_CHECK_EQ(lab_pending(l, MSG_ADDR_SET), 0);
	lab_run(l, SEC(3));
	CHECK_HOME(l, 1, 0);
	l->read = l->nout;
	lab_run(l, SEC(100));
	ATF_CHECK_EQ(lab_pending(l, MSG_MH_OUT), 0);
	lab_end(l);
}

/* The kernel autoconfigured the home address; the home agent defends it. */
ATF_TC_WITHOUT_HEAD(kernel_dad_fails);
ATF_TC_BODY(kernel_dad_fails, tc)
{
	struct lab		*l = between_links();
	const struct out	*bu;

	lab_ra(l, 1, RH, HOMENET);
	bu = CHECK_DEREG(l);
	lab_addr(l, 1, HOA, ADDR_TENTATIVE);
	lab_addr(l, 1, HOA, ADDR_TENTATIVE | ADDR_DUPLICATE);
	ATF_CHECK_EQ(lab_pending(l, MSG_MH_OUT), 0);
	lab_accept(l, bu, 0);
	CHECK_HOME(l, 1, 1);
	lab_end(l);
}

/* ... or is still testing it: no time to wait for that */
ATF_TC_WITHOUT_HEAD(kernel_dad_running);
ATF_TC_BODY(kernel_dad_running, tc)
{
	struct lab	*l = between_links();

	lab_addr(l, 1, HOA, ADDR_TENTATIVE);
	lab_ra(l, 1, RH, HOMENET);
	COME_HOME(l);
	lab_end(l);
}

/* ... or has it already, without a test: nothing to be placed */
ATF_TC_WITHOUT_HEAD(kernel_has_it);
ATF_TC_BODY(kernel_has_it, tc)
{
	struct lab		*l = between_links();
	const struct out	*bu;
	size_t			 i;

	lab_addr(l, 1, HOA, 0);
	lab_ra(l, 1, RH, HOMENET);
	bu = CHECK_DEREG(l);
	lab_accept(l, bu, 0);
	for (i = 0; i < l->nout; i++)
		if (l->out[i].type == MSG_ADDR_SET)
			ATF_CHECK_EQ(l->out[i].m.u_ADDR_SET.ifindex, 0);
	ATF_CHECK(lab_event(l, "returned-home"));
	lab_end(l);
}

/* Bindings have expired before: no Binding Update, DAD (11.5.5). */
ATF_TC_WITHOUT_HEAD(home_after_expiry);
ATF_TC_BODY(home_after_expiry, tc)
{
	struct lab	*l = lab_new();

	lab_registered(l);
	lab_down(l, 1);
	lab_run(l, SEC(500));
	lab_up(l, 1);
	l->read = l->nout;
	lab_ra(l, 1, RH, HOMENET);
	ATF_CHECK_EQ(lab_pending(l, MSG_MH_OUT), 0);
	CHECK_HOME(l, 1, 0);
	lab_end(l);
}

/* A Binding Update that was never acknowledged may have been accepted. */
ATF_TC_WITHOUT_HEAD(home_while_registering);
ATF_TC_BODY(home_while_registering, tc)
{
	struct lab	*l = lab_new();
	struct mh		 m;

	lab_away(l, &m);
	lab_run(l, SEC(2));
	lab_down(l, 1);
	lab_up(l, 1);
	l->read = l->nout;
	lab_ra(l, 1, RH, HOMENET);
	COME_HOME(l);
	lab_end(l);
}

/* It leaves the tun, the home address is on one interface at a time. */
static void
check_off_tun(struct lab *l, int line)
{
	const struct out	*o = lab_next(l, MSG_ADDR_SET);

	ATF_REQUIRE_MSG(o != NULL && o->m.u_ADDR_SET.ifindex == 0 &&
	    !o->m.u_ADDR_SET.add, "line %d", line);
}

/* Started at home: nothing to say to anybody. */
ATF_TC_WITHOUT_HEAD(boot_at_home);
ATF_TC_BODY(boot_at_home, tc)
{
	struct lab		*l = lab_new();
	const struct out	*o;

	lab_linked(l);
	lab_ra(l, 1, RH, HOMENET);
	ATF_CHECK_EQ(lab_pending(l, MSG_MH_OUT), 0);
	check_off_tun(l, __LINE__);
	o = lab_next(l, MSG_ADDR_SET);
	ATF_REQUIRE(o != NULL);
	ATF_CHECK_EQ(o->m.u_ADDR_SET.ifindex, 1);
	ATF_CHECK_EQ(o->m.u_ADDR_SET.plen, 64);
	ATF_CHECK_EQ(o->m.u_ADDR_SET.flags, 0);
	lab_addr(l, 1, HOA, ADDR_OURS);
	lab_run(l, SEC(100));
	ATF_CHECK_EQ(lab_pending(l, MSG_MH_OUT), 0);
	/* a link flap at home is no movement */
	l->read = l->nout;
	lab_down(l, 1);
	lab_up(l, 1);
	lab_ra(l, 1, RH, HOMENET);
	ATF_CHECK_EQ(lab_pending(l, MSG_MH_OUT), 0);
	ATF_CHECK_EQ(lab_pending(l, MSG_ADDR_SET), 0);
	/* unless the kernel dropped the address with the link */
	lab_link(l, 1, 0);
	lab_addr(l, 1, HOA, ADDR_GONE);
	lab_up(l, 1);
	l->read = l->nout;
	lab_ra(l, 1, RH, HOMENET);
	ATF_CHECK_EQ(lab_pending(l, MSG_ADDR_SET), 1);
	lab_end(l);
}

/*
 * State was lost, a binding is left: the home agent defends the address.
 */
ATF_TC_WITHOUT_HEAD(boot_at_home_defended);
ATF_TC_BODY(boot_at_home_defended, tc)
{
	struct lab		*l = lab_new();
	const struct out	*bu;

	lab_start(l);
	lab_mark(l, MSG_SNAPSHOT);
	lab_up(l, 1);
	lab_addr(l, 1, HOA, ADDR_DUPLICATE);
	lab_mark(l, MSG_SNAPSHOT_END);
	lab_ra(l, 1, RH, HOMENET);
	bu = CHECK_DEREG(l);
	lab_accept(l, bu, 0);
	ATF_CHECK(lab_event(l, "returned-home"));
	lab_run(l, SEC(100));
	ATF_CHECK_EQ(lab_pending(l, MSG_MH_OUT), 0);
	lab_end(l);
}

/* It is taken off interface 1, before it is wanted on the tun. */
static void
check_off_link(struct lab *l, int line)
{
	const struct out	*o = lab_next(l, MSG_ADDR_SET);

	ATF_REQUIRE_MSG(o != NULL && o->m.u_ADDR_SET.ifindex == 1 &&
	    !o->m.u_ADDR_SET.add, "line %d", line);
	o = lab_next(l, MSG_ADDR_SET);
	ATF_REQUIRE_MSG(o != NULL && o->m.u_ADDR_SET.ifindex == 0 &&
	    o->m.u_ADDR_SET.add, "line %d", line);
}
#define CHECK_OFF_LINK(l)	check_off_link(l, __LINE__)

/* It is placed on interface 1 anew, with DAD or without. */
static void
check_placed(struct lab *l, int nodad, int line)
{
	const struct out	*o;

	check_off_tun(l, line);
	o = lab_next(l, MSG_ADDR_SET);
	ATF_REQUIRE_MSG(o != NULL && o->m.u_ADDR_SET.ifindex == 1 &&
	    o->m.u_ADDR_SET.add, "line %d", line);
	ATF_CHECK_MSG(((o->m.u_ADDR_SET.flags & ADDR_NODAD) != 0) == nodad,
	    "line %d", line);
}
#define CHECK_PLACED(l, nodad)	check_placed(l, nodad, __LINE__)

/* The same, but our own placing of it is what fails. */
ATF_TC_WITHOUT_HEAD(placed_and_defended);
ATF_TC_BODY(placed_and_defended, tc)
{
	struct lab		*l = lab_new();
	const struct out	*bu;

	lab_linked(l);
	lab_ra(l, 1, RH, HOMENET);
	CHECK_HOME(l, 1, 0);
	lab_addr(l, 1, HOA, ADDR_OURS | ADDR_TENTATIVE);
	ATF_CHECK_EQ(lab_pending(l, MSG_MH_OUT), 0);
	lab_skip(l);
	lab_addr(l, 1, HOA, ADDR_OURS | ADDR_TENTATIVE | ADDR_DUPLICATE);
	CHECK_OFF_LINK(l);
	bu = CHECK_DEREG(l);
	lab_skip(l);
	lab_accept(l, bu, 0);
	CHECK_PLACED(l, 1);
	lab_end(l);
}

/* It has no binding, and the address is a duplicate again: somebody else's. */
ATF_TC_WITHOUT_HEAD(rival);
ATF_TC_BODY(rival, tc)
{
	struct lab		*l = lab_new();
	const struct out	*bu;

	lab_linked(l);
	lab_ra(l, 1, RH, HOMENET);
	lab_skip(l);
	lab_addr(l, 1, HOA, ADDR_OURS | ADDR_DUPLICATE);
	CHECK_OFF_LINK(l);
	bu = CHECK_DEREG(l);
	lab_skip(l);
	lab_refuse(l, bu, 133);
	CHECK_PLACED(l, 0);
	lab_addr(l, 1, HOA, ADDR_OURS | ADDR_DUPLICATE);
	ATF_CHECK(lab_event(l, "home-duplicate"));
	ATF_CHECK(why_find(&l->whys, WHY_HOME_DUPLICATE, HOA) != NULL);
	lab_run(l, MS(990));
	ATF_CHECK_EQ(lab_pending(l, MSG_MH_OUT), 0);
	/* it is asked for again, and has gone */
	lab_run(l, MS(20));
	CHECK_OFF_LINK(l);
	bu = CHECK_DEREG(l);
	lab_skip(l);
	lab_refuse(l, bu, 133);
	CHECK_PLACED(l, 0);
	lab_addr(l, 1, HOA, ADDR_OURS);
	ATF_CHECK(why_find(&l->whys, WHY_HOME_DUPLICATE, HOA) == NULL);
	lab_run(l, SEC(100));
	ATF_CHECK_EQ(lab_pending(l, MSG_MH_OUT), 0);
	lab_end(l);
}

/* Nothing of what happened in between may have ended the tunnel. */
static void
check_tunnel_kept(const struct lab *l)
{
	size_t	 i;

	for (i = l->read; i < l->nout; i++) {
		ATF_CHECK(l->out[i].type != MSG_UNBIND);
		ATF_CHECK(l->out[i].type != MSG_PATH);
		if (l->out[i].type == MSG_BIND)
			ATF_CHECK(l->out[i].m.u_BIND.flags & BIND_ACTIVE);
		if (l->out[i].type == MSG_ADDR_SET)
			ATF_CHECK(l->out[i].m.u_ADDR_SET.ifindex != 1 ||
			    !l->out[i].m.u_ADDR_SET.add);
	}
}

/* The router of the link that we are on answers a probe. */
static void
router_answers(struct lab *l)
{
	static const uint8_t	 ll[6] = { 2, 0, 0, 1, 1, 0xa };

	lab_nd(l, ICMP6_T_NA, 1, R1, "fe80::ff:fe00:1", R1, ICMP6_NA_S, ll);
}

/* Updates sent and not skipped, de-registrations or others; the last one. */
static size_t
updates(const struct lab *l, bool dereg, const struct out **last)
{
	struct mh	 m;
	size_t		 i, n = 0;

	for (i = l->read; i < l->nout; i++) {
		if (l->out[i].type != MSG_MH_OUT)
			continue;
		ATF_REQUIRE_EQ(mh_parse(&m, l->out[i].data,
		    l->out[i].m.u_MH_OUT.mh.len), MH_OK);
		if ((m.u.bu.lifetime == 0) == dereg) {
			*last = &l->out[i];
			n++;
		}
	}
	return (n);
}

/*
 * One forged advertisement of the home prefix, abroad: the home agent is looked
 * for, nobody answers, and tunnel and registration have gone on all the time.
 */
ATF_TC_WITHOUT_HEAD(forged_advertisement);
ATF_TC_BODY(forged_advertisement, tc)
{
	struct lab		*l = lab_new();
	const struct out	*bu = NULL;

	lab_registered(l);
	lab_run(l, SEC(20));
	lab_skip(l);
	lab_ra(l, 1, "fe80::bad", HOMENET);
	router_answers(l);
	lab_run(l, SEC(8));
	check_tunnel_kept(l);
	lab_sought(l, 1, 3, __LINE__);
	ATF_CHECK_EQ(lab_pending(l, MSG_MH_OUT), 0);
	ATF_CHECK(lab_event(l, "not-home"));
	ATF_CHECK(why_find(&l->whys, WHY_NOT_HOME, HOA) != NULL);
	lab_skip(l);
	/* one more each time, 10 s later, 20, 40, ... */
	lab_run(l, MS(6500));
	check_tunnel_kept(l);
	lab_sought(l, 1, 1, __LINE__);
	ATF_CHECK_EQ(lab_pending(l, MSG_MH_OUT), 0);
	lab_skip(l);
	lab_run(l, SEC(19));
	lab_sought(l, 1, 0, __LINE__);
	/* and then it is the home link after all */
	lab_run(l, SEC(1));
	lab_found(l, 1, __LINE__);
	ATF_CHECK_EQ(updates(l, true, &bu), 1);
	lab_answer(l, bu, &(struct answer){ .lifetime = 0 });
	ATF_CHECK(lab_event(l, "returned-home"));
	ATF_CHECK(why_find(&l->whys, WHY_NOT_HOME, HOA) == NULL);
	lab_end(l);
}

/* A neighbour that has the home agent's address does not acknowledge. */
ATF_TC_WITHOUT_HEAD(forged_neighbor);
ATF_TC_BODY(forged_neighbor, tc)
{
	struct lab		*l = lab_new();
	const struct out	*bu = NULL;

	lab_registered(l);
	lab_run(l, SEC(20));
	lab_skip(l);
	lab_ra(l, 1, "fe80::bad", HOMENET);
	router_answers(l);
	lab_found(l, 1, __LINE__);
	lab_run(l, SEC(8));
	ATF_CHECK_EQ(lab_pending(l, MSG_UNBIND), 0);
	ATF_CHECK_EQ(updates(l, true, &bu), 3);
	ATF_CHECK(lab_event(l, "not-home"));
	ATF_CHECK_EQ(updates(l, false, &bu), 1);
	lab_accept(l, bu, 105);
	lab_skip(l);
	/* what it said then counts for nothing, the next time */
	lab_run(l, MS(10500));
	check_tunnel_kept(l);
	lab_sought(l, 1, 1, __LINE__);
	ATF_CHECK_EQ(lab_pending(l, MSG_MH_OUT), 0);
	lab_end(l);
}

/* The same before anything else is known: not believed for ever. */
ATF_TC_WITHOUT_HEAD(forged_at_start);
ATF_TC_BODY(forged_at_start, tc)
{
	struct lab		*l = lab_new();
	const struct out	*bu = NULL;

	lab_linked(l);
	lab_ra(l, 1, "fe80::bad", HOMENET);
	lab_ra(l, 1, R1, NET1);
	lab_addr(l, 1, COA1, 0);
	lab_nd(l, ICMP6_T_NA, 1, "fe80::bad", "fe80::ff:fe00:1", "fe80::bad",
	    ICMP6_NA_S, (const uint8_t *)"\2\0\0\1\1\xad");
	lab_run(l, SEC(12));
	ATF_CHECK_EQ(updates(l, true, &bu), 3);
	ATF_CHECK(lab_event(l, "not-home"));
	ATF_REQUIRE(updates(l, false, &bu) > 0);
	lab_skip(l);
	lab_accept(l, bu, 105);
	ATF_CHECK(lab_event(l, "registered"));
	lab_end(l);
}

/* At home, with an address of another prefix there: the home agent says so. */
ATF_TC_WITHOUT_HEAD(home_of_two_prefixes);
ATF_TC_BODY(home_of_two_prefixes, tc)
{
	struct lab		*l = lab_new();
	const struct out	*bu;

	lab_linked(l);
	lab_ra2(l, 1, RH, HOMENET, NET1, 0, 1800);
	lab_addr(l, 1, COA1, 0);
	bu = CHECK_DEREG(l);
	lab_refuse(l, bu, 133);
	ATF_CHECK(lab_event(l, "returned-home"));
	lab_addr(l, 1, HOA, ADDR_OURS);
	lab_ra2(l, 1, RH, HOMENET, NET1, 0, 1800);
	lab_run(l, SEC(100));
	ATF_CHECK_EQ(lab_pending(l, MSG_MH_OUT), 0);
	lab_end(l);
}

/*
 * Started abroad; an address of the home prefix, or the home address itself,
 * is on the interface: neither is evidence (11.5.2).
 */
ATF_TC_WITHOUT_HEAD(start_abroad);
ATF_TC_BODY(start_abroad, tc)
{
	static const char *const	 left[] = { HOA,
	    "2001:db8:1::ff:fe00:1" };
	const struct out		*bu;
	struct lab			*l;
	struct mh			 m;
	size_t				 i;

	for (i = 0; i < 2; i++) {
		l = lab_new();
		lab_start(l);
		lab_mark(l, MSG_SNAPSHOT);
		lab_up(l, 1);
		lab_addr_life(l, 1, left[i], 0, i == 0 ? UINT32_MAX : 3000);
		lab_mark(l, MSG_SNAPSHOT_END);
		ATF_CHECK_EQ(lab_pending(l, MSG_ADDR_SET), 0);
		lab_ra(l, 1, R1, NET1);
		lab_addr(l, 1, COA1, 0);
		bu = lab_bu(l, &m);
		ATF_REQUIRE(bu != NULL);
		ATF_CHECK_EQ(bu->m.u_MH_OUT.flags, PKT_HAO);
		ATF_CHECK(m.u.bu.lifetime > 0);
		ATF_CHECK(!lab_event(l, "home"));
		lab_end(l);
	}
}

/* Refused there, and authentic: no reason to wait for minutes. */
ATF_TC_WITHOUT_HEAD(refused_at_home);
ATF_TC_BODY(refused_at_home, tc)
{
	struct lab		*l = lab_new();
	const struct out	*bu = NULL;
	int			 i;

	lab_registered(l);
	lab_run(l, SEC(20));
	lab_skip(l);
	lab_ra(l, 1, "fe80::bad", HOMENET);
	router_answers(l);
	lab_found(l, 1, __LINE__);
	for (i = 0; i < 3; i++) {
		bu = CHECK_DEREG(l);
		lab_refuse(l, bu, 129);
		lab_skip(l);
		lab_run(l, SEC(1) << i);
		lab_run(l, MS(10));
	}
	ATF_CHECK(lab_event(l, "not-home"));
	ATF_CHECK_EQ(updates(l, false, &bu), 1);
	lab_end(l);
}

/* Leaving home: the address moves to the tun, no gap between. */
ATF_TC_WITHOUT_HEAD(leave_home);
ATF_TC_BODY(leave_home, tc)
{
	struct lab		*l = lab_new();
	const struct out	*o, *bu;
	struct mh		 m;

	lab_linked(l);
	lab_ra(l, 1, RH, HOMENET);
	lab_addr(l, 1, HOA, ADDR_OURS);
	lab_run(l, SEC(5));
	lab_down(l, 1);
	lab_up(l, 1);
	lab_skip(l);
	lab_ra(l, 1, R1, NET1);
	ATF_CHECK_EQ(lab_pending(l, MSG_MH_OUT), 0);
	lab_addr(l, 1, COA1, 0);
	bu = lab_bu(l, &m);
	ATF_REQUIRE(bu != NULL);
	ATF_CHECK_EQ(bu->m.u_MH_OUT.flags, PKT_HAO);
	l->read = 0;
	o = lab_next(l, MSG_ADDR_SET);
	ATF_REQUIRE(o != NULL);
	ATF_CHECK(o->m.u_ADDR_SET.ifindex == 1 && !o->m.u_ADDR_SET.add);
	o = lab_next(l, MSG_ADDR_SET);
	ATF_REQUIRE(o != NULL);
	ATF_CHECK(o->m.u_ADDR_SET.ifindex == 0 && o->m.u_ADDR_SET.add);
	lab_accept(l, bu, 105);
	ATF_CHECK_EQ(lab_pending(l, MSG_BIND), 1);
	lab_end(l);
}

/* Home and away again before the home agent has answered. */
ATF_TC_WITHOUT_HEAD(away_again_at_once);
ATF_TC_BODY(away_again_at_once, tc)
{
	struct lab		*l = between_links();
	const struct out	*dereg, *bu;
	struct mh		 m;

	lab_ra(l, 1, RH, HOMENET);
	dereg = CHECK_DEREG(l);
	lab_run(l, MS(100));
	lab_down(l, 1);
	lab_up(l, 1);
	lab_ra(l, 1, R2, NET2);
	lab_addr(l, 1, COA2, 0);
	lab_run(l, SEC(1));
	bu = lab_bu(l, &m);
	ATF_REQUIRE(bu != NULL);
	ATF_CHECK(m.u.bu.lifetime > 0);
	/* the old acknowledgement comes late and means nothing now */
	lab_accept(l, dereg, 0);
	ATF_CHECK(!lab_event(l, "returned-home"));
	lab_accept(l, bu, 105);
	ATF_CHECK(lab_event(l, "handover"));
	lab_end(l);
}

/* Two interfaces: one comes home, the other's link is still there. */
ATF_TC_WITHOUT_HEAD(home_on_second_interface);
ATF_TC_BODY(home_on_second_interface, tc)
{
	struct lab		*l = lab_new();
	const struct out	*bu;

	lab_registered(l);
	lab_run(l, SEC(5));
	l->read = l->nout;
	lab_up(l, 2);
	lab_ra(l, 2, RH, HOMENET);
	lab_found(l, 2, __LINE__);
	bu = CHECK_DEREG(l);
	ATF_CHECK_EQ(bu->m.u_MH_OUT.ifindex, 2);
	/* the tunnel goes on until the answer */
	ATF_CHECK_EQ(lab_pending(l, MSG_UNBIND), 0);
	ATF_CHECK_EQ(lab_pending(l, MSG_BIND), 0);
	lab_accept(l, bu, 0);
	CHECK_HOME(l, 2, 1);
	ATF_CHECK_EQ(lab_pending(l, MSG_UNBIND), 1);
	/* and away again, there is a care-of address ready */
	lab_run(l, SEC(2));
	l->read = l->nout;
	lab_down(l, 2);
	ATF_CHECK_EQ(lab_pending(l, MSG_MH_OUT), 1);
	lab_end(l);
}

/* 11.5.5: after the BU be prepared to reply to solicitations; not before. */
ATF_TC_WITHOUT_HEAD(solicited);
ATF_TC_BODY(solicited, tc)
{
	struct lab		*l = between_links();
	const struct out	*o, *bu;
	struct in6_addr		 rh = ip(RH);
	struct icmp6		 na;

	lab_nd(l, ICMP6_T_NS, 1, RH, "ff02::1:ff00:100", HOA, 0, ll_other);
	ATF_CHECK_EQ(lab_nd_sent(l, ICMP6_T_NA), 0);
	lab_ra(l, 1, RH, HOMENET);
	o = lab_next(l, MSG_GROUP);
	ATF_REQUIRE(o != NULL);
	ATF_CHECK(o->m.u_GROUP.join);
	ATF_CHECK(in6_is_solicited(&o->m.u_GROUP.group));
	bu = CHECK_DEREG(l);
	l->read = l->nout;
	lab_nd(l, ICMP6_T_NS, 1, RH, "ff02::1:ff00:100", HOA, 0, ll_other);
	o = lab_next(l, MSG_ICMP6_OUT);
	ATF_REQUIRE(o != NULL);
	ATF_REQUIRE_EQ(icmp6_parse(&na, o->data, o->m.u_ICMP6_OUT.icmp6.len),
	    ICMP6_OK);
	ATF_CHECK_EQ(na.type, ICMP6_T_NA);
	ATF_CHECK(na.u.nd.flags & ICMP6_NA_S);
	ATF_CHECK(in6_eq(&o->m.u_ICMP6_OUT.dst, &rh));
	/* somebody's DAD */
	lab_nd(l, ICMP6_T_NS, 1, "::", "ff02::1:ff00:100", HOA, 0, NULL);
	o = lab_next(l, MSG_ICMP6_OUT);
	ATF_REQUIRE(o != NULL);
	ATF_CHECK(in6_eq(&o->m.u_ICMP6_OUT.dst, &in6_allnodes));
	/* another target, another interface: not ours to answer */
	lab_up(l, 2);
	l->read = l->nout;
	lab_nd(l, ICMP6_T_NS, 1, RH, "ff02::1:ff00:101", "2001:db8:1::101", 0,
	    ll_other);
	lab_nd(l, ICMP6_T_NS, 2, RH, "ff02::1:ff00:100", HOA, 0, ll_other);
	ATF_CHECK_EQ(lab_nd_sent(l, ICMP6_T_NA), 0);
	/* then the kernel has it */
	lab_accept(l, bu, 0);
	o = lab_next(l, MSG_GROUP);
	ATF_REQUIRE(o != NULL);
	ATF_CHECK(!o->m.u_GROUP.join);
	l->read = l->nout;
	lab_nd(l, ICMP6_T_NS, 1, RH, "ff02::1:ff00:100", HOA, 0, ll_other);
	ATF_CHECK_EQ(lab_nd_sent(l, ICMP6_T_NA), 0);
	lab_end(l);
}

/* 11.5.5: MAX_NEIGHBOR_ADVERTISEMENT times, a RetransTimer apart */
ATF_TC_WITHOUT_HEAD(advertised);
ATF_TC_BODY(advertised, tc)
{
	struct lab		*l = between_links();
	const struct out	*bu;
	int64_t			 t0;
	size_t			 i, n = 0;

	lab_ra(l, 1, RH, HOMENET);
	bu = CHECK_DEREG(l);
	lab_accept(l, bu, 0);
	t0 = l->now.mono.ns;
	lab_run(l, SEC(20));
	for (i = 0; i < l->nout; i++)
		if (l->out[i].type == MSG_ICMP6_OUT &&
		    l->out[i].data[0] == ICMP6_T_NA) {
			/* Each time for the link-local address, too. */
			ATF_CHECK(l->out[i].at - t0 >= SEC(n / 2) &&
			    l->out[i].at - t0 <= SEC(n / 2) + MS(4));
			n++;
		}
	ATF_CHECK_EQ(n, 6);
	lab_end(l);
}

/* 11.5.5: the derived link-local address too */
ATF_TC_WITHOUT_HEAD(advertised_linklocal);
ATF_TC_BODY(advertised_linklocal, tc)
{
	struct lab		*l = lab_new();
	const struct out	*bu;
	struct mh		 m;

	l->homes[0].address = ip("2001:db8:1::ff:fe00:1");
	bu = lab_away(l, &m);
	ATF_CHECK(m.u.bu.flags & MH_BU_L);
	lab_accept(l, bu, 105);
	lab_run(l, SEC(2));
	lab_down(l, 1);
	lab_up(l, 1);
	lab_ra(l, 1, RH, HOMENET);
	bu = lab_bu(l, &m);
	ATF_REQUIRE(bu != NULL);
	l->read = l->nout;
	lab_accept(l, bu, 0);
	ATF_CHECK_EQ(lab_nd_sent(l, ICMP6_T_NA), 2);
	lab_end(l);
}

/* 133 to a de-registration: there is no binding, which is what we want */
ATF_TC_WITHOUT_HEAD(no_binding_there);
ATF_TC_BODY(no_binding_there, tc)
{
	struct lab		*l = between_links();
	const struct out	*bu;

	lab_ra(l, 1, RH, HOMENET);
	bu = CHECK_DEREG(l);
	lab_refuse(l, bu, 133);
	CHECK_HOME(l, 1, 0);
	lab_run(l, SEC(100));
	ATF_CHECK_EQ(lab_pending(l, MSG_MH_OUT), 0);
	lab_end(l);
}

/* 135 to a de-registration */
ATF_TC_WITHOUT_HEAD(sequence_at_home);
ATF_TC_BODY(sequence_at_home, tc)
{
	struct lab		*l = between_links();
	const struct out	*bu;

	lab_ra(l, 1, RH, HOMENET);
	bu = CHECK_DEREG(l);
	lab_answer(l, bu, &(struct answer){ .status = 135, .seq = 500 });
	COME_HOME(l);
	lab_end(l);
}

/* 11.7.1: several home addresses, one home link each */
ATF_TC_WITHOUT_HEAD(two_homes_one_at_home);
ATF_TC_BODY(two_homes_one_at_home, tc)
{
	struct lab		*l = lab_new();
	const struct out	*o;
	struct in6_addr		 second = ip("2001:db8:2::100");
	struct mh		 m;

	l->homes[1] = l->homes[0];
	l->homes[1].address = second;
	l->homes[1].prefix.addr = ip("2001:db8:2::");
	l->homes[1].agent = ip("2001:db8:2::1");
	l->cmn.nhomes = 2;
	lab_linked(l);
	lab_ra(l, 1, RH, HOMENET);
	lab_addr(l, 1, "2001:db8:1::ff:fe00:1", 0);
	/* the home link of one is a foreign link of the other */
	ATF_CHECK_EQ(lab_pending(l, MSG_MH_OUT), 1);
	o = lab_bu(l, &m);
	ATF_CHECK(in6_eq(&o->m.u_MH_OUT.home, &second));
	lab_end(l);
}

/* The prefix must match in length too (11.5.2). */
ATF_TC_WITHOUT_HEAD(other_prefix_length);
ATF_TC_BODY(other_prefix_length, tc)
{
	struct lab	*l = lab_new();

	l->homes[0].prefix.len = 48;
	lab_linked(l);
	lab_ra(l, 1, RH, HOMENET);
	ATF_CHECK(!lab_event(l, "home"));
	lab_end(l);
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, ra_then_address);
	ATF_TP_ADD_TC(tp, address_then_ra);
	ATF_TP_ADD_TC(tp, ba_lost);
	ATF_TP_ADD_TC(tp, ba_never);
	ATF_TP_ADD_TC(tp, kernel_dad_fails);
	ATF_TP_ADD_TC(tp, kernel_dad_running);
	ATF_TP_ADD_TC(tp, kernel_has_it);
	ATF_TP_ADD_TC(tp, home_after_expiry);
	ATF_TP_ADD_TC(tp, home_while_registering);
	ATF_TP_ADD_TC(tp, boot_at_home);
	ATF_TP_ADD_TC(tp, boot_at_home_defended);
	ATF_TP_ADD_TC(tp, placed_and_defended);
	ATF_TP_ADD_TC(tp, rival);
	ATF_TP_ADD_TC(tp, forged_advertisement);
	ATF_TP_ADD_TC(tp, forged_neighbor);
	ATF_TP_ADD_TC(tp, forged_at_start);
	ATF_TP_ADD_TC(tp, home_of_two_prefixes);
	ATF_TP_ADD_TC(tp, start_abroad);
	ATF_TP_ADD_TC(tp, refused_at_home);
	ATF_TP_ADD_TC(tp, leave_home);
	ATF_TP_ADD_TC(tp, away_again_at_once);
	ATF_TP_ADD_TC(tp, home_on_second_interface);
	ATF_TP_ADD_TC(tp, solicited);
	ATF_TP_ADD_TC(tp, advertised);
	ATF_TP_ADD_TC(tp, advertised_linklocal);
	ATF_TP_ADD_TC(tp, no_binding_there);
	ATF_TP_ADD_TC(tp, sequence_at_home);
	ATF_TP_ADD_TC(tp, two_homes_one_at_home);
	ATF_TP_ADD_TC(tp, other_prefix_length);
	return (atf_no_error());
}
