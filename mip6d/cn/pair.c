/*
 * What net is told of bindings: the pair of home address and own address whose
 * packets go without a tunnel, with a type 2 routing header to the care-of
 * address and with a Home Address option from it (RFC 6275 9.3.1, 9.3.2).
 * No later process goes on with it, so there is no owner record.
 */
#include <string.h>

#include "cn/int.h"

/*
 * Tell net of the binding; notify: it is to say when the next packet comes or
 * goes, once.
 */
void
cn_pair_tell(struct cn *cn, struct entry *e, bool notify)
{
	struct msg_bind	 m;

	memset(&m, 0, sizeof(m));
	m.home = e->home;
	m.local = m.other = cn_own_of(cn, e)->addr;
	m.peer = e->coa;
	m.flags = (uint8_t)(BIND_ACTIVE | (notify ? BIND_NOTIFY : 0) |
	    (e->unverified ? BIND_UNVERIFIED : 0));
	e->notify = notify;
	cn_emit(cn, MSG_BIND, &m);
}

/* Packets between home and own are as those of anybody again. */
void
cn_pair_end(struct cn *cn, const struct in6_addr *home,
    const struct in6_addr *own)
{
	struct msg_unbind	 m;

	memset(&m, 0, sizeof(m));
	m.home = *home;
	m.other = *own;
	cn_emit(cn, MSG_UNBIND, &m);
}
