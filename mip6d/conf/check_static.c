/*
 * Checks of static-key statements that their tables can't express: one key for
 * each other node, which no other node has (RFC 4449 4), and for a mobile node
 * that the addresses are what they must be.  Called at the end of the blocks
 * that they are in.
 */
#include <sys/types.h>
#include <sys/socket.h>

#include <arpa/inet.h>

#include <stdlib.h>
#include <string.h>

#include "conf/parser.h"
#include "wire/ip6.h"

/* One of the list, and its place there. */
struct item {
	const struct conf_static_key	*key;
	size_t				 n;
};

static int
by_peer(const void *a, const void *b)
{
	const struct item	*x = a, *y = b;
	int			 d = memcmp(&x->key->peer, &y->key->peer,
				    sizeof(x->key->peer));

	return (d != 0 ? d : x->n < y->n ? -1 : 1);
}

/* What is behind the end of a key is zero. */
static int
by_key(const void *a, const void *b)
{
	const struct item	*x = a, *y = b;
	int			 d = memcmp(x->key->kcn, y->key->kcn,
				    sizeof(x->key->kcn));

	return (d != 0 ? d : x->n < y->n ? -1 : 1);
}

static bool
same_key(const struct conf_static_key *a, const struct conf_static_key *b)
{
	return (a->kcnlen == b->kcnlen && memcmp(a->kcn, b->kcn,
	    sizeof(a->kcn)) == 0);
}

static void
check_peers(struct parser *p, const struct conf_key *row, struct item *all,
    size_t n)
{
	char	 text[INET6_ADDRSTRLEN];
	size_t	 i;

	qsort(all, n, sizeof(*all), by_peer);
	for (i = 1; i < n; i++)
		if (in6_eq(&all[i].key->peer, &all[i - 1].key->peer))
			conf_error_item(p, row, all[i].n, "static-key of %s is "
			    "there twice", inet_ntop(AF_INET6,
			    &all[i].key->peer, text, sizeof(text)));
}

/*
 * RFC 4449, 4: by the key a node must be told from all others.  A text for a
 * child may have none.
 */
static void
check_keys(struct parser *p, const struct conf_key *row, struct item *all,
    size_t n)
{
	char	 a[INET6_ADDRSTRLEN], b[INET6_ADDRSTRLEN];
	size_t	 i;

	qsort(all, n, sizeof(*all), by_key);
	for (i = 1; i < n; i++)
		if (all[i].key->kcnlen > 0 &&
		    same_key(all[i].key, all[i - 1].key))
			conf_error_item(p, row, all[i].n, "static-key of %s: "
			    "expected a key of its own, found that of %s",
			    inet_ntop(AF_INET6, &all[i].key->peer, a,
			    sizeof(a)), inet_ntop(AF_INET6,
			    &all[i - 1].key->peer, b, sizeof(b)));
}

static void
check_list(struct parser *p, const struct conf_key *row,
    const struct conf_static_key *keys, size_t n)
{
	struct item	*all;
	size_t		 i;

	if (n == 0)
		return;
	if ((all = conf_calloc(n, sizeof(*all))) == NULL) {
		conf_nomem(p);
		return;
	}
	for (i = 0; i < n; i++)
		all[i] = (struct item){ &keys[i], i };
	check_peers(p, row, all, n);
	check_keys(p, row, all, n);
	free(all);
}

void
check_cn(struct parser *p, void *obj)
{
	const struct conf_cn	*cn = obj;

	check_list(p, conf_key_path(p, "correspondent/static-key"), cn->keys,
	    cn->nkeys);
}

static bool
is_home(const struct conf_mn *mn, const struct in6_addr *a)
{
	size_t	 i;

	for (i = 0; i < mn->nhomes; i++)
		if (in6_eq(&mn->homes[i].address, a))
			return (true);
	return (false);
}

static bool
is_agent(const struct conf_mn *mn, const struct in6_addr *a)
{
	size_t	 i;

	for (i = 0; i < mn->nhomes; i++)
		if (in6_eq(&mn->homes[i].agent, a))
			return (true);
	return (false);
}

/* RFC 4449, 3: a key belongs to one home address. */
static void
check_one(struct parser *p, const struct conf_key *row,
    const struct conf_mn *mn, size_t i)
{
	const struct conf_static_key	*k = &mn->ro->keys[i];
	char				 peer[INET6_ADDRSTRLEN];
	char				 home[INET6_ADDRSTRLEN];

	inet_ntop(AF_INET6, &k->peer, peer, sizeof(peer));
	if (is_home(mn, &k->peer))
		conf_error_item(p, row, i, "static-key: expected a "
		    "correspondent, found the home address %s", peer);
	else if (is_agent(mn, &k->peer))
		conf_error_item(p, row, i, "static-key: expected a "
		    "correspondent, found the home agent %s", peer);
	if (k->has_home && !is_home(mn, &k->home))
		conf_error_item(p, row, i, "static-key of %s: expected a home "
		    "address of this node, found home-address %s", peer,
		    inet_ntop(AF_INET6, &k->home, home, sizeof(home)));
	if (!k->has_home && mn->nhomes > 1)
		conf_error_item(p, row, i, "static-key of %s: expected "
		    "home-address, too, as there are %zu of them", peer,
		    mn->nhomes);
}

/* The keys of a mobile node's correspondents; at the end of its block. */
void
check_static(struct parser *p, const struct conf_mn *mn)
{
	const struct conf_key	*row;
	size_t			 i;

	if (mn->ro == NULL)
		return;
	row = conf_key_path(p, "mobile-node/route-optimisation/static-key");
	check_list(p, row, mn->ro->keys, mn->ro->nkeys);
	for (i = 0; i < mn->ro->nkeys; i++)
		check_one(p, row, mn, i);
}
