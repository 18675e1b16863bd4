/* Around the planning of IPsec.  Internal to mip6d/parent. */
#ifndef MIP6D_PARENT_PLANNER_H
#define MIP6D_PARENT_PLANNER_H

#include "parent/owned.h"
#include "parent/sadb.h"
#include "sec/sec.h"

struct event;
struct parent;
struct statefile;

struct planner {
	struct parent		*parent;
	struct sec		*sec;
	struct sadb		*sadb;
	struct owned		 owned;
	struct statefile	*file;		/* of reqids */
	struct event		*timer;
};

/* manual.c */
void	 manual_keys(const struct conf_sa *, struct pfkey_sa *);
unsigned int manual_icv_bits(const struct parent *, const struct pfkey_sa *);

/* prims.c */
void	 prims_ask(void *, uint32_t id, const struct prim_request *);
void	 prims_heard(struct planner *, const struct pfkey_msg *);

#endif
