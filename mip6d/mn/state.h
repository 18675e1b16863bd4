/*
 * What the mobile node engine knows: home addresses, each with its home agent
 * (mn/peering.h), and the links that it is on (mn/link.h).  Private to
 * mip6d/mn.  All times are struct mono or nanoseconds; lifetimes on the wire
 * are units of 4 seconds.
 */
#ifndef MIP6D_MN_STATE_H
#define MIP6D_MN_STATE_H

#include <sys/types.h>
#include <sys/queue.h>

#include "conf/conf.h"
#include "core/engine.h"
#include "core/htab.h"
#include "core/limit.h"
#include "core/wheel.h"
#include "mn/counters.h"
#include "mn/evidence.h"
#include "mn/exchange.h"
#include "mn/handover.h"
#include "mn/life.h"
#include "mn/link.h"
#include "mn/peer.h"
#include "mn/peering.h"
#include "wire/icmp6.h"
#include "wire/ip6.h"
#include "wire/mh.h"
#include "wire/mhauth.h"

#define MN_HISTORY	16	/* events remembered per home address */
#define LIFETIME_UNIT	4
#define LIFETIME_MAX	65535
#define LIFETIME_NS(u)	SEC((int64_t)(u) * LIFETIME_UNIT)

enum timer_kind {
	T_RETRANS, T_RATE,			/* of a peering's update */
	T_REFRESH, T_EXPIRE,			/* of a binding */
	T_NA, T_HOME,				/* of a home address */
	T_RS,					/* of an interface */
	T_QUIET,				/* of a router */
	T_HOTI, T_HOTI_RATE,			/* of a correspondent's tests */
	T_COTI, T_COTI_RATE,
	T_PEER, T_PEER_RATE,			/* ... of its update */
	T_LOOK, T_PEER_END,			/* ... of its binding */
	T_CGA,					/* of what cga was asked */
	T_TURN,					/* of all of them */
	T_WHY					/* of all */
};

/* What another process was last told; at the start we can't know. */
enum told { TOLD_UNKNOWN, TOLD_OFF, TOLD_ON };

struct history {
	int64_t		 at;
	char		 name[MSG_NAME_MAX];
	char		 text[96];
};

/* A home address, and its peering with its home agent. */
struct home {
	struct hlink		 link;
	struct home		*next;
	struct mn		*mn;
	struct conf_home	 conf;
	bool			 seen;		/* by configure */
	enum phase		 phase;
	struct peering		 agent;
	struct peer_home	 peers;		/* for its correspondents */
	struct home_cga		 cga;
	int64_t			 prefix_until; /* of home; INT64_MAX: unknown */
	/* What others were told. */
	struct msg_bind		 bind;
	uint8_t			 owner[BIND_OWNER_MAX];	/* bind.owner */
	enum told		 bind_told, policy_told, tun_told;
	bool			 policy_on_link;
	uint32_t		 on_ifindex;	/* placed on this interface */
	/* Solicited-node group joined */
	uint32_t		 group_ifindex;
	uint32_t		 home_ifindex;	/* interface at home, or 0 */
	struct neighbor_evidence neighbor;	/* the agent, on a home link */
	int64_t			 home_hold;	/* the last one, or 0 */
	int64_t			 home_hold_until;
	bool			 rival;		/* has the home address */
	unsigned int		 adverts;	/* NAs still to be sent */
	unsigned int		 handover;	/* number of the last, or 0 */
	int64_t			 handover_at;
	struct history		 history[MN_HISTORY];
	unsigned int		 nhistory;
	/* why.c: moments are NEVER if it is not so */
	int64_t			 nolink_since;
	unsigned int		 tunnel_silent;	/* times that net said so */
	uint32_t		 tunnel_packets;
	int64_t			 tunnel_since;
	struct wheel_timer	 na, again;
};

/* The peering of a home address with its home agent. */
#define AGENT(h)	(&(h)->agent)

struct mn {
	const struct engine_env	*env;
	struct wheel		 wheel;
	struct mhauth		*auth;
	struct hash_key		 key;
	struct home		*homes;
	uint32_t		 probe;		/* the last one of a router */
	struct home		**order;	/* the same, by number */
	size_t			 norder;
	struct htab		 home_tab;	/* by address */
	TAILQ_HEAD(, iface)	 ifaces;
	struct htab		 iface_tab;	/* by index */
	struct htab		 addr_tab;	/* by interface and address */
	struct conf_interface	*listed;
	size_t			 nlisted;
	struct dests		 dests;
	bool			 optimistic, form_addresses;
	struct msg_path		 way_out;	/* by which router, as told */
	bool			 key_mobility;	/* of the ike block */
	struct exchange_row	 exchanges[EXCHANGE_KINDS];
	struct conf_ro		 ro;		/* rules are our own */
	bool			 ro_on;		/* it is configured */
	struct peers		 peers;
	struct statickeys	 keys;		/* of some correspondents */
	bool			 snapshot;	/* inside one: decide later */
	bool			 synced;	/* there was one */
	bool			 dirty;
	bool			 asking;	/* net says what it has bound */
	bool			 tell_again;	/* net, after the decision */
	struct in6_addr		 forced;	/* by the operator, or :: */
	struct handover		 handovers[MN_HANDOVERS];
	unsigned int		 nhandovers;	/* ever */
	uint32_t		 requests;	/* to the parent, ever */
	struct log_limit	 lines;		/* of the log */
	bool			 why_due;	/* look for reasons */
	struct wheel_timer	 why;
};

enum mn_log { MN_ERROR, MN_WARN, MN_INFO, MN_DEBUG };	/* as core/log.h */

#endif
