/*
 * Carrying out what was planned for a node, step by step.  A job has one
 * primitive under way; an error may put more steps into its list (heal.c).
 * All jobs that there can be at a time are there from the start, and nodes
 * wait for one in turn.  sec.c begins them.
 */
#include <errno.h>
#include <string.h>

#include "core/log.h"
#include "sec/int.h"

static void	 go(struct sec_node *);

/* What a step is asked as. */
static const enum prim	 prims[SEC_OPS] = {
	[SEC_SET] = PRIM_SET,
	[SEC_DELETE] = PRIM_DELETE,
	[SEC_MOVE] = PRIM_MOVE,
	[SEC_SAME] = PRIM_MOVE,
	[SEC_CLEAR] = PRIM_CLEAR,
	[SEC_SA_ADD] = PRIM_SA_ADD,
	[SEC_SA_DELETE] = PRIM_SA_DELETE,
};

/* Tell who asked for it what became of a request. */
void
job_answer(struct sec_node *n, uint32_t id, int error)
{
	const struct sec_env	*env = &n->sec->env;
	struct msg_result	 r = { .id = id, .error = (uint32_t)error };

	env->send(env->arg, n->role, MSG_RESULT, &r);
}

/* Does the tunnel want to be moved once more, or looked at? */
static bool
leaves_doubt(const struct sec_node *n, struct mono now)
{
	const struct sec_job	*j = n->job;

	return (j->unhealed || (n->strays && j->to.tunnel) ||
	    (j->moved && n->rekeyed.ns != 0 &&
	    mono_diff(now, n->rekeyed) < SEC(SEC_HEAL_AFTER)));
}

/* Registered: not back at home, not ended. */
static bool
is_registration(const struct sec_node *n)
{
	const struct sec_job	*j = n->job;

	return (n->want.agent_side && j->error == 0 &&
	    (j->to.tunnel || n->want.protect == PROTECT_NONE) &&
	    !IN6_ARE_ADDR_EQUAL(&j->km_remote, &n->want.home));
}

/*
 * When that was: now, or before the life of this planning, which was told of it
 * by SEC_PAST; such a request has no number.
 */
static void
note_registration(struct sec_node *n, struct now now)
{
	uint64_t	 at = (uint64_t)(now.wall / NS_PER_SEC);

	if (n->job->id == 0) {
		if (n->past_at <= n->seen)
			return;
		at = n->past_at;
	}
	n->seen = at;
	n->sec->saved_dirty = true;
}

static void
request_done(struct sec_node *n)
{
	struct sec	*s = n->sec;
	struct sec_job	*j = n->job;
	struct now	 now = s->env.now(s->env.arg);

	n->moves++;
	n->moved = now.mono;
	n->took = mono_diff(now.mono, j->begun);
	n->result = j->error;
	if (j->moved)
		sec_count(s, SC_MIGRATIONS);
	if (j->error != 0 && j->error != EOPNOTSUPP) {
		n->errors++;
		sec_count(s, SC_MIGRATION_ERRORS);
	}
	/* A reload came in between: once more when that is in the kernel. */
	if (j->error == EACCES && !n->gone && !n->asked &&
	    plan_needs_install(n)) {
		n->asked = true;
		return;
	}
	n->heals = 0;
	sec_timer_stop(s, &n->heal_timer);
	n->heal_due = false;
	if (leaves_doubt(n, now.mono)) {
		heal_later(n);
		orphan_suspect(n);
	}
	if (is_registration(n))
		note_registration(n, now);
	job_answer(n, j->id, j->error);
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
	compare_begin(n->sec);
}

/* What the kernel has refused is not there; that is tried again later. */
static void
done(struct sec_node *n)
{
	const struct sec_job	*j = n->job;

	if (j->why != SEC_REMOVE) {
		n->have = j->to;
		n->present = plan_all(&n->have) & ~j->missing;
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
	if (plan_missing(n) != 0 || j->sa_refused)
		n->refused = n->sec->refused = true;
}

static void
install_done(struct sec_node *n)
{
	static struct log_limit	 limit;
	const struct sec_job	*j = n->job;

	if (!j->undone)
		spi_manual(n);
	if (j->error != 0 && j->error != ECANCELED &&
	    limit_lines(&limit, sec_now(n->sec), 5, NULL))
		log_error("IPsec of a node: reqid %u: %s", n->have.reqid,
		    strerror(j->error));
}

static void
finish(struct sec_node *n)
{
	struct sec_job	*j = n->job;
	struct sec	*s = n->sec;

	if (j->undone)
		undo(n);
	else
		done(n);
	if (j->why == SEC_INSTALL)
		install_done(n);
	else if (j->why == SEC_REQUEST)
		request_done(n);
	else if (j->why == SEC_HEAL && j->unhealed)
		heal_later(n);
	else if (j->why == SEC_HEAL) {
		sec_count(s, SC_HEALED);
		orphan_suspect(n);
	}
	n->job = NULL;
	s->njobs--;
	j->next = s->free_jobs;
	s->free_jobs = j;
	if (n->unsure)
		compare_begin(s);
	plan_ready(n);
}

/* Of a former life, perhaps with other keys: it goes, and then once more. */
static void
replace_sa(struct sec_job *j, const struct sec_step *st)
{
	const struct sec_step	 del = { .op = SEC_SA_DELETE,
	    .index = st->index, .from = true };
	struct sec_step		 once = *st;

	once.again = true;
	plan_insert(j, &once);
	plan_insert(j, &del);
}

/* A policy was to be put there; those of where the node was do not count. */
static void
set_done(struct sec_node *n, const struct sec_step *st, int e)
{
	if (e == 0)
		sec_count(n->sec, SC_POLICIES);
	if (st->from)
		return;
	if (e == 0)
		n->job->missing &= ~(1U << st->index);
	else
		n->job->missing |= 1U << st->index;
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
			heal_step(n, &st, e);
		return;
	case SEC_DELETE:
		if (e == ENOENT || e == ESRCH)
			e = 0;
		break;
	case SEC_SA_ADD:
		if (e == EEXIST && !st.again) {
			replace_sa(j, &st);
			e = 0;
		}
		j->sa_refused |= e != 0;
		break;
	case SEC_SA_DELETE:
	case SEC_CLEAR:
	case SEC_OPS:
		return;
	case SEC_SET:
		set_done(n, &st, e);
		break;
	}
	if (e != 0 && j->error == 0)
		j->error = e;
}

static void
on_result(void *arg, const struct prim_result *r)
{
	struct sec_node	*n = arg;
	struct sec	*s = n->sec;
	struct sec_job	*j = n->job;

	if (sec_is_short(r) && mono_diff(sec_now(s), j->begun) < SEC_PATIENCE) {
		TAILQ_INSERT_TAIL(&s->waiting, n, waiting);
		sec_retry(s);
		return;
	}
	if (sec_is_short(r) || r->error == ECANCELED ||
	    r->error == ETIMEDOUT) {
		/* Nobody knows what is there, or there is no going on. */
		j->undone = j->unhealed = true;
		j->error = r->error;
		j->at = j->n;
	} else
		step_done(n, r->error);
	go(n);
}

/* The next step, or the end. */
static void
go(struct sec_node *n)
{
	struct sec_job		*j = n->job;
	const struct sec_step	*st = &j->steps[j->at];
	struct prim_request	 r;

	if (j->at == j->n) {
		finish(n);
		return;
	}
	memset(&r, 0, sizeof(r));
	r.op = prims[st->op];
	r.index = st->index;
	r.of = st->from ? j->from : j->to;
	if (r.op == PRIM_MOVE) {
		r.local = j->to.local;
		r.peer = j->to.peer;
		r.km = st->km;
		r.km_local = j->km_local;
		r.km_remote = j->km_remote;
	}
	sec_ask(n->sec, &r, on_result, n);
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
			plan_ready(n);
		}
	sec_soon(s);
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

/* There is no reqid for it, so nothing can be done. */
static void
refuse(struct sec_node *n)
{
	n->heal_due = false;
	if (!n->asked)
		return;
	n->asked = false;
	n->errors++;
	sec_count(n->sec, SC_MIGRATION_ERRORS);
	job_answer(n, n->request.id, ENOSPC);
}

static void
plan(struct sec_node *n)
{
	struct sec_job	*j = n->job;

	if (n->gone) {
		j->why = SEC_REMOVE;
		plan_remove(n);
	} else if (plan_needs_install(n)) {
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
		reqid_release(n);
		orphan_node_gone(n);
		sec_node_free(n);
		return (false);
	}
	if (!n->gone && n->want.reqid == 0) {
		refuse(n);
		return (false);
	}
	if (!n->gone && !plan_needs_install(n) && !n->asked && !n->heal_due)
		return (false);
	j = s->free_jobs;
	s->free_jobs = j->next;
	memset(j, 0, sizeof(*j));
	n->job = j;
	s->njobs++;
	j->from = j->to = n->have;
	/* What no step of the job puts there stays missing. */
	j->missing = plan_missing(n);
	j->begun = sec_now(s);
	plan(n);
	go(n);
	return (true);
}
