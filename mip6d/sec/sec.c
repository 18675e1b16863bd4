/*
 * The life of the planning: what it is told goes to the file that it is for,
 * what is ready is begun when there is room, timers run out, and at the end
 * nothing of ours stays in the kernel.  There is no I/O and no clock in this
 * folder; struct sec_env is all that it has of its surroundings.
 */
#include <stdlib.h>

#include "sec/int.h"

#define MINUTE	SEC(60)

/* Whether any is there at a time; NULL: out of memory. */
struct sec *
sec_new(const struct sec_env *env)
{
	struct sec	*s;

	if ((s = calloc(1, sizeof(*s))) == NULL)
		return (NULL);
	s->env = *env;
	TAILQ_INIT(&s->nodes);
	TAILQ_INIT(&s->ready);
	TAILQ_INIT(&s->waiting);
	job_start(s);
	compare_start(s);
	heard_start(s);
	wheel_init(&s->wheel, sec_now(s));
	s->retry_timer.kind = ST_RETRY;
	s->minute_timer.kind = ST_MINUTE;
	s->orphan_timer.kind = ST_ORPHANS;
	if (htab_init(&s->by_home, 64) && orphan_start(s) &&
	    (s->watch = secwatch_new(s)) != NULL)
		return (s);
	orphan_stop(s);
	htab_free(&s->by_home);
	free(s);
	return (NULL);
}

/*
 * Each minute: times of registrations, which change, are saved, and what the
 * kernel has refused is tried again.
 */
static void
minute(struct sec *s)
{
	reqid_save(s);
	job_refused(s);
	sec_timer(s, &s->minute_timer, mono_add(sec_now(s), MINUTE));
}

static void
retry(struct sec *s)
{
	configure_rest(s);
	leftover_retry(s);
	job_retry(s);
	sec_soon(s);
}

/* Begin, with the first configuration: what the kernel has is compared. */
void
sec_start(struct sec *s, uint32_t first, uint32_t last)
{
	configure_all(s, first, last);
	configure_without(s);
	minute(s);
	compare_begin(s);
	heard_dump(s);
	sec_soon(s);
}

/*
 * Find what a daemon that died left, for sec_stop() to remove: its policies
 * by their reqids, and the manual associations that are configured.
 */
void
sec_undo(struct sec *s, uint32_t first, uint32_t last)
{
	struct sec_node	*n;

	configure_all(s, first, last);
	TAILQ_FOREACH(n, &s->nodes, all) {
		n->have = n->want;
		n->installed = true;
	}
	secwatch_undo(s);
	compare_begin(s);
}

/* Requests can be made: begin what is ready, as far as there is room. */
void
sec_go(struct sec *s)
{
	struct sec_node	*n;

	dump_go(&s->policies);
	dump_go(&s->sas);
	if (!s->compared)
		return;
	compare_go(s);
	while (s->njobs < SEC_JOBS_MAX &&
	    (n = TAILQ_FIRST(&s->ready)) != NULL) {
		TAILQ_REMOVE(&s->ready, n, ready);
		n->queued = false;
		job_begin(n);
	}
	if (s->reqid_freed)
		configure_pass_on(s);
}

/* When sec_expire() has work; false: never. */
bool
sec_next(const struct sec *s, struct mono *when)
{
	return (wheel_next(&s->wheel, when));
}

static struct sec_node *
node_of(struct wheel_timer *t)
{
	return ((struct sec_node *)(void *)((char *)t -
	    offsetof(struct sec_node, heal_timer)));
}

/* What is due by now. */
void
sec_expire(struct sec *s)
{
	struct wheel_timer	*t;
	struct mono		 now = sec_now(s);

	while ((t = wheel_expired(&s->wheel, now)) != NULL)
		switch ((enum sec_timer)t->kind) {
		case ST_RETRY:
			retry(s);
			break;
		case ST_MINUTE:
			minute(s);
			break;
		case ST_ORPHANS:
			orphan_time(s);
			break;
		case ST_WATCH:
			secwatch_time(s->watch);
			break;
		case ST_HEAL:
			heal_time(node_of(t));
			break;
		}
}

/* What PF_KEY says of its own accord; p or sa as the event has it. */
void
sec_event(struct sec *s, enum prim_event e, const struct pfkey_policy *p,
    const struct pfkey_sa *sa)
{
	secwatch_heard(s, e, p, sa);
	if (e == PRIM_LOST) {
		compare_begin(s);
		heard_dump(s);
	} else if (e == PRIM_SAS_FLUSHED)
		spi_flushed(s);
	else if (sa != NULL)
		heard_sa(s, e, sa);
}

/* A message of a child, which may say it. */
void
sec_message(struct sec *s, enum role from, enum msg_type t,
    const union msg *m)
{
	if (t == MSG_IPSEC)
		request_take(s, from, &m->u_IPSEC);
	else if (t == MSG_KEY_WANT)
		keys_want(s, from, &m->u_KEY_WANT);
	else if (t == MSG_KEY_STATE)
		keys_relay(s, &m->u_KEY_STATE);
	else if (t == MSG_SA_SPIS)
		orphan_told(s, &m->u_SA_SPIS);
	else if (t == MSG_SPI_ASK)
		heard_ask(s, &m->u_SPI_ASK);
}

/* A child is ready: what it must know of IPsec. */
void
sec_child_ready(struct sec *s, enum role role)
{
	if (role == ROLE_IKE)
		keys_ike_ready(s);
	else if (role == ROLE_NET)
		spi_net_ready(s);
}

/* The end: all of ours is to go from the kernel, until sec_is_idle(). */
void
sec_stop(struct sec *s)
{
	struct sec_node	*n;

	sec_timer_stop(s, &s->minute_timer);
	secwatch_free(s->watch);
	s->watch = NULL;
	TAILQ_FOREACH(n, &s->nodes, all) {
		request_cancel(n);
		n->gone = true;
		sec_queue(n);
	}
	sec_soon(s);
}

/* Is nothing left to be done? */
bool
sec_is_idle(const struct sec *s)
{
	return (TAILQ_EMPTY(&s->nodes) && !s->policies.under_way &&
	    s->nstrays == 0 && s->stray_flight == 0 && s->nleftovers == 0);
}

/* Nothing is carried out any more, and all results were told. */
void
sec_free(struct sec *s)
{
	struct sec_node	*n;

	leftover_free(s);
	while ((n = TAILQ_FIRST(&s->nodes)) != NULL)
		sec_node_free(n);
	htab_free(&s->by_home);
	orphan_stop(s);
	compare_end(s);
	sec_asks_free(s);
	free(s->order);
	free(s);
}
