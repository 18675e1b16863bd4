/*
 * Duplicate Address Detection on behalf of a mobile node (RFC 4862 5.4, asked
 * for by RFC 6275 10.3.1).  Each address has its own timer, so any number of
 * them run at once and none waits for another.  The state is in struct proxy;
 * proxynd.c begins it, and finds out what is heard of the address.
 */
#include <string.h>

#include "ha/int.h"
#include "wire/icmp6.h"
#include "wire/ip6.h"

/*
 * A solicitation from :: for the address.  It carries a nonce (RFC 3971
 * 5.3.2), so that it can be told from others' when the link echoes it.
 */
static void
solicit(struct ha *ha, const struct proxy *p)
{
	struct in6_addr	 dst = in6_solicited(&p->addr);

	icmp6_neighbour(&ha->icmp6, ICMP6_T_NS, &p->addr, 0);
	icmp6_add_data(&ha->icmp6, ND_NONCE, p->nonce, sizeof(p->nonce));
	ha_icmp6(ha, ha->links[p->slot], &in6addr_any, &dst);
}

static void
attempt(struct ha *ha, struct proxy *p)
{
	p->count--;
	solicit(ha, p);
	timer_set(ha, &p->timer, TK_PROXY,
	    mono_add(ha->now.mono, RETRANS_TIMER));
}

/* Begin to test the address. */
void
dad_start(struct ha *ha, struct proxy *p)
{
	uint64_t	 r = ha_random(ha);

	memcpy(p->nonce, &r, sizeof(p->nonce));
	p->tentative = true;
	p->count = DUP_ADDR_DETECT_TRANSMITS;
	COUNT(ha->env->counters, HC_DAD_STARTED);
	attempt(ha, p);
}

/* RetransTimer is over and nobody has claimed the address: was it the last? */
bool
dad_expire(struct ha *ha, struct proxy *p)
{
	if (p->count > 0)
		attempt(ha, p);
	else
		p->tentative = false;
	return (!p->tentative);
}

/* Is this our own solicitation, come back? */
bool
dad_is_echo(const struct proxy *p, const struct icmp6 *m)
{
	const struct nd_opt	*o = icmp6_find(m, ND_NONCE);

	return (o != NULL && o->datalen == sizeof(p->nonce) &&
	    memcmp(o->data, p->nonce, sizeof(p->nonce)) == 0);
}
