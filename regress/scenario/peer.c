/*
 * The correspondent of a mobile node, as far as return routability goes (RFC
 * 6275 5.2): which cookies it was sent, which keygen tokens it gave, and the
 * keys that follow.  So that a script can say "> HoT from PEER to HOME
 * tunnelled" for the answer to the last Home Test Init to that peer, and
 * "> BA ... authorized" for one that is signed as the last Binding Update was;
 * and that what the mobile node signs is checked.  With RFC 4866 the tokens of
 * its acknowledgements count as those of tests, permanent ones with index 0;
 * the script is the process with the key, so that nothing is encrypted.
 */
#include <err.h>
#include <stdio.h>
#include <string.h>

#include "run.h"
#include "wire/cgaopt.h"
#include "wire/ip6.h"
#include "wire/mh.h"
#include "wire/mhauth.h"

#define MAX		512
#define CIPHER		128	/* octets of a token that was not encrypted */

/* A cookie that was sent, or a token that was given. */
static struct given {
	uint8_t		 type;		/* MH_HOTI, MH_COTI, MH_HOT, MH_COT */
	struct in6_addr	 peer, own;	/* from own, or to it */
	uint16_t	 index;
	uint64_t	 value;
} all[MAX];
static size_t	 n;

/* What a Binding Update to a peer was signed with. */
static struct key {
	struct in6_addr	 peer, covers;
	uint8_t		 kbm[MHAUTH_KBMLEN];
} keys[MAX];
static size_t	 nkeys;

/* What the cga process was last asked to sign. */
static uint8_t	 asked[MHAUTH_DATAMAX];
static size_t	 nasked;

/* The newest one, or NULL; index -1: any. */
static struct given *
find(uint8_t type, const struct in6_addr *peer, int index)
{
	size_t	 i;

	for (i = n; i > 0; i--)
		if (all[i - 1].type == type && in6_eq(&all[i - 1].peer, peer) &&
		    (index < 0 || all[i - 1].index == index))
			return (&all[i - 1]);
	return (NULL);
}

/* The cookie last sent from own; else that of any of our addresses, or NULL. */
static struct given *
find_cookie(uint8_t type, const struct in6_addr *peer,
    const struct in6_addr *own)
{
	size_t	 i;

	for (i = n; i > 0; i--)
		if (all[i - 1].type == type && in6_eq(&all[i - 1].peer, peer) &&
		    in6_eq(&all[i - 1].own, own))
			return (&all[i - 1]);
	return (find(type, peer, -1));
}

static void
add(uint8_t type, const struct in6_addr *peer, const struct in6_addr *own,
    uint16_t index, uint64_t value)
{
	/* Only the last ones matter. */
	if (n == MAX) {
		memmove(all, all + MAX / 2, sizeof(all[0]) * (MAX / 2));
		n = MAX / 2;
	}
	all[n++] = (struct given){ type, *peer, *own, index, value };
}

static bool
was_sent(uint64_t cookie)
{
	size_t	 i;

	for (i = 0; i < n; i++)
		if ((all[i].type == MH_HOTI || all[i].type == MH_COTI) &&
		    all[i].value == cookie)
			return (true);
	return (false);
}

/* The key of the last Binding Update to peer; NULL: there was none. */
static struct key *
key_of(const struct in6_addr *peer)
{
	size_t	 i;

	for (i = 0; i < nkeys; i++)
		if (in6_eq(&keys[i].peer, peer))
			return (&keys[i]);
	return (NULL);
}

/*
 * The key that its nonce indices stand for; false: of such a nonce there was
 * no token.  Without indices it is a static key.
 */
static bool
derive(struct mhauth *auth, const struct msg_mh_out *out, const struct mh *m,
    struct key *k)
{
	static const struct given	 none;
	const struct mh_opt	*o = mh_find(m, MHOPT_NONCE);
	const struct given		*home, *careof = NULL;

	k->peer = out->dst;
	k->covers = m->u.bu.lifetime != 0 || (out->flags & PKT_HAO) == 0 ?
	    out->src : out->home;
	if (o == NULL)
		return (rr_by_static(auth, m, (out->flags & PKT_HAO) != 0 ?
		    &out->home : &out->src, &k->covers, &out->dst, k->kbm));
	home = find(MH_HOT, &out->dst, o->u.nonce.home);
	if (home == NULL)
		return (false);
	/* RFC 4866 4.1: an early update goes by a token of zeros. */
	if (m->u.bu.lifetime != 0 && (careof = o->u.nonce.careof == 0 ? &none :
	    find(MH_COT, &out->dst, o->u.nonce.careof)) == NULL)
		return (false);
	return (mhauth_kbm(auth, home->value, careof == NULL ? NULL :
	    &careof->value, k->kbm));
}

/* The types of its options, in their order. */
static void
options(struct output *o, const struct mh *m)
{
	char	 buf[128] = "";
	size_t	 len = 0;
	uint8_t	 i;

	for (i = 0; i < m->nopts; i++)
		len += (size_t)snprintf(buf + len, sizeof(buf) - len, "%s%u",
		    i == 0 ? "" : ",", m->opt[i].type);
	add_field(o, "options", "%s", buf);
}

/* Is the signature over what the cga process was asked to sign? */
static void
signature(struct output *o, const struct msg_mh_out *out, const struct mh *m)
{
	uint8_t	 data[MHAUTH_DATAMAX];
	size_t	 len = cgaopt_data(m, &out->src, &out->dst, data);

	if (mh_find(m, MHOPT_SIGNATURE) != NULL)
		add_field(o, "signed", "%s", len > 0 && len == nasked &&
		    memcmp(data, asked, len) == 0 ? "yes" : "no");
}

static void
update(struct output *o, const struct msg_mh_out *out, const struct mh *m)
{
	struct mhauth	*auth = mhauth_new();
	struct key	 k, *old;
	bool		 ok;

	memset(&k, 0, sizeof(k));
	ok = derive(auth, out, m, &k) && mhauth_bad_verify(auth, m, k.kbm,
	    sizeof(k.kbm), &k.covers, &out->dst) == MHAUTH_OK;
	mhauth_free(auth);
	add_field(o, "authorized", "%s", ok ? "yes" : "no");
	options(o, m);
	signature(o, out, m);
	if ((old = key_of(&out->dst)) == NULL) {
		if (nkeys == MAX)
			errx(1, "too many correspondents");
		old = &keys[nkeys++];
	}
	*old = k;
}

/* The mobile node sends m: what of it a script may look at. */
void
peer_fields(struct output *o, const struct msg_mh_out *out, const struct mh *m)
{
	if ((out->flags & PKT_TUNNEL) != 0)
		add_field(o, "tunnel", "yes");
	if (m->type == MH_HOTI || m->type == MH_COTI) {
		add_field(o, "cookie", "%s", was_sent(m->u.init.cookie) ?
		    "old" : "new");
		add(m->type, &out->dst, &out->src, 0, m->u.init.cookie);
	} else if (m->type == MH_BU && (m->u.bu.flags & MH_BU_H) == 0)
		update(o, out, m);
}

/*
 * A Home Test or Care-of Test of src to dst, whose nonce index and token are in
 * m; it answers the last Test Init, unless it has a cookie of its own.
 */
void
peer_test(const struct line *l, struct mh *m, const struct in6_addr *src,
    const struct in6_addr *dst)
{
	const struct given	*sent = find_cookie(m->type == MH_HOT ?
				    MH_HOTI : MH_COTI, src, dst);

	if (m->u.test.cookie == 0 && sent == NULL)
		fail(l, "there was no Test Init that this could answer");
	if (m->u.test.cookie == 0)
		m->u.test.cookie = sent->value;
	if (m->u.test.nonce_index == 0)
		m->u.test.nonce_index = 1;
	if (m->u.test.token == 0)
		m->u.test.token = 0x1234567800000000ULL + m->type +
		    m->u.test.nonce_index * 256U;
	add(m->type, src, dst, m->u.test.nonce_index, m->u.test.token);
}

/* Sign an acknowledgement of src that was built as the last update was. */
void
peer_sign(const struct line *l, struct mh *m, const struct in6_addr *src)
{
	const struct key	*k = key_of(src);
	struct mhauth		*auth = mhauth_new();

	if (k == NULL || mhauth_bad_sign(auth, m, k->kbm, sizeof(k->kbm),
	    &k->covers, src) != MHAUTH_OK)
		fail(l, "there is no key for this authorization");
	mhauth_free(auth);
}

/* The mobile node asks for a signature. */
void
peer_asked(const struct msg_cga_sign *m)
{
	nasked = m->data.len < sizeof(asked) ? m->data.len : sizeof(asked);
	memcpy(asked, m->data.p, nasked);
}

/*
 * The permanent home keygen token that src gives with an acknowledgement, into
 * an option, as it would be if no key were needed to read it.
 */
void
peer_permanent(struct mh_opt *o, const struct in6_addr *src, uint64_t token)
{
	static uint8_t	 cipher[CIPHER];
	size_t		 i;

	for (i = 0; i < sizeof(token); i++)
		cipher[CIPHER - 1 - i] = (uint8_t)(token >> 8 * i);
	o->var = cipher;
	o->varlen = sizeof(cipher);
	add(MH_HOT, src, src, 0, token);
}

/* A Care-of Test option of src; of the index that an update is to name. */
void
peer_careof(struct mh_opt *o, const struct in6_addr *src, uint64_t token)
{
	o->u.token = token;
	add(MH_COT, src, src, 1, token);
}
