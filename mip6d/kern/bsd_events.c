/*
 * BSD: what the kernel tells of links, addresses and routes, read from a
 * routing socket and handed to the callbacks of kern_open() and to the rows.
 * What messages lack is asked for by sysctl(3).  The parent calls it, by
 * kern.h; bsd_msg.c takes the messages apart.
 */
#include <sys/param.h>
#include <sys/socket.h>
#include <sys/sysctl.h>

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "kern/bsd.h"

#define READ_SIZE	(64 * 1024)

#if defined(LINK_STATE_IS_UP)
#define CARRIER(s)	LINK_STATE_IS_UP(s)
#else
#define CARRIER(s)	((s) != LINK_STATE_DOWN)
#endif

static void
link_row(struct kern *k, struct bsd_msg *m)
{
	struct if_msghdr	 h;
	struct msg_link		 l;
	char			 name[IFNAMSIZ];

	if (m->len < sizeof(h))
		return;
	memcpy(&h, m->p, sizeof(h));
	memset(&l, 0, sizeof(l));
	bsd_msg_addresses(m, BSD_HDRLEN(h, ifm_hdrlen), h.ifm_addrs);
	if (!bsd_sa_link(m, RTAX_IFP, &l) || l.name[0] == '\0') {
		if (if_indextoname(h.ifm_index, name) == NULL)
			return;
		snprintf(l.name, sizeof(l.name), "%s", name);
	}
	l.ifindex = h.ifm_index;
	l.mtu = (uint32_t)h.ifm_data.ifi_mtu;
	if ((h.ifm_flags & IFF_UP) != 0)
		l.flags |= LINK_UP;
	if ((h.ifm_flags & IFF_RUNNING) != 0 &&
	    CARRIER(h.ifm_data.ifi_link_state))
		l.flags |= LINK_RUNNING;
	if ((h.ifm_flags & IFF_LOOPBACK) != 0)
		l.flags |= LINK_LOOPBACK;
	k->cb.link(k->cb.arg, &l);
	bsd_row_link(k, &l);
}

static void
address_row(struct kern *k, struct bsd_msg *m)
{
	struct ifa_msghdr	 h;
	struct msg_address	 a;
	uint32_t		 scope;

	if (m->len < sizeof(h))
		return;
	memcpy(&h, m->p, sizeof(h));
	memset(&a, 0, sizeof(a));
	bsd_msg_addresses(m, BSD_HDRLEN(h, ifam_hdrlen), h.ifam_addrs);
	if (!bsd_sa_in6(m, RTAX_IFA, &a.addr, &scope))
		return;
	a.ifindex = h.ifam_index;
	a.plen = bsd_sa_plen(m, RTAX_NETMASK);
	if (m->type == RTM_DELADDR)
		a.flags = ADDR_GONE;
	else if (!bsd_address_details(k, &a))
		return;
	bsd_tell_address(k, &a);
}

/* Links and addresses of one interface, or of all (0). */
static int
dump_interfaces(struct kern *k, uint32_t ifindex, bool addresses)
{
	struct bsd_msg	 m;
	const uint8_t	*p;
	uint8_t		*mem;
	size_t		 len;

	if ((mem = bsd_fetch(AF_INET6, NET_RT_IFLIST, (int)ifindex, &len)) ==
	    NULL)
		return (errno);
	for (p = mem; bsd_msg_next(&p, &len, &m);)
		if (m.type == RTM_IFINFO)
			link_row(k, &m);
		else if (m.type == RTM_NEWADDR && addresses)
			address_row(k, &m);
	free(mem);
	return (0);
}

/* Is it about a default route that is not one of ours? */
static bool
is_default_route(struct bsd_msg *m)
{
	struct rt_msghdr	 h;
	struct in6_addr		 dst;
	uint32_t		 scope;

	if (m->len < sizeof(h))
		return (false);
	memcpy(&h, m->p, sizeof(h));
	bsd_msg_addresses(m, BSD_HDRLEN(h, rtm_hdrlen), h.rtm_addrs);
	return (h.rtm_errno == 0 && (h.rtm_flags & BSD_TAG) != BSD_TAG &&
	    (h.rtm_flags & RTF_GATEWAY) != 0 &&
	    bsd_sa_in6(m, RTAX_DST, &dst, &scope) &&
	    IN6_IS_ADDR_UNSPECIFIED(&dst));
}

static void
announced(struct kern *k, struct bsd_msg *m)
{
	struct if_announcemsghdr	 h;
	struct msg_link			 l;
	char				 name[IFNAMSIZ];

	if (m->len < sizeof(h))
		return;
	memcpy(&h, m->p, sizeof(h));
	/* A new name is told as a departure and an arrival, too. */
	if (h.ifan_what != IFAN_DEPARTURE ||
	    if_indextoname(h.ifan_index, name) != NULL) {
		dump_interfaces(k, h.ifan_index, false);
		return;
	}
	memset(&l, 0, sizeof(l));
	l.ifindex = h.ifan_index;
	snprintf(l.name, sizeof(l.name), "%.*s", (int)sizeof(h.ifan_name),
	    h.ifan_name);
	l.flags = LINK_GONE;
	k->cb.link(k->cb.arg, &l);
	bsd_row_link(k, &l);
}

/* The message of a changed link lacks its link-layer address: ask. */
static void
link_changed(struct kern *k, struct bsd_msg *m)
{
	struct if_msghdr	 h;

	if (m->len < sizeof(h))
		return;
	memcpy(&h, m->p, sizeof(h));
	if (h.ifm_index != 0)
		dump_interfaces(k, h.ifm_index, false);
	bsd_addrs_doubt(k);
}

#if defined(RTM_DESYNC)
static void
desync(struct kern *k, struct bsd_msg *m)
{
	(void)m;
	keep_lost(&k->keep);
	k->cb.lost(k->cb.arg);
}
#endif

#if defined(RTM_CHGADDRATTR)
/* OpenBSD: an address became usable, or a duplicate. */
static void
address_changed(struct kern *k, struct bsd_msg *m)
{
	struct ifa_msghdr	 h;

	if (m->len < sizeof(h))
		return;
	memcpy(&h, m->p, sizeof(h));
	dump_interfaces(k, h.ifam_index, true);
}
#endif

static const struct {
	uint8_t	 type;
	void	(*fn)(struct kern *, struct bsd_msg *);
} handlers[] = {
	{ RTM_IFINFO, link_changed },
	{ RTM_IFANNOUNCE, announced },
	{ RTM_NEWADDR, address_row },
	{ RTM_DELADDR, address_row },
#if defined(RTM_CHGADDR)
	{ RTM_CHGADDR, address_row },
#endif
#if defined(RTM_CHGADDRATTR)
	{ RTM_CHGADDRATTR, address_changed },
#endif
#if defined(RTM_DESYNC)
	{ RTM_DESYNC, desync },
#endif
};

/* Did somebody else put or take a route that has our tag? */
static void
our_route(struct kern *k, struct bsd_msg *m)
{
	struct rt_msghdr	 h;

	if (m->len < sizeof(h))
		return;
	memcpy(&h, m->p, sizeof(h));
	if (h.rtm_pid == getpid())
		return;
	bsd_msg_addresses(m, BSD_HDRLEN(h, rtm_hdrlen), h.rtm_addrs);
	bsd_row_route(k, m, &h);
}

/* True: the default routes must be compared. */
static bool
handle(struct kern *k, struct bsd_msg *m)
{
	size_t	 i;

	if (m->type == RTM_ADD || m->type == RTM_DELETE ||
	    m->type == RTM_CHANGE) {
		our_route(k, m);
		if (!is_default_route(m))
			return (false);
		/* What a router said may concern addresses, too. */
		bsd_addrs_doubt(k);
		return (true);
	}
	for (i = 0; i < sizeof(handlers) / sizeof(handlers[0]); i++)
		if (handlers[i].type == m->type)
			handlers[i].fn(k, m);
	return (false);
}

/* Read the events that wait. */
void
kern_read(struct kern *k)
{
	static uint8_t	 buf[READ_SIZE];
	const uint8_t	*p;
	struct bsd_msg	 m;
	ssize_t		 n;
	size_t		 len;
	bool		 compare = false;

	for (;;) {
		n = recv(k->events, buf, sizeof(buf), 0);
		if (n == -1 && errno == EINTR)
			continue;
		if (n == -1 && errno == ENOBUFS) {
			keep_lost(&k->keep);
			k->cb.lost(k->cb.arg);
			compare = true;
			continue;
		}
		if (n <= 0)
			break;
		len = (size_t)n;
		for (p = buf; bsd_msg_next(&p, &len, &m);)
			compare = handle(k, &m) || compare;
	}
	if (compare)
		bsd_routers_compare(k);
	keep_tell(&k->keep);
}

int
kern_dump(struct kern *k)
{
	int	 e;

	if ((e = dump_interfaces(k, 0, true)) != 0)
		return (e);
	return (bsd_routers_dump(k));
}
