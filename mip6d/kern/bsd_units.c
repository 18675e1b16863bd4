/*
 * NetBSD and OpenBSD: a tun device is a node of a number, and its interface
 * can't be renamed.  Addresses out of Router Advertisements are not the
 * kernel's business on either.
 */
#include <sys/types.h>
#include <sys/socket.h>

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "kern/bsd.h"

#define UNITS		64

/* NetBSD's device takes no more in one write. */
const uint32_t	bsd_tun_mtu_max = 1500;

static int
open_unit(const char *name)
{
	char	 path[IFNAMSIZ + 8];

	snprintf(path, sizeof(path), "/dev/%s", name);
	return (open(path, O_RDWR | O_NONBLOCK | O_CLOEXEC));
}

/* IN6_IFF_NODAD is refused, and how often is a setting of all interfaces. */
bool
bsd_test_addresses(struct kern *k, const char *name, bool on)
{
	(void)k;
	(void)name;
	(void)on;
	return (false);
}

/* A second one is refused. */
bool
bsd_tun_is_open(struct kern *k, const char *name)
{
	int	 fd;

	(void)k;
	if ((fd = open_unit(name)) == -1)
		return (errno == EBUSY);
	close(fd);
	return (false);
}

/*
 * The first free tunN, whatever name says; is becomes its name.  -1 and errno.
 */
int
bsd_tun_open(struct kern *k, const char *name, char is[IFNAMSIZ])
{
	int	 fd, i;

	(void)k;
	(void)name;
	for (i = 0; i < UNITS; i++) {
		snprintf(is, IFNAMSIZ, "tun%d", i);
		/* One that exists without us is the administrator's. */
		if (if_nametoindex(is) != 0)
			continue;
		fd = open_unit(is);
		if (fd != -1 || (errno != EBUSY && errno != ENXIO))
			return (fd);
	}
	errno = EBUSY;
	return (-1);
}

/* It is dhcpcd's or slaacd's. */
void
bsd_choose_again(struct kern *k, const struct bsd_router *r)
{
	(void)k;
	(void)r;
}

/* So are addresses. */
int
kern_takes_ra(struct kern *k, const char *interface, char *name, size_t cap)
{
	(void)k;
	(void)interface;
	if (cap > 0)
		name[0] = '\0';
	return (-1);
}

/* The filters of both pass what their rules pass. */
bool
kern_drops_mh(struct kern *k, char *setting, size_t cap)
{
	(void)k;
	(void)setting;
	(void)cap;
	return (false);
}
