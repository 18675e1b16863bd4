/* NetBSD: the tun device, what this kernel can do, and its marks. */
#include <sys/types.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/sysctl.h>

#include <net/pfkeyv2.h>

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "kern/bsd.h"

#define UNITS		64
#define WRITE_MAX	1500	/* TUNMTU: what the device takes in one write */

const uint8_t	kern_tun_flags = FDF_FAMILY;
const clockid_t	bsd_lifetime_clock = CLOCK_REALTIME;
/* IN6_IFF_NODAD is in the header, but refused. */
const int	bsd_nodad = 0;

void
bsd_describe(struct kern *k, const char *name, char *text)
{
	struct ifreq	 ifr;

	memset(&ifr, 0, sizeof(ifr));
	snprintf(ifr.ifr_name, sizeof(ifr.ifr_name), "%s", name);
	ifr.ifr_buf = text;
	ifr.ifr_buflen = strlen(text) + 1;
	ioctl(k->inet6, SIOCSIFDESCR, &ifr);
}

bool
bsd_description(struct kern *k, const char *name, char *buf, size_t cap)
{
	struct ifreq	 ifr;

	memset(&ifr, 0, sizeof(ifr));
	snprintf(ifr.ifr_name, sizeof(ifr.ifr_name), "%s", name);
	ifr.ifr_buf = buf;
	ifr.ifr_buflen = cap;
	return (ioctl(k->inet6, SIOCGIFDESCR, &ifr) == 0);
}

/* A second one is refused. */
bool
bsd_tun_is_open(struct kern *k, const char *name)
{
	char	 path[IFNAMSIZ + 8];
	int	 fd;

	(void)k;
	snprintf(path, sizeof(path), "/dev/%s", name);
	fd = open(path, O_RDWR | O_NONBLOCK | O_CLOEXEC);
	if (fd == -1)
		return (errno == EBUSY);
	close(fd);
	return (false);
}

/*
 * A tun device, up; interfaces can't be renamed here, so it is the first
 * free tunN whatever name says.  Closing it does not remove it: kern_close()
 * does.  -1 and errno.
 */
int
kern_tun(struct kern *k, const char *name, uint32_t mtu, uint32_t *ifindex)
{
	char	 path[32];
	int	 e, fd, i;

	(void)name;
	if ((errno = bsd_tun_claim(k)) != 0)
		return (-1);
	for (i = 0; i < UNITS; i++) {
		snprintf(path, sizeof(path), "/dev/tun%d", i);
		/* One that exists without us is the administrator's. */
		if (if_nametoindex(path + strlen("/dev/")) != 0)
			continue;
		fd = open(path, O_RDWR | O_NONBLOCK | O_CLOEXEC);
		if (fd == -1 && (errno == EBUSY || errno == ENXIO))
			continue;
		if (fd == -1)
			return (-1);
		if (bsd_tun_up(k, fd, path + strlen("/dev/"),
		    mtu < WRITE_MAX ? mtu : WRITE_MAX, ifindex) == 0)
			return (fd);
		e = errno;
		close(fd);
		bsd_tun_destroy(k, path + strlen("/dev/"));
		k->tun = 0;
		errno = e;
		return (-1);
	}
	errno = EBUSY;
	return (-1);
}

static bool
has_pfkey(void)
{
	int	 s;

	if ((s = socket(PF_KEY, SOCK_RAW | SOCK_CLOEXEC, PF_KEY_V2)) == -1)
		return (false);
	close(s);
	return (true);
}

static bool
is_forwarding(void)
{
	int	 v = 0;
	size_t	 len = sizeof(v);

	return (sysctlbyname("net.inet6.ip6.forwarding", &v, &len, NULL, 0) ==
	    0 && v != 0);
}

/*
 * No source routing, no optimistic DAD; SADB_X_MIGRATE is in the header but
 * above SADB_MAX.  The kernel answers a Home Address option with a Parameter
 * Problem, and its packet filter can't see the option, but the answer.
 */
void
kern_caps(struct kern *k, struct kern_caps *c)
{
	(void)k;
	memset(c, 0, sizeof(*c));
	c->pfkey = has_pfkey();
	c->no_ipsec = "not on this system in this version";
	if (!c->pfkey)
		c->no_pfkey = "build it with `options IPSEC'";
	c->tun = access("/dev/tun0", R_OK | W_OK) == 0;
	if (!c->tun)
		c->no_tun = "cd /dev && sh MAKEDEV tun0; the kernel needs "
		    "`pseudo-device tun' or the module if_tun";
	c->capture = access("/dev/bpf", R_OK | W_OK) == 0;
	if (!c->capture)
		c->no_capture = "cd /dev && sh MAKEDEV bpf; the kernel needs "
		    "`pseudo-device bpfilter'";
	c->forwarding = is_forwarding();
	c->sends_by_tun = true;
	if (!c->forwarding)
		c->no_forwarding = "sysctl -w net.inet6.ip6.forwarding=1";
	c->suppress = SUPPRESS_OPERATOR;
	c->no_suppress = "npf.conf(5) needs `block out final family inet6 "
	    "proto ipv6-icmp icmp-type 4 all'";
}

int
kern_suppress(struct kern *k, bool on)
{
	(void)k;
	return (on ? EOPNOTSUPP : 0);
}

/* There is one setting for all. */
int
kern_forwarding(struct kern *k, const char *interface, char *name, size_t cap)
{
	(void)k;
	snprintf(name, cap, "net.inet6.ip6.forwarding");
	return (interface == NULL ? is_forwarding() : -1);
}

/* Not the kernel's business: dhcpcd does that. */
int
kern_takes_ra(struct kern *k, const char *interface, char *name, size_t cap)
{
	(void)k;
	(void)interface;
	if (cap > 0)
		name[0] = '\0';
	return (-1);
}

int
kern_optimistic(struct kern *k, const char *interface, bool on)
{
	(void)k;
	(void)interface;
	return (on ? EOPNOTSUPP : 0);
}

int
kern_is_optimistic(struct kern *k, const char *interface)
{
	(void)k;
	(void)interface;
	return (-1);
}

/* None of ours: the operator's, or pf(4) whole. */
bool
kern_suppressed(struct kern *k)
{
	(void)k;
	return (true);
}

int
kern_filter_fd(struct kern *k)
{
	(void)k;
	return (-1);
}

bool
kern_filter_read(struct kern *k)
{
	(void)k;
	return (false);
}
