/*
 * Home agent address discovery of the home agent (RFC 6275 10.5, RFC 3963 7):
 * what can't be seen in one answer.  Equals come in each order, the best first,
 * no more than fit, answers at a limited rate, mobile routers' agents.
 */
#include <sys/types.h>
#include <sys/socket.h>

#include <arpa/inet.h>
#include <atf-c.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "conf/conf.h"
#include "core/counter.h"
#include "ha/ha.h"
#include "ha/int.h"
#include "regress/transcript.h"
#include "wire/icmp6.h"
#include "wire/ip6.h"

#define HA	"2001:db8:1::1"
#define ANYCAST	"2001:db8:1:0:fdff:ffff:ffff:fffe"
#define ASKER	"2001:db8:a::100"
#define IFINDEX	3

struct lab {
	void			*ha;
	struct engine_env	 env;
	struct counters		 counters;
	struct now		 now;
	struct conf		 conf;
	struct conf_ha		 cha;
	struct conf_home_link	 link;
	struct conf_prefix	 prefix;
	uint64_t		 seed;
	size_t			 nreplies, len;		/* of the last one */
	struct icmp6		 reply;
	struct in6_addr		 to;
	uint8_t			 data[2048];
};

static struct in6_addr
ip(const char *s)
{
	struct in6_addr	 a;

	ATF_REQUIRE(inet_pton(AF_INET6, s, &a) == 1);
	return (a);
}

static void
emitted(void *ctx, enum msg_type type, const void *m)
{
	const struct msg_icmp6_out	*out = m;
	struct lab			*l = ctx;

	ATF_REQUIRE(msg_to(type, ROLE_HA) != ROLE_MAX);
	transcript_message(l->now.mono.ns, msg_to(type, ROLE_HA), type, m);
	if (type != MSG_ICMP6_OUT ||
	    out->icmp6.p[0] != ICMP6_T_DHAAD_REP)
		return;
	ATF_REQUIRE(out->icmp6.len <= sizeof(l->data));
	memcpy(l->data, out->icmp6.p, out->icmp6.len);
	l->len = out->icmp6.len;
	l->to = out->dst;
	l->nreplies++;
	ATF_REQUIRE_EQ(icmp6_parse(&l->reply, l->data, l->len), ICMP6_OK);
}

static uint64_t
numbers(void *ctx)
{
	struct lab	*l = ctx;

	l->seed = l->seed * 6364136223846793005ULL + 1442695040888963407ULL;
	return (l->seed >> 24);
}

static void
input(struct lab *l, const struct icmp6 *m, const struct in6_addr *src,
    const struct in6_addr *dst, uint32_t ifindex)
{
	uint8_t		 buf[2048];
	union msg	 in;

	memset(&in, 0, sizeof(in));
	in.u_ICMP6_IN.src = *src;
	in.u_ICMP6_IN.dst = *dst;
	in.u_ICMP6_IN.ifindex = ifindex;
	in.u_ICMP6_IN.hlim = 255;
	in.u_ICMP6_IN.icmp6.p = buf;
	in.u_ICMP6_IN.icmp6.len = icmp6_build(m, buf, sizeof(buf));
	ATF_REQUIRE(in.u_ICMP6_IN.icmp6.len > 0);
	ha_engine.input(l->ha, ROLE_NET, MSG_ICMP6_IN, &in, l->now);
}

static void
link_up(struct lab *l)
{
	union msg	 m;

	memset(&m, 0, sizeof(m));
	m.u_LINK.ifindex = IFINDEX;
	strcpy(m.u_LINK.name, "em0");
	m.u_LINK.flags = LINK_UP | LINK_RUNNING;
	ha_engine.input(l->ha, ROLE_PARENT, MSG_LINK, &m, l->now);
}

/* A physical home link; our preference on it. */
static struct lab *
lab_new(int preference)
{
	struct lab	*l = calloc(1, sizeof(*l));

	ATF_REQUIRE(l != NULL);
	l->now = (struct now){ { SEC(1000) }, SEC(1700000000LL) };
	l->env = (struct engine_env){ emitted, numbers, l, &l->counters,
	    NULL, NULL };
	l->conf.ha = &l->cha;
	strcpy(l->link.interface, "em0");
	l->link.address = ip(HA);
	l->link.prefixes = &l->prefix;
	l->link.nprefixes = 1;
	l->link.valid = l->link.preferred = UINT32_MAX;
	l->link.preference = preference;
	l->link.dhaad = true;
	l->prefix.addr = in6_prefix(&l->link.address, 64);
	l->prefix.len = 64;
	l->cha.links = &l->link;
	l->cha.nlinks = 1;
	counters_init(&l->counters, ha_engine.counter_defs);
	l->ha = ha_engine.create(&l->env, &l->conf, l->now);
	ATF_REQUIRE(l->ha != NULL);
	link_up(l);
	return (l);
}

static void
lab_end(struct lab *l)
{
	ha_engine.destroy(l->ha);
	counters_free(&l->counters);
	free(l);
}

static struct in6_addr
numbered(const char *prefix, unsigned int agent, unsigned int n)
{
	struct in6_addr	 a = ip(prefix);

	a.s6_addr[13] = (uint8_t)agent;
	a.s6_addr[15] = (uint8_t)n;
	return (a);
}

/* An agent with so many addresses is heard. */
static void
heard(struct lab *l, unsigned int agent, int preference, bool routers,
    unsigned int naddrs)
{
	struct in6_addr	 src = numbered("fe80::", agent, 0);
	struct nd_opt	*o;
	struct icmp6	 m;
	unsigned int	 i;

	icmp6_init(&m, ICMP6_T_RA);
	m.u.ra.flags = ICMP6_RA_H;
	m.u.ra.lifetime = 1800;
	o = icmp6_add(&m, ND_HAINFO);
	o->u.hainfo.preference = (uint16_t)preference;
	o->u.hainfo.lifetime = 1800;
	o->u.hainfo.flags = routers ? ND_HAINFO_R : 0;
	for (i = 1; i <= naddrs; i++) {
		o = icmp6_add(&m, ND_PREFIX);
		o->u.prefix.len = 64;
		o->u.prefix.flags = ICMP6_PI_R;
		o->u.prefix.valid = o->u.prefix.preferred = 86400;
		o->u.prefix.prefix = numbered("2001:db8:1::", agent, i);
	}
	input(l, &m, &src, &in6_allnodes, IFINDEX);
}

/* Is a request from there answered? */
static bool
ask_from(struct lab *l, const struct in6_addr *src, bool routers)
{
	struct in6_addr	 dst = ip(ANYCAST);
	size_t		 before = l->nreplies;
	struct icmp6	 m;

	icmp6_init(&m, ICMP6_T_DHAAD_REQ);
	m.u.mip.id = 99;
	m.u.mip.flags = routers ? ICMP6_DHAAD_R : 0;
	input(l, &m, src, &dst, 0);
	return (l->nreplies > before);
}

static void
ask(struct lab *l, bool routers)
{
	struct in6_addr	 src = ip(ASKER);

	l->now.mono.ns += SEC(1);
	ATF_REQUIRE(ask_from(l, &src, routers));
	ATF_CHECK_EQ(l->reply.u.mip.id, 99);
	ATF_CHECK(in6_eq(&l->to, &src));
}

/* The agent whose address is at place i of the last answer; 0: this one. */
static unsigned int
at(const struct lab *l, size_t i)
{
	return (icmp6_dhaad_addr(&l->reply, i).s6_addr[13]);
}

/* Three equals, one of them with two addresses, behind one that is better. */
ATF_TC_WITHOUT_HEAD(shuffled);
ATF_TC_BODY(shuffled, tc)
{
	struct lab	*l = lab_new(-7);
	unsigned int	 seen[4][4] = { { 0 } }, first = 0;
	unsigned int	 i, k, place;

	heard(l, 1, -7, false, 1);
	heard(l, 2, -7, false, 2);
	heard(l, 3, -6, false, 1);
	for (i = 0; i < 300; i++) {
		ask(l, false);
		ATF_REQUIRE_EQ(l->reply.u.mip.naddrs, 5);
		ATF_REQUIRE_EQ(at(l, 0), 3);
		for (place = 0, k = 1; k < 5; k++) {
			if (at(l, k) != 2)
				seen[at(l, k)][place++]++;
			else {
				/* Its addresses are beside each other. */
				first += icmp6_dhaad_addr(&l->reply,
				    k).s6_addr[15] == 1;
				seen[2][place++]++;
				ATF_REQUIRE_EQ(at(l, ++k), 2);
			}
		}
		ATF_REQUIRE_EQ(place, 3);
	}
	/* A third each, 100; six sigma are 49. */
	for (i = 0; i < 3; i++)
		for (place = 0; place < 3; place++)
			ATF_CHECK_MSG(seen[i][place] > 51 &&
			    seen[i][place] < 149, "%u at place %u: %u times",
			    i, place, seen[i][place]);
	/* Half, 150; six sigma are 52. */
	ATF_CHECK_MSG(first > 98 && first < 202, "%u", first);
	lab_end(l);
}

/* RFC 6275 10.5.1: within the minimum MTU, and then the best are in it. */
ATF_TC_WITHOUT_HEAD(best_fit);
ATF_TC_BODY(best_fit, tc)
{
	struct lab	*l = lab_new(-1);
	unsigned int	 i, k;

	/* 17 of 8 addresses, the best is 17; this one is the last but one. */
	heard(l, 18, -2, false, 1);
	for (i = 1; i <= 17; i++)
		heard(l, i, (int)i, false, 8);
	ask(l, false);
	ATF_CHECK_EQ(l->reply.u.mip.naddrs, 77);
	ATF_CHECK_EQ(IP6_HDRLEN + l->len, IP6_MINMTU);
	for (k = 0; k < 77; k++)
		ATF_CHECK_EQ(at(l, k), 17 - k / 8);
	lab_end(l);
	/* As many as fit. */
	l = lab_new(-1);
	for (i = 1; i <= 9; i++)
		heard(l, i, 0, false, 8);
	heard(l, 10, 0, false, 4);
	ask(l, false);
	ATF_CHECK_EQ(l->reply.u.mip.naddrs, 77);
	ATF_CHECK_EQ(at(l, 76), 0);
	lab_end(l);
}

/* RFC 3963 7.2: who asks for those of mobile routers gets these alone. */
ATF_TC_WITHOUT_HEAD(mobile_routers);
ATF_TC_BODY(mobile_routers, tc)
{
	struct lab	*l = lab_new(5);

	/* There is none: all, and the flag says so. */
	heard(l, 1, 1, false, 1);
	ask(l, true);
	ATF_CHECK_EQ(l->reply.u.mip.naddrs, 2);
	ATF_CHECK_EQ(l->reply.u.mip.flags, 0);
	heard(l, 2, 2, true, 2);
	heard(l, 3, 3, true, 1);
	ask(l, true);
	ATF_CHECK_EQ(l->reply.u.mip.naddrs, 3);
	ATF_CHECK_EQ(l->reply.u.mip.flags, ICMP6_DHAAD_R);
	ATF_CHECK_EQ(at(l, 0), 3);
	ATF_CHECK_EQ(at(l, 1), 2);
	ATF_CHECK_EQ(at(l, 2), 2);
	/* Who does not ask for them gets all. */
	ask(l, false);
	ATF_CHECK_EQ(l->reply.u.mip.naddrs, 5);
	ATF_CHECK_EQ(l->reply.u.mip.flags, 0);
	lab_end(l);
}

/* In one second, from /64s like these. */
static unsigned int
flood(struct lab *l, const char *prefix, unsigned int networks, unsigned int n)
{
	struct in6_addr	 src = ip(prefix);
	unsigned int	 i, answered = 0;

	for (i = 0; i < n; i++) {
		src.s6_addr[6] = (uint8_t)(i % networks >> 8);
		src.s6_addr[7] = (uint8_t)(i % networks);
		src.s6_addr[15] = (uint8_t)i;
		answered += ask_from(l, &src, false);
	}
	return (answered);
}

/* An answer may be larger than the request, and its source be anybody's. */
ATF_TC_WITHOUT_HEAD(limited);
ATF_TC_BODY(limited, tc)
{
	struct lab	*l = lab_new(0);
	unsigned int	 n;

	ATF_CHECK_EQ(flood(l, "2001:db8:a::", 1, 1000), 10);
	ATF_CHECK_EQ(l->counters.v[HC_DHAAD_IN], 1000);
	ATF_CHECK_EQ(l->counters.v[HC_DHAAD_OUT], 10);
	ATF_CHECK_EQ(l->counters.v[HC_DHAAD_RATE], 990);
	/* Another network has what is its. */
	ATF_CHECK_EQ(flood(l, "2001:db8:b::", 1, 1000), 10);
	l->now.mono.ns += SEC(2);
	ATF_CHECK_EQ(flood(l, "2001:db8:a::", 1, 1000), 10);
	/* And to all of them there are so many. */
	l->now.mono.ns += SEC(2);
	n = flood(l, "2001:db8:c::", 1000, 5000);
	ATF_CHECK_MSG(n == 100, "%u", n);
	/* Others wait for a tenth of a second at most. */
	l->now.mono.ns += MS(100);
	ATF_CHECK(flood(l, "2001:db8:a::", 1, 1) == 1);
	lab_end(l);
}

/* RFC 6275 10.5.1: who advertises a lifetime of zero is no home agent. */
ATF_TC_WITHOUT_HEAD(standby);
ATF_TC_BODY(standby, tc)
{
	static const struct {
		bool		 enabled, info, answers;
		uint32_t	 router, agent;
	} t[] = {
		{ true, true, true, 9000, 9000 },
		{ true, true, true, 0, 9000 },
		{ true, false, false, 0, 9000 },
		{ true, true, false, 0, 0 },
		{ false, true, true, 0, 0 },
	};
	struct in6_addr	 src = ip(ASKER);
	struct lab	*l = lab_new(0);
	size_t		 i;

	for (i = 0; i < sizeof(t) / sizeof(t[0]); i++) {
		l->link.ra.enabled = t[i].enabled;
		l->link.ra.home_agent_info = t[i].info;
		l->link.ra.router_lifetime = t[i].router;
		l->link.ha_lifetime = t[i].agent;
		l->now.mono.ns += SEC(1);
		ha_engine.configure(l->ha, &l->conf, l->now);
		ATF_CHECK_EQ_MSG(ask_from(l, &src, false), t[i].answers,
		    "row %zu", i);
	}
	lab_end(l);
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, shuffled);
	ATF_TP_ADD_TC(tp, best_fit);
	ATF_TP_ADD_TC(tp, mobile_routers);
	ATF_TP_ADD_TC(tp, limited);
	ATF_TP_ADD_TC(tp, standby);
	return (atf_no_error());
}
