/*
 * How often something may happen that others can provoke: how many lines of a
 * kind there may be in a second, token buckets for messages and answers, and
 * one for each network that answers go to (RFC 4443 2.4 (f)).  What is limited,
 * and the numbers that are kept for it, are somebody else's.  Pure.
 */
#include <stddef.h>
#include <string.h>

#include "core/limit.h"
#include "wire/ip6.h"

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
static bool
ready(int64_t full, struct mono now, uint32_t rate, uint32_t burst)
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
	if (!ready(*full, now, rate, burst))
		return (false);
	if (rate != 0)
		*full = (*full > now.ns ? *full : now.ns) + NS_PER_SEC / rate;
	return (true);
}

/* So many a second and at once in all, and so many to one /64. */
void
limiter_init(struct limiter *l, const uint64_t key[2], unsigned int all,
    unsigned int rate)
{
	memset(l, 0, sizeof(*l));
	l->rate_all = all;
	l->rate = rate;
	memcpy(l->key.k, key, sizeof(l->key.k));
}

/* May one more be sent to dst? */
enum limit
limiter_take(struct limiter *l, const struct in6_addr *dst, struct mono now)
{
	struct in6_addr	 net = in6_prefix(dst, 64);
	int64_t		*full = &l->full[hash_bytes(&l->key, &net,
			    sizeof(net)) % LIMITER_SLOTS];

	if (!ready(*full, now, l->rate, l->rate))
		return (LIMIT_DESTINATION);
	if (!limit_take(&l->all, now, l->rate_all, l->rate_all))
		return (LIMIT_ALL);
	limit_take(full, now, l->rate, l->rate);
	return (LIMIT_NOT);
}
