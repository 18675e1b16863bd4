/*
 * What the parent watches in the kernel that no engine asks for.  Internal to
 * mip6d/parent.
 */
#ifndef MIP6D_PARENT_GUARD_H
#define MIP6D_PARENT_GUARD_H

#include <stdbool.h>

struct conf;
struct msg_link;
struct parent;

/* forward.c */
bool	 forward_look(struct parent *);
bool	 forward_is_off(struct parent *, const struct msg_link *);

/* drops.c */
void	 drops_look(struct parent *);

/* advert.c */
void	 advert_look(struct parent *);
void	 advert_configured(struct parent *, const struct conf *old);

#endif
