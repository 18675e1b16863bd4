/*
 * The encapsulations that packets may travel in, as the parent and net both
 * know them: the parent has the sockets and the MTU of the tun, net the octets.
 */
#ifndef MIP6D_CORE_ENCAP_H
#define MIP6D_CORE_ENCAP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/role.h"

struct conf;

enum encap_id {
	ENCAP_IP6,		/* IPv6 in IPv6: RFC 2473 */
	ENCAP_RH2,		/* none, with a type 2 routing header */
	ENCAP_HAO,		/* none, with a Home Address option */
	ENCAP_MAX
};

/* What an outer header says is inside; proto 0: there is no outer header. */
struct encap_form {
	uint8_t		 proto;
	uint8_t		 front;	/* octets of its own before what is inside */
};

extern const struct encap_form	 encap_forms[ENCAP_MAX];

/* Is a packet inside another one, or has it a header more? */
static inline bool
encap_is_tunnel(enum encap_id id)
{
	return (encap_forms[id].proto != 0);
}

/*
 * The tunnel that packets of this protocol are; ENCAP_MAX: they are none.  Here
 * because it is asked for each packet.
 */
static inline enum encap_id
encap_by_proto(uint8_t proto)
{
	enum encap_id	 id;

	for (id = 0; id < ENCAP_MAX; id++)
		if (encap_forms[id].proto == proto && proto != 0)
			break;
	return (id);
}

enum encap_id	 encap_of(enum role);
size_t		 encap_front(const struct conf *);

#endif
