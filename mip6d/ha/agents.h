/* The Home Agents List of each physical home link: agents.c. */
#ifndef MIP6D_HA_AGENTS_H
#define MIP6D_HA_AGENTS_H

#include <sys/types.h>
#include <sys/queue.h>

#include <netinet/in.h>

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/mono.h"
#include "core/wheel.h"

#define AGENTS_MAX		32	/* of a link */
#define AGENT_ADDRS_MAX		8	/* of an agent */

struct agent {
	TAILQ_ENTRY(agent)	 entry;
	struct wheel_timer	 timer;
	uint32_t		 ifindex;
	struct in6_addr		 linklocal;
	struct mono		 expires;
	int16_t			 preference;
	bool			 routers;	/* R: serves mobile routers */
	size_t			 naddrs;
	struct {
		struct in6_addr	 addr;
		struct mono	 until;		/* 0: for ever */
	} addrs[AGENT_ADDRS_MAX];
};

#endif
