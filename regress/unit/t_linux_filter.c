/*
 * kern/linux_filter: the chain of ip6tables.  The program works, refuses or
 * hangs, and the system has no nf_tables.
 */
#include <sys/stat.h>
#include <sys/wait.h>

#include <atf-c.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core/clock.h"
#include "core/log.h"
#include "kern/kern.h"
#include "kern/linux.h"
#include "kern/linux_nft.h"

/* Chains are files; "mode" says what the program is like. */
static const char	 program[] = "#!/bin/sh\n"
    "cd \"${0%/*}\"\n"
    "read mode <mode\n"
    "case $mode in\n"
    "hangs) exec sleep 1000 ;;\n"
    "refuses) exit 3 ;;\n"
    "esac\n"
    "chain=$5\n"
    "case \" $* \" in\n"
    "*' OUTPUT '*) chain=MIP6D-OUT ;;\n"
    "*' INPUT '*|*' PREROUTING '*) chain=MIP6D ;;\n"
    "esac\n"
    "case $4 in\n"
    "-N) >$3.$chain ;;\n"
    "-X) rm -f $3.$chain $3.$chain.* ;;\n"
    "-A) [ -f $3.$chain ] && { [ \"$6\" != -s ] || >$3.$chain.$7; } ;;\n"
    "-D) [ \"$6\" != -s ] || rm $3.$chain.$7 ;;\n"
    "-C) [ -f $3.$chain ] && { [ \"$6\" != -s ] ||\n"
    "    [ -f $3.$chain.$7 ]; } ;;\n"
    "*) [ -f $3.$chain ] ;;\n"
    "esac\n";

static char		 dir[48];
static unsigned int	 warnings;

/* Instead of nf_tables, which this system does not have. */
void
nft_free(struct nft *n)
{
	(void)n;
}

int
nft_put(struct nft *n, const struct in6_addr *h, size_t nh, bool esp)
{
	(void)n;
	(void)esp;
	(void)h;
	(void)nh;
	return (EOPNOTSUPP);
}

int
nft_home(struct nft *n, const struct in6_addr *home, bool away)
{
	(void)n;
	(void)home;
	(void)away;
	return (EOPNOTSUPP);
}

/* The home addresses that are away: the first so many. */
static const struct in6_addr	 home[] = {
	{ .s6_addr = { 0x20, [15] = 1 } }, { .s6_addr = { 0x20, [15] = 2 } },
};
static size_t			 away;

int
linux_closed(struct kern *k, struct in6_addr **homes, size_t *n)
{
	(void)k;
	if ((*homes = malloc(sizeof(home))) == NULL)
		return (ENOMEM);
	memcpy(*homes, home, sizeof(home));
	*n = away;
	return (0);
}

int
nft_take(struct nft *n)
{
	(void)n;
	return (0);
}

int
nft_watch(struct nft *n)
{
	(void)n;
	return (-1);
}

bool
nft_read(struct nft *n)
{
	(void)n;
	return (false);
}

static void
note(void *arg, enum log_level level, const char *text)
{
	(void)arg;
	(void)text;
	warnings += level == LL_WARN;
}

static void
write_file(const char *name, const char *text, int mode)
{
	char	 path[80];
	int	 fd;

	snprintf(path, sizeof(path), "%s/%s", dir, name);
	fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, mode);
	ATF_REQUIRE(fd != -1);
	ATF_REQUIRE_EQ(write(fd, text, strlen(text)), (ssize_t)strlen(text));
	ATF_REQUIRE_EQ(close(fd), 0);
}

static bool
has_chain(void)
{
	char	 in[80], out[80];

	snprintf(in, sizeof(in), "%s/filter.MIP6D", dir);
	snprintf(out, sizeof(out), "%s/filter.MIP6D-OUT", dir);
	ATF_CHECK_EQ(access(in, F_OK), access(out, F_OK));
	return (access(in, F_OK) == 0);
}

static void
begin(void)
{
	size_t	 i;

	snprintf(dir, sizeof(dir), "/tmp/t_filter.%ld", (long)getpid());
	ATF_REQUIRE_EQ(mkdir(dir, 0700), 0);
	for (i = 0; i < LINUX_PROGRAM_DIRS; i++)
		linux_program_dirs[i] = dir;
	write_file("ip6tables", program, 0755);
	write_file("mode", "works\n", 0644);
	log_to(note, NULL);
	ATF_REQUIRE_EQ(kern_suppress(NULL, FILTER_ON), 0);
	ATF_REQUIRE(has_chain());
	ATF_REQUIRE_EQ(linux_filter_in_use(), SUPPRESS_IP6TABLES);
}

static void
end(void)
{
	static const char *const	 names[] = { "ip6tables", "mode",
	    "filter.MIP6D", "filter.MIP6D-OUT", "filter.MIP6D-GROUPS" };
	char				 path[80];
	size_t				 i;

	for (i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		snprintf(path, sizeof(path), "%s/%s", dir, names[i]);
		unlink(path);
	}
	ATF_CHECK_EQ(rmdir(dir), 0);
}

/* Is there a rule about the home address of that number, from 1 on? */
static bool
has_home(unsigned int n)
{
	char	 path[80];

	snprintf(path, sizeof(path), "%s/filter.MIP6D-GROUPS.2000::%u", dir, n);
	return (access(path, F_OK) == 0);
}

/* Home addresses that are away are in the chain, also when it is new. */
ATF_TC_WITHOUT_HEAD(homes);
ATF_TC_BODY(homes, tc)
{
	char	 path[80];

	away = 1;
	begin();
	ATF_CHECK(has_home(1));
	ATF_CHECK(!has_home(2));
	ATF_CHECK(kern_suppressed(NULL));
	linux_filter_home(&home[1], true);
	away = 2;
	ATF_CHECK(has_home(2));
	ATF_CHECK(kern_suppressed(NULL));
	/* Somebody removes one. */
	snprintf(path, sizeof(path), "%s/filter.MIP6D-GROUPS.2000::1", dir);
	ATF_REQUIRE_EQ(unlink(path), 0);
	ATF_CHECK(!kern_suppressed(NULL));
	ATF_CHECK_EQ(kern_suppress(NULL, FILTER_ON), 0);
	ATF_CHECK(has_home(1) && has_home(2));
	ATF_CHECK(kern_suppressed(NULL));
	/* One is at home again. */
	linux_filter_home(&home[1], false);
	away = 1;
	ATF_CHECK(has_home(1));
	ATF_CHECK(!has_home(2));
	ATF_CHECK(kern_suppressed(NULL));
	/* What could not be done is done with the whole filter. */
	write_file("mode", "refuses\n", 0644);
	linux_filter_home(&home[1], true);
	write_file("mode", "works\n", 0644);
	ATF_CHECK(!kern_suppressed(NULL));
	ATF_CHECK_EQ(kern_suppress(NULL, FILTER_ON), 0);
	ATF_CHECK(kern_suppressed(NULL));
	kern_suppress(NULL, FILTER_OFF);
	ATF_CHECK(!has_home(1));
	/* Without a filter there is nothing to put it into. */
	linux_filter_home(&home[1], true);
	ATF_CHECK(!has_home(2));
	away = 0;
	end();
}

/* What could not be put back is still looked for where it was, and taken. */
ATF_TC_WITHOUT_HEAD(refused);
ATF_TC_BODY(refused, tc)
{
	begin();
	write_file("mode", "refuses\n", 0644);
	ATF_CHECK(!kern_suppressed(NULL));
	ATF_CHECK(kern_suppress(NULL, FILTER_ON) != 0);
	ATF_CHECK(!kern_suppressed(NULL));
	write_file("mode", "works\n", 0644);
	ATF_CHECK(kern_suppressed(NULL));
	kern_suppress(NULL, FILTER_OFF);
	ATF_CHECK(!has_chain());
	ATF_CHECK_EQ(linux_filter_in_use(), SUPPRESS_NONE);
	/* And once more, after all places were searched for leftovers. */
	kern_suppress(NULL, FILTER_OFF);
	ATF_CHECK_EQ(kern_suppress(NULL, FILTER_ON), 0);
	ATF_CHECK(has_chain());
	kern_suppress(NULL, FILTER_OFF);
	end();
}

/* Root waits for a program that hangs, but once, and not for long. */
ATF_TC(hangs);
ATF_TC_HEAD(hangs, tc)
{
	atf_tc_set_md_var(tc, "timeout", "60");
}
ATF_TC_BODY(hangs, tc)
{
	struct mono	 start;

	begin();
	write_file("mode", "hangs\n", 0644);
	start = mono_now();
	/* That nobody can look does not mean that somebody has removed it. */
	ATF_CHECK(kern_suppressed(NULL));
	ATF_CHECK(mono_diff(mono_now(), start) >= SEC(2));
	ATF_CHECK_EQ(warnings, 1);
	/* It is not run now, so that the daemon gets on. */
	ATF_CHECK_EQ(kern_suppress(NULL, FILTER_ON), ETIMEDOUT);
	ATF_CHECK(kern_suppressed(NULL));
	kern_suppress(NULL, FILTER_OFF);
	ATF_CHECK_EQ(warnings, 1);
	/* It was ended, and nobody is left of it. */
	while (waitpid(-1, NULL, 0) > 0)
		continue;
	ATF_CHECK_EQ(errno, ECHILD);
	end();
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, homes);
	ATF_TP_ADD_TC(tp, refused);
	ATF_TP_ADD_TC(tp, hangs);
	return (atf_no_error());
}
