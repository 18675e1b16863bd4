/*
 * What engines ask for, as rows, the same on all systems.  Each request has an
 * owner, so that rows it shares with others (the tunnel's table, the rules for
 * all home addresses) stay as long as one of them is there.  Where routes
 * depend on the source of a packet (ROW_RULE) home addresses have rules, else
 * routes that cover all others.  What must be there for the tun is here, too.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "kern/keep.h"

/* The rules, in the order in which they are asked. */
enum {
	PREF_LINK_LOCAL = 1056,	/* to another's link-local address, in by a
				   home link: nowhere (RFC 6275 10.4.2) */
	PREF_DEVICE,		/* who names the tun has it */
	PREF_HOME,		/* from a home address: into the tunnel, to
				   its home agent, too (RFC 6275 11.3.1) */
	PREF_CLOSED,		/* and no other way */
	PREF_PAST_PEERS,	/* what net sends as it is: past the next one */
	PREF_PEERS,		/* from this host to a peer with a binding: the
				   tun; what it forwards is not its to change
				   (RFC 6275 9.3.2) */
	PREF_AFTER_PEERS,
	PREF_AGENT,		/* from all others to a home agent: the link */
	PREF_PREFIX,		/* to a home prefix, which the kernel may still
				   take for on-link: the tunnel */
	PREF_SPECIFIC,		/* routes that are no default */
	PREF_SOURCE,		/* who names another source means it */
	PREF_TUNNEL		/* the rest prefers a home address */
};

static int
want(struct keep *k, const struct row_owner *o, enum row_kind kind,
    const void *key, size_t keylen)
{
	struct row_spec	 s = { .kind = kind, .key = key, .keylen = keylen };

	return (rows_want(&k->rows, &s, o));
}

static int
want_rule(struct keep *k, const struct row_owner *o, const struct row_rule *r)
{
	return (want(k, o, ROW_RULE, r, sizeof(*r)));
}

static int
want_route(struct keep *k, const struct row_owner *o, const struct row_route *r,
    const struct row_way *w)
{
	struct row_spec	 s = { .kind = ROW_ROUTE, .key = r,
	    .keylen = sizeof(*r), .value = w, .valuelen = sizeof(*w),
	    .dev = w->ifindex == 0 ? KEEP_TUN : w->ifindex };

	return (rows_want(&k->rows, &s, o));
}

static int
want_into_tun(struct keep *k, const struct row_owner *o, uint32_t table,
    const struct in6_addr *dst, unsigned int plen)
{
	struct row_route	 r = { table, plen, *dst };
	struct row_way		 w;

	memset(&w, 0, sizeof(w));
	return (want_route(k, o, &r, &w));
}

/* The row of an address: wanted, or, without add, its request is to take it. */
static int
row_address(struct keep *k, const struct row_owner *o,
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
		return (rows_want(&k->rows, &s, o));
	return (keep_take(k, m->id, &s));
}

static struct row_rule
rule(uint32_t pref, uint32_t table)
{
	struct row_rule	 r;

	memset(&r, 0, sizeof(r));
	r.pref = pref;
	r.action = RULE_TABLE;
	r.table = table;
	return (r);
}

/*
 * What comes from a home address has no way but the tunnel: with the tun gone,
 * or all of us, it leaves by no other (RFC 6275 11.3.1).
 */
struct row_rule
rule_closed(const struct keep *k, const struct in6_addr *home)
{
	struct row_rule	 r = rule(keep_can(k, ROW_RULE) ? PREF_CLOSED : 0, 0);

	r.action = RULE_UNREACHABLE;
	r.src = *home;
	r.slen = 128;
	return (r);
}

static int
want_closed(struct keep *k, const struct row_owner *o,
    const struct in6_addr *home)
{
	struct row_rule	 r = rule_closed(k, home);

	return (want(k, o, ROW_CLOSED, &r, sizeof(r)));
}

/*
 * The kernel has that rule; mark: it bears ours.  A way out that a former life
 * has closed stays so for the time being, if that home address is one of ours.
 */
void
keep_rule_seen(struct keep *k, const struct row_rule *r, bool mark)
{
	struct row_owner	 o = keep_owner(OWN_FORMER, &r->src, 0);
	struct row_rule		 closed = rule_closed(k, &r->src);
	struct row_spec		 s = { .kind = r->action == RULE_UNREACHABLE ?
	    ROW_CLOSED : ROW_RULE, .key = r, .keylen = sizeof(*r) };

	if (memcmp(r, &closed, sizeof(closed)) == 0 &&
	    hosts_has(&k->closed, &r->src) && want_closed(k, &o, &r->src) != 0)
		rows_drop(&k->rows, &o);
	keep_seen(k, &s, mark);
}

/* From the first moment to the last, with a binding or without. */
static int
want_away(struct keep *k, const struct row_owner *o,
    const struct msg_addr_set *m)
{
	struct row_rule	 r = rule(PREF_HOME, ROUTES_TUNNEL);
	int		 e = 0;

	r.src = m->addr;
	r.slen = 128;
	if (keep_can(k, ROW_CLOSED))
		e = want_closed(k, o, &m->addr);
	if (e == 0 && keep_can(k, ROW_RULE) &&
	    (e = want_rule(k, o, &r)) == 0)
		e = want_into_tun(k, o, ROUTES_TUNNEL, &in6addr_any, 0);
	return (e != 0 ? e : row_address(k, o, m));
}

/* The answer to a request: what its rows came to, or why there are none. */
static int
answered(struct keep *k, uint32_t id, const struct row_owner *o, int error)
{
	if (error != 0)
		rows_drop(&k->rows, o);
	return (keep_answer(k, id, o, error));
}

static struct row_owner
address_owner(const struct keep *k, const struct msg_addr_set *m)
{
	return (m->ifindex == k->tun ? keep_owner(OWN_AWAY, &m->addr, 0) :
	    keep_owner(OWN_ADDRESS, &m->addr, m->ifindex));
}

static int
ask_address(struct keep *k, const void *arg)
{
	const struct msg_addr_set *m = arg;
	struct row_owner	 o = address_owner(k, m);
	struct row_owner	 former = keep_owner(OWN_FORMER, &m->addr, 0);
	bool			 tun = o.type == OWN_AWAY;
	bool			 ours = rows_owned(&k->rows, &o);
	int			 e = 0;

	if (m->add)
		e = tun ? want_away(k, &o, m) : row_address(k, &o, m);
	else if (ours)
		rows_drop(&k->rows, &o);
	else
		/* Whoever put it there: away from home it must not be left. */
		e = row_address(k, &o, m);
	if (tun)
		rows_drop(&k->rows, &former);
	return (m->add || ours ? answered(k, m->id, &o, e) : e);
}

static bool
has_address(const struct keep *k, const void *m)
{
	struct row_owner	 o = address_owner(k, m);

	return (rows_owned(&k->rows, &o));
}

static struct row_owner
route_owner(const struct msg_home_route *m)
{
	return (keep_owner(OWN_PREFIX, &m->home, m->plen));
}

static int
ask_route(struct keep *k, const void *arg)
{
	const struct msg_home_route *m = arg;
	struct row_owner	 o = route_owner(m);
	int			 e = 0;

	if (m->plen == 128)
		return (keep_host(k, m));
	if (m->add)
		e = want_into_tun(k, &o, ROUTES_MAIN, &m->home, m->plen);
	else
		rows_drop(&k->rows, &o);
	return (answered(k, m->id, &o, e));
}

static bool
has_route(const struct keep *k, const void *arg)
{
	const struct msg_home_route *m = arg;
	struct row_owner	 o = route_owner(m);

	if (m->plen == 128)
		return (hosts_has(&k->hosts, &m->home));
	return (rows_owned(&k->rows, &o));
}

static struct row_owner
peer_owner(const struct msg_peer_route *m)
{
	return (keep_owner(OWN_PEER, &m->home, 0));
}

/*
 * The loopback interface is where the kernel says its own packets come by.  All
 * of net's come by the socket for whole packets, so its Mobility Headers to
 * a peer, and what goes there from an address without a binding, don't return.
 */
static int
want_peer_rules(struct keep *k, const struct row_owner *o)
{
	struct row_rule	 past = rule(PREF_PAST_PEERS, PREF_AFTER_PEERS);
	struct row_rule	 peers = rule(PREF_PEERS, ROUTES_PEERS);
	struct row_rule	 after = rule(PREF_AFTER_PEERS, 0);
	int		 e;

	past.action = RULE_GOTO;
	past.proto = IPPROTO_RAW;
	after.action = RULE_NOP;
	snprintf(past.iif, sizeof(past.iif), "lo");
	snprintf(peers.iif, sizeof(peers.iif), "lo");
	if ((e = want_rule(k, o, &after)) == 0 &&
	    (e = want_rule(k, o, &past)) == 0)
		e = want_rule(k, o, &peers);
	return (e);
}

static int
want_peer(struct keep *k, const struct row_owner *o,
    const struct msg_peer_route *m)
{
	struct row_route	 r = { ROUTES_PEERS, 128, m->home };
	struct row_way		 w;
	int			 e;

	if (!keep_can(k, ROW_RULE))
		return (EOPNOTSUPP);
	memset(&w, 0, sizeof(w));
	w.source = m->own;
	if ((e = want_peer_rules(k, o)) == 0)
		e = want_route(k, o, &r, &w);
	return (e);
}

static int
ask_peer(struct keep *k, const void *arg)
{
	const struct msg_peer_route *m = arg;
	struct row_owner	 o = peer_owner(m);
	int			 e = 0;

	if (m->add)
		e = want_peer(k, &o, m);
	else
		rows_drop(&k->rows, &o);
	return (answered(k, m->id, &o, e));
}

/* Who asked for routes to peers has gone: none of them has one any more. */
void
keep_forget_peers(struct keep *k)
{
	const struct row	*row, *next;
	struct row_owner	 o;
	struct row_route	 r;

	for (row = rows_first(&k->rows, ROW_ROUTE); row != NULL; row = next) {
		next = rows_after(row);
		memcpy(&r, row->key, sizeof(r));
		o = keep_owner(OWN_PEER, &r.dst, 0);
		if (r.table == ROUTES_PEERS)
			rows_drop(&k->rows, &o);
	}
}

static bool
has_peer(const struct keep *k, const void *m)
{
	struct row_owner	 o = peer_owner(m);

	return (rows_owned(&k->rows, &o));
}

/*
 * The rule r for all that has a source already: a rule with a source is passed
 * by look-ups without one, so these are two halves.
 */
static int
want_sourced(struct keep *k, const struct row_owner *o, struct row_rule *r)
{
	int	 e;

	r->slen = 1;
	if ((e = want_rule(k, o, r)) != 0)
		return (e);
	r->src.s6_addr[0] = 0x80;
	return (want_rule(k, o, r));
}

/* The rules that are the same for all home addresses. */
static int
want_shared(struct keep *k, const struct row_owner *o)
{
	struct row_rule	 specific = rule(PREF_SPECIFIC, ROUTES_MAIN);
	struct row_rule	 sourced = rule(PREF_SOURCE, ROUTES_MAIN);
	struct row_rule	 tunnel = rule(PREF_TUNNEL, ROUTES_TUNNEL);
	int		 e;

	specific.specific = 1;
	if ((e = want_rule(k, o, &specific)) == 0 &&
	    (e = want_sourced(k, o, &sourced)) == 0)
		e = want_rule(k, o, &tunnel);
	return (e);
}

static struct in6_addr
net_of(const struct in6_addr *addr, unsigned int plen)
{
	struct in6_addr	 net = *addr;
	unsigned int	 i;

	for (i = plen; i < 128; i++)
		net.s6_addr[i / 8] &= (uint8_t)~(0x80 >> i % 8);
	return (net);
}

static struct row_owner
policy_owner(const struct msg_home_policy *m)
{
	return (keep_owner(OWN_POLICY, &m->home, 0));
}

static int
policy_by_rules(struct keep *k, const struct row_owner *o,
    const struct msg_home_policy *m)
{
	struct row_rule	 prefix = rule(PREF_PREFIX, ROUTES_TUNNEL);
	int		 e;

	if (!m->active) {
		rows_drop(&k->rows, o);
		return (0);
	}
	prefix.dst = net_of(&m->home, m->plen);
	prefix.dlen = m->plen;
	if ((e = want_into_tun(k, o, ROUTES_TUNNEL, &in6addr_any, 0)) == 0 &&
	    (e = want_rule(k, o, &prefix)) == 0)
		e = want_shared(k, o);
	return (e);
}

/* net/plen into the tun, before all routes for it: as its two halves. */
static int
want_cover(struct keep *k, const struct row_owner *o,
    const struct in6_addr *net, unsigned int plen)
{
	struct in6_addr	 half = net_of(net, plen);
	int		 e;

	if (plen >= 127)
		return (0);
	if ((e = want_into_tun(k, o, ROUTES_MAIN, &half, plen + 1)) != 0)
		return (e);
	half.s6_addr[plen / 8] |= (uint8_t)(0x80 >> plen % 8);
	return (want_into_tun(k, o, ROUTES_MAIN, &half, plen + 1));
}

/*
 * No route depends on the source address here.  So while a home address is
 * away everything but what has a route more specific than the default goes
 * into the tun, and its home prefix too, which the kernel may still believe
 * to be on link.  Home agents have routes of their own (ask_path).
 */
static int
policy_by_covers(struct keep *k, const struct row_owner *o,
    const struct msg_home_policy *m)
{
	struct row_owner	 prefix = keep_owner(OWN_POLICY, &m->home, 1);
	int			 e = 0;

	if (!m->active || m->on_link)
		rows_drop(&k->rows, &prefix);
	else if ((e = want_cover(k, &prefix, &m->home, m->plen)) != 0)
		rows_drop(&k->rows, &prefix);
	if (!m->active)
		rows_drop(&k->rows, o);
	else if (e == 0)
		e = want_cover(k, o, &in6addr_any, 0);
	return (e);
}

static int
ask_policy(struct keep *k, const void *arg)
{
	const struct msg_home_policy *m = arg;
	struct row_owner	 o = policy_owner(m);

	return (answered(k, m->id, &o, keep_can(k, ROW_RULE) ?
	    policy_by_rules(k, &o, m) : policy_by_covers(k, &o, m)));
}

static bool
has_policy(const struct keep *k, const void *m)
{
	struct row_owner	 o = policy_owner(m);

	return (rows_owned(&k->rows, &o));
}

static struct row_owner
path_owner(const struct msg_path *m)
{
	return (keep_owner(OWN_PATH, &m->agent, 0));
}

/* The default route that the kernel has by this router, and no other, goes. */
static int
forget_router(struct keep *k, const struct msg_path *m)
{
	struct row_addr	 a;
	struct row_spec	 s = { .kind = ROW_ROUTER, .key = &a,
	    .keylen = sizeof(a) };

	memset(&a, 0, sizeof(a));
	a.ifindex = m->ifindex;
	a.addr = m->router;
	return (keep_take(k, m->id, &s));
}

/*
 * The way to a home agent past the tun.  By rules that is for what has a
 * care-of address as its source, as our messages, ESP and IKE have.  Who has
 * none yet, as ssh to the agent, is one of those that go by the tunnel (RFC
 * 6275 11.3.1): here the kernel would choose among the interface's addresses,
 * one of the home link's by SLAAC, too.
 *
 * With agent :: it is about the default route: that of a router which is out of
 * reach is to go, as the kernel would go on using it, or, with none named, the
 * one that was asked for here.
 */
static int
ask_path(struct keep *k, const void *arg)
{
	const struct msg_path	*m = arg;
	struct row_owner	 o = path_owner(m);
	struct row_route	 r = { ROUTES_MAIN, 128, m->agent };
	struct row_way		 w = { m->ifindex, m->router, in6addr_any };
	struct row_rule		 to = rule(PREF_AGENT, ROUTES_MAIN);
	bool			 any = IN6_IS_ADDR_UNSPECIFIED(&m->agent);
	int			 e = 0;

	if (any && !m->add && !IN6_IS_ADDR_UNSPECIFIED(&m->router))
		return (forget_router(k, m));
	if (any)
		r.plen = 0;
	to.dst = m->agent;
	to.dlen = 128;
	if (!m->add)
		rows_drop(&k->rows, &o);
	else if (any || !keep_can(k, ROW_RULE) ||
	    (e = want_sourced(k, &o, &to)) == 0)
		e = want_route(k, &o, &r, &w);
	return (answered(k, m->id, &o, e));
}

static bool
has_path(const struct keep *k, const void *m)
{
	struct row_owner	 o = path_owner(m);

	return (rows_owned(&k->rows, &o));
}

/* What may be asked for by a message, and whether it was. */
static const struct {
	enum msg_type	 type;
	int		(*ask)(struct keep *, const void *);
	bool		(*has)(const struct keep *, const void *);
} asks[] = {
	{ MSG_ADDR_SET, ask_address, has_address },
	{ MSG_DEPRECATE, keep_deprecate, keep_has_deprecated },
	{ MSG_HOME_ROUTE, ask_route, has_route },
	{ MSG_PEER_ROUTE, ask_peer, has_peer },
	{ MSG_HOME_POLICY, ask_policy, has_policy },
	{ MSG_PATH, ask_path, has_path },
};

/* The request of that message.  0: it is answered with the next commit. */
int
keep_ask(struct keep *k, enum msg_type type, const void *m)
{
	size_t	 i;

	for (i = 0; i < sizeof(asks) / sizeof(asks[0]); i++)
		if (asks[i].type == type)
			return (asks[i].ask(k, m));
	return (EOPNOTSUPP);
}

/* Was that asked for, so that it is ours to remove? */
bool
keep_has(struct keep *k, enum msg_type type, const void *m)
{
	size_t	 i;

	for (i = 0; i < sizeof(asks) / sizeof(asks[0]); i++)
		if (asks[i].type == type)
			return (asks[i].has(k, m));
	return (false);
}

/* The kernel does ESP, and what it made of a packet is still the tun's. */
int
keep_ipsec(struct keep *k, bool on)
{
	struct row_owner	 o = keep_owner(OWN_IPSEC, NULL, 0);
	struct row_rule		 r = rule(PREF_DEVICE, ROUTES_TUNNEL);
	int			 e;

	r.tun = 1;
	if (!on) {
		rows_drop(&k->rows, &o);
		return (0);
	}
	if (!keep_can(k, ROW_RULE))
		return (EOPNOTSUPP);
	if ((e = want_into_tun(k, &o, ROUTES_TUNNEL, &in6addr_any, 0)) == 0 &&
	    (e = want_rule(k, &o, &r)) != 0)
		rows_drop(&k->rows, &o);
	return (e);
}

/*
 * The kernel's own addresses are in a table that comes before all rules of
 * ours, so what is left for fe80::/10 is somebody else's.
 */
int
keep_link_local(struct keep *k, const char *interface)
{
	struct row_owner	 o = keep_owner(OWN_HOME_LINKS, NULL, 0);
	struct row_rule		 r = rule(PREF_LINK_LOCAL, 0);

	if (interface == NULL) {
		rows_drop(&k->rows, &o);
		return (0);
	}
	if (!keep_can(k, ROW_RULE))
		return (EOPNOTSUPP);
	r.action = RULE_BLACKHOLE;
	r.dst.s6_addr[0] = 0xfe;
	r.dst.s6_addr[1] = 0x80;
	r.dlen = 10;
	snprintf(r.iif, sizeof(r.iif), "%s", interface);
	return (want_rule(k, &o, &r));
}

/* The filter is to be there, as what says; or no more.  0 or ENOMEM. */
int
keep_filter(struct keep *k, enum kern_filter what)
{
	struct row_owner	 o = keep_owner(OWN_FILTER, NULL, 0);
	struct row_filter	 v = { what };
	struct row_spec		 s = { .kind = ROW_FILTER,
	    .key = ROW_FILTER_KEY, .keylen = sizeof(ROW_FILTER_KEY),
	    .value = &v, .valuelen = sizeof(v) };

	if (what != FILTER_OFF)
		return (rows_want(&k->rows, &s, &o));
	rows_drop(&k->rows, &o);
	return (0);
}

bool
keep_wants_filter(const struct keep *k)
{
	struct row_owner	 o = keep_owner(OWN_FILTER, NULL, 0);

	return (rows_owned(&k->rows, &o));
}

/* Why it is not there, or 0: it is, or is put back in a moment. */
int
keep_filter_error(const struct keep *k)
{
	struct row_owner	 o = keep_owner(OWN_FILTER, NULL, 0);

	return (rows_owner_error(&k->rows, &o));
}

/* Somebody has removed some of it or all: it is another one, or none. */
void
keep_filter_changed(struct keep *k)
{
	struct row_filter	 v = { FILTER_CHANGED };
	struct row_spec		 s = { .kind = ROW_FILTER,
	    .key = ROW_FILTER_KEY, .keylen = sizeof(ROW_FILTER_KEY),
	    .value = &v, .valuelen = sizeof(v) };

	keep_seen(k, &s, false);
}

/*
 * Optimistic DAD on that interface, whether it is there or not; NULL: on none
 * any more.  0, EOPNOTSUPP or ENOMEM.
 */
int
keep_optimistic(struct keep *k, const char *interface)
{
	struct row_owner	 o = keep_owner(OWN_OPTIMISTIC, NULL, 0);
	struct row_spec		 s = { .kind = ROW_OPTIMISTIC,
	    .key = interface };

	if (interface == NULL) {
		rows_drop(&k->rows, &o);
		return (0);
	}
	if (!keep_can(k, ROW_OPTIMISTIC))
		return (EOPNOTSUPP);
	s.keylen = strlen(interface) + 1;
	s.dev = KEEP_NAMED - k->named++;
	return (rows_want(&k->rows, &s, &o));
}

/* The row of that interface, or NULL. */
const struct row *
keep_optimistic_row(const struct keep *k, const char *interface)
{
	return (rows_find(&k->rows, ROW_OPTIMISTIC, interface,
	    strlen(interface) + 1));
}

/*
 * It is on there: 1, or not: 0; -1: there is no such interface.  A new one of
 * the same name has settings as they come, for which nobody is to blame.
 */
void
keep_optimistic_seen(struct keep *k, const struct row *row, int is)
{
	struct mono	 now = k->ops->now();
	struct row_spec	 s = { .kind = ROW_OPTIMISTIC, .key = row->key,
	    .keylen = row->keylen };

	rows_dev(&k->rows, rows_dev_of(row), is != -1, now);
	if (is == 1)
		keep_seen(k, &s, false);
	else if (rows_state(row) == ROW_IN_PLACE)
		rows_gone(&k->rows, ROW_OPTIMISTIC, row->key, row->keylen,
		    now);
}

/*
 * The tun is there: it is up, with this MTU, and has what it needs on this
 * system.  0 or ENOMEM.
 */
int
keep_want_tun(struct keep *k, uint32_t mtu)
{
	struct row_owner	 o = keep_owner(OWN_TUN, NULL, 0);
	struct row_tun		 t = { mtu, 1 };
	struct row_spec		 s = { .kind = ROW_TUN, .key = ROW_TUN_KEY,
	    .keylen = sizeof(ROW_TUN_KEY), .value = &t, .valuelen = sizeof(t) };
	size_t			 i;
	int			 e;

	for (i = 0; i < k->ops->ndevice; i++)
		if ((e = rows_want(&k->rows, &k->ops->device[i], &o)) != 0)
			return (e);
	return (rows_want(&k->rows, &s, &o));
}

/* What the kernel said to that, or 0. */
int
keep_tun_error(const struct keep *k)
{
	struct row_owner	 o = keep_owner(OWN_TUN, NULL, 0);

	return (rows_owner_error(&k->rows, &o));
}
