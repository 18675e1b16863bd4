/*
 * Packets that an engine sends while there is no net to send them: kept for a
 * moment, bounded, and given to the next net in their order.
 */
#ifndef MIP6D_CORE_HELD_H
#define MIP6D_CORE_HELD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/mono.h"
#include "core/msg.h"

#define HELD_MAX	256	/* packets */
#define HELD_LIFE	SEC(3)	/* what is older is of no use to anybody */

struct held_msg;

/* An empty one is all zero. */
struct held_msgs {
	struct held_msg	*first, **last;
	size_t		 n;
	uint64_t	 kept, dropped;
};

typedef void held_fn(void *, enum msg_type, const union msg *);

bool	 held_wanted(enum msg_type);
void	 held_add(struct held_msgs *, enum msg_type, const void *, struct mono);
void	 held_give(struct held_msgs *, struct mono, held_fn *, void *);
void	 held_free(struct held_msgs *);

#endif
