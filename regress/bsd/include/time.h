#ifndef BSD_TIME_H
#define BSD_TIME_H

#include <bsd_timespec.h>

#define CLOCK_REALTIME	0
#if defined(__FreeBSD__)
#define CLOCK_MONOTONIC	4
#define CLOCK_PROCESS_CPUTIME_ID	15
#else
#define CLOCK_MONOTONIC	3
#if defined(__NetBSD__)
#define CLOCK_PROCESS_CPUTIME_ID	0x40000000
#else
#define CLOCK_PROCESS_CPUTIME_ID	2
#endif
#endif

#if defined(__FreeBSD__)
#define CLOCKS_PER_SEC	128
#else
#define CLOCKS_PER_SEC	100
#endif

struct tm {
	int	 tm_sec, tm_min, tm_hour, tm_mday, tm_mon, tm_year, tm_wday;
	int	 tm_yday, tm_isdst;
	long	 tm_gmtoff;
	char	*tm_zone;
};

clock_t	 clock(void);
int	 clock_gettime(clockid_t, struct timespec *);
int	 clock_settime(clockid_t, const struct timespec *);
struct tm *localtime_r(const time_t *, struct tm *);
int	 nanosleep(const struct timespec *, struct timespec *);
size_t	 strftime(char *, size_t, const char *, const struct tm *)
	    __attribute__((__format__(__strftime__, 3, 0)));
time_t	 time(time_t *);

#endif
