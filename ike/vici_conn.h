/*
 * A connection to charon's VICI socket: requests are queued and sent one at a
 * time, as answers bear no number; events come in between.  Asynchronous, over
 * a descriptor that somebody else has connected.
 *
 * An answer that does not come in time, is of the wrong kind or malformed ends
 * the connection, as nobody could tell any more to what the next one belongs.
 */
#ifndef IKE_VICI_CONN_H
#define IKE_VICI_CONN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "ike/vici_codec.h"

#define VICI_QUEUE_MAX	64	/* requests that wait, the one sent included */

struct event_base;
struct vici_conn;

enum vici_result {
	VICI_DONE,		/* answered, or registered */
	VICI_UNKNOWN,		/* charon knows no such command or event */
	VICI_GONE		/* the connection ended before the answer */
};

/* The answer; msg is empty unless the result is VICI_DONE. */
typedef void vici_reply_fn(void *, enum vici_result,
    const struct vici_cursor *msg);
/* An event that was registered for. */
typedef void vici_event_fn(void *, const char *name,
    const struct vici_cursor *msg);
/*
 * The connection has ended by itself; whoever waited was told.  To be freed
 * by vici_close().
 */
typedef void vici_dead_fn(void *, const char *reason);

struct vici_handlers {
	vici_event_fn	*event;
	vici_dead_fn	*dead;
};

struct vici_stats {
	uint64_t	 sent, received, events;
};

/*
 * In all three the callbacks may make requests and may call vici_close().
 */
struct vici_conn *vici_open(struct event_base *, int fd,
	    const struct vici_handlers *, void *);
bool	 vici_request(struct vici_conn *, struct vici_builder *,
	    const char *stream, uint32_t timeout, vici_reply_fn *, void *);
bool	 vici_command(struct vici_conn *, const char *command,
	    const char *stream, uint32_t timeout, vici_reply_fn *, void *);
bool	 vici_register(struct vici_conn *, const char *event, uint32_t timeout,
	    vici_reply_fn *, void *);
size_t	 vici_waiting(const struct vici_conn *);
const struct vici_stats *vici_stats(const struct vici_conn *);
void	 vici_close(struct vici_conn *);

#endif
