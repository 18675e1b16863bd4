/* What may be signed.  Internal to mip6d/cga. */
#ifndef MIP6D_CGA_FORM_H
#define MIP6D_CGA_FORM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

bool	 form_is_update(const uint8_t *, size_t, const uint8_t *params, size_t);

#endif
