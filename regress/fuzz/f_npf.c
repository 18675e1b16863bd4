/*
 * npf(4): what the kernel says of itself, read by kern/npf.c.  What keeps in
 * the answers of two interfaces keeps in those of each of them.
 */
#include <stdlib.h>

/* It belongs to another system's library. */
#include "kern/npf.c"

int	 LLVMFuzzerTestOneInput(const uint8_t *, size_t);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const char *const	 both[] = { "wm0", "wm1", NULL };
	static const char *const	 first[] = { "wm0", NULL };
	static const char *const	 none[] = { NULL };
	enum npf_state			 is = npf_state(data, size, both);

	if (is == NPF_KEEPS_IN) {
		if (npf_state(data, size, first) != is ||
		    npf_state(data, size, both + 1) != is)
			abort();
	} else if (is == NPF_LETS_OUT) {
		if (npf_state(data, size, none) != NPF_KEEPS_IN)
			abort();
	} else if (npf_state(data, size, none) != is)
		abort();
	return (0);
}
