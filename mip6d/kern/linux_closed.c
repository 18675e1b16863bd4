/*
 * Linux: which home addresses have no way but the tunnel at present, by the
 * rows that close the others (RFC 6275 11.3.1).  linux_filter.c asks, for its
 * own part of that.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "kern/kern.h"
#include "kern/linux.h"

static bool
is_closed(const struct row *row, struct in6_addr *home)
{
	struct row_rule	 r;

	memcpy(&r, row->key, sizeof(r));
	*home = r.src;
	return (row->claims > 0 && r.slen == 128);
}

/*
 * The home addresses that have no way but the tunnel, which the caller frees.
 * 0 or ENOMEM.
 */
int
linux_closed(struct kern *k, struct in6_addr **homes, size_t *n)
{
	const struct row	*first = rows_first(&k->keep.rows, ROW_CLOSED);
	const struct row	*row;
	size_t			 room = 1;

	for (row = first; row != NULL; row = rows_after(row))
		room++;
	*n = 0;
	if ((*homes = calloc(room, sizeof(**homes))) == NULL)
		return (ENOMEM);
	for (row = first; row != NULL; row = rows_after(row))
		*n += is_closed(row, &(*homes)[*n]);
	return (0);
}
