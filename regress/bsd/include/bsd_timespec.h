/* As bsd_timeval.h. */
#ifndef BSD_TIMESPEC_H
#define BSD_TIMESPEC_H

#include "bsd_types.h"

struct timespec {
	time_t		 tv_sec;
	long		 tv_nsec;
};

#endif
