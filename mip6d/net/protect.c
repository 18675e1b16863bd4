#include <stdlib.h>
#include <string.h>

#include "conf/conf.h"
#include "net/protect.h"
#include "wire/ip6.h"

static bool
match(const struct hlink *l, const void *home)
{
	return (in6_eq(&((const struct protected_home *)(const void *)l)->home,
	    home));
}

static uint64_t
hash(const struct protect *t, const struct in6_addr *home)
{
	return (hash_bytes(&t->key, home, sizeof(*home)));
}

/* No homes; key is secret and random.  False when out of memory. */
bool
protect_init(struct protect *t, const uint64_t key[2])
{
	memset(t, 0, sizeof(*t));
	t->key.k[0] = key[0];
	t->key.k[1] = key[1];
	return (htab_init(&t->homes, 64));
}

void
protect_free(struct protect *t)
{
	htab_free(&t->homes);
	free(t->v);
	t->v = NULL;
	t->n = 0;
}

/* The home agent's address on the link that home belongs to. */
static bool
agent_of(const struct conf_ha *ha, const struct in6_addr *home,
    struct in6_addr *agent)
{
	const struct conf_home_link	*l;
	size_t				 i, j;

	for (i = 0; i < ha->nlinks; i++) {
		l = &ha->links[i];
		for (j = 0; j < l->nprefixes; j++)
			if (in6_prefix_eq(home, &l->prefixes[j].addr,
			    l->prefixes[j].len)) {
				*agent = l->address;
				return (true);
			}
	}
	return (false);
}

static void
add(struct protect *t, const struct in6_addr *home,
    const struct in6_addr *agent, bool mine, const struct conf_ipsec *c)
{
	struct protected_home	*h = &t->v[t->n++];

	h->home = *home;
	h->agent = *agent;
	h->mine = mine;
	h->payload = c != NULL && c->protect == PROTECT_PAYLOAD;
	htab_insert(&t->homes, &h->link, hash(t, home));
}

static bool
is_ipsec(const struct conf_ha *ha, const struct conf_node *n)
{
	return ((n->auth.type == AUTH_UNSET ? ha->default_auth.type :
	    n->auth.type) == AUTH_IPSEC);
}

static size_t
homes_in(const struct conf *c)
{
	size_t	 i, n = 0;

	for (i = 0; c->ha != NULL && i < c->ha->nnodes; i++)
		n += c->ha->nodes[i].nhomes;
	return (n + (c->mn != NULL ? c->mn->nhomes : 0));
}

/* Take the homes of this configuration; false when out of memory. */
bool
protect_configure(struct protect *t, const struct conf *c)
{
	const struct conf_node	*node;
	struct in6_addr		 agent;
	size_t			 i, j;

	htab_free(&t->homes);
	free(t->v);
	t->n = 0;
	t->v = calloc(homes_in(c) + 1, sizeof(*t->v));
	if (!htab_init(&t->homes, 64) || t->v == NULL)
		return (false);
	for (i = 0; c->ha != NULL && i < c->ha->nnodes; i++) {
		node = &c->ha->nodes[i];
		for (j = 0; j < node->nhomes && is_ipsec(c->ha, node); j++)
			if (agent_of(c->ha, &node->homes[j], &agent))
				add(t, &node->homes[j], &agent, false,
				    node->ipsec);
	}
	for (i = 0; c->mn != NULL && i < c->mn->nhomes; i++)
		if (c->mn->homes[i].auth.type == AUTH_IPSEC)
			add(t, &c->mn->homes[i].address,
			    &c->mn->homes[i].agent, true,
			    c->mn->homes[i].ipsec);
	return (true);
}

/* NULL: IPsec does not protect that home address, or it is none. */
struct protected_home *
protect_find(const struct protect *t, const struct in6_addr *home)
{
	if (t->n == 0)
		return (NULL);
	return ((struct protected_home *)(void *)htab_find(&t->homes,
	    hash(t, home), match, home));
}

/*
 * The home address that a packet which we send between these is about: to a
 * node of ours from its home agent, or from us to ours.  NULL: none.
 */
struct protected_home *
protect_pair(const struct protect *t, const struct in6_addr *src,
    const struct in6_addr *dst)
{
	struct protected_home	*h = protect_find(t, dst);

	if (h != NULL && !h->mine && in6_eq(&h->agent, src))
		return (h);
	h = protect_find(t, src);
	return (h != NULL && h->mine && in6_eq(&h->agent, dst) ? h : NULL);
}

/*
 * Is all traffic between these to be protected, so that none of it may go
 * through the tunnel in clear?  node is the address that would be the node's,
 * own that which would be a home address of ours.
 */
bool
protect_payload(const struct protect *t, const struct in6_addr *node,
    const struct in6_addr *own)
{
	struct protected_home	*h = protect_find(t, node);

	if (h != NULL && !h->mine && h->payload)
		return (true);
	h = protect_find(t, own);
	return (h != NULL && h->mine && h->payload);
}

/* Remember a care-of address until then. */
void
protect_note(struct passage *p, const struct in6_addr *coa, uint32_t ifindex,
    uint8_t header, struct mono until)
{
	p->coa = *coa;
	p->ifindex = ifindex;
	p->header = header;
	p->until = until;
}

bool
protect_live(const struct passage *p, struct mono now)
{
	return (mono_before(now, p->until));
}
