#ifndef BSD_ERR_H
#define BSD_ERR_H

void	 err(int, const char *, ...) __attribute__((__noreturn__,
	    __format__(__printf__, 2, 3)));
void	 errx(int, const char *, ...) __attribute__((__noreturn__,
	    __format__(__printf__, 2, 3)));
void	 warn(const char *, ...) __attribute__((__format__(__printf__, 1, 2)));
void	 warnx(const char *, ...)
	    __attribute__((__format__(__printf__, 1, 2)));

#endif
