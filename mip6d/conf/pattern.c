/*
 * The mobile-nodes block: many nodes that differ by a number.  At its end
 * they are added to the home agent's as if each had a block of its own.
 */
#include <string.h>

#include "conf/parser.h"

#define OFF(f)	offsetof(struct conf_pattern, f)

static const struct conf_key	 pattern_last = {
	.name = "last", .type = KEY_U32, .max = UINT32_MAX, .off = OFF(last),
};

static const struct conf_key	 pattern_first = {
	.name = "first", .type = KEY_U32, .max = UINT32_MAX,
	.off = OFF(first), .then = &pattern_last,
};

static const struct conf_key	 pattern_keys[] = {
	{ .name = "identifier", .type = KEY_STRING, .off = OFF(identifier),
	    .size = CONF_ID_MAX + 1 },
	{ .name = "identity", .type = KEY_STRING, .flags = KEY_REQUIRED,
	    .off = OFF(identity), .size = CONF_ID_MAX + 1 },
	{ .name = "home-address", .type = KEY_ADDR,
	    .flags = KEY_REQUIRED | KEY_UNICAST, .off = OFF(home) },
	{ .name = "protect", .type = KEY_ENUM, .names = conf_protects,
	    .def = PROTECT_RR, .off = OFF(protect),
	    .size = sizeof(enum conf_protect) },
	{ .name = "secret", .type = KEY_SECRET, .min = 16, .off = OFF(secret),
	    .size = CONF_SECRET_MAX, .count = OFF(secretlen),
	    .alt = "removed" },
	{ .name = NULL },
};

const struct conf_block	 conf_pattern_block = {
	.name = "mobile-nodes", .label = &pattern_first,
	.keys = pattern_keys, .close = pattern_close,
};

/* The text with the number in the place of %u. */
static void
numbered(const char *text, uint32_t n, char *out)
{
	const char	*at = strstr(text, "%u");

	if (at != NULL)
		snprintf(out, CONF_ID_MAX + 1, "%.*s%u%s", (int)(at - text),
		    text, n, at + 2);
}

static void
check_text(struct parser *p, const char *name, const char *text,
    uint32_t last)
{
	const char	*at = strchr(text, '%');
	int		 digits = snprintf(NULL, 0, "%u", last);

	if (at == NULL || at[1] != 'u' || strchr(at + 1, '%') != NULL)
		conf_error_key(p, name, "%s: expected one %%u, where the "
		    "number goes, and no other %%, found \"%.80s\"", name,
		    text);
	else if (strlen(text) - 2 + (size_t)digits > CONF_ID_MAX)
		conf_error_key(p, name, "%s: longer than %d bytes with the "
		    "number %u", name, CONF_ID_MAX, last);
}

static struct in6_addr
address_plus(struct in6_addr a, uint32_t n)
{
	uint64_t	 sum = n;
	size_t		 i;

	for (i = sizeof(a.s6_addr); i-- > 0; sum >>= 8) {
		sum += a.s6_addr[i];
		a.s6_addr[i] = (uint8_t)(sum & 0xff);
	}
	return (a);
}

/* One node; false: there is no room for it, which was reported. */
static bool
add_node(struct parser *p, const struct conf_pattern *pt, uint32_t n)
{
	const struct conf_key	*key, *home_key;
	struct conf_ha		*ha = p->frames[p->nframes - 2].obj;
	struct conf_node	*node;
	struct in6_addr		*home;

	key = conf_key_path(p, "home-agent/mobile-node");
	home_key = conf_find_key(key->block, "home-address");
	node = list_append(p, key, ha, &p->frames[p->nframes - 1].at);
	if (node == NULL)
		return (false);
	conf_init_block(key->block, node);
	home = list_append(p, home_key, node,
	    conf_key_place(p, "home-address"));
	if (home == NULL)
		return (false);
	*home = address_plus(pt->home, n - pt->first);
	numbered(pt->identifier, n, node->identifier);
	node->auth.type = AUTH_IPSEC;
	node->ipsec = conf_calloc(1, sizeof(*node->ipsec));
	if (node->ipsec == NULL) {
		conf_nomem(p);
		return (false);
	}
	conf_init_block(conf_find_key(key->block, "ipsec")->block,
	    node->ipsec);
	node->ipsec->protect = pt->protect;
	numbered(pt->identity, n, node->ipsec->identity);
	return (true);
}

/*
 * RFC 4877, 4.2: each identity has exactly one home address.  There is no
 * secret in it: one that several know would prove none of them.
 */
void
pattern_close(struct parser *p, void *obj)
{
	const struct conf_pattern	*pt = obj;
	const struct frame		*f = &p->frames[p->nframes - 1];
	uint32_t			 i;

	/* Where something was wrong already it may be the numbers. */
	if (!f->failed && pt->first > pt->last)
		conf_error_key(p, "", "mobile-nodes: expected the first number "
		    "to be at most the last, found %u and %u", pt->first,
		    pt->last);
	else if (!f->failed && pt->last - pt->first >= CONF_NODES_MAX)
		conf_error_key(p, "", "mobile-nodes: expected at most %d, "
		    "found %u to %u", CONF_NODES_MAX, pt->first, pt->last);
	if (conf_key_seen(p, "secret"))
		conf_error_key(p, "secret", "secret: expected nodes with "
		    "certificates, for a secret that several share proves "
		    "none of them");
	if (!conf_key_bad(p, "identity"))
		check_text(p, "identity", pt->identity, pt->last);
	if (conf_key_seen(p, "identifier") && !conf_key_bad(p, "identifier"))
		check_text(p, "identifier", pt->identifier, pt->last);
	if (f->failed)
		return;
	for (i = 0; i <= pt->last - pt->first; i++)
		if (!add_node(p, pt, pt->first + i))
			return;
}
