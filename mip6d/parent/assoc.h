/*
 * The nodes whose messages IPsec protects: policies in the kernel, where they
 * end, whose keys they use.  Internal to mip6d/parent.
 */
#ifndef MIP6D_PARENT_ASSOC_H
#define MIP6D_PARENT_ASSOC_H

#include "core/htab.h"
#include "parent/parent.h"
#include "parent/reqid.h"
#include "parent/sadb.h"
#include "parent/spd.h"

#define SPIS_MAX	4	/* inbound ones of a node: two in a rekey */
#define STEPS_MAX	16
#define WISH_HEAL	0x80	/* flag of ours: all of it again */

enum step_kind {
	STEP_POLICY,		/* make sure it is there */
	STEP_NO_POLICY,
	STEP_MIGRATE,
	STEP_SA,		/* a manual one */
	STEP_NO_SA
};

struct step {
	enum step_kind		 kind;
	bool			 km;		/* tell the key manager, too */
	struct pfkey_policy	 from, to;	/* to: STEP_MIGRATE only */
	const struct conf_sa	*sa;
	struct spd_ends		 ends;		/* of sa in tunnel mode */
};

/* What an engine wants of a node. */
struct wish {
	uint32_t	 id;		/* of the request, 0: no answer */
	struct spd_ends	 ends;
	uint8_t		 flags;		/* IPSEC_* */
};

/* Steps under way; one at a time for each node. */
struct plan {
	struct step	 v[STEPS_MAX];
	unsigned int	 n, at;
	unsigned int	 tries;		/* of the step at hand */
	uint8_t		 sub;		/* part of a step that heals */
	int		 error;		/* the first */
	struct wish	 wish;
	struct mono	 began;
};

struct assoc {
	struct hlink		 link;
	struct assocs		*all;
	struct spd_node		 spd;
	bool			 ike;		/* else its keys are configured */
	bool			 gone;		/* no longer configured */
	bool			 removed;	/* ... and that was asked for */
	bool			 seen;		/* by a reload */
	bool			 installing;	/* its policies, at the start */
	struct conf_sa		*sas;		/* manual ones, ours */
	size_t			 nsas;
	/* as the kernel has it */
	bool			 tunnel;
	bool			 ends_known;
	struct spd_ends		 ends;		/* of the tunnel's policies */
	bool			 has_sa_ends;
	struct spd_ends		 sa_ends;	/* of its associations */
	struct mono		 keyed;		/* when one was last added */
	bool			 manual_tunnel;	/* those are there */
	unsigned int		 policies;
	uint32_t		 spis[SPIS_MAX];
	/* what is to become of it */
	struct plan		*plan;
	bool			 waiting;	/* next is to be done then */
	struct wish		 next;
	struct event		*again;		/* pitfall of a fresh rekey */
	/* keys */
	struct msg_key_want	 want;		/* op 0: nothing wanted */
	uint8_t			 key_state;
	bool			 key_tunnel;
	struct reqid_entry	*ids;
	/* for show sa */
	uint64_t		 moves, errors;
	struct mono		 moved;
	int64_t			 took;
	int			 last_error;
};

struct assocs {
	struct parent	*parent;
	struct sadb	*sadb;
	struct reqids	 reqids;
	struct hash_key	 key;
	struct htab	 by_home;
	struct assoc	**v;
	size_t		 n;
	unsigned int	 nasked;	/* SPI_ASK under way */
	size_t		 starting, running;	/* installing */
	size_t		 retiring;	/* nodes that go */
	struct event	*save;
	bool		 dumping;	/* the SAD */
	bool		 ending;
};

/* assoc.c */
struct assoc	*assoc_find(const struct assocs *, const struct in6_addr *);
enum role	 assoc_role(const struct assoc *);

void	 assoc_plan_done(struct assoc *);

/* plan.c: what the kernel is asked, step by step */
void	 plan_install(struct assoc *);
void	 plan_remove(struct assoc *);
void	 plan_wish(struct assoc *, const struct wish *);
void	 plan_free(struct assoc *);

/* feed.c: what the kernel tells of associations, and net is told */
void	 feed_news(struct assocs *, const struct pfkey_msg *);
void	 feed_dump(struct assocs *);
void	 feed_net(struct assocs *);
void	 feed_asked(struct assocs *, const struct msg_spi *);

#endif
