/*
 * The life of a binding (RFC 6275 10.3).  On a virtual home link it is bound at
 * once.  On a physical one its addresses are first tested and the kernel is
 * asked for a route; the acknowledgement waits for both, and for the policies
 * of IPsec, so that it never promises what does not work yet.  bu.c registers
 * and de-registers, ha.c passes on answers of the parent and timers; the entry
 * itself is in the cache of bc.c.
 *
 *	TENTATIVE -> ROUTING -> SECURING -> BOUND -> (UNROUTING ->) DELETED
 */
#include <sys/socket.h>

#include <arpa/inet.h>
#include <errno.h>

#include <stdlib.h>
#include <string.h>

#include "ha/bu.h"
#include "ha/record.h"
#include "wire/ip6.h"

#define ROUTE_ID(b)	(((uint32_t)(b)->gen & 0x3f) << 24 | ((b)->id + 1))
#define ROUTE_ID_MASK	0xffffffU
#define ROUTE_ID_STRAY	0x1000000U	/* no binding waits for its answer */

static const char *
text(const struct in6_addr *a, char buf[INET6_ADDRSTRLEN])
{
	return (inet_ntop(AF_INET6, a, buf, INET6_ADDRSTRLEN));
}

static void
set_state(struct ha *ha, struct bce *b, enum bce_state state)
{
	ha->nbound += (state == BCE_BOUND) - (b->state == BCE_BOUND);
	ha->nlinger += (state == BCE_DELETED) - (b->state == BCE_DELETED);
	b->state = (uint8_t)state;
}

static void
forget(struct ha *ha, struct bce *b)
{
	set_state(ha, b, BCE_TENTATIVE);
	bc_remove(ha, b);
}

/* Keep the acknowledgement until it may be sent. */
static void
withhold(struct ha *ha, struct bce *b, const struct reply *r)
{
	if (b->reply == NULL)
		b->reply = malloc(sizeof(*b->reply));
	if (b->reply == NULL)
		COUNT(ha->env->counters, HC_NO_MEMORY);
	else
		*b->reply = *r;
}

/*
 * Send an acknowledgement.  Keys end some time after one with K = 0: it may be
 * by them that it is protected.
 */
static void
answer(struct ha *ha, const struct bce *b, const struct reply *r)
{
	ba_send(ha, r);
	if (r->status < 128 && !r->key_mobility)
		policy_discard(ha, b, &r->keys_at);
}

static void
release(struct ha *ha, struct bce *b, uint8_t status)
{
	if (b->reply == NULL)
		return;
	if (status != 0)
		b->reply->status = status;
	answer(ha, b, b->reply);
	free(b->reply);
	b->reply = NULL;
}

static size_t
owner_record(const struct bce *b, uint8_t *p)
{
	struct record	 r;

	memset(&r, 0, sizeof(r));
	r.flags = b->flags;
	r.seq = b->seq;
	r.units = (uint16_t)(b->lifetime / MH_LIFETIME_UNIT);
	r.expires = b->expires;
	r.since = (uint32_t)(b->since / NS_PER_SEC);
	r.updates = b->updates;
	r.identifier = "";
	if (b->node != NULL) {
		r.timestamp = b->node->timestamp;
		r.identifier = b->node->identifier;
	}
	return (record_build(&r, p));
}

/*
 * Tell net of the binding, if it is in force: after each change of what the
 * record has, so that the process after this one goes on from there.
 */
void
binding_emit(struct ha *ha, const struct bce *b)
{
	struct msg_bind	 m;
	uint8_t		 owner[BIND_OWNER_MAX];

	if (b->state != BCE_BOUND)
		return;
	memset(&m, 0, sizeof(m));
	m.owner.p = owner;
	m.owner.len = owner_record(b, owner);
	m.home = b->home;
	m.peer = b->coa;
	m.local = ha->links[b->slot]->address;
	m.flags = BIND_ACTIVE;
	ha_emit(ha, MSG_BIND, &m);
}

/* Ask for the host route of a binding on a physical link, or its removal. */
static void
route(struct ha *ha, struct bce *b, bool add, bool wait)
{
	struct msg_home_route	 m;

	memset(&m, 0, sizeof(m));
	b->gen = ++ha->gen;
	m.id = wait ? ROUTE_ID(b) : 0;
	m.home = b->home;
	m.plen = 128;
	m.add = add;
	b->flags = (uint8_t)((b->flags & ~BF_ROUTED) | (add ? BF_ROUTED : 0));
	ha_emit(ha, MSG_HOME_ROUTE, &m);
	if (wait)
		timer_set(ha, &b->timer, TK_BINDING,
		    mono_add(ha->now.mono, ROUTE_TIMEOUT));
}

/*
 * Routes were removed from the kernel by somebody else: ask for that of b
 * again.  The answer counts only while the binding waits for one.
 */
void
binding_reroute(struct ha *ha, struct bce *b)
{
	struct msg_home_route	 m;

	if ((b->flags & BF_ROUTED) == 0)
		return;
	memset(&m, 0, sizeof(m));
	m.id = b->state == BCE_ROUTING ? ROUTE_ID(b) : 0;
	m.home = b->home;
	m.plen = 128;
	m.add = true;
	ha_emit(ha, MSG_HOME_ROUTE, &m);
}

/*
 * There is no binding of home, yet there may be a tunnel of a process before
 * this one, which died, and a route into it: they end now.
 */
void
binding_leftover(struct ha *ha, const struct in6_addr *home, bool routed)
{
	struct msg_home_route	 r;
	struct msg_unbind	 u;

	memset(&u, 0, sizeof(u));
	u.home = *home;
	ha_emit(ha, MSG_UNBIND, &u);
	if (!routed)
		return;
	memset(&r, 0, sizeof(r));
	r.id = ROUTE_ID_STRAY;
	r.home = *home;
	r.plen = 128;
	ha_emit(ha, MSG_HOME_ROUTE, &r);
}

/* Packets to home are tunnelled, or asked for, without a binding. */
void
binding_stray(struct ha *ha, const struct ha_link *l,
    const struct in6_addr *home)
{
	binding_leftover(ha, home, l->physical);
}

static void
unbind(struct ha *ha, const struct bce *b)
{
	struct msg_unbind	 m;

	if (b->state != BCE_BOUND)
		return;
	m.home = b->home;
	ha_emit(ha, MSG_UNBIND, &m);
}

/* Undo what others were asked for; the entry itself stays. */
void
binding_withdraw(struct ha *ha, struct bce *b)
{
	proxy_stop(ha, b);
	unbind(ha, b);
	policy_end(ha, b, false);
	if ((b->flags & BF_ROUTED) != 0)
		route(ha, b, false, false);
}

/* RFC 6275 10.3.1: how long, in units of four seconds, and the status. */
static void
grant(struct ha *ha, struct bu *bu)
{
	uint32_t	 valid, preferred, n = bu->lifetime, max, advice;

	valid = link_valid_left(ha, bu->link, bu->prefix);
	preferred = link_preferred_left(ha, bu->link, bu->prefix);
	max = ha->conf.max_lifetime / 1000 / MH_LIFETIME_UNIT;
	if (max > 0 && n > max)
		n = max;
	if (valid != UINT32_MAX && n > valid / MH_LIFETIME_UNIT)
		n = valid / MH_LIFETIME_UNIT;
	bu->granted = (uint16_t)n;
	bu->reply.lifetime = (uint16_t)n;
	bu->reply.status = MH_ST_ACCEPTED;
	if ((preferred != UINT32_MAX && preferred / MH_LIFETIME_UNIT < n) ||
	    (valid != UINT32_MAX && valid / MH_LIFETIME_UNIT == n))
		bu->reply.status = MH_ST_PREFIX_DISCOVERY;
	advice = ha->conf.refresh_advice / 1000 / MH_LIFETIME_UNIT;
	if (advice > 0 && advice < n)
		bu->reply.refresh = (uint16_t)advice;
}

/* The end of a binding's lifetime, or of the parent's time for policies. */
void
binding_arm(struct ha *ha, struct bce *b)
{
	struct mono	 at = mono_add(ha->now.mono, ROUTE_TIMEOUT);

	if (b->state == BCE_BOUND && ((b->flags & BF_SECURING) == 0 ||
	    mono_before(b->expires, at)))
		at = b->expires;
	timer_set(ha, &b->timer, TK_BINDING, at);
}

static void
start_lifetime(struct ha *ha, struct bce *b)
{
	b->expires = mono_add(ha->now.mono, SEC(b->lifetime));
	binding_arm(ha, b);
}

/* Everything is in place: the binding is in force. */
static void
activate(struct ha *ha, struct bce *b)
{
	char	 h[INET6_ADDRSTRLEN], c[INET6_ADDRSTRLEN];

	set_state(ha, b, BCE_BOUND);
	start_lifetime(ha, b);
	binding_emit(ha, b);
	proxy_defend(ha, b);
	trace_add(ha, b, TR_REGISTERED, HC_REGISTERED, b->seq);
	ha_why_accepted(ha, &b->home);
	COUNT(ha->env->counters, HC_REGISTERED);
	release(ha, b, 0);
	note_event(ha, "binding-registered", &b->home,
	    "home address %s, care-of address %s, lifetime %u s, sequence %u",
	    text(&b->home, h), text(&b->coa, c), b->lifetime, b->seq);
}

/* All but the policies is in place. */
static void
secure(struct ha *ha, struct bce *b)
{
	if (!policy_move(ha, b)) {
		activate(ha, b);
		return;
	}
	set_state(ha, b, BCE_SECURING);
	binding_arm(ha, b);
}

/* What an accepted Binding Update says, into the entry. */
static void
store(struct ha *ha, struct bce *b, const struct bu *bu)
{
	b->coa = bu->coa;
	b->seq = bu->seq;
	b->lifetime = (uint32_t)bu->granted * MH_LIFETIME_UNIT;
	b->updates++;
	b->flags = (uint8_t)((b->flags & ~(BF_KEY_MOBILITY | BF_PROTECTED)) |
	    ((bu->flags & MH_BU_K) != 0 ? BF_KEY_MOBILITY : 0) |
	    (bu->auth->type == AUTH_IPSEC ? BF_PROTECTED : 0));
	if (b->node != bu->node) {
		node_ref(ha, bu->node);
		node_unref(ha, b->node);
		b->node = bu->node;
	}
	node_keep_sequence(ha, &b->home, b->seq);
}

static void
refuse(struct ha *ha, struct bce *b, enum ha_counter reason, uint8_t status)
{
	struct in6_addr	 src = b->reply != NULL ? b->reply->dst : b->coa;

	note_refusal(ha, reason, status, &b->home, &src,
	    ha_why_failed(ha, b, reason, status, &src));
	release(ha, b, status);
	binding_withdraw(ha, b);
	forget(ha, b);
}

static void
start(struct ha *ha, struct bce *b, const struct bu *bu)
{
	if (b->slot != bu->link->slot) {
		ha->links[b->slot]->nbindings--;
		bu->link->nbindings++;
		b->slot = bu->link->slot;
	}
	b->flags = (uint8_t)((b->flags & (BF_KEY_MOBILITY | BF_PROTECTED)) |
	    ((bu->flags & MH_BU_L) != 0 ? BF_LINKLOCAL : 0));
	b->since = ha->now.wall;
	timer_clear(ha, &b->timer);
	set_state(ha, b, BCE_TENTATIVE);
	withhold(ha, b, &bu->reply);
	if (!bu->link->physical) {
		secure(ha, b);
		return;
	}
	if (!proxy_start(ha, b, bu->link->dad)) {
		refuse(ha, b, HC_DAD_FAILED, MH_ST_DAD_FAILED);
		return;
	}
	trace_add(ha, b, TR_DAD, HC_DAD_STARTED, bu->seq);
	if (!proxy_tentative(b))
		binding_dad_done(ha, b);
}

static void
refresh(struct ha *ha, struct bce *b, struct bu *bu,
    const struct in6_addr *old)
{
	char	 h[INET6_ADDRSTRLEN], c[INET6_ADDRSTRLEN];
	bool	 moved = !in6_eq(old, &b->coa);

	ha_why_accepted(ha, &b->home);
	trace_add(ha, b, moved ? TR_MOVED : TR_REFRESHED,
	    moved ? HC_MOVED : HC_REFRESHED, b->seq);
	COUNT(ha->env->counters, moved ? HC_MOVED : HC_REFRESHED);
	if (b->reply != NULL)
		bu->reply.keys_at = b->reply->keys_at;
	else if (moved)
		bu->reply.keys_at = *old;
	if (moved || (b->flags & BF_UNSECURED) != 0)
		policy_move(ha, b);
	start_lifetime(ha, b);
	binding_emit(ha, b);
	bu->reply.key_mobility = policy_key_mobility(ha, b);
	if ((b->flags & BF_SECURING) != 0)
		withhold(ha, b, &bu->reply);
	else
		answer(ha, b, &bu->reply);
	if (moved)
		note_event(ha, "binding-moved", &b->home,
		    "home address %s, care-of address %s, lifetime %u s, "
		    "sequence %u", text(&b->home, h), text(&b->coa, c),
		    b->lifetime, b->seq);
}

/* Not this update; what was there before it stays. */
static void
turn_down(struct ha *ha, struct bu *bu, struct verdict v)
{
	note_refusal(ha, v.reason, v.status, &bu->home, &bu->in->src,
	    ha_why_refused(ha, bu, &v));
	bu->reply.status = v.status;
	ba_send(ha, &bu->reply);
}

/* RFC 6275 10.3.1: a Binding Update that all checks let pass. */
void
binding_register(struct ha *ha, struct bu *bu)
{
	struct bce	*b = bu->bce;
	struct in6_addr	 old;
	uint8_t		 flags;

	grant(ha, bu);
	if (b == NULL) {
		if ((b = bc_create(ha, &bu->home)) == NULL) {
			turn_down(ha, bu,
			    VERDICT_REFUSE(RESOURCES, NO_MEMORY));
			return;
		}
		b->slot = bu->link->slot;
		bu->link->nbindings++;
	}
	if (b->state == BCE_BOUND &&
	    !proxy_linklocal(ha, b, (bu->flags & MH_BU_L) != 0)) {
		turn_down(ha, bu, VERDICT_REFUSE(DAD_FAILED, DAD_FAILED));
		return;
	}
	old = b->coa;
	flags = b->flags & (BF_KEY_MOBILITY | BF_PROTECTED);
	store(ha, b, bu);
	if (b->state != BCE_BOUND)
		bu->reply.keys_at = b->home;
	switch (b->state) {
	case BCE_BOUND:
		refresh(ha, b, bu, &old);
		break;
	case BCE_SECURING:
		withhold(ha, b, &bu->reply);
		if (!in6_eq(&old, &b->coa) ||
		    flags != (b->flags & (BF_KEY_MOBILITY | BF_PROTECTED)))
			secure(ha, b);
		break;
	case BCE_TENTATIVE:
	case BCE_ROUTING:
		withhold(ha, b, &bu->reply);
		break;
	case BCE_UNROUTING:
		release(ha, b, 0);
		/* FALLTHROUGH */
	default:
		start(ha, b, bu);
	}
}

/* No other node on the home link has the addresses (RFC 6275 10.3.1). */
void
binding_dad_done(struct ha *ha, struct bce *b)
{
	set_state(ha, b, BCE_ROUTING);
	route(ha, b, true, true);
}

/* Another node on the home link has one of them: status 134. */
void
binding_dad_failed(struct ha *ha, struct bce *b)
{
	refuse(ha, b, HC_DAD_FAILED, MH_ST_DAD_FAILED);
}

/*
 * RFC 6275 10.3.2: the entry is only marked as invalid for a while, so that a
 * delayed older Binding Update is told by its sequence number.
 */
static void
linger(struct ha *ha, struct bce *b)
{
	set_state(ha, b, BCE_DELETED);
	timer_set(ha, &b->timer, TK_BINDING,
	    mono_add(ha->now.mono, MAX_DELETE_BCE_TIMEOUT));
}

/*
 * RFC 6275 10.3.2: the mobile node gives up its binding.  When it is back on
 * the home link, the acknowledgement goes to the home address itself, so it
 * waits until the route into the tunnel is gone.
 */
void
binding_deregister(struct ha *ha, struct bu *bu)
{
	struct bce	*b = bu->bce;
	bool		 wait;
	char		 h[INET6_ADDRSTRLEN];

	bu->granted = 0;
	bu->reply.status = MH_ST_ACCEPTED;
	bu->reply.lifetime = 0;
	b->seq = bu->seq;
	b->updates++;
	node_keep_sequence(ha, &b->home, b->seq);
	b->flags = (uint8_t)((b->flags & ~BF_KEY_MOBILITY) |
	    ((bu->flags & MH_BU_K) != 0 ? BF_KEY_MOBILITY : 0));
	bu->reply.key_mobility = policy_key_mobility(ha, b);
	bu->reply.keys_at = b->coa;
	if (b->state == BCE_UNROUTING) {
		withhold(ha, b, &bu->reply);
		return;
	}
	free(b->reply);
	b->reply = NULL;
	if (b->state == BCE_DELETED) {
		policy_end(ha, b, bu->at_home);
		answer(ha, b, &bu->reply);
		linger(ha, b);
		return;
	}
	proxy_stop(ha, b);
	unbind(ha, b);
	policy_end(ha, b, bu->at_home);
	ha_why_accepted(ha, &b->home);
	trace_add(ha, b, !bu->at_home ? TR_DEREGISTERED : TR_RETURNED,
	    HC_DEREGISTERED, b->seq);
	COUNT(ha->env->counters, HC_DEREGISTERED);
	note_event(ha, "binding-deregistered", &b->home,
	    "home address %s, sequence %u%s", text(&b->home, h), b->seq,
	    bu->at_home ? ", back on the home link" : "");
	wait = (b->flags & BF_ROUTED) != 0 && bu->at_home;
	if ((b->flags & BF_ROUTED) != 0)
		route(ha, b, false, wait);
	if (wait) {
		set_state(ha, b, BCE_UNROUTING);
		withhold(ha, b, &bu->reply);
		return;
	}
	answer(ha, b, &bu->reply);
	linger(ha, b);
}

/* error UINT32_MAX: no answer came in time. */
static void
route_answer(struct ha *ha, struct bce *b, uint32_t error)
{
	if (b->state == BCE_UNROUTING) {
		release(ha, b, 0);
		linger(ha, b);
		return;
	}
	if (error == 0) {
		secure(ha, b);
		return;
	}
	if (error != UINT32_MAX)
		b->flags &= (uint8_t)~BF_ROUTED;
	refuse(ha, b, HC_ROUTE_FAILED, MH_ST_UNSPECIFIED);
}

/*
 * What the parent said to the policies and endpoints of b; EOPNOTSUPP: they
 * are there, but the IKE_SA can't be moved.  A node that has a binding keeps
 * it in any case: without the K bit it makes new associations.
 */
void
binding_secured(struct ha *ha, struct bce *b, uint32_t error)
{
	bool	 there = error == 0 || error == EOPNOTSUPP;

	if (error != 0 && policy_key_mobility(ha, b)) {
		COUNT(ha->env->counters, HC_KEYS_STAY);
		b->flags |= BF_KEYS_STAY;
	}
	if (b->reply != NULL)
		b->reply->key_mobility = policy_key_mobility(ha, b);
	if (b->state == BCE_BOUND) {
		if (!there)
			b->flags |= BF_UNSECURED;
		binding_arm(ha, b);
		binding_emit(ha, b);
		release(ha, b, 0);
		return;
	}
	if (there)
		activate(ha, b);
	else
		refuse(ha, b, HC_IPSEC_FAILED, MH_ST_UNSPECIFIED);
}

/* What the kernel said to a host route; an answer too late is ignored. */
void
binding_result(struct ha *ha, const struct msg_result *m)
{
	struct bce	*b;

	if ((m->id & ROUTE_ID_LINK) != 0 || (m->id & ROUTE_ID_MASK) == 0)
		return;
	b = pool_get(&ha->pool, (m->id & ROUTE_ID_MASK) - 1);
	if (b == NULL || m->id != ROUTE_ID(b) ||
	    (b->state != BCE_ROUTING && b->state != BCE_UNROUTING))
		return;
	route_answer(ha, b, m->error);
}

/*
 * A binding of the process before this one, whose entry has been filled in.
 * False: it is over, or not allowed any more, and forgotten.  Its addresses
 * are announced again; a move of its policies that nobody has answered is
 * asked for again.
 */
bool
binding_restored(struct ha *ha, struct bce *b)
{
	bool	 securing = (b->flags & BF_SECURING) != 0;

	set_state(ha, b, BCE_BOUND);
	b->flags &= (uint8_t)~BF_SECURING;
	if (!mono_before(ha->now.mono, b->expires)) {
		binding_clear(ha, b, HC_EXPIRED);
		return (false);
	}
	if (!bc_allowed(ha, b) || (ha->links[b->slot]->physical &&
	    !proxy_start(ha, b, false))) {
		binding_clear(ha, b, HC_CLEARED);
		return (false);
	}
	if (securing)
		policy_move(ha, b);
	else
		policy_check(ha, b);
	binding_arm(ha, b);
	proxy_defend(ha, b);
	return (true);
}

/* The operator, a reload or the end of a lifetime removes a binding. */
void
binding_clear(struct ha *ha, struct bce *b, enum ha_counter reason)
{
	char	 h[INET6_ADDRSTRLEN];

	COUNT(ha->env->counters, reason);
	if (b->state != BCE_DELETED)
		note_event(ha, reason == HC_EXPIRED ? "binding-expired" :
		    "binding-cleared", &b->home, "home address %s",
		    text(&b->home, h));
	binding_withdraw(ha, b);
	forget(ha, b);
}

/* The binding's timer: what it means depends on the state. */
void
binding_expire(struct ha *ha, struct bce *b)
{
	switch (b->state) {
	case BCE_BOUND:
		if (!mono_before(ha->now.mono, b->expires)) {
			binding_clear(ha, b, HC_EXPIRED);
			break;
		}
		/* No word of the parent in time. */
		/* FALLTHROUGH */
	case BCE_SECURING:
		b->flags &= (uint8_t)~BF_SECURING;
		binding_secured(ha, b, ETIMEDOUT);
		break;
	case BCE_ROUTING:
	case BCE_UNROUTING:
		route_answer(ha, b, UINT32_MAX);
		break;
	case BCE_DELETED:
		forget(ha, b);
		break;
	default:
		break;
	}
}
