/*
 * An exchange: a message that is sent, and again after a time that doubles,
 * until somebody answers one of its transmissions (RFC 6275 section 11.8); and
 * how often messages of one type may go to one destination.  Which message it
 * is and what its answer means is for whoever has the exchange.  Private to
 * mip6d/mn.
 */
#ifndef MIP6D_MN_EXCHANGE_H
#define MIP6D_MN_EXCHANGE_H

#include <sys/types.h>
#include <sys/queue.h>

#include <netinet/in.h>

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/htab.h"
#include "core/mono.h"
#include "core/wheel.h"
#include "mn/pace.h"

#define EXCHANGE_SENT	4	/* transmissions that an answer may match */
#define MAX_UPDATE_RATE	3	/* RFC 6275 section 12 */

/* Messages of one type share a rate at a destination (section 11.8). */
enum rate_class { RATE_UPDATE, RATE_HOTI, RATE_COTI, RATE_CLASSES };

/* What exchanges differ by: a row for each kind, in struct mn. */
enum exchange_kind {
	EXCHANGE_FIRST,		/* Binding Update, no binding there yet */
	EXCHANGE_UPDATE,	/* Binding Update, there is one */
	/* With a correspondent: */
	EXCHANGE_HOTI,		/* Home Test Init */
	EXCHANGE_COTI,		/* Care-of Test Init */
	EXCHANGE_PEER,		/* Binding Update */
	EXCHANGE_KINDS
};

struct exchange_row {
	int64_t		 first;	/* time for an answer, which doubles */
	int64_t		 last;	/* ... to this and no further */
	enum rate_class	 rate;
};

/* What authenticates a Binding Update to a correspondent, RFC 4866 4.1. */
enum proof {
	PROOF_HOME,		/* a home test: it is reachable there */
	PROOF_CGA,		/* that, CGA Parameters and a signature */
	PROOF_TOKEN,		/* the permanent home keygen token */
	PROOF_KEY		/* a static key, RFC 4449 */
};

/* A transmission, and what in it an answer must fit. */
struct sent {
	uint16_t	 seq;
	uint16_t	 lifetime;	/* units */
	enum proof	 proof;		/* to a correspondent */
	bool		 early;		/* no care-of test, RFC 4866 4.1 */
	uint64_t	 timestamp;	/* RFC 4285 section 6, 0: none */
	uint64_t	 cookie;	/* of a Test Init */
	int64_t		 at, wall;	/* by both clocks */
};

struct exchange {
	const struct exchange_row *row;
	bool			 waiting;	/* for an answer */
	struct sent		 sent[EXCHANGE_SENT];	/* newest first */
	size_t			 nsent;
	unsigned int		 tries;		/* transmissions so far */
	int64_t			 timeout;	/* the present one */
	int64_t			 last_sent;	/* ever, or NEVER */
	int64_t			 hold_until;	/* nothing before that */
	enum hold_cause		 held_by;
	struct wheel_timer	 retrans, rate;
};

/* The last times that messages of one class were sent. */
struct rate {
	int64_t		 at[MAX_UPDATE_RATE];
	unsigned int	 next;
};

struct careof;
struct peer;
struct peering;

/*
 * A destination, with all that have exchanges with it: rates are about it, and
 * so are errors, which survive movement (section 11.3.5).
 */
struct dest {
	struct hlink		 link;
	TAILQ_ENTRY(dest)	 entry;
	struct in6_addr		 addr;
	TAILQ_HEAD(, peering)	 peerings;	/* oldest first */
	TAILQ_HEAD(, peer)	 peers;		/* of optimized routes */
	TAILQ_HEAD(careof_list, careof) careofs; /* tests, newest first */
	struct rate		 rates[RATE_CLASSES];
	int64_t			 error_hold;	/* the last one, or 0 */
	int64_t			 hold_until;	/* ... and its end, or NEVER */
	bool			 enhanced;	/* it knows RFC 4866 */
};

struct dests {
	struct htab		 tab;		/* by address */
	TAILQ_HEAD(, dest)	 all;
};

void	 exchange_init(struct exchange *, uint16_t, uint16_t);
void	 exchange_open(struct exchange *, const struct exchange_row *);
void	 exchange_close(struct exchange *);
bool	 exchange_under_way(const struct exchange *);
bool	 exchange_sent(struct exchange *, struct wheel *, const struct sent *);
void	 exchange_double(struct exchange *);
void	 exchange_wait(struct exchange *, struct wheel *, int64_t);
void	 exchange_later(struct exchange *, struct wheel *, int64_t);
void	 exchange_hold(struct exchange *, struct wheel *, enum hold_cause,
	    int64_t);
void	 exchange_stop(struct exchange *, struct wheel *);
const struct sent *exchange_get(const struct exchange *, size_t);

bool	 dests_init(struct dests *);
void	 dests_free(struct dests *);
void	 dests_sweep(struct dests *);
void	 dest_release(struct dests *, struct dest *);
struct dest *dest_get(struct dests *, const struct hash_key *,
	    const struct in6_addr *);
bool	 dest_allows(struct dest *, enum rate_class, int64_t, int64_t *);

#endif
