/*
 * Binding Acknowledgements (RFC 6275 11.7.3, RFC 4285); those of correspondents
 * go to answers.c.  Each other one must come from the home agent, be authentic,
 * and answer a Binding Update that is waited for; what a status of 128 or more
 * asks for is a row of a table.  Owns nothing: the state is in struct peering,
 * and bul.c goes on with what was acknowledged.  mn.c calls it for each message
 * of that type.
 */
#include <string.h>

#include "mn/parts.h"

enum act {
	ACT_RETRY,	/* with back-off */
	ACT_HOLD,	/* after a pause, or with another care-of address */
	ACT_NEVER,	/* this home address may not be used again */
	ACT_SEQUENCE,	/* go on from the home agent's sequence number */
	ACT_CLOCK,	/* go on from the home agent's clock */
	ACT_TIMESTAMP,	/* send timestamps */
	ACT_CARE_OF	/* try another care-of address */
};

/* Status codes >= 128: RFC 6275 section 6.1.8, RFC 4285 section 8. */
static const struct rule {
	uint8_t		 status;
	enum act	 act;
} rules[] = {
	{ MH_ST_UNSPECIFIED,	ACT_RETRY },
	{ MH_ST_PROHIBITED,	ACT_HOLD },
	{ MH_ST_RESOURCES,	ACT_RETRY },
	{ MH_ST_NO_HOME_REG,	ACT_HOLD },
	{ MH_ST_NOT_HOME_SUBNET, ACT_HOLD },
	{ MH_ST_NOT_HA,		ACT_HOLD },
	{ MH_ST_DAD_FAILED,	ACT_NEVER },
	{ MH_ST_SEQUENCE,	ACT_SEQUENCE },
	{ MH_ST_HOME_NONCE,	ACT_RETRY },
	{ MH_ST_CAREOF_NONCE,	ACT_RETRY },
	{ MH_ST_NONCES,		ACT_RETRY },
	{ MH_ST_TYPE_CHANGE,	ACT_HOLD },
	{ MH_ST_ID_MISMATCH,	ACT_CLOCK },
	{ MH_ST_MESG_ID_REQD,	ACT_TIMESTAMP },
	{ MH_ST_AUTH_FAIL,	ACT_HOLD },
	{ MH_ST_BAD_CAREOF,	ACT_CARE_OF },
};

static enum act
act_of(uint8_t status)
{
	size_t	 i;

	for (i = 0; i < sizeof(rules) / sizeof(rules[0]); i++)
		if (rules[i].status == status)
			return (rules[i].act);
	return (ACT_RETRY);
}

/*
 * Is it the home agent that speaks?  Counts the reason if not.  RFC 4285
 * section 5.1.1; or that IPsec protected it (RFC 6275 section 5.1).
 */
static bool
authentic(struct peering *p, const struct msg_mh_in *in, const struct mh *m)
{
	struct home		*h = p->home;
	const struct conf_auth	*auth = &h->conf.auth;
	const struct mh_opt	*o;

	if (auth->type == AUTH_NONE)
		return (true);
	if (auth->type == AUTH_IPSEC) {
		if (in->flags & PKT_PROTECTED)
			return (true);
		MN_COUNT(p->mn, ba_no_auth);
		return (false);
	}
	o = mh_find_auth(m, MHOPT_AUTH_MNHA);
	if (auth->type != AUTH_MN_HA || o == NULL)
		MN_COUNT(p->mn, ba_no_auth);
	else if (o->u.auth.spi != auth->spi)
		MN_COUNT(p->mn, ba_bad_spi);
	else if (mhauth_auth_verify(p->mn->auth, m, MHOPT_AUTH_MNHA, auth->key,
	    auth->keylen, &BINDING(p)->coa, &h->conf.address) != MHAUTH_OK)
		MN_COUNT(p->mn, ba_bad_auth);
	else
		return (true);
	return (false);
}

/*
 * Does the timestamp belong to this transmission?  With status 144 the high
 * half is the home agent's own (RFC 4285 section 6).
 */
static bool
right_timestamp(const struct sent *s, const struct mh *m)
{
	const struct mh_opt	*o = mh_find(m, MHOPT_MESGID);

	if (s->timestamp == 0)
		return (true);
	if (m->u.ba.status == MH_ST_ID_MISMATCH)
		return (o == NULL ||
		    (uint32_t)o->u.timestamp == (uint32_t)s->timestamp);
	return (o != NULL && o->u.timestamp == s->timestamp);
}

/*
 * The transmission that is acknowledged, by sequence number and timestamp;
 * with status 135 the number is the home agent's own.  NULL, and counted, if
 * there is none.
 */
static const struct sent *
answered(struct peering *p, const struct mh *m)
{
	const struct sent	*s;
	bool			 any = false;
	size_t			 i;

	for (i = 0; (s = exchange_get(&p->update, i)) != NULL; i++) {
		if (m->u.ba.status != MH_ST_SEQUENCE && s->seq != m->u.ba.seq)
			continue;
		any = true;
		if (right_timestamp(s, m))
			return (s);
	}
	if (any)
		MN_COUNT(p->mn, ba_bad_timestamp);
	else
		MN_COUNT(p->mn, ba_wrong_sequence);
	return (NULL);
}

static void
accepted(struct peering *p, const struct sent *s, const struct mh *m,
    struct now now)
{
	struct home		*h = p->home;
	const struct mh_opt	*o = mh_find(m, MHOPT_REFRESH);

	MN_COUNT(p->mn, ba_accepted);
	mn_why_accepted(h, now);
	if (m->u.ba.status == MH_ST_PREFIX_DISCOVERY)
		mn_event(h, now, "prefixes", "accepted, but the home agent "
		    "wants prefix discovery");
	p->keys.mobility = (m->u.ba.flags & MH_BA_K) != 0;
	bul_accepted(p, s, m->u.ba.lifetime, o == NULL ? 0 : o->u.refresh, now);
	home_event(h, EV_ACCEPTED, NULL, now);
}

/*
 * RFC 4285 section 6: the high half of the timestamp is its time of day.  Ours
 * is what our clock said then: the timestamp sent may have been later, to be
 * greater than those before.  Only if it is the home agent's clock that was
 * set back, by more than it tolerates, do those before no longer count.
 */
static void
adopt_clock(struct peering *p, const struct sent *s, const struct mh *m,
    struct now now)
{
	struct home		*h = p->home;
	const struct mh_opt	*o = mh_find(m, MHOPT_MESGID);
	int64_t			 theirs, ours, most;

	most = h->conf.auth.tolerance / 1000;
	MN_COUNT(p->mn, ba_clock);
	if (o == NULL || s->timestamp == 0) {
		bul_back_off(p, now);
		return;
	}
	theirs = (int64_t)(o->u.timestamp >> 32);
	ours = (int64_t)(mhauth_ntp_ns(s->wall) >> 32);
	p->clock.offset = SEC(theirs - ours);
	if (theirs < (int64_t)(p->clock.accepted >> 32) - most - 1)
		p->clock.accepted = 0;
	mn_event(h, now, "clock", "home agent's clock is %lld s ahead",
	    (long long)(p->clock.offset / NS_PER_SEC));
	bul_again(p, now);
}

static void
other_care_of(struct peering *p, struct now now)
{
	struct binding		*b = BINDING(p);
	struct iface		*ifc = iface_find(p->mn, b->ifindex), *other;
	struct addr		*a = ifc == NULL ? NULL :
				    addr_find(ifc, &b->coa);

	if (a != NULL)
		a->bad_until = now.mono.ns +
		    hold_next(HOLD_CAREOF, &a->bad_hold);
	if (careof_choose(p->home, &other, now) != NULL) {
		p->mn->dirty = true;
		return;
	}
	if (a != NULL)
		a->bad_until = NEVER;
	bul_hold(p, HOLD_CAREOF, now);
}

/* Status >= 128 (RFC 6275 section 11.7.3). */
static void
refused(struct peering *p, const struct sent *s, const struct mh *m,
    struct now now)
{
	struct home	*h = p->home;
	uint8_t		 status = m->u.ba.status;
	enum act	 act = act_of(status);

	MN_COUNT(p->mn, ba_refused);
	p->status = status;
	if (h->phase == PHASE_RETURNING && status == MH_ST_NOT_HA) {
		/* It has no binding: what we asked for (10.3.2). */
		home_event(h, EV_NO_BINDING, NULL, now);
		return;
	}
	mn_event(h, now, act == ACT_SEQUENCE ? "sequence" : "refused",
	    "status %u, %s", status, mh_status_name(status));
	if (act != ACT_SEQUENCE && act != ACT_CLOCK && act != ACT_TIMESTAMP)
		keys_refused(p);
	switch (act) {
	case ACT_RETRY:
		bul_back_off(p, now);
		break;
	case ACT_HOLD:
		home_event(h, EV_REFUSED, NULL, now);
		break;
	case ACT_NEVER:
		home_event(h, EV_DUPLICATE, NULL, now);
		return;
	case ACT_SEQUENCE:
		MN_COUNT(p->mn, ba_sequence);
		p->seq = m->u.ba.seq;
		bul_again(p, now);
		break;
	case ACT_CLOCK:
		adopt_clock(p, s, m, now);
		break;
	case ACT_TIMESTAMP:
		if (s->timestamp != 0) {
			bul_hold(p, HOLD_REFUSED, now);
			break;
		}
		p->clock.needed = true;
		bul_again(p, now);
		break;
	case ACT_CARE_OF:
		other_care_of(p, now);
		break;
	}
	traffic_update(h, now);
}

/* Was it sent to where the Binding Update came from? */
static bool
right_address(const struct peering *p, const struct msg_mh_in *in)
{
	const struct home	*h = p->home;

	if (in->flags & PKT_RH2)
		return (h->phase == PHASE_AWAY &&
		    in6_eq(&in->dst, &BINDING(p)->coa));
	return (h->phase == PHASE_RETURNING);
}

/* A Binding Acknowledgement, or what claims to be one. */
void
ba_input(struct mn *mn, const struct msg_mh_in *in, struct now now)
{
	const struct mh_opt	*o;
	const struct sent	*s;
	struct home		*h;
	struct peering		*p;
	struct peer		*peer;
	struct mh		 m;

	if (mh_parse(&m, in->mh.p, in->mh.len) != MH_OK) {
		MN_COUNT(mn, ba_malformed);
		return;
	}
	h = home_find(mn, in->flags & PKT_RH2 ? &in->home : &in->dst);
	if (h == NULL) {
		MN_COUNT(mn, ba_unknown_home);
		return;
	}
	p = AGENT(h);
	if (!in6_eq(&in->src, &p->addr)) {
		if ((peer = peer_find(h, &in->src)) != NULL)
			peer_ba(peer, in, &m, now);
		else
			MN_COUNT(mn, ba_not_agent);
		return;
	}
	if (!p->update.waiting) {
		MN_COUNT(mn, ba_not_waiting);
		return;
	}
	if (!right_address(p, in)) {
		MN_COUNT(mn, ba_wrong_care_of);
		return;
	}
	if (!authentic(p, in, &m)) {
		o = mh_find_auth(&m, MHOPT_AUTH_MNHA);
		mn_why_not_authentic(h, m.u.ba.status, o == NULL ? 0 :
		    o->u.auth.spi, now);
		return;
	}
	if ((s = answered(p, &m)) == NULL)
		return;
	bul_answered(p, now);
	mn_why_answered(h);
	if (m.u.ba.status < 128)
		accepted(p, s, &m, now);
	else
		refused(p, s, &m, now);
}
