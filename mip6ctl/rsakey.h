/*
 * RSA keys in files, and their public half in DER.  Reasons are put into a
 * text of cap bytes.
 */
#ifndef MIP6CTL_RSAKEY_H
#define MIP6CTL_RSAKEY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "mip6ctl/progress.h"

struct rsakey;

struct rsakey	*rsakey_make(unsigned int bits, struct progress *, char *why,
		    size_t cap);
struct rsakey	*rsakey_read(const char *path, char *why, size_t cap);
bool		 rsakey_write(const struct rsakey *, const char *path,
		    char *why, size_t cap);
uint8_t		*rsakey_public(const struct rsakey *, size_t *);
void		 rsakey_free(struct rsakey *);

#endif
