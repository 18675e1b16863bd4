/*
 * The correspondents in the Binding Update List (RFC 6275 section 11.1): found
 * by home address and peer, in the order of their last use, of which the one
 * least recently used makes room for another.  Owns struct peer and, with
 * test.c, the care-of tests; what becomes of an entry is in optimise.c.
 */
#include <stdlib.h>
#include <string.h>

#include "mn/parts.h"

struct peer_key {
	struct in6_addr	 home, addr;
};

static bool
match_peer(const struct hlink *l, const void *key)
{
	const struct peer	*p = (const void *)l;
	const struct peer_key	*k = key;

	return (in6_eq(&p->addr, &k->addr) &&
	    in6_eq(&p->home->conf.address, &k->home));
}

/* No correspondents; false: no memory. */
bool
peers_init(struct peers *ps)
{
	TAILQ_INIT(&ps->all);
	TAILQ_INIT(&ps->use);
	peer_turn_init(ps);
	return (htab_init(&ps->tab, 16));
}

/* There are none any more. */
void
peers_free(struct peers *ps)
{
	htab_free(&ps->tab);
}

/* The entry of h for the correspondent at addr, or NULL. */
struct peer *
peer_find(const struct home *h, const struct in6_addr *addr)
{
	struct peer_key	 k;

	memset(&k, 0, sizeof(k));
	k.home = h->conf.address;
	k.addr = *addr;
	return ((struct peer *)(void *)htab_find(&h->mn->peers.tab,
	    hash_bytes(&h->mn->key, &k, sizeof(k)), match_peer, &k));
}

static void
init(struct peer *p, struct home *h, const struct in6_addr *addr)
{
	struct binding	*b = BINDING(p);

	p->mn = h->mn;
	p->home = h;
	p->addr = *addr;
	p->number = h->mn->peers.numbers++;
	p->key = static_find(&h->mn->keys, h, addr);
	exchange_init(&p->home_test.x, T_HOTI, T_HOTI_RATE);
	exchange_init(&p->update, T_PEER, T_PEER_RATE);
	p->ero.timer.kind = T_CGA;
	b->refresh.kind = T_LOOK;
	b->expire.kind = T_PEER_END;
	b->maybe_until = b->refresh_at = NEVER;
	p->hold_until = p->tests_after = p->error_at = NEVER;
	p->used_at = p->in_at = NEVER;
	p->ero.hold_until = p->ero.permanent.at = NEVER;
}

/* A new one, used now, of which nothing is known; NULL: no memory. */
struct peer *
peer_new(struct home *h, const struct in6_addr *addr)
{
	struct peers	*ps = &h->mn->peers;
	struct peer	*p;
	struct peer_key	 k;

	if ((p = calloc(1, sizeof(*p))) == NULL)
		return (NULL);
	init(p, h, addr);
	p->dest = dest_get(&p->mn->dests, &p->mn->key, addr);
	if (p->dest == NULL) {
		free(p);
		return (NULL);
	}
	memset(&k, 0, sizeof(k));
	k.home = h->conf.address;
	k.addr = *addr;
	htab_insert(&ps->tab, &p->link, hash_bytes(&p->mn->key, &k, sizeof(k)));
	TAILQ_INSERT_TAIL(&ps->all, p, entry);
	TAILQ_INSERT_HEAD(&ps->use, p, use);
	TAILQ_INSERT_TAIL(&p->dest->peers, p, of_dest);
	ps->n++;
	return (p);
}

/* So long before its end a binding of that length is renewed. */
int64_t
peer_margin(int64_t len)
{
	return (len / 4 < PEER_MARGIN_MAX ? len / 4 : PEER_MARGIN_MAX);
}

/* It is forgotten; what others were told of it has been taken back. */
void
peer_free(struct peer *p)
{
	struct peers	*ps = &p->mn->peers;
	struct wheel	*w = &p->mn->wheel;
	struct dest	*d = p->dest;

	exchange_stop(&p->home_test.x, w);
	exchange_stop(&p->update, w);
	wheel_clear(w, &p->ero.timer);
	wheel_clear(w, &BINDING(p)->refresh);
	wheel_clear(w, &BINDING(p)->expire);
	peer_turn_leave(p);
	htab_remove(&ps->tab, &p->link);
	TAILQ_REMOVE(&ps->all, p, entry);
	TAILQ_REMOVE(&ps->use, p, use);
	TAILQ_REMOVE(&d->peers, p, of_dest);
	ps->n--;
	/* Tests of care-of addresses are for somebody. */
	if (TAILQ_EMPTY(&d->peers))
		careof_tests_free(p->mn, d);
	dest_release(&p->mn->dests, d);
	memset(p, 0, sizeof(*p));
	free(p);
}

/* A packet came or went: it is the one last used. */
void
peer_use(struct peer *p, struct now now)
{
	struct peers	*ps = &p->mn->peers;

	p->used_at = now.mono.ns;
	p->used = true;
	TAILQ_REMOVE(&ps->use, p, use);
	TAILQ_INSERT_HEAD(&ps->use, p, use);
}

/* Was it used lately? */
bool
peer_is_used(const struct peer *p, struct now now)
{
	return (p->used_at != NEVER && now.mono.ns - p->used_at < PEER_IDLE);
}
