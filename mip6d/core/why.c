/*
 * The reasons that stand in a process: a hash table by reason and subject, and
 * a list of those that are events, which grow old.  Pure.
 */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/report.h"
#include "core/why.h"

#define VALUES_MAX	12	/* of one sentence */

static const struct why_def defs[WHY_MAX] = {
#define WHY(id, name, level, flags, condition, text, remedy, see)	\
	[WHY_##id] = { name, WHY_##level, flags, condition, text, remedy, see },
#include "core/why.def"
#undef WHY
};

/* The row of a reason, NULL if there is none of that number. */
const struct why_def *
why_def(enum why_id id)
{
	return ((unsigned int)id >= WHY_MAX || defs[id].name == NULL ? NULL :
	    &defs[id]);
}

/*
 * An empty set.  say is called with each line for the log, and may be NULL.
 * False when out of memory.
 */
bool
whys_init(struct whys *w, const struct hash_key *key, why_say_fn *say,
    void *arg)
{
	memset(w, 0, sizeof(*w));
	TAILQ_INIT(&w->events);
	pool_init(&w->pool, sizeof(struct why));
	w->key = *key;
	w->say = say;
	w->arg = arg;
	return (htab_init(&w->tab, 16));
}

void
whys_free(struct whys *w)
{
	struct why	*y;
	uint32_t	 i;

	for (i = 0; i < w->pool.used; i++)
		if ((y = pool_get(&w->pool, i)) != NULL)
			free(y->subject);
	htab_free(&w->tab);
	pool_destroy(&w->pool);
	memset(w, 0, sizeof(*w));
}

struct key {
	enum why_id	 id;
	const char	*subject;
};

static bool
match(const struct hlink *l, const void *arg)
{
	const struct why	*y = (const struct why *)(const void *)l;
	const struct key	*k = arg;

	return (y->id == k->id && strcmp(y->subject, k->subject) == 0);
}

static uint64_t
hash_of(const struct whys *w, enum why_id id, const char *subject)
{
	return (hash_bytes(&w->key, subject, strlen(subject)) + (uint64_t)id);
}

static struct why *
find(const struct whys *w, enum why_id id, const char *subject)
{
	struct key	 k = { id, subject };

	return ((struct why *)(void *)htab_find(&w->tab,
	    hash_of(w, id, subject), match, &k));
}

/* The reason if it stands, else NULL. */
const struct why *
why_find(const struct whys *w, enum why_id id, const char *subject)
{
	return (w == NULL || w->tab.slots == NULL ? NULL :
	    find(w, id, subject));
}

/* The sentence with its values, in the order in which they appear in it. */
static void
compose(char *out, size_t cap, const char *text, const char *const *values,
    size_t n)
{
	const char	*v;
	size_t		 off = 0, i = 0, len;

	while (*text != '\0' && off + 1 < cap) {
		if (*text != '{') {
			out[off++] = *text++;
			continue;
		}
		len = strcspn(text, "}");
		text += text[len] == '}' ? len + 1 : len;
		for (v = i < n ? values[i++] : ""; *v != '\0' &&
		    off + 1 < cap; v++)
			out[off++] = (unsigned char)*v < ' ' || *v == 0x7f ?
			    '?' : *v;
	}
	out[off] = '\0';
}

/* A line for the log; what others can provoke is not to fill that. */
static void
say(struct whys *w, const struct why *y, bool began, struct now now)
{
	const struct why_def	*d = &defs[y->id];
	char			 line[512], not[40] = "";
	unsigned int		 unsaid;

	if (w->say == NULL || (d->flags & WF_QUIET) != 0 ||
	    !limit_lines(&w->limit, now.mono, WHY_LINES, &unsaid))
		return;
	if (unsaid > 0)
		snprintf(not, sizeof(not), "(%u reasons not logged) ", unsaid);
	if (began)
		snprintf(line, sizeof(line), "%s%.64s: %.360s [%s]", not,
		    y->subject, y->text, d->name);
	else
		snprintf(line, sizeof(line), "%s%.64s: no longer: %s, after "
		    "%lld s [%s]", not, y->subject, d->condition, (long long)
		    (mono_diff(now.mono, y->since.mono) / NS_PER_SEC), d->name);
	w->say(w->arg, began ? d->level : WHY_NOTICE, began, y, line);
}

/* Subject, sentence and values in one piece; false when out of memory. */
static bool
store(struct why *y, const char *subject, const char *text,
    const char *const *values, size_t n)
{
	size_t	 i, len = strlen(subject) + 1, tlen = strlen(text) + 1;
	size_t	 vlen = 1;
	char	*p, *v;

	for (i = 0; i < n; i++)
		vlen += strlen(values[i]) + 1;
	if ((p = malloc(len + tlen + vlen)) == NULL)
		return (false);
	memcpy(p, subject, len);
	memcpy(p + len, text, tlen);
	v = p + len + tlen;
	for (i = 0; i < n; i++) {
		/* An empty value would look like the end. */
		if (values[i][0] == '\0')
			continue;
		memcpy(v, values[i], strlen(values[i]) + 1);
		v += strlen(values[i]) + 1;
	}
	*v = '\0';
	/* subject may be the old memory. */
	free(y->subject);
	y->subject = p;
	y->text = p + len;
	y->values = p + len + tlen;
	return (true);
}

static void
drop(struct whys *w, struct why *y)
{
	htab_remove(&w->tab, &y->link);
	if ((defs[y->id].flags & WF_EVENT) != 0) {
		TAILQ_REMOVE(&w->events, y, entry);
		w->nevents--;
	}
	if (defs[y->id].level == WHY_WARNING)
		w->nwarnings--;
	free(y->subject);
	pool_free(&w->pool, y->number);
}

/* Events that have not happened again for long are of no interest. */
static void
grow_old(struct whys *w, struct now now)
{
	struct why	*y;

	while ((y = TAILQ_FIRST(&w->events)) != NULL &&
	    mono_diff(now.mono, y->last) >= WHY_EVENT_AGE)
		drop(w, y);
}

static struct why *
add(struct whys *w, enum why_id id, const char *subject, struct now now)
{
	struct why	*y;
	uint32_t	 number;

	if ((y = pool_alloc(&w->pool, &number)) == NULL)
		return (NULL);
	memset(y, 0, sizeof(*y));
	y->number = number;
	y->id = id;
	y->since = now;
	if ((y->subject = strdup(subject)) == NULL) {
		pool_free(&w->pool, number);
		return (NULL);
	}
	htab_insert(&w->tab, &y->link, hash_of(w, id, subject));
	if ((defs[id].flags & WF_EVENT) != 0) {
		TAILQ_INSERT_TAIL(&w->events, y, entry);
		w->nevents++;
	}
	if (defs[id].level == WHY_WARNING)
		w->nwarnings++;
	return (y);
}

static void
set(struct whys *w, struct now now, enum why_id id, const char *subject,
    const char *const *values, size_t n)
{
	char		 text[WHY_TEXT_MAX];
	struct why	*y = find(w, id, subject);
	bool		 began = y == NULL;

	grow_old(w, now);
	if (began && (defs[id].flags & WF_EVENT) != 0 &&
	    w->nevents >= WHY_EVENTS_MAX) {
		w->lost++;
		drop(w, TAILQ_FIRST(&w->events));
	}
	/* It may just have grown old. */
	if (began || (y = find(w, id, subject)) == NULL) {
		began = true;
		y = add(w, id, subject, now);
	}
	compose(text, sizeof(text), defs[id].text, values, n);
	if (y == NULL || ((began || strcmp(text, y->text) != 0) &&
	    !store(y, subject, text, values, n))) {
		w->lost++;
		if (y != NULL && began)
			drop(w, y);
		return;
	}
	y->last = now.mono;
	y->count++;
	if ((defs[id].flags & WF_EVENT) != 0) {
		TAILQ_REMOVE(&w->events, y, entry);
		TAILQ_INSERT_TAIL(&w->events, y, entry);
	}
	if (began)
		say(w, y, true, now);
}

/*
 * This is why subject, a home address, an identifier, a peer, an interface or
 * what else has a name, is not well; then the values for the row's sentence,
 * as strings in their order, and NULL.  The log is told when it is news; a
 * sentence with other values replaces the one that stands.  w may be NULL:
 * nobody wants to know.
 */
void
why_set(struct whys *w, struct now now, enum why_id id, const char *subject,
    ...)
{
	const char	*values[VALUES_MAX], *v;
	char		 name[WHY_SUBJECT_MAX];
	va_list		 ap;
	size_t		 n = 0;

	if (w == NULL || w->tab.slots == NULL || why_def(id) == NULL)
		return;
	va_start(ap, subject);
	while ((v = va_arg(ap, const char *)) != NULL)
		if (n < VALUES_MAX)
			values[n++] = v;
	va_end(ap);
	snprintf(name, sizeof(name), "%s", subject);
	set(w, now, id, name, values, n);
}

/* The reason stands no longer, if it did. */
void
why_clear(struct whys *w, struct now now, enum why_id id, const char *subject)
{
	struct why	*y;

	if (w == NULL || w->tab.count == 0 || why_def(id) == NULL ||
	    (y = find(w, id, subject)) == NULL)
		return;
	say(w, y, false, now);
	drop(w, y);
}

/*
 * The first reason that stands with a number of at least *at, which becomes
 * that of the next one; NULL: there are no more.
 */
const struct why *
whys_next(struct whys *w, uint32_t *at, struct now now)
{
	const struct why	*y;

	if (w == NULL)
		return (NULL);
	grow_old(w, now);
	while (*at < w->pool.used)
		if ((y = pool_get(&w->pool, (*at)++)) != NULL)
			return (y);
	return (NULL);
}

/* Is what the subject, or one of the values, as in "node what"? */
bool
why_about(const struct why *y, const char *what)
{
	const char	*v, *word;

	if (strcmp(y->subject, what) == 0)
		return (true);
	for (v = y->values; *v != '\0'; v += strlen(v) + 1) {
		if (strcmp(v, what) == 0)
			return (true);
		if ((word = strrchr(v, ' ')) != NULL &&
		    strcmp(word + 1, what) == 0)
			return (true);
	}
	return (false);
}

/* Does one stand that is about that? */
bool
whys_about(struct whys *w, const char *what, struct now now)
{
	const struct why	*y;
	uint32_t		 at = 0;

	while ((y = whys_next(w, &at, now)) != NULL)
		if (why_about(y, what))
			return (true);
	return (false);
}

/* What a row "reason" has in it. */
void
why_fields(struct report *r, const struct why *y, struct now now)
{
	const struct why_def	*d = &defs[y->id];

	report_str(r, "reason", d->name);
	report_str(r, "level", d->level == WHY_WARNING ? "warning" : "notice");
	report_str(r, "subject", y->subject);
	report_wall(r, "since", y->since.wall / NS_PER_SEC);
	report_ms(r, "age_ms", mono_diff(now.mono, y->since.mono) / NS_PER_MS);
	report_u64(r, "count", y->count);
	report_str(r, "text", y->text);
	report_str(r, "remedy", d->remedy);
	report_str(r, "see", d->see);
}

/* One reason as a row. */
void
why_row(struct report *r, const struct why *y, struct now now)
{
	report_row(r, "reason");
	why_fields(r, y, now);
	report_end(r);
}

/* For how long, as people say it; "" if that is not known. */
static void
for_how_long(char *out, size_t cap, int64_t ms)
{
	long long	 s = (long long)(ms / 1000);

	if (ms < 0)
		out[0] = '\0';
	else if (s < 60)
		snprintf(out, cap, ", for %llds", s);
	else if (s < 3600)
		snprintf(out, cap, ", for %lldm%02llds", s / 60, s % 60);
	else if (s < 86400)
		snprintf(out, cap, ", for %lldh%02lldm", s / 3600,
		    s / 60 % 60);
	else
		snprintf(out, cap, ", for %lldd%02lldh", s / 86400,
		    s / 3600 % 24);
}

/* What a row "well" has in it; since_ms -1: not known. */
void
why_well_fields(struct report *r, const char *subject, int64_t since_ms,
    const char *text)
{
	char	 line[WHY_TEXT_MAX + 32], age[32];

	for_how_long(age, sizeof(age), since_ms);
	snprintf(line, sizeof(line), "%.*s%s", WHY_TEXT_MAX - 1, text, age);
	report_str(r, "subject", subject);
	if (since_ms >= 0)
		report_ms(r, "age_ms", since_ms);
	report_str(r, "text", line);
}

/* What was asked for is well, and what that means, as a row. */
void
why_well(struct report *r, const char *subject, int64_t since_ms,
    const char *text)
{
	report_row(r, "well");
	why_well_fields(r, subject, since_ms, text);
	report_end(r);
}

/*
 * The reasons about something, or all of them if what is "".  Returns the
 * cursor to go on from, 0 when done.
 */
uint64_t
whys_rows(struct whys *w, struct report *r, const char *what,
    uint64_t cursor, struct now now)
{
	const struct why	*y;
	uint32_t		 at = cursor == 0 ? 0 : (uint32_t)cursor - 1;

	while ((y = whys_next(w, &at, now)) != NULL) {
		if (what[0] != '\0' && !why_about(y, what))
			continue;
		if (report_full(r))
			return ((uint64_t)y->number + 1);
		why_row(r, y, now);
	}
	return (0);
}

/* For `status': how many warnings stand, if any, and the first of them. */
void
whys_health(struct whys *w, struct report *r, const char *role,
    struct now now)
{
	const struct why	*y;
	uint32_t		 at = 0;

	/* Of notices there may be many, and anybody may ask. */
	if (w->nwarnings == 0)
		return;
	while ((y = whys_next(w, &at, now)) != NULL)
		if (defs[y->id].level == WHY_WARNING)
			break;
	if (y == NULL)
		return;
	report_row(r, "health");
	report_str(r, "role", role);
	report_str(r, "state", "degraded");
	report_u64(r, "reasons", w->nwarnings);
	report_str(r, "subject", y->subject);
	report_str(r, "text", y->text);
	report_str(r, "reason", defs[y->id].name);
	report_u64(r, "lost", w->lost);
	report_end(r);
}
