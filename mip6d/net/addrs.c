#include <stdlib.h>
#include <string.h>

#include "net/addrs.h"
#include "wire/ip6.h"

#define DEFAULT_MTU	1500

struct addr_entry {
	struct addr_entry	*next;
	struct in6_addr		 addr;
	uint32_t		 ifindex;
};

static size_t
bucket_of(const struct in6_addr *a)
{
	uint32_t	 h = 0, v;
	int		 i;

	for (i = 0; i < 4; i++) {
		memcpy(&v, &a->s6_addr[i * 4], sizeof(v));
		h = (h ^ v) * UINT32_C(0x9e3779b1);
	}
	return (h >> 24);
}

void
addrs_free(struct addrs *a)
{
	struct addr_entry	*e;
	size_t			 i;

	for (i = 0; i < ADDRS_BUCKETS; i++)
		while ((e = a->bucket[i]) != NULL) {
			a->bucket[i] = e->next;
			free(e);
		}
	memset(a, 0, sizeof(*a));
}

/*
 * An address has come, changed or gone.  A tentative one is there already:
 * what is sent to it meanwhile, the kernel decides.  False: out of memory.
 */
bool
addrs_update(struct addrs *a, const struct msg_address *m)
{
	struct addr_entry	*e, **ep = &a->bucket[bucket_of(&m->addr)];

	for (; (e = *ep) != NULL; ep = &e->next)
		if (e->ifindex == m->ifindex && in6_eq(&e->addr, &m->addr))
			break;
	if ((m->flags & ADDR_GONE) != 0) {
		if (e != NULL) {
			*ep = e->next;
			free(e);
		}
		return (true);
	}
	if (e != NULL)
		return (true);
	if ((e = calloc(1, sizeof(*e))) == NULL)
		return (false);
	e->addr = m->addr;
	e->ifindex = m->ifindex;
	e->next = a->bucket[bucket_of(&m->addr)];
	a->bucket[bucket_of(&m->addr)] = e;
	return (true);
}

/* Is it an address of this host? */
bool
addrs_local(const struct addrs *a, const struct in6_addr *addr)
{
	const struct addr_entry	*e;

	for (e = a->bucket[bucket_of(addr)]; e != NULL; e = e->next)
		if (in6_eq(&e->addr, addr))
			return (true);
	return (false);
}

/* A link has come, changed or gone. */
void
addrs_link(struct addrs *a, const struct msg_link *m)
{
	size_t	 i;

	for (i = 0; i < a->nlinks; i++)
		if (a->link[i].ifindex == m->ifindex)
			break;
	if ((m->flags & LINK_GONE) != 0) {
		if (i < a->nlinks)
			a->link[i] = a->link[--a->nlinks];
	} else if (i < LINKS_MAX) {
		a->link[i].ifindex = m->ifindex;
		a->link[i].mtu = m->mtu;
		a->link[i].flags = m->flags;
		if (i == a->nlinks)
			a->nlinks++;
	}
	a->max_mtu = 0;
	for (i = 0; i < a->nlinks; i++)
		if ((a->link[i].flags & (LINK_LOOPBACK | LINK_TUN)) == 0 &&
		    (a->link[i].flags & LINK_UP) != 0 &&
		    a->link[i].mtu > a->max_mtu)
			a->max_mtu = a->link[i].mtu;
}

/*
 * MTU of an interface; of interface 0, which is whichever the kernel takes,
 * the largest there is: where it is less the kernel says so.
 */
uint32_t
addrs_mtu(const struct addrs *a, uint32_t ifindex)
{
	size_t	 i;

	if (ifindex != 0)
		for (i = 0; i < a->nlinks; i++)
			if (a->link[i].ifindex == ifindex &&
			    a->link[i].mtu != 0)
				return (a->link[i].mtu);
	return (a->max_mtu != 0 ? a->max_mtu : DEFAULT_MTU);
}
