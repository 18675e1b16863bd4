/* What the service manager is told. */
#ifndef MIP6D_PARENT_NOTIFY_H
#define MIP6D_PARENT_NOTIFY_H

#include <stdint.h>

uint64_t notify_open(void);
void	 notify(const char *, ...)
	    __attribute__((__format__(printf, 1, 2)));

#endif
