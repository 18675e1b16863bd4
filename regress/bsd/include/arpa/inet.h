/* Without struct in6_addr and AF_INET6, as on FreeBSD. */
#ifndef BSD_ARPA_INET_H
#define BSD_ARPA_INET_H

#include <bsd_types.h>
#include <bsd_order.h>

#define INET6_ADDRSTRLEN 46

const char	*inet_ntop(int, const void *, char *, socklen_t);
int		 inet_pton(int, const char *, void *);

#endif
