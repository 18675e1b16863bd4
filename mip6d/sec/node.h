/*
 * A node with IPsec, and the job that is done for it.  Internal to mip6d/sec.
 */
#ifndef MIP6D_SEC_NODE_H
#define MIP6D_SEC_NODE_H

#include <sys/types.h>
#include <sys/queue.h>

#include <stdbool.h>
#include <stdint.h>

#include "core/htab.h"
#include "core/mono.h"
#include "core/msg.h"
#include "core/wheel.h"
#include "sec/prim.h"
#include "sec/spd.h"

struct sec;

/* Linux's ENODATA, from MIGRATE that it alone has: others may lack the name. */
#define MIGRATE_OBSTACLE	61

#define SEC_STEPS_MAX	64
#define SEC_JOBS_MAX	128		/* nodes that wait for the kernel */
#define SEC_SPIS_MAX	8		/* inbound associations of a node */
#define SEC_ASKS_MAX	64		/* of net, under way */
#define SEC_HEALS_MAX	3
#define SEC_RETRY_MS	100		/* when memory was short */
#define SEC_PATIENCE	SEC(5)		/* so long is it waited for */
#define SEC_HEAL_AFTER	6		/* s; a rekeying is over by then */

/* What a timer is about: the kind of its struct wheel_timer. */
enum sec_timer {
	ST_RETRY,		/* memory was short */
	ST_MINUTE,
	ST_ORPHANS,		/* nodes are suspect */
	ST_WATCH,		/* what others removed is due */
	ST_HEAL			/* of a node: its tunnel is moved again */
};

/* Even ones: a node has that and the next. */
struct reqids {
	uint32_t	 first, last;
	uint32_t	 next;		/* where to look for a free one */
	bool		 full;		/* none was free, nor is since then */
	uint8_t		 used[(REQID_LAST + 1) / 2];
};

/* What is asked one after the other. */
enum sec_op {
	SEC_SET,		/* policy `index' of job.to: add or replace */
	SEC_DELETE,		/* policy `index' of job.from */
	SEC_MOVE, /* policy `index' of job.from to job.to's ends */
	SEC_SAME,		/* policy `index' of job.to to where it is */
	SEC_CLEAR,		/* a larval association of it */
	SEC_SA_ADD,		/* the manual association `index' */
	SEC_SA_DELETE,
	SEC_OPS
};

struct sec_step {
	uint8_t		 op, index;
	bool		 km;		/* key management follows */
	bool		 again;		/* has been healed once */
	bool		 from;		/* of job.from, not of job.to */
};

enum sec_why { SEC_INSTALL, SEC_REMOVE, SEC_REQUEST, SEC_HEAL };

struct sec_job {
	struct sec_job	*next;		/* a free one */
	enum sec_why	 why;
	struct spd_node	 from, to;
	struct in6_addr	 km_local, km_remote;
	struct in6_addr	 km_was_local, km_was_remote;
	bool		 km_was;	/* of the node, before the request */
	struct sec_step	 steps[SEC_STEPS_MAX];
	unsigned int	 n, at;
	int		 error;
	bool		 moved, unhealed;
	bool		 undone;	/* given up in the middle */
	uint32_t	 missing;	/* policies of `to', a bit each */
	bool		 sa_refused;	/* some manual association */
	uint32_t	 id;		/* of the request */
	struct mono	 begun;
};

struct sec_node {
	struct hlink	 by_home;	/* first */
	TAILQ_ENTRY(sec_node) ready, all, waiting;
	size_t		 place;		/* in order */
	struct sec	*sec;
	enum role	 role;		/* whose node: ha's or mn's */
	struct sec_sa	*sas;		/* manual ones, as configured */
	size_t		 nsas;
	struct spd_node	 want;		/* as configured; no endpoints */
	struct spd_node	 have;		/* in the kernel */
	uint32_t	 present;	/* policies of have, a bit each */
	uint32_t	 seen_present;	/* by the dump under way */
	bool		 queued, marked, gone;
	bool		 installed;	/* policies and associations of have */
	bool		 has_ends;	/* have.local and peer mean something */
	bool		 strays;	/* associations that end elsewhere: */
	struct in6_addr	 stray_local, stray_peer;
	bool		 sas_up, tunnel_sas_up;	/* manual ones */
	bool		 keys_lost;	/* charon's, and it does not know */
	bool		 unsure;	/* whether all of have is there */
	bool		 sa_refused;	/* a manual one is missing */
	bool		 refused;	/* by the kernel: tried again later */
	struct sec_job	*job;		/* under way */
	bool		 asked;		/* a request waits: */
	struct msg_ipsec request;
	struct in6_addr	 km_local, km_remote;
	bool		 km, heal_due;
	unsigned int	 heals;
	struct wheel_timer heal_timer;
	struct mono	 keyed;		/* last new association of the tunnel */
	struct mono	 rekeyed; /* the same when there was one already */
	bool		 suspect;	/* of having associations too many: */
	struct mono	 suspect_at;	/* it is looked at then */
	bool		 due;		/* a dump for it is under way */
	unsigned int	 nsuspect;	/* how many a dump shows */
	struct msg_key_want key_want;	/* op 0: none */
	uint8_t		 key_state;	/* 0: none told */
	char		 key_text[128];
	uint32_t	 spis[SEC_SPIS_MAX];
	bool		 spi_old[SEC_SPIS_MAX];
	unsigned int	 nspis;
	uint64_t	 seen;		/* last registration, s since 1970 */
	uint64_t	 past_at;	/* request of a former planning: then */
	unsigned int	 moves, errors;
	struct mono	 moved;
	int64_t		 took;		/* ns */
	int		 result;
};

TAILQ_HEAD(sec_nodes, sec_node);

#endif
