/*
 * The addresses of this host and its links, as the parent tells them.  Pure.
 */
#ifndef MIP6D_NET_ADDRS_H
#define MIP6D_NET_ADDRS_H

#include <netinet/in.h>

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/msg.h"

#define ADDRS_BUCKETS	256
#define LINKS_MAX	256

struct addr_entry;

struct addrs {
	struct addr_entry	*bucket[ADDRS_BUCKETS];
	struct {
		uint32_t	 ifindex, mtu;
		uint8_t		 flags;
	}			 link[LINKS_MAX];
	size_t			 nlinks;
	uint32_t		 max_mtu;	/* of links that are not ours */
};

void		 addrs_free(struct addrs *);
bool		 addrs_update(struct addrs *, const struct msg_address *);
void		 addrs_link(struct addrs *, const struct msg_link *);
bool		 addrs_local(const struct addrs *, const struct in6_addr *);
uint32_t	 addrs_mtu(const struct addrs *, uint32_t);

#endif
