#ifndef MIP6D_CORE_GLOB_H
#define MIP6D_CORE_GLOB_H

#include <stdbool.h>

bool	 glob_match(const char *pattern, const char *text);

#endif
