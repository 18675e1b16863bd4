/* Whose fault it is when one child accuses another.  No clock, no events. */
#ifndef MIP6D_PARENT_SUSPECT_H
#define MIP6D_PARENT_SUSPECT_H

#include <stdbool.h>

#include "core/mono.h"
#include "core/role.h"

#define SUSPECT_MEMORY	SEC(60)	/* then an accusation is forgotten */

/* Of an engine and net; all zero at first. */
struct suspicion {
	unsigned int	 n;		/* accusations, either way */
	struct mono	 last;
	bool		 accused_net;	/* the engine did, then: */
	struct mono	 accused_at;
};

enum suspect_verdict {
	SUSPECT_PIPE,		/* give the two a new pipe */
	SUSPECT_ENGINE,		/* the engine is to be restarted */
	SUSPECT_NET		/* net is */
};

enum suspect_verdict suspect(struct suspicion[ROLE_MAX], enum role engine,
	    bool accuses_net, struct mono now);
void	 suspect_forget(struct suspicion[ROLE_MAX]);

#endif
