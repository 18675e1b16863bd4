/*
 * The ipsec block of a node: what authentication ipsec needs to know of it.
 */
#include "conf/parser.h"

#define SA(f)	offsetof(struct conf_sa, f)
#define IPSEC(f) offsetof(struct conf_ipsec, f)
#define SIZE(f)	sizeof(((struct conf_ipsec *)NULL)->f)

static const struct conf_name	 ways[] = {
	{ "to-home-agent", SA_TO_AGENT }, { "from-home-agent", SA_FROM_AGENT },
	{ NULL, 0 },
};

static const struct conf_name	 uses[] = {
	{ "binding", SA_BINDING }, { "tunnel", SA_TUNNEL }, { NULL, 0 },
};

/* RFC 8221: what must be there, and what the neighbours may have. */
static const struct conf_name	 ciphers[] = {
	{ "aes-cbc", CIPHER_AES_CBC }, { "3des-cbc", CIPHER_3DES_CBC },
	{ "null", CIPHER_NULL }, { NULL, 0 },
};

static const struct conf_name	 macs[] = {
	{ "hmac-sha256", MAC_SHA256 }, { "hmac-sha1", MAC_SHA1 },
	{ NULL, 0 },
};

static const struct conf_key	 sa_way = {
	.name = "direction", .type = KEY_ENUM, .names = ways,
	.off = SA(way), .size = sizeof(enum conf_sa_way),
};

static const struct conf_key	 cipher_key = {
	.name = "key", .type = KEY_SECRET, .flags = KEY_OPTIONAL, .min = 16,
	.off = SA(cipher_key), .size = CONF_KEY_MAX, .count = SA(cipher_keylen),
	.alt = "removed",
	.when = 1U << CIPHER_AES_CBC | 1U << CIPHER_3DES_CBC,
};

static const struct conf_key	 mac_key = {
	.name = "key", .type = KEY_SECRET, .min = 16, .off = SA(mac_key),
	.size = CONF_KEY_MAX, .count = SA(mac_keylen), .alt = "removed",
};

static const struct conf_key	 sa_keys[] = {
	{ .name = "use", .type = KEY_ENUM, .names = uses,
	    .def = SA_BINDING, .off = SA(use),
	    .size = sizeof(enum conf_sa_use) },
	/* RFC 4303 2.1: 1 to 255 are reserved, 0 is not sent. */
	{ .name = "spi", .type = KEY_U32, .flags = KEY_REQUIRED, .min = 256,
	    .max = UINT32_MAX, .off = SA(spi) },
	{ .name = "encryption", .type = KEY_ENUM, .flags = KEY_REQUIRED,
	    .names = ciphers, .off = SA(cipher),
	    .size = sizeof(enum conf_cipher), .then = &cipher_key },
	/* RFC 4877 4.3: never without. */
	{ .name = "integrity", .type = KEY_ENUM, .flags = KEY_REQUIRED,
	    .names = macs, .off = SA(mac), .size = sizeof(enum conf_mac),
	    .then = &mac_key },
	{ .name = NULL },
};

static const struct conf_block	 sa_block = {
	.name = "security-association", .label = &sa_way, .keys = sa_keys,
	.close = check_sa,
};

static const struct conf_name	 protects[] = {
	{ "none", PROTECT_NONE }, { "return-routability", PROTECT_RR },
	{ "payload", PROTECT_PAYLOAD }, { NULL, 0 },
};

static const struct conf_key	 ipsec_keys[] = {
	/* RFC 6275 5.2.5, 5.5 */
	{ .name = "protect", .type = KEY_ENUM, .names = protects,
	    .def = PROTECT_RR, .off = IPSEC(protect), .size = SIZE(protect) },
	{ .name = "identity", .type = KEY_STRING, .off = IPSEC(identity),
	    .size = SIZE(identity) },
	{ .name = "home-agent-identity", .type = KEY_STRING,
	    .off = IPSEC(agent_identity), .size = SIZE(agent_identity) },
	{ .name = "secret", .type = KEY_SECRET, .flags = KEY_ABSENT,
	    .min = 16, .off = IPSEC(secret), .size = SIZE(secret),
	    .count = IPSEC(secretlen), .alt = "removed" },
	{ .name = "certificate", .type = KEY_STRING, .flags = KEY_ABSPATH,
	    .off = IPSEC(certificate), .size = SIZE(certificate) },
	{ .name = "private-key", .type = KEY_STRING, .flags = KEY_ABSPATH,
	    .off = IPSEC(private_key), .size = SIZE(private_key) },
	{ .name = "security-association", .type = KEY_BLOCK,
	    .flags = KEY_LIST, .block = &sa_block, .off = IPSEC(sas),
	    .count = IPSEC(nsas), .size = sizeof(struct conf_sa),
	    .limit = 4 },
	{ .name = NULL },
};

const struct conf_block	 conf_ipsec_block = {
	.name = "ipsec", .keys = ipsec_keys, .close = check_ipsec,
};
