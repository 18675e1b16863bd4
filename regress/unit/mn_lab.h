/*
 * A mobile node engine on the bench: messages are told to it with a clock of
 * our own, what it emits is kept in order.  Included by the t_mn_*.c tests.
 */
#ifndef REGRESS_UNIT_MN_LAB_H
#define REGRESS_UNIT_MN_LAB_H

#include <sys/types.h>
#include <sys/socket.h>

#include <netinet/in.h>

#include <arpa/inet.h>
#include <atf-c.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "conf/conf.h"
#include "core/counter.h"
#include "core/report.h"
#include "core/verb.h"
#include "core/why.h"
#include "mn/mn.h"
#include "regress/transcript.h"
#include "wire/icmp6.h"
#include "wire/ip6.h"
#include "wire/mh.h"
#include "wire/mhauth.h"

#define LAB		static __attribute__((__unused__))
#define LAB_MAX		8192

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
	struct whys		 whys;
	struct now		 now;
	struct conf		 conf;
	struct conf_mn		 cmn;
	struct conf_home	 homes[8];
	struct conf_interface	 ifs[4];
	struct out		 out[LAB_MAX];
	size_t			 nout, read;
	uint64_t		 rnd;
	struct mhauth		*auth;
	uint32_t		 path[1024];	/* asked for, not answered */
	size_t			 npaths;
	struct msg_path		 last_path;
	bool			 hold_paths;	/* do not answer */
	bool			 routers_answer; /* to whether they are there */
	struct msg_icmp6_out	 asked;		/* one of them, or ifindex 0 */
	struct msg_icmp6_sent	 sent[64];	/* net has not said so yet */
	size_t			 nsent;
	bool			 hold_sent;	/* net is not run */
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

/* Who hears it; looked up once, as core/shell.c does: b_mn counts this, too. */
LAB enum role
lab_hears(enum msg_type type)
{
	static struct {
		bool		 known;
		enum role	 role;
	} to[MSG_MAX];

	if (!to[type].known) {
		to[type].role = msg_to(type, ROLE_MN);
		to[type].known = true;
	}
	return (to[type].role);
}

LAB void
lab_emit(void *ctx, enum msg_type type, const void *m)
{
	struct lab	*l = ctx;
	enum role	 to = lab_hears(type);
	struct out	*o;

	ATF_REQUIRE_MSG(to != ROLE_MAX, "%s is not for it", msg_name(type));
	transcript_message(l->now.mono.ns, to, type, m);
	if (type == MSG_HOME_POLICY) {
		ATF_REQUIRE(l->npaths < 1024);
		l->path[l->npaths++] = ((const struct msg_home_policy *)m)->id;
	}
	if (type == MSG_PATH) {
		/* The parent sees to it, at once; lab_tell() answers. */
		ATF_REQUIRE(l->npaths < 1024);
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
	if (type == MSG_ICMP6_OUT) {
		lab_keep(o, &o->m.u_ICMP6_OUT.icmp6);
		if (o->m.u_ICMP6_OUT.id != 0) {
			ATF_REQUIRE(l->nsent < 64);
			l->sent[l->nsent++] = (struct msg_icmp6_sent){
			    o->m.u_ICMP6_OUT.id, o->m.u_ICMP6_OUT.ifindex };
		}
		if (l->routers_answer && o->data[0] == ICMP6_T_NS &&
		    in6_is_linklocal(&o->m.u_ICMP6_OUT.dst))
			l->asked = o->m.u_ICMP6_OUT;
	}
	if (type == MSG_BIND)
		lab_keep(o, &o->m.u_BIND.owner);
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
	l->env = (struct engine_env){ lab_emit, lab_random, l, &l->counters,
	    &l->whys, NULL };
	ATF_REQUIRE(whys_init(&l->whys, &(struct hash_key){ { 1, 2 } }, NULL,
	    NULL));
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
	whys_free(&l->whys);
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

#include "mn_lab_answer.h"

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

#include "mn_lab_nd.h"
#include "mn_lab_mh.h"

#endif
