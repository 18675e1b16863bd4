/*
 * Security associations with the home agent (RFC 4877, RFC 6275 11.5.5,
 * 11.7).  A Binding Update waits until there are some; tunnel policies and the
 * endpoint of the key management protocol follow the care-of address when it
 * is sent, and go back when it is refused.  The parent does both and answers;
 * what was asked for is kept in struct keys.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "mn/parts.h"

#define SILENT_TRIES	5	/* unanswered updates: keys lost over there? */

static const struct in6_addr	 nowhere;

/*
 * What of the configuration counts here; h->conf is set.  If it is not what
 * it was, policies of before end and the home address is registered again.
 */
void
keys_init(struct peering *p, const struct conf_ipsec *c)
{
	struct home		*h = p->home;
	struct keys		*k = &p->keys;
	bool			 ipsec = h->conf.auth.type == AUTH_IPSEC;
	bool			 ike = ipsec && c != NULL && c->nsas == 0;
	enum conf_protect	 protect = ipsec && c != NULL ? c->protect :
				    PROTECT_NONE;

	/* It belongs to a configuration that will go. */
	h->conf.ipsec = NULL;
	if (ipsec == k->ipsec && ike == k->ike && protect == k->protect)
		return;
	keys_end(p);
	k->ipsec = ipsec;
	k->ike = ike;
	k->protect = protect;
	k->state = (enum key_state)0;
	k->asked = k->waited = k->renew = false;
	k->told = false;
	k->ike_local = nowhere;
	evidence_agent_open(&p->heard);
}

/* Will the IKE_SA's endpoint follow us (the K bit of a Binding Update)? */
bool
keys_key_mobility(const struct peering *p)
{
	return (p->keys.ike && p->mn->key_mobility);
}

static void
tell_keys(struct peering *p, enum key_op op, const struct in6_addr *local)
{
	struct keys		*k = &p->keys;
	struct msg_key_want	 m;

	memset(&m, 0, sizeof(m));
	m.home = p->home->conf.address;
	m.local = *local;
	m.remote = p->addr;
	m.op = (uint8_t)op;
	k->asked = true;
	k->local = *local;
	p->mn->env->emit(p->mn->env->ctx, MSG_KEY_WANT, &m);
}

static void
need(struct peering *p, const struct in6_addr *local, struct now now)
{
	struct home	*h = p->home;
	struct keys	*k = &p->keys;
	char	 buf[INET6_ADDRSTRLEN];

	if (k->state == KEY_UP || h->phase == PHASE_ENDING ||
	    h->phase == PHASE_REFUSED ||
	    in6_is_unspecified(local) ||
	    (k->asked && in6_eq(&k->local, local)))
		return;
	mn_event(h, now, "keys-wanted", "from %s", mn_ntop(local, buf));
	tell_keys(p, KEY_NEED, local);
}

/* The IKE_SA can't be moved, or the home agent has lost it: another one. */
static void
renew(struct peering *p, const struct in6_addr *local, struct now now)
{
	struct keys	*k = &p->keys;
	char	 buf[INET6_ADDRSTRLEN];

	k->renew = false;
	mn_event(p->home, now, "keys-renewed", "from %s", mn_ntop(local, buf));
	MN_COUNT(p->mn, keys_renewed);
	k->state = KEY_PENDING;
	tell_keys(p, KEY_RENEW, local);
}

/* Policies and, if it can move, the endpoint: each only when it is news. */
static void
tell_policies(struct peering *p, const struct in6_addr *local, uint8_t flags)
{
	struct keys		*k = &p->keys;
	struct msg_ipsec	 m;

	if (flags == 0 && !k->unknown &&
	    (!k->told || k->policies.flags == 0))
		return;
	if (k->told && !k->failed &&
	    k->policies.flags == flags && in6_eq(&k->policies.local, local))
		return;
	memset(&m, 0, sizeof(m));
	m.home = p->home->conf.address;
	m.local = *local;
	m.peer = p->addr;
	m.flags = flags;
	m.id = request_id(p->mn, true);
	k->policies = m;
	k->told = true;
	k->failed = k->move_failed = k->unknown = false;
	/* Traffic may wait for that. */
	p->mn->dirty = true;
	p->mn->env->emit(p->mn->env->ctx, MSG_IPSEC, &m);
}

/* May the endpoint be moved at all? */
static uint8_t
moves(const struct peering *p)
{
	return (keys_key_mobility(p) && p->keys.state == KEY_UP ? IPSEC_KM : 0);
}

/*
 * May a Binding Update be sent?  Not without keys: then they are asked for,
 * and keys_state() says when they are there.
 */
bool
keys_ready(struct peering *p, struct now now)
{
	struct keys	*k = &p->keys;

	if (!k->ipsec || k->state == KEY_UP)
		return (true);
	need(p, &BINDING(p)->coa, now);
	k->waited = p->mn->why_due = true;
	return (false);
}

/* A Binding Update goes out: what depends on the care-of address follows. */
void
keys_follow(struct peering *p)
{
	struct home	*h = p->home;
	struct keys	*k = &p->keys;

	if (k->ipsec && h->phase == PHASE_AWAY)
		tell_policies(p, &BINDING(p)->coa, (uint8_t)(moves(p) |
		    (k->protect != PROTECT_NONE ? IPSEC_TUNNEL : 0)));
}

/* Payload that is to be protected: are the policies there that do it? */
bool
keys_traffic(const struct peering *p)
{
	const struct keys	*k = &p->keys;

	return (k->protect != PROTECT_PAYLOAD || (k->told &&
	    !k->failed && (k->policies.flags & IPSEC_TUNNEL) != 0));
}

/*
 * May a Home Test Init go to the home agent from coa, by the tunnel?  If it is
 * to be protected, only when that tunnel of ESP is there and has moved (RFC
 * 6275 5.2.5, 10.4.6).
 */
bool
keys_home_test(const struct peering *p, const struct in6_addr *coa)
{
	const struct keys	*k = &p->keys;

	return (k->protect == PROTECT_NONE || (k->state == KEY_UP &&
	    k->told && !k->failed &&
	    (k->policies.flags & IPSEC_TUNNEL) != 0 &&
	    in6_eq(&k->policies.local, coa)));
}

/* Gone; by now we may be elsewhere than where they were made. */
static void
lost(struct peering *p, struct now now)
{
	struct keys	*k = &p->keys;

	k->asked = k->renew = false;
	if (p->home->phase == PHASE_AWAY)
		need(p, &BINDING(p)->coa, now);
	else
		/* At home it is keys_at_home() that asks. */
		p->mn->dirty = true;
}

/*
 * The ike process, or the parent for manual keys, tells how things are.  The
 * peering whose Binding Update waited for that and may be sent now, or NULL.
 */
struct peering *
keys_state(struct mn *mn, const struct msg_key_state *m, struct now now)
{
	struct home	*h = home_find(mn, &m->home);
	struct peering	*p;
	struct keys	*k;
	enum key_state	 old;

	if (h == NULL || !AGENT(h)->keys.ipsec)
		return (NULL);
	p = AGENT(h);
	k = &p->keys;
	old = k->state;
	k->state = (enum key_state)m->state;
	snprintf(k->text, sizeof(k->text), "%s", m->text);
	mn->why_due = mn->peers.due = true;
	if (old != k->state && k->state == KEY_UP) {
		/* Of one that was there before us we know from ike. */
		k->ike_local = in6_is_unspecified(&m->at) ? k->local : m->at;
		mn_event(h, now, "keys-up", "%s", m->text);
	} else if (old != k->state && k->state == KEY_FAILED) {
		MN_COUNT(mn, keys_failed);
		mn_event(h, now, "keys-failed", "%s", m->text);
	}
	if (old == KEY_UP && k->state != KEY_UP)
		lost(p, now);
	if (k->state != KEY_UP || !k->waited)
		return (NULL);
	k->waited = false;
	/* Not if something else holds it up, too. */
	return (p->update.hold_until == NEVER &&
	    !evidence_path_pending(&p->way) ? p : NULL);
}

/*
 * The home agent accepted the care-of address; k: its endpoint of the IKE_SA
 * has moved along (RFC 6275 11.7.3).
 */
void
keys_accepted(struct peering *p, bool k, struct now now)
{
	struct binding	*b = BINDING(p);

	p->keys.renew = false;
	if (!p->keys.ike || in6_eq(&p->keys.ike_local, &b->coa))
		return;
	if (k && keys_key_mobility(p) && !p->keys.move_failed) {
		p->keys.ike_local = b->coa;
		p->keys.moved_by = p->keys.policies.id;
	} else
		renew(p, &b->coa, now);
}

/*
 * It did not: the tunnel stays where it was; without one, the IKE_SA's
 * endpoint is where the home agent believes it to be.
 */
void
keys_refused(struct peering *p)
{
	struct home	*h = p->home;
	struct binding	*b = BINDING(p);
	struct keys	*k = &p->keys;
	uint8_t	 km = moves(p);

	if (h->phase != PHASE_AWAY)
		return;
	if (b->bound)
		tell_policies(p, &b->bound_coa, (uint8_t)(km |
		    (k->protect != PROTECT_NONE ? IPSEC_TUNNEL : 0)));
	else if (in6_is_unspecified(&k->ike_local))
		tell_policies(p, &h->conf.address, 0);
	else
		tell_policies(p, &k->ike_local, km);
}

/*
 * Back at home (RFC 4877 4.2): tunnel policies are inactive, the rest is
 * kept.  k: the home agent reaches the IKE_SA at the home address from now
 * on; else there will be another, as soon as that address can be used.
 */
void
keys_returned(struct peering *p, bool k, struct now now)
{
	struct home	*h = p->home;

	k = k && keys_key_mobility(p);
	tell_policies(p, &h->conf.address, k ? moves(p) : 0);
	if (!p->keys.ike || in6_eq(&p->keys.ike_local, &h->conf.address))
		return;
	if (k && !p->keys.move_failed) {
		p->keys.ike_local = h->conf.address;
		p->keys.moved_by = p->keys.policies.id;
	} else
		p->keys.renew = p->keys.state == KEY_UP;
	keys_at_home(p, iface_find(p->mn, h->home_ifindex), now);
}

/* At home with a home address that works: keys for the first departure. */
void
keys_at_home(struct peering *p, struct iface *ifc, struct now now)
{
	struct home		*h = p->home;
	struct keys		*k = &p->keys;
	const struct addr	*a;

	if (!k->ipsec || ifc == NULL ||
	    (a = addr_find(ifc, &h->conf.address)) == NULL ||
	    !addr_operable(ifc, a, now) || (a->flags & ADDR_TENTATIVE) != 0)
		return;
	if (k->renew)
		renew(p, &h->conf.address, now);
	else
		need(p, &h->conf.address, now);
}

/* Updates that nobody answers: a home agent that began anew has no keys. */
void
keys_silent(struct peering *p, struct now now)
{
	struct exchange	*x = &p->update;
	struct keys	*k = &p->keys;

	if (k->ike && k->state == KEY_UP && x->tries > 0 &&
	    x->tries % SILENT_TRIES == 0 && p->home->phase == PHASE_AWAY)
		renew(p, &BINDING(p)->coa, now);
}

/* The parent could not move the endpoint (EOPNOTSUPP) or the policies. */
void
keys_result(struct mn *mn, const struct msg_result *m, struct now now)
{
	struct home	*h;
	struct keys	*k;

	for (h = mn->homes; h != NULL && m->error != 0; h = h->next) {
		k = &AGENT(h)->keys;
		if (!k->told || k->policies.id != m->id)
			continue;
		k->move_failed = true;
		k->failed = m->error != EOPNOTSUPP;
		k->error = m->error;
		mn->dirty = mn->peers.due = true;
		/* The home agent's end has moved in the meantime. */
		if (k->moved_by != m->id || k->state != KEY_UP ||
		    h->phase == PHASE_ENDING)
			continue;
		k->moved_by = 0;
		if (h->phase == PHASE_HOME)
			k->renew = true;
		else if (h->phase == PHASE_AWAY)
			renew(AGENT(h), &BINDING(AGENT(h))->coa, now);
	}
}

/* The home address is given up, or the daemon ends. */
void
keys_end(struct peering *p)
{
	tell_policies(p, &p->home->conf.address, 0);
}
