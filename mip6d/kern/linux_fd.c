/*
 * Linux: makes the descriptors that the parent passes to net: raw sockets with
 * their IPsec policies, packet sockets, PF_KEY, and the tun device, whose name
 * is the lock of a network namespace.  Descriptors belong to the caller.  The
 * tun is signed with our pid, so that a second mip6d can say who has it.
 */
#include <sys/ioctl.h>
#include <sys/socket.h>

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <net/if.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <linux/if_link.h>
#include <linux/if_packet.h>
#include <linux/if_tun.h>
#include <linux/ipsec.h>
#include <linux/pfkeyv2.h>
#include <linux/xfrm.h>

#include "kern/kern.h"
#include "kern/linux.h"
#include "kern/linux_nl.h"
#include "libpfkey/libpfkey.h"

#define PROTO_MH	135
#define PROTO_TUNNEL	41
#define BUFFER		(4 * 1024 * 1024)
#define SIGNATURE	"mip6d, pid "	/* an alias of the device */

const uint8_t	kern_tun_flags = FDF_VNET_HDR;

/* Which policy of its own a socket is to have. */
enum socket_policy {
	POLICY_OUT,	/* for output: nothing is asked for */
	POLICY_TRANSPORT,	/* for input: ESP in that mode */
	POLICY_TUNNEL
};

/*
 * Give the socket an IPsec policy of its own, which replaces the system's.  For
 * input ESP may be by whatever association, between whatever ends of a tunnel.
 * af_key knows the first option, xfrm_user the other.
 */
static int
socket_policy(int fd, enum socket_policy what)
{
	const bool			 in = what != POLICY_OUT;
	struct {
		struct sadb_x_policy		 p;
		struct sadb_x_ipsecrequest	 r;
		/* Without a gap: any, two times. */
		uint8_t				 ends[56];
	}				 key;
	struct {
		struct xfrm_userpolicy_info	 p;
		struct xfrm_user_tmpl		 t;
	}				 xfrm;
	struct sockaddr_in6		 any = { .sin6_family = AF_INET6 };
	size_t				 len;

	memset(&key, 0, sizeof(key));
	len = !in ? sizeof(key.p) : what == POLICY_TUNNEL ? sizeof(key) :
	    sizeof(key.p) + sizeof(key.r);
	memcpy(key.ends, &any, sizeof(any));
	memcpy(key.ends + sizeof(any), &any, sizeof(any));
	key.p.sadb_x_policy_len = (uint16_t)(len / 8);
	key.p.sadb_x_policy_exttype = SADB_X_EXT_POLICY;
	key.p.sadb_x_policy_type = in ? IPSEC_POLICY_IPSEC :
	    IPSEC_POLICY_BYPASS;
	key.p.sadb_x_policy_dir = in ? IPSEC_DIR_INBOUND : IPSEC_DIR_OUTBOUND;
	key.r.sadb_x_ipsecrequest_len = (uint16_t)(len - sizeof(key.p));
	key.r.sadb_x_ipsecrequest_proto = IPPROTO_ESP;
	key.r.sadb_x_ipsecrequest_mode = what == POLICY_TUNNEL ?
	    IPSEC_MODE_TUNNEL : IPSEC_MODE_TRANSPORT;
	key.r.sadb_x_ipsecrequest_level = IPSEC_LEVEL_REQUIRE;
	if (setsockopt(fd, IPPROTO_IPV6, IPV6_IPSEC_POLICY, &key,
	    (socklen_t)len) == 0)
		return (0);
	memset(&xfrm, 0, sizeof(xfrm));
	len = in ? sizeof(xfrm) : sizeof(xfrm.p);
	xfrm.p.sel.family = AF_INET6;
	xfrm.p.action = XFRM_POLICY_ALLOW;
	xfrm.p.dir = in ? XFRM_POLICY_IN : XFRM_POLICY_OUT;
	xfrm.p.lft.soft_byte_limit = xfrm.p.lft.hard_byte_limit =
	    xfrm.p.lft.soft_packet_limit = xfrm.p.lft.hard_packet_limit =
	    XFRM_INF;
	xfrm.t.family = AF_INET6;
	xfrm.t.id.proto = IPPROTO_ESP;
	xfrm.t.mode = what == POLICY_TUNNEL ? XFRM_MODE_TUNNEL :
	    XFRM_MODE_TRANSPORT;
	xfrm.t.aalgos = xfrm.t.ealgos = xfrm.t.calgos = ~0U;
	return (setsockopt(fd, IPPROTO_IPV6, IPV6_XFRM_POLICY, &xfrm,
	    (socklen_t)len));
}

/* A raw socket of that kind, non-blocking; -1 and errno. */
int
kern_raw(struct kern *k, int kind)
{
	static const struct { int kind, proto; } protos[] = {
		{ FD_RAW_MH, PROTO_MH },
		{ FD_RAW_MH_IPSEC, PROTO_MH },
		{ FD_RAW_MH_TUNNEL, PROTO_MH },
		{ FD_RAW_ICMP6, IPPROTO_ICMPV6 },
		{ FD_GROUP, 0 },
		{ FD_RAW_TUNNEL, PROTO_TUNNEL },
		{ FD_RAW_SEND, IPPROTO_RAW },
	};
	int	 e, fd, size = BUFFER;
	size_t	 i;

	(void)k;
	for (i = 0; i < sizeof(protos) / sizeof(protos[0]); i++) {
		if (protos[i].kind != kind)
			continue;
		fd = socket(AF_INET6, (kind == FD_GROUP ? SOCK_DGRAM :
		    SOCK_RAW) | SOCK_NONBLOCK | SOCK_CLOEXEC,
		    protos[i].proto);
		if (fd == -1 || kind == FD_GROUP)
			return (fd);
		setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &size, sizeof(size));
		setsockopt(fd, SOL_SOCKET, SO_SNDBUFFORCE, &size, sizeof(size));
		/* What it sends is right as it is; no IPsec, no policy. */
		if (kind == FD_RAW_SEND)
			socket_policy(fd, POLICY_OUT);
		if ((kind == FD_RAW_MH_IPSEC &&
		    socket_policy(fd, POLICY_TRANSPORT) == -1) ||
		    (kind == FD_RAW_MH_TUNNEL &&
		    socket_policy(fd, POLICY_TUNNEL) == -1)) {
			e = errno;
			close(fd);
			errno = e;
			return (-1);
		}
		return (fd);
	}
	errno = EINVAL;
	return (-1);
}

/*
 * A packet socket for one interface, not bound: the caller sets its filter
 * first.  -1 and errno.
 */
int
kern_capture(struct kern *k, const char *interface, uint32_t *ifindex)
{
	if ((*ifindex = if_nametoindex(interface)) == 0)
		return (-1);
	return (kern_capture_all(k));
}

/*
 * The same for all interfaces: what it captures depends on its binding alone.
 */
int
kern_capture_all(struct kern *k)
{
	int	 fd, size = BUFFER;

	(void)k;
	fd = socket(AF_PACKET, SOCK_RAW | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (fd != -1)
		setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &size, sizeof(size));
	return (fd);
}

int
kern_pfkey(struct kern *k)
{
	int	 fd, size = BUFFER;

	(void)k;
	if ((fd = pfkey_open()) != -1)
		setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &size, sizeof(size));
	return (fd);
}

/* Write our pid on the device, for people and for kern_tun_holder(). */
static void
sign(uint32_t ifindex)
{
	struct ifinfomsg	 ifi;
	struct nl		 nl;
	char			 text[32];
	int			 n;

	if (nl_open(&nl) != 0)
		return;
	memset(&ifi, 0, sizeof(ifi));
	ifi.ifi_index = (int)ifindex;
	n = snprintf(text, sizeof(text), SIGNATURE "%ld", (long)getpid());
	if (nl_begin(&nl, RTM_SETLINK, 0, &ifi, sizeof(ifi), 0) != NULL) {
		nl_attr(&nl, IFLA_IFALIAS, text, (size_t)n + 1);
		nl_commit(&nl, NULL, NULL);
	}
	nl_close(&nl);
}

struct search {
	const char	*name;
	pid_t		 pid;
};

static void
find_signature(void *arg, const struct nlmsghdr *h)
{
	struct search	*s = arg;
	const void	*name, *alias;
	size_t		 len, n = strlen(SIGNATURE);
	char		 text[32];

	if (!nl_find(h, sizeof(struct ifinfomsg), IFLA_IFNAME, &name, &len) ||
	    len != strlen(s->name) + 1 || memcmp(name, s->name, len) != 0 ||
	    !nl_find(h, sizeof(struct ifinfomsg), IFLA_IFALIAS, &alias, &len))
		return;
	snprintf(text, sizeof(text), "%.*s", (int)len, (const char *)alias);
	if (strncmp(text, SIGNATURE, n) == 0)
		s->pid = (pid_t)strtol(text + n, NULL, 10);
}

/* The pid of the mip6d whose device it is; 0: nobody's, or not known. */
pid_t
kern_tun_holder(struct kern *k, const char *name)
{
	struct ifinfomsg	 ifi;
	struct search		 s = { name, 0 };
	struct nl		 nl;

	(void)k;
	if (nl_open(&nl) != 0)
		return (0);
	memset(&ifi, 0, sizeof(ifi));
	nl_dump(&nl, RTM_GETLINK, &ifi, sizeof(ifi), find_signature, &s);
	nl_close(&nl);
	return (s.pid);
}

/*
 * A tun device of that name, up, with virtio-net headers; it lives as long as
 * the descriptor.  -1 and errno (EBUSY: another has it).
 */
int
kern_tun(struct kern *k, const char *name, uint32_t mtu, uint32_t *ifindex)
{
	struct ifreq	 ifr;
	int		 fd, e;

	if ((fd = open("/dev/net/tun", O_RDWR | O_NONBLOCK | O_CLOEXEC)) == -1)
		return (-1);
	memset(&ifr, 0, sizeof(ifr));
	snprintf(ifr.ifr_name, sizeof(ifr.ifr_name), "%s", name);
	ifr.ifr_flags = IFF_TUN | IFF_NO_PI | IFF_VNET_HDR;
	if (ioctl(fd, TUNSETIFF, &ifr) == -1 ||
	    (*ifindex = if_nametoindex(name)) == 0)
		goto fail;
	sign(*ifindex);
	k->keep.tun = *ifindex;
	if ((errno = keep_want_tun(&k->keep, mtu)) != 0)
		goto fail;
	/* Requests that wait are not answered here. */
	keep_settle(&k->keep);
	if ((errno = keep_tun_error(&k->keep)) == 0)
		return (fd);
fail:
	e = errno;
	close(fd);
	k->keep.tun = 0;
	errno = e;
	return (-1);
}

int
kern_tun_mtu(struct kern *k, uint32_t mtu)
{
	return (k->keep.tun == 0 ? 0 : keep_want_tun(&k->keep, mtu));
}
