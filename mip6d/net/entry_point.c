/*
 * The entry point of tunnels (RFC 2473, RFC 6275 9.3.2, 10.4.2, 11.3.1).  What
 * the kernel routed into the tun finds its entry, or one for each side, whose
 * path says between which addresses and in which encapsulation it goes out
 * (encap.c); what is from or to the end of the tunnel itself needs none, nor
 * has a pair one.  Packets that are too big earn an error or are fragmented.
 * Part of the data plane, called by tun.c.
 */
#include <string.h>

#include "conf/conf.h"
#include "net/dp.h"
#include "wire/cksum.h"
#include "wire/icmp6.h"
#include "wire/ip6.h"

#define FRAG_LEN	8
#define FRAG_MORE	1	/* of its offset */

/* A tunnel is silent when so many packets went in for so long in vain. */
#define SILENT_PACKETS	5
#define SILENT_TIME	SEC(10)		/* also between one word and the next */

/* What is done to a packet for an entry. */
struct way {
	struct fwd_entry	*entry;
	struct fwd_path		*path;
	enum encap_id		 form;
};

/* All of it: headers before a tunnel. */
struct ways {
	struct way	 v[FWD_SIDES];
	unsigned int	 n;
	unsigned int	 inside;	/* that are not around others */
	/* Octets: of the largest packet with these, and of these. */
	size_t		 room, headers;
};

static void
put16(uint8_t *p, uint16_t v)
{
	p[0] = (uint8_t)(v >> 8);
	p[1] = (uint8_t)v;
}

/*
 * A packet goes in.  When several have and none came out for a while, the
 * engine is told, again and again while that lasts.
 */
static void
went_in(struct fwd_entry *e, struct mono now, struct dp_out *o)
{
	if (e->silent == 0) {
		e->silent_since = now;
		e->silent_due = mono_add(now, SILENT_TIME);
	}
	if (e->silent < UINT32_MAX)
		e->silent++;
	if (e->silent < SILENT_PACKETS || mono_before(now, e->silent_due) ||
	    o->tunnel_to != ROLE_MAX)
		return;
	e->silent_due = mono_add(now, SILENT_TIME);
	e->silent_told = true;
	dp_tell_silence(e, TUNNEL_SILENT, now, o);
}

static uint16_t
path_mtu(const struct dp *dp, const struct fwd_path *path, struct mono now)
{
	return (pmtu_get(&path->pmtu, addrs_mtu(&dp->addrs, path->ifindex),
	    now));
}

/*
 * May the packet go into one more tunnel?  If it carries a limit of 0 it may
 * not, and its source, the entry of the tunnel before, is told (RFC 2473 4.1.1
 * (b)).
 */
static bool
may_nest(struct dp *dp, const struct fwd_path *path, const struct pkt *p,
    const struct ip6_walk *w, struct mono now, struct dp_out *o)
{
	if (w->limit == 0 || pkt_data(p)[w->limit + 2] != 0)
		return (true);
	if (reply_error(&o->reply, ICMP6_T_PARAM, ICMP6_C_PARAM_FIELD,
	    w->limit + 2, &path->local, pkt_data(p), p->len))
		dp_answer(dp, o, &dp->errors, now, NC_ERRORS_OUT);
	dp_drop(o, NC_NESTED);
	return (false);
}

/*
 * May the packet have as many octets as it has?  If not, and it is larger than
 * what everyone must take, its source is told by the end of the path (RFC 2473
 * 7.1 (a)); a smaller one is fragmented later (7.1 (b)).
 */
static bool
fits(struct dp *dp, const struct fwd_path *path, const struct pkt *p,
    size_t most, struct mono now, struct dp_out *o)
{
	if (p->len <= most || p->len <= IP6_MINMTU)
		return (true);
	dp_too_big(dp, &path->local, pkt_data(p), p->len, most, NC_ERRORS_OUT,
	    now, o);
	dp_drop(o, NC_TOO_BIG);
	return (false);
}

/* Where a Fragment header belongs, the octet that names it, is there one? */
struct cut {
	size_t	 at, nh;
	bool	 there;
};

/*
 * Where the packet in p may be cut that has become of w by the addition of what
 * is in this form (RFC 8200 4.5, RFC 6275 6.3): behind the outer header and its
 * limit, which is for tunnels on the way as well, or behind HAO and RH2.
 */
static struct cut
cut_of(enum encap_id id, const struct pkt *p, const struct ip6_walk *w)
{
	size_t		 added = p->len - w->len;
	struct cut	 cut;

	if (encap_is_tunnel(id)) {
		cut.at = added - encap_forms[id].front;
		cut.nh = cut.at > IP6_HDRLEN ? IP6_HDRLEN : IP6_OFF_NEXT;
		cut.there = false;
		return (cut);
	}
	cut.there = w->frag != 0;
	cut.at = added + (cut.there ? w->frag : w->ins);
	cut.nh = added + w->ins - IP6_RH2_LEN;
	return (cut);
}

/* Put a Fragment header in, of a packet that is whole. */
static bool
make_fragment(struct dp *dp, struct pkt *p, const struct cut *cut)
{
	uint8_t	*h;

	if (p->off < FRAG_LEN)
		return (false);
	h = pkt_data(p) - FRAG_LEN;
	memmove(h, pkt_data(p), cut->at);
	p->off -= FRAG_LEN;
	p->len += FRAG_LEN;
	h[cut->at] = h[cut->nh];
	h[cut->nh] = IP6_P_FRAGMENT;
	memset(h + cut->at + 1, 0, 3);
	dp->frag_id++;
	memcpy(h + cut->at + 4, &dp->frag_id, 4);
	return (true);
}

/*
 * Split a packet that exceeds mtu: the first fragment stays in p, the second
 * goes to o->second (RFC 8200 4.5).  Without what we have added it has no more
 * than 1280 octets, so two are enough, unless almost all of it are headers that
 * both must have.  One that the kernel has made, as the tun takes no less than
 * that, is split again.
 */
static enum dp_verdict
fragment(struct dp *dp, struct pkt *p, const struct cut *cut, uint16_t mtu,
    struct dp_out *o)
{
	size_t		 front = cut->at + FRAG_LEN, keep, rest;
	uint16_t	 off;
	uint8_t		*h, *f;

	if (!cut->there && !make_fragment(dp, p, cut))
		return (dp_drop(o, NC_REWRITE));
	if (front + 8 > mtu)
		return (dp_drop(o, NC_REWRITE));
	keep = (mtu - front) & ~(size_t)7;
	rest = p->len - front - keep;
	if (front + rest > sizeof(o->second))
		return (dp_drop(o, NC_REWRITE));
	h = pkt_data(p);
	f = h + cut->at;
	off = (uint16_t)(f[2] << 8 | f[3]);
	p->len = front + keep;
	put16(h + IP6_OFF_PLEN, (uint16_t)(p->len - IP6_HDRLEN));
	memcpy(o->second, h, front);
	memcpy(o->second + front, h + p->len, rest);
	o->second_len = front + rest;
	put16(o->second + IP6_OFF_PLEN, (uint16_t)(o->second_len - IP6_HDRLEN));
	put16(o->second + cut->at + 2, (uint16_t)(off + keep));
	put16(f + 2, off | FRAG_MORE);
	o->why = NC_FRAGMENTED;
	return (DP_SEND);
}

/* A packet of so many octets takes this path of e. */
static void
note_way(struct fwd_entry *e, struct fwd_path *path, bool tunnel, size_t len,
    struct mono now, struct dp_out *o)
{
	path->packets_out++;
	path->bytes_out += len;
	path->last_out = now;
	/* Of copies that was said of the packet itself. */
	if (o->copying)
		return;
	if ((path->flags & BIND_NOTIFY) != 0 && (tunnel || e->pair))
		dp_tell_first(e, path, false, o);
	if (tunnel)
		went_in(e, now, o);
}

/* It is on its way into the tunnel of e. */
static void
observe_out(struct dp *dp, const struct fwd_entry *e, const struct pkt *p,
    const struct ip6_walk *w, struct mono now, struct dp_out *o)
{
	struct in6_addr	 other = e->side == FWD_SOURCE ?
	    ip6_dst(pkt_data(p)) : ip6_src(pkt_data(p));

	dp_observe(dp, e, w, &other, now, o);
}

/* A tunnel, and nothing else: by_ways() in short. */
static enum dp_verdict
into_tunnel(struct dp *dp, struct fwd_entry *e, struct fwd_path *path,
    struct pkt *p, const struct ip6_walk *w, struct mono now, struct dp_out *o)
{
	const struct encap	*row = &encaps[path->encap];
	uint16_t		 mtu = path_mtu(dp, path, now);
	struct cut		 cut;

	if (!may_nest(dp, path, p, w, now, o) || !fits(dp, path, p,
	    mtu - row->overhead(dp->limit, w), now, o))
		return (DP_DROP);
	note_way(e, path, true, p->len, now, o);
	if (dp->observe.n > 0 && !o->copying)
		observe_out(dp, e, p, w, now, o);
	if (row->build(path, dp->limit, p, w) != RW_OK)
		return (dp_drop(o, NC_REWRITE));
	o->ifindex = path->ifindex;
	o->why = row->why;
	if (p->len <= mtu || !dp->whole_packets)
		return (DP_SEND);
	cut = cut_of(path->encap, p, w);
	return (fragment(dp, p, &cut, mtu, o));
}

/*
 * How large the packet may get.  All of its headers are for one path, so the
 * least MTU counts; a tunnel around it leaves so much less.  Where there is
 * nothing but a tunnel that is its header.
 */
static void
measure(const struct dp *dp, struct ways *ws, const struct ip6_walk *w,
    struct mono now)
{
	const struct way	*v;
	size_t			 mtu, overhead;

	ws->room = SIZE_MAX;
	ws->headers = 0;
	ws->inside = 0;
	for (v = ws->v; v < ws->v + ws->n; v++) {
		mtu = path_mtu(dp, v->path, now);
		overhead = encaps[v->form].overhead(dp->limit, w);
		if (v > ws->v && encap_is_tunnel(v->form))
			mtu -= overhead;
		else {
			ws->headers += overhead;
			ws->inside++;
		}
		if (mtu < ws->room)
			ws->room = mtu;
	}
}

/*
 * Put what has been given headers into a tunnel, and its second fragment, if
 * there is one.
 */
static bool
wrap(const struct dp *dp, const struct way *v, struct pkt *p, struct dp_out *o)
{
	const struct fwd_path	*path = v->path;
	uint8_t			 buf[PKT_HEADROOM + DP_SECOND_MAX];
	struct ip6_walk		 w;
	struct pkt		 second;

	if (ip6_walk(&w, pkt_data(p), p->len, 0) != IP6_OK ||
	    encaps[v->form].build(path, dp->limit, p, &w) != RW_OK)
		return (false);
	if (o->second_len == 0)
		return (true);
	memcpy(buf + PKT_HEADROOM, o->second, o->second_len);
	pkt_init(&second, buf, PKT_HEADROOM, o->second_len);
	if (ip6_walk(&w, pkt_data(&second), second.len, 0) != IP6_OK ||
	    encaps[v->form].build(path, dp->limit, &second, &w) != RW_OK ||
	    second.len > sizeof(o->second))
		return (false);
	memcpy(o->second, pkt_data(&second), second.len);
	o->second_len = second.len;
	return (true);
}

/* Note of each way that the packet takes it, and where it leaves. */
static void
note_ways(struct dp *dp, const struct ways *ws, const struct pkt *p,
    const struct ip6_walk *w, struct mono now, struct dp_out *o)
{
	const struct way	*last = ws->v + ws->n - 1, *v;
	bool			 tunnel;

	o->ifindex = last->path->ifindex;
	for (v = ws->v; v <= last; v++) {
		tunnel = encap_is_tunnel(v->form);
		note_way(v->entry, v->path, tunnel, p->len, now, o);
		if (dp->observe.n > 0 && tunnel && !o->copying)
			observe_out(dp, v->entry, p, w, now, o);
		/* Without a tunnel the care-of address is the source. */
		if (!encap_is_tunnel(last->form) && v->path->ifindex != 0)
			o->ifindex = v->path->ifindex;
	}
	o->why = ws->n == ws->inside && ws->n > 1 ? NC_BOTH_OUT :
	    encaps[last->form].why;
}

/*
 * Send the packet with a header or two, perhaps inside a tunnel, the last of
 * these ways, or with a tunnel alone.  With headers it is our own packet: one
 * that is too big is fragmented behind them, as its source does it, and each
 * fragment goes into the tunnel.
 */
static enum dp_verdict
by_ways(struct dp *dp, struct ways *ws, struct pkt *p,
    const struct ip6_walk *w, struct mono now, struct dp_out *o)
{
	const struct way	*last = ws->v + ws->n - 1, *v;
	const struct way	*rest;
	struct cut		 cut;

	measure(dp, ws, w, now);
	if ((encap_is_tunnel(last->form) &&
	    !may_nest(dp, last->path, p, w, now, o)) ||
	    !fits(dp, last->path, p, ws->room - ws->headers, now, o))
		return (DP_DROP);
	note_ways(dp, ws, p, w, now, o);
	rest = ws->v + ws->inside;
	for (v = ws->v; v < rest; v++)
		if (encaps[v->form].build(v->path, dp->limit, p, w) != RW_OK)
			return (dp_drop(o, NC_REWRITE));
	if (p->len > ws->room && dp->whole_packets) {
		cut = cut_of(ws->v[0].form, p, w);
		if (fragment(dp, p, &cut, (uint16_t)ws->room, o) == DP_DROP)
			return (DP_DROP);
	}
	for (v = rest; v <= last; v++)
		if (!wrap(dp, v, p, o))
			return (dp_drop(o, NC_REWRITE));
	return (DP_SEND);
}

/*
 * A packet to an address of the home prefixes that is not bound, or to
 * fe80::/10: its sender is told that there is nobody.
 */
static enum dp_verdict
nowhere(struct dp *dp, const struct pkt *p, const struct in6_addr *dst,
    enum net_counter why, struct mono now, struct dp_out *o)
{
	size_t	 i;

	for (i = 0; i < dp->conf->ha->nlinks; i++)
		if (addrs_local(&dp->addrs, &dp->conf->ha->links[i].address))
			break;
	if (i < dp->conf->ha->nlinks)
		dp_unreachable(dp, &dp->conf->ha->links[i].address,
		    pkt_data(p), p->len, now, o);
	if (why == NC_UNREACHABLE && o->reply.len != 0) {
		memset(&o->tunnel, 0, sizeof(o->tunnel));
		o->tunnel_to = ROLE_HA;
		o->tunnel.home = *dst;
		o->tunnel.event = TUNNEL_NO_BINDING;
	}
	return (dp_drop(o, why));
}

/* Plain packets only: what the tun has left to us is done here. */
static bool
finish_offload(const struct pkt *p, const struct vnet *v)
{
	if (v == NULL)
		return (true);
	if (v->gso_type != 0)
		return (false);
	return ((v->flags & VNET_NEEDS_CSUM) == 0 ||
	    (v->csum_start >= IP6_HDRLEN &&
	    cksum_complete(pkt_data(p), p->len, v->csum_start,
	    v->csum_offset)));
}

/*
 * What is between the ends of the tunnel is sent without it: from a home agent
 * itself with an RH2 (RFC 6275 9.3.2, 10.4.2), what is protected or about
 * mobility to it with an HAO (11.3.1).
 */
static inline enum encap_id
form_of(const struct fwd_entry *e, const struct fwd_path *path,
    const struct pkt *p, const struct ip6_walk *w)
{
	struct in6_addr	 a;

	if (e->side == FWD_DESTINATION) {
		memcpy(&a, pkt_data(p) + IP6_OFF_SRC, sizeof(a));
		return (fwd_same(&a, &path->local) ? ENCAP_RH2 : path->encap);
	}
	if (w->proto != IP6_P_ESP && w->proto != IP6_P_MH)
		return (path->encap);
	memcpy(&a, pkt_data(p) + IP6_OFF_DST, sizeof(a));
	return (fwd_same(&a, &path->remote) ? ENCAP_HAO : path->encap);
}

/* May the packet take this path of e? */
static inline bool
may_take(const struct dp *dp, const struct fwd_entry *e,
    const struct fwd_path *path, const struct pkt *p, struct dp_out *o)
{
	if ((path->flags & BIND_ACTIVE) == 0)
		dp_drop(o, NC_INACTIVE);
	else if (dp_clear_payload(dp, e->owner, &e->prefix, p, true))
		dp_drop(o, NC_CLEAR);
	else
		return (true);
	return (false);
}

/* What e does to it by this path. */
static struct way
way_by(struct fwd_entry *e, struct fwd_path *path, const struct pkt *p,
    const struct ip6_walk *w)
{
	return ((struct way){ e, path, form_of(e, path, p, w) });
}

/*
 * The ways of a packet by a path of each side's entry, or of the only one.
 * Headers are put in first, in the order of sides (RFC 6275 6.3, 6.4.1), then a
 * tunnel around it.  Of two tunnels the one to whom we serve is enough.
 */
static void
take_ways(struct ways *ws, struct fwd_entry *const by[FWD_SIDES],
    struct fwd_path *const path[FWD_SIDES], const struct pkt *p,
    const struct ip6_walk *w)
{
	struct way	 src;
	unsigned int	 side;

	ws->n = 0;
	for (side = 0; side < FWD_SIDES; side++)
		if (by[side] != NULL)
			ws->v[ws->n++] = way_by(by[side], path[side], p, w);
	src = ws->v[0];
	if (ws->n < FWD_SIDES || !encap_is_tunnel(src.form))
		return;
	ws->v[0] = ws->v[1];
	ws->v[1] = src;
	if (encap_is_tunnel(ws->v[0].form))
		ws->n = 1;
}

static bool
may_take_ways(const struct dp *dp, const struct ways *ws, const struct pkt *p,
    struct dp_out *o)
{
	const struct way	*v;

	for (v = ws->v; v < ws->v + ws->n; v++)
		if (!may_take(dp, v->entry, v->path, p, o))
			return (false);
	return (true);
}

/* Leave in o what the copy has become, beside what is there. */
static void
note_piece(struct dp_out *o, const uint8_t *p, size_t len)
{
	o->pieces[o->npieces++] = (struct dp_piece){ p, len, o->ifindex };
}

/* The copy i, from 0 on, of the packet in p. */
static void
send_copy(struct dp *dp, unsigned int i, struct ways *ws, const struct pkt *p,
    const struct ip6_walk *w, struct mono now, struct dp_out *o)
{
	struct ip6_walk	 walk = *w;
	struct pkt	 copy;

	if (p->len > DP_COPY_MAX - PKT_HEADROOM)
		return;
	pkt_init(&copy, dp->copies->buf[i], PKT_HEADROOM, p->len);
	memcpy(pkt_data(&copy), pkt_data(p), p->len);
	walk.p = pkt_data(&copy);
	if (by_ways(dp, ws, &copy, &walk, now, o) != DP_SEND)
		return;
	note_piece(o, pkt_data(&copy), copy.len);
	if (o->second_len > 0) {
		memcpy(dp->copies->second[i], o->second, o->second_len);
		note_piece(o, dp->copies->second[i], o->second_len);
		o->second_len = 0;
	}
	o->ncopies++;
}

/*
 * Send the packet by all of these n ways.  To its source they are one path: the
 * least MTU counts.  Nothing tells the receiver that it gets some packets
 * twice; as IP may duplicate them at any time, it has to bear that.
 */
static enum dp_verdict
send_copies(struct dp *dp, struct ways *ws, unsigned int n, struct pkt *p,
    const struct ip6_walk *w, struct mono now, struct dp_out *o)
{
	size_t			 room, least = SIZE_MAX;
	const struct fwd_path	*path = NULL, *last;
	unsigned int		 i;

	for (i = 0; i < n; i++) {
		measure(dp, &ws[i], w, now);
		room = ws[i].room - ws[i].headers;
		last = ws[i].v[ws[i].n - 1].path;
		if (room < least) {
			least = room;
			path = last;
		}
		if (encap_is_tunnel(ws[i].v[ws[i].n - 1].form) &&
		    !may_nest(dp, last, p, w, now, o))
			return (DP_DROP);
	}
	if (!fits(dp, path, p, least, now, o))
		return (DP_DROP);
	o->copying = true;
	for (i = 1; i < n; i++)
		send_copy(dp, i - 1, &ws[i], p, w, now, o);
	o->copying = false;
	return (by_ways(dp, &ws[0], p, w, now, o));
}

/* May the packet go, or does its flow discard it, which counts it? */
static bool
may_flow(const struct fwd_choice *c, struct dp_out *o)
{
	if (c->flow == NULL || c->flow->action != FLOW_DISCARD)
		return (true);
	c->flow->packets++;
	dp_drop(o, NC_FLOW_DISCARDED);
	return (false);
}

/* It goes, by the flows that chose its paths. */
static void
count_flows(struct fwd_entry *const by[FWD_SIDES],
    const struct fwd_choice c[FWD_SIDES])
{
	unsigned int	 side;

	for (side = 0; side < FWD_SIDES; side++)
		if (by[side] != NULL && c[side].flow != NULL)
			c[side].flow->packets++;
}

/* Of two tunnels one was enough: is the last of n as one before it? */
static bool
is_again(const struct ways *ws, unsigned int n)
{
	const struct ways	*last = &ws[n - 1], *v;
	unsigned int		 i;

	for (v = ws; v < last; v++) {
		for (i = 0; i < last->n && v->n == last->n; i++)
			if (v->v[i].path != last->v[i].path)
				break;
		if (i == last->n)
			return (true);
	}
	return (false);
}

/*
 * May the packet go by these n ways to where nodes say that they are?  Where
 * nobody has shown that, others must not get what a node asks for: no more than
 * the pair has credit for (RFC 4866 4.10), with each copy.
 */
static bool
may_follow(const struct ways *ws, unsigned int n, const struct pkt *p,
    struct mono now, struct dp_out *o)
{
	const struct way	*v, *to = NULL;
	unsigned int		 i;
	size_t			 cost = 0;
	bool			 may;

	for (i = 0; i < n; i++)
		for (v = ws[i].v; v < ws[i].v + ws[i].n; v++)
			if ((v->path->flags & BIND_UNVERIFIED) != 0) {
				to = v;
				cost += p->len;
			}
	if (to == NULL)
		return (true);
	may = credit_spend(&to->entry->credit, cost, now);
	o->credit_why = may ? NC_CREDIT_OUT : NC_CREDIT_LACKED;
	o->credit_len = cost;
	o->credit_home = to->entry->prefix;
	o->credit_careof = to->path->remote;
	return (may);
}

/*
 * The packet is for an entry of each side, or for one that has several paths.
 * Where an entry has a packet take all of them, and there is one of each side,
 * each path of both is taken once, not each with each.  What is to be single is
 * not copied.  What may not follow a node goes as if that had no binding with
 * us.
 */
static enum dp_verdict
outgoing_by(struct dp *dp, struct fwd_entry *const by[FWD_SIDES], bool single,
    struct pkt *p, const struct ip6_walk *w, struct mono now, struct dp_out *o)
{
	struct fwd_choice	 c[FWD_SIDES];
	struct fwd_path		*path[FWD_SIDES] = { NULL, NULL };
	struct ways		 ws[BIND_PATHS_MAX];
	unsigned int		 side, i, n = 1, nways = 0;

	for (side = 0; side < FWD_SIDES; side++) {
		if (by[side] == NULL)
			continue;
		fwd_choose_all(&dp->forward, by[side], w, now, &c[side]);
		n = !single && c[side].n > n ? c[side].n : n;
		if (!single && !may_flow(&c[side], o))
			return (DP_DROP);
	}
	for (i = 0; i < n; i++) {
		for (side = 0; side < FWD_SIDES; side++)
			if (by[side] != NULL)
				path[side] = c[side].v[i % c[side].n];
		take_ways(&ws[nways], by, path, p, w);
		if (!may_take_ways(dp, &ws[nways], p, o))
			return (DP_DROP);
		if (!is_again(ws, nways + 1))
			nways++;
	}
	if (!may_follow(ws, nways, p, now, o))
		return (by[FWD_SOURCE] == NULL ? DP_PASS :
		    outgoing_by(dp, (struct fwd_entry *[FWD_SIDES]){
		    by[FWD_SOURCE], NULL }, single, p, w, now, o));
	if (!single)
		count_flows(by, c);
	return (nways > 1 ? send_copies(dp, ws, nways, p, w, now, o) :
	    by_ways(dp, &ws[0], p, w, now, o));
}

/* The packet is for this entry alone.  DP_PASS: it may not follow the node. */
static enum dp_verdict
outgoing(struct dp *dp, struct fwd_entry *e, struct pkt *p,
    const struct ip6_walk *w, struct mono now, struct dp_out *o)
{
	struct fwd_entry	*by[FWD_SIDES] = { NULL, NULL };
	struct ways		 ws;

	if (e->asks) {
		by[e->side] = e;
		return (outgoing_by(dp, by, false, p, w, now, o));
	}
	if (!may_take(dp, e, &e->path, p, o))
		return (DP_DROP);
	ws.v[0] = way_by(e, &e->path, p, w);
	ws.n = 1;
	if ((e->path.flags & BIND_UNVERIFIED) != 0 &&
	    !may_follow(&ws, 1, p, now, o))
		return (DP_PASS);
	return (encap_is_tunnel(ws.v[0].form) ?
	    into_tunnel(dp, e, &e->path, p, w, now, o) :
	    by_ways(dp, &ws, p, w, now, o));
}

/* With pairs: none, one or both sides may have an entry. */
static enum dp_verdict
by_sides(struct dp *dp, const struct in6_addr *src, const struct in6_addr *dst,
    struct pkt *p, const struct ip6_walk *w, struct mono now, struct dp_out *o)
{
	struct fwd_entry	*by[FWD_SIDES], *e;

	owner_sides(dp, src, dst, by);
	if (by[FWD_SOURCE] != NULL && by[FWD_DESTINATION] != NULL)
		return (outgoing_by(dp, by, false, p, w, now, o));
	e = by[FWD_SOURCE] != NULL ? by[FWD_SOURCE] : by[FWD_DESTINATION];
	return (e == NULL ? DP_PASS : outgoing(dp, e, p, w, now, o));
}

/*
 * A ping of a mobile node to its own home address, from the engine: into the
 * tunnel, out of which it comes again if all is well.  p is the packet.
 */
enum dp_verdict
dp_ping_self(struct dp *dp, struct pkt *p, struct mono now, struct dp_out *o)
{
	struct in6_addr	 src = ip6_src(pkt_data(p));
	struct fwd_entry *by[FWD_SIDES] = { NULL, NULL };
	struct ip6_walk	 w;
	struct fwd_entry *e = fwd_find(&dp->forward, ROLE_MN, &src);

	if (e == NULL || ip6_walk(&w, pkt_data(p), p->len, 0) != IP6_OK)
		return (dp_drop(o, NC_REFUSED));
	by[FWD_SOURCE] = e;
	return (outgoing_by(dp, by, true, p, &w, now, o));
}

/*
 * ESP that the kernel made of what DP_KERNEL gave it: on its way as the
 * engine wanted it to be.
 */
static enum dp_verdict
encrypted(const struct protect_pair *pair, struct pkt *p,
    const struct ip6_walk *w, struct dp_out *o)
{
	enum rw_err	 e = RW_OK;

	if (pair->by == BY_HAO)
		e = rw_hao_insert(p, w, &pair->careof);
	else if (pair->by == BY_RH2)
		e = rw_rh2_insert(p, w, &pair->careof);
	if (e != RW_OK)
		return (dp_drop(o, NC_REWRITE));
	o->ifindex = pair->ifindex;
	o->why = NC_ESP_OUT;
	return (DP_SEND);
}

static bool
is_neighbor_discovery(const struct ip6_walk *w, const uint8_t *p)
{
	return (w->proto == IP6_P_ICMPV6 && !w->nonfirst &&
	    w->len > w->upper && p[w->upper] >= ICMP6_T_RS &&
	    p[w->upper] <= ICMP6_T_REDIRECT);
}

/*
 * May it take the entry of a pair?  Mobility Headers do not (RFC 6275 6.1), and
 * of each header there is one (6.3, 6.4).
 */
static bool
may_pair(const struct ip6_walk *w)
{
	return (w->proto != IP6_P_MH && w->hao == 0 && w->rh2 == 0);
}

/*
 * Is the packet this host's own, as a correspondent?  The kernel's route to a
 * peer is for all its addresses, a binding for one (RFC 6275 9.1): from another
 * one a packet goes as any host sends it.  Not from a home address of ours,
 * which has no way but the tunnel.
 */
static bool
is_unbound_own(const struct dp *dp, const struct in6_addr *src)
{
	return ((dp->roles & ROLE_BIT(ROLE_CN)) != 0 &&
	    addrs_local(&dp->addrs, src) && !dp_is_home(dp, src));
}

/*
 * What was sent to the Home-Agents anycast address of a home prefix: requests
 * for home agents are for the engine (RFC 6275 8.4), all else for nobody.  No
 * kernel has looked at the checksum.
 */
static enum dp_verdict
to_anycast(const struct dp *dp, const struct pkt *p, const struct ip6_walk *w,
    const struct in6_addr *src, const struct in6_addr *dst, struct dp_out *o)
{
	const uint8_t	*icmp6 = pkt_data(p) + w->upper;
	size_t		 len = p->len - w->upper;
	struct dp_raw	 r;

	if (w->proto != IP6_P_ICMPV6 || w->frag != 0 || len == 0 ||
	    icmp6[0] != ICMP6_T_DHAAD_REQ ||
	    !icmp6_checksum_ok(icmp6, len, src, dst))
		return (dp_drop(o, NC_ANYCAST));
	memset(&r, 0, sizeof(r));
	r.src = *src;
	r.dst = *dst;
	r.hlim = pkt_data(p)[IP6_OFF_HLIM];
	r.proto = IP6_P_ICMPV6;
	return (dp_tell_icmp6(o, ROLE_BIT(ROLE_HA) & dp->roles, &r, icmp6, len,
	    0, NULL));
}

/*
 * A packet that the kernel routed into the tun: to a mobile node of ours, or
 * from a home address of our own.  vn is its virtio-net header or NULL.
 */
enum dp_verdict
dp_tun(struct dp *dp, struct pkt *p, const struct vnet *vn, struct mono now,
    struct dp_out *o)
{
	const struct protect_pair	*pair;
	struct in6_addr			 src, dst;
	struct ip6_walk			 w;
	struct fwd_entry		*entry;
	enum dp_verdict			 v;
	enum ip6_err			 e;

	e = ip6_walk(&w, pkt_data(p), p->len, IP6_W_QUOTED);
	if (e == IP6_E_SHORT || e == IP6_E_VERSION ||
	    p->len < IP6_HDRLEN + (size_t)ip6_plen(pkt_data(p)))
		return (dp_drop(o, NC_MALFORMED));
	if (!finish_offload(p, vn))
		return (dp_drop(o, NC_BAD_OFFLOAD));
	p->len = w.len;
	src = ip6_src(pkt_data(p));
	dst = ip6_dst(pkt_data(p));
	if (in6_is_multicast(&dst))
		return (dp_drop(o, NC_TUN_MULTICAST));
	/* It was for one link only, and a kernel has forwarded it. */
	if (is_neighbor_discovery(&w, pkt_data(p)))
		return (dp_drop(o, NC_ICMP6_HOPS));
	if (in6_is_linklocal(&src) || in6_is_unspecified(&src))
		return (dp_drop(o, NC_LINK_LOCAL));
	if (in6_is_linklocal(&dst) && dp->conf != NULL && dp->conf->ha != NULL)
		return (nowhere(dp, p, &dst, NC_LINK_LOCAL, now, o));
	if (w.proto == IP6_P_ESP &&
	    (pair = dp_sent(dp, &src, &dst, now)) != NULL)
		return (encrypted(pair, p, &w, o));
	if (fwd_is_signalling(&w) &&
	    dp_clear_signalling(dp, &src, &dst))
		return (dp_drop(o, NC_CLEAR));
	if (dp->forward.npairs > 0 && may_pair(&w)) {
		if ((v = by_sides(dp, &src, &dst, p, &w, now, o)) != DP_PASS)
			return (v);
	} else if ((entry = owner_out(dp, &src, &dst)) != NULL)
		return (outgoing(dp, entry, p, &w, now, o));
	if (dp_is_ha_anycast(dp, &dst))
		return (to_anycast(dp, p, &w, &src, &dst, o));
	if (dp_in_home_prefix(dp, &dst))
		return (nowhere(dp, p, &dst, NC_UNREACHABLE, now, o));
	if (is_unbound_own(dp, &src)) {
		o->why = NC_AS_IT_IS;
		return (DP_SEND);
	}
	return (dp_drop(o, NC_TUN_UNKNOWN));
}

/* What went as it is has no path of ours: its source is to try less. */
static void
plain_too_big(struct dp *dp, const uint8_t *p, size_t len, struct mono now,
    struct dp_out *o)
{
	struct in6_addr	 src = ip6_src(p);

	if (is_unbound_own(dp, &src))
		inner_too_big(dp, &src, p, len, pmtu_lower((uint16_t)len),
		    NC_ERRORS_OUT, now, o);
}

/* One with an HAO or RH2: all its entries have a lower path MTU. */
static void
headers_too_big(struct dp *dp, const uint8_t *p, const struct ip6_walk *w,
    struct mono now, struct dp_out *o)
{
	struct sent	 s;
	uint32_t	 mtu;

	if (!sent_find(dp, p, w->len, w, &s)) {
		plain_too_big(dp, p, w->len, now, o);
		return;
	}
	mtu = pmtu_lower((uint16_t)sent_mtu(dp, &s, now));
	if (mtu >= w->len)
		mtu = pmtu_lower((uint16_t)w->len);
	mtu = sent_lower(dp, &s, mtu, now);
	sent_too_big(dp, &s, mtu, NC_ERRORS_OUT, now, o);
}

/*
 * The kernel would not send the packet at p, it was too big for the interface.
 * Try less from now on and tell the inner source.
 */
void
dp_send_too_big(struct dp *dp, const uint8_t *p, size_t len, struct mono now,
    struct dp_out *o)
{
	const uint8_t	*inner;
	struct in6_addr	 src, dst, local, remote;
	struct ip6_walk	 w;
	struct fwd_path	*path;
	uint16_t	 mtu;
	uint32_t	 link_mtu;
	size_t		 front;
	enum encap_id	 id;

	if (ip6_walk(&w, p, len, 0) != IP6_OK || w.nonfirst)
		return;
	if ((id = encap_by_proto(w.proto)) == ENCAP_MAX) {
		headers_too_big(dp, p, &w, now, o);
		return;
	}
	front = w.upper + encap_forms[id].front;
	if (w.len < front + IP6_HDRLEN)
		return;
	inner = p + front;
	len = w.len;
	src = ip6_src(inner);
	dst = ip6_dst(inner);
	local = ip6_src(p);
	remote = ip6_dst(p);
	if (owner_of(dp, id, &src, &dst, &local, &remote, &path) == NULL)
		return;
	link_mtu = addrs_mtu(&dp->addrs, path->ifindex);
	mtu = pmtu_lower(pmtu_get(&path->pmtu, link_mtu, now));
	if (mtu >= len)
		mtu = pmtu_lower((uint16_t)len);
	pmtu_set(&path->pmtu, mtu, link_mtu, now);
	inner_too_big(dp, &path->local, inner, len - front, mtu - front,
	    NC_ERRORS_OUT, now, o);
}
