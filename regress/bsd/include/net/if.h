/*
 * if_nameindex(3) and what the kernel tells of interfaces.  It needs
 * <sys/socket.h> before it, as these systems' do or did.
 */
#ifndef BSD_NET_IF_H
#define BSD_NET_IF_H

#include <bsd_timeval.h>

#define IF_NAMESIZE	16
#define IFNAMSIZ	IF_NAMESIZE
#define IFF_UP		0x1
#define IFF_LOOPBACK	0x8
#define IFF_POINTOPOINT	0x10
#define IFF_RUNNING	0x40
#define IFF_MULTICAST	0x8000
#define IFAN_DEPARTURE	1
#if defined(__OpenBSD__)
#define LINK_STATE_DOWN		2
#define LINK_STATE_UP		4
#define LINK_STATE_IS_UP(s)	((s) >= LINK_STATE_UP || (s) == 0)
#define IFDESCRSIZE		64
#else
#define LINK_STATE_DOWN		1
#endif

struct if_nameindex {
	unsigned int	 if_index;
	char		*if_name;
};

struct if_data {
	unsigned char	 ifi_type, ifi_addrlen, ifi_hdrlen;
#if defined(__NetBSD__)
	int		 ifi_link_state;
	__UINT64_TYPE__	 ifi_mtu;
#else
	unsigned char	 ifi_link_state;
	__UINT32_TYPE__	 ifi_mtu;
#endif
};

struct if_msghdr {
	unsigned short	 ifm_msglen;
	unsigned char	 ifm_version, ifm_type;
#if defined(__OpenBSD__)
	unsigned short	 ifm_hdrlen;
#endif
	int		 ifm_addrs, ifm_flags;
	unsigned short	 ifm_index;
	struct if_data	 ifm_data;
};

struct ifa_msghdr {
	unsigned short	 ifam_msglen;
	unsigned char	 ifam_version, ifam_type;
#if defined(__OpenBSD__)
	unsigned short	 ifam_hdrlen;
#endif
	int		 ifam_addrs, ifam_flags;
	unsigned short	 ifam_index;
	int		 ifam_metric;
};

struct if_announcemsghdr {
	unsigned short	 ifan_msglen;
	unsigned char	 ifan_version, ifan_type;
	unsigned short	 ifan_index;
	char		 ifan_name[IFNAMSIZ];
	unsigned short	 ifan_what;
};

struct ifreq {
	char			 ifr_name[IFNAMSIZ];
	union {
		struct sockaddr	 bsd_addr;
		short		 bsd_flags[2];
		int		 bsd_mtu;
#if defined(__NetBSD__)
		struct {
			__UINT32_TYPE__	 len;
			void		*buf;
		}		 bsd_buf;
#elif defined(__FreeBSD__)
		struct {
			size_t		 length;
			void		*buffer;
		}		 bsd_buffer;
#endif
		char		*bsd_data;
	} bsd_u;
#define ifr_mtu		bsd_u.bsd_mtu
#define ifr_data	bsd_u.bsd_data
#if defined(__NetBSD__)
#define ifr_flags	bsd_u.bsd_flags[0]
#define ifr_buf		bsd_u.bsd_buf.buf
#define ifr_buflen	bsd_u.bsd_buf.len
#elif defined(__FreeBSD__)
#define ifr_flags	bsd_u.bsd_flags[0]
#define ifr_buffer	bsd_u.bsd_buffer
#else
#define ifr_flags	bsd_u.bsd_flags[0]
#endif
};

#if defined(__FreeBSD__)
struct ifstat {
	char	 ifs_name[IFNAMSIZ];
	char	 ascii[801];
};
#endif

void		 if_freenameindex(struct if_nameindex *);
char		*if_indextoname(unsigned int, char *);
struct if_nameindex *if_nameindex(void);
unsigned int	 if_nametoindex(const char *);

#endif
