/*
 * What the parent watches in the kernel that no engine asks for.  Internal to
 * mip6d/parent.
 */
#ifndef MIP6D_PARENT_GUARD_H
#define MIP6D_PARENT_GUARD_H

#include <stdbool.h>

#include "kern/kern.h"

struct kern_row;
struct msg_link;
struct parent;
struct conf;

/* guard.c */
bool	 guard_open(struct parent *);
void	 guard_close(struct parent *);
void	 guard_configured(struct parent *, enum kern_filter, int error);
void	 guard_link(struct parent *, const struct msg_link *);
void	 guard_rows(struct parent *,
	    bool (*)(void *, const struct kern_row *), void *);
void	 guard_tell_filter(struct parent *, int error);

/* forward.c */
bool	 forward_look(struct parent *);
bool	 forward_is_off(struct parent *, const struct msg_link *);

/* drops.c */
void	 drops_look(struct parent *);

/* advert.c */
void	 advert_look(struct parent *);
void	 advert_configured(struct parent *, const struct conf *old);

#endif
