/*
 * A set of addresses as their hashes, in one array with open addressing.
 * Two addresses with the same 64 bits would be one; the hash is keyed, so
 * that nobody can choose them.
 */
#include <stdlib.h>
#include <string.h>

#include "kern/hosts.h"

#define SLOTS_MIN	64

/* An empty set; key is to be random. */
void
hosts_init(struct hosts *h, const struct hash_key *key)
{
	memset(h, 0, sizeof(*h));
	h->key = *key;
}

void
hosts_free(struct hosts *h)
{
	free(h->slots);
	h->slots = NULL;
	h->mask = h->count = 0;
}

static uint64_t
hash(const struct hosts *h, const struct in6_addr *a)
{
	uint64_t	 v = hash_bytes(&h->key, a, sizeof(*a));

	return (v == 0 ? 1 : v);
}

/* The slot that has it, or the free one where it would be. */
static size_t
slot(const uint64_t *slots, size_t mask, uint64_t v)
{
	size_t	 i = v & mask;

	while (slots[i] != 0 && slots[i] != v)
		i = (i + 1) & mask;
	return (i);
}

static bool
grow(struct hosts *h)
{
	size_t		 n = h->slots == NULL ? SLOTS_MIN : (h->mask + 1) * 2;
	size_t		 i;
	uint64_t	*slots;

	if ((slots = calloc(n, sizeof(*slots))) == NULL)
		return (false);
	for (i = 0; h->slots != NULL && i <= h->mask; i++)
		if (h->slots[i] != 0)
			slots[slot(slots, n - 1, h->slots[i])] = h->slots[i];
	free(h->slots);
	h->slots = slots;
	h->mask = n - 1;
	return (true);
}

/* Add an address, if it is not in; false: out of memory. */
bool
hosts_add(struct hosts *h, const struct in6_addr *a)
{
	uint64_t	 v = hash(h, a);
	size_t		 i;

	/* Half of it stays free, so that runs are short. */
	if ((h->slots == NULL || h->count * 2 > h->mask) && !grow(h))
		return (false);
	i = slot(h->slots, h->mask, v);
	if (h->slots[i] == 0) {
		h->slots[i] = v;
		h->count++;
	}
	return (true);
}

bool
hosts_has(const struct hosts *h, const struct in6_addr *a)
{
	return (h->slots != NULL &&
	    h->slots[slot(h->slots, h->mask, hash(h, a))] != 0);
}

/* Remove an address; false: it was not in. */
bool
hosts_remove(struct hosts *h, const struct in6_addr *a)
{
	size_t	 i, j, home;

	if (!hosts_has(h, a))
		return (false);
	i = slot(h->slots, h->mask, hash(h, a));
	/* What came later and had to go past this slot moves up. */
	for (j = (i + 1) & h->mask; h->slots[j] != 0; j = (j + 1) & h->mask) {
		home = h->slots[j] & h->mask;
		if (((j - home) & h->mask) >= ((j - i) & h->mask)) {
			h->slots[i] = h->slots[j];
			i = j;
		}
	}
	h->slots[i] = 0;
	h->count--;
	return (true);
}
