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
#include "ike/node.h"
#include "ike/sa.h"
#include "ike/vici_conn.h"

#define CHARON_TEXT_MAX	256

enum charon_state {
	CHARON_WAITING,		/* for the end of the back-off */
	CHARON_CONNECTING,	/* the parent was asked */
	CHARON_GREETING,	/* events, version, list of SAs */
	CHARON_UP
};

enum ike_counter {
	IC_CONNECTS, IC_CONNECT_ERRORS, IC_DISCONNECTS, IC_REQUESTS,
	IC_EVENTS, IC_LISTS, IC_MAX
};

extern const struct counter_def	 ike_counters[];

struct charon {
	struct child		*ch;
	struct event		*timer;		/* of the state */
	struct event		*refresh;	/* the next list of SAs */
	struct vici_conn	*conn;
	enum charon_state	 state;
	struct mono		 since;		/* in this state */
	struct mono		 timer_at, refresh_at;	/* 0: not set */
	uint32_t		 id;		/* of the request to the parent */
	uint32_t		 backoff;	/* ms */
	uint64_t		 ups;		/* times that it was up */
	char			 version[64];
	char			 last_error[CHARON_TEXT_MAX];
	struct mono		 last_error_at;
	bool			 listing;
	struct mono		 list_began, listed;	/* listed 0: never */
	int64_t			 list_took;
	struct sa_table		 sas;
	struct keying		 keying;
};

bool	 charon_request(struct charon *, struct vici_builder *,
	    vici_reply_fn *, void *);
int	 charon_start(struct charon *, struct child *);
void	 charon_result(struct charon *, const struct msg_result *);
void	 charon_fd(struct charon *, const struct msg_fd *, int);
void	 charon_restart(struct charon *, const char *reason);
void	 charon_look(struct charon *);
void	 charon_stop(struct charon *);
const char *charon_state_name(enum charon_state);

#endif
