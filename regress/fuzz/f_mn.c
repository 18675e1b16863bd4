/*
 * The mobile node engine, driven by a byte string: links, addresses, time,
 * Router Advertisements and Mobility Headers of any content, some of them
 * properly signed.  Whatever comes, no more than MAX_UPDATE_RATE Binding
 * Updates go out in a second, all of them well formed, none from an address
 * that can't receive; and all timers can be run down.  Where IPsec is asked
 * for, no update goes without it or before there are keys, payload that it has
 * to protect does not go without policies, and none are left at the end; also
 * when the engine dies and another one gets what net and the parent have kept.
 */
#include <sys/types.h>
#include <sys/socket.h>

#include <arpa/inet.h>

#include <errno.h>
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
#include "wire/ip6.h"
#include "wire/mh.h"
#include "wire/mhauth.h"

int	 LLVMFuzzerTestOneInput(const uint8_t *, size_t);

#define KEY		"0123456789abcdef"
#define NADDRS		8
#define NIFS		3
#define TIMERS_MAX	100000

static const char *const names[NADDRS] = {
	"2001:db8:a::100", "2001:db8:a::200", "2001:db8:b::100",
	"2001:db8:1::100", "2001:db8:1::ff:fe00:1", "fe80::1", "fd00::1",
	"2001:db8:1::101",
};

static struct world {
	void			*mn;
	struct engine_env	 env;
	struct counters		 counters;
	struct whys		 whys;
	struct conf		 conf;
	struct conf_mn		 cmn;
	struct conf_home	 homes[2];
	struct conf_interface	 ifs[2];
	struct now		 now;
	struct in6_addr		 addrs[NADDRS];
	uint8_t			 have[NIFS][NADDRS];	/* flags + 1 */
	struct msg_mh_out	 bu;
	uint8_t			 mh[2048];
	int64_t			 sent[3];
	uint32_t		 path[64];	/* asked for, not answered */
	size_t			 npaths;
	struct conf_ike		 ike;
	struct conf_ipsec	 ipsec;		/* of the first home address */
	struct conf_auth	 auths[2];	/* the same: mn-ha, ipsec */
	bool			 was_ipsec, tunnel;
	uint8_t			 keys;		/* enum key_state */
	uint32_t		 asked;		/* last request for policies */
	uint32_t		 cga_id;	/* last request to cga */
	uint8_t			 in_flags;	/* of Mobility Headers */
	struct {
		bool		 bound, saved;
		struct msg_bind	 bind;
		size_t		 len;
		uint8_t		 owner[BIND_OWNER_MAX], state[256];
	}			 kept[2];
	struct mhauth		*auth;
} w;

static void
require(bool ok, const char *what)
{
	if (ok)
		return;
	fprintf(stderr, "f_mn: %s\n", what);
	abort();
}

/* Can this address be a source now, on that interface? */
static bool
usable(const struct in6_addr *a, uint32_t ifindex)
{
	uint8_t	 f;
	int	 i;

	for (i = 0; i < NADDRS; i++)
		if (in6_eq(&w.addrs[i], a) && ifindex < NIFS &&
		    w.have[ifindex][i] != 0) {
			f = w.have[ifindex][i] - 1;
			return ((f & ADDR_DUPLICATE) == 0 &&
			    ((f & ADDR_TENTATIVE) == 0 ||
			    (f & ADDR_OPTIMISTIC) != 0));
		}
	return (false);
}

static bool
is_ipsec(void)
{
	return (w.homes[0].auth.type == AUTH_IPSEC);
}

static void
check_ipsec(const struct msg_ipsec *m)
{
	require(w.was_ipsec, "policies without IPsec");
	require(in6_eq(&m->home, &w.homes[0].address), "another's policies");
	require(in6_eq(&m->peer, &w.homes[0].agent), "policies to nobody");
	require(!in6_is_unspecified(&m->local), "policies from nowhere");
	w.tunnel = m->flags & IPSEC_TUNNEL;
	require(!w.tunnel || (is_ipsec() && w.keys == KEY_UP &&
	    w.ipsec.protect != PROTECT_NONE), "policies without need");
	w.asked = m->id;
}

static void
check_want(const struct msg_key_want *m)
{
	require(is_ipsec(), "keys without IPsec");
	require(in6_eq(&m->home, &w.homes[0].address), "another's keys");
	require(in6_eq(&m->remote, &w.homes[0].agent), "keys with nobody");
	require(!in6_is_unspecified(&m->local), "keys from nowhere");
	if (m->op == KEY_RENEW)
		w.keys = KEY_PENDING;
}

static void
check_bind(const struct msg_bind *m)
{
	if (is_ipsec() && in6_eq(&m->home, &w.homes[0].address) &&
	    w.ipsec.protect == PROTECT_PAYLOAD && (m->flags & BIND_ACTIVE))
		require(w.tunnel, "payload in clear");
}

static void
check_update(const struct msg_mh_out *u)
{
	struct in6_addr	 home;
	struct mh	 m;

	require(u->mh.len <= sizeof(w.mh), "update too long");
	require(mh_parse(&m, u->mh.p, u->mh.len) == MH_OK, "malformed update");
	require(m.type == MH_BU, "not an update");
	home = u->flags & PKT_HAO ? u->home : u->src;
	require(mh_checksum_ok(u->mh.p, u->mh.len, &home, &u->dst),
	    "bad checksum");
	if (u->flags & PKT_HAO)
		require(usable(&u->src, u->ifindex), "unusable source");
	else
		require(m.u.bu.lifetime == 0, "lifetime at home");
	if (is_ipsec() && in6_eq(&home, &w.homes[0].address)) {
		require(u->flags & PKT_PROTECTED, "update in clear");
		require(w.keys == KEY_UP, "update without keys");
		require(mh_find(&m, MHOPT_ALTCOA) != NULL, "no care-of");
	} else
		require((u->flags & PKT_PROTECTED) == 0, "update not in clear");
	require(w.sent[2] == INT64_MIN ||
	    w.now.mono.ns - w.sent[2] >= SEC(1), "too many updates");
	w.sent[2] = w.sent[1];
	w.sent[1] = w.sent[0];
	w.sent[0] = w.now.mono.ns;
	w.bu = *u;
	memcpy(w.mh, u->mh.p, u->mh.len);
	w.bu.mh.p = w.mh;
}

/* Which of the home addresses? */
static int
home_index(const struct in6_addr *a)
{
	return (in6_eq(a, &w.homes[1].address) ? 1 : 0);
}

/* What net and the parent keep for the next engine. */
static void
keep(enum msg_type t, const void *m)
{
	const struct msg_bind	*b = m;
	const struct msg_state	*s = m;
	int			 i;

	if (t == MSG_BIND) {
		i = home_index(&b->home);
		require(b->owner.len <= BIND_OWNER_MAX, "record too long");
		w.kept[i].bound = true;
		w.kept[i].bind = *b;
		memcpy(w.kept[i].owner, b->owner.p, b->owner.len);
	} else if (t == MSG_UNBIND)
		w.kept[home_index(&((const struct msg_unbind *)m)->home)].bound
		    = false;
	else if (t == MSG_STATE_SAVE) {
		i = home_index(&s->home);
		require(s->data.len <= sizeof(w.kept[i].state), "state");
		w.kept[i].saved = true;
		w.kept[i].len = s->data.len;
		memcpy(w.kept[i].state, s->data.p, s->data.len);
	}
}

static void
emit(void *ctx, enum msg_type t, const void *m)
{
	static uint8_t	 buf[8192];

	(void)ctx;
	require(msg_to(t, ROLE_MN) != ROLE_MAX, "not allowed");
	require(msg_pack(buf, sizeof(buf), t, m) != SIZE_MAX, "not packed");
	if (t == MSG_MH_OUT)
		check_update(m);
	if (t == MSG_IPSEC)
		check_ipsec(m);
	if (t == MSG_KEY_WANT)
		check_want(m);
	if (t == MSG_CGA_SIGN || t == MSG_CGA_DECRYPT)
		w.cga_id = t == MSG_CGA_SIGN ?
		    ((const struct msg_cga_sign *)m)->id :
		    ((const struct msg_cga_decrypt *)m)->id;
	if (t == MSG_BIND)
		check_bind(m);
	keep(t, m);
	if (t == MSG_PATH && w.npaths < 64)
		w.path[w.npaths++] = ((const struct msg_path *)m)->id;
}

static uint64_t
rnd(void *ctx)
{
	(void)ctx;
	return (7);
}

/* The parent answers when the path to a home agent is there. */
static void
answer_paths(void)
{
	union msg	 u;
	size_t		 i, n = w.npaths;

	w.npaths = 0;
	for (i = 0; i < n; i++) {
		memset(&u, 0, sizeof(u));
		u.u_RESULT.id = w.path[i];
		mn_engine.input(w.mn, ROLE_PARENT, MSG_RESULT, &u, w.now);
	}
}

static void
tell(enum role from, enum msg_type t, const void *m)
{
	union msg	 u;

	memset(&u, 0, sizeof(u));
	memcpy(&u, m, msg_size(t));
	mn_engine.input(w.mn, from, t, &u, w.now);
	answer_paths();
}

static void
run(int64_t ns)
{
	struct mono	 end = mono_add(w.now.mono, ns), at;
	int		 n = 0;

	while (mn_engine.next(w.mn, &at) && !mono_before(end, at)) {
		if (mono_before(w.now.mono, at)) {
			w.now.wall += mono_diff(at, w.now.mono);
			w.now.mono = at;
		}
		mn_engine.expire(w.mn, w.now);
		answer_paths();
		require(n++ < TIMERS_MAX, "timers without end");
	}
	w.now.wall += mono_diff(end, w.now.mono);
	w.now.mono = end;
	mn_engine.expire(w.mn, w.now);
}

static void
do_link(uint8_t a, uint8_t b)
{
	struct msg_link	 m;

	memset(&m, 0, sizeof(m));
	m.ifindex = a % NIFS;
	snprintf(m.name, sizeof(m.name), "eth%u", m.ifindex);
	m.flags = b & (LINK_UP | LINK_RUNNING | LINK_GONE);
	m.lladdr[0] = 2;
	m.lladdr[5] = (uint8_t)m.ifindex;
	m.lladdrlen = b & 0x80 ? b : 6;
	if (m.flags & LINK_GONE)
		memset(w.have[m.ifindex], 0, sizeof(w.have[0]));
	tell(ROLE_PARENT, MSG_LINK, &m);
}

static void
do_address(uint8_t a, uint8_t b, uint8_t c)
{
	struct msg_address	 m;
	int			 i = b % NADDRS;

	memset(&m, 0, sizeof(m));
	m.ifindex = a % NIFS;
	m.addr = w.addrs[i];
	m.plen = a & 0x80 ? c : 64;
	m.flags = c & (uint8_t)~ADDR_NODAD;
	m.valid = b & 0x80 ? (uint32_t)b << (a & 15) : UINT32_MAX;
	m.preferred = m.valid;
	w.have[m.ifindex][i] = m.flags & ADDR_GONE ? 0 : m.flags + 1;
	tell(ROLE_PARENT, MSG_ADDRESS, &m);
}

static void
do_icmp6(uint8_t a, const uint8_t *p, size_t len)
{
	struct msg_icmp6_in	 m;

	memset(&m, 0, sizeof(m));
	m.src = w.addrs[a & 0x40 ? 0 : 5];
	m.src.s6_addr[15] = a & 15;
	m.dst = in6_allnodes;
	m.ifindex = a % NIFS;
	m.hlim = 255;
	m.flags = a & 0x80 ? PKT_OUTERR : 0;
	m.icmp6.p = p;
	m.icmp6.len = len;
	tell(ROLE_NET, MSG_ICMP6_IN, &m);
}

/* An RA of one of the prefixes in use. */
static void
do_ra(uint8_t a, uint8_t b)
{
	uint8_t		 ra[16 + 32 + 8];
	struct in6_addr	 prefix = in6_prefix(&w.addrs[b % NADDRS], 64);

	memset(ra, 0, sizeof(ra));
	ra[0] = 134;
	ra[6] = b & 0x10 ? 0 : 7;
	ra[16] = 3;
	ra[17] = 4;
	ra[18] = 64;
	ra[19] = 0xc0;
	ra[22] = b & 0x20 ? 0 : 1;
	ra[23] = 9;
	ra[26] = 1;
	memcpy(ra + 32, &prefix, 16);
	ra[48] = 7;
	ra[49] = 1;
	ra[55] = b & 0x40 ? 70 : 0;
	do_icmp6(a & 0x3f, ra, sizeof(ra));
}

static void
do_mh(uint8_t a, const uint8_t *p, size_t len)
{
	struct msg_mh_in	 m;

	memset(&m, 0, sizeof(m));
	m.src = w.homes[0].agent;
	m.dst = a & 1 ? w.bu.src : w.homes[0].address;
	m.home = w.homes[a >> 2 & 1].address;
	m.flags = w.in_flags | (a & 2 ? PKT_RH2 : 0);
	m.mh.p = p;
	m.mh.len = len;
	tell(ROLE_NET, MSG_MH_IN, &m);
}

/* A Binding Acknowledgement for the last update, signed as it must be. */
static void
do_ba(uint8_t status, uint8_t units, uint8_t how)
{
	struct msg_mh_in	 in;
	const struct mh_opt	*ts;
	struct mh		 bu, ba;
	struct mh_opt		*o;
	struct in6_addr		 home;
	uint8_t			 buf[256];

	if (w.bu.mh.len == 0 ||
	    mh_parse(&bu, w.bu.mh.p, w.bu.mh.len) != MH_OK)
		return;
	home = w.bu.flags & PKT_HAO ? w.bu.home : w.bu.src;
	mh_init(&ba, MH_BA);
	ba.u.ba.status = status;
	ba.u.ba.flags = how & 8 ? MH_BA_K : 0;
	ba.u.ba.lifetime = (uint16_t)(units * (how & 1 ? 256U : 1U));
	ba.u.ba.seq = (uint16_t)(bu.u.bu.seq + (how >> 4));
	if ((how & 2) && (o = mh_add(&ba, MHOPT_REFRESH)) != NULL)
		o->u.refresh = units / 2;
	ts = mh_find(&bu, MHOPT_MESGID);
	if (ts != NULL && (o = mh_add(&ba, MHOPT_MESGID)) != NULL)
		o->u.timestamp = ts->u.timestamp +
		    ((uint64_t)(how & 4) << 34);
	if ((o = mh_add(&ba, MHOPT_AUTH)) == NULL)
		return;
	o->u.auth.subtype = MHOPT_AUTH_MNHA;
	o->u.auth.spi = 256;
	o->varlen = MHOPT_AUTHLEN;
	memset(&in, 0, sizeof(in));
	in.mh.len = mh_build(&ba, buf, sizeof(buf));
	in.mh.p = buf;
	mhauth_auth_sign(w.auth, &ba, MHOPT_AUTH_MNHA, KEY, 16,
	    &mh_find(&bu, MHOPT_ALTCOA)->u.altcoa, &home);
	in.src = w.bu.dst;
	in.dst = w.bu.src;
	in.home = home;
	in.flags = w.in_flags | (w.bu.flags & PKT_HAO ? PKT_RH2 : 0);
	tell(ROLE_NET, MSG_MH_IN, &in);
}

static void
do_state(const uint8_t *p, size_t len)
{
	struct msg_state	 m;

	m.home = w.homes[0].address;
	m.data.p = p;
	m.data.len = len;
	tell(ROLE_STORE, MSG_STATE_LOAD, &m);
}

static void
do_query(uint8_t a, uint8_t b)
{
	static struct report	 rep;
	struct msg_query	 q;
	int			 n = 0;

	memset(&q, 0, sizeof(q));
	q.verb = a % VERB_MAX;
	snprintf(q.arg, sizeof(q.arg), "%s", names[b % NADDRS]);
	do {
		report_init(&rep);
		q.cursor = mn_engine.query(w.mn, &q, &rep, w.now);
		require(!rep.w.bad && n++ < 1000, "report");
	} while (q.cursor != 0);
}

static void
do_other(uint8_t a, uint8_t b)
{
	static const enum msg_type	 empty[] = { MSG_SNAPSHOT,
	    MSG_SNAPSHOT_END, MSG_BOUND_END, MSG_SNAPSHOT_END };
	struct msg_tunnel		 t;
	struct msg_router		 r;
	struct msg_empty		 e = { 0 };

	memset(&t, 0, sizeof(t));
	memset(&r, 0, sizeof(r));
	switch (a & 3) {
	case 0:
		t.home = w.homes[0].address;
		t.event = b & 7;
		t.icmp6_type = b >> 4;
		tell(ROLE_NET, MSG_TUNNEL, &t);
		break;
	case 1:
		r.ifindex = b % NIFS;
		r.addr = w.addrs[5];
		r.addr.s6_addr[15] = b & 15;
		r.gone = b & 0x80;
		tell(ROLE_PARENT, MSG_ROUTER, &r);
		break;
	case 2:
		tell(ROLE_PARENT, empty[b & 3], &e);
		if (empty[b & 3] == MSG_SNAPSHOT)
			tell(ROLE_PARENT, MSG_SNAPSHOT_END, &e);
		if (empty[b & 3] == MSG_SNAPSHOT)
			memset(w.have, 0, sizeof(w.have));
		break;
	case 3:
		w.cmn.nhomes = 1 + (b & 1);
		w.cmn.optimistic = b & 2;
		w.cmn.form_addresses = b & 4;
		mn_engine.configure(w.mn, &w.conf, w.now);
		break;
	}
}

/* ike: how keys are; the parent tells nobody of nodes that it does not have. */
static void
do_keys(uint8_t a)
{
	struct msg_key_state	 m;

	memset(&m, 0, sizeof(m));
	m.home = w.homes[a & 0x80 && w.cmn.nhomes > 1 ? 1 : 0].address;
	m.state = KEY_DOWN + a % 4;
	m.tunnel = a & 4;
	if (is_ipsec() && in6_eq(&m.home, &w.homes[0].address))
		w.keys = m.state;
	tell(ROLE_PARENT, MSG_KEY_STATE, &m);
}

/* cga: parameters, or an answer with these octets. */
static void
do_cga(uint8_t a, uint8_t b, const uint8_t *p, size_t len)
{
	union msg	 m;
	struct in6_addr	 home = b & 0x80 ? in6addr_any :
			    w.homes[b & 1].address;
	uint32_t	 id = w.cga_id - (b >> 1 & 3);

	memset(&m, 0, sizeof(m));
	if (a % 3 == 0) {
		m.u_CGA_PARAMS = (struct msg_cga_params){ home, { p, len } };
		tell(ROLE_CGA, MSG_CGA_PARAMS, &m.u_CGA_PARAMS);
	} else if (a % 3 == 1) {
		m.u_CGA_SIGNED = (struct msg_cga_signed){ id, home,
		    b >> 4 & 3, { p, len } };
		tell(ROLE_CGA, MSG_CGA_SIGNED, &m.u_CGA_SIGNED);
	} else {
		m.u_CGA_DECRYPTED = (struct msg_cga_decrypted){ id, home,
		    b >> 4 & 3, { p, len } };
		tell(ROLE_CGA, MSG_CGA_DECRYPTED, &m.u_CGA_DECRYPTED);
	}
}

static void
do_result(uint8_t a, uint8_t b)
{
	static const uint32_t	 errors[] = { 0, EOPNOTSUPP, ENOMEM, 0 };
	struct msg_result	 m;

	m.id = w.asked - (a & 4 ? b & 7 : 0);
	m.error = errors[a & 3];
	tell(ROLE_PARENT, MSG_RESULT, &m);
}

/* From IPsec to RFC 4285, or back. */
static void
do_auth(uint8_t a)
{
	bool	 ipsec = a & 1;

	if (ipsec != is_ipsec())
		w.keys = 0;
	w.was_ipsec |= ipsec;
	w.homes[0].auth = w.auths[ipsec];
	w.homes[0].ipsec = ipsec ? &w.ipsec : NULL;
	mn_engine.configure(w.mn, &w.conf, w.now);
	answer_paths();
}

static void
begin_ipsec(uint8_t how)
{
	w.auths[0] = w.homes[0].auth;
	w.auths[1].type = AUTH_IPSEC;
	w.conf.ike = &w.ike;
	w.ike.key_mobility = (how & 0x20) == 0;
	w.ipsec.nsas = how & 0x40 ? 4 : 0;
	w.ipsec.protect = how & 0x80 ? PROTECT_NONE : PROTECT_PAYLOAD;
	if (how & 0x10) {
		w.homes[0].auth = w.auths[1];
		w.homes[0].ipsec = &w.ipsec;
		w.was_ipsec = true;
	}
}

static void
begin(uint8_t how)
{
	int	 i;

	memset(&w, 0, sizeof(w));
	for (i = 0; i < NADDRS; i++)
		inet_pton(AF_INET6, names[i], &w.addrs[i]);
	w.now = (struct now){ { SEC(1000) }, SEC(1700000000LL) };
	w.sent[0] = w.sent[1] = w.sent[2] = INT64_MIN;
	w.env = (struct engine_env){ emit, rnd, NULL, &w.counters,
	    &w.whys, NULL };
	whys_init(&w.whys, &(struct hash_key){ { 1, 2 } }, NULL, NULL);
	w.conf.mn = &w.cmn;
	w.cmn.homes = w.homes;
	w.cmn.nhomes = 1 + (how & 1);
	w.cmn.interfaces = w.ifs;
	w.cmn.optimistic = how & 2;
	w.cmn.form_addresses = how & 4;
	w.cmn.initial_timeout = 1500;
	w.cmn.bindack_timeout = 1000;
	w.cmn.max_timeout = 32000;
	w.homes[0].address = w.addrs[3];
	w.homes[0].prefix.addr = in6_prefix(&w.addrs[3], 64);
	w.homes[0].prefix.len = 64;
	w.homes[0].agent = w.addrs[3];
	w.homes[0].agent.s6_addr[15] = 1;
	w.homes[0].lifetime = how & 8 ? 4000 : 420000;
	w.homes[0].auth.type = AUTH_MN_HA;
	w.homes[0].auth.spi = 256;
	w.homes[0].auth.keylen = 16;
	memcpy(w.homes[0].auth.key, KEY, 16);
	w.homes[1] = w.homes[0];
	w.homes[1].address = w.addrs[7];
	begin_ipsec(how);
	w.auth = mhauth_new();
	counters_init(&w.counters, mn_engine.counter_defs);
	w.mn = mn_engine.create(&w.env, &w.conf, w.now);
	require(w.mn != NULL, "create");
}

/* What came with IPsec: the last octets of the first one. */
static void
step_ipsec(const uint8_t *p)
{
	switch (p[0]) {
	case 250:
		do_keys(p[1]);
		break;
	case 251:
		do_result(p[1], p[2]);
		break;
	case 252:
		w.in_flags = p[1] & 1 ? PKT_PROTECTED : 0;
		break;
	case 253:
		w.in_flags = PKT_PROTECTED;
		do_ba(p[1], p[2], p[3]);
		break;
	case 254:
		do_auth(p[1]);
		break;
	case 255:
		w.ike.key_mobility = p[1] & 1;
		mn_engine.configure(w.mn, &w.conf, w.now);
		answer_paths();
		break;
	}
}

static void
hand_back(int i)
{
	struct msg_state	 s;
	struct msg_bind		 b = w.kept[i].bind;
	uint8_t			 owner[BIND_OWNER_MAX], state[256];

	memcpy(owner, w.kept[i].owner, sizeof(owner));
	memcpy(state, w.kept[i].state, sizeof(state));
	s.home = w.homes[i].address;
	s.data.p = state;
	s.data.len = w.kept[i].len;
	b.owner.p = owner;
	if (w.kept[i].saved)
		tell(ROLE_STORE, MSG_STATE_LOAD, &s);
	if (w.kept[i].bound)
		tell(ROLE_NET, MSG_BOUND, &b);
}

/* kill -9; then the interfaces as if there were none, or in the old order. */
static void
die(uint8_t how)
{
	struct msg_empty	 e = { 0 };
	struct msg_key_state	 k;

	mn_engine.destroy(w.mn);
	w.npaths = 0;
	w.mn = mn_engine.create(&w.env, &w.conf, w.now);
	require(w.mn != NULL, "create");
	w.sent[0] = w.sent[1] = w.sent[2] = INT64_MIN;
	if (how & 1)
		tell(ROLE_NET, MSG_RESYNC, &e);
	hand_back(0);
	hand_back(1);
	memset(w.have, 0, sizeof(w.have));
	tell(ROLE_PARENT, MSG_SNAPSHOT, &e);
	tell(ROLE_PARENT, MSG_SNAPSHOT_END, &e);
	tell(ROLE_NET, MSG_BOUND_END, &e);
	memset(&k, 0, sizeof(k));
	k.home = w.homes[0].address;
	k.state = w.keys;
	if (w.keys != 0 && is_ipsec())
		tell(ROLE_PARENT, MSG_KEY_STATE, &k);
}

/* A record of the input's choosing; it can't make up policies. */
static void
do_bound(uint8_t a, const uint8_t *p, size_t len)
{
	struct msg_bind	 b;

	memset(&b, 0, sizeof(b));
	b.home = w.homes[a & 1].address;
	b.peer = a & 2 ? w.addrs[0] : w.homes[0].agent;
	b.local = w.addrs[a >> 4 & 7];
	b.ifindex = a >> 2 & 3;
	b.flags = a;
	b.owner.p = p;
	b.owner.len = len;
	if (!is_ipsec() || w.tunnel)
		tell(ROLE_NET, MSG_BOUND, &b);
}

/* One step: an operation and three octets; some of them take octets more. */
static size_t
step(const uint8_t *p, size_t len)
{
	size_t	 n = 4;

	if (p[0] >= 250) {
		step_ipsec(p);
		return (n);
	}
	if (p[0] == 249) {
		die(p[1]);
		return (n);
	}
	if (p[0] == 248) {
		n += p[3] < len - 4 ? p[3] : len - 4;
		do_bound(p[1], p + 4, n - 4);
		return (n);
	}
	if (p[0] == 247) {
		n += p[3] < len - 4 ? p[3] : len - 4;
		do_cga(p[1], p[2], p + 4, n - 4);
		return (n);
	}
	switch (p[0] % 10) {
	case 0:
		run((int64_t)p[1] << (p[2] % 33));
		break;
	case 1:
		do_link(p[1], p[2]);
		break;
	case 2:
		do_address(p[1], p[2], p[3]);
		break;
	case 3:
		do_ra(p[1], p[2]);
		break;
	case 4:
		do_ba(p[1], p[2], p[3]);
		break;
	case 5:
		n += p[3] < len - 4 ? p[3] : len - 4;
		do_icmp6(p[1], p + 4, n - 4);
		break;
	case 6:
		n += p[3] < len - 4 ? p[3] : len - 4;
		do_mh(p[1], p + 4, n - 4);
		break;
	case 7:
		n += p[3] < len - 4 ? p[3] : len - 4;
		do_state(p + 4, n - 4);
		break;
	case 8:
		do_query(p[1], p[2]);
		break;
	case 9:
		do_other(p[1], p[2]);
		break;
	}
	return (n);
}

int
LLVMFuzzerTestOneInput(const uint8_t *p, size_t len)
{
	struct msg_empty	 e = { 0 };

	if (len < 1 || len > 4096)
		return (0);
	begin(*p++);
	len--;
	tell(ROLE_PARENT, MSG_SNAPSHOT, &e);
	tell(ROLE_PARENT, MSG_SNAPSHOT_END, &e);
	while (len >= 4) {
		size_t	 n = step(p, len);

		p += n;
		len -= n;
	}
	run(SEC(1000));
	mn_engine.stop(w.mn, w.now);
	require(!w.tunnel, "policies left");
	mn_engine.destroy(w.mn);
	counters_free(&w.counters);
	whys_free(&w.whys);
	mhauth_free(w.auth);
	return (0);
}
