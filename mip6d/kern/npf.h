/* What npf(4) says of itself, read: do its rules keep in an answer? */
#ifndef MIP6D_KERN_NPF_H
#define MIP6D_KERN_NPF_H

#include <stddef.h>
#include <stdint.h>

enum npf_state {
	NPF_ABSENT,		/* the kernel has none, or no device of it */
	NPF_UNREADABLE,
	NPF_OFF,		/* no packet is looked at */
	NPF_LETS_OUT,
	NPF_KEEPS_IN
};

enum npf_state	 npf_state(const uint8_t *, size_t,
		    const char *const *interfaces);

#endif
