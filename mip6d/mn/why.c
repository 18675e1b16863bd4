/*
 * Why a home address or an interface of a mobile node is not well, by the
 * table of core/why.def.  All is looked at anew whenever it may have changed,
 * so that each reason begins and ends once; what is normal for a moment, as
 * during a handover, becomes a reason only when it lasts.
 */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "core/why.h"
#include "mn/parts.h"

#define LINK_GRACE	SEC(5)	/* without care-of address */
#define KEYS_GRACE	SEC(10)	/* without keys, if no failure is told */
#define ADDRESS_GRACE	SEC(10)	/* for an address of an advertised prefix */
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

/* --- interfaces --- */

static struct iface *
iface_by_name(const struct mn *mn, const char *name)
{
	struct iface	*ifc;

	TAILQ_FOREACH(ifc, &mn->ifaces, entry)
		if (strcmp(ifc->name, name) == 0)
			return (ifc);
	return (NULL);
}

/* Another list of interfaces: what is not in it is nobody's concern. */
void
mn_why_list(struct mn *mn, const struct conf_interface *list, size_t n,
    struct now now)
{
	size_t	 i, j;

	for (i = 0; i < mn->nlisted; i++) {
		for (j = 0; j < n; j++)
			if (strcmp(mn->listed[i].name, list[j].name) == 0)
				break;
		if (j == n)
			why_clear(WHYS(mn), now, WHY_INTERFACE_MISSING,
			    mn->listed[i].name);
	}
}

/* Interfaces that the configuration names: are they there? */
static void
look_for_listed(struct mn *mn, struct now now)
{
	const char	*name;
	size_t		 i;

	for (i = 0; i < mn->nlisted; i++) {
		name = mn->listed[i].name;
		if (iface_by_name(mn, name) == NULL)
			why_set(WHYS(mn), now, WHY_INTERFACE_MISSING, name,
			    name, NULL);
		else
			why_clear(WHYS(mn), now, WHY_INTERFACE_MISSING, name);
	}
}

/* What an interface can lack, each with a word for lists. */
static const struct {
	enum why_id	 id;
	const char	*word;
} lacks[] = {
	{ WHY_INTERFACE_DOWN, "is down" },
	{ WHY_NO_CARRIER, "has no carrier" },
	{ WHY_ADDRESS_DUPLICATE, "has a duplicate address" },
	{ WHY_ADDRESS_TENTATIVE, "has a tentative address" },
	{ WHY_NO_ROUTER, "hears no router" },
	{ WHY_NO_ADDRESS, "has no address of the prefix advertised" },
	{ WHY_ADDRESS_STALE, "has an address of another link" },
};
#define NLACKS	(sizeof(lacks) / sizeof(lacks[0]))

static const char *
word_of(enum why_id id)
{
	size_t	 i;

	for (i = 0; i < NLACKS; i++)
		if (lacks[i].id == id)
			return (lacks[i].word);
	return ("has no address that could be one");
}

/* A router of the link that advertises a prefix for addresses, or NULL. */
static const struct prefix *
advertised(const struct iface *ifc, const struct router **rp)
{
	size_t	 k;

	TAILQ_FOREACH(*rp, &ifc->routers, entry) {
		if (!router_usable(*rp))
			continue;
		for (k = 0; k < (*rp)->nprefixes; k++)
			if ((*rp)->prefixes[k].autoconf)
				return (&(*rp)->prefixes[k]);
	}
	return (NULL);
}

static bool
hears_router(const struct iface *ifc)
{
	const struct router	*r;

	TAILQ_FOREACH(r, &ifc->routers, entry)
		if (router_usable(r))
			return (true);
	return (false);
}

/* The best that there is: an address that works, else one that might. */
static const struct addr *
best_address(const struct iface *ifc, struct now now)
{
	const struct addr	*a, *best = NULL;

	TAILQ_FOREACH(a, &ifc->addrs, entry) {
		if (!in6_is_routable(&a->addr) ||
		    is_home_address(ifc->mn, &a->addr))
			continue;
		if (best == NULL || addr_assigned(a, now))
			best = a;
	}
	return (best);
}

/*
 * Why there is no care-of address on this interface; WHY_NONE: there is one,
 * or it is for no reason that is known here.  *ap: the address it is about.
 */
static enum why_id
lack_of(const struct iface *ifc, const struct addr **ap, struct now now)
{
	const struct addr	*a = best_address(ifc, now);
	const struct router	*r;

	*ap = a;
	if ((ifc->flags & LINK_UP) == 0)
		return (WHY_INTERFACE_DOWN);
	if ((ifc->flags & LINK_RUNNING) == 0)
		return (WHY_NO_CARRIER);
	if (a != NULL && addr_assigned(a, now)) {
		if (addr_operable(ifc, a, now))
			return (WHY_NONE);
		return (hears_router(ifc) ? WHY_ADDRESS_STALE : WHY_NO_ROUTER);
	}
	if (a != NULL && (a->flags & ADDR_DUPLICATE) != 0)
		return (WHY_ADDRESS_DUPLICATE);
	if (a != NULL && (a->flags & ADDR_TENTATIVE) != 0)
		return (WHY_ADDRESS_TENTATIVE);
	if (!hears_router(ifc))
		return (WHY_NO_ROUTER);
	return (advertised(ifc, &r) != NULL ? WHY_NO_ADDRESS : WHY_NONE);
}

static void
set_lack(struct iface *ifc, enum why_id id, const struct addr *a,
    struct now now)
{
	const struct prefix	*p;
	const struct router	*r;
	char			 addr[INET6_ADDRSTRLEN], n[NUMBER_MAX];
	char			 prefix[INET6_ADDRSTRLEN + 8];

	switch (id) {
	case WHY_NO_ROUTER:
		why_set(WHYS(ifc->mn), now, id, ifc->name, ifc->name,
		    number(ifc->solicited, n), NULL);
		break;
	case WHY_NO_ADDRESS:
		if ((p = advertised(ifc, &r)) == NULL)
			break;
		snprintf(prefix, sizeof(prefix), "%s/%u",
		    mn_ntop(&p->addr, addr), p->len);
		why_set(WHYS(ifc->mn), now, id, ifc->name,
		    mn_ntop(&r->addr, addr), prefix, ifc->name, NULL);
		break;
	case WHY_ADDRESS_DUPLICATE:
	case WHY_ADDRESS_TENTATIVE:
	case WHY_ADDRESS_STALE:
		why_set(WHYS(ifc->mn), now, id, ifc->name,
		    mn_ntop(&a->addr, addr), ifc->name, NULL);
		break;
	default:
		why_set(WHYS(ifc->mn), now, id, ifc->name, ifc->name, NULL);
		break;
	}
}

static void
clear_lacks(struct iface *ifc, enum why_id but, struct now now)
{
	size_t	 i;

	for (i = 0; i < NLACKS; i++)
		if (lacks[i].id != but)
			why_clear(WHYS(ifc->mn), now, lacks[i].id, ifc->name);
}

/* The interface is gone. */
void
mn_why_gone(struct iface *ifc, struct now now)
{
	clear_lacks(ifc, WHY_NONE, now);
}

/*
 * An interface by itself: prefixes without an address are told of in any
 * case, as the kernel may be told to take none; the rest if it matters.
 */
static void
look_at_interface(struct iface *ifc, bool matters, int64_t *next,
    struct now now)
{
	const struct addr	*a = NULL;
	enum why_id		 id = WHY_NONE;
	int64_t			 due;

	if ((ifc->flags & (LINK_LOOPBACK | LINK_TUN)) == 0 && ifc->listed)
		id = lack_of(ifc, &a, now);
	if (id == WHY_NO_ADDRESS && !matters) {
		due = (ifc->marks.ra == NEVER ? now.mono.ns : ifc->marks.ra) +
		    ADDRESS_GRACE;
		if (due > now.mono.ns && due < *next)
			*next = due;
		matters = due <= now.mono.ns;
	}
	if (!matters)
		id = WHY_NONE;
	clear_lacks(ifc, id, now);
	if (id != WHY_NONE)
		set_lack(ifc, id, a, now);
}

/* What each interface lacks, in one line. */
static const char *
list_lacks(const struct mn *mn, char *buf, size_t cap, struct now now)
{
	const struct iface	*ifc;
	const struct addr	*a;
	size_t			 off = 0;

	buf[0] = '\0';
	TAILQ_FOREACH(ifc, &mn->ifaces, entry)
		if ((ifc->flags & (LINK_LOOPBACK | LINK_TUN)) == 0 &&
		    ifc->listed && off < cap)
			off += (size_t)snprintf(buf + off, cap - off,
			    "%s%s %s", off == 0 ? "" : ", ", ifc->name,
			    word_of(lack_of(ifc, &a, now)));
	return (off == 0 ? "there is none that may be used" : buf);
}

/* --- registrations --- */

/* The reasons of a home address, of which one at most of each group stands. */
static const enum why_id	 silences[] = { WHY_AGENT_SILENT,
    WHY_UPDATES_IGNORED, WHY_ANSWERS_NOT_BELIEVED, WHY_PROTOCOL_135 };
static const enum why_id	 refusals[] = { WHY_REFUSED_AUTHENTICATION,
    WHY_REFUSED_PROHIBITED, WHY_REFUSED_NOT_AGENT, WHY_REFUSED_DUPLICATE,
    WHY_REFUSED_CAREOF, WHY_REFUSED };
static const enum why_id	 others[] = { WHY_NO_LINK, WHY_KEYS_FAILED,
    WHY_POLICIES_REFUSED, WHY_TUNNEL_SILENT, WHY_ANSWER_NOT_AUTHENTIC };

#define CLEAR(h, list, but, now) \
	clear_group((h), (list), sizeof(list) / sizeof((list)[0]), (but), (now))

static void
clear_group(struct home *h, const enum why_id *ids, size_t n, enum why_id but,
    struct now now)
{
	char	 home[INET6_ADDRSTRLEN];
	size_t	 i;

	mn_ntop(&h->conf.address, home);
	for (i = 0; i < n; i++)
		if (ids[i] != but)
			why_clear(WHYS(h->mn), now, ids[i], home);
}

/* Nobody asks for this home address any more. */
void
mn_why_forget(struct home *h, struct now now)
{
	CLEAR(h, silences, WHY_NONE, now);
	CLEAR(h, refusals, WHY_NONE, now);
	CLEAR(h, others, WHY_NONE, now);
}

/* When the next Binding Update goes out. */
static const char *
next_attempt(const struct home *h, struct now now, char *buf, size_t cap)
{
	char	 s[NUMBER_MAX];
	int64_t	 at = h->hold_until;

	if (at == NEVER && wheel_is_set(&h->retrans))
		at = h->retrans.at.ns;
	if (at == NEVER && wheel_is_set(&h->rate))
		at = h->rate.at.ns;
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
	char	 a[INET6_ADDRSTRLEN], n[NUMBER_MAX];

	if (h->error_at == NEVER)
		return ("nothing came back");
	snprintf(buf, cap, "%s says \"%s\", last %s s ago",
	    mn_ntop(&h->error_from, a), icmp_words(h->error_type,
	    h->error_code), seconds(now, h->error_at, n));
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
	const struct iface	*ifc = iface_find(h->mn, h->ifindex);
	const char		*name = ifc == NULL ? "?" : ifc->name, *words;
	enum why_id		 id = WHY_AGENT_SILENT;
	char			 home[INET6_ADDRSTRLEN], a[INET6_ADDRSTRLEN];
	char			 from[INET6_ADDRSTRLEN], c[INET6_ADDRSTRLEN];
	char			 back[160], next[64], s[NUMBER_MAX];
	char			 n[NUMBER_MAX];

	if (h->silent == 0 || h->phase == PHASE_HOME ||
	    h->phase == PHASE_REFUSED || h->nolink_since != NEVER) {
		CLEAR(h, silences, WHY_NONE, now);
		return;
	}
	if (h->silent < SILENT_UPDATES)
		return;
	if (h->unverified_at != NEVER && h->unverified_at >= h->silent_since)
		id = WHY_ANSWERS_NOT_BELIEVED;
	else if (h->error_at != NEVER && h->error_at >= h->silent_since &&
	    is_refusal(h->error_type, h->error_code))
		id = WHY_PROTOCOL_135;
	else if (h->echo_heard != NEVER && h->echo_heard >= h->silent_since)
		id = WHY_UPDATES_IGNORED;
	CLEAR(h, silences, id, now);
	mn_ntop(&h->conf.address, home);
	mn_ntop(&h->conf.agent, a);
	mn_ntop(&h->coa, c);
	number(h->silent, n);
	seconds(now, h->silent_since, s);
	words = next_attempt(h, now, next, sizeof(next));
	if (id == WHY_PROTOCOL_135)
		why_set(WHYS(h->mn), now, id, home,
		    mn_ntop(&h->error_from, from), c, a,
		    icmp_words(h->error_type, h->error_code), n, s, words,
		    NULL);
	else if (id == WHY_ANSWERS_NOT_BELIEVED)
		why_set(WHYS(h->mn), now, id, home, n, c, name, a, s,
		    h->unverified, words, NULL);
	else
		why_set(WHYS(h->mn), now, id, home, n, c, name, a, s,
		    came_back(h, now, back, sizeof(back)), words, NULL);
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
	return (h->resyncs <= MAX_RESYNC && h->hold_until == NEVER &&
	    (h->status == MH_ST_SEQUENCE || h->status == MH_ST_ID_MISMATCH ||
	    h->status == MH_ST_MESG_ID_REQD));
}

static void
look_at_refusal(struct home *h, struct now now)
{
	const char	*name = mh_status_name(h->status);
	enum why_id	 id = refusal_of(h->status);
	char		 home[INET6_ADDRSTRLEN], a[INET6_ADDRSTRLEN];
	char		 c[INET6_ADDRSTRLEN], status[80], next[64];

	if (h->status == 0 || is_resync(h) || h->phase == PHASE_HOME ||
	    h->nolink_since != NEVER) {
		CLEAR(h, refusals, WHY_NONE, now);
		return;
	}
	CLEAR(h, refusals, id, now);
	mn_ntop(&h->conf.address, home);
	mn_ntop(&h->conf.agent, a);
	snprintf(status, sizeof(status), "%u (%s)", h->status,
	    name == NULL ? "of no RFC known here" : name);
	if (id == WHY_REFUSED_DUPLICATE)
		why_set(WHYS(h->mn), now, id, home, a, status, NULL);
	else
		why_set(WHYS(h->mn), now, id, home, a, mn_ntop(&h->coa, c),
		    status, next_attempt(h, now, next, sizeof(next)), NULL);
}

static void
look_at_keys(struct home *h, int64_t *next, struct now now)
{
	const char	*text = h->keys_text;
	char		 home[INET6_ADDRSTRLEN], a[INET6_ADDRSTRLEN];
	char		 c[INET6_ADDRSTRLEN], s[NUMBER_MAX];
	int64_t		 due;

	mn_ntop(&h->conf.address, home);
	if (!h->ipsec || !h->keys_waited || h->keys == KEY_UP) {
		h->keys_since = NEVER;
		why_clear(WHYS(h->mn), now, WHY_KEYS_FAILED, home);
		return;
	}
	if (h->keys_since == NEVER)
		h->keys_since = now.mono.ns;
	due = h->keys_since + KEYS_GRACE;
	if (h->keys != KEY_FAILED && due > now.mono.ns) {
		if (due < *next)
			*next = due;
		return;
	}
	if (text[0] == '\0')
		text = h->ike ? "IKE has not ended yet" :
		    "no security associations are in the kernel";
	why_set(WHYS(h->mn), now, WHY_KEYS_FAILED, home,
	    mn_ntop(&h->conf.agent, a), mn_ntop(&h->key_local, c), text,
	    seconds(now, h->keys_since, s), NULL);
}

static void
look_at_policies(struct home *h, struct now now)
{
	char	 home[INET6_ADDRSTRLEN], c[INET6_ADDRSTRLEN];

	mn_ntop(&h->conf.address, home);
	if (h->policies_failed)
		why_set(WHYS(h->mn), now, WHY_POLICIES_REFUSED, home,
		    mn_ntop(&h->policies.local, c),
		    strerror((int)h->policies_error), NULL);
	else
		why_clear(WHYS(h->mn), now, WHY_POLICIES_REFUSED, home);
}

static void
look_at_tunnel(struct home *h, struct now now)
{
	char	 home[INET6_ADDRSTRLEN], a[INET6_ADDRSTRLEN];
	char	 c[INET6_ADDRSTRLEN], n[NUMBER_MAX], s[NUMBER_MAX];

	mn_ntop(&h->conf.address, home);
	/* The first word of it had a ping sent through the tunnel. */
	if (h->tunnel_silent < 2 || !h->bound || h->phase != PHASE_AWAY)
		why_clear(WHYS(h->mn), now, WHY_TUNNEL_SILENT, home);
	else
		why_set(WHYS(h->mn), now, WHY_TUNNEL_SILENT, home,
		    number(h->tunnel_packets, n), mn_ntop(&h->bound_coa, c),
		    mn_ntop(&h->conf.agent, a),
		    seconds(now, h->tunnel_since, s), NULL);
}

/* True: a home address has been without link for so long that it matters. */
static bool
look_at_link(struct home *h, int64_t *next, struct now now)
{
	char	 home[INET6_ADDRSTRLEN], list[220], s[NUMBER_MAX];
	int64_t	 due;

	mn_ntop(&h->conf.address, home);
	if (h->nolink_since == NEVER) {
		why_clear(WHYS(h->mn), now, WHY_NO_LINK, home);
		return (false);
	}
	due = h->nolink_since + LINK_GRACE;
	if (due > now.mono.ns) {
		if (due < *next)
			*next = due;
		return (false);
	}
	why_set(WHYS(h->mn), now, WHY_NO_LINK, home,
	    seconds(now, h->nolink_since, s),
	    list_lacks(h->mn, list, sizeof(list), now), NULL);
	return (true);
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
	look_for_listed(mn, now);
	for (h = mn->homes; h != NULL; h = h->next)
		if (h->nolink_since != NEVER &&
		    h->nolink_since + LINK_GRACE <= now.mono.ns)
			matters = true;
	TAILQ_FOREACH(ifc, &mn->ifaces, entry)
		look_at_interface(ifc, matters, &next, now);
	for (h = mn->homes; h != NULL; h = h->next) {
		look_at_link(h, &next, now);
		look_at_silence(h, now);
		look_at_refusal(h, now);
		look_at_keys(h, &next, now);
		look_at_policies(h, now);
		look_at_tunnel(h, now);
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
	if (h->silent++ == 0) {
		h->silent_since = h->nsent > 0 ? h->sent[h->nsent - 1].at :
		    now.mono.ns;
		h->error_at = h->echo_heard = NEVER;
		if (h->unverified_at < h->silent_since)
			h->unverified_at = NEVER;
	}
	h->mn->why_due = true;
	if (h->phase == PHASE_AWAY)
		nd_send_echo(h, false);
}

/* The home agent has answered, whatever it said. */
void
mn_why_answered(struct home *h)
{
	h->silent = 0;
	h->mn->why_due = true;
}

/* An ICMPv6 error about a Binding Update. */
void
mn_why_error(struct home *h, const struct in6_addr *from, uint8_t type,
    uint8_t code, struct now now)
{
	h->error_from = *from;
	h->error_type = type;
	h->error_code = code;
	h->error_at = now.mono.ns;
	h->mn->why_due = true;
}

/* An Echo Reply: is it the home agent's, to the care-of address? */
void
mn_why_echo(struct mn *mn, const struct msg_icmp6_in *in,
    const struct icmp6 *m, struct now now)
{
	struct home	*h;

	for (h = mn->homes; h != NULL; h = h->next)
		if (h->silent > 0 && in6_eq(&in->src, &h->conf.agent) &&
		    in6_eq(&in->dst, &h->coa) && m->u.err.param == h->echo) {
			h->echo_heard = now.mono.ns;
			mn->why_due = true;
		}
}

/* A Binding Acknowledgement that is not to be believed; spi 0: it has none. */
void
mn_why_not_authentic(struct home *h, uint8_t status, uint32_t spi,
    struct now now)
{
	const struct conf_auth	*auth = &h->conf.auth;
	const char		*name = mh_status_name(status);
	char			 home[INET6_ADDRSTRLEN], a[INET6_ADDRSTRLEN];
	char			 s[80], *how = h->unverified;
	const size_t		 cap = sizeof(h->unverified);

	h->unverified_at = now.mono.ns;
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
	snprintf(s, sizeof(s), "%u (%s)", status, name == NULL ?
	    "of no RFC known here" : name);
	why_set(WHYS(h->mn), now, WHY_ANSWER_NOT_AUTHENTIC,
	    mn_ntop(&h->conf.address, home), s, mn_ntop(&h->conf.agent, a),
	    how, NULL);
}

/* All is well with the registration. */
void
mn_why_accepted(struct home *h, struct now now)
{
	char	 home[INET6_ADDRSTRLEN];

	why_clear(WHYS(h->mn), now, WHY_ANSWER_NOT_AUTHENTIC,
	    mn_ntop(&h->conf.address, home));
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
	nd_send_echo(h, true);
}
