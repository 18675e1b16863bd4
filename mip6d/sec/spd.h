/*
 * The policies and manual associations of one node.  Pure; who carries out
 * primitives has it, too.
 */
#ifndef MIP6D_SEC_SPD_H
#define MIP6D_SEC_SPD_H

#include <netinet/in.h>

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "conf/conf.h"
#include "libpfkey/libpfkey.h"

#define SPD_MAX		16	/* policies of one node, at most */

struct spd_node {
	bool			 agent_side;	/* we are its home agent */
	struct in6_addr		 home, agent;
	uint32_t		 reqid;		/* that of the tunnel: + 1 */
	enum conf_protect	 protect;
	bool			 tunnel;	/* active, between these: */
	struct in6_addr		 local, peer;
};

/* An association that is configured by hand, but for its keys. */
struct sec_sa {
	uint64_t		 mark;		/* another with other keys */
	uint32_t		 spi;
	uint8_t			 use, way;	/* enum conf_sa_use ... */
};

enum spd_kind { SPD_TRANSPORT, SPD_BYPASS, SPD_TUNNEL };

struct spd_entry {
	enum spd_kind		 kind;
	struct pfkey_policy	 policy;
};

size_t	 spd_count(const struct spd_node *);
bool	 spd_entry(const struct spd_node *, size_t, struct spd_entry *);
bool	 spd_is_ours(const struct pfkey_policy *, uint32_t, uint32_t);
bool	 spd_same(const struct pfkey_policy *, const struct pfkey_policy *);
bool	 spd_same_key(const struct pfkey_policy *,
	    const struct pfkey_policy *);
void	 spd_migrate(const struct pfkey_policy *, const struct in6_addr *,
	    const struct in6_addr *, struct pfkey_migrate *);
void	 spd_sa(const struct spd_node *, const struct sec_sa *,
	    struct pfkey_sa *);
struct pfkey_addr spd_addr(const struct in6_addr *);
struct in6_addr	 spd_in6(const struct pfkey_addr *);

#endif
