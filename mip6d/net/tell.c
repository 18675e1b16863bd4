/*
 * What engines are told of their tunnels (TUNNEL): that traffic flows, that
 * packets go in and none come out, that an error came.  One word about each
 * packet at most, left in struct dp_out for input.c to send.  Called by
 * entry_point.c, exit_point.c and icmp.c.
 */
#include <string.h>

#include "net/dp.h"

static void
begin(const struct fwd_entry *e, enum tunnel_event event, struct dp_out *o)
{
	memset(&o->tunnel, 0, sizeof(o->tunnel));
	o->tunnel_to = e->owner;
	o->tunnel.home = e->prefix;
	o->tunnel.other = *fwd_other(e);
	o->tunnel.peer = e->path.remote;
	o->tunnel.event = (uint8_t)event;
}

/*
 * With BIND_NOTIFY, once after each bind: traffic flows in this direction.  If
 * there is another word about this packet the next one is told.
 */
void
dp_tell_first(struct fwd_entry *e, bool in, struct dp_out *o)
{
	if ((in ? e->told_in : e->told_out) || o->tunnel_to != ROLE_MAX)
		return;
	if (in)
		e->told_in = true;
	else
		e->told_out = true;
	begin(e, in ? TUNNEL_FIRST_IN : TUNNEL_FIRST_OUT, o);
}

/* So many packets went in and none came out, or one did after all. */
void
dp_tell_silence(const struct fwd_entry *e, enum tunnel_event event,
    struct mono now, struct dp_out *o)
{
	begin(e, event, o);
	o->tunnel.value = e->silent;
	o->tunnel.age = event == TUNNEL_HEARD ? 0 :
	    (uint32_t)(mono_diff(now, e->silent_since) / NS_PER_MS);
}

/* An ICMPv6 error about a packet that took a path of e. */
void
dp_tell_error(const struct fwd_entry *e, uint8_t type, uint8_t code,
    uint32_t param, struct dp_out *o)
{
	begin(e, TUNNEL_ERROR, o);
	o->tunnel.icmp6_type = type;
	o->tunnel.icmp6_code = code;
	o->tunnel.value = param;
}
