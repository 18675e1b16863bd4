/*
 * What engines are told of their tunnels (TUNNEL): that traffic flows, that
 * packets go in and none come out, that an error came; and the ICMPv6 messages
 * that are for them.  One word about each packet at most, left in struct dp_out
 * for input.c to send.  Called by entry_point.c, exit_point.c and icmp.c.
 */
#include <string.h>

#include "net/dp.h"
#include "wire/ip6.h"

static void
begin(const struct fwd_entry *e, const struct fwd_path *path,
    enum tunnel_event event, struct dp_out *o)
{
	memset(&o->tunnel, 0, sizeof(o->tunnel));
	o->tunnel_to = e->owner;
	o->tunnel.home = e->prefix;
	o->tunnel.other = *fwd_other(e);
	o->tunnel.peer = path->remote;
	o->tunnel.event = (uint8_t)event;
}

/*
 * With BIND_NOTIFY, once after each bind: traffic flows in this direction.  If
 * there is another word about this packet the next one is told.
 */
void
dp_tell_first(struct fwd_entry *e, const struct fwd_path *path, bool in,
    struct dp_out *o)
{
	if ((in ? e->told_in : e->told_out) || o->tunnel_to != ROLE_MAX)
		return;
	if (in)
		e->told_in = true;
	else
		e->told_out = true;
	begin(e, path, in ? TUNNEL_FIRST_IN : TUNNEL_FIRST_OUT, o);
	o->tunnel.bid = path->bid;
}

/* So many packets went in and none came out, or one did after all. */
void
dp_tell_silence(const struct fwd_entry *e, enum tunnel_event event,
    struct mono now, struct dp_out *o)
{
	begin(e, &e->path, event, o);
	o->tunnel.value = e->silent;
	o->tunnel.age = event == TUNNEL_HEARD ? 0 :
	    (uint32_t)(mono_diff(now, e->silent_since) / NS_PER_MS);
}

/* An ICMPv6 error about a packet that took this path of e. */
void
dp_tell_error(const struct fwd_entry *e, const struct fwd_path *path,
    uint8_t type, uint8_t code, uint32_t param, struct dp_out *o)
{
	begin(e, path, TUNNEL_ERROR, o);
	o->tunnel.bid = path->bid;
	o->tunnel.icmp6_type = type;
	o->tunnel.icmp6_code = code;
	o->tunnel.value = param;
}

/*
 * A packet of the walk, with this other address, takes the tunnel of e: with
 * whom has an engine much traffic that could go without one?  Not with the end
 * of the tunnel itself, and Mobility Headers are not that.
 */
void
dp_observe(struct dp *dp, const struct fwd_entry *e, const struct ip6_walk *w,
    const struct in6_addr *other, struct mono now, struct dp_out *o)
{
	uint32_t	 n = 0;

	if (w->proto == IP6_P_MH || fwd_same(other, fwd_far(e, &e->path)) ||
	    fwd_find_pair(&dp->forward, e->owner, &e->prefix, other) != NULL)
		return;
	switch (observe_packet(&dp->observe, e->owner, &e->prefix, other,
	    o->tunnel_to == ROLE_MAX, now, &n)) {
	case OBSERVE_MANY:
		begin(e, &e->path, TUNNEL_OBSERVED, o);
		o->tunnel.other = *other;
		o->tunnel.value = n;
		break;
	case OBSERVE_FORGOT:
		o->observe_why = NC_OBSERVED_FORGOTTEN;
		break;
	case OBSERVE_NOTHING:
		break;
	}
}

/*
 * Engines whose bits are in to are to have an ICMPv6 message of len octets at
 * p, with flags (PKT_*) and, if not NULL, the home address that it is about.
 */
enum dp_verdict
dp_tell_icmp6(struct dp_out *o, unsigned int to, const struct dp_raw *r,
    const uint8_t *p, size_t len, uint8_t flags, const struct in6_addr *home)
{
	if (to == 0)
		return (dp_drop(o, NC_ICMP6_STRAY));
	memset(&o->icmp6, 0, sizeof(o->icmp6));
	o->icmp6.src = r->src;
	o->icmp6.dst = r->dst;
	o->icmp6.ifindex = r->ifindex;
	o->icmp6.hlim = r->hlim;
	o->icmp6.flags = flags;
	if (home != NULL)
		o->icmp6.home = *home;
	o->icmp6.icmp6.p = p;
	o->icmp6.icmp6.len = len;
	o->to = to;
	o->type = MSG_ICMP6_IN;
	o->why = NC_ICMP6_IN;
	return (DP_ENGINE);
}
