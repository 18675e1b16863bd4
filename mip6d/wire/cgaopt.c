/*
 * CGA Parameters and Signature options (RFC 4866 5.1, 5.2): parameters are
 * split over as many options as they need and put together again, which takes
 * that nothing is between them and that the Signature option is directly
 * behind; and the mobility data that is signed (4.5).  Pure.
 */
#include <string.h>

#include "wire/cgaopt.h"

/*
 * Add CGA Parameters to a message that is to be built, in as many options as
 * they need; the octets stay the caller's until then.  The Signature option has
 * to be added next.  False if there is no room.
 */
bool
cgaopt_add(struct mh *m, const void *params, size_t len)
{
	const uint8_t	*p = params;
	struct mh_opt	*o;
	size_t		 n;

	for (; len > 0; p += n, len -= n) {
		if ((o = mh_add(m, MHOPT_CGA)) == NULL)
			return (false);
		n = len < CGAOPT_MAX ? len : CGAOPT_MAX;
		o->var = p;
		o->varlen = (uint8_t)n;
	}
	return (true);
}

/* Is b directly behind a, which is a CGA Parameters option? */
static bool
follows(const struct mh_opt *a, const struct mh_opt *b)
{
	return (b->off == a->off + 2 + a->len && !b->stray &&
	    (b->type == MHOPT_SIGNATURE ||
	    (b->type == MHOPT_CGA && a->len == CGAOPT_MAX)));
}

/*
 * The Signature option that is directly behind all CGA Parameters options,
 * which have nothing between them and are full but for the last one (5.1).
 * NULL if any of that is not so, or if there is none of them.
 */
const struct mh_opt *
cgaopt_signature(const struct mh *m)
{
	const struct mh_opt	*last = mh_find(m, MHOPT_CGA), *o;
	uint8_t			 i;

	if (last == NULL)
		return (NULL);
	for (o = last + 1; o < m->opt + m->nopts && follows(last, o); o++) {
		if (o->type == MHOPT_SIGNATURE)
			break;
		last = o;
	}
	if (o == m->opt + m->nopts || o->type != MHOPT_SIGNATURE ||
	    !follows(last, o))
		return (NULL);
	for (i = (uint8_t)(o - m->opt); i < m->nopts; i++)
		if (m->opt[i].type == MHOPT_CGA)
			return (NULL);
	return (o);
}

/*
 * The CGA Parameters of a message, put together; their number of octets, or 0
 * if they don't stand as cgaopt_signature() wants them.
 */
size_t
cgaopt_join(const struct mh *m, uint8_t params[CGA_MAXLEN])
{
	const struct mh_opt	*sig = cgaopt_signature(m), *o;
	size_t			 len = 0;

	if (sig == NULL)
		return (0);
	for (o = mh_find(m, MHOPT_CGA); o < sig; o++) {
		if (len + o->varlen > CGA_MAXLEN)
			return (0);
		memcpy(params + len, o->var, o->varlen);
		len += o->varlen;
	}
	return (len);
}

/*
 * What the Signature option of a message, parsed or built, is over: RFC 4866
 * 4.5, without the tag.  Both addresses as those of its authenticator; the
 * correspondent's is its home address if it is mobile.  Returns the number of
 * octets, 0 if there is no such option where it has to be.
 */
size_t
cgaopt_data(const struct mh *m, const struct in6_addr *careof,
    const struct in6_addr *correspondent, uint8_t data[MHAUTH_DATAMAX])
{
	const struct mh_opt	*sig = cgaopt_signature(m);

	return (sig == NULL ? 0 : mhauth_data(data, m, sig->off, careof,
	    correspondent));
}
