/*
 * net/dispatch: which engine gets a message, for all combinations of roles.
 * Never two get the same Mobility Header, and none may send what is not on its
 * list.
 */
#include <atf-c.h>
#include <string.h>

#include "net_lab.h"
#include "net_packets.inc"
#include "net/dispatch.h"
#include "wire/icmp6.h"
#include "wire/mh.h"

#define HA_	ROLE_BIT(ROLE_HA)
#define MN_	ROLE_BIT(ROLE_MN)
#define CN_	ROLE_BIT(ROLE_CN)
#define ALL	(HA_ | MN_ | CN_)

enum { ANY = -1 };

/* The rules, from RFC 6275: by set of roles, who gets what. */
static const struct {
	unsigned int	 roles;
	int		 type, h, to_home, ha_bound, cn_bound;
	enum role	 want;
} rules[] = {
	/* 10.3.1: a home registration is the home agent's; else 131 by cn */
	{ ALL,       MH_BU, 1, ANY, ANY, 0, ROLE_HA },
	{ ALL,       MH_BU, 1, ANY, ANY, 1, ROLE_CN },
	{ HA_,       MH_BU, 1, ANY, ANY, 0, ROLE_HA },
	{ HA_ | CN_, MH_BU, 1, ANY, ANY, 0, ROLE_HA },
	{ HA_ | CN_, MH_BU, 1, ANY, ANY, 1, ROLE_CN },
	{ HA_ | MN_, MH_BU, 1, ANY, ANY, 0, ROLE_HA },
	{ MN_ | CN_, MH_BU, 1, ANY, ANY, ANY, ROLE_CN },
	{ CN_,       MH_BU, 1, ANY, ANY, ANY, ROLE_CN },
	{ MN_,       MH_BU, 1, ANY, ANY, ANY, ROLE_MAX },
	/* 9.5.1: another type of registration while one is there: 139 */
	{ ALL,       MH_BU, 0, ANY, 1, ANY, ROLE_HA },
	{ ALL,       MH_BU, 0, ANY, 0, ANY, ROLE_CN },
	{ HA_,       MH_BU, 0, ANY, 1, ANY, ROLE_HA },
	{ HA_,       MH_BU, 0, ANY, 0, ANY, ROLE_MAX },
	{ CN_,       MH_BU, 0, ANY, 0, ANY, ROLE_CN },
	{ MN_,       MH_BU, 0, ANY, 0, ANY, ROLE_MAX },
	/* 9.4.1, 9.4.2 */
	{ ALL,       MH_HOTI, ANY, ANY, ANY, ANY, ROLE_CN },
	{ ALL,       MH_COTI, ANY, ANY, ANY, ANY, ROLE_CN },
	{ HA_ | MN_, MH_HOTI, ANY, ANY, ANY, ANY, ROLE_MAX },
	/* 11.6.2, 11.7.3, 11.7.4: to the home address */
	{ ALL,       MH_HOT, ANY, 1, ANY, ANY, ROLE_MN },
	{ ALL,       MH_HOT, ANY, 0, ANY, ANY, ROLE_MAX },
	{ ALL,       MH_BA, ANY, 1, ANY, ANY, ROLE_MN },
	{ ALL,       MH_BA, ANY, 0, ANY, ANY, ROLE_MAX },
	{ ALL,       MH_BRR, ANY, 1, ANY, ANY, ROLE_MN },
	{ ALL,       MH_BRR, ANY, 0, ANY, ANY, ROLE_MAX },
	{ HA_ | CN_, MH_BA, ANY, ANY, ANY, ANY, ROLE_MAX },
	{ ALL,       MH_COT, ANY, ANY, ANY, ANY, ROLE_MN },
	{ HA_ | CN_, MH_COT, ANY, ANY, ANY, ANY, ROLE_MAX },
	/* 11.3.6 */
	{ ALL,       MH_BE, ANY, ANY, ANY, ANY, ROLE_MN },
	{ HA_ | CN_, MH_BE, ANY, ANY, ANY, ANY, ROLE_HA },
	{ CN_,       MH_BE, ANY, ANY, ANY, ANY, ROLE_CN },
};

static uint32_t
with(unsigned int bits)
{
	return ((bits & 1 ? MH_BU_H : 0) | (bits & 2 ? MHW_TO_HOME : 0) |
	    (bits & 4 ? MHW_HA_BOUND : 0) | (bits & 8 ? MHW_CN_BOUND : 0));
}

ATF_TC_WITHOUT_HEAD(rules_of_the_rfc);
ATF_TC_BODY(rules_of_the_rfc, tc)
{
	struct dispatch	 d;
	unsigned int	 i, bits;

	for (i = 0; i < sizeof(rules) / sizeof(rules[0]); i++)
		for (bits = 0; bits < 16; bits++) {
			if ((rules[i].h != ANY &&
			    rules[i].h != (int)(bits & 1)) ||
			    (rules[i].to_home != ANY &&
			    rules[i].to_home != (int)(bits >> 1 & 1)) ||
			    (rules[i].ha_bound != ANY &&
			    rules[i].ha_bound != (int)(bits >> 2 & 1)) ||
			    (rules[i].cn_bound != ANY &&
			    rules[i].cn_bound != (int)(bits >> 3 & 1)))
				continue;
			d.roles = rules[i].roles;
			d.type = (uint8_t)rules[i].type;
			d.with = with(bits);
			ATF_CHECK_MSG(dispatch_mh(&d) == rules[i].want,
			    "rule %u, bits %u: %d", i, bits, dispatch_mh(&d));
		}
}

/* All types, roles and circumstances: one configured engine, or none. */
ATF_TC_WITHOUT_HEAD(never_two);
ATF_TC_BODY(never_two, tc)
{
	struct dispatch	 d;
	unsigned int	 roles, type, bits;
	enum role	 r;

	for (roles = 0; roles < 8; roles++)
		for (type = 0; type < 256; type++)
			for (bits = 0; bits < 16; bits++) {
				d.roles = (roles & 1 ? HA_ : 0) |
				    (roles & 2 ? MN_ : 0) |
				    (roles & 4 ? CN_ : 0);
				d.type = (uint8_t)type;
				d.with = with(bits);
				r = dispatch_mh(&d);
				ATF_CHECK(r == ROLE_MAX ||
				    (d.roles & ROLE_BIT(r)) != 0);
				ATF_CHECK(r == ROLE_MAX ||
				    dispatch_known((uint8_t)type));
			}
}

/* What is answered by what. */
static const struct {
	uint8_t	 request, answer;
} mh_pairs[] = {
	{ MH_BU, MH_BA }, { MH_HOTI, MH_HOT }, { MH_COTI, MH_COT },
}, icmp6_pairs[] = {
	{ ICMP6_T_DHAAD_REQ, ICMP6_T_DHAAD_REP },
	{ ICMP6_T_MPS, ICMP6_T_MPA },
	{ ICMP6_T_ECHO, ICMP6_T_ECHOREPLY },
};

/* An answer is for the engines that may ask, and for no others. */
ATF_TC_WITHOUT_HEAD(answers_to_who_asks);
ATF_TC_BODY(answers_to_who_asks, tc)
{
	struct dispatch	 d;
	enum role	 r;
	size_t		 i;

	FOREACH_ENGINE(r) {
		for (i = 0; i < sizeof(mh_pairs) / sizeof(mh_pairs[0]); i++) {
			d.roles = ROLE_BIT(r);
			d.type = mh_pairs[i].answer;
			d.with = MHW_TO_HOME;
			ATF_CHECK_EQ_MSG(dispatch_may_send_mh(r,
			    mh_pairs[i].request), dispatch_mh(&d) == r,
			    "%s, type %u", role_name(r), d.type);
		}
		for (i = 0; i < sizeof(icmp6_pairs) / sizeof(icmp6_pairs[0]);
		    i++)
			ATF_CHECK_EQ_MSG(dispatch_may_send_icmp6(r,
			    icmp6_pairs[i].request), dispatch_icmp6(ALL,
			    icmp6_pairs[i].answer) == ROLE_BIT(r),
			    "%s, ICMPv6 type %u", role_name(r),
			    icmp6_pairs[i].answer);
	}
}

/* The rank of a role's row for the message, or -1. */
static int
rank(enum role r, const struct dispatch *d)
{
	const struct role_def	*def = role_def(r);
	size_t			 i;

	for (i = 0; i < def->nmh_in; i++)
		if (def->mh_in[i].type == d->type &&
		    (d->with & def->mh_in[i].with) == def->mh_in[i].with &&
		    (d->with & def->mh_in[i].without) == 0)
			return (def->mh_in[i].rank);
	return (-1);
}

/* Who comes first is told by the ranks, never by the order of the roles. */
ATF_TC_WITHOUT_HEAD(ranks);
ATF_TC_BODY(ranks, tc)
{
	struct dispatch	 d;
	unsigned int	 type, bits, seen;
	enum role	 r;
	int		 n;

	for (type = 0; type < 256; type++)
		for (bits = 0; bits < 16; bits++) {
			d.type = (uint8_t)type;
			d.with = with(bits);
			seen = 0;
			FOREACH_ENGINE(r) {
				if ((n = rank(r, &d)) == -1)
					continue;
				ATF_REQUIRE(n < 32);
				ATF_CHECK_MSG((seen & 1U << n) == 0,
				    "type %u, bits %u: %s shares rank %d",
				    type, bits, role_name(r), n);
				seen |= 1U << n;
			}
		}
}

ATF_TC_WITHOUT_HEAD(types);
ATF_TC_BODY(types, tc)
{
	unsigned int	 t;

	for (t = 0; t < 256; t++)
		ATF_CHECK_EQ_MSG(t <= 7, dispatch_known((uint8_t)t), "%u", t);
}

/* The same with packets, on a host that is everything: one engine or answer. */
static const struct {
	const char	*name;
	const uint8_t	*p;
	size_t		 len;
	enum role	 want;
} plain[] = {
#define ROW(n, r)	{ #n, PKT(p_##n), r }
	ROW(bu_plain, ROLE_HA), ROW(ba_plain, ROLE_MN),
	ROW(ba_careof, ROLE_MAX), ROW(brr_plain, ROLE_MN),
	ROW(hoti_plain, ROLE_CN), ROW(coti_plain, ROLE_CN),
	ROW(hot_plain, ROLE_MN), ROW(cot_plain, ROLE_MN),
	ROW(be_plain, ROLE_MN),
};

ATF_TC_WITHOUT_HEAD(packets);
ATF_TC_BODY(packets, tc)
{
	static struct lab	 l;
	enum dp_verdict		 v;
	size_t			 i;

	for (i = 0; i < sizeof(plain) / sizeof(plain[0]); i++) {
		lab_init(&l, ALL_ROLES, true);
		v = lab_raw_mh(&l, plain[i].p, plain[i].len, 0);
		if (plain[i].want == ROLE_MAX) {
			ATF_CHECK_EQ_MSG(DP_DROP, v, "%s", plain[i].name);
			ATF_CHECK_EQ(NC_NO_ENGINE, l.o.why);
		} else {
			ATF_CHECK_EQ_MSG(DP_ENGINE, v, "%s", plain[i].name);
			ATF_CHECK_EQ_MSG(ROLE_BIT(plain[i].want), l.o.to, "%s",
			    plain[i].name);
		}
		ATF_CHECK_EQ(0, l.o.reply.len);
		lab_free(&l);
	}
}

/* What an engine may send: its own messages from its own home addresses. */
ATF_TC_WITHOUT_HEAD(closed_list);
ATF_TC_BODY(closed_list, tc)
{
	static struct lab	 l;
	static uint8_t		 mem[8192];
	struct msg_mh_out	 m;
	uint8_t			 mh[16] = { 59, 1, MH_BU };
	struct pkt		 p = { .buf = mem };
	enum role		 r;

	lab_init(&l, ALL_ROLES, true);
	memset(&m, 0, sizeof(m));
	m.src = COA2;
	m.dst = HA2;
	m.home = HOME2;
	m.flags = PKT_HAO;
	m.mh.p = mh;
	m.mh.len = sizeof(mh);
	FOREACH_ENGINE(r)
		ATF_CHECK_EQ(r == ROLE_MN ? DP_SEND : DP_DROP,
		    dp_mh_out(&l.dp, r, &m, &p, sizeof(mem), l.now, &l.o));
	m.home = HOME;
	ATF_CHECK_EQ(DP_DROP, dp_mh_out(&l.dp, ROLE_MN, &m, &p, sizeof(mem),
	    l.now, &l.o));
	ATF_CHECK_EQ(NC_REFUSED, l.o.why);
	mh[MH_OFF_TYPE] = MH_BA;
	m.src = HA;
	m.dst = COA;
	m.flags = PKT_RH2;
	ATF_CHECK_EQ(DP_SEND, dp_mh_out(&l.dp, ROLE_HA, &m, &p, sizeof(mem),
	    l.now, &l.o));
	ATF_CHECK_EQ(DP_DROP, dp_mh_out(&l.dp, ROLE_MN, &m, &p, sizeof(mem),
	    l.now, &l.o));
	m.flags = PKT_HAO;
	ATF_CHECK_EQ(DP_DROP, dp_mh_out(&l.dp, ROLE_HA, &m, &p, sizeof(mem),
	    l.now, &l.o));
	m.flags = 0;
	m.mh.len = 12;
	ATF_CHECK_EQ(DP_DROP, dp_mh_out(&l.dp, ROLE_HA, &m, &p, sizeof(mem),
	    l.now, &l.o));
	lab_free(&l);
}

/* A sent message is what scapy makes of it, HAO and RH2 included. */
ATF_TC_WITHOUT_HEAD(sent);
ATF_TC_BODY(sent, tc)
{
	static struct lab	 l;
	static uint8_t		 mem[8192];
	struct msg_mh_out	 m;
	struct ip6_walk		 w;
	struct pkt		 p = { .buf = mem };

	lab_init(&l, ALL_ROLES, true);
	memset(&m, 0, sizeof(m));
	ATF_REQUIRE_EQ(IP6_OK, ip6_walk(&w, PKT(p_ba_rh2), 0));
	m.src = HA2;
	m.dst = COA2;
	m.home = HOME2;
	m.flags = PKT_RH2;
	m.mh.p = p_ba_rh2 + w.upper;
	m.mh.len = sizeof(p_ba_rh2) - w.upper;
	ATF_REQUIRE_EQ(DP_SEND, dp_mh_out(&l.dp, ROLE_HA, &m, &p, sizeof(mem),
	    l.now, &l.o));
	ATF_CHECK_EQ(sizeof(p_ba_rh2), p.len);
	/* All but the hop limit. */
	pkt_data(&p)[IP6_OFF_HLIM] = p_ba_rh2[IP6_OFF_HLIM];
	ATF_CHECK(memcmp(pkt_data(&p), PKT(p_ba_rh2)) == 0);
	lab_free(&l);
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, rules_of_the_rfc);
	ATF_TP_ADD_TC(tp, never_two);
	ATF_TP_ADD_TC(tp, answers_to_who_asks);
	ATF_TP_ADD_TC(tp, ranks);
	ATF_TP_ADD_TC(tp, types);
	ATF_TP_ADD_TC(tp, packets);
	ATF_TP_ADD_TC(tp, closed_list);
	ATF_TP_ADD_TC(tp, sent);
	return (atf_no_error());
}
