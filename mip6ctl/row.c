/*
 * A row of an answer and its fields, by name.  The writers and check.c look
 * into rows with it; output.c reads them from the frames of the daemon.
 */
#include <string.h>

#include "mip6ctl/output.h"

/* The first field of that name, or NULL. */
const struct report_field *
row_field(const struct row *row, const char *name)
{
	size_t	 i;

	for (i = 0; i < row->n; i++)
		if (strcmp(row->fields[i].name, name) == 0)
			return (&row->fields[i]);
	return (NULL);
}
