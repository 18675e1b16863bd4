/*
 * Linux: keeping the kernel's ICMPv6 errors in, and what goes from a home
 * address that is away to a group, by our table of nf_tables or, where there is
 * none, by chains of ip6tables(8).  Of the table there are events, the chains
 * are looked at.
 */
#include <sys/wait.h>

#include <arpa/inet.h>
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
static struct in6_addr		*homes;	/* away, as the filter has to know */
static size_t			 nhomes;
static bool			 stale;		/* one is not as it is */
static bool			 esp;	/* FILTER_ESP */

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
	e = posix_spawn(&pid, argv[0], &fa, NULL,
	    (char *const *)(uintptr_t)argv, env);
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
#define MATCH_WORDS	4
static const struct {
	const char	*table, *input;
	const char	*match[MATCH_WORDS];
} ip6t_places[] = {
	{ "filter", "INPUT", { NULL } },
	{ "mangle", "INPUT", { NULL } },
	{ "raw", "PREROUTING", { "-m", "addrtype", "--dst-type", "LOCAL" } },
};
#define N_PROGRAMS	(sizeof(ip6t_programs) / sizeof(ip6t_programs[0]))
#define N_PLACES	(sizeof(ip6t_places) / sizeof(ip6t_places[0]))

/* What drops: the rules of kern/linux_nft.c, but that these find the octet. */
#define RULE_WORDS	6
#define ERROR(type_code)	"4>>8&0xFF=58&&40>>16=" type_code "&&"
#define AT_HAO			"44=42:0xFFFF&&44@48>>24=0xC9"
#define AT_TYPE_2		"44=42:0xFFFF&&44&7=2&&44@48>>24=2"
#define BEHIND_TYPE_2		"44=42:0xFFFF&&44&7=3&&44@47>>24=2"
#define CHAIN_IN	"MIP6D"
#define CHAIN_OUT	"MIP6D-OUT"
#define CHAIN_GROUPS	"MIP6D-GROUPS"
static const struct {
	const char	*chain, *target;
	const char	*words[RULE_WORDS];
} ip6t_rules[] = {
	{ CHAIN_IN, "DROP", { "-m", "rt", "--rt-type", "2",
	    "--rt-segsleft", "0" } },
	{ CHAIN_OUT, "DROP", { "-m", "u32", "--u32",
	    ERROR("0x0104") "52>>8&0xFF=41" } },
	{ CHAIN_OUT, "DROP", { "-m", "u32", "--u32",
	    ERROR("0x0400") AT_TYPE_2 } },
	{ CHAIN_OUT, "DROP", { "-m", "u32", "--u32",
	    ERROR("0x0400") BEHIND_TYPE_2 } },
	{ CHAIN_OUT, "DROP", { "-m", "u32", "--u32",
	    ERROR("0x0402") AT_HAO } },
	{ CHAIN_GROUPS, "RETURN", { "-p", "icmpv6", "--icmpv6-type",
	    "136" } },
	{ CHAIN_OUT, CHAIN_GROUPS, { "-d", "ff00::/8", "!", "-o", TUN_NAME } },
};
#define N_RULES		(sizeof(ip6t_rules) / sizeof(ip6t_rules[0]))

/* In the order in which they are taken; to some the kernel's have a jump. */
static const struct {
	const char	*name;
	bool		 jump;
} ip6t_chains[] = {
	{ CHAIN_IN, true }, { CHAIN_OUT, true }, { CHAIN_GROUPS, false },
};
#define N_CHAINS	(sizeof(ip6t_chains) / sizeof(ip6t_chains[0]))

static size_t	 ip6t_program, ip6t_place;	/* in use, or looked at */

#define WORDS_MAX	16

/* Words of a command, to which some are added. */
struct words {
	const char	*w[WORDS_MAX + 1];
	size_t		 n;
};

static void
add(struct words *c, const char *const *w, size_t n)
{
	size_t	 i;

	for (i = 0; i < n && w[i] != NULL && c->n < WORDS_MAX; i++)
		c->w[c->n++] = w[i];
}

static void
add_one(struct words *c, const char *w)
{
	add(c, &w, 1);
}

/* Begin: the program of ip6t_program, the table of ip6t_place, a chain. */
static void
ip6t_words(struct words *c, const char *command, const char *chain)
{
	memset(c, 0, sizeof(*c));
	add_one(c, find_program(ip6t_programs[ip6t_program]));
	add_one(c, "-w");
	add_one(c, "-t");
	add_one(c, ip6t_places[ip6t_place].table);
	add_one(c, command);
	add_one(c, chain);
}

static bool
ip6t_run(const struct words *c)
{
	return (find_program(ip6t_programs[ip6t_program]) != NULL &&
	    run(c->w) == 0);
}

static bool
ip6t_chain(const char *command, const char *chain)
{
	struct words	 c;

	ip6t_words(&c, command, chain);
	return (ip6t_run(&c));
}

/* The jump into our chain; of what comes in, for what is delivered here. */
static bool
ip6t_jump(const char *command, const char *chain)
{
	bool		 in = strcmp(chain, CHAIN_IN) == 0;
	struct words	 c;

	ip6t_words(&c, command, in ? ip6t_places[ip6t_place].input : "OUTPUT");
	if (in)
		add(&c, ip6t_places[ip6t_place].match, MATCH_WORDS);
	add_one(&c, "-j");
	add_one(&c, chain);
	return (ip6t_run(&c));
}

static bool
ip6t_rule(const char *command, size_t i)
{
	struct words	 c;

	ip6t_words(&c, command, ip6t_rules[i].chain);
	add(&c, ip6t_rules[i].words, RULE_WORDS);
	add_one(&c, "-j");
	add_one(&c, ip6t_rules[i].target);
	return (ip6t_run(&c));
}

static bool
ip6t_home(const char *command, const struct in6_addr *home)
{
	char		 text[INET6_ADDRSTRLEN];
	struct words	 c;

	inet_ntop(AF_INET6, home, text, sizeof(text));
	ip6t_words(&c, command, CHAIN_GROUPS);
	add_one(&c, "-s");
	add_one(&c, text);
	add_one(&c, "-j");
	add_one(&c, "DROP");
	return (ip6t_run(&c));
}

static void
ip6t_remove(void)
{
	size_t	 i;

	for (i = 0; i < N_CHAINS; i++) {
		if (ip6t_chains[i].jump)
			ip6t_jump("-D", ip6t_chains[i].name);
		if (ip6t_chain("-F", ip6t_chains[i].name))
			ip6t_chain("-X", ip6t_chains[i].name);
	}
}

/* All jumps of the kernel's chains to ours. */
static bool
ip6t_jumps(const char *command)
{
	size_t	 i;

	for (i = 0; i < N_CHAINS; i++)
		if (ip6t_chains[i].jump &&
		    !ip6t_jump(command, ip6t_chains[i].name))
			return (false);
	return (true);
}

/* All rules of ours, those for home addresses among them. */
static bool
ip6t_all_rules(const char *command)
{
	size_t	 i;

	for (i = 0; i < N_RULES; i++)
		if (!ip6t_rule(command, i))
			return (false);
	for (i = 0; i < nhomes; i++)
		if (!ip6t_home(command, &homes[i]))
			return (false);
	return (true);
}

static bool
ip6t_fill(void)
{
	size_t	 i;

	for (i = 0; i < N_CHAINS; i++)
		if (!ip6t_chain("-N", ip6t_chains[i].name))
			return (false);
	return (ip6t_all_rules("-A") && ip6t_jumps("-I"));
}

static bool
ip6t_install(void)
{
	/* What a former life left is taken away first. */
	ip6t_remove();
	if (ip6t_fill())
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
	static const char *const	 list[] = { "-n" };
	struct words			 c;
	size_t				 i;
	bool				 left = false;

	for (i = 0; i < N_CHAINS; i++) {
		ip6t_words(&c, "-L", ip6t_chains[i].name);
		add(&c, list, 1);
		left = left || ip6t_run(&c);
	}
	if (left)
		ip6t_remove();
	return (false);
}

/* Are the jumps and the rules that drop still there? */
static bool
ip6t_there(void)
{
	return (ip6t_jumps("-C") && ip6t_all_rules("-C"));
}

/* Which home addresses are away now; 0 or ENOMEM. */
static int
look_away(struct kern *k)
{
	free(homes);
	homes = NULL;
	nhomes = 0;
	return (linux_closed(k, &homes, &nhomes));
}

/* In the way that this system has; again, if it is there already. */
static int
filter_on(struct kern *k)
{
	int	 e;

	if ((e = look_away(k)) != 0)
		return (e);
	if (in_use == SUPPRESS_IP6TABLES && !stale && ip6t_there())
		return (0);
	if (in_use != SUPPRESS_IP6TABLES &&
	    (e = nft_put(&nft, homes, nhomes, esp)) == 0) {
		in_use = SUPPRESS_NFT;
		stale = false;
		return (0);
	}
	/* What was right here once is right: the error is another's. */
	if (in_use == SUPPRESS_NFT)
		return (e);
	if (!ip6t_search(ip6t_install))
		return (can_run() ? EOPNOTSUPP : ETIMEDOUT);
	in_use = SUPPRESS_IP6TABLES;
	stale = false;
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
	stale = false;
}

int
kern_suppress(struct kern *k, enum kern_filter what)
{
	esp = what == FILTER_ESP;
	if (what != FILTER_OFF)
		return (filter_on(k));
	filter_off();
	return (0);
}

/* Of the table events tell; while a program hangs nobody knows. */
bool
kern_suppressed(struct kern *k)
{
	if (in_use != SUPPRESS_IP6TABLES)
		return (!stale);
	return (look_away(k) != 0 || (!stale && ip6t_there()) || !can_run());
}

/* 0, or why the filter may not be as it should. */
static int
ip6t_set_home(const struct in6_addr *home, bool away)
{
	bool	 there = ip6t_home("-C", home);

	if (!can_run())
		return (ETIMEDOUT);
	return (there == away || ip6t_home(away ? "-A" : "-D", home) ? 0 :
	    EIO);
}

/*
 * What is sent from that home address to groups leaves by the tun only, or
 * freely again.  Where that fails the guard puts the whole filter back.
 */
void
linux_filter_home(const struct in6_addr *home, bool away)
{
	int	 e = 0;

	if (in_use == SUPPRESS_NFT)
		e = nft_home(&nft, home, away);
	else if (in_use == SUPPRESS_IP6TABLES)
		e = ip6t_set_home(home, away);
	stale = stale || (e != 0 && (away || e != ENOENT));
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
	free(homes);
	homes = NULL;
	nhomes = 0;
}

/* Messages in the kernel's name that did not come from it. */
uint64_t
linux_filter_forged(void)
{
	return (nft.forged);
}
