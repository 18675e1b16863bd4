/* Rows of the kernel's IPsec databases.  Internal to mip6d/parent. */
#ifndef MIP6D_PARENT_PFKEY_H
#define MIP6D_PARENT_PFKEY_H

#include "core/report.h"
#include "libpfkey/libpfkey.h"

void	 pfkey_row_policy(struct report *, const struct pfkey_policy *);
void	 pfkey_row_sa(struct report *, const struct pfkey_sa *, unsigned int);

#endif
