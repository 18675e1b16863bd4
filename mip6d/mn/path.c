/*
 * The way to the home agent.  A kernel that was moved to another link may
 * still believe that the home prefix is on link, or prefer a router that is
 * out of reach; so the parent is asked for a host route by the router of this
 * link, and a Binding Update waits until it is there.
 */
#include <string.h>

#include "mn/parts.h"

/*
 * The router of this link that advertises the prefix of the care-of address,
 * or if there are several the one that is used already: what others say can't
 * draw us away from it.
 */
static const struct router *
router_for(const struct peering *p, struct now now)
{
	const struct binding	*b = BINDING(p);
	const struct iface	*ifc = iface_find(p->mn, b->ifindex);
	const struct router	*r, *best = NULL;
	bool			 covers, used, best_covers = false;

	if (ifc == NULL)
		return (NULL);
	TAILQ_FOREACH(r, &ifc->routers, entry) {
		if (!router_is_default(r, now))
			continue;
		covers = router_covers(r, &b->coa);
		used = p->path.add && p->path.ifindex == ifc->ifindex &&
		    in6_eq(&p->path.router, &r->addr);
		if (best != NULL && (covers == best_covers ? !used : !covers))
			continue;
		best = r;
		best_covers = covers;
	}
	return (best);
}

/* Was the interface on another link before? */
static bool
has_moved(const struct peering *p)
{
	const struct iface	*ifc = iface_find(p->mn, BINDING(p)->ifindex);
	const struct router	*r;

	if (ifc != NULL)
		TAILQ_FOREACH(r, &ifc->routers, entry)
			if (!router_here(r))
				return (true);
	return (false);
}

/*
 * The kernel's word of an address can overtake the advertisement that it was
 * formed from, which is on its way from net.  Without that the next Binding
 * Update would go to a router of the link before.  True: not before *when.
 */
bool
path_hold(struct peering *p, struct now now, int64_t *when)
{
	struct home	*h = p->home;

	if (h->phase != PHASE_AWAY || router_for(p, now) != NULL ||
	    !has_moved(p))
		return (false);
	if (p->router_until == NEVER)
		p->router_until = now.mono.ns + ROUTER_WAIT;
	*when = p->router_until;
	return (now.mono.ns < p->router_until);
}

/* A router may have been heard: what waited for that may be sent. */
bool
path_heard(struct peering *p, struct now now)
{
	if (p->router_until <= now.mono.ns || router_for(p, now) == NULL)
		return (false);
	p->router_until = NEVER;
	return (true);
}

static bool
same_path(const struct msg_path *a, const struct msg_path *b)
{
	return (a->add == b->add && (!a->add || (a->ifindex == b->ifindex &&
	    in6_eq(&a->router, &b->router) && in6_eq(&a->agent, &b->agent))));
}

static void
tell_path(struct peering *p, const struct msg_path *want, struct now now)
{
	p->path = *want;
	p->path.id = request_id(p->mn, want->add);
	evidence_path_asked(&p->way, p->path.id, now.mono.ns);
	p->mn->env->emit(p->mn->env->ctx, MSG_PATH, &p->path);
}

/* Another home address of the same home agent goes that way, too. */
static bool
path_shared(const struct peering *p)
{
	const struct peering	*o;

	TAILQ_FOREACH(o, &p->dest->peerings, entry)
		if (o != p && o->path.add &&
		    in6_eq(&o->path.agent, &p->path.agent))
			return (true);
	return (false);
}

/* On the home link it is a neighbour, unless it has another prefix. */
static bool
is_behind_router(const struct peering *p)
{
	const struct home	*h = p->home;

	return (h->phase == PHASE_AWAY || h->phase == PHASE_ENDING ||
	    (h->phase == PHASE_RETURNING &&
	    !in6_prefix_eq(&p->addr, &h->conf.prefix.addr,
	    h->conf.prefix.len)));
}

/*
 * Is the way to the home agent what it should be for the next Binding Update?
 * If not it is asked for, and path_result() says when it is there.  Back on the
 * home link it is a neighbour, which takes that the home prefix is no longer
 * led into the tunnel by systems that can only do so by destination.
 */
bool
path_ready(struct peering *p, struct now now)
{
	struct home		*h = p->home;
	const struct router	*r = NULL;
	struct msg_path		 want;
	uint32_t		 policy;

	memset(&want, 0, sizeof(want));
	if (is_behind_router(p) && (r = router_for(p, now)) != NULL) {
		want.agent = p->addr;
		want.router = r->addr;
		want.ifindex = BINDING(p)->ifindex;
		want.add = true;
	} else
		want.agent = p->path.agent;
	policy = h->policy_told == TOLD_ON ? tell_policy(h, true) : 0;
	if (!want.add && path_shared(p))
		p->path = want;
	if (!same_path(&want, &p->path))
		tell_path(p, &want, now);
	else if (policy != 0)
		evidence_path_asked(&p->way, policy, now.mono.ns);
	else {
		/* Answered, or not in a whole timeout: go on without. */
		evidence_path_forget(&p->way);
		return (true);
	}
	return (false);
}

/* What was sent to the home agent had no answer: is the router there? */
void
path_suspect(struct peering *p, struct now now)
{
	const struct router	*r = router_for(p, now);

	if (p->home->phase == PHASE_AWAY && r != NULL)
		movement_suspect(r->ifc, &r->addr, now);
}

/*
 * The parent has answered.  The peering that waits for that way, NULL: it was
 * about something else, or nobody does any more.
 */
struct peering *
path_result(struct mn *mn, const struct msg_result *m, struct now now)
{
	struct home	*h;
	struct peering	*p;

	for (h = mn->homes; h != NULL; h = h->next) {
		p = AGENT(h);
		if (p->way.id == m->id && m->id != 0)
			return (evidence_path_answered(&p->way, now.mono.ns) ?
			    p : NULL);
	}
	return (NULL);
}

/* The home address is given up or the daemon ends: no host route any more. */
void
path_end(struct peering *p, struct now now)
{
	struct msg_path	 none;

	if (!p->path.add)
		return;
	memset(&none, 0, sizeof(none));
	none.agent = p->path.agent;
	if (path_shared(p)) {
		p->path = none;
		return;
	}
	tell_path(p, &none, now);
	evidence_path_forget(&p->way);
}

