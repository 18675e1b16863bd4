/*
 * HAO, RH2 and tunnel: inserting and then stripping gives the packet back, and
 * stripping and then inserting does too unless the header held more than we
 * would have written.  An upper-layer checksum is never affected.
 */
#include <stdlib.h>
#include <string.h>

#include "wire/cksum.h"
#include "wire/ip6.h"
#include "wire/rewrite.h"

int	 LLVMFuzzerTestOneInput(const uint8_t *, size_t);

#define	CHECK(x)	do { if (!(x)) abort(); } while (0)
#define	MAX		4096

static const struct in6_addr	 coa = { { { 0x20, 1, 0xd, 0xb8, 9 } } };
static uint8_t			 buf[PKT_HEADROOM + MAX];

static struct ip6_walk
load(struct pkt *k, const uint8_t *p, size_t len)
{
	struct ip6_walk	 w;

	memcpy(buf + PKT_HEADROOM, p, len);
	pkt_init(k, buf, PKT_HEADROOM, len);
	CHECK(ip6_walk(&w, pkt_data(k), len, 0) == IP6_OK);
	return (w);
}

static struct ip6_walk
walk(const struct pkt *k)
{
	struct ip6_walk	 w;

	CHECK(ip6_walk(&w, pkt_data(k), k->len, 0) == IP6_OK);
	return (w);
}

static void
check_same(const struct pkt *k, const uint8_t *p, size_t len)
{
	CHECK(k->len == len && k->delta == 0 && k->off == PKT_HEADROOM);
	CHECK(memcmp(pkt_data(k), p, len) == 0);
}

/* The pseudo-header as the receiver sees it (RFC 6275 6.1.1, 11.3.1). */
static uint16_t
pseudo(const struct ip6_walk *w)
{
	struct in6_addr	 src, dst;

	src = w->hao != 0 ? ip6_hao_addr(w) : ip6_src(w->p);
	dst = w->rh2 != 0 ? ip6_rh2_addr(w) : ip6_dst(w->p);
	return (cksum_fold(cksum_pseudo(0, &src, &dst, w->len - w->upper,
	    w->proto)));
}

static void
insert_and_strip(const uint8_t *p, size_t len, bool hao, bool rh2)
{
	struct in6_addr	 src, dst;
	struct ip6_walk	 w, after;
	struct pkt	 k;
	uint16_t	 sum;

	w = load(&k, p, len);
	src = ip6_src(p);
	dst = ip6_dst(p);
	if (w.nhdrs > IP6_MAXHDRS - 2)
		return;
	if ((hao && (w.hao != 0 || !in6_is_routable(&src))) ||
	    (rh2 && (w.rh2 != 0 || !in6_is_routable(&dst))))
		return;
	sum = pseudo(&w);
	if (hao && w.rh > w.ins) {
		CHECK(rw_hao_insert(&k, &w, &coa) == RW_E_PLACE);
		return;
	}
	if (hao)
		CHECK(rw_hao_insert(&k, &w, &coa) == RW_OK);
	if (rh2)
		CHECK(rw_rh2_insert(&k, &w, &coa) == RW_OK);
	CHECK(k.delta == (hao ? 24 : 0) + (rh2 ? 24 : 0));
	after = walk(&k);
	CHECK((after.hao != 0) == (hao || w.hao != 0));
	CHECK((after.rh2 != 0) == (rh2 || w.rh2 != 0));
	CHECK(after.upper == w.upper + (uint32_t)k.delta);
	CHECK(after.proto == w.proto && after.frag_off == w.frag_off);
	CHECK(pseudo(&after) == sum);
	if (hao)
		CHECK(rw_hao_strip(&k, &after) == RW_OK);
	if (rh2)
		CHECK(rw_rh2_strip(&k, &after) == RW_OK);
	check_same(&k, p, len);
}

/* Whether the headers are what rw_hao_insert() and rw_rh2_insert() write. */
static bool
canonical(const struct ip6_walk *w)
{
	return ((w->hao == 0 || memcmp(w->p + w->hao_hdr + 1,
	    "\2\1\2\0\0\xc9\x10", 7) == 0) &&
	    (w->rh2 == 0 || memcmp(w->p + w->rh2 + 4, "\0\0\0\0", 4) == 0));
}

/* Whether they were where these put them, w being the walk without them. */
static bool
in_place(const struct ip6_walk *w, const struct ip6_walk *before)
{
	return ((before->rh2 == 0 || w->ins == before->rh2) &&
	    (before->hao == 0 || w->ins + (before->rh2 == 0 ? 0 :
	    IP6_RH2_LEN) == before->hao_hdr));
}

static void
strip_and_insert(const uint8_t *p, size_t len)
{
	struct in6_addr	 src = ip6_src(p), dst = ip6_dst(p);
	struct ip6_walk	 w, before;
	struct pkt	 k;
	uint16_t	 sum;
	bool		 same;

	w = before = load(&k, p, len);
	/* judged now: stripping moves the octets that w points at */
	same = canonical(&w);
	sum = pseudo(&w);
	CHECK((rw_hao_strip(&k, &w) == RW_OK) == (w.hao != 0));
	CHECK((rw_rh2_strip(&k, &w) == RW_OK) == (w.rh2 != 0));
	w = walk(&k);
	CHECK(w.hao == 0 && w.rh2 == 0 && w.proto == before.proto);
	CHECK(w.upper == before.upper + (uint32_t)k.delta);
	CHECK(pseudo(&w) == sum);
	if (!same || !in_place(&w, &before))
		return;
	if (before.hao != 0)
		CHECK(rw_hao_insert(&k, &w, &src) == RW_OK);
	if (before.rh2 != 0)
		CHECK(rw_rh2_insert(&k, &w, &dst) == RW_OK);
	check_same(&k, p, len);
}

static void
tunnel(const uint8_t *p, size_t len)
{
	struct rw_tunnel	 t = { .src = coa, .dst = coa,
	    .hop_limit = 64, .dscp = -1, .limit = (int16_t)(p[7] - 1) };
	struct ip6_walk		 w;
	struct pkt		 k;
	enum rw_err		 e;

	w = load(&k, p, len);
	e = rw_encap(&k, &w, &t);
	if (e != RW_OK) {
		CHECK(e == RW_E_LIMIT && p[w.limit + 2] == 0);
		return;
	}
	w = walk(&k);
	CHECK(w.proto == IP6_P_IPV6);
	CHECK(rw_decap(&k, &w) == RW_OK);
	check_same(&k, p, len);

	/* the packet itself may be a tunnel packet */
	w = load(&k, p, len);
	if (rw_decap(&k, &w) == RW_OK)
		CHECK(k.len + k.off <= PKT_HEADROOM + len);
}

int
LLVMFuzzerTestOneInput(const uint8_t *p, size_t len)
{
	struct ip6_walk	 w;
	int		 i;

	if (len > MAX || ip6_walk(&w, p, len, 0) != IP6_OK)
		return (0);
	for (i = 1; i < 4; i++)
		insert_and_strip(p, w.len, (i & 1) != 0, (i & 2) != 0);
	strip_and_insert(p, w.len);
	tunnel(p, w.len);
	return (0);
}
