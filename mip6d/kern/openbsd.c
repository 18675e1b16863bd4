/* OpenBSD: the tun device, what this kernel can do, and its marks. */
#include <sys/types.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/sysctl.h>

#include <net/if.h>
#include <net/pfkeyv2.h>
#include <net/pfvar.h>
#include <netinet/in.h>

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "kern/bsd.h"

#define UNITS	64

const uint8_t	kern_tun_flags = FDF_FAMILY;
const clockid_t	bsd_lifetime_clock = CLOCK_REALTIME;
const int	bsd_nodad = 0;

void
bsd_describe(struct kern *k, const char *name, char *text)
{
	struct ifreq	 ifr;

	memset(&ifr, 0, sizeof(ifr));
	snprintf(ifr.ifr_name, sizeof(ifr.ifr_name), "%s", name);
	ifr.ifr_data = text;
	ioctl(k->inet6, SIOCSIFDESCR, &ifr);
}

bool
bsd_description(struct kern *k, const char *name, char *buf, size_t cap)
{
	struct ifreq	 ifr;

	memset(&ifr, 0, sizeof(ifr));
	snprintf(ifr.ifr_name, sizeof(ifr.ifr_name), "%s", name);
	(void)cap;	/* the kernel copies IFDESCRSIZE */
	ifr.ifr_data = buf;
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
 * A tun device, up: the first free tunN, since interfaces can't be renamed
 * here.  It goes when it is closed.  -1 and errno.
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
		if (bsd_tun_up(k, fd, path + strlen("/dev/"), mtu, ifindex) ==
		    0)
			return (fd);
		e = errno;
		close(fd);
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
	int	 mib[] = { CTL_NET, PF_INET6, IPPROTO_IPV6,
		    IPV6CTL_FORWARDING };
	int	 v = 0;
	size_t	 len = sizeof(v);

	return (sysctl(mib, 4, &v, &len, NULL, 0) == 0 && v != 0);
}

/* While pf(4) runs it drops destination options and routing headers. */
static bool
pf_runs(void)
{
	struct pf_status	 s;
	bool			 r;
	int			 fd;

	if ((fd = open("/dev/pf", O_RDONLY | O_CLOEXEC)) == -1)
		return (false);
	memset(&s, 0, sizeof(s));
	r = ioctl(fd, DIOCGETSTATUS, &s) == 0 && s.running != 0;
	close(fd);
	return (r);
}

/*
 * No source routing without rules of pf(4), no optimistic DAD, no MIGRATE.
 * A host that does not forward drops even what is written to a tun device for
 * an address of another interface of its own.
 */
void
kern_caps(struct kern *k, struct kern_caps *c)
{
	(void)k;
	memset(c, 0, sizeof(*c));
	c->pfkey = has_pfkey();
	c->no_ipsec = "not on this system in this version";
	if (!c->pfkey)
		c->no_pfkey = "build it with `option IPSEC'";
	c->forwarding = is_forwarding();
	if (!c->forwarding)
		c->no_forwarding = "sysctl net.inet6.ip6.forwarding=1";
	c->sends_by_tun = true;
	c->tun = access("/dev/tun0", R_OK | W_OK) == 0;
	if (!c->tun)
		c->no_tun = "cd /dev && sh MAKEDEV tun0";
	c->capture = access("/dev/bpf", R_OK | W_OK) == 0;
	if (!c->capture)
		c->no_capture = "cd /dev && sh MAKEDEV bpf";
	c->kernel_drops = pf_runs();
	c->suppress = c->kernel_drops ? SUPPRESS_SILENT : SUPPRESS_NONE;
	if (!c->kernel_drops)
		c->no_suppress = "pfctl -e: without `allow-opts' pf(4) drops "
		    "destination options and routing headers";
}

int
kern_suppress(struct kern *k, bool on)
{
	(void)k;
	return (on && !pf_runs() ? EOPNOTSUPP : 0);
}

/* There is one setting for all. */
int
kern_forwarding(struct kern *k, const char *interface, char *name, size_t cap)
{
	(void)k;
	snprintf(name, cap, "net.inet6.ip6.forwarding");
	return (interface == NULL ? is_forwarding() : -1);
}

/* Not the kernel's business: slaacd does that. */
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
	return (pf_runs());
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
