/*
 * Linux: what engines ask for, as rows.  Each request has an owner, so that
 * the rows it shares with others (the tunnel's table, the rules for all home
 * addresses) stay as long as one of them is there.
 */
#include <sys/socket.h>

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <linux/fib_rules.h>

#include "kern/kern.h"
#include "kern/linux.h"

/* Dumps that changes interrupt are begun again; at last events tell. */
#define COMPARE_TRIES	5

struct keep *
kern_keep(struct kern *k)
{
	return (&k->keep);
}

static int
want_route(struct kern *k, const struct row_owner *o, const struct row_route *r,
    const struct row_way *w)
{
	struct row_spec	 s = { .kind = ROW_ROUTE, .key = r,
	    .keylen = sizeof(*r), .value = w, .valuelen = sizeof(*w),
	    .dev = w->ifindex == 0 ? KEEP_TUN : w->ifindex };

	return (rows_want(&k->keep.rows, &s, o));
}

static int
want_address(struct kern *k, const struct row_owner *o,
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
	l.preferred = m->preferred == 0 && m->valid == 0 ? UINT32_MAX :
	    m->preferred;
	l.valid = m->valid == 0 ? UINT32_MAX : m->valid;
	s.dev = a.ifindex == 0 ? KEEP_TUN : a.ifindex;
	/* On other links the engine sees it, and knows whether it belongs. */
	s.watched = a.ifindex != 0;
	if (m->add)
		return (rows_want(&k->keep.rows, &s, o));
	return (rows_take(&k->keep.rows, &s));
}

/* The default route of the tunnel's table: whoever uses that wants it. */
static int
want_tunnel(struct kern *k, const struct row_owner *o)
{
	struct row_route	 r;
	struct row_way		 w;

	memset(&r, 0, sizeof(r));
	memset(&w, 0, sizeof(w));
	r.table = TABLE;
	return (want_route(k, o, &r, &w));
}

static struct row_rule
rule(uint32_t pref, uint32_t table)
{
	struct row_rule	 r;

	memset(&r, 0, sizeof(r));
	r.pref = pref;
	r.action = FR_ACT_TO_TBL;
	r.table = table;
	return (r);
}

/* From the first moment to the last, with a binding or without. */
static int
want_away(struct kern *k, const struct row_owner *o,
    const struct msg_addr_set *m)
{
	struct row_rule	 r = rule(PREF_HOME, TABLE);
	int		 e;

	r.src = m->addr;
	r.slen = 128;
	if ((e = linux_want_closed(k, o, &m->addr)) == 0 &&
	    (e = linux_want_rule(k, o, &r)) == 0 &&
	    (e = want_tunnel(k, o)) == 0)
		e = want_address(k, o, m);
	return (e);
}

/* The answer to a request: what its rows came to, or why there are none. */
static int
answered(struct kern *k, uint32_t id, const struct row_owner *o, int error)
{
	if (error != 0 && o != NULL)
		rows_drop(&k->keep.rows, o);
	return (keep_answer(&k->keep, id, o, error));
}

static struct row_owner
address_owner(const struct kern *k, const struct msg_addr_set *m)
{
	return (m->ifindex == k->tun ? keep_owner(OWN_AWAY, &m->addr, 0) :
	    keep_owner(OWN_ADDRESS, &m->addr, m->ifindex));
}

int
kern_addr_set(struct kern *k, const struct msg_addr_set *m)
{
	struct row_owner	 o = address_owner(k, m);
	struct row_owner	 former = keep_owner(OWN_FORMER, &m->addr, 0);
	bool			 tun = o.type == OWN_AWAY;
	int			 e = 0;

	if (m->add)
		e = tun ? want_away(k, &o, m) : want_address(k, &o, m);
	else if (rows_owned(&k->keep.rows, &o))
		rows_drop(&k->keep.rows, &o);
	else
		/* Whoever put it there: away from home it must not be left. */
		e = want_address(k, &o, m);
	if (tun)
		rows_drop(&k->keep.rows, &former);
	return (answered(k, m->id, &o, e));
}

bool
kern_has_addr(struct kern *k, const struct msg_addr_set *m)
{
	struct row_owner	 o = address_owner(k, m);

	return (rows_owned(&k->keep.rows, &o));
}

int
kern_home_route(struct kern *k, const struct msg_home_route *m)
{
	struct row_owner	 o = keep_owner(OWN_PREFIX, &m->home, m->plen);
	struct row_route	 r = { RT_TABLE_MAIN, m->plen, m->home };
	struct row_way		 w;
	int			 e = 0;

	if (m->plen == 128)
		return (keep_host(&k->keep, m));
	memset(&w, 0, sizeof(w));
	if (m->add)
		e = want_route(k, &o, &r, &w);
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
 * The rule r for all that has a source already: a rule with a source is passed
 * by look-ups without one, so these are two halves.
 */
static int
want_sourced(struct kern *k, const struct row_owner *o, struct row_rule *r)
{
	int	 e;

	r->slen = 1;
	if ((e = linux_want_rule(k, o, r)) != 0)
		return (e);
	r->src.s6_addr[0] = 0x80;
	return (linux_want_rule(k, o, r));
}

/* The rules that are the same for all home addresses. */
static int
want_shared(struct kern *k, const struct row_owner *o)
{
	struct row_rule	 specific = rule(PREF_SPECIFIC, RT_TABLE_MAIN);
	struct row_rule	 sourced = rule(PREF_SOURCE, RT_TABLE_MAIN);
	struct row_rule	 tunnel = rule(PREF_TUNNEL, TABLE);
	int		 e;

	specific.specific = 1;
	if ((e = linux_want_rule(k, o, &specific)) == 0 &&
	    (e = want_sourced(k, o, &sourced)) == 0)
		e = linux_want_rule(k, o, &tunnel);
	return (e);
}

int
kern_home_policy(struct kern *k, const struct msg_home_policy *m)
{
	struct row_owner	 o = keep_owner(OWN_POLICY, &m->home, 0);
	struct row_rule		 prefix = rule(PREF_PREFIX, TABLE);
	unsigned int		 i;
	int			 e = 0;

	prefix.dst = m->home;
	prefix.dlen = m->plen;
	for (i = m->plen; i < 128; i++)
		prefix.dst.s6_addr[i / 8] &= (uint8_t)~(0x80 >> i % 8);
	if (!m->active)
		rows_drop(&k->keep.rows, &o);
	else if ((e = want_tunnel(k, &o)) == 0 &&
	    (e = linux_want_rule(k, &o, &prefix)) == 0)
		e = want_shared(k, &o);
	return (answered(k, m->id, &o, e));
}

bool
kern_has_policy(struct kern *k, const struct msg_home_policy *m)
{
	struct row_owner	 o = keep_owner(OWN_POLICY, &m->home, 0);

	return (rows_owned(&k->keep.rows, &o));
}

/* The default route that an RA of this router made, and no other. */
static int
forget_router(struct kern *k, const struct msg_path *m)
{
	struct rtmsg	 rt;
	uint32_t	 token;

	if (keep_direct(&k->keep, m->id, &token) != 0)
		return (ENOMEM);
	memset(&rt, 0, sizeof(rt));
	rt.rtm_family = AF_INET6;
	rt.rtm_table = RT_TABLE_MAIN;
	rt.rtm_protocol = RTPROT_RA;
	rt.rtm_scope = RT_SCOPE_NOWHERE;
	if (nl_begin(&k->nl, RTM_DELROUTE, 0, &rt, sizeof(rt), token) ==
	    NULL) {
		keep_result(&k->keep, token, ENOMEM);
		return (0);
	}
	nl_attr(&k->nl, RTA_GATEWAY, &m->router, 16);
	nl_attr_u32(&k->nl, RTA_OIF, m->ifindex);
	return (0);
}

/*
 * To the home agent goes what has a care-of address as its source, as our
 * messages, ESP and IKE have.  Who has none yet, as ssh to the agent, is one of
 * those that go by the tunnel (RFC 6275 11.3.1): here the kernel would choose
 * among the interface's addresses, one of the home link's by SLAAC, too.
 *
 * With agent :: it is about the default route: that of a router which is out of
 * reach is to go, or, with none named, the one that was asked for here.
 */
int
kern_path(struct kern *k, const struct msg_path *m)
{
	struct row_owner	 o = keep_owner(OWN_PATH, &m->agent, 0);
	struct row_route	 r = { RT_TABLE_MAIN, 128, m->agent };
	struct row_way		 w = { m->ifindex, m->router };
	struct row_rule		 to = rule(PREF_AGENT, RT_TABLE_MAIN);
	int			 e = 0;

	if (IN6_IS_ADDR_UNSPECIFIED(&m->agent) && !m->add &&
	    !IN6_IS_ADDR_UNSPECIFIED(&m->router))
		return (forget_router(k, m));
	to.dst = m->agent;
	to.dlen = 128;
	if (!m->add)
		rows_drop(&k->keep.rows, &o);
	else if (IN6_IS_ADDR_UNSPECIFIED(&m->agent)) {
		r.plen = 0;
		e = want_route(k, &o, &r, &w);
	} else if ((e = want_sourced(k, &o, &to)) == 0)
		e = want_route(k, &o, &r, &w);
	return (answered(k, m->id, &o, e));
}

bool
kern_has_path(struct kern *k, const struct msg_path *m)
{
	struct row_owner	 o = keep_owner(OWN_PATH, &m->agent, 0);

	return (rows_owned(&k->keep.rows, &o));
}

/* The kernel does ESP, and what it made of a packet is still the tun's. */
int
kern_ipsec(struct kern *k, bool on)
{
	struct row_owner	 o = keep_owner(OWN_IPSEC, NULL, 0);
	struct row_rule		 r = rule(PREF_DEVICE, TABLE);
	int			 e = 0;

	r.tun = 1;
	if (!on)
		rows_drop(&k->keep.rows, &o);
	else if ((e = want_tunnel(k, &o)) == 0 &&
	    (e = linux_want_rule(k, &o, &r)) != 0)
		rows_drop(&k->keep.rows, &o);
	return (e);
}

/*
 * The kernel's own addresses are in a table that comes before all rules of
 * ours, so what is left for fe80::/10 is somebody else's.
 */
int
kern_link_local(struct kern *k, const char *interface)
{
	struct row_owner	 o = keep_owner(OWN_HOME_LINKS, NULL, 0);
	struct row_rule		 r = rule(PREF_LINK_LOCAL, 0);

	if (interface == NULL) {
		rows_drop(&k->keep.rows, &o);
		return (0);
	}
	r.action = FR_ACT_BLACKHOLE;
	r.dst.s6_addr[0] = 0xfe;
	r.dst.s6_addr[1] = 0x80;
	r.dlen = 10;
	snprintf(r.iif, sizeof(r.iif), "%s", interface);
	return (linux_want_rule(k, &o, &r));
}

static int
want_setting(struct kern *k, const struct row_owner *o, const char *name,
    const char *value)
{
	char		 key[64];
	struct row_spec	 s = { .kind = ROW_SYSCTL, .key = key,
	    .value = value, .valuelen = strlen(value) };

	s.keylen = (size_t)snprintf(key, sizeof(key),
	    "net/ipv6/conf/" TUN_NAME "/%s", name);
	return (rows_want(&k->keep.rows, &s, o));
}

/*
 * The tun is there: it is up, with this MTU, with no link-local address and
 * no router solicitations of its own.
 */
int
linux_want_tun(struct kern *k, uint32_t mtu)
{
	static const struct { const char *name, *value; } settings[] = {
		{ "disable_ipv6", "0" },
		{ "addr_gen_mode", "1" },
		{ "accept_ra", "0" },
		{ "router_solicitations", "0" },
	};
	struct row_owner	 o = keep_owner(OWN_TUN, NULL, 0);
	struct row_tun		 t = { mtu, 1 };
	struct row_spec		 s = { .kind = ROW_TUN, .key = TUN_NAME,
	    .keylen = sizeof(TUN_NAME), .value = &t, .valuelen = sizeof(t) };
	size_t			 i;
	int			 e;

	for (i = 0; i < sizeof(settings) / sizeof(settings[0]); i++)
		if ((e = want_setting(k, &o, settings[i].name,
		    settings[i].value)) != 0)
			return (e);
	return (rows_want(&k->keep.rows, &s, &o));
}

int
kern_tun_mtu(struct kern *k, uint32_t mtu)
{
	return (k->tun == 0 ? 0 : linux_want_tun(k, mtu));
}

/* What the kernel said to that, or 0. */
int
linux_tun_error(struct kern *k)
{
	struct row_owner	 o = keep_owner(OWN_TUN, NULL, 0);

	return (rows_owner_error(&k->keep.rows, &o));
}

void
kern_commit(struct kern *k, void (*done)(void *, uint32_t, int), void *arg)
{
	keep_commit(&k->keep, done, arg);
}

int
kern_reconcile(struct kern *k)
{
	int	 e, tries = 0;

	do
		e = keep_compare(&k->keep);
	while (e == EAGAIN && ++tries < COMPARE_TRIES);
	hosts_free(&k->closed);
	keep_settle(&k->keep);
	linux_reset_optimistic(k);
	return (e);
}

int
kern_withdraw(struct kern *k)
{
	rows_drop_all(&k->keep.rows);
	return (kern_reconcile(k));
}
