/*
 * Inside the control process.  asked.c: which questions a child has to answer;
 * client.c: one connection and its bounds; turn.c: whose turn it is to ask;
 * query.c: what a request is made of and how its answers come together;
 * silence.c: who does not answer; control.c: listening sockets, events, the
 * role.  Each uses those before it; what a client's connection brings is handed
 * on by struct client_ops.
 *
 * A client costs at most CLIENT_OUT_MAX and a bit, there are at most
 * CLIENTS_MAX, and each is closed when it does not get on.
 */
#ifndef MIP6D_CONTROL_CLIENT_H
#define MIP6D_CONTROL_CLIENT_H

#include <sys/types.h>
#include <sys/queue.h>

#include <stdbool.h>
#include <stdint.h>

#include "core/child.h"
#include "core/ctl.h"
#include "core/log.h"

#define CLIENTS_MAX		256	/* a power of two, see client_by_id() */
#define CLIENTS_RESTRICTED	192	/* of them on restricted sockets */
#define LISTENERS_MAX		8
#define ERRORS_KEPT		16
#define ASKS_MAX		(2 * ROLE_MAX)	/* status asks all twice */

#define CLIENT_OUT_LOW		(16 * 1024)	/* next page below this */
#define CLIENT_OUT_EVENTS	(64 * 1024)	/* then events are dropped */
#define CLIENT_OUT_MAX		(256 * 1024)	/* then it is closed */

#define ASK_PROBE		0	/* id of no client's question */
#define ASKS_RESTRICTED		4	/* their questions at the same time */
#define REST_MAX		MS(100)

#define REQUEST_TIMEOUT		SEC(10)
#define STALL_TIMEOUT		SEC(30)
/*
 * mip6ctl is to know within CTL_SILENCE_MS who does not answer.  A role that
 * was silent to the last question is given less time for the next.  The parent
 * may take longer; it is asked meanwhile whether it is there.
 */
#define ANSWER_TIMEOUT		MS(CTL_SILENCE_MS * 3 / 4) /* of one role */
#define SILENT_TIMEOUT		MS(250)	/* of one that was silent */
#define PROBE_AFTER		MS(300)
#define PROBE_EVERY		SEC(1)
#define TELL_AFTER		MS(CTL_SILENCE_MS / 4) /* that we are at it */
#define READING_TIMEOUT		SEC(10)		/* the parent, in a reload */
#define DUMP_TIMEOUT		SEC(10)		/* of the kernel's tables */
#define RELOAD_TIMEOUT		SEC(60)
#define TICK_MS			100		/* while somebody waits */

struct event;
struct evbuffer;
struct client;
struct control;

enum client_state {
	CL_REQUEST,	/* its request is not complete */
	CL_WAITING,	/* others of restricted sockets are asking */
	CL_ASKING,	/* a role has been asked */
	CL_HELD,	/* it must read before the next is asked */
	CL_MONITOR,
	CL_ENDING	/* closed once all is written */
};

struct ask {
	enum role	 role;
	enum verb	 verb;
};

/* What becomes of a client is decided behind client.c. */
struct client_ops {
	void	(*request)(struct client *);	/* it is complete, in req */
	void	(*has_read)(struct client *);	/* there may be room again */
	void	(*waits)(struct control *);	/* one has begun to, for us */
};

struct client {
	struct control		*c;
	unsigned int		 slot;
	int			 fd;
	bool			 restricted;
	enum client_state	 state;
	struct mono		 since;		/* of the state */
	struct mono		 progress;	/* last octet it has taken */
	struct mono		 told;		/* last octet for it */
	TAILQ_ENTRY(client)	 turn;		/* in CL_WAITING */
	struct event		*ev_read, *ev_write;
	uint8_t			 in[CTL_REQUEST_MAX];
	size_t			 in_len;
	struct evbuffer		*out;
	uint64_t		 lost;		/* events not told it */

	struct ctl_request	 req;
	uint32_t		 id;		/* of what was asked last */
	struct ask		 asks[ASKS_MAX];
	unsigned int		 nasks, at;
	uint64_t		 cursor;
	unsigned int		 answered;	/* roles that had an answer */
	bool			 has_rows;	/* any of them */
	unsigned int		 missing;	/* role bits, do not run */
	unsigned int		 silent;	/* role bits, do not answer */
	struct ctl_end		 end;		/* what will be told */
};

struct listener {
	struct control	*c;
	struct event	*ev;
	int		 fd;
	bool		 restricted;
};

struct past_error {
	struct mono	 at;
	uint8_t		 role, level;
	char		 text[MSG_TEXT_MAX];
};

enum control_counter {
	CC_CONNECTIONS, CC_REQUESTS, CC_BUSY, CC_REFUSED, CC_INVALID,
	CC_MALFORMED, CC_DISCONNECTED, CC_REQUEST_TIMEOUT, CC_STALLED,
	CC_OVERFLOW, CC_ANSWER_TIMEOUT, CC_LATE_ANSWERS, CC_EVENTS_LOST,
	CC_ACCEPT_PAUSED, CC_WAITED, CC_QUERIES_REFUSED, CC_UNASKED,
	CC_EVENTS_DROPPED, CC_MAX
};

TAILQ_HEAD(turns, client);

/*
 * A question of a restricted client that a process has still to answer, though
 * the client may have gone.
 */
struct slot {
	uint32_t		 id;		/* 0: free */
	struct mono		 since;
};

/* What a child has still to answer, though the client may have gone. */
struct asked {
	struct question {
		uint32_t	 id;
		bool		 has_rows;
	}			 v[QUERIES_MAX];
	unsigned int		 n;
	struct log_limit	 events;
};

struct control {
	struct child		*ch;
	const struct client_ops	*ops;
	struct asked		 asked[ROLE_MAX];	/* not the parent */
	struct listener		 listeners[LISTENERS_MAX];
	struct client		*clients[CLIENTS_MAX];
	unsigned int		 nclients, nrestricted, nmonitors;
	struct slot		 slots[ASKS_RESTRICTED];
	struct turns		 turns;		/* of those who wait for one */
	struct mono		 answered, rest; /* of them; until then */
	uint32_t		 generation;
	unsigned int		 silent; /* role bits, at the last question */
	bool			 probing; /* the parent: nothing heard since */
	struct mono		 probed, ticked;
	struct event		*tick, *turn;
	bool			 fast;		/* tick */
	bool			 paused;	/* no descriptor was left */
	struct past_error	 errors[ERRORS_KEPT];
	unsigned int		 nerrors;	/* ever */
	struct log_limit	 limit, unasked;
};

static inline void
control_count(struct control *c, enum control_counter i)
{
	COUNT(&c->ch->counters, i);
}

/* asked.c */
bool		 asked_room(const struct asked *);
void		 asked_add(struct asked *, uint32_t id);
bool		 asked_rows(struct asked *, uint32_t id);
bool		 asked_end(struct asked *, uint32_t id);
bool		 asked_event(struct asked *, struct mono);

/* client.c */
void		 client_new(struct control *, int fd, bool restricted);
void		 client_close(struct client *);
void		 client_state(struct client *, enum client_state);
struct client	*client_by_id(struct control *, uint32_t id);
bool		 client_rows(struct client *, const void *, size_t);
bool		 client_waits(const struct client *);
void		 client_end(struct client *);
size_t		 client_queued(const struct client *);
void		 clients_tick(struct control *, struct mono);

/* turn.c */
void		 turn_asked(const struct client *);
void		 turn_answered(struct control *, uint32_t id);
bool		 turn_must_wait(struct client *);
void		 turn_next(struct control *, void (*ask)(struct client *));
void		 turn_tick(struct control *, struct mono);

/* query.c */
void		 query_start(struct client *);
void		 query_ask(struct client *);
void		 query_next(struct client *);
void		 query_report(struct control *, enum role,
		    const struct msg_report *);
void		 query_report_end(struct control *, enum role,
		    const struct msg_report_end *);
void		 query_gone(struct control *, enum role);

/* silence.c */
void		 silence_heard(struct control *);
void		 silence_tick(struct control *, struct mono);
void		 silence_paused(struct control *, int64_t ns);

/* control.c */
void		 control_tick(struct control *, struct mono);

#endif
