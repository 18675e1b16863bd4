/*
 * The addresses of this host and its links, as the parent tells them.  There
 * may be thousands of both: nothing here is looked for from one end to the
 * other when a packet comes.  Pure.
 */
#ifndef MIP6D_NET_ADDRS_H
#define MIP6D_NET_ADDRS_H

#include <sys/types.h>
#include <sys/queue.h>

#include <netinet/in.h>

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/htab.h"
#include "core/msg.h"

struct addr_entry;
struct link_entry;

/* The interface of this index has gone. */
typedef void addrs_gone(void *, uint32_t);

struct addrs {
	struct hash_key		 key;
	struct htab		 pairs;		/* address and interface */
	struct htab		 linklocals;	/* of those, by interface */
	struct htab		 local;		/* address, on any interface */
	struct htab		 anycast;	/* of the routers of a link */
	struct htab		 links;		/* by index */
	LIST_HEAD(, addr_entry)	 addr_list;
	LIST_HEAD(, link_entry)	 link_list;
	uint32_t		 max_mtu;	/* of links that are not ours */
	size_t			 nmax;		/* how many have that one */
};

bool		 addrs_init(struct addrs *, const uint64_t [2]);
void		 addrs_free(struct addrs *);
void		 addrs_snapshot_begin(struct addrs *);
void		 addrs_snapshot_end(struct addrs *, addrs_gone *, void *);
bool		 addrs_update(struct addrs *, const struct msg_address *);
bool		 addrs_link(struct addrs *, const struct msg_link *);
bool		 addrs_local(const struct addrs *, const struct in6_addr *);
bool		 addrs_anycast(const struct addrs *, const struct in6_addr *);
bool		 addrs_has_link(const struct addrs *, uint32_t);
uint32_t	 addrs_mtu(const struct addrs *, uint32_t);
const uint8_t	*addrs_lladdr(const struct addrs *, uint32_t, size_t *);
bool		 addrs_linklocal(const struct addrs *, uint32_t,
		    struct in6_addr *);

#endif
