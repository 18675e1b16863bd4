/*
 * What is left of bindings that have ended while updates for them could still
 * be played again: their last sequence number, and which nonces there were (RFC
 * 6275 5.2.8, 9.5.3).  An update is no copy if a nonce of it is newer than
 * those; a greater number is enough only where no deletion has ended what they
 * are good for (floor).  They go in the order in which they
 * came, as soon as none of their nonces is accepted any more; where there are
 * too many, those nonces end early.  Called by binding.c and bu.c.
 */
#include "cn/int.h"

static struct tomb *
numbered(const struct cn *cn, uint32_t n)
{
	return (n == 0 ? NULL : pool_get(&cn->tombs, n - 1));
}

/* 64 bits of a hash with a key are all that tells one from another. */
static bool
match(const struct hlink *l, const void *key)
{
	(void)l;
	(void)key;
	return (true);
}

/* What is left of a binding of home with own; NULL: nothing. */
struct tomb *
cn_tomb_find(const struct cn *cn, const struct in6_addr *home,
    const struct in6_addr *own)
{
	return ((struct tomb *)(void *)htab_find(&cn->by_tomb,
	    cn_bc_hash(cn, home, own), match, NULL));
}

static void
append(struct cn *cn, struct tomb *t)
{
	struct tomb	*last = numbered(cn, cn->newest_tomb);

	t->prev = cn->newest_tomb;
	t->next = 0;
	if (last != NULL)
		last->next = t->id + 1;
	else
		cn->oldest_tomb = t->id + 1;
	cn->newest_tomb = t->id + 1;
}

static void
take_out(struct cn *cn, struct tomb *t)
{
	struct tomb	*next = numbered(cn, t->next);
	struct tomb	*prev = numbered(cn, t->prev);

	if (next != NULL)
		next->prev = t->prev;
	else
		cn->newest_tomb = t->prev;
	if (prev != NULL)
		prev->next = t->next;
	else
		cn->oldest_tomb = t->next;
}

/* It is not needed any more. */
void
cn_tomb_remove(struct cn *cn, struct tomb *t)
{
	take_out(cn, t);
	cn_network_release(cn, t->network);
	htab_remove(&cn->by_tomb, &t->link);
	pool_free(&cn->tombs, t->id);
}

/* Those whose nonces have ended; the others are looked at when those may. */
void
cn_tomb_expire(struct cn *cn)
{
	struct tomb	*t;

	while ((t = numbered(cn, cn->oldest_tomb)) != NULL &&
	    cn_nonce_is_over(cn, t->made))
		cn_tomb_remove(cn, t);
	if (t != NULL)
		cn_timer_set(cn, &cn->tomb_timer, TK_TOMB,
		    mono_add(cn->now.mono, MAX_NONCE_LIFETIME / 8));
}

/* No copy of an update of its nonces may be taken for a new one. */
static void
forget_nonces(struct cn *cn, uint32_t serial)
{
	cn_nonce_void(cn, serial);
	cn_tomb_expire(cn);
}

/*
 * A binding of home with own ends, or would have, whose last number was seq.
 * The network of home may have as much as it has already.  Without memory its
 * nonces end instead.
 */
void
cn_tomb_add(struct cn *cn, const struct in6_addr *home,
    const struct in6_addr *own, uint16_t seq, uint32_t floor)
{
	struct tomb	*t = numbered(cn, cn->oldest_tomb);
	uint32_t	 id, made = cn_nonce_newest(cn);

	if (t != NULL && cn->tombs.live >= cn->conf.max_bindings)
		forget_nonces(cn, t->made);
	if (cn_nonce_is_over(cn, made))
		return;
	if ((t = pool_alloc(&cn->tombs, &id)) == NULL) {
		forget_nonces(cn, made);
		return;
	}
	t->id = id;
	t->made = made;
	t->floor = floor;
	t->seq = seq;
	if (!cn_network_take(cn, NETWORK_HOME, home, &t->network)) {
		pool_free(&cn->tombs, id);
		forget_nonces(cn, made);
		return;
	}
	htab_insert(&cn->by_tomb, &t->link, cn_bc_hash(cn, home, own));
	append(cn, t);
	if (!wheel_is_set(&cn->tomb_timer))
		cn_tomb_expire(cn);
}

/*
 * An update with that number, whose newest nonce has this serial, deleted the
 * binding once more.  If it began to count anew, which only a newer nonce than
 * there was allows, all that came before is no longer judged by its number.
 */
void
cn_tomb_again(struct cn *cn, struct tomb *t, uint16_t seq, uint32_t newest)
{
	if (newest > t->made)
		t->floor = t->made;
	t->seq = seq;
	t->made = cn_nonce_newest(cn);
	take_out(cn, t);
	append(cn, t);
}
