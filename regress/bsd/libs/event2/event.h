/* What is used of libevent's event.h, which includes nothing of ours. */
#ifndef BSD_EVENT_H
#define BSD_EVENT_H

struct event;
struct event_base;
struct timeval;

typedef void (*event_callback_fn)(int, short, void *);

#define EV_TIMEOUT	0x01
#define EV_READ		0x02
#define EV_WRITE	0x04
#define EV_SIGNAL	0x08
#define EV_PERSIST	0x10

#define EVLOOP_ONCE	0x01
#define EVLOOP_NONBLOCK	0x02

struct event_base *event_base_new(void);
void	 event_base_free(struct event_base *);
int	 event_base_dispatch(struct event_base *);
int	 event_base_loop(struct event_base *, int);
int	 event_base_loopbreak(struct event_base *);
int	 event_base_loopexit(struct event_base *, const struct timeval *);
int	 event_base_got_break(struct event_base *);
int	 event_base_once(struct event_base *, int, short, event_callback_fn,
	    void *, const struct timeval *);
int	 event_base_gettimeofday_cached(struct event_base *, struct timeval *);
struct event *event_new(struct event_base *, int, short, event_callback_fn,
	    void *);
void	 event_free(struct event *);
int	 event_add(struct event *, const struct timeval *);
int	 event_del(struct event *);
void	 event_active(struct event *, int, short);
int	 event_pending(const struct event *, short, struct timeval *);

#define evtimer_new(b, fn, arg)		event_new((b), -1, 0, (fn), (arg))
#define evtimer_add(e, tv)		event_add((e), (tv))
#define evtimer_del(e)			event_del(e)
#define evsignal_new(b, sig, fn, arg)	\
	event_new((b), (sig), EV_SIGNAL | EV_PERSIST, (fn), (arg))

#endif
