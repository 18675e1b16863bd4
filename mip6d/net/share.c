/*
 * Which of the paths of an entry a packet takes: those of its flow, or the
 * first that is active, one by weight, which is the same for all packets
 * between the same ports, or all of them.
 * Pure; entry_point.c and mh.c ask.
 */
#include <string.h>

#include "net/forward.h"
#include "wire/icmp6.h"
#include "wire/ip6.h"

/* What is the same for all packets of a flow, as far as it can be seen. */
static uint64_t
flow_of(const struct fwd_table *t, const struct ip6_walk *w)
{
	struct {
		uint8_t		 addrs[2 * sizeof(struct in6_addr)];
		uint8_t		 ports[4];
		uint32_t	 proto;
	}	 f;

	memcpy(f.addrs, w->p + IP6_OFF_SRC, sizeof(f.addrs));
	/* Of fragments only the first one has ports: all go by the label. */
	f.proto = w->frag != 0 ? 0 : w->proto;
	if (f.proto != 0 && w->len >= w->upper + sizeof(f.ports) &&
	    (f.proto == IP6_P_TCP || f.proto == IP6_P_UDP ||
	    f.proto == IP6_P_ESP))
		memcpy(f.ports, w->p + w->upper, sizeof(f.ports));
	else {
		memcpy(f.ports, w->p, sizeof(f.ports));
		f.ports[0] = 0;
		f.ports[1] &= 0xf;
	}
	return (hash_bytes(&t->key, &f, sizeof(f)));
}

/* As good as chance, and always the same for a flow and a bid. */
static uint64_t
draw(uint64_t flow, unsigned int bid)
{
	uint64_t	 x = flow + bid * 0x9e3779b97f4a7c15ULL;

	x = (x ^ x >> 30) * 0xbf58476d1ce4e5b9ULL;
	x = (x ^ x >> 27) * 0x94d049bb133111ebULL;
	return (x ^ x >> 31);
}

/* -log2(x / 2^64) in units of 2^-16, wrong by less than a hundredth. */
static uint32_t
minus_log2(uint64_t x)
{
	uint32_t	 whole = 1, f;

	for (; x >> 63 == 0 && whole < 64; whole++)
		x <<= 1;
	f = x >> 47 & 0xffff;
	return ((whole << 16) - f - (uint32_t)(f * (uint64_t)(0x10000 - f) *
	    11 >> 21));
}

/* To one that is not goes a packet at a time, and on credit (RFC 4866 4.10). */
static bool
is_verified(const struct fwd_path *p)
{
	return ((p->flags & BIND_UNVERIFIED) == 0);
}

/*
 * Which of several paths a packet takes: of those that are active the first,
 * or each with the chance of its weight.  By that a flow keeps to one path, and
 * when one goes only its own flows take another.  A path without a weight has
 * packets as long as there is none with one.  If none is active it is the
 * first.
 */
static struct fwd_path *
share(const struct fwd_table *t, struct fwd_entry *e,
    const struct ip6_walk *w)
{
	struct fwd_path	*p, *first = NULL, *best = NULL;
	uint64_t	 flow = e->weighted ? flow_of(t, w) : 0;
	uint64_t	 cost, least = 1;	/* of best: cost / weight */

	for (p = &e->path; p != NULL && fwd_sends(p); p = p->next) {
		if ((p->flags & BIND_ACTIVE) == 0)
			continue;
		if (first == NULL || (e->copies && !is_verified(first) &&
		    is_verified(p)))
			first = p;
		if (!e->weighted || p->weight == 0)
			continue;
		cost = minus_log2(draw(flow, p->bid));
		if (best == NULL || cost * best->weight < least * p->weight) {
			best = p;
			least = cost;
		}
	}
	return (best != NULL ? best : first != NULL ? first : &e->path);
}

/*
 * A Mobility Header or prefix discovery (RFC 6275 5.1, 5.4)?  w must be of the
 * packet as it is now.
 */
bool
fwd_is_signalling(const struct ip6_walk *w)
{
	return (w->proto == IP6_P_MH || (w->proto == IP6_P_ICMPV6 &&
	    !w->nonfirst && w->len > w->upper &&
	    (w->p[w->upper] == ICMP6_T_MPS ||
	    w->p[w->upper] == ICMP6_T_MPA)));
}

/*
 * All the paths that a packet takes, in their order: those of its flow, else
 * with BIND_ALL each that is active and verified, else the one of share().
 * Signalling has neither flow nor copies (RFC 6089 4.3).
 */
void
fwd_choose_all(const struct fwd_table *t, struct fwd_entry *e,
    const struct ip6_walk *w, struct mono now, struct fwd_choice *c)
{
	struct fwd_path	*p;
	bool		 plain = fwd_is_signalling(w);

	c->n = 0;
	c->flow = e->flows == NULL || plain ? NULL :
	    flow_find(t, e, w, now);
	for (p = &e->path; !plain && p != NULL && fwd_sends(p) &&
	    c->n < BIND_PATHS_MAX; p = p->next)
		if (c->flow != NULL ? flow_takes(c->flow, p) : e->copies &&
		    (p->flags & BIND_ACTIVE) != 0 && is_verified(p))
			c->v[c->n++] = p;
	if (c->n == 0)
		c->v[c->n++] = share(t, e, w);
}

/* The first of them. */
struct fwd_path *
fwd_choose_first(const struct fwd_table *t, struct fwd_entry *e,
    const struct ip6_walk *w, struct mono now)
{
	struct fwd_choice	 c;

	fwd_choose_all(t, e, w, now, &c);
	return (c.v[0]);
}
