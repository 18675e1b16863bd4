/*
 * What the tests of the data plane share: a host with all three roles.  As a
 * home agent it is 2001:db8:1::1 with 2001:db8:1::100 bound at 2001:db8:f1::10;
 * as a mobile node it is 2001:db8:2::200, at 2001:db8:f2::20, and its home
 * agent is 2001:db8:2::1.  The addresses are those of net_packets.py.
 */
#ifndef MIP6D_REGRESS_NET_LAB_H
#define MIP6D_REGRESS_NET_LAB_H

#include <sys/types.h>
#include <sys/socket.h>

#include <netinet/in.h>

#include <arpa/inet.h>
#include <stdlib.h>
#include <string.h>

#include "conf/conf.h"
#include "net/dp.h"
#include "regress/transcript.h"
#include "wire/ip6.h"

static inline struct in6_addr
addr(const char *s)
{
	struct in6_addr	 a;

	if (inet_pton(AF_INET6, s, &a) != 1)
		abort();
	return (a);
}

#define HA	addr("2001:db8:1::1")
#define HOME	addr("2001:db8:1::100")
#define COA	addr("2001:db8:f1::10")
#define CN	addr("2001:db8:c::c")
#define HA2	addr("2001:db8:2::1")
#define HOME2	addr("2001:db8:2::200")
#define COA2	addr("2001:db8:f2::20")

struct lab {
	struct dp		 dp;
	struct conf		 conf;
	struct conf_ha		 ha;
	struct conf_home_link	 link;
	struct conf_prefix	 prefix;
	struct conf_mn		 mn;
	struct conf_home	 home;
	struct conf_cn		 cn;
	struct conf_node	 node;		/* with lab_ipsec() */
	struct conf_ipsec	 node_ipsec, home_ipsec;
	struct in6_addr		 node_home;
	struct dp_out		 o;
	struct mono		 now;
	struct pkt		 p;
	uint8_t			 buf[PKT_HEADROOM + 70000];
};

static inline void
lab_local(struct lab *l, struct in6_addr a)
{
	struct msg_address	 m;

	memset(&m, 0, sizeof(m));
	m.ifindex = 2;
	m.addr = a;
	if (!addrs_update(&l->dp.addrs, &m))
		abort();
}

static inline bool
lab_bind(struct lab *l, enum role role, struct in6_addr home,
    struct in6_addr local, struct in6_addr peer, uint8_t flags)
{
	struct msg_bind	 b = { .home = home, .local = local, .peer = peer,
			    .flags = flags };

	return (dp_bind(&l->dp, role, &b, l->now, &l->o));
}

/* The host, with its links and addresses, and bindings if bound. */
static inline void
lab_init(struct lab *l, unsigned int roles, bool bound)
{
	static const uint64_t	 key[2] = { 1, 2 };
	struct msg_link		 link;

	memset(l, 0, sizeof(*l) - sizeof(l->buf));
	if (!dp_init(&l->dp, key))
		abort();
	l->now.ns = SEC(1000);
	l->prefix.addr = addr("2001:db8:1::");
	l->prefix.len = 64;
	l->link.address = HA;
	l->link.prefixes = &l->prefix;
	l->link.nprefixes = 1;
	l->ha.links = &l->link;
	l->ha.nlinks = 1;
	l->home.address = HOME2;
	l->home.agent = HA2;
	l->mn.homes = &l->home;
	l->mn.nhomes = 1;
	l->conf.global.no_encapsulation_limit = true;
	if (roles & ROLE_BIT(ROLE_HA))
		l->conf.ha = &l->ha;
	if (roles & ROLE_BIT(ROLE_MN))
		l->conf.mn = &l->mn;
	if (roles & ROLE_BIT(ROLE_CN))
		l->conf.cn = &l->cn;
	if (!dp_configure(&l->dp, &l->conf))
		abort();
	l->dp.whole_packets = l->dp.capturing = true;
	lab_local(l, HA);
	lab_local(l, COA2);
	lab_local(l, HOME2);
	memset(&link, 0, sizeof(link));
	link.ifindex = 2;
	link.mtu = 1500;
	link.flags = LINK_UP | LINK_RUNNING;
	addrs_link(&l->dp.addrs, &link);
	dp_out_init(&l->o);
	if (bound && (roles & ROLE_BIT(ROLE_HA)) && !lab_bind(l, ROLE_HA, HOME,
	    HA, COA, BIND_ACTIVE | BIND_NOTIFY))
		abort();
	if (bound && (roles & ROLE_BIT(ROLE_MN)) && !lab_bind(l, ROLE_MN,
	    HOME2, COA2, HA2, BIND_ACTIVE | BIND_NOTIFY))
		abort();
}

/* Tunnel packets have an encapsulation limit from now on. */
static inline void
lab_limit(struct lab *l, uint32_t limit)
{
	l->conf.global.no_encapsulation_limit = false;
	l->conf.global.encapsulation_limit = limit;
	if (!dp_configure(&l->dp, &l->conf))
		abort();
}

/* Both home addresses use IPsec, and protect this. */
static inline void
lab_ipsec(struct lab *l, enum conf_protect protect)
{
	l->node_home = HOME;
	l->node_ipsec.protect = l->home_ipsec.protect = protect;
	l->node.homes = &l->node_home;
	l->node.nhomes = 1;
	l->node.auth.type = l->home.auth.type = AUTH_IPSEC;
	l->node.ipsec = &l->node_ipsec;
	l->home.ipsec = &l->home_ipsec;
	l->ha.nodes = &l->node;
	l->ha.nnodes = 1;
	if (!dp_configure(&l->dp, &l->conf))
		abort();
}

static inline bool
lab_spi(struct lab *l, uint32_t spi, struct in6_addr home, enum spi_what what)
{
	struct msg_spi	 m = { spi, home, (uint8_t)what };

	return (spis_told(&l->dp.spis, &m, l->now));
}

static inline void
lab_free(struct lab *l)
{
	dp_free(&l->dp);
}

/* Put a packet where it would be after reading. */
static inline void
lab_packet(struct lab *l, const uint8_t *p, size_t len)
{
	memcpy(l->buf + PKT_HEADROOM, p, len);
	pkt_init(&l->p, l->buf, PKT_HEADROOM, len);
	dp_out_init(&l->o);
}

/* For `make transcripts': what the data plane made of the last packet. */
static inline enum dp_verdict
lab_note(struct lab *l, enum dp_verdict v, const struct pkt *p)
{
	static const char *const	 words[] = {
		[DP_DROP] = "drop", [DP_PASS] = "pass", [DP_INJECT] = "inject",
		[DP_SEND] = "send", [DP_KERNEL] = "kernel",
		[DP_KERNEL_TUNNEL] = "kernel tunnel", [DP_HOLD] = "hold",
		[DP_ENGINE] = "engine",
	};
	const struct dp_out		*o = &l->o;
	bool				 whole = v == DP_INJECT ||
	    v == DP_SEND || v == DP_KERNEL || v == DP_KERNEL_TUNNEL;
	unsigned int			 to, i;

	transcript_packet(l->now.ns, v == DP_DROP ?
	    net_counter_defs[o->why].name : words[v], o->ifindex,
	    whole ? pkt_data(p) : NULL, whole ? p->len : 0);
	if (v == DP_SEND && o->second_len > 0)
		transcript_packet(l->now.ns, "second", o->ifindex, o->second,
		    o->second_len);
	for (i = 0; v == DP_SEND && i < o->npieces; i++)
		transcript_packet(l->now.ns, "copy", o->pieces[i].ifindex,
		    o->pieces[i].p, o->pieces[i].len);
	for (to = 0; v == DP_ENGINE && to < ROLE_MAX; to++)
		if ((o->to & ROLE_BIT(to)) != 0)
			transcript_message(l->now.ns, to, o->type,
			    o->type == MSG_MH_IN ? (const void *)&o->mh :
			    &o->icmp6);
	if (o->tunnel_to != ROLE_MAX)
		transcript_message(l->now.ns, o->tunnel_to, MSG_TUNNEL,
		    &o->tunnel);
	if (o->asks)
		transcript_message(l->now.ns, ROLE_PARENT, MSG_SPI_ASK,
		    &o->ask);
	if (o->reply.len > 0)
		transcript_packet(l->now.ns, "reply", o->reply_by,
		    o->reply.buf, o->reply.len);
	return (v);
}

static inline enum dp_verdict
lab_capture(struct lab *l, const uint8_t *p, size_t len)
{
	lab_packet(l, p, len);
	return (lab_note(l, dp_capture(&l->dp, &l->p, NULL, 2, l->now, &l->o),
	    &l->p));
}

/* A captured packet of which the raw socket gives the part behind IPv6. */
static inline enum dp_verdict
lab_raw_mh(struct lab *l, const uint8_t *p, size_t len, uint8_t flags)
{
	struct dp_raw	 r;

	memset(&r, 0, sizeof(r));
	r.src = ip6_src(p);
	r.dst = ip6_dst(p);
	r.hlim = p[IP6_OFF_HLIM];
	r.flags = flags;
	dp_out_init(&l->o);
	return (lab_note(l, dp_raw_mh(&l->dp, &r, p + IP6_HDRLEN,
	    len - IP6_HDRLEN, l->now, &l->o), &l->p));
}

static inline enum dp_verdict
lab_tun(struct lab *l, const uint8_t *p, size_t len)
{
	lab_packet(l, p, len);
	return (lab_note(l, dp_tun(&l->dp, &l->p, NULL, l->now, &l->o),
	    &l->p));
}

/* What the raw socket of a protocol gives. */
static inline enum dp_verdict
lab_tunnel_by(struct lab *l, uint8_t proto, struct in6_addr src,
    struct in6_addr dst, uint8_t tclass, const uint8_t *p, size_t len)
{
	struct dp_raw	 r = { .src = src, .dst = dst, .tclass = tclass,
			    .proto = proto, .ifindex = 2 };

	lab_packet(l, p, len);
	return (lab_note(l, dp_tunnel(&l->dp, &r, &l->p, l->now, &l->o),
	    &l->p));
}

static inline enum dp_verdict
lab_tunnel(struct lab *l, struct in6_addr src, struct in6_addr dst,
    uint8_t tclass, const uint8_t *p, size_t len)
{
	return (lab_tunnel_by(l, IP6_P_IPV6, src, dst, tclass, p, len));
}

static inline enum dp_verdict
lab_icmp6(struct lab *l, struct in6_addr src, struct in6_addr dst,
    uint8_t hlim, const uint8_t *p, size_t len)
{
	struct dp_raw	 r;

	memset(&r, 0, sizeof(r));
	r.src = src;
	r.dst = dst;
	r.hlim = hlim;
	dp_out_init(&l->o);
	return (lab_note(l, dp_icmp6(&l->dp, &r, p, len, l->now, &l->o),
	    &l->p));
}

/* Is the packet now this one? */
static inline bool
lab_is(const struct lab *l, const uint8_t *p, size_t len)
{
	return (l->p.len == len && memcmp(pkt_data(&l->p), p, len) == 0);
}

#define ALL_ROLES	(ROLE_BIT(ROLE_HA) | ROLE_BIT(ROLE_MN) | \
			    ROLE_BIT(ROLE_CN))
#define PKT(p)		(p), sizeof(p)

#endif
