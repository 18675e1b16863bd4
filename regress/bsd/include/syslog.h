#ifndef BSD_SYSLOG_H
#define BSD_SYSLOG_H

#define LOG_ERR		3
#define LOG_WARNING	4
#define LOG_INFO	6
#define LOG_DEBUG	7
#define LOG_PID		0x01
#define LOG_NDELAY	0x08
#define LOG_DAEMON	(3 << 3)

void	 openlog(const char *, int, int);
void	 syslog(int, const char *, ...)
	    __attribute__((__format__(__printf__, 2, 3)));

#endif
