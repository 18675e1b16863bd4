/*
 * BSD: what the kernel tells of links, addresses and default routers, read
 * from a routing socket and handed to the callbacks of kern_open().  What
 * messages lack is asked for by ioctl(2) or sysctl(3).  Owns the sockets of
 * struct kern, which lives here from kern_open() to kern_close(), and the list
 * of routers known.  The parent calls it, by kern.h; bsd_msg.c takes the
 * messages apart.
 */
#include <sys/param.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/sysctl.h>

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "kern/bsd.h"

#define EVENT_BUFFER	(256 * 1024)
#define READ_SIZE	(64 * 1024)

#if defined(LINK_STATE_IS_UP)
#define CARRIER(s)	LINK_STATE_IS_UP(s)
#else
#define CARRIER(s)	((s) != LINK_STATE_DOWN)
#endif

/* Octets in front of the sockaddrs. */
#if defined(__OpenBSD__)
#define HDRLEN(h, field)	((h).field)
#else
#define HDRLEN(h, field)	sizeof(h)
#endif

static int
open_route(void)
{
	return (socket(PF_ROUTE, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
}

int
kern_open(struct kern **kp, const struct kern_events *cb)
{
	struct kern	*k;
	int		 e, one = 1, off = 0, size = EVENT_BUFFER;

	if ((k = calloc(1, sizeof(*k))) == NULL)
		return (ENOMEM);
	k->cb = *cb;
	if ((e = bsd_addrs_init(k)) != 0) {
		free(k);
		return (e);
	}
	if ((e = keep_init(&k->keep, k, &bsd_ops, &k->cb)) != 0) {
		bsd_addrs_free(k);
		free(k);
		return (e);
	}
	hosts_init(&k->closed, &k->addrs.key);
	k->events = open_route();
	k->requests = open_route();
	k->inet6 = socket(AF_INET6, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (k->events == -1 || k->requests == -1 || k->inet6 == -1) {
		e = errno;
		kern_close(k);
		return (e);
	}
	setsockopt(k->events, SOL_SOCKET, SO_RCVBUF, &size, sizeof(size));
#if defined(SO_RERROR)
	/* An overflow is then reported as ENOBUFS. */
	setsockopt(k->events, SOL_SOCKET, SO_RERROR, &one, sizeof(one));
#endif
	(void)one;
	/* write(2) returns the result; nothing is ever read from this one. */
	setsockopt(k->requests, SOL_SOCKET, SO_USELOOPBACK, &off, sizeof(off));
	shutdown(k->requests, SHUT_RD);
	*kp = k;
	return (0);
}

/* Close all, and remove the tun device, which does not go by itself. */
void
kern_close(struct kern *k)
{
	if (k->tun != 0)
		bsd_tun_destroy(k, k->tun_name);
	if (k->events != -1)
		close(k->events);
	if (k->requests != -1)
		close(k->requests);
	if (k->inet6 != -1)
		close(k->inet6);
	keep_free(&k->keep);
	hosts_free(&k->closed);
	bsd_addrs_free(k);
	free(k->routers.v);
	free(k);
}

int
kern_fd(const struct kern *k)
{
	return (k->events);
}

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
	bsd_msg_addresses(m, HDRLEN(h, ifm_hdrlen), h.ifm_addrs);
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

/* Tell of an address, and remember what was told. */
void
bsd_tell_address(struct kern *k, struct msg_address *m)
{
	struct msg_address	 as_it_is = *m;

	/* No tag on addresses: what is on our device is ours. */
	if (k->tun != 0 && m->ifindex == k->tun)
		m->flags |= ADDR_OURS;
	m->stale = keep_is_stale(&k->keep, m->ifindex, &m->addr);
	k->cb.address(k->cb.arg, m);
	bsd_row_address(k, m);
	bsd_addrs_told(k, &as_it_is);
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
	bsd_msg_addresses(m, HDRLEN(h, ifam_hdrlen), h.ifam_addrs);
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

/* Call fn for each IPv6 route that has one of the flags; 0 or an errno. */
int
bsd_each_route(struct kern *k, int flags, bsd_route_row *fn)
{
	struct rt_msghdr	 h;
	struct bsd_msg		 m;
	const uint8_t		*p;
	uint8_t			*mem;
	size_t			 len;

	if ((mem = bsd_fetch(AF_INET6, NET_RT_FLAGS, flags, &len)) == NULL)
		return (errno);
	for (p = mem; bsd_msg_next(&p, &len, &m);) {
		if (m.type != RTM_GET || m.len < sizeof(h))
			continue;
		memcpy(&h, m.p, sizeof(h));
		bsd_msg_addresses(&m, HDRLEN(h, rtm_hdrlen), h.rtm_addrs);
		fn(k, &m, &h);
	}
	free(mem);
	return (0);
}

static struct bsd_routers	 found;
static bool			 no_room;

static void
router_row(struct kern *k, const struct bsd_msg *m, const struct rt_msghdr *h)
{
	struct bsd_router	 r, *v;
	struct in6_addr		 dst;
	uint32_t		 scope;
	size_t			 cap;

	(void)k;
	if ((h->rtm_flags & BSD_TAG) == BSD_TAG ||
	    (h->rtm_flags & (RTF_GATEWAY | RTF_UP)) !=
	    (RTF_GATEWAY | RTF_UP) || (h->rtm_flags & (RTF_REJECT |
	    RTF_BLACKHOLE | RTF_HOST)) != 0 ||
	    !bsd_sa_in6(m, RTAX_DST, &dst, &scope) ||
	    !IN6_IS_ADDR_UNSPECIFIED(&dst) ||
	    bsd_sa_plen(m, RTAX_NETMASK) != 0 ||
	    !bsd_sa_in6(m, RTAX_GATEWAY, &r.addr, &scope))
		return;
	r.ifindex = h->rtm_index != 0 ? h->rtm_index : scope;
	if (found.n == found.cap) {
		cap = found.cap * 2 + 16;
		if ((v = realloc(found.v, cap * sizeof(*v))) == NULL) {
			no_room = true;
			return;
		}
		found.v = v;
		found.cap = cap;
	}
	found.v[found.n++] = r;
}

/* All default routers into found; 0 or an errno. */
static int
find_routers(struct kern *k)
{
	int	 e;

	found.n = 0;
	no_room = false;
	if ((e = bsd_each_route(k, RTF_GATEWAY, router_row)) != 0)
		return (e);
	return (no_room ? ENOMEM : 0);
}

/* What was found is what is known from now on. */
static void
keep_found(struct kern *k)
{
	struct bsd_routers	 old = k->routers;

	k->routers = found;
	found = old;
}

static bool
contains(const struct bsd_routers *list, const struct bsd_router *r)
{
	size_t	 i;

	for (i = 0; i < list->n; i++)
		if (list->v[i].ifindex == r->ifindex &&
		    IN6_ARE_ADDR_EQUAL(&list->v[i].addr, &r->addr))
			return (true);
	return (false);
}

static void
tell_router(struct kern *k, const struct bsd_router *r, bool gone)
{
	struct msg_router	 m;

	memset(&m, 0, sizeof(m));
	m.ifindex = r->ifindex;
	m.addr = r->addr;
	m.gone = gone;
	k->cb.router(k->cb.arg, &m);
}

/* Has the kernel a default route by that router? */
bool
bsd_is_default_router(struct kern *k, const struct in6_addr *addr,
    uint32_t ifindex)
{
	struct bsd_router	 r = { *addr, ifindex };

	return (find_routers(k) == 0 && contains(&found, &r));
}

/*
 * What a message says of a default route depends on who asked for it; the
 * table is the same for all.  Tell what has changed there.
 */
static void
compare_routers(struct kern *k)
{
	size_t	 i;

	if (find_routers(k) != 0)
		return;
	for (i = 0; i < k->routers.n; i++)
		if (!contains(&found, &k->routers.v[i]))
			tell_router(k, &k->routers.v[i], true);
	for (i = 0; i < found.n; i++)
		if (!contains(&k->routers, &found.v[i]))
			tell_router(k, &found.v[i], false);
	keep_found(k);
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
	bsd_msg_addresses(m, HDRLEN(h, rtm_hdrlen), h.rtm_addrs);
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
	bsd_msg_addresses(m, HDRLEN(h, rtm_hdrlen), h.rtm_addrs);
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
		compare_routers(k);
	keep_tell(&k->keep);
}

int
kern_dump(struct kern *k)
{
	size_t	 i;
	int	 e;

	if ((e = dump_interfaces(k, 0, true)) != 0)
		return (e);
	if ((e = find_routers(k)) != 0)
		return (e);
	for (i = 0; i < found.n; i++)
		tell_router(k, &found.v[i], false);
	/* Those that have gone are told by kern_read(), to all processes. */
	if (k->routers.n == 0)
		keep_found(k);
	return (0);
}
