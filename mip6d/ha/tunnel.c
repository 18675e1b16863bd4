/*
 * What net is told of bindings: the tunnel to each that is in force, with a
 * record of it (record.c) that outlives this process, and the end of it.  net
 * sends and takes the packets (RFC 6275 10.4.2, 10.4.5).
 */
#include <string.h>

#include "ha/int.h"
#include "ha/record.h"
#include "ha/step.h"
#include "wire/mh.h"

static size_t
owner_record(const struct bce *b, uint8_t *p)
{
	struct record	 r;

	memset(&r, 0, sizeof(r));
	r.flags = b->flags;
	if ((b->coa.waits & STEP_BIT(STEP_POLICY)) != 0)
		r.flags |= BF_SECURING;
	r.seq = b->seq;
	r.units = (uint16_t)(b->coa.lifetime / MH_LIFETIME_UNIT);
	r.expires = b->coa.expires;
	r.since = (uint32_t)(b->since / NS_PER_SEC);
	r.updates = b->updates;
	r.identifier = "";
	if (b->node != NULL) {
		r.timestamp = b->node->timestamp;
		r.identifier = b->node->identifier;
	}
	return (record_build(&r, p));
}

/*
 * Tell net of the binding, if it is in force: after each change of what the
 * record has, so that the process after this one goes on from there.
 */
void
tunnel_tell(struct ha *ha, const struct bce *b)
{
	struct msg_bind	 m;
	uint8_t		 owner[BIND_OWNER_MAX];

	if (b->coa.state != BCE_BOUND)
		return;
	memset(&m, 0, sizeof(m));
	m.owner.p = owner;
	m.owner.len = owner_record(b, owner);
	m.home = b->home;
	m.peer = b->coa.addr;
	m.local = ha->links[b->slot]->address;
	m.flags = BIND_ACTIVE;
	ha_emit(ha, MSG_BIND, &m);
}

static void
end(struct ha *ha, const struct in6_addr *home)
{
	struct msg_unbind	 m;

	memset(&m, 0, sizeof(m));
	m.home = *home;
	ha_emit(ha, MSG_UNBIND, &m);
}

/* Its tunnel ends, if there is one. */
void
tunnel_end(struct ha *ha, const struct bce *b)
{
	if (b->coa.state == BCE_BOUND)
		end(ha, &b->home);
}

/*
 * There is no binding of home, yet there may be a tunnel of a process before
 * this one, which died, and a route into it: they end now.
 */
void
tunnel_leftover(struct ha *ha, const struct in6_addr *home, bool routed)
{
	end(ha, home);
	if (routed)
		route_leftover(ha, home);
}
