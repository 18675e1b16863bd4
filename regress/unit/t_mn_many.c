/*
 * A mobile node among a thousand interfaces, on one with thousands of
 * addresses, and on a link where somebody makes up routers and prefixes by the
 * thousand.  What it needs is never crowded out, and what it keeps is bounded
 * where strangers choose it.
 */
#include "mn_lab.h"

#define R1_LL	((const uint8_t *)"\2\0\0\1\1\xa")

/* Timers of that name, as mip6ctl show timers has them. */
static uint64_t
timers(struct lab *l, const char *name)
{
	struct msg_query	 q;
	struct report		 rep;
	struct report_field	 f;
	struct rbuf		 r, row;
	char			 table[64];
	bool			 is = false;

	memset(&q, 0, sizeof(q));
	q.verb = VERB_SHOW_TIMERS;
	report_init(&rep);
	mn_engine.query(l->mn, &q, &rep, l->now);
	rbuf_init(&r, rep.mem, rep.w.off);
	while (report_next_row(&r, &row, table, sizeof(table)))
		while (report_next_field(&row, &f)) {
			if (strcmp(f.name, "name") == 0)
				is = f.v.str.len == strlen(name) &&
				    memcmp(f.v.str.p, name, f.v.str.len) == 0;
			if (is && strcmp(f.name, "count") == 0)
				return (f.v.u64);
		}
	return (0);
}

/* The router R1 answers what it was asked, and nothing else was sent. */
static void
answer_probes(struct lab *l)
{
	size_t	 i, n = 0;

	for (i = 0; i < l->nout; i++) {
		ATF_CHECK(l->out[i].type != MSG_MH_OUT);
		n += l->out[i].type == MSG_ICMP6_OUT &&
		    l->out[i].data[0] == ICMP6_T_NS &&
		    in6_eq(&l->out[i].m.u_ICMP6_OUT.dst, &(struct in6_addr){
		    { { 0xfe, 0x80, [15] = 0xa } } });
	}
	lab_skip(l);
	if (n > 0)
		lab_nd(l, ICMP6_T_NA, 1, R1, "fe80::ff:fe00:1", R1,
		    ICMP6_NA_S | ICMP6_NA_R, R1_LL);
}

/* A default router of the kernel's. */
static void
kernel_router(struct lab *l, const char *addr, bool gone)
{
	struct msg_router	 m;

	memset(&m, 0, sizeof(m));
	m.ifindex = 1;
	m.addr = ip(addr);
	m.gone = gone;
	lab_tell(l, ROLE_PARENT, MSG_ROUTER, &m);
}

static void
check_path(const struct lab *l, const char *router)
{
	struct in6_addr	 r = ip(router);

	ATF_CHECK(l->last_path.add);
	ATF_CHECK(in6_eq(&l->last_path.router, &r));
}

/* The interface that the configuration lists is the last of a thousand. */
ATF_TC_WITHOUT_HEAD(interfaces);
ATF_TC_BODY(interfaces, tc)
{
	struct lab		*l = lab_new();
	struct mh		 m;
	uint32_t		 i, round;

	l->cmn.ninterfaces = 1;
	snprintf(l->ifs[0].name, sizeof(l->ifs[0].name), "eth1");
	lab_start(l);
	lab_mark(l, MSG_SNAPSHOT);
	for (i = 1001; i > 0; i--)
		lab_up(l, i);
	lab_mark(l, MSG_SNAPSHOT_END);
	/* Nothing is asked on those that are of no use. */
	ATF_CHECK_EQ(lab_nd_sent(l, ICMP6_T_RS), 1);
	lab_skip(l);
	lab_ra(l, 1, R1, NET1);
	lab_addr(l, 1, COA1, 0);
	ATF_REQUIRE(lab_bu(l, &m) != NULL);
	lab_accept(l, &l->out[l->read - 1], m.u.bu.lifetime);
	ATF_CHECK(lab_event(l, "registered"));
	/* They come and go; their advertisements are not ours. */
	for (round = 0; round < 5; round++) {
		for (i = 2; i <= 1001; i++)
			lab_link(l, i + round * 1000, LINK_GONE);
		for (i = 2; i <= 1001; i++) {
			lab_up(l, i + (round + 1) * 1000);
			lab_ra(l, i + (round + 1) * 1000, R2, NET2);
		}
	}
	ATF_CHECK_EQ(timers(l, "router silence"), 1);
	ATF_CHECK_EQ(lab_pending(l, MSG_MH_OUT), 0);
	/* The one that matters is made again, after all others. */
	lab_link(l, 1, LINK_GONE);
	lab_skip(l);
	snprintf(l->ifs[0].name, sizeof(l->ifs[0].name), "eth9000");
	mn_engine.configure(l->mn, &l->conf, l->now);
	lab_up(l, 9000);
	lab_ra(l, 9000, R2, NET2);
	lab_addr(l, 9000, COA2, 0);
	ATF_CHECK_EQ(lab_pending(l, MSG_MH_OUT), 1);
	lab_end(l);
}

/* One that the configuration did not list, and now does: what link is it? */
ATF_TC_WITHOUT_HEAD(listed_later);
ATF_TC_BODY(listed_later, tc)
{
	struct lab	*l = lab_new();

	l->cmn.ninterfaces = 1;
	snprintf(l->ifs[0].name, sizeof(l->ifs[0].name), "eth1");
	lab_start(l);
	lab_mark(l, MSG_SNAPSHOT);
	lab_up(l, 2);
	lab_mark(l, MSG_SNAPSHOT_END);
	ATF_CHECK_EQ(lab_nd_sent(l, ICMP6_T_RS), 0);
	snprintf(l->ifs[0].name, sizeof(l->ifs[0].name), "eth2");
	mn_engine.configure(l->mn, &l->conf, l->now);
	ATF_CHECK_EQ(lab_nd_sent(l, ICMP6_T_RS), 1);
	lab_ra(l, 2, R2, NET2);
	lab_addr(l, 2, COA2, 0);
	ATF_CHECK_EQ(lab_pending(l, MSG_MH_OUT), 1);
	lab_end(l);
}

/* 2,000 addresses, of which the last is the care-of address; all go again. */
ATF_TC_WITHOUT_HEAD(addresses);
ATF_TC_BODY(addresses, tc)
{
	struct lab		*l = lab_new();
	const struct out	*o;
	char			 a[64];
	struct mh		 m;
	int			 i;

	lab_start(l);
	lab_mark(l, MSG_SNAPSHOT);
	lab_up(l, 1);
	lab_addr(l, 1, "fe80::ff:fe00:1", 0);
	for (i = 0; i < 2000; i++) {
		snprintf(a, sizeof(a), "fd00::1:%x", i);
		lab_addr(l, 1, a, ADDR_DEPRECATED);
	}
	lab_addr(l, 1, COA1, 0);
	lab_mark(l, MSG_SNAPSHOT_END);
	lab_ra(l, 1, R1, NET1);
	ATF_REQUIRE((o = lab_bu(l, &m)) != NULL);
	ATF_CHECK(in6_eq(&o->m.u_MH_OUT.src, &(struct in6_addr){ { { 0x20, 1,
	    0xd, 0xb8, 0, 0xa, [14] = 1 } } }));
	lab_accept(l, o, m.u.bu.lifetime);
	lab_skip(l);
	for (i = 0; i < 2000; i++) {
		snprintf(a, sizeof(a), "fd00::1:%x", i);
		lab_addr(l, 1, a, ADDR_GONE);
	}
	ATF_CHECK_EQ(lab_pending(l, MSG_MH_OUT), 0);
	/* The last one counts, too. */
	lab_addr(l, 1, COA1, ADDR_GONE);
	lab_addr(l, 1, "2001:db8:a::7", 0);
	ATF_CHECK(lab_pending(l, MSG_MH_OUT) == 1);
	lab_end(l);
}

/*
 * 10,000 routers that nobody knows, some with the prefix of the care-of
 * address, some in the kernel: it stays registered, by the router it uses.
 */
ATF_TC_WITHOUT_HEAD(forged_routers);
ATF_TC_BODY(forged_routers, tc)
{
	struct lab	*l = lab_new();
	char		 a[64], b[64];
	uint64_t	 sent;
	int		 i;

	lab_registered(l);
	kernel_router(l, R1, false);
	sent = lab_count(l, "bu_sent");
	for (i = 0; i < 10000; i++) {
		snprintf(a, sizeof(a), "fe80::5:%x", i);
		snprintf(b, sizeof(b), "2001:db8:ff:%x::", i);
		if (i % 2 == 0)
			kernel_router(l, a, false);
		lab_ra(l, 1, a, i % 3 == 0 ? NET1 : b);
		answer_probes(l);
		if (i % 4 == 0)
			kernel_router(l, a, true);
	}
	ATF_CHECK(lab_count(l, "routers_forgotten") > 9000);
	ATF_CHECK(timers(l, "router silence") <= 32);
	check_path(l, R1);
	/* They are not heard again, but R1 is. */
	for (i = 0; i < 100; i++) {
		lab_ra(l, 1, R1, NET1);
		lab_run(l, MS(100));
		answer_probes(l);
	}
	ATF_CHECK_EQ(lab_count(l, "bu_sent"), sent);
	check_path(l, R1);
	lab_end(l);
}

/* The flood was there first: the router of the care-of address is found. */
ATF_TC_WITHOUT_HEAD(forged_before);
ATF_TC_BODY(forged_before, tc)
{
	struct lab	*l = lab_new();
	char		 a[64], b[64];
	int		 i;

	lab_linked(l);
	for (i = 0; i < 200; i++) {
		snprintf(a, sizeof(a), "fe80::5:%x", i);
		snprintf(b, sizeof(b), "2001:db8:ff:%x::", i);
		lab_ra(l, 1, a, b);
		lab_skip(l);
	}
	lab_ra(l, 1, R1, NET1);
	lab_addr(l, 1, COA1, 0);
	ATF_CHECK_EQ(lab_pending(l, MSG_MH_OUT), 1);
	check_path(l, R1);
	lab_end(l);
}

/* An advertisement with as many prefixes as fit into one. */
static void
ra_many(struct lab *l, int first, int n, const char *last)
{
	struct msg_icmp6_in	 m;
	struct icmp6		 ra;
	struct nd_opt		*o;
	uint8_t			 buf[2048];
	char			 text[64];
	int			 i;

	icmp6_init(&ra, ICMP6_T_RA);
	ra.u.ra.lifetime = 1800;
	for (i = 0; i <= n; i++) {
		snprintf(text, sizeof(text), "2001:db8:ff:%x::", first + i);
		ATF_REQUIRE((o = icmp6_add(&ra, ND_PREFIX)) != NULL);
		o->u.prefix.len = 64;
		o->u.prefix.flags = ICMP6_PI_L | ICMP6_PI_A;
		o->u.prefix.valid = o->u.prefix.preferred = 3600;
		o->u.prefix.prefix = ip(i == n ? last : text);
	}
	memset(&m, 0, sizeof(m));
	m.src = ip(R1);
	m.dst = in6_allnodes;
	m.ifindex = 1;
	m.hlim = 255;
	m.icmp6.len = icmp6_build(&ra, buf, sizeof(buf));
	ATF_REQUIRE(m.icmp6.len > 0);
	m.icmp6.p = buf;
	lab_tell(l, ROLE_NET, MSG_ICMP6_IN, &m);
}

/*
 * Thousands of prefixes in the name of the router in use, that of the care-of
 * address always the last of them; and the home prefix is known at home.
 */
ATF_TC_WITHOUT_HEAD(forged_prefixes);
ATF_TC_BODY(forged_prefixes, tc)
{
	struct lab	*l = lab_new();
	uint64_t	 sent;
	int		 i;

	lab_registered(l);
	sent = lab_count(l, "bu_sent");
	for (i = 0; i < 10000; i += 25) {
		ra_many(l, i, 25, NET1);
		answer_probes(l);
	}
	ATF_CHECK(lab_count(l, "prefixes_forgotten") > 0);
	ATF_CHECK_EQ(lab_count(l, "bu_sent"), sent);
	/* Beside all these there is room for the home prefix. */
	ra_many(l, 20000, 25, HOMENET);
	ATF_CHECK(lab_pending(l, MSG_MH_OUT) == 1);
	lab_end(l);
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, interfaces);
	ATF_TP_ADD_TC(tp, listed_later);
	ATF_TP_ADD_TC(tp, addresses);
	ATF_TP_ADD_TC(tp, forged_routers);
	ATF_TP_ADD_TC(tp, forged_before);
	ATF_TP_ADD_TC(tp, forged_prefixes);
	return (atf_no_error());
}
