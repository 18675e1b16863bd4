/*
 * Internet checksums: whole ones for packets that are built or checked (RFC
 * 1071, RFC 8200 8.1), and those that the kernel left half done, as a
 * virtio-net header says.  Pure; used by the other files of wire and by the
 * data plane in net.
 */
#include <arpa/inet.h>

#include <string.h>

#include "wire/cksum.h"

/*
 * The sum is taken over 32-bit words in memory order: a one's complement sum
 * does not depend on byte order until it is stored (RFC 1071 2 (B)).
 */
uint64_t
cksum_add(uint64_t sum, const void *data, size_t len)
{
	const uint8_t	*p = data;
	uint32_t	 w[4];
	uint16_t	 h;
	uint8_t		 last[2];

	for (; len >= sizeof(w); len -= sizeof(w), p += sizeof(w)) {
		memcpy(w, p, sizeof(w));
		sum += (uint64_t)w[0] + w[1] + w[2] + w[3];
	}
	for (; len >= 2; len -= 2, p += 2) {
		memcpy(&h, p, 2);
		sum += h;
	}
	if (len != 0) {
		last[0] = *p;
		last[1] = 0;
		memcpy(&h, last, 2);
		sum += h;
	}
	return (sum);
}

/* Add the pseudo-header of RFC 8200 8.1 for len octets of protocol proto. */
uint64_t
cksum_pseudo(uint64_t sum, const struct in6_addr *src,
    const struct in6_addr *dst, uint32_t len, uint8_t proto)
{
	uint32_t	 w[2];

	w[0] = htonl(len);
	w[1] = htonl(proto);
	sum = cksum_add(sum, src, sizeof(*src));
	sum = cksum_add(sum, dst, sizeof(*dst));
	return (sum + w[0] + w[1]);
}

/* The 16-bit one's complement sum, not complemented, in host byte order. */
uint16_t
cksum_fold(uint64_t sum)
{
	uint16_t	 v;

	sum = (sum & 0xffffffff) + (sum >> 32);
	sum = (sum & 0xffff) + (sum >> 16 & 0xffff) + (sum >> 32);
	sum = (sum & 0xffff) + (sum >> 16);
	sum = (sum & 0xffff) + (sum >> 16);
	v = (uint16_t)sum;
	return (ntohs(v));
}

/*
 * Checksum of len octets at p, whose checksum field must be zero, between src
 * and dst.  Over UDP the caller turns 0 into 0xffff (RFC 8200 8.1).
 */
uint16_t
cksum_ip6(const struct in6_addr *src, const struct in6_addr *dst,
    uint8_t proto, const void *p, size_t len)
{
	uint64_t	 sum;

	sum = cksum_pseudo(0, src, dst, (uint32_t)len, proto);
	return ((uint16_t)~cksum_fold(cksum_add(sum, p, len)));
}

/* Whether len octets at p with their checksum in place sum up as they must. */
bool
cksum_ok(const struct in6_addr *src, const struct in6_addr *dst,
    uint8_t proto, const void *p, size_t len)
{
	return (cksum_ip6(src, dst, proto, p, len) == 0);
}

/*
 * What the checksum field of a packet holds whose checksum is left to the
 * device: the sum of the pseudo-header, not complemented (virtio 1.2 5.1.6.2).
 */
uint16_t
cksum_partial(const struct in6_addr *src, const struct in6_addr *dst,
    uint8_t proto, uint32_t len)
{
	return (cksum_fold(cksum_pseudo(0, src, dst, len, proto)));
}

/*
 * Complete a partial checksum in the packet of len octets at p: the sum from
 * start to the end replaces the field at start + off (virtio-net csum_start,
 * csum_offset).  False, and nothing changed, if these lie outside.  A result
 * of 0 is stored as 0xffff, its equal, since UDP needs that.
 */
bool
cksum_complete(uint8_t *p, size_t len, size_t start, size_t off)
{
	uint16_t	 v;

	if (start > len || len - start < 2 || off > len - start - 2)
		return (false);
	v = (uint16_t)~cksum_fold(cksum_add(0, p + start, len - start));
	if (v == 0)
		v = 0xffff;
	p[start + off] = (uint8_t)(v >> 8);
	p[start + off + 1] = (uint8_t)v;
	return (true);
}
