/*
 * The home agent as its shell sees it (struct engine_ops in core/engine.h):
 * its creation and end, configuration, messages in, and timers, each passed on
 * to the file that it concerns.  Owns struct ha with all that the other files
 * keep, and the timer wheel.  RFC 6275 10.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "ha/agents.h"
#include "ha/bu.h"
#include "ha/ha.h"
#include "ha/step.h"
#include "wire/ip6.h"
#include "wire/mhauth.h"

static const struct counter_def counter_defs[] = {
#define X(id, name, help)	{ name, help },
	HA_COUNTERS(X)
#undef X
	{ NULL, NULL }
};

static void
copy_scalars(struct conf_ha *to, const struct conf_ha *c)
{
	*to = *c;
	to->links = NULL;
	to->nodes = NULL;
	to->rules = NULL;
	to->nlinks = to->nnodes = to->nrules = 0;
}

static void
warn_insecure(struct ha *ha, const struct conf_ha *c)
{
	size_t	 i, n = 0;

	if (c->default_auth.type == AUTH_NONE)
		note_log(ha, NOTE_WARN, "INSECURE: authentication none: "
		    "anybody may register any home address that no node is "
		    "listed for");
	for (i = 0; i < c->nnodes; i++)
		n += c->nodes[i].auth.type == AUTH_NONE;
	if (n > 0)
		note_log(ha, NOTE_WARN, "INSECURE: authentication none: "
		    "anybody may register the home addresses of %zu listed "
		    "nodes", n);
}

static bool
configure(struct ha *ha, const struct conf *conf)
{
	const struct conf_ha	*c = conf->ha;
	struct conf_rule	*rules;

	rules = calloc(c->nrules + 1, sizeof(*rules));
	if (rules == NULL)
		return (false);
	if (c->nrules > 0)
		memcpy(rules, c->rules, c->nrules * sizeof(*rules));
	free(ha->conf.rules);
	copy_scalars(&ha->conf, c);
	ha->conf.rules = rules;
	ha->conf.nrules = c->nrules;
	ha->default_auth = c->default_auth;
	ha->key_mobility = conf->ike != NULL && conf->ike->key_mobility;
	warn_insecure(ha, c);
	return (node_configure(ha, c) && link_configure(ha, c));
}

static void
ha_destroy(void *v)
{
	struct ha	*ha = v;

	bc_free_all(ha);
	hold_free(ha);
	proxy_free_all(ha);
	node_free_all(ha);
	agents_free_all(ha);
	link_free_all(ha);
	history_free(ha);
	self_free_all(ha);
	mhauth_free(ha->auth);
	free(ha->conf.rules);
	free(ha->bu);
	free(ha);
}

static bool
allocate(struct ha *ha)
{
	pool_init(&ha->pool, sizeof(struct bce));
	ha->bu = calloc(1, sizeof(*ha->bu));
	ha->auth = mhauth_new();
	return (ha->bu != NULL && ha->auth != NULL &&
	    htab_init(&ha->bindings, 1024) && htab_init(&ha->nodes, 64) &&
	    htab_init(&ha->homes, 64) && htab_init(&ha->proxies, 64) &&
	    htab_init(&ha->groups, 64) && history_init(ha) && self_init(ha));
}

static void *
ha_create(const struct engine_env *env, const struct conf *conf,
    struct now now)
{
	struct ha	*ha;

	if (conf->ha == NULL || (ha = calloc(1, sizeof(*ha))) == NULL)
		return (NULL);
	ha->env = env;
	ha->now = now;
	ha->key.k[0] = ha_random(ha);
	ha->key.k[1] = ha_random(ha);
	/* Late answers to the process before this one fit no request. */
	ha->gen = (uint8_t)ha_random(ha);
	limiter_init(&ha->strangers, ha->key.k, STRANGER_RATE_TOTAL,
	    STRANGER_RATE);
	limiter_init(&ha->dhaad, ha->key.k, DHAAD_RATE_TOTAL, DHAAD_RATE);
	wheel_init(&ha->wheel, now.mono);
	clock_init(ha);
	agents_init(ha);
	if (!allocate(ha) || !configure(ha, conf)) {
		ha_destroy(ha);
		return (NULL);
	}
	return (ha);
}

static bool
ha_check(void *v, const struct conf *conf, char *text, size_t cap)
{
	(void)v;
	if (conf->ha != NULL)
		return (true);
	strncpy(text, "the home agent can't be removed while it runs", cap);
	if (cap > 0)
		text[cap - 1] = '\0';
	return (false);
}

static void
ha_configure(void *v, const struct conf *conf, struct now now)
{
	struct ha	*ha = v;

	ha->now = now;
	if (!configure(ha, conf))
		note_log(ha, NOTE_ERROR, "out of memory while taking over the "
		    "configuration");
	bc_walk(ha, WALK_CHECK);
}

static void
in_mh(struct ha *ha, const union msg *m)
{
	bu_input(ha, &m->u_MH_IN);
}

/* Neighbour Discovery on home links, and requests; all else is not for us. */
static void
in_icmp6(struct ha *ha, const union msg *m)
{
	const struct msg_icmp6_in	*in = &m->u_ICMP6_IN;
	struct ha_link			*l = link_by_ifindex(ha, in->ifindex);
	struct icmp6			*p = &ha->icmp6;
	struct bce			*taken = NULL;

	if (in->icmp6.len > 0 && in->icmp6.p[0] == ICMP6_T_DHAAD_REQ) {
		dhaad_request(ha, in);
		return;
	}
	if (l == NULL || in->icmp6.len == 0 || in->icmp6.p[0] < ICMP6_T_RS ||
	    in->icmp6.p[0] > ICMP6_T_NA)
		return;
	if (icmp6_parse(p, in->icmp6.p, in->icmp6.len) != ICMP6_OK ||
	    icmp6_valid(p, &in->src, &in->dst, in->hlim) != ICMP6_OK) {
		COUNT(ha->env->counters, HC_ND_BAD);
		return;
	}
	if (p->type == ICMP6_T_RS)
		ra_solicited(ha, l);
	else if (p->type == ICMP6_T_RA)
		agents_heard(ha, l, &in->src, p);
	else if (p->type == ICMP6_T_NS)
		taken = proxy_ns(ha, l, in, p);
	else
		taken = proxy_na(ha, l, in, p);
	if (taken != NULL)
		binding_step(ha, taken, STEP_DAD, EADDRINUSE);
}

static void
in_tunnel(struct ha *ha, const union msg *m)
{
	const struct in6_addr	*home = &m->u_TUNNEL.home;
	struct ha_link		*l;
	size_t			 i;

	ha_why_tunnel(ha, &m->u_TUNNEL);
	if (m->u_TUNNEL.event == TUNNEL_ERROR)
		COUNT(ha->env->counters, HC_TUNNEL_ERRORS);
	if (m->u_TUNNEL.event != TUNNEL_NO_BINDING ||
	    bc_find(ha, home) != NULL)
		return;
	/* On a physical link only a host route leads there. */
	for (i = 0; i < ha->nlinks; i++) {
		l = ha->links[i];
		if (l->used && l->physical && link_prefix(l, home) != NULL)
			tunnel_leftover(ha, home, true);
	}
}

static void
in_link(struct ha *ha, const union msg *m)
{
	link_input(ha, &m->u_LINK);
}

static void
in_address(struct ha *ha, const union msg *m)
{
	self_address(ha, &m->u_ADDRESS);
	link_address(ha, &m->u_ADDRESS);
}

static void
in_snapshot(struct ha *ha, const union msg *m)
{
	(void)m;
	self_snapshot(ha, true);
	link_snapshot(ha, true);
}

static void
in_snapshot_end(struct ha *ha, const union msg *m)
{
	(void)m;
	self_snapshot(ha, false);
	link_snapshot(ha, false);
}

static void
in_result(struct ha *ha, const union msg *m)
{
	if (clock_is_result(&m->u_RESULT)) {
		if (clock_saved(ha, &m->u_RESULT))
			bu_resume(ha);
	} else if (!link_result(ha, &m->u_RESULT))
		binding_result(ha, &m->u_RESULT);
}

static void
in_bound(struct ha *ha, const union msg *m)
{
	restore_bound(ha, &m->u_BOUND);
}

/* net has said what it had; if it began anew, it has to be told everything. */
static void
in_bound_end(struct ha *ha, const union msg *m)
{
	(void)m;
	restore_end(ha);
}

/* Somebody removed routes of bindings: the parent knows none of them. */
static void
in_routes_lost(struct ha *ha, const union msg *m)
{
	(void)m;
	COUNT(ha->env->counters, HC_ROUTES_LOST);
	/* Of bindings that are still to come back, too. */
	ha->reroute = !ha->begun;
	anycast_again(ha, true);
	bc_walk(ha, WALK_ROUTES);
}

/* What an earlier life has saved, of all nodes (::) or of a home address. */
static void
in_state_load(struct ha *ha, const union msg *m)
{
	const struct msg_state	*l = &m->u_STATE_LOAD;
	struct saved		 s;

	if (!saved_parse(&s, &l->data) ||
	    (s.kind == SAVED_TIME) != in6_is_unspecified(&l->home))
		return;
	if (s.kind == SAVED_TIME)
		clock_load(ha, &s.time, l->exact);
	else if (s.kind == SAVED_SEQUENCE)
		node_restore_sequence(ha, &l->home, s.seq);
	else
		clock_load_ahead(ha, &l->home, s.ahead);
}

static void (*const handlers[MSG_MAX])(struct ha *, const union msg *) = {
	[MSG_MH_IN] = in_mh,
	[MSG_ICMP6_IN] = in_icmp6,
	[MSG_TUNNEL] = in_tunnel,
	[MSG_LINK] = in_link,
	[MSG_ADDRESS] = in_address,
	[MSG_SNAPSHOT] = in_snapshot,
	[MSG_SNAPSHOT_END] = in_snapshot_end,
	[MSG_RESULT] = in_result,
	[MSG_BOUND] = in_bound,
	[MSG_BOUND_END] = in_bound_end,
	[MSG_ROUTES_LOST] = in_routes_lost,
	[MSG_STATE_LOAD] = in_state_load,
};

static void
ha_input(void *v, enum role from, enum msg_type type, const union msg *m,
    struct now now)
{
	struct ha	*ha = v;

	(void)from;
	ha->now = now;
	if (type < MSG_MAX && handlers[type] != NULL)
		handlers[type](ha, m);
}

static bool
ha_next(const void *v, struct mono *at)
{
	const struct ha	*ha = v;

	return (wheel_next(&ha->wheel, at));
}

#define OWNER(type, member, t) \
	((type *)(void *)((char *)(t) - offsetof(type, member)))

static void
fire(struct ha *ha, struct wheel_timer *t)
{
	struct bce	*b;

	switch (t->kind) {
	case TK_BINDING:
		binding_expire(ha, OWNER(struct bce, timer, t));
		break;
	case TK_PROXY:
		b = proxy_expire(ha, OWNER(struct proxy, timer, t));
		if (b != NULL)
			binding_step(ha, b, STEP_DAD, 0);
		break;
	case TK_RA:
		ra_expire(ha, OWNER(struct ha_link, ra_timer, t));
		break;
	case TK_RA_SOLICITED:
		ra_expire(ha, OWNER(struct ha_link, rs_timer, t));
		break;
	case TK_AGENT:
		agents_expire(ha, OWNER(struct agent, timer, t));
		break;
	case TK_NODE:
		node_expire(ha, OWNER(struct node, timer, t));
		break;
	case TK_WALK:
		walk_step(ha);
		break;
	case TK_CLOCK:
		clock_expire(ha);
		break;
	case TK_HOLD:
		clock_unanswered(ha);
		bu_resume(ha);
		break;
	}
}

static void
ha_expire(void *v, struct now now)
{
	struct ha		*ha = v;
	struct wheel_timer	*t;

	ha->now = now;
	while ((t = wheel_expired(&ha->wheel, now.mono)) != NULL) {
		ha->ntimers[t->kind]--;
		fire(ha, t);
	}
}

/* Leave nothing behind: no route, no tunnel, no advertised router. */
static void
ha_stop(void *v, struct now now)
{
	struct ha	*ha = v;
	struct bce	*b;
	uint32_t	 i;

	ha->now = now;
	for (i = 0; i < ha->pool.used; i++)
		if ((b = pool_get(&ha->pool, i)) != NULL)
			binding_withdraw(ha, b);
	link_routes(ha, false);
	for (i = 0; i < ha->nlinks; i++) {
		ra_stop(ha, ha->links[i]);
		ha->links[i]->dhaad = false;
		anycast_set(ha, ha->links[i]);
	}
	clock_stop(ha);
}

const struct engine_ops	 ha_engine = {
	.role = ROLE_HA,
	.counter_defs = counter_defs,
	.create = ha_create,
	.check = ha_check,
	.configure = ha_configure,
	.input = ha_input,
	.next = ha_next,
	.expire = ha_expire,
	.query = ha_query,
	.stop = ha_stop,
	.destroy = ha_destroy,
};
