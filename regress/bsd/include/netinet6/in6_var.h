/* It needs <net/if.h> and <netinet/in.h> before it. */
#ifndef BSD_NETINET6_IN6_VAR_H
#define BSD_NETINET6_IN6_VAR_H

#include <sys/ioccom.h>
#include <bsd_types.h>

#define IN6_IFF_TENTATIVE	0x02
#define IN6_IFF_DUPLICATED	0x04
#define IN6_IFF_DETACHED	0x08
#define IN6_IFF_DEPRECATED	0x10
#define IN6_IFF_AUTOCONF	0x40
#if defined(__FreeBSD__)
#define IN6_IFF_NODAD		0x20
#define IN6_IFF_TEMPORARY	0x80
#elif defined(__NetBSD__)
#define IN6_IFF_NODAD		0x20
#define IN6_IFF_TEMPORARY	0x80
#else
#define IN6_IFF_TEMPORARY	0x80
#endif

struct in6_addrlifetime {
	time_t		 ia6t_expire, ia6t_preferred;
	__UINT32_TYPE__	 ia6t_vltime, ia6t_pltime;
};

struct in6_ifreq {
	char				 ifr_name[IFNAMSIZ];
	union {
		struct sockaddr_in6	 ifru_addr;
		int			 ifru_flags6;
		struct in6_addrlifetime	 ifru_lifetime;
	} ifr_ifru;
};

struct in6_aliasreq {
	char			 ifra_name[IFNAMSIZ];
	struct sockaddr_in6	 ifra_addr, ifra_dstaddr, ifra_prefixmask;
	int			 ifra_flags;
	struct in6_addrlifetime	 ifra_lifetime;
};

#define SIOCDIFADDR_IN6		_IOW('i', 25, struct in6_ifreq)
#if defined(__NetBSD__)
#define SIOCAIFADDR_IN6		_IOW('i', 107, struct in6_aliasreq)
#elif defined(__FreeBSD__)
#define SIOCAIFADDR_IN6		_IOW('i', 27, struct in6_aliasreq)
#else
#define SIOCAIFADDR_IN6		_IOW('i', 26, struct in6_aliasreq)
#endif
#define SIOCGIFAFLAG_IN6	_IOWR('i', 73, struct in6_ifreq)
#if defined(__FreeBSD__)
#define SIOCSNDFLUSH_IN6	_IOWR('i', 77, struct in6_ifreq)
#define SIOCSIFINFO_FLAGS	_IOWR('i', 87, struct in6_ndireq)
#define SIOCGIFINFO_IN6		_IOWR('i', 108, struct in6_ndireq)
#endif
#define SIOCGIFALIFETIME_IN6	_IOWR('i', 81, struct in6_ifreq)

#endif
