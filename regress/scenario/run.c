/*
 * Replays a script against an engine.  The script is the clock, the network,
 * the kernel and the other processes.  One line is one thing:
 *
 *	engine NAME		which engine: ha, mn ...
 *	config {		the configuration, up to the brace that ends it
 *	reload {		another one while it runs
 *	let NAME VALUE		$NAME is VALUE from here on
 *	> NAME key value ...	the engine receives a message (encode.c)
 *	> again			... the last one once more
 *	< NAME key value ...	it has sent one with these values (decode.c)
 *	    no KEY		... which has no such field
 *	    like KEY PATTERN	... where it is like this, as in fnmatch(3)
 *	    unlike KEY PATTERN	... where none is like this
 *	    t TIME[..TIME]	... at that time
 *	expect nothing		it has sent nothing more
 *	at TIME, after TIME	the clock moves on: 250ms, 4s, 10m, 2h, 1d
 *	wall +TIME, wall -TIME	the wall clock is set
 *	sleep TIME		the host sleeps: no timer fires meanwhile, and
 *				then the engine is told
 *	ignore NAME ...		these messages need not be expected
 *	watch NAME ...		... must be (EVENT, LOG, ECHO, DEFEND, REASON,
 *				what begins or ends to be wrong, RECORD, a
 *				BIND that says nothing new but its owner
 *				record, and CLOCK, timestamps that a home
 *				agent saves, are ignored at first)
 *	kernel ok|silent|ERRNO	answer to requests that want one; a parent
 *				that is silent saves nothing
 *	net ok|busy		a busy one sends nothing until it is ok
 *	tokens NAME		those of the last Home Test and Care-of Test
 *				are kept for updates (> BU ... rr NAME; those
 *				of the last ones are "last")
 *	static NAME KEY HOME-NONCE CARE-OF-NONCE
 *				a static key (RFC 4449), which is used as
 *				tokens are, and by which a mobile node may sign
 *	? VERB ...		a question of mip6ctl; rows come as ROW
 *	killed			the engine dies, and another one with the same
 *				configuration (killed { ... }: with that one)
 *				is told what net and the parent have kept
 *	killed all [late]	all processes die: net has nothing, and the
 *				parent has its file (late: it may be older)
 *	stop			the engine is to end
 *
 * Besides, no script may make the engine ask for what a kernel would refuse, as
 * routes.c has it: a packet out of an interface where no route leads, or an
 * address while another interface has it.
 *
 * Any message that was not expected, and any that was but did not come, is an
 * error that names the line.
 */
#include <sys/socket.h>

#include <arpa/inet.h>

#include <ctype.h>
#include <err.h>
#include <errno.h>
#include <fnmatch.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "conf/conf.h"
#include "core/counter.h"
#include "core/report.h"
#include "core/verb.h"
#include "ha/saved.h"
#include "regress/transcript.h"
#include "run.h"
#include "wire/mhauth.h"

/* The engines, as the rows of the roles name them. */
#define ROOT(id, ...)
#define SERVICE(id, ...)
#define ENGINE(id, n, ...)	extern const struct engine_ops n##_engine;
#include "core/role.def"
#undef ENGINE

static const struct {
	const char		*name;
	const struct engine_ops	*ops;
} engines[] = {
#define ENGINE(id, n, ...)	{ #n, &n##_engine },
#include "core/role.def"
};

#define MAXNAMES	32
#define MAXLETS		64

struct script {
	FILE		*f;
	const char	*path;
	unsigned int	 no;
	char		 text[8192];
};

static struct runner	 run;
static char		*ignored[MAXNAMES];
static size_t		 nignored;
static struct { char *name, *value; } lets[MAXLETS];
static size_t		 nlets;
static int		 kernel_answer;		/* errno, -1: silent */
static struct input	 last;
static bool		 net_busy;		/* it is not run at present */
static struct msg_icmp6_sent sent[4096];	/* it has not said so yet */
static size_t		 nsent;
static uint32_t		 answers[4096];		/* requests to be answered */
static size_t		 nanswers;

static void
print_output(const struct output *o)
{
	size_t	 i;

	fprintf(stderr, "    %s", o->name);
	for (i = 0; i < o->nfields; i++)
		fprintf(stderr, strchr(o->f[i].value, ' ') == NULL ? " %s %s" :
		    " %s \"%s\"", o->f[i].name, o->f[i].value);
	fprintf(stderr, "   (at %.3f s)\n", (double)o->at / 1e9);
}

/* Say what is wrong with a line and what the engine has sent, and end. */
void
fail(const struct line *l, const char *fmt, ...)
{
	const struct output	*o;
	va_list			 ap;

	fflush(stdout);
	fprintf(stderr, "%s:%u: ", l->file, l->no);
	va_start(ap, fmt);
	vfprintf(stderr, fmt, ap);
	va_end(ap);
	fprintf(stderr, "\n  at %.3f s, sent and not yet expected:\n",
	    (double)(run.now.mono.ns - run.begin.mono.ns) / 1e9);
	if (run.head == NULL)
		fprintf(stderr, "    nothing\n");
	for (o = run.head; o != NULL; o = o->next)
		print_output(o);
	exit(1);
}

struct in6_addr
word_addr(const struct line *l, const char *w)
{
	struct in6_addr	 a;

	if (inet_pton(AF_INET6, w, &a) != 1)
		fail(l, "not an address: %s", w);
	return (a);
}

uint64_t
word_u64(const struct line *l, const char *w)
{
	char		*end;
	uint64_t	 v;

	errno = 0;
	v = strtoull(w, &end, 0);
	if (errno != 0 || *w == '\0' || *w == '-' || *end != '\0')
		fail(l, "not a number: %s", w);
	return (v);
}

/* Nanoseconds of 250ms, 1.5s, 10m, 2h, 1d. */
int64_t
word_time(const struct line *l, const char *w)
{
	static const struct { const char *unit; double ns; } units[] = {
		{ "ms", 1e6 }, { "s", 1e9 }, { "m", 60e9 }, { "h", 3600e9 },
		{ "d", 86400e9 }, { "us", 1e3 },
	};
	char	*end;
	double	 v = strtod(w, &end);
	size_t	 i;

	for (i = 0; i < sizeof(units) / sizeof(units[0]); i++)
		if (strcmp(end, units[i].unit) == 0)
			return ((int64_t)(v * units[i].ns + 0.5));
	fail(l, "not a time: %s", w);
}

static bool
is_ignored(const char *name)
{
	size_t	 i;

	for (i = 0; i < nignored; i++)
		if (strcmp(ignored[i], name) == 0)
			return (true);
	return (false);
}

static struct output *
new_output(void)
{
	struct output	*o = calloc(1, sizeof(*o));

	if (o == NULL)
		err(1, NULL);
	o->at = run.now.mono.ns - run.begin.mono.ns;
	return (o);
}

static void
append(struct output *o)
{
	if (is_ignored(o->name)) {
		free(o);
		return;
	}
	*run.tail = o;
	run.tail = &o->next;
}

/*
 * The fake parent and store answer later, as the real ones do, whatever has an
 * id that is not zero.  What cga is asked the script answers.
 */
static void
want_answer(enum role to, const struct output *o)
{
	uint32_t	 id = 0;
	size_t		 i;

	if (to != ROLE_PARENT && to != ROLE_STORE && to != ROLE_CGA)
		return;
	for (i = 0; i < o->nfields; i++)
		if (strcmp(o->f[i].name, "id") == 0)
			id = (uint32_t)strtoul(o->f[i].value, NULL, 10);
	if (id == 0)
		return;
	run.mem.id_out = id;
	if (to != ROLE_CGA && kernel_answer >= 0 && nanswers < 4096)
		answers[nanswers++] = id;
}

/* net tells when a message with an id is sent, unless it is not run. */
static void
want_sent(enum msg_type type, const void *msg)
{
	const struct msg_icmp6_out	*m = msg;

	if (type == MSG_ICMP6_OUT && m->id != 0 && nsent < 4096)
		sent[nsent++] = (struct msg_icmp6_sent){ m->id, m->ifindex };
}

/* What a home agent saves, but for sequence numbers, differs by the clock. */
static bool
is_clock(const struct msg_state *m)
{
	struct saved	 s;

	return (saved_parse(&s, &m->data) && s.kind != SAVED_SEQUENCE);
}

static void
emitted(void *ctx, enum msg_type type, const void *m)
{
	struct runner	*r = ctx;
	struct output	*o = new_output();
	enum role	 to = msg_to(type, r->ops->role);
	static uint8_t	 packed[70000];

	if (to == ROLE_MAX)
		fail(r->line, "%s is not allowed", msg_name(type));
	transcript_message(o->at, to, type, m);
	routes_asked(r, type, m, kernel_answer >= 0);
	if (msg_pack(packed, sizeof(packed), type, m) == SIZE_MAX)
		fail(r->line, "%s can't be packed", msg_name(type));
	decode(r, o, type, m);
	if (to == ROLE_NET && !answer_note(r->ops->role, type, m))
		fail(r->line, "net refuses %s", msg_name(type));
	if ((type != MSG_STATE_SAVE || kernel_answer >= 0) &&
	    kept_note(type, m))
		snprintf(o->name, sizeof(o->name), "RECORD");
	if (type == MSG_STATE_SAVE && r->ops->role == ROLE_HA && is_clock(m))
		snprintf(o->name, sizeof(o->name), "CLOCK");
	want_answer(to, o);
	want_sent(type, m);
	append(o);
}

static uint64_t
fake_random(void *ctx)
{
	struct runner	*r = ctx;

	r->seed ^= r->seed << 13;
	r->seed ^= r->seed >> 7;
	r->seed ^= r->seed << 17;
	return (r->seed);
}

static void
answer_all(void)
{
	union msg	 m;
	uint32_t	 id;

	while (nsent > 0 && !net_busy) {
		memset(&m, 0, sizeof(m));
		m.u_ICMP6_SENT = sent[--nsent];
		run.ops->input(run.engine, ROLE_NET, MSG_ICMP6_SENT, &m,
		    run.now);
	}
	while (nanswers > 0) {
		id = answers[0];
		memmove(answers, answers + 1, --nanswers * sizeof(id));
		memset(&m, 0, sizeof(m));
		routes_answered(id, kernel_answer == 0);
		m.u_RESULT.id = id;
		m.u_RESULT.error = (uint32_t)kernel_answer;
		run.ops->input(run.engine, ROLE_PARENT, MSG_RESULT, &m,
		    run.now);
	}
}

/* Timers that are due now, and what follows from them. */
static void
settle(void)
{
	answer_all();
	run.ops->expire(run.engine, run.now);
	answer_all();
}

static void
nothing_left(const struct line *l)
{
	if (run.head != NULL)
		fail(l, "something was sent that is not expected");
}

static void
advance(const struct line *l, int64_t until)
{
	struct mono	 at, end = { run.begin.mono.ns + until };
	int64_t		 step;

	nothing_left(l);
	if (mono_before(end, run.now.mono))
		fail(l, "the clock can't go back");
	while (run.ops->next(run.engine, &at) && !mono_before(end, at)) {
		if (mono_before(run.now.mono, at)) {
			step = mono_diff(at, run.now.mono);
			run.now.mono = at;
			run.now.wall += step;
		} else {
			run.now.mono.ns += 1000;
			run.now.wall += 1000;
		}
		settle();
	}
	if (mono_before(run.now.mono, end)) {
		run.now.wall += mono_diff(end, run.now.mono);
		run.now.mono = end;
	}
	settle();
}

/* --- expectations --- */

static bool
time_matches(const struct line *l, const struct output *o, const char *w)
{
	const int64_t	 slack = MS(3);
	char		 buf[64], *dots;

	snprintf(buf, sizeof(buf), "%s", w);
	dots = strstr(buf, "..");
	if (dots == NULL)
		return (llabs(o->at - word_time(l, buf)) <= slack);
	*dots = '\0';
	return (o->at >= word_time(l, buf) - slack &&
	    o->at <= word_time(l, dots + 2) + slack);
}

static bool
has_field(const struct output *o, const char *name, const char *value)
{
	size_t	 i;

	for (i = 0; i < o->nfields; i++)
		if (strcmp(o->f[i].name, name) == 0 && (value == NULL ||
		    strcmp(o->f[i].value, value) == 0))
			return (true);
	return (false);
}

static bool
is_like(const struct output *o, const char *name, const char *pattern)
{
	size_t	 i;

	for (i = 0; i < o->nfields; i++)
		if (strcmp(o->f[i].name, name) == 0 &&
		    fnmatch(pattern, o->f[i].value, 0) == 0)
			return (true);
	return (false);
}

static bool
matches(const struct line *l, const struct output *o)
{
	size_t	 i;

	if (strcmp(o->name, l->w[1]) != 0)
		return (false);
	for (i = 2; i < l->n; i += 2) {
		if (i + 1 == l->n)
			fail(l, "a value is missing behind %s", l->w[i]);
		if (strcmp(l->w[i], "like") == 0) {
			if (i + 2 == l->n || !is_like(o, l->w[i + 1],
			    l->w[i + 2]))
				return (false);
			i++;
			continue;
		}
		if (strcmp(l->w[i], "unlike") == 0) {
			if (i + 2 == l->n || is_like(o, l->w[i + 1],
			    l->w[i + 2]))
				return (false);
			i++;
			continue;
		}
		if (strcmp(l->w[i], "no") == 0) {
			if (has_field(o, l->w[i + 1], NULL))
				return (false);
		} else if (strcmp(l->w[i], "t") == 0) {
			if (!time_matches(l, o, l->w[i + 1]))
				return (false);
		} else if (!has_field(o, l->w[i], l->w[i + 1]))
			return (false);
	}
	/* What no message may have is never overlooked. */
	return (!has_field(o, "checksum", "bad") &&
	    !has_field(o, "malformed", NULL));
}

static void
do_expected(struct line *l)
{
	struct output	**p, *o;

	if (l->n < 2)
		fail(l, "which message?");
	for (p = &run.head; (o = *p) != NULL; p = &o->next)
		if (matches(l, o))
			break;
	if (o == NULL)
		fail(l, "expected %s has not been sent", l->w[1]);
	*p = o->next;
	if (run.tail == &o->next)
		run.tail = p;
	free(o);
}

/* --- lines --- */

static void
do_engine(struct line *l)
{
	size_t	 i;

	for (i = 0; i < sizeof(engines) / sizeof(engines[0]); i++)
		if (l->n == 2 && strcmp(engines[i].name, l->w[1]) == 0) {
			run.ops = engines[i].ops;
			return;
		}
	fail(l, "no such engine");
}

static void
conf_error(void *ctx, const char *file, int line, int column, const char *text)
{
	(void)ctx;
	(void)file;
	fprintf(stderr, "configuration, line %d column %d: %s\n", line, column,
	    text);
}

static struct conf *
read_conf(struct script *s, const struct line *l)
{
	char		 text[65536], row[1024];
	struct conf	*c;
	size_t		 n = 0;
	int		 depth = 1;

	while (fgets(row, sizeof(row), s->f) != NULL) {
		s->no++;
		depth += (strchr(row, '{') != NULL) -
		    (strchr(row, '}') != NULL);
		if (depth == 0) {
			c = conf_parse_text(text, n, conf_error, NULL);
			if (c == NULL)
				fail(l, "this configuration is not accepted");
			return (c);
		}
		if (n + strlen(row) >= sizeof(text))
			fail(l, "this configuration is too long");
		memcpy(text + n, row, strlen(row));
		n += strlen(row);
	}
	fail(l, "the configuration does not end");
}

static void
create(const struct line *l)
{
	if (counters_init(&run.counters, run.ops->counter_defs) == -1)
		err(1, NULL);
	run.engine = run.ops->create(&run.env, run.conf, run.now);
	if (run.engine == NULL)
		fail(l, "the engine could not be created");
}

static void
do_config(struct line *l, struct script *s)
{
	struct conf	*c = read_conf(s, l);
	char		 text[256];

	if (run.ops == NULL)
		fail(l, "say \"engine\" first");
	answer_configure(c);
	conf_free(run.conf);
	run.conf = c;
	if (run.engine == NULL)
		create(l);
	else {
		if (!run.ops->check(run.engine, c, text, sizeof(text)))
			fail(l, "reload refused: %s", text);
		run.ops->configure(run.engine, c, run.now);
	}
	settle();
}

static void
do_killed(struct line *l)
{
	bool	 late = false;

	nothing_left(l);
	if (run.engine == NULL)
		fail(l, "say \"config\" first");
	if (l->n > 1 && strcmp(l->w[1], "all") == 0) {
		kept_net_died();
		late = l->n > 2 && strcmp(l->w[2], "late") == 0;
	}
	run.ops->destroy(run.engine);
	counters_free(&run.counters);
	nanswers = 0;
	answer_resync(false);
	routes_all();
	create(l);
	kept_give(&run, !late);
	settle();
}

static void
do_killed_config(struct line *l, struct script *s)
{
	struct conf	*c = read_conf(s, l);

	answer_configure(c);
	conf_free(run.conf);
	run.conf = c;
	do_killed(l);
}

static void
do_let(struct line *l)
{
	size_t	 i;

	if (l->n != 3)
		fail(l, "let NAME VALUE");
	for (i = 0; i < nlets; i++)
		if (strcmp(lets[i].name, l->w[1]) == 0)
			break;
	if (i == MAXLETS)
		fail(l, "too many names");
	if (i == nlets)
		nlets++;
	else {
		free(lets[i].name);
		free(lets[i].value);
	}
	lets[i].name = strdup(l->w[1]);
	lets[i].value = strdup(l->w[2]);
}

static void
do_input(struct line *l)
{
	struct msg_icmp6_out	 m;
	struct output		*o;

	nothing_left(l);
	if (l->n != 2 || strcmp(l->w[1], "again") != 0)
		encode(&run, l, &last);
	if (last.type == MSG_ADDRESS)
		routes_address(&last.m.u_ADDRESS.addr,
		    last.m.u_ADDRESS.ifindex,
		    (last.m.u_ADDRESS.flags & ADDR_GONE) == 0);
	if (last.type == MSG_BOUND_END) {
		kept_net_is_new();
		answer_resync(true);
	}
	if (answer_input(&last, &m, run.now.mono)) {
		o = new_output();
		decode(&run, o, MSG_ICMP6_OUT, &m);
		append(o);
	}
	run.ops->input(run.engine, last.from, last.type, &last.m, run.now);
	settle();
}

static void
do_expect(struct line *l)
{
	if (l->n != 2 || strcmp(l->w[1], "nothing") != 0)
		fail(l, "expect nothing");
	nothing_left(l);
}

static void
do_at(struct line *l)
{
	if (l->n != 2)
		fail(l, "at TIME");
	advance(l, word_time(l, l->w[1]));
}

static void
do_after(struct line *l)
{
	if (l->n != 2)
		fail(l, "after TIME");
	advance(l, run.now.mono.ns - run.begin.mono.ns +
	    word_time(l, l->w[1]));
}

static void
do_wall(struct line *l)
{
	if (l->n != 2 || (l->w[1][0] != '+' && l->w[1][0] != '-'))
		fail(l, "wall +TIME or -TIME");
	run.now.wall += word_time(l, l->w[1] + 1) *
	    (l->w[1][0] == '-' ? -1 : 1);
}

static void
do_sleep(struct line *l)
{
	union msg	 m;
	int64_t		 ns;

	if (l->n != 2)
		fail(l, "sleep TIME");
	nothing_left(l);
	ns = word_time(l, l->w[1]);
	run.now.mono.ns += ns;
	run.now.wall += ns;
	memset(&m, 0, sizeof(m));
	m.u_WOKE.seconds = (uint32_t)(ns / NS_PER_SEC);
	run.ops->input(run.engine, ROLE_PARENT, MSG_WOKE, &m, run.now);
	settle();
}

/* Also those that were sent already. */
static void
drop_ignored(void)
{
	struct output	**p = &run.head, *o;

	while ((o = *p) != NULL) {
		if (!is_ignored(o->name)) {
			p = &o->next;
			continue;
		}
		*p = o->next;
		free(o);
	}
	run.tail = p;
}

static void
do_ignore(struct line *l)
{
	size_t	 i;

	for (i = 1; i < l->n; i++) {
		if (nignored == MAXNAMES)
			fail(l, "too many names");
		ignored[nignored++] = strdup(l->w[i]);
	}
	drop_ignored();
}

static void
do_watch(struct line *l)
{
	size_t	 i, j;

	for (i = 1; i < l->n; i++)
		for (j = 0; j < nignored; j++)
			if (strcmp(ignored[j], l->w[i]) == 0) {
				free(ignored[j]);
				ignored[j--] = ignored[--nignored];
			}
}

static void
do_kernel(struct line *l)
{
	if (l->n != 2)
		fail(l, "kernel ok, silent or ERRNO");
	if (strcmp(l->w[1], "ok") == 0)
		kernel_answer = 0;
	else if (strcmp(l->w[1], "silent") == 0)
		kernel_answer = -1;
	else
		kernel_answer = (int)word_u64(l, l->w[1]);
}

/* Whether net is run at present, which is told once something happens. */
static void
do_net(struct line *l)
{
	if (l->n != 2 || (strcmp(l->w[1], "ok") != 0 &&
	    strcmp(l->w[1], "busy") != 0))
		fail(l, "net ok or busy");
	net_busy = strcmp(l->w[1], "busy") == 0;
	settle();
}

static void
row_output(struct rbuf *row, const char *table)
{
	struct output		*o = new_output();
	struct report_field	 f;
	char			 addr[INET6_ADDRSTRLEN];

	snprintf(o->name, sizeof(o->name), "ROW");
	add_field(o, "table", "%s", table);
	while (report_next_field(row, &f)) {
		if (f.kind == RK_ADDR)
			add_field(o, f.name, "%s", inet_ntop(AF_INET6,
			    &f.v.addr, addr, sizeof(addr)));
		else if (f.kind == RK_STRING)
			add_field(o, f.name, "%.*s", (int)f.v.str.len,
			    f.v.str.p);
		else
			add_field(o, f.name, "%" PRId64, f.v.i64);
	}
	append(o);
}

/* A reason begins or ends to stand. */
static void
reason(void *arg, enum why_level level, bool began, const struct why *y,
    const char *line)
{
	struct output	*o = new_output();

	(void)arg;
	snprintf(o->name, sizeof(o->name), "REASON");
	add_field(o, "name", "%s", why_def(y->id)->name);
	add_field(o, "subject", "%s", y->subject);
	add_field(o, "level", "%s", level == WHY_WARNING ? "warning" :
	    "notice");
	add_field(o, "began", "%d", began);
	add_field(o, "line", "%s", line);
	append(o);
}

static void
do_query(struct line *l)
{
	static struct report	 report;
	struct msg_query	 q;
	struct rbuf		 rows, row;
	char			 table[64], text[256];
	int			 used;

	nothing_left(l);
	memset(&q, 0, sizeof(q));
	q.verb = (uint16_t)verb_match((int)l->n - 1, l->w + 1, &used, text,
	    sizeof(text));
	if (q.verb == VERB_NONE || !verb_arg_pack(q.verb, (int)l->n - 1 - used,
	    l->w + 1 + used, q.arg, sizeof(q.arg), text, sizeof(text)))
		fail(l, "%s", text);
	do {
		report_init(&report);
		q.cursor = run.ops->query(run.engine, &q, &report, run.now);
		rbuf_init(&rows, report.mem, report.w.off);
		while (report_next_row(&rows, &row, table, sizeof(table)))
			row_output(&row, table);
	} while (q.cursor != 0);
}

static void
do_stop(struct line *l)
{
	nothing_left(l);
	run.ops->stop(run.engine, run.now);
}

static void
rr_keep_line(struct line *l)
{
	nothing_left(l);
	rr_keep(l);
}

static void
rr_static_line(struct line *l)
{
	rr_static(l);
}

static const struct {
	const char	*word;
	void		(*run)(struct line *);
	bool		 early;		/* allowed before config */
} commands[] = {
	{ "engine", do_engine, true },
	{ "let", do_let, true },
	{ ">", do_input, false },
	{ "<", do_expected, false },
	{ "expect", do_expect, false },
	{ "at", do_at, false },
	{ "after", do_after, false },
	{ "wall", do_wall, true },
	{ "sleep", do_sleep, false },
	{ "ignore", do_ignore, true },
	{ "watch", do_watch, true },
	{ "kernel", do_kernel, true },
	{ "net", do_net, false },
	{ "tokens", rr_keep_line, false },
	{ "static", rr_static_line, true },
	{ "?", do_query, false },
	{ "killed", do_killed, false },
	{ "stop", do_stop, false },
};

static char *
substitute(const struct line *l, char *w)
{
	size_t	 i;

	if (*w != '$')
		return (w);
	for (i = 0; i < nlets; i++)
		if (strcmp(lets[i].name, w + 1) == 0)
			return (lets[i].value);
	fail(l, "%s is not defined", w);
}

/* Split a line in place; "..." is one word, # begins a comment. */
static void
split(struct line *l, char *p)
{
	l->n = 0;
	for (;;) {
		while (isspace((unsigned char)*p))
			p++;
		if (*p == '\0' || *p == '#')
			return;
		if (l->n == MAXWORDS)
			fail(l, "too many words");
		if (*p == '"') {
			l->w[l->n++] = ++p;
			if ((p = strchr(p, '"')) == NULL)
				fail(l, "a quote is missing");
			*p++ = '\0';
			continue;
		}
		l->w[l->n++] = p;
		while (*p != '\0' && !isspace((unsigned char)*p))
			p++;
		if (*p != '\0')
			*p++ = '\0';
		l->w[l->n - 1] = substitute(l, l->w[l->n - 1]);
	}
}

static void
do_line(struct line *l, struct script *s)
{
	size_t	 i;

	if (l->n == 2 && strcmp(l->w[1], "{") == 0 &&
	    (strcmp(l->w[0], "config") == 0 ||
	    strcmp(l->w[0], "reload") == 0)) {
		do_config(l, s);
		return;
	}
	if (l->n == 2 && strcmp(l->w[0], "killed") == 0 &&
	    strcmp(l->w[1], "{") == 0) {
		do_killed_config(l, s);
		return;
	}
	for (i = 0; i < sizeof(commands) / sizeof(commands[0]); i++)
		if (strcmp(commands[i].word, l->w[0]) == 0)
			break;
	if (i == sizeof(commands) / sizeof(commands[0]))
		fail(l, "unknown: %s", l->w[0]);
	if (run.engine == NULL && !commands[i].early)
		fail(l, "say \"config\" first");
	commands[i].run(l);
}

static void
play(const char *path)
{
	static struct script	 s;
	static struct line	 l;
	size_t			 len;

	s.path = path;
	if ((s.f = fopen(path, "r")) == NULL)
		err(1, "%s", path);
	l.file = path;
	run.line = &l;
	while (fgets(s.text, sizeof(s.text), s.f) != NULL) {
		l.no = ++s.no;
		/* A line that ends in a backslash goes on. */
		len = strlen(s.text);
		while (len > 1 && strcmp(s.text + len - 2, "\\\n") == 0 &&
		    fgets(s.text + len - 2, (int)(sizeof(s.text) - len),
		    s.f) != NULL) {
			s.no++;
			len = strlen(s.text);
		}
		split(&l, s.text);
		if (l.n > 0)
			do_line(&l, &s);
	}
	fclose(s.f);
	nothing_left(&l);
}

static void
clean_up(void)
{
	size_t	 i;

	if (run.engine != NULL)
		run.ops->destroy(run.engine);
	counters_free(&run.counters);
	whys_free(&run.whys);
	conf_free(run.conf);
	kept_free();
	answer_free();
	for (i = 0; i < nignored; i++)
		free(ignored[i]);
	for (i = 0; i < nlets; i++) {
		free(lets[i].name);
		free(lets[i].value);
	}
}

int
main(int argc, char **argv)
{
	if (argc != 2) {
		fprintf(stderr, "usage: run script\n");
		return (1);
	}
	run.tail = &run.head;
	run.seed = 88172645463325252ULL;
	run.env.emit = emitted;
	run.env.random = fake_random;
	run.env.whys = &run.whys;
	if (!whys_init(&run.whys, &(struct hash_key){ { 1, 2 } }, reason,
	    NULL))
		err(1, NULL);
	run.env.ctx = &run;
	run.env.counters = &run.counters;
	run.begin.mono.ns = SEC(1000);
	run.begin.wall = SEC(1700000000LL);
	run.now = run.begin;
	ignored[nignored++] = strdup("EVENT");
	ignored[nignored++] = strdup("LOG");
	ignored[nignored++] = strdup("REASON");
	ignored[nignored++] = strdup("ECHO");
	ignored[nignored++] = strdup("RECORD");
	ignored[nignored++] = strdup("DEFEND");
	ignored[nignored++] = strdup("CLOCK");
	play(argv[1]);
	clean_up();
	return (0);
}
