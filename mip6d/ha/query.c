/*
 * The home agent's answers to mip6ctl: bindings, their summary, other home
 * agents, timers, the history of a home address, and the removal of a binding.
 * Reads what the other files keep and owns nothing.  Long lists are given in
 * pages, by a cursor that is a place in the pool or in the list.  Called
 * through struct engine_ops.
 */
#include <sys/socket.h>

#include <arpa/inet.h>

#include <stdio.h>
#include <string.h>

#include "core/glob.h"
#include "core/report.h"
#include "core/tables.h"
#include "core/verb.h"
#include "core/why.h"
#include "ha/agents.h"
#include "ha/step.h"
#include "wire/ip6.h"

static const char *
state_name(const struct bce *b)
{
	switch (b->coa.state) {
	case BCE_STARTING:
		return (steps[steps_first(b->coa.waits)].name);
	case BCE_BOUND:
		return ("bound");
	case BCE_LEAVING:
		return ("leaving");
	default:
		return ("deleted");
	}
}

static const char *const trace_names[] = {
	[TR_REGISTERED] = "registered", [TR_REFRESHED] = "refreshed",
	[TR_MOVED] = "moved", [TR_DEREGISTERED] = "de-registered",
	[TR_REFUSED] = "refused", [TR_DROPPED] = "dropped",
	[TR_DAD] = "dad started",
	[TR_RETURNED] = "returned home",
};

static const char *const timer_names[] = {
	[TK_BINDING] = "binding", [TK_PROXY] = "neighbour discovery",
	[TK_RA] = "router advertisement",
	[TK_RA_SOLICITED] = "solicited advertisement",
	[TK_NODE] = "forget node", [TK_WALK] = "walk over bindings",
	[TK_CLOCK] = "clock set back", [TK_HOLD] = "time to be saved",
	[TK_AGENT] = "other home agent",
};

static int64_t
left_ms(const struct ha *ha, struct mono at)
{
	return (mono_diff(at, ha->now.mono) / NS_PER_MS);
}

static int64_t
age_ms(const struct ha *ha, int64_t wall)
{
	return ((ha->now.wall - wall) / NS_PER_MS);
}

static void
binding_row(struct ha *ha, struct report *r, const struct bce *b)
{
	report_row(r, TABLE_BINDING);
	report_addr(r, "home", &b->home);
	report_addr(r, "careof", &b->coa.addr);
	report_str(r, "state", state_name(b));
	report_ms(r, "lifetime_ms", (int64_t)b->coa.lifetime * 1000);
	report_ms(r, "remaining_ms", b->coa.state == BCE_BOUND ?
	    left_ms(ha, b->coa.expires) : 0);
	report_u64(r, "sequence", b->seq);
	report_str(r, "flags", (b->flags & BF_LINKLOCAL) != 0 ? "HL" : "H");
	report_str(r, "identifier", b->node == NULL ? "" :
	    b->node->identifier);
	report_addr(r, "agent", &ha->links[b->slot]->address);
	report_u64(r, "updates", b->updates);
	report_wall(r, "since", b->since / NS_PER_SEC);
	report_end(r);
}

static bool
wanted(const struct bce *b, const struct verb_filter *f)
{
	switch (f->key) {
	case VK_HOME_ADDRESS:
		return (in6_eq(&b->home, &f->addr));
	case VK_CARE_OF:
		return (in6_eq(&b->coa.addr, &f->addr));
	case VK_IDENTIFIER:
		return (b->node != NULL && b->node->identifier[0] != '\0' &&
		    glob_match(f->text, b->node->identifier));
	default:
		return (true);
	}
}

/* Entries looked at for one page, so that a rare match holds up nothing. */
#define PAGE	4096

static uint64_t
show_bindings(struct ha *ha, const struct msg_query *q, struct report *r)
{
	struct verb_filter	 f;
	struct bce		*b;
	uint64_t		 id, n = 0;

	if (!verb_filter(q->arg, &f))
		return (0);
	if (f.key == VK_HOME_ADDRESS) {
		if ((b = bc_find(ha, &f.addr)) != NULL)
			binding_row(ha, r, b);
		return (0);
	}
	for (id = q->cursor; id < ha->pool.used; id++) {
		if (report_full(r) || n++ >= PAGE)
			return (id);
		b = pool_get(&ha->pool, (uint32_t)id);
		if (b != NULL && wanted(b, &f))
			binding_row(ha, r, b);
	}
	return (0);
}

static uint64_t
show_summary(struct ha *ha, const struct msg_query *q, struct report *r)
{
	(void)q;
	report_row(r, "binding_summary");
	report_str(r, "type", "home");
	report_u64(r, "bindings", ha->nbound);
	report_u64(r, "in_progress", ha->pool.live - ha->nbound - ha->nlinger);
	report_u64(r, "deregistered", ha->nlinger);
	report_u64(r, "limit", ha->conf.max_bindings);
	report_u64(r, "nodes_configured", ha->nlisted);
	report_u64(r, "nodes_learned", ha->nlearned);
	report_u64(r, "addresses_defended", ha->proxies.count);
	report_end(r);
	return (0);
}

static void
agent_row(struct ha *ha, struct report *r, const struct agent *a,
    const struct in6_addr *addr)
{
	const struct ha_link	*l = link_by_ifindex(ha, a->ifindex);

	report_row(r, TABLE_AGENT);
	report_str(r, "interface", l == NULL ? "" : l->interface);
	report_addr(r, "linklocal", &a->linklocal);
	report_i64(r, "preference", a->preference);
	report_ms(r, "remaining_ms", left_ms(ha, a->expires));
	report_bool(r, "routers", a->routers);
	if (addr != NULL)
		report_addr(r, "address", addr);
	report_end(r);
}

/* A row for each address; one that told none has a row, too. */
static uint64_t
show_agents(struct ha *ha, const struct msg_query *q, struct report *r)
{
	const struct agent	*a;
	uint64_t		 n = 0;
	size_t			 i;

	TAILQ_FOREACH(a, &ha->agents, entry) {
		if (n++ < q->cursor)
			continue;
		if (report_full(r))
			return (n - 1);
		if (a->naddrs == 0)
			agent_row(ha, r, a, NULL);
		for (i = 0; i < a->naddrs; i++)
			agent_row(ha, r, a, &a->addrs[i].addr);
	}
	return (0);
}

static void
history_row(struct report *r, const struct in6_addr *home, int64_t age,
    const char *name, const char *text)
{
	report_row(r, "why");
	report_addr(r, "home", home);
	report_ms(r, "age_ms", age);
	report_str(r, "name", name);
	report_str(r, "text", text);
	report_end(r);
}

static void
trace_row(struct ha *ha, struct report *r, const struct bce *b,
    const struct trace *t)
{
	char	 text[256], st[96];

	if (t->what == TR_REFUSED || t->what == TR_DROPPED)
		snprintf(text, sizeof(text), "%s%s (%s)",
		    reason_status((uint8_t)t->arg, st, sizeof(st)),
		    reason_text(t->reason), reason_name(t->reason));
	else
		snprintf(text, sizeof(text), "sequence number %u", t->arg);
	history_row(r, &b->home, age_ms(ha, SEC(t->wall)), trace_names[t->what],
	    text);
}

static void
refusal_row(struct ha *ha, struct report *r, const struct refusal *x)
{
	char	 a[INET6_ADDRSTRLEN], st[96], text[512];

	inet_ntop(AF_INET6, &x->src, a, sizeof(a));
	snprintf(text, sizeof(text), "from %s: %s%s (%s); %u times in all", a,
	    reason_status(x->status, st, sizeof(st)),
	    reason_text(x->reason), reason_name(x->reason), x->count);
	history_row(r, &x->home, age_ms(ha, x->wall), x->status == 0 ?
	    "last drop" : "last refusal", text);
}

/* What there is of a home address beside reasons. */
static void
why_home(struct ha *ha, struct report *r, const struct in6_addr *a)
{
	const struct refusal	*x = history_find(ha, a);
	const struct node	*node = node_by_home(ha, a);
	const struct trace	*t;
	const struct bce	*b = bc_find(ha, a);
	char			 home[INET6_ADDRSTRLEN], coa[INET6_ADDRSTRLEN];
	char			 text[160];
	unsigned int		 i;

	inet_ntop(AF_INET6, a, home, sizeof(home));
	if (b == NULL && x == NULL && node != NULL)
		why_well(r, home, -1, "configured, not bound; no Binding "
		    "Update for it is known of");
	if (b != NULL) {
		snprintf(text, sizeof(text), "%s, care-of address %s%s",
		    state_name(b), inet_ntop(AF_INET6, &b->coa.addr, coa,
		    sizeof(coa)), b->coa.state == BCE_BOUND &&
		    !whys_about(ha->env->whys, home, ha->now) ?
		    ", nothing is wrong" : "");
		why_well(r, home, age_ms(ha, b->since), text);
		binding_row(ha, r, b);
		for (i = 0; i < NTRACE; i++) {
			t = &b->trace[(b->ntrace + i) % NTRACE];
			if (t->what != 0)
				trace_row(ha, r, b, t);
		}
	}
	if (x != NULL)
		refusal_row(ha, r, x);
}

#define WHY_HOMES	8	/* of a node that is asked for by identifier */

/*
 * What is not well, or what is known of a home address, of an identifier with
 * its configured home addresses, or of a home link by address or interface.
 */
static uint64_t
why(struct ha *ha, const struct msg_query *q, struct report *r)
{
	const struct ha_link	*l;
	const struct node	*node;
	struct in6_addr		 a;
	uint64_t		 next;
	size_t			 i;

	if ((next = whys_rows(ha->env->whys, r, q->arg, q->cursor,
	    ha->now)) != 0)
		return (next);
	if (verb_address(q->arg, &a))
		why_home(ha, r, &a);
	else if (q->arg[0] != '\0' &&
	    (node = node_by_identifier(ha, q->arg)) != NULL)
		for (i = 0; i < node->nhomes && i < WHY_HOMES; i++)
			why_home(ha, r, &node->homes[i].addr);
	for (i = 0; q->arg[0] != '\0' && i < ha->nlinks; i++) {
		l = ha->links[i];
		if (!l->used || (strcmp(l->interface, q->arg) != 0 &&
		    (!verb_address(q->arg, &a) || !in6_eq(&a, &l->address))))
			continue;
		if (!whys_about(ha->env->whys, q->arg, ha->now))
			why_well(r, q->arg, -1, l->physical ?
			    "a home link, nothing is wrong" :
			    "of a virtual home link, nothing is wrong");
	}
	return (0);
}

static uint64_t
clear_binding(struct ha *ha, const struct msg_query *q, struct report *r)
{
	struct in6_addr	 a;
	struct bce	*b;

	if (!verb_address(q->arg, &a) || (b = bc_find(ha, &a)) == NULL)
		return (0);
	binding_row(ha, r, b);
	binding_clear(ha, b, HC_CLEARED);
	return (0);
}

static void
earlier(struct mono next[TK_MAX], const struct wheel_timer *t)
{
	if (wheel_is_set(t) && (next[t->kind].ns == 0 ||
	    mono_before(t->at, next[t->kind])))
		next[t->kind] = t->at;
}

/* A node without bindings is forgotten. */
static void
earlier_node(void *next, struct hlink *l)
{
	earlier(next, &((const struct node *)(const void *)l)->timer);
}

/* So many bindings and nodes are looked at each time, more now and then. */
#define LOOK_FEW	4096
#define LOOK_EVERY	SEC(10)

/*
 * The next of each kind is found by looking at all, which with many is not
 * done anew for each who asks.
 */
static void
find_next(struct ha *ha)
{
	const struct bce	*b;
	const struct proxy	*p;
	const struct agent	*a;
	struct mono		*next = ha->next;
	uint32_t		 i;

	if (ha->pool.used + ha->nodes.count > LOOK_FEW &&
	    ha->looked_up.ns != 0 &&
	    mono_diff(ha->now.mono, ha->looked_up) < LOOK_EVERY)
		return;
	ha->looked_up = ha->now.mono;
	memset(next, 0, sizeof(ha->next));
	for (i = 0; i < ha->pool.used; i++) {
		if ((b = pool_get(&ha->pool, i)) == NULL)
			continue;
		earlier(next, &b->timer);
		for (p = b->proxies; p != NULL; p = p->next)
			earlier(next, &p->timer);
	}
	for (i = 0; i < ha->nlinks; i++) {
		earlier(next, &ha->links[i]->ra_timer);
		earlier(next, &ha->links[i]->rs_timer);
	}
	TAILQ_FOREACH(a, &ha->agents, entry)
		earlier(next, &a->timer);
	htab_each(&ha->nodes, earlier_node, next);
	earlier(next, &ha->walk);
	earlier(next, &ha->clock.timer);
	earlier(next, &ha->clock.hold_timer);
}

static uint64_t
show_timers(struct ha *ha, const struct msg_query *q, struct report *r)
{
	const struct mono	*next = ha->next;
	int64_t			 left;
	unsigned int		 k;

	(void)q;
	find_next(ha);
	for (k = 1; k < TK_MAX; k++) {
		report_row(r, "timer");
		report_str(r, "name", timer_names[k]);
		report_u64(r, "count", ha->ntimers[k]);
		left = left_ms(ha, next[k]);
		if (next[k].ns != 0)
			report_ms(r, "next_ms", left < 0 ? 0 : left);
		report_end(r);
	}
	return (0);
}

static uint64_t (*const answers[VERB_MAX])(struct ha *,
    const struct msg_query *, struct report *) = {
	[VERB_SHOW_BINDINGS] = show_bindings,
	[VERB_SHOW_BINDINGS_SUMMARY] = show_summary,
	[VERB_SHOW_AGENTS] = show_agents,
	[VERB_WHY] = why,
	[VERB_CLEAR_BINDING] = clear_binding,
	[VERB_SHOW_TIMERS] = show_timers,
};

/* See struct engine_ops. */
uint64_t
ha_query(void *v, const struct msg_query *q, struct report *r, struct now now)
{
	struct ha	*ha = v;

	ha->now = now;
	if (q->verb >= VERB_MAX || answers[q->verb] == NULL)
		return (0);
	return (answers[q->verb](ha, q, r));
}
