/* Linux: what this kernel can do, and keeping its ICMPv6 errors in. */
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <linux/pfkeyv2.h>

#include "kern/kern.h"
#include "kern/linux.h"

#define PROTO_MH	135
#define TUN_NAME	"mip6"

static enum kern_suppress	 in_use = SUPPRESS_NONE;

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

/* Path of a program that an administrator has, or NULL. */
const char *
linux_find_program(const char *name)
{
	static const char *const	 dirs[] = { "/usr/sbin", "/sbin",
	    "/usr/local/sbin", "/usr/bin" };
	static char			 path[64];
	size_t				 i;

	for (i = 0; i < sizeof(dirs) / sizeof(dirs[0]); i++) {
		snprintf(path, sizeof(path), "%s/%s", dirs[i], name);
		if (access(path, X_OK) == 0)
			return (path);
	}
	return (NULL);
}

/* Run a program with fixed words, silent; its exit status, or -1. */
int
linux_run(const char *const *argv)
{
	static char *const		 env[] = { NULL };
	posix_spawn_file_actions_t	 fa;
	pid_t				 pid;
	int				 e, status;

	posix_spawn_file_actions_init(&fa);
	posix_spawn_file_actions_addopen(&fa, 0, "/dev/null", O_RDONLY, 0);
	posix_spawn_file_actions_addopen(&fa, 1, "/dev/null", O_WRONLY, 0);
	posix_spawn_file_actions_addopen(&fa, 2, "/dev/null", O_WRONLY, 0);
	e = posix_spawn(&pid, argv[0], &fa, NULL, (char *const *)(uintptr_t)argv,
	    env);
	posix_spawn_file_actions_destroy(&fa);
	if (e != 0)
		return (-1);
	while (waitpid(pid, &status, 0) == -1)
		if (errno != EINTR)
			return (-1);
	return (WIFEXITED(status) ? WEXITSTATUS(status) : -1);
}

/*
 * What is delivered here with destination options or a type 2 routing header
 * is the shim's, which hands on what it has no business with by the tun.  The
 * kernel's own tunnels (module tunnel6) answer each packet that is in none of
 * theirs with Port Unreachable, though net has it: not that either.
 */
#define NFT_ADD								\
	"add table ip6 mip6d; delete table ip6 mip6d; "			\
	"add table ip6 mip6d; add chain ip6 mip6d input "		\
	"{ type filter hook input priority -300; }; "			\
	"add rule ip6 mip6d input iifname { \"lo\", \"" TUN_NAME "\" } accept; " \
	"add rule ip6 mip6d input ip6 daddr { fe80::/10, ff00::/8 } accept; " \
	"add rule ip6 mip6d input exthdr dst exists counter drop; "	\
	"add rule ip6 mip6d input rt type 2 counter drop; "		\
	"add chain ip6 mip6d output "					\
	"{ type filter hook output priority -300; }; "			\
	"add rule ip6 mip6d output icmpv6 type destination-unreachable " \
	"icmpv6 code port-unreachable @th,112,8 41 counter drop"
#define NFT_DELETE							\
	"add table ip6 mip6d; delete table ip6 mip6d"

static int
nft(bool on)
{
	const char	*argv[] = { linux_find_program("nft"),
	    on ? NFT_ADD : NFT_DELETE, NULL };

	return (argv[0] == NULL ? -1 : linux_run(argv));
}

/*
 * The same with ip6tables: the program that speaks to nf_tables and the one
 * that does not, and what tables a kernel has.  In the raw table, where what
 * is forwarded passes too, our own addresses are asked for.
 */
static const char *const ip6t_programs[] = { "ip6tables",
    "ip6tables-legacy" };
static const struct {
	const char	*table, *chain;
	const char	*match[4];
} ip6t_places[] = {
	{ "filter", "INPUT", { NULL } },
	{ "mangle", "INPUT", { NULL } },
	{ "raw", "PREROUTING", { "-m", "addrtype", "--dst-type", "LOCAL" } },
};
#define N_PROGRAMS	(sizeof(ip6t_programs) / sizeof(ip6t_programs[0]))
#define N_PLACES	(sizeof(ip6t_places) / sizeof(ip6t_places[0]))
#define IP6T_WORDS	8

static const char *const ip6t_flush[] = { "-F", "MIP6D", NULL };
static const char *const ip6t_delete[] = { "-X", "MIP6D", NULL };
static const char *const ip6t_list[] = { "-n", "-L", "MIP6D", NULL };
static const char *const ip6t_fill[][IP6T_WORDS] = {
	{ "-N", "MIP6D" },
	{ "-A", "MIP6D", "-i", "lo", "-j", "RETURN" },
	{ "-A", "MIP6D", "-i", TUN_NAME, "-j", "RETURN" },
	{ "-A", "MIP6D", "-d", "fe80::/10", "-j", "RETURN" },
	{ "-A", "MIP6D", "-d", "ff00::/8", "-j", "RETURN" },
	{ "-A", "MIP6D", "-m", "dst", "-j", "DROP" },
	{ "-A", "MIP6D", "-m", "rt", "--rt-type", "2", "-j", "DROP" },
};
#define N_FILL		(sizeof(ip6t_fill) / sizeof(ip6t_fill[0]))

static size_t	 ip6t_program, ip6t_place;	/* those in use */

/* Run the program of ip6t_program on the table of ip6t_place. */
static bool
ip6t(const char *const *words)
{
	const char	*argv[4 + IP6T_WORDS + 1];
	size_t		 i, c = 0;

	argv[c++] = linux_find_program(ip6t_programs[ip6t_program]);
	argv[c++] = "-w";
	argv[c++] = "-t";
	argv[c++] = ip6t_places[ip6t_place].table;
	for (i = 0; i < IP6T_WORDS && words[i] != NULL; i++)
		argv[c++] = words[i];
	argv[c] = NULL;
	return (argv[0] != NULL && linux_run(argv) == 0);
}

/* The jump into our chain, for those packets that are delivered here. */
static bool
ip6t_jump(const char *command)
{
	const char	*words[IP6T_WORDS + 1];
	size_t		 i, c = 0;

	words[c++] = command;
	words[c++] = ip6t_places[ip6t_place].chain;
	for (i = 0; i < 4 && ip6t_places[ip6t_place].match[i] != NULL; i++)
		words[c++] = ip6t_places[ip6t_place].match[i];
	words[c++] = "-j";
	words[c++] = "MIP6D";
	words[c] = NULL;
	return (ip6t(words));
}

static void
ip6t_remove(void)
{
	ip6t_jump("-D");
	if (ip6t(ip6t_flush))
		ip6t(ip6t_delete);
}

static bool
ip6t_install(void)
{
	size_t	 i;

	/* What a former life left is taken away first. */
	ip6t_remove();
	for (i = 0; i < N_FILL; i++)
		if (!ip6t(ip6t_fill[i]))
			break;
	if (i == N_FILL && ip6t_jump("-I"))
		return (true);
	ip6t_remove();
	return (false);
}

/* On: wherever it can be done.  0, or -1: nowhere. */
static int
ip6tables(bool on)
{
	if (!on) {
		ip6t_remove();
		return (0);
	}
	for (ip6t_program = 0; ip6t_program < N_PROGRAMS; ip6t_program++)
		for (ip6t_place = 0; ip6t_place < N_PLACES; ip6t_place++)
			if (ip6t_install())
				return (0);
	return (-1);
}

/* What a former life left, wherever that was. */
static void
ip6t_forget(void)
{
	for (ip6t_program = 0; ip6t_program < N_PROGRAMS; ip6t_program++)
		for (ip6t_place = 0; ip6t_place < N_PLACES; ip6t_place++)
			if (ip6t(ip6t_list))
				ip6t_remove();
}

int
kern_suppress(struct kern *k, bool on)
{
	(void)k;
	if (!on) {
		if (in_use == SUPPRESS_NFT)
			nft(false);
		else if (in_use == SUPPRESS_IP6TABLES)
			ip6tables(false);
		else if (nft(false) != 0)
			ip6t_forget();
		in_use = SUPPRESS_NONE;
		return (0);
	}
	if (in_use != SUPPRESS_NONE)
		return (0);
	if (nft(true) == 0)
		in_use = SUPPRESS_NFT;
	else if (ip6tables(true) == 0)
		in_use = SUPPRESS_IP6TABLES;
	return (in_use == SUPPRESS_NONE ? EOPNOTSUPP : 0);
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
	c->source_routing = true;
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
	c->suppress = in_use;
	c->kernel_drops = in_use != SUPPRESS_NONE;
	c->ipsec = c->pfkey_migrate;
	if (!c->ipsec)
		c->no_ipsec = c->pfkey ? "this kernel's af_key has no MIGRATE "
		    "(CONFIG_NET_KEY_MIGRATE)" : "load af_key (modprobe "
		    "af_key)";
	if (!c->pfkey)
		c->no_pfkey = "load af_key (modprobe af_key)";
	if (in_use == SUPPRESS_NONE)
		c->no_suppress = "install nft or ip6tables";
}

/*
 * Any value but 0 switches it on; this one says that it was us, so that it is
 * switched off again even if we have crashed in between.
 */
#define OPTIMISTIC	"106"

static const char *const	 optimistic[] = { "optimistic_dad",
    "use_optimistic" };

static int
set_optimistic(const char *interface, const char *name, bool on)
{
	const char	*from = on ? "0" : OPTIMISTIC;
	char		 value[16];

	if (linux_sysctl(interface, name, NULL, value, sizeof(value)) == -1)
		return (EOPNOTSUPP);
	value[strcspn(value, "\n")] = '\0';
	if (strcmp(value, from) == 0 && linux_sysctl(interface, name,
	    on ? OPTIMISTIC : "0", NULL, 0) == -1)
		return (errno);
	return (0);
}

int
kern_optimistic(struct kern *k, const char *interface, bool on)
{
	size_t	 i;
	int	 e = 0;

	(void)k;
	for (i = 0; i < sizeof(optimistic) / sizeof(optimistic[0]) && e == 0;
	    i++)
		e = set_optimistic(interface, optimistic[i], on);
	return (e);
}

/* After a crash: on no interface it is ours. */
void
linux_reset_optimistic(struct kern *k)
{
	struct dirent	*e;
	DIR		*d;

	if ((d = opendir("/proc/sys/net/ipv6/conf")) == NULL)
		return;
	while ((e = readdir(d)) != NULL)
		if (e->d_name[0] != '.')
			kern_optimistic(k, e->d_name, false);
	closedir(d);
}
