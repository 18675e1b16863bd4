/*
 * Loads connections and credentials into charon: in the background and the
 * most recently seen node first, as a home agent may have many.  What is no
 * longer configured is unloaded.  Called by ike/keying.c when charon is up,
 * when something has changed, and with each answer; the queue is in struct
 * keying.
 */
#include <sys/types.h>
#include <sys/socket.h>

#include <arpa/inet.h>
#include <errno.h>
#include <event2/event.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "conf/conf.h"
#include "core/file.h"
#include "core/log.h"
#include "core/why.h"
#include "ike/conn.h"
#include "ike/keying.h"
#include "kern/compat.h"

#define WINDOW		24 /* requests at once; the queue is for others too */
#define AGAIN		200	/* ms, when the queue was full */
#define CREDS_AGAIN	10000	/* ms, for files that could not be read */
#define LOG_LEAST	SEC(1)	/* between lines of progress */
#define LOG_MOST	SEC(5)

/* The file, if it is usable; else *why tells what is wrong with it. */
static const struct cred *
usable(const struct keying *k, enum cred_kind kind, const char *path,
    const char **why)
{
	static char		 text[NODE_TEXT_MAX + MSG_PATH_MAX];
	const struct cred	*c = cred_find(&k->creds, kind, path);

	if (c != NULL && c->state == CRED_HAVE)
		return (c);
	if (path[0] == '\0')
		snprintf(text, sizeof(text), "no private key is configured");
	else
		snprintf(text, sizeof(text), "%s: %s", path, c == NULL ?
		    "out of memory" : c->state == CRED_ASKED ? "not read yet" :
		    c->why[0] != '\0' ? c->why : strerror(c->error));
	*why = text;
	return (NULL);
}

/*
 * Own certificate and authorities of a node; false and *why if one is not
 * usable.  The list of authorities is allocated.
 */
static bool
find_creds(const struct keying *k, struct conn *c, struct blob **list,
    const char **why)
{
	const struct conf_ike	*ike = k->ch->conf->ike;
	const struct conf_ipsec	*s = c->node->ipsec;
	const struct cred	*f;
	bool			 mn = c->node->is_mn;
	size_t			 i;

	*list = NULL;
	if (s->secretlen > 0)
		return (true);
	if (usable(k, CRED_KEY, mn ? s->private_key : ike->private_key,
	    why) == NULL || (f = usable(k, CRED_CERTIFICATE,
	    mn ? s->certificate : ike->certificate, why)) == NULL)
		return (false);
	c->certificate = f->data;
	if (ike->nauthorities == 0) {
		*why = "no certificate of an authority is configured";
		return (false);
	}
	if ((*list = calloc(ike->nauthorities, sizeof(**list))) == NULL) {
		*why = "out of memory";
		return (false);
	}
	for (i = 0; i < ike->nauthorities; i++) {
		f = usable(k, CRED_AUTHORITY, ike->authorities[i].path, why);
		if (f == NULL) {
			free(*list);
			return (false);
		}
		(*list)[i] = f->data;
	}
	c->authorities = *list;
	c->nauthorities = ike->nauthorities;
	return (true);
}

/* Why a node's connection can't be loaded, or NULL.  Valid until the next. */
const char *
load_problem(const struct keying *k, const struct node *n)
{
	struct conn	 c = { .node = n, .ike = k->ch->conf->ike };
	struct blob	*list;
	const char	*why;

	if (c.ike == NULL)
		return ("no ike block is configured");
	if (n->reqid == 0)
		return ("has no reqids yet");
	if ((why = conn_refused(n, c.ike)) != NULL)
		return (why);
	if (!find_creds(k, &c, &list, &why))
		return (why);
	free(list);
	return (NULL);
}

/*
 * Have charon load a node, of which load_problem() knows nothing: its secret
 * if it has one, then its connection.  counted: by the loader.  False if the
 * requests could not be made.
 */
bool
load_node(struct keying *k, struct node *n, bool counted)
{
	struct conn		 c = { .node = n, .ike = k->ch->conf->ike };
	struct vici_builder	 b;
	struct blob		*list = NULL;
	const char		*why;
	uint8_t			 small[CONN_SMALL], *mem = NULL;
	size_t			 cap;
	bool			 ok;

	ok = find_creds(k, &c, &list, &why);
	if (ok && n->ipsec->secretlen > 0) {
		conn_load_secret(&b, small, sizeof(small), n, c.ike);
		ok = job_send(k, &b, JOB_SECRET, n, n->attempt,
		    counted);
		explicit_bzero(small, sizeof(small));
	}
	cap = conn_room(&c);
	if (ok && (ok = (mem = malloc(cap)) != NULL)) {
		conn_load(&b, mem, cap, &c);
		ok = job_send(k, &b, JOB_CONN, n, n->attempt, counted);
	}
	free(mem);
	free(list);
	if (ok) {
		n->loaded_local = n->local;
		n->changed = false;
		node_set_load(&k->nodes, n, LOAD_ASKED);
	}
	return (ok);
}

/* The answer to load-conn; error is NULL if all is well. */
void
load_result(struct keying *k, struct node *n, const char *error)
{
	struct loader	*l = &k->loader;
	char		 home[INET6_ADDRSTRLEN];

	if (n->load == LOAD_ASKED)
		node_set_load(&k->nodes, n, error == NULL ? LOAD_YES :
		    LOAD_BAD);
	inet_ntop(AF_INET6, &n->home, home, sizeof(home));
	if (error == NULL) {
		why_clear(&k->ch->whys, child_now(), WHY_NODE_NOT_LOADED,
		    home);
		if (!n->is_mn)
			n->error[0] = '\0';
	} else {
		why_set(&k->ch->whys, child_now(), WHY_NODE_NOT_LOADED, home,
		    n->ipsec->identity, error, NULL);
		snprintf(n->error, sizeof(n->error), "%s", error);
		if (limit_lines(&k->limit, child_now().mono, 5, &(unsigned){0}))
			log_warn("charon: a connection could not be loaded: "
			    "%s", error);
	}
	if (!n->is_mn) {
		l->done++;
		l->bad += error != NULL;
	}
}

/* A line on how far it is, every tenth or some seconds. */
static void
progress(struct loader *l)
{
	struct mono	 now = child_now().mono;
	unsigned int	 tenths;

	if (l->n == 0)
		return;
	if (l->done >= l->n) {
		log_info("charon: %zu connection%s loaded, %zu failed, in "
		    "%lld ms", l->done - l->bad, l->done - l->bad == 1 ? "" :
		    "s", l->bad,
		    (long long)(mono_diff(now, l->began) / NS_PER_MS));
		free(l->order);
		l->order = NULL;
		l->n = l->next = 0;
		return;
	}
	tenths = (unsigned int)(l->done * 10 / l->n);
	if (mono_diff(now, l->logged) < (tenths > l->tenths ? LOG_LEAST :
	    LOG_MOST))
		return;
	l->logged = now;
	l->tenths = tenths;
	log_info("charon: %zu of %zu connections loaded", l->done, l->n);
}

/* Unload one that is not configured any more; its IKE_SAs go, too. */
static bool
unload(struct keying *k, const struct in6_addr *home)
{
	struct vici_builder	 b;
	uint8_t			 mem[CONN_SMALL];

	conn_name(&b, mem, sizeof(mem), "unload-conn", "name", home);
	if (!job_send(k, &b, JOB_OTHER, NULL, 0, true))
		return (false);
	conn_name(&b, mem, sizeof(mem), "unload-shared", "id", home);
	if (!job_send(k, &b, JOB_OTHER, NULL, 0, true))
		return (false);
	conn_terminate(&b, mem, sizeof(mem), home);
	return (job_send(k, &b, JOB_OTHER, NULL, 0, true));
}

/* Load one of the order; false if the queue is full. */
static bool
load_one(struct keying *k, struct node *n)
{
	const char	*why;

	if (n == NULL) {		/* gone meanwhile */
		k->loader.done++;
		return (true);
	}
	if ((why = load_problem(k, n)) != NULL) {
		node_set_load(&k->nodes, n, LOAD_ASKED);
		load_result(k, n, why);
		n->place = 0;
		return (true);
	}
	if (!load_node(k, n, true))
		return (false);
	n->place = 0;
	return (true);
}

/* Make requests, as many as may be under way. */
void
load_pump(struct keying *k)
{
	struct loader	*l = &k->loader;
	bool		 ok = true;

	if (k->charon->state != CHARON_UP)
		return;
	while (ok && l->ngone > 0 && l->out < WINDOW)
		if ((ok = unload(k, &l->gone[l->ngone - 1])))
			l->ngone--;
	while (ok && k->ready && l->next < l->n && l->out < WINDOW)
		if ((ok = load_one(k, l->order[l->next])))
			l->next++;
	if (!ok && l->out == 0)
		charon_timer(l->timer, &l->timer_at, AGAIN);
	progress(l);
}

static void
on_timer(int fd, short what, void *arg)
{
	struct keying	*k = arg;

	(void)fd;
	(void)what;
	k->loader.timer_at.ns = 0;
	load_pump(k);
}

/* One of the loader's requests is answered. */
void
load_answered(struct keying *k)
{
	if (k->loader.out > 0)
		k->loader.out--;
	load_pump(k);
}

/* Unload what belonged to this home address, as soon as that is possible. */
void
load_gone(struct keying *k, const struct in6_addr *home)
{
	struct loader	*l = &k->loader;
	struct in6_addr	*p;
	size_t		 cap;

	if (l->ngone == l->gonecap) {
		cap = l->gonecap == 0 ? 16 : l->gonecap * 2;
		if ((p = realloc(l->gone, cap * sizeof(*p))) == NULL) {
			log_error("out of memory: a connection stays loaded");
			return;
		}
		l->gone = p;
		l->gonecap = cap;
	}
	l->gone[l->ngone++] = *home;
}

/* The node will not be there any more. */
void
load_forget(struct keying *k, struct node *n)
{
	if (n->place != 0)
		k->loader.order[n->place - 1] = NULL;
	n->place = 0;
}

static int
by_seen(const void *a, const void *b)
{
	const struct node	*x = *(struct node *const *)a;
	const struct node	*y = *(struct node *const *)b;

	if (x->seen != y->seen)
		return (x->seen > y->seen ? -1 : 1);
	return (memcmp(&x->home, &y->home, sizeof(x->home)));
}

static void
drop_order(struct loader *l)
{
	size_t	 i;

	for (i = l->next; i < l->n; i++)
		if (l->order[i] != NULL)
			l->order[i]->place = 0;
	free(l->order);
	l->order = NULL;
	l->n = l->next = l->done = l->bad = 0;
}

/* Load all that a home agent's charon has to have and has not. */
void
load_begin(struct keying *k)
{
	struct loader	*l = &k->loader;
	struct node	*n;
	uint32_t	 i;

	drop_order(l);
	if (k->nodes.n > k->nodes.nmn && (l->order = calloc(k->nodes.n,
	    sizeof(*l->order))) == NULL) {
		log_error("out of memory: no connections are loaded");
		return;
	}
	for (i = 0; l->order != NULL && i < k->nodes.pool.used; i++)
		if ((n = node_at(&k->nodes, i)) != NULL && !n->is_mn &&
		    (n->load == LOAD_NO || n->load == LOAD_BAD))
			l->order[l->n++] = n;
	if (l->n > 0)
		qsort(l->order, l->n, sizeof(*l->order), by_seen);
	for (i = 0; i < l->n; i++)
		l->order[i]->place = i + 1;
	l->began = l->logged = child_now().mono;
	l->tenths = 0;
	load_pump(k);
}

/* The connection to charon has ended: nothing is under way any more. */
void
load_reset(struct keying *k)
{
	struct loader	*l = &k->loader;

	drop_order(l);
	l->out = 0;
	event_del(l->timer);
	l->timer_at.ns = 0;
}

/* Ask the parent for the files that are not there, or for all. */
static void
ask(struct keying *k, bool all)
{
	struct msg_open	 m;
	size_t			 i;

	for (i = 0; i < k->creds.n; i++) {
		if (!all && k->creds.v[i].state != CRED_FAILED)
			continue;
		cred_ask(&k->creds, &k->creds.v[i], &m);
		child_send(k->ch, ROLE_PARENT, MSG_OPEN, &m);
	}
}

static void
on_creds_timer(int fd, short what, void *arg)
{
	struct keying	*k = arg;

	(void)fd;
	(void)what;
	k->creds_at.ns = 0;
	if (k->charon->state == CHARON_UP)
		ask(k, false);
}

/* charon is new, or the configuration: have all files read. */
void
creds_begin(struct keying *k)
{
	event_del(k->creds_timer);
	k->creds_at.ns = 0;
	ask(k, true);
}

/* Certificates with other contents than before go into new connections. */
static void
creds_complete(struct keying *k)
{
	struct node	*n;
	uint64_t	 h = 0;
	uint32_t	 i;

	if (!creds_ready(&k->creds))
		return;
	if (creds_failed(&k->creds))
		charon_timer(k->creds_timer, &k->creds_at, CREDS_AGAIN);
	for (i = 0; i < k->creds.n; i++)
		h = h * 31 + hash_bytes(&k->nodes.key, k->creds.v[i].data.p,
		    k->creds.v[i].data.len);
	if (k->creds_hash != h && k->creds.n > 0)
		for (i = 0; i < k->nodes.pool.used; i++) {
			n = node_at(&k->nodes, i);
			if (n != NULL && n->ipsec->secretlen == 0 &&
			    n->load != LOAD_NO && n->place == 0)
				node_set_load(&k->nodes, n, LOAD_NO);
		}
	k->creds_hash = h;
	k->calls->creds_there(k);
}

static void
cred_failed(struct cred *c, int error, const char *why)
{
	bool	 news = c->state != CRED_FAILED;

	c->state = CRED_FAILED;
	c->error = error;
	snprintf(c->why, sizeof(c->why), "%s", why);
	if (news)
		log_warn("%s: %s", c->path, why[0] != '\0' ? why :
		    strerror(error));
}

/* load-cert, load-key; false if the request could not be made. */
static bool
pass_on(struct keying *k, const struct cred *c, const struct blob *data)
{
	struct vici_builder	 b;
	uint8_t			*mem;
	size_t			 cap = data->len + CONN_SMALL;
	bool			 ok;

	if ((mem = malloc(cap)) == NULL)
		return (false);
	if (c->kind == CRED_KEY) {
		vici_begin(&b, mem, cap, VICI_CMD_REQUEST, "load-key");
		vici_str(&b, "type", "any");
	} else {
		vici_begin(&b, mem, cap, VICI_CMD_REQUEST, "load-cert");
		vici_str(&b, "type", "X509");
		vici_str(&b, "flag", c->kind == CRED_AUTHORITY ? "CA" :
		    "NONE");
	}
	vici_value(&b, "data", data->p, data->len);
	ok = job_send(k, &b, JOB_CRED, NULL, c->id, false);
	explicit_bzero(mem, cap);
	free(mem);
	return (ok);
}

/* Certificates are kept for the connections, all goes to charon. */
static int
take(struct keying *k, struct cred *c, const struct blob *data)
{
	int	 error = 0;

	if (c->kind != CRED_KEY)
		error = cred_keep(c, data);
	if (error == 0 && data->len == 0)
		error = EINVAL;
	if (error == 0 && !pass_on(k, c, data))
		error = EAGAIN;
	return (error);
}

static void
refused(struct keying *k, struct cred *c, int error)
{
	cred_failed(c, error, "");
	creds_complete(k);
}

/* A file that the parent has opened; fd stays the caller's. */
void
creds_file(struct keying *k, uint32_t id, int fd)
{
	/* What a value of VICI can be, and one more. */
	static uint8_t	 buf[UINT16_MAX + 1];
	struct cred	*c = cred_answered(&k->creds, id);
	struct blob	 data = { buf, 0 };
	int		 error;

	if (c == NULL)
		return;
	error = file_fill(fd, buf, sizeof(buf), &data.len);
	if (error == 0)
		error = take(k, c, &data);
	explicit_bzero(buf, sizeof(buf));
	if (error != 0)
		refused(k, c, error);
}

/* The parent could not open it. */
void
creds_no_file(struct keying *k, const struct msg_result *m)
{
	struct cred	*c = cred_answered(&k->creds, m->id);

	if (c != NULL)
		refused(k, c, (int)m->error);
}

/* charon's answer to it. */
void
creds_result(struct keying *k, uint32_t id, const char *error)
{
	struct cred	*c = cred_answered(&k->creds, id);

	if (c == NULL)
		return;
	if (error == NULL)
		c->state = CRED_HAVE;
	else
		cred_failed(c, 0, error);
	creds_complete(k);
}

/* Timers; 0, or -1 when out of memory. */
int
load_start(struct keying *k)
{
	k->loader.timer = event_new(k->ch->base, -1, 0, on_timer, k);
	k->creds_timer = event_new(k->ch->base, -1, 0, on_creds_timer, k);
	return (k->loader.timer == NULL || k->creds_timer == NULL ? -1 : 0);
}
