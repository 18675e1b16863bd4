/*
 * Flows of an entry: packets that a selector fits take the paths of these
 * numbers, or none (RFC 6089).  Pure.
 */
#ifndef MIP6D_NET_FLOW_H
#define MIP6D_NET_FLOW_H

#include <stdbool.h>
#include <stdint.h>

#include "core/mono.h"
#include "net/selector.h"

/* Packets in fragments of which is kept whose flow they are. */
#define FLOW_FRAGMENTS	1024	/* a power of two; the one before goes */
#define FLOW_REASSEMBLY	SEC(60)	/* RFC 8200 4.5: then all must have come */

struct fwd_entry;
struct fwd_path;
struct fwd_table;
struct ip6_walk;

struct fwd_flow {
	struct fwd_flow	*next;		/* by priority */
	uint64_t	 packets;
	uint32_t	 generation;
	uint16_t	 fid, priority;
	uint8_t		 action;	/* enum flow_action */
	uint8_t		 nbids;
	uint16_t	 bids[BIND_PATHS_MAX];
	struct selector	 selector;
};

/* Whose the other fragments of a packet are. */
struct flow_fragment {
	uint64_t	 hash;		/* of its entry, addresses, number */
	struct mono	 at;		/* the first one came; 0: none did */
	uint16_t	 fid;		/* 0: no flow's */
};

int	 flow_set(struct fwd_table *, struct fwd_entry *,
	    const struct msg_flow *);
bool	 flow_unset(struct fwd_entry *, unsigned int fid);
void	 flow_sweep(struct fwd_entry *, uint32_t generation);
void	 flow_get(const struct fwd_flow *, const struct fwd_entry *,
	    struct msg_flow *, uint8_t bids[2 * BIND_PATHS_MAX]);
bool	 flow_takes(const struct fwd_flow *, const struct fwd_path *);
struct fwd_flow *flow_find(const struct fwd_table *, struct fwd_entry *,
	    const struct ip6_walk *, struct mono);

#endif
