/*
 * What a mobile node tells mip6ctl: the Binding Update List, timelines of
 * handovers, reasons, all in pages; and the move that an operator asks for.
 * Answers of many rows come in pages, of which none repeats a row.
 */
#include "mn_lab.h"

struct row {
	char			 table[32];
	struct report_field	 f[40];
	size_t			 n;
};

/* All rows of a query, over as many pages as it takes. */
static size_t
ask(struct lab *l, enum verb verb, const char *arg, struct row *rows,
    size_t max)
{
	static struct report	 rep;
	struct msg_query	 q;
	struct rbuf		 r, row;
	size_t			 n = 0;

	memset(&q, 0, sizeof(q));
	q.verb = (uint16_t)verb;
	snprintf(q.arg, sizeof(q.arg), "%s", arg);
	do {
		report_init(&rep);
		q.cursor = mn_engine.query(l->mn, &q, &rep, l->now);
		rbuf_init(&r, rep.mem, rep.w.off);
		while (n < max && report_next_row(&r, &row, rows[n].table,
		    sizeof(rows[n].table))) {
			rows[n].n = 0;
			while (rows[n].n < 40 && report_next_field(&row,
			    &rows[n].f[rows[n].n]))
				rows[n].n++;
			n++;
		}
	} while (q.cursor != 0);
	return (n);
}

static const struct report_field *
field(const struct row *r, const char *name)
{
	size_t	 i;

	for (i = 0; i < r->n; i++)
		if (strcmp(r->f[i].name, name) == 0)
			return (&r->f[i]);
	return (NULL);
}

static bool
is_str(const struct row *r, const char *name, const char *v)
{
	const struct report_field	*f = field(r, name);

	return (f != NULL && f->kind == RK_STRING &&
	    f->v.str.len == strlen(v) &&
	    memcmp(f->v.str.p, v, f->v.str.len) == 0);
}

static void
first_packet(struct lab *l, uint8_t event)
{
	struct msg_tunnel	 m;

	memset(&m, 0, sizeof(m));
	m.home = ip(HOA);
	m.event = event;
	lab_tell(l, ROLE_NET, MSG_TUNNEL, &m);
}

/* Each step of a handover, as an offset in ns from link-up. */
ATF_TC_WITHOUT_HEAD(timeline);
ATF_TC_BODY(timeline, tc)
{
	static const struct { const char *name; int64_t ms; } want[] = {
		{ "link_down_ns", -50 }, { "link_up_ns", 0 }, { "rs_ns", 0 },
		{ "ra_ns", 7 }, { "address_ns", 9 }, { "bu_ns", 9 },
		{ "ba_ns", 12 }, { "first_out_ns", 13 }, { "first_in_ns", 14 },
	};
	struct lab		*l = lab_new();
	static struct row	 rows[64];
	const struct out	*bu;
	struct mh		 m;
	size_t			 i, n;

	lab_registered(l);
	lab_run(l, SEC(10));
	lab_down(l, 1);
	lab_run(l, MS(50));
	lab_up(l, 1);
	lab_run(l, MS(7));
	lab_ra(l, 1, R2, NET2);
	lab_addr(l, 1, COA2, ADDR_TENTATIVE);
	lab_run(l, MS(2));
	lab_addr(l, 1, COA2, 0);
	bu = lab_bu(l, &m);
	ATF_REQUIRE(bu != NULL);
	lab_run(l, MS(3));
	lab_accept(l, bu, 105);
	lab_run(l, MS(1));
	first_packet(l, TUNNEL_FIRST_OUT);
	lab_run(l, MS(1));
	first_packet(l, TUNNEL_FIRST_IN);
	lab_run(l, MS(1));
	first_packet(l, TUNNEL_FIRST_IN);
	n = ask(l, VERB_SHOW_HANDOVERS, "", rows, 64);
	ATF_REQUIRE_EQ(n, 2);
	ATF_CHECK(is_str(&rows[0], "kind", "first"));
	ATF_CHECK(is_str(&rows[1], "kind", "move"));
	ATF_CHECK(is_str(&rows[1], "interface", "eth1"));
	for (i = 0; i < sizeof(want) / sizeof(want[0]); i++) {
		const struct report_field *f = field(&rows[1], want[i].name);

		ATF_REQUIRE_MSG(f != NULL, "%s", want[i].name);
		ATF_CHECK_MSG(f->v.i64 == MS(want[i].ms), "%s %lld",
		    want[i].name, (long long)f->v.i64);
	}
	ATF_CHECK_EQ(field(&rows[1], "updates")->v.u64, 1);
	/* a refresh is none of it */
	lab_run(l, SEC(330));
	n = ask(l, VERB_SHOW_HANDOVERS, "", rows, 64);
	ATF_CHECK_EQ(n, 2);
	ATF_CHECK_EQ(field(&rows[1], "updates")->v.u64, 1);
	lab_end(l);
}

/* What happened to the link before the last handover is not of this one. */
ATF_TC_WITHOUT_HEAD(timeline_on_same_link);
ATF_TC_BODY(timeline_on_same_link, tc)
{
	struct lab		*l = lab_new();
	static struct row	 rows[64];

	lab_registered(l);
	lab_run(l, SEC(10));
	lab_addr(l, 1, "2001:db8:a::200", 0);
	lab_addr(l, 1, COA1, ADDR_GONE);
	ATF_REQUIRE_EQ(ask(l, VERB_SHOW_HANDOVERS, "", rows, 64), 2);
	ATF_CHECK(field(&rows[1], "link_up_ns") == NULL);
	ATF_CHECK(field(&rows[1], "ra_ns") == NULL);
	ATF_CHECK_EQ(field(&rows[1], "address_ns")->v.i64, 0);
	ATF_CHECK_EQ(field(&rows[1], "bu_ns")->v.i64, 0);
	lab_end(l);
}

/* The last ones are kept, and come in pages. */
ATF_TC_WITHOUT_HEAD(many_handovers);
ATF_TC_BODY(many_handovers, tc)
{
	struct lab		*l = lab_new();
	static struct row	 rows[128];
	const struct out	*o;
	char			 a[64];
	struct mh		 m;
	size_t			 i, n;

	lab_registered(l);
	for (i = 0; i < 100; i++) {
		lab_run(l, SEC(2));
		lab_skip(l);
		snprintf(a, sizeof(a), "2001:db8:a::5:%zx", i);
		lab_addr(l, 1, a, 0);
		snprintf(a, sizeof(a), "2001:db8:a::5:%zx", i - 1);
		lab_addr(l, 1, i == 0 ? COA1 : a, ADDR_GONE);
		o = lab_bu(l, &m);
		ATF_REQUIRE(o != NULL);
		lab_accept(l, o, 105);
	}
	n = ask(l, VERB_SHOW_HANDOVERS, "", rows, 128);
	ATF_REQUIRE_EQ(n, 32);
	for (i = 0; i < n; i++)
		ATF_CHECK_EQ(field(&rows[i], "number")->v.u64, 70 + i);
	lab_end(l);
}

ATF_TC_WITHOUT_HEAD(binding_update_list);
ATF_TC_BODY(binding_update_list, tc)
{
	struct lab		*l = lab_new();
	static struct row	 rows[64];
	struct in6_addr		 coa = ip(COA1);
	struct mh		 m;

	lab_away(l, &m);
	ATF_REQUIRE_EQ(ask(l, VERB_SHOW_BUL, "", rows, 64), 1);
	ATF_CHECK(is_str(&rows[0], "state", "registering"));
	lab_end(l);
	l = lab_new();
	lab_registered(l);
	lab_run(l, SEC(20));
	ATF_REQUIRE_EQ(ask(l, VERB_SHOW_BUL, "", rows, 64), 1);
	ATF_CHECK(is_str(&rows[0], "state", "registered"));
	ATF_CHECK(in6_eq(&field(&rows[0], "careof")->v.addr, &coa));
	ATF_CHECK_EQ(field(&rows[0], "lifetime_ms")->v.i64, 400000);
	ATF_CHECK_EQ(field(&rows[0], "refresh_ms")->v.i64, 295000);
	ATF_CHECK_EQ(field(&rows[0], "sequence")->v.u64, 100);
	ATF_REQUIRE_EQ(ask(l, VERB_SHOW_INTERFACES, "", rows, 64), 1);
	ATF_CHECK(is_str(&rows[0], "name", "eth1"));
	ATF_CHECK(is_str(&rows[0], "state", "up"));
	ATF_CHECK(in6_eq(&field(&rows[0], "careof")->v.addr, &coa));
	ATF_CHECK(ask(l, VERB_SHOW_TIMERS, "", rows, 64) >= 2);
	ATF_CHECK_EQ(ask(l, VERB_SHOW_SPD, "", rows, 64), 0);
	lab_end(l);
}

/* Many homes, in pages; those that a reload leaves are all that is shown. */
ATF_TC_WITHOUT_HEAD(many_homes);
ATF_TC_BODY(many_homes, tc)
{
	static struct conf_home	 homes[300];
	static struct row	 rows[400];
	struct lab		*l = lab_new();
	size_t			 i;

	lab_start(l);
	for (i = 0; i < 300; i++) {
		homes[i] = l->homes[0];
		homes[i].address.s6_addr[14] = (uint8_t)(1 + i / 256);
		homes[i].address.s6_addr[15] = (uint8_t)i;
	}
	l->cmn.homes = homes;
	l->cmn.nhomes = 300;
	mn_engine.configure(l->mn, &l->conf, l->now);
	ATF_REQUIRE_EQ(ask(l, VERB_SHOW_BUL, "", rows, 400), 300);
	for (i = 0; i < 300; i++)
		ATF_CHECK(in6_eq(&field(&rows[i], "home")->v.addr,
		    &homes[i].address));
	l->cmn.homes = &homes[100];
	l->cmn.nhomes = 100;
	mn_engine.configure(l->mn, &l->conf, l->now);
	ATF_REQUIRE_EQ(ask(l, VERB_SHOW_BUL, "", rows, 400), 100);
	lab_end(l);
}

/* The history of a home address, newest last. */
ATF_TC_WITHOUT_HEAD(why);
ATF_TC_BODY(why, tc)
{
	struct lab		*l = lab_new();
	static struct row	 rows[64];
	const struct out	*bu;
	struct mh		 m;
	size_t			 n;
	int			 i;

	l->routers_answer = true;
	bu = lab_away(l, &m);
	lab_refuse(l, bu, 129);
	n = ask(l, VERB_WHY, HOA, rows, 64);
	ATF_REQUIRE_EQ(n, 3);
	ATF_CHECK(is_str(&rows[0], "reason", "refused-prohibited"));
	ATF_CHECK(is_str(&rows[1], "state", "refused"));
	ATF_CHECK_EQ(field(&rows[1], "status")->v.u64, 129);
	ATF_CHECK(is_str(&rows[1], "status_name",
	    "administratively prohibited"));
	ATF_CHECK(is_str(&rows[2], "name", "refused"));
	ATF_CHECK_EQ(ask(l, VERB_WHY, COA1, rows, 64), 3);
	ATF_CHECK_EQ(ask(l, VERB_WHY, COA2, rows, 64), 0);
	ATF_CHECK_EQ(ask(l, VERB_WHY, "nonsense", rows, 64), 0);
	for (i = 0; i < 40; i++) {
		lab_ra(l, 1, R1, NET1);
		lab_run(l, SEC(301));
		while ((bu = lab_bu(l, &m)) != NULL)
			lab_refuse(l, bu, 129);
	}
	ATF_CHECK_EQ(ask(l, VERB_WHY, HOA, rows, 64), 18);
	lab_end(l);
}

/* move: this care-of address now, whatever the rules say */
ATF_TC_WITHOUT_HEAD(move);
ATF_TC_BODY(move, tc)
{
	struct lab		*l = lab_new();
	static struct row	 rows[64];
	const struct out	*o;
	struct in6_addr		 other = ip("2001:db8:a::200");
	struct mh		 m;

	lab_registered(l);
	lab_addr(l, 1, "2001:db8:a::200", 0);
	lab_run(l, SEC(2));
	ATF_CHECK_EQ(lab_pending(l, MSG_MH_OUT), 0);
	ATF_REQUIRE_EQ(ask(l, VERB_MOVE, "2001:db8:a::200", rows, 64), 1);
	o = lab_bu(l, &m);
	ATF_REQUIRE(o != NULL);
	ATF_CHECK(in6_eq(&o->m.u_MH_OUT.src, &other));
	lab_accept(l, o, 105);
	ATF_REQUIRE_EQ(ask(l, VERB_MOVE, COA2, rows, 64), 1);
	ATF_CHECK(is_str(&rows[0], "text", "it is used as soon as it can be"));
	lab_run(l, SEC(2));
	ATF_CHECK_EQ(lab_pending(l, MSG_MH_OUT), 0);
	ATF_REQUIRE_EQ(ask(l, VERB_MOVE, "x", rows, 64), 1);
	ATF_REQUIRE_EQ(ask(l, VERB_MOVE, "::", rows, 64), 1);
	ATF_CHECK_EQ(lab_pending(l, MSG_MH_OUT), 0);
	lab_end(l);
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, timeline);
	ATF_TP_ADD_TC(tp, timeline_on_same_link);
	ATF_TP_ADD_TC(tp, many_handovers);
	ATF_TP_ADD_TC(tp, binding_update_list);
	ATF_TP_ADD_TC(tp, many_homes);
	ATF_TP_ADD_TC(tp, why);
	ATF_TP_ADD_TC(tp, move);
	return (atf_no_error());
}
