/*
 * The life of the planning: what it is told goes to the file that it is for,
 * what is ready is begun when there is room, and timers run out.  That nothing
 * of ours stays in the kernel at the end is the parent's business.  But for
 * shell.c there is no I/O and no clock in this folder; struct sec_env is all
 * that it has of its surroundings.
 */
#include <stdlib.h>
#include <string.h>

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
	heard_begin(s);
	sec_soon(s);
}

/*
 * What a node had when another planning was there, which is not us: engines
 * go on and do not ask again.
 */
void
sec_past(struct sec *s, const struct msg_sec_past *m)
{
	struct sec_node	*n = sec_find(s, (enum role)m->role, &m->home);

	if (n == NULL || n->gone)
		return;
	n->key_want = (struct msg_key_want){ .home = m->home,
	    .local = m->want_local, .remote = m->want_remote,
	    .op = m->want_op };
	n->key_state = m->state;
	memcpy(n->key_text, m->text, sizeof(n->key_text));
	keys_past(n);
	if (!m->bound)
		return;
	n->request = (struct msg_ipsec){ .home = m->home, .local = m->local,
	    .peer = m->peer, .flags = m->flags };
	n->past_at = m->at;
	n->asked = true;
	sec_queue(n);
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

/* Nothing is carried out any more, and all results were told. */
void
sec_free(struct sec *s)
{
	struct sec_node	*n;

	secwatch_free(s->watch);
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
