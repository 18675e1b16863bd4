/*
 * The forwarding of net against a naive model of it: a list that is searched
 * from end to end, and the rules of RFC 6275 written down once more.  Engines
 * bind, move and unbind at random, and random packets go into tunnels and come
 * out of them, with every pair of addresses, right or forged; the model says
 * beforehand what has to become of each.
 */
#include <atf-c.h>

#include "net_lab.h"
#include "wire/icmp6.h"

#define STEPS		200000
#define NHOMES		4	/* of each role */
#define NOUTER		6
#define LINK		2
#define ERROR_AGE	SEC(60)	/* of a packet that an error is about */

/* One binding as the model has it. */
struct row {
	bool		 used, was_sent;
	bool		 old;		/* since its engine began anew */
	enum role	 role;
	struct in6_addr	 home, local, peer, prev;
	struct mono	 prev_until, prev_last, last;
	bool		 active;
};

struct model {
	struct row	 rows[3 * NHOMES];
	struct in6_addr	 homes[3][NHOMES];	/* by the order of roles */
	struct in6_addr	 inner[3 * NHOMES + 3];
	struct in6_addr	 outer[NOUTER];
	struct conf_home own[NHOMES];
};

static const enum role	 order[] = { ROLE_HA, ROLE_MN, ROLE_CN };

static struct lab	 l;
static struct model	 m;
static uint64_t		 seed = 88172645463325252ULL;
static unsigned int	 seen[NC_MAX + 1];

static uint32_t
rnd(uint32_t n)
{
	seed ^= seed << 13;
	seed ^= seed >> 7;
	seed ^= seed << 17;
	return ((uint32_t)(seed >> 20) % n);
}

static struct in6_addr
nth(struct in6_addr a, uint32_t i)
{
	a.s6_addr[15] = (uint8_t)(a.s6_addr[15] + i);
	return (a);
}

static struct row *
find(enum role role, struct in6_addr home)
{
	size_t	 i;

	for (i = 0; i < 3 * NHOMES; i++)
		if (m.rows[i].used && m.rows[i].role == role &&
		    in6_eq(&m.rows[i].home, &home))
			return (&m.rows[i]);
	return (NULL);
}

static void
init(void)
{
	size_t	 i;

	lab_init(&l, ALL_ROLES, false);
	memset(&m, 0, sizeof(m));
	for (i = 0; i < NHOMES; i++) {
		m.homes[0][i] = nth(HOME, (uint32_t)i);
		m.homes[1][i] = nth(HOME2, (uint32_t)i);
		/* Two that a home agent serves, and two of elsewhere. */
		m.homes[2][i] = i < 2 ? m.homes[0][i] :
		    nth(addr("2001:db8:3::300"), (uint32_t)i);
		m.own[i].address = m.homes[1][i];
		m.own[i].agent = HA2;
	}
	l.mn.homes = m.own;
	l.mn.nhomes = NHOMES;
	ATF_REQUIRE(dp_configure(&l.dp, &l.conf));
	memcpy(m.inner, m.homes, sizeof(m.homes));
	m.inner[3 * NHOMES] = HA;
	m.inner[3 * NHOMES + 1] = HA2;
	m.inner[3 * NHOMES + 2] = CN;
	m.outer[0] = HA;
	m.outer[1] = HA2;
	m.outer[2] = COA;
	m.outer[3] = COA2;
	m.outer[4] = nth(COA, 1);
	m.outer[5] = nth(COA2, 1);
	lab_local(&l, m.outer[5]);
}

/* Where a node of ours may be bound: its own address, and the other end's. */
static void
ends(enum role role, struct msg_bind *b)
{
	b->local = role == ROLE_MN ? m.outer[rnd(2) * 2 + 3] : HA;
	b->peer = role == ROLE_MN ? (rnd(8) > 0 ? HA2 : CN) :
	    m.outer[2 + rnd(4)];
}

static void
bind_one(void)
{
	uint32_t	 k = rnd(3), i = rnd(NHOMES);
	enum role	 role = order[k];
	struct row	*r;
	struct msg_bind	 b = { .home = m.homes[k][i], .ifindex = LINK,
			    .flags = rnd(8) > 0 ? BIND_ACTIVE : 0 };

	ends(role, &b);
	if ((r = find(role, b.home)) == NULL) {
		r = &m.rows[k * NHOMES + i];
		memset(r, 0, sizeof(*r));
		r->used = true;
		r->role = role;
		r->home = b.home;
	} else if (!in6_eq(&r->local, &b.local)) {
		r->prev = r->local;
		r->prev_until.ns = l.now.ns + FWD_PREVIOUS;
		r->prev_last = r->last;
	}
	r->local = b.local;
	r->peer = b.peer;
	r->active = (b.flags & BIND_ACTIVE) != 0;
	r->old = false;
	ATF_REQUIRE(dp_bind(&l.dp, role, &b, l.now, &l.o));
}

static void
unbind_one(void)
{
	uint32_t		 k = rnd(3);
	struct msg_unbind	 u = { .home = m.homes[k][rnd(NHOMES)] };
	struct row		*r = find(order[k], u.home);

	ATF_REQUIRE_EQ(r != NULL, dp_unbind(&l.dp, order[k], &u));
	if (r != NULL)
		r->used = false;
}

/* An engine begins anew, or has told all it binds. */
static void
engine(void)
{
	uint32_t	 k = rnd(3), i;
	bool		 end = rnd(2) > 0;

	for (i = 0; i < NHOMES; i++)
		if (end && m.rows[k * NHOMES + i].old)
			m.rows[k * NHOMES + i].used = false;
		else
			m.rows[k * NHOMES + i].old = true;
	if (!end) {
		dp_resync(&l.dp, order[k]);
		return;
	}
	dp_resync_end(&l.dp, order[k]);
	while (dp_sweep(&l.dp, 1 + rnd(1000)))
		continue;
	/* What it had told is a set that is bound for good. */
	for (i = 0; i < NHOMES; i++)
		m.rows[k * NHOMES + i].old = false;
}

/* The binding that a packet going out is for, home agents' first. */
static struct row *
going_out(struct in6_addr src, struct in6_addr dst)
{
	struct row	*r;

	if ((r = find(ROLE_HA, dst)) != NULL)
		return (r);
	if ((r = find(ROLE_MN, src)) != NULL)
		return (r);
	return (find(ROLE_CN, dst));
}

/* The pair check of decapsulation: RFC 6275 10.4.5, 11.3.3. */
static struct row *
coming_in(struct in6_addr osrc, struct in6_addr odst, struct in6_addr src,
    struct in6_addr dst)
{
	struct row	*r;

	if ((r = find(ROLE_HA, src)) != NULL && in6_eq(&r->peer, &osrc) &&
	    in6_eq(&r->local, &odst))
		return (r);
	if ((r = find(ROLE_MN, dst)) != NULL && in6_eq(&r->peer, &osrc) &&
	    (in6_eq(&r->local, &odst) || (in6_eq(&r->prev, &odst) &&
	    l.now.ns < r->prev_until.ns)))
		return (r);
	return (NULL);
}

static size_t
packet(uint8_t *p, struct in6_addr src, struct in6_addr dst, uint8_t proto)
{
	memset(p, 0, IP6_HDRLEN + 32);
	ip6_header(p, &src, &dst, proto, 32, 64, 0, 0);
	return (IP6_HDRLEN + 32);
}

static struct in6_addr
any_inner(void)
{
	return (m.inner[rnd(3 * NHOMES + 3)]);
}

/* Mostly one that fits, as few do by chance. */
static struct in6_addr
likely(struct in6_addr right)
{
	return (rnd(3) > 0 ? right : m.outer[rnd(NOUTER)]);
}

static void
check_ends(struct in6_addr src, struct in6_addr dst, uint8_t next)
{
	const uint8_t	*p = pkt_data(&l.p);
	struct in6_addr	 s = ip6_src(p), d = ip6_dst(p);

	ATF_REQUIRE(in6_eq(&s, &src));
	ATF_REQUIRE(in6_eq(&d, &dst));
	ATF_REQUIRE_EQ(next, p[IP6_OFF_NEXT]);
	ATF_REQUIRE_EQ(LINK, l.o.ifindex);
}

/* RFC 6275 10.4.2, 11.3.1, 9.3.2. */
static void
out(void)
{
	static const uint8_t	 protos[] = { 17, IP6_P_ESP, IP6_P_MH };
	uint8_t			 p[128], proto = protos[rnd(3)];
	struct in6_addr		 src = any_inner(), dst = any_inner();
	size_t			 len = packet(p, src, dst, proto);
	struct row		*r = going_out(src, dst);
	enum dp_verdict		 v;

	lab_packet(&l, p, len);
	v = dp_tun(&l.dp, &l.p, NULL, l.now, &l.o);
	seen[l.o.why]++;
	if (r == NULL || !r->active) {
		ATF_REQUIRE_EQ(DP_DROP, v);
		ATF_REQUIRE_EQ(r != NULL, l.o.why == NC_INACTIVE);
		return;
	}
	ATF_REQUIRE_EQ(DP_SEND, v);
	r->was_sent = true;
	r->last = l.now;
	if (r->role == ROLE_CN || (r->role == ROLE_HA &&
	    in6_eq(&src, &r->local))) {
		ATF_REQUIRE_EQ(NC_ROUTE_OUT, l.o.why);
		check_ends(src, r->peer, IP6_P_ROUTING);
	} else if (r->role == ROLE_MN && in6_eq(&dst, &r->peer) &&
	    proto != 17) {
		ATF_REQUIRE_EQ(NC_HAO_OUT, l.o.why);
		check_ends(r->local, dst, IP6_P_DSTOPTS);
	} else {
		ATF_REQUIRE_EQ(NC_ENCAPSULATED, l.o.why);
		check_ends(r->local, r->peer, IP6_P_IPV6);
	}
}

static void
in(void)
{
	uint8_t		 p[128];
	struct in6_addr	 src = any_inner(), dst = any_inner();
	size_t		 len = packet(p, src, dst, 17);
	struct row	*r = find(ROLE_HA, src), *t;
	struct in6_addr	 osrc, odst;
	enum dp_verdict	 v;

	if (r == NULL)
		r = find(ROLE_MN, dst);
	osrc = likely(r != NULL ? r->peer : COA);
	odst = likely(r == NULL ? HA : rnd(3) == 0 ? r->prev : r->local);
	t = coming_in(osrc, odst, src, dst);
	v = lab_tunnel(&l, osrc, odst, 0, p, len);
	seen[l.o.why]++;
	if (t != NULL && t->active) {
		ATF_REQUIRE_EQ(DP_INJECT, v);
		ATF_REQUIRE_EQ(NC_DECAPSULATED, l.o.why);
		ATF_REQUIRE(lab_is(&l, p, len));
		return;
	}
	ATF_REQUIRE_EQ(DP_DROP, v);
	if (t != NULL)
		ATF_REQUIRE_EQ(NC_INACTIVE, l.o.why);
	else
		ATF_REQUIRE(l.o.why == NC_FORGED || l.o.why == NC_UNBOUND);
}

/* A Home Address option, to the home agent: RFC 6275 9.3.1. */
static void
option(void)
{
	uint8_t		 p[128];
	struct in6_addr	 home = any_inner(), careof;
	size_t		 len = packet(p, home, HA, 17);
	struct row	*ha = find(ROLE_HA, home), *cn = find(ROLE_CN, home);
	struct ip6_walk	 w;
	bool		 right;
	enum dp_verdict	 v;

	careof = likely(ha != NULL ? ha->peer : cn != NULL ? cn->peer : COA);
	lab_packet(&l, p, len);
	ATF_REQUIRE_EQ(IP6_OK, ip6_walk(&w, pkt_data(&l.p), l.p.len, 0));
	ATF_REQUIRE_EQ(RW_OK, rw_hao_insert(&l.p, &w, &careof));
	v = dp_capture(&l.dp, &l.p, NULL, LINK, l.now, &l.o);
	seen[l.o.why]++;
	right = (ha != NULL && ha->active && in6_eq(&ha->peer, &careof)) ||
	    (cn != NULL && cn->active && in6_eq(&cn->peer, &careof));
	ATF_REQUIRE_EQ(right ? DP_INJECT : DP_DROP, v);
	ATF_REQUIRE_EQ(right ? NC_REWRITTEN : NC_NO_BINDING, l.o.why);
}

/* An error about a packet that went into a tunnel, or did not: RFC 2473 8. */
static void
error(void)
{
	uint8_t		 p[256] = { ICMP6_T_TIMEX };
	struct in6_addr	 src = any_inner(), dst = any_inner();
	struct in6_addr	 osrc, odst;
	size_t		 len;
	struct row	*r = find(ROLE_HA, dst), *t = NULL;
	struct mono	 last = { 0 };
	enum dp_verdict	 v;

	if (r == NULL)
		r = find(ROLE_MN, src);
	osrc = likely(r == NULL ? HA : rnd(4) == 0 ? r->prev : r->local);
	odst = likely(r != NULL ? r->peer : COA);
	len = packet(p + 8 + IP6_HDRLEN, src, dst, 17);
	ip6_header(p + 8, &osrc, &odst, IP6_P_IPV6, (uint16_t)len, 64, 0, 0);
	if ((r = find(ROLE_HA, dst)) != NULL && in6_eq(&r->peer, &odst) &&
	    in6_eq(&r->local, &osrc))
		t = r;
	else if ((r = find(ROLE_MN, src)) != NULL &&
	    in6_eq(&r->peer, &odst) && (in6_eq(&r->local, &osrc) ||
	    in6_eq(&r->prev, &osrc)))
		t = r;
	/* Where it was before, nothing has been sent since it moved. */
	if (t != NULL)
		last = in6_eq(&t->local, &osrc) ? t->last : t->prev_last;
	v = lab_icmp6(&l, CN, osrc, 64, p, 8 + IP6_HDRLEN + len);
	seen[l.o.why]++;
	if (t == NULL || !t->was_sent ||
	    l.now.ns - last.ns > ERROR_AGE) {
		ATF_REQUIRE_EQ(DP_DROP, v);
		ATF_REQUIRE_EQ(NC_ICMP6_STRAY, l.o.why);
	} else {
		ATF_REQUIRE_EQ(DP_PASS, v);
		ATF_REQUIRE_EQ(t->role, l.o.tunnel_to);
		ATF_REQUIRE(in6_eq(&t->home, &l.o.tunnel.home));
		ATF_REQUIRE(in6_eq(&t->peer, &l.o.tunnel.peer));
	}
}

ATF_TC_WITHOUT_HEAD(model);
ATF_TC_BODY(model, tc)
{
	static void (*const	 moves[])(void) = { bind_one, bind_one,
		unbind_one, engine };
	static void (*const	 packets[])(void) = { out, in, in, option,
		error };
	static const enum net_counter	 all[] = { NC_INACTIVE, NC_ROUTE_OUT,
		NC_HAO_OUT, NC_ENCAPSULATED, NC_DECAPSULATED, NC_FORGED,
		NC_UNBOUND, NC_REWRITTEN, NC_NO_BINDING, NC_ICMP6_STRAY };
	size_t				 i;

	init();
	for (i = 0; i < STEPS; i++) {
		l.now.ns += MS(rnd(rnd(50) == 0 ? 40000 : 400));
		if (rnd(6) == 0)
			moves[rnd(4)]();
		packets[rnd(5)]();
	}
	/* It has been through all of it. */
	for (i = 0; i < sizeof(all) / sizeof(all[0]); i++)
		ATF_CHECK_MSG(seen[all[i]] > 20, "%s: %u",
		    net_counter_defs[all[i]].name, seen[all[i]]);
	lab_free(&l);
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, model);
	return (atf_no_error());
}
