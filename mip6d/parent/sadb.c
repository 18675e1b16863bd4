#include <errno.h>
#include <event2/event.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core/clock.h"
#include "kern/kern.h"
#include "parent/sadb.h"

#define ANSWER_TIME	SEC(3)	/* for the kernel */
#define REOPEN		1	/* second, after the socket was lost */

struct sadb {
	struct parent			*parent;
	const struct sadb_handlers	*handlers;
	void				*arg;
	int				 fd;
	struct pfkey_client		*client;
	struct event			*read_ev, *write_ev, *timer;
	unsigned int			 waiting;	/* requests */
};

/* A request and whom its answer is for. */
struct waiter {
	struct sadb	*s;
	pfkey_reply_fn	*fn;
	void		*arg;
};

static void	 go_on(struct sadb *);
static bool	 connect_now(struct sadb *);

static void
on_news(void *arg, const struct pfkey_msg *m)
{
	struct sadb	*s = arg;

	s->handlers->news(s->arg, m);
}

static void
on_overflow(void *arg)
{
	struct sadb	*s = arg;

	COUNT(&s->parent->counters, PC_IPSEC_LOST);
	s->handlers->resync(s->arg);
}

static const struct pfkey_handlers	 handlers = { on_news, on_overflow,
    NULL };

static void
disconnect(struct sadb *s)
{
	struct pfkey_client	*c = s->client;

	s->client = NULL;
	if (s->read_ev != NULL)
		event_free(s->read_ev);
	if (s->write_ev != NULL)
		event_free(s->write_ev);
	s->read_ev = s->write_ev = NULL;
	pfkey_client_free(c);	/* who waits is told */
	if (s->fd != -1)
		close(s->fd);
	s->fd = -1;
}

static void
lost(struct sadb *s)
{
	static const struct timeval	 tv = { REOPEN, 0 };

	log_error("PF_KEY: the socket is of no more use: %s",
	    strerror(errno));
	disconnect(s);
	event_add(s->timer, &tv);
}

static void
on_readable(int fd, short what, void *arg)
{
	struct sadb	*s = arg;

	(void)fd;
	(void)what;
	if (pfkey_client_read(s->client, (uint64_t)mono_now().ns) !=
	    PFKEY_OK)
		lost(s);
	else
		go_on(s);
}

static void
on_writable(int fd, short what, void *arg)
{
	(void)fd;
	(void)what;
	go_on(arg);
}

static void
on_timer(int fd, short what, void *arg)
{
	struct sadb	*s = arg;

	(void)fd;
	(void)what;
	if (s->client == NULL) {
		if (connect_now(s))
			s->handlers->resync(s->arg);
		else
			lost(s);
		return;
	}
	pfkey_client_expire(s->client, (uint64_t)mono_now().ns);
	go_on(s);
}

/* Send what can be sent, and wake up when there is more to do. */
static void
go_on(struct sadb *s)
{
	uint64_t	 now = (uint64_t)mono_now().ns, at;
	struct timeval	 tv;

	if (s->client == NULL)
		return;
	pfkey_client_write(s->client, now);
	if (pfkey_client_wants_write(s->client))
		event_add(s->write_ev, NULL);
	at = pfkey_client_next(s->client);
	if (at == UINT64_MAX) {
		event_del(s->timer);
		return;
	}
	at = at > now ? at - now : 0;
	tv.tv_sec = (time_t)(at / NS_PER_SEC);
	tv.tv_usec = (suseconds_t)(at % NS_PER_SEC / 1000 + 1);
	event_add(s->timer, &tv);
}

static bool
connect_now(struct sadb *s)
{
	struct event_base	*base = s->parent->base;

	if ((s->fd = kern_pfkey(s->parent->kern)) == -1)
		return (false);
	s->client = pfkey_client_new(s->fd, NULL, 0, &handlers, s);
	s->read_ev = event_new(base, s->fd, EV_READ | EV_PERSIST, on_readable,
	    s);
	s->write_ev = event_new(base, s->fd, EV_WRITE, on_writable, s);
	if (s->client == NULL || s->read_ev == NULL || s->write_ev == NULL ||
	    event_add(s->read_ev, NULL) == -1) {
		disconnect(s);
		errno = ENOMEM;
		return (false);
	}
	return (true);
}

/* A socket with its events; NULL and errno. */
struct sadb *
sadb_open(struct parent *p, const struct sadb_handlers *h, void *arg)
{
	struct sadb	*s = calloc(1, sizeof(*s));
	int		 e;

	if (s == NULL)
		return (NULL);
	s->parent = p;
	s->handlers = h;
	s->arg = arg;
	s->fd = -1;
	s->timer = event_new(p->base, -1, 0, on_timer, s);
	if (s->timer == NULL || !connect_now(s)) {
		e = errno;
		if (s->timer != NULL)
			event_free(s->timer);
		free(s);
		errno = e;
		return (NULL);
	}
	return (s);
}

static void
answered(void *arg, const struct pfkey_reply *r)
{
	struct waiter	 w = *(struct waiter *)arg;

	free(arg);
	w.s->waiting--;
	w.fn(w.arg, r);
}

/*
 * Ask the kernel; fn is told the answer, sooner or later.  False when the
 * request could not even be queued: then fn is not called.
 */
bool
sadb_request(struct sadb *s, struct pfkey_msg *m, pfkey_reply_fn *fn,
    void *arg)
{
	struct waiter	*w;

	if (s == NULL || s->client == NULL ||
	    (w = malloc(sizeof(*w))) == NULL)
		return (false);
	*w = (struct waiter){ s, fn, arg };
	s->waiting++;
	if (pfkey_request(s->client, m, answered, w,
	    (uint64_t)(mono_now().ns + ANSWER_TIME)) != PFKEY_OK) {
		s->waiting--;
		free(w);
		return (false);
	}
	event_active(s->write_ev, EV_WRITE, 0);
	return (true);
}

/* At the end: wait for the answers, but no longer than so many ns. */
void
sadb_finish(struct sadb *s, int64_t limit)
{
	struct mono	 end = mono_add(mono_now(), limit);
	struct pollfd	 pfd;

	while (s->client != NULL && s->waiting > 0 &&
	    mono_before(mono_now(), end)) {
		pfkey_client_write(s->client, (uint64_t)mono_now().ns);
		pfd.fd = s->fd;
		pfd.events = POLLIN;
		if (poll(&pfd, 1, 20) > 0 && pfkey_client_read(s->client,
		    (uint64_t)mono_now().ns) != PFKEY_OK)
			return;
		pfkey_client_expire(s->client, (uint64_t)mono_now().ns);
	}
}

void
sadb_close(struct sadb *s)
{
	if (s == NULL)
		return;
	disconnect(s);
	event_free(s->timer);
	free(s);
}
