/*
 * FreeBSD: opens the tun device, says what this kernel can do and what the
 * operator has to do where it can't, and reads and writes the marks on
 * devices.  Fills in what bsd.h leaves to each system.  Called by the parent
 * through kern.h, and by the bsd files.
 */
#include <sys/types.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/sysctl.h>

#include <net/if.h>
#include <net/if_dl.h>
#include <net/if_tun.h>
#include <netinet/in.h>
#include <netinet6/in6_var.h>
#include <netinet6/nd6.h>

#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "kern/bsd.h"

const clockid_t	bsd_lifetime_clock = CLOCK_MONOTONIC;
const uint32_t	bsd_tun_mtu_max = UINT32_MAX;
const int	bsd_settable = IN6_IFF_NODAD | IN6_IFF_AUTOCONF |
    IN6_IFF_TEMPORARY;

void
bsd_describe(struct kern *k, const char *name, char *text)
{
	struct ifreq	 ifr;

	memset(&ifr, 0, sizeof(ifr));
	snprintf(ifr.ifr_name, sizeof(ifr.ifr_name), "%s", name);
	ifr.ifr_buffer.buffer = text;
	ifr.ifr_buffer.length = strlen(text) + 1;
	ioctl(k->inet6, SIOCSIFDESCR, &ifr);
}

bool
bsd_description(struct kern *k, const char *name, char *buf, size_t cap)
{
	struct ifreq	 ifr;

	memset(&ifr, 0, sizeof(ifr));
	snprintf(ifr.ifr_name, sizeof(ifr.ifr_name), "%s", name);
	ifr.ifr_buffer.buffer = buf;
	ifr.ifr_buffer.length = cap;
	/* One that is too long leaves no buffer. */
	return (ioctl(k->inet6, SIOCGIFDESCR, &ifr) == 0 &&
	    ifr.ifr_buffer.buffer != NULL);
}

/* It takes IN6_IFF_NODAD of an address, and tests it all the same. */
bool
bsd_test_addresses(struct kern *k, const char *name, bool on)
{
	struct in6_ndireq	 r;

	memset(&r, 0, sizeof(r));
	snprintf(r.ifname, sizeof(r.ifname), "%s", name);
	if (ioctl(k->inet6, SIOCGIFINFO_IN6, &r) == -1 ||
	    ((r.ndi.flags & ND6_IFF_NO_DAD) == 0) == on)
		return (false);
	r.ndi.flags ^= ND6_IFF_NO_DAD;
	return (ioctl(k->inet6, SIOCSIFINFO_FLAGS, &r) != -1);
}

/* Its status is "Opened by PID" and the number, or nothing. */
bool
bsd_tun_is_open(struct kern *k, const char *name)
{
	struct ifstat	 st;

	memset(&st, 0, sizeof(st));
	snprintf(st.ifs_name, sizeof(st.ifs_name), "%s", name);
	return (ioctl(k->inet6, SIOCGIFSTATUS, &st) == 0 &&
	    st.ascii[0] != '\0');
}

/*
 * A tun device of that name, or tunN if another has the name; is becomes that
 * which it has.  -1 and errno.
 */
int
bsd_tun_open(struct kern *k, const char *name, char is[IFNAMSIZ])
{
	struct ifreq	 ifr;
	char		 wanted[IFNAMSIZ];
	int		 fd;

	fd = open("/dev/tun", O_RDWR | O_NONBLOCK | O_CLOEXEC);
	if (fd == -1)
		return (-1);
	if (fdevname_r(fd, is, IFNAMSIZ) == NULL) {
		close(fd);
		errno = ENXIO;
		return (-1);
	}
	memset(&ifr, 0, sizeof(ifr));
	snprintf(ifr.ifr_name, sizeof(ifr.ifr_name), "%s", is);
	snprintf(wanted, sizeof(wanted), "%s", name);
	ifr.ifr_data = wanted;
	if (ioctl(k->inet6, SIOCSIFNAME, &ifr) == 0)
		memcpy(is, wanted, sizeof(wanted));
	return (fd);
}

/* Looking for the node /dev/tun would make a device, so we ask by sysctl(3). */
static void
check_tun(struct kern_caps *c)
{
	int	 v = 0;
	size_t	 len = sizeof(v);

	if (sysctlbyname("net.link.tun.devfs_cloning", &v, &len, NULL, 0) ==
	    -1)
		c->no_tun = "kldload if_tuntap (if_tun before FreeBSD 13)";
	else if (v == 0)
		c->no_tun = "sysctl net.link.tun.devfs_cloning=1";
	c->tun = c->no_tun == NULL;
}

/*
 * Routing tables (FIBs) are not chosen by source address, so there is no
 * source routing; no optimistic DAD; live SAs are moved by SADB_UPDATE, not
 * MIGRATE.  What ipfw(4) does for us is in freebsd_ipfw.c.
 */
void
kern_caps(struct kern *k, struct kern_caps *c)
{
	(void)k;
	memset(c, 0, sizeof(*c));
	c->pfkey = bsd_has_pfkey();
	c->no_ipsec = kern_never_ipsec();
	if (!c->pfkey)
		c->no_pfkey = "load ipsec (kldload ipsec)";
	check_tun(c);
	c->capture = access("/dev/bpf", R_OK | W_OK) == 0;
	if (!c->capture)
		c->no_capture = "the kernel needs `device bpf'; in a jail "
		    "devfs must show bpf";
	c->forwarding = bsd_is_forwarding();
	c->sends_by_tun = true;
	if (!c->forwarding)
		c->no_forwarding = "sysctl net.inet6.ip6.forwarding=1";
	c->no_suppress = c->no_fail_closed = bsd_lacks_filter();
	c->fail_closed = c->no_fail_closed == NULL;
	c->suppress = c->fail_closed ? SUPPRESS_IPFW : SUPPRESS_OPERATOR;
}

static int
setting(const char *name)
{
	int	 v = 0;
	size_t	 len = sizeof(v);

	return (sysctlbyname(name, &v, &len, NULL, 0) == -1 ? 0 : v);
}

/* ipfw(4) does not know protocol 135 as one that ends a chain of headers. */
bool
kern_drops_mh(struct kern *k, char *text, size_t cap)
{
	(void)k;
	if (setting("net.inet6.ip6.fw.enable") == 0 ||
	    setting("net.inet6.ip6.fw.deny_unknown_exthdrs") == 0)
		return (false);
	snprintf(text, cap, "net.inet6.ip6.fw.deny_unknown_exthdrs=1");
	return (true);
}

/* What the link-layer address of a neighbour is is to be asked again. */
static void
forget_neighbour(struct kern *k, const struct bsd_router *r)
{
	struct {
		struct rt_msghdr	 h;
		struct sockaddr_in6	 dst;
		uint32_t		 pad;	/* to a multiple of long */
		struct sockaddr_dl	 link;
	} q;

	memset(&q, 0, sizeof(q));
	q.h.rtm_version = RTM_VERSION;
	q.h.rtm_msglen = sizeof(q);
	q.h.rtm_type = RTM_DELETE;
	q.h.rtm_seq = ++k->seq;
	q.h.rtm_flags = RTF_HOST | RTF_LLDATA;
	q.h.rtm_addrs = RTA_DST | RTA_GATEWAY;
	bsd_sin6(&q.dst, &r->addr, r->ifindex);
	q.link.sdl_len = sizeof(q.link);
	q.link.sdl_family = AF_LINK;
	q.link.sdl_index = (uint16_t)r->ifindex;
	if (write(k->requests, &q, sizeof(q)) == -1)
		return;		/* there is none */
}

/*
 * It remembers which router it chose, also when somebody has deleted the route
 * of that: without a neighbour entry for it another one is preferred.
 */
void
bsd_choose_again(struct kern *k, const struct bsd_router *r)
{
	struct in6_ifreq	 ifr;

	forget_neighbour(k, r);
	memset(&ifr, 0, sizeof(ifr));
	if (if_indextoname(r->ifindex, ifr.ifr_name) != NULL)
		ioctl(k->inet6, SIOCSNDFLUSH_IN6, &ifr);
}

/* A router takes none (sys/netinet6/nd6_rtr.c), unless rfc6204w3 is set. */
int
kern_takes_ra(struct kern *k, const char *interface, char *name, size_t cap)
{
	(void)k;
	(void)interface;
	if (!bsd_is_forwarding() || setting("net.inet6.ip6.rfc6204w3") != 0)
		return (-1);
	snprintf(name, cap, "net.inet6.ip6.forwarding=1 and rfc6204w3=0");
	return (0);
}
