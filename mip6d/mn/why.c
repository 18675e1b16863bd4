/*
 * Why a home address of a mobile node is not well, by the table of
 * core/why.def; lacks.c has interfaces.  All is looked at anew whenever it may
 * have changed, so that each reason begins and ends once; what is normal for a
 * moment, as during a handover, becomes a reason only when it lasts.
 */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "core/why.h"
#include "mn/parts.h"

#define LINK_GRACE	SEC(5)	/* without care-of address */
#define KEYS_GRACE	SEC(10)	/* without keys, if no failure is told */
#define CGA_GRACE	SEC(5)	/* without a word of the cga process */
#define SILENT_UPDATES	2	/* in a row that nobody acknowledged */
#define NUMBER_MAX	24

#define WHYS(mn)	((mn)->env->whys)

static const char *
number(int64_t v, char buf[NUMBER_MAX])
{
	snprintf(buf, NUMBER_MAX, "%" PRId64, v);
	return (buf);
}

static const char *
seconds(struct now now, int64_t since, char buf[NUMBER_MAX])
{
	return (number(since == NEVER ? 0 : (now.mono.ns - since) / NS_PER_SEC,
	    buf));
}

/* The reasons of a home address, of which one at most of each group stands. */
static const enum why_id	 silences[] = { WHY_AGENT_SILENT,
    WHY_UPDATES_IGNORED, WHY_ANSWERS_NOT_BELIEVED, WHY_PROTOCOL_135 };
static const enum why_id	 refusals[] = { WHY_REFUSED_AUTHENTICATION,
    WHY_REFUSED_PROHIBITED, WHY_REFUSED_NOT_AGENT, WHY_REFUSED_DUPLICATE,
    WHY_REFUSED_CAREOF, WHY_REFUSED };
static const enum why_id	 others[] = { WHY_NO_LINK, WHY_KEYS_FAILED,
    WHY_POLICIES_REFUSED, WHY_TUNNEL_SILENT, WHY_ANSWER_NOT_AUTHENTIC,
    WHY_CGA_UNUSED };
static const enum why_id	 homes[] = { WHY_NOT_HOME, WHY_HOME_DUPLICATE };

#define CLEAR(h, list, but, now) \
	clear_group((h), (list), sizeof(list) / sizeof((list)[0]), (but), (now))

static void
clear_group(struct home *h, const enum why_id *ids, size_t n, enum why_id but,
    struct now now)
{
	char	 home[INET6_ADDRSTRLEN];
	size_t	 i;

	/* Most of the time nothing is wrong, and there may be many. */
	if (WHYS(h->mn) == NULL || WHYS(h->mn)->tab.count == 0)
		return;
	mn_ntop(&h->conf.address, home);
	for (i = 0; i < n; i++)
		if (ids[i] != but)
			why_clear(WHYS(h->mn), now, ids[i], home);
}

static void
clear(struct home *h, enum why_id id, struct now now)
{
	clear_group(h, &id, 1, WHY_NONE, now);
}

/* Nobody asks for this home address any more. */
void
mn_why_forget(struct home *h, struct now now)
{
	CLEAR(h, silences, WHY_NONE, now);
	CLEAR(h, refusals, WHY_NONE, now);
	CLEAR(h, others, WHY_NONE, now);
	CLEAR(h, homes, WHY_NONE, now);
}

/* When the next Binding Update goes out. */
static const char *
next_attempt(const struct home *h, struct now now, char *buf, size_t cap)
{
	const struct peering	*p = AGENT(h);
	const struct exchange	*x = &p->update;
	char	 s[NUMBER_MAX];
	int64_t	 at = x->hold_until;

	if (at == NEVER && wheel_is_set(&x->retrans))
		at = x->retrans.at.ns;
	if (at == NEVER && wheel_is_set(&x->rate))
		at = x->rate.at.ns;
	if (at == NEVER)
		return ("no further attempt is planned");
	snprintf(buf, cap, "the next attempt is in %s s", number(
	    at <= now.mono.ns ? 0 : (at - now.mono.ns + NS_PER_SEC - 1) /
	    NS_PER_SEC, s));
	return (buf);
}

/* RFC 4443 3.1, 3.4: the codes in words. */
static const char *
icmp_words(uint8_t type, uint8_t code)
{
	static const char *const	 codes[] = { "no route to destination",
	    "administratively prohibited", "beyond scope of source address",
	    "address unreachable", "port unreachable",
	    "source address failed ingress policy",
	    "reject route to destination" };

	if (type == ICMP6_T_UNREACH)
		return (code < sizeof(codes) / sizeof(codes[0]) ? codes[code] :
		    "destination unreachable");
	if (type == ICMP6_T_PARAM)
		return (code == ICMP6_C_PARAM_NEXT ?
		    "next header not recognized" : code ==
		    ICMP6_C_PARAM_OPTION ? "option not recognized" :
		    "erroneous header field");
	return (type == ICMP6_T_TIMEX ? "hop limit exceeded" :
	    "packet too big");
}

static const char *
came_back(const struct home *h, struct now now, char *buf, size_t cap)
{
	const struct peering	*p = AGENT(h);
	const struct symptoms	*y = &p->symptoms;
	char			 a[INET6_ADDRSTRLEN], n[NUMBER_MAX];

	if (p->heard.error_at == NEVER)
		return (h->phase != PHASE_AWAY ? "nothing came back" :
		    p->heard.echo_heard == NEVER ? "nothing came back, not "
		    "even to a ping" : "nothing else came back");
	snprintf(buf, cap, "%s says \"%s\", last %s s ago",
	    mn_ntop(&y->error_from, a), icmp_words(y->error_type,
	    y->error_code), seconds(now, p->heard.error_at, n));
	return (buf);
}

/* Does the error say that protocol 135 is not wanted? */
static bool
is_refusal(uint8_t type, uint8_t code)
{
	return ((type == ICMP6_T_PARAM && code == ICMP6_C_PARAM_NEXT) ||
	    (type == ICMP6_T_UNREACH && (code == ICMP6_C_UNREACH_ADMIN ||
	    code == ICMP6_C_UNREACH_PORT || code > ICMP6_C_UNREACH_PORT)));
}

static void
look_at_silence(struct home *h, struct now now)
{
	struct peering		*p = AGENT(h);
	struct symptoms		*y = &p->symptoms;
	struct binding		*b = BINDING(p);
	const struct iface	*ifc = iface_find(h->mn, b->ifindex);
	const char		*name = ifc == NULL ? "?" : ifc->name, *words;
	enum why_id		 id = WHY_AGENT_SILENT;
	char			 home[INET6_ADDRSTRLEN], a[INET6_ADDRSTRLEN];
	char			 from[INET6_ADDRSTRLEN], c[INET6_ADDRSTRLEN];
	char			 back[160], next[64], s[NUMBER_MAX];
	char			 n[NUMBER_MAX];

	if (p->heard.silent == 0 || h->phase == PHASE_HOME ||
	    h->phase == PHASE_REFUSED || h->nolink_since != NEVER) {
		CLEAR(h, silences, WHY_NONE, now);
		return;
	}
	if (p->heard.silent < SILENT_UPDATES)
		return;
	if (evidence_agent_meanwhile(&p->heard, p->heard.unverified_at))
		id = WHY_ANSWERS_NOT_BELIEVED;
	else if (evidence_agent_meanwhile(&p->heard, p->heard.error_at) &&
	    is_refusal(y->error_type, y->error_code))
		id = WHY_PROTOCOL_135;
	else if (evidence_agent_meanwhile(&p->heard, p->heard.echo_heard))
		id = WHY_UPDATES_IGNORED;
	CLEAR(h, silences, id, now);
	mn_ntop(&h->conf.address, home);
	mn_ntop(&h->conf.agent, a);
	mn_ntop(&b->coa, c);
	number(p->heard.silent, n);
	seconds(now, p->heard.silent_since, s);
	words = next_attempt(h, now, next, sizeof(next));
	if (id == WHY_PROTOCOL_135)
		why_set(WHYS(h->mn), now, id, home,
		    mn_ntop(&y->error_from, from), c, a,
		    icmp_words(y->error_type, y->error_code), n, s, words,
		    NULL);
	else if (id == WHY_ANSWERS_NOT_BELIEVED)
		why_set(WHYS(h->mn), now, id, home, n, c, name, a, s,
		    y->unverified, words, NULL);
	else
		why_set(WHYS(h->mn), now, id, home, n, c, name, a, s,
		    came_back(h, now, back, sizeof(back)), words, NULL);
}

/* What speaks against being at home. */
static void
look_at_home(struct home *h, struct now now)
{
	const struct iface	*ifc;
	enum why_id		 id;
	char			 home[INET6_ADDRSTRLEN], a[INET6_ADDRSTRLEN];
	char			 s[NUMBER_MAX];

	if (h->home_hold == 0) {
		CLEAR(h, homes, WHY_NONE, now);
		return;
	}
	id = h->rival ? WHY_HOME_DUPLICATE : WHY_NOT_HOME;
	ifc = iface_find(h->mn, h->neighbor.ifindex);
	CLEAR(h, homes, id, now);
	why_set(WHYS(h->mn), now, id, mn_ntop(&h->conf.address, home),
	    ifc == NULL ? "?" : ifc->name, mn_ntop(&h->conf.agent, a),
	    number(h->home_hold / NS_PER_SEC, s), NULL);
}

/* Which reason a status >= 128 is. */
static enum why_id
refusal_of(uint8_t status)
{
	static const struct {
		uint8_t		 status;
		enum why_id	 id;
	} rows[] = {
		{ MH_ST_PROHIBITED, WHY_REFUSED_PROHIBITED },
		{ MH_ST_NO_HOME_REG, WHY_REFUSED_NOT_AGENT },
		{ MH_ST_NOT_HOME_SUBNET, WHY_REFUSED_NOT_AGENT },
		{ MH_ST_NOT_HA, WHY_REFUSED_NOT_AGENT },
		{ MH_ST_DAD_FAILED, WHY_REFUSED_DUPLICATE },
		{ MH_ST_ID_MISMATCH, WHY_REFUSED_AUTHENTICATION },
		{ MH_ST_MESG_ID_REQD, WHY_REFUSED_AUTHENTICATION },
		{ MH_ST_AUTH_FAIL, WHY_REFUSED_AUTHENTICATION },
		{ MH_ST_BAD_CAREOF, WHY_REFUSED_CAREOF },
	};
	size_t	 i;

	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		if (rows[i].status == status)
			return (rows[i].id);
	return (WHY_REFUSED);
}

/* These are answered at once, which is the protocol's normal course. */
static bool
is_resync(const struct home *h)
{
	const struct peering	*p = AGENT(h);

	return (p->resyncs <= MAX_RESYNC && p->update.hold_until == NEVER &&
	    (p->status == MH_ST_SEQUENCE || p->status == MH_ST_ID_MISMATCH ||
	    p->status == MH_ST_MESG_ID_REQD));
}

static void
look_at_refusal(struct home *h, struct now now)
{
	struct peering	*p = AGENT(h);
	enum why_id	 id = refusal_of(p->status);
	char		 home[INET6_ADDRSTRLEN], a[INET6_ADDRSTRLEN];
	char		 c[INET6_ADDRSTRLEN], status[80], next[64];

	if (p->status == 0 || is_resync(h) || h->phase == PHASE_HOME ||
	    h->nolink_since != NEVER) {
		CLEAR(h, refusals, WHY_NONE, now);
		return;
	}
	CLEAR(h, refusals, id, now);
	mn_ntop(&h->conf.address, home);
	mn_ntop(&h->conf.agent, a);
	snprintf(status, sizeof(status), "%u (%s)", p->status,
	    mh_status_name(p->status));
	if (id == WHY_REFUSED_DUPLICATE)
		why_set(WHYS(h->mn), now, id, home, a, status, NULL);
	else
		why_set(WHYS(h->mn), now, id, home, a,
		    mn_ntop(&BINDING(p)->coa, c), status,
		    next_attempt(h, now, next, sizeof(next)), NULL);
}

static void
look_at_keys(struct home *h, int64_t *next, struct now now)
{
	struct peering	*p = AGENT(h);
	struct keys	*k = &p->keys;
	const char	*text = k->text;
	char		 home[INET6_ADDRSTRLEN], a[INET6_ADDRSTRLEN];
	char		 c[INET6_ADDRSTRLEN], s[NUMBER_MAX];
	int64_t		 due;

	if (!k->ipsec || !k->waited || k->state == KEY_UP) {
		k->since = NEVER;
		clear(h, WHY_KEYS_FAILED, now);
		return;
	}
	if (k->since == NEVER)
		k->since = now.mono.ns;
	due = k->since + KEYS_GRACE;
	if (k->state != KEY_FAILED && due > now.mono.ns) {
		if (due < *next)
			*next = due;
		return;
	}
	if (text[0] == '\0')
		text = k->ike ? "IKE has not ended yet" :
		    "no security associations are in the kernel";
	why_set(WHYS(h->mn), now, WHY_KEYS_FAILED,
	    mn_ntop(&h->conf.address, home),
	    mn_ntop(&h->conf.agent, a), mn_ntop(&k->local, c), text,
	    seconds(now, k->since, s), NULL);
}

static void
look_at_policies(struct home *h, struct now now)
{
	struct peering	*p = AGENT(h);
	struct keys	*k = &p->keys;
	char	 home[INET6_ADDRSTRLEN], c[INET6_ADDRSTRLEN];

	if (k->failed)
		why_set(WHYS(h->mn), now, WHY_POLICIES_REFUSED,
		    mn_ntop(&h->conf.address, home),
		    mn_ntop(&k->policies.local, c),
		    strerror((int)k->error), NULL);
	else
		clear(h, WHY_POLICIES_REFUSED, now);
}

static void
look_at_tunnel(struct home *h, struct now now)
{
	struct peering	*p = AGENT(h);
	struct binding	*b = BINDING(p);
	char	 home[INET6_ADDRSTRLEN], a[INET6_ADDRSTRLEN];
	char	 c[INET6_ADDRSTRLEN], n[NUMBER_MAX], s[NUMBER_MAX];

	/* The first word of it had a ping sent through the tunnel. */
	if (h->tunnel_silent < 2 || !b->bound || h->phase != PHASE_AWAY)
		clear(h, WHY_TUNNEL_SILENT, now);
	else
		why_set(WHYS(h->mn), now, WHY_TUNNEL_SILENT,
		    mn_ntop(&h->conf.address, home),
		    number(h->tunnel_packets, n), mn_ntop(&b->bound_coa, c),
		    mn_ntop(&h->conf.agent, a),
		    seconds(now, h->tunnel_since, s), NULL);
}

/* True: a home address has been without link for so long that it matters. */
static bool
look_at_link(struct home *h, int64_t *next, struct now now)
{
	char	 home[INET6_ADDRSTRLEN], list[220], s[NUMBER_MAX];
	int64_t	 due;

	if (h->nolink_since == NEVER) {
		clear(h, WHY_NO_LINK, now);
		return (false);
	}
	due = h->nolink_since + LINK_GRACE;
	if (due > now.mono.ns) {
		if (due < *next)
			*next = due;
		return (false);
	}
	why_set(WHYS(h->mn), now, WHY_NO_LINK,
	    mn_ntop(&h->conf.address, home),
	    seconds(now, h->nolink_since, s),
	    mn_why_lacks(h->mn, list, sizeof(list), now), NULL);
	return (true);
}

/* Has it a key, and no signatures are to be had for it? */
static void
look_at_cga(struct home *h, int64_t *next, struct now now)
{
	struct home_cga	*c = &h->cga;
	const char	*what = c->failed;
	char		 home[INET6_ADDRSTRLEN], s[NUMBER_MAX];

	if (h->conf.cga_key[0] == '\0' || !h->mn->ro_on) {
		clear(h, WHY_CGA_UNUSED, now);
		return;
	}
	if (c->since == NEVER)
		c->since = now.mono.ns;
	if (c->params == NULL && c->since + CGA_GRACE > now.mono.ns) {
		if (c->since + CGA_GRACE < *next)
			*next = c->since + CGA_GRACE;
		return;
	}
	if (c->params == NULL)
		what = "the cga process has told of no key for it";
	if (what == NULL)
		clear(h, WHY_CGA_UNUSED, now);
	else
		why_set(WHYS(h->mn), now, WHY_CGA_UNUSED,
		    mn_ntop(&h->conf.address, home), seconds(now, c->since, s),
		    what, NULL);
}

/* Look at all anew, and again when what is not yet a reason would be one. */
void
mn_why(struct mn *mn, struct now now)
{
	struct home	*h;
	struct iface	*ifc;
	int64_t		 next = INT64_MAX;
	bool		 matters = false;

	if (!mn->synced)
		return;
	mn_why_listed(mn, now);
	for (h = mn->homes; h != NULL; h = h->next)
		if (h->nolink_since != NEVER &&
		    h->nolink_since + LINK_GRACE <= now.mono.ns)
			matters = true;
	TAILQ_FOREACH(ifc, &mn->ifaces, entry)
		mn_why_interface(ifc, matters, &next, now);
	for (h = mn->homes; h != NULL; h = h->next) {
		look_at_link(h, &next, now);
		look_at_silence(h, now);
		look_at_home(h, now);
		look_at_refusal(h, now);
		look_at_keys(h, &next, now);
		look_at_policies(h, now);
		look_at_tunnel(h, now);
		look_at_cga(h, &next, now);
	}
	if (next == INT64_MAX)
		wheel_clear(&mn->wheel, &mn->why);
	else
		wheel_set(&mn->wheel, &mn->why, (struct mono){ next });
}

/* --- what is heard --- */

/* The time for the acknowledgement of a Binding Update is over. */
void
mn_why_timeout(struct home *h, struct now now)
{
	struct peering		*p = AGENT(h);
	size_t			 n = p->update.nsent;
	const struct sent	*first = n == 0 ? NULL :
				    exchange_get(&p->update, n - 1);

	evidence_agent_silent(&p->heard, first == NULL ? now.mono.ns :
	    first->at);
	h->mn->why_due = true;
	path_suspect(p, now);
	if (h->phase == PHASE_AWAY)
		nd_send_echo(h, false);
}

/* The home agent has answered, whatever it said. */
void
mn_why_answered(struct home *h)
{
	AGENT(h)->heard.silent = 0;
	h->mn->why_due = true;
}

/* An ICMPv6 error about a Binding Update. */
void
mn_why_error(struct home *h, const struct in6_addr *from, uint8_t type,
    uint8_t code, struct now now)
{
	struct peering	*p = AGENT(h);

	p->symptoms.error_from = *from;
	p->symptoms.error_type = type;
	p->symptoms.error_code = code;
	p->heard.error_at = now.mono.ns;
	h->mn->why_due = true;
}

/* An Echo Reply: is it the home agent's, to the care-of address? */
void
mn_why_echo(struct mn *mn, const struct msg_icmp6_in *in,
    const struct icmp6 *m, struct now now)
{
	struct home	*h;
	struct peering	*p;

	for (h = mn->homes; h != NULL; h = h->next) {
		p = AGENT(h);
		if (p->heard.silent > 0 && in6_eq(&in->src, &p->addr) &&
		    in6_eq(&in->dst, &BINDING(p)->coa) &&
		    m->u.err.param == p->symptoms.echo) {
			p->heard.echo_heard = now.mono.ns;
			mn->why_due = true;
		}
	}
}

/* A Binding Acknowledgement that is not to be believed; spi 0: it has none. */
void
mn_why_not_authentic(struct home *h, uint8_t status, uint32_t spi,
    struct now now)
{
	struct peering		*p = AGENT(h);
	const struct conf_auth	*auth = &h->conf.auth;
	char			 home[INET6_ADDRSTRLEN], a[INET6_ADDRSTRLEN];
	char			 s[80], *how = p->symptoms.unverified;
	const size_t		 cap = sizeof(p->symptoms.unverified);

	p->heard.unverified_at = now.mono.ns;
	if (auth->type == AUTH_IPSEC)
		snprintf(how, cap, "IPsec did not protect it");
	else if (spi == 0)
		snprintf(how, cap,
		    "it has no MN-HA authentication option");
	else if (spi != auth->spi)
		snprintf(how, cap, "its SPI is %" PRIu32 ", and %"
		    PRIu32 " is configured", spi, auth->spi);
	else
		snprintf(how, cap, "its authenticator does not fit "
		    "the key that is configured for SPI %" PRIu32, spi);
	snprintf(s, sizeof(s), "%u (%s)", status, mh_status_name(status));
	why_set(WHYS(h->mn), now, WHY_ANSWER_NOT_AUTHENTIC,
	    mn_ntop(&h->conf.address, home), s, mn_ntop(&h->conf.agent, a),
	    how, NULL);
}

/* All is well with the registration. */
void
mn_why_accepted(struct home *h, struct now now)
{
	clear(h, WHY_ANSWER_NOT_AUTHENTIC, now);
}

/*
 * net has seen packets go into the tunnel and none come out of it for some
 * time, or it has seen one come out.  A host that only sends is no reason: the
 * first time the home agent is asked for an answer through the tunnel.
 */
void
mn_why_tunnel(struct home *h, const struct msg_tunnel *m, struct now now)
{
	h->mn->why_due = true;
	if (m->event != TUNNEL_SILENT) {
		h->tunnel_silent = 0;
		return;
	}
	h->tunnel_packets = m->value;
	h->tunnel_since = now.mono.ns - MS(m->age);
	h->tunnel_silent++;
	path_suspect(AGENT(h), now);
	nd_send_echo(h, true);
}

/* --- correspondents --- */

static const enum why_id	 peer_reasons[] = {
	[PEER_NOT_HELD] = WHY_NONE, [PEER_SILENT] = WHY_PEER_SILENT,
	[PEER_REFUSES] = WHY_PEER_REFUSES,
	[PEER_NO_MOBILITY] = WHY_PEER_NO_MOBILITY,
	[PEER_SPENT] = WHY_NONE,	/* static.c says so, of the key */
};

/* It is left in peace for some time: why, and how long. */
void
mn_why_peer(struct peer *p, struct now now)
{
	char		 a[INET6_ADDRSTRLEN], home[INET6_ADDRSTRLEN];
	char		 status[80], s[NUMBER_MAX];

	if (peer_reasons[p->hold] == WHY_NONE)
		return;
	mn_ntop(&p->addr, a);
	mn_ntop(&p->home->conf.address, home);
	number((p->hold_until - now.mono.ns) / NS_PER_SEC, s);
	snprintf(status, sizeof(status), "%u (%s)", p->status,
	    p->status == 0 ? "accepted for no time" :
	    mh_status_name(p->status));
	if (p->hold == PEER_SILENT)
		why_set(WHYS(p->mn), now, WHY_PEER_SILENT, a, a, home, s, NULL);
	else if (p->hold == PEER_REFUSES)
		why_set(WHYS(p->mn), now, WHY_PEER_REFUSES, a, a, home, status,
		    s, NULL);
	else
		why_set(WHYS(p->mn), now, WHY_PEER_NO_MOBILITY, a, a, home, s,
		    NULL);
}

/*
 * It is tried again, or forgotten, and is still held.  The reason is about the
 * correspondent, which may be left in peace for another home address as well.
 */
void
mn_why_peer_forget(const struct peer *p, struct now now)
{
	char		 a[INET6_ADDRSTRLEN];
	struct peer	*o;

	if (peer_reasons[p->hold] == WHY_NONE || WHYS(p->mn) == NULL)
		return;
	why_clear(WHYS(p->mn), now, peer_reasons[p->hold],
	    mn_ntop(&p->addr, a));
	TAILQ_FOREACH(o, &p->dest->peers, of_dest)
		if (o != p && o->hold == p->hold)
			mn_why_peer(o, now);
}
