/* What the home agent keeps: nodes, home links, bindings, addresses. */
#ifndef MIP6D_HA_STATE_H
#define MIP6D_HA_STATE_H

#include <sys/types.h>
#include <sys/queue.h>

#include <netinet/in.h>

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "conf/conf.h"
#include "core/counter.h"
#include "core/engine.h"
#include "core/htab.h"
#include "core/limit.h"
#include "core/wheel.h"
#include "ha/clock.h"
#include "ha/counters.h"
#include "ha/history.h"
#include "wire/icmp6.h"
#include "wire/mh.h"

/* RFC 6275 section 12, RFC 4861 and RFC 4862 section 10 and 5.1 */
#define MAX_DELETE_BCE_TIMEOUT		SEC(10)
#define MAX_NEIGHBOR_ADVERTISEMENT	3
#define RETRANS_TIMER			SEC(1)
#define DUP_ADDR_DETECT_TRANSMITS	1

/* How long the kernel may take to answer for a route. */
#define ROUTE_TIMEOUT			SEC(3)

/* Refusals that need no key to be provoked, a second: to a /64, and to all. */
#define STRANGER_RATE		10
#define STRANGER_RATE_TOTAL	100

/* The same of answers to requests for home agents. */
#define DHAAD_RATE		10
#define DHAAD_RATE_TOTAL	100

struct agent;
struct bu;
struct mhauth;
struct bce;

enum timer_kind {
	TK_BINDING = 1,		/* lifetime, or the wait of a passing state */
	TK_PROXY,		/* DAD, repeated advertisements */
	TK_RA,			/* next unsolicited advertisement */
	TK_RA_SOLICITED,
	TK_NODE,		/* a node without bindings is forgotten */
	TK_WALK,		/* a walk over all bindings, in pieces */
	TK_CLOCK,		/* is the host's clock still behind? */
	TK_HOLD,		/* an answer of the parent is late */
	TK_AGENT,		/* another home agent, or an address of it */
	TK_MAX
};

/* --- nodes (node.c) --- */

/* A mobile node by identifier, from the configuration or learned. */
struct node {
	struct hlink		 link;
	struct wheel_timer	 timer;		/* learned ones only */
	const struct conf_auth	*auth;
	struct conf_auth	*own_auth;	/* what auth is, if its own */
	struct node_home	*homes;
	size_t			 nhomes;
	uint64_t		 timestamp;	/* last accepted, RFC 4285 6 */
	struct ahead		*ahead;		/* refused ones, or NULL */
	int64_t			 tat, refusal_tat;	/* rates */
	uint32_t		 refs;		/* bindings */
	bool			 configured, seen;
	bool			 ipsec, ike;	/* ike: keyed dynamically */
	enum conf_protect	 protect;
	char			 identifier[];
};

/* A home address that belongs to a configured node. */
struct node_home {
	struct hlink		 link;
	struct in6_addr		 addr;
	struct node		*node;
	bool			 kept;	/* the entry is gone, and the last */
	uint16_t		 seq;	/* sequence number was this */
};

/* --- home links (link.c) --- */

struct ha_prefix {
	struct conf_prefix	 p;
	struct mono		 valid, preferred;	/* ends; 0: constant */
	bool			 routed;	/* virtual: asked for */
	uint32_t		 error;		/* what the kernel said */
	/* Its anycast address (anycast.c): routed here, defended on that one */
	bool			 any_routed;
	uint32_t		 any_on;	/* interface, 0: on none */
};

struct ha_link {
	bool			 used, physical, dad, dhaad, seen, keep;
	bool			 fresh;		/* interface: just come */
	uint16_t		 slot;
	char			 interface[CONF_NAME_MAX];
	struct in6_addr		 address;	/* home agent address */
	struct ha_prefix	*prefixes;
	size_t			 nprefixes;
	LIST_HEAD(, retired)	 retired;	/* retire.c */
	size_t			 nbindings;
	uint32_t		 valid, preferred; /* seconds, ~0 infinite */
	int			 preference;
	uint32_t		 ha_lifetime;		/* seconds */
	struct conf_ra		 ra;
	/* as the kernel has it */
	uint32_t		 ifindex;	/* 0: not there */
	bool			 running;
	bool			 closed; /* what comes in is not forwarded */
	bool			 looked;	/* all is known of it */
	bool			 address_seen;	/* in this snapshot */
	bool			 address_taken;	/* another host has it, too */
	bool			 taken_seen;	/* in this snapshot */
	uint32_t		 address_on;	/* interface, 0: on none */
	uint8_t			 lladdr[8];
	uint8_t			 lladdrlen;
	bool			 has_linklocal;
	struct in6_addr		 linklocal;
	/* advertisements */
	struct wheel_timer	 ra_timer, rs_timer;
	unsigned int		 ra_initial;	/* quick ones still to come */
	struct mono		 ra_last;
	bool			 ra_sent;
};

/* --- the binding cache (bc.c) --- */

enum bce_state {
	BCE_STARTING = 1,	/* it waits for a step (step.h) */
	BCE_BOUND,
	BCE_LEAVING,		/* ... for what is undone of one */
	BCE_DELETED /* de-registered, kept for its sequence number */
};

/* They are part of the record that net keeps (record.c). */
#define BF_LINKLOCAL	0x01	/* L bit */
#define BF_ROUTED	0x02	/* a route of its own is in the kernel */
#define BF_KEY_MOBILITY	0x04	/* K bit */
#define BF_SECURING	0x08	/* in the record alone: STEP_POLICY waits */
#define BF_PROTECTED	0x10	/* by IPsec: the Binding Update */
#define BF_TUNNEL	0x20	/* the parent was told of tunnel policies */
#define BF_KEYS_STAY	0x40	/* the IKE_SA could not follow */
#define BF_UNSECURED	0x80	/* policies: refused, to be asked for again */
#define BF_KEYS		(BF_KEY_MOBILITY | BF_PROTECTED)

/* A Binding Acknowledgement to be: what it takes of the Binding Update. */
struct reply {
	struct in6_addr	 src, dst;	/* of the acknowledgement */
	struct in6_addr	 home, coa;
	struct in6_addr	 from;		/* where the Binding Update came from */
	uint32_t	 ifindex;
	uint32_t	 came_by;	/* interface of the Binding Update */
	bool		 hao;		/* it had a Home Address option */
	uint8_t		 flags;		/* PKT_RH2, PKT_PROTECTED */
	bool		 key_mobility;	/* K bit */
	struct in6_addr	 keys_at;	/* K = 0: keys that end, or :: */
	uint8_t		 status;
	uint16_t	 seq;
	uint16_t	 lifetime;	/* units */
	uint16_t	 refresh;	/* units, 0: none */
	bool		 has_mesgid;
	uint64_t	 mesgid;
	const struct conf_auth *auth;	/* NULL: without that option */
	uint8_t		 idsubtype;
	uint8_t		 idlen;		/* 0: none */
	uint8_t		 id[CONF_ID_MAX + 1];
};

/* A care-of address of a binding, whose first one is part of it. */
struct careof {
	struct in6_addr	 addr;
	struct mono	 expires;
	uint32_t	 lifetime;	/* seconds granted */
	uint8_t		 state;		/* enum bce_state */
	uint8_t		 waits;		/* steps under way, a bit each */
};

struct bce {
	struct hlink		 link;
	struct in6_addr		 home;
	struct careof		 coa;
	struct wheel_timer	 timer;
	struct node		*node;		/* may be NULL */
	struct proxy		*proxies;	/* of a physical link */
	struct reply		*reply;		/* withheld */
	int64_t			 since;		/* wall clock */
	int64_t			 tat;		/* rate */
	uint32_t		 id;		/* number in the pool */
	uint32_t		 updates;	/* accepted Binding Updates */
	uint16_t		 seq;
	uint16_t		 slot;		/* of its home link */
	uint8_t			 flags;
	uint8_t			 gen;		/* of the last route request */
	uint8_t			 ipsec_gen;	/* ... request for policies */
	uint8_t			 ntrace;	/* next in trace[] */
	struct trace		 trace[NTRACE];
};

/* --- addresses defended on a physical link (proxynd.c, dad.c) --- */

struct proxy {
	struct hlink		 link;
	struct wheel_timer	 timer;
	struct in6_addr		 addr;
	struct bce		*bce;
	struct proxy		*next;		/* of the same binding */
	uint16_t		 slot;
	bool			 tentative;	/* DAD is not through */
	bool			 defended;	/* net was told to answer */
	uint32_t		 ifindex;	/* ... on this one, or 0 */
	uint8_t			 count;		/* transmissions left */
	uint8_t			 nonce[6];
};

/* A solicited-node group and how many addresses need it. */
struct group {
	struct hlink		 link;
	struct in6_addr		 addr;
	uint16_t		 slot;
	uint32_t		 ifindex;	/* where it was joined, or 0 */
	uint32_t		 refs;
};

struct self;

struct ha {
	const struct engine_env	*env;
	struct conf_ha		 conf;		/* scalars and rules only */
	struct conf_auth	 default_auth;
	bool			 key_mobility;	/* of the ike block */
	struct wheel		 wheel;
	size_t			 ntimers[TK_MAX];
	struct now		 now;		/* of the call in progress */
	struct hash_key		 key;
	struct mhauth		*auth;
	struct bu		*bu;	/* the one under examination */
	struct mh		 mh;	/* the one being built */
	struct icmp6		 icmp6;	/* the one read or being built */

	struct ha_link		**links;	/* by slot */
	size_t			 nlinks;
	bool			 tun_closed;	/* ... from the tunnel */
	TAILQ_HEAD(, agent)	 agents;	/* of all links */

	struct htab		 self, self_any;	/* self.c */
	LIST_HEAD(, self)	 selves;

	struct pool		 pool;		/* struct bce */
	struct htab		 bindings;	/* by home address */
	size_t			 nbound, nlinger;

	struct htab		 nodes, homes;	/* node.c */
	struct htab		 proxies, groups;
	struct node		**listed;	/* by the configuration */
	size_t			 nlisted, nlearned;
	bool			 begun;		/* net has said what it had */
	uint64_t		 oldest; /* timestamp if no other is known */
	struct ha_clock		 clock;
	bool			 reroute; /* when bindings are known again */

	struct refusal		*refusals;	/* a ring */
	struct htab		 refused;
	size_t			 nextrefusal;

	int64_t			 tat, be_tat;	/* total rates */
	struct limiter		 strangers, dhaad;
	struct log_limit	 notes[HC_MAX], why_limit;

	struct wheel_timer	 walk;		/* bc_walk() */
	struct mono		 next[TK_MAX];	/* of each kind, as looked up */
	struct mono		 looked_up;	/* 0: never */
	uint32_t		 walk_at;
	uint8_t			 walk_what;
	uint8_t			 gen;	/* of the last request to the parent */
};

#endif
