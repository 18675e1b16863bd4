/*
 * One connection to charon's VICI socket, over a descriptor that the parent
 * has connected.  Requests wait in a queue and are sent one by one, as answers
 * do not say what they belong to; events are passed on as they come.  Owns the
 * descriptor, its buffers and a timer for the answer that is waited for;
 * requests are wiped when they are done, as there are secrets in them.
 * ike/charon.c is its only caller.
 */
#include <sys/types.h>
#include <sys/time.h>

#include <errno.h>
#include <event2/event.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "ike/vici_conn.h"
#include "kern/compat.h"

#define READ_CHUNK	16384	/* bytes of a new buffer; it grows by half */
#define PACKETS_MAX	64	/* handled before others have their turn */

struct request {
	struct request	*next;
	char		 name[VICI_NAME_MAX]; /* for the reason, if it fails */
	char		 stream[VICI_NAME_MAX];	/* event that feeds it, or "" */
	bool		 registers, started;
	uint32_t	 timeout;		/* ms */
	vici_reply_fn	*reply;
	void		*arg;
	size_t		 len, off;		/* of the frame; written */
	uint8_t		 frame[];
};

struct vici_conn {
	int			 fd;
	struct event		*ev_read, *ev_write, *ev_timer;
	const struct vici_handlers *handlers;
	void			*arg;
	struct vici_stats	 stats;
	struct request		*head, **tail;	/* head: sent, or being sent */
	size_t			 nwaiting;
	uint8_t			*in;
	size_t			 in_len, in_cap;
	unsigned int		 busy;		/* callbacks that we are in */
	bool			 dead, closed;
	bool			 more;		/* frames are complete in in */
};

static void	 start_next(struct vici_conn *);
static void	 drop(struct vici_conn *, const char *, ...)
    __attribute__((__format__(printf, 2, 3)));

static void
release(struct vici_conn *c)
{
	if (!c->closed || c->busy > 0)
		return;
	free(c->in);
	free(c);
}

/* Answer a request that is off the queue, and free it. */
static void
answer(struct vici_conn *c, struct request *q, enum vici_result r,
    const struct vici_packet *k)
{
	static const struct vici_packet	 none;
	struct vici_cursor		 msg;

	vici_message(k == NULL ? &none : k, &msg);
	c->busy++;
	if (q->reply != NULL)
		q->reply(q->arg, r, &msg);
	c->busy--;
	explicit_bzero(q->frame, q->len);
	free(q);
}

static struct request *
take_head(struct vici_conn *c)
{
	struct request	*q = c->head;

	if ((c->head = q->next) == NULL)
		c->tail = &c->head;
	c->nwaiting--;
	event_del(c->ev_timer);
	return (q);
}

/* No more I/O; those that wait are told. */
static void
shut(struct vici_conn *c)
{
	c->dead = true;
	if (c->ev_read != NULL)
		event_free(c->ev_read);
	if (c->ev_write != NULL)
		event_free(c->ev_write);
	c->ev_read = c->ev_write = NULL;
	if (c->fd != -1)
		close(c->fd);
	c->fd = -1;
	while (c->head != NULL)
		answer(c, take_head(c), VICI_GONE, NULL);
	if (c->ev_timer != NULL)
		event_free(c->ev_timer);
	c->ev_timer = NULL;
}

/* End the connection for a reason, which the owner is told. */
static void
drop(struct vici_conn *c, const char *fmt, ...)
{
	char	 reason[VICI_NAME_MAX + 128];
	va_list	 ap;

	if (c->dead)
		return;
	va_start(ap, fmt);
	vsnprintf(reason, sizeof(reason), fmt, ap);
	va_end(ap);
	c->busy++;
	shut(c);
	if (!c->closed)
		c->handlers->dead(c->arg, reason);
	c->busy--;
	release(c);
}

static void
set_timer(struct vici_conn *c)
{
	struct timeval	 tv = { c->head->timeout / 1000,
			    c->head->timeout % 1000 * 1000 };

	event_add(c->ev_timer, &tv);
}

static void
on_timer(int fd, short what, void *arg)
{
	struct vici_conn	*c = arg;

	(void)fd;
	(void)what;
	if (c->head != NULL)
		drop(c, "no answer to %s within %u ms", c->head->name,
		    c->head->timeout);
}

/* An event: to the owner; one that feeds a request gives it more time. */
static void
got_event(struct vici_conn *c, const struct vici_packet *k)
{
	struct vici_cursor	 msg;

	c->stats.events++;
	if (c->head != NULL && strcmp(c->head->stream, k->name) == 0)
		set_timer(c);
	vici_message(k, &msg);
	c->handlers->event(c->arg, k->name, &msg);
}

/* Is this packet what the request that was sent waits for? */
static bool
fits(const struct request *q, enum vici_type t)
{
	if (q == NULL || q->off < q->len)
		return (false);
	if (q->registers)
		return (t == VICI_EVENT_CONFIRM || t == VICI_EVENT_UNKNOWN);
	return (t == VICI_CMD_RESPONSE || t == VICI_CMD_UNKNOWN);
}

static void
got_packet(struct vici_conn *c, const uint8_t *p, size_t len)
{
	struct vici_packet	 k;
	struct request		*q;
	enum vici_error		 e;

	c->stats.received++;
	if ((e = vici_parse(p, len, &k)) != VICI_OK) {
		drop(c, "malformed: %s", vici_strerror(e));
		return;
	}
	if (k.type == VICI_EVENT) {
		got_event(c, &k);
		return;
	}
	if (!fits(c->head, k.type)) {
		drop(c, "malformed: packet of type %d that nothing asked for",
		    k.type);
		return;
	}
	q = take_head(c);
	answer(c, q, k.type == VICI_CMD_UNKNOWN ||
	    k.type == VICI_EVENT_UNKNOWN ? VICI_UNKNOWN : VICI_DONE, &k);
	if (!c->dead)
		start_next(c);
}

/* Make the buffer at least want bytes long; false: no memory. */
static bool
grow(struct vici_conn *c, size_t want)
{
	uint8_t	*p;

	if (want <= c->in_cap)
		return (true);
	if (want < c->in_cap + c->in_cap / 2)
		want = c->in_cap + c->in_cap / 2;
	if (want < READ_CHUNK)
		want = READ_CHUNK;
	if ((p = realloc(c->in, want)) == NULL)
		return (false);
	c->in = p;
	c->in_cap = want;
	return (true);
}

/*
 * Handle the frames that are complete.  Returns the bytes that the next one
 * needs, SIZE_MAX if there may be more complete ones.
 */
static size_t
take_frames(struct vici_conn *c)
{
	struct rbuf	 r;
	size_t		 off = 0, len, need = VICI_HEADER;
	int		 n = 0;

	while (!c->dead && c->in_len - off >= VICI_HEADER) {
		rbuf_init(&r, c->in + off, VICI_HEADER);
		len = rbuf_u32(&r);
		if (len == 0 || len > VICI_MAX) {
			drop(c, "malformed: packet of %zu bytes", len);
			break;
		}
		need = VICI_HEADER + len;
		if (c->in_len - off < need)
			break;
		if (n++ == PACKETS_MAX) {
			need = SIZE_MAX;
			break;
		}
		got_packet(c, c->in + off + VICI_HEADER, len);
		off += need;
		need = VICI_HEADER;
	}
	if (c->dead)
		return (0);
	memmove(c->in, c->in + off, c->in_len - off);
	c->in_len -= off;
	return (need);
}

/* Read what there is; false if there is nothing or the connection ended. */
static bool
fill(struct vici_conn *c)
{
	ssize_t	 n;

	if (!grow(c, c->in_len + 1)) {
		drop(c, "out of memory");
		return (false);
	}
	n = read(c->fd, c->in + c->in_len, c->in_cap - c->in_len);
	if (n > 0) {
		c->in_len += (size_t)n;
		return (true);
	}
	if (n == 0)
		drop(c, "closed by charon");
	else if (errno != EAGAIN && errno != EINTR)
		drop(c, "%s", strerror(errno));
	return (false);
}

static void
on_read(int fd, short what, void *arg)
{
	struct vici_conn	*c = arg;
	size_t			 need;

	(void)fd;
	(void)what;
	if (!c->more && !fill(c))
		return;
	c->busy++;
	need = take_frames(c);
	c->more = need == SIZE_MAX;
	if (c->more)
		event_active(c->ev_read, EV_READ, 0);
	else if (need > 0 && !grow(c, need))
		drop(c, "out of memory");
	c->busy--;
	release(c);
}

static void
on_write(int fd, short what, void *arg)
{
	struct vici_conn	*c = arg;
	struct request		*q = c->head;
	ssize_t			 n;

	(void)what;
	if (q == NULL)
		return;
	n = write(fd, q->frame + q->off, q->len - q->off);
	if (n == -1 && errno != EAGAIN && errno != EINTR) {
		drop(c, "%s", strerror(errno));
		return;
	}
	if (n > 0)
		q->off += (size_t)n;
	if (q->off < q->len)
		event_add(c->ev_write, NULL);
}

/* Send the first of the queue, if there is one. */
static void
start_next(struct vici_conn *c)
{
	if (c->head == NULL || c->head->started)
		return;
	c->head->started = true;
	c->stats.sent++;
	set_timer(c);
	event_add(c->ev_write, NULL);
}

/*
 * Take over a connected, non-blocking descriptor, which is closed by
 * vici_close() or when the connection ends.  handlers outlives the connection.
 * NULL when out of memory; the descriptor is closed then, too.
 */
struct vici_conn *
vici_open(struct event_base *base, int fd,
    const struct vici_handlers *handlers, void *arg)
{
	struct vici_conn	*c;

	if ((c = calloc(1, sizeof(*c))) == NULL) {
		close(fd);
		return (NULL);
	}
	c->fd = fd;
	c->handlers = handlers;
	c->arg = arg;
	c->tail = &c->head;
	c->ev_read = event_new(base, fd, EV_READ | EV_PERSIST, on_read, c);
	c->ev_write = event_new(base, fd, EV_WRITE, on_write, c);
	c->ev_timer = event_new(base, -1, 0, on_timer, c);
	if (c->ev_read == NULL || c->ev_write == NULL || c->ev_timer == NULL ||
	    event_add(c->ev_read, NULL) == -1) {
		vici_close(c);
		return (NULL);
	}
	return (c);
}

/*
 * Queue what was built: a CMD_REQUEST or EVENT_REGISTER, not yet finished.
 * stream is the name of the event that feeds this request, or NULL: each such
 * event starts the timeout (milliseconds, from when the request is sent) anew.
 * reply, which may be NULL, is called once, never from within this function.
 * False if the request is malformed, the queue is full or the connection dead;
 * then it is not called at all.
 */
bool
vici_request(struct vici_conn *c, struct vici_builder *b, const char *stream,
    uint32_t timeout, vici_reply_fn *reply, void *arg)
{
	struct vici_packet	 k;
	struct request		*q;
	size_t			 len;

	if (c->dead || c->nwaiting >= VICI_QUEUE_MAX ||
	    (len = vici_finish(b)) == 0 || vici_parse(b->w.p + VICI_HEADER,
	    len - VICI_HEADER, &k) != VICI_OK ||
	    (k.type != VICI_CMD_REQUEST && k.type != VICI_EVENT_REGISTER) ||
	    (q = calloc(1, sizeof(*q) + len)) == NULL)
		return (false);
	snprintf(q->name, sizeof(q->name), "%s", k.name);
	if (stream != NULL)
		snprintf(q->stream, sizeof(q->stream), "%s", stream);
	q->registers = k.type == VICI_EVENT_REGISTER;
	q->timeout = timeout;
	q->reply = reply;
	q->arg = arg;
	q->len = len;
	memcpy(q->frame, b->w.p, len);
	*c->tail = q;
	c->tail = &q->next;
	if (c->nwaiting++ == 0)
		start_next(c);
	return (true);
}

static bool
request_of_name(struct vici_conn *c, enum vici_type t, const char *name,
    const char *stream, uint32_t timeout, vici_reply_fn *reply, void *arg)
{
	struct vici_builder	 b;
	uint8_t			 mem[VICI_HEADER + 2 + VICI_NAME_MAX];

	vici_begin(&b, mem, sizeof(mem), t, name);
	return (vici_request(c, &b, stream, timeout, reply, arg));
}

/* vici_request() for a command without arguments. */
bool
vici_command(struct vici_conn *c, const char *command, const char *stream,
    uint32_t timeout, vici_reply_fn *reply, void *arg)
{
	return (request_of_name(c, VICI_CMD_REQUEST, command, stream, timeout,
	    reply, arg));
}

/* Ask for events of that name; VICI_UNKNOWN if charon has none. */
bool
vici_register(struct vici_conn *c, const char *event, uint32_t timeout,
    vici_reply_fn *reply, void *arg)
{
	return (request_of_name(c, VICI_EVENT_REGISTER, event, NULL, timeout,
	    reply, arg));
}

/* Requests that have no answer yet. */
size_t
vici_waiting(const struct vici_conn *c)
{
	return (c->nwaiting);
}

const struct vici_stats *
vici_stats(const struct vici_conn *c)
{
	return (&c->stats);
}

/* End it.  Who waits is told VICI_GONE; dead() is not called.  NULL is fine. */
void
vici_close(struct vici_conn *c)
{
	if (c == NULL || c->closed)
		return;
	c->closed = true;
	c->busy++;
	if (!c->dead)
		shut(c);
	c->busy--;
	release(c);
}
