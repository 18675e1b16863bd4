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
	fr.table = r.table < 256 ? (uint8_t)r.table : RT_TABLE_UNSPEC;
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
	if (r.table != 0)
		nl_attr_u32(&k->nl, FRA_TABLE, r.table);
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
	r->table = u32(h, sizeof(*fr), FRA_TABLE, fr->table);
	r->action = fr->action;
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
	struct row_spec	 s = { .key = &r, .keylen = sizeof(r) };

	if (!parse_rule(h, &r))
		return;
	s.kind = linux_kind_of(&r);
	if (h->nlmsg_type == RTM_DELRULE)
		rows_gone(&k->keep.rows, s.kind, &r, sizeof(r), mono_now());
	else {
		linux_adopt_closed(k, &r);
		if (rows_seen(&k->keep.rows, &s, tagged(h,
		    sizeof(struct fib_rule_hdr), FRA_PROTOCOL), mono_now()) !=
		    0)
			k->keep.compare = true;
	}
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
	nl_attr_u32(&k->nl, RTA_OIF, w->ifindex == 0 ? k->tun : w->ifindex);
	if (!IN6_IS_ADDR_UNSPECIFIED(&w->gateway))
		nl_attr(&k->nl, RTA_GATEWAY, &w->gateway, sizeof(w->gateway));
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
	w.ifindex = u32(h, sizeof(*rt), RTA_OIF, 0);
	/* What is replaced may have been by the tun whatever is there now. */
	if (w.ifindex == k->tun || replaced)
		w.ifindex = 0;
	if (host_event(k, &r, &w, gone))
		return;
	if (gone)
		rows_gone(&k->keep.rows, ROW_ROUTE, &r, sizeof(r),
		    mono_now());
	else if (rows_seen(&k->keep.rows, &s, true, mono_now()) != 0)
		k->keep.compare = true;
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
	ifa.ifa_index = a.ifindex == 0 ? k->tun : a.ifindex;
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
	const struct row	*row;
	bool			 ours;

	if (h->nlmsg_len < NLMSG_LENGTH(sizeof(*ifa)) ||
	    ifa->ifa_family != AF_INET6)
		return;
	memset(&a, 0, sizeof(a));
	memset(&l, 0, sizeof(l));
	a.ifindex = ifa->ifa_index == k->tun ? 0 : ifa->ifa_index;
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
	/* Lifetimes run down, flags come and go: the same all the same. */
	row = rows_find(&k->keep.rows, ROW_ADDRESS, &a, sizeof(a));
	if (row != NULL)
		memcpy(&l, row->value, sizeof(l));
	l.plen = ifa->ifa_prefixlen;
	/* The kernel gives a device whose IPv6 begins anew a link-local one. */
	ours = tagged(h, sizeof(*ifa), IFA_PROTO) || (k->tun != 0 &&
	    a.ifindex == 0 && IN6_IS_ADDR_LINKLOCAL(&a.addr));
	if (rows_seen(&k->keep.rows, &s, ours, mono_now()) != 0)
		k->keep.compare = true;
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
	if (k->tun == 0)
		return (ENODEV);
	memcpy(&t, row->value, sizeof(t));
	memset(&ifi, 0, sizeof(ifi));
	ifi.ifi_index = (int)k->tun;
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
linux_look(struct kern *k)
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

	rows_gone(&k->keep.rows, ROW_TUN, TUN_NAME, sizeof(TUN_NAME),
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
	struct row_spec	 s = { .kind = ROW_TUN, .key = TUN_NAME,
	    .keylen = sizeof(TUN_NAME), .value = &t, .valuelen = sizeof(t) };
	bool		 gone = (m->flags & LINK_GONE) != 0;

	if (m->ifindex != k->tun) {
		rows_dev(&k->keep.rows, m->ifindex, t.up && !gone, mono_now());
		return;
	}
	rows_dev(&k->keep.rows, KEEP_TUN, t.up && t.mtu >= MTU_MIN && !gone,
	    mono_now());
	if (!gone) {
		rows_seen(&k->keep.rows, &s, false, mono_now());
		linux_look(k);
		return;
	}
	k->tun = 0;
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
list(struct kern *k)
{
	struct ifinfomsg	 ifi;
	struct fib_rule_hdr	 fr;
	struct ifaddrmsg	 ifa;
	struct rtmsg		 rt;
	int			 e;

	memset(&ifi, 0, sizeof(ifi));
	memset(&fr, 0, sizeof(fr));
	memset(&ifa, 0, sizeof(ifa));
	memset(&rt, 0, sizeof(rt));
	fr.family = AF_INET6;
	ifa.ifa_family = AF_INET6;
	rt.rtm_family = AF_INET6;
	rt.rtm_protocol = PROTO_TAG;
	k->nl.interrupted = false;
	k->keep.compared = ROW_BIT(ROW_CLOSED) | ROW_BIT(ROW_RULE) |
	    ROW_BIT(ROW_ROUTE) | ROW_BIT(ROW_ADDRESS) |
	    ROW_BIT(ROW_DEPRECATED);
	if ((e = nl_dump(&k->nl, RTM_GETLINK, &ifi, sizeof(ifi), dumped, k)) !=
	    0 || (e = nl_dump(&k->nl, RTM_GETRULE, &fr, sizeof(fr), dumped,
	    k)) != 0 || (e = nl_dump(&k->nl, RTM_GETADDR, &ifa, sizeof(ifa),
	    dumped, k)) != 0 || (e = nl_dump(&k->nl, RTM_GETROUTE, &rt,
	    sizeof(rt), dumped, k)) != 0)
		return (e);
	linux_look(k);
	return (k->nl.interrupted ? EAGAIN : 0);
}

static int (*const beginners[ROW_KINDS])(struct kern *, const struct row *,
    bool add, uint32_t token) = {
	[ROW_CLOSED] = begin_closed,
	[ROW_TUN] = begin_tun,
	[ROW_SYSCTL] = begin_setting,
	[ROW_RULE] = begin_rule,
	[ROW_ROUTE] = begin_route,
	[ROW_ADDRESS] = begin_address,
	[ROW_DEPRECATED] = linux_begin_stale,
};

static int
begin(struct kern *k, const struct row *row, enum row_op op, uint32_t token)
{
	if (beginners[row->kind] == NULL)
		return (EOPNOTSUPP);
	return (beginners[row->kind](k, row, op == ROW_PUT, token));
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

/* What rows are, for people. */

static void
name_of(uint32_t ifindex, char name[IF_NAMESIZE])
{
	if (ifindex == 0)
		snprintf(name, IF_NAMESIZE, TUN_NAME);
	else if (if_indextoname(ifindex, name) == NULL)
		snprintf(name, IF_NAMESIZE, "#%u", ifindex);
}

static void
text_rule(const struct row *row, char *text, size_t cap)
{
	struct row_rule	 r;
	char		 a[INET6_ADDRSTRLEN], what[2 * INET6_ADDRSTRLEN + 24];
	int		 n = 0;

	memcpy(&r, row->key, sizeof(r));
	what[0] = '\0';
	if (r.slen > 0)
		n = snprintf(what, sizeof(what), " from %s/%u",
		    inet_ntop(AF_INET6, &r.src, a, sizeof(a)), r.slen);
	if (r.dlen > 0)
		snprintf(what + n, sizeof(what) - (size_t)n, " to %s/%u",
		    inet_ntop(AF_INET6, &r.dst, a, sizeof(a)), r.dlen);
	snprintf(text, cap, "rule %u%s%s%s%s: %s", r.pref, what, r.tun ?
	    " by " TUN_NAME : "", r.iif[0] != '\0' ? " from " : "", r.iif,
	    r.action == FR_ACT_UNREACHABLE ? "unreachable" :
	    r.action == FR_ACT_BLACKHOLE ? "nowhere" : r.table == TABLE ?
	    "tunnel" : r.specific ?
	    "table main but for default routes" : "table main");
}

static void
text_route(const struct row *row, char *text, size_t cap)
{
	struct row_route	 r;
	struct row_way		 w;
	char			 a[INET6_ADDRSTRLEN], g[INET6_ADDRSTRLEN];
	char			 name[IF_NAMESIZE];

	memcpy(&r, row->key, sizeof(r));
	memcpy(&w, row->value, sizeof(w));
	name_of(w.ifindex, name);
	inet_ntop(AF_INET6, &r.dst, a, sizeof(a));
	inet_ntop(AF_INET6, &w.gateway, g, sizeof(g));
	snprintf(text, cap, "route %s/%u%s%s by %s%s", a, r.plen,
	    w.ifindex == 0 ? "" : " via ", w.ifindex == 0 ? "" : g, name,
	    r.table == TABLE ? " in the tunnel's table" : "");
}

/* Before and behind "ADDRESS on INTERFACE". */
static void
text_on(char *text, size_t cap, const char *before, const struct in6_addr *addr,
    uint32_t ifindex, const char *behind)
{
	char	 a[INET6_ADDRSTRLEN], name[IF_NAMESIZE];

	name_of(ifindex, name);
	snprintf(text, cap, "%s%s on %s%s", before,
	    inet_ntop(AF_INET6, addr, a, sizeof(a)), name, behind);
}

static void
text_address(const struct row *row, char *text, size_t cap)
{
	struct row_addr	 k;

	memcpy(&k, row->key, sizeof(k));
	text_on(text, cap, "address ", &k.addr, k.ifindex, "");
}

static void
text_stale(const struct row *row, char *text, size_t cap)
{
	struct row_stale	 k;

	memcpy(&k, row->key, sizeof(k));
	text_on(text, cap, "", &k.addr, k.ifindex, " not for what begins");
}

static void
text_tun(const struct row *row, char *text, size_t cap)
{
	struct row_tun	 t;

	memcpy(&t, row->value, sizeof(t));
	snprintf(text, cap, TUN_NAME " up, MTU %u", t.mtu);
}

static void
text_setting(const struct row *row, char *text, size_t cap)
{
	snprintf(text, cap, "%.*s = %.*s", (int)row->keylen,
	    (const char *)row->key, (int)row->valuelen,
	    (const char *)row->value);
}

static void (*const texts[ROW_KINDS])(const struct row *, char *, size_t) = {
	[ROW_CLOSED] = text_rule,
	[ROW_TUN] = text_tun,
	[ROW_SYSCTL] = text_setting,
	[ROW_RULE] = text_rule,
	[ROW_ROUTE] = text_route,
	[ROW_ADDRESS] = text_address,
	[ROW_DEPRECATED] = text_stale,
};

static void
text(const struct kern *k, const struct row *row, char *buf, size_t cap)
{
	(void)k;
	if (texts[row->kind] != NULL)
		texts[row->kind](row, buf, cap);
	else
		snprintf(buf, cap, "row of kind %u", row->kind);
}

const struct keep_ops	 linux_ops = {
	.begin = begin,
	.host = begin_host,
	.flush = flush,
	.list = list,
	.look = linux_look,
	.now = mono_now,
	.text = text,
};
