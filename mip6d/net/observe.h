/*
 * With whom a home address speaks through its tunnel: packets counted for each
 * pair of addresses, where an engine wants that, so that it hears of those with
 * many.  Peers are strangers' to choose, so the memory is fixed.  Pure.
 */
#ifndef MIP6D_NET_OBSERVE_H
#define MIP6D_NET_OBSERVE_H

#include <netinet/in.h>

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/htab.h"
#include "core/mono.h"
#include "core/msg.h"
#include "core/role.h"

#define OBSERVE_SETS	1024	/* a power of two */
#define OBSERVE_WAYS	8	/* pairs of a set; the longest unseen goes */
#define OBSERVE_WINDOW	1000	/* ms, where an engine names none */

struct observed;

struct observe {
	struct htab	 homes;		/* who is observed */
	struct hash_key	 key;
	struct observed	*pairs;		/* NULL as long as nobody is */
	size_t		 n;		/* of homes */
};

enum observe_news {
	OBSERVE_NOTHING,
	OBSERVE_MANY,		/* as many as were asked for, in time */
	OBSERVE_FORGOT		/* another pair has gone for this one */
};

bool	 observe_init(struct observe *, const uint64_t [2]);
void	 observe_free(struct observe *);
bool	 observe_set(struct observe *, enum role, const struct msg_observe *);
void	 observe_forget(struct observe *, enum role);
enum observe_news
	 observe_packet(struct observe *, enum role,
	    const struct in6_addr *home, const struct in6_addr *other, bool,
	    struct mono, uint32_t *);

#endif
