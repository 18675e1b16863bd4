/* Long work says that it goes on. */
#ifndef MIP6D_CORE_BUSY_H
#define MIP6D_CORE_BUSY_H

typedef void busy_fn(void *);

void	 busy_to(busy_fn *, void *);
void	 busy(void);

#endif
