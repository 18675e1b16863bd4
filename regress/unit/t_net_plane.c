/*
 * What net asks of its data planes: a fake one notes each question.  net/net.c
 * runs as it is, with an engine at the other end of a pipe; the fake is in the
 * place of the first plane, or beside it.
 */
#include <sys/types.h>
#include <sys/socket.h>

#include <atf-c.h>
#include <errno.h>
#include <event2/event.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "core/ipc.h"
#include "core/verb.h"
#include "net/net.h"
#include "net/state.h"
#include "net_lab.h"

#define ROWS	8

static struct child	 ch;
static struct net	*net;
static struct ipc	*engine;
static struct lab	 l;		/* its configuration */
static char		 asked[4096];	/* of the fake */
static char		 told[4096];	/* what the engine was */

/* The fake: what is bound, and what it says to the next bind. */
struct fake_row {
	struct in6_addr	 home;
	struct msg_bind	 bind;
	bool		 used, old;
};

static struct fake {
	struct fake_row	 rows[ROWS];
	int		 error;
} fake;

/* The last octet of an address says which. */
static void
note(char *text, const char *what, const struct in6_addr *a)
{
	size_t	 n = strlen(text);

	if (a == NULL)
		snprintf(text + n, sizeof(asked) - n, "%s;", what);
	else
		snprintf(text + n, sizeof(asked) - n, "%s %x;", what,
		    a->s6_addr[15]);
}

static struct fake_row *
row_for(const struct in6_addr *home, const struct in6_addr *other)
{
	size_t	 i;

	for (i = 0; i < ROWS; i++)
		if (fake.rows[i].used && in6_eq(&fake.rows[i].home, home) &&
		    in6_eq(&fake.rows[i].bind.other, other))
			return (&fake.rows[i]);
	return (NULL);
}

static void *
fake_open(struct dp *dp, const uint64_t key[2])
{
	(void)dp;
	(void)key;
	return (&fake);
}

static void
fake_close(void *state)
{
	(void)state;
	note(asked, "close", NULL);
}

static int
fake_bind(void *state, const struct fwd_key *k, const struct msg_bind *b,
    struct mono now)
{
	struct fake_row	*r = row_for(&b->home, &b->other);
	char		 what[32];
	size_t		 i;

	(void)state;
	(void)now;
	snprintf(what, sizeof(what), "%s %s>%x", r == NULL ? "bind" : "move",
	    role_name(k->owner), b->peer.s6_addr[15]);
	note(asked, what, &b->home);
	if (fake.error != 0)
		return (fake.error);
	for (i = 0; r == NULL; i++)
		if (!fake.rows[i].used)
			r = &fake.rows[i];
	*r = (struct fake_row){ b->home, *b, true, false };
	r->bind.owner.len = 0;
	return (0);
}

static bool
fake_unbind(void *state, enum role owner, const struct msg_unbind *u,
    unsigned int plen)
{
	struct fake_row	*r = row_for(&u->home, &u->other);

	(void)state;
	(void)owner;
	ATF_CHECK_EQ(plen, 128);
	note(asked, "unbind", &u->home);
	if (r != NULL)
		r->used = false;
	return (r != NULL);
}

static void
fake_forget(void *state, enum role owner)
{
	(void)state;
	if (owner == ROLE_HA)
		note(asked, "forget", NULL);
}

static void
fake_resync(void *state, enum role owner)
{
	size_t	 i;

	(void)state;
	(void)owner;
	note(asked, "resync", NULL);
	for (i = 0; i < ROWS; i++)
		fake.rows[i].old = true;
}

static void
fake_resync_end(void *state, enum role owner)
{
	(void)state;
	(void)owner;
	note(asked, "end", NULL);
}

/* One at a time. */
static bool
fake_sweep(void *state, uint32_t most)
{
	size_t	 i;

	(void)state;
	ATF_CHECK(most > 0);
	note(asked, "sweep", NULL);
	for (i = 0; i < ROWS; i++)
		if (fake.rows[i].used && fake.rows[i].old) {
			fake.rows[i].used = false;
			return (true);
		}
	return (false);
}

static void
fill(const struct fake_row *r, uint32_t at, struct plane_row *row)
{
	memset(row, 0, sizeof(*row));
	row->owner = ROLE_HA;
	row->plen = 128;
	row->bind = r->bind;
	row->old = r->old;
	row->at = at;
}

static bool
fake_find(const void *state, enum role owner, const struct in6_addr *home,
    const struct in6_addr *other, struct plane_row *row)
{
	const struct fake_row	*r = row_for(home, other);

	(void)state;
	note(asked, "find", home);
	if (r != NULL && owner == ROLE_HA)
		fill(r, (uint32_t)(r - fake.rows), row);
	return (r != NULL && owner == ROLE_HA);
}

static uint32_t
fake_dump(const void *state, uint32_t cursor, uint32_t most, plane_show *show,
    void *arg)
{
	struct plane_row	 row;

	(void)state;
	(void)most;
	note(asked, "dump", NULL);
	for (; cursor < ROWS; cursor++) {
		if (!fake.rows[cursor].used)
			continue;
		fill(&fake.rows[cursor], cursor, &row);
		if (!show(arg, &row))
			break;
	}
	return (cursor < ROWS ? cursor : 0);
}

static void
fake_stats(const void *state, const struct plane_row *row,
    struct plane_stats *s)
{
	(void)state;
	note(asked, "stats", &row->bind.home);
	s->packets_in += 1000;
	s->bytes_in += 2000;
	s->packets_out += 3000;
	s->bytes_out += 4000;
}

static struct plane_ops	 fake_plane = {
	.name = "fake",
	.words = "what it is told",
	.chosen = DATAPLANE_KERNEL,
	.encaps = 1U << ENCAP_IP6,
	.open = fake_open,
	.close = fake_close,
	.bind = fake_bind,
	.unbind = fake_unbind,
	.forget = fake_forget,
	.resync = fake_resync,
	.resync_end = fake_resync_end,
	.sweep = fake_sweep,
	.find = fake_find,
	.dump = fake_dump,
	.stats = fake_stats,
};

static void
at_engine(void *arg, struct ipc *ipc, enum msg_type t, const union msg *m,
    int fd)
{
	(void)arg;
	(void)ipc;
	(void)fd;
	if (t == MSG_BOUND)
		note(told, "bound", &m->u_BOUND.home);
	else if (t == MSG_TUNNEL)
		note(told, "tunnel", &m->u_TUNNEL.home);
	else
		note(told, msg_name(t), NULL);
}

static void
dead(void *arg, struct ipc *ipc, const char *reason)
{
	(void)arg;
	(void)ipc;
	atf_tc_fail("the pipe broke: %s", reason);
}

static void
at_net(void *arg, struct ipc *ipc, enum msg_type t, const union msg *m, int fd)
{
	(void)arg;
	(void)ipc;
	(void)t;
	(void)m;
	(void)fd;
}

static void
run(void)
{
	int	 i;

	for (i = 0; i < 20; i++)
		event_base_loop(ch.base, EVLOOP_NONBLOCK);
}

/* Until the fake was asked this; timers of net are short. */
static void
wait_asked(const char *what)
{
	while (strstr(asked, what) == NULL)
		ATF_REQUIRE_EQ(event_base_loop(ch.base, EVLOOP_ONCE), 0);
}

/* A home agent's net, and its engine's pipe; the fake is the first plane. */
static void
setup(bool first)
{
	struct hash_key	 key = { { 1, 2 } };
	int		 sv[2];

	lab_init(&l, ROLE_BIT(ROLE_HA), false);
	fake_plane.prefixes = fake_plane.notifies = fake_plane.pairs = first;
	ch.ops = &net_ops;
	ch.conf = &l.conf;
	ATF_REQUIRE_EQ(counters_init(&ch.counters, net_ops.counters), 0);
	ATF_REQUIRE(whys_init(&ch.whys, &key, NULL, NULL));
	ATF_REQUIRE((ch.base = event_base_new()) != NULL);
	ATF_REQUIRE_EQ(net_ops.start(&ch), 0);
	net = ch.priv;
	ATF_REQUIRE_EQ(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, sv),
	    0);
	ch.peers[ROLE_HA] = ipc_new(ch.base, sv[0], ROLE_NET, ROLE_HA, at_net,
	    dead, NULL);
	engine = ipc_new(ch.base, sv[1], ROLE_HA, ROLE_NET, at_engine, dead,
	    NULL);
	ATF_REQUIRE(ch.peers[ROLE_HA] != NULL && engine != NULL);
	net_ops.peer(&ch, ROLE_HA, true);
	ATF_REQUIRE_EQ(net->dp.planes.n, 1);
	if (first)
		planes_free(&net->dp.planes);
	net->dp.planes.v[net->dp.planes.n++] = (struct plane){ &fake_plane,
	    &fake };
}

/* The engine says that a home address is at this care-of address. */
static void
bind_home(uint8_t home, uint8_t careof, uint8_t flags)
{
	union msg	 m;

	memset(&m, 0, sizeof(m));
	m.u_BIND.home = HOME;
	m.u_BIND.home.s6_addr[15] = home;
	m.u_BIND.local = HA;
	m.u_BIND.peer = COA;
	m.u_BIND.peer.s6_addr[15] = careof;
	m.u_BIND.flags = flags;
	net_ops.message(&ch, ROLE_HA, MSG_BIND, &m);
}

static void
unbind_home(uint8_t home)
{
	union msg	 m;

	memset(&m, 0, sizeof(m));
	m.u_UNBIND.home = HOME;
	m.u_UNBIND.home.s6_addr[15] = home;
	net_ops.message(&ch, ROLE_HA, MSG_UNBIND, &m);
}

static void
join(uint8_t group)
{
	union msg	 m;

	memset(&m, 0, sizeof(m));
	m.u_GROUP.group.s6_addr[0] = 0xff;
	m.u_GROUP.group.s6_addr[15] = group;
	m.u_GROUP.ifindex = 1;
	m.u_GROUP.join = true;
	net_ops.message(&ch, ROLE_HA, MSG_GROUP, &m);
}

static void
say(enum msg_type t)
{
	union msg	 m;

	memset(&m, 0, sizeof(m));
	net_ops.message(&ch, ROLE_HA, t, &m);
}

#define EXPECT(text, want) do {						\
	ATF_CHECK_STREQ((text), (want));				\
	(text)[0] = '\0';						\
} while (0)

/* Bound, moved in one step, unbound. */
ATF_TC_WITHOUT_HEAD(binds);
ATF_TC_BODY(binds, tc)
{
	setup(true);
	bind_home(1, 0x10, BIND_ACTIVE);
	EXPECT(asked, "bind ha>10 1;");
	bind_home(1, 0x11, BIND_ACTIVE);
	EXPECT(asked, "move ha>11 1;");
	unbind_home(1);
	EXPECT(asked, "unbind 1;");
	ATF_CHECK(row_for(&fake.rows[0].home, &in6addr_any) == NULL);
	/* What is not on the closed list never comes to a plane. */
	bind_home(1, 0x10, BIND_ACTIVE);
	asked[0] = '\0';
	l.link.prefixes = NULL;
	l.link.nprefixes = 0;
	bind_home(2, 0x10, BIND_ACTIVE);
	EXPECT(asked, "");
	ATF_CHECK_EQ(ch.counters.v[NC_REFUSED], 1);
}

/*
 * RESYNC: the engine hears what is bound; RESYNC_END: what it has not told
 * again goes.
 */
ATF_TC_WITHOUT_HEAD(resync);
ATF_TC_BODY(resync, tc)
{
	setup(true);
	bind_home(1, 0x10, BIND_ACTIVE);
	bind_home(2, 0x10, BIND_ACTIVE);
	bind_home(3, 0x10, BIND_ACTIVE);
	asked[0] = '\0';
	say(MSG_RESYNC);
	EXPECT(asked, "resync;dump;");
	run();
	EXPECT(told, "bound 1;bound 2;bound 3;BOUND_END;");
	bind_home(2, 0x11, BIND_ACTIVE);
	EXPECT(asked, "move ha>11 2;");
	say(MSG_RESYNC_END);
	wait_asked("end;sweep;sweep;sweep;");
	ATF_CHECK(!fake.rows[0].used);
	ATF_CHECK(fake.rows[1].used);
	ATF_CHECK(!fake.rows[2].used);
	ATF_CHECK_STREQ(told, "");
}

/*
 * The first plane says no: counted, the engine hears nothing, and nothing is
 * forwarded, not even where it was forwarded before.
 */
ATF_TC_WITHOUT_HEAD(refuses);
ATF_TC_BODY(refuses, tc)
{
	setup(true);
	say(MSG_RESYNC);
	say(MSG_RESYNC_END);
	run();
	asked[0] = told[0] = '\0';
	fake.error = ENOMEM;
	bind_home(1, 0x10, BIND_ACTIVE);
	EXPECT(asked, "bind ha>10 1;unbind 1;");
	ATF_CHECK_EQ(ch.counters.v[NC_NO_MEMORY], 1);
	fake.error = 0;
	bind_home(1, 0x10, BIND_ACTIVE);
	fake.error = EOPNOTSUPP;
	asked[0] = '\0';
	bind_home(1, 0x11, BIND_ACTIVE);
	EXPECT(asked, "move ha>11 1;unbind 1;");
	ATF_CHECK(!fake.rows[0].used);
	ATF_CHECK_EQ(ch.counters.v[NC_NO_MEMORY], 2);
	run();
	EXPECT(told, "");
}

static size_t
to_home(uint8_t *p, uint8_t home)
{
	struct in6_addr	 src = CN, dst = HOME;

	dst.s6_addr[15] = home;
	memset(p, 0, IP6_HDRLEN + 32);
	ip6_header(p, &src, &dst, 17, 32, 64, 0, 0);
	return (IP6_HDRLEN + 32);
}

/* The user plane sends a packet to this home address there; 0: it does not. */
static uint8_t
sent_to(uint8_t home)
{
	static uint8_t	 buf[PKT_HEADROOM + 256];
	struct pkt	 p;

	pkt_init(&p, buf, PKT_HEADROOM, to_home(buf + PKT_HEADROOM, home));
	dp_out_init(&net->o);
	if (dp_tun(&net->dp, &p, NULL, net->now, &net->o) != DP_SEND)
		return (0);
	ATF_CHECK_EQ(net->o.why, NC_ENCAPSULATED);
	return (pkt_data(&p)[IP6_OFF_DST + 15]);
}

/*
 * Beside the first plane: it is asked for what it can express, has nothing of
 * what it can't or has refused, and all packets have the same way by the first.
 */
ATF_TC_WITHOUT_HEAD(beside);
ATF_TC_BODY(beside, tc)
{
	setup(false);
	bind_home(1, 0x10, BIND_ACTIVE);
	EXPECT(asked, "bind ha>10 1;");
	ATF_CHECK_EQ(sent_to(1), 0x10);
	/* A move to what it can't express. */
	bind_home(1, 0x11, BIND_ACTIVE | BIND_NOTIFY);
	EXPECT(asked, "unbind 1;");
	ATF_CHECK(!fake.rows[0].used);
	ATF_CHECK_EQ(sent_to(1), 0x11);
	/* And back, and a move that it refuses. */
	bind_home(1, 0x12, BIND_ACTIVE);
	EXPECT(asked, "bind ha>12 1;");
	fake.error = ENOMEM;
	bind_home(1, 0x13, BIND_ACTIVE);
	EXPECT(asked, "move ha>13 1;unbind 1;");
	ATF_CHECK_EQ(sent_to(1), 0x13);
	ATF_CHECK_EQ(ch.counters.v[NC_NO_MEMORY], 0);
	/* An encapsulation that it does not know. */
	fake.error = 0;
	fake_plane.encaps = 1U << ENCAP_RH2;
	bind_home(1, 0x14, BIND_ACTIVE);
	EXPECT(asked, "unbind 1;");
	ATF_CHECK_EQ(sent_to(1), 0x14);
	/* Both end with the binding. */
	unbind_home(1);
	EXPECT(asked, "unbind 1;");
	ATF_CHECK_EQ(sent_to(1), 0);
}

/* A pair is another binding, which a plane beside the first may not express. */
ATF_TC_WITHOUT_HEAD(pairs);
ATF_TC_BODY(pairs, tc)
{
	struct msg_bind		 b = { .home = HOME, .other = HA, .local = HA,
				    .peer = COA, .flags = BIND_ACTIVE };
	struct msg_unbind	 u = { .home = HOME, .other = HA };
	struct fwd_key		 k = { ROLE_CN, FWD_DESTINATION, FWD_ADDRESS,
				    ENCAP_RH2 };
	struct plane_row	 row;
	int			 i;

	setup(false);
	fake_plane.encaps = 1U << ENCAP_RH2;
	fake_plane.pairs = false;
	for (i = 0; i < 4; i++) {
		/* Nor, perhaps, a pair where it depends on credit. */
		b.flags = BIND_ACTIVE | (i < 2 ? 0 : BIND_UNVERIFIED);
		*(i < 2 ? &fake_plane.pairs : &fake_plane.credits) = i % 2 > 0;
		ATF_CHECK_EQ(0, planes_bind(&net->dp.planes, &k, &b,
		    net->now));
		EXPECT(asked, i % 2 > 0 ? "bind cn>10 0;" : "unbind 0;");
		ATF_CHECK_EQ(i % 2 > 0, fake.rows[0].used);
		ATF_CHECK(planes_find(&net->dp.planes, ROLE_CN, &b.home,
		    &b.other, &row));
		ATF_CHECK(in6_eq(&row.bind.other, &b.other));
		ATF_CHECK(!planes_find(&net->dp.planes, ROLE_CN, &b.home,
		    &in6addr_any, &row));
		ATF_CHECK(planes_unbind(&net->dp.planes, ROLE_CN, &u, 128));
		EXPECT(asked, "unbind 0;");
		ATF_CHECK(!fake.rows[0].used);
	}
}

/* Several paths are the first's alone, until one that is the only one comes. */
ATF_TC_WITHOUT_HEAD(paths);
ATF_TC_BODY(paths, tc)
{
	union msg	 m;

	setup(false);
	bind_home(1, 0x10, BIND_ACTIVE);
	EXPECT(asked, "bind ha>10 1;");
	memset(&m, 0, sizeof(m));
	m.u_BIND.home = HOME;
	m.u_BIND.home.s6_addr[15] = 1;
	m.u_BIND.local = HA;
	m.u_BIND.peer = COA;
	m.u_BIND.flags = BIND_ACTIVE;
	m.u_BIND.bid = 7;
	net_ops.message(&ch, ROLE_HA, MSG_BIND, &m);
	EXPECT(asked, "unbind 1;");
	ATF_CHECK(!fake.rows[0].used);
	ATF_CHECK_EQ(sent_to(1), COA.s6_addr[15]);
	bind_home(1, 0x12, BIND_ACTIVE);
	EXPECT(asked, "bind ha>12 1;");
	ATF_CHECK_EQ(sent_to(1), 0x12);
}

/* What a report says in a column, of its only row. */
static uint64_t
column(struct report *rep, const char *name)
{
	struct report_field	 f;
	struct rbuf		 rb, row;
	char			 table[64];

	rbuf_init(&rb, rep->mem, rep->w.off);
	ATF_REQUIRE(report_next_row(&rb, &row, table, sizeof(table)));
	while (report_next_field(&row, &f))
		if (strcmp(f.name, name) == 0)
			return (f.v.u64);
	atf_tc_fail("no column %s", name);
}

/* What was moved is what all planes have moved; events come as from one. */
ATF_TC_WITHOUT_HEAD(stats);
ATF_TC_BODY(stats, tc)
{
	struct msg_query	 q = { .verb = VERB_SHOW_TUNNELS };
	struct in6_addr		 peer = COA;
	struct report		 rep;
	int			 error = 0;

	setup(false);
	say(MSG_RESYNC);
	bind_home(1, 0x10, BIND_ACTIVE);
	ATF_CHECK_EQ(sent_to(1), 0x10);
	run();
	asked[0] = told[0] = '\0';
	report_init(&rep);
	ATF_CHECK_EQ(net_ops.query(&ch, &q, &rep, &error), 0);
	EXPECT(asked, "stats 1;");
	ATF_CHECK_EQ(column(&rep, "packets_in"), 1000);
	ATF_CHECK_EQ(column(&rep, "bytes_in"), 2000);
	ATF_CHECK_EQ(column(&rep, "packets_out"), 3001);
	ATF_CHECK_EQ(column(&rep, "bytes_out"), 4000 + IP6_HDRLEN + 32);
	/* An event is left beside a verdict. */
	dp_out_init(&net->o);
	net->o.tunnel_to = ROLE_HA;
	net->o.tunnel.home = HOME;
	net->o.tunnel.home.s6_addr[15] = 9;
	net->o.tunnel.event = TUNNEL_SILENT;
	input_finish(net, DP_PASS, NULL, &peer);
	run();
	EXPECT(told, "tunnel 9;");
}

/* Is what comes in a tunnel from this home address taken out of it? */
static bool
taken_from(uint8_t home)
{
	static uint8_t		 buf[PKT_HEADROOM + 256];
	struct in6_addr		 src = HOME, dst = CN, coa = COA, ha = HA;
	struct dp_raw		 r;
	struct pkt		 p;

	src.s6_addr[15] = home;
	coa.s6_addr[15] = 0x10;
	pkt_init(&p, buf, PKT_HEADROOM, IP6_HDRLEN + 32);
	memset(pkt_data(&p), 0, p.len);
	ip6_header(pkt_data(&p), &src, &dst, 17, 32, 64, 0, 0);
	memset(&r, 0, sizeof(r));
	r.src = coa;
	r.dst = ha;
	r.proto = IP6_P_IPV6;
	dp_out_init(&net->o);
	return (dp_tunnel(&net->dp, &r, &p, net->now, &net->o) == DP_INJECT);
}

/*
 * The role goes with a reload: from then on nothing is forwarded for it, though
 * entries are swept later and it may be back before.
 */
ATF_TC_WITHOUT_HEAD(forget);
ATF_TC_BODY(forget, tc)
{
	static struct conf	 none;

	setup(false);
	say(MSG_RESYNC);
	bind_home(1, 0x10, BIND_ACTIVE);
	say(MSG_RESYNC_END);
	ATF_CHECK(taken_from(1));
	ATF_CHECK(!taken_from(2));
	ATF_CHECK_EQ(net->o.why, NC_UNBOUND);
	join(7);
	asked[0] = '\0';
	ch.conf = &none;
	net_ops.configure(&ch, &l.conf);
	ATF_CHECK(strstr(asked, "forget;") != NULL);
	ATF_CHECK_EQ(sent_to(1), 0);
	ATF_CHECK(!taken_from(1));
	ATF_CHECK(groups_to_leave(&net->groups));
	ch.conf = &l.conf;
	net_ops.configure(&ch, &none);
	ATF_CHECK_EQ(sent_to(1), 0);
	ATF_CHECK(!taken_from(1));
	/* The next one has told nothing yet: whose it is nobody knows. */
	ATF_CHECK_EQ(net->o.why, NC_FORGED);
	bind_home(1, 0x10, BIND_ACTIVE);
	ATF_CHECK(taken_from(1));
}

/*
 * Another word in the configuration: a plane that it does not choose ends, and
 * what was bound goes on by the first one.
 */
ATF_TC_WITHOUT_HEAD(not_chosen);
ATF_TC_BODY(not_chosen, tc)
{
	setup(false);
	bind_home(1, 0x10, BIND_ACTIVE);
	asked[0] = '\0';
	l.conf.global.dataplane = DATAPLANE_KERNEL;
	net_ops.configure(&ch, &l.conf);
	ATF_CHECK_EQ(net->dp.planes.n, 2);
	ATF_CHECK(strstr(asked, "close") == NULL);
	asked[0] = '\0';
	l.conf.global.dataplane = DATAPLANE_USER;
	net_ops.configure(&ch, &l.conf);
	ATF_CHECK(strstr(asked, "close;") != NULL);
	ATF_CHECK_EQ(net->dp.planes.n, 1);
	asked[0] = '\0';
	ATF_CHECK_EQ(sent_to(1), 0x10);
	bind_home(1, 0x11, BIND_ACTIVE);
	ATF_CHECK_EQ(sent_to(1), 0x11);
	EXPECT(asked, "");
}

/* Whatever the word, the user plane is there, once. */
ATF_TC_WITHOUT_HEAD(chosen);
ATF_TC_BODY(chosen, tc)
{
	static const enum conf_dataplane words[] = { DATAPLANE_USER,
		DATAPLANE_AUTO, DATAPLANE_KERNEL };
	static const uint64_t		 key[2] = { 1, 2 };
	const struct plane_ops		*p = &user_plane;
	size_t				 i;

	lab_init(&l, ROLE_BIT(ROLE_HA), true);
	for (i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
		ATF_CHECK(planes_choose(&l.dp.planes, &l.dp, key, words[i]));
		ATF_CHECK_EQ(l.dp.planes.n, 1);
		ATF_CHECK_EQ(l.dp.planes.v[0].ops, p);
	}
	/* It can express all. */
	for (i = 0; i < ENCAP_MAX; i++)
		ATF_CHECK((p->encaps & 1U << i) != 0);
	ATF_CHECK(p->prefixes && p->pairs && p->notifies && p->credits);
	lab_free(&l);
	ATF_CHECK_EQ(l.dp.planes.n, 0);
}

/* What a plane can't express it has not got, whatever is told it later. */
ATF_TC_WITHOUT_HEAD(flows);
ATF_TC_BODY(flows, tc)
{
	union msg	 m;

	setup(false);
	bind_home(1, 1, BIND_ACTIVE);
	ATF_CHECK_STREQ("bind ha>1 1;", asked);
	asked[0] = '\0';
	memset(&m, 0, sizeof(m));
	m.u_FLOW.home = HOME;
	m.u_FLOW.home.s6_addr[15] = 1;
	m.u_FLOW.fid = m.u_FLOW.priority = 1;
	m.u_FLOW.action = FLOW_DISCARD;
	net_ops.message(&ch, ROLE_HA, MSG_FLOW, &m);
	ATF_CHECK_STREQ("unbind 1;", asked);
	bind_home(1, 2, BIND_ACTIVE);
	ATF_CHECK_STREQ("unbind 1;unbind 1;", asked);
	/* Without flows it may have it again. */
	net_ops.message(&ch, ROLE_HA, MSG_UNFLOW, &m);
	asked[0] = '\0';
	bind_home(1, 3, BIND_ACTIVE);
	ATF_CHECK_STREQ("bind ha>3 1;", asked);
	/* What the first one refuses changes nothing. */
	asked[0] = '\0';
	m.u_FLOW.fid = 0;
	net_ops.message(&ch, ROLE_HA, MSG_FLOW, &m);
	ATF_CHECK_STREQ("", asked);
	bind_home(2, 1, BIND_ACTIVE | BIND_ALL);
	ATF_CHECK_STREQ("unbind 2;", asked);
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, flows);
	ATF_TP_ADD_TC(tp, binds);
	ATF_TP_ADD_TC(tp, resync);
	ATF_TP_ADD_TC(tp, refuses);
	ATF_TP_ADD_TC(tp, beside);
	ATF_TP_ADD_TC(tp, pairs);
	ATF_TP_ADD_TC(tp, paths);
	ATF_TP_ADD_TC(tp, stats);
	ATF_TP_ADD_TC(tp, forget);
	ATF_TP_ADD_TC(tp, not_chosen);
	ATF_TP_ADD_TC(tp, chosen);
	return (atf_no_error());
}
