/*
 * The mobile node's movement detection and its care-of addresses (RFC 6275
 * 11.5.1 to 11.5.4, RFC 6059, RFC 4429, RFC 6724).  Links, routers and
 * addresses come and go in every order.
 */
#include "mn_lab.h"

static const uint8_t	 ll_r1[6] = { 2, 0, 0, 1, 1, 0xa };
static const uint8_t	 ll_other[6] = { 2, 0, 0, 1, 1, 0x77 };

static void
check_bu(struct lab *l, const char *coa, int line)
{
	const struct out	*o;
	struct in6_addr		 a = ip(coa);
	struct mh		 m;

	ATF_REQUIRE_MSG(lab_pending(l, MSG_MH_OUT) == 1, "line %d: %zu", line,
	    lab_pending(l, MSG_MH_OUT));
	o = lab_bu(l, &m);
	ATF_CHECK_MSG(in6_eq(&o->m.u_MH_OUT.src, &a), "line %d", line);
	lab_accept(l, o, m.u.bu.lifetime);
}
#define CHECK_BU(l, coa)	check_bu(l, coa, __LINE__)
#define CHECK_NO_BU(l)		ATF_CHECK_EQ(lab_pending(l, MSG_MH_OUT), 0)

/*
 * An address being tested for duplicates can't receive: no Binding Update
 * from it, not on a timer either, until the kernel says it is usable.
 */
ATF_TC_WITHOUT_HEAD(dad_on);
ATF_TC_BODY(dad_on, tc)
{
	struct lab	*l = lab_new();

	lab_linked(l);
	lab_ra(l, 1, R1, NET1);
	lab_addr(l, 1, COA1, ADDR_TENTATIVE);
	CHECK_NO_BU(l);
	lab_run(l, SEC(60));
	CHECK_NO_BU(l);
	lab_addr(l, 1, COA1, 0);
	CHECK_BU(l, COA1);
	lab_end(l);
}

ATF_TC_WITHOUT_HEAD(dad_failed);
ATF_TC_BODY(dad_failed, tc)
{
	struct lab	*l = lab_new();

	lab_linked(l);
	lab_ra(l, 1, R1, NET1);
	lab_addr(l, 1, COA1, ADDR_TENTATIVE);
	lab_addr(l, 1, COA1, ADDR_TENTATIVE | ADDR_DUPLICATE);
	lab_run(l, SEC(5));
	CHECK_NO_BU(l);
	lab_end(l);
}

/* RFC 4429: optimistic addresses may be used */
ATF_TC_WITHOUT_HEAD(dad_optimistic);
ATF_TC_BODY(dad_optimistic, tc)
{
	struct lab	*l = lab_new();

	lab_linked(l);
	lab_ra(l, 1, R1, NET1);
	lab_addr(l, 1, COA1, ADDR_TENTATIVE | ADDR_OPTIMISTIC);
	CHECK_BU(l, COA1);
	/* it becomes preferred: nothing to say */
	lab_addr(l, 1, COA1, 0);
	CHECK_NO_BU(l);
	lab_end(l);
}

/* ... and it turns out to be a duplicate */
ATF_TC_WITHOUT_HEAD(dad_optimistic_fails);
ATF_TC_BODY(dad_optimistic_fails, tc)
{
	struct lab		*l = lab_new();
	const struct out	*o;

	lab_linked(l);
	lab_ra(l, 1, R1, NET1);
	lab_addr(l, 1, COA1, ADDR_TENTATIVE | ADDR_OPTIMISTIC);
	CHECK_BU(l, COA1);
	l->read = l->nout;
	lab_addr(l, 1, COA1, ADDR_DUPLICATE);
	o = lab_next(l, MSG_BIND);
	ATF_REQUIRE(o != NULL);
	ATF_CHECK_EQ(o->m.u_BIND.flags & BIND_ACTIVE, 0);
	lab_addr(l, 1, "2001:db8:a::200", 0);
	CHECK_BU(l, "2001:db8:a::200");
	lab_end(l);
}

/* The same link comes back (RFC 6059): the binding is right as it is. */
ATF_TC_WITHOUT_HEAD(link_flap_same_link);
ATF_TC_BODY(link_flap_same_link, tc)
{
	struct lab		*l = lab_new();
	const struct out	*o;

	lab_registered(l);
	lab_run(l, SEC(10));
	lab_down(l, 1);
	lab_run(l, MS(30));
	lab_up(l, 1);
	/* the old address is still there, but which link is this? */
	ATF_CHECK_EQ(lab_nd_sent(l, ICMP6_T_RS), 1);
	ATF_CHECK_EQ(lab_nd_sent(l, ICMP6_T_NS), 1);
	CHECK_NO_BU(l);
	l->read = l->nout;
	lab_nd(l, ICMP6_T_NA, 1, R1, "fe80::ff:fe00:1", R1, ICMP6_NA_S |
	    ICMP6_NA_R, ll_r1);
	CHECK_NO_BU(l);
	o = lab_next(l, MSG_BIND);
	ATF_REQUIRE(o != NULL);
	ATF_CHECK(o->m.u_BIND.flags & BIND_ACTIVE);
	lab_end(l);
}

/* RFC 6059 5.7.1: a router of that address, but another one */
ATF_TC_WITHOUT_HEAD(link_flap_other_router_same_address);
ATF_TC_BODY(link_flap_other_router_same_address, tc)
{
	struct lab	*l = lab_new();

	lab_registered(l);
	lab_run(l, SEC(10));
	lab_down(l, 1);
	lab_up(l, 1);
	l->read = l->nout;
	lab_nd(l, ICMP6_T_NA, 1, R1, "fe80::ff:fe00:1", R1, ICMP6_NA_S |
	    ICMP6_NA_R, ll_other);
	lab_nd(l, ICMP6_T_NA, 1, R1, "fe80::ff:fe00:1", R1, ICMP6_NA_S |
	    ICMP6_NA_R, NULL);
	lab_nd(l, ICMP6_T_NA, 1, R1, "ff02::1", R1, 0, ll_r1);
	ATF_CHECK_EQ(lab_pending(l, MSG_BIND), 0);
	CHECK_NO_BU(l);
	lab_end(l);
}

/* The kernel keeps old addresses; at another link they are worth nothing. */
ATF_TC_WITHOUT_HEAD(stale_address);
ATF_TC_BODY(stale_address, tc)
{
	struct lab	*l = lab_new();

	lab_registered(l);
	lab_run(l, SEC(10));
	lab_down(l, 1);
	lab_up(l, 1);
	lab_ra(l, 1, R2, NET2);
	lab_run(l, SEC(5));
	CHECK_NO_BU(l);
	lab_addr(l, 1, COA2, 0);
	CHECK_BU(l, COA2);
	/* and back, the address was kept all the time */
	lab_run(l, SEC(10));
	lab_down(l, 1);
	lab_up(l, 1);
	CHECK_NO_BU(l);
	lab_ra(l, 1, R1, NET1);
	CHECK_BU(l, COA1);
	lab_end(l);
}

/* An address that no RA covers: not at once after a flap, but then. */
ATF_TC_WITHOUT_HEAD(uncovered_address);
ATF_TC_BODY(uncovered_address, tc)
{
	struct lab	*l = lab_new();
	int		 known;

	for (known = 0; known < 2; known++) {
		if (known)
			l = lab_new();
		lab_start(l);
		lab_mark(l, MSG_SNAPSHOT);
		lab_up(l, 1);
		lab_addr(l, 1, COA1, 0);
		lab_mark(l, MSG_SNAPSHOT_END);
		CHECK_BU(l, COA1);
		if (known)
			lab_ra(l, 1, R1, NULL);
		lab_run(l, SEC(10));
		lab_down(l, 1);
		lab_up(l, 1);
		l->read = l->nout;
		if (known)
			lab_ra(l, 1, R1, NULL);
		else {
			lab_run(l, SEC(3));
			ATF_CHECK_EQ(lab_pending(l, MSG_BIND), 0);
			lab_run(l, SEC(2));
		}
		ATF_CHECK_EQ(lab_pending(l, MSG_BIND), 1);
		CHECK_NO_BU(l);
		lab_end(l);
	}
}

/* The first RA may overtake the news that the link is up. */
ATF_TC_WITHOUT_HEAD(ra_before_link_up);
ATF_TC_BODY(ra_before_link_up, tc)
{
	struct lab	*l = lab_new();

	lab_registered(l);
	lab_run(l, SEC(10));
	lab_down(l, 1);
	lab_ra(l, 1, R2, NET2);
	lab_addr(l, 1, COA2, 0);
	CHECK_NO_BU(l);
	lab_up(l, 1);
	CHECK_BU(l, COA2);
	lab_end(l);
}

/* So may the address the RA, both come from different processes. */
ATF_TC_WITHOUT_HEAD(address_before_ra);
ATF_TC_BODY(address_before_ra, tc)
{
	struct lab	*l = lab_new();

	lab_registered(l);
	lab_run(l, SEC(10));
	lab_down(l, 1);
	lab_up(l, 1);
	lab_addr(l, 1, COA2, 0);
	/* The kernel may prefer the router of the link before: wait. */
	CHECK_NO_BU(l);
	lab_ra(l, 1, R2, NET2);
	CHECK_BU(l, COA2);
	lab_run(l, SEC(5));
	CHECK_NO_BU(l);
	/* An address that no advertisement told of: not for long. */
	lab_down(l, 1);
	lab_up(l, 1);
	lab_addr(l, 1, "2001:db8:c::100", 0);
	lab_run(l, MS(49));
	CHECK_NO_BU(l);
	lab_run(l, MS(2));
	CHECK_BU(l, "2001:db8:c::100");
	lab_end(l);
}

/* RFC 6059 5.11: damping; RFC 4861 6.3.7: three solicitations, 4 s apart */
ATF_TC_WITHOUT_HEAD(solicitations);
ATF_TC_BODY(solicitations, tc)
{
	struct lab	*l = lab_new();
	int		 i;

	lab_registered(l);
	lab_run(l, SEC(10));
	lab_skip(l);
	for (i = 0; i < 10; i++) {
		lab_down(l, 1);
		lab_run(l, MS(10));
		lab_up(l, 1);
		lab_run(l, MS(10));
	}
	ATF_CHECK_EQ(lab_nd_sent(l, ICMP6_T_RS), 1);
	lab_run(l, MS(850));
	ATF_CHECK_EQ(lab_nd_sent(l, ICMP6_T_RS), 2);
	lab_run(l, SEC(60));
	ATF_CHECK_EQ(lab_nd_sent(l, ICMP6_T_RS), 4);
	lab_ra(l, 1, R1, NET1);
	lab_end(l);
}

/* From the unspecified address while the link-local one is tentative. */
ATF_TC_WITHOUT_HEAD(solicitation_source);
ATF_TC_BODY(solicitation_source, tc)
{
	struct lab		*l = lab_new();
	struct in6_addr		 ll = ip("fe80::1:1");
	const struct out	*o;
	struct icmp6		 m;

	lab_start(l);
	lab_mark(l, MSG_SNAPSHOT);
	lab_up(l, 1);
	lab_addr(l, 1, "fe80::1:1", ADDR_TENTATIVE);
	lab_mark(l, MSG_SNAPSHOT_END);
	o = lab_next(l, MSG_ICMP6_OUT);
	ATF_REQUIRE(o != NULL);
	ATF_CHECK(in6_is_unspecified(&o->m.u_ICMP6_OUT.src));
	ATF_CHECK(in6_eq(&o->m.u_ICMP6_OUT.dst, &in6_allrouters));
	ATF_CHECK_EQ(o->m.u_ICMP6_OUT.hlim, 255);
	ATF_REQUIRE_EQ(icmp6_parse(&m, o->data, o->m.u_ICMP6_OUT.icmp6.len),
	    ICMP6_OK);
	ATF_CHECK_EQ(m.nopts, 0);
	lab_addr(l, 1, "fe80::1:1", 0);
	lab_run(l, SEC(5));
	o = lab_next(l, MSG_ICMP6_OUT);
	ATF_REQUIRE(o != NULL);
	ATF_CHECK(in6_eq(&o->m.u_ICMP6_OUT.src, &ll));
	lab_end(l);
}

/*
 * RFC 6275 11.5.1: the Advertisement Interval passes without an RA: the router
 * is asked; it answers, or it is lost and with it its addresses.
 */
ATF_TC_WITHOUT_HEAD(advertisements_lost);
ATF_TC_BODY(advertisements_lost, tc)
{
	struct lab		*l = lab_new();
	const struct out	*o;
	int			 i;

	lab_registered(l);
	for (i = 0; i < 20; i++) {
		lab_ra2(l, 1, R1, NET1, NULL, 70, 1800);
		lab_run(l, MS(50));
	}
	ATF_CHECK_EQ(lab_nd_sent(l, ICMP6_T_NS), 0);
	/* one is missing, the router answers */
	lab_run(l, MS(90));
	ATF_CHECK_EQ(lab_nd_sent(l, ICMP6_T_NS), 1);
	lab_nd(l, ICMP6_T_NA, 1, R1, "fe80::ff:fe00:1", R1, ICMP6_NA_S |
	    ICMP6_NA_R, NULL);
	ATF_CHECK_EQ(lab_count(l, "routers_lost"), 0);
	/* silence for good */
	l->read = l->nout;
	lab_run(l, MS(400));
	ATF_CHECK_EQ(lab_nd_sent(l, ICMP6_T_NS), 3);
	ATF_CHECK_EQ(lab_count(l, "routers_lost"), 1);
	ATF_CHECK_EQ(lab_nd_sent(l, ICMP6_T_RS), 1);
	o = lab_next(l, MSG_BIND);
	ATF_REQUIRE(o != NULL);
	ATF_CHECK_EQ(o->m.u_BIND.flags & BIND_ACTIVE, 0);
	/* it was only a pause */
	lab_ra2(l, 1, R1, NET1, NULL, 70, 1800);
	o = lab_next(l, MSG_BIND);
	ATF_REQUIRE(o != NULL);
	ATF_CHECK_EQ(o->m.u_BIND.flags & BIND_ACTIVE, BIND_ACTIVE);
	CHECK_NO_BU(l);
	lab_end(l);
}

/* No link event at all: another router, the old one answers no more. */
ATF_TC_WITHOUT_HEAD(silent_movement);
ATF_TC_BODY(silent_movement, tc)
{
	struct lab	*l = lab_new();

	lab_registered(l);
	lab_run(l, SEC(10));
	lab_ra(l, 1, R2, NET2);
	lab_addr(l, 1, COA2, 0);
	/* the old router may still be there: ask */
	ATF_CHECK_EQ(lab_nd_sent(l, ICMP6_T_NS), 1);
	CHECK_NO_BU(l);
	lab_run(l, MS(100));
	CHECK_NO_BU(l);
	lab_run(l, MS(500));
	CHECK_BU(l, COA2);
	lab_end(l);
}

/* ... it answers: two routers on one link, no handover (11.5.1) */
ATF_TC_WITHOUT_HEAD(second_router);
ATF_TC_BODY(second_router, tc)
{
	struct lab	*l = lab_new();

	lab_registered(l);
	lab_run(l, SEC(10));
	lab_ra(l, 1, R2, NET2);
	lab_addr(l, 1, COA2, 0);
	lab_nd(l, ICMP6_T_NA, 1, R1, "fe80::ff:fe00:1", R1, ICMP6_NA_S |
	    ICMP6_NA_R, NULL);
	lab_run(l, SEC(10));
	CHECK_NO_BU(l);
	/* a router that shares the prefix need not even be asked */
	l->read = l->nout;
	lab_ra(l, 1, "fe80::c", NET1);
	ATF_CHECK_EQ(lab_nd_sent(l, ICMP6_T_NS), 1);	/* of the other */
	lab_run(l, SEC(10));
	CHECK_NO_BU(l);
	lab_end(l);
}

/* 11.5.1: routers of two links with one link-local address */
ATF_TC_WITHOUT_HEAD(same_linklocal_other_prefixes);
ATF_TC_BODY(same_linklocal_other_prefixes, tc)
{
	struct lab	*l = lab_new();

	lab_registered(l);
	lab_run(l, SEC(10));
	lab_ra(l, 1, R1, NET2);
	CHECK_NO_BU(l);
	lab_addr(l, 1, COA2, 0);
	CHECK_BU(l, COA2);
	lab_end(l);
}

/* RFC 6059 5.10: a prefix missing from three advertisements is gone */
ATF_TC_WITHOUT_HEAD(prefix_withdrawn);
ATF_TC_BODY(prefix_withdrawn, tc)
{
	struct lab	*l = lab_new();

	lab_registered(l);
	lab_ra2(l, 1, R1, NET1, NET2, 0, 1800);
	lab_addr(l, 1, COA2, 0);
	lab_run(l, SEC(5));
	CHECK_NO_BU(l);
	lab_ra(l, 1, R1, NET2);
	lab_ra(l, 1, R1, NET2);
	CHECK_NO_BU(l);
	lab_ra(l, 1, R1, NET2);
	CHECK_BU(l, COA2);
	lab_end(l);
}

/* The kernel gives the default router up (its own NUD, RFC 4861 7.3). */
ATF_TC_WITHOUT_HEAD(kernel_router_gone);
ATF_TC_BODY(kernel_router_gone, tc)
{
	struct lab		*l = lab_new();
	struct msg_router	 r;
	const struct out	*o;

	lab_registered(l);
	memset(&r, 0, sizeof(r));
	r.ifindex = 1;
	r.addr = ip(R1);
	lab_tell(l, ROLE_PARENT, MSG_ROUTER, &r);
	CHECK_NO_BU(l);
	lab_run(l, SEC(2));
	r.gone = true;
	lab_tell(l, ROLE_PARENT, MSG_ROUTER, &r);
	ATF_CHECK_EQ(lab_nd_sent(l, ICMP6_T_RS), 1);
	o = lab_next(l, MSG_BIND);
	ATF_REQUIRE(o != NULL);
	ATF_CHECK_EQ(o->m.u_BIND.flags & BIND_ACTIVE, 0);
	lab_end(l);
}

/* Another link: the kernel must forget the default router of the old one. */
ATF_TC_WITHOUT_HEAD(stale_router_forgotten);
ATF_TC_BODY(stale_router_forgotten, tc)
{
	struct lab		*l = lab_new();
	struct msg_router	 r;
	const struct out	*o;
	struct in6_addr		 r1 = ip(R1);

	lab_registered(l);
	memset(&r, 0, sizeof(r));
	r.ifindex = 1;
	r.addr = ip(R1);
	lab_tell(l, ROLE_PARENT, MSG_ROUTER, &r);
	lab_run(l, SEC(2));
	lab_ra(l, 1, R1, NET1);
	ATF_CHECK_EQ(lab_pending(l, MSG_PATH), 0);
	lab_down(l, 1);
	lab_up(l, 1);
	ATF_CHECK_EQ(lab_pending(l, MSG_PATH), 0);
	lab_ra(l, 1, R2, NET2);
	o = lab_next(l, MSG_PATH);
	ATF_REQUIRE(o != NULL);
	ATF_CHECK(!o->m.u_PATH.add);
	ATF_CHECK(in6_is_unspecified(&o->m.u_PATH.agent));
	ATF_CHECK(in6_eq(&o->m.u_PATH.router, &r1));
	ATF_CHECK_EQ(o->m.u_PATH.ifindex, 1);
	/* once is enough */
	lab_ra(l, 1, R2, NET2);
	ATF_CHECK_EQ(lab_pending(l, MSG_PATH), 0);
	/* the kernel says that it is done; back there, it is a router still */
	lab_addr(l, 1, COA2, 0);
	CHECK_BU(l, COA2);
	r.gone = true;
	lab_tell(l, ROLE_PARENT, MSG_ROUTER, &r);
	lab_run(l, SEC(2));
	lab_down(l, 1);
	lab_up(l, 1);
	l->npaths = 0;
	l->hold_paths = true;
	lab_nd(l, ICMP6_T_NA, 1, R1, "fe80::ff:fe00:1", R1, ICMP6_NA_S |
	    ICMP6_NA_R, ll_r1);
	ATF_REQUIRE(l->npaths > 0);
	ATF_CHECK(l->last_path.add);
	ATF_CHECK(in6_eq(&l->last_path.router, &r1));
	lab_end(l);
}

/* RFC 4861 6.3.5: the router's lifetime ends without another RA */
ATF_TC_WITHOUT_HEAD(router_lifetime);
ATF_TC_BODY(router_lifetime, tc)
{
	struct lab	*l = lab_new();

	lab_registered(l);
	lab_ra2(l, 1, R1, NET1, NULL, 0, 10);
	lab_run(l, SEC(9));
	ATF_CHECK_EQ(lab_count(l, "routers_lost"), 0);
	lab_run(l, SEC(2));
	ATF_CHECK_EQ(lab_count(l, "routers_lost"), 1);
	lab_end(l);
}

static void
two_interfaces(struct lab *l, int pref1, int pref2)
{
	l->cmn.ninterfaces = 2;
	snprintf(l->ifs[0].name, sizeof(l->ifs[0].name), "eth1");
	snprintf(l->ifs[1].name, sizeof(l->ifs[1].name), "eth2");
	l->ifs[0].preference = pref1;
	l->ifs[1].preference = pref2;
}

/* Make before break: the old care-of address serves until the BA. */
ATF_TC_WITHOUT_HEAD(make_before_break);
ATF_TC_BODY(make_before_break, tc)
{
	struct lab		*l = lab_new();
	const struct out	*o, *bu;
	struct in6_addr		 coa2 = ip(COA2);
	struct mh		 m;

	two_interfaces(l, 1, 2);
	lab_registered(l);
	lab_run(l, SEC(10));
	lab_up(l, 2);
	lab_ra(l, 2, R2, NET2);
	lab_addr(l, 2, COA2, 0);
	bu = lab_bu(l, &m);
	ATF_REQUIRE(bu != NULL);
	ATF_CHECK_EQ(bu->m.u_MH_OUT.ifindex, 2);
	ATF_CHECK_EQ(lab_pending(l, MSG_BIND), 0);
	lab_accept(l, bu, 105);
	ATF_CHECK_EQ(lab_pending(l, MSG_BIND), 1);
	o = lab_next(l, MSG_BIND);
	ATF_CHECK(in6_eq(&o->m.u_BIND.local, &coa2));
	ATF_CHECK_EQ(o->m.u_BIND.ifindex, 2);
	/* the old one goes: nothing happens */
	l->read = l->nout;
	lab_down(l, 1);
	CHECK_NO_BU(l);
	ATF_CHECK_EQ(lab_pending(l, MSG_BIND), 0);
	/* the better one goes, the other is there: at once */
	lab_up(l, 1);
	lab_ra(l, 1, R1, NET1);
	CHECK_NO_BU(l);
	lab_run(l, SEC(2));
	lab_down(l, 2);
	CHECK_BU(l, COA1);
	lab_end(l);
}

/* optimistic-handover: BIND with the Binding Update */
ATF_TC_WITHOUT_HEAD(optimistic_handover);
ATF_TC_BODY(optimistic_handover, tc)
{
	struct lab		*l = lab_new();
	const struct out	*o, *bu;
	struct in6_addr		 coa2 = ip(COA2);
	struct mh		 m;

	l->cmn.optimistic = true;
	/* not for the first: the home agent would have no binding */
	bu = lab_away(l, &m);
	ATF_CHECK_EQ(lab_pending(l, MSG_BIND), 0);
	lab_accept(l, bu, 105);
	lab_run(l, SEC(2));
	lab_down(l, 1);
	lab_up(l, 1);
	l->read = l->nout;
	lab_ra(l, 1, R2, NET2);
	lab_addr(l, 1, COA2, 0);
	bu = lab_bu(l, &m);
	ATF_REQUIRE(bu != NULL);
	o = lab_next(l, MSG_BIND);
	ATF_REQUIRE(o != NULL);
	ATF_CHECK(in6_eq(&o->m.u_BIND.local, &coa2));
	ATF_CHECK_EQ(o->m.u_BIND.flags, BIND_ACTIVE | BIND_NOTIFY);
	lab_accept(l, bu, 105);
	ATF_CHECK_EQ(lab_pending(l, MSG_BIND), 0);
	lab_end(l);
}

/* An interface that is not listed is not used; with an empty list all are. */
ATF_TC_WITHOUT_HEAD(listed_interfaces);
ATF_TC_BODY(listed_interfaces, tc)
{
	struct lab	*l = lab_new();

	two_interfaces(l, 0, 0);
	lab_start(l);
	lab_mark(l, MSG_SNAPSHOT);
	lab_up(l, 3);
	lab_addr(l, 3, COA1, 0);
	lab_link(l, 4, LINK_UP | LINK_RUNNING | LINK_LOOPBACK);
	lab_link(l, 5, LINK_UP | LINK_RUNNING | LINK_TUN);
	lab_addr(l, 5, COA1, 0);
	lab_mark(l, MSG_SNAPSHOT_END);
	CHECK_NO_BU(l);
	lab_up(l, 2);
	lab_addr(l, 2, COA2, 0);
	CHECK_BU(l, COA2);
	lab_end(l);
}

/* Which of several addresses: RFC 6724 section 5, RFC 6275 11.5.3 */
ATF_TC_WITHOUT_HEAD(choice);
ATF_TC_BODY(choice, tc)
{
	static const struct {
		const char	*a;
		uint8_t		 af;
		const char	*b;
		uint8_t		 bf;
		const char	*best;	/* NULL: none */
	} t[] = {
		/* not unicast routable */
		{ "fe80::5", 0, "::1", 0, NULL },
		{ "ff05::5", 0, "::", 0, NULL },
		/* not of the home prefix, not the home address */
		{ "2001:db8:a::1", ADDR_TENTATIVE, "fe80::5", 0, NULL },
		/* rule 3 */
		{ "2001:db8:a::1", ADDR_DEPRECATED, "2001:db8:a::2", 0,
		    "2001:db8:a::2" },
		{ "2001:db8:a::1", ADDR_DEPRECATED, "fe80::5", 0,
		    "2001:db8:a::1" },
		/* rule 6: the label of the home agent's address */
		{ "fd00::1", 0, "2001:db8:ffff::2", 0, "2001:db8:ffff::2" },
		{ "2002:db8:a::1", 0, "2600::2", 0, "2600::2" },
		/* settled before optimistic, stable before temporary */
		{ "2001:db8:a::1", ADDR_TENTATIVE | ADDR_OPTIMISTIC,
		    "2001:db8:a::2", 0, "2001:db8:a::2" },
		{ "2001:db8:a::1", ADDR_TEMPORARY, "2001:db8:a::2", 0,
		    "2001:db8:a::2" },
		/* rule 8 */
		{ "2600::1", 0, "2001:db8:a::2", 0, "2001:db8:a::2" },
	};
	struct lab	*l;
	size_t		 i;

	for (i = 0; i < sizeof(t) / sizeof(t[0]); i++) {
		l = lab_new();
		lab_start(l);
		lab_mark(l, MSG_SNAPSHOT);
		lab_up(l, 1);
		lab_addr(l, 1, t[i].a, t[i].af);
		lab_addr(l, 1, t[i].b, t[i].bf);
		lab_mark(l, MSG_SNAPSHOT_END);
		if (t[i].best == NULL)
			ATF_CHECK_MSG(lab_pending(l, MSG_MH_OUT) == 0, "%zu",
			    i);
		else
			CHECK_BU(l, t[i].best);
		lab_end(l);
	}
}

/* 11.5.3: the care-of address becomes deprecated, there is another */
ATF_TC_WITHOUT_HEAD(deprecated);
ATF_TC_BODY(deprecated, tc)
{
	struct lab	*l = lab_new();

	lab_registered(l);
	lab_run(l, SEC(2));
	lab_addr(l, 1, COA1, ADDR_DEPRECATED);
	CHECK_NO_BU(l);
	lab_addr(l, 1, "2001:db8:a::200", 0);
	CHECK_BU(l, "2001:db8:a::200");
	lab_end(l);
}

/* form-addresses: EUI-64 from the prefix, once, extended before it ends */
ATF_TC_WITHOUT_HEAD(form_addresses);
ATF_TC_BODY(form_addresses, tc)
{
	struct lab		*l = lab_new();
	const struct out	*o;
	struct in6_addr		 want = ip("2001:db8:a::ff:fe00:1");
	int			 i;

	l->cmn.form_addresses = true;
	lab_linked(l);
	for (i = 0; i < 100; i++) {
		lab_ra(l, 1, R1, NET1);
		lab_run(l, MS(50));
	}
	ATF_CHECK_EQ(lab_pending(l, MSG_ADDR_SET), 1);
	o = lab_next(l, MSG_ADDR_SET);
	ATF_CHECK(in6_eq(&o->m.u_ADDR_SET.addr, &want));
	ATF_CHECK_EQ(o->m.u_ADDR_SET.plen, 64);
	ATF_CHECK_EQ(o->m.u_ADDR_SET.valid, 3600);
	ATF_CHECK_EQ(o->m.u_ADDR_SET.flags, 0);
	lab_run(l, SEC(1900));
	lab_ra(l, 1, R1, NET1);
	ATF_CHECK_EQ(lab_pending(l, MSG_ADDR_SET), 1);
	l->read = l->nout;
	lab_addr(l, 1, "2001:db8:a::ff:fe00:1", ADDR_OURS);
	CHECK_BU(l, "2001:db8:a::ff:fe00:1");
	l->read = l->nout;
	mn_engine.stop(l->mn, l->now);
	ATF_CHECK_EQ(lab_pending(l, MSG_ADDR_SET), 2);
	lab_end(l);
}

/* RFC 4861 6.1.2: an RA must have hop limit 255 and a link-local source */
ATF_TC_WITHOUT_HEAD(invalid_ra);
ATF_TC_BODY(invalid_ra, tc)
{
	static const uint8_t	 ra[] = { 134, 0, 0, 0, 64, 0, 7, 8,
	    0, 0, 0, 0, 0, 0, 0, 0, 3, 4, 64, 0xc0, 0, 0, 1, 0, 0, 0, 1, 0,
	    0, 0, 0, 0,
	    0x20, 1, 0xd, 0xb8, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0 };
	struct msg_icmp6_in	 m;
	struct lab		*l = lab_new();
	size_t			 i;

	lab_registered(l);
	memset(&m, 0, sizeof(m));
	m.src = ip(RH);
	m.dst = in6_allnodes;
	m.hlim = 64;
	m.ifindex = 1;
	m.icmp6.p = ra;
	m.icmp6.len = sizeof(ra);
	lab_tell(l, ROLE_NET, MSG_ICMP6_IN, &m);
	m.hlim = 255;
	m.src = ip(HA);
	lab_tell(l, ROLE_NET, MSG_ICMP6_IN, &m);
	m.src = ip(RH);
	for (i = 0; i < sizeof(ra); i++) {
		m.icmp6.len = i;
		if (i != 16)		/* that one is whole */
			lab_tell(l, ROLE_NET, MSG_ICMP6_IN, &m);
	}
	ATF_CHECK(lab_count(l, "ra_invalid") > 40);
	CHECK_NO_BU(l);
	lab_sought(l, 1, 0, __LINE__);
	m.icmp6.len = sizeof(ra);
	lab_tell(l, ROLE_NET, MSG_ICMP6_IN, &m);
	lab_found(l, 1, __LINE__);
	ATF_CHECK_EQ(lab_pending(l, MSG_MH_OUT), 1);
	lab_end(l);
}

/* A flood of routers, addresses, interfaces fills tables and no more. */
ATF_TC_WITHOUT_HEAD(floods);
ATF_TC_BODY(floods, tc)
{
	struct lab	*l = lab_new();
	char		 a[64], b[64];
	int		 i;

	lab_registered(l);
	for (i = 0; i < 300; i++) {
		snprintf(a, sizeof(a), "fe80::5:%x", i);
		snprintf(b, sizeof(b), "2001:db8:ff:%x::", i);
		lab_ra(l, 1, a, b);
		lab_ra2(l, 1, R1, NET1, b, 0, 1800);
		snprintf(b, sizeof(b), "2001:db8:a::7:%x", i);
		lab_addr(l, 1, b, 0);
		lab_up(l, (uint32_t)i + 10);
		lab_skip(l);
	}
	ATF_CHECK(lab_count(l, "routers_forgotten") > 0);
	lab_run(l, SEC(10));
	lab_end(l);
}

/* A snapshot that no longer names an address or interface (events lost). */
ATF_TC_WITHOUT_HEAD(snapshot);
ATF_TC_BODY(snapshot, tc)
{
	struct lab	*l = lab_new();

	lab_registered(l);
	lab_run(l, SEC(2));
	lab_mark(l, MSG_SNAPSHOT);
	lab_up(l, 1);
	lab_addr(l, 1, "2001:db8:a::200", 0);
	lab_addr(l, 1, "fe80::ff:fe00:1", 0);
	CHECK_NO_BU(l);
	lab_mark(l, MSG_SNAPSHOT_END);
	CHECK_BU(l, "2001:db8:a::200");
	lab_mark(l, MSG_SNAPSHOT);
	lab_mark(l, MSG_SNAPSHOT_END);
	CHECK_NO_BU(l);
	lab_end(l);
}

/*
 * The engine starts anew on another link than the one it died on: the kernel
 * still has the addresses of both, the router that is heard tells which.
 */
static void
moved_while_dead_to(const char *router, const char *net, const char *coa,
    const char *other)
{
	struct in6_addr	 a = ip(other);
	struct lab	*l = lab_new();
	const struct out *o;
	struct mh	 m;

	lab_start(l);
	lab_mark(l, MSG_SNAPSHOT);
	lab_up(l, 1);
	lab_addr(l, 1, COA1, 0);
	lab_addr(l, 1, COA2, 0);
	lab_mark(l, MSG_SNAPSHOT_END);
	ATF_REQUIRE((o = lab_bu(l, &m)) != NULL);
	if (in6_eq(&o->m.u_MH_OUT.src, &a)) {
		lab_ra(l, 1, router, net);
		CHECK_BU(l, coa);
	}
	lab_run(l, SEC(2));
	lab_end(l);
}

ATF_TC_WITHOUT_HEAD(moved_while_dead);
ATF_TC_BODY(moved_while_dead, tc)
{
	moved_while_dead_to(R1, NET1, COA1, COA2);
	moved_while_dead_to(R2, NET2, COA2, COA1);
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, dad_on);
	ATF_TP_ADD_TC(tp, dad_failed);
	ATF_TP_ADD_TC(tp, dad_optimistic);
	ATF_TP_ADD_TC(tp, dad_optimistic_fails);
	ATF_TP_ADD_TC(tp, link_flap_same_link);
	ATF_TP_ADD_TC(tp, link_flap_other_router_same_address);
	ATF_TP_ADD_TC(tp, stale_address);
	ATF_TP_ADD_TC(tp, uncovered_address);
	ATF_TP_ADD_TC(tp, ra_before_link_up);
	ATF_TP_ADD_TC(tp, address_before_ra);
	ATF_TP_ADD_TC(tp, solicitations);
	ATF_TP_ADD_TC(tp, solicitation_source);
	ATF_TP_ADD_TC(tp, advertisements_lost);
	ATF_TP_ADD_TC(tp, silent_movement);
	ATF_TP_ADD_TC(tp, second_router);
	ATF_TP_ADD_TC(tp, same_linklocal_other_prefixes);
	ATF_TP_ADD_TC(tp, prefix_withdrawn);
	ATF_TP_ADD_TC(tp, kernel_router_gone);
	ATF_TP_ADD_TC(tp, stale_router_forgotten);
	ATF_TP_ADD_TC(tp, router_lifetime);
	ATF_TP_ADD_TC(tp, make_before_break);
	ATF_TP_ADD_TC(tp, optimistic_handover);
	ATF_TP_ADD_TC(tp, listed_interfaces);
	ATF_TP_ADD_TC(tp, choice);
	ATF_TP_ADD_TC(tp, deprecated);
	ATF_TP_ADD_TC(tp, form_addresses);
	ATF_TP_ADD_TC(tp, invalid_ra);
	ATF_TP_ADD_TC(tp, floods);
	ATF_TP_ADD_TC(tp, snapshot);
	ATF_TP_ADD_TC(tp, moved_while_dead);
	return (atf_no_error());
}
