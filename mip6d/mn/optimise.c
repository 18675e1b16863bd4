/*
 * Route optimization (RFC 6275 11.6, 11.7.2, 11.8, 5.2.9): the life of an
 * entry of the Binding Update List for a correspondent.  peer_step() looks at
 * what it needs now, which may be tests, a Binding Update or nothing, and does
 * what may be done now; it is called whenever that may have changed.  Traffic
 * takes the tunnel unless the binding is known to be good.  What correspondents
 * answer is in answers.c.
 */
#include <string.h>

#include "core/why.h"
#include "mn/parts.h"

/* Are its packets to go by its binding? */
static bool
is_good(const struct peer *p, struct now now)
{
	const struct binding	*b = &p->binding;
	const struct peer_home	*w = &p->home->peers;

	return (p->hold == PEER_NOT_HELD && b->bound &&
	    b->bound_until > now.mono.ns && w->place == PEERS_AWAY &&
	    (w->registered || ero_parallel(p, now)) &&
	    in6_eq(&b->bound_coa, &w->coa) &&
	    b->bound_ifindex == w->ifindex);
}

/* net knows whether they do. */
static void
tell_net(struct peer *p, struct now now)
{
	bool	 good = is_good(p, now);

	if (good && !p->paired)
		pair_bind(p, now);
	else if (!good)
		pair_unbind(p);
}

static void
look_later(struct peer *p, int64_t when)
{
	wheel_set(&p->mn->wheel, &BINDING(p)->refresh, (struct mono){ when });
}

/* Nothing is sent and nothing is waited for. */
static void
rest(struct peer *p)
{
	test_stop(p->mn, &p->home_test);
	exchange_stop(&p->update, &p->mn->wheel);
	exchange_close(&p->update);
	p->update_due = false;
	ero_rest(p);
	peer_turn_leave(p);
}

/* It is given up; packets with it take the tunnel. */
void
peer_remove(struct peer *p, struct now now)
{
	rest(p);
	pair_unbind(p);
	mn_why_peer_forget(p, now);
	peer_free(p);
}

/* No binding there is to be relied on. */
static void
unbind(struct peer *p)
{
	BINDING(p)->bound = false;
	wheel_clear(&p->mn->wheel, &BINDING(p)->expire);
	pair_unbind(p);
}

/* May it be sent now, by both rates?  If not, peer_step() comes again. */
static bool
may_send(struct peer *p, struct exchange *x, struct now now)
{
	int64_t	 when;

	if (!peer_turn_take(p, x->row->rate, now))
		return (false);
	if (dest_allows(p->dest, x->row->rate, now.mono.ns, &when))
		return (true);
	MN_COUNT(p->mn, peer_delayed);
	exchange_later(x, &p->mn->wheel, when);
	return (false);
}

/* A home token is needed, or a newer one. */
static void
want_home_token(struct peer *p, struct now now)
{
	struct test	*t = &p->home_test;

	if (!test_runs(t))
		test_begin(p->mn, t, EXCHANGE_HOTI);
	if (t->due && may_send(p, &t->x, now))
		test_send_home(p, now);
}

static void
want_careof_token(struct peer *p, struct now now)
{
	struct test	*t = &p->careof->test;

	if (!test_runs(t))
		test_begin(p->mn, t, EXCHANGE_COTI);
	if (t->due && may_send(p, &t->x, now))
		test_send_careof(p->careof, now);
}

/*
 * Units to ask for: no more than what is left of the home registration and of
 * the care-of address (section 11.7.2, RFC 4866 4.4).
 */
static uint16_t
lifetime(const struct peer *p, enum proof proof, struct now now)
{
	const struct peer_home	*w = &p->home->peers;
	struct iface		*ifc = iface_find(p->mn, w->ifindex);
	struct addr		*a = ifc == NULL ? NULL :
				    addr_find(ifc, &w->coa);
	int64_t			 until = w->until, units, longest;

	if (a != NULL && a->valid_until < until)
		until = a->valid_until;
	units = (until - now.mono.ns) / LIFETIME_NS(1);
	longest = ero_longest(p, proof, now);
	if (units > longest)
		units = longest;
	return (units < 0 ? 0 : (uint16_t)units);
}

/* The number of the next one; false: none may be sent, or not now. */
static bool
next_seq(struct peer *p, struct now now)
{
	if (p->key != NULL)
		return (static_next(p, now));
	if (!p->has_seq)
		p->seq = (uint16_t)p->mn->env->random(p->mn->env->ctx);
	p->has_seq = true;
	ero_number(p, 1);
	p->seq++;
	return (true);
}

/* It is sent: what is known there, and until when, may be that from now on. */
static void
sent(struct peer *p, const struct sent *s, const struct in6_addr *coa)
{
	struct binding	*b = BINDING(p);

	MN_COUNT(p->mn, peer_updates);
	exchange_sent(&p->update, &p->mn->wheel, s);
	p->update_due = false;
	if (b->bound && !in6_eq(&b->bound_coa, coa))
		unbind(p);
	b->coa = *coa;
	b->ifindex = p->home->peers.ifindex;
	if (b->maybe_until < s->at + LIFETIME_NS(s->lifetime))
		b->maybe_until = s->at + LIFETIME_NS(s->lifetime);
}

/* With what s says, q is made of the tokens that there are now. */
static void
describe(const struct peer *p, const struct sent *s, struct bu_peer *q,
    struct now now)
{
	const struct home	*h = p->home;

	memset(q, 0, sizeof(*q));
	q->s = s;
	q->home = ero_home_token(p, s->proof);
	q->careof = s->lifetime == 0 ? NULL : ero_careof_token(p, now);
	q->covers = s->lifetime == 0 ? &h->conf.address : &h->peers.coa;
	if (s->proof == PROOF_CGA) {
		q->params.p = h->cga.params;
		q->params.len = h->cga.len;
		q->signature.len = h->cga.signature;
	}
}

static void
emit_update(struct peer *p, const struct bu_peer *q)
{
	struct home		*h = p->home;
	const struct peer_home	*w = &h->peers;
	struct msg_mh_out	 m;
	uint8_t			 buf[MH_MAXLEN];

	memset(&m, 0, sizeof(m));
	m.dst = p->addr;
	m.ifindex = w->ifindex;
	m.src = h->conf.address;
	if (w->place == PEERS_AWAY) {
		m.src = w->coa;
		m.home = h->conf.address;
		m.flags = PKT_HAO;
	}
	m.mh.len = bu_build_peer(p, q, buf, sizeof(buf));
	m.mh.p = buf;
	if (m.mh.len == 0) {
		MN_COUNT(p->mn, failures);
		return;
	}
	if (q->s->proof == PROOF_CGA)
		MN_COUNT(p->mn, ero_signed);
	if (q->s->early)
		MN_COUNT(p->mn, ero_early);
	p->mn->env->emit(p->mn->env->ctx, MSG_MH_OUT, &m);
	sent(p, q->s, q->covers);
}

/*
 * Send a Binding Update for so many units; 0: what it has of us is to be
 * deleted, which takes the home token alone.  One with a signature leaves when
 * the cga process has made that, one by a static key takes no token.
 */
static void
send_update(struct peer *p, uint16_t units, enum proof proof, struct now now)
{
	struct bu_peer	 q;
	struct sent	 s;

	if (!next_seq(p, now))
		return;
	memset(&s, 0, sizeof(s));
	s.seq = p->seq;
	s.lifetime = units;
	s.proof = proof;
	s.early = units != 0 && proof != PROOF_KEY &&
	    !ero_careof_token(p, now)->there;
	s.at = now.mono.ns;
	s.wall = now.wall;
	describe(p, &s, &q, now);
	if (proof != PROOF_CGA)
		emit_update(p, &q);
	else if (ero_sign(p, &q, now))
		p->update_due = false;
	else
		peer_step(p, now);
}

/*
 * The signature that was asked for is there.  If what it is over or the tokens
 * are not what they were, another one is needed.
 */
void
peer_signed(struct peer *p, const struct blob *signature, struct now now)
{
	struct sent	 s = p->ero.unsigned_update.s;
	struct bu_peer	 q;

	describe(p, &s, &q, now);
	q.signature = *signature;
	if (!token_is_fresh(q.home, now) || !in6_eq(q.covers,
	    &p->ero.unsigned_update.coa) ||
	    (q.careof != NULL && q.careof->there == s.early)) {
		peer_step(p, now);
		return;
	}
	s.at = now.mono.ns;
	s.wall = now.wall;
	emit_update(p, &q);
}

/* Is there a number for it?  Of a static key it has to be on disk first. */
static bool
has_number(struct peer *p)
{
	return (p->key == NULL || static_ready(p));
}

/* A Binding Update is to be sent, as soon as it may. */
static void
want_update(struct peer *p, bool delete, enum proof proof, struct now now)
{
	struct exchange	*x = &p->update;
	uint16_t	 units = delete ? 0 : lifetime(p, proof, now);

	/* The home registration is about to be renewed. */
	if (!delete && units == 0)
		return;
	if (p->key != NULL && statickey_left(p->key) == 0) {
		if (delete)
			peer_remove(p, now);
		else
			peer_hold(p, PEER_SPENT, 0, now);
		return;
	}
	if (!p->update_due && !exchange_under_way(x)) {
		exchange_open(x, &p->mn->exchanges[EXCHANGE_PEER]);
		p->update_due = true;
	}
	if (p->update_due && has_number(p) && may_send(p, x, now))
		send_update(p, units, proof, now);
}

/*
 * By the static key, or by the permanent token, if any, which need no test (RFC
 * 4449, RFC 4866 4.1).
 */
static enum proof
proof_to_delete(const struct peer *p, struct now now)
{
	if (p->key != NULL)
		return (PROOF_KEY);
	return (ero_has_token(p, now) ? PROOF_TOKEN : PROOF_HOME);
}

/* Is its home token there, by which an update is authenticated so? */
static bool
has_home_token(const struct peer *p, enum proof proof, struct now now)
{
	return (proof == PROOF_TOKEN || proof == PROOF_KEY ||
	    token_is_fresh(&p->home_test.token, now));
}

/* What it has of us is to be deleted, which nobody waits for. */
static void
delete_there(struct peer *p, struct now now)
{
	enum proof	 proof = proof_to_delete(p, now);

	if (!has_home_token(p, proof, now))
		return;
	rest(p);
	exchange_open(&p->update, &p->mn->exchanges[EXCHANGE_PEER]);
	if (has_number(p) && may_send(p, &p->update, now))
		send_update(p, 0, proof, now);
}

/* Does it send to where we are no more, by the last it has acknowledged? */
static bool
is_left_behind(const struct peer *p, struct now now)
{
	const struct binding	*b = &p->binding;
	const struct peer_home	*w = &p->home->peers;

	return (b->bound_until > now.mono.ns && w->place == PEERS_AWAY &&
	    !in6_eq(&b->bound_coa, &w->coa));
}

/*
 * Who has acknowledged an update before may only be beginning anew, and is
 * asked again soon, then each time after twice as long.
 */
static int64_t
hold_length(struct peer *p, enum peer_hold why)
{
	int64_t	 most = MS(p->mn->ro.hold_down);

	if (!p->known || why == PEER_REFUSES)
		p->pause = most;
	else
		p->pause = p->pause == 0 ? PEER_PAUSE_FIRST : p->pause * 2;
	if (p->pause > most)
		p->pause = most;
	return (p->pause);
}

/*
 * Nothing is tried with it for some time, for this reason; status is that of
 * its acknowledgement or 0.  What is on its way is not waited for.
 */
void
peer_hold(struct peer *p, enum peer_hold why, uint8_t status, struct now now)
{
	static const char *const	 words[] = {
		[PEER_SILENT] = "does not answer",
		[PEER_REFUSES] = "refuses",
		[PEER_NO_MOBILITY] = "knows nothing of Mobile IPv6",
		[PEER_SPENT] = "has a static key of which no number is left",
	};
	static const enum mn_counter	 counters[] = {
		[PEER_SILENT] = MNC_peer_silent,
		[PEER_REFUSES] = MNC_peer_refusing,
		[PEER_NO_MOBILITY] = MNC_peer_without,
		[PEER_SPENT] = MNC_static_spent,
	};
	char	 buf[INET6_ADDRSTRLEN];

	if (is_left_behind(p, now))
		delete_there(p, now);
	rest(p);
	unbind(p);
	careof_leave(p);
	token_drop(&p->home_test.token);
	ero_unbound(p);
	p->refresh = false;
	mn_why_peer_forget(p, now);
	p->hold = why;
	p->status = status;
	p->hold_until = now.mono.ns + hold_length(p, why);
	look_later(p, p->hold_until);
	MN_COUNT(p->mn, peer_held);
	COUNT(p->mn->env->counters, counters[why]);
	mn_log(p->mn, now, MN_INFO, "peer %s %s (status %u): the tunnel is "
	    "used, again in %u s", mn_ntop(&p->addr, buf), words[why], status,
	    (unsigned int)(p->pause / NS_PER_SEC));
	mn_why_peer(p, now);
}

/* Should it be registered there, first, again or anew? */
static bool
is_wanted(const struct peer *p, struct now now)
{
	const struct binding	*b = &p->binding;
	const struct peer_home	*w = &p->home->peers;

	return (p->refresh || p->ero.unverified || !b->bound ||
	    b->bound_until <= now.mono.ns ||
	    !in6_eq(&b->bound_coa, &w->coa) || b->bound_ifindex != w->ifindex);
}

/* Its care-of test is that of where we are; false: no memory. */
static bool
has_careof(struct peer *p)
{
	const struct peer_home	*w = &p->home->peers;

	if (p->careof == NULL || !in6_eq(&p->careof->addr, &w->coa))
		p->careof = careof_test(p->mn, p->dest, &w->coa, w->ifindex);
	if (p->careof != NULL)
		p->careof->ifindex = w->ifindex;
	return (p->careof != NULL);
}

/*
 * The care-of token is there, or this update goes without (RFC 4866 4.1): the
 * test needs nobody else, but for the routes of this link, which the kernel has
 * when the Binding Update to the home agent leaves.
 */
static bool
careof_ready(struct peer *p, enum proof proof, struct now now)
{
	if (ero_careof_token(p, now)->there || ero_early(p, proof, now))
		return (true);
	if (p->home->peers.way)
		want_careof_token(p, now);
	return (false);
}

/*
 * The home token is there.  A Home Test Init right behind the Binding Update
 * to the home agent could overtake it and get lost there, or enter a tunnel of
 * ESP that has not moved.
 */
static bool
home_ready(struct peer *p, enum proof proof, struct now now)
{
	const struct peer_home	*w = &p->home->peers;

	if (proof != PROOF_TOKEN && w->registered && w->home_tests &&
	    (test_runs(&p->home_test) || !has_home_token(p, proof, now)))
		want_home_token(p, now);
	return (has_home_token(p, proof, now));
}

/*
 * Away: correspondents are told only what the home agent has acknowledged,
 * unless they know RFC 4866 (section 3.7 there).  By a static key that is one
 * Binding Update (RFC 4449 1).
 */
static void
step_away(struct peer *p, struct now now)
{
	const struct peer_home	*w = &p->home->peers;
	enum proof		 proof;
	bool			 careof, home;

	if (!is_wanted(p, now)) {
		if (w->registered && w->home_tests && test_runs(&p->home_test))
			want_home_token(p, now);
		return;
	}
	if (p->tests_after > now.mono.ns) {
		look_later(p, p->tests_after);
		return;
	}
	if (p->key != NULL) {
		if (w->registered)
			want_update(p, false, PROOF_KEY, now);
		return;
	}
	/* How it goes on depends on what the cga process answers. */
	if (ero_asks(p) || !has_careof(p))
		return;
	proof = ero_proof(p, now);
	careof = careof_ready(p, proof, now);
	home = home_ready(p, proof, now);
	if (careof && home && (w->registered || ero_parallel(p, now)))
		want_update(p, false, proof, now);
}

/* At home: what it may have of us ends (section 11.5.5). */
static void
step_home(struct peer *p, struct now now)
{
	enum proof	 proof;

	if (BINDING(p)->maybe_until <= now.mono.ns) {
		peer_remove(p, now);
		return;
	}
	if (!p->home->peers.registered)
		return;
	proof = proof_to_delete(p, now);
	if (!has_home_token(p, proof, now))
		want_home_token(p, now);
	else
		want_update(p, true, proof, now);
}

/* What does it need now?  It may be gone after that. */
void
peer_step(struct peer *p, struct now now)
{
	if (p->hold != PEER_NOT_HELD)
		return;
	switch (p->home->peers.place) {
	case PEERS_AWAY:
		step_away(p, now);
		tell_net(p, now);
		break;
	case PEERS_HOME:
		step_home(p, now);
		break;
	case PEERS_NOWHERE:
		rest(p);
		tell_net(p, now);
		break;
	}
}

/*
 * The home address is somewhere else.  What was under way is void; silence may
 * have been that of the link before, so it is no reason to wait any longer.
 */
static void
moved(struct peer *p, struct now now)
{
	bool	 deleting = p->update.nsent > 0 &&
		    exchange_get(&p->update, 0)->lifetime == 0;

	rest(p);
	p->ero.slow = false;
	/* A correspondent takes a nonce that has deleted no more. */
	if (deleting) {
		token_drop(&p->home_test.token);
		ero_unbound(p);
	}
	p->resyncs = p->stale = 0;
	p->tests_after = NEVER;
	/* Nor is it one while it sends to where we were. */
	if (p->hold == PEER_SILENT || (p->hold != PEER_NOT_HELD &&
	    BINDING(p)->bound_until > now.mono.ns)) {
		mn_why_peer_forget(p, now);
		p->hold = PEER_NOT_HELD;
	}
	careof_leave(p);
	tell_net(p, now);
}

/*
 * All of h are looked at, the last used first, as messages go out in that
 * order: first all take the tunnel if they have to.
 */
static void
step_all(struct home *h, bool move, struct now now)
{
	struct peer	*p, *next;

	for (p = TAILQ_FIRST(&h->mn->peers.use); move && p != NULL;
	    p = TAILQ_NEXT(p, use))
		if (p->home == h)
			moved(p, now);
	for (p = TAILQ_FIRST(&h->mn->peers.use); p != NULL; p = next) {
		next = TAILQ_NEXT(p, use);
		if (p->home == h)
			peer_step(p, now);
	}
}

/* Where is h now, and is that what its home agent knows? */
static void
look_where(const struct home *h, struct peer_home *w, struct now now)
{
	const struct binding	*b = &h->agent.binding;
	struct iface		*ifc;
	struct addr		*a;

	memset(w, 0, sizeof(*w));
	if (h->phase == PHASE_AWAY &&
	    careof_works(h->mn, &b->coa, b->ifindex, now)) {
		w->place = PEERS_AWAY;
		w->coa = b->coa;
		w->ifindex = b->ifindex;
		w->registered = b->bound && b->bound_until > now.mono.ns &&
		    in6_eq(&b->bound_coa, &b->coa) &&
		    b->bound_ifindex == b->ifindex;
		w->way = w->registered || h->agent.update.nsent > 0;
		w->until = b->bound ? b->bound_until : 0;
		w->home_tests = w->registered && keys_home_test(AGENT(h),
		    &b->coa);
	} else if (h->phase == PHASE_HOME &&
	    (ifc = iface_find(h->mn, h->home_ifindex)) != NULL) {
		w->place = PEERS_HOME;
		w->ifindex = h->home_ifindex;
		a = addr_find(ifc, &h->conf.address);
		w->registered = a != NULL && (a->flags &
		    (ADDR_TENTATIVE | ADDR_DUPLICATE)) == 0;
	}
}

static void
update(struct home *h, struct now now)
{
	struct peer_home	*w = &h->peers, was = *w;
	bool			 move;

	look_where(h, w, now);
	w->observed = was.observed;
	move = w->place != was.place || w->ifindex != was.ifindex ||
	    !in6_eq(&w->coa, &was.coa);
	if (w->place == PEERS_HOME)
		pair_observe(h, false);
	else if (w->registered && (move || !was.registered || !was.observed))
		pair_observe(h, true);
	if (move || w->registered != was.registered || w->until != was.until ||
	    w->way != was.way || w->home_tests != was.home_tests)
		step_all(h, move, now);
}

/* Something has changed: what does that mean for correspondents? */
void
peers_decide(struct mn *mn, struct now now)
{
	struct home	*h;

	mn->peers.due = false;
	for (h = mn->homes; mn->ro_on && h != NULL; h = h->next)
		update(h, now);
}

/* It is to have nothing of us any more, and nobody waits for its answer. */
static void
let_go(struct peer *p, struct now now)
{
	if (p->hold == PEER_NOT_HELD &&
	    BINDING(p)->maybe_until > now.mono.ns &&
	    p->home->peers.place != PEERS_NOWHERE)
		delete_there(p, now);
	peer_remove(p, now);
}

/* The home address is given up, or the daemon ends. */
void
peers_end(struct home *h, struct now now)
{
	struct peer	*p, *next;

	for (p = TAILQ_FIRST(&h->mn->peers.all); p != NULL; p = next) {
		next = TAILQ_NEXT(p, entry);
		if (p->home == h)
			let_go(p, now);
	}
	pair_observe(h, false);
}

static void
displace(struct peer *p, struct now now)
{
	MN_COUNT(p->mn, peer_room);
	let_go(p, now);
}

/*
 * No more than so many: those least recently used go, but who is bound and in
 * use only if all are, as strangers can have us begin with many others.
 */
static void
make_room(struct mn *mn, size_t most, struct now now)
{
	struct peer	*p, *prev;

	for (p = TAILQ_LAST(&mn->peers.use, peer_list);
	    p != NULL && mn->peers.n > most; p = prev) {
		prev = TAILQ_PREV(p, peer_list, use);
		if (!p->binding.bound || !peer_is_used(p, now))
			displace(p, now);
	}
	while (mn->peers.n > most &&
	    (p = TAILQ_LAST(&mn->peers.use, peer_list)) != NULL)
		displace(p, now);
}

/* Other static keys: who has another one, or has one now, begins anew. */
void
peers_rekey(struct mn *mn, const struct statickeys *ks, struct now now)
{
	struct peer		*p, *next;
	struct statickey	*k;

	for (p = TAILQ_FIRST(&mn->peers.all); p != NULL; p = next) {
		next = TAILQ_NEXT(p, entry);
		k = static_find(ks, p->home, &p->addr);
		if (k == NULL && p->key == NULL)
			continue;
		if (k != NULL && p->key != NULL && statickey_same(k, p->key))
			p->key = k;
		else
			let_go(p, now);
	}
}

/* More numbers of a static key can be used. */
void
peers_numbers(struct mn *mn, const struct statickey *k, struct now now)
{
	struct peer	*p, *next;

	for (p = TAILQ_FIRST(&mn->peers.all); p != NULL; p = next) {
		next = TAILQ_NEXT(p, entry);
		if (p->key == k && p->update_due)
			peer_step(p, now);
	}
}

/* The configuration is another one: who may stay? */
void
peers_configure(struct mn *mn, struct now now)
{
	struct peer	*p, *next;
	struct home	*h;

	for (p = TAILQ_FIRST(&mn->peers.all); p != NULL; p = next) {
		next = TAILQ_NEXT(p, entry);
		if (!rules_allow(mn, &p->addr))
			let_go(p, now);
	}
	make_room(mn, mn->ro.max_peers, now);
	/* It may be about other packets, or about none. */
	for (h = mn->homes; h != NULL; h = h->next)
		pair_observe(h, false);
	mn->peers.due = true;
}

/* Packets of home address and peer take the tunnel, and there are many. */
void
peer_observed(struct home *h, const struct in6_addr *addr, struct now now)
{
	struct peer	*p = peer_find(h, addr);

	if (p != NULL) {
		peer_use(p, now);
		peer_step(p, now);
		return;
	}
	if (!rules_allow(h->mn, addr) || h->peers.place != PEERS_AWAY) {
		MN_COUNT(h->mn, peer_not_allowed);
		return;
	}
	make_room(h->mn, h->mn->ro.max_peers - 1, now);
	if ((p = peer_new(h, addr)) == NULL) {
		MN_COUNT(h->mn, no_memory);
		return;
	}
	peer_use(p, now);
	MN_COUNT(h->mn, peer_begun);
	peer_step(p, now);
}

/* Is an answer of p waited for? */
bool
peer_expects(const struct peer *p)
{
	return (p->home_test.x.waiting || p->update.waiting ||
	    (p->careof != NULL && p->careof->test.x.waiting));
}

/* It is bound, from now on or again: binding has how long. */
void
peer_bound(struct peer *p, struct now now)
{
	struct binding	*b = BINDING(p);

	wheel_set(&p->mn->wheel, &b->expire, (struct mono){ b->bound_until });
	look_later(p, b->refresh_at < now.mono.ns + PEER_LOOK ?
	    b->refresh_at : now.mono.ns + PEER_LOOK);
	if (is_good(p, now))
		pair_bind(p, now);
	if (p->ero.unverified)
		peer_step(p, now);
}

/* It may have no binding: by the tunnel, and tests as soon as they may be. */
void
peer_lost(struct peer *p, struct now now)
{
	rest(p);
	unbind(p);
	peer_step(p, now);
}

/* A packet went by the pair (in: came), the first one since net was asked. */
void
peer_traffic(struct peer *p, bool in, struct now now)
{
	const struct binding	*b = &p->binding;

	peer_use(p, now);
	if (in)
		p->in_at = now.mono.ns;
	if (b->bound && b->refresh_at <= now.mono.ns && !p->refresh) {
		p->refresh = true;
		peer_step(p, now);
	}
}

/* Who has been sent nothing for some time is let run out. */
static void
look_at_bound(struct peer *p, struct now now)
{
	struct binding	*b = BINDING(p);
	int64_t		 next = now.mono.ns + PEER_LOOK;

	if (p->used && p->paired)
		pair_bind(p, now);
	ero_look(p, now);
	if (peer_is_used(p, now)) {
		if (p->key == NULL &&
		    token_is_old(&p->home_test.token, now) &&
		    !ero_has_token(p, now) && !test_runs(&p->home_test))
			test_begin(p->mn, &p->home_test, EXCHANGE_HOTI);
		if (b->refresh_at <= now.mono.ns ||
		    (p->ero.renew && ero_may_sign(p, now)))
			p->refresh = true;
	}
	if (b->refresh_at > now.mono.ns && b->refresh_at < next)
		next = b->refresh_at;
	look_later(p, next);
}

/*
 * A pause is over: it is forgotten until there is traffic again, or, if that
 * was a short one, tried again.
 */
static void
pause_over(struct peer *p, struct now now)
{
	if (p->pause >= MS(p->mn->ro.hold_down) || !peer_is_used(p, now)) {
		peer_remove(p, now);
		return;
	}
	mn_why_peer_forget(p, now);
	p->hold = PEER_NOT_HELD;
	peer_step(p, now);
}

/* The time of a look has come: a pause is over, or is it still in use? */
static void
look(struct peer *p, struct now now)
{
	if (p->hold != PEER_NOT_HELD) {
		if (p->hold_until <= now.mono.ns)
			pause_over(p, now);
		else
			look_later(p, p->hold_until);
		return;
	}
	if (BINDING(p)->bound)
		look_at_bound(p, now);
	peer_step(p, now);
}

/* The lifetime of the binding is over. */
static void
ended(struct peer *p, struct now now)
{
	MN_COUNT(p->mn, peer_ended);
	BINDING(p)->bound = false;
	ero_unbound(p);
	if (!p->refresh || p->home->peers.place != PEERS_AWAY) {
		peer_remove(p, now);
		return;
	}
	peer_step(p, now);
}

/* Nobody has answered a test in time. */
static bool
is_given_up(struct test *t)
{
	if (t->x.tries >= MAX_RO_FAILURE)
		return (true);
	exchange_double(&t->x);
	t->due = true;
	return (false);
}

/*
 * Nobody has answered an update three times.  It may have been for its token or
 * the signature, which not everybody has or lets pass: then there is another
 * way, if a test shows that it answers at all (RFC 4866 4.4).  False: there is
 * none.
 */
static bool
has_other_way(struct peer *p, struct now now)
{
	const struct sent	*s = exchange_get(&p->update, 0);

	if (s == NULL || s->proof == PROOF_HOME || s->proof == PROOF_KEY ||
	    p->home->peers.place != PEERS_AWAY)
		return (false);
	if (s->proof == PROOF_TOKEN)
		ero_forget(p);
	else
		ero_hold(p, ERO_SILENT, now);
	token_drop(&p->home_test.token);
	token_drop(&p->ero.careof);
	rest(p);
	unbind(p);
	return (true);
}

/*
 * There is a key for the home address of p, or no more, or no answer about it.
 * With one it is told again who it is, if it does not have a token yet, or has
 * one that is not known here; what waited goes on in either case.
 */
void
peer_keyed(struct peer *p, struct now now)
{
	if (p->home->cga.params == NULL)
		ero_stop(p);
	if (p->hold == PEER_REFUSES && p->status == MH_ST_PHKT_EXISTS &&
	    ero_may_sign(p, now)) {
		mn_why_peer_forget(p, now);
		p->hold = PEER_NOT_HELD;
	}
	if (p->binding.bound && peer_is_used(p, now) &&
	    !ero_has_token(p, now) && ero_may_sign(p, now))
		p->refresh = true;
	peer_step(p, now);
}

/* A timer of p fired. */
void
peer_timer(struct peer *p, enum timer_kind kind, struct now now)
{
	bool	 over = false;

	switch (kind) {
	case T_HOTI:
		over = is_given_up(&p->home_test);
		break;
	case T_PEER:
		over = p->update.tries >= MAX_RO_FAILURE &&
		    !has_other_way(p, now);
		exchange_double(&p->update);
		p->update_due = exchange_under_way(&p->update);
		break;
	case T_LOOK:
		look(p, now);
		return;
	case T_PEER_END:
		ended(p, now);
		return;
	default:
		break;
	}
	if (!over)
		peer_step(p, now);
	else if (p->home->peers.place == PEERS_HOME)
		peer_remove(p, now);
	else
		peer_hold(p, PEER_SILENT, 0, now);
}

/* All that wait for the test of a care-of address go on. */
void
careof_step(struct careof *c, struct now now)
{
	struct dest	*d = c->dest;
	struct peer	*p, *next;

	for (p = TAILQ_FIRST(&d->peers); p != NULL; p = next) {
		next = TAILQ_NEXT(p, of_dest);
		if (p->careof == c)
			peer_step(p, now);
	}
}

/* The same, when a timer of it fired. */
void
careof_timer(struct careof *c, enum timer_kind kind, struct now now)
{
	struct dest	*d = c->dest;
	struct peer	*p, *next;

	if (kind != T_COTI || !is_given_up(&c->test)) {
		careof_step(c, now);
		return;
	}
	test_stop(c->mn, &c->test);
	for (p = TAILQ_FIRST(&d->peers); p != NULL; p = next) {
		next = TAILQ_NEXT(p, of_dest);
		if (p->careof == c && p->hold == PEER_NOT_HELD &&
		    is_wanted(p, now))
			peer_hold(p, PEER_SILENT, 0, now);
	}
}

/* The rate of all allows more. */
void
peers_turn(struct mn *mn, struct now now)
{
	struct peer	*p;

	while ((p = peer_turn_next(mn, now)) != NULL)
		peer_step(p, now);
}

/* A pair that net kept of the process before this one. */
void
peer_resume(struct home *h, const struct msg_bind *m, struct now now)
{
	struct peer	*p;
	struct binding	*b;

	if (!rules_allow(h->mn, &m->other) || peer_find(h, &m->other) != NULL ||
	    h->mn->peers.n >= h->mn->ro.max_peers ||
	    (p = peer_new(h, &m->other)) == NULL)
		return;
	if (!pair_resume(p, m, now)) {
		peer_free(p);
		return;
	}
	b = BINDING(p);
	p->known = true;
	/* What net had to say of its use it has told the one before. */
	peer_use(p, now);
	wheel_set(&p->mn->wheel, &b->expire, (struct mono){ b->bound_until });
	look_later(p, now.mono.ns + PEER_LOOK);
	MN_COUNT(p->mn, restored);
	p->mn->peers.due = true;
}
