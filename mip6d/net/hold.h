/*
 * ESP whose SPI is not known: kept for a moment, until the parent has said
 * whose it is.  Right after a rekey the first packets overtake the news.  Pure.
 */
#ifndef MIP6D_NET_HOLD_H
#define MIP6D_NET_HOLD_H

#include "net/dp.h"

#define HOLD_MAX	64		/* packets */
#define HOLD_PER_SPI	4
#define HOLD_TIME	MS(500)

struct held {
	uint8_t		*data;		/* NULL: free; headroom included */
	size_t		 len;
	uint32_t	 spi, ifindex;
	struct in6_addr	 home;
	struct vnet	 vnet;
	bool		 has_vnet;
	uint8_t		 flags;		/* of the capture */
	struct mono	 until;
};

struct hold {
	struct held	 v[HOLD_MAX];
	size_t		 n;
};

enum hold_result { HOLD_FULL, HOLD_FIRST, HOLD_ALSO };

enum hold_result hold_add(struct hold *, const struct dp_out *,
		    const struct pkt *, const struct vnet *,
		    uint32_t ifindex, uint8_t flags, struct mono);
struct held	*hold_of(struct hold *, uint32_t, const struct in6_addr *);
struct held	*hold_expired(struct hold *, struct mono);
void		 hold_drop(struct hold *, struct held *);
void		 hold_clear(struct hold *);

#endif
