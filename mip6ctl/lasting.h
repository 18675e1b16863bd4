/*
 * Differences that mip6ctl check found at each of several looks.  No I/O.
 */
#ifndef MIP6CTL_LASTING_H
#define MIP6CTL_LASTING_H

#include <stdbool.h>
#include <stddef.h>

#include "mip6ctl/check.h"

/* All of one look, or what has lasted since; {0} is empty. */
struct findings {
	struct check_finding	*v;
	size_t			 n, cap;
	bool			 no_memory;
};

void	 findings_add(void *, const struct check_finding *);
void	 findings_keep(struct findings *, struct findings *);
void	 findings_free(struct findings *);

#endif
