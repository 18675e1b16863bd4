/*
 * The links that the mobile node is on: interfaces, their addresses, the
 * routers that are heard on them and the prefixes that these advertise.
 * Private to mip6d/mn.
 */
#ifndef MIP6D_MN_LINK_H
#define MIP6D_MN_LINK_H

#include <sys/types.h>
#include <sys/queue.h>

#include "core/htab.h"
#include "core/mono.h"
#include "core/msg.h"
#include "core/wheel.h"
#include "mn/evidence.h"

struct mn;

/*
 * Interfaces and addresses are as many as the kernel has.  Routers and
 * prefixes are heard from strangers: so many of an interface and of a router
 * are known, router.c has what is forgotten for a new one.
 */
#define MN_ROUTERS	32
#define MN_PREFIXES	16
#define MN_FORMED	16	/* addresses formed on an interface */

/* RFC 4861 section 10 */
#define MAX_RTR_SOLICITATIONS		3
#define RTR_SOLICITATION_INTERVAL	SEC(4)
#define MAX_NEIGHBOR_ADVERTISEMENT	3
#define RETRANS_TIMER			SEC(1)
/* Our own choices where the RFCs leave it to us. */
#define PROBES			3 /* of a router that went quiet */
#define PROBE_INTERVAL		MS(150)
#define PROBE_UNSENT		SEC(1)	/* net is dead, or busy without end */
#define ROUTER_SILENCE		SEC(10)		/* while others are heard */
#define DNA_DAMPING		SEC(1)		/* RFC 6059 section 5.11 */
#define ROUTER_WAIT		MS(50)
#define FLOOD_TOLD		SEC(60)		/* one line in that time */

struct prefix {
	struct in6_addr	 addr;
	uint8_t		 len;
	bool		 onlink, autoconf;
	uint8_t		 missing;	/* RAs in a row without it */
	int64_t		 until;		/* monotonic; INT64_MAX: infinite */
	int64_t		 form_at;	/* form the address (again) then */
};

struct router {
	TAILQ_ENTRY(router)	 entry;		/* oldest first */
	struct iface		*ifc;
	struct in6_addr		 addr;		/* link-local */
	uint8_t			 lladdr[8];	/* from its RAs, or length 0 */
	uint8_t			 lladdrlen;
	struct router_evidence	 seen;
	bool			 home_agent;	/* H bit */
	bool			 in_kernel;	/* which has a route by it */
	bool			 told;		/* in this snapshot */
	int64_t			 retry;		/* while it is lost */
	int64_t			 interval;	/* advertised, 0: not */
	uint32_t		 probe;		/* net has it still; 0: none */
	struct prefix		 prefixes[MN_PREFIXES];
	size_t			 nprefixes;
	struct wheel_timer	 quiet;
};

struct addr {
	struct hlink	 link;
	TAILQ_ENTRY(addr) entry;
	uint32_t	 ifindex;
	struct in6_addr	 addr;
	uint8_t		 plen;
	uint8_t		 flags;		/* ADDR_*, as the kernel has it */
	bool		 seen;		/* in this snapshot */
	bool		 dynamic;	/* not the operator's own */
	bool		 stale;		/* the parent is to deprecate it, */
	uint32_t	 stale_on;	/* since it was on that attachment */
	/* Without us, monotonic; INT64_MAX: infinite. */
	int64_t		 preferred_until;
	struct addr_evidence	 evidence;
	int64_t		 valid_until;	/* monotonic; INT64_MAX: infinite */
	int64_t		 bad_until;	/* refused by the home agent */
	int64_t		 bad_hold;	/* for so long, the last time */
	int64_t		 usable_at;	/* when it became so, or NEVER */
};

/* Moments of the attachment to a link, for the timelines. */
struct marks {
	int64_t		 down, up, rs, ra;
};

struct iface {
	struct hlink		 link;
	TAILQ_ENTRY(iface)	 entry;
	struct mn		*mn;
	uint32_t		 ifindex;
	char			 name[MSG_NAME_MAX];
	uint8_t			 flags;		/* LINK_* */
	uint8_t			 lladdr[8];
	uint8_t			 lladdrlen;
	bool			 listed;	/* may be used at all */
	int			 preference;
	bool			 seen;
	TAILQ_HEAD(, addr)	 addrs;
	size_t			 naddrs;
	TAILQ_HEAD(, router)	 routers;
	size_t			 nrouters;
	int64_t			 flood_told;	/* too many of these */
	struct in6_addr		 formed[MN_FORMED];	/* by us, form.c */
	size_t			 nformed;
	struct marks		 marks;
	uint32_t		 attachment;	/* number of it, from 1 */
	unsigned int		 solicited;	/* RSs of this attachment */
	int64_t			 last_rs;
	struct wheel_timer	 rs;
};

#endif
