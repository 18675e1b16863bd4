/*
 * The mobile node's part of return routability (RFC 6275 5.2.5, 5.2.6) for
 * scenarios of a correspondent: the tokens that came in a Home Test and a
 * Care-of Test, the key of a Binding Update, its authenticator, and whether
 * that of the acknowledgement is right.  The same by a static key (RFC 4449),
 * whose tokens follow from the key and its nonces.  encode.c and decode.c call
 * it, and peer.c for what a mobile node signs by such a key.
 */
#include <string.h>

#include "run.h"
#include "wire/mh.h"
#include "wire/mhauth.h"

#define MAXTOKENS	16

struct tokens {
	char		 name[32];	/* in the script */
	uint64_t	 home, coa, permanent;
	uint16_t	 home_index, coa_index;
	bool		 is_static;
	const char	*key[3];	/* key and nonces, as they are text */
};

static struct tokens	 last, kept[MAXTOKENS];
static size_t		 nkept;
static uint8_t		 kbm[MHAUTH_KBMLEN];	/* of the last update */
static struct in6_addr	 covered;		/* by its authenticator */
static bool		 has_kbm;

/* The engine has sent a Home Test or a Care-of Test. */
void
rr_heard(const struct mh *m)
{
	if (m->type == MH_HOT) {
		last.home = m->u.test.token;
		last.home_index = m->u.test.nonce_index;
	} else if (m->type == MH_COT) {
		last.coa = m->u.test.token;
		last.coa_index = m->u.test.nonce_index;
	}
}

/*
 * The engine has sent an acknowledgement, rightly signed: its Care-of Test
 * option, which has no index (RFC 4866 5.5; any but 0 will do), and its
 * permanent token.  False if that is for nobody.
 */
bool
rr_ack(const struct mh *m, const struct in6_addr *correspondent)
{
	const struct mh_opt	*o = mh_find(m, MHOPT_COT);

	if (!rr_verify(m, correspondent))
		return (false);
	if (o != NULL) {
		last.coa = o->u.token;
		last.coa_index = 1;
	}
	return (mh_find(m, MHOPT_PHKT) == NULL ||
	    node_token(m, &last.permanent));
}

/* tokens NAME: the last ones are known by that name. */
void
rr_keep(const struct line *l)
{
	size_t	 i;

	if (l->n != 2)
		fail(l, "tokens NAME");
	for (i = 0; i < nkept && strcmp(kept[i].name, l->w[1]) != 0; i++)
		;
	if (i == MAXTOKENS || strlen(l->w[1]) >= sizeof(last.name))
		fail(l, "too many tokens, or too long a name");
	kept[i] = last;
	memcpy(kept[i].name, l->w[1], strlen(l->w[1]) + 1);
	if (i == nkept)
		nkept++;
}

/* static NAME KEY HOME-NONCE CARE-OF-NONCE: the four as text. */
void
rr_static(const struct line *l)
{
	struct tokens	*t = &kept[nkept];
	size_t		 i;

	if (l->n != 5 || nkept == MAXTOKENS ||
	    strlen(l->w[1]) >= sizeof(t->name))
		fail(l, "static NAME KEY HOME-NONCE CARE-OF-NONCE");
	memset(t, 0, sizeof(*t));
	memcpy(t->name, l->w[1], strlen(l->w[1]) + 1);
	t->is_static = true;
	for (i = 0; i < 3; i++)
		if ((t->key[i] = strdup(l->w[2 + i])) == NULL)
			fail(l, "no memory");
	nkept++;
}

/* What follows from a static key for home and coa (NULL: to delete). */
static bool
static_kbm(struct mhauth *a, const struct tokens *t,
    const struct in6_addr *home, const struct in6_addr *coa,
    uint8_t out[MHAUTH_KBMLEN])
{
	uint64_t	 ht, ct;

	return (mhauth_token_by(a, MHAUTH_HOME, t->key[0], strlen(t->key[0]),
	    home, t->key[1], strlen(t->key[1]), &ht) && (coa == NULL ||
	    mhauth_token_by(a, MHAUTH_CAREOF, t->key[0], strlen(t->key[0]),
	    coa, t->key[2], strlen(t->key[2]), &ct)) &&
	    mhauth_kbm(a, ht, coa == NULL ? NULL : &ct, out));
}

/* Is m signed by one of the static keys?  Then *out is the key that follows. */
bool
rr_by_static(struct mhauth *a, const struct mh *m, const struct in6_addr *home,
    const struct in6_addr *covers, const struct in6_addr *correspondent,
    uint8_t out[MHAUTH_KBMLEN])
{
	size_t	 i;

	for (i = 0; i < nkept; i++)
		if (kept[i].is_static && static_kbm(a, &kept[i], home,
		    m->u.bu.lifetime == 0 ? NULL : covers, out) &&
		    mhauth_bad_verify(a, m, out, MHAUTH_KBMLEN, covers,
		    correspondent) == MHAUTH_OK)
			return (true);
	return (false);
}

static const struct tokens *
find(const struct line *l, const char *name)
{
	size_t	 i;

	if (strcmp(name, "last") == 0)
		return (&last);
	for (i = 0; i < nkept; i++)
		if (strcmp(kept[i].name, name) == 0)
			return (&kept[i]);
	fail(l, "no tokens of that name: %s", name);
}

/* Append the options of an update that goes by these tokens. */
void
rr_options(const struct line *l, const struct rr *rr, struct mh *m)
{
	const struct tokens	*t = find(l, rr->tokens);
	struct mh_opt		*o;

	if (!t->is_static || rr->home_index >= 0) {
		if ((o = mh_add(m, MHOPT_NONCE)) == NULL)
			fail(l, "too many options");
		o->u.nonce.home = rr->home_index >= 0 ?
		    (uint16_t)rr->home_index :
		    rr->permanent ? 0 : t->home_index;
		o->u.nonce.careof = rr->coa_index >= 0 ?
		    (uint16_t)rr->coa_index : rr->early ? 0 : t->coa_index;
	}
	if (mh_add(m, MHOPT_BAD) == NULL)
		fail(l, "too many options");
}

/*
 * Sign the update of home that has been built: with the key of both tokens, or
 * of the home token alone.
 */
void
rr_sign(const struct line *l, const struct rr *rr, struct mh *m,
    const struct in6_addr *home, const struct in6_addr *over,
    const struct in6_addr *correspondent)
{
	const struct tokens	*t = find(l, rr->tokens);
	struct mhauth		*a = mhauth_new();
	uint64_t		 coa = rr->early ? 0 : t->coa;

	if (a == NULL || !(t->is_static ? static_kbm(a, t, home,
	    rr->home_only ? NULL : over, kbm) :
	    mhauth_kbm(a, rr->permanent ? t->permanent : t->home,
	    rr->home_only ? NULL : &coa, kbm)) ||
	    mhauth_bad_sign(a, m, kbm, sizeof(kbm), over, correspondent) !=
	    MHAUTH_OK)
		fail(l, "it can't be signed");
	mhauth_free(a);
	covered = *over;
	has_kbm = true;
}

/* Is an acknowledgement of the last update rightly signed? */
bool
rr_verify(const struct mh *m, const struct in6_addr *correspondent)
{
	struct mhauth	*a = mhauth_new();
	enum mhauth_err	 e;

	e = mhauth_bad_verify(a, m, kbm, sizeof(kbm), &covered, correspondent);
	mhauth_free(a);
	return (has_kbm && e == MHAUTH_OK);
}
