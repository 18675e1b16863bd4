/*
 * mip6ctl: what it prints of rows.  The cases that write files are judged by
 * t_mip6ctl_output.sh with a JSON parser.
 */
#include <sys/types.h>
#include <sys/socket.h>

#include <arpa/inet.h>

#include <atf-c.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/why.h"
#include "mip6ctl/output.h"

static struct report	 rep;

static struct in6_addr
addr(const char *s)
{
	struct in6_addr	 a;

	ATF_REQUIRE_EQ(1, inet_pton(AF_INET6, s, &a));
	return (a);
}

static void
row_binding(const char *home, const char *careof, const char *id)
{
	struct in6_addr	 h = addr(home), c = addr(careof);

	report_row(&rep, "binding");
	report_addr(&rep, "home", &h);
	report_addr(&rep, "careof", &c);
	report_str(&rep, "identifier", id);
	report_u64(&rep, "sequence", 65535);
	report_ms(&rep, "lifetime_ms", 420000);
	report_ms(&rep, "remaining_ms", 419001);
	report_str(&rep, "flags", "AHLK");
	report_ms(&rep, "age_ms", 90061000);
	report_str(&rep, "state", "active");
	report_end(&rep);
}

static void
row_reason(void)
{
	report_row(&rep, "reason");
	report_str(&rep, "reason", "updates-ignored");
	report_str(&rep, "level", "warning");
	report_str(&rep, "subject", "2001:db8:1234:5678:9abc:def0:1234:5678");
	report_wall(&rep, "since", 1700000000);
	report_ms(&rep, "age_ms", 5000);
	report_u64(&rep, "count", 3);
	report_str(&rep, "text", "3 Binding Updates in a row from "
	    "2001:db8:aaaa:bbbb:cccc:dddd:eeee:ffff on eth0 to home agent "
	    "2001:db8:1::1 were not acknowledged, the first 12 s ago");
	report_str(&rep, "remedy", "ask 'mip6ctl why' on the home agent: if it "
	    "knows of a Binding Update it says why it drops it");
	report_str(&rep, "see", "mip6d.conf(5) authentication");
	report_end(&rep);
}

static void
row_counter(const char *role, const char *name, uint64_t v, const char *help)
{
	report_row(&rep, "counter");
	report_str(&rep, "role", role);
	report_str(&rep, "name", name);
	report_u64(&rep, "value", v);
	report_str(&rep, "help", help);
	report_end(&rep);
}

/* What is printed of rep; the caller frees it. */
static char *
print(enum verb v, bool json, bool raw, const char *status, const char *text)
{
	struct output	 o;
	size_t		 len = 0;
	char		*s = NULL;
	FILE		*f;

	ATF_REQUIRE((f = open_memstream(&s, &len)) != NULL);
	output_init(&o, f, v, json, raw);
	ATF_CHECK(output_rows(&o, rep.mem, rep.w.off));
	output_end(&o, status, 0, text);
	fclose(f);
	return (s);
}

static size_t
widest(const char *s)
{
	size_t	 n, max = 0;

	for (; *s != '\0'; s += n + (s[n] == '\n')) {
		n = strcspn(s, "\n");
		if (n > max)
			max = n;
		ATF_CHECK_MSG(n == 0 || s[n - 1] != ' ', "trailing blank");
	}
	return (max);
}

ATF_TC_WITHOUT_HEAD(binding);
ATF_TC_BODY(binding, tc)
{
	char	*s;

	report_init(&rep);
	row_binding("2001:db8:aaaa:bbbb:cccc:dddd:eeee:1",
	    "2001:db8:1:2:3:4:5:6", "mn@example.org");
	s = print(VERB_SHOW_BINDINGS, false, false, "ok", "");
	ATF_CHECK_STREQ(
	    "HOME ADDRESS                            STATE       LIFE    LEFT"
	    "   SEQ FLAGS\n"
	    "  CARE-OF ADDRESS                         IDENTIFIER\n"
	    "2001:db8:aaaa:bbbb:cccc:dddd:eeee:1     active     7m00s   6m59s"
	    " 65535 AHLK\n"
	    "  2001:db8:1:2:3:4:5:6                    mn@example.org\n"
	    "    age 1d01h\n", s);
	free(s);
	s = print(VERB_SHOW_BINDINGS, false, true, "ok", "");
	ATF_CHECK_MSG(strstr(s, " 420000 ") != NULL &&
	    strstr(s, "age_ms 90061000") != NULL, "%s", s);
	free(s);
}

/* No layout is wider than the screen, whatever is in the columns. */
ATF_TC_WITHOUT_HEAD(width);
ATF_TC_BODY(width, tc)
{
	const struct layout	*l;
	const struct column	*c;
	char			 big[1025], *s;
	size_t			 i;
	int			 w;

	memset(big, 'x', sizeof(big) - 1);
	big[sizeof(big) - 1] = '\0';
	for (l = layouts; l->table != NULL; l++) {
		w = 0;
		for (c = l->cols; c != NULL && c->field != NULL; c++) {
			if ((c->flags & C_LINE) != 0)
				w = (c->flags & C_INDENT) != 0 ? 2 : 0;
			ATF_CHECK_MSG((c->flags & (C_WRAP | C_HIDE)) != 0 ||
			    (l->flags & L_HEAD) == 0 || c->width >=
			    (int)strlen(c->title), "%s.%s", l->table,
			    c->field);
			w += c->width + 1;
			ATF_CHECK_MSG(w - 1 <= OUTPUT_WIDTH -
			    ((c->flags & C_WRAP) != 0 ? 20 : 0), "%s.%s: %d",
			    l->table, c->field, w - 1);
		}
		if ((l->flags & L_PLAIN) != 0)
			continue;
		report_init(&rep);
		for (i = 0; i < 2; i++) {
			report_row(&rep, l->table);
			for (c = l->cols; c != NULL && c->field != NULL; c++)
				report_str(&rep, c->field, i == 0 ? big : "a "
				    "few words that are together more than is "
				    "left of a line of eighty characters");
			report_u64(&rep, "more", UINT64_MAX);
			report_str(&rep, "still_more", big);
			report_end(&rep);
		}
		s = print(l->verb == VERB_NONE ? VERB_SHOW_GLOBALS : l->verb,
		    false, false, "ok", "");
		ATF_CHECK_MSG(widest(s) <= OUTPUT_WIDTH, "%s: %zu\n%s",
		    l->table, widest(s), s);
		free(s);
	}
}

ATF_TC_WITHOUT_HEAD(unknown_table);
ATF_TC_BODY(unknown_table, tc)
{
	char	*s;
	int	 i;

	report_init(&rep);
	for (i = 0; i < 2; i++) {
		report_row(&rep, "novelty");
		report_str(&rep, "name", "x");
		report_bool(&rep, "on", true);
		report_i64(&rep, "delta", -5);
		report_end(&rep);
	}
	s = print(VERB_SHOW_GLOBALS, false, false, "ok", "that was all");
	ATF_CHECK_STREQ(
	    "name:  x\non:    yes\ndelta: -5\n\n"
	    "name:  x\non:    yes\ndelta: -5\n"
	    "that was all\n", s);
	free(s);
}

/* A handover is a timeline: milliseconds since the link came up. */
ATF_TC_WITHOUT_HEAD(handover);
ATF_TC_BODY(handover, tc)
{
	struct in6_addr	 home = addr("2001:db8::1"), to = addr("2001:db8:2::9");
	struct in6_addr	 from = addr("2001:db8:1:0:5054:ff:fe12:3456");
	char		*s;

	report_init(&rep);
	report_row(&rep, "handover");
	report_u64(&rep, "number", 3);
	report_addr(&rep, "home", &home);
	report_str(&rep, "kind", "move");
	report_str(&rep, "interface", "eth0");
	report_addr(&rep, "from", &from);
	report_addr(&rep, "to", &to);
	report_bool(&rep, "done", true);
	report_i64(&rep, "link_down_ns", -12345678);
	report_i64(&rep, "link_up_ns", 0);
	report_i64(&rep, "rs_ns", 90000);
	report_i64(&rep, "ra_ns", 1200000);
	report_i64(&rep, "address_ns", 1300000);
	report_i64(&rep, "bu_ns", 1400000);
	report_i64(&rep, "ba_ns", 21400000);
	report_i64(&rep, "first_in_ns", 22000000);
	report_end(&rep);
	s = print(VERB_SHOW_HANDOVERS, false, false, "ok", "");
	ATF_CHECK_STREQ(
	    "  NR HOME ADDRESS                            INTERFACE       KIND "
	    "         DONE\n"
	    "FROM                                    TO\n"
	    "   3 2001:db8::1                             eth0            move "
	    "         yes\n"
	    "2001:db8:1:0:5054:ff:fe12:3456          2001:db8:2::9\n"
	    "    link_down -12.346ms, link_up 0.000ms, rs 0.090ms, "
	    "ra 1.200ms,\n"
	    "    address 1.300ms, bu 1.400ms, ba 21.400ms, first_in "
	    "22.000ms\n", s);
	ATF_CHECK(widest(s) <= OUTPUT_WIDTH);
	free(s);
}

ATF_TC_WITHOUT_HEAD(counters);
ATF_TC_BODY(counters, tc)
{
	char	*s;

	report_init(&rep);
	row_counter("ha", "bu_received", 7, "Binding Updates received");
	row_counter("ha", "bu_dropped", 0, "Binding Updates dropped");
	s = print(VERB_SHOW_COUNTERS, false, false, "ok", "");
	ATF_CHECK(strstr(s, "bu_received") != NULL);
	ATF_CHECK(strstr(s, "bu_dropped") == NULL);
	free(s);
	s = print(VERB_SHOW_COUNTERS, false, true, "ok", "");
	ATF_CHECK(strstr(s, "bu_dropped") != NULL);
	free(s);
}

/* OpenMetrics 1.0: metadata, the sample with _total, the end. */
ATF_TC_WITHOUT_HEAD(metrics);
ATF_TC_BODY(metrics, tc)
{
	char	*s;

	report_init(&rep);
	row_counter("ha", "bu_received", UINT64_MAX, "A \"B\\\" and\nC\033");
	s = print(VERB_SHOW_METRICS, false, false, "ok", "");
	ATF_CHECK_STREQ("# TYPE mip6d_ha_bu_received counter\n"
	    "# HELP mip6d_ha_bu_received A \\\"B\\\\\\\" and\\nC\n"
	    "mip6d_ha_bu_received_total 18446744073709551615\n# EOF\n", s);
	free(s);
	s = print(VERB_SHOW_METRICS, false, false, "error", "x");
	ATF_CHECK(strstr(s, "# EOF") == NULL);
	free(s);
}

ATF_TC_WITHOUT_HEAD(monitor);
ATF_TC_BODY(monitor, tc)
{
	struct in6_addr	 home = addr("2001:db8::1");
	char		*s;

	setenv("TZ", "UTC", 1);
	report_init(&rep);
	report_row(&rep, "event");
	report_wall(&rep, "time", 1700000000);
	report_str(&rep, "role", "ha");
	report_str(&rep, "name", "registered");
	report_addr(&rep, "home", &home);
	report_str(&rep, "text", "care-of 2001:db8:2::1");
	report_end(&rep);
	report_row(&rep, "lost");
	report_u64(&rep, "count", 12);
	report_end(&rep);
	s = print(VERB_MONITOR, false, false, "ok", "");
	ATF_CHECK_STREQ("22:13:20 ha registered 2001:db8::1 care-of "
	    "2001:db8:2::1\n12 events lost\n", s);
	free(s);
	s = print(VERB_MONITOR, true, false, "ok", "");
	ATF_CHECK_STREQ("{\"table\":\"event\",\"time\":1700000000,\"role\":"
	    "\"ha\",\"name\":\"registered\",\"home\":\"2001:db8::1\",\"text\":"
	    "\"care-of 2001:db8:2::1\"}\n{\"table\":\"lost\",\"count\":12}\n"
	    "{\"status\":\"ok\",\"text\":\"\"}\n", s);
	free(s);
}

/* Nothing reaches a terminal that it would obey. */
ATF_TC_WITHOUT_HEAD(terminal);
ATF_TC_BODY(terminal, tc)
{
	char	 all[256], *s, *p;
	int	 i;

	for (i = 0; i < 255; i++)
		all[i] = (char)(i + 1);
	all[255] = '\0';
	report_init(&rep);
	report_row(&rep, "novelty");
	report_str(&rep, "x", all);
	report_end(&rep);
	row_binding("::1", "::2", all);
	report_row(&rep, "event");
	report_str(&rep, "text", all);
	report_end(&rep);
	s = print(VERB_SHOW_GLOBALS, false, false, "ok", all);
	for (p = s; *p != '\0'; p++)
		ATF_CHECK_MSG((*p >= ' ' && *p <= '~') || *p == '\n' ||
		    *p == '\t', "octet %d", (unsigned char)*p);
	ATF_CHECK(strstr(s, "\\033") != NULL && strstr(s, "\\\\") != NULL);
	free(s);
}

ATF_TC_WITHOUT_HEAD(durations);
ATF_TC_BODY(durations, tc)
{
	static const struct {
		int64_t		 ms;
		const char	*text;
	} t[] = {
		{ 0, "0ms" }, { 999, "999ms" }, { 1000, "1.0s" },
		{ 59999, "59.9s" }, { 60000, "1m00s" }, { 3599999, "59m59s" },
		{ 3600000, "1h00m" }, { 86400000, "1d00h" },
		{ -1500, "-1.5s" }, { INT64_MIN, "-106751991167d07h" },
	};
	struct report_field	 f = { .kind = RK_MS };
	char			 out[64];
	size_t			 i;

	for (i = 0; i < sizeof(t) / sizeof(t[0]); i++) {
		f.v.i64 = t[i].ms;
		field_text(out, sizeof(out), &f, false);
		ATF_CHECK_STREQ(t[i].text, out);
	}
}

ATF_TC_WITHOUT_HEAD(malformed);
ATF_TC_BODY(malformed, tc)
{
	struct output	 o;
	size_t		 i;
	FILE		*f = fopen("/dev/null", "w");

	report_init(&rep);
	row_binding("::1", "::2", "id");
	row_counter("ha", "x", 1, "y");
	output_init(&o, f, VERB_SHOW_GLOBALS, false, false);
	for (i = 1; i < rep.w.off; i++)
		if (output_rows(&o, rep.mem, i))
			ATF_CHECK_EQ_MSG(2U + rep.mem[0] * 256 + rep.mem[1], i,
			    "cut at %zu", i);
	fclose(f);
}

/* Files for the JSON parser: name is the rest of the identifier. */
static void
write_json(const char *name, enum verb v, const char *status, const char *text)
{
	char	*s = print(v, true, false, status, text);
	FILE	*f = fopen(name, "w");

	ATF_REQUIRE(f != NULL);
	fputs(s, f);
	fclose(f);
	free(s);
}

ATF_TC_WITHOUT_HEAD(json_files);
ATF_TC_BODY(json_files, tc)
{
	char	 all[256];
	int	 i;

	for (i = 0; i < 255; i++)
		all[i] = (char)(i + 1);
	all[255] = '\0';
	report_init(&rep);
	write_json("empty.json", VERB_SHOW_BINDINGS, "ok", "");
	write_json("error.json", VERB_SHOW_BINDINGS, "error", all);
	row_binding("2001:db8::1", "2001:db8::2", "a\"b\\c\n\t\001\x7f");
	row_binding("2001:db8::3", "2001:db8::4", all);
	report_row(&rep, "kinds");
	report_u64(&rep, "big", UINT64_MAX);
	report_i64(&rep, "negative", INT64_MIN);
	report_bool(&rep, "yes", true);
	report_bool(&rep, "no", false);
	report_ms(&rep, "ms", -1);
	report_wall(&rep, "wall", 1700000000);
	report_str(&rep, "utf8", "\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80");
	report_str(&rep, "notutf8", "\xc0\x80\xed\xa0\x80\xf5\x80\x80\x80"
	    "\xe2\x82");
	report_str(&rep, "twice", "first");
	report_str(&rep, "twice", "second");
	report_str(&rep, "table", "hidden");
	report_str(&rep, "quote\"in\\name", "x");
	report_end(&rep);
	write_json("full.json", VERB_SHOW_BINDINGS, "ok", "done");
}

/* A reason: since when, about what, which, and in lines what and what to do. */
ATF_TC_WITHOUT_HEAD(reasons);
ATF_TC_BODY(reasons, tc)
{
	const char	*p;
	char		*s;

	setenv("TZ", "UTC", 1);
	report_init(&rep);
	row_reason();
	s = print(VERB_WHY, false, false, "ok", "");
	ATF_CHECK_STREQ(
	    "SINCE               WHAT                                    "
	    "REASON\n"
	    "2023-11-14 22:13:20 2001:db8:1234:5678:9abc:def0:1234:5678  "
	    "updates-ignored\n"
	    "  3 Binding Updates in a row from "
	    "2001:db8:aaaa:bbbb:cccc:dddd:eeee:ffff on eth0\n"
	    "  to home agent 2001:db8:1::1 were not acknowledged, the "
	    "first 12 s ago\n"
	    "  ask 'mip6ctl why' on the home agent: if it knows of a Binding "
	    "Update it says\n"
	    "  why it drops it\n"
	    "  mip6d.conf(5) authentication\n", s);
	free(s);
	report_init(&rep);
	row_reason();
	s = print(VERB_WHY, true, false, "ok", "");
	p = "{\"table\":\"reason\",\"reason\":\"updates-ignored\","
	    "\"level\":\"warning\",\"subject\":"
	    "\"2001:db8:1234:5678:9abc:def0:1234:5678\","
	    "\"since\":1700000000,\"age_ms\":5000,\"count\":3,\"text\":";
	ATF_CHECK_MSG(strstr(s, p) != NULL, "%s", s);
	ATF_CHECK(strstr(s, "\"see\":\"mip6d.conf(5) authentication\"") !=
	    NULL);
	free(s);
	/* What `status' says of a process. */
	report_init(&rep);
	report_row(&rep, "health");
	report_str(&rep, "role", "mn");
	report_str(&rep, "state", "degraded");
	report_u64(&rep, "reasons", 2);
	report_str(&rep, "subject", "eth1");
	report_str(&rep, "text", "interface eth1 is up but has no carrier");
	report_str(&rep, "reason", "no-carrier");
	report_u64(&rep, "lost", 0);
	report_end(&rep);
	s = print(VERB_STATUS, false, false, "ok", "");
	ATF_CHECK_STREQ(
	    "ROLE     STATE    REASONS THE FIRST OF THEM\n"
	    "mn       degraded       2 interface eth1 is up but has no "
	    "carrier\n", s);
	free(s);
	report_init(&rep);
	report_row(&rep, "well");
	why_well_fields(&rep, "2001:db8:1::100", 65000,
	    "registered, nothing is wrong");
	report_end(&rep);
	s = print(VERB_WHY, false, false, "ok", "");
	ATF_CHECK_STREQ("2001:db8:1::100 registered, nothing is wrong, for "
	    "1m05s\n", s);
	free(s);
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, reasons);
	ATF_TP_ADD_TC(tp, binding);
	ATF_TP_ADD_TC(tp, width);
	ATF_TP_ADD_TC(tp, unknown_table);
	ATF_TP_ADD_TC(tp, handover);
	ATF_TP_ADD_TC(tp, counters);
	ATF_TP_ADD_TC(tp, metrics);
	ATF_TP_ADD_TC(tp, monitor);
	ATF_TP_ADD_TC(tp, terminal);
	ATF_TP_ADD_TC(tp, durations);
	ATF_TP_ADD_TC(tp, malformed);
	ATF_TP_ADD_TC(tp, json_files);
	return (atf_no_error());
}
