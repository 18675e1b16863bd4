/*
 * Linux: our chains of ip6tables(8), for kernels without nf_tables.  The rules
 * are put, changed and taken in one go by ip6tables-restore and looked at by
 * ip6tables-save, as a run of a program takes as long for one rule as for all.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "kern/compat.h"
#include "kern/kern.h"
#include "kern/linux.h"
#include "kern/linux_ip6t.h"
#include "kern/linux_run.h"

/*
 * The program that speaks to nf_tables and the one that does not, and what
 * tables a kernel has.
 * In the raw table, where what is forwarded passes too, our own addresses are
 * asked for.
 */
static const char *const ip6t_programs[] = { "ip6tables",
    "ip6tables-legacy" };
static const struct {
	const char	*table, *input;	/* and whose packets that come in */
} ip6t_places[] = {
	{ "filter", "INPUT" },
	{ "mangle", "INPUT" },
	{ "raw", "PREROUTING -m addrtype --dst-type LOCAL" },
};
#define N_PROGRAMS	(sizeof(ip6t_programs) / sizeof(ip6t_programs[0]))
#define N_PLACES	(sizeof(ip6t_places) / sizeof(ip6t_places[0]))

/* What drops: the rules of kern/linux_nft.c, but that these find the octet. */
#define ERROR(type_code)	"4>>8&0xFF=58&&40>>16=" type_code "&&"
#define BEHIND_ONE		"52>>8&0xFF=0,43,60&&88>>24=41"
#define BEHIND_TWO		"52>>8&0xFF=0,43,60&&88>>24=43,60&&" \
				"88>>13&0x7F8@96>>24=41"
#define AT_HAO			"44=42:0xFFFF&&44@48>>24=0xC9"
#define AT_TYPE_2		"44=42:0xFFFF&&44&7=2&&44@48>>24=2"
#define BEHIND_TYPE_2		"44=42:0xFFFF&&44&7=3&&44@47>>24=2"
#define CHAIN_IN	"MIP6D"
#define CHAIN_OUT	"MIP6D-OUT"
#define CHAIN_GROUPS	"MIP6D-GROUPS"
static const char *const ip6t_rules[] = {
	CHAIN_IN " -m rt --rt-type 2 --rt-segsleft 0 -j DROP",
	CHAIN_OUT " -m u32 --u32 " ERROR("0x0104") "52>>8&0xFF=41 -j DROP",
	CHAIN_OUT " -m u32 --u32 " ERROR("0x0104") BEHIND_ONE " -j DROP",
	CHAIN_OUT " -m u32 --u32 " ERROR("0x0104") BEHIND_TWO " -j DROP",
	CHAIN_OUT " -m u32 --u32 " ERROR("0x0400") AT_TYPE_2 " -j DROP",
	CHAIN_OUT " -m u32 --u32 " ERROR("0x0400") BEHIND_TYPE_2 " -j DROP",
	CHAIN_OUT " -m u32 --u32 " ERROR("0x0402") AT_HAO " -j DROP",
	CHAIN_GROUPS " -p icmpv6 --icmpv6-type 136 -j RETURN",
	CHAIN_OUT " -d ff00::/8 ! -o " TUN_NAME " -j " CHAIN_GROUPS,
};
#define N_RULES		(sizeof(ip6t_rules) / sizeof(ip6t_rules[0]))

/* In the order in which they can be taken away. */
static const char *const ip6t_chains[] = { CHAIN_IN, CHAIN_OUT, CHAIN_GROUPS };
#define N_CHAINS	(sizeof(ip6t_chains) / sizeof(ip6t_chains[0]))
#define N_JUMPS		2	/* from the kernel's chains to ours */

/* How a rule about a home address is printed. */
#define HOME_BEFORE	"-A " CHAIN_GROUPS " -s "
#define HOME_AFTER	"/128 -j DROP"

static size_t	 ip6t_program, ip6t_place;	/* in use, or looked at */
static char	*ip6t_text;	/* what there was behind the last change */

/* What a table has of ours. */
struct seen {
	char		*text;		/* the rules but those of homes */
	char		*jumps;		/* those of them in others' chains */
	size_t		 nrules;
	struct in6_addr	*homes;
	size_t		 nhomes, room;
	bool		 chains;	/* a chain, at least */
};

static bool
starts(const char *line, const char *with)
{
	return (strncmp(line, with, strlen(with)) == 0);
}

/* One of our chains by its whole name, of so many octets. */
static bool
is_chain(const char *name, size_t len)
{
	size_t	 i;

	for (i = 0; i < N_CHAINS; i++)
		if (strlen(ip6t_chains[i]) == len &&
		    strncmp(ip6t_chains[i], name, len) == 0)
			return (true);
	return (false);
}

/* "-A CHAIN ..." of one of ours. */
static bool
is_inside(const char *line)
{
	return (starts(line, "-A ") &&
	    is_chain(line + 3, strcspn(line + 3, " ")));
}

/* "-A ... -j CHAIN" to one of ours. */
static bool
is_jump(const char *line)
{
	const char	*space = strrchr(line, ' ');

	return (starts(line, "-A ") && space != NULL && space - line >= 3 &&
	    strncmp(space - 3, " -j", 3) == 0 &&
	    is_chain(space + 1, strlen(space + 1)));
}

/* A rule about a home address is noted; false: it is none, or no memory. */
static bool
see_home(struct seen *s, const char *line)
{
	char		 text[INET6_ADDRSTRLEN];
	const char	*from = line + strlen(HOME_BEFORE), *to;
	struct in6_addr	*more;

	if (!starts(line, HOME_BEFORE) || (to = strchr(from, '/')) == NULL ||
	    strcmp(to, HOME_AFTER) != 0 || to - from >= (int)sizeof(text))
		return (false);
	if (s->nhomes == s->room) {
		more = reallocarray(s->homes, s->room * 2 + 8, sizeof(*more));
		if (more == NULL)
			return (false);
		s->homes = more;
		s->room = s->room * 2 + 8;
	}
	memcpy(text, from, (size_t)(to - from));
	text[to - from] = '\0';
	if (inet_pton(AF_INET6, text, &s->homes[s->nhomes]) != 1)
		return (false);
	s->nhomes++;
	return (true);
}

/* A line of ip6tables-save, without its end; to these go the rules of ours. */
static void
see(struct seen *s, const char *line, FILE *text, FILE *jumps)
{
	bool	 inside = is_inside(line);

	if (line[0] == ':' && is_chain(line + 1, strcspn(line + 1, " ")))
		s->chains = true;
	if ((!inside && !is_jump(line)) || (inside && see_home(s, line)))
		return;
	s->nrules++;
	fprintf(text, "%s\n", line);
	/* What is added by -A is deleted by -D. */
	if (!inside)
		fprintf(jumps, "-D%s\n", line + 2);
}

static bool
see_all(struct seen *s, FILE *from)
{
	FILE	*text, *jumps;
	char	*line = NULL;
	size_t	 room = 0, len, jlen;
	bool	 ok;

	text = open_memstream(&s->text, &len);
	jumps = open_memstream(&s->jumps, &jlen);
	while (text != NULL && jumps != NULL &&
	    getline(&line, &room, from) != -1) {
		line[strcspn(line, "\n")] = '\0';
		see(s, line, text, jumps);
	}
	free(line);
	ok = text != NULL && jumps != NULL && !ferror(text) && !ferror(jumps);
	ok = (text == NULL || fclose(text) == 0) && ok;
	return ((jumps == NULL || fclose(jumps) == 0) && ok);
}

static void
seen_free(struct seen *s)
{
	free(s->text);
	free(s->jumps);
	free(s->homes);
}

/* One of the program's family: "", "-save" or "-restore". */
static const char *
program(const char *suffix)
{
	char	 name[40];

	snprintf(name, sizeof(name), "%s%s", ip6t_programs[ip6t_program],
	    suffix);
	return (linux_find_program(name));
}

/* A file in memory for a program, or NULL. */
static FILE *
memory(const char *mode)
{
	int	 fd = compat_memory();
	FILE	*f = fd == -1 ? NULL : fdopen(fd, mode);

	if (f == NULL && fd != -1)
		close(fd);
	return (f);
}

/* What the table of ip6t_place has of ours; to be freed in any case. */
static bool
look(struct seen *s)
{
	const char	*words[] = { program("-save"), "-t",
	    ip6t_places[ip6t_place].table, NULL };
	FILE		*f;
	bool		 ok;

	memset(s, 0, sizeof(*s));
	if (words[0] == NULL || (f = memory("r")) == NULL)
		return (false);
	ok = linux_run(words, -1, fileno(f)) == 0 &&
	    lseek(fileno(f), 0, SEEK_SET) == 0 && see_all(s, f);
	fclose(f);
	return (ok);
}

/* All that has to be there, in place of what there is. */
struct wish {
	const struct in6_addr	*homes;
	size_t			 nhomes;
	const char		*jumps;		/* that are taken away */
};

/* The table is changed by what fn writes, as a whole or not at all. */
static bool
change(void (*fn)(FILE *, const struct wish *), const struct wish *w)
{
	const char	*words[] = { program("-restore"), "-w", "-n", NULL };
	FILE		*f;
	bool		 ok;

	if (words[0] == NULL || (f = memory("w")) == NULL)
		return (false);
	fprintf(f, "*%s\n", ip6t_places[ip6t_place].table);
	fn(f, w);
	fprintf(f, "COMMIT\n");
	ok = fflush(f) == 0 && !ferror(f) &&
	    lseek(fileno(f), 0, SEEK_SET) == 0 &&
	    linux_run(words, fileno(f), -1) == 0;
	fclose(f);
	return (ok);
}

/* Our chains, empty, and no jump to them. */
static void
write_empty(FILE *f, const struct wish *w)
{
	size_t	 i;

	for (i = 0; i < N_CHAINS; i++)
		fprintf(f, ":%s - [0:0]\n", ip6t_chains[i]);
	fputs(w->jumps, f);
}

static void
write_all(FILE *f, const struct wish *w)
{
	char	 text[INET6_ADDRSTRLEN];
	size_t	 i;

	write_empty(f, w);
	for (i = 0; i < N_RULES; i++)
		fprintf(f, "-A %s\n", ip6t_rules[i]);
	for (i = 0; i < w->nhomes; i++) {
		inet_ntop(AF_INET6, &w->homes[i], text, sizeof(text));
		fprintf(f, "%s%s%s\n", HOME_BEFORE, text, HOME_AFTER);
	}
	fprintf(f, "-I %s -j %s\n", ip6t_places[ip6t_place].input, CHAIN_IN);
	fprintf(f, "-I OUTPUT -j %s\n", CHAIN_OUT);
}

static void
write_none(FILE *f, const struct wish *w)
{
	size_t	 i;

	write_empty(f, w);
	for (i = 0; i < N_CHAINS; i++)
		fprintf(f, "-X %s\n", ip6t_chains[i]);
}

/* Chains that somebody else has a jump to can be emptied only. */
static void
take_away(const struct seen *s)
{
	struct wish	 w = { .jumps = s->jumps };

	if (s->chains && !change(write_none, &w))
		change(write_empty, &w);
}

/* What is there now is what has to be there from now on. */
static bool
remember(const struct wish *w)
{
	struct seen	 s;
	bool		 ok;

	free(ip6t_text);
	ip6t_text = NULL;
	ok = look(&s) && s.nrules == N_RULES + N_JUMPS &&
	    s.nhomes == w->nhomes;
	if (ok) {
		ip6t_text = s.text;
		s.text = NULL;
	} else if (s.jumps != NULL)
		take_away(&s);
	seen_free(&s);
	return (ok);
}

/* In the table of ip6t_place; what a former life left there goes. */
static bool
install_here(const struct wish *wish)
{
	struct wish	 w = *wish;
	struct seen	 s;
	bool		 ok = look(&s);

	w.jumps = s.jumps;
	ok = ok && change(write_all, &w) && remember(&w);
	seen_free(&s);
	return (ok);
}

static bool
forget_here(const struct wish *wish)
{
	struct seen	 s;

	(void)wish;
	if (look(&s))
		take_away(&s);
	seen_free(&s);
	return (false);
}

/* With each program at each place, until fn() says true, and which that was. */
static bool
search(bool (*fn)(const struct wish *), const struct wish *w)
{
	size_t	 was = ip6t_program, place = ip6t_place;

	for (ip6t_program = 0; ip6t_program < N_PROGRAMS; ip6t_program++)
		for (ip6t_place = 0; ip6t_place < N_PLACES; ip6t_place++)
			if (fn(w))
				return (true);
	ip6t_program = was;
	ip6t_place = place;
	return (false);
}

/*
 * Put our chains with the rules for these home addresses, which are away, into
 * the first table where they can be; what is there of ours is replaced.  False:
 * nowhere, or a program hangs (linux_can_run()).
 */
bool
ip6t_install(const struct in6_addr *homes, size_t nhomes)
{
	struct wish	 w = { .homes = homes, .nhomes = nhomes };

	return (search(install_here, &w));
}

static int
compare(const void *a, const void *b)
{
	return (memcmp(a, b, sizeof(struct in6_addr)));
}

/* The same home addresses, in whatever order. */
static bool
same_homes(struct seen *s, const struct in6_addr *homes, size_t n)
{
	struct in6_addr	*sorted;
	bool		 same;

	if (s->nhomes != n || n == 0)
		return (s->nhomes == n);
	if ((sorted = reallocarray(NULL, n, sizeof(*sorted))) == NULL)
		return (true);	/* nobody can tell */
	memcpy(sorted, homes, n * sizeof(*sorted));
	qsort(sorted, n, sizeof(*sorted), compare);
	qsort(s->homes, n, sizeof(*s->homes), compare);
	same = memcmp(sorted, s->homes, n * sizeof(*sorted)) == 0;
	free(sorted);
	return (same);
}

/* Is all as ip6t_install() and ip6t_home() left it, with these homes? */
bool
ip6t_there(const struct in6_addr *homes, size_t nhomes)
{
	struct seen	 s;
	bool		 there = look(&s) && ip6t_text != NULL &&
			    strcmp(s.text, ip6t_text) == 0 &&
			    same_homes(&s, homes, nhomes);

	seen_free(&s);
	return (there);
}

static bool
home_rule(const char *command, const char *home)
{
	const char	*words[] = { program(""), "-w", "-t",
	    ip6t_places[ip6t_place].table, command, CHAIN_GROUPS, "-s", home,
	    "-j", "DROP", NULL };

	return (words[0] != NULL && linux_run(words, -1, -1) == 0);
}

/* One home address is away, or no more: 0, ETIMEDOUT or EIO. */
int
ip6t_home(const struct in6_addr *home, bool away)
{
	char	 text[INET6_ADDRSTRLEN];
	bool	 there;

	inet_ntop(AF_INET6, home, text, sizeof(text));
	there = home_rule("-C", text);
	if (!linux_can_run())
		return (ETIMEDOUT);
	return (there == away || home_rule(away ? "-A" : "-D", text) ? 0 :
	    EIO);
}

/* Take our chains away from where ip6t_install() has put them. */
void
ip6t_remove(void)
{
	forget_here(NULL);
	free(ip6t_text);
	ip6t_text = NULL;
}

/* Take away what a former life left, wherever that is. */
void
ip6t_forget(void)
{
	search(forget_here, NULL);
}
