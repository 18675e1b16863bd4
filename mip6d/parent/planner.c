/*
 * Root's part of IPsec.  The sec process plans it, and is told from here of the
 * nodes that are configured, of what engines, ike and net want of it, and of
 * events; what it asks for is done in prims.c.  Here is remembered what engines
 * have asked, as a new sec must know it.
 * It is made when the first node has IPsec, and stays until the end; when none
 * has any more, what was ours leaves the kernel.
 */
#include <sys/types.h>

#include <errno.h>
#include <event2/event.h>
#include <stdlib.h>
#include <string.h>

#include "core/clock.h"
#include "core/timer.h"
#include "kern/kern.h"
#include "parent/kernel.h"
#include "parent/parent.h"
#include "parent/planner.h"

#define END_TIME	SEC(5)
#define RETRY_MS	100
#define WHY_SUBJECT	"sec"

/* -------------------------------------------------- what sec is told */

static void
to_sec(struct planner *pl, enum msg_type t, const void *m)
{
	proc_send(pl->parent, ROLE_SEC, t, m);
}

/* owned_fn */
static void
tell_node(void *arg, struct owned_node *n)
{
	struct planner			*pl = arg;
	const struct msg_sec_node	 m = { .role = (uint8_t)n->role,
	    .home = n->home, .agent = n->agent,
	    .protect = (uint8_t)n->conf->protect };
	struct msg_sec_sa		 sa;
	size_t				 i;

	to_sec(pl, MSG_SEC_NODE, &m);
	for (i = 0; i < n->conf->nsas; i++) {
		sa = (struct msg_sec_sa){ .mark = n->sas[i].mark,
		    .spi = n->sas[i].spi, .use = n->sas[i].use,
		    .way = n->sas[i].way };
		to_sec(pl, MSG_SEC_SA, &sa);
	}
}

static void
tell_nodes(struct planner *pl)
{
	struct msg_sec_nodes	 m = { .first = pl->owned.first,
	    .last = pl->owned.last };
	struct kern_caps	 caps;

	kern_caps(pl->parent->kern, &caps);
	m.migrate = caps.pfkey_migrate;
	owned_each(&pl->owned, pl->parent->conf, tell_node, pl);
	to_sec(pl, MSG_SEC_NODES, &m);
}

/* owned_fn: engines do not ask for it again. */
static void
tell_past(void *arg, struct owned_node *n)
{
	struct planner		*pl = arg;
	struct msg_sec_past	 m = { .role = (uint8_t)n->role,
	    .home = n->home, .want_local = n->want.local,
	    .want_remote = n->want.remote, .want_op = n->want.op,
	    .state = n->key_state, .bound = n->is_bound };

	if (n->want.op == 0 && n->key_state == 0 && !n->is_bound)
		return;
	memcpy(m.text, n->key_text, sizeof(m.text));
	if (n->is_bound) {
		m.at = n->bound_at;
		m.local = n->bound.local;
		m.peer = n->bound.peer;
		m.flags = n->bound.flags;
	}
	to_sec(pl, MSG_SEC_PAST, &m);
}

static void
tell_ipsec(struct planner *pl, const struct ask *a)
{
	const struct msg_ipsec		*i = &a->ipsec;
	const struct msg_sec_ipsec	 m = { .role = (uint8_t)a->node->role,
	    .id = a->number, .home = i->home, .local = i->local,
	    .peer = i->peer, .flags = i->flags };

	to_sec(pl, MSG_SEC_IPSEC, &m);
}

static void
tell_want(struct planner *pl, const struct ask *a, const struct msg_key_want *w)
{
	const struct msg_sec_want	 m = { .role = (uint8_t)a->node->role,
	    .id = a->number, .home = w->home, .local = w->local,
	    .remote = w->remote, .op = w->op };

	to_sec(pl, MSG_SEC_WANT, &m);
}

static void
tell_role(struct planner *pl, enum role r, bool up)
{
	const struct msg_sec_role	 m = { .role = (uint8_t)r, .up = up };

	to_sec(pl, MSG_SEC_ROLE, &m);
}

/* owned_fn: what was said while there was no sec. */
static void
tell_late(void *arg, struct owned_node *n)
{
	struct planner	*pl = arg;

	if (n->late.state != 0)
		to_sec(pl, MSG_KEY_STATE, &n->late);
	n->late.state = 0;
}

static void
answer(struct parent *p, enum role r, uint32_t id, uint32_t error)
{
	const struct msg_result	 m = { .id = id, .error = error };

	if (id != 0)
		proc_send(p, r, MSG_RESULT, &m);
}

/* One that engines asked; the configuration may be another since then. */
static void
tell_ask(struct planner *pl, struct ask *a)
{
	a->told = true;
	if (a->keys ? owned_may_want(a->node, &a->want) :
	    owned_may_follow(a->node, &a->ipsec)) {
		if (a->keys)
			tell_want(pl, a, &a->want);
		else
			tell_ipsec(pl, a);
		return;
	}
	if (!a->keys)
		answer(pl->parent, a->node->role, a->ipsec.id, EACCES);
	asked_done(&pl->asked, a);
}

/* All that it was not told yet. */
static void
tell_asks(struct planner *pl)
{
	struct ask	*a, *next;

	for (a = TAILQ_FIRST(&pl->asked.list); a != NULL; a = next) {
		next = TAILQ_NEXT(a, link);
		if (!a->told)
			tell_ask(pl, a);
	}
}

/* A new sec: all that there is, in the order in which it is understood. */
static void
tell_all(struct planner *pl)
{
	struct parent	*p = pl->parent;
	unsigned int	 r;

	pl->told = true;
	tell_nodes(pl);
	owned_each(&pl->owned, p->conf, tell_past, pl);
	FOREACH_CHILD(r)
		if (r != ROLE_SEC && p->procs[r].state == PROC_READY &&
		    p->procs[r].ipc != NULL)
			tell_role(pl, (enum role)r, true);
	tell_asks(pl);
	owned_each(&pl->owned, p->conf, tell_late, pl);
}

/* It hears what is said, though it may not have been told of nodes yet. */
static bool
sec_runs(const struct parent *p)
{
	return (p->procs[ROLE_SEC].state == PROC_READY &&
	    p->procs[ROLE_SEC].ipc != NULL);
}

/* It knows the nodes: what is said to it is not in vain. */
static bool
sec_plans(const struct planner *pl)
{
	return (pl->told && sec_runs(pl->parent));
}

/* ------------------------------------------------ requests of engines */

/* May it be asked?  While nodes are missing that is seen later. */
static bool
may_ask(const struct planner *pl, const struct owned_node *n, bool may)
{
	return (may || (n != NULL && pl->waits));
}

/* It can be asked by now. */
static bool
may_tell(const struct planner *pl)
{
	return (sec_plans(pl) && !pl->waits);
}

/* ha, mn: MSG_IPSEC.  Without a sec it waits for the next. */
static void
on_ipsec(struct planner *pl, struct proc *pr, const union msg *u)
{
	const struct msg_ipsec	*m = &u->u_IPSEC;
	struct owned_node	*n = owned_node(&pl->owned, pr->role, &m->home);
	struct ask		*a;
	uint32_t		 gone;

	if (!may_ask(pl, n, owned_may_follow(n, m))) {
		parent_denied(pr, "IPsec of what is not its node");
		answer(pl->parent, pr->role, m->id, EACCES);
		return;
	}
	a = asked_ipsec(&pl->asked, n, m, &gone);
	answer(pl->parent, pr->role, gone, ECANCELED);
	if (may_tell(pl))
		tell_ask(pl, a);
}

/* sec: MSG_SEC_DONE. */
static void
on_done(struct planner *pl, struct proc *pr, const union msg *u)
{
	const struct msg_result	*m = &u->u_SEC_DONE;
	struct ask		*a = asked_find(&pl->asked, m->id);
	struct owned_node	*n;

	(void)pr;
	/* What was told as past has no number; another took the place. */
	if (a == NULL)
		return;
	n = a->node;
	if (!a->keys && n->conf != NULL &&
	    (m->error == 0 || m->error == EOPNOTSUPP)) {
		n->bound = a->ipsec;
		n->is_bound = true;
		n->bound_at = (uint64_t)(clock_now().wall / NS_PER_SEC);
	}
	if (!a->keys)
		answer(pl->parent, n->role, a->ipsec.id, m->error);
	asked_done(&pl->asked, a);
}

/* sec: of a node whose keys are charon's; of one that they were, nothing. */
static void
tell_ike(struct planner *pl, struct proc *pr, enum msg_type t,
    const struct in6_addr *home, const void *m, bool may)
{
	if (owned_is_keyed(&pl->owned, home) && may)
		proc_tell(pl->parent, t, m);
	else if (owned_is_keyed(&pl->owned, home) ||
	    !owned_is_home(&pl->owned, home))
		parent_denied(pr, "keys of what is no node");
}

/* ha, mn: what they want of keys, for sec to pass on to ike. */
static void
on_want(struct planner *pl, struct proc *pr, const union msg *u)
{
	const struct msg_key_want	*m = &u->u_KEY_WANT;
	struct owned_node		*n;
	struct ask			*a;

	if (pr->role == ROLE_SEC) {
		tell_ike(pl, pr, MSG_KEY_WANT, &m->home, m,
		    owned_may_key(&pl->owned, m));
		return;
	}
	n = owned_node(&pl->owned, pr->role, &m->home);
	if (!may_ask(pl, n, owned_may_want(n, m))) {
		parent_denied(pr, "keys of what is not its node");
		return;
	}
	if (m->op == KEY_END)
		n->want.op = 0;
	else if (m->op != KEY_DISCARD) {
		n->want = *m;
		n->want.op = KEY_NEED;
	}
	a = asked_keys(&pl->asked, n, m);
	if (!may_tell(pl))
		return;
	/* Not what a new sec would be told: this one has heard the rest. */
	a->told = true;
	tell_want(pl, a, m);
}

/* sec: MSG_SEC_KEYS, for the engine whose node that is. */
static void
on_keys(struct planner *pl, struct proc *pr, const union msg *u)
{
	const struct msg_sec_keys	*m = &u->u_SEC_KEYS;
	struct owned_node		*n;
	struct msg_key_state		 k = { .home = m->home, .at = m->at,
	    .state = m->state, .tunnel = m->tunnel };

	n = owned_node(&pl->owned, (enum role)m->role, &m->home);
	if (n == NULL || m->state < KEY_DOWN || m->state > KEY_FAILED) {
		parent_denied(pr, "keys of what is no node");
		return;
	}
	if (n->conf != NULL) {
		n->key_state = m->state;
		memcpy(n->key_text, m->text, sizeof(n->key_text));
	}
	memcpy(k.text, m->text, sizeof(k.text));
	proc_send(pl->parent, n->role, MSG_KEY_STATE, &k);
}

/* ---------------------------------------------- messages that pass here */

/* ike: MSG_KEY_STATE. */
static void
on_state(struct planner *pl, struct proc *pr, const union msg *u)
{
	const struct msg_key_state	*m = &u->u_KEY_STATE;
	struct owned_node		*n;
	enum role			 r;

	(void)pr;
	if (sec_plans(pl)) {
		to_sec(pl, MSG_KEY_STATE, m);
		return;
	}
	FOREACH_ROLE_WITH(r, HAS_NODES)
		if ((n = owned_node(&pl->owned, r, &m->home)) != NULL &&
		    n->conf != NULL)
			n->late = *m;
}

/* ike: MSG_SA_SPIS, an answer to this sec's last question or to another. */
static void
on_spis(struct planner *pl, struct proc *pr, const union msg *u)
{
	struct msg_sa_spis	 m = u->u_SA_SPIS;

	(void)pr;
	if (!pl->lists || m.id != pl->list_number)
		return;
	pl->lists = false;
	m.id = pl->list_id;
	to_sec(pl, MSG_SA_SPIS, &m);
}

/* net: MSG_SPI_ASK.  Without an answer its packets are not kept for long. */
static void
on_spi_ask(struct planner *pl, struct proc *pr, const union msg *u)
{
	(void)pr;
	to_sec(pl, MSG_SPI_ASK, &u->u_SPI_ASK);
}

/* sec: of a node's home address, to who hears such messages. */
static void
pass(struct planner *pl, struct proc *pr, enum msg_type t,
    const struct in6_addr *home, const void *m)
{
	if (owned_is_home(&pl->owned, home))
		proc_tell(pl->parent, t, m);
	else
		parent_denied(pr, "to tell of what is no node");
}

static void
on_spi(struct planner *pl, struct proc *pr, const union msg *u)
{
	const struct msg_spi	*m = &u->u_SPI;

	/* These are of all. */
	if (m->what == SPI_AGE || m->what == SPI_FORGET)
		proc_tell(pl->parent, MSG_SPI, m);
	else
		pass(pl, pr, MSG_SPI, &m->home, m);
}

static void
on_sa_node(struct planner *pl, struct proc *pr, const union msg *u)
{
	const struct msg_sa_node	*m = &u->u_SA_NODE;

	if (m->gone)
		pass(pl, pr, MSG_SA_NODE, &m->home, m);
	else
		tell_ike(pl, pr, MSG_SA_NODE, &m->home, m,
		    owned_may_have(&pl->owned, m->reqid));
}

static void
on_sa_node_end(struct planner *pl, struct proc *pr, const union msg *u)
{
	(void)pr;
	proc_tell(pl->parent, MSG_SA_NODE_END, &u->u_SA_NODE_END);
}

static void
on_sa_ask(struct planner *pl, struct proc *pr, const union msg *u)
{
	struct msg_sa_ask	 m = u->u_SA_ASK;

	pl->list_id = m.id;
	pl->lists = true;
	/* Each sec counts from 1. */
	m.id = ++pl->list_number;
	pass(pl, pr, MSG_SA_ASK, &m.home, &m);
}

static void
on_prim(struct planner *pl, struct proc *pr, const union msg *u)
{
	prims_take(pl, pr, &u->u_PRIM);
}

static const struct {
	enum msg_type	 type;
	void		(*fn)(struct planner *, struct proc *,
			    const union msg *);
} verbs[] = {
	{ MSG_IPSEC, on_ipsec },
	{ MSG_KEY_WANT, on_want },
	{ MSG_KEY_STATE, on_state },
	{ MSG_SA_SPIS, on_spis },
	{ MSG_SPI_ASK, on_spi_ask },
	{ MSG_PRIM, on_prim },
	{ MSG_SEC_DONE, on_done },
	{ MSG_SEC_KEYS, on_keys },
	{ MSG_SPI, on_spi },
	{ MSG_SA_NODE, on_sa_node },
	{ MSG_SA_NODE_END, on_sa_node_end },
	{ MSG_SA_ASK, on_sa_ask },
};

/*
 * A child says something: false if that is nothing of IPsec.  Without a planner
 * no node has it.
 */
bool
planner_message(struct proc *pr, enum msg_type t, const union msg *m)
{
	struct parent	*p = pr->parent;
	size_t		 i;

	for (i = 0; i < sizeof(verbs) / sizeof(verbs[0]); i++)
		if (verbs[i].type == t)
			break;
	if (i == sizeof(verbs) / sizeof(verbs[0]))
		return (false);
	if (p->planner != NULL)
		verbs[i].fn(p->planner, pr, m);
	else if (t == MSG_IPSEC || t == MSG_KEY_WANT)
		parent_denied(pr, "IPsec, which no node has");
	if (p->planner == NULL && t == MSG_IPSEC)
		answer(p, pr->role, m->u_IPSEC.id, EACCES);
	return (true);
}

/* ---------------------------------------------------------- its life */

static void
on_heard(void *arg, const struct pfkey_msg *m)
{
	prims_heard(arg, m);
}

static void
on_lost(void *arg)
{
	prims_lost(arg);
}

static void
on_ready(void *arg)
{
	sweep_go(arg);
}

static const struct sadb_ops	 ops = { on_heard, on_lost, on_ready };

static void
on_retry(int fd, short what, void *arg)
{
	struct planner	*pl = arg;

	(void)fd;
	(void)what;
	planner_configured(pl->parent);
}

static void
planner_free(struct planner *pl)
{
	sadb_close(pl->sadb);
	sweep_free(pl);
	if (pl->retry != NULL)
		event_free(pl->retry);
	owned_free(&pl->owned);
	pl->parent->planner = NULL;
	free(pl);
}

/* True; false, with a line of the log, if it can't be. */
static bool
planner_new(struct parent *p)
{
	struct planner	*pl;
	int		 e = ENOMEM;

	if ((pl = calloc(1, sizeof(*pl))) == NULL || !owned_init(&pl->owned)) {
		free(pl);
		log_error("IPsec: %s", strerror(e));
		return (false);
	}
	pl->parent = p;
	pl->unswept = true;
	asked_init(&pl->asked);
	p->planner = pl;
	pl->retry = event_new(p->base, -1, 0, on_retry, pl);
	if (pl->retry != NULL && sweep_init(pl)) {
		if ((pl->sadb = sadb_open(p, &ops, pl)) != NULL)
			return (true);
		e = errno;
	}
	log_error("IPsec: %s", strerror(e));
	planner_free(pl);
	return (false);
}

/* Nobody plans, nor will: what is ours goes, if it has not done so. */
static void
sweep_if_left(struct planner *pl)
{
	struct parent	*p = pl->parent;

	why_clear(&p->whys, clock_now(), WHY_PLANNING_AWAY, WHY_SUBJECT);
	/* Of nodes that have left nothing is asked any more. */
	tell_asks(pl);
	if (pl->unswept && p->procs[ROLE_SEC].ipc == NULL)
		sweep_begin(pl);
}

/* All nodes are known: sec is told, or there is nothing to be told. */
static void
nodes_known(struct planner *pl)
{
	struct parent	*p = pl->parent;

	if (!role_wanted(ROLE_SEC, p->conf))
		sweep_if_left(pl);
	else if (sec_plans(pl)) {
		tell_nodes(pl);
		tell_asks(pl);
	} else if (sec_runs(p))
		tell_all(pl);
}

/* The configuration is another, or there was none before. */
void
planner_configured(struct parent *p)
{
	const bool	 wanted = role_wanted(ROLE_SEC, p->conf);
	struct planner	*pl;
	bool		 waited;

	if (p->planner == NULL && (!wanted || !planner_new(p)))
		return;
	pl = p->planner;
	waited = pl->waits;
	pl->waits = !owned_configure(&pl->owned, p->conf);
	if (!pl->waits)
		nodes_known(pl);
	else {
		if (!waited)
			log_error("IPsec of nodes: out of memory; tried again");
		timer_in(pl->retry, MS(RETRY_MS));
	}
	kernel_ipsec(p, wanted);
}

/* A child is ready: what it must know of IPsec. */
void
planner_child_ready(struct proc *pr)
{
	struct parent	*p = pr->parent;
	struct planner	*pl = p->planner;

	if (pl == NULL)
		return;
	if (pr->role != ROLE_SEC) {
		tell_role(pl, pr->role, true);
		return;
	}
	why_clear(&p->whys, clock_now(), WHY_PLANNING_AWAY, WHY_SUBJECT);
	sweep_end(pl);
	pl->unswept = true;
	if (!pl->waits)
		tell_all(pl);
}

/*
 * It has gone: nobody is told what it asked, and others wait for the next.  Of
 * one death this may be said twice.
 */
static void
sec_gone(struct planner *pl)
{
	struct parent	*p = pl->parent;

	pl->told = pl->lists = false;
	asked_sec_gone(&pl->asked);
	pl->life = ++pl->lives;
	pl->dumps = 0;
	if (p->ending)
		return;
	if (role_wanted(ROLE_SEC, p->conf))
		why_set(&p->whys, clock_now(), WHY_PLANNING_AWAY, WHY_SUBJECT,
		    NULL);
	else
		sweep_if_left(pl);
}

/* The pipe to a child has gone. */
void
planner_child_gone(struct proc *pr)
{
	struct planner	*pl = pr->parent->planner;

	if (pl == NULL)
		return;
	if (pr->role == ROLE_SEC)
		sec_gone(pl);
	else {
		asked_engine_gone(&pl->asked, pr->role);
		tell_role(pl, pr->role, false);
	}
}

/* Find what a daemon that died left, for planner_close() to remove. */
void
planner_undo(struct parent *p)
{
	struct kern_caps	 caps;

	kern_caps(p->kern, &caps);
	if (!caps.pfkey || !planner_new(p))
		return;
	if (!owned_configure(&p->planner->owned, p->conf)) {
		log_error("IPsec of nodes: out of memory");
		p->exit_status = 1;
	}
}

static void
time_is_up(int fd, short what, void *arg)
{
	(void)fd;
	(void)what;
	*(bool *)arg = true;
}

/* Nothing of ours stays in the kernel. */
static void
remove_all(struct planner *pl)
{
	struct event_base	*base = pl->parent->base;
	bool			 late = false;
	struct event		*ev;

	if ((ev = event_new(base, -1, 0, time_is_up, &late)) == NULL)
		return;
	timer_in(ev, END_TIME);
	/* One that waits for its next try has its time now. */
	sweep_end(pl);
	sweep_begin(pl);
	while (!late && pl->sweep.active)
		event_base_loop(base, EVLOOP_ONCE);
	event_free(ev);
}

/* The end: sec has ended before. */
void
planner_close(struct parent *p)
{
	struct planner	*pl = p->planner;

	if (pl == NULL)
		return;
	if (pl->unswept)
		remove_all(pl);
	if (pl->unswept) {
		log_error("IPsec: something of ours stays in the kernel; "
		    "mip6d -u removes it");
		p->exit_status = 1;
	}
	planner_free(pl);
}
