/*
 * The correspondent node as its shell sees it (struct engine_ops in
 * core/engine.h): its creation and end, configuration, messages in, and
 * timers, each passed on to the file that it concerns.  Owns struct cn with all
 * that the other files keep.  RFC 6275 9.
 *
 * Nothing outlives it but what net and the parent have been told.  So a new one
 * begins with new nonces and keys, by which no update for a binding of the one
 * before it is right (5.2.8), and ends what that has left.  Of static keys the
 * store keeps the numbers.
 */
#include <stdlib.h>
#include <string.h>

#include "cn/bu.h"
#include "cn/cn.h"
#include "wire/icmp6.h"
#include "wire/ip6.h"

static const struct counter_def counter_defs[] = {
#define X(id, name, help)	{ name, help },
	CN_COUNTERS(X)
#undef X
	{ NULL, NULL },
};

static bool
configure(struct cn *cn, const struct conf_cn *c)
{
	struct conf_rule	*rules;

	rules = calloc(c->nrules + 1, sizeof(*rules));
	if (rules == NULL)
		return (false);
	if (c->nrules > 0)
		memcpy(rules, c->rules, c->nrules * sizeof(*rules));
	if (!cn_static_configure(cn, c)) {
		free(rules);
		return (false);
	}
	free(cn->conf.rules);
	cn->conf = *c;
	cn->conf.rules = rules;
	cn->conf.keys = NULL;
	return (true);
}

static void
cn_destroy(void *v)
{
	struct cn	*cn = v;

	pool_destroy(&cn->entries);
	pool_destroy(&cn->tombs);
	pool_destroy(&cn->networks);
	pool_destroy(&cn->owns);
	htab_free(&cn->bindings);
	htab_free(&cn->by_tomb);
	htab_free(&cn->by_network);
	htab_free(&cn->by_own);
	mhauth_free(cn->auth);
	statickeys_free(&cn->keys);
	cn_nonce_wipe(cn);
	free(cn->conf.rules);
	free(cn->bu);
	free(cn);
}

static bool
allocate(struct cn *cn)
{
	pool_init(&cn->entries, sizeof(struct entry));
	pool_init(&cn->tombs, sizeof(struct tomb));
	pool_init(&cn->networks, sizeof(struct network));
	pool_init(&cn->owns, sizeof(struct own));
	TAILQ_INIT(&cn->unused);
	cn->bu = calloc(1, sizeof(*cn->bu));
	cn->auth = mhauth_new();
	return (cn->bu != NULL && cn->auth != NULL &&
	    htab_init(&cn->bindings, 256) && htab_init(&cn->by_tomb, 64) &&
	    htab_init(&cn->by_network, 64) && htab_init(&cn->by_own, 16));
}

static void *
cn_create(const struct engine_env *env, const struct conf *conf,
    struct now now)
{
	struct cn	*cn;

	if (conf->cn == NULL || (cn = calloc(1, sizeof(*cn))) == NULL)
		return (NULL);
	cn->env = env;
	cn->now = now;
	cn->key.k[0] = cn_random(cn);
	cn->key.k[1] = cn_random(cn);
	limiter_init(&cn->home_tests, cn->key.k, TEST_RATE_TOTAL, TEST_RATE);
	limiter_init(&cn->coa_tests, cn->key.k, TEST_RATE_TOTAL, TEST_RATE);
	limiter_init(&cn->signatures, cn->key.k, SIGNATURE_RATE_TOTAL,
	    SIGNATURE_RATE);
	limiter_init(&cn->refusals, cn->key.k, REFUSAL_RATE_TOTAL,
	    REFUSAL_RATE);
	wheel_init(&cn->wheel, now.mono);
	cn_nonce_init(cn);
	if (!allocate(cn) || !configure(cn, conf->cn)) {
		cn_destroy(cn);
		return (NULL);
	}
	return (cn);
}

static bool
cn_check(void *v, const struct conf *conf, char *text, size_t cap)
{
	(void)v;
	if (conf->cn != NULL)
		return (true);
	strncpy(text, "the correspondent can't be removed while it runs", cap);
	if (cap > 0)
		text[cap - 1] = '\0';
	return (false);
}

static void
cn_configure(void *v, const struct conf *conf, struct now now)
{
	struct cn	*cn = v;

	cn->now = now;
	if (!configure(cn, conf->cn))
		cn_note_log(cn, NOTE_ERROR, "out of memory while taking over "
		    "the configuration");
	cn_walk_begin(cn, WALK_CHECK);
}

/* RFC 6275 9.3.3: what peers say of us is counted, and changes nothing. */
static void
binding_error_in(struct cn *cn, const struct mh *m)
{
	COUNT(cn->env->counters, m->u.be.status == MH_BE_UNKNOWN_BINDING ?
	    CC_BE_UNKNOWN : m->u.be.status == MH_BE_UNKNOWN_TYPE ? CC_BE_TYPE :
	    CC_BE_OTHER);
}

static void
in_mh(struct cn *cn, const union msg *u)
{
	const struct msg_mh_in	*in = &u->u_MH_IN;
	struct mh		*m = &cn->bu->mh;
	enum mh_err		 err = mh_parse(m, in->mh.p, in->mh.len);

	if (err == MH_OK && (m->type == MH_HOTI || m->type == MH_COTI))
		cn_test_input(cn, in, m);
	else if (err == MH_OK && m->type == MH_BE)
		binding_error_in(cn, m);
	else if (err == MH_OK && m->type == MH_BU) {
		COUNT(cn->env->counters, CC_BU_IN);
		cn_bu_input(cn, in, cn->bu);
	} else
		cn_note_refusal(cn, err == MH_OK ? CC_NOT_FOR_US :
		    err == MH_E_OPT_ORDER ? CC_AUTH_MISPLACED : CC_MALFORMED,
		    0, (in->flags & PKT_HAO) != 0 ? &in->home : &in->src,
		    &in->src, NULL);
}

static void
in_other(struct cn *cn, const union msg *u)
{
	(void)u;
	COUNT(cn->env->counters, CC_OTHER);
}

/* That a port is closed is said by the node itself: it is there. */
static bool
is_unreachable(const struct msg_tunnel *m)
{
	return (m->event == TUNNEL_ERROR && m->icmp6_type == ICMP6_T_UNREACH &&
	    m->icmp6_code != ICMP6_C_UNREACH_PORT);
}

static void
in_tunnel(struct cn *cn, const union msg *u)
{
	const struct msg_tunnel	*m = &u->u_TUNNEL;
	struct entry		*e = cn_bc_find(cn, &m->home, &m->other);

	if (is_unreachable(m))
		COUNT(cn->env->counters, CC_TUNNEL_ERRORS);
	if (e == NULL)
		return;
	if (m->event == TUNNEL_FIRST_IN || m->event == TUNNEL_FIRST_OUT)
		cn_binding_used(cn, e, m->event == TUNNEL_FIRST_IN);
	else if (is_unreachable(m) && in6_eq(&m->peer, &e->coa))
		cn_binding_error(cn, e);
}

static void
in_address(struct cn *cn, const union msg *u)
{
	if (cn_own_gone(cn, &u->u_ADDRESS))
		cn_walk_begin(cn, WALK_CHECK);
}

static void
in_snapshot(struct cn *cn, const union msg *u)
{
	(void)u;
	cn_own_snapshot(cn, true);
}

static void
in_snapshot_end(struct cn *cn, const union msg *u)
{
	(void)u;
	if (cn_own_snapshot(cn, false))
		cn_walk_begin(cn, WALK_CHECK);
}

/* A binding of the process before this one, whose nonces have gone with it. */
static void
in_bound(struct cn *cn, const union msg *u)
{
	const struct msg_bind	*m = &u->u_BOUND;

	if (cn_bc_find(cn, &m->home, &m->other) != NULL)
		return;
	cn_route_want(cn, &m->home, &m->other, false);
	cn_pair_end(cn, &m->home, &m->other);
}

/* net has said what it had; if it began anew, it has to be told everything. */
static void
in_bound_end(struct cn *cn, const union msg *u)
{
	(void)u;
	cn_walk_begin(cn, WALK_RESYNC);
}

static void
in_result(struct cn *cn, const union msg *u)
{
	const struct msg_mh_in	*in;
	void			*memory;

	cn_route_answer(cn, &u->u_RESULT);
	in = cn_static_answer(cn, &u->u_RESULT, &memory);
	if (in != NULL && mh_parse(&cn->bu->mh, in->mh.p, in->mh.len) == MH_OK)
		cn_bu_input(cn, in, cn->bu);
	free(memory);
}

static void
in_state_load(struct cn *cn, const union msg *u)
{
	cn_static_load(cn, &u->u_STATE_LOAD);
}

static void (*const handlers[MSG_MAX])(struct cn *, const union msg *) = {
	[MSG_MH_IN] = in_mh,
	[MSG_ICMP6_IN] = in_other,
	[MSG_TUNNEL] = in_tunnel,
	[MSG_RESULT] = in_result,
	[MSG_STATE_LOAD] = in_state_load,
	[MSG_ADDRESS] = in_address,
	[MSG_SNAPSHOT] = in_snapshot,
	[MSG_SNAPSHOT_END] = in_snapshot_end,
	[MSG_BOUND] = in_bound,
	[MSG_BOUND_END] = in_bound_end,
};

static void
cn_input(void *v, enum role from, enum msg_type type, const union msg *m,
    struct now now)
{
	struct cn	*cn = v;

	(void)from;
	cn->now = now;
	if (type < MSG_MAX && handlers[type] != NULL)
		handlers[type](cn, m);
}

static bool
cn_next(const void *v, struct mono *at)
{
	const struct cn	*cn = v;

	return (wheel_next(&cn->wheel, at));
}

static void
fire(struct cn *cn, struct wheel_timer *t)
{
	switch (t->kind) {
	case TK_BINDING:
		cn_binding_expire(cn, (struct entry *)(void *)((char *)t -
		    offsetof(struct entry, timer)));
		break;
	case TK_NONCE:
		cn_nonce_expire(cn);
		break;
	case TK_TOMB:
		cn_tomb_expire(cn);
		break;
	case TK_WALK:
		cn_walk_step(cn);
		break;
	}
}

static void
cn_expire(void *v, struct now now)
{
	struct cn		*cn = v;
	struct wheel_timer	*t;

	cn->now = now;
	while ((t = wheel_expired(&cn->wheel, now.mono)) != NULL) {
		cn->ntimers[t->kind]--;
		fire(cn, t);
	}
}

/* Leave nothing behind: no route, no pair. */
static void
cn_stop(void *v, struct now now)
{
	struct cn	*cn = v;
	struct entry	*e;
	uint32_t	 i;

	cn->now = now;
	for (i = 0; i < cn->entries.used; i++)
		if ((e = pool_get(&cn->entries, i)) != NULL)
			cn_binding_end(cn, e, CC_CLEARED);
}

const struct engine_ops	cn_engine = {
	.role = ROLE_CN,
	.counter_defs = counter_defs,
	.create = cn_create,
	.check = cn_check,
	.configure = cn_configure,
	.input = cn_input,
	.next = cn_next,
	.expire = cn_expire,
	.query = cn_query,
	.stop = cn_stop,
	.destroy = cn_destroy,
};
