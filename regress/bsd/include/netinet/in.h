/* Without struct sockaddr and AF_INET6, which are <sys/socket.h>'s. */
#ifndef BSD_NETINET_IN_H
#define BSD_NETINET_IN_H

#include <bsd_types.h>
#include <bsd_order.h>

#define IPPROTO_IP	0
#define IPPROTO_IPV6	41
#define IPPROTO_ROUTING	43
#define IPPROTO_ESP	50
#define IPPROTO_ICMPV6	58
#define IPPROTO_DSTOPTS	60
#define IPPROTO_RAW	255
#define INET6_ADDRSTRLEN 46
#define IPV6_MULTICAST_LOOP	11
#define IPV6_JOIN_GROUP		12
#define IPV6_LEAVE_GROUP	13
#define ICMP6_FILTER		18
#define IPV6_CHECKSUM		26
#define IPV6_RECVPKTINFO	36
#define IPV6_RECVHOPLIMIT	37
#define IPV6_RECVRTHDR		38
#define IPV6_RECVDSTOPTS	40
#define IPV6_PKTINFO		46
#define IPV6_HOPLIMIT		47
#define IPV6_DSTOPTS		50
#define IPV6_RTHDR		51
#define IPV6_RECVTCLASS		57
#define IPV6_TCLASS		61
#define IPV6CTL_FORWARDING	1

struct in_addr {
	in_addr_t	 s_addr;
};

struct sockaddr_in {
	unsigned char	 sin_len;
	sa_family_t	 sin_family;
	in_port_t	 sin_port;
	struct in_addr	 sin_addr;
	char		 sin_zero[8];
};

struct in6_addr {
	union {
		__UINT8_TYPE__	 bsd_8[16];
		__UINT32_TYPE__	 bsd_32[4];
	} bsd_u;
#define s6_addr	bsd_u.bsd_8
};

struct sockaddr_in6 {
	unsigned char	 sin6_len;
	sa_family_t	 sin6_family;
	in_port_t	 sin6_port;
	__UINT32_TYPE__	 sin6_flowinfo;
	struct in6_addr	 sin6_addr;
	__UINT32_TYPE__	 sin6_scope_id;
};

struct in6_pktinfo {
	struct in6_addr	 ipi6_addr;
	unsigned int	 ipi6_ifindex;
};

struct ipv6_mreq {
	struct in6_addr	 ipv6mr_multiaddr;
	unsigned int	 ipv6mr_interface;
};

extern const struct in6_addr	 in6addr_any, in6addr_loopback;

#define IN6ADDR_ANY_INIT	{ { { 0 } } }

int	 bsd_in6_unspecified(const struct in6_addr *);
int	 bsd_in6_loopback(const struct in6_addr *);
int	 bsd_in6_linklocal(const struct in6_addr *);
int	 bsd_in6_multicast(const struct in6_addr *);
int	 bsd_in6_mc_linklocal(const struct in6_addr *);
int	 bsd_in6_v4mapped(const struct in6_addr *);
int	 bsd_in6_equal(const struct in6_addr *, const struct in6_addr *);

#define IN6_ARE_ADDR_EQUAL(a, b)	bsd_in6_equal((a), (b))
#define IN6_IS_ADDR_UNSPECIFIED(a)	bsd_in6_unspecified(a)
#define IN6_IS_ADDR_LOOPBACK(a)		bsd_in6_loopback(a)
#define IN6_IS_ADDR_LINKLOCAL(a)	bsd_in6_linklocal(a)
#define IN6_IS_ADDR_MULTICAST(a)	bsd_in6_multicast(a)
#define IN6_IS_ADDR_MC_LINKLOCAL(a)	bsd_in6_mc_linklocal(a)
#define IN6_IS_ADDR_V4MAPPED(a)		bsd_in6_v4mapped(a)

#endif
