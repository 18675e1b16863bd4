/*
 * The tables of the home-agent block and of what is in it: home links with
 * their Router Advertisements, nodes, limits and rules.  The ranges and
 * defaults are those of the RFC that stands above each row.  Rows only, read
 * by apply.c, print.c and tree.c.
 */
#include "conf/parser.h"

#define LINK(f)	offsetof(struct conf_home_link, f)
#define RA(f)	offsetof(struct conf_ra, f)
#define NODE(f)	offsetof(struct conf_node, f)
#define HA(f)	offsetof(struct conf_ha, f)

#define SECONDS(n)	((int64_t)(n) * 1000)
/* RFC 6275, 6.1.7: a lifetime is 16 bits in units of four seconds. */
#define BINDING_MIN	SECONDS(4)
#define BINDING_MAX	SECONDS(65535 * 4)
/* What 32 bits of milliseconds hold; all ones is infinity. */
#define PREFIX_MAX	SECONDS(4294967)

static const struct conf_key	 ra_enabled = {
	.name = "enabled", .type = KEY_BOOL, .flags = KEY_OPTIONAL,
	.off = RA(enabled), .size = sizeof(bool), .def = true,
};

/*
 * RFC 6275, 7.5: 30 and 70 ms are the least; RFC 4861, 6.2.1: at most 1350 and
 * 1800 s, by default 0.33 * MaxRtrAdvInterval and 600 s.
 */
static const struct conf_key	 ra_max = {
	.name = "maximum", .type = KEY_DURATION, .min = 70,
	.max = SECONDS(1800), .def = SECONDS(600), .off = RA(max_interval),
};

static const struct conf_key	 ra_keys[] = {
	{ .name = "interval", .type = KEY_DURATION, .min = 30,
	    .max = SECONDS(1350), .def = SECONDS(198),
	    .off = RA(min_interval), .then = &ra_max },
	/* RFC 6275, 13; the default follows the interval. */
	{ .name = "min-delay-between-ras", .type = KEY_DURATION, .min = 30,
	    .max = SECONDS(1350), .def = SECONDS(3), .off = RA(min_delay) },
	/* RFC 4861, 6.2.1: 0, or the interval to 9000 s; default 3 times it. */
	{ .name = "router-lifetime", .type = KEY_DURATION,
	    .flags = KEY_SECONDS, .max = SECONDS(9000), .def = SECONDS(1800),
	    .off = RA(router_lifetime) },
	/* RFC 6275, 7.3 and 7.4 */
	{ .name = "advertisement-interval-option", .type = KEY_BOOL,
	    .def = true, .off = RA(send_interval) },
	{ .name = "home-agent-information-option", .type = KEY_BOOL,
	    .def = true, .off = RA(home_agent_info) },
	{ .name = NULL },
};

static const struct conf_block	 ra_block = {
	.name = "router-advertisements", .label = &ra_enabled,
	.keys = ra_keys, .close = check_ra,
};

static const struct conf_key	 link_interface = {
	.name = "interface", .type = KEY_STRING, .alt = "virtual", .max = 15,
	.off = LINK(interface), .size = CONF_NAME_MAX,
};

static const struct conf_key	 link_keys[] = {
	{ .name = "address", .type = KEY_ADDR,
	    .flags = KEY_REQUIRED | KEY_UNICAST, .off = LINK(address) },
	{ .name = "prefix", .type = KEY_PREFIX,
	    .flags = KEY_REQUIRED | KEY_LIST | KEY_NETWORK,
	    .off = LINK(prefixes), .count = LINK(nprefixes),
	    .size = sizeof(struct conf_prefix), .limit = 64 },
	/* RFC 4861, 6.2.1: 30 and 7 days. */
	{ .name = "valid-lifetime", .type = KEY_DURATION,
	    .flags = KEY_SECONDS, .min = BINDING_MIN, .max = PREFIX_MAX,
	    .def = SECONDS(2592000), .alt = "infinity",
	    .alt_value = CONF_INFINITE, .off = LINK(valid) },
	{ .name = "preferred-lifetime", .type = KEY_DURATION,
	    .flags = KEY_SECONDS, .max = PREFIX_MAX, .def = SECONDS(604800),
	    .alt = "infinity", .alt_value = CONF_INFINITE,
	    .off = LINK(preferred) },
	/* RFC 6275, 7.4 and 8.4 */
	{ .name = "preference", .type = KEY_INT, .min = -32768, .max = 32767,
	    .off = LINK(preference) },
	{ .name = "home-agent-lifetime", .type = KEY_DURATION,
	    .flags = KEY_SECONDS, .min = SECONDS(1), .max = SECONDS(65535),
	    .def = SECONDS(1800), .off = LINK(ha_lifetime) },
	/* RFC 6275, 10.3.1 */
	{ .name = "duplicate-address-detection", .type = KEY_BOOL,
	    .def = true, .off = LINK(dad) },
	/* RFC 6275, 10.5 and 15.5: anybody may ask, so it is asked for. */
	{ .name = "dhaad", .type = KEY_BOOL, .off = LINK(dhaad) },
	{ .name = "router-advertisements", .type = KEY_BLOCK,
	    .block = &ra_block, .off = LINK(ra) },
	{ .name = NULL },
};

static const struct conf_block	 link_block = {
	.name = "home-link", .label = &link_interface, .keys = link_keys,
	.close = check_link,
};

static const struct conf_key	 node_identifier = {
	.name = "identifier", .type = KEY_STRING, .flags = KEY_OPTIONAL,
	.off = NODE(identifier), .size = CONF_ID_MAX + 1,
};

static const struct conf_key	 node_keys[] = {
	{ .name = "home-address", .type = KEY_ADDR,
	    .flags = KEY_REQUIRED | KEY_LIST | KEY_UNICAST,
	    .off = NODE(homes), .count = NODE(nhomes),
	    .size = sizeof(struct in6_addr) },
	{ .name = "authentication", .type = KEY_BLOCK,
	    .flags = KEY_OPTIONAL | KEY_ONELINE, .block = &conf_auth_block,
	    .off = NODE(auth) },
	{ .name = "ipsec", .type = KEY_BLOCK, .flags = KEY_POINTER,
	    .block = &conf_ipsec_node_block, .off = NODE(ipsec),
	    .size = sizeof(struct conf_ipsec) },
	{ .name = NULL },
};

static const struct conf_block	 node_block = {
	.name = "mobile-node", .label = &node_identifier,
	.keys = node_keys, .close = check_node,
};

static const struct conf_name	 limits[] = {
	{ "reject", false }, { "drop", true }, { NULL, 0 },
};

static const struct conf_key	 ha_keys[] = {
	{ .name = "home-link", .type = KEY_BLOCK,
	    .flags = KEY_REQUIRED | KEY_LIST, .block = &link_block,
	    .off = HA(links), .count = HA(nlinks),
	    .size = sizeof(struct conf_home_link) },
	{ .name = "maximum-lifetime", .type = KEY_DURATION,
	    .flags = KEY_SECONDS, .min = BINDING_MIN, .max = BINDING_MAX,
	    .def = SECONDS(3600), .off = HA(max_lifetime) },
	/* RFC 6275, 6.2.4: units of four seconds; 0: no advice. */
	{ .name = "refresh-advice", .type = KEY_DURATION,
	    .flags = KEY_SECONDS, .max = BINDING_MAX,
	    .off = HA(refresh_advice) },
	{ .name = "maximum-bindings", .type = KEY_U32, .min = 1,
	    .max = 16777216, .def = 100000, .off = HA(max_bindings) },
	/*
	 * RFC 6275, 12: a node sends MAX_UPDATE_RATE = 3 a second; twice
	 * that may be met in one second, and copies.
	 */
	{ .name = "update-rate", .type = KEY_U32, .min = 1, .max = 100000,
	    .def = 10, .off = HA(update_rate) },
	{ .name = "update-rate-total", .type = KEY_U32, .max = 100000000,
	    .off = HA(update_rate_total) },
	{ .name = "over-limit", .type = KEY_ENUM, .names = limits,
	    .off = HA(over_limit_silent), .size = sizeof(bool) },
	/* RFC 6275, 10.4.3 */
	{ .name = "multicast", .type = KEY_BOOL, .off = HA(multicast) },
	{ .name = "authentication", .type = KEY_BLOCK,
	    .flags = KEY_OPTIONAL | KEY_ONELINE, .block = &conf_auth_block,
	    .off = HA(default_auth) },
	{ .name = "allow", .type = KEY_BLOCK, .flags = KEY_LIST | KEY_ONELINE,
	    .block = &conf_rule_block, .off = HA(rules), .count = HA(nrules),
	    .size = sizeof(struct conf_rule), .tagged = true, .tag = true,
	    .tag_off = offsetof(struct conf_rule, allow) },
	{ .name = "deny", .type = KEY_BLOCK,
	    .flags = KEY_LIST | KEY_ONELINE | KEY_ALIAS,
	    .block = &conf_rule_block, .off = HA(rules), .count = HA(nrules),
	    .size = sizeof(struct conf_rule), .tagged = true, .tag = false,
	    .tag_off = offsetof(struct conf_rule, allow) },
	{ .name = "mobile-node", .type = KEY_BLOCK, .flags = KEY_LIST,
	    .block = &node_block, .off = HA(nodes), .count = HA(nnodes),
	    .size = sizeof(struct conf_node), .limit = CONF_NODES_MAX },
	{ .name = "mobile-nodes", .type = KEY_BLOCK,
	    .flags = KEY_LIST | KEY_ALIAS | KEY_SCRATCH,
	    .block = &conf_pattern_block },
	{ .name = NULL },
};

const struct conf_block	 conf_ha_block = {
	.name = "home-agent", .keys = ha_keys, .close = check_ha,
};
