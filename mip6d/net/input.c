/*
 * What becomes of the packets that the descriptors of net bring: each is given
 * to the data plane (net/dp.h) in the way of its row of transports, and the
 * verdict is carried out.  Called by fds.c for each packet of a batch, and by
 * net.c for those that were held.
 */
#include <sys/types.h>
#include <sys/time.h>

#include <arpa/inet.h>
#include <errno.h>
#include <event2/event.h>
#include <string.h>

#include "core/log.h"
#include "net/state.h"
#include "wire/ip6.h"

#define HOLD_CHECK	100000	/* us between looks at what is held */
#define CREDIT_WHYS	20	/* a second, whatever a flood costs */

/* At debug level, say why a packet was dropped and whose it was; limited. */
void
net_complain(struct net *net, enum net_counter why, const struct in6_addr *peer)
{
	char		 text[INET6_ADDRSTRLEN];
	unsigned int	 not_said;

	if (!log_is_verbose() || !limit_lines(&net->limits[why], net->now,
	    LOG_RATE, &not_said))
		return;
	inet_ntop(AF_INET6, peer, text, sizeof(text));
	if (not_said > 0)
		log_debug("%s: %s (and %u more)", text,
		    net_counter_defs[why].help, not_said);
	else
		log_debug("%s: %s", text, net_counter_defs[why].help);
}

static void
to_engine(struct net *net, enum role role, enum msg_type t, const void *m,
    const struct in6_addr *peer)
{
	struct ipc	*ipc = net->ch->peers[role];

	if (ipc == NULL || net->engines[role].deaf) {
		net_count(net, NC_NO_ENGINE);
		net_complain(net, NC_NO_ENGINE, peer);
	} else if (ipc_congested(ipc) ||
	    !child_try(net->ch, role, t, m)) {
		net_count(net, NC_CONGESTED);
		net_complain(net, NC_CONGESTED, peer);
	}
}

/* For bound.c: hand what was bound back to the engine; false: not now. */
bool
input_tell_bound(void *arg, enum msg_type t, const void *m)
{
	struct ipc	*ipc = arg;

	if (ipc_congested(ipc))
		return (false);
	ipc_send(ipc, t, m);
	return (true);
}

/*
 * The home address that the message for the engine is about.  With an HAO
 * other is the one that it was sent to, also behind an RH2.
 */
static const struct in6_addr *
home_of(const struct dp_out *o, const struct in6_addr **other)
{
	if (o->type != MSG_MH_IN) {
		*other = &o->icmp6.dst;
		return (&o->icmp6.home);
	}
	*other = &o->mh.dst;
	return ((o->mh.flags & PKT_HAO) != 0 ? &o->mh.home : &o->mh.src);
}

static void
message_to(struct net *net, enum role role, const struct in6_addr *peer)
{
	struct dp_out		*o = &net->o;
	const struct in6_addr	*home, *other;

	home = home_of(o, &other);
	if (net->ch->peers[role] != NULL)
		bound_first(&net->engines[role].bound, &net->dp.planes, home,
		    other, input_tell_bound, net->ch->peers[role]);
	to_engine(net, role, o->type, o->type == MSG_MH_IN ? (void *)&o->mh :
	    (void *)&o->icmp6, peer);
}

/*
 * A mobile node has an association, and used it for the home address of
 * another: the operator wants to know.
 */
static void
wrong_spi(struct net *net, const struct in6_addr *peer)
{
	char		 text[INET6_ADDRSTRLEN], home[INET6_ADDRSTRLEN];
	unsigned int	 not_said;

	if (!limit_lines(&net->limits[NC_WRONG_SPI], net->now, LOG_RATE,
	    &not_said))
		return;
	inet_ntop(AF_INET6, peer, text, sizeof(text));
	inet_ntop(AF_INET6, &net->o.ask.home, home, sizeof(home));
	log_warn("net: %s: ESP with SPI 0x%08x is not of %s (%u others)", text,
	    net->o.ask.spi, home, not_said);
}

/* Is the source of the packet at p ours? */
bool
net_is_local(const struct net *net, const uint8_t *p)
{
	struct in6_addr	 src = ip6_src(p);

	return (addrs_local(&net->dp.addrs, &src));
}

static void
inject(struct net *net, const struct pkt *p)
{
	if (!tun_write(&net->out, pkt_data(p), p->len, &net->o.vnet)) {
		net_count(net, tun_row.refused);
		net->o.why = NC_MAX;
	}
}

/*
 * May what goes back to where a message came from take another interface than
 * that message did?  Not if a binding of that address would carry it away.
 */
bool
net_may_detour(const struct net *net, const uint8_t *p)
{
	struct in6_addr		 dst = ip6_dst(p);
	struct plane_row	 row;

	return (!in6_is_linklocal(&dst) && !in6_is_multicast(&dst) &&
	    !planes_find(&net->dp.planes, ROLE_HA, &dst, &in6addr_any,
	    &row) &&
	    !dp_in_home_prefix(&net->dp, &dst));
}

/* Send an answer by this interface; 0: whichever. */
static void
send_back(struct net *net, const uint8_t *p, size_t len, uint32_t ifindex)
{
	output_copy(&net->out, p, len, ifindex, net_is_local(net, p));
	if (ifindex != 0 && net_may_detour(net, p))
		output_detour(&net->out);
}

/* The same packet by other paths. */
static void
send_copies(struct net *net)
{
	const struct dp_out	*o = &net->o;
	const struct dp_piece	*c;
	unsigned int		 i;

	for (c = o->pieces; c < o->pieces + o->npieces; c++)
		output_copy(&net->out, c->p, c->len, c->ifindex,
		    net_is_local(net, c->p));
	for (i = 0; i < o->ncopies; i++)
		net_count(net, NC_COPIES);
}

/* In a while held packets are looked at that wait for too long. */
void
input_look_at_held(struct net *net)
{
	static const struct timeval	 hold_check = { 0, HOLD_CHECK };

	if (!event_pending(net->ev_hold, EV_TIMEOUT, NULL))
		event_add(net->ev_hold, &hold_check);
}

/*
 * A packet went to where nobody has shown that the node is, or did not, for
 * lack of credit: then that is the reason for its way (mip6ctl why).
 */
static void
credit_used(struct net *net)
{
	const struct dp_out	*o = &net->o;
	char			 home[INET6_ADDRSTRLEN];
	char			 careof[INET6_ADDRSTRLEN];
	bool			 lacked = o->credit_why == NC_CREDIT_LACKED;

	net_count(net, o->credit_why);
	counter_add(&net->ch->counters, lacked ? NC_CREDIT_LACKED_OCTETS :
	    NC_CREDIT_OUT_OCTETS, o->credit_len);
	if (!lacked)
		return;
	net_complain(net, o->credit_why, &o->credit_home);
	if (!limit_take(&net->credit_full, net->now, CREDIT_WHYS, CREDIT_WHYS))
		return;
	inet_ntop(AF_INET6, &o->credit_home, home, sizeof(home));
	inet_ntop(AF_INET6, &o->credit_careof, careof, sizeof(careof));
	why_set(&net->ch->whys, child_now(), WHY_CAREOF_UNVERIFIED, home,
	    careof, NULL);
}

/*
 * Carry out verdict v about p, and what else a function of the data plane left
 * in net->o; peer is whom the log names.
 */
void
input_finish(struct net *net, enum dp_verdict v, struct pkt *p,
    const struct in6_addr *peer)
{
	struct dp_out	*o = &net->o;
	enum role	 role;

	switch (v) {
	case DP_DROP:
		if (o->why == NC_WRONG_SPI)
			wrong_spi(net, peer);
		else if (o->why < NC_MAX)
			net_complain(net, o->why, peer);
		break;
	case DP_PASS:
	case DP_KERNEL:
	case DP_KERNEL_TUNNEL:
		break;
	case DP_HOLD:
		if (o->asks)
			child_send(net->ch, ROLE_PARENT, MSG_SPI_ASK, &o->ask);
		input_look_at_held(net);
		break;
	case DP_INJECT:
		inject(net, p);
		break;
	case DP_SEND:
		output_add(&net->out, pkt_data(p), p->len, o->ifindex,
		    net_is_local(net, pkt_data(p)));
		if (o->second_len > 0)
			output_copy(&net->out, o->second, o->second_len,
			    o->ifindex, net_is_local(net, o->second));
		send_copies(net);
		break;
	case DP_ENGINE:
		FOREACH_ENGINE(role)
			if ((o->to & ROLE_BIT(role)) != 0)
				message_to(net, role, peer);
		break;
	}
	net_count(net, o->why);
	if (o->tunnel_to != ROLE_MAX)
		to_engine(net, o->tunnel_to, MSG_TUNNEL, &o->tunnel, peer);
	net_count(net, o->observe_why);
	if (o->credit_why != NC_MAX)
		credit_used(net);
	net_count(net, o->reply_why);
	if (o->reply.len > 0)
		send_back(net, o->reply.buf, o->reply.len, o->reply_by);
}

/*
 * A packet that a descriptor brought, for all rows of transports; arg is the
 * struct net_fd that it came by.
 */
void
input_take(void *arg, const struct dp_raw *r, struct pkt *p,
    const struct vnet *vnet, uint32_t ifindex)
{
	struct net_fd		*f = arg;
	const struct transport	*row = f->s.row;
	struct in6_addr		 src = IN6ADDR_ANY_INIT;
	struct net		*net = f->net;

	if (r != NULL)
		src = r->src;
	else if (p->len >= IP6_HDRLEN)
		src = ip6_src(pkt_data(p));
	dp_out_init(&net->o);
	input_finish(net, row->judge(net, r, p, vnet, ifindex), p, &src);
	if (row->judged != NULL)
		row->judged(net);
}

/* The kernel would not send a packet.  Another may be half dealt with. */
void
input_send_failed(void *arg, const uint8_t *p, size_t len, int error)
{
	struct net	*net = arg;
	enum net_counter why = net->out.way->refused;
	struct in6_addr	 dst = IN6ADDR_ANY_INIT;
	struct dp_out	*o = &net->refused;

	net_count(net, why);
	if (p == NULL)
		return;
	dst = ip6_dst(p);
	net_complain(net, why, &dst);
	if (error != EMSGSIZE)
		return;
	dp_out_init(o);
	dp_send_too_big(&net->dp, p, len, net->now, o);
	net_count(net, o->reply_why);
	if (o->reply.len > 0)
		output_now(&net->out, o->reply.buf, o->reply.len,
		    net_is_local(net, o->reply.buf));
}
