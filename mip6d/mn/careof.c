/*
 * The choice of the care-of address (RFC 6275 11.5.3, 11.5.4) by the rules of
 * RFC 6724 that apply and by the operator's preferences.  Looks at all
 * addresses of all usable interfaces and keeps nothing.  home.c asks whenever
 * something has changed.
 */
#include <string.h>

#include "mn/parts.h"

/* RFC 6724 section 2.1, the default policy table: prefix and label. */
static const struct {
	uint8_t		 prefix[16];
	uint8_t		 len;
	uint8_t		 label;
} labels[] = {
	{ { 0x20, 0x02 }, 16, 2 },
	{ { 0x20, 0x01, 0, 0 }, 32, 5 },
	{ { 0xfc }, 7, 13 },
	{ { 0xfe, 0xc0 }, 10, 11 },
	{ { 0x3f, 0xfe }, 16, 12 },
	{ { 0 }, 0, 1 },
};

static int
label(const struct in6_addr *a)
{
	struct in6_addr	 p;
	size_t		 i;

	for (i = 0; i < sizeof(labels) / sizeof(labels[0]) - 1; i++) {
		memcpy(&p, labels[i].prefix, sizeof(p));
		if (in6_prefix_eq(&p, a, labels[i].len))
			break;
	}
	return (labels[i].label);
}

static int
common_prefix(const struct in6_addr *a, const struct in6_addr *b)
{
	int	 n;

	for (n = 0; n < 128 && in6_prefix_eq(a, b, (unsigned int)n + 1); n++)
		;
	return (n);
}

struct candidate {
	const struct iface	*ifc;
	const struct addr	*a;
};

/*
 * Who is better?  > 0: x, < 0: y.  Operator's word, RFC 6724 section 5 rule 3
 * (deprecated), interface preference, rule 6 (label), a prefix that a router of
 * the link advertised (what is there at the start may be of another link), stay
 * where we are (RFC 6275 section 11.5.1), not optimistic, rule 7 the other way
 * round (temporary addresses change, each is a handover), rule 8 (longest
 * prefix).
 */
static int
compare(const struct home *h, const struct candidate *x,
    const struct candidate *y)
{
	const struct binding	*b = BINDING(AGENT(h));
	const struct in6_addr	*ha = &h->conf.agent;
	int			 d;
#define IS(c, cond)	((cond) ? 1 : 0)
#define BY(expr_x, expr_y)						\
	do {								\
		if ((d = (expr_x) - (expr_y)) != 0)			\
			return (d);					\
	} while (0)

	BY(IS(x, in6_eq(&x->a->addr, &h->mn->forced)),
	    IS(y, in6_eq(&y->a->addr, &h->mn->forced)));
	BY(IS(y, addr_deprecated(y->a)), IS(x, addr_deprecated(x->a)));
	if (x->ifc->preference != y->ifc->preference)
		return (x->ifc->preference > y->ifc->preference ? 1 : -1);
	BY(IS(x, label(&x->a->addr) == label(ha)),
	    IS(y, label(&y->a->addr) == label(ha)));
	BY(IS(x, x->a->evidence.covered != NEVER),
	    IS(y, y->a->evidence.covered != NEVER));
	BY(IS(x, in6_eq(&x->a->addr, &b->coa)),
	    IS(y, in6_eq(&y->a->addr, &b->coa)));
	BY(IS(y, y->a->flags & ADDR_TENTATIVE),
	    IS(x, x->a->flags & ADDR_TENTATIVE));
	BY(IS(y, y->a->flags & ADDR_TEMPORARY),
	    IS(x, x->a->flags & ADDR_TEMPORARY));
	BY(common_prefix(&x->a->addr, ha), common_prefix(&y->a->addr, ha));
#undef BY
#undef IS
	return (memcmp(&y->a->addr, &x->a->addr, sizeof(x->a->addr)));
}

static bool
is_candidate(const struct home *h, const struct iface *ifc,
    const struct addr *a, struct now now)
{
	/* A lifetime of at least one unit must fit into its own (11.7.1). */
	return (in6_is_routable(&a->addr) && addr_assigned(a, now) &&
	    (a->valid_until == INT64_MAX ||
	    a->valid_until - now.mono.ns >= SEC(LIFETIME_UNIT)) &&
	    a->bad_until <= now.mono.ns &&
	    !in6_prefix_eq(&a->addr, &h->conf.prefix.addr,
	    h->conf.prefix.len) &&
	    !is_home_address(h->mn, &a->addr) && addr_operable(ifc, a, now));
}

/*
 * The care-of address to use for h, and its interface; NULL if there is none.
 */
const struct addr *
careof_choose(const struct home *h, struct iface **ifcp, struct now now)
{
	struct candidate	 best = { NULL, NULL }, c;
	struct iface		*ifc;
	struct addr		*a;

	TAILQ_FOREACH(ifc, &h->mn->ifaces, entry) {
		if (!iface_usable(ifc))
			continue;
		TAILQ_FOREACH(a, &ifc->addrs, entry) {
			c = (struct candidate){ ifc, a };
			if (!is_candidate(h, ifc, c.a, now))
				continue;
			if (best.a == NULL || compare(h, &c, &best) > 0) {
				best = c;
				*ifcp = ifc;
			}
		}
	}
	return (best.a);
}

/* Can packets still go through this care-of address on this interface? */
bool
careof_works(struct mn *mn, const struct in6_addr *addr, uint32_t ifindex,
    struct now now)
{
	struct iface	*ifc = iface_find(mn, ifindex);
	struct addr	*a;

	return (ifc != NULL && iface_usable(ifc) &&
	    (a = addr_find(ifc, addr)) != NULL && addr_assigned(a, now) &&
	    addr_operable(ifc, a, now));
}
