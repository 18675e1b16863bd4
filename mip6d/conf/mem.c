/*
 * The memory of conf, all from one place, so that a test can make each
 * allocation fail in turn.  Also the wiping of secrets, which the compiler may
 * not leave out.
 */
#include <stdlib.h>
#include <string.h>

#include "conf/parser.h"

long	 conf_mem_fail = -1;

static bool
mem_fails(void)
{
	if (conf_mem_fail < 0)
		return (false);
	if (conf_mem_fail == 0)
		return (true);
	conf_mem_fail--;
	return (false);
}

/* Zeroed memory for n elements, or NULL. */
void *
conf_calloc(size_t n, size_t size)
{
	if (mem_fails())
		return (NULL);
	return (calloc(n, size));
}

/* Memory for n elements; NULL leaves the old as it was. */
void *
conf_resize(void *old, size_t n, size_t size)
{
	if (mem_fails() || (size != 0 && n > SIZE_MAX / size))
		return (NULL);
	return (realloc(old, n * size));
}

/* A NUL terminated copy of len bytes, or NULL. */
char *
conf_strdup(const char *s, size_t len)
{
	char	*copy;

	if ((copy = conf_calloc(1, len + 1)) != NULL)
		memcpy(copy, s, len);
	return (copy);
}

/* Overwrites what was secret; the compiler may not leave it out. */
void
conf_wipe(void *p, size_t len)
{
	volatile unsigned char	*v = p;

	while (len-- > 0)
		*v++ = 0;
}
