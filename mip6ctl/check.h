/*
 * mip6ctl check: what the processes, the kernel and charon each have of a
 * node must fit together.  Facts are gathered from the rows of other verbs;
 * comparing them does no I/O.
 */
#ifndef MIP6CTL_CHECK_H
#define MIP6CTL_CHECK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "mip6ctl/output.h"

struct check;

/* A difference: of which node, between whom, and what to do about it. */
struct check_finding {
	struct in6_addr	 home;		/* :: if it is of no node */
	const char	*where;		/* "spd", "sad", "charon", "net" ... */
	char		 text[160];
};

typedef void check_fn(void *, const struct check_finding *);

struct check	*check_new(void);
bool		 check_row(struct check *, enum verb, const struct row *);
int64_t		 check_listed(const struct row *);
size_t		 check_compare(struct check *, check_fn *, void *);
size_t		 check_nodes(const struct check *);
void		 check_free(struct check *);

#endif
