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
#include "kern/linux_run.h"

/*
 * It has a file for each table, and "mode" says what it is like.  A rule alone
 * is carried out like a file of ip6tables-restore with one line.
 */
static const char	 program[] = "#!/bin/sh\n"
    "cd \"${0%/*}\"\n"
    "read mode <mode\n"
    "case $mode in\n"
    "hangs) exec sleep 1000 ;;\n"
    "refuses) exit 3 ;;\n"
    "esac\n"
    "case $0 in\n"
    "*-save) [ ! -f $2 ] || cat $2 ;;\n"
    "*-restore) exec awk -f change ;;\n"
    "*) { echo \"*$3\"; shift 3; echo \"$@\" | sed 's,-s [^ ]*,&/128,'\n"
    "    echo COMMIT; } | awk -f change ;;\n"
    "esac\n";

/* What ip6tables-restore -n makes of its lines; all of them, or none. */
static const char	 change[] =
    "/^\\*/ { t = substr($0, 2)\n"
    "	while ((getline l < t) > 0) r[n++] = l; close(t); next }\n"
    "/^:/ { had = 0\n"
    "	for (i = 0; i < n; i++) {\n"
    "		if (r[i] == $1) had = 1\n"
    "		if (index(r[i], \"-A \" substr($1, 2) \" \") == 1)\n"
    "			r[i] = \"\" }\n"
    "	if (!had) r[n++] = $1\n"
    "	next }\n"
    "/^-/ { rest = substr($0, 4); at = -1\n"
    "	for (i = 0; i < n; i++)\n"
    "		if (r[i] == \"-A \" rest || r[i] == \":\" rest) at = i }\n"
    "/^-A/ { r[n++] = $0 }\n"
    "/^-I/ { r[n++] = \"-A \" rest }\n"
    "/^-C/ { if (at == -1) exit bad = 1 }\n"
    "/^-[DX]/ { if (at == -1) exit bad = 1; r[at] = \"\" }\n"
    "/^COMMIT/ { done = 1; printf \"\" >t\n"
    "	for (i = 0; i < n; i++) if (r[i] != \"\") print r[i] >t }\n"
    "END { if (bad || !done) exit 1 }\n";

static const char *const programs[] = { "ip6tables", "ip6tables-restore",
    "ip6tables-save" };
#define N_PROGRAMS	(sizeof(programs) / sizeof(programs[0]))

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

/* Is that line in the table? */
static bool
has(const char *line)
{
	char	 path[80], l[200];
	FILE	*f;
	bool	 found = false;

	snprintf(path, sizeof(path), "%s/filter", dir);
	if ((f = fopen(path, "r")) == NULL)
		return (false);
	while (!found && fgets(l, sizeof(l), f) != NULL) {
		l[strcspn(l, "\n")] = '\0';
		found = strcmp(l, line) == 0;
	}
	fclose(f);
	return (found);
}

/* Somebody else changes the table. */
static void
another(const char *command)
{
	char	 line[200];

	snprintf(line, sizeof(line), "%s/ip6tables -w -t filter %s", dir,
	    command);
	ATF_REQUIRE_EQ(system(line), 0);
}

/* Each chain and the jump to it, or none of them. */
static bool
has_chain(void)
{
	bool	 in = has("-A INPUT -j MIP6D");

	ATF_CHECK_EQ(has(":MIP6D"), in);
	ATF_CHECK_EQ(has(":MIP6D-OUT"), in);
	ATF_CHECK_EQ(has(":MIP6D-GROUPS"), in);
	ATF_CHECK_EQ(has("-A OUTPUT -j MIP6D-OUT"), in);
	return (in);
}

static void
begin(void)
{
	size_t	 i;

	snprintf(dir, sizeof(dir), "/tmp/t_filter.%ld", (long)getpid());
	ATF_REQUIRE_EQ(mkdir(dir, 0700), 0);
	for (i = 0; i < LINUX_PROGRAM_DIRS; i++)
		linux_program_dirs[i] = dir;
	for (i = 0; i < N_PROGRAMS; i++)
		write_file(programs[i], program, 0755);
	write_file("change", change, 0644);
	write_file("mode", "works\n", 0644);
	log_to(note, NULL);
	ATF_REQUIRE_EQ(linux_filter(NULL, FILTER_ON), 0);
	ATF_REQUIRE(has_chain());
	ATF_REQUIRE_EQ(linux_filter_in_use(), SUPPRESS_IP6TABLES);
}

static void
end(void)
{
	static const char *const	 names[] = { "ip6tables",
	    "ip6tables-restore", "ip6tables-save", "mode", "change", "filter",
	    "mangle", "raw" };
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
	char	 line[80];

	snprintf(line, sizeof(line),
	    "-A MIP6D-GROUPS -s 2000::%u/128 -j DROP", n);
	return (has(line));
}

/* Home addresses that are away are in the chain, also when it is new. */
ATF_TC_WITHOUT_HEAD(homes);
ATF_TC_BODY(homes, tc)
{
	away = 1;
	begin();
	ATF_CHECK(has_home(1));
	ATF_CHECK(!has_home(2));
	ATF_CHECK(linux_filtered(NULL));
	linux_filter_home(&home[1], true);
	away = 2;
	ATF_CHECK(has_home(2));
	ATF_CHECK(linux_filtered(NULL));
	/* Somebody removes one. */
	another("-D MIP6D-GROUPS -s 2000::1 -j DROP");
	ATF_CHECK(!linux_filtered(NULL));
	ATF_CHECK_EQ(linux_filter(NULL, FILTER_ON), 0);
	ATF_CHECK(has_home(1) && has_home(2));
	ATF_CHECK(linux_filtered(NULL));
	/* One is at home again. */
	linux_filter_home(&home[1], false);
	away = 1;
	ATF_CHECK(has_home(1));
	ATF_CHECK(!has_home(2));
	ATF_CHECK(linux_filtered(NULL));
	/* What could not be done is done with the whole filter. */
	write_file("mode", "refuses\n", 0644);
	linux_filter_home(&home[1], true);
	write_file("mode", "works\n", 0644);
	ATF_CHECK(!linux_filtered(NULL));
	ATF_CHECK_EQ(linux_filter(NULL, FILTER_ON), 0);
	ATF_CHECK(linux_filtered(NULL));
	linux_filter(NULL, FILTER_OFF);
	ATF_CHECK(!has_home(1));
	/* Without a filter there is nothing to put it into. */
	linux_filter_home(&home[1], true);
	ATF_CHECK(!has_home(2));
	away = 0;
	end();
}

/* Rules that are not ours, though they look like that. */
static const char *const	 others[] = {
	"-A INPUT -p tcp -j DROP", "-A MIP6DX -j ACCEPT",
	"-A INPUT -j MIP6DX", "-A INPUT -m comment --comment MIP6D",
};
#define N_OTHERS	(sizeof(others) / sizeof(others[0]))

/*
 * What somebody takes away, adds or repeats is seen, and after that all is
 * there once.  Rules of others stay.
 */
ATF_TC_WITHOUT_HEAD(changed);
ATF_TC_BODY(changed, tc)
{
	static const char *const	 commands[] = {
	    "-D INPUT -j MIP6D", "-D OUTPUT -j MIP6D-OUT",
	    "-I INPUT -j MIP6D", "-A MIP6D -j ACCEPT",
	    "-A MIP6D-GROUPS -s 2000::2 -j DROP",
	    "-D MIP6D -m rt --rt-type 2 --rt-segsleft 0 -j DROP",
	};
	size_t				 i;

	away = 1;
	begin();
	for (i = 0; i < N_OTHERS; i++)
		another(others[i]);
	ATF_CHECK(linux_filtered(NULL));
	for (i = 0; i < sizeof(commands) / sizeof(commands[0]); i++) {
		another(commands[i]);
		ATF_CHECK_MSG(!linux_filtered(NULL), "%s", commands[i]);
		ATF_CHECK_EQ(linux_filter(NULL, FILTER_ON), 0);
		ATF_CHECK_MSG(linux_filtered(NULL), "%s", commands[i]);
		ATF_CHECK(has_chain());
		ATF_CHECK(has_home(1) && !has_home(2));
	}
	another("-D INPUT -j MIP6D");
	ATF_CHECK_EQ(linux_filter(NULL, FILTER_ON), 0);
	another("-D INPUT -j MIP6D");
	ATF_CHECK(!has("-A INPUT -j MIP6D"));
	linux_filter(NULL, FILTER_OFF);
	ATF_CHECK(!has_chain());
	for (i = 0; i < N_OTHERS; i++)
		ATF_CHECK_MSG(has(others[i]), "%s", others[i]);
	away = 0;
	end();
}

/* What could not be put back is still looked for where it was, and taken. */
ATF_TC_WITHOUT_HEAD(refused);
ATF_TC_BODY(refused, tc)
{
	begin();
	write_file("mode", "refuses\n", 0644);
	ATF_CHECK(!linux_filtered(NULL));
	ATF_CHECK(linux_filter(NULL, FILTER_ON) != 0);
	ATF_CHECK(!linux_filtered(NULL));
	write_file("mode", "works\n", 0644);
	ATF_CHECK(linux_filtered(NULL));
	linux_filter(NULL, FILTER_OFF);
	ATF_CHECK(!has_chain());
	ATF_CHECK_EQ(linux_filter_in_use(), SUPPRESS_NONE);
	/* And once more, after all places were searched for leftovers. */
	linux_filter(NULL, FILTER_OFF);
	ATF_CHECK_EQ(linux_filter(NULL, FILTER_ON), 0);
	ATF_CHECK(has_chain());
	linux_filter(NULL, FILTER_OFF);
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
	ATF_CHECK(linux_filtered(NULL));
	ATF_CHECK(mono_diff(mono_now(), start) >= SEC(5));
	ATF_CHECK_EQ(warnings, 1);
	/* It is not run now, so that the daemon gets on. */
	ATF_CHECK_EQ(linux_filter(NULL, FILTER_ON), ETIMEDOUT);
	ATF_CHECK(linux_filtered(NULL));
	linux_filter(NULL, FILTER_OFF);
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
	ATF_TP_ADD_TC(tp, changed);
	ATF_TP_ADD_TC(tp, refused);
	ATF_TP_ADD_TC(tp, hangs);
	return (atf_no_error());
}
