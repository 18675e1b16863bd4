/*
 * The tables of the mobile-node block and of what is in it: interfaces with
 * their preference, home addresses, and how eagerly it moves.  Rows only, read
 * by apply.c, print.c and tree.c.
 */
#include "conf/parser.h"

#define HOME(f)	offsetof(struct conf_home, f)
#define MN(f)	offsetof(struct conf_mn, f)

static const struct conf_key	 interface_name = {
	.name = "name", .type = KEY_STRING, .max = 15,
	.off = offsetof(struct conf_interface, name), .size = CONF_NAME_MAX,
};

static const struct conf_key	 interface_keys[] = {
	{ .name = "preference", .type = KEY_INT, .min = -32768, .max = 32767,
	    .off = offsetof(struct conf_interface, preference) },
	{ .name = NULL },
};

static const struct conf_block	 interface_block = {
	.name = "interface", .label = &interface_name, .keys = interface_keys,
};

static const struct conf_key	 home_address = {
	.name = "address", .type = KEY_ADDR, .flags = KEY_UNICAST,
	.off = HOME(address),
};

static const struct conf_key	 home_keys[] = {
	{ .name = "home-prefix", .type = KEY_PREFIX,
	    .flags = KEY_REQUIRED | KEY_NETWORK, .off = HOME(prefix) },
	/* RFC 6275, 11.4.1 */
	{ .name = "home-agent", .type = KEY_ADDR,
	    .flags = KEY_REQUIRED | KEY_UNICAST, .alt = "discover",
	    .has_off = HOME(discover), .off = HOME(agent) },
	{ .name = "identifier", .type = KEY_STRING, .off = HOME(identifier),
	    .size = CONF_ID_MAX + 1 },
	{ .name = "authentication", .type = KEY_BLOCK,
	    .flags = KEY_REQUIRED | KEY_OPTIONAL | KEY_ONELINE,
	    .block = &conf_auth_block, .off = HOME(auth) },
	{ .name = "ipsec", .type = KEY_BLOCK, .flags = KEY_POINTER,
	    .block = &conf_ipsec_home_block, .off = HOME(ipsec),
	    .size = sizeof(struct conf_ipsec) },
	{ .name = "cga-parameters", .type = KEY_STRING,
	    .flags = KEY_ABSPATH, .off = HOME(cga_params),
	    .size = CONF_PATH_MAX },
	{ .name = "cga-key", .type = KEY_STRING, .flags = KEY_ABSPATH,
	    .off = HOME(cga_key), .size = CONF_PATH_MAX },
	/* RFC 6275, 6.1.7: 16 bits in units of four seconds. */
	{ .name = "lifetime", .type = KEY_DURATION, .flags = KEY_SECONDS,
	    .min = 4000, .max = 65535 * 4000, .def = 600000,
	    .off = HOME(lifetime) },
	{ .name = NULL },
};

static const struct conf_block	 home_block = {
	.name = "home-address", .label = &home_address, .keys = home_keys,
	.close = check_home,
};

static const struct conf_key	 mn_keys[] = {
	{ .name = "interface", .type = KEY_BLOCK,
	    .flags = KEY_REQUIRED | KEY_LIST | KEY_ONELINE,
	    .block = &interface_block, .off = MN(interfaces),
	    .count = MN(ninterfaces), .size = sizeof(struct conf_interface),
	    .limit = CONF_NODES_MAX },
	{ .name = "home-address", .type = KEY_BLOCK,
	    .flags = KEY_REQUIRED | KEY_LIST, .block = &home_block,
	    .off = MN(homes), .count = MN(nhomes),
	    .size = sizeof(struct conf_home), .limit = CONF_NODES_MAX },
	{ .name = "optimistic-dad", .type = KEY_BOOL, .def = true,
	    .off = MN(optimistic_dad) },
	{ .name = "optimistic-handover", .type = KEY_BOOL,
	    .off = MN(optimistic) },
	{ .name = "form-addresses", .type = KEY_BOOL,
	    .off = MN(form_addresses) },
	/* RFC 6275, 13: InitialBindackTimeoutFirstReg */
	{ .name = "initial-bindack-timeout-first-reg", .type = KEY_DURATION,
	    .min = 100, .max = 60000, .def = 1500, .off = MN(initial_timeout) },
	/* RFC 6275, 12: INITIAL_BINDACK_TIMEOUT, MAX_BINDACK_TIMEOUT */
	{ .name = "initial-bindack-timeout", .type = KEY_DURATION,
	    .min = 100, .max = 60000, .def = 1000, .off = MN(bindack_timeout) },
	{ .name = "max-bindack-timeout", .type = KEY_DURATION, .min = 1000,
	    .max = 3600000, .def = 32000, .off = MN(max_timeout) },
	{ .name = "route-optimisation", .type = KEY_BLOCK,
	    .flags = KEY_POINTER, .block = &conf_ro_block, .off = MN(ro),
	    .size = sizeof(struct conf_ro) },
	{ .name = NULL },
};

const struct conf_block	 conf_mn_block = {
	.name = "mobile-node", .keys = mn_keys, .close = check_mn,
};
