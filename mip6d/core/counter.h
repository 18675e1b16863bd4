/*
 * Counters: an array per process, described by a table of names.  The name is
 * what mip6ctl shows and what OpenMetrics calls mip6d_<role>_<name>_total.
 */
#ifndef MIP6D_CORE_COUNTER_H
#define MIP6D_CORE_COUNTER_H

#include <stddef.h>
#include <stdint.h>

struct counter_def {
	const char	*name;		/* lower case, underscores */
	const char	*help;
};

struct counters {
	const struct counter_def *defs;	/* ends with a NULL name */
	uint64_t		 *v;
	size_t			  n;
};

int	 counters_init(struct counters *, const struct counter_def *);
void	 counters_free(struct counters *);

static inline void
counter_add(struct counters *c, size_t i, uint64_t n)
{
	c->v[i] += n;
}

#define COUNT(c, i)	counter_add((c), (i), 1)

#endif
