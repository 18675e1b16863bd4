/* The home agent's record of a binding, which outlives its process. */
#ifndef MIP6D_HA_RECORD_H
#define MIP6D_HA_RECORD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/mono.h"
#include "core/msg.h"

struct record {
	uint8_t		 flags;		/* BF_* */
	uint16_t	 seq;
	uint16_t	 units;		/* of 4 seconds, granted */
	struct mono	 expires;
	uint32_t	 since;		/* seconds since 1970 */
	uint32_t	 updates;
	uint64_t	 timestamp;	/* NTP, 0: none */
	const char	*identifier;	/* or "" */
	char		 text[BIND_OWNER_MAX];
};

size_t		 record_build(const struct record *, uint8_t *);
bool		 record_parse(struct record *, const struct blob *);

#endif
