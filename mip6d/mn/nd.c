/*
 * Neighbor Discovery messages that the mobile node sends (RFC 4861, RFC 6275
 * 11.5): solicitations for routers and for neighbours, advertisements for the
 * home address, and pings, by which mip6ctl why learns where a tunnel is
 * broken.  Owns nothing; movement.c, home.c and why.c send through it, and what
 * arrives is in ndin.c.
 */
#include <string.h>

#include "mn/parts.h"

#define ND_MAX	128

/* From src to dst on this interface; id not 0: net says when it is sent. */
static void
send_nd_id(struct mn *mn, const struct icmp6 *m, uint32_t ifindex,
    const struct in6_addr *src, const struct in6_addr *dst, uint32_t id)
{
	struct msg_icmp6_out	 out;
	uint8_t			 buf[ND_MAX];

	memset(&out, 0, sizeof(out));
	out.src = *src;
	out.dst = *dst;
	out.ifindex = ifindex;
	out.id = id;
	out.hlim = 255;
	out.icmp6.len = icmp6_build(m, buf, sizeof(buf));
	out.icmp6.p = buf;
	if (out.icmp6.len == 0)
		return;
	icmp6_set_checksum(buf, out.icmp6.len, src, dst);
	mn->env->emit(mn->env->ctx, MSG_ICMP6_OUT, &out);
}

static void
send_nd(struct mn *mn, const struct icmp6 *m, uint32_t ifindex,
    const struct in6_addr *src, const struct in6_addr *dst)
{
	send_nd_id(mn, m, ifindex, src, dst, 0);
}

/* Of what other kinds of link have, no option is made. */
static size_t
lladdr_len(const struct iface *ifc)
{
	return (ifc->lladdrlen == 6 ? 6 : 0);
}

/*
 * A Router Solicitation, without source link-layer address (RFC 6059 section
 * 5.6.2); from the unspecified address while the link-local one is tentative.
 */
void
nd_send_rs(struct iface *ifc)
{
	const struct addr	*ll = iface_link_local(ifc);
	struct icmp6		 m;

	icmp6_init(&m, ICMP6_T_RS);
	MN_COUNT(ifc->mn, rs_sent);
	send_nd(ifc->mn, &m, ifc->ifindex,
	    ll == NULL ? &in6addr_any : &ll->addr, &in6_allrouters);
}

static void
send_ns(struct iface *ifc, const struct addr *ll, const struct in6_addr *target,
    const struct in6_addr *dst, uint32_t id)
{
	struct icmp6	 m;

	icmp6_neighbour(&m, ICMP6_T_NS, target, 0);
	if (ll != NULL)
		icmp6_add_data(&m, ND_SLLA, ifc->lladdr, lladdr_len(ifc));
	MN_COUNT(ifc->mn, probes_sent);
	send_nd_id(ifc->mn, &m, ifc->ifindex,
	    ll == NULL ? &in6addr_any : &ll->addr, dst, id);
}

/*
 * A unicast Neighbor Solicitation to a router (RFC 6059 section 5.6.1).  If id
 * is not 0, net says when it is sent (movement_probe_sent()).
 */
void
nd_send_probe(struct router *r, uint32_t id)
{
	const struct addr	*ll = iface_link_local(r->ifc);

	if (ll != NULL)
		send_ns(r->ifc, ll, &r->addr, &r->addr, id);
}

/*
 * Is the home agent of h on this link?  While it defends the home address, and
 * maybe the link-local one with it, neither may be a source: it is asked from
 * the unspecified address for the home address, which it answers to all nodes
 * (RFC 6275 section 11.5.5).  Else nobody answers for that, and it might be
 * taken for Duplicate Address Detection: it is asked for its own address.
 */
void
nd_send_seek(struct home *h, struct iface *ifc, bool defends)
{
	const struct in6_addr	*target = defends ? &h->conf.address :
				    &h->conf.agent;
	struct in6_addr		 group = in6_solicited(target);

	send_ns(ifc, defends ? NULL : iface_link_local(ifc), target, &group,
	    0);
}

/*
 * Does a neighbour of the new link have our link-local address?  Asked as in
 * Duplicate Address Detection (RFC 6275 section 11.5.1), once, but the address
 * stays: without it there would be no solicitation and no handover.
 */
void
nd_send_dad(struct iface *ifc, struct now now)
{
	const struct addr	*ll = iface_link_local(ifc);
	struct in6_addr		 group;

	if (ll == NULL || home_defended(ifc, &ll->addr, now))
		return;
	group = in6_solicited(&ll->addr);
	send_ns(ifc, NULL, &ll->addr, &group, 0);
}

/*
 * A Neighbor Advertisement for target, one of our addresses, with Override
 * (RFC 6275 section 11.5.5), to dst.
 */
void
nd_send_na(struct home *h, struct iface *ifc, const struct in6_addr *target,
    const struct in6_addr *dst, bool solicited)
{
	struct icmp6	 m;

	icmp6_neighbour(&m, ICMP6_T_NA, target, ICMP6_NA_O |
	    (solicited ? ICMP6_NA_S : 0));
	icmp6_add_data(&m, ND_TLLA, ifc->lladdr, lladdr_len(ifc));
	MN_COUNT(h->mn, na_sent);
	send_nd(h->mn, &m, ifc->ifindex, target, dst);
}

/*
 * A ping of h: to the home agent from the care-of address, or, loop, to the
 * home address itself, into the tunnel and out of it again.
 */
void
nd_send_echo(struct home *h, bool loop)
{
	struct peering		*p = AGENT(h);
	struct binding		*b = BINDING(p);
	struct msg_icmp6_out	 out;
	struct icmp6		 m;
	uint8_t			 buf[ND_MAX];

	if (p->heard.silent <= 1 || loop)
		p->symptoms.echo =
		    (uint32_t)h->mn->env->random(h->mn->env->ctx);
	icmp6_init(&m, ICMP6_T_ECHO);
	m.u.err.param = p->symptoms.echo;
	memset(&out, 0, sizeof(out));
	out.src = loop ? h->conf.address : b->coa;
	out.dst = loop ? h->conf.address : h->conf.agent;
	out.ifindex = loop ? 0 : b->ifindex;
	out.flags = loop ? PKT_TUNNEL : 0;
	out.icmp6.len = icmp6_build(&m, buf, sizeof(buf));
	out.icmp6.p = buf;
	if (out.icmp6.len == 0)
		return;
	MN_COUNT(h->mn, pings_sent);
	icmp6_set_checksum(buf, out.icmp6.len, &out.src, &out.dst);
	h->mn->env->emit(h->mn->env->ctx, MSG_ICMP6_OUT, &out);
}

