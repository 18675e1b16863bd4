/*
 * Why a peer's Binding Update is not accepted, and why packets to peers don't
 * take the direct way, by the table of core/why.def.  The first stands until
 * the peer's next accepted update, or grows old.
 */
#include <sys/types.h>
#include <sys/socket.h>

#include <arpa/inet.h>

#include <stdio.h>
#include <string.h>

#include "cn/int.h"
#include "core/why.h"
#include "wire/mh.h"

#define KERNEL		"kernel"	/* whom a reason is about */
#define WHYS_PER_SECOND	500	/* whatever a flood of refused messages costs */

/* These are part of the protocol's normal course. */
static bool
is_normal(enum cn_counter reason)
{
	static const enum cn_counter	 normal[] = { CC_SEQUENCE,
	    CC_HOME_NONCE, CC_CAREOF_NONCE, CC_BOTH_NONCES, CC_REPLAY,
	    CC_NO_TOKEN };
	size_t				 i;

	for (i = 0; i < sizeof(normal) / sizeof(normal[0]); i++)
		if (normal[i] == reason)
			return (true);
	return (false);
}

/*
 * An update from src for home was refused with this status (0: dropped).
 * Returns the reason that tells so, or NULL; it is valid until the next call.
 */
const struct why *
cn_why_refused(struct cn *cn, const struct in6_addr *home,
    const struct in6_addr *src, enum cn_counter reason, uint8_t status)
{
	char		 h[INET6_ADDRSTRLEN], s[INET6_ADDRSTRLEN], what[96];

	if (cn->env->whys == NULL || is_normal(reason) ||
	    !limit_lines(&cn->why_limit, cn->now.mono, WHYS_PER_SECOND, NULL))
		return (NULL);
	if (status == 0)
		snprintf(what, sizeof(what), "dropped");
	else
		snprintf(what, sizeof(what), "refused with status %u (%s)",
		    status, mh_status_name(status));
	inet_ntop(AF_INET6, home, h, sizeof(h));
	why_set(cn->env->whys, cn->now, WHY_PEER_REFUSED, h,
	    inet_ntop(AF_INET6, src, s, sizeof(s)), what,
	    cn_reason_text(reason), NULL);
	return (why_find(cn->env->whys, WHY_PEER_REFUSED, h));
}

/* One was accepted: all is well with that peer. */
void
cn_why_accepted(struct cn *cn, const struct in6_addr *home)
{
	char	 h[INET6_ADDRSTRLEN];

	if (cn->env->whys == NULL || cn->env->whys->nevents == 0)
		return;
	why_clear(cn->env->whys, cn->now, WHY_PEER_REFUSED,
	    inet_ntop(AF_INET6, home, h, sizeof(h)));
}

/* What the kernel said to the last route to a peer; 0: nothing is wrong. */
void
cn_why_route(struct cn *cn, uint32_t error)
{
	if (cn->env->whys == NULL)
		return;
	if (error != 0)
		why_set(cn->env->whys, cn->now, WHY_PEER_ROUTE_REFUSED,
		    KERNEL, strerror((int)error), NULL);
	else
		why_clear(cn->env->whys, cn->now, WHY_PEER_ROUTE_REFUSED,
		    KERNEL);
}
