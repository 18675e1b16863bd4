/*
 * Correspondents with a static key (RFC 4449): which key is whose, and the
 * sequence numbers of their Binding Updates, which are on disk as used before
 * they are.  Called by peer.c, optimise.c and mn.c.
 */
#include <stdio.h>
#include <string.h>

#include "core/why.h"
#include "mn/parts.h"

#define SAVE_ID		0x80000000U	/* of requests that save; | number */

/* The key of h with the node at addr, or NULL. */
struct statickey *
static_find(const struct statickeys *ks, const struct home *h,
    const struct in6_addr *addr)
{
	struct statickey	*k = statickeys_find(ks, addr);

	return (k != NULL && (!k->conf.has_home ||
	    in6_eq(&k->conf.home, &h->conf.address)) ? k : NULL);
}

static void
save(struct mn *mn, struct statickey *k)
{
	struct msg_state	 m;
	uint8_t			 record[STATICKEY_RECORD];

	if (!statickey_due(k))
		return;
	memset(&m, 0, sizeof(m));
	m.id = SAVE_ID | k->number;
	m.home = k->conf.peer;
	m.stable = true;
	m.data.len = statickey_record(k, record);
	m.data.p = record;
	mn->env->emit(mn->env->ctx, MSG_STATE_SAVE, &m);
}

/* Are there so few numbers left that it is time for another key? */
static void
look_at_rest(struct mn *mn, const struct statickey *k, struct now now)
{
	char	 peer[INET6_ADDRSTRLEN], left[16];

	if (mn->env->whys == NULL || statickey_left(k) >= STATICKEY_FEW)
		return;
	snprintf(left, sizeof(left), "%u", statickey_left(k));
	mn_ntop(&k->conf.peer, peer);
	why_set(mn->env->whys, now, WHY_STATIC_KEY_SPENT, peer, peer, left,
	    NULL);
}

/*
 * Is there a number for a Binding Update to p, which has a key?  If not more
 * are asked for, and peers_numbers() tells.  The first one is random (RFC 6275
 * 11.7.2).
 */
bool
static_ready(struct peer *p)
{
	const struct engine_env	*env = p->mn->env;

	if (!p->key->begun)
		statickey_begin(p->key, (uint16_t)env->random(env->ctx));
	if (statickey_ready(p->key))
		return (true);
	save(p->mn, p->key);
	return (false);
}

/* Use it, if there is one: it is in p->seq. */
bool
static_next(struct peer *p, struct now now)
{
	if (!static_ready(p) ||
	    statickey_next(p->key, &p->seq) != STATICKEY_USED)
		return (false);
	look_at_rest(p->mn, p->key, now);
	save(p->mn, p->key);
	return (true);
}

/* What the process before this one has saved; false: of no key. */
bool
static_load(struct mn *mn, const struct msg_state *m)
{
	struct statickey	*k = statickeys_find(&mn->keys, &m->home);

	if (k != NULL)
		statickey_load(k, &m->data);
	return (k != NULL);
}

/*
 * The store has saved, or not: *kp is the key of which more numbers can be
 * used now, or NULL.  False: it is about something else.
 */
bool
static_result(struct mn *mn, const struct msg_result *m, struct statickey **kp,
    struct now now)
{
	struct statickey	*k;

	*kp = NULL;
	if ((m->id & SAVE_ID) == 0)
		return (false);
	if ((k = statickeys_numbered(&mn->keys, m->id & ~SAVE_ID)) == NULL)
		return (true);
	if (m->error != 0) {
		MN_COUNT(mn, static_unsaved);
		if (mn->env->whys != NULL)
			why_set(mn->env->whys, now, WHY_STATIC_KEY_UNSAVED,
			    "mn", strerror((int)m->error), NULL);
		return (true);
	}
	if (mn->env->whys != NULL)
		why_clear(mn->env->whys, now, WHY_STATIC_KEY_UNSAVED, "mn");
	statickey_saved(k);
	save(mn, k);
	*kp = k;
	return (true);
}

/* Other keys; peers have them already.  Numbers go on. */
void
static_replace(struct mn *mn, struct statickeys *by, struct now now)
{
	char	 peer[INET6_ADDRSTRLEN];
	size_t	 i;

	for (i = 0; mn->env->whys != NULL && i < mn->keys.n; i++)
		why_clear(mn->env->whys, now, WHY_STATIC_KEY_SPENT,
		    mn_ntop(&mn->keys.v[i].conf.peer, peer));
	statickeys_replace(&mn->keys, by);
}
