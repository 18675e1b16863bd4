/*
 * ICMPv6 and Neighbor Discovery in wire/icmp6.c and wire/nd.c.  What was
 * parsed is built and parsed again: that is a fixed point.  Everything that
 * parsed is also printed and checked against the packet around it.
 */
#include <stdlib.h>
#include <string.h>

#include "wire/icmp6.h"
#include "wire/ip6.h"
#include "wire/print.h"

int	 LLVMFuzzerTestOneInput(const uint8_t *, size_t);

#define	CHECK(x)	do { if (!(x)) abort(); } while (0)

static const struct in6_addr	 a1 = { { { 0xfe, 0x80, [15] = 1 } } };
static const struct in6_addr	 none;

static bool
same_options(const struct icmp6 *a, const struct icmp6 *b)
{
	const struct nd_opt	*x, *y;
	uint8_t			 i;

	if (a->nopts != b->nopts)
		return (false);
	for (i = 0; i < a->nopts; i++) {
		x = &a->opt[i];
		y = &b->opt[i];
		if (x->type != y->type || x->row != y->row ||
		    x->datalen != y->datalen || (x->datalen != 0 &&
		    memcmp(x->data, y->data, x->datalen) != 0))
			return (false);
	}
	return (true);
}

static void
print(const uint8_t *p, size_t len)
{
	char	 buf[4096];

	print_icmp6(buf, sizeof(buf), p, len, &a1, &none, PRINT_LINE);
	CHECK(strlen(buf) < sizeof(buf) && strchr(buf, '\n') == NULL);
	print_icmp6(buf, sizeof(buf), p, len, NULL, NULL, PRINT_FIELDS);
}

int
LLVMFuzzerTestOneInput(const uint8_t *p, size_t len)
{
	static uint8_t	 one[65536], two[65536];
	struct icmp6	 m, back;
	enum icmp6_err	 e;
	size_t		 n;

	print(p, len);
	e = icmp6_parse(&m, p, len);
	CHECK(m.err_off <= len && icmp6_err_name(e) != NULL);
	if (icmp6_may_answer(p, len, ICMP6_T_PARAM, 0, 40))
		CHECK(icmp6_error(one, sizeof(one), ICMP6_T_PARAM, 0, 1, p,
		    len) <= 1240);
	if (e != ICMP6_OK)
		return (0);
	icmp6_valid(&m, &a1, &in6_allnodes, 255);
	icmp6_valid(&m, &none, &in6_allnodes, 255);
	icmp6_valid(&m, &none, &in6_allnodes, 1);
	if (m.type == ICMP6_T_DHAAD_REP)
		icmp6_dhaad_addr(&m, m.u.mip.naddrs);
	n = icmp6_build(&m, one, sizeof(one));
	CHECK(n != 0 && n <= len);
	CHECK(icmp6_parse(&back, one, n) == ICMP6_OK);
	CHECK(same_options(&m, &back));
	CHECK(icmp6_build(&back, two, sizeof(two)) == n);
	CHECK(memcmp(one, two, n) == 0);
	icmp6_set_checksum(two, n, &a1, &none);
	CHECK(icmp6_checksum_ok(two, n, &a1, &none));
	return (0);
}
