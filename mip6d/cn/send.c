/*
 * The messages of a correspondent: Home Test and Care-of Test (RFC 6275 6.1.5,
 * 6.1.6), Binding Acknowledgement (6.1.8, 9.5.4) and Binding Refresh Request
 * (6.1.2, 9.5.5).  None goes by the Binding Cache: where to is always said, and
 * what net sends the kernel leads past the route to a bound peer (kern/want.c).
 */
#include <string.h>

#include "cn/bu.h"
#include "wire/ip6.h"

/*
 * Send cn->mh, built into the caller's buffer, as out has it; the checksum is
 * for the final destination.
 */
static void
send_mh(struct cn *cn, struct msg_mh_out *out, enum cn_counter count)
{
	struct mh	*m = &cn->mh;

	mh_set_checksum(m, &out->src, (out->flags & PKT_RH2) != 0 ?
	    &out->home : &out->dst);
	out->mh.p = m->wire;
	out->mh.len = m->len;
	COUNT(cn->env->counters, count);
	cn_emit(cn, MSG_MH_OUT, out);
}

/*
 * Answer a Test Init with a Home Test or Care-of Test (type): to where it came
 * from, with its cookie, the index of the nonce and the token.
 */
void
cn_send_test(struct cn *cn, const struct msg_mh_in *in, uint8_t type,
    uint64_t cookie, uint16_t index, uint64_t token)
{
	struct msg_mh_out	 out;
	struct mh		*m = &cn->mh;
	uint8_t			 buf[64];

	mh_init(m, type);
	m->u.test.nonce_index = index;
	m->u.test.cookie = cookie;
	m->u.test.token = token;
	if (mh_build(m, buf, sizeof(buf)) == 0)
		return;
	memset(&out, 0, sizeof(out));
	out.src = in->dst;
	out.dst = in->src;
	send_mh(cn, &out, type == MH_HOT ? CC_HOT_OUT : CC_COT_OUT);
}

/* RFC 4866 4.3: its options, in this order. */
static void
enhance(struct mh *m, const struct reply *r)
{
	struct mh_opt	*o;

	if (r->tokenlen > 0) {
		o = mh_add(m, MHOPT_PHKT);
		o->var = r->token;
		o->varlen = (uint8_t)r->tokenlen;
	}
	if (r->careof_test)
		mh_add(m, MHOPT_COT)->u.token = r->careof_token;
}

/*
 * Send a Binding Acknowledgement to the source of its update, with a routing
 * header exactly if that had a Home Address option (RFC 6275 9.5.4), and with
 * Binding Authorization Data if the key is known.
 */
void
cn_send_ack(struct cn *cn, const struct reply *r)
{
	struct msg_mh_out	 out;
	struct mh		*m = &cn->mh;
	uint8_t			 buf[512];

	mh_init(m, MH_BA);
	m->u.ba.status = r->status;
	m->u.ba.seq = r->seq;
	m->u.ba.lifetime = r->lifetime;
	enhance(m, r);
	if (r->sign)
		mh_add(m, MHOPT_BAD);
	if (mh_build(m, buf, sizeof(buf)) == 0)
		return;
	if (r->sign && mhauth_bad_sign(cn->auth, m, r->kbm, sizeof(r->kbm),
	    &r->over, &r->src) != MHAUTH_OK) {
		COUNT(cn->env->counters, CC_CRYPTO);
		return;
	}
	if (r->careof_test)
		COUNT(cn->env->counters, CC_COT_OPTIONS);
	memset(&out, 0, sizeof(out));
	out.src = r->src;
	out.dst = r->dst;
	if (r->hao) {
		out.flags = PKT_RH2;
		out.home = r->home;
	}
	send_mh(cn, &out, CC_BA_OUT);
}

/* Ask the mobile node to refresh the binding: at its home address (9.5.5). */
void
cn_send_refresh(struct cn *cn, const struct entry *e)
{
	struct msg_mh_out	 out;
	uint8_t			 buf[16];

	mh_init(&cn->mh, MH_BRR);
	if (mh_build(&cn->mh, buf, sizeof(buf)) == 0)
		return;
	memset(&out, 0, sizeof(out));
	out.src = cn_own_of(cn, e)->addr;
	out.dst = e->home;
	send_mh(cn, &out, CC_BRR_OUT);
}
