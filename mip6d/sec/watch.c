/*
 * What others do to policies and associations of ours, by what PF_KEY tells
 * all of its sockets.  Policies are compared and put back, associations that
 * are configured as well, and those of charon, which does not notice, are
 * negotiated anew.  When, and when not as a rival means it, kern/rows.c says.
 */
#include <stdlib.h>
#include <string.h>

#include "core/log.h"
#include "core/why.h"
#include "kern/rows.h"
#include "sec/int.h"

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
	struct sec		*sec;
	struct rows		 rows;
	struct wheel_timer	 timer;
};

static void
set_timer(struct secwatch *w)
{
	struct mono	 when;

	if (rows_next(&w->rows, &when))
		sec_timer(w->sec, &w->timer, when);
	else
		sec_timer_stop(w->sec, &w->timer);
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
			plan_ready(n);
		} else if (n->keys_lost) {
			n->keys_lost = false;
			if (!n->want.agent_side && n->key_want.op == 0)
				continue;
			m = n->key_want;
			m.home = n->want.home;
			m.op = n->want.agent_side ? KEY_END : KEY_RENEW;
			s->env.tell(s->env.arg, MSG_KEY_WANT, &m);
		}
	}
	sec_soon(s);
}

static void
put_back(struct sec *s, enum what what)
{
	sec_count(s, SC_BACK);
	if (what == POLICIES) {
		log_warn("IPsec: somebody removed or changed policies of ours: "
		    "put back");
		compare_begin(s);
		sec_soon(s);
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
	struct whys	*whys = w->sec->env.whys;
	struct now	 now = w->sec->env.now(w->sec->env.arg);
	const char	*what = whats[what_of(row)].text;

	if (note == ROW_RIVAL)
		why_set(whys, now, WHY_IPSEC_RIVAL, what, what, NULL);
	else if (note == ROW_PEACE)
		why_clear(whys, now, WHY_IPSEC_RIVAL, what);
}

/* Everything that is due by now; its timer ran out, or something is lost. */
void
secwatch_time(struct secwatch *w)
{
	struct mono		 now = sec_now(w->sec);
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
	    strlen(whats[what].key), sec_now(w->sec));
	secwatch_time(w);
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
	struct sec_node	*n = sec_by_reqid(s, sa->reqid);
	size_t		 i;

	for (i = 0; n != NULL && i < n->nsas; i++)
		if (n->sas[i].spi == sa->spi)
			return (true);
	return (false);
}

/* An event: it never is what we asked for ourselves. */
void
secwatch_heard(struct sec *s, enum prim_event e,
    const struct pfkey_policy *policy, const struct pfkey_sa *sa)
{
	bool	 policies, associations;

	policies = (e == PRIM_POLICIES_FLUSHED && any_installed(s)) ||
	    (e == PRIM_POLICY_CHANGED && compare_is_ours(s, policy));
	associations = (e == PRIM_SAS_FLUSHED && any_installed(s)) ||
	    (e == PRIM_SA_DELETED && is_manual_sa(s, sa));
	if (e == PRIM_SAS_FLUSHED && associations)
		mark_keyed(s);
	if (policies)
		lost(s->watch, POLICIES);
	if (associations)
		lost(s->watch, ASSOCIATIONS);
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
	w->timer.kind = ST_WATCH;
	if (rows_init(&w->rows, &s->env.key, sec_now(s)) != 0) {
		free(w);
		return (NULL);
	}
	for (i = 0; i < NWHATS; i++) {
		spec.key = whats[i].key;
		spec.keylen = strlen(whats[i].key);
		if (rows_want(&w->rows, &spec, &o) != 0) {
			secwatch_free(w);
			return (NULL);
		}
	}
	secwatch_time(w);
	return (w);
}

void
secwatch_free(struct secwatch *w)
{
	if (w == NULL)
		return;
	wheel_clear(&w->sec->wheel, &w->timer);
	rows_free(&w->rows);
	free(w);
}
