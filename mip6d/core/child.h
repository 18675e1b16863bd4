/*
 * What every child has in common: becoming who it is (chroot, user, sandbox),
 * the pipe to the parent, the pipes to its peers, staging a configuration,
 * answering queries.  A role is a struct child_ops.
 */
#ifndef MIP6D_CORE_CHILD_H
#define MIP6D_CORE_CHILD_H

#include <stdbool.h>
#include <stddef.h>

#include "core/counter.h"
#include "core/held.h"
#include "core/ipc.h"
#include "core/mono.h"
#include "core/msg.h"
#include "core/past.h"
#include "core/report.h"
#include "core/role.h"
#include "core/why.h"

struct conf;
struct engine_ops;
struct event_base;
struct child;

struct child_ops {
	enum role	 role;
	const struct engine_ops *engine;	/* core/shell.c's, else NULL */
	const struct counter_def *counters;	/* NULL-name terminated */
	/*
	 * First configuration is there (ch->conf), descriptors too; the
	 * sandbox is entered right after.  -1: can't start (logged).
	 */
	int		 (*start)(struct child *);
	/* A descriptor that is not a pipe; it belongs to the role now. */
	void		 (*got_fd)(struct child *, const struct msg_fd *, int);
	/* Is this configuration acceptable while running? Changes nothing. */
	bool		 (*check)(struct child *, const struct conf *, char *,
			    size_t);
	/* ch->conf is the new one; the old one is freed afterwards. */
	void		 (*configure)(struct child *, const struct conf *old);
	/* Any other message, from the parent or from a peer. */
	void		 (*message)(struct child *, enum role from,
			    enum msg_type, const union msg *);
	/* A pipe to this peer is there (again), or has gone. */
	void		 (*peer)(struct child *, enum role, bool up);
	/*
	 * Rows for a query that is this role's; returns the cursor to go on
	 * from, 0 when done.  *error may be set to an errno.
	 */
	uint64_t	 (*query)(struct child *, const struct msg_query *,
			    struct report *, int *error);
	/* Ending cleanly: say what others must undo. */
	void		 (*stop)(struct child *);
};

struct child {
	const struct child_ops	*ops;
	struct event_base	*base;
	struct ipc		*parent;
	struct ipc		*peers[ROLE_MAX];
	struct ipc_stats	 gone;		/* of peers that are no more */
	struct held_msgs	 held; /* for net, when there is none */
	struct conf		*conf, *staged;
	uint32_t		 staged_gen;
	struct counters		 counters;
	struct whys		 whys;
	struct past		 past;
	char			 sandbox[MSG_TEXT_MAX];	/* the level reached */
	bool			 started;	/* and not stopped */
	bool			 ready;		/* it knows its past */
	struct mono		 end;		/* when it ends at the latest */
	void			*priv;		/* the role's own */
};

int	 child_main(const struct child_ops *);
int	 engine_main(const struct engine_ops *);
bool	 child_has(const struct child *, enum role);
void	 child_send(struct child *, enum role to, enum msg_type, const void *);
void	 child_save(struct child *, const struct msg_state *);
bool	 child_try(struct child *, enum role to, enum msg_type, const void *)
	    __attribute__((__warn_unused_result__));
bool	 child_congested(const struct child *, enum role to);
uint64_t child_query(struct child *, const struct msg_query *,
	    struct report *, int *error);
struct now child_now(void);
void	 child_event(struct child *, const char *name,
	    const struct in6_addr *home, const char *fmt, ...)
	    __attribute__((__format__(printf, 4, 5)));

#endif
