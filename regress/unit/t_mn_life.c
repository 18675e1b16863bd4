/*
 * The life of a home address (mn/life.h): the whole table of states and events
 * is printed.  It must have no hole, no row that nothing reaches, and no way
 * out of states that are the end.
 */
#include <atf-c.h>
#include <stdio.h>
#include <string.h>

#include "mn/life.h"

static const char *const	 states[PHASES] = {
	[PHASE_NONE] = "nowhere", [PHASE_AWAY] = "away",
	[PHASE_RETURNING] = "returning", [PHASE_HOME] = "home",
	[PHASE_REFUSED] = "refused", [PHASE_ENDING] = "ending",
};

static const char *const	 events[HOME_EVENTS] = {
	[EV_NOWHERE] = "no care-of address", [EV_AWAY] = "a care-of address",
	[EV_WAIT] = "wait", [EV_RIVAL] = "a rival at home",
	[EV_ASK] = "ask the home agent", [EV_HOME] = "at home",
	[EV_ACCEPTED] = "accepted", [EV_NO_BINDING] = "no binding",
	[EV_REFUSED] = "refused", [EV_DUPLICATE] = "duplicate",
	[EV_TIMEOUT] = "time-out", [EV_EXPIRED] = "expired",
	[EV_ALLOWED] = "allowed again", [EV_END] = "end",
};

/* Where the rows of a cell lead to, as a set; prints them. */
static unsigned int
cell(enum phase in, enum home_event event)
{
	const struct home_row	*r;
	unsigned int		 to = 0;
	enum phase		 next;
	size_t			 n;

	for (n = 0; (r = home_row(in, event, n)) != NULL; n++) {
		next = r->next == PHASES ? in : r->next;
		to |= 1U << next;
		printf("%-10s %-20s %-14s %-16s %s\n", states[in],
		    events[event], r->guard_name, r->action_name,
		    next == in ? "" : states[next]);
		if (r->guard == NULL)
			return (to);
	}
	atf_tc_fail("%s, %s: a hole", states[in], events[event]);
}

/*
 * Where each cell may lead to, by the first letters of the states (x: refused),
 * in the order of PHASE_*.
 */
static const struct {
	enum home_event	 event;
	const char	*to[PHASES];
} expected[] = {
	{ EV_NOWHERE,	 { "n", "a", "r", "h", "x", "e" } },
	{ EV_AWAY,	 { "a", "a", "a", "a", "x", "e" } },
	{ EV_WAIT,	 { "n", "a", "r", "h", "x", "e" } },
	{ EV_RIVAL,	 { "n", "a", "r", "h", "x", "e" } },
	{ EV_ASK,	 { "r", "r", "r", "r", "x", "e" } },
	{ EV_HOME,	 { "h", "h", "h", "h", "x", "e" } },
	{ EV_ACCEPTED,	 { "n", "a", "h", "h", "x", "e" } },
	{ EV_NO_BINDING, { "n", "a", "h", "h", "x", "e" } },
	{ EV_REFUSED,	 { "n", "a", "r", "h", "x", "e" } },
	{ EV_DUPLICATE,	 { "x", "x", "x", "x", "x", "e" } },
	{ EV_TIMEOUT,	 { "n", "a", "r", "h", "x", "e" } },
	{ EV_EXPIRED,	 { "n", "a", "rh", "h", "x", "e" } },
	{ EV_ALLOWED,	 { "n", "a", "r", "h", "n", "e" } },
	{ EV_END,	 { "e", "e", "e", "e", "e", "e" } },
};

static unsigned int
set_of(const char *letters)
{
	static const char	 phases[] = "narhxe";
	unsigned int		 set = 0;

	for (; *letters != '\0'; letters++)
		set |= 1U << (strchr(phases, *letters) - phases);
	return (set);
}

/* Every cell leads where it is to, and ends with a row that has no guard. */
ATF_TC_WITHOUT_HEAD(matrix);
ATF_TC_BODY(matrix, tc)
{
	unsigned int	 e, s;

	ATF_REQUIRE_EQ(HOME_EVENTS, sizeof(expected) / sizeof(expected[0]));
	for (s = 0; s < PHASES; s++)
		for (e = 0; e < HOME_EVENTS; e++)
			ATF_CHECK_EQ_MSG(set_of(expected[e].to[s]),
			    cell((enum phase)s, expected[e].event), "%s, %s",
			    states[s], events[expected[e].event]);
}

/* Of the rows of an event, each counts in some state. */
ATF_TC_WITHOUT_HEAD(no_dead_row);
ATF_TC_BODY(no_dead_row, tc)
{
	const struct home_row	*r;
	const struct home_row	*all[128], *used[128];
	size_t			 n, nall = 0, nused = 0, i, k;
	unsigned int		 e, s;
	bool			 live;

	for (e = 0; e < HOME_EVENTS; e++)
		for (s = 0; s < PHASES; s++) {
			live = true;
			for (n = 0; (r = home_row((enum phase)s,
			    (enum home_event)e, n)) != NULL; n++) {
				ATF_REQUIRE(nall < 128 && nused < 128);
				all[nall++] = r;
				if (live)
					used[nused++] = r;
				live = live && r->guard != NULL;
			}
		}
	for (i = 0; i < nall; i++) {
		for (k = 0; k < nused && used[k] != all[i]; k++)
			;
		ATF_CHECK_MSG(k < nused, "%s, %s is never reached",
		    events[all[i]->event], all[i]->action_name);
	}
}

/* Status 134 is left by the operator's word alone, the end not at all. */
ATF_TC_WITHOUT_HEAD(ends);
ATF_TC_BODY(ends, tc)
{
	unsigned int	 e, s, to, reached = 1U << PHASE_NONE, before = 0;

	for (e = 0; e < HOME_EVENTS; e++) {
		to = cell(PHASE_REFUSED, (enum home_event)e);
		if (e != EV_ALLOWED && e != EV_END)
			ATF_CHECK_EQ(to, 1U << PHASE_REFUSED);
		to = cell(PHASE_ENDING, (enum home_event)e);
		ATF_CHECK_EQ(to, 1U << PHASE_ENDING);
	}
	while (reached != before) {
		before = reached;
		for (s = 0; s < PHASES; s++)
			for (e = 0; e < HOME_EVENTS; e++)
				if (before & 1U << s)
					reached |= cell((enum phase)s,
					    (enum home_event)e);
	}
	ATF_CHECK_EQ_MSG(reached, (1U << PHASES) - 1, "reached %x", reached);
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, matrix);
	ATF_TP_ADD_TC(tp, no_dead_row);
	ATF_TP_ADD_TC(tp, ends);
	return (atf_no_error());
}
