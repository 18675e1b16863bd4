/*
 * Evidence: what was seen of the routers of a link, of the way to the home
 * agent and of the home agent itself, each with its time and with the
 * attachment of the interface that it belongs to.  Where a home address is,
 * which address is one of this link, which default route is of use and why
 * something does not work follow from it; nobody keeps a notion of his own.
 * Private to mip6d/mn.
 */
#ifndef MIP6D_MN_EVIDENCE_H
#define MIP6D_MN_EVIDENCE_H

#include <netinet/in.h>

#include <stdbool.h>
#include <stdint.h>

#define NEVER		INT64_MIN	/* a time that has not come yet */
#define HOME_TRIES	3	/* questions, or de-registrations, in vain */

/*
 * Somebody was seen, then, on that attachment.  Attachments of an interface are
 * counted from 1; one ends when the link goes down, as what is heard from then
 * on belongs to the next.
 */
struct sight {
	int64_t		 at;		/* or NEVER */
	uint32_t	 attachment;	/* 0: on none */
};

enum router_state { ROUTER_OK, ROUTER_PROBING, ROUTER_LOST };

/* A router: what it said of itself, and what it did not answer. */
struct router_evidence {
	struct sight	 heard;		/* an RA, or that it answered */
	int64_t		 asked;		/* and has not answered, or NEVER */
	unsigned int	 questions;	/* since then */
	int64_t		 lost;		/* given up, or NEVER */
	int64_t		 default_until;	/* as its RAs say, or NEVER */
};

/* An address of an interface: of what link is it? */
struct addr_evidence {
	struct sight	 of_link;	/* something of this link said so */
	int64_t		 covered;	/* by a prefix of an RA, or NEVER */
};

/* The way to the home agent: what the parent was asked, and has answered. */
struct path_evidence {
	uint32_t	 id;		/* the request */
	int64_t		 asked;		/* and waited for, or NEVER */
	int64_t		 acknowledged;	/* the last one, or NEVER */
};

/*
 * The home agent: what it answered last to a Binding Update, for which care-of
 * address (the home address: at home), and what became of those without an
 * answer.
 */
struct agent_evidence {
	struct sight	 answered;	/* at NEVER: a newer one is open */
	uint32_t	 ifindex;
	struct in6_addr	 where;
	unsigned int	 silent;	/* updates in a row, unanswered */
	int64_t		 silent_since;
	int64_t		 error_at;	/* ICMPv6, about an update */
	int64_t		 echo_heard;
	int64_t		 unverified_at;	/* an answer not to be believed */
};

/* The home agent as a neighbour, for which it is looked on a home link. */
struct neighbor_evidence {
	struct sight	 sought;
	uint32_t	 ifindex;	/* there */
	int64_t		 found;		/* it answered, or NEVER */
	unsigned int	 tries;		/* it did not, this time */
};

/* What is known when a home address is to be somewhere; evidence_place(). */
struct place_evidence {
	bool	 home_link;	/* a live router advertises its prefix */
	bool	 careof;	/* there is a care-of address, */
	bool	 forced;	/* ... which the operator wants, */
	bool	 elsewhere;	/* ... and which is of a link that we are on */
	bool	 held;		/* the home link is left alone for some time */
	bool	 away;		/* at present, */
	bool	 found;		/* ... and the home agent is a neighbour */
	bool	 returning;	/* it is being asked there */
	bool	 at_home;	/* at present, */
	bool	 there;		/* ... on this very interface */
	bool	 defended;	/* the home address is a duplicate there */
	bool	 answered;	/* the home agent has, from there */
	bool	 maybe_bound;	/* it may have a binding */
	bool	 askable;	/* there are keys, or none are needed */
};

enum place {
	PLACE_NOWHERE, PLACE_AWAY,
	PLACE_SEEK,		/* away; look for the home agent here */
	PLACE_WAIT,		/* for what is under way */
	PLACE_RIVAL,		/* somebody else has the home address */
	PLACE_ASK,		/* de-register */
	PLACE_HOME
};

void	 evidence_router_init(struct router_evidence *);
void	 evidence_router_heard(struct router_evidence *, uint32_t, int64_t);
void	 evidence_router_told(struct router_evidence *, uint32_t);
void	 evidence_router_asked(struct router_evidence *, int64_t, bool);
void	 evidence_router_gave_up(struct router_evidence *, int64_t);
bool	 evidence_router_here(const struct router_evidence *, uint32_t);
enum router_state evidence_router_state(const struct router_evidence *);
bool	 evidence_router_live(const struct router_evidence *, uint32_t);
bool	 evidence_router_default(const struct router_evidence *, uint32_t,
	    int64_t);
bool	 evidence_router_ended(const struct router_evidence *, int64_t);

bool	 evidence_of_link(const struct addr_evidence *, uint32_t);

void	 evidence_path_asked(struct path_evidence *, uint32_t, int64_t);
bool	 evidence_path_pending(const struct path_evidence *);
bool	 evidence_path_answered(struct path_evidence *, int64_t);
void	 evidence_path_forget(struct path_evidence *);

void	 evidence_agent_init(struct agent_evidence *);
void	 evidence_agent_heard(struct agent_evidence *, const struct in6_addr *,
	    uint32_t, uint32_t, int64_t);
void	 evidence_agent_open(struct agent_evidence *);
bool	 evidence_agent_answers(const struct agent_evidence *,
	    const struct in6_addr *, uint32_t);
bool	 evidence_agent_here(const struct agent_evidence *,
	    const struct in6_addr *, uint32_t, uint32_t);
bool	 evidence_agent_meanwhile(const struct agent_evidence *, int64_t);
void	 evidence_agent_silent(struct agent_evidence *, int64_t);

void	 evidence_neighbor_forget(struct neighbor_evidence *);
void	 evidence_neighbor_sought(struct neighbor_evidence *, uint32_t,
	    uint32_t, int64_t);
bool	 evidence_neighbor_of(const struct neighbor_evidence *, uint32_t,
	    uint32_t);

enum place evidence_place(const struct place_evidence *);

#endif
