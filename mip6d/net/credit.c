/*
 * Credit of a mobile node with a correspondent, which keeps it from having
 * others flooded: it gets no more at an address that it only claims to have
 * than it has sent itself, and not what it sent long ago (RFC 4866 4.10, 4.11).
 * No timer looks at it: it grows old when it is asked for.  Pure; shim.c and
 * entry_point.c call it, and net.c shows it.
 */
#include "net/credit.h"

/* CreditAgingFactor, RFC 4866 7 */
#define FACTOR_OF	8
#define FACTOR		7

/* What has become of it in the whole intervals since it was aged last. */
void
credit_age(struct credit *c, struct mono now)
{
	int64_t	 n = mono_diff(now, c->aged) / CREDIT_INTERVAL;

	c->aged = mono_add(c->aged, n * CREDIT_INTERVAL);
	/* After 400 of them nothing is left, whatever it was. */
	for (; n > 0 && c->octets > 0; n--)
		c->octets = c->octets / FACTOR_OF * FACTOR +
		    c->octets % FACTOR_OF * FACTOR / FACTOR_OF;
}

/* How many octets it is now. */
uint64_t
credit_get(const struct credit *c, struct mono now)
{
	struct credit	 copy = *c;

	credit_age(&copy, now);
	return (copy.octets);
}

/* Spend so many octets of it; false: it is not that much, and stays. */
bool
credit_spend(struct credit *c, size_t len, struct mono now)
{
	credit_age(c, now);
	if (c->octets < len)
		return (false);
	c->octets -= len;
	return (true);
}
