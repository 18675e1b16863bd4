/* What the home agent saves for its next life: saved.c. */
#ifndef MIP6D_HA_SAVED_H
#define MIP6D_HA_SAVED_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/msg.h"

#define AHEAD_MAX	16
#define SAVED_MAX	(2 + 8 * AHEAD_MAX)

enum saved_kind {
	SAVED_TIME = 1,		/* of all nodes, under the address :: */
	SAVED_SEQUENCE,		/* of a home address */
	SAVED_AHEAD		/* of a node, under its first one */
};

/* The time that timestamps are compared with; all in nanoseconds. */
struct saved_time {
	bool		 last;		/* nothing was accepted after this */
	bool		 set_back;	/* the clock was, and is still behind */
	int64_t		 until;		/* no timestamp accepted is later */
	int64_t		 now;		/* that time, at ... */
	int64_t		 mono;		/* this monotonic time */
	int64_t		 host;		/* the wall clock said then */
};

struct saved {
	enum saved_kind	 kind;
	struct saved_time time;
	uint16_t	 seq;			/* the last one accepted */
	uint64_t	 ahead[AHEAD_MAX];	/* refused; NTP, 0: none */
};

size_t	 saved_build(const struct saved *, uint8_t *);
bool	 saved_parse(struct saved *, const struct blob *);

#endif
