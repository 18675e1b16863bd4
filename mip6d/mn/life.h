/*
 * The life of a home address and of its registration as one table: in which
 * state what happens is answered by which action, and which state is next.  The
 * table is in home.c.  Private to mip6d/mn.
 */
#ifndef MIP6D_MN_LIFE_H
#define MIP6D_MN_LIFE_H

#include <stdbool.h>
#include <stddef.h>

#include "core/mono.h"

struct addr;
struct home;
struct iface;

/* Where a home address is.  Its binding and its exchange have their own. */
enum phase {
	PHASE_NONE,		/* nowhere yet */
	PHASE_AWAY,
	PHASE_RETURNING,	/* de-registration under way */
	PHASE_HOME,
	PHASE_REFUSED,		/* status 134: never again */
	PHASE_ENDING,		/* the daemon stops, or it is not configured */
	PHASES
};

/* What happens to it. */
enum home_event {
	/* It was looked where it is, evidence_place(). */
	EV_NOWHERE, EV_AWAY, EV_WAIT, EV_RIVAL, EV_ASK, EV_HOME,
	/* The home agent has answered the Binding Update. */
	EV_ACCEPTED,
	EV_NO_BINDING,		/* status 133 to a de-registration */
	EV_REFUSED,		/* and is to be left in peace for some time */
	EV_DUPLICATE,		/* status 134 */
	/* Nobody has. */
	EV_TIMEOUT, EV_EXPIRED,
	/* The operator. */
	EV_ALLOWED, EV_END,
	HOME_EVENTS
};

/* What it was looked at with: a care-of address of ifc, the home link. */
struct home_case {
	struct iface		*ifc;
	const struct addr	*a;
	struct iface		*home;
};

typedef bool home_guard(const struct home *, const struct home_case *,
    struct now);
typedef void home_action(struct home *, const struct home_case *, struct now);

/* Of the rows for a state and an event the first counts whose guard holds. */
struct home_row {
	unsigned int	 in;		/* states, 1 << PHASE_* */
	enum home_event	 event;
	home_guard	*guard;		/* NULL: in any case */
	home_action	*action;	/* NULL: nothing is to be done */
	enum phase	 next;		/* PHASES: as it was */
	const char	*guard_name, *action_name;
};

const struct home_row *home_row(enum phase, enum home_event, size_t);

#endif
