/*
 * The correspondent's state machine in memory: Home Test Init, Care-of Test
 * Init and Binding Update of as many mobile nodes as asked for (default
 * 100000), each with a home address and a care-of address in networks of their
 * own: how many such nodes are served in a second of a processor's time, the
 * same for refreshes and deletions, and bytes for each binding.  Messages are
 * made beforehand, so only what the correspondent does is measured; the clock
 * goes on so that no limit is met.  What a signature of RFC 4866 takes, with
 * the token that it earns, is measured alone, as its rate is limited.
 */
#include <sys/resource.h>

#include <err.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cn/cn.h"
#include "conf/conf.h"
#include "core/counter.h"
#include "wire/mh.h"
#include "wire/cgarsa.h"
#include "wire/mhauth.h"

#include "regress/scenario/cga_nodes.inc"

enum { BLOCK = 4096 };

static struct token {
	uint64_t	 token;
	uint16_t	 index;
} got;					/* by the last test */
static uint64_t		 accepted, seed = 1;
static struct mhauth	*auth;
static union msg	 in[BLOCK];
static uint8_t		 buf[BLOCK][64];
static struct token	 tokens[2][BLOCK];

static void
emitted(void *ctx, enum msg_type type, const void *m)
{
	const struct msg_mh_out	*o = m;
	struct mh		 t;

	(void)ctx;
	if (type != MSG_MH_OUT)
		return;
	if (o->mh.p[MH_OFF_TYPE] == MH_BA) {
		accepted += o->mh.p[6] == 0;
		return;
	}
	if (mh_parse(&t, o->mh.p, o->mh.len) != MH_OK)
		errx(1, "malformed");
	got = (struct token){ t.u.test.token, t.u.test.nonce_index };
}

static uint64_t
fake_random(void *ctx)
{
	(void)ctx;
	seed = seed * 6364136223846793005ULL + 1442695040888963407ULL;
	return (seed ^ seed >> 29);
}

/* Of the processor's time, whatever else the machine does. */
static double
seconds(void)
{
	struct rusage	 ru;

	getrusage(RUSAGE_SELF, &ru);
	return ((double)(ru.ru_utime.tv_sec + ru.ru_stime.tv_sec) +
	    (double)(ru.ru_utime.tv_usec + ru.ru_stime.tv_usec) / 1e6);
}

/* Bytes that the process has had at most. */
static size_t
memory(void)
{
	struct rusage	 ru;

	getrusage(RUSAGE_SELF, &ru);
	return ((size_t)ru.ru_maxrss * 1024);
}

/* Of node i, in a /64 of its own: kind 1 home, 2 care-of; 3: our own. */
static struct in6_addr
address(uint8_t kind, uint32_t i)
{
	struct in6_addr	 a = { .s6_addr = { 0x20, 1, 0x0d, 0xb8 } };

	a.s6_addr[4] = kind;
	a.s6_addr[5] = (uint8_t)(i >> 16);
	a.s6_addr[6] = (uint8_t)(i >> 8);
	a.s6_addr[7] = (uint8_t)i;
	a.s6_addr[15] = 1;
	return (a);
}

static void
make_test(uint32_t k, uint8_t type, const struct in6_addr *from)
{
	struct msg_mh_in	*m = &in[k].u_MH_IN;
	struct mh		 t;

	memset(&in[k], 0, sizeof(in[k]));
	mh_init(&t, type);
	t.u.init.cookie = k;
	m->mh.len = mh_build(&t, buf[k], sizeof(buf[k]));
	m->mh.p = buf[k];
	m->src = *from;
	m->dst = address(3, 0);
}

static void
make_update(uint32_t k, uint32_t i, uint16_t seq, uint16_t lifetime)
{
	struct msg_mh_in	*m = &in[k].u_MH_IN;
	struct mh		 t;
	struct mh_opt		*o;
	uint8_t			 kbm[MHAUTH_KBMLEN];

	memset(&in[k], 0, sizeof(in[k]));
	m->src = address(2, i);
	m->home = address(1, i);
	m->dst = address(3, 0);
	m->flags = PKT_HAO;
	mh_init(&t, MH_BU);
	t.u.bu.seq = seq;
	t.u.bu.flags = MH_BU_A;
	t.u.bu.lifetime = lifetime;
	o = mh_add(&t, MHOPT_NONCE);
	o->u.nonce.home = tokens[0][k].index;
	o->u.nonce.careof = tokens[1][k].index;
	mh_add(&t, MHOPT_BAD);
	m->mh.len = mh_build(&t, buf[k], sizeof(buf[k]));
	m->mh.p = buf[k];
	mhauth_kbm(auth, tokens[0][k].token, lifetime == 0 ? NULL :
	    &tokens[1][k].token, kbm);
	mhauth_bad_sign(auth, &t, kbm, sizeof(kbm), lifetime == 0 ? &m->home :
	    &m->src, &m->dst);
}

/* Give the engine n messages; what it says to each goes to to[]. */
static double
give(void *engine, uint32_t n, struct token *to, struct now *now)
{
	double		 t = seconds(), sum = 0;
	uint32_t	 k;

	for (k = 0; k < n; k++) {
		cn_engine.input(engine, ROLE_NET, MSG_MH_IN, &in[k], *now);
		if (to != NULL)
			to[k] = got;
	}
	sum = seconds() - t;
	now->mono.ns += MS(250);
	now->wall += MS(250);
	return (sum);
}

/* Both tests and the update of each node; seconds that it took. */
static double
round_of(void *engine, uint32_t n, uint16_t seq, uint16_t lifetime,
    struct now *now)
{
	struct in6_addr	 a;
	double		 sum = 0;
	uint32_t	 i, k, m;
	int		 which;

	for (i = 0; i < n; i += m) {
		m = n - i < BLOCK ? n - i : BLOCK;
		for (which = 0; which < 2; which++) {
			for (k = 0; k < m; k++) {
				a = address((uint8_t)(1 + which), i + k);
				make_test(k, which == 0 ? MH_HOTI : MH_COTI,
				    &a);
			}
			sum += give(engine, m, tokens[which], now);
		}
		for (k = 0; k < m; k++)
			make_update(k, i + k, seq, lifetime);
		sum += give(engine, m, NULL, now);
	}
	return (sum);
}

static void
measure(uint32_t n)
{
	static const char	 text[] =
	    "correspondent {\n	maximum-bindings 2000000\n}\n";
	struct engine_env	 env = { emitted, fake_random, NULL, NULL, NULL,
				    NULL };
	struct counters		 counters;
	struct now		 now = { { SEC(1) }, SEC(1700000000) };
	struct conf		*c;
	double			 first, again;
	size_t			 created, bound;
	void			*engine;

	c = conf_parse_text(text, sizeof(text) - 1, NULL, NULL);
	if (c == NULL)
		errx(1, "configuration");
	counters_init(&counters, cn_engine.counter_defs);
	env.counters = &counters;
	accepted = 0;
	engine = cn_engine.create(&env, c, now);
	created = memory();
	first = round_of(engine, n, 1, 105, &now);
	bound = memory();
	again = round_of(engine, n, 2, 105, &now);
	printf("%u nodes: HoTI + CoTI + BU of %.0f nodes/s, refreshed %.0f/s\n",
	    n, n / first, n / again);
	printf("%u nodes: %zu bytes a binding with its networks\n", n,
	    (bound - created) / n);
	if (accepted != 2 * (uint64_t)n)
		errx(1, "only %" PRIu64 " accepted", accepted);
	first = round_of(engine, n, 3, 0, &now);
	printf("%u nodes: deletions of %.0f nodes/s\n", n, n / first);
	if (accepted != 3 * (uint64_t)n)
		errx(1, "only %" PRIu64 " accepted", accepted);
	cn_engine.destroy(engine);
	counters_free(&counters);
	conf_free(c);
}

/* Signatures verified and tokens encrypted in a second, by the longest key. */
static void
signatures(uint32_t n)
{
	struct cga	 c;
	struct cga_rsa	 key;
	uint8_t		 data[MHAUTH_DATAMAX] = { 0 }, out[CGARSA_MAX] = { 0 };
	size_t		 len;
	uint32_t	 i;
	double		 t;

	if (cga_parse(&c, params_long, sizeof(params_long)) != CGA_OK ||
	    cga_rsa(&c, &key) != CGA_OK)
		errx(1, "no key");
	t = seconds();
	for (i = 0; i < n; i++) {
		/* What has been encrypted is a number for that key, too. */
		if (cgarsa_verify(auth, &key, data, 700, out, key.nlen) !=
		    CGARSA_E_MISMATCH || cgarsa_encrypt(&key, i, fake_random,
		    NULL, out, &len) != CGARSA_OK)
			errx(1, "RSA fails");
	}
	printf("%u bits: %.0f signatures/s, each with a token\n", key.bits,
	    n / (seconds() - t));
}

int
main(int argc, char **argv)
{
	int	 i;

	auth = mhauth_new();
	signatures(2000);
	if (argc == 1)
		measure(100000);
	for (i = 1; i < argc; i++)
		measure((uint32_t)strtoul(argv[i], NULL, 10));
	mhauth_free(auth);
	return (0);
}
