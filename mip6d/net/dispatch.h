/*
 * Which engine a packet is for, and what each may send: as the rows of
 * core/role.def say.  Pure.
 */
#ifndef MIP6D_NET_DISPATCH_H
#define MIP6D_NET_DISPATCH_H

#include <stdbool.h>
#include <stdint.h>

#include "core/role.h"

/* What the choice depends on. */
struct dispatch {
	unsigned int	 roles;		/* bits of those configured */
	uint8_t		 type;		/* MH Type */
	uint32_t	 with;	/* flags of a Binding Update, and MHW_* */
};

bool		 dispatch_known(uint8_t);
enum role	 dispatch_mh(const struct dispatch *);
enum role	 dispatch_mh_error(unsigned int, uint8_t);
unsigned int	 dispatch_icmp6(unsigned int, uint8_t);
bool		 dispatch_may_send_mh(enum role, uint8_t);
bool		 dispatch_may_send_icmp6(enum role, uint8_t);

#endif
