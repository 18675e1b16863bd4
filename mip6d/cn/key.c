/*
 * By which key a Binding Update is authorized: of the home token, which a nonce
 * of ours makes or, by RFC 4866 4.2, a binding keeps, and of the care-of token,
 * which a nonce makes or which is zero as long as there was no test.  Called by
 * bu.c, one check after the other.
 */
#include "cn/bu.h"
#include "wire/cgaopt.h"
#include "wire/ip6.h"

/* A Home Nonce Index that says "permanent", a Care-of one that says "early". */
#define INDEX_NONE	0

/*
 * RFC 4866 4.2: how the home address is shown, which its nonce index and the
 * CGA options tell.  Where that RFC is switched off an index of 0 names no
 * nonce and its options mean nothing.
 */
struct verdict
cn_key_method(struct cn *cn, struct bu *bu)
{
	const struct mh_opt	*o = mh_find(&bu->mh, MHOPT_NONCE);
	bool			 is_signed;

	/* RFC 4449 4: there is no other way, whatever the update has. */
	if (bu->key != NULL) {
		bu->method = BY_KEY;
		return (PASS);
	}
	if (!cn->conf.enhanced)
		return (PASS);
	is_signed = cgaopt_signature(&bu->mh) != NULL;
	bu->early = !bu->deletes && o->u.nonce.careof == INDEX_NONE;
	if (o->u.nonce.home != INDEX_NONE) {
		bu->method = is_signed ? BY_SIGNATURE : BY_TEST;
		return (PASS);
	}
	if (is_signed)
		return (REFUSE(HOME_NONCE_ZERO, HOME_INDEX_ZERO));
	if (bu->entry == NULL || !bu->entry->has_token)
		return (REFUSE(NO_PHKT, NO_TOKEN));
	bu->method = BY_TOKEN;
	return (PASS);
}

/*
 * The care-of nonces that it may be by.  A Care-of Test option has no index to
 * name its nonce by (RFC 4866 5.5), so that one is tried first.
 */
static void
find_careof(const struct cn *cn, struct bu *bu, uint16_t index)
{
	const struct nonce	*named = cn_nonce_find(cn, index);
	size_t			 n = 0;

	if (bu->entry != NULL && bu->entry->careof_nonce != 0 && (bu->careof[0]
	    = cn_nonce_serial(cn, bu->entry->careof_nonce)) != NULL)
		n = 1;
	if (named != bu->careof[0])
		bu->careof[n] = named;
}

/* RFC 6275 9.5.1: to delete, the care-of nonce index is not looked at. */
struct verdict
cn_key_tokens(struct cn *cn, struct bu *bu)
{
	const struct mh_opt	*o = mh_find(&bu->mh, MHOPT_NONCE);
	const struct nonce	*home = NULL;
	bool			 by_nonce = bu->method != BY_TOKEN;
	bool			 no_home, no_coa = false;

	/* RFC 4449 3: these indices mean nothing. */
	if (bu->method == BY_KEY)
		return (PASS);
	if (by_nonce)
		home = cn_nonce_find(cn, o->u.nonce.home);
	no_home = by_nonce && home == NULL;
	if (!bu->deletes && !bu->early) {
		find_careof(cn, bu, o->u.nonce.careof);
		no_coa = bu->careof[0] == NULL;
	}
	if (no_home && no_coa)
		return (REFUSE(NONCES, BOTH_NONCES));
	if (no_home)
		return (REFUSE(HOME_NONCE, HOME_NONCE));
	if (no_coa)
		return (REFUSE(CAREOF_NONCE, CAREOF_NONCE));
	if (!by_nonce) {
		bu->home_token = bu->entry->token;
		return (PASS);
	}
	bu->home_serial = home->serial;
	if (!mhauth_token(cn->auth, MHAUTH_HOME, home->key, &bu->home,
	    home->value, sizeof(home->value), &bu->home_token))
		return (DROP(CRYPTO));
	return (PASS);
}

/* Is it by this care-of nonce?  NULL: by none, as early ones are. */
static struct verdict
by_nonce(struct cn *cn, struct bu *bu, const struct nonce *coa)
{
	uint64_t	 ct = 0;		/* RFC 4866 4.2 */

	if (coa != NULL && !mhauth_token(cn->auth, MHAUTH_CAREOF, coa->key,
	    &bu->coa, coa->value, sizeof(coa->value), &ct))
		return (DROP(CRYPTO));
	if (!mhauth_kbm(cn->auth, bu->home_token, bu->deletes ? NULL : &ct,
	    bu->reply.kbm))
		return (DROP(CRYPTO));
	if (mhauth_bad_verify(cn->auth, &bu->mh, bu->reply.kbm,
	    sizeof(bu->reply.kbm), &bu->reply.over, &bu->in->dst) != MHAUTH_OK)
		return (DROP(AUTH_FAIL));
	return (PASS);
}

/* RFC 4449 3: the authenticator is made as by tokens, which the key has. */
static struct verdict
by_static(struct cn *cn, struct bu *bu)
{
	if (!statickey_kbm(bu->key, cn->auth, &bu->home, bu->deletes ? NULL :
	    &bu->coa, bu->reply.kbm))
		return (DROP(CRYPTO));
	if (mhauth_bad_verify(cn->auth, &bu->mh, bu->reply.kbm,
	    sizeof(bu->reply.kbm), &bu->reply.over, &bu->in->dst) != MHAUTH_OK)
		return (DROP(KEY_FAIL));
	bu->reply.sign = true;
	return (PASS);
}

/* RFC 6275 5.2.5, 5.2.6, 6.2.7: the key is that of the acknowledgement, too. */
struct verdict
cn_key_authentic(struct cn *cn, struct bu *bu)
{
	const struct nonce	*coa = bu->careof[0];
	struct verdict		 v;

	if (bu->method == BY_KEY)
		return (by_static(cn, bu));
	v = by_nonce(cn, bu, coa);
	if (v.reason == CC_AUTH_FAIL && bu->careof[1] != NULL) {
		coa = bu->careof[1];
		v = by_nonce(cn, bu, coa);
	}
	if (v.reason != CC_MAX)
		return (v);
	bu->newest = coa != NULL && coa->serial > bu->home_serial ?
	    coa->serial : bu->home_serial;
	bu->reply.sign = true;
	return (PASS);
}

/*
 * RFC 4866 4.3: an acknowledgement brings a care-of token, if that was asked
 * for.  It is one of the address that the acknowledgement goes to: who sends
 * from one and names another gets none of the latter.  False if libcrypto
 * fails.
 */
bool
cn_key_careof_test(struct cn *cn, struct bu *bu)
{
	const struct nonce	*n;

	if (!cn->conf.enhanced || bu->method == BY_KEY ||
	    mh_find(&bu->mh, MHOPT_COTI) == NULL)
		return (true);
	n = cn_nonce_current(cn);
	if (!mhauth_token(cn->auth, MHAUTH_CAREOF, n->key, &bu->in->src,
	    n->value, sizeof(n->value), &bu->reply.careof_token))
		return (false);
	bu->reply.careof_test = true;
	bu->careof_nonce = n->serial;
	return (true);
}
