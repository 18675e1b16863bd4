/*
 * Multicast groups that engines have asked for; two may ask for the same.  A
 * home agent with a million bindings asks for as many, so nothing here walks
 * over all of them but the end of a resync.  Pure: it says what is to be
 * joined and left.
 */
#ifndef MIP6D_NET_GROUPS_H
#define MIP6D_NET_GROUPS_H

#include <sys/types.h>
#include <sys/queue.h>

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/htab.h"
#include "core/msg.h"

struct group_entry;
TAILQ_HEAD(group_list, group_entry);

struct groups {
	struct hash_key		 key;
	struct htab		 tab;
	struct htab		 links;		/* with groups, by index */
	struct group_list	 joined;	/* and wanted */
	struct group_list	 missing; /* wanted, could not be joined */
	struct group_list	 unwanted;	/* to be left */
	uint32_t		 generation[ROLE_MAX];
};

#define GROUP_FAILED	(-1)
#define GROUP_NO_ROOM	(-2)	/* nor for any other */

/*
 * To be joined at the kernel, or left.  Returns where it was joined, or one of
 * those above; that is what where is when it is left.
 */
typedef int groups_change(void *, const struct msg_group *, int where);

bool	 groups_init(struct groups *, const uint64_t [2]);
void	 groups_free(struct groups *);
bool	 groups_set(struct groups *, enum role, const struct msg_group *,
	    groups_change *, void *);
void	 groups_link_gone(struct groups *, uint32_t);
void	 groups_socket_gone(struct groups *, int where);
void	 groups_resync(struct groups *, enum role);
void	 groups_resync_end(struct groups *, enum role);
bool	 groups_sweep(struct groups *, unsigned int, groups_change *, void *);
bool	 groups_to_leave(const struct groups *);
void	 groups_missing(struct groups *, groups_change *, void *);

#endif
