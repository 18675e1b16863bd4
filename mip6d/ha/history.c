/*
 * Two memories for mip6ctl why: each binding keeps its last NTRACE events, and
 * a ring keeps the last refusals of the NREFUSALS home addresses that were
 * refused most recently, with or without a binding.  note.c, bu.c and
 * binding.c write into them, query.c reads.
 */
#include <stdlib.h>
#include <string.h>

#include "ha/int.h"
#include "wire/ip6.h"

/* Both memories, empty.  False when out of memory. */
bool
history_init(struct ha *ha)
{
	ha->refusals = calloc(NREFUSALS, sizeof(struct refusal));
	return (ha->refusals != NULL && htab_init(&ha->refused, NREFUSALS));
}

void
history_free(struct ha *ha)
{
	free(ha->refusals);
	htab_free(&ha->refused);
}

static bool
match(const struct hlink *l, const void *key)
{
	return (in6_eq(&((const struct refusal *)(const void *)l)->home, key));
}

/* The last refusal of a home address, NULL if there is none to be told. */
const struct refusal *
history_find(const struct ha *ha, const struct in6_addr *home)
{
	return ((const struct refusal *)(const void *)htab_find(&ha->refused,
	    hash_bytes(&ha->key, home, sizeof(*home)), match, home));
}

/* Remember that home was refused (or dropped: status 0), asked from src. */
void
history_refusal(struct ha *ha, enum ha_counter reason, uint8_t status,
    const struct in6_addr *home, const struct in6_addr *src)
{
	struct refusal	*r;
	uint64_t	 hash = hash_bytes(&ha->key, home, sizeof(*home));

	r = (struct refusal *)(void *)htab_find(&ha->refused, hash, match,
	    home);
	if (r == NULL) {
		r = &ha->refusals[ha->nextrefusal];
		ha->nextrefusal = (ha->nextrefusal + 1) % NREFUSALS;
		if (r->used)
			htab_remove(&ha->refused, &r->link);
		memset(r, 0, sizeof(*r));
		r->used = true;
		r->home = *home;
		htab_insert(&ha->refused, &r->link, hash);
	}
	r->src = *src;
	r->wall = ha->now.wall;
	r->reason = (uint8_t)reason;
	r->status = status;
	r->count++;
}

/* An event in the life of a binding. */
void
trace_add(struct ha *ha, struct bce *b, enum trace_what what,
    enum ha_counter reason, uint16_t arg)
{
	struct trace	*t = &b->trace[b->ntrace];

	b->ntrace = (uint8_t)((b->ntrace + 1) % NTRACE);
	t->wall = (uint32_t)(ha->now.wall / NS_PER_SEC);
	t->what = (uint8_t)what;
	t->reason = (uint8_t)reason;
	t->arg = arg;
}
