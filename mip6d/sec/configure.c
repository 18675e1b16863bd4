/*
 * What the nodes are by the configuration, and the reqids that they have.  A
 * node that is new begins to be installed, one that left it is removed, and
 * manual associations that are another now go first.  There are fewer reqids
 * than there may be nodes: who gets none waits for one.
 */
#include <sys/types.h>
#include <sys/socket.h>

#include <arpa/inet.h>
#include <string.h>

#include "core/log.h"
#include "sec/int.h"

static bool
same_sas(const struct sec_node *n, const struct sec_conf *c)
{
	size_t	 i;

	if (n->nsas != c->nsas)
		return (false);
	for (i = 0; i < c->nsas; i++)
		if (n->sas[i].use != c->sas[i].use ||
		    n->sas[i].way != c->sas[i].way ||
		    n->sas[i].spi != c->sas[i].spi ||
		    n->sas[i].mark != c->sas[i].mark)
			return (false);
	return (true);
}

/* The manual associations as they are; their configuration goes away. */
static void
drop_sas(struct sec_node *n)
{
	struct pfkey_sa	 sa;
	struct prim_sa	 gone;
	size_t		 i;

	for (i = 0; i < n->nsas; i++) {
		if (!(sec_manual_use(n, i, SA_TUNNEL) ? n->tunnel_sas_up :
		    n->sas_up))
			continue;
		spd_sa(&n->have, &n->sas[i], &sa);
		gone = (struct prim_sa){ sa.spi, spd_in6(&sa.src),
		    spd_in6(&sa.dst) };
		leftover_remove(n, &gone);
	}
	n->sas_up = n->tunnel_sas_up = false;
	n->nsas = 0;
	spi_node_gone(n);
}

static void
no_memory(struct sec *s)
{
	if (!s->incomplete)
		log_error("IPsec of nodes: out of memory; tried again");
	s->incomplete = true;
	sec_retry(s);
}

/* sec_conf_fn: this one is configured. */
static void
configure(struct sec *s, const struct sec_conf *c)
{
	struct sec_node	*n = sec_find(s, c->role, &c->home);
	bool		 same;

	if (n == NULL && (n = sec_node_new(s, c->role, &c->home)) == NULL) {
		no_memory(s);
		return;
	}
	/* Where its associations were is known as long as it has the old. */
	same = same_sas(n, c);
	if (!same || !IN6_ARE_ADDR_EQUAL(&n->want.agent, &c->agent)) {
		drop_sas(n);
		n->installed = false;
	}
	/* It was to go, and its associations have begun to. */
	if (n->gone)
		n->installed = false;
	n->marked = true;
	n->gone = false;
	n->want.agent = c->agent;
	n->want.protect = c->protect;
	if (n->nsas != c->nsas && !sec_node_sas(n, c))
		no_memory(s);
}

/* False: not of all, for lack of memory. */
static bool
tell_nodes(struct sec *s)
{
	if (s->env.nodes(s->env.arg, configure, s))
		return (true);
	no_memory(s);
	return (false);
}

/* Reqids to those that have none, or one that may not be used any more. */
void
configure_reqids(struct sec *s)
{
	struct sec_node	*n;

	s->without = 0;
	s->reqid_freed = false;
	TAILQ_FOREACH(n, &s->nodes, all) {
		if (n->gone)
			continue;
		if (!reqid_is_in(&s->reqids, n->want.reqid)) {
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

/* Say which have none, but for those that get the reqids of nodes that go. */
void
configure_without(const struct sec *s)
{
	const struct sec_node	*n;
	size_t			 leaving = 0, without = 0;
	char			 text[INET6_ADDRSTRLEN];

	TAILQ_FOREACH(n, &s->nodes, all)
		leaving += n->gone && reqid_is_in(&s->reqids, n->want.reqid);
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

/* One that is configured no more. */
static void
leave(struct sec_node *n)
{
	drop_sas(n);
	request_cancel(n);
	keys_tell_node(n, true);
	n->gone = n->sec->saved_dirty = true;
}

/* Tell of all nodes; of those that were not told it is known then. */
static void
tell_and_leave(struct sec *s)
{
	struct sec_node	*n;

	if (!tell_nodes(s))
		return;
	TAILQ_FOREACH(n, &s->nodes, all)
		if (!n->marked && !n->gone)
			leave(n);
}

/* Nodes for which there was no memory. */
void
configure_rest(struct sec *s)
{
	struct sec_node	*n;

	if (!s->incomplete)
		return;
	s->incomplete = false;
	tell_and_leave(s);
	configure_reqids(s);
	TAILQ_FOREACH(n, &s->nodes, all)
		plan_ready(n);
	keys_ike_ready(s);
}

/* The first configuration: reqids may be those of a former life. */
void
configure_all(struct sec *s, uint32_t first, uint32_t last)
{
	reqid_range(&s->reqids, first, last);
	tell_nodes(s);
	s->env.load(s->env.arg, s);
	configure_reqids(s);
}

/* The configuration is another; reqids are those from first to last. */
void
sec_configured(struct sec *s, uint32_t first, uint32_t last)
{
	struct sec_node	*n;

	reqid_range(&s->reqids, first, last);
	TAILQ_FOREACH(n, &s->nodes, all)
		n->marked = false;
	tell_and_leave(s);
	configure_reqids(s);
	configure_without(s);
	TAILQ_FOREACH(n, &s->nodes, all)
		plan_ready(n);
	reqid_save(s);
	keys_ike_ready(s);
	sec_soon(s);
}

/* Nodes have gone, and their policies: others have their reqids now. */
void
configure_pass_on(struct sec *s)
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
		plan_ready(n);
	}
	if (!any)
		return;
	keys_told(s);
	sec_soon(s);
}
