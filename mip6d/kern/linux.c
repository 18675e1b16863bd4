/*
 * Linux: what the kernel tells of links, addresses, default routes and silent
 * neighbours, read from a netlink socket and handed to the callbacks of
 * kern_open().  A filter on the socket keeps out what is of no interest, as
 * other daemons may change routes by the thousand.  Owns struct kern and its
 * sockets, from kern_open() to kern_close(); the parent calls it, by kern.h.
 * Routes and rules of ours go on to linux_rows.c.
 */
#include <sys/socket.h>

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <net/if.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <linux/fib_rules.h>
#include <linux/filter.h>
#include <linux/if_addr.h>
#include <linux/if_link.h>
#include <linux/neighbour.h>

#include "kern/kern.h"
#include "kern/linux.h"
#include "kern/linux_nl.h"

#define EVENT_BUFFER	(8 * 1024 * 1024)
/*
 * A device whose IPv6 ends tells that while its settings are still there, with
 * values that nobody has set.
 */
#define SETTINGS_LATER	MS(20)

/* The filter reads in network byte order, the header is the host's. */
#if __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
#define HOST16(v)	((uint16_t)(v))
#else
#define HOST16(v)	((uint16_t)((v) << 8 | (v) >> 8))
#endif

/*
 * Keep notifications that we don't care for in the kernel: of routes all but
 * default routes, those with our tag that somebody else put or took, and
 * what took the place of a route of our metric; of neighbours all but routers
 * that were found silent.
 */
static void
filter_events(int fd, uint32_t port)
{
	struct sock_filter	 f[] = {
		/*  0 */ BPF_STMT(BPF_LD | BPF_H | BPF_ABS,
		    offsetof(struct nlmsghdr, nlmsg_type)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, HOST16(RTM_DELNEIGH), 18,
		    0),
		/*  2 */ BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K,
		    HOST16(RTM_NEWNEIGH), 18, 0),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, HOST16(RTM_NEWROUTE), 1, 0),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, HOST16(RTM_DELROUTE), 0,
		    14),
		/*  5 */ BPF_STMT(BPF_LD | BPF_B | BPF_ABS, NLMSG_HDRLEN +
		    offsetof(struct rtmsg, rtm_dst_len)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, 0, 12, 0),
		/*  7 */ BPF_STMT(BPF_LD | BPF_B | BPF_ABS, NLMSG_HDRLEN +
		    offsetof(struct rtmsg, rtm_protocol)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, PROTO_TAG, 0, 2),
		/*  9 */ BPF_STMT(BPF_LD | BPF_W | BPF_ABS,
		    offsetof(struct nlmsghdr, nlmsg_pid)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, htonl(port), 9, 8),
		/* 11 */ BPF_STMT(BPF_LD | BPF_H | BPF_ABS,
		    offsetof(struct nlmsghdr, nlmsg_flags)),
		BPF_JUMP(BPF_JMP | BPF_JSET | BPF_K, HOST16(NLM_F_REPLACE), 0,
		    7),
		/* 13 */ BPF_STMT(BPF_LD | BPF_IMM, NLMSG_HDRLEN +
		    sizeof(struct rtmsg)),
		BPF_STMT(BPF_LDX | BPF_IMM, RTA_PRIORITY),
		BPF_STMT(BPF_LD | BPF_B | BPF_ABS,
		    (unsigned int)(SKF_AD_OFF + SKF_AD_NLATTR)),
		/* 16: without it that is 0, where there is no such number. */
		BPF_STMT(BPF_MISC | BPF_TAX, 0),
		BPF_STMT(BPF_LD | BPF_W | BPF_IND, RTA_LENGTH(0)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, htonl(ROUTE_METRIC), 0, 1),
		/* 19 */ BPF_STMT(BPF_RET | BPF_K, 0xffffffff),
		/* 20 */ BPF_STMT(BPF_RET | BPF_K, 0),
		/* 21 */ BPF_STMT(BPF_LD | BPF_B | BPF_ABS, NLMSG_HDRLEN +
		    offsetof(struct ndmsg, ndm_family)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, AF_INET6, 0, 4),
		/* 23 */ BPF_STMT(BPF_LD | BPF_H | BPF_ABS, NLMSG_HDRLEN +
		    offsetof(struct ndmsg, ndm_state)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, HOST16(NUD_FAILED), 0, 2),
		/* 25 */ BPF_STMT(BPF_LD | BPF_B | BPF_ABS, NLMSG_HDRLEN +
		    offsetof(struct ndmsg, ndm_flags)),
		BPF_JUMP(BPF_JMP | BPF_JSET | BPF_K, NTF_ROUTER, 1, 0),
		/* 27 */ BPF_STMT(BPF_RET | BPF_K, 0),
		/* 28 */ BPF_STMT(BPF_RET | BPF_K, 0xffffffff),
	};
	struct sock_fprog	 prog = { sizeof(f) / sizeof(f[0]), f };

	setsockopt(fd, SOL_SOCKET, SO_ATTACH_FILTER, &prog, sizeof(prog));
}

static int
open_events(struct kern *k)
{
	struct sockaddr_nl	 sa;
	int			 size = EVENT_BUFFER;

	k->events = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK,
	    NETLINK_ROUTE);
	if (k->events == -1)
		return (errno);
	setsockopt(k->events, SOL_SOCKET, SO_RCVBUFFORCE, &size, sizeof(size));
	filter_events(k->events, k->nl.port);
	memset(&sa, 0, sizeof(sa));
	sa.nl_family = AF_NETLINK;
	sa.nl_groups = RTMGRP_LINK | RTMGRP_IPV6_IFADDR | RTMGRP_IPV6_ROUTE |
	    RTMGRP_NEIGH | 1U << (RTNLGRP_IPV6_RULE - 1);
	if (bind(k->events, (struct sockaddr *)&sa, sizeof(sa)) == -1)
		return (errno);
	return (0);
}

struct keep *
kern_keep(struct kern *k)
{
	return (&k->keep);
}

int
kern_open(struct kern **kp, const struct kern_events *cb)
{
	struct kern	*k;
	int		 e;

	if ((k = calloc(1, sizeof(*k))) == NULL)
		return (ENOMEM);
	k->cb = *cb;
	k->events = -1;
	k->nl.fd = -1;
	if ((e = keep_init(&k->keep, k, &linux_ops, &k->cb)) != 0 ||
	    (e = nl_open(&k->nl)) != 0 || (e = open_events(k)) != 0) {
		kern_close(k);
		return (e);
	}
	*kp = k;
	return (0);
}

void
kern_close(struct kern *k)
{
	if (k->events != -1)
		close(k->events);
	nl_close(&k->nl);
	keep_free(&k->keep);
	linux_filter_close();
	free(k);
}

int
kern_fd(const struct kern *k)
{
	return (k->events);
}

static void
link_event(struct kern *k, const struct nlmsghdr *h)
{
	const struct ifinfomsg	*ifi = NLMSG_DATA(h);
	struct msg_link		 m;
	const void		*data;
	size_t			 len;

	/* Bridges tell of their ports that leave by RTM_DELLINK, too. */
	if (h->nlmsg_len < NLMSG_LENGTH(sizeof(*ifi)) ||
	    ifi->ifi_family != AF_UNSPEC)
		return;
	memset(&m, 0, sizeof(m));
	m.ifindex = (uint32_t)ifi->ifi_index;
	if (nl_find(h, sizeof(*ifi), IFLA_IFNAME, &data, &len) && len > 0)
		snprintf(m.name, sizeof(m.name), "%.*s", (int)len,
		    (const char *)data);
	if (nl_find(h, sizeof(*ifi), IFLA_MTU, &data, &len) && len == 4)
		memcpy(&m.mtu, data, 4);
	if (nl_find(h, sizeof(*ifi), IFLA_ADDRESS, &data, &len) &&
	    len <= sizeof(m.lladdr)) {
		memcpy(m.lladdr, data, len);
		m.lladdrlen = (uint8_t)len;
	}
	if ((ifi->ifi_flags & IFF_UP) != 0)
		m.flags |= LINK_UP;
	if ((ifi->ifi_flags & IFF_RUNNING) != 0)
		m.flags |= LINK_RUNNING;
	if ((ifi->ifi_flags & IFF_LOOPBACK) != 0)
		m.flags |= LINK_LOOPBACK;
	if (h->nlmsg_type == RTM_DELLINK)
		m.flags = LINK_GONE;
	k->cb.link(k->cb.arg, &m);
	linux_rows_link(k, &m);
	linux_optimistic_link(k, &m);
}

static uint8_t
address_flags(uint32_t f)
{
	uint8_t	 r = 0;

	if ((f & IFA_F_TENTATIVE) != 0)
		r |= ADDR_TENTATIVE;
	if ((f & IFA_F_OPTIMISTIC) != 0)
		r |= ADDR_OPTIMISTIC;
	if ((f & IFA_F_DADFAILED) != 0)
		r |= ADDR_DUPLICATE;
	if ((f & IFA_F_DEPRECATED) != 0)
		r |= ADDR_DEPRECATED;
	if ((f & IFA_F_TEMPORARY) != 0)
		r |= ADDR_TEMPORARY;
	return (r);
}

static void
address_event(struct kern *k, const struct nlmsghdr *h)
{
	const struct ifaddrmsg		*ifa = NLMSG_DATA(h);
	const struct ifa_cacheinfo	*ci;
	struct msg_address		 m;
	const void			*data;
	uint32_t			 flags;
	uint8_t				 proto;
	size_t				 len;

	if (h->nlmsg_len < NLMSG_LENGTH(sizeof(*ifa)) ||
	    ifa->ifa_family != AF_INET6)
		return;
	memset(&m, 0, sizeof(m));
	m.ifindex = ifa->ifa_index;
	m.plen = ifa->ifa_prefixlen;
	m.preferred = m.valid = UINT32_MAX;
	if ((!nl_find(h, sizeof(*ifa), IFA_LOCAL, &data, &len) &&
	    !nl_find(h, sizeof(*ifa), IFA_ADDRESS, &data, &len)) || len != 16)
		return;
	memcpy(&m.addr, data, 16);
	flags = linux_addr_flags(h, &proto);
	m.flags = address_flags(flags);
	if (proto == PROTO_TAG)
		m.flags |= ADDR_OURS;
	m.dynamic = (flags & IFA_F_PERMANENT) == 0;
	m.stale = keep_is_stale(&k->keep, m.ifindex, &m.addr);
	if (nl_find(h, sizeof(*ifa), IFA_CACHEINFO, &data, &len) &&
	    len >= sizeof(*ci)) {
		ci = data;
		m.preferred = ci->ifa_prefered;
		m.valid = ci->ifa_valid;
	}
	if (h->nlmsg_type == RTM_DELADDR)
		m.flags |= ADDR_GONE;
	k->cb.address(k->cb.arg, &m);
}

/* One hop of a default route is there, or not any more. */
static void
default_router(struct kern *k, uint32_t ifindex, const void *gateway,
    bool gone)
{
	struct msg_router	 m;

	memset(&m, 0, sizeof(m));
	memcpy(&m.addr, gateway, sizeof(m.addr));
	m.ifindex = ifindex;
	m.gone = gone;
	k->cb.router(k->cb.arg, &m);
}

/* A default route over several, which has no other attribute of them. */
static void
default_routers(struct kern *k, const void *data, size_t len, bool gone)
{
	const uint8_t		*p = data, *gateway;
	struct rtnexthop	 hop;
	size_t			 glen;

	for (; len >= sizeof(hop); p += RTA_ALIGN(hop.rtnh_len),
	    len -= RTA_ALIGN(hop.rtnh_len)) {
		memcpy(&hop, p, sizeof(hop));
		if (hop.rtnh_len < sizeof(hop) ||
		    RTA_ALIGN(hop.rtnh_len) > len)
			return;
		if (nl_attr_in(p + sizeof(hop), hop.rtnh_len - sizeof(hop),
		    RTA_GATEWAY, (const void **)&gateway, &glen) &&
		    glen == sizeof(struct in6_addr))
			default_router(k, (uint32_t)hop.rtnh_ifindex, gateway,
			    gone);
	}
}

static void
route_event(struct kern *k, const struct nlmsghdr *h)
{
	const struct rtmsg	*rt = NLMSG_DATA(h);
	bool			 gone = h->nlmsg_type == RTM_DELROUTE;
	const void		*data, *gateway;
	size_t			 len;
	uint32_t		 ifindex;

	if (h->nlmsg_len < NLMSG_LENGTH(sizeof(*rt)) ||
	    rt->rtm_family != AF_INET6 || rt->rtm_dst_len != 0 ||
	    rt->rtm_table != RT_TABLE_MAIN || rt->rtm_type != RTN_UNICAST)
		return;
	if (nl_find(h, sizeof(*rt), RTA_MULTIPATH, &data, &len))
		default_routers(k, data, len, gone);
	if (!nl_find(h, sizeof(*rt), RTA_GATEWAY, &gateway, &len) ||
	    len != sizeof(struct in6_addr) ||
	    !nl_find(h, sizeof(*rt), RTA_OIF, &data, &len) ||
	    len != sizeof(ifindex))
		return;
	memcpy(&ifindex, data, sizeof(ifindex));
	default_router(k, ifindex, gateway, gone);
}

/* Neighbor Unreachability Detection (RFC 4861 7.3) has given a router up. */
static void
neighbour_event(struct kern *k, const struct nlmsghdr *h)
{
	const struct ndmsg	*nd = NLMSG_DATA(h);
	struct msg_router	 m;
	const void		*data;
	size_t			 len;

	if (h->nlmsg_len < NLMSG_LENGTH(sizeof(*nd)) ||
	    nd->ndm_family != AF_INET6 || nd->ndm_state != NUD_FAILED ||
	    (nd->ndm_flags & NTF_ROUTER) == 0 ||
	    !nl_find(h, sizeof(*nd), NDA_DST, &data, &len) || len != 16)
		return;
	memset(&m, 0, sizeof(m));
	memcpy(&m.addr, data, 16);
	m.ifindex = (uint32_t)nd->ndm_ifindex;
	m.silent = true;
	k->cb.router(k->cb.arg, &m);
}

static const struct {
	uint16_t	 type;
	void		(*fn)(struct kern *, const struct nlmsghdr *);
} handlers[] = {
	{ RTM_NEWLINK, link_event }, { RTM_DELLINK, link_event },
	{ RTM_NEWADDR, address_event }, { RTM_DELADDR, address_event },
	{ RTM_NEWROUTE, route_event }, { RTM_DELROUTE, route_event },
	{ RTM_NEWNEIGH, neighbour_event },
};

static void
handle(void *arg, const struct nlmsghdr *h)
{
	struct kern	*k = arg;
	size_t		 i;

	for (i = 0; i < sizeof(handlers) / sizeof(handlers[0]); i++)
		if (handlers[i].type == h->nlmsg_type)
			handlers[i].fn(k, h);
	linux_rows_event(k, h);
}

/* Read the events that wait. */
void
kern_read(struct kern *k)
{
	static uint8_t	 buf[64 * 1024];
	struct nlmsghdr	*h;
	ssize_t		 n;
	size_t		 left;

	for (;;) {
		n = nl_recv(k->events, buf, sizeof(buf), &k->nl.forged);
		if (n == -1 && errno == ENOBUFS) {
			keep_lost(&k->keep);
			k->cb.lost(k->cb.arg);
			continue;
		}
		if (n <= 0)
			break;
		left = (size_t)n;
		for (h = (struct nlmsghdr *)(void *)buf; NLMSG_OK(h, left);
		    h = NLMSG_NEXT(h, left))
			handle(k, h);
	}
	if (k->settings)
		keep_look_in(&k->keep, SETTINGS_LATER);
	k->settings = false;
	linux_filter_read(k);
	keep_tell(&k->keep);
	/* Once: whoever does it could fill the log. */
	if (kern_forged(k) > 0 && !k->forgery_told && k->cb.say != NULL)
		k->cb.say(k->cb.arg, true, "somebody sends messages as if "
		    "they were the kernel's: not believed, and counted from "
		    "now on (kernel_forged)");
	k->forgery_told = kern_forged(k) > 0;
}

uint64_t
kern_forged(const struct kern *k)
{
	return (k->nl.forged + linux_filter_forged());
}

int
kern_dump(struct kern *k)
{
	static const uint8_t	 protos[] = { RTPROT_RA, RTPROT_STATIC,
	    RTPROT_BOOT };
	struct ifinfomsg	 ifi;
	struct ifaddrmsg	 ifa;
	struct rtmsg		 rt;
	size_t			 i;
	int			 e;

	memset(&ifi, 0, sizeof(ifi));
	memset(&ifa, 0, sizeof(ifa));
	ifa.ifa_family = AF_INET6;
	if ((e = nl_dump(&k->nl, RTM_GETLINK, &ifi, sizeof(ifi), handle, k)) !=
	    0 || (e = nl_dump(&k->nl, RTM_GETADDR, &ifa, sizeof(ifa), handle,
	    k)) != 0)
		return (e);
	for (i = 0; i < sizeof(protos); i++) {
		memset(&rt, 0, sizeof(rt));
		rt.rtm_family = AF_INET6;
		rt.rtm_protocol = protos[i];
		if ((e = nl_dump(&k->nl, RTM_GETROUTE, &rt, sizeof(rt), handle,
		    k)) != 0)
			return (e);
	}
	return (0);
}
