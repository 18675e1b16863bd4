#ifndef BSD_SYS_PARAM_H
#define BSD_SYS_PARAM_H

#include <sys/types.h>

#define MIN(a, b)	((a) < (b) ? (a) : (b))
#define MAX(a, b)	((a) > (b) ? (a) : (b))

#endif
