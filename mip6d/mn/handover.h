/* What is kept of a handover for its timeline.  Private to mip6d/mn. */
#ifndef MIP6D_MN_HANDOVER_H
#define MIP6D_MN_HANDOVER_H

#include <netinet/in.h>

#include <stdbool.h>
#include <stdint.h>

#include "core/msg.h"

#define MN_HANDOVERS	32	/* of all home addresses together */

enum mark {
	M_LINK_DOWN, M_LINK_UP, M_RS, M_RA, M_ADDRESS, M_BU, M_BA,
	M_FIRST_IN, M_FIRST_OUT, M_MAX
};

struct handover {
	unsigned int	 number;
	struct in6_addr	 home, from, to;
	char		 ifname[MSG_NAME_MAX];
	char		 kind[12];	/* first, move, return */
	int64_t		 wall;
	int64_t		 mark[M_MAX];	/* monotonic or NEVER */
	unsigned int	 updates;	/* BUs sent */
	bool		 done;		/* the BA came */
};

#endif
