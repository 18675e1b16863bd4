/*
 * The table of the nodes that charon makes keys for, by home address: a home
 * agent's mobile nodes, or a mobile node's own home addresses.  Fills it from
 * the configuration and notes what has changed, and keeps for each the unique
 * ids of its IKE_SAs.  Pure; owns the nodes but not their timers, which are
 * those of ike/keying.c, its main caller.
 */
#include <sys/types.h>
#include <sys/socket.h>

#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "conf/conf.h"
#include "ike/node.h"
#include "wire/ip6.h"

/* An empty table; false: no memory. */
bool
nodes_init(struct nodes *t)
{
	memset(t, 0, sizeof(*t));
	/*
	 * Who is in the table is the configuration's choice, nobody can make
	 * chains long: the hash needs no secret.
	 */
	pool_init(&t->pool, sizeof(struct node));
	return (htab_init(&t->tab, 16));
}

static struct node *
of_link(const struct hlink *l)
{
	return ((struct node *)((char *)(uintptr_t)l -
	    offsetof(struct node, link)));
}

static bool
same_home(const struct hlink *l, const void *key)
{
	return (in6_eq(&of_link(l)->home, key));
}

static uint64_t
hash(const struct nodes *t, const struct in6_addr *home)
{
	return (hash_bytes(&t->key, home, sizeof(*home)));
}

/* The node of a home address, or NULL. */
struct node *
node_find(const struct nodes *t, const struct in6_addr *home)
{
	struct hlink	*l;

	l = htab_find(&t->tab, hash(t, home), same_home, home);
	return (l == NULL ? NULL : of_link(l));
}

/* A new node, of which there is none yet; NULL: no memory. */
struct node *
node_add(struct nodes *t, const struct in6_addr *home)
{
	struct node	*n;
	uint32_t	 number;

	if ((n = pool_alloc(&t->pool, &number)) == NULL)
		return (NULL);
	memset(n, 0, sizeof(*n));
	n->number = number;
	n->home = *home;
	htab_insert(&t->tab, &n->link, hash(t, home));
	t->n++;
	t->nload[n->load]++;
	return (n);
}

void
node_remove(struct nodes *t, struct node *n)
{
	htab_remove(&t->tab, &n->link);
	t->n--;
	t->nload[n->load]--;
	if (n->is_mn)
		t->nmn--;
	pool_free(&t->pool, n->number);
}

/* The node of a number below pool.used, or NULL if it has none. */
struct node *
node_at(const struct nodes *t, uint32_t number)
{
	return (pool_get(&t->pool, number));
}

void
node_set_load(struct nodes *t, struct node *n, enum node_load l)
{
	t->nload[n->load]--;
	t->nload[n->load = l]++;
}

/* The name of a node's connection and of its secret. */
void
node_name(const struct in6_addr *home, char name[NODE_NAME_MAX])
{
	char	 text[INET6_ADDRSTRLEN];

	inet_ntop(AF_INET6, home, text, sizeof(text));
	snprintf(name, NODE_NAME_MAX, NODE_PREFIX "%s", text);
}

/* Whose name is it?  False if it is none of ours. */
bool
node_parse_name(const char *name, struct in6_addr *home)
{
	size_t	 n = strlen(NODE_PREFIX);

	return (strncmp(name, NODE_PREFIX, n) == 0 &&
	    inet_pton(AF_INET6, name + n, home) == 1);
}

/* The node whose connection has that name, or NULL. */
struct node *
node_of_name(const struct nodes *t, const char *name)
{
	struct in6_addr	 home;

	return (node_parse_name(name, &home) ? node_find(t, &home) : NULL);
}

/*
 * It has an IKE_SA of that unique id; of too many the newest are kept, as ids
 * grow.  False if that was known.
 */
bool
node_sa_add(struct node *n, uint32_t id)
{
	unsigned int	 i;

	for (i = 0; i < n->nids && n->ids[i] < id; i++)
		continue;
	if (i < n->nids && n->ids[i] == id)
		return (false);
	if (n->nids == NODE_SAS) {
		if (i == 0)
			return (false);
		memmove(n->ids, n->ids + 1, --i * sizeof(n->ids[0]));
		n->ids[i] = id;
		return (true);
	}
	memmove(n->ids + i + 1, n->ids + i, (n->nids - i) * sizeof(n->ids[0]));
	n->ids[i] = id;
	n->nids++;
	return (true);
}

/* It has that IKE_SA no more; false if it was not known. */
bool
node_sa_remove(struct node *n, uint32_t id)
{
	unsigned int	 i;

	for (i = 0; i < n->nids && n->ids[i] != id; i++)
		continue;
	if (i == n->nids)
		return (false);
	n->nids--;
	memmove(n->ids + i, n->ids + i + 1, (n->nids - i) * sizeof(n->ids[0]));
	return (true);
}

/* Was this IKE_SA told of since the last poll? */
bool
node_heard(const struct node *n, uint32_t id)
{
	unsigned int	 i;

	for (i = 0; i < n->nheard; i++)
		if (n->heard[i] == id)
			return (true);
	return (false);
}

/* Note that this IKE_SA was told of; of too many the newest are kept. */
void
node_hear(struct node *n, uint32_t id)
{
	if (node_heard(n, id))
		return;
	if (n->nheard == NODE_SAS)
		memmove(n->heard, n->heard + 1, --n->nheard *
		    sizeof(n->heard[0]));
	n->heard[n->nheard++] = id;
}

/* Would both make the same connection and credentials? */
bool
ipsec_equal(const struct conf_ipsec *a, const struct conf_ipsec *b)
{
	return (a->protect == b->protect &&
	    strcmp(a->identity, b->identity) == 0 &&
	    strcmp(a->agent_identity, b->agent_identity) == 0 &&
	    a->secretlen == b->secretlen &&
	    memcmp(a->secret, b->secret, a->secretlen) == 0 &&
	    strcmp(a->certificate, b->certificate) == 0 &&
	    strcmp(a->private_key, b->private_key) == 0);
}

/* One node of the configuration; false: no memory. */
static bool
put(struct nodes *t, const struct in6_addr *home,
    const struct in6_addr *agent, const struct conf_ipsec *ipsec, bool is_mn,
    bool all_changed)
{
	struct node	*n = node_find(t, home);

	if (n == NULL) {
		if ((n = node_add(t, home)) == NULL)
			return (false);
	} else if (n->listed)
		return (true);	/* the first one counts */
	else {
		/* One that is discovered is told by KEY_WANT. */
		if (is_mn && in6_is_unspecified(agent))
			agent = &n->agent;
		if (all_changed || n->is_mn != is_mn ||
		    !in6_eq(&n->agent, agent) ||
		    !ipsec_equal(n->ipsec, ipsec))
			n->changed = true;
	}
	if (is_mn && !n->is_mn)
		t->nmn++;
	else if (!is_mn && n->is_mn)
		t->nmn--;
	n->is_mn = is_mn;
	n->agent = *agent;
	n->ipsec = ipsec;
	n->listed = true;
	return (true);
}

/* The home agent's address on the link that has this home address. */
static const struct in6_addr *
agent_of(const struct conf_ha *ha, const struct in6_addr *home)
{
	const struct conf_prefix	*p;
	size_t				 i, j;

	for (i = 0; i < ha->nlinks; i++)
		for (j = 0; j < ha->links[i].nprefixes; j++) {
			p = &ha->links[i].prefixes[j];
			if (in6_prefix_eq(home, &p->addr, p->len))
				return (&ha->links[i].address);
		}
	return (NULL);
}

static bool
is_keyed(const struct conf_auth *auth, const struct conf_ipsec *ipsec)
{
	return (auth->type == AUTH_IPSEC && ipsec != NULL &&
	    ipsec->nsas == 0 && ipsec->identity[0] != '\0');
}

/*
 * Take the nodes of a configuration, which lives as long as they do: those
 * with IKE (RFC 4877) that have one home address.  Afterwards listed tells
 * whether a node is in it, changed that its connection must be loaded anew.
 * Must be called before the old configuration goes.  Returns how many nodes
 * could not be taken for lack of memory.
 */
size_t
nodes_configure(struct nodes *t, const struct conf *conf, bool all_changed)
{
	const struct conf_node	*c;
	const struct conf_home	*h;
	const struct in6_addr	*agent;
	struct node		*n;
	uint32_t		 k;
	size_t			 i, lost = 0;

	for (k = 0; k < t->pool.used; k++)
		if ((n = node_at(t, k)) != NULL)
			n->listed = false;
	for (i = 0; conf->ha != NULL && i < conf->ha->nnodes; i++) {
		c = &conf->ha->nodes[i];
		if (c->nhomes == 1 && is_keyed(&c->auth, c->ipsec) &&
		    (agent = agent_of(conf->ha, &c->homes[0])) != NULL &&
		    !put(t, &c->homes[0], agent, c->ipsec, false, all_changed))
			lost++;
	}
	for (i = 0; conf->mn != NULL && i < conf->mn->nhomes; i++) {
		h = &conf->mn->homes[i];
		if (is_keyed(&h->auth, h->ipsec) && !put(t, &h->address,
		    &h->agent, h->ipsec, true, all_changed))
			lost++;
	}
	return (lost);
}
