#ifndef BSD_NET_ROUTE_H
#define BSD_NET_ROUTE_H

#include <bsd_types.h>

#define RTM_ADD		0x1
#define RTM_DELETE	0x2
#define RTM_CHANGE	0x3
#define RTM_GET		0x4
#if defined(__NetBSD__)
#define RTM_VERSION	4
#define RTM_IFANNOUNCE	0x10
#define RTM_IFINFO	0x14
#define RTM_NEWADDR	0x16
#define RTM_DELADDR	0x17
#define RTM_CHGADDR	0x18
#else
#define RTM_VERSION	5
#define RTM_NEWADDR	0xc
#define RTM_DELADDR	0xd
#define RTM_IFINFO	0xe
#if defined(__FreeBSD__)
#define RTM_IFANNOUNCE	0x11
#else
#define RTM_IFANNOUNCE	0xf
#define RTM_DESYNC	0x10
#define RTM_CHGADDRATTR	0x14
#endif
#endif

#define RTF_UP		0x1
#define RTF_GATEWAY	0x2
#define RTF_HOST	0x4
#define RTF_REJECT	0x8
#if defined(__FreeBSD__)
#define RTF_LLDATA	0x400
#endif
#define RTF_STATIC	0x800
#define RTF_BLACKHOLE	0x1000
#define RTF_PROTO2	0x4000
#define RTF_PROTO1	0x8000
#if defined(__OpenBSD__)
#define RTF_PROTO3	0x2000
#elif defined(__FreeBSD__)
#define RTF_PROTO3	0x40000
#endif

#define RTA_DST		0x1
#define RTA_GATEWAY	0x2
#define RTA_NETMASK	0x4
#define RTA_IFP		0x10
#define RTAX_DST	0
#define RTAX_GATEWAY	1
#define RTAX_NETMASK	2
#define RTAX_IFP	4
#define RTAX_IFA	5
#if defined(__OpenBSD__)
#define RTAX_MAX	15
#elif defined(__NetBSD__)
#define RTAX_MAX	9
#else
#define RTAX_MAX	8
#endif

struct rt_metrics {
	unsigned long	 rmx_mtu;
};

struct rt_msghdr {
	unsigned short	 rtm_msglen;
	unsigned char	 rtm_version, rtm_type;
#if defined(__OpenBSD__)
	unsigned short	 rtm_hdrlen;
#endif
	unsigned short	 rtm_index;
	int		 rtm_flags, rtm_addrs;
	pid_t		 rtm_pid;
	int		 rtm_seq, rtm_errno;
	struct rt_metrics rtm_rmx;
};

#if defined(__NetBSD__)
#define RT_ROUNDUP(n)	\
	((n) > 0 ? 1 + (((n) - 1) | (sizeof(__UINT64_TYPE__) - 1)) :	\
	sizeof(__UINT64_TYPE__))
#endif

#endif
