/*
 * Multicast groups that engines have asked for; two may ask for the same.
 * Pure: it says what is to be joined and left.
 */
#ifndef MIP6D_NET_GROUPS_H
#define MIP6D_NET_GROUPS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/msg.h"

#define GROUPS_BUCKETS	1024

struct group_entry;

struct groups {
	struct group_entry	*bucket[GROUPS_BUCKETS];
	uint32_t		 generation[ROLE_MAX];
	size_t			 unwanted;	/* to be left */
	size_t			 sweep_at;	/* bucket */
};

/*
 * To be joined at the kernel, or left.  Returns where it was joined, -1: it
 * was not; that is what where is when it is left.
 */
typedef int groups_change(void *, const struct msg_group *, int where);

void	 groups_free(struct groups *);
bool	 groups_set(struct groups *, enum role, const struct msg_group *,
	    groups_change *, void *);
void	 groups_resync(struct groups *, enum role);
void	 groups_resync_end(struct groups *, enum role);
bool	 groups_sweep(struct groups *, unsigned int, groups_change *, void *);
void	 groups_missing(struct groups *, groups_change *, void *);

#endif
