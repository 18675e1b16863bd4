/*
 * What the cga process signs: the mobility data (RFC 4866 4.5) of a Binding
 * Update to a correspondent that has the CGA Parameters of the very key, and
 * nothing else.  So who can ask it, if it was taken over, can't have it make a
 * signature for anything but that.  Pure.
 */
#include <netinet/in.h>

#include <string.h>

#include "cga/form.h"
#include "wire/cgaopt.h"
#include "wire/ip6.h"
#include "wire/mh.h"

#define ADDRS	(2 * sizeof(struct in6_addr))	/* in front of the message */
#define BU_LEN	12				/* up to its options */
#define BU_H	0x40				/* of the octet of flags */
#define BU_FLAGS 8

/*
 * The options of an update, the last of which are CGA Parameters: full ones and
 * a last one (RFC 4866 5.1), together these.
 */
static bool
ends_with(const uint8_t *p, size_t len, const uint8_t *params, size_t n)
{
	size_t	 at, next, done = 0;
	bool	 full = true;

	for (at = BU_LEN; at < len; at = next) {
		next = at + 1;
		if (p[at] == MHOPT_PAD1 && done == 0)
			continue;
		if (len - at < 2 || len - at - 2 < p[at + 1])
			return (false);
		next = at + 2 + p[at + 1];
		if (p[at] != MHOPT_CGA) {
			if (done > 0)
				return (false);
			continue;
		}
		if (!full || p[at + 1] > n - done ||
		    memcmp(p + at + 2, params + done, p[at + 1]) != 0)
			return (false);
		done += p[at + 1];
		full = p[at + 1] == CGAOPT_MAX;
	}
	return (done == n);
}

static bool
is_address(const uint8_t *p)
{
	struct in6_addr	 a;

	memcpy(&a, p, sizeof(a));
	return (in6_is_routable(&a));
}

/*
 * Are these len octets a care-of address, a correspondent's, and a Binding
 * Update that is not for a home agent, with checksum 0, up to the last CGA
 * Parameters option, which have the n octets of params?
 */
bool
form_is_update(const uint8_t *p, size_t len, const uint8_t *params, size_t n)
{
	const uint8_t	*mh = p + ADDRS;

	if (len < ADDRS + BU_LEN || len > ADDRS + MH_MAXLEN ||
	    !is_address(p) || !is_address(p + sizeof(struct in6_addr)))
		return (false);
	len -= ADDRS;
	return (mh[MH_OFF_PROTO] == IP6_P_NONE && mh[MH_OFF_TYPE] == MH_BU &&
	    mh[MH_OFF_CKSUM] == 0 && mh[MH_OFF_CKSUM + 1] == 0 &&
	    (mh[BU_FLAGS] & BU_H) == 0 &&
	    len < (mh[MH_OFF_HLEN] + 1U) * 8 &&
	    ends_with(mh, len, params, n));
}
