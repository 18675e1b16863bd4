/*
 * BSD: what engines ask for, as rows, and rows as routes, addresses and the
 * tun.  No route depends on the source address of a packet here; what closes
 * the way out to a home address is a rule of the packet filter, where we may
 * have one.  Events tell of routes; addresses and the tun are looked at, as
 * systems differ in what they tell of them.
 */
#include <sys/types.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

#include <arpa/inet.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core/clock.h"
#include "kern/bsd.h"

struct keep *
kern_keep(struct kern *k)
{
	return (&k->keep);
}

/* Requests. */

static int
want_route(struct kern *k, const struct row_owner *o,
    const struct in6_addr *dst, unsigned int plen, const struct row_way *w)
{
	struct row_route	 r;
	struct row_spec		 s = { .kind = ROW_ROUTE, .key = &r,
	    .keylen = sizeof(r), .value = w, .valuelen = sizeof(*w),
	    .dev = w->ifindex == 0 ? KEEP_TUN : w->ifindex };

	memset(&r, 0, sizeof(r));
	r.plen = plen;
	r.dst = *dst;
	return (rows_want(&k->keep.rows, &s, o));
}

/* net/plen into the tun, before all routes for it: as its two halves. */
static int
want_cover(struct kern *k, const struct row_owner *o,
    const struct in6_addr *net, unsigned int plen)
{
	struct in6_addr	 half = *net;
	struct row_way	 tun;
	unsigned int	 i;
	int		 e;

	if (plen >= 127)
		return (0);
	memset(&tun, 0, sizeof(tun));
	for (i = plen; i < 128; i++)
		half.s6_addr[i / 8] &= (uint8_t)~(0x80 >> i % 8);
	if ((e = want_route(k, o, &half, plen + 1, &tun)) != 0)
		return (e);
	half.s6_addr[plen / 8] |= (uint8_t)(0x80 >> plen % 8);
	return (want_route(k, o, &half, plen + 1, &tun));
}

/* The row of an address: wanted, or, without add, to be taken. */
static int
row_address(struct kern *k, const struct row_owner *o,
    const struct msg_addr_set *m)
{
	struct row_addr	 a;
	struct row_life	 l;
	struct row_spec	 s = { .kind = ROW_ADDRESS, .key = &a,
	    .keylen = sizeof(a), .value = &l, .valuelen = sizeof(l) };

	memset(&a, 0, sizeof(a));
	memset(&l, 0, sizeof(l));
	a.ifindex = m->ifindex == k->tun ? 0 : m->ifindex;
	a.addr = m->addr;
	l.plen = m->plen;
	l.flags = m->flags & ADDR_NODAD;
	l.preferred = m->preferred;
	l.valid = m->valid;
	s.dev = a.ifindex == 0 ? KEEP_TUN : a.ifindex;
	/* On other links the engine sees it, and knows whether it belongs. */
	s.watched = a.ifindex != 0;
	if (m->add)
		return (rows_want(&k->keep.rows, &s, o));
	return (rows_take(&k->keep.rows, &s));
}

/* What comes from home has no way but the tunnel (RFC 6275 11.3.1). */
static int
want_closed(struct kern *k, const struct row_owner *o,
    const struct in6_addr *home)
{
	struct row_spec	 s = { .kind = ROW_CLOSED, .key = home,
	    .keylen = sizeof(*home) };

	return (bsd_has_filter() ? rows_want(&k->keep.rows, &s, o) : 0);
}

/* The answer to a request: what its rows came to, or why there are none. */
static int
answered(struct kern *k, uint32_t id, const struct row_owner *o, int error)
{
	if (error != 0)
		rows_drop(&k->keep.rows, o);
	return (keep_answer(&k->keep, id, o, error));
}

int
kern_addr_set(struct kern *k, const struct msg_addr_set *m)
{
	struct row_owner	 o = keep_owner(OWN_ADDRESS, &m->addr,
	    m->ifindex);
	struct row_owner	 former = keep_owner(OWN_FORMER, &m->addr, 0);
	bool			 tun = m->ifindex == k->tun;
	int			 e = 0;

	if (m->add && tun)
		e = want_closed(k, &o, &m->addr);
	if (e == 0 && (m->add || !rows_owned(&k->keep.rows, &o)))
		e = row_address(k, &o, m);
	else
		rows_drop(&k->keep.rows, &o);
	if (tun)
		rows_drop(&k->keep.rows, &former);
	return (answered(k, m->id, &o, e));
}

bool
kern_has_addr(struct kern *k, const struct msg_addr_set *m)
{
	struct row_owner	 o = keep_owner(OWN_ADDRESS, &m->addr,
	    m->ifindex);

	return (rows_owned(&k->keep.rows, &o));
}

int
kern_home_route(struct kern *k, const struct msg_home_route *m)
{
	struct row_owner	 o = keep_owner(OWN_PREFIX, &m->home, m->plen);
	struct row_way		 tun;
	int			 e = 0;

	/* A link-local one would belong to the link, which the tun is not. */
	if (IN6_IS_ADDR_LINKLOCAL(&m->home))
		return (keep_answer(&k->keep, m->id, NULL,
		    m->add ? EOPNOTSUPP : 0));
	if (m->plen == 128)
		return (keep_host(&k->keep, m));
	memset(&tun, 0, sizeof(tun));
	if (m->add)
		e = want_route(k, &o, &m->home, m->plen, &tun);
	else
		rows_drop(&k->keep.rows, &o);
	return (answered(k, m->id, &o, e));
}

bool
kern_has_route(struct kern *k, const struct msg_home_route *m)
{
	struct row_owner	 o = keep_owner(OWN_PREFIX, &m->home, m->plen);

	if (m->plen == 128)
		return (hosts_has(&k->keep.hosts, &m->home));
	return (rows_owned(&k->keep.rows, &o));
}

/*
 * No route depends on the source address here.  So while a home address is
 * away everything but what has a route more specific than the default goes
 * into the tun, and its home prefix too, which the kernel may still believe
 * to be on link.  Home agents have routes of their own by kern_path().
 */
int
kern_home_policy(struct kern *k, const struct msg_home_policy *m)
{
	struct row_owner	 o = keep_owner(OWN_POLICY, &m->home, 0);
	struct row_owner	 prefix = keep_owner(OWN_POLICY, &m->home, 1);
	int			 e = 0;

	if (!m->active || m->on_link)
		rows_drop(&k->keep.rows, &prefix);
	else if ((e = want_cover(k, &prefix, &m->home, m->plen)) != 0)
		rows_drop(&k->keep.rows, &prefix);
	if (!m->active)
		rows_drop(&k->keep.rows, &o);
	else if (e == 0)
		e = want_cover(k, &o, &in6addr_any, 0);
	return (answered(k, m->id, &o, e));
}

bool
kern_has_policy(struct kern *k, const struct msg_home_policy *m)
{
	struct row_owner	 o = keep_owner(OWN_POLICY, &m->home, 0);

	return (rows_owned(&k->keep.rows, &o));
}

/* The default route by this router, if there is one that is not ours. */
static int
forget_router(struct kern *k, const struct msg_path *m)
{
	struct bsd_router	 r = { m->router, m->ifindex };
	int			 e = 0;

	if (bsd_is_default_router(k, &m->router, m->ifindex))
		bsd_choose_again(k, &r);
	/* It may be all that there is. */
	if (bsd_is_default_router(k, &m->router, m->ifindex))
		e = bsd_route(k, RTM_DELETE, &in6addr_any, 0, &r);
	return (keep_answer(&k->keep, m->id, NULL, e));
}

/*
 * The way to a home agent past the tun.  With agent :: it is about the default
 * route: that of a router which is out of reach is to go, as the kernel would
 * go on using it, or, with none named, the one that was asked for here.
 */
int
kern_path(struct kern *k, const struct msg_path *m)
{
	struct row_owner	 o = keep_owner(OWN_PATH, &m->agent, 0);
	struct row_way		 w = { m->ifindex, m->router };
	unsigned int		 plen = 128;
	int			 e = 0;

	if (IN6_IS_ADDR_UNSPECIFIED(&m->agent)) {
		if (!m->add && !IN6_IS_ADDR_UNSPECIFIED(&m->router))
			return (forget_router(k, m));
		plen = 0;
	}
	if (m->add)
		e = want_route(k, &o, &m->agent, plen, &w);
	else
		rows_drop(&k->keep.rows, &o);
	return (answered(k, m->id, &o, e));
}

bool
kern_has_path(struct kern *k, const struct msg_path *m)
{
	struct row_owner	 o = keep_owner(OWN_PATH, &m->agent, 0);

	return (rows_owned(&k->keep.rows, &o));
}

/* Not in this version: caps say so. */
int
kern_ipsec(struct kern *k, bool on)
{
	(void)k;
	return (on ? EOPNOTSUPP : 0);
}

/* No rule of theirs goes by the interface that a packet came by. */
int
kern_link_local(struct kern *k, const char *interface)
{
	(void)k;
	return (interface == NULL ? 0 : EOPNOTSUPP);
}

/* They have no policies of ours. */
size_t
kern_ipsec_drops(struct kern_drop *v, size_t max)
{
	(void)v;
	(void)max;
	return (0);
}

/* The routing socket has messages of the kernel alone. */
uint64_t
kern_forged(const struct kern *k)
{
	(void)k;
	return (0);
}

int
kern_keep_closed(struct kern *k, const struct in6_addr *home)
{
	return (hosts_add(&k->closed, home) ? 0 : ENOMEM);
}

/* The tun is there: it is up, with this MTU and the address of our routes. */
int
bsd_want_tun(struct kern *k, uint32_t mtu)
{
	struct row_owner	 o = keep_owner(OWN_TUN, NULL, 0);
	struct row_tun		 t = { mtu, 1 };
	struct row_spec		 s = { .kind = ROW_TUN, .key = "tun",
	    .keylen = sizeof("tun"), .value = &t, .valuelen = sizeof(t) };
	struct msg_addr_set	 m;
	int			 e;

	if ((e = rows_want(&k->keep.rows, &s, &o)) != 0)
		return (e);
	memset(&m, 0, sizeof(m));
	m.add = true;
	m.ifindex = k->tun;
	m.addr = bsd_tun_addr;
	m.plen = 128;
	m.flags = ADDR_NODAD;
	return (row_address(k, &o, &m));
}

void
kern_commit(struct kern *k, void (*done)(void *, uint32_t, int), void *arg)
{
	keep_commit(&k->keep, done, arg);
}

/* Putting and taking. */

static int
begin_tun(struct kern *k, const struct row *row, bool add)
{
	struct row_tun	 t;
	struct ifreq	 ifr;

	if (!add)
		return (0);
	memcpy(&t, row->value, sizeof(t));
	memset(&ifr, 0, sizeof(ifr));
	if (if_indextoname(k->tun, ifr.ifr_name) == NULL)
		return (ENXIO);
	ifr.ifr_mtu = (int)t.mtu;
	if (ioctl(k->inet6, SIOCSIFMTU, &ifr) == -1 ||
	    ioctl(k->inet6, SIOCGIFFLAGS, &ifr) == -1)
		return (errno);
	ifr.ifr_flags |= IFF_UP;
	return (ioctl(k->inet6, SIOCSIFFLAGS, &ifr) == -1 ? errno : 0);
}

static int
begin_route(struct kern *k, const struct row *row, bool add)
{
	struct row_route	 r;
	struct row_way		 w;
	struct bsd_router	 router;

	memcpy(&r, row->key, sizeof(r));
	memcpy(&w, row->value, sizeof(w));
	router.addr = w.gateway;
	router.ifindex = w.ifindex;
	return (bsd_route(k, add ? RTM_ADD : RTM_DELETE, &r.dst, r.plen,
	    !add || w.ifindex == 0 ? NULL : &router));
}

static int
begin_address(struct kern *k, const struct row *row, bool add)
{
	struct row_addr		 a;
	struct row_life		 l;
	struct msg_addr_set	 m;

	memcpy(&a, row->key, sizeof(a));
	memcpy(&l, row->value, sizeof(l));
	memset(&m, 0, sizeof(m));
	m.add = add;
	m.ifindex = a.ifindex == 0 ? k->tun : a.ifindex;
	m.addr = a.addr;
	m.plen = l.plen;
	m.flags = l.flags;
	m.preferred = l.preferred;
	m.valid = l.valid;
	return (bsd_address(k, &m));
}

static int
begin_closed(struct kern *k, const struct row *row, bool add)
{
	struct in6_addr	 home;

	memcpy(&home, row->key, sizeof(home));
	return (bsd_close(k, &home, add));
}

static int
begin(struct kern *k, const struct row *row, enum row_op op, uint32_t token)
{
	(void)token;
	switch (row->kind) {
	case ROW_CLOSED:
		return (begin_closed(k, row, op == ROW_PUT));
	case ROW_TUN:
		return (begin_tun(k, row, op == ROW_PUT));
	case ROW_ROUTE:
		return (begin_route(k, row, op == ROW_PUT));
	case ROW_ADDRESS:
		return (begin_address(k, row, op == ROW_PUT));
	case ROW_DEPRECATED:
		return (bsd_begin_stale(k, row, op == ROW_PUT));
	default:
		return (EOPNOTSUPP);
	}
}

static int
begin_host(struct kern *k, const struct in6_addr *home, bool add,
    uint32_t token)
{
	(void)token;
	return (bsd_route(k, add ? RTM_ADD : RTM_DELETE, home, 128, NULL));
}

/* Everything was done by begin(). */
static void
flush(struct kern *k)
{
	(void)k;
}

/* What there is. */

/*
 * A route of the table, or a message about one of ours; one that somebody
 * changes loses our tag.  What we did ourselves is no news.
 */
void
bsd_row_route(struct kern *k, const struct bsd_msg *m,
    const struct rt_msghdr *h)
{
	struct row_route	 r;
	struct row_way		 w;
	struct row_spec		 s = { .kind = ROW_ROUTE, .key = &r,
	    .keylen = sizeof(r), .value = &w, .valuelen = sizeof(w) };
	uint32_t		 scope = 0;
	bool			 ours = (h->rtm_flags & BSD_TAG) == BSD_TAG;
	bool			 gone = ours ? m->type == RTM_DELETE :
	    m->type == RTM_CHANGE;

	memset(&r, 0, sizeof(r));
	memset(&w, 0, sizeof(w));
	if ((!ours && !gone) || h->rtm_errno != 0 ||
	    !bsd_sa_in6(m, RTAX_DST, &r.dst, &scope))
		return;
	r.plen = (h->rtm_flags & RTF_HOST) != 0 ? 128 :
	    bsd_sa_plen(m, RTAX_NETMASK);
	if (r.plen == 128 && hosts_has(&k->keep.hosts, &r.dst)) {
		if (gone)
			keep_host_gone(&k->keep, &r.dst);
		else
			keep_host_seen(&k->keep, &r.dst);
		return;
	}
	if (gone) {
		rows_gone(&k->keep.rows, ROW_ROUTE, &r, sizeof(r),
		    mono_now());
		return;
	}
	if (bsd_sa_in6(m, RTAX_GATEWAY, &w.gateway, &scope) &&
	    !IN6_ARE_ADDR_EQUAL(&w.gateway, &bsd_tun_addr))
		w.ifindex = h->rtm_index != 0 ? h->rtm_index : scope;
	else
		memset(&w, 0, sizeof(w));
	if (rows_seen(&k->keep.rows, &s, true, mono_now()) != 0)
		k->keep.compare = true;
}

/* An address has gone, or is what it is. */
void
bsd_row_address(struct kern *k, const struct msg_address *m)
{
	struct row_addr	 a;

	if ((m->flags & ADDR_GONE) == 0) {
		keep_stale_seen(&k->keep, m->ifindex, &m->addr,
		    (m->flags & ADDR_DEPRECATED) != 0, false);
		return;
	}
	keep_stale_gone(&k->keep, m->ifindex, &m->addr);
	memset(&a, 0, sizeof(a));
	a.ifindex = m->ifindex == k->tun ? 0 : m->ifindex;
	a.addr = m->addr;
	rows_gone(&k->keep.rows, ROW_ADDRESS, &a, sizeof(a), mono_now());
}

/* A link as it is now. */
void
bsd_row_link(struct kern *k, const struct msg_link *m)
{
	bool	 up = (m->flags & (LINK_UP | LINK_GONE)) == LINK_UP;

	if (k->tun == 0 || m->ifindex != k->tun) {
		rows_dev(&k->keep.rows, m->ifindex, up, mono_now());
		return;
	}
	k->keep.look_at = (struct mono){ 0 };
	if ((m->flags & LINK_GONE) == 0)
		return;
	rows_dev(&k->keep.rows, KEEP_TUN, false, mono_now());
	keep_hosts_lost(&k->keep);
	k->tun = 0;
	if (k->cb.tun_lost != NULL)
		k->cb.tun_lost(k->cb.arg);
}

/* The tun as it is; false: it can't be asked. */
static bool
tun_now(struct kern *k, struct row_tun *t)
{
	struct ifreq	 ifr;

	memset(&ifr, 0, sizeof(ifr));
	if (k->tun == 0 || if_indextoname(k->tun, ifr.ifr_name) == NULL ||
	    ioctl(k->inet6, SIOCGIFFLAGS, &ifr) == -1)
		return (false);
	t->up = (ifr.ifr_flags & IFF_UP) != 0;
	if (ioctl(k->inet6, SIOCGIFMTU, &ifr) == -1)
		return (false);
	t->mtu = (uint32_t)ifr.ifr_mtu;
	return (true);
}

static void
look_at_tun(struct kern *k)
{
	const struct row	*row = rows_find(&k->keep.rows, ROW_TUN, "tun",
	    sizeof("tun"));
	struct row_tun		 t;
	struct row_spec		 s = { .kind = ROW_TUN, .key = "tun",
	    .keylen = sizeof("tun"), .value = &t, .valuelen = sizeof(t) };
	bool			 was;

	if (row == NULL || !tun_now(k, &t))
		return;
	was = rows_state(row) == ROW_IN_PLACE;
	rows_seen(&k->keep.rows, &s, false, mono_now());
	rows_dev(&k->keep.rows, KEEP_TUN, t.up != 0, mono_now());
	/* Systems differ in what routes and addresses a device takes along. */
	if (was && rows_state(row) != ROW_IN_PLACE)
		keep_lost(&k->keep);
}

static void
look_at_address(struct kern *k, const struct row *row)
{
	struct row_addr		 a;
	struct in6_ifreq	 ifr;
	struct row_spec		 s = { .kind = ROW_ADDRESS, .key = row->key,
	    .keylen = row->keylen, .value = row->value,
	    .valuelen = row->valuelen };
	int			 r;

	memcpy(&a, row->key, sizeof(a));
	memset(&ifr, 0, sizeof(ifr));
	if (if_indextoname(a.ifindex == 0 ? k->tun : a.ifindex,
	    ifr.ifr_name) == NULL)
		return;
	bsd_sin6(&ifr.ifr_ifru.ifru_addr, &a.addr, a.ifindex == 0 ? k->tun :
	    a.ifindex);
	r = ioctl(k->inet6, SIOCGIFAFLAG_IN6, &ifr);
	if (r == 0)
		rows_seen(&k->keep.rows, &s, false, mono_now());
	else if (errno == EADDRNOTAVAIL && row->claims > 0)
		rows_gone(&k->keep.rows, ROW_ADDRESS, row->key, row->keylen,
		    mono_now());
}

/* A filter that is switched off still has its rules: nobody took them. */
static void
look_at_closed(struct kern *k, const struct row *row)
{
	struct in6_addr	 home;

	memcpy(&home, row->key, sizeof(home));
	if (rows_state(row) == ROW_IN_PLACE && bsd_has_filter() &&
	    !bsd_is_closed(k, &home))
		rows_gone(&k->keep.rows, ROW_CLOSED, &home, sizeof(home),
		    mono_now());
}

static void
look(struct kern *k)
{
	const struct row	*row, *next;

	look_at_tun(k);
	for (row = rows_first(&k->keep.rows, ROW_CLOSED); row != NULL;
	    row = next) {
		next = rows_after(row);
		look_at_closed(k, row);
	}
	for (row = rows_first(&k->keep.rows, ROW_ADDRESS); row != NULL;
	    row = next) {
		next = rows_after(row);
		look_at_address(k, row);
	}
	bsd_addrs_look(k);
}

/*
 * There is a rule for this home address.  One of a former life stays until we
 * are told where the address is, if it is one of ours.
 */
static void
closed_row(struct kern *k, const struct in6_addr *home)
{
	struct row_owner	 o = keep_owner(OWN_FORMER, home, 0);
	struct row_spec		 s = { .kind = ROW_CLOSED, .key = home,
	    .keylen = sizeof(*home) };

	if (hosts_has(&k->closed, home) && want_closed(k, &o, home) != 0)
		rows_drop(&k->keep.rows, &o);
	if (rows_seen(&k->keep.rows, &s, true, mono_now()) != 0)
		k->keep.compare = true;
}

static int
list(struct kern *k)
{
	int	 e;

	k->keep.compared = ROW_BIT(ROW_ROUTE) | ROW_BIT(ROW_CLOSED);
	look(k);
	if ((e = bsd_each_closed(k, closed_row)) != 0)
		return (e);
	return (bsd_each_route(k, RTF_PROTO1, bsd_row_route));
}

/* What rows are, for people. */
static void
text(const struct kern *k, const struct row *row, char *buf, size_t cap)
{
	struct row_route	 r;
	struct row_way		 w;
	struct row_addr		 a;
	struct row_stale	 stale;
	char			 t[INET6_ADDRSTRLEN], name[IFNAMSIZ] = "?";

	switch (row->kind) {
	case ROW_CLOSED:
		memcpy(&a.addr, row->key, sizeof(a.addr));
		snprintf(buf, cap, "from %s by %s alone", inet_ntop(AF_INET6,
		    &a.addr, t, sizeof(t)), k->tun_name);
		break;
	case ROW_ROUTE:
		memcpy(&r, row->key, sizeof(r));
		memcpy(&w, row->value, sizeof(w));
		if_indextoname(w.ifindex == 0 ? k->tun : w.ifindex, name);
		snprintf(buf, cap, "route %s/%u by %s",
		    inet_ntop(AF_INET6, &r.dst, t, sizeof(t)), r.plen, name);
		break;
	case ROW_ADDRESS:
		memcpy(&a, row->key, sizeof(a));
		if_indextoname(a.ifindex == 0 ? k->tun : a.ifindex, name);
		snprintf(buf, cap, "address %s on %s",
		    inet_ntop(AF_INET6, &a.addr, t, sizeof(t)), name);
		break;
	case ROW_DEPRECATED:
		memcpy(&stale, row->key, sizeof(stale));
		if_indextoname(stale.ifindex, name);
		snprintf(buf, cap, "%s on %s not for what begins",
		    inet_ntop(AF_INET6, &stale.addr, t, sizeof(t)), name);
		break;
	default:
		snprintf(buf, cap, "%s up", k->tun_name);
	}
}

const struct keep_ops	 bsd_ops = {
	.begin = begin,
	.host = begin_host,
	.flush = flush,
	.list = list,
	.look = look,
	.now = mono_now,
	.text = text,
};

/*
 * Routes by their tag; the device that a former life left, and with it its
 * addresses, by its mark.  Addresses on other links carry no tag: they end
 * with their lifetime, or are taken over as they are.
 */
int
kern_reconcile(struct kern *k)
{
	struct if_nameindex	*list_of;
	size_t			 i;
	pid_t			 pid;
	int			 e;

	e = keep_compare(&k->keep);
	hosts_free(&k->closed);
	keep_settle(&k->keep);
	if ((list_of = if_nameindex()) == NULL)
		return (errno);
	for (i = 0; list_of[i].if_index != 0; i++)
		if (list_of[i].if_index != k->tun &&
		    bsd_is_marked(k, list_of[i].if_name, &pid))
			bsd_tun_destroy(k, list_of[i].if_name);
	if_freenameindex(list_of);
	return (e);
}

int
kern_withdraw(struct kern *k)
{
	rows_drop_all(&k->keep.rows);
	return (kern_reconcile(k));
}
