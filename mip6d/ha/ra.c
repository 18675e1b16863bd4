/*
 * Router Advertisements on a physical home link: RFC 4861 6.2.4 to 6.2.6 with
 * RFC 6275 7.1 to 7.5.  Two timers of each link drive it, one for the next
 * unsolicited advertisement and one for an answer to solicitations.  link.c
 * starts and stops it, ha.c passes solicitations on.
 */
#include <string.h>

#include "core/access.h"
#include "ha/int.h"
#include "wire/icmp6.h"
#include "wire/ip6.h"

#define MAX_INITIAL_RTR_ADVERT_INTERVAL	16000	/* ms */
#define MAX_INITIAL_RTR_ADVERTISEMENTS	3
#define MAX_FINAL_RTR_ADVERTISEMENTS	3
#define MAX_RA_DELAY_TIME		500
#define INTERVAL_MARGIN			20	/* RFC 6275 7.5 */

static int64_t
random_ms(struct ha *ha, uint32_t min, uint32_t max)
{
	uint64_t	 span = MS(max < min ? 0 : max - min);

	return (MS(min) + (int64_t)(ha_random(ha) % (span + 1)));
}

/* RFC 4861 6.2.1, RFC 4862 5.5.3: no longer on the link, for no addresses. */
static void
add_retired(struct icmp6 *m, struct ha *ha, struct ha_link *l)
{
	const struct conf_prefix	*p;
	struct nd_opt			*o;
	struct retired			*at = NULL;

	retire_prune(ha, l);
	while ((p = retire_next(l, &at)) != NULL) {
		if ((o = icmp6_add(m, ND_PREFIX)) == NULL)
			return;
		o->u.prefix.len = p->len;
		o->u.prefix.flags = ICMP6_PI_L | ICMP6_PI_A;
		o->u.prefix.prefix = p->addr;
	}
}

static void
add_prefixes(struct icmp6 *m, struct ha *ha, const struct ha_link *l)
{
	struct nd_opt	*o;
	size_t		 i;

	for (i = 0; i < l->nprefixes; i++) {
		if ((o = icmp6_add(m, ND_PREFIX)) == NULL)
			return;
		o->u.prefix.len = l->prefixes[i].p.len;
		o->u.prefix.flags = ICMP6_PI_L | ICMP6_PI_A;
		o->u.prefix.prefix = l->prefixes[i].p.addr;
		o->u.prefix.valid = link_valid_left(ha, l, &l->prefixes[i]);
		o->u.prefix.preferred = link_preferred_left(ha, l,
		    &l->prefixes[i]);
		/* RFC 6275 7.2: the router's own address, complete */
		if (link_has_address(l) &&
		    prefix_match(&l->prefixes[i].p, &l->address)) {
			o->u.prefix.flags |= ICMP6_PI_R;
			o->u.prefix.prefix = l->address;
		}
	}
}

/*
 * RFC 6275 7.4: not sent if it says nothing but the defaults, nor with a
 * lifetime of zero.
 */
static void
add_home_agent(struct icmp6 *m, const struct ha_link *l)
{
	uint32_t	 lifetime = l->ha_lifetime;
	struct nd_opt	*o;

	if (lifetime == 0)
		lifetime = m->u.ra.lifetime;
	if (!l->ra.home_agent_info || lifetime == 0 ||
	    (l->preference == 0 && lifetime == m->u.ra.lifetime) ||
	    (o = icmp6_add(m, ND_HAINFO)) == NULL)
		return;
	o->u.hainfo.preference = (uint16_t)(int16_t)l->preference;
	o->u.hainfo.lifetime = lifetime > UINT16_MAX ? UINT16_MAX :
	    (uint16_t)lifetime;
}

static void
add_interval(struct icmp6 *m, const struct ha_link *l)
{
	uint32_t	 ms = l->ra.max_interval;
	struct nd_opt	*o;

	if (!l->ra.send_interval || (o = icmp6_add(m, ND_ADVINT)) == NULL)
		return;
	o->u.advint = ms < 200 ? ms + INTERVAL_MARGIN : ms;
}

/* RFC 4861 6.2.5: one that does not forward is nobody's default router. */
static uint16_t
router_lifetime(const struct ha *ha, const struct ha_link *l)
{
	uint32_t	 s = l->ra.router_lifetime / 1000;

	if (link_closed(ha, l))
		return (0);
	/* RFC 6275 7.5: short intervals must not make it zero. */
	if (s == 0 && l->ra.router_lifetime != 0)
		s = 1;
	return (s > 9000 ? 9000 : (uint16_t)s);
}

/*
 * One advertisement to all nodes; last: with a router lifetime of zero.  Who
 * could not serve a mobile node does not say that he is a home agent (RFC 6275
 * 7.1, 7.4).
 */
static void
advertise(struct ha *ha, struct ha_link *l, bool last)
{
	struct icmp6	*m = &ha->icmp6;
	bool		 serves = l->used && link_has_address(l) &&
			    !link_closed(ha, l);

	icmp6_init(m, ICMP6_T_RA);
	m->u.ra.hop_limit = 64;
	m->u.ra.flags = serves ? ICMP6_RA_H : 0;
	m->u.ra.lifetime = last ? 0 : router_lifetime(ha, l);
	icmp6_add_data(m, ND_SLLA, l->lladdr, l->lladdrlen);
	add_prefixes(m, ha, l);
	add_interval(m, l);
	if (!last && serves)
		add_home_agent(m, l);
	/* There may be more than fit. */
	add_retired(m, ha, l);
	COUNT(ha->env->counters, HC_RA_OUT);
	ha_icmp6(ha, l, &l->linklocal, &in6_allnodes);
}

static bool
advertising(const struct ha_link *l)
{
	return (l->physical && l->ra.enabled && l->ifindex != 0 &&
	    l->running && l->has_linklocal);
}

/* Begin to advertise if the link is ready for it; else stop. */
void
ra_start(struct ha *ha, struct ha_link *l)
{
	if (!advertising(l)) {
		timer_clear(ha, &l->ra_timer);
		timer_clear(ha, &l->rs_timer);
		return;
	}
	if (wheel_is_set(&l->ra_timer))
		return;
	l->ra_initial = MAX_INITIAL_RTR_ADVERTISEMENTS;
	timer_set(ha, &l->ra_timer, TK_RA, mono_add(ha->now.mono,
	    random_ms(ha, 0, l->ra.max_interval < MAX_RA_DELAY_TIME ?
	    l->ra.max_interval : MAX_RA_DELAY_TIME)));
}

/* RFC 4861 6.2.5: the link is given up. */
void
ra_stop(struct ha *ha, struct ha_link *l)
{
	if (wheel_is_set(&l->ra_timer) && advertising(l))
		advertise(ha, l, true);
	timer_clear(ha, &l->ra_timer);
	timer_clear(ha, &l->rs_timer);
}

/*
 * What is advertised has changed: the next few come quickly, as on a new link
 * (RFC 4861 6.2.4), none sooner than MinDelayBetweenRAs after the last one.
 */
void
ra_changed(struct ha *ha, struct ha_link *l)
{
	struct mono	 at = ha->now.mono, least;

	if (!wheel_is_set(&l->ra_timer))
		return;
	least = mono_add(l->ra_last, MS(l->ra.min_delay));
	if (l->ra_sent && mono_before(at, least))
		at = least;
	l->ra_initial = MAX_INITIAL_RTR_ADVERTISEMENTS;
	if (mono_before(at, l->ra_timer.at))
		timer_set(ha, &l->ra_timer, TK_RA, at);
}

/* RFC 4861 6.2.4: the first few come quickly, all at random intervals. */
static void
schedule(struct ha *ha, struct ha_link *l)
{
	int64_t	 ns = random_ms(ha, l->ra.min_interval, l->ra.max_interval);

	if (l->ra_initial > 0) {
		l->ra_initial--;
		if (ns > MS(MAX_INITIAL_RTR_ADVERT_INTERVAL))
			ns = MS(MAX_INITIAL_RTR_ADVERT_INTERVAL);
	}
	timer_set(ha, &l->ra_timer, TK_RA, mono_add(ha->now.mono, ns));
}

/*
 * RFC 4861 6.2.5: l, which was a home link until now and has sent its last
 * advertisement, repeats that, as it may be lost and tells which prefixes went.
 */
void
ra_leave(struct ha *ha, struct ha_link *l, const struct ha_link *was)
{
	l->retired = was->retired;
	if (!advertising(was)) {
		retire_free(l);
		return;
	}
	l->physical = true;
	memcpy(l->interface, was->interface, sizeof(l->interface));
	l->ra = was->ra;
	l->ifindex = was->ifindex;
	l->running = true;
	memcpy(l->lladdr, was->lladdr, sizeof(l->lladdr));
	l->lladdrlen = was->lladdrlen;
	l->has_linklocal = true;
	l->linklocal = was->linklocal;
	l->ra_initial = MAX_FINAL_RTR_ADVERTISEMENTS - 1;
	schedule(ha, l);
}

/* It has left; or next, another one on the same interface, goes on with it. */
void
ra_left(struct ha *ha, struct ha_link *l, struct ha_link *next)
{
	uint16_t	 slot = l->slot;
	size_t		 n = l->nbindings;

	timer_clear(ha, &l->ra_timer);
	if (next != NULL)
		retire_move(l, next);
	retire_free(l);
	memset(l, 0, sizeof(*l));
	l->slot = slot;
	l->nbindings = n;
}

static void
leave_again(struct ha *ha, struct ha_link *l)
{
	advertise(ha, l, true);
	if (l->ra_initial > 0)
		schedule(ha, l);
	else
		ra_left(ha, l, NULL);
}

/* It is time, solicited or not. */
void
ra_expire(struct ha *ha, struct ha_link *l)
{
	size_t	 i;

	if (!l->used) {
		leave_again(ha, l);
		return;
	}
	timer_clear(ha, &l->rs_timer);
	for (i = 0; i < l->nprefixes; i++)
		ha_why_prefix(ha, l, &l->prefixes[i], true);
	advertise(ha, l, false);
	l->ra_last = ha->now.mono;
	l->ra_sent = true;
	schedule(ha, l);
}

/*
 * RFC 4861 6.2.6: a valid solicitation is answered to all nodes after a
 * random delay, not sooner than MinDelayBetweenRAs (RFC 6275 13) after the
 * last one, and not at all if one is due earlier anyway.
 */
void
ra_solicited(struct ha *ha, struct ha_link *l)
{
	struct mono	 at, least;

	COUNT(ha->env->counters, HC_RS_IN);
	if (!advertising(l) || wheel_is_set(&l->rs_timer))
		return;
	at = mono_add(ha->now.mono, random_ms(ha, 0, MAX_RA_DELAY_TIME));
	least = mono_add(l->ra_last, MS(l->ra.min_delay));
	if (l->ra_sent && mono_before(ha->now.mono, least))
		at = mono_add(least, mono_diff(at, ha->now.mono));
	if (wheel_is_set(&l->ra_timer) && mono_before(l->ra_timer.at, at))
		return;
	timer_set(ha, &l->rs_timer, TK_RA_SOLICITED, at);
}
