/*
 * The PF_KEY socket that stays open while a node has IPsec: requests, and
 * what the kernel says of its own accord.  A socket that broke is opened
 * anew, and whoever owns this told that something was lost.
 */
#include <sys/types.h>
#include <sys/time.h>

#include <event2/event.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core/clock.h"
#include "core/timer.h"
#include "kern/kern.h"
#include "parent/parent.h"
#include "parent/sadb.h"

#define ANSWER_TIME	SEC(8)
#define REOPEN_MS	1000

struct sadb {
	struct parent		*parent;
	const struct sadb_ops	*ops;
	void			*arg;
	struct pfkey_client	*client;
	int			 fd;
	bool			 broken;
	struct event		*read_ev, *write_ev, *timer, *soon;
};

static uint64_t
now_ns(void)
{
	return ((uint64_t)mono_now().ns);
}

static void	 settle(struct sadb *);

static void
on_broadcast(void *arg, const struct pfkey_msg *m)
{
	struct sadb	*s = arg;

	s->ops->heard(s->arg, m);
}

static void
on_overflow(void *arg)
{
	struct sadb	*s = arg;

	COUNT(&s->parent->counters, PC_IPSEC_LOST);
	s->ops->lost(s->arg);
}

static void
on_readable(int fd, short what, void *arg)
{
	struct sadb	*s = arg;

	(void)fd;
	(void)what;
	if (s->client != NULL &&
	    pfkey_client_read(s->client, now_ns()) != PFKEY_OK)
		s->broken = true;
	settle(s);
}

static void
on_writable(int fd, short what, void *arg)
{
	(void)fd;
	(void)what;
	settle(arg);
}

static void
close_client(struct sadb *s)
{
	struct pfkey_client	*c = s->client;

	s->client = NULL;
	s->broken = false;
	if (s->read_ev != NULL)
		event_free(s->read_ev);
	if (s->write_ev != NULL)
		event_free(s->write_ev);
	s->read_ev = s->write_ev = NULL;
	pfkey_client_free(c);	/* who waits is told here */
	if (s->fd != -1)
		close(s->fd);
	s->fd = -1;
}

/* 0, or an errno. */
static int
open_client(struct sadb *s)
{
	static const struct pfkey_handlers	 h = { on_broadcast,
	    on_overflow, NULL };
	struct event_base			*base = s->parent->base;
	struct pfkey_msg			 m;

	if ((s->fd = kern_pfkey(s->parent->kern)) == -1)
		return (errno);
	s->client = pfkey_client_new(s->fd, NULL, 0, &h, s);
	s->read_ev = event_new(base, s->fd, EV_READ | EV_PERSIST, on_readable,
	    s);
	s->write_ev = event_new(base, s->fd, EV_WRITE, on_writable, s);
	if (s->client == NULL || s->read_ev == NULL || s->write_ev == NULL ||
	    event_add(s->read_ev, NULL) == -1) {
		close_client(s);
		return (ENOMEM);
	}
	/* Expirations are told to those alone who have registered. */
	pfkey_msg_init(&m, PFKEY_REGISTER);
	m.satype = PFKEY_ESP;
	if (pfkey_request(s->client, &m, NULL, NULL,
	    now_ns() + ANSWER_TIME) != PFKEY_OK) {
		close_client(s);
		return (ENOMEM);
	}
	return (0);
}

/* When something has a deadline, or the socket is to be opened again. */
static void
set_timer(struct sadb *s)
{
	uint64_t	 at;

	if (s->client == NULL)
		timer_in(s->timer, MS(REOPEN_MS));
	else if ((at = pfkey_client_next(s->client)) == UINT64_MAX)
		event_del(s->timer);
	else
		timer_at(s->timer, (struct mono){ (int64_t)at });
}

/* After whatever happened: more requests, out with them. */
static void
settle(struct sadb *s)
{
	if (s->broken) {
		close_client(s);
		if (open_client(s) == 0)
			s->ops->lost(s->arg);
	}
	if (s->client != NULL) {
		s->ops->ready(s->arg);
		pfkey_client_write(s->client, now_ns());
		if (pfkey_client_wants_write(s->client))
			event_add(s->write_ev, NULL);
	}
	set_timer(s);
}

static void
on_timer(int fd, short what, void *arg)
{
	struct sadb	*s = arg;

	(void)fd;
	(void)what;
	if (s->client == NULL)
		s->broken = true;
	else
		pfkey_client_expire(s->client, now_ns());
	settle(s);
}

static void
on_soon(int fd, short what, void *arg)
{
	(void)fd;
	(void)what;
	settle(arg);
}

/* There is something to do: ops->ready() is called from the event loop. */
void
sadb_wake(struct sadb *s)
{
	event_active(s->soon, 0, 0);
}

/*
 * Ask the kernel; fn(arg, reply) is called once, perhaps before this returns.
 * m is changed.
 */
void
sadb_request(struct sadb *s, struct pfkey_msg *m, pfkey_reply_fn *fn,
    void *arg)
{
	struct pfkey_reply	 r = { .error = PFKEY_E_CLOSED };

	if (s->client != NULL)
		r.error = pfkey_request(s->client, m, fn, arg,
		    now_ns() + ANSWER_TIME);
	if (r.error != PFKEY_OK)
		fn(arg, &r);
}

/* What an answer says as an errno. */
int
sadb_errno(const struct pfkey_reply *r)
{
	switch (r->error) {
	case PFKEY_OK:
		return (0);
	case PFKEY_E_KERNEL:
	case PFKEY_E_SEND:
		return (r->errnum != 0 ? r->errnum : EIO);
	case PFKEY_E_TIMEOUT:
		return (ETIMEDOUT);
	case PFKEY_E_NOMEM:
	case PFKEY_E_QUEUE:
		return (ENOMEM);
	case PFKEY_E_CANCELLED:
	case PFKEY_E_CLOSED:
		return (ECANCELED);
	default:
		return (EINVAL);
	}
}

/* NULL and errno. */
struct sadb *
sadb_open(struct parent *p, const struct sadb_ops *ops, void *arg)
{
	struct sadb	*s;
	int		 e;

	if ((s = calloc(1, sizeof(*s))) == NULL)
		return (NULL);
	s->parent = p;
	s->ops = ops;
	s->arg = arg;
	s->fd = -1;
	s->timer = event_new(p->base, -1, 0, on_timer, s);
	s->soon = event_new(p->base, -1, 0, on_soon, s);
	if (s->timer == NULL || s->soon == NULL)
		e = ENOMEM;
	else
		e = open_client(s);
	if (e != 0) {
		sadb_close(s);
		errno = e;
		return (NULL);
	}
	return (s);
}

/* Whoever waits is told ECANCELED. */
void
sadb_close(struct sadb *s)
{
	if (s == NULL)
		return;
	close_client(s);
	if (s->timer != NULL)
		event_free(s->timer);
	if (s->soon != NULL)
		event_free(s->soon);
	free(s);
}
