/*
 * The table of the ike block: where charon is, with which identity and
 * proposals, and for how long keys are good.  Rows only, read by apply.c,
 * print.c and tree.c.
 */
#include "conf/parser.h"

#define IKE(f)	offsetof(struct conf_ike, f)
#define SIZE(f)	sizeof(((struct conf_ike *)NULL)->f)

#define SECONDS(n)	((int64_t)(n) * 1000)

static const struct conf_key	 ike_keys[] = {
	{ .name = "vici-socket", .type = KEY_STRING, .flags = KEY_ABSPATH,
	    .sdef = "/var/run/charon.vici", .off = IKE(vici),
	    .size = CONF_PATH_MAX },
	{ .name = "identity", .type = KEY_STRING, .off = IKE(identity),
	    .size = CONF_ID_MAX + 1 },
	{ .name = "certificate", .type = KEY_STRING, .flags = KEY_ABSPATH,
	    .off = IKE(certificate), .size = CONF_PATH_MAX },
	{ .name = "private-key", .type = KEY_STRING, .flags = KEY_ABSPATH,
	    .off = IKE(private_key), .size = CONF_PATH_MAX },
	{ .name = "authority", .type = KEY_STRING,
	    .flags = KEY_LIST | KEY_ABSPATH, .off = IKE(authorities),
	    .count = IKE(nauthorities), .size = sizeof(struct conf_path),
	    .limit = 64 },
	{ .name = "ike-proposals", .type = KEY_STRING,
	    .sdef = "aes128-sha256-x25519", .off = IKE(ike_proposals),
	    .size = SIZE(ike_proposals) },
	{ .name = "esp-proposals", .type = KEY_STRING,
	    .sdef = "aes128-sha256", .off = IKE(esp_proposals),
	    .size = SIZE(esp_proposals) },
	{ .name = "ike-lifetime", .type = KEY_DURATION, .flags = KEY_SECONDS,
	    .max = SECONDS(2592000), .def = SECONDS(14400),
	    .off = IKE(ike_lifetime) },
	{ .name = "sa-lifetime", .type = KEY_DURATION, .flags = KEY_SECONDS,
	    .min = SECONDS(10), .max = SECONDS(2592000),
	    .def = SECONDS(3600), .off = IKE(sa_lifetime) },
	/* RFC 6275, 6.1.7: the K bit. */
	{ .name = "key-mobility", .type = KEY_BOOL, .def = true,
	    .off = IKE(key_mobility) },
	{ .name = NULL },
};

const struct conf_block	 conf_ike_block = {
	.name = "ike", .keys = ike_keys, .close = check_ike,
};
