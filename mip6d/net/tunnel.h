/*
 * The tunnels of one role: a hash table by home address.  It grows a few
 * buckets at a time, so no packet ever waits for it.  Pure.
 */
#ifndef MIP6D_NET_TUNNEL_H
#define MIP6D_NET_TUNNEL_H

#include <netinet/in.h>

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/mono.h"
#include "core/msg.h"
#include "net/pmtu.h"

#define TUNNEL_PREVIOUS	SEC(5)	/* for how long the old care-of is taken */

struct tunnel {
	struct tunnel	*next;
	struct in6_addr	 home, local, peer;
	struct in6_addr	 prev_local;	/* :: or the local before this one */
	struct mono	 prev_until;
	struct pmtu	 pmtu;
	uint64_t	 packets_in, bytes_in, packets_out, bytes_out;
	uint32_t	 ifindex;
	uint32_t	 generation;
	struct mono	 last_out;	/* a packet went in, or as it is */
	struct mono	 silent_since;	/* first of the packets below */
	struct mono	 silent_due;	/* before that it is no silence */
	uint32_t	 silent;	/* packets in, since one came out */
	uint8_t		 flags;		/* BIND_* */
	bool		 told_in, told_out, silent_told;
	uint8_t		 ownerlen;
	uint8_t		 owner[BIND_OWNER_MAX];	/* the engine's, opaque */
};

struct tunnel_slab;

struct tunnel_table {
	struct tunnel		**bucket, **old;
	size_t			  n, size, old_size, moved, sweep_at;
	struct tunnel		 *unused;
	struct tunnel_slab	 *slabs;
	uint64_t		  key[2];
	uint32_t		  generation;
	bool			  sweeping;
};

bool		 tunnel_table_init(struct tunnel_table *, const uint64_t [2]);
void		 tunnel_table_free(struct tunnel_table *);
void		 tunnel_table_clear(struct tunnel_table *);

struct tunnel	*tunnel_find(const struct tunnel_table *,
		    const struct in6_addr *);
struct tunnel	*tunnel_bind(struct tunnel_table *, const struct msg_bind *,
		    struct mono);
bool		 tunnel_unbind(struct tunnel_table *, const struct in6_addr *);

void		 tunnel_resync(struct tunnel_table *);
void		 tunnel_resync_end(struct tunnel_table *);
bool		 tunnel_sweep(struct tunnel_table *, size_t);
bool		 tunnel_is_old(const struct tunnel_table *,
		    const struct tunnel *);

size_t		 tunnel_page(struct tunnel_table *, size_t,
		    bool (*)(void *, const struct tunnel *), void *);

#endif
