/*
 * The packet walker, the printer and the capture file reader.  What the walk
 * found lies in the packet and is what it claims to be.
 */
#include <stdlib.h>
#include <string.h>

#include "wire/ip6.h"
#include "wire/pcap.h"
#include "wire/print.h"

int	 LLVMFuzzerTestOneInput(const uint8_t *, size_t);

#define	CHECK(x)	do { if (!(x)) abort(); } while (0)

static void
check_walk(const uint8_t *p, size_t len, int flags)
{
	struct ip6_walk	 w, again;
	struct in6_addr	 a;
	enum ip6_err	 e;

	e = ip6_walk(&w, p, len, flags);
	CHECK(ip6_err_name(e) != NULL && ip6_err_code(e) <= 2);
	CHECK(w.err_off <= len);
	if (e == IP6_E_SHORT || e == IP6_E_VERSION || e == IP6_E_LENGTH)
		return;
	CHECK(w.len <= len && w.upper <= w.len && w.ins <= w.upper +
	    (e == IP6_OK ? 0 : IP6_MAXLEN));
	CHECK(e != IP6_E_RH_SEGMENTS || (w.p[w.err_off] != 2 &&
	    w.p[w.err_off + 1] != 0));
	CHECK(w.p[w.upper_nh] == w.proto && w.upper_nh < w.len);
	if (w.hao != 0) {
		CHECK(w.p[w.hao] == IP6_OPT_HAO && w.p[w.hao + 1] == 16);
		CHECK(w.hao + 18 <= w.len && w.hao_hdr < w.hao);
		CHECK(w.p[w.hao_nh] == IP6_P_DSTOPTS);
		a = ip6_hao_addr(&w);
		CHECK(in6_is_routable(&a) || e == IP6_E_HAO_ADDRESS);
	}
	if (w.rh2 != 0)
		CHECK(w.p[w.rh2_nh] == IP6_P_ROUTING && w.p[w.rh2 + 2] == 2);
	if (e != IP6_OK)
		return;
	CHECK(w.ins >= IP6_HDRLEN && w.ins_nh < w.ins);
	if (w.hao != 0 && w.rh2 != 0)
		CHECK(w.rh2 < w.hao);
	/* octets behind the payload change nothing */
	CHECK(ip6_walk(&again, p, w.len, flags) == IP6_OK);
	CHECK(memcmp(&w, &again, sizeof(w)) == 0);
}

static void
print(const uint8_t *p, size_t len)
{
	char	 buf[4096], tiny[20];
	size_t	 n;

	n = print_packet(buf, sizeof(buf), p, len, PRINT_LINE);
	CHECK(n < sizeof(buf) && strlen(buf) == n);
	CHECK(strchr(buf, '\n') == NULL);
	n = print_packet(buf, sizeof(buf), p, len, PRINT_FIELDS);
	CHECK(n < sizeof(buf) && strlen(buf) == n);
	n = print_packet(tiny, sizeof(tiny), p, len, PRINT_LINE);
	CHECK(n < sizeof(tiny) && strlen(tiny) == n);
}

static void
capture(const uint8_t *p, size_t len)
{
	struct pcap_rec	 r;
	struct pcap	 c;
	enum pcap_err	 e;

	if (pcap_open(&c, p, len) != PCAP_OK)
		return;
	while ((e = pcap_next(&c, &r)) == PCAP_OK)
		if (r.p != NULL)
			check_walk(r.p, r.len, 0);
	CHECK(pcap_err_name(e) != NULL);
}

int
LLVMFuzzerTestOneInput(const uint8_t *p, size_t len)
{
	check_walk(p, len, 0);
	check_walk(p, len, IP6_W_QUOTED);
	print(p, len);
	capture(p, len);
	return (0);
}
