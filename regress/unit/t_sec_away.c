/*
 * The sec process dies with tunnels up and is another one then.  What there is
 * in the kernel stays and is taken up, what engines ask waits and is answered
 * once, and when nobody plans any more all of it goes.  The kernel and the
 * engines are played by ipsec_lab.inc.
 */
#include "no_memory.h"
#define calloc	t_calloc
#define realloc	t_realloc
#define begin	owned_begin
#include "parent/owned.c"
#undef calloc
#undef realloc
#undef begin
#include "ipsec_lab.inc"

static bool
sweeping(void)
{
	return (p.planner->sweep.active);
}

/* Until a sweep has ended; it may have to wait. */
static void
end_sweep(void)
{
	int	 i;

	for (i = 0; i < 5 * MANY && sweeping(); i++) {
		usleep(1000);
		run();
	}
	ATF_CHECK(!sweeping());
}

/* The kernel has what a node is to have, or the first so many of it. */
static void
kernel_has(const struct spd_node *d, size_t count)
{
	struct spd_entry	 e;

	for (ndumped = 0; ndumped < count &&
	    spd_entry(d, ndumped, &e); ndumped++)
		dumped[ndumped] = e.policy;
}

/* A tunnel to COA1, and its sec dies. */
static struct spd_node
bound_and_away(enum role r, uint8_t flags)
{
	struct spd_node	 have;

	begin(r, PROTECT_RR);
	if (r == ROLE_HA)
		ask(r, 1, AGENT, COA1, flags);
	else
		ask(r, 1, COA1, AGENT, flags);
	run();
	result(1, 0);
	have = node_of_home(r)->have;
	kernel_has(&have, SPD_MAX);
	sec_dies();
	nheard = 0;
	heard[0] = '\0';
	return (have);
}

static void
next_life(void)
{
	new_sec();
	planner_child_ready(&p.procs[ROLE_SEC]);
	run();
}

/* Nothing is removed or put there again; then the tunnel moves from there. */
ATF_TC_WITHOUT_HEAD(taken_up);
ATF_TC_BODY(taken_up, tc)
{
	const uint32_t	 reqid = 100;

	bound_and_away(ROLE_HA, IPSEC_TUNNEL);
	owned_find(&p.planner->owned, &(struct spd_node){ .agent_side = true,
	    .home = in6(HOME) })->bound_at = 900;
	ATF_CHECK(why_find(&p.whys, WHY_PLANNING_AWAY, "sec") != NULL);
	next_life();
	ATF_CHECK(why_find(&p.whys, WHY_PLANNING_AWAY, "sec") == NULL);
	expect("SPDDUMP\nDUMP\n");
	/* One for each life. */
	ATF_CHECK_EQ(2, told.aged);
	ATF_CHECK_EQ(2, told.forgot);
	ATF_CHECK_EQ(reqid, node_of_home(ROLE_HA)->want.reqid);
	ATF_CHECK_EQ(900, node_of_home(ROLE_HA)->seen);
	/* Its engine is not told again what it knows. */
	ATF_CHECK_EQ(1, told.n[MSG_RESULT]);
	ask(ROLE_HA, 2, AGENT, COA2, IPSEC_TUNNEL | IPSEC_KM);
	run();
	result(2, 0);
	expect("MIGRATE any-home 135/0 out 101:agent-coa1 101:agent-coa2\n"
	    "MIGRATE home-any 135/0 in 101:coa1-agent 101:coa2-agent\n"
	    "MIGRATE home-any 135/0 fwd 101:coa1-agent 101:coa2-agent "
	    "K agent-coa2\n"
	    "MIGRATE agent-home 135/0 out 100:agent-home 100:agent-home "
	    "K agent-coa2\n");
}

/* The same of a mobile node, where charon is to follow in any case. */
ATF_TC_WITHOUT_HEAD(taken_up_by_node);
ATF_TC_BODY(taken_up_by_node, tc)
{
	bound_and_away(ROLE_MN, IPSEC_TUNNEL | IPSEC_KM);
	next_life();
	ATF_CHECK(strstr(heard, "SPDDELETE") == NULL);
	ATF_CHECK(strstr(heard, "SPDUPDATE") == NULL);
	ATF_CHECK(node_of_home(ROLE_MN)->have.tunnel);
	nheard = 0;
	ask(ROLE_MN, 2, HOME, AGENT, IPSEC_KM);
	run();
	result(2, 0);
	ATF_CHECK(strstr(heard, "SPDDELETE home-any 135/1 out") != NULL);
}

/* It died in the middle of a move: some policies are here, some there. */
ATF_TC_WITHOUT_HEAD(halfway);
ATF_TC_BODY(halfway, tc)
{
	struct in6_addr		 coa2;
	struct spd_node		 have;
	struct spd_entry	 e;
	struct pfkey_msg	 m;

	begin(ROLE_HA, PROTECT_RR);
	ask(ROLE_HA, 1, AGENT, COA1, IPSEC_TUNNEL);
	run();
	ask(ROLE_HA, 2, AGENT, COA2, IPSEC_TUNNEL);
	next(&m);
	ATF_REQUIRE_EQ(PFKEY_MIGRATE, m.type);
	have = node_of_home(ROLE_HA)->have;
	kernel_has(&have, SPD_MAX);
	have.peer = in6(COA2);
	ATF_REQUIRE(spd_entry(&have, 4, &e));
	dumped[4] = e.policy;
	sec_dies();
	serve(&m);
	run();
	nheard = 0;
	heard[0] = '\0';
	ATF_CHECK_EQ(1, told.n[MSG_RESULT]);
	next_life();
	ATF_CHECK_EQ(2, told.n[MSG_RESULT]);
	result(2, 0);
	ATF_CHECK(strstr(heard, "SPDDELETE") == NULL);
	ATF_CHECK(strstr(heard, "MIGRATE home-any 135/0 in 101:coa1-agent "
	    "101:coa2-agent") != NULL);
	coa2 = in6(COA2);
	have = node_of_home(ROLE_HA)->have;
	ATF_CHECK(have.tunnel && IN6_ARE_ADDR_EQUAL(&have.peer, &coa2));
}

/* What is asked meanwhile waits; an engine that is new has not asked it. */
ATF_TC_WITHOUT_HEAD(waits);
ATF_TC_BODY(waits, tc)
{
	struct msg_key_want	 want = { .op = KEY_NEED, .home = in6(HOME),
	    .local = in6(COA1), .remote = in6(AGENT) };
	struct msg_key_state	 up = { .state = KEY_UP, .home = in6(HOME) };

	bound_and_away(ROLE_MN, IPSEC_TUNNEL);
	new_engine(ROLE_IKE);
	ask(ROLE_MN, 2, COA2, AGENT, IPSEC_TUNNEL);
	ipc_send(engine[ROLE_MN], MSG_KEY_WANT, &want);
	ipc_send(engine[ROLE_IKE], MSG_KEY_STATE, &up);
	run();
	expect("");
	ATF_CHECK_EQ(1, told.n[MSG_RESULT]);
	ATF_CHECK_EQ(0, told.n[MSG_KEY_WANT]);
	/* What is not its node is refused at once. */
	ask_of(HOME2, ROLE_MN, 3, COA2, AGENT, IPSEC_TUNNEL);
	run();
	result(3, EACCES);
	next_life();
	ATF_CHECK_EQ(0, told.result[2]);
	ATF_CHECK_EQ(3, told.n[MSG_RESULT]);
	ATF_CHECK(told.n[MSG_KEY_WANT] > 0);
	ATF_CHECK_EQ(KEY_NEED, told.last[MSG_KEY_WANT].u_KEY_WANT.op);
	ATF_CHECK_EQ(KEY_UP, told.last[MSG_KEY_STATE].u_KEY_STATE.state);
	ATF_CHECK(strstr(heard, "SPDDELETE") == NULL);
	/* Its engine dies with a request under way: the next hears nothing. */
	sec_dies();
	ask(ROLE_MN, 4, COA1, AGENT, IPSEC_TUNNEL);
	run();
	planner_child_gone(&p.procs[ROLE_MN]);
	next_life();
	ATF_CHECK_EQ(3, told.n[MSG_RESULT]);
}

/* What an engine wants of keys; a sec that does not hear it dies. */
static void
want_in_vain(enum role r, enum key_op op, const char *coa)
{
	struct msg_key_want	 m = { .op = op, .home = in6(HOME),
	    .local = in6(r == ROLE_HA ? AGENT : coa),
	    .remote = in6(r == ROLE_HA ? coa : AGENT) };

	sec_deaf = true;
	ipc_send(engine[r], MSG_KEY_WANT, &m);
	run();
}

/* Keys that are configured: their engine is told that they are there. */
ATF_TC_WITHOUT_HEAD(wants_manual);
ATF_TC_BODY(wants_manual, tc)
{
	static struct conf_sa	 sas[] = { { .use = SA_BINDING,
	    .way = SA_TO_AGENT, .spi = 1000, .cipher = CIPHER_NULL,
	    .mac = MAC_SHA1_96, .mac_keylen = 20 } };
	struct owned_node	*n;

	setup(ROLE_MN, PROTECT_RR);
	sec_.sas = sas;
	sec_.nsas = 1;
	planner_configured(&p);
	run();
	want_in_vain(ROLE_MN, KEY_NEED, COA1);
	ATF_CHECK_EQ(0, told.n[MSG_KEY_STATE]);
	sec_dies();
	next_life();
	ATF_CHECK(told.n[MSG_KEY_STATE] > 0);
	ATF_CHECK_EQ(KEY_UP, told.last[MSG_KEY_STATE].u_KEY_STATE.state);
	/* The next one need not say so again, */
	told.n[MSG_KEY_STATE] = 0;
	sec_dies();
	next_life();
	ATF_CHECK_EQ(0, told.n[MSG_KEY_STATE]);
	/* unless they were charon's before. */
	n = owned_node(&p.planner->owned, ROLE_MN, &home_.address);
	n->key_state = KEY_PENDING;
	sec_dies();
	next_life();
	ATF_CHECK_EQ(1, told.n[MSG_KEY_STATE]);
	ATF_CHECK_EQ(KEY_UP, told.last[MSG_KEY_STATE].u_KEY_STATE.state);
}

/* What ike has not been told of by the one that died, the next tells. */
ATF_TC_WITHOUT_HEAD(wants_renewal);
ATF_TC_BODY(wants_renewal, tc)
{
	const struct msg_key_want	*m =
	    &told.last[MSG_KEY_WANT].u_KEY_WANT;
	struct in6_addr			 coa = in6(COA2);

	begin(ROLE_MN, PROTECT_RR);
	new_engine(ROLE_IKE);
	want_in_vain(ROLE_MN, KEY_RENEW, COA1);
	/* It has moved meanwhile, and the IKE_SA is to be another still. */
	want_in_vain(ROLE_MN, KEY_NEED, COA2);
	ATF_CHECK_EQ(0, told.n[MSG_KEY_WANT]);
	sec_dies();
	next_life();
	ATF_CHECK_EQ(KEY_RENEW, m->op);
	ATF_CHECK(IN6_ARE_ADDR_EQUAL(&m->local, &coa));
	/* Once. */
	sec_dies();
	next_life();
	ATF_CHECK_EQ(KEY_NEED, m->op);
	ATF_CHECK(IN6_ARE_ADDR_EQUAL(&m->local, &coa));
}

/* The same of IKE_SAs that are to be discarded, each once. */
ATF_TC_WITHOUT_HEAD(wants_discarded);
ATF_TC_BODY(wants_discarded, tc)
{
	const struct msg_key_want	*m =
	    &told.last[MSG_KEY_WANT].u_KEY_WANT;
	struct in6_addr			 coa = in6(COA2);

	begin(ROLE_HA, PROTECT_RR);
	new_engine(ROLE_IKE);
	want_in_vain(ROLE_HA, KEY_DISCARD, COA1);
	want_in_vain(ROLE_HA, KEY_DISCARD, COA2);
	want_in_vain(ROLE_HA, KEY_DISCARD, COA1);
	sec_dies();
	/* And one while there is none; no more than so many are kept. */
	want_in_vain(ROLE_HA, KEY_DISCARD, "2001:db8:3::10");
	sec_deaf = false;
	next_life();
	ATF_CHECK_EQ(3, told.n[MSG_KEY_WANT]);
	want_in_vain(ROLE_HA, KEY_DISCARD, COA1);
	want_in_vain(ROLE_HA, KEY_DISCARD, "2001:db8:3::10");
	want_in_vain(ROLE_HA, KEY_DISCARD, "2001:db8:4::10");
	want_in_vain(ROLE_HA, KEY_DISCARD, COA2);
	sec_dies();
	next_life();
	ATF_CHECK_EQ(6, told.n[MSG_KEY_WANT]);
	ATF_CHECK_EQ(KEY_DISCARD, m->op);
	ATF_CHECK(IN6_ARE_ADDR_EQUAL(&m->remote, &coa));
	sec_dies();
	next_life();
	ATF_CHECK_EQ(6, told.n[MSG_KEY_WANT]);
}

/* However often an engine asks for a node, two requests are kept of it. */
ATF_TC_WITHOUT_HEAD(piled_up);
ATF_TC_BODY(piled_up, tc)
{
	uint32_t	 id;

	bound_and_away(ROLE_HA, IPSEC_TUNNEL);
	for (id = 2; id < 10; id++)
		ask(ROLE_HA, id, AGENT, id & 1 ? COA1 : COA2, IPSEC_TUNNEL);
	run();
	ATF_CHECK_EQ(1 + 6, told.n[MSG_RESULT]);
	for (id = 3; id < 9; id++)
		ATF_CHECK_EQ(ECANCELED, told.result[id]);
	next_life();
	ATF_CHECK_EQ(1 + 8, told.n[MSG_RESULT]);
	ATF_CHECK_EQ(ECANCELED, told.result[2]);
	ATF_CHECK_EQ(0, told.result[9]);
	/* The same of one that does not listen. */
	sec_deaf = true;
	for (id = 10; id < 16; id++)
		ask(ROLE_HA, id, AGENT, COA2, IPSEC_TUNNEL);
	run();
	ATF_CHECK_EQ(1 + 8 + 4, told.n[MSG_RESULT]);
}

/* charon's answer to a sec that has died is not one for the next. */
ATF_TC_WITHOUT_HEAD(late_list);
ATF_TC_BODY(late_list, tc)
{
	struct msg_key_state	 up = { .home = in6(HOME), .state = KEY_UP };
	struct msg_sa_spis	 list = { .home = in6(HOME), .known = true };
	struct in6_addr		 home = in6(HOME), agent = in6(AGENT);
	size_t			 i;

	begin(ROLE_HA, PROTECT_NONE);
	new_engine(ROLE_IKE);
	ipc_send(engine[ROLE_IKE], MSG_KEY_STATE, &up);
	run();
	for (i = 0; i < 3; i++)
		sad[i] = (struct pfkey_sa){ .satype = PFKEY_ESP,
		    .spi = 7 + (uint32_t)i, .reqid = 100,
		    .state = PFKEY_MATURE, .mode = PFKEY_TRANSPORT,
		    .encrypt = PFKEY_C_NULL, .src = spd_addr(&home),
		    .dst = spd_addr(&agent) };
	nsad = 3;
	for (i = 1; i <= 2; i++) {
		orphan_suspect(node_of_home(ROLE_HA));
		node_of_home(ROLE_HA)->suspect_at.ns = 0;
		orphans_now();
		ATF_CHECK_EQ(i, told.n[MSG_SA_ASK]);
		if (i == 2)
			break;
		list.id = told.last[MSG_SA_ASK].u_SA_ASK.id;
		sec_dies();
		next_life();
	}
	ipc_send(engine[ROLE_IKE], MSG_SA_SPIS, &list);
	run();
	ATF_CHECK_EQ(0, SEC_COUNTED(SC_ORPHANS));
	list.id = told.last[MSG_SA_ASK].u_SA_ASK.id;
	ipc_send(engine[ROLE_IKE], MSG_SA_SPIS, &list);
	run();
	ATF_CHECK_EQ(3, SEC_COUNTED(SC_ORPHANS));
}

/* The kernel's answers to a sec that has died are not told to the next. */
ATF_TC_WITHOUT_HEAD(late_results);
ATF_TC_BODY(late_results, tc)
{
	struct pfkey_msg	 m;

	setup(ROLE_HA, PROTECT_RR);
	planner_configured(&p);
	do
		next(&m);
	while (m.type != PFKEY_SPDDUMP);
	sec_dies();
	new_sec();
	planner_child_ready(&p.procs[ROLE_SEC]);
	refuse[0] = (struct refusal){ PFKEY_SPDDUMP, 0, EINVAL };
	serve(&m);
	run();
	ATF_CHECK_EQ(0, SEC_COUNTED(SC_ERRORS));
	ATF_CHECK(node_of_home(ROLE_HA)->installed);
}

/* No node has IPsec any more, and sec has ended: nothing stays. */
ATF_TC_WITHOUT_HEAD(swept);
ATF_TC_BODY(swept, tc)
{
	static struct conf_sa	 sas[] = { { .use = SA_TUNNEL,
	    .way = SA_TO_AGENT, .spi = 1000, .cipher = CIPHER_NULL,
	    .mac = MAC_SHA1_96, .mac_keylen = 20 } };
	struct in6_addr		 agent = in6(AGENT), coa = in6(COA1);

	setup(ROLE_HA, PROTECT_RR);
	sec_.sas = sas;
	sec_.nsas = 1;
	planner_configured(&p);
	run();
	ask(ROLE_HA, 1, AGENT, COA1, IPSEC_TUNNEL);
	run();
	kernel_has(&node_of_home(ROLE_HA)->have, SPD_MAX);
	/* One by hand, and one of charon's. */
	sad[0] = (struct pfkey_sa){ .satype = PFKEY_ESP, .spi = 1000,
	    .reqid = 101, .state = PFKEY_MATURE, .mode = PFKEY_TUNNEL,
	    .encrypt = PFKEY_C_NULL, .src = spd_addr(&coa),
	    .dst = spd_addr(&agent) };
	sad[1] = sad[0];
	sad[1].spi = 7;
	nsad = 2;
	ha.nnodes = 0;
	p.procs[ROLE_SEC].state = PROC_ENDING;
	planner_configured(&p);
	nheard = 0;
	sec_dies();
	run();
	expect("SPDDUMP\nDUMP\n"
	    "SPDDELETE agent-home 135/0 out\n"
	    "SPDDELETE home-agent 135/0 in\n"
	    "SPDDELETE home-agent 58/146 in\n"
	    "SPDDELETE agent-home 58/147 out\n"
	    "SPDDELETE any-home 135/0 out\n"
	    "SPDDELETE home-any 135/0 in\n"
	    "SPDDELETE home-any 135/0 fwd\n"
	    "DELETE coa1-agent spi 1000\n");
	ATF_CHECK(!sweeping());
}

/* A node was bound, and no node has IPsec any more. */
static void
bound_and_unwanted(void)
{
	begin(ROLE_HA, PROTECT_RR);
	ask(ROLE_HA, 1, AGENT, COA1, IPSEC_TUNNEL);
	run();
	kernel_has(&node_of_home(ROLE_HA)->have, SPD_MAX);
	nheard = 0;
	heard[0] = '\0';
	ha.nnodes = 0;
	planner_configured(&p);
	run();
	/* Its sec is to end, and removes nothing by itself. */
	expect("");
	p.procs[ROLE_SEC].state = PROC_ENDING;
}

#define REMOVED	"SPDDELETE agent-home 135/0 out\n"	\
		"SPDDELETE home-agent 135/0 in\n"	\
		"SPDDELETE home-agent 58/146 in\n"	\
		"SPDDELETE agent-home 58/147 out\n"	\
		"SPDDELETE any-home 135/0 out\n"	\
		"SPDDELETE home-any 135/0 in\n"		\
		"SPDDELETE home-any 135/0 fwd\n"
#define SWEPT	"SPDDUMP\nDUMP\n" REMOVED

/* Its pipe breaks, and then it is reaped: that is one death. */
ATF_TC_WITHOUT_HEAD(swept_once);
ATF_TC_BODY(swept_once, tc)
{
	bound_and_unwanted();
	sec_dies();
	event_base_loop(p.base, EVLOOP_NONBLOCK);
	planner_child_gone(&p.procs[ROLE_SEC]);
	run();
	ATF_CHECK(!sweeping());
	expect(SWEPT);
	/* There is nothing left to be looked for. */
	planner_child_gone(&p.procs[ROLE_SEC]);
	planner_configured(&p);
	run();
	expect("");
}

/* It had died before, and is not started again. */
ATF_TC_WITHOUT_HEAD(swept_while_away);
ATF_TC_BODY(swept_while_away, tc)
{
	bound_and_away(ROLE_HA, IPSEC_TUNNEL);
	ask(ROLE_HA, 2, AGENT, COA2, IPSEC_TUNNEL);
	run();
	ha.nnodes = 0;
	planner_configured(&p);
	run();
	/* Who waits for it is told. */
	result(2, EACCES);
	ATF_CHECK(!sweeping());
	expect(SWEPT);
	ATF_CHECK(why_find(&p.whys, WHY_PLANNING_AWAY, "sec") == NULL);
}

/* The reqids are others by then: what has those of before is ours, too. */
ATF_TC_WITHOUT_HEAD(swept_range);
ATF_TC_BODY(swept_range, tc)
{
	static struct conf_sa	 sas[] = { { .use = SA_TUNNEL,
	    .way = SA_TO_AGENT, .spi = 1000, .cipher = CIPHER_NULL,
	    .mac = MAC_SHA1_96, .mac_keylen = 20 } };
	struct in6_addr		 agent = in6(AGENT), coa = in6(COA1);

	setup(ROLE_HA, PROTECT_RR);
	sec_.sas = sas;
	sec_.nsas = 1;
	planner_configured(&p);
	run();
	ask(ROLE_HA, 1, AGENT, COA1, IPSEC_TUNNEL);
	run();
	kernel_has(&node_of_home(ROLE_HA)->have, SPD_MAX);
	sad[0] = (struct pfkey_sa){ .satype = PFKEY_ESP, .spi = 1000,
	    .reqid = 101, .state = PFKEY_MATURE, .mode = PFKEY_TUNNEL,
	    .encrypt = PFKEY_C_NULL, .src = spd_addr(&coa),
	    .dst = spd_addr(&agent) };
	sad[1] = sad[0];
	sad[1].spi = 7;
	nsad = 2;
	nheard = 0;
	heard[0] = '\0';
	ha.nnodes = 0;
	conf.global.reqid_first = 0;
	conf.global.reqid_last = 0;
	planner_configured(&p);
	planner_configured(&p);
	sec_dies();
	run();
	expect(SWEPT "DELETE coa1-agent spi 1000\n");
	ATF_CHECK(!sweeping());
}

/* What the kernel refuses is tried again, and said. */
ATF_TC_WITHOUT_HEAD(swept_again);
ATF_TC_BODY(swept_again, tc)
{
	bound_and_unwanted();
	refuse[0] = (struct refusal){ PFKEY_SPDDELETE, 2, EINVAL };
	sec_dies();
	end_sweep();
	expect(SWEPT SWEPT);
	ATF_CHECK_STREQ("IPsec: what is ours can't be removed from the kernel: "
	    "Invalid argument; tried again\n", logged);
}

/* The same when it can't be read; what is not there is no fault. */
ATF_TC_WITHOUT_HEAD(swept_unread);
ATF_TC_BODY(swept_unread, tc)
{
	bound_and_unwanted();
	refuse[0] = (struct refusal){ PFKEY_SPDDUMP, 0, EINVAL };
	refuse[1] = (struct refusal){ PFKEY_DUMP, 0, EINVAL };
	refuse[2] = (struct refusal){ PFKEY_SPDDELETE, 0, ENOENT };
	sec_dies();
	end_sweep();
	expect("SPDDUMP\n" SWEPT SWEPT);
}

/* At the end it is tried some times, and what stays is said. */
ATF_TC_WITHOUT_HEAD(swept_in_vain);
ATF_TC_BODY(swept_in_vain, tc)
{
	bound_and_unwanted();
	sec_dies();
	run();
	/* Nobody is there who answers. */
	close(kernel);
	p.planner->unswept = true;
	p.ending = true;
	logged[0] = '\0';
	planner_close(&p);
	ATF_CHECK(strstr(logged, "stays in the kernel") != NULL);
	ATF_CHECK(p.planner == NULL);
}

/* Memory is short at a reload, and a new sec comes: it is told later. */
ATF_TC_WITHOUT_HEAD(short_at_reload);
ATF_TC_BODY(short_at_reload, tc)
{
	static struct in6_addr	 home2;
	int			 i;

	bound_and_away(ROLE_HA, IPSEC_TUNNEL);
	home2 = in6(HOME2);
	nodes[1] = nodes[0];
	nodes[1].homes = &home2;
	ha.nnodes = 2;
	fail_alloc = 0;
	planner_configured(&p);
	/* An engine is not to be blamed. */
	ask_of(HOME, ROLE_HA, 2, AGENT, COA2, IPSEC_TUNNEL);
	next_life();
	expect("");
	ATF_CHECK_EQ(1, told.n[MSG_RESULT]);
	ATF_CHECK_STREQ("IPsec of nodes: out of memory; tried again\n", logged);
	for (i = 0; i < MANY && nheard == 0; i++) {
		usleep(1000);
		run();
	}
	ATF_CHECK(strstr(heard, "SPDDELETE") == NULL);
	run();
	ATF_CHECK_EQ(100, node_of_home(ROLE_HA)->want.reqid);
	ATF_CHECK(sec_find(planning(), ROLE_HA, &home2) != NULL);
	result(2, 0);
}

/* The same at the start: reqids of before are not forgotten meanwhile. */
ATF_TC_WITHOUT_HEAD(short_at_start);
ATF_TC_BODY(short_at_start, tc)
{
	int	 i;

	setup(ROLE_HA, PROTECT_RR);
	conf.global.reqid_first = 200;
	planner_configured(&p);
	run();
	reqid_save(planning());
	run();
	p.planner = NULL;
	sec_dies();
	new_sec();
	sec_remembers();
	conf.global.reqid_first = 100;
	fail_alloc = 0;
	planner_configured(&p);
	run();
	nheard = 0;
	for (i = 0; i < MANY && nheard == 0; i++) {
		usleep(1000);
		run();
	}
	ATF_CHECK_EQ(200, node_of_home(ROLE_HA)->want.reqid);
}

/* It asks for dumps without end: so many are made at a time. */
ATF_TC_WITHOUT_HEAD(dumps);
ATF_TC_BODY(dumps, tc)
{
	struct msg_prim		 m = { .op = PRIM_SAS };
	struct prim_request	 r = { .op = PRIM_SAS };
	const char		*s;
	unsigned int		 n = 0;

	begin(ROLE_HA, PROTECT_RR);
	for (m.id = 1; m.id <= 50; m.id++) {
		prim_pack(&m, m.id, &r);
		ipc_send(sec_child->parent, MSG_PRIM, &m);
	}
	run();
	for (s = heard; (s = strstr(s, "DUMP\n")) != NULL; s++)
		n++;
	ATF_CHECK_EQ(4, n);
	/* They have been made, so there is room for others. */
	nheard = 0;
	heard[0] = '\0';
	prim_pack(&m, 1, &r);
	ipc_send(sec_child->parent, MSG_PRIM, &m);
	run();
	expect("DUMP\n");
	ATF_CHECK_EQ(0, p.procs[ROLE_SEC].denied);
}

/* What it says of what is no node goes nowhere, and is counted. */
ATF_TC_WITHOUT_HEAD(denied);
ATF_TC_BODY(denied, tc)
{
	const struct msg_spi		 spi = { .spi = 7,
	    .home = in6(HOME2), .what = SPI_IS };
	const struct msg_sec_keys	 keys = { .role = ROLE_MN,
	    .home = in6(HOME), .state = KEY_UP };
	const struct msg_result		 done = { .id = 4711 };
	struct msg_prim			 m = { .op = PRIM_MAX, .id = 1 };

	begin(ROLE_HA, PROTECT_RR);
	ipc_send(sec_child->parent, MSG_SPI, &spi);
	ipc_send(sec_child->parent, MSG_SEC_KEYS, &keys);
	ipc_send(sec_child->parent, MSG_PRIM, &m);
	m.op = PRIM_SET;
	m.protect = PROTECT_PAYLOAD + 1;
	ipc_send(sec_child->parent, MSG_PRIM, &m);
	/* A policy of another. */
	m.protect = PROTECT_NONE;
	m.agent_side = true;
	m.home = in6(HOME2);
	ipc_send(sec_child->parent, MSG_PRIM, &m);
	run();
	ATF_CHECK_EQ(5, p.procs[ROLE_SEC].denied);
	expect("");
	ATF_CHECK_EQ(0, told.n[MSG_SPI]);
	ATF_CHECK_EQ(0, told.n[MSG_KEY_STATE]);
	/* The answer to what nobody has asked is nobody's. */
	ipc_send(sec_child->parent, MSG_SEC_DONE, &done);
	run();
	ATF_CHECK_EQ(0, told.n[MSG_RESULT]);
}

/* What it tells ike is held against the configuration, too. */
ATF_TC_WITHOUT_HEAD(denied_keys);
ATF_TC_BODY(denied_keys, tc)
{
	const struct msg_key_want	 good = { .op = KEY_NEED,
	    .home = in6(HOME), .local = in6(COA1), .remote = in6(AGENT) };
	const struct msg_sa_node	 node = { .home = in6(HOME),
	    .reqid = 100 };
	struct msg_key_want		 w[6] = { good, good, good, good, good,
	    good };
	struct msg_sa_node		 n[3] = { node, node, node };
	size_t				 i;

	w[0].home = in6(HOME2);
	w[1].remote = in6(COA2);
	w[2].local = in6("ff02::1");
	w[3].op = KEY_DISCARD;
	w[4].op = 0;
	w[5].op = KEY_DISCARD + 1;
	n[0].reqid = 98;
	n[1].reqid = 101;
	n[2].home = in6(HOME2);
	begin(ROLE_MN, PROTECT_RR);
	new_engine(ROLE_IKE);
	run();
	memset(told.n, 0, sizeof(told.n));
	for (i = 0; i < 6; i++)
		ipc_send(sec_child->parent, MSG_KEY_WANT, &w[i]);
	for (i = 0; i < 3; i++)
		ipc_send(sec_child->parent, MSG_SA_NODE, &n[i]);
	run();
	ATF_CHECK_EQ(9, p.procs[ROLE_SEC].denied);
	ATF_CHECK_EQ(0, told.n[MSG_KEY_WANT]);
	ATF_CHECK_EQ(0, told.n[MSG_SA_NODE]);
	ipc_send(sec_child->parent, MSG_KEY_WANT, &good);
	ipc_send(sec_child->parent, MSG_SA_NODE, &node);
	run();
	ATF_CHECK_EQ(1, told.n[MSG_KEY_WANT]);
	ATF_CHECK_EQ(1, told.n[MSG_SA_NODE]);
	/* It may not know yet that a node has left: that is no offence. */
	mn.nhomes = 0;
	planner_configured(&p);
	ipc_send(sec_child->parent, MSG_KEY_WANT, &good);
	ipc_send(sec_child->parent, MSG_SA_NODE, &node);
	run();
	ATF_CHECK_EQ(9, p.procs[ROLE_SEC].denied);
	ATF_CHECK_EQ(1, told.n[MSG_KEY_WANT]);
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, taken_up);
	ATF_TP_ADD_TC(tp, taken_up_by_node);
	ATF_TP_ADD_TC(tp, halfway);
	ATF_TP_ADD_TC(tp, waits);
	ATF_TP_ADD_TC(tp, wants_manual);
	ATF_TP_ADD_TC(tp, wants_renewal);
	ATF_TP_ADD_TC(tp, wants_discarded);
	ATF_TP_ADD_TC(tp, piled_up);
	ATF_TP_ADD_TC(tp, late_list);
	ATF_TP_ADD_TC(tp, late_results);
	ATF_TP_ADD_TC(tp, swept);
	ATF_TP_ADD_TC(tp, swept_once);
	ATF_TP_ADD_TC(tp, swept_while_away);
	ATF_TP_ADD_TC(tp, swept_range);
	ATF_TP_ADD_TC(tp, swept_again);
	ATF_TP_ADD_TC(tp, dumps);
	ATF_TP_ADD_TC(tp, swept_unread);
	ATF_TP_ADD_TC(tp, swept_in_vain);
	ATF_TP_ADD_TC(tp, short_at_reload);
	ATF_TP_ADD_TC(tp, short_at_start);
	ATF_TP_ADD_TC(tp, denied);
	ATF_TP_ADD_TC(tp, denied_keys);
	return (atf_no_error());
}
