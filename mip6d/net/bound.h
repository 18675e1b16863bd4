/*
 * What net hands back to an engine that is new: the tunnels that the one
 * before it had bound, with the records that it left with them and their flows
 * (BOUND and FLOW_BOUND, then BOUND_END).  Pure.
 */
#ifndef MIP6D_NET_BOUND_H
#define MIP6D_NET_BOUND_H

#include <stdbool.h>
#include <stdint.h>

#include "net/plane.h"

struct bound {
	enum role	 role;
	uint32_t	 at;		/* cursor of planes_dump() */
	bool		 on;
};

/* Tell it BOUND or FLOW_BOUND; false: there is no room for it now. */
typedef bool	 bound_tell(void *, enum msg_type, const void *);

void	 bound_begin(struct bound *, enum role);
void	 bound_stop(struct bound *);
bool	 bound_step(struct bound *, const struct planes *, bound_tell *,
	    void *);
void	 bound_first(const struct bound *, const struct planes *,
	    const struct in6_addr *home, const struct in6_addr *other,
	    bound_tell *, void *);

#endif
