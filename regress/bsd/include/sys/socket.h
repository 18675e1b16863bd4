#ifndef BSD_SYS_SOCKET_H
#define BSD_SYS_SOCKET_H

#include <sys/uio.h>

#define SOCK_STREAM	1
#define SOCK_DGRAM	2
#define SOCK_RAW	3
#define SOCK_SEQPACKET	5
#if defined(__OpenBSD__)
#define SOCK_CLOEXEC	0x8000
#define SOCK_NONBLOCK	0x4000
#else
#define SOCK_CLOEXEC	0x10000000
#define SOCK_NONBLOCK	0x20000000
#endif
#define SOL_SOCKET	0xffff
#define SO_USELOOPBACK	0x0040
#define SO_SNDBUF	0x1001
#define SO_RCVBUF	0x1002
#if defined(__NetBSD__)
#define SO_RERROR	0x4000
#define SO_SNDTIMEO	0x100b
#define SO_RCVTIMEO	0x100c
#else
#define SO_SNDTIMEO	0x1005
#define SO_RCVTIMEO	0x1006
#endif
#define AF_UNSPEC	0
#define AF_UNIX		1
#define AF_INET		2
#define AF_LINK		18
#if defined(__FreeBSD__)
#define AF_INET6	28
#define PF_KEY		27
#elif defined(__NetBSD__)
#define AF_INET6	24
#define PF_KEY		29
#else
#define AF_INET6	24
#define PF_KEY		30
#endif
#define PF_INET6	AF_INET6
#if defined(__NetBSD__)
#define PF_ROUTE	34
#else
#define PF_ROUTE	17
#endif
#define MSG_TRUNC	0x10
#define MSG_CTRUNC	0x20
#define MSG_DONTWAIT	0x80
#if defined(__FreeBSD__)
#define MSG_NOSIGNAL	0x20000
#elif defined(__NetBSD__)
#define MSG_NOSIGNAL	0x0400
#else
#define MSG_NOSIGNAL	0x400
#endif
#define SCM_RIGHTS	1
#define SHUT_RD		0
#define SHUT_WR		1
#define SHUT_RDWR	2
#define NET_RT_FLAGS	2
#if defined(__NetBSD__)
#define NET_RT_IFLIST	6
#else
#define NET_RT_IFLIST	3
#endif

struct sockaddr {
	unsigned char	 sa_len;
	sa_family_t	 sa_family;
	char		 sa_data[14];
};

struct sockaddr_storage {
	unsigned char	 ss_len;
	sa_family_t	 ss_family;
	char		 ss_pad[6];
	__INT64_TYPE__	 ss_align;
	char		 ss_pad2[112];
};

struct msghdr {
	void		*msg_name;
	socklen_t	 msg_namelen;
	struct iovec	*msg_iov;
#if defined(__OpenBSD__)
	unsigned int	 msg_iovlen;
#else
	int		 msg_iovlen;
#endif
	void		*msg_control;
	socklen_t	 msg_controllen;
	int		 msg_flags;
};

struct mmsghdr {
	struct msghdr	 msg_hdr;
#if defined(__FreeBSD__)
	ssize_t		 msg_len;
#else
	unsigned int	 msg_len;
#endif
};

struct cmsghdr {
	socklen_t	 cmsg_len;
	int		 cmsg_level;
	int		 cmsg_type;
};

#define BSD_CMSG(n)	(((size_t)(n) + 7) & ~(size_t)7)
#define CMSG_DATA(c)	((unsigned char *)(c) + BSD_CMSG(sizeof(*(c))))
#define CMSG_LEN(n)	(BSD_CMSG(sizeof(struct cmsghdr)) + (n))
#define CMSG_SPACE(n)	(BSD_CMSG(sizeof(struct cmsghdr)) + BSD_CMSG(n))
#define CMSG_FIRSTHDR(m)						\
	((m)->msg_controllen >= sizeof(struct cmsghdr) ?		\
	(struct cmsghdr *)(m)->msg_control : (struct cmsghdr *)0)
#define CMSG_NXTHDR(m, c)	bsd_cmsg_next((m), (c))

struct timespec;

struct cmsghdr	*bsd_cmsg_next(const struct msghdr *, struct cmsghdr *);
int	 accept(int, struct sockaddr *, socklen_t *);
int	 bind(int, const struct sockaddr *, socklen_t);
int	 connect(int, const struct sockaddr *, socklen_t);
int	 getsockname(int, struct sockaddr *, socklen_t *);
int	 listen(int, int);
ssize_t	 recv(int, void *, size_t, int);
ssize_t	 recvfrom(int, void *, size_t, int, struct sockaddr *, socklen_t *);
ssize_t	 recvmsg(int, struct msghdr *, int);
ssize_t	 send(int, const void *, size_t, int);
ssize_t	 sendmsg(int, const struct msghdr *, int);
ssize_t	 sendto(int, const void *, size_t, int, const struct sockaddr *,
	    socklen_t);
int	 getsockopt(int, int, int, void *, socklen_t *);
int	 setsockopt(int, int, int, const void *, socklen_t);
int	 shutdown(int, int);
int	 socket(int, int, int);
int	 socketpair(int, int, int, int *);
#if defined(__FreeBSD__)
ssize_t	 recvmmsg(int, struct mmsghdr *, size_t, int,
	    const struct timespec *);
ssize_t	 sendmmsg(int, struct mmsghdr *, size_t, int);
#else
#if defined(__NetBSD__)
int	 recvmmsg(int, struct mmsghdr *, unsigned int, unsigned int,
	    struct timespec *);
int	 sendmmsg(int, struct mmsghdr *, unsigned int, unsigned int);
#else
int	 recvmmsg(int, struct mmsghdr *, unsigned int, int,
	    struct timespec *);
int	 sendmmsg(int, struct mmsghdr *, unsigned int, int);
#endif
#endif

#endif
