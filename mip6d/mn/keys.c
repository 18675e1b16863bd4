/*
 * Security associations with the home agent (RFC 4877, RFC 6275 11.5.5, 11.7):
 * a Binding Update waits until there are some; tunnel policies and the
 * endpoint of the key management protocol follow the care-of address when it
 * is sent, and go back when it is refused.
 */
#include <string.h>

#include "mn/parts.h"

#define SILENT_TRIES	5	/* unanswered updates: keys lost over there? */

/* What of the configuration counts here; h->conf is set. */
void
keys_init(struct home *h, const struct conf_ipsec *c)
{
	h->ipsec = h->conf.auth.type == AUTH_IPSEC && c != NULL;
	h->ike = h->ipsec && c->nsas == 0;
	h->protect = h->ipsec ? c->protect : PROTECT_NONE;
	/* It belongs to a configuration that will go. */
	h->conf.ipsec = NULL;
}

/* Will the IKE_SA's endpoint follow us (the K bit of a Binding Update)? */
bool
keys_key_mobility(const struct home *h)
{
	return (h->ike && h->mn->key_mobility);
}

static void
tell_keys(struct home *h, enum key_op op, const struct in6_addr *local)
{
	struct msg_key_want	 m;

	memset(&m, 0, sizeof(m));
	m.home = h->conf.address;
	m.local = *local;
	m.remote = h->conf.agent;
	m.op = (uint8_t)op;
	h->key_asked = true;
	h->key_local = *local;
	h->mn->env->emit(h->mn->env->ctx, ROLE_PARENT, MSG_KEY_WANT, &m);
}

static void
need(struct home *h, const struct in6_addr *local, struct now now)
{
	char	 buf[INET6_ADDRSTRLEN];

	if (h->keys == KEY_UP ||
	    (h->key_asked && in6_eq(&h->key_local, local)))
		return;
	mn_event(h, now, "keys-wanted", "from %s", mn_ntop(local, buf));
	tell_keys(h, KEY_NEED, local);
}

/* The IKE_SA can't be moved, or the home agent has lost it: another one. */
static void
renew(struct home *h, const struct in6_addr *local, struct now now)
{
	char	 buf[INET6_ADDRSTRLEN];

	if (!h->ike)
		return;
	mn_event(h, now, "keys-renewed", "from %s", mn_ntop(local, buf));
	MN_COUNT(h->mn, keys_renewed);
	h->keys = KEY_PENDING;
	tell_keys(h, KEY_RENEW, local);
}

/* Policies and, if it can move, the endpoint: each only when it is news. */
static void
tell_policies(struct home *h, const struct in6_addr *local, bool tunnel)
{
	struct msg_ipsec	 m;

	if (!h->ipsec || (!h->ike && h->protect == PROTECT_NONE))
		return;
	memset(&m, 0, sizeof(m));
	m.home = h->conf.address;
	m.local = *local;
	m.peer = h->conf.agent;
	if (tunnel && h->protect != PROTECT_NONE)
		m.flags |= IPSEC_TUNNEL;
	if (keys_key_mobility(h) && h->keys == KEY_UP)
		m.flags |= IPSEC_KM;
	if (h->policies_told && h->policies.flags == m.flags &&
	    in6_eq(&h->policies.local, &m.local))
		return;
	m.id = request_id(h->mn, true);
	h->policies = m;
	h->policies_told = true;
	h->move_failed = false;
	h->mn->env->emit(h->mn->env->ctx, ROLE_PARENT, MSG_IPSEC, &m);
}

/*
 * May a Binding Update be sent?  Not without keys: then they are asked for,
 * and keys_state() will send it.  The moment it may, what depends on the
 * care-of address follows.
 */
bool
keys_ready(struct home *h, struct now now)
{
	if (!h->ipsec)
		return (true);
	if (h->keys != KEY_UP) {
		need(h, &h->coa, now);
		h->keys_waited = true;
		return (false);
	}
	if (h->phase == PHASE_AWAY && !h->ending)
		tell_policies(h, &h->coa, true);
	return (true);
}

/* The ike process, or the parent for manual keys, tells how things are. */
void
keys_state(struct mn *mn, const struct msg_key_state *m, struct now now)
{
	struct home	*h = home_find(mn, &m->home);
	enum key_state	 old;

	if (h == NULL || !h->ipsec)
		return;
	old = h->keys;
	h->keys = (enum key_state)m->state;
	if (old != h->keys && h->keys == KEY_UP) {
		h->ike_local = h->key_local;
		mn_event(h, now, "keys-up", "%s", m->text);
	} else if (old != h->keys && h->keys == KEY_FAILED) {
		MN_COUNT(mn, keys_failed);
		mn_event(h, now, "keys-failed", "%s", m->text);
	}
	/* Lost; by now we may be elsewhere than where they were made. */
	if (old == KEY_UP && h->keys != KEY_UP) {
		h->key_asked = false;
		need(h, h->phase == PHASE_HOME ? &h->conf.address : &h->coa,
		    now);
	}
	if (h->keys != KEY_UP || !h->keys_waited)
		return;
	h->keys_waited = false;
	if (bul_under_way(h)) {
		bul_send(h, now);
		home_traffic(h, now);
	}
}

/*
 * The home agent accepted the care-of address; k: its endpoint of the IKE_SA
 * has moved along (RFC 6275 11.7.3).
 */
void
keys_accepted(struct home *h, bool k, struct now now)
{
	if (!h->ike || in6_eq(&h->ike_local, &h->coa))
		return;
	if (k && keys_key_mobility(h) && !h->move_failed)
		h->ike_local = h->coa;
	else
		renew(h, &h->coa, now);
}

/* It did not: the tunnel stays where it was. */
void
keys_refused(struct home *h)
{
	if (h->phase != PHASE_AWAY)
		return;
	if (h->bound)
		tell_policies(h, &h->bound_coa, true);
	else
		tell_policies(h, &h->conf.address, false);
}

/*
 * Back at home (RFC 4877 4.2): tunnel policies are inactive, the rest is kept
 * and the IKE_SA is reached at the home address.
 */
void
keys_returned(struct home *h)
{
	tell_policies(h, &h->conf.address, false);
}

/* The home agent has acknowledged the return; k as above. */
void
keys_home_acked(struct home *h, bool k, struct now now)
{
	if (!h->ike || in6_eq(&h->ike_local, &h->conf.address))
		return;
	if (k && keys_key_mobility(h))
		h->ike_local = h->conf.address;
	else
		renew(h, &h->conf.address, now);
}

/* At home with a home address that works: keys for the first departure. */
void
keys_at_home(struct home *h, struct iface *ifc, struct now now)
{
	const struct addr	*a = addr_find(ifc, &h->conf.address);

	if (h->ipsec && a != NULL && addr_operable(ifc, a, now) &&
	    (a->flags & ADDR_TENTATIVE) == 0)
		need(h, &h->conf.address, now);
}

/* Updates that nobody answers: a home agent that began anew has no keys. */
void
keys_silent(struct home *h, struct now now)
{
	if (h->ike && h->keys == KEY_UP && h->tries > 0 &&
	    h->tries % SILENT_TRIES == 0 && h->phase == PHASE_AWAY)
		renew(h, &h->coa, now);
}

/* The parent could not move the endpoint or the policies. */
void
keys_result(struct mn *mn, const struct msg_result *m)
{
	struct home	*h;

	for (h = mn->homes; h != NULL && m->error != 0; h = h->next)
		if (h->policies_told && h->policies.id == m->id)
			h->move_failed = true;
}

/* The home address is given up, or the daemon ends. */
void
keys_end(struct home *h)
{
	if (h->policies_told)
		tell_policies(h, &h->conf.address, false);
}
