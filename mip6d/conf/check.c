/*
 * Checks that the tables of the configuration can't express: values that must
 * fit each other.  Each function is called at the end of its block, unless a
 * key that it needs is missing.
 */
#include <sys/types.h>
#include <sys/socket.h>

#include <arpa/inet.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "conf/parser.h"
#include "wire/ip6.h"

#define PRINTED_MAX	(INET6_ADDRSTRLEN + 1)

static bool
in_prefixes(const struct in6_addr *a, const struct conf_home_link *link)
{
	size_t	 i;

	for (i = 0; i < link->nprefixes; i++)
		if (in6_prefix_eq(a, &link->prefixes[i].addr,
		    link->prefixes[i].len))
			return (true);
	return (false);
}

static const char *
addr_text(const struct in6_addr *a, char *buf)
{
	return (inet_ntop(AF_INET6, a, buf, INET6_ADDRSTRLEN));
}

static uint32_t
whole_seconds(uint64_t ms, uint32_t max)
{
	ms = (ms + 999) / 1000 * 1000;
	return (ms > max ? max : (uint32_t)ms);
}

/*
 * RFC 4861, 6.2.1: MinRtrAdvInterval is at most 0.75 * MaxRtrAdvInterval, a
 * Router Lifetime is zero or at least MaxRtrAdvInterval; RFC 6275, 7.5: and at
 * least a second; 13: MinDelayBetweenRAs follows a short MinRtrAdvInterval.
 */
void
check_ra(struct parser *p, void *obj)
{
	struct conf_ra	*ra = obj;
	uint32_t	 least = whole_seconds(ra->max_interval, UINT32_MAX);

	if (conf_key_bad(p, "interval"))
		return;
	if (!conf_key_seen(p, "router-lifetime"))
		ra->router_lifetime = whole_seconds(3ULL * ra->max_interval,
		    9000000);
	if (!conf_key_seen(p, "min-delay-between-ras") &&
	    ra->min_interval < ra->min_delay)
		ra->min_delay = ra->min_interval;
	if (4ULL * ra->min_interval > 3ULL * ra->max_interval)
		conf_error_key(p, "interval", "interval: the first is more "
		    "than three quarters of the second");
	if (ra->router_lifetime != 0 && ra->router_lifetime < least)
		conf_error_key(p, "router-lifetime", "router-lifetime: "
		    "expected 0s, or the interval's %us and more",
		    least / 1000);
	if (ra->min_delay > ra->max_interval)
		conf_error_key(p, "min-delay-between-ras",
		    "min-delay-between-ras: longer than the interval");
}

static void
check_prefixes(struct parser *p, struct conf_home_link *link)
{
	size_t	 i, j;
	char	 text[PRINTED_MAX];

	for (i = 0; i < link->nprefixes; i++)
		for (j = 0; j < i; j++)
			if (link->prefixes[i].len == link->prefixes[j].len &&
			    memcmp(&link->prefixes[i].addr,
			    &link->prefixes[j].addr,
			    sizeof(struct in6_addr)) == 0) {
				conf_error_key(p, "prefix", "prefix %s/%u is "
				    "there twice", addr_text(
				    &link->prefixes[i].addr, text),
				    link->prefixes[i].len);
				return;
			}
}

/*
 * RFC 4861, 6.2.1: hosts lose a prefix or an agent whose lifetime ends before
 * the next advertisement.  A preferred lifetime of 0 is meant.
 */
static void
check_lifetimes(struct parser *p, const struct conf_home_link *link)
{
	const struct {
		const char	*key;
		uint32_t	 ms;
	} v[] = {
		{ "valid-lifetime", link->valid },
		{ "preferred-lifetime", link->preferred },
		{ "home-agent-lifetime", link->ha_lifetime },
	};
	uint32_t	 least = whole_seconds(link->ra.max_interval,
			    UINT32_MAX);
	size_t		 i;

	if (!link->ra.enabled || conf_key_bad(p, "router-advertisements"))
		return;
	for (i = 0; i < sizeof(v) / sizeof(v[0]); i++)
		if (v[i].ms != 0 && v[i].ms < least &&
		    !conf_key_bad(p, v[i].key))
			conf_error_key(p, v[i].key, "%s: %us end before the "
			    "next router advertisement: expected the "
			    "interval's %us and more", v[i].key,
			    v[i].ms / 1000, least / 1000);
}

/* RFC 6275, 8.4 and 10.3.1: what a home link must have. */
void
check_link(struct parser *p, void *obj)
{
	struct conf_home_link	*link = obj;
	bool			 virtual = link->interface[0] == '\0';
	char			 text[PRINTED_MAX];

	if (!conf_key_seen(p, "router-advertisements"))
		link->ra.enabled = !virtual;
	if (!conf_key_seen(p, "duplicate-address-detection"))
		link->dad = !virtual;
	if (!conf_key_seen(p, "home-agent-lifetime") &&
	    link->ra.router_lifetime != 0)
		link->ha_lifetime = link->ra.router_lifetime;
	if (virtual && link->ra.enabled)
		conf_error_key(p, "router-advertisements",
		    "router-advertisements: a virtual home link has no "
		    "interface for them");
	if (virtual && link->dad)
		conf_error_key(p, "duplicate-address-detection",
		    "duplicate-address-detection: a virtual home link has "
		    "no interface for it");
	if (!conf_key_bad(p, "valid-lifetime") &&
	    !conf_key_bad(p, "preferred-lifetime") &&
	    link->preferred > link->valid)
		conf_error_key(p, "preferred-lifetime", "preferred-lifetime: "
		    "longer than the valid-lifetime");
	check_lifetimes(p, link);
	check_prefixes(p, link);
	if (!virtual && !conf_key_bad(p, "address") &&
	    !conf_key_bad(p, "prefix") && !in_prefixes(&link->address, link))
		conf_error_key(p, "address", "address %s is in no prefix of "
		    "home-link \"%s\"", addr_text(&link->address, text),
		    link->interface);
}

/* No authentication must be asked for by a word that tells what it is. */
void
check_auth(struct parser *p, void *obj)
{
	const struct conf_auth	*auth = obj;

	if (auth->type == AUTH_NONE && !auth->insecure)
		conf_error_key(p, "insecure", "authentication none: expected "
		    "the word insecure, for anybody can take the node's place");
}

/* RFC 4285, 4: with this authentication a node tells who it is. */
void
check_node(struct parser *p, void *obj)
{
	struct conf_node	*node = obj;

	if (node->auth.type == AUTH_MN_HA && node->identifier[0] == '\0')
		conf_error_key(p, "authentication", "authentication mn-ha: "
		    "expected a mobile-node with an identifier in quotes");
}

/* A home address and the node that has it, by their order in the file. */
struct owned {
	struct in6_addr	 addr;
	size_t		 node, item;
};

static int
owned_cmp(const void *a, const void *b)
{
	const struct owned	*x = a, *y = b;
	int			 c = memcmp(&x->addr, &y->addr,
				    sizeof(x->addr));

	return (c != 0 ? c : x->item < y->item ? -1 : x->item > y->item);
}

int
named_cmp(const void *a, const void *b)
{
	const struct named	*x = a, *y = b;
	int			 c = strcmp(x->name, y->name);

	return (c != 0 ? c : x->item < y->item ? -1 : x->item > y->item);
}

static bool
in_home_links(const struct conf_ha *ha, const struct in6_addr *a)
{
	size_t	 i;

	for (i = 0; i < ha->nlinks; i++)
		if (in_prefixes(a, &ha->links[i]))
			return (true);
	return (false);
}

static bool
is_agent(const struct conf_ha *ha, const struct in6_addr *a)
{
	size_t	 i;

	for (i = 0; i < ha->nlinks; i++)
		if (memcmp(a, &ha->links[i].address, sizeof(*a)) == 0)
			return (true);
	return (false);
}

/* Home addresses: one node each, and on a home link. */
static void
check_homes(struct parser *p, const struct conf_ha *ha, bool links)
{
	const struct conf_key	*key;
	struct owned		*all;
	size_t			 i, j, n = 0;
	char			 text[PRINTED_MAX];

	for (i = 0; i < ha->nnodes; i++)
		n += ha->nodes[i].nhomes;
	if (n == 0)
		return;
	if ((all = conf_calloc(n, sizeof(*all))) == NULL) {
		conf_nomem(p);
		return;
	}
	key = conf_key_path(p, "home-agent/mobile-node/home-address");
	for (i = 0, n = 0; i < ha->nnodes; i++)
		for (j = 0; j < ha->nodes[i].nhomes; j++, n++) {
			all[n].addr = ha->nodes[i].homes[j];
			all[n].node = i;
			all[n].item = n;
			addr_text(&all[n].addr, text);
			if (links && is_agent(ha, &all[n].addr))
				conf_error_item(p, key, n, "home-address %s "
				    "is the home agent's own", text);
			else if (links && !in_home_links(ha, &all[n].addr))
				conf_error_item(p, key, n, "home-address %s "
				    "is in no prefix of a home-link", text);
		}
	qsort(all, n, sizeof(*all), owned_cmp);
	for (i = 1; i < n; i++)
		if (memcmp(&all[i].addr, &all[i - 1].addr,
		    sizeof(all[i].addr)) == 0)
			conf_error_item(p, key, all[i].item, "home-address %s "
			    "is there twice", addr_text(&all[i].addr, text));
	free(all);
}

/* Each node has one identifier and some authentication. */
static void
check_nodes(struct parser *p, const struct conf_ha *ha, bool auth)
{
	const struct conf_key	*key = conf_key_path(p,
				    "home-agent/mobile-node");
	struct named		*all;
	size_t			 i, n = 0;

	if (ha->nnodes == 0)
		return;
	if ((all = conf_calloc(ha->nnodes, sizeof(*all))) == NULL) {
		conf_nomem(p);
		return;
	}
	for (i = 0; i < ha->nnodes; i++) {
		if (auth && ha->nodes[i].auth.type == AUTH_UNSET &&
		    ha->default_auth.type == AUTH_UNSET)
			conf_error_item(p, key, i, "mobile-node has no "
			    "authentication, nor has home-agent for all");
		if (ha->nodes[i].identifier[0] == '\0')
			continue;
		all[n].name = ha->nodes[i].identifier;
		all[n++].item = i;
	}
	qsort(all, n, sizeof(*all), named_cmp);
	for (i = 1; i < n; i++)
		if (strcmp(all[i].name, all[i - 1].name) == 0)
			conf_error_item(p, key, all[i].item, "mobile-node "
			    "\"%.80s\" is there twice", all[i].name);
	free(all);
}

void
check_ha(struct parser *p, void *obj)
{
	const struct conf_ha	*ha = obj;
	const struct conf_key	*key = conf_key_path(p,
				    "home-agent/home-link");
	size_t			 i, j;
	char			 text[PRINTED_MAX];

	for (i = 0; i < ha->nlinks; i++)
		for (j = 0; j < i; j++) {
			if (ha->links[i].interface[0] != '\0' &&
			    strcmp(ha->links[i].interface,
			    ha->links[j].interface) == 0)
				conf_error_item(p, key, i, "home-link \"%s\" "
				    "is there twice", ha->links[i].interface);
			if (memcmp(&ha->links[i].address,
			    &ha->links[j].address,
			    sizeof(struct in6_addr)) == 0 &&
			    !conf_key_bad(p, "home-link"))
				conf_error_item(p, key, i, "home-link has the "
				    "address %s of another",
				    addr_text(&ha->links[i].address, text));
		}
	if (!conf_key_bad(p, "refresh-advice") &&
	    !conf_key_bad(p, "maximum-lifetime") &&
	    ha->refresh_advice >= ha->max_lifetime)
		conf_error_key(p, "refresh-advice", "refresh-advice: expected "
		    "less than the maximum-lifetime of %us",
		    ha->max_lifetime / 1000);
	check_homes(p, ha, !conf_key_bad(p, "home-link"));
	check_nodes(p, ha, !conf_key_bad(p, "authentication") &&
	    !conf_key_bad(p, "mobile-node"));
	if (!conf_key_bad(p, "authentication") &&
	    !conf_key_bad(p, "mobile-node"))
		check_ipsec_nodes(p, ha);
}

/* RFC 6275, 11.1: home address, home prefix and home agent of a node. */
void
check_home(struct parser *p, void *obj)
{
	const struct conf_home	*home = obj;
	char			 text[PRINTED_MAX], net[PRINTED_MAX];

	if (!conf_key_bad(p, "home-prefix") && home->address.s6_addr[0] != 0 &&
	    !in6_prefix_eq(&home->address, &home->prefix.addr,
	    home->prefix.len))
		conf_error_key(p, "home-prefix", "home-address %s is not in "
		    "home-prefix %s/%u", addr_text(&home->address, text),
		    addr_text(&home->prefix.addr, net), home->prefix.len);
	if (!conf_key_bad(p, "home-agent") &&
	    memcmp(&home->address, &home->agent, sizeof(home->agent)) == 0)
		conf_error_key(p, "home-agent", "home-agent has the address "
		    "of the mobile node");
	if (home->auth.type == AUTH_MN_HA && home->identifier[0] == '\0' &&
	    !conf_key_bad(p, "identifier"))
		conf_error_key(p, "authentication", "authentication mn-ha: "
		    "expected an identifier, too");
	check_ipsec_auth(p, home);
	check_cga(p, home);
}

/*
 * Where payload is to be protected the kernel has policies for all that is from
 * or to the home address: past the tunnel it would have to be sent in clear,
 * and they let nothing pass that is not in it (RFC 6275 5.5).
 */
static void
check_ro(struct parser *p, const struct conf_mn *mn)
{
	size_t	 i;
	char	 text[PRINTED_MAX];

	for (i = 0; mn->ro != NULL && i < mn->nhomes; i++)
		if (mn->homes[i].auth.type == AUTH_IPSEC &&
		    mn->homes[i].ipsec != NULL &&
		    mn->homes[i].ipsec->protect == PROTECT_PAYLOAD)
			conf_error_item(p, conf_key_path(p,
			    "mobile-node/home-address"), i, "home-address %s "
			    "has an ipsec block with protect payload, which "
			    "goes with route-optimisation in no way: expected "
			    "protect return-routability or none, or no "
			    "route-optimisation",
			    addr_text(&mn->homes[i].address, text));
}

/* A CGA and its key are of use with correspondents alone. */
static void
check_cga_use(struct parser *p, const struct conf_mn *mn)
{
	size_t	 i;
	char	 text[PRINTED_MAX];

	for (i = 0; mn->ro == NULL && i < mn->nhomes; i++)
		if (mn->homes[i].cga_key[0] != '\0')
			conf_error_item(p, conf_key_path(p,
			    "mobile-node/home-address"), i, "home-address %s "
			    "has a cga-key, which is for correspondents: "
			    "expected a route-optimisation block, too",
			    addr_text(&mn->homes[i].address, text));
}

void
check_mn(struct parser *p, void *obj)
{
	const struct conf_mn	*mn = obj;
	size_t			 i, j;
	char			 text[PRINTED_MAX];

	for (i = 0; i < mn->ninterfaces; i++)
		for (j = 0; j < i; j++)
			if (strcmp(mn->interfaces[i].name,
			    mn->interfaces[j].name) == 0)
				conf_error_item(p, conf_key_path(p,
				    "mobile-node/interface"), i,
				    "interface \"%s\" is there twice",
				    mn->interfaces[i].name);
	for (i = 0; i < mn->nhomes; i++)
		for (j = 0; j < i; j++)
			if (memcmp(&mn->homes[i].address,
			    &mn->homes[j].address,
			    sizeof(struct in6_addr)) == 0)
				conf_error_item(p, conf_key_path(p,
				    "mobile-node/home-address"), i,
				    "home-address %s is there twice",
				    addr_text(&mn->homes[i].address, text));
	if (!conf_key_bad(p, "initial-bindack-timeout") &&
	    !conf_key_bad(p, "max-bindack-timeout") &&
	    mn->bindack_timeout > mn->max_timeout)
		conf_error_key(p, "max-bindack-timeout", "max-bindack-timeout: "
		    "less than initial-bindack-timeout");
	check_ipsec_homes(p, mn);
	check_ro(p, mn);
	if (!conf_key_bad(p, "route-optimisation"))
		check_cga_use(p, mn);
	check_static(p, mn);
}

static void
check_sockets(struct parser *p)
{
	const struct conf_global	*g = &p->conf->global;
	size_t				 i, j;

	for (i = 0; i < g->nsockets; i++)
		for (j = 0; j < i; j++)
			if (strcmp(g->sockets[i].path,
			    g->sockets[j].path) == 0)
				conf_error_item(p, conf_key_path(p,
				    "global/control socket"), i,
				    "control socket \"%s\" is there twice",
				    g->sockets[i].path);
}

/* Without a control socket in the file there is one at the usual place. */
static void
default_socket(struct parser *p, struct conf_global *g)
{
	if (g->nsockets != 0)
		return;
	if ((g->sockets = conf_calloc(1, sizeof(*g->sockets))) == NULL) {
		conf_nomem(p);
		return;
	}
	snprintf(g->sockets[0].path, sizeof(g->sockets[0].path), "%s",
	    CONF_SOCKET);
	g->nsockets = 1;
}

/* Something must make a daemon of it; else say what would. */
static void
check_roles(struct parser *p, const struct conf *c)
{
	const struct {
		const char	*key;
		bool		 daemon, there;
	} v[] = {
#define X(id, member, key, daemon) { key, daemon, c->member != NULL },
		CONF_BLOCKS(X)
#undef X
	};
	char		 list[256] = "";
	unsigned int	 i, left = 0;
	size_t		 n = 0;

	for (i = 0; i < sizeof(v) / sizeof(v[0]); i++) {
		if (v[i].daemon && v[i].there)
			return;
		left += v[i].daemon;
	}
	for (i = 0; i < sizeof(v) / sizeof(v[0]); i++)
		if (v[i].daemon)
			n += (size_t)snprintf(list + n, sizeof(list) - n,
			    "%s%s", n == 0 ? "" : --left == 1 ? " or " : ", ",
			    v[i].key);
	if (p->errors == 0)
		conf_error(p, NULL, "no role is configured: expected %s",
		    list);
}

/* Roles have what they need; a text for a child may have none. */
void
check_top(struct parser *p, void *obj)
{
	struct conf	*c = obj;

	check_sockets(p);
	if (p->text)
		return;
	default_socket(p, &c->global);
	check_roles(p, c);
	if (!conf_key_bad(p, "reqids") &&
	    c->global.reqid_first >= c->global.reqid_last)
		conf_error_key(p, "reqids", "reqids: expected the first to be "
		    "less than the last, found %u and %u",
		    c->global.reqid_first, c->global.reqid_last);
	check_ike_use(p);
	check_spis(p);
}
