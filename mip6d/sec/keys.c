/*
 * Between the engines, which want keys, and who has them: the ike process,
 * or the configuration.  ike is told the reqids of the nodes and what engines
 * want, engines what became of it.  No key passes here.
 */
#include <stdio.h>
#include <string.h>

#include "core/log.h"
#include "sec/int.h"

static bool
ike_is_up(const struct sec *s)
{
	return (s->env.runs(s->env.arg, ROLE_IKE));
}

static void
tell_ike(struct sec *s, enum msg_type t, const void *m)
{
	s->env.tell(s->env.arg, t, m);
}

static void
tell_state(struct sec_node *n, enum key_state state, bool tunnel,
    const struct in6_addr *at, const char *text)
{
	const struct sec_env	*env = &n->sec->env;
	struct msg_key_state	 m;

	memset(&m, 0, sizeof(m));
	m.home = n->want.home;
	m.at = *at;
	m.state = n->key_state = (uint8_t)state;
	m.tunnel = tunnel;
	snprintf(m.text, sizeof(m.text), "%s", text);
	snprintf(n->key_text, sizeof(n->key_text), "%s", m.text);
	env->send(env->arg, n->role, MSG_KEY_STATE, &m);
}

/* Tell ike the reqids of a node; nothing if it has no use for them. */
void
keys_tell_node(struct sec_node *n, bool gone)
{
	struct msg_sa_node	 m;

	if ((!gone && sec_manual(n)) || n->want.reqid == 0 ||
	    !ike_is_up(n->sec))
		return;
	memset(&m, 0, sizeof(m));
	m.home = n->want.home;
	m.reqid = n->want.reqid;
	m.seen = n->seen;
	m.gone = gone;
	tell_ike(n->sec, MSG_SA_NODE, &m);
}

/* That was all that there is to be told of reqids. */
void
keys_told(struct sec *s)
{
	struct msg_empty	 none = { 0 };

	if (ike_is_up(s))
		tell_ike(s, MSG_SA_NODE_END, &none);
}

/* ike has started, or the configuration is another: all nodes. */
void
keys_ike_ready(struct sec *s)
{
	struct sec_node	*n;

	if (!ike_is_up(s))
		return;
	TAILQ_FOREACH(n, &s->nodes, all)
		if (!n->gone)
			keys_tell_node(n, false);
	keys_told(s);
	TAILQ_FOREACH(n, &s->nodes, all)
		if (!n->gone && n->key_want.op != 0)
			tell_ike(s, MSG_KEY_WANT, &n->key_want);
}

static void
want_of_manual(struct sec_node *n, const struct msg_key_want *m)
{
	bool	 tunnel = false;
	size_t	 i;

	for (i = 0; i < n->nsas; i++)
		tunnel |= sec_manual_use(n, i, SA_TUNNEL);
	if (m->op == KEY_END)
		tell_state(n, KEY_DOWN, false, &in6addr_any,
		    "manual associations");
	else if (m->op != KEY_DISCARD)
		tell_state(n, KEY_UP, tunnel, &in6addr_any,
		    "manual associations");
}

/*
 * What was wanted before our life is known.  If that was to be charon's work,
 * and keys are configured now, they are there.
 */
void
keys_past(struct sec_node *n)
{
	const struct msg_key_want	 m = n->key_want;

	if (!sec_manual(n))
		return;
	n->key_want.op = 0;
	if (m.op != 0 && n->key_state != KEY_UP)
		want_of_manual(n, &m);
}

/* ha, mn: MSG_KEY_WANT. */
void
keys_want(struct sec *s, enum role role, const struct msg_key_want *m)
{
	struct sec_node	*n = sec_find(s, role, &m->home);

	if (n == NULL || n->gone)
		return;
	if (sec_manual(n)) {
		want_of_manual(n, m);
		return;
	}
	if (m->op != KEY_DISCARD)
		n->key_want = *m;
	if (m->op == KEY_END)
		n->key_want.op = 0;
	else if (m->op == KEY_RENEW)
		n->key_want.op = KEY_NEED;	/* to a new ike */
	if (ike_is_up(s))
		tell_ike(s, MSG_KEY_WANT, m);
	else if (m->op == KEY_NEED || m->op == KEY_RENEW)
		tell_state(n, KEY_PENDING, false, &in6addr_any,
		    "the ike process is not running");
}

/* ike: MSG_KEY_STATE, for the engine whose node that is. */
void
keys_relay(struct sec *s, const struct msg_key_state *m)
{
	struct sec_node	*n;
	bool		 found = false;
	enum role	 r;

	FOREACH_ROLE_WITH(r, HAS_NODES) {
		n = sec_find(s, r, &m->home);
		if (n == NULL || n->gone || sec_manual(n) ||
		    m->state < KEY_DOWN || m->state > KEY_FAILED)
			continue;
		found = true;
		/* Others may be there, of a charon that died. */
		if (m->state == KEY_UP && n->key_state != KEY_UP)
			orphan_suspect(n);
		tell_state(n, m->state, m->tunnel, &m->at, m->text);
	}
	/* One that a reload has just removed is no offence. */
	if (!found)
		log_debug("ike: state of keys of no node");
}
