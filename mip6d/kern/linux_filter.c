/*
 * Linux: keeping the kernel's ICMPv6 errors in, by our table of nf_tables or,
 * where there is none, by a chain of ip6tables(8).  Of the table there are
 * events, the chain is looked at.
 */
#include <sys/wait.h>

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "core/clock.h"
#include "core/log.h"
#include "kern/kern.h"
#include "kern/linux.h"
#include "kern/linux_nft.h"

#define RUN_TIME	SEC(2)		/* of a program; it is killed then */
#define RUN_AGAIN	SEC(30)		/* after one had to be */
#define RUN_LOOK	2		/* ms */

static enum kern_suppress	 in_use = SUPPRESS_NONE;
static struct nft		 nft = { .fd = -1, .events = -1, .seq = 1 };
static struct mono		 again;	/* when a program may be run */

const char	*linux_program_dirs[LINUX_PROGRAM_DIRS] = { "/usr/sbin",
    "/sbin", "/usr/local/sbin", "/usr/bin" };

/* Path of a program that an administrator has, or NULL. */
static const char *
find_program(const char *name)
{
	static char	 path[64];
	size_t		 i;

	for (i = 0; i < LINUX_PROGRAM_DIRS; i++) {
		snprintf(path, sizeof(path), "%s/%s", linux_program_dirs[i],
		    name);
		if (access(path, X_OK) == 0)
			return (path);
	}
	return (NULL);
}

/*
 * Its exit status, or -1: it had to be killed.  It is not waited for then, as
 * it may be stuck in the kernel: it is collected like any child that ends.
 */
static int
end_of(pid_t pid)
{
	struct timespec	 nap = { 0, RUN_LOOK * NS_PER_MS };
	struct mono	 end = mono_add(mono_now(), RUN_TIME);
	int		 status;
	pid_t		 r;

	while ((r = waitpid(pid, &status, WNOHANG)) != pid) {
		if (r == -1 && errno != EINTR)
			return (-1);
		if (!mono_before(mono_now(), end)) {
			kill(pid, SIGKILL);
			return (-1);
		}
		nanosleep(&nap, NULL);
	}
	return (WIFEXITED(status) ? WEXITSTATUS(status) : -1);
}

static bool
can_run(void)
{
	return (!mono_before(mono_now(), again));
}

/*
 * Run a program with fixed words, silent; its exit status, or -1.  After one
 * that hung none is run for a while, as this process has other things to do.
 */
static int
run(const char *const *argv)
{
	static char *const		 env[] = { NULL };
	posix_spawn_file_actions_t	 fa;
	pid_t				 pid;
	int				 e, status;

	if (!can_run())
		return (-1);
	posix_spawn_file_actions_init(&fa);
	posix_spawn_file_actions_addopen(&fa, 0, "/dev/null", O_RDONLY, 0);
	posix_spawn_file_actions_addopen(&fa, 1, "/dev/null", O_WRONLY, 0);
	posix_spawn_file_actions_addopen(&fa, 2, "/dev/null", O_WRONLY, 0);
	e = posix_spawn(&pid, argv[0], &fa, NULL, (char *const *)(uintptr_t)argv,
	    env);
	posix_spawn_file_actions_destroy(&fa);
	if (e != 0)
		return (-1);
	if ((status = end_of(pid)) == -1) {
		log_warn("%s hangs or crashes, it is not run for %d s",
		    argv[0], (int)(RUN_AGAIN / NS_PER_SEC));
		again = mono_add(mono_now(), RUN_AGAIN);
	}
	return (status);
}

/*
 * The same with ip6tables, for kernels without nf_tables: the program that
 * speaks to nf_tables and the one that does not, and what tables a kernel has.
 * In the raw table, where what is forwarded passes too, our own addresses are
 * asked for.
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

static size_t	 ip6t_program, ip6t_place;	/* in use, or looked at */

/* Run the program of ip6t_program on the table of ip6t_place. */
static bool
ip6t(const char *const *words)
{
	const char	*argv[4 + IP6T_WORDS + 1];
	size_t		 i, c = 0;

	argv[c++] = find_program(ip6t_programs[ip6t_program]);
	argv[c++] = "-w";
	argv[c++] = "-t";
	argv[c++] = ip6t_places[ip6t_place].table;
	for (i = 0; i < IP6T_WORDS && words[i] != NULL; i++)
		argv[c++] = words[i];
	argv[c] = NULL;
	return (argv[0] != NULL && run(argv) == 0);
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

/* With each program at each place, until fn() says true, and which that was. */
static bool
ip6t_search(bool (*fn)(void))
{
	size_t	 program = ip6t_program, place = ip6t_place;

	for (ip6t_program = 0; ip6t_program < N_PROGRAMS; ip6t_program++)
		for (ip6t_place = 0; ip6t_place < N_PLACES; ip6t_place++)
			if (fn())
				return (true);
	ip6t_program = program;
	ip6t_place = place;
	return (false);
}

/* What a former life left there. */
static bool
ip6t_forget(void)
{
	if (ip6t(ip6t_list))
		ip6t_remove();
	return (false);
}

/* Are the jump and the rules that drop still there? */
static bool
ip6t_there(void)
{
	const char	*words[IP6T_WORDS + 1] = { "-C" };
	size_t		 i, j;

	if (!ip6t_jump("-C"))
		return (false);
	for (i = 1; i < N_FILL; i++) {
		for (j = 1; j < IP6T_WORDS; j++)
			words[j] = ip6t_fill[i][j];
		if (!ip6t(words))
			return (false);
	}
	return (true);
}

/* In the way that this system has; again, if it is there already. */
static int
filter_on(void)
{
	int	 e;

	if (in_use == SUPPRESS_IP6TABLES && ip6t_there())
		return (0);
	if (in_use != SUPPRESS_IP6TABLES && (e = nft_put(&nft)) == 0) {
		in_use = SUPPRESS_NFT;
		return (0);
	}
	/* What was right here once is right: the error is another's. */
	if (in_use == SUPPRESS_NFT)
		return (e);
	if (!ip6t_search(ip6t_install))
		return (can_run() ? EOPNOTSUPP : ETIMEDOUT);
	in_use = SUPPRESS_IP6TABLES;
	return (0);
}

static void
filter_off(void)
{
	if (in_use == SUPPRESS_NFT)
		nft_take(&nft);
	else if (in_use == SUPPRESS_IP6TABLES)
		ip6t_remove();
	else {
		nft_take(&nft);
		ip6t_search(ip6t_forget);
	}
	in_use = SUPPRESS_NONE;
}

int
kern_suppress(struct kern *k, bool on)
{
	(void)k;
	if (on)
		return (filter_on());
	filter_off();
	return (0);
}

/* Of the table events tell; while a program hangs nobody knows. */
bool
kern_suppressed(struct kern *k)
{
	(void)k;
	return (in_use != SUPPRESS_IP6TABLES || ip6t_there() || !can_run());
}

enum kern_suppress
linux_filter_in_use(void)
{
	return (in_use);
}

int
kern_filter_fd(struct kern *k)
{
	(void)k;
	return (nft_watch(&nft));
}

bool
kern_filter_read(struct kern *k)
{
	(void)k;
	return (nft.events != -1 && nft_read(&nft) && in_use == SUPPRESS_NFT);
}

void
linux_filter_close(void)
{
	nft_free(&nft);
}

/* Messages in the kernel's name that did not come from it. */
uint64_t
linux_filter_forged(void)
{
	return (nft.forged);
}
