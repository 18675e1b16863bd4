/*
 * Path MTU of one peer (RFC 8201).  Pure; it is told the time.
 */
#ifndef MIP6D_NET_PMTU_H
#define MIP6D_NET_PMTU_H

#include <stdbool.h>
#include <stdint.h>

#include "core/mono.h"

#define PMTU_LIFETIME	SEC(600)	/* RFC 8201 5.3 recommends 10 minutes */

struct pmtu {
	uint32_t	 until;		/* s; it is in each path */
	uint16_t	 mtu;		/* 0: none learnt */
};

uint16_t	 pmtu_get(const struct pmtu *, uint32_t, struct mono);
bool		 pmtu_set(struct pmtu *, uint32_t, uint32_t, struct mono);
uint16_t	 pmtu_lower(uint16_t);

#endif
