/*
 * One end of a pipe between two processes: frames over a stream socketpair,
 * descriptors along with them.  A frame is a u32 length of all of it, u16 type,
 * u8 flags (1: a descriptor comes with it), u8 zero, then the message packed.
 *
 * Frames that wait are written together.  Above the high-water mark
 * ipc_congested() is true; at the limit what may be dropped is, and counted.
 */
#ifndef MIP6D_CORE_IPC_H
#define MIP6D_CORE_IPC_H

#include <sys/types.h>

#include <stdbool.h>
#include <stdint.h>

#include "core/msg.h"

#define IPC_HEADER	8
#define IPC_FRAME_MAX	(128 * 1024)
#define IPC_HIGH_WATER	(1024 * 1024)
#define IPC_LIMIT	(16 * 1024 * 1024)
#define IPC_FDS_MAX	64

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
 * The other end is gone (reason "closed"), or sent what is malformed or not
 * its to send.  The pipe is dead; the handler frees it by ipc_close().
 */
typedef void ipc_dead(void *, struct ipc *, const char *reason);

struct ipc_stats {
	uint64_t	 sent, received, dropped, congested;
};

struct ipc {
	int			 fd;
	enum role		 self, peer;
	struct event_base	*base;
	struct event		*ev_read, *ev_write;
	ipc_handler		*handler;
	ipc_dead		*dead;
	void			*arg;
	struct ipc_stats	 stats;

	uint8_t			*in;
	size_t			 in_len, in_cap;
	int			 in_fds[IPC_FDS_MAX];
	unsigned int		 n_in_fds;

	uint8_t			*out;
	size_t			 out_off, out_len, out_cap;
	struct {
		size_t	 at;	/* offset in out of its frame */
		int	 fd;
	}			 out_fds[IPC_FDS_MAX];
	unsigned int		 n_out_fds;
	bool			 writing, was_congested, is_dead, in_handler;
};

struct ipc	*ipc_new(struct event_base *, int fd, enum role self,
		    enum role peer, ipc_handler *, ipc_dead *, void *);
bool		 ipc_send(struct ipc *, enum msg_type, const void *);
bool		 ipc_send_fd(struct ipc *, enum msg_type, const void *, int fd);
bool		 ipc_congested(const struct ipc *);
int		 ipc_flush(struct ipc *);
void		 ipc_close(struct ipc *);
int		 ipc_write_one(int fd, enum msg_type, const void *);
int		 ipc_read_one(int fd, enum role self, enum role peer,
		    enum msg_type want, union msg *, uint8_t *mem, size_t cap);

#endif
