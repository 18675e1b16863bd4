/*
 * What a state machine looks like from outside.  ha, mn and cn each offer one
 * struct engine_ops; the same shell (core/shell.c), the scenario runner, the
 * fuzzers and the benchmarks drive them.  An engine does no I/O: it is told
 * messages and the time, and emits messages.
 */
#ifndef MIP6D_CORE_ENGINE_H
#define MIP6D_CORE_ENGINE_H

#include <stdbool.h>
#include <stddef.h>

#include "core/mono.h"
#include "core/msg.h"
#include "core/role.h"

struct conf;
struct counters;
struct report;

/* What an engine has of its surroundings; outlives the engine. */
struct engine_env {
	/* Send m, a struct msg_* of that type, to who hears it: msg_to(). */
	void		(*emit)(void *, enum msg_type, const void *m);
	/* 64 random bits. */
	uint64_t	(*random)(void *);
	void		*ctx;
	struct counters	*counters;	/* core/counter.h; of this engine */
	struct whys	*whys;		/* core/why.h; or NULL */
	/*
	 * Does more wait for who hears that than is good?  A long walk then
	 * goes on later.  NULL: never.
	 */
	bool		(*congested)(void *, enum msg_type);
};

struct engine_ops {
	enum role	 role;
	/* Names of the engine's counters, one for each, NULL-terminated. */
	const struct counter_def *counter_defs;
	/*
	 * NULL when out of memory. conf stays the caller's; copy what counts.
	 */
	void		*(*create)(const struct engine_env *,
			    const struct conf *, struct now);
	/*
	 * Is this configuration acceptable while running?  If not, say why in
	 * text.  Changes nothing.
	 */
	bool		 (*check)(void *, const struct conf *, char *text,
			    size_t);
	void		 (*configure)(void *, const struct conf *, struct now);
	void		 (*input)(void *, enum role from, enum msg_type,
			    const union msg *, struct now);
	/* Earliest moment at which expire() has work; false: none. */
	bool		 (*next)(const void *, struct mono *);
	void		 (*expire)(void *, struct now);
	/*
	 * Answer a query with rows; stop when report_full() and return the
	 * cursor to go on from, 0 when done.
	 */
	uint64_t	 (*query)(void *, const struct msg_query *,
			    struct report *, struct now);
	/* About to end cleanly: emit what removes our traces. */
	void		 (*stop)(void *, struct now);
	void		 (*destroy)(void *);
};

#endif
