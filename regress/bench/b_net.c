/*
 * The tunnel path: nanoseconds for a packet from the tun to be looked up and
 * encapsulated, and for one from the tunnel to be checked and decapsulated.
 * With 1,000 and with a million bindings, and the memory of each binding; or
 * with so many bindings and packets: b_net BINDINGS PACKETS, and the same of a
 * correspondent's packets without a tunnel: b_net BINDINGS PACKETS pairs.
 */
#include <sys/resource.h>

#include <stdio.h>
#include <time.h>

#include "../unit/net_pairs.h"

#define LINK	2	/* of the bench's host */

static struct lab	 l;
static uint64_t		 seed = 88172645463325252ULL;

static uint32_t
rnd(uint32_t n)
{
	seed ^= seed << 13;
	seed ^= seed >> 7;
	seed ^= seed << 17;
	return ((uint32_t)(seed % n));
}

static double
now(void)
{
	struct timespec	 ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ((double)ts.tv_sec * 1e9 + (double)ts.tv_nsec);
}

static long
memory(void)
{
	struct rusage	 ru;

	getrusage(RUSAGE_SELF, &ru);
	return (ru.ru_maxrss);
}

static struct in6_addr
nth(struct in6_addr a, uint32_t i)
{
	memcpy(&a.s6_addr[12], &i, sizeof(i));
	return (a);
}

static void
run(uint32_t n, uint32_t rounds)
{
	uint8_t		 p[1400] = { 0x60 };
	struct in6_addr	 home = HOME, coa = COA, ha = HA, cn = CN, a;
	struct msg_bind	 b = { .local = ha, .ifindex = LINK,
			    .flags = BIND_ACTIVE };
	double		 t;
	uint32_t	 i, k;
	long		 before;

	lab_init(&l, ROLE_BIT(ROLE_HA), false);
	lab_limit(&l, 4);
	before = memory();
	t = now();
	for (i = 0; i < n; i++) {
		b.home = nth(home, i);
		b.peer = nth(coa, i);
		if (!dp_bind(&l.dp, ROLE_HA, &b, l.now, &l.o))
			abort();
	}
	printf("net: %u bindings: bind %.0f ns, %ld octets each\n", n,
	    (now() - t) / n, (memory() - before) * 1024 / (long)n);
	p[IP6_OFF_PLEN] = (sizeof(p) - 40) >> 8;
	p[IP6_OFF_PLEN + 1] = (sizeof(p) - 40) & 0xff;
	p[IP6_OFF_NEXT] = 17;
	memcpy(l.buf + PKT_HEADROOM, p, sizeof(p));
	t = now();
	for (i = 0; i < rounds; i++) {
		a = nth(home, rnd(n));
		ip6_header(l.buf + PKT_HEADROOM, &cn, &a, 17, sizeof(p) - 40,
		    64, 0, 0);
		pkt_init(&l.p, l.buf, PKT_HEADROOM, sizeof(p));
		dp_out_init(&l.o);
		if (dp_tun(&l.dp, &l.p, NULL, l.now, &l.o) != DP_SEND)
			abort();
	}
	printf("net: %u bindings: encapsulate %.0f ns\n", n,
	    (now() - t) / rounds);
	t = now();
	for (i = 0; i < rounds; i++) {
		struct dp_raw	 r;

		memset(&r, 0, sizeof(r));
		k = rnd(n);
		a = nth(home, k);
		r.src = nth(coa, k);
		r.dst = ha;
		r.ifindex = LINK;
		r.proto = IP6_P_IPV6;
		ip6_header(l.buf + PKT_HEADROOM, &a, &cn, 17, sizeof(p) - 40,
		    64, 0, 0);
		pkt_init(&l.p, l.buf, PKT_HEADROOM, sizeof(p));
		dp_out_init(&l.o);
		if (dp_tunnel(&l.dp, &r, &l.p, l.now, &l.o) !=
		    DP_INJECT)
			abort();
	}
	printf("net: %u bindings: decapsulate %.0f ns\n", n,
	    (now() - t) / rounds);
	lab_free(&l);
}

/* What a correspondent sends to n mobile nodes, and gets from them. */
static void
run_pairs(uint32_t n, uint32_t rounds)
{
	uint8_t		*p = l.buf + PKT_HEADROOM;
	struct in6_addr	 home = HOME, coa = COA, own = HA, a;
	struct ip6_walk	 w;
	double		 t;
	uint32_t	 i, k;

	lab_init(&l, ROLE_BIT(ROLE_CN), false);
	for (i = 0; i < n; i++)
		if (!lab_pair(&l, ROLE_CN, nth(home, i), own, nth(coa, i),
		    BIND_ACTIVE))
			abort();
	t = now();
	for (i = 0; i < rounds; i++) {
		a = nth(home, rnd(n));
		ip6_header(p, &own, &a, 17, 1360, 64, 0, 0);
		pkt_init(&l.p, l.buf, PKT_HEADROOM, IP6_HDRLEN + 1360);
		dp_out_init(&l.o);
		if (dp_tun(&l.dp, &l.p, NULL, l.now, &l.o) != DP_SEND)
			abort();
	}
	printf("net: %u pairs: routing header %.0f ns\n", n,
	    (now() - t) / rounds);
	t = now();
	for (i = 0; i < rounds; i++) {
		k = rnd(n);
		a = nth(home, k);
		ip6_header(p, &a, &own, 17, 1360, 64, 0, 0);
		pkt_init(&l.p, l.buf, PKT_HEADROOM, IP6_HDRLEN + 1360);
		a = nth(coa, k);
		if (ip6_walk(&w, p, l.p.len, 0) != IP6_OK ||
		    rw_hao_insert(&l.p, &w, &a) != RW_OK)
			abort();
		dp_out_init(&l.o);
		if (dp_capture(&l.dp, &l.p, NULL, LINK, l.now, &l.o) !=
		    DP_INJECT)
			abort();
	}
	printf("net: %u pairs: Home Address option %.0f ns\n", n,
	    (now() - t) / rounds);
	lab_free(&l);
}

int
main(int argc, char **argv)
{
	if (argc == 4) {
		run_pairs((uint32_t)strtoul(argv[1], NULL, 10),
		    (uint32_t)strtoul(argv[2], NULL, 10));
		return (0);
	}
	if (argc == 3) {
		run((uint32_t)strtoul(argv[1], NULL, 10),
		    (uint32_t)strtoul(argv[2], NULL, 10));
		return (0);
	}
	run(1000, 2000000);
	run(1000000, 2000000);
	run_pairs(1000, 2000000);
	return (0);
}
