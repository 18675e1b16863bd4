/*
 * Packets with which net itself answers: ICMPv6 errors and Binding Errors (RFC
 * 4443, RFC 6275 9.3.3).  Pure; the data plane calls it, and bind.c decides
 * whether an answer may go.
 */
#include <string.h>

#include "net/reply.h"
#include "wire/icmp6.h"
#include "wire/ip6.h"
#include "wire/mh.h"

#define HOP_LIMIT	64

/*
 * Build an ICMPv6 error about the packet of len octets at p, from src to that
 * packet's source.  False if that packet must not be answered with an error
 * (RFC 4443 2.4 (e)).
 */
bool
reply_error(struct reply *r, uint8_t type, uint8_t code, uint32_t param,
    const struct in6_addr *src, const void *p, size_t len)
{
	struct in6_addr	 dst;
	size_t		 n;

	if (len < IP6_HDRLEN || !icmp6_may_answer(p, len, type, code,
	    param))
		return (false);
	dst = ip6_src(p);
	n = icmp6_error(r->buf + IP6_HDRLEN, sizeof(r->buf) - IP6_HDRLEN,
	    type, code, param, p, len);
	if (n == 0)
		return (false);
	ip6_header(r->buf, src, &dst, IP6_P_ICMPV6, (uint16_t)n, HOP_LIMIT,
	    0, 0);
	icmp6_set_checksum(r->buf + IP6_HDRLEN, n, src, &dst);
	r->len = IP6_HDRLEN + n;
	return (true);
}

/*
 * Build a Binding Error from src to dst about home, :: if there was no Home
 * Address option.  False if dst is no unicast address (RFC 6275 9.3.3).
 */
bool
reply_be(struct reply *r, uint8_t status, const struct in6_addr *src,
    const struct in6_addr *dst, const struct in6_addr *home)
{
	struct mh	 m;
	size_t		 n;

	if (in6_is_multicast(dst) || in6_is_unspecified(dst) ||
	    in6_is_multicast(src))
		return (false);
	mh_init(&m, MH_BE);
	m.u.be.status = status;
	m.u.be.home = *home;
	n = mh_build(&m, r->buf + IP6_HDRLEN, sizeof(r->buf) - IP6_HDRLEN);
	if (n == 0)
		return (false);
	mh_set_checksum(&m, src, dst);
	ip6_header(r->buf, src, dst, IP6_P_MH, (uint16_t)n, HOP_LIMIT, 0, 0);
	r->len = IP6_HDRLEN + n;
	return (true);
}
