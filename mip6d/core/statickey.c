/*
 * Static keys (RFC 4449): the binding management key that follows from one, and
 * the sequence numbers used with it.  A key is good for as long as the two
 * nodes have it, so no number may be used twice, whatever becomes of a process
 * or a host: numbers count from the first one and don't begin anew, and are on
 * disk as used before they are.  Which records are saved, and when that is
 * done, the engines say.
 *
 * Record: version 1; what tells the key from others, 8; the first number, 2;
 * how many are used, 4.
 */
#include <openssl/crypto.h>

#include <stdlib.h>
#include <string.h>

#include "core/statickey.h"
#include "wire/buf.h"
#include "wire/ip6.h"

#define VERSION		1

static int
by_peer(const void *a, const void *b)
{
	const struct statickey	*x = a, *y = b;

	return (memcmp(&x->conf.peer, &y->conf.peer, sizeof(x->conf.peer)));
}

/* Do both have the same key and nonces for the same nodes? */
bool
statickey_same(const struct statickey *a, const struct statickey *b)
{
	return (in6_eq(&a->conf.peer, &b->conf.peer) &&
	    memcmp(a->print, b->print, sizeof(a->print)) == 0 &&
	    a->conf.has_home == b->conf.has_home && (!a->conf.has_home ||
	    in6_eq(&a->conf.home, &b->conf.home)));
}

/*
 * What tells this key from others without telling it: the beginning of a hash
 * by it of the nonces.
 */
static bool
make_print(struct statickey *k, struct mhauth *auth)
{
	const struct conf_static_key	*c = &k->conf;
	uint8_t				 in[2 * CONF_KEY_MAX + 2];
	uint8_t				 mac[MHAUTH_MACLEN];
	bool				 ok;

	memcpy(in, c->home_nonce, CONF_KEY_MAX);
	memcpy(in + CONF_KEY_MAX, c->careof_nonce, CONF_KEY_MAX);
	in[2 * CONF_KEY_MAX] = (uint8_t)c->home_noncelen;
	in[2 * CONF_KEY_MAX + 1] = (uint8_t)c->careof_noncelen;
	ok = mhauth_hmac(auth, c->kcn, c->kcnlen, in, sizeof(in), mac);
	if (ok)
		memcpy(k->print, mac, sizeof(k->print));
	OPENSSL_cleanse(in, sizeof(in));
	OPENSSL_cleanse(mac, sizeof(mac));
	return (ok);
}

/* The numbers of a key stay with it, and what waits for them. */
static void
go_on(struct statickey *k, const struct statickeys *old)
{
	struct statickey	*was = statickeys_find(old, &k->conf.peer);
	struct conf_static_key	 conf;

	if (was == NULL || memcmp(k->print, was->print, sizeof(k->print)) != 0)
		return;
	conf = k->conf;
	*k = *was;
	k->conf = conf;
	OPENSSL_cleanse(&conf, sizeof(conf));
	was->waits = NULL;
}

/*
 * A table of the n keys of a configuration, with other numbers than those of
 * old have.  False: no memory, or libcrypto failed.
 */
bool
statickeys_make(struct statickeys *ks, const struct statickeys *old,
    const struct conf_static_key *conf, size_t n, struct mhauth *auth)
{
	size_t	 i;

	memset(ks, 0, sizeof(*ks));
	ks->numbers = old->numbers;
	if ((ks->v = calloc(n + 1, sizeof(*ks->v))) == NULL)
		return (false);
	for (i = 0; i < n; i++) {
		ks->v[i].conf = conf[i];
		ks->v[i].number = ++ks->numbers;
		if (!make_print(&ks->v[i], auth)) {
			ks->n = n;
			statickeys_free(ks);
			return (false);
		}
	}
	ks->n = n;
	qsort(ks->v, n, sizeof(*ks->v), by_peer);
	return (true);
}

/*
 * One table takes the place of another, which is forgotten: keys that are in
 * both go on as they are, with what waits for them.
 */
void
statickeys_replace(struct statickeys *old, struct statickeys *by)
{
	size_t	 i;

	for (i = 0; i < by->n; i++)
		go_on(&by->v[i], old);
	statickeys_free(old);
	*old = *by;
}

/* They are forgotten, and wiped, with what waits for them. */
void
statickeys_free(struct statickeys *ks)
{
	size_t	 i;

	for (i = 0; i < ks->n; i++)
		free(ks->v[i].waits);
	if (ks->v != NULL)
		OPENSSL_cleanse(ks->v, ks->n * sizeof(*ks->v));
	free(ks->v);
	memset(ks, 0, sizeof(*ks));
}

/* The key of the node with this address, or NULL. */
struct statickey *
statickeys_find(const struct statickeys *ks, const struct in6_addr *peer)
{
	struct statickey	 k;

	if (ks->n == 0)
		return (NULL);
	k.conf.peer = *peer;
	return (bsearch(&k, ks->v, ks->n, sizeof(k), by_peer));
}

/* The one with this number, or NULL. */
struct statickey *
statickeys_numbered(const struct statickeys *ks, uint32_t number)
{
	size_t	 i;

	for (i = 0; i < ks->n; i++)
		if (ks->v[i].number == number)
			return (&ks->v[i]);
	return (NULL);
}

/*
 * The key of Binding Updates for home from coa, or to delete (NULL): Kbm from
 * keygen tokens as in return routability (RFC 4449 3, RFC 6275 5.2.5).  False:
 * libcrypto failed.
 */
bool
statickey_kbm(const struct statickey *k, struct mhauth *auth,
    const struct in6_addr *home, const struct in6_addr *coa,
    uint8_t kbm[MHAUTH_KBMLEN])
{
	const struct conf_static_key	*c = &k->conf;
	uint64_t			 ht, ct = 0;
	bool				 ok;

	ok = mhauth_token_by(auth, MHAUTH_HOME, c->kcn, c->kcnlen, home,
	    c->home_nonce, c->home_noncelen, &ht) && (coa == NULL ||
	    mhauth_token_by(auth, MHAUTH_CAREOF, c->kcn, c->kcnlen, coa,
	    c->careof_nonce, c->careof_noncelen, &ct)) &&
	    mhauth_kbm(auth, ht, coa == NULL ? NULL : &ct, kbm);
	OPENSSL_cleanse(&ht, sizeof(ht));
	OPENSSL_cleanse(&ct, sizeof(ct));
	return (ok);
}

/* Nothing was used with it so far: numbers count from this one. */
void
statickey_begin(struct statickey *k, uint16_t seq)
{
	if (k->begun)
		return;
	k->begun = true;
	k->first = seq;
}

static enum statickey_use
use(struct statickey *k, uint32_t at)
{
	if (at >= k->safe) {
		k->wanted = at + 1;
		return (STATICKEY_WAIT);
	}
	k->used = at + 1;
	return (STATICKEY_USED);
}

/*
 * A message with this number came, and its authenticator is right.  It must be
 * greater than the last (RFC 6275 9.5.1), and behind it as numbers count here.
 */
enum statickey_use
statickey_take(struct statickey *k, uint16_t seq)
{
	uint32_t	 at;

	statickey_begin(k, seq);
	at = (uint16_t)(seq - k->first);
	if (k->used == STATICKEY_NUMBERS)
		return (STATICKEY_SPENT);
	if (at < k->used || (k->used > 0 && at - k->used >= 0x7fff))
		return (STATICKEY_OLD);
	return (use(k, at));
}

/* Is there a next number?  If it is to be safe first, it is wanted now. */
bool
statickey_ready(struct statickey *k)
{
	if (k->used >= k->safe && k->used < STATICKEY_NUMBERS)
		k->wanted = k->used + 1;
	return (k->used < k->safe);
}

/* The number of the next message, into *seq; it must have begun. */
enum statickey_use
statickey_next(struct statickey *k, uint16_t *seq)
{
	if (k->used == STATICKEY_NUMBERS)
		return (STATICKEY_SPENT);
	*seq = (uint16_t)(k->first + k->used);
	return (use(k, k->used));
}

/* The other node says that this one was used: go on behind it, never before. */
void
statickey_skip(struct statickey *k, uint16_t seq)
{
	uint32_t	 at = (uint16_t)(seq - k->first);

	if (k->begun && at >= k->used)
		k->used = at + 1;
}

/* The last number that counts as used. */
uint16_t
statickey_last(const struct statickey *k)
{
	return ((uint16_t)(k->first + k->used - 1));
}

/* How many are left. */
uint32_t
statickey_left(const struct statickey *k)
{
	return (STATICKEY_NUMBERS - k->used);
}

static uint32_t
needed(const struct statickey *k)
{
	return (k->wanted > k->used ? k->wanted : k->used);
}

/* Is it time to have more numbers put on disk? */
bool
statickey_due(const struct statickey *k)
{
	return (k->begun && k->saving == 0 && k->safe < STATICKEY_NUMBERS &&
	    needed(k) + STATICKEY_AHEAD / 2 > k->safe);
}

/*
 * The record that does so, into p; statickey_saved() is to be called when it is
 * there.  Returns its length.
 */
size_t
statickey_record(struct statickey *k, uint8_t p[STATICKEY_RECORD])
{
	struct wbuf	 w;

	k->saving = needed(k) + STATICKEY_AHEAD;
	if (k->saving > STATICKEY_NUMBERS)
		k->saving = STATICKEY_NUMBERS;
	wbuf_init(&w, p, STATICKEY_RECORD);
	wbuf_u8(&w, VERSION);
	wbuf_bytes(&w, k->print, sizeof(k->print));
	wbuf_u16(&w, k->first);
	wbuf_u32(&w, k->saving);
	return (w.off);
}

/* The last record is on disk. */
void
statickey_saved(struct statickey *k)
{
	if (k->saving > k->safe)
		k->safe = k->saving;
	k->saving = 0;
	if (k->wanted <= k->safe)
		k->wanted = 0;
}

/*
 * What an earlier life has saved; nothing, if that was of another key.  What
 * was put on disk counts as used.
 */
void
statickey_load(struct statickey *k, const struct blob *data)
{
	uint8_t		 print[sizeof(k->print)];
	struct rbuf	 r;
	uint32_t	 used;
	uint16_t	 first;
	uint8_t		 version;

	rbuf_init(&r, data->p, data->len);
	version = rbuf_u8(&r);
	rbuf_bytes(&r, print, sizeof(print));
	first = rbuf_u16(&r);
	used = rbuf_u32(&r);
	if (!rbuf_done(&r) || version != VERSION || used == 0 ||
	    used > STATICKEY_NUMBERS || k->begun ||
	    memcmp(print, k->print, sizeof(print)) != 0)
		return;
	k->begun = true;
	k->first = first;
	k->used = k->safe = used;
}
