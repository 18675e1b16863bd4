/* Whose fault it is when one child accuses another.  No clock, no events. */
#ifndef MIP6D_PARENT_SUSPECT_H
#define MIP6D_PARENT_SUSPECT_H

#include <stdbool.h>

#include "core/mono.h"
#include "core/role.h"

#define SUSPECT_MEMORY	SEC(60)	/* then an accusation is forgotten */

/*
 * Of a pair: a client, as an engine is of net and all others are of control,
 * whose row names the pipe, and a server.  All zero at first.
 */
struct suspicion {
	unsigned int	 n;		/* accusations, either way */
	struct mono	 last;
	bool		 accused;	/* the client did, then: */
	struct mono	 accused_at;
};

enum suspect_verdict {
	SUSPECT_PIPE,		/* give the two a new pipe */
	SUSPECT_APART,		/* they get none for a while */
	SUSPECT_CLIENT,		/* the client is to be restarted */
	SUSPECT_SERVER		/* the server is */
};

enum suspect_verdict suspect(struct suspicion[ROLE_MAX], enum role client,
	    bool accuses, bool needs, struct mono now);
bool	 suspect_apart(const struct suspicion *, bool needs, struct mono now);
void	 suspect_forget(struct suspicion[ROLE_MAX]);

#endif
