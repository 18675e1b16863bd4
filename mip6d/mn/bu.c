/*
 * Builds Binding Updates (RFC 6275 6.1.7): to the home agent (11.7.1), with the
 * identifier, timestamp and authentication of RFC 4283 and 4285, and finds the
 * timestamp for the next one; to correspondents (11.7.2, RFC 4866 4.1),
 * authorized by keygen tokens, and what of these is to be signed.  When one is
 * sent, and that it is sent again, is decided in bul.c and optimise.c, which
 * call it.  Writes into memory of the caller.
 */
#include <string.h>

#include "mn/parts.h"
#include "wire/cgaopt.h"

/*
 * L: the home address has the interface identifier of a link-local address.
 * All interfaces count; the node's own home link can't be known from here.
 */
static bool
linklocal_compatible(const struct home *h)
{
	struct in6_addr	 ll = in6_linklocal(&h->conf.address);
	struct iface	*ifc;

	TAILQ_FOREACH(ifc, &h->mn->ifaces, entry)
		if (addr_find(ifc, &ll) != NULL)
			return (true);
	return (false);
}

/*
 * Timestamp for the next Binding Update, NTP format: greater than that of any
 * accepted before (RFC 4285 section 6) and than those under way.
 */
uint64_t
bu_timestamp(struct peering *p, struct now now)
{
	struct exchange	*x = &p->update;
	uint64_t	 v = mhauth_ntp_ns(now.wall + p->clock.offset);

	if (v <= p->clock.accepted)
		v = p->clock.accepted + 1;
	if (x->nsent > 0 && v <= x->sent[0].timestamp)
		v = x->sent[0].timestamp + 1;
	return (v);
}

/*
 * The Binding Update for the care-of address of the peering's binding, with
 * what s says, ready to be sent, into cap bytes at buf.  Returns its length, 0
 * if it could not be made.
 */
size_t
bu_build(struct peering *p, const struct sent *s, uint8_t *buf, size_t cap)
{
	struct home		*h = p->home;
	struct binding		*b = BINDING(p);
	const struct conf_auth	*auth = &h->conf.auth;
	struct mh		 m;
	struct mh_opt		*o;
	size_t			 len;

	mh_init(&m, MH_BU);
	m.u.bu.seq = s->seq;
	m.u.bu.lifetime = s->lifetime;
	m.u.bu.flags = MH_BU_A | MH_BU_H;
	if (linklocal_compatible(h))
		m.u.bu.flags |= MH_BU_L;
	if (keys_key_mobility(p))
		m.u.bu.flags |= MH_BU_K;
	if ((o = mh_add(&m, MHOPT_ALTCOA)) != NULL)
		o->u.altcoa = b->coa;
	if (h->conf.identifier[0] != '\0' &&
	    (o = mh_add(&m, MHOPT_MNID)) != NULL) {
		o->u.mnid.subtype = MHOPT_MNID_NAI;
		o->var = (const uint8_t *)h->conf.identifier;
		o->varlen = (uint8_t)strlen(h->conf.identifier);
	}
	if (s->timestamp != 0 && (o = mh_add(&m, MHOPT_MESGID)) != NULL)
		o->u.timestamp = s->timestamp;
	if (auth->type == AUTH_MN_HA && (o = mh_add(&m, MHOPT_AUTH)) != NULL) {
		o->u.auth.subtype = MHOPT_AUTH_MNHA;
		o->u.auth.spi = auth->spi;
		o->varlen = MHOPT_AUTHLEN;
	}
	if ((len = mh_build(&m, buf, cap)) == 0)
		return (0);
	if (auth->type == AUTH_MN_HA && mhauth_auth_sign(p->mn->auth, &m,
	    MHOPT_AUTH_MNHA, auth->key, auth->keylen, &b->coa,
	    &h->conf.address) != MHAUTH_OK)
		return (0);
	mh_set_checksum(&m, &h->conf.address, &p->addr);
	return (len);
}

/* Its options in the order of RFC 4866 4.1, and the message at buf; or 0. */
static size_t
compose(const struct bu_peer *q, struct mh *m, uint8_t *buf, size_t cap)
{
	struct mh_opt	*o;

	mh_init(m, MH_BU);
	m->u.bu.seq = q->s->seq;
	m->u.bu.lifetime = q->s->lifetime;
	m->u.bu.flags = MH_BU_A;
	if (q->params.len > 0) {
		if (!cgaopt_add(m, q->params.p, q->params.len) ||
		    (o = mh_add(m, MHOPT_SIGNATURE)) == NULL)
			return (0);
		o->var = q->signature.p;
		o->varlen = (uint8_t)q->signature.len;
	}
	if (q->s->early)
		mh_add(m, MHOPT_COTI);
	/* RFC 4449 3: not with a static key. */
	if (q->s->proof != PROOF_KEY && (o = mh_add(m, MHOPT_NONCE)) != NULL) {
		o->u.nonce.home = q->home->index;
		o->u.nonce.careof = q->careof == NULL ? 0 : q->careof->index;
	}
	if ((o = mh_add(m, MHOPT_BAD)) == NULL)
		return (0);
	o->varlen = MHOPT_AUTHLEN;
	return (mh_build(m, buf, cap));
}

/*
 * What the signature of the Binding Update that q describes is over (RFC 4866
 * 4.5), into data.  q->signature has the length that it will have, its octets
 * may be NULL.  Returns the number of octets, 0 if there is no such update.
 */
size_t
bu_signed_data(const struct peer *p, const struct bu_peer *q,
    uint8_t data[MHAUTH_DATAMAX])
{
	struct mh	 m;
	uint8_t		 buf[MH_MAXLEN];

	if (compose(q, &m, buf, sizeof(buf)) == 0)
		return (0);
	return (cgaopt_data(&m, q->covers, &p->addr, data));
}

/*
 * Its key: by the static one of that correspondent (RFC 4449 3), or by keygen
 * tokens (RFC 6275 5.2.5).
 */
static bool
peer_kbm(const struct peer *p, const struct bu_peer *q,
    uint8_t kbm[MHAUTH_KBMLEN])
{
	if (q->s->proof == PROOF_KEY)
		return (statickey_kbm(p->key, p->mn->auth,
		    &p->home->conf.address, q->s->lifetime == 0 ? NULL :
		    q->covers, kbm));
	return (mhauth_kbm(p->mn->auth, q->home->value, q->careof == NULL ?
	    NULL : &q->careof->value, kbm));
}

/*
 * The Binding Update to a correspondent that q describes, ready to be sent,
 * into cap bytes at buf: authorized by the home token and, unless it deletes,
 * the care-of token (RFC 6275 5.2.6), or by a static key, over the care-of
 * address or, to delete, the home address (6.2.7).  Keeps the key, by which the
 * answer is known; returns the length, 0 if it could not be made.
 */
size_t
bu_build_peer(struct peer *p, const struct bu_peer *q, uint8_t *buf,
    size_t cap)
{
	struct mh	 m;
	uint8_t		 kbm[MHAUTH_KBMLEN];
	size_t		 len;

	if (!peer_kbm(p, q, kbm))
		return (0);
	/* An answer to one before could not be verified. */
	if (memcmp(kbm, p->kbm, sizeof(kbm)) != 0)
		exchange_close(&p->update);
	memcpy(p->kbm, kbm, sizeof(kbm));
	if ((len = compose(q, &m, buf, cap)) == 0 || mhauth_bad_sign(
	    p->mn->auth, &m, kbm, sizeof(kbm), q->covers, &p->addr) !=
	    MHAUTH_OK)
		return (0);
	mh_set_checksum(&m, &p->home->conf.address, &p->addr);
	return (len);
}
