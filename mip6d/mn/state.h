/*
 * What the mobile node engine knows.  Private to mip6d/mn.  All times are
 * struct mono or nanoseconds; lifetimes on the wire are units of 4 seconds.
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
#include "mn/handover.h"
#include "mn/pace.h"
#include "wire/icmp6.h"
#include "wire/ip6.h"
#include "wire/mh.h"
#include "wire/mhauth.h"

/*
 * Interfaces and addresses are as many as the kernel has.  Routers and
 * prefixes are heard from strangers: so many of an interface and of a router
 * are known, router.c has what is forgotten for a new one.
 */
#define MN_ROUTERS	32
#define MN_PREFIXES	16
#define MN_FORMED	16	/* addresses formed on an interface */
#define MN_SENT		4	/* transmissions that a BA may answer */
#define MN_HISTORY	16	/* events remembered per home address */

/* RFC 6275 section 12, RFC 4861 section 10 */
#define MAX_UPDATE_RATE			3
#define LIFETIME_UNIT			4
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
#define REFRESH_MARGIN_MAX	SEC(120)	/* before expiry */
#define ROUTER_WAIT		MS(50)
#define FLOOD_TOLD		SEC(60)		/* one line in that time */
#define MAX_RESYNC		3		/* 135, 144, 145 in a row */

enum timer_kind {
	/* of a home address */
	T_RETRANS, T_RATE, T_REFRESH, T_EXPIRE, T_NA, T_HOME,
	T_RS,						/* of an interface */
	T_QUIET,					/* of a router */
	T_WHY						/* of all */
};

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

/* A transmission of the Binding Update that is under way. */
struct sent {
	uint16_t	 seq;
	uint16_t	 lifetime;	/* units */
	uint64_t	 timestamp;	/* RFC 4285 section 6, 0: none */
	int64_t		 at, wall;	/* by both clocks */
};

enum phase {
	PHASE_NONE,		/* nowhere yet */
	PHASE_AWAY,
	PHASE_RETURNING,	/* de-registration under way */
	PHASE_HOME,
	PHASE_REFUSED		/* status 134: never again */
};

/* What another process was last told; at the start we can't know. */
enum told { TOLD_UNKNOWN, TOLD_OFF, TOLD_ON };

struct history {
	int64_t		 at;
	char		 name[MSG_NAME_MAX];
	char		 text[96];
};

/* A home address with its home registration: its entry of the list. */
struct home {
	struct hlink		 link;
	struct home		*next;
	struct mn		*mn;
	struct conf_home	 conf;
	bool			 seen;		/* by configure */
	enum phase		 phase;
	/* The Binding Update last sent; RFC 6275 section 11.1. */
	struct in6_addr		 coa;
	uint32_t		 ifindex;
	bool			 waiting;	/* for its acknowledgement */
	bool			 has_seq;
	bool			 ending;	/* the daemon stops */
	uint16_t		 seq;		/* last one used */
	struct sent		 sent[MN_SENT];	/* newest first */
	size_t			 nsent;
	unsigned int		 tries;
	unsigned int		 resyncs;
	int64_t			 timeout;
	int64_t			 last_sent, refresh_at;
	int64_t			 hold_until;	/* no BU before that */
	enum hold_cause		 held_by;
	int64_t			 refused_hold;	/* the last one, or 0 */
	uint8_t			 status; /* last one refused with, or 0 */
	/* What the home agent has accepted. */
	bool			 bound;
	struct in6_addr		 bound_coa;
	uint32_t		 bound_ifindex;
	int64_t			 bound_until, bound_since;
	int64_t			 maybe_until;	/* it may still have one */
	int64_t			 prefix_until; /* of home; INT64_MAX: unknown */
	uint16_t		 granted;	/* units */
	/* RFC 4285 */
	bool			 need_timestamp;	/* status 145 */
	int64_t			 clock_offset;	/* nanoseconds, status 144 */
	uint64_t		 timestamp;	/* of the last one accepted */
	/* What others were told. */
	struct msg_path		 path;
	/* RFC 4877; keys.c */
	bool			 ipsec, ike;	/* ike: keyed dynamically */
	enum conf_protect	 protect;
	bool			 key_mobility;	/* K of the last BA */
	enum key_state		 keys;		/* 0: not heard of yet */
	bool			 key_asked, keys_waited;
	bool			 key_renew;	/* at home, when it can be */
	struct in6_addr		 key_local;	/* asked for, from here */
	struct in6_addr		 ike_local;	/* where both ends have it */
	struct msg_ipsec	 policies;
	bool			 policies_told, policies_failed, move_failed;
	bool			 policies_unknown;	/* of an earlier life */
	uint32_t		 moved_by; /* request that moved ike_local */
	bool			 policy_on_link;
	struct path_evidence	 way;		/* is path there? */
	int64_t			 router_until;	/* wait to hear of a router */
	struct msg_bind		 bind;
	uint8_t			 owner[BIND_OWNER_MAX];	/* bind.owner */
	enum told		 bind_told, policy_told, tun_told;
	uint32_t		 on_ifindex;	/* placed on this interface */
	/* Solicited-node group joined */
	uint32_t		 group_ifindex;
	uint32_t		 home_ifindex;	/* interface at home, or 0 */
	struct agent_evidence	 heard;		/* of the home agent */
	struct neighbor_evidence neighbor;	/* ... on a home link */
	int64_t			 home_hold;	/* the last one, or 0 */
	int64_t			 home_hold_until;
	bool			 rival;		/* has the home address */
	unsigned int		 adverts;	/* NAs still to be sent */
	struct pace		 paces[ASK_CAUSES];
	unsigned int		 handover;	/* number of the last, or 0 */
	int64_t			 handover_at;
	struct history		 history[MN_HISTORY];
	unsigned int		 nhistory;
	/* why.c: moments are NEVER if it is not so */
	int64_t			 nolink_since, keys_since;
	struct in6_addr		 error_from;	/* heard.error_at */
	uint8_t			 error_type, error_code;
	uint32_t		 echo;		/* identifier and number */
	char			 unverified[128]; /* heard.unverified_at */
	uint32_t		 policies_error;
	char			 keys_text[128];
	unsigned int		 tunnel_silent;	/* times that net said so */
	uint32_t		 tunnel_packets;
	int64_t			 tunnel_since;
	struct wheel_timer	 retrans, rate, refresh, expire, na, again;
};

/* MAX_UPDATE_RATE is per destination, as errors are; not per home address. */
struct rate {
	struct in6_addr	 peer;
	int64_t		 error_hold;	/* the last one for errors, or 0 */
	int64_t		 hold_until;	/* ... and its end, or NEVER */
	int64_t		 at[MAX_UPDATE_RATE];
	unsigned int	 next;
};

struct mn {
	const struct engine_env	*env;
	struct wheel		 wheel;
	struct mhauth		*auth;
	struct hash_key		 key;
	struct home		*homes;
	size_t			 nhomes;
	uint32_t		 probe;		/* the last one of a router */
	struct home		**order;	/* the same, by number */
	size_t			 norder;
	struct htab		 home_tab;	/* by address */
	TAILQ_HEAD(, iface)	 ifaces;
	struct htab		 iface_tab;	/* by index */
	struct htab		 addr_tab;	/* by interface and address */
	struct conf_interface	*listed;
	size_t			 nlisted;
	struct rate		*rates;		/* nhomes of them */
	bool			 optimistic, form_addresses;
	struct msg_path		 way_out;	/* by which router, as told */
	bool			 key_mobility;	/* of the ike block */
	int64_t			 initial_timeout, bindack_timeout, max_timeout;
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
