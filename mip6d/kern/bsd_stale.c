/*
 * BSD: an address is deprecated, or has its preferred lifetime again, by
 * setting all of it anew.  So that is only done where what the kernel, or a
 * daemon in its place, has noted with an address of an advertisement is not
 * lost thereby (bsd_settable).  Nothing marks such an address as ours: after
 * our death it is the next advertisement that gives it its lifetimes.
 */
#include <sys/types.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

#include <errno.h>
#include <string.h>

#include "kern/bsd.h"

/* Put or take a row: 0 or an errno. */
int
bsd_begin_stale(struct kern *k, const struct row *row, bool add,
    uint32_t token)
{
	struct row_addr		 key;
	struct msg_address	 m;
	struct in6_aliasreq	 r;
	int			 flags;

	(void)token;
	memcpy(&key, row->key, sizeof(key));
	memset(&m, 0, sizeof(m));
	m.ifindex = key.ifindex;
	m.addr = key.addr;
	memset(&r, 0, sizeof(r));
	if (!bsd_address_details(k, &m) ||
	    !bsd_address_flags(k, &m, &flags) ||
	    if_indextoname(m.ifindex, r.ifra_name) == NULL)
		return (0);
	if (add == ((m.flags & ADDR_DEPRECATED) != 0))
		return (0);
	if (add && !m.dynamic)
		return (EPERM);
	/* With another one than it has it is refused. */
	if ((m.plen = bsd_addrs_plen(k, &m)) == 0)
		return (EAGAIN);
	bsd_sin6(&r.ifra_addr, &m.addr, m.ifindex);
	bsd_mask(&r.ifra_prefixmask, m.plen);
	r.ifra_flags = flags & bsd_settable;
	r.ifra_lifetime.ia6t_vltime = m.valid;
	r.ifra_lifetime.ia6t_pltime = add ? 0 :
	    keep_former(&k->keep, row, m.valid);
	if (ioctl(k->inet6, SIOCAIFADDR_IN6, &r) == -1)
		return (errno);
	bsd_addrs_doubt(k);
	return (0);
}
