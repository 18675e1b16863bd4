/*
 * One client of a control socket: its request, what waits to be read by it, and
 * the bounds of both.  One that does not get on is closed.
 */
#include <sys/types.h>
#include <sys/socket.h>

#include <errno.h>
#include <event2/buffer.h>
#include <event2/event.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "control/client.h"

/* Say it once a second at most: a client can provoke it at will. */
static void
malformed(struct client *cl, const char *what)
{
	struct control	*c = cl->c;
	unsigned int	 suppressed;

	control_count(c, CC_MALFORMED);
	if (!limit_lines(&c->limit, child_now().mono, 1, &suppressed))
		return;
	log_warn("client %u%s: %s%s", cl->slot,
	    cl->restricted ? " (restricted)" : "", what,
	    suppressed > 0 ? ", and more of the kind" : "");
}

void
client_state(struct client *cl, enum client_state state)
{
	if (cl->state == CL_MONITOR && state != CL_MONITOR)
		cl->c->nmonitors--;
	if (cl->state != CL_MONITOR && state == CL_MONITOR)
		cl->c->nmonitors++;
	if (cl->state == CL_WAITING && state != CL_WAITING)
		TAILQ_REMOVE(&cl->c->turns, cl, turn);
	if (cl->state != CL_WAITING && state == CL_WAITING)
		TAILQ_INSERT_TAIL(&cl->c->turns, cl, turn);
	cl->state = state;
	cl->since = child_now().mono;
	if (client_waits(cl))
		cl->c->ops->waits(cl->c);
}

/* Is it up to the daemon to go on? */
bool
client_waits(const struct client *cl)
{
	return (cl->state == CL_WAITING || cl->state == CL_ASKING);
}

/* Bytes that wait to be read by the client. */
size_t
client_queued(const struct client *cl)
{
	return (evbuffer_get_length(cl->out));
}

void
client_close(struct client *cl)
{
	struct control	*c = cl->c;

	client_state(cl, CL_ENDING);
	if (cl->ev_read != NULL)
		event_free(cl->ev_read);
	if (cl->ev_write != NULL)
		event_free(cl->ev_write);
	if (cl->out != NULL)
		evbuffer_free(cl->out);
	close(cl->fd);
	c->clients[cl->slot] = NULL;
	c->nclients--;
	if (cl->restricted)
		c->nrestricted--;
	free(cl);
}

/*
 * The client whose question has this id, or NULL: ids are given anew to each
 * question, so that an answer that comes too late meets nobody.
 */
struct client *
client_by_id(struct control *c, uint32_t id)
{
	struct client	*cl = c->clients[id % CLIENTS_MAX];

	return (cl != NULL && cl->state == CL_ASKING && cl->id == id ? cl :
	    NULL);
}

static void
put(struct client *cl, const void *p, size_t len)
{
	cl->told = child_now().mono;
	if (client_queued(cl) == 0)
		cl->progress = cl->told;
	if (evbuffer_add(cl->out, p, len) == 0)
		event_add(cl->ev_write, NULL);
}

/* Queue rows for the client; false, and nothing queued, if that is too much. */
bool
client_rows(struct client *cl, const void *rows, size_t len)
{
	uint8_t	 head[CTL_HEADER];

	if (ctl_pack_rows_header(head, sizeof(head), len) == 0 ||
	    client_queued(cl) + sizeof(head) + len > CLIENT_OUT_MAX)
		return (false);
	put(cl, head, sizeof(head));
	if (len > 0)
		put(cl, rows, len);
	return (true);
}

/* Queue cl->end; the client is closed when it has read that. */
void
client_end(struct client *cl)
{
	uint8_t	 b[CTL_HEADER + 5 + CTL_TEXT_MAX];
	size_t	 n;

	n = ctl_pack_end(b, sizeof(b), &cl->end);
	put(cl, b, n);
	client_state(cl, CL_ENDING);
}

static void
got_frame(struct client *cl, const struct ctl_frame *f)
{
	if (f->size != cl->in_len || !ctl_unpack_request(f, &cl->req)) {
		malformed(cl, "malformed request");
		client_close(cl);
		return;
	}
	cl->c->ops->request(cl);
}

static void
got_bytes(struct client *cl)
{
	struct ctl_frame	 f;

	switch (ctl_parse(cl->in, cl->in_len, sizeof(cl->in), &f)) {
	case CTL_MORE:
		break;
	case CTL_FRAME:
		got_frame(cl, &f);
		break;
	case CTL_BAD:
		malformed(cl, "not a request");
		client_close(cl);
		break;
	case CTL_BAD_VERSION:
		control_count(cl->c, CC_INVALID);
		cl->end.status = CTL_INVALID;
		snprintf(cl->end.text, sizeof(cl->end.text),
		    "the daemon speaks version %d", CTL_VERSION);
		client_end(cl);
		break;
	}
}

static void
on_read(int fd, short what, void *arg)
{
	struct client	*cl = arg;
	uint8_t		 scrap[256];
	bool		 asking = cl->state == CL_REQUEST;
	ssize_t		 n;

	(void)what;
	if (asking)
		n = recv(fd, cl->in + cl->in_len, sizeof(cl->in) - cl->in_len,
		    0);
	else
		n = recv(fd, scrap, sizeof(scrap), 0);
	if (n == -1 && (errno == EAGAIN || errno == EINTR))
		return;
	if (n <= 0) {
		if (asking && cl->in_len > 0)
			malformed(cl, "half a request");
		else
			control_count(cl->c, CC_DISCONNECTED);
		client_close(cl);
	} else if (!asking) {
		/* One request a connection: the rest is none of ours. */
		malformed(cl, "data after the request");
		client_close(cl);
	} else {
		cl->in_len += (size_t)n;
		got_bytes(cl);
	}
}

static void
on_write(int fd, short what, void *arg)
{
	struct client	*cl = arg;
	int		 n;

	(void)what;
	n = evbuffer_write(cl->out, fd);
	if (n == -1 && errno != EAGAIN && errno != EINTR &&
	    errno != ENOBUFS) {
		control_count(cl->c, CC_DISCONNECTED);
		client_close(cl);
		return;
	}
	if (n > 0)
		cl->progress = child_now().mono;
	cl->c->ops->has_read(cl);
	if (client_queued(cl) > 0)
		event_add(cl->ev_write, NULL);
	else if (cl->state == CL_ENDING)
		client_close(cl);
}

/* Too many: say so if it costs nothing. */
static void
turn_away(struct control *c, int fd)
{
	struct ctl_end	 end = { CTL_BUSY, 0, "too many clients" };
	uint8_t		 b[CTL_HEADER + 5 + CTL_TEXT_MAX];
	size_t		 n;

	control_count(c, CC_BUSY);
	n = ctl_pack_end(b, sizeof(b), &end);
	if (send(fd, b, n, MSG_DONTWAIT | MSG_NOSIGNAL) == -1)
		log_debug("a client too many is gone");
	close(fd);
}

/* A connection was accepted; fd belongs to the client, is non-blocking. */
void
client_new(struct control *c, int fd, bool restricted)
{
	struct client	*cl;
	unsigned int	 slot;

	control_count(c, CC_CONNECTIONS);
	for (slot = 0; slot < CLIENTS_MAX && c->clients[slot] != NULL; slot++)
		continue;
	if (slot == CLIENTS_MAX ||
	    (restricted && c->nrestricted >= CLIENTS_RESTRICTED) ||
	    (cl = calloc(1, sizeof(*cl))) == NULL) {
		turn_away(c, fd);
		return;
	}
	cl->c = c;
	cl->slot = slot;
	cl->fd = fd;
	cl->restricted = restricted;
	cl->since = cl->progress = cl->told = child_now().mono;
	c->clients[slot] = cl;
	c->nclients++;
	if (restricted)
		c->nrestricted++;
	cl->out = evbuffer_new();
	cl->ev_read = event_new(c->ch->base, fd, EV_READ | EV_PERSIST, on_read,
	    cl);
	cl->ev_write = event_new(c->ch->base, fd, EV_WRITE, on_write, cl);
	if (cl->out == NULL || cl->ev_read == NULL || cl->ev_write == NULL ||
	    event_add(cl->ev_read, NULL) == -1)
		client_close(cl);
}

/* It waits with nothing to read: no rows tell it that we are there. */
static void
still_there(struct client *cl, struct mono now)
{
	if (client_waits(cl) && client_queued(cl) == 0 &&
	    mono_diff(now, cl->told) > TELL_AFTER)
		client_rows(cl, NULL, 0);
}

/* Every now and then: end what does not get on. */
void
clients_tick(struct control *c, struct mono now)
{
	struct client	*cl;
	unsigned int	 i;

	for (i = 0; i < CLIENTS_MAX; i++) {
		if ((cl = c->clients[i]) == NULL)
			continue;
		if (client_queued(cl) > 0 &&
		    mono_diff(now, cl->progress) > STALL_TIMEOUT) {
			control_count(c, CC_STALLED);
			client_close(cl);
		} else if (cl->state == CL_REQUEST &&
		    mono_diff(now, cl->since) > REQUEST_TIMEOUT) {
			control_count(c, CC_REQUEST_TIMEOUT);
			client_close(cl);
		} else
			still_there(cl, now);
	}
}
