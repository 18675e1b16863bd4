/* Root's part of IPsec, for the sec process.  Internal to mip6d/parent. */
#ifndef MIP6D_PARENT_PLANNER_H
#define MIP6D_PARENT_PLANNER_H

#include <stdbool.h>
#include <stdint.h>

#include "parent/asked.h"
#include "parent/owned.h"
#include "parent/parent.h"
#include "parent/sadb.h"

struct event;

struct sweep {
	bool			 active;
	bool			 waits;		/* to try again */
	struct prim_request	*v;		/* what is to go */
	size_t			 n, cap, next, flight;
	uint32_t		 life;		/* what is asked is its */
	enum prim		 dump;		/* PRIM_MAX: both are there */
	int			 error;		/* the first of this try */
	unsigned int		 tries;		/* that failed */
	struct event		*again;
};

struct planner {
	struct parent		*parent;
	struct sadb		*sadb;
	struct owned		 owned;
	struct event		*retry;		/* memory was short */
	struct asked		 asked;
	bool			 lists;		/* ike is asked for a list: */
	uint32_t		 list_id, list_number;	/* sec's, and ours */
	uint32_t		 lives;		/* of who asks primitives */
	uint32_t		 life;		/* of sec: one of these */
	unsigned int		 dumps;		/* that it waits for */
	bool			 waits;		/* for memory: nodes lack */
	bool			 told;		/* sec was, all that there is */
	bool			 unswept;	/* there may be something */
	struct sweep		 sweep;
};

/* manual.c */
void	 manual_keys(const struct conf_sa *, struct pfkey_sa *);
unsigned int manual_icv_bits(const struct parent *, const struct pfkey_sa *);

/* prims.c */
typedef void	 prims_fn(struct planner *, uint32_t life, uint32_t id,
		    const struct prim_result *);
void	 prims_ask(struct planner *, uint32_t life, uint32_t id,
	    const struct prim_request *, prims_fn *);
void	 prims_take(struct planner *, struct proc *, const struct msg_prim *);
void	 prims_lost(struct planner *);
void	 prims_heard(struct planner *, const struct pfkey_msg *);

/* sweep.c */
bool	 sweep_init(struct planner *);
void	 sweep_free(struct planner *);
void	 sweep_begin(struct planner *);
void	 sweep_go(struct planner *);
void	 sweep_end(struct planner *);

#endif
