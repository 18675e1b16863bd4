#ifndef BSD_STRINGS_H
#define BSD_STRINGS_H

#include <bsd_size.h>

int	 strcasecmp(const char *, const char *);
int	 strncasecmp(const char *, const char *, size_t);
#if !defined(__NetBSD__)
void	 explicit_bzero(void *, size_t);
#endif

#endif
