/*
 * mip6ctl decode: packets of a capture file, or one in hexadecimal, as rows of
 * text.  Needs no daemon: packets are read and printed by wire/pcap.c and
 * wire/print.c, and all rows go to the writer that was chosen.  Reads the file
 * that it is given into memory and frees it.
 */
#include <sys/types.h>
#include <sys/stat.h>

#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "mip6ctl/decode.h"
#include "wire/pcap.h"
#include "wire/print.h"

#define TEXT_LINE	4096
#define FIELDS_MAX	65536
#define PACKET_MAX	65575	/* an IPv6 packet that is no jumbogram */

static void
add_text(struct row *r, const char *name, const char *text)
{
	struct report_field	*f = &r->fields[r->n++];

	f->kind = RK_STRING;
	snprintf(f->name, sizeof(f->name), "%s", name);
	f->v.str.p = text;
	f->v.str.len = strlen(text);
}

static void
add_number(struct row *r, enum report_kind kind, const char *name, uint64_t v)
{
	struct report_field	*f = &r->fields[r->n++];

	f->kind = kind;
	snprintf(f->name, sizeof(f->name), "%s", name);
	f->v.u64 = v;
}

/* Rows that were made here rather than read from the daemon. */
static void
put_row(struct output *o, const struct row *r)
{
	o->w->row(o, r);
	o->nrows++;
	snprintf(o->table, sizeof(o->table), "%s", r->table);
}

/* The lines of a text, one row each. */
static void
put_lines(struct output *o, char *text)
{
	struct row	 r;
	char		*line, *rest = text;

	while ((line = strsep(&rest, "\n")) != NULL) {
		r.n = 0;
		snprintf(r.table, sizeof(r.table), "decoded");
		add_text(&r, "line", line);
		put_row(o, &r);
	}
}

static void
put_packet(struct output *o, uint64_t number, const struct pcap_rec *rec)
{
	static char	 line[TEXT_LINE], when[64];
	struct row	 r = { .n = 0 };

	if (rec->p == NULL)
		snprintf(line, sizeof(line), "not IPv6");
	else
		print_packet(line, sizeof(line), rec->p, rec->len, PRINT_LINE);
	snprintf(r.table, sizeof(r.table), "packet");
	snprintf(when, sizeof(when), "%u.%09u", rec->sec, rec->nsec);
	add_number(&r, RK_U64, "number", number);
	add_text(&r, "time", when);
	add_text(&r, "text", line);
	put_row(o, &r);
}

/*
 * Every packet of a capture file in memory; false and why at its first error.
 */
bool
decode_capture(struct output *o, const uint8_t *p, size_t len, char *why,
    size_t cap)
{
	struct pcap_rec	 rec;
	struct pcap	 c;
	enum pcap_err	 e;
	uint64_t	 n = 0;

	if ((e = pcap_open(&c, p, len)) == PCAP_OK)
		while ((e = pcap_next(&c, &rec)) == PCAP_OK)
			put_packet(o, ++n, &rec);
	if (e == PCAP_END)
		return (true);
	snprintf(why, cap, "%s", pcap_err_name(e));
	return (false);
}

/* Octets of a text, blanks, colons and hyphens left out; -1: it is no hex. */
static ssize_t
from_hex(const char *s, uint8_t *out, size_t cap)
{
	size_t	 n = 0;
	int	 high = -1, v;

	for (; *s != '\0'; s++) {
		if (isspace((unsigned char)*s) || *s == ':' || *s == '-')
			continue;
		if (!isxdigit((unsigned char)*s))
			return (-1);
		v = isdigit((unsigned char)*s) ? *s - '0' :
		    tolower((unsigned char)*s) - 'a' + 10;
		if (high == -1)
			high = v;
		else {
			if (n == cap)
				return (-1);
			out[n++] = (uint8_t)(high << 4 | v);
			high = -1;
		}
	}
	return (high == -1 && n > 0 ? (ssize_t)n : -1);
}

/*
 * A packet in hexadecimal: IPv6 if it begins with that version, else a
 * Mobility Header alone, whose checksum can't be verified.
 */
bool
decode_hex(struct output *o, const char *s, char *why, size_t cap)
{
	uint8_t	*p;
	char	*text;
	ssize_t	 n = -1;

	p = malloc(PACKET_MAX);
	text = malloc(FIELDS_MAX);
	if (p == NULL || text == NULL)
		snprintf(why, cap, "%s", strerror(errno));
	else if ((n = from_hex(s, p, PACKET_MAX)) == -1)
		snprintf(why, cap, "neither a file nor hexadecimal");
	else {
		/* A Mobility Header begins with 59 (RFC 6275 6.1.1). */
		if (p[0] >> 4 == 6)
			print_packet(text, FIELDS_MAX, p, (size_t)n,
			    PRINT_FIELDS);
		else
			print_mh(text, FIELDS_MAX, p, (size_t)n, NULL, NULL,
			    PRINT_FIELDS);
		put_lines(o, text);
	}
	free(text);
	free(p);
	return (n != -1);
}

/*
 * Print what arg names, a capture file or else a packet in hexadecimal.
 * False and why if it is neither or broken.
 */
bool
decode(struct output *o, const char *arg, char *why, size_t cap)
{
	struct stat	 st;
	uint8_t		*p = NULL;
	size_t		 len = 0;
	FILE		*f;
	bool		 ok = false;

	if ((f = fopen(arg, "rb")) == NULL) {
		if (errno == ENOENT || errno == ENAMETOOLONG)
			return (decode_hex(o, arg, why, cap));
		snprintf(why, cap, "%s", strerror(errno));
		return (false);
	}
	if (fstat(fileno(f), &st) == -1 || !S_ISREG(st.st_mode) ||
	    (uint64_t)st.st_size > DECODE_FILE_MAX)
		snprintf(why, cap, "not a file, or too large");
	else if ((p = malloc((size_t)st.st_size + 1)) == NULL)
		snprintf(why, cap, "%s", strerror(errno));
	else {
		len = fread(p, 1, (size_t)st.st_size, f);
		ok = decode_capture(o, p, len, why, cap);
	}
	free(p);
	fclose(f);
	return (ok);
}
