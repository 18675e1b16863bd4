/*
 * The Binding Update List: home registrations, their retransmission, refresh
 * and end (RFC 6275 11.1, 11.7.1, 11.8).  An entry is a struct peering with its
 * binding.  home.c and ba.c decide what becomes of a registration and call it;
 * bu.c builds the messages, exchange.c has the back-off.
 */
#include <string.h>

#include "mn/parts.h"




/* Is its home agent left in peace, as an ICMPv6 error wants? */
static bool
error_holds(struct peering *p, struct now now)
{
	return (p->home->phase != PHASE_ENDING &&
	    p->dest->hold_until > now.mono.ns);
}

static void
hold_until(struct peering *p, enum hold_cause cause, int64_t until)
{
	exchange_hold(&p->update, &p->mn->wheel, cause, until);
}

/* So many units, or what is left of them until then, not rounded up. */
static int64_t
no_later(int64_t units, int64_t until, struct now now)
{
	int64_t	 left;

	if (until == INT64_MAX)
		return (units);
	left = (until - now.mono.ns) / LIFETIME_NS(1);
	return (left < units ? left : units);
}

/*
 * Lifetime to ask for: no longer than the care-of address and, as far as is
 * known, the home address are valid (11.7.1); 0 if that is less than can be
 * asked for.  A home prefix that has ended is one of which nothing is known.
 */
static uint16_t
lifetime(const struct peering *p, struct now now)
{
	const struct home	*h = p->home;
	const struct binding	*b = BINDING(p);
	struct iface	*ifc = iface_find(p->mn, b->ifindex);
	struct addr	*a = ifc == NULL ? NULL : addr_find(ifc, &b->coa);
	int64_t		 units = (int64_t)h->conf.lifetime / 1000;

	units /= LIFETIME_UNIT;
	if (units < 1)
		units = 1;
	if (a != NULL)
		units = no_later(units, a->valid_until, now);
	if (h->prefix_until - SEC(LIFETIME_UNIT) >= now.mono.ns)
		units = no_later(units, h->prefix_until, now);
	if (units < 0)
		return (0);
	return (units > LIFETIME_MAX ? LIFETIME_MAX : (uint16_t)units);
}

static void
emit_update(struct peering *p, const struct sent *s)
{
	struct home		*h = p->home;
	struct binding		*b = BINDING(p);
	struct msg_mh_out	 m;
	uint8_t			 buf[MH_MAXLEN];

	memset(&m, 0, sizeof(m));
	m.dst = p->addr;
	m.src = b->coa;
	m.ifindex = b->ifindex;
	if (h->phase == PHASE_AWAY || h->phase == PHASE_ENDING) {
		m.home = h->conf.address;
		m.flags = PKT_HAO;
	}
	if (p->keys.ipsec)
		m.flags |= PKT_PROTECTED;
	m.mh.len = bu_build(p, s, buf, sizeof(buf));
	m.mh.p = buf;
	if (m.mh.len == 0) {
		MN_COUNT(p->mn, failures);
		return;
	}
	MN_COUNT(p->mn, bu_sent);
	p->mn->env->emit(p->mn->env->ctx, MSG_MH_OUT, &m);
}

/* The next transmission: a sequence number, a lifetime, a timestamp. */
static struct sent
next_update(struct peering *p, struct now now)
{
	const struct conf_auth	*auth = &p->home->conf.auth;
	struct sent		 s;

	if (!p->has_seq) {
		p->seq = (uint16_t)p->mn->env->random(p->mn->env->ctx);
		p->has_seq = true;
	}
	s.seq = ++p->seq;
	s.at = now.mono.ns;
	s.wall = now.wall;
	s.lifetime = p->home->phase == PHASE_AWAY ?
	    lifetime(p, now) : 0;
	s.timestamp = auth->type == AUTH_MN_HA &&
	    (auth->replay == REPLAY_TIMESTAMP || p->clock.needed) ?
	    bu_timestamp(p, now) : 0;
	return (s);
}

/* May it be sent now?  If not a timer is set, and the cause counted. */
static bool
may_send(struct peering *p, struct now now)
{
	struct exchange	*x = &p->update;
	struct wheel	*w = &p->mn->wheel;
	int64_t		 when;

	if (path_hold(p, now, &when)) {
		exchange_later(x, w, when);
		return (false);
	}
	if (!path_ready(p, now) || !keys_ready(p, now)) {
		exchange_wait(x, w, now.mono.ns);
		return (false);
	}
	if (!dest_allows(p->dest, x->row->rate, now.mono.ns, &when)) {
		MN_COUNT(p->mn, bu_delayed);
		exchange_later(x, w, when);
		return (false);
	}
	return (true);
}

/*
 * Send the Binding Update that is due, for the care-of address of this moment,
 * as soon as MAX_UPDATE_RATE allows.
 */
void
bul_send(struct peering *p, struct now now)
{
	struct home	*h = p->home;
	struct binding	*b = BINDING(p);
	struct sent	 s;

	if (h->phase == PHASE_AWAY && lifetime(p, now) == 0) {
		/* It ends, so it is no care-of address; see careof.c. */
		bul_suspend(p);
		p->mn->dirty = true;
		return;
	}
	if (!may_send(p, now))
		return;
	s = next_update(p, now);
	keys_follow(p);
	emit_update(p, &s);
	evidence_agent_open(&p->heard);
	if (b->maybe_until < s.at + LIFETIME_NS(s.lifetime))
		b->maybe_until = s.at + LIFETIME_NS(s.lifetime);
	p->mn->peers.due = true;
	handover_mark(h, M_BU, now);
	if (exchange_sent(&p->update, &p->mn->wheel, &s))
		MN_COUNT(p->mn, bu_retransmitted);
	tell_state(h, now);
}

static void
stop_timers(struct peering *p)
{
	exchange_stop(&p->update, &p->mn->wheel);
	wheel_clear(&p->mn->wheel, &BINDING(p)->refresh);
}

/*
 * Has the home agent refused the registration, and is it left in peace since?
 * That is about the home agent and not about the care-of address, so it
 * survives movement (11.7.3); a de-registration is another matter.
 */
static bool
refusal_holds(const struct peering *p, struct now now)
{
	const struct home	*h = p->home;
	const struct exchange	*x = &p->update;

	return (h->phase == PHASE_AWAY && x->held_by == HOLD_REFUSED &&
	    x->hold_until > now.mono.ns);
}

/* A new Binding Update, with a back-off of its own (11.8). */
static void
start(struct peering *p, struct now now)
{
	int64_t	 refused = refusal_holds(p, now) ? p->update.hold_until : NEVER;

	stop_timers(p);
	exchange_open(&p->update, &p->mn->exchanges[BINDING(p)->bound ?
	    EXCHANGE_UPDATE : EXCHANGE_FIRST]);
	evidence_agent_open(&p->heard);
	p->resyncs = 0;
	p->router_until = NEVER;
	if (refused != NEVER)
		hold_until(p, HOLD_REFUSED, refused);
	else if (error_holds(p, now))
		hold_until(p, HOLD_ERROR, p->dest->hold_until);
	else
		bul_send(p, now);
}

/* Is a Binding Update to be acknowledged, or to be sent on a timer? */
bool
bul_under_way(const struct peering *p)
{
	return (exchange_under_way(&p->update));
}

/* Has the home agent answered to the last Binding Update, from where we are? */
bool
bul_acknowledged(const struct peering *p)
{
	const struct binding	*b = BINDING(p);

	return (evidence_agent_answers(&p->heard, &b->coa, b->ifindex));
}

/* It has, now: that it accepts it, or has no binding to be ended. */
void
bul_answers(struct peering *p, struct now now)
{
	struct binding		*b = BINDING(p);
	const struct iface	*ifc = iface_find(p->mn, b->ifindex);

	evidence_agent_heard(&p->heard, &b->coa, b->ifindex,
	    ifc == NULL ? 0 : ifc->attachment, now.mono.ns);
}

/* Is this the care-of address of the last Binding Update? */
bool
bul_is_for(const struct peering *p, const struct iface *ifc,
    const struct addr *a)
{
	const struct binding	*b = BINDING(p);

	return (b->ifindex == ifc->ifindex && in6_eq(&b->coa, &a->addr));
}

/* Has the home agent accepted that, and nothing is open since? */
bool
bul_is_bound(const struct peering *p)
{
	return (BINDING(p)->bound && bul_acknowledged(p));
}

/* It is registered: what stopped its refresh is over. */
void
bul_keep(struct peering *p)
{
	struct binding	*b = BINDING(p);

	if (!wheel_is_set(&b->refresh))
		wheel_set(&p->mn->wheel, &b->refresh,
		    (struct mono){ b->refresh_at });
}

/* Have care-of address a of ifc registered; is_new: it is a handover. */
void
bul_register(struct peering *p, struct iface *ifc, const struct addr *a,
    bool is_new, struct now now)
{
	struct binding	*b = BINDING(p);

	if (b->bound && b->bound_ifindex == 0 &&
	    in6_eq(&b->bound_coa, &a->addr))
		b->bound_ifindex = ifc->ifindex;
	if (is_new)
		handover_open(p->home, ifc, a, b->bound ? "move" : "first",
		    now);
	b->coa = a->addr;
	b->ifindex = ifc->ifindex;
	start(p, now);
}

/* At home on ifc: tell the home agent (RFC 6275 section 11.5.5). */
void
bul_deregister(struct peering *p, struct iface *ifc, struct now now)
{
	struct home	*h = p->home;
	struct binding	*b = BINDING(p);
	int64_t	 until = b->bound_until;

	handover_open(h, ifc, NULL, "return", now);
	b->coa = h->conf.address;
	b->ifindex = ifc->ifindex;
	if (until < b->maybe_until)
		until = b->maybe_until;
	wheel_set(&p->mn->wheel, &b->expire, (struct mono){ until });
	start(p, now);
}

/* Register again, unless that is under way. */
void
bul_refresh(struct peering *p, struct now now)
{
	struct binding	*b = BINDING(p);

	if (p->home->phase == PHASE_AWAY && !bul_under_way(p) &&
	    careof_works(p->mn, &b->coa, b->ifindex, now))
		start(p, now);
}

/*
 * The host has slept: whatever the home agent thinks of it now, it is told
 * where we are as soon as we know.
 */
void
bul_woke(struct mn *mn)
{
	struct home	*h;

	for (h = mn->homes; h != NULL; h = h->next)
		if (h->phase == PHASE_AWAY && !bul_under_way(AGENT(h)))
			evidence_agent_open(&AGENT(h)->heard);
}

/* There is no way out at present: keep what is known, send nothing. */
void
bul_suspend(struct peering *p)
{
	if (p->update.hold_until != NEVER)
		return;
	stop_timers(p);
	exchange_close(&p->update);
}

/* Nothing is registered and nothing is to be. */
void
bul_forget(struct peering *p)
{
	struct binding	*b = BINDING(p);

	stop_timers(p);
	wheel_clear(&p->mn->wheel, &b->expire);
	exchange_close(&p->update);
	b->bound = false;
	p->update.hold_until = b->maybe_until = NEVER;
}

/*
 * The daemon stops.  If something may be registered the peer is told that it
 * ends, but nobody will hear the answer.
 */
void
bul_end(struct peering *p, bool tell, struct now now)
{
	struct binding	*b = BINDING(p);

	if (tell && (b->bound || p->update.waiting) &&
	    careof_works(p->mn, &b->coa, b->ifindex, now))
		start(p, now);
	stop_timers(p);
	wheel_clear(&p->mn->wheel, &b->expire);
	exchange_close(&p->update);
	b->bound = false;
}

static void
schedule_refresh(struct peering *p, int64_t sent_at, uint16_t advice,
    struct now now)
{
	struct binding	*b = BINDING(p);
	int64_t	 len = LIFETIME_NS(b->granted), margin = len / 4, at;

	if (margin > REFRESH_MARGIN_MAX)
		margin = REFRESH_MARGIN_MAX;
	at = sent_at + len - margin;
	if (advice > 0 && advice < b->granted &&
	    now.mono.ns + LIFETIME_NS(advice) < at)
		at = now.mono.ns + LIFETIME_NS(advice);
	b->refresh_at = at;
	wheel_set(&p->mn->wheel, &b->refresh, (struct mono){ at });
}

static void
report_accepted(struct peering *p, bool first, bool moved, struct now now)
{
	struct binding	*b = BINDING(p);
	char	 buf[INET6_ADDRSTRLEN];

	if (!first && !moved) {
		MN_COUNT(p->mn, refreshes);
		return;
	}
	MN_COUNT(p->mn, registrations);
	mn_event(p->home, now, first ? "registered" : "handover",
	    "care-of %s lifetime %u", mn_ntop(&b->coa, buf),
	    (unsigned int)b->granted * LIFETIME_UNIT);
}

/* This care-of address was taken: status 174 would be its first one again. */
static void
forgive_careof(struct peering *p)
{
	struct binding	*b = BINDING(p);
	struct iface	*ifc = iface_find(p->mn, b->ifindex);
	struct addr	*a = ifc == NULL ? NULL : addr_find(ifc, &b->coa);

	if (a != NULL)
		a->bad_hold = 0;
}

/*
 * The home agent accepted the Binding Update s, for so many units and with a
 * refresh advice in units or 0 (RFC 6275 section 11.7.3).  What a
 * de-registration ends is for home.c.
 */
void
bul_accepted(struct peering *p, const struct sent *s, uint16_t units,
    uint16_t advice, struct now now)
{
	struct home	*h = p->home;
	struct binding	*b = BINDING(p);
	bool		 first = !b->bound;
	bool		 moved = !in6_eq(&b->bound_coa, &b->coa);
	int64_t		 sent_at = s->at;

	b->granted = units < s->lifetime ? units : s->lifetime;
	if (s->timestamp != 0)
		p->clock.accepted = s->timestamp;
	p->status = 0;
	p->resyncs = 0;
	p->refused_hold = 0;
	stop_timers(p);
	exchange_close(&p->update);
	handover_mark(h, M_BA, now);
	bul_answers(p, now);
	if (h->phase == PHASE_RETURNING)
		return;
	forgive_careof(p);
	b->bound_coa = b->coa;
	b->bound_ifindex = b->ifindex;
	if (first || moved)
		b->bound_since = now.mono.ns;
	b->bound_until = b->maybe_until = sent_at + LIFETIME_NS(b->granted);
	b->bound = b->bound_until > now.mono.ns;
	if (!b->bound) {
		evidence_agent_open(&p->heard);
		bul_back_off(p, now);
		return;
	}
	wheel_set(&p->mn->wheel, &b->expire, (struct mono){ b->bound_until });
	schedule_refresh(p, sent_at, advice, now);
	keys_accepted(p, p->keys.mobility, now);
	traffic_update(h, now);
	if (moved)
		h->tunnel_silent = 0;
	report_accepted(p, first, moved, now);
	tell_state(h, now);
}

/* The cause of a refusal has been removed: again at once. */
void
bul_again(struct peering *p, struct now now)
{
	if (p->resyncs++ >= MAX_RESYNC) {
		bul_back_off(p, now);
		return;
	}
	exchange_close(&p->update);
	bul_send(p, now);
}

/* Refused: again when the current time-out ends, which doubles then. */
void
bul_back_off(struct peering *p, struct now now)
{
	struct exchange	*x = &p->update;

	p->keys.waited = false;
	exchange_stop(x, &p->mn->wheel);
	exchange_close(x);
	exchange_wait(x, &p->mn->wheel, now.mono.ns);
}

/* Refused: leave this home agent in peace for a while (11.7.3). */
void
bul_hold(struct peering *p, enum hold_cause cause, struct now now)
{
	bul_back_off(p, now);
	hold_until(p, cause, now.mono.ns +
	    hold_next(cause, &p->refused_hold));
}

/*
 * Somebody says that the home agent is none (11.3.5): the registrations of all
 * its home addresses wait, here and where we move to meanwhile.
 */
void
bul_hold_error(struct peering *p, struct now now)
{
	struct dest	*d = p->dest;
	struct peering	*o;

	if (d->hold_until > now.mono.ns)
		return;
	d->hold_until = now.mono.ns + hold_next(HOLD_ERROR, &d->error_hold);
	TAILQ_FOREACH(o, &d->peerings, entry)
		if (bul_under_way(o) && o->update.hold_until < d->hold_until)
			hold_until(o, HOLD_ERROR, d->hold_until);
}

/*
 * A Binding Update that is no repetition, if there is a way out; else as soon
 * as there is one.
 */
static void
resume(struct peering *p, struct now now)
{
	struct binding	*b = BINDING(p);

	if (p->home->phase != PHASE_AWAY ||
	    careof_works(p->mn, &b->coa, b->ifindex, now)) {
		start(p, now);
		return;
	}
	p->update.hold_until = NEVER;
	bul_suspend(p);
	p->mn->dirty = true;
}

/* The home agent has begun anew: a Binding Update that is not a repetition. */
void
bul_anew(struct peering *p, struct now now)
{
	p->dest->hold_until = NEVER;
	resume(p, now);
}

/* The home agent, nobody else, has answered: errors were none. */
void
bul_answered(struct peering *p, struct now now)
{
	struct dest	*d = p->dest;
	struct peering	*o;

	d->error_hold = 0;
	d->hold_until = p->update.hold_until = NEVER;
	TAILQ_FOREACH(o, &d->peerings, entry)
		if (o != p && o->update.hold_until != NEVER &&
		    o->update.held_by == HOLD_ERROR)
			bul_anew(o, now);
}

/* Nobody has answered in time, or a pause is over. */
void
bul_timed_out(struct peering *p, struct now now)
{
	struct exchange	*x = &p->update;

	if (x->hold_until != NEVER) {
		x->hold_until = NEVER;
		exchange_close(x);
		p->mn->dirty = true;
		return;
	}
	exchange_double(x);
	if (x->waiting)
		mn_why_timeout(p->home, now);
	keys_silent(p, now);
	bul_send(p, now);
}
