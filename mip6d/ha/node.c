/*
 * Mobile nodes, found by identifier or by home address: those that the
 * configuration lists, and those that it lets in unlisted, which are learned
 * and forgotten again.  Owns the nodes, with the last timestamp of each (RFC
 * 4285 6).  Where nothing but sequence numbers stops replays the last one is
 * kept with the home address, and saved with the parent (RFC 6275 9.5.1).
 */
#include <stdlib.h>
#include <string.h>

#include "ha/int.h"
#include "wire/ip6.h"

/* How long a learned node is kept without binding, at least. */
#define NODE_KEEP	SEC(120)

static uint64_t
id_hash(const struct ha *ha, const char *id)
{
	return (hash_bytes(&ha->key, id, strlen(id)));
}

static bool
match_id(const struct hlink *l, const void *key)
{
	return (strcmp(((const struct node *)(const void *)l)->identifier,
	    key) == 0);
}

static bool
match_home(const struct hlink *l, const void *key)
{
	return (in6_eq(&((const struct node_home *)(const void *)l)->addr,
	    key));
}

/* The node of that identifier (not ""), NULL if none is known. */
struct node *
node_by_identifier(const struct ha *ha, const char *id)
{
	return ((struct node *)(void *)htab_find(&ha->nodes, id_hash(ha, id),
	    match_id, id));
}

static struct node_home *
find_home(const struct ha *ha, const struct in6_addr *home)
{
	return ((struct node_home *)(void *)htab_find(&ha->homes,
	    hash_bytes(&ha->key, home, sizeof(*home)), match_home, home));
}

/* The configured node that home belongs to, NULL: none. */
struct node *
node_by_home(const struct ha *ha, const struct in6_addr *home)
{
	struct node_home	*h = find_home(ha, home);

	return (h == NULL ? NULL : h->node);
}

/*
 * Is it by their sequence numbers alone that the node's old Binding Updates
 * are told?  IKE has associations that know replays, and timestamps do.
 */
static bool
only_sequence(const struct node *n)
{
	return ((n->auth->type == AUTH_MN_HA &&
	    n->auth->replay == REPLAY_NONE) || (n->ipsec && !n->ike));
}

/*
 * A Binding Update is valid: its sequence number is kept with the home
 * address of the configuration, if nothing else stops replays, and outlives
 * the entry (RFC 6275 9.5.1, which has any number accepted once there is no
 * entry; 5.1), this process and the daemon.
 */
void
node_keep_sequence(struct ha *ha, const struct in6_addr *home, uint16_t seq)
{
	struct node_home	*h = find_home(ha, home);
	struct saved		 s;

	if (h == NULL || !only_sequence(h->node) || (h->kept && h->seq == seq))
		return;
	h->kept = true;
	h->seq = seq;
	memset(&s, 0, sizeof(s));
	s.kind = SAVED_SEQUENCE;
	s.seq = seq;
	ha_save(ha, home, &s, 0);
}

/* What the process before this one had saved of a home address. */
void
node_restore_sequence(struct ha *ha, const struct in6_addr *home, uint16_t seq)
{
	struct node_home	*h = find_home(ha, home);

	if (h == NULL || !only_sequence(h->node) || h->kept)
		return;
	h->kept = true;
	h->seq = seq;
}

/* The number that was kept; false: none is. */
bool
node_kept_sequence(const struct ha *ha, const struct in6_addr *home,
    uint16_t *seq)
{
	const struct node_home	*h = find_home(ha, home);

	if (h == NULL || !h->kept || !only_sequence(h->node))
		return (false);
	*seq = h->seq;
	return (true);
}

static struct node *
node_new(const char *id)
{
	size_t		 n = strlen(id) + 1;
	struct node	*node;

	node = calloc(1, sizeof(*node) + n);
	if (node != NULL)
		memcpy(node->identifier, id, n);
	return (node);
}

/*
 * Without a binding a learned node is kept for its last timestamp: as long as
 * one that its clock was ahead with is near enough to the time of day.
 */
static struct mono
keep_until(const struct ha *ha)
{
	int64_t	 tolerance = 2 * MS((int64_t)ha->default_auth.tolerance + 1000);

	return (mono_add(ha->now.mono, tolerance > NODE_KEEP ? tolerance :
	    NODE_KEEP));
}

/* Is there room for one more that the configuration does not list? */
bool
node_may_learn(const struct ha *ha)
{
	return (ha->conf.max_bindings == 0 ||
	    ha->nlearned < 2 * (size_t)ha->conf.max_bindings);
}

/*
 * A node that the configuration does not list but lets in, by its identifier
 * (not "").  It lasts as long as its bindings and a while longer.  NULL when
 * out of memory.
 */
struct node *
node_learn(struct ha *ha, const char *id)
{
	struct node	*node;

	if ((node = node_new(id)) == NULL)
		return (NULL);
	node->auth = &ha->default_auth;
	htab_insert(&ha->nodes, &node->link, id_hash(ha, id));
	ha->nlearned++;
	timer_set(ha, &node->timer, TK_NODE, keep_until(ha));
	return (node);
}

static void
drop_homes(struct ha *ha, struct node *node)
{
	size_t	 i;

	for (i = 0; i < node->nhomes; i++)
		htab_remove(&ha->homes, &node->homes[i].link);
	free(node->homes);
	node->homes = NULL;
	node->nhomes = 0;
}

/* Its memory, when nothing refers to it. */
static void
release(void *arg, struct hlink *l)
{
	struct node	*node = (struct node *)(void *)l;

	(void)arg;
	free(node->own_auth);
	free(node->ahead);
	free(node->homes);
	free(node);
}

static void
node_free(struct ha *ha, struct node *node)
{
	timer_clear(ha, &node->timer);
	drop_homes(ha, node);
	if (node->identifier[0] != '\0') {
		htab_remove(&ha->nodes, &node->link);
		if (!node->configured)
			ha->nlearned--;
	}
	release(NULL, &node->link);
}

/* A binding speaks of the node now; node may be NULL. */
void
node_ref(struct ha *ha, struct node *node)
{
	if (node == NULL)
		return;
	node->refs++;
	timer_clear(ha, &node->timer);
}

/* ... and no longer does. */
void
node_unref(struct ha *ha, struct node *node)
{
	if (node == NULL)
		return;
	node->refs--;
	if (node->refs > 0 || node->configured)
		return;
	if (node->identifier[0] == '\0')
		node_free(ha, node);
	else
		timer_set(ha, &node->timer, TK_NODE, keep_until(ha));
}

/*
 * A node without identifier that is no longer listed is found by nobody: its
 * binding is that of a node that is not known.
 */
void
node_part(struct ha *ha, struct bce *b)
{
	if (b->node == NULL || b->node->configured ||
	    b->node->identifier[0] != '\0')
		return;
	node_unref(ha, b->node);
	b->node = NULL;
}

/* The time of a learned node is over. */
void
node_expire(struct ha *ha, struct node *node)
{
	if (node->refs == 0)
		node_free(ha, node);
}

static bool
set_homes(struct ha *ha, struct node *node, const struct conf_node *c)
{
	struct node_home	*homes = NULL, *old;
	size_t			 i;

	if (c->nhomes > 0 &&
	    (homes = calloc(c->nhomes, sizeof(*homes))) == NULL) {
		drop_homes(ha, node);
		return (false);
	}
	for (i = 0; i < c->nhomes; i++) {
		old = find_home(ha, &c->homes[i]);
		if (old != NULL && old->node == node)
			homes[i] = *old;
		homes[i].addr = c->homes[i];
		homes[i].node = node;
	}
	drop_homes(ha, node);
	node->homes = homes;
	for (i = 0; i < c->nhomes; i++)
		htab_insert(&ha->homes, &node->homes[i].link,
		    hash_bytes(&ha->key, &c->homes[i], sizeof(c->homes[i])));
	node->nhomes = c->nhomes;
	return (true);
}

static struct node *
find_listed(const struct ha *ha, const struct conf_node *c)
{
	struct node	*node;

	if (c->identifier[0] != '\0')
		return (node_by_identifier(ha, c->identifier));
	node = c->nhomes == 0 ? NULL : node_by_home(ha, &c->homes[0]);
	return (node != NULL && node->identifier[0] == '\0' ? node : NULL);
}

static bool
configure_one(struct ha *ha, const struct conf_node *c, struct node **listed)
{
	struct node	*node = find_listed(ha, c);

	if (node == NULL) {
		if ((node = node_new(c->identifier)) == NULL)
			return (false);
		if (c->identifier[0] != '\0')
			htab_insert(&ha->nodes, &node->link,
			    id_hash(ha, c->identifier));
	} else if (!node->configured && node->identifier[0] != '\0')
		ha->nlearned--;
	timer_clear(ha, &node->timer);
	node->configured = true;
	node->seen = true;
	*listed = node;
	if (node->own_auth == NULL)
		node->own_auth = calloc(1, sizeof(*node->own_auth));
	if (node->own_auth == NULL)
		return (false);
	*node->own_auth = c->auth;
	node->auth = c->auth.type == AUTH_UNSET ? &ha->default_auth :
	    node->own_auth;
	node->ipsec = node->auth->type == AUTH_IPSEC;
	node->ike = node->ipsec && c->ipsec != NULL && c->ipsec->nsas == 0;
	node->protect = c->ipsec == NULL ? PROTECT_NONE : c->ipsec->protect;
	return (set_homes(ha, node, c));
}

/* No longer listed: like a learned one from now on, if still in use. */
static void
unlist(struct ha *ha, struct node *node)
{
	drop_homes(ha, node);
	node->auth = &ha->default_auth;
	node->ipsec = node->ike = false;
	if (node->refs == 0) {
		node_free(ha, node);
		return;
	}
	node->configured = false;
	if (node->identifier[0] != '\0')
		ha->nlearned++;
}

/*
 * Make the listed nodes those of the configuration; what is known of those
 * that stay (last timestamp, bindings) stays.  False when out of memory.
 */
bool
node_configure(struct ha *ha, const struct conf_ha *c)
{
	struct node	**listed;
	size_t		 i;

	listed = calloc(c->nnodes + 1, sizeof(*listed));
	if (listed == NULL)
		return (false);
	for (i = 0; i < ha->nlisted; i++)
		ha->listed[i]->seen = false;
	for (i = 0; i < c->nnodes; i++)
		if (!configure_one(ha, &c->nodes[i], &listed[i])) {
			free(listed);
			return (false);
		}
	for (i = 0; i < ha->nlisted; i++)
		if (!ha->listed[i]->seen)
			unlist(ha, ha->listed[i]);
	free(ha->listed);
	ha->listed = listed;
	ha->nlisted = c->nnodes;
	return (true);
}

/* At the end: all of them, whatever refers to them. */
void
node_free_all(struct ha *ha)
{
	size_t	 i;

	for (i = 0; i < ha->nlisted; i++)
		if (ha->listed[i]->identifier[0] == '\0')
			release(NULL, &ha->listed[i]->link);
	htab_each(&ha->nodes, release, NULL);
	free(ha->listed);
	htab_free(&ha->nodes);
	htab_free(&ha->homes);
}
