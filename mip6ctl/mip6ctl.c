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
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core/ctl.h"
#include "mip6ctl/decode.h"
#include "mip6ctl/output.h"

#define ANSWER_SECONDS	90	/* of silence; a reload may take a minute */

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
usage(void)
{
	const struct verb_def	*d;
	char			 line[80];
	int			 v;

	fprintf(stderr, "usage: mip6ctl [-jn] [-s socket] verb [argument]\n");
	for (v = VERB_NONE + 1; v < VERB_MAX; v++) {
		if ((d = verb_def((enum verb)v)) == NULL)
			continue;
		snprintf(line, sizeof(line), "%s %s", d->words,
		    d->argname == NULL ? "" : d->argname);
		fprintf(stderr, strlen(line) > 24 ? "  %s\n%27s%s\n" :
		    "  %-24s %.0s%s\n", line, "", d->help);
	}
	exit(EX_WRONG);
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

static int
connect_to(const char *path)
{
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
	    connect(fd, (struct sockaddr *)&sun, sizeof(sun)) == -1) {
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
	if (e.status != CTL_OK)
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

static int
read_answer(struct answer *a)
{
	ssize_t	 n;
	int	 code;

	for (;;) {
		n = recv(a->fd, a->buf + a->len, CTL_FRAME_MAX - a->len, 0);
		if (n == -1 && errno == EINTR)
			continue;
		if (n == -1)
			return (give_up(a, EX_CONNECT,
			    errno == EAGAIN ? "the daemon does not answer" :
			    "the daemon has gone away"));
		if (n == 0)
			return (give_up(a, EX_CONNECT,
			    "the daemon has gone away"));
		a->len += (size_t)n;
		if ((code = got_bytes(a)) != -1)
			return (code);
		if (ferror(stdout))
			return (EX_WRONG);
	}
}

static int
ask(const char *path, const struct ctl_request *q, bool json, bool raw)
{
	struct timeval	 tv = { ANSWER_SECONDS, 0 };
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
	output_init(&a.out, stdout, q->verb, json, raw);
	send_request(a.fd, q);
	code = read_answer(&a);
	close(a.fd);
	free(a.buf);
	return (code);
}

static int
decode_one(const char *arg, bool json, bool raw)
{
	struct output	 o;
	char		 why[512];

	output_init(&o, stdout, VERB_DECODE, json, raw);
	if (decode(&o, arg, why, sizeof(why))) {
		output_end(&o, "ok", 0, "");
		return (EX_OK);
	}
	output_end(&o, "invalid", 0, why);
	complain("%s: %s", arg, why);
	return (EX_WRONG);
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
			usage();
	}
	argc -= optind;
	argv += optind;
	if (argc == 0)
		usage();
	memset(&q, 0, sizeof(q));
	q.verb = verb_match(argc, argv, &used, why, sizeof(why));
	if (q.verb == VERB_NONE) {
		complain("%s", why);
		return (EX_WRONG);
	}
	if (q.verb == VERB_DECODE && argc - used == 1)
		code = decode_one(argv[used], json, raw);
	else if (verb_arg_pack(q.verb, argc - used, argv + used, q.arg,
	    sizeof(q.arg), why, sizeof(why)))
		code = ask(path, &q, json, raw);
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
