/*
 * What the data plane knows of IPsec, which the kernel does: what has to be
 * protected and may not pass in the clear (RFC 6275 5.1, 5.2.5, 5.4, RFC
 * 4877), and how a protected packet is to travel or has travelled.  Also
 * counts ESP given to the kernel from which no message came, since a firewall
 * of the host may swallow it.  Called by the other files of the data plane;
 * the tables are those of protect.c and homes.c.
 */
#include <string.h>

#include "net/dp.h"
#include "wire/ip6.h"
#include "wire/mh.h"

#define HANDED_MANY	4	/* a node repeats itself after 1, 2, 4 s */
#define HANDED_LONG	SEC(5)

/*
 * May we have the messages of this pair protected, and sent like that?  The
 * closed list: home addresses that use IPsec and their home agents.
 */
static bool
may_protect(const struct dp *dp, const struct protect_pair *p)
{
	struct ipsec_home	 h;

	return (homes_find(&dp->homes, &p->home, &h) && h.role == p->role &&
	    homes_agent(&dp->homes, &h, &p->agent) &&
	    (p->by == BY_NOTHING || in6_is_routable(&p->careof)));
}

/*
 * A message of an engine from src to dst that IPsec is to protect, its packet
 * made with the home address in its place.  What the kernel will make of it
 * comes back by the tun; how that is to travel is noted.
 */
enum dp_verdict
dp_protect(struct dp *dp, enum role role, uint8_t flags,
    const struct in6_addr *src, const struct in6_addr *dst,
    const struct in6_addr *home, uint32_t ifindex, struct mono now,
    struct dp_out *o)
{
	struct protect_pair	 p;
	bool			 away = (flags & (PKT_HAO | PKT_RH2)) != 0;

	memset(&p, 0, sizeof(p));
	p.role = role;
	p.ifindex = ifindex;
	if (role == ROLE_MN) {
		p.home = away ? *home : *src;
		p.agent = *dst;
		p.careof = *src;
		p.by = away ? BY_HAO : BY_NOTHING;
	} else {
		p.home = away ? *home : *dst;
		p.agent = *src;
		p.careof = *dst;
		p.by = away ? BY_RH2 : BY_NOTHING;
	}
	if (!may_protect(dp, &p))
		return (dp_drop(o, NC_REFUSED));
	if (!protect_note(&dp->sent, &p, now))
		return (dp_drop(o, NC_NO_MEMORY));
	return (DP_KERNEL);
}

/* How what is protected from src to dst is to travel, or NULL. */
const struct protect_pair *
dp_sent(const struct dp *dp, const struct in6_addr *src,
    const struct in6_addr *dst, struct mono now)
{
	const struct protect_pair	*p;

	p = protect_find(&dp->sent, src, dst, now);
	if (p != NULL && p->role == ROLE_MN)
		return (p);
	p = protect_find(&dp->sent, dst, src, now);
	return (p != NULL && p->role == ROLE_HA ? p : NULL);
}

/* How what was protected from src to dst has travelled, or NULL. */
const struct protect_pair *
dp_seen(const struct dp *dp, const struct in6_addr *src,
    const struct in6_addr *dst, struct mono now)
{
	const struct protect_pair	*p;

	p = protect_find(&dp->seen, src, dst, now);
	if (p != NULL && p->role == ROLE_HA)
		return (p);
	p = protect_find(&dp->seen, dst, src, now);
	return (p != NULL && p->role == ROLE_MN ? p : NULL);
}

/*
 * An ESP packet was written to the tun, to be decrypted with the association of
 * this home address.  The count begins anew when a message comes out of one.
 */
void
dp_handed(struct dp *dp, const struct in6_addr *home, struct mono now)
{
	if (dp->handed.n++ == 0)
		dp->handed.since = now;
	dp->handed.home = *home;
}

/*
 * Does something on this host, such as a firewall rule, swallow the ESP that we
 * hand to the kernel?
 */
bool
dp_handed_in_vain(const struct dp *dp, struct mono now)
{
	return (dp->handed.n >= HANDED_MANY &&
	    mono_diff(now, dp->handed.since) >= HANDED_LONG);
}

/* Is what we send from src to dst about mobility to be protected? */
bool
dp_clear_signalling(const struct dp *dp, const struct in6_addr *src,
    const struct in6_addr *dst)
{
	struct ipsec_home	 h;

	if (homes_find(&dp->homes, src, &h) && h.role == ROLE_MN &&
	    homes_agent(&dp->homes, &h, dst))
		return (true);
	return (homes_find(&dp->homes, dst, &h) && h.role == ROLE_HA &&
	    homes_agent(&dp->homes, &h, src));
}

/*
 * Are Home Test Inits from this home address of ours to be in a tunnel of ESP
 * (RFC 6275 5.2.5)?
 */
bool
dp_clear_test(const struct dp *dp, const struct in6_addr *home)
{
	struct ipsec_home	 h;

	return (homes_find(&dp->homes, home, &h) && h.role == ROLE_MN &&
	    h.protect != PROTECT_NONE);
}

/*
 * Is this a packet that has to be in an ESP tunnel when it is between its
 * home address and the home agent: any (RFC 4877), or those of the return
 * routability procedure by way of the home agent (RFC 6275 5.2.5)?  It is
 * about to go into our own tunnel (out), or has come out of it.
 */
bool
dp_clear_payload(const struct dp *dp, enum role role,
    const struct in6_addr *home, const struct pkt *p, bool out)
{
	struct ipsec_home	 h;
	struct ip6_walk		 w;
	bool			 from_home = (role == ROLE_MN) == out;

	if (!homes_find(&dp->homes, home, &h) || h.role != role ||
	    h.protect == PROTECT_NONE)
		return (false);
	if (h.protect == PROTECT_PAYLOAD && !out)
		return (true);
	if (ip6_walk(&w, pkt_data(p), p->len, IP6_W_QUOTED) != IP6_OK || w.cut)
		return (h.protect == PROTECT_PAYLOAD);
	if (h.protect == PROTECT_PAYLOAD)
		return (w.proto != IP6_P_ESP);
	return (w.proto == IP6_P_MH && !w.nonfirst &&
	    w.len > w.upper + MH_OFF_TYPE &&
	    w.upper + MH_OFF_TYPE < p->len &&
	    pkt_data(p)[w.upper + MH_OFF_TYPE] ==
	    (from_home ? MH_HOTI : MH_HOT));
}
