/*
 * The correspondent's answers to mip6ctl: bindings, their summary, which way
 * packets go, timers, why a peer is not served, and the removal of a binding.
 * Reads what the other files keep and owns nothing.  Long lists are given in
 * pages, by a cursor that is a place in the pool.  Called through struct
 * engine_ops.
 */
#include <sys/socket.h>

#include <arpa/inet.h>

#include <stdio.h>
#include <string.h>

#include "cn/int.h"
#include "core/report.h"
#include "core/tables.h"
#include "core/verb.h"
#include "core/why.h"
#include "wire/ip6.h"

static const char *const timer_names[] = {
	[TK_BINDING] = "binding", [TK_NONCE] = "nonce",
	[TK_TOMB] = "forget ended bindings", [TK_WALK] = "walk over bindings",
};

static int64_t
left_ms(const struct cn *cn, struct mono at)
{
	return (mono_diff(at, cn->now.mono) / NS_PER_MS);
}

static void
binding_row(struct cn *cn, struct report *r, const struct entry *e)
{
	int64_t	 age = mono_diff(cn->now.mono, e->since);

	report_row(r, TABLE_BINDING);
	report_addr(r, "home", &e->home);
	report_addr(r, "careof", &e->coa);
	report_str(r, "state", e->unverified ? "early" : "bound");
	report_ms(r, "lifetime_ms", (int64_t)e->lifetime * MH_LIFETIME_UNIT *
	    1000);
	report_ms(r, "remaining_ms", left_ms(cn, e->expires));
	report_u64(r, "sequence", e->seq);
	report_str(r, "flags", e->key != 0 ? "peer key" : e->has_token ?
	    "peer cga" : "peer");
	report_str(r, "authorization", e->key != 0 ? "static key" :
	    e->has_token ? "CGA" : "return routability");
	report_str(r, "identifier", "");
	report_addr(r, "own", &cn_own_of(cn, e)->addr);
	report_bool(r, "careof_verified", !e->unverified);
	report_bool(r, "permanent_token", e->has_token);
	report_bool(r, "used", e->used);
	report_u64(r, "refresh_requests", e->asked);
	report_u64(r, "updates", e->updates);
	report_wall(r, "since", (cn->now.wall - age) / NS_PER_SEC);
	report_end(r);
}

static bool
wanted(const struct entry *e, const struct verb_filter *f)
{
	switch (f->key) {
	case VK_HOME_ADDRESS:
		return (in6_eq(&e->home, &f->addr));
	case VK_CARE_OF:
		return (in6_eq(&e->coa, &f->addr));
	case VK_IDENTIFIER:
		return (false);
	default:
		return (true);
	}
}

/* Each binding of a home address, one for each of our own. */
static void
each_of(struct cn *cn, struct report *r, const struct in6_addr *home,
    bool clear)
{
	const struct own	*o;
	struct entry		*e;
	uint32_t		 i;

	for (i = 0; i < cn->owns.used; i++) {
		if (report_full(r) || (o = pool_get(&cn->owns, i)) == NULL ||
		    (e = cn_bc_find(cn, home, &o->addr)) == NULL)
			continue;
		binding_row(cn, r, e);
		if (clear)
			cn_binding_end(cn, e, CC_CLEARED);
	}
}

/* Entries looked at for one page, so that a rare match holds up nothing. */
#define PAGE	4096

static uint64_t
show_bindings(struct cn *cn, const struct msg_query *q, struct report *r)
{
	struct verb_filter	 f;
	const struct entry	*e;
	uint64_t		 id, n = 0;

	if (!verb_filter(q->arg, &f))
		return (0);
	if (f.key == VK_HOME_ADDRESS) {
		each_of(cn, r, &f.addr, false);
		return (0);
	}
	for (id = q->cursor; id < cn->entries.used; id++) {
		if (report_full(r) || n++ >= PAGE)
			return (id);
		e = pool_get(&cn->entries, (uint32_t)id);
		if (e != NULL && wanted(e, &f))
			binding_row(cn, r, e);
	}
	return (0);
}

/* Packets of an own address to a mobile node that is bound, and back. */
static void
path_row(struct cn *cn, struct report *r, const struct entry *e)
{
	const struct in6_addr	*own = &cn_own_of(cn, e)->addr;
	char			 home[INET6_ADDRSTRLEN];

	report_row(r, TABLE_PATH);
	report_addr(r, "source", own);
	report_str(r, "destination", inet_ntop(AF_INET6, &e->home, home,
	    sizeof(home)));
	report_str(r, "way", "direct");
	report_addr(r, "local", own);
	report_addr(r, "remote", &e->coa);
	report_ms(r, "again_ms", 0);
	report_str(r, "reason", e->unverified ? "the care-of address is not "
	    "verified yet: what is beyond its credit goes by the home agent" :
	    "");
	report_end(r);
}

/* All of them, or those of a home address or of one of our own. */
static uint64_t
show_path(struct cn *cn, const struct msg_query *q, struct report *r)
{
	struct in6_addr		 a;
	const bool		 only = verb_address(q->arg, &a);
	const struct entry	*e;
	uint64_t		 id, n = 0;

	for (id = q->cursor; id < cn->entries.used; id++) {
		if (report_full(r) || n++ >= PAGE)
			return (id);
		e = pool_get(&cn->entries, (uint32_t)id);
		if (e != NULL && (!only || in6_eq(&e->home, &a) ||
		    in6_eq(&cn_own_of(cn, e)->addr, &a)))
			path_row(cn, r, e);
	}
	return (0);
}

static uint64_t
show_summary(struct cn *cn, const struct msg_query *q, struct report *r)
{
	(void)q;
	report_row(r, "binding_summary");
	report_str(r, "type", "correspondent");
	report_u64(r, "bindings", cn->entries.live);
	report_u64(r, "limit", cn->conf.max_bindings);
	report_u64(r, "limit_per_network", cn->conf.max_per_network);
	report_u64(r, "networks", cn->networks.live);
	report_u64(r, "ended_and_remembered", cn->tombs.live);
	report_u64(r, "own_addresses", cn->owns.live);
	report_end(r);
	return (0);
}

/* What is not well with a peer, and what is known of it. */
static uint64_t
why(struct cn *cn, const struct msg_query *q, struct report *r)
{
	struct in6_addr		 a;
	const struct own	*o;
	const struct entry	*e;
	uint64_t		 next;
	uint32_t		 i;
	char			 coa[INET6_ADDRSTRLEN], text[128];

	if ((next = whys_rows(cn->env->whys, r, q->arg, q->cursor,
	    cn->now)) != 0)
		return (next);
	if (!verb_address(q->arg, &a))
		return (0);
	for (i = 0; i < cn->owns.used; i++) {
		if (report_full(r) || (o = pool_get(&cn->owns, i)) == NULL ||
		    (e = cn_bc_find(cn, &a, &o->addr)) == NULL)
			continue;
		snprintf(text, sizeof(text), "bound%s, care-of address %s%s%s",
		    e->key != 0 ? " by its static key" : "",
		    inet_ntop(AF_INET6, &e->coa, coa, sizeof(coa)),
		    e->unverified ? ", not verified yet" : "",
		    whys_about(cn->env->whys, q->arg, cn->now) ? "" :
		    ", nothing is wrong");
		why_well(r, q->arg, mono_diff(cn->now.mono, e->since) /
		    NS_PER_MS, text);
		binding_row(cn, r, e);
	}
	return (0);
}

static uint64_t
clear_binding(struct cn *cn, const struct msg_query *q, struct report *r)
{
	struct in6_addr	 a;

	if (verb_address(q->arg, &a))
		each_of(cn, r, &a, true);
	return (0);
}

static uint64_t
show_timers(struct cn *cn, const struct msg_query *q, struct report *r)
{
	unsigned int	 k;

	(void)q;
	for (k = 1; k < TK_MAX; k++) {
		report_row(r, "timer");
		report_str(r, "name", timer_names[k]);
		report_u64(r, "count", cn->ntimers[k]);
		report_end(r);
	}
	return (0);
}

static uint64_t (*const answers[VERB_MAX])(struct cn *,
    const struct msg_query *, struct report *) = {
	[VERB_SHOW_BINDINGS] = show_bindings,
	[VERB_SHOW_BINDINGS_SUMMARY] = show_summary,
	[VERB_SHOW_PATH] = show_path,
	[VERB_WHY] = why,
	[VERB_CLEAR_BINDING] = clear_binding,
	[VERB_SHOW_TIMERS] = show_timers,
};

/* See struct engine_ops. */
uint64_t
cn_query(void *v, const struct msg_query *q, struct report *r, struct now now)
{
	struct cn	*cn = v;

	cn->now = now;
	if (q->verb >= VERB_MAX || answers[q->verb] == NULL)
		return (0);
	return (answers[q->verb](cn, q, r));
}
