/*
 * Reasons: why something is not well, from the one table in why.def.  Each
 * process has a struct whys of those that stand; the log is told once when
 * one begins and once when it ends, and `mip6ctl why' and `mip6ctl status'
 * show what stands.  Pure: lines of the log go through a function.
 *
 * To say that something is wrong:
 *
 *	why_set(w, now, WHY_INTERFACE_MISSING, name, name, NULL);
 *
 * and that it no longer is:
 *
 *	why_clear(w, now, WHY_INTERFACE_MISSING, name);
 *
 * Both may be called as often as one likes.  In the parent w is &p->whys, in
 * an engine env->whys, in another child &ch->whys.
 */
#ifndef MIP6D_CORE_WHY_H
#define MIP6D_CORE_WHY_H

#include <sys/types.h>
#include <sys/queue.h>

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/htab.h"
#include "core/limit.h"
#include "core/mono.h"

struct report;

enum why_id {
	WHY_NONE,
#define WHY(id, name, level, flags, condition, text, remedy, see) WHY_##id,
#include "core/why.def"
#undef WHY
	WHY_MAX
};

/* Of a warning `mip6ctl status' says that the daemon is degraded. */
enum why_level { WHY_NOTICE, WHY_WARNING };

/*
 * Something that happened and is not known to go on, as others may provoke it
 * at will: of these at most WHY_EVENTS_MAX are kept, each for WHY_EVENT_AGE
 * since it happened last.
 */
#define WF_EVENT	0x01
#define WF_QUIET	0x02	/* whoever sets it tells the log himself */

#define WHY_EVENTS_MAX	1024
#define WHY_EVENT_AGE	SEC(600)
#define WHY_LINES	10		/* of the log, a second */
#define WHY_TEXT_MAX	400		/* a sentence with its values */
#define WHY_SUBJECT_MAX	256

struct why_def {
	const char	*name;
	enum why_level	 level;
	unsigned int	 flags;
	const char	*condition, *text, *remedy, *see;
};

/* A reason that stands. */
struct why {
	struct hlink		 link;
	TAILQ_ENTRY(why)	 entry;		/* of events, oldest first */
	uint32_t		 number;	/* in the pool */
	enum why_id		 id;
	struct now		 since;
	struct mono		 last;		/* set again */
	uint64_t		 count;
	char			*subject;	/* and behind it: */
	const char		*text;
	const char		*values; /* each with NUL, then another */
};

/* A line for the log, of enum why_level; began: else it has ended. */
typedef void why_say_fn(void *, enum why_level, bool began,
    const struct why *, const char *line);

struct whys {
	struct htab		 tab;
	struct pool		 pool;
	struct hash_key		 key;
	TAILQ_HEAD(, why)	 events;
	size_t			 nevents, nwarnings;
	uint64_t		 lost;		/* no memory, or pushed out */
	why_say_fn		*say;
	void			*arg;
	struct log_limit	 limit;		/* WHY_LINES */
};

bool	 whys_init(struct whys *, const struct hash_key *, why_say_fn *,
	    void *);
void	 whys_free(struct whys *);
const struct why_def *why_def(enum why_id);
void	 why_set(struct whys *, struct now, enum why_id, const char *subject,
	    ...) __attribute__((__sentinel__));
void	 why_clear(struct whys *, struct now, enum why_id,
	    const char *subject);
const struct why *why_find(const struct whys *, enum why_id,
	    const char *subject);
const struct why *whys_next(struct whys *, uint32_t *, struct now);
bool	 why_about(const struct why *, const char *what);
bool	 whys_about(struct whys *, const char *what, struct now);
void	 why_fields(struct report *, const struct why *, struct now);
void	 why_row(struct report *, const struct why *, struct now);
void	 why_well_fields(struct report *, const char *subject,
	    int64_t since_ms, const char *text);
void	 why_well(struct report *, const char *subject, int64_t since_ms,
	    const char *text);
uint64_t whys_rows(struct whys *, struct report *, const char *what,
	    uint64_t cursor, struct now);
void	 whys_health(struct whys *, struct report *, const char *role,
	    struct now);

#endif
