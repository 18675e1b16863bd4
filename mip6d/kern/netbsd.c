/*
 * NetBSD: says what this kernel can do and what the operator has to do where
 * it can't, and reads and writes the marks on devices.  Fills in what bsd.h
 * leaves to each system.  Called by the parent through kern.h, and by the bsd
 * files.
 */
#include <sys/types.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "kern/bsd.h"

const clockid_t	bsd_lifetime_clock = CLOCK_REALTIME;
/* Nor IN6_IFF_AUTOCONF: without that the kernel's RAs would be lost on it. */
const int	bsd_settable = IN6_IFF_TEMPORARY;

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
	c->pfkey = bsd_has_pfkey();
	c->no_ipsec = kern_never_ipsec();
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
	c->forwarding = bsd_is_forwarding();
	c->sends_by_tun = true;
	if (!c->forwarding)
		c->no_forwarding = "sysctl -w net.inet6.ip6.forwarding=1";
	c->no_suppress = netbsd_npf_remedy();
	c->suppress = c->no_suppress == NULL ? SUPPRESS_OPERATOR :
	    SUPPRESS_NONE;
	c->no_fail_closed = bsd_lacks_filter();
}
