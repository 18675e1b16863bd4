/* The access rules of the configuration: who may register what. */
#ifndef MIP6D_CORE_ACCESS_H
#define MIP6D_CORE_ACCESS_H

#include <netinet/in.h>

#include <stdbool.h>
#include <stddef.h>

struct conf_prefix;
struct conf_rule;

bool	 access_allowed(const struct conf_rule *, size_t,
	    const char *identifier, const struct in6_addr *home,
	    const struct in6_addr *coa);
bool	 prefix_match(const struct conf_prefix *, const struct in6_addr *);

#endif
