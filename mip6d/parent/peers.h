/* Pipes between children, and what children say of each other. */
#ifndef MIP6D_PARENT_PEERS_H
#define MIP6D_PARENT_PEERS_H

#include "parent/parent.h"

bool	 peers_awaited(const struct proc *);
void	 peers_start(struct proc *);
void	 peers_ready(struct proc *);
void	 peers_retry(struct parent *);
void	 peers_gone(struct proc *);
void	 peers_accused(struct proc *, const union msg *);
void	 peers_lost(struct proc *, const union msg *);

#endif
