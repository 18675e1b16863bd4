/*
 * The mobile node's answers to mip6ctl: the Binding Update List, interfaces,
 * handovers, timers, and what is well or not; also the move to a care-of
 * address that the operator names.  Reads what the other files keep and owns
 * nothing.  Rows are numbered, so that an answer can go on where the page
 * before ended.
 */
#include <sys/types.h>
#include <sys/socket.h>

#include <arpa/inet.h>

#include <stdio.h>
#include <string.h>

#include "core/report.h"
#include "core/tables.h"
#include "core/verb.h"
#include "core/why.h"
#include "mn/parts.h"

/* Rows are numbered; those before at have been sent already. */
struct page {
	struct report	*r;
	uint64_t	 at, i;
	bool		 full;
};

static bool
page_row(struct page *p, const char *table)
{
	if (p->full || p->i++ < p->at)
		return (false);
	if (report_full(p->r)) {
		p->full = true;
		p->i--;
		return (false);
	}
	report_row(p->r, table);
	return (true);
}

static int64_t
ms_until(int64_t t, struct now now)
{
	return (t == NEVER || t == INT64_MAX ? 0 :
	    (t - now.mono.ns) / NS_PER_MS);
}

static const char *
state_name(const struct home *h)
{
	const struct peering	*p = AGENT(h);
	const struct exchange	*x = &p->update;
	const struct binding	*b = BINDING(p);
	static const char *const names[] = {
		[PHASE_NONE] = "no link", [PHASE_AWAY] = "away",
		[PHASE_RETURNING] = "returning", [PHASE_HOME] = "at home",
		[PHASE_REFUSED] = "duplicate", [PHASE_ENDING] = "ending",
	};

	if (h->phase != PHASE_AWAY)
		return (names[h->phase]);
	if (h->nolink_since != NEVER)
		return (names[PHASE_NONE]);
	if (x->hold_until != NEVER)
		return ("refused");
	if (b->bound && bul_acknowledged(p) && !x->waiting)
		return ("registered");
	return (b->bound ? "updating" : "registering");
}

static void
bul_fields(struct report *r, const struct home *h, struct now now)
{
	const struct peering	*p = AGENT(h);
	const struct exchange	*x = &p->update;
	const struct binding	*b = BINDING(p);

	report_addr(r, "home", &h->conf.address);
	report_str(r, "type", "home");
	report_str(r, "state", state_name(h));
	report_u64(r, "sequence", p->seq);
	report_ms(r, "lifetime_ms", b->bound ?
	    ms_until(b->bound_until, now) : 0);
	report_ms(r, "refresh_ms", wheel_is_set(&b->refresh) ?
	    ms_until(b->refresh.at.ns, now) : 0);
	report_addr(r, "careof", h->phase == PHASE_AWAY ? &b->coa :
	    &h->conf.address);
	report_addr(r, "agent", &h->conf.agent);
	report_u64(r, "transmissions", x->tries);
	report_ms(r, "retransmit_ms", wheel_is_set(&x->retrans) ?
	    ms_until(x->retrans.at.ns, now) : 0);
	report_u64(r, "status", p->status);
	report_str(r, "status_name", p->status == 0 ? "" :
	    mh_status_name(p->status));
	report_addr(r, "registered_careof", &b->bound_coa);
	report_bool(r, "bound", b->bound);
}

static const char *
peer_state(const struct peer *p)
{
	static const char *const	 held[] = {
		[PEER_SILENT] = "silent", [PEER_REFUSES] = "refused",
		[PEER_NO_MOBILITY] = "no mobility",
		[PEER_SPENT] = "key spent",
	};

	if (p->hold != PEER_NOT_HELD)
		return (held[p->hold]);
	if (p->home->peers.place == PEERS_HOME)
		return ("deleting");
	if (p->paired)
		return (p->refresh ? "updating" : "optimized");
	return (p->update.waiting ? "updating" : peer_expects(p) ? "testing" :
	    "waiting");
}

/* A correspondent, in the fields of a home registration. */
static void
peer_fields(struct report *r, const struct peer *p, struct now now)
{
	const struct binding	*b = &p->binding;
	char			 text[160];

	report_addr(r, "home", &p->home->conf.address);
	report_str(r, "type", "peer");
	report_str(r, "state", peer_state(p));
	report_u64(r, "sequence", p->seq);
	report_ms(r, "lifetime_ms", p->hold != PEER_NOT_HELD ?
	    ms_until(p->hold_until, now) : b->bound ?
	    ms_until(b->bound_until, now) : 0);
	report_ms(r, "refresh_ms", b->bound && b->refresh_at > now.mono.ns ?
	    ms_until(b->refresh_at, now) : 0);
	report_addr(r, "careof", b->bound ? &b->bound_coa :
	    &p->home->peers.coa);
	report_addr(r, "agent", &p->addr);
	report_u64(r, "transmissions", p->update.tries);
	report_ms(r, "retransmit_ms", wheel_is_set(&p->update.retrans) ?
	    ms_until(p->update.retrans.at.ns, now) : 0);
	report_u64(r, "status", p->status);
	report_str(r, "status_name", p->status == 0 ? "" :
	    mh_status_name(p->status));
	report_addr(r, "registered_careof", &b->bound_coa);
	report_bool(r, "bound", b->bound);
	report_ms(r, "unused_ms", p->used_at == NEVER ? 0 :
	    (now.mono.ns - p->used_at) / NS_PER_MS);
	report_str(r, "authenticated", b->bound ? ero_text(p, now, text,
	    sizeof(text)) : "");
}

/* What has a row for each home address, and one for each correspondent. */
struct listing {
	const char	*table;
	void		(*home)(struct report *, const struct home *,
			    struct now);
	void		(*peer)(struct report *, const struct peer *,
			    struct now);
};

static const struct listing	 bul_listing = {
	TABLE_BUL, bul_fields, peer_fields
}, path_listing = {
	TABLE_PATH, ways_home, ways_peer
};

/* Is the row about addr, if that is wanted (not NULL)? */
static bool
is_about(const struct in6_addr *addr, const struct home *h,
    const struct peer *p)
{
	return (addr == NULL || in6_eq(addr, &h->conf.address) ||
	    (p != NULL && in6_eq(addr, &p->addr)));
}

/* Home addresses, then correspondents by their numbers. */
static void
list(struct mn *mn, struct page *p, const struct listing *l,
    const struct in6_addr *only, struct now now)
{
	const struct peer	*peer;

	for (p->i = p->at; p->i < mn->norder; p->i++) {
		if ((p->full = report_full(p->r)))
			return;
		if (!is_about(only, mn->order[p->i], NULL))
			continue;
		report_row(p->r, l->table);
		l->home(p->r, mn->order[p->i], now);
		report_end(p->r);
	}
	TAILQ_FOREACH(peer, &mn->peers.all, entry) {
		if (mn->norder + peer->number < p->at ||
		    !is_about(only, peer->home, peer))
			continue;
		p->i = mn->norder + peer->number;
		if ((p->full = report_full(p->r)))
			return;
		report_row(p->r, l->table);
		l->peer(p->r, peer, now);
		report_end(p->r);
	}
}

/* All of them, or those of a home address or a correspondent. */
static void
show_path(struct mn *mn, struct page *p, const char *arg, struct now now)
{
	struct in6_addr	 addr;

	list(mn, p, &path_listing, verb_address(arg, &addr) ? &addr : NULL,
	    now);
}

static const struct in6_addr *
best_router(const struct iface *ifc, struct now now)
{
	const struct router	*best = NULL, *r;

	TAILQ_FOREACH(r, &ifc->routers, entry)
		if (router_usable(r) && (best == NULL ||
		    (router_is_default(r, now) &&
		    !router_is_default(best, now))))
			best = r;
	return (best == NULL ? &in6addr_any : &best->addr);
}

static const struct in6_addr *
careof_on(const struct mn *mn, const struct iface *ifc)
{
	const struct home	*h;

	for (h = mn->homes; h != NULL; h = h->next)
		if (h->phase == PHASE_AWAY &&
		    BINDING(AGENT(h))->ifindex == ifc->ifindex)
			return (&BINDING(AGENT(h))->coa);
	return (&in6addr_any);
}

static void
show_interfaces(struct mn *mn, struct page *p, struct now now)
{
	struct iface	*ifc;
	struct home	*h;
	const char	*state;

	(void)now;
	TAILQ_FOREACH(ifc, &mn->ifaces, entry) {
		if ((ifc->flags & (LINK_LOOPBACK | LINK_TUN)) ||
		    !page_row(p, "interface"))
			continue;
		state = !iface_running(ifc) ? "down" :
		    ifc->listed ? "up" : "up, not used";
		for (h = mn->homes; h != NULL; h = h->next)
			if (h->phase == PHASE_HOME &&
			    h->home_ifindex == ifc->ifindex)
				state = "home link";
		report_str(p->r, "name", ifc->name);
		report_u64(p->r, "index", ifc->ifindex);
		report_str(p->r, "state", state);
		report_i64(p->r, "preference", ifc->preference);
		report_addr(p->r, "careof", careof_on(mn, ifc));
		report_addr(p->r, "router", best_router(ifc, now));
		report_u64(p->r, "addresses", ifc->naddrs);
		report_end(p->r);
	}
}

/* The moment from which a timeline counts: link-up, else what came first. */
static int64_t
origin(const struct handover *o)
{
	int64_t	 t = o->mark[M_LINK_UP];
	int	 i;

	for (i = M_RS; t == NEVER && i < M_MAX; i++)
		t = o->mark[i];
	return (t);
}

static void
handover_fields(struct report *r, const struct handover *o)
{
	static const char *const names[] = {
		[M_LINK_DOWN] = "link_down_ns", [M_LINK_UP] = "link_up_ns",
		[M_RS] = "rs_ns", [M_RA] = "ra_ns",
		[M_ADDRESS] = "address_ns", [M_BU] = "bu_ns",
		[M_BA] = "ba_ns", [M_FIRST_IN] = "first_in_ns",
		[M_FIRST_OUT] = "first_out_ns",
	};
	int64_t	 t = origin(o);
	int	 i;

	report_u64(r, "number", o->number);
	report_addr(r, "home", &o->home);
	report_str(r, "kind", o->kind);
	report_str(r, "interface", o->ifname);
	report_addr(r, "from", &o->from);
	report_addr(r, "to", &o->to);
	report_wall(r, "when", o->wall / NS_PER_SEC);
	report_u64(r, "updates", o->updates);
	report_bool(r, "done", o->done);
	for (i = 0; i < M_MAX; i++)
		if (o->mark[i] != NEVER)
			report_i64(r, names[i], o->mark[i] - t);
}

static void
show_handovers(struct mn *mn, struct page *p, struct now now)
{
	const struct handover	*o;
	unsigned int		 i, first = 1;

	(void)now;
	if (mn->nhandovers > MN_HANDOVERS)
		first = mn->nhandovers - MN_HANDOVERS + 1;
	for (i = first; i <= mn->nhandovers; i++) {
		o = handover_get(mn, i);
		if (o != NULL && page_row(p, "handover")) {
			handover_fields(p->r, o);
			report_end(p->r);
		}
	}
}

/* What a home address does, of which nothing is wrong. */
static void
well_home(struct page *p, const struct home *h, struct now now)
{
	const struct binding	*b = BINDING(AGENT(h));

	/* The other one is that of the last care-of address. */
	const struct iface	*ifc = iface_find(h->mn, h->phase ==
				    PHASE_HOME ? h->home_ifindex : b->ifindex);
	const char		*name = ifc == NULL ? "?" : ifc->name;
	char			 home[INET6_ADDRSTRLEN], a[INET6_ADDRSTRLEN];
	char			 c[INET6_ADDRSTRLEN], text[256];
	int64_t			 age = -1;

	mn_ntop(&h->conf.agent, a);
	if (h->phase == PHASE_HOME)
		snprintf(text, sizeof(text), "at home on %s, nothing is "
		    "wrong", name);
	else if (h->nolink_since != NEVER) {
		snprintf(text, sizeof(text), "there is no care-of address "
		    "at present");
		age = (now.mono.ns - h->nolink_since) / NS_PER_MS;
	} else if (b->bound && h->phase == PHASE_AWAY) {
		snprintf(text, sizeof(text), "registered with %s from %s on "
		    "%s, nothing is wrong", a, mn_ntop(&b->bound_coa, c),
		    name);
		age = (now.mono.ns - b->bound_since) / NS_PER_MS;
	} else
		snprintf(text, sizeof(text), "%s with %s, %u Binding Updates "
		    "sent", state_name(h), a, AGENT(h)->update.tries);
	if (page_row(p, "well")) {
		why_well_fields(p->r, mn_ntop(&h->conf.address, home), age,
		    text);
		report_end(p->r);
	}
}

/* Is there a reason that concerns what? */
static bool
is_wrong(struct mn *mn, const char *what, struct now now)
{
	const struct why	*y;
	uint32_t		 at = 0;

	while ((y = whys_next(mn->env->whys, &at, now)) != NULL)
		if (why_about(y, what))
			return (true);
	return (false);
}

static void
why_home(struct page *p, const struct home *h, struct now now)
{
	const struct history	*e;
	unsigned int		 i, n;

	if (page_row(p, "bul")) {
		bul_fields(p->r, h, now);
		report_end(p->r);
	}
	n = h->nhistory < MN_HISTORY ? h->nhistory : MN_HISTORY;
	for (i = h->nhistory - n; i != h->nhistory; i++) {
		e = &h->history[i % MN_HISTORY];
		if (!page_row(p, "why"))
			continue;
		report_addr(p->r, "home", &h->conf.address);
		report_ms(p->r, "age_ms", (now.mono.ns - e->at) / NS_PER_MS);
		report_str(p->r, "name", e->name);
		report_str(p->r, "text", e->text);
		report_end(p->r);
	}
}

static void
why_reasons(struct mn *mn, struct page *p, const char *arg, struct now now)
{
	const struct why	*y;
	uint32_t		 at = 0;

	while ((y = whys_next(mn->env->whys, &at, now)) != NULL)
		if ((arg[0] == '\0' || why_about(y, arg)) &&
		    page_row(p, "reason")) {
			why_fields(p->r, y, now);
			report_end(p->r);
		}
}

/* An interface that is there, if nothing is wrong with it. */
static void
why_interface(struct mn *mn, struct page *p, const char *name,
    struct now now)
{
	const struct iface	*ifc;
	char			 text[160], r[INET6_ADDRSTRLEN];

	TAILQ_FOREACH(ifc, &mn->ifaces, entry)
		if (strcmp(ifc->name, name) == 0)
			break;
	if (ifc == NULL || is_wrong(mn, name, now))
		return;
	snprintf(text, sizeof(text), "%s, %zu addresses, router %s",
	    !iface_running(ifc) ? "down or without carrier" : ifc->listed ?
	    "up" : "up, but not to be used", ifc->naddrs,
	    mn_ntop(best_router(ifc, now), r));
	if (page_row(p, "well")) {
		why_well_fields(p->r, name, -1, text);
		report_end(p->r);
	}
}

static bool
is_meant(const struct home *h, const char *arg, const struct in6_addr *addr)
{
	const struct peering	*p = AGENT(h);
	const struct binding	*b = BINDING(p);

	return (strcmp(h->conf.identifier, arg) == 0 ||
	    (!in6_is_unspecified(addr) && (in6_eq(addr, &h->conf.address) ||
	    in6_eq(addr, &h->conf.agent) || in6_eq(addr, &b->coa) ||
	    in6_eq(addr, &b->bound_coa))));
}

/* The correspondent of that address: what its packets do, and its entries. */
static void
why_peer(struct mn *mn, struct page *p, const char *arg, struct now now)
{
	const struct peer	*o;
	struct in6_addr		 addr;
	char			 home[INET6_ADDRSTRLEN], text[320], how[160];

	if (inet_pton(AF_INET6, arg, &addr) != 1)
		return;
	TAILQ_FOREACH(o, &mn->peers.all, entry) {
		if (!in6_eq(&o->addr, &addr))
			continue;
		snprintf(text, sizeof(text), "%s with %s: %s%s%s",
		    peer_state(o), mn_ntop(&o->home->conf.address, home),
		    o->paired ? "packets go directly" :
		    "packets take the tunnel",
		    o->binding.bound ? "; authenticated by " : "",
		    o->binding.bound ? ero_text(o, now, how, sizeof(how)) : "");
		if (o->hold == PEER_NOT_HELD && page_row(p, "well")) {
			why_well_fields(p->r, arg, o->paired ?
			    (now.mono.ns - o->binding.bound_since) / NS_PER_MS :
			    -1, text);
			report_end(p->r);
		}
		if (page_row(p, "bul")) {
			peer_fields(p->r, o, now);
			report_end(p->r);
		}
	}
}

/*
 * Nothing: what is not well, and what is.  Else what is known of a home
 * address, by one of its addresses or its identifier, or of an interface.
 */
static void
why(struct mn *mn, struct page *p, const char *arg, struct now now)
{
	struct in6_addr	 addr = in6addr_any;
	char		 home[INET6_ADDRSTRLEN];
	struct home	*h;
	bool		 wrong;

	mn_why(mn, now);
	if (inet_pton(AF_INET6, arg, &addr) != 1)
		addr = in6addr_any;
	why_reasons(mn, p, arg, now);
	for (h = mn->homes; h != NULL; h = h->next) {
		if (arg[0] != '\0' && !is_meant(h, arg, &addr))
			continue;
		mn_ntop(&h->conf.address, home);
		wrong = is_wrong(mn, home, now);
		if (wrong && arg[0] != '\0' && strcmp(arg, home) != 0 &&
		    strcmp(arg, h->conf.identifier) == 0)
			why_reasons(mn, p, home, now);
		if (!wrong)
			well_home(p, h, now);
		if (arg[0] != '\0')
			why_home(p, h, now);
	}
	if (arg[0] != '\0') {
		why_interface(mn, p, arg, now);
		why_peer(mn, p, arg, now);
	}
}

static void
show_timers(struct mn *mn, struct page *p, struct now now)
{
	static const char *const names[] = {
		[T_RETRANS] = "Binding Update retransmission",
		[T_RATE] = "Binding Update delayed by MAX_UPDATE_RATE",
		[T_REFRESH] = "binding refresh",
		[T_EXPIRE] = "binding expiry",
		[T_NA] = "Neighbor Advertisement",
		[T_HOME] = "home link again",
		[T_RS] = "Router Solicitation",
		[T_QUIET] = "router silence",
		[T_HOTI] = "Home Test Init retransmission",
		[T_HOTI_RATE] = "Home Test Init delayed by a rate",
		[T_COTI] = "Care-of Test Init retransmission",
		[T_COTI_RATE] = "Care-of Test Init delayed by a rate",
		[T_PEER] = "retransmission to a correspondent",
		[T_PEER_RATE] = "Binding Update to one delayed by a rate",
		[T_LOOK] = "look at a correspondent",
		[T_PEER_END] = "end of a correspondent's binding",
		[T_CGA] = "answer of the cga process",
		[T_TURN] = "rate of all correspondents",
		[T_WHY] = "look for reasons",
	};
	const struct wheel_timer	*t;
	struct home			*h;
	struct iface			*ifc;
	uint64_t			 n[T_WHY + 1] = { 0 };
	int64_t				 next[T_WHY + 1];
	struct router			*rt;
	const struct peer		*peer;
	const struct dest		*dest;
	const struct careof		*careof;
	int				 k;

	for (k = 0; k <= T_WHY; k++)
		next[k] = INT64_MAX;
#define TIMER(timer)							\
	do {								\
		t = &(timer);						\
		if (wheel_is_set(t)) {					\
			n[t->kind]++;					\
			if (t->at.ns < next[t->kind])			\
				next[t->kind] = t->at.ns;		\
		}							\
	} while (0)
	for (h = mn->homes; h != NULL; h = h->next) {
		TIMER(AGENT(h)->update.retrans);
		TIMER(AGENT(h)->update.rate);
		TIMER(BINDING(AGENT(h))->refresh);
		TIMER(BINDING(AGENT(h))->expire);
		TIMER(h->na);
		TIMER(h->again);
	}
	TAILQ_FOREACH(ifc, &mn->ifaces, entry) {
		TIMER(ifc->rs);
		TAILQ_FOREACH(rt, &ifc->routers, entry)
			TIMER(rt->quiet);
	}
	TAILQ_FOREACH(peer, &mn->peers.all, entry) {
		TIMER(peer->home_test.x.retrans);
		TIMER(peer->home_test.x.rate);
		TIMER(peer->update.retrans);
		TIMER(peer->update.rate);
		TIMER(peer->binding.refresh);
		TIMER(peer->binding.expire);
		TIMER(peer->ero.timer);
	}
	TAILQ_FOREACH(dest, &mn->dests.all, entry)
		TAILQ_FOREACH(careof, &dest->careofs, entry) {
			TIMER(careof->test.x.retrans);
			TIMER(careof->test.x.rate);
		}
	TIMER(mn->peers.turn);
	TIMER(mn->why);
#undef TIMER
	for (k = 0; k <= T_WHY; k++)
		if (n[k] > 0 && page_row(p, "timer")) {
			report_str(p->r, "role", "mn");
			report_str(p->r, "name", names[k]);
			report_u64(p->r, "count", n[k]);
			report_ms(p->r, "next_ms", ms_until(next[k], now));
			report_end(p->r);
		}
}

/* Force a care-of address, as if it were the best; "::" ends that. */
static void
move(struct mn *mn, struct page *p, const char *arg, struct now now)
{
	const struct addr	*a = NULL;
	struct iface		*ifc = NULL;
	struct in6_addr		 addr;
	const char		*text;

	if (inet_pton(AF_INET6, arg, &addr) != 1)
		text = "not an IPv6 address";
	else {
		mn->forced = addr;
		mn->dirty = true;
		if (mn->homes != NULL)
			a = careof_choose(mn->homes, &ifc, now);
		if (in6_is_unspecified(&addr))
			text = "the best care-of address is used";
		else if (a != NULL && in6_eq(&a->addr, &addr))
			text = "it is used now";
		else
			text = "it is used as soon as it can be";
	}
	if (page_row(p, "move")) {
		report_str(p->r, "text", text);
		report_end(p->r);
	}
}

/* A query of mip6ctl; core/engine.h.  Acts on VERB_MOVE when first asked. */
uint64_t
query_answer(struct mn *mn, const struct msg_query *q, struct report *r,
    struct now now)
{
	struct page	 p = { r, q->cursor, 0, false };

	switch ((enum verb)q->verb) {
	case VERB_SHOW_BUL:
		list(mn, &p, &bul_listing, NULL, now);
		break;
	case VERB_SHOW_PATH:
		show_path(mn, &p, q->arg, now);
		break;
	case VERB_SHOW_INTERFACES:
		show_interfaces(mn, &p, now);
		break;
	case VERB_SHOW_HANDOVERS:
		show_handovers(mn, &p, now);
		break;
	case VERB_WHY:
		why(mn, &p, q->arg, now);
		break;
	case VERB_SHOW_TIMERS:
		show_timers(mn, &p, now);
		break;
	case VERB_MOVE:
		move(mn, &p, q->arg, now);
		break;
	default:
		break;
	}
	return (p.full ? p.i : 0);
}
