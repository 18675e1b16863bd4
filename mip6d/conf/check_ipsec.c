/*
 * Checks of authentication ipsec that the tables can't express; check.c has
 * the others.  RFC 3776 and RFC 4877 say how IPsec is used with Mobile IPv6.
 */
#include <sys/types.h>
#include <sys/socket.h>

#include <arpa/inet.h>

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "conf/parser.h"

#define SAS	"security-association"

static const char *const	 use_names[] = { "binding", "tunnel" };
static const char *const	 way_names[] = { "to-agent", "from-agent" };

/* Lengths of keys: RFC 3602, 2.3; RFC 2451, 2.2; RFC 4868, 2.1; RFC 2404, 3. */
static void
check_cipher(struct parser *p, const struct conf_sa *sa)
{
	size_t	 n = sa->cipher_keylen;

	if (sa->cipher == CIPHER_NULL && sa->use == SA_TUNNEL)
		conf_error_key(p, "encryption", "encryption null: " SAS
		    " tunnel can't be without encryption (RFC 4877, 4.3)");
	if (conf_key_bad(p, "encryption") || (p->text && n == 0))
		return;
	if (sa->cipher == CIPHER_AES_CBC && n != 16 && n != 24 && n != 32)
		conf_error_key(p, "encryption", "encryption aes-cbc: expected "
		    "a key of 16, 24 or 32 bytes, found %zu", n);
	if (sa->cipher == CIPHER_3DES_CBC && n != 24)
		conf_error_key(p, "encryption", "encryption 3des-cbc: "
		    "expected a key of 24 bytes, found %zu", n);
}

static void
check_mac(struct parser *p, const struct conf_sa *sa)
{
	size_t	 n = sa->mac_keylen, want = sa->mac == MAC_SHA1_96 ? 20 : 32;

	if (conf_key_bad(p, "integrity") || (p->text && n == 0))
		return;
	if (n != want)
		conf_error_key(p, "integrity", "integrity hmac-%s: expected a "
		    "key of %zu bytes, found %zu", sa->mac == MAC_SHA1_96 ?
		    "sha1-96" : sa->mac == MAC_SHA256_96 ? "sha256-96" :
		    "sha256-128", want, n);
}

/* PF_KEY has no word for how much of it goes into a packet: kernels differ. */
static void
check_mac_host(struct parser *p, const struct conf_sa *sa)
{
	unsigned int	 bits = sa->mac == MAC_SHA256_128 ? 128 : 96, host;

	host = p->host != NULL ? p->host->sha256_bits : 0;
	if (host != 0 && host != bits && sa->mac != MAC_SHA1_96 &&
	    !conf_key_bad(p, "integrity"))
		conf_error_key(p, "integrity", "integrity: expected "
		    "hmac-sha256-%u or hmac-sha1-96 on both ends, found "
		    "hmac-sha256-%u, which the PF_KEY of this system can't "
		    "set", host, bits);
}

/* Without bits: those of this system, or of RFC 4868 where it is none. */
static void
choose_bits(const struct parser *p, struct conf_sa *sa)
{
	if (sa->mac == MAC_SHA256)
		sa->mac = p->host != NULL && p->host->sha256_bits == 96 ?
		    MAC_SHA256_96 : MAC_SHA256_128;
}

void
check_sa(struct parser *p, void *obj)
{
	choose_bits(p, obj);
	check_cipher(p, obj);
	check_mac(p, obj);
	check_mac_host(p, obj);
}

/* Associations come in pairs, those that protect what is to be protected. */
static void
check_sas(struct parser *p, const struct conf_ipsec *ipsec)
{
	const struct conf_key	*key;
	size_t			 i, first, use, way, n[2][2] = { { 0 } };

	key = conf_find_key(p->frames[p->nframes - 1].block, SAS);
	first = conf_list_count(p, key) - ipsec->nsas;
	for (i = 0; i < ipsec->nsas; i++) {
		use = ipsec->sas[i].use;
		way = ipsec->sas[i].way;
		if (n[use][way]++ == 1)
			conf_error_item(p, key, first + i, SAS " %s %s is "
			    "there twice", use_names[use], way_names[way]);
	}
	for (way = 0; way < 2; way++) {
		if (n[SA_BINDING][way] == 0)
			conf_error_key(p, SAS, SAS ": expected one for "
			    "binding %s, too", way_names[way]);
		if (n[SA_TUNNEL][way] == 0 && ipsec->protect != PROTECT_NONE)
			conf_error_key(p, SAS, SAS ": expected one for tunnel "
			    "%s, too, or protect none", way_names[way]);
		if (n[SA_TUNNEL][way] != 0 && ipsec->protect == PROTECT_NONE)
			conf_error_key(p, SAS, SAS ": expected none for "
			    "tunnel %s with protect none", way_names[way]);
	}
}

static void
check_identity(struct parser *p, const char *key, const char *identity)
{
	if (conf_key_seen(p, key) && !conf_key_bad(p, key) &&
	    conf_identity_is_pattern(identity))
		conf_error_key(p, key, "%s \"%.80s\" is a pattern: expected "
		    "that of one host", key, identity);
}

/* What both ends have in common.  True: keys are negotiated. */
static bool
check_ipsec(struct parser *p, const struct conf_ipsec *ipsec)
{
	static const char *const	 proofs[] = { "secret", "certificate",
					    "private-key" };
	size_t				 i;

	check_identity(p, "identity", ipsec->identity);
	check_identity(p, "home-agent-identity", ipsec->agent_identity);
	if (!conf_key_seen(p, SAS)) {
		if (!conf_key_seen(p, "identity"))
			conf_error_key(p, "", "ipsec has no identity");
		return (true);
	}
	if (!conf_key_bad(p, SAS) && !conf_key_bad(p, "protect"))
		check_sas(p, ipsec);
	for (i = 0; i < sizeof(proofs) / sizeof(proofs[0]); i++)
		if (conf_key_seen(p, proofs[i]))
			conf_error_key(p, proofs[i], "%s: expected no " SAS
			    " beside it", proofs[i]);
	return (false);
}

/* On the home agent, which is named and proves itself once, in ike. */
void
check_ipsec_node(struct parser *p, void *obj)
{
	static const char *const	 wrong[][2] = {
		{ "home-agent-identity", "identity" },
		{ "certificate", "certificate" },
		{ "private-key", "private-key" },
	};
	bool				 found = false;
	size_t				 i;

	for (i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++)
		if (conf_key_seen(p, wrong[i][0])) {
			conf_error_key(p, wrong[i][0], "%s: expected in the "
			    "configuration of the mobile node, the home "
			    "agent's is %s in the ike block", wrong[i][0],
			    wrong[i][1]);
			found = true;
		}
	if (!found)
		check_ipsec(p, obj);
}

/* On the mobile node.  Secrets may have been removed from a text. */
void
check_ipsec_home(struct parser *p, void *obj)
{
	bool	 secret = conf_key_seen(p, "secret");
	bool	 certificate = conf_key_seen(p, "certificate");
	bool	 private_key = conf_key_seen(p, "private-key");

	if (!check_ipsec(p, obj))
		return;
	if (!conf_key_seen(p, "home-agent-identity"))
		conf_error_key(p, "", "ipsec has no home-agent-identity");
	if (secret && certificate)
		conf_error_key(p, "certificate", "certificate: expected no "
		    "secret beside it");
	else if (certificate && !private_key)
		conf_error_key(p, "certificate", "certificate: expected a "
		    "private-key, too");
	else if (private_key && !certificate)
		conf_error_key(p, "private-key", "private-key: expected a "
		    "certificate, too");
	else if (!secret && !certificate && !p->text)
		conf_error_key(p, "", "ipsec: expected a secret, a "
		    "certificate or " SAS "s, found none");
}

void
check_ipsec_auth(struct parser *p, const struct conf_home *home)
{
	if (conf_key_bad(p, "authentication") || conf_key_bad(p, "ipsec"))
		return;
	if (home->auth.type == AUTH_IPSEC && home->ipsec == NULL)
		conf_error_key(p, "authentication", "authentication ipsec: "
		    "expected an ipsec block, too");
	if (home->auth.type != AUTH_IPSEC && home->ipsec != NULL)
		conf_error_key(p, "ipsec", "ipsec: expected authentication "
		    "ipsec beside it");
}

static int
identity_cmp(const void *a, const void *b)
{
	const struct named	*x = a, *y = b;
	int			 c = strcasecmp(x->name, y->name);

	return (c != 0 ? c : (x->item > y->item) - (x->item < y->item));
}

/*
 * Identities are those of one node and one home address: RFC 4877, 4.2.  To
 * charon names and mail addresses are the same in capital letters.
 */
static void
check_identities(struct parser *p, const struct conf_key *key,
    struct named *all, size_t n)
{
	size_t	 i;

	qsort(all, n, sizeof(*all), identity_cmp);
	for (i = 1; i < n; i++)
		if (strcasecmp(all[i].name, all[i - 1].name) == 0)
			conf_error_item(p, key, all[i].item, "identity "
			    "\"%.80s\" is there twice: expected one for each "
			    "home address", all[i].name);
}

static bool
by_ipsec(const struct conf_ha *ha, const struct conf_node *node)
{
	return ((node->auth.type != AUTH_UNSET ? node->auth.type :
	    ha->default_auth.type) == AUTH_IPSEC);
}

static void
check_ipsec_one(struct parser *p, const struct conf_key *key, size_t i,
    const struct conf_ha *ha)
{
	const struct conf_node	*node = &ha->nodes[i];
	bool			 wanted = by_ipsec(ha, node);

	if (wanted && node->ipsec == NULL)
		conf_error_item(p, key, i, "mobile-node with authentication "
		    "ipsec: expected an ipsec block, too");
	if (!wanted && node->ipsec != NULL)
		conf_error_item(p, key, i, "mobile-node with an ipsec block: "
		    "expected authentication ipsec, too");
	if (wanted && node->nhomes > 1)
		conf_error_item(p, key, i, "mobile-node with authentication "
		    "ipsec: expected one home-address, found %zu (RFC 4877, "
		    "4.2)", node->nhomes);
}

/* At the end of home-agent, which may have authentication for all. */
void
check_ipsec_nodes(struct parser *p, const struct conf_ha *ha)
{
	const struct conf_key	*key = conf_key_path(p,
				    "home-agent/mobile-node");
	struct named		*all;
	size_t			 i, n = 0;

	if (ha->nnodes == 0)
		return;
	if ((all = conf_calloc(ha->nnodes, sizeof(*all))) == NULL) {
		conf_nomem(p);
		return;
	}
	for (i = 0; i < ha->nnodes; i++) {
		check_ipsec_one(p, key, i, ha);
		if (ha->nodes[i].ipsec == NULL ||
		    ha->nodes[i].ipsec->identity[0] == '\0')
			continue;
		all[n].name = ha->nodes[i].ipsec->identity;
		all[n++].item = i;
	}
	check_identities(p, key, all, n);
	free(all);
}

void
check_ipsec_homes(struct parser *p, const struct conf_mn *mn)
{
	struct named	*all;
	size_t		 i, n = 0;

	if (mn->nhomes == 0)
		return;
	if ((all = conf_calloc(mn->nhomes, sizeof(*all))) == NULL) {
		conf_nomem(p);
		return;
	}
	for (i = 0; i < mn->nhomes; i++) {
		if (mn->homes[i].ipsec == NULL ||
		    mn->homes[i].ipsec->identity[0] == '\0')
			continue;
		all[n].name = mn->homes[i].ipsec->identity;
		all[n++].item = i;
	}
	check_identities(p, conf_key_path(p, "mobile-node/home-address"),
	    all, n);
	free(all);
}

/* A certificate is of use with the key that belongs to it. */
void
check_ike(struct parser *p, void *obj)
{
	bool	 certificate = conf_key_seen(p, "certificate");

	(void)obj;
	if (certificate && !conf_key_seen(p, "private-key"))
		conf_error_key(p, "certificate", "certificate: expected a "
		    "private-key, too");
	if (!certificate && conf_key_seen(p, "private-key"))
		conf_error_key(p, "private-key", "private-key: expected a "
		    "certificate, too");
}

/* Who of a role's nodes needs ike, and who of them its certificates. */
struct ike_use {
	bool				 any;	/* keys are negotiated */
	const struct conf_ipsec		*certified;
};

static void
use_of(struct ike_use *use, const struct conf_ipsec *ipsec)
{
	if (ipsec == NULL || ipsec->nsas != 0)
		return;
	use->any = true;
	if (ipsec->secretlen == 0 && use->certified == NULL)
		use->certified = ipsec;
}

static void
check_use(struct parser *p, const char *role, const struct ike_use *use)
{
	const struct conf_ike	*ike = p->conf->ike;
	bool			 agent = strcmp(role, "home-agent") == 0;

	if (use->any && ike == NULL) {
		conf_error_key(p, role, "%s: authentication ipsec needs an "
		    "ike block", role);
		return;
	}
	if (ike == NULL || conf_key_bad(p, "ike"))
		return;
	if (use->any && agent && ike->identity[0] == '\0')
		conf_error_key(p, "ike", "ike has no identity: expected the "
		    "home agent's, for authentication ipsec");
	if (use->certified == NULL)
		return;
	if (agent && ike->certificate[0] == '\0')
		conf_error_key(p, "ike", "ike has no certificate: expected "
		    "the home agent's, as \"%.80s\" has no secret",
		    use->certified->identity);
	if (ike->nauthorities == 0)
		conf_error_key(p, "ike", "ike has no authority: expected one, "
		    "as \"%.80s\" has no secret", use->certified->identity);
}

/* At the end of the file: the daemon that negotiates, and as whom. */
void
check_ike_use(struct parser *p)
{
	const struct conf	*c = p->conf;
	struct ike_use		 ha = { false, NULL }, mn = { false, NULL };
	size_t			 i;

	if (c->ha != NULL && !conf_key_bad(p, "home-agent")) {
		/* Without nodes: it is said what they will need. */
		ha.any = c->ha->default_auth.type == AUTH_IPSEC &&
		    c->ha->nnodes == 0;
		for (i = 0; i < c->ha->nnodes; i++)
			use_of(&ha, c->ha->nodes[i].ipsec);
		check_use(p, "home-agent", &ha);
	}
	if (c->mn != NULL && !conf_key_bad(p, "mobile-node")) {
		for (i = 0; i < c->mn->nhomes; i++)
			use_of(&mn, c->mn->homes[i].ipsec);
		check_use(p, "mobile-node", &mn);
	}
}

/* An SPI and what it was given for, by its place in the file. */
struct spi {
	uint32_t		 spi;
	enum conf_sa_way	 way;
	const struct conf_key	*key;
	bool			 of_node;	/* of a home agent */
	size_t			 item;
};

static int
spi_cmp(const void *a, const void *b)
{
	const struct spi	*x = a, *y = b;

	if (x->spi != y->spi)
		return (x->spi < y->spi ? -1 : 1);
	if (x->way != y->way)
		return (x->way < y->way ? -1 : 1);
	if (x->of_node != y->of_node)
		return (x->of_node ? -1 : 1);
	return (x->item < y->item ? -1 : x->item > y->item);
}

static size_t
add_spis(struct spi *all, size_t n, const struct conf_key *key, bool of_node,
    size_t *item, const struct conf_ipsec *ipsec)
{
	size_t	 i;

	for (i = 0; ipsec != NULL && i < ipsec->nsas; i++, (*item)++) {
		if (ipsec->sas[i].spi == 0)
			continue;		/* that was reported */
		all[n].spi = ipsec->sas[i].spi;
		all[n].way = ipsec->sas[i].way;
		all[n].key = key;
		all[n].of_node = of_node;
		all[n++].item = *item;
	}
	return (n);
}

/* An SPI is there once in a direction, whichever node it belongs to. */
void
check_spis(struct parser *p)
{
	const struct conf	*c = p->conf;
	const struct conf_key	*node = conf_key_path(p,
				    "home-agent/mobile-node/ipsec/" SAS);
	const struct conf_key	*home = conf_key_path(p,
				    "mobile-node/home-address/ipsec/" SAS);
	struct spi		*all;
	size_t			 i, n = 0, item = 0, max;

	max = conf_list_count(p, node) + conf_list_count(p, home);
	if (max == 0)
		return;
	if ((all = conf_calloc(max, sizeof(*all))) == NULL) {
		conf_nomem(p);
		return;
	}
	for (i = 0; c->ha != NULL && i < c->ha->nnodes; i++)
		n = add_spis(all, n, node, true, &item,
		    c->ha->nodes[i].ipsec);
	item = 0;
	for (i = 0; c->mn != NULL && i < c->mn->nhomes; i++)
		n = add_spis(all, n, home, false, &item,
		    c->mn->homes[i].ipsec);
	qsort(all, n, sizeof(*all), spi_cmp);
	for (i = 1; i < n; i++)
		if (all[i].spi == all[i - 1].spi &&
		    all[i].way == all[i - 1].way)
			conf_error_item(p, all[i].key, all[i].item, SAS
			    ": the spi %u %s is there twice", all[i].spi,
			    way_names[all[i].way]);
	free(all);
}
