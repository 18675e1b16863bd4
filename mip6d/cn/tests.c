/*
 * The return routability procedure (RFC 6275 5.2.5, 9.4): each Home Test Init
 * and Care-of Test Init earns one answer, whose token follows from the nonce
 * and the address.  Nothing is kept of them, and nobody takes the answers of
 * others by asking for more.
 */
#include "cn/int.h"
#include "wire/ip6.h"

/* What is different of the two. */
struct test {
	uint8_t			 answer;
	enum mhauth_token	 token;
	enum cn_counter		 in;
};

static const struct test	 home_test = {
	MH_HOT, MHAUTH_HOME, CC_HOTI_IN
};
static const struct test	 coa_test = {
	MH_COT, MHAUTH_CAREOF, CC_COTI_IN
};

/* Why this one is not answered; CC_MAX: it is. */
static enum cn_counter
reason_against(struct cn *cn, const struct msg_mh_in *in, struct limiter *l)
{
	static const enum cn_counter	 limits[] = {
		[LIMIT_NOT] = CC_MAX,
		[LIMIT_DESTINATION] = CC_TEST_RATE,
		[LIMIT_ALL] = CC_TEST_RATE_TOTAL,
	};

	/* RFC 6275 9.4.1, 9.4.2 */
	if ((in->flags & PKT_HAO) != 0)
		return (CC_TEST_HAO);
	/* Only an acknowledgement has such a header (6.1). */
	if ((in->flags & PKT_RH2) != 0)
		return (CC_ROUTED);
	if (!in6_is_routable(&in->src) || in6_eq(&in->src, &in->dst))
		return (CC_SRC_NOT_UNICAST);
	/* RFC 4449 4: no other way, even if the peer asks for it. */
	if (statickeys_find(&cn->keys, &in->src) != NULL)
		return (CC_TEST_KEY);
	return (limits[limiter_take(l, &in->src, cn->now.mono)]);
}

/* A Home Test Init or Care-of Test Init. */
void
cn_test_input(struct cn *cn, const struct msg_mh_in *in, const struct mh *m)
{
	bool			 home = m->type == MH_HOTI;
	const struct test	*t = home ? &home_test : &coa_test;
	const struct nonce	*n;
	enum cn_counter		 against;
	uint64_t		 token;

	COUNT(cn->env->counters, t->in);
	against = reason_against(cn, in, home ? &cn->home_tests :
	    &cn->coa_tests);
	if (against != CC_MAX) {
		cn_note_refusal(cn, against, 0, &in->src, &in->src, NULL);
		return;
	}
	n = cn_nonce_current(cn);
	if (!mhauth_token(cn->auth, t->token, n->key, &in->src, n->value,
	    sizeof(n->value), &token)) {
		COUNT(cn->env->counters, CC_CRYPTO);
		return;
	}
	cn_send_test(cn, in, t->answer, m->u.init.cookie, cn_nonce_index(cn, n),
	    token);
}
