/*
 * The tables of static-key, a statement of correspondents and of mobile nodes
 * (RFC 4449 3): the key of two nodes with its nonces.  Rows only, read by
 * apply.c, print.c and tree.c; what must fit other statements is in check.c.
 */
#include "conf/parser.h"

#define KEY(f)		offsetof(struct conf_static_key, f)

static const struct conf_key	 peer_address = {
	.name = "address", .type = KEY_ADDR, .flags = KEY_UNICAST,
	.off = KEY(peer),
};

/* RFC 4449, 3: at least 20 octets; RFC 6275, 5.2.2: 64 bits, or any length. */
#define SECRETS								\
	{ .name = "key", .type = KEY_SECRET, .flags = KEY_REQUIRED,	\
	    .min = 20, .off = KEY(kcn), .size = CONF_KEY_MAX,		\
	    .count = KEY(kcnlen), .alt = "removed" },			\
	{ .name = "home-nonce", .type = KEY_SECRET,			\
	    .flags = KEY_REQUIRED, .min = 8, .off = KEY(home_nonce),	\
	    .size = CONF_KEY_MAX, .count = KEY(home_noncelen),		\
	    .alt = "removed" },						\
	{ .name = "care-of-nonce", .type = KEY_SECRET,			\
	    .flags = KEY_REQUIRED, .min = 8, .off = KEY(careof_nonce),	\
	    .size = CONF_KEY_MAX, .count = KEY(careof_noncelen),	\
	    .alt = "removed" },						\
	{ .name = NULL },

static const struct conf_key	 cn_keys[] = { SECRETS };

static const struct conf_key	 mn_keys[] = {
	{ .name = "home-address", .type = KEY_ADDR, .flags = KEY_UNICAST,
	    .off = KEY(home), .has_off = KEY(has_home) },
	SECRETS
};

const struct conf_block	 conf_cn_static_block = {
	.name = "static-key", .label = &peer_address, .keys = cn_keys,
};

const struct conf_block	 conf_mn_static_block = {
	.name = "static-key", .label = &peer_address, .keys = mn_keys,
};
