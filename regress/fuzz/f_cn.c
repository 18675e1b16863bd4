/*
 * The correspondent: Mobility Headers of the input's choosing, Test Inits and
 * Binding Updates by tokens that it was given, signatures, permanent tokens and
 * early updates of a node whose home address is a CGA, copies of updates that
 * were accepted, what net tells of pairs, time, reloads and deaths.
 *
 * Whatever comes: what is sent is right; a pair is only bound as a signed
 * update says, and verified as one that is not early says; no copy of an update
 * that was accepted makes, moves or ends a binding, nor does one without a
 * permanent token where there is one; and routes and pairs are undone in order,
 * all of them at the end.
 */
#include <openssl/evp.h>
#include <openssl/x509.h>

#include <stdlib.h>
#include <string.h>

#include "cn/cn.h"
#include "conf/conf.h"
#include "core/counter.h"
#include "core/why.h"
#include "wire/buf.h"
#include "wire/icmp6.h"
#include "wire/mh.h"
#include "wire/mhauth.h"
#include "wire/cgaopt.h"
#include "wire/cgarsa.h"
#include "regress/scenario/cga_nodes.inc"

int	 LLVMFuzzerTestOneInput(const uint8_t *, size_t);

#define NADDR	8		/* addresses that messages are about */
#define NUPDATES 64		/* accepted ones that are played again */
#define NPAIRS	64

static struct conf	*confs[2];
static void		*engine;
static struct engine_env env;
static struct counters	 counters;
static struct whys	 whys;
static uint64_t		 seed;
static struct now	 now;
static struct mhauth	*auth;

/* What a node knows of the tests of its addresses. */
static struct token {
	uint64_t	 token;
	uint16_t	 index;
} tokens[2][NADDR];

static struct update {
	struct msg_mh_in in;
	uint8_t		 mh[512];
} updates[NUPDATES], current;
static size_t		 nupdates;
static bool		 signed_now;	/* current may be accepted */
static bool		 copy_now;	/* it was, before */
static struct in6_addr	 coa_now;
static bool		 early_now, by_test_now;
static bool		 enhanced;	/* RFC 4866 is switched on */

/* The node with a key: its home address, what it was given. */
static EVP_PKEY		*node_key;
static struct in6_addr	 node_home;
static uint64_t		 node_tokens[2];	/* of each own address */
static uint64_t		 option_tokens[NADDR];	/* of Care-of Test options */

static struct pair {
	struct msg_bind	 bind;
	bool		 used, has_token;
} pairs[NPAIRS];
static struct in6_addr	 routes[NPAIRS];
static size_t		 nroutes;

static bool
same(const struct in6_addr *a, const struct in6_addr *b)
{
	return (memcmp(a, b, sizeof(*a)) == 0);
}

/* Three networks, of which the last is that of our own addresses. */
static struct in6_addr
address(uint8_t v)
{
	struct in6_addr	 a = { .s6_addr = { 0x20, 1, 0x0d, 0xb8 } };

	a.s6_addr[5] = (uint8_t)(1 + (v >> 3) % 2);
	a.s6_addr[15] = v % NADDR;
	/* Its last octet is one of these, too. */
	return (v % 16 == NADDR - 1 ? node_home : a);
}

static struct in6_addr
own_address(uint8_t v)
{
	struct in6_addr	 a = address(1);

	a.s6_addr[5] = 9;
	a.s6_addr[15] = 1 + v % 2;
	return (a);
}

static struct pair *
find_pair(const struct in6_addr *home, const struct in6_addr *other)
{
	size_t	 i;

	for (i = 0; i < NPAIRS; i++)
		if (pairs[i].used && same(&pairs[i].bind.home, home) &&
		    same(&pairs[i].bind.other, other))
			return (&pairs[i]);
	return (NULL);
}

static size_t
find_route(const struct in6_addr *home)
{
	size_t	 i;

	for (i = 0; i < nroutes && !same(&routes[i], home); i++)
		;
	return (i);
}

/* What RFC 4866 has in an acknowledgement, and in no refusal. */
static void
check_options(const struct msg_mh_out *o, const struct mh *m)
{
	const struct mh_opt	*phkt = mh_find(m, MHOPT_PHKT);
	const struct mh_opt	*cot = mh_find(m, MHOPT_COT);
	struct pair		*p;

	if ((phkt != NULL || cot != NULL) && (m->u.ba.status != 0 || copy_now))
		abort();
	if (phkt != NULL && cot != NULL && cot->off < phkt->off)
		abort();
	if (cot != NULL)
		option_tokens[o->dst.s6_addr[15] % NADDR] = cot->u.token;
	if (phkt == NULL)
		return;
	p = find_pair(&o->home, &o->src);
	if (!same(&o->home, &node_home) || p == NULL || early_now !=
	    ((p->bind.flags & BIND_UNVERIFIED) != 0) ||
	    cgarsa_decrypt(node_key, phkt->var, phkt->varlen,
	    &node_tokens[o->src.s6_addr[15] % 2]) != CGARSA_OK)
		abort();
	p->has_token = true;
}

static void
check_mh(const struct msg_mh_out *o)
{
	static struct mh	 m;
	const struct pair	*p;
	bool			 bare;

	if (mh_parse(&m, o->mh.p, o->mh.len) != MH_OK ||
	    !mh_checksum_ok(o->mh.p, o->mh.len, &o->src,
	    (o->flags & PKT_RH2) != 0 ? &o->home : &o->dst) ||
	    (o->dst.s6_addr[0] & 0xe0) != 0x20 ||
	    (o->flags & ~PKT_RH2) != 0)
		abort();
	if (m.type == MH_HOT || m.type == MH_COT) {
		if (m.u.test.nonce_index == 0 || o->flags != 0)
			abort();
		tokens[m.type == MH_COT][o->dst.s6_addr[15] % NADDR] =
		    (struct token){ m.u.test.token, m.u.test.nonce_index };
		return;
	}
	if (m.type == MH_BRR) {
		if (o->flags != 0 || find_pair(&o->dst, &o->src) == NULL)
			abort();
		return;
	}
	if (m.type != MH_BA)
		abort();
	bare = m.u.ba.status == MH_ST_NO_HOME_REG ||
	    m.u.ba.status == MH_ST_TYPE_CHANGE ||
	    m.u.ba.status == MH_ST_HOME_NONCE_ZERO ||
	    (m.u.ba.status >= MH_ST_HOME_NONCE &&
	    m.u.ba.status <= MH_ST_NONCES);
	/* A token may be missing, or be too old, which it has to be for. */
	if (m.u.ba.status != MH_ST_NO_PHKT &&
	    (mh_find(&m, MHOPT_BAD) == NULL) != bare)
		abort();
	check_options(o, &m);
	if (m.u.ba.status != 0)
		return;
	if (!signed_now)
		abort();
	p = find_pair(&o->home, &o->src);
	if (by_test_now && p != NULL && p->has_token)
		abort();
	if (!copy_now)
		updates[nupdates++ % NUPDATES] = current;
	/* Deleted it may be said to be once more: there is nothing. */
	else if (m.u.ba.lifetime != 0)
		abort();
}

/* Only as an update says, or to have net tell something, or once more. */
static void
check_bind(const struct msg_bind *b)
{
	struct pair	*p = find_pair(&b->home, &b->other);
	bool		 is_new = p == NULL;
	size_t		 i;

	if (!same(&b->other, &b->local) || b->owner.len != 0 ||
	    (b->flags & BIND_ACTIVE) == 0)
		abort();
	for (i = 0; p == NULL && i < NPAIRS; i++)
		if (!pairs[i].used)
			p = &pairs[i];
	if (p == NULL)
		abort();
	if ((is_new || !same(&p->bind.peer, &b->peer)) && (!signed_now ||
	    copy_now || !same(&b->peer, &coa_now)))
		abort();
	/* Verified is what a complete update says, and only that. */
	if (!is_new && same(&p->bind.peer, &b->peer) &&
	    (p->bind.flags & ~b->flags & BIND_UNVERIFIED) != 0 &&
	    (!signed_now || copy_now || early_now))
		abort();
	if ((is_new || !same(&p->bind.peer, &b->peer)) &&
	    ((b->flags & BIND_UNVERIFIED) != 0) != early_now)
		abort();
	if (is_new)
		p->has_token = false;
	p->used = true;
	p->bind = *b;
}

/* One for a home address, from an address of ours that it is bound with. */
static void
check_route(const struct msg_peer_route *r)
{
	size_t	 at = find_route(&r->home);

	if (r->add) {
		if (find_pair(&r->home, &r->own) == NULL ||
		    (at == nroutes && nroutes == NPAIRS))
			abort();
		if (at == nroutes)
			routes[nroutes++] = r->home;
	} else if (at < nroutes)
		routes[at] = routes[--nroutes];
}

static void
check_unbind(const struct msg_unbind *u)
{
	struct pair	*p = find_pair(&u->home, &u->other);
	size_t		 i, n = 0;

	if (p == NULL || (copy_now && signed_now))
		abort();
	p->used = false;
	for (i = 0; i < NPAIRS; i++)
		n += pairs[i].used && same(&pairs[i].bind.home, &u->home);
	if (n == 0 && find_route(&u->home) < nroutes)
		abort();
}

static void
emitted(void *ctx, enum msg_type type, const void *m)
{
	(void)ctx;
	if (msg_to(type, ROLE_CN) == ROLE_MAX)
		abort();
	if (type == MSG_MH_OUT)
		check_mh(m);
	else if (type == MSG_BIND)
		check_bind(m);
	else if (type == MSG_UNBIND)
		check_unbind(m);
	else if (type == MSG_PEER_ROUTE)
		check_route(m);
}

static uint64_t
fake_random(void *ctx)
{
	(void)ctx;
	seed = seed * 6364136223846793005ULL + 1442695040888963407ULL;
	return (seed ^ seed >> 29);
}

static void
give(enum role from, enum msg_type t, const union msg *m)
{
	cn_engine.input(engine, from, t, m, now);
}

/* Octets as they are; nobody can sign by chance. */
static void
give_mh(struct rbuf *r)
{
	union msg	 m;

	memset(&m, 0, sizeof(m));
	m.u_MH_IN.src = address(rbuf_u8(r));
	m.u_MH_IN.home = address(rbuf_u8(r));
	m.u_MH_IN.dst = own_address(rbuf_u8(r));
	m.u_MH_IN.flags = rbuf_u8(r) & (PKT_HAO | PKT_RH2);
	m.u_MH_IN.mh.len = rbuf_left(r);
	m.u_MH_IN.mh.p = rbuf_ptr(r, m.u_MH_IN.mh.len);
	if (m.u_MH_IN.mh.p != NULL)
		give(ROLE_NET, MSG_MH_IN, &m);
}

static void
give_test(uint8_t type, uint8_t from, uint8_t to)
{
	static struct mh	 t;
	uint8_t			 buf[64];
	union msg		 m;

	memset(&m, 0, sizeof(m));
	mh_init(&t, type);
	t.u.init.cookie = from;
	m.u_MH_IN.mh.len = mh_build(&t, buf, sizeof(buf));
	m.u_MH_IN.mh.p = buf;
	m.u_MH_IN.src = address(from);
	m.u_MH_IN.dst = own_address(to);
	give(ROLE_NET, MSG_MH_IN, &m);
}

static void
give_current(void)
{
	union msg	 m;

	memset(&m, 0, sizeof(m));
	m.u_MH_IN = current.in;
	m.u_MH_IN.mh.p = current.mh;
	give(ROLE_NET, MSG_MH_IN, &m);
	signed_now = copy_now = early_now = by_test_now = false;
}

static void
give_update(bool may_be_accepted)
{
	signed_now = may_be_accepted;
	give_current();
}

/* The options of RFC 4866 in front of the others. */
static void
add_cga(struct mh *u, unsigned int how)
{
	if (how & 1) {
		cgaopt_add(u, params_short, sizeof(params_short));
		/* Something between is a fault. */
		if (how & 0x40)
			mh_add(u, MHOPT_CGAREQ);
		mh_add(u, MHOPT_SIGNATURE)->varlen = 128;
	}
	if (how & 8)
		mh_add(u, MHOPT_COTI);
}

static bool
sign(struct mh *u, unsigned int how)
{
	uint8_t	 data[MHAUTH_DATAMAX], sig[CGARSA_MAX];
	size_t	 n = cgaopt_data(u, &coa_now, &current.in.dst, data), len;

	if (n == 0)
		return (false);
	if (cgarsa_sign(auth, node_key, data, n, sig, &len) != CGARSA_OK)
		abort();
	sig[how % 128] ^= (how & 0x80) != 0;
	memcpy(u->wire + cgaopt_signature(u)->var_off, sig, len);
	return ((how & 0x80) == 0);
}

/*
 * An update of the node with a key: signed (how & 1), by its permanent token
 * (2), early (4), with a Care-of Test Init (8), by the token of an option (16),
 * by another address than it names (32), its options or signature wrong (64,
 * 128).
 */
static void
give_enhanced(struct rbuf *r)
{
	static struct mh	 u;
	uint8_t			 how = rbuf_u8(r), coa = rbuf_u8(r);
	uint8_t			 own = rbuf_u8(r), kbm[MHAUTH_KBMLEN];
	const struct token	*h = &tokens[0][NADDR - 1];
	const struct token	*c = &tokens[1][coa % NADDR];
	uint64_t		 home_token, coa_token;
	struct mh_opt		*o;
	bool			 deletes, right = true;

	memset(&current, 0, sizeof(current));
	current.in.src = coa_now = address(coa);
	current.in.home = node_home;
	current.in.dst = own_address(own);
	current.in.flags = PKT_HAO;
	mh_init(&u, MH_BU);
	u.u.bu.seq = (uint16_t)(rbuf_u8(r) * (own & 0x40 ? 257 : 1));
	u.u.bu.flags = own & 0x80 ? 0 : MH_BU_A;
	u.u.bu.lifetime = rbuf_u8(r);
	deletes = u.u.bu.lifetime == 0 || same(&coa_now, &node_home);
	if (how & 32) {
		mh_add(&u, MHOPT_ALTCOA)->u.altcoa = coa_now;
		current.in.src = address(rbuf_u8(r));
	}
	add_cga(&u, how);
	o = mh_add(&u, MHOPT_NONCE);
	o->u.nonce.home = how & 2 ? 0 : h->index;
	o->u.nonce.careof = how & 4 ? 0 : how & 16 ? 1 : c->index;
	home_token = how & 2 ? node_tokens[current.in.dst.s6_addr[15] % 2] :
	    h->token;
	coa_token = how & 4 ? 0 : how & 16 ? option_tokens[coa % NADDR] :
	    c->token;
	mh_add(&u, MHOPT_BAD);
	current.in.mh.len = mh_build(&u, current.mh, sizeof(current.mh));
	if (current.in.mh.len == 0 || !mhauth_kbm(auth, home_token, deletes ?
	    NULL : &coa_token, kbm))
		abort();
	/* Without that RFC all of this means nothing. */
	if ((how & 1) != 0)
		right = sign(&u, how) || !enhanced;
	mhauth_bad_sign(auth, &u, kbm, sizeof(kbm), deletes ? &node_home :
	    &coa_now, &current.in.dst);
	early_now = enhanced && !deletes && o->u.nonce.careof == 0;
	by_test_now = enhanced && (how & 3) == 0;
	give_update(right);
}

/* An update by the tokens of its addresses, whatever they are by now. */
static void
give_bu(struct rbuf *r)
{
	static struct mh	 u;
	uint8_t			 what = rbuf_u8(r), home = rbuf_u8(r);
	uint8_t			 coa = rbuf_u8(r), kbm[MHAUTH_KBMLEN];
	const struct token	*h = &tokens[0][home % NADDR];
	const struct token	*c = &tokens[1][coa % NADDR];
	struct mh_opt		*o;
	bool			 deletes;

	memset(&current, 0, sizeof(current));
	current.in.src = address(coa);
	current.in.home = address(home);
	current.in.dst = own_address(what >> 2);
	current.in.flags = PKT_HAO;
	coa_now = current.in.src;
	mh_init(&u, MH_BU);
	u.u.bu.seq = (uint16_t)(rbuf_u8(r) * (what & 0x40 ? 257 : 1));
	u.u.bu.flags = MH_BU_A;
	u.u.bu.lifetime = what & 1 ? 0 : rbuf_u8(r) % 110;
	deletes = u.u.bu.lifetime == 0 || same(&coa_now, &current.in.home);
	if (what & 2) {
		mh_add(&u, MHOPT_ALTCOA)->u.altcoa = coa_now;
		current.in.src = address(rbuf_u8(r));
	}
	o = mh_add(&u, MHOPT_NONCE);
	o->u.nonce.home = h->index;
	o->u.nonce.careof = c->index;
	mh_add(&u, MHOPT_BAD);
	current.in.mh.len = mh_build(&u, current.mh, sizeof(current.mh));
	if (current.in.mh.len == 0 || !mhauth_kbm(auth, h->token,
	    deletes ? NULL : &c->token, kbm))
		abort();
	mhauth_bad_sign(auth, &u, kbm, sizeof(kbm), deletes ?
	    &current.in.home : &coa_now, &current.in.dst);
	/* Whose address was not tested has neither token nor index. */
	early_now = enhanced && !deletes && o->u.nonce.careof == 0;
	by_test_now = enhanced;
	give_update(true);
}

static void
give_copy(uint8_t which)
{
	if (nupdates == 0)
		return;
	current = updates[which % (nupdates < NUPDATES ? nupdates : NUPDATES)];
	signed_now = copy_now = true;
	give_current();
}

static void
give_tunnel(struct rbuf *r)
{
	static const uint8_t	 events[] = { TUNNEL_FIRST_IN,
	    TUNNEL_FIRST_OUT, TUNNEL_ERROR, TUNNEL_ERROR };
	union msg		 m;
	struct pair		*p;

	memset(&m, 0, sizeof(m));
	m.u_TUNNEL.event = events[rbuf_u8(r) % 4];
	m.u_TUNNEL.home = address(rbuf_u8(r));
	m.u_TUNNEL.other = own_address(rbuf_u8(r));
	m.u_TUNNEL.icmp6_type = 1;
	m.u_TUNNEL.icmp6_code = rbuf_u8(r) % 7;
	p = find_pair(&m.u_TUNNEL.home, &m.u_TUNNEL.other);
	if (p != NULL)
		m.u_TUNNEL.peer = p->bind.peer;
	give(ROLE_NET, MSG_TUNNEL, &m);
}

static void
pause_for(uint8_t v)
{
	struct mono	 at;
	int		 n;

	now.mono.ns += v & 0x80 ? SEC(v & 0x7f) : MS(v) * 50;
	now.wall += v & 0x80 ? SEC(v & 0x7f) : MS(v) * 50;
	for (n = 0; n < 1000 && cn_engine.next(engine, &at) &&
	    !mono_before(now.mono, at); n++)
		cn_engine.expire(engine, now);
}

static void
begin(void)
{
	engine = cn_engine.create(&env, confs[0], now);
	if (engine == NULL)
		abort();
}

/* kill -9: another one is told what there was, and net may be as new. */
static void
die(bool net_too)
{
	struct pair	 was[NPAIRS];
	union msg	 m;
	size_t		 i;

	cn_engine.destroy(engine);
	memcpy(was, pairs, sizeof(was));
	if (net_too) {
		memset(pairs, 0, sizeof(pairs));
		nroutes = 0;
	}
	begin();
	enhanced = true;
	for (i = 0; i < NPAIRS && !net_too; i++) {
		if (!was[i].used)
			continue;
		memset(&m, 0, sizeof(m));
		m.u_BOUND = was[i].bind;
		give(ROLE_NET, MSG_BOUND, &m);
	}
	memset(&m, 0, sizeof(m));
	give(ROLE_NET, MSG_BOUND_END, &m);
	pause_for(0);
}

static void
address_gone(uint8_t which)
{
	union msg	 m;

	memset(&m, 0, sizeof(m));
	m.u_ADDRESS.addr = own_address(which);
	m.u_ADDRESS.flags = ADDR_GONE;
	give(ROLE_PARENT, MSG_ADDRESS, &m);
	pause_for(0);
}

static void
reload(int which)
{
	size_t	 i;

	cn_engine.configure(engine, confs[which], now);
	pause_for(0);
	enhanced = which == 0;
	for (i = 0; i < NPAIRS && !enhanced; i++)
		pairs[i].has_token = false;
}

static void
step(uint8_t kind, struct rbuf *r)
{
	uint8_t	 v;

	switch (kind % 12) {
	case 0:
		give_mh(r);
		break;
	case 1:
	case 2:
		v = rbuf_u8(r);
		give_test(kind % 12 == 1 ? MH_HOTI : MH_COTI, v, rbuf_u8(r));
		break;
	case 3:
	case 4:
		give_bu(r);
		break;
	case 5:
		give_copy(rbuf_u8(r));
		break;
	case 6:
		give_tunnel(r);
		break;
	case 7:
		pause_for(rbuf_u8(r));
		break;
	case 8:
		v = rbuf_u8(r);
		if (v & 0x80)
			die(v & 1);
		else
			address_gone(v);
		break;
	case 9:
		reload(rbuf_u8(r) & 1);
		break;
	case 10:
	case 11:
		give_enhanced(r);
		break;
	}
}

static void
set_up_node(void)
{
	const unsigned char	*p = key_short;
	struct cga		 c;

	node_key = d2i_AutoPrivateKey(NULL, &p, sizeof(key_short));
	if (node_key == NULL || cga_parse(&c, params_short,
	    sizeof(params_short)) != CGA_OK ||
	    cga_address(auth, &c, 0, &node_home) != CGA_OK ||
	    node_home.s6_addr[15] % NADDR != NADDR - 1)
		abort();
}

static void
set_up(void)
{
	static const char *const	 texts[] = {
		"correspondent {\n"
		"	maximum-bindings 6\n"
		"	maximum-bindings-per-network 4\n"
		"}\n",
		"correspondent {\n"
		"	maximum-bindings 3\n"
		"	maximum-lifetime 40s\n"
		"	enhanced-route-optimisation no\n"
		"	deny care-of 2001:db8:0:1::/64\n"
		"}\n",
	};
	int				 i;

	for (i = 0; i < 2; i++)
		if ((confs[i] = conf_parse_text(texts[i], strlen(texts[i]),
		    NULL, NULL)) == NULL)
			abort();
	counters_init(&counters, cn_engine.counter_defs);
	env = (struct engine_env){ emitted, fake_random, NULL, &counters,
	    &whys, NULL };
	auth = mhauth_new();
	set_up_node();
}

int
LLVMFuzzerTestOneInput(const uint8_t *p, size_t len)
{
	struct rbuf	 r, one;
	uint8_t		 kind;
	size_t		 n;

	if (auth == NULL)
		set_up();
	now.mono.ns = SEC(10);
	now.wall = SEC(1700000000);
	seed = 1;
	nupdates = nroutes = 0;
	memset(pairs, 0, sizeof(pairs));
	memset(tokens, 0, sizeof(tokens));
	memset(node_tokens, 0, sizeof(node_tokens));
	memset(option_tokens, 0, sizeof(option_tokens));
	enhanced = true;
	whys_free(&whys);
	whys_init(&whys, &(struct hash_key){ { 1, 2 } }, NULL, NULL);
	begin();
	rbuf_init(&r, p, len);
	while (rbuf_left(&r) >= 2) {
		kind = rbuf_u8(&r);
		n = rbuf_u8(&r);
		if (!rbuf_sub(&r, &one, n < rbuf_left(&r) ? n : rbuf_left(&r)))
			break;
		step(kind, &one);
	}
	cn_engine.stop(engine, now);
	cn_engine.destroy(engine);
	for (n = 0; n < NPAIRS; n++)
		if (pairs[n].used)
			abort();
	if (nroutes > 0)
		abort();
	return (0);
}
