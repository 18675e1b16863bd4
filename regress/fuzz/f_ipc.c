/*
 * The messages between processes (core/msg.h).  The first octet is the type,
 * the rest is a packed message, and what it lacks is zero, so that the type
 * alone is one.  What unpacks must pack to the same octets again.
 */
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "core/msg.h"

#define WHOLE_MAX	1024	/* no message of empty strings is longer */

int	 LLVMFuzzerTestOneInput(const uint8_t *, size_t);

/* Unpack a message, and pack it again; was it one? */
static bool
try(enum msg_type t, const uint8_t *p, size_t len)
{
	static union msg m;
	static char	 text[70000];
	uint8_t		*out;

	if (!msg_unpack(t, p, len, &m))
		return (false);
	if ((out = malloc(len > 0 ? len : 1)) == NULL)
		return (true);
	if (msg_pack(out, len, t, &m) != len || memcmp(out, p, len) != 0)
		abort();
	msg_print(text, sizeof(text), t, &m);
	free(out);
	return (true);
}

/* What is there, and that over an empty message of the type. */
static void
try_both(enum msg_type t, const uint8_t *p, size_t len)
{
	static const union msg	 none;
	uint8_t			 whole[WHOLE_MAX];
	size_t			 n;

	if (try(t, p, len))
		return;
	n = msg_pack(whole, sizeof(whole), t, &none);
	if (n == SIZE_MAX || len >= n)
		return;
	memcpy(whole, p, len);
	try(t, whole, n);
}

/* Each type at least once, so that a new row of core/msg.def needs no seed. */
static void
try_all(void)
{
	const uint8_t	 none = 0;
	unsigned int	 t;

	for (t = 0; t <= MSG_MAX; t++)
		try_both((enum msg_type)t, &none, 0);
}

int
LLVMFuzzerTestOneInput(const uint8_t *p, size_t len)
{
	static bool	 begun;

	if (!begun)
		try_all();
	begun = true;
	if (len > 0)
		try_both(p[0], p + 1, len - 1);
	return (0);
}
