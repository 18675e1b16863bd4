/*
 * A correspondent with which routes are optimized: an entry of the Binding
 * Update List (RFC 6275 section 11.1) with the tests that it needs (section
 * 5.2).  Private to mip6d/mn.
 */
#ifndef MIP6D_MN_PEER_H
#define MIP6D_MN_PEER_H

#include <sys/types.h>
#include <sys/queue.h>

#include "core/htab.h"
#include "core/msg.h"
#include "core/statickey.h"
#include "core/wheel.h"
#include "mn/ero.h"
#include "mn/exchange.h"
#include "mn/peering.h"
#include "wire/mhauth.h"

#define MAX_RO_FAILURE		3	/* RFC 6275 section 12 */
#define MAX_TOKEN_LIFETIME	SEC(210)
#define MAX_RR_BINDING_LIFETIME	420	/* seconds */
#define TOKEN_RENEW		SEC(180)	/* at that age, while in use */
#define PEER_MARGIN_MAX		SEC(30)	/* of a refresh, before expiry */
#define PEER_LOOK		SEC(20)	/* is it still in use? */
#define PEER_IDLE		SEC(120) /* without a packet: it is not */
#define PEER_PROGRESS		SEC(2)	/* packets came: an error is none */
#define PEER_ERROR_PAUSE	SEC(10)	/* between tests that errors cause */
#define PEER_PAUSE_FIRST SEC(1)		/* of one that may begin anew */
#define PEER_CAREOFS		4	/* care-of tests at a destination */

/*
 * Messages to all correspondents together, a second and at once: turn.c.  No
 * second has more than the sum, which leaves room below 1000 for what the home
 * agent and routers are sent.  After a move each of 500 gets a Care-of Test
 * Init and a Binding Update within 1.2 seconds.
 */
#define PEER_RATE		800
#define PEER_BURST		50

/* What waits for the rate of all, the first of these first. */
enum turn {
	TURN_UPDATE,		/* a Binding Update, whose tests are done */
	TURN_TEST,
	TURNS
};

/* A test: who answers is there. */
struct test {
	struct exchange	 x;
	bool		 due;		/* to be sent now */
	struct token	 token;		/* of the last one */
};

/*
 * The test of a care-of address at a destination.  Home addresses share it
 * (section 11.6.1), and it is kept for some time, for who comes back to it.
 */
struct careof {
	TAILQ_ENTRY(careof)	 entry;		/* of its destination */
	struct dest		*dest;
	struct mn		*mn;
	struct in6_addr		 addr;
	uint32_t		 ifindex;
	struct test		 test;
};

/* Why nothing is tried with a peer for some time. */
enum peer_hold {
	PEER_NOT_HELD,
	PEER_SILENT,		/* no answer to a test or an update */
	PEER_REFUSES,		/* status of a Binding Acknowledgement */
	PEER_NO_MOBILITY,	/* it knows nothing of Mobile IPv6 */
	PEER_SPENT		/* no number of its static key is left */
};

struct peer {
	struct hlink		 link;
	TAILQ_ENTRY(peer)	 entry;		/* of all, oldest first */
	TAILQ_ENTRY(peer)	 use;		/* of all, last used first */
	TAILQ_ENTRY(peer)	 of_dest;
	TAILQ_ENTRY(peer)	 turn;		/* in a queue of the rate */
	bool			 queued;
	enum turn		 queued_for;
	uint64_t		 number;
	struct mn		*mn;
	struct home		*home;
	struct in6_addr		 addr;
	struct dest		*dest;
	struct statickey	*key;		/* no test is made, or NULL */
	struct test		 home_test;
	struct careof		*careof;	/* of where home is, or NULL */
	struct exchange		 update;
	bool			 update_due;
	bool			 has_seq;
	uint16_t		 seq;		/* last one used */
	uint8_t			 kbm[MHAUTH_KBMLEN];	/* of what was sent */
	/* Its timers: refresh is for a look, expire for the end. */
	struct binding		 binding;
	bool			 refresh;	/* although it is bound */
	unsigned int		 resyncs;	/* 135 in a row */
	unsigned int		 stale;		/* hints at that, in a row */
	struct ero		 ero;
	enum peer_hold		 hold;
	uint8_t			 status;	/* refused with, or 0 */
	int64_t			 hold_until;
	bool			 known;		/* it has acknowledged one */
	int64_t			 pause;		/* the last hold, or 0 */
	int64_t			 tests_after;	/* none before that */
	int64_t			 error_at; /* tests of an error, or NEVER */
	int64_t			 used_at, in_at; /* as net says, or NEVER */
	bool			 used;		/* since net was asked */
	struct msg_bind		 told;		/* to net */
	uint8_t			 owner[BIND_OWNER_MAX];
	bool			 paired;	/* net has it */
};

/* Where a home address is, as its correspondents should know it. */
enum peer_place { PEERS_NOWHERE, PEERS_AWAY, PEERS_HOME };

struct peer_home {
	enum peer_place	 place;
	struct in6_addr	 coa;		/* away */
	uint32_t	 ifindex;
	bool		 way;		/* the kernel has the routes of there */
	bool		 registered;	/* from there */
	int64_t		 until;		/* so long */
	bool		 home_tests;	/* may be sent from there */
	bool		 observed;	/* net was told to */
};

struct peers {
	struct htab		 tab;		/* by home address and peer */
	TAILQ_HEAD(, peer)	 all;		/* oldest first */
	TAILQ_HEAD(peer_list, peer) use;	/* last used first */
	TAILQ_HEAD(, peer)	 queues[TURNS];	/* for the rate of all */
	struct peer		*its_turn;	/* it may send one, or NULL */
	size_t			 n;
	uint64_t		 numbers;	/* of peers, ever */
	int64_t			 rate;		/* limit_take() */
	int64_t			 signatures;	/* limit_take() */
	struct wheel_timer	 turn;		/* the next of the queue */
	bool			 due;		/* look where homes are */
};

#endif
