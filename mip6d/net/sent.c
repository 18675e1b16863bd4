/*
 * Packets that we have sent with a Home Address option, a type 2 routing header
 * or both, found again in what comes back about them: which entries they took,
 * and what they were before (RFC 6275 9.3.4, 11.3.5).  Who made the packet
 * knows nothing of the headers.  Part of the data plane, called by
 * entry_point.c and icmp.c.
 */
#include <string.h>

#include "net/dp.h"
#include "wire/icmp6.h"
#include "wire/ip6.h"

#define SEGMENTS_LEFT	3	/* offsets in an RH2 */
#define RH2_ADDRESS	8

/*
 * A receiver that went on to the home address before something went wrong shows
 * the addresses exchanged: turn them to what was on the wire.
 */
static void
unturn(uint8_t *p, const struct ip6_walk *w)
{
	struct in6_addr	 careof;
	uint8_t		*rh2 = p + w->rh2;

	if (w->rh2 == 0 || rh2[SEGMENTS_LEFT] != 0)
		return;
	rh2[SEGMENTS_LEFT] = 1;
	memcpy(&careof, rh2 + RH2_ADDRESS, sizeof(careof));
	memcpy(rh2 + RH2_ADDRESS, p + IP6_OFF_DST, sizeof(careof));
	memcpy(p + IP6_OFF_DST, &careof, sizeof(careof));
}

/*
 * Of which len octets at p are there, their walk being w.  s->plain is then the
 * packet as it was, s->by the entries that it took by their side, and s->added
 * the octets that were put in.  False if it is none of ours.
 */
bool
sent_find(const struct dp *dp, const uint8_t *p, size_t len,
    const struct ip6_walk *w, struct sent *s)
{
	struct in6_addr	 careof, local, src, dst;
	struct ip6_walk	 copy = *w;

	if ((w->hao == 0 && w->rh2 == 0) || w->nonfirst || w->cut)
		return (false);
	len = len < sizeof(s->buf) ? len : sizeof(s->buf);
	if (len < w->upper)
		return (false);
	memcpy(s->buf, p, len);
	copy.p = s->buf;
	unturn(s->buf, w);
	src = local = ip6_src(s->buf);
	dst = careof = ip6_dst(s->buf);
	if (w->hao != 0)
		src = ip6_hao_addr(&copy);
	if (w->rh2 != 0)
		dst = ip6_rh2_addr(&copy);
	memset(s->by, 0, sizeof(s->by));
	if (w->hao != 0 && (s->by[FWD_SOURCE] = owner_end(dp, FWD_SOURCE, &src,
	    &dst, &local, 0, &s->path[FWD_SOURCE])) == NULL)
		return (false);
	if (w->rh2 != 0 && (s->by[FWD_DESTINATION] = owner_end(dp,
	    FWD_DESTINATION, &dst, &src, &careof, 0,
	    &s->path[FWD_DESTINATION])) == NULL)
		return (false);
	pkt_init(&s->plain, s->buf, 0, len);
	if ((w->hao != 0 && rw_hao_strip(&s->plain, &copy) != RW_OK) ||
	    (w->rh2 != 0 && rw_rh2_strip(&s->plain, &copy) != RW_OK))
		return (false);
	s->added = len - s->plain.len;
	return (true);
}

/* Whose entry led it to where it went: of the destination, if it has one. */
enum fwd_side
sent_by(const struct sent *s)
{
	return (s->by[FWD_DESTINATION] != NULL ? FWD_DESTINATION : FWD_SOURCE);
}

/*
 * Where in the plain packet is what was at octet at of the one that was sent?
 * False if that is in what was put in.
 */
bool
sent_at(const struct sent *s, const struct ip6_walk *w, uint32_t *at)
{
	uint32_t	 end = w->rh2 == 0 ? 0 : w->rh2 + IP6_RH2_LEN;

	if (w->hao != 0)
		end = w->hao_hdr + (w->p[w->hao_hdr + 1] + 1u) * 8;
	if (*at < IP6_HDRLEN)
		return (true);
	if (*at < end || s->added > *at - IP6_HDRLEN)
		return (false);
	*at -= (uint32_t)s->added;
	return (true);
}

/* The path MTU of these entries: the least. */
uint32_t
sent_mtu(const struct dp *dp, const struct sent *s, struct mono now)
{
	const struct fwd_path	*path;
	uint32_t		 is, least = UINT16_MAX;
	unsigned int		 side;

	for (side = 0; side < FWD_SIDES; side++) {
		if (s->by[side] == NULL)
			continue;
		path = s->path[side];
		is = pmtu_get(&path->pmtu, addrs_mtu(&dp->addrs,
		    path->ifindex), now);
		least = is < least ? is : least;
	}
	return (least);
}

/* It is lower for all that took these entries.  What it is now. */
uint32_t
sent_lower(const struct dp *dp, const struct sent *s, uint32_t mtu,
    struct mono now)
{
	struct fwd_path	*path;
	unsigned int	 side;

	for (side = 0; side < FWD_SIDES; side++) {
		if (s->by[side] == NULL)
			continue;
		path = s->path[side];
		pmtu_set(&path->pmtu, mtu, addrs_mtu(&dp->addrs,
		    path->ifindex), now);
	}
	return (sent_mtu(dp, s, now));
}

/*
 * Tell the source of the packet at in, of which n octets are there, that mtu is
 * the most that it may send, if it may not have to send that much (RFC 2473 8,
 * RFC 8200 5).  The error is from src.
 */
void
dp_too_big(struct dp *dp, const struct in6_addr *src, const uint8_t *in,
    size_t n, size_t mtu, enum net_counter count, struct mono now,
    struct dp_out *o)
{
	if (mtu < IP6_MINMTU)
		mtu = IP6_MINMTU;
	if (IP6_HDRLEN + (size_t)ip6_plen(in) > IP6_MINMTU &&
	    reply_error(&o->reply, ICMP6_T_TOOBIG, 0, (uint32_t)mtu, src, in,
	    n))
		dp_answer(dp, o, &dp->too_big, now, count);
}

/* With its headers the packet may have mtu octets. */
void
sent_too_big(struct dp *dp, const struct sent *s, size_t mtu,
    enum net_counter count, struct mono now, struct dp_out *o)
{
	dp_too_big(dp, &s->path[sent_by(s)]->local, pkt_data(&s->plain),
	    s->plain.len, mtu - s->added, count, now, o);
}

/*
 * The packet at in was inside a tunnel, from src, that may take mtu octets of
 * it.  It may be of our own, with an HAO or RH2.
 */
void
inner_too_big(struct dp *dp, const struct in6_addr *src, const uint8_t *in,
    size_t n, size_t mtu, enum net_counter count, struct mono now,
    struct dp_out *o)
{
	struct ip6_walk	 w;
	struct sent	 s;

	if (ip6_walk(&w, in, n, IP6_W_QUOTED) == IP6_OK &&
	    sent_find(dp, in, w.len, &w, &s))
		sent_too_big(dp, &s, mtu, count, now, o);
	else
		dp_too_big(dp, src, in, n, mtu, count, now, o);
}
