/*
 * The answer to mip6ctl show configuration.  The configuration is printed
 * once, when somebody first asks for it, and kept as text until the next
 * reload; a page of the answer costs what is on that page.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/report.h"
#include "parent/parent.h"

/* The configuration as text, without keys. */
struct shown {
	char		*text;
	size_t		 len;
};

static bool
print_it(struct parent *p)
{
	struct shown	*s;
	FILE		*f;
	bool		 ok;

	if ((s = calloc(1, sizeof(*s))) == NULL)
		return (false);
	if ((f = open_memstream(&s->text, &s->len)) == NULL) {
		free(s);
		return (false);
	}
	ok = conf_print(f, p->conf, CONF_PRINT_ALL & ~CONF_PRINT_SECRETS) == 0;
	ok = fclose(f) == 0 && ok && s->len < UINT32_MAX;
	p->shown = s;
	if (!ok)
		confrows_forget(p);
	return (ok);
}

/*
 * Rows of a page, one a line.  The cursor is the number of the configuration
 * and where in its text the next line begins.  *error is ESTALE if it is of a
 * former configuration, ENOMEM if there is no memory for the text.
 */
uint64_t
confrows(struct parent *p, struct report *rep, uint64_t cursor, int *error)
{
	const struct shown	*s;
	const char		*end, *line;
	char			 text[REPORT_ROW_MAX / 2];
	size_t			 at = (size_t)(cursor & UINT32_MAX);

	if (cursor != 0 && (uint32_t)(cursor >> 32) != p->conf_number) {
		*error = ESTALE;
		return (0);
	}
	if (p->shown == NULL && !print_it(p)) {
		*error = ENOMEM;
		return (0);
	}
	s = p->shown;
	while (at < s->len && !report_full(rep)) {
		line = s->text + at;
		if ((end = memchr(line, '\n', s->len - at)) == NULL)
			end = s->text + s->len;
		snprintf(text, sizeof(text), "%.*s", (int)(end - line), line);
		report_row(rep, "configuration");
		report_str(rep, "line", text);
		report_end(rep);
		at = (size_t)(end - s->text) + 1;
	}
	return (at < s->len ? (uint64_t)p->conf_number << 32 | at : 0);
}

/* The configuration is another. */
void
confrows_forget(struct parent *p)
{
	if (p->shown != NULL) {
		free(p->shown->text);
		free(p->shown);
	}
	p->shown = NULL;
	p->conf_number++;
}
