/*
 * Home addresses whose Mobility Headers IPsec protects (RFC 4877 4.2), and what
 * passes by twice on their account: once with the care-of address, once as the
 * kernel's IPsec is to see it.  Pure.
 *
 * Out: an engine's message goes to the kernel without option or routing
 * header, comes back through the tun as ESP, and gets them then.  In: what was
 * taken off before the kernel decrypts is put beside the message afterwards.
 */
#ifndef MIP6D_NET_PROTECT_H
#define MIP6D_NET_PROTECT_H

#include <netinet/in.h>

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/htab.h"
#include "core/mono.h"
#include "core/msg.h"

struct conf;

#define PROTECT_OUT	SEC(2)	/* how long the kernel may take for ESP */
#define PROTECT_IN	SEC(1)	/* ... and to decrypt */

struct passage {
	struct in6_addr	 coa;
	uint32_t	 ifindex;
	uint8_t		 header;	/* PKT_HAO, PKT_RH2, 0: none */
	struct mono	 until;
};

struct protected_home {
	struct hlink	 link;
	struct in6_addr	 home, agent;
	bool		 mine;		/* our own; else a node of ours */
	bool		 payload;	/* all of its traffic is protected */
	struct passage	 in, out;
};

struct protect {
	struct hash_key		 key;
	struct htab		 homes;
	struct protected_home	*v;
	size_t			 n;
};

bool	 protect_init(struct protect *, const uint64_t [2]);
void	 protect_free(struct protect *);
bool	 protect_configure(struct protect *, const struct conf *);
struct protected_home *protect_find(const struct protect *,
	    const struct in6_addr *);
struct protected_home *protect_pair(const struct protect *,
	    const struct in6_addr *, const struct in6_addr *);
bool	 protect_payload(const struct protect *, const struct in6_addr *,
	    const struct in6_addr *);
void	 protect_note(struct passage *, const struct in6_addr *, uint32_t,
	    uint8_t, struct mono);
bool	 protect_live(const struct passage *, struct mono);

#endif
