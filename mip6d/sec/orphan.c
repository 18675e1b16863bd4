/*
 * Associations of a node that its charon does not have any more: left behind
 * by one that died, or at other endpoints than charon deleted them at, when
 * keys were replaced while the node moved.  In use is the newest, so they do
 * no harm but wait, in number, for the end of their lifetime.
 *
 * First a dump, then charon's list: what is in the former alone is not about
 * to be made.  charon is asked about one node after the other, and only about
 * those that have more than they need.  Told apart by SPI: of two with the same
 * at different ends none is removed.
 */
#include <sys/types.h>
#include <sys/socket.h>

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "core/log.h"
#include "sec/int.h"
#include "wire/buf.h"

/* Charon keeps what it replaced for delete_rekeyed_delay, 5 s by default. */
#define SUSPECT_AFTER	SEC(12)
#define ANSWER_TIME	SEC(30)
#define DUMPS_LEAST	SEC(5)	/* between two of all associations */

struct orphan {
	struct sec_node	*node;		/* NULL: it has gone */
	struct prim_sa	 sa;
	uint32_t	 reqid;
};

struct orphans {
	bool		 dumping;
	struct orphan	*v;		/* by reqid: those of a node together */
	size_t		 n, cap;
	size_t		 at; /* the node that charon is asked about */
	uint32_t	 id;		/* of that question */
	struct mono	 asked;
};

/* One that is being removed. */
struct removal {
	struct sec	*sec;
	uint32_t	 spi, reqid;
};

static unsigned int
needed(const struct sec_node *n)
{
	return (n->want.protect == PROTECT_NONE ? 2 : 4);
}

/* The node that is due, of which this is, or NULL. */
static struct sec_node *
suspected(struct sec *s, const struct pfkey_sa *sa)
{
	struct sec_node	*n;

	if (sa->satype != PFKEY_ESP || sa->state == PFKEY_LARVAL ||
	    sa->reqid == 0 ||
	    sa->src.family != AF_INET6 || sa->dst.family != AF_INET6 ||
	    (n = sec_by_reqid(s, sa->reqid)) == NULL)
		return (NULL);
	return (n->due && !n->gone && !sec_manual(n) &&
	    n->key_state == KEY_UP ? n : NULL);
}

static void
note(struct orphans *o, struct sec_node *n, const struct pfkey_sa *sa)
{
	struct orphan	*v;
	size_t		 cap;

	if (o->n == o->cap) {
		cap = o->cap == 0 ? 16 : o->cap * 2;
		if ((v = realloc(o->v, cap * sizeof(*v))) == NULL) {
			orphan_suspect(n);	/* the next dump shows it */
			return;
		}
		o->v = v;
		o->cap = cap;
	}
	o->v[o->n++] = (struct orphan){ n, { sa->spi, spd_in6(&sa->src),
	    spd_in6(&sa->dst) }, sa->reqid };
}

/* Those of nodes that have no more than they need are as they should be. */
static void
keep_too_many(struct orphans *o)
{
	size_t	 i, n = 0;

	for (i = 0; i < o->n; i++)
		if (o->v[i].node != NULL &&
		    o->v[i].node->nsuspect > needed(o->v[i].node))
			o->v[n++] = o->v[i];
	o->n = n;
}

static int
by_reqid(const void *a, const void *b)
{
	const struct orphan	*x = a, *y = b;

	return (x->reqid < y->reqid ? -1 : x->reqid > y->reqid);
}

/* Where those of the next node begin. */
static size_t
group_end(const struct orphans *o)
{
	size_t	 i = o->at;

	while (i < o->n && o->v[i].reqid / 2 == o->v[o->at].reqid / 2)
		i++;
	return (i);
}

/* The next node that has too many, if there is one. */
static void
ask(struct sec *s)
{
	struct orphans		*o = s->orphans;
	struct msg_sa_ask	 m;

	for (; o->at < o->n; o->at = group_end(o)) {
		if (o->v[o->at].node == NULL)
			continue;
		m.id = ++o->id;
		m.home = o->v[o->at].node->want.home;
		o->asked = sec_now(s);
		s->env.tell(s->env.arg, MSG_SA_ASK, &m);
		return;
	}
	o->n = o->at = 0;
}

/* They could not be looked at: once more, later. */
static void
again(struct sec *s)
{
	struct sec_node	*n;

	TAILQ_FOREACH(n, &s->nodes, all)
		if (n->due) {
			n->due = false;
			n->nsuspect = 0;
			orphan_suspect(n);
		}
}

static void
on_dump(void *arg, const struct prim_result *r)
{
	struct sec	*s = arg;
	struct orphans	*o = s->orphans;
	struct sec_node	*n;

	if (r->more) {
		if ((n = suspected(s, r->sa)) != NULL) {
			n->nsuspect++;
			note(o, n, r->sa);
		}
		return;
	}
	o->dumping = false;
	if (r->error != 0) {
		sec_count(s, SC_ERRORS);
		o->n = 0;
		again(s);
		return;
	}
	keep_too_many(o);
	TAILQ_FOREACH(n, &s->nodes, all) {
		n->due = false;
		n->nsuspect = 0;
	}
	if (o->n > 0)
		qsort(o->v, o->n, sizeof(*o->v), by_reqid);
	ask(s);
}

static void
dump(struct sec *s)
{
	const struct prim_request	 r = { .op = PRIM_SAS };

	s->orphans->dumping = true;
	sec_count(s, SC_DUMPS);
	sec_ask(s, &r, on_dump, s);
	sec_soon(s);
}

/* Questions are out; without an answer they are forgotten, not the nodes. */
static bool
is_asking(struct sec *s, struct mono now)
{
	struct orphans	*o = s->orphans;
	size_t		 i;

	if (o->at == o->n)
		return (false);
	if (mono_diff(now, o->asked) < ANSWER_TIME)
		return (true);
	for (i = o->at; i < o->n; i++)
		if (o->v[i].node != NULL)
			orphan_suspect(o->v[i].node);
	o->n = o->at = 0;
	return (false);
}

static void
look_in(struct sec *s, int64_t ns)
{
	sec_timer(s, &s->orphan_timer, mono_add(sec_now(s), ns));
}

/* Those whose time has come; then it is the next one's. */
void
orphan_time(struct sec *s)
{
	struct sec_node	*n;
	struct mono	 now = sec_now(s);
	int64_t		 left, next = SUSPECT_AFTER;
	bool		 later = false, any = false;

	if (s->orphans->dumping || is_asking(s, now)) {
		look_in(s, SUSPECT_AFTER);
		return;
	}
	TAILQ_FOREACH(n, &s->nodes, all) {
		if (!n->suspect)
			continue;
		left = mono_diff(n->suspect_at, now);
		if (left > 0) {
			later = true;
			next = left < next ? left : next;
			continue;
		}
		n->suspect = false;
		n->due = any = true;
	}
	/* Some more may be due by then, which one dump is for. */
	if (later)
		look_in(s, next < DUMPS_LEAST ? DUMPS_LEAST : next);
	if (any)
		dump(s);
}

/* Something happened after which n may have associations too many. */
void
orphan_suspect(struct sec_node *n)
{
	struct sec	*s = n->sec;

	n->suspect = true;
	n->suspect_at = mono_add(sec_now(s), SUSPECT_AFTER);
	if (!wheel_is_set(&s->orphan_timer))
		look_in(s, SUSPECT_AFTER);
}

static bool
listed(const struct blob *spis, uint32_t spi)
{
	struct rbuf	 r;

	rbuf_init(&r, spis->p, spis->len);
	while (rbuf_left(&r) >= 4)
		if (rbuf_u32(&r) == spi)
			return (true);
	return (false);
}

static void
on_removed(void *arg, const struct prim_result *r)
{
	struct removal	*x = arg;
	struct sec	*s = x->sec;
	struct sec_node	*n;

	if (r->error == 0) {
		log_info("reqid %u: removed an association that charon has "
		    "forgotten, SPI 0x%08x", x->reqid, x->spi);
		sec_count(s, SC_ORPHANS);
		if ((n = sec_by_reqid(s, x->reqid)) != NULL)
			spi_forget(n, x->spi);
	} else if (r->error != ESRCH && r->error != ECANCELED)
		sec_count(s, SC_ERRORS);
	free(x);
}

static void
discard(struct sec *s, const struct orphan *o)
{
	struct prim_request	 r = { .op = PRIM_SA_DROP, .sa = o->sa };
	struct removal		*x;

	if ((x = malloc(sizeof(*x))) == NULL) {
		orphan_suspect(o->node);	/* looked at again */
		return;
	}
	*x = (struct removal){ s, o->sa.spi, o->reqid };
	sec_ask(s, &r, on_removed, x);
}

/* ike: MSG_SA_SPIS, all that charon has of a node. */
void
orphan_told(struct sec *s, const struct msg_sa_spis *m)
{
	struct orphans	*o = s->orphans;
	size_t		 end;

	/* An answer to an earlier question knows nothing of newer ones. */
	if (o->at == o->n || m->id != o->id)
		return;
	if (o->v[o->at].node != NULL && !m->known)
		orphan_suspect(o->v[o->at].node);
	for (end = group_end(o); o->at < end; o->at++)
		if (o->v[o->at].node != NULL && m->known &&
		    !listed(&m->spis, o->v[o->at].sa.spi))
			discard(s, &o->v[o->at]);
	ask(s);
	sec_soon(s);
}

/* A node goes away. */
void
orphan_node_gone(struct sec_node *n)
{
	struct orphans	*o = n->sec->orphans;
	size_t		 i;

	for (i = o->at; i < o->n; i++)
		if (o->v[i].node == n)
			o->v[i].node = NULL;
}

/* False: out of memory. */
bool
orphan_start(struct sec *s)
{
	s->orphans = calloc(1, sizeof(*s->orphans));
	return (s->orphans != NULL);
}

void
orphan_stop(struct sec *s)
{
	if (s->orphans != NULL)
		free(s->orphans->v);
	free(s->orphans);
	s->orphans = NULL;
}
