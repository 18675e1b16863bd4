/*
 * Linux: rows in rtnetlink's words.  Rules, routes and addresses are put,
 * taken and listed as they are described in linux.h, and events about them
 * are told to the reconciler.  Settings of interfaces have no events and are
 * looked at.
 */
#include <sys/socket.h>

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <net/if.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <linux/fib_rules.h>
#include <linux/if_addr.h>
#include <linux/if_link.h>

#include "core/clock.h"
#include "kern/kern.h"
#include "kern/linux.h"

#define SETTINGS	"/proc/sys/"
#define MTU_MIN		1280	/* with less an interface has no IPv6 */

/* Numbers that rows have of this system. */
_Static_assert(ROUTES_MAIN == (int)RT_TABLE_MAIN &&
    (int)RULE_TABLE == (int)FR_ACT_TO_TBL &&
    (int)RULE_GOTO == (int)FR_ACT_GOTO && (int)RULE_NOP == (int)FR_ACT_NOP &&
    (int)RULE_BLACKHOLE == (int)FR_ACT_BLACKHOLE &&
    (int)RULE_UNREACHABLE == (int)FR_ACT_UNREACHABLE, "numbers of rules");

static int
later(const void *request)
{
	return (request == NULL ? ENOMEM : KEEP_LATER);
}

/* Rules. */

static int
begin_rule(struct kern *k, const struct row *row, bool add, uint32_t token)
{
	struct row_rule		 r;
	struct fib_rule_hdr	 fr;

	memcpy(&r, row->key, sizeof(r));
	memset(&fr, 0, sizeof(fr));
	fr.family = AF_INET6;
	fr.src_len = r.slen;
	fr.dst_len = r.dlen;
	fr.action = r.action;
	if (r.action != RULE_GOTO && r.table < 256)
		fr.table = (uint8_t)r.table;
	if (nl_begin(&k->nl, add ? RTM_NEWRULE : RTM_DELRULE,
	    add ? NLM_F_CREATE | NLM_F_EXCL : 0, &fr, sizeof(fr), token) ==
	    NULL)
		return (ENOMEM);
	if (r.slen > 0)
		nl_attr(&k->nl, FRA_SRC, &r.src, sizeof(r.src));
	if (r.dlen > 0)
		nl_attr(&k->nl, FRA_DST, &r.dst, sizeof(r.dst));
	if (r.tun)
		nl_attr(&k->nl, FRA_OIFNAME, TUN_NAME, sizeof(TUN_NAME));
	if (r.iif[0] != '\0')
		nl_attr(&k->nl, FRA_IIFNAME, r.iif, strlen(r.iif) + 1);
	if (r.proto != 0)
		nl_attr_u8(&k->nl, FRA_IP_PROTO, r.proto);
	if (r.table != 0)
		nl_attr_u32(&k->nl, r.action == RULE_GOTO ? FRA_GOTO :
		    FRA_TABLE, r.table);
	nl_attr_u32(&k->nl, FRA_PRIORITY, r.pref);
	nl_attr_u8(&k->nl, FRA_PROTOCOL, PROTO_TAG);
	if (r.specific)
		nl_attr_u32(&k->nl, FRA_SUPPRESS_PREFIXLEN, 0);
	return (KEEP_LATER);
}

/* What comes from a home address has no other way, and none to groups. */
static int
begin_closed(struct kern *k, const struct row *row, bool add, uint32_t token)
{
	struct row_rule	 r;

	memcpy(&r, row->key, sizeof(r));
	linux_filter_home(&r.src, add);
	return (begin_rule(k, row, add, token));
}

static uint32_t
u32(const struct nlmsghdr *h, size_t body, int type, uint32_t none)
{
	const void	*data;
	size_t		 len;

	if (nl_find(h, body, type, &data, &len) && len == sizeof(none))
		memcpy(&none, data, sizeof(none));
	return (none);
}

static bool
in6(const struct nlmsghdr *h, size_t body, int type, struct in6_addr *a)
{
	const void	*data;
	size_t		 len;

	if (!nl_find(h, body, type, &data, &len) || len != sizeof(*a))
		return (false);
	memcpy(a, data, sizeof(*a));
	return (true);
}

static bool
tagged(const struct nlmsghdr *h, size_t body, int type)
{
	const void	*data;
	size_t		 len;

	return (nl_find(h, body, type, &data, &len) && len == 1 &&
	    *(const uint8_t *)data == PROTO_TAG);
}

static bool
parse_rule(const struct nlmsghdr *h, struct row_rule *r)
{
	const struct fib_rule_hdr	*fr = NLMSG_DATA(h);
	const void			*data;
	size_t				 len;

	if (h->nlmsg_len < NLMSG_LENGTH(sizeof(*fr)) ||
	    fr->family != AF_INET6)
		return (false);
	memset(r, 0, sizeof(*r));
	r->pref = u32(h, sizeof(*fr), FRA_PRIORITY, 0);
	r->action = fr->action;
	r->table = r->action == RULE_GOTO ? u32(h, sizeof(*fr), FRA_GOTO, 0) :
	    u32(h, sizeof(*fr), FRA_TABLE, fr->table);
	if (nl_find(h, sizeof(*fr), FRA_IP_PROTO, &data, &len) && len == 1)
		r->proto = *(const uint8_t *)data;
	r->slen = fr->src_len;
	r->dlen = fr->dst_len;
	in6(h, sizeof(*fr), FRA_SRC, &r->src);
	in6(h, sizeof(*fr), FRA_DST, &r->dst);
	r->specific = u32(h, sizeof(*fr), FRA_SUPPRESS_PREFIXLEN,
	    UINT32_MAX) == 0;
	r->tun = nl_find(h, sizeof(*fr), FRA_OIFNAME, &data, &len) &&
	    len == sizeof(TUN_NAME) && memcmp(data, TUN_NAME, len) == 0;
	if (nl_find(h, sizeof(*fr), FRA_IIFNAME, &data, &len) && len > 0)
		snprintf(r->iif, sizeof(r->iif), "%.*s", (int)len,
		    (const char *)data);
	return (true);
}

static void
rule_event(struct kern *k, const struct nlmsghdr *h)
{
	struct row_rule	 r;

	if (!parse_rule(h, &r))
		return;
	if (h->nlmsg_type == RTM_DELRULE)
		rows_gone(&k->keep.rows, r.action == RULE_UNREACHABLE ?
		    ROW_CLOSED : ROW_RULE, &r, sizeof(r), mono_now());
	else
		keep_rule_seen(&k->keep, &r, tagged(h,
		    sizeof(struct fib_rule_hdr), FRA_PROTOCOL));
}

/* Routes. */

static const void *
begin_way(struct kern *k, const struct row_route *r, const struct row_way *w,
    bool add, uint32_t token)
{
	struct rtmsg	 rt;

	memset(&rt, 0, sizeof(rt));
	rt.rtm_family = AF_INET6;
	rt.rtm_dst_len = (uint8_t)r->plen;
	rt.rtm_table = r->table < 256 ? (uint8_t)r->table : RT_TABLE_UNSPEC;
	rt.rtm_protocol = PROTO_TAG;
	rt.rtm_scope = RT_SCOPE_UNIVERSE;
	rt.rtm_type = RTN_UNICAST;
	if (nl_begin(&k->nl, add ? RTM_NEWROUTE : RTM_DELROUTE,
	    add ? NLM_F_CREATE | NLM_F_REPLACE : 0, &rt, sizeof(rt), token) ==
	    NULL)
		return (NULL);
	if (r->plen > 0)
		nl_attr(&k->nl, RTA_DST, &r->dst, sizeof(r->dst));
	nl_attr_u32(&k->nl, RTA_TABLE, r->table);
	nl_attr_u32(&k->nl, RTA_PRIORITY, ROUTE_METRIC);
	if (!add)
		return (k);
	nl_attr_u32(&k->nl, RTA_OIF, w->ifindex == 0 ? k->keep.tun :
	    w->ifindex);
	if (!IN6_IS_ADDR_UNSPECIFIED(&w->gateway))
		nl_attr(&k->nl, RTA_GATEWAY, &w->gateway, sizeof(w->gateway));
	if (!IN6_IS_ADDR_UNSPECIFIED(&w->source))
		nl_attr(&k->nl, RTA_PREFSRC, &w->source, sizeof(w->source));
	return (k);
}

static int
begin_route(struct kern *k, const struct row *row, bool add, uint32_t token)
{
	struct row_route	 r;
	struct row_way		 w;

	memcpy(&r, row->key, sizeof(r));
	memcpy(&w, row->value, sizeof(w));
	return (later(begin_way(k, &r, &w, add, token)));
}

/* The default route that an RA of this router made, and no other. */
static int
begin_router(struct kern *k, const struct row *row, bool add, uint32_t token)
{
	struct row_addr	 a;
	struct rtmsg	 rt;

	if (add)
		return (EOPNOTSUPP);
	memcpy(&a, row->key, sizeof(a));
	memset(&rt, 0, sizeof(rt));
	rt.rtm_family = AF_INET6;
	rt.rtm_table = RT_TABLE_MAIN;
	rt.rtm_protocol = RTPROT_RA;
	rt.rtm_scope = RT_SCOPE_NOWHERE;
	if (nl_begin(&k->nl, RTM_DELROUTE, 0, &rt, sizeof(rt), token) == NULL)
		return (ENOMEM);
	nl_attr(&k->nl, RTA_GATEWAY, &a.addr, sizeof(a.addr));
	nl_attr_u32(&k->nl, RTA_OIF, a.ifindex);
	return (KEEP_LATER);
}

static int
begin_host(struct kern *k, const struct in6_addr *home, bool add,
    uint32_t token)
{
	struct row_route	 r = { RT_TABLE_MAIN, 128, *home };
	struct row_way		 w;

	memset(&w, 0, sizeof(w));
	return (later(begin_way(k, &r, &w, add, token)));
}

/* One that nobody has as a row: of a binding, or left behind by somebody. */
static bool
host_event(struct kern *k, const struct row_route *r, const struct row_way *w,
    bool gone)
{
	if (r->table != RT_TABLE_MAIN || r->plen != 128 || w->ifindex != 0 ||
	    !hosts_has(&k->keep.hosts, &r->dst))
		return (false);
	if (gone)
		keep_host_gone(&k->keep, &r->dst);
	else
		keep_host_seen(&k->keep, &r->dst);
	return (true);
}

/* Somebody put a route of his own in the place of one, which may be ours. */
static bool
is_replacement(const struct nlmsghdr *h, const struct rtmsg *rt)
{
	return (rt->rtm_protocol != PROTO_TAG &&
	    h->nlmsg_type == RTM_NEWROUTE &&
	    (h->nlmsg_flags & NLM_F_REPLACE) != 0);
}

static void
route_event(struct kern *k, const struct nlmsghdr *h)
{
	const struct rtmsg	*rt = NLMSG_DATA(h);
	struct row_route	 r;
	struct row_way		 w;
	struct row_spec		 s = { .kind = ROW_ROUTE, .key = &r,
	    .keylen = sizeof(r), .value = &w, .valuelen = sizeof(w) };
	bool			 replaced, gone;

	if (h->nlmsg_len < NLMSG_LENGTH(sizeof(*rt)) ||
	    rt->rtm_family != AF_INET6 ||
	    u32(h, sizeof(*rt), RTA_PRIORITY, 0) != ROUTE_METRIC)
		return;
	replaced = is_replacement(h, rt);
	gone = replaced || h->nlmsg_type == RTM_DELROUTE;
	if (!replaced && rt->rtm_protocol != PROTO_TAG)
		return;
	memset(&r, 0, sizeof(r));
	memset(&w, 0, sizeof(w));
	r.table = u32(h, sizeof(*rt), RTA_TABLE, rt->rtm_table);
	r.plen = rt->rtm_dst_len;
	in6(h, sizeof(*rt), RTA_DST, &r.dst);
	in6(h, sizeof(*rt), RTA_GATEWAY, &w.gateway);
	in6(h, sizeof(*rt), RTA_PREFSRC, &w.source);
	w.ifindex = u32(h, sizeof(*rt), RTA_OIF, 0);
	/* What is replaced may have been by the tun whatever is there now. */
	if (w.ifindex == k->keep.tun || replaced)
		w.ifindex = 0;
	if (host_event(k, &r, &w, gone))
		return;
	if (gone)
		rows_gone(&k->keep.rows, ROW_ROUTE, &r, sizeof(r),
		    mono_now());
	else
		keep_seen(&k->keep, &s, true);
}

/* Addresses. */

static int
begin_address(struct kern *k, const struct row *row, bool add, uint32_t token)
{
	struct row_addr		 a;
	struct row_life		 l;
	struct ifaddrmsg	 ifa;
	struct ifa_cacheinfo	 ci;

	memcpy(&a, row->key, sizeof(a));
	memcpy(&l, row->value, sizeof(l));
	memset(&ifa, 0, sizeof(ifa));
	ifa.ifa_family = AF_INET6;
	ifa.ifa_prefixlen = l.plen;
	ifa.ifa_index = a.ifindex == 0 ? k->keep.tun : a.ifindex;
	if (nl_begin(&k->nl, add ? RTM_NEWADDR : RTM_DELADDR,
	    add ? NLM_F_CREATE | NLM_F_REPLACE : 0, &ifa, sizeof(ifa),
	    token) == NULL)
		return (ENOMEM);
	nl_attr(&k->nl, IFA_LOCAL, &a.addr, sizeof(a.addr));
	if (!add)
		return (KEEP_LATER);
	nl_attr(&k->nl, IFA_ADDRESS, &a.addr, sizeof(a.addr));
	nl_attr_u32(&k->nl, IFA_FLAGS,
	    (l.flags & ADDR_NODAD) != 0 ? IFA_F_NODAD : 0);
	nl_attr_u8(&k->nl, IFA_PROTO, PROTO_TAG);
	memset(&ci, 0, sizeof(ci));
	ci.ifa_prefered = l.preferred;
	ci.ifa_valid = l.valid;
	nl_attr(&k->nl, IFA_CACHEINFO, &ci, sizeof(ci));
	return (KEEP_LATER);
}

static void
address_event(struct kern *k, const struct nlmsghdr *h)
{
	const struct ifaddrmsg	*ifa = NLMSG_DATA(h);
	struct row_addr		 a;
	struct row_life		 l;
	struct row_spec		 s = { .kind = ROW_ADDRESS, .key = &a,
	    .keylen = sizeof(a), .value = &l, .valuelen = sizeof(l) };
	bool			 ours;

	if (h->nlmsg_len < NLMSG_LENGTH(sizeof(*ifa)) ||
	    ifa->ifa_family != AF_INET6)
		return;
	memset(&a, 0, sizeof(a));
	memset(&l, 0, sizeof(l));
	a.ifindex = ifa->ifa_index == k->keep.tun ? 0 : ifa->ifa_index;
	if (!in6(h, sizeof(*ifa), IFA_LOCAL, &a.addr) &&
	    !in6(h, sizeof(*ifa), IFA_ADDRESS, &a.addr))
		return;
	if (a.ifindex != 0)
		linux_stale_event(k, h, a.ifindex, &a.addr);
	if (h->nlmsg_type == RTM_DELADDR) {
		rows_gone(&k->keep.rows, ROW_ADDRESS, &a, sizeof(a),
		    mono_now());
		return;
	}
	l.plen = ifa->ifa_prefixlen;
	/* The kernel gives a device whose IPv6 begins anew a link-local one. */
	ours = tagged(h, sizeof(*ifa), IFA_PROTO) || (k->keep.tun != 0 &&
	    a.ifindex == 0 && IN6_IS_ADDR_LINKLOCAL(&a.addr));
	keep_seen(&k->keep, &s, ours);
}

/* The tun and its settings. */

static int
begin_tun(struct kern *k, const struct row *row, bool add, uint32_t token)
{
	struct row_tun		 t;
	struct ifinfomsg	 ifi;

	/* It ends with its descriptor. */
	if (!add)
		return (0);
	if (k->keep.tun == 0)
		return (ENODEV);
	memcpy(&t, row->value, sizeof(t));
	memset(&ifi, 0, sizeof(ifi));
	ifi.ifi_index = (int)k->keep.tun;
	ifi.ifi_flags = ifi.ifi_change = IFF_UP;
	if (nl_begin(&k->nl, RTM_SETLINK, 0, &ifi, sizeof(ifi), token) == NULL)
		return (ENOMEM);
	nl_attr_u32(&k->nl, IFLA_MTU, t.mtu);
	return (KEEP_LATER);
}

static int
open_setting(const struct row *row, int flags)
{
	char	 path[256];

	snprintf(path, sizeof(path), SETTINGS "%.*s", (int)row->keylen,
	    (const char *)row->key);
	return (open(path, flags | O_CLOEXEC));
}

/* Its key is the path below /proc/sys. */
static int
begin_setting(struct kern *k, const struct row *row, bool add, uint32_t token)
{
	int	 e = 0, fd;

	(void)k;
	(void)token;
	if (!add)
		return (0);
	if ((fd = open_setting(row, O_WRONLY)) == -1)
		return (errno);
	if (write(fd, row->value, row->valuelen) == -1)
		e = errno;
	close(fd);
	return (e);
}

/* There are no events for these. */
void
linux_look_at_settings(struct kern *k)
{
	const struct row	*row;
	struct row_spec		 s = { .kind = ROW_SYSCTL };
	char			 value[64];
	ssize_t			 n;
	int			 fd;

	for (row = rows_first(&k->keep.rows, ROW_SYSCTL); row != NULL;
	    row = rows_after(row)) {
		if ((fd = open_setting(row, O_RDONLY)) == -1)
			continue;
		n = read(fd, value, sizeof(value));
		close(fd);
		if (n > 0 && value[n - 1] == '\n')
			n--;
		s.key = row->key;
		s.keylen = row->keylen;
		s.value = value;
		s.valuelen = n > 0 ? (size_t)n : 0;
		rows_seen(&k->keep.rows, &s, false, mono_now());
	}
}

/* The device was deleted, and all that is on it with it. */
static void
forget_tun(struct kern *k)
{
	const struct row	*row, *next;

	rows_gone(&k->keep.rows, ROW_TUN, ROW_TUN_KEY, sizeof(ROW_TUN_KEY),
	    mono_now());
	/* One that nobody wants is forgotten thereby. */
	for (row = rows_first(&k->keep.rows, ROW_SYSCTL); row != NULL;
	    row = next) {
		next = rows_after(row);
		rows_gone(&k->keep.rows, ROW_SYSCTL, row->key, row->keylen,
		    mono_now());
	}
	keep_hosts_lost(&k->keep);
	keep_lost(&k->keep);
}

/* A link as it is now. */
void
linux_rows_link(struct kern *k, const struct msg_link *m)
{
	struct row_tun	 t = { m->mtu, (m->flags & LINK_UP) != 0 };
	struct row_spec	 s = { .kind = ROW_TUN, .key = ROW_TUN_KEY,
	    .keylen = sizeof(ROW_TUN_KEY), .value = &t, .valuelen = sizeof(t) };
	bool		 gone = (m->flags & LINK_GONE) != 0;

	if (m->ifindex != k->keep.tun) {
		rows_dev(&k->keep.rows, m->ifindex, t.up && !gone, mono_now());
		return;
	}
	rows_dev(&k->keep.rows, KEEP_TUN, t.up && t.mtu >= MTU_MIN && !gone,
	    mono_now());
	if (!gone) {
		rows_seen(&k->keep.rows, &s, false, mono_now());
		linux_look_at_settings(k);
		return;
	}
	k->keep.tun = 0;
	forget_tun(k);
	if (k->cb.tun_lost != NULL)
		k->cb.tun_lost(k->cb.arg);
}

static void
link_row(struct kern *k, const struct nlmsghdr *h)
{
	const struct ifinfomsg	*ifi = NLMSG_DATA(h);
	struct msg_link		 m;

	if (h->nlmsg_len < NLMSG_LENGTH(sizeof(*ifi)))
		return;
	memset(&m, 0, sizeof(m));
	m.ifindex = (uint32_t)ifi->ifi_index;
	m.mtu = u32(h, sizeof(*ifi), IFLA_MTU, 0);
	if ((ifi->ifi_flags & IFF_UP) != 0)
		m.flags = LINK_UP;
	linux_rows_link(k, &m);
}

/* All kinds. */

static const struct {
	uint16_t	 type;
	void		(*fn)(struct kern *, const struct nlmsghdr *);
} handlers[] = {
	{ RTM_NEWRULE, rule_event }, { RTM_DELRULE, rule_event },
	{ RTM_NEWROUTE, route_event }, { RTM_DELROUTE, route_event },
	{ RTM_NEWADDR, address_event }, { RTM_DELADDR, address_event },
};

/* An event, or a row of a dump: does it concern what must be there? */
void
linux_rows_event(struct kern *k, const struct nlmsghdr *h)
{
	size_t	 i;

	for (i = 0; i < sizeof(handlers) / sizeof(handlers[0]); i++)
		if (handlers[i].type == h->nlmsg_type)
			handlers[i].fn(k, h);
	/* IPv6 may have been switched off there. */
	if (h->nlmsg_type == RTM_DELADDR || h->nlmsg_type == RTM_DELROUTE)
		k->settings = true;
}

static void
dumped(void *arg, const struct nlmsghdr *h)
{
	if (h->nlmsg_type == RTM_NEWLINK)
		link_row(arg, h);
	else
		linux_rows_event(arg, h);
}

static int
dump(struct kern *k, int type, const void *body, size_t len)
{
	int	 e;

	k->nl.interrupted = false;
	if ((e = nl_dump(&k->nl, type, body, len, dumped, k)) != 0)
		return (e);
	return (k->nl.interrupted ? EAGAIN : 0);
}

static int
list_links(struct kern *k)
{
	struct ifinfomsg	 ifi;

	memset(&ifi, 0, sizeof(ifi));
	return (dump(k, RTM_GETLINK, &ifi, sizeof(ifi)));
}

static int
list_rules(struct kern *k)
{
	struct fib_rule_hdr	 fr;

	memset(&fr, 0, sizeof(fr));
	fr.family = AF_INET6;
	return (dump(k, RTM_GETRULE, &fr, sizeof(fr)));
}

static int
list_routes(struct kern *k)
{
	struct rtmsg	 rt;

	memset(&rt, 0, sizeof(rt));
	rt.rtm_family = AF_INET6;
	rt.rtm_protocol = PROTO_TAG;
	return (dump(k, RTM_GETROUTE, &rt, sizeof(rt)));
}

static int
list_addresses(struct kern *k)
{
	struct ifaddrmsg	 ifa;

	memset(&ifa, 0, sizeof(ifa));
	ifa.ifa_family = AF_INET6;
	return (dump(k, RTM_GETADDR, &ifa, sizeof(ifa)));
}

static void
result(void *arg, uint32_t token, int error)
{
	keep_result(arg, token, error);
}

static void
flush(struct kern *k)
{
	nl_commit(&k->nl, result, &k->keep);
}

static const char *
tun_name(const struct kern *k)
{
	(void)k;
	return (TUN_NAME);
}

/* No link-local address of its own, and no router solicitations. */
#define SETTING(s, v) { .kind = ROW_SYSCTL,				\
	.key = "net/ipv6/conf/" TUN_NAME "/" s,				\
	.keylen = sizeof("net/ipv6/conf/" TUN_NAME "/" s) - 1,		\
	.value = v, .valuelen = sizeof(v) - 1 }

static const struct row_spec	 device[] = {
	SETTING("disable_ipv6", "0"),
	SETTING("addr_gen_mode", "1"),
	SETTING("accept_ra", "0"),
	SETTING("router_solicitations", "0"),
};

const struct keep_ops	 linux_ops = {
	.kinds = {
		[ROW_CLOSED] = { .begin = begin_closed, .list = list_rules },
		/* That it has gone an event tells. */
		[ROW_TUN] = { .begin = begin_tun, .list = list_links,
		    .some = true },
		[ROW_SYSCTL] = { .begin = begin_setting,
		    .look = linux_look_at_settings },
		[ROW_OPTIMISTIC] = { .begin = linux_begin_optimistic,
		    .list = linux_list_optimistic,
		    .look = linux_look_at_optimistic,
		    .lacks = linux_lacks_optimistic },
		[ROW_RULE] = { .begin = begin_rule, .list = list_rules },
		[ROW_ROUTE] = { .begin = begin_route, .list = list_routes },
		[ROW_ROUTER] = { .begin = begin_router },
		[ROW_ADDRESS] = { .begin = begin_address,
		    .list = list_addresses },
		[ROW_DEPRECATED] = { .begin = linux_begin_stale,
		    .list = list_addresses },
		[ROW_FILTER] = { .begin = linux_begin_filter,
		    .look = linux_look_at_filter },
	},
	.host = begin_host,
	.flush = flush,
	.leftovers = linux_filter_leftovers,
	.tun = tun_name,
	.device = device,
	.ndevice = sizeof(device) / sizeof(device[0]),
	.now = mono_now,
};
