/*
 * sec/: the planning of IPsec with a fake of its primitives.  Here are no
 * root, no socket and no pipe: the test reads what is asked, gives results in
 * any order, errors, rows and events, and is the clock.
 */
#include <sys/types.h>
#include <sys/socket.h>

#include <arpa/inet.h>
#include <atf-c.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sec/int.h"

#define HOME	"2001:db8:99::10"
#define HOME2	"2001:db8:99::11"
#define AGENT	"2001:db8:99::1"
#define COA1	"2001:db8:1::10"
#define COA2	"2001:db8:2::10"
#define FLIGHTS	512
#define FIRST	100
#define LAST	16000

static const char *const	 names[PRIM_MAX] = {
	[PRIM_SET] = "set", [PRIM_DELETE] = "delete", [PRIM_MOVE] = "move",
	[PRIM_CLEAR] = "clear", [PRIM_STRAY] = "stray",
	[PRIM_POLICIES] = "policies", [PRIM_SA_ADD] = "sa-add",
	[PRIM_SA_DELETE] = "sa-delete", [PRIM_SA_DROP] = "sa-drop",
	[PRIM_SA_GET] = "sa-get", [PRIM_SAS] = "sas",
};

static struct sec	*s;
static struct mono	 clock_is = { SEC(1000) };
static struct whys	 whys;
static struct flight {
	uint32_t		 id;
	struct prim_request	 r;
} flights[FLIGHTS];
static size_t		 nflights;
static char		 asked[16384];		/* in this order */
static struct sec_conf	 configured[2];
static size_t		 nconfigured;
static struct sec_sa	 sas[] = {
	{ .mark = 1, .spi = 1000, .use = SA_BINDING, .way = SA_TO_AGENT },
	{ .mark = 2, .spi = 1001, .use = SA_BINDING, .way = SA_FROM_AGENT },
};
static unsigned int	 soon, counts[SC_MAX];
static unsigned int	 told[MSG_MAX];
static union msg	 last[MSG_MAX];
static enum spi_what	 aged;		/* AGE or FORGET was told last */
static bool		 ike_runs;
static int		 every;		/* error of each from now on, at once */

static struct in6_addr
in6(const char *text)
{
	struct in6_addr	 a;

	ATF_REQUIRE_EQ(inet_pton(AF_INET6, text, &a), 1);
	return (a);
}

static void
t_ask(void *arg, uint32_t id, const struct prim_request *r)
{
	const struct prim_result	 no = { .error = every };
	size_t				 n = strlen(asked);

	(void)arg;
	ATF_REQUIRE(n + 32 < sizeof(asked));
	snprintf(asked + n, sizeof(asked) - n, "%s %u%s\n", names[r->op],
	    r->index, r->km ? " K" : "");
	if (every != 0) {
		sec_result(s, id, &no);
		return;
	}
	ATF_REQUIRE(nflights < FLIGHTS);
	flights[nflights++] = (struct flight){ id, *r };
}

static void
t_soon(void *arg)
{
	(void)arg;
	soon++;
}

static void
t_alarm(void *arg)
{
	(void)arg;
}

static void
t_tell(void *arg, enum msg_type t, const void *m)
{
	struct msg_result	 r;

	(void)arg;
	if (t == MSG_SPI && ((const struct msg_spi *)m)->what >= SPI_AGE) {
		aged = ((const struct msg_spi *)m)->what;
		return;
	}
	told[t]++;
	if (t == MSG_RESULT) {
		memcpy(&r, m, sizeof(r));
		last[t].u_RESULT = r;
	} else if (t == MSG_SPI)
		memcpy(&last[t].u_SPI, m, sizeof(struct msg_spi));
}

static void
t_send(void *arg, enum role r, enum msg_type t, const void *m)
{
	(void)r;
	t_tell(arg, t, m);
}

static bool
t_runs(void *arg, enum role r)
{
	(void)arg;
	return (r == ROLE_IKE && ike_runs);
}

static bool
t_nodes(void *arg, sec_conf_fn *fn, struct sec *of)
{
	size_t	 i;

	(void)arg;
	for (i = 0; i < nconfigured; i++)
		fn(of, &configured[i]);
	return (true);
}

static void
t_load(void *arg, struct sec *of)
{
	(void)arg;
	(void)of;
}

static void
t_save(void *arg)
{
	(void)arg;
}

static void
t_count(void *arg, enum sec_counter c)
{
	(void)arg;
	counts[c]++;
}

static struct now
t_now(void *arg)
{
	(void)arg;
	return ((struct now){ clock_is, clock_is.ns });
}

/* What is ready begins, as often as it wants that. */
static void
go(void)
{
	unsigned int	 i;

	for (i = 0; i < 100 && soon > 0; i++) {
		soon = 0;
		sec_go(s);
	}
	ATF_CHECK_MSG(soon == 0, "it never rests");
}

/* The result of one of those under way, in any order. */
static void
result(size_t i, int error)
{
	const struct prim_result	 r = { .error = error };
	uint32_t			 id;

	ATF_REQUIRE(i < nflights);
	id = flights[i].id;
	memmove(&flights[i], &flights[i + 1],
	    (--nflights - i) * sizeof(flights[0]));
	sec_result(s, id, &r);
	/* It is told once; what comes again is nobody's. */
	sec_result(s, id, &r);
	soon++;
	go();
}

/* All that is asked works. */
static void
settle(void)
{
	unsigned int	 i;

	go();
	for (i = 0; nflights > 0; i++) {
		ATF_REQUIRE(i < 10000);
		result(0, 0);
	}
}

static void
pass(int64_t ns)
{
	clock_is.ns += ns;
	sec_expire(s);
	go();
}

static void
expect(const char *what)
{
	ATF_CHECK_STREQ(what, asked);
	asked[0] = '\0';
}

static void
configure(size_t i, const char *home, size_t nsas)
{
	configured[i] = (struct sec_conf){ .role = ROLE_HA, .home = in6(home),
	    .agent = in6(AGENT), .protect = PROTECT_RR, .sas = sas,
	    .nsas = nsas };
	nconfigured = i + 1;
}

static void
setup(void)
{
	struct sec_env	 env = { .ask = t_ask, .soon = t_soon,
	    .alarm = t_alarm, .send = t_send, .tell = t_tell, .runs = t_runs,
	    .nodes = t_nodes, .load = t_load, .save = t_save,
	    .count = t_count, .now = t_now,
	    .whys = &whys, .migrate = true };
	static const struct hash_key	 key;

	ATF_REQUIRE(whys_init(&whys, &key, NULL, NULL));
	s = sec_new(&env);
	ATF_REQUIRE(s != NULL);
	sec_start(s, FIRST, LAST);
}

static void
start(size_t nsas)
{
	configure(0, HOME, nsas);
	setup();
	settle();
	asked[0] = '\0';
}

static struct sec_node *
node(const char *home)
{
	const struct in6_addr	 a = in6(home);
	struct sec_node		*n = sec_find(s, ROLE_HA, &a);

	ATF_REQUIRE(n != NULL);
	return (n);
}

static void
move(const char *home, uint32_t id, const char *to)
{
	union msg	 m;

	memset(&m, 0, sizeof(m));
	m.u_IPSEC = (struct msg_ipsec){ .id = id, .home = in6(home),
	    .local = in6(AGENT), .peer = in6(to),
	    .flags = IPSEC_TUNNEL | IPSEC_KM };
	sec_message(s, ROLE_HA, MSG_IPSEC, &m);
	go();
}

static void
answered(unsigned int n, uint32_t id, int error)
{
	ATF_CHECK_EQ(n, told[MSG_RESULT]);
	ATF_CHECK_EQ(id, last[MSG_RESULT].u_RESULT.id);
	ATF_CHECK_EQ(error, (int)last[MSG_RESULT].u_RESULT.error);
}

/* Which of those under way has the first place of the table. */
static size_t
first_place(void)
{
	size_t	 i;

	for (i = 0; i < nflights; i++)
		if ((flights[i].id & 0xfffff) == 0)
			return (i);
	atf_tc_fail("nobody has it");
}

/* At the end all memory is given back. */
static void
finish(void)
{
	settle();
	sec_free(s);
	whys_free(&whys);
}

/* From the start to the end: what is asked, in its order. */
ATF_TC_WITHOUT_HEAD(life);
ATF_TC_BODY(life, tc)
{
	configure(0, HOME, 0);
	setup();
	expect("policies 0\nsas 0\n");
	/* net may know of SPIs that are there no more. */
	ATF_CHECK_EQ(SPI_AGE, aged);
	result(0, 0);
	ATF_CHECK_EQ(SPI_AGE, aged);
	settle();
	ATF_CHECK_EQ(SPI_FORGET, aged);
	expect("set 0\nset 1\nset 2\nset 3\n");
	ATF_CHECK_EQ(node(HOME)->want.reqid, FIRST);
	move(HOME, 1, COA1);
	settle();
	answered(1, 1, 0);
	expect("set 4\nset 5\nset 6\nmove 0 K\n");
	/* Between other ends: each by MIGRATE, K with the last, then home. */
	move(HOME, 2, COA2);
	settle();
	answered(2, 2, 0);
	expect("move 4\nmove 5\nmove 6 K\nmove 0 K\n");
	/* One that is configured no more. */
	nconfigured = 0;
	sec_configured(s, FIRST, LAST);
	settle();
	expect("delete 0\ndelete 1\ndelete 2\ndelete 3\ndelete 4\ndelete 5\n"
	    "delete 6\n");
	finish();
}

/* Two nodes move at a time; results come the other way round. */
ATF_TC_WITHOUT_HEAD(any_order);
ATF_TC_BODY(any_order, tc)
{
	configure(0, HOME, 0);
	configure(1, HOME2, 0);
	setup();
	settle();
	move(HOME, 1, COA1);
	move(HOME2, 2, COA2);
	ATF_REQUIRE_EQ(2, nflights);
	while (nflights > 0)
		result(nflights - 1, 0);
	ATF_CHECK_EQ(2, told[MSG_RESULT]);
	/* The one that was asked first has waited for the other. */
	answered(2, 1, 0);
	ATF_CHECK_EQ(0x7f, node(HOME)->present);
	ATF_CHECK_EQ(0x7f, node(HOME2)->present);
	/* A request that waits gives way to a newer one, and is answered. */
	move(HOME, 3, COA2);
	move(HOME, 4, COA1);
	move(HOME, 5, COA2);
	answered(3, 4, ECANCELED);
	settle();
	answered(5, 5, 0);
	finish();
}

/* An association is there already: it goes, and comes back with our keys. */
ATF_TC_WITHOUT_HEAD(exists);
ATF_TC_BODY(exists, tc)
{
	configure(0, HOME, 2);
	setup();
	go();
	while (flights[0].r.op != PRIM_SA_ADD)
		result(0, 0);
	asked[0] = '\0';
	result(0, EEXIST);
	settle();
	expect("sa-delete 0\nsa-add 0\nsa-add 1\n");
	ATF_CHECK_EQ(1, told[MSG_SPI]);
	ATF_CHECK_EQ(1000, last[MSG_SPI].u_SPI.spi);
	/* Other keys under the same number: the old ones go first. */
	sas[0].mark = 7;
	asked[0] = '\0';
	sec_configured(s, FIRST, LAST);
	settle();
	ATF_CHECK(strncmp(asked, "sa-drop 0\nsa-drop 0\n", 20) == 0);
	ATF_CHECK(strstr(asked, "sa-add 0\nsa-add 1\n") != NULL);
	finish();
}

/* A policy is not there, an obstacle is: further steps, and then it works. */
ATF_TC_WITHOUT_HEAD(healed);
ATF_TC_BODY(healed, tc)
{
	start(0);
	move(HOME, 1, COA1);
	settle();
	asked[0] = '\0';
	move(HOME, 2, COA2);
	result(0, ENOENT);
	expect("move 4\nset 4\n");
	result(0, 0);
	result(0, 0);
	result(0, MIGRATE_OBSTACLE);
	settle();
	answered(2, 2, 0);
	expect("move 4\nmove 5\nclear 5\nmove 5\nmove 6 K\nmove 0 K\n");
	/* What is removed is not there: as well. */
	nconfigured = 0;
	sec_configured(s, FIRST, LAST);
	go();
	while (nflights > 0)
		result(0, ESRCH);
	ATF_CHECK_EQ(0, s->by_home.count);
	finish();
}

/* Memory is short: nothing is lost, and nobody is asked all the time. */
ATF_TC_WITHOUT_HEAD(shortage);
ATF_TC_BODY(shortage, tc)
{
	start(0);
	every = ENOBUFS;
	move(HOME, 1, COA1);
	expect("set 4\n");
	ATF_CHECK_EQ(0, told[MSG_RESULT]);
	pass(MS(50));
	expect("");
	pass(MS(60));
	expect("set 4\n");
	every = 0;
	pass(MS(110));
	settle();
	answered(1, 1, 0);
	expect("set 4\nset 5\nset 6\nmove 0 K\n");
	/* Short for too long: it is as before, and that is made sure of. */
	every = ENOMEM;
	move(HOME, 2, COA2);
	pass(SEC_PATIENCE);
	answered(2, 2, ENOMEM);
	every = 0;
	asked[0] = '\0';
	pass(MS(110));
	settle();
	ATF_CHECK(strstr(asked, "policies 0\n") != NULL);
	ATF_CHECK_EQ(0x7f, node(HOME)->present);
	finish();
}

/* A policy that nobody has is removed, before others are put there. */
ATF_TC_WITHOUT_HEAD(strays);
ATF_TC_BODY(strays, tc)
{
	struct spd_node		 d = { .agent_side = true, .home = in6(HOME2),
	    .agent = in6(AGENT), .reqid = FIRST + 2, .protect = PROTECT_RR };
	struct spd_entry	 theirs, ours;
	struct prim_result	 row = { .more = true };

	configure(0, HOME, 0);
	setup();
	ATF_REQUIRE_EQ(PRIM_POLICIES, flights[0].r.op);
	ATF_REQUIRE(spd_entry(&d, 1, &theirs));
	d.home = in6(HOME);
	d.reqid = FIRST;
	ATF_REQUIRE(spd_entry(&d, 0, &ours));
	asked[0] = '\0';
	row.policy = &theirs.policy;
	sec_result(s, flights[0].id, &row);
	row.policy = &ours.policy;
	sec_result(s, flights[0].id, &row);
	result(0, 0);
	ATF_CHECK(strncmp(asked, "stray 0\n", 8) == 0);
	ATF_CHECK(memcmp(&flights[nflights - 2].r.policy.sel.src,
	    &theirs.policy.sel.src, sizeof(theirs.policy.sel.src)) == 0);
	settle();
	/* One of four was there. */
	expect("stray 0\nset 1\nset 2\nset 3\n");
	finish();
}

/* The socket breaks: what is under way fails once, and all is compared. */
ATF_TC_WITHOUT_HEAD(lost_socket);
ATF_TC_BODY(lost_socket, tc)
{
	start(0);
	move(HOME, 1, COA1);
	result(0, 0);
	ATF_REQUIRE_EQ(1, nflights);
	asked[0] = '\0';
	result(0, ECANCELED);
	answered(1, 1, ECANCELED);
	ATF_CHECK(!node(HOME)->have.tunnel);
	sec_event(s, PRIM_LOST, NULL, NULL);
	go();
	while (nflights > 0 && counts[SC_ERRORS] == 0)
		result(0, 0);
	/* It was asked for again meanwhile, so that it is done once more. */
	pass(MS(110));
	settle();
	ATF_CHECK(strstr(asked, "policies 0\n") != NULL);
	ATF_CHECK(strstr(asked, "sas 0\n") != NULL);
	ATF_CHECK_EQ(0xf, node(HOME)->present);
	ATF_CHECK_EQ(1, told[MSG_RESULT]);
	move(HOME, 2, COA2);
	settle();
	answered(2, 2, 0);
	finish();
}

/* One refuses to carry it out: told, known to be missing, tried again. */
ATF_TC_WITHOUT_HEAD(refused);
ATF_TC_BODY(refused, tc)
{
	start(0);
	move(HOME, 1, COA1);
	result(0, EACCES);
	settle();
	answered(1, 1, EACCES);
	ATF_CHECK_EQ(0x6f, node(HOME)->present);
	asked[0] = '\0';
	pass(SEC(61));
	settle();
	expect("set 4\n");
	ATF_CHECK_EQ(0x7f, node(HOME)->present);
	/* Of what is not its node an engine can't ask. */
	move("2001:db8:99::77", 2, COA1);
	answered(2, 2, EACCES);
	finish();
}

static void
count_result(void *arg, const struct prim_result *r)
{
	(void)r;
	++*(unsigned int *)arg;
}

/* Numbers of requests begin again one day, and 0 is that of an event. */
ATF_TC_WITHOUT_HEAD(numbers);
ATF_TC_BODY(numbers, tc)
{
	const struct prim_request	 r = { .op = PRIM_SAS };
	const uint32_t			 places = 64, uses = 10000;
	unsigned int			 n = 0;
	uint32_t			 i;

	start(0);
	ATF_REQUIRE_EQ(places, s->nasked);
	for (i = 0; i < places; i++)
		sec_ask(s, &r, count_result, &n);
	ATF_REQUIRE_EQ(places, s->nasked);
	/* The first place, again and again. */
	for (i = 0; i < uses; i++) {
		asked[0] = '\0';
		result(i == 0 ? first_place() : nflights - 1, 0);
		ATF_REQUIRE_EQ(i + 1, n);
		sec_ask(s, &r, count_result, &n);
		ATF_REQUIRE(flights[nflights - 1].id != 0);
	}
	asked[0] = '\0';
	finish();
	ATF_CHECK_EQ(uses + places, n);
}

/* What a node had with another planning is no registration of now. */
ATF_TC_WITHOUT_HEAD(past);
ATF_TC_BODY(past, tc)
{
	const struct msg_sec_past	 m = { .role = ROLE_HA,
	    .home = in6(HOME), .bound = true, .at = 900,
	    .local = in6(AGENT), .peer = in6(COA1), .flags = IPSEC_TUNNEL };

	configure(0, HOME, 0);
	setup();
	sec_past(s, &m);
	settle();
	ATF_CHECK(node(HOME)->have.tunnel);
	ATF_CHECK_EQ(900, node(HOME)->seen);
	move(HOME, 1, COA2);
	settle();
	ATF_CHECK_EQ(1000, node(HOME)->seen);
	finish();
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, life);
	ATF_TP_ADD_TC(tp, any_order);
	ATF_TP_ADD_TC(tp, exists);
	ATF_TP_ADD_TC(tp, healed);
	ATF_TP_ADD_TC(tp, shortage);
	ATF_TP_ADD_TC(tp, strays);
	ATF_TP_ADD_TC(tp, lost_socket);
	ATF_TP_ADD_TC(tp, refused);
	ATF_TP_ADD_TC(tp, numbers);
	ATF_TP_ADD_TC(tp, past);
	return (atf_no_error());
}
