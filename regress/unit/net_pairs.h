/*
 * Pairs of addresses on the host of net_lab.h, for the tests of what goes
 * without a tunnel.
 */
#ifndef MIP6D_REGRESS_NET_PAIRS_H
#define MIP6D_REGRESS_NET_PAIRS_H

#include "net_lab.h"

/* With one other address; a correspondent's own, or a mobile node's peer. */
static inline bool
lab_pair(struct lab *l, enum role role, struct in6_addr home,
    struct in6_addr other, struct in6_addr careof, uint8_t flags)
{
	struct msg_bind	 b = { .home = home, .other = other, .flags = flags };

	b.local = role == ROLE_CN ? other : careof;
	b.peer = role == ROLE_CN ? careof : other;
	return (dp_bind(&l->dp, role, &b, l->now, &l->o));
}

#endif
