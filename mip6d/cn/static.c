/*
 * Peers with a static key (RFC 4449): their keys, by home address, and their
 * sequence numbers, which are on disk before an update with one is accepted.
 * An update that has to wait for that is kept, the last one of each peer.
 * Called by bu.c and cn.c.
 */
#include <sys/socket.h>

#include <arpa/inet.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cn/int.h"
#include "core/why.h"

#define SAVE_ID		0x80000000U	/* of requests that save; | number */
#define HELD_MOST	SEC(4)		/* later it was sent again long ago */

/* An update that waits. */
struct held {
	struct mono		 since;
	struct msg_mh_in	 in;
	uint8_t			 mh[];
};

/* Another configuration; what is there of a key stays.  False: no memory. */
bool
cn_static_configure(struct cn *cn, const struct conf_cn *c)
{
	struct statickeys	 keys;
	char			 home[INET6_ADDRSTRLEN];
	size_t			 i;

	if (!statickeys_make(&keys, &cn->keys, c->keys, c->nkeys, cn->auth))
		return (false);
	for (i = 0; cn->env->whys != NULL && i < cn->keys.n; i++)
		why_clear(cn->env->whys, cn->now, WHY_STATIC_KEY_SPENT,
		    inet_ntop(AF_INET6, &cn->keys.v[i].conf.peer, home,
		    sizeof(home)));
	statickeys_replace(&cn->keys, &keys);
	return (true);
}

/* What the process before this one has saved. */
void
cn_static_load(struct cn *cn, const struct msg_state *m)
{
	struct statickey	*k = statickeys_find(&cn->keys, &m->home);

	if (k != NULL)
		statickey_load(k, &m->data);
}

static void
save(struct cn *cn, struct statickey *k)
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
	cn_emit(cn, MSG_STATE_SAVE, &m);
}

/* Are there so few numbers left that it is time for another key? */
static void
look_at_rest(struct cn *cn, const struct statickey *k)
{
	char	 home[INET6_ADDRSTRLEN], left[16];

	if (cn->env->whys == NULL || statickey_left(k) >= STATICKEY_FEW)
		return;
	snprintf(left, sizeof(left), "%u", statickey_left(k));
	inet_ntop(AF_INET6, &k->conf.peer, home, sizeof(home));
	why_set(cn->env->whys, cn->now, WHY_STATIC_KEY_SPENT, home, home,
	    left, NULL);
}

/* An update with this number came, and its authenticator is right. */
enum statickey_use
cn_static_use(struct cn *cn, struct statickey *k, uint16_t seq)
{
	enum statickey_use	 use = statickey_take(k, seq);

	look_at_rest(cn, k);
	save(cn, k);
	return (use);
}

/* It is to be looked at again when its number is on disk. */
void
cn_static_hold(struct cn *cn, struct statickey *k, const struct msg_mh_in *in)
{
	struct held	*h = malloc(sizeof(*h) + in->mh.len);

	free(k->waits);
	if ((k->waits = h) == NULL)
		return;		/* it will be sent again */
	h->since = cn->now.mono;
	h->in = *in;
	memcpy(h->mh, in->mh.p, in->mh.len);
}

/* Whether the disk takes them; 0: nothing is wrong. */
static void
tell_disk(struct cn *cn, uint32_t error)
{
	if (cn->env->whys == NULL)
		return;
	if (error != 0)
		why_set(cn->env->whys, cn->now, WHY_STATIC_KEY_UNSAVED,
		    "cn", strerror((int)error), NULL);
	else
		why_clear(cn->env->whys, cn->now, WHY_STATIC_KEY_UNSAVED, "cn");
}

/*
 * The store has saved, or not.  Returns an update that has waited for that, or
 * NULL: it is the caller's, who frees what *memory then is.
 */
const struct msg_mh_in *
cn_static_answer(struct cn *cn, const struct msg_result *m, void **memory)
{
	struct statickey	*k;
	struct held		*h;

	*memory = NULL;
	k = (m->id & SAVE_ID) == 0 ? NULL :
	    statickeys_numbered(&cn->keys, m->id & ~SAVE_ID);
	if (k == NULL)
		return (NULL);
	tell_disk(cn, m->error);
	if (m->error != 0) {
		COUNT(cn->env->counters, CC_KEY_UNSAVED);
		return (NULL);
	}
	statickey_saved(k);
	save(cn, k);
	if ((h = k->waits) == NULL)
		return (NULL);
	k->waits = NULL;
	*memory = h;
	h->in.mh.p = h->mh;
	return (mono_diff(cn->now.mono, h->since) < HELD_MOST ? &h->in : NULL);
}
