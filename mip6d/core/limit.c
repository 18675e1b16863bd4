/*
 * How often something may happen that others can provoke: how many lines of a
 * kind there may be in a second, and token buckets for messages and answers.
 * What is limited, and the numbers that are kept for it, are somebody else's.
 * Pure.
 */
#include <stddef.h>

#include "core/limit.h"

/*
 * May another line of this kind be written now?  When a new second begins,
 * *suppressed, unless it is NULL, is how many of the last were not.
 */
bool
limit_lines(struct log_limit *l, struct mono now, unsigned int per_second,
    unsigned int *suppressed)
{
	unsigned int	 not_said = 0;

	if (l->n == 0 || now.ns - l->window >= NS_PER_SEC) {
		not_said = l->suppressed;
		l->window = now.ns;
		l->n = 0;
		l->suppressed = 0;
	}
	if (suppressed != NULL)
		*suppressed = not_said;
	if (l->n >= per_second) {
		l->suppressed++;
		return (false);
	}
	l->n++;
	return (true);
}

/*
 * Is there a token, at rate a second with a burst of so many?  Generic cell
 * rate algorithm: full, zero at first, is when the bucket will be full again;
 * one number instead of a level and a time.  Rate 0: no limit.
 */
bool
limit_ready(int64_t full, struct mono now, uint32_t rate, uint32_t burst)
{
	int64_t	 interval;

	if (rate == 0)
		return (true);
	interval = NS_PER_SEC / rate;
	return (full - now.ns <= interval * ((int64_t)burst - 1));
}

/* Take one, if there is one. */
bool
limit_take(int64_t *full, struct mono now, uint32_t rate, uint32_t burst)
{
	if (!limit_ready(*full, now, rate, burst))
		return (false);
	if (rate != 0)
		*full = (*full > now.ns ? *full : now.ns) + NS_PER_SEC / rate;
	return (true);
}
