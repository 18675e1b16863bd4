/*
 * Certificates and private keys.  They are in files that the parent reads;
 * charon gets keys and authorities once a connection, a certificate of our own
 * comes with each connection that uses it.
 */
#include <stdlib.h>
#include <string.h>

#include "core/log.h"
#include "ike/charon.h"
#include "ike/node.h"
#include "kern/compat.h"

enum cred_kind { CRED_CERTIFICATE, CRED_KEY, CRED_AUTHORITY };

struct cred {
	enum cred_kind	 kind;
	char		 path[CONF_PATH_MAX];
	uint32_t	 id;		/* of the question to the parent */
	bool		 there;
	uint8_t		*data;
	size_t		 len;
};

/* Forget all of them. */
void
cred_free(struct keying *k)
{
	size_t	 i;

	for (i = 0; i < k->ncreds; i++) {
		if (k->creds[i].data != NULL)
			explicit_bzero(k->creds[i].data, k->creds[i].len);
		free(k->creds[i].data);
	}
	free(k->creds);
	k->creds = NULL;
	k->ncreds = k->waiting = 0;
}

static void
ask(struct keying *k, enum cred_kind kind, const char *path)
{
	struct msg_ike_file	 m;
	struct cred		*v;
	size_t			 i;

	if (path[0] == '\0')
		return;
	for (i = 0; i < k->ncreds; i++)
		if (k->creds[i].kind == kind &&
		    strcmp(k->creds[i].path, path) == 0)
			return;
	if ((v = realloc(k->creds, (k->ncreds + 1) * sizeof(*v))) == NULL)
		return;
	k->creds = v;
	v = &k->creds[k->ncreds++];
	memset(v, 0, sizeof(*v));
	v->kind = kind;
	v->id = ++k->file_id;
	snprintf(v->path, sizeof(v->path), "%s", path);
	memset(&m, 0, sizeof(m));
	m.id = v->id;
	snprintf(m.path, sizeof(m.path), "%s", path);
	k->waiting++;
	child_send(k->charon->ch, ROLE_PARENT, MSG_IKE_FILE, &m);
}

/* Ask for all that the configuration names, anew. */
void
cred_begin(struct keying *k)
{
	const struct conf	*c = k->conf;
	const struct conf_ipsec	*ip;
	size_t			 i;

	cred_free(k);
	ask(k, CRED_CERTIFICATE, c->ike->certificate);
	ask(k, CRED_KEY, c->ike->private_key);
	for (i = 0; i < c->ike->nauthorities; i++)
		ask(k, CRED_AUTHORITY, c->ike->authorities[i].path);
	for (i = 0; c->mn != NULL && i < c->mn->nhomes; i++)
		if ((ip = c->mn->homes[i].ipsec) != NULL) {
			ask(k, CRED_CERTIFICATE, ip->certificate);
			ask(k, CRED_KEY, ip->private_key);
		}
}

static void
on_loaded(void *arg, enum vici_result r, const struct vici_cursor *msg)
{
	struct keying	*k = arg;
	char		 why[NODE_TEXT_MAX];

	(void)k;
	if (r == VICI_GONE)
		return;
	if (r == VICI_DONE && vici_get_yes(msg, "success"))
		return;
	why[0] = '\0';
	if (r == VICI_DONE)
		vici_get_str(msg, "errmsg", why, sizeof(why));
	log_error("charon takes no certificate or key: %s", why);
}

static void
load(struct keying *k, const struct cred *c)
{
	struct vici_builder	 b;
	size_t			 cap = c->len + 1024;
	uint8_t			*buf;

	if (k->charon->conn == NULL || (buf = malloc(cap)) == NULL)
		return;
	vici_begin(&b, buf, cap, VICI_CMD_REQUEST,
	    c->kind == CRED_KEY ? "load-key" : "load-cert");
	vici_str(&b, "type", c->kind == CRED_KEY ? "any" : "X509");
	if (c->kind != CRED_KEY)
		vici_str(&b, "flag", c->kind == CRED_AUTHORITY ? "CA" :
		    "NONE");
	vici_value(&b, "data", c->data, c->len);
	if (vici_finish(&b) != 0)
		charon_request(k->charon, &b, on_loaded, k);
	explicit_bzero(buf, cap);
	free(buf);
}

/* The parent has read a file. */
void
cred_data(struct keying *k, const struct msg_ike_data *m)
{
	struct cred	*c;
	size_t		 i;

	for (i = 0; i < k->ncreds && k->creds[i].id != m->id; i++)
		;
	if (i == k->ncreds || k->creds[i].there)
		return;
	c = &k->creds[i];
	c->there = true;
	k->waiting--;
	if (m->error != 0) {
		log_error("%s: %s", c->path, strerror((int)m->error));
		return;
	}
	if ((c->data = malloc(m->data.len + 1)) == NULL)
		return;
	memcpy(c->data, m->data.p, m->data.len);
	c->len = m->data.len;
	if (c->kind != CRED_CERTIFICATE)
		load(k, c);
}

/* A certificate that has been read; NULL: it has not, or could not be. */
const uint8_t *
cred_find(const struct keying *k, const char *path, size_t *len)
{
	size_t	 i;

	for (i = 0; i < k->ncreds; i++)
		if (k->creds[i].kind == CRED_CERTIFICATE &&
		    k->creds[i].data != NULL &&
		    strcmp(k->creds[i].path, path) == 0) {
			*len = k->creds[i].len;
			return (k->creds[i].data);
		}
	return (NULL);
}
