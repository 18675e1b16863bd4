/*
 * The bindings of the process before this one, as net hands them back (BOUND):
 * those that fit the configuration are known again as if nothing had happened,
 * the others end.  What had been asked of the parent (routes, policies) is
 * still there.
 */
#include "ha/bu.h"
#include "ha/int.h"
#include "ha/record.h"
#include "ha/step.h"
#include "wire/ip6.h"
#include "wire/mh.h"

/*
 * Whose binding is it?  NULL if nobody's that is known: also that of a node
 * that the configuration does not list and whose identifier was too long for
 * the record; its next Binding Update tells it.
 */
static struct node *
node_of(struct ha *ha, const struct in6_addr *home, const struct record *r)
{
	struct node	*node = node_by_home(ha, home);

	if (node != NULL || r->identifier[0] == '\0')
		return (node);
	node = node_by_identifier(ha, r->identifier);
	return (node != NULL ? node : node_learn(ha, r->identifier));
}

static void
fill(struct ha *ha, struct bce *b, const struct in6_addr *coa,
    const struct record *r)
{
	struct mono	 latest;

	b->coa.addr = *coa;
	b->seq = r->seq;
	b->coa.lifetime = (uint32_t)r->units * MH_LIFETIME_UNIT;
	latest = mono_add(ha->now.mono, SEC(b->coa.lifetime));
	b->coa.expires = mono_before(latest, r->expires) ? latest : r->expires;
	b->since = SEC(r->since);
	b->updates = r->updates;
	b->flags = r->flags & (uint8_t)~BF_SECURING;
	b->node = node_of(ha, &b->home, r);
	node_ref(ha, b->node);
	/* Of a node without IPsec the parent has no policies. */
	if (b->node == NULL || !b->node->ipsec)
		b->flags &= (uint8_t)~(BF_TUNNEL | BF_UNSECURED);
	else if ((r->flags & BF_SECURING) != 0)
		b->coa.waits = STEP_BIT(STEP_POLICY);
	if (b->node != NULL && b->node->timestamp < r->timestamp)
		b->node->timestamp = r->timestamp;
}

/* It can't go on: what is left of it ends. */
static void
lost(struct ha *ha, const struct in6_addr *home, bool routed)
{
	COUNT(ha->env->counters, HC_NOT_RESTORED);
	tunnel_leftover(ha, home, routed);
}

/* A binding of the engine before this one. */
void
restore_bound(struct ha *ha, const struct msg_bind *m)
{
	struct ha_link	*l = link_by_address(ha, &m->local);
	struct record	 r;
	struct bce	*b;

	/* One that ended when the pipe broke does not come back by another. */
	if (ha->begun || bc_find(ha, &m->home) != NULL)
		return;
	if (!record_parse(&r, &m->owner)) {
		lost(ha, &m->home, l == NULL || l->physical);
		return;
	}
	if (l == NULL || !in6_is_routable(&m->peer) ||
	    (b = bc_create(ha, &m->home)) == NULL) {
		lost(ha, &m->home, (r.flags & BF_ROUTED) != 0);
		return;
	}
	b->slot = l->slot;
	l->nbindings++;
	fill(ha, b, &m->peer, &r);
	if (binding_restored(ha, b))
		COUNT(ha->env->counters, HC_RESTORED);
	else
		COUNT(ha->env->counters, HC_NOT_RESTORED);
}

/* That was all: net is told what goes on. */
void
restore_end(struct ha *ha)
{
	uint64_t	 n = ha->env->counters->v[HC_RESTORED];
	uint64_t	 not = ha->env->counters->v[HC_NOT_RESTORED];

	if (!ha->begun && n + not > 0)
		note_log(ha, NOTE_INFO, "%llu bindings are known again, %llu "
		    "have ended", (unsigned long long)n,
		    (unsigned long long)not);
	if (!ha->begun)
		clock_begins(ha, n + not > 0);
	ha->begun = true;
	anycast_again(ha, false);
	bc_walk(ha, WALK_RESYNC | WALK_GROUPS |
	    (ha->reroute ? WALK_ROUTES : 0));
	ha->reroute = false;
}
