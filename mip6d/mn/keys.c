/*
 * Security associations with the home agent (RFC 4877, RFC 6275 11.5.5,
 * 11.7).  A Binding Update waits until there are some; tunnel policies and the
 * endpoint of the key management protocol follow the care-of address when it
 * is sent, and go back when it is refused.  The parent does both and answers;
 * what was asked for is kept in struct home.
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
keys_init(struct home *h, const struct conf_ipsec *c)
{
	bool			 ipsec = h->conf.auth.type == AUTH_IPSEC;
	bool			 ike = ipsec && c != NULL && c->nsas == 0;
	enum conf_protect	 protect = ipsec && c != NULL ? c->protect :
				    PROTECT_NONE;

	/* It belongs to a configuration that will go. */
	h->conf.ipsec = NULL;
	if (ipsec == h->ipsec && ike == h->ike && protect == h->protect)
		return;
	keys_end(h);
	h->ipsec = ipsec;
	h->ike = ike;
	h->protect = protect;
	h->keys = (enum key_state)0;
	h->key_asked = h->keys_waited = h->key_renew = false;
	h->policies_told = false;
	h->ike_local = nowhere;
	evidence_agent_open(&h->heard);
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
	h->mn->env->emit(h->mn->env->ctx, MSG_KEY_WANT, &m);
}

static void
need(struct home *h, const struct in6_addr *local, struct now now)
{
	char	 buf[INET6_ADDRSTRLEN];

	if (h->keys == KEY_UP || h->ending || h->phase == PHASE_REFUSED ||
	    in6_is_unspecified(local) ||
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

	h->key_renew = false;
	mn_event(h, now, "keys-renewed", "from %s", mn_ntop(local, buf));
	MN_COUNT(h->mn, keys_renewed);
	h->keys = KEY_PENDING;
	tell_keys(h, KEY_RENEW, local);
}

/* Policies and, if it can move, the endpoint: each only when it is news. */
static void
tell_policies(struct home *h, const struct in6_addr *local, uint8_t flags)
{
	struct msg_ipsec	 m;

	if (flags == 0 && !h->policies_unknown &&
	    (!h->policies_told || h->policies.flags == 0))
		return;
	if (h->policies_told && !h->policies_failed &&
	    h->policies.flags == flags && in6_eq(&h->policies.local, local))
		return;
	memset(&m, 0, sizeof(m));
	m.home = h->conf.address;
	m.local = *local;
	m.peer = h->conf.agent;
	m.flags = flags;
	m.id = request_id(h->mn, true);
	h->policies = m;
	h->policies_told = true;
	h->policies_failed = h->move_failed = h->policies_unknown = false;
	/* Traffic may wait for that. */
	h->mn->dirty = true;
	h->mn->env->emit(h->mn->env->ctx, MSG_IPSEC, &m);
}

/* May the endpoint be moved at all? */
static uint8_t
moves(const struct home *h)
{
	return (keys_key_mobility(h) && h->keys == KEY_UP ? IPSEC_KM : 0);
}

/*
 * May a Binding Update be sent?  Not without keys: then they are asked for,
 * and keys_state() will send it.
 */
bool
keys_ready(struct home *h, struct now now)
{
	if (!h->ipsec || h->keys == KEY_UP)
		return (true);
	need(h, &h->coa, now);
	h->keys_waited = h->mn->why_due = true;
	return (false);
}

/* A Binding Update goes out: what depends on the care-of address follows. */
void
keys_follow(struct home *h)
{
	if (h->ipsec && h->phase == PHASE_AWAY && !h->ending)
		tell_policies(h, &h->coa, (uint8_t)(moves(h) |
		    (h->protect != PROTECT_NONE ? IPSEC_TUNNEL : 0)));
}

/* Payload that is to be protected: are the policies there that do it? */
bool
keys_traffic(const struct home *h)
{
	return (h->protect != PROTECT_PAYLOAD || (h->policies_told &&
	    !h->policies_failed && (h->policies.flags & IPSEC_TUNNEL) != 0));
}

/* Gone; by now we may be elsewhere than where they were made. */
static void
lost(struct home *h, struct now now)
{
	h->key_asked = h->key_renew = false;
	if (h->phase == PHASE_AWAY)
		need(h, &h->coa, now);
	else
		/* At home it is keys_at_home() that asks. */
		h->mn->dirty = true;
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
	snprintf(h->keys_text, sizeof(h->keys_text), "%s", m->text);
	mn->why_due = true;
	if (old != h->keys && h->keys == KEY_UP) {
		/* Of one that was there before us we know from ike. */
		h->ike_local = in6_is_unspecified(&m->at) ? h->key_local :
		    m->at;
		mn_event(h, now, "keys-up", "%s", m->text);
	} else if (old != h->keys && h->keys == KEY_FAILED) {
		MN_COUNT(mn, keys_failed);
		mn_event(h, now, "keys-failed", "%s", m->text);
	}
	if (old == KEY_UP && h->keys != KEY_UP)
		lost(h, now);
	if (h->keys != KEY_UP || !h->keys_waited)
		return;
	h->keys_waited = false;
	/* Not if something else holds it up, too. */
	if (bul_under_way(h) && h->hold_until == NEVER &&
	    !evidence_path_pending(&h->way)) {
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
	h->key_renew = false;
	if (!h->ike || in6_eq(&h->ike_local, &h->coa))
		return;
	if (k && keys_key_mobility(h) && !h->move_failed) {
		h->ike_local = h->coa;
		h->moved_by = h->policies.id;
	} else
		renew(h, &h->coa, now);
}

/*
 * It did not: the tunnel stays where it was; without one, the IKE_SA's
 * endpoint is where the home agent believes it to be.
 */
void
keys_refused(struct home *h)
{
	uint8_t	 km = moves(h);

	if (h->phase != PHASE_AWAY)
		return;
	if (h->bound)
		tell_policies(h, &h->bound_coa, (uint8_t)(km |
		    (h->protect != PROTECT_NONE ? IPSEC_TUNNEL : 0)));
	else if (in6_is_unspecified(&h->ike_local))
		tell_policies(h, &h->conf.address, 0);
	else
		tell_policies(h, &h->ike_local, km);
}

/*
 * Back at home (RFC 4877 4.2): tunnel policies are inactive, the rest is
 * kept.  k: the home agent reaches the IKE_SA at the home address from now
 * on; else there will be another, as soon as that address can be used.
 */
void
keys_returned(struct home *h, bool k, struct now now)
{
	k = k && keys_key_mobility(h);
	tell_policies(h, &h->conf.address, k ? moves(h) : 0);
	if (!h->ike || in6_eq(&h->ike_local, &h->conf.address))
		return;
	if (k && !h->move_failed) {
		h->ike_local = h->conf.address;
		h->moved_by = h->policies.id;
	} else
		h->key_renew = h->keys == KEY_UP;
	keys_at_home(h, iface_find(h->mn, h->home_ifindex), now);
}

/* At home with a home address that works: keys for the first departure. */
void
keys_at_home(struct home *h, struct iface *ifc, struct now now)
{
	const struct addr	*a;

	if (!h->ipsec || ifc == NULL ||
	    (a = addr_find(ifc, &h->conf.address)) == NULL ||
	    !addr_operable(ifc, a, now) || (a->flags & ADDR_TENTATIVE) != 0)
		return;
	if (h->key_renew)
		renew(h, &h->conf.address, now);
	else
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

/* The parent could not move the endpoint (EOPNOTSUPP) or the policies. */
void
keys_result(struct mn *mn, const struct msg_result *m, struct now now)
{
	struct home	*h;

	for (h = mn->homes; h != NULL && m->error != 0; h = h->next) {
		if (!h->policies_told || h->policies.id != m->id)
			continue;
		h->move_failed = true;
		h->policies_failed = m->error != EOPNOTSUPP;
		h->policies_error = m->error;
		mn->dirty = true;
		/* The home agent's end has moved in the meantime. */
		if (h->moved_by != m->id || h->keys != KEY_UP || h->ending)
			continue;
		h->moved_by = 0;
		if (h->phase == PHASE_HOME)
			h->key_renew = true;
		else if (h->phase == PHASE_AWAY)
			renew(h, &h->coa, now);
	}
}

/* The home address is given up, or the daemon ends. */
void
keys_end(struct home *h)
{
	tell_policies(h, &h->conf.address, 0);
}
