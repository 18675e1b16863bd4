/*
 * Whose the ESP SPIs of inbound transport associations are (RFC 6275 5.1: an
 * association is for one home address, and not every kernel sees to that).
 * Right after a rekey the parent may know more than this table: packets with
 * an SPI that is not in it are held until it has answered.  Pure.
 */
#ifndef MIP6D_NET_SPI_H
#define MIP6D_NET_SPI_H

#include <sys/queue.h>
#include <netinet/in.h>

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/htab.h"
#include "core/mono.h"
#include "core/msg.h"
#include "net/reply.h"
#include "net/vnet.h"
#include "wire/rewrite.h"

#define HOLD_MAX	64		/* packets */
#define HOLD_PER_SPI	4
#define HOLD_SIZE	2048		/* larger ones are not held */
#define HOLD_TIME	MS(500)
#define SPI_NONE_MAX	1024		/* answers: a power of two */
#define SPI_NONE_TIME	SEC(1)
#define ASK_RATE	1000		/* questions a second and at once */
#define ASK_BURST	128

/* A packet from a capture that waits for what the parent says. */
struct held {
	uint32_t	 spi, ifindex;
	struct in6_addr	 home;
	bool		 used;
	struct mono	 until;
	struct vnet	 vnet;
	size_t		 len;
	uint8_t		 buf[PKT_HEADROOM + HOLD_SIZE];
};

struct spi;

struct spis {
	struct htab	 tab;
	LIST_HEAD(, spi) all;
	struct hash_key	 key;
	struct {
		uint32_t	 spi;
		struct in6_addr	 home;
		struct mono	 until;
	}		 none[SPI_NONE_MAX];
	int64_t		 asks;		/* see limit_take() */
	size_t		 nheld;
	struct held	 held[HOLD_MAX];
};

enum spi_owner {
	OWNER_SAME,		/* the home address that was asked for */
	OWNER_OTHER,
	OWNER_NONE,		/* not its, the parent has said */
	OWNER_UNKNOWN
};

enum hold { HOLD_ASK, HOLD_WAIT, HOLD_FULL };

bool		 spis_init(struct spis *, const uint64_t [2]);
void		 spis_free(struct spis *);
bool		 spis_told(struct spis *, const struct msg_spi *, struct mono);
enum spi_owner	 spis_owner(const struct spis *, uint32_t,
		    const struct in6_addr *, struct mono);
enum hold	 spis_hold(struct spis *, uint32_t, const struct in6_addr *,
		    const struct pkt *, const struct vnet *, uint32_t,
		    struct mono);
struct held	*spis_held(struct spis *, uint32_t,
		    const struct in6_addr *);
struct held	*spis_overdue(struct spis *, struct mono);
void		 spis_release(struct spis *, struct held *);

#endif
