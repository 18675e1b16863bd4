/*
 * The parent's policies, moves and associations of nodes with IPsec.  The
 * kernel is played here and can refuse.
 */
#include "ipsec_lab.inc"

ATF_TC_WITHOUT_HEAD(install);
ATF_TC_BODY(install, tc)
{
	setup(ROLE_MN, PROTECT_PAYLOAD);
	planner_configured(&p);
	run();
	expect("SPDDUMP\nDUMP\n"
	    "SPDUPDATE home-agent 135/0 out 100:x-x\n"
	    "SPDUPDATE agent-home 135/0 in 100:x-x\n"
	    "SPDUPDATE home-agent 58/146 out 100:x-x\n"
	    "SPDUPDATE agent-home 58/147 in 100:x-x\n");
}

/*
 * The less the number, the more it counts: what is between node and home agent
 * goes before all, neighbour discovery is in no tunnel (RFC 4877 4.3).
 */
ATF_TC_WITHOUT_HEAD(precedence);
ATF_TC_BODY(precedence, tc)
{
	setup(ROLE_MN, PROTECT_PAYLOAD);
	priorities = true;
	planner_configured(&p);
	ask(ROLE_MN, 1, COA1, AGENT, IPSEC_TUNNEL);
	run();
	expect("SPDDUMP\nDUMP\n"
	    "SPDUPDATE home-agent 135/0 out 100:x-x at 106000\n"
	    "SPDUPDATE agent-home 135/0 in 100:x-x at 106000\n"
	    "SPDUPDATE home-agent 58/146 out 100:x-x at 106000\n"
	    "SPDUPDATE agent-home 58/147 in 100:x-x at 106000\n"
	    "SPDUPDATE home-any 58/135 out at 106010\n"
	    "SPDUPDATE home-any 58/136 out at 106010\n"
	    "SPDUPDATE any-home 58/135 in at 106010\n"
	    "SPDUPDATE any-home 58/136 in at 106010\n"
	    "SPDUPDATE home-any 0/0 out 101:coa1-agent at 106020\n"
	    "SPDUPDATE any-home 0/0 in 101:agent-coa1 at 106020\n");
}

ATF_TC_WITHOUT_HEAD(precedence_agent);
ATF_TC_BODY(precedence_agent, tc)
{
	setup(ROLE_HA, PROTECT_RR);
	priorities = true;
	planner_configured(&p);
	ask(ROLE_HA, 1, AGENT, COA1, IPSEC_TUNNEL);
	run();
	expect("SPDDUMP\nDUMP\n"
	    "SPDUPDATE agent-home 135/0 out 100:x-x at 106000\n"
	    "SPDUPDATE home-agent 135/0 in 100:x-x at 106000\n"
	    "SPDUPDATE home-agent 58/146 in 100:x-x at 106000\n"
	    "SPDUPDATE agent-home 58/147 out 100:x-x at 106000\n"
	    "SPDUPDATE any-home 135/0 out 101:agent-coa1 at 106020\n"
	    "SPDUPDATE home-any 135/0 in 101:coa1-agent at 106020\n"
	    "SPDUPDATE home-any 135/0 fwd 101:coa1-agent at 106020\n");
}

ATF_TC_WITHOUT_HEAD(mobile_node);
ATF_TC_BODY(mobile_node, tc)
{
	begin(ROLE_MN, PROTECT_RR);
	ask(ROLE_MN, 1, COA1, AGENT, IPSEC_TUNNEL | IPSEC_KM);
	run();
	result(1, 0);
	expect("SPDUPDATE home-any 135/1 out 101:coa1-agent\n"
	    "SPDUPDATE any-home 135/0 in 101:agent-coa1\n"
	    "MIGRATE home-agent 135/0 out 100:home-agent 100:home-agent "
	    "K coa1-agent\n");
	ask(ROLE_MN, 2, COA2, AGENT, IPSEC_TUNNEL | IPSEC_KM);
	run();
	result(2, 0);
	expect("MIGRATE home-any 135/1 out 101:coa1-agent 101:coa2-agent\n"
	    "MIGRATE any-home 135/0 in 101:agent-coa1 101:agent-coa2 "
	    "K coa2-agent\n"
	    "MIGRATE home-agent 135/0 out 100:home-agent 100:home-agent "
	    "K coa2-agent\n");
	/* Home, and away again: associations are where they were. */
	ask(ROLE_MN, 3, HOME, AGENT, IPSEC_KM);
	run();
	result(3, 0);
	expect("SPDDELETE home-any 135/1 out\n"
	    "SPDDELETE any-home 135/0 in\n"
	    "MIGRATE home-agent 135/0 out 100:home-agent 100:home-agent "
	    "K home-agent\n");
	ask(ROLE_MN, 4, COA1, AGENT, IPSEC_TUNNEL);
	run();
	result(4, 0);
	expect("SPDUPDATE home-any 135/1 out 101:coa2-agent\n"
	    "SPDUPDATE any-home 135/0 in 101:agent-coa2\n"
	    "MIGRATE home-any 135/1 out 101:coa2-agent 101:coa1-agent\n"
	    "MIGRATE any-home 135/0 in 101:agent-coa2 101:agent-coa1\n");
	ATF_CHECK_EQ(SEC_COUNTED(SC_MIGRATIONS), 2);
	ATF_CHECK_EQ(p.counters.v[PC_DENIED], 0);
}

ATF_TC_WITHOUT_HEAD(home_agent);
ATF_TC_BODY(home_agent, tc)
{
	begin(ROLE_HA, PROTECT_PAYLOAD);
	ask(ROLE_HA, 1, AGENT, COA1, IPSEC_TUNNEL);
	run();
	result(1, 0);
	expect("SPDUPDATE any-home 58/135 out\n"
	    "SPDUPDATE any-home 58/136 out\n"
	    "SPDUPDATE home-any 58/135 in\n"
	    "SPDUPDATE home-any 58/136 in\n"
	    "SPDUPDATE any-home 0/0 out 101:agent-coa1\n"
	    "SPDUPDATE home-any 0/0 in 101:coa1-agent\n"
	    "SPDUPDATE home-any 0/0 fwd 101:coa1-agent\n");
	ask(ROLE_HA, 2, AGENT, COA2, IPSEC_TUNNEL | IPSEC_KM);
	run();
	result(2, 0);
	expect("MIGRATE any-home 0/0 out 101:agent-coa1 101:agent-coa2\n"
	    "MIGRATE home-any 0/0 in 101:coa1-agent 101:coa2-agent\n"
	    "MIGRATE home-any 0/0 fwd 101:coa1-agent 101:coa2-agent "
	    "K agent-coa2\n"
	    "MIGRATE agent-home 135/0 out 100:agent-home 100:agent-home "
	    "K agent-coa2\n");
	/* The same again changes nothing. */
	ask(ROLE_HA, 3, AGENT, COA2, IPSEC_TUNNEL);
	run();
	result(3, 0);
	expect("");
	/* A newer one takes the place of one that waits. */
	ask(ROLE_HA, 4, AGENT, COA1, IPSEC_TUNNEL);
	ask(ROLE_HA, 5, AGENT, COA2, IPSEC_TUNNEL);
	run();
	ATF_CHECK_EQ(told.n[MSG_RESULT], 5);
	result(5, 0);
}

/* There and back again, as when the Binding Update is refused. */
ATF_TC_WITHOUT_HEAD(back);
ATF_TC_BODY(back, tc)
{
	struct sec_node	*n;

	begin(ROLE_MN, PROTECT_RR);
	n = node_of_home(ROLE_MN);
	ask(ROLE_MN, 1, COA1, AGENT, IPSEC_TUNNEL | IPSEC_KM);
	run();
	expect("SPDUPDATE home-any 135/1 out 101:coa1-agent\n"
	    "SPDUPDATE any-home 135/0 in 101:agent-coa1\n"
	    "MIGRATE home-agent 135/0 out 100:home-agent 100:home-agent "
	    "K coa1-agent\n");
	/* While it is on its way there: first there, then back. */
	ask(ROLE_MN, 2, COA2, AGENT, IPSEC_TUNNEL | IPSEC_KM);
	while (n->job == NULL)
		event_base_loop(p.base, EVLOOP_NONBLOCK);
	ask(ROLE_MN, 3, COA1, AGENT, IPSEC_TUNNEL | IPSEC_KM);
	run();
	ATF_CHECK_EQ(told.n[MSG_RESULT], 3);
	result(3, 0);
	expect("MIGRATE home-any 135/1 out 101:coa1-agent 101:coa2-agent\n"
	    "MIGRATE any-home 135/0 in 101:agent-coa1 101:agent-coa2 "
	    "K coa2-agent\n"
	    "MIGRATE home-agent 135/0 out 100:home-agent 100:home-agent "
	    "K coa2-agent\n"
	    "MIGRATE home-any 135/1 out 101:coa2-agent 101:coa1-agent\n"
	    "MIGRATE any-home 135/0 in 101:agent-coa2 101:agent-coa1 "
	    "K coa1-agent\n"
	    "MIGRATE home-agent 135/0 out 100:home-agent 100:home-agent "
	    "K coa1-agent\n");
	ATF_CHECK_EQ(SEC_COUNTED(SC_MIGRATIONS), 2);
	/* Before it began: it did not, and nothing is at coa2. */
	ask(ROLE_MN, 4, COA2, AGENT, IPSEC_TUNNEL | IPSEC_KM);
	ask(ROLE_MN, 5, COA1, AGENT, IPSEC_TUNNEL | IPSEC_KM);
	run();
	ATF_CHECK_EQ(told.n[MSG_RESULT], 5);
	ATF_CHECK_EQ(told.result[2], 0);
	ATF_CHECK_EQ(told.result[4], ECANCELED);
	result(5, 0);
	expect("MIGRATE home-any 135/1 out 101:coa1-agent 101:coa1-agent\n"
	    "MIGRATE any-home 135/0 in 101:agent-coa1 101:agent-coa1 "
	    "K coa1-agent\n"
	    "MIGRATE home-agent 135/0 out 100:home-agent 100:home-agent "
	    "K coa1-agent\n");
	/* When it was done. */
	ask(ROLE_MN, 6, COA2, AGENT, IPSEC_TUNNEL | IPSEC_KM);
	run();
	nheard = 0;
	ask(ROLE_MN, 7, COA1, AGENT, IPSEC_TUNNEL | IPSEC_KM);
	run();
	result(7, 0);
	expect("MIGRATE home-any 135/1 out 101:coa2-agent 101:coa1-agent\n"
	    "MIGRATE any-home 135/0 in 101:agent-coa2 101:agent-coa1 "
	    "K coa1-agent\n"
	    "MIGRATE home-agent 135/0 out 100:home-agent 100:home-agent "
	    "K coa1-agent\n");
	ATF_CHECK_EQ(SEC_COUNTED(SC_MIGRATIONS), 4);
}

/* The home agent's policies of a node at home (RFC 4877 4.2), K and not. */
ATF_TC_WITHOUT_HEAD(at_home);
ATF_TC_BODY(at_home, tc)
{
	static const char	 gone[] =
	    "SPDDELETE any-home 58/135 out\n"
	    "SPDDELETE any-home 58/136 out\n"
	    "SPDDELETE home-any 58/135 in\n"
	    "SPDDELETE home-any 58/136 in\n"
	    "SPDDELETE any-home 0/0 out\n"
	    "SPDDELETE home-any 0/0 in\n"
	    "SPDDELETE home-any 0/0 fwd\n";
	static const char	 bypass[] =
	    "SPDUPDATE any-home 58/135 out\n"
	    "SPDUPDATE any-home 58/136 out\n"
	    "SPDUPDATE home-any 58/135 in\n"
	    "SPDUPDATE home-any 58/136 in\n";
	char			 want[2048];
	struct sec_node		*n;

	begin(ROLE_HA, PROTECT_PAYLOAD);
	n = node_of_home(ROLE_HA);
	ask(ROLE_HA, 1, AGENT, COA1, IPSEC_TUNNEL | IPSEC_KM);
	run();
	ATF_CHECK_EQ(n->present, 0x7ff);
	nheard = 0;
	ask(ROLE_HA, 2, AGENT, HOME, IPSEC_KM);
	run();
	result(2, 0);
	snprintf(want, sizeof(want), "%s"
	    "MIGRATE agent-home 135/0 out 100:agent-home 100:agent-home "
	    "K agent-home\n", gone);
	expect(want);
	ATF_CHECK(!n->have.tunnel);
	ATF_CHECK_EQ(n->present, 0xf);
	/* The same again: the endpoint alone, it may not have been told. */
	ask(ROLE_HA, 3, AGENT, HOME, IPSEC_KM);
	run();
	result(3, 0);
	expect("MIGRATE agent-home 135/0 out 100:agent-home 100:agent-home "
	    "K agent-home\n");
	/* Away: from where its associations were, the endpoint from home. */
	ask(ROLE_HA, 4, AGENT, COA2, IPSEC_TUNNEL | IPSEC_KM);
	run();
	result(4, 0);
	snprintf(want, sizeof(want), "%s"
	    "SPDUPDATE any-home 0/0 out 101:agent-coa1\n"
	    "SPDUPDATE home-any 0/0 in 101:coa1-agent\n"
	    "SPDUPDATE home-any 0/0 fwd 101:coa1-agent\n"
	    "MIGRATE any-home 0/0 out 101:agent-coa1 101:agent-coa2\n"
	    "MIGRATE home-any 0/0 in 101:coa1-agent 101:coa2-agent\n"
	    "MIGRATE home-any 0/0 fwd 101:coa1-agent 101:coa2-agent "
	    "K agent-coa2\n"
	    "MIGRATE agent-home 135/0 out 100:agent-home 100:agent-home "
	    "K agent-coa2\n", bypass);
	expect(want);
	/* Without the K bit the endpoint stays; policies go all the same. */
	ask(ROLE_HA, 5, AGENT, HOME, 0);
	run();
	result(5, 0);
	expect(gone);
	/* New associations, of the home address, while it is there. */
	tunnel_added(1, AGENT, HOME);
	tunnel_added(2, HOME, AGENT);
	run();
	ask(ROLE_HA, 6, AGENT, COA1, IPSEC_TUNNEL);
	run();
	result(6, 0);
	snprintf(want, sizeof(want), "%s"
	    "SPDUPDATE any-home 0/0 out 101:agent-home\n"
	    "SPDUPDATE home-any 0/0 in 101:home-agent\n"
	    "SPDUPDATE home-any 0/0 fwd 101:home-agent\n"
	    "MIGRATE any-home 0/0 out 101:agent-home 101:agent-coa1\n"
	    "MIGRATE home-any 0/0 in 101:home-agent 101:coa1-agent\n"
	    "MIGRATE home-any 0/0 fwd 101:home-agent 101:coa1-agent\n",
	    bypass);
	expect(want);
	ATF_CHECK_EQ(p.counters.v[PC_DENIED], 0);
}

ATF_TC_WITHOUT_HEAD(denied);
ATF_TC_BODY(denied, tc)
{
	begin(ROLE_HA, PROTECT_RR);
	ask(ROLE_HA, 1, COA1, COA2, IPSEC_TUNNEL);
	ask(ROLE_HA, 2, AGENT, "::", IPSEC_TUNNEL);
	ask(ROLE_HA, 3, AGENT, "ff02::1", IPSEC_TUNNEL);
	ask(ROLE_HA, 4, AGENT, COA1, 0x80);
	run();
	ATF_CHECK_EQ(p.counters.v[PC_DENIED], 4);
	expect("");
}

/* Obstacles, each as the kernel tells it. */
ATF_TC_WITHOUT_HEAD(healed);
ATF_TC_BODY(healed, tc)
{
	begin(ROLE_MN, PROTECT_RR);
	ask(ROLE_MN, 1, COA1, AGENT, IPSEC_TUNNEL);
	run();
	expect("SPDUPDATE home-any 135/1 out 101:coa1-agent\n"
	    "SPDUPDATE any-home 135/0 in 101:agent-coa1\n");
	/* A larval association. */
	refuse[0] = (struct refusal){ PFKEY_MIGRATE, 0, MIGRATE_OBSTACLE };
	ask(ROLE_MN, 2, COA2, AGENT, IPSEC_TUNNEL);
	run();
	result(2, 0);
	expect("MIGRATE home-any 135/1 out 101:coa1-agent 101:coa2-agent\n"
	    "ADD coa1-agent spi 1835626550\n"
	    "DELETE coa1-agent spi 1835626550\n"
	    "MIGRATE home-any 135/1 out 101:coa1-agent 101:coa2-agent\n"
	    "MIGRATE any-home 135/0 in 101:agent-coa1 101:agent-coa2\n");
	/* It stays. */
	refuse[0] = (struct refusal){ PFKEY_MIGRATE, 0, MIGRATE_OBSTACLE };
	refuse[1] = (struct refusal){ PFKEY_MIGRATE, 0, MIGRATE_OBSTACLE };
	ask(ROLE_MN, 3, COA1, AGENT, IPSEC_TUNNEL | IPSEC_KM);
	run();
	result(3, 0);
	expect("MIGRATE home-any 135/1 out 101:coa2-agent 101:coa1-agent\n"
	    "ADD coa2-agent spi 1835626550\n"
	    "DELETE coa2-agent spi 1835626550\n"
	    "MIGRATE home-any 135/1 out 101:coa2-agent 101:coa1-agent\n"
	    "SPDUPDATE home-any 135/1 out 101:coa1-agent\n"
	    "MIGRATE home-any 135/1 out 101:coa1-agent 101:coa1-agent\n"
	    "MIGRATE any-home 135/0 in 101:agent-coa2 101:agent-coa1 "
	    "K coa1-agent\n"
	    "MIGRATE home-agent 135/0 out 100:home-agent 100:home-agent "
	    "K coa1-agent\n");
	/* Somebody took the policy away. */
	refuse[0] = (struct refusal){ PFKEY_MIGRATE, 1, ENOENT };
	ask(ROLE_MN, 4, COA2, AGENT, IPSEC_TUNNEL);
	run();
	result(4, 0);
	expect("MIGRATE home-any 135/1 out 101:coa1-agent 101:coa2-agent\n"
	    "MIGRATE any-home 135/0 in 101:agent-coa1 101:agent-coa2\n"
	    "SPDUPDATE any-home 135/0 in 101:agent-coa1\n"
	    "MIGRATE any-home 135/0 in 101:agent-coa1 101:agent-coa2\n");
	/* Something else: the policies are right all the same. */
	refuse[0] = (struct refusal){ PFKEY_MIGRATE, 0, EPERM };
	ask(ROLE_MN, 5, COA1, AGENT, IPSEC_TUNNEL);
	run();
	result(5, EPERM);
	expect("MIGRATE home-any 135/1 out 101:coa2-agent 101:coa1-agent\n"
	    "SPDUPDATE home-any 135/1 out 101:coa1-agent\n"
	    "MIGRATE any-home 135/0 in 101:agent-coa2 101:agent-coa1\n");
	ATF_CHECK_EQ(SEC_COUNTED(SC_MIGRATION_ERRORS), 1);
}

/*
 * Keys that were replaced just before a move: it may have missed some of them,
 * or charon.  When that is over, all is moved to where it is.
 */
ATF_TC_WITHOUT_HEAD(heals);
ATF_TC_BODY(heals, tc)
{
	static const char	 same[] =
	    "MIGRATE home-any 135/1 out 101:coa2-agent 101:coa2-agent\n"
	    "MIGRATE any-home 135/0 in 101:agent-coa2 101:agent-coa2 "
	    "K coa2-agent\n"
	    "MIGRATE home-agent 135/0 out 100:home-agent 100:home-agent "
	    "K coa2-agent\n";
	struct sec_node		*n;
	unsigned int		 i;

	begin(ROLE_MN, PROTECT_RR);
	n = node_of_home(ROLE_MN);
	ask(ROLE_MN, 1, COA1, AGENT, IPSEC_TUNNEL | IPSEC_KM);
	run();
	/* The first pair is no replacement. */
	tunnel_added(1, COA1, AGENT);
	tunnel_added(2, AGENT, COA1);
	run();
	ATF_CHECK_EQ(n->rekeyed.ns, 0);
	ask(ROLE_MN, 2, COA2, AGENT, IPSEC_TUNNEL | IPSEC_KM);
	run();
	ATF_CHECK(!heal_due(n, 0));
	ask(ROLE_MN, 3, COA1, AGENT, IPSEC_TUNNEL | IPSEC_KM);
	run();
	ATF_CHECK(!heal_due(n, 0));
	n->moved.ns = 0;
	n->keyed.ns -= SEC(2);
	tunnel_added(3, COA1, AGENT);
	run();
	ATF_CHECK(n->rekeyed.ns != 0);
	ATF_CHECK(!heal_due(n, 0));
	ATF_CHECK(!orphans_due());
	nheard = 0;
	ask(ROLE_MN, 4, COA2, AGENT, IPSEC_TUNNEL | IPSEC_KM);
	run();
	result(4, 0);
	ATF_REQUIRE(heal_due(n, SEC_HEAL_AFTER));
	ATF_CHECK(orphans_due());
	nheard = 0;
	heal_now(n);
	expect(same);
	ATF_CHECK_EQ(SEC_COUNTED(SC_HEALED), 1);
	ATF_CHECK(!heal_due(n, 0));
	ATF_CHECK_EQ(told.n[MSG_RESULT], 4);
	ATF_CHECK_EQ(n->moves, 4);

	/* The next request takes its place ... */
	ask(ROLE_MN, 5, COA1, AGENT, IPSEC_TUNNEL | IPSEC_KM);
	run();
	ATF_CHECK(heal_due(n, SEC_HEAL_AFTER));
	n->rekeyed.ns -= SEC(SEC_HEAL_AFTER);
	ask(ROLE_MN, 6, COA2, AGENT, IPSEC_TUNNEL | IPSEC_KM);
	run();
	ATF_CHECK(!heal_due(n, 0));
	/* ... and has to be one that key management follows. */
	n->rekeyed = mono_now();
	ask(ROLE_MN, 7, COA1, AGENT, IPSEC_TUNNEL);
	run();
	ATF_CHECK_EQ(n->moves, 7);
	ATF_CHECK(!heal_due(n, 0));

	/* A move that failed is healed too; so often, then no more. */
	n->rekeyed.ns = 0;
	refuse[0] = (struct refusal){ PFKEY_MIGRATE, 2, EPERM };
	ask(ROLE_MN, 8, COA2, AGENT, IPSEC_TUNNEL | IPSEC_KM);
	run();
	result(8, EPERM);
	for (i = 0; i < SEC_HEALS_MAX; i++) {
		ATF_REQUIRE_MSG(heal_due(n, SEC_HEAL_AFTER), "%u", i);
		refuse[0] = (struct refusal){ PFKEY_MIGRATE, 0, EPERM };
		nheard = 0;
		heal_now(n);
		expect(same);
	}
	ATF_CHECK(!heal_due(n, 0));
	ATF_CHECK_EQ(SEC_COUNTED(SC_HEALED), 1);
}

/* Associations that were made for where the node was before are fetched. */
ATF_TC_WITHOUT_HEAD(strays);
ATF_TC_BODY(strays, tc)
{
	static const char	 fetched[] =
	    "SPDUPDATE home-any 135/1 out 101:coa1-agent\n"
	    "SPDUPDATE any-home 135/0 in 101:agent-coa1\n"
	    "MIGRATE home-any 135/1 out 101:coa1-agent 101:coa2-agent\n"
	    "MIGRATE any-home 135/0 in 101:agent-coa1 101:agent-coa2 "
	    "K coa2-agent\n"
	    "MIGRATE home-agent 135/0 out 100:home-agent 100:home-agent "
	    "K coa2-agent\n";
	struct sec_node		*n;

	begin(ROLE_MN, PROTECT_RR);
	n = node_of_home(ROLE_MN);
	/* Nobody asked for a tunnel: that is where it is to begin. */
	tunnel_added(1, COA1, AGENT);
	tunnel_added(2, AGENT, COA1);
	run();
	ATF_CHECK(!n->strays);
	ask(ROLE_MN, 1, COA2, AGENT, IPSEC_TUNNEL | IPSEC_KM);
	run();
	expect(fetched);
	/* Where it is by now. */
	tunnel_added(3, COA2, AGENT);
	tunnel_added(4, AGENT, COA2);
	run();
	ATF_CHECK(!n->strays);
	ATF_CHECK(!heal_due(n, 0));
	/* Where it was. */
	tunnel_added(5, AGENT, COA1);
	tunnel_added(6, COA1, AGENT);
	run();
	ATF_REQUIRE(heal_due(n, 1));
	heal_now(n);
	expect(fetched);
	ATF_CHECK(!n->strays);
	ATF_CHECK(!heal_due(n, 0));
	ATF_CHECK_EQ(SEC_COUNTED(SC_HEALED), 1);
	ATF_CHECK(IN6_ARE_ADDR_EQUAL(&n->have.local, &n->km_local));
	ATF_CHECK_EQ(n->present, 0x3f);
}

/* The same, of the first ones, while the policies are on their way. */
ATF_TC_WITHOUT_HEAD(strays_meanwhile);
ATF_TC_BODY(strays_meanwhile, tc)
{
	struct sec_node	*n;

	begin(ROLE_MN, PROTECT_RR);
	n = node_of_home(ROLE_MN);
	ask(ROLE_MN, 1, COA1, AGENT, IPSEC_TUNNEL | IPSEC_KM);
	run();
	ask(ROLE_MN, 2, COA2, AGENT, IPSEC_TUNNEL | IPSEC_KM);
	while (n->job == NULL)
		event_base_loop(p.base, EVLOOP_NONBLOCK);
	tunnel_added(1, COA1, AGENT);
	tunnel_added(2, AGENT, COA1);
	run();
	result(2, 0);
	ATF_REQUIRE(heal_due(n, 1));
	nheard = 0;
	heal_now(n);
	expect("SPDUPDATE home-any 135/1 out 101:coa1-agent\n"
	    "SPDUPDATE any-home 135/0 in 101:agent-coa1\n"
	    "MIGRATE home-any 135/1 out 101:coa1-agent 101:coa2-agent\n"
	    "MIGRATE any-home 135/0 in 101:agent-coa1 101:agent-coa2 "
	    "K coa2-agent\n"
	    "MIGRATE home-agent 135/0 out 100:home-agent 100:home-agent "
	    "K coa2-agent\n");
	/* At home there is no tunnel to fetch them to, until it leaves. */
	tunnel_added(3, COA1, AGENT);
	run();
	ATF_CHECK(heal_due(n, 1));
	ask(ROLE_MN, 3, HOME, AGENT, IPSEC_KM);
	run();
	ATF_CHECK(!heal_due(n, 0));
	ask(ROLE_MN, 4, COA2, AGENT, IPSEC_TUNNEL | IPSEC_KM);
	run();
	ATF_CHECK(heal_due(n, 1));
}

/* What a former life left goes, what is wanted stays, what is not ours too. */
ATF_TC_WITHOUT_HEAD(reconcile);
ATF_TC_BODY(reconcile, tc)
{
	struct spd_node		 n = { .home = in6(HOME), .agent = in6(AGENT),
	    .reqid = 100, .protect = PROTECT_RR, .tunnel = true,
	    .local = in6(COA1), .peer = in6(AGENT) };
	struct spd_entry	 e;
	size_t			 i;

	setup(ROLE_MN, PROTECT_RR);
	for (i = 0; spd_entry(&n, i, &e); i++)
		if (i != 1)
			dumped[ndumped++] = e.policy;
	/* Of another daemon: another priority; another's node. */
	dumped[0].priority = 1;
	dumped[ndumped] = dumped[1];
	dumped[ndumped++].sel.src = spd_addr(&(struct in6_addr){ .s6_addr =
	    { 0x20, 1 } });
	planner_configured(&p);
	run();
	expect("SPDDUMP\nDUMP\n"
	    "SPDDELETE 2001::-agent 58/146 out\n"
	    "SPDDELETE any-home 135/0 in\n"
	    "SPDDELETE home-any 135/1 out\n"
	    "SPDUPDATE home-agent 135/0 out 100:x-x\n"
	    "SPDUPDATE agent-home 135/0 in 100:x-x\n");
}

/* Associations that are configured; their inbound SPI is told to net. */
ATF_TC_WITHOUT_HEAD(manual);
ATF_TC_BODY(manual, tc)
{
	struct msg_key_want	 w = { .home = in6(HOME), .local = in6(AGENT),
	    .op = KEY_NEED };
	struct conf_sa		 sas[] = {
		{ .use = SA_BINDING, .way = SA_TO_AGENT, .spi = 1000,
		    .cipher = CIPHER_AES_CBC, .cipher_keylen = 16,
		    .mac = MAC_SHA1_96, .mac_keylen = 20 },
		{ .use = SA_BINDING, .way = SA_FROM_AGENT, .spi = 1001,
		    .cipher = CIPHER_NULL, .mac = MAC_SHA1_96,
		    .mac_keylen = 20 },
		{ .use = SA_TUNNEL, .way = SA_TO_AGENT, .spi = 1002,
		    .cipher = CIPHER_AES_CBC, .cipher_keylen = 16,
		    .mac = MAC_SHA256_96, .mac_keylen = 32 },
	};

	setup(ROLE_HA, PROTECT_RR);
	sec_.sas = sas;
	sec_.nsas = 3;
	refuse[0] = (struct refusal){ PFKEY_ADD, 1, EEXIST };
	planner_configured(&p);
	run();
	ATF_CHECK(strstr(heard, "ADD home-agent spi 1000 bound\n"
	    "ADD agent-home spi 1001\nDELETE agent-home spi 1001\n"
	    "ADD agent-home spi 1001\n") != NULL);
	ATF_CHECK_EQ(told.n[MSG_SPI], 1);
	ATF_CHECK_EQ(told.last[MSG_SPI].u_SPI.spi, 1000);
	ATF_CHECK_EQ(told.last[MSG_SPI].u_SPI.what, SPI_IS);
	nheard = 0;
	ask(ROLE_HA, 1, AGENT, COA1, IPSEC_TUNNEL | IPSEC_KM);
	run();
	result(1, 0);
	expect("SPDUPDATE any-home 135/0 out 101:agent-coa1\n"
	    "SPDUPDATE home-any 135/0 in 101:coa1-agent\n"
	    "SPDUPDATE home-any 135/0 fwd 101:coa1-agent\n"
	    "ADD coa1-agent spi 1002\n");
	ipc_send(engine[ROLE_HA], MSG_KEY_WANT, &w);
	run();
	ATF_CHECK_EQ(told.last[MSG_KEY_STATE].u_KEY_STATE.state, KEY_UP);
	ATF_CHECK(told.last[MSG_KEY_STATE].u_KEY_STATE.tunnel);
}

/*
 * One that MIGRATE has moved is removed where it is now, also when its node is
 * configured no more.
 */
ATF_TC_WITHOUT_HEAD(manual_moved);
ATF_TC_BODY(manual_moved, tc)
{
	struct conf_sa	 sas[] = {
		{ .use = SA_TUNNEL, .way = SA_TO_AGENT, .spi = 1002,
		    .cipher = CIPHER_AES_CBC, .cipher_keylen = 16,
		    .mac = MAC_SHA256_96, .mac_keylen = 32 },
		{ .use = SA_TUNNEL, .way = SA_FROM_AGENT, .spi = 1003,
		    .cipher = CIPHER_AES_CBC, .cipher_keylen = 16,
		    .mac = MAC_SHA256_96, .mac_keylen = 32 },
	};

	setup(ROLE_HA, PROTECT_RR);
	sec_.sas = sas;
	sec_.nsas = 2;
	planner_configured(&p);
	run();
	ask(ROLE_HA, 1, AGENT, COA1, IPSEC_TUNNEL);
	run();
	ask(ROLE_HA, 2, AGENT, COA2, IPSEC_TUNNEL);
	run();
	result(2, 0);
	nheard = 0;
	another_home();
	planner_configured(&p);
	run();
	ATF_CHECK(strstr(heard, "DELETE coa2-agent spi 1002\n") != NULL);
	ATF_CHECK(strstr(heard, "DELETE agent-coa2 spi 1003\n") != NULL);
	/* Of the one that has come instead nothing was there to be removed. */
	ATF_CHECK_STREQ(logged, "");
}

/* Other reqids by a reload: associations by hand get them, too. */
ATF_TC_WITHOUT_HEAD(manual_range);
ATF_TC_BODY(manual_range, tc)
{
	static struct conf_sa	 sas[] = {
		{ .use = SA_BINDING, .way = SA_TO_AGENT, .spi = 1000,
		    .cipher = CIPHER_NULL, .mac = MAC_SHA1_96,
		    .mac_keylen = 20 },
		{ .use = SA_TUNNEL, .way = SA_FROM_AGENT, .spi = 1003,
		    .cipher = CIPHER_NULL, .mac = MAC_SHA1_96,
		    .mac_keylen = 20 },
	};

	setup(ROLE_HA, PROTECT_RR);
	sec_.sas = sas;
	sec_.nsas = 2;
	planner_configured(&p);
	run();
	ask(ROLE_HA, 1, AGENT, COA1, IPSEC_TUNNEL);
	run();
	nheard = 0;
	heard[0] = '\0';
	conf.global.reqid_first = 200;
	planner_configured(&p);
	run();
	expect("SPDUPDATE agent-home 135/0 out 200:x-x\n"
	    "SPDUPDATE home-agent 135/0 in 200:x-x\n"
	    "SPDUPDATE home-agent 58/146 in 200:x-x\n"
	    "SPDUPDATE agent-home 58/147 out 200:x-x\n"
	    "SPDUPDATE any-home 135/0 out 201:agent-coa1\n"
	    "SPDUPDATE home-any 135/0 in 201:coa1-agent\n"
	    "SPDUPDATE home-any 135/0 fwd 201:coa1-agent\n"
	    "DELETE home-agent spi 1000\n"
	    "DELETE agent-coa1 spi 1003\n"
	    "ADD home-agent spi 1000 bound\n"
	    "ADD agent-coa1 spi 1003\n");
	ATF_CHECK_STREQ(logged, "");
	/* At home those of the tunnel wait until there is one again. */
	ask(ROLE_HA, 2, AGENT, HOME, 0);
	run();
	nheard = 0;
	conf.global.reqid_first = 300;
	planner_configured(&p);
	run();
	ATF_CHECK(strstr(heard, "ADD agent-coa1 spi 1003") == NULL);
	ask(ROLE_HA, 3, AGENT, COA2, IPSEC_TUNNEL);
	run();
	result(3, 0);
	ATF_CHECK(strstr(heard, "ADD agent-coa2 spi 1003") != NULL);
}

/* The kernel has the first MIGRATE of a node that moves, to be answered. */
static void
moving(struct pfkey_msg *m)
{
	begin(ROLE_HA, PROTECT_RR);
	ask(ROLE_HA, 1, AGENT, COA1, IPSEC_TUNNEL);
	run();
	ask(ROLE_HA, 2, AGENT, COA2, IPSEC_TUNNEL);
	next(m);
	ATF_REQUIRE_EQ(PFKEY_MIGRATE, m->type);
	nheard = 0;
}

/* A node that leaves while it moves leaves nothing behind. */
ATF_TC_WITHOUT_HEAD(gone_meanwhile);
ATF_TC_BODY(gone_meanwhile, tc)
{
	const struct in6_addr	 home = in6(HOME);
	struct pfkey_msg	 m;

	moving(&m);
	another_home();
	planner_configured(&p);
	serve(&m);
	run();
	ATF_CHECK(strstr(heard, "SPDDELETE any-home 135/0 out") != NULL);
	ATF_CHECK(strstr(heard, "SPDDELETE home-any 135/0 in") != NULL);
	ATF_CHECK(strstr(heard, "SPDDELETE home-any 135/0 fwd") != NULL);
	ATF_CHECK(strstr(heard, "SPDDELETE agent-home 135/0 out") != NULL);
	ATF_CHECK_EQ(1, planning()->by_home.count);
	ATF_CHECK(sec_find(planning(), ROLE_HA, &home) == NULL);
}

/* One that is configured anew while it moves gets there all the same. */
ATF_TC_WITHOUT_HEAD(another_meanwhile);
ATF_TC_BODY(another_meanwhile, tc)
{
	struct pfkey_msg	 m;

	moving(&m);
	sec_.protect = PROTECT_PAYLOAD;
	planner_configured(&p);
	serve(&m);
	run();
	result(2, 0);
	ATF_CHECK_EQ(2, told.n[MSG_RESULT]);
	ATF_CHECK(strstr(heard, "SPDUPDATE any-home 0/0 out 101:agent-coa2\n")
	    != NULL);
	ATF_CHECK(strstr(heard, "SPDDELETE any-home 135/0 out") != NULL);
}

/* Its tunnel went to another home agent: the next begins anew. */
ATF_TC_WITHOUT_HEAD(another_agent);
ATF_TC_BODY(another_agent, tc)
{
	begin(ROLE_HA, PROTECT_RR);
	ask(ROLE_HA, 1, AGENT, COA1, IPSEC_TUNNEL);
	run();
	link_.address = in6(HOME3);
	planner_configured(&p);
	run();
	nheard = 0;
	ask(ROLE_HA, 2, HOME3, COA2, IPSEC_TUNNEL);
	run();
	result(2, 0);
	expect("SPDUPDATE any-home 135/0 out 101:home3-coa2\n"
	    "SPDUPDATE home-any 135/0 in 101:coa2-home3\n"
	    "SPDUPDATE home-any 135/0 fwd 101:coa2-home3\n");
	ATF_CHECK_STREQ(logged, "");
}

/* What the kernel says of associations, and what net asks. */
ATF_TC_WITHOUT_HEAD(spis);
ATF_TC_BODY(spis, tc)
{
	struct pfkey_sa		 sa = { .satype = PFKEY_ESP, .spi = 7,
	    .reqid = 100, .mode = PFKEY_TRANSPORT, .state = PFKEY_MATURE,
	    .encrypt = PFKEY_C_NULL };
	struct msg_spi		 q = { .spi = 9, .home = in6(HOME) };
	struct in6_addr		 h = in6(HOME), a = in6(AGENT);
	struct pfkey_msg	 m;

	begin(ROLE_HA, PROTECT_RR);
	sa.src = spd_addr(&h);
	sa.dst = spd_addr(&a);
	ATF_REQUIRE_EQ(pfkey_from_sa(&m, PFKEY_ADD, &sa), PFKEY_OK);
	m.pid = 1;
	say(&m);
	run();
	ATF_CHECK_EQ(told.n[MSG_SPI], 1);
	ATF_CHECK_EQ(told.last[MSG_SPI].u_SPI.what, SPI_IS);
	/* Of another reqid, of the other way. */
	sa.reqid = 102;
	sa.spi = 8;
	ATF_REQUIRE_EQ(pfkey_from_sa(&m, PFKEY_ADD, &sa), PFKEY_OK);
	m.pid = 1;
	say(&m);
	run();
	ATF_CHECK_EQ(told.n[MSG_SPI], 1);
	sa.reqid = 100;
	sa.spi = 7;
	ATF_REQUIRE_EQ(pfkey_from_sa(&m, PFKEY_DELETE, &sa), PFKEY_OK);
	m.pid = 1;
	say(&m);
	run();
	ATF_CHECK_EQ(told.last[MSG_SPI].u_SPI.what, SPI_GONE);
	/* A question. */
	ipc_send(engine[ROLE_NET], MSG_SPI_ASK, &q);
	run();
	ATF_CHECK_EQ(told.last[MSG_SPI].u_SPI.what, SPI_UNKNOWN);
	ATF_CHECK_EQ(told.last[MSG_SPI].u_SPI.spi, 9);
	has_got = true;
	got = sa;
	got.spi = 9;
	ipc_send(engine[ROLE_NET], MSG_SPI_ASK, &q);
	run();
	ATF_CHECK_EQ(told.last[MSG_SPI].u_SPI.what, SPI_IS);
	/* It is another's. */
	got.reqid = 102;
	ipc_send(engine[ROLE_NET], MSG_SPI_ASK, &q);
	run();
	ATF_CHECK_EQ(told.last[MSG_SPI].u_SPI.what, SPI_UNKNOWN);
	ATF_CHECK_EQ(planning()->nasks, 0);
}

/* An association of HOME comes, of that SPI. */
static void
spi_added(uint32_t spi)
{
	struct in6_addr	 h = in6(HOME), a = in6(AGENT);
	struct pfkey_sa	 sa = { .satype = PFKEY_ESP, .spi = spi,
	    .reqid = 100, .mode = PFKEY_TRANSPORT, .state = PFKEY_MATURE,
	    .encrypt = PFKEY_C_NULL, .src = spd_addr(&h),
	    .dst = spd_addr(&a) };
	struct pfkey_msg m;

	ATF_REQUIRE_EQ(pfkey_from_sa(&m, PFKEY_ADD, &sa), PFKEY_OK);
	m.pid = 1;
	say(&m);
	run();
}

/* More than a node needs: the oldest are forgotten, and that is said. */
ATF_TC_WITHOUT_HEAD(spis_full);
ATF_TC_BODY(spis_full, tc)
{
	const struct sec_node	*n;
	uint32_t		 i;

	begin(ROLE_HA, PROTECT_RR);
	for (i = 1; i <= SEC_SPIS_MAX + 3; i++)
		spi_added(i);
	n = node_of_home(ROLE_HA);
	ATF_REQUIRE_EQ(n->nspis, SEC_SPIS_MAX);
	for (i = 0; i < SEC_SPIS_MAX; i++)
		ATF_CHECK_EQ(n->spis[i], i + 4);
	ATF_CHECK_EQ(SEC_COUNTED(SC_SPIS_FORGOTTEN), 3);
	ATF_CHECK(strstr(warned, "more than 8 inbound associations") != NULL);
}

/* More questions than there are places: each has its answer. */
ATF_TC_WITHOUT_HEAD(asks_full);
ATF_TC_BODY(asks_full, tc)
{
	struct msg_spi	 q = { .home = in6(HOME) };
	uint32_t	 i;

	begin(ROLE_HA, PROTECT_RR);
	for (i = 1; i <= SEC_ASKS_MAX + 5; i++) {
		q.spi = i;
		ipc_send(engine[ROLE_NET], MSG_SPI_ASK, &q);
	}
	for (i = 0; i < 10; i++)
		run();
	ATF_CHECK_EQ(told.n[MSG_SPI], SEC_ASKS_MAX + 5);
	ATF_CHECK_EQ(told.last[MSG_SPI].u_SPI.what, SPI_UNKNOWN);
	ATF_CHECK_EQ(SEC_COUNTED(SC_SPI_ASKS_FULL), 5);
	ATF_CHECK(strstr(warned, "more than 64 unknown SPIs") != NULL);
	ATF_CHECK_EQ(planning()->nasks, 0);
}

static void
orphan(size_t i, uint32_t spi, uint32_t reqid, const char *src,
    const char *dst)
{
	struct in6_addr	 s = in6(src), d = in6(dst);

	sad[i] = (struct pfkey_sa){ .satype = PFKEY_ESP, .spi = spi,
	    .reqid = reqid, .state = PFKEY_MATURE, .encrypt = PFKEY_C_NULL,
	    .mode = reqid & 1 ? PFKEY_TUNNEL : PFKEY_TRANSPORT,
	    .src = spd_addr(&s), .dst = spd_addr(&d) };
}

/* When a node was registered last is what connections are loaded by. */
ATF_TC_WITHOUT_HEAD(seen);
ATF_TC_BODY(seen, tc)
{
	struct sec_node	*n;

	begin(ROLE_HA, PROTECT_NONE);
	n = node_of_home(ROLE_HA);
	ask(ROLE_HA, 1, AGENT, HOME, IPSEC_KM);
	run();
	ATF_CHECK_EQ(n->seen, 0);
	planning()->saved_dirty = false;
	ask(ROLE_HA, 2, AGENT, COA1, IPSEC_KM);
	run();
	ATF_CHECK(n->seen > 0);
	ATF_CHECK(planning()->saved_dirty);
}

/* The time of a node that is suspected has come. */
static void
time_of(struct sec_node *n)
{
	n->suspect_at.ns = 0;
	orphans_now();
}

/* Associations that charon does not have any more are removed. */
ATF_TC_WITHOUT_HEAD(orphans);
ATF_TC_BODY(orphans, tc)
{
	static const uint8_t	 spis[] = { 0, 0, 0, 1, 0, 0, 0, 2,
	    0, 0, 0, 3, 0, 0, 0, 4 };
	struct msg_key_state	 up = { .home = in6(HOME), .state = KEY_UP };
	struct msg_sa_spis	 list = { .home = in6(HOME), .known = true,
	    .spis = { spis, sizeof(spis) } };
	struct sec_node		*n;

	begin(ROLE_HA, PROTECT_PAYLOAD);
	n = node_of_home(ROLE_HA);
	new_engine(ROLE_IKE);
	orphan(0, 1, 100, HOME, AGENT);
	orphan(1, 2, 100, AGENT, HOME);
	orphan(2, 3, 101, COA1, AGENT);
	orphan(3, 4, 101, AGENT, COA1);
	nsad = 4;
	ipc_send(engine[ROLE_IKE], MSG_KEY_STATE, &up);
	run();
	ATF_CHECK(orphans_due());
	/* Not before its time. */
	orphans_now();
	expect("");
	ATF_CHECK(orphans_due());
	/* As many as it needs: charon is not asked. */
	time_of(n);
	ATF_CHECK_EQ(told.n[MSG_SA_ASK], 0);
	expect("DUMP\n");

	/* One too many; charon can't tell, then it can. */
	orphan(4, 5, 101, AGENT, COA2);
	orphan(5, 6, 102, AGENT, COA2);		/* another's */
	nsad = 6;
	orphan_suspect(n);
	time_of(n);
	ATF_CHECK_EQ(told.n[MSG_SA_ASK], 1);
	list.known = false;
	list.id = told.last[MSG_SA_ASK].u_SA_ASK.id;
	ipc_send(engine[ROLE_IKE], MSG_SA_SPIS, &list);
	run();
	expect("DUMP\n");
	ATF_CHECK(n->suspect);
	time_of(n);
	ATF_CHECK_EQ(told.n[MSG_SA_ASK], 2);
	list.known = true;
	/* That was asked before. */
	ipc_send(engine[ROLE_IKE], MSG_SA_SPIS, &list);
	run();
	ATF_CHECK_EQ(SEC_COUNTED(SC_ORPHANS), 0);
	list.id = told.last[MSG_SA_ASK].u_SA_ASK.id;
	ipc_send(engine[ROLE_IKE], MSG_SA_SPIS, &list);
	run();
	expect("DUMP\nDELETE agent-coa2 spi 5\n");
	ATF_CHECK_EQ(SEC_COUNTED(SC_ORPHANS), 1);
	/* Twice is no more. */
	ipc_send(engine[ROLE_IKE], MSG_SA_SPIS, &list);
	run();
	expect("");

	/* While keys are not up nothing is taken away. */
	up.state = KEY_PENDING;
	ipc_send(engine[ROLE_IKE], MSG_KEY_STATE, &up);
	orphan_suspect(n);
	run();
	time_of(n);
	ATF_CHECK_EQ(told.n[MSG_SA_ASK], 2);
}

/* Asked by a number that the planning has not. */
static void
take_prim(const struct prim_request *r)
{
	struct msg_prim	 m;

	prim_pack(&m, UINT32_MAX, r);
	prims_take(p.planner, &p.procs[ROLE_SEC], &m);
	run();
}

/* A primitive that the planning should not ask: it is refused, not done. */
static void
refused_prim(const struct prim_request *r)
{
	const uint64_t	 before = p.counters.v[PC_DENIED];

	take_prim(r);
	expect("");
	ATF_CHECK_EQ(before + 1, p.counters.v[PC_DENIED]);
}

static void
asked_prim(const struct prim_request *r, const char *what)
{
	take_prim(r);
	expect(what);
}

/* The other end of a tunnel is a host, wherever it is said. */
static void
no_hosts(const struct prim_request *good)
{
	static const char *const	 ends[] = { "::", "::1", "ff02::1",
	    "fe80::1", "ff0e::1" };
	static const enum prim		 ops[] = { PRIM_SET, PRIM_MOVE,
	    PRIM_CLEAR };
	struct prim_request		 r;
	size_t				 i, op;

	for (i = 0; i < sizeof(ends) / sizeof(ends[0]); i++) {
		for (op = 0; op < sizeof(ops) / sizeof(ops[0]); op++) {
			r = *good;
			r.op = ops[op];
			r.local = in6(AGENT);
			r.peer = in6(COA2);
			r.of.peer = in6(ends[i]);
			refused_prim(&r);
		}
		r.of.peer = in6(COA1);
		r.op = PRIM_MOVE;
		r.peer = in6(ends[i]);
		refused_prim(&r);
		r.peer = in6(COA2);
		r.km = true;
		r.km_local = in6(AGENT);
		r.km_remote = in6(ends[i]);
		refused_prim(&r);
	}
}

/* The same of a manual association, which is removed where it can be. */
ATF_TC_WITHOUT_HEAD(manual_primitives);
ATF_TC_BODY(manual_primitives, tc)
{
	static struct conf_sa	 sas[] = { { .use = SA_TUNNEL,
	    .way = SA_TO_AGENT, .spi = 1000, .cipher = CIPHER_NULL,
	    .mac = MAC_SHA1_96, .mac_keylen = 20 } };
	struct prim_request	 good = { .op = PRIM_SA_ADD, .of = {
	    .agent_side = true, .home = in6(HOME), .agent = in6(AGENT),
	    .reqid = 100, .protect = PROTECT_RR, .local = in6(AGENT),
	    .peer = in6(COA1) } };
	struct prim_request	 r;

	setup(ROLE_HA, PROTECT_RR);
	sec_.sas = sas;
	sec_.nsas = 1;
	planner_configured(&p);
	run();
	nheard = 0;
	heard[0] = '\0';
	asked_prim(&good, "ADD coa1-agent spi 1000\n");
	r = good;
	r.of.peer = in6("ff02::1");
	refused_prim(&r);
	/* At another's home agent it is not ours to remove either. */
	r = good;
	r.op = PRIM_SA_DELETE;
	asked_prim(&r, "DELETE coa1-agent spi 1000\n");
	r.of.local = in6(COA2);
	refused_prim(&r);
}

/* Root does what can be a node's, and nothing else. */
ATF_TC_WITHOUT_HEAD(primitives);
ATF_TC_BODY(primitives, tc)
{
	struct prim_request	 good = { .op = PRIM_SET, .of = {
	    .agent_side = true, .home = in6(HOME), .agent = in6(AGENT),
	    .reqid = 100, .protect = PROTECT_RR, .tunnel = true,
	    .local = in6(AGENT), .peer = in6(COA1) }, .index = 4 };
	static const enum prim	 of_node[] = { PRIM_SET, PRIM_DELETE,
	    PRIM_MOVE, PRIM_CLEAR, PRIM_SA_ADD, PRIM_SA_DELETE };
	struct prim_request	 r;
	size_t			 op;

	begin(ROLE_HA, PROTECT_RR);
	asked_prim(&good, "SPDUPDATE any-home 135/0 out 101:agent-coa1\n");
	r = good;
	r.of.home = in6(HOME2);
	refused_prim(&r);
	r = good;
	r.of.agent_side = false;
	refused_prim(&r);
	r = good;
	r.of.agent = in6(COA2);
	refused_prim(&r);
	r = good;
	r.of.local = in6(COA2);
	refused_prim(&r);
	r = good;
	r.of.protect = PROTECT_PAYLOAD;
	refused_prim(&r);
	r = good;
	r.of.reqid = 98;
	refused_prim(&r);
	r.of.reqid = 101;
	refused_prim(&r);
	r.of.reqid = 16000;
	refused_prim(&r);
	/* Nor is anything done to nodes that there are not. */
	for (op = 0; op < sizeof(of_node) / sizeof(of_node[0]); op++) {
		r = good;
		r.op = of_node[op];
		r.index = 0;
		r.of.home = in6(HOME2);
		refused_prim(&r);
	}
	/* There is no such policy, and no such association. */
	r = good;
	r.index = 200;
	asked_prim(&r, "");
	r.op = PRIM_SA_ADD;
	asked_prim(&r, "");

	/* To other ends, but not to another home agent. */
	r = good;
	r.op = PRIM_MOVE;
	r.local = in6(AGENT);
	r.peer = in6(COA2);
	asked_prim(&r, "MIGRATE any-home 135/0 out 101:agent-coa1 "
	    "101:agent-coa2\n");
	r.local = in6(COA1);
	refused_prim(&r);
	r.local = in6(AGENT);
	r.km = true;
	r.km_local = in6(COA1);
	r.km_remote = in6(COA2);
	refused_prim(&r);
	no_hosts(&good);

	/* What no dump has shown is not ours. */
	r = (struct prim_request){ .op = PRIM_SA_DROP,
	    .sa = { 9, in6(COA2), in6(AGENT) } };
	refused_prim(&r);
	orphan(0, 9, 101, COA2, AGENT);
	orphan(1, 10, 16003, COA2, AGENT);
	nsad = 2;
	asked_prim(&(struct prim_request){ .op = PRIM_SAS }, "DUMP\n");
	asked_prim(&r, "DELETE coa2-agent spi 9\n");
	r.sa.spi = 10;
	refused_prim(&r);
	/* One that is gone by now has been ours a dump ago: no offence. */
	nsad = 0;
	r.sa.spi = 9;
	asked_prim(&(struct prim_request){ .op = PRIM_SAS }, "DUMP\n");
	asked_prim(&r, "DELETE coa2-agent spi 9\n");
	asked_prim(&(struct prim_request){ .op = PRIM_SAS }, "DUMP\n");
	refused_prim(&r);
	r = (struct prim_request){ .op = PRIM_SA_GET,
	    .sa = { 9, in6(COA2), in6(AGENT) } };
	refused_prim(&r);
	r = (struct prim_request){ .op = PRIM_STRAY };
	r.policy.dir = PFKEY_IN;
	r.policy.sel.src = r.policy.sel.dst = spd_addr(&in6addr_any);
	refused_prim(&r);
}

/* All pages of show sa: how many nodes, each of them once. */
static size_t
shown_in_all(void)
{
	static struct report	 rep;
	struct report_field	 f;
	struct rbuf		 all, row;
	struct in6_addr		 before = in6addr_any;
	char			 table[64];
	uint64_t		 cursor = 0;
	size_t			 n = 0;

	do {
		report_init(&rep);
		cursor = sec_rows(planning(), &rep, "", cursor);
		rbuf_init(&all, rep.mem, rep.w.off);
		while (report_next_row(&all, &row, table, sizeof(table))) {
			ATF_REQUIRE(report_next_field(&row, &f));
			ATF_CHECK(memcmp(&f.v.addr, &before, 16) != 0);
			before = f.v.addr;
			n++;
		}
	} while (cursor != 0);
	return (n);
}

/* Reqids are the same in the next life, and go to others when given back. */
ATF_TC_WITHOUT_HEAD(many);
ATF_TC_BODY(many, tc)
{
	static struct in6_addr	 homes[MANY];
	uint32_t		 before, i;
	struct sec_node		*n;

	setup(ROLE_HA, PROTECT_RR);
	quiet = true;
	for (i = 1; i < MANY; i++) {
		nodes[i] = nodes[0];
		nodes[i].homes = &homes[i];
		nodes[i].homes[0] = in6(HOME);
		nodes[i].homes[0].s6_addr[12] = (uint8_t)(1 + (i >> 8));
		nodes[i].homes[0].s6_addr[13] = (uint8_t)i;
	}
	ha.nnodes = MANY;
	planner_configured(&p);
	run();
	ATF_CHECK_EQ(requests, 2 + 4 * MANY);
	n = sec_find(planning(), ROLE_HA, &nodes[MANY - 1].homes[0]);
	ATF_REQUIRE(n != NULL && n->installed);
	before = n->want.reqid;
	ATF_CHECK_EQ(before & 1, 0);
	ATF_CHECK_EQ(shown_in_all(), MANY);

	/* A reload without most of them; with one that is new to it. */
	nodes[1] = nodes[MANY - 1];
	ha.nnodes = 2;
	planner_configured(&p);
	run();
	ATF_CHECK_EQ(planning()->by_home.count, 2);
	ATF_CHECK_EQ(shown_in_all(), 2);
	n = sec_find(planning(), ROLE_HA, &nodes[1].homes[0]);
	ATF_REQUIRE(n != NULL);
	ATF_CHECK_EQ(n->want.reqid, before);
	ATF_CHECK_EQ(requests, 2 + 4 * MANY + 4 * (MANY - 2));

	/* Another life. */
	reqid_save(planning());
	run();
	p.planner = NULL;
	sec_dies();
	new_sec();
	sec_remembers();
	requests = 0;
	planner_configured(&p);
	run();
	n = sec_find(planning(), ROLE_HA, &nodes[1].homes[0]);
	ATF_REQUIRE(n != NULL);
	ATF_CHECK_EQ(n->want.reqid, before);
	/* There are no more than that. */
	conf.global.reqid_first = 100;
	conf.global.reqid_last = 103;
	ha.nnodes = 2;
	planner_configured(&p);
	run();
	n = sec_find(planning(), ROLE_HA, &nodes[1].homes[0]);
	ATF_CHECK_EQ(n->want.reqid, 102);
}

/* What `show sa' says of a node. */
static const char *
shown(const char *home, const char *field)
{
	static char		 text[256];
	static struct report	 rep;
	struct report_field	 f;
	struct rbuf		 r, row;
	char			 table[64];

	report_init(&rep);
	ATF_CHECK_EQ(sec_rows(planning(), &rep, home, 0), 0);
	rbuf_init(&r, rep.mem, rep.w.off);
	ATF_REQUIRE(report_next_row(&r, &row, table, sizeof(table)));
	while (report_next_field(&row, &f))
		if (strcmp(f.name, field) == 0) {
			if (f.kind == RK_STRING)
				snprintf(text, sizeof(text), "%.*s",
				    (int)f.v.str.len, f.v.str.p);
			else
				snprintf(text, sizeof(text), "%llu",
				    (unsigned long long)f.v.u64);
			return (text);
		}
	atf_tc_fail("no field %s", field);
}

static void
three_nodes(struct in6_addr homes[3])
{
	static const char *const	 names[] = { HOME, HOME2, HOME3 };
	size_t				 i;

	free(nodes[0].homes);
	for (i = 0; i < 3; i++) {
		nodes[i] = nodes[0];
		nodes[i].homes = &homes[i];
		homes[i] = in6(names[i]);
	}
	ha.nnodes = 3;
}

/* Three nodes and reqids for two: who gets none, and when it gets one. */
ATF_TC_WITHOUT_HEAD(limit);
ATF_TC_BODY(limit, tc)
{
	static struct in6_addr	 homes[3];
	const struct msg_sa_node *node = &told.last[MSG_SA_NODE].u_SA_NODE;
	struct sec_node		*n;

	setup(ROLE_HA, PROTECT_RR);
	three_nodes(homes);
	conf.global.reqid_last = 103;
	planner_configured(&p);
	run();
	ATF_CHECK_STREQ(logged, "no IPsec for " HOME3 ": all reqids from 100 "
	    "to 103 are taken; PF_KEY has none above 16383\n");
	n = sec_find(planning(), ROLE_HA, &homes[2]);
	ATF_REQUIRE(n != NULL);
	ATF_CHECK_EQ(n->want.reqid, 0);
	ATF_CHECK(strstr(heard, "home3") == NULL);
	ATF_CHECK_STREQ(shown(HOME3, "keys_text"), "all reqids are taken, "
	    "100 to 103; PF_KEY has none above 16383");
	ATF_CHECK_STREQ(shown(HOME2, "keys_text"), "");
	nheard = 0;
	ask_of(HOME3, ROLE_HA, 1, AGENT, COA1, IPSEC_TUNNEL);
	run();
	result(1, ENOSPC);
	ATF_CHECK_EQ(SEC_COUNTED(SC_MIGRATION_ERRORS), 1);
	ATF_CHECK_STREQ(shown(HOME3, "errors"), "1");
	ATF_CHECK_STREQ(shown(HOME3, "policies"), "0");
	/* The others are not concerned. */
	ask_of(HOME2, ROLE_HA, 2, AGENT, COA1, IPSEC_TUNNEL);
	run();
	result(2, 0);

	/* One of them goes, policies and all; then it is its turn. */
	new_engine(ROLE_IKE);
	logged[0] = heard[0] = '\0';
	nheard = 0;
	ha.nodes = &nodes[1];
	ha.nnodes = 2;
	planner_configured(&p);
	run();
	expect("SPDDELETE agent-home 135/0 out\n"
	    "SPDDELETE home-agent 135/0 in\n"
	    "SPDDELETE home-agent 58/146 in\n"
	    "SPDDELETE agent-home 58/147 out\n"
	    "SPDUPDATE agent-home3 135/0 out 100:x-x\n"
	    "SPDUPDATE home3-agent 135/0 in 100:x-x\n"
	    "SPDUPDATE home3-agent 58/146 in 100:x-x\n"
	    "SPDUPDATE agent-home3 58/147 out 100:x-x\n");
	ATF_CHECK_STREQ(logged, "");
	ATF_CHECK_EQ(n->want.reqid, 100);
	ATF_CHECK(planning()->by_reqid[50] == n);
	ATF_CHECK_STREQ(shown(HOME3, "keys_text"), "");
	ATF_CHECK_EQ(told.n[MSG_SA_NODE_END], 3);
	ATF_CHECK(IN6_ARE_ADDR_EQUAL(&node->home, &homes[2]));
	ATF_CHECK_EQ(node->reqid, 100);
	ATF_CHECK(planning()->saved_dirty);
	ask_of(HOME3, ROLE_HA, 3, AGENT, COA1, IPSEC_TUNNEL);
	run();
	result(3, 0);
}

/* A range that has become too narrow: who lost its reqid can be removed. */
ATF_TC_WITHOUT_HEAD(narrower);
ATF_TC_BODY(narrower, tc)
{
	static struct in6_addr	 homes[3];

	setup(ROLE_HA, PROTECT_RR);
	three_nodes(homes);
	planner_configured(&p);
	run();
	ATF_CHECK_STREQ(logged, "");
	conf.global.reqid_last = 101;
	planner_configured(&p);
	run();
	ATF_CHECK_STREQ(logged, "no IPsec for " HOME2 ": all reqids from 100 "
	    "to 101 are taken; PF_KEY has none above 16383\n"
	    "and for 1 more nodes\n");
	heard[0] = '\0';
	nheard = 0;
	ha.nnodes = 1;
	planner_configured(&p);
	run();
	expect("SPDDELETE agent-home2 135/0 out\n"
	    "SPDDELETE agent-home3 135/0 out\n"
	    "SPDDELETE home2-agent 135/0 in\n"
	    "SPDDELETE home3-agent 135/0 in\n"
	    "SPDDELETE home2-agent 58/146 in\n"
	    "SPDDELETE home3-agent 58/146 in\n"
	    "SPDDELETE agent-home2 58/147 out\n"
	    "SPDDELETE agent-home3 58/147 out\n");
	ATF_CHECK_EQ(planning()->by_home.count, 1);
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, install);
	ATF_TP_ADD_TC(tp, precedence);
	ATF_TP_ADD_TC(tp, precedence_agent);
	ATF_TP_ADD_TC(tp, mobile_node);
	ATF_TP_ADD_TC(tp, home_agent);
	ATF_TP_ADD_TC(tp, back);
	ATF_TP_ADD_TC(tp, at_home);
	ATF_TP_ADD_TC(tp, denied);
	ATF_TP_ADD_TC(tp, healed);
	ATF_TP_ADD_TC(tp, heals);
	ATF_TP_ADD_TC(tp, strays);
	ATF_TP_ADD_TC(tp, strays_meanwhile);
	ATF_TP_ADD_TC(tp, reconcile);
	ATF_TP_ADD_TC(tp, manual_moved);
	ATF_TP_ADD_TC(tp, manual_range);
	ATF_TP_ADD_TC(tp, gone_meanwhile);
	ATF_TP_ADD_TC(tp, another_meanwhile);
	ATF_TP_ADD_TC(tp, another_agent);
	ATF_TP_ADD_TC(tp, manual);
	ATF_TP_ADD_TC(tp, spis);
	ATF_TP_ADD_TC(tp, spis_full);
	ATF_TP_ADD_TC(tp, asks_full);
	ATF_TP_ADD_TC(tp, seen);
	ATF_TP_ADD_TC(tp, orphans);
	ATF_TP_ADD_TC(tp, primitives);
	ATF_TP_ADD_TC(tp, manual_primitives);
	ATF_TP_ADD_TC(tp, many);
	ATF_TP_ADD_TC(tp, limit);
	ATF_TP_ADD_TC(tp, narrower);
	return (atf_no_error());
}
