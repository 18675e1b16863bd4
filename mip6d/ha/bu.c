/*
 * Binding Updates: the checks of RFC 6275 9.5.1, 10.3.1 and 10.3.2 and those
 * of RFC 4285 are the rows of one table, in the order in which they are made.
 * The first that fails decides what is answered, if anything; what passes all
 * goes to binding.c.  There is one struct bu, the update under examination.
 * ha.c calls it for each Mobility Header that net gives to the home agent.
 */
#include <stdlib.h>
#include <string.h>

#include "core/access.h"
#include "ha/bu.h"
#include "wire/ip6.h"

/* RFC 6275 9.5.4: no acknowledgement could be sent. */
static struct verdict
source_unicast(struct ha *ha, struct bu *bu)
{
	(void)ha;
	if (in6_is_multicast(&bu->in->src) || in6_is_unspecified(&bu->in->src))
		return (VERDICT_DROP(SRC_NOT_UNICAST));
	return (VERDICT_PASS);
}

/* RFC 6275 9.5.1, first test */
static struct verdict
home_unicast(struct ha *ha, struct bu *bu)
{
	if (!in6_is_routable(&bu->home) ||
	    link_by_anycast(ha, &bu->home) != NULL)
		return (VERDICT_DROP(HOME_NOT_UNICAST));
	return (VERDICT_PASS);
}

/* RFC 6275 6.1.7 */
static struct verdict
coa_unicast(struct ha *ha, struct bu *bu)
{
	(void)ha;
	if (!in6_is_routable(&bu->coa))
		return (VERDICT_DROP(COA_NOT_UNICAST));
	return (VERDICT_PASS);
}

/* RFC 6275 9.5.1: with H set the option must not be there. */
static struct verdict
no_nonce_indices(struct ha *ha, struct bu *bu)
{
	(void)ha;
	if (mh_find(&bu->mh, MHOPT_NONCE) != NULL)
		return (VERDICT_DROP(NONCE_WITH_H));
	return (VERDICT_PASS);
}

/*
 * RFC 4877 4.3: ESP in transport mode does not protect the care-of address of
 * the IPv6 header, so one that is not at home says it in the option.
 */
static struct verdict
coa_protected(struct ha *ha, struct bu *bu)
{
	(void)ha;
	if ((bu->in->flags & PKT_PROTECTED) != 0 && !bu->at_home &&
	    mh_find(&bu->mh, MHOPT_ALTCOA) == NULL)
		return (VERDICT_DROP(COA_UNPROTECTED));
	return (VERDICT_PASS);
}

static struct verdict
over_limit(struct ha *ha, enum ha_counter reason)
{
	if (ha->conf.over_limit_silent) {
		COUNT(ha->env->counters, reason);
		return (VERDICT_DROP(OVER_LIMIT_DROP));
	}
	return ((struct verdict){ REFUSE, MH_ST_RESOURCES, reason });
}

/*
 * The limits come after authentication, so that nobody can use up what is
 * another's.
 */
static struct verdict
rate_total(struct ha *ha, struct bu *bu)
{
	(void)bu;
	if (!limit_take(&ha->tat, ha->now.mono, ha->conf.update_rate_total,
	    ha->conf.update_rate_total))
		return (over_limit(ha, HC_RATE_TOTAL));
	return (VERDICT_PASS);
}

static struct verdict
rate_node(struct ha *ha, struct bu *bu)
{
	int64_t	*tat = bu->node != NULL ? &bu->node->tat :
	    bu->bce != NULL ? &bu->bce->tat : NULL;

	if (tat != NULL &&
	    !limit_take(tat, ha->now.mono, ha->conf.update_rate,
	    ha->conf.update_rate))
		return (over_limit(ha, HC_RATE_NODE));
	return (VERDICT_PASS);
}

/*
 * RFC 6275 9.5.1: numbers are compared modulo 2^16.  RFC 4285 7 does not use
 * them against replays, but they still put Binding Updates in order.  Where
 * nothing else stops replays the last one is known after the entry has gone.
 */
static struct verdict
sequence(struct ha *ha, struct bu *bu)
{
	uint16_t	 last;

	if (bu->bce != NULL)
		last = bu->bce->seq;
	else if (!node_kept_sequence(ha, &bu->home, &last))
		last = (uint16_t)(bu->seq - 1);
	bu->numbered = (int16_t)(uint16_t)(bu->seq - last) > 0;
	if (bu->numbered)
		return (VERDICT_PASS);
	bu->reply.seq = last;
	return (VERDICT_REFUSE(SEQUENCE, SEQUENCE));
}

/* RFC 6275 9.5.1: a home registration can't become another kind of binding. */
static struct verdict
type_change(struct ha *ha, struct bu *bu)
{
	(void)ha;
	if (bu->bce != NULL && bu->bce->coa.state != BCE_DELETED)
		return (VERDICT_REFUSE(TYPE_CHANGE, TYPE_CHANGE));
	return (VERDICT_DROP(NO_H));
}

/* RFC 6275 10.3.1, first test */
static struct verdict
home_agent(struct ha *ha, struct bu *bu)
{
	(void)ha;
	if (bu->link == NULL)
		return (VERDICT_REFUSE(NO_HOME_REG, NOT_SUPPORTED));
	return (VERDICT_PASS);
}

/* RFC 6275 10.3.1, second test; what is left of the prefix must be usable */
static struct verdict
home_subnet(struct ha *ha, struct bu *bu)
{
	bu->prefix = link_prefix(bu->link, &bu->home);
	if (bu->prefix == NULL || link_valid_left(ha, bu->link, bu->prefix) <
	    MH_LIFETIME_UNIT)
		return (VERDICT_REFUSE(NOT_HOME_SUBNET, NOT_HOME_SUBNET));
	return (VERDICT_PASS);
}

/* RFC 6275 10.3.1, third test: reasons of our own */
static struct verdict
access_rules(struct ha *ha, struct bu *bu)
{
	if (self_is(ha, &bu->home) || !access_allowed(ha->conf.rules,
	    ha->conf.nrules, bu->identifier[0] == '\0' && bu->node != NULL ?
	    bu->node->identifier : bu->identifier, &bu->home, &bu->coa))
		return (VERDICT_REFUSE(PROHIBITED, NOT_ALLOWED));
	return (VERDICT_PASS);
}

/*
 * A care-of address that is ours, or that we ourselves would tunnel to
 * somewhere else, would make a loop.
 */
static struct verdict
coa_elsewhere(struct ha *ha, struct bu *bu)
{
	struct ha_link	*l;
	size_t		 i;

	if (self_is(ha, &bu->coa))
		return (VERDICT_REFUSE(BAD_CAREOF, BAD_COA));
	for (i = 0; i < ha->nlinks; i++) {
		l = ha->links[i];
		if (l->used && !l->physical && link_prefix(l, &bu->coa) != NULL)
			return (VERDICT_REFUSE(BAD_CAREOF, BAD_COA));
	}
	if (bc_find(ha, &bu->coa) != NULL)
		return (VERDICT_REFUSE(BAD_CAREOF, BAD_COA));
	return (VERDICT_PASS);
}

static struct verdict
link_works(struct ha *ha, struct bu *bu)
{
	if (!link_usable(ha, bu->link, bu->prefix))
		return (VERDICT_REFUSE(UNSPECIFIED, LINK_DOWN));
	return (VERDICT_PASS);
}

static struct verdict
room(struct ha *ha, struct bu *bu)
{
	if (bu->bce != NULL && bu->bce->coa.state != BCE_DELETED)
		return (VERDICT_PASS);
	if (ha->conf.max_bindings != 0 && ha->pool.live - ha->nlinger >=
	    ha->conf.max_bindings)
		return (over_limit(ha, HC_FULL));
	return (VERDICT_PASS);
}

/* RFC 6275 10.3.1, fourth test; to give up a binding it may be absent. */
static struct verdict
home_address_option(struct ha *ha, struct bu *bu)
{
	(void)ha;
	if (!bu->hao)
		return (VERDICT_DROP(NO_HAO));
	return (VERDICT_PASS);
}

/*
 * RFC 6275 10.3.2.  An entry that was marked invalid a moment ago still
 * answers a repeated request as it did the first one.
 */
static struct verdict
has_binding(struct ha *ha, struct bu *bu)
{
	if (bu->bce == NULL) {
		if (link_prefix(bu->link, &bu->home) != NULL)
			tunnel_leftover(ha, &bu->home,
			    bu->link->physical);
		return (VERDICT_REFUSE(NOT_HA, NOT_HOME_AGENT));
	}
	return (VERDICT_PASS);
}

/* Which Binding Updates a check is for. */
#define HOME	0x01		/* H bit set, lifetime not zero */
#define DELETE	0x02		/* H bit set, to be deleted */
#define OTHER	0x04		/* H bit clear */
#define BOTH	(HOME | DELETE)
#define ANY	(HOME | DELETE | OTHER)

static const struct {
	struct verdict	(*check)(struct ha *, struct bu *);
	unsigned int	 kinds;
	const char	*section;
} checks[] = {
	{ source_unicast,	ANY,	"RFC 6275 9.5.4" },
	{ home_unicast,		ANY,	"RFC 6275 9.5.1" },
	{ coa_unicast,		ANY,	"RFC 6275 6.1.7" },
	{ no_nonce_indices,	BOTH,	"RFC 6275 9.5.1" },
	{ auth_find,		BOTH,	"RFC 6275 5.1, RFC 4285 5.1.1" },
	{ auth_verify,		BOTH,	"RFC 4285 5.1.1" },
	{ auth_replay,		BOTH,	"RFC 4285 6" },
	{ auth_home,		BOTH,	"RFC 6275 5.1, 10.3.1" },
	{ coa_protected,	BOTH,	"RFC 4877 4.3" },
	{ rate_total,		ANY,	"RFC 6275 9.5.4, 15.4.5" },
	{ rate_node,		BOTH,	"RFC 6275 9.5.4, 11.8" },
	{ sequence,		BOTH,	"RFC 6275 9.5.1" },
	{ type_change,		OTHER,	"RFC 6275 9.5.1" },
	{ home_agent,		BOTH,	"RFC 6275 10.3.1" },
	{ home_subnet,		HOME,	"RFC 6275 10.3.1" },
	{ access_rules,		HOME,	"RFC 6275 10.3.1" },
	{ coa_elsewhere,	HOME,	"RFC 6275 10.3.1, 6.1.8" },
	{ link_works,		HOME,	"RFC 6275 10.3.1" },
	{ room,			HOME,	"RFC 6275 10.3.1" },
	{ home_address_option,	HOME,	"RFC 6275 10.3.1" },
	{ has_binding,		DELETE,	"RFC 6275 10.3.2" },
};

static struct verdict
run_checks(struct ha *ha, struct bu *bu)
{
	struct verdict	 v = VERDICT_PASS;
	unsigned int	 kind;
	size_t		 i;

	kind = (bu->flags & MH_BU_H) == 0 ? OTHER : bu->dereg ? DELETE : HOME;
	for (i = 0; i < sizeof(checks) / sizeof(checks[0]); i++) {
		if ((checks[i].kinds & kind) == 0)
			continue;
		v = checks[i].check(ha, bu);
		if (v.what != PASS)
			break;
	}
	return (v);
}

/*
 * RFC 6275 9.5.1 and 9.5.4: which addresses the binding is about and where
 * its acknowledgement goes.
 */
static void
take_addresses(struct ha *ha, struct bu *bu)
{
	const struct msg_mh_in	*in = bu->in;
	const struct mh_opt	*alt = mh_find(&bu->mh, MHOPT_ALTCOA);

	bu->hao = (in->flags & PKT_HAO) != 0;
	bu->home = bu->hao ? in->home : in->src;
	bu->at_home = in6_eq(&in->src, &bu->home);
	bu->coa = alt != NULL ? alt->u.altcoa : in->src;
	/* It is the protected message that tells that the node is at home. */
	if ((in->flags & PKT_PROTECTED) != 0 && alt != NULL &&
	    in6_eq(&bu->coa, &bu->home))
		bu->hao = false;
	bu->link = link_by_address(ha, &in->dst);
	bu->bce = bc_find(ha, &bu->home);
	bu->reply.src = in->dst;
	bu->reply.from = in->src;
	bu->reply.came_by = in->ifindex;
	bu->reply.hao = (in->flags & PKT_HAO) != 0;
	bu->reply.dst = bu->hao ? in->src : (in->flags & PKT_PROTECTED) != 0 ?
	    bu->home : in->src;
	/* What ESP protects is the option, not the address on the packet. */
	if ((in->flags & PKT_PROTECTED) != 0 && !bu->at_home && alt != NULL)
		bu->reply.dst = bu->coa;
	bu->reply.home = bu->home;
	bu->reply.coa = bu->coa;
	if (!bu->at_home)
		bu->reply.flags |= PKT_RH2;
	else if (bu->link != NULL && bu->link->ifindex == in->ifindex)
		bu->reply.ifindex = in->ifindex;
}

static void
take_fields(struct bu *bu)
{
	const struct mh_opt	*o = mh_find(&bu->mh, MHOPT_MESGID);

	bu->seq = bu->mh.u.bu.seq;
	bu->flags = bu->mh.u.bu.flags;
	bu->lifetime = bu->mh.u.bu.lifetime;
	bu->dereg = bu->lifetime == 0 || in6_eq(&bu->coa, &bu->home);
	bu->reply.seq = bu->seq;
	if (o != NULL) {
		bu->reply.has_mesgid = true;
		bu->reply.mesgid = o->u.timestamp;
	}
}

/* Refusals for which it takes no key ... */
static const enum ha_counter	 by_anybody[] = { HC_AUTH_FAIL,
    HC_TYPE_CHANGE, HC_RATE_NODE, HC_RATE_TOTAL };
/* ... and for which a message of a node will do that was once heard. */
static const enum ha_counter	 by_replay[] = { HC_ID_MISMATCH,
    HC_MESG_ID_REQD, HC_NOT_ITS_HOME };

static bool
is_among(enum ha_counter reason, const enum ha_counter *list, size_t n)
{
	size_t	 i;

	for (i = 0; i < n && list[i] != reason; i++)
		continue;
	return (i < n);
}

#define IS_AMONG(r, list)						\
	is_among(r, list, sizeof(list) / sizeof((list)[0]))

/* May it be answered, or would that be more than its kind is answered? */
static bool
may_answer(struct ha *ha, const struct bu *bu, enum ha_counter reason)
{
	if (IS_AMONG(reason, by_replay) && bu->node != NULL)
		return (limit_take(&bu->node->refusal_tat, ha->now.mono,
		    STRANGER_RATE, STRANGER_RATE));
	if (IS_AMONG(reason, by_anybody) || IS_AMONG(reason, by_replay) ||
	    bu->auth == NULL || bu->auth->type == AUTH_NONE)
		return (limiter_take(&ha->strangers, &bu->in->src,
		    ha->now.mono) == LIMIT_NOT);
	return (true);
}

/*
 * The timestamp of what is refused is used up all the same, also for the next
 * process, and so is its sequence number if it is valid, though refused for
 * another reason (RFC 6275 9.5.1).
 */
static void
keep_numbers(struct ha *ha, const struct bu *bu, bool valid)
{
	bool	 stamped = bu->node != NULL && bu->reply.has_mesgid &&
		    bu->node->timestamp == bu->reply.mesgid;

	if (valid)
		node_keep_sequence(ha, &bu->home, bu->seq);
	if (bu->bce == NULL)
		return;
	if (valid)
		bu->bce->seq = bu->seq;
	if (valid || stamped)
		tunnel_tell(ha, bu->bce);
}

static void
refused(struct ha *ha, struct bu *bu, struct verdict v)
{
	note_refusal(ha, v.reason, v.status, &bu->home, &bu->in->src,
	    ha_why_refused(ha, bu, &v));
	if (bu->bce != NULL)
		trace_add(ha, bu->bce, v.what == DROP ? TR_DROPPED :
		    TR_REFUSED, v.reason, v.status);
	keep_numbers(ha, bu, v.what == REFUSE && bu->numbered);
	if (v.what == DROP)
		return;
	if (!may_answer(ha, bu, v.reason)) {
		COUNT(ha->env->counters, HC_STRANGERS);
		return;
	}
	bu->reply.status = v.status;
	ba_send(ha, &bu->reply);
}

static void
drop(struct ha *ha, const struct msg_mh_in *in, enum ha_counter reason)
{
	note_refusal(ha, reason, 0, (in->flags & PKT_HAO) != 0 ? &in->home :
	    &in->src, &in->src, NULL);
}

static void
examine(struct ha *ha, struct bu *bu)
{
	struct verdict	 v;

	take_addresses(ha, bu);
	take_fields(bu);
	v = run_checks(ha, bu);
	if (v.what == LATER)
		hold_update(ha, bu->in);
	else if (v.what != PASS)
		refused(ha, bu, v);
	else if (bu->dereg)
		binding_deregister(ha, bu);
	else
		binding_register(ha, bu);
}

static enum mh_err
parse(struct bu *bu, const struct msg_mh_in *in)
{
	memset(bu, 0, offsetof(struct bu, mh));
	memset(&bu->home, 0, sizeof(*bu) - offsetof(struct bu, home));
	bu->in = in;
	return (mh_parse(&bu->mh, in->mh.p, in->mh.len));
}

/* Those that were held up: all is looked at again. */
void
bu_resume(struct ha *ha)
{
	struct waiting	*w, *next;

	for (w = hold_take(ha); w != NULL; w = next) {
		next = w->next;
		if (parse(ha->bu, &w->in) == MH_OK)
			examine(ha, ha->bu);
		free(w);
	}
}

/* A Mobility Header that net gave to the home agent. */
void
bu_input(struct ha *ha, const struct msg_mh_in *in)
{
	struct bu	*bu = ha->bu;
	enum mh_err	 err = parse(bu, in);

	if (err == MH_E_TYPE) {
		COUNT(ha->env->counters, HC_UNKNOWN_TYPE);
		be_send(ha, in);
		return;
	}
	if (err == MH_OK && bu->mh.type != MH_BU) {
		drop(ha, in, HC_NOT_BU);
		return;
	}
	COUNT(ha->env->counters, HC_BU_IN);
	if (err != MH_OK)
		drop(ha, in, err == MH_E_OPT_ORDER ? HC_AUTH_MISPLACED :
		    HC_MALFORMED);
	else
		examine(ha, bu);
}
