/*
 * What the correspondent says to people: lines for the log, events for mip6ctl
 * monitor, and the note about each refusal, which is counted and told at a
 * limited rate.  All goes to the parent and to control as messages, as an
 * engine has no log of its own.  Called by all files of the correspondent.
 */
#include <sys/socket.h>

#include <arpa/inet.h>

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "cn/int.h"
#include "core/why.h"

/* What a peer can provoke is said so often a second for each reason. */
#define NOTES_PER_SECOND	5
#define EVENTS_PER_SECOND	20

static const char *const	 texts[CC_MAX] = {
#define X(id, name, help)	[CC_##id] = help,
	CN_COUNTERS(X)
#undef X
};

/* The reason in words, without the status that a counter's text names. */
const char *
cn_reason_text(enum cn_counter r)
{
	const char	*p = strchr(texts[r], ':');

	return (strncmp(texts[r], "status ", 7) == 0 && p != NULL ? p + 2 :
	    texts[r]);
}

/* A line for the log, not limited: for what peers have no hand in. */
void
cn_note_log(struct cn *cn, enum note_level level, const char *fmt, ...)
{
	struct msg_log	 m;
	va_list		 ap;

	memset(&m, 0, sizeof(m));
	m.level = (uint8_t)level;
	va_start(ap, fmt);
	vsnprintf(m.text, sizeof(m.text), fmt, ap);
	va_end(ap);
	cn_emit(cn, MSG_LOG, &m);
}

static void
event(struct cn *cn, const char *name, const struct in6_addr *home,
    const char *text)
{
	struct msg_event	 m;

	memset(&m, 0, sizeof(m));
	snprintf(m.name, sizeof(m.name), "%s", name);
	m.home = *home;
	snprintf(m.text, sizeof(m.text), "%s", text);
	cn_emit(cn, MSG_EVENT, &m);
}

/* Something has become of a binding: mip6ctl monitor shows it by that name. */
void
cn_note_binding(struct cn *cn, const char *name, const struct entry *e)
{
	char	 h[INET6_ADDRSTRLEN], c[INET6_ADDRSTRLEN], text[192];

	if (!limit_lines(&cn->events, cn->now.mono, EVENTS_PER_SECOND, NULL)) {
		COUNT(cn->env->counters, CC_LOG_SUPPRESSED);
		return;
	}
	snprintf(text, sizeof(text), "home address %s, care-of address %s, "
	    "lifetime %u s, sequence %u",
	    inet_ntop(AF_INET6, &e->home, h, sizeof(h)),
	    inet_ntop(AF_INET6, &e->coa, c, sizeof(c)),
	    e->lifetime * MH_LIFETIME_UNIT, e->seq);
	event(cn, name, &e->home, text);
}

/*
 * A message was dropped (status 0) or refused: count it and say so, with the
 * peer named, unless that was said too often.  y, or NULL, is the reason that
 * tells the values that differ.
 */
void
cn_note_refusal(struct cn *cn, enum cn_counter reason, uint8_t status,
    const struct in6_addr *home, const struct in6_addr *src,
    const struct why *y)
{
	char		 h[INET6_ADDRSTRLEN], s[INET6_ADDRSTRLEN], text[256];
	char		 st[32] = "";
	unsigned int	 not_said;

	COUNT(cn->env->counters, reason);
	if (!limit_lines(&cn->notes[reason], cn->now.mono, NOTES_PER_SECOND,
	    &not_said)) {
		COUNT(cn->env->counters, CC_LOG_SUPPRESSED);
		return;
	}
	inet_ntop(AF_INET6, home, h, sizeof(h));
	inet_ntop(AF_INET6, src, s, sizeof(s));
	if (status != 0)
		snprintf(st, sizeof(st), "status %u: ", status);
	snprintf(text, sizeof(text), "from %s: %s%s", s, st,
	    cn_reason_text(reason));
	if (y != NULL)
		cn_note_log(cn, NOTE_INFO, "home address %s: %s [%s]", h,
		    y->text, why_def(y->id)->name);
	else
		cn_note_log(cn, NOTE_DEBUG, "home address %s, %s", h, text);
	if (not_said > 0)
		cn_note_log(cn, NOTE_DEBUG, "%u more of these were not logged",
		    not_said);
	event(cn, status == 0 ? "message-dropped" : "binding-refused", home,
	    text);
}
