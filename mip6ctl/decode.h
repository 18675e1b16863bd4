/* mip6ctl decode: packets of a capture file, or one in hexadecimal. */
#ifndef MIP6CTL_DECODE_H
#define MIP6CTL_DECODE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "mip6ctl/output.h"

#define DECODE_FILE_MAX	(1024UL * 1024 * 1024)

bool	 decode(struct output *, const char *, char *, size_t);
bool	 decode_capture(struct output *, const uint8_t *, size_t, char *,
	    size_t);
bool	 decode_hex(struct output *, const char *, char *, size_t);

#endif
