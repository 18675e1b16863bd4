/*
 * Internet checksums (RFC 1071), the IPv6 pseudo-header (RFC 8200 8.1), and
 * checksums that a virtio-net header says are partial.  Pure.
 *
 * A running sum is opaque: start with 0, add to it, fold it at the end.  Every
 * part but the last must have an even length.  Finished checksums are in host
 * byte order, as wbuf_put_u16() takes them.
 */
#ifndef MIP6D_WIRE_CKSUM_H
#define MIP6D_WIRE_CKSUM_H

#include <netinet/in.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

uint64_t	cksum_add(uint64_t, const void *, size_t);
uint64_t	cksum_pseudo(uint64_t, const struct in6_addr *,
		    const struct in6_addr *, uint32_t, uint8_t);
uint16_t	cksum_fold(uint64_t);
uint16_t	cksum_ip6(const struct in6_addr *, const struct in6_addr *,
		    uint8_t, const void *, size_t);
bool		cksum_ok(const struct in6_addr *, const struct in6_addr *,
		    uint8_t, const void *, size_t);
uint16_t	cksum_partial(const struct in6_addr *, const struct in6_addr *,
		    uint8_t, uint32_t);
bool		cksum_complete(uint8_t *, size_t, size_t, size_t);

#endif
