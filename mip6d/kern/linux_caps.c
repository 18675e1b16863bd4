/*
 * Linux: finds out what this kernel can do, and says what the operator has to
 * do where it can't (struct kern_caps).  Reads and writes the settings of
 * interfaces below /proc/sys/net/ipv6/conf: forwarding, Router Advertisements,
 * optimistic DAD.  Keeps no descriptor; called by the parent through kern.h.
 */
#include <sys/socket.h>

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <linux/pfkeyv2.h>

#include "kern/kern.h"
#include "kern/linux.h"

#define PROTO_MH	135

/*
 * Read (old, if not NULL) and write (value, if not NULL) a setting of IPv6 on
 * an interface.  0, or -1 if there is no such setting.
 */
int
linux_sysctl(const char *interface, const char *name, const char *value,
    char *old, size_t oldlen)
{
	char	 path[128];
	ssize_t	 n;
	int	 fd, r = 0;

	snprintf(path, sizeof(path), "/proc/sys/net/ipv6/conf/%s/%s",
	    interface, name);
	if ((fd = open(path, (value == NULL ? O_RDONLY : O_RDWR) |
	    O_CLOEXEC)) == -1)
		return (-1);
	if (old != NULL) {
		n = read(fd, old, oldlen - 1);
		old[n < 0 ? 0 : n] = '\0';
	}
	/* Writes after the beginning succeed, but change nothing. */
	if (value != NULL && pwrite(fd, value, strlen(value), 0) == -1)
		r = -1;
	close(fd);
	return (r);
}

static bool
has_mip6(void)
{
	uint8_t	 rh2[24] = { 0, 2, 2, 1 };
	bool	 r;
	int	 s;

	if ((s = socket(AF_INET6, SOCK_RAW | SOCK_CLOEXEC, PROTO_MH)) == -1)
		return (false);
	/* The kernel takes this header if it was built with MIP6 alone. */
	r = setsockopt(s, IPPROTO_IPV6, IPV6_RTHDR, rh2, sizeof(rh2)) == 0;
	close(s);
	return (r);
}

static void
check_pfkey(struct kern_caps *c)
{
	struct timeval	 tv = { 1, 0 };
	struct sadb_msg	 m;
	int		 s;

	s = socket(PF_KEY, SOCK_RAW | SOCK_CLOEXEC, PF_KEY_V2);
	if (s == -1)
		return;
	c->pfkey = true;
	memset(&m, 0, sizeof(m));
	m.sadb_msg_version = PF_KEY_V2;
	m.sadb_msg_type = SADB_X_MIGRATE;
	m.sadb_msg_len = sizeof(m) / 8;
	m.sadb_msg_seq = 1;
	m.sadb_msg_pid = (uint32_t)getpid();
	/* An empty one is invalid where MIGRATE is known. */
	setsockopt(s, SOL_SOCKET, SO_RCVTIMEO, &tv, sizeof(tv));
	if (send(s, &m, sizeof(m), 0) == sizeof(m) &&
	    recv(s, &m, sizeof(m), 0) == sizeof(m))
		c->pfkey_migrate = m.sadb_msg_errno == EINVAL;
	close(s);
}

void
kern_caps(struct kern *k, struct kern_caps *c)
{
	char	 value[16] = "";
	int	 s;

	(void)k;
	memset(c, 0, sizeof(*c));
	c->mip6 = has_mip6();
	check_pfkey(c);
	c->fail_closed = true;
	c->vnet_hdr = true;
	c->tun = access("/dev/net/tun", R_OK | W_OK) == 0;
	if (!c->tun)
		c->no_tun = "load the module tun (modprobe tun), or make "
		    "/dev/net/tun";
	s = socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC, 0);
	c->capture = s != -1;
	if (s != -1)
		close(s);
	else
		c->no_capture = "load the module af_packet";
	c->optimistic_dad = linux_sysctl("all", "optimistic_dad", NULL, value,
	    sizeof(value)) == 0;
	linux_sysctl("all", "forwarding", NULL, value, sizeof(value));
	c->forwarding = value[0] == '1';
	if (!c->forwarding)
		c->no_forwarding = "sysctl net.ipv6.conf.all.forwarding=1";
	c->suppress = linux_filter_in_use();
	c->ipsec = c->pfkey_migrate;
	if (!c->ipsec)
		c->no_ipsec = c->pfkey ? "this kernel's af_key has no MIGRATE "
		    "(CONFIG_NET_KEY_MIGRATE)" : "load af_key (modprobe "
		    "af_key)";
	if (!c->pfkey)
		c->no_pfkey = "load af_key (modprobe af_key)";
	if (c->suppress == SUPPRESS_NONE)
		c->no_suppress = "load nf_tables (modprobe nf_tables), "
		    "or install ip6tables, and load xt_u32 and ip6t_rt";
}

int
kern_forwarding(struct kern *k, const char *interface, char *name, size_t cap)
{
	const char	*where = interface == NULL ? "all" : interface;
	char		 value[16] = "";

	(void)k;
	snprintf(name, cap, "net.ipv6.conf.%s.forwarding", where);
	if (linux_sysctl(where, "forwarding", NULL, value, sizeof(value)) ==
	    -1 || value[0] == '\0')
		return (-1);
	return (value[0] != '0');
}

/* The value of a setting of an interface, -1 if there is none. */
static int
setting(const char *interface, const char *name)
{
	char	 value[16] = "";

	if (linux_sysctl(interface, name, NULL, value, sizeof(value)) == -1 ||
	    value[0] < '0' || value[0] > '9')
		return (-1);
	return (value[0] - '0');
}

/* What a kernel here lacks can be had. */
const char *
kern_never_ipsec(void)
{
	return (NULL);
}

/* No setting of Linux drops Mobility Headers: only rules of filters can. */
bool
kern_drops_mh(struct kern *k, char *setting, size_t cap)
{
	(void)k;
	(void)setting;
	(void)cap;
	return (false);
}

/* accept_ra: 0 never, 1 unless it forwards, 2 always. */
int
kern_takes_ra(struct kern *k, const char *interface, char *name, size_t cap)
{
	int	 accept = setting(interface, "accept_ra");
	int	 forward = setting(interface, "forwarding");

	(void)k;
	if (accept == -1 || forward == -1)
		return (-1);
	if (accept == 0)
		snprintf(name, cap, "net.ipv6.conf.%s.accept_ra=0", interface);
	else if (accept == 1 && forward != 0)
		snprintf(name, cap, "net.ipv6.conf.%s.accept_ra=1 and "
		    "forwarding=1", interface);
	else if (setting(interface, "autoconf") == 0)
		snprintf(name, cap, "net.ipv6.conf.%s.autoconf=0", interface);
	else
		return (1);
	return (0);
}

/*
 * Any value but 0 switches it on; this one says that it was us, so that it is
 * switched off again even if we have crashed in between.
 */
#define OPTIMISTIC	"106"

static const char *const	 optimistic[] = { "optimistic_dad",
    "use_optimistic" };
#define N_OPTIMISTIC	(sizeof(optimistic) / sizeof(optimistic[0]))

static int
set_optimistic(const char *interface, const char *name, bool on)
{
	const char	*from = on ? "0" : OPTIMISTIC;
	char		 value[16];

	if (linux_sysctl(interface, name, NULL, value, sizeof(value)) == -1)
		return (ENETDOWN);
	value[strcspn(value, "\n")] = '\0';
	if (strcmp(value, from) == 0 && linux_sysctl(interface, name,
	    on ? OPTIMISTIC : "0", NULL, 0) == -1)
		return (errno);
	return (0);
}

/* ENETDOWN: there is no such interface; what has gone has no settings. */
int
linux_begin_optimistic(struct kern *k, const struct row *row, bool add,
    uint32_t token)
{
	const char	*interface = (const char *)row->key;
	size_t		 i;
	int		 e = 0;

	(void)k;
	(void)token;
	for (i = 0; i < N_OPTIMISTIC && e == 0; i++)
		e = set_optimistic(interface, optimistic[i], add);
	return (add || e != ENETDOWN ? e : 0);
}

/* Why there is none, in words; or NULL. */
const char *
linux_lacks_optimistic(void)
{
	char	 value[16];

	return (linux_sysctl("all", optimistic[0], NULL, value,
	    sizeof(value)) == 0 ? NULL : "this kernel has no optimistic DAD");
}

/* Is it on there, by whomever?  1 or 0; -1: there is no such interface. */
static int
is_optimistic(const char *interface)
{
	char	 value[16] = "";
	size_t	 i;

	for (i = 0; i < N_OPTIMISTIC; i++) {
		if (linux_sysctl(interface, optimistic[i], NULL, value,
		    sizeof(value)) == -1 || value[0] == '\0')
			return (-1);
		if (value[0] == '0')
			return (0);
	}
	return (1);
}

/* Have we switched some of it on there, in this life or another? */
static bool
has_mark(const char *interface)
{
	char	 value[16] = "";
	size_t	 i;

	for (i = 0; i < N_OPTIMISTIC; i++)
		if (linux_sysctl(interface, optimistic[i], NULL, value,
		    sizeof(value)) == 0 &&
		    strncmp(value, OPTIMISTIC, strlen(OPTIMISTIC)) == 0)
			return (true);
	return (false);
}

/* An interface of /proc: one that is wanted counts as it is, as a whole. */
static void
list_one(struct kern *k, const char *interface)
{
	const struct row	*row = keep_optimistic_row(&k->keep, interface);
	struct row_spec		 s = { .kind = ROW_OPTIMISTIC,
	    .key = interface, .keylen = strlen(interface) + 1 };

	if (row != NULL && row->claims > 0 ? is_optimistic(interface) == 1 :
	    has_mark(interface))
		keep_seen(&k->keep, &s, true);
}

int
linux_list_optimistic(struct kern *k)
{
	struct dirent	*e;
	DIR		*d;

	if ((d = opendir("/proc/sys/net/ipv6/conf")) == NULL)
		return (0);
	while ((e = readdir(d)) != NULL)
		if (e->d_name[0] != '.')
			list_one(k, e->d_name);
	closedir(d);
	return (0);
}

void
linux_look_at_optimistic(struct kern *k)
{
	const struct row	*row, *next;

	for (row = rows_first(&k->keep.rows, ROW_OPTIMISTIC); row != NULL;
	    row = next) {
		next = rows_after(row);
		keep_optimistic_seen(&k->keep, row,
		    is_optimistic((const char *)row->key));
	}
}

/* An interface came, changed or went. */
void
linux_optimistic_link(struct kern *k, const struct msg_link *m)
{
	const struct row	*row = keep_optimistic_row(&k->keep, m->name);

	if (row != NULL)
		keep_optimistic_seen(&k->keep, row,
		    (m->flags & LINK_GONE) != 0 ? -1 : is_optimistic(m->name));
}
