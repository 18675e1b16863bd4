/*
 * The cga process as core/child.c sees it.  It holds private keys of home
 * addresses that are CGAs (RFC 3972), and does with them two things, for mn
 * and nobody else: it signs Binding Updates to correspondents and decrypts
 * permanent home keygen tokens (RFC 4866).  How often is limited.
 */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cga/form.h"
#include "cga/key.h"
#include "core/child.h"
#include "core/limit.h"
#include "core/log.h"
#include "kern/compat.h"
#include "wire/buf.h"
#include "wire/cgarsa.h"

/*
 * Of each of both: more than mn asks for by its own rate, and so few that who
 * has taken it over learns nothing by asking for days.
 */
#define RATE	25		/* a second */
#define BURST	200		/* and at once */
#define LINES	5		/* of the log, a second */

enum cga_counter { CC_SIGNED, CC_DECRYPTED, CC_NO_KEY, CC_REFUSED, CC_LIMITED,
	CC_FAILED, CC_MAX };

static const struct counter_def	 cga_counters[] = {
	[CC_SIGNED] = { "signed", "Binding Updates signed" },
	[CC_DECRYPTED] = { "decrypted",
	    "Permanent home keygen tokens decrypted" },
	[CC_NO_KEY] = { "no_key",
	    "Questions about a home address whose key is not held" },
	[CC_REFUSED] = { "refused",
	    "Questions that were not about what is signed or decrypted" },
	[CC_LIMITED] = { "limited", "Questions that were too many" },
	[CC_FAILED] = { "failed",
	    "Tokens that were none of this key, and failures of libcrypto" },
	[CC_MAX] = { NULL, NULL },
};

struct cga_process {
	struct keys	 keys;		/* first: tests look at it */
	int64_t		 sign_full, decrypt_full;	/* limit_take() */
	struct log_limit limit;
};

/* It was not done: counted, and told of in the log at most so often. */
static enum cga_status
not_done(struct child *ch, enum cga_status status, enum cga_counter c,
    const char *what)
{
	struct cga_process	*p = ch->priv;

	COUNT(&ch->counters, c);
	if (limit_lines(&p->limit, child_now().mono, LINES, NULL))
		log_warn("asked by mn: %s", what);
	return (status);
}

/* The key of that home address, if it may be used now; else why not. */
static enum cga_status
may_use(struct child *ch, const struct in6_addr *home, int64_t *full,
    const struct key **k)
{
	struct cga_process	*p = ch->priv;

	if ((*k = keys_find(&p->keys, home)) == NULL)
		return (not_done(ch, CGA_NO_KEY, CC_NO_KEY,
		    "no key of that home address is held"));
	if (!limit_take(full, child_now().mono, RATE, BURST))
		return (not_done(ch, CGA_REFUSED, CC_LIMITED,
		    "too many questions"));
	return (CGA_DONE);
}

static enum cga_status
sign(struct child *ch, const struct msg_cga_sign *m,
    uint8_t sig[CGARSA_MAX], size_t *len)
{
	struct cga_process	*p = ch->priv;
	const struct key	*k;
	enum cga_status		 status;
	enum cgarsa_err		 e;

	status = may_use(ch, &m->home, &p->sign_full, &k);
	if (status != CGA_DONE)
		return (status);
	if (!form_is_update(m->data.p, m->data.len, k->params, k->len))
		return (not_done(ch, CGA_REFUSED, CC_REFUSED,
		    "to sign what is no Binding Update of that key"));
	e = cgarsa_sign(p->keys.auth, k->pkey, m->data.p, m->data.len, sig,
	    len);
	if (e != CGARSA_OK)
		return (not_done(ch, CGA_FAILED, CC_FAILED,
		    cgarsa_err_name(e)));
	COUNT(&ch->counters, CC_SIGNED);
	return (CGA_DONE);
}

static enum cga_status
decrypt(struct child *ch, const struct msg_cga_decrypt *m,
    uint8_t token[CGA_TOKEN_LEN])
{
	struct cga_process	*p = ch->priv;
	const struct key	*k;
	struct wbuf		 w;
	uint64_t		 v;
	enum cga_status		 status;
	enum cgarsa_err		 e;

	status = may_use(ch, &m->home, &p->decrypt_full, &k);
	if (status != CGA_DONE)
		return (status);
	e = cgarsa_decrypt(k->pkey, m->data.p, m->data.len, &v);
	if (e == CGARSA_E_LENGTH)
		return (not_done(ch, CGA_REFUSED, CC_REFUSED,
		    "to decrypt what is not as long as the key"));
	if (e != CGARSA_OK)
		return (not_done(ch, CGA_FAILED, CC_FAILED,
		    "to decrypt what is no token for that key"));
	wbuf_init(&w, token, CGA_TOKEN_LEN);
	wbuf_u64(&w, v);
	COUNT(&ch->counters, CC_DECRYPTED);
	return (CGA_DONE);
}

static void
on_sign(struct child *ch, const struct msg_cga_sign *m)
{
	uint8_t			 sig[CGARSA_MAX];
	struct msg_cga_signed	 a = { .id = m->id, .home = m->home };

	a.status = (uint8_t)sign(ch, m, sig, &a.signature.len);
	a.signature.p = sig;
	if (a.status != CGA_DONE)
		a.signature.len = 0;
	child_send(ch, ROLE_MN, MSG_CGA_SIGNED, &a);
}

static void
on_decrypt(struct child *ch, const struct msg_cga_decrypt *m)
{
	uint8_t				 token[CGA_TOKEN_LEN];
	struct msg_cga_decrypted	 a = { .id = m->id, .home = m->home };

	a.status = (uint8_t)decrypt(ch, m, token);
	a.token.p = token;
	if (a.status == CGA_DONE)
		a.token.len = sizeof(token);
	child_send(ch, ROLE_MN, MSG_CGA_DECRYPTED, &a);
	explicit_bzero(token, sizeof(token));
}

static void
message(struct child *ch, enum role from, enum msg_type t, const union msg *m)
{
	struct cga_process	*p = ch->priv;

	(void)from;
	if (t == MSG_CGA_SIGN)
		on_sign(ch, &m->u_CGA_SIGN);
	else if (t == MSG_CGA_DECRYPT)
		on_decrypt(ch, &m->u_CGA_DECRYPT);
	else if (t == MSG_RESULT)
		keys_no_file(&p->keys, &m->u_RESULT);
}

static void
got_fd(struct child *ch, const struct msg_fd *m, int fd)
{
	struct cga_process	*p = ch->priv;

	if (m->kind == FD_FILE && p != NULL)
		keys_file(&p->keys, m->arg, fd);
	close(fd);
}

static void
configure(struct child *ch, const struct conf *old)
{
	struct cga_process	*p = ch->priv;

	(void)old;
	keys_configure(&p->keys, ch->conf);
}

/* A mn that is new knows of no key. */
static void
peer(struct child *ch, enum role r, bool up)
{
	struct cga_process	*p = ch->priv;

	if (up && r == ROLE_MN)
		keys_tell(&p->keys);
}

static int
start(struct child *ch)
{
	struct cga_process	*p;

	if ((p = calloc(1, sizeof(*p))) == NULL) {
		log_error("out of memory");
		return (-1);
	}
	ch->priv = p;
	keys_start(&p->keys, ch);
	return (0);
}

static void
stop(struct child *ch)
{
	struct cga_process	*p = ch->priv;

	keys_free(&p->keys);
	free(p);
	ch->priv = NULL;
}

const struct child_ops	cga_ops = {
	.role = ROLE_CGA,
	.counters = cga_counters,
	.start = start,
	.got_fd = got_fd,
	.configure = configure,
	.message = message,
	.peer = peer,
	.stop = stop,
};
