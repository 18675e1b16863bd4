/*
 * The private half of a key of CGA Parameters, as a PEM file has it: an RSA key
 * without a passphrase.
 */
#ifndef MIP6D_WIRE_CGAKEY_H
#define MIP6D_WIRE_CGAKEY_H

#include <stdbool.h>
#include <stddef.h>

#include "wire/cga.h"

struct evp_pkey_st;		/* EVP_PKEY */

#define	CGAKEY_FILE_MAX	(64 * 1024)	/* octets of a file that is read */

struct evp_pkey_st *cgakey_parse(const void *, size_t, const char **why);
bool	 cgakey_is_of(struct evp_pkey_st *, const struct cga *);
void	 cgakey_free(struct evp_pkey_st *);

#endif
