/*
 * Questions about single IPv6 addresses, and addresses made from others (RFC
 * 4291): kinds of addresses, prefixes, solicited-node groups, link-local and
 * EUI-64 addresses, the anycast address of home agents.  Pure functions
 * without state, declared in wire/ip6.h and called from everywhere.
 */
#include <string.h>

#include "wire/ip6.h"

const struct in6_addr in6_allnodes = { { {
	0xff, 0x02, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1 } } };
const struct in6_addr in6_allrouters = { { {
	0xff, 0x02, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 2 } } };

static const struct in6_addr	 unspecified;
static const struct in6_addr	 loopback = { { {
	0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1 } } };

/* Are both the same address? */
bool
in6_eq(const struct in6_addr *a, const struct in6_addr *b)
{
	return (memcmp(a, b, sizeof(*a)) == 0);
}

/* Kinds of addresses, RFC 4291 2.4-2.7. */
bool
in6_is_unspecified(const struct in6_addr *a)
{
	return (in6_eq(a, &unspecified));
}

bool
in6_is_loopback(const struct in6_addr *a)
{
	return (in6_eq(a, &loopback));
}

bool
in6_is_linklocal(const struct in6_addr *a)
{
	return (a->s6_addr[0] == 0xfe && (a->s6_addr[1] & 0xc0) == 0x80);
}

bool
in6_is_multicast(const struct in6_addr *a)
{
	return (a->s6_addr[0] == 0xff);
}

bool
in6_is_v4mapped(const struct in6_addr *a)
{
	return (memcmp(a, &unspecified, 10) == 0 && a->s6_addr[10] == 0xff &&
	    a->s6_addr[11] == 0xff);
}

/*
 * "Unicast routable", as RFC 6275 3.1 has it and 6.1.7, 6.3 and 9.3.1 require
 * of care-of and home addresses: neither multicast, link-local, loopback nor
 * unspecified; nor what is no address of an IPv6 node on the wire: IPv4-mapped
 * ones and ::/96 (RFC 4291 2.5.5), or those that are to be discarded (RFC
 * 6666, 100::/64).  fec0::/10 is global by now (RFC 4291 2.5.7).
 */
bool
in6_is_routable(const struct in6_addr *a)
{
	static const uint8_t	 discard[8] = { 1 };

	if (a->s6_addr[0] > 1)
		return (!in6_is_multicast(a) && !in6_is_linklocal(a));
	return (memcmp(a, discard, sizeof(discard)) != 0 &&
	    memcmp(a, &unspecified, 12) != 0 && !in6_is_v4mapped(a));
}

/* Whether the first len bits of both are equal; len above 128 counts as 128. */
bool
in6_prefix_eq(const struct in6_addr *a, const struct in6_addr *b,
    unsigned int len)
{
	unsigned int	 n, rest;

	if (len > 128)
		len = 128;
	n = len / 8;
	rest = len % 8;
	if (memcmp(a, b, n) != 0)
		return (false);
	return (rest == 0 ||
	    ((a->s6_addr[n] ^ b->s6_addr[n]) >> (8 - rest)) == 0);
}

/* The first len bits of a, the rest zero. */
struct in6_addr
in6_prefix(const struct in6_addr *a, unsigned int len)
{
	return (in6_join(a, &unspecified, len));
}

/* The first len bits of prefix and the rest of id. */
struct in6_addr
in6_join(const struct in6_addr *prefix, const struct in6_addr *id,
    unsigned int len)
{
	struct in6_addr	 a = *id;
	unsigned int	 n;
	uint8_t		 mask;

	if (len > 128)
		len = 128;
	n = len / 8;
	memcpy(&a, prefix, n);
	if (len % 8 != 0) {
		mask = (uint8_t)(0xff << (8 - len % 8));
		a.s6_addr[n] = (uint8_t)((prefix->s6_addr[n] & mask) |
		    (id->s6_addr[n] & ~mask));
	}
	return (a);
}

/* Solicited-node multicast address of a, RFC 4291 2.7.1. */
struct in6_addr
in6_solicited(const struct in6_addr *a)
{
	struct in6_addr	 g = { { {
		0xff, 0x02, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0xff, 0, 0, 0 } } };

	memcpy(&g.s6_addr[13], &a->s6_addr[13], 3);
	return (g);
}

/* Whether a is a solicited-node multicast address. */
bool
in6_is_solicited(const struct in6_addr *a)
{
	struct in6_addr	 g = in6_solicited(a);

	return (in6_eq(a, &g));
}

/* fe80:: with the interface identifier of a (L bit, RFC 6275 6.1.7). */
struct in6_addr
in6_linklocal(const struct in6_addr *a)
{
	static const struct in6_addr	 p = { { { 0xfe, 0x80 } } };

	return (in6_join(&p, a, 64));
}

/* prefix/64 with the modified EUI-64 of a MAC address, RFC 4291 app. A. */
struct in6_addr
in6_eui64(const struct in6_addr *prefix, const uint8_t mac[6])
{
	struct in6_addr	 a = *prefix;

	memcpy(&a.s6_addr[8], mac, 3);
	a.s6_addr[8] ^= 2;
	a.s6_addr[11] = 0xff;
	a.s6_addr[12] = 0xfe;
	memcpy(&a.s6_addr[13], mac + 3, 3);
	return (a);
}

/*
 * Mobile IPv6 Home-Agents anycast address of a home prefix (RFC 6275 6.5,
 * RFC 2526 2): identifier fdff:ffff:ffff:fffe with a 64-bit prefix, all ones
 * down to the 7-bit anycast identifier 126 with any other.
 */
struct in6_addr
in6_ha_anycast(const struct in6_addr *prefix, unsigned int len)
{
	struct in6_addr	 id;

	memset(&id, 0xff, sizeof(id));
	id.s6_addr[15] = 0xfe;
	if (len == 64)
		id.s6_addr[8] = 0xfd;
	return (in6_join(prefix, &id, len));
}
