/*
 * The connection to charon, kept up: asked of the parent, greeted, listed,
 * listened to, and asked for again when it ends.
 */
#ifndef IKE_CHARON_H
#define IKE_CHARON_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/child.h"
#include "ike/sa.h"
#include "ike/vici_conn.h"

#define CHARON_TEXT_MAX	256

struct event;

enum charon_state {
	CHARON_WAITING,		/* for the end of the back-off */
	CHARON_CONNECTING,	/* the parent was asked */
	CHARON_GREETING,	/* events, version, list of SAs */
	CHARON_UP
};

enum ike_counter {
	IC_CONNECTS, IC_CONNECT_ERRORS, IC_DISCONNECTS, IC_REQUESTS,
	IC_EVENTS, IC_LISTS, IC_DISCARDS_FULL, IC_SPARES, IC_MAX
};

extern const struct counter_def	 ike_counters[];

/*
 * Who uses the connection.  up: greeted, and all SAs are known; requests may
 * be made until down.  event: what is not about SAs; true if it was of use.
 */
struct charon_hooks {
	void	 (*up)(void *);
	void	 (*down)(void *);
	bool	 (*event)(void *, const char *name, const struct vici_cursor *);
};

struct charon {
	struct child		*ch;
	struct event		*timer;		/* of the state */
	struct event		*refresh;	/* the next list of SAs */
	struct vici_conn	*conn;
	enum charon_state	 state;
	struct mono		 since;		/* in this state */
	struct mono		 timer_at, refresh_at;	/* 0: not set */
	uint32_t		 id; /* of the request to the parent */
	uint32_t		 backoff;	/* ms */
	uint64_t		 ups;		/* times that it was up */
	char			 version[64];
	char			 last_error[CHARON_TEXT_MAX];
	struct mono		 last_error_at;
	bool			 listing;
	struct mono		 list_began;	/* first row of it, or 0 */
	struct mono		 listed;	/* 0: never */
	int64_t			 list_took;
	struct sa_table		 sas;
	const struct charon_hooks *hooks;	/* or NULL */
	void			*hooks_arg;
	bool			 logs;		/* its log is wanted, too */
};

int	 charon_start(struct charon *, struct child *);
void	 charon_result(struct charon *, const struct msg_result *);
void	 charon_fd(struct charon *, const struct msg_fd *, int);
void	 charon_restart(struct charon *, const char *reason);
void	 charon_look(struct charon *);
bool	 charon_request(struct charon *, struct vici_builder *,
	    const char *stream, vici_reply_fn *, void *);
void	 charon_stop(struct charon *);
void	 charon_timer(struct event *, struct mono *, int64_t ms);
const char *charon_state_name(enum charon_state);

#endif
