/*
 * Rows of reports, written and read.  Who writes looks whether there is room
 * for another one; who reads believes no length.
 */
#include <string.h>

#include "core/report.h"
#include "core/tables.h"

/* Start an empty report. */
void
report_init(struct report *r)
{
	wbuf_init(&r->w, r->mem, sizeof(r->mem));
	r->row = 0;
	r->open = false;
	r->nrows = 0;
}

/* No room is left for another row of the largest size. */
bool
report_full(const struct report *r)
{
	return (wbuf_left(&r->w) < REPORT_ROW_MAX);
}

/* What is there now, and ... */
struct report_mark
report_mark(const struct report *r)
{
	return ((struct report_mark){ r->w.off, r->nrows });
}

/* ... take back the rows that were written since. */
void
report_back(struct report *r, struct report_mark m)
{
	r->w.off = m.off;
	r->nrows = m.nrows;
}

static void
put_name(struct wbuf *w, const char *s)
{
	size_t	 n = strnlen(s, 63);

	wbuf_u8(w, (uint8_t)n);
	wbuf_bytes(w, s, n);
}

/* Begin a row of a table; report_end() closes it. */
void
report_row(struct report *r, const char *table)
{
	r->row = r->w.off;
	r->open = true;
	wbuf_u16(&r->w, 0);
	put_name(&r->w, table);
}

static void
put_field(struct report *r, enum report_kind k, const char *name)
{
	wbuf_u8(&r->w, (uint8_t)k);
	put_name(&r->w, name);
}

static void
put_u64(struct report *r, enum report_kind k, const char *name, uint64_t v)
{
	put_field(r, k, name);
	wbuf_u64(&r->w, v);
}

/* Fields of the open row, in the order in which they are to be shown. */
void
report_u64(struct report *r, const char *name, uint64_t v)
{
	put_u64(r, RK_U64, name, v);
}

void
report_i64(struct report *r, const char *name, int64_t v)
{
	put_u64(r, RK_I64, name, (uint64_t)v);
}

void
report_bool(struct report *r, const char *name, bool v)
{
	put_u64(r, RK_BOOL, name, v);
}

/* Milliseconds, may be negative. */
void
report_ms(struct report *r, const char *name, int64_t v)
{
	put_u64(r, RK_MS, name, (uint64_t)v);
}

/* Seconds since 1970. */
void
report_wall(struct report *r, const char *name, int64_t v)
{
	put_u64(r, RK_WALL, name, (uint64_t)v);
}

/* At most 1,024 bytes of the string are kept. */
void
report_str(struct report *r, const char *name, const char *s)
{
	size_t	 n = strnlen(s, 1024);

	put_field(r, RK_STRING, name);
	wbuf_u16(&r->w, (uint16_t)n);
	wbuf_bytes(&r->w, s, n);
}

void
report_addr(struct report *r, const char *name, const struct in6_addr *a)
{
	put_field(r, RK_ADDR, name);
	wbuf_bytes(&r->w, a, sizeof(*a));
}

/* Close the row; one that did not fit is taken back whole. */
void
report_end(struct report *r)
{
	if (!r->open)
		return;
	r->open = false;
	if (r->w.bad || r->w.off - r->row - 2 > UINT16_MAX) {
		r->w.bad = false;
		r->w.off = r->row;
		return;
	}
	wbuf_put_u16(&r->w, r->row, (uint16_t)(r->w.off - r->row - 2));
	r->nrows++;
}

/* A whole row of `show counters'; the names are kept as they are. */
void
report_counter(struct report *rep, const char *role, const char *name,
    const char *help, uint64_t value)
{
	report_row(rep, TABLE_COUNTER);
	report_str(rep, "role", role);
	report_str(rep, "name", name);
	report_u64(rep, "value", value);
	report_str(rep, "help", help);
	report_end(rep);
}

static bool
get_name(struct rbuf *r, char *name, size_t cap)
{
	size_t		 n = rbuf_u8(r);
	const uint8_t	*p = rbuf_ptr(r, n);
	size_t		 i;

	if (p == NULL || n == 0 || n >= cap)
		return (false);
	for (i = 0; i < n; i++)
		if (p[i] <= ' ' || p[i] > '~')
			return (false);
	memcpy(name, p, n);
	name[n] = '\0';
	return (true);
}

/*
 * Next row of a report: its table name (cap bytes, terminated) and a reader of
 * its fields.  False at the end (rbuf_done()) or if it is malformed.
 */
bool
report_next_row(struct rbuf *r, struct rbuf *row, char *table, size_t cap)
{
	uint16_t	 n;

	if (rbuf_left(r) == 0)
		return (false);
	n = rbuf_u16(r);
	if (!rbuf_sub(r, row, n) || !get_name(row, table, cap)) {
		r->bad = true;
		return (false);
	}
	return (true);
}

/*
 * Next field of a row; a string points into the report.  False at the end
 * (rbuf_done()) or if it is malformed.
 */
bool
report_next_field(struct rbuf *row, struct report_field *f)
{
	uint8_t	 kind;

	if (rbuf_left(row) == 0)
		return (false);
	kind = rbuf_u8(row);
	if (kind == 0 || kind >= RK_MAX || !get_name(row, f->name,
	    sizeof(f->name))) {
		row->bad = true;
		return (false);
	}
	f->kind = kind;
	if (kind == RK_STRING) {
		f->v.str.len = rbuf_u16(row);
		f->v.str.p = (const char *)rbuf_ptr(row, f->v.str.len);
	} else if (kind == RK_ADDR)
		rbuf_bytes(row, &f->v.addr, sizeof(f->v.addr));
	else
		f->v.u64 = rbuf_u64(row);
	return (!row->bad);
}
