/*
 * The network process, as core/child.c sees it (net_ops): messages of engines
 * and of the parent change the tables of the data plane (net/dp.h) or are sent;
 * what must not hold up packets is done in small steps by timers.  It makes the
 * one struct net; descriptors are in fds.c, packets that they bring in input.c,
 * multicast groups in join.c.
 */
#include <sys/types.h>
#include <sys/time.h>

#include <arpa/inet.h>
#include <errno.h>
#include <event2/event.h>
#include <stdlib.h>
#include <string.h>

#include "conf/conf.h"
#include "core/log.h"
#include "core/tables.h"
#include "core/verb.h"
#include "net/net.h"
#include "net/state.h"
#include "wire/ip6.h"
#include "wire/text.h"

#define SWEEP_STEP	4096	/* entries looked at before that */

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

	(void)fd;
	(void)what;
	if (dp_sweep(&net->dp, SWEEP_STEP))
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
	struct bound			*b;
	enum role			 role;

	(void)fd;
	(void)what;
	FOREACH_ENGINE(role) {
		ipc = net->ch->peers[role];
		b = &net->engines[role].bound;
		if (!b->on || ipc == NULL)
			continue;
		if (bound_step(b, &net->dp.planes, input_tell_bound, ipc))
			child_send(net->ch, role, MSG_BOUND_END, &none);
		else
			event_add(net->ev_bound, &soon);
	}
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
		net_count(net, NC_SPI_UNKNOWN);
		spis_release(&net->dp.spis, h);
	}
	if (net->dp.spis.nheld > 0)
		input_look_at_held(net);
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
	    !htab_init(&net->fds, 16) || !batch_init(&net->batch))
		fatalx("net: out of memory");
	net->ch = ch;
	net->tun_name = "";
	output_init(&net->out, &raw_mh_row, input_send_failed,
	    fds_send_on_link, net);
	net->ev_flush = event_new(ch->base, -1, 0, on_flush, net);
	net->ev_sweep = event_new(ch->base, -1, 0, on_sweep, net);
	net->ev_leave = event_new(ch->base, -1, 0, join_on_leave, net);
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

/* An interface has gone, and its groups and its capture with it. */
static void
link_gone(void *arg, uint32_t ifindex)
{
	struct net	*net = arg;

	fds_link_gone(net, ifindex);
	groups_link_gone(&net->groups, ifindex);
	defend_link_gone(&net->dp.defends, ifindex);
	join_leave_soon(net);
}

/* What the snapshot did not name has gone without a word. */
static void
snapshot_end(struct net *net)
{
	addrs_snapshot_end(&net->dp.addrs, link_gone, net);
	fds_links_gone(net, link_gone);
}

static void
net_got_fd(struct child *ch, const struct msg_fd *m, int fd)
{
	fds_got(get_net(ch), m, fd);
}

static int
net_start(struct child *ch)
{
	struct net		*net = get_net(ch);
	const struct planes	*ps = &net->dp.planes;
	unsigned int		 i;

	if (!dp_configure(&net->dp, ch->conf))
		fatalx("net: out of memory");
	for (i = 0; i < ps->n; i++)
		log_debug("net: data plane %s: %s", ps->v[i].ops->name,
		    ps->v[i].ops->words);
	return (0);
}

/* The groups of roles that have gone are left, as their bindings are. */
static void
leave_groups(struct net *net)
{
	enum role	 role;

	FOREACH_ENGINE(role) {
		if ((net->dp.roles & ROLE_BIT(role)) != 0)
			continue;
		groups_resync(&net->groups, role);
		groups_resync_end(&net->groups, role);
	}
	join_leave_soon(net);
}

static void
net_configure(struct child *ch, const struct conf *old)
{
	struct net	*net = get_net(ch);

	(void)old;
	if (!dp_configure(&net->dp, ch->conf))
		fatalx("net: out of memory");
	leave_groups(net);
	event_active(net->ev_sweep, EV_TIMEOUT, 1);
}

static void
resync(struct net *net, enum role role)
{
	if (!role_is_engine(role))
		return;
	dp_resync(&net->dp, role);
	groups_resync(&net->groups, role);
}

static void
resync_end(struct net *net, enum role role)
{
	if (!role_is_engine(role))
		return;
	dp_resync_end(&net->dp, role);
	groups_resync_end(&net->groups, role);
	join_leave_soon(net);
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
	net->engines[role].deaf = false;
	resync(net, role);
	bound_begin(&net->engines[role].bound, role);
	on_bound(-1, 0, net);
}

/* A new pipe: its engine hears nothing until it says that it has begun. */
static void
net_peer(struct child *ch, enum role role, bool up)
{
	struct net	*net = get_net(ch);

	(void)up;
	net->engines[role].deaf = true;
	bound_stop(&net->engines[role].bound);
}

/*
 * Send it protected by IPsec, through the tun or, if it is to go into a tunnel
 * of the kernel's, as routes say; what the kernel refuses is not sent at all.
 */
static void
protect(struct net *net, const struct pkt *p, bool tunnel)
{
	struct in6_addr	 dst = ip6_dst(pkt_data(p));
	char		 text[INET6_ADDRSTRLEN];
	unsigned int	 not_said;
	int		 e;

	e = net->tun == 0 ? ENODEV : raw_protected(&net->out, pkt_data(p),
	    p->len, tunnel ? 0 : net->tun);
	if (e == 0)
		return;
	net->o.why = NC_PROTECT_FAILED;
	if (!limit_lines(&net->limits[NC_PROTECT_FAILED], net->now, LOG_RATE,
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
	if (v == DP_KERNEL || v == DP_KERNEL_TUNNEL)
		protect(net, p, v == DP_KERNEL_TUNNEL);
	if (v == DP_SEND) {
		output_add(&net->out, pkt_data(p), p->len, net->o.ifindex,
		    net_is_local(net, pkt_data(p)));
		if (role != ROLE_MN && net->o.ifindex != 0 &&
		    net_may_detour(net, pkt_data(p)))
			output_detour(&net->out);
		event_active(net->ev_flush, EV_TIMEOUT, 1);
	}
	net_count(net, net->o.why);
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

/* The way of a correspondent's packets to home is another now. */
static void
way_changed(struct net *net, enum role from, const struct in6_addr *home)
{
	char	 text[INET6_ADDRSTRLEN];

	if (from != ROLE_CN || net->ch->whys.nevents == 0)
		return;
	why_clear(&net->ch->whys, child_now(), WHY_CAREOF_UNVERIFIED,
	    inet_ntop(AF_INET6, home, text, sizeof(text)));
}

static void
bind_tunnel(struct net *net, enum role from, const struct msg_bind *m)
{
	char	 text[INET6_ADDRSTRLEN];

	if (dp_bind(&net->dp, from, m, net->now, &net->o)) {
		if ((m->flags & BIND_UNVERIFIED) == 0)
			way_changed(net, from, &m->home);
		return;
	}
	net_count(net, net->o.why);
	inet_ntop(AF_INET6, &m->home, text, sizeof(text));
	log_warn("net: binding of %s by %s: %s", text, role_name(from),
	    net_counter_defs[net->o.why].help);
}

static void
set_flow(struct net *net, enum role from, const struct msg_flow *m)
{
	char	 text[INET6_ADDRSTRLEN];

	if (dp_flow(&net->dp, from, m, &net->o))
		return;
	net_count(net, net->o.why);
	inet_ntop(AF_INET6, &m->home, text, sizeof(text));
	log_warn("net: flow %u of %s by %s: %s", m->fid, text,
	    role_name(from), net_counter_defs[net->o.why].help);
}

static void
defend(struct net *net, enum role from, const struct msg_defend *m)
{
	char	 text[INET6_ADDRSTRLEN];

	if (dp_defend(&net->dp, from, m, &net->o))
		return;
	net_count(net, net->o.why);
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
		net_count(net, NC_NO_MEMORY);
	while (m->what != SPI_GONE &&
	    (h = spis_held(&net->dp.spis, m->spi, &m->home)) != NULL) {
		if (known && m->what == SPI_IS) {
			pkt_init(&p, h->buf, PKT_HEADROOM, h->len);
			src = ip6_src(pkt_data(&p));
			dp_out_init(&net->o);
			v = dp_capture(&net->dp, &p, &h->vnet, h->ifindex,
			    net->now, &net->o);
			input_finish(net, v, &p, &src);
		} else
			net_count(net, NC_SPI_UNKNOWN);
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
		way_changed(net, from, &m->u_UNBIND.home);
		break;
	case MSG_FLOW:
		set_flow(net, from, &m->u_FLOW);
		break;
	case MSG_UNFLOW:
		dp_unflow(&net->dp, from, &m->u_UNFLOW);
		break;
	case MSG_GROUP:
		if (!groups_set(&net->groups, from, &m->u_GROUP, join_change,
		    net))
			net_count(net, NC_NO_MEMORY);
		join_leave_soon(net);
		break;
	case MSG_OBSERVE:
		if (!dp_set_observe(&net->dp, from, &m->u_OBSERVE, &net->o))
			net_count(net, net->o.why);
		break;
	case MSG_DEFEND:
		defend(net, from, &m->u_DEFEND);
		break;
	case MSG_LINK:
		if (!addrs_link(&net->dp.addrs, &m->u_LINK))
			net_count(net, NC_NO_MEMORY);
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
			net_count(net, NC_NO_MEMORY);
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
	struct net		*net;
	struct report		*rep;
	enum role		 owner;		/* of the entry at hand */
	uint32_t		 at;		/* its number */
	struct report_mark	 before;	/* it */
	bool			 full;		/* it did not fit */
};

static void
row_flow(void *arg, const struct plane_flow *f)
{
	struct page		*pg = arg;
	struct report		*rep = pg->rep;
	const struct msg_flow	*m = &f->flow;
	char			 text[SELECTOR_TEXT_MAX];
	struct text		 t;
	size_t			 i;

	pg->full = pg->full || report_full(rep);
	report_row(rep, TABLE_FLOW);
	report_addr(rep, "home", &m->home);
	if (!in6_is_unspecified(&m->other))
		report_addr(rep, "other", &m->other);
	report_str(rep, "role", role_name(pg->owner));
	report_u64(rep, "flow", m->fid);
	report_u64(rep, "priority", m->priority);
	text_init(&t, text, sizeof(text));
	for (i = 0; i + 1 < m->bids.len; i += 2)
		text_add(&t, "%s%u", i > 0 ? " " : "",
		    (unsigned int)(m->bids.p[i] << 8 | m->bids.p[i + 1]));
	report_str(rep, "paths", m->action == FLOW_DISCARD ? "discard" : text);
	report_u64(rep, "packets", f->packets);
	text_init(&t, text, sizeof(text));
	selector_text(m, &t);
	report_str(rep, "selector", text);
	report_end(rep);
}

static void
row_path(struct page *pg, const struct plane_row *row)
{
	struct dp		*dp = &pg->net->dp;
	struct report		*rep = pg->rep;
	const struct msg_bind	*b = &row->bind;
	struct plane_stats	 moved;

	planes_stats(&dp->planes, row, &moved);
	report_row(rep, TABLE_TUNNEL);
	report_addr(rep, "home", &b->home);
	if (!in6_is_unspecified(&b->other))
		report_addr(rep, "other", &b->other);
	report_addr(rep, "local", &b->local);
	report_addr(rep, "peer", &b->peer);
	report_str(rep, "role", role_name(row->owner));
	report_bool(rep, "active", (b->flags & BIND_ACTIVE) != 0);
	if (row->owner == ROLE_CN) {
		report_bool(rep, "unverified",
		    (b->flags & BIND_UNVERIFIED) != 0);
		report_u64(rep, "credit",
		    credit_get(&row->credit, pg->net->now));
	}
	if (b->bid != 0) {
		report_u64(rep, "bid", b->bid);
		report_u64(rep, "weight", b->weight);
	}
	report_u64(rep, "packets_in", moved.packets_in);
	report_u64(rep, "bytes_in", moved.bytes_in);
	report_u64(rep, "packets_out", moved.packets_out);
	report_u64(rep, "bytes_out", moved.bytes_out);
	report_u64(rep, "mtu", pmtu_get(&row->pmtu,
	    addrs_mtu(&dp->addrs, b->ifindex), pg->net->now) -
	    encaps[row->encap].overhead(dp->limit, NULL));
	report_end(rep);
}

/* A path, and behind the last one of an entry its flows; all of it, or none. */
static bool
row_tunnel(void *arg, const struct plane_row *row)
{
	struct page	*pg = arg;

	if (row->first) {
		pg->at = row->at;
		pg->owner = row->owner;
		pg->before = report_mark(pg->rep);
	}
	pg->full = pg->full || report_full(pg->rep);
	if (!pg->full)
		row_path(pg, row);
	if (!pg->full && row->last)
		planes_flows(&pg->net->dp.planes, row, row_flow, pg);
	if (pg->full)
		report_back(pg->rep, pg->before);
	return (!pg->full);
}

static uint64_t
net_query(struct child *ch, const struct msg_query *q, struct report *rep,
    int *error)
{
	struct net	*net = get_net(ch);
	struct page	 pg = { .net = net, .rep = rep };
	uint32_t	 next;

	if (q->verb != VERB_SHOW_TUNNELS) {
		*error = EOPNOTSUPP;
		return (0);
	}
	net->now = child_now().mono;
	next = planes_dump(&net->dp.planes, (uint32_t)q->cursor, UINT32_MAX,
	    row_tunnel, &pg);
	return (pg.full ? pg.at : next);
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
