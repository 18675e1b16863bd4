/*
 * Packets changed in place: the Home Address option (RFC 6275 6.3, 9.3.1,
 * 11.3.1) and the type 2 routing header (6.4, 9.3.2, 11.3.3) inserted and
 * stripped, and IPv6 in IPv6 (RFC 2473).  Pure, no allocation.
 *
 * Upper-layer checksums stay valid without being touched: the pseudo-header
 * holds the home address for the sender with an HAO and the final destination
 * for the receiver behind a routing header, and those are the addresses that
 * the plain packet shows.  HAO and RH2 precede the Fragment header, so each
 * fragment is rewritten for itself.
 *
 * Headers in front move, payload never does: inserting takes headroom.
 */
#ifndef MIP6D_WIRE_REWRITE_H
#define MIP6D_WIRE_REWRITE_H

#include <netinet/in.h>
#include <stddef.h>
#include <stdint.h>

#include "wire/ip6.h"

/*
 * Room in front of a packet for all that may be added: tunnel + HAO + RH2 + a
 * Fragment header.
 */
#define	PKT_HEADROOM	(40 + 8 + 24 + 24 + 8)

/* The destination options header with a Tunnel Encapsulation Limit alone. */
#define	RW_LIMIT_LEN	8

/* A packet in a buffer that the caller owns. */
struct pkt {
	uint8_t	*buf;		/* the buffer */
	size_t	 off;		/* of the packet in it: the headroom */
	size_t	 len;		/* of the packet */
	int	 delta;		/* what is to be added to offsets behind the
				 * rewritten headers (virtio csum_start and
				 * hdr_len); adds up until pkt_init() */
};

enum rw_err {
	RW_OK,
	RW_E_NOTHING,		/* no such header in the packet */
	RW_E_EXISTS,		/* there is one already */
	RW_E_PLACE,		/* a routing header behind a fragment header */
	RW_E_HEADROOM,		/* too little */
	RW_E_LENGTH,		/* Payload Length would exceed 65535 */
	RW_E_INNER,		/* what was tunnelled is no IPv6 packet */
	RW_E_ECN,		/* CE outside, not-ECT inside (RFC 6040 4.2) */
	RW_E_LIMIT,		/* Tunnel Encapsulation Limit is 0 */
	RW_NERR
};

/* The outer header of a tunnel. */
struct rw_tunnel {
	struct in6_addr	 src;
	struct in6_addr	 dst;
	uint8_t		 hop_limit;
	int16_t		 dscp;	/* 0..63, -1: that of the inner packet */
	int16_t		 limit;	/* Tunnel Encapsulation Limit, -1: none */
	uint32_t	 flow;	/* Flow Label, 20 bits */
};

void		 pkt_init(struct pkt *, uint8_t *, size_t, size_t);

/* Its first octet, which rewriting moves. */
static inline uint8_t *
pkt_data(const struct pkt *k)
{
	return (k->buf + k->off);
}

enum rw_err	 rw_hao_insert(struct pkt *, const struct ip6_walk *,
		    const struct in6_addr *);
enum rw_err	 rw_hao_strip(struct pkt *, const struct ip6_walk *);
enum rw_err	 rw_rh2_insert(struct pkt *, const struct ip6_walk *,
		    const struct in6_addr *);
enum rw_err	 rw_rh2_strip(struct pkt *, const struct ip6_walk *);
enum rw_err	 rw_encap(struct pkt *, const struct ip6_walk *,
		    const struct rw_tunnel *);
enum rw_err	 rw_decap(struct pkt *, const struct ip6_walk *);

#endif
