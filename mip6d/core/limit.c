/*
 * How many lines of a kind there may be in a second.  The lines themselves are
 * somebody else's.  Pure.
 */
#include <stddef.h>

#include "core/limit.h"

/*
 * May another line of this kind be written now?  When a new second begins,
 * *suppressed, unless it is NULL, is how many of the last were not.
 */
bool
log_allowed(struct log_limit *l, struct mono now, unsigned int per_second,
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
