/*
 * What others do to policies and associations of ours, by what PF_KEY tells
 * all of its sockets.  Policies are compared and put back, associations that
 * are configured as well, and those of charon, which does not notice, are
 * negotiated anew.  When, and when not as a rival means it, kern/rows.c says.
 */
#include <sys/types.h>

#include <event2/event.h>
#include <stdlib.h>
#include <string.h>

#include "core/clock.h"
#include "core/timer.h"
#include "core/why.h"
#include "kern/rows.h"
#include "parent/ipsec.h"

/* Of each kind one row stands for all. */
enum what { POLICIES, ASSOCIATIONS };

static const struct {
	const char	*key, *text;
} whats[] = {
	[POLICIES] = { "spd", "policies" },
	[ASSOCIATIONS] = { "sad", "associations" },
};

#define NWHATS	(sizeof(whats) / sizeof(whats[0]))

struct secwatch {
	struct sec	*sec;
	struct rows	 rows;
	struct event	*timer;
};

static void	 work(struct secwatch *);

static void
on_timer(int fd, short what, void *arg)
{
	(void)fd;
	(void)what;
	work(arg);
}

static void
set_timer(struct secwatch *w)
{
	struct mono	 when;

	if (rows_next(&w->rows, &when))
		timer_at(w->timer, when);
	else
		event_del(w->timer);
}

/*
 * All associations have gone.  A mobile node begins a new IKE_SA; a home agent
 * ends that of each node it had one of, which the node notices.
 */
static void
renew(struct sec *s)
{
	struct sec_node		*n;
	struct msg_key_want	 m;

	TAILQ_FOREACH(n, &s->nodes, all) {
		if (n->gone)
			continue;
		if (sec_manual(n)) {
			n->sas_up = n->tunnel_sas_up = n->installed = false;
			job_ready(n);
		} else if (n->keys_lost) {
			n->keys_lost = false;
			m = n->key_want;
			m.home = n->want.home;
			m.op = n->want.agent_side ? KEY_END : KEY_RENEW;
			proc_tell(s->parent, MSG_KEY_WANT, &m);
		}
	}
	sadb_wake(s->sadb);
}

static void
put_back(struct sec *s, enum what what)
{
	COUNT(&s->parent->counters, PC_IPSEC_BACK);
	if (what == POLICIES) {
		log_warn("IPsec: somebody removed or changed policies of ours: "
		    "put back");
		sec_compare(s);
		sadb_wake(s->sadb);
		return;
	}
	log_warn("IPsec: somebody removed all security associations: those "
	    "that are configured are put back, the others negotiated anew");
	renew(s);
}

static enum what
what_of(const struct row *row)
{
	return (memcmp(row->key, whats[POLICIES].key, row->keylen) == 0 ?
	    POLICIES : ASSOCIATIONS);
}

/* A rival is one until it has left them alone for long, see kern/rows.h. */
static void
tell_rival(struct secwatch *w, const struct row *row, enum row_note note)
{
	struct whys	*whys = &w->sec->parent->whys;
	const char	*what = whats[what_of(row)].text;

	if (note == ROW_RIVAL)
		why_set(whys, clock_now(), WHY_IPSEC_RIVAL, what, what, NULL);
	else if (note == ROW_PEACE)
		why_clear(whys, clock_now(), WHY_IPSEC_RIVAL, what);
}

/* Everything that is due by now. */
static void
work(struct secwatch *w)
{
	struct mono		 now = mono_now();
	struct row		*row;
	const struct row	*noted;
	enum row_op		 op;
	enum row_note		 note;

	while ((row = rows_due(&w->rows, &op, now)) != NULL) {
		/* At first they are all there. */
		if (row->put_at.ns != 0)
			put_back(w->sec, what_of(row));
		rows_done(&w->rows, row, 0, now);
	}
	while ((noted = rows_note(&w->rows, &note)) != NULL)
		tell_rival(w, noted, note);
	set_timer(w);
}

static void
lost(struct secwatch *w, enum what what)
{
	rows_gone(&w->rows, ROW_POLICY, whats[what].key,
	    strlen(whats[what].key), mono_now());
	work(w);
}

/* Of a node that has something to lose? */
static bool
any_installed(const struct sec *s)
{
	const struct sec_node	*n;

	TAILQ_FOREACH(n, &s->nodes, all)
		if (n->installed)
			return (true);
	return (false);
}

/* Which nodes have keys can't be told any more afterwards. */
static void
mark_keyed(struct sec *s)
{
	struct sec_node	*n;

	TAILQ_FOREACH(n, &s->nodes, all)
		if (!sec_manual(n) && (n->want.agent_side ?
		    n->nspis > 0 : n->key_state == KEY_UP))
			n->keys_lost = true;
}

static bool
is_manual_sa(struct sec *s, const struct pfkey_sa *sa)
{
	struct sec_node	*n;
	size_t		 i;

	if (sa->reqid / 2 >= sizeof(s->by_reqid) / sizeof(s->by_reqid[0]) ||
	    (n = s->by_reqid[sa->reqid / 2]) == NULL || !sec_manual(n))
		return (false);
	for (i = 0; i < n->conf->nsas; i++)
		if (n->conf->sas[i].spi == sa->spi)
			return (true);
	return (false);
}

static void
take_manual(void *arg, const struct pfkey_reply *r)
{
	struct sec	*s = arg;
	size_t		 i;

	s->stray_flight--;
	for (i = 0; r->error == PFKEY_OK && i < r->nsas; i++)
		if (is_manual_sa(s, &r->sas[i]))
			leftover_remove(s->by_reqid[r->sas[i].reqid / 2],
			    &r->sas[i]);
}

/*
 * Remove the associations that are configured wherever they end: a daemon that
 * died does not tell where its tunnels were.  sec_close() waits for it.
 */
void
secwatch_undo(struct sec *s)
{
	struct pfkey_msg	 m;

	s->stray_flight++;
	pfkey_msg_init(&m, PFKEY_DUMP);
	sadb_request(s->sadb, &m, take_manual, s);
}

/*
 * What the kernel says of its own accord, which never is what we asked for
 * ourselves.
 */
void
secwatch_heard(struct sec *s, const struct pfkey_msg *m)
{
	struct pfkey_policy	 policy;
	struct pfkey_sa		 sa;

	if (m->errnum != 0 || s->watch == NULL)
		return;
	switch (m->type) {
	case PFKEY_SPDFLUSH:
		if (any_installed(s))
			lost(s->watch, POLICIES);
		break;
	case PFKEY_SPDDELETE:
	case PFKEY_SPDDELETE2:
	case PFKEY_SPDADD:
	case PFKEY_SPDUPDATE:
		if (pfkey_to_policy(m, &policy) == PFKEY_OK &&
		    sec_has(s, &policy))
			lost(s->watch, POLICIES);
		break;
	case PFKEY_FLUSH:
		if ((m->satype == PFKEY_SA_ANY || m->satype == PFKEY_ESP) &&
		    any_installed(s)) {
			mark_keyed(s);
			lost(s->watch, ASSOCIATIONS);
		}
		break;
	case PFKEY_DELETE:
		if (pfkey_to_sa(m, &sa) == PFKEY_OK && is_manual_sa(s, &sa))
			lost(s->watch, ASSOCIATIONS);
		break;
	default:
		break;
	}
}

/* NULL: out of memory. */
struct secwatch *
secwatch_new(struct sec *s)
{
	struct row_owner	 o = { .type = 1 };
	struct row_spec		 spec = { .kind = ROW_POLICY };
	struct secwatch		*w;
	size_t			 i;

	if ((w = calloc(1, sizeof(*w))) == NULL)
		return (NULL);
	w->sec = s;
	if (rows_init(&w->rows, &s->key, mono_now()) != 0) {
		free(w);
		return (NULL);
	}
	w->timer = event_new(s->parent->base, -1, 0, on_timer, w);
	for (i = 0; i < NWHATS && w->timer != NULL; i++) {
		spec.key = whats[i].key;
		spec.keylen = strlen(whats[i].key);
		if (rows_want(&w->rows, &spec, &o) != 0)
			break;
	}
	if (i < NWHATS) {
		secwatch_free(w);
		return (NULL);
	}
	work(w);
	return (w);
}

void
secwatch_free(struct secwatch *w)
{
	if (w == NULL)
		return;
	if (w->timer != NULL)
		event_free(w->timer);
	rows_free(&w->rows);
	free(w);
}
