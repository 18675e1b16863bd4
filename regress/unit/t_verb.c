/*
 * core/verb and core/glob: the words of mip6ctl, their abbreviations and
 * arguments, and patterns.  Hostile arguments are refused.
 */
#include <atf-c.h>
#include <fnmatch.h>
#include <stdio.h>
#include <string.h>

#include "core/glob.h"
#include "core/role.h"
#include "core/verb.h"

#define MAXW	8

/* Split, match, and pack; the verb, and what was said in err or arg. */
static enum verb
try(const char *line, char *arg, char *err)
{
	char		 copy[512], *w[MAXW], *p;
	enum verb	 v;
	int		 n = 0, used = 0;

	arg[0] = err[0] = '\0';
	snprintf(copy, sizeof(copy), "%s", line);
	for (p = strtok(copy, " "); p != NULL && n < MAXW;
	    p = strtok(NULL, " "))
		w[n++] = p;
	v = verb_match(n, w, &used, err, 512);
	if (v != VERB_NONE && !verb_arg_pack(v, n - used, w + used, arg,
	    VERB_ARG_MAX, err, 512))
		return (VERB_NONE);
	return (v);
}

ATF_TC_WITHOUT_HEAD(matched);
ATF_TC_BODY(matched, tc)
{
	static const struct {
		const char	*line;
		enum verb	 v;
		const char	*arg;
	} t[] = {
		{ "status", VERB_STATUS, "" },
		{ "st", VERB_STATUS, "" },
		{ "sh bi", VERB_SHOW_BINDINGS, "" },
		{ "show bindings s", VERB_SHOW_BINDINGS_SUMMARY, "" },
		{ "sh bi home 2001:DB8:0::1", VERB_SHOW_BINDINGS,
		    "home-address 2001:db8::1" },
		{ "show bindings care-of 2001:db8::2", VERB_SHOW_BINDINGS,
		    "care-of 2001:db8::2" },
		{ "show bindings id a@b.example", VERB_SHOW_BINDINGS,
		    "identifier a@b.example" },
		{ "mon", VERB_MONITOR, "" },
		{ "r", VERB_RELOAD, "" },
		{ "l v", VERB_LOG_VERBOSE, "" },
		{ "log brief", VERB_LOG_BRIEF, "" },
		{ "w 2001:db8::1", VERB_WHY, "2001:db8::1" },
		{ "why 2001:DB8:0::1", VERB_WHY, "2001:db8::1" },
		{ "why", VERB_WHY, "" },
		{ "why eth0", VERB_WHY, "eth0" },
		{ "why mn@example.net", VERB_WHY, "mn@example.net" },
		{ "cl b fe80::1", VERB_CLEAR_BINDING, "fe80::1" },
		{ "mov 2001:db8::9", VERB_MOVE, "2001:db8::9" },
		{ "d 3b00", VERB_DECODE, "3b00" },
		{ "sh t", VERB_NONE, NULL },		/* timers, tunnels */
	};
	char	 arg[VERB_ARG_MAX], err[512];
	size_t	 i;

	for (i = 0; i < sizeof(t) / sizeof(t[0]); i++) {
		ATF_CHECK_EQ_MSG(t[i].v, try(t[i].line, arg, err), "%s: %s",
		    t[i].line, err);
		if (t[i].arg != NULL)
			ATF_CHECK_STREQ(t[i].arg, arg);
	}
}

ATF_TC_WITHOUT_HEAD(errors);
ATF_TC_BODY(errors, tc)
{
	static const struct {
		const char	*line, *err;
	} t[] = {
		{ "", "one word more is needed: status, show, monitor, "
		    "reload, log, why, clear, move, ike, check, decode, "
		    "cga" },
		{ "s", "ambiguous \"s\": status, show" },
		{ "m", "ambiguous \"m\": monitor, move" },
		{ "x", "unknown \"x\", expected one of: status, show, "
		    "monitor, reload, log, why, clear, move, ike, check, "
		    "decode, cga" },
		{ "show sa1", "unknown \"sa1\", expected one of: globals, "
		    "processes, kernel, configuration, timers, counters, "
		    "metrics, bindings, agents, bul, interfaces, handovers, "
		    "spd, sad, sa, path, tunnels, ike" },
		{ "show c", "ambiguous \"c\": configuration, counters" },
		{ "clear", "one word more is needed: binding" },
		{ "c", "ambiguous \"c\": clear, check, cga" },
		{ "cga", "one word more is needed: new, show, verify" },
		/* Words that mip6ctl reads itself make no request. */
		{ "cga show file", "usage: cga show FILE" },
		{ "cga v", "usage: cga verify ADDRESS FILE" },
		{ "status now", "usage: status" },
		{ "why a b", "usage: why [NODE | PEER | INTERFACE]" },
		{ "move", "usage: move ADDRESS" },
		{ "move 1.2.3.4", "move: \"1.2.3.4\" is not an IPv6 address" },
		{ "move 2001:db8::1 ::2", "usage: move ADDRESS" },
		{ "show bindings x y", "unknown \"x\", expected one of: "
		    "home-address, care-of, identifier, summary" },
		{ "show bindings care-of y", "care-of: \"y\" is not an IPv6 "
		    "address" },
		{ "show bindings care-of", "usage: show bindings "
		    "[home-address A | care-of A | identifier ID]" },
	};
	char	 arg[VERB_ARG_MAX], err[512];
	size_t	 i;

	for (i = 0; i < sizeof(t) / sizeof(t[0]); i++) {
		ATF_CHECK_EQ_MSG(VERB_NONE, try(t[i].line, arg, err), "%s",
		    t[i].line);
		ATF_CHECK_STREQ(t[i].err, err);
	}
}

ATF_TC_WITHOUT_HEAD(table);
ATF_TC_BODY(table, tc)
{
	const struct verb_def	*d;
	char			 arg[VERB_ARG_MAX], err[512], line[512];
	char			 usage[512];
	int			 v;

	ATF_CHECK(verb_def(VERB_NONE) == NULL);
	ATF_CHECK(verb_def(VERB_MAX) == NULL);
	for (v = VERB_NONE + 1; v < VERB_MAX; v++) {
		if ((d = verb_def((enum verb)v)) == NULL)
			continue;
		ATF_CHECK_MSG((d->roles == 0) ==
		    ((d->flags & (VF_STREAM | VF_LOCAL)) != 0), "%s", d->words);
		ATF_CHECK((d->argname == NULL) == (d->arg == VA_NONE));
		/* In full each verb is itself. */
		snprintf(line, sizeof(line), "%s%s", d->words,
		    d->arg == VA_ADDRESS ? " ::1" : d->arg == VA_TEXT ?
		    " text" : "");
		if (d->arg != VA_OPTIONS)
			ATF_CHECK_EQ_MSG((enum verb)v, try(line, arg, err),
			    "%s: %s", line, err);
		else {
			ATF_CHECK((d->flags & VF_LOCAL) != 0);
			ATF_CHECK_EQ(VERB_NONE, try(line, arg, err));
			verb_usage((enum verb)v, usage, sizeof(usage));
			ATF_CHECK_STREQ(usage, err);
		}
		/* A restricted socket shows, and changes nothing. */
		if ((d->flags & (VF_READ | VF_LOCAL)) == VF_READ)
			ATF_CHECK_MSG(strncmp(d->words, "show ", 5) == 0 ||
			    v == VERB_STATUS || v == VERB_MONITOR, "%s",
			    d->words);
	}
}

/* Who has a part of the one screen has a place there of its own. */
ATF_TC_WITHOUT_HEAD(places);
ATF_TC_BODY(places, tc)
{
	const struct role_def	*def;
	unsigned int		 r;
	uint64_t		 seen = 0;

	FOREACH_ROLE(r) {
		def = role_def((enum role)r);
		if (def->overview == VERB_NONE &&
		    (verb_def(VERB_STATUS)->roles & ROLE_BIT(r)) == 0)
			continue;
		ATF_CHECK_MSG(def->place > 0 && def->place < 64 &&
		    (seen & UINT64_C(1) << def->place) == 0, "%s", def->name);
		seen |= UINT64_C(1) << (def->place & 63);
	}
}

ATF_TC_WITHOUT_HEAD(hostile_arguments);
ATF_TC_BODY(hostile_arguments, tc)
{
	struct verb_filter	 f;
	char			 big[1024];

	ATF_CHECK(verb_arg_ok(VERB_STATUS, ""));
	ATF_CHECK(!verb_arg_ok(VERB_STATUS, "x"));
	ATF_CHECK(verb_arg_ok(VERB_WHY, "2001:db8::1"));
	ATF_CHECK(verb_arg_ok(VERB_WHY, ""));
	ATF_CHECK(verb_arg_ok(VERB_WHY, "eth0"));
	ATF_CHECK(!verb_arg_ok(VERB_WHY, "eth0\033[2J"));
	ATF_CHECK(!verb_arg_ok(VERB_MOVE, ""));
	ATF_CHECK(!verb_arg_ok(VERB_MOVE, "2001:db8::1 "));
	ATF_CHECK(!verb_arg_ok(VERB_WHY, "2001:DB8::1"));
	ATF_CHECK(!verb_arg_ok(VERB_WHY, "2001:db8::1 "));
	ATF_CHECK(!verb_arg_ok(VERB_MAX, ""));
	ATF_CHECK(!verb_arg_ok(VERB_CGA_SHOW, ""));
	ATF_CHECK(!verb_arg_ok(VERB_CGA_SHOW, "file"));
	ATF_CHECK(!verb_arg_ok(VERB_SHOW_BINDINGS, "identifier"));
	ATF_CHECK(!verb_arg_ok(VERB_SHOW_BINDINGS, "identifier "));
	ATF_CHECK(!verb_arg_ok(VERB_SHOW_BINDINGS, "identifier a\033[2J"));
	ATF_CHECK(!verb_arg_ok(VERB_SHOW_BINDINGS, "care-of a"));
	ATF_CHECK(!verb_arg_ok(VERB_SHOW_BINDINGS, "care 2001:db8::1"));
	memset(big, 'a', sizeof(big));
	memcpy(big, "identifier ", 11);
	big[VERB_ARG_MAX] = '\0';
	ATF_CHECK(!verb_arg_ok(VERB_SHOW_BINDINGS, big));
	big[VERB_ARG_MAX - 1] = '\0';
	ATF_CHECK(verb_arg_ok(VERB_SHOW_BINDINGS, big));
	ATF_CHECK(verb_filter(big, &f));
	ATF_CHECK_EQ(VK_IDENTIFIER, f.key);
	ATF_CHECK_STREQ(big + 11, f.text);
	ATF_CHECK(verb_filter("", &f) && f.key == VK_ALL);
	ATF_CHECK(verb_filter("home-address ::1", &f) &&
	    f.key == VK_HOME_ADDRESS && f.addr.s6_addr[15] == 1);
	ATF_CHECK(!verb_filter("home-address", &f));
	ATF_CHECK(!verb_filter("home ::1", &f));
	ATF_CHECK(!verb_filter(" ", &f));
}

/* What fnmatch(3) says, of all short patterns and texts of these characters. */
ATF_TC_WITHOUT_HEAD(patterns);
ATF_TC_BODY(patterns, tc)
{
	static const char	 in_pattern[] = "ab*?[]!-\\";
	static const char	 in_text[] = "ab!-";
	char			 p[7] = "", t[4] = "";
	size_t			 np = sizeof(in_pattern) - 1;
	size_t			 nt = sizeof(in_text) - 1, i, j, k, n, m;

	for (i = 0, n = 1; n <= 5; n++) {
		size_t	 all = 1;

		for (k = 0; k < n; k++)
			all *= np;
		for (i = 0; i < all; i++) {
			for (k = 0, m = i; k < n; k++, m /= np)
				p[k] = in_pattern[m % np];
			p[n] = '\0';
			/* Those that POSIX leaves open. */
			if (p[n - 1] == '\\' || strstr(p, "[") != NULL)
				continue;
			for (j = 0; j < nt * nt * nt; j++) {
				for (k = 0, m = j; k < 3; k++, m /= nt)
					t[k] = in_text[m % nt];
				ATF_REQUIRE_EQ_MSG(fnmatch(p, t, 0) == 0,
				    glob_match(p, t), "%s %s", p, t);
			}
		}
	}
}

ATF_TC_WITHOUT_HEAD(brackets);
ATF_TC_BODY(brackets, tc)
{
	static const struct {
		const char	*pattern, *text;
		bool		 match;
	} v[] = {
		{ "", "", true }, { "*", "", true }, { "", "a", false },
		{ "*@example.com", "mn@example.com", true },
		{ "*@example.com", "mn@example.org", false },
		{ "mn[0-9]@*", "mn7@x", true },
		{ "mn[0-9]@*", "mnx@x", false },
		{ "mn[!0-9]@*", "mnx@x", true },
		{ "mn[^0-9]@*", "mn1@x", false },
		{ "[]-a]", "]", true }, { "[]-a]", "b", false },
		{ "[a-]", "-", true }, { "[-a]", "-", true },
		{ "[!]a]", "b", true }, { "[!]a]", "]", false },
		{ "[abc]", "c", true }, { "[a", "[a", true },
		{ "[", "[", true }, { "[!", "[!", true },
		{ "*[", "a[", true }, { "\\*", "*", true },
		{ "\\*", "a", false }, { "a\\", "a\\", true },
		{ "*a*b*c*", "xaybzc", true }, { "*a*b*c*", "xaybz", false },
		{ "caf\xc3\xa9*", "caf\xc3\xa9!", true },
	};
	char	 pattern[256], text[256];
	size_t	 i;

	for (i = 0; i < sizeof(v) / sizeof(v[0]); i++)
		ATF_CHECK_EQ_MSG(v[i].match, glob_match(v[i].pattern,
		    v[i].text), "%s %s", v[i].pattern, v[i].text);
	/* It would not end in the life of the machine by trying all. */
	for (i = 0; i + 2 < sizeof(pattern); i += 2)
		memcpy(pattern + i, "*a", 2);
	snprintf(pattern + i, sizeof(pattern) - i, "b");
	memset(text, 'a', sizeof(text) - 1);
	text[sizeof(text) - 1] = '\0';
	for (i = 0; i < 1000; i++)
		ATF_REQUIRE(!glob_match(pattern, text));
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, matched);
	ATF_TP_ADD_TC(tp, errors);
	ATF_TP_ADD_TC(tp, table);
	ATF_TP_ADD_TC(tp, places);
	ATF_TP_ADD_TC(tp, hostile_arguments);
	ATF_TP_ADD_TC(tp, patterns);
	ATF_TP_ADD_TC(tp, brackets);
	return (atf_no_error());
}
