/*
 * The sec process as core/child.c sees it: around the planning of IPsec
 * (sec.c), which does no I/O.  Owns its surroundings: the pipe to the parent,
 * timers, and the nodes as they were told.  What it asks leaves as PRIM; what
 * engines, ike and net want of it comes by the parent.  Reqids go to the store.
 */
#include <sys/types.h>

#include <event2/event.h>
#include <stdlib.h>
#include <string.h>

#include "core/child.h"
#include "core/clock.h"
#include "core/log.h"
#include "core/timer.h"
#include "core/verb.h"
#include "sec/sec.h"

/* A node as it was told. */
struct told {
	struct sec_conf	 conf;
	struct sec_sa	*sas;
};

/* sec is first: tests look at it. */
struct sec_shell {
	struct sec	*sec;		/* NULL: nothing was told yet */
	struct child	*ch;
	struct event	*timer, *soon;
	struct told	*told;
	size_t		 n, cap;
	bool		 complete;	/* the next one begins anew */
	bool		 ike;		/* is up */
};

static const struct counter_def	 sec_counters[] = {
	[SC_DUMPS] = { "ipsec_dumps", "Dumps of policies and associations" },
	[SC_ERRORS] = { "ipsec_errors",
	    "Dumps and removals that failed" },
	[SC_POLICIES] = { "ipsec_policies", "IPsec policies added or changed" },
	[SC_BACK] = { "ipsec_put_back",
	    "Times that others removed IPsec policies or associations" },
	[SC_MIGRATIONS] = { "migrations",
	    "Moves of a node's tunnel to other endpoints" },
	[SC_MIGRATION_ERRORS] = { "migration_errors",
	    "Changes of a node's tunnel that failed" },
	[SC_HEALED] = { "migrations_healed",
	    "Obstacles to a move that were taken away" },
	[SC_ORPHANS] = { "associations_orphaned",
	    "Associations removed that charon had forgotten" },
	[SC_SPIS_FORGOTTEN] = { "spis_forgotten",
	    "Inbound SPIs of a node forgotten, as there were more" },
	[SC_SPI_ASKS_FULL] = { "spi_asks_full",
	    "Questions of net about an SPI that were too many at a time" },
	[SC_MAX] = { NULL, NULL },
};

/* ------------------------------------------------- what it has of us */

static void
ask(void *arg, uint32_t id, const struct prim_request *r)
{
	struct sec_shell	*sh = arg;
	struct msg_prim		 m;

	prim_pack(&m, id, r);
	child_send(sh->ch, ROLE_PARENT, MSG_PRIM, &m);
}

static void
soon(void *arg)
{
	struct sec_shell	*sh = arg;

	event_active(sh->soon, 0, 0);
}

static void
alarm_is(void *arg)
{
	struct sec_shell	*sh = arg;
	struct mono		 when;

	if (sh->sec == NULL)
		return;
	if (sec_next(sh->sec, &when))
		timer_at(sh->timer, when);
	else
		event_del(sh->timer);
}

/* To an engine: the parent passes it on. */
static void
send_to(void *arg, enum role r, enum msg_type t, const void *m)
{
	struct sec_shell		*sh = arg;
	const struct msg_key_state	*k = m;
	struct msg_sec_keys		 keys;

	if (t == MSG_RESULT) {
		child_send(sh->ch, ROLE_PARENT, MSG_SEC_DONE, m);
		return;
	}
	keys = (struct msg_sec_keys){ .role = (uint8_t)r, .home = k->home,
	    .at = k->at, .state = k->state, .tunnel = k->tunnel };
	memcpy(keys.text, k->text, sizeof(keys.text));
	child_send(sh->ch, ROLE_PARENT, MSG_SEC_KEYS, &keys);
}

/* To ike or net: the same. */
static void
tell(void *arg, enum msg_type t, const void *m)
{
	struct sec_shell	*sh = arg;

	child_send(sh->ch, ROLE_PARENT, t, m);
}

static bool
runs(void *arg, enum role r)
{
	const struct sec_shell	*sh = arg;

	return (r == ROLE_IKE && sh->ike);
}

static bool
nodes(void *arg, sec_conf_fn *fn, struct sec *s)
{
	const struct sec_shell	*sh = arg;
	size_t			 i;

	for (i = 0; i < sh->n; i++) {
		sh->told[i].conf.sas = sh->told[i].sas;
		fn(s, &sh->told[i].conf);
	}
	return (true);
}

static void
load(void *arg, struct sec *s)
{
	const struct sec_shell	*sh = arg;
	const struct record	*r;
	size_t			 i;

	for (i = 0; i < sh->n; i++)
		if ((r = past_find(&sh->ch->past,
		    &sh->told[i].conf.home)) != NULL && r->len > 0)
			sec_record(s, &r->home, r->data, r->len);
}

static void
save_one(void *arg, enum role role, const struct in6_addr *home,
    const void *data, size_t len)
{
	const struct msg_state	 m = { .home = *home, .data = { data, len } };
	struct child		*ch = arg;
	const struct record	*r = past_find(&ch->past, home);

	(void)role;
	if (r == NULL || r->len != len || memcmp(r->data, data, len) != 0)
		child_save(ch, &m);
}

static void
save(void *arg)
{
	struct sec_shell	*sh = arg;

	sec_records(sh->sec, save_one, sh->ch);
}

static void
count(void *arg, enum sec_counter c)
{
	struct sec_shell	*sh = arg;

	COUNT(&sh->ch->counters, c);
}

static struct now
now_is(void *arg)
{
	(void)arg;
	return (child_now());
}

/* ----------------------------------------------------- nodes are told */

static void
forget_told(struct sec_shell *sh)
{
	while (sh->n > 0)
		free(sh->told[--sh->n].sas);
	sh->complete = false;
}

/* Without memory there is no going on: the next one is told all again. */
static void *
grown(void *v, size_t n, size_t size)
{
	void	*w;

	if ((w = realloc(v, n * size)) == NULL)
		fatalx("out of memory");
	return (w);
}

static void
on_node(struct sec_shell *sh, const union msg *u)
{
	const struct msg_sec_node	*m = &u->u_SEC_NODE;
	struct told			*t;

	if (sh->complete)
		forget_told(sh);
	if (sh->n == sh->cap) {
		sh->cap = sh->cap == 0 ? 64 : sh->cap * 2;
		sh->told = grown(sh->told, sh->cap, sizeof(*sh->told));
	}
	t = &sh->told[sh->n++];
	*t = (struct told){ .conf = { .role = (enum role)m->role,
	    .home = m->home, .agent = m->agent,
	    .protect = (enum conf_protect)m->protect } };
}

static void
on_sa(struct sec_shell *sh, const union msg *u)
{
	const struct msg_sec_sa	*m = &u->u_SEC_SA;
	struct told		*t;

	if (sh->n == 0 || sh->complete)
		return;
	t = &sh->told[sh->n - 1];
	t->sas = grown(t->sas, t->conf.nsas + 1, sizeof(*t->sas));
	t->sas[t->conf.nsas++] = (struct sec_sa){ .mark = m->mark,
	    .spi = m->spi, .use = m->use, .way = m->way };
}

static struct sec *
new_sec(struct sec_shell *sh, bool migrate)
{
	struct sec_env	 env = { .ask = ask, .soon = soon, .alarm = alarm_is,
	    .send = send_to, .tell = tell, .runs = runs, .nodes = nodes,
	    .load = load, .save = save, .count = count, .now = now_is,
	    .arg = sh, .whys = &sh->ch->whys, .migrate = migrate };
	struct sec	*s;

	arc4random_buf(&env.key, sizeof(env.key));
	if ((s = sec_new(&env)) == NULL)
		fatalx("out of memory");
	return (s);
}

static void
on_nodes(struct sec_shell *sh, const union msg *u)
{
	const struct msg_sec_nodes	*m = &u->u_SEC_NODES;
	bool				 first = sh->sec == NULL;

	/* There may be none. */
	if (sh->complete)
		forget_told(sh);
	sh->complete = true;
	if (first) {
		sh->sec = new_sec(sh, m->migrate);
		sec_start(sh->sec, m->first, m->last);
	} else
		sec_configured(sh->sec, m->first, m->last);
}

/* ------------------------------------------------ all else that is told */

static void
on_past(struct sec_shell *sh, const union msg *u)
{
	sec_past(sh->sec, &u->u_SEC_PAST);
}

static void
on_role(struct sec_shell *sh, const union msg *u)
{
	const struct msg_sec_role	*m = &u->u_SEC_ROLE;

	if (m->role == ROLE_IKE)
		sh->ike = m->up;
	if (m->up)
		sec_child_ready(sh->sec, (enum role)m->role);
}

static void
on_ipsec(struct sec_shell *sh, const union msg *u)
{
	const struct msg_sec_ipsec	*m = &u->u_SEC_IPSEC;
	const union msg			 as = { .u_IPSEC = { .id = m->id,
	    .home = m->home, .local = m->local, .peer = m->peer,
	    .flags = m->flags } };

	sec_message(sh->sec, (enum role)m->role, MSG_IPSEC, &as);
}

static void
on_want(struct sec_shell *sh, const union msg *u)
{
	const struct msg_sec_want	*m = &u->u_SEC_WANT;
	const union msg			 as = { .u_KEY_WANT = {
	    .home = m->home, .local = m->local, .remote = m->remote,
	    .op = m->op } };

	const struct msg_result		 done = { .id = m->id };

	sec_message(sh->sec, (enum role)m->role, MSG_KEY_WANT, &as);
	child_send(sh->ch, ROLE_PARENT, MSG_SEC_DONE, &done);
}

static void
on_policy(struct sec_shell *sh, const union msg *u)
{
	const struct msg_prim_policy	*m = &u->u_PRIM_POLICY;
	struct pfkey_policy		 p;
	const struct prim_result	 row = { .more = true, .policy = &p };

	prim_unpack_policy(m, &p);
	if (m->id == 0)
		sec_event(sh->sec, (enum prim_event)m->event, &p, NULL);
	else
		sec_result(sh->sec, m->id, &row);
}

static void
on_association(struct sec_shell *sh, const union msg *u)
{
	const struct msg_prim_sa	*m = &u->u_PRIM_SA;
	struct pfkey_sa			 sa;
	const struct prim_result	 row = { .more = m->more, .sa = &sa };

	prim_unpack_sa(m, &sa);
	if (m->id == 0)
		sec_event(sh->sec, (enum prim_event)m->event, NULL, &sa);
	else
		sec_result(sh->sec, m->id, &row);
}

static void
on_result(struct sec_shell *sh, const union msg *u)
{
	const struct prim_result	 r = {
	    .error = (int)u->u_PRIM_RESULT.error };

	sec_result(sh->sec, u->u_PRIM_RESULT.id, &r);
}

static void
on_event(struct sec_shell *sh, const union msg *u)
{
	sec_event(sh->sec, (enum prim_event)u->u_PRIM_EVENT.event, NULL, NULL);
}

static const struct {
	enum msg_type	 type;
	void		(*fn)(struct sec_shell *, const union msg *);
} verbs[] = {
	{ MSG_SEC_NODE, on_node },
	{ MSG_SEC_SA, on_sa },
	{ MSG_SEC_NODES, on_nodes },
	{ MSG_SEC_PAST, on_past },
	{ MSG_SEC_ROLE, on_role },
	{ MSG_SEC_IPSEC, on_ipsec },
	{ MSG_SEC_WANT, on_want },
	{ MSG_PRIM_POLICY, on_policy },
	{ MSG_PRIM_SA, on_association },
	{ MSG_PRIM_RESULT, on_result },
	{ MSG_PRIM_EVENT, on_event },
};

static bool
is_of_nodes(enum msg_type t)
{
	return (t == MSG_SEC_NODE || t == MSG_SEC_SA || t == MSG_SEC_NODES);
}

static void
message(struct child *ch, enum role from, enum msg_type t, const union msg *m)
{
	struct sec_shell	*sh = ch->priv;
	size_t			 i;

	(void)from;
	/* Nothing is planned before it is known for whom. */
	if (sh->sec == NULL && !is_of_nodes(t))
		return;
	for (i = 0; i < sizeof(verbs) / sizeof(verbs[0]); i++)
		if (verbs[i].type == t)
			break;
	if (i < sizeof(verbs) / sizeof(verbs[0]))
		verbs[i].fn(sh, m);
	else
		sec_message(sh->sec, ROLE_PARENT, t, m);
	/* There may be room for another job. */
	soon(sh);
}

/* ---------------------------------------------------------- its life */

static void
on_timer(int fd, short what, void *arg)
{
	struct sec_shell	*sh = arg;

	(void)fd;
	(void)what;
	sec_expire(sh->sec);
	alarm_is(sh);
}

static void
on_soon(int fd, short what, void *arg)
{
	struct sec_shell	*sh = arg;

	(void)fd;
	(void)what;
	if (sh->sec != NULL)
		sec_go(sh->sec);
}

static int
start(struct child *ch)
{
	struct sec_shell	*sh;

	if ((sh = calloc(1, sizeof(*sh))) == NULL) {
		log_error("out of memory");
		return (-1);
	}
	sh->ch = ch;
	sh->timer = event_new(ch->base, -1, 0, on_timer, sh);
	sh->soon = event_new(ch->base, -1, 0, on_soon, sh);
	if (sh->timer == NULL || sh->soon == NULL) {
		log_error("out of memory");
		return (-1);
	}
	ch->priv = sh;
	return (0);
}

static void
row_timer(struct sec_shell *sh, struct report *rep)
{
	struct mono	 at;
	int64_t		 left;

	if (!sec_next(sh->sec, &at))
		return;
	left = mono_diff(at, child_now().mono) / NS_PER_MS;
	report_row(rep, "timer");
	report_str(rep, "role", role_name(ROLE_SEC));
	report_str(rep, "name", "planning");
	report_u64(rep, "count", 1);
	report_ms(rep, "next_ms", left < 0 ? 0 : left);
	report_end(rep);
}

static uint64_t
query(struct child *ch, const struct msg_query *q, struct report *rep,
    int *error)
{
	struct sec_shell	*sh = ch->priv;

	(void)error;
	if (sh->sec == NULL)
		return (0);
	if (q->verb == VERB_SHOW_SA)
		return (sec_rows(sh->sec, rep, q->arg, q->cursor));
	if (q->verb == VERB_SHOW_TIMERS)
		row_timer(sh, rep);
	return (0);
}

const struct child_ops	sec_ops = {
	.role = ROLE_SEC,
	.counters = sec_counters,
	.start = start,
	.message = message,
	.query = query,
};
