/*
 * Reports: the rows that answer a query, from whichever process to mip6ctl,
 * which turns them into text, JSON or OpenMetrics.  Self-describing, so that
 * a new verb needs a writer where the data is and a layout in mip6ctl, and
 * nothing between.
 *
 * A row is: u16 length of what follows, u8 length + table name, then fields:
 * u8 kind, u8 length + name, value (u64; or u16 length + bytes; or 16 bytes).
 */
#ifndef MIP6D_CORE_REPORT_H
#define MIP6D_CORE_REPORT_H

#include <netinet/in.h>

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "wire/buf.h"

#define REPORT_MAX	16384	/* bytes of rows in one message */
#define REPORT_ROW_MAX	2048

enum report_kind {
	RK_U64 = 1,
	RK_I64,
	RK_STRING,
	RK_ADDR,	/* IPv6 address */
	RK_BOOL,
	RK_MS,		/* duration or age in milliseconds, signed */
	RK_WALL,	/* seconds since 1970 */
	RK_MAX
};

struct report {
	struct wbuf	 w;
	uint8_t		 mem[REPORT_MAX];
	size_t		 row;		/* where the open row began */
	bool		 open;
	unsigned int	 nrows;
};

/* Up to where a report is written. */
struct report_mark {
	size_t		 off;
	unsigned int	 nrows;
};

struct report_field {
	enum report_kind kind;
	char		 name[64];
	union {
		uint64_t	 u64;
		int64_t		 i64;
		struct in6_addr	 addr;
		struct {
			const char	*p;	/* not terminated */
			size_t		 len;
		} str;
	} v;
};

void	 report_init(struct report *);
bool	 report_full(const struct report *);
struct report_mark report_mark(const struct report *);
void	 report_back(struct report *, struct report_mark);
void	 report_row(struct report *, const char *table);
void	 report_u64(struct report *, const char *name, uint64_t);
void	 report_i64(struct report *, const char *name, int64_t);
void	 report_str(struct report *, const char *name, const char *);
void	 report_addr(struct report *, const char *name,
	    const struct in6_addr *);
void	 report_bool(struct report *, const char *name, bool);
void	 report_ms(struct report *, const char *name, int64_t);
void	 report_wall(struct report *, const char *name, int64_t);
void	 report_end(struct report *);
void	 report_counter(struct report *, const char *role, const char *name,
	    const char *help, uint64_t);

bool	 report_next_row(struct rbuf *, struct rbuf *row, char *table, size_t);
bool	 report_next_field(struct rbuf *row, struct report_field *);

#endif
