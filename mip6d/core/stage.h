/* Staging a configuration in a child. */
#ifndef MIP6D_CORE_STAGE_H
#define MIP6D_CORE_STAGE_H

#include "core/child.h"

void	 stage_conf(struct child *, const struct msg_conf *, int fd);
void	 stage_commit(struct child *, uint32_t gen);
void	 stage_abort(struct child *, uint32_t gen);

#endif
