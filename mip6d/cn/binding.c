/*
 * What becomes of one binding: it is made, refreshed and moved by Binding
 * Updates that bu.c has found right, its peer is asked to refresh it while it
 * is in use, and it ends by an update, its lifetime, errors, a reload, or
 * because others need the room (RFC 6275 9.3.4, 9.5.2, 9.5.3, 9.5.5, 9.6).
 * What can still be replayed leaves a tomb.
 */
#include "cn/bu.h"
#include "core/access.h"
#include "wire/ip6.h"

/* Until its end, or until it is looked at before that. */
static void
arm(struct cn *cn, struct entry *e)
{
	int64_t		 lifetime = SEC(e->lifetime * MH_LIFETIME_UNIT);
	struct mono	 at = e->expires, look;

	look = e->asked > 0 ? mono_add(cn->now.mono,
	    REFRESH_PAUSE << (e->asked - 1)) :
	    mono_add(e->expires, -lifetime / 4);
	if (lifetime >= REFRESH_LEAST && (!e->watched || (e->asked > 0 &&
	    e->asked < REFRESH_MAX)) && mono_before(look, at))
		at = look;
	cn_timer_set(cn, &e->timer, TK_BINDING, at);
}

/*
 * It is seen to be used: it is none of those that make room for others.  Of a
 * care-of address that nobody has shown to be reached at, packets show nothing.
 */
static void
mark_used(struct cn *cn, struct entry *e)
{
	if (e->unverified)
		return;
	e->used = true;
	cn_bc_unlist(cn, e);
}

/*
 * The binding ends for this reason: the route first, then the pair of net.
 * Its sequence number is kept as long as one of its nonces is (RFC 6275 5.2.8).
 */
void
cn_binding_end(struct cn *cn, struct entry *e, enum cn_counter reason)
{
	struct in6_addr	 own = cn_own_of(cn, e)->addr, home = e->home;
	/* Deleted, it does not come back by the same nonces (9.5.3). */
	uint32_t	 floor = reason == CC_DELETED && e->key == 0 ?
			    cn_nonce_newest(cn) : e->floor;
	uint16_t	 seq = e->seq;
	bool		 again;

	COUNT(cn->env->counters, reason);
	cn_note_binding(cn, reason == CC_EXPIRED ? "binding-expired" :
	    reason == CC_DELETED ? "binding-deregistered" : "binding-cleared",
	    e);
	cn_route_want(cn, &home, &own, false);
	cn_pair_end(cn, &home, &own);
	again = !cn_nonce_is_over(cn, e->newest) ||
	    !cn_nonce_is_over(cn, floor);
	cn_bc_remove(cn, e);
	if (again)
		cn_tomb_add(cn, &home, &own, seq, floor);
}

/* The one that makes room for another: never used, though it had time. */
static struct entry *
to_evict(const struct cn *cn)
{
	struct entry	*e = TAILQ_FIRST(&cn->unused);

	return (e != NULL && mono_diff(cn->now.mono, e->since) >=
	    UNUSED_LEAST ? e : NULL);
}

/*
 * May there be this binding, by the limits?  CC_MAX, or the reason why not.
 * Nobody's binding that is in use makes room for another.
 */
enum cn_counter
cn_binding_room(struct cn *cn, const struct bu *bu)
{
	const struct entry	*e = bu->entry;

	/* At most one for each key of the configuration and own address. */
	if (bu->key != NULL)
		return (CC_MAX);
	if (e != NULL && in6_prefix_eq(&e->coa, &bu->coa, 64) &&
	    e->unverified == bu->early)
		return (CC_MAX);
	if (cn_network_full(cn, bu->early ? NETWORK_UNVERIFIED :
	    NETWORK_CAREOF, &bu->coa, 0))
		return (CC_NETWORK_FULL);
	if (e != NULL)
		return (CC_MAX);
	if (cn_network_full(cn, NETWORK_HOME, &bu->home, bu->tomb != NULL))
		return (CC_NETWORK_FULL);
	if (cn->entries.live >= cn->conf.max_bindings && to_evict(cn) == NULL)
		return (CC_FULL);
	return (CC_MAX);
}

/* Which nonces its updates must have from now on, and which they have had. */
static void
inherit(struct cn *cn, struct entry *e, struct bu *bu)
{
	struct tomb	*t = bu->tomb;

	if (t == NULL)
		return;
	e->floor = bu->newest > t->made ? t->made : t->floor;
	e->newest = t->made;
	cn_tomb_remove(cn, t);
	bu->tomb = NULL;
}

static enum cn_counter
create(struct cn *cn, struct bu *bu)
{
	struct entry	*e;

	if (bu->key == NULL && cn->entries.live >= cn->conf.max_bindings &&
	    (e = to_evict(cn)) != NULL)
		cn_binding_end(cn, e, CC_EVICTED);
	/* That may have ended the nonces of this one: 5.2.8, no memory. */
	bu->tomb = cn_tomb_find(cn, &bu->home, &bu->in->dst);
	e = cn_bc_create(cn, &bu->home, &bu->in->dst, &bu->coa, bu->early);
	if (e == NULL)
		return (CC_NO_MEMORY);
	bu->entry = e;
	inherit(cn, e, bu);
	COUNT(cn->env->counters, CC_REGISTERED);
	return (CC_MAX);
}

static enum cn_counter
change(struct cn *cn, struct bu *bu)
{
	struct entry	*e = bu->entry;
	bool		 moves = !in6_eq(&e->coa, &bu->coa);

	if ((moves || e->unverified != bu->early) &&
	    !cn_bc_move(cn, e, &bu->coa, bu->early))
		return (CC_NO_MEMORY);
	COUNT(cn->env->counters, moves ? CC_MOVED : CC_REFRESHED);
	return (CC_MAX);
}

/* The last number that was used, also with the token that it has. */
void
cn_binding_number(struct entry *e, uint16_t seq)
{
	e->token_numbers += (uint16_t)(seq - e->seq);
	e->seq = seq;
}

/* What RFC 4866 has it keep of the update and of its acknowledgement. */
static void
keep(struct cn *cn, struct entry *e, const struct bu *bu)
{
	if (bu->reply.careof_test)
		e->careof_nonce = bu->careof_nonce;
	if (bu->early)
		COUNT(cn->env->counters, CC_EARLY);
	if (bu->method != BY_SIGNATURE)
		return;
	e->token = bu->token;
	e->token_numbers = 0;
	e->has_token = true;
	COUNT(cn->env->counters, CC_TOKENS);
}

/*
 * An update that is right asks for a binding: it is there then, for
 * reply.lifetime units.  CC_MAX, or the reason why that can't be.
 */
enum cn_counter
cn_binding_accept(struct cn *cn, struct bu *bu)
{
	bool		 is_new = bu->entry == NULL;
	enum cn_counter	 failed = is_new ? create(cn, bu) : change(cn, bu);
	struct entry	*e = bu->entry;

	if (failed != CC_MAX)
		return (failed);
	cn_binding_number(e, bu->seq);
	keep(cn, e, bu);
	e->lifetime = bu->reply.lifetime;
	e->expires = mono_add(cn->now.mono,
	    SEC(e->lifetime * MH_LIFETIME_UNIT));
	e->updates++;
	if (e->newest < bu->newest)
		e->newest = bu->newest;
	e->key = bu->key == NULL ? 0 : bu->key->number;
	if (e->key != 0) {
		/* Its numbers don't go on from those of nonces before it. */
		e->floor = e->newest;
		cn_bc_unlist(cn, e);
	}
	e->watched = false;
	e->asked = 0;
	e->nerrors = 0;
	arm(cn, e);
	cn_pair_tell(cn, e, !e->used);
	if (is_new)
		cn_route_want(cn, &e->home, &bu->in->dst, true);
	cn_why_accepted(cn, &e->home);
	cn_note_binding(cn, is_new ? "binding-registered" : "binding-refreshed",
	    e);
	return (CC_MAX);
}

/*
 * An update that is right asks that there be no binding.  Its number is kept
 * also if there was none, as others that are on their way may be late.
 */
void
cn_binding_delete(struct cn *cn, const struct bu *bu)
{
	struct entry	*e = bu->entry;

	cn_why_accepted(cn, &bu->home);
	if (e != NULL) {
		e->seq = bu->seq;
		if (e->newest < bu->newest)
			e->newest = bu->newest;
		cn_binding_end(cn, e, CC_DELETED);
		if (bu->key == NULL)
			cn_nonce_renew(cn);
		return;
	}
	COUNT(cn->env->counters, CC_DELETED);
	/* The numbers of a static key are kept with it. */
	if (bu->key != NULL)
		return;
	if (bu->tomb != NULL)
		cn_tomb_again(cn, bu->tomb, bu->seq, bu->newest);
	else if (!cn_network_full(cn, NETWORK_HOME, &bu->home, 0))
		cn_tomb_add(cn, &bu->home, &bu->in->dst, bu->seq, 0);
}

static void
ask(struct cn *cn, struct entry *e)
{
	e->asked++;
	cn_send_refresh(cn, e);
	arm(cn, e);
}

/* The timer: it ends, or is about to, and then net tells if it is used. */
void
cn_binding_expire(struct cn *cn, struct entry *e)
{
	if (!mono_before(cn->now.mono, e->expires)) {
		cn_binding_end(cn, e, CC_EXPIRED);
		return;
	}
	if (e->asked > 0) {
		ask(cn, e);
		return;
	}
	e->watched = true;
	/* What net has said once may have been lost: it is asked anew. */
	if (e->notify)
		cn_pair_tell(cn, e, false);
	cn_pair_tell(cn, e, true);
	arm(cn, e);
}

/*
 * net saw a packet of the pair, which came (in) or went.  What came shows that
 * the care-of address is reachable; both that the binding is in use.
 */
void
cn_binding_used(struct cn *cn, struct entry *e, bool in)
{
	mark_used(cn, e);
	if (in)
		e->nerrors = 0;
	if (e->notify && e->nerrors == 0)
		cn_pair_tell(cn, e, false);
	if (e->watched && e->asked == 0)
		ask(cn, e);
}

/*
 * A packet to the care-of address was answered with Destination Unreachable.
 * Only what persists ends the binding, and nothing that came meanwhile (9.3.4).
 */
void
cn_binding_error(struct cn *cn, struct entry *e)
{
	int64_t	 age = mono_diff(cn->now.mono, e->first_error);

	if (e->nerrors == 0 || age > ERRORS_AGE) {
		e->nerrors = 1;
		e->first_error = cn->now.mono;
		if (e->notify)
			cn_pair_tell(cn, e, false);
		cn_pair_tell(cn, e, true);
		return;
	}
	if (e->nerrors < UINT8_MAX)
		e->nerrors++;
	if (e->nerrors >= ERRORS_LEAST && age >= ERRORS_TIME)
		cn_binding_end(cn, e, CC_UNREACHABLE);
}

/*
 * By the rules of the configuration, by the way in which its peer must prove
 * itself, and as its own address is still there.
 */
bool
cn_binding_allowed(const struct cn *cn, const struct entry *e)
{
	const struct statickey	*k = statickeys_find(&cn->keys, &e->home);

	return (!cn_own_of(cn, e)->gone && access_allowed(cn->conf.rules,
	    cn->conf.nrules, "", &e->home, &e->coa) &&
	    e->key == (k == NULL ? 0 : k->number));
}

/*
 * It does not live longer than the configuration has it now, and has no token
 * if that has no RFC 4866.
 */
void
cn_binding_cap(struct cn *cn, struct entry *e)
{
	struct mono	 latest;
	uint16_t	 most;

	if (e->key != 0)
		return;
	e->has_token = e->has_token && cn->conf.enhanced;
	most = cn_most_lifetime(cn, e->has_token);
	latest = mono_add(cn->now.mono, SEC(most * MH_LIFETIME_UNIT));
	if (!mono_before(latest, e->expires))
		return;
	e->expires = latest;
	e->lifetime = most;
	arm(cn, e);
}
