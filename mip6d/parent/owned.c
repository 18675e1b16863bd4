/*
 * What policies and security associations can be ours: those of nodes that the
 * configuration has, at their home agents and with reqids of ours.  The
 * planning (mip6d/sec) is told of the nodes from here, without a key, and what
 * it asks is checked against the same table.  A node that has left the
 * configuration stays in it: its policies may be removed, and nothing else.
 */
#include <sys/types.h>
#include <sys/socket.h>

#include <stdlib.h>
#include <string.h>

#include "parent/owned.h"
#include "parent/parent.h"

struct key {
	enum role	 role;
	struct in6_addr	 home;
};

/* False: out of memory. */
bool
owned_init(struct owned *o)
{
	memset(o, 0, sizeof(*o));
	arc4random_buf(&o->key, sizeof(o->key));
	return (htab_init(&o->by_home, 64));
}

static void
free_node(void *arg, struct hlink *l)
{
	struct owned_node	*n = (struct owned_node *)(void *)l;

	(void)arg;
	free(n->sas);
	free(n);
}

void
owned_free(struct owned *o)
{
	htab_each(&o->by_home, free_node, NULL);
	htab_free(&o->by_home);
	free(o->policies.v);
	free(o->sas.v);
	free(o->sas_before.v);
	free(o->added.v);
}

static bool
matches(const struct hlink *l, const void *arg)
{
	const struct owned_node	*n = (const struct owned_node *)(const void *)l;
	const struct key	*k = arg;

	return (n->role == k->role && IN6_ARE_ADDR_EQUAL(&n->home, &k->home));
}

static struct owned_node *
find(const struct owned *o, enum role role, const struct in6_addr *home)
{
	const struct key	 k = { role, *home };

	return ((struct owned_node *)(void *)htab_find(&o->by_home,
	    hash_bytes(&o->key, home, sizeof(*home)), matches, &k));
}

/* The node of that role, now or before; NULL: there was none. */
struct owned_node *
owned_node(const struct owned *o, enum role role, const struct in6_addr *home)
{
	return (find(o, role, home));
}

/* Whose policies these are, or NULL. */
struct owned_node *
owned_find(const struct owned *o, const struct spd_node *d)
{
	return (find(o, d->agent_side ? ROLE_HA : ROLE_MN, &d->home));
}

/* ------------------------------------------------------ sets of numbers */

static int
by_number(const void *a, const void *b)
{
	const uint64_t	*x = a, *y = b;

	return (*x < *y ? -1 : *x > *y);
}

static void
set_sort(struct owned_set *s)
{
	if (!s->sorted && s->n > 0)
		qsort(s->v, s->n, sizeof(*s->v), by_number);
	s->sorted = true;
}

/* Each number once. */
static void
set_compact(struct owned_set *s)
{
	size_t	 i, n = 0;

	set_sort(s);
	for (i = 0; i < s->n; i++)
		if (n == 0 || s->v[n - 1] != s->v[i])
			s->v[n++] = s->v[i];
	s->n = n;
}

/* Room for more: what is there twice goes, or there is twice the room. */
static void
set_grow(struct owned_set *s)
{
	size_t		 cap = s->cap == 0 ? 64 : s->cap * 2;
	uint64_t	*v;

	set_compact(s);
	if (s->n >= s->cap / 2 &&
	    (v = realloc(s->v, cap * sizeof(*v))) != NULL) {
		s->v = v;
		s->cap = cap;
	}
}

static void
set_add(struct owned_set *s, uint64_t number)
{
	if (s->n == s->cap)
		set_grow(s);
	/* What is not noted can't be removed; later, perhaps. */
	if (s->n == s->cap)
		return;
	s->v[s->n++] = number;
	s->sorted = false;
}

static bool
set_has(struct owned_set *s, uint64_t number)
{
	if (s->n == 0)
		return (false);
	set_sort(s);
	return (bsearch(&number, s->v, s->n, sizeof(*s->v), by_number) != NULL);
}

static uint64_t
sa_number(const struct owned *o, uint32_t spi, const struct in6_addr *src,
    const struct in6_addr *dst)
{
	uint8_t	 b[36];

	memcpy(b, &spi, 4);
	memcpy(b + 4, src, 16);
	memcpy(b + 20, dst, 16);
	return (hash_bytes(&o->key, b, sizeof(b)));
}

/*
 * That one of this node is configured by hand, or was: it may be removed under
 * any configuration.  MIGRATE moves one end of it, so it is known by the other,
 * which is the home agent's.
 */
static void
note_manual(struct owned *o, const struct owned_node *n, uint32_t spi)
{
	set_add(&o->added, sa_number(o, spi, &n->agent, &n->agent));
}

/* ---------------------------------------------------- the configuration */

static void
unmark(void *arg, struct hlink *l)
{
	struct owned_node	*n = (struct owned_node *)(void *)l;

	(void)arg;
	n->marked = false;
}

/* Policies may have reqids of the range that was, the oldest of them none. */
static void
remember_range(struct owned *o, uint32_t first, uint32_t last)
{
	if (o->nbefore == OWNED_RANGES)
		memmove(&o->before[0], &o->before[1],
		    --o->nbefore * sizeof(o->before[0]));
	o->before[o->nbefore++] = (struct owned_range){ first, last };
}

static void
begin(struct owned *o, const struct conf_global *g)
{
	const uint32_t	 first = o->first, last = o->last;

	o->first = g->reqid_first != 0 ? g->reqid_first : REQID_FIRST;
	o->first += o->first & 1;
	o->last = g->reqid_last != 0 && g->reqid_last < REQID_LAST ?
	    g->reqid_last : REQID_LAST;
	if (last != 0 && (first != o->first || last != o->last))
		remember_range(o, first, last);
	htab_each(&o->by_home, unmark, NULL);
}

static void
leave(void *arg, struct hlink *l)
{
	struct owned_node	*n = (struct owned_node *)(void *)l;

	(void)arg;
	if (n->marked)
		return;
	n->conf = NULL;
	n->is_bound = false;
	n->want.op = n->key_state = n->late.state = 0;
}

/* A number that is another when the association would be, but not its keys. */
static uint64_t
mark_of(const struct owned *o, const struct conf_sa *c)
{
	const struct hash_key	*k = &o->key;
	uint64_t		 v[4] = { c->cipher, c->mac,
	    hash_bytes(k, c->cipher_key, c->cipher_keylen),
	    hash_bytes(k, c->mac_key, c->mac_keylen) };

	return (hash_bytes(&o->key, v, sizeof(v)));
}

/* NULL: out of memory. */
static struct owned_node *
node_of(struct owned *o, enum role role, const struct in6_addr *home,
    const struct conf_ipsec *c)
{
	struct owned_node	*n = find(o, role, home);
	struct sec_sa		*sas;
	size_t			 i;

	if ((sas = calloc(c->nsas + 1, sizeof(*sas))) == NULL)
		return (NULL);
	if (n == NULL && (n = calloc(1, sizeof(*n))) == NULL) {
		free(sas);
		return (NULL);
	}
	if (n->role == ROLE_PARENT) {
		n->role = role;
		n->home = *home;
		htab_insert(&o->by_home, &n->link,
		    hash_bytes(&o->key, home, sizeof(*home)));
	}
	for (i = 0; i < c->nsas; i++)
		sas[i] = (struct sec_sa){ .mark = mark_of(o, &c->sas[i]),
		    .spi = c->sas[i].spi, .use = (uint8_t)c->sas[i].use,
		    .way = (uint8_t)c->sas[i].way };
	free(n->sas);
	n->sas = sas;
	n->conf = c;
	n->marked = true;
	return (n);
}

/* Whose home agent address a home address on our home links has. */
static const struct in6_addr *
agent_of(const struct conf_ha *ha, const struct in6_addr *home)
{
	const struct conf_home_link	*l = conf_home_link(ha, home);

	return (l == NULL ? NULL : &l->address);
}

/* Calls one() for each node of the configuration, until that is false. */
struct walk {
	struct owned		*owned;
	bool			(*one)(const struct walk *, enum role,
				    const struct in6_addr *home,
				    const struct in6_addr *agent,
				    const struct conf_ipsec *);
	owned_fn		*fn;
	void			*arg;
};

static bool
walk_one(const struct walk *w, enum role role, const struct in6_addr *home,
    const struct in6_addr *agent, const struct conf_ipsec *c)
{
	return (agent == NULL || IN6_IS_ADDR_UNSPECIFIED(agent) ||
	    w->one(w, role, home, agent, c));
}

static bool
walk(const struct walk *w, const struct conf *c)
{
	const struct conf_node	*node;
	const struct conf_home	*home;
	size_t			 i;

	for (i = 0; c->ha != NULL && i < c->ha->nnodes; i++) {
		node = &c->ha->nodes[i];
		if (node->auth.type == AUTH_IPSEC && node->ipsec != NULL &&
		    node->nhomes == 1 && !walk_one(w, ROLE_HA,
		    &node->homes[0], agent_of(c->ha, &node->homes[0]),
		    node->ipsec))
			return (false);
	}
	for (i = 0; c->mn != NULL && i < c->mn->nhomes; i++) {
		home = &c->mn->homes[i];
		if (home->auth.type == AUTH_IPSEC && home->ipsec != NULL &&
		    !walk_one(w, ROLE_MN, &home->address, &home->agent,
		    home->ipsec))
			return (false);
	}
	return (true);
}

static bool
take(const struct walk *w, enum role role, const struct in6_addr *home,
    const struct in6_addr *agent, const struct conf_ipsec *c)
{
	struct owned_node	*n = node_of(w->owned, role, home, c);
	size_t			 i;

	if (n == NULL)
		return (false);
	n->agent = *agent;
	for (i = 0; i < c->nsas; i++)
		note_manual(w->owned, n, n->sas[i].spi);
	return (true);
}

/* Its configuration is freed, though the new one was not taken. */
static void
cut(void *arg, struct hlink *l)
{
	struct owned_node	*n = (struct owned_node *)(void *)l;

	(void)arg;
	if (!n->marked)
		n->conf = NULL;
}

/*
 * The configuration is that.  False: there is no memory, and nothing may be
 * done for nodes that were not taken; those that have left it are remembered.
 */
bool
owned_configure(struct owned *o, const struct conf *c)
{
	const struct walk	 w = { .owned = o, .one = take };

	begin(o, &c->global);
	if (walk(&w, c)) {
		htab_each(&o->by_home, leave, NULL);
		return (true);
	}
	htab_each(&o->by_home, cut, NULL);
	return (false);
}

static bool
visit(const struct walk *w, enum role role, const struct in6_addr *home,
    const struct in6_addr *agent, const struct conf_ipsec *c)
{
	struct owned_node	*n = find(w->owned, role, home);

	(void)agent;
	(void)c;
	if (n != NULL)
		w->fn(w->arg, n);
	return (true);
}

/* Calls fn for each node of c, which was taken, in its order. */
void
owned_each(struct owned *o, const struct conf *c, owned_fn *fn, void *arg)
{
	const struct walk	 w = { o, visit, fn, arg };

	walk(&w, c);
}

/* ------------------------------------------------------------- checks */

/* The end that is a home agent's is its home agent's. */
static bool
at_agent(const struct owned_node *n, const struct in6_addr *local,
    const struct in6_addr *peer)
{
	return (IN6_ARE_ADDR_EQUAL(n->role == ROLE_HA ? local : peer,
	    &n->agent));
}

/* Can a tunnel to or from elsewhere end there? */
static bool
is_host(const struct in6_addr *a)
{
	return (!IN6_IS_ADDR_UNSPECIFIED(a) && !IN6_IS_ADDR_MULTICAST(a) &&
	    !IN6_IS_ADDR_LOOPBACK(a) && !IN6_IS_ADDR_LINKLOCAL(a));
}

/* The end that is a node's. */
static const struct in6_addr *
node_end(const struct owned_node *n, const struct in6_addr *local,
    const struct in6_addr *peer)
{
	return (n->role == ROLE_HA ? peer : local);
}

/* From its home agent to a host? */
static bool
may_end(const struct owned_node *n, const struct in6_addr *local,
    const struct in6_addr *peer)
{
	return (at_agent(n, local, peer) && is_host(node_end(n, local, peer)));
}

/* Does the tunnel of an engine's node lead from its home agent to a host? */
bool
owned_may_follow(const struct owned_node *n, const struct msg_ipsec *m)
{
	return (n != NULL && n->conf != NULL &&
	    may_end(n, &m->local, &m->peer) &&
	    (m->flags & ~(IPSEC_TUNNEL | IPSEC_KM)) == 0);
}

/* May somebody want that of the keys of a node?  :: is wherever it is. */
bool
owned_may_want(const struct owned_node *n, const struct msg_key_want *m)
{
	const struct in6_addr	*end;

	if (n == NULL || n->conf == NULL || m->op < KEY_NEED ||
	    m->op > KEY_DISCARD || (m->op == KEY_DISCARD && n->role != ROLE_HA))
		return (false);
	end = node_end(n, &m->local, &m->remote);
	return (m->op == KEY_END || (at_agent(n, &m->local, &m->remote) &&
	    (is_host(end) || IN6_IS_ADDR_UNSPECIFIED(end))));
}

/* Is that the home address of a node whose keys are ike's business? */
bool
owned_is_keyed(const struct owned *o, const struct in6_addr *home)
{
	const struct owned_node	*n;
	enum role		 r;

	FOREACH_ROLE_WITH(r, HAS_NODES)
		if ((n = find(o, r, home)) != NULL && n->conf != NULL &&
		    n->conf->nsas == 0)
			return (true);
	return (false);
}

/* May that be asked of ike for one of the nodes that have it? */
bool
owned_may_key(const struct owned *o, const struct msg_key_want *m)
{
	enum role	 r;

	FOREACH_ROLE_WITH(r, HAS_NODES)
		if (owned_may_want(find(o, r, &m->home), m))
			return (true);
	return (false);
}

/* Can a node have that reqid, and the next? */
bool
owned_may_have(const struct owned *o, uint32_t reqid)
{
	return ((reqid & 1) == 0 && reqid >= o->first && reqid < o->last);
}

/* Can that be in the kernel: SET and CLEAR? */
bool
owned_may_put(struct owned *o, const struct prim_request *r)
{
	const struct spd_node	*d = &r->of;
	const struct owned_node	*n = owned_find(o, d);

	return (n != NULL && n->conf != NULL &&
	    IN6_ARE_ADDR_EQUAL(&d->agent, &n->agent) &&
	    d->protect == n->conf->protect && owned_may_have(o, d->reqid) &&
	    (!d->tunnel || may_end(n, &d->local, &d->peer)));
}

/* And may it go there? */
bool
owned_may_move(struct owned *o, const struct prim_request *r)
{
	const struct owned_node	*n = owned_find(o, &r->of);

	return (owned_may_put(o, r) &&
	    (!r->of.tunnel || may_end(n, &r->local, &r->peer)) &&
	    (!r->km || may_end(n, &r->km_local, &r->km_remote)));
}

/* An association by hand, whose tunnel ends at the home agent. */
bool
owned_may_add(struct owned *o, const struct prim_request *r)
{
	const struct owned_node	*n = owned_find(o, &r->of);

	return (owned_may_put(o, r) && r->index < n->conf->nsas &&
	    (n->sas[r->index].use != SA_TUNNEL ||
	    may_end(n, &r->of.local, &r->of.peer)));
}

/* The same to be removed, though the rest of the node may be another now. */
bool
owned_may_unadd(struct owned *o, const struct prim_request *r)
{
	const struct owned_node	*n = owned_find(o, &r->of);

	return (n != NULL && n->conf != NULL && r->index < n->conf->nsas &&
	    IN6_ARE_ADDR_EQUAL(&r->of.agent, &n->agent) &&
	    (n->sas[r->index].use != SA_TUNNEL ||
	    at_agent(n, &r->of.local, &r->of.peer)));
}

/* A policy of a home address that is a node's, or was. */
bool
owned_may_delete(struct owned *o, const struct prim_request *r)
{
	return (owned_find(o, &r->of) != NULL);
}

/* An association from a node to its home agent. */
bool
owned_may_get(struct owned *o, const struct prim_request *r)
{
	const struct owned_node	*n = find(o, ROLE_HA, &r->sa.src);

	return (n != NULL && n->conf != NULL &&
	    IN6_ARE_ADDR_EQUAL(&r->sa.dst, &n->agent));
}

/* ------------------------------------------------------- what was seen */

/* Is that a node's home address, or was it? */
bool
owned_is_home(const struct owned *o, const struct in6_addr *a)
{
	enum role	 r;

	FOREACH_ROLE_WITH(r, HAS_NODES)
		if (find(o, r, a) != NULL)
			return (true);
	return (false);
}

/* Is one of these, of a policy or an association, such an address? */
bool
owned_concerns(const struct owned *o, const struct pfkey_addr *src,
    const struct pfkey_addr *dst)
{
	const struct in6_addr	 a = spd_in6(src), b = spd_in6(dst);

	return (owned_is_home(o, &a) || owned_is_home(o, &b));
}

static uint64_t
policy_number(const struct owned *o, const struct pfkey_selector *s,
    uint8_t dir)
{
	uint8_t	 b[48] = { dir, s->src_plen, s->dst_plen, s->proto,
		    s->has_type, s->type, s->code };

	memcpy(b + 8, s->src.bytes, 16);
	memcpy(b + 24, s->dst.bytes, 16);
	memcpy(b + 40, &s->sport, sizeof(s->sport));
	memcpy(b + 42, &s->dport, sizeof(s->dport));
	return (hash_bytes(&o->key, b, sizeof(b)));
}

/* Is a policy of the kernel one of ours, by a reqid of now or of before? */
bool
owned_policy(const struct owned *o, const struct pfkey_policy *p)
{
	size_t	 i;

	for (i = 0; i < o->nbefore; i++)
		if (spd_is_ours(p, o->before[i].first, o->before[i].last))
			return (true);
	return (spd_is_ours(p, o->first, o->last));
}

static bool
was_added(struct owned *o, uint32_t spi, const struct in6_addr *src,
    const struct in6_addr *dst)
{
	return (set_has(&o->added, sa_number(o, spi, src, src)) ||
	    set_has(&o->added, sa_number(o, spi, dst, dst)));
}

static bool
in_range_before(const struct owned *o, uint32_t reqid)
{
	size_t	 i;

	for (i = 0; i < o->nbefore; i++)
		if (reqid >= o->before[i].first && reqid <= o->before[i].last)
			return (true);
	return (false);
}

/* The same of an association; others may have reqids of before by now. */
bool
owned_sa(struct owned *o, const struct pfkey_sa *sa)
{
	const struct in6_addr	 src = spd_in6(&sa->src),
				 dst = spd_in6(&sa->dst);

	if (sa->satype != PFKEY_ESP || sa->src.family != AF_INET6)
		return (false);
	return ((sa->reqid >= o->first && sa->reqid <= o->last) ||
	    (in_range_before(o, sa->reqid) &&
	    was_added(o, sa->spi, &src, &dst)));
}

static void
note_policies(struct owned *o, const struct pfkey_reply *r)
{
	const struct pfkey_policy	*p;

	o->policies.n = 0;
	for (p = r->policies; p < r->policies + r->npolicies; p++)
		if (owned_policy(o, p) &&
		    !owned_concerns(o, &p->sel.src, &p->sel.dst))
			set_add(&o->policies, policy_number(o, &p->sel,
			    p->dir));
}

static void
note_sas(struct owned *o, const struct pfkey_reply *r)
{
	const struct owned_set	 spare = o->sas_before;
	const struct pfkey_sa	*sa;
	struct in6_addr		 src, dst;

	/* Who has seen a dump may act by it when there is another one. */
	o->sas_before = o->sas;
	o->sas = spare;
	o->sas.n = 0;
	for (sa = r->sas; sa < r->sas + r->nsas; sa++) {
		if (!owned_sa(o, sa) || owned_concerns(o, &sa->src, &sa->dst))
			continue;
		src = spd_in6(&sa->src);
		dst = spd_in6(&sa->dst);
		set_add(&o->sas, sa_number(o, sa->spi, &src, &dst));
	}
}

/* A dump is there: what of it is ours may be removed. */
void
owned_dump(struct owned *o, enum prim op, const struct pfkey_reply *r)
{
	if (op == PRIM_POLICIES)
		note_policies(o, r);
	else
		note_sas(o, r);
}

/* Is that an association of ours whose keys are configured? */
bool
owned_is_manual(struct owned *o, const struct pfkey_sa *sa)
{
	const struct in6_addr	 src = spd_in6(&sa->src),
				 dst = spd_in6(&sa->dst);

	return (owned_sa(o, sa) && was_added(o, sa->spi, &src, &dst));
}

/* A policy of a home address, or one that the last dump has shown as ours. */
bool
owned_may_stray(struct owned *o, const struct prim_request *r)
{
	const struct pfkey_selector	*s = &r->policy.sel;

	return (owned_concerns(o, &s->src, &s->dst) || set_has(&o->policies,
	    policy_number(o, s, r->policy.dir)));
}

/* The same of an association, or one that we have added. */
bool
owned_may_drop(struct owned *o, const struct prim_request *r)
{
	const struct prim_sa	*sa = &r->sa;
	const uint64_t		 number = sa_number(o, sa->spi, &sa->src,
				    &sa->dst);

	return (owned_is_home(o, &sa->src) || owned_is_home(o, &sa->dst) ||
	    set_has(&o->sas, number) || set_has(&o->sas_before, number) ||
	    was_added(o, sa->spi, &sa->src, &sa->dst));
}
