/*
 * Encapsulations, a row for each: what goes around a packet, or into it, on a
 * path, and what a packet that comes back is before it is judged.
 */
#ifndef MIP6D_NET_ENCAP_H
#define MIP6D_NET_ENCAP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/encap.h"
#include "net/forward.h"
#include "net/reason.h"
#include "wire/rewrite.h"

struct encap {
	/* Octets that it adds to the packet of the walk; NULL: at least. */
	size_t			(*overhead)(int16_t limit,
				    const struct ip6_walk *);
	enum rw_err		(*build)(const struct fwd_path *,
				    int16_t limit, struct pkt *,
				    const struct ip6_walk *);
	/*
	 * What the raw socket of its protocol gave becomes the packet inside.
	 * False: there is none.  NULL: the shim takes it off.
	 */
	bool			(*parse)(struct pkt *);
	enum net_counter	 why;		/* it has gone out */
};

extern const struct encap	 encaps[ENCAP_MAX];

#endif
