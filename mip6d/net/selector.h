/*
 * Traffic selectors: what of a packet's headers tells to which flow it belongs
 * (RFC 6088).  Pure.
 */
#ifndef MIP6D_NET_SELECTOR_H
#define MIP6D_NET_SELECTOR_H

#include <netinet/in.h>

#include <stdbool.h>
#include <stdint.h>

#include "core/msg.h"

struct ip6_walk;
struct text;

#define SELECTOR_TEXT_MAX	384	/* with the NUL */

/* From the first to the last value, both included; host byte order. */
struct selector {
	uint8_t		 given;		/* FLOW_BY_*: these count */
	uint8_t		 tclass[2], proto[2];
	uint16_t	 sport[2], dport[2];
	uint32_t	 spi[2], label[2];
	struct in6_addr	 src[2], dst[2];
};

/* What a packet shows of it. */
struct flow_key {
	uint8_t		 shown;		/* FLOW_BY_* */
	uint8_t		 tclass, proto;
	uint16_t	 sport, dport;
	uint32_t	 spi, label;
	struct in6_addr	 src, dst;
};

bool	 selector_set(struct selector *, const struct msg_flow *);
void	 selector_get(const struct selector *, struct msg_flow *);
void	 selector_text(const struct msg_flow *, struct text *);
void	 selector_read(struct flow_key *, const struct ip6_walk *);
bool	 selector_fits(const struct selector *, const struct flow_key *);

#endif
