/*
 * Counters as OpenMetrics; all other rows are left out.  In a name stands only
 * what that format allows in one.
 */
#include <ctype.h>
#include <inttypes.h>
#include <string.h>

#include "core/tables.h"
#include "mip6ctl/output.h"

static void
metrics_begin(struct output *o)
{
	(void)o;
}

/* Of a name only what OpenMetrics allows in one. */
static void
put_name(FILE *f, const struct report_field *v)
{
	size_t	 i;

	for (i = 0; i < v->v.str.len; i++)
		fputc(isalnum((unsigned char)v->v.str.p[i]) ? v->v.str.p[i] :
		    '_', f);
}

static void
put_family(FILE *f, const char *before, const struct report_field *role,
    const struct report_field *name)
{
	fprintf(f, "%smip6d_", before);
	put_name(f, role);
	fputc('_', f);
	put_name(f, name);
}

/* Help text is escaped as the format says; other controls are dropped. */
static void
put_help(FILE *f, const struct report_field *v)
{
	size_t	 i;
	char	 c;

	for (i = 0; i < v->v.str.len; i++) {
		c = v->v.str.p[i];
		if (c == '\\' || c == '"')
			fprintf(f, "\\%c", c);
		else if (c == '\n')
			fputs("\\n", f);
		else if (c >= ' ' && c <= '~')
			fputc(c, f);
	}
}

static void
metrics_row(struct output *o, const struct row *row)
{
	const struct report_field	*role = row_field(row, "role");
	const struct report_field	*name = row_field(row, "name");
	const struct report_field	*value = row_field(row, "value");
	const struct report_field	*help = row_field(row, "help");

	if (strcmp(row->table, TABLE_COUNTER) != 0 || role == NULL ||
	    name == NULL || value == NULL || role->kind != RK_STRING ||
	    name->kind != RK_STRING || value->kind != RK_U64)
		return;
	put_family(o->f, "# TYPE ", role, name);
	fputs(" counter\n", o->f);
	if (help != NULL && help->kind == RK_STRING) {
		put_family(o->f, "# HELP ", role, name);
		fputc(' ', o->f);
		put_help(o->f, help);
		fputc('\n', o->f);
	}
	put_family(o->f, "", role, name);
	fprintf(o->f, "_total %" PRIu64 "\n", value->v.u64);
}

/* The text that ends an exposition; without it a reader knows it was cut. */
static void
metrics_end(struct output *o, const char *status, int error, const char *text)
{
	(void)error;
	(void)text;
	if (strcmp(status, "ok") == 0)
		fputs("# EOF\n", o->f);
}

const struct writer	 metrics_writer = {
	metrics_begin, metrics_row, metrics_end
};
