/*
 * The network process: it owns all descriptors that packets come and go by,
 * gives each packet to the data plane (net/dp.h), and carries out the
 * verdict.  Messages of engines and of the parent change the tables of the
 * data plane or are sent; what must not hold up packets is done in small steps
 * by timers.  core/child.c calls it by net_ops, libevent when a descriptor has
 * something to read.
 */
#include <sys/types.h>
#include <sys/time.h>

#include <arpa/inet.h>
#include <errno.h>
#include <event2/event.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "conf/conf.h"
#include "core/log.h"
#include "core/tables.h"
#include "core/verb.h"
#include "net/bound.h"
#include "net/dp.h"
#include "net/groups.h"
#include "net/net.h"
#include "net/output.h"
#include "net/reason.h"
#include "net/sockets.h"
#include "net/twice.h"
#include "wire/ip6.h"

#define ROUNDS		8	/* batches read before others get a turn */
#define SWEEP_STEP	4096	/* buckets looked at before that */
#define LEAVE_STEP	16	/* groups left before that */
#define LOG_RATE	2	/* lines a second about one reason */
#define HOLD_CHECK	100000	/* us between looks at what is held */

struct net_fd {
	struct hlink	 link;		/* of captures */
	LIST_ENTRY(net_fd) entry;
	struct net	*net;
	struct source	 s;
	struct event	*ev;
};

struct net {
	struct child		*ch;
	struct dp		 dp;
	struct dp_out		 o;
	struct batch		 batch;
	struct output		 out;
	struct groups		 groups;
	struct net_fd		*group_fds[GROUP_SOCKETS_MAX + 1];
	size_t			 ngroup_fds, group_at;	/* has room */
	bool			 group_asked;
	bool			 in_vain;	/* WHY_ESP_LOST stands */
	struct mono		 in_vain_at;	/* when it was told last */
	struct twice		 twice;
	struct net_fd		*one[FD_GROUP + 1];	/* of other kinds */
	struct htab		 captures;	/* by interface */
	LIST_HEAD(, net_fd)	 capture_list;
	struct bound		 bound[ROLE_MAX];	/* of engines only */
	bool			 deaf[ROLE_MAX];	/* has not begun yet */
	struct event		*ev_flush, *ev_sweep, *ev_leave, *ev_hold;
	struct event		*ev_bound;
	uint32_t		 tun;		/* its interface; 0: none */
	const char		*tun_name;	/* "": none */
	struct log_limit	 limits[NC_MAX];
	struct mono		 now;
};

static const struct timeval	 hold_check = { 0, HOLD_CHECK };

static groups_change	 change_group;
static void	 finish(struct net *, enum dp_verdict, struct pkt *,
		    const struct in6_addr *);
static void	 drop_fd(struct net *, struct net_fd *);

static bool
match_capture(const struct hlink *l, const void *key)
{
	return (((const struct net_fd *)(const void *)l)->s.ifindex ==
	    *(const uint32_t *)key);
}

/* The capture of that interface, or of all (0); NULL: it has none. */
static struct net_fd *
find_capture(const struct net *net, uint32_t ifindex)
{
	return ((struct net_fd *)(void *)htab_find(&net->captures, ifindex,
	    match_capture, &ifindex));
}

/* At debug level, say why a packet was dropped and whose it was; limited. */
static void
complain(struct net *net, enum net_counter why, const struct in6_addr *peer)
{
	char		 text[INET6_ADDRSTRLEN];
	unsigned int	 not_said;

	if (!log_is_verbose() || !log_allowed(&net->limits[why], net->now,
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
count(struct net *net, enum net_counter c)
{
	if (c < NC_MAX)
		COUNT(&net->ch->counters, c);
}

static void
to_engine(struct net *net, enum role role, enum msg_type t, const void *m,
    const struct in6_addr *peer)
{
	struct ipc	*ipc = net->ch->peers[role];

	if (ipc == NULL || net->deaf[role]) {
		count(net, NC_NO_ENGINE);
		complain(net, NC_NO_ENGINE, peer);
	} else if (ipc_congested(ipc) ||
	    !child_try(net->ch, role, t, m)) {
		count(net, NC_CONGESTED);
		complain(net, NC_CONGESTED, peer);
	}
}

static bool
tell_bound(void *arg, const struct msg_bind *m)
{
	struct ipc	*ipc = arg;

	if (ipc_congested(ipc))
		return (false);
	ipc_send(ipc, MSG_BOUND, m);
	return (true);
}

/* The home address that the message for the engine is about. */
static const struct in6_addr *
home_of(const struct dp_out *o)
{
	if (o->type != MSG_MH_IN)
		return (&o->icmp6.home);
	return ((o->mh.flags & PKT_HAO) != 0 ? &o->mh.home : &o->mh.src);
}

static void
message_to(struct net *net, enum role role, const struct in6_addr *peer)
{
	struct dp_out	*o = &net->o;

	if (net->ch->peers[role] != NULL)
		bound_first(&net->bound[role], &net->dp.tunnels[role],
		    home_of(o), tell_bound, net->ch->peers[role]);
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

	if (!log_allowed(&net->limits[NC_WRONG_SPI], net->now, LOG_RATE,
	    &not_said))
		return;
	inet_ntop(AF_INET6, peer, text, sizeof(text));
	inet_ntop(AF_INET6, &net->o.ask.home, home, sizeof(home));
	log_warn("net: %s: ESP with SPI 0x%08x is not of %s (%u others)", text,
	    net->o.ask.spi, home, not_said);
}

static bool
is_local(const struct net *net, const uint8_t *p)
{
	struct in6_addr	 src = ip6_src(p);

	return (addrs_local(&net->dp.addrs, &src));
}

static void
inject(struct net *net, const struct pkt *p)
{
	if (!output_tun(&net->out, pkt_data(p), p->len, &net->o.vnet)) {
		count(net, NC_INJECT_FAILED);
		net->o.why = NC_MAX;
	}
}

/*
 * May what goes back to where a message came from take another interface than
 * that message did?  Not if a binding of that address would carry it away.
 */
static bool
may_detour(const struct net *net, const uint8_t *p)
{
	struct in6_addr	 dst = ip6_dst(p);

	return (!in6_is_linklocal(&dst) && !in6_is_multicast(&dst) &&
	    tunnel_find(&net->dp.tunnels[ROLE_HA], &dst) == NULL &&
	    !dp_in_home_prefix(&net->dp, &dst));
}

/* Send an answer by this interface; 0: whichever. */
static void
send_back(struct net *net, const uint8_t *p, size_t len, uint32_t ifindex)
{
	output_copy(&net->out, p, len, ifindex, is_local(net, p));
	if (ifindex != 0 && may_detour(net, p))
		output_detour(&net->out);
}

/* Carry out what a function of the data plane left in net->o. */
static void
finish(struct net *net, enum dp_verdict v, struct pkt *p,
    const struct in6_addr *peer)
{
	struct dp_out	*o = &net->o;
	enum role	 role;

	switch (v) {
	case DP_DROP:
		if (o->why == NC_WRONG_SPI)
			wrong_spi(net, peer);
		else if (o->why < NC_MAX)
			complain(net, o->why, peer);
		break;
	case DP_PASS:
	case DP_KERNEL:
		break;
	case DP_HOLD:
		if (o->asks)
			child_send(net->ch, ROLE_PARENT, MSG_SPI_ASK, &o->ask);
		if (!event_pending(net->ev_hold, EV_TIMEOUT, NULL))
			event_add(net->ev_hold, &hold_check);
		break;
	case DP_INJECT:
		inject(net, p);
		break;
	case DP_SEND:
		output_add(&net->out, pkt_data(p), p->len, o->ifindex,
		    is_local(net, pkt_data(p)));
		if (o->second_len > 0)
			output_copy(&net->out, o->second, o->second_len,
			    o->ifindex, is_local(net, o->second));
		break;
	case DP_ENGINE:
		FOREACH_ENGINE(role)
			if ((o->to & ROLE_BIT(role)) != 0)
				message_to(net, role, peer);
		break;
	}
	count(net, o->why);
	if (o->tunnel_to != ROLE_MAX)
		to_engine(net, o->tunnel_to, MSG_TUNNEL, &o->tunnel, peer);
	count(net, o->reply_why);
	if (o->reply.len > 0)
		send_back(net, o->reply.buf, o->reply.len, o->reply_by);
}

static const char	 handed_subject[] = "ipsec";

/* What is handed to the kernel to be decrypted: does anything come of it? */
static void
look_at_handed(struct net *net)
{
	char	 home[INET6_ADDRSTRLEN], n[16];

	if (net->dp.handed.n == 0) {
		if (net->in_vain)
			why_clear(&net->ch->whys, child_now(), WHY_ESP_LOST,
			    handed_subject);
		net->in_vain = false;
		return;
	}
	if (!dp_handed_in_vain(&net->dp, net->now) || (net->in_vain &&
	    mono_diff(net->now, net->in_vain_at) < SEC(1)))
		return;
	net->in_vain = true;
	net->in_vain_at = net->now;
	inet_ntop(AF_INET6, &net->dp.handed.home, home, sizeof(home));
	snprintf(n, sizeof(n), "%u", net->dp.handed.n);
	why_set(&net->ch->whys, child_now(), WHY_ESP_LOST, handed_subject, n,
	    home, net->tun_name, NULL);
}

static void
from_raw(void *arg, const struct source *s, const struct dp_raw *r,
    struct pkt *p)
{
	struct net	*net = arg;
	enum dp_verdict	 v = DP_PASS;

	dp_out_init(&net->o);
	switch (s->kind) {
	case FD_RAW_MH_IPSEC:
		twice_note(&net->twice, r, pkt_data(p), p->len, net->now);
		v = dp_raw_mh(&net->dp, r, pkt_data(p), p->len, net->now,
		    &net->o);
		look_at_handed(net);
		break;
	case FD_RAW_MH:
		if (twice_seen(&net->twice, r, pkt_data(p), p->len, net->now))
			v = dp_drop(&net->o, NC_MH_DUPLICATE);
		else
			v = dp_raw_mh(&net->dp, r, pkt_data(p), p->len,
			    net->now, &net->o);
		break;
	case FD_RAW_ICMP6:
		v = dp_icmp6(&net->dp, r, pkt_data(p), p->len, net->now,
		    &net->o);
		break;
	case FD_RAW_TUNNEL:
		v = dp_tunnel(&net->dp, r, p, net->now, &net->o);
		break;
	default:
		break;
	}
	finish(net, v, p, &r->src);
}

static void
from_capture(void *arg, const struct source *s, struct pkt *p,
    const struct vnet *vnet, uint32_t ifindex)
{
	struct net	*net = arg;
	struct in6_addr	 src = IN6ADDR_ANY_INIT;
	enum dp_verdict	 v;

	(void)s;
	count(net, NC_CAPTURED);
	if (p->len >= IP6_HDRLEN)
		src = ip6_src(pkt_data(p));
	dp_out_init(&net->o);
	v = dp_capture(&net->dp, p, vnet, ifindex, net->now, &net->o);
	finish(net, v, p, &src);
	if (net->o.why == NC_REWRITTEN)
		look_at_handed(net);
}

static void
from_tun(void *arg, const struct source *s, struct pkt *p,
    const struct vnet *vnet)
{
	struct net	*net = arg;
	struct in6_addr	 src = IN6ADDR_ANY_INIT;
	enum dp_verdict	 v;

	(void)s;
	if (p->len >= IP6_HDRLEN)
		src = ip6_src(pkt_data(p));
	dp_out_init(&net->o);
	v = dp_tun(&net->dp, p, vnet, net->now, &net->o);
	finish(net, v, p, &src);
}

static const struct source_ops	 ops = { from_raw, from_capture, from_tun };

/* The capture of an interface failed, which may be there all the same. */
static void
capture_lost(struct net *net, uint32_t ifindex, int error)
{
	struct msg_capture_lost	 m;

	log_debug("net: capture of interface %u: %s", ifindex,
	    strerror(error));
	count(net, NC_CAPTURE_LOST);
	memset(&m, 0, sizeof(m));
	m.ifindex = ifindex;
	child_send(net->ch, ROLE_PARENT, MSG_CAPTURE_LOST, &m);
}

static void
lost(struct net *net, struct net_fd *f)
{
	uint32_t	 ifindex = f->s.ifindex;
	int		 e = errno;

	if (f->s.kind != FD_CAPTURE || ifindex == 0) {
		log_error("net: %s: %s", f->s.name, strerror(e));
		fatalx("net: a descriptor is of no more use");
	}
	drop_fd(net, f);
	capture_lost(net, ifindex, e);
}

static void
drain(struct net *net, struct net_fd *f)
{
	int	 i, n;

	for (i = 0; i < ROUNDS; i++) {
		net->now = child_now().mono;
		n = source_read(&f->s, &net->batch, &ops, net);
		output_flush(&net->out);
		if (n == -1 && errno != ENETDOWN && errno != ENOBUFS) {
			lost(net, f);
			return;
		}
		if (n < BATCH)
			return;
	}
}

static void
on_readable(int fd, short what, void *arg)
{
	struct net_fd	*f = arg, *protected;

	(void)fd;
	(void)what;
	/* Protected ones come by both sockets: note them first. */
	if (f->s.kind == FD_RAW_MH &&
	    (protected = f->net->one[FD_RAW_MH_IPSEC]) != NULL)
		drain(f->net, protected);
	drain(f->net, f);
}

static void
on_flush(int fd, short what, void *arg)
{
	struct net	*net = arg;

	(void)fd;
	(void)what;
	output_flush(&net->out);
}

static void
on_sweep(int fd, short what, void *arg)
{
	static const struct timeval	 soon = { 0, 1000 };
	struct net			*net = arg;
	enum role			 role;
	bool				 more = false;

	(void)fd;
	(void)what;
	FOREACH_ENGINE(role)
		more = tunnel_sweep(&net->dp.tunnels[role], SWEEP_STEP) || more;
	if (more)
		event_add(net->ev_sweep, &soon);
}

/* Go on handing back to engines that are new. */
static void
on_bound(int fd, short what, void *arg)
{
	static const struct timeval	 soon = { 0, 1000 };
	struct net			*net = arg;
	struct msg_empty		 none = { 0 };
	struct ipc			*ipc;
	enum role			 role;

	(void)fd;
	(void)what;
	FOREACH_ENGINE(role) {
		ipc = net->ch->peers[role];
		if (!net->bound[role].on || ipc == NULL)
			continue;
		if (bound_step(&net->bound[role], &net->dp.tunnels[role],
		    tell_bound, ipc))
			child_send(net->ch, role, MSG_BOUND_END, &none);
		else
			event_add(net->ev_bound, &soon);
	}
}

/* The kernel would not send a packet. */
static void
send_failed(void *arg, const uint8_t *p, size_t len, int error)
{
	struct net	*net = arg;
	struct in6_addr	 dst = IN6ADDR_ANY_INIT;
	struct dp_out	*o = &net->o;

	count(net, NC_SEND_FAILED);
	if (p == NULL)
		return;
	dst = ip6_dst(p);
	complain(net, NC_SEND_FAILED, &dst);
	if (error != EMSGSIZE)
		return;
	dp_out_init(o);
	dp_send_too_big(&net->dp, p, len, net->now, o);
	count(net, o->reply_why);
	if (o->reply.len > 0)
		output_now(&net->out, o->reply.buf, o->reply.len,
		    is_local(net, o->reply.buf));
}

/* Groups that nobody wants are left in the background. */
static void
leave_soon(struct net *net)
{
	static const struct timeval	 soon = { 0, 1000 };

	if (groups_to_leave(&net->groups) && !event_pending(net->ev_leave,
	    EV_TIMEOUT, NULL))
		event_add(net->ev_leave, &soon);
}

static void
on_leave(int fd, short what, void *arg)
{
	struct net	*net = arg;

	(void)fd;
	(void)what;
	groups_sweep(&net->groups, LEAVE_STEP, change_group, net);
	leave_soon(net);
}

/* Give up held packets of which nobody has said in time whose they are. */
static void
on_hold(int fd, short what, void *arg)
{
	struct net	*net = arg;
	struct held	*h;

	(void)fd;
	(void)what;
	while ((h = spis_overdue(&net->dp.spis, child_now().mono)) != NULL) {
		count(net, NC_SPI_UNKNOWN);
		spis_release(&net->dp.spis, h);
	}
	if (net->dp.spis.nheld > 0)
		event_add(net->ev_hold, &hold_check);
}

static int
send_on_link(void *arg, const uint8_t *p, size_t len, uint32_t ifindex)
{
	struct net	*net = arg;
	struct net_fd	*f = find_capture(net, ifindex);

	return (f == NULL ? ENODEV : capture_send(&f->s.capture, p, len));
}

/* Made by the first descriptor or message, whichever comes first. */
static struct net *
get_net(struct child *ch)
{
	struct net	*net = ch->priv;
	uint64_t	 key[2];

	if (net != NULL)
		return (net);
	arc4random_buf(key, sizeof(key));
	if ((net = calloc(1, sizeof(*net))) == NULL ||
	    !dp_init(&net->dp, key) || !groups_init(&net->groups, key) ||
	    !htab_init(&net->captures, 16) || !batch_init(&net->batch))
		fatalx("net: out of memory");
	net->ch = ch;
	net->tun_name = "";
	output_init(&net->out, send_failed, send_on_link, net);
	net->ev_flush = event_new(ch->base, -1, 0, on_flush, net);
	net->ev_sweep = event_new(ch->base, -1, 0, on_sweep, net);
	net->ev_leave = event_new(ch->base, -1, 0, on_leave, net);
	net->ev_hold = event_new(ch->base, -1, 0, on_hold, net);
	net->ev_bound = event_new(ch->base, -1, 0, on_bound, net);
	if (net->ev_flush == NULL || net->ev_sweep == NULL ||
	    net->ev_leave == NULL || net->ev_hold == NULL ||
	    net->ev_bound == NULL)
		fatalx("net: out of memory");
	net->now = child_now().mono;
	ch->priv = net;
	return (net);
}

/* Does this say that the socket has no room for one more group?  By system. */
static bool
no_room(int error)
{
	return (error == ENOMEM || error == ETOOMANYREFS || error == ENOBUFS);
}

static void
group_failed(struct net *net, const struct in6_addr *group, int error)
{
	unsigned int	 not_said;
	char		 text[INET6_ADDRSTRLEN];

	count(net, NC_GROUP_FAILED);
	if (!log_allowed(&net->limits[NC_GROUP_FAILED], net->now, LOG_RATE,
	    &not_said))
		return;
	inet_ntop(AF_INET6, group, text, sizeof(text));
	log_warn("net: joining group %s: %s (%u others failed)", text,
	    strerror(error), not_said);
}

/*
 * Join or leave a group at the kernel.  Which socket joins does not matter,
 * the ICMPv6 one hears all groups of the host, and a socket has room for some
 * hundreds or thousands.  No socket that sends may be one of them: on Linux
 * control messages need the room that groups take.
 */
static int
change_group(void *arg, const struct msg_group *m, int where)
{
	struct net	*net = arg;
	struct msg_empty none = { 0 };
	int		 e = ENOBUFS;

	if (!m->join) {
		source_group(&net->group_fds[where]->s, m);
		if ((size_t)where < net->group_at)
			net->group_at = (size_t)where;
		return (GROUP_FAILED);
	}
	for (; net->group_at < net->ngroup_fds; net->group_at++) {
		if (net->group_fds[net->group_at] == NULL)
			continue;
		e = source_group(&net->group_fds[net->group_at]->s, m);
		if (!no_room(e))
			break;
	}
	if (e == 0 || e == EADDRINUSE)
		return ((int)net->group_at);
	if (!no_room(e)) {
		group_failed(net, &m->group, e);
		return (GROUP_FAILED);
	}
	count(net, NC_GROUP_NO_ROOM);
	if (!net->group_asked) {
		child_send(net->ch, ROLE_PARENT, MSG_GROUPS_FULL, &none);
		net->group_asked = true;
	}
	return (GROUP_NO_ROOM);
}

/*
 * One more socket for groups; the ICMPv6 one is the first.  It takes the place
 * of one that has been closed.  False: there are as many as there may be.
 */
static bool
got_group_fd(struct net *net, struct net_fd *f)
{
	size_t	 i;

	for (i = 0; i < net->ngroup_fds && net->group_fds[i] != NULL; i++)
		continue;
	if (i == sizeof(net->group_fds) / sizeof(net->group_fds[0]))
		return (false);
	net->group_fds[i] = f;
	if (i == net->ngroup_fds)
		net->ngroup_fds++;
	if (i < net->group_at)
		net->group_at = i;
	net->group_asked = false;
	groups_missing(&net->groups, change_group, net);
	return (true);
}

/* A descriptor is to be closed: the groups joined on it are no longer. */
static void
drop_group_fd(struct net *net, const struct net_fd *f)
{
	size_t	 i;

	for (i = 0; i < net->ngroup_fds; i++)
		if (net->group_fds[i] == f) {
			net->group_fds[i] = NULL;
			groups_socket_gone(&net->groups, (int)i);
		}
}

/* Where the rest of net looks for a descriptor of this kind. */
static void
set_output(struct net *net, const struct source *s, int fd)
{
	switch (s->kind) {
	case FD_RAW_MH:
		net->out.mh = fd;
		break;
	case FD_RAW_ICMP6:
		net->out.icmp6 = fd;
		break;
	case FD_RAW_TUNNEL:
		net->out.tunnel = fd;
		break;
	case FD_RAW_SEND:
		net->out.send = fd;
		net->dp.whole_packets = fd != -1;
		break;
	case FD_TUN:
		net->out.tun = fd;
		net->tun = fd == -1 ? 0 : s->ifindex;
		net->tun_name = fd == -1 ? "" : s->name;
		net->out.tun_front = (s->flags & FDF_VNET_HDR) != 0 ?
		    VNET_LEN : (s->flags & FDF_FAMILY) != 0 ? 4 : 0;
		break;
	default:
		break;
	}
}

/*
 * Keep the capture of all interfaces from the tun, and from interfaces that
 * have a capture of their own.
 */
static void
divide_captures(struct net *net)
{
	uint32_t	 own[1 + CAPTURES_OWN_MAX];
	struct net_fd	*all = find_capture(net, 0), *f;
	size_t		 n = 0;

	if (all == NULL)
		return;
	own[n++] = net->tun;
	LIST_FOREACH(f, &net->capture_list, entry)
		if (f != all && n <= CAPTURES_OWN_MAX)
			own[n++] = f->s.ifindex;
	if (!capture_exclude(&all->s.capture, own, n))
		log_warn("net: filter of the capture: %s", strerror(errno));
}

static void
drop_fd(struct net *net, struct net_fd *f)
{
	if (f->ev != NULL)
		event_free(f->ev);
	set_output(net, &f->s, -1);
	drop_group_fd(net, f);
	if (f->s.kind == FD_CAPTURE) {
		htab_remove(&net->captures, &f->link);
		LIST_REMOVE(f, entry);
		divide_captures(net);
	} else
		net->one[f->s.kind] = NULL;
	source_close(&f->s);
	free(f);
}

/* Close the descriptor in whose place the one that m tells of is to be. */
static void
replace(struct net *net, const struct msg_fd *m)
{
	struct net_fd	*f = m->kind == FD_CAPTURE ?
	    find_capture(net, m->arg) : net->one[m->kind];

	if (f != NULL)
		drop_fd(net, f);
}

/* An interface has gone, and its groups and its capture with it. */
static void
link_gone(void *arg, uint32_t ifindex)
{
	struct net	*net = arg;
	struct net_fd	*f = ifindex == 0 ? NULL : find_capture(net, ifindex);

	if (f != NULL)
		drop_fd(net, f);
	groups_link_gone(&net->groups, ifindex);
	defend_link_gone(&net->dp.defends, ifindex);
	leave_soon(net);
}

/* What the snapshot did not name has gone without a word. */
static void
snapshot_end(struct net *net)
{
	struct net_fd	*f, *next;

	addrs_snapshot_end(&net->dp.addrs, link_gone, net);
	for (f = LIST_FIRST(&net->capture_list); f != NULL; f = next) {
		next = LIST_NEXT(f, entry);
		if (f->s.ifindex != 0 &&
		    !addrs_has_link(&net->dp.addrs, f->s.ifindex))
			link_gone(net, f->s.ifindex);
	}
}

static void
keep_fd(struct net *net, struct net_fd *f)
{
	switch (f->s.kind) {
	case FD_CAPTURE:
		htab_insert(&net->captures, &f->link, f->s.ifindex);
		LIST_INSERT_HEAD(&net->capture_list, f, entry);
		net->dp.capturing = true;
		break;
	case FD_GROUP:
		if (!got_group_fd(net, f))
			drop_fd(net, f);
		return;
	case FD_RAW_ICMP6:
		net->one[f->s.kind] = f;
		got_group_fd(net, f);
		break;
	default:
		net->one[f->s.kind] = f;
		break;
	}
	if (f->s.kind == FD_CAPTURE || f->s.kind == FD_TUN)
		divide_captures(net);
}

static void
net_got_fd(struct child *ch, const struct msg_fd *m, int fd)
{
	struct net	*net = get_net(ch);
	struct net_fd	*f;

	if (m->kind < FD_RAW_MH || m->kind > FD_GROUP || m->kind == FD_VICI) {
		close(fd);
		return;
	}
	output_flush(&net->out);
	if (m->kind != FD_GROUP)
		replace(net, m);
	if ((f = calloc(1, sizeof(*f))) == NULL)
		fatalx("net: out of memory");
	f->net = net;
	if (!source_open(&f->s, m, fd)) {
		if (m->kind == FD_CAPTURE && m->arg != 0)
			capture_lost(net, m->arg, errno);
		else
			log_error("net: %s: %s", m->name, strerror(errno));
		free(f);
		return;
	}
	set_output(net, &f->s, fd);
	keep_fd(net, f);
	if (m->kind == FD_RAW_SEND || m->kind == FD_GROUP)
		return;
	f->ev = event_new(ch->base, fd, EV_READ | EV_PERSIST, on_readable, f);
	if (f->ev == NULL || event_add(f->ev, NULL) == -1)
		fatalx("net: out of memory");
}

static int
net_start(struct child *ch)
{
	struct net	*net = get_net(ch);

	if (!dp_configure(&net->dp, ch->conf))
		fatalx("net: out of memory");
	return (0);
}

static void
net_configure(struct child *ch, const struct conf *old)
{
	struct net	*net = get_net(ch);

	(void)old;
	if (!dp_configure(&net->dp, ch->conf))
		fatalx("net: out of memory");
}

static void
resync(struct net *net, enum role role)
{
	if (!role_is_engine(role))
		return;
	tunnel_resync(&net->dp.tunnels[role]);
	groups_resync(&net->groups, role);
	if (role == ROLE_HA)
		defend_resync(&net->dp.defends);
}

static void
resync_end(struct net *net, enum role role)
{
	if (!role_is_engine(role))
		return;
	net->dp.complete |= ROLE_BIT(role);
	tunnel_resync_end(&net->dp.tunnels[role]);
	groups_resync_end(&net->groups, role);
	if (role == ROLE_HA)
		defend_resync_end(&net->dp.defends);
	leave_soon(net);
	event_active(net->ev_sweep, EV_TIMEOUT, 1);
}

/*
 * An engine begins: it is told what the one before it had bound, and tells
 * all its bindings and groups; until then they go on.
 */
static void
engine_begins(struct net *net, enum role role)
{
	if (!role_is_engine(role))
		return;
	net->deaf[role] = false;
	resync(net, role);
	bound_begin(&net->bound[role]);
	on_bound(-1, 0, net);
}

/* A new pipe: its engine hears nothing until it says that it has begun. */
static void
net_peer(struct child *ch, enum role role, bool up)
{
	struct net	*net = get_net(ch);

	(void)up;
	net->deaf[role] = true;
	bound_stop(&net->bound[role]);
}

/* Send it protected by IPsec; what the kernel refuses is not sent at all. */
static void
protect(struct net *net, const struct pkt *p)
{
	struct in6_addr	 dst = ip6_dst(pkt_data(p));
	char		 text[INET6_ADDRSTRLEN];
	unsigned int	 not_said;
	int		 e;

	e = output_protected(&net->out, pkt_data(p), p->len, net->tun);
	if (e == 0)
		return;
	net->o.why = NC_PROTECT_FAILED;
	if (!log_allowed(&net->limits[NC_PROTECT_FAILED], net->now, LOG_RATE,
	    &not_said))
		return;
	inet_ntop(AF_INET6, &dst, text, sizeof(text));
	log_warn("net: a message to %s to be protected: %s (%u others)", text,
	    strerror(e), not_said);
}

/* Send what an engine asked to; v says whether it may be. */
static void
from_engine(struct net *net, enum dp_verdict v, struct pkt *p, enum role role)
{
	if (v == DP_DROP && net->o.why == NC_REFUSED)
		log_warn("net: %s asked for what is not its to send",
		    role_name(role));
	if (v == DP_KERNEL)
		protect(net, p);
	if (v == DP_SEND) {
		output_add(&net->out, pkt_data(p), p->len, net->o.ifindex,
		    is_local(net, pkt_data(p)));
		if (role == ROLE_HA && net->o.ifindex != 0 &&
		    may_detour(net, pkt_data(p)))
			output_detour(&net->out);
		event_active(net->ev_flush, EV_TIMEOUT, 1);
	}
	count(net, net->o.why);
}

static void
mh_out(struct net *net, enum role from, const struct msg_mh_out *m)
{
	struct pkt	 p;

	p.buf = output_slot(&net->out);
	from_engine(net, dp_mh_out(&net->dp, from, m, &p, OUTPUT_SLOT,
	    net->now, &net->o), &p, from);
}

static void
icmp6_out(struct net *net, enum role from, const struct msg_icmp6_out *m)
{
	struct msg_icmp6_sent	 sent = { m->id, m->ifindex };
	struct pkt		 p;

	p.buf = output_slot(&net->out);
	from_engine(net, dp_icmp6_out(&net->dp, from, m, &p, OUTPUT_SLOT,
	    net->now, &net->o), &p, from);
	if (m->id != 0)
		child_send(net->ch, from, MSG_ICMP6_SENT, &sent);
}

static void
bind_tunnel(struct net *net, enum role from, const struct msg_bind *m)
{
	char	 text[INET6_ADDRSTRLEN];

	if (dp_bind(&net->dp, from, m, net->now, &net->o))
		return;
	count(net, net->o.why);
	inet_ntop(AF_INET6, &m->home, text, sizeof(text));
	log_warn("net: binding of %s by %s: %s", text, role_name(from),
	    net_counter_defs[net->o.why].help);
}

static void
defend(struct net *net, enum role from, const struct msg_defend *m)
{
	char	 text[INET6_ADDRSTRLEN];

	if (dp_defend(&net->dp, from, m, &net->o))
		return;
	count(net, net->o.why);
	inet_ntop(AF_INET6, &m->addr, text, sizeof(text));
	log_warn("net: %s can't have %s defended: %s", role_name(from), text,
	    net_counter_defs[net->o.why].help);
}

/*
 * The parent tells whose an SPI is, or that it does not know.  What was held
 * is looked at again; with an SPI that is known, it is not held again.
 */
static void
spi_told(struct net *net, const struct msg_spi *m)
{
	struct in6_addr	 src;
	struct held	*h;
	struct pkt	 p;
	enum dp_verdict	 v;
	bool		 known;

	known = spis_told(&net->dp.spis, m, net->now);
	if (!known)
		count(net, NC_NO_MEMORY);
	while (m->what != SPI_GONE &&
	    (h = spis_held(&net->dp.spis, m->spi, &m->home)) != NULL) {
		if (known && m->what == SPI_IS) {
			pkt_init(&p, h->buf, PKT_HEADROOM, h->len);
			src = ip6_src(pkt_data(&p));
			dp_out_init(&net->o);
			v = dp_capture(&net->dp, &p, &h->vnet, h->ifindex,
			    net->now, &net->o);
			finish(net, v, &p, &src);
		} else
			count(net, NC_SPI_UNKNOWN);
		spis_release(&net->dp.spis, h);
	}
	event_active(net->ev_flush, EV_TIMEOUT, 1);
}

static void
net_message(struct child *ch, enum role from, enum msg_type t,
    const union msg *m)
{
	struct net	*net = get_net(ch);

	net->now = child_now().mono;
	dp_out_init(&net->o);
	switch (t) {
	case MSG_MH_OUT:
		mh_out(net, from, &m->u_MH_OUT);
		break;
	case MSG_ICMP6_OUT:
		icmp6_out(net, from, &m->u_ICMP6_OUT);
		break;
	case MSG_BIND:
		bind_tunnel(net, from, &m->u_BIND);
		break;
	case MSG_UNBIND:
		dp_unbind(&net->dp, from, &m->u_UNBIND);
		break;
	case MSG_GROUP:
		if (!groups_set(&net->groups, from, &m->u_GROUP, change_group,
		    net))
			count(net, NC_NO_MEMORY);
		leave_soon(net);
		break;
	case MSG_DEFEND:
		defend(net, from, &m->u_DEFEND);
		break;
	case MSG_LINK:
		if (!addrs_link(&net->dp.addrs, &m->u_LINK))
			count(net, NC_NO_MEMORY);
		if ((m->u_LINK.flags & LINK_GONE) != 0)
			link_gone(net, m->u_LINK.ifindex);
		break;
	case MSG_SNAPSHOT:
		addrs_snapshot_begin(&net->dp.addrs);
		break;
	case MSG_SNAPSHOT_END:
		snapshot_end(net);
		break;
	case MSG_ADDRESS:
		if (!addrs_update(&net->dp.addrs, &m->u_ADDRESS))
			count(net, NC_NO_MEMORY);
		break;
	case MSG_SPI:
		spi_told(net, &m->u_SPI);
		break;
	case MSG_RESYNC:
		engine_begins(net, from);
		break;
	case MSG_RESYNC_END:
		resync_end(net, from);
		break;
	default:
		break;
	}
}

struct page {
	struct net	*net;
	struct report	*rep;
	enum role	 role;
};

static bool
row_tunnel(void *arg, const struct tunnel *t)
{
	struct page	*pg = arg;
	struct report	*rep = pg->rep;

	report_row(rep, TABLE_TUNNEL);
	report_addr(rep, "home", &t->home);
	report_addr(rep, "local", &t->local);
	report_addr(rep, "peer", &t->peer);
	report_str(rep, "role", role_name(pg->role));
	report_bool(rep, "active", (t->flags & BIND_ACTIVE) != 0);
	report_u64(rep, "packets_in", t->packets_in);
	report_u64(rep, "bytes_in", t->bytes_in);
	report_u64(rep, "packets_out", t->packets_out);
	report_u64(rep, "bytes_out", t->bytes_out);
	report_u64(rep, "mtu", pmtu_get(&t->pmtu,
	    addrs_mtu(&pg->net->dp.addrs, t->ifindex), pg->net->now) -
	    dp_overhead(&pg->net->dp, NULL));
	report_end(rep);
	return (!report_full(rep));
}

#define CURSOR_ROLE	48	/* the role is above this bit of a cursor */

/* The cursor is a role and a place in its table. */
static uint64_t
net_query(struct child *ch, const struct msg_query *q, struct report *rep,
    int *error)
{
	struct net	*net = get_net(ch);
	struct page	 pg = { net, rep, role_engine(0) };
	size_t		 at;

	if (q->verb != VERB_SHOW_TUNNELS) {
		*error = EOPNOTSUPP;
		return (0);
	}
	net->now = child_now().mono;
	at = (size_t)(q->cursor & ((UINT64_C(1) << CURSOR_ROLE) - 1));
	if (q->cursor != 0)
		pg.role = role_engine((unsigned int)(q->cursor >> CURSOR_ROLE));
	for (; pg.role < ROLE_MAX; pg.role = role_engine(pg.role + 1)) {
		at = tunnel_page(&net->dp.tunnels[pg.role], at, row_tunnel,
		    &pg);
		if (at != 0)
			return ((uint64_t)pg.role << CURSOR_ROLE | at);
	}
	return (0);
}

static void
net_stop(struct child *ch)
{
	output_flush(&get_net(ch)->out);
}

const struct child_ops	net_ops = {
	.role = ROLE_NET,
	.counters = net_counter_defs,
	.start = net_start,
	.got_fd = net_got_fd,
	.configure = net_configure,
	.message = net_message,
	.peer = net_peer,
	.query = net_query,
	.stop = net_stop,
};
