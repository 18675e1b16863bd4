#include "ha/int.h"

/*
 * May one more pass, at rate a second with a burst of as many?  Generic cell
 * rate algorithm: *tat, zero at first, is when the bucket will be full again;
 * one number instead of a level and a time.  Rate 0: no limit.
 */
bool
limit_take(int64_t *tat, struct mono now, uint32_t rate)
{
	int64_t	 interval, at;

	if (rate == 0)
		return (true);
	interval = NS_PER_SEC / rate;
	at = *tat > now.ns ? *tat : now.ns;
	if (at - now.ns > NS_PER_SEC - interval)
		return (false);
	*tat = at + interval;
	return (true);
}
