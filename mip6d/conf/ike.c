/*
 * The ike block.
 */
#include "conf/parser.h"

static const struct conf_key	 ike_keys[] = {
	{ .name = "vici-socket", .type = KEY_STRING, .flags = KEY_ABSPATH,
	    .sdef = "/var/run/charon.vici",
	    .off = offsetof(struct conf_ike, vici), .size = CONF_PATH_MAX },
	{ .name = NULL },
};

const struct conf_block	 conf_ike_block = {
	.name = "ike", .keys = ike_keys,
};
