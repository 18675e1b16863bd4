/*
 * The Binding Update List: home registrations, their retransmission, refresh
 * and end (RFC 6275 11.1, 11.7.1, 11.8).  The entry of each home address is in
 * struct home, with its timers.  home.c and ba.c decide what becomes of a
 * registration and call it; bu.c builds the messages.
 */
#include <string.h>

#include "mn/parts.h"
#include "wire/buf.h"

#define STATE_VERSION	1
#define STATE_LEN	49
#define LIFETIME_MAX	65535
#define LIFETIME_NS(u)	SEC((int64_t)(u) * LIFETIME_UNIT)

/* A fresh entry: nothing has been sent yet. */
void
bul_init(struct home *h)
{
	h->last_sent = h->maybe_until = h->hold_until = NEVER;
	h->nolink_since = h->keys_since = h->home_hold_until = NEVER;
	h->way.asked = h->way.acknowledged = NEVER;
	evidence_agent_init(&h->heard);
	evidence_neighbor_forget(&h->neighbor);
	h->prefix_until = INT64_MAX;
	h->handover_at = h->router_until = NEVER;
	h->retrans.kind = T_RETRANS;
	h->rate.kind = T_RATE;
	h->refresh.kind = T_REFRESH;
	h->expire.kind = T_EXPIRE;
	h->na.kind = T_NA;
	h->again.kind = T_HOME;
}

static struct rate *
rate_of(struct home *h)
{
	struct mn	*mn = h->mn;
	size_t		 i;

	for (i = 0; i + 1 < mn->nhomes; i++)
		if (in6_eq(&mn->rates[i].peer, &h->conf.agent))
			break;
	return (&mn->rates[i]);
}

/* May a Binding Update go to this home agent now?  If not, when? */
static bool
rate_allows(struct home *h, struct now now, struct mono *when)
{
	struct rate	*r = rate_of(h);
	int64_t		 oldest = r->at[r->next];

	when->ns = oldest == NEVER ? NEVER : oldest + SEC(1);
	if (when->ns > now.mono.ns)
		return (false);
	r->at[r->next] = now.mono.ns;
	r->next = (r->next + 1) % MAX_UPDATE_RATE;
	return (true);
}

/* Is its home agent left in peace, as an ICMPv6 error wants? */
static bool
error_holds(struct home *h, struct now now)
{
	return (!h->ending && rate_of(h)->hold_until > now.mono.ns);
}

static void
hold_until(struct home *h, enum hold_cause cause, int64_t until)
{
	h->hold_until = until;
	h->held_by = cause;
	wheel_clear(&h->mn->wheel, &h->rate);
	wheel_set(&h->mn->wheel, &h->retrans, (struct mono){ until });
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
lifetime(const struct home *h, struct now now)
{
	struct iface	*ifc = iface_find(h->mn, h->ifindex);
	struct addr	*a = ifc == NULL ? NULL : addr_find(ifc, &h->coa);
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
emit_update(struct home *h, const struct sent *s)
{
	struct msg_mh_out	 m;
	uint8_t			 buf[MH_MAXLEN];

	memset(&m, 0, sizeof(m));
	m.dst = h->conf.agent;
	m.src = h->coa;
	m.ifindex = h->ifindex;
	if (h->phase == PHASE_AWAY) {
		m.home = h->conf.address;
		m.flags = PKT_HAO;
	}
	if (h->ipsec)
		m.flags |= PKT_PROTECTED;
	m.mh.len = bu_build(h, s, buf, sizeof(buf));
	m.mh.p = buf;
	if (m.mh.len == 0) {
		MN_COUNT(h->mn, failures);
		return;
	}
	MN_COUNT(h->mn, bu_sent);
	h->mn->env->emit(h->mn->env->ctx, MSG_MH_OUT, &m);
}

/*
 * Send the Binding Update that is due, for the care-of address of this moment,
 * as soon as MAX_UPDATE_RATE allows.
 */
void
bul_send(struct home *h, struct now now)
{
	struct sent	 s;
	struct mono	 when;

	if (h->phase == PHASE_AWAY && !h->ending && lifetime(h, now) == 0) {
		/* It ends, so it is no care-of address; see careof.c. */
		bul_suspend(h);
		h->mn->dirty = true;
		return;
	}
	if (path_hold(h, now, &when)) {
		wheel_set(&h->mn->wheel, &h->rate, when);
		return;
	}
	if (!path_ready(h, now) || !keys_ready(h, now)) {
		wheel_set(&h->mn->wheel, &h->retrans,
		    mono_add(now.mono, h->timeout));
		return;
	}
	if (!rate_allows(h, now, &when)) {
		MN_COUNT(h->mn, bu_delayed);
		wheel_set(&h->mn->wheel, &h->rate, when);
		return;
	}
	if (!h->has_seq) {
		h->seq = (uint16_t)h->mn->env->random(h->mn->env->ctx);
		h->has_seq = true;
	}
	s.seq = ++h->seq;
	s.at = now.mono.ns;
	s.wall = now.wall;
	s.lifetime = h->phase == PHASE_AWAY && !h->ending ?
	    lifetime(h, now) : 0;
	s.timestamp = h->conf.auth.type == AUTH_MN_HA &&
	    (h->conf.auth.replay == REPLAY_TIMESTAMP || h->need_timestamp) ?
	    bu_timestamp(h, now) : 0;
	memmove(&h->sent[1], &h->sent[0], sizeof(h->sent) - sizeof(h->sent[0]));
	h->sent[0] = s;
	if (h->nsent < MN_SENT)
		h->nsent++;
	keys_follow(h);
	emit_update(h, &s);
	h->waiting = true;
	evidence_agent_open(&h->heard);
	h->last_sent = now.mono.ns;
	if (h->maybe_until < s.at + LIFETIME_NS(s.lifetime))
		h->maybe_until = s.at + LIFETIME_NS(s.lifetime);
	handover_mark(h, M_BU, now);
	if (h->tries++ > 0)
		MN_COUNT(h->mn, bu_retransmitted);
	wheel_clear(&h->mn->wheel, &h->rate);
	wheel_set(&h->mn->wheel, &h->retrans, mono_add(now.mono, h->timeout));
	tell_state(h, now);
}

static void
stop_timers(struct home *h)
{
	wheel_clear(&h->mn->wheel, &h->retrans);
	wheel_clear(&h->mn->wheel, &h->rate);
	wheel_clear(&h->mn->wheel, &h->refresh);
}

/*
 * Has the home agent refused the registration, and is it left in peace since?
 * That is about the home agent and not about the care-of address, so it
 * survives movement (11.7.3); a de-registration is another matter.
 */
static bool
refusal_holds(const struct home *h, struct now now)
{
	return (!h->ending && h->phase == PHASE_AWAY &&
	    h->held_by == HOLD_REFUSED && h->hold_until > now.mono.ns);
}

/* A new Binding Update, with a back-off of its own (11.8). */
static void
start(struct home *h, struct now now)
{
	int64_t	 refused = refusal_holds(h, now) ? h->hold_until : NEVER;

	stop_timers(h);
	h->waiting = false;
	evidence_agent_open(&h->heard);
	h->nsent = 0;
	h->tries = h->resyncs = 0;
	h->hold_until = h->router_until = NEVER;
	h->timeout = h->bound ? h->mn->bindack_timeout :
	    h->mn->initial_timeout;
	if (refused != NEVER)
		hold_until(h, HOLD_REFUSED, refused);
	else if (error_holds(h, now))
		hold_until(h, HOLD_ERROR, rate_of(h)->hold_until);
	else
		bul_send(h, now);
}

/* Is a Binding Update to be acknowledged, or to be sent on a timer? */
bool
bul_under_way(const struct home *h)
{
	return (h->waiting || wheel_is_set(&h->rate) ||
	    wheel_is_set(&h->retrans));
}

/* Has the home agent answered to the last Binding Update, from where we are? */
bool
bul_acknowledged(const struct home *h)
{
	return (evidence_agent_answers(&h->heard, &h->coa, h->ifindex));
}

/* It has, now: that it accepts it, or has no binding to be ended. */
void
bul_answers(struct home *h, struct now now)
{
	const struct iface	*ifc = iface_find(h->mn, h->ifindex);

	evidence_agent_heard(&h->heard, &h->coa, h->ifindex,
	    ifc == NULL ? 0 : ifc->attachment, now.mono.ns);
}

/* Have care-of address a of ifc registered, if it is not or not yet. */
void
bul_register(struct home *h, struct iface *ifc, const struct addr *a,
    struct now now)
{
	bool	 same = h->phase == PHASE_AWAY && in6_eq(&h->coa, &a->addr) &&
	    h->ifindex == ifc->ifindex;

	if (same && bul_under_way(h)) {
		path_heard(h, now);
		return;
	}
	if (same && bul_acknowledged(h) && h->bound) {
		if (!wheel_is_set(&h->refresh))
			wheel_set(&h->mn->wheel, &h->refresh,
			    (struct mono){ h->refresh_at });
		return;
	}
	if (h->bound && h->bound_ifindex == 0 &&
	    in6_eq(&h->bound_coa, &a->addr))
		h->bound_ifindex = ifc->ifindex;
	if (!same || h->handover == 0)
		handover_open(h, ifc, a, h->bound ? "move" : "first", now);
	h->phase = PHASE_AWAY;
	h->coa = a->addr;
	h->ifindex = ifc->ifindex;
	start(h, now);
}

/* At home on ifc: tell the home agent (RFC 6275 section 11.5.5). */
void
bul_deregister(struct home *h, struct iface *ifc, struct now now)
{
	int64_t	 until = h->bound_until;

	handover_open(h, ifc, NULL, "return", now);
	h->phase = PHASE_RETURNING;
	h->coa = h->conf.address;
	h->ifindex = ifc->ifindex;
	if (until < h->maybe_until)
		until = h->maybe_until;
	wheel_set(&h->mn->wheel, &h->expire, (struct mono){ until });
	start(h, now);
}

/* Register again, unless that is under way. */
void
bul_refresh(struct home *h, struct now now)
{
	if (h->phase == PHASE_AWAY && !bul_under_way(h) &&
	    careof_works(h->mn, &h->coa, h->ifindex, now))
		start(h, now);
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
		if (h->phase == PHASE_AWAY && !bul_under_way(h))
			evidence_agent_open(&h->heard);
}

/* There is no way out at present: keep what is known, send nothing. */
void
bul_suspend(struct home *h)
{
	if (h->hold_until != NEVER)
		return;
	stop_timers(h);
	h->waiting = false;
	h->nsent = 0;
}

/* Nothing is registered and nothing is to be. */
void
bul_forget(struct home *h)
{
	stop_timers(h);
	wheel_clear(&h->mn->wheel, &h->expire);
	h->waiting = h->bound = false;
	h->nsent = 0;
	h->hold_until = h->maybe_until = NEVER;
}

/* The daemon stops: tell the home agent; nobody will hear the answer. */
void
bul_end(struct home *h, struct now now)
{
	h->ending = true;
	if (h->phase == PHASE_AWAY && (h->bound || h->waiting) &&
	    careof_works(h->mn, &h->coa, h->ifindex, now))
		start(h, now);
	stop_timers(h);
	wheel_clear(&h->mn->wheel, &h->expire);
	wheel_clear(&h->mn->wheel, &h->na);
	h->bound = h->waiting = false;
}

static void
schedule_refresh(struct home *h, int64_t sent_at, uint16_t advice,
    struct now now)
{
	int64_t	 len = LIFETIME_NS(h->granted), margin = len / 4, at;

	if (margin > REFRESH_MARGIN_MAX)
		margin = REFRESH_MARGIN_MAX;
	at = sent_at + len - margin;
	if (advice > 0 && advice < h->granted &&
	    now.mono.ns + LIFETIME_NS(advice) < at)
		at = now.mono.ns + LIFETIME_NS(advice);
	h->refresh_at = at;
	wheel_set(&h->mn->wheel, &h->refresh, (struct mono){ at });
}

static void
report_accepted(struct home *h, bool first, bool moved, struct now now)
{
	char	 buf[INET6_ADDRSTRLEN];

	if (!first && !moved) {
		MN_COUNT(h->mn, refreshes);
		return;
	}
	MN_COUNT(h->mn, registrations);
	mn_event(h, now, first ? "registered" : "handover",
	    "care-of %s lifetime %u", mn_ntop(&h->coa, buf),
	    (unsigned int)h->granted * LIFETIME_UNIT);
}

/* This care-of address was taken: status 174 would be its first one again. */
static void
forgive_careof(struct home *h)
{
	struct iface	*ifc = iface_find(h->mn, h->ifindex);
	struct addr	*a = ifc == NULL ? NULL : addr_find(ifc, &h->coa);

	if (a != NULL)
		a->bad_hold = 0;
}

/*
 * The home agent accepted the Binding Update s, for so many units and with a
 * refresh advice in units or 0 (RFC 6275 section 11.7.3).
 */
void
bul_accepted(struct home *h, const struct sent *s, uint16_t units,
    uint16_t advice, struct now now)
{
	bool	 first = !h->bound, moved = !in6_eq(&h->bound_coa, &h->coa);
	int64_t	 sent_at = s->at;

	h->granted = units < s->lifetime ? units : s->lifetime;
	if (s->timestamp != 0)
		h->timestamp = s->timestamp;
	h->status = 0;
	h->resyncs = 0;
	h->refused_hold = 0;
	stop_timers(h);
	h->waiting = false;
	h->nsent = 0;
	handover_mark(h, M_BA, now);
	if (h->phase == PHASE_RETURNING) {
		bul_answers(h, now);
		home_answered(h);
		home_settled(h, true, now);
		return;
	}
	bul_answers(h, now);
	forgive_careof(h);
	h->bound_coa = h->coa;
	h->bound_ifindex = h->ifindex;
	if (first || moved)
		h->bound_since = now.mono.ns;
	h->bound_until = h->maybe_until = sent_at + LIFETIME_NS(h->granted);
	h->bound = h->bound_until > now.mono.ns;
	if (!h->bound) {
		evidence_agent_open(&h->heard);
		bul_back_off(h, now);
		return;
	}
	wheel_set(&h->mn->wheel, &h->expire, (struct mono){ h->bound_until });
	schedule_refresh(h, sent_at, advice, now);
	keys_accepted(h, h->key_mobility, now);
	home_traffic(h, now);
	if (moved)
		h->tunnel_silent = 0;
	report_accepted(h, first, moved, now);
	tell_state(h, now);
}

/* The cause of a refusal has been removed: again at once. */
void
bul_again(struct home *h, struct now now)
{
	if (h->resyncs++ >= MAX_RESYNC) {
		bul_back_off(h, now);
		return;
	}
	h->nsent = 0;
	h->waiting = false;
	bul_send(h, now);
}

/* Refused: again when the current time-out ends, which doubles then. */
void
bul_back_off(struct home *h, struct now now)
{
	h->waiting = h->keys_waited = false;
	h->nsent = 0;
	wheel_clear(&h->mn->wheel, &h->rate);
	wheel_set(&h->mn->wheel, &h->retrans, mono_add(now.mono, h->timeout));
}

/* Refused: leave this home agent in peace for a while (11.7.3). */
void
bul_hold(struct home *h, enum hold_cause cause, struct now now)
{
	bul_back_off(h, now);
	hold_until(h, cause, now.mono.ns +
	    hold_next(cause, &h->refused_hold));
}

/*
 * Somebody says that the home agent of h is none (11.3.5): the registrations of
 * all its home addresses wait, here and where we move to meanwhile.
 */
void
bul_hold_error(struct home *h, struct now now)
{
	struct rate	*r = rate_of(h);
	struct home	*o;

	if (r->hold_until > now.mono.ns)
		return;
	r->hold_until = now.mono.ns + hold_next(HOLD_ERROR, &r->error_hold);
	for (o = h->mn->homes; o != NULL; o = o->next)
		if (in6_eq(&o->conf.agent, &h->conf.agent) &&
		    bul_under_way(o) && o->hold_until < r->hold_until)
			hold_until(o, HOLD_ERROR, r->hold_until);
}

/*
 * A Binding Update that is no repetition, if there is a way out; else as soon
 * as there is one.
 */
static void
resume(struct home *h, struct now now)
{
	if (h->phase != PHASE_AWAY ||
	    careof_works(h->mn, &h->coa, h->ifindex, now)) {
		start(h, now);
		return;
	}
	h->hold_until = NEVER;
	bul_suspend(h);
	h->mn->dirty = true;
}

/* The home agent has begun anew: a Binding Update that is not a repetition. */
void
bul_anew(struct home *h, struct now now)
{
	rate_of(h)->hold_until = NEVER;
	resume(h, now);
}

/* The home agent of h, nobody else, has answered: errors were none. */
void
bul_answered(struct home *h, struct now now)
{
	struct rate	*r = rate_of(h);
	struct home	*o;

	r->error_hold = 0;
	r->hold_until = h->hold_until = NEVER;
	for (o = h->mn->homes; o != NULL; o = o->next)
		if (o != h && in6_eq(&o->conf.agent, &h->conf.agent) &&
		    o->hold_until != NEVER && o->held_by == HOLD_ERROR)
			bul_anew(o, now);
}

static void
expired(struct home *h, struct now now)
{
	bool	 was = h->bound;

	h->bound = false;
	if (h->maybe_until > now.mono.ns && h->phase == PHASE_RETURNING) {
		wheel_set(&h->mn->wheel, &h->expire,
		    (struct mono){ h->maybe_until });
		return;
	}
	if (h->phase == PHASE_RETURNING && !home_unanswered(h, true, now)) {
		home_settled(h, false, now);
		return;
	}
	if (was) {
		MN_COUNT(h->mn, expirations);
		mn_event(h, now, "expired", "binding not refreshed in time");
	}
	home_traffic(h, now);
}

/* One of the timers of h fired. */
void
bul_timer(struct home *h, enum timer_kind kind, struct now now)
{
	switch (kind) {
	case T_RETRANS:
		if (home_unanswered(h, false, now))
			return;
		if (h->hold_until != NEVER) {
			h->hold_until = NEVER;
			h->waiting = false;
			h->mn->dirty = true;
			return;
		}
		/* A back-off begins with the first one sent (11.8). */
		if (h->tries > 0)
			h->timeout *= 2;
		if (h->timeout > h->mn->max_timeout)
			h->timeout = h->mn->max_timeout;
		if (h->waiting)
			mn_why_timeout(h, now);
		keys_silent(h, now);
		bul_send(h, now);
		break;
	case T_RATE:
		bul_send(h, now);
		break;
	case T_REFRESH:
		bul_refresh(h, now);
		break;
	case T_EXPIRE:
		expired(h, now);
		break;
	default:
		break;
	}
}

/*
 * What outlives the process: version, bound, sequence number, last accepted
 * timestamp, clock offset, end of the binding as wall clock, units, care-of
 * address.  Returns the bytes used of p.
 */
size_t
bul_state(const struct home *h, struct now now, uint8_t *p, size_t cap)
{
	struct wbuf	 w;
	int64_t		 until = h->maybe_until;

	wbuf_init(&w, p, cap);
	wbuf_u8(&w, STATE_VERSION);
	wbuf_u8(&w, h->bound);
	wbuf_u16(&w, h->seq);
	wbuf_u64(&w, h->timestamp);
	wbuf_u64(&w, (uint64_t)h->clock_offset);
	if (until == NEVER)
		wbuf_u64(&w, 0);
	else
		wbuf_u64(&w, (uint64_t)(now.wall + until - now.mono.ns));
	wbuf_u16(&w, h->granted);
	wbuf_u8(&w, h->need_timestamp);
	wbuf_u16(&w, 0);
	wbuf_bytes(&w, &h->bound_coa, sizeof(h->bound_coa));
	return (w.bad ? 0 : w.off);
}

/* Take up what an earlier life saved; what does not fit is not used. */
void
bul_load(struct home *h, const struct blob *data, struct now now)
{
	struct rbuf	 r;
	int64_t		 until;
	bool		 bound;

	if (h->has_seq)
		return;
	rbuf_init(&r, data->p, data->len);
	if (data->len != STATE_LEN || rbuf_u8(&r) != STATE_VERSION)
		return;
	bound = rbuf_u8(&r) == 1;
	h->seq = rbuf_u16(&r);
	h->has_seq = true;
	h->policies_unknown = h->ipsec && h->protect != PROTECT_NONE;
	h->timestamp = rbuf_u64(&r);
	h->clock_offset = (int64_t)rbuf_u64(&r);
	until = (int64_t)rbuf_u64(&r);
	h->granted = rbuf_u16(&r);
	h->need_timestamp = rbuf_u8(&r) == 1;
	rbuf_u16(&r);
	rbuf_bytes(&r, &h->bound_coa, sizeof(h->bound_coa));
	if (h->clock_offset < -SEC(86400LL * 36500) ||
	    h->clock_offset > SEC(86400LL * 36500))
		h->clock_offset = 0;
	if (until <= now.wall || until - now.wall > LIFETIME_NS(LIFETIME_MAX))
		return;
	h->maybe_until = now.mono.ns + (until - now.wall);
	if (!bound)
		return;
	h->bound = true;
	h->bound_until = h->maybe_until;
	h->bound_since = h->bound_until - LIFETIME_NS(h->granted);
	wheel_set(&h->mn->wheel, &h->expire, (struct mono){ h->bound_until });
}
