/*
 * Host routes of bindings on a physical home link: by them packets that are
 * intercepted there (RFC 6275 10.4.1) go into the tunnel.  The parent asks the
 * kernel, and says what that said.  A step of a binding (step.c), whose end a
 * node that is back on the link waits for as well (10.3.2).
 */
#include <string.h>

#include "ha/step.h"

#define ROUTE_ID(b)	(((uint32_t)(b)->gen & 0x3f) << 24 | ((b)->id + 1))
#define ROUTE_ID_MASK	0xffffffU
#define ROUTE_ID_STRAY	0x1000000U	/* no binding waits for its answer */

static void
ask(struct ha *ha, const struct in6_addr *home, bool add, uint32_t id)
{
	struct msg_home_route	 m;

	memset(&m, 0, sizeof(m));
	m.id = id;
	m.home = *home;
	m.plen = 128;
	m.add = add;
	ha_emit(ha, MSG_HOME_ROUTE, &m);
}

/* See struct step. */
enum step_says
route_start(struct ha *ha, struct bce *b)
{
	b->gen = ++ha->gen;
	b->flags |= BF_ROUTED;
	ask(ha, &b->home, true, ROUTE_ID(b));
	return (STEP_WAIT);
}

bool
route_done(struct ha *ha, struct bce *b, uint32_t error)
{
	(void)ha;
	if (error != 0 && error != STEP_LATE)
		b->flags &= (uint8_t)~BF_ROUTED;
	return (error == 0);
}

enum step_says
route_undo(struct ha *ha, struct bce *b, bool at_home)
{
	if ((b->flags & BF_ROUTED) == 0)
		return (STEP_DONE);
	b->gen = ++ha->gen;
	b->flags &= (uint8_t)~BF_ROUTED;
	ask(ha, &b->home, false, at_home ? ROUTE_ID(b) : 0);
	return (at_home ? STEP_WAIT : STEP_DONE);
}

struct bce *
route_answer(struct ha *ha, const struct msg_result *m)
{
	struct bce	*b;

	if ((m->id & ROUTE_ID_LINK) != 0 || (m->id & ROUTE_ID_MASK) == 0)
		return (NULL);
	b = pool_get(&ha->pool, (m->id & ROUTE_ID_MASK) - 1);
	if (b == NULL || m->id != ROUTE_ID(b) ||
	    (b->coa.waits & STEP_BIT(STEP_ROUTE)) == 0)
		return (NULL);
	return (b);
}

/*
 * Routes were removed from the kernel by somebody else: ask for that of b
 * again.  The answer counts only while the binding waits for one.
 */
void
route_restore(struct ha *ha, struct bce *b)
{
	if ((b->flags & BF_ROUTED) != 0)
		ask(ha, &b->home, true,
		    (b->coa.waits & STEP_BIT(STEP_ROUTE)) != 0 ?
		    ROUTE_ID(b) : 0);
}

/* There may be one that no binding has: it ends. */
void
route_leftover(struct ha *ha, const struct in6_addr *home)
{
	ask(ha, home, false, ROUTE_ID_STRAY);
}
