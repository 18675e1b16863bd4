/*
 * A mobile node's correspondents, by RFC 6275 and RFC 4866, driven by a byte
 * string: tests that are answered, acknowledgements with any status, options
 * and authenticator, what the cga process gives or does not, moves, returns and
 * time.  Whatever comes, each Binding Update to a correspondent is authorized
 * by the tokens that its nonce indices name and by nothing else, has options in
 * the order of RFC 4866 4.1, asks for no more than its way to be authenticated
 * allows, and no sequence number is used twice with a permanent token; and the
 * cga process is given a token only from an acknowledgement whose authenticator
 * is right.
 */
#include <sys/types.h>
#include <sys/socket.h>

#include <arpa/inet.h>

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "conf/conf.h"
#include "core/counter.h"
#include "core/report.h"
#include "core/verb.h"
#include "core/why.h"
#include "mn/mn.h"
#include "wire/cgaopt.h"
#include "wire/ip6.h"
#include "wire/mh.h"
#include "wire/mhauth.h"

int	 LLVMFuzzerTestOneInput(const uint8_t *, size_t);

#define KEY		"0123456789abcdef"
#define NPEERS		3
#define NCOAS		2
#define TUN		9
#define SIGNATURE	128	/* octets */
#define TIMERS_MAX	100000
#define TIMERS_RATE	20	/* ... and a second */

/* What each nonce of a correspondent gives, by its index. */
#define HOME_TOKEN(i)	(0x1000000000ULL + (i))
#define CAREOF_TOKEN(i)	(0x2000000000ULL + (i))
#define OPTION_TOKEN	0x3000000000ULL		/* of Care-of Test options */
#define PERMANENT(n)	(0x4000000000ULL + (n))

static struct peer {
	struct in6_addr	 addr;
	uint64_t	 cookies[2];		/* of the last Test Inits */
	uint16_t	 seq, lifetime;		/* of the last update */
	bool		 updated;
	uint8_t		 kbm[MHAUTH_KBMLEN];
	struct in6_addr	 coa, covers;
	bool		 at_home;
	uint32_t	 sign, decrypt;		/* asked for, or 0 */
	bool		 given;			/* a token, rightly */
	uint64_t	 permanent;		/* 0: none */
	uint8_t		 used[65536 / 8];	/* numbers, with it */
} peers[NPEERS];

static struct {
	void			*mn;
	struct engine_env	 env;
	struct counters		 counters;
	struct whys		 whys;
	struct conf		 conf;
	struct conf_mn		 cmn;
	struct conf_home	 home;
	struct conf_interface	 ifs[1];
	struct conf_ro		 ro;
	struct now		 now;
	struct in6_addr		 coas[NCOAS];
	struct msg_mh_out	 bu;		/* to the home agent */
	uint8_t			 mh[256];
	uint32_t		 path[64];	/* asked for, not answered */
	size_t			 npaths;
	uint8_t			 params[256];
	size_t			 nparams;
	uint64_t		 randoms, permanents;
	struct mhauth		*auth;
} w;

static void
require(bool ok, const char *what)
{
	if (ok)
		return;
	fprintf(stderr, "f_mnro: %s\n", what);
	abort();
}

static struct peer *
peer_of(const struct in6_addr *a)
{
	size_t	 i;

	for (i = 0; i < NPEERS; i++)
		if (in6_eq(&peers[i].addr, a))
			return (&peers[i]);
	return (NULL);
}

/* CGA Parameters with an RSA key of 1024 bits. */
static void
make_params(void)
{
	static const uint8_t	 front[] = {
		0x30, 0x81, 0x9f, 0x30, 0x0d, 0x06, 0x09, 0x2a, 0x86, 0x48,
		0x86, 0xf7, 0x0d, 0x01, 0x01, 0x01, 0x05, 0x00, 0x03, 0x81,
		0x8d, 0x00, 0x30, 0x81, 0x89, 0x02, 0x81, 0x81, 0x00
	}, back[] = { 0x02, 0x03, 0x01, 0x00, 0x01 };
	uint8_t			*p = w.params + CGA_KEY_AT;

	memcpy(p, front, sizeof(front));
	p += sizeof(front);
	memset(p, 0xff, SIGNATURE);
	p += SIGNATURE;
	memcpy(p, back, sizeof(back));
	w.nparams = (size_t)(p + sizeof(back) - w.params);
}

/* --- what the engine says --- */

/* Options as RFC 4866 4.1 orders them, and those alone. */
static void
check_options(const struct mh *m, bool is_signed, bool early)
{
	static const uint8_t	 order[] = { MHOPT_CGA, MHOPT_SIGNATURE,
				    MHOPT_COTI, MHOPT_NONCE, MHOPT_BAD };
	size_t			 i, at = 0;

	for (i = 0; i < m->nopts; i++) {
		while (at < sizeof(order) && order[at] != m->opt[i].type)
			at++;
		require(at < sizeof(order), "option out of order");
	}
	require(is_signed == (mh_find(m, MHOPT_CGA) != NULL), "parameters");
	require(is_signed == (mh_find(m, MHOPT_SIGNATURE) != NULL),
	    "signature not behind parameters");
	require(early == (mh_find(m, MHOPT_COTI) != NULL), "care-of test");
}

/* The authenticator is that of these indices. */
static void
check_key(struct peer *p, const struct mh *m, uint16_t home, uint16_t careof)
{
	uint64_t	 h = home == 0 ? p->permanent : HOME_TOKEN(home);
	uint64_t	 c = careof == 0 ? 0 : careof == 1 ? OPTION_TOKEN :
			    CAREOF_TOKEN(careof);

	require(mhauth_kbm(w.auth, h, m->u.bu.lifetime == 0 ? NULL : &c,
	    p->kbm), "no key");
	require(mhauth_bad_verify(w.auth, m, p->kbm, sizeof(p->kbm),
	    &p->covers, &p->addr) == MHAUTH_OK, "not authorized");
}

static void
check_number(struct peer *p, uint16_t seq)
{
	require((p->used[seq / 8] & 1 << seq % 8) == 0, "number used twice");
	p->used[seq / 8] |= (uint8_t)(1 << seq % 8);
}

static void
check_update(struct peer *p, const struct msg_mh_out *u, const struct mh *m)
{
	const struct mh_opt	*o = mh_find(m, MHOPT_NONCE);
	uint16_t		 life = m->u.bu.lifetime;
	bool			 is_signed = cgaopt_signature(m) != NULL;

	require(o != NULL && m->opt[m->nopts - 1].type == MHOPT_BAD,
	    "no indices, or no authorization");
	require(m->u.bu.flags == MH_BU_A, "flags");
	check_options(m, is_signed, life != 0 && o->u.nonce.careof == 0);
	p->at_home = (u->flags & PKT_HAO) == 0;
	require(!p->at_home || life == 0, "lifetime at home");
	p->covers = life == 0 ? w.home.address : u->src;
	p->coa = u->src;
	require(!is_signed || (o->u.nonce.home != 0 && life != 0 &&
	    w.nparams != 0), "signature without a test");
	require(o->u.nonce.home != 0 || p->permanent != 0, "no token");
	require(life <= (is_signed || o->u.nonce.home == 0 ? 21600 : 105),
	    "lifetime");
	check_key(p, m, o->u.nonce.home, o->u.nonce.careof);
	if (o->u.nonce.home == 0)
		check_number(p, m->u.bu.seq);
	p->seq = m->u.bu.seq;
	p->lifetime = life;
	p->updated = true;
}

static void
check_mh(const struct msg_mh_out *u)
{
	struct in6_addr	 home = u->flags & PKT_HAO ? u->home : u->src;
	struct peer	*p = peer_of(&u->dst);
	struct mh	 m;

	require(mh_parse(&m, u->mh.p, u->mh.len) == MH_OK, "malformed");
	require(mh_checksum_ok(u->mh.p, u->mh.len, &home, &u->dst),
	    "bad checksum");
	if (p == NULL) {
		require(m.type == MH_BU && u->mh.len <= sizeof(w.mh), "agent");
		w.bu = *u;
		memcpy(w.mh, u->mh.p, u->mh.len);
		w.bu.mh.p = w.mh;
	} else if (m.type == MH_BU)
		check_update(p, u, &m);
	else
		p->cookies[m.type == MH_COTI] = m.u.init.cookie;
}

static void
check_sign(const struct msg_cga_sign *m)
{
	struct in6_addr	 to;
	struct peer	*p;

	require(m->data.len > 32 + 12 && m->id != 0, "nothing to be signed");
	memcpy(&to, m->data.p + 16, sizeof(to));
	p = peer_of(&to);
	require(p != NULL, "signature for nobody");
	p->sign = m->id;
}

/* The first octet of what can't be read says whose it is. */
static void
check_decrypt(const struct msg_cga_decrypt *m)
{
	struct peer	*p;

	require(m->id != 0 && m->data.len >= 8 && m->data.p[0] < NPEERS,
	    "a token of nobody");
	p = &peers[m->data.p[0]];
	require(p->given, "a token that is not authentic");
	p->given = false;
	p->decrypt = m->id;
	/* The one before is of no use to the correspondent. */
	p->permanent = 0;
}

static void
emit(void *ctx, enum msg_type t, const void *m)
{
	static uint8_t	 buf[8192];

	(void)ctx;
	require(msg_to(t, ROLE_MN) != ROLE_MAX, "not allowed");
	require(msg_pack(buf, sizeof(buf), t, m) != SIZE_MAX, "not packed");
	if (t == MSG_MH_OUT)
		check_mh(m);
	else if (t == MSG_CGA_SIGN)
		check_sign(m);
	else if (t == MSG_CGA_DECRYPT)
		check_decrypt(m);
	else if (t == MSG_PATH && w.npaths < 64)
		w.path[w.npaths++] = ((const struct msg_path *)m)->id;
	else if (t == MSG_HOME_POLICY && w.npaths < 64)
		w.path[w.npaths++] = ((const struct msg_home_policy *)m)->id;
}

static uint64_t
rnd(void *ctx)
{
	(void)ctx;
	return (++w.randoms * 0x9e3779b97f4a7c15ULL);
}

/* --- what it is told --- */

static void
tell(enum role from, enum msg_type t, const void *m)
{
	union msg	 u;
	size_t		 i, n;

	memset(&u, 0, sizeof(u));
	memcpy(&u, m, msg_size(t));
	mn_engine.input(w.mn, from, t, &u, w.now);
	n = w.npaths;
	w.npaths = 0;
	for (i = 0; i < n; i++) {
		memset(&u, 0, sizeof(u));
		u.u_RESULT.id = w.path[i];
		mn_engine.input(w.mn, ROLE_PARENT, MSG_RESULT, &u, w.now);
	}
}

static void
run(int64_t ns)
{
	struct mono	 end = mono_add(w.now.mono, ns), at;
	int64_t		 n = 0;

	while (mn_engine.next(w.mn, &at) && !mono_before(end, at)) {
		if (mono_before(w.now.mono, at)) {
			w.now.wall += mono_diff(at, w.now.mono);
			w.now.mono = at;
		}
		mn_engine.expire(w.mn, w.now);
		require(n++ < TIMERS_MAX + ns / NS_PER_SEC * TIMERS_RATE,
		    "timers without end");
	}
	w.now.wall += mono_diff(end, w.now.mono);
	w.now.mono = end;
	mn_engine.expire(w.mn, w.now);
}

static void
do_link(bool up, bool tun)
{
	struct msg_link	 m;

	memset(&m, 0, sizeof(m));
	m.ifindex = tun ? TUN : 1;
	snprintf(m.name, sizeof(m.name), tun ? "mip6" : "eth0");
	m.flags = LINK_UP | (up ? LINK_RUNNING : 0) | (tun ? LINK_TUN : 0);
	m.lladdr[0] = 2;
	m.lladdr[5] = (uint8_t)m.ifindex;
	m.lladdrlen = 6;
	tell(ROLE_PARENT, MSG_LINK, &m);
}

static void
do_address(const struct in6_addr *a, bool gone)
{
	struct msg_address	 m;

	memset(&m, 0, sizeof(m));
	m.ifindex = 1;
	m.addr = *a;
	m.plen = 64;
	m.flags = gone ? ADDR_GONE : 0;
	m.valid = m.preferred = UINT32_MAX;
	tell(ROLE_PARENT, MSG_ADDRESS, &m);
}

static void
do_ra(const struct in6_addr *net, uint8_t router)
{
	struct msg_icmp6_in	 m;
	struct in6_addr		 prefix = in6_prefix(net, 64);
	uint8_t			 ra[16 + 32];

	memset(ra, 0, sizeof(ra));
	ra[0] = 134;
	ra[6] = ra[7] = 0xff;
	ra[16] = 3;
	ra[17] = 4;
	ra[18] = 64;
	ra[19] = 0xc0;
	memset(ra + 20, 0xff, 8);
	memcpy(ra + 32, &prefix, 16);
	memset(&m, 0, sizeof(m));
	m.src.s6_addr[0] = 0xfe;
	m.src.s6_addr[1] = 0x80;
	m.src.s6_addr[15] = router;
	m.dst = in6_allnodes;
	m.ifindex = 1;
	m.hlim = 255;
	m.icmp6.p = ra;
	m.icmp6.len = sizeof(ra);
	tell(ROLE_NET, MSG_ICMP6_IN, &m);
}

/* What the home agent says to the last update, rightly signed. */
static void
do_agent(uint8_t status, uint8_t units)
{
	const struct mh_opt	*alt;
	struct msg_mh_in	 in;
	struct mh		 bu, ba;
	struct mh_opt		*o;
	uint8_t			 buf[256];

	if (w.bu.mh.len == 0 ||
	    mh_parse(&bu, w.bu.mh.p, w.bu.mh.len) != MH_OK ||
	    (alt = mh_find(&bu, MHOPT_ALTCOA)) == NULL)
		return;
	mh_init(&ba, MH_BA);
	ba.u.ba.status = status;
	ba.u.ba.seq = bu.u.bu.seq;
	ba.u.ba.lifetime = bu.u.bu.lifetime == 0 ? 0 :
	    (uint16_t)(units * 100U);
	if ((o = mh_add(&ba, MHOPT_MESGID)) != NULL)
		o->u.timestamp = mh_find(&bu, MHOPT_MESGID) == NULL ? 0 :
		    mh_find(&bu, MHOPT_MESGID)->u.timestamp;
	if ((o = mh_add(&ba, MHOPT_AUTH)) == NULL)
		return;
	o->u.auth.subtype = MHOPT_AUTH_MNHA;
	o->u.auth.spi = 256;
	o->varlen = MHOPT_AUTHLEN;
	memset(&in, 0, sizeof(in));
	in.mh.len = mh_build(&ba, buf, sizeof(buf));
	in.mh.p = buf;
	mhauth_auth_sign(w.auth, &ba, MHOPT_AUTH_MNHA, KEY, 16,
	    &alt->u.altcoa, &w.home.address);
	in.src = w.home.agent;
	in.dst = w.bu.src;
	in.home = w.home.address;
	in.flags = w.bu.flags & PKT_HAO ? PKT_RH2 : 0;
	tell(ROLE_NET, MSG_MH_IN, &in);
}

/* To a foreign link, or home; the link before is lost. */
static void
do_move(uint8_t where)
{
	size_t	 i;

	do_link(false, false);
	for (i = 0; i < NCOAS; i++)
		do_address(&w.coas[i], true);
	do_address(&w.home.address, true);
	do_link(true, false);
	if (where % (NCOAS + 1) == NCOAS) {
		do_ra(&w.home.address, 1);
		return;
	}
	do_ra(&w.coas[where % (NCOAS + 1)], (uint8_t)(10 + where % 3));
	do_address(&w.coas[where % (NCOAS + 1)], false);
}

static void
do_tunnel(struct peer *p, uint8_t event)
{
	static const uint8_t	 events[] = { TUNNEL_OBSERVED,
				    TUNNEL_FIRST_OUT, TUNNEL_FIRST_IN,
				    TUNNEL_ERROR };
	struct msg_tunnel	 m;

	memset(&m, 0, sizeof(m));
	m.home = w.home.address;
	m.other = p->addr;
	m.event = events[event % 4];
	m.icmp6_type = event >> 2 & 7;
	tell(ROLE_NET, MSG_TUNNEL, &m);
}

/* A Home Test or Care-of Test, rightly or not. */
static void
do_test(struct peer *p, uint8_t index, uint8_t how)
{
	struct msg_mh_in	 in;
	struct mh		 m;
	uint8_t			 buf[64];
	int			 coti = how & 1;

	mh_init(&m, coti ? MH_COT : MH_HOT);
	/* 0 and 1 are no nonces of a test here. */
	m.u.test.nonce_index = (uint16_t)(index + 2U);
	m.u.test.cookie = p->cookies[coti] + (how >> 1 & 1);
	m.u.test.token = coti ? CAREOF_TOKEN(index + 2U) :
	    HOME_TOKEN(index + 2U);
	memset(&in, 0, sizeof(in));
	in.src = p->addr;
	in.dst = coti ? w.coas[how >> 2 & 1] : w.home.address;
	in.ifindex = coti || (how & 8) ? 1 : TUN;
	in.mh.len = mh_build(&m, buf, sizeof(buf));
	in.mh.p = buf;
	tell(ROLE_NET, MSG_MH_IN, &in);
}

/* An acknowledgement of the last update to p. */
static void
do_ba(struct peer *p, uint8_t status, uint8_t how)
{
	static const uint8_t	 statuses[] = { 0, 0, 0, 0, 128, 129, 130, 135,
				    136, 137, 138, 147, 148, 149, 150, 1 };
	uint8_t			 buf[1024], cipher[SIGNATURE];
	struct msg_mh_in	 in;
	struct mh_opt		*o;
	struct mh		 m;
	bool			 right = (how & 1) != 0;

	if (!p->updated)
		return;
	mh_init(&m, MH_BA);
	m.u.ba.status = statuses[status % 16];
	m.u.ba.seq = (uint16_t)(p->seq + (how & 0x08 ? status : 0));
	if (m.u.ba.status == MH_ST_SEQUENCE)
		m.u.ba.seq = (uint16_t)(p->seq + 256U * status);
	m.u.ba.lifetime = (uint16_t)(p->lifetime >> (how >> 6));
	memset(cipher, 0, sizeof(cipher));
	cipher[0] = (uint8_t)(p - peers);
	if ((how & 2) && (o = mh_add(&m, MHOPT_PHKT)) != NULL) {
		o->var = cipher;
		o->varlen = sizeof(cipher);
	}
	if ((how & 4) && (o = mh_add(&m, MHOPT_COT)) != NULL)
		o->u.token = OPTION_TOKEN;
	if ((how & 0x10) == 0 && (o = mh_add(&m, MHOPT_BAD)) != NULL)
		o->varlen = MHOPT_AUTHLEN;
	right = right && (how & 0x10) == 0;
	memset(&in, 0, sizeof(in));
	in.mh.len = mh_build(&m, buf, sizeof(buf));
	in.mh.p = buf;
	if (right)
		mhauth_bad_sign(w.auth, &m, p->kbm, sizeof(p->kbm),
		    &p->covers, &p->addr);
	if (right && (how & 2))
		p->given = true;
	in.src = p->addr;
	in.dst = how & 0x20 ? w.coas[0] : p->coa;
	in.home = w.home.address;
	in.flags = p->at_home ? 0 : PKT_RH2;
	tell(ROLE_NET, MSG_MH_IN, &in);
	p->given = false;
}

static void
do_params(uint8_t how)
{
	struct msg_cga_params	 m;

	memset(&m, 0, sizeof(m));
	m.home = how & 2 ? in6addr_any : w.home.address;
	m.params.p = w.params;
	m.params.len = how & 1 ? w.nparams : how & 4 ? how : 0;
	tell(ROLE_CGA, MSG_CGA_PARAMS, &m);
}

static void
do_signed(struct peer *p, uint8_t how)
{
	static const uint8_t	 signature[SIGNATURE];
	struct msg_cga_signed	 m;

	memset(&m, 0, sizeof(m));
	m.id = p->sign + (how >> 4);
	m.home = w.home.address;
	m.status = how & 3;
	m.signature.p = signature;
	m.signature.len = how & 4 ? how : SIGNATURE;
	tell(ROLE_CGA, MSG_CGA_SIGNED, &m);
}

static void
do_decrypted(struct peer *p, uint8_t how)
{
	struct msg_cga_decrypted m;
	uint64_t		 token = PERMANENT(++w.permanents);
	uint8_t			 buf[8];
	size_t			 i;

	for (i = 0; i < sizeof(buf); i++)
		buf[i] = (uint8_t)(token >> 8 * (7 - i));
	memset(&m, 0, sizeof(m));
	m.id = p->decrypt + (how >> 4);
	m.home = w.home.address;
	m.status = how & 3;
	m.token.p = buf;
	m.token.len = how & 4 ? how % 8 : sizeof(buf);
	if (p->decrypt != 0 && how >> 4 == 0 && m.status == CGA_DONE &&
	    m.token.len == sizeof(buf)) {
		p->permanent = token;
		memset(p->used, 0, sizeof(p->used));
	}
	if (how >> 4 == 0)
		p->decrypt = 0;
	tell(ROLE_CGA, MSG_CGA_DECRYPTED, &m);
}

static void
do_error(struct peer *p, uint8_t how)
{
	struct msg_mh_in	 in;
	struct mh		 m;
	uint8_t			 buf[64];

	mh_init(&m, how & 1 ? MH_BRR : MH_BE);
	if (m.type == MH_BE) {
		m.u.be.status = how >> 1 & 3;
		m.u.be.home = w.home.address;
	}
	memset(&in, 0, sizeof(in));
	in.src = p->addr;
	in.dst = how & 1 ? w.home.address : p->coa;
	in.mh.len = mh_build(&m, buf, sizeof(buf));
	in.mh.p = buf;
	tell(ROLE_NET, MSG_MH_IN, &in);
}

static void
do_query(uint8_t verb)
{
	static struct report	 rep;
	struct msg_query	 q;
	int			 n = 0;

	memset(&q, 0, sizeof(q));
	q.verb = verb % 3 == 0 ? VERB_WHY : verb % 3 == 1 ? VERB_SHOW_BUL :
	    VERB_SHOW_TIMERS;
	snprintf(q.arg, sizeof(q.arg), "2001:db8:c::1");
	do {
		report_init(&rep);
		q.cursor = mn_engine.query(w.mn, &q, &rep, w.now);
	} while (q.cursor != 0 && n++ < 100);
}

/* One step: an operation and three octets. */
static void
step(const uint8_t p[4])
{
	struct peer	*o = &peers[p[1] % NPEERS];

	switch (p[0] % 12) {
	case 0:
		run((int64_t)p[1] << (p[2] % 40));
		break;
	case 1:
		do_tunnel(o, p[2]);
		break;
	case 2:
		do_test(o, p[2], p[3]);
		break;
	case 3:
		do_ba(o, p[2], p[3]);
		break;
	case 4:
		do_params(p[2]);
		break;
	case 5:
		do_signed(o, p[2]);
		break;
	case 6:
		do_decrypted(o, p[2]);
		break;
	case 7:
		do_move(p[1]);
		break;
	case 8:
		do_agent(p[2] & 1 ? p[3] : 0, p[1]);
		break;
	case 9:
		do_error(o, p[2]);
		break;
	case 10:
		do_address(&w.home.address, p[2] & 1);
		break;
	case 11:
		do_query(p[2]);
		break;
	}
}

static void
begin(void)
{
	struct msg_empty	 e = { 0 };
	char			 name[INET6_ADDRSTRLEN];
	int			 i;

	memset(&w, 0, sizeof(w));
	memset(peers, 0, sizeof(peers));
	for (i = 0; i < NPEERS; i++) {
		snprintf(name, sizeof(name), "2001:db8:c::%d", i + 1);
		inet_pton(AF_INET6, name, &peers[i].addr);
	}
	inet_pton(AF_INET6, "2001:db8:a::100", &w.coas[0]);
	inet_pton(AF_INET6, "2001:db8:b::100", &w.coas[1]);
	make_params();
	w.now = (struct now){ { SEC(1000) }, SEC(1700000000LL) };
	w.env = (struct engine_env){ emit, rnd, NULL, &w.counters,
	    &w.whys, NULL };
	whys_init(&w.whys, &(struct hash_key){ { 1, 2 } }, NULL, NULL);
	snprintf(w.ifs[0].name, sizeof(w.ifs[0].name), "eth0");
	w.conf.mn = &w.cmn;
	w.cmn.homes = &w.home;
	w.cmn.nhomes = 1;
	w.cmn.interfaces = w.ifs;
	w.cmn.ninterfaces = 1;
	w.cmn.ro = &w.ro;
	w.cmn.initial_timeout = 1500;
	w.cmn.bindack_timeout = 1000;
	w.cmn.max_timeout = 32000;
	w.ro.hold_down = 600000;
	w.ro.max_peers = 2;
	w.ro.after.window = 10000;
	inet_pton(AF_INET6, "2001:db8:1::100", &w.home.address);
	w.home.prefix.addr = in6_prefix(&w.home.address, 64);
	w.home.prefix.len = 64;
	inet_pton(AF_INET6, "2001:db8:1::1", &w.home.agent);
	w.home.lifetime = 200000000;
	w.home.auth.type = AUTH_MN_HA;
	w.home.auth.spi = 256;
	w.home.auth.keylen = 16;
	memcpy(w.home.auth.key, KEY, 16);
	snprintf(w.home.cga_key, sizeof(w.home.cga_key), "/key");
	w.auth = mhauth_new();
	counters_init(&w.counters, mn_engine.counter_defs);
	w.mn = mn_engine.create(&w.env, &w.conf, w.now);
	require(w.mn != NULL, "create");
	tell(ROLE_PARENT, MSG_SNAPSHOT, &e);
	do_link(true, true);
	do_link(true, false);
	tell(ROLE_PARENT, MSG_SNAPSHOT_END, &e);
	do_ra(&w.coas[0], 10);
	do_address(&w.coas[0], false);
	do_agent(0, 250);
}

int
LLVMFuzzerTestOneInput(const uint8_t *p, size_t len)
{
	if (len > 4096)
		return (0);
	begin();
	for (; len >= 4; p += 4, len -= 4)
		step(p);
	run(SEC(1000));
	mn_engine.stop(w.mn, w.now);
	mn_engine.destroy(w.mn);
	counters_free(&w.counters);
	whys_free(&w.whys);
	mhauth_free(w.auth);
	return (0);
}
