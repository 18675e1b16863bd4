/*
 * Exchanges and destinations (RFC 6275 section 11.8): when a message is sent
 * again, which transmissions an answer may be about, and how many messages a
 * second may go to one node.  A struct exchange is a part of what it is for, a
 * peering, a peer or a test; a destination is shared by all that have to do
 * with that node, and is found by its address.  Pure: times go in, timers of
 * the caller's wheel are set.
 */
#include <stdlib.h>
#include <string.h>

#include "mn/evidence.h"
#include "mn/exchange.h"
#include "wire/ip6.h"

/* Nothing was ever sent; the kinds of its two timers. */
void
exchange_init(struct exchange *x, uint16_t retrans, uint16_t rate)
{
	x->last_sent = x->hold_until = NEVER;
	x->retrans.kind = retrans;
	x->rate.kind = rate;
}

/* Nothing is waited for; what was sent is not answered any more. */
void
exchange_close(struct exchange *x)
{
	x->waiting = false;
	x->nsent = 0;
}

/* A new message, with a back-off of its own; nothing of it is sent yet. */
void
exchange_open(struct exchange *x, const struct exchange_row *row)
{
	exchange_close(x);
	x->row = row;
	x->tries = 0;
	x->hold_until = NEVER;
	x->timeout = row->first;
}

/* Is an answer waited for, or is something to be sent on a timer? */
bool
exchange_under_way(const struct exchange *x)
{
	return (x->waiting || wheel_is_set(&x->rate) ||
	    wheel_is_set(&x->retrans));
}

/* When the present time-out is over, look again. */
void
exchange_wait(struct exchange *x, struct wheel *w, int64_t now)
{
	wheel_set(w, &x->retrans, (struct mono){ now + x->timeout });
}

/* Not now, but then; a time-out that runs goes on. */
void
exchange_later(struct exchange *x, struct wheel *w, int64_t when)
{
	wheel_set(w, &x->rate, (struct mono){ when });
}

/*
 * It was sent, as s says; an answer may be about this transmission or one of
 * those before.  Returns whether it was a retransmission.
 */
bool
exchange_sent(struct exchange *x, struct wheel *w, const struct sent *s)
{
	memmove(&x->sent[1], &x->sent[0], sizeof(x->sent) - sizeof(x->sent[0]));
	x->sent[0] = *s;
	if (x->nsent < EXCHANGE_SENT)
		x->nsent++;
	x->waiting = true;
	x->last_sent = s->at;
	wheel_clear(w, &x->rate);
	exchange_wait(x, w, s->at);
	return (x->tries++ > 0);
}

/*
 * The time-out is over: the next one is twice as long, up to the last one.  A
 * back-off begins with the first transmission.
 */
void
exchange_double(struct exchange *x)
{
	if (x->tries > 0)
		x->timeout *= 2;
	if (x->timeout > x->row->last)
		x->timeout = x->row->last;
}

/* Nothing is sent before then, for this cause. */
void
exchange_hold(struct exchange *x, struct wheel *w, enum hold_cause cause,
    int64_t until)
{
	x->hold_until = until;
	x->held_by = cause;
	wheel_clear(w, &x->rate);
	wheel_set(w, &x->retrans, (struct mono){ until });
}

/* Its timers end. */
void
exchange_stop(struct exchange *x, struct wheel *w)
{
	wheel_clear(w, &x->retrans);
	wheel_clear(w, &x->rate);
}

/* The transmissions that may be answered, newest first; NULL: no more. */
const struct sent *
exchange_get(const struct exchange *x, size_t i)
{
	return (i < x->nsent ? &x->sent[i] : NULL);
}

/* No destinations; false: no memory. */
bool
dests_init(struct dests *ds)
{
	TAILQ_INIT(&ds->all);
	return (htab_init(&ds->tab, 16));
}

static void
dest_free(struct dests *ds, struct dest *d)
{
	TAILQ_REMOVE(&ds->all, d, entry);
	htab_remove(&ds->tab, &d->link);
	free(d);
}

/* Free it, if nobody has anything to do with it any more. */
void
dest_release(struct dests *ds, struct dest *d)
{
	if (TAILQ_EMPTY(&d->peerings) && TAILQ_EMPTY(&d->peers) &&
	    TAILQ_EMPTY(&d->careofs))
		dest_free(ds, d);
}

/* Free those that nobody has a peering with any more. */
void
dests_sweep(struct dests *ds)
{
	struct dest	*d, *next;

	for (d = TAILQ_FIRST(&ds->all); d != NULL; d = next) {
		next = TAILQ_NEXT(d, entry);
		dest_release(ds, d);
	}
}

/* Free all, which nobody uses any more. */
void
dests_free(struct dests *ds)
{
	dests_sweep(ds);
	htab_free(&ds->tab);
}

static bool
match_dest(const struct hlink *l, const void *key)
{
	return (in6_eq(&((const struct dest *)(const void *)l)->addr, key));
}

/* The destination of this address, a new one if there is none; or NULL. */
struct dest *
dest_get(struct dests *ds, const struct hash_key *key,
    const struct in6_addr *addr)
{
	uint64_t	 hash = hash_bytes(key, addr, sizeof(*addr));
	struct hlink	*l = htab_find(&ds->tab, hash, match_dest, addr);
	struct dest	*d = (struct dest *)(void *)l;
	size_t		 i, k;

	if (d != NULL || (d = calloc(1, sizeof(*d))) == NULL)
		return (d);
	d->addr = *addr;
	d->hold_until = NEVER;
	for (i = 0; i < RATE_CLASSES; i++)
		for (k = 0; k < MAX_UPDATE_RATE; k++)
			d->rates[i].at[k] = NEVER;
	TAILQ_INIT(&d->peerings);
	TAILQ_INIT(&d->peers);
	TAILQ_INIT(&d->careofs);
	TAILQ_INSERT_TAIL(&ds->all, d, entry);
	htab_insert(&ds->tab, &d->link, hash);
	return (d);
}

/*
 * May a message of this class go there now?  Then it counts as sent; if not,
 * *when is the first moment that it may.
 */
bool
dest_allows(struct dest *d, enum rate_class class, int64_t now, int64_t *when)
{
	struct rate	*r = &d->rates[class];
	int64_t		 oldest = r->at[r->next];

	*when = oldest == NEVER ? NEVER : oldest + SEC(1);
	if (*when > now)
		return (false);
	r->at[r->next] = now;
	r->next = (r->next + 1) % MAX_UPDATE_RATE;
	return (true);
}
