#ifndef BSD_NETINET_ICMP6_H
#define BSD_NETINET_ICMP6_H

#include <bsd_types.h>

struct icmp6_filter {
	__UINT32_TYPE__	 icmp6_filt[8];
};

#define ICMP6_FILTER_SETBLOCKALL(f)	((f)->icmp6_filt[0] = 0)
#define ICMP6_FILTER_SETPASS(t, f)	\
	((f)->icmp6_filt[(t) >> 5] |= 1U << ((t) & 31))

#endif
