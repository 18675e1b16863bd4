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
#define NOTHERS		3	/* with whom there may be pairs */
#define NPATHS		2	/* of one home at once, with numbers */
#define NROWS		(NPATHS * (2 * NHOMES + 2 * NHOMES * NOTHERS))
#define NOUTER		6
#define LINK		2
#define ERROR_AGE	SEC(60)	/* of a packet that an error is about */

/* One path of a binding as the model has it. */
struct row {
	bool		 used, was_sent;
	bool		 old;		/* since its engine began anew */
	enum role	 role;
	struct in6_addr	 home, local, peer, prev;
	struct in6_addr	 other;		/* :: for any */
	struct mono	 prev_until, prev_last, last;
	unsigned int	 bid;		/* 0: it is the only one */
	bool		 active, unverified;
};

/* What a correspondent's pair has earned and not spent (RFC 4866 4.10). */
struct credit_of {
	struct in6_addr	 home, other;
	uint64_t	 octets;
};

struct model {
	struct row	 rows[NROWS];
	struct in6_addr	 others[3][NOTHERS];
	struct in6_addr	 homes[3][NHOMES];	/* by the order of roles */
	struct in6_addr	 inner[3 * NHOMES + 3];
	struct in6_addr	 outer[NOUTER];
	struct conf_home own[NHOMES];
	struct credit_of credits[NHOMES * NOTHERS];
	struct mono	 ages;		/* the next time all of it does */
};

static const enum role	 order[] = { ROLE_HA, ROLE_MN, ROLE_CN };

static struct lab	 l;
static struct model	 m;
static uint64_t		 seed = 88172645463325252ULL;
static unsigned int	 seen[NC_MAX + 1];
static unsigned int	 nested;	/* headers inside a tunnel */
static unsigned int	 several;	/* by a path with a number */
static unsigned int	 translated[4];	/* errors, by headers */
static unsigned int	 on_credit, for_want;	/* of it: not followed */

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

/* The next path bound for these, from r on; NULL: there is none. */
static struct row *
next_path(struct row *r, enum role role, struct in6_addr home,
    struct in6_addr other)
{
	for (; r < m.rows + NROWS; r++)
		if (r->used && r->role == role && in6_eq(&r->home, &home) &&
		    in6_eq(&r->other, &other))
			return (r);
	return (NULL);
}

/* The path that sends: of those that are active, or else of all, the lowest. */
static struct row *
find_pair(enum role role, struct in6_addr home, struct in6_addr other)
{
	struct row	*r, *best = NULL;

	for (r = m.rows; (r = next_path(r, role, home, other)) != NULL; r++)
		if (best == NULL || (r->active && !best->active) ||
		    (r->active == best->active && r->bid < best->bid))
			best = r;
	return (best);
}

/* The path between these addresses outside. */
static struct row *
find_path(enum role role, struct in6_addr home, struct in6_addr other,
    struct in6_addr local, struct in6_addr peer)
{
	struct row	*r;

	for (r = m.rows; (r = next_path(r, role, home, other)) != NULL; r++)
		if (in6_eq(&r->peer, &peer) && in6_eq(&r->local, &local))
			break;
	return (r);
}

static struct row *
find(enum role role, struct in6_addr home)
{
	return (find_pair(role, home, in6addr_any));
}

static struct row *
unused(void)
{
	size_t	 i;

	for (i = 0; i < NROWS && m.rows[i].used; i++)
		continue;
	ATF_REQUIRE(i < NROWS);
	memset(&m.rows[i], 0, sizeof(m.rows[i]));
	return (&m.rows[i]);
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
	m.others[1][0] = CN;
	m.others[1][1] = m.homes[0][1];
	m.others[1][2] = m.homes[2][3];
	m.others[2][0] = HA;
	m.others[2][1] = m.homes[1][0];
	m.others[2][2] = m.homes[1][1];
	for (i = 0; i < NHOMES * NOTHERS; i++) {
		m.credits[i].home = m.homes[2][i / NOTHERS];
		m.credits[i].other = m.others[2][i % NOTHERS];
	}
	m.ages = l.now;
	m.outer[0] = HA;
	m.outer[1] = HA2;
	m.outer[2] = COA;
	m.outer[3] = COA2;
	m.outer[4] = nth(COA, 1);
	m.outer[5] = nth(COA2, 1);
	lab_local(&l, m.outer[5]);
	lab_local(&l, m.homes[1][1]);
}

static struct credit_of *
credit_of(const struct row *r)
{
	struct credit_of	*c = m.credits;

	while (!in6_eq(&c->home, &r->home) || !in6_eq(&c->other, &r->other))
		c++;
	return (c);
}

/* Time has passed: 4.11.  What has no binding any more has no credit. */
static void
age_credits(void)
{
	struct credit_of	*c;

	for (c = m.credits; c < m.credits + NHOMES * NOTHERS; c++)
		if (find_pair(ROLE_CN, c->home, c->other) == NULL)
			c->octets = 0;
	for (; m.ages.ns <= l.now.ns; m.ages.ns += SEC(5))
		for (c = m.credits; c < m.credits + NHOMES * NOTHERS; c++)
			c->octets -= (c->octets + 7) / 8;
}

/* Where a node of ours may be bound: its own address, and the other end's. */
static void
ends(enum role role, struct msg_bind *b)
{
	b->local = role == ROLE_MN ? m.outer[rnd(2) * 2 + 3] : HA;
	b->peer = role == ROLE_MN ? (rnd(8) > 0 ? HA2 : CN) :
	    m.outer[2 + rnd(4)];
	/* No two paths are between the same. */
	if (b->bid != 0)
		b->peer = m.outer[2 * b->bid + rnd(2)];
	if (in6_is_unspecified(&b->other))
		return;
	if (role == ROLE_MN)
		b->peer = b->other;
	else
		b->local = b->other;
}

/* With whom: home agents have no pairs, correspondents nothing else. */
static struct in6_addr
with(uint32_t k)
{
	return (k == 0 || (k == 1 && rnd(2) > 0) ? in6addr_any :
	    m.others[k][rnd(NOTHERS)]);
}

/*
 * The row that is to have this path: what is bound with a number and what has
 * none replace each other, and of several the lowest is what changes.
 */
static struct row *
row_of(enum role role, const struct msg_bind *b)
{
	struct row	*r, *lowest = NULL, *same = NULL;

	for (r = m.rows; (r = next_path(r, role, b->home, b->other)) != NULL;
	    r++) {
		if (lowest == NULL || r->bid < lowest->bid)
			lowest = r;
		if (r->bid == b->bid)
			same = r;
	}
	if (same != NULL || lowest == NULL || (b->bid != 0 && lowest->bid != 0))
		return (same);
	for (r = m.rows; (r = next_path(r, role, b->home, b->other)) != NULL;
	    r++)
		r->used = r == lowest;
	return (lowest);
}

static void
bind_one(void)
{
	uint32_t	 k = rnd(3), i = rnd(NHOMES);
	enum role	 role = order[k];
	struct row	*r;
	struct msg_bind	 b = { .home = m.homes[k][i], .other = with(k),
			    .ifindex = LINK,
			    .flags = rnd(8) > 0 ? BIND_ACTIVE : 0 };

	if (role != ROLE_MN && rnd(3) > 0)
		b.bid = (uint16_t)(1 + rnd(NPATHS));
	if (role == ROLE_CN && rnd(2) > 0)
		b.flags |= BIND_UNVERIFIED;
	ends(role, &b);
	if ((r = row_of(role, &b)) == NULL) {
		r = unused();
		r->used = true;
		r->role = role;
		r->home = b.home;
		r->other = b.other;
	} else if (!in6_eq(&r->local, &b.local)) {
		r->prev = r->local;
		r->prev_until.ns = l.now.ns + FWD_PREVIOUS;
		r->prev_last = r->last;
	}
	r->bid = b.bid;
	r->local = b.local;
	r->peer = b.peer;
	r->active = (b.flags & BIND_ACTIVE) != 0;
	r->unverified = (b.flags & BIND_UNVERIFIED) != 0;
	r->old = false;
	ATF_REQUIRE(dp_bind(&l.dp, role, &b, l.now, &l.o));
}

static void
unbind_one(void)
{
	uint32_t		 k = rnd(3);
	struct msg_unbind	 u = { m.homes[k][rnd(NHOMES)], with(k),
				    (uint16_t)rnd(NPATHS + 1) };
	struct row		*r = m.rows;
	bool			 was = false;

	for (; (r = next_path(r, order[k], u.home, u.other)) != NULL; r++)
		if (u.bid == 0 || r->bid == u.bid) {
			r->used = false;
			was = true;
		}
	ATF_REQUIRE_EQ(was, dp_unbind(&l.dp, order[k], &u));
}

/* An engine begins anew, or has told all it binds. */
static void
engine(void)
{
	enum role	 role = order[rnd(3)];
	bool		 end = rnd(2) > 0;
	struct row	*r;

	for (r = m.rows; r < m.rows + NROWS; r++)
		if (r->used && r->role == role) {
			r->used = !end || !r->old;
			/* What it had told is a set that is bound for good. */
			r->old = !end;
		}
	if (!end) {
		dp_resync(&l.dp, role);
		return;
	}
	dp_resync_end(&l.dp, role);
	while (dp_sweep(&l.dp, 1 + rnd(1000)))
		continue;
}

/* What is done to a packet that goes out, by the rules of each side. */
struct way {
	struct row	*src, *dst;	/* NULL: nothing */
	bool		 hao, rh2;	/* else a tunnel */
};

static struct way
going_out(struct in6_addr src, struct in6_addr dst, uint8_t proto)
{
	struct way	 w = { NULL, NULL, false, false };

	if (proto != IP6_P_MH)
		w.src = find_pair(ROLE_MN, src, dst);
	w.hao = w.src != NULL;
	if (w.src == NULL && (w.src = find(ROLE_MN, src)) != NULL)
		w.hao = in6_eq(&dst, &w.src->peer) && proto != 17;
	if ((w.dst = find(ROLE_HA, dst)) != NULL)
		w.rh2 = in6_eq(&src, &w.dst->local);
	else if (proto != IP6_P_MH) {
		w.dst = find_pair(ROLE_CN, dst, src);
		w.rh2 = w.dst != NULL;
	}
	/* The home agent's tunnel is enough. */
	if (w.src != NULL && w.dst != NULL && !w.hao && !w.rh2)
		w.src = NULL;
	return (w);
}

/* The pair check of decapsulation: RFC 6275 10.4.5, 11.3.3. */
static struct row *
coming_in(struct in6_addr osrc, struct in6_addr odst, struct in6_addr src,
    struct in6_addr dst)
{
	struct row	*r;

	if ((r = find_path(ROLE_HA, src, in6addr_any, odst, osrc)) != NULL)
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
	uint16_t	 len = (uint16_t)(24 + rnd(40));

	memset(p, 0, IP6_HDRLEN + (size_t)len);
	ip6_header(p, &src, &dst, proto, len, 64, 0, 0);
	return (IP6_HDRLEN + (size_t)len);
}

static struct in6_addr
any_inner(void)
{
	return (m.inner[rnd(3 * NHOMES + 3)]);
}

/* A correspondent's pair that is bound, or NULL. */
static struct row *
any_pair(void)
{
	struct row	*r = &m.rows[rnd(NROWS)];

	for (; r < m.rows + NROWS; r++)
		if (r->used && r->role == ROLE_CN)
			return (r);
	return (NULL);
}

/*
 * Two between which there may be a pair of each side, or is one of a
 * correspondent, now and then.
 */
static void
some_inner(struct in6_addr *src, struct in6_addr *dst)
{
	bool		 both = rnd(3) == 0;
	struct row	*r = rnd(3) == 0 ? any_pair() : NULL;

	*src = both ? m.homes[1][rnd(2)] : any_inner();
	*dst = both ? m.homes[2][3] : any_inner();
	if (r != NULL) {
		*src = r->other;
		*dst = r->home;
	}
}

/* Any path of what was found, or NULL. */
static struct row *
any_path(struct row *r)
{
	struct row	*p;

	if (r == NULL || rnd(2) > 0)
		return (r);
	p = next_path(r + 1, r->role, r->home, r->other);
	return (p != NULL ? p : next_path(m.rows, r->role, r->home, r->other));
}

/* Mostly one that fits, as few do by chance. */
static struct in6_addr
likely(struct in6_addr right)
{
	return (rnd(3) > 0 ? right : m.outer[rnd(NOUTER)]);
}

static void
check_ends(const uint8_t *p, struct in6_addr src, struct in6_addr dst,
    uint8_t next)
{
	struct in6_addr	 s = ip6_src(p), d = ip6_dst(p);

	ATF_REQUIRE(in6_eq(&s, &src));
	ATF_REQUIRE(in6_eq(&d, &dst));
	ATF_REQUIRE_EQ(next, p[IP6_OFF_NEXT]);
	ATF_REQUIRE_EQ(LINK, l.o.ifindex);
}

/* The packet as it was between src and dst, now at p. */
static void
check_headers(const uint8_t *p, const struct way *w, struct in6_addr src,
    struct in6_addr dst, uint8_t proto)
{
	if (w->rh2)
		ATF_REQUIRE_EQ(p[40], w->hao ? IP6_P_DSTOPTS : proto);
	if (w->hao)
		ATF_REQUIRE_EQ(p[w->rh2 ? 64 : 40], proto);
	check_ends(p, w->hao ? w->src->local : src,
	    w->rh2 ? w->dst->peer : dst,
	    w->rh2 ? IP6_P_ROUTING : w->hao ? IP6_P_DSTOPTS : proto);
}

/* RFC 4866 4.10: may so many octets go where the node only says it is? */
static enum net_counter
follow(struct way *w, size_t len)
{
	struct in6_addr		 any = in6addr_any;
	struct plane_row	 row;
	struct credit_of	*c;

	if (w->dst == NULL || in6_eq(&w->dst->other, &any))
		return (NC_MAX);
	c = credit_of(w->dst);
	ATF_REQUIRE(planes_find(&l.dp.planes, ROLE_CN, &c->home, &c->other,
	    &row));
	ATF_REQUIRE_EQ(c->octets, credit_get(&row.credit, l.now));
	if (!w->dst->unverified || !w->dst->active ||
	    (w->src != NULL && !w->src->active))
		return (NC_MAX);
	if (c->octets >= len) {
		c->octets -= len;
		on_credit++;
		return (NC_CREDIT_OUT);
	}
	w->dst = NULL;
	w->rh2 = false;
	for_want++;
	return (NC_CREDIT_LACKED);
}

/* RFC 6275 10.4.2, 11.3.1, 9.3.2. */
static void
out(void)
{
	static const uint8_t	 protos[] = { 17, IP6_P_ESP, IP6_P_MH };
	uint8_t			 p[128], proto = protos[rnd(3)];
	const struct in6_addr	 own[] = { HA, COA2 };
	struct in6_addr		 src, dst;
	struct row		*rows[2], *t = NULL;
	enum net_counter	 why, credit;
	struct way		 w;
	size_t			 len;
	enum dp_verdict		 v;
	bool			 active = true;
	int			 i, n = 0;

	some_inner(&src, &dst);
	len = packet(p, src, dst, proto);
	w = going_out(src, dst, proto);
	credit = follow(&w, len);
	rows[0] = w.src;
	rows[1] = w.dst;
	lab_packet(&l, p, len);
	v = dp_tun(&l.dp, &l.p, NULL, l.now, &l.o);
	seen[l.o.why]++;
	ATF_REQUIRE_EQ(credit, l.o.credit_why);
	for (i = 0; i < 2; i++)
		if (rows[i] != NULL) {
			n++;
			active = active && rows[i]->active;
		}
	/* Of this host's own addresses only a home address must not go so. */
	if (n == 0 && (in6_eq(&src, &own[0]) || in6_eq(&src, &own[1])) &&
	    !dp_in_home_prefix(&l.dp, &dst)) {
		ATF_REQUIRE_EQ(DP_SEND, v);
		ATF_REQUIRE_EQ(NC_AS_IT_IS, l.o.why);
		ATF_REQUIRE(lab_is(&l, p, len));
		return;
	}
	if (n == 0 || !active) {
		ATF_REQUIRE_EQ(DP_DROP, v);
		ATF_REQUIRE_EQ(n > 0, l.o.why == NC_INACTIVE);
		return;
	}
	ATF_REQUIRE_EQ(DP_SEND, v);
	for (i = 0; i < 2; i++)
		if (rows[i] != NULL) {
			rows[i]->was_sent = true;
			rows[i]->last = l.now;
		}
	if (w.src != NULL && !w.hao)
		t = w.src;
	else if (w.dst != NULL && !w.rh2)
		t = w.dst;
	why = t != NULL ? NC_ENCAPSULATED : w.hao && w.rh2 ? NC_BOTH_OUT :
	    w.hao ? NC_HAO_OUT : NC_ROUTE_OUT;
	ATF_REQUIRE_EQ(why, l.o.why);
	if (t != NULL)
		check_ends(pkt_data(&l.p), t->local, t->peer, IP6_P_IPV6);
	nested += t != NULL && n == 2;
	check_headers(pkt_data(&l.p) + (t != NULL ? IP6_HDRLEN : 0), &w, src,
	    dst, proto);
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
	r = any_path(r);
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

/* Put a Home Address option in, and a routing header: own is behind it. */
static void
rewrite(struct pkt *p, const struct in6_addr *hao, const struct in6_addr *rh2)
{
	struct ip6_walk	 w;

	ATF_REQUIRE_EQ(IP6_OK, ip6_walk(&w, pkt_data(p), p->len, 0));
	ATF_REQUIRE(hao == NULL || rw_hao_insert(p, &w, hao) == RW_OK);
	ATF_REQUIRE(rh2 == NULL || rw_rh2_insert(p, &w, rh2) == RW_OK);
}

/* A packet from home to own, with a Home Address option: it is at careof. */
static void
from_careof(struct in6_addr home, struct in6_addr own, struct in6_addr careof,
    bool routed)
{
	uint8_t		 p[128];
	struct in6_addr	 coa2 = COA2;
	size_t		 len = packet(p, home, own, 17);
	struct row	*ha = find_path(ROLE_HA, home, in6addr_any, own,
			    careof);
	struct row	*cn = find_path(ROLE_CN, home, own, own, careof);
	bool		 right;
	enum dp_verdict	 v;

	lab_packet(&l, p, len);
	rewrite(&l.p, &careof, routed ? &coa2 : NULL);
	v = dp_capture(&l.dp, &l.p, NULL, LINK, l.now, &l.o);
	seen[l.o.why]++;
	right = (ha != NULL && ha->active) || (cn != NULL && cn->active);
	several += right && (ha != NULL ? ha : cn)->bid > 0;
	ATF_REQUIRE_EQ(right ? DP_INJECT : DP_DROP, v);
	ATF_REQUIRE_EQ(right ? NC_REWRITTEN : NC_NO_BINDING, l.o.why);
	if (right)
		ATF_REQUIRE(lab_is(&l, p, len));
	/* What the tunnel's entry has taken is not the pair's. */
	if (cn != NULL && cn->active && !cn->unverified &&
	    (ha == NULL || !ha->active))
		credit_of(cn)->octets += len;
}

/*
 * A Home Address option, to an address of ours, perhaps where we are with a
 * routing header: RFC 6275 9.1, 9.3.1.  There may be many of them at once.
 */
static void
option(void)
{
	struct in6_addr	 home = any_inner(), own = m.others[2][rnd(NOTHERS)];
	struct in6_addr	 careof;
	struct row	*ha, *cn = rnd(2) > 0 ? any_pair() : NULL;
	uint32_t	 n = rnd(4) == 0 ? 20 : 1;
	bool		 routed;

	if (cn != NULL) {
		home = cn->home;
		own = cn->other;
	}
	ha = any_path(find(ROLE_HA, home));
	cn = any_path(find_pair(ROLE_CN, home, own));
	careof = likely(ha != NULL && rnd(2) > 0 ? ha->peer : cn != NULL ?
	    cn->peer : COA);
	routed = dp_is_home(&l.dp, &own) && rnd(2) > 0;
	for (; n > 0; n--)
		from_careof(home, own, careof, routed);
}

/*
 * An error about a packet that went out with headers, or did not: its sender is
 * told about the packet as it was.
 */
static void
headers_error(void)
{
	uint8_t		 p[256] = { ICMP6_T_TIMEX }, buf[256];
	struct in6_addr	 src, dst, careof, peer, wire;
	struct row	*s, *d;
	struct pkt	 k;
	size_t		 len;
	bool		 right = true, hao = rnd(3) > 0;
	bool		 rh2 = !hao || rnd(2) > 0;
	enum dp_verdict	 v;

	some_inner(&src, &dst);
	s = find_pair(ROLE_MN, src, dst);
	/* What goes to the home agent itself has no tunnel either. */
	if (s == NULL && (s = find(ROLE_MN, src)) != NULL &&
	    !in6_eq(&s->peer, &dst))
		s = NULL;
	d = find_pair(ROLE_CN, dst, src);
	if (find(ROLE_HA, dst) != NULL && in6_eq(&find(ROLE_HA, dst)->local,
	    &src))
		d = find(ROLE_HA, dst);
	d = any_path(d);
	careof = likely(s != NULL ? s->local : COA2);
	peer = likely(d != NULL ? d->peer : COA);
	if (d != NULL)
		d = find_path(d->role, dst, d->other, src, peer);
	len = packet(buf + PKT_HEADROOM, src, dst, 17);
	pkt_init(&k, buf, PKT_HEADROOM, len);
	rewrite(&k, hao ? &careof : NULL, rh2 ? &peer : NULL);
	wire = ip6_src(pkt_data(&k));
	memcpy(p + 8, pkt_data(&k), k.len);
	v = lab_icmp6(&l, CN, wire, 64, p, 8 + k.len);
	seen[l.o.why]++;
	if (hao)
		right = s != NULL && in6_eq(&s->local, &careof) &&
		    s->was_sent && l.now.ns - s->last.ns <= ERROR_AGE;
	if (rh2)
		right = right && d != NULL && in6_eq(&d->peer, &peer) &&
		    d->was_sent && l.now.ns - d->last.ns <= ERROR_AGE;
	if (!right) {
		ATF_REQUIRE_EQ(DP_DROP, v);
		ATF_REQUIRE_EQ(NC_ICMP6_STRAY, l.o.why);
		return;
	}
	ATF_REQUIRE_EQ(DP_PASS, v);
	translated[hao + 2 * rh2]++;
	ATF_REQUIRE_EQ(rh2 ? d->role : s->role, l.o.tunnel_to);
	ATF_REQUIRE(in6_eq(rh2 ? &dst : &src, &l.o.tunnel.home));
	ATF_REQUIRE(in6_eq(rh2 ? &d->other : &s->other, &l.o.tunnel.other));
	if (l.o.reply.len == 0)
		return;		/* there were too many */
	ATF_REQUIRE_EQ(IP6_HDRLEN + 8 + len, l.o.reply.len);
	wire = ip6_src(l.o.reply.buf + IP6_HDRLEN + 8);
	ATF_REQUIRE(in6_eq(&src, &wire));
	wire = ip6_dst(l.o.reply.buf + IP6_HDRLEN + 8);
	ATF_REQUIRE(in6_eq(&dst, &wire));
	ATF_REQUIRE_EQ(17, l.o.reply.buf[IP6_HDRLEN + 8 + IP6_OFF_NEXT]);
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
	r = any_path(r);
	osrc = likely(r == NULL ? HA : rnd(4) == 0 ? r->prev : r->local);
	odst = likely(r != NULL ? r->peer : COA);
	len = packet(p + 8 + IP6_HDRLEN, src, dst, 17);
	ip6_header(p + 8, &osrc, &odst, IP6_P_IPV6, (uint16_t)len, 64, 0, 0);
	if ((r = find_path(ROLE_HA, dst, in6addr_any, osrc, odst)) != NULL)
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
		ATF_REQUIRE_EQ(t->bid, l.o.tunnel.bid);
		several += t->bid > 0;
	}
}

ATF_TC_WITHOUT_HEAD(model);
ATF_TC_BODY(model, tc)
{
	static void (*const	 moves[])(void) = { bind_one, bind_one,
		unbind_one, engine };
	static void (*const	 packets[])(void) = { out, in, in, option,
		error, headers_error, out };
	static const enum net_counter	 all[] = { NC_INACTIVE, NC_ROUTE_OUT,
		NC_HAO_OUT, NC_BOTH_OUT, NC_ENCAPSULATED, NC_DECAPSULATED,
		NC_FORGED, NC_UNBOUND, NC_REWRITTEN, NC_NO_BINDING,
		NC_ICMP6_STRAY, NC_AS_IT_IS };
	size_t				 i;

	init();
	for (i = 0; i < STEPS; i++) {
		l.now.ns += MS(rnd(rnd(50) == 0 ? 40000 : 200));
		if (rnd(6) == 0)
			moves[rnd(4)]();
		age_credits();
		packets[rnd(7)]();
	}
	/* It has been through all of it. */
	for (i = 0; i < sizeof(all) / sizeof(all[0]); i++)
		ATF_CHECK_MSG(seen[all[i]] > 20, "%s: %u",
		    net_counter_defs[all[i]].name, seen[all[i]]);
	ATF_CHECK_MSG(nested > 20, "%u", nested);
	ATF_CHECK_MSG(several > 20, "%u", several);
	ATF_CHECK_MSG(on_credit > 20, "%u", on_credit);
	ATF_CHECK_MSG(for_want > 20, "%u", for_want);
	for (i = 1; i < 4; i++)
		ATF_CHECK_MSG(translated[i] > 20, "%zu: %u", i,
		    translated[i]);
	lab_free(&l);
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, model);
	return (atf_no_error());
}
