/*
 * Time.  Monotonic time has a type of its own, so that it can't be mixed up
 * with a wall clock or a duration.  Durations are int64_t nanoseconds; what
 * the configuration gives in milliseconds is turned by MS().
 */
#ifndef MIP6D_CORE_MONO_H
#define MIP6D_CORE_MONO_H

#include <stdbool.h>
#include <stdint.h>

struct mono {
	int64_t	 ns;		/* since some moment before the start */
};

/* Both clocks at one moment; what a state machine is told of time. */
struct now {
	struct mono	 mono;
	int64_t		 wall;	/* nanoseconds since 1970, may jump */
};

#define NS_PER_MS	1000000LL
#define NS_PER_SEC	1000000000LL
#define MS(x)		((int64_t)(x) * NS_PER_MS)
#define SEC(x)		((int64_t)(x) * NS_PER_SEC)

static inline struct mono
mono_add(struct mono t, int64_t ns)
{
	return ((struct mono){ t.ns + ns });
}

/* a - b in nanoseconds */
static inline int64_t
mono_diff(struct mono a, struct mono b)
{
	return (a.ns - b.ns);
}

static inline bool
mono_before(struct mono a, struct mono b)
{
	return (a.ns < b.ns);
}

#endif
