/*
 * What must be in the kernel, as rows of {kind, key, value}: who wants them,
 * whether the kernel has them, and what is to be done about it.  Pure: it is
 * told what was seen there and what time it is, and it says which row is to
 * be put or taken next.  What a kind is, and what the bytes of its keys and
 * values mean, is in kern/kinds.h.
 */
#ifndef MIP6D_KERN_ROWS_H
#define MIP6D_KERN_ROWS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/htab.h"
#include "core/mono.h"
#include "core/wheel.h"

/* What they are is in kern/kinds.h. */
enum row_kind {
#define KIND(id, ...)	ROW_##id,
#include "kern/kind.def"
#undef KIND
	ROW_KINDS
};

#define ROW_BIT(kind)	(1U << (kind))
#define ROW_BITS_ALL	(ROW_BIT(ROW_KINDS) - 1)

/*
 * Back-off.  A row that is gone is put back after ROW_SETTLE, so that all that
 * one command removed is one burst, and after twice that each time it is gone
 * again.  Rules are in more of a hurry: without them packets go astray.  An
 * address that is deprecated no more has time, as an advertisement may have
 * done that, of which who wants the row hears as well.  From
 * the ROW_RIVAL_AFTERth time on somebody else means it: then only every
 * ROW_SLOW.  ROW_CALM in place is forgiveness.  What the kernel refuses is
 * tried again after ROW_RETRY, and twice that each time up to ROW_SLOW.
 */
#define ROW_SETTLE	MS(10)
#define ROW_SETTLE_RULE	MS(2)
#define ROW_SETTLE_STALE SEC(1)
#define ROW_RIVAL_AFTER	8
#define ROW_SLOW	SEC(30)
#define ROW_CALM	SEC(300)
#define ROW_RETRY	MS(200)

#define ROW_NO_DEV	0	/* lives on no interface */

/* What a row is; the bytes are copied. */
struct row_spec {
	enum row_kind	 kind;
	const void	*key, *value;
	size_t		 keylen, valuelen;
	/*
	 * The interface without which it can't be, any number that the caller
	 * uses for it in rows_dev(), too.
	 */
	uint32_t	 dev;
	/* Whoever wants it watches it: once it is gone it is forgotten. */
	bool		 watched;
};

/* Who wants rows: the caller's own numbering. */
struct row_owner {
	uint8_t		 type;
	uint8_t		 id[16];
	uint32_t	 n;
};

enum row_op { ROW_PUT, ROW_TAKE };

/* What is worth a line of the log. */
enum row_note {
	ROW_NONE,
	ROW_BACK,		/* somebody removed it, it was put back */
	ROW_RETURNED,		/* put back after its interface came up again */
	ROW_RIVAL,		/* somebody keeps removing it */
	ROW_REFUSED,		/* the kernel does not take it back: error */
	ROW_TAKEN,		/* ours by its tag, wanted by nobody: taken */
	ROW_PEACE		/* what was a rival or refused is no more */
};

enum row_state {
	ROW_IN_PLACE,
	ROW_PENDING,		/* not yet put, or to be put back soon */
	ROW_WAITS,		/* for its interface */
	ROW_FOUGHT,		/* somebody keeps removing it */
	ROW_FAILED,		/* the kernel refused it: error */
	ROW_TO_GO
};

struct row_dev;
struct row_claimant;

struct row {
	struct hlink		 link;
	struct wheel_timer	 timer;
	struct row		*next, **prev;		/* in a queue */
	struct row		*next_of, **prev_of;	/* of its kind */
	struct row		*next_on, **prev_on;	/* on its interface */
	struct row		*next_note;
	struct row_dev		*dev;
	struct mono		 put_at;	/* when it was put last */
	uint64_t		 put_back;	/* times */
	uint32_t		 claims;
	uint32_t		 strikes;	/* removals, no calm between */
	uint32_t		 fails;		/* of the kernel, in a row */
	uint32_t		 seen;		/* in which comparison */
	int			 error;		/* of the last put or take */
	uint8_t			 kind, have, why, op, note;
	bool			 queued, flight, again, watched, noted, dead;
	bool			 trouble;	/* was told of */
	uint8_t			*value;
	uint16_t		 keylen, valuelen;
	uint8_t			 key[];
};

struct row_counters {
	uint64_t	 removed;	/* or changed, by somebody */
	uint64_t	 put_back;
	uint64_t	 rivals;	/* rows left to a rival for a while */
	uint64_t	 taken;		/* tagged rows that nobody wanted */
	uint64_t	 refused;	/* by the kernel */
};

struct rows {
	struct hash_key		 hash;
	struct htab		 table, owners, devs;
	struct row_claimant	*claimants;
	struct wheel		 wheel;
	struct row		*of[ROW_KINDS];
	struct row		*asked, **asked_end;
	/* A burst, by kind: to be put back, and to be taken. */
	struct row		*back[ROW_KINDS], *away[ROW_KINDS];
	struct row		*notes, **notes_end, *told;
	const struct row	*mark;	/* moves on if it is forgotten */
	uint32_t		 comparison;
	struct row_counters	 counters;
};

int		 rows_init(struct rows *, const struct hash_key *, struct mono);
void		 rows_free(struct rows *);

int		 rows_want(struct rows *, const struct row_spec *,
		    const struct row_owner *);
void		 rows_drop(struct rows *, const struct row_owner *);
void		 rows_drop_all(struct rows *);
int		 rows_take(struct rows *, const struct row_spec *);
bool		 rows_owned(const struct rows *, const struct row_owner *);
int		 rows_owner_error(const struct rows *,
		    const struct row_owner *);
const struct row *rows_find(const struct rows *, enum row_kind, const void *,
		    size_t);
uint32_t	 rows_dev_of(const struct row *);
const struct row *rows_first(const struct rows *, enum row_kind);
const struct row *rows_after(const struct row *);

int		 rows_seen(struct rows *, const struct row_spec *, bool tagged,
		    struct mono);
void		 rows_gone(struct rows *, enum row_kind, const void *, size_t,
		    struct mono);
void		 rows_dev(struct rows *, uint32_t dev, bool up, struct mono);
void		 rows_compare(struct rows *);
void		 rows_compared(struct rows *, unsigned int kinds, struct mono);

bool		 rows_next(const struct rows *, struct mono *);
struct row	*rows_due(struct rows *, enum row_op *, struct mono);
void		 rows_done(struct rows *, struct row *, int error, struct mono);

const struct row *rows_note(struct rows *, enum row_note *);
enum row_state	 rows_state(const struct row *);

#endif
