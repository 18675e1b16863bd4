#ifndef BSD_FNMATCH_H
#define BSD_FNMATCH_H

int	 fnmatch(const char *, const char *, int);

#endif
