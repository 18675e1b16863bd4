/*
 * Why something of a home agent is not well, by the table of core/why.def:
 * its links, and what its nodes do that it can't accept.  A reason of a node
 * stands until its next accepted Binding Update, or grows old.
 */
#include <sys/types.h>
#include <sys/socket.h>

#include <arpa/inet.h>

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "core/why.h"
#include "ha/bu.h"

#define SILENT_LONG	SEC(30)	/* a tunnel in which nothing comes back */
#define WHYS_PER_SECOND	500	/* whatever a flood of refused messages costs */
#define NAME_MAX_TEXT	(CONF_ID_MAX + 16)

static const char *
ntop(const struct in6_addr *a, char buf[INET6_ADDRSTRLEN])
{
	return (inet_ntop(AF_INET6, a, buf, INET6_ADDRSTRLEN));
}

/* What lacks of a home link that is there, if its address is: WHY_NONE. */
static enum why_id
link_lack(const struct ha_link *l)
{
	if (l->physical && l->ifindex == 0)
		return (WHY_INTERFACE_MISSING);
	if (l->physical && !l->running)
		return (WHY_HOME_LINK_DOWN);
	if (l->address_taken)
		return (WHY_AGENT_ADDRESS_DUPLICATE);
	if (!link_has_address(l))
		return (WHY_AGENT_ADDRESS_MISSING);
	return (WHY_NONE);
}

/*
 * A home link may have changed, or has gone (used is false).  Nothing is told
 * before all is known of it.
 */
void
ha_why_link(struct ha *ha, const struct ha_link *l)
{
	struct whys	*w = ha->env->whys;
	enum why_id	 id = l->used ? link_lack(l) : WHY_NONE;
	char		 addr[INET6_ADDRSTRLEN];

	if (!l->looked)
		return;
	ntop(&l->address, addr);
	if (id != WHY_INTERFACE_MISSING)
		why_clear(w, ha->now, WHY_INTERFACE_MISSING, l->interface);
	if (id != WHY_HOME_LINK_DOWN)
		why_clear(w, ha->now, WHY_HOME_LINK_DOWN, l->interface);
	if (id != WHY_AGENT_ADDRESS_MISSING)
		why_clear(w, ha->now, WHY_AGENT_ADDRESS_MISSING, addr);
	if (id != WHY_AGENT_ADDRESS_DUPLICATE)
		why_clear(w, ha->now, WHY_AGENT_ADDRESS_DUPLICATE, addr);
	if (id == WHY_INTERFACE_MISSING)
		why_set(w, ha->now, id, l->interface, l->interface, NULL);
	else if (id == WHY_HOME_LINK_DOWN)
		why_set(w, ha->now, id, l->interface, l->interface, addr,
		    NULL);
	else if (id == WHY_AGENT_ADDRESS_DUPLICATE)
		why_set(w, ha->now, id, addr, l->physical ? l->interface :
		    "some link", addr, NULL);
	else if (id == WHY_AGENT_ADDRESS_MISSING)
		why_set(w, ha->now, id, addr, addr, l->physical ?
		    l->interface : "any interface", NULL);
}

/*
 * A prefix of a link may be about to end, before hosts hear of it again; or
 * it is of the link no longer (listed is false).
 */
void
ha_why_prefix(struct ha *ha, const struct ha_link *l,
    const struct ha_prefix *p, bool listed)
{
	uint32_t	 left = link_valid_left(ha, l, p);
	uint32_t	 least = l->ra.enabled ? l->ra.max_interval / 1000 : 0;
	char		 addr[INET6_ADDRSTRLEN], s[16];
	char		 prefix[INET6_ADDRSTRLEN + 8];

	snprintf(prefix, sizeof(prefix), "%s/%u", ntop(&p->p.addr, addr),
	    p->p.len);
	if (!listed || p->valid.ns == 0 || left > least) {
		why_clear(ha->env->whys, ha->now, WHY_HOME_PREFIX_ENDS,
		    prefix);
		return;
	}
	snprintf(s, sizeof(s), "%" PRIu32, left);
	why_set(ha->env->whys, ha->now, WHY_HOME_PREFIX_ENDS, prefix, prefix,
	    s, ntop(&l->address, addr), l->interface, NULL);
}

/* What the kernel said to the route of a prefix; 0: nothing is wrong. */
void
ha_why_route(struct ha *ha, const struct conf_prefix *p, int error)
{
	char	 addr[INET6_ADDRSTRLEN], prefix[INET6_ADDRSTRLEN + 8];

	snprintf(prefix, sizeof(prefix), "%s/%u", ntop(&p->addr, addr),
	    p->len);
	if (error != 0)
		why_set(ha->env->whys, ha->now, WHY_HOME_ROUTE_REFUSED,
		    prefix, prefix, strerror(error), NULL);
	else
		why_clear(ha->env->whys, ha->now, WHY_HOME_ROUTE_REFUSED,
		    prefix);
}

/* A node as a person would name it. */
static const char *
node_name(const struct node *n, char *buf, size_t cap)
{
	char	 a[INET6_ADDRSTRLEN];

	if (n == NULL)
		return ("no node");
	if (n->identifier[0] != '\0')
		snprintf(buf, cap, "node %s", n->identifier);
	else if (n->nhomes > 0)
		snprintf(buf, cap, "node %s", ntop(&n->homes[0].addr, a));
	else
		return ("a node without name");
	return (buf);
}

/* The home addresses that the configuration gives a node, as far as fits. */
static const char *
node_homes(const struct node *n, char *buf, size_t cap)
{
	char	 a[INET6_ADDRSTRLEN];
	size_t	 i, off = 0;

	if (n == NULL || n->nhomes == 0)
		return ("none");
	for (i = 0; i < n->nhomes && i < 3; i++)
		off += (size_t)snprintf(buf + off, cap - off, "%s%s",
		    i == 0 ? "" : " ", ntop(&n->homes[i].addr, a));
	if (i < n->nhomes)
		snprintf(buf + off, cap - off, " and %zu more",
		    n->nhomes - i);
	return (buf);
}

/* A Binding Update that is not accepted, and the strings to say so. */
struct refused {
	struct ha		*ha;
	const struct bu		*bu;
	const struct verdict	*v;
	char			 home[INET6_ADDRSTRLEN];
	char			 src[INET6_ADDRSTRLEN];
	char			 node[NAME_MAX_TEXT]; /* whose keys it needs */
	char			 status[64];
	enum why_id		 id;			/* that was set */
};

/* Set the reason, of the values that are named. */
#define SET(r, which, ...)						\
	do {								\
		(r)->id = WHY_##which;					\
		why_set((r)->ha->env->whys, (r)->ha->now, (r)->id,	\
		    (r)->home, __VA_ARGS__, NULL);			\
	} while (0)

static void
wrong_spi(struct refused *r)
{
	const struct mh_opt	*o = mh_find_auth(&r->bu->mh, MHOPT_AUTH_MNHA);
	char			 got[16], want[16];

	snprintf(got, sizeof(got), "%" PRIu32, o == NULL ? 0 : o->u.auth.spi);
	snprintf(want, sizeof(want), "%" PRIu32, r->bu->auth->spi);
	SET(r, NODE_WRONG_SPI, r->src, got, r->node, want);
}

/* No association: the identifier, the address or the SPI is another one. */
static void
no_association(struct refused *r)
{
	const struct bu		*bu = r->bu;
	struct node		*owner = node_by_home(r->ha, &bu->home);
	char			 name[NAME_MAX_TEXT];

	if (bu->auth != NULL && bu->auth->type == AUTH_MN_HA &&
	    mh_find_auth(&bu->mh, MHOPT_AUTH_MNHA) != NULL &&
	    (bu->node != NULL || bu->identifier[0] != '\0'))
		wrong_spi(r);
	else if (bu->identifier[0] != '\0' && bu->node == NULL)
		SET(r, NODE_UNKNOWN, r->src, bu->identifier,
		    node_name(owner, name, sizeof(name)));
	else
		SET(r, NODE_NOBODY, r->src);
}

static void
wrong_key(struct refused *r)
{
	char	 spi[16];

	snprintf(spi, sizeof(spi), "%" PRIu32, r->bu->auth->spi);
	SET(r, NODE_WRONG_KEY, r->src, r->node, spi, r->status);
}

static void
other_home(struct refused *r)
{
	const struct bu	*bu = r->bu;
	struct node	*owner = node_by_home(r->ha, &bu->home);
	char		 whose[NAME_MAX_TEXT], homes[NAME_MAX_TEXT];

	if (owner == NULL && bu->bce != NULL)
		owner = bu->bce->node;
	SET(r, NODE_OTHER_HOME, r->node, r->src,
	    node_name(owner, whose, sizeof(whose)),
	    node_homes(bu->node, homes, sizeof(homes)), r->status);
}

static void
no_authentication(struct refused *r)
{
	SET(r, NODE_NO_AUTHENTICATION, r->src,
	    "no MN-HA authentication option", r->node, "mn-ha");
}

static void
unprotected(struct refused *r)
{
	SET(r, NODE_NO_AUTHENTICATION, r->src, "no protection by IPsec",
	    r->node, "ipsec");
}

/* RFC 4285 6: the high half of a timestamp is its time of day. */
static void
other_clock(struct refused *r)
{
	const struct mh_opt	*o = mh_find(&r->bu->mh, MHOPT_MESGID);
	char			 how[96];
	int64_t			 s, most;

	if (o == NULL)
		return;
	most = (r->bu->auth->tolerance + 999) / 1000;
	s = (int64_t)(o->u.timestamp >> 32) - (int64_t)(clock_ntp(r->ha) >> 32);
	if (s > most || s < -most)
		snprintf(how, sizeof(how), "%" PRId64 " s %s of the clock of "
		    "this host, %" PRId64 " s are allowed", s < 0 ? -s : s,
		    s < 0 ? "behind" : "ahead", most);
	else
		snprintf(how, sizeof(how), "not later than the last one of "
		    "this node");
	SET(r, NODE_CLOCK, r->src, r->node, how, r->status);
}

static void
another(struct refused *r)
{
	char	 what[96];

	if (r->v->what == DROP)
		snprintf(what, sizeof(what), "dropped");
	else
		snprintf(what, sizeof(what), "refused with status %s",
		    r->status);
	SET(r, NODE_REFUSED, r->src, r->node, what, reason_text(r->v->reason));
}

/* What is told in words of its own; all else is NODE_REFUSED. */
static const struct {
	enum ha_counter	 reason;
	void		(*tell)(struct refused *);
} tellers[] = {
	{ HC_NO_SA, no_association },
	{ HC_AUTH_FAIL, wrong_key },
	{ HC_NOT_ITS_HOME, other_home },
	{ HC_AUTH_MISSING, no_authentication },
	{ HC_UNPROTECTED, unprotected },
	{ HC_ID_MISMATCH, other_clock },
};

/* These are part of the protocol's normal course. */
static bool
is_normal(enum ha_counter reason)
{
	return (reason == HC_SEQUENCE || reason == HC_MESG_ID_REQD ||
	    reason == HC_NOT_HOME_AGENT || reason == HC_RATE_NODE);
}

static bool
too_many(struct ha *ha)
{
	return (!limit_lines(&ha->why_limit, ha->now.mono, WHYS_PER_SECOND,
	    NULL));
}

/*
 * A Binding Update is not accepted.  Returns the reason that tells why with the
 * values that differ, or NULL; it is valid until the next call.
 */
const struct why *
ha_why_refused(struct ha *ha, const struct bu *bu, const struct verdict *v)
{
	struct refused		 r = { .ha = ha, .bu = bu, .v = v };
	char			 buf[NAME_MAX_TEXT];
	size_t			 i;

	if (ha->env->whys == NULL || is_normal(v->reason) || too_many(ha))
		return (NULL);
	ntop(&bu->home, r.home);
	ntop(&bu->in->src, r.src);
	if (bu->node == NULL && bu->identifier[0] != '\0')
		snprintf(r.node, sizeof(r.node), "node %s", bu->identifier);
	else
		snprintf(r.node, sizeof(r.node), "%s",
		    node_name(bu->node, buf, sizeof(buf)));
	snprintf(r.status, sizeof(r.status), "%u (%s)", v->status,
	    mh_status_name(v->status));
	for (i = 0; i < sizeof(tellers) / sizeof(tellers[0]); i++)
		if (tellers[i].reason == v->reason)
			break;
	if (i < sizeof(tellers) / sizeof(tellers[0]))
		tellers[i].tell(&r);
	else
		another(&r);
	return (why_find(ha->env->whys, r.id, r.home));
}

/* A Binding Update for this home address was accepted: all is well with it. */
void
ha_why_accepted(struct ha *ha, const struct in6_addr *home)
{
	static const enum why_id	 ids[] = { WHY_NODE_WRONG_SPI,
	    WHY_NODE_WRONG_KEY, WHY_NODE_UNKNOWN, WHY_NODE_NOBODY,
	    WHY_NODE_OTHER_HOME, WHY_NODE_NO_AUTHENTICATION, WHY_NODE_CLOCK,
	    WHY_NODE_REFUSED };
	char				 a[INET6_ADDRSTRLEN];
	size_t				 i;

	if (ha->env->whys == NULL || ha->env->whys->nevents == 0)
		return;
	ntop(home, a);
	for (i = 0; i < sizeof(ids) / sizeof(ids[0]); i++)
		why_clear(ha->env->whys, ha->now, ids[i], a);
}

/* A binding could not be made, though its Binding Update was right. */
const struct why *
ha_why_failed(struct ha *ha, const struct bce *b, enum ha_counter reason,
    uint8_t status, const struct in6_addr *src)
{
	char			 home[INET6_ADDRSTRLEN], s[INET6_ADDRSTRLEN];
	char			 node[NAME_MAX_TEXT], what[96];

	snprintf(what, sizeof(what), "refused with status %u (%s)", status,
	    mh_status_name(status));
	why_set(ha->env->whys, ha->now, WHY_NODE_REFUSED, ntop(&b->home, home),
	    ntop(src, s), node_name(b->node, node, sizeof(node)), what,
	    reason_text(reason), NULL);
	return (why_find(ha->env->whys, WHY_NODE_REFUSED, home));
}

/* What a Neighbor Discovery message says whose address its subject is. */
struct claim {
	const char	*message;
	char		 src[INET6_ADDRSTRLEN];
	char		 mac[3 * 8];
};

static void
read_claim(struct claim *c, const struct ha_link *l,
    const struct in6_addr *src, const struct icmp6 *m)
{
	const struct nd_opt	*o = icmp6_find(m, m->type == ICMP6_T_NA ?
				    ND_TLLA : ND_SLLA);
	size_t			 i;

	c->message = m->type == ICMP6_T_NA ? "Neighbor Advertisement" :
	    "Neighbor Solicitation";
	ntop(src, c->src);
	snprintf(c->mac, sizeof(c->mac), "unknown");
	for (i = 0; o != NULL && i < o->datalen && i < l->lladdrlen; i++)
		snprintf(c->mac + 3 * i, sizeof(c->mac) - 3 * i, "%02x%s",
		    o->data[i], i + 1 < l->lladdrlen ? ":" : "");
}

/*
 * By this message another host says that it has addr, an address of the
 * binding that is defended: count it and say so.
 */
void
ha_why_claimed(struct ha *ha, const struct ha_link *l, const struct bce *b,
    const struct in6_addr *addr, const struct in6_addr *src,
    const struct icmp6 *m)
{
	const struct why	*y = NULL;
	struct claim		 c;
	char			 a[INET6_ADDRSTRLEN], coa[INET6_ADDRSTRLEN];

	if (ha->env->whys != NULL && !too_many(ha)) {
		read_claim(&c, l, src, m);
		why_set(ha->env->whys, ha->now, WHY_NODE_ADDRESS_CLAIMED,
		    ntop(addr, a), c.message, c.src, c.mac, l->interface,
		    ntop(&b->coa.addr, coa), NULL);
		y = why_find(ha->env->whys, WHY_NODE_ADDRESS_CLAIMED, a);
	}
	note_refusal(ha, HC_CONFLICT, 0, addr, src, y);
}

/* The same of the home agent's own address on the link. */
void
ha_why_agent_claimed(struct ha *ha, const struct ha_link *l,
    const struct in6_addr *src, const struct icmp6 *m)
{
	struct claim	 c;
	char		 a[INET6_ADDRSTRLEN];

	COUNT(ha->env->counters, HC_CONFLICT);
	if (ha->env->whys == NULL || too_many(ha))
		return;
	read_claim(&c, l, src, m);
	ntop(&l->address, a);
	why_set(ha->env->whys, ha->now, WHY_AGENT_ADDRESS_CLAIMED, a,
	    c.message, c.src, c.mac, l->interface, a, NULL);
}

/*
 * What became of a request for home agents; HC_DHAAD_IN: it is answered.  Of
 * what is the sender's fault or told of the link, nothing is.
 */
void
ha_why_request(struct ha *ha, const struct msg_icmp6_in *in,
    enum ha_counter reason)
{
	struct whys	*w = ha->env->whys;
	char		 dst[INET6_ADDRSTRLEN], src[INET6_ADDRSTRLEN];
	char		 one[16], all[16];

	if (w == NULL || (reason == HC_DHAAD_IN && w->nevents == 0))
		return;
	ntop(&in->dst, dst);
	if (reason == HC_DHAAD_IN) {
		why_clear(w, ha->now, WHY_DISCOVERY_OFF, dst);
		return;
	}
	if (too_many(ha))
		return;
	ntop(&in->src, src);
	snprintf(one, sizeof(one), "%u", DHAAD_RATE);
	snprintf(all, sizeof(all), "%u", DHAAD_RATE_TOTAL);
	if (reason == HC_DHAAD_OFF)
		why_set(w, ha->now, WHY_DISCOVERY_OFF, dst, src, dst, NULL);
	else if (reason == HC_DHAAD_RATE)
		why_set(w, ha->now, WHY_DISCOVERY_LIMITED, dst, src, dst, one,
		    all, NULL);
}

/* net saw a tunnel be silent, or one that was come to life. */
void
ha_why_tunnel(struct ha *ha, const struct msg_tunnel *m)
{
	const struct bce	*b = bc_find(ha, &m->home);
	char			 home[INET6_ADDRSTRLEN], c[INET6_ADDRSTRLEN];
	char			 n[16], s[16];

	ntop(&m->home, home);
	if (m->event == TUNNEL_HEARD || m->event == TUNNEL_FIRST_IN)
		why_clear(ha->env->whys, ha->now, WHY_NODE_TUNNEL_SILENT,
		    home);
	if (m->event != TUNNEL_SILENT || b == NULL || MS(m->age) < SILENT_LONG)
		return;
	snprintf(n, sizeof(n), "%" PRIu32, m->value);
	snprintf(s, sizeof(s), "%" PRIu32, m->age / 1000);
	why_set(ha->env->whys, ha->now, WHY_NODE_TUNNEL_SILENT, home, n,
	    ntop(&b->coa.addr, c), s, NULL);
}
