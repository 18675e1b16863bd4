/*
 * Builds and sends Binding Acknowledgements (RFC 6275 6.1.8, 9.5.4, 10.3.1)
 * with the options of its table, and Binding Errors (RFC 6275 9.3.3).  Where an
 * acknowledgement goes depends on whether it accepts or refuses.  What it says
 * is all in struct reply, which binding.c may have withheld for a while; bu.c
 * sends the refusals.
 */
#include <string.h>

#include "ha/int.h"
#include "wire/ip6.h"
#include "wire/mhauth.h"

static void
send_mh(struct ha *ha, struct mh *m, struct msg_mh_out *out,
    const struct in6_addr *final)
{
	mh_set_checksum(m, &out->src, final);
	out->mh.p = m->wire;
	out->mh.len = m->len;
	ha_emit(ha, MSG_MH_OUT, out);
}

static bool
wants_refresh(const struct reply *r)
{
	return (r->refresh != 0);
}

static void
fill_refresh(struct mh_opt *o, const struct reply *r)
{
	o->u.refresh = r->refresh;
}

static bool
wants_identifier(const struct reply *r)
{
	return (r->idlen != 0);
}

static void
fill_identifier(struct mh_opt *o, const struct reply *r)
{
	o->u.mnid.subtype = r->idsubtype;
	o->var = r->id;
	o->varlen = r->idlen;
}

static bool
wants_timestamp(const struct reply *r)
{
	return (r->has_mesgid);
}

static void
fill_timestamp(struct mh_opt *o, const struct reply *r)
{
	o->u.timestamp = r->mesgid;
}

static bool
wants_auth(const struct reply *r)
{
	return (r->auth != NULL);
}

static void
fill_auth(struct mh_opt *o, const struct reply *r)
{
	o->u.auth.subtype = MHOPT_AUTH_MNHA;
	o->u.auth.spi = r->auth->spi;
}

/*
 * The options of an acknowledgement, in order; the authentication option is
 * the last one (RFC 4285 5.1) and signed when all is built.
 */
static const struct {
	uint8_t		 type;
	bool		(*wanted)(const struct reply *);
	void		(*fill)(struct mh_opt *, const struct reply *);
	const char	*section;
} options[] = {
	{ MHOPT_REFRESH, wants_refresh,	fill_refresh,	"RFC 6275 6.2.4" },
	{ MHOPT_MNID,	wants_identifier, fill_identifier, "RFC 4283 3" },
	{ MHOPT_MESGID,	wants_timestamp, fill_timestamp, "RFC 4285 6" },
	{ MHOPT_AUTH,	wants_auth,	fill_auth,	"RFC 4285 5.1" },
};

static void
add_options(struct mh *m, const struct reply *r)
{
	struct mh_opt	*o;
	size_t		 i;

	for (i = 0; i < sizeof(options) / sizeof(options[0]); i++)
		if (options[i].wanted(r) &&
		    (o = mh_add(m, options[i].type)) != NULL)
			options[i].fill(o, r);
}

/*
 * Where to.  What is refused changes nothing: its answer goes to the source
 * address on the packet and out of the interface by which that came, so no
 * binding, not even one of that address, has a part in it; with a routing
 * header if there was a Home Address option (RFC 6275 9.5.4).
 */
static void
address(struct msg_mh_out *out, const struct reply *r)
{
	memset(out, 0, sizeof(*out));
	out->src = r->src;
	out->dst = r->dst;
	out->ifindex = r->ifindex;
	out->flags = r->flags;
	if (r->status >= 128) {
		out->dst = r->from;
		out->ifindex = r->came_by;
		out->flags = (uint8_t)((r->flags & ~PKT_RH2) |
		    (r->hao ? PKT_RH2 : 0));
	}
	if ((out->flags & PKT_RH2) != 0)
		out->home = r->home;
}

/*
 * Send a Binding Acknowledgement (RFC 6275 9.5.4, 10.3.1): one that accepts to
 * where the node is now, through a routing header unless that is the home
 * address.
 */
void
ba_send(struct ha *ha, const struct reply *r)
{
	struct msg_mh_out	 out;
	struct mh		*m = &ha->mh;
	uint8_t			 buf[MH_MAXLEN];

	mh_init(m, MH_BA);
	m->u.ba.status = r->status;
	m->u.ba.seq = r->seq;
	if (r->key_mobility && r->status < 128)
		m->u.ba.flags |= MH_BA_K;
	m->u.ba.lifetime = r->status < 128 ? r->lifetime : 0;
	add_options(m, r);
	if (mh_build(m, buf, sizeof(buf)) == 0)
		return;
	if (r->auth != NULL && mhauth_auth_sign(ha->auth, m, MHOPT_AUTH_MNHA,
	    r->auth->key, r->auth->keylen, &r->coa, &r->home) != MHAUTH_OK)
		return;
	address(&out, r);
	COUNT(ha->env->counters, HC_BA_OUT);
	send_mh(ha, m, &out, (out.flags & PKT_RH2) != 0 ? &out.home :
	    &out.dst);
}

/*
 * Answer an unrecognized MH Type (RFC 6275 9.2, 9.3.3): to the source of the
 * packet by the interface of the packet, with the home address that it gave.
 */
void
be_send(struct ha *ha, const struct msg_mh_in *in)
{
	struct msg_mh_out	 out;
	struct mh		*m = &ha->mh;
	uint8_t			 buf[MH_MAXLEN];

	if (!in6_is_routable(&in->src) && !in6_is_linklocal(&in->src))
		return;
	if (!limit_take(&ha->be_tat, ha->now.mono, 100, 100))
		return;
	mh_init(m, MH_BE);
	m->u.be.status = MH_BE_UNKNOWN_TYPE;
	if ((in->flags & PKT_HAO) != 0)
		m->u.be.home = in->home;
	if (mh_build(m, buf, sizeof(buf)) == 0)
		return;
	memset(&out, 0, sizeof(out));
	out.src = in->dst;
	out.dst = in->src;
	out.ifindex = in->ifindex;
	COUNT(ha->env->counters, HC_BE_OUT);
	send_mh(ha, m, &out, &out.dst);
}
