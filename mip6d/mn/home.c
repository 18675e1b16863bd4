/*
 * At home or away: detecting the home link (RFC 6275 section 11.5.2), leaving
 * it, returning to it (section 11.5.5).  A Router Advertisement is a reason to
 * look for the home agent on the link, as anybody can send one; at home is
 * where it answers the de-registration.  Only a node that has nowhere else to
 * be takes the advertisement's word for it.
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

/* Take the home address off the interfaces on which it may be. */
static void
unplace(struct home *h)
{
	struct iface	*ifc;

	TAILQ_FOREACH(ifc, &h->mn->ifaces, entry)
		if ((ifc->flags & LINK_TUN) == 0 &&
		    (ifc->ifindex == h->on_ifindex ||
		    addr_find(ifc, &h->conf.address) != NULL)) {
			tell_address(h, ifc->ifindex, false, 0);
			addr_drop(ifc, &h->conf.address);
		}
}

/*
 * Is it there, free of conflict?  An address that the kernel tests for
 * duplicates is as good, unless there is reason not to test it (nodad).
 */
static bool
placed(struct home *h, struct iface *ifc, bool nodad)
{
	const struct addr	*a = addr_find(ifc, &h->conf.address);
	uint8_t			 not = ADDR_DUPLICATE;

	if (nodad)
		not |= ADDR_TENTATIVE;
	if (a != NULL && (a->flags & ADDR_DUPLICATE))
		return (false);
	return (h->on_ifindex == ifc->ifindex ||
	    (a != NULL && (a->flags & not) == 0));
}

/*
 * The home address belongs on ifc now.  Without DAD when the home agent has
 * just ceased to defend it, with DAD when no binding was left (11.5.5).
 */
static void
place(struct home *h, struct iface *ifc, bool nodad)
{
	const struct addr	*a = addr_find(ifc, &h->conf.address);

	/* Some systems have an address on one interface only. */
	tell_tun(h, false);
	if (!placed(h, ifc, nodad)) {
		if (a != NULL) {
			tell_address(h, ifc->ifindex, false, 0);
			addr_drop(ifc, &h->conf.address);
		}
		tell_address(h, ifc->ifindex, true, nodad ? ADDR_NODAD : 0);
	}
	tell_policy(h, false);
	tell_unbind(h);
	tell_group(h, 0);
}

/* RFC 6275 11.5.5: for the home address and the link-local one, L or not. */
static void
advertise(struct home *h, struct iface *ifc, struct now now)
{
	const struct addr	*ll = iface_link_local(ifc);

	nd_send_na(h, ifc, &h->conf.address, &in6_allnodes, false);
	if (ll != NULL)
		nd_send_na(h, ifc, &ll->addr, &in6_allnodes, false);
	if (--h->adverts > 0)
		wheel_set(&h->mn->wheel, &h->na,
		    mono_add(now.mono, RETRANS_TIMER));
}

/* Once more, multicasts get lost. */
static void
advertise_again(struct home *h, struct now now)
{
	struct iface	*ifc = iface_find(h->mn, h->home_ifindex);

	if (h->phase == PHASE_HOME && ifc != NULL && iface_running(ifc))
		advertise(h, ifc, now);
}

/*
 * The de-registration was acknowledged (acked), or the binding has ended
 * without that: the home address is ours alone on the home link.
 */
void
home_settled(struct home *h, bool acked, struct now now)
{
	struct peering	*p = AGENT(h);
	struct iface	*ifc = iface_find(h->mn, BINDING(p)->ifindex);

	bul_forget(p);
	h->phase = PHASE_HOME;
	if (ifc == NULL)
		return;
	h->home_ifindex = ifc->ifindex;
	place(h, ifc, acked);
	keys_returned(p, acked && p->keys.mobility, now);
	if (acked) {
		h->adverts = MAX_NEIGHBOR_ADVERTISEMENT;
		advertise(h, ifc, now);
	}
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
void
home_answered(struct home *h)
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
tried_enough(const struct home *h)
{
	return (h->neighbor.tries >= (h->home_hold == 0 ? HOME_TRIES : 1));
}

/*
 * A de-registration was not answered in its time, last: and the binding has
 * ended.  True: often enough, and there is somewhere else to be, so we go on as
 * away and ask again later.
 */
static bool
unanswered(struct home *h, bool last, struct now now)
{
	struct peering	*p = AGENT(h);
	struct iface	*ifc;

	if (h->phase != PHASE_RETURNING)
		return (false);
	h->neighbor.tries++;
	if ((!last && !tried_enough(h)) ||
	    careof_choose(h, &ifc, now) == NULL)
		return (false);
	not_home(h, iface_find(h->mn, BINDING(p)->ifindex), now);
	bul_suspend(p);
	return (true);
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
	if (tried_enough(h)) {
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
	if (!placed(h, ifc, false))
		place(h, ifc, false);
}

/* At home, with nothing to be told to the home agent. */
static void
be_home(struct home *h, struct iface *ifc, struct now now)
{
	struct peering	*p = AGENT(h);

	if (h->phase == PHASE_HOME && h->home_ifindex == ifc->ifindex) {
		stay_home(h, ifc, now);
		return;
	}
	if (h->on_ifindex != 0 && h->on_ifindex != ifc->ifindex)
		unplace(h);
	bul_forget(p);
	h->phase = PHASE_HOME;
	h->home_ifindex = ifc->ifindex;
	place(h, ifc, false);
	keys_at_home(p, ifc, now);
	mn_event(h, now, "home", "on %s", ifc->name);
}

/* The home agent is asked, by a de-registration. */
static void
ask_home(struct home *h, struct iface *ifc, struct now now)
{
	struct peering	*p = AGENT(h);
	struct binding	*b = BINDING(p);

	if (b->maybe_until < now.mono.ns)
		b->maybe_until = now.mono.ns + SEC(h->conf.lifetime / 1000);
	if (h->phase != PHASE_RETURNING || b->ifindex != ifc->ifindex)
		h->neighbor.tries = 0;
	h->home_ifindex = h->neighbor.ifindex = ifc->ifindex;
	tell_group(h, ifc->ifindex);
	/* What is acknowledged comes to it, and it is to be on no link yet. */
	if (h->tun_told != TOLD_ON)
		unplace(h);
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

static void
be_away(struct home *h, struct iface *ifc, const struct addr *a,
    struct now now)
{
	struct peering	*p = AGENT(h);

	if (h->phase == PHASE_HOME || h->phase == PHASE_RETURNING)
		leave(h, now);
	/* It must be off the link before some systems take it on the tun. */
	unplace(h);
	/* Protected, an update comes from the home address. */
	if (p->keys.ipsec)
		tell_tun(h, true);
	bul_register(p, ifc, a, now);
	tell_tun(h, true);
}

/* Something has changed: where is this home address now? */
void
home_update(struct home *h, struct now now)
{
	struct iface		*ifc = NULL, *home;
	const struct addr	*a;
	enum place		 place;

	if (h->phase == PHASE_REFUSED || h->ending)
		return;
	a = careof_choose(h, &ifc, now);
	if ((home = home_link(h, now)) == NULL)
		forget_hold(h);
	place = where(h, ifc, a, home, now);
	if (a != NULL || place != PLACE_NOWHERE)
		h->nolink_since = NEVER;
	else if (h->nolink_since == NEVER)
		h->nolink_since = now.mono.ns;
	switch (place) {
	case PLACE_NOWHERE:
		bul_suspend(AGENT(h));
		break;
	case PLACE_SEEK:
		seek_agent(h, home, now);
		/* FALLTHROUGH */
	case PLACE_AWAY:
		be_away(h, ifc, a, now);
		break;
	case PLACE_WAIT:
		break;
	case PLACE_RIVAL:
		found_rival(h, home, now);
		break;
	case PLACE_ASK:
		ask_home(h, home, now);
		break;
	case PLACE_HOME:
		be_home(h, home, now);
		break;
	}
	traffic_update(h, now);
}

/* The daemon stops, or the home address is no longer configured. */
void
home_end(struct home *h, struct now now)
{
	struct peering	*p = AGENT(h);

	h->ending = true;
	wheel_clear(&h->mn->wheel, &h->na);
	bul_end(p, now);
	tell_policy(h, false);
	tell_unbind(h);
	keys_end(p);
	tell_tun(h, false);
	tell_group(h, 0);
	if (h->on_ifindex != 0)
		tell_address(h, h->on_ifindex, false, 0);
	tell_state(h, now);
}

/* The operator wants it, whatever the home agent has said of it. */
void
home_allowed(struct home *h)
{
	struct peering	*p = AGENT(h);

	if (h->phase != PHASE_REFUSED)
		return;
	h->phase = PHASE_NONE;
	p->status = 0;
	p->keys.asked = false;
}

/*
 * Status 134: this home address may not be used again (11.7.1), not even tried
 * after a pause, until the operator says so.
 */
void
home_lost(struct home *h, struct now now)
{
	struct peering	*p = AGENT(h);

	bul_forget(p);
	h->phase = PHASE_REFUSED;
	tell_policy(h, false);
	tell_unbind(h);
	keys_end(p);
	tell_tun(h, false);
	tell_group(h, 0);
	path_end(p, now);
	tell_state(h, now);
}

/*
 * A Neighbor Solicitation for the home address on ifc.  While returning we
 * answer, the kernel does not yet have it there (RFC 6275 section 11.5.5):
 * the home agent may ask before it can send its acknowledgement.
 */
bool
home_solicited(struct home *h, struct iface *ifc, const struct in6_addr *src,
    struct now now)
{
	struct peering	*p = AGENT(h);

	(void)now;
	if (h->phase != PHASE_RETURNING ||
	    BINDING(p)->ifindex != ifc->ifindex || !p->update.waiting)
		return (false);
	if (in6_is_unspecified(src))
		nd_send_na(h, ifc, &h->conf.address, &in6_allnodes, false);
	else
		nd_send_na(h, ifc, &h->conf.address, src, true);
	return (true);
}

/* The binding has ended, as far as we know. */
static void
expired(struct home *h, struct now now)
{
	struct binding	*b = BINDING(AGENT(h));
	bool		 was = b->bound;

	b->bound = false;
	if (b->maybe_until > now.mono.ns && h->phase == PHASE_RETURNING) {
		wheel_set(&h->mn->wheel, &b->expire,
		    (struct mono){ b->maybe_until });
		return;
	}
	if (h->phase == PHASE_RETURNING && !unanswered(h, true, now)) {
		home_settled(h, false, now);
		return;
	}
	if (was) {
		MN_COUNT(h->mn, expirations);
		mn_event(h, now, "expired", "binding not refreshed in time");
	}
	traffic_update(h, now);
}

/* One of the timers of h, or of its registration, fired. */
void
home_timer(struct home *h, enum timer_kind kind, struct now now)
{
	struct peering	*p = AGENT(h);

	switch (kind) {
	case T_RETRANS:
		if (!unanswered(h, false, now))
			bul_timed_out(p, now);
		break;
	case T_RATE:
		bul_send(p, now);
		break;
	case T_REFRESH:
		bul_refresh(p, now);
		break;
	case T_EXPIRE:
		expired(h, now);
		break;
	case T_NA:
		advertise_again(h, now);
		break;
	case T_HOME:
		h->mn->dirty = true;
		break;
	default:
		break;
	}
}
