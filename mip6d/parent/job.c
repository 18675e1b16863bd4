/*
 * What a node's policies need, step by step.  A job is a list of requests of
 * the kernel, one in flight; an error may put more of them into the list.
 * MIGRATE moves a policy with its associations (RFC 4877 section 6, and
 * draft-ebalard-mext-pfkey-enhanced-migrate for key management addresses).
 */
#include <sys/types.h>

#include <event2/event.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "core/clock.h"
#include "core/timer.h"
#include "parent/ipsec.h"

#define STRAYS_AFTER	SEC(1)	/* they come in pairs */
#define DUMMY_SPI	0x6d697036

static void	 go(struct sec_node *);

static void
step(struct sec_job *j, enum sec_op op, size_t index, bool km)
{
	if (j->n < SEC_STEPS_MAX)
		j->steps[j->n++] = (struct sec_step){ .op = (uint8_t)op,
		    .index = (uint8_t)index, .km = km };
	else
		j->error = E2BIG;
}

/* Before what comes next. */
static void
insert(struct sec_job *j, enum sec_op op, uint8_t index, bool km, bool again)
{
	if (j->n == SEC_STEPS_MAX) {
		j->error = E2BIG;
		return;
	}
	memmove(&j->steps[j->at + 1], &j->steps[j->at],
	    (j->n - j->at) * sizeof(j->steps[0]));
	j->n++;
	j->steps[j->at] = (struct sec_step){ .op = (uint8_t)op,
	    .index = index, .km = km, .again = again };
}

static uint32_t
all_of(const struct spd_node *d)
{
	return ((uint32_t)((1ULL << spd_count(d)) - 1));
}

/* Policies of the node that are known to be missing, a bit each. */
static uint32_t
missing(const struct sec_node *n)
{
	return (n->installed ? all_of(&n->have) & ~n->present : 0);
}

/* Policy `index' of d. */
static const struct pfkey_policy *
policy_at(const struct spd_node *d, size_t index)
{
	static struct spd_entry	 e;

	return (spd_entry(d, index, &e) ? &e.policy : NULL);
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

static void
sa_steps(struct sec_node *n, enum sec_op op, enum conf_sa_use use)
{
	size_t	 i;

	for (i = 0; n->conf != NULL && i < n->conf->nsas; i++)
		if (manual_use(n, i, use))
			step(n->job, op, i, false);
}

/* Policies that are missing or another; those that are no longer wanted. */
static void
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
	if (!same && memcmp(&j->to.agent, &n->have.agent,
	    sizeof(j->to.agent)) != 0)
		j->to.tunnel = false;
	for (i = 0; !same && spd_entry(&j->from, i, &e); i++)
		if ((n->present >> i & 1) != 0 &&
		    !has_key_of(&j->to, &e.policy))
			step(j, SEC_DELETE, i, false);
	for (i = 0; spd_entry(&j->to, i, &e); i++)
		if (!same || (n->present >> i & 1) == 0)
			step(j, SEC_SET, i, false);
	if (!n->sas_up || n->sa_refused)
		sa_steps(n, SEC_SA_ADD, SA_BINDING);
	if (j->to.tunnel && (!n->tunnel_sas_up || n->sa_refused))
		sa_steps(n, SEC_SA_ADD, SA_TUNNEL);
}

static void
plan_remove(struct sec_node *n)
{
	struct spd_entry	 e;
	size_t			 i;

	for (i = 0; spd_entry(&n->job->from, i, &e); i++)
		if ((n->present >> i & 1) != 0)
			step(n->job, SEC_DELETE, i, false);
	if (n->sas_up)
		sa_steps(n, SEC_SA_DELETE, SA_BINDING);
	if (n->tunnel_sas_up)
		sa_steps(n, SEC_SA_DELETE, SA_TUNNEL);
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

static void
each_but_transport(struct sec_job *j, const struct spd_node *d,
    enum sec_op op)
{
	struct spd_entry	 e;
	size_t			 i;

	for (i = 0; spd_entry(d, i, &e); i++)
		if (e.kind != SPD_TRANSPORT)
			step(j, op, i, false);
}

/* SEC_SET, again: policies of job.from rather than of job.to. */
static void
set_from(struct sec_job *j)
{
	unsigned int	 i;

	for (i = 0; i < j->n; i++)
		j->steps[i].again = true;
}

static bool
same_ends(const struct spd_node *a, const struct spd_node *b)
{
	return (IN6_ARE_ADDR_EQUAL(&a->local, &b->local) &&
	    IN6_ARE_ADDR_EQUAL(&a->peer, &b->peer));
}

/*
 * To the endpoints of the request.  What a tunnel had when it was last in use
 * still has its associations there: it is put back there and moves on.
 */
static void
plan_request(struct sec_node *n)
{
	const struct msg_ipsec	*m = &n->request;
	struct sec_job		*j = n->job;
	bool			 on = (m->flags & IPSEC_TUNNEL) != 0;
	bool			 km = (m->flags & IPSEC_KM) != 0 &&
				    !sec_manual(n);
	bool			 move;

	j->id = m->id;
	j->to.tunnel = on;
	j->km_local = m->local;
	j->km_remote = m->peer;
	if (km && !n->sec->migrate) {
		j->error = EOPNOTSUPP;
		km = false;
	}
	j->km_was = n->km;
	j->km_was_local = n->km_local;
	j->km_was_remote = n->km_remote;
	n->km = km;
	n->km_local = m->local;
	n->km_remote = m->peer;
	if (on) {
		j->to.local = m->local;
		j->to.peer = m->peer;
	}
	move = on && n->has_ends && !same_ends(&j->from, &j->to) &&
	    n->sec->migrate;
	if (!on && j->from.tunnel)
		each_but_transport(j, &j->from, SEC_DELETE);
	if (on && move) {
		/* At first where they were. */
		if (!j->from.tunnel) {
			j->from.tunnel = true;
			each_but_transport(j, &j->from, SEC_SET);
			set_from(j);
		}
		each_tunnel(j, &j->from, SEC_MOVE, km);
	} else if (on && (!j->from.tunnel || !same_ends(&j->from, &j->to)))
		each_but_transport(j, &j->to, SEC_SET);
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
	each_but_transport(j, &j->from, SEC_SET);
	set_from(j);
	each_tunnel(j, &j->from, SEC_MOVE, n->km);
}

static void
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

static void
on_heal(int fd, short what, void *arg)
{
	struct sec_node	*n = arg;

	(void)fd;
	(void)what;
	n->heal_due = true;
	sec_queue(n);
	sadb_wake(n->sec->sadb);
}

static void
heal_later(struct sec_node *n)
{
	if (!n->km || n->heals == SEC_HEALS_MAX)
		return;
	n->heals++;
	if (n->heal_ev == NULL)
		n->heal_ev = event_new(n->sec->parent->base, -1, 0, on_heal, n);
	/* Rather too early than never. */
	if (n->heal_ev == NULL || timer_in(n->heal_ev,
	    n->strays ? STRAYS_AFTER : SEC(SEC_HEAL_AFTER)) == -1)
		on_heal(-1, 0, n);
}

/*
 * There is a new association of the tunnel, between these.  While policies are
 * inactive that is where they are to begin; else it may be at a place that the
 * node has left since it was asked for.
 */
void
job_tunnel_ends(struct sec_node *n, const struct in6_addr *src,
    const struct in6_addr *dst)
{
	const struct in6_addr	*local, *peer;
	bool			 out;

	out = IN6_ARE_ADDR_EQUAL(n->want.agent_side ? src : dst,
	    &n->want.agent);
	local = out ? src : dst;
	peer = out ? dst : src;
	if (n->job == NULL && !n->have.tunnel) {
		n->have.local = *local;
		n->have.peer = *peer;
		n->has_ends = true;
	} else if (n->km && (!IN6_ARE_ADDR_EQUAL(local, &n->km_local) ||
	    !IN6_ARE_ADDR_EQUAL(peer, &n->km_remote))) {
		n->strays = true;
		n->stray_local = *local;
		n->stray_peer = *peer;
		heal_later(n);
	}
}

static void
answer(struct sec_node *n, uint32_t id, int error)
{
	struct msg_result	 r = { .id = id, .error = (uint32_t)error };

	proc_send(n->sec->parent, n->role, MSG_RESULT, &r);
}

static void
request_done(struct sec_node *n)
{
	struct counters	*c = &n->sec->parent->counters;
	struct sec_job	*j = n->job;
	struct mono	 now = mono_now();

	n->moves++;
	n->moved = now;
	n->took = mono_diff(now, j->begun);
	n->result = j->error;
	if (j->moved)
		COUNT(c, PC_MIGRATIONS);
	if (j->error != 0 && j->error != EOPNOTSUPP) {
		n->errors++;
		COUNT(c, PC_MIGRATION_ERRORS);
	}
	n->heals = 0;
	if (n->heal_ev != NULL)
		event_del(n->heal_ev);
	n->heal_due = false;
	if (j->unhealed || (n->strays && j->to.tunnel) ||
	    (j->moved && n->rekeyed.ns != 0 &&
	    mono_diff(now, n->rekeyed) < SEC(SEC_HEAL_AFTER))) {
		heal_later(n);
		orphan_suspect(n);
	}
	/* Registered: not back at home, not ended. */
	if (n->want.agent_side && j->error == 0 &&
	    (j->to.tunnel || n->want.protect == PROTECT_NONE) &&
	    !IN6_ARE_ADDR_EQUAL(&j->km_remote, &n->want.home)) {
		n->seen = (uint64_t)(clock_now().wall / NS_PER_SEC);
		n->sec->saved_dirty = true;
	}
	answer(n, j->id, j->error);
}

/*
 * The job stopped in the middle; who asked is told that it failed, so things
 * are to be as they were.  What the kernel has of it by now, a comparison
 * tells: what is missing is put back, what is new goes.
 */
static void
undo(struct sec_node *n)
{
	const struct sec_job	*j = n->job;

	n->have = j->from;
	n->refused = false;
	if (j->why != SEC_REMOVE)
		n->present = 0;
	if (j->why == SEC_INSTALL)
		n->installed = false;
	if (j->why == SEC_REQUEST) {
		n->km = j->km_was;
		n->km_local = j->km_was_local;
		n->km_remote = j->km_was_remote;
	}
	sec_compare(n->sec);
}

/* What the kernel has refused is not there; that is tried again later. */
static void
done(struct sec_node *n)
{
	const struct sec_job	*j = n->job;

	if (j->why != SEC_REMOVE) {
		n->have = j->to;
		n->present = all_of(&n->have) & ~j->missing;
		if (j->to.tunnel)
			n->has_ends = n->tunnel_sas_up = true;
	} else {
		n->present = 0;
		n->have.tunnel = n->has_ends = false;
		n->installed = n->sas_up = n->tunnel_sas_up = false;
	}
	if (j->why == SEC_INSTALL) {
		n->installed = n->sas_up = true;
		n->sa_refused = false;
	}
	n->sa_refused |= j->sa_refused;
	if (missing(n) != 0 || j->sa_refused)
		n->refused = n->sec->refused = true;
}

static void
finish(struct sec_node *n)
{
	static struct log_limit	 limit;
	struct sec_job		*j = n->job;
	struct sec		*s = n->sec;

	if (j->undone)
		undo(n);
	else
		done(n);
	if (j->why == SEC_INSTALL) {
		if (!j->undone)
			spi_manual(n);
		if (j->error != 0 && j->error != ECANCELED &&
		    limit_lines(&limit, mono_now(), 5, NULL))
			log_error("IPsec of a node: reqid %u: %s",
			    n->have.reqid, strerror(j->error));
	} else if (j->why == SEC_REQUEST)
		request_done(n);
	else if (j->why == SEC_HEAL) {
		if (j->unhealed)
			heal_later(n);
		else {
			COUNT(&s->parent->counters, PC_HEALED);
			orphan_suspect(n);
		}
	}
	n->job = NULL;
	s->njobs--;
	j->next = s->free_jobs;
	s->free_jobs = j;
	if (n->unsure)
		sec_compare(s);
	job_ready(n);
}

/* A MIGRATE failed: what the fact is, and what helps. */
static void
heal(struct sec_node *n, const struct sec_step *st, int e)
{
	struct sec_job	*j = n->job;
	struct counters	*c = &n->sec->parent->counters;

	if (e == MIGRATE_OBSTACLE && !st->again) {
		/* A larval association is in the way: replace it. */
		insert(j, (enum sec_op)st->op, st->index, st->km, true);
		insert(j, SEC_DUMMY_DELETE, st->index, st->op == SEC_MOVE,
		    false);
		insert(j, SEC_DUMMY_ADD, st->index, st->op == SEC_MOVE, false);
		COUNT(c, PC_HEALED);
		return;
	}
	if (st->op == SEC_MOVE && e == ENOENT && !st->again) {
		/* It is not there, but its associations may be. */
		insert(j, SEC_MOVE, st->index, st->km, true);
		insert(j, SEC_SET, st->index, false, true);
		COUNT(c, PC_HEALED);
		return;
	}
	if (st->op == SEC_MOVE && e == MIGRATE_OBSTACLE) {
		/* The policy at least; its associations if there are any. */
		insert(j, SEC_SAME, st->index, st->km, true);
		insert(j, SEC_SET, st->index, false, false);
		COUNT(c, PC_HEALED);
		return;
	}
	if (st->op == SEC_SAME && e == ENOENT && !st->again) {
		insert(j, SEC_SAME, st->index, st->km, true);
		insert(j, SEC_SET, st->index, false, false);
		COUNT(c, PC_HEALED);
		return;
	}
	if (st->op == SEC_MOVE)
		insert(j, SEC_SET, st->index, false, false);
	j->unhealed = true;
	if (j->error == 0)
		j->error = e;
}

static void
step_done(struct sec_node *n, int e)
{
	struct sec_job		*j = n->job;
	const struct sec_step	 st = j->steps[j->at++];

	switch ((enum sec_op)st.op) {
	case SEC_MOVE:
	case SEC_SAME:
		if (e == 0) {
			j->moved |= st.op == SEC_MOVE;
			j->missing &= ~(1U << st.index);
		} else
			heal(n, &st, e);
		return;
	case SEC_DELETE:
		if (e == ENOENT || e == ESRCH)
			e = 0;
		break;
	case SEC_SA_ADD:
		/* Of a former life, perhaps with other keys. */
		if (e == EEXIST && !st.again) {
			insert(j, SEC_SA_ADD, st.index, false, true);
			insert(j, SEC_SA_DELETE, st.index, false, false);
			e = 0;
		}
		j->sa_refused |= e != 0;
		break;
	case SEC_SA_DELETE:
		e = 0;
		break;
	case SEC_DUMMY_ADD:
	case SEC_DUMMY_DELETE:
		return;
	case SEC_SET:
		if (e == 0)
			COUNT(&n->sec->parent->counters, PC_POLICIES);
		/* Again: it is one of where the node was. */
		if (st.again)
			break;
		if (e == 0)
			j->missing &= ~(1U << st.index);
		else
			j->missing |= 1U << st.index;
		break;
	}
	if (e != 0 && j->error == 0)
		j->error = e;
}

/* There is no memory, here or in the kernel: nothing has been done. */
bool
job_is_short(const struct pfkey_reply *r)
{
	return (r->error == PFKEY_E_NOMEM || r->error == PFKEY_E_QUEUE ||
	    ((r->error == PFKEY_E_KERNEL || r->error == PFKEY_E_SEND) &&
	    (r->errnum == ENOMEM || r->errnum == ENOBUFS)));
}

static void
on_reply(void *arg, const struct pfkey_reply *r)
{
	struct sec_node	*n = arg;
	struct sec_job	*j = n->job;
	int		 e = sadb_errno(r);

	if (job_is_short(r) &&
	    mono_diff(mono_now(), j->begun) < SEC_PATIENCE) {
		TAILQ_INSERT_TAIL(&n->sec->waiting, n, waiting);
		sec_retry(n->sec);
		return;
	}
	if (job_is_short(r) || e == ECANCELED || e == ETIMEDOUT) {
		/* Nobody knows what is there, or there is no going on. */
		j->undone = j->unhealed = true;
		j->error = e;
		j->at = j->n;
	} else
		step_done(n, e);
	go(n);
}

/* The kernel may take by now what it has refused. */
void
job_refused(struct sec *s)
{
	struct sec_node	*n;

	if (!s->refused)
		return;
	s->refused = false;
	TAILQ_FOREACH(n, &s->nodes, all)
		if (n->refused) {
			n->refused = false;
			job_ready(n);
		}
	sadb_wake(s->sadb);
}

/* There may be memory again. */
void
job_retry(struct sec *s)
{
	struct sec_nodes	 list = TAILQ_HEAD_INITIALIZER(list);
	struct sec_node		*n;

	TAILQ_CONCAT(&list, &s->waiting, waiting);
	while ((n = TAILQ_FIRST(&list)) != NULL) {
		TAILQ_REMOVE(&list, n, waiting);
		go(n);
	}
}

/* Is that a policy that the node's job puts there, or takes away? */
bool
job_is_about(const struct sec_node *n, const struct pfkey_policy *p)
{
	return (n->job != NULL && (has_key_of(&n->job->from, p) ||
	    has_key_of(&n->job->to, p)));
}

/* All jobs that there can be at a time are there: none fails for that. */
void
job_start(struct sec *s)
{
	size_t	 i;

	for (i = 0; i < SEC_JOBS_MAX; i++) {
		s->jobs[i].next = s->free_jobs;
		s->free_jobs = &s->jobs[i];
	}
}

/* An association that looks like the one that an ACQUIRE left behind. */
static enum pfkey_error
dummy(struct sec_job *j, const struct sec_step *st, struct pfkey_msg *m)
{
	static const uint8_t		 zero[32];
	const struct spd_node		*d = st->km ? &j->from : &j->to;
	const struct pfkey_policy	*p = policy_at(d, st->index);
	struct pfkey_migrate		 g;
	struct pfkey_sa			 sa;

	if (p == NULL)
		return (PFKEY_E_VALUE);
	spd_migrate(p, &d->local, &d->peer, &g);
	memset(&sa, 0, sizeof(sa));
	sa.satype = PFKEY_ESP;
	sa.spi = DUMMY_SPI;
	sa.src = g.from[0].src;
	sa.dst = g.from[0].dst;
	sa.mode = g.from[0].mode;
	sa.reqid = g.from[0].reqid;
	sa.encrypt = PFKEY_C_NULL;
	sa.auth = PFKEY_A_SHA256;
	sa.key_auth = (struct pfkey_key){ zero, 256 };
	return (pfkey_from_sa(m, st->op == SEC_DUMMY_ADD ? PFKEY_ADD :
	    PFKEY_DELETE, &sa));
}

static enum pfkey_error
move(struct sec_job *j, const struct sec_step *st, struct pfkey_msg *m)
{
	const struct spd_node		*d = st->op == SEC_MOVE ? &j->from :
					    &j->to;
	const struct pfkey_policy	*p = policy_at(d, st->index);
	struct pfkey_migrate		 g;

	if (p == NULL)
		return (PFKEY_E_VALUE);
	spd_migrate(p, &j->to.local, &j->to.peer, &g);
	if (st->km) {
		g.km_local = spd_addr(&j->km_local);
		g.km_remote = spd_addr(&j->km_remote);
	}
	return (pfkey_from_migrate(m, &g));
}

static enum pfkey_error
build(struct sec_node *n, const struct sec_step *st, struct pfkey_msg *m)
{
	struct sec_job			*j = n->job;
	const struct pfkey_policy	*p;
	struct pfkey_sa			 sa;
	enum pfkey_error		 e;

	switch ((enum sec_op)st->op) {
	case SEC_SET:
		p = policy_at(st->again ? &j->from : &j->to, st->index);
		return (p == NULL ? PFKEY_E_VALUE :
		    pfkey_from_policy(m, PFKEY_SPDUPDATE, p));
	case SEC_DELETE:
		p = policy_at(&j->from, st->index);
		return (p == NULL ? PFKEY_E_VALUE :
		    pfkey_from_policy(m, PFKEY_SPDDELETE, p));
	case SEC_MOVE:
	case SEC_SAME:
		return (move(j, st, m));
	case SEC_DUMMY_ADD:
	case SEC_DUMMY_DELETE:
		return (dummy(j, st, m));
	case SEC_SA_ADD:
	case SEC_SA_DELETE:
		e = manual_sa(n, st->op == SEC_SA_ADD ? &j->to : &j->from,
		    st->index, &sa);
		return (e != PFKEY_OK ? e : pfkey_from_sa(m,
		    st->op == SEC_SA_ADD ? PFKEY_ADD : PFKEY_DELETE, &sa));
	}
	return (PFKEY_E_VALUE);
}

/* The next step, or the end. */
static void
go(struct sec_node *n)
{
	struct sec_job		*j = n->job;
	struct pfkey_msg	 m;

	while (j->at < j->n) {
		if (build(n, &j->steps[j->at], &m) == PFKEY_OK) {
			sadb_request(n->sec->sadb, &m, on_reply, n);
			return;
		}
		step_done(n, EINVAL);
	}
	finish(n);
}

static bool
needs_install(const struct sec_node *n)
{
	return (!n->installed || n->have.reqid != n->want.reqid ||
	    n->have.protect != n->want.protect || !IN6_ARE_ADDR_EQUAL(
	    &n->have.agent, &n->want.agent) || (!n->refused &&
	    (n->sa_refused || n->present != all_of(&n->have))));
}

/* Anything to do that is not under way?  Then it waits for its turn. */
void
job_ready(struct sec_node *n)
{
	if (n->job == NULL && (n->gone || n->asked || n->heal_due ||
	    (needs_install(n) && n->want.reqid != 0)))
		sec_queue(n);
}

/* There is no reqid for it, so nothing can be done. */
static void
refuse(struct sec_node *n)
{
	n->heal_due = false;
	if (!n->asked)
		return;
	n->asked = false;
	n->errors++;
	COUNT(&n->sec->parent->counters, PC_MIGRATION_ERRORS);
	answer(n, n->request.id, ENOSPC);
}

/* Begin what is first to be done; false: there is nothing. */
bool
job_begin(struct sec_node *n)
{
	struct sec	*s = n->sec;
	struct sec_job	*j;

	if (n->job != NULL || s->free_jobs == NULL)
		return (false);
	if (n->gone && !n->installed) {
		sec_node_free(n);
		return (false);
	}
	if (!n->gone && n->want.reqid == 0) {
		refuse(n);
		return (false);
	}
	if (!n->gone && !needs_install(n) && !n->asked && !n->heal_due)
		return (false);
	j = s->free_jobs;
	s->free_jobs = j->next;
	memset(j, 0, sizeof(*j));
	n->job = j;
	s->njobs++;
	j->from = j->to = n->have;
	/* What no step of the job puts there stays missing. */
	j->missing = missing(n);
	j->begun = mono_now();
	if (n->gone) {
		j->why = SEC_REMOVE;
		plan_remove(n);
	} else if (needs_install(n)) {
		j->why = SEC_INSTALL;
		plan_install(n);
	} else if (n->asked) {
		j->why = SEC_REQUEST;
		n->asked = false;
		plan_request(n);
	} else {
		j->why = SEC_HEAL;
		n->heal_due = false;
		plan_heal(n);
	}
	go(n);
	return (true);
}

/* Who asked for what is not going to be done is told so. */
void
job_cancel(struct sec_node *n)
{
	if (n->asked)
		answer(n, n->request.id, ECANCELED);
	n->asked = false;
}

static bool
allowed(const struct proc *pr, const struct sec_node *n,
    const struct msg_ipsec *m)
{
	const struct in6_addr	*agent = pr->role == ROLE_HA ? &m->local :
				    &m->peer;
	const struct in6_addr	*other = pr->role == ROLE_HA ? &m->peer :
				    &m->local;

	return (n != NULL && !n->gone &&
	    IN6_ARE_ADDR_EQUAL(agent, &n->want.agent) &&
	    !IN6_IS_ADDR_UNSPECIFIED(other) && !IN6_IS_ADDR_MULTICAST(other) &&
	    !IN6_IS_ADDR_LOOPBACK(other) && !IN6_IS_ADDR_LINKLOCAL(other) &&
	    (m->flags & ~(IPSEC_TUNNEL | IPSEC_KM)) == 0);
}

static void
answer_request(struct proc *pr, uint32_t id, int error)
{
	struct msg_result	 r = { .id = id, .error = (uint32_t)error };

	if (id != 0)
		proc_send(pr->parent, pr->role, MSG_RESULT, &r);
}

/* ha, mn: MSG_IPSEC. */
void
job_request(struct proc *pr, const union msg *msg)
{
	const struct msg_ipsec	*m = &msg->u_IPSEC;
	struct sec		*s = pr->parent->sec;
	struct sec_node		*n = s == NULL ? NULL :
				    sec_find(s, pr->role, &m->home);

	if (n == NULL && s != NULL && s->incomplete) {
		answer_request(pr, m->id, ENOMEM);
		return;
	}
	if (!allowed(pr, n, m)) {
		parent_denied(pr, "IPsec of what is not its node");
		answer_request(pr, m->id, EACCES);
		return;
	}
	job_cancel(n);
	n->request = *m;
	n->asked = true;
	sec_queue(n);
	sadb_wake(s->sadb);
}
