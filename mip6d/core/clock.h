#ifndef MIP6D_CORE_CLOCK_H
#define MIP6D_CORE_CLOCK_H

#include "core/mono.h"

struct mono	 mono_now(void);
struct now	 clock_now(void);

#endif
