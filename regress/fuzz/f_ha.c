/*
 * The home agent against anything that net may hand it: an input is a list of
 * messages and pauses for three engines: one asks for no authentication, one
 * for RFC 4285's and one for IPsec, on a virtual and a physical home link.
 *
 * Each message: u8 kind, u8 length, then so many bytes.  Engines die, too, and
 * those that take their places get what net has kept.  What the engines emit
 * has to be well-formed and within what a home agent may say.  Bindings
 * and policies with IPsec are to where a protected Binding Update said; none
 * of the policies are left at the end.
 */
#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "conf/conf.h"
#include "core/counter.h"
#include "core/why.h"
#include "ha/ha.h"
#include "wire/buf.h"
#include "wire/icmp6.h"
#include "wire/mh.h"
#include "wire/mhauth.h"

int	 LLVMFuzzerTestOneInput(const uint8_t *, size_t);

#define KEY	"0123456789abcdef"
#define SIDES	3
#define IPSEC	2		/* the side with IPsec */
#define NSAID	1024
#define NKEPT	64		/* more than there may be bindings */

static const char	 links[] =
    "	home-link virtual {\n"
    "		address 2001:db8:1::1\n"
    "		prefix 2001:db8:1::/64\n"
    "	}\n"
    "	home-link em0 {\n"
    "		address 2001:db8:2::1\n"
    "		prefix 2001:db8:2::/64\n"
    "		router-advertisements yes {\n"
    "			interval 30ms 70ms\n"
    "			min-delay-between-ras 30ms\n"
    "			router-lifetime 9s\n"
    "		}\n"
    "	}\n"
    "	maximum-bindings 20\n"
    "	update-rate-total 1000\n";
static const char	 none[] = "	authentication none insecure\n";
static const char	 mnha[] =
    "	authentication mn-ha spi 256 key \"" KEY "\"\n"
    "	mobile-node \"mn@example.org\" {\n"
    "		home-address 2001:db8:1::100\n"
    "		home-address 2001:db8:2::100\n"
    "		authentication mn-ha spi 256 key \"" KEY "\"\n"
    "	}\n";

static const char	 ipsec[] =
    "	mobile-node {\n"
    "		home-address 2001:db8:1::100\n"
    "		authentication ipsec\n"
    "		ipsec {\n"
    "			identity \"one@example.org\"\n"
    "			secret \"a secret of the first\"\n"
    "			protect payload\n"
    "		}\n"
    "	}\n"
    "	mobile-node {\n"
    "		home-address 2001:db8:2::100\n"
    "		authentication ipsec\n"
    "		ipsec {\n"
    "			identity \"two@example.org\"\n"
    "			secret \"a secret of the second\"\n"
    "			protect payload\n"
    "		}\n"
    "	}\n";

struct side {
	void			*engine;
	struct engine_env	 env;
	struct counters		 counters;
	struct whys		 whys;
	uint64_t		 seed;
	uint32_t		 answer;	/* id of the last route */
	uint32_t		 secured;	/* ... request for policies */
};

static struct side	 sides[SIDES];
static struct conf	*confs[SIDES];
static struct conf	*other;		/* of the side with IPsec: without */
static bool		 is_ipsec, tunnel[2];
static struct said {
	struct in6_addr	 home, coa;
} said[NSAID];				/* by protected Binding Updates */
static size_t		 nsaid;
static struct kept {
	bool			 used;
	struct msg_bind		 bind;
	uint8_t			 owner[BIND_OWNER_MAX];
} kept[SIDES][NKEPT];			/* by net */
static struct now	 now;

static struct kept *
find_kept(const struct side *s, const struct in6_addr *home)
{
	struct kept	*k = kept[s - sides];
	int		 i;

	for (i = 0; i < NKEPT; i++)
		if (k[i].used && memcmp(&k[i].bind.home, home,
		    sizeof(*home)) == 0)
			return (&k[i]);
	return (NULL);
}

static void
keep(const struct side *s, const struct msg_bind *b)
{
	struct kept	*k = find_kept(s, &b->home);
	int		 i;

	if (b->owner.len > BIND_OWNER_MAX)
		abort();
	for (i = 0; k == NULL && i < NKEPT; i++)
		if (!kept[s - sides][i].used)
			k = &kept[s - sides][i];
	if (k == NULL)
		abort();
	k->used = true;
	k->bind = *b;
	memcpy(k->owner, b->owner.p, b->owner.len);
	k->bind.owner.p = k->owner;
}

static void
unkeep(const struct side *s, const struct in6_addr *home)
{
	struct kept	*k = find_kept(s, home);

	if (k != NULL)
		k->used = false;
}

static void
check_mh(const struct msg_mh_out *o)
{
	static struct mh	 m;

	if (mh_parse(&m, o->mh.p, o->mh.len) != MH_OK ||
	    (m.type != MH_BA && m.type != MH_BE) ||
	    !mh_checksum_ok(o->mh.p, o->mh.len, &o->src,
	    (o->flags & PKT_RH2) != 0 ? &o->home : &o->dst) ||
	    IN6_IS_ADDR_MULTICAST(&o->dst) || IN6_IS_ADDR_UNSPECIFIED(&o->dst))
		abort();
}

static void
check_icmp6(const struct msg_icmp6_out *o)
{
	static struct icmp6	 m;

	if (icmp6_parse(&m, o->icmp6.p, o->icmp6.len) != ICMP6_OK ||
	    icmp6_valid(&m, &o->src, &o->dst, o->hlim) != ICMP6_OK ||
	    m.type == ICMP6_T_RS || o->ifindex != 3)
		abort();
}

static void
check_bind(const struct msg_bind *b)
{
	if (b->home.s6_addr[0] != 0x20 || IN6_IS_ADDR_MULTICAST(&b->peer) ||
	    IN6_IS_ADDR_LINKLOCAL(&b->peer) ||
	    IN6_IS_ADDR_UNSPECIFIED(&b->peer) ||
	    memcmp(&b->home, &b->local, 8) != 0)
		abort();
}

/* Which of the two homes with IPsec?  -1: none. */
static int
ipsec_home(const struct in6_addr *a)
{
	struct in6_addr	 h;

	memset(&h, 0, sizeof(h));
	memcpy(&h, "\x20\x01\x0d\xb8\0", 5);
	h.s6_addr[5] = a->s6_addr[5];
	h.s6_addr[14] = 1;
	if (memcmp(a, &h, sizeof(h)) != 0)
		return (-1);
	return (h.s6_addr[5] == 1 ? 0 : h.s6_addr[5] == 2 ? 1 : -1);
}

static bool
was_said(const struct in6_addr *home, const struct in6_addr *coa)
{
	size_t	 i;

	for (i = 0; i < nsaid && i < NSAID; i++)
		if (memcmp(&said[i].home, home, sizeof(*home)) == 0 &&
		    memcmp(&said[i].coa, coa, sizeof(*coa)) == 0)
			return (true);
	return (false);
}

static void
check_ipsec(struct side *s, const struct msg_ipsec *m)
{
	int	 h = ipsec_home(&m->home);

	if (s != &sides[IPSEC] || h == -1 ||
	    memcmp(&m->home, &m->local, 8) != 0)
		abort();
	tunnel[h] = (m->flags & IPSEC_TUNNEL) != 0;
	if (tunnel[h] && (!is_ipsec || !was_said(&m->home, &m->peer)))
		abort();
	if (m->id != 0)
		s->secured = m->id;
}

static void
check_want(const struct side *s, const struct msg_key_want *m)
{
	if (s != &sides[IPSEC] || ipsec_home(&m->home) == -1 ||
	    m->op != KEY_DISCARD || IN6_IS_ADDR_UNSPECIFIED(&m->remote))
		abort();
}

/* With IPsec, no home address but those of its nodes, nor elsewhere. */
static void
check_bind_ipsec(const struct msg_bind *b)
{
	if (is_ipsec && (ipsec_home(&b->home) == -1 ||
	    !was_said(&b->home, &b->peer)))
		abort();
}

static void
emitted(void *ctx, enum msg_type type, const void *m)
{
	struct side	*s = ctx;

	if (msg_to(type, ROLE_HA) == ROLE_MAX)
		abort();
	if (type == MSG_MH_OUT)
		check_mh(m);
	else if (type == MSG_ICMP6_OUT)
		check_icmp6(m);
	else if (type == MSG_BIND) {
		check_bind(m);
		keep(s, m);
		if (s == &sides[IPSEC])
			check_bind_ipsec(m);
	}
	else if (type == MSG_UNBIND)
		unkeep(s, &((const struct msg_unbind *)m)->home);
	else if (type == MSG_IPSEC)
		check_ipsec(s, m);
	else if (type == MSG_KEY_WANT)
		check_want(s, m);
	else if (type == MSG_HOME_ROUTE)
		s->answer = ((const struct msg_home_route *)m)->id;
}

static uint64_t
fake_random(void *ctx)
{
	struct side	*s = ctx;

	s->seed = s->seed * 6364136223846793005ULL + 1442695040888963407ULL;
	return (s->seed ^ s->seed >> 29);
}

static void
give(enum role from, enum msg_type t, const union msg *m)
{
	int	 i;

	for (i = 0; i < SIDES; i++)
		ha_engine.input(sides[i].engine, from, t, m, now);
}

static void
link_up(void)
{
	union msg	 m;

	memset(&m, 0, sizeof(m));
	m.u_LINK.ifindex = 3;
	strcpy(m.u_LINK.name, "em0");
	m.u_LINK.flags = LINK_UP | LINK_RUNNING;
	m.u_LINK.lladdrlen = 6;
	m.u_LINK.lladdr[0] = 2;
	give(ROLE_PARENT, MSG_LINK, &m);
	memset(&m, 0, sizeof(m));
	m.u_ADDRESS.ifindex = 3;
	m.u_ADDRESS.addr.s6_addr[0] = 0xfe;
	m.u_ADDRESS.addr.s6_addr[1] = 0x80;
	m.u_ADDRESS.addr.s6_addr[15] = 1;
	give(ROLE_PARENT, MSG_ADDRESS, &m);
}

static struct conf *
parse(const char *auth)
{
	struct conf	*c;
	char		 text[2048];

	strcpy(text, "ike {\n	identity \"ha@example.org\"\n}\n");
	strcat(text, "home-agent {\n");
	strcat(text, links);
	strcat(text, auth);
	strcat(text, "}\n");
	c = conf_parse_text(text, strlen(text), NULL, NULL);
	if (c == NULL)
		abort();
	return (c);
}

static void
start(int i, const char *auth)
{
	if (confs[i] == NULL) {
		confs[i] = parse(auth);
		counters_init(&sides[i].counters, ha_engine.counter_defs);
		sides[i].env = (struct engine_env){ emitted, fake_random,
		    &sides[i], &sides[i].counters, &sides[i].whys, NULL };
	}
	whys_free(&sides[i].whys);
	whys_init(&sides[i].whys, &(struct hash_key){ { 1, 2 } }, NULL, NULL);
	sides[i].seed = 1;
	sides[i].answer = sides[i].secured = 0;
	sides[i].engine = ha_engine.create(&sides[i].env, confs[i], now);
	if (sides[i].engine == NULL)
		abort();
}

/* Few addresses, so that messages are about the same nodes. */
static struct in6_addr
some_addr(struct rbuf *r)
{
	static const uint8_t	 first[][2] = { { 0x20, 0x01 }, { 0x20, 0x01 },
	    { 0x20, 0x01 }, { 0xfe, 0x80 }, { 0xff, 0x02 }, { 0, 0 } };
	struct in6_addr		 a;
	uint8_t			 v = rbuf_u8(r);

	memset(&a, 0, sizeof(a));
	memcpy(&a, first[(v & 7) % 6], 2);
	if ((v & 7) < 3) {
		a.s6_addr[2] = 0x0d;
		a.s6_addr[3] = 0xb8;
		a.s6_addr[5] = (uint8_t)(1 + (v >> 3) % 3);
	}
	a.s6_addr[14] = (v & 0x40) != 0;
	a.s6_addr[15] = rbuf_u8(r) & 3;
	return (a);
}

/*
 * A Binding Update that has a chance: well-formed options of the octets'
 * choosing, signed with the right key if they want it.
 */
static size_t
make_bu(struct rbuf *r, uint8_t *buf, size_t cap, const struct in6_addr *coa,
    const struct in6_addr *home)
{
	static struct mhauth	*auth;
	static struct mh	 m;
	struct mh_opt		*o;
	uint8_t			 what = rbuf_u8(r);
	struct timespec		 ts = { (time_t)(now.wall / NS_PER_SEC), 0 };

	if (auth == NULL)
		auth = mhauth_new();
	mh_init(&m, MH_BU);
	m.u.bu.seq = rbuf_u8(r);
	m.u.bu.flags = (uint16_t)(MH_BU_A | (what & 1 ? 0 : MH_BU_H) |
	    (what & 2 ? MH_BU_L : 0));
	m.u.bu.lifetime = what & 4 ? 0 : rbuf_u8(r);
	if (what & 0x80) {
		mh_add(&m, MHOPT_ALTCOA)->u.altcoa = *coa;
		m.u.bu.flags |= m.u.bu.seq & 1 ? MH_BU_K : 0;
	}
	if (what & 8) {
		o = mh_add(&m, MHOPT_MNID);
		o->u.mnid.subtype = MHOPT_MNID_NAI;
		o->var = (const uint8_t *)"mn@example.org";
		o->varlen = what & 0x40 ? 5 : 14;
	}
	if (what & 0x10)
		mh_add(&m, MHOPT_MESGID)->u.timestamp = mhauth_ntp(&ts) +
		    rbuf_u8(r);
	if (what & 0x20) {
		o = mh_add(&m, MHOPT_AUTH);
		o->u.auth.subtype = MHOPT_AUTH_MNHA;
		o->u.auth.spi = 256;
	}
	if (mh_build(&m, buf, cap) == 0)
		return (0);
	mhauth_auth_sign(auth, &m, MHOPT_AUTH_MNHA, KEY, 16, coa, home);
	return (m.len);
}

static void
note_said(const struct msg_mh_in *in)
{
	static struct mh	 m;
	const struct mh_opt	*o;
	struct said		*s;

	if ((in->flags & PKT_PROTECTED) == 0 ||
	    mh_parse(&m, in->mh.p, in->mh.len) != MH_OK || m.type != MH_BU)
		return;
	s = &said[nsaid++ % NSAID];
	o = mh_find(&m, MHOPT_ALTCOA);
	s->home = in->flags & PKT_HAO ? in->home : in->src;
	s->coa = o != NULL ? o->u.altcoa : in->src;
}

static void
give_mh(struct rbuf *r, bool made)
{
	struct msg_mh_in	*in;
	uint8_t			 buf[MH_MAXLEN];
	union msg		 m;

	memset(&m, 0, sizeof(m));
	in = &m.u_MH_IN;
	in->src = some_addr(r);
	in->home = some_addr(r);
	in->dst = some_addr(r);
	in->flags = rbuf_u8(r) & (PKT_HAO | PKT_PROTECTED);
	in->ifindex = 3;
	in->mh.len = rbuf_left(r);
	in->mh.p = rbuf_ptr(r, in->mh.len);
	if (made) {
		in->dst.s6_addr[5] = (in->dst.s6_addr[5] & 1) + 1;
		in->dst.s6_addr[14] = 0;
		in->dst.s6_addr[15] = 1;
		r->off -= in->mh.len;
		in->mh.len = make_bu(r, buf, sizeof(buf), &in->src,
		    in->flags & PKT_HAO ? &in->home : &in->src);
		in->mh.p = buf;
	}
	if (in->mh.p == NULL)
		return;
	note_said(in);
	give(ROLE_NET, MSG_MH_IN, &m);
}

static void
give_icmp6(struct rbuf *r)
{
	struct msg_icmp6_in	*in;
	union msg		 m;

	memset(&m, 0, sizeof(m));
	in = &m.u_ICMP6_IN;
	in->src = some_addr(r);
	in->dst = some_addr(r);
	in->ifindex = 3;
	in->hlim = 255;
	in->icmp6.len = rbuf_left(r);
	in->icmp6.p = rbuf_ptr(r, in->icmp6.len);
	if (in->icmp6.p != NULL)
		give(ROLE_NET, MSG_ICMP6_IN, &m);
}

static void
give_result(struct rbuf *r)
{
	union msg	 m;
	uint8_t		 what;
	int		 i;

	memset(&m, 0, sizeof(m));
	what = rbuf_u8(r);
	m.u_RESULT.error = what & 1 ? 0 : what & 2 ? EOPNOTSUPP : 17;
	for (i = 0; i < SIDES; i++) {
		m.u_RESULT.id = what & 4 ? sides[i].secured : sides[i].answer;
		ha_engine.input(sides[i].engine, ROLE_PARENT, MSG_RESULT, &m,
		    now);
	}
}

static void
pause_for(uint8_t v)
{
	struct mono	 at;
	int		 i, n;

	now.mono.ns += MS(v) * (v & 0x80 ? 100 : 5);
	now.wall += MS(v) * (v & 0x80 ? 100 : 5);
	for (i = 0; i < SIDES; i++)
		for (n = 0; n < 100 && ha_engine.next(sides[i].engine, &at) &&
		    !mono_before(now.mono, at); n++)
			ha_engine.expire(sides[i].engine, now);
}

/* The nodes with IPsec have none, or have it again. */
static void
reload(bool with)
{
	struct side	*s = &sides[IPSEC];

	is_ipsec = with;
	ha_engine.configure(s->engine, with ? confs[IPSEC] : other, now);
	ha_engine.expire(s->engine, now);
}

/* A record of the input's choosing, for some address. */
static void
give_bound(struct rbuf *r)
{
	union msg	 m;
	struct said	*s;

	memset(&m, 0, sizeof(m));
	m.u_BOUND.home = some_addr(r);
	m.u_BOUND.peer = some_addr(r);
	m.u_BOUND.local = m.u_BOUND.home;
	m.u_BOUND.local.s6_addr[14] = 0;
	m.u_BOUND.local.s6_addr[15] = 1;
	m.u_BOUND.owner.len = rbuf_left(r);
	m.u_BOUND.owner.p = rbuf_ptr(r, m.u_BOUND.owner.len);
	if (m.u_BOUND.owner.p == NULL)
		return;
	s = &said[nsaid++ % NSAID];
	s->home = m.u_BOUND.home;
	s->coa = m.u_BOUND.peer;
	give(ROLE_NET, MSG_BOUND, &m);
}

/*
 * kill -9, and what follows.  Policies that a first registration asked for in
 * that moment stay with the parent until the node asks again.
 */
static void
die(int i)
{
	struct kept	 was[NKEPT];
	union msg	 m;
	bool		 has[2] = { false, false };
	int		 h, k;

	ha_engine.destroy(sides[i].engine);
	memcpy(was, kept[i], sizeof(was));
	for (k = 0; k < NKEPT; k++)
		if (was[k].used && (h = ipsec_home(&was[k].bind.home)) != -1)
			has[h] = true;
	for (h = 0; i == IPSEC && h < 2; h++)
		tunnel[h] = tunnel[h] && has[h];
	sides[i].answer = sides[i].secured = 0;
	sides[i].engine = ha_engine.create(&sides[i].env, i == IPSEC &&
	    !is_ipsec ? other : confs[i], now);
	if (sides[i].engine == NULL)
		abort();
	for (k = 0; k < NKEPT; k++) {
		if (!was[k].used)
			continue;
		memset(&m, 0, sizeof(m));
		m.u_BOUND = was[k].bind;
		m.u_BOUND.owner.p = was[k].owner;
		ha_engine.input(sides[i].engine, ROLE_NET, MSG_BOUND, &m, now);
	}
	memset(&m, 0, sizeof(m));
	ha_engine.input(sides[i].engine, ROLE_NET, MSG_BOUND_END, &m, now);
	ha_engine.expire(sides[i].engine, now);
}

int
LLVMFuzzerTestOneInput(const uint8_t *p, size_t len)
{
	struct rbuf	 r, one;
	union msg	 m = { .u_BOUND_END = { 0 } };
	uint8_t		 kind;
	size_t		 n;
	int		 i;

	now.mono.ns = SEC(10);
	now.wall = SEC(1700000000);
	start(0, none);
	start(1, mnha);
	start(IPSEC, ipsec);
	if (other == NULL)
		other = parse(none);
	is_ipsec = true;
	nsaid = 0;
	tunnel[0] = tunnel[1] = false;
	memset(kept, 0, sizeof(kept));
	link_up();
	rbuf_init(&r, p, len);
	while (rbuf_left(&r) >= 2) {
		kind = rbuf_u8(&r);
		n = rbuf_u8(&r);
		if (!rbuf_sub(&r, &one, n < rbuf_left(&r) ? n : rbuf_left(&r)))
			break;
		if (kind % 8 < 2)
			give_mh(&one, false);
		else if (kind % 8 < 4)
			give_mh(&one, true);
		else if (kind % 8 == 4)
			give_icmp6(&one);
		else if (kind % 8 == 5)
			pause_for((uint8_t)n);
		else if (kind % 8 == 6)
			give_result(&one);
		else {
			if (n & 0x40)
				reload(n & 1);
			for (i = 0; (n & 0x80) != 0 && i < SIDES; i++)
				die(i);
			if ((n & 0x80) != 0)
				link_up();
			else if ((n & 0x20) != 0)
				give_bound(&one);
			give(ROLE_NET, MSG_BOUND_END, &m);
		}
	}
	for (i = 0; i < SIDES; i++) {
		ha_engine.stop(sides[i].engine, now);
		if (i == IPSEC && (tunnel[0] || tunnel[1]))
			abort();
		ha_engine.destroy(sides[i].engine);
	}
	return (0);
}
