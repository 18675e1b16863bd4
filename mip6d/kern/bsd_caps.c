/*
 * BSD: what these systems can do, as far as they are the same: one setting
 * for forwarding, no optimistic DAD.  The rest of
 * kern_caps() is in one file a system.
 */
#include <sys/types.h>
#include <sys/socket.h>
#include <sys/sysctl.h>

#include <net/pfkeyv2.h>
#include <netinet/in.h>

#include <errno.h>
#include <stdio.h>
#include <unistd.h>

#include "kern/bsd.h"

const uint8_t	kern_tun_flags = FDF_FAMILY;

const char *
kern_never_ipsec(void)
{
	return ("not on this system in this version");
}

/* Does this kernel have PF_KEY? */
bool
bsd_has_pfkey(void)
{
	int	 s;

	if ((s = socket(PF_KEY, SOCK_RAW | SOCK_CLOEXEC, PF_KEY_V2)) == -1)
		return (false);
	close(s);
	return (true);
}

/* Is it a router? */
bool
bsd_is_forwarding(void)
{
	int	 mib[] = { CTL_NET, PF_INET6, IPPROTO_IPV6,
		    IPV6CTL_FORWARDING };
	int	 v = 0;
	size_t	 len = sizeof(v);

	return (sysctl(mib, 4, &v, &len, NULL, 0) == 0 && v != 0);
}

/* There is one setting for all. */
int
kern_forwarding(struct kern *k, const char *interface, char *name, size_t cap)
{
	(void)k;
	snprintf(name, cap, "net.inet6.ip6.forwarding");
	return (interface == NULL ? bsd_is_forwarding() : -1);
}
