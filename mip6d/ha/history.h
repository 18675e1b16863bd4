/* What is remembered of nodes, with a binding and without: history.c. */
#ifndef MIP6D_HA_HISTORY_H
#define MIP6D_HA_HISTORY_H

#include <netinet/in.h>

#include <stdbool.h>
#include <stdint.h>

#include "core/htab.h"

enum trace_what {
	TR_REGISTERED = 1, TR_REFRESHED, TR_MOVED, TR_DEREGISTERED,
	TR_REFUSED, TR_DROPPED, TR_DAD, TR_RETURNED
};

#define NTRACE	6

/* One event of a node's history, 8 bytes. */
struct trace {
	uint32_t	 wall;		/* seconds since 1970 */
	uint8_t		 what;		/* enum trace_what, 0: empty */
	uint8_t		 reason;	/* enum ha_counter */
	uint16_t	 arg;		/* sequence number or status */
};

/* Refusals of nodes without binding. */
#define NREFUSALS	4096

struct refusal {
	struct hlink		 link;
	struct in6_addr		 home, src;
	int64_t			 wall;
	uint32_t		 count;
	uint8_t			 reason, status;
	bool			 used;
};

#endif
