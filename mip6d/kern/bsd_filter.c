/*
 * NetBSD and OpenBSD: says that nothing of ours keeps in the kernel's answers,
 * or closes the way out to what comes from a home address, as the packet filter
 * is the administrator's alone.  Takes the place of freebsd_ipfw.c there;
 * called by the other bsd files.
 */
#include <errno.h>

#include "kern/bsd.h"

/* Why ours is not there. */
const char *
bsd_lacks_filter(void)
{
	return ("a rule of your own in npf.conf(5) or pf.conf(5) against what "
	    "leaves from a home address (mip6d makes none on this system, and "
	    "doesn't see yours)");
}

/* What the system does not drop by itself is left to the operator. */
int
bsd_filter_answers(bool on)
{
	return (on ? bsd_lets_out() : 0);
}

bool
bsd_answers_filtered(void)
{
	return (bsd_lets_out() == 0);
}

int
bsd_close(struct kern *k, const struct in6_addr *home, bool on)
{
	(void)k;
	(void)home;
	return (on ? EOPNOTSUPP : 0);
}

bool
bsd_is_closed(struct kern *k, const struct in6_addr *home)
{
	(void)k;
	(void)home;
	return (false);
}

int
bsd_each_closed(struct kern *k,
    void (*fn)(struct kern *, const struct in6_addr *))
{
	(void)k;
	(void)fn;
	return (0);
}
