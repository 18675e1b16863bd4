/*
 * CGA Parameters in mobility messages, RFC 4866 5.1 and 5.2: split over options
 * and put together again, and what their signature is over.
 */
#ifndef MIP6D_WIRE_CGAOPT_H
#define MIP6D_WIRE_CGAOPT_H

#include "wire/cga.h"
#include "wire/mh.h"

#define	CGAOPT_MAX	255	/* octets of an option that is not the last */

bool		 cgaopt_add(struct mh *, const void *params, size_t len);
const struct mh_opt *cgaopt_signature(const struct mh *);
size_t		 cgaopt_join(const struct mh *, uint8_t params[CGA_MAXLEN]);
size_t		 cgaopt_data(const struct mh *, const struct in6_addr *careof,
		    const struct in6_addr *correspondent,
		    uint8_t data[MHAUTH_DATAMAX]);

#endif
