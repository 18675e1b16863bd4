/*
 * The addresses that the home agent defends on home links, by address and
 * interface (RFC 6275 10.4.1): net answers for them without asking the engine,
 * so also while that is dead or hangs.  Pure.
 */
#ifndef MIP6D_NET_DEFEND_H
#define MIP6D_NET_DEFEND_H

#include <sys/types.h>
#include <sys/queue.h>

#include <netinet/in.h>

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/htab.h"
#include "core/msg.h"

struct icmp6;

struct defended {
	struct hlink		 link;
	LIST_ENTRY(defended)	 entry;
	struct in6_addr		 addr, source;
	uint32_t		 ifindex, generation;
};

struct defends {
	struct hash_key		 key;
	struct htab		 tab;
	LIST_HEAD(, defended)	 list;
	uint32_t		 generation;
};

bool	 defend_init(struct defends *, const uint64_t [2]);
void	 defend_free(struct defends *);
void	 defend_clear(struct defends *);
bool	 defend_set(struct defends *, const struct msg_defend *);
void	 defend_link_gone(struct defends *, uint32_t ifindex);
void	 defend_resync(struct defends *);
void	 defend_resync_end(struct defends *);
const struct defended *defend_find(const struct defends *, uint32_t ifindex,
	    const struct in6_addr *);
size_t	 defend_answer(const struct defended *, const struct in6_addr *asker,
	    const uint8_t *lladdr, size_t lladdrlen, struct in6_addr *to,
	    uint8_t *buf, size_t cap);

#endif
