/*
 * wire/ip6: every chain of up to four extension headers in front of every kind
 * of payload, against what RFC 8200 4, RFC 6275 6.3, 6.4, 9.3.1 and 11.3.3 and
 * RFC 6946 say becomes of it.  The model knows headers and their lengths, not
 * octets: it reads a chain from left to right, as RFC 8200 4 wants.
 */
#include "wire_util.h"

#include "wire/ip6.h"
#include "wire/rewrite.h"

#define CHAIN	4

#define SRC	"20010db8000200000000000000000b01"
#define DST	"20010db8000100000000000000000001"
#define HOA	"20010db800010000000000000000000a"

static const struct header {
	char		 name;
	uint8_t		 proto;
	uint8_t		 len;
	const char	*rest;		/* behind Next Header */
} headers[] = {
	{ 'H', 0, 8, "00 0502 0000 0100" },		/* hop-by-hop */
	{ 'D', 60, 8, "00 0104 00000000" },		/* no HAO */
	{ 'A', 60, 24, "02 01020000 c910" HOA },	/* HAO */
	{ '0', 43, 24, "02 0000 00000000" HOA },	/* type 0, none left */
	{ 'O', 43, 24, "02 0001 00000000" HOA },	/* ... one left */
	{ 'r', 43, 8, "00 fd00 00000000" },		/* type 253 */
	{ 'R', 43, 8, "00 fdff 00000000" },
	{ '2', 43, 24, "02 0201 00000000" HOA },	/* type 2 */
	{ 'z', 43, 24, "02 0200 00000000" HOA },	/* ... none left */
	{ 'F', 44, 8, "00 0001 00000001" },		/* first fragment */
	{ 'L', 44, 8, "00 0009 00000001" },		/* later one */
	{ 'T', 44, 8, "00 0000 00000001" },		/* atomic */
	{ 'X', 51, 24, "04 0000 00001000 00000001 000000000000000000000000" },
};
#define N_HEADERS	(sizeof(headers) / sizeof(headers[0]))

static uint8_t	 octets[N_HEADERS][32];	/* of rest */

/* What the chain ends in. */
static const struct header ends[] = {
	{ 'E', 50, 8, "0000100000000001" },
	{ 'M', 135, 8, "3b00000000000000" },
	{ 'U', 17, 8, "0001000200080000" },
	{ 'N', 59, 0, "" },
};
#define N_ENDS	(sizeof(ends) / sizeof(ends[0]))

enum fate { DELIVERED, PIECE, PROBLEM, SILENT };

/* What becomes of a packet. */
struct outcome {
	enum fate	 fate;
	unsigned int	 code, pointer;	/* of the Parameter Problem */
	unsigned int	 at, proto;	/* what is delivered */
	unsigned int	 hao, rh2;	/* options and headers that hold */
};

/* The chain h, of which h[n] is its end. */
static struct outcome
model(const struct header *const *h, size_t n)
{
	struct outcome	 o = { .fate = DELIVERED };
	unsigned int	 off = 40, named_at = 6;
	bool		 inner = false;	/* behind a fragment header or AH */
	size_t		 i;

#define SAY(c, p) do {							\
	o.fate = PROBLEM; o.code = (c); o.pointer = (p); return (o);	\
} while (0)
	for (i = 0; i < n; i++) {
		switch (h[i]->name) {
		case 'H':	/* 8200 4: zero in any other header */
			if (named_at != 6)
				SAY(1, named_at);
			break;
		case 'A':	/* 6275 6.3: once, before fragment and AH */
			if (o.hao != 0 || inner)
				SAY(0, off + 6);
			o.hao = off + 6;
			break;
		case 'O':	/* 8200 4.4, 5095 3: not for us to follow */
		case 'R':
		case '0':	/* 8200 4.4: ignored */
		case 'r':
		case '2':
		case 'z':	/* 6275 6.3: the HAO is behind them */
			if (o.hao != 0)
				SAY(0, o.hao);
			if (h[i]->name == 'O' || h[i]->name == 'R')
				SAY(0, off + 2);
			if (h[i]->name != '2' && h[i]->name != 'z')
				break;
			/*
			 * 6275 6.4.1, 11.3.3: one, of one segment, per packet
			 */
			if (h[i]->name == 'z' || o.rh2 != 0 || inner) {
				o.fate = SILENT;
				return (o);
			}
			o.rh2 = off;
			break;
		case 'L':	/* 8200 4.5: behind it is a piece of payload */
			o.fate = PIECE;
			o.at = off + h[i]->len;
			o.proto = h[i + 1]->proto;
			return (o);
		case 'F':
		case 'T':	/* 6946 4: the whole packet, walked through */
		case 'X':
			inner = true;
			break;
		default:
			break;
		}
		named_at = off;
		off += h[i]->len;
	}
	o.at = off;
	o.proto = h[n]->proto;
	return (o);
#undef SAY
}

/* A template once: reading hex takes long. */
static const uint8_t *
front(void)
{
	static uint8_t	 p[IP6_HDRLEN];

	if (p[0] == 0)
		unhex("60000000 0000 3b 40" SRC DST, p, sizeof(p));
	return (p);
}

/* The packet of a chain, without the headers of these names. */
static size_t
build(const struct header *const *h, size_t n, const char *without, uint8_t *p,
    size_t cap)
{
	size_t	 len = IP6_HDRLEN, nh = IP6_OFF_NEXT, i;

	memcpy(p, front(), IP6_HDRLEN);
	for (i = 0; i < n; i++) {
		if (strchr(without, h[i]->name) != NULL)
			continue;
		p[nh] = h[i]->proto;
		nh = len++;
		ATF_REQUIRE(len + h[i]->len <= cap);
		memcpy(p + len, octets[h[i] - headers], h[i]->len - 1u);
		len += h[i]->len - 1u;
	}
	p[nh] = h[n]->proto;
	len += unhex(h[n]->rest, p + len, cap - len);
	p[IP6_OFF_PLEN + 1] = (uint8_t)(len - IP6_HDRLEN);
	return (len);
}

/* Taken off, HAO and RH2 leave the packet without them, addresses swapped. */
static void
check_strip(const struct header *const *h, size_t n, const char *name,
    const struct outcome *o, uint8_t *p, size_t len)
{
	uint8_t		 want[256];
	struct ip6_walk	 w;
	struct pkt	 k;
	size_t		 wlen;
	char		 without[3] = "", *x = without;

	if (o->hao != 0)
		*x++ = 'A';
	if (o->rh2 != 0)
		*x++ = '2';
	pkt_init(&k, p, 0, len);
	if (o->rh2 != 0) {
		ATF_REQUIRE_EQ(IP6_OK, ip6_walk(&w, pkt_data(&k), k.len, 0));
		ATF_CHECK_EQ(RW_OK, rw_rh2_strip(&k, &w));
	}
	if (o->hao != 0) {
		ATF_REQUIRE_EQ(IP6_OK, ip6_walk(&w, pkt_data(&k), k.len, 0));
		ATF_CHECK_EQ(RW_OK, rw_hao_strip(&k, &w));
	}
	/* What a later fragment carries is payload, whatever it looks like. */
	if (o->fate == PIECE)
		return;
	wlen = build(h, n, without, want, sizeof(want));
	if (o->hao != 0)
		unhex(HOA, want + IP6_OFF_SRC, 16);
	if (o->rh2 != 0)
		unhex(HOA, want + IP6_OFF_DST, 16);
	ATF_CHECK_MSG(k.len == wlen && memcmp(pkt_data(&k), want, wlen) == 0,
	    "%s: not the packet without them", name);
}

static void
check(const struct header *const *h, size_t n)
{
	struct outcome	 o = model(h, n), is = { .fate = DELIVERED };
	uint8_t		 p[256];
	struct ip6_walk	 w;
	enum ip6_err	 e;
	size_t		 len, i;
	char		 name[CHAIN + 2] = "";

	for (i = 0; i <= n; i++)
		name[i] = h[i]->name;
	len = build(h, n, "", p, sizeof(p));
	e = ip6_walk(&w, p, len, 0);
	if (e != IP6_OK)
		is.fate = ip6_err_code(e) < 0 ? SILENT : PROBLEM;
	else if (w.nonfirst)
		is.fate = PIECE;
	ATF_CHECK_MSG(is.fate == o.fate, "%s: %s", name, ip6_err_name(e));
	if (is.fate != o.fate || o.fate == SILENT)
		return;
	if (o.fate == PROBLEM) {
		ATF_CHECK_MSG((unsigned int)ip6_err_code(e) == o.code &&
		    w.err_off == o.pointer, "%s: %s, code %d at %u, not %u at "
		    "%u", name, ip6_err_name(e), ip6_err_code(e), w.err_off,
		    o.code, o.pointer);
		return;
	}
	ATF_CHECK_MSG(w.upper == o.at && w.proto == o.proto,
	    "%s: %u at %u, not %u at %u", name, w.proto, w.upper, o.proto,
	    o.at);
	ATF_CHECK_MSG(w.hao == o.hao && w.rh2 == o.rh2,
	    "%s: HAO %u, not %u; RH2 %u, not %u", name, w.hao, o.hao, w.rh2,
	    o.rh2);
	ATF_CHECK_MSG((w.esp != 0) == (o.fate == DELIVERED && o.proto == 50),
	    "%s: ESP at %u", name, w.esp);
	if (o.hao != 0 || o.rh2 != 0)
		check_strip(h, n, name, &o, p, len);
}

ATF_TC_WITHOUT_HEAD(all_orders);
ATF_TC_BODY(all_orders, tc)
{
	const struct header	*h[CHAIN + 1];
	size_t			 n, i, v, x, all, end, done = 0;

	for (i = 0; i < N_HEADERS; i++)
		ATF_REQUIRE_EQ(headers[i].len, 1 + unhex(headers[i].rest,
		    octets[i], sizeof(octets[i])));
	for (n = 0, all = 1; n <= CHAIN; n++, all *= N_HEADERS)
		for (v = 0; v < all; v++)
			for (end = 0; end < N_ENDS; end++) {
				for (i = 0, x = v; i < n; i++, x /= N_HEADERS)
					h[i] = &headers[x % N_HEADERS];
				h[n] = &ends[end];
				check(h, n);
				done++;
			}
	ATF_CHECK_EQ(done, 4 * (1 + 13 + 169 + 2197 + 28561));
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, all_orders);
	return (atf_no_error());
}
