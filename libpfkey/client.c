/*
 * The client: requests go out on a descriptor that the caller owns and polls,
 * answers are matched by process id and sequence number.  Two things do not
 * fit that: dumps, whose parts carry a count instead of the number, so that
 * there is one at a time; and a successful MIGRATE on Linux, which is a
 * broadcast with neither and is matched by what it says.
 */
#include <sys/types.h>
#include <sys/queue.h>
#include <sys/socket.h>

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "libpfkey/internal.h"

#define MAX_PENDING	4096
#define NBUCKETS	1024
#define ROOM		65536
#define READ_BATCH	256		/* messages per pfkey_client_read() */
#define RETRY_NS	10000000	/* after ENOBUFS on send */
#define FIRST_SEQ	0x80000000U	/* kernels count ACQUIREs from 1 */

enum stage { WAITS_FOR_DUMP, QUEUED, SENT };

struct entry {
	TAILQ_ENTRY(entry) by_deadline;
	TAILQ_ENTRY(entry) by_queue;	/* WAITS_FOR_DUMP, QUEUED */
	TAILQ_ENTRY(entry) by_content;	/* of MIGRATE */
	LIST_ENTRY(entry) by_seq;
	enum stage	 stage;
	enum pfkey_type	 type;
	uint32_t	 seq;
	uint64_t	 deadline;
	pfkey_reply_fn	*fn;		/* NULL: no answer wanted */
	void		*arg;
	uint8_t		*bytes;
	size_t		 len;
	struct pfkey_migrate *migrate;
	/* of a dump */
	bool		 started, gap, nomem;
	uint32_t	 last;		/* its count in the part before */
	struct pfkey_sa	*sas;
	struct pfkey_policy *policies;
	size_t		 n, cap;
};

TAILQ_HEAD(entries, entry);
LIST_HEAD(bucket, entry);

struct pfkey_client {
	int		 fd;
	const struct pfkey_dialect *d;
	uint32_t	 pid, seq;
	struct pfkey_handlers handlers;
	void		*arg;
	struct entries	 pending;	/* all of them, by deadline */
	struct entries	 queue;		/* QUEUED */
	struct entries	 waiting;	/* WAITS_FOR_DUMP */
	struct entry	*dump;		/* queued or sent */
	size_t		 npending;
	uint64_t	 now, retry;	/* retry: 0, or when to send again */
	unsigned int	 depth;		/* callbacks running */
	bool		 closing, freed; /* perhaps by one of them */
	struct bucket	 seqs[NBUCKETS];
	struct entries	 contents[NBUCKETS];
	uint8_t		 in[ROOM], out[ROOM];
};

static bool
is_dump(enum pfkey_type t)
{
	return (t == PFKEY_DUMP || t == PFKEY_SPDDUMP);
}

static uint32_t
fnv_bytes(uint32_t h, const void *p, size_t n)
{
	const uint8_t	*b = p;

	while (n-- > 0)
		h = (h ^ *b++) * 16777619U;
	return (h);
}

/* Over what the kernel's broadcast repeats: not over ports and levels. */
static struct entries *
content_bucket(struct pfkey_client *c, const struct pfkey_migrate *g)
{
	uint32_t	 h = 2166136261U;

	h = fnv_bytes(h, &g->dir, sizeof(g->dir));
	h = fnv_bytes(h, g->sel.src.bytes, sizeof(g->sel.src.bytes));
	h = fnv_bytes(h, g->sel.dst.bytes, sizeof(g->sel.dst.bytes));
	h = fnv_bytes(h, g->to[0].src.bytes, sizeof(g->to[0].src.bytes));
	h = fnv_bytes(h, g->to[0].dst.bytes, sizeof(g->to[0].dst.bytes));
	return (&c->contents[h % NBUCKETS]);
}

static bool
same_end(const struct pfkey_request *a, const struct pfkey_request *b)
{
	return (a->proto == b->proto && a->mode == b->mode &&
	    a->reqid == b->reqid && pfkey_addr_equal(&a->src, &b->src) &&
	    pfkey_addr_equal(&a->dst, &b->dst));
}

static bool
same_content(const struct pfkey_migrate *a, const struct pfkey_migrate *b)
{
	unsigned int	 i;

	if (a->dir != b->dir || a->npairs != b->npairs ||
	    a->sel.proto != b->sel.proto ||
	    a->sel.src_plen != b->sel.src_plen ||
	    a->sel.dst_plen != b->sel.dst_plen ||
	    !pfkey_addr_equal(&a->sel.src, &b->sel.src) ||
	    !pfkey_addr_equal(&a->sel.dst, &b->sel.dst) ||
	    !pfkey_addr_equal(&a->km_local, &b->km_local) ||
	    !pfkey_addr_equal(&a->km_remote, &b->km_remote))
		return (false);
	for (i = 0; i < a->npairs; i++)
		if (!same_end(&a->from[i], &b->from[i]) ||
		    !same_end(&a->to[i], &b->to[i]))
			return (false);
	return (true);
}

static struct entry *
find_seq(struct pfkey_client *c, uint32_t seq)
{
	struct entry	*e;

	LIST_FOREACH(e, &c->seqs[seq % NBUCKETS], by_seq)
		if (e->seq == seq)
			return (e);
	return (NULL);
}

static void
drop_bytes(struct entry *e)
{
	if (e->bytes != NULL) {
		pfkey_wipe(e->bytes, e->len);
		free(e->bytes);
		e->bytes = NULL;
	}
}

static void
entry_free(struct entry *e)
{
	drop_bytes(e);
	free(e->migrate);
	free(e->sas);
	free(e->policies);
	free(e);
}

/* The next dump may go when the one before is done with. */
static void
next_dump(struct pfkey_client *c)
{
	struct entry	*e = TAILQ_FIRST(&c->waiting);

	c->dump = e;
	if (e == NULL)
		return;
	TAILQ_REMOVE(&c->waiting, e, by_queue);
	TAILQ_INSERT_TAIL(&c->queue, e, by_queue);
	e->stage = QUEUED;
}

/* Take e out of everything; it is the caller's to free. */
static void
unlink_entry(struct pfkey_client *c, struct entry *e)
{
	TAILQ_REMOVE(&c->pending, e, by_deadline);
	LIST_REMOVE(e, by_seq);
	c->npending--;
	if (e->stage == QUEUED)
		TAILQ_REMOVE(&c->queue, e, by_queue);
	else if (e->stage == WAITS_FOR_DUMP)
		TAILQ_REMOVE(&c->waiting, e, by_queue);
	if (e->migrate != NULL)
		TAILQ_REMOVE(content_bucket(c, e->migrate), e, by_content);
	if (c->dump == e)
		next_dump(c);
}

/* Callbacks may make requests and free the client: it goes when all end. */
static void
enter(struct pfkey_client *c)
{
	c->depth++;
}

static void
leave(struct pfkey_client *c)
{
	c->depth--;
}

static bool
reap(struct pfkey_client *c)
{
	if (c->depth != 0 || !c->freed)
		return (false);
	pfkey_wipe(c->in, sizeof(c->in));
	pfkey_wipe(c->out, sizeof(c->out));
	free(c);
	return (true);
}

/* The end of e: one call of its function. */
static void
complete(struct pfkey_client *c, struct entry *e, enum pfkey_error error,
    int errnum, const struct pfkey_msg *m)
{
	struct pfkey_reply	 reply = { .error = error, .errnum = errnum };

	unlink_entry(c, e);
	reply.msg = m;
	if (e->type == PFKEY_DUMP) {
		reply.sas = e->sas;
		reply.nsas = e->n;
	} else if (e->type == PFKEY_SPDDUMP) {
		reply.policies = e->policies;
		reply.npolicies = e->n;
	}
	if (e->fn != NULL) {
		enter(c);
		e->fn(e->arg, &reply);
		leave(c);
	}
	entry_free(e);
}

/* Room for one more part; false when there is no memory. */
static bool
grow(struct entry *e)
{
	size_t	 cap = e->cap == 0 ? 16 : e->cap * 2, size;
	void	*old, *p;

	if (e->n < e->cap)
		return (true);
	old = e->type == PFKEY_DUMP ? (void *)e->sas : (void *)e->policies;
	size = e->type == PFKEY_DUMP ? sizeof(*e->sas) : sizeof(*e->policies);
	if (cap > SIZE_MAX / size || (p = realloc(old, cap * size)) == NULL)
		return (false);
	if (e->type == PFKEY_DUMP)
		e->sas = p;
	else
		e->policies = p;
	e->cap = cap;
	return (true);
}

/* Keep what part m says, but no key: the buffer it points into is reused. */
static void
gather(struct entry *e, const struct pfkey_msg *m)
{
	struct pfkey_sa	*sa;

	if (e->fn == NULL)
		return;
	if (e->nomem || !grow(e)) {
		e->nomem = true;
		return;
	}
	if (e->type == PFKEY_SPDDUMP) {
		if (pfkey_to_policy(m, &e->policies[e->n]) == PFKEY_OK)
			e->n++;
		else
			e->gap = true;
		return;
	}
	sa = &e->sas[e->n];
	if (pfkey_to_sa(m, sa) != PFKEY_OK) {
		e->gap = true;
		return;
	}
	sa->key_auth.p = sa->key_encrypt.p = NULL;
	e->n++;
}

/*
 * Linux counts 1, 2, ... and the last is 0; the others count n - 1, ..., 0.
 * An empty database is ENOENT.
 */
static void
dump_part(struct pfkey_client *c, struct entry *e, const struct pfkey_msg *m)
{
	if (m->errnum == ENOENT) {
		complete(c, e, PFKEY_OK, 0, NULL);
		return;
	}
	if (m->errnum != 0) {
		complete(c, e, PFKEY_E_KERNEL, m->errnum, NULL);
		return;
	}
	if (c->d->dump_down) {
		if (e->started && m->seq != e->last - 1)
			e->gap = true;
	} else if (m->seq != 0 && m->seq != (e->started ? e->last + 1 : 1))
		e->gap = true;
	e->started = true;
	e->last = m->seq;
	gather(e, m);
	if (m->seq == 0)
		complete(c, e, e->nomem ? PFKEY_E_NOMEM :
		    e->gap ? PFKEY_E_GAP : PFKEY_OK, 0, NULL);
}

/* The oldest request that a MIGRATE broadcast answers, or NULL. */
static struct entry *
find_migrate(struct pfkey_client *c, const struct pfkey_msg *m)
{
	struct pfkey_migrate	 g;
	struct entry		*e;

	if (m->type != PFKEY_MIGRATE || m->errnum != 0 || m->seq != 0 ||
	    m->pid != 0 || pfkey_to_migrate(m, &g) != PFKEY_OK)
		return (NULL);
	TAILQ_FOREACH(e, content_bucket(c, &g), by_content)
		if (e->stage == SENT && same_content(e->migrate, &g))
			return (e);
	return (NULL);
}

static void
dispatch(struct pfkey_client *c, const struct pfkey_msg *m)
{
	struct entry	*e = NULL;

	if (m->pid == c->pid) {
		e = c->dump;
		if (is_dump(m->type) && e != NULL && e->stage == SENT &&
		    e->type == m->type) {
			dump_part(c, e, m);
			return;
		}
		e = find_seq(c, m->seq);
		if (e != NULL && (e->stage != SENT || e->type != m->type))
			e = NULL;
	} else
		e = find_migrate(c, m);
	if (e != NULL) {
		complete(c, e, m->errnum != 0 ? PFKEY_E_KERNEL : PFKEY_OK,
		    m->errnum, m);
		return;
	}
	if (c->handlers.broadcast != NULL) {
		enter(c);
		c->handlers.broadcast(c->arg, m);
		leave(c);
	}
}

static void
tell_bad(struct pfkey_client *c, enum pfkey_error error, size_t where)
{
	if (c->handlers.bad != NULL) {
		enter(c);
		c->handlers.bad(c->arg, error, where);
		leave(c);
	}
}

static void
tell_overflow(struct pfkey_client *c)
{
	if (c->dump != NULL && c->dump->stage == SENT)
		c->dump->gap = true;
	if (c->handlers.overflow != NULL) {
		enter(c);
		c->handlers.overflow(c->arg);
		leave(c);
	}
}

/*
 * A client on fd, a PF_KEY socket that stays the caller's, speaking dialect d
 * (NULL: this system's) as process id pid (0: the real one).  The handlers
 * get arg.  NULL: out of memory.
 */
struct pfkey_client *
pfkey_client_new(int fd, const struct pfkey_dialect *d, uint32_t pid,
    const struct pfkey_handlers *handlers, void *arg)
{
	struct pfkey_client	*c;
	size_t			 i;

	if ((c = calloc(1, sizeof(*c))) == NULL)
		return (NULL);
	c->fd = fd;
	c->d = d != NULL ? d : pfkey_dialect(NULL);
	c->pid = pid != 0 ? pid : (uint32_t)getpid();
	c->seq = FIRST_SEQ;
	if (handlers != NULL)
		c->handlers = *handlers;
	c->arg = arg;
	TAILQ_INIT(&c->pending);
	TAILQ_INIT(&c->queue);
	TAILQ_INIT(&c->waiting);
	for (i = 0; i < NBUCKETS; i++) {
		LIST_INIT(&c->seqs[i]);
		TAILQ_INIT(&c->contents[i]);
	}
	return (c);
}

/*
 * Each request that has no answer yet gets PFKEY_E_CANCELLED; then the client
 * is no more.  May be called from a callback.  The descriptor stays open.
 */
void
pfkey_client_free(struct pfkey_client *c)
{
	struct entry	*e;

	if (c == NULL || c->closing)
		return;
	c->closing = true;
	while ((e = TAILQ_FIRST(&c->pending)) != NULL)
		complete(c, e, PFKEY_E_CANCELLED, 0, NULL);
	c->freed = true;
	memset(&c->handlers, 0, sizeof(c->handlers));
	reap(c);
}

static uint32_t
new_seq(struct pfkey_client *c)
{
	do {
		if (++c->seq == 0)
			c->seq = FIRST_SEQ;
	} while (find_seq(c, c->seq) != NULL);
	return (c->seq);
}

/* Deadlines mostly grow, so the place is found from the end. */
static void
insert_pending(struct pfkey_client *c, struct entry *e)
{
	struct entry	*before;

	TAILQ_FOREACH_REVERSE(before, &c->pending, entries, by_deadline)
		if (before->deadline <= e->deadline)
			break;
	if (before == NULL)
		TAILQ_INSERT_HEAD(&c->pending, e, by_deadline);
	else
		TAILQ_INSERT_AFTER(&c->pending, before, e, by_deadline);
	LIST_INSERT_HEAD(&c->seqs[e->seq % NBUCKETS], e, by_seq);
	if (e->migrate != NULL)
		TAILQ_INSERT_TAIL(content_bucket(c, e->migrate), e,
		    by_content);
	c->npending++;
	e->stage = QUEUED;
	if (is_dump(e->type) && c->dump != NULL) {
		e->stage = WAITS_FOR_DUMP;
		TAILQ_INSERT_TAIL(&c->waiting, e, by_queue);
		return;
	}
	if (is_dump(e->type))
		c->dump = e;
	TAILQ_INSERT_TAIL(&c->queue, e, by_queue);
}

static struct entry *
entry_new(struct pfkey_client *c, const struct pfkey_msg *m, size_t len)
{
	struct entry	*e;

	if ((e = calloc(1, sizeof(*e))) == NULL)
		return (NULL);
	e->type = m->type;
	e->seq = m->seq;
	if ((e->bytes = malloc(len)) == NULL) {
		free(e);
		return (NULL);
	}
	e->len = len;
	memcpy(e->bytes, c->out, len);
	if (m->type != PFKEY_MIGRATE)
		return (e);
	e->migrate = malloc(sizeof(*e->migrate));
	if (e->migrate == NULL ||
	    pfkey_to_migrate(m, e->migrate) != PFKEY_OK) {
		entry_free(e);
		return (NULL);
	}
	return (e);
}

/*
 * Queue the request m, to be sent by pfkey_client_write().  fn(arg, reply) is
 * called once: with the answer, with an error, at the deadline, or when the
 * client is freed; what reply points to is gone when it returns.  With fn NULL
 * nobody waits for an answer.  The deadline is absolute, UINT64_MAX for none.
 * m->pid is set, and m->seq unless it is not 0 (RFC 2367 section 3.1.6: what
 * answers an ACQUIRE repeats its number).  After an error fn is not called.
 */
enum pfkey_error
pfkey_request(struct pfkey_client *c, struct pfkey_msg *m,
    pfkey_reply_fn *fn, void *arg, uint64_t deadline)
{
	struct pfkey_migrate	 g;
	enum pfkey_error	 error;
	struct entry		*e;
	size_t			 len;

	if (c->closing)
		return (PFKEY_E_CANCELLED);
	if (c->npending >= MAX_PENDING)
		return (PFKEY_E_QUEUE);
	if (m->type == PFKEY_MIGRATE &&
	    (error = pfkey_to_migrate(m, &g)) != PFKEY_OK)
		return (error);
	if (m->seq == 0)
		m->seq = new_seq(c);
	else if (find_seq(c, m->seq) != NULL)
		return (PFKEY_E_DUPLICATE);
	m->pid = c->pid;
	error = pfkey_build(c->d, m, c->out, sizeof(c->out), &len);
	if (error != PFKEY_OK)
		return (error);
	e = entry_new(c, m, len);
	pfkey_wipe(c->out, len);
	if (e == NULL)
		return (PFKEY_E_NOMEM);
	e->fn = fn;
	e->arg = arg;
	e->deadline = deadline;
	insert_pending(c, e);
	return (PFKEY_OK);
}

/*
 * Forget the request of that number; its function is not called.  Its effect
 * in the kernel, if it was sent, remains.  A dump on its way is still read to
 * its end.  False: there is none.
 */
bool
pfkey_cancel(struct pfkey_client *c, uint32_t seq)
{
	struct entry	*e = find_seq(c, seq);

	if (e == NULL || e->fn == NULL)
		return (false);
	if (e == c->dump && e->stage == SENT) {
		e->fn = NULL;
		return (true);
	}
	unlink_entry(c, e);
	entry_free(e);
	return (true);
}

/* One message into c->in; its length, 0 at the end, -1 and errno. */
static ssize_t
receive(struct pfkey_client *c, bool *truncated)
{
	struct iovec	 iov = { c->in, sizeof(c->in) };
	struct msghdr	 mh;
	ssize_t		 n;

	memset(&mh, 0, sizeof(mh));
	mh.msg_iov = &iov;
	mh.msg_iovlen = 1;
	do {
		n = recvmsg(c->fd, &mh, MSG_DONTWAIT);
	} while (n == -1 && errno == EINTR);
	*truncated = n != -1 && (mh.msg_flags & MSG_TRUNC) != 0;
	return (n);
}

static void
handle(struct pfkey_client *c, size_t n, bool truncated)
{
	struct pfkey_msg	 m;
	enum pfkey_error	 error;
	size_t			 where = n;

	error = truncated ? PFKEY_E_NO_ROOM :
	    pfkey_parse(c->d, c->in, n, &m, &where);
	if (error != PFKEY_OK)
		tell_bad(c, error, where);
	else
		dispatch(c, &m);
	pfkey_wipe(c->in, n);
}

static enum pfkey_error
read_some(struct pfkey_client *c)
{
	unsigned int	 i;
	ssize_t		 n;
	bool		 truncated;

	for (i = 0; i < READ_BATCH && !c->closing; i++) {
		n = receive(c, &truncated);
		if (n == 0)
			return (PFKEY_E_CLOSED);
		if (n > 0)
			handle(c, (size_t)n, truncated);
		else if (errno == ENOBUFS)
			tell_overflow(c);
		else if (errno == EAGAIN || errno == EWOULDBLOCK)
			break;
		else
			return (PFKEY_E_RECV);
	}
	return (PFKEY_OK);
}

/*
 * Read what is there and call back; to be called when the descriptor is
 * readable.  ENOBUFS calls the overflow handler.  PFKEY_E_CLOSED,
 * PFKEY_E_RECV (errno): the descriptor is of no more use.
 */
enum pfkey_error
pfkey_client_read(struct pfkey_client *c, uint64_t now)
{
	enum pfkey_error	 error;

	c->now = now;
	enter(c);
	error = read_some(c);
	leave(c);
	if (reap(c))
		return (PFKEY_OK);
	return (error);
}

/* Send e.  False: not now. */
static bool
send_entry(struct pfkey_client *c, struct entry *e)
{
	ssize_t	 n;

	do {
		n = send(c->fd, e->bytes, e->len, MSG_DONTWAIT | MSG_NOSIGNAL);
	} while (n == -1 && errno == EINTR);
	if (n == -1 && (errno == EAGAIN || errno == EWOULDBLOCK))
		return (false);
	if (n == -1 && errno == ENOBUFS) {
		c->retry = c->now + RETRY_NS;
		return (false);
	}
	if (n == -1) {
		complete(c, e, PFKEY_E_SEND, errno, NULL);
		return (true);
	}
	TAILQ_REMOVE(&c->queue, e, by_queue);
	e->stage = SENT;
	drop_bytes(e);
	if (e->fn == NULL && e != c->dump) {
		unlink_entry(c, e);
		entry_free(e);
	}
	return (true);
}

/*
 * Send what is queued; to be called after a batch of requests and when the
 * descriptor is writable while pfkey_client_wants_write().
 */
void
pfkey_client_write(struct pfkey_client *c, uint64_t now)
{
	struct entry	*e;

	c->now = now;
	if (now < c->retry)
		return;
	c->retry = 0;
	enter(c);
	while (!c->closing && (e = TAILQ_FIRST(&c->queue)) != NULL)
		if (!send_entry(c, e))
			break;
	leave(c);
	reap(c);
}

/* Whether to poll for writing.  After ENOBUFS the time decides instead. */
bool
pfkey_client_wants_write(const struct pfkey_client *c)
{
	return (!TAILQ_EMPTY(&c->queue) && c->retry == 0);
}

/* When pfkey_client_expire() is to be called, UINT64_MAX: never. */
uint64_t
pfkey_client_next(const struct pfkey_client *c)
{
	const struct entry	*e = TAILQ_FIRST(&c->pending);
	uint64_t		 at = e == NULL ? UINT64_MAX : e->deadline;

	return (c->retry != 0 && c->retry < at ? c->retry : at);
}

/* End the requests whose deadline has come; send again after ENOBUFS. */
void
pfkey_client_expire(struct pfkey_client *c, uint64_t now)
{
	struct entry	*e;

	c->now = now;
	enter(c);
	while (!c->closing && (e = TAILQ_FIRST(&c->pending)) != NULL &&
	    e->deadline <= now)
		complete(c, e, PFKEY_E_TIMEOUT, 0, NULL);
	if (!c->closing && c->retry != 0 && now >= c->retry)
		pfkey_client_write(c, now);
	leave(c);
	reap(c);
}
