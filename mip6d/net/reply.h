/*
 * Answers that net itself gives to a packet: ICMPv6 errors (RFC 4443) and
 * Binding Errors (RFC 6275 9.3.3), and how many there may be.  Pure.
 */
#ifndef MIP6D_NET_REPLY_H
#define MIP6D_NET_REPLY_H

#include <netinet/in.h>

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define REPLY_MAX	1280	/* RFC 4443 2.4 (c) */

/*
 * Errors a second and at once, RFC 4443 2.4 (f): in all, and to one /64.  Of
 * those that tell the path MTU a network with many flows needs more.
 */
#define ERROR_RATE	100
#define ERROR_RATE_ONE	20
#define TOO_BIG_RATE	1000
#define TOO_BIG_RATE_ONE 200

/* A whole packet to be sent; len 0: none. */
struct reply {
	size_t	 len;
	uint8_t	 buf[REPLY_MAX];
};

bool	 reply_error(struct reply *, uint8_t, uint8_t, uint32_t,
	    const struct in6_addr *, const void *, size_t);
bool	 reply_be(struct reply *, uint8_t, const struct in6_addr *,
	    const struct in6_addr *, const struct in6_addr *);

#endif
