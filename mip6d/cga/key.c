/*
 * The keys of home addresses: asked for as files, which the parent opens, and
 * taken only if parameters, address and key fit each other and a signature made
 * by it can be verified.  A key that is held stays until another is, or until
 * its home address is configured no more.  What mn is told of it is CGA_PARAMS.
 * Memory that has held a private key is wiped.
 */
#include <sys/types.h>
#include <sys/socket.h>

#include <arpa/inet.h>

#include <stdlib.h>
#include <string.h>

#include "cga/key.h"
#include "core/child.h"
#include "core/file.h"
#include "core/log.h"
#include "kern/compat.h"
#include "wire/cgakey.h"
#include "wire/cgarsa.h"
#include "wire/ip6.h"

static const char *
home_text(const struct key *k, char buf[INET6_ADDRSTRLEN])
{
	return (inet_ntop(AF_INET6, &k->home, buf, INET6_ADDRSTRLEN));
}

/* mn: these are the parameters now, or there are none. */
static void
tell(const struct keys *ks, const struct key *k)
{
	struct msg_cga_params	 m = { .home = k->home };

	if (k->pkey != NULL) {
		m.params.p = k->params;
		m.params.len = k->len;
	}
	child_send(ks->ch, ROLE_MN, MSG_CGA_PARAMS, &m);
}

/* The key is held no more. */
static void
drop(struct keys *ks, struct key *k)
{
	if (k->pkey == NULL)
		return;
	cgakey_free(k->pkey);
	k->pkey = NULL;
	k->len = 0;
	tell(ks, k);
}

/* What is configured can't be used, and so nothing is. */
static void
fail(struct keys *ks, struct key *k, const char *path, const char *why)
{
	char	 text[INET6_ADDRSTRLEN];

	k->asked = 0;
	drop(ks, k);
	home_text(k, text);
	why_set(&ks->ch->whys, child_now(), WHY_CGA_UNUSABLE, text, path,
	    text, why, NULL);
}

static void
ask(struct keys *ks, struct key *k, const char *path)
{
	struct msg_open	 m;

	if (++ks->id == 0)
		ks->id = 1;
	memset(&m, 0, sizeof(m));
	m.id = k->asked = ks->id;
	memcpy(m.path, path, sizeof(m.path));
	child_send(ks->ch, ROLE_PARENT, MSG_OPEN, &m);
}

/* Does it do what it is there for?  NULL, or what is wrong. */
static const char *
prove(const struct keys *ks, struct evp_pkey_st *pkey, const struct cga *c)
{
	static const uint8_t	 data[] = "mip6d";
	struct cga_rsa		 rsa;
	uint8_t			 sig[CGARSA_MAX];
	size_t			 len;
	enum cga_err		 e;
	enum cgarsa_err		 r;

	if ((e = cga_rsa(c, &rsa)) != CGA_OK ||
	    (e = cga_rsa_fits(&rsa)) != CGA_OK)
		return (cga_err_name(e));
	if (!cgakey_is_of(pkey, c))
		return ("is not the key of these parameters");
	r = cgarsa_sign(ks->auth, pkey, data, sizeof(data), sig, &len);
	if (r == CGARSA_OK)
		r = cgarsa_verify(ks->auth, &rsa, data, sizeof(data), sig,
		    len);
	return (r == CGARSA_OK ? NULL : cgarsa_err_name(r));
}

/* Both are there and fit: from now on that is what is held. */
static void
take(struct keys *ks, struct key *k, struct evp_pkey_st *pkey)
{
	char	 text[INET6_ADDRSTRLEN];

	cgakey_free(k->pkey);
	k->pkey = pkey;
	k->len = k->newlen;
	memcpy(k->params, k->new_params, k->newlen);
	k->asked = 0;
	tell(ks, k);
	home_text(k, text);
	why_clear(&ks->ch->whys, child_now(), WHY_CGA_UNUSABLE, text);
	log_info("the key of %s is held", text);
}

/* The file of the key, as it is. */
static void
take_key(struct keys *ks, struct key *k, const uint8_t *p, size_t len)
{
	struct evp_pkey_st	*pkey;
	const char		*why;
	struct cga		 c;

	if ((pkey = cgakey_parse(p, len, &why)) != NULL &&
	    (cga_parse(&c, k->new_params, k->newlen) != CGA_OK ||
	    (why = prove(ks, pkey, &c)) != NULL)) {
		cgakey_free(pkey);
		pkey = NULL;
	}
	if (pkey == NULL)
		fail(ks, k, k->path, why);
	else
		take(ks, k, pkey);
}

/* The file of the parameters: if they are of the address its key is next. */
static void
take_params(struct keys *ks, struct key *k, const uint8_t *p, size_t len)
{
	struct cga	 c;
	enum cga_err	 e;

	if ((e = cga_parse(&c, p, len)) != CGA_OK ||
	    (e = cga_verify(ks->auth, &c, &k->home)) != CGA_OK) {
		fail(ks, k, k->params_path, cga_err_name(e));
		return;
	}
	memcpy(k->new_params, p, len);
	k->newlen = len;
	k->has_new = true;
	ask(ks, k, k->path);
}

/* Who has asked for that file; NULL: nobody does any more. */
static struct key *
asker(struct keys *ks, uint32_t id)
{
	size_t	 i;

	for (i = 0; i < ks->n; i++)
		if (id != 0 && ks->v[i].asked == id)
			return (&ks->v[i]);
	return (NULL);
}

static const char *
path_asked(const struct key *k)
{
	return (k->has_new ? k->path : k->params_path);
}

/* A file that was asked for; fd stays the caller's. */
void
keys_file(struct keys *ks, uint32_t id, int fd)
{
	static uint8_t	 buf[CGAKEY_FILE_MAX + 1];
	struct key	*k = asker(ks, id);
	size_t		 len;
	int		 e;

	if (k == NULL)
		return;
	if ((e = file_fill(fd, buf, sizeof(buf), &len)) != 0)
		fail(ks, k, path_asked(k), strerror(e));
	else if (k->has_new)
		take_key(ks, k, buf, len);
	else
		take_params(ks, k, buf, len);
	explicit_bzero(buf, sizeof(buf));
}

/* There is none, or it may not be had. */
void
keys_no_file(struct keys *ks, const struct msg_result *m)
{
	struct key	*k = asker(ks, m->id);

	if (k != NULL)
		fail(ks, k, path_asked(k), strerror((int)m->error));
}

/* The one of a home address, NULL if none is held. */
const struct key *
keys_find(const struct keys *ks, const struct in6_addr *home)
{
	size_t	 i;

	for (i = 0; i < ks->n; i++)
		if (in6_eq(&ks->v[i].home, home))
			return (ks->v[i].pkey == NULL ? NULL : &ks->v[i]);
	return (NULL);
}

/* A new mn: all that are held. */
void
keys_tell(const struct keys *ks)
{
	size_t	 i;

	for (i = 0; i < ks->n; i++)
		if (ks->v[i].pkey != NULL)
			tell(ks, &ks->v[i]);
}

/* What is held of that home address, if anything, goes on with k. */
static void
take_over(struct keys *ks, struct key *k)
{
	size_t	 i;

	for (i = 0; i < ks->n; i++)
		if (in6_eq(&ks->v[i].home, &k->home)) {
			k->pkey = ks->v[i].pkey;
			k->len = ks->v[i].len;
			memcpy(k->params, ks->v[i].params, k->len);
			ks->v[i].pkey = NULL;
			ks->v[i].passed_on = true;
			return;
		}
}

/* Those that were not passed on are of addresses that have no key any more. */
static void
forget(struct keys *ks)
{
	char	 text[INET6_ADDRSTRLEN];
	size_t	 i;

	for (i = 0; i < ks->n; i++) {
		if (ks->v[i].passed_on)
			continue;
		drop(ks, &ks->v[i]);
		why_clear(&ks->ch->whys, child_now(), WHY_CGA_UNUSABLE,
		    home_text(&ks->v[i], text));
	}
	free(ks->v);
}

/* Ask for the files of all, also where the names are the same. */
static void
ask_all(struct keys *ks)
{
	size_t	 i;

	for (i = 0; i < ks->n; i++)
		if (ks->auth == NULL)
			fail(ks, &ks->v[i], ks->v[i].path,
			    "this libcrypto has no SHA-1");
		else
			ask(ks, &ks->v[i], ks->v[i].params_path);
}

/* How many home addresses are to have a key? */
static size_t
count(const struct conf_mn *mn)
{
	size_t	 i, n = 0;

	for (i = 0; mn != NULL && i < mn->nhomes; i++)
		n += mn->homes[i].cga_key[0] != '\0';
	return (n);
}

/* The configuration is this one. */
void
keys_configure(struct keys *ks, const struct conf *c)
{
	const struct conf_home	*h;
	struct key		*v;
	size_t			 i, max = count(c->mn), n = 0;

	if ((v = calloc(max + 1, sizeof(*v))) == NULL)
		fatalx("out of memory");
	for (i = 0; n < max; i++) {
		h = &c->mn->homes[i];
		if (h->cga_key[0] == '\0')
			continue;
		v[n].home = h->address;
		memcpy(v[n].params_path, h->cga_params, CONF_PATH_MAX);
		memcpy(v[n].path, h->cga_key, CONF_PATH_MAX);
		take_over(ks, &v[n++]);
	}
	forget(ks);
	ks->v = v;
	ks->n = n;
	ask_all(ks);
}

/* Begin with what is configured for ch. */
void
keys_start(struct keys *ks, struct child *ch)
{
	memset(ks, 0, sizeof(*ks));
	ks->ch = ch;
	ks->auth = mhauth_new();
	keys_configure(ks, ch->conf);
}

/* The end: wipe them all. */
void
keys_free(struct keys *ks)
{
	size_t	 i;

	for (i = 0; i < ks->n; i++)
		cgakey_free(ks->v[i].pkey);
	free(ks->v);
	mhauth_free(ks->auth);
	memset(ks, 0, sizeof(*ks));
}
