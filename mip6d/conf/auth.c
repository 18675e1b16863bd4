/*
 * The tables of two blocks that several roles have: authentication (RFC 4285
 * 5) and the rules that allow or deny.  Rows only; apply.c reads
 * configurations by them, print.c writes by them, and check.c looks at what
 * they can't say.
 */
#include "conf/parser.h"

#define OFF(f)	offsetof(struct conf_auth, f)
#define SIZE(f)	sizeof(((struct conf_auth *)NULL)->f)

static const struct conf_name	 auth_types[] = {
	{ "mn-ha", AUTH_MN_HA }, { "ipsec", AUTH_IPSEC },
	{ "none", AUTH_NONE }, { NULL, 0 },
};

static const struct conf_key	 auth_type = {
	.name = "type", .type = KEY_ENUM, .names = auth_types,
	.def = AUTH_UNSET, .off = OFF(type), .size = SIZE(type),
};

static const struct conf_name	 replays[] = {
	{ "timestamp", REPLAY_TIMESTAMP }, { "none", REPLAY_NONE },
	{ NULL, 0 },
};

/* RFC 4285, 5.1: 7 seconds by default, more than 3 seconds. */
static const struct conf_key	 tolerance = {
	.name = "duration", .type = KEY_DURATION, .flags = KEY_OPTIONAL,
	.min = 3001, .max = 3600000, .def = 7000, .off = OFF(tolerance),
	.when = 1U << REPLAY_TIMESTAMP,
};

static const struct conf_key	 auth_keys[] = {
	{ .name = "insecure", .type = KEY_WORD, .def = true,
	    .off = OFF(insecure), .size = SIZE(insecure),
	    .when = 1U << AUTH_NONE },
	/* RFC 4285, 5.1: 0 to 255 are reserved. */
	{ .name = "spi", .type = KEY_U32, .flags = KEY_REQUIRED, .min = 256,
	    .max = UINT32_MAX, .off = OFF(spi), .when = 1U << AUTH_MN_HA },
	/* RFC 4285, 5.1: 16 octets; others are accepted for HMAC's sake. */
	{ .name = "key", .type = KEY_SECRET, .flags = KEY_REQUIRED, .min = 8,
	    .off = OFF(key), .size = SIZE(key), .count = OFF(keylen),
	    .alt = "removed", .when = 1U << AUTH_MN_HA },
	{ .name = "replay", .type = KEY_ENUM, .names = replays,
	    .def = REPLAY_TIMESTAMP, .off = OFF(replay), .size = SIZE(replay),
	    .then = &tolerance, .when = 1U << AUTH_MN_HA },
	{ .name = NULL },
};

const struct conf_block	 conf_auth_block = {
	.name = "authentication", .label = &auth_type, .keys = auth_keys,
	.close = check_auth,
};

static const struct conf_key	 rule_keys[] = {
	{ .name = "home-address", .type = KEY_PREFIX,
	    .off = offsetof(struct conf_rule, home),
	    .has_off = offsetof(struct conf_rule, has_home) },
	{ .name = "care-of", .type = KEY_PREFIX,
	    .off = offsetof(struct conf_rule, careof),
	    .has_off = offsetof(struct conf_rule, has_careof) },
	{ .name = "identifier", .type = KEY_STRING,
	    .off = offsetof(struct conf_rule, identifier),
	    .size = CONF_ID_MAX + 1 },
	{ .name = NULL },
};

const struct conf_block	 conf_rule_block = {
	.name = "a rule", .keys = rule_keys,
};
