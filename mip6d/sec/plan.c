/*
 * What is to be done for a node, as a list of steps: to install what is
 * configured, to remove it, to follow a request to other endpoints, to move
 * where a tunnel is already so that key management follows (RFC 4877
 * section 6).  Nothing is asked here; job.c carries the list out.
 */
#include <errno.h>
#include <string.h>

#include "sec/int.h"

static bool
is_of_from(enum sec_op op)
{
	return (op == SEC_DELETE || op == SEC_MOVE || op == SEC_SA_DELETE);
}

static void
add(struct sec_job *j, const struct sec_step *st)
{
	if (j->n < SEC_STEPS_MAX)
		j->steps[j->n++] = *st;
	else
		j->error = E2BIG;
}

static void
step(struct sec_job *j, enum sec_op op, size_t index, bool km)
{
	const struct sec_step	 st = { .op = (uint8_t)op,
	    .index = (uint8_t)index, .km = km, .from = is_of_from(op) };

	add(j, &st);
}

/* One more step, before what comes next. */
void
plan_insert(struct sec_job *j, const struct sec_step *st)
{
	if (j->n == SEC_STEPS_MAX) {
		j->error = E2BIG;
		return;
	}
	memmove(&j->steps[j->at + 1], &j->steps[j->at],
	    (j->n - j->at) * sizeof(j->steps[0]));
	j->n++;
	j->steps[j->at] = *st;
}

/* All policies of d, a bit each. */
uint32_t
plan_all(const struct spd_node *d)
{
	return ((uint32_t)((1ULL << spd_count(d)) - 1));
}

/* Policies of the node that are known to be missing, a bit each. */
uint32_t
plan_missing(const struct sec_node *n)
{
	return (n->installed ? plan_all(&n->have) & ~n->present : 0);
}

/* Is what it has in the kernel another than it shall have? */
bool
plan_needs_install(const struct sec_node *n)
{
	return (!n->installed || n->have.reqid != n->want.reqid ||
	    n->have.protect != n->want.protect || !IN6_ARE_ADDR_EQUAL(
	    &n->have.agent, &n->want.agent) || (!n->refused &&
	    (n->sa_refused || n->present != plan_all(&n->have))));
}

/* Anything to do that is not under way?  Then it waits for its turn. */
void
plan_ready(struct sec_node *n)
{
	if (n->job == NULL && (n->gone || n->asked || n->heal_due ||
	    (plan_needs_install(n) && n->want.reqid != 0)))
		sec_queue(n);
}

static bool
has_key_of(const struct spd_node *d, const struct pfkey_policy *p)
{
	struct spd_entry	 e;
	size_t			 i;

	for (i = 0; spd_entry(d, i, &e); i++)
		if (spd_same_key(&e.policy, p))
			return (true);
	return (false);
}

/* Is that a policy that the node's job puts there, or takes away? */
bool
plan_is_about(const struct sec_node *n, const struct pfkey_policy *p)
{
	return (n->job != NULL && (has_key_of(&n->job->from, p) ||
	    has_key_of(&n->job->to, p)));
}

static void
sa_steps(struct sec_node *n, enum sec_op op, enum conf_sa_use use)
{
	size_t	 i;

	for (i = 0; i < n->nsas; i++)
		if (sec_manual_use(n, i, use))
			step(n->job, op, i, false);
}

/* Its tunnel went to another home agent: nothing of that counts any more. */
static void
forget_ends(struct sec_node *n)
{
	n->job->to.tunnel = false;
	n->has_ends = n->strays = n->km = n->heal_due = false;
	n->heals = 0;
	sec_timer_stop(n->sec, &n->heal_timer);
}

/* Has it ever had something?  A node that a reload has brought has not. */
static bool
was_there(const struct spd_node *d)
{
	return (d->reqid != 0);
}

static void
remove_sas(struct sec_node *n)
{
	if (n->sas_up)
		sa_steps(n, SEC_SA_DELETE, SA_BINDING);
	if (n->tunnel_sas_up)
		sa_steps(n, SEC_SA_DELETE, SA_TUNNEL);
}

/* Those that are missing, or all, as they bear the reqid of their policies. */
static void
install_sas(struct sec_node *n)
{
	const struct sec_job	*j = n->job;

	if (was_there(&j->from) && j->from.reqid != j->to.reqid) {
		remove_sas(n);
		n->sas_up = n->tunnel_sas_up = false;
	}
	if (!n->sas_up || n->sa_refused)
		sa_steps(n, SEC_SA_ADD, SA_BINDING);
	if (j->to.tunnel && (!n->tunnel_sas_up || n->sa_refused))
		sa_steps(n, SEC_SA_ADD, SA_TUNNEL);
}

/* Policies that are missing or another; those that are no longer wanted. */
void
plan_install(struct sec_node *n)
{
	struct sec_job		*j = n->job;
	struct spd_entry	 e;
	bool			 same;
	size_t			 i;

	j->to = n->want;
	j->to.tunnel = n->have.tunnel;
	j->to.local = n->have.local;
	j->to.peer = n->have.peer;
	same = memcmp(&j->to.agent, &n->have.agent, sizeof(j->to.agent)) == 0 &&
	    j->to.reqid == n->have.reqid && j->to.protect == n->have.protect;
	if (!IN6_ARE_ADDR_EQUAL(&j->to.agent, &n->have.agent))
		forget_ends(n);
	/* Also what is not known to be there: a job may have been cut off. */
	for (i = 0; !same && was_there(&j->from) &&
	    spd_entry(&j->from, i, &e); i++)
		if (!has_key_of(&j->to, &e.policy))
			step(j, SEC_DELETE, i, false);
	for (i = 0; spd_entry(&j->to, i, &e); i++)
		if (!same || (n->present >> i & 1) == 0)
			step(j, SEC_SET, i, false);
	install_sas(n);
}

/* The node goes, with all that it has. */
void
plan_remove(struct sec_node *n)
{
	struct spd_entry	 e;
	size_t			 i;

	for (i = 0; spd_entry(&n->job->from, i, &e); i++)
		step(n->job, SEC_DELETE, i, false);
	remove_sas(n);
}

/* The tunnel policies of d, each by that operation; K on the last. */
static void
each_tunnel(struct sec_job *j, const struct spd_node *d, enum sec_op op,
    bool km)
{
	struct spd_entry	 e;
	size_t			 i, last = spd_count(d) - 1;

	for (i = 0; spd_entry(d, i, &e); i++)
		if (e.kind == SPD_TUNNEL)
			step(j, op, i, km && i == last);
}

/* All but those in transport mode, of job.from or job.to. */
static void
each_but_transport(struct sec_job *j, bool from, enum sec_op op)
{
	struct sec_step		 st = { .op = (uint8_t)op, .from = from };
	struct spd_entry	 e;

	for (; spd_entry(from ? &j->from : &j->to, st.index, &e); st.index++)
		if (e.kind != SPD_TRANSPORT)
			add(j, &st);
}

static bool
same_ends(const struct spd_node *a, const struct spd_node *b)
{
	return (IN6_ARE_ADDR_EQUAL(&a->local, &b->local) &&
	    IN6_ARE_ADDR_EQUAL(&a->peer, &b->peer));
}

/* Where key management is to be, and where it was, should that fail. */
static void
set_km(struct sec_node *n, bool km)
{
	const struct msg_ipsec	*m = &n->request;
	struct sec_job		*j = n->job;

	j->km_local = m->local;
	j->km_remote = m->peer;
	j->km_was = n->km;
	j->km_was_local = n->km_local;
	j->km_was_remote = n->km_remote;
	n->km = km;
	n->km_local = m->local;
	n->km_remote = m->peer;
}

/*
 * The tunnel to other ends by MIGRATE.  What it had when it was last in use
 * still has its associations there: it is put back there and moves on.
 */
static void
move_tunnel(struct sec_job *j, bool km)
{
	if (!j->from.tunnel) {
		j->from.tunnel = true;
		each_but_transport(j, true, SEC_SET);
	}
	each_tunnel(j, &j->from, SEC_MOVE, km);
}

/* To the endpoints of the request. */
void
plan_request(struct sec_node *n)
{
	const struct msg_ipsec	*m = &n->request;
	struct sec_job		*j = n->job;
	const bool		 migrate = n->sec->env.migrate;
	bool			 on = (m->flags & IPSEC_TUNNEL) != 0;
	bool			 km = (m->flags & IPSEC_KM) != 0 &&
				    !sec_manual(n);

	j->id = m->id;
	j->to.tunnel = on;
	if (km && !migrate) {
		j->error = EOPNOTSUPP;
		km = false;
	}
	set_km(n, km);
	if (on) {
		j->to.local = m->local;
		j->to.peer = m->peer;
	}
	if (!on && j->from.tunnel)
		each_but_transport(j, true, SEC_DELETE);
	if (on && n->has_ends && !same_ends(&j->from, &j->to) && migrate)
		move_tunnel(j, km);
	else if (on && (!j->from.tunnel || !same_ends(&j->from, &j->to)))
		each_but_transport(j, false, SEC_SET);
	else if (on && km)
		each_tunnel(j, &j->to, SEC_SAME, km);
	if (on && !n->tunnel_sas_up)
		sa_steps(n, SEC_SA_ADD, SA_TUNNEL);
	if (km)
		step(j, SEC_SAME, 0, true);
}

/*
 * Associations that were made for an address where the node was before: the
 * policies go there, and come back with them.
 */
static void
fetch_strays(struct sec_node *n)
{
	struct sec_job	*j = n->job;

	n->strays = false;
	j->from = j->to;
	j->from.local = n->stray_local;
	j->from.peer = n->stray_peer;
	if (same_ends(&j->from, &j->to))
		return;
	each_but_transport(j, true, SEC_SET);
	each_tunnel(j, &j->from, SEC_MOVE, n->km);
}

/* To where it is, so that charon and associations follow. */
void
plan_heal(struct sec_node *n)
{
	struct sec_job	*j = n->job;

	j->km_local = n->km_local;
	j->km_remote = n->km_remote;
	if (j->to.tunnel && n->strays)
		fetch_strays(n);
	else if (j->to.tunnel)
		each_tunnel(j, &j->to, SEC_SAME, true);
	step(j, SEC_SAME, 0, true);
}
