/*
 * What RFC 4866 adds to the checks of a Binding Update by a home address that
 * is a CGA: the parameters in its options, the signature, and the permanent
 * home keygen token that it earns (4.2, 4.6, 4.7).  Cheap checks come first,
 * and signatures are limited, as one takes as long as a thousand of the others.
 * Called by bu.c.
 */
#include "cn/bu.h"
#include "wire/cgaopt.h"

/*
 * RFC 4866 4.2: an update without a signature does not change what one has
 * made, and CGA Parameters without one are refused.
 */
struct verdict
cn_cga_options(struct cn *cn, struct bu *bu)
{
	if (!cn->conf.enhanced || bu->method == BY_KEY)
		return (PASS);
	if (bu->method == BY_TEST && bu->entry != NULL && bu->entry->has_token)
		return (REFUSE(PHKT_EXISTS, TOKEN_EXISTS));
	if (bu->method != BY_SIGNATURE && mh_find(&bu->mh, MHOPT_CGA) != NULL)
		return (REFUSE(CGA_FAILED, CGA_OPTIONS));
	return (PASS);
}

/* RFC 4866 6.6: nobody has us verify more than that. */
static struct verdict
within_rate(struct cn *cn, const struct bu *bu)
{
	static const enum cn_counter	 limits[] = {
		[LIMIT_NOT] = CC_MAX,
		[LIMIT_DESTINATION] = CC_CGA_RATE,
		[LIMIT_ALL] = CC_CGA_RATE_TOTAL,
	};

	return ((struct verdict){ limits[limiter_take(&cn->signatures,
	    &bu->home, cn->now.mono)], 0 });
}

/* A token for who has the private key, encrypted (RFC 4866 4.7). */
static bool
make_token(struct cn *cn, struct bu *bu, const struct cga_rsa *key)
{
	bu->token = cn_random(cn);
	return (cgarsa_encrypt(key, bu->token, cn->env->random, cn->env->ctx,
	    bu->reply.token, &bu->reply.tokenlen) == CGARSA_OK);
}

/* Its parameters are c, all else of it is right. */
static struct verdict
by_parameters(struct cn *cn, struct bu *bu, const struct cga *c)
{
	const struct mh_opt	*sig = cgaopt_signature(&bu->mh);
	struct cga_rsa		 key;
	struct verdict		 v;
	uint8_t			 data[MHAUTH_DATAMAX];
	size_t			 len;

	if (cga_verify(cn->auth, c, &bu->home) != CGA_OK)
		return (REFUSE(CGA_FAILED, CGA_PARAMETERS));
	if (cga_rsa(c, &key) != CGA_OK || cga_rsa_fits(&key) != CGA_OK)
		return (REFUSE(CGA_FAILED, CGA_KEY));
	if ((v = within_rate(cn, bu)).reason != CC_MAX)
		return (v);
	COUNT(cn->env->counters, CC_SIGNATURES);
	len = cgaopt_data(&bu->mh, &bu->coa, &bu->in->dst, data);
	if (cgarsa_verify(cn->auth, &key, data, len, sig->var, sig->varlen) !=
	    CGARSA_OK)
		return (REFUSE(CGA_FAILED, SIGNATURE));
	/* What is deleted has no entry that a token could be kept in. */
	if (!bu->deletes && !make_token(cn, bu, &key))
		return (DROP(CRYPTO));
	return (PASS);
}

/* RFC 4866 4.6, RFC 3972 5, 6: parameters and signature, the last check. */
struct verdict
cn_cga_signature(struct cn *cn, struct bu *bu)
{
	uint8_t		 params[CGA_MAXLEN];
	struct cga	 c;
	struct verdict	 v;
	size_t		 len;

	if (bu->method != BY_SIGNATURE)
		return (PASS);
	len = cgaopt_join(&bu->mh, params);
	v = cga_parse(&c, params, len) != CGA_OK ?
	    REFUSE(CGA_FAILED, CGA_PARAMETERS) : by_parameters(cn, bu, &c);
	/* It is discarded, so its number is none either (4.2). */
	bu->numbered = bu->numbered && v.reason == CC_MAX;
	return (v);
}
