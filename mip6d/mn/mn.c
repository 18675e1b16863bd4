/*
 * The mobile node as its shell sees it (struct engine_ops in core/engine.h):
 * its creation and end, configuration, messages in, and timers, each passed on
 * to the file that it concerns.  After each of them mn_decide() looks anew
 * where every home address is.  Owns struct mn and the home addresses.  RFC
 * 6275 11.
 */
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/verb.h"
#include "mn/mn.h"
#include "mn/parts.h"

#define ROUNDS	4	/* of decisions that change what others rest on */

static const struct counter_def counter_defs[] = {
#define X(n, h)	{ #n, h },
	MN_COUNTERS(X)
#undef X
	{ NULL, NULL }
};

/* Something has changed: where is each home address, which way out? */
static void
mn_decide(struct mn *mn, struct now now)
{
	struct home	*h;
	int		 i;

	if (!mn->synced || mn->snapshot || mn->asking)
		return;
	for (i = 0; i < ROUNDS && mn->dirty; i++) {
		mn->dirty = false;
		for (h = mn->homes; h != NULL; h = h->next)
			if (!in6_is_unspecified(&h->conf.agent))
				home_update(h, now);
		form_way_out(mn, now);
		stale_decide(mn, now);
		mn->why_due = true;
	}
	if (mn->why_due && !mn->snapshot) {
		mn->why_due = false;
		mn_why(mn, now);
	}
	if (mn->peers.due)
		peers_decide(mn, now);
	if (mn->tell_again) {
		mn->tell_again = false;
		tell_again(mn);
		pair_again(mn);
		tell_end(mn);
	}
}

static void
home_free(struct home *h)
{
	wheel_clear(&h->mn->wheel, &h->na);
	wheel_clear(&h->mn->wheel, &h->again);
	peering_end(AGENT(h));
	free(h->cga.params);
	htab_remove(&h->mn->home_tab, &h->link);
	free(h);
}

static struct home *
home_new(struct mn *mn, const struct conf_home *ch)
{
	struct home	*h, **end;

	if ((h = calloc(1, sizeof(*h))) == NULL)
		return (NULL);
	h->mn = mn;
	h->conf = *ch;
	h->cga.since = h->cga.pause_until = NEVER;
	if (!peering_init(AGENT(h), h, &ch->agent)) {
		free(h);
		return (NULL);
	}
	home_init(h);
	htab_insert(&mn->home_tab, &h->link, hash_bytes(&mn->key,
	    &ch->address, sizeof(ch->address)));
	keys_init(AGENT(h), ch->ipsec);
	for (end = &mn->homes; *end != NULL; end = &(*end)->next)
		;
	*end = h;
	return (h);
}

static bool
same_home(const struct conf_home *a, const struct conf_home *b)
{
	return (in6_eq(&a->address, &b->address) &&
	    in6_eq(&a->agent, &b->agent) &&
	    in6_eq(&a->prefix.addr, &b->prefix.addr) &&
	    a->prefix.len == b->prefix.len);
}

static void
warn_home(struct mn *mn, const struct conf_home *ch, struct now now)
{
	char	 buf[INET6_ADDRSTRLEN];

	if (ch->auth.type == AUTH_NONE)
		mn_log(mn, now, MN_WARN, "%s: registrations are not "
		    "authenticated, this is insecure",
		    mn_ntop(&ch->address, buf));
	if (in6_is_unspecified(&ch->agent))
		mn_log(mn, now, MN_ERROR, "%s: its home agent has no address",
		    mn_ntop(&ch->address, buf));
}

/* The home addresses of conf; those that stay keep their bindings. */
static bool
take_homes(struct mn *mn, const struct conf_mn *conf, struct now now)
{
	struct home	*h, **p;
	size_t		 i;

	for (h = mn->homes; h != NULL; h = h->next)
		h->seen = false;
	for (i = 0; i < conf->nhomes; i++)
		for (h = mn->homes; h != NULL; h = h->next)
			if (same_home(&h->conf, &conf->homes[i])) {
				h->conf = conf->homes[i];
				keys_init(AGENT(h), conf->homes[i].ipsec);
				home_event(h, EV_ALLOWED, NULL, now);
				h->seen = true;
			}
	for (p = &mn->homes; (h = *p) != NULL; )
		if (h->seen)
			p = &h->next;
		else {
			home_event(h, EV_END, NULL, now);
			mn_why_forget(h, now);
			*p = h->next;
			home_free(h);
		}
	for (i = 0; i < conf->nhomes; i++) {
		warn_home(mn, &conf->homes[i], now);
		if (home_find(mn, &conf->homes[i].address) != NULL)
			continue;
		if ((h = home_new(mn, &conf->homes[i])) == NULL)
			return (false);
		h->seen = true;
	}
	return (true);
}


/* Homes by number, for pages of answers; none if there is no memory. */
static void
order_homes(struct mn *mn)
{
	struct home	*h;
	size_t		 n = 0;

	for (h = mn->homes; h != NULL; h = h->next)
		n++;
	free(mn->order);
	mn->norder = 0;
	if ((mn->order = calloc(n + 1, sizeof(*mn->order))) == NULL)
		return;
	for (h = mn->homes; h != NULL; h = h->next)
		mn->order[mn->norder++] = h;
}

/* The rows of the exchanges; what they were begun with goes on until then. */
static void
take_timeouts(struct mn *mn, const struct conf_mn *c)
{
	mn->exchanges[EXCHANGE_FIRST] = (struct exchange_row){
	    MS(c->initial_timeout), MS(c->max_timeout), RATE_UPDATE };
	mn->exchanges[EXCHANGE_UPDATE] = (struct exchange_row){
	    MS(c->bindack_timeout), MS(c->max_timeout), RATE_UPDATE };
	mn->exchanges[EXCHANGE_HOTI] = (struct exchange_row){
	    MS(c->bindack_timeout), MS(c->max_timeout), RATE_HOTI };
	mn->exchanges[EXCHANGE_COTI] = (struct exchange_row){
	    MS(c->bindack_timeout), MS(c->max_timeout), RATE_COTI };
	mn->exchanges[EXCHANGE_PEER] = mn->exchanges[EXCHANGE_UPDATE];
}

/* The static keys of correspondents; false: no memory. */
static bool
take_keys(struct mn *mn, const struct conf_ro *c, struct now now)
{
	struct statickeys	 keys;

	if (!statickeys_make(&keys, &mn->keys, c == NULL ? NULL : c->keys,
	    c == NULL ? 0 : c->nkeys, mn->auth))
		return (false);
	peers_rekey(mn, &keys, now);
	static_replace(mn, &keys, now);
	return (true);
}

/* Whose routes may be optimized; false: no memory. */
static bool
take_optimisation(struct mn *mn, const struct conf_ro *c, struct now now)
{
	struct conf_ro_rule	*rules = NULL;

	if (c != NULL && c->nrules > 0) {
		if ((rules = calloc(c->nrules, sizeof(*rules))) == NULL)
			return (false);
		memcpy(rules, c->rules, c->nrules * sizeof(*rules));
	}
	free(mn->ro.rules);
	memset(&mn->ro, 0, sizeof(mn->ro));
	mn->ro_on = c != NULL;
	if (c != NULL)
		mn->ro = *c;
	mn->ro.rules = rules;
	mn->ro.keys = NULL;
	return (take_keys(mn, c, now));
}

static bool
take(struct mn *mn, const struct conf *conf, struct now now)
{
	const struct conf_mn	*c = conf->mn;
	struct conf_interface	*list;
	bool			 ok;

	list = calloc(c->ninterfaces + 1, sizeof(*list));
	if (list == NULL)
		return (false);
	if (c->ninterfaces > 0)
		memcpy(list, c->interfaces, c->ninterfaces * sizeof(*list));
	mn_why_list(mn, list, c->ninterfaces, now);
	free(mn->listed);
	mn->listed = list;
	mn->nlisted = c->ninterfaces;
	ifaces_list(mn, now);
	mn->optimistic = c->optimistic;
	mn->form_addresses = c->form_addresses;
	mn->key_mobility = conf->ike != NULL && conf->ike->key_mobility;
	take_timeouts(mn, c);
	mn->dirty = true;
	ok = take_optimisation(mn, c->ro, now);
	ok = take_homes(mn, c, now) && ok;
	peers_configure(mn, now);
	dests_sweep(&mn->dests);
	order_homes(mn);
	return (ok);
}

static void
mn_destroy(void *priv)
{
	struct mn	*mn = priv;
	struct home	*h;
	struct peer	*p;

	while ((p = TAILQ_FIRST(&mn->peers.all)) != NULL)
		peer_free(p);
	peers_free(&mn->peers);
	statickeys_free(&mn->keys);
	free(mn->ro.rules);
	while ((h = mn->homes) != NULL) {
		mn->homes = h->next;
		home_free(h);
	}
	ifaces_free(mn);
	htab_free(&mn->home_tab);
	mhauth_free(mn->auth);
	free(mn->listed);
	dests_free(&mn->dests);
	free(mn->order);
	free(mn);
}

static void *
mn_create(const struct engine_env *env, const struct conf *conf,
    struct now now)
{
	struct mn	*mn;

	if ((mn = calloc(1, sizeof(*mn))) == NULL)
		return (NULL);
	mn->env = env;
	mn->why.kind = T_WHY;
	wheel_init(&mn->wheel, now.mono);
	mn->key.k[0] = env->random(env->ctx);
	mn->key.k[1] = env->random(env->ctx);
	mn->auth = mhauth_new();
	TAILQ_INIT(&mn->peers.all);
	if (!ifaces_init(mn) || !htab_init(&mn->home_tab, 16) ||
	    !dests_init(&mn->dests) || !peers_init(&mn->peers) ||
	    mn->auth == NULL ||
	    !take(mn, conf, now)) {
		mn_destroy(mn);
		return (NULL);
	}
	return (mn);
}

static bool
mn_check(void *priv, const struct conf *conf, char *text, size_t len)
{
	size_t	 i;

	(void)priv;
	if (conf->mn == NULL) {
		snprintf(text, len, "no mobile node is configured");
		return (false);
	}
	for (i = 0; i < conf->mn->nhomes; i++)
		if (in6_is_unspecified(&conf->mn->homes[i].agent)) {
			snprintf(text, len,
			    "a home agent of the mobile node has no address");
			return (false);
		}
	return (true);
}

static void
mn_configure(void *priv, const struct conf *conf, struct now now)
{
	struct mn	*mn = priv;

	if (!take(mn, conf, now))
		mn_log(mn, now, MN_ERROR, "out of memory, part of the new "
		    "configuration is not in use");
	mn_decide(mn, now);
}

static void
mh_input(struct mn *mn, const struct msg_mh_in *in, struct now now)
{
	static const struct {
		uint8_t	 type;
		void	 (*input)(struct mn *, const struct msg_mh_in *,
			    struct now);
	} table[] = {
		{ MH_BRR, brr_input }, { MH_BA, ba_input }, { MH_BE, be_input },
		{ MH_HOT, hot_input }, { MH_COT, cot_input },
	};
	size_t	 i;

	if (in->mh.len <= MH_OFF_TYPE) {
		MN_COUNT(mn, mh_malformed);
		return;
	}
	for (i = 0; i < sizeof(table) / sizeof(table[0]); i++)
		if (table[i].type == in->mh.p[MH_OFF_TYPE]) {
			table[i].input(mn, in, now);
			return;
		}
	MN_COUNT(mn, mh_unexpected);
}

static void
icmp6_input(struct mn *mn, const struct msg_icmp6_in *in, struct now now)
{
	if (in->icmp6.len > 0 && in->icmp6.p[0] < ICMP6_T_ECHO)
		icmp_error_input(mn, in, now);
	else
		ndin_input(mn, in, now);
}

/* What a Binding Update waited for is there; p NULL: none did. */
static void
go_on(struct peering *p, struct now now)
{
	if (p == NULL || !bul_under_way(p))
		return;
	bul_send(p, now);
	/* optimistic-handover: traffic follows it */
	traffic_update(p->home, now);
}

static void
result(struct mn *mn, const struct msg_result *m, struct now now)
{
	struct statickey	*k;

	if (static_result(mn, m, &k, now)) {
		if (k != NULL)
			peers_numbers(mn, k, now);
		return;
	}
	go_on(path_result(mn, m, now), now);
	keys_result(mn, m, now);
	/* What is to go may be gone already. */
	if (m->error == 0 || (m->id & 1) == 0)
		return;
	MN_COUNT(mn, failures);
	mn_log(mn, now, MN_WARN, "request %u: error %u", m->id, m->error);
}

static void
mn_input(void *priv, enum role from, enum msg_type type, const union msg *m,
    struct now now)
{
	struct mn	*mn = priv;
	struct iface	*ifc;
	struct home	*h;

	switch (type) {
	case MSG_LINK:
		ifaces_link(mn, &m->u_LINK, now);
		break;
	case MSG_ADDRESS:
		ifaces_address(mn, &m->u_ADDRESS, now);
		break;
	case MSG_ROUTER:
		ifaces_router(mn, &m->u_ROUTER, now);
		break;
	case MSG_SNAPSHOT:
		ifaces_snapshot(mn, true, now);
		break;
	case MSG_SNAPSHOT_END:
		ifaces_snapshot(mn, false, now);
		break;
	case MSG_RESULT:
		result(mn, &m->u_RESULT, now);
		break;
	case MSG_KEY_STATE:
		go_on(keys_state(mn, &m->u_KEY_STATE, now), now);
		break;
	case MSG_STATE_LOAD:
		if (!static_load(mn, &m->u_STATE_LOAD) &&
		    (h = home_find(mn, &m->u_STATE_LOAD.home)) != NULL)
			save_load(AGENT(h), &m->u_STATE_LOAD.data, now);
		break;
	case MSG_MH_IN:
		mh_input(mn, &m->u_MH_IN, now);
		break;
	case MSG_ICMP6_IN:
		icmp6_input(mn, &m->u_ICMP6_IN, now);
		break;
	case MSG_ICMP6_SENT:
		if ((ifc = iface_find(mn, m->u_ICMP6_SENT.ifindex)) != NULL)
			movement_probe_sent(ifc, m->u_ICMP6_SENT.id, now);
		break;
	case MSG_TUNNEL:
		tunnel_input(mn, &m->u_TUNNEL, now);
		break;
	case MSG_CGA_PARAMS:
		cga_params_input(mn, &m->u_CGA_PARAMS, now);
		break;
	case MSG_CGA_SIGNED:
		cga_signed_input(mn, &m->u_CGA_SIGNED, now);
		break;
	case MSG_CGA_DECRYPTED:
		cga_decrypted_input(mn, &m->u_CGA_DECRYPTED, now);
		break;
	case MSG_RESYNC:
		if (from == ROLE_NET)
			resume_begin(mn);
		break;
	case MSG_WOKE:
		ifaces_woke(mn, now);
		bul_woke(mn);
		break;
	case MSG_BOUND:
		resume_input(mn, &m->u_BOUND);
		if (!in6_is_unspecified(&m->u_BOUND.other) &&
		    (h = home_find(mn, &m->u_BOUND.home)) != NULL)
			peer_resume(h, &m->u_BOUND, now);
		break;
	case MSG_BOUND_END:
		resume_end(mn);
		break;
	default:
		break;
	}
	mn_decide(mn, now);
}

static bool
mn_next(const void *priv, struct mono *when)
{
	const struct mn	*mn = priv;

	return (wheel_next(&mn->wheel, when));
}

/* The home address, router or interface that a timer is part of. */
#define OWNER(t, type, member) \
	((type *)(void *)((char *)(t) - offsetof(type, member)))

static void
fired(struct wheel_timer *t, struct now now)
{
	switch ((enum timer_kind)t->kind) {
	case T_RETRANS:
		home_timer(OWNER(t, struct peering, update.retrans)->home,
		    t->kind, now);
		break;
	case T_RATE:
		home_timer(OWNER(t, struct peering, update.rate)->home,
		    t->kind, now);
		break;
	case T_REFRESH:
		home_timer(OWNER(t, struct binding, refresh)->peering->home,
		    t->kind, now);
		break;
	case T_EXPIRE:
		home_timer(OWNER(t, struct binding, expire)->peering->home,
		    t->kind, now);
		break;
	case T_NA:
		home_timer(OWNER(t, struct home, na), t->kind, now);
		break;
	case T_HOME:
		home_timer(OWNER(t, struct home, again), t->kind, now);
		break;
	case T_RS:
		movement_rs_timer(OWNER(t, struct iface, rs), now);
		break;
	case T_QUIET:
		movement_quiet_timer(OWNER(t, struct router, quiet), now);
		break;
	case T_HOTI:
	case T_HOTI_RATE:
		peer_timer(t->kind == T_HOTI ?
		    OWNER(t, struct peer, home_test.x.retrans) :
		    OWNER(t, struct peer, home_test.x.rate), t->kind, now);
		break;
	case T_COTI:
	case T_COTI_RATE:
		careof_timer(t->kind == T_COTI ?
		    OWNER(t, struct careof, test.x.retrans) :
		    OWNER(t, struct careof, test.x.rate), t->kind, now);
		break;
	case T_PEER:
		peer_timer(OWNER(t, struct peer, update.retrans), t->kind, now);
		break;
	case T_PEER_RATE:
		peer_timer(OWNER(t, struct peer, update.rate), t->kind, now);
		break;
	case T_LOOK:
		peer_timer(OWNER(t, struct peer, binding.refresh), t->kind,
		    now);
		break;
	case T_PEER_END:
		peer_timer(OWNER(t, struct peer, binding.expire), t->kind, now);
		break;
	case T_CGA:
		cga_timer(OWNER(t, struct peer, ero.timer), now);
		break;
	case T_TURN:
		peers_turn(OWNER(t, struct mn, peers.turn), now);
		break;
	case T_WHY:
		OWNER(t, struct mn, why)->why_due = true;
		break;
	}
}

static void
mn_expire(void *priv, struct now now)
{
	struct mn		*mn = priv;
	struct wheel_timer	*t;

	while ((t = wheel_expired(&mn->wheel, now.mono)) != NULL)
		fired(t, now);
	mn_decide(mn, now);
}

static uint64_t
mn_query(void *priv, const struct msg_query *q, struct report *r,
    struct now now)
{
	uint64_t	 cursor = query_answer(priv, q, r, now);

	if (q->verb == VERB_MOVE)
		mn_decide(priv, now);
	return (cursor);
}

static void
mn_stop(void *priv, struct now now)
{
	struct mn	*mn = priv;
	struct home	*h;

	for (h = mn->homes; h != NULL; h = h->next)
		home_event(h, EV_END, NULL, now);
	forget_formed(mn);
	stale_end(mn, now);
}

const struct engine_ops mn_engine = {
	.role = ROLE_MN,
	.counter_defs = counter_defs,
	.create = mn_create,
	.check = mn_check,
	.configure = mn_configure,
	.input = mn_input,
	.next = mn_next,
	.expire = mn_expire,
	.query = mn_query,
	.stop = mn_stop,
	.destroy = mn_destroy,
};
