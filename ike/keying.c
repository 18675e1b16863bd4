/*
 * The state machine of a node.  A mobile node's attempt is: load what is not
 * loaded, initiate, and look from time to time whether there is still an
 * IKE_SA, as charon tells no end of one that was never established.  A home
 * agent waits for what mobile nodes initiate.
 */
#include <sys/types.h>
#include <sys/socket.h>

#include <arpa/inet.h>
#include <event2/event.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "conf/conf.h"
#include "core/log.h"
#include "ike/conn.h"
#include "ike/keying.h"
#include "wire/ip6.h"

#define RETRY_FIRST	1000	/* ms, then twice that each time */
#define RETRY_MAX	60000
#define POLL_FIRST	1000	/* ms, then twice that each time */
#define POLL_MAX	4000
#define POLL_SOON	50	/* when charon's log tells of a failure */
#define BARE_MAX	4 /* polls that may find an IKE_SA without children */

/*
 * What charon says at its default level about why it failed, and how that is
 * told.  A failure is final when the attempt is over with it.
 */
static const struct {
	const char	*words, *text;
	bool		 final;
} reasons[] = {
	{ "AUTHENTICATION_FAILED", "authentication failed: the peer refuses "
	    "our identity or credentials", true },
	{ "NO_PROPOSAL_CHOSEN", "no proposal in common", true },
	{ "INVALID_KE_PAYLOAD", "no key exchange method in common", false },
	{ "TS_UNACCEPTABLE", "traffic selectors refused: not the home address "
	    "of that identity?", true },
	{ "giving up after", "no answer from the peer", true },
	{ "no shared key found", "no secret for these identities", true },
	{ "tried 1 shared key", "authentication failed: another secret", true },
	{ "no trusted", "the peer's certificate is not trusted", true },
	{ "no private key found", "no private key for our identity", true },
	{ "constraint check failed", "the peer has another identity", true },
	{ "no IDr configured", "no identity of the peer", true },
	{ "error writing to socket", "the packet could not be sent", false },
	{ "network unreachable", "network is unreachable", false },
	{ "retransmit ", "no answer yet", false },
};

static void	 attempt(struct keying *, struct node *);
static void	 step(struct keying *, struct node *);

/* The word for a state, as shown. */
const char *
key_state_name(enum key_state s)
{
	switch (s) {
	case KEY_DOWN:
		return ("down");
	case KEY_PENDING:
		return ("pending");
	case KEY_UP:
		return ("up");
	case KEY_FAILED:
		return ("failed");
	}
	return ("-");
}

static bool
is_up(const struct keying *k)
{
	return (k->charon->state == CHARON_UP);
}

static void
stop_timer(struct node *n)
{
	if (n->timer != NULL)
		event_del(n->timer);
	n->timer_at.ns = 0;
}

static bool
one_of(const char *word, const char *const *list)
{
	for (; *list != NULL; list++)
		if (strcmp(word, *list) == 0)
			return (true);
	return (false);
}

/* Is there such a CHILD_SA, in use, with the reqid that policies have? */
static bool
has_child(const struct ike_sa *sa, const char *name, uint32_t reqid)
{
	static const char *const	 in_use[] = { "INSTALLED", "UPDATING",
	    "REKEYING", NULL };
	size_t				 i;

	for (i = 0; i < sa->nchildren; i++)
		if (sa->children[i].reqid == reqid &&
		    strcmp(sa->children[i].name, name) == 0 &&
		    one_of(sa->children[i].state, in_use))
			return (true);
	return (false);
}

/*
 * What charon has of a node.  Of several IKE_SAs the newest counts that has
 * what is needed most.
 */
void
keying_view(const struct keying *k, const struct node *n, struct view *v)
{
	static const char *const	 established[] = { "ESTABLISHED",
	    "REKEYING", NULL };
	const struct ike_sa		*sa;
	struct view			 w;
	unsigned int			 i;

	memset(v, 0, sizeof(*v));
	for (i = n->nids; i > 0; i--) {
		if ((sa = sa_find(&k->charon->sas, n->ids[i - 1])) == NULL)
			continue;
		w.sa = sa;
		w.established = one_of(sa->state, established);
		w.binding = w.established &&
		    has_child(sa, CONN_BINDING, n->reqid);
		w.tunnel = w.binding &&
		    has_child(sa, CONN_TUNNEL, n->reqid + 1);
		if (v->sa == NULL || w.binding > v->binding ||
		    (w.binding == v->binding &&
		    w.established > v->established))
			*v = w;
	}
}

/* All that the configuration wants? */
static bool
complete(const struct node *n, const struct view *v)
{
	return (v->binding && (v->tunnel ||
	    n->ipsec->protect == PROTECT_NONE));
}

/* The end of a node's IKE_SA that moves; :: if there is none. */
static struct in6_addr
mobile_end(const struct keying *k, const struct node *n)
{
	struct in6_addr	 at = IN6ADDR_ANY_INIT;
	struct view	 v;

	keying_view(k, n, &v);
	if (v.established)
		inet_pton(AF_INET6, n->is_mn ? v.sa->local_host :
		    v.sa->remote_host, &at);
	return (at);
}

/* Tell the parent, if it is news. */
static void
tell(struct keying *k, struct node *n, enum key_state s, bool tunnel,
    const char *text)
{
	struct msg_key_state	 m;

	if (n->told_state == s && n->told_tunnel == tunnel &&
	    strcmp(n->told_text, text) == 0)
		return;
	/* Down is what all are before anything is told. */
	if (n->told_state == 0 && s == KEY_DOWN && !n->is_mn)
		return;
	memset(&m, 0, sizeof(m));
	m.home = n->home;
	m.at = mobile_end(k, n);
	m.state = (uint8_t)s;
	m.tunnel = tunnel;
	snprintf(m.text, sizeof(m.text), "%s", text);
	child_send(k->ch, ROLE_PARENT, MSG_KEY_STATE, &m);
	if (n->told_state != s || n->told_tunnel != tunnel)
		child_event(k->ch, "key-state", &n->home, "%s%s%s%s",
		    key_state_name(s), tunnel ? " with tunnel" : "",
		    text[0] == '\0' ? "" : ": ", text);
	n->told_state = s;
	n->told_tunnel = tunnel;
	snprintf(n->told_text, sizeof(n->told_text), "%s", text);
}

/*
 * Tell how it is by now.  While charon is away, what it has made goes on in the
 * kernel: bindings are refreshed and moved by it.
 */
static void
tell_view(struct keying *k, struct node *n, const struct view *v)
{
	if (v->binding)
		tell(k, n, KEY_UP, v->tunnel, n->failed ? n->error : "");
	else if (n->kept)
		tell(k, n, KEY_UP, n->told_tunnel, "charon is away");
	else if (n->failed && n->wanted)
		tell(k, n, KEY_FAILED, false, n->error);
	else if (n->wanted)
		tell(k, n, KEY_PENDING, false, is_up(k) ? n->reason :
		    "charon is away");
	else if (!is_up(k) && n->told_state == KEY_PENDING)
		tell(k, n, KEY_PENDING, false, "charon is away");
	else
		tell(k, n, KEY_DOWN, false, "");
}

/* The attempt came to nothing: try again later. */
static void
fail(struct keying *k, struct node *n, const char *fmt, ...)
{
	char		 text[NODE_TEXT_MAX];
	struct view	 v;
	va_list		 ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	if (!n->failed || strcmp(n->error, text) != 0) {
		char	 name[NODE_NAME_MAX];

		node_name(&n->home, name);
		log_warn("charon: %s: %s", name, text);
	}
	n->busy = false;
	n->failed = true;
	n->retries++;
	snprintf(n->error, sizeof(n->error), "%s", text);
	if (n->timer != NULL)
		charon_timer(n->timer, &n->timer_at, n->backoff);
	n->backoff = n->backoff * 2 > RETRY_MAX ? RETRY_MAX : n->backoff * 2;
	keying_view(k, n, &v);
	tell_view(k, n, &v);
}

static void
poll(struct keying *k, struct node *n)
{
	struct vici_builder	 b;
	uint8_t			 mem[CONN_SMALL];

	n->nheard = 0;
	conn_name(&b, mem, sizeof(mem), "list-sas", "ike", &n->home);
	if (!job_send(k, &b, JOB_POLL, n, n->attempt, false))
		charon_timer(n->timer, &n->timer_at, POLL_FIRST);
}

static void
on_timer(int fd, short what, void *arg)
{
	struct node	*n = arg;

	(void)fd;
	(void)what;
	n->timer_at.ns = 0;
	if (!n->wanted || !n->keying->ready)
		return;
	if (n->busy)
		poll(n->keying, n);
	else
		attempt(n->keying, n);
}

/* The next look at an attempt that is under way. */
static void
poll_later(struct node *n)
{
	int64_t	 ms = POLL_FIRST << (n->polls > 4 ? 4 : n->polls);

	n->polls++;
	charon_timer(n->timer, &n->timer_at, ms > POLL_MAX ? POLL_MAX : ms);
}

/* Initiate what is missing; the connection is loaded. */
static void
initiate(struct keying *k, struct node *n, const struct view *v)
{
	struct vici_builder	 b;
	uint8_t			 mem[CONN_SMALL];

	n->tun_asked = v->binding;
	n->bare = n->polls = 0;
	n->hopeless = false;
	conn_initiate(&b, mem, sizeof(mem), &n->home, v->binding ?
	    CONN_TUNNEL : CONN_BINDING);
	if (job_send(k, &b, JOB_INITIATE, n, n->attempt, false))
		poll_later(n);
	else
		fail(k, n, "too many requests to charon wait");
}

/*
 * Terminate all IKE_SAs of a node and take them for gone: charon does it
 * before it does what it is asked next.  But it may just be telling of them in
 * answer to what it was asked before: as ids grow, these are known by theirs.
 * For a mobile node that is all there are by now, as an IKE_SA in the making
 * may not have been told of.
 */
static void
drop(struct keying *k, struct node *n)
{
	const struct sa_table	*t = &k->charon->sas;
	struct vici_builder	 b;
	uint32_t		 ids[NODE_SAS];
	unsigned int		 i, nids = n->nids;
	uint8_t			 mem[CONN_SMALL];
	bool			 sent = true;

	stop_timer(n);
	n->busy = false;
	n->attempt++;
	memcpy(ids, n->ids, sizeof(ids));
	n->nids = 0;
	if (!is_up(k))
		return;
	if (n->is_mn && t->n > 0)
		n->least_id = t->v[t->n - 1]->id + 1;
	else if (nids > 0)
		n->least_id = ids[nids - 1] + 1;
	/* By name only where one that is not known of may be in the making. */
	if (n->is_mn) {
		conn_terminate(&b, mem, sizeof(mem), &n->home);
		sent = job_send(k, &b, JOB_OTHER, NULL, 0, false);
	}
	for (i = 0; i < nids; i++) {
		if (!n->is_mn) {
			conn_terminate_id(&b, mem, sizeof(mem), ids[i]);
			sent &= job_send(k, &b, JOB_OTHER, NULL, 0, false);
		}
		sa_forget(&k->charon->sas, ids[i]);
	}
	if (!sent)
		log_warn("charon: too many requests wait to terminate "
		    "an IKE_SA");
}

/*
 * Begin an attempt.  A connection is never loaded with another care-of address
 * while it has an IKE_SA that lives: charon would open a second one.
 */
static void
attempt(struct keying *k, struct node *n)
{
	struct view	 v;
	const char	*why;

	stop_timer(n);
	n->attempt++;
	n->reason[0] = '\0';
	keying_view(k, n, &v);
	if ((why = load_problem(k, n)) != NULL) {
		fail(k, n, "%s", why);
		return;
	}
	n->busy = true;
	if (n->load == LOAD_YES && !n->changed && (v.established ||
	    in6_eq(&n->loaded_local, &n->local))) {
		initiate(k, n, &v);
		return;
	}
	if (!v.established && n->nids > 0) {
		drop(k, n);
		n->busy = true;
	}
	if (!load_node(k, n, false))
		fail(k, n, "too many requests to charon wait");
}

/* What is to be done next for a node of ours, if anything. */
static void
step(struct keying *k, struct node *n)
{
	struct view	 v;

	keying_view(k, n, &v);
	if (n->wanted && complete(n, &v)) {
		stop_timer(n);
		n->busy = n->failed = false;
		n->backoff = RETRY_FIRST;
		n->error[0] = n->reason[0] = '\0';
	} else if (n->wanted && n->is_mn && k->ready) {
		if (n->busy && v.binding && !n->tun_asked)
			initiate(k, n, &v);
		else if (!n->busy && n->timer_at.ns == 0) {
			attempt(k, n);
			keying_view(k, n, &v);
		}
	}
	tell_view(k, n, &v);
}

/* IKE_SAs that were not told of since the poll are gone, without an event. */
static void
forget_unheard(struct keying *k, struct node *n)
{
	uint32_t	 ids[NODE_SAS];
	unsigned int	 i, nids = n->nids;

	memcpy(ids, n->ids, sizeof(ids));
	for (i = 0; i < nids; i++)
		if (!node_heard(n, ids[i])) {
			node_sa_remove(n, ids[i]);
			sa_forget(&k->charon->sas, ids[i]);
		}
}

/* The answer to a poll: all that there is was told of before it. */
static void
polled(struct keying *k, struct node *n)
{
	struct view	 v;

	if (!n->busy)
		return;
	forget_unheard(k, n);
	if (n->nids == 0) {
		fail(k, n, "%s", n->reason[0] != '\0' ? n->reason :
		    "charon gave up");
		return;
	}
	keying_view(k, n, &v);
	if (v.established && (n->hopeless || ++n->bare >= BARE_MAX)) {
		fail(k, n, "no CHILD_SA %s%s%s", v.binding ? CONN_TUNNEL :
		    CONN_BINDING, n->reason[0] == '\0' ? "" : ": ", n->reason);
		return;
	}
	poll_later(n);
	tell_view(k, n, &v);
}

/* Nothing of earlier attempts counts: something else is wanted. */
static void
afresh(struct node *n)
{
	n->backoff = RETRY_FIRST;
	n->failed = false;
	n->error[0] = n->reason[0] = '\0';
}

static void
node_answered(struct keying *k, const struct job *j, const char *error)
{
	struct node	*n = node_find(&k->nodes, &j->home);

	if (n == NULL || n->attempt != j->id)
		return;
	switch (j->kind) {
	case JOB_SECRET:
		if (error != NULL)
			log_warn("charon: a secret could not be loaded: %s",
			    error);
		break;
	case JOB_CONN:
		load_result(k, n, error);
		if (!n->is_mn || !n->busy)
			break;
		if (error != NULL)
			fail(k, n, "%s", error);
		else {
			struct view	 v;

			keying_view(k, n, &v);
			initiate(k, n, &v);
		}
		break;
	case JOB_INITIATE:
		if (error != NULL && n->busy)
			fail(k, n, "%s", n->reason[0] != '\0' ? n->reason :
			    error);
		break;
	case JOB_POLL:
		polled(k, n);
		break;
	default:
		break;
	}
}

/* All is there that is needed to begin with. */
static void
go(struct keying *k)
{
	struct node	*n;
	uint32_t	 i;

	if (!is_up(k) || !k->told || !k->swept || !creds_ready(&k->creds))
		return;
	k->ready = true;
	load_begin(k);
	for (i = 0; k->nodes.nmn > 0 && i < k->nodes.pool.used; i++)
		if ((n = node_at(&k->nodes, i)) != NULL && n->is_mn)
			step(k, n);
}

/* What charon answered; of an end of the connection, down() tells. */
static void
answered(struct keying *k, const struct job *j, bool done, const char *error)
{
	switch (j->kind) {
	case JOB_CRED:
		creds_result(k, j->id, error);
		break;
	case JOB_SWEEP:
		k->swept = true;
		load_pump(k);
		go(k);
		break;
	case JOB_SPIS:
		spis_tell(k, j->id, &j->home, done);
		break;
	case JOB_OTHER:
		if (error != NULL)
			log_debug("charon: %s", error);
		break;
	default:
		node_answered(k, j, error);
		break;
	}
	if (j->counted)
		load_answered(k);
}

/* An IKE_SA has changed, of whomever. */
static void
on_sa(void *arg, const struct ike_sa *sa, bool gone)
{
	struct keying	*k = arg;
	struct node	*n = node_of_name(&k->nodes, sa->name);

	if (n == NULL)
		return;
	if (gone) {
		if (!node_sa_remove(n, sa->id))
			return;
	} else {
		if (sa->id < n->least_id)
			return;
		node_hear(n, sa->id);
		node_sa_add(n, sa->id);
		failed_over(k, n, sa);
		spare_end(k, n, sa);
	}
	step(k, n);
}

static void
on_up(void *arg)
{
	struct keying		*k = arg;
	struct vici_builder	 b;
	struct node		*n;
	struct view		 v;
	uint8_t			 mem[CONN_SMALL];
	uint32_t		 i;

	creds_begin(k);
	vici_begin(&b, mem, sizeof(mem), VICI_CMD_REQUEST, "list-conns");
	if (!job_send(k, &b, JOB_SWEEP, NULL, 0, false))
		charon_restart(k->charon, "connections can't be listed");
	/* Those that charon lost while it was away are down now. */
	for (i = 0; i < k->nodes.pool.used; i++) {
		if ((n = node_at(&k->nodes, i)) == NULL)
			continue;
		n->kept = false;
		if (n->wanted || n->told_state == 0)
			continue;
		keying_view(k, n, &v);
		tell_view(k, n, &v);
	}
}

static void
on_down(void *arg)
{
	struct keying	*k = arg;
	struct node	*n;
	struct view	 v;
	uint32_t	 i;

	k->ready = k->swept = false;
	load_reset(k);
	for (i = 0; i < k->nodes.pool.used; i++) {
		if ((n = node_at(&k->nodes, i)) == NULL)
			continue;
		n->kept |= n->told_state == KEY_UP;
		n->nids = 0;
		n->least_id = 0;
		n->attempt++;
		node_set_load(&k->nodes, n, LOAD_NO);
		stop_timer(n);
		n->busy = false;
		afresh(n);
		if (n->wanted || n->told_state != 0) {
			keying_view(k, n, &v);
			tell_view(k, n, &v);
		}
	}
}

/* A line of charon's log: the reason, if it is about an attempt of ours. */
static void
on_log(struct keying *k, const struct vici_cursor *msg)
{
	struct node	*n;
	char		 name[SA_NAME_MAX], line[256];
	size_t		 i;

	if (!vici_get_str(msg, "ikesa-name", name, sizeof(name)) ||
	    (n = node_of_name(&k->nodes, name)) == NULL || !n->is_mn) {
		failed_log(k, msg);
		return;
	}
	if (!n->busy || !vici_get_str(msg, "msg", line, sizeof(line)))
		return;
	for (i = 0; i < sizeof(reasons) / sizeof(reasons[0]); i++)
		if (strstr(line, reasons[i].words) != NULL)
			break;
	if (i == sizeof(reasons) / sizeof(reasons[0]))
		return;
	snprintf(n->reason, sizeof(n->reason), "%s", reasons[i].text);
	n->hopeless = reasons[i].final;
	if (n->hopeless)
		charon_timer(n->timer, &n->timer_at, POLL_SOON);
}

/* A connection that charon has: is it one of ours that is not wanted? */
static void
on_conn(struct keying *k, const struct vici_cursor *msg)
{
	struct vici_cursor	 c = *msg;
	struct vici_item	 it;
	struct in6_addr		 home;
	char			 name[SA_NAME_MAX];

	while (vici_next(&c, &it)) {
		if (it.kind != VICI_SECTION_START)
			continue;
		vici_text(name, sizeof(name), it.name, it.namelen);
		if (node_parse_name(name, &home) &&
		    node_find(&k->nodes, &home) == NULL)
			load_gone(k, &home);
	}
}

static bool
on_event(void *arg, const char *name, const struct vici_cursor *msg)
{
	struct keying	*k = arg;

	if (strcmp(name, "log") == 0)
		on_log(k, msg);
	else if (strcmp(name, "list-conn") == 0)
		on_conn(k, msg);
	else
		return (false);
	return (true);
}

static const struct charon_hooks	 hooks = { on_up, on_down, on_event };

static void
remove_node(struct keying *k, struct node *n)
{
	load_gone(k, &n->home);
	load_forget(k, n);
	if (n->timer != NULL)
		event_free(n->timer);
	node_remove(&k->nodes, n);
}

/* Nodes of ours have timers; charon's log tells what failed. */
static void
adopt(struct keying *k)
{
	struct node	*n;
	uint32_t	 i;

	k->charon->logs = k->nodes.n > 0;
	for (i = 0; i < k->nodes.pool.used; i++) {
		if ((n = node_at(&k->nodes, i)) == NULL)
			continue;
		n->keying = k;
		if (n->backoff == 0)
			n->backoff = RETRY_FIRST;
		if (n->is_mn && n->timer == NULL && (n->timer =
		    event_new(k->ch->base, -1, 0, on_timer, n)) == NULL)
			fatalx("out of memory");
	}
}

/* A node's connection is another now: a mobile node's IKE_SA is made anew. */
static void
reconfigure_node(struct keying *k, struct node *n)
{
	load_forget(k, n);
	n->attempt++;
	node_set_load(&k->nodes, n, LOAD_NO);
	if (n->is_mn && n->wanted) {
		drop(k, n);
		afresh(n);
	}
	n->changed = false;
}

static bool
same_ike(const struct conf_ike *a, const struct conf_ike *b)
{
	return (a == b || (a != NULL && b != NULL &&
	    strcmp(a->identity, b->identity) == 0 &&
	    strcmp(a->certificate, b->certificate) == 0 &&
	    strcmp(a->private_key, b->private_key) == 0 &&
	    strcmp(a->ike_proposals, b->ike_proposals) == 0 &&
	    strcmp(a->esp_proposals, b->esp_proposals) == 0 &&
	    a->ike_lifetime == b->ike_lifetime &&
	    a->sa_lifetime == b->sa_lifetime));
}

static void
take_conf(struct keying *k, bool all_changed)
{
	size_t	 lost = nodes_configure(&k->nodes, k->ch->conf, all_changed);

	if (lost > 0)
		log_error("out of memory: %zu nodes are not keyed", lost);
	if (!creds_configure(&k->creds, k->ch->conf))
		log_error("out of memory: no certificates");
}

/*
 * Another configuration: nodes that have gone are unloaded and terminated,
 * those that have changed loaded anew, after SA_NODE_END.  Files are read
 * again.
 */
void
keying_configure(struct keying *k, const struct conf *old)
{
	struct node	*n;
	uint32_t	 i;

	take_conf(k, !same_ike(old->ike, k->ch->conf->ike));
	for (i = 0; i < k->nodes.pool.used; i++) {
		if ((n = node_at(&k->nodes, i)) == NULL)
			continue;
		if (!n->listed)
			remove_node(k, n);
		else if (n->changed)
			reconfigure_node(k, n);
	}
	adopt(k);
	k->told = k->ready = false;
	if (is_up(k)) {
		creds_begin(k);
		load_pump(k);
	}
}

static void
sa_node(struct keying *k, const struct msg_sa_node *m)
{
	struct node	*n = node_find(&k->nodes, &m->home);

	if (n == NULL || m->gone)
		return;
	n->seen = m->seen;
	if (n->reqid != 0 && n->reqid != m->reqid)
		reconfigure_node(k, n);
	n->reqid = m->reqid;
}

/* KEY_NEED, KEY_RENEW of a mobile node's own home address. */
static void
need(struct keying *k, struct node *n, const struct msg_key_want *m)
{
	bool		 other = !n->wanted || !in6_eq(&n->local, &m->local);
	struct view	 v;

	if (!in6_is_unspecified(&m->remote) &&
	    !in6_eq(&n->agent, &m->remote)) {
		n->agent = m->remote;
		n->changed = other = true;
		drop(k, n);
	}
	keying_view(k, n, &v);
	if (m->op == KEY_RENEW) {
		n->kept = false;
		drop(k, n);
		node_set_load(&k->nodes, n, LOAD_NO);
		other = true;
	} else if (other && !v.established && (n->busy || n->nids > 0))
		/* It is being made from where we are no more. */
		drop(k, n);
	n->local = m->local;
	n->wanted = true;
	if (other && !n->busy) {
		stop_timer(n);
		afresh(n);
	}
	n->told_state = 0;		/* an answer in any case */
	step(k, n);
}

/* Terminate what there is of a node that need not have keys any more. */
static void
terminate(struct keying *k, struct node *n)
{
	struct view	 v;

	n->wanted = n->kept = false;
	afresh(n);
	if (n->busy || n->nids > 0)
		drop(k, n);
	stop_timer(n);
	keying_view(k, n, &v);
	tell_view(k, n, &v);
}

static void
key_want(struct keying *k, const struct msg_key_want *m)
{
	struct node	*n = node_find(&k->nodes, &m->home);
	struct view	 v;

	if (n == NULL) {
		log_debug("charon: keys are wanted for a home address that "
		    "is not keyed");
		return;
	}
	if (n->is_mn && m->op != KEY_END) {
		need(k, n, m);
		return;
	}
	if (m->op == KEY_DISCARD)
		discard_later(k, &m->home, &m->remote);
	else if (m->op != KEY_NEED) {
		terminate(k, n);
		return;
	} else
		n->told_state = 0;
	keying_view(k, n, &v);
	tell_view(k, n, &v);
}

/* SA_NODE, SA_NODE_END, SA_ASK, KEY_WANT, RESULT of the parent. */
void
keying_message(struct keying *k, enum msg_type t, const union msg *m)
{
	switch (t) {
	case MSG_SA_NODE:
		sa_node(k, &m->u_SA_NODE);
		break;
	case MSG_SA_NODE_END:
		k->told = true;
		go(k);
		break;
	case MSG_KEY_WANT:
		key_want(k, &m->u_KEY_WANT);
		break;
	case MSG_SA_ASK:
		spis_ask(k, &m->u_SA_ASK);
		break;
	case MSG_RESULT:
		creds_no_file(k, &m->u_RESULT);
		break;
	default:
		break;
	}
}

static void
rekey(struct keying *k, const struct view *v, char *text, size_t cap)
{
	struct vici_builder	 b;
	uint8_t			 mem[CONN_SMALL];
	size_t			 i;
	bool			 ok = true;

	if (v->sa == NULL || !v->established) {
		snprintf(text, cap, "has no IKE_SA");
		return;
	}
	for (i = 0; i < v->sa->nchildren; i++) {
		conn_rekey(&b, mem, sizeof(mem), "child-id",
		    v->sa->children[i].id);
		ok &= job_send(k, &b, JOB_OTHER, NULL, 0, false);
	}
	conn_rekey(&b, mem, sizeof(mem), "ike-id", v->sa->id);
	ok &= job_send(k, &b, JOB_OTHER, NULL, 0, false);
	/* Whether it is done only its events and lists tell. */
	snprintf(text, cap, "%s", ok ? "charon was asked to rekey" :
	    "too many requests to charon wait");
}

/*
 * ike initiate, rekey, terminate ADDRESS: do it, and what was done or is wrong
 * into text.  False if that home address has no keys by IKE.
 */
bool
keying_verb(struct keying *k, enum verb verb, const struct in6_addr *home,
    char *text, size_t cap)
{
	struct node	*n = node_find(&k->nodes, home);
	struct view	 v;

	if (n == NULL)
		return (false);
	keying_view(k, n, &v);
	if (!is_up(k))
		snprintf(text, cap, "charon is away");
	else if (verb == VERB_IKE_REKEY)
		rekey(k, &v, text, cap);
	else if (verb == VERB_IKE_TERMINATE) {
		snprintf(text, cap, "%u IKE_SA%s terminated", n->nids,
		    n->nids == 1 ? " is" : "s are");
		drop(k, n);
		afresh(n);
		if (n->wanted && n->is_mn) {
			/* Not at once, or nothing would be seen of it. */
			charon_timer(n->timer, &n->timer_at, n->backoff);
			snprintf(text + strlen(text), cap - strlen(text),
			    ", a new one is made");
		}
		step(k, n);
	} else if (!n->is_mn)
		snprintf(text, cap, "it is for the mobile node to initiate");
	else if (in6_is_unspecified(&n->local))
		snprintf(text, cap, "no care-of address is known");
	else if (complete(n, &v))
		snprintf(text, cap, "all is there");
	else {
		n->wanted = true;
		if (!n->busy) {
			stop_timer(n);
			n->backoff = RETRY_FIRST;
		}
		step(k, n);
		snprintf(text, cap, "initiated");
	}
	return (true);
}

static const struct keying_calls calls = { answered, go, terminate };

/*
 * Begin: the nodes are those of the configuration; nothing is asked of charon
 * before it is up and SA_NODE_END has come.  0, or -1 when out of memory.
 */
int
keying_start(struct keying *k, struct child *ch, struct charon *c)
{
	memset(k, 0, sizeof(*k));
	k->ch = ch;
	k->charon = c;
	k->calls = &calls;
	if (!nodes_init(&k->nodes) || load_start(k) == -1 ||
	    discard_start(k) == -1)
		return (-1);
	take_conf(k, false);
	adopt(k);
	c->hooks = &hooks;
	c->hooks_arg = k;
	sa_watch(&c->sas, on_sa, k);
	return (0);
}

/* Do no more; what charon has stays, as kernel policies do. */
void
keying_stop(struct keying *k)
{
	struct node	*n;
	uint32_t	 i;

	k->charon->hooks = NULL;
	sa_watch(&k->charon->sas, NULL, NULL);
	k->ready = false;
	load_reset(k);
	event_del(k->creds_timer);
	event_del(k->discard_timer);
	for (i = 0; i < k->nodes.pool.used; i++)
		if ((n = node_at(&k->nodes, i)) != NULL)
			stop_timer(n);
}
