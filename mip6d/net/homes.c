/*
 * Which home addresses use IPsec with which home agent, as the configuration
 * says, in a hash table that is built anew with each configuration.  The nodes
 * that a home agent does not list go by its default.  Called by bind.c to set
 * it, and by ipsec.c and shim.c for packets (RFC 6275 5.1).
 */
#include <stdlib.h>
#include <string.h>

#include "net/homes.h"
#include "wire/ip6.h"

/* The address of the home link that a home address is of, or NULL. */
static const struct in6_addr *
agent_of(const struct conf_ha *ha, const struct in6_addr *home)
{
	const struct conf_home_link	*l = conf_home_link(ha, home);

	return (l == NULL ? NULL : &l->address);
}

static size_t
bucket_of(const struct homes *h, const struct in6_addr *home)
{
	return (hash_address(&h->key, home) & h->mask);
}

static struct ipsec_home *
find(const struct homes *h, const struct in6_addr *home)
{
	uint32_t	 i;

	if (h->n == 0)
		return (NULL);
	for (i = h->bucket[bucket_of(h, home)]; i != 0; i = h->v[i - 1].next)
		if (in6_eq(&h->v[i - 1].home, home))
			return (&h->v[i - 1]);
	return (NULL);
}

/* The first entry of a home address counts. */
static void
add(struct homes *h, const struct ipsec_home *e)
{
	size_t	 b;

	if (find(h, &e->home) != NULL)
		return;
	b = bucket_of(h, &e->home);
	h->v[h->n] = *e;
	h->v[h->n].next = h->bucket[b];
	h->bucket[b] = (uint32_t)++h->n;
}

static enum conf_protect
protect_of(const struct conf_ipsec *c)
{
	return (c == NULL ? PROTECT_NONE : c->protect);
}

static void
add_node(struct homes *h, const struct conf_ha *ha, const struct conf_node *n)
{
	struct ipsec_home	 e;
	const struct in6_addr	*agent;
	enum conf_auth_type	 type = n->auth.type;
	size_t			 i;

	if (type == AUTH_UNSET)
		type = ha->default_auth.type;
	memset(&e, 0, sizeof(e));
	e.role = ROLE_HA;
	e.ipsec = type == AUTH_IPSEC;
	e.protect = e.ipsec ? protect_of(n->ipsec) : PROTECT_NONE;
	/* Others need an entry only where IPsec is what is not said. */
	if (!e.ipsec && ha->default_auth.type != AUTH_IPSEC)
		return;
	for (i = 0; i < n->nhomes; i++) {
		e.home = n->homes[i];
		if ((agent = agent_of(ha, &e.home)) == NULL)
			continue;
		e.agent = *agent;
		add(h, &e);
	}
}

static void
add_own(struct homes *h, const struct conf_home *c)
{
	struct ipsec_home	 e;

	if (c->auth.type != AUTH_IPSEC)
		return;
	memset(&e, 0, sizeof(e));
	e.home = c->address;
	if (!c->discover)
		e.agent = c->agent;
	e.role = ROLE_MN;
	e.ipsec = true;
	e.protect = protect_of(c->ipsec);
	add(h, &e);
}

static size_t
at_most(const struct conf *c)
{
	size_t	 i, n = 0;

	for (i = 0; c->ha != NULL && i < c->ha->nnodes; i++)
		n += c->ha->nodes[i].nhomes;
	return (n + (c->mn != NULL ? c->mn->nhomes : 0));
}

/*
 * Take those of this configuration, which must outlive its use here.  False
 * when out of memory; then nothing has changed.
 */
bool
homes_set(struct homes *h, const struct conf *c)
{
	struct homes	 fresh;
	size_t		 i, n = at_most(c), size = 16;

	memset(&fresh, 0, sizeof(fresh));
	fresh.key = h->key;
	fresh.conf = c;
	while (size < n)
		size *= 2;
	fresh.mask = size - 1;
	fresh.bucket = calloc(size, sizeof(fresh.bucket[0]));
	fresh.v = calloc(n + 1, sizeof(fresh.v[0]));
	if (fresh.bucket == NULL || fresh.v == NULL) {
		homes_free(&fresh);
		return (false);
	}
	for (i = 0; c->mn != NULL && i < c->mn->nhomes; i++)
		add_own(&fresh, &c->mn->homes[i]);
	for (i = 0; c->ha != NULL && i < c->ha->nnodes; i++)
		add_node(&fresh, c->ha, &c->ha->nodes[i]);
	homes_free(h);
	*h = fresh;
	return (true);
}

void
homes_free(struct homes *h)
{
	free(h->v);
	free(h->bucket);
	h->v = NULL;
	h->bucket = NULL;
	h->n = 0;
	h->conf = NULL;
}

/*
 * Does this home address use IPsec?  Then what is known of it is in e.  Nodes
 * that are not listed go by the default of the home agent.
 */
bool
homes_find(const struct homes *h, const struct in6_addr *home,
    struct ipsec_home *e)
{
	const struct ipsec_home	*f;
	const struct in6_addr	*agent;
	const struct conf_ha	*ha;

	if ((f = find(h, home)) != NULL) {
		*e = *f;
		return (f->ipsec);
	}
	ha = h->conf == NULL ? NULL : h->conf->ha;
	if (ha == NULL || ha->default_auth.type != AUTH_IPSEC ||
	    (agent = agent_of(ha, home)) == NULL || in6_eq(agent, home))
		return (false);
	memset(e, 0, sizeof(*e));
	e->home = *home;
	e->agent = *agent;
	e->role = ROLE_HA;
	e->ipsec = true;
	return (true);
}

/* Is a the home agent of e?  One that is discovered is in the home prefix. */
bool
homes_agent(const struct homes *h, const struct ipsec_home *e,
    const struct in6_addr *a)
{
	const struct conf_mn	*mn = h->conf->mn;
	size_t			 i;

	if (!in6_is_unspecified(&e->agent))
		return (in6_eq(&e->agent, a));
	for (i = 0; e->role == ROLE_MN && i < mn->nhomes; i++)
		if (in6_eq(&mn->homes[i].address, &e->home))
			return (in6_is_routable(a) &&
			    !in6_eq(a, &e->home) && in6_prefix_eq(a,
			    &mn->homes[i].prefix.addr,
			    mn->homes[i].prefix.len));
	return (false);
}
