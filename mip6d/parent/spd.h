/*
 * The security policies of one node (RFC 4877 4.2, 5, 6; RFC 3776 3.1 to 3.3),
 * as lists.  Pure.
 */
#ifndef MIP6D_PARENT_SPD_H
#define MIP6D_PARENT_SPD_H

#include <netinet/in.h>

#include <stdbool.h>
#include <stdint.h>

#include "conf/conf.h"
#include "libpfkey/libpfkey.h"

#define SPD_MAX		4	/* of either list */

struct spd_node {
	struct in6_addr		 home, agent;
	bool			 mine;		/* we are the mobile node */
	uint32_t		 reqid;		/* + 1: of the tunnel */
	enum conf_protect	 protect;
};

/* Where a tunnel ends, as its policies in the direction out have it. */
struct spd_ends {
	struct in6_addr	 local, peer;
};

unsigned int	 spd_binding(const struct spd_node *,
		    struct pfkey_policy[SPD_MAX]);
unsigned int	 spd_tunnel(const struct spd_node *, const struct spd_ends *,
		    struct pfkey_policy[SPD_MAX]);
void		 spd_migrate(const struct pfkey_policy *,
		    const struct pfkey_policy *, struct pfkey_migrate *);
struct pfkey_addr spd_addr(const struct in6_addr *);
bool		 spd_is_ours(const struct pfkey_policy *, uint32_t, uint32_t);

#endif
