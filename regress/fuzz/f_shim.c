/*
 * Packets at a host with all roles and bindings: first octet the way they
 * come, the rest the packet.  With its highest bit they come to a host that
 * uses IPsec, to whose parent an SPI with the lowest bit set is known.  What
 * leaves must be a packet, and answers must have right checksums and no more
 * than 1280 octets.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "../unit/net_pairs.h"
#include "wire/icmp6.h"
#include "wire/mh.h"

#define VICTIM	addr("2001:db8:f1::bad")	/* nobody has verified it */

#define MUST(x)	do { if (!(x)) abort(); } while (0)

int	 LLVMFuzzerTestOneInput(const uint8_t *, size_t);

static void
check_packet(const uint8_t *p, size_t len, bool own)
{
	struct ip6_walk	 w;
	enum ip6_err	 e;

	e = ip6_walk(&w, p, len, 0);
	MUST(e != IP6_E_SHORT && e != IP6_E_VERSION && e != IP6_E_LENGTH);
	MUST(w.len == len);
	MUST(!own || e == IP6_OK);
}

static void
check_reply(const struct reply *r)
{
	struct in6_addr	 src = ip6_src(r->buf), dst = ip6_dst(r->buf);
	const uint8_t	*p = r->buf + IP6_HDRLEN;
	size_t		 n = r->len - IP6_HDRLEN;

	check_packet(r->buf, r->len, true);
	MUST(r->len <= IP6_MINMTU);
	MUST(!in6_is_multicast(&dst) && !in6_is_unspecified(&dst));
	if (r->buf[IP6_OFF_NEXT] == IP6_P_MH)
		MUST(mh_checksum_ok(p, n, &src, &dst));
	else
		MUST(icmp6_checksum_ok(p, n, &src, &dst));
}

static void
check_out(const struct lab *l, enum dp_verdict v)
{
	const struct dp_out	*o = &l->o;
	unsigned int		 i;

	MUST(v != DP_DROP || o->why < NC_MAX);
	if (v == DP_INJECT || v == DP_SEND)
		check_packet(pkt_data(&l->p), l->p.len, false);
	if (v == DP_INJECT && (o->vnet.flags & VNET_NEEDS_CSUM))
		MUST((size_t)o->vnet.csum_start + o->vnet.csum_offset + 2 <=
		    l->p.len);
	if (o->second_len > 0) {
		check_packet(o->second, o->second_len, true);
		MUST(l->p.len <= 1500);
	}
	for (i = 0; i < o->npieces; i++) {
		MUST(v == DP_SEND && o->pieces[i].len <= 1500);
		check_packet(o->pieces[i].p, o->pieces[i].len, false);
	}
	if (v == DP_ENGINE) {
		MUST(o->to != 0 && (o->to & ~ALL_ROLES) == 0);
		if (o->type == MSG_MH_IN)
			MUST((o->to & (o->to - 1)) == 0 &&
			    o->mh.mh.len >= 8 && o->mh.mh.len % 8 == 0);
	}
	if (o->reply.len > 0)
		check_reply(&o->reply);
}

/*
 * Nothing that is sent to a mobile node goes where it only says that it is, and
 * has sent nothing from (RFC 4866 4.10).
 */
static void
check_sent(const struct lab *l, enum dp_verdict v)
{
	struct in6_addr	 dst, victim = VICTIM;

	if (v != DP_SEND || l->o.why == NC_AS_IT_IS)
		return;
	dst = ip6_dst(pkt_data(&l->p));
	MUST(!in6_eq(&dst, &victim));
}

/* The parent answers, and what was held goes on as net.c has it. */
static void
held(struct lab *l)
{
	struct held	*h;
	uint32_t	 spi = l->o.ask.spi;
	struct in6_addr	 home = l->o.ask.home;
	enum dp_verdict	 r;

	MUST(l->dp.spis.nheld > 0);
	MUST(lab_spi(l, spi, home,
	    (spi & 1) != 0 ? SPI_IS : SPI_UNKNOWN));
	while ((h = spis_held(&l->dp.spis, spi, &home)) != NULL) {
		MUST(h->len <= HOLD_SIZE);
		lab_packet(l, h->buf + PKT_HEADROOM, h->len);
		r = dp_capture(&l->dp, &l->p, &h->vnet, h->ifindex,
		    l->now, &l->o);
		MUST(r != DP_HOLD);
		check_out(l, r);
		spis_release(&l->dp.spis, h);
	}
	MUST(l->dp.spis.nheld == 0);
}

/* A protected message of each direction is on its way. */
static void
protect(struct lab *l)
{
	struct protect_pair	 p[2] = {
		{ HOME2, HA2, COA2, 0, BY_HAO, ROLE_MN },
		{ HOME, HA, COA, 2, BY_RH2, ROLE_HA },
	};

	MUST(protect_note(&l->dp.sent, &p[0], l->now));
	MUST(protect_note(&l->dp.sent, &p[1], l->now));
}

/* Bound beside the tunnels: both ways to and from one mobile node, and one. */
static void
pairs(struct lab *l)
{
	struct in6_addr	 home = addr("2001:db8:3::300");

	MUST(lab_pair(l, ROLE_CN, home, HA, COA, BIND_ACTIVE | BIND_NOTIFY));
	MUST(lab_pair(l, ROLE_CN, home, HOME2, COA, BIND_ACTIVE));
	MUST(lab_pair(l, ROLE_CN, HOME, HOME2, COA, BIND_ACTIVE));
	MUST(lab_pair(l, ROLE_MN, HOME2, home, COA2,
	    BIND_ACTIVE | BIND_NOTIFY));
	MUST(lab_pair(l, ROLE_MN, HOME2, CN, COA2, BIND_ACTIVE));
	home = addr("2001:db8:3::301");
	MUST(lab_pair(l, ROLE_CN, home, HA, VICTIM,
	    BIND_ACTIVE | BIND_UNVERIFIED));
	MUST(lab_pair(l, ROLE_CN, home, HOME2, VICTIM,
	    BIND_ACTIVE | BIND_UNVERIFIED));
}

/* Beside them: copies by two paths, and flows for some of the packets. */
static void
flows(struct lab *l)
{
	static const uint8_t	 both[] = { 0, 1, 0, 2 };
	struct msg_bind		 b = { .home = HOME, .local = HA, .peer = COA,
				    .flags = BIND_ACTIVE | BIND_ALL };
	struct msg_flow		 m = { .home = HOME, .fid = 1, .priority = 1,
				    .bids = { both, sizeof(both) },
				    .given = FLOW_BY_DPORT,
				    .dport_last = 4095 };

	for (b.bid = 1; b.bid <= 2; b.bid++) {
		MUST(dp_bind(&l->dp, ROLE_HA, &b, l->now, &l->o));
		b.peer.s6_addr[15]++;
	}
	MUST(dp_flow(&l->dp, ROLE_HA, &m, &l->o));
	m.fid = m.priority = 2;
	m.action = FLOW_DISCARD;
	m.bids.len = 0;
	m.given = FLOW_BY_SPI;
	m.spi_last = 4095;
	MUST(dp_flow(&l->dp, ROLE_HA, &m, &l->o));
	m.home = HOME2;
	m.fid = m.priority = 3;
	m.given = FLOW_BY_TCLASS;
	m.tclass_last = 0x80;
	MUST(dp_flow(&l->dp, ROLE_MN, &m, &l->o));
}

int
LLVMFuzzerTestOneInput(const uint8_t *p, size_t len)
{
	static struct lab	 plain, ipsec;
	static bool		 ready;
	struct lab		*l;
	struct vnet		 v;
	enum dp_verdict		 r;
	uint8_t			 way;

	if (len < 2 || len > 65000)
		return (0);
	if (!ready) {
		lab_init(&plain, ALL_ROLES, true);
		lab_init(&ipsec, ALL_ROLES, true);
		pairs(&plain);
		pairs(&ipsec);
		flows(&plain);
		lab_limit(&plain, 4);
		lab_ipsec(&ipsec, PROTECT_RR);
	}
	ready = true;
	way = *p++;
	len--;
	l = way & 0x80 ? &ipsec : &plain;
	l->now.ns += MS(100);
	if (way & 0x80)
		protect(l);
	switch (way & 7) {
	case 0:
	case 1:
		r = lab_capture(l, p, len);
		break;
	case 2:
		if (len < IP6_HDRLEN)
			return (0);
		r = lab_raw_mh(l, p, len, way & 8 ? PKT_PROTECTED : 0);
		break;
	case 3:
		r = lab_tun(l, p, len);
		check_sent(l, r);
		break;
	case 4:
		r = lab_tunnel(l, COA, HA, way >> 3 & 15, p, len);
		break;
	case 5:
		r = lab_tunnel(l, HA2, COA2, way >> 3 & 15, p, len);
		break;
	case 6:
		r = lab_icmp6(l, CN, way & 16 ? COA2 : HA, way & 8 ? 255 : 64,
		    p, len);
		break;
	default:
		if (len < VNET_LEN)
			return (0);
		memset(&v, 0, sizeof(v));
		v.flags = p[0] & 1;
		v.gso_type = p[1] & 7;
		v.hdr_len = (uint16_t)(p[2] << 8 | p[3]);
		v.gso_size = (uint16_t)(p[4] << 8 | p[5]);
		v.csum_start = (uint16_t)(p[6] << 8 | p[7]);
		v.csum_offset = (uint16_t)(p[8] << 8 | p[9]);
		lab_packet(l, p + VNET_LEN, len - VNET_LEN);
		r = way & 8 ? dp_tun(&l->dp, &l->p, &v, l->now, &l->o) :
		    dp_capture(&l->dp, &l->p, &v, 2, l->now, &l->o);
		break;
	}
	check_out(l, r);
	if (r == DP_HOLD)
		held(l);
	return (0);
}
