/*
 * The path MTU to the far end of a tunnel, learnt from Packet Too Big and
 * forgotten after ten minutes (RFC 8201 4, 5.3).  Pure: the state is in the
 * tunnel and the time is given.  Called by entry_point.c, icmp.c and net.c.
 */
#include "net/pmtu.h"
#include "wire/ip6.h"

/*
 * The path MTU at this moment: what was learnt, while it is fresh, but never
 * more than the link's.
 */
uint16_t
pmtu_get(const struct pmtu *p, uint32_t link_mtu, struct mono now)
{
	if (link_mtu < IP6_MINMTU)
		link_mtu = IP6_MINMTU;
	if (link_mtu > UINT16_MAX)
		link_mtu = UINT16_MAX;
	if (p->mtu != 0 && p->mtu < link_mtu && now.ns / SEC(1) < p->until)
		return (p->mtu);
	return ((uint16_t)link_mtu);
}

/*
 * A Packet Too Big reported mtu.  It never raises the estimate (RFC 8201 4)
 * nor takes it below the IPv6 minimum (RFC 4443 3.2).  True if it changed.
 */
bool
pmtu_set(struct pmtu *p, uint32_t mtu, uint32_t link_mtu, struct mono now)
{
	uint16_t	 old = pmtu_get(p, link_mtu, now);

	if (mtu < IP6_MINMTU)
		mtu = IP6_MINMTU;
	if (mtu >= old)
		return (false);
	p->mtu = (uint16_t)mtu;
	p->until = (uint32_t)((now.ns + PMTU_LIFETIME + SEC(1) - 1) / SEC(1));
	return (true);
}

/* The next MTU worth trying when the kernel only says "too big". */
uint16_t
pmtu_lower(uint16_t mtu)
{
	static const uint16_t	 common[] = { 9000, 4352, 2304, 1500, 1492,
	    1480, 1460, 1420, 1400 };
	unsigned int		 i;

	for (i = 0; i < sizeof(common) / sizeof(common[0]); i++)
		if (common[i] < mtu)
			return (common[i]);
	return (IP6_MINMTU);
}
