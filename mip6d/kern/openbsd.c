/*
 * OpenBSD: says what this kernel can do and what the operator has to do where
 * it can't, and reads and writes the marks on devices.  Fills in what bsd.h
 * leaves to each system.  Called by the parent through kern.h, and by the bsd
 * files.
 */
#include <sys/types.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

#include <net/if.h>
#include <netinet/in.h>

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "kern/bsd.h"

const clockid_t	bsd_lifetime_clock = CLOCK_REALTIME;
const int	bsd_settable = IN6_IFF_AUTOCONF | IN6_IFF_TEMPORARY;

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
	c->pfkey = bsd_has_pfkey();
	c->no_ipsec = kern_never_ipsec();
	if (!c->pfkey)
		c->no_pfkey = "build it with `option IPSEC'";
	c->forwarding = bsd_is_forwarding();
	if (!c->forwarding)
		c->no_forwarding = "sysctl net.inet6.ip6.forwarding=1";
	c->sends_by_tun = true;
	c->tun = access("/dev/tun0", R_OK | W_OK) == 0;
	if (!c->tun)
		c->no_tun = "cd /dev && sh MAKEDEV tun0";
	c->capture = access("/dev/bpf", R_OK | W_OK) == 0;
	if (!c->capture)
		c->no_capture = "cd /dev && sh MAKEDEV bpf";
	c->suppress = bsd_lets_out() == 0 ? SUPPRESS_SILENT :
	    SUPPRESS_NONE;
	if (c->suppress == SUPPRESS_NONE)
		c->no_suppress = "pfctl -e: without `allow-opts' pf(4) drops "
		    "destination options and routing headers";
	c->no_fail_closed = bsd_lacks_filter();
}
