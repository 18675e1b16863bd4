/*
 * The messages between processes (core/msg.h).  The first octet is the type,
 * the rest is a packed message; what unpacks must pack to the same octets
 * again.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "core/msg.h"

int	 LLVMFuzzerTestOneInput(const uint8_t *, size_t);

int
LLVMFuzzerTestOneInput(const uint8_t *p, size_t len)
{
	static union msg m;
	static char	 text[70000];
	uint8_t		*out;

	if (len == 0 || !msg_unpack(p[0], p + 1, len - 1, &m))
		return (0);
	if ((out = malloc(len)) == NULL)
		return (0);
	if (msg_pack(out, len, p[0], &m) != len - 1 ||
	    memcmp(out, p + 1, len - 1) != 0)
		abort();
	msg_print(text, sizeof(text), p[0], &m);
	free(out);
	return (0);
}
