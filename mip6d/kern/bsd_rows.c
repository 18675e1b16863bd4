/*
 * BSD: rows as routes, addresses and the tun, each put, taken, and listed or
 * looked at; bsd.c has the table of that.  What closes the way out to a home
 * address is a rule of the packet filter, where we may have one.  Events tell
 * of routes; addresses and the tun are looked at, as systems differ in what
 * they tell of them.
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

/* Putting and taking. */

int
bsd_begin_tun(struct kern *k, const struct row *row, bool add,
    uint32_t token)
{
	struct row_tun	 t;
	struct ifreq	 ifr;

	(void)token;
	if (!add)
		return (0);
	memcpy(&t, row->value, sizeof(t));
	memset(&ifr, 0, sizeof(ifr));
	if (if_indextoname(k->keep.tun, ifr.ifr_name) == NULL)
		return (ENXIO);
	ifr.ifr_mtu = (int)t.mtu;
	if (ioctl(k->inet6, SIOCSIFMTU, &ifr) == -1 ||
	    ioctl(k->inet6, SIOCGIFFLAGS, &ifr) == -1)
		return (errno);
	ifr.ifr_flags |= IFF_UP;
	return (ioctl(k->inet6, SIOCSIFFLAGS, &ifr) == -1 ? errno : 0);
}

int
bsd_begin_route(struct kern *k, const struct row *row, bool add,
    uint32_t token)
{
	struct row_route	 r;
	struct row_way		 w;
	struct bsd_router	 router;

	(void)token;
	memcpy(&r, row->key, sizeof(r));
	memcpy(&w, row->value, sizeof(w));
	router.addr = w.gateway;
	router.ifindex = w.ifindex;
	return (bsd_route(k, add ? RTM_ADD : RTM_DELETE, &r.dst, r.plen,
	    !add || w.ifindex == 0 ? NULL : &router));
}

int
bsd_begin_address(struct kern *k, const struct row *row, bool add,
    uint32_t token)
{
	struct row_addr		 a;
	struct row_life		 l;
	struct msg_addr_set	 m;

	(void)token;
	memcpy(&a, row->key, sizeof(a));
	memcpy(&l, row->value, sizeof(l));
	memset(&m, 0, sizeof(m));
	m.add = add;
	m.ifindex = a.ifindex == 0 ? k->keep.tun : a.ifindex;
	m.addr = a.addr;
	m.plen = l.plen;
	m.flags = l.flags;
	m.preferred = l.preferred;
	m.valid = l.valid;
	return (bsd_address(k, &m));
}

int
bsd_begin_closed(struct kern *k, const struct row *row, bool add,
    uint32_t token)
{
	struct row_rule	 r;

	(void)token;
	memcpy(&r, row->key, sizeof(r));
	return (bsd_close(k, &r.src, add));
}

/* A link-local one would belong to the link, which the tun is not. */
int
bsd_begin_host(struct kern *k, const struct in6_addr *home, bool add,
    uint32_t token)
{
	(void)token;
	if (add && IN6_IS_ADDR_LINKLOCAL(home))
		return (EOPNOTSUPP);
	return (bsd_route(k, add ? RTM_ADD : RTM_DELETE, home, 128, NULL));
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
	r.table = ROUTES_MAIN;
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
	keep_seen(&k->keep, &s, true);
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
	a.ifindex = m->ifindex == k->keep.tun ? 0 : m->ifindex;
	a.addr = m->addr;
	rows_gone(&k->keep.rows, ROW_ADDRESS, &a, sizeof(a), mono_now());
}

/* A link as it is now. */
void
bsd_row_link(struct kern *k, const struct msg_link *m)
{
	bool	 up = (m->flags & (LINK_UP | LINK_GONE)) == LINK_UP;

	if (k->keep.tun == 0 || m->ifindex != k->keep.tun) {
		rows_dev(&k->keep.rows, m->ifindex, up, mono_now());
		return;
	}
	k->keep.look_at = (struct mono){ 0 };
	if ((m->flags & LINK_GONE) == 0)
		return;
	rows_dev(&k->keep.rows, KEEP_TUN, false, mono_now());
	keep_hosts_lost(&k->keep);
	k->keep.tun = 0;
	if (k->cb.tun_lost != NULL)
		k->cb.tun_lost(k->cb.arg);
}

/* The tun as it is; false: it can't be asked. */
static bool
tun_now(struct kern *k, struct row_tun *t)
{
	struct ifreq	 ifr;

	memset(&ifr, 0, sizeof(ifr));
	if (k->keep.tun == 0 ||
	    if_indextoname(k->keep.tun, ifr.ifr_name) == NULL ||
	    ioctl(k->inet6, SIOCGIFFLAGS, &ifr) == -1)
		return (false);
	t->up = (ifr.ifr_flags & IFF_UP) != 0;
	if (ioctl(k->inet6, SIOCGIFMTU, &ifr) == -1)
		return (false);
	t->mtu = (uint32_t)ifr.ifr_mtu;
	return (true);
}

void
bsd_look_at_tun(struct kern *k)
{
	const struct row	*row = rows_find(&k->keep.rows, ROW_TUN,
	    ROW_TUN_KEY, sizeof(ROW_TUN_KEY));
	struct row_tun		 t;
	struct row_spec		 s = { .kind = ROW_TUN, .key = ROW_TUN_KEY,
	    .keylen = sizeof(ROW_TUN_KEY), .value = &t, .valuelen = sizeof(t) };
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
	if (a.ifindex == 0)
		a.ifindex = k->keep.tun;
	if (if_indextoname(a.ifindex, ifr.ifr_name) == NULL)
		return;
	bsd_sin6(&ifr.ifr_ifru.ifru_addr, &a.addr, a.ifindex);
	r = ioctl(k->inet6, SIOCGIFAFLAG_IN6, &ifr);
	if (r == 0)
		rows_seen(&k->keep.rows, &s, false, mono_now());
	else if (errno == EADDRNOTAVAIL && row->claims > 0)
		rows_gone(&k->keep.rows, ROW_ADDRESS, row->key, row->keylen,
		    mono_now());
}

void
bsd_look_at_addresses(struct kern *k)
{
	const struct row	*row, *next;

	for (row = rows_first(&k->keep.rows, ROW_ADDRESS); row != NULL;
	    row = next) {
		next = rows_after(row);
		look_at_address(k, row);
	}
}

/* A filter that is switched off still has its rules: nobody took them. */
void
bsd_look_at_closed(struct kern *k)
{
	const struct row	*row, *next;
	struct row_rule		 r;

	if (bsd_lacks_filter() != NULL)
		return;
	for (row = rows_first(&k->keep.rows, ROW_CLOSED); row != NULL;
	    row = next) {
		next = rows_after(row);
		memcpy(&r, row->key, sizeof(r));
		if (rows_state(row) == ROW_IN_PLACE &&
		    !bsd_is_closed(k, &r.src))
			rows_gone(&k->keep.rows, ROW_CLOSED, &r, sizeof(r),
			    mono_now());
	}
}

/* There is a rule for this home address. */
static void
closed_row(struct kern *k, const struct in6_addr *home)
{
	struct row_rule	 r = rule_closed(&k->keep, home);

	keep_rule_seen(&k->keep, &r, true);
}

int
bsd_list_closed(struct kern *k)
{
	return (bsd_each_closed(k, closed_row));
}

int
bsd_list_routes(struct kern *k)
{
	return (bsd_each_route(k, RTF_PROTO1, bsd_row_route));
}

int
bsd_begin_filter(struct kern *k, const struct row *row, bool add,
    uint32_t token)
{
	(void)k;
	(void)row;
	(void)token;
	return (bsd_filter_answers(add));
}

void
bsd_look_at_filter(struct kern *k)
{
	const struct row	*row = rows_first(&k->keep.rows, ROW_FILTER);

	if (row != NULL && rows_state(row) == ROW_IN_PLACE &&
	    !bsd_answers_filtered())
		keep_filter_changed(&k->keep);
}

int
kern_filter_fd(struct kern *k)
{
	(void)k;
	return (-1);
}
