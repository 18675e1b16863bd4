/*
 * At home or away: detecting the home link (RFC 6275 section 11.5.2), leaving
 * it, returning to it (section 11.5.5).  A Router Advertisement is a reason to
 * look for the home agent on the link, as anybody can send one; at home is
 * where it answers the de-registration.  Only a node that has nowhere else to
 * be takes the advertisement's word for it.  What follows from each event is in
 * one table, at the end (mn/life.h).
 */
#include <string.h>

#include "mn/parts.h"

/* A home address that was not anywhere yet. */
void
home_init(struct home *h)
{
	h->nolink_since = h->handover_at = h->home_hold_until = NEVER;
	h->prefix_until = INT64_MAX;
	h->na.kind = T_NA;
	h->again.kind = T_HOME;
	evidence_neighbor_forget(&h->neighbor);
}

/*
 * The de-registration was acknowledged (acked), or the binding has ended
 * without that: the home address is ours alone on the home link.
 */
static void
settle(struct home *h, bool acked, struct now now)
{
	struct peering	*p = AGENT(h);
	struct iface	*ifc = iface_find(h->mn, BINDING(p)->ifindex);

	bul_forget(p);
	if (ifc == NULL)
		return;
	h->home_ifindex = ifc->ifindex;
	place_put(h, ifc, acked);
	keys_returned(p, acked && p->keys.mobility, now);
	if (acked)
		place_advertise(h, ifc, now);
	MN_COUNT(h->mn, returns);
	mn_event(h, now, "returned-home", "on %s%s", ifc->name,
	    acked ? "" : ", without an acknowledgement");
	tell_state(h, now);
}

/* Has the home agent answered on this link since the link came? */
static bool
earned(const struct home *h, const struct iface *ifc)
{
	return (evidence_agent_here(&AGENT(h)->heard, &h->conf.address,
	    ifc->ifindex, ifc->attachment));
}

/* The home agent, nobody else, has answered a de-registration. */
static void
answered(struct home *h)
{
	h->neighbor.tries = 0;
	if (!h->rival)
		h->home_hold = 0;
	h->mn->why_due = true;
}

/* Leave the home link alone for some time, each time twice as long. */
static int64_t
hold_home(struct home *h, enum hold_cause cause, struct now now)
{
	evidence_neighbor_forget(&h->neighbor);
	h->home_hold_until = now.mono.ns + hold_next(cause, &h->home_hold);
	wheel_set(&h->mn->wheel, &h->again,
	    (struct mono){ h->home_hold_until });
	return (h->home_hold / NS_PER_SEC);
}

/* No router of a home link any more: the next one is as good as any. */
static void
forget_hold(struct home *h)
{
	wheel_clear(&h->mn->wheel, &h->again);
	evidence_neighbor_forget(&h->neighbor);
	h->home_hold = 0;
	h->home_hold_until = NEVER;
	h->rival = false;
}

/* There is no home agent on this link: away, and later once more. */
static void
not_home(struct home *h, const struct iface *ifc, struct now now)
{
	mn_event(h, now, "not-home", "the home prefix is advertised on %s, "
	    "but no home agent answers there: away, again in %lld s",
	    ifc == NULL ? "?" : ifc->name,
	    (long long)hold_home(h, HOLD_NOT_HOME, now));
	h->mn->dirty = true;
}

/* Three times at first, once each time after that. */
static bool
tried_enough(const struct home *h, unsigned int tries)
{
	return (tries >= (h->home_hold == 0 ? HOME_TRIES : 1));
}


/*
 * The de-registration needs the host route to the home agent to be taken away,
 * and with it goes the tunnel if both are of one link.  So as long as we are
 * away, the home agent is first looked for as a neighbour, which takes nothing
 * away.
 */
static void
seek_agent(struct home *h, struct iface *ifc, struct now now)
{
	struct peering			*p = AGENT(h);
	struct neighbor_evidence	*e = &h->neighbor;

	if (!evidence_neighbor_of(e, ifc->ifindex, ifc->attachment))
		evidence_neighbor_forget(e);
	if (e->sought.at != NEVER && now.mono.ns - e->sought.at < RETRANS_TIMER)
		return;
	if (tried_enough(h, e->tries)) {
		not_home(h, ifc, now);
		return;
	}
	nd_send_seek(h, ifc, BINDING(p)->bound && !p->update.waiting);
	evidence_neighbor_sought(e, ifc->ifindex, ifc->attachment, now.mono.ns);
	wheel_set(&h->mn->wheel, &h->again, mono_add(now.mono, RETRANS_TIMER));
}

/*
 * A neighbour on ifc answers for addr: is that a home agent looked for, which
 * may answer for the home address?
 */
bool
home_found(struct iface *ifc, const struct in6_addr *addr, struct now now)
{
	struct home	*h;
	bool		 found = false;

	for (h = ifc->mn->homes; h != NULL; h = h->next)
		if (h->neighbor.sought.at != NEVER &&
		    h->neighbor.ifindex == ifc->ifindex &&
		    (in6_eq(&h->conf.agent, addr) ||
		    in6_eq(&h->conf.address, addr))) {
			h->neighbor.found = now.mono.ns;
			found = ifc->mn->dirty = true;
		}
	return (found);
}

/*
 * The home address is a duplicate on the home link.  The defender may have been
 * our own home agent, so it was asked first, and says that it is not: it is
 * somebody else.
 */
static void
found_rival(struct home *h, const struct iface *ifc, struct now now)
{
	evidence_agent_open(&AGENT(h)->heard);
	h->rival = true;
	mn_event(h, now, "home-duplicate", "another node on %s uses "
	    "the home address; again in %lld s", ifc->name,
	    (long long)hold_home(h, HOLD_RIVAL, now));
}

/* At home, as before: what has changed there? */
static void
stay_home(struct home *h, struct iface *ifc, struct now now)
{
	const struct addr	*a = addr_find(ifc, &h->conf.address);

	if (a != NULL && (a->flags & ADDR_TENTATIVE) == 0 && h->rival)
		forget_hold(h);
	keys_at_home(AGENT(h), ifc, now);
	home_lifetime(h, ifc, now);
	if (!place_has(h, ifc, false))
		place_put(h, ifc, false);
}


/* The home agent is asked, by a de-registration. */
static void
ask_home(struct home *h, struct iface *ifc, struct now now)
{
	struct peering	*p = AGENT(h);
	struct binding	*b = BINDING(p);

	if (b->maybe_until < now.mono.ns)
		b->maybe_until = now.mono.ns + SEC(h->conf.lifetime / 1000);
	h->home_ifindex = h->neighbor.ifindex = ifc->ifindex;
	tell_group(h, ifc->ifindex);
	/* What is acknowledged comes to it, and it is to be on no link yet. */
	if (h->tun_told != TOLD_ON)
		place_remove(h);
	h->on_ifindex = 0;
	tell_tun(h, true);
	bul_deregister(p, ifc, now);
}

static void
leave(struct home *h, struct now now)
{
	char	 buf[INET6_ADDRSTRLEN];

	wheel_clear(&h->mn->wheel, &h->na);
	h->home_ifindex = 0;
	tell_group(h, 0);
	if (h->home_hold_until <= now.mono.ns)
		mn_event(h, now, "left-home", "%s",
		    mn_ntop(&h->conf.address, buf));
}

/*
 * Is this care-of address of a link that we are on?  Of one that was made of an
 * advertisement a router must have been heard that advertises its prefix: one
 * that outlived its link, and is taken for want of anything better, is not
 * somewhere else to be.  One of another origin, static or of DHCPv6, may never
 * be advertised.
 */
static bool
is_elsewhere(const struct iface *ifc, const struct addr *a)
{
	const struct router	*r;

	if (!addr_is_slaac(a))
		return (true);
	TAILQ_FOREACH(r, &ifc->routers, entry)
		if (router_here(r) && router_covers(r, &a->addr))
			return (true);
	return (false);
}

/* What speaks for which place: the care-of address a of ifc, the home link. */
static enum place
where(const struct home *h, const struct iface *ifc, const struct addr *a,
    struct iface *home, struct now now)
{
	const struct peering	*p = AGENT(h);
	const struct binding	*b = BINDING(p);
	const struct keys	*k = &p->keys;
	const struct addr	*here = NULL;
	struct place_evidence	 e = { .home_link = home != NULL };

	if (home != NULL) {
		here = addr_find(home, &h->conf.address);
		e.there = h->home_ifindex == home->ifindex;
		e.returning = h->phase == PHASE_RETURNING &&
		    b->ifindex == home->ifindex && bul_under_way(p);
		e.answered = earned(h, home);
		e.found = h->neighbor.found != NEVER && evidence_neighbor_of(
		    &h->neighbor, home->ifindex, home->attachment);
	}
	e.careof = a != NULL;
	e.forced = a != NULL && in6_eq(&a->addr, &h->mn->forced);
	e.elsewhere = a != NULL && is_elsewhere(ifc, a);
	e.held = h->home_hold_until > now.mono.ns;
	e.away = h->phase == PHASE_AWAY;
	e.at_home = h->phase == PHASE_HOME;
	e.defended = here != NULL && (here->flags & ADDR_DUPLICATE);
	e.maybe_bound = b->bound || b->maybe_until > now.mono.ns;
	e.askable = !k->ipsec || k->state == KEY_UP;
	return (evidence_place(&e));
}


/* --- guards of the table --- */

static bool
is_same(const struct home *h, const struct home_case *c, struct now now)
{
	(void)now;
	return (bul_is_for(AGENT(h), c->ifc, c->a));
}

static bool
is_same_open(const struct home *h, const struct home_case *c, struct now now)
{
	return (is_same(h, c, now) && bul_under_way(AGENT(h)));
}

static bool
is_same_bound(const struct home *h, const struct home_case *c, struct now now)
{
	return (is_same(h, c, now) && bul_is_bound(AGENT(h)));
}

/* Was it asked last on this very interface? */
static bool
is_asked_there(const struct home *h, const struct home_case *c, struct now now)
{
	(void)now;
	return (BINDING(AGENT(h))->ifindex == c->home->ifindex);
}

/* At home, on this very interface? */
static bool
is_there(const struct home *h, const struct home_case *c, struct now now)
{
	(void)now;
	return (h->home_ifindex == c->home->ifindex);
}

/* Is there somewhere else to be? */
static bool
has_careof(const struct home *h, const struct home_case *c, struct now now)
{
	struct iface	*ifc;

	(void)c;
	return (careof_choose(h, &ifc, now) != NULL);
}

/* The same, and with this time-out the home agent was asked often enough. */
static bool
is_given_up(const struct home *h, const struct home_case *c, struct now now)
{
	return (tried_enough(h, h->neighbor.tries + 1) &&
	    has_careof(h, c, now));
}

static bool
may_be_bound(const struct home *h, const struct home_case *c, struct now now)
{
	(void)c;
	return (BINDING(AGENT(h))->maybe_until > now.mono.ns);
}

/* --- actions of the table; the state is the next one already --- */

static void
suspend(struct home *h, const struct home_case *c, struct now now)
{
	(void)c;
	(void)now;
	bul_suspend(AGENT(h));
}

/* The home address is on the tun, and on no link. */
static void
off_link(struct home *h)
{
	/* It must be off the link before some systems take it on the tun. */
	place_remove(h);
	/* Protected, an update comes from the home address. */
	if (AGENT(h)->keys.ipsec)
		tell_tun(h, true);
}

/* It is being registered; a router may have been heard that was waited for. */
static void
go_on(struct home *h, const struct home_case *c, struct now now)
{
	(void)c;
	off_link(h);
	if (path_heard(AGENT(h), now))
		bul_send(AGENT(h), now);
	tell_tun(h, true);
}

static void
keep(struct home *h, const struct home_case *c, struct now now)
{
	(void)c;
	(void)now;
	off_link(h);
	bul_keep(AGENT(h));
	tell_tun(h, true);
}

/* From here again, as what stood in the way is over. */
static void
again(struct home *h, const struct home_case *c, struct now now)
{
	off_link(h);
	bul_register(AGENT(h), c->ifc, c->a, h->handover == 0, now);
	tell_tun(h, true);
}

static void
move(struct home *h, const struct home_case *c, struct now now)
{
	off_link(h);
	bul_register(AGENT(h), c->ifc, c->a, true, now);
	tell_tun(h, true);
}

static void
leave_home(struct home *h, const struct home_case *c, struct now now)
{
	leave(h, now);
	move(h, c, now);
}

static void
rival(struct home *h, const struct home_case *c, struct now now)
{
	found_rival(h, c->home, now);
}

static void
ask_again(struct home *h, const struct home_case *c, struct now now)
{
	ask_home(h, c->home, now);
}

static void
ask(struct home *h, const struct home_case *c, struct now now)
{
	h->neighbor.tries = 0;
	ask_home(h, c->home, now);
}

static void
stay(struct home *h, const struct home_case *c, struct now now)
{
	stay_home(h, c->home, now);
}

/* At home, with nothing to be told to the home agent. */
static void
be_home(struct home *h, const struct home_case *c, struct now now)
{
	struct iface	*ifc = c->home;

	if (h->on_ifindex != 0 && h->on_ifindex != ifc->ifindex)
		place_remove(h);
	bul_forget(AGENT(h));
	h->home_ifindex = ifc->ifindex;
	place_put(h, ifc, false);
	keys_at_home(AGENT(h), ifc, now);
	mn_event(h, now, "home", "on %s", ifc->name);
}

static void
acknowledged(struct home *h, const struct home_case *c, struct now now)
{
	(void)c;
	answered(h);
	settle(h, true, now);
}

/* It has no binding: what we asked for (10.3.2). */
static void
unbound(struct home *h, const struct home_case *c, struct now now)
{
	(void)c;
	bul_answers(AGENT(h), now);
	answered(h);
	settle(h, false, now);
}

static void
hold(struct home *h, const struct home_case *c, struct now now)
{
	(void)c;
	bul_hold(AGENT(h), HOLD_REFUSED, now);
}

static void
back_off(struct home *h, const struct home_case *c, struct now now)
{
	(void)c;
	bul_back_off(AGENT(h), now);
}

/* Nothing of it is left, here and elsewhere. */
static void
undo(struct home *h)
{
	tell_policy(h, false);
	tell_unbind(h);
	keys_end(AGENT(h));
	tell_tun(h, false);
	tell_group(h, 0);
}

/*
 * Status 134: this home address may not be used again (11.7.1), not even tried
 * after a pause, until the operator says so.
 */
static void
lose(struct home *h, const struct home_case *c, struct now now)
{
	(void)c;
	bul_forget(AGENT(h));
	undo(h);
	path_end(AGENT(h), now);
	tell_state(h, now);
}

static void
time_out(struct home *h, const struct home_case *c, struct now now)
{
	(void)c;
	bul_timed_out(AGENT(h), now);
}

static void
ask_once_more(struct home *h, const struct home_case *c, struct now now)
{
	h->neighbor.tries++;
	time_out(h, c, now);
}

/* We go on as away, and ask again later. */
static void
give_up(struct home *h, const struct home_case *c, struct now now)
{
	(void)c;
	not_home(h, iface_find(h->mn, BINDING(AGENT(h))->ifindex), now);
	bul_suspend(AGENT(h));
}

/* The home agent may have a binding for longer than we know of one. */
static void
wait_on(struct home *h, const struct home_case *c, struct now now)
{
	struct binding	*b = BINDING(AGENT(h));

	(void)c;
	(void)now;
	b->bound = false;
	wheel_set(&h->mn->wheel, &b->expire, (struct mono){ b->maybe_until });
}

static void
settle_unasked(struct home *h, const struct home_case *c, struct now now)
{
	(void)c;
	h->neighbor.tries++;
	settle(h, false, now);
}

static void
expire(struct home *h, const struct home_case *c, struct now now)
{
	struct binding	*b = BINDING(AGENT(h));

	(void)c;
	if (b->bound) {
		MN_COUNT(h->mn, expirations);
		mn_event(h, now, "expired", "binding not refreshed in time");
	}
	b->bound = false;
	traffic_update(h, now);
}

static void
expire_elsewhere(struct home *h, const struct home_case *c, struct now now)
{
	give_up(h, c, now);
	expire(h, c, now);
}

/* The operator wants it, whatever the home agent has said of it. */
static void
forgive(struct home *h, const struct home_case *c, struct now now)
{
	(void)c;
	(void)now;
	AGENT(h)->status = 0;
	AGENT(h)->keys.asked = false;
}

static void
end_all(struct home *h, bool away, struct now now)
{
	wheel_clear(&h->mn->wheel, &h->na);
	bul_end(AGENT(h), away, now);
	peers_end(h, now);
	undo(h);
	if (h->on_ifindex != 0)
		tell_address(h, h->on_ifindex, false, 0);
	tell_state(h, now);
}

static void
end(struct home *h, const struct home_case *c, struct now now)
{
	(void)c;
	end_all(h, false, now);
}

static void
end_away(struct home *h, const struct home_case *c, struct now now)
{
	(void)c;
	end_all(h, true, now);
}

/* --- the table --- */

#define nothing		NULL
#define always		NULL
#define SAME		PHASES

#define NONE		(1U << PHASE_NONE)
#define AWAY		(1U << PHASE_AWAY)
#define RETURNING	(1U << PHASE_RETURNING)
#define HOME		(1U << PHASE_HOME)
#define REFUSED		(1U << PHASE_REFUSED)
#define ENDING		(1U << PHASE_ENDING)
#define LOOKED		(NONE | AWAY | RETURNING | HOME)
#define OVER		(REFUSED | ENDING)
#define ANY		(LOOKED | OVER)

#define ROW(in, event, guard, action, next) \
	{ in, event, guard, action, next, #guard, #action }

static const struct home_row rows[] = {
	ROW(LOOKED, EV_NOWHERE, always, suspend, SAME),
	ROW(AWAY, EV_AWAY, is_same_open, go_on, SAME),
	ROW(AWAY, EV_AWAY, is_same_bound, keep, SAME),
	ROW(AWAY, EV_AWAY, is_same, again, SAME),
	ROW(NONE | AWAY, EV_AWAY, always, move, PHASE_AWAY),
	ROW(RETURNING | HOME, EV_AWAY, always, leave_home, PHASE_AWAY),
	ROW(LOOKED, EV_WAIT, always, nothing, SAME),
	ROW(LOOKED, EV_RIVAL, always, rival, SAME),
	ROW(RETURNING, EV_ASK, is_asked_there, ask_again, SAME),
	ROW(LOOKED, EV_ASK, always, ask, PHASE_RETURNING),
	ROW(HOME, EV_HOME, is_there, stay, SAME),
	ROW(LOOKED, EV_HOME, always, be_home, PHASE_HOME),
	/* All of this is for one that is to be somewhere. */
	ROW(OVER, EV_NOWHERE, always, nothing, SAME),
	ROW(OVER, EV_AWAY, always, nothing, SAME),
	ROW(OVER, EV_WAIT, always, nothing, SAME),
	ROW(OVER, EV_RIVAL, always, nothing, SAME),
	ROW(OVER, EV_ASK, always, nothing, SAME),
	ROW(OVER, EV_HOME, always, nothing, SAME),

	ROW(RETURNING, EV_ACCEPTED, always, acknowledged, PHASE_HOME),
	ROW(ANY, EV_ACCEPTED, always, nothing, SAME),
	ROW(RETURNING, EV_NO_BINDING, always, unbound, PHASE_HOME),
	ROW(ANY, EV_NO_BINDING, always, nothing, SAME),
	ROW(RETURNING, EV_REFUSED, always, back_off, SAME),
	ROW(LOOKED, EV_REFUSED, always, hold, SAME),
	ROW(OVER, EV_REFUSED, always, nothing, SAME),
	ROW(LOOKED, EV_DUPLICATE, always, lose, PHASE_REFUSED),
	ROW(OVER, EV_DUPLICATE, always, nothing, SAME),

	ROW(RETURNING, EV_TIMEOUT, is_given_up, give_up, SAME),
	ROW(RETURNING, EV_TIMEOUT, always, ask_once_more, SAME),
	ROW(LOOKED, EV_TIMEOUT, always, time_out, SAME),
	ROW(OVER, EV_TIMEOUT, always, nothing, SAME),
	ROW(RETURNING, EV_EXPIRED, may_be_bound, wait_on, SAME),
	ROW(RETURNING, EV_EXPIRED, has_careof, expire_elsewhere, SAME),
	ROW(RETURNING, EV_EXPIRED, always, settle_unasked, PHASE_HOME),
	ROW(LOOKED, EV_EXPIRED, always, expire, SAME),
	ROW(OVER, EV_EXPIRED, always, nothing, SAME),

	ROW(REFUSED, EV_ALLOWED, always, forgive, PHASE_NONE),
	ROW(ANY, EV_ALLOWED, always, nothing, SAME),
	ROW(AWAY, EV_END, always, end_away, PHASE_ENDING),
	ROW(ANY, EV_END, always, end, PHASE_ENDING),
};

/* Row number n of those for this state and event, or NULL; t_mn_life.c. */
const struct home_row *
home_row(enum phase phase, enum home_event event, size_t n)
{
	size_t	 i;

	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		if (rows[i].event == event && (rows[i].in & 1U << phase) != 0 &&
		    n-- == 0)
			return (&rows[i]);
	return (NULL);
}

/*
 * This happens to h; c is NULL but for EV_NOWHERE to EV_HOME.  The first row
 * whose guard holds gives the next state, and what is to be done in it.
 */
void
home_event(struct home *h, enum home_event event, const struct home_case *c,
    struct now now)
{
	const struct home_row	*r;
	size_t			 i;

	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		r = &rows[i];
		if (r->event != event || (r->in & 1U << h->phase) == 0 ||
		    (r->guard != NULL && !r->guard(h, c, now)))
			continue;
		if (r->next != SAME)
			h->phase = r->next;
		if (r->action != NULL)
			r->action(h, c, now);
		h->mn->peers.due = true;
		return;
	}
}

/* Something has changed: where is this home address now? */
void
home_update(struct home *h, struct now now)
{
	static const enum home_event	 events[] = {
		[PLACE_NOWHERE] = EV_NOWHERE, [PLACE_AWAY] = EV_AWAY,
		[PLACE_SEEK] = EV_AWAY, [PLACE_WAIT] = EV_WAIT,
		[PLACE_RIVAL] = EV_RIVAL, [PLACE_ASK] = EV_ASK,
		[PLACE_HOME] = EV_HOME,
	};
	struct home_case	 c = { NULL, NULL, NULL };
	enum place		 place;

	if ((LOOKED & 1U << h->phase) == 0)
		return;
	c.a = careof_choose(h, &c.ifc, now);
	if ((c.home = home_link(h, now)) == NULL)
		forget_hold(h);
	place = where(h, c.ifc, c.a, c.home, now);
	if (c.a != NULL || place != PLACE_NOWHERE)
		h->nolink_since = NEVER;
	else if (h->nolink_since == NEVER)
		h->nolink_since = now.mono.ns;
	if (place == PLACE_SEEK)
		seek_agent(h, c.home, now);
	home_event(h, events[place], &c, now);
	traffic_update(h, now);
}

/* One of the timers of h, or of its registration, fired. */
void
home_timer(struct home *h, enum timer_kind kind, struct now now)
{
	struct peering	*p = AGENT(h);

	switch (kind) {
	case T_RETRANS:
		home_event(h, EV_TIMEOUT, NULL, now);
		break;
	case T_RATE:
		bul_send(p, now);
		break;
	case T_REFRESH:
		bul_refresh(p, now);
		break;
	case T_EXPIRE:
		home_event(h, EV_EXPIRED, NULL, now);
		break;
	case T_NA:
		place_again(h, now);
		break;
	case T_HOME:
		h->mn->dirty = true;
		break;
	default:
		break;
	}
}
