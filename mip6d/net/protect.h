/*
 * Between the kernel's IPsec and the wire: pairs of home address and home
 * agent of whose protected messages something is known for a moment.  On the
 * way out that is how the ESP packet that the tun is about to give travels;
 * on the way in, how the one that was just given to the kernel had travelled.
 * Pure.
 */
#ifndef MIP6D_NET_PROTECT_H
#define MIP6D_NET_PROTECT_H

#include <netinet/in.h>

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/htab.h"
#include "core/mono.h"
#include "core/role.h"

#define PROTECT_MAX	65536	/* beyond, the oldest goes */
#define PROTECT_OUT	SEC(2)	/* for how long: the kernel has to encrypt */
#define PROTECT_IN	SEC(1)	/* or to decrypt */

enum protect_by {
	BY_NOTHING,		/* at home: as it is */
	BY_HAO,			/* Home Address option */
	BY_RH2			/* type 2 routing header */
};

/* What is told and found. */
struct protect_pair {
	struct in6_addr	 home, agent;
	struct in6_addr	 careof;	/* with BY_HAO, BY_RH2 */
	uint32_t	 ifindex;	/* 0: any */
	enum protect_by	 by;
	enum role	 role;		/* ROLE_HA or ROLE_MN: what we are */
};

struct protect_entry;

struct protect {
	struct htab		 tab;
	struct hash_key		 key;
	int64_t			 keep;		/* ns */
	struct protect_entry	*first, **last;	/* in the order they expire */
	size_t			 n;
};

bool	 protect_init(struct protect *, const uint64_t [2], int64_t);
void	 protect_free(struct protect *);
bool	 protect_note(struct protect *, const struct protect_pair *,
	    struct mono);
const struct protect_pair *
	 protect_find(const struct protect *, const struct in6_addr *,
	    const struct in6_addr *, struct mono);

#endif
