/*
 * A mobile node engine on the bench: messages are told to it with a clock of
 * our own, what it emits is kept in order.  Included by the t_mn_*.c tests.
 */
#ifndef REGRESS_UNIT_MN_LAB_H
#define REGRESS_UNIT_MN_LAB_H

#include <arpa/inet.h>
#include <atf-c.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "conf/conf.h"
#include "core/counter.h"
#include "core/report.h"
#include "core/verb.h"
#include "mn/mn.h"
#include "wire/icmp6.h"
#include "wire/ip6.h"
#include "wire/mh.h"
#include "wire/mhauth.h"

#define LAB		static __attribute__((__unused__))
#define LAB_MAX		4096

#define HOA	"2001:db8:1::100"
#define HA	"2001:db8:1::1"
#define HOMENET	"2001:db8:1::"
#define NET1	"2001:db8:a::"
#define COA1	"2001:db8:a::100"
#define NET2	"2001:db8:b::"
#define COA2	"2001:db8:b::100"
#define R1	"fe80::a"
#define R2	"fe80::b"
#define RH	"fe80::1"
#define KEY	"0123456789abcdef"
#define SPI	1000

struct out {
	enum role	 to;
	enum msg_type	 type;
	union msg	 m;
	uint8_t		 data[2048];
	int64_t		 at;
};

struct lab {
	void			*mn;
	struct engine_env	 env;
	struct counters		 counters;
	struct now		 now;
	struct conf		 conf;
	struct conf_mn		 cmn;
	struct conf_home	 homes[8];
	struct conf_interface	 ifs[4];
	struct out		 out[LAB_MAX];
	size_t			 nout, read;
	uint64_t		 rnd;
	struct mhauth		*auth;
	uint32_t		 path[64];	/* asked for, not answered */
	size_t			 npaths;
	struct msg_path		 last_path;
	bool			 hold_paths;	/* do not answer */
};

LAB struct in6_addr
ip(const char *s)
{
	struct in6_addr	 a;

	ATF_REQUIRE_MSG(inet_pton(AF_INET6, s, &a) == 1, "%s", s);
	return (a);
}

LAB void
lab_keep(struct out *o, struct blob *b)
{
	ATF_REQUIRE(b->len <= sizeof(o->data));
	memcpy(o->data, b->p, b->len);
	b->p = o->data;
}

LAB void
lab_emit(void *ctx, enum role to, enum msg_type type, const void *m)
{
	struct lab	*l = ctx;
	struct out	*o;

	ATF_REQUIRE_MSG(msg_allowed(type, ROLE_MN, to), "%s to %s",
	    msg_name(type), role_name(to));
	if (type == MSG_PATH) {
		/* The parent sees to it, at once; lab_tell() answers. */
		ATF_REQUIRE(l->npaths < 64);
		l->path[l->npaths++] = ((const struct msg_path *)m)->id;
		if (!in6_is_unspecified(&((const struct msg_path *)m)->agent)) {
			l->last_path = *(const struct msg_path *)m;
			return;
		}
	}
	ATF_REQUIRE(l->nout < LAB_MAX);
	o = &l->out[l->nout++];
	o->to = to;
	o->type = type;
	o->at = l->now.mono.ns;
	memcpy(&o->m, m, msg_size(type));
	if (type == MSG_MH_OUT)
		lab_keep(o, &o->m.u_MH_OUT.mh);
	if (type == MSG_ICMP6_OUT)
		lab_keep(o, &o->m.u_ICMP6_OUT.icmp6);
	if (type == MSG_STATE_SAVE)
		lab_keep(o, &o->m.u_STATE_SAVE.data);
}

LAB uint64_t
lab_random(void *ctx)
{
	return (((struct lab *)ctx)->rnd);
}

/* One home address, authenticated, timestamps; times in milliseconds. */
LAB struct lab *
lab_new(void)
{
	struct lab	*l = calloc(1, sizeof(*l));

	ATF_REQUIRE(l != NULL);
	l->now = (struct now){ { SEC(1000) }, SEC(1700000000LL) };
	l->env = (struct engine_env){ lab_emit, lab_random, l, &l->counters };
	l->rnd = 99;
	l->conf.mn = &l->cmn;
	l->cmn.homes = l->homes;
	l->cmn.nhomes = 1;
	l->cmn.interfaces = l->ifs;
	l->cmn.initial_timeout = 1500;
	l->cmn.bindack_timeout = 1000;
	l->cmn.max_timeout = 32000;
	l->homes[0].address = ip(HOA);
	l->homes[0].prefix.addr = ip(HOMENET);
	l->homes[0].prefix.len = 64;
	l->homes[0].agent = ip(HA);
	l->homes[0].lifetime = 420000;
	snprintf(l->homes[0].identifier, sizeof(l->homes[0].identifier),
	    "mn@example.net");
	l->homes[0].auth.type = AUTH_MN_HA;
	l->homes[0].auth.spi = SPI;
	l->homes[0].auth.keylen = 16;
	memcpy(l->homes[0].auth.key, KEY, 16);
	l->auth = mhauth_new();
	counters_init(&l->counters, mn_engine.counter_defs);
	return (l);
}

LAB void
lab_start(struct lab *l)
{
	l->mn = mn_engine.create(&l->env, &l->conf, l->now);
	ATF_REQUIRE(l->mn != NULL);
}

LAB void
lab_end(struct lab *l)
{
	mn_engine.destroy(l->mn);
	counters_free(&l->counters);
	mhauth_free(l->auth);
	free(l);
}

LAB uint64_t
lab_count(const struct lab *l, const char *name)
{
	size_t	 i;

	for (i = 0; i < l->counters.n; i++)
		if (strcmp(l->counters.defs[i].name, name) == 0)
			return (l->counters.v[i]);
	atf_tc_fail("no counter %s", name);
}

LAB void
lab_answer_path(struct lab *l)
{
	union msg	 u;

	while (l->npaths > 0 && !l->hold_paths) {
		memset(&u, 0, sizeof(u));
		u.u_RESULT.id = l->path[0];
		memmove(l->path, l->path + 1, --l->npaths * sizeof(l->path[0]));
		mn_engine.input(l->mn, ROLE_PARENT, MSG_RESULT, &u, l->now);
	}
}

LAB void
lab_tell(struct lab *l, enum role from, enum msg_type type, const void *m)
{
	union msg	 u;

	/* RESYNC is the shell's own word for a new pipe to net. */
	ATF_REQUIRE(type == MSG_RESYNC || msg_allowed(type, from, ROLE_MN));
	memset(&u, 0, sizeof(u));
	memcpy(&u, m, msg_size(type));
	mn_engine.input(l->mn, from, type, &u, l->now);
	lab_answer_path(l);
}

LAB void
lab_mark(struct lab *l, enum msg_type type)
{
	struct msg_empty	 m = { 0 };

	lab_tell(l, ROLE_PARENT, type, &m);
}

LAB void
lab_link(struct lab *l, uint32_t ifindex, uint8_t flags)
{
	struct msg_link	 m;

	memset(&m, 0, sizeof(m));
	m.ifindex = ifindex;
	snprintf(m.name, sizeof(m.name), "eth%u", ifindex);
	m.flags = flags;
	m.mtu = 1500;
	memcpy(m.lladdr, "\2\0\0\0\0", 5);
	m.lladdr[5] = (uint8_t)ifindex;
	m.lladdrlen = 6;
	lab_tell(l, ROLE_PARENT, MSG_LINK, &m);
}

#define lab_up(l, i)	lab_link(l, i, LINK_UP | LINK_RUNNING)
#define lab_down(l, i)	lab_link(l, i, LINK_UP)

LAB void
lab_addr_life(struct lab *l, uint32_t ifindex, const char *addr,
    uint8_t flags, uint32_t valid)
{
	struct msg_address	 m;

	memset(&m, 0, sizeof(m));
	m.ifindex = ifindex;
	m.addr = ip(addr);
	m.plen = 64;
	m.flags = flags;
	m.preferred = m.valid = valid;
	lab_tell(l, ROLE_PARENT, MSG_ADDRESS, &m);
}

#define lab_addr(l, i, a, f)	lab_addr_life(l, i, a, f, UINT32_MAX)

/* An RA with up to two prefixes (NULL: none), interval in ms (0: none). */
LAB void
lab_ra2(struct lab *l, uint32_t ifindex, const char *router,
    const char *prefix, const char *prefix2, uint32_t interval,
    uint16_t lifetime)
{
	const char		*p[2] = { prefix, prefix2 };
	struct msg_icmp6_in	 m;
	struct icmp6		 ra;
	struct nd_opt		*o;
	uint8_t			 buf[512], ll[6];
	int			 i;

	icmp6_init(&ra, ICMP6_T_RA);
	ra.u.ra.lifetime = lifetime;
	o = icmp6_add(&ra, ND_SLLA);
	memcpy(ll, "\2\0\0\1\1", 5);
	ll[5] = ip(router).s6_addr[15];
	o->data = ll;
	o->datalen = 6;
	for (i = 0; i < 2; i++) {
		if (p[i] == NULL)
			continue;
		o = icmp6_add(&ra, ND_PREFIX);
		o->u.prefix.len = 64;
		o->u.prefix.flags = ICMP6_PI_L | ICMP6_PI_A;
		o->u.prefix.valid = o->u.prefix.preferred = 3600;
		o->u.prefix.prefix = ip(p[i]);
	}
	if (interval > 0) {
		o = icmp6_add(&ra, ND_ADVINT);
		o->u.advint = interval;
	}
	memset(&m, 0, sizeof(m));
	m.src = ip(router);
	m.dst = in6_allnodes;
	m.ifindex = ifindex;
	m.hlim = 255;
	m.icmp6.len = icmp6_build(&ra, buf, sizeof(buf));
	ATF_REQUIRE(m.icmp6.len > 0);
	m.icmp6.p = buf;
	lab_tell(l, ROLE_NET, MSG_ICMP6_IN, &m);
}

#define lab_ra(l, i, r, p)	lab_ra2(l, i, r, p, NULL, 0, 1800)

/* A Neighbor Solicitation or Advertisement. */
LAB void
lab_nd(struct lab *l, uint8_t type, uint32_t ifindex, const char *src,
    const char *dst, const char *target, uint8_t flags, const uint8_t *ll)
{
	struct msg_icmp6_in	 m;
	struct icmp6		 nd;
	struct nd_opt		*o;
	uint8_t			 buf[128];

	icmp6_init(&nd, type);
	nd.u.nd.target = ip(target);
	nd.u.nd.flags = flags;
	if (ll != NULL) {
		o = icmp6_add(&nd, type == ICMP6_T_NA ? ND_TLLA : ND_SLLA);
		o->data = ll;
		o->datalen = 6;
	}
	memset(&m, 0, sizeof(m));
	m.src = ip(src);
	m.dst = ip(dst);
	m.ifindex = ifindex;
	m.hlim = 255;
	m.icmp6.len = icmp6_build(&nd, buf, sizeof(buf));
	m.icmp6.p = buf;
	lab_tell(l, ROLE_NET, MSG_ICMP6_IN, &m);
}

/* Let time pass, timers firing when they want to. */
LAB void
lab_run(struct lab *l, int64_t ns)
{
	struct mono	 end = mono_add(l->now.mono, ns), at;

	while (mn_engine.next(l->mn, &at) && !mono_before(end, at)) {
		if (mono_before(l->now.mono, at)) {
			l->now.wall += mono_diff(at, l->now.mono);
			l->now.mono = at;
		}
		mn_engine.expire(l->mn, l->now);
		lab_answer_path(l);
	}
	l->now.wall += mono_diff(end, l->now.mono);
	l->now.mono = end;
	mn_engine.expire(l->mn, l->now);
	lab_answer_path(l);
}

/* The next message of this type not looked at; NULL if there is none. */
LAB const struct out *
lab_next(struct lab *l, enum msg_type type)
{
	while (l->read < l->nout)
		if (l->out[l->read++].type == type)
			return (&l->out[l->read - 1]);
	return (NULL);
}

LAB size_t
lab_pending(const struct lab *l, enum msg_type type)
{
	size_t	 i, n = 0;

	for (i = l->read; i < l->nout; i++)
		n += l->out[i].type == type;
	return (n);
}

LAB void
lab_skip(struct lab *l)
{
	l->read = l->nout = 0;
}

/* ICMPv6 messages of this type emitted and not skipped. */
LAB size_t
lab_nd_sent(const struct lab *l, uint8_t type)
{
	size_t	 i, n = 0;

	for (i = l->read; i < l->nout; i++)
		n += l->out[i].type == MSG_ICMP6_OUT &&
		    l->out[i].data[0] == type;
	return (n);
}

/* The event of this name was emitted and not skipped. */
LAB bool
lab_event(const struct lab *l, const char *name)
{
	size_t	 i;

	for (i = l->read; i < l->nout; i++)
		if (l->out[i].type == MSG_EVENT &&
		    strcmp(l->out[i].m.u_EVENT.name, name) == 0)
			return (true);
	return (false);
}

/* A Binding Update as sent: parsed, and checked for what all must have. */
LAB const struct out *
lab_bu(struct lab *l, struct mh *m)
{
	const struct out	*o = lab_next(l, MSG_MH_OUT);
	const struct msg_mh_out	*u;
	struct in6_addr		 home;

	if (o == NULL)
		return (NULL);
	u = &o->m.u_MH_OUT;
	ATF_REQUIRE_EQ(mh_parse(m, u->mh.p, u->mh.len), MH_OK);
	ATF_REQUIRE_EQ(m->type, MH_BU);
	home = u->flags & PKT_HAO ? u->home : u->src;
	ATF_CHECK(mh_checksum_ok(u->mh.p, u->mh.len, &home, &u->dst));
	ATF_CHECK((m->u.bu.flags & MH_BU_A) != 0);
	ATF_CHECK((m->u.bu.flags & MH_BU_H) != 0);
	ATF_REQUIRE(mh_find(m, MHOPT_ALTCOA) != NULL);
	return (o);
}

struct answer {
	uint8_t		 status, flags;
	uint16_t	 lifetime, refresh;
	int		 seq;		/* added to that of the BU */
	const char	*src;		/* NULL: the home agent */
	const char	*key;		/* NULL: the right one, "": no option */
	uint32_t	 spi;		/* 0: the right one */
	int64_t		 timestamp;	/* added; INT64_MIN: left out */
	bool		 no_rh2, late_auth;
};

/* What a home agent answers to BU o. */
LAB void
lab_answer(struct lab *l, const struct out *o, const struct answer *a)
{
	const struct msg_mh_out	*u = &o->m.u_MH_OUT;
	const struct mh_opt	*ts;
	struct mh		 bu, ba;
	struct mh_opt		*op;
	struct msg_mh_in	 m;
	struct in6_addr		 home;
	uint8_t			 buf[512];
	const char		*key = a->key == NULL ? KEY : a->key;

	ATF_REQUIRE_EQ(mh_parse(&bu, u->mh.p, u->mh.len), MH_OK);
	home = u->flags & PKT_HAO ? u->home : u->src;
	mh_init(&ba, MH_BA);
	ba.u.ba.status = a->status;
	ba.u.ba.flags = a->flags;
	ba.u.ba.seq = (uint16_t)(bu.u.bu.seq + a->seq);
	ba.u.ba.lifetime = a->lifetime;
	if (a->refresh > 0) {
		op = mh_add(&ba, MHOPT_REFRESH);
		op->u.refresh = a->refresh;
	}
	ts = mh_find(&bu, MHOPT_MESGID);
	if (ts != NULL && a->timestamp != INT64_MIN) {
		op = mh_add(&ba, MHOPT_MESGID);
		op->u.timestamp = ts->u.timestamp + (uint64_t)a->timestamp;
	}
	if (key[0] != '\0') {
		op = mh_add(&ba, MHOPT_AUTH);
		op->u.auth.subtype = MHOPT_AUTH_MNHA;
		op->u.auth.spi = a->spi == 0 ? SPI : a->spi;
		op->varlen = MHOPT_AUTHLEN;
	}
	memset(&m, 0, sizeof(m));
	m.mh.len = mh_build(&ba, buf, sizeof(buf));
	ATF_REQUIRE(m.mh.len > 0);
	if (key[0] != '\0')
		ATF_REQUIRE_EQ(mhauth_auth_sign(l->auth, &ba, MHOPT_AUTH_MNHA,
		    key, 16, &mh_find(&bu, MHOPT_ALTCOA)->u.altcoa, &home),
		    MHAUTH_OK);
	m.mh.p = buf;
	m.src = a->src == NULL ? u->dst : ip(a->src);
	m.dst = u->src;
	if ((u->flags & PKT_HAO) && !a->no_rh2) {
		m.flags = PKT_RH2;
		m.home = u->home;
	} else
		m.dst = home;
	m.ifindex = u->ifindex;
	m.hlim = 64;
	lab_tell(l, ROLE_NET, MSG_MH_IN, &m);
}

#define lab_accept(l, o, units) \
	lab_answer(l, o, &(struct answer){ .lifetime = (units) })
#define lab_refuse(l, o, st) \
	lab_answer(l, o, &(struct answer){ .status = (st) })

/* On network 1 with a usable care-of address; the BU is returned. */
LAB const struct out *
lab_away(struct lab *l, struct mh *m)
{
	const struct out	*o;

	lab_start(l);
	lab_mark(l, MSG_SNAPSHOT);
	lab_up(l, 1);
	lab_mark(l, MSG_SNAPSHOT_END);
	lab_addr(l, 1, "fe80::ff:fe00:1", 0);
	lab_ra(l, 1, R1, NET1);
	lab_addr(l, 1, COA1, 0);
	o = lab_bu(l, m);
	ATF_REQUIRE(o != NULL);
	return (o);
}

/* The same, registered, nothing left to be looked at. */
LAB void
lab_registered(struct lab *l)
{
	struct mh		 m;
	const struct out	*o = lab_away(l, &m);

	lab_accept(l, o, m.u.bu.lifetime);
	ATF_REQUIRE(lab_event(l, "registered"));
	lab_skip(l);
}

#define NEAR(a, b)	((a) >= (b) && (a) - (b) <= (1 << 20))

#endif
