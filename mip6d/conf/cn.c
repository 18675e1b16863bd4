/*
 * The table of the correspondent block: its keys, their ranges and defaults
 * (RFC 6275 12, RFC 4866 7).  Rows only, read by apply.c, print.c and tree.c.
 */
#include "conf/parser.h"

#define CN(f)	offsetof(struct conf_cn, f)

static const struct conf_key	 cn_keys[] = {
	/* RFC 6275, 12: MAX_RR_BINDING_LIFETIME */
	{ .name = "maximum-lifetime", .type = KEY_DURATION,
	    .flags = KEY_SECONDS, .min = 4000, .max = 420000, .def = 420000,
	    .off = CN(max_lifetime) },
	{ .name = "enhanced-route-optimisation", .type = KEY_BOOL, .def = true,
	    .off = CN(enhanced) },
	/* RFC 4866, 7: MAX_CGA_BINDING_LIFETIME */
	{ .name = "maximum-cga-lifetime", .type = KEY_DURATION,
	    .flags = KEY_SECONDS, .min = 4000, .max = 86400000,
	    .def = 86400000, .off = CN(max_cga_lifetime) },
	{ .name = "maximum-bindings", .type = KEY_U32, .min = 1,
	    .max = 16777216, .def = 10000, .off = CN(max_bindings) },
	/* Who owns a /64 passes the tests of all its addresses. */
	{ .name = "maximum-bindings-per-network", .type = KEY_U32, .min = 1,
	    .max = 16777216, .def = 1000, .off = CN(max_per_network) },
	{ .name = "allow", .type = KEY_BLOCK, .flags = KEY_LIST | KEY_ONELINE,
	    .block = &conf_rule_block, .off = CN(rules), .count = CN(nrules),
	    .size = sizeof(struct conf_rule), .tagged = true, .tag = true,
	    .tag_off = offsetof(struct conf_rule, allow) },
	{ .name = "deny", .type = KEY_BLOCK,
	    .flags = KEY_LIST | KEY_ONELINE | KEY_ALIAS,
	    .block = &conf_rule_block, .off = CN(rules), .count = CN(nrules),
	    .size = sizeof(struct conf_rule), .tagged = true, .tag = false,
	    .tag_off = offsetof(struct conf_rule, allow) },
	{ .name = "static-key", .type = KEY_BLOCK,
	    .flags = KEY_LIST | KEY_ONELINE, .block = &conf_cn_static_block,
	    .off = CN(keys), .count = CN(nkeys),
	    .size = sizeof(struct conf_static_key) },
	{ .name = NULL },
};

const struct conf_block	 conf_cn_block = {
	.name = "correspondent", .keys = cn_keys, .close = check_cn,
};
