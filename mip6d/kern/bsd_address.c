/*
 * BSD: addresses by ioctl(2): their flags and lifetimes are asked for, and one
 * is put or taken.  When that is to be done is known to bsd_rows.c, bsd_addrs.c
 * and bsd_stale.c, which call it.
 */
#include <sys/param.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

#include <errno.h>
#include <string.h>
#include <time.h>

#include "kern/bsd.h"

static uint8_t
address_flags(int f)
{
	static const struct {
		int	 kernel;
		uint8_t	 ours;
	} flags[] = {
		{ IN6_IFF_TENTATIVE, ADDR_TENTATIVE },
		/* No link: nothing can be received by it. */
		{ IN6_IFF_DETACHED, ADDR_TENTATIVE },
		{ IN6_IFF_DUPLICATED, ADDR_DUPLICATE },
		{ IN6_IFF_DEPRECATED, ADDR_DEPRECATED },
		{ IN6_IFF_TEMPORARY, ADDR_TEMPORARY },
	};
	uint8_t	 r = 0;
	size_t	 i;

	for (i = 0; i < sizeof(flags) / sizeof(flags[0]); i++)
		if ((f & flags[i].kernel) != 0)
			r |= flags[i].ours;
	return (r);
}

static uint32_t
seconds_left(uint32_t lifetime, time_t expires)
{
	struct timespec	 now;

	if (lifetime == UINT32_MAX || expires == 0 ||
	    clock_gettime(bsd_lifetime_clock, &now) == -1)
		return (lifetime);
	if (expires <= now.tv_sec)
		return (0);
	return (MIN((uint32_t)(expires - now.tv_sec), lifetime));
}

static bool
about_address(struct kern *k, const struct msg_address *m,
    unsigned long what, struct in6_ifreq *r)
{
	memset(r, 0, sizeof(*r));
	if (if_indextoname(m->ifindex, r->ifr_name) == NULL)
		return (false);
	bsd_sin6(&r->ifr_ifru.ifru_addr, &m->addr, m->ifindex);
	return (ioctl(k->inet6, what, r) != -1);
}

/* The flags of an address, IN6_IFF_...; false if it has gone. */
bool
bsd_address_flags(struct kern *k, const struct msg_address *m, int *flags)
{
	struct in6_ifreq	 r;

	if (!about_address(k, m, SIOCGIFAFLAG_IN6, &r))
		return (false);
	*flags = r.ifr_ifru.ifru_flags6;
	return (true);
}

/*
 * Flags and lifetimes are not in the message; false if it has gone again.  One
 * without preferred lifetime has its flag only when the kernel's timer is due.
 */
bool
bsd_address_details(struct kern *k, struct msg_address *m)
{
	const int		 made = IN6_IFF_AUTOCONF | IN6_IFF_TEMPORARY;
	struct in6_ifreq	 r;
	struct in6_addrlifetime	*lt = &r.ifr_ifru.ifru_lifetime;
	int			 flags;

	if (!bsd_address_flags(k, m, &flags))
		return (false);
	m->flags |= address_flags(flags);
	m->preferred = m->valid = UINT32_MAX;
	if (about_address(k, m, SIOCGIFALIFETIME_IN6, &r)) {
		m->preferred = seconds_left(lt->ia6t_pltime,
		    lt->ia6t_preferred);
		m->valid = seconds_left(lt->ia6t_vltime, lt->ia6t_expire);
	}
	if (m->preferred == 0)
		m->flags |= ADDR_DEPRECATED;
	m->dynamic = ((flags & made) != 0 || m->valid != UINT32_MAX) &&
	    (flags & made & ~bsd_settable) == 0;
	return (true);
}

/*
 * An address on an interface, or its end, which is no error if it is not
 * there.  0 or an errno.
 */
int
bsd_address(struct kern *k, const struct msg_addr_set *m)
{
	struct in6_aliasreq	 add;
	struct in6_ifreq	 del;
	char			 name[IFNAMSIZ];
	bool			 untested;
	int			 e;

	if (if_indextoname(m->ifindex, name) == NULL)
		return (m->add ? ENXIO : 0);
	if (!m->add) {
		memset(&del, 0, sizeof(del));
		memcpy(del.ifr_name, name, sizeof(del.ifr_name));
		bsd_sin6(&del.ifr_ifru.ifru_addr, &m->addr, m->ifindex);
		if (ioctl(k->inet6, SIOCDIFADDR_IN6, &del) == -1 &&
		    errno != EADDRNOTAVAIL)
			return (errno);
		return (0);
	}
	memset(&add, 0, sizeof(add));
	memcpy(add.ifra_name, name, sizeof(add.ifra_name));
	bsd_sin6(&add.ifra_addr, &m->addr, m->ifindex);
	bsd_mask(&add.ifra_prefixmask, m->plen);
	add.ifra_lifetime.ia6t_vltime = m->valid == 0 ? UINT32_MAX : m->valid;
	add.ifra_lifetime.ia6t_pltime = m->preferred == 0 && m->valid == 0 ?
	    UINT32_MAX : m->preferred;
	untested = (m->flags & ADDR_NODAD) != 0 &&
	    bsd_test_addresses(k, name, false);
	e = ioctl(k->inet6, SIOCAIFADDR_IN6, &add) == -1 ? errno : 0;
	if (untested)
		bsd_test_addresses(k, name, true);
	return (e);
}
