/*
 * Where lines of the log go: standard error, syslog(3), or a function that
 * hands them to the parent.  A process has one log.
 */
#include <ctype.h>
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <syslog.h>

#include "core/log.h"

#define LENGTH_MAX	1024	/* of a line */

/* A process has one log; it is the only state here. */
static struct {
	char		 name[32];
	bool		 syslog, levels, verbose;
	log_sink_fn	*sink;
	void		*arg;
} dest;

static int	 copy_fd = -1;	/* who waits for our start */

static const int priorities[] = {
	[LL_ERROR] = LOG_ERR, [LL_WARN] = LOG_WARNING, [LL_INFO] = LOG_INFO,
	[LL_DEBUG] = LOG_DEBUG
};

/* Lines go to standard error, each with name in front. */
void
log_to_stderr(const char *name)
{
	snprintf(dest.name, sizeof(dest.name), "%s", name);
	dest.syslog = dest.levels = false;
	dest.sink = NULL;
}

/*
 * Lines go to standard error, each with its level in front as "<3>": for who
 * knows whose they are, and reads that.
 */
void
log_to_stderr_levels(void)
{
	log_to_stderr("");
	dest.levels = true;
}

/* Lines go to syslog(3), facility daemon. */
void
log_to_syslog(const char *name)
{
	log_to_stderr(name);
	openlog(dest.name, LOG_PID | LOG_NDELAY, LOG_DAEMON);
	dest.syslog = true;
}

/* Lines go to fn(arg, ...). */
void
log_to(log_sink_fn *fn, void *arg)
{
	dest.sink = fn;
	dest.arg = arg;
}

void
log_verbose(bool on)
{
	dest.verbose = on;
}

bool
log_is_verbose(void)
{
	return (dest.verbose);
}

/*
 * Until the call with -1, errors go to that descriptor as well, a line each:
 * whoever waits at its other end prints why a start failed.
 */
void
log_copy_errors(int fd)
{
	copy_fd = fd;
}

/*
 * One line, without newline; debug lines only when verbose.  It stays one,
 * wherever its words came from.
 */
void
log_put(enum log_level level, const char *line)
{
	char	 text[LENGTH_MAX], *c;

	if (level == LL_DEBUG && !dest.verbose)
		return;
	snprintf(text, sizeof(text), "%s", line);
	for (c = text; *c != '\0'; c++)
		if (iscntrl((unsigned char)*c))
			*c = '?';
	if (level == LL_ERROR && copy_fd != -1 &&
	    dprintf(copy_fd, "%s\n", text) < 0)
		copy_fd = -1;
	if (dest.sink != NULL)
		dest.sink(dest.arg, level, text);
	else if (dest.syslog)
		syslog(priorities[level], "%s", text);
	else if (dest.levels)
		fprintf(stderr, "<%d>%s\n", priorities[level], text);
	else
		fprintf(stderr, "%s: %s\n", dest.name, text);
}

static void
vput(enum log_level level, const char *fmt, va_list ap)
{
	char	 text[512];
	int	 e = errno;

	if (level == LL_DEBUG && !dest.verbose)
		return;
	vsnprintf(text, sizeof(text), fmt, ap);
	log_put(level, text);
	errno = e;
}

#define DEFINE_LOG(fn, level)						\
void									\
fn(const char *fmt, ...)						\
{									\
	va_list	 ap;							\
									\
	va_start(ap, fmt);						\
	vput(level, fmt, ap);						\
	va_end(ap);							\
}

DEFINE_LOG(log_error, LL_ERROR)
DEFINE_LOG(log_warn, LL_WARN)
DEFINE_LOG(log_info, LL_INFO)
DEFINE_LOG(log_debug, LL_DEBUG)

/* Log and end this process. */
void
fatalx(const char *fmt, ...)
{
	va_list	 ap;

	va_start(ap, fmt);
	vput(LL_ERROR, fmt, ap);
	va_end(ap);
	exit(1);
}

/* The same, with what errno says. */
void
fatal(const char *fmt, ...)
{
	char	 text[400];
	va_list	 ap;
	int	 e = errno;

	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	log_error("%s: %s", text, strerror(e));
	exit(1);
}
