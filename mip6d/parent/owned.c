/*
 * What policies and security associations can be ours: those of nodes that the
 * configuration has, at their home agents and with reqids of ours.  The
 * planning (mip6d/sec) is told of the nodes from here, without a key, and what
 * it asks is checked against the same table.  A node that has left the
 * configuration stays in it: its policies may be removed, and nothing else.
 */
#include <sys/types.h>

#include <stdlib.h>
#include <string.h>

#include "parent/owned.h"
#include "parent/parent.h"
#include "wire/ip6.h"

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

/* Whose policies these are, or NULL. */
const struct owned_node *
owned_find(const struct owned *o, const struct spd_node *d)
{
	return (find(o, d->agent_side ? ROLE_HA : ROLE_MN, &d->home));
}

/* ---------------------------------------------------- the configuration */

static void
unmark(void *arg, struct hlink *l)
{
	struct owned_node	*n = (struct owned_node *)(void *)l;

	(void)arg;
	n->marked = false;
}

/* Another configuration, with these reqids: owned_each(), owned_end(). */
void
owned_begin(struct owned *o, const struct conf_global *g)
{
	o->first = g->reqid_first != 0 ? g->reqid_first : REQID_FIRST;
	o->first += o->first & 1;
	o->last = g->reqid_last != 0 && g->reqid_last < REQID_LAST ?
	    g->reqid_last : REQID_LAST;
	htab_each(&o->by_home, unmark, NULL);
}

static void
leave(void *arg, struct hlink *l)
{
	struct owned_node	*n = (struct owned_node *)(void *)l;

	(void)arg;
	if (!n->marked)
		n->conf = NULL;
}

void
owned_end(struct owned *o)
{
	htab_each(&o->by_home, leave, NULL);
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

static bool
one(struct owned *o, const struct key *k, const struct in6_addr *agent,
    const struct conf_ipsec *c, sec_conf_fn *fn, struct sec *s)
{
	struct sec_conf		 sc;
	struct owned_node	*n;

	if (agent == NULL || IN6_IS_ADDR_UNSPECIFIED(agent))
		return (true);
	if ((n = node_of(o, k->role, &k->home, c)) == NULL)
		return (false);
	n->agent = *agent;
	sc = (struct sec_conf){ .role = n->role, .home = n->home,
	    .agent = n->agent, .protect = c->protect, .sas = n->sas,
	    .nsas = c->nsas };
	fn(s, &sc);
	return (true);
}

/* Whose home agent address a home address on our home links has. */
static const struct in6_addr *
agent_of(const struct conf_ha *ha, const struct in6_addr *home)
{
	const struct conf_home_link	*l;
	size_t				 i, j;

	for (i = 0; i < ha->nlinks; i++) {
		l = &ha->links[i];
		for (j = 0; j < l->nprefixes; j++)
			if (in6_prefix_eq(&l->prefixes[j].addr, home,
			    l->prefixes[j].len))
				return (&l->address);
	}
	return (NULL);
}

/* Tell fn of each node with IPsec; false: not of all, there is no memory. */
bool
owned_each(struct owned *o, const struct conf *c, sec_conf_fn *fn,
    struct sec *s)
{
	const struct conf_node	*node;
	const struct conf_home	*home;
	struct key		 k = { .role = ROLE_HA };
	bool			 all = true;
	size_t			 i;

	for (i = 0; c->ha != NULL && i < c->ha->nnodes; i++) {
		node = &c->ha->nodes[i];
		if (node->auth.type != AUTH_IPSEC || node->ipsec == NULL ||
		    node->nhomes != 1)
			continue;
		k.home = node->homes[0];
		all &= one(o, &k, agent_of(c->ha, &k.home), node->ipsec, fn,
		    s);
	}
	k.role = ROLE_MN;
	for (i = 0; c->mn != NULL && i < c->mn->nhomes; i++) {
		home = &c->mn->homes[i];
		if (home->auth.type != AUTH_IPSEC || home->ipsec == NULL)
			continue;
		k.home = home->address;
		all &= one(o, &k, &home->agent, home->ipsec, fn, s);
	}
	return (all);
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

/* Can that be in the kernel: SET and CLEAR? */
bool
owned_may_put(struct owned *o, const struct prim_request *r)
{
	const struct spd_node	*d = &r->of;
	const struct owned_node	*n = owned_find(o, d);

	return (n != NULL && n->conf != NULL &&
	    IN6_ARE_ADDR_EQUAL(&d->agent, &n->agent) &&
	    d->protect == n->conf->protect && (d->reqid & 1) == 0 &&
	    d->reqid >= o->first && d->reqid < o->last &&
	    (!d->tunnel || at_agent(n, &d->local, &d->peer)));
}

/* And may it go there? */
bool
owned_may_move(struct owned *o, const struct prim_request *r)
{
	const struct owned_node	*n = owned_find(o, &r->of);

	return (owned_may_put(o, r) &&
	    (!r->of.tunnel || at_agent(n, &r->local, &r->peer)) &&
	    (!r->km || at_agent(n, &r->km_local, &r->km_remote)));
}

/* An association by hand, whose tunnel ends at the home agent. */
bool
owned_may_add(struct owned *o, const struct prim_request *r)
{
	const struct owned_node	*n = owned_find(o, &r->of);

	return (owned_may_put(o, r) && r->index < n->conf->nsas &&
	    (n->sas[r->index].use != SA_TUNNEL ||
	    at_agent(n, &r->of.local, &r->of.peer)));
}

/* The same to be removed, though the rest of the node may be another now. */
bool
owned_may_unadd(struct owned *o, const struct prim_request *r)
{
	const struct owned_node	*n = owned_find(o, &r->of);

	return (n != NULL && n->conf != NULL && r->index < n->conf->nsas &&
	    IN6_ARE_ADDR_EQUAL(&r->of.agent, &n->agent));
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

/* Is that a node's home address, or was it? */
static bool
is_home(const struct owned *o, const struct in6_addr *a)
{
	enum role	 r;

	FOREACH_ROLE_WITH(r, HAS_NODES)
		if (find(o, r, a) != NULL)
			return (true);
	return (false);
}

static bool
has_home(const struct owned *o, const struct pfkey_addr *src,
    const struct pfkey_addr *dst)
{
	const struct in6_addr	 a = spd_in6(src), b = spd_in6(dst);

	return (is_home(o, &a) || is_home(o, &b));
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

/* Is a policy of the kernel one of ours? */
bool
owned_policy(const struct owned *o, const struct pfkey_policy *p)
{
	return (spd_is_ours(p, o->first, o->last));
}

/* The same of an association. */
bool
owned_sa(const struct owned *o, const struct pfkey_sa *sa)
{
	return (sa->satype == PFKEY_ESP && sa->reqid >= o->first &&
	    sa->reqid <= o->last);
}

static void
note_policies(struct owned *o, const struct pfkey_reply *r)
{
	const struct pfkey_policy	*p;

	o->policies.n = 0;
	for (p = r->policies; p < r->policies + r->npolicies; p++)
		if (owned_policy(o, p) &&
		    !has_home(o, &p->sel.src, &p->sel.dst))
			set_add(&o->policies, policy_number(o, &p->sel,
			    p->dir));
}

static void
note_sas(struct owned *o, const struct pfkey_reply *r)
{
	const struct pfkey_sa	*sa;
	struct in6_addr		 src, dst;

	o->sas.n = 0;
	for (sa = r->sas; sa < r->sas + r->nsas; sa++) {
		if (!owned_sa(o, sa) || has_home(o, &sa->src, &sa->dst))
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

/*
 * That one of this node has been added by us, and may be removed under any
 * configuration.  MIGRATE moves one end of it, so it is known by the other,
 * which is the home agent's.
 */
void
owned_added(struct owned *o, const struct owned_node *n,
    const struct pfkey_sa *sa)
{
	if (!has_home(o, &sa->src, &sa->dst))
		set_add(&o->added, sa_number(o, sa->spi, &n->agent,
		    &n->agent));
}

/* A policy of a home address, or one that the last dump has shown as ours. */
bool
owned_may_stray(struct owned *o, const struct prim_request *r)
{
	const struct pfkey_selector	*s = &r->policy.sel;

	return (has_home(o, &s->src, &s->dst) || set_has(&o->policies,
	    policy_number(o, s, r->policy.dir)));
}

/* The same of an association, or one that we have added. */
bool
owned_may_drop(struct owned *o, const struct prim_request *r)
{
	const struct prim_sa	*sa = &r->sa;

	return (is_home(o, &sa->src) || is_home(o, &sa->dst) ||
	    set_has(&o->sas, sa_number(o, sa->spi, &sa->src, &sa->dst)) ||
	    set_has(&o->added, sa_number(o, sa->spi, &sa->src, &sa->src)) ||
	    set_has(&o->added, sa_number(o, sa->spi, &sa->dst, &sa->dst)));
}

/* Is there a node that proves itself by IPsec? */
bool
ipsec_wanted(const struct conf *c)
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
