/*
 * What wire/ costs on one core, with everything in memory and in cache:
 * Binding Updates parsed and verified, Binding Acknowledgements built and
 * signed, HAO stripped and addresses swapped.
 *
 *	b_wire [-j] [-s seconds]	-j: a JSON object a line
 *	b_wire -n count name		run one loop, for callgrind
 *
 * Each loop is timed for a while, five times; the best is shown, since other
 * load can only make a run slower.  Messages differ from one to the next in
 * sequence number, key and addresses, as those of many mobile nodes do.
 */
#include <sys/types.h>
#include <sys/socket.h>

#include <arpa/inet.h>

#include <err.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "wire/ip6.h"
#include "wire/mh.h"
#include "wire/mhauth.h"
#include "wire/rewrite.h"

#define	NODES	1024			/* different messages */
#define	RUNS	5

struct node {
	uint8_t		 key[MHAUTH_KBMLEN];
	struct in6_addr	 home;
	struct in6_addr	 careof;
	uint8_t		 msg[256];
	size_t		 len;
};

static struct node	 rr[NODES];	/* Binding Authorization Data */
static struct node	 mnha[NODES];	/* RFC 4285 */
static struct in6_addr	 agent;
static struct mhauth	*auth;
static uint8_t		 pkt[PKT_HEADROOM + 2048];
static size_t		 pktlen;

static void
make_node(struct node *n, unsigned int i, bool bad)
{
	struct mh_opt	*o;
	struct mh	 m;

	memset(n->key, (int)(i * 7), sizeof(n->key));
	n->key[0] = (uint8_t)i;
	inet_pton(AF_INET6, "2001:db8:1::", &n->home);
	inet_pton(AF_INET6, "2001:db8:2::", &n->careof);
	n->home.s6_addr[14] = n->careof.s6_addr[14] = (uint8_t)(i >> 8);
	n->home.s6_addr[15] = n->careof.s6_addr[15] = (uint8_t)i;
	mh_init(&m, MH_BU);
	m.u.bu.seq = (uint16_t)i;
	m.u.bu.flags = bad ? MH_BU_A : MH_BU_A | MH_BU_H;
	m.u.bu.lifetime = 105;
	if (bad) {
		o = mh_add(&m, MHOPT_NONCE);
		o->u.nonce.home = 1;
		o->u.nonce.careof = 2;
		mh_add(&m, MHOPT_BAD);
	} else {
		mh_add(&m, MHOPT_ALTCOA)->u.altcoa = n->careof;
		o = mh_add(&m, MHOPT_MNID);
		o->u.mnid.subtype = MHOPT_MNID_NAI;
		o->var = (const uint8_t *)"node1@example.org";
		o->varlen = 17;
		mh_add(&m, MHOPT_MESGID)->u.timestamp = i;
		o = mh_add(&m, MHOPT_AUTH);
		o->u.auth.subtype = MHOPT_AUTH_MNHA;
		o->u.auth.spi = 256 + i;
	}
	n->len = mh_build(&m, n->msg, sizeof(n->msg));
	if (bad)
		mhauth_bad_sign(auth, &m, n->key, MHAUTH_KBMLEN, &n->careof,
		    &agent);
	else
		mhauth_auth_sign(auth, &m, MHOPT_AUTH_MNHA, n->key,
		    MHAUTH_KEYLEN, &n->careof, &n->home);
	mh_set_checksum(&m, &n->home, &agent);
}

/* Checksum and parse: what every message costs. */
static bool
run_parse(unsigned int i)
{
	struct node	*n = &mnha[i % NODES];
	struct mh	 m;

	return (mh_checksum_ok(n->msg, n->len, &n->home, &agent) &&
	    mh_parse(&m, n->msg, n->len) == MH_OK);
}

static bool
run_bu_bad(unsigned int i)
{
	struct node	*n = &rr[i % NODES];
	struct mh	 m;

	return (mh_checksum_ok(n->msg, n->len, &n->home, &agent) &&
	    mh_parse(&m, n->msg, n->len) == MH_OK &&
	    mhauth_bad_verify(auth, &m, n->key, MHAUTH_KBMLEN, &n->careof,
	    &agent) == MHAUTH_OK);
}

static bool
run_bu_mnha(unsigned int i)
{
	struct node	*n = &mnha[i % NODES];
	struct mh	 m;

	return (mh_checksum_ok(n->msg, n->len, &n->home, &agent) &&
	    mh_parse(&m, n->msg, n->len) == MH_OK &&
	    mhauth_auth_verify(auth, &m, MHOPT_AUTH_MNHA, n->key,
	    MHAUTH_KEYLEN, &n->careof, &n->home) == MHAUTH_OK);
}

static bool
build_ba(struct mh *m, unsigned int i, uint8_t *out, size_t cap)
{
	mh_init(m, MH_BA);
	m->u.ba.seq = (uint16_t)i;
	m->u.ba.lifetime = 105;
	mh_add(m, MHOPT_REFRESH)->u.refresh = 80;
	return (mh_build(m, out, cap) != 0);
}

static bool
run_ba(unsigned int i)
{
	struct node	*n = &mnha[i % NODES];
	struct mh	 m;
	uint8_t		 out[256];

	if (!build_ba(&m, i, out, sizeof(out)))
		return (false);
	mh_set_checksum(&m, &agent, &n->home);
	return (true);
}

static bool
run_ba_mnha(unsigned int i)
{
	struct node	*n = &mnha[i % NODES];
	struct mh_opt	*o;
	struct mh	 m;
	uint8_t		 out[256];

	mh_init(&m, MH_BA);
	m.u.ba.seq = (uint16_t)i;
	m.u.ba.lifetime = 105;
	mh_add(&m, MHOPT_MESGID)->u.timestamp = i;
	o = mh_add(&m, MHOPT_AUTH);
	o->u.auth.subtype = MHOPT_AUTH_MNHA;
	o->u.auth.spi = 256;
	if (mh_build(&m, out, sizeof(out)) == 0 ||
	    mhauth_auth_sign(auth, &m, MHOPT_AUTH_MNHA, n->key,
	    MHAUTH_KEYLEN, &n->careof, &n->home) != MHAUTH_OK)
		return (false);
	mh_set_checksum(&m, &agent, &n->home);
	return (true);
}

/* Walk, strip and swap; the packet is put back by the 64 octets moved. */
static bool
run_strip(unsigned int i)
{
	static uint8_t	 front[64];
	struct ip6_walk	 w;
	struct pkt	 k;

	if (i == 0)
		memcpy(front, pkt + PKT_HEADROOM, sizeof(front));
	pkt_init(&k, pkt, PKT_HEADROOM, pktlen);
	if (ip6_walk(&w, pkt_data(&k), k.len, 0) != IP6_OK ||
	    rw_hao_strip(&k, &w) != RW_OK)
		return (false);
	memcpy(pkt + PKT_HEADROOM, front, sizeof(front));
	return (true);
}

static bool
run_insert(unsigned int i)
{
	static uint8_t	 front[64];
	struct ip6_walk	 w;
	struct pkt	 k;

	if (i == 0)
		memcpy(front, pkt + PKT_HEADROOM + 24, sizeof(front));
	pkt_init(&k, pkt, PKT_HEADROOM + 24, pktlen - 24);
	if (ip6_walk(&w, pkt_data(&k), k.len, 0) != IP6_OK ||
	    rw_hao_insert(&k, &w, &rr[i % NODES].careof) != RW_OK)
		return (false);
	memcpy(pkt + PKT_HEADROOM + 24, front, sizeof(front));
	return (true);
}

/* A UDP packet of len octets, with an HAO or where one is to be put in. */
static void
make_packet(size_t len, bool hao)
{
	struct ip6_walk	 w;
	struct pkt	 k;
	size_t		 plain = hao ? len - 24 : len;

	memset(pkt, 0x55, sizeof(pkt));
	ip6_header(pkt + PKT_HEADROOM + 24, &rr[1].home, &agent, IP6_P_UDP,
	    (uint16_t)(plain - 40), 64, 0, 0);
	pktlen = plain + 24;
	if (!hao)
		return;
	pkt_init(&k, pkt, PKT_HEADROOM + 24, plain);
	if (ip6_walk(&w, pkt_data(&k), k.len, 0) != IP6_OK ||
	    rw_hao_insert(&k, &w, &rr[1].careof) != RW_OK)
		errx(1, "HAO");
}

static const struct loop {
	const char	*name;
	const char	*title;
	bool		(*run)(unsigned int);
	size_t		 packet;	/* length, 0: none */
	bool		 hao;
} loops[] = {
	{ "bu-parse", "BU: checksum, parse", run_parse, 0, false },
	{ "bu-bad", "BU: the same, RFC 6275 authenticator", run_bu_bad, 0,
	    false },
	{ "bu-mnha", "BU: the same, RFC 4285 authenticator", run_bu_mnha, 0,
	    false },
	{ "ba", "BA: build, checksum", run_ba, 0, false },
	{ "ba-mnha", "BA: the same, RFC 4285 authenticator", run_ba_mnha, 0,
	    false },
	{ "strip-64", "walk, strip HAO, swap: 64 octets", run_strip, 64,
	    true },
	{ "strip-576", "walk, strip HAO, swap: 576 octets", run_strip, 576,
	    true },
	{ "strip-1500", "walk, strip HAO, swap: 1500 octets", run_strip, 1500,
	    true },
	{ "insert-64", "walk, insert HAO, swap: 64 octets", run_insert, 64,
	    false },
	{ "insert-576", "walk, insert HAO, swap: 576 octets", run_insert, 576,
	    false },
	{ "insert-1476", "walk, insert HAO, swap: 1476 octets", run_insert,
	    1476, false },
};
#define	NLOOPS	(sizeof(loops) / sizeof(loops[0]))

static double
now(void)
{
	struct timespec	 ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ((double)ts.tv_sec + (double)ts.tv_nsec / 1e9);
}

static void
repeat(const struct loop *l, unsigned int n)
{
	unsigned int	 i;

	if (l->packet != 0)
		make_packet(l->packet, l->hao);
	for (i = 0; i < n; i++)
		if (!l->run(i))
			errx(1, "%s: failed", l->name);
}

/* Nanoseconds an iteration, the best of RUNS. */
static double
measure(const struct loop *l, double seconds)
{
	double		 t, best = 0;
	unsigned int	 n = 1000, i;

	do {
		n *= 2;
		t = now();
		repeat(l, n);
		t = now() - t;
	} while (t < seconds / RUNS / 2);
	for (i = 0; i < RUNS; i++) {
		t = now();
		repeat(l, n);
		t = (now() - t) / n * 1e9;
		if (best == 0 || t < best)
			best = t;
	}
	return (best);
}

static void
show(const struct loop *l, double ns, bool json)
{
	if (json)
		printf("{\"bench\":\"wire\",\"name\":\"%s\",\"ns\":%.1f,"
		    "\"per_second\":%.0f}\n", l->name, ns, 1e9 / ns);
	else
		printf("%-44s %10.1f %14.0f\n", l->title, ns, 1e9 / ns);
}

int
main(int argc, char **argv)
{
	double		 seconds = 1;
	unsigned int	 count = 0;
	size_t		 i;
	bool		 json = false;
	int		 ch;

	while ((ch = getopt(argc, argv, "jn:s:")) != -1)
		switch (ch) {
		case 'j':
			json = true;
			break;
		case 'n':
			count = (unsigned int)strtoul(optarg, NULL, 10);
			break;
		case 's':
			seconds = strtod(optarg, NULL);
			break;
		default:
			errx(1, "usage: b_wire [-j] [-n count] [-s seconds] "
			    "[name ...]");
		}
	auth = mhauth_new();
	inet_pton(AF_INET6, "2001:db8:1::ffff", &agent);
	for (i = 0; i < NODES; i++) {
		make_node(&rr[i], (unsigned int)i, true);
		make_node(&mnha[i], (unsigned int)i, false);
	}
	if (!json && count == 0) {
		printf("wire: one core, messages in memory, best of %d runs "
		    "of %.1f s\n", RUNS, seconds / RUNS);
		printf("%-44s %10s %14s\n", "", "ns", "a second");
	}
	for (i = 0; i < NLOOPS; i++) {
		if (optind < argc && strcmp(argv[optind], loops[i].name) != 0)
			continue;
		if (count != 0)
			repeat(&loops[i], count);
		else
			show(&loops[i], measure(&loops[i], seconds), json);
	}
	mhauth_free(auth);
	return (0);
}
