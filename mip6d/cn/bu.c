/*
 * Binding Updates: the checks of RFC 6275 9.5.1 and RFC 4866 4.2 are the rows
 * of one table, in the order in which they are made.  The first that fails
 * decides what is answered, if anything (9.5.4); what passes all goes to
 * binding.c.  cn.c calls it for each Binding Update; there is one struct bu,
 * the one under examination.
 */
#include <string.h>

#include "cn/bu.h"
#include "core/access.h"
#include "wire/ip6.h"

/* RFC 6275 9.5.4: it could not be acknowledged. */
static struct verdict
source_unicast(struct cn *cn, struct bu *bu)
{
	(void)cn;
	if (!in6_is_routable(&bu->in->src) ||
	    in6_eq(&bu->in->src, &bu->in->dst))
		return (DROP(SRC_NOT_UNICAST));
	return (PASS);
}

/* RFC 6275 9.5.1, first test */
static struct verdict
home_unicast(struct cn *cn, struct bu *bu)
{
	(void)cn;
	if (!in6_is_routable(&bu->home))
		return (DROP(HOME_NOT_UNICAST));
	return (PASS);
}

/* RFC 6275 6.1.7 */
static struct verdict
coa_unicast(struct cn *cn, struct bu *bu)
{
	(void)cn;
	if (!in6_is_routable(&bu->coa))
		return (DROP(COA_NOT_UNICAST));
	return (PASS);
}

/* RFC 6275 6.1: no other message but an acknowledgement has that header. */
static struct verdict
not_routed(struct cn *cn, struct bu *bu)
{
	(void)cn;
	if ((bu->in->flags & PKT_RH2) != 0)
		return (DROP(ROUTED));
	return (PASS);
}

/* RFC 6275 9.5.1: with H set the option must not be there. */
static struct verdict
no_nonce_indices(struct cn *cn, struct bu *bu)
{
	(void)cn;
	if (mh_find(&bu->mh, MHOPT_NONCE) != NULL)
		return (DROP(NONCE_WITH_H));
	return (PASS);
}

/*
 * RFC 6275 9.5.1 and 10.3.1: this is no home agent, and a binding does not
 * become a home registration.  There is no key to sign that with.
 */
static struct verdict
home_registration(struct cn *cn, struct bu *bu)
{
	(void)cn;
	if (bu->entry != NULL)
		return (REFUSE(TYPE_CHANGE, TYPE_CHANGE));
	return (REFUSE(NO_HOME_REG, NOT_HOME_AGENT));
}

/*
 * RFC 6275 9.5.1; that nothing follows the second is for the parser to say.  By
 * a static key there need be no nonces (RFC 4449 3).
 */
static struct verdict
has_options(struct cn *cn, struct bu *bu)
{
	(void)cn;
	if (bu->key == NULL && mh_find(&bu->mh, MHOPT_NONCE) == NULL)
		return (DROP(NO_NONCES));
	if (mh_find(&bu->mh, MHOPT_BAD) == NULL)
		return (DROP(AUTH_MISSING));
	return (PASS);
}

/* RFC 6275 9.5.1: modulo 2^16 */
static bool
is_greater(uint16_t seq, uint16_t last)
{
	return ((int16_t)(uint16_t)(seq - last) > 0);
}

static bool
may_be_copy(const struct bu *bu)
{
	const struct tomb	*t = bu->tomb;

	if (bu->entry != NULL)
		return (bu->newest <= bu->entry->floor);
	if (t == NULL || bu->newest > t->made)
		return (false);
	if (!is_greater(bu->seq, t->seq))
		return (true);
	return (!bu->deletes && bu->newest <= t->floor);
}

/*
 * RFC 6275 5.2.8, 9.5.3: what is left of a binding stands for it, and after a
 * deletion its nonces don't make another one.  By a newer nonce it is all new,
 * and the peer is to get one.  As the nonces are to blame it is not signed.
 */
static struct verdict
no_copy(struct cn *cn, struct bu *bu)
{
	/* A permanent token is of this binding, and of none before it. */
	if (bu->method == BY_TOKEN || bu->method == BY_KEY ||
	    !may_be_copy(bu))
		return (PASS);
	cn_nonce_renew(cn);
	bu->reply.sign = false;
	return (REFUSE(NONCES, REPLAY));
}

static struct verdict
sequence(struct cn *cn, struct bu *bu)
{
	(void)cn;
	bu->numbered = bu->entry == NULL || bu->key != NULL ||
	    is_greater(bu->seq, bu->entry->seq);
	if (bu->numbered)
		return (PASS);
	bu->reply.seq = bu->entry->seq;
	return (REFUSE(SEQUENCE, SEQUENCE));
}

/*
 * RFC 4866 4.9: a number is used once with a permanent token.  Who does not
 * renew it in time gets another one as if there were none.
 */
static struct verdict
token_is_fresh(struct cn *cn, struct bu *bu)
{
	(void)cn;
	if (bu->method != BY_TOKEN || bu->entry->token_numbers +
	    (uint16_t)(bu->seq - bu->entry->seq) <= TOKEN_NUMBERS)
		return (PASS);
	bu->numbered = false;
	return (REFUSE(NO_PHKT, TOKEN_OLD));
}

/*
 * RFC 4449 3: of a static key the numbers are kept for good, and none counts
 * before it is on disk; until then the update waits.
 */
static struct verdict
key_sequence(struct cn *cn, struct bu *bu)
{
	if (bu->key == NULL)
		return (PASS);
	switch (cn_static_use(cn, bu->key, bu->seq)) {
	case STATICKEY_WAIT:
		cn_static_hold(cn, bu->key, bu->in);
		return (DROP(KEY_WAITS));
	case STATICKEY_OLD:
		bu->reply.seq = statickey_last(bu->key);
		return (REFUSE(SEQUENCE, SEQUENCE));
	case STATICKEY_SPENT:
		return (REFUSE(PROHIBITED, KEY_SPENT));
	case STATICKEY_USED:
		break;
	}
	return (PASS);
}

static struct verdict
access_rules(struct cn *cn, struct bu *bu)
{
	if (!access_allowed(cn->conf.rules, cn->conf.nrules, "", &bu->home,
	    &bu->coa))
		return (REFUSE(PROHIBITED, NOT_ALLOWED));
	return (PASS);
}

/* Packets would come back to us. */
static struct verdict
elsewhere(struct cn *cn, struct bu *bu)
{
	if (in6_eq(&bu->home, &bu->in->dst) || in6_eq(&bu->coa, &bu->in->dst) ||
	    cn_own_find(cn, &bu->home) != NULL ||
	    cn_own_find(cn, &bu->coa) != NULL)
		return (REFUSE(UNSPECIFIED, OWN_ADDRESS));
	return (PASS);
}

/* RFC 6275 9.5.2 */
static struct verdict
room(struct cn *cn, struct bu *bu)
{
	return ((struct verdict){ cn_binding_room(cn, bu), MH_ST_RESOURCES });
}

/* Which Binding Updates a check is for. */
#define BIND	0x01		/* H bit clear, lifetime not zero */
#define DELETE	0x02		/* H bit clear, to be deleted */
#define HOME	0x04		/* H bit set */
#define BOTH	(BIND | DELETE)
#define ANY	(BIND | DELETE | HOME)

static const struct {
	struct verdict	(*check)(struct cn *, struct bu *);
	unsigned int	 kinds;
	const char	*section;
} checks[] = {
	{ source_unicast,	ANY,	"RFC 6275 9.5.4" },
	{ home_unicast,		ANY,	"RFC 6275 9.5.1" },
	{ coa_unicast,		ANY,	"RFC 6275 6.1.7" },
	{ not_routed,		ANY,	"RFC 6275 6.1" },
	{ no_nonce_indices,	HOME,	"RFC 6275 9.5.1" },
	{ home_registration,	HOME,	"RFC 6275 9.5.1, 10.3.1" },
	{ has_options,		BOTH,	"RFC 6275 9.5.1" },
	{ cn_key_method,	BOTH,	"RFC 4866 4.2" },
	{ cn_key_tokens,	BOTH,	"RFC 6275 9.5.1, 5.2.5" },
	{ cn_key_authentic,	BOTH,	"RFC 6275 9.5.1, 5.2.6" },
	{ cn_cga_options,	BOTH,	"RFC 4866 4.2" },
	{ no_copy,		BOTH,	"RFC 6275 5.2.8, 9.5.3" },
	{ key_sequence,		BOTH,	"RFC 4449 3, 4" },
	{ sequence,		BOTH,	"RFC 6275 9.5.1" },
	{ token_is_fresh,	BOTH,	"RFC 4866 4.9" },
	{ access_rules,		BIND,	"RFC 6275 6.1.8" },
	{ elsewhere,		BIND,	"RFC 6275 6.1.8" },
	{ room,			BIND,	"RFC 6275 9.5.2" },
	{ cn_cga_signature,	BOTH,	"RFC 4866 4.6" },
};

static struct verdict
run_checks(struct cn *cn, struct bu *bu)
{
	struct verdict	 v = PASS;
	unsigned int	 kind = (bu->flags & MH_BU_H) != 0 ? HOME :
			    bu->deletes ? DELETE : BIND;
	size_t		 i;

	for (i = 0; i < sizeof(checks) / sizeof(checks[0]); i++) {
		if ((checks[i].kinds & kind) == 0)
			continue;
		v = checks[i].check(cn, bu);
		if (v.reason != CC_MAX)
			break;
	}
	return (v);
}

/* RFC 6275 9.5.1: which addresses it is about, and what it asks for. */
static void
take(struct cn *cn, struct bu *bu, const struct msg_mh_in *in)
{
	const struct mh_opt	*alt = mh_find(&bu->mh, MHOPT_ALTCOA);

	bu->in = in;
	bu->reply.hao = (in->flags & PKT_HAO) != 0;
	bu->home = bu->reply.hao ? in->home : in->src;
	bu->coa = alt != NULL ? alt->u.altcoa : in->src;
	bu->seq = bu->mh.u.bu.seq;
	bu->flags = bu->mh.u.bu.flags;
	bu->lifetime = bu->mh.u.bu.lifetime;
	bu->deletes = bu->lifetime == 0 || in6_eq(&bu->coa, &bu->home);
	bu->entry = cn_bc_find(cn, &bu->home, &in->dst);
	bu->tomb = cn_tomb_find(cn, &bu->home, &in->dst);
	bu->reply.src = in->dst;
	bu->reply.dst = in->src;
	bu->reply.home = bu->home;
	bu->reply.over = bu->deletes ? bu->home : bu->coa;
	bu->reply.seq = bu->seq;
	bu->key = statickeys_find(&cn->keys, &bu->home);
}

/* The lifetime that is granted: RFC 6275 9.5.2, RFC 4866 4.2. */
static uint16_t
granted(const struct cn *cn, const struct bu *bu)
{
	uint16_t	 most = cn_most_lifetime(cn, bu->method != BY_TEST);

	/* RFC 4449 4: by a static key there is no upper bound. */
	if (bu->method == BY_KEY)
		most = UINT16_MAX;
	return (bu->deletes ? 0 : bu->lifetime < most ? bu->lifetime : most);
}

/*
 * RFC 6275 9.5.1, 9.5.4, RFC 4866 4.2: these are told also to who does not ask
 * for it.
 */
static bool
always_told(uint8_t status)
{
	return (status == MH_ST_RESOURCES || (status >= MH_ST_SEQUENCE &&
	    status <= MH_ST_TYPE_CHANGE) || (status >= MH_ST_NO_PHKT &&
	    status <= MH_ST_HOME_NONCE_ZERO));
}

/* RFC 4866 4.3: it has an answer even if it does not ask for one. */
static bool
acknowledged(const struct bu *bu)
{
	return ((bu->flags & MH_BU_A) != 0 || bu->method == BY_SIGNATURE ||
	    (bu->early && bu->reply.careof_test));
}

static void
refused(struct cn *cn, struct bu *bu, struct verdict v)
{
	cn_note_refusal(cn, v.reason, v.status, &bu->home, &bu->in->src,
	    cn_why_refused(cn, &bu->home, &bu->in->src, v.reason, v.status));
	if (v.status == 0)
		return;
	/*
	 * Its number is the last one all the same (RFC 6275 9.5.1), unless it
	 * shows less than what has made the binding.
	 */
	if (bu->numbered && bu->entry != NULL && (!bu->entry->has_token ||
	    bu->method == BY_TOKEN))
		cn_binding_number(bu->entry, bu->seq);
	if ((bu->flags & MH_BU_A) == 0 && !always_told(v.status)) {
		COUNT(cn->env->counters, CC_NOT_ASKED);
		return;
	}
	if (limiter_take(&cn->refusals, &bu->in->src, cn->now.mono) !=
	    LIMIT_NOT) {
		COUNT(cn->env->counters, CC_NOT_SENT);
		return;
	}
	bu->reply.status = v.status;
	bu->reply.lifetime = 0;
	bu->reply.careof_test = false;
	bu->reply.tokenlen = 0;
	cn_send_ack(cn, &bu->reply);
}

/*
 * A Binding Update that has been parsed into bu->mh, whose other members are
 * filled in here.
 */
void
cn_bu_input(struct cn *cn, const struct msg_mh_in *in, struct bu *bu)
{
	struct verdict	 v;

	memset((uint8_t *)bu + sizeof(bu->mh), 0, sizeof(*bu) -
	    sizeof(bu->mh));
	take(cn, bu, in);
	v = run_checks(cn, bu);
	if (v.reason == CC_KEY_WAITS) {
		COUNT(cn->env->counters, CC_KEY_WAITS);
		return;
	}
	bu->reply.lifetime = granted(cn, bu);
	if (v.reason == CC_MAX && !cn_key_careof_test(cn, bu))
		v = DROP(CRYPTO);
	if (v.reason == CC_MAX && !bu->deletes)
		v = (struct verdict){ cn_binding_accept(cn, bu),
		    MH_ST_RESOURCES };
	if (v.reason != CC_MAX) {
		refused(cn, bu, v);
		return;
	}
	if (bu->deletes)
		cn_binding_delete(cn, bu);
	if (acknowledged(bu))
		cn_send_ack(cn, &bu->reply);
}
