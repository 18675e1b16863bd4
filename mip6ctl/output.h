/*
 * What mip6ctl prints.  Rows of a report go through one of three writers;
 * what a table looks like as text is in layout.c, and a table that is not
 * there is printed as "name: value" lines.
 *
 * Everything that came from the daemon is hostile to a terminal until it went
 * through put_text() or put_json().
 */
#ifndef MIP6CTL_OUTPUT_H
#define MIP6CTL_OUTPUT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "core/report.h"
#include "core/verb.h"

#define ROW_FIELDS	64	/* more are not shown */
#define TABLE_MAX	64
#define OUTPUT_WIDTH	80

struct row {
	char			 table[TABLE_MAX];
	struct report_field	 fields[ROW_FIELDS];
	size_t			 n;
};

struct output;

struct writer {
	void	 (*begin)(struct output *);
	void	 (*row)(struct output *, const struct row *);
	/* status is "ok" or a word for what went wrong, text may be "". */
	void	 (*end)(struct output *, const char *status, int error,
		    const char *text);
};

struct output {
	const struct writer	*w;
	FILE			*f;
	enum verb		 verb;
	bool			 raw;		/* -n: as it is */
	size_t			 nrows;
	char			 table[TABLE_MAX]; /* of the row before */
	void			*arg;		/* of the writer */
};

extern const struct writer	 text_writer, json_writer, metrics_writer;

void	 output_init(struct output *, FILE *, enum verb, bool json, bool raw);
bool	 output_rows(struct output *, const uint8_t *, size_t);
void	 output_end(struct output *, const char *, int, const char *);

const struct report_field	*row_field(const struct row *, const char *);
size_t	 put_text(char *, size_t, const char *, size_t);
size_t	 field_text(char *, size_t, const struct report_field *, bool raw);

/* Layout of a table as text. */
#define C_RIGHT		0x01	/* aligned to the right */
#define C_LINE		0x02	/* begins another line */
#define C_WRAP		0x04	/* the rest of the line, and further ones */
#define C_CLOCK		0x08	/* of a time only the time of day */
#define C_HIDE		0x10	/* not shown as text */
#define C_INDENT	0x20	/* the line begins two further right */

struct column {
	const char	*field;
	const char	*title;
	int		 width;
	unsigned int	 flags;
};

#define L_HEAD		0x01	/* titles before the first row */
#define L_PLAIN		0x02	/* one line a row, never cut */
#define L_PAIRS		0x04	/* "name value, name value" */
#define L_NONZERO	0x08	/* without rows whose value is 0 */

struct layout {
	const char		*table;
	enum verb		 verb;		/* VERB_NONE: any */
	unsigned int		 flags;
	const struct column	*cols;		/* ends with a NULL field */
};

extern const struct layout	 layouts[];	/* ends with a NULL table */

const struct layout	*layout_of(const char *table, enum verb);

#endif
