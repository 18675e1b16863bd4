/*
 * The nodes with authentication ipsec and what the kernel has of them.  At
 * the start, and whenever something was lost, a dump of the policies is
 * compared with what there should be: what is ours and not wanted goes, what
 * is missing is added.  Nobody scans the nodes but then and at a reload.
 */
#include <sys/types.h>
#include <sys/socket.h>

#include <arpa/inet.h>
#include <errno.h>
#include <event2/event.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/clock.h"
#include "core/timer.h"
#include "kern/compat.h"
#include "kern/kern.h"
#include "parent/ipsec.h"
#include "parent/statefile.h"

#define MINUTE		SEC(60)
#define END_TIME	SEC(5)

struct key {
	enum role	 role;
	struct in6_addr	 home;
};

static uint64_t
hash_of(const struct sec *s, const struct in6_addr *home)
{
	return (hash_bytes(&s->key, home, sizeof(*home)));
}

static bool
matches(const struct hlink *l, const void *arg)
{
	const struct sec_node	*n = (const struct sec_node *)(const void *)l;
	const struct key	*k = arg;

	return (n->role == k->role &&
	    IN6_ARE_ADDR_EQUAL(&n->want.home, &k->home));
}

/* The node of ha or mn with that home address, or NULL. */
struct sec_node *
sec_find(struct sec *s, enum role role, const struct in6_addr *home)
{
	const struct key	 k = { role, *home };

	return ((struct sec_node *)(void *)htab_find(&s->by_home,
	    hash_of(s, home), matches, &k));
}

bool
sec_manual(const struct sec_node *n)
{
	return (n->conf != NULL && n->conf->nsas > 0);
}

/* It has something to do when its turn comes. */
void
sec_queue(struct sec_node *n)
{
	if (n->queued)
		return;
	n->queued = true;
	TAILQ_INSERT_TAIL(&n->sec->ready, n, ready);
}

/* Nothing of it is in the kernel any more. */
void
sec_node_free(struct sec_node *n)
{
	struct sec	*s = n->sec;

	if (n->queued)
		TAILQ_REMOVE(&s->ready, n, ready);
	TAILQ_REMOVE(&s->nodes, n, all);
	s->order[n->place] = NULL;
	s->nholes++;
	htab_remove(&s->by_home, &n->by_home);
	if (n->want.reqid != 0) {
		s->by_reqid[n->want.reqid / 2] = NULL;
		reqid_free(&s->reqids, n->want.reqid);
		s->reqid_freed = s->without > 0;
	}
	if (n->heal_ev != NULL)
		event_free(n->heal_ev);
	orphan_node_gone(n);
	free(n);
}

/* A place for one more; those of nodes that have gone are used again. */
static bool
make_place(struct sec *s)
{
	struct sec_node	**v;
	size_t		  i, n = 0, cap;

	if (s->norder == s->corder && s->nholes > s->norder / 2) {
		for (i = 0; i < s->norder; i++)
			if (s->order[i] != NULL) {
				s->order[n] = s->order[i];
				s->order[n]->place = n;
				n++;
			}
		s->norder = n;
		s->nholes = 0;
	}
	if (s->norder < s->corder)
		return (true);
	cap = s->corder == 0 ? 64 : s->corder * 2;
	if ((v = realloc(s->order, cap * sizeof(*v))) == NULL)
		return (false);
	s->order = v;
	s->corder = cap;
	return (true);
}

static struct sec_node *
node_new(struct sec *s, enum role role, const struct in6_addr *home)
{
	struct sec_node	*n;

	if (!make_place(s) || (n = calloc(1, sizeof(*n))) == NULL)
		return (NULL);
	n->place = s->norder;
	s->order[s->norder++] = n;
	n->sec = s;
	n->role = role;
	n->want.home = *home;
	n->want.agent_side = role == ROLE_HA;
	htab_insert(&s->by_home, &n->by_home, hash_of(s, home));
	TAILQ_INSERT_TAIL(&s->nodes, n, all);
	return (n);
}

/* ---------------------------------------------------------- comparison */

static void
stray(struct sec *s, const struct pfkey_policy *p)
{
	struct pfkey_policy	*v;
	size_t			 cap;

	if (s->nstrays == s->cstrays) {
		cap = s->cstrays == 0 ? 64 : s->cstrays * 2;
		if ((v = realloc(s->strays, cap * sizeof(*v))) == NULL) {
			/* The next comparison finds it again. */
			s->dump_again = true;
			sec_retry(s);
			return;
		}
		s->strays = v;
		s->cstrays = cap;
	}
	s->strays[s->nstrays++] = *p;
}

/* Which node a policy of ours would be of, by an end that is a home address. */
static struct sec_node *
node_of(struct sec *s, const struct pfkey_policy *p, size_t *index)
{
	const struct in6_addr	 ends[2] = { spd_in6(&p->sel.src),
				    spd_in6(&p->sel.dst) };
	struct spd_entry	 e;
	struct sec_node		*n;
	enum role		 r;
	unsigned int		 i;

	for (i = 0; i < 2; i++)
		FOREACH_ROLE_WITH(r, HAS_NODES) {
			if ((n = sec_find(s, r, &ends[i])) == NULL)
				continue;
			for (*index = 0; spd_entry(&n->have, *index, &e);
			    ++*index)
				if (spd_same_key(&e.policy, p))
					return (n);
		}
	return (NULL);
}

/* Is there a job that knows of it, whose node is not done with it? */
static bool
is_under_way(struct sec *s, const struct pfkey_policy *p)
{
	const struct in6_addr	 ends[2] = { spd_in6(&p->sel.src),
				    spd_in6(&p->sel.dst) };
	struct sec_node		*n;
	enum role		 r;
	unsigned int		 i;

	for (i = 0; i < 2; i++)
		FOREACH_ROLE_WITH(r, HAS_NODES)
			if ((n = sec_find(s, r, &ends[i])) != NULL &&
			    job_is_about(n, p))
				return (true);
	return (false);
}

/* Is that a policy of ours, whatever it asks for? */
bool
sec_has(struct sec *s, const struct pfkey_policy *p)
{
	struct sec_node	*n;
	size_t		 i;

	return ((n = node_of(s, p, &i)) != NULL && n->installed);
}

static void
compare_one(struct sec *s, const struct pfkey_policy *p)
{
	struct spd_entry	 e;
	struct sec_node		*n;
	size_t			 i;

	if (!spd_is_ours(p, s->reqids.first, s->reqids.last))
		return;
	if ((n = node_of(s, p, &i)) == NULL) {
		if (!is_under_way(s, p))
			stray(s, p);
		return;
	}
	if (spd_entry(&n->have, i, &e) && spd_same(&e.policy, p))
		n->seen_present |= 1U << i;
}

static void
on_dump(void *arg, const struct pfkey_reply *r)
{
	struct sec	*s = arg;
	struct sec_node	*n;
	size_t		 i;

	s->dumping = false;
	if (r->error == PFKEY_E_CANCELLED)
		return;
	if (r->error != PFKEY_OK || s->dump_again) {
		COUNT(&s->parent->counters, PC_IPSEC_ERRORS);
		s->dump_again = true;
		sec_retry(s);
		return;
	}
	TAILQ_FOREACH(n, &s->nodes, all) {
		n->seen_present = 0;
		/* Of a node with nothing yet: what it shall have. */
		if (!n->installed && n->job == NULL)
			n->have = n->want;
	}
	for (i = 0; i < r->npolicies; i++)
		compare_one(s, &r->policies[i]);
	TAILQ_FOREACH(n, &s->nodes, all) {
		/* One that is being worked at knows best itself, and later. */
		n->unsure = n->job != NULL;
		if (n->unsure)
			continue;
		/* What is known to be refused has its own pace. */
		if ((n->present & ~n->seen_present) != 0)
			n->refused = false;
		n->present = n->seen_present;
		job_ready(n);
	}
	s->compared = true;
	sadb_wake(s->sadb);
}

/* Compare the kernel's policies with what there should be. */
void
sec_compare(struct sec *s)
{
	struct pfkey_msg	 m;

	if (s->dumping) {
		s->dump_again = true;
		return;
	}
	s->dumping = true;
	s->dump_again = false;
	COUNT(&s->parent->counters, PC_IPSEC_DUMPS);
	pfkey_msg_init(&m, PFKEY_SPDDUMP);
	sadb_request(s->sadb, &m, on_dump, s);
}

static void
stray_done(void *arg, const struct pfkey_reply *r)
{
	struct sec	*s = arg;

	(void)r;
	s->stray_flight--;
}

static void
remove_strays(struct sec *s)
{
	struct pfkey_msg	 m;

	while (s->nstrays > 0 && s->stray_flight < SEC_JOBS_MAX) {
		s->nstrays--;
		if (pfkey_from_policy(&m, PFKEY_SPDDELETE,
		    &s->strays[s->nstrays]) != PFKEY_OK)
			continue;
		s->stray_flight++;
		sadb_request(s->sadb, &m, stray_done, s);
	}
	if (s->nstrays == 0) {
		free(s->strays);
		s->strays = NULL;
		s->cstrays = 0;
	}
}

/* Nodes have gone, and their policies: others have their reqids now. */
static void
pass_on_reqids(struct sec *s)
{
	struct sec_node	*n;
	uint32_t	 id;
	bool		 any = false;

	s->reqid_freed = false;
	TAILQ_FOREACH(n, &s->nodes, all) {
		if (n->gone || n->want.reqid != 0)
			continue;
		if ((id = reqid_new(&s->reqids)) == 0)
			break;
		n->want.reqid = id;
		s->by_reqid[id / 2] = n;
		s->without--;
		s->saved_dirty = any = true;
		keys_tell_node(n, false);
		job_ready(n);
	}
	if (!any)
		return;
	keys_told(s);
	sadb_wake(s->sadb);
}

/* --------------------------------------------------------- the socket */

static void
on_heard(void *arg, const struct pfkey_msg *m)
{
	secwatch_heard(arg, m);
	spi_heard(arg, m);
}

static void
on_lost(void *arg)
{
	struct sec	*s = arg;

	sec_compare(s);
	spi_dump(s);
}

static void
on_ready(void *arg)
{
	struct sec	*s = arg;
	struct sec_node	*n;

	if (s->dump_again && !s->dumping && !sec_retries(s))
		sec_compare(s);
	if (s->sad_again && !s->sad_dumping && !sec_retries(s))
		spi_dump(s);
	if (!s->compared)
		return;
	remove_strays(s);
	while (s->njobs < SEC_JOBS_MAX &&
	    (n = TAILQ_FIRST(&s->ready)) != NULL) {
		TAILQ_REMOVE(&s->ready, n, ready);
		n->queued = false;
		job_begin(n);
	}
	if (s->reqid_freed)
		pass_on_reqids(s);
}

static const struct sadb_ops	 ops = { on_heard, on_lost, on_ready };

/* ----------------------------------------------------- configuration */

/* Whose home agent address a home address on our home links has. */
static const struct in6_addr *
agent_of(const struct conf_ha *ha, const struct in6_addr *home)
{
	const struct conf_home_link	*l;
	size_t				 i, j;

	for (i = 0; i < ha->nlinks; i++) {
		l = &ha->links[i];
		for (j = 0; j < l->nprefixes; j++)
			if (in_prefix(&l->prefixes[j], home))
				return (&l->address);
	}
	return (NULL);
}

static bool
same_sas(const struct conf_ipsec *a, const struct conf_ipsec *b)
{
	size_t	 i;

	if (a->nsas != b->nsas)
		return (false);
	for (i = 0; i < a->nsas; i++)
		if (a->sas[i].use != b->sas[i].use ||
		    a->sas[i].way != b->sas[i].way ||
		    a->sas[i].spi != b->sas[i].spi ||
		    a->sas[i].cipher != b->sas[i].cipher ||
		    a->sas[i].mac != b->sas[i].mac ||
		    a->sas[i].cipher_keylen != b->sas[i].cipher_keylen ||
		    a->sas[i].mac_keylen != b->sas[i].mac_keylen ||
		    memcmp(a->sas[i].cipher_key, b->sas[i].cipher_key,
		    a->sas[i].cipher_keylen) != 0 ||
		    memcmp(a->sas[i].mac_key, b->sas[i].mac_key,
		    a->sas[i].mac_keylen) != 0)
			return (false);
	return (true);
}

/* The manual associations as they are; their configuration goes away. */
static void
drop_sas(struct sec_node *n)
{
	struct pfkey_sa	 sa;
	size_t		 i;

	for (i = 0; n->conf != NULL && i < n->conf->nsas; i++)
		if ((manual_use(n, i, SA_TUNNEL) ? n->tunnel_sas_up :
		    n->sas_up) &&
		    manual_sa(n, &n->have, i, &sa) == PFKEY_OK)
			leftover_remove(n, &sa);
	n->sas_up = n->tunnel_sas_up = false;
	n->conf = NULL;
	spi_node_gone(n);
}

static void
configure(struct sec *s, enum role role, const struct in6_addr *home,
    const struct in6_addr *agent, const struct conf_ipsec *c)
{
	struct sec_node	*n = sec_find(s, role, home);

	if (agent == NULL || IN6_IS_ADDR_UNSPECIFIED(agent))
		return;
	if (n == NULL && (n = node_new(s, role, home)) == NULL) {
		if (!s->incomplete)
			log_error("IPsec of nodes: out of memory; tried again");
		s->incomplete = true;
		sec_retry(s);
		return;
	}
	/* Where its associations were is known as long as it has the old. */
	if (n->conf != NULL && (!same_sas(n->conf, c) ||
	    !IN6_ARE_ADDR_EQUAL(&n->want.agent, agent))) {
		drop_sas(n);
		n->installed = false;
	}
	/* It was to go, and its associations have begun to. */
	if (n->gone)
		n->installed = false;
	n->marked = true;
	n->gone = false;
	n->conf = c;
	n->want.agent = *agent;
	n->want.protect = c->protect;
}

static void
configure_all(struct sec *s)
{
	const struct conf	*c = s->parent->conf;
	const struct conf_node	*node;
	size_t			 i;

	for (i = 0; c->ha != NULL && i < c->ha->nnodes; i++) {
		node = &c->ha->nodes[i];
		if (node->auth.type == AUTH_IPSEC && node->ipsec != NULL &&
		    node->nhomes == 1)
			configure(s, ROLE_HA, &node->homes[0],
			    agent_of(c->ha, &node->homes[0]), node->ipsec);
	}
	for (i = 0; c->mn != NULL && i < c->mn->nhomes; i++)
		if (c->mn->homes[i].auth.type == AUTH_IPSEC &&
		    c->mn->homes[i].ipsec != NULL)
			configure(s, ROLE_MN, &c->mn->homes[i].address,
			    &c->mn->homes[i].agent, c->mn->homes[i].ipsec);
}

static bool
in_range(const struct reqids *r, uint32_t id)
{
	return (id >= r->first && id < r->last);
}

/* Reqids to those that have none, or one that may not be used any more. */
static void
give_reqids(struct sec *s)
{
	struct sec_node	*n;

	s->without = 0;
	s->reqid_freed = false;
	TAILQ_FOREACH(n, &s->nodes, all) {
		if (n->gone)
			continue;
		if (!in_range(&s->reqids, n->want.reqid)) {
			if (n->want.reqid != 0)
				s->by_reqid[n->want.reqid / 2] = NULL;
			if (n->want.reqid != 0)
				reqid_free(&s->reqids, n->want.reqid);
			n->want.reqid = reqid_new(&s->reqids);
			s->saved_dirty = true;
		}
		s->by_reqid[n->want.reqid / 2] = n->want.reqid == 0 ? NULL : n;
		s->without += n->want.reqid == 0;
	}
}

/* Nodes without, less those that get the reqids of nodes that go. */
static void
log_without(const struct sec *s)
{
	const struct sec_node	*n;
	size_t			 leaving = 0, without = 0;
	char			 text[INET6_ADDRSTRLEN];

	TAILQ_FOREACH(n, &s->nodes, all)
		leaving += n->gone && in_range(&s->reqids, n->want.reqid);
	TAILQ_FOREACH(n, &s->nodes, all) {
		if (n->gone || n->want.reqid != 0)
			continue;
		if (leaving > 0)
			leaving--;
		else if (without++ == 0)
			log_error("no IPsec for %s: all reqids from %u to "
			    "%u are taken; PF_KEY has none above %u",
			    inet_ntop(AF_INET6, &n->want.home, text,
			    sizeof(text)), s->reqids.first, s->reqids.last,
			    PFKEY_REQID_MAX);
	}
	if (without > 1)
		log_error("and for %zu more nodes", without - 1);
}

/* Nodes for which there was no memory. */
static void
configure_rest(struct sec *s)
{
	struct sec_node	*n;

	if (!s->incomplete)
		return;
	s->incomplete = false;
	configure_all(s);
	give_reqids(s);
	TAILQ_FOREACH(n, &s->nodes, all)
		job_ready(n);
	keys_ike_ready(s);
}

static void
on_retry(int fd, short what, void *arg)
{
	struct sec	*s = arg;

	(void)fd;
	(void)what;
	configure_rest(s);
	leftover_retry(s);
	job_retry(s);
	sadb_wake(s->sadb);
}

/* Memory was short, or an answer incomplete: go on a little later. */
void
sec_retry(struct sec *s)
{
	if (!sec_retries(s))
		timer_in(s->retry_ev, MS(SEC_RETRY_MS));
}

/* Is that to come? */
bool
sec_retries(const struct sec *s)
{
	return (event_pending(s->retry_ev, EV_TIMEOUT, NULL) != 0);
}

/*
 * Each minute: times of registrations, which change, are saved, and what the
 * kernel has refused is tried again.
 */
static void
on_minute(int fd, short what, void *arg)
{
	struct sec	*s = arg;

	(void)fd;
	(void)what;
	reqid_save(s);
	job_refused(s);
	timer_in(s->minute_ev, MINUTE);
}

/* Is there a node that proves itself by IPsec? */
bool
sec_wanted(const struct conf *c)
{
	size_t	 i;

	for (i = 0; c->ha != NULL && i < c->ha->nnodes; i++)
		if (c->ha->nodes[i].auth.type == AUTH_IPSEC)
			return (true);
	for (i = 0; c->mn != NULL && i < c->mn->nhomes; i++)
		if (c->mn->homes[i].auth.type == AUTH_IPSEC)
			return (true);
	return (false);
}

static struct sec *
sec_new(struct parent *p)
{
	struct kern_caps	 caps;
	struct sec		*s;

	if ((s = calloc(1, sizeof(*s))) == NULL)
		return (NULL);
	s->parent = p;
	arc4random_buf(&s->key, sizeof(s->key));
	TAILQ_INIT(&s->nodes);
	TAILQ_INIT(&s->ready);
	TAILQ_INIT(&s->waiting);
	job_start(s);
	kern_caps(p->kern, &caps);
	s->migrate = caps.pfkey_migrate;
	s->minute_ev = event_new(p->base, -1, 0, on_minute, s);
	s->retry_ev = event_new(p->base, -1, 0, on_retry, s);
	if (s->minute_ev == NULL || s->retry_ev == NULL ||
	    (s->file = reqid_file(s)) == NULL ||
	    !htab_init(&s->by_home, 64) || !orphan_start(s) ||
	    (s->watch = secwatch_new(s)) == NULL ||
	    (s->sadb = sadb_open(p, &ops, s)) == NULL) {
		if (s->minute_ev != NULL)
			event_free(s->minute_ev);
		if (s->retry_ev != NULL)
			event_free(s->retry_ev);
		statefile_close(s->file);
		htab_free(&s->by_home);
		orphan_stop(s);
		secwatch_free(s->watch);
		free(s);
		return (NULL);
	}
	return (s);
}

/*
 * The configuration is another, or there was none before.  To be called while
 * the former one is still there.
 */
void
sec_configured(struct parent *p)
{
	struct sec	*s = p->sec;
	struct sec_node	*n;
	bool		 first = s == NULL;

	if (first && !sec_wanted(p->conf))
		return;
	if (first && (s = p->sec = sec_new(p)) == NULL) {
		log_error("IPsec: %s", strerror(errno));
		return;
	}
	reqid_range(&s->reqids, &p->conf->global);
	TAILQ_FOREACH(n, &s->nodes, all)
		n->marked = false;
	configure_all(s);
	if (first)
		reqid_load(s);
	TAILQ_FOREACH(n, &s->nodes, all)
		if (!n->marked && !n->gone) {
			drop_sas(n);
			job_cancel(n);
			spi_node_gone(n);
			keys_tell_node(n, true);
			n->gone = s->saved_dirty = true;
		}
	give_reqids(s);
	log_without(s);
	TAILQ_FOREACH(n, &s->nodes, all)
		if (!first)
			job_ready(n);
	reqid_save(s);
	if (first)
		on_minute(-1, 0, s);
	kernel_ipsec(p, sec_wanted(p->conf));
	if (first) {
		sec_compare(s);
		spi_dump(s);
	} else
		keys_ike_ready(s);
	sadb_wake(s->sadb);
}

/* A child is ready: what it must know of IPsec. */
void
sec_child_ready(struct proc *pr)
{
	struct sec	*s = pr->parent->sec;

	if (s == NULL)
		return;
	if (pr->role == ROLE_IKE)
		keys_ike_ready(s);
	else if (pr->role == ROLE_NET)
		spi_net_ready(s);
}

static void
time_is_up(int fd, short what, void *arg)
{
	(void)fd;
	(void)what;
	*(bool *)arg = true;
}

/* The end: nothing of ours stays in the kernel. */
static void
remove_all(struct sec *s)
{
	struct sec_node	*n;
	bool		 late = false;
	struct event	*ev;

	if ((ev = event_new(s->parent->base, -1, 0, time_is_up, &late)) ==
	    NULL)
		return;
	timer_in(ev, END_TIME);
	TAILQ_FOREACH(n, &s->nodes, all) {
		job_cancel(n);
		n->gone = true;
		sec_queue(n);
	}
	sadb_wake(s->sadb);
	while (!late && (!TAILQ_EMPTY(&s->nodes) || s->dumping ||
	    s->nstrays > 0 || s->stray_flight > 0 || s->nleftovers > 0))
		event_base_loop(s->parent->base, EVLOOP_ONCE);
	event_free(ev);
}

/*
 * Find what a daemon that died left, for sec_close() to remove: its policies
 * by their reqids, and the manual associations that are configured.
 */
void
sec_undo(struct parent *p)
{
	struct kern_caps	 caps;
	struct sec		*s;
	struct sec_node		*n;

	kern_caps(p->kern, &caps);
	if (!caps.pfkey)
		return;
	if ((s = p->sec = sec_new(p)) == NULL) {
		log_error("IPsec: %s", strerror(errno));
		return;
	}
	reqid_range(&s->reqids, &p->conf->global);
	configure_all(s);
	reqid_load(s);
	give_reqids(s);
	TAILQ_FOREACH(n, &s->nodes, all) {
		n->have = n->want;
		n->installed = true;
	}
	secwatch_undo(s);
	sec_compare(s);
}

void
sec_close(struct parent *p)
{
	struct sec	*s = p->sec;
	struct sec_node	*n;

	if (s == NULL)
		return;
	event_del(s->minute_ev);
	if (!p->undo) {
		s->saved_dirty = true;
		reqid_save(s);
	}
	statefile_close(s->file);
	secwatch_free(s->watch);
	s->watch = NULL;
	remove_all(s);
	sadb_close(s->sadb);
	leftover_free(s);
	while ((n = TAILQ_FIRST(&s->nodes)) != NULL)
		sec_node_free(n);
	htab_free(&s->by_home);
	orphan_stop(s);
	event_free(s->minute_ev);
	event_free(s->retry_ev);
	free(s->strays);
	free(s->order);
	free(s);
	p->sec = NULL;
}
