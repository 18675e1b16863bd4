/*
 * The list of certificates and private keys that the configuration names, and
 * what has become of each: asked of the parent, had, or failed.  Owns copies
 * of the certificates; private keys are passed on to charon and never kept.
 * ike/load.c and keying.c ask for the files and look here whether all are
 * there.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "conf/conf.h"
#include "ike/cred.h"

#define FILE_MAX	UINT16_MAX	/* what a value of VICI can be */

/* Forget all. */
static void
creds_free(struct creds *t)
{
	size_t	 i;

	for (i = 0; i < t->n; i++)
		free((void *)(uintptr_t)t->v[i].data.p);
	free(t->v);
	t->v = NULL;
	t->n = 0;
}

/* The file of that kind, or NULL if the configuration names no such one. */
const struct cred *
cred_find(const struct creds *t, enum cred_kind kind, const char *path)
{
	size_t	 i;

	for (i = 0; i < t->n; i++)
		if (t->v[i].kind == kind && strcmp(t->v[i].path, path) == 0)
			return (&t->v[i]);
	return (NULL);
}

/* Add a file to the list, unless it is there or no file; false: no memory. */
static bool
add(struct creds *t, enum cred_kind kind, const char *path)
{
	struct cred	*v;

	if (path[0] == '\0' || cred_find(t, kind, path) != NULL)
		return (true);
	if ((v = realloc(t->v, (t->n + 1) * sizeof(*v))) == NULL)
		return (false);
	t->v = v;
	v += t->n++;
	memset(v, 0, sizeof(*v));
	v->kind = kind;
	snprintf(v->path, sizeof(v->path), "%s", path);
	return (true);
}

/*
 * The files that a configuration names, all of them still to be asked for.
 * False when out of memory.
 */
bool
creds_configure(struct creds *t, const struct conf *conf)
{
	const struct conf_ipsec	*s;
	bool			 ok = true;
	size_t			 i;

	creds_free(t);
	if (conf->ike == NULL)
		return (true);
	ok = add(t, CRED_CERTIFICATE, conf->ike->certificate) &&
	    add(t, CRED_KEY, conf->ike->private_key);
	for (i = 0; ok && i < conf->ike->nauthorities; i++)
		ok = add(t, CRED_AUTHORITY, conf->ike->authorities[i].path);
	for (i = 0; ok && conf->mn != NULL && i < conf->mn->nhomes; i++)
		if ((s = conf->mn->homes[i].ipsec) != NULL)
			ok = add(t, CRED_CERTIFICATE, s->certificate) &&
			    add(t, CRED_KEY, s->private_key);
	return (ok);
}

/* What to ask the parent for. */
void
cred_ask(struct creds *t, struct cred *c, struct msg_open *m)
{
	memset(m, 0, sizeof(*m));
	m->id = c->id = ++t->id | CRED_ID;
	snprintf(m->path, sizeof(m->path), "%s", c->path);
	c->state = CRED_ASKED;
	c->why[0] = '\0';
}

/* Which file is answered; NULL if nobody waits for that answer. */
struct cred *
cred_answered(struct creds *t, uint32_t id)
{
	size_t	 i;

	for (i = 0; i < t->n; i++)
		if (t->v[i].state == CRED_ASKED && t->v[i].id == id)
			return (&t->v[i]);
	return (NULL);
}

/* Keep a copy of a certificate; 0 or an errno. */
int
cred_keep(struct cred *c, const struct blob *b)
{
	uint8_t	*p;

	if (b->len == 0)
		return (EINVAL);
	if (b->len > FILE_MAX)
		return (EFBIG);
	if ((p = malloc(b->len)) == NULL)
		return (ENOMEM);
	memcpy(p, b->p, b->len);
	free((void *)(uintptr_t)c->data.p);
	c->data.p = p;
	c->data.len = b->len;
	return (0);
}

/* Has each question been answered? */
bool
creds_ready(const struct creds *t)
{
	size_t	 i;

	for (i = 0; i < t->n; i++)
		if (t->v[i].state == CRED_ASKED)
			return (false);
	return (true);
}

/* Is there one that could not be had? */
bool
creds_failed(const struct creds *t)
{
	size_t	 i;

	for (i = 0; i < t->n; i++)
		if (t->v[i].state == CRED_FAILED)
			return (true);
	return (false);
}
