/*
 * One end of a pipe between two processes: frames over a stream socketpair,
 * descriptors along with them.  A frame is a u32 length of all of it, u16 type,
 * u8 flags (1: a descriptor comes with it), u8 zero, then the message packed.
 *
 * There are two classes of messages (msg_may_drop()).  What may be dropped is
 * when more than IPC_LIMIT bytes wait, and is counted.  What must arrive waits
 * for as long as it takes, and memory is the limit: if that fails the pipe is
 * broken, and whoever sits at its ends begins anew instead of going on with a
 * hole.  Senders that can wait look at ipc_congested().
 */
#ifndef MIP6D_CORE_IPC_H
#define MIP6D_CORE_IPC_H

#include <sys/types.h>

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/msg.h"

#define IPC_HEADER	8
#define IPC_FRAME_MAX	(128 * 1024)
#define IPC_HIGH_WATER	(1024 * 1024)
#define IPC_LIMIT	(4 * 1024 * 1024)
#define IPC_HOLD	(16 * 1024 * 1024)	/* see ipc_held() */

struct event;
struct event_base;
struct ipc;

/*
 * A message has come.  fd is -1 or a descriptor that now belongs to the
 * handler.  The handler may call ipc_close().
 */
typedef void ipc_handler(void *, struct ipc *, enum msg_type,
    const union msg *, int fd);
/*
 * The pipe is dead, ipc->fault says by whose fault; the handler frees it by
 * ipc_close().  Never called from within one of the functions that send.
 */
typedef void ipc_dead(void *, struct ipc *, const char *reason);

enum ipc_fault {
	IPC_ALIVE,
	IPC_CLOSED,		/* the other end is gone */
	IPC_THEIRS,		/* malformed, or not its to send */
	IPC_OURS		/* no memory or no descriptor: a hole */
};

struct ipc_stats {
	uint64_t	 sent, received, dropped, congested, held;
};

/* Descriptors that wait, the oldest at first. */
struct ipc_fds {
	struct ipc_fd {
		uint64_t	 at;	/* where in the stream its frame is */
		int		 fd;
	}		*v;
	size_t		 first, n, cap;
};

struct ipc {
	int			 fd;
	enum role		 self, peer;
	struct event_base	*base;
	struct event		*ev_read, *ev_write, *ev_again;
	ipc_handler		*handler;
	ipc_dead		*dead;
	void			*arg;
	struct ipc_stats	 stats;
	enum ipc_fault		 fault;
	const char		*broken;	/* by a send, to be told */

	uint8_t			*in;
	size_t			 in_len, in_cap;
	unsigned int		 taken;		/* frames, since it wrote */
	struct ipc_fds		 in_fds;

	uint8_t			*out;
	size_t			 out_off, out_len, out_cap;
	size_t			 tried;		/* waited when last flushed */
	uint64_t		 out_base;	/* of out[0] in the stream */
	struct ipc_fds		 out_fds;
	bool			 writing, starved, was_congested, holding;
	bool			 is_dead, in_handler;
};

struct ipc	*ipc_new(struct event_base *, int fd, enum role self,
		    enum role peer, ipc_handler *, ipc_dead *, void *);
void		 ipc_send(struct ipc *, enum msg_type, const void *);
void		 ipc_send_fd(struct ipc *, enum msg_type, const void *, int fd);
bool		 ipc_try(struct ipc *, enum msg_type, const void *)
		    __attribute__((__warn_unused_result__));
size_t		 ipc_queued(const struct ipc *);
bool		 ipc_congested(const struct ipc *);
uint64_t	 ipc_moved(const struct ipc *);
int		 ipc_flush(struct ipc *);
void		 ipc_close(struct ipc *);

/* ipc_one.c: one message, blocking, without an event loop */
int		 ipc_write_one(int fd, enum msg_type, const void *);
int		 ipc_read_one(int fd, enum role self, enum role peer,
		    enum msg_type want, union msg *, uint8_t *mem, size_t cap);

/* ipc_out.c: what waits to be written */
bool		 ipc_append(struct ipc *, enum msg_type, const void *, int fd,
		    const char **why);
void		 ipc_out_free(struct ipc *);
bool		 ipc_fds_put(struct ipc_fds *, uint64_t at, int fd);
int		 ipc_fds_take(struct ipc_fds *);
void		 ipc_fds_free(struct ipc_fds *);
bool		 ipc_reserve(uint8_t **, size_t *cap, size_t want);
void		 ipc_put_header(uint8_t *, size_t len, enum msg_type,
		    bool with_fd);

/* realloc(3); a test has it fail. */
extern void	*(*ipc_realloc)(void *, size_t);

#endif
