/* What engines have asked of the planning.  Internal to mip6d/parent. */
#ifndef MIP6D_PARENT_ASKED_H
#define MIP6D_PARENT_ASKED_H

#include <sys/queue.h>

#include <stdbool.h>
#include <stdint.h>

#include "core/msg.h"
#include "core/role.h"

struct owned_node;

/* MSG_IPSEC or MSG_KEY_WANT of an engine, until sec has done it. */
struct ask {
	TAILQ_ENTRY(ask)	 link;
	struct owned_node	*node;
	uint32_t		 number;	/* ours; 0: it is free */
	bool			 told;		/* the sec that there is now */
	bool			 keys;		/* which of the two: */
	union {
		struct msg_ipsec	 ipsec;	/* its id is the engine's */
		struct msg_key_want	 want;
	};
};

/* All that one node can have: no more than that is kept. */
struct asks {
	struct ask		 ipsec[2];	/* under way, and the next */
	struct ask		 keys;		/* NEED, RENEW or END */
	struct ask		 discards[3];	/* DISCARD, of so many places */
};

/* In the order in which they were asked. */
struct asked {
	TAILQ_HEAD(ask_list, ask)	 list;
	uint32_t			 last;	/* number */
};

void	 asked_init(struct asked *);
struct ask *asked_ipsec(struct asked *, struct owned_node *,
	    const struct msg_ipsec *, uint32_t *gone);
struct ask *asked_keys(struct asked *, struct owned_node *,
	    const struct msg_key_want *);
struct ask *asked_find(const struct asked *, uint32_t number);
void	 asked_done(struct asked *, struct ask *);
void	 asked_sec_gone(struct asked *);
void	 asked_engine_gone(struct asked *, enum role);

#endif
