/*
 * OpenBSD: looks whether pf(4) runs, which drops the headers that the kernel
 * would answer with errors.  Called by bsd_filter.c and openbsd.c.
 */
#include <sys/types.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

#include <net/if.h>
#include <net/pfvar.h>
#include <netinet/in.h>

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "kern/bsd.h"

/* While pf(4) runs it drops destination options and routing headers. */
int
bsd_lets_out(void)
{
	struct pf_status	 s;
	bool			 r;
	int			 fd;

	if ((fd = open("/dev/pf", O_RDONLY | O_CLOEXEC)) == -1)
		return (EOPNOTSUPP);
	memset(&s, 0, sizeof(s));
	r = ioctl(fd, DIOCGETSTATUS, &s) == 0 && s.running != 0;
	close(fd);
	return (r ? 0 : EOPNOTSUPP);
}
