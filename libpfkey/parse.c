/*
 * Reads PF_KEY messages into struct pfkey_msg, and the lists of algorithms in
 * them (RFC 2367 2).  Every length is checked, each extension may come once,
 * unknown ones are passed over (2.3), and those that a message must have are
 * looked for.  Owns nothing: keys and names in the result point into the
 * message.  Called by the client for each message that arrives.
 */
#include <string.h>

#include "libpfkey/internal.h"

/* One extension whose own number is x; sub holds what follows its header. */
static enum pfkey_error
parse_ext(const struct pfkey_dialect *d, enum pfkey_ext x, struct cur *sub,
    struct pfkey_msg *m)
{
	const struct ext_row	*row = &pfkey_ext_rows[x];
	size_t			 len = sub->len + EXT_HDR_LEN;
	enum pfkey_error	 e;

	if (PFKEY_HAS(m, x))
		return (PFKEY_E_DUPLICATE);
	if (len < row->min || (row->max != 0 && len > row->max) ||
	    (len - row->min) % row->unit != 0)
		return (PFKEY_E_EXT_LENGTH);
	e = row->parse(d, sub, m, (uint8_t *)m + row->field);
	if (e != PFKEY_OK)
		return (e);
	if (cur_left(sub) != 0 || sub->bad)
		return (PFKEY_E_EXT_LENGTH);
	m->present |= BIT(x);
	return (PFKEY_OK);
}

/* What must hold between extensions. */
static enum pfkey_error
check_msg(const struct pfkey_msg *m)
{
	uint64_t	 need = pfkey_type_rows[m->type].need;

	/* An error is answered with the base message alone. */
	if (m->errnum == 0 && (m->present & need) != need)
		return (PFKEY_E_MISSING);
	if (PFKEY_HAS(m, PFKEY_X_SRC) && PFKEY_HAS(m, PFKEY_X_DST) &&
	    m->src.a.family != m->dst.a.family)
		return (PFKEY_E_FAMILY);
	if (PFKEY_HAS(m, PFKEY_X_NEW_SRC) && PFKEY_HAS(m, PFKEY_X_NEW_DST) &&
	    m->new_src.a.family != m->new_dst.a.family)
		return (PFKEY_E_FAMILY);
	return (PFKEY_OK);
}

static enum pfkey_error
parse_exts(const struct pfkey_dialect *d, struct cur *c, struct pfkey_msg *m,
    size_t *where)
{
	enum pfkey_error	 e;
	unsigned int		 len, type, x;
	struct cur		 sub;

	while (cur_left(c) > 0) {
		*where = c->off;
		len = cur_u16(c) * 8U;
		type = cur_u16(c);
		if (type == 0)
			return (PFKEY_E_EXT_ZERO);
		if (len < 8 || !cur_sub(c, &sub, len - EXT_HDR_LEN))
			return (PFKEY_E_EXT_LENGTH);
		/* An unknown extension is ignored (RFC 2367 section 2.3). */
		x = pfkey_to_own(d->exts, PFKEY_X_MAX, type);
		if ((x & PFKEY_RAW) != 0)
			continue;
		if ((e = parse_ext(d, x, &sub, m)) != PFKEY_OK) {
			*where = sub.base + (sub.bad ? sub.len : sub.off);
			return (e);
		}
	}
	*where = 0;
	return (PFKEY_OK);
}

/*
 * Parse the message of len bytes at p as a system of dialect d (NULL: this
 * one) writes it.  Keys, names and blobs in m point into p.  *where, if where
 * is not NULL, becomes the offset of the error.  RFC 2367 section 2.
 */
enum pfkey_error
pfkey_parse(const struct pfkey_dialect *d, const void *p, size_t len,
    struct pfkey_msg *m, size_t *where)
{
	enum pfkey_error	 e;
	size_t			 at, units;
	unsigned int		 type;
	struct cur		 c;

	if (where == NULL)
		where = &at;
	if (d == NULL)
		d = pfkey_dialect(NULL);
	memset(m, 0, sizeof(*m));
	*where = 0;
	if (len < HDR_LEN)
		return (PFKEY_E_SHORT);
	cur_init(&c, p, len, 0);
	if (cur_u8(&c) != PF_KEY_VERSION)
		return (PFKEY_E_VERSION);
	type = cur_u8(&c);
	m->errnum = cur_u8(&c);
	m->satype = pfkey_to_own(d->satypes, NSATYPES, cur_u8(&c));
	units = cur_u16(&c);
	/* sadb_msg_reserved: kernels put reference counts there. */
	cur_u16(&c);
	m->seq = cur_u32(&c);
	m->pid = cur_u32(&c);
	*where = 4;
	if (units * 8 != len)
		return (PFKEY_E_LENGTH);
	*where = 1;
	type = pfkey_to_own(d->types, PFKEY_T_MAX, type);
	if (type == PFKEY_T_NONE || (type & PFKEY_RAW) != 0)
		return (PFKEY_E_TYPE);
	m->type = type;
	if ((e = parse_exts(d, &c, m, where)) != PFKEY_OK)
		return (e);
	return (check_msg(m));
}

/*
 * The i-th combination of m's proposal (RFC 2367 section 2.3.7); false when
 * there is none.
 */
bool
pfkey_comb(const struct pfkey_dialect *d, const struct pfkey_msg *m, size_t i,
    struct pfkey_comb *comb)
{
	struct cur	 c;

	if (!PFKEY_HAS(m, PFKEY_X_PROPOSAL) || m->proposal.len < 4 ||
	    i >= (m->proposal.len - 4) / 72)
		return (false);
	if (d == NULL)
		d = pfkey_dialect(NULL);
	cur_init(&c, m->proposal.p + 4 + i * 72, 72, 0);
	comb->auth = pfkey_to_own(d->auths, NAUTHS, cur_u8(&c));
	comb->encrypt = pfkey_to_own(d->encrypts, NENCRYPTS, cur_u8(&c));
	cur_u16(&c);
	comb->auth_min = cur_u16(&c);
	comb->auth_max = cur_u16(&c);
	comb->encrypt_min = cur_u16(&c);
	comb->encrypt_max = cur_u16(&c);
	return (true);
}

/*
 * The i-th algorithm that a REGISTER answer lists in its extension x, which
 * is PFKEY_X_SUPPORTED_AUTH or PFKEY_X_SUPPORTED_ENCRYPT (RFC 2367 section
 * 2.3.8); false when there is none.
 */
bool
pfkey_alg(const struct pfkey_dialect *d, const struct pfkey_msg *m,
    enum pfkey_ext x, size_t i, struct pfkey_alg *alg)
{
	const struct pfkey_blob	*b;
	struct cur		 c;

	if (d == NULL)
		d = pfkey_dialect(NULL);
	b = x == PFKEY_X_SUPPORTED_AUTH ? &m->supported_auth :
	    &m->supported_encrypt;
	if (!PFKEY_HAS(m, x) || b->len < 4 || i >= (b->len - 4) / 8)
		return (false);
	cur_init(&c, b->p + 4 + i * 8, 8, 0);
	alg->id = cur_u8(&c);
	alg->id = x == PFKEY_X_SUPPORTED_AUTH ?
	    pfkey_to_own(d->auths, NAUTHS, alg->id) :
	    pfkey_to_own(d->encrypts, NENCRYPTS, alg->id);
	alg->ivlen = cur_u8(&c);
	alg->min = cur_u16(&c);
	alg->max = cur_u16(&c);
	return (true);
}
