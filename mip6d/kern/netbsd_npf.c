/*
 * NetBSD: asks npf(4) whether its rules, which are the operator's, keep in the
 * kernel's answers, and says what is wanting.  Called by netbsd.c and
 * bsd_filter.c; what the kernel says is read by npf.c.
 */
#include <sys/types.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/socket.h>

#include <net/if.h>

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core/clock.h"
#include "kern/bsd.h"
#include "kern/npf.h"

#define RULE	"`block out final family inet6 proto ipv6-icmp " \
		"icmp-type 4 all'"

/* As nvlist_ref_t; the kernel maps what it says into the process. */
struct npf_list {
	void	*buf;
	size_t	 len;
	int	 flags;
};

#define NPF_SAVE	_IOR('N', 105, struct npf_list)

/* It says all it knows, every connection too: that is not asked for often. */
#define GOOD_FOR	SEC(30)

static const struct {
	int		 error;
	const char	*remedy;
} wanting[] = {
	[NPF_ABSENT] = { ENXIO, "npf(4) and its device (modload npf; cd /dev "
	    "&& sh MAKEDEV npf), with the rule " RULE " in npf.conf(5)" },
	[NPF_UNREADABLE] = { EOPNOTSUPP, "a version of npf(4) that is known, "
	    "with the rule " RULE " in npf.conf(5)" },
	[NPF_OFF] = { ENETDOWN, "npfctl start, with the rule " RULE
	    " in npf.conf(5)" },
	[NPF_LETS_OUT] = { ENOENT, "the rule " RULE " in npf.conf(5), in the "
	    "group of each interface before what lets ICMPv6 out" },
	[NPF_KEEPS_IN] = { 0, NULL }
};

static enum npf_state	 last;
static struct mono	 last_at;

/* Answers leave neither by the loopback interface nor by a tun device. */
static bool
is_left_by(const char *name)
{
	return (strncmp(name, "lo", 2) != 0 && strncmp(name, "tun", 3) != 0);
}

static enum npf_state
understand(const struct npf_list *l)
{
	struct if_nameindex	*all, *i;
	const char		**names;
	size_t			 n = 0;
	enum npf_state		 is = NPF_UNREADABLE;

	if ((all = if_nameindex()) == NULL)
		return (is);
	for (i = all; i->if_index != 0; i++)
		n++;
	if ((names = calloc(n + 1, sizeof(*names))) != NULL) {
		for (n = 0, i = all; i->if_index != 0; i++)
			if (is_left_by(i->if_name))
				names[n++] = i->if_name;
		is = npf_state(l->buf, l->len, names);
	}
	free(names);
	if_freenameindex(all);
	return (is);
}

static enum npf_state
ask(void)
{
	struct npf_list	 l;
	enum npf_state	 is;
	int		 fd;

	memset(&l, 0, sizeof(l));
	if ((fd = open("/dev/npf", O_RDONLY | O_CLOEXEC)) == -1)
		return (NPF_ABSENT);
	if (ioctl(fd, NPF_SAVE, &l) == -1) {
		close(fd);
		return (NPF_UNREADABLE);
	}
	close(fd);
	is = understand(&l);
	munmap(l.buf, l.len);
	return (is);
}

static void
look(void)
{
	struct mono	 now = mono_now();

	if (last == NPF_KEEPS_IN && mono_before(now, mono_add(last_at,
	    GOOD_FOR)))
		return;
	last = ask();
	last_at = now;
}

int
bsd_lets_out(void)
{
	look();
	return (wanting[last].error);
}

const char *
netbsd_npf_remedy(void)
{
	look();
	return (wanting[last].remedy);
}
