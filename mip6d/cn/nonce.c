/*
 * Nonces, each with a node key of its own, so that an index tells both (RFC
 * 6275 5.2.1, 5.2.2, 5.2.7).  A ring of those that are still accepted, by their
 * serial numbers; an index on the wire is the serial number from a random
 * beginning on, modulo 65535, and never 0.  What a process before this one has
 * given out is most likely refused by its index, and its key is not known in
 * any case (5.2.8).  Called by tests.c and bu.c, and by tomb.c.
 */
#include <openssl/crypto.h>

#include <string.h>

#include "cn/int.h"

#define INDICES		65535		/* 1 to that */

static struct nonce *
slot(struct cn *cn, uint32_t serial)
{
	return (&cn->nonces.ring[serial % NNONCES]);
}

static bool
is_valid(const struct cn *cn, const struct nonce *n)
{
	return (n->serial != 0 && n->used &&
	    mono_diff(cn->now.mono, n->first) < MAX_NONCE_LIFETIME);
}

/* Where no other has begun, or ended: a number of the start's choosing. */
void
cn_nonce_init(struct cn *cn)
{
	cn->nonces.base = (uint32_t)(cn_random(cn) % INDICES);
	cn->nonces.oldest = 1;
}

static void
fill(struct cn *cn, uint8_t *p, size_t n)
{
	uint64_t	 v;
	size_t		 i;

	for (; n > 0; p += i, n -= i) {
		v = cn_random(cn);
		i = n < sizeof(v) ? n : sizeof(v);
		memcpy(p, &v, i);
	}
}

static struct nonce *
make(struct cn *cn)
{
	struct nonce	*n = slot(cn, ++cn->nonces.last);

	memset(n, 0, sizeof(*n));
	n->serial = cn->nonces.last;
	fill(cn, n->key, sizeof(n->key));
	fill(cn, n->value, sizeof(n->value));
	cn->nonces.made = cn->now.mono;
	COUNT(cn->env->counters, CC_NONCES);
	return (n);
}

/* The timer is for the oldest one; it is set as soon as that is used. */
static void
arm(struct cn *cn)
{
	const struct nonce	*n = slot(cn, cn->nonces.oldest);

	cn_timer_clear(cn, &cn->nonces.timer);
	if (n->serial == cn->nonces.oldest && n->used)
		cn_timer_set(cn, &cn->nonces.timer, TK_NONCE,
		    mono_add(n->first, MAX_NONCE_LIFETIME));
}

/* The nonce for an answer, which is used by that. */
const struct nonce *
cn_nonce_current(struct cn *cn)
{
	struct nonce	*n = slot(cn, cn->nonces.last);

	if (cn->nonces.last < cn->nonces.oldest || (n->used &&
	    mono_diff(cn->now.mono, n->first) >= NONCE_ISSUED))
		n = make(cn);
	if (!n->used) {
		n->used = true;
		n->first = cn->now.mono;
		if (n->serial == cn->nonces.oldest)
			arm(cn);
	}
	return (n);
}

/* The one of this index, NULL if there is none that may be accepted. */
const struct nonce *
cn_nonce_find(const struct cn *cn, uint16_t index)
{
	const struct nonces	*s = &cn->nonces;
	const struct nonce	*n;
	uint32_t		 back;

	if (index == 0 || s->last < s->oldest)
		return (NULL);
	back = (uint32_t)((s->base + (uint64_t)s->last + INDICES -
	    (index - 1)) % INDICES);
	if (back > s->last - s->oldest)
		return (NULL);
	n = &s->ring[(s->last - back) % NNONCES];
	return (is_valid(cn, n) ? n : NULL);
}

/* The one with this serial number, NULL if it may not be accepted any more. */
const struct nonce *
cn_nonce_serial(const struct cn *cn, uint32_t serial)
{
	const struct nonce	*n = &cn->nonces.ring[serial % NNONCES];

	return (n->serial == serial && is_valid(cn, n) ? n : NULL);
}

/* What names it in a message: 1 to 65535. */
uint16_t
cn_nonce_index(const struct cn *cn, const struct nonce *n)
{
	return ((uint16_t)(1 + (cn->nonces.base + (uint64_t)n->serial) %
	    INDICES));
}

/* Serial number of the last one that anybody was given; 0: none. */
uint32_t
cn_nonce_newest(const struct cn *cn)
{
	const struct nonces	*s = &cn->nonces;

	if (s->last >= s->oldest && !s->ring[s->last % NNONCES].used)
		return (s->last - 1);
	return (s->last);
}

/* Is none accepted any more that is as old as this one? */
bool
cn_nonce_is_over(const struct cn *cn, uint32_t serial)
{
	return (serial < cn->nonces.oldest || !is_valid(cn,
	    &cn->nonces.ring[serial % NNONCES]));
}

/*
 * Somebody needs a nonce that is newer than all that were given out (RFC 6275
 * 5.2.7: on demand, but not for each request).
 */
void
cn_nonce_renew(struct cn *cn)
{
	if (cn_nonce_newest(cn) == cn->nonces.last && mono_diff(cn->now.mono,
	    cn->nonces.made) >= NONCE_PAUSE)
		make(cn);
}

/* They end, up to this one; their keys are not kept (RFC 6275 5.2.2). */
static void
discard(struct cn *cn, uint32_t serial)
{
	while (cn->nonces.oldest <= serial) {
		OPENSSL_cleanse(slot(cn, cn->nonces.oldest),
		    sizeof(struct nonce));
		cn->nonces.oldest++;
	}
	arm(cn);
}

/* Memory is short: none up to this one is accepted any more (5.2.8). */
void
cn_nonce_void(struct cn *cn, uint32_t serial)
{
	COUNT(cn->env->counters, CC_NONCES_VOID);
	discard(cn, serial);
}

/* The timer: the oldest has had its time. */
void
cn_nonce_expire(struct cn *cn)
{
	uint32_t	 serial = cn->nonces.oldest;

	while (serial <= cn->nonces.last && slot(cn, serial)->used &&
	    !is_valid(cn, slot(cn, serial)))
		serial++;
	discard(cn, serial - 1);
}

/* At the end. */
void
cn_nonce_wipe(struct cn *cn)
{
	OPENSSL_cleanse(cn->nonces.ring, sizeof(cn->nonces.ring));
}
