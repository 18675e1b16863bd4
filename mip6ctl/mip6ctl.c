/*
 * mip6ctl: ask the daemon, print the answer.  Knows no verb by itself: the
 * table is core/verb.c, the protocol core/ctl.h, what is printed output.h.
 */
#include <sys/types.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>

#include <err.h>
#include <errno.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "core/ctl.h"
#include "core/tables.h"
#include "mip6ctl/cga.h"
#include "mip6ctl/check.h"
#include "mip6ctl/decode.h"
#include "mip6ctl/lasting.h"
#include "mip6ctl/output.h"
#include "mip6ctl/progress.h"

#define LIST_MS		10000	/* for charon to list its associations */
#define LOOKS		3	/* of check, before a difference is told */
#define LOOK_PAUSE	1	/* s between them */
#define WAIT_MS		200	/* so many of these make CTL_SILENCE_MS */
#define WAITS_MAX	(CTL_SILENCE_MS / WAIT_MS)
#define PATIENCE_MS	20000	/* with a machine on which they take longer */

/* Exit codes, as in mip6ctl(8). */
enum {
	EX_OK,
	EX_WRONG,	/* wrong use, or output can't be written */
	EX_CONNECT,		/* no daemon there, or it went away */
	EX_REFUSED,		/* not on a restricted socket */
	EX_FAILED,		/* the daemon says that it failed */
	EX_PROTOCOL		/* the daemon speaks otherwise */
};

static const struct {
	const char	*word;
	int		 exit;
} statuses[CTL_STATUS_MAX] = {
	[CTL_OK] =	{ "ok",		EX_OK },
	[CTL_INVALID] =	{ "invalid",	EX_WRONG },
	[CTL_REFUSED] =	{ "refused",	EX_REFUSED },
	[CTL_BUSY] =	{ "busy",	EX_FAILED },
	[CTL_ERROR] =	{ "error",	EX_FAILED },
};

static void
usage(FILE *to, int code)
{
	const struct verb_def	*d;
	char			 line[80];
	int			 v;

	fprintf(to, "usage: mip6ctl [-jn] [-s socket] verb [argument]\n");
	for (v = VERB_NONE + 1; v < VERB_MAX; v++) {
		if ((d = verb_def((enum verb)v)) == NULL)
			continue;
		snprintf(line, sizeof(line), "%s %s", d->words,
		    d->argname == NULL ? "" : d->argname);
		fprintf(to, strlen(line) > 24 ? "  %s\n%27s%s\n" :
		    "  %-24s %.0s%s\n", line, "", d->help);
	}
	exit(code);
}

static void complain(const char *, ...)
    __attribute__((__format__(printf, 1, 2)));

/* To standard error, sanitised. */
static void
complain(const char *fmt, ...)
{
	char	 text[1024], safe[4 * sizeof(text) + 1];
	va_list	 ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	put_text(safe, sizeof(safe), text, strlen(text));
	fprintf(stderr, "mip6ctl: %s\n", safe);
}

/*
 * Connect to control, but not for ever: one that is stopped still has its
 * socket, and its queue may be full.
 */
static int
connect_to(const char *path)
{
	struct timeval		 tv = { CTL_SILENCE_MS / 1000,
				    CTL_SILENCE_MS % 1000 * 1000 };
	struct sockaddr_un	 sun;
	int			 fd;

	memset(&sun, 0, sizeof(sun));
	sun.sun_family = AF_UNIX;
	if (strlen(path) >= sizeof(sun.sun_path)) {
		complain("%s: path too long", path);
		return (-1);
	}
	memcpy(sun.sun_path, path, strlen(path));
	if ((fd = socket(AF_UNIX, SOCK_STREAM, 0)) == -1 ||
	    setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &tv, sizeof(tv)) == -1 ||
	    connect(fd, (struct sockaddr *)&sun, sizeof(sun)) == -1) {
		if (fd != -1 && (errno == EAGAIN || errno == EINPROGRESS))
			complain("control does " CTL_SILENT_TEXT);
		else
			complain("%s: %s", path, strerror(errno));
		if (fd != -1)
			close(fd);
		return (-1);
	}
	return (fd);
}

/* A daemon that turns us away may have closed its side: it still speaks. */
static void
send_request(int fd, const struct ctl_request *q)
{
	uint8_t	 b[CTL_REQUEST_MAX];
	size_t	 len = ctl_pack_request(b, sizeof(b), q), off = 0;
	ssize_t	 n;

	while (off < len) {
		n = send(fd, b + off, len - off, MSG_NOSIGNAL);
		if (n == -1 && errno != EINTR)
			return;
		if (n > 0)
			off += (size_t)n;
	}
}

struct answer {
	int		 fd;
	uint8_t		*buf;
	size_t		 len;
	struct output	 out;
	bool		 quiet;		/* about what the daemon refuses */
};

/* End the output by our own words, and return the exit code. */
static int
give_up(struct answer *a, int code, const char *why)
{
	output_end(&a->out, code == EX_PROTOCOL ? "protocol" : "closed", 0,
	    why);
	complain("%s", why);
	return (code);
}

/* Nothing has come, not even that they are still at it. */
static int
silent(struct answer *a)
{
	static struct report	 rep;

	report_init(&rep);
	report_row(&rep, TABLE_SILENT);
	report_str(&rep, "role", role_name(ROLE_CONTROL));
	report_str(&rep, "text", "does " CTL_SILENT_TEXT);
	report_end(&rep);
	output_rows(&a->out, rep.mem, rep.w.off);
	output_end(&a->out, "error", ETIMEDOUT,
	    "control does " CTL_SILENT_TEXT);
	complain("control does " CTL_SILENT_TEXT);
	return (EX_CONNECT);
}

/* A whole frame; -1: go on, else the exit code. */
static int
got_frame(struct answer *a, const struct ctl_frame *f)
{
	struct ctl_end	 e;

	if (f->type == CTL_ROWS) {
		if (output_rows(&a->out, f->body, f->len))
			return (-1);
		return (give_up(a, EX_PROTOCOL, "malformed rows"));
	}
	if (!ctl_unpack_end(f, &e))
		return (give_up(a, EX_PROTOCOL, "malformed answer"));
	output_end(&a->out, statuses[e.status].word, e.error, e.text);
	if (e.status != CTL_OK && !a->quiet)
		complain("%s", e.text);
	return (statuses[e.status].exit);
}

/* Whatever frames are complete. */
static int
got_bytes(struct answer *a)
{
	struct ctl_frame	 f;
	size_t			 off = 0;
	int			 code;

	for (;;) {
		switch (ctl_parse(a->buf + off, a->len - off, CTL_FRAME_MAX,
		    &f)) {
		case CTL_MORE:
			memmove(a->buf, a->buf + off, a->len - off);
			a->len -= off;
			return (-1);
		case CTL_FRAME:
			if ((code = got_frame(a, &f)) != -1)
				return (code);
			off += f.size;
			break;
		case CTL_BAD_VERSION:
			return (give_up(a, EX_PROTOCOL,
			    "the daemon is of another version"));
		case CTL_BAD:
			return (give_up(a, EX_PROTOCOL,
			    "this is no mip6d that answers"));
		}
	}
}

static int64_t
now_ms(void)
{
	struct timespec	 ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ((int64_t)ts.tv_sec * 1000 + ts.tv_nsec / 1000000);
}

/*
 * Waits in which we ran ourselves, with nothing to read, make silence; what is
 * longer was a machine that was paused, or has too much to do.
 */
static int
read_answer(struct answer *a)
{
	unsigned int	 waits = 0;
	int64_t		 before, heard = now_ms();
	ssize_t		 n;
	int		 code;

	for (;;) {
		before = now_ms();
		n = recv(a->fd, a->buf + a->len, CTL_FRAME_MAX - a->len, 0);
		if (n == -1 && errno == EINTR)
			continue;
		if (n == -1 && errno == EAGAIN) {
			if (now_ms() - before < 2 * WAIT_MS)
				waits++;
			if (waits == WAITS_MAX ||
			    now_ms() - heard > PATIENCE_MS)
				return (silent(a));
			continue;
		}
		waits = 0;
		heard = now_ms();
		if (n <= 0)
			return (give_up(a, EX_CONNECT,
			    "the daemon has gone away"));
		a->len += (size_t)n;
		if ((code = got_bytes(a)) != -1)
			return (code);
		if (ferror(stdout))
			return (EX_WRONG);
	}
}

/* The answer goes to writer w with arg, or to standard output if w is NULL. */
static int
ask(const char *path, const struct ctl_request *q, bool json, bool raw,
    const struct writer *w, void *arg)
{
	struct timeval	 tv = { 0, WAIT_MS * 1000 };
	struct answer	 a;
	int		 code;

	memset(&a, 0, sizeof(a));
	if ((a.buf = malloc(CTL_FRAME_MAX)) == NULL)
		err(EX_WRONG, NULL);
	if ((a.fd = connect_to(path)) == -1) {
		free(a.buf);
		return (EX_CONNECT);
	}
	if ((verb_def(q->verb)->flags & VF_STREAM) == 0)
		setsockopt(a.fd, SOL_SOCKET, SO_RCVTIMEO, &tv, sizeof(tv));
	if (w == NULL)
		output_init(&a.out, stdout, q->verb, json, raw);
	else {
		a.out.f = stdout;
		a.out.verb = q->verb;
		a.out.w = w;
		a.out.arg = arg;
		a.quiet = true;
	}
	send_request(a.fd, q);
	code = read_answer(&a);
	close(a.fd);
	free(a.buf);
	return (code);
}

/* What long work says meanwhile. */
static void
say(const char *text)
{
	complain("%s", text);
}

static bool
decode_word(struct output *o, struct progress *p, int argc, char **argv,
    char *why, size_t cap)
{
	char	 reason[512];

	(void)p;
	if (argc != 2)
		verb_usage(o->verb, why, cap);
	else if (decode(o, argv[1], reason, sizeof(reason)))
		return (true);
	else
		snprintf(why, cap, "%s: %s", argv[1], reason);
	return (false);
}

/*
 * Verbs for which no daemon is asked.  Their words begin with the last one of
 * the verb itself, as getopt(3) has it.  False and why if it failed.
 */
typedef bool	 local_fn(struct output *, struct progress *, int, char **,
		    char *, size_t);

static const struct {
	enum verb	 verb;
	local_fn	*fn;
} locals[] = {
	{ VERB_DECODE,		decode_word },
	{ VERB_CGA_NEW,		cga_new },
	{ VERB_CGA_SHOW,	cga_show },
	{ VERB_CGA_VERIFY,	cga_verify_file },
};

static local_fn *
local_of(enum verb verb)
{
	size_t	 i;

	for (i = 0; i < sizeof(locals) / sizeof(locals[0]); i++)
		if (locals[i].verb == verb)
			return (locals[i].fn);
	return (NULL);
}

static int
do_local(enum verb verb, int argc, char **argv, bool json, bool raw)
{
	struct progress	 p = { .now_ms = now_ms, .say = say };
	struct output	 o;
	char		 why[1024] = "";

	output_init(&o, stdout, verb, json, raw);
	if (local_of(verb)(&o, &p, argc, argv, why, sizeof(why))) {
		output_end(&o, "ok", 0, why);
		return (EX_OK);
	}
	output_end(&o, "invalid", 0, why);
	complain("%s", why);
	return (EX_WRONG);
}

/* What check gathers: rows, and what went wrong. */
struct gathering {
	struct check	*check;		/* or NULL, of no interest */
	int64_t		 listed; /* age of charon's list in ms, -1: none */
	bool		 no_memory;
	int		 error;		/* of the last answer */
	char		 text[160];
};

static void
gather_row(struct output *o, const struct row *row)
{
	struct gathering	*g = o->arg;
	int64_t			 age = check_listed(row);

	if (age != -1)
		g->listed = age;
	if (g->check != NULL && !check_row(g->check, o->verb, row))
		g->no_memory = true;
}

static void
gather_end(struct output *o, const char *status, int error, const char *text)
{
	struct gathering	*g = o->arg;

	(void)status;
	g->error = error;
	snprintf(g->text, sizeof(g->text), "%s", text);
}

/* A role that is not configured has nothing to say; all else is an answer. */
static bool
is_answer(const struct gathering *g, int code)
{
	return (code == EX_OK || (code == EX_FAILED && (g->error == ESRCH ||
	    g->error == ENOENT || g->error == EOPNOTSUPP)));
}

static const struct writer	 gatherer = { NULL, gather_row, gather_end };

static void
show_difference(void *arg, const struct check_finding *f)
{
	static struct report	 rep;

	report_init(&rep);
	report_row(&rep, "difference");
	report_addr(&rep, "home", &f->home);
	report_str(&rep, "where", f->where);
	report_str(&rep, "text", f->text);
	report_end(&rep);
	output_rows(arg, rep.mem, rep.w.off);
}

/*
 * charon tells no event when an IKE_SA has followed its node: have the ike
 * process list what there is, which it does not do more than once a second.
 * If charon does not answer in time, that is said, and false returned.
 */
static bool
have_charon_listed(const char *path)
{
	static const struct timespec	 pause = { 0, 100000000 };
	struct gathering		 g = { .check = NULL };
	struct ctl_request		 q;
	int64_t				 begin = now_ms();

	do {
		memset(&q, 0, sizeof(q));
		q.verb = VERB_SHOW_IKE;
		g.listed = -1;
		if (ask(path, &q, false, false, &gatherer, &g) != EX_OK ||
		    g.listed == -1 || g.listed < now_ms() - begin)
			return (true);
		nanosleep(&pause, NULL);
	} while (now_ms() - begin < LIST_MS);
	complain("charon does not list its associations; what is known of "
	    "them is %" PRId64 " ms old", g.listed);
	return (false);
}

/*
 * Ask for all that is known of the nodes, and compare.  Returns an exit code;
 * the number of nodes in *nodes.  *lists turns false if charon gives no list,
 * and it is not asked for one any more.
 */
static int
look(const char *path, bool *lists, struct findings *found, size_t *nodes)
{
	static const enum verb	 verbs[] = { VERB_SHOW_SA, VERB_SHOW_BINDINGS,
				    VERB_SHOW_BUL, VERB_SHOW_SPD,
				    VERB_SHOW_SAD, VERB_SHOW_IKE,
				    VERB_SHOW_TUNNELS };
	struct gathering	 g = { .check = check_new() };
	struct ctl_request	 q;
	size_t			 i;
	int			 code = EX_OK;

	if (g.check == NULL)
		err(EX_WRONG, NULL);
	*lists = *lists && have_charon_listed(path);
	for (i = 0; i < sizeof(verbs) / sizeof(verbs[0]); i++) {
		memset(&q, 0, sizeof(q));
		q.verb = verbs[i];
		code = ask(path, &q, false, false, &gatherer, &g);
		if (!is_answer(&g, code)) {
			if (code != EX_CONNECT && code != EX_PROTOCOL)
				complain("%s", g.text);
			break;
		}
		code = EX_OK;
	}
	if (code == EX_OK) {
		check_compare(g.check, findings_add, found);
		if (g.no_memory || found->no_memory)
			errx(EX_WRONG, "out of memory");
		*nodes = check_nodes(g.check);
	}
	check_free(g.check);
	return (code);
}

/*
 * Look, and if something differs look again: what the processes have is asked
 * for one by one, so that a move or a rekeying under way differs, too.
 */
static int
look_again(const char *path, struct findings *lasting, size_t *nodes)
{
	static const struct timespec	 pause = { LOOK_PAUSE, 0 };
	struct findings			 now = { .n = 0 };
	bool				 lists = true;
	int				 i, code;

	code = look(path, &lists, lasting, nodes);
	for (i = 1; i < LOOKS && code == EX_OK && lasting->n > 0; i++) {
		nanosleep(&pause, NULL);
		if ((code = look(path, &lists, &now, nodes)) == EX_OK)
			findings_keep(lasting, &now);
		findings_free(&now);
	}
	return (code);
}

/*
 * What lasts, printed.  Exit code 0 if nothing differs, EX_WRONG if something
 * does.
 */
static int
check_all(const char *path, bool json, bool raw)
{
	struct findings	 lasting = { .n = 0 };
	struct output	 o;
	size_t		 i, nodes = 0;
	char		 text[96];
	int		 code;

	if ((code = look_again(path, &lasting, &nodes)) == EX_OK) {
		output_init(&o, stdout, VERB_CHECK, json, raw);
		for (i = 0; i < lasting.n; i++)
			show_difference(&o, &lasting.v[i]);
		snprintf(text, sizeof(text), "%zu differences at %zu nodes",
		    lasting.n, nodes);
		output_end(&o, lasting.n == 0 ? "ok" : "differences", 0,
		    lasting.n == 0 ? "" : text);
		if (lasting.n > 0) {
			complain("%s", text);
			code = EX_WRONG;
		}
	}
	findings_free(&lasting);
	return (code);
}

int
main(int argc, char **argv)
{
	struct ctl_request	 q;
	const char		*path = CTL_SOCKET;
	char			 why[512];
	bool			 json = false, raw = false;
	int			 c, used = 0, code;

	/* "+": GNU getopt shall not look behind the verb. */
	while ((c = getopt(argc, argv, "+jns:")) != -1) {
		if (c == 'j')
			json = true;
		else if (c == 'n')
			raw = true;
		else if (c == 's')
			path = optarg;
		else
			usage(stderr, EX_WRONG);
	}
	argc -= optind;
	argv += optind;
	if (argc == 0)
		usage(stderr, EX_WRONG);
	if (argc == 1 && strcmp(argv[0], "help") == 0)
		usage(stdout, 0);
	memset(&q, 0, sizeof(q));
	q.verb = verb_match(argc, argv, &used, why, sizeof(why));
	if (q.verb == VERB_NONE) {
		complain("%s", why);
		return (EX_WRONG);
	}
	if (q.verb == VERB_CHECK && argc == used)
		code = check_all(path, json, raw);
	else if (local_of(q.verb) != NULL)
		code = do_local(q.verb, argc - used + 1, argv + used - 1, json,
		    raw);
	else if (verb_arg_pack(q.verb, argc - used, argv + used, q.arg,
	    sizeof(q.arg), why, sizeof(why)))
		code = ask(path, &q, json, raw, NULL, NULL);
	else {
		complain("%s", why);
		return (EX_WRONG);
	}
	if (ferror(stdout) || fflush(stdout) == EOF) {
		complain("output: %s", strerror(errno));
		return (EX_WRONG);
	}
	return (code);
}
