/*
 * Where packets go: entries by who bound them and the inner prefix of one
 * side, or the inner addresses of both, each with the paths that lead there.
 * Packets that come back are judged by the same entry.  Pure.
 */
#ifndef MIP6D_NET_FORWARD_H
#define MIP6D_NET_FORWARD_H

#include <netinet/in.h>

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "core/htab.h"
#include "core/mono.h"
#include "core/msg.h"
#include "core/role.h"
#include "net/credit.h"
#include "net/flow.h"
#include "net/pmtu.h"

#define FWD_PREVIOUS	SEC(5)	/* for how long the old care-of is taken */
#define FWD_ADDRESS	128	/* the prefix length of one address */

/* Whose prefix an entry has, of a packet on its way out. */
enum fwd_side {
	FWD_SOURCE,		/* the sender's: a mobile node's own */
	FWD_DESTINATION,	/* the receiver's: a node that we serve */
	FWD_SIDES
};

/*
 * One way to the far end, in the form of its encapsulation.  Those of an entry
 * that send stand first, the lowest bid before all; behind them are those that
 * one of these was before, which only receive.
 */
struct fwd_path {
	struct fwd_path	*next;		/* NULL: the last one */
	struct in6_addr	 local, remote;	/* outer */
	struct mono	 receives_until; /* 0: it sends */
	struct mono	 last_out;	/* a packet took it; 0: none */
	struct pmtu	 pmtu;
	uint64_t	 packets_in, bytes_in, packets_out, bytes_out;
	uint32_t	 ifindex;
	uint32_t	 generation;
	uint16_t	 bid;		/* 0: there is no other */
	uint8_t		 encap;		/* enum encap_id */
	uint8_t		 weight;
	uint8_t		 flags;		/* BIND_* */
	uint8_t		 recordlen;
	uint8_t		 record[BIND_OWNER_MAX]; /* the owner's, opaque */
};

struct fwd_entry {
	struct hlink	 link;
	struct in6_addr	 prefix;	/* inner, of its side */
	struct fwd_path	 path;		/* the first one */
	struct fwd_flow	*flows;		/* NULL: none */
	union {
		struct {
			struct mono	 silent_since;	/* first of silent */
			struct mono	 silent_due;	/* no silence before */
		};
		struct credit	 credit;	/* of a pair */
	};
	uint32_t	 silent;	/* packets in, since one came out */
	uint32_t	 id, generation;	/* of its newest path */
	unsigned int	 owner : 4;	/* enum role */
	unsigned int	 side : 1;	/* enum fwd_side */
	unsigned int	 pair : 1;	/* with one other: fwd_other() */
	unsigned int	 told_in : 1, told_out : 1, silent_told : 1;
	unsigned int	 several : 1;	/* paths that send */
	unsigned int	 asks : 1;	/* it is not simply the first */
	unsigned int	 weighted : 1;	/* these by weight */
	unsigned int	 copies : 1;	/* a packet takes all of them */
	unsigned int	 plen : 8;
};

_Static_assert(ROLE_MAX <= 16, "4 bits for the owner");
_Static_assert(sizeof(struct fwd_entry) <= 256, "a million in 256 MB");

struct ip6_walk;

/* Which paths a packet takes, each of them with a copy. */
struct fwd_choice {
	struct fwd_path	*v[BIND_PATHS_MAX];
	unsigned int	 n;		/* 1 at least */
	struct fwd_flow	*flow;		/* that chose them; NULL: none did */
};

struct fwd_table {
	struct htab	 tab;		/* by prefix, of all lengths; by pair */
	struct pool	 pool;
	struct hash_key	 key;
	uint32_t	 uses[FWD_ADDRESS + 1];	/* of each prefix length */
	uint8_t		 plens[FWD_ADDRESS + 1]; /* those, the longest first */
	unsigned int	 nplens;
	uint32_t	 npairs;
	struct flow_fragment *fragments; /* NULL: no flows so far */
	uint32_t	 entries[ROLE_MAX];	/* of each engine */
	uint32_t	 pairs[ROLE_MAX];	/* as many of them */
	uint32_t	 generation[ROLE_MAX];	/* of its set */
	uint32_t	 forgotten[ROLE_MAX];	/* what is before that */
	unsigned int	 partial;	/* bits of roles: not all bound again */
	uint32_t	 sweep_at, sweep_left; /* number, how many to look at */
};

/* Who binds what, in which form it goes out. */
struct fwd_key {
	enum role	 owner;
	enum fwd_side	 side;
	uint8_t		 plen;
	uint8_t		 encap;
};

bool		 fwd_init(struct fwd_table *, const uint64_t [2]);
void		 fwd_free(struct fwd_table *);
void		 fwd_forget(struct fwd_table *, enum role);

struct fwd_entry *fwd_find(const struct fwd_table *, enum role,
		    const struct in6_addr *);
struct fwd_entry *fwd_find_pair(const struct fwd_table *, enum role,
		    const struct in6_addr *home, const struct in6_addr *other);

struct fwd_entry *fwd_bind(struct fwd_table *, const struct fwd_key *,
		    const struct msg_bind *, struct mono);
bool		 fwd_is_full(const struct fwd_table *, const struct fwd_key *,
		    const struct msg_bind *);
bool		 fwd_unbind(struct fwd_table *, enum role,
		    const struct msg_unbind *, unsigned int plen);

int		 fwd_flow(struct fwd_table *, enum role,
		    const struct msg_flow *);
bool		 fwd_unflow(struct fwd_table *, enum role,
		    const struct msg_unflow *);

struct fwd_path	*fwd_by_bid(struct fwd_entry *, unsigned int bid);
struct fwd_path	*fwd_choose_first(const struct fwd_table *, struct fwd_entry *,
		    const struct ip6_walk *, struct mono);
bool		 fwd_is_signalling(const struct ip6_walk *);
void		 fwd_choose_all(const struct fwd_table *, struct fwd_entry *,
		    const struct ip6_walk *, struct mono, struct fwd_choice *);
bool		 fwd_is_old_path(const struct fwd_table *,
		    const struct fwd_entry *, const struct fwd_path *);

void		 fwd_resync(struct fwd_table *, enum role);
void		 fwd_resync_end(struct fwd_table *, enum role);
bool		 fwd_sweep(struct fwd_table *, uint32_t);

uint32_t	 fwd_page(const struct fwd_table *, uint32_t, uint32_t,
		    bool (*)(void *, const struct fwd_entry *), void *);

/* in6_eq() without a call, for each packet. */
static inline bool
fwd_same(const struct in6_addr *a, const struct in6_addr *b)
{
	uint64_t	 x[2], y[2];

	memcpy(x, a, sizeof(x));
	memcpy(y, b, sizeof(y));
	return (x[0] == y[0] && x[1] == y[1]);
}

/* The outer address of its side, and the other one, of a path of e. */
static inline const struct in6_addr *
fwd_near(const struct fwd_entry *e, const struct fwd_path *p)
{
	return (e->side == FWD_SOURCE ? &p->local : &p->remote);
}

static inline const struct in6_addr *
fwd_far(const struct fwd_entry *e, const struct fwd_path *p)
{
	return (e->side == FWD_SOURCE ? &p->remote : &p->local);
}

/*
 * The other inner address of a pair; :: if it is for any.  Without a tunnel
 * only the address of one side is replaced, so it is on the wire as well.
 */
static inline const struct in6_addr *
fwd_other(const struct fwd_entry *e)
{
	return (e->pair ? fwd_far(e, &e->path) : &in6addr_any);
}

/* The path between these outer addresses, even one that has had its time. */
static inline struct fwd_path *
fwd_path(struct fwd_entry *e, const struct in6_addr *local,
    const struct in6_addr *remote)
{
	struct fwd_path	*p;

	for (p = &e->path; p != NULL; p = p->next)
		if (fwd_same(&p->remote, remote) && fwd_same(&p->local, local))
			return (p);
	return (NULL);
}

/* Does it send? */
static inline bool
fwd_sends(const struct fwd_path *p)
{
	return (p->receives_until.ns == 0);
}

/*
 * The path of e that a packet of the walk is to take, active if one is; where
 * it takes several, the first of them.
 */
static inline struct fwd_path *
fwd_choose(const struct fwd_table *t, struct fwd_entry *e,
    const struct ip6_walk *w, struct mono now)
{
	return (e->asks ? fwd_choose_first(t, e, w, now) : &e->path);
}

/* May packets still come by it? */
static inline bool
fwd_receives(const struct fwd_path *p, struct mono now)
{
	return (fwd_sends(p) ||
	    mono_before(now, p->receives_until));
}

#endif
