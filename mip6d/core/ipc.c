/*
 * Pipes between processes: reading frames, checking them against the table of
 * messages, and queueing what is sent.  What is malformed ends the pipe.
 */
#include <sys/types.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/uio.h>

#include <errno.h>
#include <event2/event.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core/ipc.h"
#include "wire/buf.h"

#define FLAG_FD		0x01
#define IN_CHUNK	(64 * 1024)
#define ROUNDS_PER_EVENT 16
#define FLUSH_AT	(256 * 1024)	/* more than this is written at once */
#define FDS_AT_ONCE	256		/* no system takes more in a message */
#define AGAIN		10000 /* us until a starved pipe tries again */

static void	 on_read(int, short, void *);
static void	 on_write(int, short, void *);

static void
free_events(struct ipc *ipc)
{
	if (ipc->ev_read != NULL)
		event_free(ipc->ev_read);
	if (ipc->ev_write != NULL)
		event_free(ipc->ev_write);
	if (ipc->ev_again != NULL)
		event_free(ipc->ev_again);
	ipc->ev_read = ipc->ev_write = ipc->ev_again = NULL;
}

/*
 * Take over fd (made non-blocking) as a pipe between two roles.  Returns NULL
 * and errno when out of memory; fd then still belongs to the caller.
 */
struct ipc *
ipc_new(struct event_base *base, int fd, enum role self, enum role peer,
    ipc_handler *handler, ipc_dead *dead, void *arg)
{
	struct ipc	*ipc;

	if ((ipc = calloc(1, sizeof(*ipc))) == NULL)
		return (NULL);
	ipc->fd = fd;
	ipc->self = self;
	ipc->peer = peer;
	ipc->base = base;
	ipc->handler = handler;
	ipc->dead = dead;
	ipc->arg = arg;
	fcntl(fd, F_SETFL, fcntl(fd, F_GETFL) | O_NONBLOCK);
	ipc->ev_read = event_new(base, fd, EV_READ | EV_PERSIST, on_read, ipc);
	ipc->ev_write = event_new(base, fd, EV_WRITE, on_write, ipc);
	ipc->ev_again = event_new(base, -1, 0, on_write, ipc);
	if (ipc->ev_read == NULL || ipc->ev_write == NULL ||
	    ipc->ev_again == NULL || event_add(ipc->ev_read, NULL) == -1) {
		free_events(ipc);
		free(ipc);
		errno = ENOMEM;
		return (NULL);
	}
	return (ipc);
}

/* Close the pipe and what waits in it; inside a handler it is freed later. */
void
ipc_close(struct ipc *ipc)
{
	if (ipc == NULL)
		return;
	if (ipc->fd != -1) {
		free_events(ipc);
		close(ipc->fd);
		ipc->fd = -1;
		ipc->is_dead = true;
		ipc_fds_free(&ipc->in_fds);
		ipc_out_free(ipc);
	}
	if (ipc->in_handler)
		return;
	free(ipc->in);
	free(ipc);
}

/* More is waiting than is good; senders that can hold back should. */
bool
ipc_congested(const struct ipc *ipc)
{
	return (ipc_queued(ipc) > IPC_HIGH_WATER);
}

/*
 * Who is asked does not listen to who lets the answers lie, so that what others
 * can make it keep is bounded: the parent to no child, a child not to control.
 * Control listens to all, so that no two wait for each other.  Of many
 * questions a child takes some at a time, and does its own work in between.
 */
static bool
ipc_held(const struct ipc *ipc)
{
	if (ipc->self != ROLE_PARENT && ipc->peer == ROLE_CONTROL &&
	    ipc->taken >= QUERIES_MAX)
		return (true);
	return ((ipc->self == ROLE_PARENT || ipc->peer == ROLE_CONTROL) &&
	    ipc_queued(ipc) > IPC_HOLD);
}

/* How much is read before others have their turn: little of whom many are. */
static int
rounds_of(const struct ipc *ipc)
{
	return (ipc->self == ROLE_PARENT || ipc->self == ROLE_CONTROL ? 1 :
	    ROUNDS_PER_EVENT);
}

/*
 * A number that changes as long as the other end lives: it grows by what that
 * end has taken, and by what it has written while we don't read.
 */
uint64_t
ipc_moved(const struct ipc *ipc)
{
	int	 unread = 0;

	if (ioctl(ipc->fd, FIONREAD, &unread) == -1)
		unread = 0;
	return (ipc->out_base + ipc->out_off + (uint64_t)unread);
}

static void
hold(struct ipc *ipc)
{
	if (ipc->holding)
		return;
	ipc->holding = true;
	ipc->stats.held++;
	event_del(ipc->ev_read);
}

static void
die(struct ipc *ipc, enum ipc_fault fault, const char *reason)
{
	if (ipc->is_dead)
		return;
	ipc->is_dead = true;
	ipc->fault = fault;
	event_del(ipc->ev_read);
	event_del(ipc->ev_write);
	event_del(ipc->ev_again);
	ipc->dead(ipc->arg, ipc, reason);
}

/*
 * End the pipe, but from the event loop: whoever sends does not expect it to
 * be gone when that returns.
 */
static void
break_later(struct ipc *ipc, const char *why)
{
	ipc->broken = why;
	event_active(ipc->ev_write, EV_WRITE, 0);
}

/* Read from the pipe again, and look at what has been read already. */
static void
unhold(struct ipc *ipc)
{
	if (!ipc->holding)
		return;
	ipc->holding = false;
	if (event_add(ipc->ev_read, NULL) == -1)
		break_later(ipc, "out of memory");
	else
		event_active(ipc->ev_read, EV_READ, 0);
}

static void
write_later(struct ipc *ipc)
{
	static const struct timeval	 again = { 0, AGAIN };
	int				 r;

	if (ipc->writing)
		return;
	if (ipc->starved)
		r = event_add(ipc->ev_again, &again);
	else
		r = event_add(ipc->ev_write, NULL);
	if (r == -1)
		break_later(ipc, "out of memory");
	else
		ipc->writing = true;
}

static void
note_congestion(struct ipc *ipc)
{
	bool	 is = ipc_congested(ipc);

	if (is && !ipc->was_congested)
		ipc->stats.congested++;
	ipc->was_congested = is;
}

/* False: dropped, as it may be; or the pipe is dead, or is now broken. */
static bool
queue(struct ipc *ipc, enum msg_type t, const void *m, int fd)
{
	const char	*why = NULL;

	if (ipc->is_dead || ipc->broken != NULL ||
	    (msg_may_drop(t) && ipc_queued(ipc) > IPC_LIMIT)) {
		ipc->stats.dropped++;
		return (false);
	}
	if (!ipc_append(ipc, t, m, fd, &why)) {
		ipc->stats.dropped++;
		if (!msg_may_drop(t))
			break_later(ipc, why);
		return (false);
	}
	ipc->stats.sent++;
	if (ipc_queued(ipc) - ipc->tried > FLUSH_AT)
		ipc_flush(ipc);
	note_congestion(ipc);
	write_later(ipc);
	return (true);
}

/*
 * Queue a message; frames queued in one round of the event loop leave
 * together.  One that must arrive does, or the pipe breaks, which is told
 * later; one that may be dropped is when the other end lags, and is counted.
 */
void
ipc_send(struct ipc *ipc, enum msg_type t, const void *m)
{
	(void)queue(ipc, t, m, -1);
}

/* The same for a sender that has something to do when it is dropped: false. */
bool
ipc_try(struct ipc *ipc, enum msg_type t, const void *m)
{
	return (queue(ipc, t, m, -1));
}

/* Queue a message with a descriptor, which is closed once it was sent. */
void
ipc_send_fd(struct ipc *ipc, enum msg_type t, const void *m, int fd)
{
	if (!queue(ipc, t, m, fd))
		close(fd);
}

static void
on_write(int fd, short what, void *arg)
{
	struct ipc	*ipc = arg;
	int		 r;

	(void)fd;
	(void)what;
	if (ipc->broken != NULL) {
		die(ipc, IPC_OURS, ipc->broken);
		return;
	}
	ipc->writing = false;
	r = ipc_flush(ipc);
	if (r == 1)
		write_later(ipc);
	/* What the other end said last is still to be read. */
	if (r == -1 && errno != EPIPE && errno != ECONNRESET) {
		die(ipc, IPC_OURS, "write error");
		return;
	}
	/* Nobody will read what waits. */
	if (r == -1)
		ipc_out_free(ipc);
	note_congestion(ipc);
	ipc->taken = 0;
	if (ipc_queued(ipc) < IPC_HOLD / 2)
		unhold(ipc);
}

/*
 * Descriptors that came along; NULL, or why they end the pipe: only the parent
 * has any to give.  Room is for as many as a system passes at once, since some
 * lose those that do not fit in.
 */
static const char *
take_fds(struct ipc *ipc, struct msghdr *mh)
{
	const char	*why = NULL;
	struct cmsghdr	*cm;
	size_t		 i, n;
	int		 fd;

	for (cm = CMSG_FIRSTHDR(mh); cm != NULL; cm = CMSG_NXTHDR(mh, cm)) {
		if (cm->cmsg_level != SOL_SOCKET || cm->cmsg_type != SCM_RIGHTS)
			continue;
		n = (cm->cmsg_len - CMSG_LEN(0)) / sizeof(int);
		for (i = 0; i < n; i++) {
			memcpy(&fd, CMSG_DATA(cm) + i * sizeof(int),
			    sizeof(fd));
			fcntl(fd, F_SETFD, FD_CLOEXEC);
			if (ipc->peer != ROLE_PARENT)
				why = "descriptor from a child";
			else if (ipc_fds_put(&ipc->in_fds, 0, fd))
				continue;
			else if (why == NULL)
				why = "out of memory";
			close(fd);
		}
	}
	if (why == NULL && (mh->msg_flags & MSG_CTRUNC) != 0)
		why = "out of descriptors";
	return (why);
}

/* As recvmsg(2); *why is set if what came must end the pipe. */
static ssize_t
read_some(struct ipc *ipc, const char **why)
{
	union {
		struct cmsghdr	 hdr;
		char		 buf[CMSG_SPACE(sizeof(int) * FDS_AT_ONCE)];
	}		 c;
	struct msghdr	 mh;
	struct iovec	 iov;
	ssize_t		 n;

	/* Nobody else's fault, and errno says so. */
	if (!ipc_reserve(&ipc->in, &ipc->in_cap, ipc->in_len + IN_CHUNK)) {
		errno = ENOMEM;
		return (-1);
	}
	memset(&mh, 0, sizeof(mh));
	iov.iov_base = ipc->in + ipc->in_len;
	iov.iov_len = ipc->in_cap - ipc->in_len;
	mh.msg_iov = &iov;
	mh.msg_iovlen = 1;
	mh.msg_control = c.buf;
	mh.msg_controllen = sizeof(c.buf);
	n = recvmsg(ipc->fd, &mh, 0);
	if (n > 0) {
		ipc->in_len += (size_t)n;
		*why = take_fds(ipc, &mh);
	} else if (n == -1 && errno == EMSGSIZE)	/* so BSDs say it */
		*why = "out of descriptors";
	return (n);
}

/*
 * Deliver the frame at p if it is whole: bytes used, 0 if more is needed, -1
 * and *why if it must not be.
 */
static ssize_t
deliver(struct ipc *ipc, const uint8_t *p, size_t left, const char **why)
{
	union msg	 m;
	struct rbuf	 r;
	uint32_t	 len;
	uint16_t	 type;
	uint8_t		 flags, zero;
	int		 fd = -1;

	if (left < IPC_HEADER)
		return (0);
	rbuf_init(&r, p, IPC_HEADER);
	len = rbuf_u32(&r);
	type = rbuf_u16(&r);
	flags = rbuf_u8(&r);
	zero = rbuf_u8(&r);
	*why = "malformed frame header";
	if (len < IPC_HEADER || len > IPC_FRAME_MAX || zero != 0 ||
	    (flags & ~FLAG_FD) != 0)
		return (-1);
	if (left < len)
		return (0);
	*why = "message not allowed for its role";
	if (!msg_allowed(type, ipc->peer, ipc->self))
		return (-1);
	*why = "descriptor missing or not wanted";
	if (msg_has_fd(type) != ((flags & FLAG_FD) != 0) ||
	    ((flags & FLAG_FD) != 0 && ipc->in_fds.n == 0))
		return (-1);
	*why = "malformed message";
	if (!msg_unpack(type, p + IPC_HEADER, len - IPC_HEADER, &m))
		return (-1);
	if ((flags & FLAG_FD) != 0)
		fd = ipc_fds_take(&ipc->in_fds);
	ipc->stats.received++;
	ipc->handler(ipc->arg, ipc, type, &m, fd);
	return ((ssize_t)len);
}

/* All frames that are whole; false if no more is to be read now. */
static bool
deliver_all(struct ipc *ipc)
{
	const char	*why = NULL;
	size_t		 off = 0;
	ssize_t		 n = 1;

	while (!ipc->is_dead && n != 0 && !ipc_held(ipc)) {
		n = deliver(ipc, ipc->in + off, ipc->in_len - off, &why);
		if (n == -1) {
			die(ipc, IPC_THEIRS, why);
			return (false);
		}
		off += (size_t)n;
		ipc->taken += n > 0;
	}
	if (ipc->is_dead)
		return (false);
	if (off > 0)
		memmove(ipc->in, ipc->in + off, ipc->in_len - off);
	ipc->in_len -= off;
	if (n == 0)
		return (true);
	hold(ipc);
	write_later(ipc);
	return (false);
}

static void
read_failed(struct ipc *ipc, ssize_t n, const char *why)
{
	if (why != NULL)
		die(ipc, ipc->peer == ROLE_PARENT ? IPC_OURS : IPC_THEIRS, why);
	else if (n == 0 || errno == ECONNRESET)
		die(ipc, IPC_CLOSED, "closed");
	else
		die(ipc, IPC_OURS, errno == ENOMEM ? "out of memory" :
		    "read error");
}

static void
on_read(int fd, short what, void *arg)
{
	struct ipc	*ipc = arg;
	const char	*why = NULL;
	ssize_t		 n;
	int		 i, rounds;

	(void)fd;
	(void)what;
	rounds = rounds_of(ipc);
	ipc->in_handler = true;
	for (i = 0; i < rounds && deliver_all(ipc); i++) {
		n = read_some(ipc, &why);
		if (n == -1 && why == NULL && errno == EINTR)
			continue;
		if (n == -1 && why == NULL &&
		    (errno == EAGAIN || errno == EWOULDBLOCK))
			break;
		if (n <= 0 || why != NULL) {
			read_failed(ipc, n, why);
			break;
		}
	}
	if (i == rounds)
		deliver_all(ipc);
	ipc->in_handler = false;
	if (ipc->fd == -1)
		ipc_close(ipc);
}
