#ifndef BSD_SYS_SYSCTL_H
#define BSD_SYS_SYSCTL_H

#include <bsd_size.h>

#define CTL_NET		4

#if defined(__OpenBSD__)
int	 sysctl(const int *, unsigned int, void *, size_t *, void *, size_t);
#else
int	 sysctl(const int *, unsigned int, void *, size_t *, const void *,
	    size_t);
int	 sysctlbyname(const char *, void *, size_t *, const void *, size_t);
#endif

#endif
