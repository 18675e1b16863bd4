/*
 * Recognizes the second copy of a Mobility Header that was protected by IPsec,
 * as the kernel gives it to two sockets.  The last 1024 of those that came by
 * the socket for protected ones are kept as hashes for two seconds.  Pure;
 * called by raw.c only.
 */
#include "net/twice.h"

/* FNV-1a; who could make two collide could send the protected one. */
static uint64_t
add(uint64_t h, const void *p, size_t len)
{
	const uint8_t	*b = p;
	size_t		 i;

	for (i = 0; i < len; i++)
		h = (h ^ b[i]) * UINT64_C(0x100000001b3);
	return (h);
}

static uint64_t
hash(const struct dp_raw *r, const uint8_t *p, size_t len)
{
	uint64_t	 h = UINT64_C(0xcbf29ce484222325);

	h = add(h, &r->src, sizeof(r->src));
	h = add(h, &r->dst, sizeof(r->dst));
	h = add(h, p, len);
	return (h == 0 ? 1 : h);
}

/* This one came by the socket for protected ones. */
void
twice_note(struct twice *t, const struct dp_raw *r, const uint8_t *p,
    size_t len, struct mono now)
{
	t->e[t->next].hash = hash(r, p, len);
	t->e[t->next].at = now;
	t->next = (t->next + 1) % TWICE_MAX;
}

/* Is this the copy of one that was noted?  Each note is good for one. */
bool
twice_seen(struct twice *t, const struct dp_raw *r, const uint8_t *p,
    size_t len, struct mono now)
{
	uint64_t	 h = 0;
	size_t		 i, at;

	for (i = 0; i < TWICE_MAX; i++) {
		at = (t->next + TWICE_MAX - 1 - i) % TWICE_MAX;
		if (t->e[at].at.ns == 0 ||
		    mono_diff(now, t->e[at].at) > TWICE_LIFETIME)
			return (false);
		if (i == 0)
			h = hash(r, p, len);
		if (t->e[at].hash == h) {
			t->e[at].hash = 0;
			return (true);
		}
	}
	return (false);
}
