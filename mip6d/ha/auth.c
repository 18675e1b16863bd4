/*
 * Which node is a Binding Update from, and did that node really send it?  RFC
 * 6275 5.1 for IPsec, RFC 4285 for the authentication option, with RFC 4283
 * for the identifier.  Each function is one of the checks in the table of
 * bu.c; what they find out (the node, its key, the timestamp to answer with)
 * is left in struct bu.  The last timestamp that was accepted is kept with the
 * node.
 */
#include <string.h>

#include "ha/bu.h"
#include "wire/mhauth.h"

/*
 * The identifier as a string; false if it can't be one.  What is echoed in
 * the acknowledgement is the option as it came.
 */
static bool
take_identifier(struct bu *bu, const struct mh_opt *o)
{
	size_t	 i;

	bu->reply.idsubtype = o->u.mnid.subtype;
	bu->reply.idlen = o->varlen;
	memcpy(bu->reply.id, o->var, o->varlen);
	if (o->u.mnid.subtype != MHOPT_MNID_NAI)
		return (true);
	for (i = 0; i < o->varlen; i++)
		if (o->var[i] <= ' ' || o->var[i] > '~')
			return (false);
	memcpy(bu->identifier, o->var, o->varlen);
	bu->identifier[o->varlen] = '\0';
	return (true);
}

/*
 * Which security association is this node's?  By identifier if one is given
 * (RFC 4285 4), else by home address (RFC 6275 5.1).
 */
struct verdict
auth_find(struct ha *ha, struct bu *bu)
{
	const struct mh_opt	*o = mh_find(&bu->mh, MHOPT_MNID);

	if (o != NULL && !o->stray && o->varlen > 0 && !take_identifier(bu, o))
		return (VERDICT_DROP(MALFORMED));
	bu->node = bu->identifier[0] != '\0' ?
	    node_by_identifier(ha, bu->identifier) :
	    node_by_home(ha, &bu->home);
	bu->auth = bu->node != NULL ? bu->node->auth : &ha->default_auth;
	switch (bu->auth->type) {
	case AUTH_NONE:
		return (VERDICT_PASS);
	case AUTH_IPSEC:
		if ((bu->in->flags & PKT_PROTECTED) == 0)
			return (VERDICT_DROP(UNPROTECTED));
		bu->reply.flags |= PKT_PROTECTED;
		return (VERDICT_PASS);
	case AUTH_MN_HA:
		if (bu->node == NULL && bu->identifier[0] == '\0')
			return (VERDICT_DROP(NO_SA));
		return (VERDICT_PASS);
	default:
		return (VERDICT_DROP(NO_SA));
	}
}

/*
 * RFC 4285 5 and 5.1.1: without the option the message is silently discarded,
 * also if its SPI names no association; a wrong authenticator is status 146.
 * From here on the acknowledgement carries the option too.
 */
struct verdict
auth_verify(struct ha *ha, struct bu *bu)
{
	const struct mh_opt	*o;

	if (bu->auth->type != AUTH_MN_HA)
		return (VERDICT_PASS);
	o = mh_find_auth(&bu->mh, MHOPT_AUTH_MNHA);
	if (o == NULL)
		return (VERDICT_DROP(AUTH_MISSING));
	if (o->u.auth.spi != bu->auth->spi)
		return (VERDICT_DROP(NO_SA));
	bu->reply.auth = bu->auth;
	if (mhauth_auth_verify(ha->auth, &bu->mh, MHOPT_AUTH_MNHA,
	    bu->auth->key, bu->auth->keylen, &bu->coa, &bu->home) != MHAUTH_OK)
		return (VERDICT_REFUSE(AUTH_FAIL, AUTH_FAIL));
	return (VERDICT_PASS);
}

/*
 * RFC 4285 6: the timestamp must be close to the time of day and greater than
 * all that were accepted from this node.  It is accepted here even if the
 * Binding Update is refused for another reason later: it must not come again.
 */
struct verdict
auth_replay(struct ha *ha, struct bu *bu)
{
	uint64_t	 stamp = bu->reply.mesgid, last;
	unsigned int	 tolerance = (bu->auth->tolerance + 999) / 1000;

	if (bu->auth->type != AUTH_MN_HA)
		return (VERDICT_PASS);
	if (bu->auth->replay == REPLAY_TIMESTAMP && !bu->reply.has_mesgid)
		return (VERDICT_REFUSE(MESG_ID_REQD, MESG_ID_REQD));
	if (bu->node == NULL && !node_may_learn(ha))
		return (VERDICT_DROP(NODES_FULL));
	if (bu->node == NULL)
		bu->node = node_learn(ha, bu->identifier);
	if (bu->node == NULL)
		return (VERDICT_DROP(NO_MEMORY));
	if (bu->auth->replay != REPLAY_TIMESTAMP)
		return (VERDICT_PASS);
	last = bu->node->timestamp != 0 ? bu->node->timestamp : ha->oldest;
	if (!mhauth_ntp_close(stamp, clock_ntp(ha), tolerance) ||
	    stamp <= last || clock_was_refused(bu->node, stamp)) {
		clock_refused(ha, bu->node, stamp);
		bu->reply.mesgid = clock_correct(ha, stamp, last, tolerance);
		return (VERDICT_REFUSE(ID_MISMATCH, ID_MISMATCH));
	}
	if (!clock_accepts(ha, stamp))
		return (VERDICT_LATER);
	bu->node->timestamp = stamp;
	return (VERDICT_PASS);
}

/*
 * RFC 6275 5.1: a node must not register the home address of another one:
 * neither one that the configuration gives to another, or that is not among
 * those it gives to this one, nor one that another has registered.
 */
struct verdict
auth_home(struct ha *ha, struct bu *bu)
{
	struct node	*owner = node_by_home(ha, &bu->home);

	if (owner != NULL && owner != bu->node)
		return (VERDICT_REFUSE(PROHIBITED, NOT_ITS_HOME));
	if (owner == NULL && bu->node != NULL && bu->node->nhomes > 0)
		return (VERDICT_REFUSE(PROHIBITED, NOT_ITS_HOME));
	if (bu->bce != NULL && bu->bce->node != NULL &&
	    bu->bce->node != bu->node)
		return (VERDICT_REFUSE(PROHIBITED, NOT_ITS_HOME));
	if (bu->node == NULL && bu->identifier[0] != '\0') {
		if (!node_may_learn(ha))
			return (VERDICT_DROP(NODES_FULL));
		bu->node = node_learn(ha, bu->identifier);
		if (bu->node == NULL)
			return (VERDICT_DROP(NO_MEMORY));
	}
	return (VERDICT_PASS);
}
