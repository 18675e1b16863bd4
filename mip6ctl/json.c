/*
 * Rows as JSON.  Strings came from others: what is no UTF-8, or would not be
 * safe, is replaced.
 */
#include <sys/types.h>
#include <sys/socket.h>

#include <arpa/inet.h>

#include <inttypes.h>
#include <string.h>

#include "mip6ctl/output.h"

/* Octets of a UTF-8 sequence at p, 0 if it is none (RFC 3629 section 4). */
static size_t
utf8_len(const unsigned char *p, size_t left)
{
	size_t		 n, i;
	unsigned int	 min;
	uint32_t	 c;

	if (p[0] >= 0xc2 && p[0] <= 0xdf) {
		n = 2, min = 0x80, c = p[0] & 0x1f;
	} else if ((p[0] & 0xf0) == 0xe0) {
		n = 3, min = 0x800, c = p[0] & 0x0f;
	} else if (p[0] >= 0xf0 && p[0] <= 0xf4) {
		n = 4, min = 0x10000, c = p[0] & 0x07;
	} else
		return (0);
	if (n > left)
		return (0);
	for (i = 1; i < n; i++) {
		if ((p[i] & 0xc0) != 0x80)
			return (0);
		c = c << 6 | (p[i] & 0x3f);
	}
	return (c < min || c > 0x10ffff || (c >= 0xd800 && c <= 0xdfff) ? 0 :
	    n);
}

/* A JSON string (RFC 8259 section 7); what is no UTF-8 becomes U+FFFD. */
static void
put_json(FILE *f, const char *s, size_t len)
{
	const unsigned char	*p = (const unsigned char *)s;
	size_t			 i, n;

	fputc('"', f);
	for (i = 0; i < len; i += n) {
		n = 1;
		if (p[i] == '"' || p[i] == '\\')
			fprintf(f, "\\%c", p[i]);
		else if (p[i] < ' ' || p[i] == 0x7f)
			fprintf(f, "\\u%04x", p[i]);
		else if (p[i] < 0x80)
			fputc(p[i], f);
		else if ((n = utf8_len(p + i, len - i)) > 0)
			fwrite(p + i, 1, n, f);
		else {
			fputs("\\ufffd", f);
			n = 1;
		}
	}
	fputc('"', f);
}

static void
put_value(FILE *f, const struct report_field *v)
{
	char	 text[INET6_ADDRSTRLEN];

	switch (v->kind) {
	case RK_STRING:
		put_json(f, v->v.str.p, v->v.str.len);
		break;
	case RK_ADDR:
		inet_ntop(AF_INET6, &v->v.addr, text, sizeof(text));
		fprintf(f, "\"%s\"", text);
		break;
	case RK_BOOL:
		fputs(v->v.u64 != 0 ? "true" : "false", f);
		break;
	case RK_U64:
		fprintf(f, "%" PRIu64, v->v.u64);
		break;
	default:
		fprintf(f, "%" PRId64, v->v.i64);
		break;
	}
}

static bool
is_stream(const struct output *o)
{
	return ((verb_def(o->verb)->flags & VF_STREAM) != 0);
}

static void
json_begin(struct output *o)
{
	if (is_stream(o))
		return;
	fputs("{\"verb\":", o->f);
	put_json(o->f, verb_def(o->verb)->words,
	    strlen(verb_def(o->verb)->words));
	fputs(",\"rows\":[", o->f);
}

/* A name twice in an object is allowed by nobody: the first one counts. */
static void
json_row(struct output *o, const struct row *row)
{
	size_t	 i;

	if (!is_stream(o))
		fputs(o->nrows > 0 ? ",\n" : "\n", o->f);
	fputs("{\"table\":", o->f);
	put_json(o->f, row->table, strlen(row->table));
	for (i = 0; i < row->n; i++) {
		if (strcmp(row->fields[i].name, "table") == 0 ||
		    row_field(row, row->fields[i].name) != &row->fields[i])
			continue;
		fputc(',', o->f);
		put_json(o->f, row->fields[i].name,
		    strlen(row->fields[i].name));
		fputc(':', o->f);
		put_value(o->f, &row->fields[i]);
	}
	fputc('}', o->f);
	if (is_stream(o)) {
		fputc('\n', o->f);
		fflush(o->f);
	}
}

static void
json_end(struct output *o, const char *status, int error, const char *text)
{
	fputs(is_stream(o) ? "{\"status\":" : "],\"status\":", o->f);
	put_json(o->f, status, strlen(status));
	if (error != 0)
		fprintf(o->f, ",\"error\":%d", error);
	fputs(",\"text\":", o->f);
	put_json(o->f, text, strlen(text));
	fputs("}\n", o->f);
}

/*
 * One object; of a verb that streams, one object a line.
 */
const struct writer	 json_writer = { json_begin, json_row, json_end };
