/*
 * Rows as text for people: columns of a fixed width, lines below a row, long
 * text wrapped.  What came from others can do nothing to a terminal.
 */
#include <sys/types.h>
#include <sys/socket.h>

#include <arpa/inet.h>

#include <inttypes.h>
#include <string.h>
#include <time.h>

#include "mip6ctl/output.h"

#define VALUE_MAX	(4 * 1024 + 1)	/* a string of a report, escaped */

/*
 * Text from the daemon as a terminal may have it: printable ASCII and tabs as
 * they are, a backslash doubled, the rest as \ooo.  At most cap octets with the
 * NUL; returns the length.
 */
size_t
put_text(char *out, size_t cap, const char *s, size_t len)
{
	unsigned char	 c;
	size_t		 i, off = 0;

	for (i = 0; i < len && off + 5 <= cap; i++) {
		c = (unsigned char)s[i];
		if (c == '\\') {
			out[off++] = '\\';
			out[off++] = '\\';
		} else if ((c >= ' ' && c <= '~') || c == '\t')
			out[off++] = (char)c;
		else
			off += (size_t)snprintf(out + off, cap - off,
			    "\\%03o", c);
	}
	out[off] = '\0';
	return (off);
}

/* A duration in at most 7 characters up to 9,999 days. */
static size_t
duration(char *out, size_t cap, int64_t ms)
{
	const char	*sign = ms < 0 ? "-" : "";
	uint64_t	 v = ms < 0 ? 0 - (uint64_t)ms : (uint64_t)ms;
	uint64_t	 s = v / 1000;
	int		 n;

	if (v < 1000)
		n = snprintf(out, cap, "%s%" PRIu64 "ms", sign, v);
	else if (s < 60)
		n = snprintf(out, cap, "%s%" PRIu64 ".%" PRIu64 "s", sign, s,
		    v % 1000 / 100);
	else if (s < 3600)
		n = snprintf(out, cap, "%s%" PRIu64 "m%02" PRIu64 "s", sign,
		    s / 60, s % 60);
	else if (s < 86400)
		n = snprintf(out, cap, "%s%" PRIu64 "h%02" PRIu64 "m", sign,
		    s / 3600, s / 60 % 60);
	else
		n = snprintf(out, cap, "%s%" PRIu64 "d%02" PRIu64 "h", sign,
		    s / 86400, s / 3600 % 24);
	return ((size_t)n);
}

static size_t
wall(char *out, size_t cap, int64_t seconds, const char *fmt)
{
	time_t		 t = (time_t)seconds;
	struct tm	 tm;
	size_t		 n;

	if (localtime_r(&t, &tm) != NULL &&
	    (n = strftime(out, cap, fmt, &tm)) > 0)
		return (n);
	return ((size_t)snprintf(out, cap, "%" PRId64, seconds));
}

/*
 * A value as text, cut to cap octets.  raw: durations in milliseconds, times
 * in seconds since 1970.
 */
size_t
field_text(char *out, size_t cap, const struct report_field *f, bool raw)
{
	int	 n;

	switch (f->kind) {
	case RK_STRING:
		return (put_text(out, cap, f->v.str.p, f->v.str.len));
	case RK_ADDR:
		inet_ntop(AF_INET6, &f->v.addr, out, (socklen_t)cap);
		return (strlen(out));
	case RK_BOOL:
		n = snprintf(out, cap, "%s", f->v.u64 != 0 ? "yes" : "no");
		break;
	case RK_U64:
		n = snprintf(out, cap, "%" PRIu64, f->v.u64);
		break;
	case RK_MS:
		if (!raw)
			return (duration(out, cap, f->v.i64));
		n = snprintf(out, cap, "%" PRId64, f->v.i64);
		break;
	case RK_WALL:
		if (!raw)
			return (wall(out, cap, f->v.i64,
			    "%Y-%m-%d %H:%M:%S"));
		n = snprintf(out, cap, "%" PRId64, f->v.i64);
		break;
	default:
		n = snprintf(out, cap, "%" PRId64, f->v.i64);
		break;
	}
	return ((size_t)n);
}

/* The same for a column, where a tab would shift what follows. */
static void
cell_text(char *out, size_t cap, const struct report_field *f, bool raw)
{
	field_text(out, cap, f, raw);
	for (; *out != '\0'; out++)
		if (*out == '\t')
			*out = ' ';
}

/* Spaces that are only written if something follows them. */
struct line {
	FILE	*f;
	int	 col, pad;
};

static void
put(struct line *l, const char *s, int n)
{
	if (n == 0)
		return;
	fprintf(l->f, "%*s%.*s", l->pad, "", n, s);
	l->col += l->pad + n;
	l->pad = 0;
}

static void
newline(struct line *l)
{
	fputc('\n', l->f);
	l->col = l->pad = 0;
}

/* Text from this column on, broken at spaces where it can be. */
static void
put_wrapped(struct line *l, const char *s, int len)
{
	int	 from = l->col + l->pad, room = OUTPUT_WIDTH - from, n;

	while (len > room) {
		for (n = room; n > room / 2 && s[n] != ' '; n--)
			continue;
		if (s[n] != ' ')
			n = room;
		put(l, s, n);
		newline(l);
		l->pad = from;
		s += n;
		len -= n;
		while (len > 0 && *s == ' ') {
			s++;
			len--;
		}
	}
	put(l, s, len);
}

static void
put_cell(struct line *l, const struct column *c, const char *s, bool raw)
{
	int	 len = (int)strlen(s), blank;

	if ((c->flags & C_WRAP) != 0 && !raw) {
		put_wrapped(l, s, len);
		return;
	}
	/* What does not fit is cut, and the last character says so. */
	if (!raw && c->width > 0 && len > c->width) {
		put(l, s, c->width - 1);
		put(l, "+", 1);
		len = c->width;
	} else {
		blank = len < c->width ? c->width - len : 0;
		if ((c->flags & C_RIGHT) != 0)
			l->pad += blank;
		put(l, s, len);
		if ((c->flags & C_RIGHT) == 0)
			l->pad += blank;
	}
	l->pad++;
}

static void
put_titles(struct line *l, const struct column *c)
{
	for (; c->field != NULL; c++) {
		if (c->title == NULL)
			continue;
		if ((c->flags & C_LINE) != 0)
			newline(l);
		if ((c->flags & C_INDENT) != 0)
			l->pad = 2;
		put_cell(l, c, c->title, false);
	}
	newline(l);
}

static bool
has_value(const struct report_field *f)
{
	return (f != NULL && (f->kind != RK_STRING || f->v.str.len > 0) &&
	    (f->kind != RK_ADDR || !IN6_IS_ADDR_UNSPECIFIED(&f->v.addr)));
}

/* Is there anything in the line that begins with this column? */
static bool
line_is_empty(const struct row *row, const struct column *c)
{
	do {
		if ((c->flags & C_HIDE) == 0 &&
		    has_value(row_field(row, c->field)))
			return (false);
		c++;
	} while (c->field != NULL && (c->flags & C_LINE) == 0);
	return (true);
}

static bool
in_layout(const struct layout *lay, const char *name)
{
	const struct column	*c;

	for (c = lay->cols; c != NULL && c->field != NULL; c++)
		if (strcmp(c->field, name) == 0)
			return (true);
	return (false);
}

/*
 * Name and value for people: the unit is with the value and not in the name,
 * nanoseconds are shown as milliseconds.
 */
static int
pair_text(char *out, size_t cap, const struct report_field *f, bool raw,
    const char *between)
{
	char	 value[VALUE_MAX];
	size_t	 n = strlen(f->name);
	bool	 ns = n > 3 && strcmp(f->name + n - 3, "_ns") == 0 &&
		    f->kind == RK_I64;
	bool	 ms = n > 3 && strcmp(f->name + n - 3, "_ms") == 0 &&
		    f->kind == RK_MS;

	cell_text(value, sizeof(value), f, raw);
	if (raw || (!ns && !ms))
		return (snprintf(out, cap, "%s%s%s", f->name, between, value));
	if (ns)
		snprintf(value, sizeof(value), "%.3fms",
		    (double)f->v.i64 / 1e6);
	return (snprintf(out, cap, "%.*s%s%s", (int)n - 3, f->name, between,
	    value));
}

/*
 * The fields without a column, or all if there are no columns: "name value"
 * pairs, as many on a line as fit.  A duration of 0 says nothing.
 */
static void
put_pairs(struct output *o, struct line *l, const struct layout *lay,
    const struct row *row)
{
	char	 pair[VALUE_MAX + 80];
	size_t	 i;
	int	 n, first = 1;

	for (i = 0; i < row->n; i++) {
		if (in_layout(lay, row->fields[i].name) ||
		    !has_value(&row->fields[i]) || (!o->raw &&
		    row->fields[i].kind == RK_MS && row->fields[i].v.i64 == 0))
			continue;
		n = pair_text(pair, sizeof(pair), &row->fields[i], o->raw, " ");
		if (!first) {
			put(l, ",", 1);
			l->pad = 1;
		}
		if (first && l->col == 0)
			l->pad = 4;
		else if (!first && l->col + n + 2 > OUTPUT_WIDTH && !o->raw) {
			newline(l);
			l->pad = 4;
		}
		if (o->raw)
			put(l, pair, n);
		else
			put_wrapped(l, pair, n);
		first = 0;
	}
	if (!first)
		newline(l);
}

static void
put_columns(struct output *o, const struct layout *lay, const struct row *row)
{
	const struct report_field	*f;
	const struct column		*c;
	struct line			 l = { o->f, 0, 0 };
	char				 value[VALUE_MAX];
	bool				 skip = false;

	for (c = lay->cols; c->field != NULL; c++) {
		if ((c->flags & C_LINE) != 0 &&
		    !(skip = line_is_empty(row, c))) {
			newline(&l);
			l.pad = (c->flags & C_INDENT) != 0 ? 2 : 0;
		}
		if (skip || (c->flags & C_HIDE) != 0)
			continue;
		f = row_field(row, c->field);
		if (!has_value(f))
			snprintf(value, sizeof(value), "%s",
			    (c->flags & C_WRAP) != 0 ? "" : "-");
		else if ((c->flags & C_CLOCK) != 0 && f->kind == RK_WALL &&
		    !o->raw)
			wall(value, sizeof(value), f->v.i64, "%H:%M:%S");
		else
			cell_text(value, sizeof(value), f, o->raw);
		put_cell(&l, c, value, o->raw);
	}
	newline(&l);
	put_pairs(o, &l, lay, row);
}

/* One line, the fields that are there, each with its title behind it. */
static void
put_plain(struct output *o, const struct layout *lay, const struct row *row)
{
	const struct report_field	*f;
	const struct column		*c;
	struct line			 l = { o->f, 0, 0 };
	char				 value[VALUE_MAX];

	for (c = lay->cols; c->field != NULL; c++) {
		if (!has_value(f = row_field(row, c->field)))
			continue;
		if ((c->flags & C_CLOCK) != 0 && f->kind == RK_WALL && !o->raw)
			wall(value, sizeof(value), f->v.i64, "%H:%M:%S");
		else
			field_text(value, sizeof(value), f, o->raw);
		put(&l, value, (int)strlen(value));
		l.pad = 1;
		if (c->title != NULL)
			put(&l, c->title, (int)strlen(c->title));
	}
	newline(&l);
}

static void
put_unknown(struct output *o, const struct row *row)
{
	struct line	 l = { o->f, 0, 0 };
	char		 value[VALUE_MAX], name[80];
	size_t		 i;
	int		 n, widest = 0;

	for (i = 0; i < row->n; i++)
		if ((n = (int)strlen(row->fields[i].name)) > widest &&
		    n <= OUTPUT_WIDTH / 2)
			widest = n;
	for (i = 0; i < row->n; i++) {
		cell_text(value, sizeof(value), &row->fields[i], o->raw);
		n = snprintf(name, sizeof(name), "%s:", row->fields[i].name);
		put(&l, name, n);
		l.pad = n <= widest ? widest + 2 - n : 1;
		if (o->raw || l.col + l.pad > OUTPUT_WIDTH / 2)
			put(&l, value, (int)strlen(value));
		else
			put_wrapped(&l, value, (int)strlen(value));
		newline(&l);
	}
}

static void
text_begin(struct output *o)
{
	(void)o;
}

static bool
is_zero(const struct row *row)
{
	const struct report_field	*f = row_field(row, "value");

	return (f != NULL && f->kind == RK_U64 && f->v.u64 == 0);
}

static void
text_row(struct output *o, const struct row *row)
{
	const struct layout	*lay = layout_of(row->table, o->verb);
	struct line		 l = { o->f, 0, 0 };
	bool			 first = strcmp(o->table, row->table) != 0;

	if (o->nrows > 0 && first && (lay == NULL ||
	    (lay->flags & L_PLAIN) == 0))
		newline(&l);
	if (lay == NULL) {
		if (!first)
			newline(&l);
		put_unknown(o, row);
		return;
	}
	if (first && (lay->flags & L_HEAD) != 0)
		put_titles(&l, lay->cols);
	if ((lay->flags & L_NONZERO) != 0 && !o->raw && is_zero(row))
		return;
	if ((lay->flags & L_PLAIN) != 0)
		put_plain(o, lay, row);
	else if ((lay->flags & L_PAIRS) != 0) {
		fprintf(o->f, "%s:\n", row->table);
		put_pairs(o, &l, lay, row);
	} else
		put_columns(o, lay, row);
	if ((verb_def(o->verb)->flags & VF_STREAM) != 0)
		fflush(o->f);
}

/* What went wrong is told on standard error by the caller. */
static void
text_end(struct output *o, const char *status, int error, const char *text)
{
	char	 safe[VALUE_MAX];

	(void)error;
	if (strcmp(status, "ok") != 0 || text[0] == '\0')
		return;
	put_text(safe, sizeof(safe), text, strlen(text));
	fprintf(o->f, "%s\n", safe);
}

const struct writer	 text_writer = { text_begin, text_row, text_end };
