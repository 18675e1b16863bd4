/*
 * Associations of a node that its charon does not have any more: left behind
 * by one that died, or at other endpoints than charon deleted them at, when
 * keys were replaced while the node moved.  In use is the newest, so they do
 * no harm but wait, in number, for the end of their lifetime.
 *
 * First a dump, then charon's list: what is in the former alone is not about
 * to be made.  charon is asked only about nodes that have more than they need.
 */
#include <event2/event.h>
#include <stdlib.h>
#include <string.h>

#include "core/clock.h"
#include "parent/ipsec.h"

#define SUSPECT_AFTER	12	/* s: longer than charon keeps what it replaced */

struct orphan {
	struct sec_node	*node;
	struct pfkey_addr src, dst;
	uint32_t	 spi, reqid;
};

struct orphans {
	bool		 dumping;
	uint32_t	 id;		/* of the dump that these are from */
	struct orphan	*v;		/* of nodes that charon is asked about */
	size_t		 n, cap;
};

static unsigned int
needed(const struct sec_node *n)
{
	return (n->want.protect == PROTECT_NONE ? 2 : 4);
}

static struct sec_node *
suspected(struct sec *s, const struct pfkey_sa *sa)
{
	struct sec_node	*n;

	if (sa->satype != PFKEY_ESP || sa->state == PFKEY_LARVAL ||
	    sa->reqid == 0 || sa->reqid > REQID_LAST ||
	    sa->src.family != AF_INET6 || sa->dst.family != AF_INET6 ||
	    (n = s->by_reqid[sa->reqid / 2]) == NULL)
		return (NULL);
	return (n->suspect && !n->gone && !sec_manual(n) &&
	    n->key_state == KEY_UP ? n : NULL);
}

static void
note(struct orphans *o, struct sec_node *n, const struct pfkey_sa *sa)
{
	struct orphan	*v;
	size_t		 cap;

	if (o->n == o->cap) {
		cap = o->cap == 0 ? 16 : o->cap * 2;
		if ((v = realloc(o->v, cap * sizeof(*v))) == NULL)
			return;
		o->v = v;
		o->cap = cap;
	}
	o->v[o->n++] = (struct orphan){ n, sa->src, sa->dst, sa->spi,
	    sa->reqid };
}

static void
on_dump(void *arg, const struct pfkey_reply *r)
{
	struct sec		*s = arg;
	struct orphans		*o = s->orphans;
	struct msg_sa_ask	 m;
	struct sec_node		*n;
	size_t			 i;

	o->dumping = false;
	if (r->error != PFKEY_OK) {
		COUNT(&s->parent->counters, PC_IPSEC_ERRORS);
		return;
	}
	o->n = 0;
	o->id++;
	for (i = 0; i < r->nsas; i++)
		if ((n = suspected(s, &r->sas[i])) != NULL)
			n->nsuspect++;
	for (i = 0; i < r->nsas; i++)
		if ((n = suspected(s, &r->sas[i])) != NULL &&
		    n->nsuspect > needed(n))
			note(o, n, &r->sas[i]);
	TAILQ_FOREACH(n, &s->nodes, all) {
		if (n->suspect && n->nsuspect > needed(n)) {
			m.id = o->id;
			m.home = n->want.home;
			proc_send(s->parent, ROLE_IKE, MSG_SA_ASK, &m);
		}
		n->suspect = false;
		n->nsuspect = 0;
	}
}

static void
on_time(int fd, short what, void *arg)
{
	struct sec		*s = arg;
	struct pfkey_msg	 m;

	(void)fd;
	(void)what;
	if (s->orphans->dumping)
		return;
	s->orphans->dumping = true;
	COUNT(&s->parent->counters, PC_IPSEC_DUMPS);
	pfkey_msg_init(&m, PFKEY_DUMP);
	sadb_request(s->sadb, &m, on_dump, s);
	sadb_wake(s->sadb);
}

/* Something happened after which n may have associations too many. */
void
orphan_suspect(struct sec_node *n)
{
	struct timeval	 tv = { SUSPECT_AFTER, 0 };
	struct event	*ev = n->sec->orphan_ev;

	n->suspect = true;
	/* One dump for all that are suspected until then. */
	if (!event_pending(ev, EV_TIMEOUT, NULL))
		event_add(ev, &tv);
}

static bool
listed(const struct blob *spis, uint32_t spi)
{
	size_t	 i;

	for (i = 0; i + 4 <= spis->len; i += 4)
		if (((uint32_t)spis->p[i] << 24 | (uint32_t)spis->p[i + 1] << 16 |
		    (uint32_t)spis->p[i + 2] << 8 | spis->p[i + 3]) == spi)
			return (true);
	return (false);
}

static void
nobody_waits(void *arg, const struct pfkey_reply *r)
{
	(void)arg;
	(void)r;
}

static void
discard(struct sec *s, const struct orphan *x)
{
	struct pfkey_msg	 m;
	struct pfkey_sa		 sa;

	memset(&sa, 0, sizeof(sa));
	sa.satype = PFKEY_ESP;
	sa.spi = x->spi;
	sa.src = x->src;
	sa.dst = x->dst;
	if (pfkey_from_sa(&m, PFKEY_DELETE, &sa) != PFKEY_OK)
		return;
	log_info("reqid %u: removed an association that charon has forgotten, "
	    "SPI 0x%08x", x->reqid, x->spi);
	COUNT(&s->parent->counters, PC_ORPHANS);
	spi_forget(x->node, x->spi);
	sadb_request(s->sadb, &m, nobody_waits, NULL);
	sadb_wake(s->sadb);
}

/* ike: MSG_SA_SPIS, all that charon has of a node. */
void
orphan_told(struct proc *pr, const union msg *msg)
{
	const struct msg_sa_spis	*m = &msg->u_SA_SPIS;
	struct sec			*s = pr->parent->sec;
	struct orphans			*o;
	size_t				 i, kept = 0;

	/* An answer to an earlier question knows nothing of newer ones. */
	if (s == NULL || m->id != s->orphans->id)
		return;
	o = s->orphans;
	for (i = 0; i < o->n; i++) {
		if (!IN6_ARE_ADDR_EQUAL(&o->v[i].node->want.home, &m->home))
			o->v[kept++] = o->v[i];
		else if (m->known && !listed(&m->spis, o->v[i].spi))
			discard(s, &o->v[i]);
	}
	o->n = kept;
}

/* A node goes away. */
void
orphan_node_gone(struct sec_node *n)
{
	struct orphans	*o = n->sec->orphans;
	size_t		 i, kept = 0;

	for (i = 0; i < o->n; i++)
		if (o->v[i].node != n)
			o->v[kept++] = o->v[i];
	o->n = kept;
}

/* False: out of memory. */
bool
orphan_start(struct sec *s)
{
	s->orphans = calloc(1, sizeof(*s->orphans));
	s->orphan_ev = event_new(s->parent->base, -1, 0, on_time, s);
	if (s->orphans != NULL && s->orphan_ev != NULL)
		return (true);
	orphan_stop(s);
	return (false);
}

void
orphan_stop(struct sec *s)
{
	if (s->orphan_ev != NULL)
		event_free(s->orphan_ev);
	if (s->orphans != NULL)
		free(s->orphans->v);
	free(s->orphans);
	s->orphans = NULL;
	s->orphan_ev = NULL;
}
