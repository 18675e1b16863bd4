/*
 * BSD: the descriptors that the parent passes to net: raw sockets, packet
 * filter devices, PF_KEY.  Also what the BSDs have in common about the tun
 * device: it is brought up here, marked with our pid, and destroyed; how it is
 * opened differs and is in freebsd.c and bsd_units.c.  Descriptors belong to
 * the caller.
 */
#include <sys/types.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/time.h>

#include <net/bpf.h>
#include <net/if_tun.h>
#include <netinet/in.h>

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "kern/bsd.h"
#include "libpfkey/libpfkey.h"

#define PROTO_MH	135
#define MARK		"mip6d"
#define MARK_PID	MARK ", pid "
#define BUFFER		(1024 * 1024)
#define BPF_BUFFER	(512 * 1024)
#define MIN_BUFFER	(32 * 1024)

static void
large_buffer(int fd, int option)
{
	int	 size;

	/* More than kern.sbmax or its like is refused, not cut. */
	for (size = BUFFER; size >= MIN_BUFFER; size /= 2)
		if (setsockopt(fd, SOL_SOCKET, option, &size, sizeof(size)) ==
		    0)
			return;
}

/*
 * A raw socket of that kind, non-blocking; -1 and errno.  EPROTONOSUPPORT:
 * there is no such thing here, as for whole packets.
 */
int
kern_raw(struct kern *k, int kind)
{
	static const struct { int kind, proto; } protos[] = {
		{ FD_RAW_MH, PROTO_MH },
		{ FD_RAW_MH_IPSEC, PROTO_MH },
		{ FD_RAW_ICMP6, IPPROTO_ICMPV6 },
		{ FD_GROUP, 0 },
		{ FD_RAW_TUNNEL, IPPROTO_IPV6 },
	};
	size_t	 i;
	int	 fd;

	(void)k;
	for (i = 0; i < sizeof(protos) / sizeof(protos[0]); i++) {
		if (protos[i].kind != kind)
			continue;
		fd = socket(AF_INET6, (kind == FD_GROUP ? SOCK_DGRAM :
		    SOCK_RAW) | SOCK_NONBLOCK | SOCK_CLOEXEC,
		    protos[i].proto);
		if (fd == -1 || kind == FD_GROUP)
			return (fd);
		large_buffer(fd, SO_RCVBUF);
		large_buffer(fd, SO_SNDBUF);
		return (fd);
	}
	errno = EPROTONOSUPPORT;
	return (-1);
}

/* A kernel without IPsec knows the domain and not the protocol. */
int
kern_pfkey(struct kern *k)
{
	int	 fd;

	(void)k;
	if ((fd = pfkey_open()) != -1)
		large_buffer(fd, SO_RCVBUF);
	else if (errno == EPROTONOSUPPORT)
		errno = EAFNOSUPPORT;
	return (fd);
}

static int
close_failed(int fd)
{
	int	 e = errno;

	close(fd);
	errno = e;
	return (-1);
}

/* Capture only what comes in: what goes out has been dealt with. */
static int
incoming_only(int fd)
{
#if defined(BIOCSDIRFILT)
	unsigned int	 filtered = BPF_DIRECTION_OUT;

	return (ioctl(fd, BIOCSDIRFILT, &filtered));
#else
	unsigned int	 direction = BPF_D_IN;

	return (ioctl(fd, BIOCSDIRECTION, &direction));
#endif
}

/* A packet filter device on one interface, without a filter; -1 and errno. */
int
kern_capture(struct kern *k, const char *interface, uint32_t *ifindex)
{
	struct ifreq	 ifr;
	unsigned int	 size = BPF_BUFFER, one = 1;
	int		 fd, nonblock = 1;

	(void)k;
	/* What a name that is none leaves in errno differs. */
	errno = ENXIO;
	if ((*ifindex = if_nametoindex(interface)) == 0)
		return (-1);
	fd = open("/dev/bpf", O_RDWR | O_NONBLOCK | O_CLOEXEC);
	if (fd == -1)
		return (-1);
	memset(&ifr, 0, sizeof(ifr));
	snprintf(ifr.ifr_name, sizeof(ifr.ifr_name), "%s", interface);
	/* The kernel makes the size fit; it comes before the interface. */
	if (ioctl(fd, BIOCSBLEN, &size) == -1 ||
	    ioctl(fd, BIOCSETIF, &ifr) == -1 ||
	    ioctl(fd, BIOCIMMEDIATE, &one) == -1 ||
	    incoming_only(fd) == -1 ||
	    ioctl(fd, FIONBIO, &nonblock) == -1)
		return (close_failed(fd));
	return (fd);
}

/* Remember on the device, as its description, that it is ours. */
static void
mark(struct kern *k, const char *name)
{
	char	 text[BSD_DESCR_MAX];

	snprintf(text, sizeof(text), MARK_PID "%ld", (long)getpid());
	bsd_describe(k, name, text);
}

/* Is the device one of mip6d's?  Then *pid becomes that of its process. */
static bool
is_marked(struct kern *k, const char *name, pid_t *pid)
{
	char	 text[BSD_DESCR_MAX] = "";

	if (!bsd_description(k, name, text, sizeof(text)) ||
	    strncmp(text, MARK, strlen(MARK)) != 0)
		return (false);
	*pid = strncmp(text, MARK_PID, strlen(MARK_PID)) != 0 ? 0 :
	    (pid_t)strtol(text + strlen(MARK_PID), NULL, 10);
	return (true);
}

/* Is there a device of another mip6d in use?  *pid becomes the one on it. */
static bool
find_other(struct kern *k, pid_t *pid, bool destroy)
{
	struct if_nameindex	*list;
	bool			 found = false;
	size_t			 i;

	if ((list = if_nameindex()) == NULL)
		return (false);
	for (i = 0; list[i].if_index != 0 && !found; i++) {
		if (list[i].if_index == k->keep.tun ||
		    !is_marked(k, list[i].if_name, pid))
			continue;
		found = bsd_tun_is_open(k, list[i].if_name);
		if (!found && destroy)
			bsd_tun_destroy(k, list[i].if_name);
	}
	if_freenameindex(list);
	return (found);
}

/*
 * One mip6d a system: EBUSY if the device of another is in use, else 0, and
 * those that the dead left are gone.  To be called before a device is made,
 * and again when it is marked, in case that two start at a time.
 */
static int
claim(struct kern *k)
{
	pid_t	 pid;

	return (find_other(k, &pid, true) ? EBUSY : 0);
}

pid_t
kern_tun_holder(struct kern *k, const char *name)
{
	pid_t	 pid = 0;

	(void)name;
	return (find_other(k, &pid, false) ? pid : 0);
}

/* A packet filter device is for one interface. */
int
kern_capture_all(struct kern *k)
{
	(void)k;
	errno = EOPNOTSUPP;
	return (-1);
}

/*
 * Make the device fd of that name a non-blocking tun for IPv6, with an
 * address family in front of each packet, up and marked as ours.  0, or -1
 * and errno.
 */
static int
tun_up(struct kern *k, int fd, const char *name, uint32_t mtu,
    uint32_t *ifindex)
{
	struct ifreq	 ifr;
	int		 on = 1, mode = IFF_POINTOPOINT | IFF_MULTICAST;

	if (ioctl(fd, FIONBIO, &on) == -1 ||
	    ioctl(fd, TUNSIFMODE, &mode) == -1)
		return (-1);
#if defined(TUNSIFHEAD)
	if (ioctl(fd, TUNSIFHEAD, &on) == -1)
		return (-1);
#endif
	memset(&ifr, 0, sizeof(ifr));
	snprintf(ifr.ifr_name, sizeof(ifr.ifr_name), "%s", name);
	ifr.ifr_mtu = (int)mtu;
	if (ioctl(k->inet6, SIOCSIFMTU, &ifr) == -1 ||
	    ioctl(k->inet6, SIOCGIFFLAGS, &ifr) == -1)
		return (-1);
	ifr.ifr_flags |= IFF_UP;
	errno = ENXIO;
	if ((*ifindex = if_nametoindex(name)) == 0 ||
	    ioctl(k->inet6, SIOCSIFFLAGS, &ifr) == -1)
		return (-1);
	k->keep.tun = *ifindex;
	snprintf(k->tun_name, sizeof(k->tun_name), "%s", name);
	mark(k, name);
	if ((errno = claim(k)) != 0 ||
	    (errno = keep_want_tun(&k->keep, mtu)) != 0)
		return (-1);
	keep_settle(&k->keep);
	return ((errno = keep_tun_error(&k->keep)) != 0 ? -1 : 0);
}

/*
 * The device ends, with its addresses.  FreeBSD would wait for whoever has it
 * open where no signal reaches, so one that stays open is left to the next
 * start.
 */
void
bsd_tun_destroy(struct kern *k, const char *name)
{
	struct timespec	 nap = { 0, 10 * NS_PER_MS };
	struct ifreq	 ifr;
	int		 i;

	for (i = 0; bsd_tun_is_open(k, name); i++) {
		if (i == 50)
			return;
		nanosleep(&nap, NULL);
	}
	memset(&ifr, 0, sizeof(ifr));
	snprintf(ifr.ifr_name, sizeof(ifr.ifr_name), "%s", name);
	ioctl(k->inet6, SIOCIFDESTROY, &ifr);
}

static uint32_t
fits(uint32_t mtu)
{
	return (mtu < bsd_tun_mtu_max ? mtu : bsd_tun_mtu_max);
}

/*
 * A tun device, up, of that name where the system lets us choose.  Closing it
 * does not remove it everywhere: kern_close() does.  -1 and errno.
 */
int
kern_tun(struct kern *k, const char *name, uint32_t mtu, uint32_t *ifindex)
{
	char	 is[IFNAMSIZ];
	int	 e, fd;

	if ((errno = claim(k)) != 0)
		return (-1);
	if ((fd = bsd_tun_open(k, name, is)) == -1)
		return (-1);
	if (tun_up(k, fd, is, fits(mtu), ifindex) == 0)
		return (fd);
	e = errno;
	close(fd);
	bsd_tun_destroy(k, is);
	k->keep.tun = 0;
	errno = e;
	return (-1);
}

int
kern_tun_mtu(struct kern *k, uint32_t mtu)
{
	return (k->keep.tun == 0 ? 0 : keep_want_tun(&k->keep, fits(mtu)));
}

/*
 * The device that a former life left goes, and with it its addresses, by its
 * mark.  Those on other links carry no tag: they end with their lifetime, or
 * are taken over as they are.
 */
int
bsd_leftovers(struct kern *k)
{
	struct if_nameindex	*list;
	size_t			 i;
	pid_t			 pid;

	if ((list = if_nameindex()) == NULL)
		return (errno);
	for (i = 0; list[i].if_index != 0; i++)
		if (list[i].if_index != k->keep.tun &&
		    is_marked(k, list[i].if_name, &pid))
			bsd_tun_destroy(k, list[i].if_name);
	if_freenameindex(list);
	return (0);
}
