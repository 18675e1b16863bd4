/* Times, for the headers that give them; not a header of any system. */
#ifndef BSD_TIMEVAL_H
#define BSD_TIMEVAL_H

#include "bsd_types.h"

struct timeval {
	time_t		 tv_sec;
	suseconds_t	 tv_usec;
};

#endif
