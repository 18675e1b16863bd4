/*
 * Around the planning of IPsec (mip6d/sec): it is told the nodes that are
 * configured, messages and events, and what it asks for is done here.  Its
 * primitives are in prims.c; messages go by the pipes, its reqids are kept in
 * a file.  There is one when some node has IPsec, until the end.
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
#include "parent/statefile.h"

#define FILE_NAME	"reqid.state"
#define END_TIME	SEC(5)

/* ------------------------------------------------- what it has of us */

static void
soon(void *arg)
{
	struct planner	*pl = arg;

	sadb_wake(pl->sadb);
}

static void
alarm_is(void *arg)
{
	struct planner	*pl = arg;
	struct mono	 when;

	if (pl->sec == NULL)
		return;
	if (sec_next(pl->sec, &when))
		timer_at(pl->timer, when);
	else
		event_del(pl->timer);
}

static void
send_to(void *arg, enum role r, enum msg_type t, const void *m)
{
	struct planner	*pl = arg;

	proc_send(pl->parent, r, t, m);
}

static void
tell(void *arg, enum msg_type t, const void *m)
{
	struct planner	*pl = arg;

	proc_tell(pl->parent, t, m);
}

static bool
runs(void *arg, enum role r)
{
	const struct planner	*pl = arg;
	const struct proc	*pr = &pl->parent->procs[r];

	return (pr->state == PROC_READY && pr->ipc != NULL);
}

static bool
nodes(void *arg, sec_conf_fn *fn, struct sec *s)
{
	struct planner	*pl = arg;

	return (owned_each(&pl->owned, pl->parent->conf, fn, s));
}

/* statefile_record */
static void
record(void *arg, const struct in6_addr *home, const uint8_t *data, size_t len)
{
	sec_record(arg, home, data, len);
}

static void
load(void *arg, struct sec *s)
{
	struct planner	*pl = arg;

	statefile_read(pl->parent->conf->global.state, FILE_NAME, record, s);
}

static void
add_record(void *arg, const struct in6_addr *home, const void *data,
    size_t len)
{
	statebuf_add(arg, home, data, len);
}

/* statefile_fill */
static void
fill(struct statebuf *b, void *arg)
{
	struct planner	*pl = arg;

	sec_records(pl->sec, add_record, b);
}

static void
save(void *arg)
{
	struct planner	*pl = arg;

	if (pl->file != NULL)
		statefile_changed(pl->file);
}

static void
denied(void *arg, enum role r, const char *what)
{
	struct planner	*pl = arg;

	parent_denied(&pl->parent->procs[r], what);
}

static void
count(void *arg, enum sec_counter c)
{
	static const enum parent_counter	 ours[SC_MAX] = {
		[SC_DUMPS] = PC_IPSEC_DUMPS,
		[SC_ERRORS] = PC_IPSEC_ERRORS,
		[SC_POLICIES] = PC_POLICIES,
		[SC_BACK] = PC_IPSEC_BACK,
		[SC_MIGRATIONS] = PC_MIGRATIONS,
		[SC_MIGRATION_ERRORS] = PC_MIGRATION_ERRORS,
		[SC_HEALED] = PC_HEALED,
		[SC_ORPHANS] = PC_ORPHANS,
		[SC_SPIS_FORGOTTEN] = PC_SPIS_FORGOTTEN,
		[SC_SPI_ASKS_FULL] = PC_SPI_ASKS_FULL,
	};
	struct planner	*pl = arg;

	COUNT(&pl->parent->counters, ours[c]);
}

static struct now
now_is(void *arg)
{
	(void)arg;
	return (clock_now());
}

/* ------------------------------------------------- what it is told */

static void
on_heard(void *arg, const struct pfkey_msg *m)
{
	prims_heard(arg, m);
}

static void
on_lost(void *arg)
{
	struct planner	*pl = arg;

	sec_event(pl->sec, PRIM_LOST, NULL, NULL);
}

static void
on_ready(void *arg)
{
	struct planner	*pl = arg;

	sec_go(pl->sec);
}

static const struct sadb_ops	 ops = { on_heard, on_lost, on_ready };

static void
on_timer(int fd, short what, void *arg)
{
	struct planner	*pl = arg;

	(void)fd;
	(void)what;
	sec_expire(pl->sec);
	alarm_is(pl);
}

/* ---------------------------------------------------------- its life */

static void
planner_free(struct planner *pl)
{
	statefile_close(pl->file);
	sadb_close(pl->sadb);
	if (pl->sec != NULL)
		sec_free(pl->sec);
	if (pl->timer != NULL)
		event_free(pl->timer);
	owned_free(&pl->owned);
	pl->parent->planner = NULL;
	free(pl);
}

static struct sec *
new_sec(struct planner *pl)
{
	struct sec_env		 env = { .ask = prims_ask, .soon = soon,
	    .alarm = alarm_is, .send = send_to, .tell = tell, .runs = runs,
	    .nodes = nodes, .load = load, .save = save, .denied = denied,
	    .count = count, .now = now_is, .arg = pl,
	    .whys = &pl->parent->whys };
	struct kern_caps	 caps;

	kern_caps(pl->parent->kern, &caps);
	env.migrate = caps.pfkey_migrate;
	arc4random_buf(&env.key, sizeof(env.key));
	return (sec_new(&env));
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
	p->planner = pl;
	if ((pl->timer = event_new(p->base, -1, 0, on_timer, pl)) != NULL &&
	    (pl->file = statefile_new(p, FILE_NAME, fill, pl)) != NULL &&
	    (pl->sadb = sadb_open(p, &ops, pl)) != NULL &&
	    (pl->sec = new_sec(pl)) != NULL) {
		alarm_is(pl);
		return (true);
	}
	if (pl->file != NULL && pl->sadb == NULL)
		e = errno;
	log_error("IPsec: %s", strerror(e));
	planner_free(pl);
	return (false);
}

/* The configuration is another, or there was none before. */
void
planner_configured(struct parent *p)
{
	struct planner	*pl = p->planner;
	bool		 first = pl == NULL;

	if (first && (!ipsec_wanted(p->conf) || !planner_new(p)))
		return;
	pl = p->planner;
	owned_begin(&pl->owned, &p->conf->global);
	if (first)
		sec_start(pl->sec, pl->owned.first, pl->owned.last);
	else
		sec_configured(pl->sec, pl->owned.first, pl->owned.last);
	owned_end(&pl->owned);
	kernel_ipsec(p, ipsec_wanted(p->conf));
}

/* A child is ready: what it must know of IPsec. */
void
planner_child_ready(struct proc *pr)
{
	if (pr->parent->planner != NULL)
		sec_child_ready(pr->parent->planner->sec, pr->role);
}

/* A child says what is for the planning; without one no node has IPsec. */
void
planner_message(struct proc *pr, enum msg_type t, const union msg *m)
{
	struct parent		*p = pr->parent;
	struct msg_result	 no = { .error = EACCES };

	if (p->planner != NULL) {
		sec_message(p->planner->sec, pr->role, t, m);
		return;
	}
	if (t == MSG_IPSEC || t == MSG_KEY_WANT)
		parent_denied(pr, "IPsec, which no node has");
	if (t == MSG_IPSEC && m->u_IPSEC.id != 0) {
		no.id = m->u_IPSEC.id;
		proc_send(p, pr->role, MSG_RESULT, &no);
	}
}

/* Rows of nodes with IPsec, as of sec_rows(). */
uint64_t
planner_rows(struct parent *p, struct report *rep, const char *arg,
    uint64_t cursor)
{
	return (p->planner == NULL ? 0 :
	    sec_rows(p->planner->sec, rep, arg, cursor));
}

/* Find what a daemon that died left, for planner_close() to remove. */
void
planner_undo(struct parent *p)
{
	struct kern_caps	 caps;
	struct planner		*pl;

	kern_caps(p->kern, &caps);
	if (!caps.pfkey || !planner_new(p))
		return;
	pl = p->planner;
	owned_begin(&pl->owned, &p->conf->global);
	sec_undo(pl->sec, pl->owned.first, pl->owned.last);
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
	sec_stop(pl->sec);
	while (!late && !sec_is_idle(pl->sec))
		event_base_loop(base, EVLOOP_ONCE);
	event_free(ev);
}

/* The end. */
void
planner_close(struct parent *p)
{
	struct planner	*pl = p->planner;

	if (pl == NULL)
		return;
	if (!p->undo)
		save(pl);
	statefile_close(pl->file);
	pl->file = NULL;
	remove_all(pl);
	planner_free(pl);
}
