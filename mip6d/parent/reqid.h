/*
 * Which reqids a node has: a pair, the same as long as it is configured, over
 * restarts too, as its associations may outlive us.
 */
#ifndef MIP6D_PARENT_REQID_H
#define MIP6D_PARENT_REQID_H

#include <netinet/in.h>

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/htab.h"

struct reqid_entry {
	struct hlink	 link;
	struct in6_addr	 home;
	uint32_t	 reqid;		/* 0: free */
	uint64_t	 seen;		/* s since 1970 */
	bool		 used;		/* in this configuration */
};

struct reqids {
	uint32_t		 first, last;
	size_t			 n, count;	/* pairs, those in use */
	size_t			 hint;		/* nothing free before that */
	struct hash_key		 key;
	struct htab		 by_home;
	struct reqid_entry	*v;		/* n of them */
	bool			 dirty;
};

bool	 reqids_init(struct reqids *, uint32_t, uint32_t);
void	 reqids_free(struct reqids *);
struct reqid_entry *reqids_take(struct reqids *, const struct in6_addr *);
void	 reqids_begin(struct reqids *);
void	 reqids_end(struct reqids *);
bool	 reqids_read(struct reqids *, const char *);
bool	 reqids_write(struct reqids *, const char *);

#endif
