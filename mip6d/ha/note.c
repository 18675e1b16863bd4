/*
 * What the home agent says to people: lines for the log, events for mip6ctl
 * monitor, and the note about each refusal, which is counted, remembered for
 * mip6ctl why and logged at a limited rate.  All goes to the parent as
 * messages, as an engine has no log of its own.  Called by all files of the
 * home agent.
 */
#include <sys/socket.h>

#include <arpa/inet.h>

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "core/why.h"
#include "ha/int.h"
#include "wire/mh.h"

/* What a peer can provoke is said so often a second for each reason. */
#define NOTES_PER_SECOND	5

static const struct {
	const char	*name, *text;
} reasons[HC_MAX] = {
#define X(id, name, help)	[HC_##id] = { name, help },
	HA_COUNTERS(X)
#undef X
};

/* The counter's name; static. */
const char *
reason_name(enum ha_counter r)
{
	return (r < HC_MAX ? reasons[r].name : "?");
}

/* The reason in words, without the status that a counter's text names. */
const char *
reason_text(enum ha_counter r)
{
	const char	*text = r < HC_MAX ? reasons[r].text : "?", *p;

	if (strncmp(text, "status ", 7) == 0 && (p = strchr(text, ':')) != NULL)
		return (p + 2);
	return (text);
}

/*
 * What goes in front of the reason's text: "" if there is no status, else
 * "status N (name): " in buf.
 */
const char *
reason_status(uint8_t status, char *buf, size_t cap)
{
	if (status == 0)
		return ("");
	snprintf(buf, cap, "status %u (%s): ", status, mh_status_name(status));
	return (buf);
}

/* A line for the log, not limited: for what peers have no hand in. */
void
note_log(struct ha *ha, enum note_level level, const char *fmt, ...)
{
	struct msg_log	 m;
	va_list		 ap;

	memset(&m, 0, sizeof(m));
	m.level = (uint8_t)level;
	va_start(ap, fmt);
	vsnprintf(m.text, sizeof(m.text), fmt, ap);
	va_end(ap);
	ha_emit(ha, MSG_LOG, &m);
}

/* Something that mip6ctl monitor shows; home may be NULL. */
void
note_event(struct ha *ha, const char *name, const struct in6_addr *home,
    const char *fmt, ...)
{
	struct msg_event	 m;
	va_list			 ap;

	memset(&m, 0, sizeof(m));
	snprintf(m.name, sizeof(m.name), "%s", name);
	if (home != NULL)
		m.home = *home;
	va_start(ap, fmt);
	vsnprintf(m.text, sizeof(m.text), fmt, ap);
	va_end(ap);
	ha_emit(ha, MSG_EVENT, &m);
}

/* May this reason be spoken of now?  Says how many times it was not. */
static bool
may_note(struct ha *ha, enum ha_counter reason, unsigned int *suppressed)
{
	if (limit_lines(&ha->notes[reason], ha->now.mono, NOTES_PER_SECOND,
	    suppressed))
		return (true);
	COUNT(ha->env->counters, HC_LOG_SUPPRESSED);
	return (false);
}

static void
tell_suppressed(struct ha *ha, unsigned int n)
{
	if (n > 0)
		note_log(ha, NOTE_INFO, "%u more of these were not logged", n);
}

/* Of what was heard on a home link from src something is left out, or all. */
void
note_left_out(struct ha *ha, enum ha_counter reason, const struct ha_link *l,
    const struct in6_addr *src)
{
	char		 s[INET6_ADDRSTRLEN];
	unsigned int	 suppressed;

	COUNT(ha->env->counters, reason);
	if (!may_note(ha, reason, &suppressed))
		return;
	note_log(ha, NOTE_INFO, "%s, from %s: %s", l->interface,
	    inet_ntop(AF_INET6, src, s, sizeof(s)), reason_text(reason));
	tell_suppressed(ha, suppressed);
}

/* A request for home agents from src to dst was dropped. */
void
note_request(struct ha *ha, enum ha_counter reason, const struct in6_addr *dst,
    const struct in6_addr *src)
{
	char		 d[INET6_ADDRSTRLEN], s[INET6_ADDRSTRLEN];
	unsigned int	 suppressed;

	COUNT(ha->env->counters, reason);
	if (!may_note(ha, reason, &suppressed))
		return;
	inet_ntop(AF_INET6, dst, d, sizeof(d));
	inet_ntop(AF_INET6, src, s, sizeof(s));
	note_log(ha, NOTE_INFO, "home agents of %s, asked for from %s: %s", d,
	    s, reason_text(reason));
	tell_suppressed(ha, suppressed);
}

/*
 * A message was dropped (status 0) or refused: count it, remember it for
 * `why`, and say so, with the peer named, unless it was said too often.
 * y, or NULL, is the reason that tells the values that differ.
 */
void
note_refusal(struct ha *ha, enum ha_counter reason, uint8_t status,
    const struct in6_addr *home, const struct in6_addr *src,
    const struct why *y)
{
	char		 h[INET6_ADDRSTRLEN], s[INET6_ADDRSTRLEN], buf[96];
	const char	*st;
	unsigned int	 suppressed;

	COUNT(ha->env->counters, reason);
	history_refusal(ha, reason, status, home, src);
	if (!may_note(ha, reason, &suppressed))
		return;
	inet_ntop(AF_INET6, home, h, sizeof(h));
	inet_ntop(AF_INET6, src, s, sizeof(s));
	st = reason_status(status, buf, sizeof(buf));
	if (y != NULL)
		note_log(ha, NOTE_INFO, "home address %s: %s [%s]", h,
		    y->text, why_def(y->id)->name);
	else
		note_log(ha, NOTE_INFO, "home address %s, from %s: %s%s", h, s,
		    st, reason_text(reason));
	tell_suppressed(ha, suppressed);
	note_event(ha, status == 0 ? "message-dropped" : "binding-refused",
	    home, "from %s: %s%s", s, st, reason_text(reason));
}
