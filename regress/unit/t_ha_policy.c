/*
 * The home agent with IPsec: policies and keys of bindings follow the care-of
 * address (RFC 4877 4.2-4.4, RFC 6275 10.3).  The parent is played here: it
 * answers late, with errors, or not at all.  Reloads change who uses IPsec and
 * for what.  The matrix has what becomes of a binding in each state with each
 * event.
 */
#include <sys/types.h>
#include <sys/socket.h>

#include <arpa/inet.h>
#include <atf-c.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "conf/conf.h"
#include "core/counter.h"
#include "core/report.h"
#include "core/verb.h"
#include "ha/ha.h"
#include "ha/step.h"
#include "regress/transcript.h"
#include "wire/icmp6.h"
#include "wire/ip6.h"
#include "wire/mh.h"

#define HA	"2001:db8:1::1"
#define HOA	"2001:db8:1::100"
#define COA1	"2001:db8:a::100"
#define COA2	"2001:db8:b::100"
#define LAB_MAX	256

struct out {
	enum msg_type	 type;
	union msg	 m;
	uint8_t		 data[256];
};

struct lab {
	void			*ha;
	struct engine_env	 env;
	struct counters		 counters;
	struct now		 now;
	struct conf		 conf;
	struct conf_ha		 cha;
	struct conf_ike		 ike;
	struct conf_home_link	 link;
	struct conf_prefix	 prefix;
	struct conf_node	 node;
	struct conf_ipsec	 ipsec;
	struct in6_addr		 home;
	struct out		 out[LAB_MAX];
	size_t			 nout, read;
	uint32_t		 ipsec_id, route_id;
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
	struct lab	*l = ctx;
	struct out	*o = &l->out[l->nout++];

	ATF_REQUIRE(msg_to(type, ROLE_HA) != ROLE_MAX);
	transcript_message(l->now.mono.ns, msg_to(type, ROLE_HA), type, m);
	ATF_REQUIRE(l->nout < LAB_MAX);
	o->type = type;
	memcpy(&o->m, m, msg_size(type));
	if (type == MSG_MH_OUT) {
		ATF_REQUIRE(o->m.u_MH_OUT.mh.len <= sizeof(o->data));
		memcpy(o->data, o->m.u_MH_OUT.mh.p, o->m.u_MH_OUT.mh.len);
		o->m.u_MH_OUT.mh.p = o->data;
	}
	if (type == MSG_IPSEC && o->m.u_IPSEC.id != 0)
		l->ipsec_id = o->m.u_IPSEC.id;
	if (type == MSG_HOME_ROUTE)
		l->route_id = o->m.u_HOME_ROUTE.id;
}

static uint64_t
no_random(void *ctx)
{
	(void)ctx;
	return (4);
}

/* A virtual home link, or "em0"; one node with IKE. */
static struct lab *
lab_new(const char *interface)
{
	struct lab	*l = calloc(1, sizeof(*l));

	ATF_REQUIRE(l != NULL);
	l->now = (struct now){ { SEC(1000) }, SEC(1700000000LL) };
	l->env = (struct engine_env){ emitted, no_random, l, &l->counters,
	    NULL, NULL };
	l->conf.ha = &l->cha;
	l->conf.ike = &l->ike;
	l->ike.key_mobility = true;
	strcpy(l->link.interface, interface);
	l->link.address = ip(HA);
	l->link.prefixes = &l->prefix;
	l->link.nprefixes = 1;
	l->link.valid = l->link.preferred = UINT32_MAX;
	l->prefix.addr = in6_prefix(&l->link.address, 64);
	l->prefix.len = 64;
	l->cha.links = &l->link;
	l->cha.nlinks = 1;
	l->cha.nodes = &l->node;
	l->cha.nnodes = 1;
	l->cha.update_rate = 1000;
	l->home = ip(HOA);
	l->node.homes = &l->home;
	l->node.nhomes = 1;
	l->node.auth.type = AUTH_IPSEC;
	l->node.ipsec = &l->ipsec;
	l->ipsec.protect = PROTECT_PAYLOAD;
	counters_init(&l->counters, ha_engine.counter_defs);
	l->ha = ha_engine.create(&l->env, &l->conf, l->now);
	ATF_REQUIRE(l->ha != NULL);
	return (l);
}

static void
lab_end(struct lab *l)
{
	ha_engine.destroy(l->ha);
	counters_free(&l->counters);
	free(l);
}

static void
run(struct lab *l, int64_t ns)
{
	struct mono	 end = mono_add(l->now.mono, ns), at;

	while (ha_engine.next(l->ha, &at) && !mono_before(end, at)) {
		if (mono_before(l->now.mono, at))
			l->now.mono = at;
		ha_engine.expire(l->ha, l->now);
	}
	l->now.mono = end;
	ha_engine.expire(l->ha, l->now);
}

static void
configure(struct lab *l)
{
	ha_engine.configure(l->ha, &l->conf, l->now);
	run(l, MS(5));
}

static void
skip(struct lab *l)
{
	l->nout = l->read = 0;
}

static const struct out *
next(struct lab *l, enum msg_type type)
{
	while (l->read < l->nout)
		if (l->out[l->read++].type == type)
			return (&l->out[l->read - 1]);
	return (NULL);
}

static size_t
pending(const struct lab *l, enum msg_type type)
{
	size_t	 i, n = 0;

	for (i = l->read; i < l->nout; i++)
		n += l->out[i].type == type;
	return (n);
}

/* flags MH_BU_* beside A and H; packet PKT_*; home: sent from there. */
static void
update(struct lab *l, uint16_t seq, uint16_t units, uint16_t flags,
    const char *coa, uint8_t packet)
{
	struct mh		 m;
	union msg		 u;
	uint8_t			 buf[128];

	mh_init(&m, MH_BU);
	m.u.bu.seq = seq;
	m.u.bu.lifetime = units;
	m.u.bu.flags = MH_BU_A | MH_BU_H | flags;
	if (strcmp(coa, HOA) != 0)
		mh_add(&m, MHOPT_ALTCOA)->u.altcoa = ip(coa);
	memset(&u, 0, sizeof(u));
	u.u_MH_IN.src = ip(coa);
	u.u_MH_IN.dst = ip(HA);
	u.u_MH_IN.home = ip(HOA);
	u.u_MH_IN.flags = packet;
	if (strcmp(coa, HOA) != 0)
		u.u_MH_IN.flags |= PKT_HAO;
	u.u_MH_IN.ifindex = 3;
	u.u_MH_IN.mh.len = mh_build(&m, buf, sizeof(buf));
	u.u_MH_IN.mh.p = buf;
	ha_engine.input(l->ha, ROLE_NET, MSG_MH_IN, &u, l->now);
}

#define protected_update(l, seq, units, flags, coa) \
	update(l, seq, units, flags, coa, PKT_PROTECTED)

static void
result(struct lab *l, uint32_t id, uint32_t error)
{
	union msg	 u;

	memset(&u, 0, sizeof(u));
	u.u_RESULT.id = id;
	u.u_RESULT.error = error;
	ha_engine.input(l->ha, ROLE_PARENT, MSG_RESULT, &u, l->now);
}

static void
check_policies(struct lab *l, const char *peer, uint8_t flags)
{
	const struct out	*o = next(l, MSG_IPSEC);
	struct in6_addr		 a = ip(peer);

	ATF_REQUIRE(o != NULL);
	ATF_CHECK(in6_eq(&o->m.u_IPSEC.home, &l->home));
	ATF_CHECK_MSG(in6_eq(&o->m.u_IPSEC.peer, &a), "not %s", peer);
	ATF_CHECK_EQ(o->m.u_IPSEC.flags, flags);
}

static void
check_ba(struct lab *l, uint8_t status, bool k)
{
	const struct out	*o = next(l, MSG_MH_OUT);
	struct mh		 m;

	ATF_REQUIRE(o != NULL);
	ATF_REQUIRE_EQ(mh_parse(&m, o->m.u_MH_OUT.mh.p, o->m.u_MH_OUT.mh.len),
	    MH_OK);
	ATF_CHECK_EQ(m.u.ba.status, status);
	ATF_CHECK_EQ((m.u.ba.flags & MH_BA_K) != 0, k);
	ATF_CHECK((o->m.u_MH_OUT.flags & PKT_PROTECTED) != 0);
}

static void
check_end(struct lab *l, const char *remote)
{
	const struct out	*o = next(l, MSG_KEY_WANT);
	struct in6_addr		 a = ip(remote);

	ATF_REQUIRE(o != NULL);
	ATF_CHECK_EQ(o->m.u_KEY_WANT.op, KEY_DISCARD);
	ATF_CHECK(in6_eq(&o->m.u_KEY_WANT.remote, &a));
}

static void
link_up(struct lab *l)
{
	union msg	 u;

	memset(&u, 0, sizeof(u));
	u.u_LINK.ifindex = 3;
	strcpy(u.u_LINK.name, "em0");
	u.u_LINK.flags = LINK_UP | LINK_RUNNING;
	u.u_LINK.lladdrlen = 6;
	ha_engine.input(l->ha, ROLE_PARENT, MSG_LINK, &u, l->now);
}

static void
registered(struct lab *l)
{
	protected_update(l, 1, 20, MH_BU_K, COA1);
	check_policies(l, COA1, IPSEC_TUNNEL | IPSEC_KM);
	result(l, l->ipsec_id, 0);
	check_ba(l, 0, true);
	ATF_CHECK_EQ(pending(l, MSG_KEY_WANT), 0);
	skip(l);
}

/* A result after the end of what it was for is none. */
ATF_TC_WITHOUT_HEAD(late_results);
ATF_TC_BODY(late_results, tc)
{
	struct lab	*l = lab_new("");
	uint32_t	 old;

	protected_update(l, 1, 20, 0, COA1);
	old = l->ipsec_id;
	protected_update(l, 2, 0, 0, HOA);
	check_policies(l, COA1, IPSEC_TUNNEL);
	check_policies(l, HOA, 0);
	check_ba(l, 0, false);
	result(l, old, 0);
	run(l, SEC(11));
	ATF_CHECK_EQ(pending(l, MSG_BIND), 0);
	ATF_CHECK_EQ(pending(l, MSG_MH_OUT), 0);
	/* The same place of the pool, another life. */
	skip(l);
	protected_update(l, 1, 20, 0, COA2);
	result(l, old, 0);
	ATF_CHECK_EQ(pending(l, MSG_BIND), 0);
	result(l, l->ipsec_id, 0);
	ATF_CHECK_EQ(pending(l, MSG_BIND), 1);
	lab_end(l);
}

/* K = 1 only where an endpoint has moved, also when an answer is repeated. */
ATF_TC_WITHOUT_HEAD(key_mobility);
ATF_TC_BODY(key_mobility, tc)
{
	struct lab	*l = lab_new("");

	registered(l);
	protected_update(l, 2, 20, MH_BU_K, COA2);
	ATF_CHECK_EQ(pending(l, MSG_KEY_WANT), 0);
	result(l, l->ipsec_id, EOPNOTSUPP);
	check_ba(l, 0, false);
	check_end(l, COA1);
	protected_update(l, 3, 20, MH_BU_K, COA2);
	check_ba(l, 0, false);
	ATF_CHECK_EQ(pending(l, MSG_KEY_WANT), 0);
	/* While securing K is set after all: it is asked for. */
	run(l, SEC(100));
	skip(l);
	protected_update(l, 4, 20, 0, COA1);
	check_policies(l, COA1, IPSEC_TUNNEL);
	protected_update(l, 5, 20, 0, COA1);
	ATF_CHECK_EQ(pending(l, MSG_IPSEC), 0);
	protected_update(l, 6, 20, MH_BU_K, COA1);
	check_policies(l, COA1, IPSEC_TUNNEL | IPSEC_KM);
	result(l, l->ipsec_id, 0);
	check_ba(l, 0, true);
	lab_end(l);
}

/* RFC 6275 10.3.1: without a binding it is the home address's that end. */
ATF_TC_WITHOUT_HEAD(discard);
ATF_TC_BODY(discard, tc)
{
	struct lab	*l = lab_new("");

	protected_update(l, 1, 20, 0, COA1);
	result(l, l->ipsec_id, 0);
	check_ba(l, 0, false);
	check_end(l, HOA);
	protected_update(l, 2, 20, 0, COA2);
	result(l, l->ipsec_id, 0);
	check_ba(l, 0, false);
	check_end(l, COA1);
	protected_update(l, 3, 0, 0, HOA);
	check_ba(l, 0, false);
	check_end(l, COA2);
	lab_end(l);
}

/* On a physical link the answer waits, and so do the keys that end. */
ATF_TC_WITHOUT_HEAD(physical);
ATF_TC_BODY(physical, tc)
{
	struct lab	*l = lab_new("em0");

	link_up(l);
	protected_update(l, 1, 20, MH_BU_K, COA1);
	run(l, SEC(2));
	result(l, l->route_id, 0);
	result(l, l->ipsec_id, 0);
	check_ba(l, 0, true);
	protected_update(l, 2, 0, MH_BU_K, HOA);
	check_policies(l, HOA, IPSEC_KM);
	protected_update(l, 3, 0, MH_BU_K, HOA);
	ATF_CHECK_EQ(pending(l, MSG_MH_OUT), 0);
	result(l, l->route_id, 0);
	check_ba(l, 0, true);
	/* And once more. */
	protected_update(l, 4, 0, MH_BU_K, HOA);
	check_ba(l, 0, true);
	ATF_CHECK_EQ(pending(l, MSG_KEY_WANT), 0);
	lab_end(l);
}

/* A move that nobody answers does not hold up its acknowledgement for ever. */
ATF_TC_WITHOUT_HEAD(no_answer);
ATF_TC_BODY(no_answer, tc)
{
	struct lab	*l = lab_new("");

	registered(l);
	protected_update(l, 2, 20, MH_BU_K, COA2);
	check_policies(l, COA2, IPSEC_TUNNEL | IPSEC_KM);
	run(l, SEC(4));
	check_ba(l, 0, false);
	ATF_CHECK_EQ(pending(l, MSG_UNBIND), 0);
	protected_update(l, 3, 20, MH_BU_K, COA2);
	check_policies(l, COA2, IPSEC_TUNNEL | IPSEC_KM);
	result(l, l->ipsec_id, 0);
	check_ba(l, 0, true);
	/* Its lifetime is what it was. */
	skip(l);
	run(l, SEC(79));
	ATF_CHECK_EQ(pending(l, MSG_UNBIND), 0);
	run(l, SEC(2));
	ATF_CHECK_EQ(pending(l, MSG_UNBIND), 1);
	check_policies(l, COA2, 0);
	lab_end(l);
}

/* While securing: a lifetime that ends, resync, the end of the process. */
ATF_TC_WITHOUT_HEAD(securing);
ATF_TC_BODY(securing, tc)
{
	struct lab	*l = lab_new("");
	union msg	 u;

	memset(&u, 0, sizeof(u));
	protected_update(l, 1, 1, 0, COA1);
	check_policies(l, COA1, IPSEC_TUNNEL);
	ha_engine.input(l->ha, ROLE_NET, MSG_BOUND_END, &u, l->now);
	run(l, MS(10));
	ATF_CHECK_EQ(pending(l, MSG_BIND), 0);
	ha_engine.stop(l->ha, l->now);
	check_policies(l, COA1, 0);
	result(l, l->ipsec_id, 0);
	ATF_CHECK_EQ(pending(l, MSG_BIND), 0);
	ATF_CHECK_EQ(pending(l, MSG_MH_OUT), 0);
	lab_end(l);
}

/* From ipsec to none: policies end, the binding is kept. */
ATF_TC_WITHOUT_HEAD(reload_from_ipsec);
ATF_TC_BODY(reload_from_ipsec, tc)
{
	struct lab	*l = lab_new("");

	registered(l);
	l->node.auth.type = AUTH_NONE;
	l->node.ipsec = NULL;
	configure(l);
	check_policies(l, COA1, 0);
	ATF_CHECK_EQ(pending(l, MSG_UNBIND), 0);
	configure(l);
	ATF_CHECK_EQ(pending(l, MSG_IPSEC), 0);
	/* Gone altogether; all may register now, and it is one of them. */
	l->cha.nnodes = 0;
	l->cha.default_auth.type = AUTH_NONE;
	configure(l);
	ATF_CHECK_EQ(pending(l, MSG_UNBIND), 0);
	skip(l);
	update(l, 2, 20, 0, COA2, 0);
	ATF_CHECK_EQ(pending(l, MSG_BIND), 1);
	/* None may. */
	l->cha.default_auth.type = AUTH_UNSET;
	configure(l);
	ATF_CHECK_EQ(pending(l, MSG_UNBIND), 1);
	lab_end(l);
}

/* The same while securing: nothing is waited for any more. */
ATF_TC_WITHOUT_HEAD(reload_securing);
ATF_TC_BODY(reload_securing, tc)
{
	struct lab	*l = lab_new("");

	protected_update(l, 1, 20, 0, COA1);
	check_policies(l, COA1, IPSEC_TUNNEL);
	l->node.auth.type = AUTH_NONE;
	l->node.ipsec = NULL;
	configure(l);
	ATF_CHECK_EQ(pending(l, MSG_BIND), 1);
	check_policies(l, COA1, 0);
	check_ba(l, 0, false);
	lab_end(l);
}

/* Its node is listed no more: the tunnel's policies end with the binding. */
ATF_TC_WITHOUT_HEAD(reload_unlisted);
ATF_TC_BODY(reload_unlisted, tc)
{
	struct lab	*l = lab_new("");

	registered(l);
	l->cha.nnodes = 0;
	configure(l);
	ATF_CHECK_EQ(pending(l, MSG_UNBIND), 1);
	check_policies(l, COA1, 0);
	lab_end(l);
}

/*
 * To ipsec: a care-of address that IPsec has not protected must not move
 * policies (RFC 4877 4.3), so the binding ends.
 */
ATF_TC_WITHOUT_HEAD(reload_to_ipsec);
ATF_TC_BODY(reload_to_ipsec, tc)
{
	struct lab	*l = lab_new("");

	l->node.auth.type = AUTH_NONE;
	l->node.ipsec = NULL;
	configure(l);
	update(l, 1, 20, 0, COA1, 0);
	ATF_CHECK_EQ(pending(l, MSG_BIND), 1);
	ATF_CHECK_EQ(pending(l, MSG_IPSEC), 0);
	l->node.auth.type = AUTH_IPSEC;
	l->node.ipsec = &l->ipsec;
	configure(l);
	ATF_CHECK_EQ(pending(l, MSG_UNBIND), 1);
	ATF_CHECK_EQ(pending(l, MSG_IPSEC), 0);
	skip(l);
	update(l, 2, 20, 0, COA1, 0);
	ATF_CHECK_EQ(pending(l, MSG_BIND) + pending(l, MSG_IPSEC), 0);
	protected_update(l, 3, 20, 0, COA1);
	check_policies(l, COA1, IPSEC_TUNNEL);
	lab_end(l);
}

/* What is protected changes: the policies do. */
ATF_TC_WITHOUT_HEAD(reload_protect);
ATF_TC_BODY(reload_protect, tc)
{
	struct lab	*l = lab_new("");

	l->ipsec.protect = PROTECT_NONE;
	configure(l);
	protected_update(l, 1, 20, MH_BU_K, COA1);
	check_policies(l, COA1, IPSEC_KM);
	result(l, l->ipsec_id, 0);
	check_ba(l, 0, true);
	l->ipsec.protect = PROTECT_RR;
	configure(l);
	check_policies(l, COA1, IPSEC_TUNNEL | IPSEC_KM);
	result(l, l->ipsec_id, 0);
	ATF_CHECK_EQ(pending(l, MSG_MH_OUT), 0);
	l->ipsec.protect = PROTECT_NONE;
	configure(l);
	check_policies(l, COA1, IPSEC_KM);
	lab_end(l);
}

/* --- the life of a binding --- */

enum life { NONE, DAD, ROUTING, SECURING, BOUND, MOVING, LEAVING, DELETED,
    LIVES };
static const char *const	 lives[LIVES] = { "none", "dad", "routing",
    "securing", "bound", "moving", "leaving", "deleted" };

enum happens { AGAIN, MOVE, HOME, AWAY, WELL, ERROR, LATE, CLEAR, RELOAD, END,
    HAPPENINGS };
static const char *const	 happenings[HAPPENINGS] = { "update", "move",
    "home", "away", "well", "error", "late", "clear", "reload", "end" };

/*
 * The state that follows, and the status of what is sent.  An acknowledgement
 * goes out when nothing is waited for any more, and is lost only with a
 * binding that is taken away by others than its node.
 */
static const char *const	 matrix[LIVES][HAPPENINGS] = {
	/* update, move, home, away, well, error, late, clear, reload, end */
	[NONE] = {
	    "dad", "dad", "none 133", "none 133", "none", "none", "none",
	    "none", "none", "none" },
	[DAD] = {
	    "dad", "dad", "deleted 0", "deleted 0", "routing", "none 134",
	    "routing", "none", "dad", "none 128" },
	[ROUTING] = {
	    "routing", "routing", "leaving", "deleted 0", "securing",
	    "none 128", "none 128", "none", "routing", "none 128" },
	[SECURING] = {
	    "securing", "securing", "leaving", "deleted 0", "bound 0",
	    "none 128", "none 128", "none", "bound 0", "none 128" },
	[BOUND] = {
	    "bound 0", "moving", "leaving", "deleted 0", "bound", "bound",
	    "bound", "none", "bound", "none" },
	[MOVING] = {
	    "moving", "moving", "leaving", "deleted 0", "bound 0", "bound 0",
	    "bound 0", "none", "bound 0", "none 0" },
	[LEAVING] = {
	    "dad 0", "dad 0", "leaving", "leaving", "deleted 0", "deleted 0",
	    "deleted 0", "none", "leaving", "none 0" },
	[DELETED] = {
	    "dad", "dad", "deleted 0", "deleted 0", "deleted", "deleted",
	    "deleted", "none", "deleted", "none" },
};

static struct bce *
binding(struct lab *l)
{
	return (bc_find(l->ha, &l->home));
}

static const char *
life_of(struct lab *l)
{
	const struct bce	*b = binding(l);

	if (b == NULL)
		return ("none");
	switch (b->coa.state) {
	case BCE_STARTING:
		return (steps[steps_first(b->coa.waits)].name);
	case BCE_BOUND:
		return (b->coa.waits != 0 ? "moving" : "bound");
	case BCE_LEAVING:
		return ("leaving");
	default:
		return ("deleted");
	}
}

/* What is awaited comes to an end, with 0 or an error. */
static void
ends(struct lab *l, uint32_t error)
{
	const struct bce	*b = binding(l);
	struct icmp6		 m;
	union msg		 u;
	uint8_t			 buf[64];

	if (b == NULL || b->coa.waits == 0)
		return;
	if (b->coa.waits == STEP_BIT(STEP_ROUTE))
		result(l, l->route_id, error);
	else if (b->coa.waits == STEP_BIT(STEP_POLICY))
		result(l, l->ipsec_id, error);
	else if (error == 0)
		run(l, SEC(2));
	else {
		icmp6_init(&m, ICMP6_T_NA);
		m.u.nd.target = l->home;
		memset(&u, 0, sizeof(u));
		u.u_ICMP6_IN.src = ip("fe80::2");
		u.u_ICMP6_IN.dst = in6_allnodes;
		u.u_ICMP6_IN.ifindex = 3;
		u.u_ICMP6_IN.hlim = 255;
		u.u_ICMP6_IN.icmp6.len = icmp6_build(&m, buf, sizeof(buf));
		u.u_ICMP6_IN.icmp6.p = buf;
		ha_engine.input(l->ha, ROLE_NET, MSG_ICMP6_IN, &u, l->now);
	}
}

static void
clear(struct lab *l)
{
	struct msg_query	 q;
	struct report		 r;

	memset(&q, 0, sizeof(q));
	q.verb = VERB_CLEAR_BINDING;
	strcpy(q.arg, HOA);
	report_init(&r);
	ha_engine.query(l->ha, &q, &r, l->now);
}

static void
happen(struct lab *l, enum happens what, uint16_t seq)
{
	switch (what) {
	case AGAIN:
		protected_update(l, seq, 20, MH_BU_K, COA1);
		break;
	case MOVE:
		protected_update(l, seq, 20, MH_BU_K, COA2);
		break;
	case HOME:
		protected_update(l, seq, 0, MH_BU_K, HOA);
		break;
	case AWAY:
		protected_update(l, seq, 0, MH_BU_K, COA1);
		break;
	case WELL:
		ends(l, 0);
		break;
	case ERROR:
		ends(l, EPERM);
		break;
	case LATE:
		run(l, SEC(4));
		break;
	case CLEAR:
		clear(l);
		break;
	case RELOAD:
		l->node.auth.type = AUTH_NONE;
		configure(l);
		break;
	default:
		run(l, SEC(200));
		break;
	}
}

/* A binding in that state; the sequence number of its last Binding Update. */
static uint16_t
live(struct lab *l, enum life life)
{
	uint16_t	 seq = 0;

	l->link.dad = true;
	configure(l);
	link_up(l);
	if (life == NONE)
		return (seq);
	happen(l, AGAIN, ++seq);
	while (seq == 1 && strcmp(life_of(l), lives[life]) != 0) {
		if (binding(l)->coa.waits != 0)
			ends(l, 0);
		else
			happen(l, life == MOVING ? MOVE : life == LEAVING ?
			    HOME : AWAY, ++seq);
	}
	return (seq);
}

/* Nobody is left waiting, and nothing is left behind. */
static void
is_whole(struct lab *l)
{
	const struct bce	*b = binding(l);
	const struct ha		*ha = l->ha;
	unsigned int		 n = 0, i;

	if (b == NULL) {
		ATF_CHECK_EQ(ha->pool.live, 0);
		ATF_CHECK_EQ(ha->proxies.count + ha->groups.count, 0);
		ATF_CHECK_EQ(ha->nbound + ha->nlinger, 0);
		return;
	}
	for (i = 0; i < STEP_MAX; i++)
		n += (b->coa.waits & STEP_BIT(i)) != 0;
	if (b->coa.state == BCE_STARTING || b->coa.state == BCE_LEAVING)
		ATF_CHECK_EQ(n, 1);
	ATF_CHECK(b->reply == NULL || n != 0);
	ATF_CHECK(b->coa.waits == STEP_BIT(STEP_DAD) ||
	    wheel_is_set(&b->timer));
	ATF_CHECK_EQ(ha->nbound, b->coa.state == BCE_BOUND);
	ATF_CHECK_EQ(ha->nlinger, b->coa.state == BCE_DELETED);
}

static void
look(struct lab *l, char *buf, size_t cap)
{
	const struct out	*o;
	struct mh		 m;
	size_t			 n;

	n = (size_t)snprintf(buf, cap, "%s", life_of(l));
	while ((o = next(l, MSG_MH_OUT)) != NULL) {
		ATF_REQUIRE_EQ(mh_parse(&m, o->m.u_MH_OUT.mh.p,
		    o->m.u_MH_OUT.mh.len), MH_OK);
		n += (size_t)snprintf(buf + n, cap - n, " %u",
		    m.u.ba.status);
	}
}

/* Each event in each state: no holes, and no surprises. */
ATF_TC_WITHOUT_HEAD(matrix);
ATF_TC_BODY(matrix, tc)
{
	struct lab	*l;
	enum life	 life;
	enum happens	 what;
	uint16_t	 seq;
	char		 buf[64];

	for (life = 0; life < LIVES; life++)
		for (what = 0; what < HAPPENINGS; what++) {
			l = lab_new("em0");
			seq = live(l, life);
			ATF_REQUIRE_STREQ(life_of(l), lives[life]);
			skip(l);
			happen(l, what, (uint16_t)(seq + 1));
			look(l, buf, sizeof(buf));
			printf("%-10s%-10s%s\n", lives[life],
			    happenings[what], buf);
			is_whole(l);
			ATF_REQUIRE(matrix[life][what] != NULL);
			ATF_CHECK_STREQ(matrix[life][what], buf);
			lab_end(l);
		}
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, late_results);
	ATF_TP_ADD_TC(tp, key_mobility);
	ATF_TP_ADD_TC(tp, discard);
	ATF_TP_ADD_TC(tp, physical);
	ATF_TP_ADD_TC(tp, no_answer);
	ATF_TP_ADD_TC(tp, securing);
	ATF_TP_ADD_TC(tp, reload_from_ipsec);
	ATF_TP_ADD_TC(tp, reload_securing);
	ATF_TP_ADD_TC(tp, reload_unlisted);
	ATF_TP_ADD_TC(tp, reload_to_ipsec);
	ATF_TP_ADD_TC(tp, reload_protect);
	ATF_TP_ADD_TC(tp, matrix);
	return (atf_no_error());
}
