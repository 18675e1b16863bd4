/*
 * The table of the route-optimisation block of a mobile node: with whom its
 * packets may go without the detour by the home agent (RFC 6275 11.7.2), and
 * after how many.  Rows only, read by apply.c, print.c and tree.c.
 */
#include "conf/parser.h"

#define RO(f)		offsetof(struct conf_ro, f)
#define RULE(f)		offsetof(struct conf_ro_rule, f)
#define AFTER(f)	offsetof(struct conf_ro_after, f)

static const struct conf_key	 rule_prefix = {
	.name = "prefix", .type = KEY_PREFIX, .off = RULE(prefix),
};

static const struct conf_key	 rule_keys[] = {
	{ .name = NULL },
};

static const struct conf_block	 rule_block = {
	.name = "a rule", .label = &rule_prefix, .keys = rule_keys,
};

static const struct conf_key	 after_packets = {
	.name = "packets", .type = KEY_U32, .min = 0, .max = 1000000,
	.def = 10, .off = AFTER(packets),
};

static const struct conf_key	 after_keys[] = {
	{ .name = "within", .type = KEY_DURATION, .min = 100, .max = 3600000,
	    .def = 10000, .off = AFTER(window) },
	{ .name = NULL },
};

static const struct conf_block	 after_block = {
	.name = "after", .label = &after_packets, .keys = after_keys,
};

static const struct conf_key	 ro_keys[] = {
	{ .name = "after", .type = KEY_BLOCK, .flags = KEY_ONELINE,
	    .block = &after_block, .off = RO(after) },
	{ .name = "hold-down", .type = KEY_DURATION, .flags = KEY_SECONDS,
	    .min = 10000, .max = 86400000, .def = 600000,
	    .off = RO(hold_down) },
	{ .name = "maximum-peers", .type = KEY_U32, .min = 1, .max = 65536,
	    .def = 1000, .off = RO(max_peers) },
	{ .name = "allow", .type = KEY_BLOCK, .flags = KEY_LIST | KEY_ONELINE,
	    .block = &rule_block, .off = RO(rules), .count = RO(nrules),
	    .size = sizeof(struct conf_ro_rule), .tagged = true, .tag = true,
	    .tag_off = RULE(allow) },
	{ .name = "never", .type = KEY_BLOCK,
	    .flags = KEY_LIST | KEY_ONELINE | KEY_ALIAS,
	    .block = &rule_block, .off = RO(rules), .count = RO(nrules),
	    .size = sizeof(struct conf_ro_rule), .tagged = true, .tag = false,
	    .tag_off = RULE(allow) },
	{ .name = "static-key", .type = KEY_BLOCK,
	    .flags = KEY_LIST | KEY_ONELINE, .block = &conf_mn_static_block,
	    .off = RO(keys), .count = RO(nkeys),
	    .size = sizeof(struct conf_static_key) },
	{ .name = NULL },
};

const struct conf_block	 conf_ro_block = {
	.name = "route-optimisation", .keys = ro_keys,
};
