/*
 * What correspondents answer: Home Test and Care-of Test (RFC 6275 11.6.2),
 * Binding Acknowledgements (11.7.3), Binding Errors (11.3.6), Binding Refresh
 * Requests (11.7.4), ICMPv6 errors (11.3.5), and what net tells of their
 * packets.  Each is checked for what anybody could forge of it; what follows is
 * in optimise.c.
 */
#include <string.h>

#include "mn/parts.h"

#define STALE_PAUSE_MAX	SEC(32)	/* MAX_BINDACK_TIMEOUT */

/*
 * Did it come out of the tunnel from the home agent?  Out of that of ESP, if
 * Home Tests are to be protected: what the tun gave was in ours.
 */
static bool
is_tunnelled(struct home *h, const struct msg_mh_in *in)
{
	const struct iface	*ifc = iface_find(h->mn, in->ifindex);

	if ((in->flags & (PKT_RH2 | PKT_HAO)) != 0)
		return (false);
	return ((in->flags & PKT_TUNNEL) != 0 ||
	    (AGENT(h)->keys.protect == PROTECT_NONE && ifc != NULL &&
	    (ifc->flags & LINK_TUN) != 0));
}

/* A Home Test. */
void
hot_input(struct mn *mn, const struct msg_mh_in *in, struct now now)
{
	struct home	*h = home_find(mn, &in->dst);
	struct peer	*p = h == NULL ? NULL : peer_find(h, &in->src);
	struct mh	 m;

	if (p == NULL || mh_parse(&m, in->mh.p, in->mh.len) != MH_OK ||
	    (in->flags & (PKT_RH2 | PKT_HAO)) != 0) {
		MN_COUNT(mn, hot_ignored);
		return;
	}
	if (h->peers.place != PEERS_HOME && !is_tunnelled(h, in)) {
		MN_COUNT(mn, hot_not_tunnelled);
		return;
	}
	if (!test_answered(mn, &p->home_test, &m)) {
		MN_COUNT(mn, hot_ignored);
		return;
	}
	MN_COUNT(mn, hot_taken);
	/* The next life of this process is to have that token, too. */
	pair_record(p, now);
	peer_step(p, now);
}

/* The test of where we are now that this may answer, or NULL. */
static struct careof *
careof_of(struct mn *mn, const struct msg_mh_in *in)
{
	struct home	*h;
	struct peer	*p;

	for (h = mn->homes; h != NULL; h = h->next)
		if (h->peers.place == PEERS_AWAY &&
		    in6_eq(&h->peers.coa, &in->dst) &&
		    (p = peer_find(h, &in->src)) != NULL &&
		    p->careof != NULL && in6_eq(&p->careof->addr, &in->dst))
			return (p->careof);
	return (NULL);
}

/* A Care-of Test. */
void
cot_input(struct mn *mn, const struct msg_mh_in *in, struct now now)
{
	struct careof	*c = careof_of(mn, in);
	struct mh	 m;

	if (c == NULL || (in->flags & (PKT_RH2 | PKT_HAO)) != 0 ||
	    mh_parse(&m, in->mh.p, in->mh.len) != MH_OK ||
	    !test_answered(mn, &c->test, &m)) {
		MN_COUNT(mn, cot_ignored);
		return;
	}
	MN_COUNT(mn, cot_taken);
	careof_step(c, now);
}

/* --- Binding Acknowledgements --- */

#define PROOF(p)	(1U << (p))
#define ANY_PROOF	(PROOF(PROOF_HOME) | PROOF(PROOF_CGA) | \
			    PROOF(PROOF_TOKEN))
#define DROP_HOME	0x01
#define DROP_CAREOF	0x02
#define DROP_PERMANENT	0x04

/*
 * Statuses that come without an authenticator where there is no key to make it
 * with (section 9.5.4, RFC 4866 4.2), and a static one always is there: what
 * they can be about, and which tokens are of no use if they are true.
 */
static const struct hint {
	uint8_t		 status;
	unsigned int	 proofs, drops;
} hints[] = {
	{ MH_ST_HOME_NONCE, ANY_PROOF, DROP_HOME | DROP_PERMANENT },
	{ MH_ST_CAREOF_NONCE, ANY_PROOF, DROP_CAREOF },
	{ MH_ST_NONCES, ANY_PROOF, DROP_HOME | DROP_CAREOF | DROP_PERMANENT },
	{ MH_ST_NO_PHKT, PROOF(PROOF_TOKEN), DROP_PERMANENT },
	{ MH_ST_CGA_FAILED, PROOF(PROOF_CGA), DROP_HOME },
	{ MH_ST_PHKT_EXISTS, PROOF(PROOF_HOME), DROP_HOME },
	{ MH_ST_HOME_NONCE_ZERO, PROOF(PROOF_CGA), DROP_HOME },
};

/* What m hints at if it is about s; NULL: nothing, it has to be authentic. */
static const struct hint *
hint_of(const struct mh *m, const struct sent *s)
{
	size_t	 i;

	for (i = 0; i < sizeof(hints) / sizeof(hints[0]); i++)
		if (hints[i].status == m->u.ba.status &&
		    (hints[i].proofs & PROOF(s->proof)) != 0)
			return (&hints[i]);
	return (NULL);
}

/* The transmission with the sequence number of m, or NULL. */
static const struct sent *
same_number(const struct peer *p, const struct mh *m)
{
	const struct sent	*s;
	size_t			 i;

	for (i = 0; (s = exchange_get(&p->update, i)) != NULL; i++)
		if (s->seq == m->u.ba.seq)
			return (s);
	return (NULL);
}

/*
 * The transmission that is acknowledged, or NULL; authentic is whether the
 * authenticator is right, as it has to be but for hints.
 */
static const struct sent *
acknowledged(struct peer *p, const struct mh *m, bool *authentic)
{
	const struct sent	*s, *first = exchange_get(&p->update, 0);
	const struct in6_addr	*careof;

	if (!p->update.waiting || first == NULL) {
		MN_COUNT(p->mn, ba_not_waiting);
		return (NULL);
	}
	s = same_number(p, m);
	careof = first->lifetime == 0 ? &p->home->conf.address :
	    &p->binding.coa;
	*authentic = mhauth_bad_verify(p->mn->auth, m, p->kbm, sizeof(p->kbm),
	    careof, &p->addr) == MHAUTH_OK;
	if (!*authentic && (hint_of(m, s == NULL ? first : s) == NULL)) {
		MN_COUNT(p->mn, peer_not_authentic);
		return (NULL);
	}
	if (s == NULL && m->u.ba.status == MH_ST_SEQUENCE)
		return (first);
	if (s == NULL)
		MN_COUNT(p->mn, ba_wrong_sequence);
	return (s);
}

/* The exchange is over; a new one may begin. */
static void
update_done(struct peer *p)
{
	exchange_stop(&p->update, &p->mn->wheel);
	exchange_close(&p->update);
	p->update_due = false;
}

/* No longer than asked for, and counted from when that was sent. */
static void
accepted(struct peer *p, const struct sent *s, const struct mh *m,
    struct now now)
{
	struct binding	*b = BINDING(p);
	int64_t		 at = s->at, len;
	bool		 moved = !in6_eq(&b->bound_coa, &b->coa);
	uint16_t	 asked = s->lifetime, units = m->u.ba.lifetime;

	MN_COUNT(p->mn, peer_accepted);
	if (asked != 0)
		ero_accepted(p, s, m, now);
	update_done(p);
	p->refresh = false;
	p->resyncs = p->stale = 0;
	p->status = 0;
	p->known = true;
	p->pause = 0;
	if (asked == 0) {
		peer_remove(p, now);
		return;
	}
	b->granted = units < asked ? units : asked;
	len = LIFETIME_NS(b->granted);
	if (at + len <= now.mono.ns) {
		peer_hold(p, PEER_REFUSES, 0, now);
		return;
	}
	if (!b->bound || moved)
		b->bound_since = now.mono.ns;
	b->bound = true;
	b->bound_coa = b->coa;
	b->bound_ifindex = b->ifindex;
	b->bound_until = b->maybe_until = at + len;
	b->refresh_at = b->bound_until - peer_margin(len);
	peer_bound(p, now);
}

/*
 * Tokens may be of no use to it (section 5.2.7, RFC 4866 4.4): without them,
 * tests and perhaps a signature tell.  As anybody may have said so, the first
 * time at once, then each time after twice as long.
 */
static void
stale(struct peer *p, const struct hint *h, const struct sent *s,
    struct now now)
{
	int64_t	 pause;

	MN_COUNT(p->mn, peer_stale);
	if ((h->drops & DROP_HOME) != 0)
		token_drop(&p->home_test.token);
	if ((h->drops & DROP_CAREOF) != 0 && p->careof != NULL)
		token_drop(&p->careof->test.token);
	if ((h->drops & DROP_CAREOF) != 0) {
		token_drop(&p->ero.careof);
		p->ero.slow = s->early;
	}
	if ((h->drops & DROP_PERMANENT) != 0)
		ero_forget(p);
	update_done(p);
	if (p->stale > 0) {
		pause = p->stale > 5 ? STALE_PAUSE_MAX : SEC(1 << p->stale);
		p->tests_after = now.mono.ns + pause;
	}
	p->stale++;
	if (p->home->peers.place == PEERS_HOME && p->stale > 1)
		peer_remove(p, now);
	else
		peer_step(p, now);
}

/*
 * Status 148: signatures don't help there, if that is said again and again.
 * Status 149 to an update without: it has a token, and there is none here.
 * False: nothing can be done about it.
 */
static bool
other_proof(struct peer *p, const struct mh *m, struct now now)
{
	uint8_t	 status = m->u.ba.status;

	if (status == MH_ST_CGA_FAILED &&
	    ++p->ero.failures >= ERO_FAILURES)
		ero_hold(p, ERO_REFUSED, now);
	else if (status == MH_ST_PHKT_EXISTS) {
		if (p->ero.hold == ERO_UNKNOWN)
			p->ero.hold = ERO_NOT_HELD;
		return (ero_will_sign(p, now));
	}
	return (true);
}

static void
refused(struct peer *p, const struct sent *s, const struct mh *m,
    bool authentic, struct now now)
{
	const struct hint	*h = hint_of(m, s);
	uint8_t			 status = m->u.ba.status;

	MN_COUNT(p->mn, peer_refused);
	if (h != NULL && (other_proof(p, m, now) || !authentic)) {
		stale(p, h, s, now);
		return;
	}
	update_done(p);
	if (status == MH_ST_SEQUENCE && p->resyncs++ < MAX_RESYNC) {
		MN_COUNT(p->mn, ba_sequence);
		ero_number(p, (uint16_t)(m->u.ba.seq - p->seq));
		p->seq = m->u.ba.seq;
		if (p->key != NULL)
			statickey_skip(p->key, p->seq);
		peer_step(p, now);
	} else if (p->home->peers.place == PEERS_HOME)
		peer_remove(p, now);
	else
		peer_hold(p, PEER_REFUSES, status, now);
}

/* Was it sent to where the Binding Update came from? */
static bool
right_address(const struct peer *p, const struct msg_mh_in *in)
{
	if (p->home->peers.place == PEERS_HOME)
		return ((in->flags & PKT_RH2) == 0);
	return ((in->flags & PKT_RH2) != 0 &&
	    p->home->peers.place == PEERS_AWAY &&
	    in6_eq(&in->dst, &p->home->peers.coa));
}

/* A Binding Acknowledgement, m, of a correspondent in the list. */
void
peer_ba(struct peer *p, const struct msg_mh_in *in, const struct mh *m,
    struct now now)
{
	const struct sent	*s;
	bool			 authentic;

	if (!right_address(p, in)) {
		MN_COUNT(p->mn, ba_wrong_care_of);
		return;
	}
	if (ero_is_later(p, m, now) ||
	    (s = acknowledged(p, m, &authentic)) == NULL)
		return;
	if (m->u.ba.status < 128)
		accepted(p, s, m, now);
	else
		refused(p, s, m, authentic, now);
}

/* --- errors --- */

/*
 * It is said that it has no binding.  Who has just had packets of it knows
 * better; else the tunnel is used until tests show what is true, which begin
 * once in some seconds at most, as anybody can say so (section 11.3.6).
 */
static void
doubt(struct peer *p, struct now now)
{
	if (p->in_at != NEVER && now.mono.ns - p->in_at < PEER_PROGRESS) {
		MN_COUNT(p->mn, peer_progress);
		if (p->paired && p->used)
			pair_bind(p, now);
		return;
	}
	if (p->error_at != NEVER &&
	    now.mono.ns - p->error_at < PEER_ERROR_PAUSE)
		p->tests_after = p->error_at + PEER_ERROR_PAUSE;
	p->error_at = p->tests_after > now.mono.ns ? p->tests_after :
	    now.mono.ns;
	token_drop(&p->home_test.token);
	if (p->careof != NULL)
		token_drop(&p->careof->test.token);
	peer_lost(p, now);
}

/* A Binding Error of status for h; false: it is about no entry of the list. */
bool
peer_be(struct home *h, const struct in6_addr *from, uint8_t status,
    struct now now)
{
	struct peer	*p = peer_find(h, from);

	if (p == NULL || p->hold != PEER_NOT_HELD)
		return (false);
	if (status == MH_BE_UNKNOWN_BINDING && p->binding.bound) {
		MN_COUNT(h->mn, be_unknown_binding);
		doubt(p, now);
		return (true);
	}
	if (status == MH_BE_UNKNOWN_TYPE && peer_expects(p)) {
		MN_COUNT(h->mn, be_unknown_type);
		peer_hold(p, PEER_NO_MOBILITY, 0, now);
		return (true);
	}
	return (false);
}

/* A Binding Refresh Request; false: of no binding that it has of us. */
bool
peer_brr(struct home *h, const struct in6_addr *from, struct now now)
{
	struct peer	*p = peer_find(h, from);

	if (p == NULL || p->hold != PEER_NOT_HELD || !p->binding.bound ||
	    (p->update.last_sent != NEVER &&
	    now.mono.ns - p->update.last_sent < SEC(1)))
		return (false);
	p->refresh = true;
	peer_use(p, now);
	peer_step(p, now);
	return (true);
}

static bool
has_sent(const struct exchange *x, uint64_t cookie, uint16_t seq)
{
	const struct sent	*s;
	size_t			 i;

	for (i = 0; x->waiting && (s = exchange_get(x, i)) != NULL; i++)
		if (cookie != 0 ? s->cookie == cookie :
		    s->cookie == 0 && s->seq == seq)
			return (true);
	return (false);
}

/* Is the message at mh, of which so much is quoted, one that p waits for? */
static bool
quotes(const struct peer *p, const struct in6_addr *src, const uint8_t *mh,
    size_t len)
{
	uint64_t	 cookie = 0;
	size_t		 i;

	if (mh[MH_OFF_TYPE] == MH_BU)
		return (has_sent(&p->update, 0,
		    (uint16_t)(mh[6] << 8 | mh[7])));
	for (i = 8; i < 16 && i < len; i++)
		cookie = cookie << 8 | mh[i];
	if (len < 16 || cookie == 0)
		return (false);
	if (mh[MH_OFF_TYPE] == MH_HOTI)
		return (has_sent(&p->home_test.x, cookie, 0));
	return (mh[MH_OFF_TYPE] == MH_COTI && p->careof != NULL &&
	    in6_eq(src, &p->careof->addr) &&
	    has_sent(&p->careof->test.x, cookie, 0));
}

/* Who is waited for that got what the error quotes, or NULL. */
static struct peer *
quoted(struct mn *mn, const struct icmp6 *m)
{
	struct in6_addr	 src, dst, home;
	struct ip6_walk	 w;
	struct home	*h;
	struct peer	*p;
	const uint8_t	*mh;

	if (ip6_walk(&w, m->u.err.quoted, m->u.err.len, IP6_W_QUOTED) !=
	    IP6_OK || w.proto != IP6_P_MH || w.nonfirst || w.upper + 8 > w.len)
		return (NULL);
	mh = w.p + w.upper;
	src = ip6_src(m->u.err.quoted);
	dst = ip6_dst(m->u.err.quoted);
	home = w.hao != 0 ? ip6_hao_addr(&w) : src;
	for (h = mn->homes; h != NULL; h = h->next)
		if ((p = peer_find(h, &dst)) != NULL &&
		    p->hold == PEER_NOT_HELD && (mh[MH_OFF_TYPE] == MH_COTI ||
		    in6_eq(&home, &h->conf.address)) &&
		    quotes(p, &src, mh, w.len - w.upper))
			return (p);
	return (NULL);
}

/*
 * An ICMPv6 error that quotes what went to a correspondent; false: it doesn't.
 * All that it can stop is an attempt that is waited for.
 */
bool
peer_error(struct mn *mn, const struct icmp6 *m, struct now now)
{
	struct peer	*p = quoted(mn, m);
	char		 buf[INET6_ADDRSTRLEN];

	if (p == NULL)
		return (false);
	if (m->type == ICMP6_T_UNREACH)
		MN_COUNT(mn, icmp_unreachable);
	else if (m->type != ICMP6_T_PARAM)
		MN_COUNT(mn, icmp_other);
	else
		MN_COUNT(mn, icmp_parameter);
	if (m->type != ICMP6_T_PARAM)
		return (true);
	if (m->code == ICMP6_C_PARAM_NEXT)
		peer_hold(p, PEER_NO_MOBILITY, 0, now);
	else
		mn_log(mn, now, MN_WARN, "peer %s: Parameter Problem code %u, "
		    "pointer %u", mn_ntop(&p->addr, buf), m->code,
		    m->u.err.param);
	return (true);
}

/* An ICMPv6 error about a packet that went by the pair. */
static void
pair_error(struct peer *p, const struct msg_tunnel *m, struct now now)
{
	char	 buf[INET6_ADDRSTRLEN];

	MN_COUNT(p->mn, peer_path_errors);
	if (m->icmp6_type == ICMP6_T_PARAM)
		mn_log(p->mn, now, MN_WARN, "peer %s: Parameter Problem code "
		    "%u for a packet with the Home Address option",
		    mn_ntop(&p->addr, buf), m->icmp6_code);
	else if (m->icmp6_type == ICMP6_T_UNREACH &&
	    m->icmp6_code != ICMP6_C_UNREACH_PORT && p->binding.bound)
		doubt(p, now);
}

/* What net tells of the packets of home and m->other. */
void
peer_tunnel(struct home *h, const struct msg_tunnel *m, struct now now)
{
	struct peer	*p;

	if (m->event == TUNNEL_OBSERVED) {
		peer_observed(h, &m->other, now);
		return;
	}
	if ((p = peer_find(h, &m->other)) == NULL || !p->paired)
		return;
	if (m->event == TUNNEL_FIRST_IN || m->event == TUNNEL_FIRST_OUT)
		peer_traffic(p, m->event == TUNNEL_FIRST_IN, now);
	else if (m->event == TUNNEL_ERROR)
		pair_error(p, m, now);
}
