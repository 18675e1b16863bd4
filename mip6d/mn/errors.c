/*
 * What goes wrong on the way: Binding Errors (RFC 6275 11.3.6), ICMPv6 errors
 * (11.3.5), a tunnel that is dead.  Binding Refresh Requests come here as well
 * (11.7.4).  What an error is worth believing is decided here, as anybody may
 * forge one; what follows is in bul.c.
 */
#include <string.h>

#include "mn/parts.h"

#define ANEW_AFTER	MS(250)		/* more than a round trip */

/* Anybody can ask for a Binding Update with a forged message: one a second. */
static bool
damped(const struct peering *p, struct now now)
{
	const struct exchange	*x = &p->update;

	return (x->last_sent != NEVER && now.mono.ns - x->last_sent < SEC(1));
}

/*
 * Is this cause to be heeded now?  Anybody on the path can forge errors, and
 * some faults last though the home agent answers: after a second, then two, and
 * so on; it begins anew when all was well for as long as the last pause.
 */
static bool
heed(struct peering *p, enum ask_cause cause, struct now now)
{
	struct pace	*pace = &p->paces[cause];

	if (now.mono.ns < pace->next)
		return (false);
	if (now.mono.ns - pace->next >= pace->pause)
		pace->pause = 0;
	pace->next = now.mono.ns + hold_next(HOLD_ASKED, &pace->pause);
	return (true);
}

/*
 * A Binding Refresh Request of our home agent, or of a correspondent in the
 * list (RFC 6275 section 11.7.4).
 */
void
brr_input(struct mn *mn, const struct msg_mh_in *in, struct now now)
{
	struct home	*h;
	struct peering	*p;
	struct mh	 m;

	if (mh_parse(&m, in->mh.p, in->mh.len) != MH_OK) {
		MN_COUNT(mn, mh_malformed);
		return;
	}
	h = home_find(mn, in->flags & PKT_RH2 ? &in->home : &in->dst);
	if (h != NULL && peer_brr(h, &in->src, now)) {
		MN_COUNT(mn, brr_heeded);
		return;
	}
	p = h == NULL ? NULL : AGENT(h);
	if (p == NULL || !BINDING(p)->bound || !in6_eq(&in->src, &p->addr) ||
	    !in6_eq(&in->dst, &BINDING(p)->bound_coa) || damped(p, now)) {
		MN_COUNT(mn, brr_ignored);
		return;
	}
	MN_COUNT(mn, brr_heeded);
	bul_refresh(p, now);
}

/* A Binding Error; it names the home address itself. */
void
be_input(struct mn *mn, const struct msg_mh_in *in, struct now now)
{
	struct home	*h;
	struct mh	 m;

	if (mh_parse(&m, in->mh.p, in->mh.len) != MH_OK) {
		MN_COUNT(mn, mh_malformed);
		return;
	}
	h = home_find(mn, &m.u.be.home);
	if (h != NULL && peer_be(h, &in->src, m.u.be.status, now))
		return;
	if (h == NULL || !in6_eq(&in->src, &h->conf.agent) ||
	    (h->phase != PHASE_AWAY && h->phase != PHASE_RETURNING)) {
		MN_COUNT(mn, be_ignored);
		return;
	}
	if (m.u.be.status == MH_BE_UNKNOWN_BINDING) {
		MN_COUNT(mn, be_unknown_binding);
		if (damped(AGENT(h), now) || !heed(AGENT(h), ASK_ERROR, now))
			return;
		mn_event(h, now, "unknown-binding",
		    "says the home agent: registering again");
		bul_refresh(AGENT(h), now);
	} else if (m.u.be.status == MH_BE_UNKNOWN_TYPE &&
	    AGENT(h)->update.waiting) {
		MN_COUNT(mn, be_unknown_type);
		mn_event(h, now, "no-home-agent",
		    "it does not know Binding Updates");
	} else
		MN_COUNT(mn, be_ignored);
}

/* Does the error quote the Binding Update that is under way? */
static bool
quotes_update(const struct peering *p, const struct ip6_walk *w)
{
	const uint8_t		*mh = w->p + w->upper;
	const struct sent	*s;
	uint16_t		 seq;
	size_t			 i;

	if (w->proto != IP6_P_MH || w->nonfirst || w->upper + 8 > w->len ||
	    mh[MH_OFF_TYPE] != MH_BU || !p->update.waiting)
		return (false);
	seq = (uint16_t)(mh[6] << 8 | mh[7]);
	for (i = 0; (s = exchange_get(&p->update, i)) != NULL; i++)
		if (s->seq == seq)
			return (true);
	return (false);
}

/* The home address whose Binding Update is quoted, or NULL. */
static struct home *
quoted_home(struct mn *mn, const struct icmp6 *m)
{
	struct in6_addr	 src, dst, home;
	struct ip6_walk	 w;
	struct home	*h;

	if (ip6_walk(&w, m->u.err.quoted, m->u.err.len, IP6_W_QUOTED) != IP6_OK)
		return (NULL);
	src = ip6_src(m->u.err.quoted);
	dst = ip6_dst(m->u.err.quoted);
	home = w.hao != 0 ? ip6_hao_addr(&w) : src;
	for (h = mn->homes; h != NULL; h = h->next)
		if (in6_eq(&dst, &h->conf.agent) &&
		    in6_eq(&home, &h->conf.address) && (w.hao == 0 ||
		    in6_eq(&src, &BINDING(AGENT(h))->coa)) &&
		    quotes_update(AGENT(h), &w))
			return (h);
	return (NULL);
}

/*
 * An ICMPv6 error for a packet of ours.  Only one that quotes the outstanding
 * Binding Update counts; Parameter Problem code 1 means that the home agent is
 * none, or not at this moment as it may be beginning anew, and anybody on the
 * path can say so: it ends our attempts for a short time (RFC 6275 section
 * 11.3.5).
 */
void
icmp_error_input(struct mn *mn, const struct msg_icmp6_in *in, struct now now)
{
	struct icmp6	 m;
	struct home	*h;

	if (icmp6_parse(&m, in->icmp6.p, in->icmp6.len) != ICMP6_OK) {
		MN_COUNT(mn, icmp_ignored);
		return;
	}
	if (peer_error(mn, &m, now))
		return;
	if ((h = quoted_home(mn, &m)) == NULL) {
		MN_COUNT(mn, icmp_ignored);
		return;
	}
	mn_why_error(h, &in->src, m.type, m.code, now);
	if (m.type == ICMP6_T_PARAM) {
		MN_COUNT(mn, icmp_parameter);
		mn_event(h, now, "no-home-agent",
		    "Parameter Problem code %u, pointer %u", m.code,
		    m.u.err.param);
		if (m.code == ICMP6_C_PARAM_NEXT)
			bul_hold_error(AGENT(h), now);
		return;
	}
	if (m.type != ICMP6_T_UNREACH) {
		MN_COUNT(mn, icmp_other);
		return;
	}
	MN_COUNT(mn, icmp_unreachable);
	path_suspect(AGENT(h), now);
	if (AGENT(h)->update.tries == 1)
		mn_event(h, now, "unreachable",
		    "home agent, code %u; still trying", m.code);
}

/*
 * It is there, has no binding and says so (net/exit_point.c): no reason to wait
 * for the end of a hold, or for the answer to an update that it can't have got.
 */
static bool
begins_anew(const struct peering *p, const struct msg_tunnel *m, struct now now)
{
	const struct exchange	*x = &p->update;

	if (m->icmp6_type != ICMP6_T_UNREACH ||
	    m->icmp6_code != ICMP6_C_UNREACH_ADMIN ||
	    p->home->phase != PHASE_AWAY)
		return (false);
	if (x->hold_until != NEVER)
		return (x->held_by == HOLD_ERROR);
	return (x->waiting && now.mono.ns - x->last_sent >= ANEW_AFTER);
}

/* Tunnel packets of ours came to nothing: perhaps the home agent knows why. */
static void
tunnel_error(struct home *h, const struct msg_tunnel *m, struct now now)
{
	struct peering	*p = AGENT(h);
	enum ask_cause	 cause;

	if (m->icmp6_type == ICMP6_T_PARAM)
		cause = ASK_PARAMETER;
	else if (m->icmp6_type != ICMP6_T_UNREACH)
		return;
	else if (m->icmp6_code == ICMP6_C_UNREACH_ADMIN)
		cause = ASK_UNBOUND;
	else
		cause = m->icmp6_code == ICMP6_C_UNREACH_PORT ? ASK_PORT :
		    ASK_UNREACHABLE;
	if (begins_anew(p, m, now)) {
		bul_anew(p, now);
		return;
	}
	if (!heed(p, cause, now))
		return;
	path_suspect(p, now);
	mn_event(h, now, "tunnel-error", "ICMPv6 type %u code %u: "
	    "asking the home agent", m->icmp6_type, m->icmp6_code);
	bul_refresh(p, now);
}

/* First packets, errors for tunnelled packets, packets without a binding. */
void
tunnel_input(struct mn *mn, const struct msg_tunnel *m, struct now now)
{
	struct home	*h = home_find(mn, &m->home);

	if (h == NULL)
		return;
	if (!in6_is_unspecified(&m->other)) {
		peer_tunnel(h, m, now);
		return;
	}
	switch (m->event) {
	case TUNNEL_FIRST_IN:
		handover_mark(h, M_FIRST_IN, now);
		mn_why_tunnel(h, m, now);
		break;
	case TUNNEL_FIRST_OUT:
		handover_mark(h, M_FIRST_OUT, now);
		break;
	case TUNNEL_ERROR:
		MN_COUNT(mn, tunnel_errors);
		tunnel_error(h, m, now);
		break;
	case TUNNEL_SILENT:
	case TUNNEL_HEARD:
		mn_why_tunnel(h, m, now);
		break;
	case TUNNEL_NO_BINDING:
		h->bind_told = h->bind_told == TOLD_ON ? TOLD_UNKNOWN :
		    h->bind_told;
		traffic_update(h, now);
		break;
	default:
		break;
	}
}
