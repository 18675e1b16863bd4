/*
 * Correspondents of the mobile node.  What messages to them are made of; that
 * all of many are told after a move, soon and not too fast; the rates of one;
 * that nothing of them stays when they end.
 */
#include "mn_lab.h"
#include "mn/peer.h"
#include "wire/cga.h"

#define PEERS	500
#define TUN	9
#define SIGNATURE	128	/* octets */
#define TOKEN	0x1122334455667788ULL

static struct conf_ro	 ro;

/* Registered from network 1, with route optimization at the first packet. */
static struct lab *
begin(void)
{
	struct lab		*l = lab_new();
	struct msg_link		 m;

	memset(&ro, 0, sizeof(ro));
	ro.hold_down = 600000;
	ro.max_peers = 1000;
	ro.after.window = 10000;
	l->cmn.ro = &ro;
	l->homes[0].lifetime = 4000000;
	lab_registered(l);
	memset(&m, 0, sizeof(m));
	m.ifindex = TUN;
	snprintf(m.name, sizeof(m.name), "mip6");
	m.flags = LINK_UP | LINK_RUNNING | LINK_TUN;
	lab_tell(l, ROLE_PARENT, MSG_LINK, &m);
	lab_skip(l);
	return (l);
}

static struct in6_addr
peer(unsigned int i)
{
	struct in6_addr	 a = ip("2001:db8:c::");

	a.s6_addr[14] = (uint8_t)((i + 1) >> 8);
	a.s6_addr[15] = (uint8_t)(i + 1);
	return (a);
}

static void
tunnel(struct lab *l, const struct in6_addr *other, enum tunnel_event event)
{
	struct msg_tunnel	 m;

	memset(&m, 0, sizeof(m));
	m.home = ip(HOA);
	m.other = *other;
	m.event = (uint8_t)event;
	lab_tell(l, ROLE_NET, MSG_TUNNEL, &m);
}

static uint8_t
type_of(const struct out *o)
{
	return (o->m.u_MH_OUT.mh.p[MH_OFF_TYPE]);
}

/* What a correspondent answers to a Test Init; option: one that is unknown. */
static void
answer_test(struct lab *l, const struct out *o, bool option)
{
	static const uint8_t	 unknown[8] = { 200, 6 };
	const struct msg_mh_out	*u = &o->m.u_MH_OUT;
	struct msg_mh_in	 m;
	struct mh		 init, t;
	uint8_t			 buf[64];

	ATF_REQUIRE_EQ(mh_parse(&init, u->mh.p, u->mh.len), MH_OK);
	mh_init(&t, init.type == MH_HOTI ? MH_HOT : MH_COT);
	t.u.test.cookie = init.u.init.cookie;
	t.u.test.token = TOKEN + init.type;
	t.u.test.nonce_index = 3;
	memset(&m, 0, sizeof(m));
	m.src = u->dst;
	m.dst = u->src;
	m.ifindex = init.type == MH_HOTI ? TUN : u->ifindex;
	m.hlim = 64;
	m.mh.len = mh_build(&t, buf, sizeof(buf));
	ATF_REQUIRE_EQ(m.mh.len, 24);
	if (option) {
		memcpy(buf + 24, unknown, sizeof(unknown));
		buf[MH_OFF_HLEN]++;
		m.mh.len += sizeof(unknown);
	}
	m.mh.p = buf;
	lab_tell(l, ROLE_NET, MSG_MH_IN, &m);
}

/* What correspondents answer to updates. */
static uint8_t	 status;

static void
answer_update(struct lab *l, const struct out *o)
{
	const struct msg_mh_out	*u = &o->m.u_MH_OUT;
	const uint64_t		 careof = TOKEN + MH_COTI;
	struct msg_mh_in	 m;
	struct mh		 bu, ba;
	struct mh_opt		*op;
	uint8_t			 buf[64], kbm[MHAUTH_KBMLEN];
	bool			 ends;

	ATF_REQUIRE_EQ(mh_parse(&bu, u->mh.p, u->mh.len), MH_OK);
	ends = bu.u.bu.lifetime == 0;
	ATF_REQUIRE(mhauth_kbm(l->auth, TOKEN + MH_HOTI, ends ? NULL : &careof,
	    kbm));
	ATF_CHECK_EQ(mhauth_bad_verify(l->auth, &bu, kbm, sizeof(kbm),
	    ends ? &u->home : &u->src, &u->dst), MHAUTH_OK);
	if (ends)
		return;
	mh_init(&ba, MH_BA);
	ba.u.ba.status = status;
	ba.u.ba.seq = bu.u.bu.seq;
	ba.u.ba.lifetime = status == 0 ? bu.u.bu.lifetime : 0;
	op = mh_add(&ba, MHOPT_BAD);
	op->varlen = MHOPT_AUTHLEN;
	memset(&m, 0, sizeof(m));
	m.src = u->dst;
	m.dst = u->src;
	m.home = u->home;
	m.flags = PKT_RH2;
	m.ifindex = u->ifindex;
	m.mh.len = mh_build(&ba, buf, sizeof(buf));
	m.mh.p = buf;
	ATF_REQUIRE_EQ(mhauth_bad_sign(l->auth, &ba, kbm, sizeof(kbm), &u->src,
	    &u->dst), MHAUTH_OK);
	lab_tell(l, ROLE_NET, MSG_MH_IN, &m);
}

/* Answer all that was sent to correspondents; how many of that type. */
static size_t
answer_all(struct lab *l, uint8_t type)
{
	const struct out	*o;
	size_t			 n = 0;

	while ((o = lab_next(l, MSG_MH_OUT)) != NULL) {
		if (in6_eq(&o->m.u_MH_OUT.dst, &l->homes[0].agent))
			continue;
		n += type_of(o) == type;
		if (type_of(o) == MH_BU)
			answer_update(l, o);
		else
			answer_test(l, o, false);
	}
	return (n);
}

/* So many correspondents, all bound; what was emitted is forgotten. */
static void
bind_all(struct lab *l, unsigned int n)
{
	struct in6_addr	 a;
	unsigned int	 i;
	int		 k;

	for (i = 0; i < n; i++) {
		a = peer(i);
		tunnel(l, &a, TUNNEL_OBSERVED);
		/* One after the other, as fast as the rate lets them. */
		for (k = 0; k < 4; k++) {
			answer_all(l, 0);
			lab_run(l, MS(3));
		}
		answer_all(l, 0);
		l->nout = l->read = 0;
	}
	ATF_REQUIRE_EQ(lab_count(l, "peer_accepted"), n);
}

/* Messages to correspondents since *from, in order; counts those of a type. */
static size_t
sent_since(const struct lab *l, int64_t from, int64_t to, uint8_t type)
{
	size_t	 i, n = 0;

	for (i = 0; i < l->nout; i++)
		if (l->out[i].type == MSG_MH_OUT && l->out[i].at >= from &&
		    l->out[i].at < to && (type == 0 ||
		    type_of(&l->out[i]) == type) && !in6_eq(
		    &l->out[i].m.u_MH_OUT.dst, &l->homes[0].agent))
			n++;
	return (n);
}

ATF_TC_WITHOUT_HEAD(built);
ATF_TC_BODY(built, tc)
{
	struct lab		*l = begin();
	struct in6_addr		 a = peer(0);
	const struct out	*o, *hoti = NULL;
	const struct msg_mh_out	*u;
	struct mh		 m;
	size_t			 i;

	tunnel(l, &a, TUNNEL_OBSERVED);
	for (i = 0; i < 2; i++) {
		ATF_REQUIRE((o = lab_next(l, MSG_MH_OUT)) != NULL);
		u = &o->m.u_MH_OUT;
		/* RFC 6275 6.1.3, 6.1.4: 16 octets, Reserved is zero. */
		ATF_REQUIRE_EQ(u->mh.len, 16);
		ATF_CHECK_EQ(u->mh.p[6], 0);
		ATF_CHECK_EQ(u->mh.p[7], 0);
		ATF_CHECK(mh_checksum_ok(u->mh.p, u->mh.len, &u->src, &u->dst));
		if (type_of(o) == MH_HOTI) {
			hoti = o;
			ATF_CHECK_EQ(u->flags, PKT_TUNNEL);
		} else {
			ATF_CHECK_EQ(type_of(o), MH_COTI);
			ATF_CHECK_EQ(u->flags, 0);
			ATF_CHECK_EQ(u->ifindex, 1);
			answer_test(l, o, false);
		}
	}
	ATF_REQUIRE(hoti != NULL);
	answer_test(l, hoti, false);
	ATF_REQUIRE((o = lab_next(l, MSG_MH_OUT)) != NULL);
	ATF_REQUIRE_EQ(mh_parse(&m, o->m.u_MH_OUT.mh.p, o->m.u_MH_OUT.mh.len),
	    MH_OK);
	ATF_CHECK_EQ(m.u.bu.flags, MH_BU_A);
	/* The first sequence number follows a random one. */
	ATF_CHECK_EQ(m.u.bu.seq, (uint16_t)(l->rnd + 1));
	ATF_CHECK_EQ(m.u.bu.lifetime, 105);
	/* 6.2.7: the last option, 12 octets, no padding behind it. */
	ATF_CHECK_EQ(m.opt[m.nopts - 1].type, MHOPT_BAD);
	ATF_CHECK_EQ(m.opt[m.nopts - 1].off + MHOPT_BADSIZE, m.len);
	answer_update(l, o);
	ATF_CHECK_EQ(lab_count(l, "peer_accepted"), 1);
	ATF_REQUIRE((o = lab_next(l, MSG_BIND)) != NULL);
	ATF_CHECK(in6_eq(&o->m.u_BIND.other, &a));
	lab_end(l);
}

ATF_TC_WITHOUT_HEAD(unknown_options);
ATF_TC_BODY(unknown_options, tc)
{
	struct lab		*l = begin();
	struct in6_addr		 a = peer(0);
	const struct out	*o[2];

	tunnel(l, &a, TUNNEL_OBSERVED);
	o[0] = lab_next(l, MSG_MH_OUT);
	o[1] = lab_next(l, MSG_MH_OUT);
	ATF_REQUIRE(o[0] != NULL && o[1] != NULL);
	answer_test(l, o[0], true);
	answer_test(l, o[1], true);
	ATF_CHECK_EQ(lab_count(l, "hot_taken"), 1);
	ATF_CHECK_EQ(lab_count(l, "cot_taken"), 1);
	lab_end(l);
}

/* The first, or last, message of this type that wasn't forgotten yet. */
static size_t
place_of(const struct lab *l, uint8_t type, bool last)
{
	size_t	 i, at = l->nout;

	for (i = 0; i < l->nout && (last || at == l->nout); i++)
		if (l->out[i].type == MSG_MH_OUT && type_of(&l->out[i]) == type)
			at = i;
	ATF_REQUIRE(at < l->nout);
	return (at);
}

/* To a care-of address on this network; what was emitted is forgotten. */
static void
move(struct lab *l, const char *router, const char *net, const char *coa)
{
	l->nout = l->read = 0;
	lab_down(l, 1);
	lab_up(l, 1);
	lab_ra(l, 1, router, net);
	lab_addr(l, 1, coa, 0);
}

/* The home agent has acknowledged the move. */
static void
agent_accepts(struct lab *l)
{
	lab_accept(l, &l->out[place_of(l, MH_BU, false)], 1000);
	l->read = 0;
}

/*
 * That time goes by on network 2, whose router advertises itself; answers: who
 * is sent something answers within 20 ms.
 */
static void
stay(struct lab *l, int64_t length, bool answers)
{
	int64_t	 t;

	for (t = 0; t < length; t += MS(20)) {
		if (answers)
			answer_all(l, 0);
		lab_ra(l, 1, R2, NET2);
		lab_run(l, MS(20));
	}
	if (answers)
		answer_all(l, 0);
}

/*
 * A move: all of 500 are told in two seconds, no more than 1000 in one, the one
 * that was used last before the last has been tested.
 */
ATF_TC_WITHOUT_HEAD(paced);
ATF_TC_BODY(paced, tc)
{
	struct lab	*l = begin();
	struct in6_addr	 first, last = peer(7);
	int64_t		 at, t;
	size_t		 i, unbound = 0;

	bind_all(l, PEERS);
	/* This one is used now. */
	tunnel(l, &last, TUNNEL_FIRST_OUT);
	at = l->now.mono.ns;
	move(l, R2, NET2, COA2);
	for (i = 0; i < l->nout; i++)
		unbound += l->out[i].type == MSG_UNBIND &&
		    !in6_is_unspecified(&l->out[i].m.u_UNBIND.other);
	/* All take the tunnel at once. */
	ATF_CHECK_EQ(unbound, PEERS);
	/* The one that was used last is the first. */
	first = l->out[place_of(l, MH_COTI, false)].m.u_MH_OUT.dst;
	ATF_CHECK(in6_eq(&first, &last));
	agent_accepts(l);
	stay(l, SEC(2), true);
	for (i = 0; i < l->nout; i++)
		if (l->out[i].type == MSG_MH_OUT &&
		    type_of(&l->out[i]) == MH_BU &&
		    in6_eq(&l->out[i].m.u_MH_OUT.dst, &last))
			break;
	ATF_CHECK(i < place_of(l, MH_COTI, true));
	ATF_CHECK_EQ(sent_since(l, at, at + SEC(2), MH_COTI), PEERS);
	ATF_CHECK_EQ(sent_since(l, at, at + SEC(2), MH_HOTI), 0);
	ATF_CHECK_EQ(sent_since(l, at, at + SEC(2), MH_BU), PEERS);
	ATF_CHECK_EQ(lab_count(l, "peer_accepted"), 2 * PEERS);
	for (t = at; t < at + SEC(2); t += MS(50))
		ATF_CHECK_MSG(sent_since(l, t, t + SEC(1), 0) <= 1000,
		    "%zu in a second", sent_since(l, t, t + SEC(1), 0));
	lab_end(l);
}

/*
 * Retransmissions have the same pace as what is sent first; who is answered
 * while it stands in the queue for one has no turn left over for later.
 */
ATF_TC_WITHOUT_HEAD(paced_again);
ATF_TC_BODY(paced_again, tc)
{
	struct lab	*l = begin();
	unsigned int	 n = ro.max_peers;
	int64_t		 at, moved, t;

	bind_all(l, n);
	move(l, R2, NET2, COA2);
	moved = l->now.mono.ns;
	/* All are tested before the home agent answers. */
	stay(l, MS(1300), false);
	answer_all(l, MH_COTI);
	agent_accepts(l);
	at = l->now.mono.ns;
	/* That is as long as the first wait for an answer takes, and more. */
	stay(l, MS(1060), false);
	ATF_CHECK(sent_since(l, at, INT64_MAX, MH_BU) > PEER_RATE);
	ATF_CHECK(sent_since(l, at, INT64_MAX, MH_BU) < n);
	stay(l, SEC(5), true);
	ATF_CHECK_EQ(lab_count(l, "peer_accepted"), 2 * n);
	for (t = moved; t < l->now.mono.ns; t += MS(50))
		ATF_CHECK(sent_since(l, t, t + SEC(1), 0) <= 1000);
	at = l->now.mono.ns;
	move(l, R1, NET1, COA1);
	agent_accepts(l);
	/* To where the tokens are from: updates alone. */
	ATF_CHECK_MSG(sent_since(l, at, at + 1, 0) == PEER_BURST,
	    "%zu at once", sent_since(l, at, at + 1, 0));
	ATF_CHECK_EQ(sent_since(l, at, at + 1, MH_BU), PEER_BURST);
	lab_end(l);
}

/* RFC 6275 11.8: three messages of a type a second to one, whatever happens. */
ATF_TC_WITHOUT_HEAD(rate);
ATF_TC_BODY(rate, tc)
{
	struct lab	*l = begin();
	struct in6_addr	 a = peer(0);
	const char	*coa[2] = { COA2, COA1 };
	const char	*net[2] = { NET2, NET1 }, *router[2] = { R2, R1 };
	int64_t		 t, at;
	int		 i;

	tunnel(l, &a, TUNNEL_OBSERVED);
	at = l->now.mono.ns;
	for (i = 0; i < 12; i++) {
		lab_run(l, MS(150));
		lab_down(l, 1);
		lab_addr(l, 1, coa[(i + 1) % 2], ADDR_GONE);
		lab_up(l, 1);
		lab_ra(l, 1, router[i % 2], net[i % 2]);
		lab_addr(l, 1, coa[i % 2], 0);
	}
	lab_run(l, SEC(2));
	for (t = at; t < at + SEC(3); t += MS(50)) {
		ATF_CHECK(sent_since(l, t, t + SEC(1), MH_COTI) <= 3);
		ATF_CHECK(sent_since(l, t, t + SEC(1), MH_HOTI) <= 3);
	}
	ATF_CHECK(sent_since(l, at, at + SEC(4), MH_COTI) >= 5);
	lab_end(l);
}

/* Memory and timers of entries end with them. */
ATF_TC_WITHOUT_HEAD(ends);
ATF_TC_BODY(ends, tc)
{
	struct lab	*l = begin();
	struct in6_addr	 a;
	unsigned int	 i;

	ro.max_peers = 20;
	mn_engine.configure(l->mn, &l->conf, l->now);
	for (i = 0; i < 100; i++) {
		a = peer(i);
		tunnel(l, &a, TUNNEL_OBSERVED);
	}
	ATF_CHECK_EQ(lab_count(l, "peer_room"), 80);
	/* Nobody answers: they are left in peace, and then forgotten. */
	lab_run(l, SEC(10));
	ATF_CHECK_EQ(lab_count(l, "peer_held"), 20);
	ATF_CHECK_EQ(lab_count(l, "peer_silent"), 20);
	lab_run(l, SEC(620));
	l->nout = l->read = 0;
	tunnel(l, &a, TUNNEL_OBSERVED);
	ATF_CHECK_EQ(sent_since(l, 0, INT64_MAX, MH_HOTI), 1);
	mn_engine.stop(l->mn, l->now);
	lab_end(l);
}

/* CGA Parameters with an RSA key of 1024 bits. */
static size_t
parameters(uint8_t buf[256])
{
	static const uint8_t	 front[] = {
		0x30, 0x81, 0x9f, 0x30, 0x0d, 0x06, 0x09, 0x2a, 0x86, 0x48,
		0x86, 0xf7, 0x0d, 0x01, 0x01, 0x01, 0x05, 0x00, 0x03, 0x81,
		0x8d, 0x00, 0x30, 0x81, 0x89, 0x02, 0x81, 0x81, 0x00
	}, back[] = { 0x02, 0x03, 0x01, 0x00, 0x01 };
	uint8_t			*p = buf;

	memset(p, 0, CGA_KEY_AT);
	p += CGA_KEY_AT;
	memcpy(p, front, sizeof(front));
	p += sizeof(front);
	memset(p, 0xff, SIGNATURE);
	p += SIGNATURE;
	memcpy(p, back, sizeof(back));
	return ((size_t)(p + sizeof(back) - buf));
}

/* Sign all that was asked for since out[*from]; how many. */
static size_t
sign_all(struct lab *l, size_t *from)
{
	static const uint8_t	 signature[SIGNATURE];
	struct msg_cga_signed	 m;
	size_t			 n = 0;

	for (; *from < l->nout; ++*from) {
		if (l->out[*from].type != MSG_CGA_SIGN)
			continue;
		memset(&m, 0, sizeof(m));
		m.id = l->out[*from].m.u_CGA_SIGN.id;
		m.home = ip(HOA);
		m.signature.p = signature;
		m.signature.len = sizeof(signature);
		lab_tell(l, ROLE_CGA, MSG_CGA_SIGNED, &m);
		n++;
	}
	return (n);
}

/* The key of the home address is there, or is no more. */
static void
key(struct lab *l, bool on)
{
	struct msg_cga_params	 m;
	uint8_t			 buf[256];

	memset(&m, 0, sizeof(m));
	m.home = ip(HOA);
	m.params.p = buf;
	m.params.len = on ? parameters(buf) : 0;
	lab_tell(l, ROLE_CGA, MSG_CGA_PARAMS, &m);
}

/* Bind all of them with that key; how many signatures were asked for. */
static size_t
bind_signed(struct lab *l)
{
	struct in6_addr	 a;
	unsigned int	 i;
	size_t		 from = 0, asked = 0;

	key(l, true);
	l->nout = l->read = 0;
	for (i = 0; i < PEERS; i++) {
		a = peer(i);
		tunnel(l, &a, TUNNEL_OBSERVED);
	}
	for (i = 0; i < 150; i++) {
		answer_all(l, 0);
		asked += sign_all(l, &from);
		lab_run(l, MS(20));
	}
	ATF_CHECK_EQ(lab_count(l, "peer_accepted"), PEERS);
	return (asked);
}

/*
 * Many correspondents at once: signatures have a rate, and who gets none is
 * told by return routability, without delay.
 */
ATF_TC_WITHOUT_HEAD(signatures);
ATF_TC_BODY(signatures, tc)
{
	struct lab	*l = begin();
	size_t		 asked = bind_signed(l);

	ATF_CHECK(asked >= CGA_BURST);
	ATF_CHECK(asked <= CGA_BURST + 3 * CGA_RATE);
	ATF_CHECK_EQ(lab_count(l, "ero_signed"), asked);
	ATF_CHECK_EQ(lab_count(l, "ero_limited"), PEERS - asked);
	/* Nobody gave a token. */
	ATF_CHECK_EQ(lab_count(l, "ero_held"), asked);
	lab_end(l);
}

/*
 * RFC 4866 4.2: status 149 asks for a signature.  Who had to go without one as
 * there were too many isn't sent tests for ever when the key has gone since.
 */
ATF_TC_WITHOUT_HEAD(key_gone);
ATF_TC_BODY(key_gone, tc)
{
	struct lab	*l = begin();

	bind_signed(l);
	ATF_CHECK(lab_count(l, "ero_limited") > 0);
	key(l, false);
	status = MH_ST_PHKT_EXISTS;
	move(l, R2, NET2, COA2);
	agent_accepts(l);
	stay(l, SEC(5), true);
	status = 0;
	ATF_CHECK_EQ(lab_count(l, "peer_held"), PEERS);
	lab_end(l);
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, built);
	ATF_TP_ADD_TC(tp, unknown_options);
	ATF_TP_ADD_TC(tp, paced);
	ATF_TP_ADD_TC(tp, paced_again);
	ATF_TP_ADD_TC(tp, rate);
	ATF_TP_ADD_TC(tp, ends);
	ATF_TP_ADD_TC(tp, signatures);
	ATF_TP_ADD_TC(tp, key_gone);
	return (atf_no_error());
}
