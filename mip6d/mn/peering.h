/*
 * What the mobile node has with a peer, which is the home agent, and with the
 * care-of address that it is known by there: an entry of the Binding Update
 * List (RFC 6275 section 11.1).  Private to mip6d/mn.
 */
#ifndef MIP6D_MN_PEERING_H
#define MIP6D_MN_PEERING_H

#include <sys/types.h>
#include <sys/queue.h>

#include "conf/conf.h"
#include "core/msg.h"
#include "core/wheel.h"
#include "mn/evidence.h"
#include "mn/exchange.h"
#include "mn/pace.h"

#define REFRESH_MARGIN_MAX	SEC(120)	/* before expiry */
#define MAX_RESYNC		3		/* 135, 144, 145 in a row */

struct mn;
struct home;
struct peering;

/*
 * A care-of address at a peer: the one of the Binding Update last sent, and the
 * one that the peer has accepted.
 */
struct binding {
	struct peering		*peering;
	struct in6_addr		 coa;
	uint32_t		 ifindex;
	bool			 bound;
	struct in6_addr		 bound_coa;
	uint32_t		 bound_ifindex;
	int64_t			 bound_until, bound_since;
	int64_t			 maybe_until;	/* it may still have one */
	uint16_t		 granted;	/* units */
	int64_t			 refresh_at;
	struct wheel_timer	 refresh, expire;
};

/* Time as the peer has it: RFC 4285 section 6. */
struct peer_clock {
	bool			 needed;	/* status 145 */
	int64_t			 offset;	/* nanoseconds, status 144 */
	uint64_t		 accepted;	/* timestamp, of the last one */
};

/* Security associations and policies, RFC 4877; keys.c. */
struct keys {
	bool			 ipsec, ike;	/* ike: keyed dynamically */
	enum conf_protect	 protect;
	bool			 mobility;	/* K of the last BA */
	enum key_state		 state;		/* 0: not heard of yet */
	bool			 asked, waited;
	bool			 renew;		/* at home, when it can be */
	struct in6_addr		 local;		/* asked for, from here */
	struct in6_addr		 ike_local;	/* where both ends have it */
	struct msg_ipsec	 policies;
	bool			 told, failed, move_failed;
	bool			 unknown;	/* of an earlier life */
	uint32_t		 moved_by; /* request that moved ike_local */
	uint32_t		 error;		/* of the policies */
	int64_t			 since;		/* waited for, or NEVER */
	char			 text[128];	/* what ike says of them */
};

/* What explains silence, for mip6ctl why. */
struct symptoms {
	struct in6_addr		 error_from;	/* heard.error_at */
	uint8_t			 error_type, error_code;
	uint32_t		 echo;		/* identifier and number */
	char			 unverified[128]; /* heard.unverified_at */
};

struct peering {
	TAILQ_ENTRY(peering)	 entry;		/* of its destination */
	struct mn		*mn;
	struct home		*home;
	struct in6_addr		 addr;
	struct dest		*dest;
	bool			 has_seq;
	uint16_t		 seq;		/* last one used */
	uint8_t			 status; /* last one refused with, or 0 */
	unsigned int		 resyncs;
	int64_t			 refused_hold;	/* the last one, or 0 */
	struct peer_clock	 clock;
	struct exchange		 update;	/* the Binding Update */
	struct binding		 binding;
	struct keys		 keys;
	struct msg_path		 path;		/* the way, as told */
	struct path_evidence	 way;		/* is it there? */
	int64_t			 router_until;	/* wait to hear of a router */
	struct agent_evidence	 heard;
	struct symptoms		 symptoms;
	struct pace		 paces[ASK_CAUSES];
};

#define BINDING(p)	(&(p)->binding)

#endif
