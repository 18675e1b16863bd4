/*
 * The life of a binding (RFC 6275 10.3).  It is in force, and its Binding
 * Update acknowledged, when all steps of step.c that it wants are done; until
 * then the acknowledgement is withheld.  bu.c registers and de-registers, ha.c
 * passes on what a step has come to, and timers; the entry itself is in the
 * cache of bc.c.
 *
 *	STARTING -> BOUND -> (LEAVING ->) DELETED
 */
#include <sys/socket.h>

#include <arpa/inet.h>

#include <stdlib.h>
#include <string.h>

#include "ha/bu.h"
#include "ha/step.h"
#include "wire/ip6.h"

static const char *
text(const struct in6_addr *a, char buf[INET6_ADDRSTRLEN])
{
	return (inet_ntop(AF_INET6, a, buf, INET6_ADDRSTRLEN));
}

static void
set_state(struct ha *ha, struct bce *b, enum bce_state state)
{
	enum bce_state	 was = b->coa.state;

	ha->nbound += (state == BCE_BOUND) - (was == BCE_BOUND);
	ha->nlinger += (state == BCE_DELETED) - (was == BCE_DELETED);
	b->coa.state = (uint8_t)state;
}

static void
forget(struct ha *ha, struct bce *b)
{
	set_state(ha, b, BCE_STARTING);
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

/* Undo what others were asked for; the entry itself stays. */
void
binding_withdraw(struct ha *ha, struct bce *b)
{
	proxy_stop(ha, b);
	tunnel_end(ha, b);
	steps_undo(ha, b, false, false);
	steps_undo(ha, b, false, true);
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

/* The end of a binding's lifetime, or of the time for what it waits for. */
static void
arm(struct ha *ha, struct bce *b)
{
	int64_t		 patience = steps_deadline(b);
	struct mono	 at = mono_add(ha->now.mono, patience);

	if (b->coa.state == BCE_BOUND &&
	    (patience == 0 || mono_before(b->coa.expires, at)))
		at = b->coa.expires;
	else if (patience == 0)
		return;
	timer_set(ha, &b->timer, TK_BINDING, at);
}

static void
start_lifetime(struct ha *ha, struct bce *b)
{
	b->coa.expires = mono_add(ha->now.mono, SEC(b->coa.lifetime));
	arm(ha, b);
}

/* Everything is in place: the binding is in force. */
static void
activate(struct ha *ha, struct bce *b)
{
	char	 h[INET6_ADDRSTRLEN], c[INET6_ADDRSTRLEN];

	set_state(ha, b, BCE_BOUND);
	start_lifetime(ha, b);
	tunnel_tell(ha, b);
	proxy_defend(ha, b);
	trace_add(ha, b, TR_REGISTERED, HC_REGISTERED, b->seq);
	ha_why_accepted(ha, &b->home);
	COUNT(ha->env->counters, HC_REGISTERED);
	release(ha, b, 0);
	note_event(ha, "binding-registered", &b->home,
	    "home address %s, care-of address %s, lifetime %u s, sequence %u",
	    text(&b->home, h), text(&b->coa.addr, c), b->coa.lifetime, b->seq);
}

/* What an accepted Binding Update says, into the entry. */
static void
store(struct ha *ha, struct bce *b, const struct bu *bu)
{
	b->coa.addr = bu->coa;
	b->seq = bu->seq;
	b->coa.lifetime = (uint32_t)bu->granted * MH_LIFETIME_UNIT;
	b->updates++;
	b->flags = (uint8_t)((b->flags & ~BF_KEYS) |
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
	struct in6_addr	 src = b->reply != NULL ? b->reply->dst : b->coa.addr;

	note_refusal(ha, reason, status, &b->home, &src,
	    ha_why_failed(ha, b, reason, status, &src));
	release(ha, b, status);
	binding_withdraw(ha, b);
	forget(ha, b);
}

/*
 * Begin with that step, and go on until one is to be waited for.  False: one
 * has failed, and the binding is gone.
 */
static bool
go_on(struct ha *ha, struct bce *b, unsigned int step)
{
	const struct step	*failed = steps_from(ha, b, step);

	if (failed != NULL) {
		refuse(ha, b, failed->failed, failed->status);
		return (false);
	}
	if (b->coa.waits == 0)
		activate(ha, b);
	else
		arm(ha, b);
	return (true);
}

static void
start(struct ha *ha, struct bce *b, const struct bu *bu)
{
	b->flags = (uint8_t)((b->flags & BF_KEYS) |
	    ((bu->flags & MH_BU_L) != 0 ? BF_LINKLOCAL : 0));
	b->since = ha->now.wall;
	timer_clear(ha, &b->timer);
	set_state(ha, b, BCE_STARTING);
	withhold(ha, b, &bu->reply);
	go_on(ha, b, 0);
}

static void
refresh(struct ha *ha, struct bce *b, struct bu *bu,
    const struct in6_addr *old)
{
	char	 h[INET6_ADDRSTRLEN], c[INET6_ADDRSTRLEN];
	bool	 moved = !in6_eq(old, &b->coa.addr);

	ha_why_accepted(ha, &b->home);
	trace_add(ha, b, moved ? TR_MOVED : TR_REFRESHED,
	    moved ? HC_MOVED : HC_REFRESHED, b->seq);
	COUNT(ha->env->counters, moved ? HC_MOVED : HC_REFRESHED);
	if (b->reply != NULL)
		bu->reply.keys_at = b->reply->keys_at;
	else if (moved)
		bu->reply.keys_at = *old;
	steps_repeat(ha, b, steps_again(ha, b, moved ? CHANGE_MOVED : 0));
	start_lifetime(ha, b);
	tunnel_tell(ha, b);
	bu->reply.key_mobility = policy_key_mobility(ha, b);
	if (b->coa.waits != 0)
		withhold(ha, b, &bu->reply);
	else
		answer(ha, b, &bu->reply);
	if (moved)
		note_event(ha, "binding-moved", &b->home,
		    "home address %s, care-of address %s, lifetime %u s, "
		    "sequence %u", text(&b->home, h), text(&b->coa.addr, c),
		    b->coa.lifetime, b->seq);
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

/*
 * Another Binding Update before the first one was answered: what is waited for
 * is begun anew if it is about what has changed.
 */
static void
start_again(struct ha *ha, struct bce *b, const struct bu *bu,
    unsigned int change)
{
	uint8_t	 again = b->coa.waits & steps_again(ha, b, change);

	withhold(ha, b, &bu->reply);
	if (again != 0)
		go_on(ha, b, steps_first(again));
}

/*
 * The node registers at another address of ours than before, which its home
 * link of now has.  There is one binding of a home address (RFC 6275 10.3.1):
 * what was asked for at the former address is undone, and begun anew here.
 */
static void
change_agent(struct ha *ha, struct bce *b, struct ha_link *to)
{
	if (b->coa.state == BCE_LEAVING)
		release(ha, b, 0);
	if (b->coa.state != BCE_DELETED) {
		binding_withdraw(ha, b);
		b->coa.waits = 0;
		set_state(ha, b, BCE_DELETED);
	}
	ha->links[b->slot]->nbindings--;
	to->nbindings++;
	b->slot = to->slot;
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
	} else if (b->slot != bu->link->slot)
		change_agent(ha, b, bu->link);
	if (b->coa.state == BCE_BOUND &&
	    !proxy_linklocal(ha, b, (bu->flags & MH_BU_L) != 0)) {
		turn_down(ha, bu, VERDICT_REFUSE(DAD_FAILED, DAD_FAILED));
		return;
	}
	old = b->coa.addr;
	flags = b->flags & BF_KEYS;
	store(ha, b, bu);
	if (b->coa.state != BCE_BOUND)
		bu->reply.keys_at = b->home;
	switch (b->coa.state) {
	case BCE_BOUND:
		refresh(ha, b, bu, &old);
		break;
	case BCE_STARTING:
		start_again(ha, b, bu, (in6_eq(&old, &b->coa.addr) ? 0 :
		    CHANGE_MOVED) | (flags == (b->flags & BF_KEYS) ? 0 :
		    CHANGE_KEYS));
		break;
	case BCE_LEAVING:
		release(ha, b, 0);
		/* FALLTHROUGH */
	default:
		start(ha, b, bu);
	}
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
	bu->reply.keys_at = b->coa.addr;
	if (b->coa.state == BCE_LEAVING) {
		withhold(ha, b, &bu->reply);
		return;
	}
	free(b->reply);
	b->reply = NULL;
	if (b->coa.state == BCE_DELETED) {
		steps_undo(ha, b, bu->at_home, false);
		answer(ha, b, &bu->reply);
		linger(ha, b);
		return;
	}
	proxy_stop(ha, b);
	tunnel_end(ha, b);
	steps_undo(ha, b, bu->at_home, false);
	ha_why_accepted(ha, &b->home);
	trace_add(ha, b, !bu->at_home ? TR_DEREGISTERED : TR_RETURNED,
	    HC_DEREGISTERED, b->seq);
	COUNT(ha->env->counters, HC_DEREGISTERED);
	note_event(ha, "binding-deregistered", &b->home,
	    "home address %s, sequence %u%s", text(&b->home, h), b->seq,
	    bu->at_home ? ", back on the home link" : "");
	steps_undo(ha, b, bu->at_home, true);
	if (b->coa.waits != 0) {
		set_state(ha, b, BCE_LEAVING);
		withhold(ha, b, &bu->reply);
		arm(ha, b);
		return;
	}
	answer(ha, b, &bu->reply);
	linger(ha, b);
}

/*
 * A step that b waited for has ended, with 0 or an error.  What is in force
 * stays so, whatever it is; false: b was not, and is gone.
 */
bool
binding_step(struct ha *ha, struct bce *b, unsigned int step, uint32_t error)
{
	const struct step	*s = &steps[step];
	bool			 well = error == 0;

	b->coa.waits &= (uint8_t)~STEP_BIT(step);
	if (b->coa.state != BCE_LEAVING && s->done != NULL)
		well = s->done(ha, b, error);
	switch (b->coa.state) {
	case BCE_STARTING:
		if (well)
			return (go_on(ha, b, step + 1));
		refuse(ha, b, s->failed, s->status);
		return (false);
	case BCE_BOUND:
		arm(ha, b);
		tunnel_tell(ha, b);
		if (b->coa.waits == 0)
			release(ha, b, 0);
		break;
	case BCE_LEAVING:
		if (b->coa.waits != 0)
			break;
		release(ha, b, 0);
		linger(ha, b);
		break;
	}
	return (true);
}

/* An answer of the parent; one that is too late is no step's. */
void
binding_result(struct ha *ha, const struct msg_result *m)
{
	struct bce	*b;
	unsigned int	 i;

	for (i = 0; i < STEP_MAX; i++) {
		if (steps[i].answer == NULL ||
		    (b = steps[i].answer(ha, m)) == NULL)
			continue;
		binding_step(ha, b, i, m->error);
		return;
	}
}

/*
 * Another configuration: what it wants of what is in force, or awaited.  False:
 * the binding is gone.
 */
bool
binding_check(struct ha *ha, struct bce *b)
{
	bool		 bound = b->coa.state == BCE_BOUND;
	uint8_t		 which = bound ? UINT8_MAX :
			    b->coa.state == BCE_STARTING ? b->coa.waits : 0;
	unsigned int	 i;

	for (i = 0; i < STEP_MAX; i++) {
		if (steps[i].check == NULL || (which & STEP_BIT(i)) == 0)
			continue;
		switch (steps[i].check(ha, b)) {
		case STEP_WAIT:
			b->coa.waits |= STEP_BIT(i);
			arm(ha, b);
			break;
		case STEP_DONE:
			b->coa.waits &= (uint8_t)~STEP_BIT(i);
			if (!bound)
				return (binding_step(ha, b, i, 0));
			if (b->reply != NULL)
				binding_step(ha, b, i, 0);
			break;
		default:
			break;
		}
	}
	return (true);
}

/* It ends then, if that is earlier than it would (RFC 6275 10.3.1). */
void
binding_cap(struct ha *ha, struct bce *b, struct mono end)
{
	if (b->coa.state != BCE_BOUND || end.ns == 0 ||
	    !mono_before(end, b->coa.expires))
		return;
	b->coa.expires = end;
	arm(ha, b);
	tunnel_tell(ha, b);
}

/*
 * A binding of the process before this one, whose entry has been filled in.
 * False: it is over, or not allowed any more, and forgotten.  Its addresses
 * are announced again; steps that nobody has answered are begun again.
 */
bool
binding_restored(struct ha *ha, struct bce *b)
{
	uint8_t	 waited = b->coa.waits;

	set_state(ha, b, BCE_BOUND);
	b->coa.waits = 0;
	if (!mono_before(ha->now.mono, b->coa.expires)) {
		binding_clear(ha, b, HC_EXPIRED);
		return (false);
	}
	if (!bc_allowed(ha, b) || (ha->links[b->slot]->physical &&
	    !proxy_start(ha, b, false))) {
		binding_clear(ha, b, HC_CLEARED);
		return (false);
	}
	steps_repeat(ha, b, waited);
	binding_check(ha, b);
	arm(ha, b);
	proxy_defend(ha, b);
	return (true);
}

/* The operator, a reload or the end of a lifetime removes a binding. */
void
binding_clear(struct ha *ha, struct bce *b, enum ha_counter reason)
{
	char	 h[INET6_ADDRSTRLEN];

	COUNT(ha->env->counters, reason);
	if (b->coa.state != BCE_DELETED)
		note_event(ha, reason == HC_EXPIRED ? "binding-expired" :
		    "binding-cleared", &b->home, "home address %s",
		    text(&b->home, h));
	binding_withdraw(ha, b);
	forget(ha, b);
}

/* The binding's timer: its end, or no word in time of what it waits for. */
void
binding_expire(struct ha *ha, struct bce *b)
{
	uint8_t		 late = b->coa.waits;
	unsigned int	 i;

	if (b->coa.state == BCE_DELETED)
		forget(ha, b);
	else if (b->coa.state == BCE_BOUND &&
	    !mono_before(ha->now.mono, b->coa.expires))
		binding_clear(ha, b, HC_EXPIRED);
	else if (late == 0)
		arm(ha, b);
	else
		/* More than one only if it is in force, and so stays. */
		for (i = 0; i < STEP_MAX; i++)
			if ((late & STEP_BIT(i)) != 0)
				binding_step(ha, b, i, STEP_LATE);
}
