/*
 * What a control client may ask.  One row here and in verb.c is a verb of
 * mip6ctl; the roles that answer it find the number in struct msg_query.
 */
#ifndef MIP6D_CORE_VERB_H
#define MIP6D_CORE_VERB_H

#include <stdbool.h>

#include "core/role.h"

enum verb {
	VERB_NONE,
	VERB_STATUS,
	VERB_SHOW_GLOBALS,
	VERB_SHOW_PROCESSES,
	VERB_SHOW_CONFIGURATION,
	VERB_SHOW_TIMERS,
	VERB_SHOW_COUNTERS,
	VERB_SHOW_METRICS,
	VERB_MONITOR,
	VERB_RELOAD,
	VERB_LOG_VERBOSE,
	VERB_LOG_BRIEF,
	VERB_SHOW_BINDINGS,
	VERB_SHOW_BINDINGS_SUMMARY,
	VERB_SHOW_BUL,
	VERB_SHOW_INTERFACES,
	VERB_SHOW_HANDOVERS,
	VERB_WHY,
	VERB_CLEAR_BINDING,
	VERB_MOVE,
	VERB_SHOW_SPD,
	VERB_SHOW_SAD,
	VERB_SHOW_TUNNELS,
	VERB_MAX
};

#endif
