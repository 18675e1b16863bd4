/*
 * The extensions: how each is read and written.  A reader gets exactly the
 * extension's own bytes behind its length and type; a writer leaves those two
 * and the padding to its caller.
 */
#include <sys/socket.h>

#include <string.h>

#include "libpfkey/internal.h"

#define FIELD(f)	offsetof(struct pfkey_msg, f)
#define COMB_LEN	72	/* struct sadb_comb, RFC 2367 section 2.3.7 */
#define ALG_LEN		8	/* struct sadb_alg, section 2.3.8 */

/* Bytes of the sockaddr that carries a, on every system; 0 for none. */
size_t
pfkey_addr_len(const struct pfkey_addr *a)
{
	if (a->family == AF_INET)
		return (16);
	return (a->family == AF_INET6 ? 28 : 0);
}

/* What is left may only be the padding to eight bytes. */
static enum pfkey_error
only_padding(struct cur *c, enum pfkey_error otherwise)
{
	if (c->bad || cur_left(c) >= 8)
		return (otherwise);
	cur_take(c, cur_left(c));
	return (PFKEY_OK);
}

/* A struct sockaddr_in or sockaddr_in6 of the dialect's system. */
static enum pfkey_error
get_sockaddr(const struct pfkey_dialect *d, struct cur *c,
    struct pfkey_addr *a)
{
	const uint8_t	*p;
	unsigned int	 len = 0, family;

	memset(a, 0, sizeof(*a));
	if (d->sa_len) {
		len = cur_u8(c);
		family = cur_u8(c);
	} else
		family = cur_u16(c);
	a->port = cur_be16(c);
	if (family == 2) {
		a->family = AF_INET;
		p = cur_take(c, 4);
		if (p != NULL)
			memcpy(a->bytes, p, 4);
		cur_take(c, 8);
	} else if (family == d->inet6) {
		a->family = AF_INET6;
		cur_u32(c);
		p = cur_take(c, 16);
		if (p != NULL)
			memcpy(a->bytes, p, 16);
		a->scope = cur_u32(c);
	} else
		return (PFKEY_E_FAMILY);
	if (c->bad || (d->sa_len && len != pfkey_addr_len(a)))
		return (PFKEY_E_ADDRESS);
	return (PFKEY_OK);
}

static enum pfkey_error
put_sockaddr(const struct pfkey_dialect *d, struct out *o,
    const struct pfkey_addr *a)
{
	size_t	 len = pfkey_addr_len(a);
	uint8_t	 family = a->family == AF_INET ? 2 : d->inet6;

	if (len == 0)
		return (PFKEY_E_FAMILY);
	if (d->sa_len) {
		out_u8(o, (uint8_t)len);
		out_u8(o, family);
	} else
		out_u16(o, family);
	out_be16(o, a->port);
	if (a->family == AF_INET) {
		out_bytes(o, a->bytes, 4);
		out_zero(o, 8);
	} else {
		out_zero(o, 4);
		out_bytes(o, a->bytes, 16);
		out_u32(o, a->scope);
	}
	return (PFKEY_OK);
}

/* Two sockaddrs of one family, back to back without padding between them. */
static enum pfkey_error
get_pair(const struct pfkey_dialect *d, struct cur *c, struct pfkey_addr *a,
    struct pfkey_addr *b)
{
	enum pfkey_error	 e;

	if ((e = get_sockaddr(d, c, a)) != PFKEY_OK ||
	    (e = get_sockaddr(d, c, b)) != PFKEY_OK)
		return (e);
	return (a->family == b->family ? PFKEY_OK : PFKEY_E_FAMILY);
}

static enum pfkey_error
put_pair(const struct pfkey_dialect *d, struct out *o,
    const struct pfkey_addr *a, const struct pfkey_addr *b)
{
	enum pfkey_error	 e;

	if (a->family != b->family)
		return (PFKEY_E_FAMILY);
	e = put_sockaddr(d, o, a);
	return (e != PFKEY_OK ? e : put_sockaddr(d, o, b));
}

/* RFC 2367 section 2.3.1 */
static enum pfkey_error
get_sa(const struct pfkey_dialect *d, struct cur *c, struct pfkey_msg *m,
    void *field)
{
	uint32_t	 flags;
	unsigned int	 i;

	(void)field;
	m->sa.spi = cur_be32(c);
	m->sa.replay = (uint32_t)cur_u8(c) * d->replay_unit;
	m->sa.state = cur_u8(c);
	m->sa.auth = pfkey_to_own(d->auths, NAUTHS, cur_u8(c));
	/* For IPComp the encryption field is the compression algorithm. */
	m->sa.encrypt = cur_u8(c);
	if (m->satype == PFKEY_IPCOMP)
		m->sa.encrypt |= PFKEY_RAW;
	else
		m->sa.encrypt = pfkey_to_own(d->encrypts, NENCRYPTS,
		    m->sa.encrypt);
	flags = cur_u32(c);
	for (i = 0; i < NFLAGS; i++) {
		if ((flags & d->flags[i]) != 0)
			m->sa.flags |= 1U << i;
		flags &= ~d->flags[i];
	}
	m->sa.flags_raw = flags;
	return (m->sa.state > PFKEY_DEAD ? PFKEY_E_VALUE : PFKEY_OK);
}

static enum pfkey_error
put_sa(const struct pfkey_dialect *d, struct out *o, const struct pfkey_msg *m,
    const void *field)
{
	uint32_t	 flags = m->sa.flags_raw, units;
	uint8_t		 auth, encrypt;
	unsigned int	 i;

	(void)field;
	if (!pfkey_to_wire(d->auths, NAUTHS, m->sa.auth, &auth) ||
	    !pfkey_to_wire(d->encrypts, NENCRYPTS, m->sa.encrypt, &encrypt))
		return (PFKEY_E_UNSUPPORTED);
	for (i = 0; i < NFLAGS; i++) {
		if ((m->sa.flags & 1U << i) == 0)
			continue;
		if (d->flags[i] == 0)
			return (PFKEY_E_UNSUPPORTED);
		flags |= d->flags[i];
	}
	/* Kernels cut windows that are too large for them without a word. */
	if (m->sa.state > PFKEY_DEAD || m->sa.replay > d->caps.replay_max)
		return (PFKEY_E_VALUE);
	units = m->sa.replay / d->replay_unit +
	    (m->sa.replay % d->replay_unit != 0);
	if (units > 255) {
		if (!PFKEY_HAS(m, PFKEY_X_SA_REPLAY))
			return (PFKEY_E_VALUE);
		units = 255;
	}
	out_be32(o, m->sa.spi);
	out_u8(o, (uint8_t)units);
	out_u8(o, m->sa.state);
	out_u8(o, auth);
	out_u8(o, encrypt);
	out_u32(o, flags);
	return (PFKEY_OK);
}

/* RFC 2367 section 2.3.2 */
static enum pfkey_error
get_lifetime(const struct pfkey_dialect *d, struct cur *c,
    struct pfkey_msg *m, void *field)
{
	struct pfkey_lifetime	*l = field;

	(void)d;
	(void)m;
	l->allocations = cur_u32(c);
	l->bytes = cur_u64(c);
	l->addtime = cur_u64(c);
	l->usetime = cur_u64(c);
	return (PFKEY_OK);
}

static enum pfkey_error
put_lifetime(const struct pfkey_dialect *d, struct out *o,
    const struct pfkey_msg *m, const void *field)
{
	const struct pfkey_lifetime	*l = field;

	(void)d;
	(void)m;
	out_u32(o, l->allocations);
	out_u64(o, l->bytes);
	out_u64(o, l->addtime);
	out_u64(o, l->usetime);
	return (PFKEY_OK);
}

/* RFC 2367 section 2.3.3; OpenBSD has neither protocol nor prefix. */
static enum pfkey_error
get_address(const struct pfkey_dialect *d, struct cur *c,
    struct pfkey_msg *m, void *field)
{
	struct pfkey_address	*a = field;
	enum pfkey_error	 e;
	uint8_t			 full;

	(void)m;
	a->proto = cur_u8(c);
	a->plen = cur_u8(c);
	cur_u16(c);
	if ((e = get_sockaddr(d, c, &a->a)) != PFKEY_OK)
		return (e);
	full = a->a.family == AF_INET ? 32 : 128;
	if (d->plain_address) {
		a->proto = 0;
		a->plen = full;
	}
	if (a->proto == PROTO_ANY)
		a->proto = 0;
	if (a->plen > full)
		return (PFKEY_E_PREFIX);
	return (only_padding(c, PFKEY_E_ADDRESS));
}

static enum pfkey_error
put_address(const struct pfkey_dialect *d, struct out *o,
    const struct pfkey_msg *m, const void *field)
{
	const struct pfkey_address	*a = field;
	uint8_t				 full;

	full = a->a.family == AF_INET ? 32 : 128;
	if (a->plen > full)
		return (PFKEY_E_PREFIX);
	if (d->plain_address) {
		if (a->plen != full || a->proto != 0)
			return (PFKEY_E_UNSUPPORTED);
		out_zero(o, 4);
		return (put_sockaddr(d, o, &a->a));
	}
	/* Such a selector would be taken and never match. */
	if (a->proto == PROTO_MH && a->a.port != 0 && !d->caps.mh_type)
		return (PFKEY_E_UNSUPPORTED);
	/* SAs of any protocol have 0, selectors for any protocol 255. */
	out_u8(o, a->proto == 0 && PFKEY_HAS(m, PFKEY_X_POLICY) ?
	    PROTO_ANY : a->proto);
	out_u8(o, a->plen);
	out_zero(o, 2);
	return (put_sockaddr(d, o, &a->a));
}

/* RFC 2367 section 2.3.4.  The bytes stay where they are. */
static enum pfkey_error
get_key(const struct pfkey_dialect *d, struct cur *c, struct pfkey_msg *m,
    void *field)
{
	struct pfkey_key	*k = field;

	(void)d;
	(void)m;
	k->bits = cur_u16(c);
	cur_u16(c);
	k->p = cur_take(c, (k->bits + 7U) / 8);
	if (k->p == NULL) {
		k->bits = 0;
		return (PFKEY_E_KEY);
	}
	return (only_padding(c, PFKEY_E_KEY));
}

static enum pfkey_error
put_key(const struct pfkey_dialect *d, struct out *o,
    const struct pfkey_msg *m, const void *field)
{
	const struct pfkey_key	*k = field;

	(void)d;
	(void)m;
	if (k->p == NULL && k->bits != 0)
		return (PFKEY_E_KEY);
	out_u16(o, k->bits);
	out_zero(o, 2);
	out_bytes(o, k->p, (k->bits + 7U) / 8);
	return (PFKEY_OK);
}

/* RFC 2367 section 2.3.5 */
static enum pfkey_error
get_ident(const struct pfkey_dialect *d, struct cur *c, struct pfkey_msg *m,
    void *field)
{
	struct pfkey_ident	*id = field;

	(void)d;
	(void)m;
	id->type = cur_u16(c);
	cur_u16(c);
	id->id = cur_u64(c);
	id->name.len = cur_left(c);
	id->name.p = cur_take(c, id->name.len);
	return (PFKEY_OK);
}

static enum pfkey_error
put_ident(const struct pfkey_dialect *d, struct out *o,
    const struct pfkey_msg *m, const void *field)
{
	const struct pfkey_ident	*id = field;

	(void)d;
	(void)m;
	out_u16(o, id->type);
	out_zero(o, 2);
	out_u64(o, id->id);
	out_bytes(o, id->name.p, id->name.len);
	return (PFKEY_OK);
}

/* Kept as it is: everything behind the extension's header. */
static enum pfkey_error
get_blob(const struct pfkey_dialect *d, struct cur *c, struct pfkey_msg *m,
    void *field)
{
	struct pfkey_blob	*b = field;

	(void)d;
	(void)m;
	b->len = cur_left(c);
	b->p = cur_take(c, b->len);
	return (PFKEY_OK);
}

static enum pfkey_error
put_blob(const struct pfkey_dialect *d, struct out *o,
    const struct pfkey_msg *m, const void *field)
{
	const struct pfkey_blob	*b = field;

	(void)d;
	(void)m;
	if (b->p == NULL || b->len < 4)
		return (PFKEY_E_VALUE);
	out_bytes(o, b->p, b->len);
	return (PFKEY_OK);
}

/* RFC 2367 section 2.3.6: two bitmaps whose lengths it names. */
static enum pfkey_error
get_sensitivity(const struct pfkey_dialect *d, struct cur *c,
    struct pfkey_msg *m, void *field)
{
	const uint8_t		*p;
	enum pfkey_error	 e;

	if ((e = get_blob(d, c, m, field)) != PFKEY_OK)
		return (e);
	p = m->sensitivity.p;
	if (m->sensitivity.len != 12 + 8 * ((size_t)p[5] + p[7]))
		return (PFKEY_E_EXT_LENGTH);
	return (PFKEY_OK);
}

/* RFC 2367 section 2.3.9 */
static enum pfkey_error
get_spirange(const struct pfkey_dialect *d, struct cur *c,
    struct pfkey_msg *m, void *field)
{
	(void)d;
	(void)field;
	m->spirange.min = cur_u32(c);
	m->spirange.max = cur_u32(c);
	cur_u32(c);
	return (m->spirange.min > m->spirange.max ? PFKEY_E_VALUE : PFKEY_OK);
}

static enum pfkey_error
put_spirange(const struct pfkey_dialect *d, struct out *o,
    const struct pfkey_msg *m, const void *field)
{
	(void)d;
	(void)field;
	if (m->spirange.min > m->spirange.max)
		return (PFKEY_E_VALUE);
	out_u32(o, m->spirange.min);
	out_u32(o, m->spirange.max);
	out_zero(o, 4);
	return (PFKEY_OK);
}

/* struct sadb_x_sa2 */
static enum pfkey_error
get_sa2(const struct pfkey_dialect *d, struct cur *c, struct pfkey_msg *m,
    void *field)
{
	(void)d;
	(void)field;
	m->sa2.mode = cur_u8(c);
	cur_take(c, 3);
	m->sa2.seq = cur_u32(c);
	m->sa2.reqid = cur_u32(c);
	return (PFKEY_OK);
}

static enum pfkey_error
put_sa2(const struct pfkey_dialect *d, struct out *o,
    const struct pfkey_msg *m, const void *field)
{
	(void)field;
	if (m->sa2.reqid > d->caps.reqid_max)
		return (PFKEY_E_REQID);
	out_u8(o, m->sa2.mode);
	out_zero(o, 3);
	out_u32(o, m->sa2.seq);
	out_u32(o, m->sa2.reqid);
	return (PFKEY_OK);
}

/* struct sadb_x_ipsecrequest; its length counts bytes on every system. */
static enum pfkey_error
get_request(const struct pfkey_dialect *d, struct cur *c,
    struct pfkey_request *r)
{
	enum pfkey_error	 e;
	struct cur		 sub;
	size_t			 len, fixed = d->long_request ? 16 : 8;

	len = cur_u16(c);
	if (len < fixed || !cur_sub(c, &sub, len - 2))
		return (PFKEY_E_REQUEST);
	r->proto = cur_u16(&sub);
	r->mode = cur_u8(&sub);
	r->level = cur_u8(&sub);
	r->reqid = cur_u16(&sub);
	if (d->long_request) {
		r->reqid = cur_u32(&sub);
		cur_u32(&sub);
	}
	if (cur_left(&sub) >= 8 &&
	    (e = get_pair(d, &sub, &r->src, &r->dst)) != PFKEY_OK)
		return (e);
	return (only_padding(&sub, PFKEY_E_REQUEST));
}

static enum pfkey_error
put_request(const struct pfkey_dialect *d, struct out *o,
    const struct pfkey_request *r)
{
	size_t	 len = d->long_request ? 16 : 8;

	if (r->reqid > d->caps.reqid_max)
		return (PFKEY_E_REQID);
	len += pfkey_addr_len(&r->src) + pfkey_addr_len(&r->dst);
	out_u16(o, (uint16_t)len);
	out_u16(o, r->proto);
	out_u8(o, r->mode);
	out_u8(o, r->level);
	out_u16(o, d->long_request ? 0 : (uint16_t)r->reqid);
	if (d->long_request) {
		out_u32(o, r->reqid);
		out_zero(o, 4);
	}
	if (r->src.family == AF_UNSPEC && r->dst.family == AF_UNSPEC)
		return (PFKEY_OK);
	return (put_pair(d, o, &r->src, &r->dst));
}

/* struct sadb_x_policy and the requests behind it */
static enum pfkey_error
get_policy(const struct pfkey_dialect *d, struct cur *c, struct pfkey_msg *m,
    void *field)
{
	enum pfkey_error	 e;

	(void)field;
	m->policy.type = cur_u16(c);
	m->policy.dir = cur_u8(c);
	m->policy.scope = cur_u8(c);
	if (!d->policy_scope)
		m->policy.scope = 0;
	m->policy.id = cur_u32(c);
	m->policy.priority = cur_u32(c);
	if (!d->caps.priority)
		m->policy.priority = 0;
	while (cur_left(c) > 0) {
		if (m->policy.nrequests == PFKEY_MAX_REQUESTS)
			return (PFKEY_E_TOO_MANY);
		e = get_request(d, c,
		    &m->policy.requests[m->policy.nrequests]);
		if (e != PFKEY_OK)
			return (e);
		m->policy.nrequests++;
	}
	return (PFKEY_OK);
}

static enum pfkey_error
put_policy(const struct pfkey_dialect *d, struct out *o,
    const struct pfkey_msg *m, const void *field)
{
	enum pfkey_error	 e;
	unsigned int		 i;

	(void)field;
	if ((m->policy.dir == PFKEY_FWD && !d->caps.fwd) ||
	    (m->policy.priority != 0 && !d->caps.priority))
		return (PFKEY_E_UNSUPPORTED);
	if (m->policy.nrequests > PFKEY_MAX_REQUESTS)
		return (PFKEY_E_TOO_MANY);
	out_u16(o, m->policy.type);
	out_u8(o, m->policy.dir);
	out_u8(o, d->policy_scope ? m->policy.scope : 0);
	out_u32(o, m->policy.id);
	out_u32(o, m->policy.priority);
	for (i = 0; i < m->policy.nrequests; i++)
		if ((e = put_request(d, o, &m->policy.requests[i])) !=
		    PFKEY_OK)
			return (e);
	return (PFKEY_OK);
}

static enum pfkey_error
get_natt_type(const struct pfkey_dialect *d, struct cur *c,
    struct pfkey_msg *m, void *field)
{
	(void)d;
	(void)field;
	m->natt.type = cur_u8(c);
	cur_take(c, 3);
	return (PFKEY_OK);
}

static enum pfkey_error
put_natt_type(const struct pfkey_dialect *d, struct out *o,
    const struct pfkey_msg *m, const void *field)
{
	(void)d;
	(void)field;
	out_u8(o, m->natt.type);
	out_zero(o, 3);
	return (PFKEY_OK);
}

static enum pfkey_error
get_natt_port(const struct pfkey_dialect *d, struct cur *c,
    struct pfkey_msg *m, void *field)
{
	(void)d;
	(void)m;
	*(uint16_t *)field = cur_be16(c);
	cur_u16(c);
	return (PFKEY_OK);
}

static enum pfkey_error
put_natt_port(const struct pfkey_dialect *d, struct out *o,
    const struct pfkey_msg *m, const void *field)
{
	(void)d;
	(void)m;
	out_be16(o, *(const uint16_t *)field);
	out_zero(o, 2);
	return (PFKEY_OK);
}

static enum pfkey_error
get_natt_frag(const struct pfkey_dialect *d, struct cur *c,
    struct pfkey_msg *m, void *field)
{
	(void)d;
	(void)field;
	m->natt.frag = cur_u16(c);
	cur_u16(c);
	return (PFKEY_OK);
}

static enum pfkey_error
put_natt_frag(const struct pfkey_dialect *d, struct out *o,
    const struct pfkey_msg *m, const void *field)
{
	(void)d;
	(void)field;
	out_u16(o, m->natt.frag);
	out_zero(o, 2);
	return (PFKEY_OK);
}

static enum pfkey_error
get_sa_replay(const struct pfkey_dialect *d, struct cur *c,
    struct pfkey_msg *m, void *field)
{
	(void)d;
	(void)field;
	m->sa_replay = cur_u32(c);
	return (PFKEY_OK);
}

static enum pfkey_error
put_sa_replay(const struct pfkey_dialect *d, struct out *o,
    const struct pfkey_msg *m, const void *field)
{
	(void)field;
	if (m->sa_replay > d->caps.replay_max)
		return (PFKEY_E_VALUE);
	out_u32(o, m->sa_replay);
	return (PFKEY_OK);
}

/* struct sadb_x_kmaddress: where IKE is to speak from and to */
static enum pfkey_error
get_kmaddress(const struct pfkey_dialect *d, struct cur *c,
    struct pfkey_msg *m, void *field)
{
	enum pfkey_error	 e;

	(void)field;
	cur_u32(c);
	e = get_pair(d, c, &m->km.local, &m->km.remote);
	return (e != PFKEY_OK ? e : only_padding(c, PFKEY_E_ADDRESS));
}

static enum pfkey_error
put_kmaddress(const struct pfkey_dialect *d, struct out *o,
    const struct pfkey_msg *m, const void *field)
{
	(void)field;
	out_zero(o, 4);
	return (put_pair(d, o, &m->km.local, &m->km.remote));
}

#define LIFETIME(n, f)	{ n, 32, 32, 8, FIELD(f), get_lifetime, put_lifetime }
#define ADDRESS(n, f)	{ n, 24, 40, 8, FIELD(f), get_address, put_address }
#define BLOB(n, min, unit, f)						\
			{ n, min, 0, unit, FIELD(f), get_blob, put_blob }
#define PORT(n, f)	{ n, 8, 8, 8, FIELD(f), get_natt_port, put_natt_port }

const struct ext_row pfkey_ext_rows[PFKEY_X_MAX] = {
	[PFKEY_X_SA] = { "SA", 16, 16, 8, FIELD(sa), get_sa, put_sa },
	[PFKEY_X_LIFE_CURRENT] = LIFETIME("LIFETIME_CURRENT", current),
	[PFKEY_X_LIFE_HARD] = LIFETIME("LIFETIME_HARD", hard),
	[PFKEY_X_LIFE_SOFT] = LIFETIME("LIFETIME_SOFT", soft),
	[PFKEY_X_SRC] = ADDRESS("ADDRESS_SRC", src),
	[PFKEY_X_DST] = ADDRESS("ADDRESS_DST", dst),
	[PFKEY_X_PROXY] = ADDRESS("ADDRESS_PROXY", proxy),
	[PFKEY_X_KEY_AUTH] = { "KEY_AUTH", 8, 0, 8, FIELD(key_auth), get_key,
	    put_key },
	[PFKEY_X_KEY_ENCRYPT] = { "KEY_ENCRYPT", 8, 0, 8, FIELD(key_encrypt),
	    get_key, put_key },
	[PFKEY_X_IDENT_SRC] = { "IDENTITY_SRC", 16, 0, 8, FIELD(ident_src),
	    get_ident, put_ident },
	[PFKEY_X_IDENT_DST] = { "IDENTITY_DST", 16, 0, 8, FIELD(ident_dst),
	    get_ident, put_ident },
	[PFKEY_X_SENSITIVITY] = { "SENSITIVITY", 16, 0, 8, FIELD(sensitivity),
	    get_sensitivity, put_blob },
	[PFKEY_X_PROPOSAL] = BLOB("PROPOSAL", 8, COMB_LEN, proposal),
	[PFKEY_X_SUPPORTED_AUTH] = BLOB("SUPPORTED_AUTH", 8, ALG_LEN,
	    supported_auth),
	[PFKEY_X_SUPPORTED_ENCRYPT] = BLOB("SUPPORTED_ENCRYPT", 8, ALG_LEN,
	    supported_encrypt),
	[PFKEY_X_SPIRANGE] = { "SPIRANGE", 16, 16, 8, FIELD(spirange),
	    get_spirange, put_spirange },
	[PFKEY_X_KMPRIVATE] = BLOB("X_KMPRIVATE", 8, 8, kmprivate),
	[PFKEY_X_POLICY] = { "X_POLICY", 16, 0, 8, FIELD(policy), get_policy,
	    put_policy },
	[PFKEY_X_SA2] = { "X_SA2", 16, 16, 8, FIELD(sa2), get_sa2, put_sa2 },
	[PFKEY_X_NATT_TYPE] = { "X_NAT_T_TYPE", 8, 8, 8, FIELD(natt),
	    get_natt_type, put_natt_type },
	[PFKEY_X_NATT_SPORT] = PORT("X_NAT_T_SPORT", natt.sport),
	[PFKEY_X_NATT_DPORT] = PORT("X_NAT_T_DPORT", natt.dport),
	[PFKEY_X_NATT_OAI] = ADDRESS("X_NAT_T_OAI", natt_oai),
	[PFKEY_X_NATT_OAR] = ADDRESS("X_NAT_T_OAR", natt_oar),
	[PFKEY_X_NATT_FRAG] = { "X_NAT_T_FRAG", 8, 8, 8, FIELD(natt),
	    get_natt_frag, put_natt_frag },
	[PFKEY_X_SEC_CTX] = BLOB("X_SEC_CTX", 8, 8, sec_ctx),
	[PFKEY_X_KMADDRESS] = { "X_KMADDRESS", 40, 64, 8, FIELD(km),
	    get_kmaddress, put_kmaddress },
	[PFKEY_X_FILTER] = BLOB("X_FILTER", 40, 8, filter),
	[PFKEY_X_SA_REPLAY] = { "X_SA_REPLAY", 8, 8, 8, FIELD(sa_replay),
	    get_sa_replay, put_sa_replay },
	[PFKEY_X_NEW_SRC] = ADDRESS("X_NEW_ADDRESS_SRC", new_src),
	[PFKEY_X_NEW_DST] = ADDRESS("X_NEW_ADDRESS_DST", new_dst),
};

/* The name of an extension without SADB_EXT_; never NULL. */
const char *
pfkey_ext_name(enum pfkey_ext x)
{
	if ((int)x <= 0 || x >= PFKEY_X_MAX)
		return ("?");
	return (pfkey_ext_rows[x].name);
}
