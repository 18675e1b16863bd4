/*
 * What came from the daemon goes, a row at a time, to the writer that was
 * chosen: text, JSON or OpenMetrics.  The writers are text.c, json.c and
 * metrics.c; mip6ctl.c calls it with each frame.
 */
#include <string.h>

#include "mip6ctl/output.h"
#include "wire/buf.h"

/* Begin the answer to a verb on f. */
void
output_init(struct output *o, FILE *f, enum verb verb, bool json, bool raw)
{
	memset(o, 0, sizeof(*o));
	o->f = f;
	o->verb = verb;
	o->raw = raw;
	if (json)
		o->w = &json_writer;
	else if (verb == VERB_SHOW_METRICS)
		o->w = &metrics_writer;
	else
		o->w = &text_writer;
	o->w->begin(o);
}

/* Write the rows of one frame.  False if they are malformed. */
bool
output_rows(struct output *o, const uint8_t *p, size_t len)
{
	struct report_field	 f;
	struct rbuf		 all, r;
	struct row		 row;

	rbuf_init(&all, p, len);
	while (report_next_row(&all, &r, row.table, sizeof(row.table))) {
		row.n = 0;
		while (report_next_field(&r, &f))
			if (row.n < ROW_FIELDS)
				row.fields[row.n++] = f;
		if (!rbuf_done(&r))
			return (false);
		o->w->row(o, &row);
		o->nrows++;
		snprintf(o->table, sizeof(o->table), "%s", row.table);
	}
	return (rbuf_done(&all));
}

void
output_end(struct output *o, const char *status, int error, const char *text)
{
	o->w->end(o, status, error, text);
	fflush(o->f);
}
