/*
 * Timers: a hierarchical wheel, eight levels of 64 slots,
 * enough for every time there is.  Setting, clearing and
 * expiring cost the same with one timer as with a million.  Pure: it is told
 * the time.  A timer is embedded in what it belongs to and never fires early;
 * it fires at most one tick (2^20 ns, about 1 ms) late.
 */
#ifndef MIP6D_CORE_WHEEL_H
#define MIP6D_CORE_WHEEL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/mono.h"

#define WHEEL_LEVELS	8
#define WHEEL_SLOTS	64

struct wheel_timer {
	struct wheel_timer	 *next, **prev;	/* prev NULL: not set */
	struct mono		  at;
	uint64_t		  tick;
	uint16_t		  where;	/* level and slot, or due */
	uint16_t		  kind;		/* the owner's, not used here */
};

struct wheel {
	uint64_t		 tick; /* all before this has expired */
	uint64_t		 map[WHEEL_LEVELS];
	struct wheel_timer	*slot[WHEEL_LEVELS][WHEEL_SLOTS];
	struct wheel_timer	*due;
	size_t			 count;
};

void			 wheel_init(struct wheel *, struct mono);
void			 wheel_set(struct wheel *, struct wheel_timer *,
			    struct mono);
void			 wheel_clear(struct wheel *, struct wheel_timer *);
bool			 wheel_is_set(const struct wheel_timer *);
bool			 wheel_next(const struct wheel *, struct mono *);
struct wheel_timer	*wheel_expired(struct wheel *, struct mono);

#endif
