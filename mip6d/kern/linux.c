/* Linux: events, addresses, routes and rules by rtnetlink. */
#include <sys/socket.h>

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

#include "kern/kern.h"
#include "kern/linux.h"
#include "kern/linux_nl.h"

/* Our tag on routes, rules and addresses, and our routing table. */
#define PROTO_TAG	106
#define TABLE		0x6d6970
#define EVENT_BUFFER	(8 * 1024 * 1024)
#define HOMES_MAX	256

#ifndef IFA_PROTO
#define IFA_PROTO	11
#endif

/*
 * Order of the rules: who names the tun has it; home agents are reached by the link; what comes from a
 * home address goes into the tunnel, and what goes to its prefix, which the
 * kernel may still believe to be on link; routes more specific than the
 * default serve all others; who names another source means it; the rest
 * prefers the tunnel, and so a home address.
 */
enum { PREF_DEVICE = 1057, PREF_AGENT, PREF_PREFIX, PREF_HOME, PREF_SPECIFIC, PREF_SOURCE,
    PREF_TUNNEL };

struct kern {
	struct kern_events	 cb;
	struct nl		 nl;
	int			 events;	/* descriptor */
	uint32_t		 tun;		/* index, 0: none yet */
	struct msg_home_policy	 homes[HOMES_MAX];	/* the active ones */
	size_t			 nhomes;
	struct in6_addr		 away[HOMES_MAX];	/* those on the tun */
	size_t			 naway;
	bool			 shared_rules;
	bool			 ipsec;
};

/* Keep notifications of the routes that we don't care for in the kernel. */
static void
filter_events(int fd)
{
	struct sock_filter	 f[] = {
		BPF_STMT(BPF_LD | BPF_H | BPF_ABS,
		    offsetof(struct nlmsghdr, nlmsg_type)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, 0, 1, 0),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, 0, 0, 2),
		BPF_STMT(BPF_LD | BPF_B | BPF_ABS, NLMSG_HDRLEN +
		    offsetof(struct rtmsg, rtm_dst_len)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, 0, 0, 1),
		BPF_STMT(BPF_RET | BPF_K, 0xffffffff),
		BPF_STMT(BPF_RET | BPF_K, 0),
	};
	struct sock_fprog	 prog = { sizeof(f) / sizeof(f[0]), f };

	/* The filter reads in network byte order, the header is the host's. */
	f[1].k = (uint16_t)(RTM_NEWROUTE << 8 | RTM_NEWROUTE >> 8);
	f[2].k = (uint16_t)(RTM_DELROUTE << 8 | RTM_DELROUTE >> 8);
#if __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
	f[1].k = RTM_NEWROUTE;
	f[2].k = RTM_DELROUTE;
#endif
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
	filter_events(k->events);
	memset(&sa, 0, sizeof(sa));
	sa.nl_family = AF_NETLINK;
	sa.nl_groups = RTMGRP_LINK | RTMGRP_IPV6_IFADDR | RTMGRP_IPV6_ROUTE;
	if (bind(k->events, (struct sockaddr *)&sa, sizeof(sa)) == -1)
		return (errno);
	return (0);
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
	if ((e = nl_open(&k->nl)) != 0 || (e = open_events(k)) != 0) {
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

	if (h->nlmsg_len < NLMSG_LENGTH(sizeof(*ifi)))
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
	size_t				 len;

	if (h->nlmsg_len < NLMSG_LENGTH(sizeof(*ifa)) ||
	    ifa->ifa_family != AF_INET6)
		return;
	memset(&m, 0, sizeof(m));
	m.ifindex = ifa->ifa_index;
	m.plen = ifa->ifa_prefixlen;
	m.preferred = m.valid = UINT32_MAX;
	flags = ifa->ifa_flags;
	if ((!nl_find(h, sizeof(*ifa), IFA_LOCAL, &data, &len) &&
	    !nl_find(h, sizeof(*ifa), IFA_ADDRESS, &data, &len)) || len != 16)
		return;
	memcpy(&m.addr, data, 16);
	if (nl_find(h, sizeof(*ifa), IFA_FLAGS, &data, &len) && len == 4)
		memcpy(&flags, data, 4);
	m.flags = address_flags(flags);
	if (nl_find(h, sizeof(*ifa), IFA_PROTO, &data, &len) && len == 1 &&
	    *(const uint8_t *)data == PROTO_TAG)
		m.flags |= ADDR_OURS;
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

static void
route_event(struct kern *k, const struct nlmsghdr *h)
{
	const struct rtmsg	*rt = NLMSG_DATA(h);
	struct msg_router	 m;
	const void		*data;
	size_t			 len;

	if (h->nlmsg_len < NLMSG_LENGTH(sizeof(*rt)) ||
	    rt->rtm_family != AF_INET6 || rt->rtm_dst_len != 0 ||
	    rt->rtm_table != RT_TABLE_MAIN || rt->rtm_type != RTN_UNICAST)
		return;
	memset(&m, 0, sizeof(m));
	if (!nl_find(h, sizeof(*rt), RTA_GATEWAY, &data, &len) || len != 16)
		return;
	memcpy(&m.addr, data, 16);
	if (!nl_find(h, sizeof(*rt), RTA_OIF, &data, &len) || len != 4)
		return;
	memcpy(&m.ifindex, data, 4);
	m.gone = h->nlmsg_type == RTM_DELROUTE;
	k->cb.router(k->cb.arg, &m);
}

static const struct {
	uint16_t	 type;
	void		(*fn)(struct kern *, const struct nlmsghdr *);
} handlers[] = {
	{ RTM_NEWLINK, link_event }, { RTM_DELLINK, link_event },
	{ RTM_NEWADDR, address_event }, { RTM_DELADDR, address_event },
	{ RTM_NEWROUTE, route_event }, { RTM_DELROUTE, route_event },
};

static void
handle(void *arg, const struct nlmsghdr *h)
{
	struct kern	*k = arg;
	size_t		 i;

	for (i = 0; i < sizeof(handlers) / sizeof(handlers[0]); i++)
		if (handlers[i].type == h->nlmsg_type)
			handlers[i].fn(k, h);
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
		n = recv(k->events, buf, sizeof(buf), 0);
		if (n == -1 && errno == EINTR)
			continue;
		if (n == -1 && errno == ENOBUFS) {
			k->cb.lost(k->cb.arg);
			continue;
		}
		if (n <= 0)
			return;
		left = (size_t)n;
		for (h = (struct nlmsghdr *)(void *)buf; NLMSG_OK(h, left);
		    h = NLMSG_NEXT(h, left))
			handle(k, h);
	}
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

static int
route(struct kern *k, bool add, const struct in6_addr *dst, uint8_t plen,
    uint32_t table, uint32_t id)
{
	struct rtmsg	 rt;

	memset(&rt, 0, sizeof(rt));
	rt.rtm_family = AF_INET6;
	rt.rtm_dst_len = plen;
	rt.rtm_table = table < 256 ? (uint8_t)table : RT_TABLE_UNSPEC;
	rt.rtm_protocol = PROTO_TAG;
	rt.rtm_scope = RT_SCOPE_UNIVERSE;
	rt.rtm_type = RTN_UNICAST;
	if (nl_begin(&k->nl, add ? RTM_NEWROUTE : RTM_DELROUTE,
	    add ? NLM_F_CREATE | NLM_F_REPLACE : 0, &rt, sizeof(rt), id) ==
	    NULL)
		return (ENOMEM);
	if (plen > 0)
		nl_attr(&k->nl, RTA_DST, dst, 16);
	nl_attr_u32(&k->nl, RTA_TABLE, table);
	nl_attr_u32(&k->nl, RTA_OIF, k->tun);
	nl_attr_u32(&k->nl, RTA_PRIORITY, 1);
	return (0);
}

int
kern_home_route(struct kern *k, const struct msg_home_route *m)
{
	if (k->tun == 0)
		k->tun = if_nametoindex("mip6");
	return (route(k, m->add, &m->home, m->plen, RT_TABLE_MAIN, m->id));
}

/* A rule by source (PREF_HOME and later) or by destination. */
static int
rule(struct kern *k, bool add, uint32_t pref, const struct in6_addr *a,
    uint8_t plen, uint32_t table, bool suppress_default, uint32_t id)
{
	struct fib_rule_hdr	 fr;

	memset(&fr, 0, sizeof(fr));
	fr.family = AF_INET6;
	if (pref < PREF_HOME)
		fr.dst_len = plen;
	else
		fr.src_len = plen;
	fr.action = FR_ACT_TO_TBL;
	fr.table = table < 256 ? (uint8_t)table : RT_TABLE_UNSPEC;
	if (nl_begin(&k->nl, add ? RTM_NEWRULE : RTM_DELRULE,
	    add ? NLM_F_CREATE | NLM_F_EXCL : 0, &fr, sizeof(fr), id) == NULL)
		return (ENOMEM);
	if (plen > 0)
		nl_attr(&k->nl, pref < PREF_HOME ? FRA_DST : FRA_SRC, a, 16);
	nl_attr_u32(&k->nl, FRA_TABLE, table);
	nl_attr_u32(&k->nl, FRA_PRIORITY, pref);
	nl_attr_u8(&k->nl, FRA_PROTOCOL, PROTO_TAG);
	if (suppress_default)
		nl_attr_u32(&k->nl, FRA_SUPPRESS_PREFIXLEN, 0);
	return (0);
}

static void
shared_rules(struct kern *k, bool add)
{
	static const struct in6_addr	 low = IN6ADDR_ANY_INIT;
	struct in6_addr			 high = { .s6_addr = { 0x80 } };

	if (k->shared_rules == add)
		return;
	k->shared_rules = add;
	rule(k, add, PREF_SPECIFIC, NULL, 0, RT_TABLE_MAIN, true, 0);
	/* A rule with a source is passed by look-ups without one. */
	rule(k, add, PREF_SOURCE, &low, 1, RT_TABLE_MAIN, false, 0);
	rule(k, add, PREF_SOURCE, &high, 1, RT_TABLE_MAIN, false, 0);
	rule(k, add, PREF_TUNNEL, NULL, 0, TABLE, false, 0);
}

static size_t
find_home(const struct kern *k, const struct in6_addr *home)
{
	size_t	 i;

	for (i = 0; i < k->nhomes; i++)
		if (IN6_ARE_ADDR_EQUAL(&k->homes[i].home, home))
			break;
	return (i);
}

static void
answer_now(struct kern *k, uint32_t id)
{
	struct ifinfomsg	 ifi;

	/* Nothing to do is a success: ask for something harmless. */
	memset(&ifi, 0, sizeof(ifi));
	ifi.ifi_index = (int)k->tun;
	nl_begin(&k->nl, RTM_SETLINK, 0, &ifi, sizeof(ifi), id);
}

static void
home_rules(struct kern *k, bool add, const struct msg_home_policy *m,
    uint32_t id)
{
	struct in6_addr	 net = m->home;
	unsigned int	 i;

	for (i = m->plen; i < 128; i++)
		net.s6_addr[i / 8] &= (uint8_t)~(0x80 >> i % 8);
	/* Two home addresses of one prefix share it. */
	rule(k, add, PREF_PREFIX, &net, m->plen, TABLE, false, 0);
	answer_now(k, id);
}

static void
tunnel_route(struct kern *k, bool add)
{
	if (k->nhomes + k->naway + k->ipsec == 1)
		route(k, add, NULL, 0, TABLE, 0);
}

/*
 * A home address on the tun: from the first moment to the last nothing leaves
 * from it by another way (RFC 6275 11.3.1), with a binding or without.
 */
static void
away_rule(struct kern *k, const struct in6_addr *home, bool add)
{
	size_t	 i;

	for (i = 0; i < k->naway; i++)
		if (IN6_ARE_ADDR_EQUAL(&k->away[i], home))
			break;
	if (add == (i < k->naway) || i == HOMES_MAX)
		return;
	if (add) {
		k->away[k->naway++] = *home;
		tunnel_route(k, true);
	} else {
		tunnel_route(k, false);
		k->away[i] = k->away[--k->naway];
	}
	rule(k, add, PREF_HOME, home, 128, TABLE, false, 0);
}

static int
address(struct kern *k, const struct msg_addr_set *m)
{
	struct ifaddrmsg	 ifa;
	struct ifa_cacheinfo	 ci;

	memset(&ifa, 0, sizeof(ifa));
	ifa.ifa_family = AF_INET6;
	ifa.ifa_prefixlen = m->plen;
	ifa.ifa_index = m->ifindex;
	if (nl_begin(&k->nl, m->add ? RTM_NEWADDR : RTM_DELADDR,
	    m->add ? NLM_F_CREATE | NLM_F_REPLACE : 0, &ifa, sizeof(ifa),
	    m->id) == NULL)
		return (ENOMEM);
	nl_attr(&k->nl, IFA_LOCAL, &m->addr, 16);
	if (!m->add)
		return (0);
	nl_attr(&k->nl, IFA_ADDRESS, &m->addr, 16);
	nl_attr_u32(&k->nl, IFA_FLAGS,
	    (m->flags & ADDR_NODAD) != 0 ? IFA_F_NODAD : 0);
	nl_attr_u8(&k->nl, IFA_PROTO, PROTO_TAG);
	memset(&ci, 0, sizeof(ci));
	ci.ifa_prefered = m->preferred == 0 && m->valid == 0 ? UINT32_MAX :
	    m->preferred;
	ci.ifa_valid = m->valid == 0 ? UINT32_MAX : m->valid;
	nl_attr(&k->nl, IFA_CACHEINFO, &ci, sizeof(ci));
	return (0);
}

int
kern_addr_set(struct kern *k, const struct msg_addr_set *m)
{
	int	 e;

	if (k->tun == 0)
		k->tun = if_nametoindex("mip6");
	if (m->ifindex != k->tun)
		return (address(k, m));
	if (m->add)
		away_rule(k, &m->addr, true);
	e = address(k, m);
	if (!m->add)
		away_rule(k, &m->addr, false);
	return (e);
}

int
kern_home_policy(struct kern *k, const struct msg_home_policy *m)
{
	size_t	 i = find_home(k, &m->home);

	if (k->tun == 0)
		k->tun = if_nametoindex("mip6");
	if (m->active == (i < k->nhomes)) {
		answer_now(k, m->id);
		return (0);
	}
	if (m->active) {
		if (k->nhomes == HOMES_MAX)
			return (ENOSPC);
		k->homes[k->nhomes++] = *m;
		tunnel_route(k, true);
		home_rules(k, true, m, m->id);
		shared_rules(k, true);
	} else {
		tunnel_route(k, false);
		k->homes[i] = k->homes[--k->nhomes];
		if (k->nhomes == 0)
			shared_rules(k, false);
		home_rules(k, false, m, m->id);
	}
	return (0);
}

/* The default route that an RA of this router made, and no other. */
static int
forget_router(struct kern *k, const struct msg_path *m)
{
	struct rtmsg	 rt;

	memset(&rt, 0, sizeof(rt));
	rt.rtm_family = AF_INET6;
	rt.rtm_table = RT_TABLE_MAIN;
	rt.rtm_protocol = RTPROT_RA;
	rt.rtm_scope = RT_SCOPE_NOWHERE;
	if (m->add || nl_begin(&k->nl, RTM_DELROUTE, 0, &rt, sizeof(rt),
	    m->id) == NULL)
		return (m->add ? EINVAL : ENOMEM);
	nl_attr(&k->nl, RTA_GATEWAY, &m->router, 16);
	nl_attr_u32(&k->nl, RTA_OIF, m->ifindex);
	return (0);
}

int
kern_path(struct kern *k, const struct msg_path *m)
{
	struct rtmsg	 rt;

	if (IN6_IS_ADDR_UNSPECIFIED(&m->agent))
		return (forget_router(k, m));
	rule(k, m->add, PREF_AGENT, &m->agent, 128, RT_TABLE_MAIN, false, 0);
	memset(&rt, 0, sizeof(rt));
	rt.rtm_family = AF_INET6;
	rt.rtm_dst_len = 128;
	rt.rtm_table = RT_TABLE_MAIN;
	rt.rtm_protocol = PROTO_TAG;
	rt.rtm_scope = RT_SCOPE_UNIVERSE;
	rt.rtm_type = RTN_UNICAST;
	if (nl_begin(&k->nl, m->add ? RTM_NEWROUTE : RTM_DELROUTE,
	    m->add ? NLM_F_CREATE | NLM_F_REPLACE : 0, &rt, sizeof(rt),
	    m->id) == NULL)
		return (ENOMEM);
	nl_attr(&k->nl, RTA_DST, &m->agent, 16);
	nl_attr_u32(&k->nl, RTA_PRIORITY, 1);
	if (m->add) {
		nl_attr(&k->nl, RTA_GATEWAY, &m->router, 16);
		nl_attr_u32(&k->nl, RTA_OIF, m->ifindex);
	}
	return (0);
}

/* ESP is done by the kernel, and what it made of a packet is still the tun's. */
int
kern_ipsec(struct kern *k, bool on)
{
	struct fib_rule_hdr	 fr;

	if (k->tun == 0)
		k->tun = if_nametoindex("mip6");
	if (on == k->ipsec)
		return (0);
	if (!on)
		tunnel_route(k, false);
	k->ipsec = on;
	if (on)
		tunnel_route(k, true);
	memset(&fr, 0, sizeof(fr));
	fr.family = AF_INET6;
	fr.action = FR_ACT_TO_TBL;
	fr.table = RT_TABLE_UNSPEC;
	if (nl_begin(&k->nl, on ? RTM_NEWRULE : RTM_DELRULE,
	    on ? NLM_F_CREATE | NLM_F_EXCL : 0, &fr, sizeof(fr), 0) == NULL)
		return (ENOMEM);
	nl_attr(&k->nl, FRA_OIFNAME, "mip6", sizeof("mip6"));
	nl_attr_u32(&k->nl, FRA_TABLE, TABLE);
	nl_attr_u32(&k->nl, FRA_PRIORITY, PREF_DEVICE);
	nl_attr_u8(&k->nl, FRA_PROTOCOL, PROTO_TAG);
	return (0);
}

int
kern_commit(struct kern *k, void (*done)(void *, uint32_t, int), void *arg)
{
	return (nl_commit(&k->nl, done, arg));
}

static void
remove_rule(void *arg, const struct nlmsghdr *h)
{
	struct kern			*k = arg;
	const struct fib_rule_hdr	*fr = NLMSG_DATA(h);
	struct in6_addr			 a = IN6ADDR_ANY_INIT;
	const void			*data;
	uint32_t			 table = fr->table, pref = 0;
	size_t				 len;

	if (!nl_find(h, sizeof(*fr), FRA_PROTOCOL, &data, &len) ||
	    *(const uint8_t *)data != PROTO_TAG)
		return;
	if (nl_find(h, sizeof(*fr), FRA_TABLE, &data, &len) && len == 4)
		memcpy(&table, data, 4);
	if (nl_find(h, sizeof(*fr), FRA_PRIORITY, &data, &len) && len == 4)
		memcpy(&pref, data, 4);
	if ((nl_find(h, sizeof(*fr), FRA_SRC, &data, &len) ||
	    nl_find(h, sizeof(*fr), FRA_DST, &data, &len)) && len == 16)
		memcpy(&a, data, 16);
	rule(k, false, pref, &a, fr->src_len + fr->dst_len, table, false, 0);
}

/* Host routes to home agents; those by the device end with it. */
static void
remove_route(void *arg, const struct nlmsghdr *h)
{
	struct kern		*k = arg;
	const struct rtmsg	*rt = NLMSG_DATA(h);
	struct msg_path		 m;
	const void		*data;
	size_t			 len;

	if (rt->rtm_protocol != PROTO_TAG || rt->rtm_dst_len != 128 ||
	    !nl_find(h, sizeof(*rt), RTA_GATEWAY, &data, &len) ||
	    !nl_find(h, sizeof(*rt), RTA_DST, &data, &len) || len != 16)
		return;
	memset(&m, 0, sizeof(m));
	memcpy(&m.agent, data, 16);
	kern_path(k, &m);
}

static void
remove_address(void *arg, const struct nlmsghdr *h)
{
	struct kern		*k = arg;
	const struct ifaddrmsg	*ifa = NLMSG_DATA(h);
	struct msg_addr_set	 m;
	const void		*data;
	size_t			 len;

	if (!nl_find(h, sizeof(*ifa), IFA_PROTO, &data, &len) ||
	    *(const uint8_t *)data != PROTO_TAG ||
	    !nl_find(h, sizeof(*ifa), IFA_ADDRESS, &data, &len) || len != 16)
		return;
	memset(&m, 0, sizeof(m));
	memcpy(&m.addr, data, 16);
	m.plen = ifa->ifa_prefixlen;
	m.ifindex = ifa->ifa_index;
	kern_addr_set(k, &m);
}

/*
 * The device, and with it its routes and addresses, ends with the descriptor;
 * rules and addresses on other links do not.
 */
int
kern_reconcile(struct kern *k)
{
	struct {
		struct fib_rule_hdr	 fr;
	}			 q;
	struct ifaddrmsg	 ifa;
	struct rtmsg		 rt;
	struct nl		 dump;
	int			 e;

	if ((e = nl_open(&dump)) != 0)
		return (e);
	memset(&q, 0, sizeof(q));
	q.fr.family = AF_INET6;
	e = nl_dump(&dump, RTM_GETRULE, &q, sizeof(q), remove_rule, k);
	memset(&ifa, 0, sizeof(ifa));
	ifa.ifa_family = AF_INET6;
	if (e == 0)
		e = nl_dump(&dump, RTM_GETADDR, &ifa, sizeof(ifa),
		    remove_address, k);
	memset(&rt, 0, sizeof(rt));
	rt.rtm_family = AF_INET6;
	rt.rtm_protocol = PROTO_TAG;
	if (e == 0)
		e = nl_dump(&dump, RTM_GETROUTE, &rt, sizeof(rt),
		    remove_route, k);
	nl_close(&dump);
	nl_commit(&k->nl, NULL, NULL);
	linux_reset_optimistic(k);
	k->nhomes = k->naway = 0;
	k->shared_rules = k->ipsec = false;
	return (e);
}
