/*
 * What a correspondent sends to a care-of address that nobody has shown to be
 * the node's (RFC 4866 4.10).  Others must not get what a node asks for.
 */
#include <atf-c.h>

#include "net_pairs.h"

#define OWN	addr("2001:db8:1::1")		/* of a correspondent */
#define PEER	addr("2001:db8:3::300")		/* a home address */
#define VICTIM	addr("2001:db8:f1::bad")
#define CAREFUL	(BIND_ACTIVE | BIND_UNVERIFIED)

static struct lab	 l;

/* A packet of len octets, of a protocol that nobody has (RFC 3692). */
static void
packet(uint8_t *p, struct in6_addr src, struct in6_addr dst, size_t len)
{
	memset(p, 0, len);
	ip6_header(p, &src, &dst, 253, (uint16_t)(len - IP6_HDRLEN), 64, 0, 0);
}

/* len octets of ours to the node.  True: they have gone to this care-of. */
static bool
to_node(struct in6_addr careof, size_t len)
{
	struct in6_addr	 dst;
	uint8_t		 p[1500];

	packet(p, OWN, PEER, len);
	ATF_REQUIRE_EQ(DP_SEND, lab_tun(&l, p, len));
	dst = ip6_dst(pkt_data(&l.p));
	if (in6_eq(&dst, &careof)) {
		ATF_CHECK_EQ(NC_ROUTE_OUT, l.o.why);
		return (true);
	}
	/* Else to the home address, as it is. */
	ATF_CHECK_EQ(NC_AS_IT_IS, l.o.why);
	ATF_CHECK(lab_is(&l, p, len));
	return (false);
}

/* len octets of the node, from this care-of address. */
static enum dp_verdict
from_node(struct in6_addr careof, size_t len)
{
	struct ip6_walk	 w;
	uint8_t		 p[1500];

	packet(p, PEER, OWN, len);
	lab_packet(&l, p, len);
	ATF_REQUIRE_EQ(IP6_OK, ip6_walk(&w, pkt_data(&l.p), l.p.len, 0));
	ATF_REQUIRE_EQ(RW_OK, rw_hao_insert(&l.p, &w, &careof));
	return (lab_note(&l, dp_capture(&l.dp, &l.p, NULL, 2, l.now, &l.o),
	    &l.p));
}

ATF_TC_WITHOUT_HEAD(unverified);
ATF_TC_BODY(unverified, tc)
{
	lab_init(&l, ROLE_BIT(ROLE_CN), false);
	ATF_REQUIRE(lab_pair(&l, ROLE_CN, PEER, OWN, COA, CAREFUL));
	ATF_CHECK(!to_node(COA, 100));
	/* What the node sends from there is taken as ever. */
	ATF_CHECK_EQ(DP_INJECT, from_node(COA, 100));
	ATF_CHECK(!to_node(COA, 100));
	ATF_REQUIRE(lab_pair(&l, ROLE_CN, PEER, OWN, COA, BIND_ACTIVE));
	ATF_CHECK(to_node(COA, 100));
	lab_free(&l);
}

/* Only a correspondent has doubts. */
ATF_TC_WITHOUT_HEAD(whose);
ATF_TC_BODY(whose, tc)
{
	lab_init(&l, ALL_ROLES, false);
	ATF_CHECK(!lab_bind(&l, ROLE_HA, HOME, HA, COA, CAREFUL));
	ATF_CHECK_EQ(NC_REFUSED, l.o.why);
	ATF_CHECK(!lab_bind(&l, ROLE_MN, HOME2, COA2, HA2, CAREFUL));
	ATF_CHECK(!lab_pair(&l, ROLE_MN, HOME2, CN, COA2, CAREFUL));
	ATF_CHECK_EQ(0, l.dp.forward.tab.count);
	lab_free(&l);
}

/*
 * A mobile node speaks to another as if that had no binding with it: by the
 * home agents of both.
 */
ATF_TC_WITHOUT_HEAD(from_home);
ATF_TC_BODY(from_home, tc)
{
	struct in6_addr	 agent = HA2, dst;
	uint8_t		 p[100];

	lab_init(&l, ROLE_BIT(ROLE_MN) | ROLE_BIT(ROLE_CN), true);
	ATF_REQUIRE(lab_pair(&l, ROLE_CN, PEER, HOME2, COA, CAREFUL));
	packet(p, HOME2, PEER, sizeof(p));
	ATF_REQUIRE_EQ(DP_SEND, lab_tun(&l, PKT(p)));
	ATF_CHECK_EQ(NC_ENCAPSULATED, l.o.why);
	dst = ip6_dst(pkt_data(&l.p));
	ATF_CHECK(in6_eq(&dst, &agent));
	ATF_CHECK(memcmp(pkt_data(&l.p) + IP6_HDRLEN, p, sizeof(p)) == 0);
	lab_free(&l);
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, unverified);
	ATF_TP_ADD_TC(tp, whose);
	ATF_TP_ADD_TC(tp, from_home);
	return (atf_no_error());
}
