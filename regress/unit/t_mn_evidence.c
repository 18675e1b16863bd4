/*
 * The mobile node's evidence (mn/evidence.h).  What is believed of routers, of
 * the home agent and of the place where a home address is, follows from what
 * was seen and when.
 */
#include <sys/socket.h>

#include <arpa/inet.h>

#include <atf-c.h>
#include <stddef.h>

#include "mn/evidence.h"

static struct in6_addr
ip(const char *s)
{
	struct in6_addr	 a;

	ATF_REQUIRE(inet_pton(AF_INET6, s, &a) == 1);
	return (a);
}

/* It is live from when it is heard until it is given up, or the link goes. */
ATF_TC_WITHOUT_HEAD(router);
ATF_TC_BODY(router, tc)
{
	struct router_evidence	 r;

	evidence_router_init(&r);
	ATF_CHECK(!evidence_router_here(&r, 1));
	ATF_CHECK(!evidence_router_ended(&r, 1000));
	evidence_router_heard(&r, 1, 10);
	ATF_CHECK(evidence_router_live(&r, 1));
	ATF_CHECK(!evidence_router_default(&r, 1, 10));
	r.default_until = 30;
	ATF_CHECK(evidence_router_default(&r, 1, 29));
	ATF_CHECK(!evidence_router_default(&r, 1, 30));
	ATF_CHECK(evidence_router_ended(&r, 30));
	evidence_router_asked(&r, 11, false);
	ATF_CHECK_EQ(evidence_router_state(&r), ROUTER_PROBING);
	ATF_CHECK_EQ(r.questions, 0);
	evidence_router_asked(&r, 12, true);
	ATF_CHECK_EQ(r.asked, 11);
	ATF_CHECK_EQ(r.questions, 1);
	ATF_CHECK(evidence_router_live(&r, 1));
	evidence_router_gave_up(&r, 13);
	ATF_CHECK_EQ(evidence_router_state(&r), ROUTER_LOST);
	ATF_CHECK(evidence_router_here(&r, 1));
	ATF_CHECK(!evidence_router_live(&r, 1));
	evidence_router_heard(&r, 1, 13);
	ATF_CHECK_EQ(evidence_router_state(&r), ROUTER_OK);
	ATF_CHECK(evidence_router_live(&r, 1));
	ATF_CHECK(!evidence_router_live(&r, 2));
	ATF_CHECK(!evidence_router_default(&r, 2, 14));
}

/* The kernel's word counts until it was heard itself. */
ATF_TC_WITHOUT_HEAD(router_told);
ATF_TC_BODY(router_told, tc)
{
	struct router_evidence	 r;

	evidence_router_init(&r);
	evidence_router_told(&r, 1);
	ATF_CHECK(evidence_router_live(&r, 1));
	ATF_CHECK_EQ(r.heard.at, NEVER);
	evidence_router_heard(&r, 2, 10);
	evidence_router_told(&r, 3);
	ATF_CHECK(evidence_router_here(&r, 2));
	ATF_CHECK(!evidence_router_here(&r, 3));
}

/* A request is answered once. */
ATF_TC_WITHOUT_HEAD(path);
ATF_TC_BODY(path, tc)
{
	struct path_evidence	 p = { 0, NEVER, NEVER };

	ATF_CHECK(!evidence_path_pending(&p));
	evidence_path_asked(&p, 5, 10);
	ATF_CHECK(evidence_path_pending(&p));
	ATF_CHECK(evidence_path_answered(&p, 10));
	ATF_CHECK_EQ(p.acknowledged, 10);
	ATF_CHECK(!evidence_path_answered(&p, 11));
	evidence_path_asked(&p, 6, 12);
	evidence_path_forget(&p);
	ATF_CHECK(!evidence_path_pending(&p));
}

/* Its answer is about an address, an interface and an attachment. */
ATF_TC_WITHOUT_HEAD(agent);
ATF_TC_BODY(agent, tc)
{
	struct in6_addr		 a = ip("2001:db8:a::1"), b = ip("2001:db8::1");
	struct agent_evidence	 e;

	evidence_agent_init(&e);
	ATF_CHECK(!evidence_agent_answers(&e, &in6addr_any, 0));
	evidence_agent_heard(&e, &a, 1, 7, 100);
	ATF_CHECK(evidence_agent_answers(&e, &a, 1));
	ATF_CHECK(!evidence_agent_answers(&e, &a, 2));
	ATF_CHECK(!evidence_agent_answers(&e, &b, 1));
	ATF_CHECK(evidence_agent_here(&e, &a, 1, 7));
	ATF_CHECK(!evidence_agent_here(&e, &a, 1, 8));
	evidence_agent_open(&e);
	ATF_CHECK(!evidence_agent_answers(&e, &a, 1));
}

/* What came back before it fell silent explains nothing. */
ATF_TC_WITHOUT_HEAD(silence);
ATF_TC_BODY(silence, tc)
{
	struct agent_evidence	 e;

	evidence_agent_init(&e);
	e.error_at = e.unverified_at = 10;
	evidence_agent_silent(&e, 20);
	ATF_CHECK_EQ(e.silent, 1);
	ATF_CHECK(!evidence_agent_meanwhile(&e, e.error_at));
	ATF_CHECK_EQ(e.unverified_at, NEVER);
	e.error_at = 20;
	evidence_agent_silent(&e, 30);
	ATF_CHECK_EQ(e.silent, 2);
	ATF_CHECK_EQ(e.silent_since, 20);
	ATF_CHECK(evidence_agent_meanwhile(&e, e.error_at));
}

ATF_TC_WITHOUT_HEAD(neighbor);
ATF_TC_BODY(neighbor, tc)
{
	struct neighbor_evidence	 e;

	evidence_neighbor_forget(&e);
	evidence_neighbor_sought(&e, 2, 5, 100);
	ATF_CHECK_EQ(e.tries, 1);
	ATF_CHECK(evidence_neighbor_of(&e, 2, 5));
	ATF_CHECK(!evidence_neighbor_of(&e, 2, 6));
	ATF_CHECK(!evidence_neighbor_of(&e, 3, 5));
}

/* Where a home address is: each row differs from one before by what is said. */
ATF_TC_WITHOUT_HEAD(place);
ATF_TC_BODY(place, tc)
{
	static const struct {
		struct place_evidence	 e;
		enum place		 place;
	} rows[] = {
		{ { .askable = true }, PLACE_NOWHERE },
		{ { .askable = true, .careof = true, .elsewhere = true },
		    PLACE_AWAY },
		/* a forged advertisement: away, and the agent is looked for */
		{ { .askable = true, .careof = true, .elsewhere = true,
		    .away = true, .home_link = true }, PLACE_SEEK },
		{ { .askable = true, .careof = true, .elsewhere = true,
		    .away = true, .home_link = true, .found = true },
		    PLACE_ASK },
		{ { .askable = true, .careof = true, .elsewhere = true,
		    .away = true, .home_link = true, .held = true },
		    PLACE_AWAY },
		{ { .askable = true, .careof = true, .elsewhere = true,
		    .away = true, .home_link = true, .forced = true },
		    PLACE_AWAY },
		/* nothing to be lost: its word is taken */
		{ { .askable = true, .home_link = true }, PLACE_HOME },
		{ { .askable = true, .home_link = true, .maybe_bound = true },
		    PLACE_ASK },
		{ { .askable = true, .home_link = true, .maybe_bound = true,
		    .returning = true }, PLACE_WAIT },
		/* at home by that word, and then a care-of address turns up */
		{ { .askable = true, .home_link = true, .at_home = true,
		    .there = true, .careof = true, .elsewhere = true },
		    PLACE_ASK },
		{ { .askable = true, .home_link = true, .at_home = true,
		    .there = true, .careof = true, .elsewhere = true,
		    .answered = true }, PLACE_HOME },
		/* ... it can't be asked without keys */
		{ { .home_link = true, .at_home = true, .there = true,
		    .careof = true, .elsewhere = true }, PLACE_HOME },
		{ { .home_link = true, .careof = true, .elsewhere = true,
		    .away = true, .found = true, .maybe_bound = true },
		    PLACE_ASK },
		/* another interface of the home link */
		{ { .askable = true, .home_link = true, .at_home = true,
		    .maybe_bound = true, .answered = true }, PLACE_ASK },
		/* the home address is a duplicate: of the home agent? */
		{ { .askable = true, .home_link = true, .at_home = true,
		    .there = true, .defended = true }, PLACE_ASK },
		{ { .askable = true, .home_link = true, .at_home = true,
		    .there = true, .defended = true, .answered = true },
		    PLACE_RIVAL },
		{ { .askable = true, .home_link = true, .at_home = true,
		    .there = true, .defended = true, .held = true },
		    PLACE_WAIT },
	};
	size_t	 i;

	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		ATF_CHECK_EQ_MSG(evidence_place(&rows[i].e), rows[i].place,
		    "row %zu: %d", i, evidence_place(&rows[i].e));
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, router);
	ATF_TP_ADD_TC(tp, router_told);
	ATF_TP_ADD_TC(tp, path);
	ATF_TP_ADD_TC(tp, agent);
	ATF_TP_ADD_TC(tp, silence);
	ATF_TP_ADD_TC(tp, neighbor);
	ATF_TP_ADD_TC(tp, place);
	return (atf_no_error());
}
