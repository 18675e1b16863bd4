/*
 * The host routes of bindings, by a hash of their addresses: 16 octets each,
 * and a million of them are told apart all the same.  Pure.
 */
#ifndef MIP6D_KERN_HOSTS_H
#define MIP6D_KERN_HOSTS_H

#include <netinet/in.h>

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/htab.h"

struct hosts {
	struct hash_key	 key;
	uint64_t	*slots;		/* 0: free */
	size_t		 mask, count;
};

void	 hosts_init(struct hosts *, const struct hash_key *);
void	 hosts_free(struct hosts *);
bool	 hosts_add(struct hosts *, const struct in6_addr *);
bool	 hosts_remove(struct hosts *, const struct in6_addr *);
bool	 hosts_has(const struct hosts *, const struct in6_addr *);

#endif
