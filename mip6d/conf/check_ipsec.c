/*
 * What authentication ipsec needs (RFC 4877 4.2, 4.3, RFC 3776 4.1): credentials
 * or associations, and one home address for each identity.
 */
#include <stdlib.h>
#include <string.h>

#include "conf/parser.h"

static bool
cipher_key_ok(const struct conf_sa *sa)
{
	switch (sa->cipher) {
	case CIPHER_AES_CBC:
		return (sa->cipher_keylen == 16 || sa->cipher_keylen == 24 ||
		    sa->cipher_keylen == 32);
	case CIPHER_3DES_CBC:
		return (sa->cipher_keylen == 24);
	default:
		return (sa->cipher_keylen == 0);
	}
}

/* RFC 3602, RFC 2451, RFC 4868, RFC 2404: how long keys are. */
void
check_sa(struct parser *p, void *obj)
{
	const struct conf_sa	*sa = obj;

	if (p->text)
		return;
	if (!cipher_key_ok(sa))
		conf_error_key(p, "encryption", "encryption: expected a key "
		    "of %s, found one of %zu bytes",
		    sa->cipher == CIPHER_AES_CBC ? "16, 24 or 32 bytes" :
		    "24 bytes", sa->cipher_keylen);
	if (sa->mac_keylen != (sa->mac == MAC_SHA256 ? 32 : 20))
		conf_error_key(p, "integrity", "integrity: expected a key of "
		    "%d bytes, found one of %zu bytes",
		    sa->mac == MAC_SHA256 ? 32 : 20, sa->mac_keylen);
	if (sa->use == SA_TUNNEL && sa->cipher == CIPHER_NULL)
		conf_error_key(p, "encryption", "encryption: a tunnel can't "
		    "be without, expected aes-cbc or 3des-cbc");
}

static const struct conf_sa *
find_sa(const struct conf_ipsec *c, enum conf_sa_use use, enum conf_sa_way way)
{
	size_t	 i;

	for (i = 0; i < c->nsas; i++)
		if (c->sas[i].use == use && c->sas[i].way == way)
			return (&c->sas[i]);
	return (NULL);
}

static bool
has_pair(const struct conf_ipsec *c, enum conf_sa_use use)
{
	return (find_sa(c, use, SA_TO_AGENT) != NULL &&
	    find_sa(c, use, SA_FROM_AGENT) != NULL);
}

static void
check_manual(struct parser *p, const struct conf_ipsec *c)
{
	size_t	 i, j;

	for (i = 0; i < c->nsas; i++)
		for (j = 0; j < i; j++)
			if (c->sas[i].use == c->sas[j].use &&
			    c->sas[i].way == c->sas[j].way) {
				conf_error_key(p, "security-association",
				    "security-association: two of one use "
				    "and direction");
				return;
			}
	if (!has_pair(c, SA_BINDING))
		conf_error_key(p, "security-association",
		    "security-association: expected two for use binding, "
		    "to-home-agent and from-home-agent");
	else if (c->protect != PROTECT_NONE && !has_pair(c, SA_TUNNEL))
		conf_error_key(p, "security-association",
		    "security-association: protect needs two for use tunnel, "
		    "too, to-home-agent and from-home-agent");
	if (c->secretlen > 0 || c->certificate[0] != '\0')
		conf_error_key(p, "security-association", "ipsec: expected "
		    "security-association, or a secret or certificate for "
		    "IKE, not both");
}

/* At the end of an ipsec block. */
void
check_ipsec(struct parser *p, void *obj)
{
	const struct conf_ipsec	*c = obj;

	if (p->text)
		return;
	if (c->nsas > 0) {
		check_manual(p, c);
		return;
	}
	if (c->identity[0] == '\0')
		conf_error_key(p, "identity", "ipsec has no identity, which "
		    "IKE needs, and no security-association");
	if (c->secretlen > 0 && c->certificate[0] != '\0')
		conf_error_key(p, "secret", "ipsec: expected a secret or a "
		    "certificate, not both");
	if ((c->certificate[0] == '\0') != (c->private_key[0] == '\0'))
		conf_error_key(p, "certificate", "ipsec: certificate and "
		    "private-key go together");
}

/* An ipsec block and authentication ipsec go together. */
void
check_with_ipsec(struct parser *p, const struct conf_auth *auth,
    const struct conf_auth *fallback, const struct conf_ipsec *c)
{
	enum conf_auth_type	 type = auth->type;

	if (p->text || conf_key_bad(p, "ipsec") ||
	    conf_key_bad(p, "authentication"))
		return;
	if (type == AUTH_UNSET && fallback != NULL)
		type = fallback->type;
	if (type == AUTH_IPSEC && c == NULL)
		conf_error_key(p, "authentication", "authentication ipsec: "
		    "expected an ipsec block, too");
	else if (type != AUTH_IPSEC && type != AUTH_UNSET && c != NULL)
		conf_error_key(p, "ipsec", "ipsec: expected authentication "
		    "ipsec, too");
}

static bool
is_ike(const struct conf_ipsec *c)
{
	return (c != NULL && c->nsas == 0);
}

struct named {
	const char	*identity;
	size_t		 node;
};

static int
named_cmp(const void *a, const void *b)
{
	const struct named	*x = a, *y = b;
	int			 c = strcmp(x->identity, y->identity);

	return (c != 0 ? c : x->node < y->node ? -1 : x->node > y->node);
}

/* An SPI names one association of a home agent (RFC 4301 4.1). */
struct numbered {
	uint32_t	 spi;
	size_t		 node;
};

static int
numbered_cmp(const void *a, const void *b)
{
	const struct numbered	*x = a, *y = b;

	if (x->spi != y->spi)
		return (x->spi < y->spi ? -1 : 1);
	return (x->node < y->node ? -1 : x->node > y->node);
}

static void
check_spis(struct parser *p, const struct conf_ha *ha,
    const struct conf_key *key)
{
	struct numbered	*all;
	size_t		 i, j, n = 0;

	for (i = 0; i < ha->nnodes; i++)
		n += ha->nodes[i].ipsec == NULL ? 0 : ha->nodes[i].ipsec->nsas;
	if (n == 0)
		return;
	if ((all = conf_calloc(n, sizeof(*all))) == NULL) {
		conf_nomem(p);
		return;
	}
	for (i = 0, n = 0; i < ha->nnodes; i++)
		for (j = 0; ha->nodes[i].ipsec != NULL &&
		    j < ha->nodes[i].ipsec->nsas; j++)
			if (ha->nodes[i].ipsec->sas[j].way == SA_TO_AGENT) {
				all[n].spi = ha->nodes[i].ipsec->sas[j].spi;
				all[n++].node = i;
			}
	qsort(all, n, sizeof(*all), numbered_cmp);
	for (i = 1; i < n; i++)
		if (all[i].spi == all[i - 1].spi)
			conf_error_item(p, key, all[i].node, "mobile-node has "
			    "the spi %u to-home-agent of another association",
			    all[i].spi);
	free(all);
}

/*
 * RFC 4877 4.2: each identity is allowed to use exactly one home address, and
 * each home address belongs to exactly one identity.
 */
void
check_identities(struct parser *p, const struct conf_ha *ha)
{
	const struct conf_key	*key = conf_find_key(&conf_ha_block,
				    "mobile-node");
	const struct conf_node	*node;
	struct named		*all;
	size_t			 i, n = 0;

	if (p->text || ha->nnodes == 0)
		return;
	if ((all = conf_calloc(ha->nnodes, sizeof(*all))) == NULL) {
		conf_nomem(p);
		return;
	}
	for (i = 0; i < ha->nnodes; i++) {
		node = &ha->nodes[i];
		if (node->ipsec == NULL) {
			if (node->auth.type == AUTH_UNSET &&
			    ha->default_auth.type == AUTH_IPSEC)
				conf_error_item(p, key, i, "mobile-node has "
				    "no ipsec block, which home-agent's "
				    "authentication ipsec needs");
			continue;
		}
		if (node->nhomes != 1)
			conf_error_item(p, key, i, "mobile-node with ipsec: "
			    "expected one home-address, found %zu, for each "
			    "identity maps to exactly one", node->nhomes);
		if (node->ipsec->agent_identity[0] != '\0')
			conf_error_item(p, key, i, "mobile-node: expected no "
			    "home-agent-identity, it is the identity in ike");
		if (node->ipsec->identity[0] == '\0')
			continue;
		all[n].identity = node->ipsec->identity;
		all[n++].node = i;
	}
	qsort(all, n, sizeof(*all), named_cmp);
	for (i = 1; i < n; i++)
		if (strcmp(all[i].identity, all[i - 1].identity) == 0)
			conf_error_item(p, key, all[i].node, "mobile-node has "
			    "the ipsec identity \"%.80s\" of another",
			    all[i].identity);
	free(all);
	check_spis(p, ha, key);
}

/* Of a mobile node: whom to expect, and how to prove who we are. */
void
check_home_ipsec(struct parser *p, const struct conf_home *home)
{
	const struct conf_ipsec	*c = home->ipsec;

	if (p->text || !is_ike(c))
		return;
	if (c->agent_identity[0] == '\0')
		conf_error_key(p, "ipsec", "ipsec: expected a "
		    "home-agent-identity for IKE");
	if (c->secretlen == 0 && c->certificate[0] == '\0')
		conf_error_key(p, "ipsec", "ipsec: expected a secret or a "
		    "certificate for IKE");
}

static void
check_agent_ike(struct parser *p, const struct conf *c)
{
	const struct conf_ipsec	*ip;
	bool			 ike = false, certificates = false;
	size_t			 i;

	for (i = 0; c->ha != NULL && i < c->ha->nnodes; i++) {
		ip = c->ha->nodes[i].ipsec;
		ike = ike || is_ike(ip);
		certificates = certificates ||
		    (is_ike(ip) && ip->secretlen == 0);
	}
	if (ike && c->ike->identity[0] == '\0')
		conf_error_key(p, "ike", "ike: expected an identity, for "
		    "home-agent has nodes with IKE");
	if (certificates && (c->ike->certificate[0] == '\0' ||
	    c->ike->private_key[0] == '\0' || c->ike->nauthorities == 0))
		conf_error_key(p, "ike", "ike: expected certificate, "
		    "private-key and authority, for home-agent has nodes "
		    "without a secret");
}

static void
check_node_ike(struct parser *p, const struct conf *c)
{
	size_t	 i;

	for (i = 0; c->mn != NULL && i < c->mn->nhomes; i++)
		if (is_ike(c->mn->homes[i].ipsec) &&
		    c->mn->homes[i].ipsec->secretlen == 0 &&
		    c->ike->nauthorities == 0) {
			conf_error_key(p, "ike", "ike: expected an authority, "
			    "for mobile-node has a certificate");
			return;
		}
}

/* At the end of the file: IKE needs the daemon that speaks it. */
void
check_ike(struct parser *p, const struct conf *c)
{
	const char	*who = NULL;
	size_t		 i;

	for (i = 0; c->ha != NULL && i < c->ha->nnodes && who == NULL; i++)
		if (is_ike(c->ha->nodes[i].ipsec))
			who = "home-agent";
	for (i = 0; c->mn != NULL && i < c->mn->nhomes && who == NULL; i++)
		if (is_ike(c->mn->homes[i].ipsec))
			who = "mobile-node";
	if (who == NULL)
		return;
	if (c->ike == NULL) {
		conf_error_key(p, who, "%s: ipsec with IKE needs an ike "
		    "block", who);
		return;
	}
	check_agent_ike(p, c);
	check_node_ike(p, c);
}
