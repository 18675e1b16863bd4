/*
 * The mobile node's part of RFC 4866 for scenarios of a correspondent: nodes
 * with a key and CGA Parameters (cga_nodes.py), the options and the signature
 * of an update, and the permanent token of an acknowledgement, decrypted.
 * encode.c, decode.c and rr.c call it.
 */
#include <openssl/evp.h>
#include <openssl/x509.h>

#include <string.h>

#include "run.h"
#include "wire/cgaopt.h"
#include "wire/cgarsa.h"

#include "cga_nodes.inc"

static const struct node {
	const char	*name;
	const uint8_t	*key, *params;
	size_t		 keylen, paramslen;
} nodes[] = {
#define NODE(n)	{ #n, key_##n, params_##n, sizeof(key_##n), sizeof(params_##n) }
	NODE(long), NODE(short), NODE(much)
};

static const struct node	*asked;		/* for a token, the last one */

static const struct node *
find(const struct line *l, const char *name)
{
	size_t	 i;

	for (i = 0; i < sizeof(nodes) / sizeof(nodes[0]); i++)
		if (strcmp(nodes[i].name, name) == 0)
			return (&nodes[i]);
	fail(l, "no node of that name: %s", name);
}

static EVP_PKEY *
key_of(const struct node *n)
{
	const unsigned char	*p = n->key;

	return (d2i_AutoPrivateKey(NULL, &p, (long)n->keylen));
}

/* cga NODE: its parameters, in as many options as they need. */
void
node_params(const struct line *l, const char *name, struct mh *m)
{
	asked = find(l, name);
	if (!cgaopt_add(m, asked->params, asked->paramslen))
		fail(l, "too many options");
}

/* signed NODE: an option that node_sign() fills in. */
void
node_signature(const struct line *l, const char *name, struct mh *m)
{
	const struct node	*n = find(l, name);
	EVP_PKEY		*key = key_of(n);
	struct mh_opt		*o = mh_add(m, MHOPT_SIGNATURE);

	if (key == NULL || o == NULL)
		fail(l, "too many options");
	/* One that is too long for an option is cut off. */
	o->varlen = (uint8_t)(EVP_PKEY_size(key) > CGARSA_MAX ? CGARSA_MAX :
	    EVP_PKEY_size(key));
	EVP_PKEY_free(key);
}

/*
 * Sign an update that has been built, if its options stand as they should;
 * spoilt: by a signature of which a bit is another one.
 */
void
node_sign(const struct line *l, const char *name, struct mh *m, bool spoilt,
    const struct in6_addr *coa, const struct in6_addr *correspondent)
{
	const struct mh_opt	*o = cgaopt_signature(m);
	const struct node	*n = find(l, name);
	struct mhauth		*a = mhauth_new();
	EVP_PKEY		*key = key_of(n);
	uint8_t			 data[MHAUTH_DATAMAX], sig[CGARSA_MAX];
	size_t			 len, siglen;
	enum cgarsa_err		 e = CGARSA_E_KEY;

	if (o != NULL) {
		len = cgaopt_data(m, coa, correspondent, data);
		e = cgarsa_sign(a, key, data, len, sig, &siglen);
	}
	if (e == CGARSA_OK) {
		sig[siglen - 1] ^= spoilt;
		memcpy(m->wire + o->var_off, sig, siglen);
	}
	EVP_PKEY_free(key);
	mhauth_free(a);
}

/* The token of an acknowledgement, if it is for who has last asked for one. */
bool
node_token(const struct mh *m, uint64_t *token)
{
	const struct mh_opt	*o = mh_find(m, MHOPT_PHKT);
	EVP_PKEY		*key;
	enum cgarsa_err		 e;

	if (o == NULL || asked == NULL || (key = key_of(asked)) == NULL)
		return (false);
	e = cgarsa_decrypt(key, o->var, o->varlen, token);
	EVP_PKEY_free(key);
	return (e == CGARSA_OK);
}
