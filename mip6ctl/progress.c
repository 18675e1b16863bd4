/*
 * Progress of work that may be long: a sentence every two seconds, none if it
 * is done before.  What is to be said is known to who works; the clock and the
 * place where it is said are given, so that a test has both.
 */
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>

#include "mip6ctl/progress.h"

/* Work begins now. */
void
progress_begin(struct progress *p)
{
	p->began = p->told = p->now_ms();
}

/* It goes on: say so, and since when, if it is time to. */
void
progress_tick(struct progress *p, const char *fmt, ...)
{
	int64_t	 now = p->now_ms();
	char	 what[160], text[200];
	va_list	 ap;

	if (now - p->told < PROGRESS_MS)
		return;
	p->told = now;
	va_start(ap, fmt);
	vsnprintf(what, sizeof(what), fmt, ap);
	va_end(ap);
	snprintf(text, sizeof(text), "%s, %" PRId64 " s", what,
	    (now - p->began) / 1000);
	p->say(text);
}
