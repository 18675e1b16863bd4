/*
 * The home addresses that use IPsec with their home agent, as configured:
 * those of the mobile nodes of a home agent, and our own.  Pure.
 */
#ifndef MIP6D_NET_HOMES_H
#define MIP6D_NET_HOMES_H

#include <netinet/in.h>

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "conf/conf.h"
#include "core/htab.h"
#include "core/role.h"

struct ipsec_home {
	struct in6_addr		 home, agent;	/* agent ::: discovered */
	enum role		 role;		/* ROLE_HA or ROLE_MN */
	enum conf_protect	 protect;
	bool			 ipsec;		/* false: listed, but without */
	uint32_t		 next;		/* in its chain + 1; 0: none */
};

struct homes {
	struct ipsec_home	*v;
	uint32_t		*bucket;	/* place in v + 1; 0: none */
	size_t			 n, mask;
	struct hash_key		 key;
	const struct conf	*conf;		/* the owner's */
};

bool	 homes_set(struct homes *, const struct conf *);
void	 homes_free(struct homes *);
bool	 homes_find(const struct homes *, const struct in6_addr *,
	    struct ipsec_home *);
bool	 homes_agent(const struct homes *, const struct ipsec_home *,
	    const struct in6_addr *);

#endif
