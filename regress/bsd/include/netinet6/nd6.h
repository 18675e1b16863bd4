/* It needs <net/if.h> and <netinet6/in6_var.h> before it. */
#ifndef BSD_NETINET6_ND6_H
#define BSD_NETINET6_ND6_H

#if defined(__FreeBSD__)
#define ND6_IFF_NO_DAD	0x100

struct nd_ifinfo {
	__UINT32_TYPE__	 linkmtu, maxmtu, basereachable, reachable, retrans;
	__UINT32_TYPE__	 flags;
	int		 recalctm;
	__UINT8_TYPE__	 chlim, initialized;
	__UINT8_TYPE__	 randomseed0[8], randomseed1[8], randomid[8];
};

struct in6_ndireq {
	char			 ifname[IFNAMSIZ];
	struct nd_ifinfo	 ndi;
};
#endif

#endif
