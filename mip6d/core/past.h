/*
 * What a process wants its next life to know, and what its former one left: its
 * side of what the store keeps, for roles with HAS_STATE.
 */
#ifndef MIP6D_CORE_PAST_H
#define MIP6D_CORE_PAST_H

#include <stdbool.h>

#include "core/msg.h"
#include "core/records.h"
#include "core/role.h"

struct conf;

/* Says something to the store, if there is a pipe to it. */
typedef void	 past_say(void *, enum msg_type, const void *);

struct past {
	enum role	 role;
	struct records	 records;
	bool		 known;		/* what the former life left */
	past_say	*say;
	void		*arg;
};

bool	 past_init(struct past *, enum role, past_say *, void *);
bool	 past_awaited(const struct past *);
void	 past_configured(struct past *, const struct conf *);
void	 past_pipe(struct past *);
bool	 past_message(struct past *, enum msg_type, const union msg *);
void	 past_save(struct past *, const struct msg_state *);
const struct record *past_find(const struct past *, const struct in6_addr *);

#endif
