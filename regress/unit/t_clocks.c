/*
 * A mobile node and a home agent whose clocks are wrong, or are set while they
 * run (RFC 4285 6): both engines, each with a clock of its own.  The node is
 * back within two Binding Updates, and none of those that were sent before is
 * ever accepted again.
 */
#include "mn_lab.h"

#include "ha/ha.h"

#define HOUR		SEC(3600)
#define YEAR		SEC(31536000)
#define CAPTURED_MAX	512
#define TRIES		2

/* A Binding Update on the wire. */
struct captured {
	struct msg_mh_in m;
	uint8_t		 mh[512];
};

/* What the store keeps: of the agent itself (::), and of the home address. */
struct saved {
	struct msg_state	 m;
	uint8_t			 data[256];
	bool			 there;
};

/* The home agent; what net and the parent keep for its next life. */
struct agent {
	void			*ha;
	struct engine_env	 env;
	struct counters		 counters;
	struct now		 now;
	struct conf		 conf;
	struct conf_ha		 cha;
	struct conf_home_link	 link;
	struct conf_prefix	 prefix;
	struct conf_node	 node;
	struct in6_addr		 home;
	struct msg_mh_out	 ba;		/* the last one */
	uint8_t			 mh[512];
	bool			 answered;
	struct saved		 saved[2];
	struct msg_bind		 bind;
	uint8_t			 owner[BIND_OWNER_MAX];
	bool			 has_bind;
	uint32_t		 asked;		/* the parent, 0: no */
	bool			 mute;		/* ... which does not answer */
	bool			 same_boot;	/* what is loaded is exact */
};

static struct lab	*node;
static struct agent	 agent;
static struct captured	 captured[CAPTURED_MAX];
static size_t		 ncaptured;

static void
keep(struct saved *s, const void *m)
{
	memcpy(&s->m, m, sizeof(s->m));
	ATF_REQUIRE(s->m.data.len <= sizeof(s->data));
	memcpy(s->data, s->m.data.p, s->m.data.len);
	s->m.data.p = s->data;
	s->there = true;
}

/* To the parent; what is lost with it (mute) nobody keeps. */
static void
saved(struct agent *a, const struct msg_state *m)
{
	if (a->mute)
		return;
	keep(&a->saved[in6_is_unspecified(&m->home) ? 0 : 1], m);
	if (m->id != 0)
		a->asked = m->id;
}

static void
emitted(void *ctx, enum msg_type type, const void *m)
{
	struct agent	*a = ctx;

	ATF_REQUIRE(msg_to(type, ROLE_HA) != ROLE_MAX);
	transcript_message(a->now.mono.ns, msg_to(type, ROLE_HA), type, m);
	if (type == MSG_MH_OUT) {
		memcpy(&a->ba, m, sizeof(a->ba));
		ATF_REQUIRE(a->ba.mh.len <= sizeof(a->mh));
		memcpy(a->mh, a->ba.mh.p, a->ba.mh.len);
		a->ba.mh.p = a->mh;
		a->answered = true;
	} else if (type == MSG_STATE_SAVE)
		saved(a, m);
	else if (type == MSG_BIND) {
		memcpy(&a->bind, m, sizeof(a->bind));
		memcpy(a->owner, a->bind.owner.p, a->bind.owner.len);
		a->bind.owner.p = a->owner;
		a->has_bind = true;
	} else if (type == MSG_UNBIND)
		a->has_bind = false;
}

static uint64_t
no_random(void *ctx)
{
	(void)ctx;
	return (4);
}

static void
agent_tell(enum role from, enum msg_type type, const void *m)
{
	union msg	 u;

	memset(&u, 0, sizeof(u));
	memcpy(&u, m, msg_size(type));
	ha_engine.input(agent.ha, from, type, &u, agent.now);
	if (agent.asked == 0)
		return;
	memset(&u, 0, sizeof(u));
	u.u_RESULT.id = agent.asked;
	agent.asked = 0;
	ha_engine.input(agent.ha, ROLE_PARENT, MSG_RESULT, &u, agent.now);
}

/* The engine begins; bound: net, and so the host, has lived on. */
static void
agent_begin(bool bound)
{
	struct msg_empty	 none = { 0 };
	size_t			 i;

	agent.ha = ha_engine.create(&agent.env, &agent.conf, agent.now);
	ATF_REQUIRE(agent.ha != NULL);
	agent.asked = 0;
	for (i = 0; i < 2; i++) {
		agent.saved[i].m.exact = agent.same_boot;
		if (agent.saved[i].there)
			agent_tell(ROLE_STORE, MSG_STATE_LOAD,
			    &agent.saved[i].m);
	}
	if (bound && agent.has_bind)
		agent_tell(ROLE_NET, MSG_BOUND, &agent.bind);
	else
		agent.has_bind = false;
	agent_tell(ROLE_NET, MSG_BOUND_END, &none);
}

static void
agent_killed(bool bound)
{
	ha_engine.destroy(agent.ha);
	counters_free(&agent.counters);
	counters_init(&agent.counters, ha_engine.counter_defs);
	agent_begin(bound);
}

static void
agent_new(void)
{
	struct agent	*a = &agent;

	memset(a, 0, sizeof(*a));
	a->now = (struct now){ { SEC(2000) }, SEC(1700000000LL) };
	a->env = (struct engine_env){ emitted, no_random, a, &a->counters,
	    NULL, NULL };
	a->conf.ha = &a->cha;
	a->link.address = ip(HA);
	a->link.prefixes = &a->prefix;
	a->link.nprefixes = 1;
	a->link.valid = a->link.preferred = UINT32_MAX;
	a->prefix.addr = in6_prefix(&a->link.address, 64);
	a->prefix.len = 64;
	a->cha.links = &a->link;
	a->cha.nlinks = 1;
	a->cha.nodes = &a->node;
	a->cha.nnodes = 1;
	a->cha.max_lifetime = 420000;
	a->cha.update_rate = 1000;
	a->home = ip(HOA);
	a->node.homes = &a->home;
	a->node.nhomes = 1;
	snprintf(a->node.identifier, sizeof(a->node.identifier),
	    "mn@example.net");
	a->node.auth = node->homes[0].auth;
	counters_init(&a->counters, ha_engine.counter_defs);
	agent_begin(false);
}

static void
both_new(void)
{
	ncaptured = 0;
	node = lab_new();
	node->homes[0].auth.tolerance = 7000;
	agent_new();
}

static void
both_end(void)
{
	ha_engine.destroy(agent.ha);
	counters_free(&agent.counters);
	lab_end(node);
}

/* Time passes for both. */
static void
both_run(int64_t ns)
{
	struct mono	 end = mono_add(agent.now.mono, ns), at;

	while (ha_engine.next(agent.ha, &at) && !mono_before(end, at)) {
		if (mono_before(agent.now.mono, at)) {
			agent.now.wall += mono_diff(at, agent.now.mono);
			agent.now.mono = at;
		}
		ha_engine.expire(agent.ha, agent.now);
	}
	agent.now.wall += mono_diff(end, agent.now.mono);
	agent.now.mono = end;
	lab_run(node, ns);
}

/* The home agent is sent m; its status, or -1 without an answer. */
static int
agent_status(const struct msg_mh_in *m)
{
	struct mh	 ba;

	agent.answered = false;
	agent_tell(ROLE_NET, MSG_MH_IN, m);
	if (!agent.answered)
		return (-1);
	ATF_REQUIRE_EQ(mh_parse(&ba, agent.mh, agent.ba.mh.len), MH_OK);
	ATF_REQUIRE_EQ(ba.type, MH_BA);
	return (ba.u.ba.status);
}

/* The Binding Update o travels to the home agent, which answers. */
static int
deliver(const struct out *o)
{
	const struct msg_mh_out	*u = &o->m.u_MH_OUT;
	struct captured		*c = &captured[ncaptured++];
	struct msg_mh_in	 back;
	int			 status;

	ATF_REQUIRE(ncaptured < CAPTURED_MAX);
	memset(c, 0, sizeof(*c));
	c->m.src = u->src;
	c->m.dst = u->dst;
	c->m.home = u->home;
	c->m.flags = u->flags;
	c->m.hlim = 64;
	c->m.mh.len = u->mh.len;
	c->m.mh.p = memcpy(c->mh, u->mh.p, u->mh.len);
	status = agent_status(&c->m);
	both_run(MS(20));
	if (status == -1)
		return (-1);
	memset(&back, 0, sizeof(back));
	back.src = agent.ba.src;
	back.dst = agent.ba.dst;
	back.home = agent.ba.home;
	back.flags = agent.ba.flags;
	back.ifindex = 1;
	back.hlim = 64;
	back.mh.p = agent.mh;
	back.mh.len = agent.ba.mh.len;
	lab_tell(node, ROLE_NET, MSG_MH_IN, &back);
	return (status);
}

/* How many Binding Updates does it take, from the next one on? */
static int
updates(void)
{
	const struct out	*o;
	struct mh		 bu;
	int			 i, n = 0;

	for (i = 0; i < 5000 && n < 10; i++) {
		while ((o = lab_bu(node, &bu)) != NULL) {
			n++;
			if (deliver(o) == 0)
				return (n);
		}
		if (i % 500 == 0)
			lab_ra(node, 1, R1, NET1);
		both_run(MS(100));
	}
	return (-n - 1);
}

/* What was captured is sent again: nothing of it is accepted. */
static void
replay_all(const char *when)
{
	uint64_t	 before;
	size_t		 i;
	int		 status;

	for (i = 0; i < ncaptured; i++) {
		before = agent.bind.owner.len;
		status = agent_status(&captured[i].m);
		ATF_CHECK_MSG(status != 0, "%s: number %zu of %zu accepted",
		    when, i, ncaptured);
		ATF_CHECK_EQ(before, agent.bind.owner.len);
	}
}

static void
away(void)
{
	lab_start(node);
	lab_mark(node, MSG_SNAPSHOT);
	lab_up(node, 1);
	lab_mark(node, MSG_SNAPSHOT_END);
	lab_addr(node, 1, "fe80::ff:fe00:1", 0);
	lab_ra(node, 1, R1, NET1);
	lab_addr(node, 1, COA1, 0);
}

static void
back_again(const char *who, int64_t step, const char *what)
{
	int	 n = updates();

	ATF_CHECK_MSG(n >= 1 && n <= TRIES, "%s %+lld s, %s: %d updates", who,
	    (long long)(step / NS_PER_SEC), what, n);
	replay_all(what);
}

static const struct {
	const char	*name;
	bool		 is_agent;
} whose[] = { { "node", false }, { "agent", true } };

static const int64_t	 steps[] = { HOUR, -HOUR, YEAR, -YEAR, SEC(30),
			    -SEC(30), SEC(5), -SEC(5) };

static int64_t *
wall_of(size_t who)
{
	return (whose[who].is_agent ? &agent.now.wall : &node->now.wall);
}

#define MATRIX(w, s)							\
	for (w = 0; w < sizeof(whose) / sizeof(whose[0]); w++)		\
		for (s = 0; s < sizeof(steps) / sizeof(steps[0]); s++)

/* Wrong from the start. */
ATF_TC_WITHOUT_HEAD(fresh);
ATF_TC_BODY(fresh, tc)
{
	size_t	 w, s;

	MATRIX(w, s) {
		both_new();
		*wall_of(w) += steps[s];
		away();
		back_again(whose[w].name, steps[s], "fresh");
		both_end();
	}
}

/* Set while bound; and back, as who finds out that it was wrong does. */
ATF_TC_WITHOUT_HEAD(bound);
ATF_TC_BODY(bound, tc)
{
	size_t	 w, s;

	MATRIX(w, s) {
		both_new();
		away();
		back_again(whose[w].name, 0, "first");
		*wall_of(w) += steps[s];
		replay_all("stepped");
		back_again(whose[w].name, steps[s], "stepped");
		*wall_of(w) -= steps[s];
		replay_all("set right");
		back_again(whose[w].name, -steps[s], "set right");
		both_end();
	}
}

/* The engine of the home agent dies, with and without what net has of it. */
ATF_TC_WITHOUT_HEAD(agent_dies);
ATF_TC_BODY(agent_dies, tc)
{
	size_t	 w, s, i;

	MATRIX(w, s)
		for (i = 0; i < 2; i++) {
			both_new();
			away();
			back_again(whose[w].name, 0, "first");
			both_run(MS(300));
			*wall_of(w) += steps[s];
			agent_killed(i == 0);
			replay_all("dead and stepped");
			back_again(whose[w].name, steps[s], i == 0 ?
			    "dead, with its bindings" : "dead");
			both_end();
		}
}

/*
 * All of the agent's processes die, the parent being deaf for a while before
 * or not.  What was accepted is never accepted again, whatever the clocks say.
 */
ATF_TC_WITHOUT_HEAD(all_die);
ATF_TC_BODY(all_die, tc)
{
	size_t	 w, s, i, deaf;

	MATRIX(w, s)
		for (i = 0; i < 4; i++) {
			both_new();
			*wall_of(w) += steps[s];
			away();
			back_again(whose[w].name, 0, "first");
			agent.same_boot = (i & 1) != 0;
			deaf = ncaptured;
			agent.mute = agent.same_boot && (i & 2) != 0;
			if (agent.mute)
				updates();
			agent_killed(false);
			agent.mute = false;
			replay_all(agent.same_boot && deaf < ncaptured ?
			    "last words lost" : "all dead");
			back_again(whose[w].name, steps[s], "all dead");
			both_end();
		}
}

/* A node that knows nothing of its former life, though the agent does. */
ATF_TC_WITHOUT_HEAD(node_forgets);
ATF_TC_BODY(node_forgets, tc)
{
	size_t	 w, s;

	MATRIX(w, s) {
		both_new();
		away();
		back_again(whose[w].name, 0, "first");
		both_run(SEC(1));
		*wall_of(w) += steps[s];
		mn_engine.destroy(node->mn);
		lab_skip(node);
		away();
		back_again(whose[w].name, steps[s], "forgetful");
		both_end();
	}
}

/* One step after another, as they come. */
ATF_TC_WITHOUT_HEAD(steps_in_a_row);
ATF_TC_BODY(steps_in_a_row, tc)
{
	uint64_t	 seed = 88172645463325252ULL;
	int64_t		 step;
	size_t		 w;
	int		 i;

	both_new();
	away();
	back_again("both", 0, "first");
	for (i = 0; i < 60; i++) {
		seed ^= seed << 13;
		seed ^= seed >> 7;
		seed ^= seed << 17;
		w = seed >> 8 & 1;
		step = steps[(seed >> 16) % (sizeof(steps) /
		    sizeof(steps[0]))];
		/* Within the years that an NTP timestamp has. */
		if (*wall_of(w) + step > SEC(1900000000LL) ||
		    *wall_of(w) + step < SEC(1500000000LL))
			step = -step;
		*wall_of(w) += step;
		if ((seed >> 32 & 3) == 0)
			agent_killed((seed >> 40 & 1) == 0);
		replay_all("in a row");
		back_again(whose[w].name, step, "in a row");
	}
	both_end();
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, fresh);
	ATF_TP_ADD_TC(tp, bound);
	ATF_TP_ADD_TC(tp, agent_dies);
	ATF_TP_ADD_TC(tp, all_die);
	ATF_TP_ADD_TC(tp, node_forgets);
	ATF_TP_ADD_TC(tp, steps_in_a_row);
	return (atf_no_error());
}
