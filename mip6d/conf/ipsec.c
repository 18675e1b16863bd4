/*
 * The tables of the ipsec blocks: of a mobile node on its home agent, and of a
 * home address on the mobile node itself, with the same keys.  Which of them
 * may be there together is in check_ipsec.c.  Rows only, read by apply.c,
 * print.c and tree.c.
 */
#include "conf/parser.h"

#define SA(f)		offsetof(struct conf_sa, f)
#define SA_SIZE(f)	sizeof(((struct conf_sa *)NULL)->f)
#define IPSEC(f)	offsetof(struct conf_ipsec, f)
#define IPSEC_SIZE(f)	sizeof(((struct conf_ipsec *)NULL)->f)

static const struct conf_name	 uses[] = {
	{ "binding", SA_BINDING }, { "tunnel", SA_TUNNEL }, { NULL, 0 },
};

static const struct conf_name	 ways[] = {
	{ "to-agent", SA_TO_AGENT }, { "from-agent", SA_FROM_AGENT },
	{ NULL, 0 },
};

static const struct conf_key	 sa_way = {
	.name = "direction", .type = KEY_ENUM, .names = ways,
	.off = SA(way), .size = SA_SIZE(way),
};

static const struct conf_key	 sa_use = {
	.name = "use", .type = KEY_ENUM, .names = uses, .off = SA(use),
	.size = SA_SIZE(use), .then = &sa_way,
};

static const struct conf_name	 ciphers[] = {
	{ "aes-cbc", CIPHER_AES_CBC }, { "3des-cbc", CIPHER_3DES_CBC },
	{ "null", CIPHER_NULL }, { NULL, 0 },
};

/* Their exact lengths are checked at the end of the block. */
static const struct conf_key	 cipher_key = {
	.name = "key", .type = KEY_SECRET,
	.flags = KEY_REQUIRED | KEY_IPSEC, .min = 1,
	.off = SA(cipher_key), .size = SA_SIZE(cipher_key),
	.count = SA(cipher_keylen), .alt = "removed",
	.when = 1U << CIPHER_AES_CBC | 1U << CIPHER_3DES_CBC,
};

static const struct conf_name	 macs[] = {
	{ "hmac-sha256-128", MAC_SHA256_128 },
	{ "hmac-sha256-96", MAC_SHA256_96 }, { "hmac-sha1-96", MAC_SHA1_96 },
	/* As they were called once; printed with their bits. */
	{ "hmac-sha256", MAC_SHA256 }, { "hmac-sha1", MAC_SHA1_96 },
	{ NULL, 0 },
};

static const struct conf_key	 mac_key = {
	.name = "key", .type = KEY_SECRET,
	.flags = KEY_REQUIRED | KEY_IPSEC, .min = 1,
	.off = SA(mac_key), .size = SA_SIZE(mac_key), .count = SA(mac_keylen),
	.alt = "removed",
};

static const struct conf_key	 sa_keys[] = {
	/* RFC 4303, 2.1: 1 to 255 are reserved. */
	{ .name = "spi", .type = KEY_U32, .flags = KEY_REQUIRED, .min = 256,
	    .max = UINT32_MAX, .off = SA(spi) },
	{ .name = "encryption", .type = KEY_ENUM, .flags = KEY_REQUIRED,
	    .names = ciphers, .off = SA(cipher), .size = SA_SIZE(cipher),
	    .then = &cipher_key },
	/* RFC 4877, 4.3: never without. */
	{ .name = "integrity", .type = KEY_ENUM, .flags = KEY_REQUIRED,
	    .names = macs, .off = SA(mac), .size = SA_SIZE(mac),
	    .then = &mac_key },
	{ .name = NULL },
};

static const struct conf_block	 sa_block = {
	.name = "security-association", .label = &sa_use, .keys = sa_keys,
	.close = check_sa,
};

const struct conf_name	 conf_protects[] = {
	{ "none", PROTECT_NONE }, { "return-routability", PROTECT_RR },
	{ "payload", PROTECT_PAYLOAD }, { NULL, 0 },
};

/* Two tables of them, as the places of lists are kept by their rows. */
#define IPSEC_KEYS							\
	{ .name = "protect", .type = KEY_ENUM, .names = conf_protects,	\
	    .def = PROTECT_RR, .off = IPSEC(protect),			\
	    .size = IPSEC_SIZE(protect) },				\
	{ .name = "identity", .type = KEY_STRING, .off = IPSEC(identity), \
	    .size = CONF_ID_MAX + 1 },					\
	{ .name = "home-agent-identity", .type = KEY_STRING,		\
	    .off = IPSEC(agent_identity), .size = CONF_ID_MAX + 1 },	\
	{ .name = "secret", .type = KEY_SECRET, .flags = KEY_IPSEC,	\
	    .min = 16,							\
	    .off = IPSEC(secret), .size = CONF_SECRET_MAX,		\
	    .count = IPSEC(secretlen), .alt = "removed" },		\
	{ .name = "certificate", .type = KEY_STRING,			\
	    .flags = KEY_ABSPATH, .off = IPSEC(certificate),		\
	    .size = CONF_PATH_MAX },					\
	{ .name = "private-key", .type = KEY_STRING,			\
	    .flags = KEY_ABSPATH, .off = IPSEC(private_key),		\
	    .size = CONF_PATH_MAX },					\
	{ .name = "security-association", .type = KEY_BLOCK,		\
	    .flags = KEY_LIST, .block = &sa_block, .off = IPSEC(sas),	\
	    .count = IPSEC(nsas), .size = sizeof(struct conf_sa),	\
	    .limit = 4 },						\
	{ .name = NULL },

static const struct conf_key	 node_keys[] = { IPSEC_KEYS };
static const struct conf_key	 home_keys[] = { IPSEC_KEYS };

const struct conf_block	 conf_ipsec_node_block = {
	.name = "ipsec", .keys = node_keys, .close = check_ipsec_node,
};

const struct conf_block	 conf_ipsec_home_block = {
	.name = "ipsec", .keys = home_keys, .close = check_ipsec_home,
};
