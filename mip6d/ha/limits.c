/*
 * How often a refusal may be sent that anybody can provoke: the table of
 * strangers' networks, which is in struct ha.  bu.c asks before it goes on;
 * all other limits of Binding Updates are a number that their owner keeps.
 */
#include "ha/int.h"
#include "wire/ip6.h"

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
	    ha->now.mono, STRANGER_RATE, STRANGER_RATE) &&
	    limit_take(&ha->stranger_tat, ha->now.mono, STRANGER_RATE_TOTAL,
	    STRANGER_RATE_TOTAL));
}
