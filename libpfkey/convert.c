/*
 * From associations, policies and moves to messages about them and back,
 * without regard to dialects.  Here stand the rules that all kernels have in
 * common, such as how the type of a Mobility Header stands in a selector and
 * what a request of a policy must have.  Owns nothing: keys are only pointed
 * to.  Called by users of the library, and by the client to read dumps and
 * match moves.
 */
#include <sys/socket.h>

#include <string.h>

#include "libpfkey/internal.h"

#define TRANSPORT_PORTS(p)	((p) != 0 && (p) != PROTO_MH &&		\
				    (p) != PROTO_ICMPV6 && (p) != PROTO_ICMP)
#define REPLAY_IN_SA		(255 * 8)	/* fits sadb_sa_replay */

static uint8_t
full_prefix(const struct pfkey_addr *a)
{
	return (a->family == AF_INET ? 32 : 128);
}

static bool
family_ok(const struct pfkey_addr *a)
{
	return (a->family == AF_INET || a->family == AF_INET6);
}

/* All zeroes, which is no address to send to. */
static bool
addr_unspecified(const struct pfkey_addr *a)
{
	static const uint8_t	 zero[16];

	return (memcmp(a->bytes, zero, a->family == AF_INET ? 4 : 16) == 0);
}

/* Ports are not looked at; two addresses of no family are the same. */
bool
pfkey_addr_equal(const struct pfkey_addr *a, const struct pfkey_addr *b)
{
	if (a->family != b->family)
		return (false);
	return (!family_ok(a) || (a->scope == b->scope &&
	    memcmp(a->bytes, b->bytes, a->family == AF_INET ? 4 : 16) == 0));
}

/* Start a message of the given type; everything else is absent. */
void
pfkey_msg_init(struct pfkey_msg *m, enum pfkey_type type)
{
	memset(m, 0, sizeof(*m));
	m->type = type;
}

static void
set_address(struct pfkey_msg *m, enum pfkey_ext x, struct pfkey_address *to,
    const struct pfkey_addr *a, uint8_t plen, uint8_t proto, uint16_t port)
{
	to->a = *a;
	to->a.port = port;
	to->plen = plen;
	to->proto = proto == PROTO_ANY ? 0 : proto;
	m->present |= BIT(x);
}

static void
set_lifetime(struct pfkey_msg *m, enum pfkey_ext x,
    struct pfkey_lifetime *to, const struct pfkey_lifetime *from)
{
	*to = *from;
	m->present |= BIT(x);
}

static bool
lifetime_zero(const struct pfkey_lifetime *l)
{
	return (l->allocations == 0 && l->bytes == 0 && l->addtime == 0 &&
	    l->usetime == 0);
}

/*
 * Kernels know ports only.  The type of a Mobility Header or ICMP message is
 * the source port, the code of the latter the destination port, and 0 stands
 * for any: type 0 cannot be selected.
 */
static enum pfkey_error
selector_ports(const struct pfkey_selector *s, uint16_t *sport,
    uint16_t *dport)
{
	*sport = s->sport;
	*dport = s->dport;
	if (s->has_type) {
		if (TRANSPORT_PORTS(s->proto) || s->proto == 0 ||
		    s->type == 0 || s->sport != 0 || s->dport != 0 ||
		    (s->proto == PROTO_MH && s->code != 0))
			return (PFKEY_E_SELECTOR);
		*sport = s->type;
		*dport = s->code;
	} else if (!TRANSPORT_PORTS(s->proto) &&
	    (s->sport != 0 || s->dport != 0))
		return (PFKEY_E_SELECTOR);
	return (PFKEY_OK);
}

static enum pfkey_error
from_selector(struct pfkey_msg *m, const struct pfkey_selector *s)
{
	enum pfkey_error	 e;
	uint16_t		 sport, dport;

	if (!family_ok(&s->src) || s->src.family != s->dst.family)
		return (PFKEY_E_FAMILY);
	if (s->src_plen > full_prefix(&s->src) ||
	    s->dst_plen > full_prefix(&s->dst))
		return (PFKEY_E_PREFIX);
	if ((e = selector_ports(s, &sport, &dport)) != PFKEY_OK)
		return (e);
	set_address(m, PFKEY_X_SRC, &m->src, &s->src, s->src_plen, s->proto,
	    sport);
	set_address(m, PFKEY_X_DST, &m->dst, &s->dst, s->dst_plen, s->proto,
	    dport);
	return (PFKEY_OK);
}

static void
to_selector(const struct pfkey_msg *m, struct pfkey_selector *s)
{
	s->src = m->src.a;
	s->dst = m->dst.a;
	s->src_plen = m->src.plen;
	s->dst_plen = m->dst.plen;
	s->proto = m->src.proto;
	s->sport = m->src.a.port;
	s->dport = m->dst.a.port;
	s->src.port = s->dst.port = 0;
	if (s->proto == 0 || TRANSPORT_PORTS(s->proto))
		return;
	if (s->sport >= 1 && s->sport <= UINT8_MAX && s->dport <= UINT8_MAX &&
	    (s->proto != PROTO_MH || s->dport == 0)) {
		s->has_type = true;
		s->type = (uint8_t)s->sport;
		s->code = (uint8_t)s->dport;
		s->sport = s->dport = 0;
	}
}

static bool
dir_ok(uint8_t dir)
{
	return (dir >= PFKEY_IN && dir <= PFKEY_FWD);
}

/*
 * Kernels keep a reqid only with level unique; a tunnel needs both of its
 * ends, and a request has both addresses or none.
 */
static enum pfkey_error
check_request(const struct pfkey_request *r)
{
	if (r->reqid > PFKEY_REQID_MAX)
		return (PFKEY_E_REQID);
	if (r->mode < PFKEY_TRANSPORT || r->level > PFKEY_UNIQUE ||
	    (r->reqid != 0 && r->level != PFKEY_UNIQUE))
		return (PFKEY_E_REQUEST);
	if (r->src.family != r->dst.family)
		return (PFKEY_E_FAMILY);
	if (r->mode == PFKEY_TUNNEL && !family_ok(&r->src))
		return (PFKEY_E_REQUEST);
	return (PFKEY_OK);
}

static enum pfkey_error
from_requests(struct pfkey_msg *m, const struct pfkey_policy *p)
{
	enum pfkey_error	 e;
	unsigned int		 i;

	if (p->nrequests > PFKEY_MAX_POLICY)
		return (PFKEY_E_TOO_MANY);
	if ((p->action == PFKEY_IPSEC) != (p->nrequests > 0))
		return (PFKEY_E_REQUEST);
	for (i = 0; i < p->nrequests; i++) {
		if ((e = check_request(&p->requests[i])) != PFKEY_OK)
			return (e);
		m->policy.requests[i] = p->requests[i];
	}
	m->policy.nrequests = p->nrequests;
	return (PFKEY_OK);
}

/*
 * Make m the request `type' about policy p: PFKEY_SPDADD, SPDUPDATE and
 * SPDSETIDX carry all of it, SPDDELETE its selector and direction, SPDGET and
 * SPDDELETE2 its id.
 */
enum pfkey_error
pfkey_from_policy(struct pfkey_msg *m, enum pfkey_type type,
    const struct pfkey_policy *p)
{
	enum pfkey_error	 e;

	pfkey_msg_init(m, type);
	m->present = BIT(PFKEY_X_POLICY);
	m->policy.type = p->action;
	m->policy.dir = p->dir;
	m->policy.id = p->id;
	if (type == PFKEY_SPDGET || type == PFKEY_SPDDELETE2)
		return (PFKEY_OK);
	if (!dir_ok(p->dir))
		return (PFKEY_E_VALUE);
	if ((e = from_selector(m, &p->sel)) != PFKEY_OK)
		return (e);
	if (type == PFKEY_SPDDELETE)
		return (PFKEY_OK);
	if (type != PFKEY_SPDADD && type != PFKEY_SPDUPDATE &&
	    type != PFKEY_SPDSETIDX)
		return (PFKEY_E_TYPE);
	m->policy.priority = p->priority;
	if (!lifetime_zero(&p->hard))
		set_lifetime(m, PFKEY_X_LIFE_HARD, &m->hard, &p->hard);
	if (!lifetime_zero(&p->soft))
		set_lifetime(m, PFKEY_X_LIFE_SOFT, &m->soft, &p->soft);
	return (from_requests(m, p));
}

/* The policy that m is about; m needs its selector and policy extension. */
enum pfkey_error
pfkey_to_policy(const struct pfkey_msg *m, struct pfkey_policy *p)
{
	unsigned int	 i;

	memset(p, 0, sizeof(*p));
	if (!PFKEY_HAS(m, PFKEY_X_SRC) || !PFKEY_HAS(m, PFKEY_X_DST) ||
	    !PFKEY_HAS(m, PFKEY_X_POLICY))
		return (PFKEY_E_MISSING);
	if (m->policy.nrequests > PFKEY_MAX_POLICY)
		return (PFKEY_E_TOO_MANY);
	to_selector(m, &p->sel);
	p->dir = m->policy.dir;
	p->action = m->policy.type;
	p->id = m->policy.id;
	p->priority = m->policy.priority;
	p->current = m->current;
	p->hard = m->hard;
	p->soft = m->soft;
	p->nrequests = m->policy.nrequests;
	for (i = 0; i < p->nrequests; i++)
		p->requests[i] = m->policy.requests[i];
	return (PFKEY_OK);
}

static enum pfkey_error
check_pair(const struct pfkey_request *from, const struct pfkey_request *to)
{
	enum pfkey_error	 e;

	if ((e = check_request(from)) != PFKEY_OK ||
	    (e = check_request(to)) != PFKEY_OK)
		return (e);
	if (from->proto != to->proto || from->mode != to->mode ||
	    from->reqid != to->reqid)
		return (PFKEY_E_REQUEST);
	if (!family_ok(&from->src) || !family_ok(&to->src))
		return (PFKEY_E_FAMILY);
	if (addr_unspecified(&to->src) || addr_unspecified(&to->dst))
		return (PFKEY_E_ADDRESS);
	return (PFKEY_OK);
}

/*
 * Make m the PFKEY_MIGRATE request for g.  Linux answers success with a
 * broadcast whose sequence number and process id are 0, and failure with an
 * error; pfkey_request() matches both.
 */
enum pfkey_error
pfkey_from_migrate(struct pfkey_msg *m, const struct pfkey_migrate *g)
{
	enum pfkey_error	 e;
	unsigned int		 i;

	pfkey_msg_init(m, PFKEY_MIGRATE);
	if (!dir_ok(g->dir))
		return (PFKEY_E_VALUE);
	if ((e = from_selector(m, &g->sel)) != PFKEY_OK)
		return (e);
	if (g->npairs == 0)
		return (PFKEY_E_REQUEST);
	if (g->npairs > PFKEY_MAX_POLICY)
		return (PFKEY_E_TOO_MANY);
	m->present |= BIT(PFKEY_X_POLICY);
	m->policy.type = PFKEY_IPSEC;
	m->policy.dir = g->dir;
	for (i = 0; i < g->npairs; i++) {
		e = check_pair(&g->from[i], &g->to[i]);
		if (e != PFKEY_OK)
			return (e);
		m->policy.requests[2 * i] = g->from[i];
		m->policy.requests[2 * i + 1] = g->to[i];
	}
	m->policy.nrequests = 2 * g->npairs;
	if (g->km_local.family != g->km_remote.family)
		return (PFKEY_E_FAMILY);
	if (family_ok(&g->km_local)) {
		m->km.local = g->km_local;
		m->km.remote = g->km_remote;
		m->present |= BIT(PFKEY_X_KMADDRESS);
	}
	return (PFKEY_OK);
}

/* The move that a PFKEY_MIGRATE message is about. */
enum pfkey_error
pfkey_to_migrate(const struct pfkey_msg *m, struct pfkey_migrate *g)
{
	unsigned int	 i;

	memset(g, 0, sizeof(*g));
	if (!PFKEY_HAS(m, PFKEY_X_SRC) || !PFKEY_HAS(m, PFKEY_X_DST) ||
	    !PFKEY_HAS(m, PFKEY_X_POLICY))
		return (PFKEY_E_MISSING);
	if (m->policy.nrequests == 0 || m->policy.nrequests % 2 != 0)
		return (PFKEY_E_REQUEST);
	to_selector(m, &g->sel);
	g->dir = m->policy.dir;
	g->npairs = m->policy.nrequests / 2;
	for (i = 0; i < g->npairs; i++) {
		g->from[i] = m->policy.requests[2 * i];
		g->to[i] = m->policy.requests[2 * i + 1];
	}
	if (PFKEY_HAS(m, PFKEY_X_KMADDRESS)) {
		g->km_local = m->km.local;
		g->km_remote = m->km.remote;
	}
	return (PFKEY_OK);
}

/* What only ADD and UPDATE carry. */
static void
from_sa_content(struct pfkey_msg *m, const struct pfkey_sa *sa)
{
	m->sa.state = PFKEY_MATURE;	/* RFC 2367 section 3.1.3 */
	m->sa.replay = sa->replay;
	if (sa->replay > REPLAY_IN_SA) {
		m->sa_replay = sa->replay;
		m->present |= BIT(PFKEY_X_SA_REPLAY);
	}
	m->sa.flags = sa->flags;
	m->sa.flags_raw = sa->flags_raw;
	m->sa.auth = sa->auth;
	m->sa.encrypt = sa->encrypt;
	if (sa->key_auth.p != NULL) {
		m->key_auth = sa->key_auth;
		m->present |= BIT(PFKEY_X_KEY_AUTH);
	}
	/* ESP wants this extension even when the cipher has no key. */
	if (sa->key_encrypt.p != NULL ||
	    (m->type == PFKEY_ADD && sa->encrypt == PFKEY_C_NULL)) {
		m->key_encrypt = sa->key_encrypt;
		m->present |= BIT(PFKEY_X_KEY_ENCRYPT);
	}
	/* Kernels take both lifetimes or none. */
	if (!lifetime_zero(&sa->hard) || !lifetime_zero(&sa->soft)) {
		set_lifetime(m, PFKEY_X_LIFE_HARD, &m->hard, &sa->hard);
		set_lifetime(m, PFKEY_X_LIFE_SOFT, &m->soft, &sa->soft);
	}
	if (sa->natt_type != 0) {
		m->natt.type = sa->natt_type;
		m->natt.sport = sa->natt_sport;
		m->natt.dport = sa->natt_dport;
		m->present |= BIT(PFKEY_X_NATT_TYPE) |
		    BIT(PFKEY_X_NATT_SPORT) | BIT(PFKEY_X_NATT_DPORT);
	}
	if (family_ok(&sa->proxy.a)) {
		m->proxy = sa->proxy;
		m->present |= BIT(PFKEY_X_PROXY);
	}
	if (family_ok(&sa->new_src))
		set_address(m, PFKEY_X_NEW_SRC, &m->new_src, &sa->new_src,
		    full_prefix(&sa->new_src), 0, 0);
	if (family_ok(&sa->new_dst))
		set_address(m, PFKEY_X_NEW_DST, &m->new_dst, &sa->new_dst,
		    full_prefix(&sa->new_dst), 0, 0);
}

/*
 * Make m the request `type' about association sa: PFKEY_ADD and UPDATE carry
 * all of it (keys only by reference: they must outlive pfkey_build()), GETSPI
 * its addresses, mode and reqid, GET and DELETE its SPI and addresses.
 */
enum pfkey_error
pfkey_from_sa(struct pfkey_msg *m, enum pfkey_type type,
    const struct pfkey_sa *sa)
{
	pfkey_msg_init(m, type);
	if (type != PFKEY_GETSPI && type != PFKEY_ADD &&
	    type != PFKEY_UPDATE && type != PFKEY_GET && type != PFKEY_DELETE)
		return (PFKEY_E_TYPE);
	if (!family_ok(&sa->src) || sa->src.family != sa->dst.family)
		return (PFKEY_E_FAMILY);
	if (sa->reqid > PFKEY_REQID_MAX)
		return (PFKEY_E_REQID);
	m->satype = sa->satype;
	set_address(m, PFKEY_X_SRC, &m->src, &sa->src, full_prefix(&sa->src),
	    0, 0);
	set_address(m, PFKEY_X_DST, &m->dst, &sa->dst, full_prefix(&sa->dst),
	    0, 0);
	if (type != PFKEY_GETSPI) {
		m->sa.spi = sa->spi;
		m->present |= BIT(PFKEY_X_SA);
	}
	if (type == PFKEY_GET || type == PFKEY_DELETE)
		return (PFKEY_OK);
	if (sa->mode != PFKEY_MODE_ANY || sa->reqid != 0) {
		m->sa2.mode = sa->mode;
		m->sa2.reqid = sa->reqid;
		m->present |= BIT(PFKEY_X_SA2);
	}
	if (type != PFKEY_GETSPI)
		from_sa_content(m, sa);
	return (PFKEY_OK);
}

/* The association that m is about; keys stay where m has them. */
enum pfkey_error
pfkey_to_sa(const struct pfkey_msg *m, struct pfkey_sa *sa)
{
	memset(sa, 0, sizeof(*sa));
	if (!PFKEY_HAS(m, PFKEY_X_SA) || !PFKEY_HAS(m, PFKEY_X_SRC) ||
	    !PFKEY_HAS(m, PFKEY_X_DST))
		return (PFKEY_E_MISSING);
	sa->satype = m->satype;
	sa->spi = m->sa.spi;
	sa->src = m->src.a;
	sa->dst = m->dst.a;
	sa->mode = m->sa2.mode;
	sa->reqid = m->sa2.reqid;
	sa->state = m->sa.state;
	sa->replay = PFKEY_HAS(m, PFKEY_X_SA_REPLAY) ? m->sa_replay :
	    m->sa.replay;
	sa->flags = m->sa.flags;
	sa->flags_raw = m->sa.flags_raw;
	sa->auth = m->sa.auth;
	sa->encrypt = m->sa.encrypt;
	sa->key_auth = m->key_auth;
	sa->key_encrypt = m->key_encrypt;
	sa->current = m->current;
	sa->hard = m->hard;
	sa->soft = m->soft;
	sa->natt_type = m->natt.type;
	sa->natt_sport = m->natt.sport;
	sa->natt_dport = m->natt.dport;
	sa->proxy = m->proxy;
	sa->new_src = m->new_src.a;
	sa->new_dst = m->new_dst.a;
	return (PFKEY_OK);
}
