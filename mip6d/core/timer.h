/* When an event of libevent is due, in the project's own time. */
#ifndef MIP6D_CORE_TIMER_H
#define MIP6D_CORE_TIMER_H

#include "core/mono.h"

struct event;

int	 timer_in(struct event *, int64_t ns);
int	 timer_at(struct event *, struct mono);

#endif
