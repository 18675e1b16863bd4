/*
 * How often something may happen: Binding Updates of one node and of all, and
 * answers that anybody can provoke.  Each limit is one number that the caller
 * keeps; only the table of strangers' networks is here, in struct ha.  bu.c
 * and ba.c ask before they go on.
 */
#include "ha/int.h"
#include "wire/ip6.h"

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

/*
 * May a refusal that anybody can provoke be sent to src?  So many a second to
 * one /64 and in all.  The key of the hash is secret: nobody can choose whose
 * slot he shares.
 */
bool
limit_stranger(struct ha *ha, const struct in6_addr *src)
{
	struct in6_addr	 net = in6_prefix(src, 64);
	uint64_t	 h = hash_bytes(&ha->key, &net, sizeof(net));

	return (limit_take(&ha->stranger_tats[h % STRANGER_SLOTS],
	    ha->now.mono, STRANGER_RATE) &&
	    limit_take(&ha->stranger_tat, ha->now.mono, STRANGER_RATE_TOTAL));
}
