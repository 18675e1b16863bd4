/*
 * Movement detection (RFC 6275 11.5.1): links that come and go, Router
 * Advertisements heard and missed, routers that do not answer, simple DNA (RFC
 * 6059).  The state is that of interfaces and routers (ifaces.c, router.c),
 * which tell it what happened, as nd.c does.  Where that leads is decided
 * later, by mn_decide().
 */
#include <string.h>

#include "mn/parts.h"

#define INTERVAL_SLACK	MS(20)		/* scheduling of both ends, 7.5 */
#define PROBE_MIN	MS(50)
#define DNA_ROUTERS	6		/* RFC 6059 section 5.5.3 */
#define PREFIX_MISSES	3		/* RFC 6059 section 5.10 */
#define RETRY_FIRST	SEC(1)		/* a router that was lost */
#define RETRY_MAX	SEC(32)

/* RFC 4861 section 6.3.7, without the random delay (RFC 6059 section 5.5.1) */
static void
solicit(struct iface *ifc, struct now now)
{
	nd_send_rs(ifc);
	ifc->last_rs = now.mono.ns;
	if (ifc->marks.rs == NEVER)
		ifc->marks.rs = now.mono.ns;
	if (++ifc->solicited < MAX_RTR_SOLICITATIONS)
		wheel_set(&ifc->mn->wheel, &ifc->rs,
		    mono_add(now.mono, RTR_SOLICITATION_INTERVAL));
}

/* Solicit at once, but no more than once a second (RFC 6059 section 5.11). */
static void
solicit_soon(struct iface *ifc, struct now now)
{
	ifc->solicited = 0;
	if (ifc->last_rs == NEVER ||
	    now.mono.ns - ifc->last_rs >= DNA_DAMPING)
		solicit(ifc, now);
	else
		wheel_set(&ifc->mn->wheel, &ifc->rs,
		    (struct mono){ ifc->last_rs + DNA_DAMPING });
}

/*
 * Addresses that no RA ever covered (static ones, some of DHCPv6's) can't be
 * confirmed by their prefix: by a router met before, or for want of any.  But
 * a router that is there confirms none that was made of an advertisement that
 * we did not hear: its own would cover that, so it is from another link.
 */
static void
confirm_uncovered(struct iface *ifc, bool router, struct now now)
{
	struct addr	*a;

	TAILQ_FOREACH(a, &ifc->addrs, entry) {
		if (evidence_of_link(&a->evidence, ifc->attachment) ||
		    a->evidence.covered != NEVER ||
		    (router && addr_is_slaac(a)))
			continue;
		a->evidence.of_link = (struct sight){ now.mono.ns,
		    ifc->attachment };
		if (addr_assigned(a, now))
			a->usable_at = now.mono.ns;
		ifc->mn->dirty = true;
	}
}

/* No answer to a Router Solicitation yet: again. */
void
movement_rs_timer(struct iface *ifc, struct now now)
{
	if (!iface_running(ifc) || !ifc->listed)
		return;
	if (ifc->solicited > 0)
		confirm_uncovered(ifc, false, now);
	solicit(ifc, now);
}

static int64_t
probe_interval(const struct router *r)
{
	if (r->interval == 0 || r->interval > PROBE_INTERVAL)
		return (PROBE_INTERVAL);
	return (r->interval < PROBE_MIN ? PROBE_MIN : r->interval);
}

/*
 * Is it still there?  RFC 6275 section 11.5.1: a unicast NS.  It has to wait
 * for a link-local address that may be its source.  The time for an answer
 * begins when net has sent it, which on a busy host is not at once.
 */
static void
router_probe(struct router *r, struct now now)
{
	bool	 sent = iface_link_local(r->ifc) != NULL;
	int64_t	 wait = sent ? PROBE_UNSENT : probe_interval(r);

	evidence_router_asked(&r->seen, now.mono.ns, sent);
	if (sent) {
		/* 0 is none. */
		if (++r->ifc->mn->probe == 0)
			r->ifc->mn->probe = 1;
		r->probe = r->ifc->mn->probe;
		nd_send_probe(r, r->probe);
	}
	wheel_set(&r->ifc->mn->wheel, &r->quiet, mono_add(now.mono, wait));
}

/* net has sent a probe; nobody waits for one if its router has answered. */
void
movement_probe_sent(struct iface *ifc, uint32_t id, struct now now)
{
	struct router	*r;

	TAILQ_FOREACH(r, &ifc->routers, entry)
		if (r->probe == id && evidence_router_state(&r->seen) ==
		    ROUTER_PROBING)
			break;
	if (r == NULL)
		return;
	r->probe = 0;
	wheel_set(&ifc->mn->wheel, &r->quiet,
	    mono_add(now.mono, probe_interval(r)));
}

/* Is it still there?  Unless it is being asked, or has just been heard. */
static void
suspect(struct router *r, struct now now)
{
	if (router_here(r) && evidence_router_state(&r->seen) == ROUTER_OK &&
	    (r->seen.heard.at == NEVER ||
	    now.mono.ns - r->seen.heard.at >= probe_interval(r)))
		router_probe(r, now);
}

/* RFC 6059 section 5.5.2: routers of addresses that could be right again. */
static void
dna_probe(struct iface *ifc)
{
	struct router	*r;
	struct addr	*a;
	size_t		 n = 0;

	TAILQ_FOREACH(r, &ifc->routers, entry) {
		if (r->lladdrlen == 0)
			continue;
		TAILQ_FOREACH(a, &ifc->addrs, entry)
			if (router_covers(r, &a->addr))
				break;
		if (a == NULL)
			continue;
		nd_send_probe(r, 0);
		if (++n == DNA_ROUTERS)
			return;
	}
}

/*
 * What an interface that may not be used leads to is of no interest; there may
 * be a thousand bridges beside the one that the configuration lists.
 */
static bool
faces_others(const struct iface *ifc)
{
	return (ifc->listed && (ifc->flags & (LINK_LOOPBACK | LINK_TUN)) == 0);
}

/* The link is there: what network is it? */
void
movement_link_up(struct iface *ifc, struct now now)
{
	ifc->marks.up = now.mono.ns;
	ifc->marks.rs = NEVER;
	if (!faces_others(ifc))
		return;
	solicit_soon(ifc, now);
	if (ifc->solicited > 0)
		dna_probe(ifc);
}

/*
 * The link is gone.  What is heard from now on belongs to the next one, even
 * if the news of that comes later than its first packets.
 */
void
movement_link_down(struct iface *ifc, struct now now)
{
	struct router	*r;

	ifc->attachment++;
	ifc->marks.down = now.mono.ns;
	ifc->marks.ra = NEVER;
	wheel_clear(&ifc->mn->wheel, &ifc->rs);
	TAILQ_FOREACH(r, &ifc->routers, entry)
		wheel_clear(&ifc->mn->wheel, &r->quiet);
}

/*
 * The kernel speaks of a link that was up anyway: it may have been moved, as
 * when a wireless interface goes to another access point.  The router is asked
 * whether it is still there (11.5.1), and at the same time who is.
 */
void
movement_hint(struct iface *ifc, struct now now)
{
	struct router	*r;

	if (!faces_others(ifc))
		return;
	if (ifc->last_rs != NEVER && now.mono.ns - ifc->last_rs < DNA_DAMPING)
		return;
	solicit_soon(ifc, now);
	TAILQ_FOREACH(r, &ifc->routers, entry)
		if (r->nprefixes > 0)
			suspect(r, now);
}

/* Something that went by this router of ifc had no answer: is it there? */
void
movement_suspect(struct iface *ifc, const struct in6_addr *router,
    struct now now)
{
	struct router	*r = router_find(ifc, router);

	if (r != NULL && faces_others(ifc))
		suspect(r, now);
}

/* Is there a default router, none that is being asked whether it is there? */
static bool
has_way_out(const struct iface *ifc, struct now now)
{
	const struct router	*r;

	TAILQ_FOREACH(r, &ifc->routers, entry)
		if (evidence_router_state(&r->seen) == ROUTER_OK &&
		    router_is_default(r, now))
			return (true);
	return (false);
}

/*
 * Nothing of this router any more; its addresses go with it, and if there is
 * another one so does the kernel's default route.  That is a movement, and
 * somebody on the new link may have our link-local address.  Without a default
 * router all that were lost are asked whether they are back.
 */
void
movement_router_lost(struct router *r, struct now now)
{
	struct iface	*ifc = r->ifc;
	struct router	*o;
	bool		 heard = false, other = false;

	evidence_router_gave_up(&r->seen, now.mono.ns);
	wheel_clear(&ifc->mn->wheel, &r->quiet);
	ifc->mn->dirty = true;
	MN_COUNT(ifc->mn, routers_lost);
	TAILQ_FOREACH(o, &ifc->routers, entry) {
		heard |= router_here(o) &&
		    evidence_router_state(&o->seen) == ROUTER_OK;
		other |= router_is_default(o, now);
	}
	if (other)
		form_forget_routes(ifc);
	if (heard)
		nd_send_dad(ifc, now);
	if (has_way_out(ifc, now))
		return;
	TAILQ_FOREACH(o, &ifc->routers, entry)
		if (router_here(o) && !router_usable(o) &&
		    !wheel_is_set(&o->quiet)) {
			o->retry = RETRY_FIRST;
			wheel_set(&ifc->mn->wheel, &o->quiet,
			    mono_add(now.mono, o->retry));
		}
	solicit_soon(ifc, now);
}

/*
 * No default router is there, and nobody has answered our solicitations yet:
 * the link may be broken for some time, or the router be starting.  When there
 * is one no other is asked, until that is lost, too.
 */
static void
ask_lost(struct router *r, struct now now)
{
	if (has_way_out(r->ifc, now))
		return;
	nd_send_probe(r, 0);
	r->retry = r->retry * 2 > RETRY_MAX ? RETRY_MAX : r->retry * 2;
	wheel_set(&r->ifc->mn->wheel, &r->quiet,
	    mono_add(now.mono, r->retry));
}

/* An advertisement is overdue, a probe was not answered, a lifetime is over. */
void
movement_quiet_timer(struct router *r, struct now now)
{
	if (!router_usable(r))
		ask_lost(r, now);
	else if (evidence_router_ended(&r->seen, now.mono.ns) ||
	    r->seen.questions >= PROBES)
		movement_router_lost(r, now);
	else
		router_probe(r, now);
}

static void
router_alive(struct router *r, struct now now)
{
	struct wheel	*w = &r->ifc->mn->wheel;
	struct mono	 when = { INT64_MAX };

	evidence_router_heard(&r->seen, r->ifc->attachment, now.mono.ns);
	wheel_clear(w, &r->quiet);
	if (r->interval > 0)
		when = mono_add(now.mono,
		    r->interval + r->interval / 2 + INTERVAL_SLACK);
	if (r->seen.default_until != NEVER && r->seen.default_until < when.ns)
		when.ns = r->seen.default_until;
	if (when.ns != INT64_MAX)
		wheel_set(w, &r->quiet, when);
}

static void
confirm(struct iface *ifc, const struct router *r, struct now now)
{
	struct addr	*a;

	TAILQ_FOREACH(a, &ifc->addrs, entry) {
		if (!router_covers(r, &a->addr))
			continue;
		if (!evidence_of_link(&a->evidence, ifc->attachment) &&
		    addr_assigned(a, now))
			a->usable_at = now.mono.ns;
		a->evidence = (struct addr_evidence){ { now.mono.ns,
		    ifc->attachment }, now.mono.ns };
	}
	ifc->mn->dirty = true;
}

static void
prefix_learn(struct router *r, const struct nd_opt *o, struct now now)
{
	struct prefix	*p;

	p = prefix_get(r, &o->u.prefix.prefix, o->u.prefix.len, now);
	if (p == NULL)
		return;
	p->onlink = (o->u.prefix.flags & ICMP6_PI_L) != 0;
	p->autoconf = (o->u.prefix.flags & ICMP6_PI_A) != 0;
	p->missing = 0;
	p->until = o->u.prefix.valid == ICMP6_INFINITY ? INT64_MAX :
	    now.mono.ns + SEC(o->u.prefix.valid);
	if (r->ifc->mn->form_addresses && p->autoconf && p->len == 64 &&
	    o->u.prefix.valid > 0 && now.mono.ns >= p->form_at &&
	    form_address(r->ifc, &p->addr, o->u.prefix.preferred,
	    o->u.prefix.valid, now))
		p->form_at = now.mono.ns + SEC(o->u.prefix.valid) / 2;
}

static bool
is_prefix(const struct nd_opt *o)
{
	return (o->type == ND_PREFIX && o->u.prefix.len <= 128 &&
	    (o->u.prefix.flags & (ICMP6_PI_L | ICMP6_PI_A)) != 0 &&
	    !in6_is_linklocal(&o->u.prefix.prefix) &&
	    !in6_is_multicast(&o->u.prefix.prefix));
}

/*
 * The prefixes of an advertisement.  One that has none in common with those
 * before comes from another router with the same link-local address, hence
 * from another link (RFC 6275 section 11.5.1).
 */
static void
prefixes_learn(struct router *r, const struct icmp6 *ra, struct now now)
{
	struct prefix	*p;
	size_t		 i, common = 0, all = 0;

	for (i = 0; i < r->nprefixes; i++)
		if (r->prefixes[i].missing < UINT8_MAX)
			r->prefixes[i].missing++;
	for (i = 0; i < ra->nopts; i++)
		if (is_prefix(&ra->opt[i])) {
			all++;
			if ((p = prefix_find(r,
			    &ra->opt[i].u.prefix.prefix,
			    ra->opt[i].u.prefix.len)) != NULL) {
				p->missing = 0;
				common++;
			}
		}
	for (i = r->nprefixes; i-- > 0; )
		if (all == 0)
			r->prefixes[i].missing--;
		else if (common == 0 || r->prefixes[i].missing >= PREFIX_MISSES)
			r->prefixes[i] = r->prefixes[--r->nprefixes];
	for (i = 0; i < ra->nopts; i++)
		if (is_prefix(&ra->opt[i]))
			prefix_learn(r, &ra->opt[i], now);
}

/* Does what it advertises, maybe heard by the kernel alone, make addresses? */
static bool
gave_addresses(const struct router *r)
{
	const struct addr	*a;

	if (r->nprefixes > 0)
		return (true);
	TAILQ_FOREACH(a, &r->ifc->addrs, entry)
		if (r->in_kernel && a->evidence.covered == NEVER &&
		    addr_is_slaac(a))
			return (true);
	return (false);
}

/*
 * A router is heard.  That need not be a movement while one with other prefixes
 * answers (RFC 6275 section 11.5.1): such a one is asked, if r is new, or if
 * it has been silent for long.  So is one that only the kernel has heard.
 */
static void
suspect_others(struct router *r, bool is_new, struct now now)
{
	struct router	*o;
	size_t		 k;

	TAILQ_FOREACH(o, &r->ifc->routers, entry) {
		if (o == r || !router_here(o) ||
		    evidence_router_state(&o->seen) != ROUTER_OK ||
		    !gave_addresses(o))
			continue;
		if (!is_new && o->seen.heard.at != NEVER &&
		    now.mono.ns - o->seen.heard.at < ROUTER_SILENCE)
			continue;
		for (k = 0; k < r->nprefixes; k++)
			if (router_covers(o, &r->prefixes[k].addr))
				break;
		if (k == r->nprefixes)
			router_probe(o, now);
	}
}

/* A valid Router Advertisement from src. */
void
movement_ra(struct iface *ifc, const struct in6_addr *src,
    const struct icmp6 *ra, struct now now)
{
	const struct nd_opt	*o;
	struct router		*r;
	bool			 news, was;

	MN_COUNT(ifc->mn, ra_heard);
	if (ifc->marks.ra == NEVER)
		ifc->marks.ra = now.mono.ns;
	wheel_clear(&ifc->mn->wheel, &ifc->rs);
	ifc->solicited = MAX_RTR_SOLICITATIONS;
	if ((r = router_get(ifc, src, now)) == NULL)
		return;
	news = !router_usable(r) || r->nprefixes == 0;
	if (r->seen.heard.at != NEVER)
		confirm_uncovered(ifc, true, now);
	was = router_is_default(r, now);
	r->seen.default_until = ra->u.ra.lifetime == 0 ? NEVER :
	    now.mono.ns + SEC(ra->u.ra.lifetime);
	r->home_agent = (ra->u.ra.flags & ICMP6_RA_H) != 0;
	if ((o = icmp6_find(ra, ND_SLLA)) != NULL &&
	    o->datalen <= sizeof(r->lladdr)) {
		r->lladdrlen = (uint8_t)o->datalen;
		memcpy(r->lladdr, o->data, r->lladdrlen);
	}
	o = icmp6_find(ra, ND_ADVINT);
	r->interval = o == NULL ? 0 : MS(o->u.advint);
	prefixes_learn(r, ra, now);
	router_alive(r, now);
	confirm(ifc, r, now);
	if (router_is_default(r, now))
		form_forget_routes(ifc);
	if (r->nprefixes > 0)
		suspect_others(r, news, now);
	if (was && !router_is_default(r, now))
		movement_router_lost(r, now);
}

/*
 * A router that was lost answers, so it is others that may be gone now; its
 * default route in the kernel comes back with its next advertisement.
 */
static void
back_again(struct router *r, struct now now)
{
	form_forget_routes(r->ifc);
	suspect_others(r, true, now);
	if (!r->in_kernel)
		solicit_soon(r->ifc, now);
}

/*
 * A valid Neighbor Advertisement: the router that we asked is there.  For
 * simple DNA its link-layer address must be the one known (RFC 6059 5.7.1).
 */
void
movement_na(struct iface *ifc, const struct icmp6 *na, struct now now)
{
	const struct nd_opt	*o = icmp6_find(na, ND_TLLA);
	struct router		*r = router_find(ifc, &na->u.nd.target);
	bool			 same, lost;

	if (r == NULL || (na->u.nd.flags & ICMP6_NA_S) == 0) {
		MN_COUNT(ifc->mn, nd_ignored);
		return;
	}
	same = o != NULL && o->datalen == r->lladdrlen &&
	    memcmp(o->data, r->lladdr, r->lladdrlen) == 0;
	if (o != NULL && !same)
		return;
	if (evidence_router_ended(&r->seen, now.mono.ns)) {
		/* Only an advertisement makes it a default router again. */
		if (router_here(r) && !router_usable(r))
			solicit_soon(ifc, now);
	} else if (!router_here(r) && same) {
		router_alive(r, now);
		confirm(ifc, r, now);
		form_forget_routes(ifc);
	} else if (router_here(r) &&
	    evidence_router_state(&r->seen) != ROUTER_OK) {
		lost = !router_usable(r);
		router_alive(r, now);
		ifc->mn->dirty = true;
		if (lost)
			back_again(r, now);
	}
}
