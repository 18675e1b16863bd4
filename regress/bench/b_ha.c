/*
 * The home agent's state machine in memory: Binding Updates with RFC 4285
 * authentication from as many mobile nodes as asked for (default 100000 and
 * 1000000), each with its own identifier and key: registrations and refreshes
 * a second, and bytes for each binding with all that belongs to it.  Then
 * 10000 registrations at once on a physical home link: what their Duplicate
 * Address Detection adds to the second that it takes.  With -r ROUNDS NODES
 * it does that many rounds of Binding Updates and measures nothing.
 */
#include <sys/resource.h>
#include <sys/wait.h>

#include <err.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "conf/conf.h"
#include "core/counter.h"
#include "ha/ha.h"
#include "wire/mh.h"
#include "wire/mhauth.h"

static uint64_t		 acks, accepted;
static uint64_t		 seed = 1;
static uint32_t		*routes;	/* asked for, to be answered */
static size_t		 nroutes;
static struct mhauth	*auth;

static void
emitted(void *ctx, enum msg_type type, const void *m)
{
	const struct msg_mh_out	*o = m;

	(void)ctx;
	if (type == MSG_HOME_ROUTE && routes != NULL)
		routes[nroutes++] = ((const struct msg_home_route *)m)->id;
	if (type != MSG_MH_OUT)
		return;
	acks++;
	accepted += o->mh.p[6] == 0;
}

static uint64_t
fake_random(void *ctx)
{
	(void)ctx;
	seed = seed * 6364136223846793005ULL + 1442695040888963407ULL;
	return (seed ^ seed >> 29);
}

static double
seconds(void)
{
	struct timespec	 ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ((double)ts.tv_sec + (double)ts.tv_nsec / 1e9);
}

/* Bytes that the process has had at most. */
static size_t
memory(void)
{
	struct rusage	 ru;

	getrusage(RUSAGE_SELF, &ru);
	return ((size_t)ru.ru_maxrss * 1024);
}

static struct in6_addr
home_of(uint32_t i)
{
	struct in6_addr	 a = { .s6_addr = { 0x20, 1, 0x0d, 0xb8, 0, 1 } };

	a.s6_addr[11] = 1;
	a.s6_addr[12] = (uint8_t)(i >> 24);
	a.s6_addr[13] = (uint8_t)(i >> 16);
	a.s6_addr[14] = (uint8_t)(i >> 8);
	a.s6_addr[15] = (uint8_t)i;
	return (a);
}

static void
key_of(uint32_t i, uint8_t key[16])
{
	memcpy(key, "0123456789abcdef", 16);
	memcpy(key, &i, sizeof(i));
}

static struct conf *
configuration(uint32_t n)
{
	static const char	 text[] =
	    "home-agent {\n"
	    "	home-link virtual {\n"
	    "		address 2001:db8:1::1\n"
	    "		prefix 2001:db8:1::/64\n"
	    "	}\n"
	    "	maximum-bindings 2000000\n"
	    "}\n";
	struct conf		*c;
	struct conf_node	*node;
	uint32_t		 i;

	c = conf_parse_text(text, sizeof(text) - 1, NULL, NULL);
	if (c == NULL)
		errx(1, "configuration");
	c->ha->nodes = calloc(n, sizeof(*node));
	c->ha->nnodes = n;
	for (i = 0; i < n; i++) {
		node = &c->ha->nodes[i];
		snprintf(node->identifier, sizeof(node->identifier),
		    "node%u@example.org", i);
		node->homes = malloc(sizeof(*node->homes));
		node->homes[0] = home_of(i);
		node->nhomes = 1;
		node->auth.type = AUTH_MN_HA;
		node->auth.spi = 256;
		node->auth.keylen = 16;
		node->auth.tolerance = 7000;
		key_of(i, node->auth.key);
	}
	return (c);
}

/* A Binding Update of node i, signed; returns its length. */
static size_t
make(uint32_t i, uint16_t seq, int64_t wall, struct msg_mh_in *in,
    uint8_t *buf)
{
	static struct mh	 m;
	char			 id[64];
	uint8_t			 key[16];
	struct mh_opt		*o;

	in->home = home_of(i);
	in->src = home_of(i + seq);
	in->src.s6_addr[5] = 2;
	in->dst = home_of(1);
	memset(&in->dst.s6_addr[8], 0, 7);
	in->dst.s6_addr[15] = 1;
	in->flags = PKT_HAO;
	mh_init(&m, MH_BU);
	m.u.bu.seq = seq;
	m.u.bu.flags = MH_BU_A | MH_BU_H;
	m.u.bu.lifetime = 900;
	o = mh_add(&m, MHOPT_MNID);
	o->u.mnid.subtype = MHOPT_MNID_NAI;
	o->varlen = (uint8_t)snprintf(id, sizeof(id), "node%u@example.org", i);
	o->var = (const uint8_t *)id;
	mh_add(&m, MHOPT_MESGID)->u.timestamp = mhauth_ntp_ns(wall);
	o = mh_add(&m, MHOPT_AUTH);
	o->u.auth.subtype = MHOPT_AUTH_MNHA;
	o->u.auth.spi = 256;
	mh_build(&m, buf, 512);
	key_of(i, key);
	mhauth_auth_sign(auth, &m, MHOPT_AUTH_MNHA, key, 16, &in->src,
	    &in->home);
	in->mh.p = buf;
	in->mh.len = m.len;
	return (m.len);
}

/*
 * One Binding Update of each node.  They are made in blocks beforehand, so
 * that only what the home agent does is measured; returns the slowest one's
 * time in microseconds.
 */
static double
round_of(void *engine, uint32_t n, uint16_t seq, struct now *now, double *sum)
{
	enum { BLOCK = 4096 };
	static union msg	 in[BLOCK];
	static uint8_t		 buf[BLOCK][512];
	double			 t, d, worst = 0;
	uint32_t		 i, k;

	*sum = 0;
	for (i = 0; i < n; i += BLOCK) {
		for (k = 0; k < BLOCK && i + k < n; k++)
			make(i + k, seq, now->wall, &in[k].u_MH_IN, buf[k]);
		for (k = 0; k < BLOCK && i + k < n; k++) {
			t = seconds();
			ha_engine.input(engine, ROLE_NET, MSG_MH_IN, &in[k],
			    *now);
			d = seconds() - t;
			*sum += d;
			if (d > worst)
				worst = d;
		}
	}
	now->mono.ns += SEC(1);
	now->wall += SEC(1);
	return (worst * 1e6);
}

static void
measure(uint32_t n)
{
	struct engine_env	 env = { emitted, fake_random, NULL, NULL, NULL,
				    NULL };
	struct counters		 counters;
	struct now		 now = { { SEC(1) }, SEC(1700000000) };
	struct conf		*c = configuration(n);
	double			 sum, worst;
	size_t			 before, created, registered;
	void			*engine;

	counters_init(&counters, ha_engine.counter_defs);
	env.counters = &counters;
	acks = accepted = 0;
	before = memory();
	engine = ha_engine.create(&env, c, now);
	created = memory();
	worst = round_of(engine, n, 1, &now, &sum);
	registered = memory();
	printf("%u nodes: registrations %.0f/s (slowest %.0f us)\n", n,
	    n / sum, worst);
	worst = round_of(engine, n, 1, &now, &sum);
	worst = round_of(engine, n, 2, &now, &sum);
	printf("%u nodes: moves %.0f/s (slowest %.0f us)\n", n, n / sum,
	    worst);
	printf("%u nodes: %zu bytes a binding, %zu with node and key\n", n,
	    (registered - created) / n, (registered - before) / n);
	if (accepted != 2 * (uint64_t)n || acks != 3 * (uint64_t)n)
		errx(1, "only %ju accepted of %ju", (uintmax_t)accepted,
		    (uintmax_t)acks);
	ha_engine.destroy(engine);
	counters_free(&counters);
	conf_free(c);
}

static void *
physical_link(const struct engine_env *env, struct now now, struct conf **c)
{
	static const char	 text[] =
	    "home-agent {\n"
	    "	home-link em0 {\n"
	    "		address 2001:db8:1::1\n"
	    "		prefix 2001:db8:1::/64\n"
	    "	}\n"
	    "	authentication none insecure\n"
	    "}\n";
	union msg		 m;
	void			*engine;

	*c = conf_parse_text(text, sizeof(text) - 1, NULL, NULL);
	if (*c == NULL)
		errx(1, "configuration");
	engine = ha_engine.create(env, *c, now);
	memset(&m, 0, sizeof(m));
	m.u_LINK.ifindex = 3;
	strcpy(m.u_LINK.name, "em0");
	m.u_LINK.flags = LINK_UP | LINK_RUNNING;
	m.u_LINK.lladdrlen = 6;
	ha_engine.input(engine, ROLE_PARENT, MSG_LINK, &m, now);
	return (engine);
}

/* n nodes register within one moment; all tests end a second later. */
static void
measure_dad(uint32_t n)
{
	struct engine_env	 env = { emitted, fake_random, NULL, NULL, NULL,
				    NULL };
	struct now		 now = { { SEC(1) }, SEC(1700000000) };
	struct counters		 counters;
	struct conf		*c;
	union msg		 m;
	uint8_t			 buf[512];
	double			 t, sum = 0;
	void			*engine;
	uint32_t		 i;

	counters_init(&counters, ha_engine.counter_defs);
	env.counters = &counters;
	acks = accepted = 0;
	routes = calloc(n, sizeof(*routes));
	engine = physical_link(&env, now, &c);
	for (i = 0; i < n; i++) {
		memset(&m, 0, sizeof(m));
		make(i, 1, now.wall, &m.u_MH_IN, buf);
		t = seconds();
		ha_engine.input(engine, ROLE_NET, MSG_MH_IN, &m, now);
		sum += seconds() - t;
	}
	now.mono.ns += SEC(1) + MS(2);
	t = seconds();
	ha_engine.expire(engine, now);
	for (i = 0; i < nroutes; i++) {
		memset(&m, 0, sizeof(m));
		m.u_RESULT.id = routes[i];
		ha_engine.input(engine, ROLE_PARENT, MSG_RESULT, &m, now);
	}
	sum += seconds() - t;
	if (accepted != n)
		errx(1, "only %ju accepted", (uintmax_t)accepted);
	printf("%u address tests at once: %.3f s of work\n", n, sum);
	ha_engine.destroy(engine);
	counters_free(&counters);
	conf_free(c);
	free(routes);
}

/*
 * So many rounds and no more, in this process, for callgrind: registrations,
 * the same once more, which is refused, then a move.
 */
static void
play(uint32_t n, int rounds)
{
	static const uint16_t	 seq[] = { 1, 1, 2 };
	struct engine_env	 env = { emitted, fake_random, NULL, NULL, NULL,
				    NULL };
	struct counters		 counters;
	struct now		 now = { { SEC(1) }, SEC(1700000000) };
	struct conf		*c = configuration(n);
	double			 sum;
	void			*engine;
	int			 i;

	counters_init(&counters, ha_engine.counter_defs);
	env.counters = &counters;
	engine = ha_engine.create(&env, c, now);
	for (i = 0; i < rounds && i < 3; i++)
		round_of(engine, n, seq[i], &now, &sum);
	ha_engine.destroy(engine);
	counters_free(&counters);
	conf_free(c);
}

/* Each in a process of its own, so that its memory is its own. */
static void
apart(void (*f)(uint32_t), uint32_t n)
{
	int	 status;

	fflush(stdout);
	switch (fork()) {
	case -1:
		err(1, "fork");
	case 0:
		auth = mhauth_new();
		f(n);
		mhauth_free(auth);
		exit(0);
	}
	if (wait(&status) == -1 || status != 0)
		errx(1, "a measurement has failed");
}

int
main(int argc, char **argv)
{
	int	 i;

	if (argc == 4 && strcmp(argv[1], "-r") == 0) {
		auth = mhauth_new();
		play((uint32_t)strtoul(argv[3], NULL, 10), atoi(argv[2]));
		mhauth_free(auth);
		return (0);
	}
	if (argc == 1) {
		apart(measure, 100000);
		apart(measure, 1000000);
		apart(measure_dad, 10000);
	}
	for (i = 1; i < argc; i++)
		apart(measure, (uint32_t)strtoul(argv[i], NULL, 10));
	return (0);
}
