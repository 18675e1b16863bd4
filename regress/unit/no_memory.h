/*
 * Memory that runs out on demand, for sources that a test compiles in itself:
 * it defines malloc, calloc and realloc as these and includes the source.
 */
#ifndef REGRESS_UNIT_NO_MEMORY_H
#define REGRESS_UNIT_NO_MEMORY_H

#include <stdbool.h>
#include <stdlib.h>

static int	 fail_alloc = -1;	/* that many succeed; -1: all */

static bool
spent(void)
{
	return (fail_alloc >= 0 && fail_alloc-- == 0);
}

static __attribute__((__unused__)) void *
t_malloc(size_t n)
{
	return (spent() ? NULL : malloc(n));
}

static __attribute__((__unused__)) void *
t_calloc(size_t n, size_t m)
{
	return (spent() ? NULL : calloc(n, m));
}

static __attribute__((__unused__)) void *
t_realloc(void *p, size_t n)
{
	return (spent() ? NULL : realloc(p, n));
}

#endif
