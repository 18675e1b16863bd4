#ifndef BSD_SYS_TIME_H
#define BSD_SYS_TIME_H

#include <bsd_timespec.h>
#include <bsd_timeval.h>

struct timezone;

#define timersub(a, b, r)	\
	((r)->tv_sec = (a)->tv_sec - (b)->tv_sec,			\
	(r)->tv_usec = (a)->tv_usec - (b)->tv_usec)
#define timercmp(a, b, op)						\
	((a)->tv_sec == (b)->tv_sec ? (a)->tv_usec op (b)->tv_usec :	\
	(a)->tv_sec op (b)->tv_sec)

#endif
